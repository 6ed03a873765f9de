//! The column engine against SQL on the same Postgres and against `DuckDB`'s own table, in one run: rules with the split by
//! a thousand units and AUM, overlaps, event windows, the build, a merged load, and what all of it weighs.
//!
//! A count or sum that differs ends the bench before any time is printed. See `benches/compare/README.md` for `DuckDB`.
#![expect(clippy::disallowed_methods, reason = "a bench looks at the clock and starts programs")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that cannot go on stops; it prints"
)]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use baton::cli::engine::{load, renew};
use baton::domain::rule::{Rule, Vocabulary};
use baton::engine::{Columns, Node, hash};
use baton::store::cluster::INTERNAL;
use baton::store::{Target, attribute, connect, segment};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

/// Rules of the bench: name, rule, the same for `DuckDB`.
const RULES: [(&str, &str, &str); 4] = [
    (
        "narrow",
        "f12 and f15 and n1 between 1000 and 9000 and aum >= 100000 and birth_date between '1980-01-01' and '1990-01-01' and (f3 or n2 <= 100)",
        "f12 and f15 and n1 between 1000 and 9000 and aum >= 10000000 and birth_date between '1980-01-01' and '1990-01-01' and (f3 or n2 <= 100)",
    ),
    (
        "broad",
        "f98 and f97 and n1 between 1000 and 49000 and aum >= 100000 and birth_date between '1950-01-01' and '2005-01-01' and (f90 or n2 <= 30000)",
        "f98 and f97 and n1 between 1000 and 49000 and aum >= 10000000 and birth_date between '1950-01-01' and '2005-01-01' and (f90 or n2 <= 30000)",
    ),
    (
        "one branch",
        "org under 'B07' and f50 and n3 > 20000",
        "(org_id - 22) % 20 = 6 and f50 and n3 > 20000",
    ),
    (
        "events",
        "events('k3', interval '30 days') >= 2 and sum_events('k3', interval '30 days') > 9000",
        "customer_id in (select customer_id from event where kind = 3 and day > date '2026-05-31' and day <= date '2026-06-30' \
         group by 1 having count(*) >= 2 and sum(amount) > 900000)",
    ),
];

fn main() {
    let customers = std::env::var("BATON_BENCH_CUSTOMERS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000_u64);
    let home = tempfile::Builder::new().prefix("be").tempdir_in("/tmp").unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(home.path(), open).unwrap();
    let data = home.path().join("d");
    baton(&data, &["db", "up"]);
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tokio.block_on(bench(&data, home.path(), customers));
    }));
    baton(&data, &["db", "down"]);
    done.unwrap();
}

async fn bench(data: &Path, home: &Path, customers: u64) {
    let url = baton(data, &["db", "url"]);
    let host = url.split_once("host=").unwrap().1.split(['&', '"']).next().unwrap();
    let mut db =
        connect::connect(&Target::private(Path::new(host), "baton", INTERNAL), None).await.unwrap();
    db.execute("set statement_timeout = 0; set jit = off; set work_mem = '256MB'").await.unwrap();
    let start = Instant::now();
    fill(&mut db, customers).await;
    let cores = std::thread::available_parallelism().unwrap();
    println!(
        "{customers} customers, {} events, {cores} cores; filled in {:.0} s",
        customers * 2,
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let columns = load(&mut db).await.unwrap();
    let built = start.elapsed().as_secs_f64();
    db.execute("set statement_timeout = 0").await.unwrap();
    let (bytes, events) = columns.bytes();
    println!(
        "build {built:.1} s; {:.1} bytes a customer, events {:.1} bytes each; process {} MiB, at most {} MiB",
        bytes as f64 / customers as f64,
        events as f64 / (customers * 2) as f64,
        memory("VmRSS"),
        memory("VmHWM"),
    );
    let words = attribute::vocabulary(&mut db).await.unwrap();
    let duck = duckdb(&mut db, home).await;
    for (name, text, _) in RULES {
        rule(&mut db, &columns, &words, (name, text), &duck).await;
    }
    overlap(&mut db, &columns, &words).await;
    members(&columns, &words);
    merge(&mut db, columns, customers).await;
}

async fn rule(
    db: &mut PgConnection,
    columns: &Columns,
    words: &Vocabulary,
    (name, text): (&str, &str),
    duck: &[Value],
) {
    let rule = match Rule::parse(text, words) {
        Ok(rule) => rule,
        Err(error) => return println!("{name}: not read: {error:?}"),
    };
    let began = Instant::now();
    let sql = segment::count(db, &rule, true).await.unwrap();
    let mut by_sql = began.elapsed().as_secs_f64() * 1000.0;
    let plan = columns.plan(&rule, &|_| None).unwrap();
    let answer = columns.count(&plan, &[], &[]);
    let units = sql.by_org.unwrap();
    assert_eq!(
        (answer.count, answer.aum),
        (sql.count.cast_unsigned(), i128::from(sql.aum.0)),
        "{name}"
    );
    assert_eq!(answer.by_org.len(), units.len(), "{name}");
    for _ in 0..3 {
        let began = Instant::now();
        segment::count(db, &rule, true).await.unwrap();
        by_sql = by_sql.min(began.elapsed().as_secs_f64() * 1000.0);
    }
    let mine = median(|| drop(columns.count(&plan, &[], &[])));
    print!(
        "{name}: {} members, {} units: columns {mine:.2} ms, SQL {by_sql:.0} ms ({:.0}x)",
        answer.count,
        units.len(),
        by_sql / mine
    );
    match duck.iter().find(|line| line["name"] == name) {
        Some(line) => {
            let figures: Vec<i128> = line["figures"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| f.to_string().parse().unwrap())
                .collect();
            assert_eq!(figures, [i128::from(answer.count), answer.aum], "{name} by DuckDB");
            let its = line["ms"].as_f64().unwrap();
            println!(", DuckDB {its:.1} ms ({:.1}x)", its / mine);
        }
        None => println!(),
    }
}

async fn overlap(db: &mut PgConnection, columns: &Columns, words: &Vocabulary) {
    let flags: Vec<String> = (1..=20).map(|n| format!("f{}", n * 4)).collect();
    let plan = |flag: &String| columns.plan(&Rule::parse(flag, words).unwrap(), &|_| None).unwrap();
    let plans: Vec<Node> = flags.iter().map(plan).collect();
    let matrix = columns.overlap(&plans);
    let mut asked = Vec::new();
    for a in &flags {
        asked.extend(flags.iter().map(|b| format!("count(*) filter (where {a} and {b})")));
    }
    let sql = format!("select array[{}] from baton.attr_1", asked.join(", "));
    let began = Instant::now();
    let counts: Vec<i64> = sqlx::query(AssertSqlSafe(sql)).fetch_one(db).await.unwrap().get(0);
    let by_sql = began.elapsed().as_secs_f64() * 1000.0;
    let mine: Vec<i64> = matrix.concat().into_iter().map(u64::cast_signed).collect();
    assert_eq!(mine, counts);
    let time = median(|| drop(columns.overlap(&plans)));
    println!("overlap 20 x 20: columns {time:.2} ms, SQL {by_sql:.0} ms ({:.0}x)", by_sql / time);
}

fn members(columns: &Columns, words: &Vocabulary) {
    let plan = columns.plan(&Rule::parse("f10", words).unwrap(), &|_| None).unwrap();
    let members = columns.members(&plan);
    let time = median(|| assert_ne!(hash(&columns.members(&plan)).0, [0; 32]));
    println!("list of {} members with its hash: {time:.1} ms", members.len());
}

async fn merge(db: &mut PgConnection, columns: Columns, customers: u64) {
    let changed = (customers / 10).min(100_000);
    db.execute(AssertSqlSafe(format!(
        "insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-06-30', 'b', '{{}}', '{{}}');
         update baton.customer set aum = aum + 100 where customer_id in (select g * {step} from generate_series(1, {changed}) g);
         update baton.attr_1 set f1 = not f1 where customer_id in (select g * {step} from generate_series(1, {changed}) g);
         insert into baton.customer_change select 2, g * {step}, 1 from generate_series(1, {changed}) g;
         insert into baton.import_change values (2, true, {changed}); analyze baton.customer_change",
        step = customers / changed,
    )))
    .await
    .unwrap();
    let start = Instant::now();
    let columns = renew(db, columns).await.unwrap().unwrap();
    println!(
        "{changed} changed customers read and merged in {:.2} s",
        start.elapsed().as_secs_f64()
    );
    let again = load(db).await.unwrap();
    let all = again.count(&Node::Const(true), &[], &[]);
    assert_eq!(columns.count(&Node::Const(true), &[], &[]), all);
    println!("process at most {} MiB with two copies", memory("VmHWM"));
}

/// The rows, set-based, straight into the tables that an import fills.
async fn fill(db: &mut PgConnection, customers: u64) {
    let list =
        |n: u32, each: &dyn Fn(u32) -> String| (1..=n).map(each).collect::<Vec<_>>().join(", ");
    let flags = list(100, &|n| format!("f{n} bool"));
    let flag_values = list(100, &|n| format!("random() < {}", f64::from(n) / 100.0));
    let numbers = list(12, &|n| format!("n{n} numeric"));
    let number_values = list(12, &|n| {
        format!(
            "case when random() > 0.1 then floor(random() * {})::int end",
            50_000 / n.div_ceil(3)
        )
    });
    let attributes = list(100, &|n| format!("('f{n}', 'flag', 'f', 'f', 'attr_1', 'f{n}')"));
    let more = list(12, &|n| format!("('n{n}', 'number', 'n', 'n', 'attr_2', 'n{n}')"));
    let sql = format!(
        "set role baton_owner; select setseed(0.5);
         insert into baton.bank (name, as_of, currency, digits, timezone) values ('B', '2026-06-30', 'CNY', 2, 'Asia/Shanghai');
         insert into baton.tier (code, zh, en, from_minor) values ('basic', 'b', 'b', null), ('gold', 'g', 'g', 50000000);
         insert into baton.org_unit (code, kind, name, path) values ('HQ', 'hq', 'HQ', '{{1}}');
         insert into baton.org_unit (code, parent_id, kind, name, path) select 'B' || lpad(b::text, 2, '0'), 1, 'branch', 'B', array[1, b + 1] from generate_series(1, 20) b;
         insert into baton.org_unit (code, parent_id, kind, name, path)
             select 'S' || s, 2 + (s - 1) % 20, 'subbranch', 'S', array[1, 2 + (s - 1) % 20, 21 + s] from generate_series(1, 1000) s order by s;
         insert into baton.event_kind (code) select 'k' || k from generate_series(1, 8) k;
         insert into baton.attribute (code, type, zh, en, relation, column_name) values {attributes}, {more};
         create table baton.attr_1 (customer_id bigint not null, org_id int not null, {flags}) partition by list (customer_id);
         create table baton.attr_1_0 partition of baton.attr_1 default;
         create table baton.attr_2 (customer_id bigint not null, org_id int not null, {numbers}) partition by list (customer_id);
         create table baton.attr_2_0 partition of baton.attr_2 default;
         insert into baton.customer (customer_id, org_id, rm_id, opened_on, birth_date, gender, aum, no_contact)
             select i, 22 + (i % 1000 * 919 % 1000), 1 + i % 5000, date '2000-01-01' + (i % 9000)::int, date '1930-01-01' + floor(random() * 28000)::int,
                 case when i % 2 = 0 then 'F' else 'M' end, floor(exp(random() * 12) * 1000)::bigint * 100, i % 50 = 0 from generate_series(1, {customers}) i;
         insert into baton.attr_1 select c.customer_id, c.org_id, {flag_values} from baton.customer c;
         insert into baton.attr_2 select c.customer_id, c.org_id, {number_values} from baton.customer c;
         alter table baton.attr_1 add primary key (customer_id); alter table baton.attr_2 add primary key (customer_id);
         alter table baton.event drop constraint event_pkey;
         insert into baton.event (customer_id, at, kind, ref, org_id, amount)
             select 1 + floor(random() * {customers})::bigint, timestamptz '2026-06-30 23:00+08' - random() * interval '364 days', 1 + i % 8, i::text, 22,
                 floor(random() * 1000000)::bigint from generate_series(1, {customers} * 2) i;
         create index on baton.event (customer_id, at, kind, ref);
         insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-06-30', 'b', '{{}}', '{{}}');
         reset role;"
    );
    db.execute(AssertSqlSafe(sql)).await.unwrap();
    for table in ["customer", "attr_1", "attr_2", "event"] {
        db.execute(AssertSqlSafe(format!("vacuum analyze baton.{table}"))).await.unwrap();
    }
}

/// What `DuckDB` says, if there is one.
async fn duckdb(db: &mut PgConnection, home: &Path) -> Vec<Value> {
    let Ok(python) = std::env::var("BATON_BENCH_PYTHON") else {
        println!("DuckDB is left out: BATON_BENCH_PYTHON names no Python that has it");
        return Vec::new();
    };
    let files = home.join("f");
    std::fs::create_dir(&files).unwrap();
    std::fs::set_permissions(&files, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    for (file, query) in [
        (
            "customer",
            "select c.birth_date, c.aum, a.*, {numbers} from baton.customer c join baton.attr_1 a using (customer_id) join baton.attr_2 b using (customer_id)",
        ),
        (
            "event",
            "select customer_id, kind, (at at time zone 'Asia/Shanghai')::date as day, amount from baton.event",
        ),
    ] {
        let query = query.replace(
            "{numbers}",
            &(1..=12).map(|n| format!("b.n{n}::int as n{n}")).collect::<Vec<_>>().join(", "),
        );
        let copy =
            format!("copy ({query}) to '{}/{file}.csv' (format csv, header)", files.display());
        db.execute(AssertSqlSafe(copy)).await.unwrap();
    }
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(name, _, sql)| json!({ "name": name, "sql": format!("select org_id, count(*), sum(aum) from customer where {sql} group by 1") }))
        .collect();
    std::fs::write(files.join("rules.json"), json!(rules).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/compare/duckdb_rules.py");
    let output = Command::new(python).arg(script).arg(&files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    std::fs::remove_dir_all(&files).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[7]
}

/// A line of the process's status, in MiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default()
        / 1024
}

fn baton(data: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_baton"))
        .arg("--data-dir")
        .arg(data)
        .args(args)
        .args(["--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
