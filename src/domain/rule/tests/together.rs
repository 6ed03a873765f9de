//! What a judge says of parts that leave nobody, and what it leaves alone.

use super::refusing::{refused, refuses};
use crate::domain::rule::Reason;
use crate::text::{Lang, render};

#[test]
fn two_parts_that_leave_nobody_are_told_and_the_second_marked() {
    for (first, second) in [
        ("tier = 'gold'", "aum < 100"),
        ("aum >= 6000000", "tier <> 'private'"),
        ("tier = 'mass'", "near_tier('private') <= 50000"),
        ("near_tier('private') is null", "tier = 'gold'"),
        ("last_event('login') is null", "events('login', interval '30 days') >= 1"),
        ("events('login') = 0", "sum_events('login', amount > 5) > 0"),
        ("events('login') = 0", "followed_by('login', 'transfer_out', interval '7 days')"),
        ("events('login', interval '30 days') >= 5", "events('login', interval '3 months') < 5"),
        ("events('login', amount > 10) > 3", "events('login', amount >= 5) <= 3"),
        ("last_event('login') < today - 60", "events('login', interval '30 days') >= 1"),
        ("last_event('login') > today - 10", "events('login', interval '1 month') = 0"),
        ("last_event('transfer_out') < today - 60", "first_event('transfer_out') > today - 30"),
        (
            "followed_by('login', 'transfer_out', interval '3 days')",
            "not followed_by('login', 'transfer_out', interval '7 days')",
        ),
        ("sample(10)", "not sample(20)"),
        ("contacted(interval '30 days')", "not contacted(interval '60 days')"),
        ("within('S031', 3)", "not within('S031', 5)"),
        (
            "tier_moved('gold', 'private', interval '90 days')",
            "tier_moved('gold', 'mass', interval '30 days')",
        ),
        ("holds('fund')", "balance('fund') = 0"),
        ("product_count() = 0", "holds('fund')"),
        ("product_count() is null", "holds('fund')"),
        ("falling('aum', interval '3 months')", "change('aum', interval '1 month') > 0"),
        ("job like 'student'", "job = 'teacher'"),
        ("job like 's%'", "job like 't%'"),
        ("gender <> 'F'", "gender <> 'M'"),
        ("aum < loan_balance", "aum - loan_balance > 0"),
        ("age is null", "birth_date < '1990-01-01'"),
        ("last_visit >= today", "last_visit < month_start"),
    ] {
        let text = format!("housing and {first} and {second}");
        // Of what is denied, what stands behind `not` is marked.
        let marked = second.trim_start_matches("not ");
        refuses!(text.as_str(), marked, Reason::NeverTogether { .. });
    }
    refuses!(
        "age > 5 and (age < 3 or age < 4)",
        "age < 3 or age < 4",
        Reason::NeverTogether { .. }
    );
    refuses!(
        "age < score and housing and score < 10 and age > 12",
        "age > 12",
        Reason::NeverAllTogether { .. }
    );
    let Reason::NeverAllTogether { conditions } =
        refused("age < score and housing and score < 10 and age > 12").reason
    else {
        panic!()
    };
    assert_eq!(conditions, "age < score and score < 10 and age > 12");
}

#[test]
fn a_condition_that_leaves_nobody_by_itself_is_told() {
    for text in [
        "not (housing or not housing)",
        "gender not in ('F', 'M')",
        "tier not in ('basic', 'mass', 'gold', 'private')",
        "org not under 'HQ'",
        "first_event('login') > last_event('login')",
        "events('login', interval '30 days') > events('login', interval '60 days')",
        "events('login') is null",
        "age = 30.5",
        "aum > aum",
        "not sample(100)",
        "not (age > 5 or age <= 5)",
        "(age > 5 and false) or (housing and not true)",
        "related('family', age > 5 and (age < 3 or age < 4))",
        "job like 's%' and not job like 's%'",
    ] {
        let error = refused(text);
        assert!(error.reason.is_nobody(), "{text}: {error}");
    }
    refuses!(
        "housing and last_event('login') > today",
        "last_event('login') > today",
        Reason::AfterToday { .. }
    );
    refuses!(
        "first_event('login') = today + 1",
        "first_event('login') = today + 1",
        Reason::AfterToday { .. }
    );
}

#[test]
fn what_may_be_on_another_day_or_of_other_records_is_a_rule() {
    for text in [
        "tier = 'gold' and aum > 100",
        "tier = 'gold' and near_tier('private') <= 50000",
        "age > 5 and (age < 3 or age < 40)",
        "gender not in ('F')",
        "not gender = 'F'",
        // Another value may come with the next load.
        "job not in ('student', 'teacher', 'it''s complicated')",
        "last_event('login') > '2030-01-01'",
        "last_event('login') >= today",
        "last_event('login') is null and events('login', interval '30 days') = 0",
        "events('login', interval '60 days') > events('login', interval '30 days')",
        "events('login', amount > 5) > events('login', interval '30 days')",
        "last_event('login') < today - 29 and events('login', interval '31 days') >= 1",
        "events('login', interval '31 days') > events('login', interval '1 month')",
        "events('login', interval '1 month') > events('login', interval '30 days')",
        "sample(20) and not sample(10)",
        "contacted(interval '60 days') and not contacted(interval '30 days')",
        "tier_moved('gold', 'private', interval '90 days') and tier_moved('mass', 'private', interval '30 days')",
        // Overdrafts: a share of what is held has no bounds.
        "drift('equity') > 2",
        "sum_events('login', interval '30 days') > sum_events('login', interval '60 days')",
        "holds('fund') and balance('equity') = 0",
        "product_count() >= 1 and balance('aum') = 0",
        "tier_moved('gold', 'private', interval '30 days') and tier = 'mass'",
        "last_visit >= year_start and last_visit < month_start",
        "loan_balance > 5 and loan_balance < 5.01",
        "org under 'B03' or org not under 'HQ'",
        // What a kept segment asks is its own matter, whichever version is named.
        "segment('YOUNG') and age > 60",
        "segment('YOUNG', 2) and age > 60",
        "segment('YOUNG') and not segment('YOUNG', 2)",
        "related('family', housing or payroll) and not related('family', housing)",
    ] {
        super::read(text);
    }
}

#[test]
fn a_rule_as_long_as_they_come_is_judged() {
    let many = |n: usize, of: &dyn Fn(usize) -> String, by: &str| {
        (0..n).map(of).collect::<Vec<_>>().join(by)
    };
    for text in [
        many(280, &|at| format!("score <> {at} and age < {}", 900 - at), " and "),
        many(120, &|at| format!("(score > {at} or age < {at} or aum is null)"), " and "),
        many(60, &|at| format!("(score not between {at} and 500 or tier = 'gold')"), " and "),
        many(100, &|at| format!("events('login', interval '{} days') >= {at}", at + 1), " and "),
        many(300, &|at| format!("score = {at}"), " or "),
    ] {
        super::read(&text);
    }
}
