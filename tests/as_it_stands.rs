//! What is sent again, told, taken in and approved is held against what stands now: orders that were recalled, tasks that moved on
//! and back, amounts that nobody has, and persons who are one by now.
#![expect(clippy::disallowed_methods, reason = "tests write files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod branch;
mod chain;
mod support;

use baton::store::cluster::{ADMIN, INTERNAL};
use branch::{BRANCH, LI, RM, held, out, refused, rms, told};
use chain::{approved, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const LOADER: &str = "sun.auditor";
const READER: &str = "zhao.viewer";
const S2: &str = "sun.auditor";

fn once(bank: &Bank) -> Value {
    let output = baton(bank).args(["worker", "--once", "--format", "json"]).run();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A push of which S1, S2 and S3 have a system.
fn delivered() -> Bank {
    let bank = small();
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    let add = ["door", "add", "core", "--kind", "inbox", "--to", READER, "--org", "S1,S2,S3"];
    bank.program(ADMIN).args(add).json();
    owner(
        &bank,
        "create or replace function baton.message_most() returns int language sql immutable as $$ select 10 $$",
    );
    approved(&bank, "ST-1", &up_to(600), "0.1", 7);
    pushed(&bank, "ST-1");
    bank
}

/// Tasks by unit as the messages of the push in the outbox count them, and as their units hold them.
fn counted(bank: &Bank) {
    let waiting = "select org_id, sum(tasks) from baton.outbox where kind in ('tasks', 'new') group by 1 order by 1";
    let stands = "select t.org_id, count(*) from baton.task t join baton.branch_order o using (push_id, org_id)
        where o.recalled_at is null and t.org_id in (select org_id from baton.door_unit) group by 1 order by 1";
    assert_eq!(bank.sql(ADMIN, waiting), bank.sql(ADMIN, stands));
}

#[test]
fn what_was_recalled_is_not_sent_again_and_what_is_counts_what_stands() {
    let bank = delivered();
    let all = once(&bank)["delivered"][0]["messages"].as_i64().unwrap();
    // S2 gives all that the first message told of back; the order of S1 is recalled after one task was done.
    bank.operator(S2, "branch", Some("S2"));
    let first = "select t.customer_id from baton.task t join baton.org_unit u on u.id = t.org_id where u.code = 'S2' order by 1 limit 11";
    for id in bank.sql(ADMIN, first).concat() {
        run(&bank, S2, &["task", "return", "1", &id, "--reason", "not ours"]);
    }
    let done = held(&bank, "u.code = 'S1'")[0].to_string();
    run(&bank, BRANCH, &["task", "outcome", "1", &done, "--outcome", "sold"]);
    run(&bank, LI, &["push", "recall", "1", "--org", "S1"]);
    once(&bank);
    assert_eq!(once(&bank)["delivered"], json!([]));
    let of_s1 = "select count(*) from baton.outbox o join baton.org_unit u on u.id = o.org_id where u.code = 'S1'";
    let before = bank.sql(ADMIN, "select sum(messages) from baton.delivered d join baton.org_unit u on u.id = d.org_id where u.code = 'S1' and d.kind = 'tasks'");
    let again = baton(&bank)
        .args(["--lang", "en", "worker", "replay", "--push", "1", "--format", "json"])
        .run();
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("what was recalled is not sent again (1 left out)"), "{said}");
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["recalled"], 1);
    assert_eq!(bank.sql(ADMIN, of_s1), [["0"]]);
    counted(&bank);
    let sent = once(&bank)["delivered"][0].clone();
    assert_eq!(sent["messages"], again["replayed"]);
    let s1 = before[0][0].parse::<i64>().unwrap();
    assert_eq!(
        again["replayed"].as_i64().unwrap(),
        all - s1 - 1,
        "and nothing of whom nobody is left"
    );
    let after = bank.sql(ADMIN, "select sum(messages) from baton.delivered d join baton.org_unit u on u.id = d.org_id where u.code = 'S1' and d.kind = 'tasks'");
    assert_eq!(before, after, "what has left for S1 has");
    let empty = "select count(*) from baton.inbox where kind = 'tasks' and body -> 'tasks' = '[]'";
    assert_eq!(bank.sql(READER, empty), [["0"]]);
}

#[test]
fn a_dead_message_of_what_was_recalled_since_is_not_sent_again() {
    let bank = delivered();
    let ids = bank.sql(ADMIN, "select o.id from baton.outbox o join baton.org_unit u on u.id = o.org_id where u.code = 'S1' order by 1 limit 2").concat();
    owner(&bank, "update baton.outbox set state = 'dead', reason = 'refused', tries = 3");
    // As if one had been on its way when the order was recalled: such a one stays, and may die later.
    let of = ids.join(",");
    owner(
        &bank,
        &format!("create temp table kept as select * from baton.outbox where id in ({of});
             update baton.branch_order set recalled_at = clock_timestamp(), recalled_by = 'x' where org_id = (select id from baton.org_unit where code = 'S1')"),
    );
    let one = baton(&bank).args(["worker", "replay", "--dead", &ids[0]]).json();
    assert_eq!(one, json!({"replayed": 0, "recalled": 1}));
    assert!(
        baton(&bank)
            .args(["--lang", "en", "worker", "replay", "--dead", &ids[0]])
            .refused()
            .contains(&ids[0])
    );
    let dead = |of: &str| {
        let sql = format!(
            "select count(*) from baton.outbox o join baton.org_unit u on u.id = o.org_id where o.state = 'dead' and {of}"
        );
        bank.sql(ADMIN, &sql)[0][0].parse::<i64>().unwrap()
    };
    let (theirs, others) = (dead("u.code = 'S1'"), dead("u.code <> 'S1'"));
    assert!(theirs > 0 && others > 0);
    let all = baton(&bank).args(["worker", "replay", "--all"]).json();
    assert_eq!(all, json!({"replayed": others, "recalled": theirs}));
    counted(&bank);
}

#[test]
fn behind_a_door_that_works_again_the_oldest_goes_first() {
    let bank = small();
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    owner(
        &bank,
        "create or replace function baton.message_most() returns int language sql immutable as $$ select 3 $$",
    );
    let home = tempfile::tempdir().unwrap();
    let to = home.path().join("bad");
    let add = ["door", "add", "bad", "--kind", "file", "--to", to.to_str().unwrap(), "--org", "S1"];
    bank.program(ADMIN).args(add).json();
    approved(&bank, "ST-1", &up_to(400), "0.1", 7);
    pushed(&bank, "ST-1");
    once(&bank);
    assert_eq!(
        bank.sql(ADMIN, "select count(*) from baton.breaker where open_until is not null"),
        [["1"]]
    );
    // Made while it rests, so never tried.
    approved(&bank, "ST-2", &chain::between(401, 700), "0.1", 7);
    pushed(&bank, "ST-2");
    std::fs::create_dir(&to).unwrap();
    owner(&bank, "update baton.breaker set open_until = clock_timestamp()");
    let oldest = bank.sql(ADMIN, "select min(id) from baton.outbox");
    owner(&bank, "select baton.breaker_try(interval '1 minute')");
    assert_eq!(bank.sql(ADMIN, "select probe from baton.breaker"), oldest);
    owner(&bank, "update baton.breaker set open_until = clock_timestamp()");
    once(&bank);
    assert_eq!(bank.sql(ADMIN, "select count(*) from baton.outbox"), [["0"]]);
}

#[test]
fn an_amount_that_nobody_has_is_refused_by_message_file_form_and_database() {
    let bank = small();
    bank.operator(LOADER, "auditor,loader", None);
    branch::push_with(&bank, "ST-1", "0.1", "");
    let ids = held(&bank, "u.code = 'S1'");
    let most = 1_000_000_000_000_000_i64;
    bank.sql(
        INTERNAL,
        &format!(
            "set role baton_branch_system;
             insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at, amount) values
                 ('crm', '1', 1, {}, 'sold', '2026-11-20 12:00+08', {}), ('crm', '2', 1, {}, 'sold', '2026-11-20 12:00+08', {most})",
            ids[0],
            most + 1,
            ids[1]
        ),
    );
    let worked = baton(&bank).args(["worker", "--once"]).json();
    assert_eq!(worked["outcomes"], json!({"accepted": 1, "duplicate": 0, "left_out": 1}));
    let left = run(&bank, LOADER, &["outcome", "inbox", "--left"]);
    assert_eq!(left[0]["reason"], "too_large");
    let rows = format!(
        "push,customer_id,outcome,at,amount,note\n1,{},sold,2026-11-20,10000000000000.01,\n1,{},sold,2026-11-20,10000000000000,\n",
        ids[2], ids[3]
    );
    let file = strategy_file(&rows);
    let args = ["--lang", "en", "outcome", "import", file.to_str().unwrap()];
    let report = baton(&bank).as_(LOADER).args(args).json();
    assert_eq!((&report["accepted"], &report["rejected"]), (&json!(1), &json!(1)), "{report}");
    let said = std::fs::read_to_string(report["reject_file"].as_str().unwrap()).unwrap();
    assert!(said.contains("2,amount,10000000000000.01,too large"), "{said}");
    let lot = "00000000-0000-0000-0000-000000000001";
    let taken = bank.sql(
        LOADER,
        &format!(
            "insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount)
             values ('{lot}', 7, 1, {}, 'sold', '2026-11-20 12:00+08', 9223372036854775807);
             select array_to_string(t.verdicts, ' '), t.accepted from baton.outcome_take('{lot}') t",
            ids[4]
        ),
    );
    assert_eq!(taken.last().unwrap()[..], ["too_large", "0"]);
    let task = ids[5].to_string();
    let form =
        ["task", "outcome", "1", &task, "--outcome", "sold", "--amount", "10000000000000.01"];
    assert!(refused(&bank, BRANCH, &form).contains("too large"));
    let call = format!("select baton.task_outcome(1, {task}, 'sold', null, {})", most + 1);
    assert_eq!(bank.refuses(BRANCH, &call), "BT405");
    assert_eq!(bank.sql(LOADER, "select max(amount) from baton.outcome"), [[most.to_string()]]);
}

/// What a login is told of tasks that came and left.
fn moves(bank: &Bank, who: &str) -> Vec<(String, i64)> {
    told(bank, who).into_iter().filter(|(key, _)| key == "came" || key == "left").collect()
}

fn moved(bank: &Bank, customers: &[i64], to: &str) {
    let ids: Vec<String> = customers.iter().map(i64::to_string).collect();
    let n = customers.len();
    owner(
        bank,
        &format!(
            "select baton.tasks_move(1, '{{{}}}', array_fill(u.id, array[{n}]), array_fill(null::int, array[{n}]), 'moved')
             from baton.org_unit u where u.code = '{to}'",
            ids.join(",")
        ),
    );
}

#[test]
fn a_digest_counts_where_tasks_went_and_not_how_often() {
    let bank = out();
    let s3 = READER;
    bank.operator(S2, "branch", Some("S2"));
    bank.operator(s3, "branch", Some("S3"));
    let of = rms(&bank);
    let word = |key: &str, n: i64| vec![(key.to_owned(), n)];
    let ids: Vec<i64> = held(&bank, &format!("s.code = '{}'", of[0])).into_iter().take(3).collect();
    // There and back: nothing has moved.
    moved(&bank, &ids[..2], "S2");
    assert_eq!((moves(&bank, BRANCH), moves(&bank, S2)), (word("left", 2), word("came", 2)));
    assert_eq!(moves(&bank, RM), word("left", 2));
    moved(&bank, &ids[..1], "S1");
    assert_eq!((moves(&bank, BRANCH), moves(&bank, S2)), (word("left", 1), word("came", 1)));
    moved(&bank, &ids[1..2], "S1");
    assert!(moves(&bank, BRANCH).is_empty() && moves(&bank, S2).is_empty());
    // And on: the unit between has had nothing.
    moved(&bank, &ids, "S2");
    moved(&bank, &ids, "S3");
    assert_eq!(moves(&bank, BRANCH), word("left", 3));
    assert!(moves(&bank, S2).is_empty());
    assert_eq!(moves(&bank, s3), word("came", 3));
    // Who has read that they came is told that they left.
    run(&bank, s3, &["push", "notices", "--read", "1"]);
    moved(&bank, &ids[..1], "S2");
    assert_eq!((moves(&bank, s3), moves(&bank, S2)), (word("left", 1), word("came", 1)));
    // From one RM to another and back is no news for either.
    let mine: Vec<String> =
        held(&bank, &format!("s.code = '{}'", of[0])).iter().take(2).map(i64::to_string).collect();
    let before = moves(&bank, RM);
    for rm in [&of[1], &of[0]] {
        run(&bank, BRANCH, &["task", "assign", "1", &mine[0], &mine[1], "--rm", rm]);
    }
    assert_eq!(moves(&bank, RM), before);
    // Given back, given out again and given back again it is one task.
    let task = &mine[0];
    for _ in 0..2 {
        run(&bank, RM, &["task", "return", "1", task, "--reason", "away"]);
        run(&bank, BRANCH, &["task", "give-again", "1", task, "--rm", &of[0]]);
    }
    let returned = told(&bank, BRANCH).into_iter().find(|(key, _)| key == "returned");
    assert_eq!(returned, Some(("returned".to_owned(), 1)));
}

#[test]
fn two_approvers_who_are_one_person_by_now_push_nothing() {
    let bank = small();
    bank.program(ADMIN).args(["policy", "set", "two_levels_from_customers", "1"]).json();
    bank.operator(LOADER, "auditor,approver", None);
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "S", "--rule", &up_to(100)]);
    let file = strategy_file(&text("ST-1", "SG-ST-1", "0.1", 1));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let hash = run(&bank, LI, &["strategy", "submit", "ST-1"])["hash"].as_str().unwrap().to_owned();
    for who in ["wang.approver", LOADER] {
        run(&bank, who, &["strategy", "approve", "ST-1", "--hash", &hash]);
    }
    let plan = run(&bank, LI, &["push", "plan", "ST-1"])["plan"].to_string();
    let person = |name: &str, person: &str| {
        bank.program(ADMIN).args(["operator", "person", name, person]).json();
    };
    let apply = ["push", "apply", "ST-1", "--plan", &plan];
    let by_hand = format!("select baton.push_apply({plan})");
    for name in ["wang.approver", LOADER] {
        person(name, "P1");
    }
    let said = refused(&bank, LI, &apply);
    assert!(
        said.contains("one person") && said.contains("wang.approver") && said.contains(LOADER),
        "{said}"
    );
    assert_eq!(bank.refuses(LI, &by_hand), "BT207");
    // The one who wrote it and one of those who approved it are as bad.
    person(LOADER, "none");
    person(LI, "P1");
    let said = refused(&bank, LI, &apply);
    assert!(said.contains("one person") && said.contains(LI), "{said}");
    person(LI, "none");
    run(&bank, LI, &apply);
}
