//! The private cluster as people live with it: made, shared, killed, stopped.
#![expect(clippy::disallowed_methods, reason = "tests start and stop programs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use baton::store::cluster::INTERNAL;
use baton::store::connect::{connect, within};
use baton::store::{Db, StoreError, Target};
use serde_json::Value;
use support::server::{block_on, until};
use support::{Bank, Baton, baton};

/// A data directory of a test's own; its server is stopped at the end. The path is short, for the socket.
struct Own(tempfile::TempDir);

impl Own {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("bt").tempdir_in("/tmp").unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open).unwrap();
        Self(dir)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("d")
    }

    fn baton(&self, args: &[&str]) -> Baton {
        Baton::private(&self.path()).args(args)
    }

    fn pid(&self) -> Option<i64> {
        self.baton(&["db", "status"]).json()["pid"].as_i64()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.baton(&["db", "down"]).run();
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|o| o["name"].as_str().unwrap()).collect()
}

fn kill_9(pid: i64) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

#[test]
fn the_cluster_is_made_shared_and_stopped() {
    let own = Own::new();
    assert_eq!(own.baton(&["db", "status"]).json()["state"], "missing");
    assert!(!own.path().exists(), "asking makes nothing");
    let up = own.baton(&["db", "up"]).json();
    assert_eq!(up["state"], "up");
    assert_eq!(up["schema"], up["program_schema"]);
    assert_eq!(own.baton(&["db", "up"]).json()["pid"], up["pid"], "the second finds the first");
    assert_eq!(own.baton(&["db", "down"]).json()["state"], "down");
    assert_eq!(own.baton(&["db", "down"]).json()["state"], "down", "down is down");
    let operators = own.baton(&["operator", "list"]).json();
    assert_eq!(names(&operators).len(), 1, "any command brings it back");
}

#[test]
fn what_runs_already_leaves_a_server_down_that_was_stopped_on_purpose() {
    let own = Own::new();
    own.baton(&["db", "up"]).json();
    let mut worker = Command::new(env!("CARGO_BIN_EXE_baton"))
        .args(["--lang", "en", "--data-dir"])
        .arg(own.path())
        .args(["worker", "--every", "1"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(worker.stderr.take().unwrap()).lines();
    let mut hears = |wanted: &str| said.by_ref().any(|line| line.unwrap().contains(wanted));
    own.baton(&["operator", "list"]).json();
    let down = own.baton(&["db", "down"]).json();
    assert!(down["held_since"].is_string(), "{down}");
    // It has looked, and says why it goes on without: twice, so that the first look was no accident of time.
    assert!(hears("starts it again") && hears("starts it again"));
    assert_eq!(own.pid(), None);
    // Whoever starts something later wants the database, and what ran all the time has it again.
    own.baton(&["operator", "list"]).json();
    let status = own.baton(&["db", "status"]).json();
    assert_eq!((&status["state"], &status["held_since"]), (&"up".into(), &Value::Null));
    worker.kill().unwrap();
    worker.wait().unwrap();
}

#[test]
fn nothing_listens_on_a_network_and_durability_is_on() {
    let bank = Bank::empty();
    let settings = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings
        where name in ('listen_addresses', 'fsync', 'full_page_writes', 'data_checksums')";
    assert_eq!(
        bank.sql("zhao.viewer", settings),
        [["data_checksums=on fsync=on full_page_writes=on listen_addresses="]]
    );
}

#[test]
fn a_killed_server_comes_back_with_the_next_command() {
    let own = Own::new();
    own.baton(&["operator", "add", "wang", "--duty", "approver"]).json();
    for _ in 0..2 {
        kill_9(own.pid().unwrap());
        let operators = own.baton(&["operator", "list", "--as", "wang"]).json();
        assert!(names(&operators).contains(&"wang"), "{operators}");
    }
}

#[test]
fn several_first_commands_at_once_make_one_cluster() {
    let own = Own::new();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let started: Vec<_> =
            (0..3).map(|_| scope.spawn(|| own.baton(&["operator", "list"]).json())).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn a_kill_while_the_cluster_is_made_is_healed_by_the_next_command() {
    let own = Own::new();
    // Whatever a kill leaves: files half-made, or made and never set up.
    std::fs::create_dir_all(own.path().join("pg.new/base")).unwrap();
    std::fs::write(own.path().join("pg.new/PG_VERSION"), "15").unwrap();
    own.baton(&["db", "up"]).json();
    std::fs::remove_file(own.path().join("pg/baton.ready")).unwrap();
    assert_eq!(names(&own.baton(&["operator", "list"]).json()).len(), 1);
    assert!(own.path().join("pg/baton.ready").exists());
}

#[test]
fn a_lost_run_directory_is_made_again() {
    let own = Own::new();
    let up = own.baton(&["db", "up"]).json();
    std::fs::remove_dir_all(up["socket_dir"].as_str().unwrap()).unwrap();
    assert_eq!(own.baton(&["db", "up"]).json()["state"], "up");
}

#[test]
fn operators_are_made_listed_and_refused() {
    let own = Own::new();
    let wang = own.baton(&["operator", "add", "wang.approver", "--duty", "viewer,approver"]).json();
    assert_eq!(wang["duties"], serde_json::json!(["approver", "viewer"]));
    let seen = own.baton(&["operator", "list", "--as", "wang.approver"]).json();
    assert!(names(&seen).contains(&"wang.approver"), "{seen}");
    let changed = own.baton(&["operator", "add", "wang.approver", "--duty", "auditor"]).json();
    assert_eq!(changed["duties"], serde_json::json!(["auditor"]));

    let unknown = own.baton(&["operator", "list", "--as", "nobody"]).refused();
    assert!(unknown.contains("nobody") && unknown.contains("wang.approver"), "{unknown}");
    for kept in ["baton_internal", "baton_admin", "baton_owner", "x\" \"y"] {
        let refused = own.baton(&["operator", "list", "--as", kept]).refused();
        assert!(refused.contains("no operator is called"), "{refused}");
    }
    for bad in ["baton_x", "pg_x", "a b", "x'; drop role baton_owner; --"] {
        let refused = own.baton(&["operator", "add", bad, "--duty", "viewer"]).refused();
        assert!(refused.contains("cannot be an operator's name"), "{refused}");
    }
    let nowhere = own.baton(&["operator", "add", "x", "--duty", "branch", "--org", "X9"]).refused();
    assert!(nowhere.contains("X9"), "{nowhere}");
    own.baton(&["operator", "add", "x", "--duty", "branch"]).refused();
    own.baton(&["operator", "add", "x", "--duty", "king"]).fails(2);
}

#[test]
fn what_the_owner_may_do_nobody_does_as_somebody_else() {
    let own = Own::new();
    own.baton(&["operator", "add", "zhao.viewer", "--duty", "viewer"]).json();
    for args in [
        &["db", "reset", "--yes"][..],
        &["db", "migrate"],
        &["operator", "add", "eve", "--duty", "approver"],
        &["demo", "--no-console"],
    ] {
        let said = own.baton(args).as_("zhao.viewer").args(["--lang", "en"]).refused();
        assert!(
            said.contains("only the owner of the private cluster may do this"),
            "{args:?}: {said}"
        );
    }
    assert_eq!(
        names(&own.baton(&["operator", "list"]).json()).len(),
        2,
        "nothing was dropped or added"
    );
}

#[test]
fn reset_leaves_an_empty_bank() {
    let own = Own::new();
    own.baton(&["operator", "add", "wang", "--duty", "approver"]).json();
    let unasked = own.baton(&["db", "reset"]).fails(2);
    assert!(unasked.contains("--yes"), "{unasked}");
    assert!(names(&own.baton(&["operator", "list"]).json()).contains(&"wang"), "nothing is lost");
    own.baton(&["db", "reset", "--yes"]).json();
    assert!(!names(&own.baton(&["operator", "list"]).json()).contains(&"wang"));
}

#[test]
fn a_kill_in_the_middle_of_a_reset_is_healed_by_the_next_command() {
    let own = Own::new();
    let up = own.baton(&["db", "up"]).json();
    let run = PathBuf::from(up["socket_dir"].as_str().unwrap());
    let ready = own.path().join("pg/baton.ready");
    let written = std::fs::metadata(&ready).unwrap().modified().unwrap();
    own.baton(&["db", "reset", "--yes"]).json();
    let again = std::fs::metadata(&ready).unwrap().modified().unwrap();
    assert!(again > written, "ready is taken away first and said again last");
    // What a kill leaves: the database gone, or there and without its schema; and nobody says that all is ready.
    for then in ["select 1", "create database baton owner baton_owner"] {
        std::fs::remove_file(&ready).unwrap();
        block_on(async {
            let target = Target::private(&run, "postgres", INTERNAL);
            let mut db = connect(&target, None).await.unwrap();
            sqlx::raw_sql("drop database baton with (force)").execute(&mut db).await.unwrap();
            sqlx::raw_sql(then).execute(&mut db).await.unwrap();
        });
        assert_eq!(names(&own.baton(&["operator", "list"]).json()).len(), 1);
        assert!(ready.exists());
    }
}

#[test]
fn root_follows_no_link_that_the_servers_user_has_laid() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let own = Own::new();
    own.baton(&["db", "up"]).json();
    own.baton(&["db", "down"]).json();
    let kept = own.0.path().join("kept");
    std::fs::write(&kept, "root's own").unwrap();
    for name in ["baton.conf.new", "pg_hba.conf.new", "pg_ident.conf.new", "baton.ready.new"] {
        std::os::unix::fs::symlink(&kept, own.path().join("pg").join(name)).unwrap();
    }
    std::fs::remove_file(own.path().join("pg/baton.ready")).unwrap();
    own.baton(&["db", "up"]).json();
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "root's own");
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&kept).unwrap());
    assert_eq!(owner, 0, "and it is not given away");
}

#[test]
fn a_missing_server_is_one_sentence_with_a_command() {
    let own = Own::new();
    let empty = own.0.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let without = |lang: &str| {
        let program = own.baton(&["operator", "list", "--lang", lang]);
        program.env("BATON_POSTGRES_BIN", empty.to_str().unwrap()).refused()
    };
    assert!(without("en").contains("PostgreSQL's server (15 or newer) is not installed"));
    assert!(without("zh-CN").contains("未安装 PostgreSQL 服务器"));
}

#[test]
fn a_url_that_sends_records_in_the_clear_is_refused() {
    let said = Baton::bare()
        .args(["operator", "list", "--database-url", "postgres://li@db.bank.example/bank"])
        .refused();
    assert!(said.contains("sslmode=verify-full") && said.contains("unix socket"), "{said}");
    assert!(!said.contains("li@"), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_said_within_the_deadline() {
    let url = "postgres:///bank?host=/nonexistent&user=li";
    let said = Baton::bare().args(["operator", "list", "--database-url", url]).refused();
    assert!(said.contains("cannot be reached"), "{said}");
}

#[test]
fn a_database_of_another_version_is_said_and_left_alone() {
    let bank = Bank::empty();
    let owner = "set role baton_owner; ";
    let last = "(select max(version) from baton.schema_version)";
    bank.sql(
        "baton_admin",
        &format!("{owner}delete from baton.schema_version where version = {last}"),
    );
    let older = baton(&bank).args(["operator", "list"]).refused();
    assert!(older.contains("baton db migrate"), "{older}");
    bank.sql(
        "baton_admin",
        &format!(
            "{owner}insert into baton.schema_version values (9999, 'later', now(), true, '', 0)"
        ),
    );
    let newer = baton(&bank).args(["operator", "list"]).refused();
    assert!(newer.contains("this program is older"), "{newer}");
}

#[test]
fn the_environments_options_do_not_reach_baton_s_sessions() {
    let bank = Bank::empty();
    let program =
        baton(&bank).env("PGOPTIONS", "-c no.such=1 -c nonsense -c baton.as_of=1990-01-01");
    assert!(!names(&program.args(["operator", "list"]).json()).is_empty());
}

#[test]
fn a_reader_that_goes_early_is_no_failure() {
    for args in [&["db", "reset", "--help"][..], &["completions", "bash"], &["--version"]] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_baton"));
        let program = program.args(args).stdout(std::process::Stdio::piped());
        let mut program = program.stderr(std::process::Stdio::piped()).spawn().unwrap();
        drop(program.stdout.take());
        let output = program.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        assert!(output.status.success(), "{args:?}");
    }
}

#[test]
fn a_session_says_who_it_is() {
    let bank = Bank::empty();
    let name = "select application_name, session_user::text from pg_stat_activity where pid = pg_backend_pid()";
    assert_eq!(bank.sql("li.strategist", name), [["baton li.strategist", "li.strategist"]]);
}

#[test]
fn a_plain_user_has_a_cluster_of_his_own() {
    // Root lends his program to the unprivileged user of the system; anybody else is one already.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let own = Own::new();
    let program = own.0.path().join("baton");
    std::fs::copy(env!("CARGO_BIN_EXE_baton"), &program).unwrap();
    let home = own.0.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::os::unix::fs::chown(&home, Some(65534), None).unwrap();
    let run = |args: &[&str]| as_nobody(&program, &home, args);
    let Some(up) = run(&["db", "up"]) else { return };
    assert_eq!(up["state"], "up", "{up}");
    let operators = run(&["operator", "list"]).unwrap();
    assert_eq!(names(&operators), ["nobody"]);
    assert_eq!(run(&["db", "down"]).unwrap()["state"], "down");
}

fn as_nobody(program: &Path, home: &Path, args: &[&str]) -> Option<Value> {
    let mut command = Command::new("runuser");
    command.args(["-u", "nobody", "--", "env", "-i", "PATH=/usr/bin:/bin:/usr/local/bin"]);
    command.arg(format!("HOME={}", home.display()));
    let output = command.arg(program).args(args).args(["--format", "json"]).output();
    let Ok(output) = output else {
        println!("skipped: there is no runuser");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://li@{}/bank", deaf.local_addr().unwrap());
    let said = Baton::bare().args(["operator", "list", "--database-url", &url]).refused();
    assert!(said.contains("took too long") || said.contains("cannot be reached"), "{said}");
}

#[test]
fn a_query_that_nobody_waits_for_ends_on_the_server() {
    let bank = Bank::empty();
    block_on(async {
        let db = Db::new(bank.target("zhao.viewer"), None);
        let mut session = db.session().await.unwrap();
        let backend = session.backend();
        let slow = sqlx::query("select pg_sleep(60)").execute(&mut *session);
        let (slow, cancelled) = tokio::join!(slow, async {
            let mut watch = db.session().await.unwrap();
            let running =
                "select exists (select from pg_stat_activity where query like '%pg_sleep(60)%'
                and state = 'active' and pid <> pg_backend_pid() and datname = current_database())";
            until(&mut watch, running).await;
            db.cancel(backend).await
        });
        cancelled.unwrap();
        let error = StoreError::from(slow.unwrap_err());
        assert!(matches!(error, StoreError::Deadline), "{error}");
        drop(session);
        db.close().await;
    });
}

#[test]
fn a_process_has_three_connections_and_no_more() {
    let bank = Bank::empty();
    block_on(async {
        let db = Db::new(bank.target("zhao.viewer"), None);
        // A line that was opened again shares the allowance with the one that broke.
        let again = Db::new(bank.target("zhao.viewer"), None);
        let mut held = vec![db.session().await.unwrap(), again.session().await.unwrap()];
        let waits = within(Duration::from_millis(300), again.session()).await;
        assert!(matches!(waits, Err(StoreError::Deadline)), "{waits:?}");
        for _ in 0..5 {
            let (one, two) = (held[0].backend(), held[1].backend());
            let (one, two) = tokio::join!(db.cancel(one), again.cancel(two));
            one.and(two).unwrap();
        }
        let count = "select count(*) from pg_stat_activity
                     where datname = current_database() and backend_type = 'client backend'";
        let all: i64 = sqlx::query_scalar(count).fetch_one(&mut *held[0]).await.unwrap();
        assert_eq!(all, 3, "two sessions, and one that cancels");
        let kept = held.pop().unwrap();
        let backend = kept.backend();
        kept.give_back().await;
        assert_eq!(again.session().await.unwrap().backend(), backend, "what stands is used again");
        db.close().await;
    });
}

#[test]
fn a_session_that_waits_in_its_transaction_is_ended_with_it() {
    let bank = Bank::empty();
    block_on(async {
        let db = Db::new(bank.target("zhao.viewer"), None);
        let (mut waits, mut watch) = (db.session().await.unwrap(), db.session().await.unwrap());
        let backend = waits.backend();
        sqlx::raw_sql("begin; create temporary table t (n int)")
            .execute(&mut *waits)
            .await
            .unwrap();
        let alive = "select count(*) from pg_stat_activity where state = 'idle in transaction'
                     and datname = current_database()";
        db.cancel(backend).await.unwrap();
        let still: i64 = sqlx::query_scalar(alive).fetch_one(&mut *watch).await.unwrap();
        assert_eq!(still, 1, "cancelling does nothing to it");
        db.terminate(backend).await.unwrap();
        let still: i64 = sqlx::query_scalar(alive).fetch_one(&mut *watch).await.unwrap();
        assert_eq!(still, 0);
        waits.give_back().await;
        db.close().await;
    });
}

#[test]
fn today_is_the_sessions_and_never_the_clocks() {
    let bank = Bank::empty();
    let day = chrono::NaiveDate::from_ymd_opt(1994, 3, 31);
    let today: chrono::NaiveDate = block_on(async {
        let db = Db::new(bank.target("zhao.viewer"), day);
        let mut session = db.session().await.unwrap();
        sqlx::query_scalar("select baton.today()").fetch_one(&mut *session).await.unwrap()
    });
    assert_eq!(Some(today), day);
}
