//! A small bank of facts by a manifest of its own, and the command that tells of them.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test program uses what it needs of it, and a test that cannot go on fails"
)]

use super::support::{Bank, Baton, baton};

/// Imports a bank of 2026-02-28: what to load by target, and by which query.
pub fn import(bank: &Bank, loads: &[(&str, &str)]) {
    let load = |(into, sql): &(&str, &str)| {
        format!("[[load]]\ninto = \"{into}\"\nsql = \"\"\"{sql}\"\"\"\n")
    };
    let head = "[bank]\nname = \"B\"\nas_of = 2026-02-28\ncurrency = \"CNY\"\n".to_owned();
    let manifest = head + &loads.iter().map(load).collect::<String>();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("baton-import.toml"), manifest).unwrap();
    baton(bank).args(["import"]).args([dir.path()]).json();
}

/// `baton kpi ..`, its words apart by blanks.
pub fn kpi(bank: &Bank, words: &str) -> Baton {
    baton(bank).args(["kpi"]).args(words.split_whitespace())
}

/// What it says beside its result, in English.
pub fn told(run: Baton) -> String {
    let output = run.args(["--format", "table", "--lang", "en"]).run();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
