//! Metrics that count working days only, over China's calendar of 2026, against sums by hand: a day off reads like the working day
//! before it, what came on days off is the next working day's, and nothing is counted twice or dropped. And plans of means of days.
#![expect(clippy::disallowed_methods, reason = "tests write manifests")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod facts;
mod support;

use facts::{kpi, told};
use serde_json::{Value, json};
use support::{Bank, baton};

const UNITS: &str = "
    select *, code as name from (values ('HQ', null, 'hq'), ('B1', 'HQ', 'branch'), ('B2', 'HQ', 'branch'))
        u (code, parent, kind)";

const METRICS: &str = "
    select * from (values ('opened', 'flow', null, null), ('deposits', 'stock', 'money', null)) m (code, kind, unit, formula)";

/// `opened` has a power of two on each day, so that a sum says which days it is made of; B2 has its deposits on the same days.
fn daily() -> String {
    let opened = "select 'opened' as metric, 'B1' as org, d::date as day, (1::bigint << (d::date - date '2026-01-01')) as value,
            null::bigint as numerator, null::bigint as denominator
        from generate_series(date '2026-01-01', date '2026-02-28', '1 day') d";
    let deposits = "select 'deposits', b.org, d::date, (b.base + 10 * (d::date - date '2026-01-01'))::bigint, null, null
        from generate_series(date '2025-12-31', date '2026-02-28', '1 day') d cross join (values ('B1', 1000), ('B2', 5000)) b (org, base)";
    format!("{opened} union all {deposits}")
}

const TARGETS: &str = "
    select * from (values ('deposits', 'HQ', '2026-02', 6500), ('deposits', 'B1', '2026-02', 1400),
        ('deposits', 'B2', '2026-02', 5100), ('opened', 'HQ', '2026-02', 1000)) t (metric, org, period, value)";

fn bank() -> Bank {
    let bank = Bank::empty();
    let facts = daily();
    let loads =
        [("org_unit", UNITS), ("metric", METRICS), ("metric_fact", &facts), ("target", TARGETS)];
    facts::import(&bank, &loads);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/calendar/china-2026.csv");
    baton(&bank).args(["calendar", "import", file]).json();
    bank
}

fn define(bank: &Bank, metric: &str, words: &str) {
    kpi(bank, &format!("define {metric} --definition 口径 --owner 计财部 {words}")).json();
}

/// The sum of `opened` over some days from January 1st on.
fn days(first: &str, last: &str) -> i64 {
    let at = |day: &str| {
        let day: chrono::NaiveDate = format!("2026-{day}").parse().unwrap();
        (day - chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()).num_days()
    };
    (at(first)..=at(last)).map(|day| 1_i64 << day).sum()
}

fn against(bank: &Bank, words: &str) -> Value {
    kpi(bank, words).json()["against"].clone()
}

#[test]
fn a_holiday_reads_like_the_working_day_before_it() {
    let bank = bank();
    define(&bank, "opened", "--workdays");
    // Saturday the 14th is worked; Sunday the 15th to Monday the 23rd is the Spring Festival.
    let before = kpi(&bank, "show opened --on 2026-02-14").json();
    assert_eq!(before["value"], days("02-14", "02-14"));
    for on in ["2026-02-15", "2026-02-18", "2026-02-23"] {
        let shown = kpi(&bank, &format!("show opened --on {on}")).json();
        assert_eq!(shown["against"], before["against"], "{on}");
        assert_eq!((&shown["value"], &shown["day"]), (&before["value"], &before["day"]), "{on}");
        let explained =
            |on: &str| kpi(&bank, &format!("explain opened --compare prev --on {on}")).json();
        assert_eq!(explained(on), explained("2026-02-14"), "{on}");
        let said = told(kpi(&bank, &format!("show opened --on {on}")));
        assert!(!said.contains("no facts"), "{said}");
    }
    // The first day back has the whole holiday's.
    let returned = kpi(&bank, "show opened --on 2026-02-24").json();
    assert_eq!(returned["value"], days("02-15", "02-24"));
    // Eleven working days of February by the 14th, and as many of January: not the calendar's.
    let prev = &before["against"]["prev"];
    assert_eq!((&prev["to_start"], &prev["to"]), (&json!("2026-01-31"), &json!("2026-02-14")));
    assert_eq!((&prev["from_start"], &prev["from"]), (&json!("2026-01-01"), &json!("2026-01-16")));
    assert_eq!(prev["before"], days("01-01", "01-16"));
    assert_eq!(prev["now"], days("01-31", "02-14"), "Saturday the 31st and Sunday are Monday's");
}

#[test]
fn how_the_ends_of_a_comparison_differ_is_told() {
    let bank = bank();
    let remarks = |words: &str, compare: &str| against(&bank, words)[compare]["remarks"].clone();
    // 28 days of February against 31 of January; at the ends of months there is nothing to say.
    let flow = remarks("show opened --on 2026-02-28", "prev");
    assert_eq!(flow, json!({ "days": [31, 28] }));
    assert_eq!(remarks("show deposits --on 2026-02-28", "prev"), Value::Null);
    // December ends with the 31st, and the 30th of January is not its end.
    let ends = json!({ "month_end": "2026-01-31", "no_month_end": "2026-02-27" });
    assert_eq!(remarks("show deposits --on 2026-02-27", "prev"), Value::Null, "27 against 27");
    let said = kpi(&bank, "explain deposits --from 2026-01-31 --to 2026-02-27").json();
    assert_eq!(said["remarks"], Value::Null, "the 27th is meant as no month's end");
    let said = kpi(&bank, "explain deposits --from 2026-01-30 --to 2026-02-28").json();
    assert_ne!(said["remarks"], ends);
    assert_eq!(
        said["remarks"],
        json!({ "month_end": "2026-02-28", "no_month_end": "2026-01-30" }),
        "{said}"
    );
    define(&bank, "opened", "--workdays");
    let counted = remarks("show opened --on 2026-02-14", "prev");
    assert_eq!(counted, Value::Null, "11 against 11 is nothing to be told");
    let year = remarks("show opened --on 2026-02-14", "yoy");
    assert_eq!(year["years_without_days_off"], json!([2025]), "the calendar is of 2026: {year}");
    let tree = kpi(&bank, "tree opened --on 2026-02-14").json();
    assert_eq!(tree["metrics"][0]["against"]["prev"]["remarks"], counted);
    let explained = kpi(&bank, "explain opened --compare prev --on 2026-02-14").json();
    assert_eq!(explained["remarks"], counted);
    let said = told(kpi(&bank, "show opened --on 2026-02-14"));
    assert!(!said.contains("11 against 11"), "{said}");
    assert!(said.contains("the calendar names no day off in 2025"), "{said}");
    // The tree says it of what stands in its table: of the year before there are no facts, and no period before of a flow.
    let tree = told(kpi(&bank, "tree opened --on 2026-02-14"));
    assert!(!tree.contains("11 against 11") && !tree.contains("2025:"), "{tree}");
    let tree = told(kpi(&bank, "tree deposits --on 2026-03-30"));
    let ends = "period before (deposits): 2026-02-28 ends its month, 2026-03-30 does not";
    assert!(tree.contains(ends), "{tree}");
    let said = told(kpi(&bank, "explain opened --compare prev --on 2026-02-14"));
    assert!(!said.contains("working days: 11"), "{said}");
    let months = told(kpi(&bank, "explain opened --from 2026-01 --to 2026-02"));
    assert_eq!(months.matches("orking days").count(), 1, "once is enough: {months}");
}

#[test]
fn months_count_every_fact_once() {
    let bank = bank();
    define(&bank, "opened", "--workdays");
    let months = kpi(&bank, "explain opened --from 2026-01 --to 2026-02").json();
    assert_eq!(months["from"], days("01-01", "01-30"));
    assert_eq!(months["to"], days("01-31", "02-28"), "the 28th is worked");
    let counted = &months["periods"]["to"];
    assert_eq!(counted["counted"], json!({ "start": "2026-01-31", "end": "2026-02-28" }));
    assert_eq!((&counted["days"], &counted["workdays"]), (&json!(29), &json!(16)));
    let said = told(kpi(&bank, "explain opened --from 2026-01 --to 2026-02"));
    assert!(said.contains("30 days against 29"), "what is said is what is taken: {said}");
    assert!(said.contains("2026-01-31..2026-02-28"), "{said}");
    let refused =
        kpi(&bank, "explain opened --from 2026-02-15..2026-02-20 --to 2026-02-24..2026-02-28");
    assert!(refused.refused().contains("no working day"));
    // A plan's flow so far is the same sum.
    let plan = against(&bank, "show opened --on 2026-02-18")["plan"].clone();
    assert_eq!(plan["now"], days("01-31", "02-14"));
    let explained = kpi(&bank, "explain opened --compare plan --on 2026-02-18").json();
    assert_eq!(explained["to"], plan["now"]);
    assert_eq!(explained["from"], plan["before"]);
}

#[test]
fn a_stock_of_a_month_s_last_working_day_is_held_against_that_of_the_month_before() {
    let bank = bank();
    define(&bank, "deposits", "--workdays");
    let prev = |on: &str| against(&bank, &format!("show deposits --on {on}"))["prev"].clone();
    let shown = |of: &Value| (of["from"].clone(), of["to"].clone());
    // Friday the 30th is January's last working day, and Wednesday the 31st December's.
    assert_eq!(shown(&prev("2026-01-31")), (json!("2025-12-31"), json!("2026-01-30")));
    assert_eq!(prev("2026-01-31"), prev("2026-01-30"));
}

#[test]
fn a_mean_is_held_against_its_plan_to_date() {
    let bank = bank();
    define(&bank, "deposits", "--average");
    // B1 stands at 1,310 on the first of February and at 10 more each day: 1,375 in the middle of 14 days.
    let mean = |first: i64, last: i64, base: i64| 100 * (2 * base + 10 * (first + last)) / 2;
    let (b1, b2) = (mean(31, 44, 1000), mean(31, 44, 5000));
    let plan = against(&bank, "show deposits --on 2026-02-14")["plan"].clone();
    assert_eq!(plan["now"], b1 + b2);
    assert_eq!(plan["before"], 650_000, "a mean is to be reached as it is, not in parts");
    assert_eq!(
        (&plan["to_start"], &plan["to"]),
        (&json!("2026-02-01"), &json!("2026-02-14")),
        "{plan}"
    );
    let explained = kpi(&bank, "explain deposits --compare plan --on 2026-02-14").json();
    assert_eq!((&explained["to"], &explained["from"]), (&plan["now"], &plan["before"]));
    let effect = |name: &str| {
        let effects = explained["effects"].as_array().unwrap();
        effects.iter().find(|part| part["name"] == name).unwrap()["effect"].clone()
    };
    assert_eq!((effect("B1"), effect("B2")), (json!(b1 - 140_000), json!(b2 - 510_000)));
    let tree = kpi(&bank, "tree deposits --on 2026-02-14").json();
    let reached = tree["metrics"][0]["target"]["reached"].as_f64().unwrap();
    let expected = f64::from(i32::try_from(b1 + b2).unwrap()) / 650_000.0;
    assert!((reached - expected).abs() < 1e-12, "{reached}");
    // An alert on the pace judges the same.
    let alert = "alerts new AL --name n --metric deposits --kind pace --below 0.5 --units hq";
    kpi(&bank, alert).json();
    let said = kpi(&bank, "alerts test AL").json();
    let hit = &said[0]["hits"][0];
    let all = against(&bank, "show deposits")["plan"].clone();
    assert_eq!(hit["value"].as_f64(), all["now"].as_f64());
}
