//! The process board: every step counted once and on its first day, the counters as a recount says whatever the order in
//! which outcomes come; and the inbox of branch systems, of which nothing is lost and nothing keeps the rest waiting.
#![expect(clippy::disallowed_methods, reason = "tests write files and build SQL")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::fmt::Write as _;
use std::path::PathBuf;

use baton::store::cluster::INTERNAL;
use chain::{approved, number, owner, pushed, run, small, up_to};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use support::{Bank, Launch, baton};

const LOADER: &str = "sun.auditor";
const ONE: &str = "zhao.viewer";
const OUTCOMES: [&str; 6] =
    ["no_answer", "refused", "considering", "appointment", "sold", "bad_number"];

fn bank_with_a_push() -> Bank {
    let bank = small();
    bank.operator(LOADER, "auditor,loader", None);
    approved(&bank, "ST-1", &up_to(400), "0.1", 7);
    pushed(&bank, "ST-1");
    bank
}

fn of_arm(bank: &Bank, arm: &str) -> Vec<String> {
    let sql = format!(
        "select customer_id from baton.push_member where push_id = 1 and arm = '{arm}' order by 1"
    );
    bank.sql(LOADER, &sql).into_iter().map(|mut row| row.remove(0)).collect()
}

fn file(rows: &str) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("board-{}-{}.csv", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, format!("push,customer_id,outcome,at,amount,note\n{rows}")).unwrap();
    path
}

fn import(bank: &Bank, rows: &str) -> Value {
    run(bank, LOADER, &["outcome", "import", file(rows).to_str().unwrap()])
}

fn board(bank: &Bank, args: &[&str]) -> Value {
    run(bank, ONE, &[&["push", "board", "1"], args].concat())
}

/// Customers by step of a board or of one of its rows.
fn steps(of: &Value) -> Vec<i64> {
    of["steps"].as_array().unwrap().iter().map(|step| number(&step["customers"])).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn sends(bank: &Bank, values: &str) {
    bank.sql(
        INTERNAL,
        &format!(
            "set role baton_branch_system;
             insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at, note)
             values {values} on conflict do nothing"
        ),
    );
}

fn worked(bank: &Bank) -> Value {
    baton(bank).args(["worker", "--once"]).json()["outcomes"].clone()
}

#[test]
fn a_customer_counts_once_a_step_on_the_day_of_the_first_outcome_that_says_so() {
    let bank = bank_with_a_push();
    let treated = of_arm(&bank, "treated");
    let tasks = i64::try_from(treated.len()).unwrap();
    assert_eq!(steps(&board(&bank, &[])), [tasks, 0, 0, 0, 0, 0]);
    run(&bank, "nancheng.branch", &["push", "sign", "1", "--org", "S1"]);
    let mine = number(&run(&bank, ONE, &["push", "status", "1"])["orders"][0]["tasks"]);

    let (a, b, c) = (&treated[0], &treated[1], &treated[2]);
    import(
        &bank,
        &format!(
            "1,{a},no_answer,2026-11-21,,\n1,{a},sold,2026-11-24,5,\n1,{a},considering,2026-11-23,,\n\
             1,{b},bad_number,2026-11-22,,\n1,{c},refused,2026-11-22T23:59:59,,\n"
        ),
    );
    let found = board(&bank, &["--by", "day"]);
    assert_eq!(steps(&found), [tasks, mine, 3, 2, 1, 1]);
    let by_day: Vec<(&str, Vec<i64>)> = found["by_day"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["day"].as_str().unwrap(), steps(day)[2..].to_vec()))
        .filter(|(_, steps)| steps.iter().sum::<i64>() > 0)
        .collect();
    assert_eq!(
        by_day,
        [
            ("2026-11-21", vec![1, 0, 0, 0]),
            ("2026-11-22", vec![2, 1, 0, 0]),
            ("2026-11-23", vec![0, 1, 1, 0]),
            ("2026-11-24", vec![0, 0, 0, 1]),
        ]
    );
    // What comes late and was earlier moves the day, not the count.
    import(&bank, &format!("1,{a},appointment,2026-11-20,,\n"));
    let found = board(&bank, &["--by", "day"]);
    assert_eq!(steps(&found), [tasks, mine, 3, 2, 1, 1]);
    let first = &found["by_day"][0];
    assert_eq!(
        (first["day"].as_str(), &steps(first)[2..]),
        (Some("2026-11-20"), &[1, 1, 1, 0][..])
    );
    run(&bank, ONE, &["push", "board", "1", "--check"]);

    // By RM it is the same, added up.
    let by_rm = board(&bank, &["--by", "rm"]);
    let mut sum = vec![0; 6];
    for rm in by_rm["by_rm"].as_array().unwrap() {
        for (sum, n) in sum.iter_mut().zip(steps(rm)) {
            *sum += n;
        }
    }
    assert_eq!(sum, [tasks, mine, 3, 2, 1, 1]);
}

#[test]
fn who_need_not_be_contacted_yet_is_said_apart_and_who_was_late_is_counted() {
    let bank = bank_with_a_push();
    let treated = of_arm(&bank, "treated");
    let tasks = i64::try_from(treated.len()).unwrap();
    let (a, b) = (&treated[0], &treated[1]);
    import(&bank, &format!("1,{a},sold,2026-11-23,,\n1,{b},sold,2026-11-24,,\n"));
    let young = board(&bank, &[])["timeliness"]["contacted"].clone();
    assert_eq!(
        (&young["in_time"], &young["of"], &young["not_due"]),
        (&json!(1), &json!(2), &json!(tasks - 2))
    );
    // Three days are over.
    owner(&bank, "update baton.bank set as_of = '2026-11-24'");
    let due = board(&bank, &[])["timeliness"]["contacted"].clone();
    assert_eq!(
        (&due["in_time"], &due["of"], &due["not_due"]),
        (&json!(1), &json!(tasks), &json!(0))
    );

    let signed = |bank: &Bank| board(bank, &[])["timeliness"]["signed"].clone();
    assert_eq!((&signed(&bank)["of"], &signed(&bank)["not_due"]), (&json!(0), &json!(tasks)));
    run(&bank, "nancheng.branch", &["push", "sign", "1", "--org", "S1"]);
    let mine = number(&run(&bank, ONE, &["push", "status", "1"])["orders"][0]["tasks"]);
    assert_eq!((&signed(&bank)["of"], &signed(&bank)["share"]), (&json!(mine), &json!(1.0)));
    // The day for signing is over, and S1 was an hour late.
    owner(
        &bank,
        "update baton.board set sign_by = clock_timestamp() - interval '2 hours';
         update baton.branch_order set signed_at = clock_timestamp() - interval '1 hour' where signed_at is not null",
    );
    let late = signed(&bank);
    assert_eq!(
        (&late["in_time"], &late["of"], &late["not_due"]),
        (&json!(0), &json!(tasks), &json!(0))
    );
}

#[test]
fn a_unit_that_reaches_fewer_than_its_peers_breaks_there() {
    let bank = bank_with_a_push();
    let units = bank.sql(
        LOADER,
        "select u.code, string_agg(t.customer_id::text, ' ' order by t.customer_id) from baton.task t join baton.org_unit u on u.id = t.org_id group by 1 order by 1",
    );
    let mut rows = String::new();
    for row in &units {
        for (at, customer) in row[1].split(' ').enumerate() {
            // At S3 one in ten is reached, elsewhere every second one.
            let reached = if row[0] == "S3" { at % 10 == 0 } else { at % 2 == 0 };
            let outcome = if reached { "considering" } else { "no_answer" };
            writeln!(rows, "1,{customer},{outcome},2026-11-21,,").unwrap();
        }
    }
    import(&bank, &rows);
    let found = board(&bank, &[]);
    for unit in found["by_org"].as_array().unwrap() {
        let gap = &unit["break"];
        if unit["org"] == "S3" {
            assert_eq!(gap["step"], "reached", "{unit}");
            assert!(number(&gap["missing"]) > 0, "{unit}");
        } else {
            assert_eq!(*gap, Value::Null, "{unit}");
        }
    }
    assert_eq!(
        (&found["break"]["step"], &found["break"]["org"]),
        (&json!("reached"), &json!("S3"))
    );
    let table = ["--lang", "en", "--format", "table", "push", "board", "1", "--by", "org"];
    let said = baton(&bank).as_(ONE).args(table).run();
    let (out, err) = (text(&said.stdout), text(&said.stderr));
    assert!(err.contains("The chain breaks most at: reached."), "{err}");
    assert!(out.contains("% of its peers"), "{out}");
    // A branch is shown its own unit only, and has no peers to be held against.
    let own = run(&bank, "nancheng.branch", &["push", "board", "1"]);
    assert_eq!(own["by_org"].as_array().unwrap().len(), 1);
    assert_eq!((&own["by_org"][0]["org"], &own["break"]), (&json!("S1"), &Value::Null));
}

/// By keys: from the pane to the board, to a unit's tasks, and back to the pane.
#[test]
fn the_board_is_opened_from_a_push_and_leads_to_a_units_tasks() {
    for (lang, funnel, by_rm, range, size) in [
        ("zh-CN", "首次触达及时率", "按客户经理", "第 1 至", (80, 24)),
        ("en", "First contact in time", "by RM", "1 to", (120, 36)),
    ] {
        let bank = bank_with_a_push();
        let treated = of_arm(&bank, "treated");
        import(&bank, &format!("1,{},sold,2026-11-21,,\n", treated[0]));
        let state = tempfile::tempdir().unwrap().keep().display().to_string();
        let url = ["--database-url".to_owned(), bank.url(), "--as".into(), "li.strategist".into()];
        let mut console =
            Launch::of(url).lang(lang).size(size.0, size.1).env("XDG_STATE_HOME", &state).open();
        console.keys("3").sees("#1").keys("b").sees(funnel).sees("S1").sees(by_rm);
        console.keys("Enter").sees(range).keys("Esc").sees(funnel);
        console.keys("Tab Tab").sees("2026-11-21").keys("Esc").loses(funnel).keys("q");
    }
}

#[test]
fn a_check_finds_what_a_recount_mends() {
    let bank = bank_with_a_push();
    let treated = of_arm(&bank, "treated");
    import(&bank, &format!("1,{},sold,2026-11-21,,\n", treated[0]));
    let agreed = board(&bank, &["--check"]);
    assert_eq!((&agreed["agree"], &agreed["differences"]), (&json!(true), &json!([])));
    owner(
        &bank,
        "update baton.board_count set sold = sold + 1 where issued > 0 and org_id = (select id from baton.org_unit where code = 'S2');
         update baton.branch_order set done = done + 1, open = open - 1 where org_id = (select id from baton.org_unit where code = 'S3');
         update baton.branch_order set tasks = tasks + 1, open = open + 1 where org_id = (select id from baton.org_unit where code = 'S4')",
    );
    let differs = ["--format", "csv", "push", "board", "1", "--check"];
    let refused = baton(&bank).as_(ONE).args(differs).run();
    assert_eq!(refused.status.code(), Some(1));
    let out = text(&refused.stdout);
    assert!(out.contains("S2,") && out.contains("S3,done") && out.contains("S4,tasks"), "{out}");
    let mended = run(&bank, LOADER, &["push", "board", "1", "--recount"]);
    assert_eq!(mended["agree"], true);
    let noted = "select count(*) from baton.audit where action = 'board.mend'";
    assert_eq!(bank.sql(LOADER, noted), [["1"]]);
    let viewer = baton(&bank).as_(ONE).args(["push", "board", "1", "--recount"]);
    assert!(viewer.refused().contains("loader"));
    let unknown = baton(&bank).as_(ONE).args(["push", "board", "99", "--check"]);
    assert!(unknown.refused().contains("99"));
}

/// What branches say stands beside the funnel, the most frequent first; a branch reads its own.
#[test]
fn the_board_says_why_branches_say_that_it_does_not_go() {
    let bank = bank_with_a_push();
    assert_eq!(board(&bank, &[])["feedback"], json!([]));
    let say = |unit: &str, reason: &str| {
        bank.operator("nancheng.branch", "branch", Some(unit));
        run(&bank, "nancheng.branch", &["push", "feedback", "1", "--reason", reason]);
    };
    say("S1", "script");
    say("S2", "list");
    say("S3", "list");
    assert_eq!(
        board(&bank, &[])["feedback"],
        json!([{ "reason": "list", "count": 2 }, { "reason": "script", "count": 1 }])
    );
    let own = run(&bank, "nancheng.branch", &["push", "board", "1"]);
    assert_eq!(own["feedback"], json!([{ "reason": "list", "count": 1 }]));
    let others = run(&bank, "nancheng.branch", &["push", "feedback", "--strategy", "ST-1"]);
    assert_eq!(others["reasons"], json!([{ "reason": "list", "count": 1 }]));
}

/// Random outcomes of some customers, in random order, some twice, cut into files and messages anywhere.
#[test]
fn counters_are_what_a_recount_says_in_whatever_order_outcomes_come() {
    let bank = bank_with_a_push();
    bank.operator(ONE, "viewer", None);
    let mut customers = of_arm(&bank, "treated");
    customers.truncate(10);
    customers.extend(of_arm(&bank, "control").into_iter().take(3));
    let one = (0..customers.len(), 0..OUTCOMES.len(), 0_i64..6, 0_i64..3);
    let lots = prop::collection::vec(prop::collection::vec(one, 1..12), 1..5);
    let mut runner =
        TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let runs = runner.run(&(lots, any::<u8>()), |(lots, by_message)| {
        owner(&bank, "truncate baton.outcome; truncate baton.outcome_message; truncate baton.outcome_inbox");
        run(&bank, LOADER, &["push", "board", "1", "--recount"]);
        for (at, lot) in lots.iter().enumerate() {
            let (mut rows, mut sent) = (String::new(), Vec::new());
            for (n, (customer, outcome, day, hour)) in lot.iter().enumerate() {
                let (customer, outcome) = (&customers[*customer], OUTCOMES[*outcome]);
                let when = format!("2026-11-{} {:02}:30:00", 15 + day, 22 + hour.min(&1));
                writeln!(rows, "1,{customer},{outcome},{when},,").unwrap();
                sent.push(format!("('s', '{at}-{n}', 1, {customer}, '{outcome}', '{when}+08', null)"));
            }
            if by_message >> at & 1 == 1 {
                sends(&bank, &sent.join(", "));
                worked(&bank);
            } else {
                import(&bank, &rows);
            }
        }
        prop_assert_eq!(&board(&bank, &["--check"])["differences"], &json!([]));
        let contaminated = bank.sql(LOADER, "select count(distinct customer_id) from baton.outcome where contamination");
        prop_assert_eq!(&board(&bank, &[])["contamination"].to_string(), &contaminated[0][0]);
        let done = bank.sql(LOADER, "select count(distinct customer_id) from baton.outcome where outcome <> 'no_answer' and not contamination");
        let kept = bank.sql(LOADER, "select sum(done), sum(open + done - tasks) from baton.branch_order");
        prop_assert_eq!(&kept[0], &vec![done[0][0].clone(), "0".to_owned()]);
        Ok(())
    });
    runs.unwrap();
}

#[test]
fn a_message_that_cannot_be_taken_in_stays_with_its_reason_and_keeps_no_other_waiting() {
    let bank = bank_with_a_push();
    let (treated, control) = (of_arm(&bank, "treated"), of_arm(&bank, "control"));
    let [a, b, c] = [&treated[0], &treated[1], &control[0]];
    let long = "n".repeat(2001);
    sends(
        &bank,
        &format!(
            "('crm', '1', 77, {a}, 'sold', '2026-11-20 10:00+08', null),
             ('crm', '2', 1, 999999, 'sold', '2026-11-20 10:00+08', null),
             ('crm', '3', 1, {a}, 'SOLD', '2026-11-20 10:00+08', null),
             ('crm', '4', 1, {a}, 'sold', '2999-01-01 10:00+08', null),
             ('crm', '5', 1, null, 'sold', '2026-11-20 10:00+08', null),
             ('crm', '6', 1, {a}, 'sold', '2026-11-20 10:00+08', '{long}'),
             ('crm', '7', 1, {a}, 'sold', '2026-11-20 10:00+08', 'ok'),
             ('crm', '8', 1, {b}, 'refused', '2026-11-20 10:00+08', null),
             ('wecom', '8', 1, {b}, 'refused', '2026-11-20 10:00+08', null),
             ('crm', '9', 1, {c}, 'sold', '2026-11-20 10:00+08', null)"
        ),
    );
    assert_eq!(worked(&bank), json!({"accepted": 3, "duplicate": 1, "left_out": 6}));
    assert_eq!(worked(&bank), json!({"accepted": 0, "duplicate": 0, "left_out": 0}));
    let left = run(&bank, LOADER, &["outcome", "inbox", "--left"]);
    let reasons: Vec<(&str, &str)> = left
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["message_id"].as_str().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("1", "unknown_push"),
            ("2", "unknown_task"),
            ("3", "unknown_outcome"),
            ("4", "future"),
            ("5", "incomplete"),
            ("6", "note_too_long"),
        ]
    );
    let counts = run(&bank, ONE, &["outcome", "inbox"]);
    assert_eq!(counts.as_array().unwrap().len(), 6);
    assert!(
        counts.as_array().unwrap().iter().all(|row| row["source"] == "crm" && row["messages"] == 1)
    );
    let viewer = baton(&bank).as_(ONE).args(["outcome", "inbox", "--left"]);
    assert!(viewer.refused().contains("loader"), "a message names a customer");
    // The one of the control group is kept and stands for contamination only.
    let found = board(&bank, &[]);
    assert_eq!((steps(&found)[2], &found["contamination"]), (2, &json!(1)));

    // What was mended is taken in when it is tried again.
    let sql = format!(
        "update baton.outcome_inbox set customer_id = {} where message_id = '2'",
        treated[2]
    );
    owner(&bank, &sql);
    run(&bank, LOADER, &["outcome", "inbox", "--retry"]);
    assert_eq!(worked(&bank), json!({"accepted": 1, "duplicate": 0, "left_out": 5}));
    run(&bank, ONE, &["push", "board", "1", "--check"]);
}

#[test]
fn what_came_once_is_not_taken_twice_by_file_or_by_message() {
    let bank = bank_with_a_push();
    let a = of_arm(&bank, "treated").remove(0);
    let message = format!("('crm', 'm-1', 1, {a}, 'sold', '2026-11-20 10:00+08', null)");
    sends(&bank, &message);
    assert_eq!(worked(&bank)["accepted"], 1);
    sends(&bank, &message);
    assert_eq!(worked(&bank), json!({"accepted": 0, "duplicate": 1, "left_out": 0}));
    let other = format!("('crm', 'm-1', 1, {a}, 'refused', '2026-11-20 10:00+08', null)");
    sends(&bank, &other);
    assert_eq!(worked(&bank)["duplicate"], 1, "whatever it says");
    let rows = format!("1,{a},sold,2026-11-20T10:00,,\n");
    assert_eq!(import(&bank, &rows)["duplicate"], 1, "a file after the message");
    let rows = format!("1,{a},considering,2026-11-20T09:00,,\n");
    assert_eq!(import(&bank, &rows)["accepted"], 1);
    sends(&bank, &format!("('crm', 'm-2', 1, {a}, 'considering', '2026-11-20 09:00+08', null)"));
    assert_eq!(worked(&bank)["duplicate"], 1, "a message after the file");
    assert_eq!(bank.sql(LOADER, "select count(*) from baton.outcome"), [["2"]]);
    assert_eq!(
        bank.sql(INTERNAL, "select count(*) from baton.outcome_inbox"),
        [["0"]],
        "what is done has left"
    );
}

#[test]
fn a_branch_system_reads_nothing_and_cannot_write_another_word() {
    let bank = bank_with_a_push();
    let refused =
        |sql: &str| bank.refuses(INTERNAL, &format!("set role baton_branch_system; {sql}"));
    for sql in [
        "select * from baton.outcome_inbox",
        "select * from baton.push",
        "insert into baton.outcome_inbox (source, message_id, reason) values ('a', 'b', null)",
        "insert into baton.outcome_inbox (source, message_id, sent_by) values ('a', 'b', 'c')",
        "delete from baton.outcome_inbox",
        "insert into baton.outcome_intake (intake, ordinal) values (gen_random_uuid(), 1)",
        "select baton.outcome_inbox_take(1)",
        "select baton.outcome_take(gen_random_uuid())",
    ] {
        assert_eq!(refused(sql), "42501", "{sql}");
    }
    let twice =
        "insert into baton.outcome_inbox (source, message_id) values ('a', 'b'), ('a', 'b')";
    assert_eq!(refused(twice), "outcome_inbox_message");
    let spaced = "insert into baton.outcome_inbox (source, message_id) values ('a b', 'c')";
    assert_eq!(refused(spaced), "outcome_inbox_source");
}
