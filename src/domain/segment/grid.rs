//! Micro-segmentation (微细分): a segment split by up to three attributes into cells that are exhaustive and disjoint.
//!
//! Every member is in exactly one cell: each axis has a bin for what is unknown, values are bins of their own, and the
//! ranges of numbers, amounts and days share their borders, the lower one included.

use chrono::NaiveDate;
use serde::Serialize;

use super::bin::Bin;
use crate::domain::attribute::{AttributeType, MartDay};
use crate::domain::customer::Held;
use crate::domain::message::Message;
use crate::domain::money::Minor;
use crate::domain::rule::{Called, Expr, Rule};
use crate::domain::segment::portrait::SMALL;
use crate::msg;

/// How many attributes may split a segment at once.
pub const MOST_AXES: usize = 3;
/// How many cells an answer may have.
pub const MOST_CELLS: usize = 2_000;

/// An axis as it was asked for: `job`, or `aum:50000,500000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AxisAsked {
    /// The attribute or column.
    pub name: String,
    /// Where its bins begin, as rules write values; none asks for quartiles.
    pub thresholds: Vec<String>,
}

impl AxisAsked {
    /// Reads `A[,B[,C]]`, each with thresholds or without: `aum:50000,500000,job`. A name with a comma or a colon stands
    /// in double quotes.
    #[must_use]
    pub fn read(text: &str) -> Vec<Self> {
        let mut axes: Vec<Self> = Vec::new();
        let mut open = false;
        for word in outside_quotes(text, ',').into_iter().map(str::trim) {
            let is_threshold = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            if let Some(axis) = axes.last_mut().filter(|_| open && is_threshold) {
                axis.thresholds.push(word.to_owned());
                continue;
            }
            let name = outside_quotes(word, ':')[0];
            let first = word[name.len()..].strip_prefix(':');
            open = first.is_some();
            let thresholds =
                first.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).into_iter();
            axes.push(Self { name: name.trim().to_owned(), thresholds: thresholds.collect() });
        }
        axes
    }
}

/// What stands between the signs of this kind that are in no double quotes; something always does.
fn outside_quotes(text: &str, sign: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == sign && !quoted
    })
    .collect()
}

/// One direction of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Axis {
    /// The attribute or column, as the dictionary calls it.
    pub name: String,
    /// Chinese name.
    #[serde(skip)]
    pub zh: String,
    /// English name.
    #[serde(skip)]
    pub en: String,
    /// Its bins: values by frequency, ranges from the lowest, the unknown last.
    pub bins: Vec<Bin>,
    /// What people call each bin's value.
    #[serde(skip)]
    pub called: Vec<Called>,
}

/// A segment in cells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grid {
    /// The segment's code; none for a rule that is not saved.
    pub segment: Option<String>,
    /// Its version.
    pub version: Option<i32>,
    /// Members; the sum over the cells.
    pub count: i64,
    /// Their AUM; the sum over the cells.
    pub aum: Minor,
    /// The bank's day.
    pub as_of: NaiveDate,
    /// The bank's own marts that it reads, each with its own day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refreshed: Vec<MartDay>,
    /// How long the database took, in milliseconds.
    pub ms: u64,
    /// The directions.
    pub axes: Vec<Axis>,
    /// The attribute that each cell has figures of, if one was asked for.
    pub metric: Option<Metric>,
    /// Cells that have a member, by their place.
    pub cells: Vec<Cell>,
}

/// An attribute that is summed over the members of each cell: a number, an amount, or a flag, which counts as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// As rules write it.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Of a flag the mean is a share.
    pub kind: AttributeType,
}

impl Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// The figures of an attribute over the members of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Members of whom it is known.
    pub known: i64,
    /// All their values together, exact; none if it is known of fewer than [`SMALL`].
    pub sum: Option<Held>,
    /// The mean over them: of amounts in whole minor units, of others to six decimals.
    pub mean: Option<Held>,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// Its name: the places on the axes, each from 1: `2.1`.
    pub cell: String,
    /// The places of its bins on the axes, from 0.
    pub at: Vec<usize>,
    /// Members.
    pub count: i64,
    /// Their AUM; none of fewer than [`SMALL`] members, for it would tell of people.
    pub aum: Option<Minor>,
    /// The figures of the attribute asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<Measured>,
    /// The rule whose members these are.
    pub rule: String,
}

impl Grid {
    /// What people call the bin at that place of an axis.
    #[must_use]
    pub fn called(&self, axis: usize, at: usize) -> Option<(&Bin, &Called)> {
        let axis = self.axes.get(axis)?;
        Some((axis.bins.get(at)?, axis.called.get(at).unwrap_or(&Called::Nothing)))
    }

    /// How many cells have fewer than [`SMALL`] members, so that no figures of theirs are told.
    #[must_use]
    pub fn small(&self) -> usize {
        self.cells.iter().filter(|cell| cell.count < SMALL).count()
    }

    /// What is said beside it where some cells are small.
    #[must_use]
    pub fn small_said(&self) -> Option<Message> {
        let cells = self.small();
        let said = Message::new(msg!("segment.grid.small")).with("cells", cells);
        (cells > 0).then(|| said.with("small", SMALL))
    }

    /// The cell of a name.
    #[must_use]
    pub fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.cell == name)
    }
}

/// The name of the cell at these places.
#[must_use]
pub fn cell_name(at: &[usize]) -> String {
    at.iter().map(|place| (place + 1).to_string()).collect::<Vec<_>>().join(".")
}

/// The rule of those members of `rule` for whom all `conditions` hold.
#[must_use]
pub fn narrowed(rule: &Rule, conditions: &[String]) -> String {
    let base = match &rule.expr {
        Expr::Const(true) => None,
        Expr::Or(_) => Some(format!("({})", rule.canonical())),
        _ => Some(rule.canonical()),
    };
    base.iter().chain(conditions).map(String::as_str).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, thresholds: &[&str]) -> AxisAsked {
        let thresholds = thresholds.iter().map(|t| (*t).to_owned()).collect();
        AxisAsked { name: name.to_owned(), thresholds }
    }

    #[test]
    fn axes_are_read_with_their_thresholds() {
        assert_eq!(AxisAsked::read("job"), [asked("job", &[])]);
        assert_eq!(
            AxisAsked::read("aum:50000,500000, job ,opened_on:2020-01-01"),
            [
                asked("aum", &["50000", "500000"]),
                asked("job", &[]),
                asked("opened_on", &["2020-01-01"])
            ]
        );
        assert_eq!(AxisAsked::read("aum:-1,0"), [asked("aum", &["-1", "0"])]);
        assert_eq!(AxisAsked::read("aum,5"), [asked("aum", &[]), asked("5", &[])]);
        assert_eq!(AxisAsked::read("aum:"), [asked("aum", &[])]);
        assert_eq!(
            AxisAsked::read("Weird Name,\"a, b:c\":1,2"),
            [asked("Weird Name", &[]), asked("\"a, b:c\"", &["1", "2"])]
        );
    }
}
