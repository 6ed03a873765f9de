//! From a rule's tree to a plan over columns.
//!
//! Each condition becomes the set of values for which it is true, and, under `not`, the set for which it is false;
//! where nothing is known it is neither. What columns do not hold (holdings, relations, arithmetic) is asked of the
//! caller as a set of customers that SQL has found, by the condition's canonical text.

use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};

use super::bits::Bits;
use super::columns::{Columns, Content};
use super::events::{Amounts, Fold, Window};
use super::plan::{Node, Test};
use super::ranges::{Point, Ranges};
use crate::domain::id::OrgId;
use crate::domain::rule::{
    Column, CompareOp, EventFilter, EventSet, Expr, Leaf, Rule, Term, TierRange, Value, full_years,
    like,
};

/// What SQL says of one condition, by place.
#[derive(Clone, Debug)]
pub struct LeafSet {
    /// For whom it is true.
    pub holds: Arc<Bits>,
    /// For whom it is false; of all others it is not known.
    pub fails: Arc<Bits>,
}

/// Columns alone cannot say it: these conditions are for SQL, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} conditions are for SQL", leaves.len())]
pub struct Unable {
    /// Each once.
    pub leaves: Vec<String>,
}

impl Columns {
    /// How the columns find those for whom the rule is true. `sets` gives what SQL has said of a condition.
    ///
    /// # Errors
    /// [`Unable`] with the conditions for which `sets` has nothing.
    pub fn plan(
        &self,
        rule: &Rule,
        sets: &dyn Fn(&str) -> Option<LeafSet>,
    ) -> Result<Node, Unable> {
        self.plan_part(rule, &rule.expr, false, sets)
    }

    /// The same for those for whom it is false.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn plan_not(
        &self,
        rule: &Rule,
        sets: &dyn Fn(&str) -> Option<LeafSet>,
    ) -> Result<Node, Unable> {
        self.plan_part(rule, &rule.expr, true, sets)
    }

    /// The same for one part of a rule, such as a leaf.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn plan_leaf(
        &self,
        rule: &Rule,
        part: &Expr,
        sets: &dyn Fn(&str) -> Option<LeafSet>,
    ) -> Result<Node, Unable> {
        self.plan_part(rule, part, false, sets)
    }

    fn plan_part(
        &self,
        rule: &Rule,
        part: &Expr,
        negated: bool,
        sets: &dyn Fn(&str) -> Option<LeafSet>,
    ) -> Result<Node, Unable> {
        let mut reading = Reading { columns: self, rule, sets, missing: Vec::new() };
        let node = reading.expr(part, negated);
        if reading.missing.is_empty() { Ok(node) } else { Err(Unable { leaves: reading.missing }) }
    }
}

impl Columns {
    /// Those who belong to one of these units (sorted).
    #[must_use]
    pub fn of_units(&self, units: &[OrgId]) -> Node {
        Node::Test(Test::Places(self.layout.ranges(units, true)))
    }
}

/// A rule being read.
pub(super) struct Reading<'a> {
    pub(super) columns: &'a Columns,
    pub(super) rule: &'a Rule,
    sets: &'a dyn Fn(&str) -> Option<LeafSet>,
    missing: Vec<String>,
}

/// Days of the calendar that rules know, from the common era.
const FIRST_DAY: i64 = 1;
const LAST_DAY: i64 = 3_652_059;

impl Reading<'_> {
    fn expr(&mut self, expr: &Expr, negated: bool) -> Node {
        match expr {
            Expr::Const(value) => Node::Const(*value != negated),
            Expr::Not(inner) => self.expr(inner, !negated),
            Expr::And(parts) if !negated => Node::all(self.each(parts, negated)),
            Expr::Or(parts) if negated => Node::all(self.each(parts, negated)),
            Expr::And(parts) | Expr::Or(parts) => Node::any(self.each(parts, negated)),
            Expr::Leaf(Leaf::Segment { rule, .. }) => self.expr(rule, negated),
            leaf => match self.leaf(leaf, negated) {
                Some(node) => node,
                None => self.set(leaf, negated),
            },
        }
    }

    /// The column of the engine, if it has it: a mart of the bank's own changes at any time, and is read where it is.
    pub(super) fn find(&self, column: &Column) -> Option<usize> {
        match column {
            Column::Attribute(attribute) if !attribute.relation.is_own() => None,
            column => self.columns.find(column.code()),
        }
    }

    fn each(&mut self, parts: &[Expr], negated: bool) -> Vec<Node> {
        parts.iter().map(|part| self.expr(part, negated)).collect()
    }

    /// What SQL has said, or a note that it must be asked.
    fn set(&mut self, leaf: &Expr, negated: bool) -> Node {
        let text = self.rule.of(leaf).canonical();
        if let Some(set) = (self.sets)(&text) {
            return Node::Test(Test::Set(if negated { set.fails } else { set.holds }));
        }
        if !self.missing.contains(&text) {
            self.missing.push(text);
        }
        Node::Const(false)
    }

    /// A condition of columns and events; none if it asks for more.
    fn leaf(&self, leaf: &Expr, negated: bool) -> Option<Node> {
        match leaf {
            Expr::Flag(column) => {
                let column = self.find(column)?;
                let Content::Flag(_) = self.columns.column(column).content else { return None };
                Some(Node::Test(Test::Flag { column, is: !negated }))
            }
            Expr::Compare { left, op, right } => {
                let simple = match right {
                    Term::Literal(value) => self.compared(left, *op, value, negated),
                    _ => None,
                };
                simple.or_else(|| self.formula(left, *op, right, negated))
            }
            Expr::Between { term: term @ Term::Arith { .. }, negated: not, low, high } => {
                self.between(term, negated != *not, low, high)
            }
            Expr::Between { term, negated: not, low, high } => {
                let negated = negated != *not;
                let wanted = self.wanted(term, CompareOp::Ge, low)?.and(&self.wanted(
                    term,
                    CompareOp::Le,
                    high,
                )?);
                self.among(term, &wanted, negated)
            }
            Expr::In { term: Term::Column(Column::Org), negated: not, values } => {
                let orgs = values.iter().filter_map(|value| {
                    if let Value::Unit(unit) = value { Some(unit.id) } else { None }
                });
                let mut orgs: Vec<OrgId> = orgs.collect();
                orgs.sort_unstable();
                Some(self.orgs(&orgs, negated == *not))
            }
            Expr::In { term: term @ Term::Arith { .. }, negated: not, values } => {
                let outside = negated != *not;
                let op = if outside { CompareOp::Ne } else { CompareOp::Eq };
                let compared: Vec<_> = values.iter().map(|value| (op, value)).collect();
                self.formulas(term, &compared, outside)
            }
            Expr::In { term, negated: not, values } => {
                let mut wanted = Ranges::default();
                for value in values {
                    wanted = wanted.or(self.wanted(term, CompareOp::Eq, value)?);
                }
                self.among(term, &wanted, negated != *not)
            }
            Expr::Like { column, negated: not, pattern } => {
                let Content::Words { list, .. } = &self.columns.column(self.find(column)?).content
                else {
                    return None;
                };
                let found = list.iter().enumerate().filter(|(_, word)| like(word, pattern));
                let wanted = found.fold(Ranges::default(), |wanted, (at, _)| {
                    wanted.or(Ranges::equal(Point::at(at as i128)))
                });
                self.among(&Term::Column(column.clone()), &wanted, negated != *not)
            }
            Expr::IsNull { term, negated: not } => self.known(term, negated != *not),
            Expr::Under { negated: not, subtree, .. } => Some(self.orgs(subtree, negated == *not)),
            Expr::Leaf(Leaf::Sample { ppm }) => {
                let below = (u64::from(*ppm) << 32).div_ceil(1_000_000);
                Some(Node::Test(Test::Sample { below, inside: !negated }))
            }
            _ => None,
        }
    }

    fn orgs(&self, orgs: &[OrgId], inside: bool) -> Node {
        Node::Test(Test::Places(self.columns.layout.ranges(orgs, inside)))
    }

    fn compared(&self, term: &Term, op: CompareOp, value: &Value, negated: bool) -> Option<Node> {
        if let (Term::Column(Column::Org), Value::Unit(unit)) = (term, value) {
            let inside = match op {
                CompareOp::Eq => !negated,
                CompareOp::Ne => negated,
                _ => return None,
            };
            return Some(self.orgs(&[unit.id], inside));
        }
        self.among(term, &self.wanted(term, op, value)?, negated)
    }

    /// The values of a term for which a comparison is true, in the unit in which the column holds them.
    fn wanted(&self, term: &Term, op: CompareOp, value: &Value) -> Option<Ranges> {
        if let (Term::Column(Column::Tier), Value::Tier(tier)) = (term, value) {
            return Some(tier_ranges(op, tier));
        }
        let point = match (term, value) {
            (Term::Column(Column::Age) | Term::Events { .. }, Value::Number(number)) => {
                Point::scaled(number.as_str(), 0)
            }
            (Term::Column(column), Value::Number(number)) => {
                let Content::Whole { scale, .. } = self.columns.column(self.find(column)?).content
                else {
                    return None;
                };
                Point::scaled(number.as_str(), scale)
            }
            (
                Term::Column(_) | Term::SumEvents { .. } | Term::NearTier { .. },
                Value::Money(amount),
            ) => Point::at(amount.0),
            (
                Term::Column(_) | Term::FirstEvent { .. } | Term::LastEvent { .. },
                Value::Date(day),
            ) => Point::at(day.day.num_days_from_ce()),
            (Term::Column(_), Value::Staff(_, id)) => Point::at(id.0),
            (Term::Column(column), Value::Category(word)) => {
                let Content::Words { list, .. } = &self.columns.column(self.find(column)?).content
                else {
                    return None;
                };
                // A word that nobody has stands nowhere.
                let at = list.iter().position(|known| known == word);
                at.map_or(Point { floor: -1, exact: false }, |at| Point::at(at as i128))
            }
            _ => return None,
        };
        let is_word = matches!(value, Value::Category(_) | Value::Staff(..));
        Some(match op {
            CompareOp::Eq => Ranges::equal(point),
            CompareOp::Ne => Ranges::equal(point).not(),
            _ if is_word => return None,
            CompareOp::Lt => Ranges::below(point),
            CompareOp::Le => Ranges::at_most(point),
            CompareOp::Gt => Ranges::at_most(point).not(),
            CompareOp::Ge => Ranges::below(point).not(),
        })
    }

    /// Those whose term is known and among the wanted, or not among them.
    fn among(&self, term: &Term, wanted: &Ranges, negated: bool) -> Option<Node> {
        let values = |code: &str, ranges: Vec<(i64, i64)>, inside| {
            let column = self.columns.find(code)?;
            (!matches!(self.columns.column(column).content, Content::Flag(_)))
                .then_some(Node::Test(Test::Values { column, ranges, inside }))
        };
        match term {
            Term::Column(Column::Age) => values("birth_date", self.born(wanted), !negated),
            Term::Column(Column::Tier) => values("aum", wanted.narrow(), !negated),
            Term::Column(Column::Org) => None,
            Term::Column(column) => {
                self.find(column)?;
                values(column.code(), wanted.narrow(), !negated)
            }
            Term::NearTier { tier, floor } => {
                let threshold = i128::from(tier.from?.0);
                let wanted = if negated { wanted.not() } else { wanted.clone() };
                let near = Ranges::below(Point::at(threshold));
                let near = match floor {
                    Some(floor) => near.and(&Ranges::below(Point::at(floor.0)).not()),
                    None => near,
                };
                values("aum", near.and(&wanted.taken_from(threshold)).narrow(), true)
            }
            Term::Events { events } => self.events(events, Fold::Count, wanted, negated),
            Term::SumEvents { events } => self.events(events, Fold::Sum, wanted, negated),
            Term::FirstEvent { events } => self.events(events, Fold::First, wanted, negated),
            Term::LastEvent { events } => self.events(events, Fold::Last, wanted, negated),
            _ => None,
        }
    }

    /// Those of whom a term is known (`known`), or not.
    fn known(&self, term: &Term, known: bool) -> Option<Node> {
        let code = match term {
            Term::Column(Column::Age) => "birth_date",
            Term::Column(Column::Tier) => "aum",
            Term::Column(Column::Org | Column::CustomerId)
            | Term::Events { .. }
            | Term::SumEvents { .. } => {
                return Some(Node::Const(known));
            }
            Term::Column(column) => {
                self.find(column)?;
                column.code()
            }
            Term::Arith { .. } => return self.known_formula(term, known),
            Term::NearTier { .. } if known => return self.among(term, &Ranges::all(), false),
            Term::FirstEvent { events } | Term::LastEvent { events } => {
                return self.events(events, Fold::Count, &Ranges::equal(Point::at(0)), known);
            }
            _ => return None,
        };
        let column = self.columns.find(code)?;
        Some(Node::Test(Test::Known { column, known }))
    }

    /// The birth days of those whose age is wanted.
    fn born(&self, wanted: &Ranges) -> Vec<(i64, i64)> {
        let age = |day: i64| {
            let day = NaiveDate::from_num_days_from_ce_opt(day as i32).unwrap_or_default();
            i128::from(full_years(day, self.rule.as_of))
        };
        // Who is born later is never older.
        let first = |younger: &dyn Fn(i128) -> bool| {
            let (mut low, mut high) = (FIRST_DAY, LAST_DAY + 1);
            while low < high {
                let middle = i64::midpoint(low, high);
                if younger(age(middle)) { high = middle } else { low = middle + 1 }
            }
            low
        };
        let days =
            wanted.iter().map(|(from, to)| (first(&|age| age <= to), first(&|age| age < from) - 1));
        let mut days: Vec<_> = days.filter(|(low, high)| low <= high).collect();
        days.sort_unstable();
        days
    }

    fn events(
        &self,
        events: &EventSet,
        fold: Fold,
        wanted: &Ranges,
        negated: bool,
    ) -> Option<Node> {
        let window = self.window(events)?;
        Some(Node::Test(Test::Events { window, fold, ranges: wanted.clone(), inside: !negated }))
    }

    /// Which events these are; none if the columns do not hold them or what is asked of each.
    pub(super) fn window(&self, events: &EventSet) -> Option<Window> {
        let as_of = self.rule.as_of;
        let from = match events.back {
            Some(back) => back.before(as_of)?.num_days_from_ce() + 1,
            None => i32::MIN,
        };
        let kind = self.columns.events.iter().position(|(kind, _)| *kind == events.kind.id);
        if kind.is_some_and(|kind| self.columns.events[kind].1.is_none()) {
            return None;
        }
        let amounts = match &events.filter {
            Some(filter) => Some(amounts(filter, false)?),
            None => None,
        };
        Some(Window { kind, from, to: as_of.num_days_from_ce(), amounts })
    }
}

/// The amounts for which a condition on an event is true, or false; none if it asks for the detail.
fn amounts(filter: &EventFilter, negated: bool) -> Option<Amounts> {
    let known = |ranges: Ranges| Amounts {
        ranges: if negated { ranges.not() } else { ranges },
        none: false,
    };
    Some(match filter {
        EventFilter::Amount { op, value } => {
            let point = Point::at(value.0);
            known(match op {
                CompareOp::Eq => Ranges::equal(point),
                CompareOp::Ne => Ranges::equal(point).not(),
                CompareOp::Lt => Ranges::below(point),
                CompareOp::Le => Ranges::at_most(point),
                CompareOp::Gt => Ranges::at_most(point).not(),
                CompareOp::Ge => Ranges::below(point).not(),
            })
        }
        EventFilter::AmountBetween { negated: not, low, high } => {
            let ranges = Ranges::between(low.0.into(), high.0.into());
            known(if *not { ranges.not() } else { ranges })
        }
        EventFilter::AmountIsNull { negated: not } if negated == *not => {
            Amounts { ranges: Ranges::default(), none: true }
        }
        EventFilter::AmountIsNull { .. } => Amounts { ranges: Ranges::all(), none: false },
        EventFilter::Not(inner) => amounts(inner, !negated)?,
        EventFilter::And(parts) | EventFilter::Or(parts) => {
            let all = matches!(filter, EventFilter::And(_)) != negated;
            let mut parts = parts.iter().map(|part| amounts(part, negated));
            let first = parts.next()??;
            parts.try_fold(first, |sum, part| {
                part.map(|part| if all { sum.and(&part) } else { sum.or(part) })
            })?
        }
        EventFilter::Detail { .. }
        | EventFilter::DetailLike { .. }
        | EventFilter::DetailIsNull { .. } => {
            return None;
        }
    })
}

/// Tiers are ordered by their amounts.
fn tier_ranges(op: CompareOp, tier: &TierRange) -> Ranges {
    let all = Ranges::all;
    let from = |from: &TierRange| {
        from.from.map_or_else(all, |from| Ranges::below(Point::at(from.0)).not())
    };
    let up_to =
        |tier: &TierRange| tier.below.map_or_else(all, |below| Ranges::below(Point::at(below.0)));
    match op {
        CompareOp::Eq => from(tier).and(&up_to(tier)),
        CompareOp::Ne => from(tier).and(&up_to(tier)).not(),
        CompareOp::Ge => from(tier),
        CompareOp::Lt => from(tier).not(),
        CompareOp::Le => up_to(tier),
        CompareOp::Gt => up_to(tier).not(),
    }
}
