//! One database per test, cloned from a form that is built once for this program and its fixtures.
#![expect(clippy::disallowed_methods, reason = "tests build SQL and look at the clock of files")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use baton::domain::hash::ContentHash;
use baton::store::cluster::{ADMIN, INTERNAL};
use baton::store::{Target, connect, schema};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, ValueRef as _};

use super::program::Baton;
use super::server::{LOGINS, Server, block_on, lock};

/// A test's own database. Dropped at the end of the test.
#[derive(Debug)]
pub struct Bank {
    name: String,
}

impl Bank {
    /// A database with a schema and operators, and no bank in it.
    pub fn empty() -> Self {
        Self::of("empty", &schema::fingerprint(), |form| form.operators(None))
    }

    /// The real bank of 1994, imported whole; `None`, with a line, where its files are not on this machine.
    pub fn berka() -> Option<Self> {
        let data = berka_files()?;
        let manifest =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/berka/baton-import.toml");
        let made_by = format!("{}{}", program_stamp(), std::fs::read_to_string(&manifest).unwrap());
        Some(Self::of("berka", &made_by, |form| {
            form.operators(None);
            let import = form.program(&Server::shared().own).args(["import"]).args([&data]);
            import.args([Path::new("--manifest"), &manifest]).json();
            form.operator("nancheng.branch", "branch", Some("D1"));
        }))
    }

    /// The demo bank.
    pub fn demo() -> Self {
        Self::of("demo", &program_stamp(), |form| {
            form.operators(None);
            form.program(ADMIN).args(["demo", "--no-console"]).json();
            let own = Server::shared().own.clone();
            form.operator(&own, "strategist,approver,auditor,viewer,loader,branch", None);
        })
    }

    /// The demo bank with what it has tried before, as `baton demo` makes it in a private cluster.
    pub fn demo_with_past() -> Self {
        let bank = Self::demo();
        block_on(async {
            let mut db = bank.connect(INTERNAL).await;
            baton::store::demo::past::plant(&mut db).await.unwrap();
            db.close().await.ok();
        });
        bank
    }

    /// The URL of this database as the OS user's own operator.
    pub fn url(&self) -> String {
        let server = Server::shared();
        server.url(&self.name, &server.own)
    }

    /// The URL of this database as `user`.
    pub fn url_as(&self, user: &str) -> String {
        Server::shared().url(&self.name, user)
    }

    /// This database as `user`.
    pub fn target(&self, user: &str) -> Target {
        Server::shared().target(&self.name, user)
    }

    /// A connection as `user`, for an async test.
    pub async fn connect(&self, user: &str) -> PgConnection {
        connect::connect(&self.target(user), None).await.unwrap()
    }

    /// Gives `name`, one of the known logins, duties in this bank.
    pub fn operator(&self, name: &str, duties: &str, org: Option<&str>) {
        let add = self.program(ADMIN).args(["operator", "add", name, "--duty", duties]);
        match org {
            Some(org) => add.args(["--org", org]).json(),
            None => add.json(),
        };
    }

    /// The rows of `sql` as `user`, every value as text and null as nothing.
    pub fn sql(&self, user: &str, sql: &str) -> Vec<Vec<String>> {
        self.try_sql(user, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs `sql` as `user`, expects the server to refuse it, and gives the constraint or else the SQLSTATE.
    pub fn refuses(&self, user: &str, sql: &str) -> String {
        let error = self.try_sql(user, sql).expect_err(sql);
        let db = error.as_database_error().unwrap_or_else(|| panic!("{sql}: {error}"));
        db.constraint().map_or_else(|| db.code().unwrap_or_default().into_owned(), str::to_owned)
    }

    /// The rows of `sql` as `user`, or the server's error.
    pub fn try_sql(&self, user: &str, sql: &str) -> Result<Vec<Vec<String>>, sqlx::Error> {
        block_on(async {
            let mut db = self.connect(user).await;
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut db).await;
            db.close().await.ok();
            Ok(rows?.iter().map(|row| (0..row.len()).map(|i| cell(row, i)).collect()).collect())
        })
    }

    /// The program against this database as `user`.
    pub fn program(&self, user: &str) -> Baton {
        Baton::bare().args(["--database-url", &self.url_as(user)])
    }

    fn operators(&self, branch_of: Option<&str>) {
        self.program(ADMIN).args(["db", "migrate"]).json();
        let own = Server::shared().own.clone();
        self.operator(&own, "strategist,approver,auditor,viewer,loader,branch", None);
        for (name, duty) in LOGINS.into_iter().zip(["strategist", "approver", "viewer", "auditor"])
        {
            self.operator(name, duty, None);
        }
        if let Some(org) = branch_of {
            self.operator("nancheng.branch", "branch", Some(org));
        }
    }

    /// A clone of the form of this kind, which is built first if nothing like it stands. A form that another
    /// build of the same checkout has made is dropped.
    fn of(kind: &str, made_by: &str, build: impl FnOnce(&Self)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Server::shared();
        let here = &ContentHash::of(env!("CARGO_MANIFEST_DIR").as_bytes()).to_string()[..8];
        let made_by = format!("{}{made_by}", schema::fingerprint());
        let stamp = &ContentHash::of(made_by.as_bytes()).to_string()[..12];
        let prefix = format!("form_{kind}_{here}_");
        let form = format!("{prefix}{stamp}");
        let _lock = lock(&format!("{kind}-{here}"));
        if !server.databases(&form).contains(&form) {
            let old = server.databases(&prefix);
            let drop = |name: &String| format!("drop database if exists \"{name}\" with (force)");
            server.administer(&old.iter().map(drop).collect::<Vec<_>>());
            let draft = Self { name: format!("{prefix}draft") };
            server.administer(&[format!("create database \"{}\" owner baton_owner", draft.name)]);
            build(&draft);
            server.administer(&[format!("alter database \"{}\" rename to \"{form}\"", draft.name)]);
            std::mem::forget(draft);
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bank_{kind}_{here}_{}_{number}", std::process::id());
        server.administer(&[format!(
            "create database \"{name}\" owner baton_owner template \"{form}\" strategy file_copy"
        )]);
        Self { name }
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        let drop = format!("drop database if exists \"{}\" with (force)", self.name);
        Server::shared().administer(&[drop]);
    }
}

fn cell(row: &sqlx::postgres::PgRow, i: usize) -> String {
    let value = row.try_get_raw(i).unwrap();
    if value.is_null() { String::new() } else { value.as_str().unwrap().to_owned() }
}

/// Where the real bank's files are, if they are.
pub fn berka_files() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/berka");
    if dir.join("client.asc").exists() {
        return Some(dir);
    }
    println!("skipped: the real bank's files are not at ../shared/data/berka");
    None
}

/// A word that changes whenever the program is built anew.
fn program_stamp() -> String {
    let built = std::fs::metadata(env!("CARGO_BIN_EXE_baton")).unwrap();
    format!("{:?}{}", built.modified().unwrap(), built.len())
}
