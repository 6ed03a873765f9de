//! What is refused as empty has no members, and what has members is not refused.

use proptest::prelude::*;
use proptest::sample::select;

use super::bank;
use super::refusing::{refused, refuses};
use crate::domain::id::OrgId;
use crate::domain::money::Minor;
use crate::domain::rule::{Column, Fact, Facts, Number, Reason, Rule};
use crate::text::{Lang, render};

/// One customer, as far as these conditions ask.
#[derive(Clone, Debug)]
struct Person {
    org: i32,
    aum: Option<i64>,
    score: Option<i64>,
    job: Option<&'static str>,
    housing: Option<bool>,
}

impl Facts for Person {
    fn column(&self, column: &Column) -> Option<Fact> {
        Some(match column.code() {
            "org" => Fact::Unit(OrgId(self.org)),
            "aum" | "tier" => Fact::Money(Minor(self.aum?)),
            "score" => Fact::Number(Number::from(self.score?)),
            "job" => Fact::Category(self.job?.to_owned()),
            "housing" => Fact::Flag(self.housing?),
            _ => return None,
        })
    }
}

fn person() -> impl Strategy<Value = Person> {
    let aum = select(vec![None, Some(0), Some(5_000_000), Some(50_000_000), Some(600_000_000)]);
    let score = prop::option::weighted(0.8, -1..4_i64);
    let job = select(vec![None, Some("student"), Some("teacher")]);
    (1..=5_i32, aum, score, job, prop::option::weighted(0.8, any::<bool>()))
        .prop_map(|(org, aum, score, job, housing)| Person { org, aum, score, job, housing })
}

const CONDITIONS: [&str; 42] = [
    "housing",
    "not housing",
    "housing is null",
    "true",
    "not true",
    "false",
    "not (housing or false)",
    "score > 1",
    "score >= 1",
    "score < 1",
    "not score > 1",
    "score = 2",
    "score <> 2",
    "score in (1, 2)",
    "score not in (1, 2)",
    "score between 1 and 2",
    "score not between 1 and 2",
    "score is not null",
    "score / 0 > 1",
    "score * 2 / 0 is null",
    "score + score / 0 is not null",
    "job = 'student'",
    "job <> 'student'",
    "job in ('student', 'teacher')",
    "job not in ('student', 'teacher')",
    "job like 's%'",
    "job not like 's%'",
    "tier > 'private'",
    "tier >= 'private'",
    "tier < 'basic'",
    "tier <= 'basic'",
    "tier = 'gold'",
    "tier in ('gold', 'mass')",
    "org under 'HQ'",
    "org under 'B03'",
    "org not under 'B03'",
    "org under 'B04'",
    "org = 'S031'",
    "org in ('S031', 'S032')",
    "org <> 'B04'",
    "org not in ('B03', 'S031', 'S032')",
    "(housing or score > 1)",
];

/// Whether a condition holds, one that is refused by itself too: within `or` it is read all the same.
fn holds(text: &str, person: &Person) -> Option<bool> {
    // Nobody has that score.
    Rule::parse(&format!("({text}) or score = 99"), &bank()).unwrap().holds(person)
}

/// The condition or its opposite.
fn part() -> impl Strategy<Value = String> {
    (select(CONDITIONS.to_vec()), any::<bool>())
        .prop_map(|(text, not)| if not { format!("not ({text})") } else { text.to_owned() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    #[test]
    fn what_is_refused_as_empty_has_no_members(
        a in part(),
        b in part(),
        people in prop::collection::vec(person(), 40),
    ) {
        for text in [a.clone(), format!("({a}) and ({b})")] {
            let Err(error) = Rule::parse(&text, &bank()) else { continue };
            prop_assert!(error.reason.is_nobody(), "{}: {}", text, error);
            let both = text != a;
            let member = people.iter().find(|person| {
                holds(&a, person) == Some(true) && (!both || holds(&b, person) == Some(true))
            });
            prop_assert!(member.is_none(), "{}: {:?}", text, member);
        }
    }
}

#[test]
fn each_way_to_find_nobody_is_told_and_marked() {
    refuses!("org under 'B03' and org under 'B04'", "org under 'B04'", Reason::ApartUnits { .. });
    refuses!("org under 'B04' and org = 'S031'", "org = 'S031'", Reason::NeverTogether { .. });
    refuses!("org = 'S031' and org under 'B04'", "org under 'B04'", Reason::NeverTogether { .. });
    refuses!("housing and tier > 'private'", "tier > 'private'", Reason::HighestTier { .. });
    refuses!("tier < 'basic'", "tier < 'basic'", Reason::LowestTier { .. });
    refuses!("age / 0 > 1", "age / 0 > 1", Reason::ByZero { .. });
    refuses!("events('login') < 0", "events('login') < 0", Reason::NoSuchCount { .. });
    refuses!("product_count() = 1.5", "product_count() = 1.5", Reason::NoSuchCount { .. });
    refuses!("within('S031', 0)", "0", Reason::NoDistance);
    for text in [
        "near_tier('private') <= 0",
        "near_tier('private') < 0.01",
        "near_tier('private') = 0",
        "near_tier('private') > 5500000",
        "near_tier('private') >= 5500000.01",
        "near_tier('private') between 6000000 and 7000000",
        "near_tier('mass') < 0",
    ] {
        refuses!(text, text, Reason::NeverMissing { .. });
    }
    refuses!("payroll and false", "false", Reason::NeverTrue { .. });
    // Of what is denied, what stands behind `not` is marked.
    for text in [
        "org under 'B03' and not org under 'B03'",
        "org under 'S031' and org not under 'B03'",
        "segment('RICH') and not segment('RICH')",
        "age > 50 and not age > 40",
    ] {
        let error = refused(text);
        assert!(matches!(error.reason, Reason::NeverTogether { .. }), "{text}: {error}");
        assert!(error.place.start > text.find(" and ").unwrap(), "{text}: {error}");
    }
    for text in [
        "not true",
        "payroll and (housing and not true)",
        "payroll and (false or not true)",
        "related('family', housing and false)",
        "events('login', amount > 5 and amount < 3) >= 1",
        "events('login', amount is null and amount <> 5) > 0",
        "sum_events('login', (amount = 5 and amount <> 5) or (amount > 7 and amount < 7.01)) > 1",
        "last_event('login', detail = 'app' and detail in ('atm', 'web')) < today",
        "first_event('login', detail is null and detail like 'a%') is not null",
        "payroll and followed_by(events('login', detail = 'app' and detail <> 'app'), 'login', interval '7 days')",
    ] {
        assert!(matches!(refused(text).reason, Reason::NeverTrue { .. }), "{text}");
    }
}

#[test]
fn what_arithmetic_holdings_and_relations_say_of_one_another_is_told() {
    for text in [
        "age * 2 > 10 and age < 5",
        "age * 2 > 10 and age <= 5",
        "age * 2 = 5",
        "age / 2 > 20 and age < 40",
        "aum * 1.5 > 300 and aum < 200",
        "2 * (aum - loan_balance) > 100 and aum < loan_balance",
        "aum - aum * 0.5 < 0 and aum > 0",
        "age > 60 and birth_date > today - interval '50 years'",
        "age >= 50 and birth_date > today - interval '50 years'",
        "age < 30 and birth_date <= today - interval '30 years'",
        "(today - birth_date) / 365 > 60 and age < 40",
        "product_count() = 1 and holds('fund') and holds('deposit')",
        "product_count() <= 2 and holds('fund') and holds('deposit') and balance('stock') > 5",
        "holds('cash') and holds('equity') and product_count() < 2",
        "today - last_visit > 60 and last_visit > today - 61",
        "(today - last_visit) * 2 > 60 and last_visit >= today - 30",
        "related('family', age > 50) and not related('family', age > 40)",
        "related('family', housing and payroll) and not related('family', payroll or tier = 'gold')",
    ] {
        assert!(refused(text).reason.is_nobody(), "{text}");
    }
    for text in [
        "age * 2 > 10 and age < 7",
        "age / 2 > 20 and age < 41",
        "score / 3 > 0.333333 and score < 1.000003",
        "score / 3 >= 0.333333 and score < 1",
        "birth_date < '1980-01-01' and age < 30",
        "age >= 50 and birth_date >= today - interval '50 years'",
        "age < 30 and birth_date < today - 29 * 365",
        "product_count() = 1 and holds('fund') and holds('equity')",
        "product_count() = 2 and holds('fund') and holds('deposit')",
        "product_count() = 1 and holds('fund') and balance('aum') > 5",
        // Two relatives, one of each age.
        "related('family', age > 50) and related('family', age < 30)",
        "related('family', age > 40) and not related('family', age > 50)",
        "related('family', housing) and not related('family', housing and age > 50)",
        // Whose age is not known is not under 50 either.
        "related('family', housing) and not related('family', housing and (age > 50 or age <= 50))",
        "related('family', age > 50) and not related('employer', age > 40)",
    ] {
        super::read(text);
    }
}

#[test]
fn what_finds_somebody_is_no_mistake() {
    for text in [
        // Whoever writes it means nobody.
        "false",
        "payroll or false",
        "not (payroll and not true)",
        "not tier > 'private'",
        "org under 'B03' and org under 'S031'",
        "org under 'B03' or org under 'B04'",
        "org under 'HQ' and org not under 'B03'",
        "org under 'B03' and org <> 'S031'",
        "age / 0 is null",
        "events('login') <= 0",
        "events('login', amount > 5 and amount < 3) = 0",
        "events('login', amount > 5 and amount < 5.02) > 0",
        "events('login', amount not between 5 and 6 and amount > 3) > 0",
        "not followed_by(events('login', amount > 5 and amount < 3), 'login', interval '7 days')",
        "last_event('login', amount is null and amount > 5) is null",
        "events('login') <> 1.5",
        "age > 50 and not age > 60",
        "housing and not payroll",
        "segment('RICH') and not segment('YOUNG')",
        "within('S031', 0.001)",
        "near_tier('private') >= 5500000",
        "near_tier('private') <= 0.01",
        // The lowest tier begins nowhere.
        "near_tier('mass') > 60000",
        // Those who were and are still of the tier.
        "tier_moved('gold', 'gold', interval '90 days')",
    ] {
        super::read(text);
    }
    let said = refused("org under 'B03' and org under 'B04'").message();
    let said = render(&said, Lang::ZhCn);
    assert!(said.contains("把 and 写成 or"), "{said}");
}
