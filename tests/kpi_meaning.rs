//! What metrics mean and are planned for: a definition says only what its numbers do, targets that do not add up stand first, and
//! what is told where parts of a small change take each other back.
#![expect(clippy::disallowed_methods, reason = "tests write manifests")]

mod chain;
mod facts;
mod support;

use facts::{kpi, told};
use serde_json::{Value, json};
use support::{Bank, baton};

const UNITS: &str = "
    select *, code as name from (values ('HQ', null, 'hq'), ('B1', 'HQ', 'branch'), ('B2', 'HQ', 'branch'), ('B3', 'HQ', 'branch'))
        u (code, parent, kind)";

const METRICS: &str = "
    select * from (values ('heads', 'stock', null, null), ('sums', 'stock', 'money', 'heads * each'), ('each', 'ratio', 'money', null),
        ('opened', 'flow', null, null), ('closed', 'flow', null, null), ('net', 'flow', null, 'opened - closed'),
        ('later', 'stock', null, null)) m (code, kind, unit, formula)";

/// One branch rose by 3,200.00, another fell by 3,100.00: together they moved by a little.
const FACTS: &str = "
    select metric, org, day::date as day, value from (values
        ('sums', 'B1', '2026-01-31', 100000.00), ('sums', 'B1', '2026-02-28', 103200.00), ('sums', 'B2', '2026-01-31', 100000.00),
        ('sums', 'B2', '2026-02-28', 96900.00), ('sums', 'B3', '2026-01-31', 500.00), ('sums', 'B3', '2026-02-28', 520.00),
        ('heads', 'B1', '2026-01-31', 10), ('heads', 'B1', '2026-02-28', 10), ('heads', 'B2', '2026-01-31', 10),
        ('heads', 'B2', '2026-02-28', 10), ('heads', 'B3', '2026-01-31', 1), ('heads', 'B3', '2026-02-28', 1),
        ('opened', 'B1', '2026-02-03', 7), ('closed', 'B1', '2026-02-04', 2)) f (metric, org, day, value)";

const TARGETS: &str = "
    select * from (values ('opened', 'HQ', '2026-01', 30), ('opened', 'B1', '2026-01', 10), ('opened', 'B2', '2026-01', 10),
        ('opened', 'B3', '2026-01', 10), ('opened', 'HQ', '2026-02', 30), ('opened', 'B1', '2026-02', 20),
        ('opened', 'B2', '2026-02', 20), ('opened', 'B3', '2026-02', 20), ('sums', 'HQ', '2026-02', 1000),
        ('sums', 'B1', '2026-02', 900)) t (metric, org, period, value)";

fn bank() -> Bank {
    let bank = Bank::empty();
    let loads =
        [("org_unit", UNITS), ("metric", METRICS), ("metric_fact", FACTS), ("target", TARGETS)];
    facts::import(&bank, &loads);
    bank
}

#[test]
fn a_formula_takes_its_days_from_its_parts_and_a_flow_is_summed() {
    let bank = bank();
    let define = |words: &str| {
        kpi(&bank, &format!("define {words} --definition d --owner o")).args(["--lang", "en"])
    };
    for words in ["each --average", "each --workdays"] {
        let said = define(words).refused();
        assert!(said.contains("no facts of its own") && said.contains("heads, sums"), "{said}");
    }
    let said = define("net --workdays").refused();
    assert!(said.contains("(opened, closed)"), "{said}");
    let said = define("opened --average").refused();
    assert!(said.contains("is a flow"), "{said}");
    assert_eq!(define("net").json()[0]["closing"], "sum", "a flow is summed over a period");
    // What has facts decides its own days, a formula beside them or not; so does what is still to have some.
    assert_eq!(define("sums --average").json()[0]["closing"], "average");
    assert_eq!(define("opened --workdays").json()[0]["workdays"], true);
    assert_eq!(define("later --average").json()[0]["closing"], "average");
    // What is not given stays.
    let edit = |words: &str| kpi(&bank, &format!("define {words}")).args(["--lang", "en"]);
    assert_eq!(define("sums --measure holdings").json()[0]["closing"], "average");
    let kept = edit("sums --owner p").json();
    assert_eq!(
        [&kept[0]["text"], &kept[0]["owner"], &kept[0]["closing"], &kept[0]["measure"]],
        [&json!("d"), &json!("p"), &json!("average"), &json!("holdings")]
    );
    let dropped = edit("sums --measure none --average=false").json();
    assert_eq!((&dropped[0]["measure"], &dropped[0]["closing"]), (&json!(null), &json!("end")));
    assert_eq!(dropped[0]["owner"], "p");
    edit("closed --owner p").refused();
    // The wall.
    bank.operator("sun.auditor", "loader", None);
    let wall = |metric: &str, closing: &str, workdays: bool| {
        let call = format!(
            "select baton.metric_define('{metric}', 't', 'o', '{closing}', {workdays}, null)"
        );
        bank.refuses("sun.auditor", &call)
    };
    assert_eq!(wall("each", "average", false), "metric_days_of_parts");
    assert_eq!(wall("net", "end", true), "metric_days_of_parts");
    assert_eq!(wall("closed", "average", false), "metric_flow_is_summed");
    let kept = bank.sql(
        "zhao.viewer",
        "select count(*) from baton.metric_definition where metric in ('each', 'closed')",
    );
    assert_eq!(kept, [["0"]], "nothing of it is kept");
}

/// What adds up to a metric is what it counts: cents and heads are not added into one another.
#[test]
fn customers_records_that_are_not_what_a_metric_counts_do_not_define_it() {
    let bank = bank();
    let define = |words: &str| {
        kpi(&bank, &format!("define {words} --definition d --owner o")).args(["--lang", "en"])
    };
    for words in [
        "sums --measure customers",
        "heads --measure holdings",
        "each --measure holdings",
        "each --measure customers",
    ] {
        let said = define(words).refused();
        let (metric, measure) = words.split_once(" --measure ").unwrap();
        assert!(said.contains(&format!("{measure} does not add up to `{metric}`")), "{said}");
    }
    assert_eq!(define("sums --measure holdings").json()[0]["measure"], "holdings");
    assert_eq!(define("heads --measure customers").json()[0]["measure"], "customers");
    bank.operator("sun.auditor", "loader", None);
    let wall = "select baton.metric_define('heads', 't', 'o', 'end', false, 'holdings')";
    assert_eq!(bank.refuses("sun.auditor", wall), "metric_measure_fits");
    // One that was kept before that was refused splits nothing.
    chain::owner(
        &bank,
        "alter table baton.metric_definition disable trigger user; update baton.metric_definition set measure = 'holdings' where metric = 'heads'",
    );
    for (lang, said) in
        [("en", "holdings does not add up to `heads`"), ("zh-CN", "holdings 相加得不到 `heads`")]
    {
        let asked =
            kpi(&bank, "explain heads --from 2026-01-31 --to 2026-02-28 --by attribute:gender");
        let refused = asked.args(["--lang", lang]).refused();
        assert!(refused.contains(said), "{refused}");
    }
}

/// The bank's first year: of a day that was left out the year to date says so, and the facts have not ended there.
#[test]
fn a_day_left_out_of_the_first_year_is_told_of_the_year_and_nothing_ends_with_it() {
    let bank = Bank::empty();
    let facts = "select metric, org, day::date as day, value from
        (values ('opened', 'B1', 7), ('opened', 'B2', 5), ('heads', 'B1', 10), ('heads', 'B2', 20)) f (metric, org, value),
        generate_series(timestamp '2026-01-01', timestamp '2026-02-28', interval '1 day') as d (day) where day <> date '2026-02-10'";
    let loads = [("org_unit", UNITS), ("metric", METRICS), ("metric_fact", facts)];
    facts::import(&bank, &loads);
    let year = |metric: &str, on: &str| {
        let shown = kpi(&bank, &format!("show {metric} --on {on}")).json();
        let missing = &shown["against"]["ytd"]["now_quality"]["missing_days"];
        (missing.as_u64().unwrap_or_default(), shown)
    };
    for (on, days) in [("2026-02-28", 1), ("2026-02-09", 0)] {
        let (missing, shown) = year("opened", on);
        assert_eq!(missing, days, "{on} {shown}");
    }
    for metric in ["opened", "heads"] {
        let said = told(kpi(&bank, &format!("show {metric} --on 2026-02-10")));
        assert!(!said.contains("end on"), "{said}");
        assert!(
            said.contains("has no facts on that day; the last before it are of 2026-02-09"),
            "{said}"
        );
    }
    // After the last day of all they have ended.
    let said = told(kpi(&bank, "show heads --on 2026-03-20"));
    assert!(said.contains("the facts of heads end on 2026-02-28"), "{said}");
}

#[test]
fn a_ratio_of_the_demo_bank_that_is_a_formula_refuses_an_average() {
    let bank = Bank::demo();
    let define = "define active_rate --definition d --owner o --average";
    let said = kpi(&bank, define).args(["--lang", "zh-CN"]).refused();
    assert!(said.contains("组成部分"), "{said}");
}

#[test]
fn targets_that_do_not_add_up_stand_first_and_each_says_whether_it_does() {
    let bank = bank();
    let checked = kpi(&bank, "targets check").json();
    assert_eq!((&checked["closes"], &checked["open"]), (&json!(false), &json!(2)));
    let rows = checked["gaps"].as_array().unwrap();
    let of = |at: usize| (rows[at]["metric"].clone(), rows[at]["period"].clone());
    assert_eq!(of(0), (json!("opened"), json!("2026-02")), "twice the whole: {checked}");
    assert_eq!(of(1), (json!("sums"), json!("2026-02")), "a tenth, and two without a plan");
    assert_eq!(of(2), (json!("opened"), json!("2026-01")));
    let closes: Vec<&Value> = rows.iter().map(|row| &row["closes"]).collect();
    assert_eq!(closes, [&json!(false), &json!(false), &json!(true)]);
    assert_eq!((&rows[0]["over"], &rows[1]["over"]), (&json!(30), &json!(-10_000)));
    // A step that is missing on the way down is no end of the cascade.
    let units = UNITS.replace(
        "('B3', 'HQ', 'branch')",
        "('B3', 'HQ', 'branch'), ('S4', 'B4', 'subbranch'), ('B4', 'HQ', 'branch')",
    );
    let targets = "select * from (values ('later', 'HQ', '2026-02', 600), ('later', 'S4', '2026-02', 5), ('later', 'HQ', '2026-03', 7))
        t (metric, org, period, value)";
    let skipped = Bank::empty();
    facts::import(&skipped, &[("org_unit", &units), ("metric", METRICS), ("target", targets)]);
    let checked = kpi(&skipped, "targets check").json();
    assert_eq!((&checked["checked"], &checked["open"]), (&json!(1), &json!(1)), "{checked}");
    let gap = &checked["gaps"][0];
    assert_eq!(
        [&gap["org"], &gap["period"], &gap["planned"], &gap["parts"]],
        [&json!("HQ"), &json!("2026-02"), &json!(0), &json!(0)]
    );
    let csv = kpi(&bank, "targets check --format csv --lang en").run();
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.lines().nth(1).unwrap().starts_with("opened,2026-02"), "{csv}");
}

/// A plan of a quotient is a fraction, kept to the last digit and held against the quotient; its plans are of no parts.
#[test]
fn a_plan_of_a_share_is_a_fraction_and_none_of_a_quotient_is_below_zero() {
    let bank = Bank::empty();
    let metrics = "select * from (values ('active', 'ratio', null, null), ('fee', 'ratio', null, null), ('heads', 'stock', null, null),
        ('sums', 'stock', 'money', 'heads * each'), ('each', 'ratio', 'money', null)) m (code, kind, unit, formula)";
    let facts = "select metric, org, '2026-02-28'::date as day, value, numerator, denominator from (values
        ('active', 'B1', null, 60, 100), ('active', 'B2', null, 20, 100), ('fee', 'B1', null, -3, 4),
        ('heads', 'B1', 10, null, null), ('sums', 'B1', 100, null, null)) f (metric, org, value, numerator, denominator)";
    let targets = "select * from (values ('active', 'HQ', '2026-02', '0.853412'), ('active', 'B1', '2026-02', '-0.1'),
        ('active', 'B2', '2026-02', '0.4'), ('active', 'B3', '2026-02', '0.1234567'), ('fee', 'HQ', '2026-02', '-0.25'),
        ('each', 'HQ', '2026-02', '-5'), ('each', 'B1', '2026-02', '12.5'), ('heads', 'B1', '2026-02', '7.5')) t (metric, org, period, value)";
    let load = |(into, sql): (&str, &str)| {
        format!("[[load]]\ninto = \"{into}\"\nsql = \"\"\"{sql}\"\"\"\n")
    };
    let head = "[bank]\nname = \"B\"\nas_of = 2026-02-28\ncurrency = \"CNY\"\n".to_owned();
    let loads =
        [("org_unit", UNITS), ("metric", metrics), ("metric_fact", facts), ("target", targets)];
    let dir = tempfile::tempdir().unwrap();
    let manifest = head + &loads.into_iter().map(load).collect::<String>();
    std::fs::write(dir.path().join("baton-import.toml"), manifest).unwrap();
    let args = ["import", "--max-rejects", "1", "--lang", "en"];
    let answer = baton(&bank).args(args).args([dir.path()]).json();
    let rejects = std::fs::read_to_string(answer["reject_file"].as_str().unwrap()).unwrap();
    assert_eq!(answer["rejected"]["target"], 4, "{rejects}");
    for (line, why) in [
        ("target,2,value,-0.1,", "never below zero"),
        ("target,4,value,0.1234567,", "at most six decimals (85 % is written 0.85)"),
        ("target,6,value,-5.00,", "never below zero"),
        ("target,8,value,7.5,", "not a whole number"),
    ] {
        let said = rejects.lines().find(|said| said.starts_with(line));
        assert!(said.is_some_and(|said| said.contains(why)), "{rejects}");
    }
    let kept = "select metric, value, millionths from baton.target order by 1, 2, 3";
    assert_eq!(
        bank.sql("baton_internal", kept),
        [
            ["active", "0", "400000"],
            ["active", "0", "853412"],
            ["each", "1250", "0"],
            ["fee", "-1", "750000"]
        ]
    );
    let value = kpi(&bank, "show active").json();
    let plan = &value["against"]["plan"];
    assert_eq!((&plan["before"], &plan["now"]), (&json!(0.853_412), &json!(0.4)), "{value}");
    let tree = kpi(&bank, "tree").json();
    let rows = tree["metrics"].as_array().unwrap();
    let active = rows.iter().find(|row| row["metric"] == "active").unwrap();
    assert_eq!(active["target"]["value"], json!(0.853_412));
    let reached = active["target"]["reached"].as_f64().unwrap();
    assert!((reached - 0.4 / 0.853_412).abs() < 1e-12, "{reached}");
    let versions = kpi(&bank, "targets versions fee").json();
    assert_eq!(versions[0]["value"], json!(-0.25));
    let refused = kpi(&bank, "explain active --compare plan").args(["--lang", "en"]).refused();
    assert!(refused.contains("do not add up to its own"), "{refused}");
    // The wall, past the checks of a load.
    let forged = "create unlogged table if not exists load.target (load smallint not null, ordinal bigint not null, metric text not null,
        org text not null, period text not null, value numeric not null);
        insert into load.target values (1, 1, 'heads', 'B1', '2026-02', 7.5); select baton.apply_targets('{}')";
    assert_eq!(bank.refuses("baton_internal", forged), "target_decimals");
}

#[test]
fn parts_of_a_small_change_are_told_in_their_own_numbers() {
    let bank = bank();
    let month = "explain sums --from 2026-01-31 --to 2026-02-28";
    let said = told(kpi(&bank, month));
    assert!(!said.contains("2667 %") && !said.contains("2,667 %"), "{said}");
    assert!(
        said.contains("parts largely cancel: B1 +3,200, B2 -3,100, B3 +20; together +120"),
        "{said}"
    );
    let answer = kpi(&bank, month).args(["--lang", "en"]).json();
    let sentence = answer["sentence"].as_str().unwrap();
    let cancels = "parts largely cancel: B1 +3,200, B2 -3,100, B3 +20; together +120";
    assert!(sentence.ends_with(cancels), "{sentence}");
    assert_eq!(said.matches(cancels).count(), 1, "said once: {said}");
    // Nobody is named, to programs and for a segment either.
    assert_eq!(answer["who"], Value::Null, "{answer}");
    let zh = kpi(&bank, month).args(["--lang", "zh-CN"]).json();
    let sentence = zh["sentence"].as_str().unwrap();
    assert!(
        sentence.ends_with("各部分大多相抵：B1 +3,200，B2 -3,100，B3 +20；合计 +120"),
        "{sentence}"
    );
}

#[test]
fn days_that_nobody_delivered_are_counted() {
    let bank = Bank::demo();
    let told_of = |bank: &Bank| told(kpi(bank, "show new_customers"));
    let whole = kpi(&bank, "show new_customers").json()["quality"].clone();
    assert_eq!((&whole["missing_days"], &whole["missing_facts"]), (&json!(0), &json!(0)));
    bank.sql(
        "baton_internal",
        "delete from baton.metric_fact where metric = 'new_customers' and day = '2026-10-14';
         delete from baton.fact_sheet where metric = 'new_customers' and day = '2026-10-14';
         delete from baton.metric_fact f using baton.org_unit u where u.id = f.org_id and f.metric = 'new_customers'
             and f.day = '2026-10-20' and u.code in ('B0301', 'B0302');
         select baton.sheets_make(array['new_customers'], array['2026-10-20'::date])",
    );
    let holes = kpi(&bank, "show new_customers").json()["quality"].clone();
    assert_eq!(
        (&holes["missing_days"], &holes["missing_facts"]),
        (&json!(1), &json!(2)),
        "{holes}"
    );
    let told = told_of(&bank);
    assert!(told.contains("1 day of the period has no facts at all"), "{told}");
    assert!(
        told.contains(
            "2 facts of 2 units are missing on days of the period that others have (B0301, B0302)"
        ),
        "{told}"
    );
    assert_eq!(holes["missing_units"], json!(["B0301", "B0302"]));
    let branch = kpi(&bank, "show new_customers --org B01").json()["quality"].clone();
    assert_eq!(branch["missing_facts"], 0, "they are of another branch");
    let tree = kpi(&bank, "tree new_customers").json();
    assert_eq!(tree["metrics"][0]["quality"]["missing_days"], 1);
}
