//! A push that is out, watched by keys on the demo bank: a manager signs, assigns and refers, another unit takes the task, an RM
//! writes what came of his and gives one back that is given out again; and the strategist reminds, reassigns, extends, recalls, and
//! reads the board and the calendar.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, pushed, run};
use support::{Bank, Console, Launch};

const LI: &str = "li.strategist";
const SOUTH: &str = "zhao.viewer";

/// A push to everybody of two sub-branches with some wealth, none left alone; nobody is quiet.
fn out() -> Bank {
    let bank = Bank::demo();
    let rule = "(org = 'B0301' or org = 'B0302') and aum >= 100000";
    approved(&bank, "ST-1", rule, "0.0", 7);
    pushed(&bank, "ST-1");
    bank.operator(SOUTH, "branch", Some("B0302"));
    bank.program(ADMIN).args(["policy", "set", "quiet_to", "none"]).json();
    bank
}

fn console(bank: &Bank, who: &str, size: (u16, u16)) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), who.into()])
        .lang("zh-CN")
        .size(size.0, size.1)
        .env("XDG_STATE_HOME", &state)
        .env("XDG_CONFIG_HOME", &state)
        .open()
}

fn ask(bank: &Bank, sql: &str) -> String {
    bank.sql(ADMIN, sql)[0][0].clone()
}

fn branches(bank: &Bank, size: (u16, u16)) {
    let mut chen = console(bank, "nancheng.branch", size);
    chen.sees("2026-10-31").keys("3").sees("#1").keys("Enter").sees("B0301");
    chen.keys("s y").sees("B0301 已签收。").keys("Enter").sees("**");
    chen.keys("a").sees("任务分给").keys("Enter").sees("已转手");
    // Referred with a last day, taken by the other unit.
    chen.keys("End f").types("B0302\r").types("\r").types("\r").types("企业主\r").sees("已转介");
    let due = "select due - (select as_of from baton.bank) from baton.referral";
    assert_eq!(ask(bank, due), "3", "the day that the form offers");
    let mut south = console(bank, SOUTH, size);
    south.sees("2026-10-31").keys("3").sees("#1").keys("Enter").sees("B0302");
    south.keys("Enter").sees("待您接收").sees("剩 3 天").keys("+ y").sees("任务已归您。");
    assert_eq!(ask(bank, "select state from baton.referral"), "accepted");
    // The RM: what came of one, and another back; a word on the strategy.
    let mut rm = console(bank, "nancheng.rm", size);
    rm.sees("2026-10-31").keys("3").sees("#1").keys("Enter").sees("B0301").keys("Enter").sees("**");
    rm.keys("Enter").sees("您好，").keys("o").sees("*").types("3\r").keys("C-o").sees("已保存。");
    rm.keys("w Enter").types("电话停机\r").sees("已记录，并告知下发人。");
    rm.keys("Esc").sees("**").keys("Home b").types("人在国外\r").sees("任务已退回。");
    assert_eq!(ask(bank, "select count(*) from baton.task_returned where again_at is null"), "1");
    // His manager gives it out again.
    run(bank, "nancheng.branch", &["push", "notices", "--read", "1"]);
    let returned = "select customer_id from baton.task_returned";
    let customer = ask(bank, returned);
    let list = run(bank, "nancheng.branch", &["task", "list", "--state", "returned"]);
    assert_eq!(list["tasks"][0]["customer"].to_string(), customer);
    chen.keys("r Home").sees("已退回");
    let mut at = 0;
    while !chen.screen().lines().any(|line| line.contains('>') && line.contains(&customer)) {
        chen.keys("j").settle();
        at += 1;
        assert!(at < 100, "{}", chen.screen());
    }
    chen.keys("a").sees("任务分给").keys("Enter").sees("已重新下达 1 个任务");
}

fn watched(bank: &Bank, size: (u16, u16)) {
    let mut li = console(bank, LI, size);
    li.sees("2026-10-31").keys("Esc 3").sees("#1").keys("Enter").sees("B0302");
    li.keys("m y").sees("已催办");
    li.keys("t").sees("**").keys("A").sees("接手").keys("Enter").sees("项未完成任务转给").keys("y");
    li.sees("已转手").keys("Esc");
    li.sees("B0302").keys("e").types("\r").sees("延至 2026-11-21");
    li.keys("End R y").sees("已撤回");
    li.keys("b").sees("过程看板").sees("首次触达及时率");
    // Where there is little room the table has it.
    if size.1 > 24 {
        li.sees("网点反馈：名单不准 1");
    }
    li.keys("Esc");
    li.keys("g c").sees("日历 2026-10").sees("国庆节").keys("n").sees("日历 2026-11");
    // The push runs to its later day; its line leads back to it.
    li.sees("发1").keys("p").sees("2026-10-30").keys("Right").sees("2026-10-31 周六");
    li.keys("Enter").sees("B0302");
    let recalled = "select count(*) from baton.branch_order where recalled_at is not null";
    assert_eq!(ask(bank, recalled), "1");
}

#[test]
fn a_push_is_watched_to_its_end_by_keys() {
    let bank = out();
    branches(&bank, (120, 36));
    watched(&bank, (120, 36));
}

#[test]
fn the_same_on_a_narrow_terminal() {
    let bank = out();
    branches(&bank, (80, 24));
    watched(&bank, (80, 24));
}
