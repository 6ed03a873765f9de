//! A review whose events end before its window does, one of an earlier day, one of an arm too small, and who sees it.

mod chain;
mod reviewed;
mod support;

use chain::{number, owner, run, strategy_file};
use reviewed::{GUARDS, SUCCESS, events, fifty_six_of_seventy, loaded, reviewed_on, show};
use serde_json::{Value, json};
use support::{Bank, baton};

/// Events were loaded up to a day; the last load brought something else.
fn events_to(bank: &Bank, on: &str, today: &str) {
    owner(bank, "truncate baton.import_run cascade");
    loaded(bank, on, "event");
    loaded(bank, today, "metric_fact");
}

fn said(bank: &Bank, lang: &str, args: &[&str]) -> String {
    let run = baton(bank).as_("zhao.viewer").args(["--lang", lang]).args(args).run();
    String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)
}

fn close<'a>(verdict: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["--lang", "en", "review", "close", "1", "--verdict", verdict, "--text", "x"];
    [&args[..], more].concat()
}

#[test]
fn events_that_nobody_loaded_are_no_events_that_did_not_happen() {
    for (on, today) in [("2026-11-10", "2026-12-25"), ("2026-12-19", "2026-12-25")] {
        let bank = fifty_six_of_seventy(today);
        events_to(&bank, on, today);
        let review = show(&bank);
        assert_eq!(review["standing"], "unfilled", "{on}");
        let note = json!({"note": "events_unfilled", "on": on, "wanted": "2026-12-20"});
        assert!(review["notes"].as_array().unwrap().contains(&note), "{review}");
        for gone in ["itt", "lift", "reached", "mde", "cost"] {
            assert_eq!(review[gone], Value::Null, "{on} {gone}");
        }
        assert_eq!(review["arms"]["control"]["converted"], Value::Null);
        assert_eq!(review["guards"][0]["unknown"], true, "{review}");
        for (lang, sentence, guard) in [
            ("en", "of the declared success nothing is measured", "not known"),
            ("zh-CN", "约定的成功没有测到", "无从得知"),
        ] {
            let shown = said(&bank, lang, &["review", "show", "1"]);
            assert!(shown.contains(sentence) && shown.contains(guard), "{shown}");
            assert!(!shown.contains("No effect") && !shown.contains("now those up to"), "{shown}");
            let report = said(&bank, lang, &["report", "1"]);
            assert!(report.contains(sentence) && report.contains(on), "{report}");
        }
        let rows = run(&bank, "zhao.viewer", &["review", "list"]);
        assert_eq!(rows[0]["standing"], "unfilled");
        for verdict in ["expand", "stop"] {
            let refused = baton(&bank).as_("wang.approver").args(close(verdict, &[])).refused();
            assert!(refused.contains("--unmeasured"), "{refused}");
            let by_hand = format!("select baton.review_close(1, '{verdict}', 'x', '{review}')");
            assert_eq!(bank.refuses("wang.approver", &by_hand), "BT504");
        }
        let kept = run(&bank, "wang.approver", &close("stop", &["--unmeasured"])[2..]);
        assert_eq!(kept["closed"]["unmeasured"], true);
        let rows = run(&bank, "zhao.viewer", &["review", "list"]);
        assert_eq!(rows[0]["uplift_ppm"], Value::Null, "nothing was measured");
    }
}

#[test]
fn a_quiet_kind_of_event_is_loaded_all_the_same() {
    let bank = reviewed_on(154, "0.5", &format!("{SUCCESS}{GUARDS}"), "2026-12-25");
    // Nobody did anything, and the loads came.
    let review = show(&bank);
    assert_eq!(
        (&review["standing"], &review["arms"]["treated"]["converted"]),
        (&json!("ready"), &json!(0))
    );
    assert_eq!(
        (&review["guards"][0]["broken"], &review["guards"][0]["unknown"]),
        (&json!(false), &Value::Null)
    );
    // The window of the rule is over on 2026-12-20: later days are not asked for.
    events_to(&bank, "2026-12-20", "2026-12-25");
    assert_eq!(show(&bank)["standing"], "ready");
    // Nor are any where no event was ever loaded known to be none.
    owner(&bank, "truncate baton.import_run cascade");
    let review = show(&bank);
    assert_eq!((&review["standing"], &review["itt"]), (&json!("unfilled"), &Value::Null));
    assert!(said(&bank, "en", &["review", "show", "1"]).contains("No events were ever loaded"));
}

#[test]
fn before_and_after_are_not_told_of_days_that_nobody_loaded() {
    let bank = reviewed_on(154, "0", SUCCESS, "2026-12-25");
    events(&bank, "treated", 30, "purchase", "2026-11-19");
    events_to(&bank, "2026-11-20", "2026-12-25");
    let review = show(&bank);
    assert_eq!((&review["standing"], &review["before_after"]), (&json!("unfilled"), &Value::Null));
    let refused = baton(&bank).as_("wang.approver").args(close("stop", &[])).refused();
    assert!(refused.contains("records end before the planned day"), "{refused}");
}

#[test]
fn a_guard_that_nobody_can_tell_is_not_kept() {
    // What was declared asks for no event; its guard does.
    let more = format!("[success]\nrule = \"aum >= 1000\"\nreview_days = 30\n{GUARDS}");
    let bank = reviewed_on(154, "0.5", &more, "2026-12-25");
    events_to(&bank, "2026-11-10", "2026-12-25");
    let review = show(&bank);
    assert_eq!(
        (&review["standing"], &review["guards"][0]["unknown"]),
        (&json!("ready"), &json!(true))
    );
    baton(&bank).as_("wang.approver").args(close("expand", &[])).refused();
    let by_hand = format!("select baton.review_close(1, 'expand', 'x', '{review}')");
    assert_eq!(bank.refuses("wang.approver", &by_hand), "BT504");
    baton(&bank).as_("wang.approver").args(close("stop", &[])).json();
}

#[test]
fn an_arm_that_can_show_nothing_is_not_concluded_from_without_saying_so() {
    let bank = reviewed_on(154, "0.2", SUCCESS, "2026-12-25");
    let arms = bank.sql("zhao.viewer", "select treated, control from baton.push")[0].clone();
    assert_eq!(arms, ["120", "30"]);
    let shown = show(&bank);
    for verdict in ["expand", "stop"] {
        let refused = baton(&bank).as_("wang.approver").args(close(verdict, &[])).refused();
        assert!(
            refused.contains("30 customers") && refused.contains("--despite-size"),
            "{refused}"
        );
        let by_hand = format!("select baton.review_close(1, '{verdict}', 'x', '{shown}')");
        assert_eq!(bank.refuses("wang.approver", &by_hand), "BT505");
    }
    let kept = run(&bank, "wang.approver", &close("stop", &["--despite-size"])[2..]);
    assert_eq!(kept["closed"]["small"], true);
    assert_eq!(show(&bank), kept);
    let noted = "select detail ->> 'despite_size' from baton.audit where action = 'review.close'";
    assert_eq!(bank.sql("sun.auditor", noted), [["30"]]);
    assert!(said(&bank, "zh-CN", &["report", "1"]).contains("停止，有一组户数太少"));
    // To adjust concludes nothing, and fifty show something.
    let bank = reviewed_on(154, "0.2", SUCCESS, "2026-12-25");
    baton(&bank).as_("wang.approver").args(close("adjust", &[])).json();
    let bank = reviewed_on(154, "0.333334", SUCCESS, "2026-12-25");
    let arms = bank.sql("zhao.viewer", "select control from baton.push")[0].clone();
    assert_eq!(arms, ["50"]);
    baton(&bank).as_("wang.approver").args(close("expand", &[])).json();
    let least = bank.sql("zhao.viewer", "select baton.review_least()");
    assert_eq!(least[0][0], baton::domain::review::LEAST_ARM.to_string());
}

/// What came later is not known on an earlier day: outcomes, pushes and verdicts.
#[test]
fn a_review_of_an_earlier_day_knows_what_was_known_then() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let ids = "select customer_id from baton.plan_member where arm = 'treated' order by customer_id limit 3";
    let ids: Vec<String> =
        bank.sql("zhao.viewer", ids).into_iter().map(|mut row| row.remove(0)).collect();
    let lines = format!(
        "push,customer_id,outcome,at,amount,note\n1,{},considering,2026-11-25,,\n1,{},sold,2026-11-26,,\n1,{},sold,2026-12-02,,\n",
        ids[0], ids[1], ids[2]
    );
    let file = strategy_file(&lines);
    baton(&bank).args(["outcome", "import", file.to_str().unwrap()]).json();
    let on = |day: &str, args: &[&str]| {
        baton(&bank).as_("zhao.viewer").args(["--as-of", day]).args(args).json()
    };
    let reached = |review: &Value| {
        let sold =
            review["funnel"].as_array().unwrap().iter().find(|s| s["step"] == "sold").unwrap();
        [number(&review["execution"]["reached"]), number(&sold["customers"])]
    };
    assert_eq!(reached(&show(&bank)), [3, 2]);
    for (day, want) in [
        ("2026-11-20", [0, 0]),
        ("2026-11-25", [1, 0]),
        ("2026-11-26", [2, 1]),
        ("2026-12-24", [3, 2]),
    ] {
        assert_eq!(reached(&on(day, &["review", "show", "1"])), want, "{day}");
    }
    run(&bank, "wang.approver", &close("expand", &[])[2..]);
    assert_eq!(on("2026-12-25", &["review", "list"])[0]["standing"], "closed");
    let then = on("2026-12-24", &["review", "list"]);
    assert_eq!((&then[0]["standing"], &then[0]["verdict"]), (&json!("ready"), &Value::Null));
    assert_eq!(on("2026-12-10", &["review", "show", "1"])["standing"], "early");
    assert_eq!(on("2026-11-19", &["review", "list"]), json!([]));
    let late = ["--lang", "en", "--as-of", "2026-11-19", "review", "show", "1"];
    let late = baton(&bank).as_("zhao.viewer").args(late).refused();
    assert!(late.contains("2026-11-20, after 2026-11-19"), "{late}");
}

/// A verdict is kept with the figures of every branch: who has a unit is told of his own customers.
#[test]
fn a_closed_review_is_for_who_sees_the_whole_bank() {
    let bank = fifty_six_of_seventy("2026-12-25");
    run(
        &bank,
        "wang.approver",
        &["review", "close", "1", "--verdict", "expand", "--text", "城中分行最好"],
    );
    // S1 is the unit with the number 5, where all of the list are; S2 has nobody.
    let seen = run(&bank, "nancheng.branch", &["review", "show", "1"]);
    assert_eq!(
        (&seen["standing"], &seen["closed"], &seen["verdict"]),
        (&json!("closed"), &Value::Null, &Value::Null)
    );
    assert_eq!(seen["notes"][0]["note"], "scope");
    bank.operator("zhao.viewer", "viewer", Some("S2"));
    let none = run(&bank, "zhao.viewer", &["review", "show", "1"]);
    assert_eq!((number(&none["arms"]["treated"]["n"]), &none["branches"]), (0, &json!([])));
    // Who sees nobody of the control group is not told that there is none.
    let told = said(&bank, "en", &["review", "show", "1"]) + &said(&bank, "en", &["report", "1"]);
    assert!(told.contains("none is of the control group"), "{told}");
    assert!(!told.contains("Without a control group") && !told.contains("Nobody was left alone"));
    assert_eq!(bank.sql("zhao.viewer", "select count(*) from baton.review"), [["0"]]);
    let rows = run(&bank, "zhao.viewer", &["review", "list"]);
    assert_eq!((&rows[0]["standing"], &rows[0]["uplift_ppm"]), (&json!("closed"), &Value::Null));
}

/// What people hold is known up to a day, too: a rule that asks for it is not measured on days that nobody loaded.
#[test]
fn what_was_held_after_the_last_load_is_not_known() {
    let more = "[success]\nrule = \"product_count() >= 2\"\nreview_days = 30\n\
        [[guard]]\nname = \"gone\"\nrule = \"product_count() = 1\"\nat_most = 0.02\n";
    let bank = reviewed_on(154, "0.5", more, "2026-12-25");
    // Nobody's holdings were ever loaded.
    let unheld = show(&bank);
    let note = json!({"note": "holdings_unfilled", "on": null, "wanted": "2026-12-20"});
    assert!(unheld["notes"].as_array().unwrap().contains(&note), "{unheld}");
    owner(
        &bank,
        "insert into baton.product (code, zh, en) values ('demand', '活期', 'Demand'), ('fund', '基金', 'Fund');
         insert into baton.holding (customer_id, amount, day, until, org_id, product)
             select m.customer_id, 100, '2026-01-01', 'infinity', m.org_id, p.id from baton.plan_member m, baton.product p where arm is not null",
    );
    loaded(&bank, "2026-12-01", "holding");
    let review = show(&bank);
    assert_eq!((&review["standing"], &review["itt"]), (&json!("unfilled"), &Value::Null));
    assert_eq!(review["guards"][0]["unknown"], true, "{review}");
    let note = json!({"note": "holdings_unfilled", "on": "2026-12-01", "wanted": "2026-12-20"});
    assert!(review["notes"].as_array().unwrap().contains(&note), "{review}");
    for (lang, sentence) in [
        (
            "en",
            "Holdings were loaded up to 2026-12-01, and those up to 2026-12-20 should count: of the declared success nothing is measured",
        ),
        ("zh-CN", "持有只装入到 2026-12-01，而应计到 2026-12-20：约定的成功没有测到"),
    ] {
        let report = said(&bank, lang, &["report", "1"]);
        assert!(report.contains(sentence), "{report}");
    }
    assert_eq!(run(&bank, "zhao.viewer", &["review", "list"])[0]["standing"], "unfilled");
    let refused = baton(&bank).as_("wang.approver").args(close("expand", &[])).refused();
    assert!(refused.contains("--unmeasured"), "{refused}");
    // The wall: also with figures that say nothing of it.
    let mut silent = review.clone();
    silent["notes"] = json!([]);
    for figures in [&review, &silent] {
        let by_hand = format!("select baton.review_close(1, 'expand', 'x', '{figures}')");
        assert_eq!(bank.refuses("wang.approver", &by_hand), "BT504");
    }
    loaded(&bank, "2026-12-20", "holding");
    let review = show(&bank);
    assert_eq!(
        (&review["standing"], &review["arms"]["treated"]["converted"]),
        (&json!("ready"), &review["arms"]["treated"]["n"])
    );
    assert_eq!(review["guards"][0]["unknown"], Value::Null);
}

/// A mart gives itself its day, and the customers' records have that of their load.
#[test]
fn what_a_mart_or_a_load_of_customers_has_not_brought_is_not_known() {
    let bank = reviewed_on(154, "0.5", SUCCESS, "2026-12-25");
    owner(
        &bank,
        "create schema mart;
         create table mart.tags (customer_id bigint primary key, keen bool, loaded_at date default '2026-12-05');
         insert into mart.tags select g, g % 2 = 0 from generate_series(1, 999) g;
         grant usage on schema mart to baton_operator;
         grant select on mart.tags to baton_operator",
    );
    let map = [
        "attribute",
        "map",
        "keen",
        "--relation",
        "mart.tags",
        "--type",
        "flag",
        "--zh",
        "热",
        "--en",
        "K",
    ];
    bank.program("baton_admin").args(map).args(["--refreshed", "loaded_at"]).json();
    // What was declared is replaced by hand: a plan is of one text, and the arms stay.
    let declare = |old: &str, rule: &str| {
        owner(
            &bank,
            &format!(
                "alter table baton.strategy_version disable trigger user;
                 update baton.strategy_version set body = replace(body, $r${old}$r$, $r${rule}$r$);
                 alter table baton.strategy_version enable trigger user"
            ),
        );
    };
    let ended = |note: Value| {
        let review = show(&bank);
        assert!(review["notes"].as_array().unwrap().contains(&note), "{review}");
        assert_eq!((&review["standing"], &review["itt"]), (&json!("unfilled"), &Value::Null));
    };
    declare("events('purchase', interval '30 days') >= 1", "keen");
    ended(
        json!({"note": "mart_unfilled", "mart": "mart.tags", "on": "2026-12-05", "wanted": "2026-12-20"}),
    );
    // In the list it stands as the database knows it, which has the mart's day of its last measuring.
    assert_eq!(run(&bank, "zhao.viewer", &["review", "list"])[0]["standing"], "unfilled");
    let shown = said(&bank, "zh-CN", &["report", "1"]);
    assert!(shown.contains("集市 mart.tags 是 2026-12-05 的数据"), "{shown}");
    // Loaded again, but not measured again: the list and the wall hear it of the mart itself, as the page does.
    let stands = |wanted: &str, refused: &str| {
        let seen = show(&bank);
        let listed = &run(&bank, "zhao.viewer", &["review", "list"])[0];
        assert_eq!((&seen["standing"], &listed["standing"]), (&json!(wanted), &json!(wanted)));
        let mut silent = seen.clone();
        silent["notes"] = json!([]);
        let by_hand = format!("select baton.review_close(1, 'stop', '', '{silent}')");
        assert_eq!(bank.refuses("wang.approver", &by_hand), refused, "{wanted}");
    };
    owner(&bank, "update mart.tags set loaded_at = '2026-12-20'");
    // BT504 is of what is not measured; that the text is empty is seen after it.
    stands("ready", "review_remark");
    owner(
        &bank,
        "update baton.attribute set refreshed_on = '2026-12-20' where code = 'keen'; update mart.tags set loaded_at = '2026-12-19'",
    );
    stands("unfilled", "BT504");
    owner(&bank, "update mart.tags set loaded_at = '2026-12-20'");
    declare("\"keen\"", "\"aum >= 1000\"");
    assert_eq!(show(&bank)["standing"], "ready", "of a copy nobody says by days what was loaded");
    loaded(&bank, "2026-12-10", "customer");
    ended(json!({"note": "customers_unfilled", "on": "2026-12-10", "wanted": "2026-12-20"}));
    loaded(&bank, "2026-12-21", "customer");
    assert_eq!(show(&bank)["standing"], "ready");
}

/// The customers' records are known up to a day like all else, for the list and the wall as for the page.
#[test]
fn what_customers_records_say_after_their_last_load_is_not_known() {
    let more = "[success]\nrule = \"aum >= 1000\"\nreview_days = 30\n\
        [[guard]]\nname = \"low\"\nrule = \"aum >= 0\"\nat_most = 0.01\n";
    let bank = reviewed_on(154, "0.5", more, "2026-12-25");
    assert_eq!(show(&bank)["standing"], "ready");
    owner(&bank, "truncate baton.import_run cascade");
    loaded(&bank, "2026-11-10", "customer");
    loaded(&bank, "2026-12-25", "metric_fact");
    let mut review = show(&bank);
    assert_eq!(review["standing"], "unfilled");
    assert_eq!(run(&bank, "zhao.viewer", &["review", "list"])[0]["standing"], "unfilled");
    let guard = &review["guards"][0];
    assert_eq!((&guard["unknown"], &guard["broken"]), (&json!(true), &json!(false)), "{guard}");
    review["notes"] = json!([]);
    for verdict in ["expand", "stop"] {
        let by_hand = format!("select baton.review_close(1, '{verdict}', 'x', '{review}')");
        assert_eq!(bank.refuses("wang.approver", &by_hand), "BT504", "{verdict}");
    }
}
