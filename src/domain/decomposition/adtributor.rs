//! Which dimension explains a movement best (Adtributor).
//!
//! Every dimension splits the same total in its own way. An element explains by its part of the change, and is
//! surprising by how far its share of the total moved; the dimension in which few elements explain most, and
//! surprise most, is where to look first.
//!
//! Source: Bhagwan et al. 2014, NSDI, "Adtributor: revenue debugging in advertising systems".

use crate::domain::statistics::sum::sum;

/// An element of a dimension: what was foreseen, and what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Its name.
    pub element: String,
    /// What was foreseen; not negative.
    pub forecast: f64,
    /// What came; not negative.
    pub actual: f64,
}

/// When an element counts, and when enough is explained. The defaults are the paper's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// An element must explain more than this part of the change.
    pub element: f64,
    /// A dimension must explain at least this part.
    pub dimension: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { element: 0.1, dimension: 0.67 }
    }
}

/// An element that explains.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Explaining {
    /// Its name.
    pub element: String,
    /// Its part of the change, 1 for all.
    pub ep: f64,
    /// How far its share moved: its term of the Jensen-Shannon divergence, in bits.
    pub surprise: f64,
}

/// A dimension that explains enough, with the elements that do, the most surprising first.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Dimension {
    /// Its name.
    pub dimension: String,
    /// The sum of its elements' surprise.
    pub surprise: f64,
    /// The elements.
    pub elements: Vec<Explaining>,
}

/// Why there is nothing to explain. Each names the dimension.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdtributorError {
    /// What came is what was foreseen.
    #[error("{dimension} did not move")]
    NoChange {
        /// Which dimension.
        dimension: String,
    },
    /// All forecasts or all actual values are zero, so that there are no shares.
    #[error("{dimension} has a total of zero")]
    NoTotal {
        /// Which dimension.
        dimension: String,
    },
    /// The numbers are too large to reckon with.
    #[error("{dimension} is beyond the range of a number")]
    Overflow {
        /// Which dimension.
        dimension: String,
    },
}

/// What adds up to the same although its digits do not quite.
const DUST: f64 = 1e-12;

/// Ranks the `dimensions` that explain the change, the most surprising first; the others are left out.
///
/// # Errors
/// [`AdtributorError`] if nothing moved or there are no shares.
pub fn rank(
    dimensions: &[(String, Vec<Element>)],
    thresholds: Thresholds,
) -> Result<Vec<Dimension>, AdtributorError> {
    let explained = dimensions
        .iter()
        .map(|(name, elements)| explain(name, elements, totals(elements), thresholds))
        .collect::<Result<Vec<_>, _>>()?;
    let mut ranked: Vec<Dimension> = explained.into_iter().flatten().collect();
    ranked.sort_by(|a, b| {
        b.surprise
            .total_cmp(&a.surprise)
            .then(a.elements.len().cmp(&b.elements.len()))
            .then_with(|| a.dimension.cmp(&b.dimension))
    });
    Ok(ranked)
}

/// A dimension's forecast and actual total.
#[must_use]
pub fn totals(elements: &[Element]) -> (f64, f64) {
    (sum(elements.iter().map(|e| e.forecast)), sum(elements.iter().map(|e| e.actual)))
}

/// The elements of one dimension that explain the change from a total of `forecast` to one of `actual`, which its elements need not
/// add up to; none where they do not explain enough.
///
/// # Errors
/// [`AdtributorError`] if nothing moved or there are no shares.
pub fn explain(
    name: &str,
    elements: &[Element],
    (forecast, actual): (f64, f64),
    thresholds: Thresholds,
) -> Result<Option<Dimension>, AdtributorError> {
    let dimension = || name.to_owned();
    if !(forecast + actual).is_finite() {
        return Err(AdtributorError::Overflow { dimension: dimension() });
    }
    if (actual - forecast).abs() <= DUST * (forecast + actual) {
        return Err(AdtributorError::NoChange { dimension: dimension() });
    }
    if forecast == 0.0 || actual == 0.0 {
        return Err(AdtributorError::NoTotal { dimension: dimension() });
    }
    let mut by_surprise: Vec<Explaining> = elements
        .iter()
        .map(|e| Explaining {
            element: e.element.clone(),
            ep: (e.actual - e.forecast) / (actual - forecast),
            surprise: surprise(e.forecast / forecast, e.actual / actual),
        })
        .collect();
    // Where two surprise alike, the one that explains more is first, so that the order of rows does not matter.
    by_surprise.sort_by(|a, b| {
        b.surprise
            .total_cmp(&a.surprise)
            .then(b.ep.total_cmp(&a.ep))
            .then_with(|| a.element.cmp(&b.element))
    });
    let mut gathered: Vec<Explaining> = Vec::new();
    for element in by_surprise {
        if element.ep <= thresholds.element + DUST {
            continue;
        }
        gathered.push(element);
        if sum(gathered.iter().map(|e| e.ep)) >= thresholds.dimension - DUST {
            let surprise = sum(gathered.iter().map(|e| e.surprise));
            return Ok(Some(Dimension { dimension: dimension(), surprise, elements: gathered }));
        }
    }
    Ok(None)
}

/// An element's term of the Jensen-Shannon divergence, 0 log 0 being 0.
fn surprise(p: f64, q: f64) -> f64 {
    let term = |x: f64| if x > 0.0 { x * (2.0 * x / (p + q)).log2() } else { 0.0 };
    // Rounding may leave less than nothing where the shares are alike.
    (0.5 * (term(p) + term(q))).max(0.0)
}

#[cfg(test)]
#[path = "adtributor_tests.rs"]
mod tests;
