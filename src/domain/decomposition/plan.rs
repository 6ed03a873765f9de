//! A value held against its plan, unit by unit: what each unit is over or under its own.
//!
//! Of a stock the plan is what should stand at the period's end. Of a flow only as much is expected as of the period has
//! passed, so that a month is not behind its plan on its first day.

use chrono::NaiveDate;

use super::{By, Effect, Ends, Explanation, Method, Why, largest_first};
use crate::domain::metric::compare::Taken;
use crate::domain::metric::error::KpiError;
use crate::domain::metric::ledger::Ledger;
use crate::domain::metric::remark::Remarks;
use crate::domain::metric::{Kind, Value};

/// The plans that are compared with.
#[derive(Clone, Copy)]
pub struct Planned<'a> {
    /// The first and last day of the period.
    pub period: (NaiveDate, NaiveDate),
    /// How much of it has passed, in millionths.
    pub passed_ppm: i64,
    /// The plan of a unit by its position, whole.
    pub of: &'a dyn Fn(usize) -> Option<i64>,
}

impl Planned<'_> {
    /// What is expected of a unit by now.
    fn expected(&self, kind: Kind, unit: usize) -> Option<i64> {
        let plan = (self.of)(unit)?;
        if kind != Kind::Flow {
            return Some(plan);
        }
        let part = (i128::from(plan) * i128::from(self.passed_ppm)).div_euclid(1_000_000);
        i64::try_from(part).ok()
    }
}

/// Splits what `metric` of `unit` is over or under its plan over the units right below; what those are not planned for
/// is left over. The ledger's day 0 has the value.
///
/// # Errors
/// [`KpiError`] if there is no plan, no value, or the metric is a quotient.
pub fn explain(
    ledger: &Ledger,
    metric: usize,
    unit: usize,
    planned: &Planned<'_>,
) -> Result<Explanation, KpiError> {
    let of = ledger.tree().metric(metric);
    let (code, org) = (of.code.clone(), ledger.org(unit).code.clone());
    if !ledger.tree().is_additive(metric) {
        return Err(KpiError::PlanOfQuotient(code));
    }
    let on = ledger.date(0);
    let Some(plan) = planned.expected(of.kind, unit) else {
        return Err(KpiError::NoPlan { metric: code, org, on });
    };
    let value = |unit: usize| ledger.whole(metric, 0, &ledger.under(unit)).unwrap_or(0);
    let (from, to) = (Value::Whole(plan), Value::Whole(value(unit)));
    let part = |unit: usize| {
        let (from, to) = (planned.expected(of.kind, unit)?, value(unit));
        let org = ledger.org(unit);
        Some(Effect {
            name: org.code.clone(),
            effect: Value::Whole(to.saturating_sub(from)),
            parts: Vec::new(),
            rule: None,
            zh: org.name.clone(),
            en: org.name.clone(),
            unit: of.unit.clone(),
            from: Some(Value::Whole(from)),
            to: Some(Value::Whole(to)),
            opens: ledger.under(unit).len() > 1,
        })
    };
    let mut effects: Vec<Effect> = ledger.children(unit).into_iter().filter_map(part).collect();
    largest_first(&mut effects);
    let change = to.since(from);
    let residual = effects.iter().fold(change, |left, part| left.since(part.effect));
    let taken = ledger.taken(metric, 0).unwrap_or(Taken::on(on));
    Ok(Explanation {
        metric: code,
        org,
        from_date: planned.period.1,
        to_date: taken.end,
        from_start: Some(planned.period.0),
        to_start: taken.start,
        over: None,
        from,
        to,
        change,
        by: By::Org,
        method: Method::Additive,
        why: Why::Sum,
        chained: false,
        reversal: false,
        effects,
        totals: Vec::new(),
        dimensions: Vec::new(),
        best: None,
        called: None,
        residual,
        quality: Ends { to: ledger.quality(metric, 0, &ledger.under(unit)), ..Ends::default() },
        unseen: None,
        remarks: Remarks::default(),
        currency: None,
        unread: Vec::new(),
        unit: of.unit.clone(),
        from_day: None,
        to_day: ledger.fact_days(metric, 0, &ledger.under(unit)).map(|days| days.1),
    })
}
