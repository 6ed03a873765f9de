//! Findings by command: how large they are and in what, of what they were noted, and that a metric was defined anew since.

mod support;

use serde_json::{Value, json};
use support::{Bank, Baton, baton};

fn new(bank: &Bank, words: &str) -> Baton {
    baton(bank).args(["--lang", "en", "finding", "new", "seen"]).args(words.split_whitespace())
}

#[test]
fn a_size_is_what_it_is_counted_in_or_nothing() {
    let bank = Bank::demo();
    let noted = |words: &str| {
        let row = new(&bank, &format!("--org B03 --day 2026-10-31 {words}")).json();
        (row["size"].clone(), row["unit"].clone())
    };
    let refused =
        |words: &str| new(&bank, &format!("--org B03 --day 2026-10-31 {words}")).refused();
    assert_eq!(noted(""), (Value::Null, json!("unmeasured")));
    assert_eq!(noted("--size 2.5 --unit points"), (json!(25_000), json!("points")));
    assert_eq!(noted("--size -3 --unit points"), (json!(-30_000), json!("points")));
    assert_eq!(noted("--size 120 --unit customers"), (json!(120), json!("customers")));
    for unit in ["points", "customers", "money"] {
        let said = refused(&format!("--unit {unit}"));
        assert!(said.contains(unit) && said.contains("--size"), "{said}");
    }
    let said = refused("--size 2.55 --unit points");
    assert!(said.contains("2.55") && said.contains("one decimal at most"), "{said}");
    let said = refused("--size 2.5 --unit customers");
    assert!(said.contains("2.5") && said.contains("whole number"), "{said}");
    let list = baton(&bank).args(["--lang", "zh-CN", "finding", "list"]).run();
    assert!(String::from_utf8_lossy(&list.stdout).contains("未测到"), "{list:?}");
    // The wall: what was not measured has no size.
    let sql = "select baton.finding_new(null, 'HQ', null, null, '2026-10-31', 5, 'unmeasured', 't', null)";
    assert_eq!(bank.refuses("li.strategist", sql), "finding_unmeasured");
}

#[test]
fn of_a_day_that_has_not_come_nothing_was_found() {
    let bank = Bank::demo();
    for days in ["--day 2026-11-01", "--day 2030-01-01 --metric aum --org B03"] {
        let said = new(&bank, days).refused();
        assert!(said.contains("the bank's day is 2026-10-31"), "{said}");
    }
    new(&bank, "--day 2026-10-31").json();
    let sql = "select baton.finding_new(null, 'HQ', null, '2026-11-02', '2026-11-02', 0, 'unmeasured', 't', null)";
    assert_eq!(bank.refuses("li.strategist", sql), "finding_to_come");
}

#[test]
fn of_a_day_before_the_first_fact_nothing_was_found() {
    let bank = Bank::demo();
    let first = "select min(day), min(day) - 1 from baton.fact_sheet where metric = 'aum'";
    let days = bank.sql("zhao.viewer", first).remove(0);
    for (lang, said) in [("en", "the facts of `aum` begin on"), ("zh-CN", "`aum` 的数据始于")]
    {
        let words = ["finding", "new", "seen", "--metric", "aum", "--day", days[1].as_str()];
        let refused = baton(&bank).args(["--lang", lang]).args(words).refused();
        assert!(refused.contains(&format!("{said} {}", days[0])), "{refused}");
    }
    let day = days[1].as_str();
    let wall = |metric: &str| {
        let call = format!(
            "select baton.finding_new('{metric}', 'HQ', null, null, '{day}', 0, 'unmeasured', 't', null)"
        );
        bank.refuses("li.strategist", &call)
    };
    // One that is made of others has no facts of its own, and begins with the bank's first.
    assert_eq!([wall("aum"), wall("close_rate")], ["finding_before_facts"; 2]);
    new(&bank, &format!("--metric aum --day {}", days[0])).json();
    new(&bank, &format!("--day {day}")).json();
}

#[test]
fn a_change_taken_apart_without_a_part_ends_with_no_colon() {
    let bank = Bank::demo();
    let words = "--metric aum --from 2026-09-30 --day 2026-10-31 --by org";
    new(&bank, words).json();
    let list = baton(&bank).args(["--lang", "en", "finding", "list"]).run();
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    assert!(list.contains("HQ by org ") && !list.contains("by org:"), "{list}");
}

#[test]
fn a_metric_that_was_defined_anew_is_said_and_the_values_stand() {
    let bank = Bank::demo();
    let row = new(&bank, "--metric aum --from 2026-09-30 --day 2026-10-31 --org B03").json();
    let of = |row: &Value| row["metric_version"].as_i64().unwrap();
    assert_eq!(row["defined_anew"], Value::Null);
    let define = ["kpi", "define", "aum", "--definition", "不含托管", "--owner", "财务部"];
    baton(&bank).args(define).json();
    let rows = baton(&bank).args(["finding", "list"]).json();
    let anew =
        rows.as_array().unwrap().iter().find(|one| one["finding"] == row["finding"]).unwrap();
    assert_eq!(anew["defined_anew"], of(&row) + 1);
    assert_eq!((&anew["size"], of(anew)), (&row["size"], of(&row)));
    for (lang, said) in [("en", "defined anew since"), ("zh-CN", "口径已重新定义")] {
        let list = baton(&bank).args(["--lang", lang, "finding", "list"]).run();
        assert!(String::from_utf8_lossy(&list.stdout).contains(said), "{list:?}");
    }
    // One that is noted now is of the new one.
    let row = new(&bank, "--metric aum --from 2026-09-30 --day 2026-10-31 --org B03").json();
    assert_eq!(row["defined_anew"], Value::Null);
}
