//! A push of a million tasks to 300 branches: time and write-ahead log, against one `insert` of the same tasks into one
//! table with the same indexes in the same run: of tasks that somebody has worked out already, and of tasks that the
//! statement itself finds (who is on the list, who may be asked, who is drawn), as the push does. The one table keeps the
//! tasks of the pushes before, as Baton does; into the empty one of the first round is printed apart. Then the cost of a
//! task from 10 thousand to 2 million, and the same after a thousand pushes. What comes of the tasks is measured by
//! `benches/board.rs`.
//!
//! What does not come out whole (tasks, orders, counters) ends the bench before any time is printed.
#![expect(clippy::disallowed_methods, reason = "a bench looks at the clock and starts programs")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that cannot go on stops; it prints"
)]

mod support;

use std::time::Instant;

use baton::store::{Target, connect, upkeep};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

const UNITS: u32 = 300;
const MILLION: u32 = 1_000_000;
/// So often the push and its other side are measured in turn: one that comes first finds other caches than a later one.
const ROUNDS: usize = 3;

fn main() {
    support::with_server(bench);
}

/// A connection and what it has measured.
struct Bench {
    db: PgConnection,
    /// Strategies that were pushed.
    used: u32,
}

/// Seconds and bytes of write-ahead log.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    log: i64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} s, {} MB of log", self.seconds, self.log / 1_000_000)
    }
}

impl Bench {
    async fn run(&mut self, sql: &str) {
        self.db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    }

    async fn number(&mut self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.db).await.unwrap()
    }

    async fn log(&mut self) -> i64 {
        self.number("select (pg_current_wal_insert_lsn() - '0/0')::bigint").await
    }

    /// What `sql` costs, begun right after a checkpoint.
    async fn cost(&mut self, sql: &str) -> Cost {
        self.run("checkpoint").await;
        let (log, began) = (self.log().await, Instant::now());
        self.run(sql).await;
        let seconds = began.elapsed().as_secs_f64();
        Cost { seconds, log: self.log().await - log }
    }

    /// A snapshot of this many customers, the first but for a few that want no contact; gives its number.
    async fn snapshot(&mut self, customers: u32) -> i64 {
        let sql = format!(
            "insert into baton.snapshot (segment, version, as_of, customers, hash) values ('SG', 1, '2026-06-30', {customers}, '') returning id"
        );
        let id = self.number(&sql).await;
        let sql = format!(
            "insert into baton.segment_member select {id}, customer_id, org_id from baton.customer where customer_id <= {customers}"
        );
        self.run(&sql).await;
        self.run("vacuum analyze baton.segment_member").await;
        id
    }

    /// Plans and pushes a snapshot by the next strategy in one transaction; a push that is not whole ends the bench.
    async fn push(&mut self, snapshot: i64) -> (i64, Cost) {
        self.used += 1;
        let plan = format!("baton.push_plan('ST-{}', 1, {snapshot})", self.used);
        let cost = self.cost(&format!("begin; select baton.push_apply({plan}); commit")).await;
        let push = self.number("select max(id) from baton.push").await;
        self.whole(push).await;
        (push, cost)
    }

    async fn whole(&mut self, push: i64) {
        let sql = format!(
            "select count(*) from baton.push p, baton.snapshot s, baton.push_plan k
             where p.id = {push} and k.id = p.plan_id and s.id = k.snapshot_id
                 and (select count(*) from baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id) = s.customers
                 and p.treated = (select count(*) from baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated')
                 and (p.treated, p.control) = (select sum(o.tasks), sum(o.control) from baton.branch_order o where o.push_id = p.id)
                 and p.treated = (select sum(o.open) from baton.branch_order o where o.push_id = p.id)
                 and p.treated = (select sum(x.tasks) from baton.outbox x where x.push_id = p.id)
                 and p.treated = (select sum(c.issued) from baton.board_count c where c.push_id = p.id)"
        );
        assert_eq!(self.number(&sql).await, 1, "push {push} is not whole");
    }

    /// Strategies are over, so that the next push finds everybody free.
    async fn over(&mut self) {
        self.run("update baton.push set deadline = '2026-01-01'").await;
    }
}

async fn bench(target: Target) {
    let mut db = connect::connect(&target, None).await.unwrap();
    db.execute("set statement_timeout = 0").await.unwrap();
    let mut bench = Bench { db, used: 0 };
    fill(&mut bench).await;
    // The log is that of the whole server: rows that were just written are looked after between the measurements, not in them.
    bench.run("alter system set autovacuum = off").await;
    bench.run("select pg_reload_conf()").await;
    let cores = std::thread::available_parallelism().unwrap();
    let customers = bench.number("select count(*) from baton.customer").await;
    let fsync: String = sqlx::query_scalar("select 'fsync ' || current_setting('fsync') || ', server ' || current_setting('server_version')")
        .fetch_one(&mut bench.db)
        .await
        .unwrap();
    println!("{cores} cores, {customers} customers, {UNITS} units, {fsync}");
    let one = sizes(&mut bench).await;
    bench.run("alter system reset autovacuum").await;
    bench.run("select pg_reload_conf()").await;
    many(&mut bench, one).await;
}

/// A list whose treated are about so many: a tenth is control, and a fiftieth of the customers wants no contact.
fn listed(tasks: u32) -> u32 {
    let listed = u64::from(tasks) * 1_133_787 / 1_000_000;
    listed.try_into().expect("less than twice as many")
}

/// The one in the middle by time.
fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    costs[costs.len() / 2]
}

/// Gives what a push of a million cost.
async fn sizes(bench: &mut Bench) -> Cost {
    let million = bench.snapshot(listed(MILLION)).await;
    let (mut pushes, mut inserts) = (Vec::new(), Vec::new());
    let (mut push, mut tasks) = (0, 0);
    one_table(bench).await;
    for _ in 0..ROUNDS {
        let (number, cost) = bench.push(million).await;
        push = number;
        tasks = bench
            .number(&format!("select treated::bigint from baton.push where id = {push}"))
            .await;
        let worked_out = format!(
            "select push_id, customer_id, org_id, rm_id, 'treated' from baton.task where push_id = {push}"
        );
        let known = plain(bench, tasks, &worked_out).await;
        println!(
            "push of {tasks} tasks, plan and apply in one transaction: {cost}; one insert of the same tasks, known: {known}"
        );
        pushes.push(cost);
        inserts.push(known);
        bench.over().await;
    }
    let (one, empty, known) = (median(pushes), inserts[0], median(inserts));
    println!(
        "medians {one} and {known}: the push is {}; beside the insert into the empty table {}",
        Ratio(one, known),
        Ratio(one, empty)
    );
    bench.run("delete from baton.plain_task where push_id = (select max(push_id) from baton.plain_task)").await;
    bench.run("vacuum baton.plain_task").await;
    let found = plain(bench, tasks, &drawn(million, push)).await;
    bench.run("drop table baton.plain_task").await;
    println!("one insert that finds and draws them: {found}; the push is {}", Ratio(one, found));
    bench.over().await;

    bench.used += 1;
    let ask = format!("select baton.push_plan('ST-{}', 1, {million})", bench.used);
    let planned = bench.cost(&ask).await;
    let number = bench.number("select max(id) from baton.push_plan").await;
    let applied = bench.cost(&format!("select baton.push_apply({number})")).await;
    println!("apart: plan {planned}; apply {applied}");
    bench.over().await;

    let mut first = None;
    for tasks in [10_000, 100_000, MILLION, 2 * MILLION] {
        let snapshot = bench.snapshot(listed(tasks)).await;
        let (_, cost) = bench.push(snapshot).await;
        let each = cost.seconds * 1e6 / f64::from(tasks);
        let first = *first.get_or_insert(each);
        println!("{tasks} tasks: {cost}; {each:.2} us a task, {:.2} of the first", each / first);
        bench.over().await;
    }
    one
}

/// What the first costs beside the second.
struct Ratio(Cost, Cost);

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let log = self.0.log as f64 / self.1.log as f64;
        write!(f, "{:.2} times as fast with {log:.2} of its log", self.1.seconds / self.0.seconds)
    }
}

/// One table for the tasks of every push, whose indexes stand, as it would be without homes.
async fn one_table(bench: &mut Bench) {
    bench
        .run("create table baton.plain_task (push_id bigint not null, customer_id bigint not null, org_id int not null, rm_id int,
                  arm text, primary key (push_id, customer_id));
              create index on baton.plain_task (push_id, org_id, rm_id); create index on baton.plain_task (customer_id)")
        .await;
}

/// One more push's tasks into the one table; the bench ends if they are not so many.
async fn plain(bench: &mut Bench, tasks: i64, select: &str) -> Cost {
    let count = "select count(*) from baton.plain_task";
    let before = bench.number(count).await;
    bench.run("vacuum baton.plan_member").await;
    bench.run("set work_mem = '256MB'").await; // as the push has it
    let cost = bench.cost(&format!("insert into baton.plain_task {select}")).await;
    bench.run("reset work_mem").await;
    assert_eq!(bench.number(count).await - before, tasks, "other tasks");
    cost
}

/// SQL that finds the tasks of this push anew: those of its snapshot who may be asked, but for the tenth of each unit with
/// the smallest keys of the draw.
fn drawn(snapshot: i64, push: i64) -> String {
    format!(
        "select {push}, d.customer_id, d.org_id, d.rm_id, 'treated'
         from (select c.customer_id, c.org_id, r.id as rm_id, row_number() over unit as place, count(*) over unit as customers
               from baton.segment_member m
               join baton.customer c on c.customer_id = m.customer_id
               left join baton.staff r on r.id = c.rm_id and r.closed_on is null
               where m.snapshot_id = {snapshot} and c.closed_on is null and not c.no_contact
               window unit as (partition by c.org_id
                   order by baton.draw_key(baton.draw_start('ST-1', 1), c.customer_id), c.customer_id
                   rows between unbounded preceding and unbounded following)) d
         where d.place > baton.control_of(100000, d.customers)"
    )
}

/// A thousand pushes, most small and some with a home of their own, the last of them live; then a million again.
async fn many(bench: &mut Bench, first: Cost) {
    let (small, large) = (bench.snapshot(1000).await, bench.snapshot(listed(20_000)).await);
    let began = Instant::now();
    for n in 0..1000 {
        if n % 50 == 49 {
            bench.over().await;
            upkeep::keep_lists(&mut bench.db).await.unwrap();
        }
        bench.used += 1;
        let list = if n % 10 == 0 { large } else { small };
        let sql = format!(
            "update baton.push set deadline = '2026-01-01' where deadline > '2026-06-30';
             select baton.push_apply(baton.push_plan('ST-{}', 1, {list}))",
            bench.used
        );
        bench.run(&sql).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    bench.run("update baton.plan_home set left_at = left_at - interval '2 hours'").await;
    upkeep::keep_lists(&mut bench.db).await.unwrap();
    let homes = bench
        .number("select count(*) from pg_inherits where inhparent = 'baton.plan_member'::regclass")
        .await;
    println!("1000 pushes of 1,000 and 20,000 tasks in {seconds:.0} s; {homes} partitions");
    bench.over().await;
    let million = bench.snapshot(listed(MILLION)).await;
    let (_, cost) = bench.push(million).await;
    println!(
        "push of {MILLION} tasks after them: {cost}; {:.2} of the time of the first ones",
        cost.seconds / first.seconds
    );
}

/// The bank, set-based, and a strategy for each push.
async fn fill(bench: &mut Bench) {
    let customers = listed(2 * MILLION);
    bench.run(&support::bank(customers.into(), UNITS, 2000)).await;
    bench.run("vacuum analyze baton.customer").await;
}
