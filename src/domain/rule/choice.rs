//! What can be chosen for a condition without writing it: a column, what is asked of it, and with which values.
//!
//! A choice ends as text, which is read like any other: nothing here can say what a rule cannot.

use super::column::{Column, Kind};
use super::print;
use super::vocabulary::Vocabulary;
use crate::domain::attribute::AttributeType;
use crate::domain::message::{Arg, Key, Message};
use crate::msg;

/// What people call something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// By a word of the catalogue.
    Key(Key),
    /// By the bank's own words, Chinese and English, clean.
    Names(String, String),
    /// By a sentence with a figure in it: `30 days`.
    Said(Message),
    /// By nothing but its code.
    Nothing,
}

impl Called {
    /// The same where a sentence has a place for it; none if there is no word but the code.
    #[must_use]
    pub fn arg(&self) -> Option<Arg> {
        match self {
            Self::Key(key) => Some(Arg::from(*key)),
            Self::Names(zh, en) if zh == en => Some(Arg::Text(zh.clone())),
            Self::Names(zh, en) => Some(Arg::Label { zh: zh.clone(), en: en.clone() }),
            Self::Said(said) => Some(Arg::Message(said.clone())),
            Self::Nothing => None,
        }
    }

    /// The same behind the code, as lists and tables show a value: `C1 保守型`.
    #[must_use]
    pub fn behind(&self, code: &str) -> Arg {
        let both =
            |name: &str| if name == code { name.to_owned() } else { format!("{code} {name}") };
        match self {
            Self::Key(key) => {
                Message::new(msg!("rule.valued")).with("code", code).with("label", *key).into()
            }
            Self::Names(zh, en) => Arg::Label { zh: both(zh), en: both(en) },
            Self::Said(said) => Message::new(msg!("rule.valued"))
                .with("code", code)
                .with("label", said.clone())
                .into(),
            Self::Nothing => code.into(),
        }
    }
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As the bank writes it: a column's code, or a value as it stands in the records.
    pub code: String,
    /// What people call it.
    pub called: Called,
}

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

impl Column {
    /// The customer's own columns that rules may name.
    pub const FIXED: [Self; 9] = [
        Self::Aum,
        Self::Age,
        Self::Tier,
        Self::Org,
        Self::Gender,
        Self::OpenedOn,
        Self::BirthDate,
        Self::Rm,
        Self::NoContact,
    ];

    /// The name as rules write it.
    #[must_use]
    pub fn written(&self) -> String {
        print::name(self.code())
    }

    /// What people call it.
    #[must_use]
    pub fn called(&self) -> Called {
        Called::Key(match self {
            Self::CustomerId => msg!("rule.name.customer_id"),
            Self::Org => msg!("rule.name.org"),
            Self::Rm => msg!("rule.name.rm"),
            Self::OpenedOn => msg!("rule.name.opened_on"),
            Self::BirthDate => msg!("rule.name.birth_date"),
            Self::Gender => msg!("rule.name.gender"),
            Self::Aum => msg!("rule.name.aum"),
            Self::NoContact => msg!("rule.name.no_contact"),
            Self::Age => msg!("rule.name.age"),
            Self::Tier => msg!("rule.name.tier"),
            Self::Attribute(a) => return Called::Names(a.zh.clone(), a.en.clone()),
        })
    }
}

impl Vocabulary {
    /// Every column that rules may name: the customer's own, then the dictionary's.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        let attributes = self.attributes().iter().cloned().map(Column::Attribute);
        Column::FIXED.into_iter().chain(attributes).collect()
    }

    /// The values that a column can have, none if they are not to be listed: categories by value, tiers from the
    /// lowest, units from the top, staff by code.
    #[must_use]
    pub fn choices(&self, column: &Column) -> Vec<Choice> {
        let choice =
            |code: &str| Choice { code: code.to_owned(), called: self.value_called(column, code) };
        match column.kind() {
            Kind::Tier => self.tiers().iter().map(|tier| choice(&tier.code)).collect(),
            Kind::Org => self.units().iter().map(|unit| choice(&unit.code)).collect(),
            Kind::Staff => self.staff_codes().map(choice).collect(),
            Kind::Plain(AttributeType::Category) => {
                let mut all: Vec<&str> = self.values(column).collect();
                all.sort_unstable();
                all.into_iter().map(choice).collect()
            }
            Kind::Plain(_) => Vec::new(),
        }
    }
}
