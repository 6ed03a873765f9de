//! What a grid tells of a number, an amount or a flag, and how values are named: held against plain SQL.

mod chain;
mod support;

use chain::{owner, run, with_attributes};
use serde_json::json;
use support::baton;

const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";

/// Sums are exact, amounts in minor units; a flag's mean is a share of those of whom it is known.
#[test]
fn a_number_an_amount_or_a_flag_is_summed_per_cell() {
    let bank = with_attributes();
    let grid = |metric: &str| {
        run(&bank, ZHAO, &["segment", "grid", "--rule", "true", "--by", "job", "--metric", metric])
    };
    for (metric, sql) in [
        ("spent", "count(spent), sum(spent), round(avg(spent))"),
        ("score", "count(score), sum(score), round(avg(score), 6)"),
        ("vip", "count(vip), count(*) filter (where vip), round(avg(vip::int), 6)"),
        ("aum", "count(aum), sum(aum), round(avg(aum))"),
    ] {
        let grid = grid(metric);
        assert_eq!(grid["metric"], metric);
        for (at, value) in grid["axes"][0]["bins"].as_array().unwrap().iter().enumerate() {
            let job = value.as_str().map_or("job is null".to_owned(), |job| {
                format!("job = '{}'", job.replace('\'', "''"))
            });
            let sql = format!(
                "select {sql} from baton.customer c left join baton.attr_1 a using (customer_id) where closed_on is null and {job}"
            );
            let cells = grid["cells"].as_array().unwrap();
            let cell = cells.iter().find(|cell| cell["at"] == json!([at])).unwrap();
            let row = &bank.sql(ZHAO, &sql)[0];
            let figures = ["known", "sum", "mean"].map(|key| cell["metric"][key].clone());
            if row[0].parse::<i64>().unwrap() < 10 {
                assert_eq!(figures[1..], [json!(null), json!(null)], "{metric} {job}");
                continue;
            }
            for (told, real) in figures.iter().zip(row) {
                let (told, real) = (told.as_f64().unwrap(), real.parse::<f64>().unwrap());
                assert!((told - real).abs() < 1e-9, "{metric} {job}: {told} {real}");
            }
            assert!(matches!(metric, "score") || figures[1].is_i64(), "{metric}: {figures:?}");
        }
    }
    let none = run(&bank, ZHAO, &["segment", "grid", "--rule", "true", "--by", "job"]);
    assert!(none["metric"].is_null() && none["cells"][0].get("metric").is_none());
}

#[test]
fn values_are_shown_with_what_the_dictionary_calls_them() {
    let bank = with_attributes();
    owner(
        &bank,
        "update baton.category_value set zh = '职员', en = 'Office worker' where value = 'clerk'",
    );
    let rule = "job in ('clerk', '教师')";
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "甲", "--rule", rule]);
    let table = |lang: &str, args: &[&str]| {
        let args = [&["--lang", lang, "--format", "table", "segment"], args].concat();
        String::from_utf8(baton(&bank).as_(ZHAO).args(args).run().stdout).unwrap()
    };
    for (lang, label) in [("zh-CN", "clerk 职员"), ("en", "clerk Office worker")] {
        let grid = table(lang, &["grid", "SG-A", "--by", "job"]);
        assert!(grid.contains(label) && !grid.contains("教师 教师"), "{grid}");
        assert!(table(lang, &["portrait", "SG-A"]).contains(label));
        assert!(table(lang, &["explain", "SG-A", "--customer", "3"]).contains(label));
    }
    // The rules and the JSON keep the value as it is.
    let grid = run(&bank, ZHAO, &["segment", "grid", "SG-A", "--by", "job"]);
    assert_eq!(grid["axes"][0]["bins"][0], "clerk");
    let args = ["--lang", "zh-CN", "segment", "count", "--rule", "job = '职员'"];
    let told = baton(&bank).as_(ZHAO).args(args).refused();
    assert!(told.contains("'clerk'（职员）"), "{told}");
}

/// A cell of fewer than ten would tell of people: it has its count, and nothing of their money.
#[test]
fn a_small_cell_tells_its_count_alone() {
    let bank = with_attributes();
    owner(
        &bank,
        "update baton.customer set gender = 'M' where closed_on is null;
         update baton.customer set gender = 'F' where customer_id in
             (select customer_id from baton.customer where closed_on is null order by customer_id limit 9)",
    );
    let args = ["segment", "grid", "--rule", "true", "--by", "gender", "--metric", "aum"];
    let grid = run(&bank, ZHAO, &args);
    let cells = grid["cells"].as_array().unwrap();
    let of = |gender: &str| {
        let bins = grid["axes"][0]["bins"].as_array().unwrap();
        let at = bins.iter().position(|bin| bin == gender).unwrap();
        cells.iter().find(|cell| cell["at"] == json!([at])).unwrap()
    };
    let (few, many) = (of("F"), of("M"));
    assert_eq!((&few["count"], &few["aum"]), (&json!(9), &json!(null)));
    assert_eq!((&few["metric"]["sum"], &few["metric"]["mean"]), (&json!(null), &json!(null)));
    assert!(many["aum"].is_i64() && many["metric"]["sum"].is_i64(), "{many}");
    // The total is of all of them.
    assert!(grid["aum"].as_i64().unwrap() >= many["aum"].as_i64().unwrap());
    let out = baton(&bank).as_(ZHAO).args(["--lang", "en"]).args(args).run();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("1 cell has fewer than 10 customers"), "{said}");
}
