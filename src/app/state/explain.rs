//! The page that says where a change comes from.

use crate::app::action::Refusal;
use crate::app::listing::Freshness;
use crate::app::span::Span;
use crate::domain::decomposition::Explanation;

/// A unit on the way down: its code and name. The whole bank is not in the list.
pub type Unit = (String, String);

/// How a metric can be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// By unit only: it has no formula.
    Unit,
    /// By factor only: its units do not add up.
    Factor,
    /// Either way.
    Both,
}

/// Where a metric's change comes from, unit by unit or factor by factor.
#[derive(Clone, Debug)]
pub struct ExplainPage {
    /// The metric's code.
    pub metric: String,
    /// Its Chinese and English names.
    pub names: (String, String),
    /// The parts of its values are minor units.
    pub money: bool,
    /// The ways in which it can be split.
    pub ways: Ways,
    /// Split by factor now.
    pub by_factor: bool,
    /// Between which days.
    pub span: Span,
    /// The units drilled into.
    pub path: Vec<Unit>,
    /// The answer on screen.
    pub answer: Option<Explanation>,
    /// How far the answer can be trusted.
    pub freshness: Freshness,
    /// Why there is no answer.
    pub refusal: Option<Refusal>,
    /// Which part the cursor is on.
    pub cursor: usize,
}
