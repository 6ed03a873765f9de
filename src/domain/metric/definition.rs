//! What a metric means (口径), as its owner wrote it down, and what follows from that for its values.

use serde::Serialize;

use super::{Kind, Metric};

/// How a metric's values over a period are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Over {
    /// A stock as the mean of its days, instead of that of the last one.
    pub average: bool,
    /// Working days only, as [`workdays`](super::workdays) has them.
    pub workdays: bool,
}

/// What of customers' records adds up to a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The balances of all products on the day.
    Holdings,
    /// Those of the products of a class.
    HoldingsOf(String),
    /// Customers who were there on the day.
    Customers,
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Holdings => f.write_str("holdings"),
            Self::HoldingsOf(class) => write!(f, "holdings:{class}"),
            Self::Customers => f.write_str("customers"),
        }
    }
}

impl Measure {
    /// Whether it adds up to what the metric counts: balances to money, customers to what is counted, and neither to a ratio.
    #[must_use]
    pub fn fits(&self, metric: &Metric) -> bool {
        metric.kind != Kind::Ratio && metric.is_money() == (*self != Self::Customers)
    }

    /// Reads `holdings`, `holdings:CLASS` or `customers`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "holdings" => Some(Self::Holdings),
            "customers" => Some(Self::Customers),
            _ => {
                let class = text.strip_prefix("holdings:").filter(|class| !class.is_empty())?;
                Some(Self::HoldingsOf(class.to_owned()))
            }
        }
    }
}

/// A metric's definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// The metric's code.
    pub metric: String,
    /// Which, from 1.
    pub version: i32,
    /// What is counted, and what is not.
    pub text: String,
    /// Who answers for it.
    pub owner: String,
    /// Of what a value over a period is made: the `sum` of the days of a flow; of a stock their mean, `average`, or its `end`.
    pub closing: String,
    /// Working days only.
    pub workdays: bool,
    /// What of customers' records adds up to it.
    pub measure: Option<String>,
    /// Who wrote it.
    pub written_by: String,
    /// On which day.
    pub written_on: chrono::NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_read_as_it_is_written() {
        assert_eq!(Measure::parse("holdings"), Some(Measure::Holdings));
        assert_eq!(Measure::parse("holdings:cash"), Some(Measure::HoldingsOf("cash".to_owned())));
        assert_eq!(Measure::parse("customers"), Some(Measure::Customers));
        assert_eq!(Measure::parse("holdings:"), None);
        assert_eq!(Measure::parse("aum"), None);
        for written in ["holdings", "holdings:cash", "customers"] {
            assert_eq!(Measure::parse(written).unwrap().to_string(), written);
        }
    }
}
