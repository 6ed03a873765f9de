//! Targets (目标) over the tree of units: what the parts are planned for should be what the whole is.

use super::{Kind, Value};
use chrono::{DateTime, Utc};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// A plan as it is kept: its whole part, and millionths above it. Of a quotient it is a number, of anything else whole.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a quotient is a number, and its plan has 18 digits at most"
)]
pub fn planned(kind: Kind, (whole, millionths): (i64, i32)) -> Value {
    if kind == Kind::Ratio {
        let all = i128::from(whole) * 1_000_000 + i128::from(millionths);
        Value::Number(all as f64 / 1e6)
    } else {
        Value::Whole(whole)
    }
}

/// A unit's target beside those of the units right below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The metric's code.
    pub metric: String,
    /// The period as the bank wrote it.
    pub period: String,
    /// The unit's code.
    pub org: String,
    /// The unit's target.
    pub target: i64,
    /// What the units right below add up to.
    pub parts: i64,
    /// How many there are.
    pub units: i64,
    /// How many of them have a target.
    pub planned: i64,
}

impl Gap {
    /// What the parts are over the whole, or under it.
    #[must_use]
    pub fn over(&self) -> i64 {
        self.parts.saturating_sub(self.target)
    }

    /// The parts add up, and none is without a target.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.parts == self.target && self.planned == self.units
    }
}

/// What commands give: what was found, by how much the parts are over the whole, and whether they add up.
impl Serialize for Gap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("gap", 9)?;
        out.serialize_field("metric", &self.metric)?;
        out.serialize_field("period", &self.period)?;
        out.serialize_field("org", &self.org)?;
        out.serialize_field("target", &self.target)?;
        out.serialize_field("parts", &self.parts)?;
        out.serialize_field("over", &self.over())?;
        out.serialize_field("units", &self.units)?;
        out.serialize_field("planned", &self.planned)?;
        out.serialize_field("closes", &self.closes())?;
        out.end()
    }
}

/// Puts those first whose parts do not add up, farthest off first as a share of their target; the others stay in their order.
pub fn broken_first(gaps: &mut [Gap]) {
    let off = |gap: &Gap| {
        let share = i128::from(gap.over()) * 1_000_000 / i128::from(gap.target).abs().max(1);
        share.unsigned_abs()
    };
    gaps.sort_by(|a, b| match (a.closes(), b.closes()) {
        (false, false) => off(b).cmp(&off(a)),
        (true, true) => std::cmp::Ordering::Equal,
        (a, b) => a.cmp(&b),
    });
}

/// A target as it was written once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Version {
    /// The period as the bank wrote it.
    pub period: String,
    /// The unit's code.
    pub org: String,
    /// Which, from 1.
    pub version: i32,
    /// What the metric should reach.
    pub value: Value,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    pub written_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_of_a_quotient_is_the_number_that_was_written() {
        for (kept, number) in
            [((0, 850_000), 0.85), ((-1, 950_000), -0.05), ((3, 123_456), 3.123_456)]
        {
            assert_eq!(planned(Kind::Ratio, kept), Value::Number(number));
        }
        assert_eq!(planned(Kind::Stock, (-7, 0)), Value::Whole(-7));
    }

    #[test]
    fn those_that_do_not_add_up_stand_first_the_farthest_off_before() {
        let gap = |org: &str, target, parts, planned| {
            let (metric, period) = ("m".to_owned(), "2026".to_owned());
            Gap { metric, period, org: org.to_owned(), target, parts, units: 2, planned }
        };
        let mut gaps = [
            gap("closes", 100, 100, 2),
            gap("a tenth", 1000, 900, 2),
            gap("closes too", 7, 7, 2),
            gap("one without a plan", 100, 100, 1),
            gap("a half", 10, 15, 2),
        ];
        broken_first(&mut gaps);
        let order: Vec<&str> = gaps.iter().map(|gap| gap.org.as_str()).collect();
        assert_eq!(order, ["a half", "a tenth", "one without a plan", "closes", "closes too"]);
        let told = serde_json::to_value(&gaps[0]).unwrap();
        assert_eq!((&told["closes"], &told["over"]), (&false.into(), &5.into()));
    }
}
