//! A change by the lowest units, on which facts stand.

use super::Opened;
use crate::domain::decomposition::{Effect, Explanation};
use crate::domain::metric::Value;

/// Every unit below on which facts stand, between two days of the ledger.
pub(super) fn lowest(
    opened: &Opened,
    whole: &Explanation,
    unit: usize,
    days: (usize, usize),
) -> Vec<Effect> {
    let ledger = &opened.ledger;
    let Some(metric) = ledger.tree().find(&whole.metric) else { return Vec::new() };
    let mut leaves = ledger.leaves(metric, days.0, &ledger.under(unit));
    leaves.extend(ledger.leaves(metric, days.1, &ledger.under(unit)));
    leaves.sort_unstable();
    leaves.dedup();
    let effect = |leaf: usize| {
        let value = |day| Value::Whole(ledger.whole(metric, day, &(leaf..leaf + 1)).unwrap_or(0));
        let (from, to, org) = (value(days.0), value(days.1), ledger.org(leaf));
        Effect {
            name: org.code.clone(),
            effect: to.since(from),
            parts: Vec::new(),
            rule: None,
            zh: org.name.clone(),
            en: org.name.clone(),
            unit: whole.unit.clone(),
            from: Some(from),
            to: Some(to),
            opens: false,
        }
    };
    leaves.into_iter().map(effect).collect()
}
