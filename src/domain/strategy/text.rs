//! What a strategy's text must be, field by field, and the bytes that its hash covers.

use std::fmt::Write as _;

use super::StrategyText;
use crate::domain::code::{hides_characters, is_code};
use crate::domain::decimal::Decimal;
use crate::domain::hash::ContentHash;
use crate::domain::message::Message;
use crate::msg;

/// A field of a strategy's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `code`
    Code,
    /// `name`
    Name,
    /// `segment`
    Segment,
    /// `deadline_days`
    DeadlineDays,
    /// `control_share`
    ControlShare,
    /// `seed`
    Seed,
    /// `offer.product`
    Product,
    /// `offer.benefit`
    Benefit,
    /// `offer.script`
    Script,
}

impl Field {
    /// Every field, in the order of the file and the form.
    pub const ALL: [Self; 9] = [
        Self::Code,
        Self::Name,
        Self::Segment,
        Self::DeadlineDays,
        Self::ControlShare,
        Self::Seed,
        Self::Product,
        Self::Benefit,
        Self::Script,
    ];

    /// Its key in a file; the offer's fields stand under `[offer]`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Name => "name",
            Self::Segment => "segment",
            Self::DeadlineDays => "deadline_days",
            Self::ControlShare => "control_share",
            Self::Seed => "seed",
            Self::Product => "product",
            Self::Benefit => "benefit",
            Self::Script => "script",
        }
    }

    /// True if the field stands under `[offer]`.
    #[must_use]
    pub fn in_offer(self) -> bool {
        matches!(self, Self::Product | Self::Benefit | Self::Script)
    }
}

/// So many characters a strategy's name has at most, as a segment's: it stands in rows of tables, on orders and in messages.
pub const NAME_MOST: usize = 100;

/// What is wrong with one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing stands there, or spaces only.
    Empty,
    /// A code has a space or an invisible character, or is longer than 40.
    NotACode,
    /// A control, bidi or invisible character.
    Hidden,
    /// A name has more than [`NAME_MOST`] characters.
    TooLong,
    /// Not a whole number that fits.
    NotWhole,
    /// Not a plain decimal number such as `0.10`.
    NotAShare,
    /// More than six decimals.
    TooFine,
    /// Outside 0 to 0.9.
    ShareRange,
    /// Outside 1 to 366.
    DaysRange,
}

/// One field's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault:?}", field.key())]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub fault: Fault,
}

impl FieldError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let key = match self.fault {
            Fault::Empty => msg!("strategy.field.empty"),
            Fault::NotACode => msg!("strategy.field.not-a-code"),
            Fault::Hidden => msg!("strategy.field.hidden"),
            Fault::TooLong => msg!("strategy.field.too-long"),
            Fault::NotWhole => msg!("strategy.field.not-whole"),
            Fault::NotAShare => msg!("strategy.field.not-a-share"),
            Fault::TooFine => msg!("strategy.field.too-fine"),
            Fault::ShareRange => msg!("strategy.field.share-range"),
            Fault::DaysRange => msg!("strategy.field.days-range"),
        };
        Message::new(key).with("field", self.field.key())
    }
}

/// Reads a share such as `0.10` as parts per million, from its decimals and never through a float.
///
/// # Errors
/// [`Fault::NotAShare`], [`Fault::TooFine`] or [`Fault::ShareRange`].
pub fn parse_share(text: &str) -> Result<i32, Fault> {
    let Decimal { negative, whole, decimals } =
        Decimal::parse(text.trim()).ok_or(Fault::NotAShare)?;
    if negative || whole.bytes().any(|b| b != b'0') {
        return Err(Fault::ShareRange);
    }
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > 6 {
        return Err(Fault::TooFine);
    }
    let ppm: i32 = format!("{decimals:0<6}").parse().map_err(|_| Fault::NotAShare)?;
    if ppm > 900_000 { Err(Fault::ShareRange) } else { Ok(ppm) }
}

/// A share as people write it: `0.10`, at least two decimals.
#[must_use]
pub fn share(ppm: i32) -> String {
    let all = format!("{ppm:06}");
    let short = all.trim_end_matches('0');
    format!("0.{short:0<2}")
}

impl StrategyText {
    /// What is wrong with each field; empty if nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<FieldError> {
        Field::ALL
            .into_iter()
            .filter_map(|field| self.fault(field).map(|fault| FieldError { field, fault }))
            .collect()
    }

    fn fault(&self, field: Field) -> Option<Fault> {
        let words = |text: &str, needed: bool| {
            if needed && text.trim().is_empty() {
                Some(Fault::Empty)
            } else if hides_characters(text) {
                Some(Fault::Hidden)
            } else {
                None
            }
        };
        let code = |text: &str| {
            if text.is_empty() {
                Some(Fault::Empty)
            } else if is_code(text) {
                None
            } else {
                Some(Fault::NotACode)
            }
        };
        match field {
            Field::Code => code(&self.code),
            Field::Segment => code(&self.segment),
            Field::Name => words(&self.name, true)
                .or(self.name.contains(['\n', '\t']).then_some(Fault::Hidden))
                .or((self.name.chars().count() > NAME_MOST).then_some(Fault::TooLong)),
            Field::Product => words(&self.product, true),
            Field::Benefit => words(&self.benefit, false),
            Field::Script => words(&self.script, true),
            Field::DeadlineDays => {
                (!(1..=366).contains(&self.deadline_days)).then_some(Fault::DaysRange)
            }
            Field::ControlShare => {
                (!(0..=900_000).contains(&self.control_ppm)).then_some(Fault::ShareRange)
            }
            Field::Seed => None,
        }
    }

    /// The bytes that the hash of a submitted version covers: a first line `baton strategy 2`, then for each field
    /// `name=<bytes of UTF-8>:<value>` and a line end, in a fixed order. The lengths keep two different texts from
    /// ever reading alike. A plain strategy has no `body` and says `baton strategy 1`, so that what was approved
    /// before there were bodies stays approved. `baton.strategy_content` in the database gives the same.
    #[must_use]
    pub fn content(&self, segment_version: i32, rule: &str) -> String {
        let format = if self.body.is_plain() { 1 } else { 2 };
        let mut content = format!("baton strategy {format}\n");
        let mut put = |field: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(content, "{field}={}:{value}", value.len());
        };
        put("code", &self.code);
        put("name", &self.name);
        put("segment", &self.segment);
        put("segment_version", &segment_version.to_string());
        put("rule", rule);
        put("deadline_days", &self.deadline_days.to_string());
        put("control_ppm", &self.control_ppm.to_string());
        put("seed", &self.seed.to_string());
        put("product", &self.product);
        put("benefit", &self.benefit);
        put("script", &self.script);
        if !self.body.is_plain() {
            put("body", &self.body.canonical());
        }
        content
    }

    /// The hash that an approver approves: SHA-256 of [`Self::content`].
    #[must_use]
    pub fn hash(&self, segment_version: i32, rule: &str) -> ContentHash {
        ContentHash::of(self.content(segment_version, rule).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_from_its_decimals() {
        for (text, ppm) in [
            ("0.10", 100_000),
            ("0.1", 100_000),
            (".25", 250_000),
            ("0", 0),
            ("0.", 0),
            ("0.900000000", 900_000),
            ("0.000001", 1),
            ("+0.3", 300_000),
        ] {
            assert_eq!(parse_share(text), Ok(ppm), "{text}");
        }
        for (text, fault) in [
            ("", Fault::NotAShare),
            (".", Fault::NotAShare),
            ("1e-1", Fault::NotAShare),
            ("10%", Fault::NotAShare),
            ("0.0000001", Fault::TooFine),
            ("0.900001", Fault::ShareRange),
            ("1", Fault::ShareRange),
            ("-0.1", Fault::ShareRange),
            ("--1", Fault::NotAShare),
        ] {
            assert_eq!(parse_share(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn a_name_has_at_most_a_hundred_characters() {
        let fault = |length: usize| {
            StrategyText { name: "策".repeat(length), ..StrategyText::default() }.fault(Field::Name)
        };
        assert_eq!((fault(NAME_MOST), fault(NAME_MOST + 1)), (None, Some(Fault::TooLong)));
    }

    #[test]
    fn a_share_is_written_as_it_is_read() {
        for ppm in [0, 1, 100_000, 125_000, 900_000] {
            assert_eq!(parse_share(&share(ppm)), Ok(ppm));
        }
        assert_eq!(share(100_000), "0.10");
        assert_eq!(share(0), "0.00");
    }
}
