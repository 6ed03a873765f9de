//! What the benches share: a bank of their own in a server of its own, and the program.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]
#![allow(dead_code, reason = "no bench uses all of it")]

use std::path::Path;
use std::process::Command;

use baton::store::Target;
use baton::store::cluster::INTERNAL;

/// An empty directory in which the server's own user may make his.
pub(crate) fn home() -> tempfile::TempDir {
    let home = tempfile::Builder::new().prefix("bb").tempdir_in("/tmp").unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(home.path(), open).unwrap();
    home
}

/// Runs the program with these arguments on the bank in `data`, and gives what it says, as JSON.
pub(crate) fn baton(data: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_baton"))
        .arg("--data-dir")
        .arg(data)
        .args(args)
        .args(["--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "baton {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The owner's way into the server of `data`, which is up.
pub(crate) fn target(data: &Path) -> Target {
    let url = baton(data, &["db", "url"]);
    let host = url.split_once("host=").unwrap().1.split(['&', '"']).next().unwrap().to_owned();
    Target::private(Path::new(&host), "baton", INTERNAL)
}

/// Runs `bench` on a server that is there for it alone, and stops that whatever comes.
pub(crate) fn with_server<F: Future<Output = ()>>(bench: impl FnOnce(Target) -> F) {
    let home = home();
    let data = home.path().join("d");
    baton(&data, &["db", "up"]);
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = || tokio.block_on(bench(target(&data)));
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    baton(&data, &["db", "down"]);
    done.unwrap();
}

/// SQL that makes a bank of so many customers and 3,000 RMs in so many sub-branches, with a segment `SG` and approved strategies
/// `ST-1` to `ST-n` that leave a tenth alone. A fiftieth of the customers wants no contact.
pub(crate) fn bank(customers: u64, units: u32, strategies: u32) -> String {
    format!(
        "set role baton_owner;
         insert into baton.bank (name, as_of, currency, digits, timezone) values ('B', '2026-06-30', 'CNY', 2, 'Asia/Shanghai');
         insert into baton.tier (code, zh, en, from_minor) values ('basic', 'b', 'b', null);
         insert into baton.org_unit (code, kind, name, path) values ('HQ', 'hq', 'HQ', '{{1}}');
         insert into baton.org_unit (code, parent_id, kind, name, path)
             select 'S' || s, 1, 'subbranch', 'S', array[1, 1 + s] from generate_series(1, {units}) s order by s;
         insert into baton.staff (code, org_id, name) select 'R' || g, 2 + g % {units}, 'r' from generate_series(1, 3000) g;
         insert into baton.customer (customer_id, org_id, rm_id, aum, no_contact)
             select i, 2 + i % {units}, 1 + i % 3000, i % 1000003, i % 50 = 0 from generate_series(1, {customers}) i;
         reset role; set session_replication_role = replica; set role baton_owner;
         insert into baton.segment_version (code, version, name, rule) values ('SG', 1, 'a', 'true');
         insert into baton.strategy_version (code, version, state, name, segment, segment_version, deadline_days, control_ppm,
             seed, product, benefit, script, hash, author)
             select 'ST-' || g, 1, 'approved', 'a', 'SG', 1, 30, 100000, g, 'p', 'b', 's', sha256(int8send(g)), 'x'
             from generate_series(1, {strategies}) g;
         insert into baton.approval (strategy, version, hash, author, approver)
             select code, version, hash, author, 'y' from baton.strategy_version;
         insert into baton.operator (name, duties)
             values ('{INTERNAL}', array['strategist', 'approver', 'auditor', 'viewer', 'loader', 'branch'])
             on conflict (name) do nothing;
         select baton.door_put('core', 'inbox', '{INTERNAL}', '{{}}');
         reset role; set session_replication_role = origin"
    )
}

/// SQL that freezes everybody as the segment's snapshot 1.
pub(crate) fn frozen(customers: u64) -> String {
    format!(
        "set role baton_owner;
         insert into baton.snapshot (segment, version, as_of, customers, hash) values ('SG', 1, '2026-06-30', {customers}, '');
         insert into baton.segment_member select 1, customer_id, org_id from baton.customer;
         reset role"
    )
}
