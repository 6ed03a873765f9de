//! Metrics by command, from a manifest's facts to the parts of a change.
#![expect(clippy::disallowed_methods, reason = "tests write manifests")]

mod support;

use serde_json::{Value, json};
use support::{Bank, Baton, baton};

/// HQ over B1 with S1 and S2, and B2 with S3. S2 opens in February; S3 delivers nothing in February.
const UNITS: &str = "
    select * from (values ('HQ', null, 'hq'), ('B1', 'HQ', 'branch'), ('B2', 'HQ', 'branch'), ('S1', 'B1', 'subbranch'),
        ('S2', 'B1', 'subbranch'), ('S3', 'B2', 'subbranch')) u (code, parent, kind)";
const FACTS: &str = "
    select * from (values
        ('deposits', 'S1', '2026-01-31'::date, 1000.00), ('customers', 'S1', '2026-01-31', 10),
        ('deposits', 'S3', '2026-01-31', 500.01), ('customers', 'S3', '2026-01-31', 5),
        ('deposits', 'S1', '2026-02-28', 810.00), ('customers', 'S1', '2026-02-28', 9),
        ('deposits', 'S2', '2026-02-28', 70.01), ('customers', 'S2', '2026-02-28', 2),
        ('opened', 'S1', '2026-01-31', 4), ('opened', 'S1', '2026-02-28', 6), ('opened', 'S3', '2026-01-31', 3)
    ) f (metric, org, day, value)";

fn manifest(metrics: &str, facts: &str) -> String {
    let units = UNITS.replace("select *", "select *, code as name");
    format!(
        "[bank]\nname = \"B\"\nas_of = 2026-02-28\ncurrency = \"CNY\"\n\
         [[load]]\ninto = \"org_unit\"\nsql = \"\"\"{units}\"\"\"\n\
         [[load]]\ninto = \"metric\"\nsql = \"\"\"{metrics}\"\"\"\n\
         [[load]]\ninto = \"metric_fact\"\nsql = \"\"\"{facts}\"\"\"\n"
    )
}

fn metrics(rows: &str) -> String {
    format!("select * from (values {rows}) m (code, kind, unit, formula)")
}

fn deposits() -> String {
    metrics(
        "('deposits', 'stock', 'money', 'deposits = customers * per_customer'), ('customers', 'stock', null, null),
         ('per_customer', 'ratio', 'money', null), ('opened', 'flow', null, null)",
    )
}

fn import(bank: &Bank, manifest: &str) -> (tempfile::TempDir, Baton) {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("baton-import.toml"), manifest).expect("a file");
    let run = baton(bank).args(["import"]).args([dir.path()]);
    (dir, run)
}

fn small() -> Bank {
    let bank = Bank::empty();
    import(&bank, &manifest(&deposits(), FACTS)).1.json();
    bank
}

fn kpi(bank: &Bank, words: &str) -> Baton {
    baton(bank).args(["kpi"]).args(words.split_whitespace())
}

const MONTH: &str = "--from 2026-01-31 --to 2026-02-28";

#[test]
fn a_change_is_split_exactly_by_unit_and_by_factor() {
    let bank = small();
    let mut by_org = kpi(&bank, &format!("explain deposits {MONTH}")).json();
    let beside = by_org.as_object_mut().unwrap();
    let quality = beside.remove("quality").unwrap();
    assert_eq!((&quality["from"]["late"], &quality["to"]["late"]), (&json!([]), &json!(["S3"])));
    let said = beside.remove("sentence").unwrap();
    assert!(said.as_str().unwrap().starts_with("HQ deposits -8.0 %: "), "{said}");
    assert_eq!(beside.remove("who").unwrap()["units"], json!(["S1"]));
    assert_eq!(
        by_org,
        json!({
            "metric": "deposits", "org": "HQ", "from_date": "2026-01-31", "to_date": "2026-02-28",
            "from": 150_001, "to": 138_002, "change": -11_999, "by": "org", "method": "additive", "why": "sum",
            "chained": false, "reversal": false,
            "effects": [{"name": "B1", "effect": -11_999}, {"name": "B2", "effect": 0}], "residual": 0,
        }),
        "S3 delivered nothing in February and keeps its last balance"
    );
    let factors = |org: &str| {
        let answer =
            kpi(&bank, &format!("explain deposits {MONTH} --by factor --org {org}")).json();
        assert_eq!((&answer["method"], &answer["residual"]), (&json!("lmdi-i"), &json!(0)));
        let effects = answer["effects"].as_array().unwrap();
        let of =
            |name| effects.iter().find(|e| e["name"] == name).unwrap()["effect"].as_i64().unwrap();
        assert_eq!(of("customers") + of("per_customer"), answer["change"].as_i64().unwrap());
        (of("customers"), of("per_customer"))
    };
    // S1 lost a tenth of both; S2 opened, and customers take it all.
    assert_eq!(factors("S1"), (-9_500, -9_500));
    assert_eq!(factors("S2"), (7_001, 0));
    assert_eq!(factors("B1"), (-2_499, -9_500));
    assert_eq!(factors("HQ"), (-2_499, -9_500));
}

#[test]
fn a_stock_shows_the_day_of_its_facts_and_a_flow_only_its_own_day() {
    let bank = small();
    let show = |words: &str| kpi(&bank, &format!("show {words}")).json();
    let bank_wide = show("deposits --on 2026-02-28");
    assert_eq!((&bank_wide["value"], &bank_wide["day"]), (&json!(138_002), &json!("2026-02-28")));
    assert_eq!(bank_wide["oldest_day"], "2026-01-31");
    let between = show("deposits --org S1 --on 2026-02-10");
    assert_eq!((&between["value"], &between["day"]), (&json!(100_000), &json!("2026-01-31")));
    assert_eq!(show("per_customer --org S1 --on 2026-02-28")["value"], json!(9_000));
    assert_eq!(show("opened --on 2026-02-28")["value"], 6);
    assert_eq!(show("opened --on 2026-02-27")["value"], Value::Null);
    assert_eq!(show("deposits --on 2025-12-31")["value"], Value::Null);
    let opened = kpi(&bank, &format!("explain opened {MONTH}")).json();
    assert_eq!(
        opened["effects"],
        json!([{"name": "B2", "effect": -3}, {"name": "B1", "effect": 2}])
    );
}

#[test]
fn the_tree_has_each_factor_below_its_metric() {
    let tree = kpi(&small(), "tree").json();
    let line =
        |row: &Value| (row["metric"].as_str().unwrap().to_owned(), row["depth"].as_u64().unwrap());
    let lines: Vec<_> = tree["metrics"].as_array().unwrap().iter().map(line).collect();
    let want = [("deposits", 0), ("customers", 1), ("per_customer", 1), ("opened", 0)];
    assert_eq!(lines, want.map(|(code, depth)| (code.to_owned(), depth)));
    assert_eq!((&tree["on"], &tree["previous_on"]), (&json!("2026-02-28"), &json!("2026-01-31")));
    assert_eq!(tree["metrics"][0]["change"], -11_999);
}

#[test]
fn a_plan_is_paced_by_its_shortest_period_and_a_flow_by_what_came_in_it() {
    let bank = Bank::empty();
    let plans =
        "select * from (values ('opened', 'HQ', '2026-02', 12), ('opened', 'HQ', '2026', 130),
        ('deposits', 'HQ', '2026-Q1', 2760.04)) t (metric, org, period, value)";
    let plans = format!("[[load]]\ninto = \"target\"\nsql = \"\"\"{plans}\"\"\"\n");
    import(&bank, &(manifest(&deposits(), FACTS) + &plans)).1.json();
    let tree = kpi(&bank, "tree --on 2026-02-28").json();
    let target = |at: usize| tree["metrics"][at]["target"].clone();
    assert_eq!(target(0), json!({"period": "2026-Q1", "value": 276_004, "reached": 0.5}));
    assert_eq!(target(3), json!({"period": "2026-02", "value": 12, "reached": 0.5}));
    assert_eq!(target(1), Value::Null);
}

#[test]
fn what_has_no_answer_says_what_to_do() {
    let bank = small();
    let refused = |words: &str| kpi(&bank, words).refused();
    let early = refused("explain deposits --from 2025-12-31 --to 2026-02-28");
    assert!(early.contains("2026-01-31 to 2026-02-28"), "{early}");
    let quotient = refused(&format!("explain per_customer {MONTH} --method additive"));
    assert!(quotient.contains("mix-rate"), "{quotient}");
    assert!(refused(&format!("explain customers {MONTH} --by factor")).contains("no formula"));
    assert!(refused("show deposit").contains("did you mean `deposits`"));
    assert!(refused("show deposits --org S9").contains("S9"));
    kpi(&bank, "explain deposits --from 2026-01-31").fails(2);
}

#[test]
fn a_negative_balance_goes_to_shapley_and_lmdi_refuses_it_by_name() {
    let bank = Bank::empty();
    let facts = FACTS.replace("810.00", "-0.01");
    import(&bank, &manifest(&deposits(), &facts)).1.json();
    let by = format!("explain deposits {MONTH} --by factor");
    let refused = kpi(&bank, &format!("{by} --method lmdi")).refused();
    assert!(refused.contains("`deposits` of S1 is negative on 2026-02-28"), "{refused}");
    let answer = kpi(&bank, &by).json();
    assert_eq!((&answer["method"], &answer["why"]), (&json!("shapley"), &json!("signs")));
    let effects = answer["effects"].as_array().unwrap();
    let sum: i64 = effects.iter().map(|e| e["effect"].as_i64().unwrap()).sum();
    assert_eq!((sum, &answer["residual"]), (answer["change"].as_i64().unwrap(), &json!(0)));
    // S1 alone: 10 customers of 10,000 become 9 of -1/9: half of each switch in either order.
    let one = kpi(&bank, &format!("{by} --org S1")).json();
    let of = |name| {
        one["effects"].as_array().unwrap().iter().find(|e| e["name"] == name).unwrap()["effect"]
            .clone()
    };
    assert_eq!(of("customers"), json!(-5_000), "(9 - 10) x (10,000 - 1/9) / 2");
    assert_eq!(of("per_customer"), json!(-95_001));
    let by_org = kpi(&bank, &format!("explain deposits {MONTH} --org B1")).json();
    assert_eq!(by_org["effects"][0], json!({"name": "S1", "effect": -100_001}));
}

#[test]
fn the_published_three_factor_case_comes_out_of_an_import() {
    // Ang 2005, package LMDIR 0.1.14, 1971 to 1972; the first factor is an amount; money makes hundredths of it.
    let bank = Bank::empty();
    let rows = "('v', 'stock', 'money', 'f1 * f2 * f3'), ('f1', 'stock', 'money', null), ('f2', 'stock', null, null),
        ('f3', 'stock', null, null)";
    let facts =
        "select 'f' || f as metric, 'S' || s as org, d::date as day, x as value from (values
        (1, 1, '2026-01-31', 1), (2, 1, '2026-01-31', 10), (3, 1, '2026-01-31', 2),
        (1, 2, '2026-01-31', 4), (2, 2, '2026-01-31', 5), (3, 2, '2026-01-31', 3),
        (1, 1, '2026-02-28', 4), (2, 1, '2026-02-28', 5), (3, 1, '2026-02-28', 3),
        (1, 2, '2026-02-28', 5), (2, 2, '2026-02-28', 6), (3, 2, '2026-02-28', 4)) v (f, s, d, x)";
    import(&bank, &manifest(&metrics(rows), facts)).1.json();
    let answer = kpi(&bank, &format!("explain v {MONTH} --by factor")).json();
    assert_eq!((&answer["from"], &answer["to"]), (&json!(8_000), &json!(18_000)));
    let effects = json!([
        {"name": "f1", "effect": 6_980}, {"name": "f3", "effect": 3_966}, {"name": "f2", "effect": -946},
    ]);
    assert_eq!(answer["effects"], effects, "69.790, 39.665, -9.455, rounded row by row");
}

#[test]
fn formulas_that_go_round_or_name_nothing_are_refused_with_nothing_changed() {
    let bank = Bank::empty();
    let with = |formula: &str, other: &str| {
        let rows = format!(
            "('deposits', 'stock', 'money', '{formula}'), ('customers', 'stock', null, '{other}'),
             ('per_customer', 'ratio', 'money', null), ('opened', 'flow', null, null)"
        );
        import(&bank, &manifest(&metrics(&rows), FACTS)).1.refused()
    };
    let cycle = with("customers * per_customer", "deposits / opened");
    assert!(cycle.contains("deposits -> customers -> deposits"), "{cycle}");
    let unknown = with("custmers * per_customer", "opened * per_customer");
    assert!(unknown.contains("did you mean `customers`"), "{unknown}");
    let mixed = with("customers * per_customer + opened", "opened * per_customer");
    assert!(mixed.contains("deposits"), "{mixed}");
    assert_eq!(bank.sql("zhao.viewer", "select count(*) from baton.metric"), [["0"]]);
}

#[test]
fn a_closed_unit_counts_on_old_days_only() {
    let bank = small();
    let gone = manifest(&deposits(), FACTS)
        .replace("2026-02-28\ncurrency", "2026-03-31\ncurrency")
        .replace(", ('S3', 'B2', 'subbranch')", "")
        .replace(
            "('deposits', 'S3', '2026-01-31', 500.01), ('customers', 'S3', '2026-01-31', 5),",
            "",
        )
        .replace(", ('opened', 'S3', '2026-01-31', 3)", "");
    import(&bank, &gone).1.json();
    let on = |day: &str| {
        kpi(&bank, &format!("show deposits --org B2 --on {day}")).json()["value"].clone()
    };
    assert_eq!((on("2026-02-28"), on("2026-03-31")), (json!(50_001), Value::Null));
    let closed = kpi(&bank, "explain deposits --from 2026-02-28 --to 2026-03-31").json();
    assert_eq!(closed["effects"][0], json!({"name": "B2", "effect": -50_001}));
}

#[test]
fn a_fact_of_a_unit_with_units_below_is_rejected_so_that_subtotals_count_once() {
    let bank = Bank::empty();
    let with_subtotals = FACTS.replace(
        "('deposits', 'S1', '2026-01-31'::date, 1000.00)",
        "('deposits', 'S1', '2026-01-31'::date, 1000.00), ('deposits', 'B1', '2026-01-31', 1000.00),
         ('deposits', 'HQ', '2026-01-31', 1500.01)",
    );
    let all = manifest(&deposits(), &with_subtotals);
    let answer = import(&bank, &all).1.args(["--max-rejects", "0.2"]).json();
    assert_eq!(
        (&answer["rejected"]["metric_fact"], &answer["loaded"]["metric_fact"]),
        (&json!(2), &json!(11))
    );
    let file = std::fs::read_to_string(answer["reject_file"].as_str().unwrap()).unwrap();
    let subtotal = "metric_fact,2,org,B1,\"the unit has units below it; facts stand on the lowest units only, and are added up from there\"";
    assert!(file.contains(subtotal), "{file}");
    let show = |words: &str| kpi(&bank, &format!("show deposits {words}")).json()["value"].clone();
    assert_eq!(
        (show("--on 2026-01-31"), show("--on 2026-01-31 --org B1")),
        (json!(150_001), json!(100_000))
    );
    // The tree that stands counts where none comes; a unit whose last unit below is closed has facts of its own again.
    let units = all.find("[[load]]").unwrap()..all.find("[[load]]\ninto = \"metric\"").unwrap();
    let mut without_units = all.clone();
    without_units.replace_range(units, "");
    let (dir, again) = import(&bank, &without_units);
    let again = again.args(["--max-rejects", "0.2", "--lang", "zh-CN"]).json();
    assert_eq!(again["rejected"]["metric_fact"], 2);
    let file = std::fs::read_to_string(again["reject_file"].as_str().unwrap()).unwrap();
    assert!(file.contains("B1,该机构有下级机构"), "{file}");
    drop(dir);
    let closed = manifest(
        &deposits(),
        "select 'deposits' as metric, 'B2' as org, '2026-02-28'::date as day, 7 as value",
    )
    .replace(", ('S3', 'B2', 'subbranch')", "");
    assert_eq!(import(&bank, &closed).1.json()["loaded"]["metric_fact"], 1);
    assert!(import(&bank, &all).1.refused().contains("2 of 13 rows were rejected"));
}

/// What a metric is counted in stays, unless a column says otherwise; so do the decimals of its facts.
#[test]
fn a_second_import_without_units_of_measure_still_reads_money() {
    let bank = small();
    let bare = "select * from (values ('deposits', 'stock', 'deposits = customers * per_customer'), ('customers', 'stock', null),
        ('per_customer', 'ratio', null), ('opened', 'flow', null)) m (code, kind, formula)";
    import(&bank, &manifest(bare, &FACTS.replace("810.00", "811.50"))).1.json();
    let show = |words: &str| kpi(&bank, &format!("show deposits {words}")).json()["value"].clone();
    assert_eq!(show("--org S1 --on 2026-02-28"), 81_150);
    let facts = manifest(bare, FACTS);
    let load = facts.find("[[load]]\ninto = \"metric\"\n").unwrap();
    let next = facts.find("[[load]]\ninto = \"metric_fact\"").unwrap();
    import(&bank, &format!("{}{}", &facts[..load], &facts[next..])).1.json();
    assert_eq!(show("--org S1 --on 2026-02-28"), 81_000);
    // Two loads of which one has the column: then it came, and a metric without it is counted in nothing.
    let bank = Bank::empty();
    let split = format!(
        "{}[[load]]\ninto = \"metric\"\nsql = \"\"\"select 'fees' as code\"\"\"\n",
        manifest(&deposits(), &format!("{FACTS} union all select 'fees', 'S1', '2026-02-28', 7"))
    );
    import(&bank, &split).1.json();
    let rows = bank.sql("zhao.viewer", "select m.unit, f.value from baton.metric_fact f join baton.metric m on m.code = f.metric where metric in ('fees', 'deposits') and day = '2026-02-28' order by 2");
    assert_eq!(rows, [["", "7"], ["money", "7001"], ["money", "81000"]]);
}

#[test]
fn on_the_real_bank_the_parts_agree_with_plain_sql() {
    let Some(bank) = Bank::berka() else { return };
    let month = "--from 1994-02-28 --to 1994-03-31";
    let by_org = kpi(&bank, &format!("explain deposits {month}")).json();
    assert_eq!(by_org["to"], 3_963_810_890_i64, "the README's sum");
    // The same split over the leaves in SQL, in floats.
    let sql = "
        with leaf as (
            select org_id, max(value) filter (where metric = 'deposits' and day = '1994-02-28')::float as v0,
                max(value) filter (where metric = 'deposits' and day = '1994-03-31')::float as v1,
                max(value) filter (where metric = 'customers' and day = '1994-02-28')::float as c0,
                max(value) filter (where metric = 'customers' and day = '1994-03-31')::float as c1
            from baton.metric_fact group by org_id
        )
        select round(sum(case when v0 is null then v1 when v0 = v1 then v0 * ln(c1 / c0)
            else (v1 - v0) / ln(v1 / v0) * ln(c1 / c0) end))::bigint::text
        from leaf where v1 is not null";
    let want: i64 = bank.sql("zhao.viewer", sql)[0][0].parse().unwrap();
    let factors = |org: &str| {
        let answer =
            kpi(&bank, &format!("explain deposits {month} --by factor --org {org}")).json();
        assert_eq!(answer["residual"], 0);
        let effects = answer["effects"].as_array().unwrap().clone();
        effects.iter().find(|e| e["name"] == "customers").unwrap()["effect"].as_i64().unwrap()
    };
    let root = by_org["org"].as_str().unwrap();
    let whole = factors(root);
    assert!(
        (whole - want).abs() <= 77,
        "{whole} against {want}: at most a minor unit for each leaf"
    );
    let branches = by_org["effects"].as_array().unwrap();
    let parts: i64 = branches.iter().map(|e| factors(e["name"].as_str().unwrap())).sum();
    assert_eq!(parts, whole, "the bank is the sum of its branches");
}
