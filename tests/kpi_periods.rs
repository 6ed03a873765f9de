//! Why a metric moved between two periods, against sums by hand and by plain SQL; and what is told of facts that are missing or
//! restated.
#![expect(clippy::disallowed_methods, reason = "tests write manifests")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod facts;
mod support;

use facts::{kpi, told};
use serde_json::{Value, json};
use support::Bank;

const UNITS: &str = "
    select *, code as name from (values ('HQ', null, 'hq'), ('B1', 'HQ', 'branch'), ('B2', 'HQ', 'branch'),
        ('S1', 'B1', 'subbranch'), ('S2', 'B1', 'subbranch'), ('S3', 'B2', 'subbranch')) u (code, parent, kind)";

const METRICS: &str = "
    select * from (values ('fees', 'flow', 'money', 'visits * per_visit'), ('visits', 'flow', null, null),
        ('per_visit', 'ratio', 'money', null), ('opened', 'flow', null, null), ('closed', 'flow', null, null),
        ('net', 'flow', null, 'opened - closed'), ('deposits', 'stock', 'money', null), ('rate', 'ratio', null, null),
        ('yield', 'ratio', null, 'fees / deposits')) m (code, kind, unit, formula)";

/// From December on; every number differs, so that a wrong sum shows.
const FACTS: &str = "
    select metric, org, day::date as day, value, numerator, denominator from (values
        ('fees', 'S1', '2025-12-31', 70.00, null::bigint, null::bigint), ('visits', 'S1', '2025-12-31', 7, null, null),
        ('fees', 'S1', '2026-01-05', 100.01, null, null), ('visits', 'S1', '2026-01-05', 10, null, null),
        ('fees', 'S1', '2026-01-20', 33.33, null, null), ('visits', 'S1', '2026-01-20', 3, null, null),
        ('fees', 'S2', '2026-01-31', 12.50, null, null), ('visits', 'S2', '2026-01-31', 5, null, null),
        ('fees', 'S3', '2026-01-07', 80.00, null, null), ('visits', 'S3', '2026-01-07', 4, null, null),
        ('fees', 'S1', '2026-02-01', 90.10, null, null), ('visits', 'S1', '2026-02-01', 11, null, null),
        ('fees', 'S2', '2026-02-14', 41.03, null, null), ('visits', 'S2', '2026-02-14', 9, null, null),
        ('fees', 'S2', '2026-02-28', 7.77, null, null), ('visits', 'S2', '2026-02-28', 2, null, null),
        ('fees', 'S3', '2026-02-28', 60.60, null, null), ('visits', 'S3', '2026-02-28', 6, null, null),
        ('opened', 'S1', '2026-01-05', 4, null, null), ('opened', 'S1', '2026-01-20', 6, null, null),
        ('opened', 'S2', '2026-02-03', 7, null, null), ('opened', 'S3', '2026-02-27', 2, null, null),
        ('closed', 'S1', '2026-01-09', 1, null, null), ('closed', 'S2', '2026-02-20', 5, null, null),
        ('deposits', 'S1', '2025-12-31', 900.00, null, null), ('deposits', 'S1', '2026-01-16', 1000.00, null, null),
        ('deposits', 'S2', '2026-01-31', 400.00, null, null), ('deposits', 'S3', '2025-12-31', 500.01, null, null),
        ('deposits', 'S1', '2026-02-28', 810.00, null, null), ('deposits', 'S3', '2026-02-15', 490.00, null, null),
        ('rate', 'S1', '2025-12-31', null, 90, 100), ('rate', 'S2', '2025-12-31', null, 2, 10),
        ('rate', 'S1', '2026-02-15', null, 95, 190), ('rate', 'S2', '2026-02-15', null, 30, 100)
    ) f (metric, org, day, value, numerator, denominator)";

fn import(bank: &Bank, facts: &str) {
    let loads = [("org_unit", UNITS), ("metric", METRICS), ("metric_fact", facts)];
    facts::import(bank, &loads);
}

fn small() -> Bank {
    let bank = Bank::empty();
    import(&bank, FACTS);
    bank
}

const MONTHS: &str = "--from 2026-01 --to 2026-02";

fn effects(answer: &Value) -> i64 {
    let effects = answer["effects"].as_array().unwrap();
    effects.iter().map(|effect| effect["effect"].as_i64().unwrap()).sum()
}

fn effect<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let effects = answer["effects"].as_array().unwrap();
    &effects.iter().find(|effect| effect["name"] == name).unwrap()["effect"]
}

#[test]
fn a_flow_is_summed_over_each_period_and_a_stock_is_that_of_its_end() {
    let bank = small();
    let opened = kpi(&bank, &format!("explain opened {MONTHS}")).json();
    assert_eq!((&opened["from"], &opened["to"]), (&json!(10), &json!(9)));
    assert_eq!((effect(&opened, "B1"), effect(&opened, "B2")), (&json!(-3), &json!(2)));
    let january = json!({
        "start": "2026-01-01", "end": "2026-01-31", "days": 31, "facts_begin": "2026-01-05"
    });
    let february = json!({ "start": "2026-02-01", "end": "2026-02-28", "days": 28 });
    let periods = json!({ "from": january, "to": february, "taken": ["sum"] });
    assert_eq!(opened["periods"], periods);
    let deposits = kpi(&bank, &format!("explain deposits {MONTHS}")).json();
    let days = kpi(&bank, "explain deposits --from 2026-01-31 --to 2026-02-28").json();
    for part in ["from", "to", "change", "effects", "from_date", "to_date"] {
        assert_eq!(deposits[part], days[part], "{part}");
    }
    assert_eq!((&deposits["periods"]["taken"], &days["periods"]), (&json!(["end"]), &Value::Null));
    let range = "--from 2026-01-01..2026-01-15 --to 2026-02-01..2026-02-15";
    let range = kpi(&bank, &format!("explain opened {range}")).json();
    assert_eq!((&range["from"], &range["to"]), (&json!(4), &json!(7)));
    let told = told(kpi(&bank, &format!("explain opened {MONTHS}")));
    assert!(told.contains("2026-01 against 2026-02"), "{told}");
    assert!(told.contains("31 days against 28: flows summed over days."), "{told}");
}

#[test]
fn the_parts_of_periods_are_the_whole_over_units_factors_and_both() {
    let bank = small();
    for (from, to) in [
        ("2026-01", "2026-02"),
        ("2025-12", "2026-01"),
        ("2025Q4", "2026Q1"),
        ("2026-01-03..2026-01-19", "2026-02-01..2026-02-20"),
    ] {
        for org in ["HQ", "B1", "S1"] {
            let asked = format!("--from {from} --to {to} --org {org}");
            let of = |words: &str| kpi(&bank, &format!("explain fees {asked} {words}")).json();
            let (orgs, factors) = (of(""), of("--by factor"));
            let shapley = of("--by factor --method shapley");
            for answer in [&orgs, &factors, &shapley] {
                let change = answer["to"].as_i64().unwrap() - answer["from"].as_i64().unwrap();
                assert_eq!(answer["change"], json!(change), "{asked}");
                assert_eq!(effects(answer), change, "{asked}: {answer}");
                assert_eq!(answer["residual"], 0, "{asked}");
            }
            let both = of("--by factor+org");
            assert_eq!(effects(&both), both["change"].as_i64().unwrap());
            for factor in ["visits", "per_visit"] {
                assert_eq!(&both["totals"][factor], effect(&factors, factor), "{asked} {factor}");
            }
            for part in orgs["effects"].as_array().unwrap() {
                let name = part["name"].as_str().unwrap();
                assert_eq!(effect(&both, name), &part["effect"], "{asked} {name}");
            }
        }
    }
    let net = kpi(&bank, &format!("explain net {MONTHS} --by factor")).json();
    assert_eq!((&net["from"], &net["to"]), (&json!(9), &json!(4)));
    assert_eq!((effect(&net, "opened"), effect(&net, "closed")), (&json!(-1), &json!(-4)));
    // A quotient of what flowed and what stands: each is taken as it must be, and the answer says both.
    let yields = kpi(&bank, &format!("explain yield {MONTHS} --by factor")).json();
    assert_eq!(yields["periods"]["taken"], json!(["sum", "end"]));
    let (before, after) = (225.84 / 1900.01, 199.50 / 1700.00);
    assert!((yields["from"].as_f64().unwrap() - before).abs() < 1e-12, "{yields}");
    assert!((yields["to"].as_f64().unwrap() - after).abs() < 1e-12, "{yields}");
}

#[test]
fn a_mean_of_days_and_a_ratio_in_two_parts_are_taken_over_every_day() {
    let bank = small();
    let define = |metric: &str| {
        let words = format!("define {metric} --definition 口径 --owner 计财部 --average");
        kpi(&bank, &words).json();
    };
    define("deposits");
    define("rate");
    let deposits = kpi(&bank, &format!("explain deposits {MONTHS}")).json();
    // S1: 900 for 15 days and 1,000 for 16; S2: its one day; S3: 500.01 throughout. Then 27 and 1, 28, 14 and 14.
    let mean = |days: &[(i64, i64)]| {
        let (sum, n) = days.iter().fold((0, 0), |(sum, n), (value, k)| (sum + value * k, n + k));
        (2 * sum + n) / (2 * n)
    };
    let january = [mean(&[(90_000, 15), (100_000, 16)]), 40_000, 50_001];
    let february =
        [mean(&[(100_000, 27), (81_000, 1)]), 40_000, mean(&[(50_001, 14), (49_000, 14)])];
    assert_eq!(deposits["from"], json!(january.iter().sum::<i64>()));
    assert_eq!(deposits["to"], json!(february.iter().sum::<i64>()));
    assert_eq!(effect(&deposits, "B2"), &json!(february[2] - january[2]));
    assert_eq!(
        (&deposits["residual"], &deposits["periods"]["taken"]),
        (&json!(0), &json!(["mean"]))
    );
    let rate = kpi(&bank, &format!("explain rate {MONTHS}")).json();
    assert_eq!(rate["periods"]["taken"], json!(["apart"]));
    // Every day of January (90 + 2) / (100 + 10); half of February the same, half (95 + 30) / (190 + 100).
    let (before, after) =
        (92.0 / 110.0, (92.0 * 14.0 + 125.0 * 14.0) / (110.0 * 14.0 + 290.0 * 14.0));
    assert!((rate["from"].as_f64().unwrap() - before).abs() < 1e-12, "{rate}");
    assert!((rate["to"].as_f64().unwrap() - after).abs() < 1e-12, "no mean of means: {rate}");
    let parts: f64 =
        rate["effects"].as_array().unwrap().iter().map(|e| e["effect"].as_f64().unwrap()).sum();
    assert!((parts - (after - before)).abs() < 1e-12);
}

/// Two stocks and their quotient: both move within the months, so that a day in the place of a mean shows.
const PER_HEAD: &str = "
    select * from (values
        ('heads', 'S1', '2025-12-31'::date, 10), ('heads', 'S1', '2026-01-16', 20), ('heads', 'S1', '2026-02-15', 40),
        ('sums', 'S1', '2025-12-31', 1000), ('sums', 'S1', '2026-01-16', 3000), ('sums', 'S1', '2026-02-15', 5000)
    ) f (metric, org, day, value)";

#[test]
fn a_mean_of_days_is_divided_by_a_mean_of_the_same_days() {
    let bank = Bank::empty();
    let metrics =
        "select * from (values ('heads', 'stock', null), ('sums', 'stock', 'heads * each'),
        ('each', 'ratio', null)) m (code, kind, formula)";
    let loads = [("org_unit", UNITS), ("metric", metrics), ("metric_fact", PER_HEAD)];
    facts::import(&bank, &loads);
    kpi(&bank, "define sums --definition d --owner o --average").json();
    // 15 days of 1,000 and 16 of 3,000 over 15 of 10 and 16 of 20; then 14 and 14 of each.
    let sums = f64::from((15 * 1000 + 16 * 3000 + 15) / 31);
    let heads = f64::from((15 * 10 + 16 * 20 + 15) / 31);
    let (before, after) = (sums / heads, 4000.0 / 30.0);
    let near = |value: &Value, want: f64| (value.as_f64().unwrap() - want).abs() < 1e-9;
    let each = kpi(&bank, &format!("explain each {MONTHS} --by factor")).json();
    assert!(near(&each["from"], before) && near(&each["to"], after), "{each}");
    let split = kpi(&bank, &format!("explain sums {MONTHS} --by factor")).json();
    // LMDI-I over those means: of heads by their days' ends it would be the logarithm of 40 / 20, and of each 125 / 150.
    let weight = (4000.0 - sums) / (4000.0 / sums).ln();
    let (by_heads, by_each) = (weight * (30.0 / heads).ln(), weight * (after / before).ln());
    let wrong = |name: &str, want: f64| (effect(&split, name).as_f64().unwrap() - want).abs();
    assert!(wrong("heads", by_heads) <= 1.0 && wrong("each", by_each) <= 1.0, "{split}");
    let sum = effect(&split, "heads").as_f64().unwrap() + effect(&split, "each").as_f64().unwrap();
    assert!(near(&split["change"], sum), "a count's factors are not rounded: {split}");
    let shown = kpi(&bank, "show each --on 2026-02-28").json();
    assert!(near(&shown["against"]["prev"]["now"], after), "{shown}");
    // What the split shows of a factor is that mean, not what the factor's own definition says of the day.
    let table = kpi(&bank, &format!("explain sums {MONTHS} --by factor --format csv")).run();
    let table = String::from_utf8(table.stdout).unwrap();
    let row = table.lines().find(|line| line.starts_with("heads,")).unwrap();
    let cells: Vec<&str> = row.split(',').collect();
    assert_eq!(cells[3..5], ["15", "30"], "{table}");
    let alone = kpi(&bank, "show heads --on 2026-02-28").json();
    assert_eq!(alone["value"], json!(40), "by itself it is still that of its day");
}

#[test]
fn a_quotient_is_dated_and_marked_by_its_older_part() {
    let bank = Bank::empty();
    let metrics = "select * from (values ('heads', 'stock', null), ('sums', 'stock', null),
        ('each', 'ratio', 'sums / heads')) m (code, kind, formula)";
    let facts = "select 'heads' as metric, 'S1' as org, d::date as day, 10 as value
        from generate_series(date '2025-09-01', date '2026-02-28', '1 day') d
        union all select 'sums', 'S1', d::date, 100 from generate_series(date '2025-09-01', date '2026-01-09', '1 day') d";
    let loads = [("org_unit", UNITS), ("metric", metrics), ("metric_fact", facts)];
    facts::import(&bank, &loads);
    let tree = kpi(&bank, "tree").json();
    let line = |code: &str| {
        let all = tree["metrics"].as_array().unwrap();
        all.iter().find(|line| line["metric"] == code).unwrap().clone()
    };
    let ended = json!({ "metric": "sums", "day": "2026-01-09" });
    for code in ["each", "sums"] {
        assert_eq!(line(code)["quality"]["ended"], ended, "{code}");
        assert_eq!(line(code)["day"], "2026-01-09", "{code}");
    }
    assert_eq!(line("heads")["quality"]["ended"], Value::Null);
    let words = "explain each --from 2026-01-05 --to 2026-02-28";
    let answer = told(kpi(&bank, words));
    assert!(answer.contains("the facts of sums end on 2026-01-09"), "{answer}");
    let grid = kpi(&bank, "grid --kind subbranch").json();
    let metrics = grid["metrics"].as_array().unwrap();
    let at = |code: &str| metrics.iter().position(|metric| metric["metric"] == code).unwrap();
    let marked = |code: &str| grid["rows"][0]["cells"][at(code)]["incomplete"].clone();
    assert_eq!((marked("each"), marked("heads")), (json!(true), json!(false)), "{grid}");
}

/// What the customers of a group held as the mean of the days of a month, from each day's balances.
fn mean_of(bank: &Bank, group: &str, month: (&str, &str)) -> f64 {
    let relation = &bank
        .sql("zhao.viewer", "select relation from baton.attribute where code = 'payroll'")[0][0];
    let sql = format!(
        "select (sum(h.amount)::numeric / (date '{1}' - date '{0}' + 1))::float8
         from generate_series(date '{0}', date '{1}', '1 day') d
         join baton.holding h on h.day <= d and d < h.until
         join baton.customer c on c.customer_id = h.customer_id
         join baton.org_unit u on u.id = c.org_id and u.path @> array[(select id from baton.org_unit where code = 'B03')]
         left join baton.{relation} x on x.customer_id = c.customer_id
         where {group}",
        month.0, month.1
    );
    bank.sql("zhao.viewer", &sql)[0][0].parse().unwrap()
}

#[test]
fn a_mean_of_days_is_split_over_customers_by_the_balances_of_each_day() {
    let bank = Bank::demo();
    let months = "explain aum --from 2026-09 --to 2026-10 --org B03";
    let define = "define aum --definition 日均 --owner 计财部 --average --measure holdings";
    kpi(&bank, define).json();
    let (september, october) = (("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31"));
    let answer = kpi(&bank, &format!("{months} --by attribute:payroll")).json();
    assert_eq!(answer["periods"]["taken"], json!(["mean"]));
    for (group, rule) in [("payroll", "x.payroll"), ("not payroll", "not x.payroll")] {
        let found = effect(&answer, group).as_f64().unwrap();
        let want = mean_of(&bank, rule, october) - mean_of(&bank, rule, september);
        assert!((found - want).abs() <= 1.0, "{group}: {found} is not {want}");
    }
    // Together to the fen what all of them hold; what the facts differ by is told as left over.
    let all = |month| mean_of(&bank, "true", month).round();
    let sum = effects(&answer);
    let wrong = json!(sum).as_f64().unwrap() - (all(october) - all(september));
    assert!(wrong.abs() < 0.5, "{wrong}");
    assert_eq!(sum + answer["residual"].as_i64().unwrap(), answer["change"].as_i64().unwrap());
    assert_eq!(kpi(&bank, months).json()["change"], answer["change"]);
    // A unit whose facts begin within a month counts the days from there on, and so do its customers' balances.
    bank.sql(
        "baton_internal",
        "delete from baton.metric_fact f using baton.org_unit u where u.id = f.org_id and u.code = 'B0301' and f.metric = 'aum'
             and f.day < '2026-10-16';
         update baton.fact_unit k set first_day = '2026-10-16' from baton.org_unit u
             where u.id = k.org_id and u.code = 'B0301' and k.metric = 'aum'",
    );
    let late = kpi(&bank, &format!("{months} --by attribute:payroll")).json();
    let others = |month| mean_of(&bank, "x.payroll and u.code <> 'B0301'", month);
    let own = mean_of(&bank, "x.payroll and u.code = 'B0301'", ("2026-10-16", "2026-10-31"));
    let (found, want) = (effect(&late, "payroll"), others(october) + own - others(september));
    assert!((found.as_f64().unwrap() - want).abs() <= 1.0, "{found} is not {want}");
    // Customers' records say nothing of what flows.
    let opened = "define new_customers --definition 口径 --owner 计财部 --measure customers";
    kpi(&bank, opened).json();
    let flow = "explain new_customers --from 2026-09 --to 2026-10 --by attribute:payroll";
    let said = kpi(&bank, flow).args(["--lang", "en"]).refused();
    assert!(said.contains("added up over days"), "{said}");
}

/// What moved between the two values.
fn effect_of_all(explained: &Value) -> f64 {
    explained["to"].as_f64().unwrap() - explained["from"].as_f64().unwrap()
}

#[test]
fn who_moved_a_mean_of_days_is_told_as_of_a_balance() {
    let bank = Bank::demo();
    let define = "define aum --definition 日均 --owner 计财部 --average --measure holdings";
    kpi(&bank, define).json();
    let months = "explain aum --from 2026-09 --to 2026-10 --org B03";
    let whole = kpi(&bank, &format!("{months} --method adtributor")).args(["--lang", "en"]).json();
    // Who left has no records any more: more than a third of the change is theirs, so units are named, and no dimension or group of
    // what customers have.
    let dimensions = whole["dimensions"].as_array().unwrap();
    let named: Vec<&str> = dimensions.iter().map(|d| d["dimension"].as_str().unwrap()).collect();
    assert!(named == ["org"] || named == ["unit"] || named == ["unit", "org"], "{named:?}");
    let sentence = whole["sentence"].as_str().unwrap();
    assert!(sentence.contains("sub-branches") && whole["who"]["group"].is_null(), "{sentence}");
    let split = format!("{months} --by attribute:payroll");
    let split = kpi(&bank, &split).args(["--lang", "en"]).json();
    let (left, change) = (split["residual"].as_f64().unwrap(), effect_of_all(&split));
    assert!((left / change).abs() > 1.0 / 3.0, "{split}");
    let sentence = split["sentence"].as_str().unwrap();
    assert!(sentence.contains("customers' records add up to"), "{sentence}");
}

#[test]
fn what_is_no_pair_of_periods_is_refused_and_one_that_goes_on_says_so() {
    let bank = small();
    let refused = |words: &str| kpi(&bank, &format!("explain opened {words}")).refused();
    assert!(refused("--from 2026-01-31 --to 2026-02").contains("two days, or two periods"));
    assert!(refused("--from 2026-02 --to 2026-01").contains("goes back in time"));
    assert!(refused("--from 2026-02-15 --to 2026-02-01").contains("goes back in time"));
    assert!(refused("--from 2026-01 --to soon").contains("`soon` is neither a day nor a period"));
    assert!(refused("--from 2026-02 --to 2026-03").contains("begins on 2026-03-01"));
    assert!(refused("--from 2026-02-15..2026-02-01 --to 2026-02").contains("neither"));
    assert!(refused("--from 2025-11 --to 2026Q1 --chain").contains("as many whole months"));
    let both = kpi(&bank, "explain opened --compare prev --chain").fails(2);
    assert!(both.contains("--compare has two ends and nothing between"), "{both}");
    let chain = kpi(&bank, "explain fees --from 2025-12 --to 2026-02 --by factor --chain").json();
    let step = |from: &str, to: &str| {
        kpi(&bank, &format!("explain fees --from {from} --to {to} --by factor")).json()
    };
    let (one, two) = (step("2025-12", "2026-01"), step("2026-01", "2026-02"));
    for factor in ["visits", "per_visit"] {
        let sum = effect(&one, factor).as_i64().unwrap() + effect(&two, factor).as_i64().unwrap();
        assert_eq!(effect(&chain, factor), &json!(sum));
    }
    assert_eq!(chain["chained"], true);
    let quarter = kpi(&bank, "explain fees --from 2025Q4 --to 2026Q1").json();
    let ends = (&quarter["periods"]["to"]["end"], &quarter["periods"]["to"]["goes_on_until"]);
    assert_eq!(ends, (&json!("2026-02-28"), &json!("2026-03-31")));
    assert_eq!(quarter["periods"]["from"]["facts_begin"], "2025-12-31");
    let told = told(kpi(&bank, "explain fees --from 2025Q4 --to 2026Q1"));
    assert!(told.contains("the period goes on until 2026-03-31 and is counted until 2026-02-28"));
    assert!(told.contains("the facts begin on 2025-12-31, the period on 2025-10-01"), "{told}");
}

#[test]
fn a_comparison_with_a_period_that_the_facts_begin_in_says_so() {
    let bank = small();
    let late = kpi(&bank, "explain opened --compare prev").json();
    assert_eq!(late["periods"]["from"]["facts_begin"], "2026-01-05");
    let told = told(kpi(&bank, "explain opened --compare prev"));
    assert!(told.contains("the facts begin on 2026-01-05, the period on 2026-01-01"), "{told}");
    let whole = kpi(&bank, "explain deposits --compare prev").json();
    assert_eq!(whole["periods"], Value::Null, "a stock of a day is whole");
    let beside = kpi(&bank, "show opened").json()["against"].clone();
    assert_eq!(beside["prev"]["facts_begin"], "2026-01-05");
    assert_eq!(beside["yoy"]["facts_begin"], Value::Null, "there is nothing at all of that year");
    let said = self::told(kpi(&bank, "show opened"));
    assert!(said.contains("period before: incomplete: the facts begin on 2026-01-05"), "{said}");
    assert!(!self::told(kpi(&bank, "show deposits")).contains("begin on"));
}

#[test]
fn a_quotient_of_flows_says_that_they_begin_within_what_it_is_held_against() {
    let bank = Bank::empty();
    let metrics = METRICS.replace(
        "'fees / deposits')",
        "'fees / deposits'), ('shut', 'ratio', null, 'closed / opened')",
    );
    facts::import(&bank, &[("org_unit", UNITS), ("metric", &metrics), ("metric_fact", FACTS)]);
    for by in ["org", "factor"] {
        let asked = format!("explain shut --compare prev --by {by}");
        let late = kpi(&bank, &asked).json();
        assert_eq!(late["periods"]["from"]["facts_begin"], "2026-01-09", "{late}");
        let told = told(kpi(&bank, &asked));
        assert!(told.contains("the facts begin on 2026-01-09, the period on 2026-01-01"), "{told}");
    }
    assert_eq!(kpi(&bank, "explain yield --compare prev").json()["periods"], Value::Null);
}

#[test]
fn a_number_of_restated_parts_says_so_where_it_is_taken_apart() {
    let bank = small();
    let restated = |answer: &Value| {
        let of = |end: &str| answer["quality"][end]["restated"].as_i64().unwrap();
        (of("from"), of("to"))
    };
    let days = "explain deposits --from 2026-01-31 --to 2026-02-28";
    assert_eq!(restated(&kpi(&bank, days).json()), (0, 0));
    // S3 at mid February, S1 on a day of January and another of December.
    import(
        &bank,
        &FACTS
            .replace("'2026-02-15', 490.00", "'2026-02-15', 480.00")
            .replace("'2026-01-20', 33.33", "'2026-01-20', 43.33")
            .replace("'2025-12-31', 900.00", "'2025-12-31', 901.00"),
    );
    assert_eq!(restated(&kpi(&bank, days).json()), (0, 1), "S3's fact stands on the last day");
    assert_eq!(restated(&kpi(&bank, &format!("{days} --org B1")).json()), (0, 0));
    let earlier = "explain deposits --from 2025-12-31 --to 2026-01-31";
    assert_eq!(restated(&kpi(&bank, earlier).json()), (1, 0));
    let fees = kpi(&bank, &format!("explain fees {MONTHS} --by factor")).json();
    assert_eq!(restated(&fees), (1, 0), "a day within the period");
    assert_eq!(restated(&kpi(&bank, &format!("explain visits {MONTHS}")).json()), (0, 0));
    let told = told(kpi(&bank, &format!("explain fees {MONTHS}")));
    assert!(told.contains("2026-01: facts of 1 unit behind it were restated"), "{told}");
    assert!(!told.contains("2026-02: "), "{told}");
    let show = kpi(&bank, "show deposits").json();
    assert_eq!(show["quality"]["restated"], 1);
    assert_eq!(kpi(&bank, "show deposits --org B1").json()["quality"]["restated"], 0);
}

#[test]
fn what_is_missing_of_either_period_is_told() {
    let bank = Bank::demo();
    let months = "explain new_customers --from 2026-09 --to 2026-10";
    let quality = || kpi(&bank, months).json()["quality"].clone();
    let whole = quality();
    for end in ["from", "to"] {
        let of = (&whole[end]["missing_days"], &whole[end]["missing_facts"]);
        assert_eq!(of, (&json!(0), &json!(0)), "{whole}");
    }
    bank.sql(
        "baton_internal",
        "delete from baton.metric_fact where metric = 'new_customers' and day = '2026-09-14';
         delete from baton.fact_sheet where metric = 'new_customers' and day = '2026-09-14';
         delete from baton.metric_fact f using baton.org_unit u where u.id = f.org_id and f.metric = 'new_customers'
             and f.day = '2026-10-20' and u.code in ('B0301', 'B0302');
         select baton.sheets_make(array['new_customers'], array['2026-10-20'::date])",
    );
    let holes = quality();
    assert_eq!(holes["from"]["missing_days"], 1, "{holes}");
    assert_eq!(holes["to"]["missing_facts"], 2, "{holes}");
    assert_eq!(holes["to"]["missing_days"], 0, "{holes}");
    let told = told(kpi(&bank, months));
    assert!(told.contains("2026-09: incomplete: 1 day of the period has no facts"), "{told}");
    assert!(told.contains("2026-10: incomplete: 2 facts of 2 units"), "{told}");
    // The words of --compare name periods, too.
    let compared = kpi(&bank, "explain new_customers --compare prev").json()["quality"].clone();
    assert_eq!(compared["from"]["missing_days"], 1, "{compared}");
}

#[test]
fn on_the_demo_bank_months_are_plain_sums_and_the_sentence_names_who() {
    let bank = Bank::demo();
    let sum = |month: &str| -> i64 {
        let sql = format!(
            "select sum(value) from baton.metric_fact where metric = 'new_customers' and to_char(day, 'YYYY-MM') = '{month}'"
        );
        bank.sql("zhao.viewer", &sql)[0][0].parse().unwrap()
    };
    let flow = kpi(&bank, "explain new_customers --from 2026-08 --to 2026-09").json();
    assert_eq!((&flow["from"], &flow["to"]), (&json!(sum("2026-08")), &json!(sum("2026-09"))));
    let between = |from: &str, to: &str| {
        let words = format!("explain aum --from {from} --to {to} --org B03 --by factor+org");
        kpi(&bank, &words).json()
    };
    let (months, days) = (between("2026-09", "2026-10"), between("2026-09-30", "2026-10-31"));
    for part in ["from", "to", "effects", "totals", "sentence", "who"] {
        assert_eq!(months[part], days[part], "{part}");
    }
    assert_eq!(months["who"]["units"].as_array().unwrap().len(), 3);
}
