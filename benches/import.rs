//! Rows per second of an import, against a bare COPY of the same file in the same run.
//!
//! The import stages the file, runs the manifest's query, judges every value, copies the good rows and takes them in
//! under their key; the COPY only puts text into a table. So the ratio says what all of that costs.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench looks at the clock, starts the program and copies by itself"
)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops; its result goes to stdout"
)]

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use baton::store::connect;
use sqlx::{Connection as _, Executor as _};

const CUSTOMERS: u32 = 20_000;
const EVENTS: u32 = 400_000;

const MANIFEST: &str = r#"
[bank]
name = "Bench"
as_of = 2026-06-30
currency = "CNY"
[[file]]
name = "customer"
path = "customer.csv"
[[file]]
name = "event"
path = "event.csv"
[[load]]
into = "org_unit"
sql = "select 'HQ' as code, null as parent, 'hq' as kind, 'HQ' as name"
[[load]]
into = "customer"
sql = "select id as customer_id, 'HQ' as org from raw.customer"
[[load]]
into = "event"
sql = "select customer as customer_id, ref, kind, at, amount from raw.event"
"#;

fn main() {
    let home = support::home();
    write_files(home.path());
    let data = home.path().join("d");
    support::baton(&data, &["db", "up"]);
    let before = copy(&data, &home.path().join("event.csv"));
    let import = timed(|| drop(support::baton(&data, &["import", home.path().to_str().unwrap()])));
    let again = timed(|| drop(support::baton(&data, &["import", home.path().to_str().unwrap()])));
    let after = copy(&data, &home.path().join("event.csv"));
    support::baton(&data, &["db", "down"]);

    let rate = |time: Duration, rows: u32| f64::from(rows) / time.as_secs_f64();
    let bare = rate(before.min(after), EVENTS);
    for (name, time) in [("import", import), ("the same again", again)] {
        let rows = rate(time, EVENTS + CUSTOMERS);
        println!(
            "{name}: {rows:.0} rows/s in {:.2} s, {:.2} of a bare COPY ({bare:.0} rows/s)",
            time.as_secs_f64(),
            rows / bare
        );
    }
}

fn write_files(dir: &Path) {
    let mut customers = "id\n".to_owned();
    (1..=CUSTOMERS).for_each(|id| writeln!(customers, "{id}").unwrap());
    let mut events = "customer,ref,kind,at,amount\n".to_owned();
    for n in 0..EVENTS {
        let (customer, day, minute) = (n * 37 % CUSTOMERS + 1, n % 28 + 1, n % 60);
        writeln!(
            events,
            "{customer},T{n},k{},2026-06-{day:02} 09:{minute:02},{}.{:02}",
            n % 12,
            n % 9000,
            n % 100
        )
        .unwrap();
    }
    std::fs::write(dir.join("customer.csv"), customers).unwrap();
    std::fs::write(dir.join("event.csv"), events).unwrap();
    std::fs::write(dir.join("baton-import.toml"), MANIFEST).unwrap();
}

/// How long a bare COPY of the file into a table of texts takes.
fn copy(data: &Path, file: &Path) -> Duration {
    let target = support::target(data);
    let bytes = std::fs::read(file).unwrap();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let mut db = connect::connect(&target, None).await.unwrap();
        db.execute("drop table if exists bare; create table bare (customer text, ref text, kind text, at text, amount text)")
            .await
            .unwrap();
        let start = Instant::now();
        let mut copy = db.copy_in_raw("copy bare from stdin (format csv, header)").await.unwrap();
        for part in bytes.chunks(256 * 1024) {
            copy.send(part).await.unwrap();
        }
        copy.finish().await.unwrap();
        let time = start.elapsed();
        db.close().await.unwrap();
        time
    })
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
