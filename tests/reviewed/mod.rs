//! The small bank with a push whose review can be reckoned by hand.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test program uses a part of it, and a test that cannot go on fails"
)]

use serde_json::Value;

use super::chain::{owner, pushed, run, small, strategy_file, text, up_to};
use super::support::Bank;

pub const SUCCESS: &str = "[success]\nrule = \"events('purchase', interval '30 days') >= 1\"\nmetric = \"aum\"\nreview_days = 30\n";
pub const GUARDS: &str = "[[guard]]\nname = \"complaints\"\nrule = \"events('complaint', interval '30 days') >= 1\"\nat_most = 0.02\n";
pub const MONEY: &str = "[budget]\nbenefit_cost = \"5.00\"\nreturn_per_conversion = \"30.00\"\n";

/// The small bank with the first `list` customers in one unit, a strategy with `more` in its file pushed to them on
/// 2026-11-20, and the bank's day moved to `today`.
pub fn reviewed_on(list: i64, share: &str, more: &str, today: &str) -> Bank {
    let bank = small();
    owner(
        &bank,
        "insert into baton.event_kind (code) values ('purchase'), ('complaint');
         update baton.customer set org_id = 5 where customer_id <= 200",
    );
    let segment = ["segment", "save", "SG-R", "--name", "试", "--rule", &up_to(list)];
    run(&bank, "li.strategist", &segment);
    version(&bank, share, more);
    pushed(&bank, "ST-R");
    owner(&bank, &format!("update baton.bank set as_of = '{today}'"));
    loaded(&bank, today, "event");
    bank
}

/// A load that brought this kind of records, as of a day.
pub fn loaded(bank: &Bank, on: &str, what: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.import_run (as_of, source, loaded, rejected) values ('{on}', 't', '{{\"{what}\": 300}}', '{{}}')"
        ),
    );
}

/// The next version of the strategy, approved, with `more` in its file.
pub fn version(bank: &Bank, share: &str, more: &str) {
    let file = strategy_file(&format!("{}\n{more}", text("ST-R", "SG-R", share, 7)));
    run(bank, "li.strategist", &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, "li.strategist", &["strategy", "submit", "ST-R"]);
    let hash = submitted["hash"].as_str().unwrap();
    run(bank, "wang.approver", &["strategy", "approve", "ST-R", "--hash", hash]);
}

/// Gives the first `n` of an arm an event of a kind on a day.
pub fn events(bank: &Bank, arm: &str, n: i64, kind: &str, day: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.event (customer_id, at, kind, ref, org_id, amount)
             select m.customer_id, timestamptz '{day} 12:00+08', k.id, '{kind}-{day}', m.org_id, 100
             from (select customer_id, org_id from baton.plan_member where arm = '{arm}' order by customer_id limit {n}) m,
                 baton.event_kind k where k.code = '{kind}'"
        ),
    );
}

pub fn show(bank: &Bank) -> Value {
    run(bank, "zhao.viewer", &["review", "show", "1"])
}

pub fn near(got: &Value, want: f64, within: f64) {
    let found = got.as_f64().unwrap_or_else(|| panic!("{got} is no number"));
    assert!((found - want).abs() <= within, "{got} is not {want}");
}

/// 150 customers of whom 80 are left alone: 56 of 70 and 48 of 80 do it.
pub fn fifty_six_of_seventy(today: &str) -> Bank {
    let more = format!("{MONEY}{SUCCESS}{GUARDS}");
    let bank = reviewed_on(154, "0.533333", &more, today);
    let arms = bank.sql("zhao.viewer", "select treated, control from baton.push");
    assert_eq!(arms, [["70", "80"]]);
    events(&bank, "treated", 56, "purchase", "2026-12-01");
    events(&bank, "control", 48, "purchase", "2026-12-20");
    // None of these count: of the push day and before, and after the window.
    for day in ["2026-10-30", "2026-11-20", "2026-12-21"] {
        events(&bank, "control", 80, "purchase", day);
    }
    bank
}
