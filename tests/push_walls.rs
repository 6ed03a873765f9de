//! What a push will be refused for is said by its plan, and it is refused for nothing else: each wall against the database.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod lives;
mod support;

use baton::store::cluster::ADMIN;
use chain::{between, owner, run, text, up_to};
use lives::{LI, WANG, ZHAO, approve, bank, policy, submitted};
use serde_json::Value;
use support::{Bank, baton};

/// `ST-1` for the first hundred customers with these deeper parts, approved.
fn approved(bank: &Bank, parts: &str) -> String {
    run(bank, LI, &["segment", "save", "SG-ST-1", "--name", "甲", "--rule", &up_to(100)]);
    next(bank, parts)
}

/// Its next version, approved by one.
fn next(bank: &Bank, parts: &str) -> String {
    let hash = submitted(bank, LI, &format!("{}\n{parts}\n", text("ST-1", "SG-ST-1", "0.0", 7)));
    run(bank, WANG, &approve(&hash, &[]));
    hash
}

fn planned(bank: &Bank, more: &[&str]) -> Value {
    run(bank, LI, &[&["push", "plan", "ST-1"], more].concat())
}

/// What the plan says that its push will be refused for.
fn said(plan: &Value) -> Vec<String> {
    let all = plan["refused_for"].as_array().unwrap();
    assert_eq!(plan["refused"], !all.is_empty(), "{plan}");
    all.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn apply(bank: &Bank, plan: &Value) -> support::Baton {
    baton(bank).as_(LI).args(["push", "apply", "ST-1", "--plan", &plan["plan"].to_string()])
}

/// The plan says one thing, and its push is refused for just that, by the program and by the function under it.
fn refused_as_said(bank: &Bank, plan: &Value, code: &str, words: &str) {
    let before = said(plan);
    let [before] = &before[..] else { panic!("{code}: {before:?}") };
    assert!(before.contains(words), "{code}: {before}");
    let after = apply(bank, plan).refused();
    assert!(after.contains(before.as_str()), "{code}: said {before}, refused {after}");
    assert_eq!(bank.refuses(LI, &format!("select baton.push_apply({})", plan["plan"])), code);
}

/// Nothing was said, and it is pushed.
fn pushed_as_said(bank: &Bank, plan: &Value) {
    assert_eq!(said(plan), [""; 0]);
    apply(bank, plan).json();
}

/// What stands in the way of a plan that was kept, asked again as the page of a plan would.
fn asked_again(bank: &Bank, plan: &Value) -> Vec<Vec<String>> {
    bank.sql(LI, &format!("select code, message from baton.plan_walls({})", plan["plan"]))
}

#[test]
fn a_plan_says_the_second_approval_that_is_missing() {
    let bank = bank();
    let hash = approved(&bank, "");
    policy(&bank, "two_levels_from_customers", "50");
    refused_as_said(&bank, &planned(&bank, &[]), "BT204", "second approval");
    run(&bank, ZHAO, &approve(&hash, &[]));
    pushed_as_said(&bank, &planned(&bank, &[]));
}

/// The persons of two logins are told apart, or not, after the approval.
#[test]
fn a_plan_says_that_two_of_its_approvers_are_one_person_by_now() {
    let bank = bank();
    let hash = approved(&bank, "");
    policy(&bank, "two_levels_from_customers", "50");
    run(&bank, ZHAO, &approve(&hash, &[]));
    let person = |name: &str, person: &str| {
        bank.program(ADMIN).args(["operator", "person", name, person]).json();
    };
    person(WANG, "P7");
    person(ZHAO, "P7");
    refused_as_said(&bank, &planned(&bank, &[]), "BT207", "wang.approver, zhao.viewer");
    person(ZHAO, "P8");
    person(LI, "P7");
    refused_as_said(&bank, &planned(&bank, &[]), "BT207", "li.strategist, wang.approver");
    person(LI, "P9");
    pushed_as_said(&bank, &planned(&bank, &[]));
}

#[test]
fn a_plan_says_the_days_on_which_nothing_goes_out() {
    let bank = bank();
    approved(&bank, "");
    owner(&bank, "insert into baton.blackout values ('2026-11-16', '2026-11-20', '年终决算')");
    let plan = planned(&bank, &[]);
    refused_as_said(&bank, &plan, "BT203", "年终决算");
    // Whatever day one looks at the bank as of, it is pushed on the bank's own.
    let later = planned(&bank, &["--as-of", "2026-11-23"]);
    assert!(said(&later)[0].contains("年终决算"));
    // Nor is it pushed as of a day on which nothing goes out, though the plan was made before.
    owner(&bank, "delete from baton.blackout");
    let plan = planned(&bank, &[]);
    owner(&bank, "insert into baton.blackout values ('2026-11-24', '2026-11-25', '停机')");
    let sql = |sql: &str| format!("set baton.as_of = '2026-11-24'; {sql}({})", plan["plan"]);
    assert_eq!(bank.sql(LI, &sql("select code from baton.plan_walls")), [["BT203"]]);
    assert_eq!(bank.refuses(LI, &sql("select baton.push_apply")), "BT203");
    pushed_as_said(&bank, &planned(&bank, &[]));
}

#[test]
fn a_plan_says_the_pilot_that_runs_and_the_wave_whose_day_has_not_come() {
    let bank = bank();
    let waves = "[[wave]]\nname = \"首\"\nday = 0\n[[wave]]\nname = \"再\"\nday = 7\n";
    approved(&bank, &format!("[pilot]\nunits = [\"B1\"]\ndays = 7\n{waves}"));
    pushed_as_said(&bank, &planned(&bank, &[]));
    // On the bank's own day neither is even planned; a plan that looks ahead says that its push must wait.
    let wait = baton(&bank).as_(LI).args(["push", "plan", "ST-1"]).refused();
    let rest = planned(&bank, &["--as-of", "2026-11-27"]);
    refused_as_said(&bank, &rest, "BT211", "2026-11-27");
    assert!(wait.contains(said(&rest)[0].as_str()), "in the same words: {wait}");
    let second = planned(&bank, &["--wave", "2", "--as-of", "2026-11-27"]);
    refused_as_said(&bank, &second, "BT211", "2026-11-27");
    owner(&bank, "update baton.push set as_of = as_of - 7");
    pushed_as_said(&bank, &planned(&bank, &[]));
    pushed_as_said(&bank, &planned(&bank, &["--wave", "2"]));
}

#[test]
fn a_plan_says_the_benefits_and_the_money_that_do_not_suffice() {
    let bank = bank();
    approved(&bank, "[benefit]\nstock = 97\n");
    // 98 of the hundred may be contacted.
    refused_as_said(&bank, &planned(&bank, &[]), "BT214", "98");
    next(&bank, "[budget]\ncap = \"0.97\"\nbenefit_cost = \"0.01\"\n");
    refused_as_said(&bank, &planned(&bank, &[]), "BT206", "0.97");
    next(&bank, "[benefit]\nstock = 97\n[budget]\ncap = \"0.97\"\nbenefit_cost = \"0.01\"\n");
    let both = planned(&bank, &[]);
    assert_eq!(said(&both).len(), 2, "whoever mends one is not refused for the other: {both}");
    next(&bank, "[benefit]\nstock = 98\n[budget]\ncap = \"0.98\"\nbenefit_cost = \"0.01\"\n");
    pushed_as_said(&bank, &planned(&bank, &[]));
}

/// What stands in the way only since the plan was made is said of the plan that was kept, too.
#[test]
fn a_kept_plan_says_that_its_strategy_is_paused_or_overtaken() {
    let bank = bank();
    approved(&bank, "");
    let plan = planned(&bank, &[]);
    assert_eq!(asked_again(&bank, &plan), [[""; 2]; 0]);
    run(&bank, LI, &["strategy", "pause", "ST-1", "--reason", "查"]);
    assert_eq!(asked_again(&bank, &plan), [["BT004", "paused"]]);
    assert_eq!(bank.refuses(LI, &format!("select baton.push_apply({})", plan["plan"])), "BT004");
    run(&bank, WANG, &["strategy", "resume", "ST-1", "--reason", "好"]);
    assert_eq!(asked_again(&bank, &plan), [[""; 2]; 0]);
    next(&bank, "[benefit]\nquota = 90\n");
    assert_eq!(asked_again(&bank, &plan), [["BT004", "voided"]]);
    assert_eq!(bank.refuses(LI, &format!("select baton.push_apply({})", plan["plan"])), "BT004");
}

/// A cap counts days. Who is free of it on a day that has not come is not yet on the day of the push.
#[test]
fn a_plan_that_looks_ahead_says_whom_the_bank_does_not_free_before() {
    let bank = bank();
    chain::approved(&bank, "ST-2", &up_to(10), "0.0", 7);
    chain::pushed(&bank, "ST-2");
    owner(&bank, "update baton.push set as_of = '2026-11-15', deadline = '2026-11-16'");
    policy(&bank, "cap_contacts", "1");
    policy(&bank, "cap_days", "10");
    approved(&bank, "");
    let plan = planned(&bank, &["--as-of", "2026-11-27"]);
    refused_as_said(&bank, &plan, "BT006", "10 customers");
    pushed_as_said(&bank, &planned(&bank, &[]));
}

/// Two lists go out one after the other: what the first has taken is told by the second's plan.
#[test]
fn a_plan_of_a_wider_list_counts_what_went_out_before() {
    let bank = bank();
    approved(&bank, "[benefit]\nstock = 100\n");
    pushed_as_said(&bank, &planned(&bank, &[]));
    let rule = format!("({}) or ({})", up_to(100), between(200, 220));
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "甲", "--rule", &rule]);
    next(&bank, "[benefit]\nstock = 100\n");
    refused_as_said(&bank, &planned(&bank, &[]), "BT214", "100");
}
