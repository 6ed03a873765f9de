//! A bank with events whose moments can be reckoned by hand.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test program uses a part of it, and a test that cannot go on fails"
)]

use serde_json::Value;

use super::chain::{owner, run, small};
use super::support::Bank;

pub const LI: &str = "li.strategist";
pub const ZHAO: &str = "zhao.viewer";

/// Two transfers within a week, of somebody who has something.
pub const TWICE: &str = "events('transfer_out', interval '7 days') >= 2 and aum > 1000";

/// The small bank with transfers on three of the last forty days for each of 600 customers, the last ones a minute
/// before and after midnight of the bank's zone.
pub fn with_events() -> Bank {
    let bank = small();
    owner(
        &bank,
        "insert into baton.event_kind (code) values ('transfer_out'), ('login');
         insert into baton.event (customer_id, at, kind, ref, org_id, amount)
             select c.customer_id, (timestamp '2026-11-20 23:59' - (k.back || ' days')::interval
                     - case when c.customer_id % 2 = 0 then interval '23:58' else '0' end) at time zone 'Asia/Shanghai',
                 1, 'r' || k.n, c.org_id, 100000
             from baton.customer c,
                 lateral (values (1, c.customer_id % 40), (2, c.customer_id * 7 % 40), (3, c.customer_id * 3 % 40)) k (n, back)
             where c.customer_id <= 600;
         insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-11-20', 'test', '{}', '{}')",
    );
    bank
}

/// Saves a moment.
pub fn new(bank: &Bank, code: &str, rule: &str, more: &[&str]) -> Value {
    run(bank, LI, &[&["moment", "new", code, "--name", "连续转出", "--rule", rule], more].concat())
}

/// Tests a moment and switches it on.
pub fn enabled(bank: &Bank, code: &str) -> Value {
    run(bank, LI, &["moment", "test", code, "--days", "3"]);
    run(bank, LI, &["moment", "enable", code])
}

/// Whom [`TWICE`] hits on a day, from the rows as they stand.
pub fn hits_on(bank: &Bank, day: &str) -> Vec<String> {
    let held = |to: &str| {
        format!(
            "(select count(*) from baton.event e where e.customer_id = c.customer_id and e.kind = 1
                  and (e.at at time zone 'Asia/Shanghai')::date between {to} - 6 and {to}) >= 2"
        )
    };
    let (now, then) = (format!("date '{day}'"), format!("(date '{day}' - 1)"));
    let sql = format!(
        "select c.customer_id from baton.customer c
         where c.closed_on is null and c.aum > 100000 and {} and not {} order by 1",
        held(&now),
        held(&then)
    );
    bank.sql(ZHAO, &sql).into_iter().map(|mut row| row.remove(0)).collect()
}
