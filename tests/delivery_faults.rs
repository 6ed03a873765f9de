//! Delivery under faults: pushes while the server is restarted hard and processes are killed.
//!
//! The sizes are a tenth or less of what is promised, so that every run has them; `BATON_FAULTS=full cargo test --test
//! delivery_faults` runs the whole. Nothing waits for time: faults come when so many pushes are acknowledged.
#![expect(clippy::disallowed_methods, reason = "tests start and stop programs, and build SQL")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use baton::store::Target;
use baton::store::cluster::INTERNAL;
use baton::store::connect;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use support::Baton;
use support::server::{Server, block_on, full, until_within};

/// How much of a storm.
#[derive(Clone, Copy)]
struct Storm {
    strategies: usize,
    /// Pushes of each strategy.
    rounds: usize,
    /// Customers of each push; a tenth is control.
    customers: usize,
    restarts: usize,
    kills: usize,
}

impl Storm {
    fn of_this_run() -> Self {
        if full() {
            Self { strategies: 20, rounds: 10, customers: 5_556, restarts: 20, kills: 40 }
        } else {
            Self { strategies: 4, rounds: 3, customers: 600, restarts: 2, kills: 4 }
        }
    }

    fn pushes(self) -> usize {
        self.strategies * self.rounds
    }
}

/// A private cluster of its own, because its server does not live long.
struct Own {
    dir: tempfile::TempDir,
    host: String,
    me: String,
}

impl Own {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("bd").tempdir_in("/tmp").unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open).unwrap();
        let mut own = Self { dir, host: String::new(), me: Server::shared().own.clone() };
        own.up();
        let url = own.baton(&["db", "url"])["url"].as_str().unwrap().to_owned();
        let host = url.split("host=").nth(1).unwrap().split('&').next().unwrap();
        own.host.push_str(host);
        own
    }

    fn baton(&self, args: &[&str]) -> serde_json::Value {
        Baton::private(self.dir.path()).args(args).json()
    }

    /// Whatever state the server is in and whoever else starts it: afterwards it has run. Another fault may come in the
    /// middle; that somebody else was starting it is never a reason to give up.
    fn up(&self) {
        let mut said = String::new();
        for _ in 0..100 {
            let output = Baton::private(self.dir.path())
                .args(["--lang", "en", "--format", "json", "db", "up"])
                .run();
            let state = serde_json::from_slice::<serde_json::Value>(&output.stdout);
            if state.is_ok_and(|state| state["state"] == "up") {
                return;
            }
            said = String::from_utf8_lossy(&output.stderr).into_owned();
        }
        panic!("the server does not come up: {said}");
    }

    async fn try_connect(&self, user: &str) -> Option<PgConnection> {
        let target = Target::private(self.host.as_ref(), "baton", user);
        connect::connect(&target, None).await.ok()
    }

    /// A connection as soon as there is one.
    async fn connect(&self, user: &str) -> PgConnection {
        loop {
            if let Some(db) = self.try_connect(user).await {
                return db;
            }
            self.up();
        }
    }

    /// The one number that `sql` gives, asked again as long as the answer is lost.
    async fn number(&self, sql: &str) -> i64 {
        loop {
            let mut db = self.connect(&self.me).await;
            match sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut db).await {
                Ok(number) => return number,
                Err(error) => {
                    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
                    let lost = code.is_none_or(|code| code.starts_with("57P"));
                    assert!(lost, "{sql}: {error}");
                }
            }
        }
    }

    async fn run(&self, sql: &str) {
        let mut db = self.connect(INTERNAL).await;
        db.execute(AssertSqlSafe(sql)).await.unwrap();
        db.close().await.ok();
    }

    fn worker(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.arg("--data-dir").arg(self.dir.path()).args(["worker", "--every", "1"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The server is stopped at once, as in a crash, and started again, by us and by whoever misses it.
    fn restart(&self) {
        let pid = self.baton(&["db", "status"])["pid"].to_string();
        if pid != "null" {
            kill("-QUIT", &pid);
        }
        self.up();
    }

    /// One of the server's processes dies; the server throws out all others and recovers.
    fn kill_backend(&self) {
        let pid: Option<i32> = block_on(async {
            let mut db = self.connect(INTERNAL).await;
            let other = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
                order by state = 'active' desc, random() limit 1";
            sqlx::query_scalar(other).fetch_optional(&mut db).await.ok().flatten()
        });
        if let Some(pid) = pid {
            kill("-KILL", &pid.to_string());
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        Baton::private(self.dir.path()).args(["db", "down"]).run();
    }
}

/// Sends a signal; one that is gone already is none to send it to.
fn kill(signal: &str, pid: &str) {
    Command::new("kill").args([signal, pid]).stderr(Stdio::null()).status().unwrap();
}

/// Strategies that are approved, each with customers of its own and a snapshot of them.
fn fill(own: &Own, storm: Storm) {
    let Storm { strategies, customers, rounds, .. } = storm;
    let sql = format!(
        "set role baton_owner; {small}
         insert into baton.customer (customer_id, org_id, rm_id)
             select g, 5 + g % 9, 1 + g % 30 from generate_series(100001, 100000 + {strategies} * {customers}) g;
         select baton.door_put('core', 'inbox', '{me}', '{{}}');
         reset role; set session_replication_role = replica; set role baton_owner;
         insert into baton.segment_version (code, version, name, rule) values ('SG', 1, 'a', 'true');
         insert into baton.strategy_version (code, version, state, name, segment, segment_version, deadline_days, control_ppm,
             seed, product, benefit, script, hash, author)
             select 'ST-' || g, v, 'approved', 'a', 'SG', 1, 30, 100000, g, 'p', 'b', 's', sha256(int8send(g * 1000 + v)), 'x'
             from generate_series(1, {strategies}) g cross join generate_series(1, {rounds}) v;
         insert into baton.approval (strategy, version, hash, author, approver)
             select code, version, hash, author, 'y' from baton.strategy_version;
         insert into baton.snapshot (segment, version, as_of, customers, hash)
             select 'SG', 1, '2026-11-20', {customers}, '' from generate_series(1, {strategies});
         insert into baton.segment_member
             select 1 + (customer_id - 100001) / {customers}, customer_id, org_id from baton.customer where customer_id > 100000;
         reset role; set session_replication_role = origin; analyze",
        small = chain::SMALL,
        me = own.me,
    );
    block_on(own.run(&sql));
}

/// One of those that push, counted until it ends, by whatever way.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Every push by its plan until it is acknowledged; a lost answer is asked for again.
fn push_all(own: &Own, storm: Storm, first: usize, acked: &Mutex<Vec<(i64, i64)>>) {
    for strategy in (first..=storm.strategies).step_by(2) {
        // Each time a new version: one gives its wave to nobody twice.
        for version in 1..=storm.rounds {
            block_on(async {
                let plan =
                    format!("select baton.push_plan('ST-{strategy}', {version}, {strategy})");
                let plan = own.number(&plan).await;
                let push = own.number(&format!("select baton.push_apply({plan})")).await;
                acked.lock().unwrap().push((plan, push));
            });
        }
    }
}

/// The workers that run; whatever becomes of the test, none outlives it, for each would start the server again.
struct Workers(Mutex<Vec<Child>>);

impl Workers {
    /// The one that runs longest is killed, and another begins.
    fn kill_one(&self, own: &Own) {
        let mut all = self.0.lock().unwrap();
        let mut dead = all.remove(0);
        dead.kill().unwrap();
        dead.wait().unwrap();
        all.push(own.worker());
    }

    /// Asks all to leave.
    fn leave(&self) {
        for mut worker in self.0.lock().unwrap().drain(..) {
            kill("-TERM", &worker.id().to_string());
            assert!(
                worker.wait().unwrap().success(),
                "a worker outlives every crash of the server"
            );
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner) {
            worker.kill().ok();
            worker.wait().ok();
        }
    }
}

/// The faults, each when so many pushes are acknowledged.
fn faults(
    own: &Own,
    storm: Storm,
    acked: &Mutex<Vec<(i64, i64)>>,
    (running, workers): (&AtomicUsize, &Workers),
) {
    let all = storm.restarts + storm.kills;
    let (mut restarts, mut kills) = (0, 0);
    for fault in 1..=all {
        let due = fault * storm.pushes() / (all + 1);
        while acked.lock().unwrap().len() < due {
            assert!(running.load(Ordering::SeqCst) > 0, "who pushes has given up, and says why");
            block_on(async {
                if let Some(mut db) = own.try_connect(INTERNAL).await {
                    db.execute("select pg_sleep(0.02)").await.ok();
                }
            });
        }
        if restarts * storm.kills <= kills * storm.restarts && restarts < storm.restarts {
            restarts += 1;
            own.restart();
        } else {
            kills += 1;
            if kills % 2 == 0 {
                own.kill_backend();
            } else {
                workers.kill_one(own);
            }
        }
    }
    assert_eq!((restarts, kills), (storm.restarts, storm.kills));
}

#[test]
fn pushes_and_deliveries_are_whole_and_once_through_crashes_and_kills() {
    let storm = Storm::of_this_run();
    let own = Own::new();
    fill(&own, storm);
    let acked = Mutex::new(Vec::new());
    let began = std::time::Instant::now();
    let workers = Workers(Mutex::new((0..3).map(|_| own.worker()).collect()));
    let running = AtomicUsize::new(2);
    std::thread::scope(|threads| {
        for first in [1, 2] {
            let (own, acked, running) = (&own, &acked, &running);
            threads.spawn(move || {
                let _counted = Counted(running);
                push_all(own, storm, first, acked);
            });
        }
        faults(&own, storm, &acked, (&running, &workers));
    });
    assert_eq!(running.load(Ordering::SeqCst), 0);
    own.up();
    block_on(async {
        // What the killed ones had in hand is anybody's, and what has failed is due.
        own.run(
            "set role baton_owner; update baton.outbox set lease_until = clock_timestamp() where state = 'leased';
             update baton.outbox set ready_at = clock_timestamp() where state = 'ready'; delete from baton.breaker",
        )
        .await;
        let mut db = own.connect(INTERNAL).await;
        // One that has lost the server often looks again within a minute, and there is some work left.
        until_within(&mut db, "select count(*) = 0 from baton.outbox", 5).await;
    });
    println!(
        "{} pushes of {} customers, {} restarts, {} kills: drained {:.0} s after the beginning",
        storm.pushes(),
        storm.customers,
        storm.restarts,
        storm.kills,
        began.elapsed().as_secs_f64()
    );
    workers.leave();
    block_on(check(&own, storm, acked.into_inner().unwrap()));
}

async fn check(own: &Own, storm: Storm, acked: Vec<(i64, i64)>) {
    let mut db = own.connect(INTERNAL).await;
    db.execute("set statement_timeout = '10min'").await.unwrap();
    let pushes: Vec<(i64, i64)> = sqlx::query_as("select plan_id, id from baton.push order by id")
        .fetch_all(&mut db)
        .await
        .unwrap();
    assert_eq!(acked.len(), storm.pushes());
    let acked: BTreeSet<_> = acked.into_iter().collect();
    assert_eq!(
        pushes.into_iter().collect::<BTreeSet<_>>(),
        acked,
        "what was acknowledged, and nothing else"
    );
    let tasks = storm.customers - storm.customers / 10;
    for (what, breach) in [
        (
            "a push whose list, orders and audit are not of one size",
            format!(
                "select p.id from baton.push p where p.treated not between {} and {} or p.treated + p.control <> {}
                     or p.treated <> (select count(*) from baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated')
                     or p.treated <> (select sum(o.tasks) from baton.branch_order o where o.push_id = p.id)
                     or 1 <> (select count(*) from baton.audit a where a.action = 'push.apply' and (a.detail ->> 'push')::bigint = p.id)",
                tasks - 9,
                tasks + 9,
                storm.customers
            ),
        ),
        (
            "a push whose tasks did not come into the inbox, or came twice",
            "select p.id from baton.push p
             left join (select i.push_id, t.value ->> 'customer' as customer, i.org from baton.inbox i, jsonb_array_elements(i.body -> 'tasks') t) c
                 on c.push_id = p.id
             group by p.id having count(*) <> p.treated or count(distinct c.customer) <> p.treated".to_owned(),
        ),
        (
            "a task that came into another unit",
            "select i.id from baton.inbox i, jsonb_array_elements(i.body -> 'tasks') t
             left join baton.customer c on c.customer_id = (t.value ->> 'customer')::bigint
             left join baton.org_unit u on u.id = c.org_id where u.code is distinct from i.org".to_owned(),
        ),
        (
            "a counter that is not a recount",
            "select coalesce(d.push_id, i.push_id) from (select push_id, sum(messages) as n, sum(tasks) as tasks from baton.delivered group by 1) d
             full join (select push_id, count(*) as n, sum(tasks) as tasks from baton.inbox group by 1) i on i.push_id = d.push_id
             where (d.n, d.tasks) is distinct from (i.n, i.tasks)".to_owned(),
        ),
    ] {
        let found: Vec<i64> =
            sqlx::query_scalar(AssertSqlSafe(breach)).fetch_all(&mut db).await.unwrap();
        assert_eq!(found, Vec::<i64>::new(), "{what}");
    }
}
