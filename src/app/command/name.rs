//! What commands and the places of their keys are called in code.

use crate::app::state::pane::Pane;

/// Where keys are pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Pane 1.
    Segments,
    /// Pane 2.
    Strategies,
    /// Pane 3.
    Tasks,
    /// Pane 4.
    Kpi,
    /// A segment.
    Segment,
    /// The rule editor: characters are text.
    Rule,
    /// A strategy.
    Strategy,
    /// The strategy form: characters are text.
    Form,
    /// A push plan.
    Plan,
    /// A push.
    Push,
    /// A decomposition.
    Explain,
    /// The attribute dictionary.
    Dictionary,
    /// Palette, help or prompt: characters are text.
    Input,
    /// A pane's filter: characters are text.
    Filter,
    /// A question answered by yes.
    Confirm,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 15] = [
        Self::Segments,
        Self::Strategies,
        Self::Tasks,
        Self::Kpi,
        Self::Segment,
        Self::Rule,
        Self::Strategy,
        Self::Form,
        Self::Plan,
        Self::Push,
        Self::Explain,
        Self::Dictionary,
        Self::Input,
        Self::Filter,
        Self::Confirm,
    ];

    /// Characters are text here.
    #[must_use]
    pub fn types(self) -> bool {
        matches!(self, Self::Rule | Self::Form | Self::Input | Self::Filter)
    }
}

/// A command's name in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table says what each does, in words an operator reads")]
pub enum CommandId {
    Home,
    Focus(Pane),
    FocusNext,
    FocusPrevious,
    FocusLeft,
    FocusRight,
    Zoom,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Open,
    Back,
    Filter,
    Sort,
    Reload,
    Copy,
    Palette,
    Help,
    Quit,
    GoSegment,
    GoStrategy,
    GoTasks,
    GoKpi,
    GoApprovers,
    GoDictionary,
    OpenDraft,
    DropDraft,
    NewSegment,
    EditSegment,
    Freeze,
    StartStrategy,
    NewStrategy,
    NextVersion,
    Submit,
    Approve,
    PlanPush,
    ApplyPush,
    Sign,
    Outcomes,
    Dates,
    ByFactor,
    UnitUp,
    SegmentOfUnit,
    SegmentOfAttribute,
    NextField,
    PreviousField,
    Save,
    Accept,
    Yes,
}
