//! A strategy as a file: TOML with the keys of [`Field`], the offer's under `[offer]`.
//!
//! The file is walked by hand rather than through serde, so that every refusal names the line and an exact share is
//! read from its digits.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::StrategyText;
use super::text::{Fault, Field, FieldError, parse_share};
use crate::domain::message::Message;
use crate::msg;

/// Where in a file, counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Place {
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    pub(crate) fn message(self) -> Message {
        Message::new(msg!("strategy.file.place"))
            .with("line", self.line)
            .with("column", self.column)
    }
}

/// Why a file is not a strategy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrategyFileError {
    /// Not TOML.
    #[error("not TOML at {place:?}: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the TOML reader says.
        reason: String,
    },
    /// A key that a strategy does not have.
    #[error("unknown key {key} at {place:?}")]
    UnknownKey {
        /// The key as it stands.
        key: String,
        /// Where.
        place: Place,
    },
    /// A key that must be there is not.
    #[error("{} is missing", field.key())]
    Missing {
        /// Which.
        field: Field,
    },
    /// A value of the wrong kind, or one that a strategy cannot have.
    #[error("{error} at {place:?}")]
    Field {
        /// Which field and what is wrong.
        error: FieldError,
        /// Where.
        place: Place,
    },
    /// Text was expected, or a table.
    #[error("{key} has the wrong type at {place:?}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// Where.
        place: Place,
    },
}

impl StrategyFileError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Syntax { place, reason } => Message::new(msg!("strategy.file.syntax"))
                .with("reason", reason.as_str())
                .with("place", place.message()),
            Self::UnknownKey { key, place } => Message::new(msg!("strategy.file.unknown-key"))
                .with("key", crate::domain::clean::clean(key).into_owned())
                .with("place", place.message()),
            Self::Missing { field } if field.in_offer() => {
                Message::new(msg!("strategy.file.missing-in-offer")).with("field", field.key())
            }
            Self::Missing { field } => {
                Message::new(msg!("strategy.file.missing")).with("field", field.key())
            }
            Self::Field { error, place } => Message::new(msg!("strategy.file.field"))
                .with("error", error.message())
                .with("place", place.message()),
            Self::WrongType { key, place } => Message::new(msg!("strategy.file.wrong-type"))
                .with("key", *key)
                .with("place", place.message()),
        }
    }
}

/// Reads a strategy file. Line ends of a Windows editor become plain ones.
///
/// # Errors
/// [`StrategyFileError`], the first in the order of the file.
pub fn parse(text: &str) -> Result<StrategyText, StrategyFileError> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let table = DeTable::parse(&text).map_err(|e| StrategyFileError::Syntax {
        place: Place::of(&text, e.span().map_or(0, |s| s.start)),
        reason: e.message().to_owned(),
    })?;
    let mut reader = Reader { text: &text, strategy: StrategyText::default(), seen: Vec::new() };
    reader.table(table.get_ref(), false)?;
    for field in Field::ALL {
        if !reader.seen.contains(&field) {
            return Err(StrategyFileError::Missing { field });
        }
    }
    Ok(reader.strategy)
}

struct Reader<'t> {
    text: &'t str,
    strategy: StrategyText,
    seen: Vec<Field>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, in_offer: bool) -> Result<(), StrategyFileError> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let name: &str = key.get_ref();
            if !in_offer && name == "offer" {
                let Some(offer) = value.get_ref().as_table() else {
                    let place = Place::of(self.text, value.span().start);
                    return Err(StrategyFileError::WrongType { key: "offer", place });
                };
                self.table(offer, true)?;
                continue;
            }
            let field =
                Field::ALL.into_iter().find(|f| f.in_offer() == in_offer && f.key() == name);
            let Some(field) = field else {
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
                let digits = match value.get_ref() {
                    DeValue::Float(number) => number.as_str().replace('_', ""),
                    DeValue::Integer(number) if number.radix() == 10 => {
                        number.as_str().replace('_', "")
                    }
                    _ => return Err(refuse(Fault::NotAShare)),
                };
                self.strategy.control_ppm = parse_share(&digits).map_err(refuse)?;
            }
            _ => {
                let Some(words) = value.get_ref().as_str() else {
                    return Err(StrategyFileError::WrongType { key: field.key(), place });
                };
                words.clone_into(self.words(field));
            }
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

fn whole_number(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
code = "ST-014"
name = "代发客户挽回"
segment = "SG-PAYROLL"
deadline_days = 14
control_share = 0.10
seed = 7

[offer]
product = "稳利 90 天"
benefit = "加息券 0.2 %"
script = """
您好，
这里是江海银行。"""
"#;

    #[test]
    fn the_file_of_the_docs_is_read() {
        let strategy = parse(FILE).unwrap();
        assert_eq!(strategy.code, "ST-014");
        assert_eq!((strategy.deadline_days, strategy.control_ppm, strategy.seed), (14, 100_000, 7));
        assert_eq!(strategy.script, "您好，\n这里是江海银行。");
        assert_eq!(
            parse(&FILE.replace('\n', "\r\n")).unwrap(),
            strategy,
            "line ends do not change the text"
        );
    }

    fn refusal(from: &str, to: &str) -> StrategyFileError {
        assert!(FILE.contains(from), "{from}");
        parse(&FILE.replace(from, to)).unwrap_err()
    }

    #[test]
    fn what_is_no_strategy_is_refused_with_its_place() {
        let unknown = refusal("seed = 7", "sed = 7");
        assert_eq!(
            unknown,
            StrategyFileError::UnknownKey {
                key: "sed".into(),
                place: Place { line: 7, column: 1 }
            }
        );
        assert_eq!(refusal("seed = 7\n", ""), StrategyFileError::Missing { field: Field::Seed });
        let fault = |from, to| match refusal(from, to) {
            StrategyFileError::Field { error, place } => {
                (error.field.key(), error.fault, place.line)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(fault("0.10", "0.95"), ("control_share", Fault::ShareRange, 6));
        assert_eq!(fault("0.10", "1e-1"), ("control_share", Fault::NotAShare, 6));
        assert_eq!(fault("0.10", "\"0.1\""), ("control_share", Fault::NotAShare, 6));
        assert_eq!(fault("= 14", "= 0"), ("deadline_days", Fault::DaysRange, 5));
        assert_eq!(fault("= 7", "= 7.5"), ("seed", Fault::NotWhole, 7));
        assert_eq!(fault("SG-PAYROLL", "SG PAYROLL"), ("segment", Fault::NotACode, 4));
        assert_eq!(fault("稳利 90 天", " "), ("product", Fault::Empty, 10));
        assert!(matches!(
            refusal("benefit = \"加息券 0.2 %\"", "benefit = 2"),
            StrategyFileError::WrongType { key: "benefit", .. }
        ));
        assert!(matches!(refusal("[offer]", "[offer"), StrategyFileError::Syntax { .. }));
        assert!(matches!(
            refusal("seed = 7", "seed = 7\nseed = 8"),
            StrategyFileError::Syntax { .. }
        ));
        assert!(matches!(
            refusal("product =", "prodct ="),
            StrategyFileError::UnknownKey { place: Place { line: 10, column: 1 }, .. }
        ));
    }
}
