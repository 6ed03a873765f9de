//! The functions: how each is read and printed.

use super::read;
use crate::domain::money::Minor;
use crate::domain::rule::{
    BalanceOf, CompareOp, EventFilter, Expr, Function, Interval, Leaf, Term,
};

#[track_caller]
fn prints(cases: &[(&str, &str)]) {
    for (text, canonical) in cases {
        let rule = read(text);
        assert_eq!(rule.canonical(), *canonical, "{text}");
        assert_eq!(read(canonical), rule, "{text}");
    }
}

#[track_caller]
fn same(texts: &[&str]) {
    for text in texts {
        prints(&[(text, text)]);
    }
}

#[test]
fn every_function_is_its_own_canonical_form() {
    same(&[
        "events('login') = 0",
        "events('transfer_out', interval '30 days') >= 2",
        "sum_events('transfer_out', interval '30 days') > 50000",
        "last_event('login') < today - 60",
        "first_event('工资入账') is null",
        "followed_by('工资入账', 'transfer_out', interval '7 days')",
        "balance('fund') > 1000.5 and balance('aum') > balance('deposit')",
        "change('aum', interval '30 days') <= -0.2",
        "falling('equity', interval '3 months')",
        "falling('aum', interval '5 years')",
        "near_tier('private') <= 50000",
        "tier_moved('gold', 'private', interval '90 days')",
        "holds('fund') and not holds('equity')",
        "product_count() = 1",
        "drift('equity') >= 0.1",
        "consent('sms')",
        "segment('YOUNG') and not segment('YOUNG', 1)",
        "snapshot(17)",
        "list('VIP24', 3) or list('VIP24', 1)",
        "not contacted(interval '30 days')",
        "in_strategy('KEEP')",
        "sample(10) or sample(0.0001) or sample(100)",
        "related('family', aum > 1000000 or housing)",
        "within('S031', 3) and within('HQ', 0.25)",
    ]);
}

#[test]
fn spelling_of_functions_does_not_matter() {
    prints(&[
        ("EVENTS ( 'login' ,INTERVAL '4 weeks') >0", "events('login', interval '28 days') > 0"),
        ("2 <= events('login')", "events('login') >= 2"),
        ("events('login', interval '24 months') > 0", "events('login', interval '2 years') > 0"),
        ("list('VIP24')", "list('VIP24', 3)"),
        ("sample(2.50)", "sample(2.5)"),
        ("sample(5 + 5)", "sample(10)"),
        ("within('S031', 3.0)", "within('S031', 3)"),
        (
            "followed_by(events('login'), 'login', interval '1 day')",
            "followed_by('login', 'login', interval '1 day')",
        ),
        (
            "followed_by(events('login', interval '30 days'), events('transfer_out', amount>=1), interval '1 day')",
            "followed_by(events('login', interval '30 days'), events('transfer_out', amount >= 1), interval '1 day')",
        ),
        ("related('family', (aum > 1))", "related('family', aum > 1)"),
    ]);
}

#[test]
fn events_are_asked_for_their_amount_and_detail() {
    same(&[
        "events('transfer_out', interval '30 days', amount > 1000) > 0",
        "events('transfer_out', amount between 1 and 2.5 and detail = 'atm') > 0",
        "events('transfer_out', detail in ('atm', 'it''s') or not detail like '%柜%') > 0",
        "events('transfer_out', (amount is null or amount <> 3) and detail is not null) > 0",
        "events('transfer_out', detail not in ('a', 'b') and detail not like 'c_' and amount not between 1 and 2) > 0",
        "events('transfer_out', not (amount > 1 and amount < 9)) > 0",
    ]);
    prints(&[
        ("events('login', 5 < Amount) > 0", "events('login', amount > 5) > 0"),
        ("events('login', detail <> 'x') > 0", "events('login', detail <> 'x') > 0"),
        ("events('login', detail not in ('x')) > 0", "events('login', detail <> 'x') > 0"),
    ]);
    let Expr::Compare { left: Term::Events { events }, .. } =
        read("events('transfer_out', interval '30 days', amount > 1000) > 0").expr
    else {
        panic!()
    };
    assert_eq!((events.kind.code.as_str(), events.kind.id), ("transfer_out", 2));
    assert_eq!(events.back, Some(Interval { months: 0, days: 30 }));
    let filter = EventFilter::Amount { op: CompareOp::Gt, value: Minor(100_000) };
    assert_eq!(events.filter, Some(filter));
}

#[test]
fn functions_are_values_of_their_kind() {
    same(&[
        "sum_events('transfer_out') > aum / 2",
        "today - last_event('login') > 30",
        "events('login') - events('transfer_out') between 1 and 5",
        "balance('fund') / aum > 0.3",
        "near_tier('private') is null",
        "drift('equity') in (0.1, 0.2)",
    ]);
}

#[test]
fn what_functions_name_is_resolved() {
    let of = |text: &str| match read(text).expr {
        Expr::Leaf(Leaf::Holds { of }) => of,
        other => panic!("{other:?}"),
    };
    assert_eq!(of("holds('fund')"), BalanceOf::Product { code: "fund".into(), id: 4 });
    let class = BalanceOf::Class { code: "equity".into(), products: vec![4, 6] };
    assert_eq!(of("holds('equity')"), class);
    let Expr::Compare { left, .. } = read("drift('equity') > 0").expr else { panic!() };
    let Term::Drift { products, targets, .. } = left else { panic!() };
    assert_eq!(products, [4, 6]);
    let targets: Vec<_> =
        targets.iter().map(|(tier, share)| (tier.code.as_str(), share.as_str())).collect();
    assert_eq!(targets, [("gold", "0.3"), ("private", "0.45")]);
    let Expr::Compare { left, .. } = read("near_tier('private') < 1").expr else { panic!() };
    let Term::NearTier { tier, floor } = left else { panic!() };
    assert_eq!((tier.from, floor), (Some(Minor(600_000_000)), Some(Minor(50_000_000))));
    let Expr::Compare { left, .. } = read("near_tier('mass') < 1").expr else { panic!() };
    assert!(matches!(left, Term::NearTier { floor: None, .. }));
    let Expr::Leaf(Leaf::Sample { ppm }) = read("sample(0.5)").expr else { panic!() };
    assert_eq!(ppm, 5_000);
    let Expr::Leaf(Leaf::Within { metres, .. }) = read("within('HQ', 1.5)").expr else { panic!() };
    assert_eq!(metres, 1_500);
}

#[test]
fn the_name_of_a_function_is_one_only_before_a_parenthesis() {
    for function in Function::ALL {
        assert_eq!(Function::from_name(&function.name().to_uppercase()), Some(function));
        let attribute = super::refusing::refused(function.name());
        assert!(attribute.to_string().contains("UnknownName"), "{attribute}");
    }
}

#[test]
fn a_rule_is_told_part_by_part() {
    let rule = read(
        "not (housing or last_event('login') < today - 60) and segment('RICH') and aum - 5 > 1 \
         and related('family', segment('YOUNG', 1) and score > 1)",
    );
    let leaves = rule.leaves();
    let texts: Vec<&str> = leaves.iter().map(|leaf| leaf.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "housing",
            "last_event('login') < today - 60",
            "segment('RICH')",
            "aum - 5 > 1",
            "related('family', segment('YOUNG', 1) and score > 1)",
        ]
    );
    assert!(matches!(leaves[1].term, Some(Term::LastEvent { .. })));
    assert!(leaves[0].term.is_none() && leaves[2].term.is_none());
    let columns: Vec<&str> = rule.columns().iter().map(|column| column.code()).collect();
    assert_eq!(columns, ["housing", "aum", "age"]);
    assert_eq!(rule.segments(), [("RICH", None), ("YOUNG", Some(1))]);
    assert_eq!(rule.parts().len(), 4);
    let without = rule.without_leaf(0).unwrap();
    assert!(without.canonical().starts_with("segment('RICH') and aum - 5 > 1 and related("));
    assert_eq!(rule.without_leaf(4), None);
    assert_eq!(read("housing").without_leaf(0).unwrap().canonical(), "true");
    assert_eq!(read("housing and payroll").without_leaf(0).unwrap().canonical(), "payroll");
    assert_eq!(rule.of(leaves[3].expr).canonical(), "aum - 5 > 1");
}
