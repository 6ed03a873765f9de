//! Pane 4: the metric tree between two days.

use crate::app::listing::Listing;
use crate::app::span::Span;
use crate::domain::metric::KpiRow;
use crate::domain::metric::compare::Compare;

/// From so many columns of the pane on, all that a value can be held against stands beside it.
pub const WIDE: u16 = 92;

/// The metric tree.
#[derive(Clone, Debug, Default)]
pub struct Kpi {
    /// The tree's lines.
    pub list: Listing<KpiRow>,
    /// Between which days; none until the bank's day is known.
    pub span: Option<Span>,
    /// The operator chose the days: a reload keeps them.
    pub chosen: bool,
    /// What stands first beside the value.
    pub compare: Compare,
    /// All that a value can be held against was asked for last.
    pub beside: bool,
}
