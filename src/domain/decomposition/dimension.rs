//! Which dimension explains a change: Adtributor over units and over what customers have, and the parts of the one
//! that explains best.

use super::adtributor::{self, AdtributorError, Dimension, Element, Thresholds};
use super::{Effect, Explanation, Method, Why, largest_first};
use crate::domain::metric::Value;
use crate::domain::metric::error::KpiError;

/// A dimension with its parts, each with its values on both days.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Its name: `org`, or an attribute's code.
    pub name: String,
    /// Its parts, which add up to the change or leave the same rest.
    pub effects: Vec<Effect>,
}

/// Ranks `all` for the change that `answer` is of, and puts the parts of the best one in its place. One with a negative
/// part has no shares and is left out. Where none explains enough, the parts stay, and no dimension is named.
///
/// # Errors
/// [`KpiError::NothingMoved`]
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
    let mut ranked: Vec<Dimension> = Vec::new();
    let mut moved = false;
    for parts in &all {
        let Some(elements) = elements(parts) else { continue };
        let one = [(parts.name.clone(), elements)];
        match adtributor::rank(&one, Thresholds::default()) {
            Ok(found) => {
                moved = true;
                ranked.extend(found);
            }
            Err(AdtributorError::NoChange { .. } | AdtributorError::NoTotal { .. }) => {}
            Err(AdtributorError::Overflow { .. }) => return Err(nothing(&answer)),
        }
    }
    if !moved {
        return Err(nothing(&answer));
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
        answer.effects = best.effects;
        largest_first(&mut answer.effects);
        let sum = |left: Value, part: &Effect| left.since(part.effect);
        answer.residual = answer.effects.iter().fold(answer.change, sum);
    }
    Ok(answer)
}

fn nothing(answer: &Explanation) -> KpiError {
    KpiError::NothingMoved(answer.metric.clone())
}
