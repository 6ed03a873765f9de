//! The report of a week and of a push: what stands in it, what it refuses, and that it leaves as a file.
#![expect(clippy::disallowed_methods, reason = "a test reads the files that were written")]

mod chain;
mod reviewed;
mod support;

use chain::run;
use reviewed::{GUARDS, MONEY, SUCCESS, events, fifty_six_of_seventy, reviewed_on};
use serde_json::{Value, json};
use support::{Bank, baton};

fn said(bank: &Bank, lang: &str, args: &[&str]) -> String {
    let done = baton(bank).as_("zhao.viewer").args(["--lang", lang, "report"]).args(args).run();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn line<'a>(report: &'a str, begins: &str) -> &'a str {
    report
        .lines()
        .find(|line| line.starts_with(begins))
        .unwrap_or_else(|| panic!("{begins}: {report}"))
}

#[test]
fn a_week_has_its_metrics_its_alerts_and_names_and_says_what_is_to_come() {
    let bank = Bank::demo();
    let li = || baton(&bank).as_("li.strategist");
    li().args(["kpi", "alerts", "new", "AL-AUM", "--name", "余额下降", "--metric", "aum"])
        .args(["--kind", "change", "--below", "-0.015"])
        .json();
    baton(&bank).args(["kpi", "alerts", "run"]).json();
    let note = ["finding", "new", "南城分行 aum -1.8 %", "--org", "B03", "--metric", "aum"];
    li().args(note).args(["--day", "2026-10-30"]).json();
    // The bank's day is a Saturday: the Sunday of its week has not been.
    let week = baton(&bank).as_("zhao.viewer").args(["report"]).json()["week"].clone();
    assert_eq!(
        (&week["from"], &week["to"], &week["until"]),
        (&json!("2026-10-26"), &json!("2026-11-01"), &json!("2026-10-31"))
    );
    let metric = |code: &str| -> Value {
        let all = week["metrics"].as_array().unwrap();
        all.iter().find(|line| line["metric"] == code).unwrap_or_else(|| panic!("{code}")).clone()
    };
    // A stock stands on a day; what flows is added up over the six days that have been, and over as many of the week before.
    let sum = |metric: &str, from: &str, to: &str| -> i64 {
        let sql = format!(
            "select sum(value) from baton.metric_fact where metric = '{metric}' and day between '{from}' and '{to}'"
        );
        bank.sql("zhao.viewer", &sql)[0][0].parse().unwrap()
    };
    let aum = metric("aum");
    assert_eq!(aum["value"], sum("aum", "2026-10-31", "2026-10-31"));
    assert_eq!(
        aum["before"],
        sum("aum", "2026-10-24", "2026-10-24"),
        "the same day, as its heading says"
    );
    let deals = metric("deals");
    assert_eq!(deals["value"], sum("deals", "2026-10-26", "2026-10-31"));
    assert_eq!(deals["before"], sum("deals", "2026-10-19", "2026-10-24"));
    assert_eq!((&aum["flow"], &deals["flow"]), (&json!(false), &json!(true)));
    let raised = &week["alerts"][0];
    assert_eq!((&raised["alert"], &raised["hits"]), (&json!("AL-AUM"), &json!(1)));
    assert_eq!(raised["units"], json!(["南城分行"]));

    let en = said(&bank, "en", &[]);
    assert!(en.contains("Told up to 2026-10-31"), "{en}");
    assert!(en.contains("Amounts are in CNY."), "{en}");
    assert!(line(&en, "| AUM |").contains('%'), "{en}");
    let done = deals["value"].as_i64().unwrap();
    assert!(done > 0, "what the managers did came to something: {deals}");
    assert!(line(&en, "| Deals (sum of the days) |").contains(&format!("| {done} |")), "{en}");
    assert_eq!(
        line(&en, "- 2026-10-31 余额下降"),
        "- 2026-10-31 余额下降, AUM: 1 unit (南城分行); li.strategist"
    );
    assert!(en.contains("- 2026-10-30 南城分行 AUM -1.8 % (li.strategist, open)"), "{en}");
    let zh = said(&bank, "zh-CN", &[]);
    assert!(zh.contains("数字截至 2026-10-31") && zh.contains("## 预警"), "{zh}");
    let whole = said(&bank, "en", &["--week", "2026-10-20"]);
    assert!(!whole.contains("still to come") && whole.contains("2026-10-19 to 2026-10-25"));
    assert!(!whole.contains("余额下降"), "it was raised in another week: {whole}");
}

#[test]
fn a_week_says_what_is_incomplete_late_or_restated() {
    let bank = Bank::demo();
    let whole = said(&bank, "en", &[]);
    assert!(!whole.contains("incomplete") && !whole.contains("restated"), "{whole}");
    bank.sql(
        "baton_internal",
        "delete from baton.metric_fact where metric = 'deals' and day in ('2026-10-28', '2026-10-20');
         delete from baton.fact_sheet where metric = 'deals' and day in ('2026-10-28', '2026-10-20');
         delete from baton.metric_fact f using baton.org_unit u where u.id = f.org_id and f.metric = 'aum'
             and f.day = '2026-10-31' and u.code = 'B0301';
         select baton.sheets_make(array['aum'], array['2026-10-31'::date]);
         insert into baton.fact_restated (metric, day, units, change)
             select 'deals', '2026-10-27', array[u.id], 1 from baton.org_unit u where u.code = 'B0302'",
    );
    let en = said(&bank, "en", &[]);
    assert!(line(&en, "| AUM |").matches('!').count() == 1, "{en}");
    assert!(line(&en, "- AUM: incomplete: 1 of ").contains("B0301"), "{en}");
    assert!(line(&en, "| Deals (sum of the days) |").matches('!').count() == 2, "{en}");
    assert!(en.contains("- Deals: incomplete: 1 day of the period has no facts at all"), "{en}");
    assert!(en.contains("- Deals, a week before: incomplete: 1 day"), "{en}");
    assert!(en.contains("- Deals: facts of 1 unit behind it were restated"), "{en}");
    assert!(said(&bank, "zh-CN", &[]).contains("！") || said(&bank, "zh-CN", &[]).contains('!'));
    let week = baton(&bank).as_("zhao.viewer").args(["report"]).json()["week"].clone();
    let of = |code: &str| {
        let all = week["metrics"].as_array().unwrap();
        all.iter().find(|line| line["metric"] == code).unwrap().clone()
    };
    assert_eq!(of("deals")["quality"]["missing_days"], 1);
    assert_eq!(of("deals")["previous_quality"]["missing_days"], 1);
    assert_eq!(of("aum")["quality"]["late"], json!(["B0301"]));
    // Two weeks without any load.
    chain::owner(&bank, "update baton.bank set as_of = '2026-11-13'");
    let en = said(&bank, "en", &[]);
    assert!(en.contains("- AUM: incomplete: the facts of AUM end on 2026-10-31"), "{en}");
    assert!(en.contains("- Deals: incomplete: 5 days of the period have no facts at all"), "{en}");
}

#[test]
fn a_week_that_has_not_begun_is_refused_and_one_of_a_bank_without_metrics_is_told() {
    let bank = Bank::demo();
    let refused = |day: &str| {
        let args = ["--lang", "en", "report", "--week", day];
        baton(&bank).as_("zhao.viewer").args(args).refused()
    };
    let said_so = refused("2026-11-02");
    assert!(
        said_so.contains("2026-11-02 to 2026-11-08 has not begun")
            && said_so.contains("2026-10-31"),
        "{said_so}"
    );
    assert!(refused("2027-01-01").contains("has not begun"));
    let small = chain::small();
    let week = said(&small, "en", &[]);
    assert!(week.contains("## Metrics\n\nNone.") && week.contains("## Alerts\n\nNone."), "{week}");
}

#[test]
fn a_report_goes_into_a_file_and_the_audit_knows_it() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let home = tempfile::tempdir().unwrap();
    let into = |args: &[&str], name: &str| {
        let file = home.path().join(name);
        let done = baton(&bank)
            .args(["--lang", "en", "report"])
            .args(args)
            .args(["--into"])
            .args([&file])
            .run();
        (done, file)
    };
    for (args, name, begins) in
        [(&[][..], "week.md", "# "), (&["1"][..], "push.md", "# Review of #1 ST-R v1")]
    {
        let (done, file) = into(args, name);
        assert!(done.status.success(), "{done:?}");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(begins), "{text}");
        let printed = baton(&bank).args(["--lang", "en", "report"]).args(args).run();
        assert_eq!(text, String::from_utf8_lossy(&printed.stdout), "the same as on the screen");
        let noted = format!(
            "select detail ->> 'file' from baton.audit where action = 'table.export' and subject = 'report' and detail ->> 'file' = '{name}'"
        );
        assert_eq!(bank.sql("baton_admin", &noted), [[name]]);
        assert!(!into(args, name).0.status.success(), "it takes no other's place");
    }
    let (done, file) = into(&[], "week.json");
    assert!(done.status.success());
    let value: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(value["markdown"].as_str().unwrap().starts_with("# "));
    let (done, file) = into(&[], "week.xlsx");
    assert!(!done.status.success() && !file.exists(), "a text is no table");
    assert!(String::from_utf8_lossy(&done.stderr).contains("FILE.md"), "{done:?}");
}

#[test]
fn a_push_s_report_names_its_own_methods_its_currency_and_its_limit() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let en = said(&bank, "en", &["1"]);
    assert!(en.contains("Amounts are in CNY.") && en.contains("by Newcombe's method 10"), "{en}");
    assert!(line(&en, "| limit of benefits |").contains("none was set"), "{en}");
    assert!(
        en.contains("Guard rails:") && line(&en, "| complaints: at most 2.0 % |").contains("kept")
    );
    assert!(!en.contains("delta method"), "nobody was reached: {en}");
    let zh = said(&bank, "zh-CN", &["1"]);
    assert!(
        zh.contains("金额币种：CNY") && zh.contains("未设上限") && !zh.contains("管理资产"),
        "{zh}"
    );

    let capped = format!("{MONEY}cap = \"800.00\"\n{SUCCESS}{GUARDS}");
    let bank = reviewed_on(154, "0", &capped, "2026-12-25");
    events(&bank, "treated", 40, "purchase", "2026-12-01");
    let alone = said(&bank, "en", &["1"]);
    assert!(alone.contains("Nobody was left alone"), "{alone}");
    for absent in ["Newcombe", "Welch", "CUPED", "Fisher", "counts as control", "delta", "95 %"] {
        assert!(!alone.contains(absent), "{absent} without a control group: {alone}");
    }
    // What the benefits cost and may cost is known without one; what came beyond is not.
    assert!(line(&alone, "| benefits given |").contains("200.00"), "{alone}");
    assert!(line(&alone, "| limit of benefits |").contains("800.00"), "{alone}");
    assert!(alone.contains("nobody can tell who would have anyway"), "{alone}");
    assert!(!alone.contains("extra conversions") && !alone.contains("per extra"), "{alone}");
}

#[test]
fn the_limit_of_the_benefits_stands_in_the_review() {
    let capped = format!("{MONEY}cap = \"800.00\"\n{SUCCESS}");
    let bank = reviewed_on(154, "0.5", &capped, "2026-12-25");
    events(&bank, "treated", 40, "purchase", "2026-12-01");
    let review = run(&bank, "zhao.viewer", &["review", "show", "1"]);
    assert_eq!(review["cost"]["limit"], json!({"at_most": 80_000}));
    assert!(line(&said(&bank, "en", &["1"]), "| limit of benefits |").contains("800.00"));
    let free = reviewed_on(154, "0.5", &format!("{MONEY}{SUCCESS}"), "2026-12-25");
    let review = run(&free, "zhao.viewer", &["review", "show", "1"]);
    assert_eq!(review["cost"]["limit"], "none_set");
}
