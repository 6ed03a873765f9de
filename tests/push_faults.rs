//! A push is all or nothing, whoever is killed in the middle of it, and the second try succeeds.
#![expect(clippy::disallowed_methods, reason = "tests start and stop programs, and build SQL")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::process::{Child, Command, Stdio};

use baton::store::Target;
use baton::store::cluster::{ADMIN, INTERNAL};
use baton::store::connect;
use chain::{approved, owner, run, small, strategy_file, text, up_to};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use support::Baton;
use support::server::{Server, block_on, until};

const TABLES: [&str; 5] =
    ["push", "push_member", "branch_order", "task", "audit where action = 'push.apply'"];

/// The push stops where it would write its last word: after itself and its orders.
const HOLD: &str = "begin; set role baton_owner; lock table baton.audit in exclusive mode";
const HELD: &str = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%push_apply%' and datname = current_database())";
const GONE: &str = "select not exists (select from pg_stat_activity where query like '%push_apply%' and datname = current_database() and pid <> pg_backend_pid())";

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(args).args(["push", "apply", "ST-1", "--plan", "1"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill_9(pid: &str) {
    assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
}

#[test]
fn a_killed_baton_leaves_no_part_of_a_push() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    let plan = run(&bank, "li.strategist", &["push", "plan", "ST-1"]);
    assert_eq!(plan["plan"], 1);
    block_on(async {
        let mut holder = bank.connect(ADMIN).await;
        let mut watch = bank.connect(INTERNAL).await;
        holder.execute(HOLD).await.unwrap();
        let mut baton = start(&["--database-url", &bank.url_as("li.strategist")]);
        until(&mut watch, HELD).await;
        baton.kill().unwrap();
        baton.wait().unwrap();
        holder.execute("rollback").await.unwrap();
        until(&mut watch, GONE).await;
    });
    for table in TABLES {
        assert_eq!(
            bank.sql("zhao.viewer", &format!("select count(*) from baton.{table}")),
            [["0"]],
            "{table}"
        );
    }
    let done = run(&bank, "li.strategist", &["push", "apply", "ST-1", "--plan", "1"]);
    assert_eq!((&done["tasks"], &done["control"]), (&plan["treated"], &plan["control"]));
    owner(&bank, "update baton.customer set no_contact = true");
    assert_eq!(run(&bank, "li.strategist", &["push", "apply", "ST-1", "--plan", "1"]), done);
}

/// A private cluster of its own, because the shared one serves other tests.
struct Own(tempfile::TempDir);

impl Own {
    fn run(&self, who: &str, args: &[&str]) -> Value {
        Baton::private(self.0.path()).as_(who).args(args).json()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        Baton::private(self.0.path()).args(["db", "down"]).run();
    }
}

#[test]
fn a_killed_server_leaves_no_part_of_a_push_and_comes_back_by_itself() {
    let dir = tempfile::Builder::new().prefix("bp").tempdir_in("/tmp").unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(dir.path(), open).unwrap();
    let own = Own(dir);
    let bare = |args: &[&str]| Baton::private(own.0.path()).args(args).json();
    bare(&["db", "up"]);
    let url = bare(&["db", "url"])["url"].as_str().unwrap().to_owned();
    let host = url.split("host=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let name = url.split("///").nth(1).unwrap().split('?').next().unwrap().to_owned();
    let connect = async |user: &str| {
        connect::connect(&Target::private(host.as_ref(), &name, user), None).await.unwrap()
    };
    block_on(async {
        let mut admin = connect(ADMIN).await;
        admin
            .execute(AssertSqlSafe(format!("set role baton_owner; {}", chain::SMALL)))
            .await
            .unwrap();
        admin.close().await.unwrap();
    });
    bare(&["operator", "add", "wang.approver", "--duty", "approver"]);
    let me = Server::shared().own.clone();
    own.run(&me, &["segment", "save", "SG-A", "--name", "a", "--rule", &up_to(500)]);
    let file = strategy_file(&text("ST-1", "SG-A", "0.1", 7));
    own.run(&me, &["strategy", "new", file.to_str().unwrap()]);
    let hash = own.run(&me, &["strategy", "submit", "ST-1"])["hash"].as_str().unwrap().to_owned();
    own.run("wang.approver", &["strategy", "approve", "ST-1", "--hash", &hash]);
    let plan = own.run(&me, &["push", "plan", "ST-1"]);

    let pid = bare(&["db", "status"])["pid"].to_string();
    block_on(async {
        let mut holder = connect(ADMIN).await;
        let mut watch = connect(INTERNAL).await;
        holder.execute(HOLD).await.unwrap();
        let mut baton = start(&["--data-dir", own.0.path().to_str().unwrap()]);
        until(&mut watch, HELD).await;
        kill_9(&pid);
        assert!(!baton.wait().unwrap().success(), "a push without an answer is no success");
    });
    let done = own.run(&me, &["push", "apply", "ST-1", "--plan", &plan["plan"].to_string()]);
    assert_eq!((&done["tasks"], &done["control"]), (&plan["treated"], &plan["control"]));
    block_on(async {
        let mut watch = connect(INTERNAL).await;
        let once = "select (select count(*) from baton.push) = 1
            and (select count(*) from baton.task) = (select treated from baton.push)
            and (select count(*) from baton.audit where action = 'push.apply') = 1";
        assert!(sqlx::query_scalar::<_, bool>(once).fetch_one(&mut watch).await.unwrap());
    });
}
