//! One table of a score card, read key by key, so that every refusal has its place.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::error::{CardError, Fault};
use crate::domain::code::{hides_characters, is_code};
use crate::domain::score::{Points, Ratio};
use crate::domain::strategy::file::Place;

/// The longest name, in characters.
const NAME: usize = 60;

type Entry<'t> = (&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>);

pub(super) fn place(text: &str, offset: usize) -> Place {
    Place::of(text, offset)
}

/// A table, and what to say of it.
pub(super) struct Table<'t> {
    text: &'t str,
    /// `unit[2]`; nothing for the whole file.
    name: String,
    place: Place,
    entries: Vec<Entry<'t>>,
}

type Read<T> = Result<T, CardError>;

impl<'t> Table<'t> {
    /// The whole file, which has no keys but `known`.
    pub(super) fn open(
        text: &'t str,
        table: &'t DeTable<'t>,
        known: &'static [&'static str],
    ) -> Read<Self> {
        let whole = Self::of(text, String::new(), place(text, 0), table);
        whole.only(known)?;
        Ok(whole)
    }

    fn of(text: &'t str, name: String, place: Place, table: &'t DeTable<'t>) -> Self {
        let mut entries: Vec<Entry<'t>> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        Self { text, name, place, entries }
    }

    fn key(&self, key: &str) -> String {
        match (self.name.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.name.clone(),
            (false, false) => format!("{}.{key}", self.name),
        }
    }

    /// Refuses the first key that is none of `known`.
    pub(super) fn only(&self, known: &'static [&'static str]) -> Read<()> {
        let strange = self.entries.iter().find(|(key, _)| !known.contains(&&**key.get_ref()));
        strange.map_or(Ok(()), |(key, _)| {
            let place = place(self.text, key.span().start);
            let key = self.key(key.get_ref());
            Err(CardError::Key { key, fault: Fault::Unknown { known }, place })
        })
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        let found = self.entries.iter().find(|(name, _)| &**name.get_ref() == key);
        found.map(|(_, value)| *value)
    }

    /// A refusal of this key, at the table if the key is not there.
    pub(super) fn refuse(&self, key: &str, fault: Fault) -> CardError {
        CardError::Key { key: self.key(key), fault, place: self.place_of(key) }
    }

    /// Where a key's value stands; where the table begins if the key is not there.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.value(key).map_or(self.place, |v| place(self.text, v.span().start))
    }

    pub(super) fn missing(&self, key: &str) -> CardError {
        self.refuse(key, Fault::Missing)
    }

    fn words(&self, key: &str) -> Read<Option<String>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let Some(words) = value.get_ref().as_str() else {
            return Err(self.refuse(key, Fault::NotText));
        };
        if words.trim().is_empty() {
            return Err(self.refuse(key, Fault::Empty));
        }
        if words.contains(['\n', '\t']) || hides_characters(words) {
            return Err(self.refuse(key, Fault::Hidden));
        }
        if words.chars().count() > NAME {
            return Err(self.refuse(key, Fault::TooLong));
        }
        Ok(Some(words.to_owned()))
    }

    /// Text of one line.
    pub(super) fn need_words(&self, key: &str) -> Read<String> {
        self.words(key)?.ok_or_else(|| self.missing(key))
    }

    pub(super) fn need_code(&self, key: &str) -> Read<String> {
        let words = self.need_words(key)?;
        if is_code(&words) { Ok(words) } else { Err(self.refuse(key, Fault::NotACode)) }
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
        found.map(Some).ok_or_else(|| self.refuse(key, Fault::NotOneOf { words }))
    }

    pub(super) fn need_one_of<T>(
        &self,
        key: &str,
        words: &'static [&'static str],
        find: fn(&str) -> Option<T>,
    ) -> Read<T> {
        self.one_of(key, words, find)?.ok_or_else(|| self.missing(key))
    }

    fn between<T: Copy + PartialOrd + ToString>(
        &self,
        key: &str,
        (least, most, decimals): (T, T, usize),
        read: fn(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let number = digits(value.get_ref()).and_then(|digits| read(&digits));
        let number = number.filter(|number| (least..=most).contains(number));
        let (least, most) = (least.to_string(), most.to_string());
        number
            .map(Some)
            .ok_or_else(|| self.refuse(key, Fault::NotBetween { least, most, decimals }))
    }

    pub(super) fn points(&self, key: &str, least: Points, most: Points) -> Read<Option<Points>> {
        self.between(key, (least, most, 2), Points::parse)
    }

    pub(super) fn ratio(&self, key: &str, least: Ratio, most: Ratio) -> Read<Option<Ratio>> {
        self.between(key, (least, most, 6), Ratio::parse)
    }

    pub(super) fn whole(&self, key: &str, least: i64, most: i64) -> Read<Option<i64>> {
        self.between(key, (least, most, 0), |digits| digits.parse().ok())
    }

    /// A list of tables, in their order; nothing if the key is not there.
    pub(super) fn tables(&self, key: &str, most: usize) -> Read<Vec<Self>> {
        let Some(value) = self.value(key) else { return Ok(vec![]) };
        let Some(items) = value.get_ref().as_array() else {
            return Err(self.refuse(key, Fault::NotTables));
        };
        if items.len() > most {
            return Err(self.refuse(key, Fault::TooMany { most }));
        }
        let table = |(at, item): (usize, &'t Spanned<DeValue<'t>>)| {
            let name = format!("{key}[{}]", at + 1);
            let place = place(self.text, item.span().start);
            match item.get_ref().as_table() {
                Some(table) => Ok(Self::of(self.text, name, place, table)),
                None => Err(CardError::Key { key: name, fault: Fault::NotTables, place }),
            }
        };
        items.iter().enumerate().map(table).collect()
    }
}

/// The digits of a number as they stand, so that none is lost in a float.
fn digits(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Float(number) => Some(number.as_str().replace('_', "")),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        _ => None,
    }
}
