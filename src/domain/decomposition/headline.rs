//! The one sentence above a change: how much moved, by which factors, and who of the customers of which units did it.
//!
//! `Nancheng AUM -1.8 %: contributions of AUM per customer -2.0 %, customers +0.2 %; customers (aged 30 to 44, Payroll) of 3 sub-branches
//! (...) explain 68 %`. Every word of it follows from the numbers: factors by the method that fits, the fewest units that
//! explain two thirds, and of their customers the [group](super::group) that moved. What the numbers do not say is left out.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::cancel::{CANCELS, cancel};
use super::group::Condition;
use super::sentence::{ENOUGH, NAMED, by, explained, fewest, in_records, moved, unexplained};
use super::{Effect, Explanation};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::metric::Value;
use crate::domain::percent::part_percent;
use crate::domain::rule::written_text;
use crate::msg;

/// A group must explain at least this part of the whole change to be named.
pub const LEAST: f64 = 0.5;

/// A unit of the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its kind: `branch`, `subbranch`, ...
    pub kind: String,
}

/// Which customers of which units explain most of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Who {
    /// The fewest units that explain two thirds; none where it takes too many to name.
    pub units: Vec<Unit>,
    /// Of so many.
    pub of: usize,
    /// Which of their customers; none where no attribute tells them apart.
    pub group: Vec<Condition>,
    /// Their part of the change, 1 for all.
    pub share: f64,
}

/// What the sentence is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// The change, by its factors where it has any.
    pub answer: Explanation,
    /// The unit's name.
    pub org: String,
    /// The metric's Chinese and English names.
    pub metric: (String, String),
    /// Who explains it; none where nobody does.
    pub who: Option<Who>,
    /// What the units of the lowest level moved, where they take so much of each other back that none of them is named.
    pub cancels: Option<Message>,
    /// The customers' records took too long to ask, so that no group is named.
    pub late: bool,
    /// The part of their units' change that customers' records do not hold, where it is so much that no group is named.
    pub left_over: Option<f64>,
    /// The customers of those units are not all the caller's to see, so that no group is named.
    pub unseen: bool,
    /// Attributes that name no group because their marts cannot be read.
    pub unread: Vec<String>,
}

/// The part of `facts` that `records` do not hold, where it is more than a third: then nothing that records say explains most of it.
#[must_use]
pub fn not_in_records(facts: f64, records: f64) -> Option<f64> {
    let share = (facts - records) / facts;
    (share.is_finite() && share.abs() > 1.0 - ENOUGH).then_some(share)
}

/// The same where they are few enough to be named and not all there are. Where the parts largely cancel nobody explains anything: the
/// few that are named would be as large as others that are passed over.
#[must_use]
pub fn few(parts: &[Effect], whole: f64) -> Option<(Vec<&Effect>, f64)> {
    if cancel(parts.iter().map(|part| part.effect), Value::Number(whole)) {
        return None;
    }
    fewest(parts, whole).filter(|(chosen, _)| chosen.len() <= NAMED && chosen.len() < parts.len())
}

impl Headline {
    /// The sentence.
    #[must_use]
    pub fn sentence(&self) -> Message {
        let (zh, en) = self.metric.clone();
        let moved = moved(&self.answer, &self.org.as_str().into(), &Arg::Label { zh, en });
        let who = self.who.as_ref().and_then(|who| who.words(&self.answer));
        match who.or_else(|| self.cancels.clone()) {
            None => moved,
            Some(who) => {
                Message::new(msg!("kpi.told.headline")).with("moved", moved).with("who", who)
            }
        }
    }

    /// Who explains it as far as this split of the change lets it be said: nobody where most of it is in no customer's record, or of
    /// customers who are not the caller's to see. The sentence, programs and the segment made of it ask here, so that they agree.
    #[must_use]
    pub fn who_over(&self, split: &Explanation) -> Option<&Who> {
        self.who.as_ref().filter(|_| unexplained(split).is_none())
    }

    /// Whether the sentence above this split says already what else would be said of it below.
    #[must_use]
    pub fn says(&self, split: &Explanation) -> bool {
        let cancels = self.cancels.as_ref().filter(|_| self.who.is_none());
        unexplained(split).is_some()
            || cancels.is_some_and(|told| explained(split).as_ref() == Some(told))
    }

    /// The sentence above this split of the change: where nobody can be said to explain it, it says why and names nobody.
    #[must_use]
    pub fn sentence_over(&self, split: &Explanation) -> Message {
        let Some(left) = unexplained(split) else { return self.sentence() };
        let (zh, en) = self.metric.clone();
        let moved = moved(&self.answer, &self.org.as_str().into(), &Arg::Label { zh, en });
        Message::new(msg!("kpi.told.headline")).with("moved", moved).with("who", left)
    }

    /// What it leaves out because it could not be asked, or because records do not tell.
    #[must_use]
    pub fn left_out(&self) -> Vec<Message> {
        let late = self.late.then(|| msg!("kpi.told.late").into());
        let left = self.left_over.map(|share| {
            let far = msg!("kpi.told.units-far").into();
            in_records(share, (msg!("kpi.told.no-records"), msg!("kpi.told.units-sum"), far))
        });
        let unseen = self.unseen.then(|| msg!("kpi.told.unseen-group").into());
        late.into_iter().chain(left).chain(unseen).chain(unread(&self.unread)).collect()
    }
}

/// That attributes could not be read, if there are any.
#[must_use]
pub fn unread(codes: &[String]) -> Option<Message> {
    let said = || Message::new(msg!("kpi.told.unread")).with("codes", Message::list(codes));
    (!codes.is_empty()).then(said)
}

impl Who {
    /// The rule that finds them: the group's conditions and the units; none without either.
    #[must_use]
    pub fn rule(&self) -> Option<String> {
        let mut parts: Vec<String> = self.group.iter().map(Condition::rule).collect();
        let under = |unit: &Unit| format!("org under {}", written_text(&unit.code));
        match self.units.as_slice() {
            [] => {}
            [unit] => parts.push(under(unit)),
            units => {
                parts.push(format!(
                    "({})",
                    units.iter().map(under).collect::<Vec<_>>().join(" or ")
                ));
            }
        }
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    fn words(&self, answer: &Explanation) -> Option<Message> {
        let units = self.named();
        let group = self.described();
        if self.share > CANCELS {
            return self.cancelled(answer, units, group);
        }
        // More than all of it is what the others took back: nobody explains 400 %.
        let over = self.share > 1.0 + 1e-9;
        let key = match (&units, &group, over) {
            (Some(_), Some(_), false) => msg!("kpi.told.who-both"),
            (Some(_), None, false) if self.units.len() == 1 => msg!("kpi.told.who-unit"),
            (Some(_), None, false) => msg!("kpi.told.who-units"),
            (None, Some(_), false) => msg!("kpi.told.who-group"),
            (Some(_), Some(_), true) => msg!("kpi.told.who-both-over"),
            (Some(_), None, true) => msg!("kpi.told.who-units-over"),
            (None, Some(_), true) => msg!("kpi.told.who-group-over"),
            (None, None, _) => return None,
        };
        let mut said = Message::new(key).with("share", part_percent(self.share));
        if let Some(units) = units {
            said = said.with("units", units);
        }
        if let Some(group) = group {
            said = said.with("group", group);
        }
        Some(said)
    }

    /// The same where the others took back most of it: what both moved, in numbers.
    fn cancelled(
        &self,
        answer: &Explanation,
        units: Option<Arg>,
        group: Option<Message>,
    ) -> Option<Message> {
        let who: Arg = match (units, group) {
            (Some(units), Some(group)) => Message::new(msg!("kpi.told.group-of"))
                .with("group", group)
                .with("units", units)
                .into(),
            (Some(units), None) => units,
            (None, Some(group)) => group.into(),
            (None, None) => return None,
        };
        let own = Value::Number(answer.change.as_f64() * self.share);
        let own = match answer.change {
            Value::Whole(_) => Value::Whole(own.rounded()),
            Value::Number(_) => own,
        };
        let said = Message::new(msg!("kpi.told.who-cancelled")).with("who", who);
        let others = by(answer, answer.change.since(own));
        Some(said.with("amount", by(answer, own)).with("others", others))
    }

    /// `3 sub-branches (A, B, C)`, or the only one's name.
    fn named(&self) -> Option<Arg> {
        if self.units.is_empty() {
            return None;
        }
        let names = Message::list(self.units.iter().map(|unit| unit.name.as_str()));
        if self.units.len() == 1 {
            return Some(names);
        }
        let said = Message::new(self.kind()).with("count", self.units.len()).with("names", names);
        Some(said.into())
    }

    fn kind(&self) -> Key {
        let all = |kind: &str| self.units.iter().all(|unit| unit.kind == kind);
        if all("branch") {
            msg!("kpi.told.branches")
        } else if all("subbranch") {
            msg!("kpi.told.subbranches")
        } else {
            msg!("kpi.told.units")
        }
    }

    fn described(&self) -> Option<Message> {
        let mut group: Vec<&Condition> = self.group.iter().collect();
        group.sort_by_key(|condition| condition.place());
        let words = group.into_iter().filter_map(Condition::words).reduce(|before, next| {
            let key = msg!("kpi.told.narrower");
            Message::new(key).with("before", before).with("next", next).into()
        })?;
        Some(Message::new(msg!("kpi.told.customers")).with("conditions", words))
    }
}

/// What programs read: the codes of the units, the group's rule, both together, and the share; null where others took back so much
/// that it says nothing.
impl Serialize for Who {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let codes: Vec<&str> = self.units.iter().map(|unit| unit.code.as_str()).collect();
        let group: Vec<String> = self.group.iter().map(Condition::rule).collect();
        let mut out = serializer.serialize_struct("who", 5)?;
        out.serialize_field("units", &codes)?;
        out.serialize_field("of", &self.of)?;
        out.serialize_field("group", &(!group.is_empty()).then(|| group.join(" and ")))?;
        out.serialize_field("rule", &self.rule())?;
        out.serialize_field("share", &(self.share <= CANCELS).then_some(self.share))?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decomposition::sentence::cancelling_at;
    use crate::domain::decomposition::tests::of;
    use crate::domain::money::Currency;

    fn part(name: &str, effect: i64) -> Effect {
        let (zh, en) = (name.to_owned(), name.to_owned());
        Effect {
            name: name.to_owned(),
            effect: Value::Whole(effect),
            parts: Vec::new(),
            rule: None,
            zh,
            en,
            unit: None,
            from: None,
            to: None,
            opens: false,
        }
    }

    #[test]
    fn the_fewest_units_are_the_largest_that_went_along() {
        let parts = [part("a", -10), part("b", 30), part("c", -50), part("d", -40)];
        let (chosen, share) = few(&parts, -70.0).unwrap();
        assert_eq!(chosen.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["c"]);
        assert!((share - 50.0 / 70.0).abs() < 1e-12);
        assert_eq!(few(&[part("a", -10)], -10.0), None, "all of them are no few");
    }

    #[test]
    fn nobody_is_named_where_the_units_of_a_level_largely_cancel() {
        // Two that come to all of it, beside others as large on both sides.
        let parts = [
            part("a", -13),
            part("b", -11),
            part("c", 9),
            part("d", -9),
            part("e", 30),
            part("f", -30),
        ];
        assert_eq!(few(&parts, -24.0), None);
        let told = cancelling_at(&of(-24, &[-24]), &parts).unwrap();
        let headline = Headline {
            answer: of(-24, &[-24]),
            org: "HQ".into(),
            metric: ("m".into(), "m".into()),
            who: None,
            cancels: Some(told.clone()),
            late: false,
            left_over: None,
            unseen: false,
            unread: vec![],
        };
        let said = headline.sentence();
        assert!(said.args.contains(&("who", told.into())), "{said:?}");
        let mut split = of(-24, &[]);
        split.effects = parts.to_vec();
        assert!(headline.says(&split) && !headline.says(&of(-24, &[-24])), "not said twice");
    }

    #[test]
    fn what_records_do_not_hold_names_nobody() {
        assert_eq!(not_in_records(-90.0, -88.0), None);
        assert_eq!(not_in_records(-90.0, -60.0), None, "a third is still no most");
        let share = not_in_records(-20.0, 10.0).unwrap();
        assert!((share - 1.5).abs() < 1e-12, "{share}");
        assert_eq!(not_in_records(0.0, 5.0), None, "no share of nothing");
    }

    #[test]
    fn nobody_explains_more_than_all_of_it() {
        let key = |share| {
            let unit = Unit { code: "B1".into(), name: "B1".into(), kind: "branch".into() };
            let who = Who { units: vec![unit], of: 9, group: Vec::new(), share };
            who.words(&of(-146, &[-146])).unwrap()
        };
        assert_eq!(key(0.9).key, msg!("kpi.told.who-unit"), "one explains, several explain");
        assert_eq!(key(1.5).key, msg!("kpi.told.who-units-over"));
        // Four times the change, and three times of it taken back.
        let told = key(4.0);
        assert_eq!(told.key, msg!("kpi.told.who-cancelled"));
        let moved = |by| Arg::Moved(by, Some(Currency::CNY));
        assert!(told.args.contains(&("amount", moved(-584))), "{told:?}");
        assert!(told.args.contains(&("others", moved(438))), "{told:?}");
        let json = |share| {
            let who = Who { units: Vec::new(), of: 9, group: Vec::new(), share };
            serde_json::to_value(&who).unwrap()["share"].clone()
        };
        assert_eq!((json(1.5), json(4.0)), (1.5.into(), serde_json::Value::Null));
    }

    #[test]
    fn nobody_is_named_to_programs_whom_the_sentence_does_not_name() {
        let unit = Unit { code: "B1".into(), name: "B1".into(), kind: "branch".into() };
        let told = Headline {
            answer: of(-100, &[-90, -10]),
            org: "HQ".into(),
            metric: ("m".into(), "m".into()),
            who: Some(Who { units: vec![unit], of: 9, group: Vec::new(), share: 0.9 }),
            cancels: None,
            late: false,
            left_over: None,
            unseen: false,
            unread: vec![],
        };
        let groups = |effects: &[i64]| Explanation {
            by: super::super::By::Attribute("payroll".into()),
            ..of(-100, effects)
        };
        let named = |split: &Explanation| told.sentence_over(split) == told.sentence();
        for (split, someone) in
            [(of(-100, &[-90, -10]), true), (groups(&[-80, -5]), true), (groups(&[-20, -5]), false)]
        {
            assert_eq!(told.who_over(&split).is_some(), someone, "{split:?}");
            assert_eq!(named(&split), someone, "{split:?}");
        }
    }

    #[test]
    fn a_rule_names_each_unit() {
        let unit =
            |code: &str| Unit { code: code.into(), name: code.into(), kind: "branch".into() };
        let who = |codes: &[&str]| Who {
            units: codes.iter().map(|code| unit(code)).collect(),
            of: 9,
            group: Vec::new(),
            share: 0.7,
        };
        assert_eq!(who(&["B1"]).rule().unwrap(), "org under 'B1'");
        assert_eq!(who(&["B1", "B'2"]).rule().unwrap(), "(org under 'B1' or org under 'B''2')");
        assert_eq!(who(&[]).rule(), None);
    }
}
