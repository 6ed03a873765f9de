//! How far up to twenty segments are the same customers.

use chrono::NaiveDate;
use serde::Serialize;

use super::Scope;
use crate::domain::attribute::MartDay;
use crate::domain::rule::written_text;

/// How many segments may be laid over one another.
pub const MOST: usize = 20;

/// Counts of every pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The segments' codes, in the order asked.
    pub segments: Vec<String>,
    /// `matrix[i][j]`: customers of both `i` and `j`; on the diagonal, of `i`.
    pub matrix: Vec<Vec<i64>>,
    /// To whose customers all of this is held; none is all.
    pub scope: Option<Scope>,
    /// The bank's day of the data.
    pub as_of: NaiveDate,
    /// The bank's own marts that it reads, each with its own day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refreshed: Vec<MartDay>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// What has counted: `sql` or `columns`.
    pub engine: &'static str,
}

impl Overlap {
    /// Counts of every pair on this day, of the whole bank and no mart until the caller says otherwise.
    fn new(segments: Vec<String>, matrix: Vec<Vec<i64>>, as_of: NaiveDate, ms: u64) -> Self {
        let (scope, refreshed) = (None, Vec::new());
        Self { segments, matrix, scope, as_of, refreshed, ms, engine: "sql" }
    }

    /// The counts of every pair from how many customers are in exactly which segments, bit `i` for segment `i`.
    #[must_use]
    pub fn of(segments: Vec<String>, masks: &[(u64, i64)], as_of: NaiveDate, ms: u64) -> Self {
        let n = segments.len();
        let mut matrix = vec![vec![0; n]; n];
        for (mask, count) in masks {
            for (i, row) in matrix.iter_mut().enumerate().filter(|(i, _)| mask >> i & 1 == 1) {
                debug_assert!(i < n);
                for (j, cell) in row.iter_mut().enumerate() {
                    if mask >> j & 1 == 1 {
                        *cell += count;
                    }
                }
            }
        }
        Self::new(segments, matrix, as_of, ms)
    }

    /// The counts of every pair as the column engine gives them.
    #[must_use]
    pub fn counted(
        segments: Vec<String>,
        counts: Vec<Vec<u64>>,
        as_of: NaiveDate,
        ms: u64,
    ) -> Self {
        let row = |row: Vec<u64>| row.into_iter().map(u64::cast_signed).collect();
        let matrix = counts.into_iter().map(row).collect();
        Self { engine: "columns", ..Self::new(segments, matrix, as_of, ms) }
    }

    /// Which share of segment `i` is in `j` too; none where `i` is empty.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share of two counts, for people")]
    pub fn share(&self, i: usize, j: usize) -> Option<f64> {
        let whole = *self.matrix.get(i)?.get(i)?;
        (whole > 0).then(|| self.matrix[i][j] as f64 / whole as f64)
    }

    /// The rule whose members are the customers of both.
    #[must_use]
    pub fn rule(&self, i: usize, j: usize) -> Option<String> {
        let (a, b) = (self.segments.get(i)?, self.segments.get(j)?);
        let one = |code: &str| format!("segment({})", written_text(code));
        Some(if i == j { one(a) } else { format!("{} and {}", one(a), one(b)) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("S{i}")).collect()
    }

    #[test]
    fn a_pair_counts_who_is_in_both() {
        let overlap = Overlap::of(
            codes(3),
            &[(0b001, 5), (0b011, 2), (0b110, 4), (0b111, 1)],
            NaiveDate::default(),
            0,
        );
        assert_eq!(overlap.matrix, [[8, 3, 1], [3, 7, 5], [1, 5, 5]]);
        assert_eq!(overlap.share(2, 1), Some(1.0));
        assert_eq!(overlap.rule(0, 2).unwrap(), "segment('S0') and segment('S2')");
        assert_eq!(overlap.rule(1, 1).unwrap(), "segment('S1')");
        assert_eq!(Overlap::of(codes(1), &[], NaiveDate::default(), 0).share(0, 0), None);
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_no_pair_exceeds_its_parts(masks in prop::collection::vec((0..1024_u64, 0..1000_i64), 0..40)) {
            let overlap = Overlap::of(codes(10), &masks, NaiveDate::default(), 0);
            for i in 0..10 {
                for j in 0..10 {
                    prop_assert_eq!(overlap.matrix[i][j], overlap.matrix[j][i]);
                    prop_assert!(overlap.matrix[i][j] <= overlap.matrix[i][i]);
                }
            }
        }
    }
}
