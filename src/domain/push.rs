//! Pushes (下发): plans, orders and how far they are.

use chrono::{DateTime, NaiveDate, Utc};

use super::benefit::{PlanBenefit, PushBenefit};
use super::delivery::Counts;
use super::hash::ContentHash;
use super::id::{PlanId, PushId};
use super::message::{Arg, Message};
use super::money::{Currency, Minor};
use super::order::PlanOrder;
use super::statistics::{size, sum};
use super::strategy::body::Budget;
use crate::msg;

/// A plan that was kept: exactly what `apply` will push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// Its number.
    pub plan: PlanId,
    /// Code of the strategy.
    pub strategy: String,
    /// Version of the strategy.
    pub version: i32,
    /// Which of its waves, from 1.
    pub wave: i32,
    /// How many waves the version has.
    pub waves: i32,
    /// Hash of the list; two plans that would do the same have the same. None for one of an earlier Baton.
    pub list: Option<ContentHash>,
    /// Last day of the orders, if it is pushed on the day of the plan.
    pub deadline: NaiveDate,
    /// Working days until then.
    pub days: i64,
    /// `treated + control`.
    pub customers: i64,
    /// Customers who get a task.
    pub treated: i64,
    /// Customers left alone.
    pub control: i64,
    /// What the control group can show.
    pub detectable: Detectable,
    /// The branches that are left alone as a whole, largest first; none where customers are drawn.
    pub left_alone: Vec<BranchAlone>,
    /// Customers who are left off by reason, in the order of [`Reason`](super::exclusion::Reason); not part of `customers`.
    pub blocked: Vec<(String, i64)>,
    /// By unit, largest first.
    pub orders: Vec<PlanOrder>,
    /// By RM, those with most to do for what they can first.
    pub rms: Vec<PlanRm>,
    /// What it needs of benefits of which there are so many only; none if the version limits nothing.
    pub benefit: Option<Box<PlanBenefit>>,
    /// Every other live strategy, and how many of the list are on its lists.
    pub overlap: Vec<(String, i64)>,
    /// What the planner should know before he pushes.
    pub notes: Box<PlanNotes>,
}

/// What stands beside a plan for who pushes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanNotes {
    /// The pushes by which the same wave of the version went out before; who has had it is left off. None of a wave that comes a
    /// little every day.
    pub went_out: Vec<PushId>,
    /// The planner's own earlier plans of the strategy, whose place it took; they cannot be pushed any more.
    pub replaces: Vec<PlanId>,
    /// The day that the wave is of, where it was planned after that.
    pub late: Option<NaiveDate>,
    /// What its benefits would cost; none if the version limits nothing.
    pub cost: Option<PlanCost>,
    /// What else its push would be refused for as things stood when it was planned, or was refused for since: a pilot that still
    /// runs, a day on which nothing goes out, an approval that is missing, another plan in its place.
    pub walls: Vec<Message>,
}

/// What the benefits of a plan's strategy would cost with its push, held against the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanCost {
    /// All of them, one for each customer who was ever treated.
    pub cost: Minor,
    /// The most that they may cost.
    pub cap: Minor,
    /// The bank's money.
    pub currency: Currency,
}

impl PlanCost {
    /// The push will be refused.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.cost > self.cap
    }
}

impl PlanRow {
    /// What the control group can show, and what is wrong with it.
    #[must_use]
    pub fn shows(&self) -> Message {
        self.detectable.said(self.control)
    }

    /// Why a push of it would be refused, as far as is known before; none if nothing stands against it.
    #[must_use]
    pub fn refused(&self) -> Option<Message> {
        self.refusals().into_iter().next()
    }

    /// Everything that a push of it would be refused for, as far as is known before.
    #[must_use]
    pub fn refusals(&self) -> Vec<Message> {
        self.warnings().into_iter().filter_map(|(refused, said)| refused.then_some(said)).collect()
    }

    /// What the planner should know before he pushes: what stands against the push, that the wave went out before, that the budget does not reach (`true`: the push
    /// will be refused), and which of his plans this one has taken the place of.
    #[must_use]
    pub fn warnings(&self) -> Vec<(bool, Message)> {
        fn numbers(all: impl ExactSizeIterator<Item = String>) -> String {
            let more = (all.len() > 6).then(|| "..".to_owned());
            all.take(6).chain(more).collect::<Vec<_>>().join(", ")
        }
        let mut said: Vec<(bool, Message)> =
            self.notes.walls.iter().map(|wall| (true, wall.clone())).collect();
        if !self.notes.went_out.is_empty() {
            let told = Message::new(msg!("push.went-out")).with("wave", self.wave);
            let pushes = numbers(self.notes.went_out.iter().map(ToString::to_string));
            said.push((false, told.with("pushes", pushes)));
        }
        if let Some(day) = self.notes.late {
            said.push((false, Message::new(msg!("push.wave-late")).with("day", day)));
        }
        if let Some(of) = self.notes.cost.filter(PlanCost::is_over) {
            let told =
                Message::new(msg!("life.cap")).with("cost", Arg::Money(of.cost, of.currency));
            said.push((true, told.with("cap", Arg::Money(of.cap, of.currency))));
        }
        if !self.notes.replaces.is_empty() {
            let plans = numbers(self.notes.replaces.iter().map(ToString::to_string));
            said.push((false, Message::new(msg!("push.replaces")).with("plans", plans)));
        }
        said
    }

    /// The branches that are left alone, by name; none where customers are drawn.
    #[must_use]
    pub fn alone(&self) -> Option<Message> {
        let first = self.left_alone.iter().take(8);
        let mut names: Vec<String> =
            first.map(|branch| format!("{} {}", branch.org, branch.name)).collect();
        if self.left_alone.len() > names.len() {
            names.push("..".to_owned());
        }
        (!names.is_empty()).then(|| {
            Message::new(msg!("push.alone"))
                .with("branches", self.left_alone.len())
                .with("customers", self.left_alone.iter().map(|b| b.customers).sum::<i64>())
                .with("names", names.join(", "))
        })
    }
}

/// A branch that is left alone as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchAlone {
    /// Code of the unit.
    pub org: String,
    /// Name of the unit.
    pub name: String,
    /// Its customers on the list.
    pub customers: i64,
}

/// One RM's part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRm {
    /// Code.
    pub rm: String,
    /// Name.
    pub name: String,
    /// Code of the RM's unit.
    pub org: String,
    /// Tasks.
    pub tasks: i64,
    /// Tasks that can be done until the deadline; none if nobody has said.
    pub capacity: Option<i64>,
}

impl PlanRm {
    /// More than can be done.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        self.capacity.is_some_and(|capacity| self.tasks > capacity)
    }
}

/// The smallest effect that a control group can show (power .8, two-sided .05), in parts per million of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detectable {
    /// It; none if no effect would show.
    pub effect_ppm: Option<i64>,
    /// The rate without the strategy that it is reckoned from.
    pub base_ppm: i64,
    /// The text names no such rate, and the least favourable was taken: a half.
    pub assumed: bool,
    /// What the text expects, if it does.
    pub expected_ppm: Option<i64>,
    /// What was drawn.
    pub drawn: Drawn,
}

/// What a control group was drawn of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Customers of each branch: they are compared.
    Customers,
    /// So many whole branches: they are compared, and no effect is reckoned from customers.
    Branches {
        /// Branches with tasks.
        treated: i64,
        /// Branches that are left alone.
        control: i64,
    },
    /// Whole branches, and how many a plan will say.
    SomeBranches,
}

/// Branches can show an effect: the comparison has two of each kind at least, and the most extreme of all ways in which they
/// could have been drawn comes by chance one time in twenty at most. Where both arms have as many, each draw has its mirror.
///
/// Source: Fisher 1935, The Design of Experiments, chapter II: the smallest p of a permutation test is one over the number
/// of draws.
fn branches_can_show(treated: i64, control: i64) -> bool {
    if treated < 2 || control < 2 {
        return false;
    }
    let (all, few) = (i128::from(treated) + i128::from(control), i128::from(treated.min(control)));
    let enough = if treated == control { 40 } else { 20 };
    let mut draws: i128 = 1;
    for at in 0..few {
        // Divides without rest: after step `at` it is the number of draws of `at + 1`.
        draws = draws * (all - at) / (at + 1);
        if draws >= enough {
            return true;
        }
    }
    false
}

/// What is wrong with a control group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// There is none.
    NoControl,
    /// Too small to ever show anything: nothing, or a rise of a fifth of all customers.
    TooSmall,
    /// It shows more than the text expects only.
    AboveExpected,
    /// So few branches that chance alone draws them as often as one time in twenty.
    TooFewBranches,
}

impl Weakness {
    /// The word of JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoControl => "no_control",
            Self::TooSmall => "too_small",
            Self::AboveExpected => "above_expected",
            Self::TooFewBranches => "too_few_branches",
        }
    }
}

/// A rise that no campaign of a bank has: a group that shows only this shows nothing.
const HOPELESS_PPM: i64 = 200_000;

impl Detectable {
    /// For arms of so many, with what the text's budget expects.
    #[must_use]
    pub fn of(budget: Option<&Budget>, treated: i64, control: i64) -> Self {
        let base = budget.and_then(|budget| budget.base_ppm).map(i64::from);
        let expected = budget.and_then(|budget| budget.expected_ppm).map(i64::from);
        let base_ppm = base.unwrap_or(500_000);
        let arm = |n: i64| sum::whole(n.unsigned_abs());
        let share = sum::whole(base_ppm.unsigned_abs()) / 1e6;
        let found = size::detectable(share, arm(treated), arm(control), 0.8).ok().flatten();
        Self {
            #[expect(clippy::cast_possible_truncation, reason = "a share is at most 1")]
            effect_ppm: found.map(|effect| (effect * 1e6).ceil() as i64),
            base_ppm,
            assumed: base.is_none(),
            expected_ppm: base.zip(expected).map(|(base, expected)| expected - base),
            drawn: Drawn::Customers,
        }
    }

    /// The same where branches are drawn: what customers would show is not said.
    #[must_use]
    pub fn by_branch(self, drawn: Drawn) -> Self {
        Self { effect_ppm: None, drawn, ..self }
    }

    /// What a control group of so many can show, and what is wrong with it.
    #[must_use]
    pub fn said(&self, control: i64) -> Message {
        let points = |ppm: i64| format!("{}.{}", ppm / 10_000, ppm % 10_000 / 1_000);
        let said = |key| {
            let effect: Arg = self.effect_ppm.map_or_else(|| "-".into(), |ppm| points(ppm).into());
            Message::new(key).with("effect", effect).with("base", points(self.base_ppm))
        };
        let branches = |key| match self.drawn {
            Drawn::Branches { treated, control } => {
                Message::new(key).with("control", control).with("all", treated + control)
            }
            Drawn::Customers | Drawn::SomeBranches => msg!("push.mde.by-branch").into(),
        };
        match (self.weakness(control), self.drawn) {
            (Some(Weakness::NoControl), _) => msg!("push.mde.none").into(),
            (Some(Weakness::TooSmall), _) => {
                Message::new(msg!("push.mde.too-small")).with("control", control)
            }
            (Some(Weakness::AboveExpected), _) => said(msg!("push.mde.above")),
            (Some(Weakness::TooFewBranches), _) => branches(msg!("push.mde.too-few-branches")),
            (None, Drawn::Branches { .. } | Drawn::SomeBranches) => {
                branches(msg!("push.mde.branches"))
            }
            (None, Drawn::Customers) if self.assumed => said(msg!("push.mde.assumed")),
            (None, Drawn::Customers) => said(msg!("push.mde.shows")),
        }
    }

    /// What is wrong with a control group of so many.
    #[must_use]
    pub fn weakness(&self, control: i64) -> Option<Weakness> {
        match self.drawn {
            _ if control == 0 => return Some(Weakness::NoControl),
            Drawn::SomeBranches => return None,
            Drawn::Branches { treated, control } => {
                let few = !branches_can_show(treated, control);
                return few.then_some(Weakness::TooFewBranches);
            }
            Drawn::Customers => {}
        }
        match self.effect_ppm {
            None => Some(Weakness::TooSmall),
            Some(effect) if effect >= HOPELESS_PPM => Some(Weakness::TooSmall),
            Some(effect) if self.expected_ppm.is_some_and(|expected| effect > expected) => {
                Some(Weakness::AboveExpected)
            }
            Some(_) => None,
        }
    }
}

/// What a push did; a repeated apply gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushDone {
    /// Its number.
    pub push: PushId,
    /// Tasks written.
    pub tasks: i64,
    /// Customers left alone.
    pub control: i64,
    /// Orders written.
    pub orders: i64,
    /// Milliseconds the transaction took, kept with the push.
    pub millis: i64,
}

/// A push, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushRow {
    /// Its number.
    pub push: PushId,
    /// Code of the strategy.
    pub strategy: String,
    /// The strategy's name.
    pub name: String,
    /// Version that was pushed.
    pub version: i32,
    /// True until as-of passes the deadline.
    pub live: bool,
    /// The bank's day of the push.
    pub as_of: NaiveDate,
    /// Last day of its orders.
    pub deadline: NaiveDate,
    /// Which wave of its version it was, from 1.
    pub wave: i32,
    /// The step at which it loses most customers against what its units' peers keep; none if nowhere, or if it has ended.
    pub broken: Option<super::board::Step>,
    /// What was given of benefits of which there are so many only; none in lists, where nobody has asked.
    pub benefit: Option<PushBenefit>,
    /// Its orders, by unit code.
    pub orders: Vec<OrderRow>,
}

/// One order, with counts of its tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderRow {
    /// Code of the unit.
    pub org: String,
    /// Name of the unit.
    pub name: String,
    /// Tasks of the order.
    pub tasks: i64,
    /// Tasks without an outcome that closes them.
    pub open: i64,
    /// Tasks with one.
    pub done: i64,
    /// When the branch signed, by the server's clock.
    pub signed_at: Option<DateTime<Utc>>,
    /// Which operator signed.
    pub signed_by: Option<String>,
    /// Last day.
    pub deadline: NaiveDate,
    /// When what was open was taken back, by the server's clock.
    pub recalled_at: Option<DateTime<Utc>>,
    /// When the branch was last reminded.
    pub reminded_at: Option<DateTime<Utc>>,
    /// Nobody has signed within the bank's working hours for it.
    pub overdue: bool,
    /// Where its messages to the branch's system stand; none in lists, where nobody has asked.
    pub delivery: Option<Counts>,
    /// Latest outcome of each task, counted; outcome's word and tasks.
    pub outcomes: Vec<(super::outcome::Outcome, i64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_group_says_what_it_cannot_show() {
        let budget = |base, expected| Budget {
            base_ppm: Some(base),
            expected_ppm: Some(expected),
            ..Budget::default()
        };
        let of =
            |treated, control| Detectable::of(Some(&budget(70_000, 120_000)), treated, control);
        assert_eq!(of(9_000, 0).weakness(0), Some(Weakness::NoControl));
        assert_eq!(of(18, 2).weakness(2), Some(Weakness::TooSmall));
        assert_eq!(of(900, 100).weakness(100), Some(Weakness::AboveExpected));
        let enough = of(9_000, 1_000);
        assert_eq!((enough.weakness(1_000), enough.assumed), (None, false));
        assert!((20_000..30_000).contains(&enough.effect_ppm.unwrap()), "{enough:?}");
        let assumed = Detectable::of(None, 9_000, 1_000);
        assert!(assumed.assumed && assumed.effect_ppm > enough.effect_ppm);
    }

    #[test]
    fn a_few_branches_show_nothing_however_many_customers_they_have() {
        let of = |treated, control| {
            let drawn = Drawn::Branches { treated, control };
            Detectable::of(None, 900_000, 100_000).by_branch(drawn)
        };
        let weak = |treated, control| of(treated, control).weakness(100_000);
        // 21 draws of two branches of seven, 15 of two of six; one branch has nothing to vary with.
        assert_eq!((weak(5, 2), weak(4, 2)), (None, Some(Weakness::TooFewBranches)));
        // Twenty draws of three of six, and each has its mirror; 70 of four of eight.
        assert_eq!((weak(4, 4), weak(3, 3)), (None, Some(Weakness::TooFewBranches)));
        assert_eq!((weak(1_000, 1_000), weak(99, 1)), (None, Some(Weakness::TooFewBranches)));
        assert_eq!(of(5, 2).effect_ppm, None, "customers are not compared");
        assert_eq!(of(5, 0).weakness(0), Some(Weakness::NoControl));
        assert_eq!(of(5, 2).said(7).key, msg!("push.mde.branches"));
        assert_eq!(of(4, 2).said(7).key, msg!("push.mde.too-few-branches"));
    }
}
