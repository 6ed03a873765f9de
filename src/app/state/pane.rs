//! The four panes.

/// One of the four panes, in the order of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// 客群
    #[default]
    Segments,
    /// 策略
    Strategies,
    /// 任务
    Tasks,
    /// 指标
    Kpi,
}

impl Pane {
    /// Every pane, as their keys count.
    pub const ALL: [Self; 4] = [Self::Segments, Self::Strategies, Self::Tasks, Self::Kpi];

    /// The pane `by` further along the chain, around its end.
    #[must_use]
    pub fn along(self, by: isize) -> Self {
        let at = Self::ALL.iter().position(|p| *p == self).unwrap_or(0);
        let n = Self::ALL.len();
        Self::ALL[(at + n).saturating_add_signed(by) % n]
    }
}
