//! The coaching log by command: what is written, looked at again and ended; who may write, who may see, what is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{owner, run, small};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";
const BRANCH: &str = "nancheng.branch";
const RM: &str = "nancheng.rm";

fn new(bank: &Bank, who: &str, org: &str, rest: &[&str]) -> Value {
    let words =
        ["coaching", "new", "--org", org, "--seen", "早会不讲名单", "--agreed", "每日过名单"];
    run(bank, who, &[&words, rest].concat())
}

fn list(bank: &Bank, who: &str, rest: &[&str]) -> Vec<i64> {
    let rows = run(bank, who, &[&["coaching", "list"], rest].concat());
    rows.as_array().unwrap().iter().map(|row| row["coaching"].as_i64().unwrap()).collect()
}

fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(["--lang", "en", "coaching"]).args(args).refused()
}

#[test]
fn an_agreement_is_looked_at_until_it_ends() {
    let bank = small();
    let entry = new(&bank, LI, "S1", &["--due", "2026-11-24", "--on", "2026-11-18"]);
    let id = entry["coaching"].to_string();
    assert_eq!(
        (&entry["org"], &entry["seen_on"], &entry["due"]),
        (&json!("S1"), &json!("2026-11-18"), &json!("2026-11-24"))
    );
    let look = |result: &str, rest: &[&str]| {
        let words = ["coaching", "recheck", id.as_str(), "--result", result, "--text", "七成"];
        run(&bank, LI, &[&words, rest].concat())
    };
    let again = look("again", &["--due", "2026-12-01"]);
    assert_eq!(
        (&again["rechecks"][0]["result"], &again["rechecks"][0]["next_due"]),
        (&json!("again"), &json!("2026-12-01"))
    );
    assert_eq!(list(&bank, ZHAO, &[]), [1]);
    // The list says when it is to be looked at and, once that day has come, that it is: as the screen does.
    let told = || {
        let args = ["--lang", "en", "--format", "csv", "coaching", "list"];
        let csv = baton(&bank).as_(ZHAO).args(args).run();
        let csv = String::from_utf8(csv.stdout).unwrap();
        let cells: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
        (cells[7].to_owned(), cells[8].to_owned())
    };
    assert_eq!(told(), ("2026-12-01".to_owned(), "look again".to_owned()));
    owner(&bank, "update baton.bank set as_of = '2026-12-01'");
    assert_eq!(told(), ("2026-12-01".to_owned(), "due".to_owned()));
    let kept = look("kept", &[]);
    assert_eq!(
        (kept["rechecks"].as_array().unwrap().len(), &kept["rechecks"][1]["by"]),
        (2, &json!(LI))
    );
    assert_eq!((list(&bank, ZHAO, &[]), list(&bank, ZHAO, &["--all"])), (vec![], vec![1]));
    let ended = refused(&bank, LI, &["recheck", &id, "--result", "kept", "--text", "x"]);
    assert!(ended.contains("this agreement has ended"), "{ended}");
    let audit = bank.sql(
        "sun.auditor",
        "select action, subject from baton.audit where action like 'coaching.%' order by id",
    );
    assert_eq!(
        audit,
        [["coaching.new", "1"], ["coaching.recheck", "1"], ["coaching.recheck", "1"]]
    );
    for change in [
        "update baton.coaching set agreed = 'x'",
        "delete from baton.coaching",
        "truncate baton.coaching cascade",
        "update baton.coaching_check set result = 'kept'",
        "delete from baton.coaching_check",
    ] {
        assert_eq!(
            bank.refuses(ADMIN, &format!("set role baton_owner; {change}")),
            "BT002",
            "{change}"
        );
    }
}

#[test]
fn the_first_due_stands_first_and_the_ended_last() {
    let bank = small();
    for due in ["2026-12-05", "2026-11-25", "2026-11-30"] {
        new(&bank, LI, "S1", &["--due", due]);
    }
    run(&bank, LI, &["coaching", "recheck", "2", "--result", "dropped", "--text", "x"]);
    assert_eq!(
        (list(&bank, ZHAO, &[]), list(&bank, ZHAO, &["--all"])),
        (vec![3, 1], vec![3, 1, 2])
    );
    new(&bank, LI, "B1", &["--due", "2026-11-21"]);
    let under = |org: &str| list(&bank, ZHAO, &["--org", org]);
    let branch = bank.sql(ADMIN, "select b.code from baton.org_unit u join baton.org_unit b on b.id = u.parent_id where u.code = 'S1'");
    assert!(under(&branch[0][0]).contains(&3), "with those below it");
    assert_eq!((under("S1"), under("S2")), (vec![3, 1], vec![]));
}

#[test]
fn every_refusal_says_what_to_do() {
    let bank = small();
    let of = |org: &str, rest: &[&str]| {
        let words = ["new", "--org", org, "--seen", "a", "--agreed", "b"];
        refused(&bank, LI, &[&words, rest].concat())
    };
    assert!(of("X", &["--due", "2026-11-25"]).contains("no org unit has the code `X`"));
    assert!(
        of("S1", &["--due", "2026-11-25", "--rm", "R1"])
            .contains("the unit has no RM with the code `R1`")
    );
    assert!(of("S1", &["--due", "2026-11-19"]).contains("due on the bank's day or after it"));
    assert!(
        of("S1", &["--due", "2026-11-25", "--on", "2026-11-21"])
            .contains("on the bank's day or before it")
    );
    let empty = |seen: &str, agreed: &str| {
        refused(
            &bank,
            LI,
            &["new", "--org", "S1", "--seen", seen, "--agreed", agreed, "--due", "2026-11-25"],
        )
    };
    assert!(empty(" ", "b").contains("say what was seen"));
    assert!(empty("a", &"长".repeat(2_001)).contains("say what was agreed, in at most 2,000"));
    // What was refused has used numbers up.
    let id = new(&bank, LI, "S1", &["--due", "2026-11-25"])["coaching"].to_string();
    let look = |args: &[&str]| {
        refused(&bank, LI, &[&["recheck", id.as_str(), "--text", "x"], args].concat())
    };
    assert!(look(&["--result", "again"]).contains("needs the day of the next look"));
    assert!(look(&["--result", "kept", "--due", "2026-12-01"]).contains("nothing else has one"));
    assert!(look(&["--result", "again", "--due", "2026-11-20"]).contains("after the bank's day"));
    let nothing = refused(&bank, LI, &["recheck", &id, "--result", "kept", "--text", " "]);
    assert!(nothing.contains("say what was found"), "{nothing}");
    assert!(
        refused(&bank, LI, &["recheck", "99", "--result", "kept", "--text", "x"])
            .contains("no entry 99")
    );
    assert!(refused(&bank, ZHAO, &["list", "--org", "X"]).contains("`X`"));
    let zh = baton(&bank)
        .as_(LI)
        .args(["--lang", "zh-CN", "coaching", "recheck", &id, "--result", "again", "--text", "x"]);
    assert!(zh.refused().contains("再查（again）要写下次日期"));
    assert!(
        refused(&bank, ZHAO, &["recheck", "1", "--result", "kept", "--text", "x"])
            .contains("strategist")
    );
    assert_eq!(
        run(&bank, ZHAO, &["coaching", "list"])[0]["rechecks"],
        json!([]),
        "nothing of it was kept"
    );
}

#[test]
fn a_unit_writes_and_sees_its_own_and_an_rm_what_is_about_him() {
    let bank = small();
    new(&bank, LI, "S1", &["--due", "2026-11-25"]);
    new(&bank, LI, "S1", &["--due", "2026-11-26", "--rm", "R9"]);
    new(&bank, LI, "S1", &["--due", "2026-11-27", "--rm", "R18"]);
    new(&bank, LI, "S2", &["--due", "2026-11-28"]);
    for id in ["2", "3", "4"] {
        run(&bank, LI, &["coaching", "recheck", id, "--result", "kept", "--text", "x"]);
    }
    let seen = |who: &str| -> (Vec<i64>, Vec<Vec<String>>) {
        let looks = "select coaching_id from baton.coaching_check order by 1";
        let mut ids = list(&bank, who, &["--all"]);
        ids.sort_unstable();
        (ids, bank.sql(who, looks))
    };
    let ids = |ids: &[&str]| -> Vec<Vec<String>> {
        ids.iter().map(|id| vec![(*id).to_owned()]).collect()
    };
    assert_eq!(seen(ZHAO), (vec![1, 2, 3, 4], ids(&["2", "3", "4"])));
    assert_eq!(seen(BRANCH), (vec![1, 2, 3], ids(&["2", "3"])));
    let add = ["operator", "add", RM, "--duty", "branch", "--org", "S1", "--staff", "R9"];
    bank.program(ADMIN).args(add).json();
    assert_eq!(seen(RM), (vec![1, 2], ids(&["2"])));
    assert_eq!(bank.sql(RM, "select count(*) from baton.coaching"), [["2"]], "nor by psql");
    assert!(bank.try_sql(RM, "insert into baton.coaching (org_id, seen_on, seen, agreed, due) values (5, now(), 'a', 'b', now())").is_err());
    // A strategist of a unit writes of it and of those below it, and of no other.
    bank.operator(ZHAO, "strategist", Some("S1"));
    assert_eq!(new(&bank, ZHAO, "S1", &["--due", "2026-11-29"])["by"], ZHAO);
    let other = refused(
        &bank,
        ZHAO,
        &["new", "--org", "S2", "--seen", "a", "--agreed", "b", "--due", "2026-11-25"],
    );
    assert!(other.contains("S2 is neither your unit nor below it"), "{other}");
    assert_eq!(bank.refuses(ZHAO, "select baton.coaching_recheck(4, 'kept', 'x', null)"), "BT007");
}

#[test]
fn what_is_due_waits_for_who_looked_last_and_for_who_agreed() {
    let bank = small();
    new(&bank, LI, "S1", &["--due", "2026-11-20"]);
    new(&bank, LI, "S1", &["--due", "2026-11-21"]);
    new(&bank, LI, "S1", &["--due", "2026-11-20", "--rm", "R9"]);
    let waits = |who: &str| -> Vec<String> {
        let rows = run(&bank, who, &["worklist"]);
        let rows = rows.as_array().unwrap().iter().filter(|row| row["work"] == "recheck");
        rows.map(|row| row["subject"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(waits(LI), ["#1", "#3"], "what is due tomorrow does not wait yet");
    assert_eq!((waits(BRANCH), waits(ZHAO)), (vec!["#1".to_owned(), "#3".to_owned()], vec![]));
    let add = ["operator", "add", RM, "--duty", "branch", "--org", "S1", "--staff", "R9"];
    bank.program(ADMIN).args(add).json();
    assert_eq!(waits(RM), ["#3"], "what is about him");
    // Who agreed reads of it in the log; who may look again is told to.
    let told = |who: &str, lang: &str| {
        let words = ["--format", "table", "--lang", lang, "worklist"];
        String::from_utf8(bank.program(who).args(words).run().stdout).unwrap()
    };
    assert!(told(LI, "en").contains("agreed in coaching, due"), "{}", told(LI, "en"));
    assert!(told(BRANCH, "en").contains("agreed with you, due"), "{}", told(BRANCH, "en"));
    assert!(told(BRANCH, "zh-CN").contains("与您的约定到期"), "{}", told(BRANCH, "zh-CN"));
    run(
        &bank,
        LI,
        &["coaching", "recheck", "1", "--result", "again", "--text", "x", "--due", "2026-11-22"],
    );
    assert_eq!(waits(LI), ["#3"]);
    owner(&bank, "update baton.bank set as_of = '2026-11-22'");
    assert_eq!(waits(LI), ["#3", "#2", "#1"], "the longest due first");
    run(&bank, LI, &["coaching", "recheck", "3", "--result", "kept", "--text", "x"]);
    assert_eq!(waits(RM), Vec::<String>::new());
    let dropped = "select count(*) from baton.coaching_check where result = 'kept'";
    assert_eq!(bank.sql(LI, dropped), [["1"]]);
}
