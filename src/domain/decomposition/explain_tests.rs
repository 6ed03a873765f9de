use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::domain::bank::OrgUnit;
use crate::domain::decomposition::lmdi;
use crate::domain::id::OrgId;
use crate::domain::metric::definition::Over;
use crate::domain::metric::ledger::{Amount, Fact};
use crate::domain::metric::tree::Tree;
use crate::domain::metric::{Kind, Metric};

fn metric(code: &str, unit: &str, formula: &str, has_facts: bool) -> Metric {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (code, unit, formula) = (code.to_owned(), some(unit), some(formula));
    Metric {
        zh: code.clone(),
        en: code.clone(),
        code,
        kind: Kind::Stock,
        unit,
        formula,
        has_facts,
        over: Over::default(),
    }
}

fn day(month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, 28).unwrap()
}

/// HQ (1) over B1 (2) with the sub-branches S1 (3) and S2 (4), and B2 (5) with S3 (6).
fn units() -> Vec<OrgUnit> {
    let unit = |id, code: &str, parent: Option<i32>| OrgUnit {
        id: OrgId(id),
        code: code.into(),
        name: code.into(),
        kind: "subbranch".into(),
        class: None,
        parent: parent.map(OrgId),
        depth: 0,
    };
    vec![
        unit(6, "S3", Some(5)),
        unit(5, "B2", Some(1)),
        unit(4, "S2", Some(2)),
        unit(3, "S1", Some(2)),
        unit(2, "B1", Some(1)),
        unit(1, "HQ", None),
    ]
}

/// Facts as (metric, unit, value) on each of two days.
fn ledger(metrics: Vec<Metric>, from: &[(usize, i32, i64)], to: &[(usize, i32, i64)]) -> Ledger {
    let spans = metrics.iter().map(|m| m.has_facts.then(|| (day(1), day(2)))).collect();
    let mut ledger = Ledger::new(Tree::new(metrics).unwrap(), 100, units(), spans);
    for (on, facts) in [(day(1), from), (day(2), to)] {
        let fact = |&(metric, org, value): &(usize, i32, i64)| {
            let amount = Amount::Value(value);
            Fact { metric, org: OrgId(org), day: on, amount }
        };
        ledger.add_day(on, &facts.iter().map(fact).collect::<Vec<_>>());
    }
    ledger
}

fn deposits() -> Vec<Metric> {
    vec![
        metric("deposits", "money", "customers * per_customer", true),
        metric("customers", "", "", true),
        metric("per_customer", "money", "", false),
    ]
}

#[test]
fn what_is_more_than_a_value_can_be_is_not_known_rather_than_wrong() {
    let metrics = vec![
        metric("deposits", "money", "a + b", false),
        metric("a", "money", "", true),
        metric("b", "money", "", true),
    ];
    let facts = [(1, 3, i64::MAX), (1, 4, i64::MAX), (2, 3, i64::MIN), (2, 4, 1)];
    let ledger = ledger(metrics, &facts, &[(1, 3, i64::MAX), (2, 3, -5)]);
    let value = |metric: &str, unit: &str, on: usize| {
        let units = ledger.under(ledger.unit(Some(unit)).unwrap());
        ledger.whole(ledger.metric(metric).unwrap(), on, &units)
    };
    assert_eq!(value("a", "S1", 0), Some(i64::MAX));
    assert_eq!(value("a", "B1", 0), None);
    assert_eq!(value("deposits", "S1", 0), Some(-1));
    assert_eq!(value("deposits", "S1", 1), Some(i64::MAX - 5));
    let change = Value::Whole(i64::MAX).since(Value::Whole(-1));
    assert!(matches!(change, Value::Number(_)), "{change:?}");
    assert_eq!(Value::Whole(5).since(Value::Whole(7)), Value::Whole(-2));
}

fn effects(explanation: &Explanation) -> Vec<(&str, i64)> {
    let whole = |value| match value {
        Value::Whole(value) => value,
        Value::Number(number) => panic!("{number} is not whole"),
    };
    explanation.effects.iter().map(|e| (e.name.as_str(), whole(e.effect))).collect()
}

fn ask(
    ledger: &Ledger,
    metric: &str,
    org: &str,
    by: &By,
    asked: Option<Method>,
) -> Result<Explanation, KpiError> {
    explain(ledger, ledger.metric(metric).unwrap(), ledger.unit(Some(org)).unwrap(), by, asked)
}

fn moved() -> Ledger {
    // Minor units: S1 loses customers and balance, S2 opens, S3 grows per customer only.
    ledger(
        deposits(),
        &[(0, 3, 100_000), (1, 3, 10), (0, 6, 50_000), (1, 6, 5)],
        &[(0, 3, 81_000), (1, 3, 9), (0, 4, 7_001), (1, 4, 2), (0, 6, 55_000), (1, 6, 5)],
    )
}

#[test]
fn a_bank_is_the_sum_of_its_branches_and_a_branch_of_its_sub_branches() {
    let bank = ask(&moved(), "deposits", "HQ", &By::Org, None).unwrap();
    assert_eq!((bank.from, bank.to), (Value::Whole(150_000), Value::Whole(143_001)));
    assert_eq!(effects(&bank), [("B1", -11_999), ("B2", 5_000)]);
    let branch = ask(&moved(), "deposits", "B1", &By::Org, None).unwrap();
    assert_eq!(effects(&branch), [("S1", -19_000), ("S2", 7_001)]);
    assert_eq!((branch.residual, branch.method), (Value::Whole(0), Method::Additive));
    let leaf = ask(&moved(), "deposits", "S1", &By::Org, None).unwrap();
    assert_eq!(effects(&leaf), [("S1", -19_000)]);
}

#[test]
fn a_branch_that_opened_gives_its_whole_balance_to_customers() {
    let leaf = ask(&moved(), "deposits", "S2", &By::Factor, None).unwrap();
    assert_eq!(effects(&leaf), [("customers", 7_001), ("per_customer", 0)]);
    assert_eq!((leaf.from, leaf.method), (Value::Whole(0), Method::LmdiI));
}

#[test]
fn factors_of_a_branch_are_the_sums_of_its_leaves_and_the_parts_are_the_whole() {
    let at = |org| {
        let explanation = ask(&moved(), "deposits", org, &By::Factor, None).unwrap();
        assert_eq!(explanation.residual, Value::Whole(0));
        let of = |name| effects(&explanation).iter().find(|e| e.0 == name).unwrap().1;
        (of("customers"), of("per_customer"))
    };
    let (s1, s2, s3) = (at("S1"), at("S2"), at("S3"));
    // Both factors fell by a tenth, so they share the change evenly.
    assert_eq!(s1, (-9_500, -9_500));
    assert_eq!(s3, (0, 5_000));
    assert_eq!(at("B1"), (s1.0 + s2.0, s1.1 + s2.1));
    assert_eq!(at("HQ"), (s1.0 + s2.0 + s3.0, s1.1 + s2.1 + s3.1));
}

#[test]
fn a_quotient_is_computed_from_sums_and_split_over_units_by_mix_and_rate() {
    let ledger = moved();
    let per = ledger.metric("per_customer").unwrap();
    let value = ledger.value(per, 0, &ledger.under(ledger.unit(None).unwrap()));
    assert_eq!(value, Some(Value::Whole(10_000)));
    let split = ask(&ledger, "per_customer", "HQ", &By::Org, None).unwrap();
    assert_eq!(
        (split.method, split.why, split.residual),
        (Method::MixRate, Why::Ratio, Value::Whole(0))
    );
    let error = ask(&ledger, "per_customer", "HQ", &By::Org, Some(Method::Additive)).unwrap_err();
    assert!(matches!(error, KpiError::Unfit { .. }), "{error}");
    let solved = ask(&ledger, "per_customer", "HQ", &By::Factor, None).unwrap();
    let names: Vec<&str> = solved.effects.iter().map(|e| e.name.as_str()).collect();
    assert_eq!((names, solved.residual), (vec!["customers", "deposits"], Value::Whole(0)));
    let error = ask(&ledger, "customers", "HQ", &By::Factor, None).unwrap_err();
    assert_eq!(error, KpiError::NoFormula("customers".into()));
}

#[test]
fn a_count_is_split_as_lmdi_splits_it_and_not_rounded_on_each_leaf() {
    let metrics = vec![
        metric("deals", "", "reached * close_rate", true),
        metric("reached", "", "", true),
        metric("close_rate", "", "", false),
    ];
    // Many small leaves would each be off by half a deal.
    let from = [(0, 3, 7), (1, 3, 31), (0, 4, 5), (1, 4, 17), (0, 6, 3), (1, 6, 11)];
    let to = [(0, 3, 9), (1, 3, 29), (0, 4, 4), (1, 4, 18), (0, 6, 6), (1, 6, 11)];
    let ledger = ledger(metrics, &from, &to);
    let at = |org: &str| {
        let split = ask(&ledger, "deals", org, &By::Factor, None).unwrap();
        assert_eq!((split.why, split.residual), (Why::Product, Value::Whole(0)));
        let of = |name| split.effects.iter().find(|e| e.name == name).unwrap().effect.as_f64();
        (of("reached"), of("close_rate"))
    };
    let exact = |org: i32| {
        let value = |facts: &[(usize, i32, i64)], of: usize| {
            f64::from(
                i32::try_from(facts.iter().find(|f| (f.0, f.1) == (of, org)).unwrap().2).unwrap(),
            )
        };
        let ends = (value(&from, 0), value(&to, 0));
        let weight = lmdi::log_mean(ends.0, ends.1);
        let reached = weight * (value(&to, 1) / value(&from, 1)).ln();
        (reached, ends.1 - ends.0 - reached)
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    let leaves = [exact(3), exact(4), exact(6)];
    near(at("S1").0, leaves[0].0);
    near(at("HQ").0, leaves.iter().map(|leaf| leaf.0).sum());
    near(at("HQ").1, leaves.iter().map(|leaf| leaf.1).sum());
    let both = ask(&ledger, "deals", "HQ", &By::Both, None).unwrap();
    assert_eq!(effects(&both), [("B2", 3), ("B1", 1)], "what a unit moved is whole");
    near(both.totals.iter().map(|share| share.effect.as_f64()).sum(), 4.0);
}

#[test]
fn a_quotient_with_a_formula_is_split_over_its_two_parts() {
    let mut metrics = deposits();
    metrics[0].formula = None;
    metrics[2].formula = Some("deposits / customers".into());
    let ledger = ledger(metrics, &[(0, 3, 10_000), (1, 3, 10)], &[(0, 3, 10_000), (1, 3, 8)]);
    let explanation = ask(&ledger, "per_customer", "HQ", &By::Factor, None).unwrap();
    assert_eq!(explanation.change, Value::Whole(250));
    let parts: Vec<f64> = explanation.effects.iter().map(|e| e.effect.as_f64()).collect();
    assert!((parts[0] - 250.0).abs() < 1e-9 && parts[1].abs() < 1e-9, "{parts:?}");
    assert_eq!(explanation.effects[0].name, "customers");
    assert_eq!((explanation.residual, explanation.why), (Value::Whole(0), Why::Whole));
}

#[test]
fn terms_of_a_sum_are_its_parts_with_their_signs() {
    let metrics = vec![
        metric("net", "", "new - lost", false),
        metric("new", "", "", true),
        metric("lost", "", "", true),
    ];
    let ledger = ledger(metrics, &[(1, 3, 10), (2, 3, 4)], &[(1, 3, 12), (2, 6, 9)]);
    let explanation = ask(&ledger, "net", "HQ", &By::Factor, None).unwrap();
    assert_eq!(effects(&explanation), [("lost", -5), ("new", 2)]);
    assert_eq!((explanation.from, explanation.to), (Value::Whole(6), Value::Whole(3)));
    let by_org = ask(&ledger, "net", "HQ", &By::Org, None).unwrap();
    assert_eq!(effects(&by_org), [("B2", -9), ("B1", 6)]);
}

#[test]
fn the_published_case_of_three_factors_comes_out_of_facts() {
    // Ang 2005, package LMDIR 0.1.14, 1971 to 1972, with V in money and so in hundredths.
    let metrics = vec![
        metric("v", "money", "f1 * f2 * f3", false),
        metric("f1", "", "", true),
        metric("f2", "", "", true),
        metric("f3", "", "", true),
    ];
    let from = [(1, 3, 1), (2, 3, 10), (3, 3, 2), (1, 4, 4), (2, 4, 5), (3, 4, 3)];
    let to = [(1, 3, 4), (2, 3, 5), (3, 3, 3), (1, 4, 5), (2, 4, 6), (3, 4, 4)];
    let explanation = ask(&ledger(metrics, &from, &to), "v", "HQ", &By::Factor, None).unwrap();
    assert_eq!(explanation.change, Value::Whole(10_000));
    // Row by row in hundredths, each rounded to its change: 5047.438 -2523.719 1476.281 to 5048 -2524 1476 and
    // 1931.569 1578.206 2490.225 to 1932 1578 2490.
    assert_eq!(effects(&explanation), [("f1", 6_980), ("f3", 3_966), ("f2", -946)]);
}

#[test]
fn a_balance_without_customers_is_not_lost() {
    let ledger = ledger(
        deposits(),
        &[(0, 3, 500), (1, 3, 0), (0, 4, 500)],
        &[(0, 3, 800), (1, 3, 10), (0, 4, 900)],
    );
    let explanation = ask(&ledger, "deposits", "B1", &By::Factor, None).unwrap();
    assert_eq!(effects(&explanation), [("per_customer", 400), ("customers", 300)]);
    assert_eq!(explanation.residual, Value::Whole(0));
}

#[test]
fn facts_that_contradict_their_factors_leave_a_residual_that_is_shown() {
    let mut metrics = deposits();
    metrics[2].has_facts = true;
    let from = [(0, 3, 1_000), (1, 3, 10), (2, 3, 100)];
    let ledger = ledger(metrics, &from, &[(0, 3, 1_300), (1, 3, 12), (2, 3, 100)]);
    let explanation = ask(&ledger, "deposits", "HQ", &By::Factor, None).unwrap();
    assert_eq!(effects(&explanation), [("customers", 200), ("per_customer", 0)]);
    assert_eq!(explanation.residual, Value::Whole(100));
}

#[test]
fn a_negative_balance_goes_to_shapley_and_lmdi_refuses_it_by_name() {
    let ledger = ledger(deposits(), &[(0, 3, 500), (1, 3, 5)], &[(0, 3, -1), (1, 3, 5)]);
    let error = ask(&ledger, "deposits", "HQ", &By::Factor, Some(Method::LmdiI)).unwrap_err();
    let (metric, org) = ("deposits".to_owned(), "S1".to_owned());
    assert_eq!(error, KpiError::Negative { metric, org, on: day(2) });
    let split = ask(&ledger, "deposits", "HQ", &By::Factor, None).unwrap();
    assert_eq!((split.method, split.why), (Method::Shapley, Why::Signs));
    assert_eq!(effects(&split), [("per_customer", -501), ("customers", 0)]);
    let by_org = ask(&ledger, "deposits", "HQ", &By::Org, None).unwrap();
    assert_eq!(effects(&by_org), [("B1", -501)], "units add with signs");
}

#[test]
fn a_day_before_the_first_fact_says_when_they_begin() {
    let ledger = ledger(deposits(), &[], &[(0, 3, 5), (1, 3, 1)]);
    let error = ask(&ledger, "deposits", "HQ", &By::Org, None).unwrap_err();
    let span = Some((day(1), day(2)));
    let (metric, org) = ("deposits".to_owned(), "HQ".to_owned());
    assert_eq!(error, KpiError::NoFacts { metric, org, on: day(1), span });
}

#[test]
fn a_fact_on_a_unit_with_units_below_is_its_own_part() {
    let both = [(0, 2, 70), (0, 3, 30)];
    let ledger = ledger(deposits(), &both, &[(0, 2, 75), (0, 3, 31)]);
    let explanation = ask(&ledger, "deposits", "B1", &By::Org, None).unwrap();
    assert_eq!(effects(&explanation), [("B1", 5), ("S1", 1)]);
    assert_eq!(explanation.from, Value::Whole(100));
}

#[test]
fn the_last_fact_of_a_unit_that_got_units_below_it_is_history() {
    let mut ledger = ledger(deposits(), &[(0, 2, 70)], &[]);
    let fact =
        |org, day, value| Fact { metric: 0, org: OrgId(org), day, amount: Amount::Value(value) };
    ledger.add_day(day(3), &[fact(2, day(1), 70), fact(3, day(3), 72)]);
    assert_eq!(ledger.value(0, 2, &ledger.under(1)), Some(Value::Whole(72)));
}

proptest! {
    #[test]
    fn parts_are_the_whole_at_every_level(
        from in prop::collection::vec((0..5_000_000_i64, 0..40_i64), 3),
        to in prop::collection::vec((0..5_000_000_i64, 0..40_i64), 3),
    ) {
        let facts = |rows: &[(i64, i64)]| -> Vec<(usize, i32, i64)> {
            let leaf = |(org, &(value, count)): (&i32, &(i64, i64))| [(0, *org, value), (1, *org, count)];
            [3, 4, 6].iter().zip(rows).flat_map(leaf).collect()
        };
        let there = ledger(deposits(), &facts(&from), &facts(&to));
        let back = ledger(deposits(), &facts(&to), &facts(&from));
        let at = |ledger: &Ledger, org: &str| {
            let explanation = ask(ledger, "deposits", org, &By::Factor, None).unwrap();
            assert_eq!(explanation.residual, Value::Whole(0));
            let all = effects(&explanation);
            let of = |name: &str| all.iter().find(|e| e.0 == name).unwrap().1;
            [of("customers"), of("per_customer")]
        };
        for unit in ["HQ", "B1", "S1", "S2", "S3"] {
            prop_assert_eq!(at(&there, unit), at(&back, unit).map(|effect| -effect));
            let by_org = ask(&there, "deposits", unit, &By::Org, None).unwrap();
            prop_assert_eq!(by_org.residual, Value::Whole(0));
            prop_assert_eq!(Value::Whole(at(&there, unit).iter().sum()), by_org.change);
        }
        let (b1, s1, s2) = (at(&there, "B1"), at(&there, "S1"), at(&there, "S2"));
        prop_assert_eq!(b1, [s1[0] + s2[0], s1[1] + s2[1]]);
    }
}
