//! A change in plain words, made from its numbers: by how much it moved, of what, and who explains most of it.

use super::cancel::{CANCELS, cancel, cancels};
use super::{By, Effect, Explanation, Method, UnseenOf};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::metric::Value;
use crate::domain::percent::{part_percent, signed, signed_percent, whole_percent};
use crate::msg;

/// As many parts as are named one by one.
pub(super) const NAMED: usize = 4;

/// Parts that explain most are named until they come to this share.
pub(super) const ENOUGH: f64 = 2.0 / 3.0;

/// Why shares are not shown where they are not.
#[must_use]
pub fn no_shares(answer: &Explanation) -> Option<Message> {
    let by = || by(answer, answer.change);
    cancels(answer).then(|| Message::new(msg!("kpi.told.no-shares")).with("change", by()))
}

/// What a part is called: who has a flag or is in a segment, and who has not, has no name of his own but that of the flag. A
/// group that nothing names is told by its rule.
#[must_use]
pub fn label(answer: &Explanation, part: &Effect) -> Arg {
    if !part.zh.is_empty() || !part.en.is_empty() {
        return Arg::Label { zh: part.zh.clone(), en: part.en.clone() };
    }
    let told = |key, called: &Arg| Message::new(key).with("name", called.clone()).into();
    let only = part.rule.as_ref().is_some_and(|rule| *rule == part.name);
    match answer.called.as_ref().filter(|_| only) {
        Some(called) if part.name.starts_with("not ") => told(msg!("kpi.told.has-not"), called),
        Some(called) if part.name.ends_with(" is null") => told(msg!("kpi.told.unknown"), called),
        Some(called) => told(msg!("kpi.told.has"), called),
        None => part.name.as_str().into(),
    }
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

/// How much of where the change began, or in the metric's own numbers where that is nothing or negative.
fn so_much(answer: &Explanation, effect: Value) -> Arg {
    match share_of(answer, effect.as_f64()) {
        Some(share) => signed_percent(share).into(),
        None => by(answer, effect),
    }
}

/// What moved, by how much, and what each factor contributed: `AUM -1.8 %: contributions of balance per customer -2.0 %, customers
/// +0.2 %`. A contribution is said to be one: that of what divides or is taken away goes against the factor's own change.
#[must_use]
pub fn moved(answer: &Explanation, org: &Arg, metric: &Arg) -> Message {
    let told = |key| Message::new(key).with("org", org.clone()).with("metric", metric.clone());
    let named: Vec<Arg> = match (&answer.by, answer.totals.is_empty()) {
        (By::Factor, _) if answer.effects.len() <= NAMED => {
            let part = |part: &Effect| named(label(answer, part), so_much(answer, part.effect));
            answer.effects.iter().map(part).collect()
        }
        (_, false) if answer.totals.len() <= NAMED => {
            let part = |share: &super::Share| {
                let name: Arg = match share.name.as_str() {
                    "mix" => msg!("kpi.told.mix").into(),
                    "rate" => msg!("kpi.told.rate").into(),
                    _ => Arg::Label { zh: share.zh.clone(), en: share.en.clone() },
                };
                named(name, so_much(answer, share.effect))
            };
            answer.totals.iter().map(part).collect()
        }
        _ => Vec::new(),
    };
    let share = so_much(answer, answer.change);
    match listed(named) {
        None => told(msg!("kpi.told.moved")).with("share", share),
        Some(parts) => told(msg!("kpi.told.moved-by")).with("share", share).with("parts", parts),
    }
}

fn named(name: Arg, share: Arg) -> Arg {
    Message::new(msg!("kpi.told.part")).with("name", name).with("share", share).into()
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
/// which is no part, of what they add up to, `sum`; where that is more than twice the change, or as much against it, the same in
/// words without a share, `far`.
#[must_use]
pub fn in_records(share: f64, (part, sum, far): (Key, Key, Message)) -> Message {
    let records = 1.0 - share;
    if (0.0..=1.0).contains(&share) {
        Message::new(part).with("share", part_percent(share))
    } else if records.abs() <= CANCELS {
        Message::new(sum).with("share", part_percent(records))
    } else {
        far
    }
}

/// What customers' records add up to, and the change that they should be.
fn far(answer: &Explanation, key: Key) -> Message {
    let records = answer.change.since(answer.residual);
    Message::new(key).with("amount", by(answer, records)).with("change", by(answer, answer.change))
}

/// Says so, where it is that much: of what is not the caller's to see, or of what is in nobody's record.
#[must_use]
pub fn unexplained(answer: &Explanation) -> Option<Message> {
    if let Some((said, true)) = unseen(answer) {
        let told = Message::new(msg!("kpi.told.unseen-most")).with("unseen", said);
        return Some(match left_over(answer) {
            Some((share, _)) => also_left(answer, share, told),
            None => told,
        });
    }
    let (share, _) = left_over(answer).filter(|(_, most)| *most)?;
    let far = far(answer, msg!("kpi.told.records-far"));
    let keys = (msg!("kpi.told.left-over"), msg!("kpi.told.records-sum"), far);
    let said = in_records(share, keys);
    Some(also_unseen(answer, said))
}

/// The part of a change whose customers the caller does not see, where there is any, and whether it is more than a third of
/// the change.
#[must_use]
pub fn unseen(answer: &Explanation) -> Option<(Message, bool)> {
    let unseen = answer.unseen.filter(|unseen| unseen.effect.as_f64() != 0.0)?;
    let key = match unseen.of {
        UnseenOf::Units => msg!("kpi.told.unseen"),
        UnseenOf::Customers => msg!("kpi.told.unseen-rm"),
    };
    let most = unseen.effect.as_f64().abs() > (1.0 - ENOUGH) * answer.change.as_f64().abs();
    Some((Message::new(key).with("amount", by(answer, unseen.effect)), most))
}

fn also_unseen(answer: &Explanation, explained: Message) -> Message {
    match unseen(answer) {
        None => explained,
        Some((unseen, _)) => Message::new(msg!("kpi.told.also-unseen"))
            .with("explained", explained)
            .with("unseen", unseen),
    }
}

fn also_left(answer: &Explanation, share: f64, explained: Message) -> Message {
    let far = far(answer, msg!("kpi.told.also-far"));
    in_records(share, (msg!("kpi.told.also-left"), msg!("kpi.told.also-sum"), far))
        .with("explained", explained)
}

/// What a part has moved the whole by, in the metric's own numbers: money, a count, of a share percentage points, of any other
/// quotient a number.
#[must_use]
pub fn by(answer: &Explanation, effect: Value) -> Arg {
    match (answer.unit.as_deref(), effect) {
        (Some("money"), effect) if answer.currency.is_some() => {
            Arg::Moved(effect.rounded(), answer.currency)
        }
        (Some("money"), effect) | (_, effect @ Value::Whole(_)) => {
            Arg::Moved(effect.rounded(), None)
        }
        (_, Value::Number(part)) => match (answer.from, answer.to) {
            // What a factor did to a count is no whole number.
            (Value::Whole(_), Value::Whole(_)) => signed(part, 1).into(),
            (from, to) if is_share(from) && is_share(to) => {
                format!("{} pp", signed(part * 100.0, 2)).into()
            }
            _ => signed(part, 3).into(),
        },
    }
}

/// A quotient between nothing and all is told as a share; one that is more is none.
#[must_use]
pub fn is_share(quotient: Value) -> bool {
    (0.0..=1.0).contains(&quotient.as_f64())
}

/// That parts which go both ways take most of each other back, in numbers; none where the larger side is not more than twice the
/// change.
#[must_use]
pub fn cancelling(answer: &Explanation) -> Option<Message> {
    cancelling_at(answer, &answer.effects)
}

/// The same of parts of the change at another level than that which was asked for.
#[must_use]
pub fn cancelling_at(answer: &Explanation, parts: &[Effect]) -> Option<Message> {
    if !cancel(parts.iter().map(|part| part.effect), answer.change) {
        return None;
    }
    let mut parts: Vec<&Effect> = parts.iter().collect();
    let size = |part: &Effect| part.effect.as_f64().abs();
    parts.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    // The largest of each side, then by size.
    let other =
        parts.iter().position(|part| part.effect.as_f64() * parts[0].effect.as_f64() < 0.0)?;
    let other = parts.remove(other);
    parts.insert(1, other);
    let rest = parts.split_off(parts.len().min(NAMED));
    let one = |name: Arg, effect: Value| -> Arg {
        let part = Message::new(msg!("kpi.told.part-by")).with("name", name);
        part.with("amount", by(answer, effect)).into()
    };
    let mut named: Vec<Arg> =
        parts.into_iter().map(|part| one(label(answer, part), part.effect)).collect();
    if let Some(sum) = rest.iter().map(|part| part.effect).reduce(Value::plus) {
        let count = Message::new(msg!("kpi.told.more")).with("count", rest.len());
        named.push(one(count.into(), sum));
    }
    let told = Message::new(msg!("kpi.told.cancel")).with("parts", listed(named)?);
    Some(told.with("change", by(answer, answer.change)))
}

/// Who explains most of it: `3 of 9 (A, B, C) explain 71 %`; where most of it is in no customer's record, or of customers who are
/// not the caller's to see, that; where parts take each other back, how much each moved.
#[must_use]
pub fn explained(answer: &Explanation) -> Option<Message> {
    let left = left_over(answer);
    if let Some(said) = unexplained(answer) {
        return Some(said);
    }
    let said = cancelling(answer).or_else(|| by_parts(answer))?;
    let said = also_unseen(answer, said);
    Some(match left {
        None => said,
        Some((share, _)) => also_left(answer, share, said),
    })
}

fn by_parts(answer: &Explanation) -> Option<Message> {
    if answer.by == By::Factor {
        return None;
    }
    let (parts, share) = explaining(answer)?;
    let names = listed(parts.iter().take(NAMED).map(|part| label(answer, part)).collect())?;
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
    let told = if ep.abs() > CANCELS {
        Message::new(msg!("kpi.told.dimension-cancels"))
    } else {
        Message::new(msg!("kpi.told.dimension")).with("share", whole_percent(ep))
    };
    let called = answer.best.clone().unwrap_or_else(|| best.dimension.as_str().into());
    let told = told.with("dimension", called).with("count", best.elements.len());
    match answer.dimensions.len() - 1 {
        0 => told,
        others => {
            Message::new(msg!("kpi.told.more-dimensions")).with("best", told).with("others", others)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decomposition::tests::of;
    use crate::domain::decomposition::{Unseen, UnseenOf};

    fn keys(message: &Message, all: &mut Vec<&'static str>) {
        all.push(message.key.0);
        for (_, arg) in &message.args {
            if let Arg::Message(inner) = arg {
                keys(inner, all);
            }
        }
    }

    fn told(answer: &Explanation) -> Vec<&'static str> {
        let mut all = Vec::new();
        if let Some(said) = explained(answer) {
            keys(&said, &mut all);
        }
        all
    }

    #[test]
    fn parts_that_take_each_other_back_are_told_in_numbers() {
        // Once told as `1 of 3 makes 1280 % of it`.
        let small = of(25, &[320, -310, 15]);
        let said = cancelling(&small).unwrap();
        assert_eq!(said.key, msg!("kpi.told.cancel"));
        assert!(told(&small).contains(&"kpi.told.cancel"), "{:?}", told(&small));
        let change = said.args.iter().find(|(name, _)| *name == "change").unwrap();
        assert_eq!(change.1, Arg::Moved(25, small.currency));
        let nothing = of(0, &[320, -320]);
        assert!(told(&nothing).contains(&"kpi.told.cancel"), "no change, but parts that moved");
        let factors = Explanation { by: By::Factor, ..of(25, &[320, -295]) };
        assert!(told(&factors).contains(&"kpi.told.cancel"));
        for plain in [of(200, &[320, -120]), of(25, &[20, 5]), of(0, &[])] {
            assert_eq!(cancelling(&plain), None, "{plain:?}");
        }
    }

    #[test]
    fn records_that_go_far_beyond_a_change_are_told_in_numbers() {
        let records = Explanation { by: By::Attribute("payroll".into()), ..of(100, &[300, 190]) };
        assert!(no_shares(&records).is_some());
        let said = told(&records);
        assert_eq!(said, ["kpi.told.records-far"], "490 % of it is no share: {said:?}");
        assert_eq!(no_shares(&of(100, &[60, 40])), None);
    }

    #[test]
    fn a_dimension_that_makes_up_thousands_of_percents_says_none() {
        let best = |ep| crate::domain::decomposition::adtributor::Dimension {
            dimension: "job".into(),
            surprise: 1.0,
            elements: vec![crate::domain::decomposition::adtributor::Explaining {
                element: "x".into(),
                ep,
                surprise: 1.0,
            }],
        };
        let said = |ep| dimension(&Explanation { dimensions: vec![best(ep)], ..of(1, &[1]) }).key;
        assert_eq!(said(0.7), msg!("kpi.told.dimension"));
        assert_eq!(said(49.0), msg!("kpi.told.dimension-cancels"));
        let several = Explanation { dimensions: vec![best(0.7), best(0.7)], ..of(1, &[1]) };
        assert_eq!(dimension(&several).key, msg!("kpi.told.more-dimensions"));
    }

    fn amounts(message: &Message, all: &mut Vec<i64>) {
        for (_, arg) in &message.args {
            match arg {
                Arg::Moved(by, _) => all.push(*by),
                Arg::Message(inner) => amounts(inner, all),
                _ => {}
            }
        }
    }

    #[test]
    fn of_each_side_the_largest_is_named_and_the_rest_together() {
        let said = cancelling(&of(10, &[100, 90, 80, 70, -300, -30])).unwrap();
        let mut moved = Vec::new();
        amounts(&said, &mut moved);
        assert_eq!(moved, [-300, 100, 90, 80, 40, 10], "four, the rest, and the whole");
    }

    fn said(answer: &Explanation) -> String {
        let said = moved(answer, &"HQ".into(), &"net".into());
        said.args
            .into_iter()
            .find(|(name, _)| *name == "share")
            .map(|(_, arg)| format!("{arg:?}"))
            .unwrap()
    }

    #[test]
    fn what_began_below_nothing_is_told_in_numbers() {
        let mut answer = of(56, &[76, -20]);
        (answer.from, answer.to) = (Value::Whole(-15), Value::Whole(41));
        assert!(said(&answer).contains("Moved(56"), "{}", said(&answer));
        (answer.from, answer.to) = (Value::Whole(0), Value::Whole(56));
        assert!(said(&answer).contains("Moved(56"), "{}", said(&answer));
        assert!(said(&of(-18, &[-18])).contains("-1.8 %"));
    }

    #[test]
    fn only_a_share_moves_by_points_and_a_part_of_a_count_by_tenths() {
        let mut answer = of(0, &[]);
        (answer.unit, answer.currency) = (None, None);
        let mut told = |from, to, part| {
            (answer.from, answer.to) = (from, to);
            by(&answer, Value::Number(part))
        };
        assert_eq!(told(Value::Number(0.4), Value::Number(0.5), 0.0741), "+7.41 pp".into());
        assert_eq!(told(Value::Number(5.0), Value::Number(5.0741), 0.0741), "+0.074".into());
        assert_eq!(told(Value::Whole(466), Value::Whole(518), -2.58), "-2.6".into());
        assert_eq!(told(Value::Whole(466), Value::Whole(518), -0.04), "0.0".into());
    }

    #[test]
    fn what_is_not_yours_to_see_is_apart_from_what_is_in_no_record() {
        let groups = |effects: &[i64], unseen: i64, of_whom| {
            let answer = of(-100, effects);
            let unseen = Value::Whole(unseen);
            Explanation {
                by: By::Attribute("payroll".into()),
                residual: answer.residual.since(unseen),
                unseen: Some(Unseen { effect: unseen, of: of_whom }),
                ..answer
            }
        };
        let most = told(&groups(&[-15, -5], -70, UnseenOf::Units));
        assert!(most.contains(&"kpi.told.unseen-most") && most.contains(&"kpi.told.unseen"));
        assert!(most.contains(&"kpi.told.also-left"), "and ten are in no record: {most:?}");
        let few = told(&groups(&[-80, -5], -15, UnseenOf::Units));
        assert_eq!(few[..2], ["kpi.told.also-unseen", "kpi.told.explained"], "{few:?}");
        let rm = told(&groups(&[-15, -5], -80, UnseenOf::Customers));
        assert!(rm.contains(&"kpi.told.unseen-rm") && !rm.contains(&"kpi.told.also-left"));
        let all = Explanation { by: By::Attribute("payroll".into()), ..of(-100, &[-80, -20]) };
        assert!(!told(&all).iter().any(|key| key.contains("unseen")));
    }
}
