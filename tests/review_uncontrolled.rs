//! A review without a control group: before and after prove nothing, and branches like those that had the push are no draw.

mod chain;
mod reviewed;
mod support;

use chain::{owner, pushed, run, small, strategy_file, text};
use reviewed::{SUCCESS, events, loaded, near, reviewed_on, show};
use serde_json::{Value, json};
use support::{Bank, baton};

#[test]
fn without_a_control_group_before_and_after_prove_nothing() {
    let bank = reviewed_on(154, "0", SUCCESS, "2026-12-25");
    events(&bank, "treated", 30, "purchase", "2026-11-20");
    events(&bank, "treated", 45, "purchase", "2026-12-20");
    events(&bank, "treated", 150, "purchase", "2026-10-21");
    let review = show(&bank);
    assert_eq!(
        (&review["standing"], &review["itt"], &review["srm"]),
        (&json!("no_control"), &Value::Null, &Value::Null)
    );
    // Thirty days before and up to the push day, thirty days after it.
    assert_eq!(review["before_after"], json!({"n": 150, "before": 30, "after": 45}));
    let shown = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "review", "show", "1"]).run();
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(
        said.contains("20.0 %") && said.contains("30.0 %") && said.contains("proves nothing"),
        "{said}"
    );
}

/// Weekly facts of the small bank's sub-branches: S1 is treated. All move alike but for `gift` after the push, a share.
fn weekly_facts(bank: &Bank, kind_of_treated: &str, gift: f64) {
    owner(
        bank,
        &format!(
            "insert into baton.metric (code, zh, en, kind, unit, ordinal) values ('aum', 'AUM', 'AUM', 'stock', 'money', 1);
             update baton.org_unit set kind = '{kind_of_treated}' where code = 'S1';
             do $$ declare m date; begin
                 for m in select generate_series(date '2026-09-01', date '2026-12-01', '1 month')::date loop
                     if to_regclass('baton.metric_fact_' || to_char(m, 'YYYYMM')) is null then
                         execute format('create table baton.%I (like baton.metric_fact including constraints)', 'metric_fact_' || to_char(m, 'YYYYMM'));
                         execute format('alter table baton.metric_fact attach partition baton.%I for values from (%L) to (%L)',
                             'metric_fact_' || to_char(m, 'YYYYMM'), m, (m + interval '1 month')::date);
                     end if;
                 end loop; end $$;
             insert into baton.metric_fact (metric, day, org_id, value)
                 select 'aum', d::date, u.id, round(1e9 * exp(0.01 * (d::date - date '2026-10-01') / 7.0 + 0.001 * (u.id % 3)
                     + 0.002 * ((u.id * 7 + extract(week from d)::int) % 5))
                     * case when exists (select from baton.branch_order o where o.org_id = u.id) and d > date '2026-11-20'
                         then 1 + {gift} else 1 end)::bigint
                 from baton.org_unit u, generate_series(date '2026-09-01', date '2026-12-24', '1 day') d where u.code like 'S%';
             select baton.sheets_make(array_agg('aum'::text), array_agg(d::date)) from generate_series(date '2026-09-01', date '2026-12-24', '1 day') d;"
        ),
    );
}

#[test]
fn without_a_control_group_branches_are_held_against_others_like_them() {
    let bank = small();
    owner(&bank, "insert into baton.event_kind (code) values ('purchase')");
    // Customers of four of the nine sub-branches are on the list, nobody is left alone.
    let segment = ["segment", "save", "SG-R", "--name", "试", "--rule"];
    let rule = "org in ('S1', 'S2', 'S3', 'S4')";
    run(&bank, "li.strategist", &[&segment[..], &[rule]].concat());
    let file = strategy_file(&format!("{}\n{SUCCESS}", text("ST-R", "SG-R", "0", 7)));
    run(&bank, "li.strategist", &["strategy", "new", file.to_str().unwrap()]);
    let hash = run(&bank, "li.strategist", &["strategy", "submit", "ST-R"])["hash"].clone();
    let approve = ["strategy", "approve", "ST-R", "--hash", hash.as_str().unwrap()];
    run(&bank, "wang.approver", &approve);
    pushed(&bank, "ST-R");
    owner(&bank, "update baton.bank set as_of = '2026-12-25'");
    loaded(&bank, "2026-12-25", "event");
    assert!(show(&bank)["matched"].is_null(), "the bank has no such metric yet");
    weekly_facts(&bank, "subbranch", 0.05);
    let review = show(&bank);
    let matched = &review["matched"];
    assert_eq!(matched["design"], "quasi-experimental");
    assert!(matched["pairs"].as_array().unwrap().len() >= 3, "{matched}");
    near(&matched["effect"]["estimate"], 0.05, 0.01);
    assert_eq!(matched["effect"]["method"], "matched-did");
    assert!(matched["effect"]["lower"].as_f64().unwrap() > 0.0, "{matched}");
    near(&matched["pre_trend"]["estimate"], 0.0, 0.01);
    assert_eq!(review["standing"], "no_control", "it is no proof");
    let noted = |review: &Value, note: &str| {
        review["notes"].as_array().unwrap().iter().any(|found| found["note"] == note)
    };
    assert!(noted(&review, "quasi_experimental"));
    let shown = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "review", "show", "1"]).run();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("Quasi-experimental") && shown.contains("no proof"), "{shown}");
}

#[test]
fn branches_without_anybody_like_them_are_not_compared() {
    let bank = reviewed_on(154, "0", SUCCESS, "2026-12-25");
    weekly_facts(&bank, "subbranch", 0.05);
    let review = show(&bank);
    assert!(review["matched"].is_null(), "one branch alone is no pair of three");
    let why: Vec<&Value> = review["notes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|note| note["note"] == "no_match")
        .map(|note| &note["why"])
        .collect();
    assert_eq!(why, [&json!("nobody_alike")]);
}
