//! Which dimension explains a change: Adtributor over units and over what customers have, and the parts of the one
//! that explains best.

use super::adtributor::{self, AdtributorError, Dimension, Element, Thresholds};
use super::sentence::ENOUGH;
use super::{Effect, Explanation, Method, Why, largest_first};
use crate::domain::message::Arg;
use crate::domain::metric::Value;
use crate::domain::metric::error::KpiError;

/// A dimension with its parts, each with its values on both days.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Its name: `org`, or an attribute's code.
    pub name: String,
    /// What people call it.
    pub called: Arg,
    /// Its parts, which add up to the change but for what is in no record.
    pub effects: Vec<Effect>,
}

/// Ranks `all` for the change that `answer` is of, and puts the parts of the best one in its place. Each is held against that change:
/// one whose parts leave more than a third of it over explains it no more than a group could, and one with a negative part has no
/// shares; both are left out. Where none explains enough, the parts stay, and no dimension is named.
///
/// # Errors
/// [`KpiError::NothingMoved`]; [`KpiError::NoShares`] where the value itself is negative.
pub fn explain(answer: Explanation, all: Vec<Parts>) -> Result<Explanation, KpiError> {
    let elements = |parts: &Parts| -> Option<Vec<Element>> {
        let element = |effect: &Effect| {
            let forecast = effect.from.map_or(0.0, Value::as_f64);
            let actual = effect.to.map_or(0.0, Value::as_f64);
            let fits = forecast >= 0.0 && actual >= 0.0;
            fits.then(|| Element { element: effect.name.clone(), forecast, actual })
        };
        parts.effects.iter().map(element).collect()
    };
    let ends = (answer.from.as_f64(), answer.to.as_f64());
    if ends.0 < 0.0 || ends.1 < 0.0 {
        let on = if ends.0 < 0.0 { answer.from_date } else { answer.to_date };
        let (metric, org) = (answer.metric.clone(), answer.org.clone());
        return Err(KpiError::NoShares { metric, org, on });
    }
    let mut ranked: Vec<Dimension> = Vec::new();
    for parts in all.iter().filter(|parts| carries(&answer, parts)) {
        let Some(elements) = elements(parts) else { continue };
        match adtributor::explain(&parts.name, &elements, ends, Thresholds::default()) {
            Ok(found) => ranked.extend(found),
            Err(AdtributorError::NoTotal { .. }) => {}
            Err(AdtributorError::NoChange { .. } | AdtributorError::Overflow { .. }) => {
                return Err(KpiError::NothingMoved(answer.metric));
            }
        }
    }
    ranked.sort_by(|a, b| {
        let few = a.elements.len().cmp(&b.elements.len());
        b.surprise.total_cmp(&a.surprise).then(few).then_with(|| a.dimension.cmp(&b.dimension))
    });
    let best = ranked.first().map(|best| best.dimension.clone());
    let best = all.into_iter().find(|parts| Some(&parts.name) == best.as_ref());
    let mut answer =
        Explanation { method: Method::Adtributor, why: Why::Asked, dimensions: ranked, ..answer };
    if let Some(best) = best {
        answer.best = Some(best.called);
        answer.effects = best.effects;
        largest_first(&mut answer.effects);
        let sum = |left: Value, part: &Effect| left.since(part.effect);
        answer.residual = answer.effects.iter().fold(answer.change, sum);
    }
    Ok(answer)
}

/// Whether the parts of a dimension add up to the change but for a third of it.
fn carries(answer: &Explanation, parts: &Parts) -> bool {
    let whole = answer.change.as_f64();
    let sum: f64 = parts.effects.iter().map(|part| part.effect.as_f64()).sum();
    (whole - sum).abs() <= (1.0 - ENOUGH) * whole.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decomposition::tests::of;

    /// A dimension whose parts went from one value to the other.
    fn parts(name: &str, ends: &[(i64, i64)]) -> Parts {
        let effects = of(0, &vec![0; ends.len()]).effects.into_iter().zip(ends);
        let part = |(effect, &(from, to)): (Effect, &(i64, i64))| {
            let (from, to) = (Value::Whole(from), Value::Whole(to));
            Effect { effect: to.since(from), from: Some(from), to: Some(to), ..effect }
        };
        Parts { name: name.to_owned(), called: name.into(), effects: effects.map(part).collect() }
    }

    #[test]
    fn records_that_rose_explain_no_fall() {
        // The value fell from 1,000 to 900; customers' records say that it rose.
        let org = parts("org", &[(500, 410), (500, 490)]);
        let rose = parts("education", &[(400, 440), (400, 500)]);
        let found = explain(of(-100, &[-90, -10]), vec![org, rose]).unwrap();
        let named: Vec<&str> = found.dimensions.iter().map(|d| d.dimension.as_str()).collect();
        assert_eq!(named, ["org"]);
    }

    #[test]
    fn an_element_explains_its_part_of_the_metrics_change() {
        // Records hold 80 of the fall of 100: who lost 76 of it explains 76 %, not 95 %.
        let payroll = parts("payroll", &[(500, 424), (400, 396)]);
        let found = explain(of(-100, &[-90, -10]), vec![payroll]).unwrap();
        let best = &found.dimensions[0].elements[0];
        assert_eq!((best.element.as_str(), found.residual), ("a", Value::Whole(-20)));
        assert!((best.ep - 0.76).abs() < 1e-12, "{}", best.ep);
    }

    #[test]
    fn what_is_negative_has_no_shares_and_did_not_stand_still() {
        let mut answer = of(56, &[56]);
        (answer.from, answer.to) = (Value::Whole(-15), Value::Whole(41));
        let refused = explain(answer, vec![parts("org", &[(-15, 41)])]);
        assert!(matches!(refused, Err(KpiError::NoShares { .. })), "{refused:?}");
        let still = explain(of(0, &[5, -5]), vec![parts("org", &[(500, 505), (500, 495)])]);
        assert!(matches!(still, Err(KpiError::NothingMoved(_))), "{still:?}");
    }
}
