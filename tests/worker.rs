//! The worker: what it takes, once; what it leaves when it is killed; and that it ends when it is asked to.
#![expect(clippy::disallowed_methods, reason = "tests start and stop programs, and build SQL")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod moments;
mod support;

use std::process::{Child, Command, Stdio};

use baton::store::cluster::{ADMIN, INTERNAL};
use chain::{approved, owner, run, up_to};
use moments::{LI, TWICE, ZHAO, enabled, hits_on, new, with_events};
use serde_json::{Value, json};
use sqlx::Executor as _;
use support::server::{block_on, until};
use support::{Bank, baton};

/// A worker that is a loader, for one round.
fn once(bank: &Bank) -> Value {
    baton(bank).args(["worker", "--once"]).json()
}

/// What a round says in which there was nothing to do.
fn nothing() -> Value {
    let outcomes = json!({"accepted": 0, "duplicate": 0, "left_out": 0});
    json!({"runs": [], "failed": [], "delivered": [], "undelivered": [], "outcomes": outcomes, "channels": []})
}

fn start(bank: &Bank, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["--database-url", &bank.url(), "worker"]).args(args);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn taken(bank: &Bank, code: &str, day: &str) -> Vec<String> {
    let sql = format!(
        "select customer_id from baton.moment_hit where code = '{code}' and day = '{day}' order by 1"
    );
    bank.sql(ZHAO, &sql).into_iter().map(|mut row| row.remove(0)).collect()
}

/// Another load, of a later day, with transfers of `customer` on these days.
fn load(bank: &Bank, day: &str, customer: i64, days: &[&str]) {
    let rows: Vec<String> = days
        .iter()
        .map(|on| format!("({customer}, timestamp '{on} 12:00' at time zone 'Asia/Shanghai', 1, 'l{on}', 5, 1)"))
        .collect();
    owner(
        bank,
        &format!(
            "insert into baton.event (customer_id, at, kind, ref, org_id, amount) values {};
             update baton.bank set as_of = '{day}';
             insert into baton.import_run (as_of, source, loaded, rejected) values ('{day}', 'test', '{{}}', '{{}}')",
            rows.join(", ")
        ),
    );
}

#[test]
fn a_day_is_run_once_after_each_load_and_late_records_are_made_good() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    assert_eq!(once(&bank), nothing(), "one that is off is not run");
    enabled(&bank, "M");
    let told = once(&bank);
    let expected = hits_on(&bank, "2026-11-20");
    assert!(!expected.is_empty());
    assert_eq!(taken(&bank, "M", "2026-11-20"), expected);
    assert_eq!(
        told["runs"],
        json!([{"moment": "M", "version": 1, "day": "2026-11-20", "new": expected.len()}])
    );
    for _ in 0..2 {
        assert_eq!(once(&bank)["runs"], json!([]), "a second run on the same day adds nothing");
    }
    assert_eq!(taken(&bank, "M", "2026-11-20"), expected);
    // Customer 970 has two transfers that came late, 971 two of the day that no load was for.
    owner(&bank, "update baton.customer set aum = 20000000 where customer_id in (970, 971)");
    load(&bank, "2026-11-22", 970, &["2026-11-19", "2026-11-20"]);
    load(&bank, "2026-11-22", 971, &["2026-11-20", "2026-11-21"]);
    let told = once(&bank);
    let days: Vec<&str> =
        told["runs"].as_array().unwrap().iter().map(|ran| ran["day"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-11-20", "2026-11-21", "2026-11-22"]);
    assert_eq!(told["runs"][0]["new"], 1, "the late one");
    for day in days {
        assert_eq!(taken(&bank, "M", day), hits_on(&bank, day), "{day}");
    }
    assert!(taken(&bank, "M", "2026-11-20").contains(&"970".to_owned()));
    assert!(taken(&bank, "M", "2026-11-21").contains(&"971".to_owned()));
    // After the weekend: what 972 did on two days of the week before, and nobody had told.
    owner(&bank, "update baton.customer set aum = 20000000 where customer_id = 972");
    load(&bank, "2026-11-25", 972, &["2026-11-20", "2026-11-21"]);
    let told = once(&bank);
    let runs = told["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 6, "from the day on which it was switched on to the last one: {told}");
    assert!(taken(&bank, "M", "2026-11-21").contains(&"972".to_owned()), "{told}");
    for day in ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-25"] {
        assert_eq!(taken(&bank, "M", day), hits_on(&bank, day), "{day}");
    }
    // One finding a day, for the whole bank, of its author.
    let findings = bank.sql(
        ZHAO,
        "select f.day, f.size, f.owner, f.state, u.code, f.source from baton.finding f join baton.org_unit u on u.id = f.org_id order by 1",
    );
    let sizes = bank.sql(ZHAO, "select day, count(*) from baton.moment_hit group by 1 order by 1");
    assert_eq!(findings.len(), sizes.len());
    for (finding, size) in findings.iter().zip(&sizes) {
        assert_eq!(finding[..2], size[..]);
        assert_eq!(finding[2..], [LI, "open", "HQ", "moment"]);
    }
    let hits = run(&bank, ZHAO, &["moment", "hits", "M", "--days", "1"]);
    assert_eq!(hits["hits"].as_array().unwrap().len(), taken(&bank, "M", "2026-11-25").len());
    assert_eq!(
        bank.sql(ADMIN, "set role baton_owner; select count(*) from baton.member_intake"),
        [["0"]]
    );
}

#[test]
fn candidates_are_a_list_for_their_strategy_and_no_finding() {
    let bank = with_events();
    approved(&bank, "ST-1", &up_to(200), "0.1", 7);
    new(&bank, "M", TWICE, &["--strategy", "ST-1"]);
    let said = baton(&bank)
        .as_(LI)
        .args(["--lang", "en", "moment", "segment", "M", "--segment", "SG-M"])
        .refused();
    assert!(said.contains("has hit nobody"), "{said}");
    enabled(&bank, "M");
    once(&bank);
    let hits = run(&bank, ZHAO, &["moment", "hits", "M"]);
    assert!(hits["hits"].as_array().unwrap().iter().all(|hit| hit["strategy"] == "ST-1"));
    assert_eq!(bank.sql(ZHAO, "select count(*) from baton.finding"), [["0"]]);
    let made = run(&bank, LI, &["moment", "segment", "M", "--segment", "SG-M"]);
    assert_eq!(made["customers"], hits["hits"].as_array().unwrap().len());
    let count = run(&bank, ZHAO, &["segment", "count", "--rule", "segment('SG-M')"]);
    assert_eq!(count["count"], made["customers"]);
}

#[test]
fn a_moment_that_cannot_run_is_named_and_keeps_no_other_from_running() {
    let bank = with_events();
    new(&bank, "A", "events('login', interval '3 days') >= 1", &[]);
    new(&bank, "B", TWICE, &[]);
    enabled(&bank, "A");
    enabled(&bank, "B");
    owner(&bank, "update baton.event_kind set code = 'sign_in' where code = 'login'");
    let output = baton(&bank).args(["--lang", "en", "--format", "json", "worker", "--once"]).run();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("A was not run") && said.contains("not run: A"), "{said}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["runs"][0]["moment"], &told["failed"]), (&json!("B"), &json!(["A"])));
    // Nobody who writes rules writes what they hit.
    let refused = baton(&bank).as_(LI).args(["--lang", "en", "worker", "--once"]).refused();
    assert!(refused.contains("load"), "{refused}");
    assert!(
        baton(&bank)
            .as_(LI)
            .args(["--lang", "zh-CN", "worker", "--once"])
            .refused()
            .contains("数据")
    );
}

/// The worker stops where it would write down that the day was run: after the hits and the finding.
const HOLD: &str = "begin; set role baton_owner; lock table baton.moment_run in exclusive mode";
const HELD: &str = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%moment_take%' and datname = current_database())";
const GONE: &str = "select not exists (select from pg_stat_activity where query like '%moment_take%' and datname = current_database() and pid <> pg_backend_pid())";

#[test]
fn a_killed_worker_leaves_a_day_or_nothing_of_it_and_another_passes_by() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    enabled(&bank, "M");
    block_on(async {
        let mut holder = bank.connect(ADMIN).await;
        let mut watch = bank.connect(INTERNAL).await;
        holder.execute(HOLD).await.unwrap();
        let mut first = start(&bank, &["--once"]);
        until(&mut watch, HELD).await;
        assert_eq!(once(&bank), nothing(), "the second waits for nothing");
        first.kill().unwrap();
        first.wait().unwrap();
        holder.execute("rollback").await.unwrap();
        until(&mut watch, GONE).await;
    });
    for table in ["moment_hit", "finding", "moment_run", "audit where action = 'moment.run'"] {
        assert_eq!(
            bank.sql("sun.auditor", &format!("select count(*) from baton.{table}")),
            [["0"]],
            "{table}"
        );
    }
    once(&bank);
    assert_eq!(taken(&bank, "M", "2026-11-20"), hits_on(&bank, "2026-11-20"));
}

#[test]
fn a_worker_that_stays_takes_the_next_load_and_ends_when_asked() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    enabled(&bank, "M");
    let mut worker = start(&bank, &["--every", "1"]);
    let ran =
        |day: &str| format!("select exists (select from baton.moment_run where day = '{day}')");
    block_on(async { until(&mut bank.connect(INTERNAL).await, &ran("2026-11-20")).await });
    load(&bank, "2026-11-21", 5, &["2026-11-21"]);
    block_on(async { until(&mut bank.connect(INTERNAL).await, &ran("2026-11-21")).await });
    let pid = worker.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(worker.wait().unwrap().success(), "asked to leave is no failure");
    // In the middle of a day, too: it is given up.
    load(&bank, "2026-11-22", 6, &["2026-11-22"]);
    block_on(async {
        let mut holder = bank.connect(ADMIN).await;
        let mut watch = bank.connect(INTERNAL).await;
        holder.execute(HOLD).await.unwrap();
        let mut worker = start(&bank, &["--every", "60"]);
        until(&mut watch, HELD).await;
        let pid = worker.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(worker.wait().unwrap().success());
        until(&mut watch, GONE).await;
        holder.execute("rollback").await.unwrap();
    });
    assert_eq!(
        bank.sql(ZHAO, "select count(*) from baton.moment_run where day = '2026-11-22'"),
        [["0"]]
    );
}
