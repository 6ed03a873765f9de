//! What is asked of a column, and with which values, for a condition that is made without writing it.
//!
//! A choice ends as text, which is read like any other: nothing here can say what a rule cannot.

use super::column::{Column, Kind};
use super::print;
use crate::domain::attribute::AttributeType;
use crate::domain::message::Key;
use crate::msg;

/// What is asked of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// A flag is set.
    Set,
    /// A flag is not set.
    NotSet,
    /// `=`
    Is,
    /// `<>`
    IsNot,
    /// `>=`
    AtLeast,
    /// `>`
    MoreThan,
    /// `<=`
    AtMost,
    /// `<`
    LessThan,
    /// `between`
    Between,
    /// `in`
    OneOf,
    /// `not in`
    NoneOf,
    /// `like`
    Like,
    /// `under`
    Under,
    /// `not under`
    NotUnder,
    /// `is null`
    Unknown,
    /// `is not null`
    Known,
}

/// How an operator is given its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// It has none.
    None,
    /// One.
    One,
    /// Two, the lower first.
    Two,
    /// One or more.
    Many,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Set,
        Self::NotSet,
        Self::Is,
        Self::IsNot,
        Self::AtLeast,
        Self::MoreThan,
        Self::AtMost,
        Self::LessThan,
        Self::Between,
        Self::OneOf,
        Self::NoneOf,
        Self::Like,
        Self::Under,
        Self::NotUnder,
        Self::Unknown,
        Self::Known,
    ];

    /// What can be asked of a column, the likeliest first.
    #[must_use]
    pub fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Plain(AttributeType::Flag) => {
                &[Self::Set, Self::NotSet, Self::Unknown, Self::Known]
            }
            Kind::Plain(AttributeType::Category) => &[
                Self::Is,
                Self::IsNot,
                Self::OneOf,
                Self::NoneOf,
                Self::Like,
                Self::Unknown,
                Self::Known,
            ],
            Kind::Plain(_) => &[
                Self::AtLeast,
                Self::MoreThan,
                Self::AtMost,
                Self::LessThan,
                Self::Between,
                Self::Is,
                Self::IsNot,
                Self::Unknown,
                Self::Known,
            ],
            Kind::Tier => &[
                Self::Is,
                Self::IsNot,
                Self::OneOf,
                Self::NoneOf,
                Self::AtLeast,
                Self::MoreThan,
                Self::AtMost,
                Self::LessThan,
            ],
            Kind::Org => &[Self::Under, Self::NotUnder, Self::Is, Self::OneOf],
            Kind::Staff => {
                &[Self::Is, Self::IsNot, Self::OneOf, Self::NoneOf, Self::Unknown, Self::Known]
            }
        }
    }

    /// As rules write it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Set => "",
            Self::NotSet => "not",
            Self::Is => "=",
            Self::IsNot => "<>",
            Self::AtLeast => ">=",
            Self::MoreThan => ">",
            Self::AtMost => "<=",
            Self::LessThan => "<",
            Self::Between => "between",
            Self::OneOf => "in",
            Self::NoneOf => "not in",
            Self::Like => "like",
            Self::Under => "under",
            Self::NotUnder => "not under",
            Self::Unknown => "is null",
            Self::Known => "is not null",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn key(self) -> Key {
        match self {
            Self::Set => msg!("rule.operator.set"),
            Self::NotSet => msg!("rule.operator.not-set"),
            Self::Is => msg!("rule.operator.is"),
            Self::IsNot => msg!("rule.operator.is-not"),
            Self::AtLeast => msg!("rule.operator.at-least"),
            Self::MoreThan => msg!("rule.operator.more-than"),
            Self::AtMost => msg!("rule.operator.at-most"),
            Self::LessThan => msg!("rule.operator.less-than"),
            Self::Between => msg!("rule.operator.between"),
            Self::OneOf => msg!("rule.operator.one-of"),
            Self::NoneOf => msg!("rule.operator.none-of"),
            Self::Like => msg!("rule.operator.like"),
            Self::Under => msg!("rule.operator.under"),
            Self::NotUnder => msg!("rule.operator.not-under"),
            Self::Unknown => msg!("rule.operator.unknown"),
            Self::Known => msg!("rule.operator.known"),
        }
    }

    /// How it is given its values.
    #[must_use]
    pub fn values(self) -> Values {
        match self {
            Self::Set | Self::NotSet | Self::Unknown | Self::Known => Values::None,
            Self::Between => Values::Two,
            Self::OneOf | Self::NoneOf => Values::Many,
            _ => Values::One,
        }
    }

    /// The condition as a rule writes it. What is missing among the values is left out, and the text is then no rule.
    #[must_use]
    pub fn condition(self, column: &Column, values: &[String]) -> String {
        self.on(&column.written(), column.kind(), values)
    }

    /// The same about anything that is written so and compared so.
    pub(super) fn on(self, name: &str, kind: Kind, values: &[String]) -> String {
        let sign = self.sign();
        let one = |at: usize| values.get(at).map_or_else(String::new, |value| literal(kind, value));
        match self {
            Self::Set => name.to_owned(),
            Self::NotSet => format!("not {name}"),
            Self::Unknown | Self::Known => format!("{name} {sign}"),
            Self::Between => format!("{name} between {} and {}", one(0), one(1)),
            Self::OneOf | Self::NoneOf => {
                let all: Vec<String> = (0..values.len()).map(one).collect();
                format!("{name} {sign} ({})", all.join(", "))
            }
            Self::Like => {
                let pattern = values.first().map_or("", String::as_str);
                let any = if pattern.contains(['%', '_']) { "" } else { "%" };
                format!("{name} like {}", print::quoted(&format!("{any}{pattern}{any}")))
            }
            _ => format!("{name} {sign} {}", one(0)),
        }
    }
}

/// A value as a rule writes it. A day that moves (`today - 90`) is no text.
fn literal(kind: Kind, value: &str) -> String {
    let value = value.trim();
    match kind {
        Kind::NUMBER | Kind::MONEY => value.to_owned(),
        Kind::DATE if value.starts_with(|c: char| !c.is_ascii_digit()) => value.to_owned(),
        _ => print::quoted(value),
    }
}
