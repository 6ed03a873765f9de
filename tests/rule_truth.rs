//! Rules held against Postgres: what the compiled SQL says of a customer is what the evaluator says of the rows as they
//! stand, for random rules of every kind of condition and customers on every edge, on the demo bank and on a real one.

#![expect(clippy::disallowed_methods, reason = "the test sends SQL that it made")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;
mod truth;

use std::collections::HashMap;

use baton::domain::rule::{Rule, Vocabulary};
use baton::store::cluster::INTERNAL;
use baton::store::{attribute, dynamic};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use support::Bank;
use support::server::block_on;
use truth::agree;
use truth::draw::{AS_OF, Draw, condition};
use truth::world::World;

const RULES: usize = 600;

/// The words of the bank on that day, which the session keeps.
async fn on(db: &mut PgConnection, day: &str) -> Vocabulary {
    let sql = format!("set baton.as_of = '{day}'");
    db.execute(AssertSqlSafe(sql)).await.unwrap();
    attribute::vocabulary(db).await.unwrap()
}

/// A rule, none if it holds for nobody by construction.
fn read(text: &str, vocabulary: &Vocabulary) -> Option<Rule> {
    match Rule::parse(text, vocabulary) {
        Ok(rule) => Some(rule),
        Err(error) => {
            assert!(error.reason.is_nobody(), "{text}: {error}");
            None
        }
    }
}

#[test]
fn postgres_and_the_evaluator_agree_on_every_customer() {
    let bank = Bank::empty();
    block_on(async {
        let mut db = bank.connect(INTERNAL).await;
        let mut draw = Draw(7);
        truth::fill::fill(&mut db, &mut draw).await;
        // Where clocks once skipped midnight: `age()` of bare dates is a day late there.
        db.execute("set timezone = 'Asia/Shanghai'").await.unwrap();
        let mut days = Vec::new();
        for day in AS_OF {
            let vocabulary = on(&mut db, day).await;
            let world = World::read(&mut db, &vocabulary).await;
            days.push((day, vocabulary, world));
        }
        let (mut seen, mut read_at_all) = ([0_usize; 3], 0);
        for round in 0..RULES {
            let (day, vocabulary, world) = &days[round % days.len()];
            let depth = draw.below(4);
            let Some(rule) = read(&condition(&mut draw, depth, false), vocabulary) else {
                continue;
            };
            read_at_all += 1;
            assert_eq!(rule.as_of.to_string(), *day);
            let again = Rule::parse(&rule.canonical(), vocabulary).unwrap();
            assert_eq!(again, rule, "{}", rule.canonical());
            let answers = agree(&mut db, &rule, world).await;
            seen.iter_mut().zip(answers).for_each(|(all, some)| *all += some);
        }
        assert!(read_at_all > RULES * 3 / 4, "{read_at_all}");
        let all: usize = seen.iter().sum();
        assert!(seen.iter().all(|n| *n > all / 20), "all three answers come: {seen:?}");
        db.close().await.unwrap();
    });
}

#[test]
fn a_rule_its_opposite_and_what_is_unknown_are_everyone() {
    let bank = Bank::empty();
    block_on(async {
        let mut db = bank.connect(INTERNAL).await;
        let mut draw = Draw(11);
        truth::fill::fill(&mut db, &mut draw).await;
        let vocabulary = on(&mut db, AS_OF[0]).await;
        for _ in 0..RULES / 4 {
            let text = condition(&mut draw, 2, false);
            let Some(rule) = read(&text, &vocabulary) else { continue };
            let not = Rule::parse(&format!("not ({text})"), &vocabulary);
            // The opposite of nobody by construction is everybody, and the other way round.
            let Ok(not) = not else { continue };
            let holds = dynamic::count_members(&mut db, &rule, false).await.unwrap();
            let fails = dynamic::count_members(&mut db, &not, false).await.unwrap();
            let unknown = dynamic::count_unknown(&mut db, &rule).await.unwrap();
            assert_eq!(holds.count + fails.count + unknown, holds.of, "{text}");
        }
        db.close().await.unwrap();
    });
}

/// Rules of a bank that is there, by hand: at least one for each function.
async fn by_hand(db: &mut PgConnection, rules: &[&str]) {
    let vocabulary = attribute::vocabulary(db).await.unwrap();
    let world = World::read(db, &vocabulary).await;
    let mut found = HashMap::new();
    for text in rules {
        let rule = Rule::parse(text, &vocabulary).unwrap_or_else(|e| panic!("{text}: {e}"));
        let [_, holds, _] = agree(db, &rule, &world).await;
        found.insert(*text, holds);
    }
    let nobody: Vec<_> = found.iter().filter(|(_, n)| **n == 0).map(|(text, _)| text).collect();
    assert!(nobody.is_empty(), "rules that find nobody prove little: {nobody:?}");
}

#[test]
fn every_function_is_true_on_the_demo_bank() {
    let bank = Bank::demo();
    block_on(async {
        let mut db = bank.connect(INTERNAL).await;
        let rules = [
            "events('transfer_out', interval '30 days') >= 2",
            "sum_events('transfer_out', interval '30 days') > 50000",
            "last_event('login') < today - 60 and first_event('login') is not null",
            "events('card_spend', interval '3 months', amount > 1000) > 0",
            "followed_by('salary_in', 'transfer_out', interval '7 days')",
            "balance('fund') > 10000 and balance('aum') / 2 < aum",
            "change('aum', interval '30 days') <= -0.2",
            "falling('aum', interval '3 months')",
            "near_tier('private') <= 500000",
            "tier_moved('gold', 'mass', interval '90 days')",
            "holds('fund') or not holds('equity')",
            "product_count() = 1",
            "drift('equity') >= 0.1",
            "consent('sms') and not consent('phone')",
            "sample(10)",
            "related('family', aum > 1000000)",
            "within('B03', 3)",
        ];
        by_hand(&mut db, &rules).await;
        db.close().await.unwrap();
    });
}

#[test]
fn every_function_of_its_records_is_true_on_the_real_bank() {
    let Some(bank) = Bank::berka() else { return };
    block_on(async {
        let mut db = bank.connect(INTERNAL).await;
        by_hand(&mut db, &BERKA).await;
        db.close().await.unwrap();
    });
}

const BERKA: [&str; 12] = [
    "events('cash out', interval '30 days') >= 5",
    "events('transfer out', interval '1 year', amount > 5000 and detail like 'VYDAJ%') between 1 and 20",
    "sum_events('pension', interval '3 months') / 3 > 5000",
    "first_event('penalty interest') > month_start - interval '6 months'",
    "today - last_event('card out') <= 14",
    "followed_by('pension', events('cash out', amount >= 5000), interval '3 days')",
    "change('aum', interval '30 days') <= -0.2",
    "falling('account', interval '2 months')",
    "holds('cash') and not product_count() > 1",
    "balance('aum') - aum = 0",
    "near_tier('gold') <= 100000 or sample(1)",
    "tier_moved('basic', 'mass', interval '1 year')",
];
