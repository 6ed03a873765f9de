//! The pages that look into segments and their customers, and the choosing of attributes for one of them.

use std::sync::Arc;

use chrono::NaiveDate;

use super::names::Names;
use crate::app::action::Refusal;
use crate::app::field::Field;
use crate::app::listing::Freshness;
use crate::app::study::{Finding, Study};
use crate::domain::find::Hay;
use crate::domain::message::Message;
use crate::domain::people::Side;
use crate::domain::segment::grid::MOST_AXES;

/// The parts of a card that are turned over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardPart {
    /// What is held, against the target.
    Holdings,
    /// Every attribute.
    Attributes,
    /// What happened.
    Events,
    /// Pushes and what came of them.
    Contacts,
    /// Snapshots, lists and relations.
    Around,
}

impl CardPart {
    /// All of them, in their order.
    pub const ALL: [Self; 5] =
        [Self::Holdings, Self::Attributes, Self::Events, Self::Contacts, Self::Around];
}

/// By what the board of a push is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardPart {
    /// By unit.
    Units,
    /// By RM.
    Rms,
    /// By day.
    Days,
}

impl BoardPart {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Units, Self::Rms, Self::Days];
}

/// The parts of a review that are turned over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewPart {
    /// What came of it.
    Effect,
    /// What was done.
    Execution,
    /// By branch.
    Branches,
    /// The balance, guard rails, cost and benefit.
    Rest,
}

impl ReviewPart {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Effect, Self::Execution, Self::Branches, Self::Rest];
}

/// The parts of a metric that are turned over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricPart {
    /// Its value beside others.
    Values,
    /// The targets of the units over those below.
    Targets,
    /// The versions of what it means.
    Definitions,
}

impl MetricPart {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Values, Self::Targets, Self::Definitions];
}

/// A page that looks into something.
#[derive(Clone, Debug)]
pub struct StudyPage {
    /// What is looked into.
    pub study: Study,
    /// What was found.
    pub finding: Option<Finding>,
    /// How far that can be trusted.
    pub freshness: Freshness,
    /// Why nothing was found.
    pub refusal: Option<Refusal>,
    /// Which row the cursor is on.
    pub row: usize,
    /// Which column of an overlap, which half of a history, which part of a card.
    pub part: usize,
    /// The row of a history to compare with.
    pub marked: Option<usize>,
    /// An overlap says shares instead of counts.
    pub shares: bool,
    /// The metric that a heat grid is sorted by, and whether the highest stands first.
    pub sorted: Option<(String, bool)>,
    /// What its rows must match.
    pub filter: Field,
    /// Words of the catalogue that rows are found by, beside their own.
    pub names: Arc<Names>,
    /// What was found, whole, while the page shows the rows that match.
    pub narrowed: Option<Whole>,
    /// The row that the cursor is to stand on when it comes: what leads here names it by its code or number.
    pub sought: Option<String>,
}

/// What was found, and what each of its rows can be found by.
#[derive(Clone, Debug)]
pub struct Whole {
    pub(super) finding: Finding,
    pub(super) hays: Vec<Hay>,
    /// Which of its rows are on screen, in their order there.
    pub(super) places: Vec<usize>,
}

impl StudyPage {
    /// A page on which nothing is found yet.
    #[must_use]
    pub fn new(study: Study) -> Self {
        Self {
            study,
            finding: None,
            freshness: Freshness::Unknown,
            refusal: None,
            row: 0,
            part: 0,
            marked: None,
            shares: false,
            sorted: None,
            filter: Field::default(),
            names: Arc::default(),
            narrowed: None,
            sought: None,
        }
    }

    /// Sorts a grid that has come anew as it was sorted before.
    pub fn put_in_order(&mut self) {
        self.widen();
        if let Some(Finding::Heat(heat)) = &mut self.finding
            && let Some((by, highest)) = &self.sorted
            && let Some(at) = heat.metrics.iter().position(|metric| metric.metric == *by)
        {
            heat.sort_by(at, *highest);
        }
        self.narrow();
    }

    /// How many parts can be turned over.
    #[must_use]
    pub fn parts(&self) -> usize {
        match &self.finding {
            Some(Finding::Overlap(overlap)) => overlap.segments.len(),
            Some(Finding::Heat(heat)) => heat.metrics.len(),
            Some(Finding::History(_) | Finding::Compare(_) | Finding::Deliveries(_)) => 2,
            Some(Finding::Card(_)) => CardPart::ALL.len(),
            Some(Finding::Board(_)) => BoardPart::ALL.len(),
            Some(Finding::Review(..)) => ReviewPart::ALL.len(),
            Some(Finding::Metric(_)) => MetricPart::ALL.len(),
            _ => 1,
        }
    }

    /// The part of the card that is shown.
    #[must_use]
    pub fn card_part(&self) -> CardPart {
        CardPart::ALL[self.part.min(CardPart::ALL.len() - 1)]
    }

    /// By what the board is split.
    #[must_use]
    pub fn board_part(&self) -> BoardPart {
        BoardPart::ALL[self.part.min(BoardPart::ALL.len() - 1)]
    }

    /// The part of the review that is shown.
    #[must_use]
    pub fn review_part(&self) -> ReviewPart {
        ReviewPart::ALL[self.part.min(ReviewPart::ALL.len() - 1)]
    }

    /// The part of the metric that is shown.
    #[must_use]
    pub fn metric_part(&self) -> MetricPart {
        MetricPart::ALL[self.part.min(MetricPart::ALL.len() - 1)]
    }

    /// The day of a calendar that the cursor is on.
    #[must_use]
    pub fn day(&self) -> Option<NaiveDate> {
        match self.study {
            Study::Calendar { day } => Some(day),
            _ => None,
        }
    }

    /// The snapshots of a history have the keys, not its versions.
    #[must_use]
    pub fn on_snapshots(&self) -> bool {
        self.part == 0
    }

    /// How many rows the cursor can stand on.
    #[must_use]
    pub fn rows(&self) -> usize {
        match &self.finding {
            None => 0,
            Some(Finding::Overlap(overlap)) => overlap.segments.len(),
            Some(Finding::Portrait(portrait)) => portrait.traits.len(),
            Some(Finding::Heat(heat)) => heat.rows.len(),
            Some(Finding::Metric(found)) => match self.metric_part() {
                MetricPart::Values => found.value.against.len(),
                MetricPart::Targets => found.gaps.len(),
                MetricPart::Definitions => found.definitions.len(),
            },
            Some(Finding::Noted(rows)) => rows.len(),
            Some(Finding::Alerts(rows)) => rows.len(),
            Some(Finding::AlertHits(found)) => found.hits.len(),
            Some(Finding::Touching(rows)) => rows.len(),
            Some(Finding::Scores(found)) => found.rows.len(),
            Some(Finding::Score(found)) => found.score.lines.len(),
            Some(Finding::Coaching(rows)) => rows.len(),
            Some(Finding::Grid(grid)) => grid.cells.len(),
            Some(Finding::History(history)) if self.on_snapshots() => history.snapshots.len(),
            Some(Finding::History(history)) => history.versions.len(),
            Some(Finding::Compare(_)) if self.part == 0 => Side::ALL.len(),
            Some(Finding::Compare(compared)) => compared.movers.len(),
            // Before the parts and the days stands the whole.
            Some(Finding::Push(found)) => found.parts.len() + usize::from(!found.parts.is_empty()),
            Some(Finding::Board(board)) => match self.board_part() {
                BoardPart::Units => board.by_org.len(),
                BoardPart::Rms => board.by_rm.len(),
                BoardPart::Days => board.by_day.len(),
            },
            Some(Finding::Hits(found)) => found.days.len() + usize::from(!found.days.is_empty()),
            Some(Finding::Tests(rows)) => rows.len(),
            Some(Finding::Policies(rows, _)) => rows.len(),
            Some(Finding::Desk(laid)) => laid.rows(),
            Some(Finding::Diff(diff)) => diff.parts.len(),
            Some(Finding::Deliveries(found)) if self.part == 0 => found.units.len(),
            Some(Finding::Deliveries(found)) => found.dead.len(),
            Some(Finding::Calendar(agenda)) => {
                self.day().map_or(0, |day| agenda.entries(day).len())
            }
            Some(Finding::Members(page)) => page.rows.len(),
            Some(Finding::Card(card)) => match self.card_part() {
                CardPart::Holdings => card.holdings.len(),
                CardPart::Attributes => card.attributes.len(),
                CardPart::Events => card.timeline.len(),
                CardPart::Contacts => card.contacts.len(),
                CardPart::Around => {
                    let now = card.segments.as_ref().map_or(0, |now| now.found.len());
                    now + card.snapshots.len() + card.lists.len() + card.relations.len()
                }
            },
            Some(Finding::Review(review, _)) => match self.review_part() {
                ReviewPart::Branches => review.branches.len(),
                _ => 0,
            },
            Some(Finding::Why(explained)) => explained.leaves.len() + explained.snapshots.len(),
        }
    }

    /// How many lines a part without a cursor can be passed over: not fewer than it has on the narrowest screen. Drawing stops at its
    /// end.
    fn lines(&self) -> usize {
        match (&self.finding, self.review_part()) {
            (Some(Finding::Review(..)), ReviewPart::Branches) => 0,
            (Some(Finding::Review(review, _)), ReviewPart::Effect) => {
                let words = review.closed.as_ref().map_or(0, |closed| closed.text.chars().count());
                48 + 3 * review.notes.len() + words / 18
            }
            (Some(Finding::Review(review, _)), _) => {
                36 + 4 * (review.guards.len() + review.feedback.len())
            }
            _ => 0,
        }
    }

    /// Moves the cursor, or what is shown where there is none; it stops at the ends.
    pub fn step(&mut self, by: isize) {
        let last = self.rows().saturating_sub(1).max(self.lines());
        self.row = self.row.saturating_add_signed(by).min(last);
    }

    /// Turns to the part beside; it stops at the ends.
    pub fn turn(&mut self, by: isize) {
        let before = self.part;
        self.part = self.part.saturating_add_signed(by).min(self.parts().saturating_sub(1));
        if self.part != before && !matches!(self.finding, Some(Finding::Overlap(_))) {
            (self.row, self.marked) = (0, None);
            // What is looked for is looked for in the rows of this part.
            self.widen();
            self.narrow();
        }
    }
}

/// Attributes are being chosen to split a segment by.
#[derive(Clone, Debug)]
pub struct Axes {
    /// The segment's code.
    pub code: String,
    /// What they must match; or an attribute with its thresholds.
    pub field: Field,
    /// Which row the cursor is on.
    pub cursor: usize,
    /// Those that are chosen, in order.
    pub chosen: Vec<String>,
    /// Why no more can be chosen.
    pub error: Option<Message>,
}

impl Axes {
    /// Nothing is chosen yet.
    #[must_use]
    pub fn of(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            field: Field::default(),
            cursor: 0,
            chosen: vec![],
            error: None,
        }
    }

    /// Room for one more.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.chosen.len() < MOST_AXES
    }
}
