//! What an operator of one unit is told of metrics: figures of every unit, for those are no customer's record, and of customers
//! only of his own; what he may not see is told apart from what is in nobody's record.
#![expect(clippy::disallowed_methods, reason = "tests write manifests")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod facts;
mod support;

use baton::store::cluster::ADMIN;
use facts::kpi;
use serde_json::{Value, json};
use support::{Bank, baton};

const FALL: &str = "explain aum --from 2026-09-30 --to 2026-10-31 --org B03";

/// An operator of one sub-branch of the branch that lost, and one of its RMs.
fn bank() -> Bank {
    let bank = Bank::demo();
    bank.operator("sun.auditor", "strategist", Some("B0301"));
    bank
}

fn rm(bank: &Bank) -> String {
    let sql = "select s.code from baton.staff s join baton.org_unit u on u.id = s.org_id
               where u.code = 'B0301' and s.closed_on is null order by 1 limit 1";
    let staff = bank.sql("baton_internal", sql)[0][0].clone();
    let add = ["operator", "add", "wang.approver", "--duty", "branch", "--staff", &staff];
    bank.program(ADMIN).args(add).json();
    "wang.approver".to_owned()
}

fn sum(answer: &Value) -> i64 {
    answer["effects"].as_array().unwrap().iter().map(|e| e["effect"].as_i64().unwrap()).sum()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

#[test]
fn what_is_not_yours_to_see_is_told_apart_from_what_is_in_no_record() {
    let bank = bank();
    let by = format!("{FALL} --by attribute:payroll");
    let as_of = |who: &str| kpi(&bank, &by).args(["--lang", "en"]).as_(who);
    let all = kpi(&bank, &by).json();
    assert_eq!(all["unseen"], Value::Null, "who sees all has nothing left to see");
    let own = as_of("sun.auditor").json();
    // By the facts of the other sub-branches of the branch.
    let others = "select sum(f.value * case when f.day = '2026-10-31' then 1 else -1 end)::bigint
        from baton.metric_fact f join baton.org_unit u on u.id = f.org_id
        where f.metric = 'aum' and f.day in ('2026-09-30', '2026-10-31') and u.code <> 'B0301'
          and u.path @> array[(select id from baton.org_unit where code = 'B03')]";
    let others: i64 = bank.sql("zhao.viewer", others)[0][0].parse().unwrap();
    assert_eq!(own["unseen"], json!({ "effect": others, "of": "units" }), "{own}");
    let whole = sum(&own) + others + number(&own["residual"]);
    assert_eq!(whole, number(&own["change"]));
    // His own units' groups are those that they come to by themselves, and so is what is in no record.
    let unit = kpi(&bank, &by.replace("B03", "B0301")).as_("sun.auditor").json();
    assert_eq!(unit["unseen"], Value::Null);
    assert_eq!((&own["effects"], &own["residual"]), (&unit["effects"], &unit["residual"]));
    let sentence = own["sentence"].as_str().unwrap();
    assert!(sentence.contains("whose customers are not yours to see"), "{sentence}");
    assert_eq!(own["groups_unseen"], true);
    let table =
        kpi(&bank, &by).args(["--lang", "en", "--format", "table"]).as_("sun.auditor").run();
    let (shown, said) =
        (String::from_utf8(table.stdout).unwrap(), String::from_utf8(table.stderr).unwrap());
    assert!(shown.contains("not yours to see"), "{shown}");
    assert!(number(&own["residual"]) == 0 || shown.contains("in no customer's record"), "{shown}");
    assert!(said.contains("no group of customers is named"), "{said}");
    let zh = kpi(&bank, &by).args(["--lang", "zh-CN"]).as_("sun.auditor").json();
    assert!(zh["sentence"].as_str().unwrap().contains("您无权查看其客户的机构"), "{zh}");
    // Another's branch has nothing of his at all.
    let strange = kpi(&bank, &by.replace("B03", "B01")).as_("sun.auditor").json();
    assert_eq!((sum(&strange), &strange["residual"]), (0, &json!(0)));
    assert_eq!(strange["unseen"]["effect"], strange["change"]);
}

#[test]
fn of_an_rm_the_two_cannot_be_told_apart_and_that_is_said() {
    let bank = bank();
    let rm = rm(&bank);
    let by = format!("{FALL} --by attribute:payroll").replace("B03", "B0301");
    let own = kpi(&bank, &by).args(["--lang", "en"]).as_(&rm).json();
    assert_eq!((&own["unseen"]["of"], &own["residual"]), (&json!("customers"), &json!(0)));
    assert_eq!(sum(&own) + number(&own["unseen"]["effect"]), number(&own["change"]));
    assert_ne!(own["unseen"]["effect"], json!(0), "he has a part of the customers");
    let sentence = own["sentence"].as_str().unwrap();
    assert!(sentence.contains("or in no customer's record"), "{sentence}");
    let found = kpi(&bank, &format!("{FALL} --method adtributor")).as_(&rm).json();
    let names = found["dimensions"].as_array().unwrap().iter().map(|d| d["dimension"].as_str());
    assert!(names.flatten().all(|name| ["org", "unit"].contains(&name)), "{found}");
}

/// Figures of units are what the bank steers by, and peers are ranked among all of it: whoever may log in sees them all.
#[test]
fn figures_of_units_are_shown_to_everybody_and_records_only_of_ones_own() {
    let bank = bank();
    let rm = rm(&bank);
    kpi(&bank, "alerts new AL --name n --metric aum --kind change --below -0.015").json();
    baton(&bank).args(["worker", "--once"]).json();
    for words in [
        "tree --org B01",
        "show aum --org B03",
        "grid --metric aum --kind subbranch",
        "explain aum --from 2026-09-30 --to 2026-10-31 --by factor+org",
        "alerts hits AL",
        "targets check",
    ] {
        let mut all = kpi(&bank, words).json();
        for who in ["sun.auditor", rm.as_str()] {
            let mut own = kpi(&bank, words).as_(who).json();
            // Who explains a change names a group of customers to those alone who see all of them.
            for answer in [&mut all, &mut own].into_iter().filter_map(Value::as_object_mut) {
                for told in ["sentence", "who", "groups_unseen"] {
                    answer.remove(told);
                }
            }
            assert_eq!(own, all, "{words} as {who}");
        }
    }
    let customers = |who: &str| bank.sql(who, "select count(*) from baton.customer")[0][0].clone();
    let seen: Vec<i64> = ["zhao.viewer", "sun.auditor", rm.as_str()]
        .map(|who| customers(who).parse().unwrap())
        .into();
    assert!(seen[0] > seen[1] && seen[1] > seen[2] && seen[2] > 0, "{seen:?}");
}

#[test]
fn a_change_is_split_over_the_members_of_a_segment_and_the_others() {
    let bank = Bank::demo();
    let none = kpi(&bank, &format!("{FALL} --by segment")).refused();
    let save = |code: &str, rule: &str| {
        baton(&bank).args(["segment", "save", code, "--name", "p", "--rule", rule]).json();
    };
    save("SG-P", "payroll and age between 30 and 45");
    save("SG-OLD", "age >= 60");
    let named = kpi(&bank, &format!("{FALL} --by segment:SG-P")).json();
    let apart = kpi(&bank, &format!("{FALL} --by segment --segment SG-P")).json();
    assert_eq!(apart, named);
    assert_eq!(sum(&named) + number(&named["residual"]), number(&named["change"]));
    assert_eq!(named["effects"].as_array().unwrap().len(), 2, "members and others: {named}");
    let which = kpi(&bank, &format!("{FALL} --by segment")).args(["--lang", "en"]).refused();
    assert!(which.contains("SG-OLD, SG-P") && which.contains("--by segment:SG-OLD"), "{which}");
    assert_ne!(which, none, "before there was none to name");
    let other = kpi(&bank, &format!("{FALL} --by org --segment SG-P")).args(["--lang", "en"]);
    assert!(other.refused().contains("--by segment"));
    assert!(kpi(&bank, &format!("{FALL} --by segment --segment SG-X")).refused().contains("SG-X"));
}
