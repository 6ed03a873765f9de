//! The file held against the bank's words: its rules, placeholders, units, balance and anchors.

use std::ops::Range;

use chrono::NaiveDate;

use super::error::{PartFault, Place, StrategyFileError, cannot};
use super::{File, Part};
use crate::domain::attribute::{AttributeType, Unread};
use crate::domain::message::Message;
use crate::domain::rule::{Rule, Vocabulary, written_name};
use crate::domain::strategy::StrategyText;
use crate::domain::strategy::body::{Body, Wave, When};
use crate::domain::strategy::script::{self, OWN, Piece};

impl Part {
    /// How the file calls it.
    fn key(self) -> String {
        match self {
            Self::Script => "offer.script".to_owned(),
            Self::WaveScript(i) => format!("wave[{}].script", i + 1),
            Self::Success => "success.rule".to_owned(),
            Self::Metric => "success.metric".to_owned(),
            Self::Guard(i) => format!("guard[{}].rule", i + 1),
            Self::Exit(i) => format!("exit[{}].rule", i + 1),
            Self::Anchor(i) => format!("wave[{}].after", i + 1),
            Self::Day(i) => format!("wave[{}].date", i + 1),
            Self::Unit(_) => "pilot.units".to_owned(),
            Self::Quota(_) => "benefit.quotas".to_owned(),
        }
    }
}

impl File {
    /// The strategy, its rules in canonical form, if the bank has all that it names.
    ///
    /// # Errors
    /// [`StrategyFileError`] with the first place in the file that names something else.
    pub fn check(self, vocabulary: &Vocabulary) -> Result<StrategyText, StrategyFileError> {
        self.check_with(vocabulary, &[])
    }

    /// The same, `gone` being the attributes of the bank's own marts that cannot be read any more: no rule may name one, nor
    /// one of a related customer, and no script may be filled with one.
    ///
    /// # Errors
    /// As [`File::check`], and [`StrategyFileError::Mart`].
    pub fn check_with(
        mut self,
        vocabulary: &Vocabulary,
        gone: &[Unread],
    ) -> Result<StrategyText, StrategyFileError> {
        let mut spots = std::mem::take(&mut self.spots);
        spots.sort_by_key(|(_, at)| at.start);
        for (part, at) in spots {
            self.check_part(part, &at, (vocabulary, gone))?;
        }
        Ok(self.strategy)
    }

    /// Refuses a wave whose day is past, unless a wave was pushed for that day: what has happened stays in the text.
    ///
    /// # Errors
    /// [`StrategyFileError::PastDay`] with its place.
    pub fn check_days(
        &self,
        today: NaiveDate,
        pushed: &[NaiveDate],
    ) -> Result<(), StrategyFileError> {
        let Some((key, day)) = self.strategy.body.past_day(today, pushed) else { return Ok(()) };
        Err(StrategyFileError::PastDay { place: self.place_of(&key), key, day, today })
    }

    /// Where the part of this key stands, if it is one that a bank is asked about.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<Place> {
        let spot = self.spots.iter().find(|(part, _)| part.key() == key);
        spot.map(|(_, at)| Place::of(&self.text, at.start))
    }

    fn check_part(
        &mut self,
        part: Part,
        at: &Range<usize>,
        (vocabulary, gone): (&Vocabulary, &[Unread]),
    ) -> Result<(), StrategyFileError> {
        let body = &self.strategy.body;
        let refuse = |fault| StrategyFileError::Part {
            key: part.key(),
            fault,
            place: Place::of(&self.text, at.start),
        };
        match part {
            Part::Success | Part::Guard(_) | Part::Exit(_) => {
                return self.rule(part, at, (vocabulary, gone));
            }
            Part::Script => {
                return self.script(part, &self.strategy.script, at, (vocabulary, gone));
            }
            Part::WaveScript(i) => {
                let script = body.waves[i].script.as_deref().unwrap_or_default();
                return self.script(part, script, at, (vocabulary, gone));
            }
            Part::Metric => {
                let metric = body.success.as_ref().and_then(|success| success.metric.as_deref());
                if !metric.is_some_and(|code| is_balance(code, vocabulary)) {
                    return Err(refuse(PartFault::NoMetric));
                }
                return self.stands(part, metric, at, gone);
            }
            Part::Anchor(i) => {
                let anchor = anchor(&body.waves[i]);
                if !anchor.is_none_or(|code| is_anchor(code, vocabulary)) {
                    return Err(refuse(PartFault::NoAnchor));
                }
                return self.stands(part, anchor, at, gone);
            }
            // It is held against the bank's day and not against its words: `check_days`.
            Part::Day(_) => {}
            Part::Unit(i) => {
                let unit = body.pilot.as_ref().and_then(|pilot| pilot.units.get(i));
                if !unit.is_some_and(|code| is_unit(code, vocabulary)) {
                    return Err(refuse(PartFault::NoUnit));
                }
            }
            Part::Quota(i) => {
                let unit = body.benefit.as_ref().and_then(|benefit| benefit.quotas.keys().nth(i));
                if !unit.is_some_and(|code| is_unit(code, vocabulary)) {
                    return Err(refuse(PartFault::NoUnit));
                }
            }
        }
        Ok(())
    }

    /// Refuses a part that is one attribute, if that is among those that cannot be read.
    fn stands(
        &self,
        part: Part,
        code: Option<&str>,
        at: &Range<usize>,
        gone: &[Unread],
    ) -> Result<(), StrategyFileError> {
        match gone.iter().find(|one| code == Some(one.attribute.code.as_str())) {
            Some(one) => {
                let place = Some(Place::of(&self.text, at.start));
                let unread = Box::new(one.clone());
                Err(StrategyFileError::Mart { key: part.key(), unread, place })
            }
            None => Ok(()),
        }
    }

    fn rule(
        &mut self,
        part: Part,
        at: &Range<usize>,
        (vocabulary, gone): (&Vocabulary, &[Unread]),
    ) -> Result<(), StrategyFileError> {
        let body = &mut self.strategy.body;
        let rule = match part {
            Part::Guard(i) => Some(&mut body.guards[i].rule),
            Part::Exit(i) => Some(&mut body.exits[i].rule),
            _ => body.success.as_mut().and_then(|success| success.rule.as_mut()),
        };
        let Some(rule) = rule else { return Ok(()) };
        match Rule::parse(rule, vocabulary) {
            Ok(read) => match gone_of(&read, gone) {
                None => {
                    *rule = read.canonical();
                    Ok(())
                }
                Some(one) => {
                    // Of a segment that the rule names it is not in the text.
                    let start = named_at(rule, &one.attribute.code).unwrap_or(0);
                    let (rule, unread) = (rule.clone(), Box::new(one.clone()));
                    let place = Some(self.inside(at, &rule, start));
                    Err(StrategyFileError::Mart { key: part.key(), unread, place })
                }
            },
            Err(error) => {
                let rule = rule.clone();
                let start = error.place.bytes(&rule).start;
                let place = self.inside(at, &rule, start);
                Err(StrategyFileError::Rule { key: part.key(), error: Box::new(error), place })
            }
        }
    }

    fn script(
        &self,
        part: Part,
        words: &str,
        at: &Range<usize>,
        (vocabulary, gone): (&Vocabulary, &[Unread]),
    ) -> Result<(), StrategyFileError> {
        script::check(words, vocabulary).map_err(|error| {
            let place = self.inside(at, words, error.at.start);
            StrategyFileError::Script { key: part.key(), error: Box::new(error), place }
        })?;
        match filled_of(words, gone) {
            Some((one, slot)) => {
                let place = Some(self.inside(at, words, slot.start));
                let unread = Box::new(one.clone());
                Err(StrategyFileError::Mart { key: part.key(), unread, place })
            }
            None => Ok(()),
        }
    }

    /// Where byte `offset` of a text stands in the file, if the file has the text as it is between its quotes; else
    /// where it begins: with an escape in it, the two cannot be laid side by side.
    fn inside(&self, at: &Range<usize>, words: &str, offset: usize) -> Place {
        let quoted = self.text.get(at.clone()).unwrap_or_default();
        let start = quoted.find(words).map_or(at.start, |skip| at.start + skip + offset);
        Place::of(&self.text, start)
    }
}

impl StrategyText {
    /// The first of its rules, balance, anchors and scripts that stands on what the bank cannot give any more, and why: the dictionary
    /// has an attribute no more, or a mart of the bank's own, of which `gone` are those that cannot be read, does not have its column.
    #[must_use]
    pub fn broken(&self, vocabulary: &Vocabulary, gone: &[Unread]) -> Option<Message> {
        let unread =
            |code: &str| gone.iter().find(|one| one.attribute.code == code).map(Unread::message);
        let why = |part: Part, text: &str| match part {
            Part::Metric if !is_balance(text, vocabulary) => Some(PartFault::NoMetric.message()),
            Part::Anchor(_) if !is_anchor(text, vocabulary) => Some(PartFault::NoAnchor.message()),
            Part::Metric | Part::Anchor(_) => unread(text),
            Part::Script | Part::WaveScript(_) => match script::check(text, vocabulary) {
                Ok(()) => filled_of(text, gone).map(|(one, _)| one.message()),
                Err(error) => Some(error.message()),
            },
            _ => match Rule::parse_kept(text, vocabulary, None) {
                Ok(read) => gone_of(&read, gone).map(Unread::message),
                Err(error) => Some(error.message()),
            },
        };
        let mut parts = self.standing();
        parts.find_map(|(part, text)| Some(cannot(&part.key(), why(part, text)?)))
    }

    /// Whether it has anything that [`StrategyText::broken`] can be of.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.standing().next().is_some()
    }

    /// Refuses a wave whose day is past, as [`File::check_days`] does where there is no file.
    ///
    /// # Errors
    /// [`StrategyFileError::PastDay`] without a place.
    pub fn check_days(
        &self,
        today: NaiveDate,
        pushed: &[NaiveDate],
    ) -> Result<(), StrategyFileError> {
        match self.body.past_day(today, pushed) {
            Some((key, day)) => Err(StrategyFileError::PastDay { key, day, today, place: None }),
            None => Ok(()),
        }
    }

    /// Its parts that stand on the bank's records, with their texts: rules, the balance, anchors, and scripts that have something to fill.
    fn standing(&self) -> impl Iterator<Item = (Part, &str)> {
        let Body { success, guards, exits, waves, .. } = &self.body;
        let rule = success.as_ref().and_then(|success| success.rule.as_deref());
        let metric = success.as_ref().and_then(|success| success.metric.as_deref());
        let guards = guards.iter().enumerate().map(|(i, one)| (Part::Guard(i), one.rule.as_str()));
        let exits = exits.iter().enumerate().map(|(i, one)| (Part::Exit(i), one.rule.as_str()));
        let anchors =
            waves.iter().enumerate().filter_map(|(i, one)| Some((Part::Anchor(i), anchor(one)?)));
        let own = waves.iter().enumerate();
        let own = own.filter_map(|(i, one)| Some((Part::WaveScript(i), one.script.as_deref()?)));
        let scripts = std::iter::once((Part::Script, self.script.as_str())).chain(own);
        rule.map(|text| (Part::Success, text))
            .into_iter()
            .chain(guards)
            .chain(exits)
            .chain(metric.map(|code| (Part::Metric, code)))
            .chain(anchors)
            .chain(scripts.filter(|(_, words)| !script::slots(words).is_empty()))
    }
}

impl Body {
    /// The first wave whose day is before `today` and none of `pushed`: the key of its day in a file, and the day.
    fn past_day(&self, today: NaiveDate, pushed: &[NaiveDate]) -> Option<(String, NaiveDate)> {
        self.waves.iter().enumerate().find_map(|(i, wave)| match wave.when {
            When::Date(day) if day < today && !pushed.contains(&day) => {
                Some((Part::Day(i).key(), day))
            }
            _ => None,
        })
    }
}

/// What a wave waits for, where that is an attribute or an event.
fn anchor(wave: &Wave) -> Option<&str> {
    match &wave.when {
        When::After { anchor, .. } => Some(anchor),
        _ => None,
    }
}

/// The first placeholder that is filled with one of these, and its bytes in the script.
fn filled_of<'g>(words: &str, gone: &'g [Unread]) -> Option<(&'g Unread, Range<usize>)> {
    script::pieces(words).ok()?.into_iter().find_map(|piece| match piece {
        Piece::Slot(name, at) if !OWN.contains(&name) => {
            Some((gone.iter().find(|one| one.attribute.code == name)?, at))
        }
        _ => None,
    })
}

/// The first attribute of these that the rule reads, also of related customers.
fn gone_of<'g>(rule: &Rule, gone: &'g [Unread]) -> Option<&'g Unread> {
    let reads = rule.reads();
    gone.iter().find(|one| reads.iter().any(|column| column.code() == one.attribute.code))
}

/// Where a rule's text first names an attribute, as a word of its own.
fn named_at(rule: &str, code: &str) -> Option<usize> {
    let name = written_name(code);
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let all = rule.match_indices(name.as_str());
    let mut whole = all.filter(|(at, found)| {
        !rule[..*at].ends_with(part) && !rule[at + found.len()..].starts_with(part)
    });
    whole.next().map(|(at, _)| at)
}

fn is_unit(code: &str, vocabulary: &Vocabulary) -> bool {
    vocabulary.units().iter().any(|unit| unit.code == code)
}

fn is_balance(code: &str, vocabulary: &Vocabulary) -> bool {
    let is_amount = |kind| matches!(kind, AttributeType::Money | AttributeType::Number);
    code == "aum" || vocabulary.attributes().iter().any(|a| a.code == code && is_amount(a.kind))
}

fn is_anchor(code: &str, vocabulary: &Vocabulary) -> bool {
    let attributes = vocabulary.attributes();
    code == "opened_on"
        || attributes.iter().any(|a| a.code == code && a.kind == AttributeType::Date)
        || vocabulary.words().events.iter().any(|event| event.code == code)
}
