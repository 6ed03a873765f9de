//! The days of a strategy's waves: none is past when a text is saved or submitted, and what was pushed stays.

mod chain;
mod lives;
mod support;

use chain::{owner, run, strategy_file, text};
use lives::{LI, WANG, approve, bank, segment, submitted};
use support::{Bank, baton};

/// Two waves, each on a day; the second's day stands in line 21, column 8.
fn of_days(first: &str, second: &str) -> String {
    format!(
        "{}\n[[wave]]\nname = \"首\"\ndate = {first}\n\n[[wave]]\nname = \"再\"\ndate = {second}\n",
        text("ST-1", "SG-A", "0.1", 7)
    )
}

fn refused(bank: &Bank, lang: &str, args: &[&str]) -> String {
    baton(bank).as_(LI).args(["--lang", lang]).args(args).refused()
}

#[test]
fn a_file_with_a_wave_of_a_past_day_is_refused_at_its_line() {
    let bank = bank();
    segment(&bank);
    let file = strategy_file(&of_days("2026-11-20", "2026-11-19"));
    let new = ["strategy", "new", file.to_str().unwrap()];
    let said = refused(&bank, "en", &new);
    for part in ["wave[2].date", "2026-11-19 is past", "2026-11-20", "line 21, column 8"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = refused(&bank, "zh-CN", &new);
    assert!(said.contains("2026-11-19 已过") && said.contains("第 21 行第 8 列"), "{said}");
    // Which day it is goes by the bank as it is looked at.
    run(&bank, LI, &[&["--as-of", "2026-11-18"], &new[..]].concat());
}

#[test]
fn a_draft_whose_days_have_passed_is_not_submitted() {
    let bank = bank();
    segment(&bank);
    let file = strategy_file(&of_days("2026-11-20", "2026-11-25"));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    owner(&bank, "update baton.bank set as_of = '2026-11-26'");
    let said = refused(&bank, "en", &["strategy", "submit", "ST-1"]);
    assert!(said.contains("wave[1].date") && said.contains("2026-11-26"), "{said}");
}

#[test]
fn a_wave_that_was_pushed_keeps_its_day_while_the_rest_is_edited() {
    let bank = bank();
    segment(&bank);
    let hash = submitted(&bank, LI, &of_days("2026-11-20", "2026-11-25"));
    run(&bank, WANG, &approve(&hash, &[]));
    let plan = run(&bank, LI, &["push", "plan", "ST-1"])["plan"].to_string();
    run(&bank, LI, &["push", "apply", "ST-1", "--plan", &plan]);
    owner(&bank, "update baton.bank set as_of = '2026-11-26'");
    // The second wave was for yesterday: it may still be planned, and the plan says so.
    let late = baton(&bank).as_(LI).args(["--lang", "en", "push", "plan", "ST-1", "--wave", "2"]);
    let late = late.run();
    let said = String::from_utf8(late.stdout).unwrap() + &String::from_utf8(late.stderr).unwrap();
    assert!(late.status.success() && said.contains("2026-11-25, which is past"), "{said}");
    let edit = |first: &str, second: &str| {
        let words = of_days(first, second).replace("代发客户挽回", "改名");
        strategy_file(&words).to_str().unwrap().to_owned()
    };
    let said = refused(&bank, "en", &["strategy", "new", &edit("2026-11-20", "2026-11-25")]);
    assert!(said.contains("wave[2].date"), "only the first was pushed: {said}");
    let saved = run(&bank, LI, &["strategy", "new", &edit("2026-11-20", "2026-11-28")]);
    assert_eq!(saved["version"], 2);
    run(&bank, LI, &["strategy", "submit", "ST-1"]);
}
