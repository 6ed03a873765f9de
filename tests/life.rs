//! A strategy before it is pushed: sent back, approved by one or two, and in whose name.

mod chain;
mod lives;
mod support;

use baton::store::cluster::ADMIN;
use chain::{owner, run, strategy_file, text};
use lives::{
    LI, NAN, SUN, WANG, ZHAO, approve, bank, clock, policy, refused, segment, show, submitted,
};
use serde_json::Value;
use support::baton;

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

/// The limit is reached only after the first approval: the push waits, and who may give the second is told of it.
#[test]
fn a_second_approval_that_a_push_waits_for_waits_for_somebody() {
    let bank = bank();
    segment(&bank);
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    run(&bank, WANG, &approve(&hash, &[]));
    let waits = |who: &str| {
        let work = run(&bank, who, &["worklist"]);
        work.as_array()
            .unwrap()
            .iter()
            .any(|row| row["work"] == "approve" && row["subject"] == "ST-1 v1")
    };
    assert!(!waits(ZHAO), "one is enough");
    policy(&bank, "two_levels_from_customers", "1");
    assert_eq!((waits(ZHAO), waits(WANG), waits(LI)), (true, false, false));
    // The plan says it before the push is refused for it.
    let plan = run(&bank, LI, &["push", "plan", "ST-1"]);
    assert_eq!(plan["refused"], true);
    let said = baton(&bank).as_(LI).args(["--lang", "en", "push", "plan", "ST-1"]).run();
    let said = String::from_utf8(said.stdout).unwrap() + &String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("needs a second approval"), "{said}");
    run(&bank, ZHAO, &approve(&hash, &[]));
    assert!(!waits(ZHAO));
    let plan = run(&bank, LI, &["push", "plan", "ST-1"]);
    assert_eq!(plan["refused"], false);
    // What is with the branches waits for no push, unless a wave of it is due.
    run(&bank, LI, &["push", "apply", "ST-1", "--plan", &plan["plan"].to_string()]);
    assert!(!waits(ZHAO) && !waits(WANG));
}
