//! The branch side by command and by SQL: who holds a task, what changes hands, what came of it, and who sees what of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{number, owner, pushed, run, small, strategy_file, text};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";
/// The manager of S1.
const BRANCH: &str = "nancheng.branch";
/// An RM of S1.
const RM: &str = "nancheng.rm";

/// The outcome's form of the strategy that these tests push.
const FORM: &str = "[[field]]\ncode = \"why\"\nlabel = \"原因\"\ntype = \"choice\"\nchoices = [\"利率\", \"服务\"]\nrequired = true\n\n\
    [[field]]\ncode = \"sum\"\ntype = \"number\"\n\n[[step]]\ntext = \"先看卡片\"\nmust = true\n";

/// A push of a strategy with a form to everybody of [`small`], none left alone. R4 and R8 are RMs of S1 beside others; the
/// RM's login is R4.
fn out() -> Bank {
    let bank = small();
    // Whoever has an RM of another unit has one of his own: R1 + 9 n belong to S2, ..., so that S1 has R9, R18, R27.
    owner(
        &bank,
        "update baton.customer c set rm_id = (select s.id from baton.staff s where s.org_id = c.org_id order by (s.id / 9 + c.customer_id) % 3, s.id limit 1)
         where c.rm_id is not null",
    );
    push(&bank, "ST-1");
    bank.operator(BRANCH, "branch", Some("S1"));
    bank.program(ADMIN)
        .args(["operator", "add", RM, "--duty", "branch", "--staff", &rms(&bank)[0]])
        .json();
    bank
}

/// Everybody, with the form, and a script that names him.
fn push(bank: &Bank, code: &str) {
    let segment = format!("SG-{code}");
    run(bank, LI, &["segment", "save", &segment, "--name", "代发流失", "--rule", "aum >= 0"]);
    let text = text(code, &segment, "0.0", 7).replace("您好，", "您好，{name}，");
    let file = strategy_file(&format!("{text}\n{FORM}"));
    run(bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, LI, &["strategy", "submit", code]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(bank, "wang.approver", &["strategy", "approve", code, "--hash", &hash]);
    pushed(bank, code);
}

/// The codes of the RMs of S1.
fn rms(bank: &Bank) -> Vec<String> {
    bank.sql(ADMIN, "select code from baton.staff where org_id = 5 order by id").concat()
}

/// Customers whose task the unit, or an RM of it, holds.
fn held(bank: &Bank, of: &str) -> Vec<i64> {
    let sql = format!(
        "select customer_id from baton.task t join baton.org_unit u on u.id = t.org_id left join baton.staff s on s.id = t.rm_id
         where {of} order by 1"
    );
    bank.sql(ADMIN, &sql).concat().iter().map(|id| id.parse().unwrap()).collect()
}

fn of_rm(bank: &Bank, rm: &str) -> Vec<i64> {
    held(bank, &format!("s.code = '{rm}'"))
}

fn task(bank: &Bank, who: &str, args: &[&str]) -> Value {
    run(bank, who, &[&["task"], args].concat())
}

/// What is said to who may not.
fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(["--lang", "en"]).args(args).refused()
}

/// The kept counters of every order are those of a recount.
fn counters_hold(bank: &Bank) {
    let wrong = bank.sql(
        ADMIN,
        "with counted as (
             select t.push_id, t.org_id, count(*) as tasks, count(distinct t.rm_id) as rms,
                 count(*) filter (where exists (select from baton.outcome e where e.push_id = t.push_id
                     and e.customer_id = t.customer_id and e.outcome <> 'no_answer')) as done
             from baton.task t group by t.push_id, t.org_id)
         select o.org_id, o.tasks, o.open, o.done, o.rms, c.tasks, c.done, c.rms
         from baton.branch_order o left join counted c on c.push_id = o.push_id and c.org_id = o.org_id
         where (o.tasks, o.open, o.done, o.rms) is distinct from
             (coalesce(c.tasks, 0), coalesce(c.tasks - c.done, 0), coalesce(c.done, 0), coalesce(c.rms, 0))
         union all select c.org_id, 0, 0, 0, 0, c.tasks, c.done, c.rms from counted c
             where not exists (select from baton.branch_order o where o.push_id = c.push_id and o.org_id = c.org_id)",
    );
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Unread notices of somebody, as words and counts.
fn told(bank: &Bank, who: &str) -> Vec<(String, i64)> {
    let rows = run(bank, who, &["push", "notices"]);
    let mut all: Vec<(String, i64)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["told"].as_str().unwrap().to_owned(), number(&row["count"])))
        .collect();
    all.sort();
    all
}

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
    for (who, customer, code) in [(BRANCH, foreign, "BT007"), (RM, colleagues, "BT402")] {
        let call = format!("select baton.task_outcome(1, {customer}, 'no_answer')");
        assert_eq!(bank.refuses(who, &call), code);
        // Whether a stranger's customer exists is not told by looking.
        let code = if code == "BT007" { "BT003" } else { code };
        assert_eq!(
            bank.refuses(who, &format!("select * from baton.task_look(1, {customer})")),
            code
        );
        assert_eq!(
            bank.refuses(who, &format!("select * from baton.task_outcomes(1, {customer})")),
            "BT402"
        );
        assert_eq!(
            bank.refuses(who, &format!("select * from baton.customer_card({customer})")),
            code
        );
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
    assert_eq!(shown["steps"][0], json!({ "text": "先看卡片", "must": true }));
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
    assert_eq!(order(), (open - 2, done + 2));
    counters_hold(&bank);
    let shown = task(&bank, RM, &["show", "1", &one]);
    let past: Vec<&str> = shown["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(past, ["refused", "sold", "no_answer"], "the later written stands first");
    assert_eq!(shown["outcomes"][1]["fields"], json!({ "why": "服务", "sum": "3.5" }));
    assert_eq!(shown["outcomes"][1]["amount"], 12000);
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
fn a_recall_takes_what_is_open_and_can_be_undone_that_day() {
    let bank = out();
    let own = held(&bank, "u.code = 'S1'");
    let all = held(&bank, "true").len();
    run(&bank, BRANCH, &["task", "outcome", "1", &own[0].to_string(), "--outcome", "bad_number"]);
    // One that was handed on inside comes back to the same hands.
    let rms = rms(&bank);
    task(&bank, BRANCH, &["assign", "1", &own[1].to_string(), "--rm", &rms[2]]);
    let recalled = run(&bank, LI, &["push", "recall", "1", "--org", "S1"]);
    assert_eq!(number(&recalled["tasks"]), i64::try_from(own.len()).unwrap() - 1);
    assert_eq!(held(&bank, "u.code = 'S1'"), [own[0]], "what is done is kept");
    counters_hold(&bank);
    let status = run(&bank, LI, &["push", "status", "1"]);
    let order = status["orders"].as_array().unwrap().iter().find(|o| o["org"] == "S1").unwrap();
    assert!(
        order["recalled_at"].is_string() && order["open"] == 0 && order["done"] == 1,
        "{order}"
    );
    assert!(told(&bank, BRANCH).contains(&("recalled".to_owned(), number(&recalled["tasks"]))));
    let outcome = ["task", "outcome", "1", &own[1].to_string(), "--outcome", "no_answer"];
    assert!(refused(&bank, BRANCH, &outcome).contains("recalled"));
    assert!(refused(&bank, BRANCH, &["push", "sign", "1", "--org", "S1"]).contains("recalled"));
    assert_eq!(run(&bank, LI, &["push", "recall", "1", "--org", "S1"])["tasks"], 0, "once");
    let undone = run(&bank, LI, &["push", "recall", "1", "--org", "S1", "--undo"]);
    assert_eq!(undone["tasks"], recalled["tasks"]);
    assert_eq!(held(&bank, "u.code = 'S1'"), own);
    assert!(of_rm(&bank, &rms[2]).contains(&own[1]));
    counters_hold(&bank);
    assert!(
        refused(&bank, LI, &["push", "recall", "1", "--org", "S1", "--undo"])
            .contains("recalled today")
    );
    assert_eq!(
        number(&run(&bank, LI, &["push", "recall", "1"])["tasks"]),
        i64::try_from(all).unwrap() - 1
    );
    owner(&bank, "update baton.branch_order set recalled_at = recalled_at - interval '1 day'");
    assert!(refused(&bank, LI, &["push", "recall", "1", "--undo"]).contains("on its own day"));
    assert!(refused(&bank, BRANCH, &["push", "recall", "1"]).contains("you need the duty"));
    assert!(refused(&bank, LI, &["push", "recall", "9"]).contains("no push 9"));
    assert!(refused(&bank, LI, &["push", "recall", "1", "--org", "HQ"]).contains("no order"));
}

#[test]
fn a_unit_is_reminded_once_a_day_and_read_notices_are_gone() {
    let bank = out();
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    let remind = || run(&bank, LI, &["push", "remind", "1"]);
    let orders =
        i64::try_from(run(&bank, LI, &["push", "status", "1"])["orders"].as_array().unwrap().len())
            .unwrap();
    assert_eq!(number(&remind()["reminded"]), orders);
    for _ in 0..2 {
        let again = remind();
        assert_eq!((number(&again["reminded"]), number(&again["reminded_before"])), (0, orders));
    }
    let open = held(&bank, "u.code = 'S1'").len();
    assert_eq!(told(&bank, BRANCH), [("reminded".to_owned(), i64::try_from(open).unwrap())]);
    run(&bank, BRANCH, &["push", "notices", "--read", "1"]);
    assert!(told(&bank, BRANCH).is_empty());
    owner(
        &bank,
        "update baton.branch_order set reminded_at = reminded_at - interval '1 day'; update baton.notice set day = day - 1",
    );
    assert_eq!(number(&remind()["reminded"]), orders, "and again on the next day");
    assert_eq!(told(&bank, BRANCH).len(), 1);
    let until = |day: &str| ["push", "extend", "1", "--until", day].map(str::to_owned);
    let later: Vec<String> = until("2026-12-20").to_vec();
    let later: Vec<&str> = later.iter().map(String::as_str).collect();
    assert_eq!(number(&run(&bank, LI, &later)["orders"]), orders);
    assert!(refused(&bank, LI, &later).contains("must be after 2026-12-20"));
    assert!(refused(&bank, BRANCH, &later).contains("you need the duty"));
    assert_eq!(run(&bank, BRANCH, &["push", "status", "1"])["orders"][0]["deadline"], "2026-12-20");
    assert_eq!(told(&bank, BRANCH).len(), 2);
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
    assert!(offer(ZHAO, &one, &["--org", "S1"]).refused().contains("not your unit"));
    let late = ["task", "refer", "1", &one, "--org", "S2", "--until", "2027-11-25"];
    assert!(refused(&bank, RM, &late).contains("last day of the push"));
    assert!(refused(&bank, ZHAO, &["task", "accept", "1", &one]).contains("nothing of customer"));
    // Before the offer its customer is a stranger's; with it he can be looked at, he alone, and only as this task.
    assert!(refused(&bank, ZHAO, &["task", "show", "1", &one]).contains("not your unit"));
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
    assert!(refused(&bank, RM, &["task", "accept", "1", &one]).contains("not your unit"));
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
fn what_branches_say_reaches_whoever_pushed() {
    let bank = out();
    let say = |who: &str, args: &[&str]| {
        baton(&bank).as_(who).args(["--lang", "en", "push", "feedback"]).args(args)
    };
    say(BRANCH, &["1", "--reason", "list", "--text", "一半是空号"]).json();
    say(RM, &["1", "--reason", "list"]).json();
    say(RM, &["1", "--reason", "script"]).json();
    assert!(say(RM, &["1", "--reason", "other"]).refused().contains("say why"));
    assert!(say(LI, &["1", "--reason", "list"]).refused().contains("you need the duty"));
    bank.operator(ZHAO, "branch", Some("HQ"));
    assert!(say(ZHAO, &["1", "--reason", "list"]).refused().contains("no order for HQ"));
    let read = say(LI, &["--strategy", "ST-1"]).json();
    assert_eq!(
        read["reasons"],
        json!([{ "reason": "list", "count": 2 }, { "reason": "script", "count": 1 }])
    );
    assert_eq!(
        (&read["texts"][0]["org"], &read["texts"][0]["text"]),
        (&json!("S1"), &json!("一半是空号"))
    );
    assert_eq!(told(&bank, LI), [("feedback".to_owned(), 3)]);
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

/// What an import does before it puts the new customers in the place of the old ones, and when the staff has changed.
#[test]
fn open_tasks_go_with_their_customers_and_do_not_leave_with_their_rm() {
    let bank = out();
    let rms = rms(&bank);
    let own = of_rm(&bank, &rms[0]);
    run(&bank, RM, &["task", "outcome", "1", &own[1].to_string(), "--outcome", "bad_number"]);
    task(&bank, BRANCH, &["assign", "1", &own[3].to_string(), "--rm", &rms[1]]);
    run(&bank, BRANCH, &["push", "notices", "--read", "1"]);
    let (first, second) = (own[0], own[1]);
    owner(
        &bank,
        &format!(
            "create table baton.fresh as select * from baton.customer;
             update baton.fresh set org_id = 6, rm_id = (select min(id) from baton.staff where org_id = 6) where customer_id in ({first}, {second});
             update baton.fresh set rm_id = (select id from baton.staff where code = '{}') where customer_id in ({}, {});
             select baton.follow_units('fresh')",
            rms[2], own[2], own[3]
        ),
    );
    assert!(held(&bank, "u.code = 'S2' and s.code is not null").contains(&first));
    assert!(of_rm(&bank, &rms[0]).contains(&second), "what is done stays");
    assert!(of_rm(&bank, &rms[2]).contains(&own[2]));
    assert!(
        of_rm(&bank, &rms[1]).contains(&own[3]),
        "whom the manager gave to another stays there"
    );
    assert_eq!(told(&bank, BRANCH), [("left".to_owned(), 1)]);
    bank.operator(ZHAO, "branch", Some("S2"));
    assert_eq!(told(&bank, ZHAO), [("came".to_owned(), 1)]);
    counters_hold(&bank);
    // He leaves: his open tasks are the unit's, to be given on.
    let open: Vec<i64> = of_rm(&bank, &rms[0]).into_iter().filter(|id| *id != second).collect();
    owner(
        &bank,
        &format!("update baton.staff set closed_on = '2026-11-21' where code = '{}'", rms[0]),
    );
    let of_unit = held(&bank, "u.code = 'S1' and s.code is null");
    assert!(!open.is_empty() && open.iter().all(|id| of_unit.contains(id)));
    assert_eq!(of_rm(&bank, &rms[0]), [second]);
    counters_hold(&bank);
    // A push that has ended is nobody's to go along with.
    owner(
        &bank,
        "update baton.push set deadline = '2026-11-19'; update baton.staff set closed_on = '2026-11-21' where org_id = 5",
    );
    assert!(held(&bank, "u.code = 'S1' and s.code is not null").len() > 1);
}
