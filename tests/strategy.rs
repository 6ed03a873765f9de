//! Strategies by command and by direct SQL: one text, one hash, another person's approval.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::domain::money::Currency;
use baton::domain::strategy::file;
use chain::{approved, owner, run, small, strategy_file, text};
use serde_json::json;
use support::{Bank, baton};

const SELF: &str = "li.strategist";

fn draft(bank: &Bank, who: &str, text: &str) -> serde_json::Value {
    run(bank, who, &["strategy", "new", strategy_file(text).to_str().unwrap()])
}

fn segment(bank: &Bank, rule: &str) {
    run(bank, SELF, &["segment", "save", "SG-A", "--name", "甲", "--rule", rule]);
}

#[test]
fn the_hash_covers_text_segment_version_and_rule_and_is_the_same_in_rust() {
    let bank = small();
    segment(&bank, "age >= 30");
    segment(&bank, "age >= 31");
    let words = text("ST-1", "SG-A", "0.125", -7);
    let made = draft(&bank, SELF, &words);
    for (key, value) in [
        ("code", json!("ST-1")),
        ("version", json!(1)),
        ("state", json!("draft")),
        ("hash", json!(null)),
        ("author", json!(SELF)),
        ("approver", json!(null)),
    ] {
        assert_eq!(made[key], value, "{key} of {made}");
    }
    let submitted = run(&bank, SELF, &["strategy", "submit", "ST-1"]);
    let expected = file::parse(&words, Currency::CNY).unwrap().hash(2, "age >= 31");
    assert_eq!(submitted["hash"], expected.to_string());
    assert_eq!(submitted["state"], "submitted");
    let content = bank.sql(SELF, "select baton.strategy_content(s) from baton.strategy_version s");
    assert_eq!(content[0][0], file::parse(&words, Currency::CNY).unwrap().content(2, "age >= 31"));

    segment(&bank, "age >= 32");
    let shown = run(&bank, SELF, &["strategy", "show", "ST-1"]);
    assert_eq!(shown["hash"], submitted["hash"], "a later rule changes nothing that was submitted");

    draft(&bank, SELF, &words);
    let again = run(&bank, SELF, &["strategy", "submit", "ST-1"]);
    assert_eq!(again["version"], 2);
    assert_ne!(
        again["hash"], submitted["hash"],
        "the same words for another rule are another text"
    );
}

#[test]
fn only_another_person_approves_and_only_the_text_that_stands() {
    let bank = small();
    segment(&bank, "true");
    bank.operator("wang.approver", "approver,strategist", None);
    draft(&bank, "wang.approver", &text("ST-1", "SG-A", "0.1", 1));
    let approve = |who: &str, hash: &str| {
        baton(&bank).as_(who).args(["strategy", "approve", "ST-1", "--hash", hash])
    };
    let zeros = "0".repeat(64);
    bank.operator("zhao.viewer", "approver", None);
    let said = approve("zhao.viewer", &zeros).refused();
    assert!(said.contains("draft"), "{said}");

    let submitted = run(&bank, "wang.approver", &["strategy", "submit", "ST-1"]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    let said = approve("wang.approver", &hash).refused();
    assert!(said.contains("wrote this version") && said.contains("zhao.viewer"), "{said}");
    let said = approve("zhao.viewer", &zeros).refused();
    assert!(said.contains("no longer the one of this hash"), "{said}");
    approve("zhao.viewer", "abc").fails(2);

    let done = approve("zhao.viewer", &hash).json();
    assert_eq!((&done["state"], &done["approver"]), (&json!("approved"), &json!("zhao.viewer")));
    assert_eq!(approve("zhao.viewer", &hash).json(), done, "the second word changes nothing");
    assert_eq!(
        bank.sql(SELF, "select count(*) from baton.audit where action = 'strategy.approve'"),
        [["1"]]
    );
}

#[test]
fn a_step_that_does_not_fit_is_refused_with_where_it_stands() {
    let bank = small();
    segment(&bank, "true");
    let refused = |args: &[&str]| baton(&bank).as_(SELF).args(args).refused();
    assert!(refused(&["strategy", "submit", "ST-9"]).contains("ST-9"));
    assert!(refused(&["strategy", "show", "ST-9"]).contains("ST-9"));
    let unknown = strategy_file(&text("ST-1", "SG-NONE", "0.1", 1));
    assert!(refused(&["strategy", "new", unknown.to_str().unwrap()]).contains("SG-NONE"));
    // One that was mistyped is told with the one that was meant.
    let mistyped = strategy_file(&text("ST-1", "SGA", "0.1", 1));
    let said = refused(&["strategy", "new", mistyped.to_str().unwrap()]);
    assert!(
        said.contains("SGA; did you mean SG-A?") || said.contains("SGA；您是否想用 SG-A？"),
        "{said}"
    );
    let misspelt = strategy_file(&text("ST-1", "SG-A", "0.1", 1).replace("seed", "sed"));
    let said = refused(&["strategy", "new", misspelt.to_str().unwrap()]);
    assert!(said.contains("sed") && said.contains("line 6"), "{said}");
    let said = refused(&["strategy", "new", "/nowhere/x.toml"]);
    assert!(said.contains("/nowhere/x.toml"), "{said}");

    draft(&bank, SELF, &text("ST-1", "SG-A", "0.1", 1));
    run(&bank, SELF, &["strategy", "submit", "ST-1"]);
    // Whoever has mistyped a code is told which was probably meant.
    for args in [
        &["strategy", "show", "ST1"][..],
        &["strategy", "submit", "ST1"],
        &["strategy", "pause", "ST1", "--reason", "wait"],
        &["strategy", "archive", "ST1"],
    ] {
        let said = refused(args);
        assert!(said.contains("ST1; did you mean ST-1?"), "{args:?}: {said}");
    }
    owner(&bank, "insert into baton.event_kind (code) values ('login')");
    let moment = ["moment", "new", "M", "--name", "n", "--rule", "events('login') > 1"];
    let said = refused(&[&moment[..], &["--action", "candidate", "--strategy", "ST1"]].concat());
    assert!(said.contains("ST1; did you mean ST-1?"), "{said}");
    let said = refused(&["strategy", "submit", "ST-1"]);
    assert!(said.contains("ST-1 v1") && said.contains("submitted"), "{said}");
    assert_eq!(draft(&bank, SELF, &text("ST-1", "SG-A", "0.2", 1))["version"], 2);
    let said = refused(&["push", "plan", "ST-1"]);
    assert!(said.contains("ST-1 v2"), "{said}");
}

#[test]
fn not_even_the_owner_changes_what_was_submitted() {
    let bank = small();
    approved(&bank, "ST-1", "true", "0.1", 7);
    for change in [
        "script = 'other'",
        "control_ppm = 0",
        "seed = 8",
        "state = 'draft'",
        "state = 'submitted'",
        "hash = sha256('')",
        "segment_version = null",
    ] {
        let sql = format!("set role baton_owner; update baton.strategy_version set {change}");
        let refused = bank.try_sql(baton::store::cluster::ADMIN, &sql).expect_err(change);
        assert!(refused.as_database_error().is_some(), "{change}: {refused}");
    }
    let refused = |sql: &str| {
        bank.refuses(baton::store::cluster::ADMIN, &format!("set role baton_owner; {sql}"))
    };
    assert_eq!(refused("delete from baton.approval"), "BT002");
    assert_eq!(refused("update baton.audit set operator = 'x'"), "BT002");
    assert_eq!(refused("update baton.segment_version set rule = 'false'"), "BT002");
    owner(&bank, "update baton.strategy_version set state = 'approved'");
}

/// Before anybody approves: the smallest effect for the share and the expected base rate, as the plan has it, and what is wrong
/// with a group that shows nothing.
#[test]
fn a_strategy_says_before_approval_what_its_control_group_can_show() {
    let bank = small();
    segment(&bank, "aum >= 0");
    let words = |share: &str| {
        let budget = "[budget]\nbenefit_cost = \"5.00\"\nbase_rate = 0.07\nexpected_rate = 0.15\n";
        format!("{}\n{budget}", text("ST-1", "SG-A", share, 7))
    };
    let unknown = draft(&bank, SELF, &words("0.2"));
    assert_eq!((&unknown["mde"], &unknown["mde_warning"]), (&json!(null), &json!(null)));
    let table = |lang: &str| {
        let args = ["--lang", lang, "--format", "table", "strategy", "show", "ST-1"];
        String::from_utf8(baton(&bank).as_(SELF).args(args).run().stdout).unwrap()
    };
    assert!(table("en").contains("freeze segment SG-A"), "{}", table("en"));
    run(&bank, SELF, &["segment", "freeze", "SG-A"]);
    let known = run(&bank, SELF, &["strategy", "submit", "ST-1"]);
    // By hand from the normal distribution, for 793 against 198 at 7 %: 7.01 points.
    let effect = known["mde"].as_f64().unwrap();
    assert!((effect - 0.0701).abs() < 0.0002, "{effect}");
    assert_eq!((&known["mde_base"], &known["mde_assumed"]), (&json!(0.07), &json!(false)));
    assert_eq!(known["mde_warning"], json!(null));
    assert!(table("zh-CN").contains("个百分点以上的效果"), "{}", table("zh-CN"));
    // The whole list is drawn in one piece here and by branch in the plan, and some are left off there: about the same.
    let hash = known["hash"].as_str().unwrap();
    run(&bank, "wang.approver", &["strategy", "approve", "ST-1", "--hash", hash]);
    let plan = run(&bank, SELF, &["push", "plan", "ST-1"]);
    assert!((plan["mde"].as_f64().unwrap() - effect).abs() < 0.003, "{plan}");
    for (share, warning) in [("0.002", "too_small"), ("0", "no_control"), ("0.1", "above_expected")]
    {
        let made = draft(&bank, SELF, &words(share));
        assert_eq!(made["mde_warning"], warning, "{share}: {made}");
    }
}
