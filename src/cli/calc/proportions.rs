//! `calc wilson|newcombe|sample-size|power|srm`: counts and the plans for them, given as arguments.

use serde_json::json;

use super::refusal::Refusal;
use super::sheet::number;
use super::show::{Cell, table};
use crate::cli::{Context, Failure};
use crate::domain::clean::clean;
use crate::domain::message::Key;
use crate::domain::statistics::proportion::{self, Share};
use crate::domain::statistics::{Interval, size, srm as mismatch};
use crate::msg;

/// A proportion and its interval.
pub(super) fn wilson(text: &str, context: &Context) -> Result<(), Failure> {
    interval(proportion::wilson(share(text)?), context)
}

/// The difference of two proportions and its interval.
pub(super) fn newcombe(first: &str, second: &str, context: &Context) -> Result<(), Failure> {
    interval(proportion::newcombe(share(first)?, share(second)?), context)
}

/// The customers per arm.
pub(super) fn sample_size(
    (p1, p2): (f64, f64),
    power: f64,
    ratio: f64,
    context: &Context,
) -> Result<(), Failure> {
    let size = size::sample_size(p1, p2, power, ratio)
        .map_err(|error| Failure::refused(error.message()))?;
    let columns = [("n1", msg!("calc.column.n1")), ("n2", msg!("calc.column.n2"))];
    context.output.result(&size, || one_row(&columns, &[size.n1, size.n2], context))
}

/// The power of given arms.
pub(super) fn power(
    (p1, p2): (f64, f64),
    (n1, n2): (f64, f64),
    context: &Context,
) -> Result<(), Failure> {
    let power = size::power(p1, p2, n1, n2).map_err(|error| Failure::refused(error.message()))?;
    let columns = [("power", msg!("calc.column.power"))];
    context.output.result(&json!({"power": power}), || one_row(&columns, &[power], context))
}

/// Whether the arms are as planned.
pub(super) fn srm(n1: &str, n2: &str, planned: &str, context: &Context) -> Result<(), Failure> {
    let found = mismatch::mismatch((count(n1)?, count(n2)?), plan(planned)?)
        .map_err(|error| Failure::refused(error.message()))?;
    let columns = [("chi2", msg!("calc.column.chi2")), ("p", msg!("calc.column.p"))];
    context.output.result(&found, || one_row(&columns, &[found.chi2, found.p], context))
}

fn interval(interval: Interval, context: &Context) -> Result<(), Failure> {
    let columns = [
        ("estimate", msg!("calc.column.estimate")),
        ("lower", msg!("calc.column.lower")),
        ("upper", msg!("calc.column.upper")),
    ];
    let row = [interval.estimate, interval.lower, interval.upper];
    context.output.result(&interval, || one_row(&columns, &row, context))
}

fn one_row(columns: &[(&'static str, Key)], row: &[f64], context: &Context) -> crate::cli::Table {
    table(columns, vec![row.iter().map(|number| Cell::from(*number)).collect()], context)
}

/// `15/148`.
fn share(text: &str) -> Result<Share, Failure> {
    let wrong = || Refusal::NotShare { text: clean(text).into_owned() };
    let (successes, customers) = text.split_once('/').ok_or_else(wrong)?;
    let (successes, customers) =
        (digits(successes).ok_or_else(wrong)?, digits(customers).ok_or_else(wrong)?);
    Share::new(successes, customers).map_err(|error| Failure::refused(error.message()))
}

fn count(text: &str) -> Result<u64, Refusal> {
    digits(text).ok_or_else(|| Refusal::NotCount { text: clean(text).into_owned() })
}

/// A whole number that is not negative.
fn digits(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// `80:20`.
fn plan(text: &str) -> Result<(f64, f64), Refusal> {
    let parts = text.split_once(':').and_then(|(a, b)| number(a.trim()).zip(number(b.trim())));
    parts.ok_or_else(|| Refusal::NotPlan { text: clean(text).into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_and_not_negative() {
        assert_eq!(digits(" 148 "), Some(148));
        for text in ["", "-1", "+1", "1.5", "1e3", "x", "99999999999999999999"] {
            assert_eq!(digits(text), None, "{text}");
        }
        assert_eq!(count("x"), Err(Refusal::NotCount { text: "x".to_owned() }));
        assert_eq!(plan("80 : 20"), Ok((80.0, 20.0)));
        assert_eq!(plan("80"), Err(Refusal::NotPlan { text: "80".to_owned() }));
        assert!(share("15:148").is_err() && share("149/148").is_err() && share("15/148").is_ok());
    }
}
