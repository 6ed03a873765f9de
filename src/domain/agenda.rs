//! What runs when: pushes, planned waves and reviews of a month, beside the bank's own days, and how many customers of a day
//! are in more than one push that runs on it.
//!
//! A push runs from the bank's day of the push to its last deadline, both included; one whose orders were all recalled, to the
//! day of the recall. Whom it shares with others is counted from the tasks that it still holds: a customer whose task was
//! recalled or given back is nobody's twice.

use chrono::NaiveDate;

use super::calendar::CalendarDay;
use super::id::PushId;

/// A push that runs on a day of the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which.
    pub push: PushId,
    /// The strategy's code.
    pub strategy: String,
    /// The strategy's name.
    pub name: String,
    /// Its version.
    pub version: i32,
    /// Which of its waves.
    pub wave: i32,
    /// The first day.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
    /// Tasks of the orders that the reader may see.
    pub tasks: i64,
}

impl Running {
    /// It runs on that day.
    #[must_use]
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// Both run on some day.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// What is planned for a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// A wave of a strategy that has not been pushed.
    Wave {
        /// Which wave; 1 is the first round of an approved strategy, or what follows its pilot.
        wave: i32,
    },
    /// The review of a push.
    Review {
        /// Of which push.
        push: PushId,
        /// The verdict is given.
        closed: bool,
    },
}

/// A day's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// When.
    pub day: NaiveDate,
    /// What.
    pub what: Planned,
    /// The strategy's code.
    pub strategy: String,
    /// Its version.
    pub version: i32,
    /// What people call it.
    pub name: String,
}

/// Customers who are in the same pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The pushes, two or more.
    pub pushes: Vec<PushId>,
    /// How many are in all of these and in no other one.
    pub customers: i64,
}

/// A stretch of each day, in minutes after midnight of the bank's time; where it ends before it begins it goes over midnight.
pub type Clock = (i64, i64);

/// A month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda {
    /// Its days as the bank's calendar has them.
    pub days: Vec<CalendarDay>,
    /// The pushes that run in it, by their first day.
    pub running: Vec<Running>,
    /// What is planned in it, by day.
    pub ahead: Vec<Ahead>,
    /// Who is in more than one of the pushes.
    pub shared: Vec<Shared>,
    /// When nobody is reminded and no customer is written to.
    pub quiet: Option<Clock>,
    /// When deadlines run.
    pub office: Option<Clock>,
}

/// A line of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A push runs.
    Push(&'a Running),
    /// Something is planned.
    Plan(&'a Ahead),
}

impl Agenda {
    /// What the calendar says of that day, if it is one of the month.
    #[must_use]
    pub fn day(&self, day: NaiveDate) -> Option<&CalendarDay> {
        self.days.iter().find(|known| known.day == day)
    }

    /// The pushes that run on that day.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = &Running> {
        self.running.iter().filter(move |push| push.runs_on(day))
    }

    /// What is planned for that day.
    pub fn planned(&self, day: NaiveDate) -> impl Iterator<Item = &Ahead> {
        self.ahead.iter().filter(move |plan| plan.day == day)
    }

    /// Everything of that day: what is planned first, for it is the fewer.
    #[must_use]
    pub fn entries(&self, day: NaiveDate) -> Vec<Entry<'_>> {
        let planned = self.planned(day).map(Entry::Plan);
        planned.chain(self.on(day).map(Entry::Push)).collect()
    }

    /// How many customers are in two or more of the pushes that run on that day; each counts once.
    #[must_use]
    pub fn shared_on(&self, day: NaiveDate) -> i64 {
        let runs = |id: &PushId| self.on(day).any(|push| push.push == *id);
        let twice = |one: &&Shared| one.pushes.iter().filter(|id| runs(id)).count() > 1;
        self.shared.iter().filter(twice).map(|one| one.customers).sum()
    }

    /// How many customers a push has in common with others that run on one day or more of its own; each counts once.
    #[must_use]
    pub fn shared_of(&self, push: &Running) -> i64 {
        let beside = |id: &PushId| {
            *id != push.push && self.running.iter().any(|o| o.push == *id && o.meets(push))
        };
        let with = |one: &&Shared| one.pushes.contains(&push.push) && one.pushes.iter().any(beside);
        self.shared.iter().filter(with).map(|one| one.customers).sum()
    }

    /// Every two pushes that run on the same day and share customers, and how many, the most first.
    #[must_use]
    pub fn pairs(&self) -> Vec<(PushId, PushId, i64)> {
        let mut pairs = Vec::new();
        for (at, one) in self.running.iter().enumerate() {
            for other in self.running[at + 1..].iter().filter(|other| other.meets(one)) {
                let both = |s: &&Shared| [one, other].iter().all(|p| s.pushes.contains(&p.push));
                let customers: i64 = self.shared.iter().filter(both).map(|s| s.customers).sum();
                if customers > 0 {
                    pairs.push((one.push, other.push, customers));
                }
            }
        }
        pairs.sort_by_key(|(a, b, customers)| (std::cmp::Reverse(*customers), *a, *b));
        pairs
    }

    /// The pushes of which another one runs on the same day: only these can share customers.
    #[must_use]
    pub fn meeting(&self) -> Vec<PushId> {
        let meets = |one: &&Running| {
            self.running.iter().any(|other| other.push != one.push && other.meets(one))
        };
        self.running.iter().filter(meets).map(|push| push.push).collect()
    }
}

/// That time of day as people write it.
#[must_use]
pub fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn push(id: i64, from: u32, to: u32) -> Running {
        Running {
            push: PushId(id),
            strategy: "ST".into(),
            name: String::new(),
            version: 1,
            wave: 1,
            from: day(from),
            to: day(to),
            tasks: 10,
        }
    }

    fn shared(ids: &[i64], customers: i64) -> Shared {
        Shared { pushes: ids.iter().map(|id| PushId(*id)).collect(), customers }
    }

    fn agenda() -> Agenda {
        Agenda {
            running: vec![push(1, 1, 10), push(2, 5, 20), push(3, 15, 20), push(4, 25, 30)],
            shared: vec![shared(&[1, 2], 7), shared(&[1, 2, 3], 2), shared(&[1, 3], 50)],
            ..Agenda::default()
        }
    }

    #[test]
    fn a_customer_of_three_pushes_counts_once_on_a_day() {
        let agenda = agenda();
        assert_eq!(agenda.shared_on(day(4)), 0, "one push alone");
        assert_eq!(agenda.shared_on(day(5)), 9, "the first two, whoever else is in the third");
        assert_eq!(agenda.shared_on(day(11)), 0);
        assert_eq!(agenda.shared_on(day(15)), 2, "the second and the third");
        assert_eq!(agenda.shared_on(day(21)), 0);
    }

    #[test]
    fn only_pushes_that_run_on_the_same_day_meet() {
        let agenda = agenda();
        assert_eq!(
            agenda.pairs(),
            [(PushId(1), PushId(2), 9), (PushId(2), PushId(3), 2)],
            "the first is over when the third begins, though they have 52 customers in common"
        );
        assert_eq!(agenda.meeting(), [PushId(1), PushId(2), PushId(3)]);
        let of = |at: usize| agenda.shared_of(&agenda.running[at]);
        assert_eq!([of(0), of(1), of(2), of(3)], [9, 9, 2, 0]);
    }

    #[test]
    fn what_is_planned_stands_before_what_runs() {
        let mut agenda = agenda();
        agenda.ahead.push(Ahead {
            day: day(6),
            what: Planned::Wave { wave: 2 },
            strategy: "ST".into(),
            version: 1,
            name: String::new(),
        });
        let entries = agenda.entries(day(6));
        assert_eq!(entries.len(), 3);
        assert!(matches!(entries[0], Entry::Plan(_)) && matches!(entries[2], Entry::Push(_)));
        assert_eq!(agenda.entries(day(24)), []);
    }

    #[test]
    fn a_time_of_day_has_four_figures() {
        assert_eq!([clock(0), clock(1200), clock(1440)], ["00:00", "20:00", "24:00"]);
    }
}
