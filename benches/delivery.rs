//! Delivering a push of half a million tasks into the inbox, against one bare `insert..select` of the same rows in the same
//! run; and what a claimed and finished message costs, however long the queue is.
//!
//! What does not arrive whole ends the bench before any time is printed.
#![expect(clippy::disallowed_methods, reason = "a bench looks at the clock and starts programs")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that cannot go on stops; it prints"
)]

mod support;

use std::time::Instant;

use baton::domain::delivery::{BATCH, LEASE};
use baton::store::{Target, connect, delivery};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

const UNITS: u32 = 300;
const CUSTOMERS: u32 = 600_000;

fn main() {
    support::with_server(bench);
}

async fn run(db: &mut PgConnection, sql: &str) {
    db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

async fn number(db: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(db).await.unwrap()
}

async fn bench(target: Target) {
    let mut db = connect::connect(&target, None).await.unwrap();
    db.execute("set statement_timeout = 0").await.unwrap();
    fill(&mut db).await;
    let cores = std::thread::available_parallelism().unwrap();
    let fsync: String = sqlx::query_scalar(
        "select 'fsync ' || current_setting('fsync') || ', server ' || current_setting('server_version')",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    println!("{cores} cores, {CUSTOMERS} customers, {UNITS} units, {fsync}");
    inbox(&mut db).await;
    lengths(&mut db).await;
}

/// A push, delivered by one worker.
async fn inbox(db: &mut PgConnection) {
    let push = number(db, "select baton.push_apply(baton.push_plan('ST-1', 1, 1))").await;
    let tasks =
        number(db, &format!("select treated::bigint from baton.push where id = {push}")).await;
    let made = Instant::now();
    run(
        db,
        &format!(
            "begin; delete from baton.outbox; select baton.push_sent({push}); commit; checkpoint"
        ),
    )
    .await;
    let made = made.elapsed().as_secs_f64();
    let messages = number(db, "select count(*) from baton.outbox").await;
    println!("{messages} messages of {tasks} tasks made in {made:.2} s, with a checkpoint");
    let began = Instant::now();
    while let Some(claimed) = delivery::claim(db, BATCH, LEASE).await.unwrap() {
        delivery::into_inbox(db, claimed.lease, &claimed.messages).await.unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    let whole = "select count(*) from (select from baton.inbox i, jsonb_array_elements(i.body -> 'tasks') t
                 having count(*) = count(distinct t.value ->> 'customer') and count(*) = (select treated from baton.push)) w";
    assert_eq!(number(db, whole).await, 1, "every task came once");
    assert_eq!(number(db, "select sum(tasks)::bigint from baton.delivered").await, tasks);
    run(
        db,
        "create table baton.bare (like baton.inbox including all); alter table baton.bare alter column body set storage external; checkpoint",
    )
    .await;
    let bare = Instant::now();
    run(
        db,
        "insert into baton.bare (source, message_id, reader, kind, push_id, org, tasks, body)
         select source, message_id, reader, kind, push_id, org, tasks, body from baton.inbox",
    )
    .await;
    let bare = bare.elapsed().as_secs_f64();
    println!(
        "delivered in {seconds:.2} s: {:.0} tasks a second; the rows alone, made already, {bare:.2} s: {:.2} times as long",
        tasks as f64 / seconds,
        seconds / bare
    );
    run(db, "drop table baton.bare; truncate baton.inbox").await;
}

/// A hundred messages claimed and finished at a time, with so many waiting.
async fn lengths(db: &mut PgConnection) {
    let mut first = None;
    for length in [1_000_i64, 10_000, 100_000, 1_000_000] {
        run(
            db,
            &format!(
                "set role baton_owner; truncate baton.outbox;
                 insert into baton.outbox (key, kind, org_id, door, body)
                 select 'q' || g, 'note', 2 + g % {UNITS}, 'core', '{{}}' from generate_series(1, {length}) g;
                 reset role; analyze baton.outbox; checkpoint"
            ),
        )
        .await;
        let began = Instant::now();
        let mut sent = 0_u32;
        for _ in 0..10 {
            let claimed = delivery::claim(db, BATCH, LEASE).await.unwrap().unwrap();
            delivery::done(db, claimed.lease, &claimed.messages).await.unwrap();
            sent += u32::try_from(claimed.messages.len()).unwrap();
        }
        let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(sent);
        assert_eq!(sent, 1_000, "as many as were asked for");
        let waits = number(db, "select count(*) from baton.outbox").await;
        assert_eq!(waits, length - i64::from(sent), "and they have left");
        let first = *first.get_or_insert(each);
        println!(
            "queue of {length}: {each:.0} us a message claimed and finished, 100 at a time; {:.2} of the first",
            each / first
        );
    }
}

/// The bank, set-based, and one strategy with a snapshot of everybody.
async fn fill(db: &mut PgConnection) {
    run(db, &support::bank(CUSTOMERS.into(), UNITS, 1)).await;
    run(db, &support::frozen(CUSTOMERS.into())).await;
    run(db, "vacuum analyze baton.customer").await;
}
