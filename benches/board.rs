//! What came of a million tasks, taken in from a file, against a table of tasks that holds it itself, filled from the same file in
//! the same run; what of that the board's counters cost; and the board over five million tasks, against grouping the tasks.
//!
//! The other side is the same step with one statement changed: rows are read, judged, told and counted alike, and then the task rows
//! are updated instead of outcomes inserted. Either write alone, of rows that lie ready and are the right ones, is printed beside it.
//!
//! What does not come out whole (rows, counters against a recount) ends the bench before any time is printed.
#![expect(clippy::disallowed_methods, reason = "a bench looks at the clock and starts programs")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops; it prints"
)]

mod support;

use std::fmt::Write as _;
use std::time::Instant;

use baton::domain::board::Step;
use baton::domain::id::PushId;
use baton::store::board::{Splits, board};
use baton::store::{Target, connect, outcome};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

const UNITS: u32 = 300;
const MILLION: u32 = 1_000_000;
const TASKS: u32 = 5 * MILLION;

fn main() {
    support::with_server(bench);
}

/// A connection that asks and measures.
struct Bench {
    db: PgConnection,
}

impl Bench {
    async fn run(&mut self, sql: &str) {
        self.db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    }

    async fn number(&mut self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.db).await.unwrap()
    }

    /// Seconds that `sql` takes, begun right after a checkpoint.
    async fn seconds(&mut self, sql: &str) -> f64 {
        self.run("checkpoint").await;
        let began = Instant::now();
        self.run(sql).await;
        began.elapsed().as_secs_f64()
    }

    /// Seconds in which the file is taken in; what stood before is gone.
    async fn intake(&mut self, file: &str, rows: u64) -> f64 {
        self.run("truncate baton.outcome; select baton.board_mend(1)").await;
        // Each alone: beside another statement it would stand in a transaction, where it is refused.
        self.run("vacuum baton.outcome_intake").await;
        self.run("checkpoint").await;
        let began = Instant::now();
        let report = outcome::import(&mut self.db, file.as_bytes(), &mut |_| Ok(()), &mut |_| ())
            .await
            .unwrap();
        let seconds = began.elapsed().as_secs_f64();
        assert_eq!(report.accepted, rows);
        seconds
    }

    /// Tasks as rows that hold what came of them, with the key and the indexes by which they are listed.
    async fn tasks(&mut self) {
        self.run(
            "drop table if exists baton.plain_task; set role baton_owner;
             create table baton.plain_task as select push_id, customer_id, org_id, rm_id, 'open'::text as state, null::timestamptz as at,
                 null::bigint as amount, null::text as note, null::bool as late, null::timestamptz as taken_at, null::text as taken_by
                 from baton.task where push_id = 1;
             alter table baton.plain_task add primary key (push_id, customer_id);
             create index on baton.plain_task (push_id, org_id, rm_id); create index on baton.plain_task (push_id, org_id, state);
             analyze baton.plain_task; reset role",
        )
        .await;
    }

    /// Seconds in which what has come goes into an empty table like that of the outcomes, with its key and its indexes.
    async fn inserting(&mut self) -> f64 {
        self.run("set role baton_owner; create table baton.plain_outcome (like baton.outcome including all); reset role").await;
        self.seconds(
            "insert into baton.plain_outcome (push_id, customer_id, at, outcome, org_id, late, contamination)
             select push_id, customer_id, at, outcome, 2, false, false from baton.came",
        )
        .await
    }

    async fn agrees(&mut self, push: i64) {
        let differ = format!("select count(*) from baton.board_check({push})");
        assert_eq!(self.number(&differ).await, 0, "counters and a recount");
    }
}

async fn bench(target: Target) {
    let mut db = connect::connect(&target, None).await.unwrap();
    db.execute("set statement_timeout = 0").await.unwrap();
    let mut bench = Bench { db };
    fill(&mut bench).await;
    let cores = std::thread::available_parallelism().unwrap();
    let fsync: String = sqlx::query_scalar("select 'fsync ' || current_setting('fsync') || ', server ' || current_setting('server_version')")
        .fetch_one(&mut bench.db)
        .await
        .unwrap();
    println!("{cores} cores, {UNITS} units, {fsync}");
    outcomes(&mut bench).await;
    large(&mut bench).await;
}

async fn outcomes(bench: &mut Bench) {
    bench.run("select baton.push_apply(baton.push_plan('ST-1', 1, 1))").await;
    let ids: Vec<i64> = sqlx::query_scalar("select customer_id from baton.task where push_id = 1 order by customer_id * 7919 % 1000003")
        .fetch_all(&mut bench.db)
        .await
        .unwrap();
    let mut file = "push,customer_id,outcome,at,amount,note\n".to_owned();
    for (n, id) in ids.iter().enumerate() {
        let outcome = ["no_answer", "refused", "considering", "sold"][n % 4];
        writeln!(file, "1,{id},{outcome},2026-07-0{} 10:00:00,,", 1 + n % 9).unwrap();
    }
    let rows = ids.len() as u64;
    let mut taken = f64::MAX;
    let mut bare = f64::MAX;
    // The step without what it does for the board and the orders: nobody has come anywhere.
    let with = "select pg_get_functiondef('baton.outcome_settle_rows(uuid)'::regprocedure)";
    let with: String =
        sqlx::query_scalar(AssertSqlSafe(with)).fetch_one(&mut bench.db).await.unwrap();
    let counts = "where j.fresh and not j.gone group by";
    assert_eq!(with.matches(counts).count(), 1, "what is taken out is what counts");
    let without = with.replace(counts, "where false group by");
    for _ in 0..2 {
        bench.run(&format!("set role baton_owner; {without}; reset role")).await;
        bare = bare.min(bench.intake(&file, rows).await);
        bench.run(&format!("set role baton_owner; {with}; reset role")).await;
        taken = taken.min(bench.intake(&file, rows).await);
    }
    bench.agrees(1).await;
    bench.run("create table baton.came as select push_id, customer_id, outcome, at from baton.outcome").await;
    let updated = updating(bench, &file, rows, &with).await;
    bench.tasks().await;
    let alone = "update baton.plain_task t set state = c.outcome, at = c.at from baton.came c
                 where t.push_id = c.push_id and t.customer_id = c.customer_id";
    let alone = bench.seconds(alone).await;
    let inserted = bench.inserting().await;
    bench
        .run("drop table baton.plain_task; drop table baton.plain_outcome; drop table baton.came")
        .await;
    println!(
        "intake of {rows} outcomes from a file: {taken:.2} s; the same into the rows of the tasks: {updated:.2} s, {:.2} times as long",
        updated / taken
    );
    println!(
        "the write alone, from a table of what they come to: {inserted:.2} s into a table of their own; {alone:.2} s updating the tasks, \
         {:.2} times as long",
        alone / inserted
    );
    let counters = (taken - bare).max(0.0);
    println!(
        "without the counters of board and orders: {bare:.2} s; they are {:.0} % of the intake, {:.0} % of the update",
        counters / taken * 100.0,
        counters / updated * 100.0
    );
    // What was measured last has left no outcomes.
    assert!(bench.intake(&file, rows).await > 0.0);
    let mut again = String::from("push,customer_id,outcome,at,amount,note\n");
    for id in ids.iter().take(1000) {
        writeln!(again, "1,{id},sold,2026-07-15 10:00:00,,").unwrap();
    }
    let began = Instant::now();
    outcome::import(&mut bench.db, again.as_bytes(), &mut |_| Ok(()), &mut |_| ()).await.unwrap();
    println!("1000 more for the same push: {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    bench.agrees(1).await;
}

/// Seconds in which the file goes into the rows of the tasks: by the step `with`, but for where it keeps what it has judged.
async fn updating(bench: &mut Bench, file: &str, rows: u64, with: &str) -> f64 {
    let begins = with.find("insert into baton.outcome (").unwrap();
    let last = "where j.fresh";
    let ends = begins + with[begins..].find(last).unwrap() + last.len();
    let update = "update baton.plain_task t set state = j.outcome, at = j.at, amount = j.amount, note = j.note, late = j.day > j.deadline,
            taken_at = clock_timestamp(), taken_by = session_user
        from judged j where t.push_id = j.push_id and t.customer_id = j.customer_id and j.fresh";
    let step = format!("{}{update}{}", &with[..begins], &with[ends..]);
    bench.tasks().await;
    bench.run(&format!("set role baton_owner; {step}; reset role")).await;
    let seconds = bench.intake(file, rows).await;
    bench.run(&format!("set role baton_owner; {with}; reset role")).await;
    let done =
        "select count(*) from baton.plain_task where state <> 'open' and taken_by is not null";
    assert_eq!(bench.number(done).await, i64::try_from(rows).unwrap(), "each has its state");
    let counted = "select sum(contacted)::bigint from baton.board_count where push_id = 1";
    assert_eq!(bench.number(counted).await, i64::try_from(rows).unwrap(), "and is counted");
    seconds
}

/// A push of five million tasks, of which every second has an outcome, set-based.
async fn large(bench: &mut Bench) {
    let sql = format!(
        "set role baton_owner;
         do $$
         declare own bigint := baton.home_number({TASKS}); plan bigint; push bigint;
         begin
             insert into baton.push_plan (strategy, version, hash, snapshot_id, as_of, home, customers, treated, control)
                 select strategy, version, hash, snapshot_id, as_of, own, {TASKS}, {TASKS}, 0 from baton.push_plan where id = 1
                 returning id into plan;
             execute format('create table baton.%I as select %s::bigint as home, %s::bigint as plan_id, i::bigint as customer_id,
                 2 + i %% {UNITS} as org_id, 1 + i %% 3000 as rm_id, ''treated''::text as arm, null::text as blocked
                 from generate_series(1, {TASKS}) i', 'plan_member_' || own, own, plan);
             perform baton.home_open(own, false);
             insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis)
                 select plan, strategy, version, hash, own, as_of, deadline, {TASKS}, {TASKS}, 0, 0 from baton.push where id = 1
                 returning id into push;
             insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
                 select push, o.org_id, o.tasks, o.control, o.rms, o.tasks, 0, '2026-07-30' from baton.plan_order(plan) o;
             perform baton.board_recount(push);
             insert into baton.outcome (push_id, customer_id, at, outcome, org_id, late, contamination)
                 select push, i, timestamptz '2026-07-01 10:00+08' + i % 9 * interval '1 day',
                     (array['no_answer', 'refused', 'considering', 'sold'])[1 + i % 4], 2 + i % {UNITS}, false, false
                 from generate_series(1, {TASKS}, 2) i;
             perform baton.board_recount(push);
         end $$;
         create table baton.plain_task as select i as customer_id, 2 + i % {UNITS} as org_id, 1 + i % 3000 as rm_id,
             (array['open', 'no_answer', 'refused', 'considering', 'sold'])[1 + i % 5] as state from generate_series(1, {TASKS}) i;
         reset role"
    );
    bench.run(&sql).await;
    bench.run("vacuum analyze baton.plain_task").await;
    bench.run("analyze baton.board_count; analyze baton.board_day").await;
    let push = PushId(2);
    let whole = board(&mut bench.db, push, Splits::default()).await.unwrap().whole;
    assert_eq!(whole.steps.at(Step::Issued), i64::from(TASKS));
    assert_eq!(whole.steps.at(Step::Contacted), i64::from(TASKS) / 2);
    let group = "select org_id, state, count(*) from baton.plain_task group by 1, 2";
    bench.run(group).await;
    let grouped = bench.seconds(group).await * 1e3;
    println!("grouping {TASKS} tasks by unit and state: {grouped:.0} ms");
    for (said, splits) in [
        ("by unit", Splits::default()),
        ("by unit and day", Splits { day: true, rm: false }),
        ("by unit, RM and day", Splits::ALL),
    ] {
        let mut times = Vec::new();
        for _ in 0..21 {
            let began = Instant::now();
            board(&mut bench.db, push, splits).await.unwrap();
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let middle = times[times.len() / 2];
        println!(
            "board of {TASKS} tasks {said}: {middle:.1} ms, {:.3} of the grouping",
            middle / grouped
        );
    }
}

/// The bank, set-based, and a snapshot of as many customers as give a million tasks.
async fn fill(bench: &mut Bench) {
    let customers = u64::from(MILLION) * 1_133_787 / 1_000_000;
    bench.run(&support::bank(customers, UNITS, 1)).await;
    bench.run(&support::frozen(customers)).await;
    bench.run("vacuum analyze baton.customer").await;
}
