//! A bank with marts of its own beside what imports fill.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it, and a test that cannot go on fails"
)]

use serde_json::Value;

use super::chain::{owner, small};
use super::support::{Bank, baton};

pub const LI: &str = "li.strategist";
pub const ZHAO: &str = "zhao.viewer";

/// Two marts: a table with a day of its own, and a view on a table that operators do not read.
pub fn mart() -> Bank {
    let bank = small();
    owner(
        &bank,
        "create schema mart;
         create table mart.tags (customer_id bigint primary key, vip bool, score numeric, loaded_at date default '2026-06-30');
         insert into mart.tags select g, g % 2 = 0, g from generate_series(1, 999) g;
         create table mart.base (customer_id bigint primary key, keen bool);
         insert into mart.base select g, g % 3 = 0 from generate_series(1, 999) g;
         create view mart.keen as select customer_id, keen from mart.base;
         grant usage on schema mart to baton_operator;
         grant select on mart.tags, mart.keen to baton_operator",
    );
    let map = |code: &str, relation: &str, kind: &str, more: &[&str]| {
        let named = ["--type", kind, "--zh", "甲", "--en", "A"];
        bank.program("baton_admin")
            .args(["attribute", "map", code, "--relation", relation])
            .args(named)
            .args(more)
            .json();
    };
    map("vip", "mart.tags", "flag", &["--refreshed", "loaded_at"]);
    map("score", "mart.tags", "number", &["--refreshed", "loaded_at"]);
    map("keen", "mart.keen", "flag", &[]);
    bank
}

pub fn refused(bank: &Bank, args: &[&str]) -> String {
    baton(bank).as_(LI).args(["--lang", "en"]).args(args).refused()
}

pub fn codes(card: &Value) -> Vec<&str> {
    let all = card["attributes"].as_array().into_iter().flatten();
    all.filter_map(|one| one["code"].as_str()).collect()
}

/// Log-ins of the day before the bank's for 300 customers, and one of long ago, so that there are days to back-test on.
pub fn with_logins(bank: &Bank) {
    owner(
        bank,
        "insert into baton.event_kind (code) values ('login');
         insert into baton.event (customer_id, at, kind, ref, org_id)
             select customer_id, '2026-11-19 10:00+08', 1, 'a', org_id from baton.customer where customer_id <= 300;
         insert into baton.event (customer_id, at, kind, ref, org_id)
             select customer_id, '2026-10-01 10:00+08', 1, 'b', org_id from baton.customer where customer_id = 999;
         insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-11-20', 'test', '{}', '{}')",
    );
}

/// Three more marts of one flag each, `keen1` to `keen3`.
pub fn three_more(bank: &Bank) {
    for at in 1..=3 {
        let made = format!(
            "create table mart.more{at} (customer_id bigint primary key, keen bool);
             insert into mart.more{at} select * from mart.base; grant select on mart.more{at} to baton_operator"
        );
        owner(bank, &made);
        let (code, relation) = (format!("keen{at}"), format!("mart.more{at}"));
        let args = ["attribute", "map", &code, "--relation", &relation, "--column", "keen"];
        let named = ["--type", "flag", "--zh", "甲", "--en", "A"];
        bank.program("baton_admin").args(args).args(named).json();
    }
}
