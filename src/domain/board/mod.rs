//! The process board: how far the customers of a push have come, step by step, and where the chain breaks (断点).
//!
//! A customer counts once per step, at the day of the first outcome that says so; who has come to a step has come to all
//! before it. Signing is the branch's and stands beside: a branch may call before it signs, so first contacts are measured
//! against what was issued and not against what was signed.
//!
//! Where the chain breaks is found in [`breaks`].

mod breaks;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::breaks::{Break, LEAST_BASE, LEAST_GAP, LEAST_PEERS, Loss, breaks};
use super::id::PushId;
use super::message::Message;
pub use super::step::Step;
use super::task::FeedbackReason;
use crate::msg;

/// Customers by step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps(pub [i64; 6]);

impl Steps {
    /// How many have come to a step.
    #[must_use]
    pub fn at(&self, step: Step) -> i64 {
        self.0[step as usize]
    }

    /// How many of those before a step have come to it: customers and customers before; none for the first step.
    #[must_use]
    pub fn share(&self, step: Step) -> Option<(i64, i64)> {
        Some((self.at(step), self.at(step.base()?)))
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }
}

/// What is said of one unit, one RM or the whole push beside its steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// The code of the unit or the RM; empty for tasks that are nobody's, and for the whole.
    pub code: String,
    /// The name.
    pub name: String,
    /// For an RM, the code of the unit.
    pub org: String,
    /// Customers by step.
    pub steps: Steps,
    /// Customers of orders that were signed in time.
    pub signed_in_time: i64,
    /// Customers who were first contacted in time.
    pub contacted_in_time: i64,
    /// Tasks with a sale and, then or later, a refusal or a bad number.
    pub contradictory: i64,
    /// Customers of the control group of whom there is an outcome.
    pub contaminated: i64,
    /// Where it falls behind its peers, if it does.
    pub gap: Option<Break>,
}

impl Part {
    /// Both together; names stay.
    fn add(&mut self, other: &Self) {
        self.steps = self.steps.plus(&other.steps);
        self.signed_in_time += other.signed_in_time;
        self.contacted_in_time += other.contacted_in_time;
        self.contradictory += other.contradictory;
        self.contaminated += other.contaminated;
    }
}

/// Customers who came to a step on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySteps {
    /// The bank's day.
    pub day: NaiveDate,
    /// By step.
    pub steps: Steps,
}

/// By when things should be done, and whether that time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// When orders should be signed, by the server's clock.
    pub sign_by: DateTime<Utc>,
    /// That time has come.
    pub sign_due: bool,
    /// The bank's day by which every customer should have been contacted.
    pub contact_by: NaiveDate,
    /// That day is over.
    pub contact_due: bool,
}

/// The board of one push.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// Which push.
    pub push: PushId,
    /// The strategy's code.
    pub strategy: String,
    /// The strategy's name.
    pub name: String,
    /// The version that was pushed.
    pub version: i32,
    /// The bank's day of the push.
    pub as_of: NaiveDate,
    /// The last day of its orders.
    pub deadline: NaiveDate,
    /// By when things should be done.
    pub terms: Terms,
    /// All of it.
    pub whole: Part,
    /// Where the push loses most against what its units' peers keep.
    pub loss: Option<Loss>,
    /// By unit, in the order of their codes.
    pub by_org: Vec<Part>,
    /// By RM; empty if it was not asked for.
    pub by_rm: Vec<Part>,
    /// By day; empty if it was not asked for.
    pub by_day: Vec<DaySteps>,
    /// What its units have said of the strategy: how often each reason, the most frequent first.
    pub feedback: Vec<(FeedbackReason, i64)>,
}

impl Board {
    /// Adds the units up and finds the breaks, of units and of RMs each among their own.
    pub fn judge(&mut self) {
        self.whole = Part::default();
        for unit in &self.by_org {
            self.whole.add(unit);
        }
        let terms = self.terms;
        let due = |step: Step| match step {
            Step::Signed => terms.sign_due,
            Step::Contacted => terms.contact_due,
            _ => true,
        };
        let steps = |parts: &[Part]| parts.iter().map(|part| part.steps).collect::<Vec<_>>();
        let (found, loss) = breaks(&steps(&self.by_org), due);
        self.loss = loss;
        for (part, gap) in self.by_org.iter_mut().zip(found) {
            part.gap = gap;
        }
        // An RM signs nothing.
        let (found, _) = breaks(&steps(&self.by_rm), |step| step != Step::Signed && due(step));
        for (part, gap) in self.by_rm.iter_mut().zip(found) {
            part.gap = gap;
        }
    }

    /// Where most customers are missing, in a sentence; none where nothing breaks.
    #[must_use]
    pub fn loss_message(&self) -> Option<Message> {
        let loss = self.loss?;
        let worst = self.by_org.get(loss.worst)?;
        let said = Message::new(msg!("board.loss"))
            .with("step", loss.step.title())
            .with("units", loss.units)
            .with("missing", loss.missing);
        Some(said.with("org", worst.name.as_str()))
    }

    /// Customers of a part who are not signed for, or not contacted, and need not be yet.
    #[must_use]
    pub fn young(&self, part: &Part) -> (i64, i64) {
        let left = |step| (part.steps.at(Step::Issued) - part.steps.at(step)).max(0);
        let sign = if self.terms.sign_due { 0 } else { left(Step::Signed) };
        let contact = if self.terms.contact_due { 0 } else { left(Step::Contacted) };
        (sign, contact)
    }

    /// Of how many customers of a part it can be said whether they were signed for in time, and contacted in time: the
    /// issued ones without those who need not be yet.
    #[must_use]
    pub fn judged(&self, part: &Part) -> (i64, i64) {
        let (sign, contact) = self.young(part);
        let issued = part.steps.at(Step::Issued);
        (issued - sign, issued - contact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(issued: i64, signed: bool, rest: [i64; 4]) -> Steps {
        let [contacted, reached, interested, sold] = rest;
        Steps([issued, if signed { issued } else { 0 }, contacted, reached, interested, sold])
    }

    #[test]
    fn who_need_not_be_contacted_yet_is_said_apart() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let mut board = Board {
            push: PushId(1),
            strategy: "ST".into(),
            name: String::new(),
            version: 1,
            as_of: day,
            deadline: day,
            terms: Terms {
                sign_by: DateTime::default(),
                sign_due: true,
                contact_by: day,
                contact_due: false,
            },
            whole: Part::default(),
            loss: None,
            by_org: vec![Part { steps: unit(100, true, [30, 9, 5, 1]), ..Part::default() }],
            by_rm: vec![],
            by_day: vec![],
            feedback: vec![],
        };
        board.judge();
        assert_eq!(board.young(&board.whole), (0, 70));
        assert_eq!(board.judged(&board.whole), (100, 30));
        board.terms.contact_due = true;
        assert_eq!(board.judged(&board.whole), (100, 100));
    }
}
