//! What sets a segment apart from everyone: shares of values inside and overall, and their lift.

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::bin::Bin;
use crate::domain::attribute::{AttributeType, MartDay, Unread};
use crate::domain::customer::Held;
use crate::domain::rule::Called;

/// Fewer customers than this are not told apart: a share of three people is about those three.
pub const SMALL: i64 = 10;

/// A segment against everyone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Portrait {
    /// The segment's code; none for a rule that is not saved.
    pub segment: Option<String>,
    /// Its version.
    pub version: Option<i32>,
    /// Members.
    pub count: i64,
    /// All customers that are not closed.
    pub of: i64,
    /// The bank's day.
    pub as_of: NaiveDate,
    /// The bank's own marts that it reads, each with its own day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refreshed: Vec<MartDay>,
    /// Attributes of those marts that cannot be read now, and so are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// How long the whole answer took, in milliseconds.
    pub ms: u64,
    /// What sets it apart most comes first.
    pub traits: Vec<Trait>,
    /// Attributes of numbers, amounts and days: the middle one inside and overall.
    pub medians: Vec<Medians>,
    /// Values that are not shown, for fewer than [`SMALL`] customers have them in the segment or overall.
    pub hidden: i64,
}

/// One value of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trait {
    /// The attribute or column.
    pub attribute: String,
    /// Chinese name.
    #[serde(skip)]
    pub zh: String,
    /// English name.
    #[serde(skip)]
    pub en: String,
    /// The value, or the bin.
    pub value: Bin,
    /// What people call it.
    #[serde(skip)]
    pub called: Called,
    /// The condition of a rule that finds it.
    pub rule: String,
    /// Members with it.
    pub count: i64,
    /// All customers with it.
    pub of: i64,
    /// Share of the segment.
    pub share: f64,
    /// Share of everyone.
    pub overall: f64,
    /// The one over the other: 2 is twice as frequent as among everyone.
    pub lift: f64,
}

impl Trait {
    /// How far its lift is from 1, in either direction.
    #[must_use]
    pub fn distance(&self) -> f64 {
        self.lift.ln().abs()
    }
}

/// The middle values of an attribute of numbers, amounts or days, as the database writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medians {
    /// The attribute or column.
    pub attribute: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What kind of value; amounts are in minor units.
    pub kind: AttributeType,
    /// What a number counts, as the dictionary says it.
    pub unit: Option<String>,
    /// Of the members; none if nobody has a value, or too few.
    pub inside: Option<String>,
    /// Of everyone.
    pub overall: Option<String>,
}

impl Serialize for Medians {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let held = |text: &Option<String>| text.as_deref().map(|text| Held::read(self.kind, text));
        let mut fields = serializer.serialize_struct("Medians", 4)?;
        fields.serialize_field("attribute", &self.attribute)?;
        fields.serialize_field("kind", &self.kind)?;
        fields.serialize_field("inside", &held(&self.inside))?;
        fields.serialize_field("overall", &held(&self.overall))?;
        fields.end()
    }
}

/// The lift of `count` among `whole` against `of` among `all`; none where a share has no meaning.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "shares of counts, for people")]
pub fn lift(count: i64, whole: i64, of: i64, all: i64) -> Option<(f64, f64, f64)> {
    if whole <= 0 || all <= 0 || of <= 0 {
        return None;
    }
    let (share, overall) = (count as f64 / whole as f64, of as f64 / all as f64);
    Some((share, overall, share / overall))
}

/// What sets apart most first; of equals, the more frequent.
pub fn sort(traits: &mut [Trait]) {
    traits.sort_by(|a, b| {
        let by_lift = b.distance().partial_cmp(&a.distance()).unwrap_or(Ordering::Equal);
        by_lift
            .then(b.count.cmp(&a.count))
            .then_with(|| a.attribute.cmp(&b.attribute))
            .then_with(|| a.rule.cmp(&b.rule))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lift_is_share_over_share() {
        assert_eq!(lift(50, 100, 100, 400), Some((0.5, 0.25, 2.0)));
        assert_eq!(lift(0, 0, 1, 4), None);
        assert_eq!(lift(0, 5, 0, 4), None);
    }

    #[test]
    fn middle_values_are_numbers_to_machines() {
        let medians = |kind, inside: &str| Medians {
            attribute: "x".to_owned(),
            zh: String::new(),
            en: String::new(),
            kind,
            unit: None,
            inside: Some(inside.to_owned()),
            overall: None,
        };
        assert_eq!(
            serde_json::to_string(&medians(AttributeType::Money, "1250")).unwrap(),
            r#"{"attribute":"x","kind":"money","inside":1250,"overall":null}"#
        );
        assert!(
            serde_json::to_string(&medians(AttributeType::Number, "3.5"))
                .unwrap()
                .contains(":3.5,")
        );
    }

    #[test]
    fn rare_and_frequent_stand_apart_alike() {
        let one = |code: &str, lift: f64| Trait {
            attribute: code.to_owned(),
            zh: String::new(),
            en: String::new(),
            value: Bin::Unknown,
            called: Called::Nothing,
            rule: String::new(),
            count: 10,
            of: 10,
            share: 0.0,
            overall: 0.0,
            lift,
        };
        let mut traits = [one("near", 1.1), one("seldom", 0.25), one("often", 3.0)];
        sort(&mut traits);
        assert_eq!(traits.map(|t| t.attribute), ["seldom", "often", "near"]);
    }
}
