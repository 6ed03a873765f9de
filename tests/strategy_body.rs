//! The body of a strategy's text: written as a file it reads back the same, and Rust and the database agree on its
//! bytes and its hash.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::domain::money::{Currency, Minor};
use baton::domain::outcome::Outcome;
use baton::domain::strategy::body::{
    Allocation, Benefit, Body, Budget, ChannelStep, Control, Exit, FormField, Guard, Pilot, Step,
    Success, Wave, When,
};
use baton::domain::strategy::word::{Allocate, Audience, Channel, ControlBy, Evidence, FieldType};
use baton::domain::strategy::{StrategyText, file};
use chain::{owner, small};
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use support::Bank;

fn word() -> impl Strategy<Value = String> {
    "[a-z流失\"'\\\\#=\\[]{1,6}"
}

fn lines() -> impl Strategy<Value = String> {
    "[a-z客\"'\\\\\n\t]{0,12}[a-z客\"'\\\\]\n?".prop_map(|text| text.replace('\u{b}', ""))
}

fn code() -> impl Strategy<Value = String> {
    "[a-z0-9挽][a-z0-9_挽]{0,7}"
}

fn of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn maybe<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(value)
}

fn money() -> impl Strategy<Value = Minor> {
    (0..i64::MAX / 100).prop_map(Minor)
}

fn when() -> impl Strategy<Value = When> {
    let date = (2026..2030, 1..13_u32, 1..29_u32)
        .prop_map(|(y, m, d)| When::Date(NaiveDate::from_ymd_opt(y, m, d).unwrap()));
    let after = (code(), 0..731_u16).prop_map(|(anchor, days)| When::After { anchor, days });
    prop_oneof![(0..731_u16).prop_map(When::Day), date, after]
}

fn waves() -> impl Strategy<Value = Vec<Wave>> {
    let wave = (
        (word(), when(), of(Audience::ALL), maybe(of(Channel::ALL))),
        (maybe(lines()), maybe(lines()), maybe(lines())),
    );
    prop::collection::vec(wave, 0..4).prop_map(|all| {
        let wave = |(i, ((name, when, audience, channel), (product, benefit, script)))| {
            let audience = if i == 0 { Audience::All } else { audience };
            let name = format!("{name}{i}");
            Wave { name, when, audience, channel, product, benefit, script }
        };
        all.into_iter().enumerate().map(wave).collect()
    })
}

fn channels() -> impl Strategy<Value = Vec<ChannelStep>> {
    let stop = prop::sample::subsequence(Outcome::ALL.to_vec(), 0..4);
    let channels = prop::sample::subsequence(Channel::ALL.to_vec(), 0..4);
    (channels, 0..9_u16, stop).prop_map(|(channels, wait_days, stop)| {
        let one = |code| ChannelStep { code, wait_days, stop: stop.clone() };
        channels.into_iter().map(one).collect()
    })
}

fn fields() -> impl Strategy<Value = Vec<FormField>> {
    let field = (maybe(word()), of(FieldType::ALL), any::<bool>(), code());
    prop::collection::vec(field, 0..3).prop_map(|all| {
        let field = |(i, (label, kind, required, choice)): (usize, (_, _, _, String))| {
            let choices = vec![choice, "以后再说".to_owned()];
            let choices = if kind == FieldType::Choice { choices } else { vec![] };
            FormField { code: format!("f{i}"), label, kind, required, choices }
        };
        all.into_iter().enumerate().map(field).collect()
    })
}

fn budget() -> impl Strategy<Value = Budget> {
    (money(), maybe(money()), maybe(0..=1_000_000_u32), maybe(0..=1_000_000_u32), maybe(money()))
        .prop_map(|(cap, benefit_cost, expected_ppm, base_ppm, return_per_conversion)| Budget {
            // A cap needs a price to be held by; a budget says something.
            cap: benefit_cost.is_some().then_some(cap),
            benefit_cost,
            expected_ppm,
            base_ppm,
            return_per_conversion: return_per_conversion.or(Some(cap)),
        })
}

fn success() -> impl Strategy<Value = Success> {
    (maybe(word()), code(), 1..731_u16, maybe(1..1_000_u32)).prop_map(
        |(rule, metric, review_days, min_customers)| {
            let metric = rule.is_none().then_some(metric);
            Success { rule, metric, review_days, min_customers }
        },
    )
}

fn bodies() -> impl Strategy<Value = Body> {
    let guard = (word(), 0..=1_000_000_u32);
    let step = (word(), any::<bool>(), of(Evidence::ALL));
    let given = prop::collection::btree_set(prop::sample::select(Outcome::ALL.to_vec()), 0..3);
    let quotas = prop::collection::btree_map(code(), 1..100_u32, 0..4);
    let benefit =
        (1..500_u32, maybe(1..500_u32), quotas, given).prop_map(|(quota, more, quotas, given)| {
            Benefit {
                stock: more.map(|more| quota + more + quotas.values().sum::<u32>()),
                quota: Some(quota),
                quotas,
                given: given.into_iter().collect(),
            }
        });
    let head =
        (maybe(0..=100_u8), maybe(word()), maybe(budget()), maybe(success()), maybe(benefit));
    let lists = (
        prop::collection::vec(guard, 0..3),
        waves(),
        channels(),
        prop::collection::vec(step, 0..3),
        prop::collection::vec(word(), 0..3),
        fields(),
    );
    let tail = (maybe((code(), 1..367_u16)), maybe(of(Allocate::ALL)), maybe(of(ControlBy::ALL)));
    (head, lists, tail).prop_map(
        |((priority, during_blackout, budget, success, benefit), lists, (pilot, to, by))| {
            let (guards, waves, channels, steps, exits, fields) = lists;
            let guard =
                |(i, (rule, at_most_ppm))| Guard { name: format!("g{i}"), rule, at_most_ppm };
            let step = |(text, must, evidence)| Step { text, must, evidence };
            Body {
                priority,
                during_blackout,
                benefit,
                budget,
                success,
                guards: guards.into_iter().enumerate().map(guard).collect(),
                waves,
                channels,
                steps: steps.into_iter().map(step).collect(),
                exits: exits.into_iter().map(|rule| Exit { rule }).collect(),
                fields,
                pilot: pilot.map(|(unit, days)| Pilot { units: vec![unit], days }),
                allocation: to.map(|to| Allocation { to }),
                control: by.map(|by| Control { by }),
            }
        },
    )
}

fn text(body: Body) -> StrategyText {
    StrategyText {
        code: "ST-1".to_owned(),
        name: "代发 \"挽回\"".to_owned(),
        segment: "SG-A".to_owned(),
        deadline_days: 14,
        control_ppm: 100_000,
        seed: -7,
        product: "稳利 90 天".to_owned(),
        benefit: String::new(),
        script: "第一行\n\"第二行\"\\".to_owned(),
        body,
    }
}

proptest! {
    #[test]
    fn a_text_printed_as_a_file_reads_back_the_same(body in bodies()) {
        let text = text(body);
        let printed = file::print(&text, Currency::CNY);
        let read = file::parse(&printed, Currency::CNY);
        prop_assert_eq!(read.as_ref(), Ok(&text), "{}", printed);
        let body = file::print_body(&text.body, Currency::CNY);
        let read = file::read_body(&body, Currency::CNY).map(|file| file.strategy.body);
        prop_assert_eq!(read, Ok(text.body), "{}", body);
    }

    #[test]
    fn a_body_is_read_back_from_its_canonical_form_only(body in bodies()) {
        let canonical = body.canonical();
        prop_assert_eq!(Body::read(&canonical), Some(body));
        prop_assert_eq!(Body::read(&format!(" {canonical}")), None);
    }
}

fn new(bank: &Bank, text: &StrategyText) {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let fields = [
        &text.code,
        &text.name,
        &text.segment,
        "14",
        "100000",
        "-7",
        &text.product,
        &text.benefit,
        &text.script,
        &text.body.canonical(),
    ]
    .map(literal);
    bank.sql("li.strategist", &format!("select baton.strategy_new({})", fields.join(", ")));
}

/// A quota names a unit of the bank's.
fn unit_there(bank: &Bank, code: &str) {
    let sql = format!(
        "insert into baton.org_unit (code, parent_id, kind, name, path) values ('{code}', 1, 'subbranch', 'n', '{{1}}')
             on conflict (code) do nothing;
         update baton.org_unit set path = array[1, id] where code = '{code}' and parent_id = 1"
    );
    owner(bank, &sql);
}

#[test]
fn rust_and_the_database_agree_on_bytes_and_hash_of_every_body() {
    let bank = small();
    chain::run(
        &bank,
        "li.strategist",
        &["segment", "save", "SG-A", "--name", "甲", "--rule", "true"],
    );
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let text = text(bodies().new_tree(&mut runner).unwrap().current());
        new(&bank, &text);
        for unit in text.body.benefit.iter().flat_map(|benefit| benefit.quotas.keys()) {
            unit_there(&bank, unit);
        }
        bank.sql("li.strategist", "select baton.strategy_submit('ST-1')");
        let row = &bank.sql(
            "li.strategist",
            "select encode(hash, 'hex'), baton.strategy_content(s), body, priority::text
             from baton.strategy_version s order by version desc limit 1",
        )[0];
        assert_eq!(row[1], text.content(1, "true"));
        assert_eq!(row[0], text.hash(1, "true").to_string());
        assert_eq!(row[2], text.body.canonical());
        assert_eq!(row[3], text.body.priority().to_string());
    }
}

#[test]
fn a_body_that_is_not_canonical_is_refused_also_to_the_owner() {
    let bank = small();
    chain::run(
        &bank,
        "li.strategist",
        &["segment", "save", "SG-A", "--name", "甲", "--rule", "true"],
    );
    for body in [
        "{ }",
        "[]",
        "{\"b\":1,\"a\":2}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1.5}",
        "{\"a\":1e2}",
        "{\"a\":\"\\u0041\"}",
    ] {
        let call = format!(
            "select baton.strategy_new('ST-1', 'n', 'SG-A', 1, 0, 0, 'p', '', 's', '{body}')"
        );
        assert_eq!(bank.refuses("li.strategist", &call), "strategy_body_canonical", "{body}");
    }
    let priority = "select baton.strategy_new('ST-1', 'n', 'SG-A', 1, 0, 0, 'p', '', 's', '{\"priority\":101}')";
    assert_eq!(bank.refuses("li.strategist", priority), "strategy_priority_range");
    new(&bank, &text(Body::default()));
    owner(&bank, "update baton.strategy_version set body = '{\"priority\":3}'");
}
