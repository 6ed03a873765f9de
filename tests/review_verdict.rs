//! What blocks a verdict on a push, who gives it, and that it stays with its figures.

mod chain;
mod reviewed;
mod support;

use baton::store::cluster::ADMIN;
use chain::{number, owner, run};
use reviewed::{SUCCESS, events, fifty_six_of_seventy, near, reviewed_on, show};
use serde_json::{Value, json};
use support::baton;

#[test]
fn before_the_planned_day_there_are_figures_and_no_verdict() {
    let bank = fifty_six_of_seventy("2026-12-10");
    let review = show(&bank);
    assert_eq!((&review["standing"], &review["due"]), (&json!("early"), &json!("2026-12-20")));
    assert_eq!(
        (&review["measured_to"], &review["measures_to"]),
        (&json!("2026-12-10"), &json!("2026-12-20"))
    );
    assert_eq!(review["notes"], json!([{"note": "no_history"}, {"note": "preliminary"}]));
    // Only what came between the push and today: the control group's events of the 20th are still to come.
    assert_eq!(
        (&review["arms"]["treated"]["converted"], &review["arms"]["control"]["converted"]),
        (&json!(56), &json!(0))
    );
    let close = ["review", "close", "1", "--verdict", "expand", "--text", "x"];
    let said = baton(&bank).as_("wang.approver").args(["--lang", "en"]).args(close).refused();
    assert!(said.contains("the planned day of the review has not come"), "{said}");
    // Nor does a later day of one's own help, in psql either.
    let ahead = "set baton.as_of = '2027-01-31'; select baton.review_standing(1)";
    assert_eq!(bank.sql("wang.approver", ahead).last().unwrap()[0], "early");
    let by_hand = "select baton.review_close(1, 'expand', 'x', '{\"push\": 1}')";
    assert_eq!(bank.refuses("wang.approver", by_hand), "BT501");
}

#[test]
fn arms_that_nobody_has_drawn_block_the_verdict() {
    let bank = fifty_six_of_seventy("2026-12-25");
    owner(
        &bank,
        "update baton.plan_member set arm = 'treated' where customer_id in
             (select customer_id from baton.plan_member where arm = 'control' order by customer_id limit 30);
         update baton.push set treated = 100, control = 50",
    );
    let review = show(&bank);
    assert_eq!(review["standing"], "mismatch");
    // 100 and 50 against 70 and 80: 30^2/70 + 30^2/80
    near(&review["srm"]["chi2"], 900.0 / 70.0 + 900.0 / 80.0, 1e-9);
    let chi2 = bank.sql(ADMIN, "set role baton_owner; select baton.review_chi2(1)");
    near(&review["srm"]["chi2"], chi2.last().unwrap()[0].parse().unwrap(), 1e-9);
    let close = ["--lang", "zh-CN", "review", "close", "1", "--verdict", "stop", "--text", "x"];
    assert!(baton(&bank).as_("wang.approver").args(close).refused().contains("读不出效果"));
    let report = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "report", "1"]).run();
    assert!(String::from_utf8_lossy(&report.stdout).contains("no effect can be read from them"));
}

#[test]
fn a_list_shorter_than_was_wanted_and_one_without_a_declaration_say_so() {
    let few = SUCCESS.replace("review_days", "min_customers = 151\nreview_days");
    let bank = reviewed_on(154, "0.5", &few, "2026-12-25");
    assert_eq!(show(&bank)["standing"], "small");
    let bank = reviewed_on(154, "0.5", "", "2026-12-04");
    assert_eq!(show(&bank)["standing"], "early", "its orders run until the deadline");
    owner(&bank, "update baton.bank set as_of = '2026-12-05'");
    let review = show(&bank);
    assert_eq!((&review["standing"], &review["itt"]), (&json!("no_success"), &Value::Null));
    assert_eq!(review["arms"]["treated"]["converted"], Value::Null);
    assert_eq!(number(&review["execution"]["tasks"]), 75);
}

#[test]
fn another_than_the_author_closes_it_once_and_the_figures_stay() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let close = |who: &str| {
        let args = [
            "--lang",
            "en",
            "review",
            "close",
            "1",
            "--verdict",
            "expand",
            "--text",
            "比对照组高，扩大到全行",
        ];
        baton(&bank).as_(who).args(args)
    };
    assert!(close("zhao.viewer").refused().contains("approver"));
    bank.operator("li.strategist", "strategist,approver", None);
    assert!(close("li.strategist").refused().contains("another person"));
    let shown = show(&bank);
    let kept = close("wang.approver").json();
    assert_eq!(
        (&kept["verdict"], &kept["closed"]["by"]),
        (&json!("expand"), &json!("wang.approver"))
    );
    assert_eq!((&kept["itt"], &kept["arms"]), (&shown["itt"], &shown["arms"]));
    assert!(close("wang.approver").refused().contains("closed"));

    owner(&bank, "delete from baton.event");
    assert_eq!(show(&bank), kept, "it is read as it was");
    let strategy = run(&bank, "zhao.viewer", &["strategy", "show", "ST-R"]);
    assert_eq!(strategy["state"], "reviewed");
    let rows = run(&bank, "zhao.viewer", &["review", "list"]);
    assert_eq!((&rows[0]["uplift_ppm"], &rows[0]["verdict"]), (&json!(200_000), &json!("expand")));
    let noted = bank.sql(
        "sun.auditor",
        "select detail ->> 'verdict' from baton.audit where action = 'review.close'",
    );
    assert_eq!(noted, [["expand"]]);
    for sql in ["update baton.review set verdict = 'stop'", "delete from baton.review"] {
        assert_eq!(bank.refuses("wang.approver", sql), "42501");
        assert_eq!(bank.refuses(ADMIN, &format!("set role baton_owner; {sql}")), "BT002");
    }
    let report = |lang: &str| {
        let done = baton(&bank).as_("zhao.viewer").args(["--lang", lang, "report", "1"]).run();
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let (en, zh) = (report("en"), report("zh-CN"));
    assert!(
        en.starts_with("# Review of #1 ST-R v1")
            && en.contains("+20.0 pp")
            && en.contains("expand: 比对照组高"),
        "{en}"
    );
    assert!(zh.contains("扩大：") || zh.contains("扩大: 比对照组高"), "{zh}");
    // The time is that of the bank's clocks.
    let at = bank.sql(
        "zhao.viewer",
        "select to_char(r.closed_at at time zone b.timezone, 'YYYY-MM-DD HH24:MI'), to_char(r.closed_at at time zone 'UTC', 'HH24:MI')
         from baton.review r cross join baton.bank b",
    );
    assert!(en.contains(&at[0][0]) && !at[0][0].ends_with(&at[0][1]), "{at:?}: {en}");
}

#[test]
fn nothing_is_expanded_past_a_broken_guard_without_saying_so() {
    let bank = fifty_six_of_seventy("2026-12-25");
    events(&bank, "treated", 3, "complaint", "2026-12-01");
    let shown = show(&bank);
    assert_eq!(shown["guards"][0]["broken"], json!(true));
    let close = |verdict: &str, more: &[&str]| {
        let args = ["--lang", "en", "review", "close", "1", "--verdict", verdict, "--text", "why"];
        baton(&bank).as_("wang.approver").args(args).args(more)
    };
    let said = close("expand", &[]).refused();
    assert!(said.contains("complaints") && said.contains("--despite-guards"), "{said}");
    // The database holds it, too, whatever calls it.
    let by_hand = format!("select baton.review_close(1, 'expand', 'x', '{shown}')");
    assert_eq!(bank.refuses("wang.approver", &by_hand), "BT503");
    // The yes covers the guards that it names, neither fewer nor others.
    let other = close("expand", &["--despite-guards", "opt-outs"]).refused();
    assert!(other.contains("opt-outs is no guard of this strategy"), "{other}");
    let forged = by_hand.replace("}')", "}', array['complaints', 'opt-outs'], false)");
    assert_eq!(bank.refuses("wang.approver", &forged), "BT503");
    let old = by_hand.replace("}')", "}', true)");
    assert_eq!(bank.refuses("wang.approver", &old), "BT503", "a yes without names covers none");
    let unseen =
        ["--lang", "en", "review", "close", "1", "--verdict", "stop", "--text", "\u{200b}"];
    baton(&bank).as_("wang.approver").args(unseen).refused();
    let kept = close("expand", &["--despite-guards", "complaints"]).json();
    assert_eq!(kept["closed"]["despite"], json!(["complaints"]));
    assert_eq!(show(&bank), kept);
    let noted = "select detail ->> 'despite_guards' from baton.audit where action = 'review.close'";
    assert_eq!(bank.sql("sun.auditor", noted), [["[\"complaints\"]"]]);
    let report = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "report", "1"]).run();
    let report = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(report.contains("expand despite broken guards (complaints)"), "{report}");
}

#[test]
fn what_is_not_expanded_needs_no_word_of_its_guards() {
    let bank = fifty_six_of_seventy("2026-12-25");
    events(&bank, "treated", 3, "complaint", "2026-12-01");
    let close =
        ["review", "close", "1", "--verdict", "stop", "--text", "why", "--despite-guards", "x"];
    let kept = run(&bank, "wang.approver", &close);
    assert_eq!(kept["closed"]["despite"], Value::Null);
}

#[test]
fn figures_of_another_list_and_a_part_of_the_bank_are_not_kept() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let close = |figures: &str| format!("select baton.review_close(1, 'expand', 'x', '{figures}')");
    assert_eq!(bank.refuses("wang.approver", &close("{\"push\": 1}")), "BT502");
    let right = "{\"push\": 1, \"arms\": {\"treated\": {\"n\": 70}, \"control\": {\"n\": 80}}}";
    assert_eq!(bank.refuses("wang.approver", &close(&right.replace("70", "71"))), "BT502");
    bank.operator("zhao.viewer", "approver", Some("B1"));
    assert_eq!(bank.refuses("zhao.viewer", &close(right)), "BT114");
    bank.sql("wang.approver", &close(right));
    assert_eq!(
        bank.refuses("wang.approver", "select baton.review_close(9, 'expand', 'x', '{}')"),
        "BT003"
    );
    let said =
        baton(&bank).as_("zhao.viewer").args(["--lang", "en", "review", "show", "9"]).refused();
    assert!(said.contains("no push 9"), "{said}");
}

/// A guard breaks, or mends, between the question and the answer.
#[test]
fn a_yes_to_one_broken_guard_is_no_yes_to_another() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let yes = |names: &[&str]| {
        let close =
            ["--lang", "en", "review", "close", "1", "--verdict", "expand", "--text", "why"];
        baton(&bank).as_("wang.approver").args(close).args(names)
    };
    // Asked while none was broken, and answered when one is.
    events(&bank, "treated", 3, "complaint", "2026-12-01");
    assert!(yes(&[]).refused().contains("complaints"));
    // Asked while one was broken, and answered when it has mended.
    owner(
        &bank,
        "delete from baton.event e using baton.event_kind k where k.id = e.kind and k.code = 'complaint'",
    );
    let said = yes(&["--despite-guards", "complaints"]).refused();
    assert!(said.contains("no guard is broken any more"), "{said}");
    assert_eq!(yes(&[]).json()["closed"]["despite"], Value::Null);
}

#[test]
fn nothing_is_concluded_without_a_declaration_unless_it_is_said() {
    let bank = reviewed_on(154, "0.5", "", "2026-12-05");
    let close = |verdict: &str, more: &[&str]| {
        let args = ["--lang", "en", "review", "close", "1", "--verdict", verdict, "--text", "why"];
        baton(&bank).as_("wang.approver").args(args).args(more)
    };
    for verdict in ["expand", "stop"] {
        let said = close(verdict, &[]).refused();
        assert!(said.contains("declared no success") && said.contains("--unmeasured"), "{said}");
        let shown = show(&bank);
        let by_hand = format!("select baton.review_close(1, '{verdict}', 'x', '{shown}')");
        assert_eq!(bank.refuses("wang.approver", &by_hand), "BT504");
    }
    let kept = close("stop", &["--unmeasured"]).json();
    assert_eq!(kept["closed"]["unmeasured"], json!(true));
    assert_eq!(show(&bank), kept);
    let noted = "select detail ->> 'unmeasured' from baton.audit where action = 'review.close'";
    assert_eq!(bank.sql("sun.auditor", noted), [["true"]]);
    let report = baton(&bank).as_("zhao.viewer").args(["--lang", "zh-CN", "report", "1"]).run();
    let report = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(report.contains("停止，没有测到约定的内容"), "{report}");
}

#[test]
fn to_adjust_concludes_nothing_and_needs_no_word() {
    let bank = reviewed_on(154, "0.5", "", "2026-12-05");
    let close = ["review", "close", "1", "--verdict", "adjust", "--text", "why", "--unmeasured"];
    let kept = run(&bank, "wang.approver", &close);
    assert_eq!(kept["closed"]["unmeasured"], Value::Null);
}
