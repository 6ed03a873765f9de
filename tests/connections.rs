//! A process holds three connections at most, whatever it does: the server is told to give it no more.

mod support;

use std::time::Duration;

use baton::store::StoreError;
use baton::store::cluster::{ADMIN, INTERNAL};
use baton::store::kpi::question::AT_ONCE;
use baton::store::kpi::{KpiFailure, SheetAsked, sheet};
use sqlx::{Connection as _, Executor as _};
use support::Bank;
use support::files::Files;
use support::server::Server;

/// From here on the bank's server takes three connections to this database, but for its superuser's.
fn three_at_most(bank: &Bank) {
    bank.sql(
        INTERNAL,
        "do $$ begin execute format('alter database %I connection limit 3', current_database()); end $$",
    );
    // The limit is one that counts: a fourth is refused.
    let own = &Server::shared().own;
    support::server::block_on(async {
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(bank.connect(own).await);
        }
        assert!(baton::store::connect::connect(&bank.target(own), None).await.is_err());
        for connection in held {
            connection.close().await.ok();
        }
    });
}

#[test]
fn importing_and_making_operators_take_three_connections_at_most() {
    let (bank, files) = (Bank::empty(), Files::small());
    three_at_most(&bank);
    let answer = files.import(&bank, &[]).json();
    assert_eq!(answer["loaded"]["event"], 3);
    files.import(&bank, &["--dry-run"]).json();
    bank.operator("nancheng.branch", "branch", Some("S1"));
    bank.program(ADMIN).args(["db", "migrate"]).json();
    bank.program(&Server::shared().own).args(["doctor"]).json();
}

#[test]
fn making_the_demo_bank_takes_three_connections_at_most() {
    let bank = Bank::empty();
    three_at_most(&bank);
    let made = bank.program(ADMIN).args(["demo", "--no-console"]).json();
    assert_eq!(made["made"], true);
    assert_eq!(made["operators"].as_array().map(Vec::len), Some(6));
}

/// Questions to the metrics hold back vacuum and so the queue: a process asks two at once, however many lines it has, and none
/// for longer than a statement of a session may take.
#[test]
fn two_questions_to_the_metrics_run_at_once_and_each_has_an_end() {
    let bank = Bank::empty();
    let own = &Server::shared().own;
    support::server::block_on(async {
        let mut holder = bank.connect(ADMIN).await;
        let mut watch = bank.connect(INTERNAL).await;
        let hold = "begin; set role baton_owner; lock table baton.bank in access exclusive mode";
        holder.execute(hold).await.unwrap();
        let mut lines = Vec::new();
        for _ in 0..3 * AT_ONCE {
            lines.push(bank.connect(own).await);
        }
        let limit: String =
            sqlx::query_scalar("show statement_timeout").fetch_one(&mut lines[0]).await.unwrap();
        assert_eq!(limit, "30s");
        let stands = "select count(*) filter (where wait_event_type = 'Lock'), count(*) filter (where state = 'idle in transaction')
            from pg_stat_activity where datname = current_database() and application_name = $1";
        let name = format!("baton {own}");
        let together = async {
            let mut most = (0, 0);
            for _ in 0..50 {
                let now: (i64, i64) =
                    sqlx::query_as(stands).bind(&name).fetch_one(&mut watch).await.unwrap();
                // One that has begun and is not at the lock yet is one of the two.
                most = (most.0.max(now.0), most.1.max(now.0 + now.1));
                watch.execute("select pg_sleep(0.02)").await.unwrap();
            }
            holder.execute("rollback").await.unwrap();
            most
        };
        let asked = SheetAsked::default();
        let questions = lines.iter_mut().map(|line| sheet(line, &asked));
        let (most, answers) =
            futures_util::join!(together, futures_util::future::join_all(questions));
        let at_once = i64::try_from(AT_ONCE).unwrap();
        assert_eq!(most, (at_once, at_once), "two wait for the lock, and nobody else has begun");
        // All came to their turn: the bank is empty, and says so.
        assert!(answers.iter().all(|answer| matches!(answer, Err(KpiFailure::Kpi(_)))));
        // What was not ended ends with the next word on the line.
        for line in &mut lines {
            line.ping().await.unwrap();
        }
        holder.execute(hold).await.unwrap();
        lines[0].execute("set statement_timeout = '100ms'").await.unwrap();
        let late = tokio::time::timeout(Duration::from_secs(20), sheet(&mut lines[0], &asked));
        let late = late.await.unwrap().unwrap_err();
        assert!(matches!(late, KpiFailure::Store(StoreError::Deadline)), "{late:?}");
        holder.execute("rollback").await.unwrap();
        // Who was ended has given up his turn.
        for line in &mut lines {
            assert!(sheet(line, &asked).await.is_err());
        }
    });
}
