//! Pane 4: the metric tree between two days.

use crate::app::listing::Listing;
use crate::app::span::Span;
use crate::domain::metric::KpiRow;

/// The metric tree.
#[derive(Clone, Debug, Default)]
pub struct Kpi {
    /// The tree's lines.
    pub list: Listing<KpiRow>,
    /// Between which days; none until the bank's day is known.
    pub span: Option<Span>,
    /// The operator chose the days: a reload keeps them.
    pub chosen: bool,
    /// The year before and the year's beginning stand beside the value.
    pub beside: bool,
}
