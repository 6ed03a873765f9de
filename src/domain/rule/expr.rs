//! A rule as a tree in which every name and value is resolved.
//!
//! A tree is in normal form: `and` and `or` are flat and have at least two parts, a literal stands on the right,
//! arithmetic of literals is done, a flag compared with true or false is the flag itself. So two texts that differ
//! only in spelling are one tree.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::column::{Column, Kind};
use super::compare::CompareOp;
use super::number::Number;
use super::value::{EventKindRef, Interval, TierRange, UnitRef, Value};
use crate::domain::attribute::AttributeType;
use crate::domain::id::OrgId;
use crate::domain::money::{Currency, Minor};

/// A checked rule, with what it needs beside its tree to be printed and compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The condition.
    pub expr: Expr,
    /// The day that `age`, windows and relative days count to.
    pub as_of: NaiveDate,
    /// The currency of amounts.
    pub currency: Currency,
    /// The zone in which an event has its day.
    pub timezone: Tz,
}

/// A condition. Null is unknown, as in SQL.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `true` or `false`.
    Const(bool),
    /// A flag by itself.
    Flag(Column),
    /// `aum >= 300000`; a literal stands on the right.
    Compare {
        /// What is compared; never a literal.
        left: Term,
        /// How.
        op: CompareOp,
        /// With what: a literal of the left's kind, or another term of it.
        right: Term,
    },
    /// `age between 30 and 45`, both ends included.
    Between {
        /// What is compared; never a literal.
        term: Term,
        /// `not between`.
        negated: bool,
        /// The lower end.
        low: Value,
        /// The upper end.
        high: Value,
    },
    /// `tier in ('gold', 'private')`.
    In {
        /// What is compared; never a literal.
        term: Term,
        /// `not in`.
        negated: bool,
        /// At least one.
        values: Vec<Value>,
    },
    /// `job like '%teacher%'`: `%` is any text, `_` any one character, and nothing else is special.
    Like {
        /// A category.
        column: Column,
        /// `not like`.
        negated: bool,
        /// The pattern.
        pattern: String,
    },
    /// `aum is null`.
    IsNull {
        /// What may be missing; never a literal.
        term: Term,
        /// `is not null`.
        negated: bool,
    },
    /// `org under 'B03'`: the unit and all below it.
    Under {
        /// `not under`.
        negated: bool,
        /// The top unit.
        unit: UnitRef,
        /// Its row and those of all units below, sorted.
        subtree: Vec<OrgId>,
    },
    /// A condition that is a function.
    Leaf(Leaf),
    /// `not`.
    Not(Box<Expr>),
    /// All of at least two.
    And(Vec<Expr>),
    /// Any of at least two.
    Or(Vec<Expr>),
}

/// What can be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A column.
    Column(Column),
    /// A literal.
    Literal(Value),
    /// `aum - loan_balance`; never of two literals.
    Arith {
        /// Which of the four.
        op: ArithOp,
        /// The left side.
        left: Box<Term>,
        /// The right side.
        right: Box<Term>,
    },
    /// `events('login', interval '30 days')`: how many; a number and never null.
    Events {
        /// Which.
        events: EventSet,
    },
    /// `sum_events(...)`: their amounts together; never null.
    SumEvents {
        /// Which.
        events: EventSet,
    },
    /// `first_event(...)`: the day of the earliest, null if there is none.
    FirstEvent {
        /// Which.
        events: EventSet,
    },
    /// `last_event(...)`: the day of the latest, null if there is none.
    LastEvent {
        /// Which.
        events: EventSet,
    },
    /// `balance('fund')`: what is held at as-of; 0 where other products are known, null where no holding is.
    Balance {
        /// Of what.
        of: BalanceOf,
    },
    /// `change('aum', interval '30 days')`: (now - then) / then, cut after six decimals; null where then is null or
    /// not above 0.
    Change {
        /// Of what.
        of: BalanceOf,
        /// How long ago then was.
        back: Interval,
    },
    /// `near_tier('private')`: what a customer of the tier just below lacks; null for everyone else.
    NearTier {
        /// The tier ahead. It has a `from`.
        tier: TierRange,
        /// Where the tier just below starts, none if that is the lowest.
        floor: Option<Minor>,
    },
    /// `product_count()`: products held at as-of; null where no holding is known.
    ProductCount,
    /// `drift('equity')`: the share of the class in what is held at as-of less its target share; null where nothing
    /// is held or the customer's tier has no target for the class.
    Drift {
        /// The class.
        class: String,
        /// The rows of the products that are of it, sorted.
        products: Vec<i16>,
        /// What it should be, by tier of `aum`, lowest first.
        targets: Vec<(TierRange, Number)>,
    },
}

/// A condition that is a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// `followed_by('salary_in', 'transfer_out', interval '7 days')`: one of `first` (in its own window) has one of
    /// `then` after it, at most `within` later.
    FollowedBy {
        /// What came first.
        first: EventSet,
        /// What came after.
        then: EventSet,
        /// How long after at most.
        within: Interval,
    },
    /// `falling('aum', interval '3 months')`: each month's balance below that of the month before; unknown where one
    /// of them is.
    Falling {
        /// Of what.
        of: BalanceOf,
        /// How many months back, at least one.
        months: u32,
    },
    /// `tier_moved('gold', 'private', interval '90 days')`: by what was held, then and now.
    TierMoved {
        /// The tier then.
        from: TierRange,
        /// The tier now.
        to: TierRange,
        /// How long ago then was.
        back: Interval,
    },
    /// `holds('fund')`: a balance above 0; unknown where no holding is known.
    Holds {
        /// Of what; never [`BalanceOf::Aum`].
        of: BalanceOf,
    },
    /// `consent('sms')`: given; unknown where nothing is recorded.
    Consents {
        /// The channel.
        channel: String,
    },
    /// `segment('CODE')`, or `segment('CODE', 2)`.
    Segment {
        /// The segment.
        code: String,
        /// Its version, none for the latest.
        version: Option<i32>,
        /// Its rule.
        rule: Box<Expr>,
    },
    /// `snapshot(17)`: among those frozen.
    Snapshot {
        /// Its number.
        id: i64,
    },
    /// `list('CODE', 3)`: among those uploaded. Without a number it is read as the latest.
    List {
        /// The list.
        code: String,
        /// Which upload.
        upload: i32,
    },
    /// `contacted(interval '30 days')`: in the treated arm of a push of that window.
    Contacted {
        /// How long back.
        back: Interval,
    },
    /// `in_strategy('CODE')`: has an arm in a live push of that strategy.
    InStrategy {
        /// The strategy.
        code: String,
    },
    /// `sample(10)`: the percentage of all by a hash of their numbers, the same tomorrow.
    Sample {
        /// Millionths of all, 1 to 1,000,000.
        ppm: u32,
    },
    /// `related('family', aum > 1000000)`: to someone for whom the rule holds.
    Related {
        /// The kind of relation.
        kind: String,
        /// The rule; holds no relation itself.
        rule: Box<Expr>,
    },
    /// `within('S012', 3)`: kilometres from the unit; unknown where either place is.
    Within {
        /// The unit.
        unit: UnitRef,
        /// Metres.
        metres: u32,
    },
}

/// The four operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`: cut after six decimals, unknown where the divisor is 0.
    Div,
}

impl ArithOp {
    /// As SQL writes it.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
        }
    }

    /// The kind of the result, `None` if these two do not go together.
    #[must_use]
    pub fn kind(self, left: Kind, right: Kind) -> Option<Kind> {
        const N: Kind = Kind::NUMBER;
        const M: Kind = Kind::MONEY;
        const D: Kind = Kind::DATE;
        match (self, left, right) {
            (_, N, N) | (Self::Div, M, M) | (Self::Sub, D, D) => Some(N),
            (Self::Add | Self::Sub, M, M) | (Self::Mul | Self::Div, M, N) | (Self::Mul, N, M) => {
                Some(M)
            }
            (Self::Add | Self::Sub, D, N) => Some(D),
            _ => None,
        }
    }
}

/// Events of one kind, up to as-of.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSet {
    /// Their kind.
    pub kind: EventKindRef,
    /// The window: days later than as-of less this, up to as-of. None for all.
    pub back: Option<Interval>,
    /// What must hold for each.
    pub filter: Option<EventFilter>,
}

/// A condition on one event. Null is unknown, and an event for which it is unknown does not count.
#[derive(Clone, Debug, PartialEq)]
pub enum EventFilter {
    /// `amount > 1000`
    Amount {
        /// How.
        op: CompareOp,
        /// With what.
        value: Minor,
    },
    /// `amount between 1000 and 2000`
    AmountBetween {
        /// `not between`.
        negated: bool,
        /// The lower end.
        low: Minor,
        /// The upper end.
        high: Minor,
    },
    /// `amount is null`
    AmountIsNull {
        /// `is not null`.
        negated: bool,
    },
    /// `detail = 'atm'`, and with `in` more than one.
    Detail {
        /// `<>` or `not in`.
        negated: bool,
        /// At least one.
        values: Vec<String>,
    },
    /// `detail like '%atm%'`
    DetailLike {
        /// `not like`.
        negated: bool,
        /// The pattern, as in [`Expr::Like`].
        pattern: String,
    },
    /// `detail is null`
    DetailIsNull {
        /// `is not null`.
        negated: bool,
    },
    /// `not`.
    Not(Box<EventFilter>),
    /// All of at least two.
    And(Vec<EventFilter>),
    /// Any of at least two.
    Or(Vec<EventFilter>),
}

/// Of what a balance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BalanceOf {
    /// `'aum'`: all products.
    Aum,
    /// One product.
    Product {
        /// Its code.
        code: String,
        /// Its row.
        id: i16,
    },
    /// All products of an asset class; a product of the same code goes first.
    Class {
        /// The class.
        code: String,
        /// The rows of its products, sorted.
        products: Vec<i16>,
    },
}

impl BalanceOf {
    /// The word that rules use.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Aum => "aum",
            Self::Product { code, .. } | Self::Class { code, .. } => code,
        }
    }

    /// The rows of the products, `None` for all.
    #[must_use]
    pub fn products(&self) -> Option<&[i16]> {
        match self {
            Self::Aum => None,
            Self::Product { id, .. } => Some(std::slice::from_ref(id)),
            Self::Class { products, .. } => Some(products),
        }
    }
}

impl Value {
    /// What it may be compared with.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Number(_) => Kind::NUMBER,
            Self::Money(_) => Kind::MONEY,
            Self::Date(_) => Kind::DATE,
            Self::Category(_) => Kind::Plain(AttributeType::Category),
            Self::Tier(_) => Kind::Tier,
            Self::Unit(_) => Kind::Org,
            Self::Staff(..) => Kind::Staff,
        }
    }
}

impl Term {
    /// What may be compared with it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Column(column) => column.kind(),
            Self::Literal(value) => value.kind(),
            Self::Arith { op, left, right } => {
                // A tree holds only what goes together.
                op.kind(left.kind(), right.kind()).unwrap_or(Kind::NUMBER)
            }
            Self::Events { .. } | Self::Change { .. } | Self::ProductCount | Self::Drift { .. } => {
                Kind::NUMBER
            }
            Self::SumEvents { .. } | Self::Balance { .. } | Self::NearTier { .. } => Kind::MONEY,
            Self::FirstEvent { .. } | Self::LastEvent { .. } => Kind::DATE,
        }
    }
}
