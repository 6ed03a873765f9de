//! Delivery: what a push's messages say, by which doors they leave, and what becomes of those that do not.
#![expect(clippy::disallowed_methods, reason = "tests start and stop programs, and look at files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use baton::domain::hash::ContentHash;
use baton::store::cluster::{ADMIN, INTERNAL};
use chain::{approved, owner, pushed, small, up_to};
use serde_json::{Value, json};
use sqlx::Executor as _;
use support::server::{block_on, until};
use support::{Bank, baton};

/// The login that reads the inbox.
const READER: &str = "zhao.viewer";
const ONE: &str = "sun.auditor";

fn fixed(bank: &Bank, name: &str, kind: &str, value: &str) {
    owner(
        bank,
        &format!(
            "create or replace function baton.{name}() returns {kind} language sql immutable as $$ select {value} $$"
        ),
    );
}

/// Makes a door, as the bank's administrators do.
fn door(bank: &Bank, args: &[&str]) -> Value {
    bank.program(ADMIN).args(["door", "add"]).args(args).json()
}

fn once(bank: &Bank) -> Value {
    baton(bank).args(["worker", "--once"]).json()
}

fn status(bank: &Bank) -> Value {
    baton(bank).args(["worker", "status"]).json()
}

fn counts(bank: &Bank) -> Value {
    let all = status(bank);
    json!([all["ready"], all["leased"], all["dead"], all["delivered"]])
}

fn start(bank: &Bank, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["--database-url", &bank.url(), "worker"]).args(args);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Customers of a push by unit, as the list has them and as the inbox has them.
const LISTED: &str = "select customer_id, u.code from baton.task t join baton.org_unit u on u.id = t.org_id order by 1";
const CAME: &str = "select t.value ->> 'customer', i.org from baton.inbox i, jsonb_array_elements(i.body -> 'tasks') t order by (t.value ->> 'customer')::bigint";

#[test]
fn a_push_reaches_the_inbox_once_and_only_its_reader_sees_it() {
    let bank = small();
    fixed(&bank, "message_most", "int", "20");
    door(&bank, &["core", "--kind", "inbox", "--to", READER]);
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    let (_, push) = pushed(&bank, "ST-1");
    let ready = status(&bank)["ready"].as_i64().unwrap();
    assert!(ready > 9, "nine units, at most 20 tasks a message: {ready}");
    // Each order says of its own messages how they stand.
    let orders = |what: &str| -> i64 {
        let status = baton(&bank).args(["push", "status", "1"]).json();
        let orders = status["orders"].as_array().unwrap();
        orders.iter().map(|order| order["delivery"][what].as_i64().unwrap()).sum()
    };
    assert_eq!((orders("ready"), orders("delivered")), (ready, 0));
    let told = once(&bank);
    assert_eq!((orders("ready"), orders("delivered")), (0, ready));
    assert_eq!(
        told["delivered"],
        json!([{"door": "core", "messages": ready, "tasks": push["tasks"]}])
    );
    assert_eq!(bank.sql(READER, CAME), bank.sql(ONE, LISTED), "everybody once, in his unit");
    let most = "select max(tasks) <= 20, count(*) = count(distinct message_id), bool_and(source = 'baton') from baton.inbox";
    assert_eq!(bank.sql(READER, most), [["t", "t", "t"]]);
    let said = bank.sql(
        READER,
        "select body ->> 'push', body ->> 'strategy', body ->> 'deadline', body ->> 'product', body #>> '{tasks,0,name}', body ->> 'message' = message_id
         from baton.inbox order by id limit 1",
    );
    assert_eq!(said, [["1", "ST-1", "2026-12-04", "稳利 90 天", "", "t"]]);
    for sql in ["select count(*) from baton.inbox", "select body from baton.inbox"] {
        assert_eq!(bank.refuses("li.strategist", sql), "42501", "{sql}");
    }
    assert_eq!(bank.refuses("li.strategist", "select low from baton.outbox"), "42501");
    assert_eq!(counts(&bank), json!([0, 0, 0, ready]));
    assert_eq!(once(&bank)["delivered"], json!([]), "what has left has left");
    // Sent again it is the same message, and the reader has it already.
    let again = baton(&bank).args(["worker", "replay", "--push", "1"]).json();
    assert_eq!(again["replayed"], ready);
    bank.sql(READER, "update baton.inbox set taken_at = now()");
    assert_eq!(once(&bank)["delivered"][0]["messages"], ready);
    assert_eq!(
        bank.sql(READER, "select count(*), count(taken_at) from baton.inbox"),
        [[ready.to_string(), ready.to_string()]]
    );
}

/// What a file says, its trailer held against what stands before it.
fn read(path: &Path) -> (Value, Vec<Value>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let trailer = lines.pop().unwrap();
    let before = &text[..=text.trim_end().rfind('\n').unwrap()];
    assert_eq!(trailer["sha256"], ContentHash::of(before.as_bytes()).to_string());
    assert_eq!(trailer["rows"], lines.len() - 1);
    (lines.remove(0), lines)
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn a_push_reaches_a_directory_and_no_file_is_written_over() {
    let bank = small();
    let dir = tempfile::tempdir().unwrap();
    door(&bank, &["drop", "--kind", "file", "--to", dir.path().to_str().unwrap()]);
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    pushed(&bank, "ST-1");
    let told = once(&bank);
    let written = files(dir.path());
    assert_eq!(told["delivered"][0]["messages"], written.len());
    let mut came: Vec<Vec<String>> = Vec::new();
    for file in &written {
        let (head, tasks) = read(file);
        assert_eq!(
            file.file_name().unwrap().to_str().unwrap(),
            format!("{}.jsonl", head["message"].as_str().unwrap())
        );
        let org = head["org"].as_str().unwrap();
        came.extend(tasks.iter().map(|task| vec![task["customer"].to_string(), org.to_owned()]));
    }
    came.sort_by_key(|row| row[0].parse::<i64>().unwrap());
    assert_eq!(came, bank.sql(ONE, LISTED));
    // The same file again is the same message.
    baton(&bank).args(["worker", "replay", "--push", "1"]).json();
    assert_eq!(once(&bank)["undelivered"], json!([]));
    // One that somebody has put there stays, and the message is dead until he takes it away.
    std::fs::write(&written[0], "theirs").unwrap();
    baton(&bank).args(["worker", "replay", "--push", "1"]).json();
    let said = baton(&bank).args(["--lang", "en", "worker", "--once"]).run();
    assert_eq!(said.status.code(), Some(1));
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("stands there with other content"), "{said}");
    assert_eq!(std::fs::read_to_string(&written[0]).unwrap(), "theirs");
    let all = status(&bank);
    assert_eq!((&all["dead"], &all["ready"]), (&json!(1), &json!(0)), "{all}");
    let dead = &all["dead_letters"][0];
    assert_eq!((&dead["reason"], &dead["tries"]), (&json!("other-content"), &json!(1)));
    let table = baton(&bank).args(["--lang", "zh-CN", "worker", "status"]).run();
    assert!(String::from_utf8(table.stderr).unwrap().contains("同名文件已存在"));
    std::fs::remove_file(&written[0]).unwrap();
    let id = dead["id"].to_string();
    assert_eq!(baton(&bank).args(["worker", "replay", "--dead", &id]).json()["replayed"], 1);
    once(&bank);
    assert_eq!(files(dir.path()), written);
    assert_eq!(read(&written[0]).0["push"], 1);
    let gone = baton(&bank).args(["--lang", "en", "worker", "replay", "--dead", &id]).refused();
    assert!(gone.contains(&format!("no dead message {id}")), "{gone}");
    baton(&bank).args(["worker", "replay", "--push", "99"]).refused();
    baton(&bank).args(["worker", "replay"]).fails(2);
}

#[test]
fn the_nearest_door_up_the_tree_serves_a_unit_and_one_without_hears_nothing() {
    let bank = small();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().to_str().unwrap();
    door(&bank, &["branch", "--kind", "file", "--to", dir, "--org", "B2"]);
    let units = door(&bank, &["own", "--kind", "inbox", "--to", READER, "--org", "S1,S2"]);
    assert_eq!(units["units"], json!(["S1", "S2"]));
    approved(&bank, "ST-1", "true", "0.1", 7);
    pushed(&bank, "ST-1");
    let served = bank.sql(ONE, "select distinct u.code, o.door from baton.outbox o join baton.org_unit u on u.id = o.org_id order by 1");
    // S1, S4 and S7 are B2's.
    assert_eq!(
        served,
        [["S1", "own"], ["S2", "own"], ["S4", "branch"], ["S7", "branch"]],
        "B1 and B3 have none"
    );
    // A unit has one door; the other gives it up.
    door(&bank, &["branch", "--kind", "file", "--to", dir, "--org", "B2,S1"]);
    let doors = baton(&bank).as_(READER).args(["door", "list"]).json();
    assert_eq!(
        doors,
        json!([
            {"door": "branch", "kind": "file", "to": dir, "on": true, "units": ["B2", "S1"]},
            {"door": "own", "kind": "inbox", "to": READER, "on": true, "units": ["S2"]},
        ])
    );
}

#[test]
fn only_administrators_make_doors_and_a_wrong_one_is_told() {
    let bank = small();
    let refused = |who: &str, args: &[&str]| {
        bank.program(who).args(["--lang", "en", "door"]).args(args).refused()
    };
    for (args, word) in [
        (&["add", "x", "--kind", "inbox", "--to", "nobody.here"][..], "no login nobody.here"),
        (&["add", "x", "--kind", "file", "--to", "relative"], "from the root on"),
        (&["add", "a b", "--kind", "file", "--to", "/tmp"], "letters, digits"),
        (&["add", "x", "--kind", "file", "--to", "/tmp", "--org", "X9"], "X9"),
        (&["off", "x"], "no door x"),
    ] {
        let said = refused(ADMIN, args);
        assert!(said.contains(word), "{args:?}: {said}");
    }
    assert!(
        refused("li.strategist", &["add", "x", "--kind", "file", "--to", "/tmp"])
            .contains("may not")
    );
    assert_eq!(bank.sql(ONE, "select count(*) from baton.door"), [["0"]]);
    for call in [
        "select baton.door_put('x', 'file', '/tmp', '{}')",
        "select baton.push_sent(1)",
        "select baton.message_put('x', 1, 1, '{}')",
        "select baton.message_bodies('{1}')",
        "select baton.message_leave('{1}')",
        "delete from baton.outbox",
    ] {
        assert_eq!(bank.refuses("li.strategist", call), "42501", "{call}");
    }
    // A loader with a unit takes no messages of the whole bank.
    bank.operator("li.strategist", "loader", Some("B1"));
    assert_eq!(bank.refuses("li.strategist", "select baton.message_claim(1, 60)"), "BT114");
}

#[test]
fn what_may_not_go_waits_and_goes_after() {
    let bank = small();
    door(&bank, &["core", "--kind", "inbox", "--to", READER]);
    approved(&bank, "ST-1", &up_to(300), "0.1", 7);
    pushed(&bank, "ST-1");
    let ready = status(&bank)["ready"].clone();
    let waits = || {
        assert_eq!(once(&bank)["delivered"], json!([]));
        assert_eq!(counts(&bank), json!([ready, 0, 0, 0]));
        // It is looked at again in a minute.
        owner(&bank, "update baton.outbox set ready_at = clock_timestamp()");
    };
    assert_eq!(bank.program(ADMIN).args(["door", "off", "core"]).json()["on"], false);
    waits();
    bank.program(ADMIN).args(["door", "on", "core"]).json();
    let word = |step: &str| {
        let why = ["--reason", "prices are wrong"];
        baton(&bank).as_("li.strategist").args(["strategy", step, "ST-1"]).args(why).json()
    };
    word("pause");
    waits();
    word("resume");
    // All day long is quiet, and deliveries keep to it.
    owner(
        &bank,
        "update baton.policy set value = 0 where key = 'quiet_from'; update baton.policy set value = 1440 where key = 'quiet_to'",
    );
    owner(&bank, "update baton.policy set value = 1 where key = 'delivery_quiet'");
    waits();
    owner(&bank, "update baton.policy set value = 0 where key = 'delivery_quiet'");
    assert_eq!(once(&bank)["delivered"][0]["messages"], ready);
    // Without tries: none was made.
    assert_eq!(counts(&bank), json!([0, 0, 0, ready]));
}

/// Whatever is said under a lease that has run out is refused, whether or not another has the message.
#[test]
fn a_lease_that_ran_out_finishes_nothing() {
    let bank = small();
    door(&bank, &["core", "--kind", "inbox", "--to", READER]);
    approved(&bank, "ST-1", &up_to(300), "0.1", 7);
    pushed(&bank, "ST-1");
    bank.operator(ONE, "loader", None);
    let claim = "select lease, id from baton.message_claim(1, 60)";
    let late = "update baton.outbox set lease_until = clock_timestamp() - interval '1 ms' where state = 'leased'";
    let steps = |lease: &str, id: &str| {
        [
            format!("select baton.message_done({lease}, '{{{id}}}')"),
            format!("select baton.message_inbox({lease}, '{{{id}}}')"),
            format!("select baton.message_failed({lease}, '{{{id}}}', 'x', '{{1}}', false)"),
            format!("select * from baton.message_texts({lease}, '{{{id}}}')"),
        ]
    };
    let mut last = String::new();
    for _ in 0..3 {
        let row = bank.sql(ONE, claim).remove(0);
        assert_ne!(row[0], last, "every claim has a number of its own");
        owner(&bank, late);
        for step in steps(&row[0], &row[1]) {
            assert_eq!(bank.refuses(ONE, &step), "BT440", "{step}");
        }
        for step in ["renew", "release"] {
            let more = if step == "renew" { ", 60" } else { "" };
            let none = format!("select baton.message_{step}({}{more})", row[0]);
            assert_eq!(bank.sql(ONE, &none), [["0"]]);
        }
        // The next one has it under another number, and the first is refused still.
        let again = bank.sql(ONE, "select lease, id, tries from baton.message_claim(1000, 60)");
        let same = again.iter().find(|other| other[1] == row[1]).unwrap();
        assert_eq!(same[2], "2");
        for step in steps(&row[0], &row[1]) {
            assert_eq!(bank.refuses(ONE, &step), "BT440", "{step}");
        }
        // And one number is good for no other's messages.
        last.clone_from(&same[0]);
        assert_eq!(
            bank.refuses(
                ONE,
                &format!("select baton.message_done({last}, '{{{}, 999999}}')", row[1])
            ),
            "BT440"
        );
        bank.sql(ONE, &format!("select baton.message_release({last})"));
        owner(&bank, "update baton.outbox set tries = 0");
    }
    assert_eq!(bank.sql(READER, "select count(*) from baton.inbox"), [["0"]]);
    let told = once(&bank);
    assert_eq!(bank.sql(READER, CAME), bank.sql(ONE, LISTED), "{told}");
}

#[test]
fn one_whose_worker_never_comes_back_is_dead_after_its_tries() {
    let bank = small();
    fixed(&bank, "tries_most", "int", "3");
    door(&bank, &["core", "--kind", "inbox", "--to", READER, "--org", "S1"]);
    approved(&bank, "ST-1", &up_to(300), "0.1", 7);
    pushed(&bank, "ST-1");
    bank.operator(ONE, "loader", None);
    for _ in 0..3 {
        assert_eq!(bank.sql(ONE, "select count(*) from baton.message_claim(10, 60)"), [["1"]]);
        owner(&bank, "update baton.outbox set lease_until = clock_timestamp()");
    }
    assert_eq!(bank.sql(ONE, "select count(*) from baton.message_claim(10, 60)"), [["0"]]);
    assert_eq!(counts(&bank), json!([0, 0, 1, 0]));
    assert_eq!(status(&bank)["dead_letters"][0]["reason"], "lease");
    let work = baton(&bank).args(["worklist"]).json();
    let dead = work.as_array().unwrap().iter().find(|row| row["work"] == "dead").unwrap().clone();
    assert_eq!(dead["count"], 1, "{work}");
    baton(&bank).args(["worker", "replay", "--all"]).json();
    once(&bank);
    assert_eq!(counts(&bank), json!([0, 0, 0, 1]));
}

/// A branch whose door fails is left alone after five failures; one message is tried, and when it leaves all do.
#[test]
fn a_branch_whose_door_fails_rests_and_the_others_go_on() {
    let bank = small();
    fixed(&bank, "message_most", "int", "3");
    let home = tempfile::tempdir().unwrap();
    let (bad, good) = (home.path().join("bad"), home.path().join("good"));
    std::fs::create_dir(&good).unwrap();
    door(&bank, &["bad", "--kind", "file", "--to", bad.to_str().unwrap(), "--org", "S1"]);
    door(&bank, &["good", "--kind", "file", "--to", good.to_str().unwrap(), "--org", "S2"]);
    approved(&bank, "ST-1", &up_to(900), "0.1", 7);
    pushed(&bank, "ST-1");
    let fails = || {
        let output = baton(&bank).args(["worker", "--once", "--format", "json"]).run();
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let of = |org: &str| {
        let all = status(&bank);
        let row = all["by_org"].as_array().unwrap().iter().find(|row| row["org"] == org).unwrap();
        row.clone()
    };
    let told = fails();
    assert_eq!(told["delivered"][0]["door"], "good");
    let messages = of("S1")["ready"].as_i64().unwrap();
    assert!(messages > 5, "{messages}");
    assert_eq!(of("S2")["ready"], 0);
    assert!(of("S1")["open_until"].is_string() && of("S1")["reason"].is_string());
    assert_eq!(bank.sql(ONE, "select distinct ready_at from baton.outbox"), [["infinity"]]);
    assert_eq!(once(&bank)["undelivered"], json!([]), "while it rests nothing is tried");
    let rested = "update baton.breaker set open_until = clock_timestamp()";
    let tried = "select sum(tries) from baton.outbox";
    let before: i64 = bank.sql(ONE, tried)[0][0].parse().unwrap();
    owner(&bank, rested);
    assert_eq!(fails()["undelivered"][0]["messages"], 1);
    assert_eq!(bank.sql(ONE, tried), [[(before + 1).to_string()]], "one of them was tried");
    let longer =
        "select open_until > clock_timestamp() + interval '40 seconds', opened from baton.breaker";
    assert_eq!(bank.sql(ONE, longer), [["t", "2"]]);
    std::fs::create_dir(&bad).unwrap();
    owner(&bank, rested);
    let told = once(&bank);
    assert_eq!(told["delivered"][0]["messages"], messages, "the first opens the way for all");
    assert_eq!(files(&bad).len(), usize::try_from(messages).unwrap());
    assert_eq!(bank.sql(ONE, "select count(*) from baton.breaker"), [["0"]]);
}

/// The worker stops where it would write its last word: after the inbox and the queue.
const HOLD: &str = "begin; set role baton_owner; lock table baton.audit in exclusive mode";
const HELD: &str = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%message_inbox%' and datname = current_database())";
const GONE: &str = "select not exists (select from pg_stat_activity where query like '%message_inbox%' and datname = current_database() and pid <> pg_backend_pid())";

#[test]
fn a_killed_worker_leaves_a_message_in_the_queue_or_in_the_inbox_and_one_that_is_asked_gives_it_back()
 {
    let bank = small();
    door(&bank, &["core", "--kind", "inbox", "--to", READER]);
    approved(&bank, "ST-1", &up_to(300), "0.1", 7);
    pushed(&bank, "ST-1");
    let ready = status(&bank)["ready"].clone();
    block_on(async {
        let mut holder = bank.connect(ADMIN).await;
        let mut watch = bank.connect(INTERNAL).await;
        for signal in ["-TERM", "-KILL"] {
            holder.execute(HOLD).await.unwrap();
            let mut worker = start(&bank, &["--every", "86400"]);
            until(&mut watch, HELD).await;
            let pid = worker.id().to_string();
            assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
            assert_eq!(worker.wait().unwrap().success(), signal == "-TERM");
            holder.execute("rollback").await.unwrap();
            until(&mut watch, GONE).await;
            let left: String = sqlx::query_scalar(
                "select string_agg(distinct state || tries, ',') from baton.outbox",
            )
            .fetch_one(&mut watch)
            .await
            .unwrap();
            assert_eq!(left, if signal == "-TERM" { "ready0" } else { "leased1" });
        }
    });
    assert_eq!(bank.sql(READER, "select count(*) from baton.inbox"), [["0"]]);
    assert_eq!(once(&bank)["delivered"], json!([]), "another's lease is passed by");
    owner(&bank, "update baton.outbox set lease_until = clock_timestamp()");
    assert_eq!(once(&bank)["delivered"][0]["messages"], ready);
    assert_eq!(bank.sql(READER, CAME), bank.sql(ONE, LISTED));
}

/// A worker that looks once a day hears of a push at once: by the call, not by its pace.
#[test]
fn a_push_wakes_a_worker() {
    let bank = small();
    door(&bank, &["core", "--kind", "inbox", "--to", READER]);
    approved(&bank, "ST-1", &up_to(300), "0.1", 7);
    let mut worker = start(&bank, &["--every", "86400"]);
    let listens = "select exists (select from pg_stat_activity where query like 'LISTEN%baton_delivery%' and datname = current_database() and state = 'idle')
                   and exists (select from baton.worker_seen)";
    let waits = "select count(*) filter (where state <> 'dead') = 0 from baton.outbox";
    let came = "select count(*) > 0 from baton.inbox";
    block_on(async {
        let mut watch = bank.connect(INTERNAL).await;
        until(&mut watch, listens).await;
        std::thread::scope(|threads| {
            threads.spawn(|| pushed(&bank, "ST-1"));
        });
        until(&mut watch, came).await;
        until(&mut watch, waits).await;
    });
    let pid = worker.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(worker.wait().unwrap().success());
    assert!(status(&bank)["worker_seen_at"].is_string());
    let doctor = baton(&bank).args(["doctor"]).json();
    let seen = doctor["checks"].as_array().unwrap().iter().find(|check| check["name"] == "worker");
    assert_eq!(seen.unwrap()["state"], "ok", "{doctor}");
}

#[test]
fn a_message_of_another_kind_goes_the_same_way() {
    let bank = small();
    let dir = tempfile::tempdir().unwrap();
    door(&bank, &["drop", "--kind", "file", "--to", dir.path().to_str().unwrap(), "--org", "S1"]);
    let put = |org: &str| {
        let put = format!(
            "select count(baton.message_put('recall', null, id, '{{\"reason\": \"over\"}}')) from baton.org_unit where code = '{org}'"
        );
        bank.sql(ADMIN, &format!("set role baton_owner; {put}"));
    };
    put("S1");
    put("S2");
    assert_eq!(counts(&bank), json!([1, 0, 0, 0]), "S2 has no door");
    once(&bank);
    let (head, tasks) = read(&files(dir.path())[0]);
    assert_eq!((head["kind"].as_str(), head["reason"].as_str()), (Some("recall"), Some("over")));
    assert!(tasks.is_empty());
}
