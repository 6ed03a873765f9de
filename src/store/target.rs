//! Which database: the private cluster's socket, or a bank's own server by its URL.
//!
//! A password or a customer's record never goes over a network in the clear: TCP needs `sslmode=verify-full`,
//! except to loopback. sqlx's own default (`prefer`) falls back to plaintext, so that the mode is asked for
//! and never assumed.

use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::domain::message::Message;
use crate::msg;

/// A database that may be connected to.
#[derive(Clone, Debug)]
pub struct Target {
    options: PgConnectOptions,
    /// `sslrootcert=...` as it stood in the URL.
    root_cert: Option<String>,
    private: bool,
}

/// Why a database URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is not a PostgreSQL URL.
    #[error("not a database URL: {detail}")]
    NotAUrl {
        /// What the parser said. It holds no password.
        detail: String,
    },
    /// TCP to another machine without a checked certificate.
    #[error("plaintext or unchecked TCP to {host}")]
    Plaintext {
        /// The machine named by the URL.
        host: String,
    },
    /// No database is named.
    #[error("the URL names no database")]
    NoDatabase,
}

impl TargetError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::NotAUrl { detail } => {
                Message::new(msg!("cluster.url.not-a-url")).with("detail", detail.as_str())
            }
            Self::Plaintext { host } => {
                Message::new(msg!("cluster.url.plaintext")).with("host", host.as_str())
            }
            Self::NoDatabase => msg!("cluster.url.no-database").into(),
        }
    }
}

impl Target {
    /// The database of `url`. `operator`, if given, takes the place of the URL's user.
    ///
    /// # Errors
    /// [`TargetError`] if the URL cannot be read, names no database, or would send records in the clear.
    pub fn server(url: &str, operator: Option<&str>) -> Result<Self, TargetError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(TargetError::NotAUrl { detail: "postgres://".to_owned() });
        }
        let mut options = PgConnectOptions::from_str(url)
            .map_err(|e| TargetError::NotAUrl { detail: e.to_string() })?;
        let host = options.get_host();
        let by_socket = options.get_socket().is_some() || host.starts_with('/');
        let checked = matches!(options.get_ssl_mode(), PgSslMode::VerifyFull);
        if !by_socket && !checked && !is_loopback(host) {
            return Err(TargetError::Plaintext { host: host.to_owned() });
        }
        if options.get_database().is_none_or(str::is_empty) {
            return Err(TargetError::NoDatabase);
        }
        if let Some(operator) = operator {
            options = options.username(operator);
        }
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let root_cert = query.split('&').find(|part| part.starts_with("sslrootcert="));
        Ok(Self { options, root_cert: root_cert.map(str::to_owned), private: false })
    }

    /// The database `database` of the private cluster whose socket stands in `run`, as `user`.
    #[must_use]
    pub fn private(run: &Path, database: &str, user: &str) -> Self {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(run)
            .port(PRIVATE_PORT)
            .database(database)
            .username(user)
            .ssl_mode(PgSslMode::Disable);
        Self { options, root_cert: None, private: true }
    }

    /// Another database of the same server.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { options: self.options.clone().database(database), ..self.clone() }
    }

    /// Who connects.
    #[must_use]
    pub fn user(&self) -> &str {
        self.options.get_username()
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        self.options.get_database().unwrap_or_default()
    }

    /// Where it is, without any secret: a directory of a socket, or host and port.
    #[must_use]
    pub fn place(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None if self.options.get_host().starts_with('/') => self.options.get_host().to_owned(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }

    /// The URL for other programs, without a password. A `/` in a socket's path may stand in the query as it is. Over
    /// TCP it says how the connection is to be protected, since those programs would fall back to plaintext.
    #[must_use]
    pub fn url(&self) -> String {
        let host = self.options.get_host();
        let socket = self.options.get_socket().map(|dir| dir.display().to_string());
        match socket.or_else(|| host.starts_with('/').then(|| host.to_owned())) {
            Some(dir) => {
                format!("postgres:///{}?host={dir}&user={}", self.database(), self.user())
            }
            None => format!(
                "postgres://{}@{host}:{}/{}?sslmode={}{}",
                self.user(),
                self.options.get_port(),
                self.database(),
                ssl_word(self.options.get_ssl_mode()),
                self.root_cert.iter().fold(String::new(), |_, cert| format!("&{cert}")),
            ),
        }
    }

    /// True for Baton's own cluster.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.private
    }

    pub(super) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }
}

/// The port in the name of the private cluster's socket; there is no TCP.
pub(super) const PRIVATE_PORT: u16 = 5432;

/// The word of a URL for a mode.
fn ssl_word(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::socket("postgres:///bank?host=/run/postgresql&user=li")]
    #[case::encoded_socket("postgres://li@%2Frun%2Fpostgresql/bank")]
    #[case::loopback_name("postgres://li@localhost/bank")]
    #[case::loopback_4("postgres://li@127.0.0.1:5433/bank")]
    #[case::loopback_6("postgres://li@[::1]/bank")]
    #[case::checked("postgres://li@db.bank.example/bank?sslmode=verify-full")]
    #[case::long_scheme("postgresql://li@db.bank.example/bank?sslmode=verify-full")]
    fn a_safe_url_is_taken(#[case] url: &str) {
        let target = Target::server(url, None).unwrap();
        assert_eq!((target.user(), target.database()), ("li", "bank"));
    }

    #[rstest]
    #[case::default_mode("postgres://li@db.bank.example/bank")]
    #[case::prefer("postgres://li@db.bank.example/bank?sslmode=prefer")]
    #[case::require("postgres://li@db.bank.example/bank?sslmode=require")]
    #[case::verify_ca("postgres://li@db.bank.example/bank?sslmode=verify-ca")]
    #[case::disabled("postgres://li@db.bank.example/bank?sslmode=disable")]
    #[case::address("postgres://li@10.0.0.5/bank")]
    #[case::address_6("postgres://li@[2001:db8::1]/bank")]
    #[case::host_by_parameter("postgres:///bank?host=db.bank.example&user=li")]
    #[case::hostaddr_hides_behind_loopback("postgres://li@localhost/bank?hostaddr=10.0.0.5")]
    #[case::name_that_starts_like_loopback("postgres://li@localhost.example/bank")]
    fn a_url_that_would_send_records_in_the_clear_is_refused(#[case] url: &str) {
        assert!(matches!(Target::server(url, None), Err(TargetError::Plaintext { .. })));
    }

    #[rstest]
    #[case::another_product("mysql://li@localhost/bank")]
    #[case::a_path("/run/postgresql")]
    #[case::key_value("host=localhost dbname=bank")]
    #[case::bad_mode("postgres://li@localhost/bank?sslmode=sometimes")]
    fn what_is_no_database_url_is_refused(#[case] url: &str) {
        assert!(matches!(Target::server(url, None), Err(TargetError::NotAUrl { .. })));
    }

    #[test]
    fn the_operator_takes_the_place_of_the_urls_user() {
        let target = Target::server("postgres:///bank?host=/run/x&user=li", Some("wang")).unwrap();
        assert_eq!(target.user(), "wang");
    }

    #[rstest]
    #[case("postgres://li@db.bank.example:5433/bank?sslmode=verify-full")]
    #[case(
        "postgres://li@db.bank.example:5432/bank?sslmode=verify-full&sslrootcert=/etc/ca%20bank.pem"
    )]
    #[case("postgres://li@localhost:5432/bank?sslmode=disable")]
    #[case("postgres:///bank?host=/run/x&user=li")]
    fn the_url_for_other_programs_protects_as_the_given_one(#[case] url: &str) {
        assert_eq!(Target::server(url, None).unwrap().url(), url);
    }

    #[test]
    fn the_place_holds_no_password() {
        let target = Target::server("postgres://li:secret@localhost/bank", None).unwrap();
        assert!(!target.place().contains("secret"));
    }
}
