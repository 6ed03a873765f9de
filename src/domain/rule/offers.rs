//! What is offered at each step of choosing a condition, and what may be typed there.

use chrono::NaiveDate;

use super::called::Called;
use super::column::Kind;
use super::draft::{About, Answer, Ask, What};
use super::expected::{Expected, Word};
use super::field::EventField;
use super::functions::Function;
use super::known::known_called;
use super::lower_term::read_interval;
use super::number::Number;
use super::print;
use super::value::Interval;
use super::vocabulary::Vocabulary;
use super::{Column, suggest};
use crate::domain::message::{Arg, Message};
use crate::msg;

/// An answer that is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The answer.
    pub answer: Answer,
    /// As rules write it.
    pub code: String,
    /// What people call it.
    pub called: Called,
}

const DAYS: [i32; 4] = [7, 30, 60, 90];
const MONTHS: [i32; 3] = [3, 6, 12];
const KILOMETRES: [i64; 5] = [1, 2, 3, 5, 10];
const PERCENT: [i64; 5] = [1, 5, 10, 20, 50];

impl Vocabulary {
    /// What is offered for a question, in the order that people look for it; nothing for values, which are the column's
    /// own ([`Vocabulary::choices`]) or typed.
    #[must_use]
    pub fn offers(&self, ask: &Ask) -> Vec<Offer> {
        let mut answers = self.answers(ask);
        if ask.what.is_optional() {
            answers.insert(0, Answer::Skip);
        }
        answers.into_iter().map(|answer| self.offer(&ask.what, answer)).collect()
    }

    fn answers(&self, ask: &Ask) -> Vec<Answer> {
        match &ask.what {
            What::Subject => {
                let columns = self.columns().into_iter().map(Answer::Column);
                // A relation of a relation cannot be asked for.
                let all = Function::ALL.into_iter();
                let functions = all.filter(|one| !ask.slot.inner || *one != Function::Related);
                columns.chain(functions.map(Answer::Function)).collect()
            }
            What::Word(function, number) => {
                self.named(*function, *number).into_iter().map(Answer::Word).collect()
            }
            What::Back(function) => {
                let days = DAYS.into_iter().map(|days| Interval { months: 0, days });
                let days = days.filter(|_| *function != Function::Falling);
                let months = MONTHS.into_iter().map(|months| Interval { months, days: 0 });
                days.chain(months).map(Answer::Back).collect()
            }
            What::Number(function, code) => self.numbers(*function, code),
            What::Size(function) => {
                let usual = if *function == Function::Within { KILOMETRES } else { PERCENT };
                usual.into_iter().map(|size| Answer::Size(size.into())).collect()
            }
            What::Field { .. } => EventField::ALL.into_iter().map(Answer::Field).collect(),
            What::Operator(about) => about.operators().into_iter().map(Answer::Operator).collect(),
            What::Values(..) => Vec::new(),
        }
    }

    /// The codes of what may stand as that argument.
    fn named(&self, function: Function, number: usize) -> Vec<String> {
        match function.argument(number) {
            Some(Expected::Tier) => {
                // Nobody is near the lowest from below.
                let skipped = usize::from(function == Function::NearTier);
                self.tiers().iter().skip(skipped).map(|tier| tier.code.clone()).collect()
            }
            Some(Expected::Org) => self.units().iter().map(|unit| unit.code.clone()).collect(),
            Some(Expected::Word(Word::Snapshot)) => {
                self.words().snapshots.iter().rev().map(|one| one.id.to_string()).collect()
            }
            Some(Expected::Word(word)) => {
                let all = word == Word::Product && function != Function::Holds;
                let all = all.then(|| "aum".to_owned());
                let mut codes: Vec<String> = all.into_iter().collect();
                for (code, _) in suggest::named(self, word) {
                    if !codes.iter().any(|known| known == code) {
                        codes.push(code.to_owned());
                    }
                }
                codes
            }
            _ => Vec::new(),
        }
    }

    /// Versions of a segment, uploads of a list; the latest first.
    fn numbers(&self, function: Function, code: &str) -> Vec<Answer> {
        let words = self.words();
        let mut numbers: Vec<i64> = if function == Function::Segment {
            let all = words.segments.iter().filter(|one| one.code == code);
            all.map(|one| one.version.into()).collect()
        } else {
            let all = words.lists.iter().filter(|one| one.code == code);
            all.map(|one| one.upload.into()).collect()
        };
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.into_iter().map(Answer::Number).collect()
    }

    /// An answer with what rules and people call it.
    #[must_use]
    pub fn offer(&self, what: &What, answer: Answer) -> Offer {
        let (code, called) = match (&answer, what) {
            (Answer::Skip, What::Back(_)) => (String::new(), Called::Key(msg!("rule.skip.back"))),
            (Answer::Skip, What::Number(..)) => {
                (String::new(), Called::Key(msg!("rule.skip.version")))
            }
            (Answer::Skip, _) => (String::new(), Called::Key(msg!("rule.skip.field"))),
            (Answer::Kept(text), _) => (text.clone(), Called::Key(msg!("rule.kept"))),
            (Answer::Column(column), _) => (column.code().to_owned(), column.called()),
            (Answer::Function(one), _) => (one.name().to_owned(), Called::Key(one.key())),
            (Answer::Word(code), What::Word(function, number)) => {
                (code.clone(), self.word_called(*function, *number, code))
            }
            (Answer::Back(back), _) => (print::interval(*back), back_called(*back)),
            (Answer::Number(number), What::Number(function, code)) => {
                (number.to_string(), self.number_called(*function, code, *number))
            }
            (Answer::Size(size), What::Size(function)) => {
                let key = match function {
                    Function::Within => msg!("rule.size.kilometres"),
                    _ => msg!("rule.size.percent"),
                };
                let said = Message::new(key).with("size", size.as_str());
                (size.to_string(), Called::Said(said))
            }
            (Answer::Field(field), _) => (field.name().to_owned(), field.called()),
            (Answer::Operator(one), _) => (one.sign().to_owned(), Called::Key(one.key())),
            (Answer::Values(values), _) => (values.join(", "), Called::Nothing),
            (Answer::Word(code), _) => (code.clone(), Called::Nothing),
            (Answer::Number(number), _) => (number.to_string(), Called::Nothing),
            (Answer::Size(size), _) => (size.to_string(), Called::Nothing),
        };
        Offer { answer, code, called }
    }

    /// What people call a word that stands as that argument.
    #[must_use]
    pub fn word_called(&self, function: Function, number: usize, code: &str) -> Called {
        match function.argument(number) {
            Some(Expected::Tier) => self.value_called(&Column::Tier, code),
            Some(Expected::Org) => self.value_called(&Column::Org, code),
            Some(Expected::Word(Word::Snapshot)) => {
                let snapshots = &self.words().snapshots;
                let one = snapshots.iter().find(|one| one.id.to_string() == code);
                one.map_or(Called::Nothing, |one| {
                    let name = self.known().segment(&one.segment, None).map(|s| s.name.as_str());
                    let both = format!("{} {}", one.segment, name.unwrap_or_default());
                    Called::Names(both.clone(), both)
                })
            }
            Some(Expected::Word(word)) => self.called(word, code),
            _ => Called::Nothing,
        }
    }

    /// What people call one of the bank's words: by its own names, else as the catalogues know it.
    #[must_use]
    pub fn called(&self, word: Word, code: &str) -> Called {
        if word == Word::Product && code == "aum" {
            return Called::Key(msg!("rule.word.all-products"));
        }
        let found = suggest::named(self, word).into_iter().find(|(known, _)| *known == code);
        match found {
            Some((_, Some(Arg::Label { zh, en }))) => Called::Names(zh, en),
            Some((_, Some(Arg::Text(name)))) => Called::Names(name.clone(), name),
            _ => known_called(word, code),
        }
    }

    fn number_called(&self, function: Function, code: &str, number: i64) -> Called {
        if function == Function::List {
            return Called::Said(Message::new(msg!("rule.upload")).with("number", number));
        }
        let version = i32::try_from(number).ok();
        let name = version.and_then(|version| self.known().segment(code, Some(version)));
        let name = name.map_or("", |segment| segment.name.as_str());
        let said = Message::new(msg!("rule.version")).with("number", number);
        Called::Said(said.with("name", name))
    }
}

/// How long, in words.
fn back_called(back: Interval) -> Called {
    let said = |key, number: i32| Message::new(key).with("number", number);
    let months = match back.months {
        0 => None,
        months if months % 12 == 0 => Some(said(msg!("rule.back.years"), months / 12)),
        months => Some(said(msg!("rule.back.months"), months)),
    };
    let days = (back.days != 0).then(|| said(msg!("rule.back.days"), back.days));
    Called::Said(match (months, days) {
        (Some(months), Some(days)) => {
            Message::new(msg!("rule.back.both")).with("months", months).with("days", days)
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => said(msg!("rule.back.days"), 0),
    })
}

impl What {
    /// What was typed as an answer, where one may be typed beside those that are listed.
    #[must_use]
    pub fn typed(&self, text: &str) -> Option<Answer> {
        match self {
            Self::Back(function) => typed_back(text, *function).map(Answer::Back),
            Self::Size(function) => {
                let text = text.trim().trim_end_matches(['%', '％']).trim_end();
                let size = Number::parse(text.trim_end_matches("km").trim_end())?;
                let (decimals, most) = match function {
                    Function::Within => (1_000, Number::from(20_000)),
                    _ => (10_000, Number::from(100)),
                };
                let whole = size.times(&decimals.into()).is_whole();
                let fits = Number::from(0) < size && size <= most;
                (whole && fits).then_some(Answer::Size(size))
            }
            _ => None,
        }
    }
}

impl What {
    /// A value that was typed as rules write it: a share may be typed as so many of a hundred, `-20%`.
    #[must_use]
    pub fn value(&self, typed: String) -> String {
        let Self::Values(About::Function(Function::Change | Function::Drift), _) = self else {
            return typed;
        };
        let hundredths = typed.trim().strip_suffix(['%', '％']).map(str::trim);
        let share = hundredths.and_then(|n| Number::parse(n)?.over(&100.into()));
        share.map_or(typed, |share| share.to_string())
    }
}

impl What {
    /// A number was typed that nothing counted can be: below 0, or not whole.
    #[must_use]
    pub fn is_no_count(&self, value: &str) -> bool {
        let Self::Values(About::Function(Function::Events | Function::ProductCount), _) = self
        else {
            return false;
        };
        Number::parse(value.trim()).is_some_and(|n| n < Number::from(0) || !n.is_whole())
    }

    /// The text can stand there by itself: a number, an amount, a day. Anything can where a text is asked for.
    #[must_use]
    pub fn is_value(&self, value: &str) -> bool {
        let Self::Values(about, _) = self else { return true };
        let value = value.trim();
        match about.kind() {
            Kind::NUMBER | Kind::MONEY => {
                Number::parse(value).is_some() && !self.is_no_count(value)
            }
            Kind::DATE => NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok(),
            _ => true,
        }
    }
}

/// `45`, `45 days`, `45天`, `6个月`, `2w`: a number alone counts days, months where months are asked for.
fn typed_back(text: &str, function: Function) -> Option<Interval> {
    let falling = function == Function::Falling;
    let text = text.trim().to_lowercase();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit.trim() {
        "" if falling => "months",
        "" | "d" | "day" | "days" | "天" | "日" => "days",
        "w" | "week" | "weeks" | "周" => "weeks",
        "m" | "month" | "months" | "月" | "个月" => "months",
        "y" | "year" | "years" | "年" => "years",
        _ => return read_interval(&text).filter(|back| fits(*back, falling)),
    };
    read_interval(&format!("{number} {unit}")).filter(|back| fits(*back, falling))
}

/// Falling goes by whole months, of which each is a sum of its own.
fn fits(back: Interval, falling: bool) -> bool {
    !falling || back.days == 0 && back.months <= super::lower_leaf::MOST_FALLING
}
