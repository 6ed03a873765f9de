//! What lies over everything: palette, help, a question.

use super::picker::Picker;
use super::study::Axes;
use crate::app::command::name::{CommandId, Context};
use crate::app::effect::Request;
use crate::app::field::Field;
use crate::domain::message::{Key, Message};

/// What a one-line prompt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptFor {
    /// The path of an outcome file.
    Outcomes,
    /// Two days.
    Dates,
    /// The file that a snapshot's customers are written to.
    Export,
    /// The file that the table on screen is written to.
    Table,
    /// The file of a list.
    ListFile,
    /// What that file names customers by.
    ListKey,
    /// The list's code.
    ListCode,
    /// Code and name of the segment of a cell.
    Cell,
    /// What a change is split over.
    ExplainBy,
    /// What was seen.
    Finding,
    /// What came of a finding.
    Closing,
    /// Until when an alert is silent.
    Mute,
    /// What a look at an agreement has found, in words; its number and the result are carried.
    RecheckText,
    /// When it is looked at again; the words are carried, too.
    RecheckDue,
    /// Code and name of a new alert.
    AlertName,
    /// When an alert is raised; its code and name are carried.
    AlertText,
    /// Whose an alert is.
    AlertOwner,
    /// What a branch says of a strategy, in words.
    Feedback,
    /// Why a task is given back.
    GiveBack,
    /// To whom a task is offered.
    ReferTo,
    /// Until when.
    ReferDue,
    /// Which share stays with who offers it.
    ReferCredit,
    /// With which words.
    ReferNote,
    /// The new last day of a push.
    Extend,
    /// The verdict on a push.
    Verdict,
    /// The words to it.
    VerdictText,
    /// The file that a review is written to.
    Report,
    /// What the author of a strategy is to change; its code and hash are carried.
    Comment,
    /// Why a strategy is paused, or goes on; its code is carried, and which of both.
    Reason,
    /// Why all are paused.
    KillReason,
    /// The word that says it is meant; the reason is carried.
    KillWord,
    /// Why all that are paused go on.
    ResumeAll,
    /// Why a customer is left off the lists of a strategy; both are carried.
    LeaveOff,
    /// Who approves in the operator's name, from when to when.
    Delegate,
    /// The unit to which a test is shown.
    TestUnit,
    /// What a unit says of a test; its number is carried.
    TestAnswer,
}

/// A question that is answered by one line.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What the answer is for.
    pub of: PromptFor,
    /// What is asked.
    pub title: Key,
    /// The answer as typed.
    pub field: Field,
    /// What earlier prompts were answered with.
    pub carried: Vec<String>,
    /// What is wrong with it.
    pub error: Option<Message>,
}

/// A question that is answered by yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What will be done.
    pub command: CommandId,
    /// What is asked, with the count of what it touches.
    pub question: Message,
    /// What is then asked of the bank, where the command alone does not say it, and what that is called.
    pub then: Option<Box<(Request, Message)>>,
}

/// What lies over everything.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// All commands by name.
    Palette {
        /// What they must match.
        field: Field,
        /// Which match the cursor is on.
        cursor: usize,
        /// Where it was opened: availability is judged there.
        from: Context,
    },
    /// All commands with their keys and what they do.
    Help {
        /// What they must match.
        field: Field,
        /// Which match the cursor is on.
        cursor: usize,
        /// Where it was opened.
        from: Context,
    },
    /// The filter of the focused pane is being typed.
    Filter,
    /// Attributes are chosen to split a segment by.
    Axes(Axes),
    /// One line is asked for.
    Prompt(Prompt),
    /// A yes is asked for.
    Confirm(Confirm),
    /// Something is chosen from a list.
    Pick(Box<Picker>),
}

impl Overlay {
    /// Which rows of the table of commands hold here.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Palette { .. } | Self::Help { .. } | Self::Prompt(_) => Context::Input,
            Self::Axes(_) => Context::Axes,
            Self::Filter => Context::Filter,
            Self::Confirm(_) => Context::Confirm,
            Self::Pick(_) => Context::Pick,
        }
    }
}
