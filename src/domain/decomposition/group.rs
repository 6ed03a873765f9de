//! Who of the customers moved a metric: the values of one or two of their attributes that hold most of the change
//! while they are few of the customers' holdings.
//!
//! One attribute after the other is weighed as Adtributor weighs a dimension: its values are taken in the order of
//! surprise until they explain nine tenths, and the attribute with the most surprise wins. Where the values that are needed
//! make up more than half of what there was before (within a group, two thirds of it), they tell nobody apart, and the
//! attribute says nothing.
//!
//! Source: Bhagwan et al. 2014, NSDI; the limits on shares are the house's own.

use super::adtributor::{Element, Thresholds, rank};
use crate::domain::message::{Arg, Message};
use crate::domain::rule::{Called, Kind};
use crate::domain::segment::bin::Bin;
use crate::msg;

/// The values of a group hold at least this part of the change that it is looked for in.
const KEEPS: f64 = 0.9;
/// A value that explains less is no part of a group.
const LEAST: f64 = 0.03;
/// A group has at most this part of what there was before.
pub const MOST: f64 = 0.5;
/// Within a group, another attribute leaves at most this part of it.
pub const NARROWER: f64 = 2.0 / 3.0;

/// A value of an attribute, and what its customers came to on both days.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisValue {
    /// The value, or a range of values.
    pub bin: Bin,
    /// What people call it.
    pub called: Called,
    /// On the earlier day.
    pub from: i64,
    /// On the later day.
    pub to: i64,
}

/// An attribute whose values split the customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// As rules write it.
    pub written: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What its values are.
    pub kind: Kind,
    /// Its values, ranges from the lowest.
    pub values: Vec<AxisValue>,
}

/// The values of one attribute that make a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As rules write the attribute.
    pub written: String,
    /// Chinese name of the attribute.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What its values are.
    pub kind: Kind,
    /// The values, or ranges of them that do not touch.
    pub bins: Vec<(Bin, Called)>,
    /// What the group's customers came to on both days.
    pub ends: (i64, i64),
}

/// The attribute that tells best who moved a sum down (`falls`) or up, with those of its values that did; none where no
/// few of them explain it. `most` is the part of what there was before that they may make up.
#[must_use]
pub fn choose(axes: &[Axis], falls: bool, most: f64) -> Option<Condition> {
    let mut best: Option<(f64, Condition)> = None;
    for axis in axes {
        let Some((surprise, found)) = weigh(axis, falls, most) else { continue };
        if best.as_ref().is_none_or(|(known, _)| surprise > *known) {
            best = Some((surprise, found));
        }
    }
    best.map(|(_, found)| found)
}

#[expect(clippy::cast_precision_loss, reason = "shares are shown in whole percents")]
fn weigh(axis: &Axis, falls: bool, most: f64) -> Option<(f64, Condition)> {
    let sum = |of: fn(&AxisValue) -> i64| -> i64 {
        axis.values.iter().fold(0, |sum, value| sum.saturating_add(of(value)))
    };
    let (from, to) = (sum(|v| v.from), sum(|v| v.to));
    if from <= 0 || from == to || (to < from) != falls {
        return None;
    }
    let element = |(at, value): (usize, &AxisValue)| Element {
        element: at.to_string(),
        forecast: value.from as f64,
        actual: value.to as f64,
    };
    let elements: Vec<Element> = axis.values.iter().enumerate().map(element).collect();
    if elements.iter().any(|e| e.forecast < 0.0 || e.actual < 0.0) {
        return None;
    }
    let limits = Thresholds { element: LEAST, dimension: KEEPS };
    let ranked = rank(&[(axis.written.clone(), elements)], limits).ok()?;
    let found = ranked.first()?;
    let mut places: Vec<usize> =
        found.elements.iter().filter_map(|e| e.element.parse().ok()).collect();
    places.sort_unstable();
    let chosen: Vec<&AxisValue> = places.iter().map(|&at| &axis.values[at]).collect();
    let ends = chosen.iter().fold((0_i64, 0_i64), |(from, to), value| {
        (from.saturating_add(value.from), to.saturating_add(value.to))
    });
    let said = chosen.iter().all(|value| value.bin != Bin::Unknown);
    if !said || ends.0 as f64 > most * from as f64 {
        return None;
    }
    let bins = joined(&chosen);
    let (written, zh, en) = (axis.written.clone(), axis.zh.clone(), axis.en.clone());
    Some((found.surprise, Condition { written, zh, en, kind: axis.kind, bins, ends }))
}

/// Ranges that touch become one.
fn joined(values: &[&AxisValue]) -> Vec<(Bin, Called)> {
    let mut bins: Vec<(Bin, Called)> = Vec::new();
    for value in values {
        if let Some((Bin::Range { below: end, .. }, _)) = bins.last_mut()
            && let Bin::Range { from, below } = &value.bin
            && end.is_some()
            && end == from
        {
            end.clone_from(below);
            continue;
        }
        bins.push((value.bin.clone(), value.called.clone()));
    }
    bins
}

impl Condition {
    /// The rule that finds the group's customers.
    #[must_use]
    pub fn rule(&self) -> String {
        let one = |(bin, _): &(Bin, Called)| bin.condition(&self.written, self.kind);
        match self.bins.as_slice() {
            [bin] => one(bin),
            bins => format!("({})", bins.iter().map(one).collect::<Vec<_>>().join(" or ")),
        }
    }

    /// In words, before the word for customers: `aged 30 to 44`, `Payroll`, `Job Teacher`.
    #[must_use]
    pub fn words(&self) -> Option<Arg> {
        let name = || Arg::Label { zh: self.zh.clone(), en: self.en.clone() };
        let said = match self.bins.as_slice() {
            [(Bin::Flag(true), _)] => Message::new(msg!("kpi.told.has")).with("name", name()),
            [(Bin::Flag(false), _)] => Message::new(msg!("kpi.told.has-not")).with("name", name()),
            bins => {
                let values = bins.iter().map(|(bin, called)| self.value(bin, called));
                if bins.is_empty() {
                    return None;
                }
                let values = Message::list(values);
                // An age and a gender say by themselves what they are of.
                if self.is_age() || self.written == "gender" {
                    return Some(values);
                }
                Message::new(msg!("kpi.told.is")).with("name", name()).with("values", values)
            }
        };
        Some(said.into())
    }

    fn is_age(&self) -> bool {
        self.written == "age"
    }

    /// Where it stands before the word for customers: categories, then ages, then what they have.
    #[must_use]
    pub fn place(&self) -> u8 {
        match self.bins.first() {
            Some((Bin::Flag(_), _)) => 2,
            _ if self.is_age() || self.written == "gender" => 1,
            _ => 0,
        }
    }

    fn value(&self, bin: &Bin, called: &Called) -> Arg {
        let years = |text: &String| text.parse::<i64>().ok();
        if let (true, Bin::Range { from, below }) = (self.is_age(), bin) {
            let (from, below) = (from.as_ref().and_then(years), below.as_ref().and_then(years));
            let last = below.map(|below| below - 1);
            return match (from, last) {
                (Some(from), Some(last)) => {
                    Message::new(msg!("kpi.told.aged")).with("from", from).with("to", last).into()
                }
                (Some(from), None) => {
                    Message::new(msg!("kpi.told.aged-over")).with("from", from).into()
                }
                (None, Some(last)) => {
                    Message::new(msg!("kpi.told.aged-under")).with("to", last).into()
                }
                (None, None) => bin.label().into(),
            };
        }
        called.arg().unwrap_or_else(|| bin.label().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::AttributeType;

    fn axis(written: &str, kind: Kind, values: Vec<(Bin, i64, i64)>) -> Axis {
        let value = |(bin, from, to)| AxisValue { bin, called: Called::Nothing, from, to };
        let (zh, en) = (written.to_owned(), written.to_owned());
        let values = values.into_iter().map(value).collect();
        Axis { written: written.to_owned(), zh, en, kind, values }
    }

    fn ages(ends: &[(i64, i64)]) -> Axis {
        let borders: Vec<String> = (1..ends.len()).map(|n| (15 + 5 * n).to_string()).collect();
        let bins = Bin::ranges(&borders).into_iter().zip(ends);
        axis("age", Kind::NUMBER, bins.map(|(bin, &(from, to))| (bin, from, to)).collect())
    }

    fn flag(written: &str, with: (i64, i64), without: (i64, i64)) -> Axis {
        let kind = Kind::Plain(AttributeType::Flag);
        let values =
            vec![(Bin::Flag(true), with.0, with.1), (Bin::Flag(false), without.0, without.1)];
        axis(written, kind, values)
    }

    #[test]
    fn neighbouring_ages_that_fell_are_one_range() {
        // under 20, 20-24, 25-29, 30-34, 35-39, 40 and over
        let all = ages(&[(100, 100), (200, 199), (300, 301), (150, 120), (150, 110), (400, 399)]);
        let found = choose(&[flag("vip", (10, 9), (1290, 1220)), all], true, MOST).unwrap();
        assert_eq!(found.rule(), "age >= 30 and age < 40");
        assert_eq!(found.ends, (300, 230));
        let within = [flag("payroll", (180, 112), (120, 118))];
        assert_eq!(choose(&within, true, MOST), None, "six tenths are no few");
        assert_eq!(choose(&within, true, NARROWER).unwrap().rule(), "payroll");
    }

    #[test]
    fn what_tells_nobody_apart_is_not_said() {
        // Nine tenths of the fall are with nine tenths of the money.
        assert_eq!(choose(&[flag("payroll", (900, 810), (100, 90))], true, MOST), None);
        // What rose does not explain a fall.
        assert_eq!(choose(&[flag("payroll", (100, 190), (900, 900))], true, MOST), None);
        let unknown = axis(
            "job",
            Kind::Plain(AttributeType::Category),
            vec![(Bin::Unknown, 100, 10), (Bin::Value("a".into()), 900, 900)],
        );
        assert_eq!(choose(&[unknown], true, MOST), None, "who is not known cannot be named");
    }

    #[test]
    fn several_values_of_a_category_are_named_one_by_one() {
        let value = |text: &str| Bin::Value(text.into());
        let job = axis(
            "job",
            Kind::Plain(AttributeType::Category),
            vec![(value("a"), 100, 60), (value("b"), 800, 799), (value("c"), 100, 70)],
        );
        let found = choose(&[job], true, MOST).unwrap();
        assert_eq!(found.rule(), "(job = 'a' or job = 'c')");
        assert_eq!(found.place(), 0);
    }
}
