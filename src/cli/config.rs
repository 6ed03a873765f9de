//! The config file: the global options under the same names. An unknown key is refused with its line, since a
//! misspelt `database-url` would otherwise quietly open the private database instead of the bank's.
#![expect(clippy::disallowed_methods, reason = "the config file is read once, here")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::message::Message;
use crate::domain::webhook::{Network, NotAnAddress, Origin, SECONDS, Webhooks};
use crate::msg;

use super::args::{Global, LangWord, Start};
use super::output::Format;

/// What the config file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    database_url: Option<String>,
    data_dir: Option<PathBuf>,
    r#as: Option<String>,
    as_of: Option<Day>,
    format: Option<Format>,
    lang: Option<LangWord>,
    theme: Option<String>,
    glyphs: Option<String>,
    start: Option<Start>,
    no_color: Option<bool>,
    webhook: Option<Webhook>,
}

/// What it says of messages over HTTP.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Webhook {
    hosts: Vec<Listed<Origin>>,
    #[serde(default)]
    addresses: Vec<Listed<Network>>,
    secrets: Option<PathBuf>,
    connect_seconds: Option<Seconds>,
    answer_seconds: Option<Seconds>,
}

/// A text that says more than a text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String", bound = "T: TryFrom<String, Error = NotAnAddress>")]
struct Listed<T>(T);

impl<T: TryFrom<String, Error = NotAnAddress>> TryFrom<String> for Listed<T> {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        T::try_from(text).map(Self)
    }
}

/// Within the bounds of what a worker may wait.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
struct Seconds(Duration);

impl TryFrom<u64> for Seconds {
    type Error = String;

    fn try_from(seconds: u64) -> Result<Self, Self::Error> {
        if SECONDS.contains(&seconds) {
            Ok(Self(Duration::from_secs(seconds)))
        } else {
            Err(format!("{seconds} is not {} to {} seconds", SECONDS.start(), SECONDS.end()))
        }
    }
}

/// A date written as `1994-03-31` or `"1994-03-31"`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
struct Day(NaiveDate);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Date(toml::value::Datetime),
    Text(String),
}

impl TryFrom<Written> for Day {
    type Error = chrono::ParseError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Date(date) => date.to_string().parse().map(Self),
            Written::Text(text) => text.parse().map(Self),
        }
    }
}

/// Why the config file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is there and cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key or value is wrong.
    #[error("{path}, line {line}: {detail}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, with the names that are known.
        detail: String,
    },
}

impl ConfigError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unreadable { path, source } => Message::new(msg!("cli.config.unreadable"))
                .with("path", path.display().to_string())
                .with("detail", source.to_string()),
            Self::Wrong { path, line, detail } => Message::new(msg!("cli.config.wrong"))
                .with("path", path.display().to_string())
                .with("line", line.to_string())
                .with("detail", detail.as_str()),
        }
    }
}

/// Reads the config file; no file is an empty one.
///
/// # Errors
/// [`ConfigError`] if it cannot be read or says something that is not known.
pub fn read(path: &Path) -> Result<Config, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
        Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    }
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        ConfigError::Wrong {
            path: path.to_owned(),
            line: text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1,
            detail: error.message().lines().next().unwrap_or_default().to_owned(),
        }
    })
}

impl Config {
    /// Where a worker may send messages over HTTP: nowhere, unless the file says so.
    pub fn webhooks(&mut self) -> Webhooks {
        let nowhere = Webhooks::default();
        let Some(said) = self.webhook.take() else { return nowhere };
        let wait = |seconds: Option<Seconds>, usual| seconds.map_or(usual, |seconds| seconds.0);
        Webhooks {
            hosts: said.hosts.into_iter().map(|host| host.0).collect(),
            networks: said.addresses.into_iter().map(|network| network.0).collect(),
            secrets: said.secrets,
            connect: wait(said.connect_seconds, nowhere.connect),
            whole: wait(said.answer_seconds, nowhere.whole),
        }
    }

    /// Fills what the command line and the environment left open.
    #[must_use]
    pub fn under(self, global: Global) -> Global {
        Global {
            database_url: global.database_url.or(self.database_url),
            data_dir: global.data_dir.or(self.data_dir),
            operator: global.operator.or(self.r#as),
            as_of: global.as_of.or(self.as_of.map(|day| day.0)),
            format: global.format.or(self.format),
            into: global.into,
            lang: global.lang.or(self.lang),
            theme: global.theme.or(self.theme),
            glyphs: global.glyphs.or(self.glyphs),
            start: global.start.or(self.start),
            no_color: global.no_color || self.no_color.unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Config, ConfigError> {
        parse(Path::new("config.toml"), text)
    }

    #[test]
    fn every_option_may_stand_in_the_file() {
        let text = "database-url = 'postgres:///b'\ndata-dir = '/d'\nas = 'li'\nas-of = 1994-03-31\n\
            format = 'json'\nlang = 'zh-CN'\ntheme = 't'\nglyphs = 'g'\nstart = 'panes'\nno-color = true\n";
        let global = parsed(text).unwrap().under(Global::default());
        assert_eq!(global.operator.as_deref(), Some("li"));
        assert_eq!(global.as_of, NaiveDate::from_ymd_opt(1994, 3, 31));
        assert!(global.no_color && global.start == Some(Start::Panes));
    }

    #[test]
    fn webhooks_go_where_the_file_says_and_nowhere_without_it() {
        assert_eq!(parsed("").unwrap().webhooks(), Webhooks::default());
        let text = "[webhook]\nhosts = ['branch.example:8443']\naddresses = ['10.20.0.0/16']\nsecrets = '/etc/baton/webhook'\nanswer-seconds = 3\n";
        let said = parsed(text).unwrap().webhooks();
        assert_eq!(
            said.hosts,
            [Origin::try_from("https://branch.example:8443".to_owned()).unwrap()]
        );
        assert_eq!(said.networks, [Network::try_from("10.20.0.0/16".to_owned()).unwrap()]);
        assert_eq!((said.connect.as_secs(), said.whole.as_secs()), (5, 3));
        assert_eq!(said.secrets, Some(PathBuf::from("/etc/baton/webhook")));
        for (wrong, why) in [
            ("hosts = ['https://x.example/path']", "is no host"),
            ("hosts = []\naddresses = ['10.0.0.0/40']", "is no network"),
            ("hosts = []\nanswer-seconds = 600", "is not 1 to 60 seconds"),
            ("hosts = []\nsecret = 'whsec_x'", "unknown field"),
        ] {
            let error = parsed(&format!("[webhook]\n{wrong}\n")).unwrap_err();
            let ConfigError::Wrong { detail, .. } = error else { panic!("{error}") };
            assert!(detail.contains(why), "{wrong}: {detail}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = parsed("lang = 'en'\n\ndatabase_url = 'x'\n").unwrap_err();
        let ConfigError::Wrong { line, detail, .. } = error else { panic!("{error}") };
        assert_eq!(line, 3);
        assert!(detail.contains("database_url") && detail.contains("database-url"), "{detail}");
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_line() {
        let error = parsed("theme = 't'\nformat = 'xml'\n").unwrap_err();
        assert!(matches!(error, ConfigError::Wrong { line: 2, .. }), "{error}");
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let global = Global { operator: Some("wang".to_owned()), ..Global::default() };
        assert_eq!(parsed("as = 'li'").unwrap().under(global).operator.as_deref(), Some("wang"));
    }
}
