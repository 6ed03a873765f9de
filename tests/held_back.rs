//! What is refused or waits, by whatever way it comes: outcomes that cannot have been, messages behind a broken door or of a
//! paused strategy, what would be given twice, and a second word that is the first one's.
#![expect(clippy::disallowed_methods, reason = "tests write files and start programs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod branch;
mod chain;
mod support;

use std::path::PathBuf;
use std::process::Command;

use baton::store::cluster::{ADMIN, INTERNAL};
use branch::{BRANCH, LI, counters_hold, held, out, push_with, refused, task, told};
use chain::{approved, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const LOADER: &str = "sun.auditor";

fn bank_with_a_push() -> Bank {
    let bank = small();
    bank.operator(LOADER, "auditor,loader", None);
    push_with(&bank, "ST-1", "0.1", "");
    bank
}

fn first_ids(bank: &Bank, most: usize) -> Vec<String> {
    let sql = format!("select customer_id from baton.task order by 1 limit {most}");
    bank.sql(ADMIN, &sql).concat()
}

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()))
}

/// What a branch's system writes, in SQL.
fn sent(bank: &Bank, rows: &str) {
    let sql = format!(
        "set role baton_branch_system;
         insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at, amount) values {rows}"
    );
    bank.sql(INTERNAL, &sql);
}

#[test]
fn no_time_that_a_branch_writes_stops_the_worker_or_the_listing() {
    let bank = bank_with_a_push();
    let ids = first_ids(&bank, 5);
    let rows: Vec<String> =
        ["infinity", "-infinity", "294276-12-31", "4713-11-24 BC", "9999-12-31 12:00+00"]
            .iter()
            .zip(&ids)
            .enumerate()
            .map(|(n, (at, id))| format!("('crm', '{n}', 1, {id}, 'sold', '{at}', 1)"))
            .collect();
    sent(&bank, &rows.join(", "));
    let worked = baton(&bank).args(["worker", "--once"]).json();
    assert_eq!(worked["outcomes"], json!({"accepted": 0, "duplicate": 0, "left_out": 5}));
    let left = run(&bank, LOADER, &["outcome", "inbox", "--left"]);
    let told: Vec<(&Value, &Value)> =
        left.as_array().unwrap().iter().map(|row| (&row["reason"], &row["at"])).collect();
    assert_eq!(told, vec![(&json!("incomplete"), &Value::Null); 5], "{left}");
    let kept = |who| {
        let work = run(&bank, who, &["worklist"]);
        work.as_array().unwrap().iter().find(|row| row["work"] == "kept").cloned()
    };
    assert_eq!(kept(LOADER).unwrap()["count"], 5);
    assert!(kept(LI).is_none(), "who loads mends them");
    // As it stood before this was a reason of its own.
    owner(&bank, "update baton.outcome_inbox set reason = 'future'");
    let table = baton(&bank).as_(LOADER).args(["outcome", "inbox", "--left", "--format", "table"]);
    assert!(table.run().status.success());
}

#[test]
fn an_outcome_before_its_push_or_below_nothing_is_refused_by_message_file_and_database() {
    let bank = bank_with_a_push();
    let ids = first_ids(&bank, 4);
    let [a, b, c, d] = [&ids[0], &ids[1], &ids[2], &ids[3]];
    sent(
        &bank,
        &format!(
            "('crm', '1', 1, {a}, 'sold', '2026-11-19 23:59:59+08', 1), ('crm', '2', 1, {b}, 'sold', '2026-11-21 00:00+08', -1),
             ('crm', '3', 1, {c}, 'sold', '2026-11-20 00:00+08', 0)"
        ),
    );
    let worked = baton(&bank).args(["worker", "--once"]).json();
    assert_eq!(worked["outcomes"], json!({"accepted": 1, "duplicate": 0, "left_out": 2}));
    let left = run(&bank, LOADER, &["outcome", "inbox", "--left"]);
    let reasons: Vec<&Value> = left.as_array().unwrap().iter().map(|row| &row["reason"]).collect();
    assert_eq!(reasons, ["before_push", "negative"]);
    let file = place("impossible.csv");
    let rows = format!(
        "push,customer_id,outcome,at,amount,note\n1,{a},sold,2026-11-19T23:59:59,,\n1,{b},sold,2026-11-21,-0.01,\n\
         1,{d},sold,2026-11-20,0,\n1,{a},sold,1970-01-01,,\n1,{b},sold,2026-11-21,NaN,\n"
    );
    std::fs::write(&file, rows).unwrap();
    let args = ["--lang", "en", "outcome", "import", file.to_str().unwrap()];
    let report = baton(&bank).as_(LOADER).args(args).json();
    assert_eq!((&report["accepted"], &report["rejected"]), (&json!(1), &json!(4)), "{report}");
    let said = std::fs::read_to_string(report["reject_file"].as_str().unwrap()).unwrap();
    for line in [
        "2,at,2026-11-19T23:59:59,a day before the push",
        "3,amount,-0.01,an amount below zero",
        "5,at,1970-01-01,a day before the push",
        "6,amount,NaN,",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    // Whoever puts rows into the intake himself comes no further.
    let lot = "00000000-0000-0000-0000-000000000001";
    let taken = bank.sql(
        LOADER,
        &format!(
            "insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount)
             values ('{lot}', 7, 1, {a}, 'sold', '2026-11-01', 1), ('{lot}', 8, 1, {b}, 'sold', '2026-11-21', -5);
             select array_to_string(t.verdicts, ' '), array_to_string(t.ordinals, ' '), t.accepted from baton.outcome_take('{lot}') t"
        ),
    );
    assert_eq!(taken.last().unwrap()[..], ["before_push negative", "7 8", "0"]);
    let found = "select min(amount), count(*) from baton.outcome where at >= '2026-11-20 00:00+08'";
    assert_eq!(bank.sql(LOADER, found), [["0", "2"]]);
    run(&bank, LI, &["push", "board", "1", "--check"]);
}

#[test]
fn what_is_no_file_is_not_read() {
    let bank = small();
    bank.operator(LOADER, "auditor,loader", None);
    let pipe = place("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for what in ["/dev/zero", "/tmp", pipe.to_str().unwrap()] {
        let said = refused(&bank, LOADER, &["outcome", "import", what]);
        assert!(said.contains("is no file"), "{said}");
        let said = bank.program(ADMIN).args(["--lang", "en", "calendar", "import", what]).refused();
        assert!(said.contains("is no file"), "{said}");
    }
    let long = place("long.csv");
    let line = "x".repeat(2 << 20);
    std::fs::write(&long, format!("push,customer_id,outcome,at,amount,note\n1,1,sold,{line},,\n"))
        .unwrap();
    let said = refused(&bank, LOADER, &["outcome", "import", long.to_str().unwrap()]);
    assert!(said.contains("longer than any row"), "{said}");
    std::fs::remove_file(pipe).unwrap();
}

fn door(bank: &Bank, args: &[&str]) {
    bank.program(ADMIN).args(["door", "add"]).args(args).json();
}

fn ready(bank: &Bank) -> String {
    bank.sql(ADMIN, "select count(*) from baton.outbox where state = 'ready'").concat().remove(0)
}

/// A bank of many messages whose door for S1 is a directory that is not there.
fn broken() -> (Bank, tempfile::TempDir) {
    let bank = small();
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    owner(
        &bank,
        "create or replace function baton.message_most() returns int language sql immutable as $$ select 3 $$",
    );
    let home = tempfile::tempdir().unwrap();
    let to = home.path().join("bad");
    door(&bank, &["bad", "--kind", "file", "--to", to.to_str().unwrap(), "--org", "S1"]);
    approved(&bank, "ST-1", &up_to(400), "0.1", 7);
    pushed(&bank, "ST-1");
    (bank, home)
}

#[test]
fn what_is_made_while_a_door_is_broken_waits_for_the_one_that_is_tried() {
    let (bank, home) = broken();
    let work = || {
        let output = baton(&bank).args(["worker", "--once", "--format", "json"]).run();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    work();
    let tries =
        || bank.sql(ADMIN, "select sum(tries), max(failures) from baton.outbox, baton.breaker");
    let before = tries();
    approved(&bank, "ST-2", &chain::between(401, 700), "0.1", 7);
    pushed(&bank, "ST-2");
    work();
    assert_eq!(tries(), before, "nothing was tried, no failure counted");
    let all = "select distinct ready_at from baton.outbox";
    assert_eq!(bank.sql(ADMIN, all), [["infinity"]]);
    let waiting = ready(&bank);
    std::fs::create_dir(home.path().join("bad")).unwrap();
    owner(&bank, "update baton.breaker set open_until = clock_timestamp()");
    let delivered = work();
    assert_eq!(delivered["delivered"][0]["messages"].to_string(), waiting, "{delivered}");
    assert_eq!(ready(&bank), "0");
}

#[test]
fn of_a_paused_strategy_no_task_and_no_deadline_leaves_and_nobody_is_reminded() {
    let bank = out();
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    door(&bank, &["core", "--kind", "inbox", "--to", LOADER]);
    pushed_again(&bank);
    let once = || baton(&bank).args(["worker", "--once"]).json()["delivered"].clone();
    once();
    run(&bank, LI, &["strategy", "pause", "ST-1", "--reason", "利率有误"]);
    let push = bank.sql(ADMIN, "select max(id) from baton.push").concat().remove(0);
    let own = held(&bank, "u.code = 'S1'");
    let rms = branch::rms(&bank);
    let customer = own[0].to_string();
    task(&bank, BRANCH, &["assign", &push, &customer, "--rm", &rms[0]]);
    task(&bank, BRANCH, &["assign", &push, &customer, "--rm", &rms[1]]);
    let paused = run(&bank, LI, &["strategy", "show", "ST-1"])["paused"]["at"].clone();
    assert!(paused.as_str().unwrap().ends_with('Z'), "with its zone: {paused}");
    run(&bank, LI, &["push", "extend", &push, "--until", "2026-12-20"]);
    let waiting = ready(&bank);
    assert!(waiting.parse::<i64>().unwrap() > 2, "{waiting}");
    for _ in 0..2 {
        assert_eq!(once(), json!([]));
        owner(&bank, "update baton.outbox set ready_at = clock_timestamp() where id % 2 = 0");
    }
    let said = refused(&bank, LI, &["push", "remind", &push]);
    assert!(said.contains("ST-1 is paused"), "{said}");
    assert_eq!(bank.refuses(LI, &format!("select baton.push_remind({push})")), "BT411");
    run(&bank, LI, &["strategy", "resume", "ST-1", "--reason", "已更正"]);
    let queued = bank.sql(ADMIN, "select key from baton.outbox order by id").concat();
    once();
    assert_eq!(ready(&bank), "0");
    let came = "select message_id from baton.inbox order by id desc limit 1000";
    let mut came = bank.sql(ADMIN, came).concat();
    came.truncate(queued.len());
    came.reverse();
    assert_eq!(came, queued, "once, and in the order in which they were made");
    run(&bank, LI, &["push", "remind", &push]);
}

/// A door that fails says why from the first time on, to whom it concerns, and takes no unit without a word.
#[test]
fn a_door_that_fails_says_why_before_it_rests() {
    let (bank, home) = broken();
    // Only two messages are left to fail: fewer than open a breaker.
    owner(&bank, "delete from baton.outbox where id > (select min(id) + 1 from baton.outbox)");
    let fails = baton(&bank).args(["worker", "--once"]).run();
    assert_eq!(fails.status.code(), Some(1));
    let status = |who: &str| baton(&bank).as_(who).args(["worker", "status"]).json();
    let seen = status(LI);
    let row = &seen["by_org"][0];
    assert!(row["reason"].as_str().unwrap().starts_with("system: "), "{row}");
    assert_eq!((&row["org"], &row["open_until"]), (&json!("S1"), &Value::Null));
    let doctor = || {
        let output =
            baton(&bank).as_(LI).args(["doctor", "--lang", "en", "--format", "json"]).run();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(doctor().contains("bad fails for 1 unit, of which 0 rest"), "{}", doctor());
    bank.operator("zhao.viewer", "branch", Some("S2"));
    assert_eq!(status("zhao.viewer")["by_org"], json!([]), "another unit's");
    bank.operator("zhao.viewer", "branch", Some("S1"));
    assert_eq!(status("zhao.viewer")["by_org"][0]["org"], "S1");
    let to = home.path().to_str().unwrap();
    let args = ["--lang", "en", "door", "add", "n6", "--kind", "file", "--to", to, "--org", "S1"];
    let said = bank.program(ADMIN).args(args).run();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("S1 was served by door bad before"), "{said}");
}

#[test]
fn a_task_names_its_holder_its_fields_and_its_amount() {
    let bank = small();
    let form = "[[field]]\ncode = \"why\"\nlabel = \"原因\"\ntype = \"text\"\n\n\
        [[field]]\ncode = \"agree\"\nlabel = \"同意\"\ntype = \"flag\"\n";
    let words = text("ST-1", "SG-ST-1", "0.0", 7).replace("您好，", "{name}您好，我是{rm}。");
    let file = strategy_file(&format!("{words}\n{form}"));
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "S", "--rule", "aum >= 0"]);
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let hash = run(&bank, LI, &["strategy", "submit", "ST-1"])["hash"].as_str().unwrap().to_owned();
    run(&bank, "wang.approver", &["strategy", "approve", "ST-1", "--hash", &hash]);
    pushed(&bank, "ST-1");
    bank.operator(BRANCH, "branch", Some("S1"));
    let one = held(&bank, "u.code = 'S1'")[0].to_string();
    let names = "select s.code, s.name from baton.staff s join baton.org_unit u on u.id = s.org_id where u.code = 'S1' order by s.code";
    for rm in bank.sql(ADMIN, names).iter().take(2) {
        task(&bank, BRANCH, &["assign", "1", &one, "--rm", &rm[0]]);
        let shown = task(&bank, BRANCH, &["show", "1", &one]);
        let script = shown["script"].as_str().unwrap();
        assert!(script.contains(&format!("我是{}。", rm[1])), "{script}");
    }
    let args =
        ["--outcome", "sold", "--amount", "12.50", "--field", "why=利率", "--field", "agree=true"];
    run(&bank, BRANCH, &[&["task", "outcome", "1", &one][..], &args].concat());
    let table = ["--lang", "zh-CN", "--format", "table", "task", "show", "1", &one];
    let shown = String::from_utf8(baton(&bank).as_(BRANCH).args(table).run().stdout).unwrap();
    for said in ["12.50", "原因：利率", "同意：是"] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
}

/// Recalls what [`out`] has pushed, and pushes the same wave again.
fn pushed_again(bank: &Bank) {
    run(bank, LI, &["push", "recall", "1"]);
    let (_, push) = pushed(bank, "ST-1");
    assert_eq!(push["push"], 2, "{push}");
}

#[test]
fn what_was_pushed_again_is_not_given_back_beside_it() {
    let bank = out();
    let all = held(&bank, "true");
    pushed_again(&bank);
    let said = refused(&bank, LI, &["push", "recall", "1", "--undo"]);
    assert!(said.contains(&format!("{} of these", all.len())), "{said}");
    assert_eq!(bank.refuses(LI, "select baton.push_recall_undo(1, 'S1')"), "BT406");
    run(&bank, LI, &["push", "recall", "2"]);
    run(&bank, LI, &["push", "recall", "1", "--undo"]);
    // Nor the later one beside the earlier one that is out again.
    let said = refused(&bank, LI, &["push", "recall", "2", "--undo"]);
    assert!(said.contains(&format!("{} of these", all.len())), "{said}");
    let mut now = held(&bank, "true");
    now.sort_unstable();
    let mut then = all;
    then.sort_unstable();
    assert_eq!(now, then, "each once");
    counters_hold(&bank);
}

#[test]
fn what_is_told_of_the_same_tasks_twice_is_counted_once() {
    let bank = out();
    let open = i64::try_from(held(&bank, "u.code = 'S1'").len()).unwrap();
    for day in ["2026-12-20", "2026-12-21", "2026-12-22"] {
        run(&bank, LI, &["push", "extend", "1", "--until", day]);
    }
    assert_eq!(told(&bank, BRANCH), [("extended".to_owned(), open)]);
}

#[test]
fn the_second_word_is_not_of_a_person_who_has_given_the_first_by_now() {
    let bank = small();
    bank.program(ADMIN).args(["policy", "set", "two_levels_from_customers", "1"]).json();
    bank.operator(LOADER, "auditor,approver", None);
    bank.operator("zhao.viewer", "viewer,approver", None);
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "S", "--rule", &up_to(100)]);
    let file = strategy_file(&text("ST-1", "SG-ST-1", "0.1", 1));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let hash = run(&bank, LI, &["strategy", "submit", "ST-1"])["hash"].as_str().unwrap().to_owned();
    let word = ["strategy", "approve", "ST-1", "--hash", &hash];
    run(&bank, "wang.approver", &word);
    // Both are said to be one person only now.
    for name in ["wang.approver", LOADER] {
        bank.program(ADMIN).args(["operator", "person", name, "P1"]).json();
    }
    let sql = format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'))");
    assert_eq!(bank.refuses(LOADER, &sql), "approval_by_another_person");
    let said = refused(&bank, LOADER, &word);
    assert!(said.contains("zhao.viewer") && !said.contains("wang.approver can"), "{said}");
    assert_eq!(run(&bank, "zhao.viewer", &word)["state"], "approved");
}

#[test]
fn a_blackout_holds_on_the_days_of_the_clock_too() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(100), "0.1", 7);
    let plan = run(&bank, LI, &["push", "plan", "ST-1"])["plan"].to_string();
    let preview = run(&bank, LI, &["push", "preview", "ST-1"]);
    assert_eq!(preview["plan"], Value::Null, "nothing of it is kept");
    owner(
        &bank,
        "insert into baton.blackout values (baton.clock_day() - 1, baton.clock_day() + 1, '年终决算')",
    );
    let apply = baton(&bank).as_(LI).args(["push", "apply", "ST-1", "--plan", &plan]);
    assert!(apply.refused().contains("年终决算"));
    owner(&bank, "update baton.blackout set from_day = baton.clock_day() + 1");
    baton(&bank).as_(LI).args(["push", "apply", "ST-1", "--plan", &plan]).json();
}

#[test]
fn words_that_cannot_be_seen_give_no_reason() {
    let bank = out();
    let unseen = "\u{200b}\u{3000}";
    let said = refused(&bank, LI, &["strategy", "pause", "ST-1", "--reason", unseen]);
    assert!(said.contains("say why"), "{said}");
    let sql = |call: &str| bank.refuses(LI, &format!("select baton.{call}"));
    assert_eq!(sql(&format!("strategy_pause('ST-1', '{unseen}')")), "pause_reason");
    let feedback = ["push", "feedback", "1", "--reason", "other", "--text", unseen];
    refused(&bank, BRANCH, &feedback);
    let call = format!("select baton.push_feedback(1, 'other', '{unseen}')");
    assert_eq!(bank.refuses(BRANCH, &call), "feedback_other_says_what");
}
