//! What holds an approved strategy back: it is paused, its money runs out, the days are dark, or its list has grown.

mod chain;
mod lives;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, owner, pushed, run, strategy_file, text, up_to};
use lives::{LI, SUN, WANG, ZHAO, approve, bank, policy, refused, show, submitted};
use serde_json::Value;
use support::{Bank, baton};

#[test]
fn a_paused_strategy_stands_still_until_it_is_resumed() {
    let bank = bank();
    approved(&bank, "ST-1", &up_to(200), "0.1", 7);
    let plan = run(&bank, LI, &["push", "plan", "ST-1"])["plan"].to_string();
    let pause = ["strategy", "pause", "ST-1", "--reason", "投诉增多"];
    assert!(refused(&bank, LI, &["strategy", "pause", "ST-1", "--reason", ""]).contains("say why"));
    assert!(refused(&bank, LI, &["strategy", "pause", "ST-9", "--reason", "x"]).contains("ST-9"));
    let paused = run(&bank, LI, &pause);
    assert_eq!(
        (&paused["state"], &paused["paused"]["why"]),
        (&"paused".into(), &"投诉增多".into())
    );
    assert_eq!(
        bank.sql(LI, "select baton.strategy_runs('ST-1'), baton.strategy_runs('ST-2')"),
        [["f", "t"]]
    );
    assert!(refused(&bank, LI, &pause).contains("ST-1 v1"), "once is enough");
    assert!(refused(&bank, LI, &["push", "apply", "ST-1", "--plan", &plan]).contains("ST-1 v1"));
    assert_eq!(bank.refuses(LI, "select baton.push_plan('ST-1', 1, 1)"), "BT004");
    // By psql, also where a function forgets to ask the version's state.
    assert_eq!(bank.refuses(LI, &format!("select baton.push_apply({plan})")), "BT004");
    let plans = "set role baton_owner; insert into baton.push_plan (strategy, version, hash, snapshot_id, as_of, customers, treated, control)
                 select strategy, version, hash, snapshot_id, as_of, 1, 1, 0 from baton.push_plan";
    assert_eq!(bank.refuses(ADMIN, plans), "BT004");
    // Nobody takes another's brake off but an approver.
    let resume = ["strategy", "resume", "ST-1", "--reason", "已查清"];
    bank.operator(SUN, "strategist", None);
    let said = refused(&bank, SUN, &resume);
    assert!(said.contains(LI) && said.contains("approver"), "by whom it is paused: {said}");
    assert!(
        refused(&bank, LI, &["strategy", "resume", "ST-1", "--reason", " "]).contains("say why")
    );
    let resumed = run(&bank, WANG, &resume);
    assert_eq!((&resumed["state"], &resumed["paused"]), (&"approved".into(), &Value::Null));
    assert!(refused(&bank, WANG, &resume).contains("not paused"));
    run(&bank, LI, &["push", "apply", "ST-1", "--plan", &plan]);
    // Live, paused and live again; the strategist who paused it resumes it.
    assert_eq!(run(&bank, LI, &pause)["state"], "paused");
    assert_eq!(run(&bank, LI, &resume)["state"], "live");
    let audit = "select string_agg(action || ' ' || operator, ', ' order by id) from baton.audit where action ~ 'pause|resume'";
    assert_eq!(
        bank.sql(LI, audit),
        [[format!(
            "strategy.pause {LI}, strategy.resume {WANG}, strategy.pause {LI}, strategy.resume {LI}"
        )]]
    );
    let draft = strategy_file(&text("ST-2", "SG-ST-1", "0.1", 1));
    run(&bank, LI, &["strategy", "new", draft.to_str().unwrap()]);
    assert!(
        refused(&bank, LI, &["strategy", "pause", "ST-2", "--reason", "x"]).contains("ST-2 v1")
    );
}

#[test]
fn what_is_approved_while_its_strategy_is_paused_is_paused_and_a_later_text_voids_it() {
    let bank = bank();
    approved(&bank, "ST-1", &up_to(200), "0.1", 7);
    run(&bank, WANG, &["strategy", "pause", "ST-1", "--reason", "x"]);
    let hash = submitted(&bank, LI, &text("ST-1", "SG-ST-1", "0.1", 8));
    let states = || {
        bank.sql(LI, "select string_agg(state, ' ' order by version) from baton.strategy_version")
            [0][0]
            .clone()
    };
    assert_eq!(
        states(),
        "voided submitted",
        "a paused version that was never pushed is overtaken, too"
    );
    assert_eq!(run(&bank, WANG, &approve(&hash, &[]))["state"], "paused");
    assert!(refused(&bank, LI, &["push", "plan", "ST-1"]).contains("ST-1 v2"));
    run(&bank, WANG, &["strategy", "resume", "ST-1", "--reason", "x"]);
    assert_eq!(states(), "voided approved");
}

#[test]
fn one_command_stops_all_that_is_live_and_who_works_with_strategies_may_stop_them() {
    let bank = bank();
    approved(&bank, "ST-1", &up_to(100), "0.1", 7);
    pushed(&bank, "ST-1");
    approved(&bank, "ST-2", &chain::between(300, 400), "0.1", 7);
    approved(&bank, "ST-3", &chain::between(500, 600), "0.1", 7);
    pushed(&bank, "ST-3");
    owner(&bank, "update baton.push set deadline = '2026-11-01' where strategy = 'ST-3'");
    let all = |what: &str, who: &str| {
        run(&bank, who, &["strategy", what, "--all", "--reason", "停"])["strategies"].clone()
    };
    for duty in ["viewer", "auditor", "loader"] {
        bank.operator(SUN, duty, None);
        for step in
            ["pause('ST-1', 'x')", "pause_all('x')", "resume('ST-1', 'x')", "resume_all('x')"]
        {
            assert_eq!(
                bank.refuses(SUN, &format!("select baton.strategy_{step}")),
                "BT001",
                "{duty} {step}"
            );
        }
    }
    for step in ["pause('ST-1', 'x')", "pause_all('x')", "resume('ST-1', 'x')", "resume_all('x')"] {
        let late = format!("begin isolation level repeatable read; select baton.strategy_{step}");
        assert_eq!(bank.refuses(WANG, &late), "BT008", "{step}");
    }
    run(&bank, LI, &["strategy", "pause", "ST-2", "--reason", "先停"]);
    assert_eq!(all("pause", WANG), 1, "ST-2 is paused already, and ST-3 has ended");
    let list = || {
        let rows = run(&bank, LI, &["strategy", "list", "--all"]);
        let state = |row: &Value| row["state"].as_str().unwrap().to_owned();
        rows.as_array().unwrap().iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(list(), ["paused", "paused", "ended"]);
    assert_eq!(all("resume", LI), 1, "his own; the other is an approver's");
    assert_eq!(list(), ["paused", "approved", "ended"]);
    assert_eq!(all("resume", ZHAO), 1);
    assert_eq!(list(), ["live", "approved", "ended"]);
    let audit =
        "select detail ->> 'strategies' from baton.audit where action = 'strategy.pause-all'";
    assert_eq!(bank.sql(LI, audit), [["1"]]);
}

/// A budget of 0.01 for each of so many.
fn with_budget(code: &str, cents: i64) -> String {
    let words = text(code, &format!("SG-{code}"), "0", 7);
    let cap = format!("{}.{:02}", cents / 100, cents % 100);
    format!(
        "{words}\n[budget]\ncap = \"{cap}\"\nbenefit_cost = \"0.01\"\nexpected_rate = 0.12\nbase_rate = 0.07\nreturn_per_conversion = \"400.00\"\n"
    )
}

#[test]
fn the_money_is_shown_before_approval_with_what_it_assumes() {
    let bank = bank();
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "甲", "--rule", &up_to(200)]);
    let file = strategy_file(&with_budget("ST-1", 199));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let money = show(&bank, "ST-1")["money"].clone();
    assert_eq!(
        (&money["customers"], &money["cost"], &money["cap"], &money["paid_for"]),
        (&Value::Null, &Value::Null, &199.into(), &199.into())
    );
    run(&bank, LI, &["segment", "freeze", "SG-ST-1"]);
    let submitted = run(&bank, LI, &["strategy", "submit", "ST-1"]);
    let money = &submitted["money"];
    assert_eq!((&money["customers"], &money["listed_on"]), (&199.into(), &"2026-11-20".into()));
    assert_eq!(
        (&money["treated"], &money["cost"], &money["over"]),
        (&199.into(), &199.into(), &false.into())
    );
    assert_eq!((&money["conversions"], &money["extra"]), (&24.into(), &10.into()));
    assert_eq!((&money["gain"], &money["net"]), (&398_000.into(), &(398_000 - 199).into()));
    let shown = baton(&bank).as_(LI).args(["strategy", "show", "ST-1", "--lang", "zh-CN"]).run();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("权益总成本") && shown.contains("1.99") && shown.contains("12.0"),
        "{shown}"
    );
    // A budget that nobody can hold is no text to approve.
    let words = format!("{}\n[budget]\ncap = \"1.00\"\n", text("ST-2", "SG-ST-1", "0", 1));
    let file = strategy_file(&words);
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    assert!(refused(&bank, LI, &["strategy", "submit", "ST-2"]).contains("benefit_cost"));
    assert_eq!(bank.refuses(LI, "select baton.strategy_submit('ST-2')"), "BT205");
}

/// Submits and approves the text of a budget, and gives the plan of its push.
fn planned(bank: &Bank, words: &str) -> String {
    let hash = submitted(bank, LI, words);
    run(bank, WANG, &approve(&hash, &[]));
    run(bank, LI, &["push", "plan", "ST-1"])["plan"].to_string()
}

#[test]
fn the_budget_holds_when_it_is_pushed_and_a_customer_of_two_waves_costs_once() {
    let bank = bank();
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "甲", "--rule", &up_to(100)]);
    // 100 customers of whom 2 want no contact.
    let plan = planned(&bank, &with_budget("ST-1", 97));
    let apply = |plan: &str| baton(&bank).as_(LI).args(["push", "apply", "ST-1", "--plan", plan]);
    let said = apply(&plan).refused();
    assert!(said.contains("0.98") && said.contains("0.97"), "{said}");
    assert_eq!(bank.refuses(LI, &format!("select baton.push_apply({plan})")), "BT206");
    let waves = "[[wave]]\nname = \"a\"\nday = 0\n[[wave]]\nname = \"b\"\nday = 0\n";
    let plan = planned(&bank, &format!("{}{waves}", with_budget("ST-1", 98)));
    assert_eq!(apply(&plan).json()["push"], 1, "what was refused has used up no number");
    // The same customers in a second wave: nobody gets a second benefit.
    let again = run(&bank, LI, &["push", "plan", "ST-1", "--wave", "2"])["plan"].to_string();
    apply(&again).json();
    // 10 more than before: the sum over both waves is far beyond, the customers are not.
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "甲", "--rule", &up_to(110)]);
    let plan = planned(&bank, &with_budget("ST-1", 106));
    let said = apply(&plan).refused();
    assert!(
        said.contains("1.07") && said.contains("1.06"),
        "109 not closed, 107 of them want to be contacted: {said}"
    );
    let plan = planned(&bank, &with_budget("ST-1", 107));
    assert_eq!(apply(&plan).json()["push"], 3);
}

#[test]
fn nothing_goes_out_in_a_blackout_but_what_its_approved_text_exempts() {
    let bank = bank();
    owner(&bank, "insert into baton.blackout values ('2026-11-16', '2026-11-20', '年终决算')");
    approved(&bank, "ST-1", &up_to(100), "0.1", 7);
    let plan = run(&bank, LI, &["push", "plan", "ST-1"])["plan"].to_string();
    let apply = |plan: &str| baton(&bank).as_(LI).args(["push", "apply", "ST-1", "--plan", plan]);
    let said = apply(&plan).refused();
    assert!(said.contains("年终决算"), "{said}");
    assert!(apply(&plan).args(["--lang", "zh-CN"]).refused().contains("今日停发"));
    assert_eq!(bank.refuses(LI, &format!("select baton.push_apply({plan})")), "BT203");
    let later = format!("set baton.as_of = '2026-11-23'; select baton.push_apply({plan})");
    assert_eq!(bank.refuses(LI, &later), "BT203", "another day to look at opens none");
    let words = format!("during_blackout = \"监管要求\"\n{}", text("ST-1", "SG-ST-1", "0.1", 7));
    let words = words.replacen(
        "during_blackout = \"监管要求\"\ncode = \"ST-1\"",
        "code = \"ST-1\"\nduring_blackout = \"监管要求\"",
        1,
    );
    let plan = planned(&bank, &words);
    apply(&plan).json();
}

#[test]
fn a_list_that_has_grown_or_a_limit_that_came_later_asks_for_a_second_word() {
    let bank = bank();
    let hash = approved(&bank, "ST-1", &up_to(100), "0.1", 7);
    policy(&bank, "two_levels_from_customers", "90");
    let plan = run(&bank, LI, &["push", "plan", "ST-1"])["plan"].to_string();
    let apply = || baton(&bank).as_(LI).args(["push", "apply", "ST-1", "--plan", &plan]);
    let said = apply().refused();
    assert!(said.contains("second approval") && said.contains("ST-1 v1"), "{said}");
    assert_eq!(bank.refuses(LI, &format!("select baton.push_apply({plan})")), "BT204");
    let more = run(&bank, ZHAO, &approve(&hash, &[]));
    assert_eq!(
        (&more["state"], more["approvals"].as_array().unwrap().len()),
        (&"approved".into(), 2)
    );
    apply().json();
    // A third word is one too many.
    bank.operator(SUN, "approver", None);
    assert!(refused(&bank, SUN, &approve(&hash, &[])).contains("ST-1 v1"));
}
