//! Grids, overlaps and portraits on a real bank: they add up, whatever its records are like.

mod chain;
mod support;

use chain::{number, run};
use serde_json::Value;
use support::Bank;

#[test]
fn a_real_banks_segments_split_without_a_rest() {
    let Some(bank) = Bank::berka() else { return };
    let li = "li.strategist";
    let attributes = bank.sql(li, "select code, type from baton.attribute order by code");
    assert!(attributes.len() > 5, "{attributes:?}");
    let rules = ["true", "aum > 20000", "gender = 'F' and age between 30 and 60"];
    let mut codes = Vec::new();
    for (n, rule) in rules.iter().enumerate() {
        let code = format!("SG-{n}");
        run(&bank, li, &["segment", "save", &code, "--name", "x", "--rule", rule]);
        codes.push(code);
    }
    // Every attribute by itself, and neighbours together.
    let names: Vec<String> = attributes.iter().map(|row| format!("\"{}\"", row[0])).collect();
    let fixed = ["tier", "age", "gender", "opened_on", "org", "aum"].map(str::to_owned);
    let all: Vec<String> = names.into_iter().chain(fixed).collect();
    let mut asked: Vec<String> = all.clone();
    asked.extend(all.windows(2).step_by(2).map(|pair| pair.join(",")));
    let mut exact = 0;
    for (n, by) in asked.iter().enumerate() {
        let (code, rule) = (&codes[n % codes.len()], rules[n % rules.len()]);
        let grid = run(&bank, li, &["segment", "grid", code, "--by", by]);
        let cells = grid["cells"].as_array().unwrap();
        let whole = run(&bank, li, &["segment", "count", "--rule", rule]);
        let customers: i64 = cells.iter().map(|cell| number(&cell["count"])).sum();
        assert_eq!(customers, number(&whole["count"]), "{by}");
        // Cells of fewer than ten tell their count alone; where there are none, the money adds up.
        let (small, large): (Vec<&Value>, Vec<&Value>) =
            cells.iter().partition(|cell| cell["aum"].is_null());
        assert!(small.iter().all(|cell| number(&cell["count"]) < 10), "{by}");
        if small.is_empty() {
            let aum: i64 = large.iter().map(|cell| number(&cell["aum"])).sum();
            assert_eq!(aum, number(&whole["aum"]), "{by}");
            exact += 1;
        }
        let cell = &cells[n % cells.len()];
        let found = run(&bank, li, &["segment", "count", "--rule", cell["rule"].as_str().unwrap()]);
        assert_eq!(found["count"], cell["count"], "{by}: {}", cell["rule"]);
        if !cell["aum"].is_null() {
            assert_eq!(found["aum"], cell["aum"], "{by}: {}", cell["rule"]);
        }
    }
    assert!(exact > 5, "{exact} of {} add up in money", asked.len());
    let overlap = run(&bank, li, &["segment", "overlap", &codes[0], &codes[1], &codes[2]]);
    for (i, rule) in rules.iter().enumerate() {
        let whole = run(&bank, li, &["segment", "count", "--rule", rule]);
        assert_eq!(overlap["matrix"][i][i], whole["count"]);
        assert_eq!(overlap["matrix"][0][i], whole["count"], "all are in the first");
    }
    let portrait = run(&bank, li, &["segment", "portrait", &codes[2]]);
    let women = portrait["traits"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["rule"] == "gender = 'F'")
        .unwrap();
    assert_eq!(women["share"], 1.0);
    let of = bank
        .sql(li, "select count(*) from baton.customer where closed_on is null and gender = 'F'");
    assert_eq!(women["of"].to_string(), of[0][0]);
}
