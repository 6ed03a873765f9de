//! The life of a strategy: sent back, approved by one or two, in whose name, paused and resumed, and what its money says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::Value;
use support::{Bank, baton};

const LI: &str = "li.strategist";
const WANG: &str = "wang.approver";
const ZHAO: &str = "zhao.viewer";
const SUN: &str = "sun.auditor";
const NAN: &str = "nancheng.branch";

/// The small bank with a second approver.
fn bank() -> Bank {
    let bank = small();
    bank.operator(ZHAO, "approver", None);
    bank
}

fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(args).refused()
}

/// Submits a text of `who` and gives its hash.
fn submitted(bank: &Bank, who: &str, text: &str) -> String {
    let file = strategy_file(text);
    run(bank, who, &["strategy", "new", file.to_str().unwrap()]);
    let code = text.split('"').nth(1).unwrap();
    run(bank, who, &["strategy", "submit", code])["hash"].as_str().unwrap().to_owned()
}

fn segment(bank: &Bank) {
    run(bank, LI, &["segment", "save", "SG-A", "--name", "甲", "--rule", &up_to(200)]);
}

fn show(bank: &Bank, code: &str) -> Value {
    run(bank, LI, &["strategy", "show", code])
}

fn approve<'a>(hash: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["strategy", "approve", "ST-1", "--hash", hash];
    args.extend(more);
    args
}

fn policy(bank: &Bank, key: &str, value: &str) {
    bank.program(ADMIN).args(["policy", "set", key, value]).json();
}

/// A day of the server's clock in the bank's time zone, so many from today.
fn clock(bank: &Bank, days: i32) -> String {
    bank.sql(LI, &format!("select baton.clock_day() + {days}"))[0][0].clone()
}

#[test]
fn what_is_sent_back_says_why_and_the_next_version_begins_there() {
    let bank = bank();
    segment(&bank);
    let words = text("ST-1", "SG-A", "0.1", 1);
    let hash = submitted(&bank, LI, &words);
    let send = |comment| ["strategy", "send-back", "ST-1", "--hash", &hash, "--comment", comment];
    assert!(refused(&bank, LI, &send("x")).contains("approver"));
    assert!(refused(&bank, WANG, &send(" ")).contains("say why"));
    let zh = baton(&bank).as_(WANG).args(send("")).args(["--lang", "zh-CN"]).refused();
    assert!(zh.contains("请说明原因"), "{zh}");
    let other = "0".repeat(64);
    let stale = ["strategy", "send-back", "ST-1", "--hash", &other, "--comment", "x"];
    assert!(refused(&bank, WANG, &stale).contains("hash"), "{}", refused(&bank, WANG, &stale));
    let answered = run(&bank, WANG, &send("权益太薄，请加到 0.5 %"));
    assert_eq!(
        (&answered["state"], &answered["sent_back"]["by"]),
        (&"sent_back".into(), &WANG.into())
    );
    assert_eq!(show(&bank, "ST-1")["sent_back"]["why"], "权益太薄，请加到 0.5 %");
    // It is nobody's to approve any more, and what was said stays as it was said.
    assert!(refused(&bank, ZHAO, &approve(&hash, &[])).contains("ST-1 v1"));
    let table = "set role baton_owner; update baton.send_back set comment = 'x'";
    assert_eq!(bank.refuses(ADMIN, table), "BT002");
    let work = run(&bank, LI, &["worklist"]);
    let mine = work.as_array().unwrap().iter().find(|row| row["work"] == "sent_back");
    assert_eq!(mine.unwrap()["subject"], "ST-1 v1");
    let file = strategy_file(&words.replace("0.2 %", "0.5 %"));
    let next = run(&bank, LI, &["strategy", "new", file.to_str().unwrap(), "--base", "1"]);
    assert_eq!((&next["version"], &next["sent_back"]), (&2.into(), &Value::Null));
    let work = run(&bank, LI, &["worklist"]);
    assert!(work.as_array().unwrap().iter().all(|row| row["work"] != "sent_back"), "it is done");
}

#[test]
fn two_logins_of_one_person_are_one() {
    let bank = bank();
    segment(&bank);
    for name in [LI, ZHAO] {
        bank.program(ADMIN).args(["operator", "person", name, "E1001"]).json();
    }
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    let said = refused(&bank, ZHAO, &approve(&hash, &[]));
    assert!(
        said.contains("another person") && said.contains(WANG) && !said.contains(ZHAO),
        "{said}"
    );
    let sql = format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'))");
    assert_eq!(bank.refuses(ZHAO, &sql), "approval_not_by_author");
    // The owner, too, meets the constraint, whatever persons he writes.
    let insert = format!(
        "set role baton_owner; insert into baton.approval_given (strategy, version, level, hash, author, approver, stands_for,
             author_person, approver_person, stands_person)
         values ('ST-1', 1, 1, decode('{hash}', 'hex'), '{LI}', '{ZHAO}', '{ZHAO}', 'a', 'b', 'b')"
    );
    assert_eq!(bank.refuses(ADMIN, &insert), "approval_not_by_author");
    let bare = format!(
        "set role baton_owner; insert into baton.approval (strategy, version, hash, author, approver)
         values ('ST-1', 1, decode('{hash}', 'hex'), '{LI}', '{WANG}')"
    );
    assert_eq!(bank.refuses(ADMIN, &bare), "approval_has_its_levels");
    bank.program(ADMIN).args(["operator", "person", ZHAO, "none"]).json();
    assert_eq!(run(&bank, ZHAO, &approve(&hash, &[]))["state"], "approved");
    let unknown = bank.program(ADMIN).args(["operator", "person", "nobody", "E1"]).refused();
    assert!(unknown.contains("nobody"), "{unknown}");
}

#[test]
fn nobody_approves_what_he_has_written_a_version_of() {
    let bank = bank();
    bank.operator(WANG, "strategist,approver", None);
    segment(&bank);
    let words = text("ST-1", "SG-A", "0.1", 1);
    submitted(&bank, WANG, &words);
    let hash = submitted(&bank, LI, &words.replace("= 14", "= 21"));
    let said = refused(&bank, WANG, &approve(&hash, &[]));
    assert!(said.contains("have written a version") && said.contains(ZHAO), "{said}");
    let sql = format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'))");
    assert_eq!(bank.refuses(WANG, &sql), "approval_not_by_writer");
    let zh = baton(&bank).as_(WANG).args(approve(&hash, &[])).args(["--lang", "zh-CN"]).refused();
    assert!(zh.contains("写过该策略"), "{zh}");
    owner(
        &bank,
        "update baton.operator set duties = '{viewer}' where name not in ('wang.approver', 'li.strategist')",
    );
    assert!(refused(&bank, WANG, &approve(&hash, &[])).contains("nobody else has the duty"));
}

#[test]
fn a_large_list_or_budget_needs_two_people() {
    let bank = bank();
    segment(&bank);
    policy(&bank, "two_levels_from_customers", "150");
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    assert_eq!(show(&bank, "ST-1")["levels"], 2, "a list that nobody has frozen counts as large");
    run(&bank, LI, &["segment", "freeze", "SG-A"]);
    let listed = bank.sql(LI, "select listed from baton.strategy_row")[0][0].clone();
    assert_eq!(listed, "199", "200 but one that is closed");
    policy(&bank, "two_levels_from_customers", "199");
    let first = run(&bank, WANG, &approve(&hash, &[]));
    assert_eq!((&first["state"], &first["levels"]), (&"submitted".into(), &2.into()));
    assert_eq!(first["approvals"][0]["approver"], WANG);
    // The same word again, and the same person under another login.
    assert_eq!(run(&bank, WANG, &approve(&hash, &[]))["approvals"].as_array().unwrap().len(), 1);
    assert!(refused(&bank, LI, &["push", "plan", "ST-1"]).contains("ST-1 v1"));
    for name in [WANG, SUN] {
        bank.program(ADMIN).args(["operator", "person", name, "E7"]).json();
    }
    bank.operator(SUN, "approver", None);
    let sql = format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'))");
    // Whoever was given the person later is asked for it by name only.
    assert_eq!(bank.sql(SUN, "select baton.person_of('wang.approver')"), [["person E7"]]);
    bank.program(ADMIN).args(["operator", "person", SUN, "none"]).json();
    let second = run(&bank, SUN, &approve(&hash, &[]));
    assert_eq!(
        (&second["state"], second["approvals"].as_array().unwrap().len()),
        (&"approved".into(), 2)
    );
    assert_eq!(bank.sql(SUN, &sql), [["1"]], "his second word changes nothing");

    // By budget: none, and a benefit that costs nothing, are small.
    policy(&bank, "two_levels_from_customers", "none");
    policy(&bank, "two_levels_from_cost", "1000.00");
    let budget = |cap: &str, cost: &str| {
        let words = text("ST-1", "SG-A", "0.1", 2);
        format!("{words}\n[budget]\ncap = \"{cap}\"\nbenefit_cost = \"{cost}\"\n")
    };
    let levels = |words: &str| {
        submitted(&bank, LI, words);
        show(&bank, "ST-1")["levels"].as_i64().unwrap()
    };
    assert_eq!(levels(&budget("999.99", "1.00")), 1);
    assert_eq!(levels(&budget("1000.00", "1.00")), 2);
    assert_eq!(
        levels(&text("ST-1", "SG-A", "0.1", 3)),
        2,
        "a benefit without a budget may cost anything"
    );
    assert_eq!(levels(&text("ST-1", "SG-A", "0.1", 3).replace("加息券 0.2 %", "")), 1);
}

#[test]
fn the_second_word_is_not_the_first_ones_under_another_login() {
    let bank = bank();
    segment(&bank);
    policy(&bank, "two_levels_from_customers", "1");
    for name in [WANG, ZHAO] {
        bank.program(ADMIN).args(["operator", "person", name, "E7"]).json();
    }
    bank.operator(SUN, "approver", None);
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    run(&bank, WANG, &approve(&hash, &[]));
    let said = refused(&bank, ZHAO, &approve(&hash, &[]));
    assert!(
        said.contains("second approval") && said.contains(SUN) && !said.contains(WANG),
        "{said}"
    );
    let sql = format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'))");
    assert_eq!(bank.refuses(ZHAO, &sql), "approval_by_another_person");
    // Any edit takes what was given with it: the next version begins with nothing.
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 2));
    assert_eq!(show(&bank, "ST-1")["approvals"], Value::Array(vec![]));
    let states = "select string_agg(state, ' ' order by version) from baton.strategy_version";
    assert_eq!(bank.sql(LI, states), [["voided submitted"]]);
    run(&bank, SUN, &approve(&hash, &[]));
    assert_eq!(run(&bank, ZHAO, &approve(&hash, &[]))["state"], "approved");
    // A bank that asks for one again is content with the one that is there, at his next word.
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 3));
    run(&bank, SUN, &approve(&hash, &[]));
    policy(&bank, "two_levels_from_customers", "none");
    assert_eq!(run(&bank, SUN, &approve(&hash, &[]))["state"], "approved");
}

#[test]
fn a_delegate_approves_in_the_others_name_on_the_days_that_were_said() {
    let bank = bank();
    segment(&bank);
    bank.operator(NAN, "branch", Some("S1"));
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    let (today, tomorrow, after) = (clock(&bank, 0), clock(&bank, 1), clock(&bank, 2));
    let delegate = |from: &str, until: &str| {
        run(&bank, WANG, &["operator", "delegate", NAN, "--from", from, "--until", until])
    };
    assert!(refused(&bank, NAN, &approve(&hash, &[])).contains("approver"));
    assert_eq!(delegate(&tomorrow, &after)["now"], false);
    assert!(refused(&bank, NAN, &approve(&hash, &[])).contains("approver"), "not before its day");
    let made = delegate(&today, &today);
    assert_eq!(
        (&made["delegator"], &made["delegate"], &made["now"]),
        (&WANG.into(), &NAN.into(), &true.into())
    );
    assert!(refused(&bank, NAN, &approve(&hash, &["--for", ZHAO])).contains(ZHAO));
    let number = made["id"].to_string();
    run(&bank, WANG, &["operator", "end-delegation", &number]);
    assert!(refused(&bank, NAN, &approve(&hash, &["--for", WANG])).contains("has not delegated"));
    assert!(
        refused(&bank, WANG, &["operator", "end-delegation", &number]).contains("that still holds")
    );
    delegate(&today, &tomorrow);
    let done = run(&bank, NAN, &approve(&hash, &["--for", WANG]));
    assert_eq!(done["state"], "approved");
    assert_eq!(
        (&done["approvals"][0]["approver"], &done["approvals"][0]["stands_for"]),
        (&NAN.into(), &WANG.into())
    );
    let audit = "select operator, detail ->> 'stands_for' from baton.audit where action = 'strategy.approve'";
    assert_eq!(bank.sql(LI, audit), [[NAN, WANG]]);
    assert_eq!(run(&bank, LI, &["operator", "delegations"]).as_array().unwrap().len(), 3);

    let days = |from: &str, until: &str| {
        refused(&bank, WANG, &["operator", "delegate", NAN, "--from", from, "--until", until])
    };
    assert!(days("2026-11-02", "2026-11-01").contains("last day"));
    assert!(days("2026-11-02", "2027-12-01").contains("last day"));
    let to = |name: &str| {
        refused(&bank, WANG, &["operator", "delegate", name, "--from", &today, "--until", &today])
    };
    assert!(to(WANG).contains("another person"));
    assert!(to("nobody").contains("nobody"));
}

#[test]
fn nothing_is_delegated_back_to_who_wrote_it() {
    let bank = bank();
    segment(&bank);
    bank.operator(ZHAO, "strategist,approver", None);
    let today = clock(&bank, 0);
    for (from, to) in [(WANG, LI), (ZHAO, SUN)] {
        run(&bank, from, &["operator", "delegate", to, "--from", &today, "--until", &today]);
    }
    // The author as the delegate, and a delegate of an author.
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    let said = refused(&bank, LI, &approve(&hash, &["--for", WANG]));
    assert!(said.contains("another person"), "{said}");
    let sql = format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'), '{WANG}')");
    assert_eq!(bank.refuses(LI, &sql), "approval_not_by_author");
    let hash = submitted(&bank, ZHAO, &text("ST-1", "SG-A", "0.1", 2));
    let said = refused(&bank, SUN, &approve(&hash, &[]));
    assert!(said.contains("another person"), "{said}");
    // An owner who names a delegation that does not hold.
    let insert = format!(
        "set role baton_owner; insert into baton.approval_given (strategy, version, level, hash, author, approver, stands_for,
             delegation, author_person, approver_person, stands_person)
         select 'ST-1', 2, 1, decode('{hash}', 'hex'), '{ZHAO}', '{SUN}', '{WANG}', min(id), '', '', '' from baton.delegation"
    );
    assert_eq!(bank.refuses(ADMIN, &insert), "approval_by_delegation");
    // Two levels: what was given in somebody's name is his, too.
    policy(&bank, "two_levels_from_customers", "1");
    bank.operator(ZHAO, "approver", None);
    let hash = submitted(&bank, LI, &text("ST-2", "SG-A", "0.1", 1));
    let approve = |who: &str, more: &[&str]| {
        let args = [&["strategy", "approve", "ST-2", "--hash", hash.as_str()], more].concat();
        baton(&bank).as_(who).args(args)
    };
    approve(SUN, &[]).json();
    assert!(approve(ZHAO, &[]).refused().contains("second approval"), "it was given in his name");
    assert_eq!(approve(WANG, &[]).json()["state"], "approved");
    // An administrator delegates for who is away already; only for an approver.
    let administrator = |name: &str| {
        let args =
            ["operator", "delegate", NAN, "--from", &today, "--until", &today, "--for", name];
        bank.program(ADMIN).args(args)
    };
    assert_eq!(administrator(WANG).json()["delegator"], WANG);
    assert!(administrator(LI).refused().contains(LI));
    assert!(
        !refused(
            &bank,
            LI,
            &["operator", "delegate", NAN, "--from", &today, "--until", &today, "--for", WANG]
        )
        .is_empty()
    );
}

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
    assert!(refused(&bank, SUN, &resume).contains("approver"));
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
    let plan = planned(&bank, &with_budget("ST-1", 98));
    apply(&plan).json();
    // The same customers in a second wave: nobody gets a second benefit.
    let again = run(&bank, LI, &["push", "plan", "ST-1"])["plan"].to_string();
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
    apply(&plan).json();
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
