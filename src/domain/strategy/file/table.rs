//! One table of a strategy's file, read key by key, so that every refusal has its place.

use std::ops::Range;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::error::{PartFault, Place, StrategyFileError};
use crate::domain::code::{hides_characters, is_code};
use crate::domain::decimal::share_ppm;
use crate::domain::money::{Currency, Minor, MoneyError};

pub(super) type Entry<'t> = (&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>);

/// The entries of a table in the order of the file.
pub(super) fn in_order<'t>(table: &'t DeTable<'t>) -> Vec<Entry<'t>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// A table, and what to say of it.
pub(super) struct Table<'t> {
    text: &'t str,
    currency: Currency,
    /// `wave[2]`
    name: String,
    place: Place,
    entries: Vec<Entry<'t>>,
}

/// A text and where its value stands in the file.
pub(super) type Words = (String, Range<usize>);

type Read<T> = Result<T, StrategyFileError>;

impl<'t> Table<'t> {
    /// A table that has no keys but `known`.
    pub(super) fn open(
        (text, currency): (&'t str, Currency),
        name: String,
        value: &'t Spanned<DeValue<'t>>,
        known: &[&str],
    ) -> Read<Self> {
        let place = Place::of(text, value.span().start);
        let Some(table) = value.get_ref().as_table() else {
            return Err(StrategyFileError::Part { key: name, fault: PartFault::NotATable, place });
        };
        let entries = in_order(table);
        for (key, _) in &entries {
            if !known.contains(&&**key.get_ref()) {
                let place = Place::of(text, key.span().start);
                let key = format!("{name}.{}", key.get_ref());
                return Err(StrategyFileError::UnknownKey { key, place });
            }
        }
        Ok(Self { text, currency, name, place, entries })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        let found = self.entries.iter().find(|(name, _)| &**name.get_ref() == key);
        found.map(|(_, value)| *value)
    }

    /// Where the value of this key stands.
    pub(super) fn span(&self, key: &str) -> Option<Range<usize>> {
        self.value(key).map(Spanned::span)
    }

    /// A refusal of this key, or of the whole table if the key is not there.
    pub(super) fn refuse(&self, key: &str, fault: PartFault) -> StrategyFileError {
        let place = self.value(key).map_or(self.place, |v| Place::of(self.text, v.span().start));
        let key = if key.is_empty() { self.name.clone() } else { format!("{}.{key}", self.name) };
        StrategyFileError::Part { key, fault, place }
    }

    fn needed<T>(&self, key: &str, value: Option<T>) -> Read<T> {
        value.ok_or_else(|| self.refuse(key, PartFault::Missing))
    }

    /// Text of one or more lines that is not empty and hides nothing.
    pub(super) fn lines(&self, key: &str) -> Read<Option<Words>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let Some(words) = value.get_ref().as_str() else {
            return Err(self.refuse(key, PartFault::NotText));
        };
        if words.trim().is_empty() {
            return Err(self.refuse(key, PartFault::Empty));
        }
        if hides_characters(words) {
            return Err(self.refuse(key, PartFault::Hidden));
        }
        Ok(Some((words.to_owned(), value.span())))
    }

    pub(super) fn need_lines(&self, key: &str) -> Read<Words> {
        self.needed(key, self.lines(key)?)
    }

    /// Text of one line.
    pub(super) fn words(&self, key: &str) -> Read<Option<Words>> {
        let words = self.lines(key)?;
        match &words {
            Some((text, _)) if text.contains(['\n', '\t']) => {
                Err(self.refuse(key, PartFault::Lines))
            }
            _ => Ok(words),
        }
    }

    pub(super) fn need_words(&self, key: &str) -> Read<String> {
        Ok(self.needed(key, self.words(key)?)?.0)
    }

    pub(super) fn code(&self, key: &str) -> Read<Option<Words>> {
        let words = self.lines(key)?;
        match &words {
            Some((text, _)) if !is_code(text) => Err(self.refuse(key, PartFault::NotACode)),
            _ => Ok(words),
        }
    }

    /// One of the fixed words.
    pub(super) fn one_of<T>(
        &self,
        key: &str,
        words: &'static [&'static str],
        find: fn(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let found = value.get_ref().as_str().and_then(find);
        found.map(Some).ok_or_else(|| self.refuse(key, PartFault::NotOneOf { words }))
    }

    pub(super) fn need_one_of<T>(
        &self,
        key: &str,
        words: &'static [&'static str],
        find: fn(&str) -> Option<T>,
    ) -> Read<T> {
        self.needed(key, self.one_of(key, words, find)?)
    }

    pub(super) fn whole<T: TryFrom<i64>>(&self, key: &str, from: i64, to: i64) -> Read<Option<T>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        whole(value.get_ref(), from, to).map(Some).map_err(|fault| self.refuse(key, fault))
    }

    pub(super) fn need_whole<T: TryFrom<i64>>(&self, key: &str, from: i64, to: i64) -> Read<T> {
        self.needed(key, self.whole(key, from, to)?)
    }

    /// A share, in parts per million.
    pub(super) fn share(&self, key: &str) -> Read<Option<u32>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let ppm = digits(value.get_ref()).and_then(|text| share_ppm(&text));
        ppm.map(Some).ok_or_else(|| self.refuse(key, PartFault::NotAShare))
    }

    pub(super) fn need_share(&self, key: &str) -> Read<u32> {
        self.needed(key, self.share(key)?)
    }

    /// An amount of the bank's currency, in quotes or as a number; zero or more.
    pub(super) fn money(&self, key: &str) -> Read<Option<Minor>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let text = match value.get_ref().as_str() {
            Some(text) => Some(text.trim().to_owned()),
            None => digits(value.get_ref()),
        };
        let amount = text.ok_or(MoneyError::NotANumber).and_then(|text| self.currency.parse(&text));
        match amount {
            Ok(amount) if amount.0 >= 0 => Ok(Some(amount)),
            Ok(_) => Err(self.refuse(key, PartFault::NotMoney(MoneyError::NotANumber))),
            Err(error) => Err(self.refuse(key, PartFault::NotMoney(error))),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Read<Option<bool>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let flag = value.get_ref().as_bool();
        flag.map(Some).ok_or_else(|| self.refuse(key, PartFault::NotAFlag))
    }

    pub(super) fn day(&self, key: &str) -> Read<Option<NaiveDate>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let day = value.get_ref().as_datetime().filter(|at| at.time.is_none()).and_then(|at| {
            let date = at.date?;
            NaiveDate::from_ymd_opt(i32::from(date.year), date.month.into(), date.day.into())
        });
        day.map(Some).ok_or_else(|| self.refuse(key, PartFault::NotADay))
    }

    /// A table of whole numbers by names that the file chooses, in its order, with the names' places.
    pub(super) fn numbers(
        &self,
        key: &str,
        most: usize,
        (from, to): (i64, i64),
    ) -> Read<Option<Vec<(Words, u32)>>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.refuse(key, PartFault::NotATable));
        };
        let mut list = vec![];
        for (name, value) in in_order(table) {
            let refuse = |fault| {
                let key = format!("{}.{key}.{}", self.name, name.get_ref());
                let place = Place::of(self.text, value.span().start);
                StrategyFileError::Part { key, fault, place }
            };
            if list.len() == most {
                return Err(refuse(PartFault::TooMany { most }));
            }
            let number = whole(value.get_ref(), from, to).map_err(refuse)?;
            list.push(((name.get_ref().to_string(), name.span()), number));
        }
        if list.is_empty() {
            return Err(self.refuse(key, PartFault::Empty));
        }
        Ok(Some(list))
    }

    /// A list of texts of one line, none twice, with their places.
    pub(super) fn list(&self, key: &str, most: usize) -> Read<Option<Vec<Words>>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let Some(items) = value.get_ref().as_array() else {
            return Err(self.refuse(key, PartFault::NotAList));
        };
        let mut list: Vec<Words> = vec![];
        for item in items {
            let place = Place::of(self.text, item.span().start);
            let words = item.get_ref().as_str();
            let fault = match words {
                None => Some(PartFault::NotAList),
                Some(words) if words.trim().is_empty() => Some(PartFault::Empty),
                Some(words) if words.contains(['\n', '\t']) => Some(PartFault::Lines),
                Some(words) if hides_characters(words) => Some(PartFault::Hidden),
                Some(words) if list.iter().any(|(other, _)| other == words) => {
                    Some(PartFault::Twice)
                }
                Some(_) if list.len() == most => Some(PartFault::TooMany { most }),
                Some(_) => None,
            };
            if let Some(fault) = fault {
                let key = format!("{}.{key}", self.name);
                return Err(StrategyFileError::Part { key, fault, place });
            }
            list.push((words.unwrap_or_default().to_owned(), item.span()));
        }
        if list.is_empty() {
            return Err(self.refuse(key, PartFault::Empty));
        }
        Ok(Some(list))
    }
}

/// A whole number between these.
pub(super) fn whole<T: TryFrom<i64>>(
    value: &DeValue<'_>,
    least: i64,
    most: i64,
) -> Result<T, PartFault> {
    let number = whole_number(value).filter(|number| (least..=most).contains(number));
    number.and_then(|n| T::try_from(n).ok()).ok_or(PartFault::NotWhole { least, most })
}

pub(super) fn whole_number(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

/// The digits of a number as they stand, so that none is lost in a float.
pub(super) fn digits(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Float(number) => Some(number.as_str().replace('_', "")),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        _ => None,
    }
}
