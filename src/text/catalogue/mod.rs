//! The two catalogues, built into the program and read once.
//!
//! One file per area and language, flat quoted keys: `"import.no-column" = "the result has no column {column}"`.
//! A placeholder is a name in braces, small letters, digits, `_` and `-`; `{tasks|task|tasks}` is the first word where
//! the count of that name is one, else the second. Any other brace stands for itself.
//! The tests beside this file hold what the compiler cannot: each key of the code is in both languages, with the
//! same placeholders, and no key is there for nothing.

pub mod commands;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Lang;
use crate::domain::message::Key;

macro_rules! areas {
    ($($area:literal),* $(,)?) => {
        /// Every area with its file's text, (area, English, Chinese).
        const AREAS: &[(&str, &str, &str)] = &[$((
            $area,
            include_str!(concat!("en/", $area, ".toml")),
            include_str!(concat!("zh-CN/", $area, ".toml")),
        )),*];
    };
}

areas![
    "alert",
    "attribute",
    "benefit",
    "board",
    "calc",
    "calendar",
    "cli",
    "cluster",
    "coaching",
    "common",
    "console",
    "customer",
    "delivery",
    "demo",
    "engine",
    "exclusion",
    "finding",
    "import",
    "kpi",
    "life",
    "moment",
    "policy",
    "push",
    "review",
    "rule",
    "score",
    "segment",
    "strategy",
    "task",
    "worklist",
];

type Entries = HashMap<String, String>;

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Said as it stands.
    Words(&'a str),
    /// Filled by the argument of this name.
    Placeholder(&'a str),
    /// A word that depends on whether the argument of this name is one.
    Number {
        /// The argument.
        name: &'a str,
        /// Said of one.
        one: &'a str,
        /// Said of any other count.
        many: &'a str,
    },
}

/// The sentence of `key`, `None` if the catalogue does not have it.
pub(super) fn template(key: Key, lang: Lang) -> Option<&'static str> {
    static EN: OnceLock<Entries> = OnceLock::new();
    static ZH: OnceLock<Entries> = OnceLock::new();
    let entries = match lang {
        Lang::En => EN.get_or_init(|| load(lang)),
        Lang::ZhCn => ZH.get_or_init(|| load(lang)),
    };
    entries.get(key.0).map(String::as_str)
}

/// All areas of one language. A file that does not parse says nothing here, so that its keys show as keys; the
/// tests fail on it.
fn load(lang: Lang) -> Entries {
    AREAS
        .iter()
        .flat_map(|area| toml::from_str::<Entries>(file(area, lang)).unwrap_or_default())
        .collect()
}

fn file(area: &(&'static str, &'static str, &'static str), lang: Lang) -> &'static str {
    match lang {
        Lang::En => area.1,
        Lang::ZhCn => area.2,
    }
}

/// Splits a template at its placeholders.
pub(super) fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(open) = template[from..].find('{').map(|at| from + at) {
        let name = template[open + 1..].split('}').next().unwrap_or_default();
        let closed = template[open + 1 + name.len()..].starts_with('}');
        let Some(part) = filled(name).filter(|_| closed) else {
            from = open + 1;
            continue;
        };
        if start < open {
            parts.push(Part::Words(&template[start..open]));
        }
        parts.push(part);
        start = open + name.len() + 2;
        from = start;
    }
    if start < template.len() {
        parts.push(Part::Words(&template[start..]));
    }
    parts
}

/// What stands between two braces, `None` if it is nothing to be filled.
fn filled(inside: &str) -> Option<Part<'_>> {
    let Some((name, words)) = inside.split_once('|') else {
        return is_placeholder(inside).then_some(Part::Placeholder(inside));
    };
    let (one, many) = words.split_once('|')?;
    is_placeholder(name).then_some(Part::Number { name, one, many })
}

fn is_placeholder(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}
