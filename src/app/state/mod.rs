//! Everything the console shows and remembers.

pub mod branch;
pub mod coaching;
pub mod explain;
pub mod form;
pub mod kpi;
pub mod leaflet;
pub mod names;
pub mod narrow;
pub mod overlay;
pub mod page;
pub mod pane;
pub mod picker;
pub mod rows;
pub mod rule;
pub mod session;
pub mod study;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::action::Refusal;
use super::command::name::{CommandId, Context};
use super::draft::{Draft, DraftKey, DraftOf};
use super::effect::{Effect, Request, Slot};
use super::listing::Listing;
use super::span::Span;
use crate::domain::attribute::AttributeRow;
use crate::domain::event_rule::MomentRow;
use crate::domain::message::{Key, Message};
use crate::domain::metric::compare::Compare;
use crate::domain::push::PushRow;
use crate::domain::rule::{Called, Vocabulary};
use crate::domain::segment::SegmentRow;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::sample::Sample;
use crate::domain::worklist::WorkRow;

pub use pane::Pane;

pub use kpi::Kpi;
pub use leaflet::{Leaflet, LeafletPage};
use names::{Names, word};
pub use overlay::{Confirm, Overlay, Prompt, PromptFor};
pub use page::{Page, PlanPage, PlanStep, PlanView, PushPage, SegmentPage, StrategyPage};
pub use session::{Link, Session};

/// What the last key led to, said in the bottom line until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What is said.
    pub message: Message,
    /// How loudly.
    pub tone: Tone,
}

/// How a notice sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something is to be known.
    Info,
    /// Something was refused or failed.
    Refused,
}

/// A change that is under way: shown wherever the operator looks.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is being done.
    pub title: Message,
    /// When it was begun.
    pub since: DateTime<Utc>,
    /// The server has been told to stop; what it says to that is still waited for.
    pub cancelling: bool,
    /// The form that is being saved, as it stood then.
    pub saving: Option<Draft>,
    /// The prompt that stands again with the reason, if this is refused.
    pub asked: Option<Box<Prompt>>,
}

/// The whole state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Bank, operator and line.
    pub session: Session,
    /// The pane that has the keys when no page is open.
    pub focus: Pane,
    /// The focused pane fills the screen.
    pub zoomed: bool,
    /// Pages opened over the panes, the topmost last.
    pub pages: Vec<Page>,
    /// What lies over everything.
    pub overlay: Option<Overlay>,
    /// Keys typed so far of a command of two keys.
    pub prefix: Option<char>,
    /// Pane 1.
    pub segments: Listing<SegmentRow>,
    /// Pane 2.
    pub strategies: Listing<StrategyRow>,
    /// Pane 3.
    pub pushes: Listing<PushRow>,
    /// Pane 4.
    pub kpi: Kpi,
    /// The attribute dictionary, read when it is opened.
    pub dictionary: Listing<AttributeRow>,
    /// The codes of the segments that are marked, in the order of their marks.
    pub marked: Vec<String>,
    /// A segment that is being saved so that a strategy can be begun for it.
    pub strategy_for: Option<String>,
    /// The event rules, read when their page is opened.
    pub moments: Listing<MomentRow>,
    /// What waits for the operator.
    pub work: Listing<WorkRow>,
    /// What waits is to be shown as soon as it is known, unless a key is pressed before.
    pub greets: bool,
    /// The bottom line's last word.
    pub notice: Option<Notice>,
    /// The change under way.
    pub job: Option<Job>,
    /// Drafts found at the start, or left behind by leaving a form; the one to be opened next comes first.
    pub drafts: Vec<Draft>,
    /// The draft that was opened last, as it stood then.
    pub reopened: Option<Draft>,
    /// The program is on its way out.
    pub leaving: bool,
    /// The commands' titles in the operator's language, for finding them by name.
    pub words: Vec<(CommandId, String)>,
    /// Other words of the catalogue, in the operator's language and in Chinese, for the same.
    pub names: Arc<Names>,
    /// What rules are read against, as it was read last.
    pub vocabulary: Option<Arc<Vocabulary>>,
    /// The example that scripts are filled for.
    pub sample: Option<Sample>,
    asked: BTreeMap<Slot, u64>,
    generation: u64,
}

impl State {
    /// The state at the start, with the commands' titles and the other words in the operator's language.
    #[must_use]
    pub fn with_words(words: Vec<(CommandId, String)>, names: Vec<(Key, String)>) -> Self {
        Self { words, names: names.into(), ..Self::default() }
    }

    /// What something can be found by: its code and everything that people call it.
    #[must_use]
    pub fn hay(&self, code: &str, called: &Called) -> String {
        match called {
            Called::Nothing | Called::Said(_) => code.to_owned(),
            Called::Names(zh, en) if zh == en => format!("{code} {zh}"),
            Called::Names(zh, en) => format!("{code} {zh} {en}"),
            Called::Key(key) => {
                format!("{code} {}", word(&self.names, *key))
            }
        }
    }

    /// The topmost page.
    #[must_use]
    pub fn page(&self) -> Option<&Page> {
        self.pages.last()
    }

    /// Which rows of the table of commands hold here.
    #[must_use]
    pub fn context(&self) -> Context {
        match (&self.overlay, self.page()) {
            (Some(overlay), _) => overlay.context(),
            (None, Some(page)) => page.context(),
            (None, None) => match self.focus {
                Pane::Segments => Context::Segments,
                Pane::Strategies => Context::Strategies,
                Pane::Tasks => Context::Tasks,
                Pane::Kpi => Context::Kpi,
            },
        }
    }

    /// Asks a question; whatever was asked in the same slot before is overtaken.
    #[must_use]
    pub fn ask(&mut self, slot: Slot, request: Request) -> Effect {
        self.generation += 1;
        self.asked.insert(slot, self.generation);
        Effect::Ask { slot, generation: self.generation, request }
    }

    /// Forgets a question. None if nothing was asked.
    #[must_use]
    pub fn forget(&mut self, slot: Slot) -> Option<Effect> {
        if slot == Slot::Change {
            self.job = None;
        }
        self.asked.remove(&slot).map(|_| Effect::Cancel(slot))
    }

    /// A key for a form's draft that no unfinished form has.
    #[must_use]
    pub fn free_draft_key(&self, of: DraftOf, code: &str) -> DraftKey {
        let open = self.pages.iter().filter_map(|page| match page {
            Page::Rule(page) => Some(&page.key),
            Page::Form(page) => Some(&page.key),
            Page::Outcome(page) => Some(&page.key),
            Page::Coaching(page) => Some(&page.key),
            _ => None,
        });
        DraftKey::free(of, code, self.drafts.iter().map(|draft| &draft.key).chain(open))
    }

    /// Asks that the change under way be undone, once. Whether it was is its answer: it may be committed already.
    #[must_use]
    pub fn cancel_change(&mut self) -> Option<Effect> {
        let job = self.job.as_mut().filter(|job| !job.cancelling)?;
        job.cancelling = true;
        Some(Effect::Cancel(Slot::Change))
    }

    /// True while an answer is waited for.
    #[must_use]
    pub fn waits(&self, slot: Slot) -> bool {
        self.asked.contains_key(&slot)
    }

    /// Takes an answer's generation off the list. False if it was overtaken: it must change nothing then.
    #[must_use]
    pub fn settles(&mut self, slot: Slot, generation: u64) -> bool {
        let current = self.asked.get(&slot) == Some(&generation);
        if current {
            self.asked.remove(&slot);
        }
        current
    }

    /// Says something in the bottom line.
    pub fn say(&mut self, tone: Tone, message: impl Into<Message>) {
        self.notice = Some(Notice { message: message.into(), tone });
    }

    /// Says why something was refused.
    pub fn say_refused(&mut self, refusal: Refusal) {
        self.say(Tone::Refused, refusal.message);
    }

    /// Rows that a page key moves by.
    #[must_use]
    pub fn page_rows(&self) -> isize {
        let full = isize::try_from(self.size.1).unwrap_or(24).saturating_sub(6).max(1);
        if matches!(self.pages.last(), Some(Page::Rule(page)) if page.view == rule::RuleView::Tree)
        {
            // A tree has a part of its page, and a row that is stepped over would not have been seen.
            return (full * 11 / 20 - 5).max(1);
        }
        if self.pages.is_empty() && self.panes_side_by_side() { (full / 2).max(1) } else { full }
    }

    /// All that a value can be held against is on screen in pane 4, or something else than the period before stands first.
    #[must_use]
    pub fn kpi_beside(&self) -> bool {
        let side_by_side = self.panes_side_by_side();
        let width = if side_by_side { self.size.0 / 2 } else { self.size.0 };
        let drawn = side_by_side || self.focus == Pane::Kpi;
        self.kpi.compare != Compare::Prev || (drawn && width >= kpi::WIDE)
    }

    /// The question for the metric tree, with as much beside the values as is on screen.
    pub fn ask_kpi(&mut self, span: Span) -> Effect {
        let beside = self.kpi_beside();
        self.kpi.beside = beside;
        self.ask(Slot::Kpi, Request::Kpi { org: None, span, beside })
    }

    /// The terminal has room for the four panes at once.
    #[must_use]
    pub fn panes_side_by_side(&self) -> bool {
        !self.zoomed && self.size.0 >= 100 && self.size.1 >= 28
    }
}
