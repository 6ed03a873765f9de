//! Tasks that change hands after a push: the systems of their units are told, each once, and none of what it never had.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::{ADMIN, INTERNAL};
use chain::{approved, came, documented, owner, pushed, small, up_to};
use serde_json::json;
use support::server::block_on;
use support::{Bank, baton};

const READER: &str = "zhao.viewer";
const ONE: &str = "sun.auditor";

/// A push of which S1, S2 and S3 have a system, and so many of S1's customers.
fn bank(customers: usize) -> (Bank, Vec<String>) {
    let bank = small();
    let add = ["door", "add", "core", "--kind", "inbox", "--to", READER, "--org", "S1,S2,S3"];
    bank.program(ADMIN).args(add).json();
    approved(&bank, "ST-1", &up_to(600), "0.1", 7);
    pushed(&bank, "ST-1");
    let ids = bank.sql(
        ONE,
        &format!("select customer_id from baton.task t join baton.org_unit u on u.id = t.org_id where u.code = 'S1' order by 1 limit {customers}"),
    );
    (bank, ids.into_iter().map(|mut row| row.remove(0)).collect())
}

fn moved(bank: &Bank, customers: &[String], to: &str) {
    let ids = customers.join(",");
    let n = customers.len();
    owner(
        bank,
        &format!(
            "select baton.tasks_move(1, '{{{ids}}}', array_fill(u.id, array[{n}]), array_fill(null::int, array[{n}]), 'moved')
             from baton.org_unit u where u.code = '{to}'"
        ),
    );
}

fn once(bank: &Bank) {
    baton(bank).args(["worker", "--once"]).json();
}

/// Which messages of one unit have left, but for those of the push itself: kind and customers.
fn told(bank: &Bank, org: &str) -> Vec<Vec<String>> {
    bank.sql(
        READER,
        &format!(
            "select i.kind, coalesce((select string_agg(c, ',' order by c::bigint) from jsonb_array_elements_text(i.body -> 'customers') c),
                 (select string_agg(t ->> 'customer', ',' order by (t ->> 'customer')::bigint) from jsonb_array_elements(i.body -> 'tasks') t), '')
             from baton.inbox i where i.org = '{org}' and i.kind <> 'tasks' order by i.id"
        ),
    )
}

/// Whom a reader who believes every message in its order holds to have a task where, against who has one.
fn believes(bank: &Bank) {
    let read = "with said as (
            select i.id, i.org, (t ->> 'customer')::bigint as customer, true as has from baton.inbox i, jsonb_array_elements(i.body -> 'tasks') t
            union all select i.id, i.org, c::bigint, false from baton.inbox i, jsonb_array_elements_text(i.body -> 'customers') c),
        last as (select distinct on (org, customer) org, customer, has from said order by org, customer, id desc)
        select customer, org from last where has order by 1, 2";
    let held = "select t.customer_id, u.code from baton.task t join baton.org_unit u on u.id = t.org_id where u.code in ('S1', 'S2', 'S3') order by 1, 2";
    assert_eq!(bank.sql(READER, read), bank.sql(ONE, held));
}

/// What is counted as delivered is what the messages say, where each was tried once; that a task has another RM delivers none.
fn counts(bank: &Bank) {
    let counted = "select sum(d.tasks) from baton.delivered d";
    let came = "select sum(tasks) from baton.inbox where kind <> 'assign'";
    assert_eq!(bank.sql(ONE, counted), bank.sql(READER, came));
}

#[test]
fn a_task_that_moves_before_its_message_goes_to_the_other_system_only() {
    let (bank, ids) = bank(3);
    moved(&bank, &ids, "S2");
    once(&bank);
    assert!(told(&bank, "S1").is_empty(), "it has never heard of them");
    assert_eq!(told(&bank, "S2"), [["new", &ids.join(",")]]);
    let says = bank.sql(READER, "select body ->> 'strategy', body ->> 'deadline', body ? 'moved_at', body #>> '{tasks,0,rm}' from baton.inbox where kind = 'new'");
    assert_eq!(says, [["ST-1", "2026-12-04", "t", ""]]);
    believes(&bank);
    // A unit without a system hears nothing, and the one that has it is told that it has lost them.
    moved(&bank, &ids[..1], "S5");
    once(&bank);
    assert_eq!(told(&bank, "S2")[1], ["withdraw", &ids[0]]);
    assert!(told(&bank, "S5").is_empty());
    believes(&bank);
    counts(&bank);
}

#[test]
fn a_task_that_moves_after_its_message_is_told_to_both_systems() {
    let (bank, ids) = bank(3);
    once(&bank);
    moved(&bank, &ids, "S2");
    once(&bank);
    assert_eq!(told(&bank, "S1"), [["withdraw", &ids.join(",")]]);
    assert_eq!(told(&bank, "S2"), [["new", &ids.join(",")]]);
    believes(&bank);
    // On it goes, and one comes back.
    moved(&bank, &ids[1..], "S3");
    moved(&bank, &ids[1..2], "S1");
    once(&bank);
    believes(&bank);
    counts(&bank);
    assert_eq!(told(&bank, "S1")[1], ["new", &ids[1]]);
    assert_eq!(told(&bank, "S2")[1], ["withdraw", &ids[1..].join(",")]);
    // Another RM of the same unit is told to its system, and to no other.
    let rm = format!(
        "select baton.tasks_move(1, '{{{}}}', array[u.id], array[(select min(s.id) from baton.staff s where s.org_id = u.id)], 'assigned') from baton.org_unit u where u.code = 'S2'",
        ids[0]
    );
    let before = told(&bank, "S1");
    owner(&bank, &rm);
    once(&bank);
    assert_eq!(told(&bank, "S1"), before);
    assert_eq!(told(&bank, "S2").last().unwrap(), &["assign".to_owned(), ids[0].clone()]);
    let now = "select coalesce(s.code, '') from baton.task t left join baton.staff s on s.id = t.rm_id where t.customer_id = ";
    let says = "select body #>> '{tasks,0,rm}' from baton.inbox where kind = 'assign' and body ? 'moved_at'";
    assert_eq!(bank.sql(READER, says), bank.sql(ONE, &[now, &ids[0]].concat()));
    believes(&bank);
}

#[test]
fn a_task_that_comes_back_before_anything_left_is_told_once() {
    let (bank, ids) = bank(2);
    let all = "select sum(tasks) from baton.outbox";
    let before = bank.sql(ONE, all);
    moved(&bank, &ids, "S2");
    assert_eq!(bank.sql(ONE, all), before, "the number of what will leave follows");
    moved(&bank, &ids, "S1");
    assert_eq!(bank.sql(ONE, all), before);
    once(&bank);
    assert!(told(&bank, "S1").is_empty());
    // What was to be told to S2 says nobody now.
    assert_eq!(told(&bank, "S2"), [["new", ""]]);
    believes(&bank);
    counts(&bank);
}

/// A message that was on its way may have come, whatever became of it.
#[test]
fn a_task_of_a_message_that_was_tried_is_taken_back_from_whoever_may_have_it() {
    let (bank, ids) = bank(1);
    bank.operator(ONE, "loader", None);
    assert_ne!(bank.sql(ONE, "select count(*) from baton.message_claim(100, 60)"), [["0"]]);
    moved(&bank, &ids, "S2");
    owner(&bank, "update baton.outbox set lease_until = clock_timestamp() where state = 'leased'");
    once(&bank);
    assert_eq!(told(&bank, "S1"), [["withdraw", &ids[0]]]);
    assert_eq!(told(&bank, "S2"), [["new", &ids[0]]]);
    believes(&bank);
}

#[test]
fn what_came_waits_with_its_strategy_goes_with_a_recall_and_comes_again_with_a_replay() {
    let (bank, ids) = bank(2);
    once(&bank);
    let word = |step: &str| {
        let why = ["--reason", "prices are wrong"];
        baton(&bank).as_("li.strategist").args(["strategy", step, "ST-1"]).args(why).json();
    };
    word("pause");
    moved(&bank, &ids, "S2");
    once(&bank);
    assert_eq!(
        told(&bank, "S1"),
        [["withdraw", &ids.join(",")]],
        "what is taken back is taken back"
    );
    assert!(told(&bank, "S2").is_empty());
    word("resume");
    owner(&bank, "update baton.outbox set ready_at = clock_timestamp()");
    once(&bank);
    assert_eq!(told(&bank, "S2"), [["new", &ids.join(",")]]);
    // Whoever lost all has all again, each under the name that it had; what came to a unit says the same. What the push itself sent
    // says who holds the tasks now, and not those that have left since.
    let all = "select message_id, case kind when 'new' then body::text end from baton.inbox
        where kind in ('tasks', 'new') order by message_id";
    let before = bank.sql(READER, all);
    owner(&bank, "delete from baton.inbox where kind in ('tasks', 'new')");
    for _ in 0..2 {
        baton(&bank).args(["worker", "replay", "--push", "1"]).json();
        once(&bank);
        assert_eq!(bank.sql(READER, all), before);
    }
    believes(&bank);
    moved(&bank, &ids[..1], "S3");
    let recall = baton(&bank).as_("li.strategist").args(["push", "recall", "1"]).json();
    assert!(recall["tasks"].as_i64() > Some(0), "{recall}");
    once(&bank);
    assert_eq!(told(&bank, "S2").last().unwrap()[0], "recall");
    let waits = baton(&bank).args(["worker", "status"]).json();
    assert_eq!((&waits["ready"], &waits["dead"]), (&json!(0), &json!(0)));
    assert!(!told(&bank, "S3").iter().any(|row| row[0] == "new" && !row[1].is_empty()));
}

/// What a unit's system hears of one action, and how often the workers are called for it.
fn calls(bank: &Bank, action: impl FnOnce() + Send) -> usize {
    block_on(async {
        let mut listener =
            sqlx::postgres::PgListener::connect(&bank.url_as(INTERNAL)).await.unwrap();
        listener.listen("baton_delivery").await.unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                action();
                bank.sql(ADMIN, "select pg_notify('baton_delivery', 'end')");
            });
        });
        let mut heard = 0;
        while listener.recv().await.unwrap().payload() != "end" {
            heard += 1;
        }
        heard
    })
}

/// As its system would have it who believes all that it is told.
#[test]
fn what_is_given_back_or_extended_or_recalled_and_given_again_is_told_and_rings_once() {
    let (bank, ids) = bank(3);
    let step = |who: &str, args: &[&str]| baton(&bank).as_(who).args(args).json();
    let (branch, li) = ("nancheng.branch", "li.strategist");
    // Nothing has left yet: the messages that wait will say what is so then.
    assert_eq!(
        calls(&bank, || drop(step(branch, &["task", "return", "1", &ids[0], "--reason", "x"]))),
        0
    );
    step(li, &["push", "extend", "1", "--until", "2026-12-06"]);
    once(&bank);
    assert!(told(&bank, "S1").is_empty());
    believes(&bank);
    let says = bank
        .sql(READER, "select distinct body ->> 'deadline' from baton.inbox where kind = 'tasks'");
    assert_eq!(says, [["2026-12-06"]]);
    // From now on each is told by itself.
    let giving = ["task", "return", "1", &ids[1], "--reason", "x"];
    assert_eq!(calls(&bank, || drop(step(branch, &giving))), 1);
    let again = ["task", "give-again", "1", &ids[1]];
    assert_eq!(calls(&bank, || drop(step(branch, &again))), 1);
    once(&bank);
    let rm = bank.sql(ONE, "select min(s.code) from baton.staff s join baton.org_unit u on u.id = s.org_id where u.code = 'S1'").concat();
    let assign = ["task", "assign", "1", &ids[1], &ids[2], "--rm", &rm[0]];
    assert_eq!(calls(&bank, || drop(step(branch, &assign))), 1);
    assert_eq!(
        calls(&bank, || drop(step(li, &["push", "extend", "1", "--until", "2026-12-08"]))),
        1
    );
    once(&bank);
    let heard = told(&bank, "S1");
    let kinds: Vec<&str> = heard.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(kinds[kinds.len() - 1], "deadline");
    assert!(kinds.contains(&"withdraw") && kinds.contains(&"new"), "{heard:?}");
    believes(&bank);
    let later = "select body ->> 'deadline', body ->> 'was' from baton.inbox where kind = 'deadline' and org = 'S1'";
    assert_eq!(bank.sql(READER, later), [["2026-12-08", "2026-12-06"]]);
    assert_eq!(
        bank.sql(READER, "select count(distinct org) from baton.inbox where kind = 'deadline'"),
        [["3"]]
    );
    let count = |kind: &str| {
        bank.sql(READER, &format!("select count(*) from baton.inbox where kind = '{kind}'"))
    };
    let news = count("new");
    assert_eq!(calls(&bank, || drop(step(li, &["push", "recall", "1"]))), 1);
    once(&bank);
    assert_eq!(count("recall"), [["3"]]);
    assert_eq!(calls(&bank, || drop(step(li, &["push", "recall", "1", "--undo"]))), 1);
    once(&bank);
    assert_ne!(count("new"), news);
    believes(&bank);
    counts(&bank);
    // As the manual shows them.
    for kind in ["assign", "deadline"] {
        assert_eq!(came(&bank, READER, kind), documented(kind), "{kind}");
    }
    // And what is sent again calls once, too.
    moved(&bank, &ids[2..], "S2");
    once(&bank);
    let replay = || drop(baton(&bank).args(["worker", "replay", "--push", "1"]).json());
    assert_eq!(calls(&bank, replay), 1);
    assert_eq!(calls(&bank, || moved(&bank, &ids[2..], "S3")), 1);
}

/// A recall that is undone before anything left is as if it had not been.
#[test]
fn what_had_not_left_when_it_was_recalled_leaves_when_that_is_undone() {
    let (bank, _) = bank(1);
    let li = |args: &[&str]| drop(baton(&bank).as_("li.strategist").args(args).json());
    li(&["push", "recall", "1"]);
    once(&bank);
    assert_eq!(
        bank.sql(READER, "select count(*) from baton.inbox"),
        [["0"]],
        "nothing was sent, so nothing is taken back"
    );
    li(&["push", "recall", "1", "--undo"]);
    once(&bank);
    believes(&bank);
    assert_ne!(bank.sql(READER, "select coalesce(sum(tasks), 0) from baton.inbox"), [["0"]]);
}

#[test]
fn many_that_move_come_in_messages_of_the_usual_size() {
    let (bank, ids) = bank(20);
    owner(
        &bank,
        "create or replace function baton.message_most() returns int language sql immutable as $$ select 8 $$",
    );
    once(&bank);
    moved(&bank, &ids, "S3");
    once(&bank);
    let sizes = |org: &str| {
        told(&bank, org).iter().map(|row| row[1].split(',').count()).collect::<Vec<_>>()
    };
    assert_eq!((sizes("S1"), sizes("S3")), (vec![8, 8, 4], vec![8, 8, 4]));
    believes(&bank);
    counts(&bank);
}
