//! What shows that a must-step was done is asked for with what came of the task, by whatever door that comes; and a row of a
//! push that does not exist says so.
#![expect(clippy::disallowed_methods, reason = "tests write files and build SQL")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod branch;
mod chain;
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use baton::store::cluster::INTERNAL;
use branch::{BRANCH, LI, push_with, task};
use chain::{run, small};
use serde_json::{Value, json};
use support::{Bank, baton};

const LOADER: &str = "sun.auditor";
const STEPS: &str = "[[step]]\ntext = \"先问去向\"\nmust = true\nevidence = \"note\"\n\n[[step]]\ntext = \"约到店\"\n\
    evidence = \"note\"\n\n[[step]]\ntext = \"当面签约\"\nmust = true\nevidence = \"photo\"\n";

/// A push whose strategy has two steps that must be shown, and one that need not be done.
fn bank_with_steps() -> Bank {
    let bank = small();
    push_with(&bank, "ST-1", "0.1", STEPS);
    bank.operator(BRANCH, "branch", Some("S1"));
    bank.operator(LOADER, "auditor,loader", None);
    bank
}

/// Customers of S1 with a task, and one of the control group.
fn of_s1(bank: &Bank) -> (Vec<i64>, i64) {
    let of = |arm: &str| -> Vec<i64> {
        let sql = format!(
            "select m.customer_id from baton.push_member m join baton.org_unit u on u.id = m.org_id
             where m.push_id = 1 and m.arm = '{arm}' and u.code = 'S1' order by 1"
        );
        bank.sql(LOADER, &sql).concat().iter().map(|id| id.parse().unwrap()).collect()
    };
    (of("treated"), of("control")[0])
}

fn rows(name: &str, rows: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, format!("push,customer_id,outcome,at,amount,note\n{rows}")).unwrap();
    path
}

fn import(bank: &Bank, file: &Path) -> (Value, String) {
    let args = ["--lang", "en", "outcome", "import", file.to_str().unwrap()];
    let report = baton(bank).as_(LOADER).args(args).json();
    let rejects = std::fs::read_to_string(report["reject_file"].as_str().unwrap()).unwrap();
    (report, rejects)
}

#[test]
fn an_outcome_without_what_shows_a_must_step_is_refused_by_form_and_table() {
    let bank = bank_with_steps();
    let one = of_s1(&bank).0[0];
    let (id, shown) = (one.to_string(), task(&bank, BRANCH, &["show", "1", &one.to_string()]));
    let asked: Vec<&str> =
        shown["form"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!(asked, ["@note1", "@photo3"]);
    assert_eq!(
        (&shown["steps"][0]["evidence"], &shown["steps"][0]["shown"]),
        (&json!("note"), &Value::Null)
    );
    let outcome = |args: &[&str]| {
        let base = ["--lang", "en", "task", "outcome", "1", &id, "--outcome"];
        baton(&bank).as_(BRANCH).args(base).args(args)
    };
    let said = outcome(&["sold", "--field", "@photo3=IMG-7"]).refused();
    assert!(said.contains("@note1") && said.contains("先问去向"), "{said}");
    let said = outcome(&["sold", "--field", "@note1=\u{200b}", "--field", "@photo3=x"]).refused();
    assert!(said.contains("@note1"), "what cannot be seen shows nothing: {said}");
    // What the form has not is told before what it lacks, and that there is no task before either.
    let said = outcome(&["sold", "--field", "@note1=他行", "--field", "@note2=x"]).refused();
    assert!(said.contains("no field @note2"), "{said}");
    let control = of_s1(&bank).1.to_string();
    let args = ["--lang", "en", "task", "outcome", "1", &control, "--outcome", "sold"];
    let said = baton(&bank).as_(BRANCH).args(args).refused();
    assert!(said.contains("no task") && !said.contains("@note1"), "{said}");
    let full = ["--field", "@note1=他行", "--field", "@photo3=IMG-7"];
    let said = outcome(&[&["sold", "--field", "@note2=x"], &full[..]].concat()).refused();
    assert!(said.contains("no field @note2"), "what need not be done need not be shown: {said}");
    let unseen = r#"{"@note1": "\u2060 \u3164", "@photo3": "IMG-7"}"#;
    for fields in ["{}", r#"{"@note1": " ", "@photo3": "IMG-7"}"#, r#"{"@note1": "他行"}"#, unseen]
    {
        let call = format!(
            "select baton.task_outcome(1, {one}, 'sold', null, null, null, null, '{fields}')"
        );
        assert_eq!(bank.refuses(BRANCH, &call), "BT409", "{fields}");
    }
    // Whom one has not reached one could not ask.
    assert_eq!(outcome(&["no_answer"]).json()["state"], "open");
    assert_eq!(outcome(&[&["sold"], &full[..]].concat()).json()["state"], "done");
    let shown = task(&bank, BRANCH, &["show", "1", &id]);
    assert_eq!(
        (&shown["steps"][0]["shown"], &shown["steps"][2]["shown"]),
        (&json!("他行"), &json!("IMG-7"))
    );
    let table = baton(&bank).as_(BRANCH).args(["--lang", "zh-CN", "task", "show", "1", &id]).run();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.contains("留痕：他行（@note1）") && table.contains("留痕：IMG-7（@photo3）"),
        "{table}"
    );
}

/// Of every character that Unicode has assigned; the database knows of no other.
#[test]
fn program_and_database_find_the_same_characters_blank() {
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
    let bank = Bank::empty();
    let sql = "select i from generate_series(1, 1114111) i where i not between 55296 and 57343 and baton.is_blank(chr(i))";
    let found: BTreeSet<u32> =
        bank.sql(INTERNAL, sql).into_iter().map(|row| row[0].parse().unwrap()).collect();
    let unseen = |c: &char| baton::domain::clean::is_blank(&c.to_string());
    let known = |c: &char| c.general_category() != GeneralCategory::Unassigned;
    let expected: BTreeSet<u32> =
        ('\u{1}'..=char::MAX).filter(unseen).filter(known).map(u32::from).collect();
    let known: BTreeSet<u32> =
        found.iter().copied().filter(|&n| char::from_u32(n).is_some_and(|c| known(&c))).collect();
    let differ: Vec<String> =
        known.symmetric_difference(&expected).map(|n| format!("{n:x}")).collect();
    assert_eq!(differ, Vec::<String>::new());
    assert!(found.contains(&0x200b) && !found.contains(&u32::from('a')));
}

#[test]
fn a_file_is_held_to_the_same_by_its_note_and_a_strange_push_has_a_reason_of_its_own() {
    let bank = bank_with_steps();
    let (treated, control) = of_s1(&bank);
    let [a, b, c] = [treated[0], treated[1], treated[2]];
    let file = rows(
        "evidence-file.csv",
        &format!(
            "1,{a},sold,2026-11-23,,\u{200b}\n1,{b},sold,2026-11-23,,他行\n1,{c},no_answer,2026-11-23,,\n\
             1,{control},sold,2026-11-23,,\n77,{a},sold,2026-11-23,,x\n1,999999,sold,2026-11-23,,\n"
        ),
    );
    let (report, rejects) = import(&bank, &file);
    let counted = ["read", "accepted", "duplicate", "unknown", "rejected", "contamination"]
        .map(|key| report[key].as_i64().unwrap());
    assert_eq!(counted, [6, 3, 0, 2, 1, 1], "{report}");
    let reason = |line: &str| {
        let found = rejects.lines().find(|row| row.starts_with(&format!("{line},")));
        found.unwrap_or_else(|| panic!("line {line}: {rejects}")).to_owned()
    };
    assert!(reason("2").contains("a step of the strategy must be shown"), "{rejects}");
    assert!(reason("6").contains("there is no push of this number"), "{rejects}");
    assert!(reason("7").contains("the customer is not on this push's list"), "{rejects}");
    assert_eq!(rejects.lines().count(), 4, "{rejects}");
    let shown = task(&bank, BRANCH, &["show", "1", &b.to_string()]);
    assert_eq!(shown["steps"][0]["shown"], "他行", "the note of the row is what shows it");
    assert_eq!(task(&bank, BRANCH, &["show", "1", &a.to_string()])["state"], "open");
    // Refuses where a counter is not what a recount says.
    run(&bank, LI, &["push", "board", "1", "--check"]);
}

#[test]
fn a_message_without_it_stays_in_the_inbox_until_it_is_mended() {
    let bank = bank_with_steps();
    let (treated, _) = of_s1(&bank);
    let [a, b] = [treated[0], treated[1]];
    bank.sql(
        INTERNAL,
        &format!(
            "set role baton_branch_system;
             insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at, note)
             values ('crm', '1', 1, {a}, 'refused', '2026-11-23 10:00+08', ' '),
                 ('crm', '2', 1, {b}, 'refused', '2026-11-23 10:00+08', '他行')"
        ),
    );
    let worked = || baton(&bank).args(["worker", "--once"]).json()["outcomes"].clone();
    assert_eq!(worked(), json!({"accepted": 1, "duplicate": 0, "left_out": 1}));
    let left = run(&bank, LOADER, &["outcome", "inbox", "--left"]);
    assert_eq!((&left[0]["message_id"], &left[0]["reason"]), (&json!("1"), &json!("no_evidence")));
    chain::owner(&bank, "update baton.outcome_inbox set note = '他行' where message_id = '1'");
    run(&bank, LOADER, &["outcome", "inbox", "--retry"]);
    assert_eq!(worked(), json!({"accepted": 1, "duplicate": 0, "left_out": 0}));
}
