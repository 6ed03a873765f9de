//! Test pushes: the author's own branch sees how a strategy would look, before anybody approves it, and nothing comes of it:
//! no list, task, message, counter or contact.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::INTERNAL;
use chain::{approved, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::Value;
use support::{Bank, baton};

const LI: &str = "li.strategist";
const NAN: &str = "nancheng.branch";
const SUN: &str = "sun.auditor";

/// Whatever a push leaves behind, counted.
const TRACES: &str = "select (select count(*) from baton.push), (select count(*) from baton.push_plan),
    (select count(*) from baton.plan_member), (select count(*) from baton.task), (select count(*) from baton.branch_order),
    (select count(*) from baton.outbox), (select count(*) from baton.outcome), (select count(*) from baton.board_count),
    (select count(*) from baton.notice), (select count(*) from baton.snapshot)";

fn drafted(bank: &Bank, who: &str, code: &str, script: &str) {
    run(bank, LI, &["segment", "save", "SG-T", "--name", "试", "--rule", &up_to(900)]);
    let words = text(code, "SG-T", "0.1", 7).replace("您好，", script);
    let file = strategy_file(&words);
    run(bank, who, &["strategy", "new", file.to_str().unwrap()]);
}

fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(args).refused()
}

fn tests_of(bank: &Bank, who: &str) -> Vec<Value> {
    run(bank, who, &["strategy", "tests", "ST-1"]).as_array().unwrap().clone()
}

#[test]
fn a_branch_reads_a_draft_answers_and_leaves_no_trace() {
    let bank = small();
    drafted(&bank, LI, "ST-1", "您好，{name}，您在{org}的{tier}等级。");
    let before = bank.sql(INTERNAL, TRACES);
    // Whoever is of the whole bank has no branch of his own, and names one.
    assert!(refused(&bank, LI, &["strategy", "test-push", "ST-1"]).contains("name the unit"));
    assert!(refused(&bank, LI, &["strategy", "test-push", "ST-1", "--org", "S77"]).contains("S77"));
    let test = run(&bank, LI, &["strategy", "test-push", "ST-1", "--org", "S1"]);
    assert_eq!(
        (&test["version"], &test["org"], &test["state"]),
        (&1.into(), &"S1".into(), &"shown".into())
    );
    let examples = test["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 3);
    let script = examples[0]["scripts"][0]["script"].as_str().unwrap();
    assert!(script.starts_with("您好，") && script.contains("您在支行1的"), "{script}");
    assert!(!script.contains('{'), "{script}");

    // The branch is told, marked as a test, and reads the same.
    let work = run(&bank, NAN, &["worklist"]);
    let line = work.as_array().unwrap().iter().find(|row| row["work"] == "test").unwrap();
    assert_eq!(line["subject"], "ST-1 v1");
    let table =
        baton(&bank).as_(NAN).args(["--lang", "zh-CN", "worklist", "--format", "table"]).run();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("测试"), "{table}");
    assert_eq!(tests_of(&bank, NAN), std::slice::from_ref(&test));
    let number = test["test"].to_string();
    assert!(
        refused(&bank, NAN, &["strategy", "test-answer", &number, "--words", " "])
            .contains("say why")
    );
    let answered = run(&bank, NAN, &["strategy", "test-answer", &number, "--words", "话术太长"]);
    assert_eq!(answered["answer"]["words"], "话术太长");
    assert_eq!(tests_of(&bank, LI)[0]["answer"]["by"], NAN);
    assert!(run(&bank, NAN, &["worklist"]).as_array().unwrap().iter().all(|r| r["work"] != "test"));

    assert_eq!(bank.sql(INTERNAL, TRACES), before, "nothing was pushed, counted or sent");
    // It names no customer and no phone: there is nothing that anything else could count.
    let names = bank.sql(LI, "select count(*) from pg_attribute where attrelid = 'baton.test_push'::regclass and attname = 'customer_id'");
    assert_eq!(names, [["0"]]);
}

#[test]
fn a_test_goes_to_the_authors_own_unit_and_nowhere_else() {
    let bank = small();
    bank.operator(SUN, "strategist", Some("S1"));
    drafted(&bank, SUN, "ST-1", "您好，");
    let other = refused(&bank, SUN, &["strategy", "test-push", "ST-1", "--org", "S2"]);
    assert!(other.contains("S2"), "{other}");
    let call = "select baton.strategy_test_push('ST-1', 1, 'S2', '[{\"name\": \"x\"}]')";
    assert_eq!(bank.refuses(SUN, call), "BT007", "also with psql");
    // Another strategist may not try out what he has not written, nor take it back.
    let foreign = "select baton.strategy_test_push('ST-1', 1, 'S1', '[{\"name\": \"x\"}]')";
    assert_eq!(bank.refuses(LI, foreign), "BT221");
    let test = run(&bank, SUN, &["strategy", "test-push", "ST-1"]);
    assert_eq!(test["org"], "S1");
    let number = test["test"].to_string();
    assert_eq!(bank.refuses(LI, &format!("select baton.strategy_test_end({number})")), "BT221");
    // A branch elsewhere neither sees it nor answers.
    bank.operator("zhao.viewer", "branch", Some("S2"));
    assert_eq!(tests_of(&bank, "zhao.viewer"), Vec::<Value>::new());
    let answer = format!("select baton.test_push_answer({number}, 'x')");
    assert_eq!(bank.refuses("zhao.viewer", &answer), "BT007");
    assert_eq!(bank.sql("zhao.viewer", "select count(*) from baton.test_push"), [["0"]]);
    assert_eq!(bank.sql(NAN, "select count(*) from baton.test_push"), [["1"]]);
}

#[test]
fn a_test_is_small_names_the_latest_text_and_can_be_taken_back() {
    let bank = small();
    drafted(&bank, LI, "ST-1", "您好，");
    let call = |tasks: &str| format!("select baton.strategy_test_push('ST-1', 1, 'S1', '{tasks}')");
    for tasks in
        ["[]", "{}", "[1]", "[{\"a\": 1}]", "[{\"a\": {\"zh\": \"x\"}}]", "[{},{},{},{},{},{}]"]
    {
        assert_eq!(bank.refuses(LI, &call(tasks)), "test_push_small", "{tasks}");
    }
    let push = |bank: &Bank| run(bank, LI, &["strategy", "test-push", "ST-1", "--org", "S1"]);
    let first = push(&bank)["test"].to_string();
    let second = push(&bank)["test"].to_string();
    let states = |bank: &Bank| -> Vec<String> {
        tests_of(bank, LI).iter().map(|t| t["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states(&bank), ["shown", "taken_back"], "the second takes the first one's place");
    let late = refused(&bank, NAN, &["strategy", "test-answer", &first, "--words", "x"]);
    assert!(late.contains("over"), "{late}");
    for _ in 0..2 {
        assert_eq!(run(&bank, LI, &["strategy", "test-end", &second])["state"], "taken_back");
    }
    let ends = "select count(*) from baton.audit where action = 'strategy.test-end'";
    assert_eq!(bank.sql(LI, ends), [["1"]]);
    assert!(run(&bank, NAN, &["worklist"]).as_array().unwrap().iter().all(|r| r["work"] != "test"));
    // After its last day nobody sees it as standing, and nobody answers.
    let third = push(&bank)["test"].to_string();
    owner(&bank, "update baton.test_push set until = baton.clock_day() - 1");
    assert_eq!(states(&bank)[0], "over");
    assert_eq!(bank.refuses(NAN, &format!("select baton.test_push_answer({third}, 'x')")), "BT221");
    // A later text is another, and what is out with branches needs no test.
    drafted(&bank, LI, "ST-1", "再会，");
    assert_eq!(bank.refuses(LI, &call("[{}]")), "BT201");
    approved(&bank, "ST-2", &up_to(40), "0.2", 7);
    pushed(&bank, "ST-2");
    let live = refused(&bank, LI, &["strategy", "test-push", "ST-2", "--org", "S1"]);
    assert!(live.contains("live"), "{live}");
}
