//! A process holds three connections at most, whatever it does: the server is told to give it no more.

mod support;

use baton::store::cluster::ADMIN;
use support::Bank;
use support::files::Files;
use support::server::Server;

/// From here on the bank's server takes three connections to this database, but for its superuser's.
fn three_at_most(bank: &Bank) {
    bank.sql(
        baton::store::cluster::INTERNAL,
        "do $$ begin execute format('alter database %I connection limit 3', current_database()); end $$",
    );
    // The limit is one that counts: a fourth is refused.
    let own = &Server::shared().own;
    support::server::block_on(async {
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(bank.connect(own).await);
        }
        assert!(baton::store::connect::connect(&bank.target(own), None).await.is_err());
        for connection in held {
            sqlx::Connection::close(connection).await.ok();
        }
    });
}

#[test]
fn importing_and_making_operators_take_three_connections_at_most() {
    let (bank, files) = (Bank::empty(), Files::small());
    three_at_most(&bank);
    let answer = files.import(&bank, &[]).json();
    assert_eq!(answer["loaded"]["event"], 3);
    files.import(&bank, &["--dry-run"]).json();
    bank.operator("nancheng.branch", "branch", Some("S1"));
    bank.program(ADMIN).args(["db", "migrate"]).json();
    bank.program(&Server::shared().own).args(["doctor"]).json();
}

#[test]
fn making_the_demo_bank_takes_three_connections_at_most() {
    let bank = Bank::empty();
    three_at_most(&bank);
    let made = bank.program(ADMIN).args(["demo", "--no-console"]).json();
    assert_eq!(made["made"], true);
    assert_eq!(made["operators"].as_array().map(Vec::len), Some(6));
}
