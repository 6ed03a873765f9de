//! Whose hands a text is in: nobody sends his own back in an approver's name, what stands in somebody's way is known beforehand, and delegations
//! are of days to come and entered once.

mod chain;
mod lives;
mod support;

use baton::store::cluster::ADMIN;
use chain::{run, text};
use lives::{
    LI, NAN, SUN, WANG, ZHAO, approve, bank, clock, policy, refused, segment, show, submitted,
};
use serde_json::Value;
use support::{Bank, baton};

fn back(hash: &str) -> Vec<&str> {
    vec!["strategy", "send-back", "ST-1", "--hash", hash, "--comment", "own"]
}

fn delegate(bank: &Bank, from: &str, to: &str, days: (&str, &str)) -> Value {
    run(bank, from, &["operator", "delegate", to, "--from", days.0, "--until", days.1])
}

/// What the database says stands in his way.
fn bar(bank: &Bank, who: &str, version: i32) -> String {
    let sql = format!("select coalesce(baton.approval_bar('ST-1', {version}), '-')");
    bank.sql(who, &sql)[0][0].clone()
}

#[test]
fn nobody_sends_his_own_text_back_in_an_approvers_name() {
    let bank = bank();
    segment(&bank);
    let today = clock(&bank, 0);
    let words = text("ST-1", "SG-A", "0.1", 1);
    let hash = submitted(&bank, LI, &words);
    // The author as a delegate.
    delegate(&bank, WANG, LI, (&today, &today));
    let said = refused(&bank, LI, &back(&hash));
    assert!(said.contains("another person sends it back"), "{said}");
    let zh = baton(&bank).as_(LI).args(back(&hash)).args(["--lang", "zh-CN"]).refused();
    assert!(zh.contains("须由他人退回"), "{zh}");
    let sql =
        format!("select baton.strategy_send_back('ST-1', decode('{hash}', 'hex'), 'x', '{WANG}')");
    assert_eq!(bank.refuses(LI, &sql), "send_back_not_by_writer");
    assert_eq!(bar(&bank, LI, 1), "writer");
    // The same person under a second login.
    for name in [LI, ZHAO] {
        bank.program(ADMIN).args(["operator", "person", name, "P002"]).json();
    }
    assert!(refused(&bank, ZHAO, &back(&hash)).contains("another person sends it back"));
    assert_eq!(bar(&bank, ZHAO, 1), "writer");
    // A delegate of one who wrote it.
    delegate(&bank, ZHAO, NAN, (&today, &today));
    assert!(refused(&bank, NAN, &back(&hash)).contains("another person sends it back"));
    assert_eq!(bar(&bank, NAN, 1), "name_writer");
    // The owner, too, meets the wall.
    let insert = format!(
        "set role baton_owner; insert into baton.send_back (strategy, version, hash, comment, sent_by, stands_for)
         values ('ST-1', 1, decode('{hash}', 'hex'), 'x', '{ZHAO}', '{ZHAO}')"
    );
    assert_eq!(bank.refuses(ADMIN, &insert), "send_back_not_by_writer");
    assert_eq!(show(&bank, "ST-1")["state"], "submitted");
    // Who may, does; and the record says in whose name.
    delegate(&bank, WANG, SUN, (&today, &today));
    assert_eq!(bar(&bank, SUN, 1), "-");
    let sent = run(&bank, SUN, &back(&hash));
    assert_eq!(
        (&sent["state"], &sent["sent_back"]["by"], &sent["sent_back"]["stands_for"]),
        (&"sent_back".into(), &SUN.into(), &WANG.into())
    );
    let shown = baton(&bank).as_(LI).args(["--lang", "en", "strategy", "show", "ST-1"]).run();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&format!("{SUN} for {WANG}")), "{shown}");
}

#[test]
fn what_stands_in_the_way_of_an_approval_is_known_before_it_is_tried() {
    let bank = bank();
    segment(&bank);
    policy(&bank, "two_levels_from_customers", "1");
    bank.operator(SUN, "approver", None);
    let today = clock(&bank, 0);
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    // First one, then, of two who have delegated, the one who has not spoken.
    delegate(&bank, WANG, NAN, (&today, &today));
    assert_eq!(bar(&bank, NAN, 1), "-");
    run(&bank, WANG, &approve(&hash, &[]));
    assert_eq!((bar(&bank, WANG, 1), bar(&bank, NAN, 1)), ("spoke".into(), "name_spoke".into()));
    assert!(refused(&bank, NAN, &approve(&hash, &[])).contains("second approval"));
    delegate(&bank, ZHAO, NAN, (&today, &today));
    assert_eq!(bar(&bank, NAN, 1), "-");
    let done = run(&bank, NAN, &approve(&hash, &[]));
    assert_eq!(done["state"], "approved");
    assert_eq!(done["approvals"][1]["stands_for"], ZHAO);
    // In whose name it was given has spoken, too.
    assert_eq!(bar(&bank, ZHAO, 1), "spoke");
    assert_eq!(bar(&bank, SUN, 1), "-");
    // A viewer's want of the duty is no bar of his own.
    assert_eq!(bar(&bank, ADMIN, 1), "-");
}

#[test]
fn what_was_approved_lawfully_does_not_look_half_given() {
    let bank = bank();
    segment(&bank);
    let hash = submitted(&bank, LI, &text("ST-1", "SG-A", "0.1", 1));
    run(&bank, WANG, &approve(&hash, &[]));
    let shown = || {
        let shown = baton(&bank).as_(LI).args(["--lang", "en", "strategy", "show", "ST-1"]).run();
        String::from_utf8(shown.stdout).unwrap()
    };
    assert!(shown().contains("1 of 1"));
    policy(&bank, "two_levels_from_customers", "1");
    assert!(!shown().contains("1 of 2"), "{}", shown());
    assert!(shown().contains("the next push needs one more"), "{}", shown());
    run(&bank, ZHAO, &approve(&hash, &[]));
    assert!(shown().contains("2 of 2"), "{}", shown());
}

#[test]
fn a_delegation_is_of_days_to_come_and_entered_once() {
    let bank = bank();
    let (before, yesterday, today) = (clock(&bank, -7), clock(&bank, -1), clock(&bank, 0));
    let past = ["operator", "delegate", NAN, "--from", &before, "--until", &yesterday];
    assert!(refused(&bank, WANG, &past).contains("is past already"));
    let zh = baton(&bank).as_(WANG).args(past).args(["--lang", "zh-CN"]).refused();
    assert!(zh.contains("授权末日已过"), "{zh}");
    let sql = format!("select baton.delegate('{NAN}', '{before}', '{yesterday}')");
    assert_eq!(bank.refuses(WANG, &sql), "delegation_past");
    let by_owner =
        ["operator", "delegate", NAN, "--from", &before, "--until", &yesterday, "--for", WANG];
    assert!(bank.program(ADMIN).args(by_owner).refused().contains("is past already"));
    // One that has begun already is none of the past, and twice it is one.
    let one = delegate(&bank, WANG, NAN, (&before, &today));
    let two = delegate(&bank, WANG, NAN, (&before, &today));
    assert_eq!(one["id"], two["id"]);
    let count = "select count(*), count(*) filter (where ended_at is null) from baton.delegation";
    assert_eq!(bank.sql(LI, count), [["1", "1"]]);
    let audited = "select count(*) from baton.audit where action = 'approval.delegate'";
    assert_eq!(bank.sql(LI, audited), [["1"]]);
    // Ended it is over, and can be given anew.
    run(&bank, WANG, &["operator", "end-delegation", &one["id"].to_string()]);
    assert_ne!(delegate(&bank, WANG, NAN, (&before, &today))["id"], one["id"]);
}
