//! The file held against the bank's words: its rules, placeholders, units, balance and anchors.

use std::ops::Range;

use super::error::{PartFault, Place, StrategyFileError};
use super::{File, Part};
use crate::domain::attribute::AttributeType;
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::strategy::StrategyText;
use crate::domain::strategy::body::When;
use crate::domain::strategy::script;

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
    pub fn check(mut self, vocabulary: &Vocabulary) -> Result<StrategyText, StrategyFileError> {
        let mut spots = std::mem::take(&mut self.spots);
        spots.sort_by_key(|(_, at)| at.start);
        for (part, at) in spots {
            self.check_part(part, &at, vocabulary)?;
        }
        Ok(self.strategy)
    }

    fn check_part(
        &mut self,
        part: Part,
        at: &Range<usize>,
        vocabulary: &Vocabulary,
    ) -> Result<(), StrategyFileError> {
        let body = &self.strategy.body;
        let refuse = |fault| StrategyFileError::Part {
            key: part.key(),
            fault,
            place: Place::of(&self.text, at.start),
        };
        match part {
            Part::Success | Part::Guard(_) | Part::Exit(_) => {
                return self.rule(part, at, vocabulary);
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
        vocabulary: &Vocabulary,
    ) -> Result<(), StrategyFileError> {
        let body = &mut self.strategy.body;
        let rule = match part {
            Part::Guard(i) => Some(&mut body.guards[i].rule),
            Part::Exit(i) => Some(&mut body.exits[i].rule),
            _ => body.success.as_mut().and_then(|success| success.rule.as_mut()),
        };
        let Some(rule) = rule else { return Ok(()) };
        match Rule::parse(rule, vocabulary) {
            Ok(read) => {
                *rule = read.canonical();
                Ok(())
            }
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
