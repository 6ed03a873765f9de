//! What commands and the places of their keys are called in code.

use crate::app::state::pane::Pane;

/// Where keys are pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// What waits for the operator.
    Home,
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
    /// The rule editor while words are offered: characters are text.
    Complete,
    /// The rule as a tree.
    Tree,
    /// A strategy.
    Strategy,
    /// Something about a strategy that is only read.
    Leaflet,
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
    /// One attribute.
    Attribute,
    /// How far segments are the same customers.
    Overlap,
    /// What sets a segment apart.
    Portrait,
    /// A segment in cells.
    Grid,
    /// A segment's versions and snapshots.
    History,
    /// The tasks of a push.
    TaskList,
    /// One task.
    Task,
    /// What came of a task: characters are text.
    Outcome,
    /// An entry of the coaching log: characters are text.
    CoachingForm,
    /// What was found and only looked at.
    Findings,
    /// Lists of customers to choose from: of two snapshots, a push, an event rule.
    Lists,
    /// Units by metrics.
    Heat,
    /// Findings.
    Noted,
    /// Alerts.
    Alerts,
    /// Score cards.
    Scores,
    /// One score card.
    ScoreCard,
    /// The coaching log.
    CoachingLog,
    /// Where the messages of pushes stand.
    Deliveries,
    /// What runs when.
    Calendar,
    /// The test pushes of a strategy.
    Tests,
    /// Outcomes that could not be taken in.
    Inbox,
    /// Strategies that were put away.
    Shelf,
    /// Who approves in whose name.
    Delegations,
    /// The customers of a list.
    Members,
    /// One customer.
    Card,
    /// What came of a push.
    Review,
    /// Attributes are being chosen: characters are text.
    Axes,
    /// The event rules.
    Moments,
    /// Palette, help or prompt: characters are text.
    Input,
    /// A pane's filter: characters are text.
    Filter,
    /// A question answered by yes.
    Confirm,
    /// A list to choose from: characters are text.
    Pick,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 48] = [
        Self::Home,
        Self::Segments,
        Self::Strategies,
        Self::Tasks,
        Self::Kpi,
        Self::Segment,
        Self::Rule,
        Self::Complete,
        Self::Tree,
        Self::Strategy,
        Self::Leaflet,
        Self::Form,
        Self::Plan,
        Self::Push,
        Self::Explain,
        Self::Dictionary,
        Self::Attribute,
        Self::Overlap,
        Self::Portrait,
        Self::Grid,
        Self::History,
        Self::TaskList,
        Self::Task,
        Self::Outcome,
        Self::CoachingForm,
        Self::Findings,
        Self::Lists,
        Self::Heat,
        Self::Noted,
        Self::Alerts,
        Self::Scores,
        Self::ScoreCard,
        Self::CoachingLog,
        Self::Deliveries,
        Self::Calendar,
        Self::Tests,
        Self::Inbox,
        Self::Shelf,
        Self::Delegations,
        Self::Members,
        Self::Card,
        Self::Review,
        Self::Axes,
        Self::Moments,
        Self::Input,
        Self::Filter,
        Self::Confirm,
        Self::Pick,
    ];

    /// Characters are text here.
    #[must_use]
    pub fn types(self) -> bool {
        matches!(
            self,
            Self::Rule
                | Self::Complete
                | Self::Form
                | Self::Outcome
                | Self::CoachingForm
                | Self::Axes
                | Self::Input
                | Self::Filter
                | Self::Pick
        )
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
    GoMoments,
    GoDeliveries,
    GoCalendar,
    DayBefore,
    DayAfter,
    WeekBefore,
    WeekAfter,
    MonthBefore,
    MonthAfter,
    GoPolicies,
    ReplayDead,
    ReplayAll,
    GoInbox,
    RetryInbox,
    GoShelf,
    TakeOut,
    GoDelegations,
    EndDelegation,
    ResumeAll,
    LeaveOff,
    ListAgain,
    OpenDraft,
    DropDraft,
    NewSegment,
    EditSegment,
    Freeze,
    StartStrategy,
    NewStrategy,
    NextVersion,
    CloneStrategy,
    Archive,
    SendBack,
    Brake,
    KillSwitch,
    Delegate,
    Waves,
    Scripts,
    Sample,
    PreviewWave,
    Tests,
    NewTest,
    EndTest,
    AnswerTest,
    Versions,
    VersionBefore,
    VersionAfter,
    OtherBefore,
    OtherAfter,
    TakeBase,
    Submit,
    Approve,
    PlanPush,
    ApplyPush,
    Sign,
    OpenTasks,
    WriteOutcome,
    AssignTask,
    Reassign,
    ReferTask,
    GiveBack,
    AcceptTask,
    DeclineTask,
    TasksAfter,
    TasksBefore,
    Feedback,
    ReadNotices,
    Recall,
    UndoRecall,
    Remind,
    Extend,
    ChoiceAfter,
    ChoiceBefore,
    Outcomes,
    Dates,
    ByFactor,
    UnitUp,
    SegmentOfUnit,
    SegmentOfSentence,
    SplitOtherwise,
    AboutMetric,
    CompareWith,
    Note,
    Touching,
    HeatKind,
    HeatSort,
    HeatBefore,
    HeatAfter,
    CloseFinding,
    AllFindings,
    MuteAlert,
    NewAlert,
    EditAlert,
    OwnAlert,
    FindingOfReview,
    NextOfReview,
    SwitchAlert,
    GoHeat,
    GoFindings,
    GoAlerts,
    OpenScore,
    OpenCoaching,
    ScoreKind,
    ScoreRms,
    NewCoaching,
    Recheck,
    AllCoaching,
    GoScores,
    GoCoaching,
    SegmentOfAttribute,
    MarkSegment,
    Overlap,
    Portrait,
    Split,
    History,
    Compare,
    Board,
    Members,
    Export,
    ExportTable,
    Upload,
    MarkRow,
    Shares,
    PartBefore,
    PartAfter,
    SegmentOfCell,
    CellMetric,
    MartDays,
    StrategyOfCell,
    Why,
    MembersAfter,
    MembersBefore,
    MarkAxis,
    GoReview,
    Verdict,
    ReportFile,
    WeekReport,
    WholeStrategy,
    NewMoment,
    EditMoment,
    TestMoment,
    EnableMoment,
    DisableMoment,
    NextField,
    PreviousField,
    Save,
    Undo,
    Redo,
    Tree,
    SplitBy,
    Beside,
    FiguresAfter,
    FiguresBefore,
    AddAnd,
    AddOr,
    EditPart,
    RemovePart,
    NotPart,
    FlipGroup,
    PartUp,
    PartDown,
    Mark,
    /// One step back in what is chosen, or the last letter away.
    StepBack,
    TakeWord,
    Accept,
    Yes,
}
