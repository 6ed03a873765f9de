//! Opening a tree of 12 metrics for a pair of days, and the decompositions, on many facts: 1,100 units, 550 days and as many
//! metrics as the first argument says: 20 by default, and with `BATON_BENCH_FULL=1` the 200 that are promised, which are 118
//! million facts (about 17 GB on the disk of `/tmp`). Each time stands beside the best SQL
//! that a person would write on the same sheets and on the rows, in the same run; then the sizes of both, and what a day's
//! load costs at the beginning of the history and at its end.
#![expect(clippy::disallowed_methods, reason = "a bench looks at the clock and starts programs")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops; it prints"
)]

mod support;

use std::time::Instant;

use baton::domain::decomposition::{By, When};
use baton::store::kpi::explain::{Asked, explain};
use baton::store::kpi::{SheetAsked, sheet};
use baton::store::{Target, connect};
use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

/// As many times each question is asked; the middle one counts.
const TIMES: usize = 9;

const BANK: &str = "
    set role baton_owner; set synchronous_commit = off;
    insert into baton.bank (name, as_of, currency, digits, timezone) values ('B', '2026-10-31', 'CNY', 2, 'Asia/Shanghai');
    insert into baton.org_unit (code, kind, name, path) values ('HQ', 'hq', 'HQ', '{}');
    update baton.org_unit set path = array[id];
    insert into baton.org_unit (code, parent_id, kind, name, path) select 'B' || b, 1, 'branch', 'B' || b, '{}' from generate_series(1, 60) b;
    update baton.org_unit u set path = array[1, id] where kind = 'branch';
    insert into baton.org_unit (code, parent_id, kind, name, path)
        select u.code || '-' || s, u.id, 'subbranch', 'S', u.path from baton.org_unit u, generate_series(1, 18) s where u.kind = 'branch';
    update baton.org_unit u set path = u.path || id where kind = 'subbranch';";

fn main() {
    let full = std::env::var("BATON_BENCH_FULL").is_ok_and(|full| full == "1");
    let metrics = std::env::args().find_map(|arg| arg.parse().ok());
    let metrics = metrics.unwrap_or(if full { 200 } else { 20 });
    support::with_server(|target| bench(target, metrics));
}

async fn run(db: &mut PgConnection, sql: &str) {
    db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

async fn number(db: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(db).await.unwrap()
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The milliseconds of a statement, in the middle.
async fn timed(db: &mut PgConnection, sql: &str) -> f64 {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        run(db, sql).await;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    middle(times)
}

/// Facts of every sub-branch and day. Metric 1 is the product of 2 and what is solved out of it, 3; 4 to 12 stand below it in
/// a sum of sums, so that the tree has twelve.
async fn fill(db: &mut PgConnection, metrics: i32) {
    run(db, BANK).await;
    let dictionary = format!(
        "insert into baton.metric (code, zh, en, kind, ordinal)
             select 'm' || m, 'm', 'm', case when m = 3 then 'ratio' when m % 10 = 0 and m > 12 then 'flow' else 'stock' end, m
             from generate_series(1, {metrics}) m;
         update baton.metric set formula = 'm2 * m3' where code = 'm1';
         update baton.metric set formula = 'm4 + m5 + m6 + m7 + m8 + m9 + m10 + m11 + m12' where code = 'm2'"
    );
    run(db, &dictionary).await;
    for month in 0..18 {
        run(db, &month_of_facts(month)).await;
    }
    run(db, "reset role").await;
    // Alone: in one message with another statement it would stand in a transaction, where it is refused.
    run(db, "vacuum analyze").await;
}

/// A month of facts by one statement, then its keys over what is there, then its sheets: keys that grow row by row cost the most.
fn month_of_facts(month: i32) -> String {
    let (first, next) = (format!("'2025-05-01'::date + interval '{month} months'"), month + 1);
    let days = format!(
        "generate_series({first}, '2025-05-01'::date + interval '{next} months' - interval '1 day', '1 day') d"
    );
    format!(
        "do $$ declare month date := {first}; part text := 'metric_fact_' || to_char(month, 'YYYYMM'); begin
             execute format('create table baton.%I (like baton.metric_fact including constraints)', part);
             execute format($x$ insert into baton.%I (metric, day, org_id, value)
                 select m.code, d::date, u.id, 1000000 + (hashtext(m.code || u.id)::bigint & 1048575) * 100 + extract(doy from d)::int
                 from baton.metric m cross join {days} cross join baton.org_unit u where u.kind = 'subbranch' and m.code <> 'm3' $x$, part);
             execute format('alter table baton.metric_fact attach partition baton.%I for values from (%L) to (%L)',
                 part, month, (month + interval '1 month')::date);
             execute format('analyze baton.%I', part);
         end $$;
         select baton.sheets_make(array_agg(m.code), array_agg(d::date)) from baton.metric m, {days} where m.code <> 'm3'"
    )
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

/// The tree of twelve against the best SQL on the sheets, by branch; against the bank's sums alone; and against SQL on the rows.
async fn tree_of_twelve(db: &mut PgConnection) {
    let asked = SheetAsked {
        on: Some(day(10, 31)),
        since: Some(day(3, 17)),
        root: Some("m1".to_owned()),
        ..SheetAsked::default()
    };
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let tree = sheet(db, &asked).await.unwrap();
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(tree.rows.len(), 12, "a tree of twelve");
    }
    let tree = middle(times);
    let bases = "('m1', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11', 'm12', 'm2')";
    let by_sheets = format!(
        "set jit = off; select s.metric, s.day, u.path[2], sum(v.value) from baton.fact_sheet s
         join baton.fact_layout l on l.id = s.layout cross join lateral unnest(l.units, s.vals) v (org, value)
         join baton.org_unit u on u.id = v.org where s.metric in {bases} and s.day in ('2026-10-31', '2026-03-17') group by 1, 2, 3"
    );
    let by_rows = format!(
        "set jit = off; select f.metric, f.day, u.path[2], sum(f.value) from baton.metric_fact f
         join baton.org_unit u on u.id = f.org_id where f.metric in {bases} and f.day in ('2026-10-31', '2026-03-17') group by 1, 2, 3"
    );
    // The bank's sums alone, which need no unit: less than a tree of any unit can be had for.
    let of_bank = format!(
        "set jit = off; select s.metric, s.day, sum(v.value) from baton.fact_sheet s cross join lateral unnest(s.vals) v (value)
         where s.metric in {bases} and s.day in ('2026-10-31', '2026-03-17') group by 1, 2"
    );
    let (hand, old) = (timed(db, &by_sheets).await, timed(db, &by_rows).await);
    let bank = timed(db, &of_bank).await;
    println!(
        "tree of 12 on two days: {tree:.1} ms; SQL on the sheets {hand:.1} ms (ratio {:.2}), on the rows {old:.1} ms; \
         the bank's sums alone on the sheets {bank:.1} ms (ratio {:.2})",
        tree / hand,
        tree / bank
    );
}

async fn bench(target: Target, metrics: i32) {
    let mut db = connect::connect(&target, None).await.unwrap();
    run(&mut db, "set statement_timeout = 0").await;
    fill(&mut db, metrics).await;
    let facts = number(&mut db, "select count(*) from baton.metric_fact").await;
    let size = "select sum(pg_total_relation_size(inhrelid))::bigint from pg_inherits where inhparent = 'baton.metric_fact'::regclass";
    let rows = number(&mut db, size).await;
    let sheets = number(&mut db, "select pg_total_relation_size('baton.fact_sheet') + pg_total_relation_size('baton.fact_unit')").await;
    println!(
        "{facts} facts: {} MB as rows with their two keys, {} MB as sheets",
        rows / 1_000_000,
        sheets / 1_000_000
    );

    tree_of_twelve(&mut db).await;
    for by in [By::Org, By::Factor, By::Both] {
        let asked = Asked {
            metric: "m1".to_owned(),
            org: None,
            when: When::Days(day(3, 17), day(10, 31)),
            by: by.clone(),
            method: None,
            chain: false,
        };
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            let (answer, _) = explain(&mut db, &asked).await.unwrap();
            times.push(began.elapsed().as_secs_f64() * 1000.0);
            assert!(answer.residual.as_f64().abs() < 0.5, "the parts are the whole");
        }
        println!("by {}: {:.1} ms", by.word(), middle(times));
    }
    for (what, on) in [("the first", "2025-05-01"), ("the last", "2026-10-31")] {
        let sql = format!(
            "set role baton_owner; select baton.sheets_make(array_agg(m.code), array_agg(date '{on}')) from baton.metric m where m.code <> 'm3'; reset role"
        );
        println!("sheets of {what} day anew: {:.1} ms", timed(&mut db, &sql).await);
    }
}
