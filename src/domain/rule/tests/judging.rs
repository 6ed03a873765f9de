//! What a judge calls impossible is true of nobody, whatever is recorded of them and on whatever day.

use chrono::{DateTime, Days, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::sample::select;

use super::{bank, day};
use crate::domain::id::{OrgId, StaffId};
use crate::domain::money::Minor;
use crate::domain::rule::empty::{Ground, together};
use crate::domain::rule::never::could_be;
use crate::domain::rule::{
    Column, EventFact, Expr, Fact, Facts, HoldingFact, Number, PlaceFact, Rule, Vocabulary,
};

/// One customer, with little of everything, so that conditions meet.
#[derive(Clone, Debug)]
struct Person {
    id: i64,
    org: i32,
    aum: Option<i64>,
    score: Option<i64>,
    loan: Option<i64>,
    job: Option<&'static str>,
    gender: Option<&'static str>,
    housing: Option<bool>,
    born: Option<NaiveDate>,
    visit: Option<NaiveDate>,
    rm: Option<i32>,
    events: Vec<(i16, EventFact)>,
    holdings: Vec<HoldingFact>,
    consent: Option<bool>,
    contacts: Vec<NaiveDate>,
    /// In the snapshot, on each upload of the list, in the strategy.
    listed: [bool; 4],
    place: Option<PlaceFact>,
    family: Vec<Person>,
}

impl Facts for Person {
    fn column(&self, column: &Column) -> Option<Fact> {
        Some(match column.code() {
            "customer_id" => Fact::Number(Number::from(self.id)),
            "org" => Fact::Unit(OrgId(self.org)),
            "rm" => Fact::Staff(StaffId(self.rm?)),
            "aum" => Fact::Money(Minor(self.aum?)),
            "loan_balance" => Fact::Money(Minor(self.loan?)),
            "score" => Fact::Number(Number::parse(&format!("{}.5", self.score?)).unwrap()),
            "job" => Fact::Category(self.job?.to_owned()),
            "gender" => Fact::Category(self.gender?.to_owned()),
            "housing" => Fact::Flag(self.housing?),
            "birth_date" => Fact::Date(self.born?),
            "last_visit" => Fact::Date(self.visit?),
            _ => return None,
        })
    }

    fn events(&self, kind: i16) -> Vec<EventFact> {
        self.events.iter().filter(|(of, _)| *of == kind).map(|(_, event)| event.clone()).collect()
    }

    fn holdings(&self) -> Vec<HoldingFact> {
        self.holdings.clone()
    }

    fn consent(&self, _channel: &str) -> Option<bool> {
        self.consent
    }

    fn contacts(&self) -> Vec<NaiveDate> {
        self.contacts.clone()
    }

    fn in_strategy(&self, _code: &str) -> bool {
        self.listed[0]
    }

    fn in_list(&self, _code: &str, upload: i32) -> bool {
        self.listed[if upload == 1 { 1 } else { 2 }]
    }

    fn in_snapshot(&self, _id: i64) -> bool {
        self.listed[3]
    }

    fn related(&self, _kind: &str) -> Vec<&dyn Facts> {
        self.family.iter().map(|one| one as &dyn Facts).collect()
    }

    fn place(&self) -> Option<PlaceFact> {
        self.place
    }

    fn unit_place(&self, unit: OrgId) -> Option<PlaceFact> {
        (unit.0 != 4).then_some(PlaceFact { lat: 31.0, lon: 121.0 + f64::from(unit.0) / 100.0 })
    }
}

fn ago(days: u64) -> NaiveDate {
    day(2026, 11, 20).checked_sub_days(Days::new(days)).unwrap()
}

fn moment(days: u64) -> DateTime<Utc> {
    ago(days).and_hms_opt(9, 30, 0).unwrap().and_utc()
}

fn event() -> impl Strategy<Value = (i16, EventFact)> {
    let amount = select(vec![None, Some(-500), Some(0), Some(500), Some(550), Some(100_000)]);
    let detail = select(vec![None, Some("app"), Some("atm")]);
    (1..=2_i16, select(vec![0_u64, 1, 5, 29, 30, 31, 59, 61, 100, 400]), amount, detail).prop_map(
        |(kind, days, amount, detail)| {
            let (amount, detail) = (amount.map(Minor), detail.map(str::to_owned));
            (kind, EventFact { at: moment(days), amount, detail })
        },
    )
}

fn holding() -> impl Strategy<Value = HoldingFact> {
    let amount = select(vec![-5_000_000, 0, 1, 4_999_999, 5_000_000, 60_000_000, 700_000_000]);
    (4..=6_i16, select(vec![0_u64, 20, 31, 62, 95, 400]), amount).prop_map(
        |(product, days, amount)| HoldingFact { product, day: ago(days), amount: Minor(amount) },
    )
}

fn alone() -> impl Strategy<Value = Person> {
    let aum = select(vec![
        None,
        Some(-1),
        Some(0),
        Some(4_999_999),
        Some(5_000_000),
        Some(50_000_000),
        Some(599_999_999),
        Some(600_000_000),
    ]);
    let columns = (
        0..500_i64,
        1..=5_i32,
        aum,
        prop::option::weighted(0.8, -2..4_i64),
        select(vec![None, Some(0), Some(5_000_000), Some(50_000_001)]),
        select(vec![None, Some("student"), Some("teacher"), Some("farmer")]),
        select(vec![None, Some("F"), Some("M")]),
        prop::option::weighted(0.8, any::<bool>()),
    );
    let days = (
        select(vec![
            None,
            Some(day(1990, 2, 28)),
            Some(day(2020, 11, 30)),
            Some(day(2021, 11, 20)),
            Some(day(2021, 11, 21)),
            Some(day(2022, 2, 28)),
            Some(day(2023, 2, 28)),
            Some(day(2027, 1, 1)),
        ]),
        select(vec![None, Some(ago(0)), Some(ago(3)), Some(ago(40)), Some(day(2026, 12, 1))]),
        select(vec![None, Some(7), Some(9)]),
        prop::collection::vec(event(), 0..5),
        prop::collection::vec(holding(), 0..5),
        prop::option::of(any::<bool>()),
        prop::collection::vec(select(vec![0_u64, 29, 30, 45, 60, 99]).prop_map(ago), 0..2),
        any::<[bool; 4]>(),
        select(vec![None, Some(121.0), Some(121.02), Some(121.5)]),
    );
    (columns, days).prop_map(|(columns, days)| {
        let (id, org, aum, score, loan, job, gender, housing) = columns;
        let (born, visit, rm, events, holdings, consent, contacts, listed, east) = days;
        let place = east.map(|lon| PlaceFact { lat: 31.0, lon });
        Person {
            id,
            org,
            aum,
            score,
            loan,
            job,
            gender,
            housing,
            born,
            visit,
            rm,
            events,
            holdings,
            consent,
            contacts,
            listed,
            place,
            family: Vec::new(),
        }
    })
}

fn person() -> impl Strategy<Value = Person> {
    (alone(), prop::collection::vec(alone(), 0..2))
        .prop_map(|(person, family)| Person { family, ..person })
}

/// Parts that say things of one another.
const PARTS: [&str; 125] = [
    "housing",
    "housing is null",
    "true",
    "false",
    "age > 5",
    "age <= 5",
    "age < 3",
    "age = 5.5",
    "age is null",
    "birth_date is null",
    "score > 1",
    "score < 1.5",
    "score = 1.5",
    "score in (0.5, 1.5)",
    "score not in (0.5, 1.5)",
    "score between 0 and 2",
    "score not between 0 and 2",
    "score <> age",
    "score > age",
    "score / age > 1",
    "score / age is null",
    "score + 1 < age",
    "score is not null",
    "aum > loan_balance",
    "aum - loan_balance < 0",
    "aum - loan_balance is null",
    "loan_balance < 0.01",
    "loan_balance > 0",
    "aum < 100",
    "aum is null",
    "tier = 'gold'",
    "tier <> 'gold'",
    "tier in ('basic', 'private')",
    "tier not in ('basic', 'mass', 'gold', 'private')",
    "tier > 'private'",
    "tier >= 'mass'",
    "tier between 'mass' and 'gold'",
    "near_tier('private') <= 0.01",
    "near_tier('private') > 5499999.99",
    "near_tier('private') is null",
    "near_tier('gold') <> 1",
    "gender = 'F'",
    "gender not in ('F', 'M')",
    "gender like 'M%'",
    "gender is null",
    "job = 'student'",
    "job in ('student', 'teacher')",
    "job <> 'student'",
    "job like 'student'",
    "job like 's%'",
    "job like '%er'",
    "job like '_e%'",
    "job like '%'",
    "org under 'HQ'",
    "org under 'B03'",
    "org = 'S031'",
    "org not in ('S031', 'S032', 'B03')",
    "rm = 'M001'",
    "rm in ('M001', 'M002')",
    "last_visit > today",
    "last_visit < today - 30",
    "last_visit >= month_start",
    "last_visit < year_start",
    "last_visit = '2026-11-20'",
    "last_visit + 3 > today",
    "today - last_visit > 30",
    "events('login') = 0",
    "events('login', interval '30 days') >= 1",
    "events('login', interval '2 months') < 1",
    "events('login', interval '30 days') > events('login', interval '60 days')",
    "events('login', amount > 5) >= 2",
    "events('login', amount between 5.2 and 9) = 1",
    "events('login', amount >= 5 or amount < 5) > events('login', amount is not null)",
    "sum_events('login', interval '60 days') > 0",
    "sum_events('login') <> 0",
    "last_event('login') > today",
    "last_event('login') is null",
    "last_event('login') < today - 59",
    "first_event('login') > last_event('login')",
    "first_event('login', interval '30 days') < today - interval '1 month'",
    "first_event('login', detail = 'app') >= month_start",
    "last_event('transfer_out') < first_event('login')",
    "followed_by('login', 'transfer_out', interval '7 days')",
    "followed_by(events('login', amount > 5), 'transfer_out', interval '3 days')",
    "balance('fund') > 0",
    "balance('equity') = 0",
    "holds('fund')",
    "product_count() = 0",
    "change('aum', interval '1 month') > 0",
    "falling('aum', interval '2 months')",
    "falling('aum', interval '1 month')",
    "tier_moved('gold', 'private', interval '30 days')",
    "tier_moved('private', 'gold', interval '30 days')",
    "drift('equity') is null",
    "drift('equity') > 0.1",
    "segment('RICH')",
    "age * 2 > 10",
    "age * 2 <= 9",
    "age * -2 < -11",
    "3 * age = 5",
    "age / 3 > 1.5",
    "age / 3 <= 1.333333",
    "(today - birth_date) / 365 > 4.9",
    "birth_date > today - interval '5 years'",
    "birth_date <= today - interval '5 years'",
    "birth_date < today - 1700",
    "birth_date >= today - 13420",
    "score * 3 = 1.5",
    "score / 3 = 0.5",
    "score / 3 <> 0.166666",
    "score / -7 in (0.071428, -0.071428)",
    "score * 0 > 0",
    "(score + age) / 2 - age / 2 > 1",
    "2 * (score - age) < 1",
    "loan_balance * 0.5 > 0.01",
    "loan_balance - loan_balance * 0.5 < 0.01",
    "aum * 2 - loan_balance * 2 > 100",
    "(today - last_visit) * 2 < 61",
    "product_count() = 1",
    "product_count() < 3",
    "holds('stock')",
    "holds('deposit')",
    "balance('aum') > 0",
    "related('family', age > 5)",
    "related('family', age > 3 and housing)",
];

const MORE: [&str; 16] = [
    "segment('YOUNG')",
    "segment('YOUNG', 1)",
    "snapshot(17)",
    "list('VIP24', 1)",
    "list('VIP24', 3)",
    "in_strategy('KEEP')",
    "consent('sms')",
    "contacted(interval '30 days')",
    "contacted(interval '60 days')",
    "sample(10)",
    "sample(20)",
    "sample(100)",
    "within('S031', 3)",
    "within('S031', 5)",
    "related('family', age > 5)",
    "related('family', housing and not housing)",
];

fn rule() -> impl Strategy<Value = String> {
    let part = prop_oneof![6 => select(PARTS.to_vec()), 1 => select(MORE.to_vec())];
    part.prop_map(str::to_owned).prop_recursive(4, 12, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            3 => two.clone().prop_map(|(a, b)| format!("({a}) and ({b})")),
            2 => three.prop_map(|(a, b, c)| format!("({a}) and ({b}) and ({c})")),
            2 => two.prop_map(|(a, b)| format!("({a}) or ({b})")),
            2 => inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

fn words() -> [Vocabulary; 3] {
    [bank(), bank().on(day(2026, 12, 1)), bank().on(day(2028, 2, 29))]
}

/// Whether the judge calls the rule impossible; then nobody is of it.
fn judged(text: &str, people: &[Person]) -> Result<bool, TestCaseError> {
    let words = words();
    let rules: Vec<Rule> = words.iter().map(|of| Rule::parse_part(text, of).unwrap()).collect();
    let ground = Ground::of(&words[0]);
    for rule in &rules {
        if !could_be(&rule.expr, &ground.units) {
            let member = people.iter().find(|person| rule.holds(*person) == Some(true));
            prop_assert!(member.is_none(), "{text}: {member:?}");
        }
        let Expr::And(parts) = &rule.expr else { continue };
        let parts: Vec<&Expr> = parts.iter().collect();
        if let Some((at, reason)) = together(&parts, &ground) {
            prop_assert!(reason.is_nobody() && at < parts.len());
            let member = people.iter().find(|person| rule.holds(*person) == Some(true));
            prop_assert!(member.is_none(), "{text}: {reason:?}: {member:?}");
        }
    }
    Ok(!could_be(&rules[0].expr, &ground.units))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn who_is_of_a_rule_is_never_called_impossible(
        text in rule(),
        people in prop::collection::vec(person(), 24),
    ) {
        judged(&text, &people)?;
        // What is read is what was judged, and what is kept is read all the same.
        if let Err(error) = Rule::parse(&text, &bank()) {
            prop_assert!(error.reason.is_nobody(), "{}: {}", text, error);
            prop_assert!(Rule::parse_kept(&text, &bank(), None).is_ok());
        }
    }

    #[test]
    fn the_members_of_two_parts_and_a_third_are_never_called_impossible(
        three in [select(PARTS.to_vec()), select(PARTS.to_vec()), select(PARTS.to_vec())],
        not in any::<[bool; 3]>(),
        people in prop::collection::vec(person(), 60),
    ) {
        let part = |at: usize| if not[at] { format!("not ({})", three[at]) } else { three[at].to_owned() };
        judged(&format!("({}) and ({}) and ({})", part(0), part(1), part(2)), &people)?;
    }
}
