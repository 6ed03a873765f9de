//! Pages that open over the panes.

use super::branch::{OutcomePage, TaskPage, TasksPage};
use super::coaching::CoachingPage;
use super::explain::ExplainPage;
use super::form::FormPage;
use super::leaflet::LeafletPage;
use super::names::{Names, word};
use super::rule::RulePage;
use super::study::StudyPage;
use crate::app::action::Refusal;
use crate::app::command::name::Context;
use crate::app::field::Field;
use crate::app::sieve::Sieve;
use crate::domain::exclusion;
use crate::domain::find::{self, Hay};
use crate::domain::id::PushId;
use crate::domain::people::{People, PushPart};
use crate::domain::push::{OrderRow, PlanRow, PushDone, PushRow};
use crate::domain::segment::SegmentCount;

/// A page.
#[derive(Clone, Debug)]
pub enum Page {
    /// A segment with its split.
    Segment(SegmentPage),
    /// The rule editor.
    Rule(Box<RulePage>),
    /// A strategy as it would be approved.
    Strategy(StrategyPage),
    /// Something about a strategy that is only read.
    Leaflet(LeafletPage),
    /// The strategy form.
    Form(Box<FormPage>),
    /// A push plan.
    Plan(Box<PlanPage>),
    /// A push and its orders.
    Push(PushPage),
    /// The tasks of a push.
    BranchTasks(TasksPage),
    /// One task.
    Task(TaskPage),
    /// What came of a task.
    Outcome(Box<OutcomePage>),
    /// An entry of the coaching log that is being written.
    Coaching(Box<CoachingPage>),
    /// Where a change comes from.
    Explain(Box<ExplainPage>),
    /// Something about segments or a customer is looked into.
    Study(Box<StudyPage>),
    /// The attribute dictionary; its rows stand in the state.
    Dictionary,
    /// The attribute under the dictionary's cursor, and who uses it.
    Attribute {
        /// Which of the segments that use it the cursor is on.
        cursor: usize,
    },
    /// The event rules; their rows stand in the state.
    Moments,
    /// What waits for the operator; its rows stand in the state.
    Home,
}

impl Page {
    /// Which rows of the table of commands hold here.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Segment(_) => Context::Segment,
            Self::Rule(page) => page.context(),
            Self::Strategy(_) => Context::Strategy,
            Self::Leaflet(_) => Context::Leaflet,
            Self::Form(_) => Context::Form,
            Self::Plan(_) => Context::Plan,
            Self::Push(_) => Context::Push,
            Self::BranchTasks(_) => Context::TaskList,
            Self::Task(_) => Context::Task,
            Self::Outcome(_) => Context::Outcome,
            Self::Coaching(_) => Context::CoachingForm,
            Self::Explain(_) => Context::Explain,
            Self::Study(page) => page.study.context(),
            Self::Dictionary => Context::Dictionary,
            Self::Attribute { .. } => Context::Attribute,
            Self::Moments => Context::Moments,
            Self::Home => Context::Home,
        }
    }
}

/// A segment with its split by unit.
#[derive(Clone, Debug)]
pub struct SegmentPage {
    /// The segment's code.
    pub code: String,
    /// How many its rule finds now.
    pub count: Option<SegmentCount>,
    /// Why there is no count.
    pub refusal: Option<Refusal>,
    /// Which unit the cursor is on.
    pub cursor: usize,
}

/// A strategy as it would be approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyPage {
    /// The strategy's code.
    pub code: String,
    /// Which version.
    pub version: i32,
    /// The first line on screen.
    pub top: usize,
}

/// How far a push is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanStep {
    /// The plan is being made.
    Planning,
    /// It stands and waits for a yes.
    Planned(PlanRow),
    /// It is being pushed.
    Pushing(PlanRow),
    /// It is pushed.
    Done(PlanRow, PushDone),
    /// It could not be made or pushed.
    Refused(Refusal),
}

impl PlanStep {
    /// The plan, if there is one.
    #[must_use]
    pub fn plan(&self) -> Option<&PlanRow> {
        match self {
            Self::Planned(plan) | Self::Pushing(plan) | Self::Done(plan, _) => Some(plan),
            Self::Planning | Self::Refused(_) => None,
        }
    }
}

/// A push plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanPage {
    /// The strategy's code.
    pub code: String,
    /// How far it is.
    pub step: PlanStep,
    /// The wave of which it is a preview only; none for a plan that can be pushed.
    pub preview: Option<i32>,
    /// What of it is shown.
    pub view: PlanView,
    /// Which row on screen the cursor is on.
    pub cursor: usize,
    /// Which rows of what is shown are on screen.
    pub sieve: Sieve,
    /// What the rows of each view can be found by.
    hays: [Vec<Hay>; PlanView::ALL.len()],
}

/// What of a plan is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanView {
    /// The units.
    #[default]
    Orders,
    /// The RMs.
    Rms,
    /// Who is left off, and why.
    LeftOff,
    /// Other live strategies with the same customers.
    Overlap,
}

impl PlanView {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Orders, Self::Rms, Self::LeftOff, Self::Overlap];

    /// Its place among them.
    #[must_use]
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|view| *view == self).unwrap_or(0)
    }

    /// What each of its rows in that plan can be found by.
    fn words(self, plan: &PlanRow, names: &Names) -> Vec<String> {
        match self {
            Self::Orders => {
                plan.orders.iter().map(|order| format!("{} {}", order.org, order.name)).collect()
            }
            Self::Rms => {
                plan.rms.iter().map(|rm| format!("{} {} {}", rm.rm, rm.name, rm.org)).collect()
            }
            Self::LeftOff => {
                let called = |code: &str| exclusion::title(code).map_or("", |key| word(names, key));
                plan.blocked.iter().map(|(code, _)| format!("{code} {}", called(code))).collect()
            }
            Self::Overlap => plan.overlap.iter().map(|(name, _)| name.clone()).collect(),
        }
    }
}

impl PlanPage {
    /// A plan, or the preview of a wave, that is being made.
    #[must_use]
    pub fn new(code: String, preview: Option<i32>) -> Self {
        let (step, view) = (PlanStep::Planning, PlanView::default());
        let (sieve, hays) = (Sieve::default(), Default::default());
        Self { code, step, preview, view, cursor: 0, sieve, hays }
    }

    /// Takes the plan.
    pub fn take(&mut self, plan: PlanRow, names: &Names) {
        self.hays = PlanView::ALL
            .map(|view| view.words(&plan, names).iter().map(|words| Hay::of(words)).collect());
        self.sieve.take_hays(self.hays[self.view.place()].clone());
        self.step = PlanStep::Planned(plan);
        self.cursor = 0;
    }

    /// Gives the filter a change; the cursor goes to the first row that matches. False if nothing changed.
    pub fn filter_by(&mut self, change: impl FnOnce(&mut Field) -> bool) -> bool {
        let changed = self.sieve.change(change);
        if changed {
            self.cursor = 0;
        }
        changed
    }

    /// Turns to the view beside; it stops at the ends. What is looked for is looked for in its rows.
    pub fn turn(&mut self, by: isize) {
        let last = PlanView::ALL.len() - 1;
        let next = PlanView::ALL[self.view.place().saturating_add_signed(by).min(last)];
        if next != self.view {
            (self.view, self.cursor) = (next, 0);
            self.sieve.take_hays(self.hays[next.place()].clone());
        }
    }

    /// The customers of the row under the cursor: of an order, or of those left off for one reason.
    #[must_use]
    pub fn people(&self) -> Option<People> {
        // What is pushed is found by the push, and what was only previewed nowhere.
        let (PlanStep::Planned(plan), None) = (&self.step, self.preview) else { return None };
        let of = |part, org| People::Plan { plan: plan.plan, part, org };
        let at = self.sieve.place(self.cursor)?;
        match self.view {
            PlanView::Orders => plan.orders.get(at).map(|order| of(None, Some(order.org.clone()))),
            PlanView::LeftOff => plan
                .blocked
                .get(at)
                .map(|(reason, _)| of(Some(PushPart::Blocked(reason.clone())), None)),
            PlanView::Rms | PlanView::Overlap => None,
        }
    }
}

/// A push and its orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPage {
    /// Which push.
    pub push: PushId,
    /// It, with what came of its tasks; none until that is read.
    pub detail: Option<PushRow>,
    /// Which order the cursor is on.
    pub cursor: usize,
    /// What its orders must match.
    pub filter: Field,
    /// The units whose orders match, the best first; none while all are shown.
    pub shown: Option<Vec<String>>,
}

impl PushPage {
    /// A push, with the cursor on this order.
    #[must_use]
    pub fn new(push: PushId, cursor: usize) -> Self {
        Self { push, detail: None, cursor, filter: Field::default(), shown: None }
    }

    /// The orders on screen.
    #[must_use]
    pub fn orders<'p>(&self, push: &'p PushRow) -> Vec<&'p OrderRow> {
        match &self.shown {
            None => push.orders.iter().collect(),
            Some(shown) => {
                let of = |org: &String| push.orders.iter().find(|order| order.org == *org);
                shown.iter().filter_map(of).collect()
            }
        }
    }

    /// Gives the filter a change; the cursor goes to the first order that matches. False if nothing changed.
    pub fn filter_by(&mut self, push: &PushRow, change: impl FnOnce(&mut Field) -> bool) -> bool {
        if !change(&mut self.filter) {
            return false;
        }
        let words: Vec<String> =
            push.orders.iter().map(|order| format!("{} {}", order.org, order.name)).collect();
        let found = find::matching(self.filter.text(), words.iter().map(String::as_str));
        let narrows = !self.filter.text().trim().is_empty();
        self.shown = narrows.then(|| found.iter().map(|&at| push.orders[at].org.clone()).collect());
        self.cursor = 0;
        true
    }
}
