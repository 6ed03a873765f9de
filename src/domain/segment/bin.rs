//! The bins that an attribute's values fall into: those of a grid's axis, and what a portrait tells of.

use serde::Serialize;

use crate::domain::attribute::AttributeType;
use crate::domain::rule::{Kind, written_text};

/// What the cells of one axis have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Bin {
    /// Nothing is known.
    Unknown,
    /// A flag.
    Flag(bool),
    /// A category's value, or the code of a tier, a unit or a member of staff.
    Value(String),
    /// From (included) up to below (excluded), as rules write them.
    Range {
        /// None for the first.
        from: Option<String>,
        /// None for the last.
        below: Option<String>,
    },
}

impl Bin {
    /// The bins that `thresholds`, in ascending order, make.
    #[must_use]
    pub fn ranges(thresholds: &[String]) -> Vec<Self> {
        let ends = thresholds.iter().cloned().map(Some);
        let froms = std::iter::once(None).chain(ends.clone());
        let belows = ends.chain(std::iter::once(None));
        froms.zip(belows).map(|(from, below)| Self::Range { from, below }).collect()
    }

    /// The condition that finds it; `name` is the attribute as rules write it.
    #[must_use]
    pub fn condition(&self, name: &str, kind: Kind) -> String {
        let bound = |text: &str| match kind {
            Kind::Plain(AttributeType::Date) => written_text(text),
            _ => text.to_owned(),
        };
        match self {
            Self::Unknown => format!("{name} is null"),
            Self::Flag(true) => name.to_owned(),
            Self::Flag(false) => format!("not {name}"),
            Self::Value(value) => format!("{name} = {}", written_text(value)),
            Self::Range { from: None, below: None } => format!("{name} is not null"),
            Self::Range { from: Some(from), below: None } => format!("{name} >= {}", bound(from)),
            Self::Range { from: None, below: Some(below) } => format!("{name} < {}", bound(below)),
            Self::Range { from: Some(from), below: Some(below) } => {
                format!("{name} >= {} and {name} < {}", bound(from), bound(below))
            }
        }
    }

    /// As a table says it, in the bank's own words; nothing for what is unknown.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Flag(value) => value.to_string(),
            // An empty text is one, and no unknown.
            Self::Value(value) if value.is_empty() => "''".to_owned(),
            Self::Value(value) => value.clone(),
            Self::Range { from, below } => {
                format!("{} .. {}", from.as_deref().unwrap_or(""), below.as_deref().unwrap_or(""))
                    .trim()
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bin_says_which_condition_finds_it() {
        let money = Kind::Plain(AttributeType::Money);
        let range = |from: Option<&str>, below: Option<&str>| Bin::Range {
            from: from.map(str::to_owned),
            below: below.map(str::to_owned),
        };
        for (bin, condition) in [
            (Bin::Unknown, "aum is null"),
            (range(None, Some("5")), "aum < 5"),
            (range(Some("5"), Some("9.5")), "aum >= 5 and aum < 9.5"),
            (range(Some("9.5"), None), "aum >= 9.5"),
            (range(None, None), "aum is not null"),
        ] {
            assert_eq!(bin.condition("aum", money), condition);
        }
        let date = Kind::Plain(AttributeType::Date);
        assert_eq!(range(Some("2020-01-01"), None).condition("d", date), "d >= '2020-01-01'");
        let category = Kind::Plain(AttributeType::Category);
        assert_eq!(Bin::Value("o'x".into()).condition("job", category), "job = 'o''x'");
        let flag = Kind::Plain(AttributeType::Flag);
        assert_eq!(Bin::Flag(false).condition("vip", flag), "not vip");
        assert_eq!(range(Some("5"), None).label(), "5 ..");
    }

    proptest! {
        #[test]
        fn ranges_share_their_borders_and_leave_nothing_out(mut thresholds in prop::collection::vec(-99_i64..99, 0..8), x in -120_i64..120) {
            thresholds.sort_unstable();
            thresholds.dedup();
            let words: Vec<String> = thresholds.iter().map(i64::to_string).collect();
            let inside = Bin::ranges(&words).iter().filter(|bin| match bin {
                Bin::Range { from, below } => {
                    from.as_ref().is_none_or(|f| f.parse::<i64>().unwrap() <= x)
                        && below.as_ref().is_none_or(|b| x < b.parse::<i64>().unwrap())
                }
                _ => false,
            }).count();
            prop_assert_eq!(inside, 1);
        }
    }
}
