//! Segments by command: counts, versions, frozen lists.

mod chain;
mod support;

use baton::domain::hash::ContentHash;
use baton::store::cluster::ADMIN;
use chain::{number, owner, run, small};
use serde_json::json;
use support::baton;

#[test]
fn a_count_says_of_how_many_and_adds_up_by_unit() {
    let bank = small();
    let count =
        run(&bank, "zhao.viewer", &["segment", "count", "--rule", "aum > 1000.50", "--by", "org"]);
    let expected = bank.sql(
        "zhao.viewer",
        "select count(*), sum(aum) from baton.customer where closed_on is null and aum > 100050",
    );
    assert_eq!(number(&count["count"]).to_string(), expected[0][0]);
    assert_eq!(number(&count["aum"]).to_string(), expected[0][1]);
    assert_eq!((&count["of"], &count["as_of"]), (&json!(991), &json!("2026-11-20")));
    let parts = count["by_org"].as_array().unwrap();
    assert_eq!(parts.len(), 9);
    assert_eq!(parts.iter().map(|p| number(&p["count"])).sum::<i64>(), number(&count["count"]));
    assert_eq!(parts.iter().map(|p| number(&p["aum"])).sum::<i64>(), number(&count["aum"]));

    let nobody = run(&bank, "zhao.viewer", &["segment", "count", "--rule", "false", "--by", "org"]);
    assert_eq!(
        (&nobody["count"], &nobody["aum"], &nobody["of"]),
        (&json!(0), &json!(0), &json!(991))
    );
    assert_eq!(nobody["by_org"], json!([]));
    let plain = run(&bank, "zhao.viewer", &["segment", "count", "--rule", "true"]);
    assert_eq!(plain["count"], 991);
    assert!(plain.get("by_org").is_none());
}

#[test]
fn age_counts_to_the_day_that_the_session_calls_today() {
    let bank = small();
    let count = |day: &str| {
        let args = ["--as-of", day, "segment", "count", "--rule", "age >= 60"];
        number(&run(&bank, "zhao.viewer", &args)["count"])
    };
    for day in ["2026-11-20", "2030-02-28"] {
        let sql = format!(
            "select count(*) from baton.customer where closed_on is null and date_part('year', age('{day}', birth_date)) >= 60"
        );
        assert_eq!(count(day).to_string(), bank.sql("zhao.viewer", &sql)[0][0], "{day}");
    }
    assert!(count("2030-02-28") > count("2026-11-20"));
}

#[test]
fn a_saved_rule_is_kept_in_one_form_and_versioned_when_it_changes() {
    let bank = small();
    let save = |name: &str, rule: &str| {
        run(&bank, "li.strategist", &["segment", "save", "SG-A", "--name", name, "--rule", rule])
    };
    let first = save("甲", "age>=30 AND (aum > 1000.50)");
    assert_eq!(
        first,
        json!({"code": "SG-A", "name": "甲", "version": 1, "rule": "age >= 30 and aum > 1000.5"})
    );
    assert_eq!(save("甲", "age >= 30 and 1000.5 < aum"), first, "the same rule is no new version");
    assert_eq!(save("乙", "age >= 30 and aum > 1000.5")["version"], 2);
    assert_eq!(save("乙", "age >= 31")["version"], 3);
    assert_eq!(run(&bank, "zhao.viewer", &["segment", "show", "SG-A"])["version"], 3);
    let said = baton(&bank).as_("zhao.viewer").args(["segment", "show", "SG-B"]).refused();
    assert!(said.contains("SG-B"), "{said}");
    let save = ["segment", "save", "two words", "--name", "x", "--rule", "true"];
    assert!(baton(&bank).as_("li.strategist").args(save).refused().contains("two words"));
}

#[test]
fn a_snapshots_hash_is_that_of_its_sorted_ids() {
    let bank = small();
    let save = ["segment", "save", "SG-A", "--name", "甲", "--rule", "aum < 1000000"];
    run(&bank, "li.strategist", &save);
    let frozen = run(&bank, "li.strategist", &["segment", "freeze", "SG-A"]);
    let members = bank.sql(
        "zhao.viewer",
        "select customer_id from baton.customer where closed_on is null and aum < 100000000",
    );
    let mut ids: Vec<i64> = members.iter().map(|row| row[0].parse().unwrap()).collect();
    ids.sort_unstable();
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_be_bytes()).collect();
    assert_eq!(frozen["hash"], ContentHash::of(&bytes).to_string());
    assert_eq!(number(&frozen["count"]), i64::try_from(ids.len()).unwrap());
    assert_eq!(
        bank.sql(ADMIN, "select count(*) from baton.member_part"),
        [["0"]],
        "nothing is left on the way"
    );

    owner(&bank, "update baton.customer set closed_on = '2026-11-20' where customer_id = 1");
    let later = run(&bank, "li.strategist", &["segment", "freeze", "SG-A"]);
    assert_eq!(number(&later["count"]), number(&frozen["count"]) - 1);
    let kept = format!(
        "select count(*) from baton.segment_member where snapshot_id = {}",
        frozen["snapshot"]
    );
    assert_eq!(
        bank.sql("zhao.viewer", &kept)[0][0],
        frozen["count"].to_string(),
        "a list stays as it was"
    );
}
