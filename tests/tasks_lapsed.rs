//! An offer that nobody took, what was told and undone, and a relationship manager who leaves.

mod branch;
mod chain;
mod support;

use branch::{BRANCH, LI, RM, ZHAO, counters_hold, held, of_rm, out, refused, rms, task, told};
use chain::{number, owner, run};
use serde_json::json;
use support::baton;

#[test]
fn an_offer_that_nobody_took_lapses() {
    let bank = out();
    bank.operator(ZHAO, "branch", Some("S2"));
    let own = of_rm(&bank, &rms(&bank)[0]);
    let (one, two) = (own[0].to_string(), own[1].to_string());
    let offer = |customer: &str, org: &str, until: &str| {
        task(&bank, RM, &["refer", "1", customer, "--org", org, "--until", until])
    };
    offer(&one, "S2", "2026-11-25");
    offer(&two, "S2", "2026-11-26");
    assert_eq!(told(&bank, ZHAO), [("offered".to_owned(), 2)]);
    owner(&bank, "update baton.bank set as_of = '2026-11-26'");
    // It counts nowhere: what he was told, what waits for him, his list; its customer is a stranger's again.
    assert_eq!(told(&bank, ZHAO), [("offered".to_owned(), 1)], "the other one has its last day");
    assert_eq!(task(&bank, ZHAO, &["list", "--state", "offer"])["count"], 1);
    let work = run(&bank, ZHAO, &["worklist"]);
    assert!(work.as_array().unwrap().iter().any(|w| w["work"] == "offer" && w["count"] == 1));
    assert!(refused(&bank, ZHAO, &["task", "show", "1", &one]).contains("has no task"));
    assert!(refused(&bank, ZHAO, &["task", "accept", "1", &one]).contains("2026-11-25"));
    owner(&bank, "update baton.bank set as_of = '2026-11-27'");
    assert!(told(&bank, ZHAO).is_empty());
    let work = run(&bank, ZHAO, &["worklist"]);
    assert!(!work.as_array().unwrap().iter().any(|w| w["work"] == "offer"), "{work}");
    // Who gave it sees that it has lapsed, among what is to be done, and to whom it was offered.
    let shown = task(&bank, RM, &["show", "1", &one]);
    assert_eq!(
        (&shown["state"], &shown["offer"]["until"]),
        (&json!("expired"), &json!("2026-11-25"))
    );
    assert_eq!(task(&bank, RM, &["list", "--state", "expired"])["count"], 2);
    let open = task(&bank, RM, &["list", "--state", "open"]);
    assert_eq!(number(&open["count"]), i64::try_from(own.len()).unwrap());
    assert_eq!(open["tasks"][0]["state"], "expired", "first");
    assert_eq!(task(&bank, RM, &["list", "--state", "offered"])["count"], 0);
    // He offers it again, or goes on.
    assert_eq!(offer(&one, "S3", "2026-12-01")["state"], "offered");
    let states = format!("select state from baton.referral where customer_id = {one} order by n");
    assert_eq!(bank.sql(LI, &states), [["lapsed"], ["offered"]]);
    let done = task(&bank, RM, &["outcome", "1", &two, "--outcome", "sold", "--field", "why=利率"]);
    assert_eq!(done["state"], "done");
    assert_eq!(task(&bank, RM, &["show", "1", &two])["state"], "done");
    counters_hold(&bank);
}

#[test]
fn an_offer_lapses_by_the_day_that_is_looked_at() {
    let bank = out();
    bank.operator(ZHAO, "branch", Some("S2"));
    let one = of_rm(&bank, &rms(&bank)[0])[0].to_string();
    let offer = ["refer", "1", &one, "--org", "S2", "--until", "2026-11-25"];
    task(&bank, RM, &offer);
    let as_of =
        |who: &str, day: &str, args: &[&str]| run(&bank, who, &[&["--as-of", day], args].concat());
    let waits = |day: &str| {
        let work = as_of(ZHAO, day, &["worklist"]);
        let rows = work.as_array().unwrap().clone();
        rows.into_iter()
            .filter(|w| w["work"] == "offer" || w["work"] == "notice")
            .collect::<Vec<_>>()
    };
    // On its last day there is one line for it, and until when.
    let last = waits("2026-11-25");
    assert_eq!(last.len(), 1, "{last:?}");
    assert_eq!((&last[0]["work"], &last[0]["due"]), (&json!("offer"), &json!("2026-11-25")));
    assert_eq!(as_of(ZHAO, "2026-11-25", &["task", "list", "--state", "offer"])["count"], 1);
    // On the next the line, the list and the one who would take it agree.
    assert!(waits("2026-11-26").is_empty());
    assert_eq!(as_of(ZHAO, "2026-11-26", &["task", "list", "--state", "offer"])["count"], 0);
    let late = ["--as-of", "2026-11-26", "task", "accept", "1", &one];
    assert!(refused(&bank, ZHAO, &late).contains("2026-11-25"));
    assert_eq!(as_of(RM, "2026-11-26", &["task", "show", "1", &one])["state"], "expired");
    // Looking back revives none.
    owner(&bank, "update baton.bank set as_of = '2026-11-26'");
    let earlier = ["--as-of", "2026-11-24", "task", "accept", "1", &one];
    assert!(refused(&bank, ZHAO, &earlier).contains("2026-11-25"));
}

#[test]
fn the_share_of_a_referral_is_told_while_it_waits_and_once_it_was_taken() {
    let bank = out();
    bank.operator(ZHAO, "branch", Some("S2"));
    let one = of_rm(&bank, &rms(&bank)[0])[0].to_string();
    let offer = ["refer", "1", &one, "--org", "S2", "--until", "2026-11-25", "--credit", "30"];
    task(&bank, RM, &offer);
    let shown = |who: &str, lang: &str| {
        let shown = baton(&bank).as_(who).args(["--lang", lang, "task", "show", "1", &one]).run();
        String::from_utf8(shown.stdout).unwrap()
    };
    assert!(shown(RM, "en").contains("30 % of what comes of it stay here"), "{}", shown(RM, "en"));
    assert!(shown(ZHAO, "en").contains("30 % of what comes of it stay there"));
    task(&bank, ZHAO, &["accept", "1", &one]);
    let said = shown(ZHAO, "en");
    assert!(said.contains("Referred by") && said.contains("30 % of what comes"), "{said}");
    assert!(shown(ZHAO, "zh-CN").contains("业绩的 30 % 归对方"));
    assert_eq!(task(&bank, ZHAO, &["show", "1", &one])["taken"]["credit"], 30);
}

#[test]
fn a_day_that_is_refused_says_which_of_the_two_it_is() {
    let bank = out();
    let one = of_rm(&bank, &rms(&bank)[0])[0].to_string();
    let on = |day: &str, lang: &str| {
        let args = ["task", "outcome", "1", &one, "--outcome", "refused", "--field", "why=利率"];
        baton(&bank).as_(RM).args(["--lang", lang]).args(args).args(["--on", day]).refused()
    };
    let (early, ahead) = (on("2020-01-01", "en"), on("2030-01-01", "en"));
    assert!(early.contains("before the push") && !early.contains("not come"), "{early}");
    assert!(ahead.contains("has not come yet") && !ahead.contains("before"), "{ahead}");
    assert!(on("2020-01-01", "zh-CN").contains("早于下发日"));
    assert!(on("2030-01-01", "zh-CN").contains("尚未到来"));
    // A word that is no outcome is answered in the words of the language, which it takes as well.
    let args = ["--lang", "zh-CN", "task", "outcome", "1", &one, "--outcome", "bought"];
    let said = baton(&bank).as_(RM).args(args).refused();
    assert!(said.contains("空号") && !said.contains("bad_number"), "{said}");
}

#[test]
fn a_credit_is_a_share_of_a_hundred() {
    let bank = out();
    let one = of_rm(&bank, &rms(&bank)[0])[0].to_string();
    for credit in ["130", "101", "-5"] {
        let credit_ = format!("--credit={credit}");
        let args = ["task", "refer", "1", &one, "--org", "S2", "--until", "2026-11-25", &credit_];
        let said = refused(&bank, RM, &args);
        assert!(said.contains(&format!("the credit is {credit}")), "{said}");
        assert!(said.contains("from 0 to 100"), "{said}");
        let said = baton(&bank).as_(RM).args(["--lang", "zh-CN"]).args(args).refused();
        assert!(said.contains("0 到 100"), "{said}");
    }
    let args = ["refer", "1", &one, "--org", "S2", "--until", "2026-11-25", "--credit", "100"];
    assert_eq!(task(&bank, RM, &args)["state"], "offered");
}

#[test]
fn what_was_undone_is_told_no_more() {
    let bank = out();
    let recall = |more: &[&str]| {
        number(&run(&bank, LI, &[&["push", "recall", "1", "--org", "S1"], more].concat())["tasks"])
    };
    let n = recall(&[]);
    assert!(n > 10);
    assert_eq!(told(&bank, BRANCH), [("recalled".to_owned(), n)]);
    assert_eq!(recall(&["--undo"]), n);
    assert_eq!(told(&bank, BRANCH), [("given_again".to_owned(), n)]);
    assert_eq!(recall(&[]), n);
    assert_eq!(told(&bank, BRANCH), [("recalled".to_owned(), n)], "so many, and not twice as many");
    let shown = baton(&bank).as_(BRANCH).args(["--lang", "zh-CN", "worklist"]).run();
    assert!(!String::from_utf8(shown.stdout).unwrap().contains("重新下达"));
}

#[test]
fn the_unit_is_told_what_came_to_it_from_an_rm_who_left() {
    let bank = out();
    let rms = rms(&bank);
    let own = of_rm(&bank, &rms[0]);
    task(&bank, RM, &["outcome", "1", &own[0].to_string(), "--outcome", "bad_number"]);
    owner(
        &bank,
        &format!("update baton.staff set closed_on = '2026-11-21' where code = '{}'", rms[0]),
    );
    let open = i64::try_from(own.len()).unwrap() - 1;
    assert_eq!(told(&bank, BRANCH), [("came".to_owned(), open)]);
    let of_unit = held(&bank, "u.code = 'S1' and s.code is null");
    assert!(own[1..].iter().all(|id| of_unit.contains(id)));
    run(&bank, BRANCH, &["push", "notices", "--read", "1"]);
    // The same where his customers are given to nobody by a load.
    let next = of_rm(&bank, &rms[1]);
    owner(
        &bank,
        &format!(
            "create table baton.fresh as select * from baton.customer;
             update baton.fresh set rm_id = null where customer_id in ({}, {});
             select baton.follow_units('fresh')",
            next[0], next[1]
        ),
    );
    assert_eq!(told(&bank, BRANCH), [("came".to_owned(), open + 2)], "the day's");
    counters_hold(&bank);
}
