//! Facts, and whether all of some can be so of one customer.

use super::super::age::{fewest_days, most_days};
use super::super::evaluate::like;
use super::super::value::Value;
use super::axioms::Axioms;
use super::bounds::{Bound, Most, ONE, above, beneath, contradict};
use super::names::ZERO;
use crate::domain::id::OrgId;

/// Something that is so, of things by their numbers.
#[derive(Clone, Debug)]
pub(super) enum Fact {
    Known(usize),
    Null(usize),
    /// What stands for itself is true, or false.
    Flag(usize, bool),
    /// The first less the second is at most so much.
    Bound(usize, usize, Most),
    /// The first less the second is not that.
    Apart(usize, usize, i128),
    /// A number that is one of these.
    Among(usize, Vec<i128>),
    /// A value that is one of these, or none of them.
    Values(usize, bool, Vec<Value>),
    /// The customer's unit is one of these, or none of them.
    Units(bool, Vec<OrgId>),
    /// A text is of that form, or not.
    Like(usize, bool, String),
}

/// Rounds in which bounds may follow from bounds; what is not found in them is not found.
const ROUNDS: usize = 12;
/// Things that are asked about one by one.
const MOST_PAIRS: usize = 16;

/// Whether nothing of it contradicts the rest.
pub(super) fn consistent(axioms: &Axioms, units: &[OrgId], so: &[&Fact]) -> bool {
    known_once(axioms, so)
        && units_left(units, so)
        && values_left(axioms, so)
        && Bounds::of(axioms, so).hold(so)
}

/// Nothing is both known and null, or both true and false.
fn known_once(axioms: &Axioms, so: &[&Fact]) -> bool {
    let nodes = axioms.nodes();
    let (mut known, mut flags) = (vec![None; nodes], vec![None; nodes]);
    for fact in so {
        let (all, at, value) = match fact {
            Fact::Known(at) => (&mut known, *at, true),
            Fact::Null(at) => (&mut known, *at, false),
            Fact::Flag(at, value) => (&mut flags, *at, *value),
            _ => continue,
        };
        if all[at].replace(value).is_some_and(|before| before != value) {
            return false;
        }
    }
    !axioms
        .follow
        .iter()
        .any(|(one, other)| flags[*one] == Some(true) && flags[*other] == Some(false))
}

fn units_left(all: &[OrgId], so: &[&Fact]) -> bool {
    let asked = so.iter().filter_map(|fact| match fact {
        Fact::Units(among, units) => Some((*among, units)),
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    if asked.is_empty() {
        return true;
    }
    let within = asked.iter().filter(|(among, _)| *among).min_by_key(|(_, units)| units.len());
    let left = within.map_or(all, |(_, units)| units.as_slice());
    left.iter().any(|unit| asked.iter().all(|(among, units)| units.contains(unit) == *among))
}

fn values_left(axioms: &Axioms, so: &[&Fact]) -> bool {
    let mut asked: Vec<usize> = so
        .iter()
        .filter_map(|fact| match fact {
            Fact::Values(at, ..) | Fact::Like(at, ..) => Some(*at),
            _ => None,
        })
        .collect();
    asked.sort_unstable();
    asked.dedup();
    asked.into_iter().all(|at| {
        let mut forms = Vec::new();
        let (mut some, mut none): (Option<Vec<&Value>>, Vec<&Value>) = (None, Vec::new());
        let genders = ["F", "M"].map(|code| Value::Category(code.to_owned()));
        if axioms.gender == Some(at) {
            some = Some(genders.iter().collect());
        }
        for fact in so {
            match fact {
                Fact::Values(of, true, values) if *of == at => {
                    some = Some(match some {
                        Some(some) => {
                            some.into_iter().filter(|value| values.contains(value)).collect()
                        }
                        None => values.iter().collect(),
                    });
                }
                Fact::Values(of, false, values) if *of == at => none.extend(values),
                Fact::Like(of, is, pattern) if *of == at => forms.push((*is, pattern.as_str())),
                _ => {}
            }
        }
        let fits = |text: &str| forms.iter().all(|(is, pattern)| like(text, pattern) == *is);
        match some {
            Some(some) => some.iter().any(|value| {
                !none.contains(value) && !matches!(value, Value::Category(text) if !fits(text))
            }),
            None => forms_meet(&forms, &none),
        }
    })
}

/// Whether a text could be of all forms, as far as their beginnings and ends say.
fn forms_meet(forms: &[(bool, &str)], none: &[&Value]) -> bool {
    let is: Vec<&str> = forms.iter().filter(|(is, _)| *is).map(|(_, pattern)| *pattern).collect();
    // A form without a sign that stands for others is one text.
    if let Some(text) = is.iter().find(|pattern| !pattern.contains(['%', '_'])) {
        let excluded = none.iter().any(|value| matches!(value, Value::Category(of) if of == text));
        return !excluded && forms.iter().all(|(is, pattern)| like(text, pattern) == *is);
    }
    let anything = |pattern: &str| !pattern.is_empty() && pattern.chars().all(|ch| ch == '%');
    let denied =
        |(like, pattern): &(bool, &str)| !*like && (anything(pattern) || is.contains(pattern));
    let part = |a: &str, b: &str| {
        begin_apart(a.chars(), b.chars()) || begin_apart(a.chars().rev(), b.chars().rev())
    };
    let apart =
        is.iter().enumerate().any(|(at, one)| is[..at].iter().any(|other| part(one, other)));
    !forms.iter().any(denied) && !apart
}

/// Whether no text begins as both do, as far as each says what its characters are.
fn begin_apart(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> bool {
    one.zip(other)
        .take_while(|(a, b)| *a != '%' && *b != '%')
        .any(|(a, b)| a != b && a != '_' && b != '_')
}

/// Whether it is no more than the most.
fn within(value: i128, most: Most) -> bool {
    if most.below > 0 { value < most.most } else { value <= most.most }
}

/// The bounds that facts and axioms make, as far as they are found.
struct Bounds<'a> {
    axioms: &'a Axioms,
    all: Vec<Bound>,
    /// Sets of events of which there is one.
    some: Vec<bool>,
    /// Sets of events of which there is none.
    none: Vec<bool>,
}

impl<'a> Bounds<'a> {
    fn of(axioms: &'a Axioms, so: &[&Fact]) -> Self {
        let mut all = axioms.bounds.clone();
        all.extend(so.iter().filter_map(|fact| match fact {
            Fact::Bound(x, y, most) => Some(axioms.bound(*x, *y, *most)),
            _ => None,
        }));
        let sets = axioms.sets.len();
        Self { axioms, all, some: vec![false; sets], none: vec![false; sets] }
    }

    fn add(&mut self, x: usize, y: usize, most: Most) {
        let bound = self.axioms.bound(x, y, most);
        self.all.push(bound);
    }

    fn least(&mut self, x: usize, least: i128) {
        self.add(ZERO, x, Most::at(-least));
    }

    fn hold(&mut self, so: &[&Fact]) -> bool {
        let nodes = self.axioms.nodes();
        for _ in 0..ROUNDS {
            if contradict(nodes, &self.all) {
                return false;
            }
            let before = self.all.len();
            let (high, low) = (above(nodes, &self.all, ZERO), beneath(nodes, &self.all, ZERO));
            self.of_events(so, &high, &low);
            self.of_holdings(&low);
            self.of_ages(&high, &low);
            if !self.of_sets(so, &high, &low) {
                return false;
            }
            self.of_apart(so, &high, &low);
            if self.all.len() == before {
                return true;
            }
        }
        true
    }

    /// What follows for days and sums from there being events or none, and the other way round.
    fn of_events(&mut self, so: &[&Fact], high: &[Option<Most>], low: &[Option<Most>]) {
        let axioms = self.axioms;
        for (at, set) in axioms.sets.iter().enumerate() {
            let at_least_one = low[set.count].is_some_and(|least| -least.most >= ONE);
            let off_zero =
                so.iter().any(|fact| matches!(fact, Fact::Apart(x, ZERO, 0) if *x == set.sum))
                    || low[set.sum].is_some_and(|least| least.most < 0)
                    || high[set.sum].is_some_and(|most| most.most < 0);
            if (at_least_one || off_zero) && !self.some[at] {
                self.some[at] = true;
                self.least(set.count, ONE);
                self.add(set.first, set.last, Most::at(0));
                if let Some(today) = axioms.today {
                    self.add(set.last, today, Most::at(0));
                }
                if let Some((day, by)) = set.after {
                    self.add(day, set.first, Most::at(-by - ONE));
                }
            }
            if high[set.count].is_some_and(|most| most.most < ONE) && !self.none[at] {
                self.none[at] = true;
                self.add(set.sum, ZERO, Most::at(0));
                self.least(set.sum, 0);
            }
        }
        for pair in &axioms.within {
            let (one, other) = (&axioms.sets[pair.one], &axioms.sets[pair.other]);
            if self.some[pair.one] && !pair.window {
                self.once(Bound { x: one.last, y: other.last, most: Most::at(0) });
                self.once(Bound { x: other.first, y: one.first, most: Most::at(0) });
            }
            // None of these in the window, but one at all: it was before.
            if self.some[pair.one]
                && self.none[pair.other]
                && let Some((day, by)) = other.after
            {
                self.once(Bound { x: one.last, y: day, most: Most::at(by) });
            }
        }
    }

    fn once(&mut self, bound: Bound) {
        if !self.all.contains(&bound) {
            self.all.push(bound);
        }
    }

    /// Who holds something holds a product; and as many as there are things held that have none in common.
    fn of_holdings(&mut self, low: &[Option<Most>]) {
        let Some(products) = self.axioms.products else { return };
        let axioms = self.axioms;
        let held = |at: usize| low[at].is_some_and(|least| least.most < 0);
        let mut sets: Vec<&Option<Vec<i16>>> =
            axioms.balances.iter().filter(|(at, _)| held(*at)).map(|(_, of)| of).collect();
        // Single products before classes of many.
        sets.sort_by_key(|of| of.as_ref().map_or(usize::MAX, Vec::len));
        let (mut counted, mut apart) = (Vec::new(), 0);
        for of in sets {
            match of {
                Some(of) if of.iter().any(|one| counted.contains(one)) => {}
                Some(of) => {
                    counted.extend(of);
                    apart += 1;
                }
                None => apart = apart.max(1),
            }
        }
        if apart > 0 {
            self.once(Bound { x: ZERO, y: products, most: Most::at(-apart * ONE) });
        }
    }

    /// Who is so old was born so long ago.
    fn of_ages(&mut self, high: &[Option<Most>], low: &[Option<Most>]) {
        let axioms = self.axioms;
        let (Some((age, birth)), Some(today)) = (axioms.age, axioms.today) else { return };
        let years = |most: i128| most.div_euclid(ONE);
        if let Some(least) =
            low[age].map(|least| years(-least.most)).filter(|n| (1..999).contains(n))
        {
            self.once(Bound { x: birth, y: today, most: Most::at(-fewest_days(least) * ONE) });
            for (day, _) in axioms.birthdays.iter().filter(|(_, years)| *years <= least) {
                self.once(Bound { x: birth, y: *day, most: Most::at(0) });
            }
        }
        if let Some(most) = high[age].map(|most| years(most.most)).filter(|n| (0..999).contains(n))
        {
            let days = most_days(most + 1) - 1;
            self.once(Bound { x: today, y: birth, most: Most::at(days * ONE) });
            for (day, _) in axioms.birthdays.iter().filter(|(_, years)| *years > most) {
                self.once(Bound { x: *day, y: birth, most: Most::at(-ONE) });
            }
        }
    }

    /// Whether something is left of each set of numbers; what is left bounds the number.
    fn of_sets(&mut self, so: &[&Fact], high: &[Option<Most>], low: &[Option<Most>]) -> bool {
        for fact in so {
            let Fact::Among(x, values) = fact else { continue };
            let fits = |value: &i128| {
                high[*x].is_none_or(|most| within(*value, most))
                    && low[*x].is_none_or(|least| within(-*value, least))
                    && so.iter().all(|other| match other {
                        Fact::Apart(of, ZERO, by) => of != x || by != value,
                        Fact::Among(of, among) => of != x || among.contains(value),
                        _ => true,
                    })
            };
            let left: Vec<i128> = values.iter().copied().filter(fits).collect();
            let (Some(most), Some(least)) = (left.iter().max(), left.iter().min()) else {
                return false;
            };
            if high[*x].is_none_or(|high| Most::at(*most) < high) {
                self.add(*x, ZERO, Most::at(*most));
            }
            if low[*x].is_none_or(|low| Most::at(-*least) < low) {
                self.least(*x, *least);
            }
        }
        true
    }

    /// What is not the most that it could be is below it.
    fn of_apart(&mut self, so: &[&Fact], high: &[Option<Most>], low: &[Option<Most>]) {
        let nodes = self.axioms.nodes();
        let mut pairs = 0;
        for fact in so {
            let Fact::Apart(x, y, by) = fact else { continue };
            let (most, least) = if *y == ZERO {
                (high[*x], low[*x])
            } else {
                pairs += 1;
                if pairs > MOST_PAIRS {
                    return;
                }
                (above(nodes, &self.all, *y)[*x], beneath(nodes, &self.all, *y)[*x])
            };
            if most == Some(Most::at(*by)) {
                self.add(*x, *y, Most::below(*by));
            }
            if least == Some(Most::at(-*by)) {
                self.add(*y, *x, Most::below(-*by));
            }
        }
    }
}
