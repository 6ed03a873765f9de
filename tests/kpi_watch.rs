//! Findings, alerts and the heat grid by command, against the database's own sums.

mod support;

use serde_json::{Value, json};
use support::{Bank, Baton, baton};

fn kpi(bank: &Bank, words: &str) -> Baton {
    baton(bank).args(["kpi"]).args(words.split_whitespace())
}

fn alert(bank: &Bank, words: &str) -> Value {
    kpi(bank, &format!("alerts new {words}")).json()
}

#[test]
fn a_finding_is_noted_waits_and_is_closed() {
    let bank = Bank::demo();
    let new = baton(&bank).args([
        "finding",
        "new",
        "南城 AUM 下降",
        "--org",
        "B03",
        "--metric",
        "aum",
        "--from",
        "2026-09-30",
    ]);
    let row = new
        .args(["--day", "2026-10-31", "--size", "-123", "--unit", "money", "--rule", "payroll"])
        .json();
    assert_eq!(
        (&row["org"], &row["metric"], &row["size"], &row["open"]),
        (&json!("B03"), &json!("aum"), &json!(-123), &json!(true))
    );
    let waits = baton(&bank).args(["worklist"]).json();
    let waiting = |row: &&Value| row["name"] == "南城 AUM 下降";
    let row_of_it = waits.as_array().unwrap().iter().find(waiting).unwrap();
    assert_eq!(row_of_it["count"], Value::Null, "a movement is no number of customers");
    let id = row["finding"].to_string();
    let untold = baton(&bank).args(["finding", "close", &id, "--text", " "]).refused();
    assert!(untold.contains("what came of it") || untold.contains("写明结果"), "{untold}");
    let closed =
        baton(&bank).args(["finding", "close", &id, "--text", "三个支行的代发客户"]).json();
    let again = baton(&bank).args(["finding", "close", &id, "--text", "另一句"]).refused();
    assert!(again.contains("closed already") || again.contains("已关闭"), "{again}");
    assert_eq!(
        (&closed["open"], &closed["closing"]),
        (&json!(false), &json!("三个支行的代发客户"))
    );
    assert_eq!(baton(&bank).args(["finding", "list"]).json(), json!([]));
    assert_eq!(baton(&bank).args(["finding", "list", "--all"]).json().as_array().unwrap().len(), 1);
    let refused = |args: &[&str]| baton(&bank).args(["finding"]).args(args).refused();
    assert!(refused(&["close", "99", "--text", "x"]).contains("99"));
    assert!(refused(&["new", "x", "--org", "B99", "--day", "2026-10-31"]).contains("B99"));
    assert!(
        refused(&["new", "x", "--org", "B03", "--day", "2026-10-31", "--metric", "amu"])
            .contains("amu")
    );
    assert!(
        refused(&["new", " ", "--org", "B03", "--day", "2026-10-31"]).contains("what was seen")
    );
    assert!(
        refused(&["new", "x", "--org", "B03", "--day", "2026-10-31", "--from", "2026-11-30"])
            .contains("goes back in time")
    );
    let audit = bank.sql(
        "sun.auditor",
        "select action from baton.audit where action like 'finding.%' order by id",
    );
    assert_eq!(audit, [["finding.new"], ["finding.close"]]);
}

#[test]
fn an_alert_is_looked_at_once_after_each_load_and_waits_for_its_owner() {
    let bank = Bank::demo();
    alert(&bank, "AL-AUM --name AUM --metric aum --kind change --below -0.015");
    let test = kpi(&bank, "alerts test AL-AUM").json();
    let hits = test[0]["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 1, "the branch that lost: {test}");
    assert_eq!(hits[0]["org"], "B03");
    assert!((hits[0]["score"].as_f64().unwrap() + 0.018).abs() < 0.001);
    assert_eq!(kpi(&bank, "alerts hits AL-AUM").json(), json!([]), "a test keeps nothing");
    // All units had an answer: of others there is nothing to say.
    let told = kpi(&bank, "alerts test AL-AUM").args(["--format", "table", "--lang", "en"]).run();
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(told.contains("raised for 1 of 8 units") && !told.contains("others"), "{told}");
    baton(&bank).args(["worker", "--once"]).json();
    let runs = || bank.sql("zhao.viewer", "select count(*), sum(hits) from baton.alert_run");
    assert_eq!(runs(), [["1", "1"]]);
    assert_eq!(kpi(&bank, "alerts run").json(), json!([]), "done after this load already");
    assert_eq!(runs(), [["1", "1"]]);
    let waits = || baton(&bank).args(["worklist"]).json().to_string().contains("AL-AUM");
    assert!(waits());
    kpi(&bank, "alerts mute AL-AUM --until 2026-10-31").json();
    assert!(!waits(), "muted up to the bank's day");
    let said = kpi(&bank, "alerts mute AL-AUM --until 2026-10-30").refused();
    assert!(said.contains("that day is over"), "{said}");
    assert!(!waits(), "what was refused changes nothing");
    kpi(&bank, "alerts mute AL-AUM").json();
    assert!(waits());
    kpi(&bank, "alerts own AL-AUM li.strategist").json();
    assert!(!waits(), "another's now");
    assert!(kpi(&bank, "alerts own AL-AUM nobody").refused().contains("nobody"));
    // Who could neither mute nor change it does not get it.
    let viewer = kpi(&bank, "alerts own AL-AUM zhao.viewer").args(["--lang", "en"]).refused();
    assert!(viewer.contains("strategists can") && viewer.contains("li.strategist"), "{viewer}");
    let wall = "select baton.alert_own('AL-AUM', 'zhao.viewer')";
    assert_eq!(bank.refuses("li.strategist", wall), "alert_owner_may_mute");
    let owner = bank.sql("zhao.viewer", "select owner from baton.alert where code = 'AL-AUM'");
    assert_eq!(owner, [["li.strategist"]]);
    // Whoever is a strategist no longer has left it to those who are.
    bank.operator("li.strategist", "viewer", None);
    assert!(waits(), "somebody must see it");
    assert!(
        !baton(&bank).as_("zhao.viewer").args(["worklist"]).json().to_string().contains("AL-AUM")
    );
    bank.operator("li.strategist", "strategist", None);
    assert!(!waits(), "and with the duty it is his again");
    kpi(&bank, "alerts off AL-AUM").json();
    assert_eq!(kpi(&bank, "alerts list").json()[0]["on"], false);
}

#[test]
fn each_kind_of_alert_agrees_with_plain_sql() {
    let bank = Bank::demo();
    let orgs = |answer: &Value| -> Vec<String> {
        let hits = answer[0]["hits"].as_array().unwrap().iter();
        let mut orgs: Vec<String> = hits.map(|h| h["org"].as_str().unwrap().to_owned()).collect();
        orgs.sort();
        orgs
    };
    alert(&bank, "T --name t --metric customers --kind threshold --above 800 --units subbranch");
    let by_sql = bank.sql(
        "zhao.viewer",
        "select u.code from baton.metric_fact f join baton.org_unit u on u.id = f.org_id
         where f.metric = 'customers' and f.day = '2026-10-31' and f.value >= 800 order by 1",
    );
    let by_sql: Vec<String> = by_sql.into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(orgs(&kpi(&bank, "alerts test T").json()), by_sql);
    alert(
        &bank,
        "O --name o --metric new_customers --kind outlier --either 3.5 --days 90 --units subbranch",
    );
    let answer = kpi(&bank, "alerts test O").json();
    let by_sql = "
        with h as (select org_id, value from baton.metric_fact where metric = 'new_customers' and day between '2026-08-02' and '2026-10-30'),
        m as (select org_id, percentile_cont(0.5) within group (order by value) as med, count(*) as n from h group by 1),
        d as (select h.org_id, percentile_cont(0.5) within group (order by abs(h.value - m.med)) as mad from h join m using (org_id) group by 1)
        select u.code from baton.metric_fact f join m using (org_id) join d using (org_id) join baton.org_unit u on u.id = f.org_id
        where f.metric = 'new_customers' and f.day = '2026-10-31' and m.n >= 8 and d.mad > 0 and abs(0.6745 * (f.value - m.med) / d.mad) >= 3.5
        order by 1";
    let by_sql: Vec<String> =
        bank.sql("zhao.viewer", by_sql).into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(orgs(&answer), by_sql);
    alert(&bank, "P --name p --metric aum --kind pace --below -0.01 --units branch");
    let paced = kpi(&bank, "alerts test P").json();
    for hit in paced[0]["hits"].as_array().unwrap() {
        let (value, base) = (hit["value"].as_f64().unwrap(), hit["base"].as_f64().unwrap());
        assert!(value <= 0.99 * base, "{hit}");
    }
    let refused =
        kpi(&bank, "alerts new O2 --name o --metric aum --kind outlier --either 3 --days 3")
            .refused();
    assert!(refused.contains("8 to 366"), "{refused}");
    assert!(
        kpi(&bank, "alerts new X --name x --metric amu --kind pace --below 0")
            .refused()
            .contains("amu")
    );
    assert!(
        kpi(&bank, "alerts new X --name x --metric aum --kind pace").refused().contains("--above")
    );
    assert!(kpi(&bank, "alerts test Z").refused().contains("no alert Z"));
}

#[test]
fn the_grid_holds_peers_against_each_other_and_sorts() {
    let bank = Bank::demo();
    let grid = kpi(&bank, "grid --metric aum,app_rate --sort aum").json();
    assert_eq!((&grid["kind"], &grid["compare"]), (&json!("branch"), &json!("prev")));
    let rows = grid["rows"].as_array().unwrap();
    let branches: i64 = bank.sql(
        "zhao.viewer",
        "select count(*) from baton.org_unit where kind = 'branch' and closed_on is null",
    )[0][0]
        .parse()
        .unwrap();
    assert_eq!(i64::try_from(rows.len()).unwrap(), branches);
    assert_eq!(rows[0]["org"], "B03", "the one that fell comes first");
    assert_eq!(rows[0]["cells"][0]["heat"], -2);
    assert_eq!(rows[0]["cells"][0]["rank"].as_i64().unwrap(), branches);
    let value = rows[0]["cells"][0]["value"].as_i64().unwrap();
    assert_eq!(kpi(&bank, "show aum --org B03").json()["value"].as_i64().unwrap(), value);
    let under = kpi(&bank, "grid --org B03 --metric aum").json();
    assert_eq!(under["kind"], "subbranch");
    assert!(under["rows"].as_array().unwrap().len() > 3);
    assert!(kpi(&bank, "grid --sort aum --metric customers").refused().contains("aum"));
}

#[test]
fn peers_are_of_the_same_class_and_of_the_kind_where_a_bank_has_none() {
    let bank = Bank::demo();
    let grid = kpi(&bank, "grid --kind subbranch --metric aum --org B03").json();
    assert_eq!(grid["peers"], "class");
    // By hand: the change of each unit among all of its class in the bank that are not too small.
    let by_sql = bank.sql(
        "zhao.viewer",
        "with v as (select u.id, u.code, u.class, u.path, max(f.value) filter (where f.day = '2026-09-30') as a,
                       max(f.value) filter (where f.day = '2026-10-31') as b
                from baton.org_unit u join baton.metric_fact f on f.org_id = u.id and f.metric = 'aum' and f.day in ('2026-09-30', '2026-10-31')
                where u.kind = 'subbranch' group by 1, 2, 3, 4),
             m as (select class, percentile_cont(0.5) within group (order by a) * 0.1 as least from v where a is not null group by class),
             r as (select v.*, rank() over w as place, count(*) over (partition by v.class) as of
                   from v join m on m.class = v.class where v.a >= m.least and v.a > 0 and v.b is not null
                   window w as (partition by v.class order by (v.b - v.a)::float8 / v.a desc))
         select r.code, r.class, r.place, r.of from r join baton.org_unit b on b.code = 'B03' and r.path @> array[b.id] order by 1",
    );
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in grid["rows"].as_array().unwrap() {
        let cell = &row["cells"][0];
        if cell["rank"].is_null() {
            continue;
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        rows.push([&row["org"], &row["class"], &cell["rank"], &cell["of"]].map(text).to_vec());
    }
    rows.sort();
    assert_eq!(rows, by_sql);
    let classes: std::collections::HashSet<&String> = rows.iter().map(|row| &row[1]).collect();
    assert!(classes.len() > 1, "the demo bank has more than one: {rows:?}");
    assert_eq!(kpi(&bank, "grid --metric aum").json()["peers"], "kind", "branches have no class");
    bank.sql("baton_internal", "update baton.org_unit set class = null");
    let plain = kpi(&bank, "grid --kind subbranch --metric aum --org B03").json();
    assert_eq!(plain["peers"], "kind");
    let of: i64 = bank.sql(
        "zhao.viewer",
        "select count(*) from baton.org_unit where kind = 'subbranch' and closed_on is null",
    )[0][0]
        .parse()
        .unwrap();
    assert!(plain["rows"][0]["cells"][0]["of"].as_i64().unwrap() > of / 2, "{plain}");
}

#[test]
fn a_threshold_of_money_is_typed_and_shown_in_the_metric_s_unit() {
    let bank = Bank::demo();
    alert(&bank, "M --name m --metric aum --kind threshold --above 1");
    let save = |bound: &str| {
        let new =
            ["alerts", "change", "M", "--name", "m", "--metric", "aum", "--kind", "threshold"];
        baton(&bank).args(["kpi"]).args(new).args(["--above", bound])
    };
    for (typed, minor) in
        [("12亿", 1.2e11_f64), ("1,200.5", 120_050.0), ("300 万", 3e8), ("1200000000", 1.2e11)]
    {
        let saved = save(typed).json();
        assert_eq!(saved["bound"].as_f64().unwrap().to_bits(), minor.to_bits(), "{typed}: {saved}");
    }
    let table = |words: &str| {
        let run = kpi(&bank, words).args(["--format", "table", "--lang", "en"]).run();
        String::from_utf8(run.stdout).unwrap()
    };
    let listed = table("alerts list");
    assert!(listed.contains("1,200,000,000.00") && !listed.contains("120000000000"), "{listed}");
    let refused = save("12 百").run();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("12亿"), "{refused:?}");
    let hits = kpi(&bank, "alerts test M").json();
    let hit = &hits[0]["hits"][0];
    assert!(hit["value"].as_f64().unwrap() >= 1.2e11, "{hits}");
    let shown = table("alerts test M");
    let raw = format!("{}", hit["value"].as_f64().unwrap());
    assert!(shown.contains(hit["org"].as_str().unwrap()) && !shown.contains(&raw), "{shown}");
    // A share, as it is shown.
    let change = ["alerts", "new", "C", "--name", "c", "--metric", "aum", "--kind", "change"];
    let change = baton(&bank).args(["kpi"]).args(change).args(["--below", "-1.5%"]).json();
    assert!((change["bound"].as_f64().unwrap() + 0.015).abs() < 1e-12, "{change}");
    assert!(table("alerts list").contains("-1.5 %"));
}

#[test]
fn a_finding_keeps_the_change_that_it_was_noted_from() {
    let bank = Bank::demo();
    let new = |words: &str| {
        let words = words.split_whitespace();
        baton(&bank).args(["finding", "new", "seen", "--org", "B03", "--metric"]).args(words)
    };
    // A flow's month so far against as much of the month before.
    let flow =
        new("new_customers --day 2026-10-20 --compare prev --of HQ --by org --part B03").json();
    let seen = &flow["seen"];
    let months = json!({
        "compare": "prev", "on": "2026-10-20", "from_start": "2026-09-01", "from": "2026-09-20",
        "to_start": "2026-10-01", "to": "2026-10-20", "at": "HQ", "by": "org", "method": null, "part": "B03",
    });
    assert_eq!(*seen, months);
    assert_eq!((&flow["from"], &flow["day"]), (&json!("2026-09-20"), &json!("2026-10-20")));
    let periods = new("new_customers --from 2026-08 --day 2026-09 --by org").json();
    let of = |key: &str| periods["seen"][key].clone();
    assert_eq!((of("from_start"), of("from")), (json!("2026-08-01"), json!("2026-08-31")));
    assert_eq!(
        (of("to_start"), of("to"), of("compare")),
        (json!("2026-09-01"), json!("2026-09-30"), Value::Null)
    );
    // A plan's period goes on after the day.
    let plan = bank.sql("zhao.viewer", "select metric, period from baton.target t join baton.org_unit u on u.id = t.org_id where u.code = 'B03' limit 1");
    let planned = new(&format!("{} --day 2026-10-15 --compare plan", plan[0][0])).json();
    assert_eq!(planned["seen"]["compare"], "plan", "{planned}");
    // Two days without more are what they always were.
    let days = new("aum --from 2026-09-30 --day 2026-10-31").json();
    assert_eq!((&days["seen"], &days["from"]), (&Value::Null, &json!("2026-09-30")));
    let asked = ["explain", "aum", "--from", "2026-09-30", "--to", "2026-10-31", "--org", "B03"];
    let moved = kpi(&bank, &asked.join(" ")).json()["change"].clone();
    assert_eq!((&days["size"], &days["unit"]), (&moved, &json!("money")));
    let listed = baton(&bank).args(["finding", "list"]).json();
    let all = listed.as_array().unwrap();
    assert_eq!(all.iter().find(|row| row["finding"] == flow["finding"]).unwrap()["seen"], months);
    let refused = |words: &str| new(words).refused();
    assert!(
        refused("aum --day 2026-10 --by org").contains("a day cannot be held against a period")
    );
    assert!(
        refused("aum --day 2026-10-31 --compare prev --by factor --part B09")
            .contains("no part `B09`")
    );
    assert!(
        refused("new_customers --day 2026-10 --from 2026-09 --by factor").contains("no formula")
    );
    let wrong =
        baton(&bank).args(["finding", "new", "x", "--day", "2026-10-31", "--compare", "prev"]);
    assert!(wrong.refused().contains("--metric is missing"));
    // The wall: a part of nothing, a comparison of no day, another's unit.
    let wall = |change: &str| {
        let sql = format!(
            "select baton.finding_new(null, 'HQ', null, '2026-10-01', '2026-10-31', 1, 'number', 't', null, '{change}')"
        );
        bank.refuses("li.strategist", &sql)
    };
    assert_eq!(wall(r#"{"part": "x"}"#), "finding_split");
    assert_eq!(wall(r#"{"compare": "prev"}"#), "finding_compared");
    assert_eq!(wall(r#"{"compare": "later", "on": "2026-10-31"}"#), "finding_compare");
    assert_eq!(wall(r#"{"from_start": "2026-10-02"}"#), "finding_starts");
    assert_eq!(wall(r#"{"at": "B99"}"#), "BT003");
}

#[test]
fn the_grid_sorts_both_ways_says_its_periods_and_what_is_late() {
    let bank = Bank::demo();
    let orgs = |words: &str| -> Vec<String> {
        let grid = kpi(&bank, &format!("grid --metric aum --sort aum {words}")).json();
        let rows = grid["rows"].as_array().unwrap();
        rows.iter().map(|row| row["org"].as_str().unwrap().to_owned()).collect()
    };
    let mut turned = orgs("--descending");
    turned.reverse();
    assert_eq!(orgs(""), turned);
    let flows = kpi(&bank, "grid --metric new_customers,aum --on 2026-10-20").json();
    let taken = |at: usize, end: &str| flows["metrics"][at][end].clone();
    let day = |start: Value, end: &str| json!({ "start": start, "end": end });
    assert_eq!(taken(0, "from"), day(json!("2026-09-01"), "2026-09-20"));
    assert_eq!(taken(0, "to"), day(json!("2026-10-01"), "2026-10-20"));
    assert_eq!(taken(1, "to"), day(Value::Null, "2026-10-20"));
    // A sub-branch is late by itself, and so is the branch above it.
    let late = |words: &str| -> Vec<String> {
        let grid = kpi(&bank, &format!("grid --metric aum {words}")).json();
        let rows = grid["rows"].as_array().unwrap().iter();
        let lacks = rows.filter(|row| row["cells"][0]["incomplete"] == true);
        lacks.map(|row| row["org"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((late(""), late("--org B03")), (vec![], vec![]));
    bank.sql(
        "baton_internal",
        "delete from baton.metric_fact f using baton.org_unit u where u.id = f.org_id and f.metric = 'aum'
             and f.day = '2026-10-31' and u.code = 'B0301';
         select baton.sheets_make(array['aum'], array['2026-10-31'::date])",
    );
    assert_eq!((late(""), late("--org B03")), (vec!["B03".to_owned()], vec!["B0301".to_owned()]));
    assert_eq!(kpi(&bank, "show aum --org B0301").json()["quality"]["late_units"], 1);
    let tree = kpi(&bank, "tree aum --org B03").json();
    assert_eq!(tree["metrics"][0]["base"], "end");
    assert_eq!(tree["metrics"][0]["quality"]["late_units"], 1);
    assert_eq!(tree["metrics"][0]["against"]["yoy"]["now_quality"]["late_units"], 1, "{tree}");
    let flow = kpi(&bank, "tree new_customers").json();
    assert_eq!(flow["metrics"][0]["base"], "to-date");
    let csv = kpi(&bank, "tree aum --org B03").args(["--format", "csv"]).run();
    let csv = String::from_utf8(csv.stdout).unwrap();
    let aum = csv.lines().nth(1).unwrap();
    assert!(csv.lines().next().unwrap().ends_with(",incomplete,unit"), "{csv}");
    assert!(aum.contains(",! yoy ytd") && aum.ends_with(",0.01 CNY"), "{csv}");
}

#[test]
fn a_bound_is_kept_and_shown_with_all_its_digits() {
    let bank = Bank::demo();
    alert(&bank, "AL --name n --metric aum --kind change --below -0.5");
    for (typed, kept, shown) in [
        ("-1.5%", "-0.015", "-1.5 %"),
        ("-1.25%", "-0.0125", "-1.25 %"),
        ("-0.015", "-0.015", "-1.5 %"),
    ] {
        let words = format!("alerts change AL --name n --metric aum --kind change --below {typed}");
        assert_eq!(kpi(&bank, &words).json()["bound"].to_string(), kept);
        let stored = bank.sql("zhao.viewer", "select bound from baton.alert where code = 'AL'");
        assert_eq!(stored, [[kept]]);
        let table = kpi(&bank, "alerts list").args(["--format", "table", "--lang", "en"]).run();
        let table = String::from_utf8(table.stdout).unwrap();
        assert!(table.contains(shown), "{typed}: {table}");
        let csv = kpi(&bank, "alerts list").args(["--format", "csv"]).run();
        assert!(String::from_utf8(csv.stdout).unwrap().contains(&format!(",{kept},")));
    }
}

#[test]
fn a_measure_of_a_class_that_no_product_has_is_asked_back() {
    let bank = Bank::demo();
    let define = |measure: &str| {
        kpi(&bank, &format!("define aum --definition x --owner y --measure {measure}"))
    };
    let classes = bank.sql(
        "zhao.viewer",
        "select distinct class from baton.product where class is not null order by 1",
    );
    let class = &classes[0][0];
    let said = define("holdings:nonsense").args(["--lang", "en"]).refused();
    assert!(said.contains("no product is of class `nonsense`") && said.contains(class), "{said}");
    let said = define(&format!("holdings:{class}x")).args(["--lang", "en"]).refused();
    assert!(said.contains(&format!("did you mean `holdings:{class}`?")), "{said}");
    assert_eq!(
        define(&format!("holdings:{class}")).json()[0]["measure"],
        format!("holdings:{class}")
    );
    let wall = "select baton.metric_define('aum', 't', 'o', 'end', false, 'holdings:nonsense')";
    bank.operator("sun.auditor", "loader", None);
    assert_eq!(bank.refuses("sun.auditor", wall), "BT003");
    let said =
        kpi(&bank, "explain aum --compare plan --by factor").args(["--lang", "en"]).refused();
    assert!(said.contains("plans are written for units"), "{said}");
}

/// Two who have both looked and found a code free save one after the other: the second is told, and the first alert stays.
#[test]
fn a_new_alert_under_a_code_that_was_taken_meanwhile_writes_over_nobodys() {
    let bank = Bank::demo();
    let save = |who: &str, name: &str, fresh: &str| {
        let call = format!(
            "select baton.alert_save('AL-9', '{name}', 'aum', 'change', 'below', -0.1, 'prev', null, 'branch', {fresh})"
        );
        (who.to_owned(), call)
    };
    let (who, first) = save("li.strategist", "first", "true");
    bank.sql(&who, &first);
    let (who, second) = save("li.strategist", "second", "true");
    assert_eq!(bank.refuses(&who, &second), "alert_pkey");
    let (who, unknown) = save("li.strategist", "x", "false");
    assert_eq!(bank.refuses(&who, &unknown.replace("AL-9", "AL-8")), "BT003");
    let words = "alerts new AL-9 --name third --metric aum --kind change --below -0.2";
    for (lang, said) in [("en", "AL-9 (first) is there already"), ("zh-CN", "AL-9（first）已存在")]
    {
        let refused = kpi(&bank, words).args(["--lang", lang]).refused();
        assert!(refused.contains(said), "{refused}");
    }
    // To whoever reads it, al-9 is the same code.
    let refused = kpi(&bank, &words.replace("AL-9", "al-9")).args(["--lang", "en"]).refused();
    assert!(refused.contains("AL-9 (first) is there already"), "{refused}");
    for fresh in ["true", "null"] {
        let (who, alike) = save("li.strategist", "x", fresh);
        assert_eq!(bank.refuses(&who, &alike.replace("AL-9", "Al-9")), "alert_code_case");
    }
    let there =
        || bank.sql("zhao.viewer", "select name, bound from baton.alert where code = 'AL-9'");
    assert_eq!(there(), [["first", "-0.1"]]);
    let changed = words.replace("new", "change");
    kpi(&bank, &changed).json();
    assert_eq!(there(), [["third", "-0.2"]]);
    let unknown = kpi(&bank, &changed.replace("AL-9", "AL-8")).args(["--lang", "en"]).refused();
    assert!(unknown.contains("AL-8"), "{unknown}");
}
