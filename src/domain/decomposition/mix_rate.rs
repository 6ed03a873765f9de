//! Splitting the change of a ratio into mix (who there is) and rate (what each does), centred.
//!
//! The ratio is R = sum of w r, with w an item's share of the size. Both effects use the mean of the two periods as
//! weight, and mix is measured from the mean ratio, so that growing where the ratio is high counts as good and the
//! sums are exact at every level.
//!
//! Sources: Kitagawa 1955, Journal of the American Statistical Association 50:1168-1194; Das Gupta 1993, US Census
//! Bureau P23-186, chapter 5.

use crate::domain::message::Message;
use crate::domain::statistics::sum::sum;
use crate::msg;

/// An item's size and rate in one period. The rate of nothing is undefined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// How large; not negative.
    pub size: f64,
    /// Its ratio.
    pub rate: Option<f64>,
}

impl Side {
    /// An item that is not there.
    pub const ABSENT: Self = Self { size: 0.0, rate: None };
}

/// An item in both periods.
pub type Row = (Side, Side);

/// One item's parts of the change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// By its share.
    pub mix: f64,
    /// By its own ratio.
    pub rate: f64,
}

/// A change of a ratio and its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The ratio in the earlier period.
    pub from: f64,
    /// The ratio in the later period.
    pub to: f64,
    /// By the shares.
    pub mix: f64,
    /// By the items' own ratios.
    pub rate: f64,
    /// Whether the ratio went one way although the items' own ratios, at equal shares, went the other.
    pub reversal: bool,
    /// Each item's parts, in the order given.
    pub rows: Vec<Part>,
}

/// Why a ratio has no such split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MixRateError {
    /// All sizes of the earlier period are zero.
    #[error("nothing before")]
    NothingBefore,
    /// All sizes of the later period are zero.
    #[error("nothing after")]
    NothingAfter,
    /// The numbers are too large to reckon with.
    #[error("beyond the range of a number")]
    Overflow,
}

impl MixRateError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(match self {
            Self::NothingBefore => msg!("calc.mix-rate.nothing-before"),
            Self::NothingAfter => msg!("calc.mix-rate.nothing-after"),
            Self::Overflow => msg!("calc.overflow"),
        })
    }
}

/// Splits the change. A rate that is undefined in one period counts as unchanged, so that the mix takes it all.
///
/// # Errors
/// [`MixRateError`] if a period has no size at all.
pub fn split(rows: &[Row]) -> Result<Split, MixRateError> {
    let (before, after) =
        (sum(rows.iter().map(|row| row.0.size)), sum(rows.iter().map(|row| row.1.size)));
    if before == 0.0 {
        return Err(MixRateError::NothingBefore);
    }
    if after == 0.0 {
        return Err(MixRateError::NothingAfter);
    }
    let shares: Vec<(f64, f64)> =
        rows.iter().map(|row| (row.0.size / before, row.1.size / after)).collect();
    let rates: Vec<(f64, f64)> = rows.iter().map(both).collect();
    let each = || shares.iter().zip(&rates);
    let from = sum(each().map(|(w, r)| w.0 * r.0));
    let to = sum(each().map(|(w, r)| w.1 * r.1));
    let mean = f64::midpoint(from, to);
    let rows: Vec<Part> = each()
        .map(|(w, r)| Part {
            mix: (w.1 - w.0) * (f64::midpoint(r.0, r.1) - mean),
            rate: f64::midpoint(w.0, w.1) * (r.1 - r.0),
        })
        .collect();
    let (mix, rate) = (sum(rows.iter().map(|row| row.mix)), sum(rows.iter().map(|row| row.rate)));
    if ![from, to, mix, rate].iter().all(|x| x.is_finite()) {
        return Err(MixRateError::Overflow);
    }
    // What is left of numbers that cancel has a sign, but means nothing.
    let dust = 1e-12 * sum(each().map(|(w, r)| (w.0 * r.0).abs() + (w.1 * r.1).abs()));
    let change = to - from;
    let reversal = change.abs() > dust && rate.abs() > dust && (change > 0.0) != (rate > 0.0);
    Ok(Split { from, to, mix, rate, reversal, rows })
}

/// The rates of both periods; the one that is undefined is that of the other period. That of nothing is, whatever was written: a
/// file says 0 where it means that there was nobody.
fn both(row: &Row) -> (f64, f64) {
    let of = |side: Side| side.rate.filter(|_| side.size != 0.0);
    let (a, b) = (of(row.0), of(row.1));
    (a.or(b).unwrap_or(0.0), b.or(a).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn side(size: f64, rate: f64) -> Side {
        Side { size, rate: Some(rate) }
    }

    fn near(got: f64, want: f64, digits: i32) {
        assert!((got - want).abs() <= 0.5001 * 10_f64.powi(-digits), "{got} is not {want}");
    }

    #[test]
    fn the_rate_of_nothing_is_none_whatever_is_written() {
        let old = (side(100.0, 0.5), side(100.0, 0.5));
        let written = split(&[old, (side(0.0, 0.0), side(100.0, 0.9))]).unwrap();
        let absent = split(&[old, (Side::ABSENT, side(100.0, 0.9))]).unwrap();
        assert_eq!(written, absent);
        assert!(
            written.rate.abs() < 1e-15,
            "who came did nothing otherwise than before: {written:?}"
        );
        near(written.mix, 0.2, 12);
        // Gone in both periods is nobody at all.
        let none = split(&[old, (side(0.0, 0.0), side(0.0, 0.7))]).unwrap();
        assert_eq!((none.mix, none.rate), (0.0, 0.0));
    }

    #[test]
    fn das_guptas_example_is_reproduced() {
        // Das Gupta 1993, US Census P23-186, example 5.1
        let sizes = [
            (12.9, 10.1),
            (10.9, 11.2),
            (9.5, 11.6),
            (8.0, 10.9),
            (7.8, 9.4),
            (8.4, 7.7),
            (8.6, 6.3),
            (7.8, 6.0),
            (7.0, 6.3),
            (5.9, 5.9),
            (4.7, 5.1),
            (3.6, 4.0),
            (4.9, 5.5),
        ];
        let rates = [
            (1.9, 2.2),
            (25.8, 24.3),
            (45.7, 45.8),
            (49.6, 52.5),
            (51.2, 56.1),
            (51.6, 55.6),
            (51.8, 56.0),
            (54.9, 57.4),
            (58.7, 57.2),
            (60.4, 61.2),
            (62.8, 63.9),
            (66.6, 68.6),
            (66.8, 72.2),
        ];
        let rows: Vec<Row> =
            sizes.iter().zip(&rates).map(|(s, r)| (side(s.0, r.0), side(s.1, r.1))).collect();
        let got = split(&rows).unwrap();
        near(got.from, 44.7268, 4);
        near(got.to, 47.6940, 4);
        near(got.to - got.from, 2.9672, 4);
        near(got.mix, 1.2269, 4);
        near(got.rate, 1.7403, 4);
        assert!(!got.reversal);
    }

    #[test]
    fn charigs_reversal_is_flagged() {
        // Charig et al. 1986, British Medical Journal 292:879-882, kidney stones: A against B
        let rate = |x: f64, n: f64| side(n, x / n);
        let rows = [(rate(81.0, 87.0), rate(234.0, 270.0)), (rate(192.0, 263.0), rate(55.0, 80.0))];
        let got = split(&rows).unwrap();
        near(got.to - got.from, 0.045_714_3, 7);
        near(got.mix, 0.099_385_5, 7);
        near(got.rate, -0.053_671_2, 7);
        assert!(got.reversal);
    }

    #[test]
    fn an_item_that_appears_is_all_mix() {
        let got =
            split(&[(side(10.0, 0.2), side(10.0, 0.2)), (Side::ABSENT, side(10.0, 0.6))]).unwrap();
        near(got.to - got.from, 0.2, 12);
        near(got.mix, 0.2, 12);
        assert_eq!(got.rate.to_bits(), 0.0_f64.to_bits());
        assert!(!got.reversal);
    }

    #[test]
    fn dust_is_no_reversal() {
        let got =
            split(&[(side(1.0, 0.1), side(1.0, 0.3)), (side(1.0, 0.3), side(1.0, 0.1))]).unwrap();
        assert!(!got.reversal, "{got:?}");
    }

    #[test]
    fn a_period_of_nothing_is_refused() {
        let (some, none) = (side(1.0, 0.5), side(0.0, 0.5));
        assert_eq!(split(&[(none, some)]), Err(MixRateError::NothingBefore));
        assert_eq!(split(&[(some, none)]), Err(MixRateError::NothingAfter));
        assert_eq!(split(&[]), Err(MixRateError::NothingBefore));
        let far = side(1.0, f64::MAX);
        assert_eq!(split(&[(far, side(1.0, -f64::MAX))]), Err(MixRateError::Overflow));
    }

    #[test]
    fn every_reason_has_a_sentence_of_its_own() {
        use MixRateError::{NothingAfter, NothingBefore, Overflow};
        let keys = [NothingBefore, NothingAfter, Overflow].map(|e| e.message().key);
        assert!(keys[0] != keys[1] && keys[1] != keys[2]);
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let side =
            || (0.0..1e4_f64, -10.0..10.0_f64).prop_map(|(size, rate)| side(size + 1e-3, rate));
        prop::collection::vec((side(), side()), 1..8)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9
    }

    proptest! {
        #[test]
        fn effects_sum_to_the_change(rows in rows()) {
            let got = split(&rows).unwrap();
            prop_assert!(close(got.mix + got.rate, got.to - got.from));
            prop_assert!(close(got.rows.iter().map(|r| r.mix).sum(), got.mix));
        }

        #[test]
        fn sums_over_sub_branches_equal_the_branch(rows in rows(), cut in 0..8_usize) {
            // The sub-branches up to the cut are one branch, whose ratio is their own weighted mean.
            let (inside, outside) = rows.split_at(cut.min(rows.len()));
            prop_assume!(!inside.is_empty());
            let merged = |pick: fn(&Row) -> Side| {
                let size = sum(inside.iter().map(|row| pick(row).size));
                let done = sum(inside.iter().map(|row| pick(row).size * pick(row).rate.unwrap_or(0.0)));
                side(size, done / size)
            };
            let mut branches = vec![(merged(|row| row.0), merged(|row| row.1))];
            branches.extend_from_slice(outside);
            let (fine, coarse) = (split(&rows).unwrap(), split(&branches).unwrap());
            let parts = fine.rows[..inside.len()].iter().map(|part| part.mix + part.rate);
            prop_assert!(close(sum(parts), coarse.rows[0].mix + coarse.rows[0].rate));
            prop_assert!(close(fine.to - fine.from, coarse.to - coarse.from));
        }

        #[test]
        fn swapping_the_periods_turns_the_signs(rows in rows()) {
            let back: Vec<Row> = rows.iter().map(|row| (row.1, row.0)).collect();
            let (there, back) = (split(&rows).unwrap(), split(&back).unwrap());
            prop_assert!(close(there.mix, -back.mix) && close(there.rate, -back.rate));
            prop_assert_eq!(there.reversal, back.reversal);
        }

        #[test]
        fn the_order_of_rows_changes_nothing(rows in rows()) {
            let turned: Vec<Row> = rows.iter().rev().copied().collect();
            let (a, b) = (split(&rows).unwrap(), split(&turned).unwrap());
            prop_assert!(close(a.mix, b.mix) && close(a.rate, b.rate));
        }

        #[test]
        fn merging_two_rows_that_are_alike_changes_nothing(rows in rows(), part in 0.0..1.0_f64) {
            let cut = |row: &Row, part: f64| {
                let of = |s: Side| Side { size: s.size * part, rate: s.rate };
                (of(row.0), of(row.1))
            };
            let parts: Vec<Row> =
                rows.iter().flat_map(|row| [cut(row, part), cut(row, 1.0 - part)]).collect();
            let (a, b) = (split(&rows).unwrap(), split(&parts).unwrap());
            prop_assert!(close(a.mix, b.mix) && close(a.rate, b.rate));
        }
    }
}
