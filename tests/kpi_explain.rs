//! Why a metric moved, against independent sums: every method and every way to split, on small banks and the demo bank.
#![expect(clippy::disallowed_methods, reason = "tests write manifests")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod facts;
mod support;

use facts::{kpi, told};
use serde_json::{Value, json};
use support::{Bank, baton};

const UNITS: &str = "
    select *, code as name from (values ('HQ', null, 'hq'), ('B1', 'HQ', 'branch'), ('B2', 'HQ', 'branch'),
        ('S1', 'B1', 'subbranch'), ('S2', 'B1', 'subbranch'), ('S3', 'B2', 'subbranch')) u (code, parent, kind)";

const METRICS: &str = "
    select * from (values ('deposits', 'stock', 'money', 'customers * per_customer'), ('customers', 'stock', null, null),
        ('per_customer', 'ratio', 'money', null), ('rate', 'ratio', null, null), ('opened', 'flow', null, null))
        m (code, kind, unit, formula)";

const FACTS: &str = "
    select metric, org, day::date as day, value, numerator, denominator from (values
        ('deposits', 'S1', '2025-12-31', 900.00, null::bigint, null::bigint), ('customers', 'S1', '2025-12-31', 9, null, null),
        ('deposits', 'S1', '2026-01-31', 1000.00, null, null), ('customers', 'S1', '2026-01-31', 10, null, null),
        ('deposits', 'S2', '2026-01-31', 400.00, null, null), ('customers', 'S2', '2026-01-31', 2, null, null),
        ('deposits', 'S3', '2026-01-31', 500.01, null, null), ('customers', 'S3', '2026-01-31', 5, null, null),
        ('deposits', 'S1', '2026-02-28', 810.00, null, null), ('customers', 'S1', '2026-02-28', 9, null, null),
        ('deposits', 'S2', '2026-02-28', 970.00, null, null), ('customers', 'S2', '2026-02-28', 5, null, null),
        ('deposits', 'S3', '2026-02-28', 490.00, null, null), ('customers', 'S3', '2026-02-28', 5, null, null),
        ('rate', 'S1', '2026-01-31', null, 90, 100), ('rate', 'S2', '2026-01-31', null, 2, 10),
        ('rate', 'S3', '2026-01-31', null, 1, 10),
        ('rate', 'S1', '2026-02-28', null, 95, 100), ('rate', 'S2', '2026-02-28', null, 30, 100),
        ('rate', 'S3', '2026-02-28', null, 12, 100),
        ('opened', 'S1', '2026-01-05', 4, null, null), ('opened', 'S1', '2026-01-20', 6, null, null),
        ('opened', 'S2', '2026-02-03', 7, null, null), ('opened', 'S1', '2026-02-20', 1, null, null),
        ('opened', 'S3', '2026-02-27', 2, null, null)
    ) f (metric, org, day, value, numerator, denominator)";

const TARGETS: &str = "
    select * from (values ('opened', 'HQ', '2026-02', 28), ('opened', 'B1', '2026-02', 20), ('opened', 'B2', '2026-02', 7),
        ('deposits', 'HQ', '2026-Q1', 3000), ('deposits', 'B1', '2026-Q1', 2000), ('deposits', 'B2', '2026-Q1', 1000)) t (metric, org, period, value)";

fn import(bank: &Bank, facts: &str) {
    let loads =
        [("org_unit", UNITS), ("metric", METRICS), ("metric_fact", facts), ("target", TARGETS)];
    facts::import(bank, &loads);
}

fn small() -> Bank {
    let bank = Bank::empty();
    import(&bank, FACTS);
    bank
}

const MONTH: &str = "--from 2026-01-31 --to 2026-02-28";

fn sum(answer: &Value) -> f64 {
    let effects = answer["effects"].as_array().unwrap();
    effects.iter().map(|effect| effect["effect"].as_f64().unwrap()).sum()
}

fn effect<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["effects"].as_array().unwrap().iter().find(|effect| effect["name"] == name).unwrap()
}

#[test]
fn a_quotient_is_split_over_units_by_mix_and_rate_and_a_reversal_is_told() {
    let bank = small();
    // Each sub-branch's own rate rises, and B1's falls from 92/110 to 125/200: there the mix turns the sum.
    let answer = kpi(&bank, &format!("explain rate {MONTH}")).json();
    assert_eq!((&answer["method"], &answer["why"]), (&json!("mix-rate"), &json!("ratio")));
    assert_eq!(kpi(&bank, &format!("explain rate {MONTH} --org B1")).json()["reversal"], true);
    assert_eq!(answer["reversal"], false, "B1 fell with the whole");
    let change = 137.0 / 300.0 - 93.0 / 120.0;
    assert!((answer["change"].as_f64().unwrap() - change).abs() < 1e-12);
    assert!((sum(&answer) - change).abs() < 1e-12);
    // Kitagawa over B1 (110 -> 200 at 92/110 -> 125/200) and B2 (10 -> 100 at 1/10 -> 12/100), by hand.
    let (w, r) = (
        [(110.0 / 120.0, 200.0 / 300.0), (10.0 / 120.0, 100.0 / 300.0)],
        [(92.0 / 110.0, 0.625), (0.1, 0.12)],
    );
    let mean = f64::midpoint(93.0 / 120.0, 137.0 / 300.0);
    for (name, at) in [("B1", 0), ("B2", 1)] {
        let mix = (w[at].1 - w[at].0) * (f64::midpoint(r[at].0, r[at].1) - mean);
        let rate = f64::midpoint(w[at].0, w[at].1) * (r[at].1 - r[at].0);
        let parts = &effect(&answer, name)["parts"];
        assert!((parts["mix"].as_f64().unwrap() - mix).abs() < 1e-12, "{name}");
        assert!((parts["rate"].as_f64().unwrap() - rate).abs() < 1e-12, "{name}");
    }
    let told = told(kpi(&bank, &format!("explain rate {MONTH} --org B1")));
    assert!(told.contains("Simpson"), "{}", told);
    assert!(told.contains("mix and rate"), "{}", told);
}

#[test]
fn money_per_customer_adds_up_to_the_minor_unit_over_units() {
    let bank = small();
    let answer = kpi(&bank, &format!("explain per_customer {MONTH}")).json();
    assert_eq!(answer["method"], "mix-rate");
    // 1900.01 over 17, then 2270.00 over 19.
    assert_eq!((&answer["from"], &answer["to"]), (&json!(11_177), &json!(11_947)));
    let parts: i64 =
        answer["effects"].as_array().unwrap().iter().map(|e| e["effect"].as_i64().unwrap()).sum();
    assert_eq!((parts, &answer["residual"]), (770, &json!(0)));
    for part in answer["effects"].as_array().unwrap() {
        let (mix, rate) =
            (part["parts"]["mix"].as_i64().unwrap(), part["parts"]["rate"].as_i64().unwrap());
        assert_eq!(mix + rate, part["effect"].as_i64().unwrap());
    }
}

#[test]
fn factors_of_each_unit_add_up_both_ways() {
    let bank = small();
    for method in ["", "--method shapley"] {
        let both = kpi(&bank, &format!("explain deposits {MONTH} --by factor+org {method}")).json();
        let factors = kpi(&bank, &format!("explain deposits {MONTH} --by factor {method}")).json();
        let orgs = kpi(&bank, &format!("explain deposits {MONTH}")).json();
        assert_eq!(both["residual"], 0);
        for name in ["customers", "per_customer"] {
            assert_eq!(both["totals"][name], effect(&factors, name)["effect"], "{method} {name}");
        }
        for name in ["B1", "B2"] {
            assert_eq!(
                effect(&both, name)["effect"],
                effect(&orgs, name)["effect"],
                "{method} {name}"
            );
        }
    }
    let refused = kpi(&bank, &format!("explain deposits {MONTH} --method shapley")).refused();
    assert!(refused.contains("does not split over org"), "{refused}");
}

#[test]
fn a_chain_adds_its_steps_up_and_says_that_it_is_one() {
    let bank = small();
    let long = "--from 2025-12-31 --to 2026-02-28 --by factor --org S1";
    let chain = kpi(&bank, &format!("explain deposits {long} --chain")).json();
    let step = |from, to| {
        kpi(&bank, &format!("explain deposits --from {from} --to {to} --by factor --org S1")).json()
    };
    let (one, two) = (step("2025-12-31", "2026-01-31"), step("2026-01-31", "2026-02-28"));
    for name in ["customers", "per_customer"] {
        let of = |answer: &Value| effect(answer, name)["effect"].as_i64().unwrap();
        assert_eq!(of(&chain), of(&one) + of(&two));
    }
    let direct = kpi(&bank, &format!("explain deposits {long}")).json();
    assert_eq!((&chain["chained"], &direct["chained"]), (&json!(true), &json!(false)));
    assert_eq!(chain["change"], direct["change"]);
    assert_ne!(chain["effects"], direct["effects"], "the way matters");
}

#[test]
fn values_stand_beside_the_period_before_the_year_and_the_plan() {
    let bank = small();
    let show = kpi(&bank, "show opened").json();
    let against = &show["against"];
    // February so far is 10; January to the same day, its last, has 10 as well; the plan expects 28 x 28 / 28.
    assert_eq!(against["prev"]["now"], 10);
    assert_eq!(against["prev"]["before"], 10);
    assert_eq!(
        (&against["prev"]["from_start"], &against["prev"]["from"]),
        (&json!("2026-01-01"), &json!("2026-01-31"))
    );
    assert_eq!(against["ytd"]["now"], 20);
    assert_eq!(against["plan"]["before"], 28);
    let stock = kpi(&bank, "show deposits --org S1").json();
    assert_eq!(stock["against"]["prev"]["before"], 100_000);
    assert_eq!(stock["against"]["ytd"]["before"], 90_000);
    assert_eq!(stock["against"]["ytd"]["from"], "2025-12-31");
    assert_eq!(stock["against"]["yoy"]["before"], Value::Null);
    let explained = kpi(&bank, "explain opened --compare prev").json();
    assert_eq!((&explained["from"], &explained["to"]), (&json!(10), &json!(10)));
    assert_eq!(
        (&explained["from_start"], &explained["to_start"]),
        (&json!("2026-01-01"), &json!("2026-02-01"))
    );
    assert_eq!(effect(&explained, "B1")["effect"], -2);
}

#[test]
fn a_plan_is_held_against_unit_by_unit_and_a_flow_by_what_has_passed() {
    let bank = small();
    let half = kpi(&bank, "explain opened --compare plan --on 2026-02-14").json();
    assert_eq!((&half["from"], &half["to"]), (&json!(14), &json!(7)), "14 of 28 days");
    assert_eq!(effect(&half, "B1")["effect"], -3, "ten expected, seven came");
    // 28 is planned above 20 and 7: what nobody below has is left over.
    let told = kpi(&bank, "explain opened --compare plan").args(["--lang", "en"]).run();
    let told = String::from_utf8([told.stdout, told.stderr].concat()).unwrap();
    assert!(told.contains("the plan of"), "{told}");
    let end = kpi(&bank, "explain opened --compare plan").json();
    assert_eq!((&end["change"], &end["residual"]), (&json!(-18), &json!(-1)));
    let stock = kpi(&bank, "explain deposits --compare plan").json();
    assert_eq!((&stock["from"], &stock["residual"]), (&json!(300_000), &json!(0)));
    let check = kpi(&bank, "targets check").json();
    assert_eq!((&check["checked"], &check["open"]), (&json!(2), &json!(1)));
    let gap = check["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|gap| gap["metric"] == "opened")
        .unwrap()
        .clone();
    assert_eq!((&gap["target"], &gap["parts"]), (&json!(28), &json!(27)));
    // Another load writes a version.
    let other = Bank::empty();
    import(&other, FACTS);
    let versions = kpi(&other, "targets versions opened --org HQ").json();
    assert_eq!((&versions[0]["version"], &versions[0]["value"]), (&json!(1), &json!(28)));
}

#[test]
fn a_definition_has_versions_and_says_how_a_value_is_taken() {
    let bank = small();
    assert_eq!(kpi(&bank, "show deposits").json()["definition"], Value::Null);
    let define = |more: &str| {
        kpi(&bank, &format!("define deposits --definition 余额 --owner 计财部 {more}")).json()[0]
            .clone()
    };
    assert_eq!(define("")["version"], 1);
    assert_eq!(define("")["version"], 1, "the same again is no version");
    assert_eq!(define("--average")["version"], 2);
    // S1 stands at 1000.00 until the last day of February, at 810.00 on it.
    let mean = kpi(&bank, "show deposits --org S1").json();
    assert_eq!(mean["against"]["prev"]["now"], json!((100_000 * 27 + 81_000 + 14) / 28));
    assert_eq!(mean["definition"]["closing"], "average");
    assert_eq!(define("--average=false --workdays")["version"], 3);
    // 2026-02-28 is a Saturday: the stock is that of Friday the 27th, and of January's last Friday.
    let friday = kpi(&bank, "show deposits --org S1").json()["against"]["prev"].clone();
    assert_eq!((&friday["to"], &friday["from"]), (&json!("2026-02-27"), &json!("2026-01-30")));
    let wrong = kpi(&bank, "define deposits --definition x --owner y --measure balances").refused();
    assert!(wrong.contains("`balances` is no measure"), "{wrong}");
    assert!(kpi(&bank, "define deposit --definition x --owner y").refused().contains("deposit"));
}

#[test]
fn what_is_late_or_restated_says_so() {
    let bank = small();
    let whole = kpi(&bank, "show deposits").json();
    assert_eq!(
        (&whole["quality"]["late_units"], &whole["quality"]["restated"]),
        (&json!(0), &json!(0))
    );
    let restated = FACTS
        .replace("490.00", "480.00")
        .replace("'S2', '2026-02-28', 970.00", "'S2', '2026-02-27', 970.00");
    import(&bank, &restated);
    let fresh = Bank::empty();
    import(&fresh, &restated);
    let late = kpi(&fresh, "show deposits").json()["quality"].clone();
    assert_eq!(
        (&late["late_units"], &late["late"], &late["units"]),
        (&json!(1), &json!(["S2"]), &json!(3))
    );
    assert_eq!(late["restated"], 0);
    assert_eq!(
        kpi(&bank, "show deposits").json()["quality"]["restated"],
        1,
        "S3 alone was changed"
    );
    let told = told(kpi(&fresh, "show deposits"));
    assert!(told.contains("1 of 3 units is behind, and counts with its last facts (S2)"), "{told}");
    assert_eq!(
        bank.sql(
            "zhao.viewer",
            "select metric, day, cardinality(units), change from baton.fact_restated"
        ),
        [["deposits", "2026-02-28", "1", "-1000"]]
    );
}

/// What stands in the rows and not on the sheets, and the other way round.
fn apart(bank: &Bank) -> Vec<Vec<String>> {
    let sheets = "select s.metric, s.day, v.org, v.value, v.above, v.below from baton.fact_sheet s
        join baton.fact_layout l on l.id = s.layout
        cross join lateral unnest(l.units, s.vals, s.numerators, s.denominators) v (org, value, above, below)";
    let rows = "select metric, day, org_id, value, numerator, denominator from baton.metric_fact";
    let count = |left: &str, right: &str| {
        bank.sql("zhao.viewer", &format!("select count(*) from ({left} except all {right}) x"))
            .remove(0)
    };
    let reach =
        "select r.metric, v.org from baton.fact_reach r join baton.fact_layout l on l.id = r.layout
        cross join lateral unnest(l.units) v (org)";
    let known = "select distinct metric, org_id from baton.metric_fact";
    vec![count(sheets, rows), count(rows, sheets), count(reach, known), count(known, reach)]
}

#[test]
fn sheets_are_the_rows_whatever_is_loaded_again() {
    let bank = small();
    assert_eq!(apart(&bank), [["0"], ["0"], ["0"], ["0"]]);
    import(
        &bank,
        &FACTS
            .replace("490.00", "480.00")
            .replace("'S2', '2026-02-28', 970.00", "'S2', '2026-02-27', 970.00"),
    );
    import(&bank, &FACTS.replace("2026-01-31", "2026-01-30"));
    assert_eq!(apart(&bank), [["0"], ["0"], ["0"], ["0"]]);
    assert_eq!(
        kpi(&bank, "show deposits --org S3 --on 2026-01-30").json()["value"],
        50_001,
        "a day between"
    );
    let demo = Bank::demo();
    assert_eq!(apart(&demo), [["0"], ["0"], ["0"], ["0"]]);
    let layouts = demo.sql("zhao.viewer", "select (count(*) < 50)::int from baton.fact_layout");
    assert_eq!(layouts, [["1"]], "days share their units");
}

/// Those who left have records in the demo bank, so that a change of the number of customers is split over who came and who went.
#[test]
fn a_change_of_the_number_of_customers_names_who_left() {
    let bank = Bank::demo();
    let of = "explain customers --from 2026-09-30 --to 2026-10-31 --org B03 --by";
    for by in ["attribute:payroll", "attribute:job", "attribute:gender"] {
        let answer = kpi(&bank, &format!("{of} {by}")).json();
        assert_eq!(answer["residual"], 0, "{by}: {answer}");
    }
    let left = "select count(*) from baton.customer c join baton.org_unit u on u.id = c.org_id
         where c.closed_on > '2026-09-30' and u.code like 'B03%'";
    let left: i64 = bank.sql("baton_internal", left)[0][0].parse().unwrap();
    let came = "select count(*) from baton.customer c join baton.org_unit u on u.id = c.org_id
         where c.opened_on > '2026-09-30' and c.closed_on is null and u.code like 'B03%'";
    let came: i64 = bank.sql("baton_internal", came)[0][0].parse().unwrap();
    let answer = kpi(&bank, &format!("{of} attribute:job")).json();
    assert!(left > 0 && answer["change"].as_i64().unwrap() == came - left, "{left} left: {answer}");
    // They are in no segment.
    let all = baton(&bank).args(["segment", "count", "--rule", "not (age < 0)"]).json();
    assert_eq!(all["count"], 50_000, "{all}");
}

/// A bank that brings no records of who left: what records say of `customers` is who came.
#[test]
fn where_records_do_not_hold_the_change_no_group_is_said_to_explain_it() {
    let bank = Bank::demo();
    bank.sql("baton_internal", "delete from baton.customer where closed_on is not null");
    let of = "--from 2026-09-30 --to 2026-10-31 --by attribute:payroll";
    let asked = |metric: &str, format: &str| {
        let words = format!("explain {metric} {of} --format {format}");
        kpi(&bank, &words).args(["--lang", "en"]).run()
    };
    let left: Value = serde_json::from_slice(&asked("customers", "json").stdout).unwrap();
    let number = |value: &Value| value.as_i64().unwrap();
    let share = 100.0 * f64::from(i32::try_from(number(&left["residual"])).unwrap())
        / f64::from(i32::try_from(number(&left["change"])).unwrap());
    assert!(share.abs() > 34.0, "the residual dominates: {left}");
    // Records go so far beyond the change that a share of it says nothing.
    let records = number(&left["change"]) - number(&left["residual"]);
    let told =
        format!("records add up to {records:+}, and the change is {:+}", number(&left["change"]));
    assert!((100.0 - share).abs() > 200.0, "{share}");
    let sentence = left["sentence"].as_str().unwrap();
    assert!(sentence.contains(&told) && sentence.contains("so no group explains it"), "{sentence}");
    let shown = String::from_utf8_lossy(&asked("customers", "table").stderr).into_owned();
    assert!(!shown.contains("of 2 explain"), "{shown}");
    // Where records hold the change, they are named as before.
    let held = kpi(&bank, &format!("explain aum {of} --org B03")).json();
    let explains = held["residual"].as_f64().unwrap() / held["change"].as_f64().unwrap();
    let named = !held["sentence"].as_str().unwrap().contains("customers' records add up");
    assert_eq!(named, explains.abs() <= 1.0 / 3.0, "{held}");
}

#[test]
fn on_the_demo_bank_the_planted_group_comes_out_of_customers_records() {
    let bank = Bank::demo();
    let fall = "--from 2026-09-30 --to 2026-10-31 --org B03";
    let by = |words: &str| kpi(&bank, &format!("explain aum {fall} {words}")).json();
    let payroll = by("--by attribute:payroll");
    assert_eq!((&payroll["method"], &payroll["why"]), (&json!("additive"), &json!("sum")));
    let own = "
        select sum(h.amount) filter (where h.day <= '2026-10-31' and h.until > '2026-10-31')
             - sum(h.amount) filter (where h.day <= '2026-09-30' and h.until > '2026-09-30')
        from baton.holding h join baton.customer c using (customer_id) join baton.org_unit u on u.id = c.org_id
        join baton.attribute a on a.code = 'payroll' join baton.attr_1 x using (customer_id)
        where u.path @> array[(select id from baton.org_unit where code = 'B03')] and x.payroll";
    let relation = bank
        .sql("zhao.viewer", "select relation from baton.attribute where code = 'payroll'")[0][0]
        .clone();
    let own =
        bank.sql("zhao.viewer", &own.replace("attr_1", &relation))[0][0].parse::<i64>().unwrap();
    assert_eq!(effect(&payroll, "payroll")["effect"].as_i64().unwrap(), own);
    let sum: i64 =
        payroll["effects"].as_array().unwrap().iter().map(|e| e["effect"].as_i64().unwrap()).sum();
    assert_eq!(sum + payroll["residual"].as_i64().unwrap(), payroll["change"].as_i64().unwrap());
    assert_eq!(payroll["effects"][0]["name"], "payroll", "they moved most");
    let found = by("--method adtributor");
    assert_eq!(found["method"], "adtributor");
    let dimensions: Vec<&str> = found["dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["dimension"].as_str().unwrap())
        .collect();
    assert!(dimensions.contains(&"payroll"), "{dimensions:?}");
    let words = format!("explain aum {fall} --method adtributor");
    for (lang, best) in [("en", "Best explained by "), ("zh-CN", "按")] {
        let run = kpi(&bank, &words).args(["--format", "table", "--lang", lang]).run();
        let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
        assert!(said.contains(best) && !said.contains("`payroll`"), "{said}");
    }
    let factors = by("--by factor");
    assert!(factors["effects"][0]["name"] == "aum_per_customer", "{factors}");
    let told = told(kpi(&bank, &format!("explain aum {fall} --by factor+org")));
    assert!(told.contains("-1.8 %"), "{told}");
    let zh = format!("explain aum {fall} --by factor+org --format table --lang zh-CN");
    let said = String::from_utf8(kpi(&bank, &zh).run().stdout).unwrap();
    assert!(!said.contains("aum_per_customer") && said.contains("户均"), "{said}");
}

#[test]
fn members_of_a_segment_are_held_against_the_others() {
    let bank = Bank::demo();
    let rule = "payroll and age between 30 and 45 and org under 'B03'";
    baton(&bank).args(["segment", "save", "SG-P", "--name", "p", "--rule", rule]).json();
    let answer =
        kpi(&bank, "explain aum --from 2026-09-30 --to 2026-10-31 --org B03 --by segment:SG-P")
            .json();
    let names: Vec<&str> =
        answer["effects"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with("segment("), "those who left explain most: {names:?}");
    let refused =
        kpi(&bank, "explain payroll_rate --from 2026-09-30 --to 2026-10-31 --by attribute:payroll")
            .refused();
    assert!(refused.contains("does not add up") && !refused.contains("additive"), "{refused}");
    let unmeasured =
        kpi(&bank, "explain new_customers --compare prev --by attribute:payroll").refused();
    assert!(unmeasured.contains("--measure"), "{unmeasured}");
}

#[test]
fn one_sentence_says_which_factors_units_and_customers_moved_it() {
    let bank = Bank::demo();
    let fall = "explain aum --from 2026-09-30 --to 2026-10-31 --org B03";
    let answer = kpi(&bank, fall).args(["--lang", "en"]).json();
    let who = &answer["who"];
    assert_eq!(who["units"], json!(["B0302", "B0304", "B0301"]), "{who}");
    let group = who["group"].as_str().unwrap();
    assert_eq!(group, "age >= 30 and age < 45 and payroll");
    // The share again, by hand: what the group's customers of these units hold less, of the branch's change.
    let relation = bank
        .sql("zhao.viewer", "select relation from baton.attribute where code = 'payroll'")[0][0]
        .clone();
    let held = format!(
        "select sum(h.amount * case when h.day <= '2026-10-31' and h.until > '2026-10-31' then 1 else 0 end
                  - h.amount * case when h.day <= '2026-09-30' and h.until > '2026-09-30' then 1 else 0 end)::bigint
         from baton.holding h join baton.customer c using (customer_id) join baton.org_unit u on u.id = c.org_id
         join baton.{relation} x using (customer_id)
         where u.code in ('B0301', 'B0302', 'B0304') and x.payroll
           and extract(year from age(date '2026-10-31', c.birth_date)) between 30 and 44"
    );
    let held = bank.sql("zhao.viewer", &held)[0][0].parse::<f64>().unwrap();
    let share = held / answer["change"].as_f64().unwrap();
    assert!((who["share"].as_f64().unwrap() - share).abs() < 1e-9, "{who} {share}");
    let percent = format!("explain {:.0} %", share * 100.0);
    let sentence = answer["sentence"].as_str().unwrap();
    assert!(sentence.starts_with(
        "南城分行 AUM -1.8 %: contributions of AUM per customer -2.0 %, Customers +0.2 %; "
    ));
    assert!(
        sentence.contains("aged 30 to 44, Payroll") && sentence.ends_with(&percent),
        "{sentence}"
    );
    // The same however it is split, and in Chinese.
    let other = kpi(&bank, &format!("{fall} --by factor+org")).args(["--lang", "zh-CN"]).json();
    assert_eq!(other["who"], answer["who"]);
    let sentence = other["sentence"].as_str().unwrap();
    assert!(
        sentence
            .starts_with("南城分行 AUM -1.8 %，贡献：户均资产 -2.0 %，客户数 +0.2 %；3 家支行（")
    );
    assert!(sentence.contains("的30-44 岁代发客户解释"), "{sentence}");
    // The rule that it writes finds exactly these customers.
    let rule = who["rule"].as_str().unwrap();
    let count = baton(&bank).args(["segment", "count", "--rule", rule]).json();
    let own = format!(
        "select count(*) from baton.customer c join baton.org_unit u on u.id = c.org_id join baton.{relation} x using (customer_id)
         where c.closed_on is null and u.code in ('B0301', 'B0302', 'B0304') and x.payroll
           and extract(year from age(date '2026-10-31', c.birth_date)) between 30 and 44"
    );
    assert_eq!(count["count"].to_string(), bank.sql("zhao.viewer", &own)[0][0]);
}

#[test]
fn a_sentence_says_no_more_than_the_numbers_do() {
    let bank = small();
    // No customers' records: the units alone. B1 with two sub-branches made 380 of a change of 369.99.
    let answer = kpi(&bank, &format!("explain deposits {MONTH}")).args(["--lang", "en"]).json();
    assert_eq!((&answer["who"]["units"], &answer["who"]["group"]), (&json!(["S2"]), &Value::Null));
    let sentence = answer["sentence"].as_str().unwrap();
    assert!(sentence.ends_with("; S2: 154 % of it, and others took some back"), "{sentence}");
    // A single unit has none below, and nothing is said of who.
    let leaf = kpi(&bank, &format!("explain deposits {MONTH} --org S1")).json();
    assert_eq!(leaf["who"], Value::Null, "{leaf}");
    // Against the plan the units' own plans are what they are held against.
    let plan = kpi(&bank, "explain opened --compare plan").args(["--lang", "en"]).json();
    assert_eq!(plan["who"]["units"], json!(["B1"]), "{}", plan["who"]);
}

#[test]
fn strategies_that_touch_a_group_are_those_whose_lists_hold_its_customers() {
    let bank = Bank::demo_with_past();
    let relation = bank
        .sql("zhao.viewer", "select relation from baton.attribute where code = 'payroll'")[0][0]
        .clone();
    let mut found = 0;
    for (rule, holds) in [("payroll", "x.payroll"), ("not payroll", "not x.payroll")] {
        let told = kpi(&bank, "touching --org B01").args(["--rule", rule]).json();
        let own = format!(
            "select p.id, count(*) filter (where m.arm = 'treated'), count(*) filter (where m.arm = 'control')
             from baton.push p join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm is not null
             join baton.org_unit u on u.id = m.org_id join baton.org_unit b on b.code = 'B01' and b.id = any (u.path)
             join baton.customer c on c.customer_id = m.customer_id and c.closed_on is null
             join baton.{relation} x on x.customer_id = m.customer_id and {holds} group by p.id order by p.id desc"
        );
        let own = bank.sql("zhao.viewer", &own);
        let told: Vec<Vec<String>> = told
            .as_array()
            .unwrap()
            .iter()
            .map(|row| ["push", "customers", "control"].map(|key| row[key].to_string()).to_vec())
            .collect();
        assert_eq!(told, own, "{rule}");
        found += told.len();
    }
    assert!(found > 0, "the demo bank has pushed to either");
    let refused = kpi(&bank, "touching").args(["--rule", "pay_roll"]).refused();
    assert!(refused.contains("pay_roll"), "{refused}");
}
