//! The whole chain by commands, on the real bank and on the demo bank: a KPI moved, why, whom it concerns, what to do,
//! another person's approval, the push, the branch's word, what came of it, and the KPI again.
#![expect(clippy::disallowed_methods, reason = "tests write and read files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use baton::store::demo::story;
use chain::{number, run, strategy_file, text};
use serde_json::Value;
use support::bank::berka_files;
use support::{Bank, baton};

const SELF: &str = "li.strategist";

/// From a rule to a push: gives the push's number and the plan.
fn from_rule_to_push(bank: &Bank, day: &[&str], rule: &str) -> (String, Value) {
    let as_ = |who: &str, args: &[&str]| run(bank, who, &[day, args].concat());
    let counted = as_(SELF, &["segment", "count", "--rule", rule]);
    as_(SELF, &["segment", "save", "SG-WALK", "--name", "走一遍", "--rule", rule]);
    let frozen = as_(SELF, &["segment", "freeze", "SG-WALK"]);
    assert_eq!(frozen["count"], counted["count"]);
    let file = strategy_file(&text("ST-WALK", "SG-WALK", "0.10", 7));
    as_(SELF, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = as_(SELF, &["strategy", "submit", "ST-WALK"]);
    let hash = submitted["hash"].as_str().unwrap();
    let approve = ["strategy", "approve", "ST-WALK", "--hash", hash];
    baton(bank).as_(SELF).args(day).args(approve).refused();
    assert_eq!(as_("wang.approver", &approve)["approver"], "wang.approver");

    let plan = as_(SELF, &["push", "plan", "ST-WALK"]);
    let blocked: i64 = plan["blocked"].as_object().unwrap().values().map(number).sum();
    assert_eq!(number(&plan["customers"]) + blocked, number(&counted["count"]));
    assert_eq!(number(&plan["treated"]) + number(&plan["control"]), number(&plan["customers"]));
    let apply = ["push", "apply", "ST-WALK", "--plan", &plan["plan"].to_string()];
    let push = as_(SELF, &apply);
    assert_eq!(as_(SELF, &apply), push);
    assert_eq!((&push["tasks"], &push["control"]), (&plan["treated"], &plan["control"]));
    assert_eq!(as_(SELF, &["strategy", "show", "ST-WALK"])["state"], "live");
    (push["push"].to_string(), plan)
}

/// The branch signs, results come in for every task of the unit, and the order is done.
fn from_push_to_results(bank: &Bank, day: &[&str], push: &str, branch: &str, org: &str, at: &str) {
    let as_ = |who: &str, args: &[&str]| run(bank, who, &[day, args].concat());
    as_(branch, &["push", "sign", push, "--org", org]);
    let sql = format!(
        "select t.customer_id from baton.task t join baton.org_unit u on u.id = t.org_id where t.push_id = {push} and u.code = '{org}'"
    );
    let mut lines = "push,customer_id,outcome,at,amount,note\n".to_owned();
    for row in bank.sql(SELF, &sql) {
        writeln!(lines, "{push},{},sold,{at},100,", row[0]).unwrap();
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("walk-{}-{org}.csv", std::process::id()));
    std::fs::write(&path, &lines).unwrap();
    bank.operator("sun.auditor", "loader", None);
    let taken = as_("sun.auditor", &["outcome", "import", path.to_str().unwrap()]);
    assert_eq!(taken["read"], taken["accepted"]);
    assert_eq!(taken["reject_file"], Value::Null);
    let status = as_("zhao.viewer", &["push", "status", push]);
    let order = status["orders"].as_array().unwrap().iter().find(|o| o["org"] == org).unwrap();
    assert_eq!((order["signed"].as_bool(), number(&order["open"])), (Some(true), 0), "{order}");
    assert_eq!((&order["done"], &order["tasks"]), (&taken["accepted"], &taken["accepted"]));
    let open: i64 = status["orders"].as_array().unwrap().iter().map(|o| number(&o["open"])).sum();
    assert!(open > 0, "the other units have not answered yet");
}

#[test]
fn the_real_bank_from_one_import_to_the_next() {
    let Some(data) = berka_files() else { return };
    let bank = Bank::empty();
    bank.operator("sun.auditor", "loader", None);
    let import = |manifest: &str| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/berka").join(manifest);
        let command = baton(&bank).as_("sun.auditor").args(["import"]).args([&data]);
        command.args([Path::new("--manifest"), &manifest]).json()
    };
    assert_eq!(import("earlier.toml")["as_of"], "1993-12-31");
    bank.operator("nancheng.branch", "branch", Some("D1"));

    let explain = |args: &[&str]| {
        let head = ["kpi", "explain", "deposits", "--from", "1993-09-30", "--to", "1993-12-31"];
        run(&bank, "zhao.viewer", &[&head, args].concat())
    };
    let by_org = explain(&["--by", "org"]);
    let effects = by_org["effects"].as_array().unwrap();
    assert_eq!(
        effects.iter().map(|e| number(&e["effect"])).sum::<i64>(),
        number(&by_org["change"])
    );
    let most = effects.iter().max_by_key(|e| number(&e["effect"]).abs()).unwrap()["name"]
        .as_str()
        .unwrap();
    let by_factor = explain(&["--by", "factor", "--org", most]);
    let factors = by_factor["effects"].as_array().unwrap();
    assert_eq!(
        factors.iter().map(|e| number(&e["effect"])).sum::<i64>(),
        number(&by_factor["change"])
    );
    assert_eq!(factors.len(), 2);

    // Of the unit that moved most, and of the capital's own, so that its operator has something to sign.
    let rule = format!("(org under '{most}' or org = 'D1') and aum > 0 and age >= 18");
    let (push, plan) = from_rule_to_push(&bank, &[], &rule);
    assert!(plan["orders"].as_array().unwrap().len() > 1);
    from_push_to_results(&bank, &[], &push, "nancheng.branch", "D1", "1994-01-10");

    let show = |on: &str| {
        number(
            &run(&bank, "zhao.viewer", &["kpi", "show", "deposits", "--org", "HQ", "--on", on])["value"],
        )
    };
    let before = show("1993-12-31");
    assert_eq!(import("baton-import.toml")["as_of"], "1994-03-31");
    assert_eq!(show("1993-12-31"), before, "what was known stays");
    assert_ne!(show("1994-03-31"), before, "the KPI has moved");
    assert_eq!(run(&bank, SELF, &["strategy", "show", "ST-WALK"])["state"], "ended");
    let status = run(&bank, SELF, &["push", "status", &push]);
    assert_eq!(status["state"], "ended");
    assert!(
        status["orders"].as_array().unwrap().iter().any(|o| number(&o["done"]) > 0),
        "results outlive an import"
    );
}

#[test]
fn the_demo_bank_and_the_story_that_was_planted_in_it() {
    let bank = Bank::demo();
    let (from, to) = (story::before().to_string(), story::as_of().to_string());
    let head = ["kpi", "explain", "aum", "--from", &from, "--to", &to];
    let by_org = run(&bank, "zhao.viewer", &[&head[..], &["--by", "org"]].concat());
    let worst =
        by_org["effects"].as_array().unwrap().iter().min_by_key(|e| number(&e["effect"])).unwrap();
    assert_eq!(worst["name"], story::BRANCH);

    let (push, plan) = from_rule_to_push(&bank, &[], story::RULE);
    let units: Vec<&str> =
        plan["orders"].as_array().unwrap().iter().map(|o| o["org"].as_str().unwrap()).collect();
    let own = story::SUB_BRANCHES[0];
    assert!(
        units.contains(&own) && units.iter().all(|unit| unit.starts_with(story::BRANCH)),
        "{units:?}"
    );
    let other = baton(&bank).as_("nancheng.branch").args([
        "push",
        "sign",
        &push,
        "--org",
        story::SUB_BRANCHES[1],
    ]);
    assert!(other.refused().contains(story::SUB_BRANCHES[1]));
    let at = story::as_of().to_string();
    from_push_to_results(&bank, &[], &push, "nancheng.branch", own, &at);
}
