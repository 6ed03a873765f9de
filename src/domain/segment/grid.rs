//! Micro-segmentation (微细分): a segment split by up to three attributes into cells that are exhaustive and disjoint.
//!
//! Every member is in exactly one cell: each axis has a bin for what is unknown, values are bins of their own, and the
//! ranges of numbers, amounts and days share their borders, the lower one included.

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::attribute::{AttributeType, MartDay};
use crate::domain::customer::Held;
use crate::domain::message::Message;
use crate::domain::money::Minor;
use crate::domain::rule::{Called, Expr, Kind, Rule, written_text};
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

/// What the cells of one axis have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Bin {
    /// Nothing is known.
    Unknown,
    /// A flag.
    Flag(bool),
    /// A category's value, or the code of a tier, a unit or a member of staff.
    Value(String),
    /// From (included) up to below (excluded), as rules write them.
    Range {
        /// None for the first.
        from: Option<String>,
        /// None for the last.
        below: Option<String>,
    },
}

impl Bin {
    /// The bins that `thresholds`, in ascending order, make.
    #[must_use]
    pub fn ranges(thresholds: &[String]) -> Vec<Self> {
        let ends = thresholds.iter().cloned().map(Some);
        let froms = std::iter::once(None).chain(ends.clone());
        let belows = ends.chain(std::iter::once(None));
        froms.zip(belows).map(|(from, below)| Self::Range { from, below }).collect()
    }

    /// The condition that finds it; `name` is the attribute as rules write it.
    #[must_use]
    pub fn condition(&self, name: &str, kind: Kind) -> String {
        let bound = |text: &str| match kind {
            Kind::Plain(AttributeType::Date) => written_text(text),
            _ => text.to_owned(),
        };
        match self {
            Self::Unknown => format!("{name} is null"),
            Self::Flag(true) => name.to_owned(),
            Self::Flag(false) => format!("not {name}"),
            Self::Value(value) => format!("{name} = {}", written_text(value)),
            Self::Range { from: None, below: None } => format!("{name} is not null"),
            Self::Range { from: Some(from), below: None } => format!("{name} >= {}", bound(from)),
            Self::Range { from: None, below: Some(below) } => format!("{name} < {}", bound(below)),
            Self::Range { from: Some(from), below: Some(below) } => {
                format!("{name} >= {} and {name} < {}", bound(from), bound(below))
            }
        }
    }

    /// As a table says it, in the bank's own words; nothing for what is unknown.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Flag(value) => value.to_string(),
            // An empty text is one, and no unknown.
            Self::Value(value) if value.is_empty() => "''".to_owned(),
            Self::Value(value) => value.clone(),
            Self::Range { from, below } => {
                format!("{} .. {}", from.as_deref().unwrap_or(""), below.as_deref().unwrap_or(""))
                    .trim()
                    .to_owned()
            }
        }
    }
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
    use proptest::prelude::*;

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

    #[test]
    fn a_bin_says_which_condition_finds_it() {
        let money = Kind::Plain(AttributeType::Money);
        let range = |from: Option<&str>, below: Option<&str>| Bin::Range {
            from: from.map(str::to_owned),
            below: below.map(str::to_owned),
        };
        for (bin, condition) in [
            (Bin::Unknown, "aum is null"),
            (range(None, Some("5")), "aum < 5"),
            (range(Some("5"), Some("9.5")), "aum >= 5 and aum < 9.5"),
            (range(Some("9.5"), None), "aum >= 9.5"),
            (range(None, None), "aum is not null"),
        ] {
            assert_eq!(bin.condition("aum", money), condition);
        }
        let date = Kind::Plain(AttributeType::Date);
        assert_eq!(range(Some("2020-01-01"), None).condition("d", date), "d >= '2020-01-01'");
        let category = Kind::Plain(AttributeType::Category);
        assert_eq!(Bin::Value("o'x".into()).condition("job", category), "job = 'o''x'");
        let flag = Kind::Plain(AttributeType::Flag);
        assert_eq!(Bin::Flag(false).condition("vip", flag), "not vip");
        assert_eq!(range(Some("5"), None).label(), "5 ..");
    }

    proptest! {
        #[test]
        fn ranges_share_their_borders_and_leave_nothing_out(mut thresholds in prop::collection::vec(-99_i64..99, 0..8), x in -120_i64..120) {
            thresholds.sort_unstable();
            thresholds.dedup();
            let words: Vec<String> = thresholds.iter().map(i64::to_string).collect();
            let inside = Bin::ranges(&words).iter().filter(|bin| match bin {
                Bin::Range { from, below } => {
                    from.as_ref().is_none_or(|f| f.parse::<i64>().unwrap() <= x)
                        && below.as_ref().is_none_or(|b| x < b.parse::<i64>().unwrap())
                }
                _ => false,
            }).count();
            prop_assert_eq!(inside, 1);
        }
    }
}
