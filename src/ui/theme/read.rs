//! Reading a theme file, so that a mistake in it is found by its line.

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};
use toml::{Spanned, Value};

use super::Theme;
use crate::domain::message::Message;
use crate::msg;

/// Why a theme cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No built-in theme has this name.
    #[error("no theme {name}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// The file is no TOML table of styles.
    #[error("{file}:{line}: {detail}")]
    Syntax {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// The parser's words.
        detail: String,
    },
    /// A role or an attribute that does not exist.
    #[error("{file}:{line}: unknown key {key}")]
    UnknownKey {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What may stand there.
        known: String,
    },
    /// A value that the attribute cannot have.
    #[error("{file}:{line}: bad value of {key}")]
    BadValue {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// The attribute.
        key: String,
    },
}

impl ThemeError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { name, known } => Message::new(msg!("common.theme-unknown"))
                .with("name", name.as_str())
                .with("known", known.join(", ")),
            Self::Syntax { file, line, detail } => Message::new(msg!("common.theme-syntax"))
                .with("file", file.as_str())
                .with("line", *line)
                .with("detail", detail.as_str()),
            Self::UnknownKey { file, line, key, known } => {
                Message::new(msg!("common.theme-unknown-key"))
                    .with("file", file.as_str())
                    .with("line", *line)
                    .with("key", key.as_str())
                    .with("known", known.as_str())
            }
            Self::BadValue { file, line, key } => Message::new(msg!("common.theme-bad-value"))
                .with("file", file.as_str())
                .with("line", *line)
                .with("key", key.as_str()),
        }
    }
}

const ATTRIBUTES: &[&str] = &["fg", "bg", "bold", "dim", "underline", "reverse"];

type Attributes = BTreeMap<Spanned<String>, Spanned<Value>>;

/// Where in the text something stands, for errors.
struct Place<'a> {
    file: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        1 + self.text.bytes().take(span.start).filter(|b| *b == b'\n').count()
    }

    fn unknown(&self, key: &Spanned<String>, known: &[&str]) -> ThemeError {
        ThemeError::UnknownKey {
            file: self.file.to_owned(),
            line: self.line(&key.span()),
            key: key.get_ref().clone(),
            known: known.join(", "),
        }
    }
}

/// Puts the styles of `text` into `theme`.
pub(super) fn read(theme: &mut Theme, file: &str, text: &str) -> Result<(), ThemeError> {
    let place = Place { file, text };
    let styles: BTreeMap<Spanned<String>, Attributes> =
        toml::from_str(text).map_err(|e| ThemeError::Syntax {
            file: file.to_owned(),
            line: place.line(&e.span().unwrap_or_default()),
            detail: e.message().to_owned(),
        })?;
    for (role, attributes) in &styles {
        let style = style(attributes, &place)?;
        let slot = theme.role(role.get_ref()).ok_or_else(|| place.unknown(role, Theme::ROLES))?;
        *slot = style;
    }
    Ok(())
}

fn style(attributes: &Attributes, place: &Place<'_>) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    for (key, value) in attributes {
        let bad = || ThemeError::BadValue {
            file: place.file.to_owned(),
            line: place.line(&value.span()),
            key: key.get_ref().clone(),
        };
        let color =
            || value.get_ref().as_str().and_then(|c| c.parse::<Color>().ok()).ok_or_else(bad);
        let switch = |modifier| match value.get_ref().as_bool() {
            Some(true) => Ok(modifier),
            Some(false) => Ok(Modifier::empty()),
            None => Err(bad()),
        };
        style = match key.get_ref().as_str() {
            "fg" => style.fg(color()?),
            "bg" => style.bg(color()?),
            "bold" => style.add_modifier(switch(Modifier::BOLD)?),
            "dim" => style.add_modifier(switch(Modifier::DIM)?),
            "underline" => style.add_modifier(switch(Modifier::UNDERLINED)?),
            "reverse" => style.add_modifier(switch(Modifier::REVERSED)?),
            _ => return Err(place.unknown(key, ATTRIBUTES)),
        };
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Lang, render};

    fn said(text: &str) -> String {
        render(&Theme::read("mine", "mine.toml", text).unwrap_err().message(), Lang::En)
    }

    #[test]
    fn a_mistake_is_found_by_file_and_line() {
        let unknown = said("text = {}\nselectd = { bold = true }\n");
        assert!(
            unknown.starts_with("mine.toml, line 2: ") && unknown.contains("`selectd`"),
            "{unknown}"
        );
        let attribute = said("\n\ntext = { colour = \"red\" }");
        assert!(
            attribute.starts_with("mine.toml, line 3: ") && attribute.contains("`colour`"),
            "{attribute}"
        );
        let value = said("text = {}\nbar = { fg = \"reddish\" }");
        assert!(value.starts_with("mine.toml, line 2: ") && value.contains("`fg`"), "{value}");
        let syntax = said("text = {}\nbar = \n");
        assert!(syntax.starts_with("mine.toml, line 2: "), "{syntax}");
        assert!(said("text = 3").starts_with("mine.toml, line 1: "));
    }

    #[test]
    fn an_unknown_theme_says_which_there_are() {
        let error = Theme::built_in("neon").unwrap_err();
        assert_eq!(
            render(&error.message(), Lang::En),
            "there is no theme `neon`; there are: default, ink"
        );
    }
}
