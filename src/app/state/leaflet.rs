//! What is only read about a strategy: its waves on an axis, its scripts filled for an example, two versions compared; and
//! of which days the bank's own marts behind a page are.

use crate::app::draft::Draft;
use crate::domain::attribute::MartDay;
use crate::domain::strategy::diff::Change;

/// What a leaflet shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaflet {
    /// The waves on an axis of days, with the cursor on one of them.
    Waves {
        /// How many there are.
        rounds: usize,
    },
    /// The scripts, filled for the example that the state holds.
    Scripts,
    /// Versions compared key by key, with the heads of their columns.
    Compared {
        /// `v1`, `v2`.
        versions: Vec<i32>,
        /// The keys that are not alike.
        changes: Vec<Change<2>>,
    },
    /// A save that came too late: the text it was made from, what stands there now, and the form's.
    Late {
        /// The version that it was made from, 0 for none.
        base: i32,
        /// The version that stands there.
        theirs: i32,
        /// The keys that are not alike.
        changes: Vec<Change<3>>,
        /// The form of a strategy with what stands there in every field that was not changed in it.
        merged: Option<Draft>,
    },
    /// The bank's own marts behind the page below, each with its days.
    Marts(Vec<MartDay>),
}

/// A leaflet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafletPage {
    /// The strategy's code; none for marts.
    pub code: String,
    /// Which version.
    pub version: i32,
    /// What it shows.
    pub of: Leaflet,
    /// The first line on screen; of waves, the one under the cursor.
    pub top: usize,
}

impl Leaflet {
    /// The lines that compared texts take on a screen of so many columns, or some more; none of what is not compared.
    #[must_use]
    pub fn most_lines(&self, columns: u16) -> Option<usize> {
        // A label takes half of the frame at most.
        let room = usize::from(columns / 2).saturating_sub(4).max(1);
        match self {
            Self::Compared { changes, .. } => Some(changes.iter().map(|c| tall(c, room)).sum()),
            Self::Late { changes, .. } => Some(changes.iter().map(|c| tall(c, room)).sum()),
            _ => None,
        }
    }
}

/// The key's line, and those of its values: what is not ASCII takes two cells at most.
fn tall<const N: usize>(change: &Change<N>, room: usize) -> usize {
    let cells = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let value = |value: &Option<String>| {
        let lines = value.as_deref().unwrap_or("-").split('\n');
        lines.map(|line| cells(line).div_ceil(room).max(1)).sum::<usize>()
    };
    1 + change.values.iter().map(value).sum::<usize>()
}
