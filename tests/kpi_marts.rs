//! Why a metric moved where a mart that customers are told apart by cannot be read: its group is left out and named, all else stays.
#![expect(clippy::disallowed_methods, reason = "tests write manifests")]

mod facts;
mod support;

use facts::{kpi, told};
use serde_json::{Value, json};
use support::Bank;

#[test]
fn a_mart_that_fails_when_it_is_read_leaves_its_group_out_and_is_named() {
    let bank = Bank::demo();
    let owner = |sql: &str| bank.sql("baton_admin", &format!("set role baton_owner; {sql}"));
    owner(
        "create schema mart; grant usage on schema mart to baton_operator;
         create table mart.tags (customer_id bigint primary key, vip bool);
         insert into mart.tags select customer_id, false from baton.customer;
         grant select on mart.tags to baton_operator",
    );
    bank.program("baton_admin")
        .args(["attribute", "map", "vip", "--relation", "mart.tags", "--type", "flag"])
        .args(["--zh", "贵宾", "--en", "VIP"])
        .json();
    let fall = "explain aum --from 2026-09-30 --to 2026-10-31 --org B03";
    let asked = |words: &str| kpi(&bank, &format!("{fall} {words}")).json();
    let whole = asked("");
    assert_eq!(whole["unread"], Value::Null);
    // The catalogue finds nothing wrong with it: it fails on the first row that is read.
    owner(
        "alter table mart.tags rename to tags_before;
         create view mart.tags as select customer_id, 1 / (customer_id - customer_id) > 0 as vip from mart.tags_before;
         grant select on mart.tags to baton_operator",
    );
    let broken = asked("");
    assert_eq!((&broken["sentence"], &broken["who"]), (&whole["sentence"], &whole["who"]));
    assert_eq!(broken["unread"], json!(["vip"]));
    let ranked = asked("--method adtributor");
    let names: Vec<&Value> =
        ranked["dimensions"].as_array().unwrap().iter().map(|d| &d["dimension"]).collect();
    assert!(names.contains(&&json!("payroll")) && !names.contains(&&json!("vip")), "{names:?}");
    assert_eq!(ranked["unread"], json!(["vip"]));
    let told = told(kpi(&bank, fall));
    assert!(told.contains("`vip` cannot be read in its mart"), "{told}");
}

#[test]
fn a_mart_that_broke_takes_nothing_from_why_a_metric_moved() {
    let bank = Bank::demo();
    let owner = |sql: &str| bank.sql("baton_admin", &format!("set role baton_owner; {sql}"));
    owner(
        "create schema mart; grant usage on schema mart to baton_operator;
         create table mart.tags (customer_id bigint primary key, vip bool);
         insert into mart.tags select customer_id, false from baton.customer;
         grant select on mart.tags to baton_operator",
    );
    bank.program("baton_admin")
        .args(["attribute", "map", "vip", "--relation", "mart.tags", "--type", "flag"])
        .args(["--zh", "贵宾", "--en", "VIP"])
        .json();
    let fall = "explain aum --from 2026-09-30 --to 2026-10-31 --org B03";
    let asked = || {
        let found = kpi(&bank, &format!("{fall} --method adtributor")).json();
        let names = found["dimensions"].as_array().unwrap().iter();
        let names: Vec<String> = names.map(|d| d["dimension"].to_string()).collect();
        (names, found["sentence"].clone())
    };
    let (before, sentence) = asked();
    owner("alter table mart.tags rename column vip to very");
    let (after, still) = asked();
    assert!(after.contains(&"\"payroll\"".to_owned()) && after.iter().all(|d| d != "\"vip\""));
    assert_eq!(still, sentence, "{before:?}");
}
