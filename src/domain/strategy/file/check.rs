//! The file held against the bank's words: its rules, placeholders, units, balance and anchors.

use std::ops::Range;

use super::error::{PartFault, Place, StrategyFileError};
use super::{File, Part};
use crate::domain::attribute::{AttributeType, Unread};
use crate::domain::message::Message;
use crate::domain::rule::{Rule, Vocabulary, written_name};
use crate::domain::strategy::StrategyText;
use crate::domain::strategy::body::{Body, When};
use crate::domain::strategy::script;
use crate::msg;

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
    /// one of a related customer.
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
            Part::Script => return self.script(part, &self.strategy.script, at, vocabulary),
            Part::WaveScript(i) => {
                let script = body.waves[i].script.as_deref().unwrap_or_default();
                return self.script(part, script, at, vocabulary);
            }
            Part::Metric => {
                let metric = body.success.as_ref().and_then(|success| success.metric.as_deref());
                if !metric.is_some_and(|code| is_balance(code, vocabulary)) {
                    return Err(refuse(PartFault::NoMetric));
                }
                if let Some(one) = gone.iter().find(|one| metric == Some(&*one.attribute.code)) {
                    let place = Some(Place::of(&self.text, at.start));
                    let unread = Box::new(one.clone());
                    return Err(StrategyFileError::Mart { key: part.key(), unread, place });
                }
            }
            Part::Anchor(i) => {
                let known = match &body.waves[i].when {
                    When::After { anchor, .. } => is_anchor(anchor, vocabulary),
                    _ => true,
                };
                if !known {
                    return Err(refuse(PartFault::NoAnchor));
                }
            }
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
        vocabulary: &Vocabulary,
    ) -> Result<(), StrategyFileError> {
        script::check(words, vocabulary).map_err(|error| {
            let place = self.inside(at, words, error.at.start);
            StrategyFileError::Script { key: part.key(), error: Box::new(error), place }
        })
    }

    /// Where byte `offset` of a text stands in the file, if the file has the text as it is between its quotes; else
    /// where it begins: with an escape in it, the two cannot be laid side by side.
    fn inside(&self, at: &Range<usize>, words: &str, offset: usize) -> Place {
        let quoted = self.text.get(at.clone()).unwrap_or_default();
        let start = quoted.find(words).map_or(at.start, |skip| at.start + skip + offset);
        Place::of(&self.text, start)
    }
}

impl Body {
    /// The first of its rules of success, guards and exits that cannot be asked any more, and why: the dictionary has an attribute no
    /// more, or a mart of the bank's own, of which `gone` are those that cannot be read, does not have its column.
    #[must_use]
    pub fn broken(&self, vocabulary: &Vocabulary, gone: &[Unread]) -> Option<Message> {
        let success = self.success.as_ref();
        let success = success.and_then(|success| Some((Part::Success, success.rule.as_ref()?)));
        let guards = self.guards.iter().enumerate().map(|(i, one)| (Part::Guard(i), &one.rule));
        let exits = self.exits.iter().enumerate().map(|(i, one)| (Part::Exit(i), &one.rule));
        let why = |rule: &str| match Rule::parse_kept(rule, vocabulary, None) {
            Ok(read) => gone_of(&read, gone).map(Unread::message),
            Err(error) => Some(error.message()),
        };
        let told = |part: Part, why: Message| {
            Message::new(msg!("strategy.broken")).with("key", part.key()).with("why", why)
        };
        let rules = success.into_iter().chain(guards).chain(exits);
        let rule = rules.into_iter().find_map(|(part, rule)| Some(told(part, why(rule)?)));
        rule.or_else(|| {
            let metric = self.success.as_ref()?.metric.as_deref()?;
            let unread = gone.iter().find(|one| one.attribute.code == metric);
            let why = match unread {
                Some(one) => one.message(),
                None if !is_balance(metric, vocabulary) => PartFault::NoMetric.message(),
                None => return None,
            };
            Some(told(Part::Metric, why))
        })
    }

    /// Whether it has anything that [`Body::broken`] can be of.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.success.is_some() || !self.guards.is_empty() || !self.exits.is_empty()
    }
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
