//! A push that is out in a small bank, a manager and an RM of one of its units, and what one asks about their tasks.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test program uses a part of it, and a test that cannot go on fails"
)]

use baton::store::cluster::ADMIN;
use serde_json::Value;

use super::chain::{number, owner, pushed, run, small, strategy_file, text};
use super::support::{Bank, baton};

pub const LI: &str = "li.strategist";
pub const ZHAO: &str = "zhao.viewer";
/// The manager of S1.
pub const BRANCH: &str = "nancheng.branch";
/// An RM of S1.
pub const RM: &str = "nancheng.rm";

/// The outcome's form of the strategy that these tests push.
const FORM: &str = "[[field]]\ncode = \"why\"\nlabel = \"原因\"\ntype = \"choice\"\nchoices = [\"利率\", \"服务\"]\nrequired = true\n\n\
    [[field]]\ncode = \"sum\"\ntype = \"number\"\n\n[[step]]\ntext = \"先看卡片\"\nmust = true\n";

/// A push of a strategy with a form to everybody of [`small`], none left alone. R4 and R8 are RMs of S1 beside others; the
/// RM's login is R4.
pub fn out() -> Bank {
    let bank = small();
    // Whoever has an RM of another unit has one of his own: R1 + 9 n belong to S2, ..., so that S1 has R9, R18, R27.
    owner(
        &bank,
        "update baton.customer c set rm_id = (select s.id from baton.staff s where s.org_id = c.org_id order by (s.id / 9 + c.customer_id) % 3, s.id limit 1)
         where c.rm_id is not null",
    );
    push(&bank, "ST-1");
    bank.operator(BRANCH, "branch", Some("S1"));
    bank.program(ADMIN)
        .args(["operator", "add", RM, "--duty", "branch", "--staff", &rms(&bank)[0]])
        .json();
    bank
}

/// Everybody, with the form, and a script that names him.
pub fn push(bank: &Bank, code: &str) {
    push_with(bank, code, "0.0", FORM);
}

/// Everybody but this share, with these parts of a strategy's file.
pub fn push_with(bank: &Bank, code: &str, share: &str, parts: &str) {
    let segment = format!("SG-{code}");
    run(bank, LI, &["segment", "save", &segment, "--name", "代发流失", "--rule", "aum >= 0"]);
    let text = text(code, &segment, share, 7).replace("您好，", "您好，{name}，");
    let file = strategy_file(&format!("{text}\n{parts}"));
    run(bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, LI, &["strategy", "submit", code]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(bank, "wang.approver", &["strategy", "approve", code, "--hash", &hash]);
    pushed(bank, code);
}

/// The codes of the RMs of S1.
pub fn rms(bank: &Bank) -> Vec<String> {
    bank.sql(ADMIN, "select code from baton.staff where org_id = 5 order by id").concat()
}

/// Customers whose task the unit, or an RM of it, holds.
pub fn held(bank: &Bank, of: &str) -> Vec<i64> {
    let sql = format!(
        "select customer_id from baton.task t join baton.org_unit u on u.id = t.org_id left join baton.staff s on s.id = t.rm_id
         where {of} order by 1"
    );
    bank.sql(ADMIN, &sql).concat().iter().map(|id| id.parse().unwrap()).collect()
}

pub fn of_rm(bank: &Bank, rm: &str) -> Vec<i64> {
    held(bank, &format!("s.code = '{rm}'"))
}

pub fn task(bank: &Bank, who: &str, args: &[&str]) -> Value {
    run(bank, who, &[&["task"], args].concat())
}

/// What is said to who may not.
pub fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(["--lang", "en"]).args(args).refused()
}

/// The kept counters of every order are those of a recount.
pub fn counters_hold(bank: &Bank) {
    let wrong = bank.sql(
        ADMIN,
        "with counted as (
             select t.push_id, t.org_id, count(*) as tasks, count(distinct t.rm_id) as rms,
                 count(*) filter (where exists (select from baton.outcome e where e.push_id = t.push_id
                     and e.customer_id = t.customer_id and e.outcome <> 'no_answer')) as done
             from baton.task t group by t.push_id, t.org_id)
         select o.org_id, o.tasks, o.open, o.done, o.rms, c.tasks, c.done, c.rms
         from baton.branch_order o left join counted c on c.push_id = o.push_id and c.org_id = o.org_id
         where (o.tasks, o.open, o.done, o.rms) is distinct from
             (coalesce(c.tasks, 0), coalesce(c.tasks - c.done, 0), coalesce(c.done, 0), coalesce(c.rms, 0))
         union all select c.org_id, 0, 0, 0, 0, c.tasks, c.done, c.rms from counted c
             where not exists (select from baton.branch_order o where o.push_id = c.push_id and o.org_id = c.org_id)",
    );
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Unread notices of somebody, as words and counts.
pub fn told(bank: &Bank, who: &str) -> Vec<(String, i64)> {
    let rows = run(bank, who, &["push", "notices"]);
    let mut all: Vec<(String, i64)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["told"].as_str().unwrap().to_owned(), number(&row["count"])))
        .collect();
    all.sort();
    all
}
