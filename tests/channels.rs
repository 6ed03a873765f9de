//! The channel plan at work: whom it takes on, when, by what, and that nobody is asked by a channel that he has said no to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{came, documented, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::server::block_on;
use support::{Bank, baton};

const LI: &str = "li.strategist";
const READER: &str = "zhao.viewer";
const PLAN: &str = "[[channel]]\ncode = \"rm_phone\"\nwait_days = 3\n\n[[channel]]\ncode = \"wecom\"\nwait_days = 2\n\n[[channel]]\ncode = \"sms\"\n";

/// `ST-1` for the first eight customers with this plan, out on the 20th; 2 wants no `wecom`, 3 has no number. 1 and 2 are S1's, 3 to 5
/// S2's, 6 to 8 S3's; S1 and S2 have a system.
fn out(plan: &str) -> Bank {
    let bank = small();
    owner(
        &bank,
        "update baton.customer set phone = '13900000000' where customer_id <> 3;
         insert into baton.consent (customer_id, channel, org_id, given) select 2, 'wecom', org_id, false from baton.customer where customer_id = 2",
    );
    let add = ["door", "add", "core", "--kind", "inbox", "--to", READER, "--org", "S1,S2"];
    bank.program(ADMIN).args(add).json();
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "试", "--rule", &up_to(8)]);
    let file = strategy_file(&format!("{}\n{plan}\n", text("ST-1", "SG-ST-1", "0.0", 7)));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(&bank, LI, &["strategy", "submit", "ST-1"]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(&bank, "wang.approver", &["strategy", "approve", "ST-1", "--hash", &hash]);
    pushed(&bank, "ST-1");
    bank
}

/// A round of the worker: how many tasks went on.
fn went(bank: &Bank) -> i64 {
    let told = baton(bank).args(["worker", "--once"]).json();
    told["channels"].as_array().unwrap().iter().map(|one| one["tasks"].as_i64().unwrap()).sum()
}

fn day(bank: &Bank, day: &str) {
    owner(bank, &format!("update baton.bank set as_of = '2026-11-{day}'"));
}

/// By the step that takes in what a system sends.
fn heard(bank: &Bank, customer: i64, outcome: &str, at: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at)
             values ('crm', '{customer} {at}', 1, {customer}, '{outcome}', '2026-11-{at}:00+08')"
        )
        .replace(&format!("{customer} {at}"), &format!("{customer}-{}", at.replace(' ', "-"))),
    );
}

fn channel(bank: &Bank, customer: i64) -> Value {
    run(bank, LI, &["task", "show", "1", &customer.to_string()])["channel"].take()
}

/// At which channels these customers stand.
fn stand(bank: &Bank, customers: &[i64]) -> Vec<String> {
    let at =
        |customer: &i64| channel(bank, *customer)["channel"].as_str().unwrap_or("-").to_owned();
    customers.iter().map(at).collect()
}

/// At which channel the list of a unit's tasks says that its customers stand.
fn listed(bank: &Bank, org: &str) -> Vec<(i64, Value)> {
    let list = run(bank, LI, &["task", "list", "--push", "1", "--org", org]);
    let row = |row: &Value| (row["customer"].as_i64().unwrap(), row["channel"].clone());
    let mut rows: Vec<_> = list["tasks"].as_array().unwrap().iter().map(row).collect();
    rows.sort_by_key(|(customer, _)| *customer);
    rows
}

#[test]
fn a_task_goes_on_when_nobody_was_reached_or_the_wait_is_over_and_stops_when_it_should() {
    let bank = out(PLAN);
    assert_eq!(went(&bank), 0);
    assert_eq!(stand(&bank, &[1, 2, 3]), ["rm_phone", "rm_phone", "wecom"], "3 has no number");
    let first = channel(&bank, 1);
    assert_eq!((&first["until"], &first["next"]), (&json!("2026-11-23"), &json!("wecom")));
    assert_eq!(channel(&bank, 3)["next"], Value::Null, "nor can he have a message");
    for (customer, outcome) in
        [(1, "no_answer"), (2, "no_answer"), (4, "considering"), (5, "bad_number")]
    {
        heard(&bank, customer, outcome, "20 10:00");
    }
    // A lock that any login can take holds up no round.
    let (_held, told) = block_on(async {
        let mut viewer = bank.connect(READER).await;
        let hold = "select pg_advisory_lock(hashtext('baton.channel_round'))";
        sqlx::query(hold).execute(&mut viewer).await.unwrap();
        (viewer, went(&bank))
    });
    assert_eq!(told, 3);
    assert_eq!(
        stand(&bank, &[1, 2, 4, 5, 6]),
        ["wecom", "sms", "rm_phone", "wecom", "rm_phone"],
        "2 wants no WeCom, and of 5 the number is wrong"
    );
    assert_eq!(
        listed(&bank, "S2"),
        [(3, json!("wecom")), (4, json!("rm_phone")), (5, json!("wecom"))],
        "the list says it, too"
    );
    assert_eq!(channel(&bank, 4)["stopped"], true);
    assert_eq!(channel(&bank, 5)["next"], Value::Null);
    assert_eq!(went(&bank), 0, "what was heard has taken them on once");
    // The third day: whoever was not heard of goes on, and so does 1, whose second wait is over.
    day(&bank, "22");
    assert_eq!(went(&bank), 1);
    assert_eq!(stand(&bank, &[1, 6]), ["sms", "rm_phone"]);
    day(&bank, "23");
    assert_eq!(went(&bank), 3, "6, 7 and 8");
    assert_eq!(stand(&bank, &[2, 4, 6, 7, 8]), ["sms", "rm_phone", "wecom", "wecom", "wecom"]);
    assert_eq!(went(&bank), 0);
    // A sale stops it.
    heard(&bank, 7, "sold", "23 11:00");
    heard(&bank, 6, "no_answer", "23 11:00");
    assert_eq!(went(&bank), 1);
    day(&bank, "28");
    assert_eq!(went(&bank), 1, "8");
    assert_eq!(stand(&bank, &[6, 7, 8]), ["sms", "wecom", "sms"]);
    let last = channel(&bank, 8);
    assert_eq!(
        (&last["place"], &last["channels"], &last["next"]),
        (&json!(3), &json!(3), &Value::Null)
    );
}

#[test]
fn the_systems_of_the_branches_are_told_by_which_channel() {
    let bank = out(PLAN);
    went(&bank);
    let first = "select body #>> '{channels,0,code}', body #>> '{channels,0,wait_days}', t ->> 'customer', t ->> 'channel', body ->> 'script_version'
        from baton.inbox i, jsonb_array_elements(i.body -> 'tasks') t where kind = 'tasks' order by (t ->> 'customer')::int";
    let said: Vec<String> = bank.sql(READER, first).into_iter().map(|row| row.join(" ")).collect();
    assert_eq!(
        said,
        ["1 rm_phone", "2 rm_phone", "3 wecom", "4 rm_phone", "5 rm_phone"]
            .map(|task| format!("rm_phone 3 {task} 1"))
    );
    heard(&bank, 1, "no_answer", "20 10:00");
    went(&bank);
    let on = "select kind, org, body ->> 'message' = message_id, body ? 'moved_at', t ->> 'customer', t ->> 'channel', t ->> 'since'
        from baton.inbox i, jsonb_array_elements(i.body -> 'tasks') t where kind = 'channel'";
    assert_eq!(bank.sql(READER, on), [["channel", "S1", "t", "t", "1", "wecom", "2026-11-20"]]);
    assert_eq!(came(&bank, READER, "channel"), documented("channel"), "as the manual shows it");
    // A paused strategy takes nobody on; what was heard meanwhile is not lost.
    let word = |step: &str| run(&bank, LI, &["strategy", step, "ST-1", "--reason", "停一下"]);
    word("pause");
    heard(&bank, 2, "no_answer", "20 11:00");
    assert_eq!(went(&bank), 0);
    day(&bank, "24");
    assert_eq!(went(&bank), 0);
    word("resume");
    assert_eq!(went(&bank), 7);
    // What nobody holds any more goes nowhere.
    run(&bank, LI, &["push", "recall", "1"]);
    day(&bank, "27");
    assert_eq!(went(&bank), 0);
}

#[test]
fn a_plan_stops_by_the_outcomes_that_it_names() {
    let bank = out(&PLAN.replacen(
        "wait_days = 3",
        "wait_days = 3\nstop = [\"refused\", \"bad_number\"]",
        1,
    ));
    for (customer, outcome) in
        [(1, "bad_number"), (2, "refused"), (4, "considering"), (5, "no_answer")]
    {
        heard(&bank, customer, outcome, "20 10:00");
    }
    assert_eq!(went(&bank), 1, "5");
    assert_eq!(
        [1, 2, 4].map(|id| channel(&bank, id)["stopped"].clone()),
        [true, true, false].map(Value::from)
    );
    // He thinks about it: the wait is counted from then.
    heard(&bank, 4, "considering", "22 10:00");
    day(&bank, "23");
    went(&bank);
    assert_eq!(stand(&bank, &[4, 6]), ["rm_phone", "wecom"]);
    day(&bank, "25");
    went(&bank);
    assert_eq!(stand(&bank, &[1, 2, 4]), ["rm_phone", "rm_phone", "wecom"]);
}
