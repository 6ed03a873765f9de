//! A bank small enough to be reckoned by hand, and the chain's steps by command.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "each test program uses a part of it, and a test that cannot go on fails"
)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use baton::store::cluster::ADMIN;
use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;

use super::support::{Bank, baton};

/// 1,000 customers in nine sub-branches under three branches; every fifth without an RM, every 50th wants no contact,
/// every 101st is closed.
pub const SMALL: &str = "insert into baton.bank (name, as_of, currency, digits, timezone) values ('试行', '2026-11-20', 'CNY', 2, 'Asia/Shanghai');
         insert into baton.tier values ('basic', '基础', 'Basic', null), ('gold', '财富', 'Wealth', 50000000);
         insert into baton.org_unit (code, parent_id, kind, name, path) values ('HQ', null, 'hq', '总行', '{1}');
         insert into baton.org_unit (code, parent_id, kind, name, path)
             select 'B' || g, 1, 'branch', '分行' || g, array[1, 1 + g] from generate_series(1, 3) g;
         insert into baton.org_unit (code, parent_id, kind, name, path)
             select 'S' || g, 2 + g % 3, 'subbranch', '支行' || g, array[1, 2 + g % 3, 4 + g] from generate_series(1, 9) g;
         insert into baton.staff (code, org_id, name) select 'R' || g, 5 + g % 9, 'rm' || g from generate_series(1, 30) g;
         insert into baton.customer (customer_id, org_id, rm_id, birth_date, aum, no_contact, closed_on)
             select g, 5 + (g / 3) % 10 % 9, case when g % 5 > 0 then 1 + g % 30 end, date '1960-01-01' + (g * 7 % 15000)::int,
                    g * 7919 % 100000000, g % 50 = 0, case when g % 101 = 0 then date '2026-01-01' end
             from generate_series(1, 1000) g;";

/// [`SMALL`] in a database of its own; `nancheng.branch` belongs to S1.
pub fn small() -> Bank {
    let bank = Bank::empty();
    owner(&bank, SMALL);
    bank.operator("nancheng.branch", "branch", Some("S1"));
    bank
}

/// The small bank with a category, a flag, a number, an amount and a day, each with gaps.
pub fn with_attributes() -> Bank {
    let bank = small();
    owner(
        &bank,
        "create table baton.attr_1 (customer_id bigint primary key, org_id int not null, job text, vip bool, score numeric, spent bigint, seen date);
         grant select on baton.attr_1 to baton_operator;
         insert into baton.attr_1 select customer_id, org_id,
             case customer_id % 7 when 0 then null when 1 then 'o''clock' when 2 then '教师' else 'clerk' end,
             case when customer_id % 11 = 0 then null else customer_id % 3 = 0 end,
             case when customer_id % 13 > 0 then (customer_id % 97) + 0.5 end,
             case when customer_id % 5 > 0 then customer_id * 37 % 10007 end,
             case when customer_id % 9 > 0 then date '2025-01-01' + (customer_id % 400)::int end
             from baton.customer where customer_id % 17 > 0;
         insert into baton.attribute (code, type, zh, en, relation, column_name) values
             ('job', 'category', '职业', 'Job', 'attr_1', 'job'), ('vip', 'flag', '贵宾', 'VIP', 'attr_1', 'vip'),
             ('score', 'number', '评分', 'Score', 'attr_1', 'score'), ('spent', 'money', '消费', 'Spent', 'attr_1', 'spent'),
             ('order', 'date', '最近', 'Seen', 'attr_1', 'seen');
         insert into baton.category_value (attribute, value, customers)
             select 'job', job, count(*) from baton.attr_1 where job is not null group by job",
    );
    bank
}

/// Runs statements as the schema's owner.
pub fn owner(bank: &Bank, sql: &str) {
    bank.sql(ADMIN, &format!("set role baton_owner; {sql}"));
}

/// A strategy file of its own.
pub fn strategy_file(text: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name =
        format!("chain-{}-{}.toml", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A strategy's text for `segment`, with this control share and seed.
pub fn text(code: &str, segment: &str, share: &str, seed: i64) -> String {
    format!(
        "code = \"{code}\"\nname = \"代发客户挽回\"\nsegment = \"{segment}\"\ndeadline_days = 14\n\
         control_share = {share}\nseed = {seed}\n\n[offer]\nproduct = \"稳利 90 天\"\nbenefit = \"加息券 0.2 %\"\n\
         script = \"\"\"\n您好，\n再见。\"\"\"\n"
    )
}

/// Runs a command as `who` and gives its JSON.
pub fn run(bank: &Bank, who: &str, args: &[&str]) -> Value {
    baton(bank).as_(who).args(args).json()
}

/// Saves `rule` as a segment named as the strategy, writes and submits the strategy, and lets another approve it.
pub fn approved(bank: &Bank, code: &str, rule: &str, share: &str, seed: i64) -> String {
    let segment = format!("SG-{code}");
    run(bank, "li.strategist", &["segment", "save", &segment, "--name", "试", "--rule", rule]);
    let file = strategy_file(&text(code, &segment, share, seed));
    run(bank, "li.strategist", &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, "li.strategist", &["strategy", "submit", code]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    let done = run(bank, "wang.approver", &["strategy", "approve", code, "--hash", &hash]);
    assert_eq!(done["state"], "approved");
    hash
}

/// Plans and applies; gives the plan and the push.
pub fn pushed(bank: &Bank, code: &str) -> (Value, Value) {
    let plan = run(bank, "li.strategist", &["push", "plan", code]);
    let number = plan["plan"].to_string();
    let push = run(bank, "li.strategist", &["push", "apply", code, "--plan", &number]);
    (plan, push)
}

/// A rule for the customers from `first` to `last` of [`SMALL`], who are born in the order of their numbers.
pub fn between(first: i64, last: i64) -> String {
    let born = |customer: i64| {
        NaiveDate::from_ymd_opt(1960, 1, 1).unwrap() + TimeDelta::days(7 * customer)
    };
    format!("birth_date between '{}' and '{}'", born(first), born(last))
}

/// The same for the first `last`.
pub fn up_to(last: i64) -> String {
    between(1, last)
}

/// The keys of the example message of this kind in the administrators' manual, and of its first task.
pub fn documented(kind: &str) -> (Vec<String>, Vec<String>) {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/admin.md")).unwrap();
    let found = page.split("```json\n").skip(1).flat_map(|block| {
        let block = block.split("```").next().unwrap();
        serde_json::Deserializer::from_str(block).into_iter::<Value>().map(Result::unwrap)
    });
    let example = found.into_iter().find(|message| message["kind"] == kind).expect(kind);
    keys_of(&example)
}

/// The keys of a message, and of its first task.
pub fn keys_of(message: &Value) -> (Vec<String>, Vec<String>) {
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<String> =
            value.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
        keys.sort();
        keys
    };
    (keys(message), keys(&message["tasks"][0]))
}

/// The keys of the first message of this kind that came.
pub fn came(bank: &Bank, reader: &str, kind: &str) -> (Vec<String>, Vec<String>) {
    let body = bank.sql(
        reader,
        &format!("select body::text from baton.inbox where kind = '{kind}' order by id limit 1"),
    );
    keys_of(&serde_json::from_str(&body[0][0]).unwrap())
}

/// A number of a JSON answer.
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no whole number: {value}"))
}
