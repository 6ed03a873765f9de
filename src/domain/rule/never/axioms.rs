//! What is so of the things that a rule speaks of, whatever the rule says.

use super::super::column::Column;
use super::super::expr::{EventSet, Expr, Leaf, Term};
use super::super::value::{Anchor, Interval};
use super::bounds::{Bound, Most, ONE};
use super::names::{Key, Names, Told, ZERO};
use super::{carries, entails};

/// Sets of events that are held against one another; each pair makes bounds.
const MOST_SETS: usize = 24;
/// Relations that are held against one another.
const MOST_RELATED: usize = 6;

/// What is so of two sets of events.
pub(super) struct Within {
    /// Every event of this one ...
    pub(super) one: usize,
    /// ... is of that one; but for its window if `window` says so.
    pub(super) other: usize,
    /// Only the windows differ, in a way that hangs on the day or the wrong way round.
    pub(super) window: bool,
}

/// A set of events as facts ask for it.
pub(super) struct Events {
    pub(super) count: usize,
    pub(super) sum: usize,
    pub(super) first: usize,
    pub(super) last: usize,
    /// The day that all of them come after: a thing, and days added.
    pub(super) after: Option<(usize, i128)>,
}

/// All that is so.
pub(super) struct Axioms {
    pub(super) whole: Vec<bool>,
    pub(super) bounds: Vec<Bound>,
    pub(super) sets: Vec<Events>,
    pub(super) within: Vec<Within>,
    /// The first of each pair is never true without the second.
    pub(super) follow: Vec<(usize, usize)>,
    /// Balances, each with its products, none for all; and how many products are held.
    pub(super) balances: Vec<(usize, Option<Vec<i16>>)>,
    pub(super) products: Option<usize>,
    /// How old a customer is, and since when; and the birthdays of those who are so many years old today.
    pub(super) age: Option<(usize, usize)>,
    pub(super) birthdays: Vec<(usize, i128)>,
    pub(super) gender: Option<usize>,
    pub(super) today: Option<usize>,
}

impl Axioms {
    pub(super) fn nodes(&self) -> usize {
        self.whole.len()
    }

    pub(super) fn of(names: &Names) -> Self {
        let find = |key: &Key| names.keys.iter().position(|known| known == key);
        let mut axioms = Self {
            whole: names.keys.iter().map(Key::is_whole).collect(),
            bounds: Vec::new(),
            sets: Vec::new(),
            within: Vec::new(),
            follow: follow(names),
            balances: Vec::new(),
            products: find(&Key::Term(Term::ProductCount)),
            age: find(&Key::Term(Term::Column(Column::Age)))
                .zip(find(&Key::Term(Term::Column(Column::BirthDate)))),
            birthdays: Vec::new(),
            gender: find(&Key::Term(Term::Column(Column::Gender))),
            today: find(&Key::Anchor(Anchor::Today, 0)),
        };
        axioms.anchors(names);
        axioms.events(names);
        for (at, key) in names.keys.iter().enumerate() {
            match key {
                Key::Term(Term::Balance { of }) => {
                    axioms.balances.push((at, of.products().map(<[i16]>::to_vec)));
                }
                Key::Anchor(Anchor::Today, months) if *months < 0 && months % 12 == 0 => {
                    axioms.birthdays.push((at, i128::from(-months / 12)));
                }
                Key::Term(Term::ProductCount) | Key::Distance(_) => axioms.least(at, 0),
                Key::Draw => {
                    axioms.least(at, 0);
                    axioms.add(at, ZERO, Most::below(1_000_000 * ONE));
                }
                Key::Contact => {
                    if let Some(today) = axioms.today {
                        axioms.add(at, today, Most::at(0));
                    }
                }
                _ => {}
            }
        }
        axioms
    }

    /// The bound, as tight as what is whole allows.
    pub(super) fn bound(&self, x: usize, y: usize, most: Most) -> Bound {
        let whole = self.whole[x] && self.whole[y];
        Bound { x, y, most: if whole { most.of_whole() } else { most } }
    }

    fn add(&mut self, x: usize, y: usize, most: Most) {
        let bound = self.bound(x, y, most);
        self.bounds.push(bound);
    }

    fn least(&mut self, x: usize, least: i128) {
        self.add(ZERO, x, Most::at(-least));
    }

    /// How days that come with as-of stand to one another on every day.
    fn anchors(&mut self, names: &Names) {
        let anchors: Vec<(usize, Anchor, i32)> = names
            .keys
            .iter()
            .enumerate()
            .filter_map(|(at, key)| match key {
                Key::Anchor(anchor, months) => Some((at, *anchor, *months)),
                _ => None,
            })
            .collect();
        for &(x, anchor, later) in &anchors {
            for &(y, other, months) in &anchors {
                let by = i128::from(later) - i128::from(months);
                // A month has 28 to 31 days.
                let (fewest, most) = if by < 0 { (31 * by, 28 * by) } else { (28 * by, 31 * by) };
                let Some((early, late)) = apart(anchor, other) else { continue };
                self.add(x, y, Most::at((most + late) * ONE));
                self.add(y, x, Most::at(-(fewest + early) * ONE));
            }
        }
    }

    fn events(&mut self, names: &Names) {
        for told in &names.sets {
            self.least(told.count, 0);
            if told.never {
                self.add(told.count, ZERO, Most::at(0));
            }
            let after = told.set.back.and_then(|back| {
                let key = Key::Anchor(Anchor::Today, -back.months);
                let at = names.keys.iter().position(|known| *known == key)?;
                Some((at, -i128::from(back.days) * ONE))
            });
            let Told { count, sum, first, last, .. } = *told;
            self.sets.push(Events { count, sum, first, last, after });
        }
        let sets = || names.sets.iter().enumerate().take(MOST_SETS);
        for (at, one) in sets() {
            for (by, other) in sets() {
                let same = at != by && one.set.kind == other.set.kind;
                if !same || !carries(one.set.filter.as_ref(), other.set.filter.as_ref()) {
                    continue;
                }
                let window = !is_no_longer(one.set.back, other.set.back);
                if !window {
                    self.add(one.count, other.count, Most::at(0));
                }
                self.within.push(Within { one: at, other: by, window });
            }
        }
    }
}

/// The fewest and the most days from the second to the first, both moved by the same months.
fn apart(one: Anchor, other: Anchor) -> Option<(i128, i128)> {
    Some(match (one, other) {
        (Anchor::Today, Anchor::MonthStart) => (0, 30),
        (Anchor::MonthStart, Anchor::Today) => (-30, 0),
        (Anchor::Today, Anchor::YearStart) => (0, 365),
        (Anchor::YearStart, Anchor::Today) => (-365, 0),
        (Anchor::MonthStart, Anchor::YearStart) => (0, 338),
        (Anchor::YearStart, Anchor::MonthStart) => (-338, 0),
        (one, other) if one == other => (0, 0),
        _ => return None,
    })
}

/// Whether a window is on no day longer than another; none is that of all days.
pub(super) fn is_no_longer(one: Option<Interval>, other: Option<Interval>) -> bool {
    let (one, other) = match (one, other) {
        (_, None) => return true,
        (None, Some(_)) => return false,
        (Some(one), Some(other)) => (one, other),
    };
    let most = 31 * i64::from(one.months) + i64::from(one.days);
    let fewest = 28 * i64::from(other.months) + i64::from(other.days);
    (one.months <= other.months && one.days <= other.days) || most <= fewest
}

/// Where one thing is never true without another: one thing after another, and relations to someone.
fn follow(names: &Names) -> Vec<(usize, usize)> {
    let leaves = names.keys.iter().enumerate().filter_map(|(at, key)| match key {
        Key::Flag(Expr::Leaf(leaf @ Leaf::FollowedBy { .. })) => Some((at, leaf)),
        _ => None,
    });
    let related = names.keys.iter().enumerate().filter_map(|(at, key)| match key {
        Key::Flag(Expr::Leaf(leaf @ Leaf::Related { .. })) => Some((at, leaf)),
        _ => None,
    });
    let leaves: Vec<_> = leaves.chain(related.take(MOST_RELATED)).collect();
    let mut found = Vec::new();
    for (at, one) in &leaves {
        for (by, other) in &leaves {
            if at != by && needs(one, other, names) {
                found.push((*at, *by));
            }
        }
    }
    found
}

/// Whether a sequence or a relation is never there without another.
fn needs(one: &Leaf, other: &Leaf, names: &Names) -> bool {
    let of = |one: &EventSet, other: &EventSet| {
        one.kind == other.kind
            && is_no_longer(one.back, other.back)
            && carries(one.filter.as_ref(), other.filter.as_ref())
    };
    match (one, other) {
        (
            Leaf::FollowedBy { first, then, within },
            Leaf::FollowedBy { first: other_first, then: other_then, within: other_within },
        ) => {
            is_no_longer(Some(*within), Some(*other_within))
                && of(first, other_first)
                && of(then, other_then)
        }
        (Leaf::Related { kind, rule }, Leaf::Related { kind: other_kind, rule: other }) => {
            kind == other_kind && entails(rule, other, &names.units)
        }
        _ => false,
    }
}
