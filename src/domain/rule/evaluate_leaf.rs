//! The functions of a rule asked of one customer.

use super::column::Column;
use super::evaluate::Known;
use super::expr::{BalanceOf, Leaf, Rule, Term};
use super::facts::{EventFact, Fact, Facts, PlaceFact};
use super::number::Number;
use super::value::{Interval, TierRange};
use crate::domain::hash::ContentHash;
use crate::domain::money::Minor;

/// The radius of a ball as large as the earth.
const METRES_TO_THE_CENTRE: f64 = 6_371_008.8;

impl Rule {
    /// Whether a condition that is a function holds.
    pub(super) fn leaf(&self, leaf: &Leaf, facts: &dyn Facts) -> Option<bool> {
        match leaf {
            Leaf::FollowedBy { first, then, within } => {
                let (first, then) = (self.counted(first, facts), self.counted(then, facts));
                let comes = |a: &EventFact, b: &EventFact| {
                    let last = within.added_to(self.day_of(a));
                    b.at > a.at && last.is_some_and(|last| self.day_of(b) <= last)
                };
                Some(first.iter().any(|a| then.iter().any(|b| comes(a, b))))
            }
            Leaf::Falling { of, months } => self.falling(of, *months, facts),
            Leaf::TierMoved { from, to, back } => {
                let then =
                    back.before(self.as_of).and_then(|day| held(facts, &BalanceOf::Aum, day));
                let now = held(facts, &BalanceOf::Aum, self.as_of);
                Some(is_in(&then?, from) & is_in(&now?, to))
            }
            Leaf::Holds { of } => Some(held(facts, of, self.as_of)? > Number::from(0)),
            Leaf::Consents { channel } => facts.consent(channel),
            Leaf::Segment { rule, .. } => self.truth(rule, facts),
            Leaf::Snapshot { id } => Some(facts.in_snapshot(*id)),
            Leaf::List { code, upload } => Some(facts.in_list(code, *upload)),
            Leaf::Contacted { back } => Some(facts.contacts().iter().any(|day| {
                *day <= self.as_of && back.before(self.as_of).is_none_or(|from| *day > from)
            })),
            Leaf::InStrategy { code } => Some(facts.in_strategy(code)),
            Leaf::Sample { ppm } => match facts.column(&Column::CustomerId)? {
                Fact::Number(number) => Some(drawn(number.trunc()?) < u64::from(*ppm) << 32),
                _ => None,
            },
            Leaf::Related { kind, rule } => {
                let others = facts.related(kind);
                Some(others.iter().any(|other| self.truth(rule, *other) == Some(true)))
            }
            Leaf::Within { unit, metres } => {
                let (here, there) = (facts.place()?, facts.unit_place(unit.id)?);
                Some(metres_between(here, there) <= f64::from(*metres))
            }
        }
    }

    /// What a function comes to, `None` for null.
    pub(super) fn told(&self, term: &Term, facts: &dyn Facts) -> Option<Known> {
        match term {
            Term::Events { events } => {
                let count = self.counted(events, facts).len();
                Some(Known::number(i64::try_from(count).ok()?))
            }
            Term::SumEvents { events } => {
                let amounts = self.counted(events, facts).into_iter().filter_map(|e| e.amount);
                Some(Known::Quantity(sum(amounts)))
            }
            Term::FirstEvent { events } => self.event_day(self.counted(events, facts).first()),
            Term::LastEvent { events } => self.event_day(self.counted(events, facts).last()),
            Term::Balance { of } => held(facts, of, self.as_of).map(Known::Quantity),
            Term::Change { of, back } => {
                let then = held(facts, of, back.before(self.as_of)?)?;
                let now = held(facts, of, self.as_of)?;
                if then <= Number::from(0) {
                    return None;
                }
                now.minus(&then).over(&then).map(Known::Quantity)
            }
            Term::NearTier { tier, floor } => {
                let aum = aum(facts)?;
                let near = aum < tier.from? && floor.is_none_or(|floor| aum >= floor);
                let missing = Number::from(tier.from?.0).minus(&Number::from(aum.0));
                near.then_some(Known::Quantity(missing))
            }
            Term::ProductCount => {
                let mut products: Vec<i16> = facts.holdings().iter().map(|h| h.product).collect();
                products.sort_unstable();
                products.dedup();
                held(facts, &BalanceOf::Aum, self.as_of)?;
                let held = products
                    .into_iter()
                    .filter(|product| held_of(facts, &[*product], self.as_of) > Number::from(0));
                Some(Known::number(i64::try_from(held.count()).ok()?))
            }
            Term::Drift { products, targets, .. } => {
                let all = held(facts, &BalanceOf::Aum, self.as_of)?;
                let aum = Number::from(aum(facts)?.0);
                let (_, target) = targets.iter().find(|(tier, _)| is_in(&aum, tier))?;
                if all <= Number::from(0) {
                    return None;
                }
                let share = held_of(facts, products, self.as_of).over(&all)?;
                Some(Known::Quantity(share.minus(target)))
            }
            Term::Column(_) | Term::Literal(_) | Term::Arith { .. } => self.known(term, facts),
        }
    }

    fn falling(&self, of: &BalanceOf, months: u32, facts: &dyn Facts) -> Option<bool> {
        let mut falls = true;
        let mut later = held(facts, of, self.as_of)?;
        for months in 1..=i32::try_from(months).ok()? {
            let day = Interval { months, days: 0 }.before(self.as_of)?;
            let earlier = held(facts, of, day)?;
            falls &= later < earlier;
            later = earlier;
        }
        Some(falls)
    }
}

fn aum(facts: &dyn Facts) -> Option<Minor> {
    match facts.column(&Column::Aum)? {
        Fact::Money(aum) => Some(aum),
        _ => None,
    }
}

fn sum(amounts: impl Iterator<Item = Minor>) -> Number {
    amounts.fold(Number::from(0), |sum, amount| sum.plus(&Number::from(amount.0)))
}

fn is_in(amount: &Number, tier: &TierRange) -> bool {
    let number = |minor: Minor| Number::from(minor.0);
    tier.from.is_none_or(|from| *amount >= number(from))
        && tier.below.is_none_or(|below| *amount < number(below))
}

/// What was held on a day, `None` where nothing is known of it yet.
fn held(facts: &dyn Facts, of: &BalanceOf, day: chrono::NaiveDate) -> Option<Number> {
    let mut known: Vec<i16> =
        facts.holdings().iter().filter(|h| h.day <= day).map(|h| h.product).collect();
    known.sort_unstable();
    known.dedup();
    (!known.is_empty()).then(|| held_of(facts, of.products().unwrap_or(&known), day))
}

/// What was held of some products, 0 where nothing was.
fn held_of(facts: &dyn Facts, products: &[i16], day: chrono::NaiveDate) -> Number {
    let holdings = facts.holdings();
    sum(products.iter().filter_map(|product| {
        let then = holdings.iter().filter(|h| h.product == *product && h.day <= day);
        then.max_by_key(|h| h.day).map(|h| h.amount)
    }))
}

/// Where a customer stands among a million times 2^32.
fn drawn(customer: i64) -> u64 {
    let [a, b, c, d, ..] = ContentHash::of(&customer.to_be_bytes()).0;
    u64::from(u32::from_be_bytes([a, b, c, d])) * 1_000_000
}

/// The way along the great circle.
fn metres_between(a: PlaceFact, b: PlaceFact) -> f64 {
    let half = |x: f64, y: f64| ((x - y).to_radians() / 2.0).sin().powi(2);
    let across = a.lat.to_radians().cos() * b.lat.to_radians().cos() * half(a.lon, b.lon);
    let chord = (half(a.lat, b.lat) + across).min(1.0).sqrt();
    2.0 * METRES_TO_THE_CENTRE * chord.asin()
}
