//! Killed in the middle: a push is all there or none of it is, and the second try succeeds. (`import.rs` does the
//! same to an import.)
//!
//! Each test holds a lock that the work must pass, waits until the work waits for it, and kills. The server that is
//! killed is the test's own.
#![expect(clippy::disallowed_methods, reason = "tests start programs and kill them")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use baton::store::cluster::INTERNAL;
use baton::store::{Target, connect};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};
use support::Baton;
use support::server::block_on;

/// A private cluster of the test's own with an approved strategy on a small bank.
struct Own(tempfile::TempDir);

const UNITS: &str =
    "code,parent,kind,name\nHQ,,hq,总行\nS1,HQ,subbranch,前门支行\nS2,HQ,subbranch,天桥支行\n";
const MANIFEST: &str = r#"
[bank]
name = "试点银行"
as_of = 2026-06-30
currency = "CNY"
[[file]]
name = "unit"
path = "units.csv"
[[file]]
name = "customer"
path = "customers.csv"
[[load]]
into = "org_unit"
sql = "select * from raw.unit"
[[load]]
into = "customer"
sql = "select id as customer_id, org, aum from raw.customer"
"#;
const STRATEGY: &str = r#"
code = "ST-1"
name = "挽回"
segment = "SG-ALL"
deadline_days = 14
control_share = 0.10
seed = 7
[offer]
product = "稳利 90 天"
benefit = "加息券"
script = "您好"
"#;

impl Own {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("bf").tempdir_in("/tmp").unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open).unwrap();
        let own = Self(dir);
        own.put("units.csv", UNITS);
        own.put("baton-import.toml", MANIFEST);
        own.put("strategy.toml", STRATEGY);
        let rows = (1..=200).map(|id| format!("{id},S{},1000.00\n", 1 + id % 2));
        own.put("customers.csv", &format!("id,org,aum\n{}", rows.collect::<String>()));
        own.baton(&["import"]).args([own.0.path()]).json();
        own
    }

    /// A cluster whose strategy is approved and planned; gives the plan too.
    fn planned() -> (Self, Value) {
        let own = Self::new();
        own.baton(&["operator", "add", "wang.approver", "--duty", "approver"]).json();
        own.baton(&["segment", "save", "SG-ALL", "--name", "all", "--rule", "aum >= 0"]).json();
        let file = own.0.path().join("strategy.toml").display().to_string();
        own.baton(&["strategy", "new", &file]).json();
        let hash = own.baton(&["strategy", "submit", "ST-1"]).json()["hash"].clone();
        own.baton(&["strategy", "approve", "ST-1", "--hash", hash.as_str().unwrap()])
            .as_("wang.approver")
            .json();
        let plan = own.baton(&["push", "plan", "ST-1"]).json();
        assert_eq!(plan["customers"], 200);
        (own, plan)
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn data_dir(&self) -> PathBuf {
        self.0.path().join("d")
    }

    fn baton(&self, args: &[&str]) -> Baton {
        Baton::private(&self.data_dir()).args(args)
    }

    /// Starts the program without waiting for it.
    fn start(&self, args: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_baton"))
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    async fn connect(&self) -> PgConnection {
        let url = self.baton(&["db", "url"]).json();
        let (_, tail) = url["url"].as_str().unwrap().split_once("host=").unwrap();
        let run_dir = PathBuf::from(tail.split('&').next().unwrap());
        connect::connect(&Target::private(&run_dir, "baton", INTERNAL), None).await.unwrap()
    }

    /// One number of the bank's database.
    fn number(&self, sql: &str) -> i64 {
        block_on(async {
            let mut db = self.connect().await;
            db.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0)
        })
    }

    /// Kills the server the hard way, as a power cut does.
    fn kill_server(&self) {
        let pid = self.baton(&["db", "status"]).json()["pid"].to_string();
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.baton(&["db", "down"]).run();
    }
}

/// Holds `table` in `mode`, starts the program, and waits until it waits for the table. The lock goes with the
/// connection that is given back.
async fn stopped_at(own: &Own, table: &str, mode: &str, args: &[&str]) -> (PgConnection, Child) {
    let mut holder = own.connect().await;
    holder
        .execute("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0")
        .await
        .unwrap();
    let hold = format!("begin; lock table {table} in {mode} mode");
    holder.execute(AssertSqlSafe(hold)).await.unwrap();
    let mut program = own.start(args);
    let waiting = "select count(*) from pg_locks where not granted";
    while holder.fetch_one(waiting).await.unwrap().get::<i64, _>(0) == 0 {
        assert!(program.try_wait().unwrap().is_none(), "it ended before it came to {table}");
        std::thread::sleep(Duration::from_millis(20));
    }
    (holder, program)
}

const WHOLE_PUSH: &str = "select (select count(*) from baton.push) * 1000000 + (select count(*) from baton.push_member) * 1000
    + (select count(*) from baton.task) + (select count(*) from baton.strategy_arm)
    + (select count(*) from baton.branch_order) + (select count(*) from baton.audit where action = 'push.apply')";
/// One push, 200 on its list, 180 tasks, 200 arms, two orders, one audit row.
const PUSHED: i64 = 1_000_000 + 200_000 + 180 + 200 + 2 + 1;

#[test]
fn the_server_killed_in_the_middle_of_a_push_leaves_none_of_it_and_the_next_try_succeeds() {
    let (own, plan) = Own::planned();
    let id = plan["plan"].to_string();
    let args = ["push", "apply", "ST-1", "--plan", &id];
    let (holder, mut program) = block_on(stopped_at(&own, "baton.task", "access exclusive", &args));
    own.kill_server();
    assert_eq!(program.wait().unwrap().code(), Some(1), "it says that it failed");
    drop(holder);
    assert_eq!(own.number(WHOLE_PUSH), 0);
    let done = own.baton(&args).json();
    assert_eq!((&done["tasks"], &done["control"]), (&plan["treated"], &plan["control"]));
    assert_eq!(own.number(WHOLE_PUSH), PUSHED);
}

#[test]
fn baton_killed_in_the_middle_of_a_push_leaves_all_or_nothing_and_the_next_try_is_the_same_push() {
    let (own, plan) = Own::planned();
    let id = plan["plan"].to_string();
    let args = ["push", "apply", "ST-1", "--plan", &id];
    let (holder, mut program) = block_on(stopped_at(&own, "baton.task", "access exclusive", &args));
    program.kill().unwrap();
    program.wait().unwrap();
    drop(holder);
    let left = "select count(*) from pg_stat_activity where application_name like 'baton%' and state = 'active' and pid <> pg_backend_pid()";
    while own.number(left) > 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let after = own.number(WHOLE_PUSH);
    assert!(after == 0 || after == PUSHED, "torn: {after}");
    let done = own.baton(&args).json();
    assert_eq!(own.number(WHOLE_PUSH), PUSHED);
    assert_eq!(own.baton(&args).json(), done, "sent again, the same answer");
}
