//! The column engine against SQL on the same Postgres and against `DuckDB`'s own table, in one run, on the demo bank in a
//! large size: the build, rules with the split by all sub-branches and AUM, overlaps, event windows, lists of members, a
//! merged load, how cost grows, and what all of it weighs.
//!
//! A count or sum that differs ends the bench before any time is printed. See `benches/compare/README.md`.
#![expect(clippy::disallowed_methods, reason = "a bench looks at the clock and starts programs")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that cannot go on stops; it prints"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use baton::cli::engine::{load, renew};
use baton::domain::attribute::{Attribute, AttributeType, RelationName};
use baton::domain::bank::Bank;
use baton::domain::id::{CustomerId, OrgId};
use baton::domain::money::Currency;
use baton::domain::rule::{Rule, Vocabulary};
use baton::engine::{Cell, Columns, Draft, Layout, Node, Parts, Places, Spec, Version, hash};
use baton::store::{Target, attribute, connect, segment};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

/// Rules of the bench: name, rule, the same for `DuckDB`, whose amounts are minor units.
const RULES: [(&str, &str, &str); 4] = [
    (
        "narrow",
        "bought_car and deposit_balance between 5000 and 200000 and aum >= 50000 and \
         birth_date between '1980-01-01' and '1990-01-01' and (asked_mortgage or churn_score <= 10)",
        "bought_car and deposit_balance between 500000 and 20000000 and aum >= 5000000 and \
         birth_date between '1980-01-01' and '1990-01-01' and (asked_mortgage or churn_score <= 10)",
    ),
    (
        "broad",
        "active and deposit_balance between 100 and 80000000 and aum >= 1000 and \
         birth_date between '1940-01-01' and '2007-01-01' and (wecom or churn_score <= 38)",
        "active and deposit_balance between 10000 and 8000000000 and aum >= 100000 and \
         birth_date between '1940-01-01' and '2007-01-01' and (wecom or churn_score <= 38)",
    ),
    (
        "one branch",
        "org under 'B07' and wecom and churn_score > 20",
        "org_id in ({B07}) and wecom and churn_score > 20",
    ),
    (
        "events",
        "events('transfer_out', interval '30 days') >= 2 and \
         sum_events('transfer_out', interval '30 days') > 9000",
        "customer_id in (select customer_id from event where kind = 2 and day > date '2026-10-01' and \
         day <= date '2026-10-31' group by 1 having count(*) >= 2 and sum(amount) > 900000)",
    ),
];
/// What the rules read, for `DuckDB`.
const READ: &str = "c.customer_id, c.org_id, c.birth_date, c.aum, a.bought_car, a.asked_mortgage, a.active, a.wecom, \
     b.deposit_balance, b.churn_score::int as churn_score";

fn main() {
    // `cargo test --benches` starts this too; only `cargo bench` measures.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let files = support::home();
    let given = std::env::var("BATON_BENCH_DATA").ok().map(PathBuf::from);
    let data = given.clone().unwrap_or_else(|| files.path().join("d"));
    if given.is_none() {
        support::baton(&data, &["demo", "--size", "medium", "--no-console"]);
    }
    let tokio =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tokio.block_on(bench(&data, files.path()));
    }));
    if given.is_none() {
        support::baton(&data, &["db", "down"]);
    }
    done.unwrap();
}

async fn bench(data: &Path, home: &Path) {
    let target = support::target(data);
    let mut db = connect::connect(&target, None).await.unwrap();
    let twin = connect::connect(&target, None).await.unwrap();
    db.execute("set statement_timeout = 0; set jit = off; set work_mem = '256MB'").await.unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    let start = Instant::now();
    let columns = load(&mut db, Some(twin)).await.unwrap();
    let built = start.elapsed().as_secs_f64();
    let (customers, events): (i64, i64) = {
        let sql = "select count(*), (select count(*) from baton.event) from baton.customer where closed_on is null";
        let row = db.fetch_one(sql).await.unwrap();
        (row.get(0), row.get(1))
    };
    assert_eq!(columns.customers(), customers.cast_unsigned());
    println!("{customers} customers, {} columns, {events} events, {cores} cores", columns.width());
    let (bytes, event_bytes) = columns.bytes();
    println!(
        "build {built:.1} s; {:.1} bytes a customer, events {:.1} bytes each; process {} MiB, at most {} MiB",
        bytes as f64 / customers as f64,
        event_bytes as f64 / events as f64,
        memory("VmRSS"),
        memory("VmHWM"),
    );
    let words = attribute::vocabulary(&mut db).await.unwrap();
    if wanted("rules") {
        let duck = duckdb(&mut db, home).await;
        let mut mine = Vec::new();
        for (name, text, _) in RULES {
            mine.push(rule(&mut db, &columns, &words, (name, text), &duck).await);
        }
        println!("broad / narrow: {:.2}", mine[1] / mine[0]);
    }
    if wanted("overlap") {
        overlap(&mut db, &columns, &words).await;
    }
    if wanted("members") {
        members(&columns, &words);
    }
    if wanted("merge") {
        merge(&mut db, &target, &columns).await;
    }
    if wanted("freeze") {
        freeze(&mut db, data).await;
    }
    if wanted("again") {
        again(&mut db, &target, columns).await;
    }
    if wanted("grows") {
        for millions in [1, 3, 10] {
            grows(millions * 1_000_000);
        }
    }
}

/// Whether a part is to run: all of them, or those that are named, as in `cargo bench --bench engine -- merge`.
fn wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

async fn rule(
    db: &mut PgConnection,
    columns: &Columns,
    words: &Vocabulary,
    (name, text): (&str, &str),
    duck: &[Value],
) -> f64 {
    let rule = Rule::parse(text, words).unwrap();
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
    for _ in 0..2 {
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
    mine
}

async fn overlap(db: &mut PgConnection, columns: &Columns, words: &Vocabulary) {
    let sql = "select code from baton.attribute where type = 'flag' and relation = 'attr_1' order by code limit 20";
    let flags: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *db).await.unwrap();
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
    let plan = columns
        .plan(&Rule::parse("asked_health or bought_card", words).unwrap(), &|_| None)
        .unwrap();
    let members = columns.members(&plan);
    let time = median(|| assert_ne!(hash(&columns.members(&plan)).0, [0; 32]));
    println!("list of {} members with its hash: {time:.1} ms", members.len());
}

/// A load that changes the AUM and a flag of a hundred thousand customers all over the bank, taken back at the end.
async fn merge(db: &mut PgConnection, target: &Target, columns: &Columns) {
    let changed = (columns.customers() / 10).min(100_000);
    let change = |sign: &str| {
        format!(
            "set role baton_owner;
             update baton.customer set aum = aum {sign} 100 where customer_id in (select customer_id from touched);
             update baton.attr_1 set wecom = not wecom where customer_id in (select customer_id from touched);"
        )
    };
    let step = columns.customers() / changed;
    let touched = format!(
        "create temp table touched as select customer_id, org_id from (
             select customer_id, org_id, row_number() over (order by customer_id) as n from baton.customer where closed_on is null) c
         where n % {step} = 0;
         grant select on touched to baton_owner; analyze touched;"
    );
    let noted = "insert into baton.import_run (as_of, source, loaded, rejected) select as_of, 'bench', '{}', '{}' from baton.bank;
         insert into baton.customer_change select r.id, t.customer_id, t.org_id, 3
             from touched t, (select max(id) as id from baton.import_run) r;
         insert into baton.import_change select max(r.id), true, (select count(*) from touched) from baton.import_run r;
         analyze baton.customer_change; reset role";
    db.execute(AssertSqlSafe(touched)).await.unwrap();
    db.execute(AssertSqlSafe(format!("{} {noted}", change("+")))).await.unwrap();
    let start = Instant::now();
    let twin = connect::connect(target, None).await.ok();
    let merged = renew(db, twin, columns).await.unwrap().unwrap();
    println!(
        "{changed} changed customers read and merged in {:.2} s",
        start.elapsed().as_secs_f64()
    );
    let before = cpu();
    let start = Instant::now();
    let twin = connect::connect(target, None).await.ok();
    let again = renew(db, twin, columns).await.unwrap().unwrap();
    println!(
        "the same once more, warm: {:.2} s, of which {:.2} s of this process",
        start.elapsed().as_secs_f64(),
        cpu() - before
    );
    println!("process at most {} MiB with both versions", memory("VmHWM"));
    let words = attribute::vocabulary(db).await.unwrap();
    for text in ["true", "wecom and aum >= 50000"] {
        let rule = Rule::parse(text, &words).unwrap();
        let sql = segment::count(db, &rule, false).await.unwrap();
        for merged in [&merged, &again] {
            let answer = merged.count(&merged.plan(&rule, &|_| None).unwrap(), &[], &[]);
            let told = (sql.count.cast_unsigned(), i128::from(sql.aum.0));
            assert_eq!((answer.count, answer.aum), told, "{text} after the merge");
        }
    }
    let undone = "delete from baton.customer_change c where import_run = (select max(id) from baton.import_run);
         delete from baton.import_change c where import_run = (select max(id) from baton.import_run);
         delete from baton.import_run where source = 'bench'; reset role; drop table touched";
    db.execute(AssertSqlSafe(format!("{} {undone}", change("-")))).await.unwrap();
}

/// Freezing a million members or more, by the command, through the process and by SQL alone. Versions of segments stay, so
/// the bank keeps this one; its lists go.
async fn freeze(db: &mut PgConnection, data: &Path) {
    let code = "SG-BENCH-FREEZE";
    let save = ["segment", "save", code, "--name", code, "--rule", "asked_mortgage"];
    support::baton(data, &save);
    let mut engine = Command::new(env!("CARGO_BIN_EXE_baton"));
    let engine =
        engine.arg("--data-dir").arg(data).arg("engine").stdout(std::process::Stdio::null());
    let by_sql = frozen(data, code);
    let mut engine = engine.spawn().unwrap();
    let ready = || {
        let status: Value =
            serde_json::from_str(&support::baton(data, &["engine", "status"])).unwrap();
        status["load"].is_number()
    };
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed().as_secs() < 600, "the engine does not come up");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    println!("engine process up in {:.1} s", start.elapsed().as_secs_f64());
    let by_columns = frozen(data, code);
    engine.kill().unwrap();
    engine.wait().unwrap();
    assert_eq!((&by_sql.0, &by_sql.1), (&by_columns.0, &by_columns.1));
    println!(
        "{} members frozen: through the process {:.1} s, by SQL alone {:.1} s",
        by_columns.0, by_columns.2, by_sql.2
    );
    let forget = "set session_replication_role = replica;
         delete from baton.segment_member m using baton.snapshot s where s.segment = 'SG-BENCH-FREEZE' and m.snapshot_id = s.id;
         delete from baton.snapshot where segment = 'SG-BENCH-FREEZE';
         set session_replication_role = origin; vacuum analyze baton.segment_member";
    for statement in forget.split(';') {
        db.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    }
}

/// How many, their hash, and the seconds it took.
fn frozen(data: &Path, code: &str) -> (Value, Value, f64) {
    let start = Instant::now();
    let said: Value =
        serde_json::from_str(&support::baton(data, &["segment", "freeze", code])).unwrap();
    (said["count"].clone(), said["hash"].clone(), start.elapsed().as_secs_f64())
}

/// A build while others stand, as the process does it: they are let go of first.
async fn again(db: &mut PgConnection, target: &Target, columns: Columns) {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    drop(columns);
    println!("let go of: process {} MiB", memory("VmRSS"));
    let start = Instant::now();
    let twin = connect::connect(target, None).await.ok();
    let columns = load(db, twin).await.unwrap();
    println!(
        "built again in {:.1} s, {} customers; process {} MiB, at most {} MiB meanwhile",
        start.elapsed().as_secs_f64(),
        columns.customers(),
        memory("VmRSS"),
        memory("VmHWM")
    );
}

/// What a rule of six conditions costs for so many made-up customers of a thousand units.
fn grows(rows: usize) {
    let spec = |code: &str, kind| Spec { code: code.to_owned(), kind };
    let (flag, money) = (AttributeType::Flag, AttributeType::Money);
    let specs =
        [("f", flag), ("g", flag), ("aum", money), ("n", money), ("m", money), ("d", money)];
    let mut draft = Draft::new(rows, specs.map(|(code, kind)| spec(code, kind)).to_vec());
    let start = Instant::now();
    let customers: Vec<(CustomerId, OrgId)> = (0..rows)
        .map(|row| {
            (CustomerId(i64::try_from(row).unwrap()), OrgId(i32::try_from(row % 1000).unwrap()))
        })
        .collect();
    let (layout, order) = Layout::of(&customers, &[]);
    let places = Places::at(customers.iter().zip(&order).map(|((id, _), place)| (*id, *place)));
    let mut drawn = 1_u64;
    for (id, _) in &customers {
        drawn =
            drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits =
            |from: u32, count: u32| i64::try_from(drawn >> from & ((1 << count) - 1)).unwrap();
        let place = places.find(*id).unwrap();
        draft.begin(place);
        draft.put_flags(place, 0, u32::try_from(bits(60, 2)).unwrap(), 0);
        for (column, value) in
            [(2, bits(20, 30)), (3, bits(30, 16)), (4, bits(40, 10)), (5, bits(44, 15))]
        {
            draft.put(place, column, Cell::Whole(value));
        }
    }
    let ids = Parts::ids(&customers, &order);
    let version = Version::default();
    let columns =
        Parts { version, layout, ids, columns: draft.finish(), events: Vec::new() }.finish();
    let built = start.elapsed().as_secs_f64();
    let rule =
        "f and g and aum >= 10000 and n between 10 and 600 and m between 0.1 and 9 and d <= 300";
    let plan = columns.plan(&Rule::parse(rule, &made_up()).unwrap(), &|_| None).unwrap();
    let time = median(|| drop(columns.count(&plan, &[], &[])));
    println!(
        "{rows} made-up customers: six conditions {time:.2} ms ({:.2} ns a customer), built in {built:.2} s",
        time * 1e6 / rows as f64
    );
}

/// The words of that rule.
fn made_up() -> Vocabulary {
    let bank = Bank {
        name: "made up".into(),
        as_of: "2026-10-31".parse().unwrap(),
        currency: Currency::from_code("CNY").unwrap(),
        timezone: chrono_tz::Asia::Shanghai,
    };
    let attribute = |code: &str, kind| Attribute {
        code: code.into(),
        kind,
        zh: code.into(),
        en: code.into(),
        relation: RelationName::own("attr_1"),
        column: code.into(),
        mart_day: None,
    };
    let (flag, money) = (AttributeType::Flag, AttributeType::Money);
    let all = [("f", flag), ("g", flag), ("n", money), ("m", money), ("d", money)];
    let all = all.map(|(code, kind)| attribute(code, kind)).to_vec();
    Vocabulary::new(bank, Vec::new(), Vec::new(), all, [])
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
    let of_b07 = "select string_agg(id::text, ', ') from baton.org_unit where code like 'B07%'";
    let of_b07: String = sqlx::query_scalar(of_b07).fetch_one(&mut *db).await.unwrap();
    for (file, query) in [
        (
            "customer",
            format!("select {READ} from baton.customer c join baton.attr_1 a using (customer_id) join baton.attr_2 b using (customer_id) where c.closed_on is null"),
        ),
        (
            "event",
            "select customer_id, kind, (at at time zone 'Asia/Shanghai')::date as day, amount from baton.event".to_owned(),
        ),
    ] {
        let copy =
            format!("copy ({query}) to '{}/{file}.csv' (format csv, header)", files.display());
        db.execute(AssertSqlSafe(copy)).await.unwrap();
    }
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(name, _, sql)| json!({ "name": name, "sql": format!("select org_id, count(*), sum(aum) from customer where {} group by 1", sql.replace("{B07}", &of_b07)) }))
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

/// Seconds of processor time that this process has had.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
