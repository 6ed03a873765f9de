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
