//! Outcome files: every row is counted once, and nothing is dropped without a line in the reject file.
#![expect(clippy::disallowed_methods, reason = "tests write and read files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chain::{approved, number, owner, pushed, run, small, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{}-{name}.csv", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

fn import(bank: &Bank, path: &Path) -> Value {
    run(bank, "sun.auditor", &["outcome", "import", path.to_str().unwrap()])
}

/// A push of 400 customers, and its treated and control ones.
fn bank_with_a_push() -> (Bank, Vec<String>, Vec<String>) {
    let bank = small();
    bank.operator("sun.auditor", "loader", None);
    approved(&bank, "ST-1", &up_to(400), "0.1", 7);
    pushed(&bank, "ST-1");
    let of = |arm: &str| -> Vec<String> {
        let sql =
            format!("select customer_id from baton.push_member where arm = '{arm}' order by 1");
        bank.sql("sun.auditor", &sql).into_iter().map(|mut row| row.remove(0)).collect()
    };
    let (treated, control) = (of("treated"), of("control"));
    (bank, treated, control)
}

#[test]
fn every_row_is_accepted_duplicate_unknown_or_rejected() {
    let (bank, treated, control) = bank_with_a_push();
    owner(&bank, "update baton.bank set as_of = '2026-12-05'");
    let (a, b, c) = (&treated[0], &treated[1], &control[0]);
    let text = format!(
        "\u{feff}note,at,push,customer_id,amount,outcome\r\n\
         \"a, b\",2026-11-21,1,{a},12.50,sold\r\n\
         again,2026-11-21,1,{a},,sold\r\n\
         ,2026-12-04T23:59:59,1,{b},,考虑\r\n\
         ,2026-12-05,1,{b},,成交\r\n\
         ,2026-11-22,1,{c},,refused\r\n\
         ,2026-11-22,1,50,,refused\r\n\
         ,2026-11-22,1,999999,,refused\r\n\
         ,2026-11-22,77,{a},,refused\r\n\
         ,soon,1,{a},,refused\r\n\
         ,2026-11-22,1,{a},1.005,sold\r\n\
         ,2026-11-22,1,{a},,SOLD\r\n\
         ,2026-11-22,1,{a}\r\n"
    );
    let path = file("each", text.as_bytes());
    let report = import(&bank, &path);
    let rejects = format!("{}.rejects.csv", path.display());
    assert_eq!(
        report,
        json!({"read": 12, "accepted": 4, "duplicate": 1, "unknown": 3, "late": 1, "contamination": 1,
            "contradictory": 0, "rejected": 4, "reject_file": rejects})
    );
    let said = std::fs::read_to_string(&rejects).unwrap();
    let mut lines: Vec<u64> =
        said.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [3, 7, 8, 9, 10, 11, 12, 13],
        "a line for each row that was not taken:\n{said}"
    );

    let rows = bank.sql(
        "sun.auditor",
        "select customer_id, outcome, at at time zone 'UTC', amount, late, contamination from baton.outcome order by at, customer_id",
    );
    assert_eq!(rows.len(), 4);
    assert_eq!(
        rows[0][1..],
        ["sold", "2026-11-20 16:00:00", "1250", "f", "f"],
        "midnight of the bank's day"
    );
    assert_eq!(
        rows[1][1..],
        ["refused", "2026-11-21 16:00:00", "", "f", "t"],
        "of the control group"
    );
    assert_eq!(
        rows[2][1..],
        ["considering", "2026-12-04 15:59:59", "", "f", "f"],
        "the deadline's last second"
    );
    assert_eq!(rows[3][1..], ["sold", "2026-12-04 16:00:00", "", "t", "f"]);

    let again = import(&bank, &path);
    assert_eq!(
        (&again["accepted"], &again["duplicate"], &again["late"]),
        (&json!(0), &json!(5), &json!(0))
    );
    assert_eq!(bank.sql("sun.auditor", "select count(*) from baton.outcome"), [["4"]]);
}

/// As the inbox and a branch's own word are: what is said of tomorrow has not happened.
#[test]
fn a_day_that_has_not_come_is_refused_by_a_file_too() {
    let (bank, treated, _) = bank_with_a_push();
    owner(&bank, "update baton.bank set as_of = '2098-12-31'");
    let a = &treated[0];
    let text = format!(
        "push,customer_id,outcome,at,amount,note\n1,{a},considering,2098-12-31T23:59:59,,\n1,{a},sold,2099-01-01,,\n"
    );
    let path = file("future", text.as_bytes());
    let report = import(&bank, &path);
    assert_eq!(
        (&report["accepted"], &report["rejected"]),
        (&json!(1), &json!(1)),
        "the last moment of the bank's day has come: {report}"
    );
    let said = std::fs::read_to_string(report["reject_file"].as_str().unwrap()).unwrap();
    assert!(said.contains("3,at,2099-01-01,a day that has not come"), "{said}");
    assert_eq!(bank.sql("sun.auditor", "select outcome from baton.outcome"), [["considering"]]);
}

#[test]
fn a_row_that_was_not_taken_is_told_by_the_line_that_an_editor_shows() {
    let (bank, treated, _) = bank_with_a_push();
    let a = &treated[0];
    let text = format!(
        "\n\npush,customer_id,at,outcome,amount,note\n\r\n\n\
         1,{a},soon,refused,,\n\n  \n\
         1,{a},2026-11-22,refused,,\"two\nlines\"\n\
         1,999999,2026-11-22,refused,,=1+1\n\n\
         1,{a},=now(),refused,,"
    );
    let path = file("lines", text.as_bytes());
    let report = import(&bank, &path);
    assert_eq!((&report["read"], &report["accepted"]), (&json!(4), &json!(1)), "{report}");
    let said = std::fs::read_to_string(report["reject_file"].as_str().unwrap()).unwrap();
    let mut lines: Vec<&str> =
        said.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, ["11", "13", "6"], "{said}");
    assert!(said.contains(",'=now(),"), "what is rejected acts in no spreadsheet: {said}");
}

#[test]
fn a_task_is_done_once_it_has_an_outcome_other_than_no_answer() {
    let (bank, treated, control) = bank_with_a_push();
    let totals = || {
        let status = run(&bank, "zhao.viewer", &["push", "status", "1"]);
        let orders = status["orders"].as_array().unwrap().clone();
        for order in &orders {
            assert_eq!(number(&order["tasks"]), number(&order["open"]) + number(&order["done"]));
        }
        orders.iter().map(|o| number(&o["done"])).sum::<i64>()
    };
    let mut text = "push,customer_id,outcome,at,amount,note\n".to_owned();
    for id in &treated {
        writeln!(text, "1,{id},no_answer,2026-11-21,,").unwrap();
    }
    assert_eq!(import(&bank, &file("none", text.as_bytes()))["accepted"], treated.len());
    assert_eq!(totals(), 0);
    let mut text = "push,customer_id,outcome,at,amount,note\n".to_owned();
    for id in treated.iter().take(10).chain(&control[..2]) {
        writeln!(text, "1,{id},considering,2026-11-22,,\n1,{id},sold,2026-11-23,1,").unwrap();
    }
    let path = file("ten", text.as_bytes());
    assert_eq!(import(&bank, &path)["accepted"], 24);
    assert_eq!(totals(), 10, "the control group has no tasks");
    assert_eq!(import(&bank, &path)["duplicate"], 24);
    assert_eq!(totals(), 10, "the same file again changes nothing");
    assert_eq!(
        bank.sql("sun.auditor", "select count(*) from baton.outcome where contamination"),
        [["4"]]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_refused_and_changes_nothing() {
    let (bank, treated, _) = bank_with_a_push();
    let refused =
        |path: &str| baton(&bank).as_("sun.auditor").args(["outcome", "import", path]).refused();
    assert!(refused("/nowhere.csv").contains("/nowhere.csv"));
    let lacks = file("lacks", b"push,customer_id,outcome,at,amount\n1,1,sold,2026-11-21,\n");
    assert!(refused(lacks.to_str().unwrap()).contains("note"));
    let more = file("more", b"push,customer_id,outcome,at,amount,note,mood\n");
    assert!(refused(more.to_str().unwrap()).contains("mood"));

    let empty = file("empty", b"push,customer_id,outcome,at,amount,note\n");
    assert_eq!(import(&bank, &empty)["read"], 0);
    let mut text =
        format!("push,customer_id,outcome,at,amount,note\n1,{},sold,2026-11-21,,", treated[0])
            .into_bytes();
    text.extend(b"\xd5\xc5\n");
    let gbk = import(&bank, &file("gbk", &text));
    assert_eq!((&gbk["read"], &gbk["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(bank.sql("sun.auditor", "select count(*) from baton.outcome"), [["0"]]);

    let viewer =
        baton(&bank).as_("zhao.viewer").args(["outcome", "import", empty.to_str().unwrap()]);
    assert!(
        viewer.refused().contains("loader"),
        "the duty is asked for even where there is nothing to take"
    );
}

fn header(rows: &str) -> String {
    format!("push,customer_id,outcome,at,amount,note,source,message_id\n{rows}")
}

#[test]
fn a_message_is_taken_once_whatever_it_says_and_a_row_once_whoever_sends_it() {
    let (bank, treated, _) = bank_with_a_push();
    let (a, b) = (&treated[0], &treated[1]);
    let text = header(&format!(
        "1,{a},refused,2026-11-21T10:00,,,crm,m-1\n1,{a},sold,2026-11-21T11:00,,,crm,m-1\n\
         1,{a},refused,2026-11-21T10:00,,,crm,m-2\n1,{b},sold,2026-11-21T11:00,,,crm,m-2\n\
         1,{b},sold,2026-11-21T11:00,,,wecom,m-1\n1,{b},no_answer,2026-11-20,,,,\n1,{b},refused,2026-11-22,,,crm,\n"
    ));
    let path = file("messages", text.as_bytes());
    let report = import(&bank, &path);
    // m-2 of crm was spent on a row that stood already, so what it says of b is not taken.
    assert_eq!(
        (&report["accepted"], &report["duplicate"], &report["rejected"]),
        (&json!(3), &json!(3), &json!(1)),
        "{report}"
    );
    let kept = bank.sql(
        "sun.auditor",
        "select customer_id, outcome from baton.outcome order by customer_id, outcome",
    );
    let mut wanted = vec![[a.as_str(), "refused"], [b.as_str(), "no_answer"], [b.as_str(), "sold"]];
    wanted.sort_by_key(|row| (row[0].parse::<i64>().unwrap(), row[1]));
    assert_eq!(kept, wanted);
    let again = import(&bank, &path);
    assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(6)));

    // A message of a customer on no list is not spent: it is taken once there is a list.
    let unknown = header("1,999999,sold,2026-11-21,,,crm,m-9\n");
    assert_eq!(import(&bank, &file("unknown", unknown.as_bytes()))["unknown"], 1);
    let known = header(&format!("1,{},sold,2026-11-21,,,crm,m-9\n", treated[2]));
    assert_eq!(import(&bank, &file("known", known.as_bytes()))["accepted"], 1);
}

#[test]
fn a_sale_and_a_later_refusal_are_both_kept_and_counted_once() {
    let (bank, treated, control) = bank_with_a_push();
    let of = |rows: &[(&str, &str, &str)]| {
        let rows = rows.iter().fold(String::new(), |mut text, (customer, outcome, at)| {
            writeln!(text, "1,{customer},{outcome},{at},,,,").unwrap();
            text
        });
        import(&bank, &file("against", header(&rows).as_bytes()))["contradictory"].clone()
    };
    let [a, b, c, d] = [&treated[0], &treated[1], &treated[2], &treated[3]];
    let mind_changed = [(a.as_str(), "refused", "2026-11-21"), (a, "sold", "2026-11-22")];
    assert_eq!(of(&mind_changed), 0, "who refused may buy later");
    let at_once = [(b.as_str(), "sold", "2026-11-21"), (b, "refused", "2026-11-21")];
    assert_eq!(of(&at_once), 1);
    assert_eq!(of(&[(c, "bad_number", "2026-11-23")]), 0);
    assert_eq!(of(&[(c, "sold", "2026-11-22")]), 1, "in whichever order they come in");
    assert_eq!(
        of(&[(c, "refused", "2026-11-24"), (a, "bad_number", "2026-11-25")]),
        1,
        "a task counts once"
    );
    assert_eq!(of(&[(d, "considering", "2026-11-21"), (d, "no_answer", "2026-11-22")]), 0);
    let left_alone =
        [(control[0].as_str(), "sold", "2026-11-21"), (&control[0], "refused", "2026-11-22")];
    assert_eq!(of(&left_alone), 0, "a control customer has no task");
    assert_eq!(bank.sql("sun.auditor", "select count(*) from baton.outcome"), [["12"]]);
    let board = run(&bank, "zhao.viewer", &["push", "board", "1"]);
    assert_eq!((&board["contradictory"], &board["contamination"]), (&json!(3), &json!(1)));
}

#[test]
fn names_of_messages_are_kept_for_as_many_days_as_the_bank_says() {
    let (bank, treated, _) = bank_with_a_push();
    let text = header(&format!("1,{},sold,2026-11-21,,,crm,m-1\n", treated[0]));
    let path = file("kept", text.as_bytes());
    assert_eq!(import(&bank, &path)["accepted"], 1);
    owner(
        &bank,
        "insert into baton.outcome_message (source, message_id, taken_at)
             select 'old', g::text, clock_timestamp() - interval '91 days' from generate_series(1, 10050) g;
         insert into baton.outcome_message (source, message_id, taken_at)
             select 'new', g::text, clock_timestamp() - interval '89 days' from generate_series(1, 7) g;
         select baton.policy_set('outcome_message_days', null)",
    );
    let kept = || {
        baton(&bank).as_("sun.auditor").args(["worker", "--once"]).json();
        bank.sql(
            baton::store::cluster::INTERNAL,
            "select source, count(*) from baton.outcome_message group by 1 order by 1",
        )
    };
    assert_eq!(kept(), [["crm", "1"], ["new", "7"], ["old", "10050"]], "for ever");
    owner(&bank, "select baton.policy_set('outcome_message_days', 90)");
    assert_eq!(kept(), [["crm", "1"], ["new", "7"], ["old", "50"]], "some at a time");
    assert_eq!(kept(), [["crm", "1"], ["new", "7"]]);
    let noted = "select sum((detail ->> 'messages')::int), count(*) from baton.audit where action = 'outcome.forget'";
    assert_eq!(bank.sql("sun.auditor", noted), [["10050", "2"]]);
    // Whose name was forgotten says nothing new by itself.
    owner(&bank, "update baton.outcome_message set taken_at = taken_at - interval '1 year'");
    assert!(kept().is_empty());
    let again = import(&bank, &path);
    assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(1)));
}
