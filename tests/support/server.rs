//! The test cluster: a private cluster as any user has it, in a short path, made once and used by all later runs.
#![expect(clippy::disallowed_methods, reason = "tests read the environment and build databases")]

use std::fs::File;
use std::path::PathBuf;
use std::sync::OnceLock;

use baton::store::cluster::INTERNAL;
use baton::store::{Target, connect};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::program::Baton;

/// Logins that every test may use, besides the OS user's own.
pub const LOGINS: [&str; 6] = [
    "li.strategist",
    "wang.approver",
    "zhao.viewer",
    "sun.auditor",
    "nancheng.branch",
    "nancheng.rm",
];

/// The running test cluster.
#[derive(Debug)]
pub struct Server {
    run_dir: PathBuf,
    /// The OS user's own operator.
    pub own: String,
}

impl Server {
    /// The cluster, started and with its logins. The first caller of all processes makes it.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| {
            let _lock = lock("cluster");
            Baton::private(&data_dir()).args(["db", "up"]).json();
            let url = Baton::private(&data_dir()).args(["db", "url"]).json();
            let url = url["url"].as_str().unwrap().to_owned();
            let part = |name: &str| {
                let (_, tail) = url.split_once(&format!("{name}=")).unwrap();
                tail.split('&').next().unwrap().to_owned()
            };
            let server = Self { run_dir: part("host").into(), own: part("user") };
            server.make_logins();
            server.sweep();
            server
        })
    }

    /// The database `name` as `user`.
    pub fn target(&self, name: &str, user: &str) -> Target {
        Target::private(&self.run_dir, name, user)
    }

    /// The URL of the database `name`; without a user, which `--as` fills in.
    pub fn url(&self, name: &str, user: &str) -> String {
        self.target(name, user).url()
    }

    /// Runs statements of this file's own making in database `postgres` as the cluster's superuser.
    pub fn administer(&self, statements: &[String]) {
        let target = self.target("postgres", INTERNAL);
        block_on(async {
            let mut db = connect::connect(&target, None).await.unwrap();
            db.execute("set statement_timeout = '10min'").await.unwrap();
            for statement in statements {
                let done = db.execute(AssertSqlSafe(statement.as_str())).await;
                done.unwrap_or_else(|error| panic!("{statement}: {error}"));
            }
            db.close().await.unwrap();
        });
    }

    /// The names of databases that begin with `prefix`.
    pub fn databases(&self, prefix: &str) -> Vec<String> {
        self.names(
            "select datname::text from pg_database where starts_with(datname::text, $1)",
            prefix,
        )
    }

    fn names(&self, query: &'static str, value: &str) -> Vec<String> {
        let target = self.target("postgres", INTERNAL);
        block_on(async {
            let mut db = connect::connect(&target, None).await.unwrap();
            sqlx::query_scalar(query).bind(value).fetch_all(&mut db).await.unwrap()
        })
    }

    fn make_logins(&self) {
        let known =
            self.names("select rolname::text from pg_roles where rolcanlogin and $1 = ''", "");
        for name in LOGINS.into_iter().filter(|name| !known.iter().any(|known| known == name)) {
            let add = ["operator", "add", name, "--duty", "viewer"];
            if Baton::private(&data_dir()).args(add).run().status.code() != Some(0) {
                Baton::private(&data_dir()).args(["db", "reset", "--yes"]).json();
                Baton::private(&data_dir()).args(add).json();
            }
        }
    }

    /// Drops what killed runs have left behind more than a day ago.
    fn sweep(&self) {
        let old = self.names(
            "select datname::text from pg_database where datname ~ '^(bank|form)_' and $1 = ''
             and (pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification
                 < clock_timestamp() - interval '1 day'",
            "",
        );
        let drops: Vec<_> = old
            .iter()
            .map(|name| format!("drop database if exists \"{name}\" with (force)"))
            .collect();
        self.administer(&drops);
    }
}

/// Where the test cluster lies: short, so that its socket has room, and one per machine user.
fn data_dir() -> PathBuf {
    std::env::temp_dir().join(format!("baton-tests-{}", rustix::process::geteuid().as_raw()))
}

/// One process at a time does `what`; ends with the file or the process.
pub fn lock(what: &str) -> File {
    let name = format!("baton-tests-{}.{what}.lock", rustix::process::geteuid().as_raw());
    let file = File::create(std::env::temp_dir().join(name)).unwrap();
    file.lock().unwrap();
    file
}

/// Asks until `sql`, which gives one truth value, says true; fails after a minute.
pub async fn until(db: &mut sqlx::PgConnection, sql: &str) {
    until_within(db, sql, 1).await;
}

/// The same; fails after so many minutes.
pub async fn until_within(db: &mut sqlx::PgConnection, sql: &str, minutes: u64) {
    let asked = async {
        while !sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql)).fetch_one(&mut *db).await.unwrap()
        {
            db.execute("select pg_sleep(0.02)").await.unwrap();
        }
    };
    let done = tokio::time::timeout(std::time::Duration::from_mins(minutes), asked).await;
    assert!(done.is_ok(), "not within {minutes} min: {sql}");
}

/// Runs a future to its end, from a test that is not async.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The whole of what is promised, where a run otherwise has a tenth or less.
pub fn full() -> bool {
    std::env::var("BATON_FAULTS").is_ok_and(|size| size == "full")
}
