//! The review (回检): what was done with a push, and apart from it what came of it.
//!
//! The effect is that on the frozen list as a whole (intention to treat): whoever had a task counts as treated, reached or
//! not, and whoever was left alone counts as control, contacted or not. What counts as success is the strategy's own
//! declaration, asked alike of both arms from the bank's records; what RMs report never counts. A closed review is read again from its JSON.

pub mod effect;
pub mod matched;
pub mod measure;
mod note;
mod standing;
pub mod window;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};

use self::matched::Matched;
pub use self::note::Note;
pub use self::standing::{Knowing, Standing, Verdict};
use super::id::PushId;
use super::money::Minor;
use super::statistics::{Interval, srm::Mismatch, sum::whole};

/// An estimate between its 95 % limits, and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// The method.
    pub method: Method,
}

impl Effect {
    /// An interval of this method.
    #[must_use]
    pub fn of(found: Interval, method: Method) -> Self {
        let Interval { estimate, lower, upper } = found;
        Self { estimate, lower, upper, method }
    }
}

/// How an effect was found: see `docs/methods.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Difference of two proportions.
    #[serde(rename = "newcombe-10")]
    Newcombe,
    /// Ratio of a difference to the share reached.
    #[serde(rename = "delta")]
    Delta,
    /// The same ratio, with limits put together from Wilson's: where an arm has next to no success, or nothing else.
    #[serde(rename = "mover")]
    Limits,
    /// Ratio of two proportions.
    #[serde(rename = "katz")]
    Katz,
    /// Difference of two means.
    #[serde(rename = "welch")]
    Welch,
    /// Difference of two means, freed of what was before the push.
    #[serde(rename = "cuped")]
    Cuped,
    /// Difference in differences of matched branches: quasi-experimental.
    #[serde(rename = "matched-did")]
    MatchedDifference,
    /// Difference of two means of branches, each of its customers' mean.
    #[serde(rename = "welch-branch")]
    Branches,
}

/// The days of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The bank's day of the push; of several, the first.
    pub pushed_on: NaiveDate,
    /// The last day of its orders.
    pub deadline: NaiveDate,
    /// The day for which the review was planned; without a declared success the day after the deadline.
    pub due: NaiveDate,
    /// The last day whose events count for the success.
    pub measured_to: NaiveDate,
    /// The day up to which they should; later than `measured_to` while it has not come.
    pub measures_to: NaiveDate,
    /// The bank's day when this was measured.
    pub as_of: NaiveDate,
}

/// A step of the funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// On the frozen list, the control group included.
    Listed,
    /// With a task.
    Treated,
    /// With a task of an order that its unit has signed.
    Signed,
    /// Spoken to, whatever they said.
    Reached,
    /// They want to think about it, come by, or have bought.
    Interested,
    /// Reported as sold. Not the success, which the bank's records say.
    Sold,
}

/// How many came to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which.
    pub step: StepName,
    /// Customers.
    pub customers: u64,
}

/// What was done, apart from what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Orders that went out.
    pub orders: u64,
    /// Those that their units have signed.
    pub signed_orders: u64,
    /// Tasks.
    pub tasks: u64,
    /// Tasks whose customer was reached.
    pub reached: u64,
    /// Those of them who were reached by the deadline.
    pub on_time: u64,
}

/// The treated arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreatedArm {
    /// Customers.
    pub n: u64,
    /// Those who were reached.
    pub reached: u64,
    /// Those who did what was declared; none if nothing was.
    pub converted: Option<u64>,
}

/// The control arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlArm {
    /// Customers.
    pub n: u64,
    /// Those who did what was declared; none if nothing was.
    pub converted: Option<u64>,
    /// Those who were contacted although they were to be left alone.
    pub contacted: u64,
}

/// Both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arms {
    /// Who had a task.
    pub treated: TreatedArm,
    /// Who was left alone.
    pub control: ControlArm,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Of how many.
    pub n: u64,
    /// How many.
    pub hit: u64,
}

/// The balance of one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArmBalance {
    /// Customers whose balance is known.
    pub n: u64,
    /// Its mean in the month before the push, where the bank's records reach back.
    pub before: Option<f64>,
    /// Its mean on the day of the measure; none without customers.
    pub after: Option<f64>,
    /// Of those who did what was declared, those who hold less than before.
    pub left: Option<Part>,
}

/// The declared balance in both arms; amounts in minor units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// `aum`, or an attribute.
    pub metric: String,
    /// It is an amount of money.
    pub money: bool,
    /// The day of the balance after.
    pub on: NaiveDate,
    /// The day that it should be of, where the records of the balance end before it: then nothing of it counts as measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<NaiveDate>,
    /// The treated arm.
    pub treated: ArmBalance,
    /// The control arm.
    pub control: ArmBalance,
    /// Treated minus control, as it stands.
    pub raw: Option<Effect>,
    /// The same, freed of what they had before.
    pub cuped: Option<Effect>,
}

/// The effect in one branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// Its code.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Treated, and those of them who did it.
    pub treated: Part,
    /// Control, and those of them who did it.
    pub control: Part,
    /// The difference; none where an arm is empty.
    pub itt: Option<Effect>,
    /// Fisher's probability of such a difference by chance.
    pub p: Option<f64>,
    /// The same after Holm's correction for all branches.
    pub p_holm: Option<f64>,
}

/// A guard rail, asked alike of both arms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardRow {
    /// Its name in the strategy.
    pub name: String,
    /// Treated, and whom it struck.
    pub treated: Part,
    /// Control, and whom it struck.
    pub control: Part,
    /// The most that was allowed of the treated, in parts per million.
    pub at_most_ppm: u32,
    /// The difference; none where an arm is empty.
    pub difference: Option<Effect>,
    /// More than allowed.
    pub broken: bool,
    /// It is not broken, and nobody can say that it is kept: the events that it asks for were not loaded up to the last day that counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

/// What it cost and what it brought, by the strategy's own prices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Conversions beyond those that would have come anyway; none without a control group, where nobody can tell.
    #[serde(default)]
    pub extra: Option<Effect>,
    /// A benefit for each treated customer who did it.
    pub benefits: Option<Minor>,
    /// The most that all benefits may cost; none in a review that was closed before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The benefits, for each extra conversion; none where there is none.
    pub per_extra: Option<Minor>,
    /// What the extra conversions are worth.
    pub brought: Option<Minor>,
}

/// The most that a strategy may spend on benefits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// It set none.
    NoneSet,
    /// So much.
    AtMost(Minor),
}

/// Before and after, where nobody was left alone: no proof of anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeAfter {
    /// Customers.
    pub n: u64,
    /// Who did it in as many days before the push.
    pub before: u64,
    /// Who did it after.
    pub after: u64,
}

/// How often branches have given a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The reason's word.
    pub reason: String,
    /// How often.
    pub n: u64,
}

/// How a review was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The verdict.
    pub verdict: Verdict,
    /// The words to it.
    pub text: String,
    /// By whom.
    pub by: String,
    /// When, by the server's clock and in the bank's time zone.
    pub at: DateTime<FixedOffset>,
    /// The guards that were broken, where it is expanded all the same, as its closer said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub despite: Vec<String>,
    /// It was expanded or stopped although nothing that was declared is measured, as its closer said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmeasured: bool,
    /// It was expanded or stopped although an arm is too small to show anything, as its closer said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub small: bool,
}

/// An arm of fewer customers shows next to nothing, however many are in the other: four times in five only what is some twenty
/// points from a half (2.8 times the root of 0.25 / 50), by the normal approximation. The database holds it (`baton.review_least`).
pub const LEAST_ARM: u64 = 50;

/// A review: of one push, or of all pushes of a strategy, each customer once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The push; none for a whole strategy.
    pub push: Option<PushId>,
    /// Which wave, where it is of one and of no single push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<i32>,
    /// Code of the strategy.
    pub strategy: String,
    /// The version that was pushed; of several pushes, the last.
    pub version: i32,
    /// Its name.
    pub name: String,
    /// Who wrote it: somebody else gives the verdict.
    pub author: String,
    /// The pushes that were measured.
    pub pushes: Vec<PushId>,
    /// The days.
    #[serde(flatten)]
    pub days: Days,
    /// From the list to what was sold, by orders and outcomes.
    pub funnel: Vec<Step>,
    /// What was done.
    pub execution: Execution,
    /// The arms as they were drawn.
    pub arms: Arms,
    /// Whether they are as planned; none without a control group.
    pub srm: Option<Mismatch>,
    /// The effect on the list: share of the treated minus share of the control who did it.
    pub itt: Option<Effect>,
    /// The same relative to the control group's share.
    pub lift: Option<Effect>,
    /// The effect on those who were reached.
    pub reached: Option<Effect>,
    /// The smallest effect that these arms show four times in five.
    pub mde: Option<f64>,
    /// The declared balance.
    pub balance: Option<Balance>,
    /// By branch.
    pub branches: Vec<Branch>,
    /// The guard rails.
    pub guards: Vec<GuardRow>,
    /// Cost and benefit.
    pub cost: Option<Cost>,
    /// Without a control group.
    pub before_after: Option<BeforeAfter>,
    /// Without a control group, the branches held against others that were like them.
    #[serde(default)]
    pub matched: Option<Matched>,
    /// What branches have said of the strategy, the most frequent reason first.
    #[serde(default)]
    pub feedback: Vec<Said>,
    /// What must be known.
    pub notes: Vec<Note>,
    /// What may be concluded.
    pub standing: Standing,
    /// The verdict; none while the review is open.
    pub verdict: Option<Verdict>,
    /// How it was closed.
    pub closed: Option<Closed>,
}

impl Review {
    /// It shows the customers of one unit only, whom its reader sees, and not the whole list.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Scope { .. }))
    }

    /// The names of the guards that are broken.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        let broken = self.guards.iter().filter(|guard| guard.broken);
        broken.map(|guard| guard.name.clone()).collect()
    }

    /// What a verdict on these figures is given in spite of.
    #[must_use]
    pub fn in_spite(&self, verdict: Verdict) -> Knowing {
        let guards = if verdict == Verdict::Expand { self.broken() } else { Vec::new() };
        let unmeasured = self.blind(verdict).is_some();
        let small =
            verdict.concludes() && self.standing == Standing::Ready && self.small_arm().is_some();
        Knowing { guards, unmeasured, small }
    }

    /// Why this verdict would rest on nothing that is measured; none where it would not: to expand takes the guards, too.
    #[must_use]
    pub fn blind(&self, verdict: Verdict) -> Option<Standing> {
        let guards = verdict == Verdict::Expand && self.guards.iter().any(|guard| guard.unknown);
        match self.standing {
            standing if verdict.concludes() && standing.is_blind() => Some(standing),
            _ => guards.then_some(Standing::Unfilled),
        }
    }

    /// How many customers the smaller arm has, where that is too few to show anything. Branches that were drawn as a whole are none.
    #[must_use]
    pub fn small_arm(&self) -> Option<u64> {
        let by_branch = self.notes.iter().any(|note| matches!(note, Note::ByBranch { .. }));
        let fewer = self.arms.treated.n.min(self.arms.control.n);
        (!by_branch && fewer < LEAST_ARM).then_some(fewer)
    }

    /// That the records which the success is asked of end before the day up to which they should count; none where they all are there.
    #[must_use]
    pub fn records_end(&self) -> Option<&Note> {
        self.notes.iter().find(|note| note.ends_early())
    }

    /// The share of the declared success in each arm, in parts of one.
    #[must_use]
    pub fn shares(&self) -> (Option<f64>, Option<f64>) {
        let share = |hit: Option<u64>, n: u64| hit.filter(|_| n > 0).map(|x| whole(x) / whole(n));
        let Arms { treated, control } = self.arms;
        (share(treated.converted, treated.n), share(control.converted, control.n))
    }
}

impl Balance {
    /// Its records end on a day before the one that it should be of. Of the push day and before it there is nothing to compare: what was
    /// held then, was held before anybody was called.
    pub fn ends_on(&mut self, on: NaiveDate, pushed: NaiveDate) {
        self.wanted = Some(self.on);
        self.on = on;
        if on > pushed {
            return;
        }
        (self.raw, self.cuped) = (None, None);
        for arm in [&mut self.treated, &mut self.control] {
            (arm.after, arm.left) = (None, None);
        }
    }
}
