//! The bank's calendar and policies: taken in from a file, set by an administrator, and what the database reckons by them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, pushed, run, small, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const LOADER: &str = "zhao.viewer";

/// What a command writes for people.
fn shown(bank: &Bank, args: &[&str]) -> String {
    let out = baton(bank).as_("li.strategist").args(args).run();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The small bank with the example of China's calendar.
fn with_calendar() -> Bank {
    let bank = small();
    bank.operator(LOADER, "loader", None);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/calendar/china-2026.csv");
    let brought = run(&bank, LOADER, &["calendar", "import", file]);
    assert_eq!(brought["days"], 39 + 1, "the days of the file, and one blackout");
    bank
}

fn after(bank: &Bank, at: &str, hours: i32) -> String {
    let ask = format!(
        "select to_char(baton.working_hours_after('{at}+08', {hours}) at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')"
    );
    bank.sql("li.strategist", &ask)[0][0].clone()
}

#[test]
fn working_hours_are_those_of_the_office_on_working_days() {
    let bank = with_calendar();
    for (at, hours, then) in [
        // Within a day, to its very end, over a night.
        ("2026-11-20 10:30", 2, "2026-11-20 12:30"),
        ("2026-11-20 10:00", 8, "2026-11-20 18:00"),
        ("2026-11-19 17:00", 2, "2026-11-20 10:00"),
        // Over a weekend; from outside the office; nothing to wait for.
        ("2026-11-20 17:30", 1, "2026-11-23 09:30"),
        ("2026-11-20 20:00", 1, "2026-11-23 10:00"),
        ("2026-11-21 12:00", 1, "2026-11-23 10:00"),
        ("2026-11-20 10:30", 0, "2026-11-20 10:30"),
        ("2026-11-20 18:00", 0, "2026-11-23 09:00"),
        ("2026-11-20 10:30", -5, "2026-11-20 10:30"),
        // A Saturday that is worked, and nine days of holidays after it.
        ("2026-02-13 17:00", 2, "2026-02-14 10:00"),
        ("2026-02-14 17:00", 2, "2026-02-24 10:00"),
        ("2026-09-30 17:00", 28, "2026-10-10 18:00"),
    ] {
        assert_eq!(after(&bank, at, hours), then, "{hours} h after {at}");
    }
    let set = |key: &str, value: &str| {
        bank.program(ADMIN).args(["policy", "set", key, value]).json();
    };
    set("office_from", "08:30");
    set("office_to", "17:00");
    assert_eq!(after(&bank, "2026-11-20 16:30", 1), "2026-11-23 09:00");
    set("office_to", "none");
    assert_eq!(after(&bank, "2026-11-20 23:30", 1), "2026-11-23 09:00");
    set("office_to", "08:00");
    assert_eq!(
        after(&bank, "2026-11-20 23:30", 1),
        "2026-11-23 00:30",
        "hours that end before they begin are none"
    );
}

#[test]
fn quiet_hours_may_go_over_midnight() {
    let bank = with_calendar();
    let quiet = |at: &str| {
        bank.sql("li.strategist", &format!("select baton.quiet_at('2026-11-20 {at}+08')"))[0][0]
            == "t"
    };
    for (at, is) in [
        ("19:59", false),
        ("20:00", true),
        ("23:59", true),
        ("00:00", true),
        ("08:59", true),
        ("09:00", false),
    ] {
        assert_eq!(quiet(at), is, "{at}");
    }
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "21:00"]).json();
    assert!(quiet("20:30") && !quiet("21:00") && !quiet("03:00"));
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    assert!(!quiet("20:30"), "a bank without an end has no quiet hours");
}

#[test]
fn a_file_says_all_of_its_years_and_nothing_of_others() {
    let bank = with_calendar();
    let put = |rows: &str| {
        let file = chain::strategy_file(&format!("from,to,kind,name\n{rows}"));
        baton(&bank).as_(LOADER).args(["calendar", "import", file.to_str().unwrap()])
    };
    put("2027-01-01,,holiday,元旦\n").json();
    let days = |year: &str| {
        let ask =
            format!("select count(*) from baton.calendar where extract(year from day) = {year}");
        bank.sql("li.strategist", &ask)[0][0].clone()
    };
    assert_eq!((days("2026"), days("2027")), ("39".to_owned(), "1".to_owned()));
    put("2026-10-01,2026-10-07,holiday,国庆节\n").json();
    assert_eq!(days("2026"), "7", "the year's days are those of the last file");
    assert_eq!(
        bank.sql(
            "li.strategist",
            "select baton.blackout_on('2026-12-25'), baton.blackout_on('2026-12-23')"
        ),
        [["年终决算", ""]],
        "a file of holidays leaves the blackouts"
    );
    put("2026-06-24,2026-06-30,blackout,半年结息\n").json();
    assert_eq!(bank.sql("li.strategist", "select baton.blackout_on('2026-12-25')"), [[""]]);
    let audit = "select count(*) from baton.audit where action = 'calendar.put'";
    assert_eq!(bank.sql("li.strategist", audit), [["4"]]);

    let said = put("2026-10-01,,holiday,a\n2026-10-01,,working,b\n").refused();
    assert!(said.contains("line 3") && said.contains("2026-10-01"), "{said}");
    let zh = put("2026-10-01,,feast,a\n").args(["--lang", "zh-CN"]).refused();
    assert!(zh.contains("第 2 行") && zh.contains("feast"), "{zh}");
    let missing = baton(&bank).as_(LOADER).args(["calendar", "import", "/nowhere.csv"]).refused();
    assert!(missing.contains("/nowhere.csv"), "{missing}");
    let strategist = baton(&bank).as_("li.strategist").args(["calendar", "import"]);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/calendar/china-2026.csv");
    let said = strategist.args([file]).refused();
    assert!(said.contains("duty loader"), "{said}");
}

#[test]
fn a_month_says_who_works_and_what_is_dark() {
    let bank = with_calendar();
    let month = run(&bank, "li.strategist", &["calendar", "--month", "2026-10"]);
    let days = month["days"].as_array().unwrap();
    assert_eq!((month["month"].as_str().unwrap(), days.len()), ("2026-10", 31));
    assert_eq!(days[0]["kind"], "holiday");
    assert_eq!(days[9]["working"], true, "the shifted Saturday");
    assert_eq!(days[9]["name"], "国庆节调休");
    let own = run(&bank, "li.strategist", &["calendar"]);
    assert_eq!(own["month"], "2026-11", "the bank's own month");
    let december = run(&bank, "li.strategist", &["calendar", "--month", "2026-12"]);
    assert_eq!(december["days"][23]["blackout"], "年终决算");
    let table = shown(&bank, &["calendar", "--month", "2026-10", "--lang", "zh-CN"]);
    assert!(table.contains("国庆节调休") && table.contains("周六"), "{table}");
}

/// Two strategies on the same people: what is pushed on a day in spite of the rule that keeps a customer for one of them.
#[test]
fn a_month_says_what_runs_and_on_how_many_of_the_same_customers() {
    let bank = small();
    let li = "li.strategist";
    approved(&bank, "ST-1", &up_to(300), "0.0", 7);
    pushed(&bank, "ST-1");
    approved(&bank, "ST-2", &up_to(500), "0.0", 8);
    pushed(&bank, "ST-2");
    let month = |who: &str, month: &str| run(&bank, who, &["calendar", "--month", month]);
    let november = month(li, "2026-11");
    let pushes = november["pushes"].as_array().unwrap();
    assert_eq!((pushes.len(), &pushes[0]["from"]), (2, &json!("2026-11-20")));
    // The second leaves off whom the first has: nobody is in both.
    assert_eq!((&november["overlap"], &pushes[0]["shared"]), (&json!([]), &json!(0)));
    assert_eq!(november["days"][18]["pushes"], json!([]), "the day before");
    assert_eq!(november["days"][19]["pushes"], json!([1, 2]));
    assert_eq!(november["quiet"], json!({ "from": "20:00", "to": "09:00" }));
    // As if the first had taken twelve of the second's: they are in both from then on, on the days that both run.
    let both = "update baton.plan_member m set arm = 'treated', blocked = null from baton.push p
        where p.id = 2 and m.home = p.home and m.plan_id = p.plan_id and m.customer_id in (
            select l.customer_id from baton.push q join baton.plan_member l on l.home = q.home and l.plan_id = q.plan_id
            where q.id = 1 and l.arm = 'treated' order by 1 limit 12)";
    chain::owner(&bank, both);
    let november = month(li, "2026-11");
    assert_eq!(november["overlap"], json!([{ "pushes": [1, 2], "customers": 12 }]));
    assert_eq!(
        (&november["days"][19]["shared"], &november["days"][18]["shared"]),
        (&json!(12), &json!(0))
    );
    let last = november["pushes"][0]["to"].as_str().unwrap().to_owned();
    run(&bank, li, &["push", "extend", "1", "--until", "2026-12-20"]);
    assert_eq!(month(li, "2026-11")["pushes"][0]["to"], "2026-12-20", "after {last}");
    let december = month(li, "2026-12");
    assert_eq!(december["days"][19]["pushes"], json!([1]), "{december}");
    assert_eq!(december["days"][20]["pushes"], json!([]));
    // A branch is told of its own part, whoever else has one; a task that is recalled is nobody's twice, and an end.
    bank.operator("nancheng.branch", "branch", Some("S1"));
    let own = month("nancheng.branch", "2026-11");
    let of = |month: &Value| month["pushes"][0]["tasks"].as_i64().unwrap();
    assert!(0 < of(&own) && of(&own) < of(&november), "{own}");
    assert!(own["pushes"][0]["shared"].as_i64().unwrap() < 12);
    run(&bank, li, &["push", "recall", "2"]);
    let recalled = month(li, "2026-11");
    assert_eq!(recalled["overlap"], json!([]));
    let table = shown(&bank, &["calendar", "--month", "2026-11", "--lang", "zh-CN"]);
    assert!(table.contains("重叠客户") && table.contains("#1"), "{table}");
}

#[test]
fn planned_waves_and_reviews_stand_on_their_days() {
    let bank = small();
    let li = "li.strategist";
    let rule = up_to(300);
    run(&bank, li, &["segment", "save", "SG-W", "--name", "试", "--rule", &rule]);
    let text = chain::text("ST-W", "SG-W", "0.1", 7);
    let waves = "[success]\nrule = \"aum >= 0\"\nreview_days = 33\n\n\
        [[wave]]\nname = \"首轮\"\nday = 0\n\n[[wave]]\nname = \"再联系\"\nday = 5\nfor = \"not_reached\"\n";
    let file = chain::strategy_file(&format!("{text}\n{waves}"));
    run(&bank, li, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(&bank, li, &["strategy", "submit", "ST-W"]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(&bank, "wang.approver", &["strategy", "approve", "ST-W", "--hash", &hash]);
    pushed(&bank, "ST-W");
    let planned = |who: &str, month: &str| {
        let found = run(&bank, who, &["calendar", "--month", month])["planned"].clone();
        let brief = |one: &Value| format!("{} {} {}", one["day"], one["what"], one["wave"]);
        found.as_array().unwrap().iter().map(brief).collect::<Vec<_>>()
    };
    assert_eq!(planned(li, "2026-11"), ["\"2026-11-25\" \"wave\" 2"]);
    assert_eq!(planned(li, "2026-12"), ["\"2026-12-23\" \"review\" null"]);
    bank.operator("nancheng.branch", "branch", Some("S1"));
    assert!(planned("nancheng.branch", "2026-11").is_empty(), "waves are the mid-office's");
    let table = shown(&bank, &["calendar", "--month", "2026-11"]);
    assert!(table.contains("ST-W v1 / 2"), "{table}");
}

#[test]
fn an_administrator_sets_policies_and_nobody_else() {
    let bank = small();
    let list = run(&bank, "li.strategist", &["policy", "list"]);
    let office = list.as_array().unwrap().iter().find(|row| row["key"] == "office_from").unwrap();
    assert_eq!((office["value"].as_i64(), office["high"].as_i64()), (Some(540), Some(1440)));
    let set = bank.program(ADMIN).args(["policy", "set", "office_from", "08:30"]).json();
    assert_eq!((set["value"].as_i64(), set["set_by"].as_str()), (Some(510), Some(ADMIN)));
    let audit =
        "select detail ->> 'was', detail ->> 'value' from baton.audit where action = 'policy.set'";
    assert_eq!(bank.sql("li.strategist", audit), [["540", "510"]]);
    let zh = shown(&bank, &["policy", "list", "--lang", "zh-CN"]);
    assert!(zh.contains("08:30") && zh.contains("办公时间开始"), "{zh}");

    let refused =
        |key: &str, value: &str| bank.program(ADMIN).args(["policy", "set", key, value]).refused();
    assert!(refused("office_form", "1").contains("baton policy list"));
    assert!(refused("office_from", "half past eight").contains("09:00"));
    owner_low(&bank);
    assert!(refused("office_from", "24:00").contains("office_from"));
    let own =
        baton(&bank).as_("li.strategist").args(["policy", "set", "office_from", "07:00"]).refused();
    assert!(!own.is_empty());
    assert_eq!(bank.refuses("li.strategist", "select baton.policy_set('office_from', 1)"), "42501");
    assert_eq!(bank.refuses("li.strategist", "update baton.policy set value = 1"), "42501");
}

/// Narrows what the opening may be.
fn owner_low(bank: &Bank) {
    chain::owner(bank, "update baton.policy set high = 1000 where key = 'office_from'");
}
