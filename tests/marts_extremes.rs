//! A bank's own mart may hold what no rule can count with: a day without end, amounts at the end of their range. One such row
//! takes nothing from the others.

mod chain;
mod support;

use chain::{owner, run, small};
use serde_json::{Value, json};
use support::Bank;

const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";
const RM: &str = "nancheng.rm";

fn mart() -> Bank {
    let bank = small();
    owner(
        &bank,
        "create schema mart;
         create table mart.tags (customer_id bigint primary key, due date, bal bigint, kind text);
         insert into mart.tags select g, case g when 1 then 'infinity' when 2 then '-infinity' when 3 then '5874897-12-31'
                 else date '2026-06-01' - (g % 10)::int end,
             case when g <= 20 then 9223372036854775807 else g end, case when g % 2 = 0 then 'a' else 'b' end
             from generate_series(1, 600) g;
         grant usage on schema mart to baton_operator; grant select on mart.tags to baton_operator",
    );
    for (code, kind) in [("due", "date"), ("bal", "money"), ("kind", "category")] {
        let named = ["--type", kind, "--zh", "甲", "--en", "A"];
        let map = ["attribute", "map", code, "--relation", "mart.tags"];
        bank.program("baton_admin").args(map).args(named).json();
    }
    bank
}

#[test]
fn a_day_without_end_is_unknown_where_a_rule_counts_with_it_and_what_it_is_where_it_compares() {
    let bank = mart();
    let count = |rule: &str| run(&bank, LI, &["segment", "count", "--rule", rule])["count"].clone();
    let far = "due is not null";
    let known = count(far).as_i64().unwrap();
    assert_eq!(count("today - due >= 0"), json!(known - 3), "the three are unknown");
    assert_eq!(count("not today - due >= 0"), json!(0));
    assert_eq!(count("due - due = 0"), json!(known - 3));
    assert_eq!(count("due + 10 > '2026-01-01'"), json!(known - 3));
    assert_eq!(count("due > '9999-01-01'"), json!(2), "without end, and the calendar's last day");
    // What keeps such a rule, and asks of him who has it, goes on.
    let rule = "today - due >= 0";
    run(&bank, LI, &["segment", "save", "INF", "--name", "a", "--rule", rule]);
    run(&bank, LI, &["segment", "freeze", "INF"]);
    run(&bank, LI, &["segment", "portrait", "INF"]);
    let told = run(&bank, LI, &["segment", "explain", "INF", "--customer", "1"]);
    assert_eq!((&told["member"], &told["leaves"][0]["holds"]), (&json!(false), &Value::Null));
    let shown = run(&bank, LI, &["attribute", "show", "due"]);
    assert_eq!((&shown["min"], &shown["max"]), (&json!("-infinity"), &json!("infinity")));
}

/// A mart whose numbers are no numbers for seven customers, and beyond what a rule can say for four.
fn odd_numbers() -> Bank {
    let bank = mart();
    owner(
        &bank,
        "alter table mart.tags add score numeric;
         update mart.tags set score = case when customer_id <= 3 then 'NaN' when customer_id <= 5 then 'Infinity'
             when customer_id <= 7 then '-Infinity' when customer_id <= 11 then 1e60 when customer_id > 590 then null
             else customer_id % 50 + 0.5 end;
         grant select on mart.tags to baton_operator",
    );
    let named = ["--type", "number", "--zh", "评分", "--en", "Score"];
    let map = ["attribute", "map", "score", "--relation", "mart.tags"];
    bank.program("baton_admin").args(map).args(named).json();
    bank
}

#[test]
fn what_is_no_number_is_unknown_wherever_it_is_asked_for() {
    let bank = odd_numbers();
    let count = |rule: &str| {
        let asked = run(&bank, LI, &["segment", "count", "--rule", rule]);
        asked["count"].as_i64().unwrap()
    };
    let all = count("true");
    let known = count("score is not null");
    assert_eq!(count("score is null"), all - known);
    let open = |more: &str| {
        let asked = format!(
            "select count(*) from mart.tags t join baton.customer c using (customer_id)
             where c.closed_on is null and {more}"
        );
        bank.sql("baton_admin", &asked)[0][0].parse::<i64>().unwrap()
    };
    let odd = open("t.score in ('NaN', 'Infinity', '-Infinity')");
    assert!(odd > 0);
    assert_eq!(known, open("t.score is not null") - odd);
    for rule in [
        "score >= 0",
        "score < 10",
        "score * 2 > 30",
        "score between 1 and 20",
        "score in (1.5, 2.5)",
    ] {
        let unknown = all - count(rule) - count(&format!("not ({rule})"));
        assert_eq!(unknown, all - known, "{rule}");
    }
    assert_eq!(count("score > 1000"), open("t.score = 1e60"), "an end of the range is none");

    let shown = run(&bank, LI, &["attribute", "show", "score"]);
    assert_eq!((&shown["customers"], &shown["not_numbers"]), (&json!(known), &json!(odd)));
    assert_eq!(shown["min"], json!(0.5));
    let told = |lang: &str| {
        let args = ["--lang", lang, "attribute", "show", "score"];
        String::from_utf8(support::baton(&bank).as_(LI).args(args).run().stdout).unwrap()
    };
    assert!(told("en").contains("taken as unknown"), "{}", told("en"));
    assert!(told("zh-CN").contains("按未知处理"), "{}", told("zh-CN"));
    // Measured once more, and when there is none any more.
    bank.program("baton_admin").args(["attribute", "refresh"]).json();
    assert_eq!(run(&bank, LI, &["attribute", "show", "score"])["not_numbers"], json!(odd));
    owner(&bank, "update mart.tags set score = null where customer_id <= 7");
    bank.program("baton_admin").args(["attribute", "refresh"]).json();
    assert_eq!(run(&bank, LI, &["attribute", "show", "score"])["not_numbers"], json!(0));
}

#[test]
fn every_cell_and_every_trait_is_a_rule_that_finds_as_many() {
    let bank = odd_numbers();
    // Most days are without end, so that a border of the ranges would be.
    owner(&bank, "update mart.tags set due = 'infinity' where customer_id % 3 = 0");
    let found = |rule: &str| run(&bank, LI, &["segment", "count", "--rule", rule])["count"].clone();
    for by in ["score", "due", "bal"] {
        let grid = ["segment", "grid", "--rule", "true", "--by", by, "--metric", "score"];
        let cells = run(&bank, LI, &grid)["cells"].clone();
        let cells = cells.as_array().unwrap();
        assert!(cells.len() > 2, "{by}: {cells:?}");
        for cell in cells {
            let rule = cell["rule"].as_str().unwrap();
            assert_eq!(found(rule), cell["count"], "{rule}");
            let sum = cell["metric"]["sum"].to_string();
            assert!(!sum.contains("NaN") && !sum.contains("nfinity"), "{sum}");
        }
    }
    run(&bank, LI, &["segment", "save", "ODD", "--name", "a", "--rule", "bal > 0"]);
    let portrait = run(&bank, LI, &["segment", "portrait", "ODD"]);
    let traits = portrait["traits"].as_array().unwrap();
    for one in
        traits.iter().filter(|one| ["score", "due"].contains(&one["attribute"].as_str().unwrap()))
    {
        let rule = one["rule"].as_str().unwrap();
        assert_eq!(found(rule), one["of"], "{rule}");
    }
}

#[test]
fn a_sum_beyond_any_amount_stands_in_major_units_like_its_neighbours() {
    let bank = mart();
    let grid = ["segment", "grid", "--rule", "bal > 0", "--by", "kind", "--metric", "bal"];
    let cells = run(&bank, LI, &grid)["cells"].clone();
    let sums: Vec<String> =
        cells.as_array().unwrap().iter().map(|c| c["metric"]["sum"].to_string()).collect();
    // Ten of each kind at the end of the range, and the rest.
    let whole: i128 = 10 * i128::from(i64::MAX);
    for sum in &sums {
        let major: f64 = sum.trim_matches('"').parse().unwrap();
        #[expect(clippy::cast_precision_loss, reason = "to three digits")]
        let expected = whole as f64 / 100.0;
        assert!((major / expected - 1.0).abs() < 0.001, "{sums:?}");
    }
}

#[test]
fn an_rm_is_told_that_he_sees_his_own_customers() {
    let bank = small();
    let add = ["operator", "add", RM, "--duty", "branch", "--org", "S1", "--staff", "R9"];
    owner(
        &bank,
        "update baton.staff set name = '钱七', org_id = (select u.id from baton.org_unit u where u.code = 'S1') where code = 'R9';
         update baton.customer c set rm_id = s.id from baton.staff s where s.code = 'R9' and c.org_id = s.org_id and c.customer_id % 3 = 0",
    );
    bank.program("baton_admin").args(add).json();
    let own = run(&bank, RM, &["segment", "count", "--rule", "aum >= 0"]);
    assert_eq!(own["scope"], "R9");
    let said = support::baton(&bank)
        .as_(RM)
        .args(["--lang", "en", "segment", "count", "--rule", "aum >= 0"])
        .run();
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.contains("only your own customers (钱七)"), "{said}");
    // The length of a list is that of what its reader sees.
    run(&bank, LI, &["segment", "save", "A", "--name", "a", "--rule", "aum >= 0"]);
    let snapshot = run(&bank, LI, &["segment", "freeze", "A"])["snapshot"].to_string();
    bank.operator("nancheng.branch", "branch", Some("S1"));
    let whole = run(&bank, ZHAO, &["members", "snapshot", &snapshot])["count"].as_i64().unwrap();
    let seen = run(&bank, "nancheng.branch", &["members", "snapshot", &snapshot])["count"]
        .as_i64()
        .unwrap();
    assert!(0 < seen && seen < whole, "{seen} of {whole}");
}
