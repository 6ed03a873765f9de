//! The metric tree: sources, circles, units, unknown names.

use super::*;

fn metric(code: &str, formula: &str, has_facts: bool) -> Metric {
    Metric {
        code: code.into(),
        zh: code.into(),
        en: code.into(),
        kind: Kind::Stock,
        unit: None,
        formula: (!formula.is_empty()).then(|| formula.to_owned()),
        has_facts,
        over: crate::domain::metric::definition::Over::default(),
    }
}

fn lines(tree: &Tree) -> Vec<String> {
    let line = |&(at, depth, _): &(usize, usize, _)| "  ".repeat(depth) + &tree.metric(at).code;
    tree.lines().iter().map(line).collect()
}

#[test]
fn a_factor_without_facts_is_solved_and_stands_below() {
    let tree = Tree::new(vec![
        metric("per", "", false),
        metric("customers", "", true),
        metric("aum", "aum = customers * per", true),
    ])
    .unwrap();
    assert_eq!(lines(&tree), ["aum", "  customers", "  per"]);
    assert_eq!(tree.source(0), Source::Solved(2));
    assert_eq!(tree.bases(0), [1, 2]);
    assert!(!tree.is_additive(0) && tree.is_additive(1) && tree.is_additive(2));
}

#[test]
fn a_derived_factor_may_say_its_own_formula_too() {
    let tree = Tree::new(vec![
        metric("per", "aum / customers", false),
        metric("aum", "customers * per", true),
        metric("customers", "", true),
    ])
    .unwrap();
    assert_eq!(lines(&tree), ["aum", "  customers", "  per"]);
    assert_eq!(tree.source(0), Source::Formula);
}

#[test]
fn a_tree_of_sums_is_additive_and_a_missing_term_is_solved() {
    let tree = Tree::new(vec![
        metric("aum", "deposits + funds", false),
        metric("deposits", "current + fixed", true),
        metric("funds", "", true),
        metric("current", "", true),
        metric("fixed", "", false),
    ])
    .unwrap();
    assert_eq!(lines(&tree), ["aum", "  deposits", "    current", "    fixed", "  funds"]);
    assert_eq!((tree.source(0), tree.source(4)), (Source::Formula, Source::Solved(1)));
    assert!((0..5).all(|at| tree.is_additive(at)));
}

#[test]
fn formulas_that_go_round_are_refused_with_the_way() {
    let cycle = |metrics| match Tree::new(metrics) {
        Err(TreeError::Cycle(path)) => path.join(">"),
        other => panic!("{other:?}"),
    };
    let (c, d) = (metric("c", "", true), metric("d", "", true));
    for facts in [true, false] {
        let (a, b) = (metric("a", "b * c", facts), metric("b", "a * d", facts));
        assert_eq!(cycle(vec![a, b, c.clone(), d.clone()]), "a>b>a");
    }
    assert_eq!(cycle(vec![metric("a", "a * c", true), c]), "a>a");
}

#[test]
fn a_formula_that_is_no_other_side_of_the_one_above_is_a_circle() {
    let (income, cost) = (|text| metric("income", text, true), metric("cost", "", true));
    let profit = |text| metric("profit", text, false);
    let of = |above: Metric, own: Metric| Tree::new(vec![above, own, cost.clone()]);
    for (above, own) in [("cost - profit", "income - cost"), ("cost * profit", "income - cost")] {
        let refused = of(income(above), profit(own)).unwrap_err();
        let TreeError::Cycle(path) = &refused else { panic!("{refused:?}") };
        assert_eq!(path.join(">"), "income>profit>income", "{above} and {own}");
    }
    // The same said the other way round, whatever the order.
    for (above, own) in [
        ("cost + profit", "income - cost"),
        ("profit - cost", "income + cost"),
        ("profit * cost", "income / cost"),
    ] {
        let tree = of(income(above), profit(own)).unwrap();
        assert_eq!(lines(&tree).len(), 3, "{above}: both stand below income");
    }
}

#[test]
fn an_unknown_name_gets_a_question_back() {
    let error =
        Tree::new(vec![metric("customers", "", true), metric("aum", "custmers * per", true)]);
    let like = Some("customers".to_owned());
    let (metric_code, name) = ("aum".to_owned(), "custmers".to_owned());
    assert_eq!(error.unwrap_err(), TreeError::Unknown { metric: metric_code, name, like });
    let error = Tree::new(vec![metric("aum", "x * y", true)]).unwrap_err();
    assert!(matches!(error, TreeError::Unknown { like: None, .. }));
}

#[test]
fn money_is_not_added_to_a_count() {
    let mut aum = metric("aum", "deposits + customers", true);
    aum.unit = Some("money".into());
    let mut deposits = metric("deposits", "", true);
    deposits.unit = Some("money".into());
    let error = Tree::new(vec![aum, deposits, metric("customers", "", true)]).unwrap_err();
    assert_eq!(error, TreeError::Unit { metric: "aum".into(), name: "customers".into() });
}

#[test]
fn what_cannot_be_solved_has_no_source() {
    let tree = Tree::new(vec![
        metric("aum", "a * b", true),
        metric("a", "", false),
        metric("b", "", false),
    ])
    .unwrap();
    assert_eq!(tree.source(1), Source::Nowhere);
    assert!(tree.bases(2).is_empty());
}
