//! What facts speak of, each with a number.

use std::rc::Rc;

use super::super::column::{Column, Kind};
use super::super::expr::{BalanceOf, EventSet, Expr, Term};
use super::super::value::{Anchor, Interval};
use super::could_happen;
use crate::domain::id::OrgId;

/// Something that facts speak of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    /// Nothing: the number 0, no amount, the day before the calendar.
    Zero,
    /// A day that comes with as-of, so many months later.
    Anchor(Anchor, i32),
    /// What a term comes to.
    Term(Term),
    /// What was held so long ago.
    Held(BalanceOf, Interval),
    /// The day of the last contact up to as-of; before all days where there was none.
    Contact,
    /// Where a customer stands in the draw, in millionths of all.
    Draw,
    /// Metres from a unit.
    Distance(OrgId),
    /// What is true, false or unknown by itself.
    Flag(Expr),
    /// The amount of an event.
    Amount,
    /// The detail of an event.
    Detail,
}

/// The things that are told of one set of events.
pub(super) struct Told {
    pub(super) set: EventSet,
    /// No event can be of it.
    pub(super) never: bool,
    pub(super) count: usize,
    pub(super) sum: usize,
    pub(super) first: usize,
    pub(super) last: usize,
}

/// All things that a rule speaks of.
pub(super) struct Names {
    pub(super) keys: Vec<Key>,
    pub(super) sets: Vec<Told>,
    pub(super) units: Rc<[OrgId]>,
}

/// The number of [`Key::Zero`].
pub(super) const ZERO: usize = 0;

impl Names {
    pub(super) fn new(units: Rc<[OrgId]>) -> Self {
        Self { keys: vec![Key::Zero], sets: Vec::new(), units }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn of(&mut self, key: Key) -> usize {
        if let Some(at) = self.keys.iter().position(|known| *known == key) {
            return at;
        }
        self.keys.push(key);
        self.keys.len() - 1
    }

    pub(super) fn term(&mut self, term: Term) -> usize {
        self.of(Key::Term(term))
    }

    pub(super) fn column(&mut self, column: Column) -> usize {
        self.term(Term::Column(column))
    }

    pub(super) fn today(&mut self) -> usize {
        self.of(Key::Anchor(Anchor::Today, 0))
    }

    /// Whatever is held is known or unknown together.
    pub(super) fn holdings(&mut self) -> usize {
        self.term(Term::ProductCount)
    }

    /// What was held so long ago; now is a balance.
    pub(super) fn held(&mut self, of: &BalanceOf, back: Interval) -> usize {
        if back == Interval::default() {
            return self.term(Term::Balance { of: of.clone() });
        }
        self.of(Key::Held(of.clone(), back))
    }

    /// The column of whose being known that of `column` hangs.
    pub(super) fn source(&mut self, column: &Column) -> usize {
        // Who is so old was born so long before today.
        if *column == Column::Age {
            self.today();
        }
        self.column(match column {
            Column::Age => Column::BirthDate,
            Column::Tier => Column::Aum,
            other => other.clone(),
        })
    }

    /// What is told of a set of events.
    pub(super) fn told(&mut self, set: &EventSet) -> usize {
        if let Some(at) = self.sets.iter().position(|told| told.set == *set) {
            return at;
        }
        let events = || set.clone();
        let told = Told {
            never: set.filter.as_ref().is_some_and(|filter| !could_happen(filter)),
            count: self.term(Term::Events { events: events() }),
            sum: self.term(Term::SumEvents { events: events() }),
            first: self.term(Term::FirstEvent { events: events() }),
            last: self.term(Term::LastEvent { events: events() }),
            set: events(),
        };
        // Where the window begins is a day of its own.
        self.today();
        if let Some(back) = set.back {
            self.of(Key::Anchor(Anchor::Today, -back.months));
        }
        self.sets.push(told);
        self.sets.len() - 1
    }
}

impl Key {
    /// Whether it is a whole number, a whole number of minor units, or a day. What a bank's own mart holds need not be.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Zero | Self::Anchor(..) | Self::Held(..) | Self::Contact | Self::Amount => true,
            Self::Term(term) => match term {
                Term::Column(column) => {
                    use Column::{Age, Aum, BirthDate, OpenedOn};
                    // Of another type than `date` no relation's column may be, a mart's neither.
                    matches!(column, Age | Aum | BirthDate | OpenedOn)
                        || column.kind() == Kind::DATE
                }
                Term::Events { .. }
                | Term::SumEvents { .. }
                | Term::FirstEvent { .. }
                | Term::LastEvent { .. }
                | Term::Balance { .. }
                | Term::ProductCount => true,
                _ => false,
            },
            Self::Draw | Self::Distance(_) | Self::Flag(_) | Self::Detail => false,
        }
    }
}
