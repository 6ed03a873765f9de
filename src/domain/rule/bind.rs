//! The values of a rule as they are bound to its SQL.

use chrono::{DateTime, NaiveDate, Utc};

use super::value::Value;

/// A value to be bound, in the order of its `$n`. The SQL casts each to its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    /// `bigint`
    Int(i64),
    /// `bigint[]`
    IntArray(Vec<i64>),
    /// An exact decimal as `text`, which the SQL casts to `numeric`.
    Numeric(String),
    /// Exact decimals as `text[]`, which the SQL casts to `numeric[]`.
    NumericArray(Vec<String>),
    /// `text`
    Text(String),
    /// `text[]`
    TextArray(Vec<String>),
    /// `date`
    Date(NaiveDate),
    /// `date[]`
    DateArray(Vec<NaiveDate>),
    /// `timestamptz`
    Instant(DateTime<Utc>),
}

/// The value of a literal.
pub(super) fn one(value: &Value) -> Bind {
    match value {
        Value::Number(number) => Bind::Numeric(number.as_str().to_owned()),
        Value::Money(amount) => Bind::Int(amount.0),
        Value::Date(day) => Bind::Date(day.day),
        Value::Category(text) => Bind::Text(text.clone()),
        Value::Tier(tier) => Bind::Text(tier.code.clone()),
        Value::Unit(unit) => Bind::Int(unit.id.0.into()),
        Value::Staff(_, id) => Bind::Int(id.0.into()),
    }
}

/// One array of all values; a list holds values of one kind.
pub(super) fn many(values: &[Value]) -> Bind {
    let binds: Vec<Bind> = values.iter().map(one).collect();
    match binds.first() {
        Some(Bind::Numeric(_)) => Bind::NumericArray(
            binds
                .into_iter()
                .filter_map(|b| if let Bind::Numeric(n) = b { Some(n) } else { None })
                .collect(),
        ),
        Some(Bind::Date(_)) => Bind::DateArray(
            binds
                .into_iter()
                .filter_map(|b| if let Bind::Date(d) = b { Some(d) } else { None })
                .collect(),
        ),
        Some(Bind::Text(_)) => Bind::TextArray(
            binds
                .into_iter()
                .filter_map(|b| if let Bind::Text(t) = b { Some(t) } else { None })
                .collect(),
        ),
        _ => Bind::IntArray(
            binds
                .into_iter()
                .filter_map(|b| if let Bind::Int(i) = b { Some(i) } else { None })
                .collect(),
        ),
    }
}
