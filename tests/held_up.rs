//! A login with psql keeps nobody waiting: what anybody may hold is waited for by nothing that has to go on.

mod support;

use std::time::Duration;

use baton::store::cluster::{ADMIN, INTERNAL};
use baton::store::connect::within;
use baton::store::{bootstrap, schema};
use sqlx::Executor as _;
use support::Bank;
use support::server::block_on;

const VIEWER: &str = "zhao.viewer";
/// Longer than the bootstrap's patience, far shorter than the viewer's.
const SOON: Duration = Duration::from_secs(30);

/// CRC-32 as of ISO-HDLC: sqlx makes the number of its migration lock from the database's name by it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[test]
fn a_lock_that_anybody_can_hold_keeps_no_upgrade_waiting() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926, "the check value of the catalogue");
    let bank = Bank::empty();
    block_on(async {
        let mut viewer = bank.connect(VIEWER).await;
        let name: String =
            sqlx::query_scalar("select current_database()").fetch_one(&mut viewer).await.unwrap();
        let number = 0x3d32_ad9e_i64.wrapping_mul(i64::from(crc32(name.as_bytes())));
        let hold = sqlx::query("select pg_advisory_lock($1)").bind(number);
        hold.execute(&mut viewer).await.unwrap();
        let mut admin = bank.connect(ADMIN).await;
        let version = within(SOON, schema::migrate(&mut admin)).await.unwrap();
        assert_eq!(version, schema::program_version());
    });
}

#[test]
fn nor_the_roles_of_the_server() {
    let bank = Bank::empty();
    block_on(async {
        let mut viewer = bank.connect(VIEWER).await;
        viewer.execute("select pg_advisory_lock(hashtext('baton.bootstrap'))").await.unwrap();
        // Advisory locks are a database's own: the roles are made in this one here.
        let mut internal = bank.connect(INTERNAL).await;
        within(SOON, bootstrap::roles(&mut internal)).await.unwrap();
    });
}
