//! The branch side by command and by SQL: who holds a task, what changes hands, what came of it, and who sees what of it.

mod branch;
mod chain;
mod support;

use baton::store::cluster::ADMIN;
use branch::{BRANCH, LI, RM, ZHAO, counters_hold, held, of_rm, out, refused, rms, task, told};
use chain::{number, owner, run, small};
use serde_json::json;
use support::baton;

#[test]
fn a_manager_sees_his_unit_and_an_rm_his_own() {
    let bank = out();
    let all = |who: &str| -> Vec<i64> {
        bank.sql(who, "select customer_id from baton.task order by 1")
            .concat()
            .iter()
            .map(|id| id.parse().unwrap())
            .collect()
    };
    let own = &rms(&bank)[0];
    assert_eq!(all(BRANCH), held(&bank, "u.code = 'S1'"));
    assert_eq!(all(RM), of_rm(&bank, own));
    assert!(!all(RM).is_empty() && all(RM).len() < all(BRANCH).len());
    assert_eq!(all(ZHAO).len(), held(&bank, "true").len());
    // The list says the same, masked, and no foreign one is told by a hand-written question either.
    let list = |who: &str| -> Vec<i64> {
        let mut ids: Vec<i64> = vec![];
        loop {
            let page = task(&bank, who, &["list", "--skip", &ids.len().to_string()]);
            let rows = page["tasks"].as_array().unwrap().clone();
            ids.extend(rows.iter().map(|row| number(&row["customer"])));
            if ids.len() >= usize::try_from(number(&page["count"])).unwrap() || rows.is_empty() {
                break;
            }
        }
        ids.sort_unstable();
        ids
    };
    assert_eq!((list(BRANCH), list(RM)), (all(BRANCH), all(RM)));
    let foreign = held(&bank, "u.code = 'S2'")[0];
    let colleagues = held(&bank, &format!("u.code = 'S1' and s.code <> '{own}'"))[0];
    // Whether a stranger's customer has a task, and whose he is, is not told by looking, nor by trying.
    for (who, customer, code) in [(BRANCH, foreign, "BT003"), (RM, colleagues, "BT402")] {
        let call = format!("select baton.task_outcome(1, {customer}, 'no_answer')");
        assert_eq!(bank.refuses(who, &call), code);
        assert_eq!(
            bank.refuses(who, &format!("select * from baton.task_look(1, {customer})")),
            code
        );
        assert_eq!(
            bank.refuses(who, &format!("select * from baton.task_outcomes(1, {customer})")),
            "BT402"
        );
        let card = format!("select count(*) from baton.customer_card({customer})");
        if who == BRANCH {
            assert_eq!(bank.sql(who, &card), [["0"]]);
        } else {
            assert_eq!(bank.refuses(who, &card), code);
        }
        for relation in ["customer", "plan_member", "task", "event", "outcome"] {
            let count =
                format!("select count(*) from baton.{relation} where customer_id = {customer}");
            assert_eq!(bank.sql(who, &count), [["0"]], "{who} {relation}");
        }
        // To say that one looks at a task opens nothing that is not one's own.
        let set = format!(
            "set baton.task = '1 {customer}'; select count(*) from baton.customer where customer_id = {customer}"
        );
        assert_eq!(bank.sql(who, &set), [["0"]]);
    }
    // Orders are their units' own; other lists of customers are no RM's.
    let orders = "select count(*), min(org_id) from baton.branch_order";
    assert_eq!(bank.sql(BRANCH, orders), [["1", "5"]]);
    assert_eq!(bank.sql(RM, orders), [["1", "5"]]);
    assert_eq!(run(&bank, BRANCH, &["push", "status", "1"])["orders"].as_array().unwrap().len(), 1);
    for call in [
        "select * from baton.push_members(1, null, null, 0)",
        "select * from baton.push_parts(1)",
        "select * from baton.snapshot_members(1, 0)",
        "select * from baton.moment_hits('M', '2026-01-01')",
    ] {
        assert_eq!(bank.refuses(RM, call), "BT408", "{call}");
    }
    assert_eq!(bank.refuses(RM, "select baton.engine_ticket()"), "BT001");
}

#[test]
fn an_rm_is_made_with_his_staff_code() {
    let bank = small();
    let rms = rms(&bank);
    let add = |args: &[&str]| {
        let base = ["--lang", "en", "operator", "add", RM];
        bank.program(ADMIN).args(base).args(args)
    };
    let made = add(&["--duty", "branch", "--org", "S1", "--staff", &rms[0]]).json();
    assert_eq!((&made["org"], &made["staff"]), (&json!("S1"), &json!(rms[0])));
    let listed = bank.program(ADMIN).args(["operator", "list"]).json();
    assert!(
        listed.as_array().unwrap().iter().any(|o| o["name"] == RM && o["staff"] == rms[0].as_str())
    );
    for args in [
        vec!["--duty", "branch", "--org", "S2", "--staff", &rms[0]],
        vec!["--duty", "branch", "--staff", "nobody"],
    ] {
        assert!(add(&args).refused().contains("no RM with the code"), "{args:?}");
    }
    let viewer = add(&["--duty", "viewer", "--staff", &rms[0]]).refused();
    assert!(viewer.contains("--staff goes with the duty branch"), "{viewer}");
}

#[test]
fn what_came_of_a_task_is_kept_by_the_strategys_own_form() {
    let bank = out();
    let own = of_rm(&bank, &rms(&bank)[0]);
    let (one, two) = (own[0].to_string(), own[1].to_string());
    let shown = task(&bank, RM, &["show", "1", &one]);
    assert_eq!((&shown["segment_name"], &shown["state"]), (&json!("代发流失"), &json!("open")));
    assert!(shown["script"].as_str().unwrap().starts_with("您好，"), "{shown}");
    assert_eq!(shown["why"][0]["text"], "aum >= 0");
    assert_eq!(
        shown["steps"][0],
        json!({ "text": "先看卡片", "must": true, "evidence": "none", "shown": null })
    );
    let outcome = |who: &str, customer: &str, args: &[&str]| {
        let base = ["task", "outcome", "1", customer, "--outcome"];
        baton(&bank).as_(who).args(["--lang", "en"]).args(base).args(args)
    };
    for (args, said) in [
        (vec!["sold"], "原因 must be filled in"),
        (vec!["sold", "--field", "why=别的"], "must be one of: 利率, 服务"),
        (vec!["sold", "--field", "why=1", "--field", "sum=x"], "must be a number"),
        (vec!["sold", "--field", "why=1", "--field", "other=1"], "has no field other"),
        (vec!["bought"], "not an outcome"),
        (vec!["refused", "--field", "why=1", "--on", "2026-11-01"], "before the push"),
        (vec!["refused", "--field", "why=1", "--next", "2026-11-01"], "before"),
        (vec!["sold", "--field", "why=1", "--amount", "1.234"], "decimals"),
    ] {
        let refused = outcome(RM, &one, &args).refused();
        assert!(refused.contains(said), "{args:?}: {refused}");
    }
    // The database says the same to somebody with psql.
    for (call, code) in [
        ("'sold', null, null, null, null, '{}'", "BT409"),
        ("'sold', null, null, null, null, '{\"why\": \"x\"}'", "BT409"),
        ("'sold', null, -1, null, null, '{\"why\": \"利率\"}'", "BT405"),
        ("'whatever', null, null, null, null, '{\"why\": \"利率\"}'", "outcome_known"),
    ] {
        let call = format!("select baton.task_outcome(1, {one}, {call})");
        assert_eq!(bank.refuses(RM, &call), code, "{call}");
    }
    let order = || {
        let status = run(&bank, BRANCH, &["push", "status", "1"]);
        (number(&status["orders"][0]["open"]), number(&status["orders"][0]["done"]))
    };
    let (open, done) = order();
    assert_eq!(outcome(RM, &one, &["no_answer", "--next", "2026-11-25"]).json()["state"], "open");
    assert_eq!(order(), (open, done));
    let sold =
        ["sold", "--field", "why=2", "--field", "sum=3.5", "--amount", "120", "--note", "好"];
    assert_eq!(outcome(RM, &one, &sold).json()["state"], "done");
    assert_eq!(outcome(RM, &one, &["refused", "--field", "why=1"]).json()["state"], "done");
    assert_eq!(outcome(BRANCH, &two, &["bad_number"]).json()["state"], "done");
    let said = outcome(RM, &one, &["refused", "--field", "why=1", "--lang", "zh-CN"]).run();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("状态") && said.contains("完成"), "{said}");
    assert_eq!(order(), (open - 2, done + 2));
    counters_hold(&bank);
    let shown = task(&bank, RM, &["show", "1", &one]);
    let past: Vec<&str> = shown["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(past, ["refused", "refused", "sold", "no_answer"], "the later written stands first");
    assert_eq!(shown["outcomes"][2]["fields"], json!({ "why": "服务", "sum": "3.5" }));
    assert_eq!(shown["outcomes"][2]["amount"], 12000);
    let page = task(&bank, RM, &["list", "--state", "done"]);
    assert_eq!((&page["count"], &page["tasks"][0]["outcome"]), (&json!(2), &json!("refused")));
}

#[test]
fn tasks_change_hands_within_a_unit() {
    let bank = out();
    let rms = rms(&bank);
    let before = of_rm(&bank, &rms[0]);
    let one = before[0].to_string();
    let assign =
        task(&bank, BRANCH, &["assign", "1", &one, &before[1].to_string(), "--rm", &rms[1]]);
    assert_eq!(assign["tasks"], 2);
    assert!(
        of_rm(&bank, &rms[1]).contains(&before[0]) && !of_rm(&bank, &rms[0]).contains(&before[0])
    );
    counters_hold(&bank);
    assert_eq!(told(&bank, RM), [("left".to_owned(), 2)]);
    task(&bank, BRANCH, &["assign", "1", &one]);
    assert!(held(&bank, "s.code is null and u.code = 'S1'").contains(&before[0]));
    // By the manager only, to his own people only, and what is done stays.
    for (who, args, said) in [
        (
            RM,
            vec!["task", "assign", "1", &before[2].to_string(), "--rm", &rms[1]],
            "manager of the unit",
        ),
        (BRANCH, vec!["task", "assign", "1", &one, "--rm", "R1"], "another unit"),
        (BRANCH, vec!["task", "assign", "1", &one, "--rm", "nobody"], "no RM has the code"),
        (BRANCH, vec!["task", "assign", "1", "999999"], "has no task"),
        (
            RM,
            vec!["push", "reassign", "1", "--from", &rms[0], "--to", &rms[1]],
            "manager of the unit",
        ),
        (BRANCH, vec!["push", "reassign", "1", "--from", "R1", "--to", "R10"], "not your unit"),
        (LI, vec!["push", "reassign", "1", "--from", "R1", "--to", &rms[1]], "another unit"),
        (
            ZHAO,
            vec!["push", "reassign", "1", "--from", &rms[0], "--to", &rms[1]],
            "you need the duty",
        ),
    ] {
        assert!(
            refused(&bank, who, &args).contains(said),
            "{args:?}: {}",
            refused(&bank, who, &args)
        );
    }
    let left = of_rm(&bank, &rms[0]);
    let (open, gone) = (left.len() - 1, left[0].to_string());
    run(&bank, RM, &["task", "outcome", "1", &gone, "--outcome", "bad_number"]);
    let moved = run(&bank, BRANCH, &["push", "reassign", "1", "--from", &rms[0], "--to", &rms[2]]);
    assert_eq!(moved["tasks"], open);
    assert_eq!(of_rm(&bank, &rms[0]), [left[0]], "what is done stays with who did it");
    counters_hold(&bank);
}

#[test]
fn a_task_is_given_back_with_a_reason() {
    let bank = out();
    let own = of_rm(&bank, &rms(&bank)[0]);
    let one = own[0].to_string();
    let giving = |reason| ["task", "return", "1", &one, "--reason", reason].map(str::to_owned);
    let empty = giving(" ");
    let empty: Vec<&str> = empty.iter().map(String::as_str).collect();
    assert!(refused(&bank, RM, &empty).contains("say why"));
    let why = giving("人在国外");
    let why: Vec<&str> = why.iter().map(String::as_str).collect();
    run(&bank, RM, &why);
    assert!(refused(&bank, RM, &why).contains("was given back"));
    assert!(!held(&bank, "true").contains(&own[0]));
    assert_eq!(told(&bank, LI), [("returned".to_owned(), 1)]);
    assert_eq!(told(&bank, BRANCH), [("returned".to_owned(), 1)]);
    let outcome = ["task", "outcome", "1", &one, "--outcome", "no_answer"];
    assert!(refused(&bank, RM, &outcome).contains("was given back"));
    counters_hold(&bank);
}

#[test]
fn what_was_given_back_is_given_out_again_and_its_history_stays() {
    let bank = out();
    let rms = rms(&bank);
    let own = of_rm(&bank, &rms[0]);
    let (one, two) = (own[0].to_string(), own[1].to_string());
    let give = |who: &str, args: &[&str]| task(&bank, who, &[&["give-again", "1"], args].concat());
    let not = |who: &str, args: &[&str]| {
        refused(&bank, who, &[&["task", "give-again", "1"], args].concat())
    };
    assert!(not(BRANCH, &[&one]).contains("was not given back"));
    let unit = held(&bank, "u.code = 'S1'").len();
    task(&bank, RM, &["return", "1", &one, "--reason", "人在国外"]);
    // The manager sees it with the others and may give it out; the RM who gave it back does not.
    let list = task(&bank, BRANCH, &["list", "--state", "returned"]);
    assert_eq!((&list["count"], &list["tasks"][0]["customer"]), (&json!(1), &json!(own[0])));
    assert_eq!(task(&bank, RM, &["list", "--state", "returned"])["count"], 0);
    assert!(not(RM, &[&one]).contains("manager of the unit"));
    assert!(not(ZHAO, &[&one]).contains("you need the duty"));
    bank.operator("sun.auditor", "branch", Some("S2"));
    assert!(not("sun.auditor", &[&one]).contains("has no task"));
    assert!(not(BRANCH, &[&one, "--rm", "R1"]).contains("another unit"));
    assert!(not(BRANCH, &[&one, &two]).contains("was not given back"));
    assert_eq!(held(&bank, "u.code = 'S1'").len(), unit - 1, "nothing of what was refused is done");
    run(&bank, BRANCH, &["push", "notices", "--read", "1"]);
    assert_eq!(give(BRANCH, &[&one, &one, "--rm", &rms[2]])["tasks"], 1);
    assert!(of_rm(&bank, &rms[2]).contains(&own[0]));
    assert_eq!(told(&bank, BRANCH), [("came".to_owned(), 1)]);
    counters_hold(&bank);
    assert_eq!(run(&bank, LI, &["push", "board", "1", "--check"])["agree"], true);
    // Back once more; the strategist, to whom it went, gives it to the unit.
    task(&bank, BRANCH, &["return", "1", &one, "--reason", "已在他行办理"]);
    assert_eq!(give(LI, &[&one])["tasks"], 1);
    assert!(held(&bank, "u.code = 'S1' and s.code is null").contains(&own[0]));
    assert!(not(LI, &[&one]).contains("was not given back"), "only once");
    let shown = task(&bank, BRANCH, &["show", "1", &one]);
    let past = shown["returns"].as_array().unwrap();
    assert_eq!(past.len(), 2, "{shown}");
    assert_eq!((&past[0]["reason"], &past[0]["again"]["by"]), (&json!("已在他行办理"), &json!(LI)));
    assert_eq!((&past[1]["reason"], &past[1]["by"]), (&json!("人在国外"), &json!(RM)));
    assert_eq!(past[1]["again"]["by"], BRANCH);
    // It is worked on as any other; and an order that is recalled takes none.
    task(&bank, BRANCH, &["outcome", "1", &one, "--outcome", "no_answer"]);
    task(&bank, RM, &["return", "1", &two, "--reason", "重复"]);
    run(&bank, LI, &["push", "recall", "1", "--org", "S1"]);
    assert!(not(BRANCH, &[&two]).contains("recalled"));
    assert!(not(LI, &[&one]).contains("recalled"), "what was recalled is not given back");
    counters_hold(&bank);
}

#[test]
fn a_referral_is_taken_or_declined() {
    let bank = out();
    bank.operator(ZHAO, "branch", Some("S2"));
    let own = of_rm(&bank, &rms(&bank)[0]);
    let (one, two) = (own[0].to_string(), own[1].to_string());
    let offer = |who: &str, customer: &str, to: &[&str]| {
        let base = ["task", "refer", "1", customer, "--until", "2026-11-25", "--note", "企业主"];
        baton(&bank).as_(who).args(["--lang", "en"]).args(base).args(to)
    };
    assert!(offer(RM, &one, &["--org", "S1"]).refused().contains("has the task already"));
    assert!(offer(RM, &one, &["--org", "XX"]).refused().contains("no org unit XX"));
    assert!(offer(ZHAO, &one, &["--org", "S1"]).refused().contains("has no task"));
    let late = ["task", "refer", "1", &one, "--org", "S2", "--until", "2027-11-25"];
    assert!(refused(&bank, RM, &late).contains("last day of the push"));
    assert!(refused(&bank, ZHAO, &["task", "accept", "1", &one]).contains("nothing of customer"));
    // Before the offer its customer is a stranger's; with it he can be looked at, he alone, and only as this task.
    assert!(refused(&bank, ZHAO, &["task", "show", "1", &one]).contains("has no task"));
    assert!(refused(&bank, ZHAO, &["task", "show", "99", &one]).contains("there is no push 99"));
    assert_eq!(offer(RM, &one, &["--org", "S2", "--credit", "30"]).json()["state"], "offered");
    assert!(offer(RM, &one, &["--org", "S3"]).refused().contains("offered already"));
    assert_eq!(told(&bank, ZHAO), [("offered".to_owned(), 1)]);
    let shown = task(&bank, ZHAO, &["show", "1", &one]);
    assert_eq!((&shown["state"], &shown["offer"]["credit"]), (&json!("offer"), &json!(30)));
    assert!(shown["customer"]["aum"].is_i64(), "{shown}");
    assert_eq!(
        bank.sql(ZHAO, &format!("select count(*) from baton.customer where customer_id = {one}")),
        [["0"]]
    );
    let list = task(&bank, ZHAO, &["list", "--state", "offer"]);
    assert_eq!((&list["count"], &list["tasks"][0]["customer"]), (&json!(1), &json!(own[0])));
    let work = run(&bank, ZHAO, &["worklist"]);
    assert!(
        work.as_array().unwrap().iter().any(|w| w["work"] == "offer" && w["count"] == 1),
        "{work}"
    );
    assert!(refused(&bank, RM, &["task", "accept", "1", &one]).contains("is offered to you"));
    // It stays where it is until it is taken; then it is counted where it went.
    assert!(held(&bank, "u.code = 'S1'").contains(&own[0]));
    task(&bank, ZHAO, &["accept", "1", &one]);
    assert!(
        held(&bank, "u.code = 'S2'").contains(&own[0])
            && !held(&bank, "u.code = 'S1'").contains(&own[0])
    );
    counters_hold(&bank);
    assert_eq!(
        bank.sql(ADMIN, "select state, credit, answered_by from baton.referral"),
        [["accepted", "30", ZHAO]]
    );
    assert!(
        told(&bank, RM).contains(&("accepted".to_owned(), 1))
            && told(&bank, BRANCH).contains(&("accepted".to_owned(), 1))
    );
    let sold = ["outcome", "1", &one, "--outcome", "sold", "--field", "why=1"];
    task(&bank, ZHAO, &sold);
    assert_eq!(
        bank.sql(ADMIN, &format!("select org_id from baton.outcome where customer_id = {one}")),
        [["6"]],
        "an outcome is of the unit that holds the task"
    );
    counters_hold(&bank);
    assert!(task(&bank, ZHAO, &["show", "1", &one])["customer"]["aum"].is_i64());
    // To an RM: his manager or he answers, nobody else.
    offer(RM, &two, &["--rm", "R1"]).json();
    task(&bank, ZHAO, &["decline", "1", &two, "--reason", "忙"]);
    assert!(told(&bank, RM).contains(&("declined".to_owned(), 1)));
    assert!(of_rm(&bank, &rms(&bank)[0]).contains(&own[1]));
    offer(RM, &two, &["--org", "S2"]).json();
    owner(&bank, "update baton.referral set due = '2026-11-19' where state = 'offered'");
    assert!(refused(&bank, ZHAO, &["task", "accept", "1", &two]).contains("ended on"));
}

#[test]
fn an_rm_who_works_his_day_is_not_stopped_but_counted() {
    let bank = out();
    let own = of_rm(&bank, &rms(&bank)[0]);
    let open = format!("select count(*) from baton.task_look(1, {})", own[0]);
    for _ in 0..3 {
        bank.sql(RM, &open);
    }
    // As many other tasks as a day has; the one that was opened before is open still, another is not.
    owner(
        &bank,
        &format!(
            "insert into baton.audit (operator, action, subject) select '{RM}', 'task.card', 'push 9 customer ' || g from generate_series(1, 1000) g"
        ),
    );
    assert_eq!(bank.refuses(RM, &open), "BT112");
    owner(
        &bank,
        "alter table baton.audit disable trigger all; delete from baton.audit where subject = 'push 9 customer 1000'; alter table baton.audit enable trigger all",
    );
    bank.sql(RM, &open);
    assert_eq!(bank.refuses(RM, &format!("select * from baton.task_look(1, {})", own[1])), "BT112");
    assert!(
        refused(&bank, RM, &["task", "show", "1", &own[1].to_string()])
            .contains("opened 1,000 tasks")
    );
    // Cards are counted beside, and so is who looks at a task that is not his own.
    let viewed = |who: &str| {
        bank.sql(ADMIN, &format!("select count(*) from baton.audit where operator = '{who}' and action = 'customer.card'"))[0][0].clone()
    };
    task(&bank, ZHAO, &["show", "1", &own[0].to_string()]);
    assert_eq!((viewed(ZHAO), viewed(RM)), ("1".to_owned(), "0".to_owned()));
    assert!(refused(&bank, ZHAO, &["task", "list"]).contains("--push and --org"));
    assert_eq!(
        task(&bank, ZHAO, &["list", "--push", "1", "--org", "S1", "--rm", &rms(&bank)[0]])["count"],
        own.len()
    );
}

/// One who tries numbers learns of none whose customer it is: another unit's is refused as one of the control group, or nobody.
#[test]
fn a_refusal_tells_nobody_whose_customer_it_is() {
    let bank = out();
    let foreign = held(&bank, "u.code = 'S2'")[0];
    let returned = held(&bank, "u.code = 'S2'")[1];
    bank.operator(ZHAO, "branch", Some("S2"));
    run(&bank, ZHAO, &["task", "return", "1", &returned.to_string(), "--reason", "x"]);
    let nobody = 999_999_i64;
    let steps: [&[&str]; 6] = [
        &["outcome", "1", "?", "--outcome", "no_answer"],
        &["assign", "1", "?"],
        &["return", "1", "?", "--reason", "x"],
        &["refer", "1", "?", "--org", "S3", "--until", "2026-11-25"],
        &["accept", "1", "?"],
        &["show", "1", "?"],
    ];
    for step in steps {
        let said = |customer: i64| {
            let id = customer.to_string();
            let args: Vec<&str> =
                step.iter().map(|word| if *word == "?" { id.as_str() } else { word }).collect();
            refused(&bank, BRANCH, &[&["task"], &args[..]].concat()).replace(&id, "?")
        };
        let none = said(nobody);
        assert!(none.contains('?') && !none.contains("S2"), "{none}");
        assert_eq!((said(foreign), said(returned)), (none.clone(), none), "{step:?}");
    }
    // Those who gave it back, and the mid-office, are told how it stands.
    assert!(
        refused(
            &bank,
            ZHAO,
            &["task", "outcome", "1", &returned.to_string(), "--outcome", "no_answer"]
        )
        .contains("given back")
    );
}

/// The tasks of an RM who left are the unit's, and go to another at once.
#[test]
fn what_no_rm_has_is_given_out_at_once() {
    let bank = out();
    let rms = rms(&bank);
    let open = of_rm(&bank, &rms[0]);
    owner(
        &bank,
        &format!("update baton.staff set closed_on = '2026-11-21' where code = '{}'", rms[0]),
    );
    let of_unit = held(&bank, "u.code = 'S1' and s.code is null");
    assert!(open.len() > 1 && open.iter().all(|id| of_unit.contains(id)));
    let count = |who: &str, to: &str| {
        bank.sql(who, &format!("select baton.push_reassign_count(1, null, '{to}')"))[0][0].clone()
    };
    assert_eq!(count(BRANCH, &rms[1]), of_unit.len().to_string());
    assert_eq!(count(LI, &rms[1]), of_unit.len().to_string());
    let call = format!("select baton.push_reassign_count(1, null, '{}')", rms[1]);
    assert_eq!(bank.refuses(ZHAO, &call), "BT001");
    assert_eq!(bank.refuses(RM, &call), "BT401");
    let others = held(&bank, "u.code <> 'S1'");
    let given = run(&bank, BRANCH, &["push", "reassign", "1", "--unassigned", "--to", &rms[1]]);
    assert_eq!(number(&given["tasks"]), i64::try_from(of_unit.len()).unwrap());
    assert!(held(&bank, "u.code = 'S1' and s.code is null").is_empty());
    assert_eq!(held(&bank, "u.code <> 'S1'"), others, "and no other unit's");
    counters_hold(&bank);
}
