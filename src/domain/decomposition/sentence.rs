//! A change in plain words, made from its numbers: by how much it moved, of what, and who explains most of it.

use super::{By, Effect, Explanation, Method};
use crate::domain::message::{Arg, Key, Message};
use crate::msg;

/// As many parts as are named one by one.
pub(super) const NAMED: usize = 4;

/// Parts that explain most are named until they come to this share.
pub(super) const ENOUGH: f64 = 2.0 / 3.0;

/// `-1.8 %`, of a share of 1, with its sign; nothing has none. What a tenth of a percent does not show has as many digits as
/// show one, four at most: a small fall is no standstill.
#[must_use]
pub fn signed_percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 {
        return "0.0 %".to_owned();
    }
    let shows = |digits: &usize| percent.abs() >= 0.5 * [0.1, 0.01, 0.001, 0.0001][*digits - 1];
    match (1..=4).find(shows) {
        Some(digits) => format!("{percent:+.digits$} %"),
        None if percent < 0.0 => "-<0.0001 %".to_owned(),
        None => "+<0.0001 %".to_owned(),
    }
}

/// A share in whole percents; what rounds to nothing has no sign.
#[must_use]
pub fn whole_percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    format!("{:.0} %", if percent == 0.0 { 0.0 } else { percent })
}

/// A part of a whole in whole percents; what is not all of it is never `100 %`.
#[must_use]
pub fn part_percent(share: f64) -> String {
    let percent = share * 100.0;
    let nearly = (percent - 100.0).abs();
    if !(1e-9..0.5).contains(&nearly) {
        whole_percent(share)
    } else if nearly >= 0.05 {
        format!("{percent:.1} %")
    } else if percent < 100.0 {
        ">99.9 %".to_owned()
    } else {
        "100.1 %".to_owned()
    }
}

fn label(part: &Effect) -> Arg {
    if part.zh.is_empty() && part.en.is_empty() {
        return part.name.as_str().into();
    }
    Arg::Label { zh: part.zh.clone(), en: part.en.clone() }
}

/// Arguments one after the other, as the language strings them together.
fn listed(items: Vec<Arg>) -> Option<Arg> {
    let mut items = items.into_iter();
    let first = items.next()?;
    Some(items.fold(first, |before, next| {
        Message::new(msg!("kpi.told.and")).with("before", before).with("next", next).into()
    }))
}

/// The change as a share of where it began; none where that is nothing or negative.
fn share_of(answer: &Explanation, effect: f64) -> Option<f64> {
    let base = answer.from.as_f64();
    (base > 0.0).then(|| effect / base)
}

/// What moved, by how much, and by which factors: `AUM -1.8 %: balance per customer -2.0 %, customers +0.2 %`.
#[must_use]
pub fn moved(answer: &Explanation, org: &Arg, metric: &Arg) -> Option<Message> {
    let share = share_of(answer, answer.change.as_f64())?;
    let told = |key| Message::new(key).with("org", org.clone()).with("metric", metric.clone());
    let named: Vec<Arg> = match (&answer.by, answer.totals.is_empty()) {
        (By::Factor, _) if answer.effects.len() <= NAMED => {
            let part = |part: &Effect| named(label(part), share_of(answer, part.effect.as_f64()));
            answer.effects.iter().filter_map(part).collect()
        }
        (_, false) if answer.totals.len() <= NAMED => {
            let part = |share: &super::Share| {
                let name: Arg = match share.name.as_str() {
                    "mix" => msg!("kpi.told.mix").into(),
                    "rate" => msg!("kpi.told.rate").into(),
                    _ => Arg::Label { zh: share.zh.clone(), en: share.en.clone() },
                };
                named(name, share_of(answer, share.effect.as_f64()))
            };
            answer.totals.iter().filter_map(part).collect()
        }
        _ => Vec::new(),
    };
    Some(match listed(named) {
        None => told(msg!("kpi.told.moved")).with("share", signed_percent(share)),
        Some(parts) => told(msg!("kpi.told.moved-by"))
            .with("share", signed_percent(share))
            .with("parts", parts),
    })
}

fn named(name: Arg, share: Option<f64>) -> Option<Arg> {
    let part = Message::new(msg!("kpi.told.part")).with("name", name);
    Some(part.with("share", signed_percent(share?)).into())
}

/// The fewest of these parts, the largest first, that explain two thirds of `whole`, and their share of it.
#[must_use]
pub fn fewest(parts: &[Effect], whole: f64) -> Option<(Vec<&Effect>, f64)> {
    let mut along: Vec<&Effect> =
        parts.iter().filter(|part| part.effect.as_f64() * whole > 0.0).collect();
    let size = |part: &Effect| part.effect.as_f64().abs();
    along.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    let mut sum = 0.0;
    for (at, part) in along.iter().enumerate() {
        sum += part.effect.as_f64() / whole;
        if sum >= ENOUGH {
            along.truncate(at + 1);
            return Some((along, sum));
        }
    }
    None
}

/// The fewest parts that explain two thirds of the change, the largest first: how many of how many, and their share.
#[must_use]
pub fn explaining(answer: &Explanation) -> Option<(Vec<&Effect>, f64)> {
    fewest(&answer.effects, answer.change.as_f64())
}

/// The part of a change that is in no customer's record, where it is split over groups of customers, and whether that is so much that
/// no group can be said to explain it: parts that explain most make up two thirds, so what leaves over more than a third leaves none.
#[must_use]
pub fn left_over(answer: &Explanation) -> Option<(f64, bool)> {
    let (left, whole) = (answer.residual.as_f64(), answer.change.as_f64());
    if !answer.by.is_of_customers() || left == 0.0 || whole == 0.0 {
        return None;
    }
    let share = left / whole;
    Some((share, share.abs() > 1.0 - ENOUGH))
}

/// A sentence of the part that is in no customer's record, `part`; where records add up to more than all of the change or against it,
/// which is no part, of what they add up to, `sum`.
#[must_use]
pub fn in_records(share: f64, part: Key, sum: Key) -> Message {
    if (0.0..=1.0).contains(&share) {
        Message::new(part).with("share", part_percent(share))
    } else {
        Message::new(sum).with("share", part_percent(1.0 - share))
    }
}

/// Says so, where it is that much.
#[must_use]
pub fn unexplained(answer: &Explanation) -> Option<Message> {
    let (share, _) = left_over(answer).filter(|(_, most)| *most)?;
    Some(in_records(share, msg!("kpi.told.left-over"), msg!("kpi.told.records-sum")))
}

/// Who explains most of it: `3 of 9 (A, B, C) explain 71 %`; where most of it is in no customer's record, that.
#[must_use]
pub fn explained(answer: &Explanation) -> Option<Message> {
    let left = left_over(answer);
    if let Some(said) = unexplained(answer) {
        return Some(said);
    }
    let said = by_parts(answer)?;
    Some(match left {
        None => said,
        Some((share, _)) => {
            in_records(share, msg!("kpi.told.also-left"), msg!("kpi.told.also-sum"))
                .with("explained", said)
        }
    })
}

fn by_parts(answer: &Explanation) -> Option<Message> {
    if answer.by == By::Factor {
        return None;
    }
    let (parts, share) = explaining(answer)?;
    let names = listed(parts.iter().take(NAMED).map(|part| label(part)).collect())?;
    // More than all of it is what the others took back; all of it is not worth a figure.
    let key = match (parts.len() > NAMED, share) {
        (true, share) if share > 1.0 + 1e-9 => msg!("kpi.told.explained-more-over"),
        (true, _) => msg!("kpi.told.explained-more"),
        (false, share) if share > 1.0 + 1e-9 => msg!("kpi.told.explained-over"),
        (false, share) if share > 1.0 - 1e-9 => msg!("kpi.told.explained-all"),
        (false, _) => msg!("kpi.told.explained"),
    };
    Some(
        Message::new(key)
            .with("count", parts.len())
            .with("all", answer.effects.len())
            .with("names", names)
            .with("share", part_percent(share)),
    )
}

/// What is said of a split below the sentence of the change: who explains it, a reversal, and how it was split and why so.
#[must_use]
pub fn below(answer: &Explanation) -> Vec<Message> {
    let mut told: Vec<Message> = Vec::new();
    if answer.method == Method::Adtributor {
        told.push(dimension(answer));
    }
    told.extend(explained(answer));
    if answer.reversal {
        told.push(msg!("kpi.told.reversal").into());
    }
    told.push(method(answer));
    told
}

/// How it was split, why so, and whether step by step.
#[must_use]
pub fn method(answer: &Explanation) -> Message {
    let steps = match (answer.chained, &answer.over) {
        (false, _) => msg!("kpi.told.direct"),
        (true, None) => msg!("kpi.told.chained"),
        (true, Some(_)) => msg!("kpi.told.chained-periods"),
    };
    Message::new(msg!("kpi.told.method"))
        .with("method", answer.method.label())
        .with("why", answer.why.label())
        .with("steps", steps)
}

/// Which dimension explains it best, and how many more explain enough.
#[must_use]
pub fn dimension(answer: &Explanation) -> Message {
    let Some(best) = answer.dimensions.first() else {
        return msg!("kpi.told.no-dimension").into();
    };
    let ep: f64 = best.elements.iter().map(|element| element.ep).sum();
    Message::new(msg!("kpi.told.dimension"))
        .with("dimension", best.dimension.as_str())
        .with("count", best.elements.len())
        .with("share", format!("{:.0} %", ep * 100.0))
        .with("others", answer.dimensions.len() - 1)
}
