//! A strategy as a file: TOML with the keys of [`Field`], the offer's under `[offer]`, and the deeper parts of
//! [`Body`], each of which may be left out.
//!
//! The file is walked by hand rather than through serde, so that every refusal names line and column, and exact shares
//! and amounts are read from their digits. [`read`] knows no bank but its currency; [`File::check`] then reads the
//! rules and placeholders in it against the bank's words.

mod check;
mod error;
mod parts;
mod print;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::StrategyText;
use super::body::Body;
use super::text::{Fault, Field, FieldError, parse_share};
use crate::domain::money::Currency;

pub use error::{PartFault, Place, StrategyFileError};
pub use print::{Line, Written, lines, print, print_body};

use table::{digits, in_order, whole_number};

/// What of a file is to be checked against the bank's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Script,
    WaveScript(usize),
    Success,
    Metric,
    Guard(usize),
    Exit(usize),
    Anchor(usize),
    /// The day of a wave, where it has one for everybody.
    Day(usize),
    Unit(usize),
    /// A unit with a quota of its own, by its place among the codes in their order.
    Quota(usize),
}

/// A file that was read: its text is whole, but nothing in it was held against a bank's words yet.
#[derive(Clone, Debug)]
pub struct File {
    /// What it says.
    pub strategy: StrategyText,
    text: String,
    spots: Vec<(Part, Range<usize>)>,
}

/// Reads a strategy file. Line ends of a Windows editor become plain ones.
///
/// # Errors
/// [`StrategyFileError`], the first in the order of the file.
pub fn read(text: &str, currency: Currency) -> Result<File, StrategyFileError> {
    walk(text, currency, Kind::Whole)
}

/// Reads a template: a strategy's file without code and segment, with a head of its own.
///
/// # Errors
/// As [`read`].
pub(super) fn read_template(text: &str, currency: Currency) -> Result<File, StrategyFileError> {
    walk(text, currency, Kind::Template)
}

/// Reads a text that has the deeper parts only, as the console's form edits them; the plain fields stay empty.
///
/// # Errors
/// [`StrategyFileError`], the first in the order of the text.
pub fn read_body(text: &str, currency: Currency) -> Result<File, StrategyFileError> {
    walk(text, currency, Kind::Body)
}

/// Reads a strategy file where only its text is wanted, not the bank's opinion of it.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str, currency: Currency) -> Result<StrategyText, StrategyFileError> {
    Ok(read(text, currency)?.strategy)
}

fn walk(text: &str, currency: Currency, kind: Kind) -> Result<File, StrategyFileError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let table = DeTable::parse(&text).map_err(|e| StrategyFileError::Syntax {
        place: Place::of(&text, e.span().map_or(0, |s| s.start)),
        reason: e.message().to_owned(),
    })?;
    let mut reader = Reader {
        text: &text,
        currency,
        kind,
        strategy: StrategyText::default(),
        seen: Vec::new(),
        spots: Vec::new(),
    };
    reader.table(table.get_ref(), false)?;
    let needed = |field: &Field| match kind {
        Kind::Whole => true,
        Kind::Body => false,
        Kind::Template => !matches!(field, Field::Code | Field::Segment),
    };
    let mut needed = Field::ALL.into_iter().filter(needed);
    if let Some(field) = needed.find(|field| !reader.seen.contains(field)) {
        return Err(StrategyFileError::Missing { field });
    }
    let (strategy, spots) = (reader.strategy, reader.spots);
    Ok(File { strategy, text, spots })
}

/// What a text is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Body,
    Template,
}

struct Reader<'t> {
    text: &'t str,
    currency: Currency,
    kind: Kind,
    strategy: StrategyText,
    seen: Vec<Field>,
    spots: Vec<(Part, Range<usize>)>,
}

impl<'t> Reader<'t> {
    fn body(&mut self) -> &mut Body {
        &mut self.strategy.body
    }

    /// Remembers where a text stands that the bank's words are asked about.
    fn note(&mut self, part: Part, (words, at): table::Words) -> String {
        self.spots.push((part, at));
        words
    }

    fn table(&mut self, table: &'t DeTable<'t>, in_offer: bool) -> Result<(), StrategyFileError> {
        for (key, value) in in_order(table) {
            let name: &str = key.get_ref();
            if !in_offer && parts::KEYS.contains(&name) {
                self.part(name, value)?;
                continue;
            }
            if !in_offer && self.kind == Kind::Template && name == "template" {
                continue;
            }
            if !in_offer && self.kind != Kind::Body && name == "offer" {
                let Some(offer) = value.get_ref().as_table() else {
                    let place = Place::of(self.text, value.span().start);
                    return Err(StrategyFileError::WrongType { key: "offer", place });
                };
                self.table(offer, true)?;
                continue;
            }
            let field =
                Field::ALL.into_iter().find(|f| f.in_offer() == in_offer && f.key() == name);
            let Some(field) = field.filter(|_| self.kind != Kind::Body) else {
                let place = Place::of(self.text, key.span().start);
                return Err(StrategyFileError::UnknownKey { key: name.to_owned(), place });
            };
            self.field(field, value)?;
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: Field,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), StrategyFileError> {
        let place = Place::of(self.text, value.span().start);
        let refuse = |fault| StrategyFileError::Field { error: FieldError { field, fault }, place };
        let whole = || whole_number(value.get_ref()).ok_or_else(|| refuse(Fault::NotWhole));
        match field {
            Field::DeadlineDays => {
                self.strategy.deadline_days =
                    i32::try_from(whole()?).map_err(|_| refuse(Fault::DaysRange))?;
            }
            Field::Seed => self.strategy.seed = whole()?,
            Field::ControlShare => {
                let digits = digits(value.get_ref()).ok_or_else(|| refuse(Fault::NotAShare))?;
                self.strategy.control_ppm = parse_share(&digits).map_err(refuse)?;
            }
            _ => {
                let Some(words) = value.get_ref().as_str() else {
                    return Err(StrategyFileError::WrongType { key: field.key(), place });
                };
                words.clone_into(self.words(field));
            }
        }
        if field == Field::Script {
            self.spots.push((Part::Script, value.span()));
        }
        self.seen.push(field);
        match self.strategy.faults().into_iter().find(|e| e.field == field) {
            Some(error) => Err(StrategyFileError::Field { error, place }),
            None => Ok(()),
        }
    }

    fn words(&mut self, field: Field) -> &mut String {
        match field {
            Field::Name => &mut self.strategy.name,
            Field::Segment => &mut self.strategy.segment,
            Field::Product => &mut self.strategy.product,
            Field::Benefit => &mut self.strategy.benefit,
            Field::Script => &mut self.strategy.script,
            _ => &mut self.strategy.code,
        }
    }
}
