//! What the operator waits for, and what goes over the line: first paint, key to frame, bytes per key, idle bytes.
//!
//! Each time is printed beside a baseline of the same run: the start of a program that only says its version, and the
//! echo of a key by the terminal's own line discipline. Lists hold a page's rows, so ten times the customers change
//! neither figure.
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock and its arguments")]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use baton::store::cluster::ADMIN;
use support::{Bank, Console, Launch};

const RUNS: usize = 9;

fn main() {
    // `cargo test --benches` starts this too; only `cargo bench` measures.
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    let bank = Bank::demo();
    let launch = || Launch::of(["--database-url".to_owned(), bank.url()]).lang("zh-CN");

    let (mut paint, mut version) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        version.push(time(|| {
            Launch::of(["--version"]).open().ends();
        }));
        paint.push(time(|| {
            launch().open().sees("Baton");
        }));
    }
    ratio("first paint / saying the version", &mut paint, &mut version);

    let mut console = launch().open();
    console.sees("江海银行").settle();
    let start = console.bytes();
    let mut plain = Launch::program("cat").open();
    let (mut key, mut echo) = (Vec::new(), Vec::new());
    for i in 0..RUNS * 3 {
        console.settle();
        key.push(time(|| console.answers(if i % 2 == 0 { "4" } else { "3" })));
        plain.settle();
        echo.push(time(|| plain.answers("x")));
    }
    ratio("key to frame / echo of a key", &mut key, &mut echo);

    println!("bytes  start and first lists   {start:>6}");
    for (what, keys) in
        [("KPI pane", "4"), ("row down", "j"), ("row up", "k"), ("next pane", "Tab")]
    {
        console.bytes();
        console.keys(keys);
        println!("bytes  {what:<23} {:>6}", console.bytes());
    }
    many_attributes(&bank, &mut console, &mut plain);
    println!("bytes  idle for 10 s           {:>6}", console.idle(Duration::from_secs(10)));
}

/// A thousand attributes more, and five hundred segments that read them: opening the dictionary, moving in it, and typing
/// into its filter.
fn many_attributes(bank: &Bank, console: &mut Console, plain: &mut Console) {
    bank.sql(
        ADMIN,
        "set role baton_owner;
         insert into baton.attribute (code, type, zh, en, schema_name, relation, column_name)
             select 'tag_' || g, 'number', '风险标签' || g, 'Risk tag ' || g, 'mart', 'tags', 'tag_' || g
             from generate_series(1, 1000) g;
         insert into baton.segment_version (code, version, name, rule)
             select 'SG-' || g, 1, '甲' || g, format('tag_%s > 5 and (tag_%s between 1 and 9 or not tag_%s in (1, 2))', g, g + 1, g + 2)
             from generate_series(1, 500) g",
    );
    let opened = time(|| {
        console.keys("g d");
        console.sees("1051");
    });
    println!("1,051 attributes, 500 segments: opened in {:.1} ms", opened.as_secs_f64() * 1e3);
    console.settle();
    let mut echo = Vec::new();
    for (what, keys) in [
        ("1,051 attributes: row / echo", ["j", "k"]),
        ("1,051 attributes: page / echo", ["\x1b[6~", "\x1b[5~"]),
    ] {
        let mut key = Vec::new();
        for i in 0..RUNS * 3 {
            console.settle();
            key.push(time(|| console.answers(keys[i % 2])));
            plain.settle();
            echo.push(time(|| plain.answers("x")));
        }
        ratio(what, &mut key, &mut echo);
    }
    console.keys("/ f x");
    let mut key = Vec::new();
    for i in 0..RUNS * 3 {
        console.settle();
        key.push(time(|| console.answers(["b", "\x7f"][i % 2])));
    }
    ratio("1,051 attributes: filter / echo", &mut key, &mut echo);
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn ratio(what: &str, ours: &mut [Duration], baseline: &mut [Duration]) {
    let (ours, baseline) = (median(ours), median(baseline));
    println!("{what:<34} {ours:>8.2} ms / {baseline:>8.2} ms = {:>6.2}", ours / baseline);
}

/// In milliseconds.
fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}
