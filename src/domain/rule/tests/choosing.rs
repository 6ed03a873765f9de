//! Conditions that are chosen rather than written.

use super::{bank, read};
use crate::domain::rule::{Called, Column, Operator, Rule, Values};
use crate::domain::strategy::script::{self, ScriptError, ScriptFault};

fn column(code: &str) -> Column {
    bank().columns().into_iter().find(|column| column.code() == code).unwrap()
}

#[test]
fn a_chosen_condition_is_what_would_have_been_written() {
    let of = |code: &str, operator: Operator, values: &[&str]| {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        read(&operator.condition(&column(code), &values)).canonical()
    };
    assert_eq!(of("year 2025", Operator::NotSet, &[]), "not \"year 2025\"");
    assert_eq!(of("job", Operator::Is, &["it's complicated"]), "job = 'it''s complicated'");
    assert_eq!(of("tier", Operator::OneOf, &["gold", "mass"]), "tier in ('gold', 'mass')");
    assert_eq!(of("org", Operator::Under, &["B03"]), "org under 'B03'");
    assert_eq!(of("age", Operator::Between, &["30", " 45"]), "age between 30 and 45");
    assert_eq!(of("opened_on", Operator::AtLeast, &["2026-01-31"]), "opened_on >= '2026-01-31'");
    assert_eq!(of("aum", Operator::Unknown, &[]), "aum is null");
}

#[test]
fn every_column_can_be_asked_by_each_of_its_operators() {
    let vocabulary = bank();
    for column in vocabulary.columns() {
        for operator in Operator::of(column.kind()) {
            let listed = vocabulary.choices(&column);
            let mut values: Vec<String> = listed.into_iter().map(|c| c.code).collect();
            if values.is_empty() {
                let dated = matches!(column.kind(), crate::domain::rule::Kind::DATE);
                let plain = if dated { ["2026-01-01", "2026-02-01"] } else { ["1", "2"] };
                values = plain.map(str::to_owned).to_vec();
            }
            let text = operator.condition(&column, &values);
            let rule = Rule::parse(&text, &vocabulary);
            let likes = *operator == Operator::Like;
            // No tier is below the lowest: whoever chooses that is told so.
            let nobody = rule.as_ref().is_err_and(|error| error.reason.is_nobody());
            assert!(rule.is_ok() || likes || nobody, "{text}: {rule:?}");
        }
    }
}

#[test]
fn operators_and_values_are_named() {
    for operator in Operator::ALL {
        assert!(!operator.key().0.is_empty());
        let none = operator.values() == Values::None;
        assert_eq!(none, !operator.condition(&Column::Age, &["77".into()]).contains("77"));
    }
    let tiers = bank().choices(&Column::Tier);
    assert_eq!(tiers[0].called, Called::Names("基础".into(), "Basic".into()));
    assert!(bank().choices(&Column::Age).is_empty());
    assert_eq!(bank().choices(&column("job")).len(), 3);
}

#[test]
fn a_slip_in_a_placeholder_is_answered_with_the_one_that_was_meant() {
    let guess = |typed: &str| match script::check(&format!("{{{typed}}}"), &bank()) {
        Err(ScriptError { fault: ScriptFault::Unknown { guess, .. }, .. }) => guess,
        other => panic!("{other:?}"),
    };
    let slips = [("nmae", "name"), ("Name", "name"), ("opend_on", "opened_on"), ("scroe", "score")];
    for (typed, meant) in slips {
        assert_eq!(guess(typed).as_deref(), Some(meant), "{typed}");
    }
    assert_eq!(guess("shoesize"), None);
}
