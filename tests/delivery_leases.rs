//! Many workers at one queue: none claims what another has, and one that slept past its lease finishes nothing.
//!
//! The sizes are a tenth or less of what is promised, so that every run has them; `BATON_FAULTS=full` runs the whole. Leases are
//! made old by the owner: nothing waits for time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::collections::BTreeSet;
use std::sync::Barrier;

use chain::{owner, small};
use sqlx::PgConnection;
use support::Bank;
use support::server::{block_on, full};

const READER: &str = "zhao.viewer";
const LOADER: &str = "sun.auditor";

/// A bank with an inbox and so many messages that wait.
fn queue(messages: usize) -> Bank {
    let bank = small();
    bank.operator(LOADER, "loader", None);
    owner(
        &bank,
        &format!(
            "select baton.door_put('core', 'inbox', '{READER}', '{{}}');
             insert into baton.outbox (key, kind, org_id, door, body)
             select 'm' || g, 'note', 5 + g % 9, 'core', '{{}}' from generate_series(1, {messages}) g"
        ),
    );
    bank
}

async fn claim(db: &mut PgConnection, most: i32) -> (i64, Vec<i64>) {
    let rows: Vec<(i64, i64)> = sqlx::query_as("select lease, id from baton.message_claim($1, 60)")
        .bind(most)
        .fetch_all(db)
        .await
        .unwrap();
    (rows.first().map_or(0, |row| row.0), rows.into_iter().map(|row| row.1).collect())
}

#[test]
fn no_message_is_claimed_twice_by_many_workers() {
    let messages = if full() { 500_000 } else { 20_000 };
    let bank = queue(messages);
    let workers = 16;
    let together = Barrier::new(workers);
    let work = || {
        block_on(async {
            let mut db = bank.connect(LOADER).await;
            let mut mine = Vec::new();
            together.wait();
            loop {
                let (lease, ids) = claim(&mut db, 100).await;
                if ids.is_empty() {
                    break mine;
                }
                sqlx::query("select baton.message_done($1, $2)")
                    .bind(lease)
                    .bind(&ids)
                    .execute(&mut db)
                    .await
                    .unwrap();
                mine.extend(ids);
            }
        })
    };
    let claimed: Vec<Vec<i64>> = std::thread::scope(|threads| {
        let all: Vec<_> = (0..workers).map(|_| threads.spawn(work)).collect();
        all.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let busy = claimed.iter().filter(|mine| !mine.is_empty()).count();
    assert!(busy > 1, "one worker alone shows nothing");
    let all: Vec<i64> = claimed.into_iter().flatten().collect();
    assert_eq!(all.len(), messages, "each was claimed");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), messages, "and by one");
    let counted = "select sum(messages), (select count(*) from baton.outbox) from baton.delivered";
    assert_eq!(bank.sql(LOADER, counted), [[messages.to_string(), "0".into()]]);
}

#[test]
fn workers_that_slept_past_their_lease_finish_nothing() {
    let (workers, each, lines) = (200, 5, 20);
    let bank = queue(workers * each);
    let asleep: Vec<(i64, Vec<i64>)> = block_on(async {
        let mut sessions = Vec::new();
        for _ in 0..lines {
            sessions.push(bank.connect(LOADER).await);
        }
        let mut asleep = Vec::new();
        for worker in 0..workers {
            asleep.push(claim(&mut sessions[worker % lines], 5).await);
        }
        asleep
    });
    let leases: BTreeSet<i64> = asleep.iter().map(|(lease, _)| *lease).collect();
    assert_eq!(leases.len(), workers, "each has a number of its own");
    assert!(asleep.iter().all(|(_, ids)| ids.len() == each));
    owner(
        &bank,
        "update baton.outbox set lease_until = clock_timestamp() - interval '1 ms' where state = 'leased'",
    );
    let refused = |asleep: &[(i64, Vec<i64>)]| {
        block_on(async {
            let mut db = bank.connect(LOADER).await;
            for (lease, ids) in asleep {
                for step in [
                    "select baton.message_done($1, $2)",
                    "select baton.message_inbox($1, $2)",
                    "select baton.message_failed($1, $2, 'x', array_fill(1::bigint, array[5]), false)",
                ] {
                    let tried = sqlx::query(step).bind(lease).bind(ids).execute(&mut db).await;
                    let error = tried.expect_err(step);
                    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
                    assert_eq!(code.as_deref(), Some("BT440"), "{step}: {error}");
                }
            }
        });
    };
    // Nobody else has them yet; then another has half of them; then half of them are finished.
    refused(&asleep);
    let (lease, ids) = block_on(async { claim(&mut bank.connect(LOADER).await, 500).await });
    refused(&asleep);
    let done = format!("select baton.message_inbox({lease}, array{ids:?})");
    bank.sql(LOADER, &done);
    refused(&asleep);
    assert_eq!(bank.sql(READER, "select count(*) from baton.inbox"), [["500"]]);
    let (lease, ids) = block_on(async { claim(&mut bank.connect(LOADER).await, 1000).await });
    bank.sql(LOADER, &format!("select baton.message_inbox({lease}, array{ids:?})"));
    let once = "select count(*), count(distinct message_id) from baton.inbox";
    assert_eq!(bank.sql(READER, once), [["1000", "1000"]]);
}
