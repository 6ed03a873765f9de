//! What the command line says in Chinese: its help, and what is wrong with a line that was typed.
//!
//! The English of it stands beside the arguments themselves (`src/cli`) and in clap, so that there is a Chinese file
//! only. A section is a command's path, `about` its own text, any other key an argument or `argument value`; the
//! sections `heading`, `error` and `value` hold the sentences that clap would say. `cli::zh`'s tests hold the files
//! against the commands that there are.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Part, parts};

/// The files, by name.
pub(crate) const FILES: [(&str, &str); 5] = [
    ("cli-help", include_str!("zh-CN/cli-help.toml")),
    ("cli-customers", include_str!("zh-CN/cli-customers.toml")),
    ("cli-work", include_str!("zh-CN/cli-work.toml")),
    ("cli-kpi", include_str!("zh-CN/cli-kpi.toml")),
    ("cli-error", include_str!("zh-CN/cli-error.toml")),
];

type Sections = HashMap<String, HashMap<String, String>>;

/// All files in one. One that does not parse says nothing, so that its English is shown; the tests fail on it.
fn sections() -> &'static Sections {
    static ALL: OnceLock<Sections> = OnceLock::new();
    ALL.get_or_init(|| {
        FILES
            .iter()
            .flat_map(|(_, text)| toml::from_str::<Sections>(text).unwrap_or_default())
            .collect()
    })
}

/// The text under `key` in exactly this section.
#[must_use]
pub fn text(section: &str, key: &str) -> Option<&'static str> {
    sections().get(section)?.get(key).map(String::as_str)
}

/// The section that says what the argument `key` of the command `path` is: the command's own, else that of the nearest
/// command above which has it.
#[must_use]
pub fn section<'a>(path: &'a str, key: &str) -> Option<&'a str> {
    let above = |path: &&'a str| path.rsplit_once(' ').map(|(above, _)| above);
    std::iter::successors(Some(path), above).find(|path| text(path, key).is_some())
}

/// The sentence under `key`, its placeholders filled; the key itself if there is none.
#[must_use]
pub fn said(section: &str, key: &str, given: &[(&str, &str)]) -> String {
    let pieces = parts(text(section, key).unwrap_or(key)).into_iter();
    let filled = pieces.map(|part| match part {
        Part::Words(words) => words,
        Part::Placeholder(name) | Part::Number { name, .. } => {
            given.iter().find(|(known, _)| *known == name).map_or(name, |(_, value)| *value)
        }
    });
    filled.collect()
}
