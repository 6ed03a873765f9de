//! What happens to a push that is out: recalled, reminded of, escalated, extended, heard of; and tasks that go with their
//! customers. Everybody is told in lines that are one a day, not in one for each task.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod branch;
mod chain;
mod support;

use baton::store::cluster::ADMIN;
use branch::{BRANCH, LI, RM, ZHAO, counters_hold, held, of_rm, out, refused, rms, task, told};
use chain::{number, owner, run};
use serde_json::json;
use support::{Bank, baton};

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

/// How many orders of push 1 somebody's worklist says are escalated.
fn escalated(bank: &Bank, who: &str) -> i64 {
    let work = run(bank, who, &["worklist"]);
    let row = work.as_array().unwrap().iter().find(|row| row["work"] == "escalated");
    row.map_or(0, |row| number(&row["count"]))
}

/// How many orders the units of a branch have.
fn orders_of(bank: &Bank, branch: &str) -> i64 {
    let sql = format!(
        "select count(*) from baton.branch_order o join baton.org_unit u on u.id = o.org_id
         join baton.org_unit b on b.code = '{branch}' and b.id = any (u.path)"
    );
    bank.sql(ADMIN, &sql)[0][0].parse().unwrap()
}

/// The push went out so many days ago, by the server's clock.
fn pushed_ago(bank: &Bank, interval: &str) {
    let sql =
        format!("update baton.push set pushed_at = clock_timestamp() - interval '{interval}'");
    owner(bank, &sql);
}

#[test]
fn an_order_is_escalated_once_its_working_hours_are_over() {
    let bank = out();
    bank.operator(ZHAO, "branch", Some("B2"));
    let (all, own) = (orders_of(&bank, "HQ"), orders_of(&bank, "B2"));
    assert!(0 < own && own < all);
    pushed_ago(&bank, "1 minute");
    assert_eq!((escalated(&bank, LI), escalated(&bank, ZHAO)), (0, 0), "its hours have just begun");
    pushed_ago(&bank, "30 days");
    // To who pushed it, all; to the manager above, those of his units. The unit itself is asked to sign.
    assert_eq!((escalated(&bank, LI), escalated(&bank, ZHAO)), (all, own));
    assert_eq!((escalated(&bank, BRANCH), escalated(&bank, RM)), (0, 0));
    let overdue = |org: &str| {
        let status = run(&bank, LI, &["push", "status", "1"]);
        let orders = status["orders"].as_array().unwrap();
        orders.iter().find(|order| order["org"] == org).unwrap()["overdue"] == true
    };
    assert!(overdue("S1"));
    // Holidays are no working hours: were all of these days one, nobody would be late yet.
    owner(
        &bank,
        "insert into baton.calendar select d::date, 'holiday', 'x'
         from generate_series(clock_timestamp() - interval '32 days', clock_timestamp() + interval '2 days', interval '1 day') d",
    );
    assert!(escalated(&bank, LI) == 0 && !overdue("S1"), "no hour of the office has gone by");
    owner(&bank, "delete from baton.calendar");
    // What is signed is escalated no more, nor what is recalled.
    run(&bank, BRANCH, &["push", "sign", "1", "--org", "S1"]);
    assert!(!overdue("S1"));
    assert_eq!((escalated(&bank, LI), escalated(&bank, ZHAO)), (all - 1, own - 1));
    run(&bank, LI, &["push", "recall", "1"]);
    assert_eq!((escalated(&bank, LI), escalated(&bank, ZHAO)), (0, 0));
}

#[test]
fn the_hours_for_signing_go_by_the_calendar_and_the_office() {
    let bank = out();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/calendar/china-2026.csv");
    bank.operator("sun.auditor", "loader", None);
    run(&bank, "sun.auditor", &["calendar", "import", file]);
    let by = |at: &str| {
        let sql = format!(
            "select to_char(baton.sign_by('{at}+08') at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')"
        );
        bank.sql(LI, &sql)[0][0].clone()
    };
    // Nine hours are a day of the office: from ten in the morning to ten in the next.
    assert_eq!(by("2026-11-19 10:00"), "2026-11-20 10:00");
    assert_eq!(by("2026-11-20 10:00"), "2026-11-23 10:00", "over a weekend");
    assert_eq!(by("2026-09-30 17:00"), "2026-10-08 17:00", "over the National Day");
    assert_eq!(by("2026-02-13 17:00"), "2026-02-14 17:00", "into a Saturday that is worked");
    bank.program(ADMIN).args(["policy", "set", "sign_hours", "none"]).json();
    assert_eq!(by("2026-11-19 10:00"), "", "a bank may set no limit");
    pushed_ago(&bank, "30 days");
    assert_eq!(escalated(&bank, LI), 0);
}

#[test]
fn nobody_is_reminded_in_quiet_hours() {
    let bank = out();
    let set = |from: &str, to: &str| {
        bank.program(ADMIN).args(["policy", "set", "quiet_from", from]).json();
        bank.program(ADMIN).args(["policy", "set", "quiet_to", to]).json();
    };
    set("00:00", "24:00");
    assert!(refused(&bank, LI, &["push", "remind", "1"]).contains("quiet hours"));
    assert_eq!(bank.refuses(LI, "select baton.push_remind(1)"), "BT411");
    assert!(told(&bank, BRANCH).is_empty(), "and nobody is told");
    set("00:00", "00:00");
    assert!(number(&run(&bank, LI, &["push", "remind", "1"])["reminded"]) > 0);
    assert_eq!(told(&bank, BRANCH).len(), 1);
}

/// A line for each kind, push and day, however many tasks: nobody is flooded.
#[test]
fn what_happens_to_many_tasks_is_told_in_one_line() {
    let bank = out();
    let rms = rms(&bank);
    let own = of_rm(&bank, &rms[1]);
    assert!(own.len() >= 6, "{own:?}");
    for id in &own[..4] {
        run(&bank, BRANCH, &["task", "assign", "1", &id.to_string(), "--rm", &rms[0]]);
    }
    assert_eq!(told(&bank, RM), [("came".to_owned(), 4)]);
    run(&bank, RM, &["push", "notices", "--read", "1"]);
    // What was read is told again once there is more, as the whole of the day.
    run(&bank, BRANCH, &["task", "assign", "1", &own[4].to_string(), "--rm", &rms[0]]);
    assert_eq!(told(&bank, RM), [("came".to_owned(), 5)]);
    for id in &own[..3] {
        let id = id.to_string();
        run(&bank, RM, &["task", "return", "1", &id, "--reason", "x"]);
    }
    assert_eq!(told(&bank, LI), [("returned".to_owned(), 3)], "who pushed it hears of it once");
    assert_eq!(told(&bank, BRANCH), [("returned".to_owned(), 3)]);
    let lines = "select count(*) from baton.notice where operator is not null";
    assert_eq!(bank.sql(ADMIN, lines), [["1"]]);
}

/// What came of a push that has ended, or whose verdict was given, stands: no step with its orders moves it any more.
#[test]
fn a_push_that_is_over_is_not_extended_nor_reminded_of_nor_recalled() {
    let bank = out();
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    let stands = || {
        bank.sql(ADMIN, "select push_id, org_id, open, deadline, reminded_at, recalled_at from baton.branch_order order by 1, 2")
    };
    let steps: [(&[&str], &str); 4] = [
        (
            &["push", "extend", "1", "--until", "2026-12-24"],
            "select baton.push_extend(1, '2026-12-24')",
        ),
        (&["push", "remind", "1"], "select baton.push_remind(1)"),
        (&["push", "recall", "1"], "select baton.push_recall(1)"),
        (&["push", "recall", "1", "--undo"], "select baton.push_recall_undo(1)"),
    ];
    let before = stands();
    let over = |said: &str| {
        for (args, call) in &steps {
            // Nor does an earlier day, as of which it still runs.
            for more in [&[][..], &["--as-of", "2026-11-10"]] {
                let told = refused(&bank, LI, &[args, more].concat());
                assert!(told.contains(said), "{args:?}: {told}");
            }
            assert_eq!(bank.refuses(LI, call), "BT412", "{call}");
        }
        assert_eq!(stands(), before);
    };
    owner(&bank, "update baton.push set deadline = '2026-11-19'");
    over("its last day was 2026-11-19");
    owner(
        &bank,
        "update baton.push set deadline = '2026-12-05'; update baton.strategy_version set state = 'reviewed'",
    );
    over("ST-1 v1 is reviewed");
}
