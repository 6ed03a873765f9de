//! What was laid aside, taken up again by keys on the demo bank, by the people whose work it is: messages of branch systems that could
//! not be taken in, strategies that were put away, delegations, everything that stands paused, and customers who are left off by hand.
//! Each is refused with its reason to who may not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, owner, pushed, run, strategy_file, text};
use support::{Bank, Console, Launch};

const LI: &str = "li.strategist";
const WANG: &str = "wang.approver";
const ZHAO: &str = "zhao.viewer";
const SUN: &str = "sun.auditor";

fn console(bank: &Bank, who: &str, (columns, rows): (u16, u16)) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    let mut console =
        Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), who.into()])
            .lang("zh-CN")
            .size(columns, rows)
            .env("XDG_STATE_HOME", &state)
            .env("XDG_CONFIG_HOME", &state)
            .open();
    console.sees("2026-10-31");
    console
}

fn ask(bank: &Bank, sql: &str) -> String {
    bank.sql(ADMIN, sql)[0][0].clone()
}

/// Two strategies at one branch of which the first is with it, and a third that nobody works on any more.
fn out() -> Bank {
    let bank = Bank::demo();
    approved(&bank, "ST-1", "org = 'B0301' and aum >= 300000", "0.0", 7);
    pushed(&bank, "ST-1");
    approved(&bank, "ST-2", "org = 'B0301' and aum < 50000 and age > 60", "0.0", 7);
    let draft = strategy_file(&text("ST-9", "SG-ST-1", "0.1", 1));
    run(&bank, LI, &["strategy", "new", draft.to_str().unwrap()]);
    run(&bank, LI, &["strategy", "archive", "ST-9"]);
    bank.operator(SUN, "loader", None);
    bank
}

/// One message names a push that is not there yet, one a customer whom nobody has; one that is taken in is gone.
fn inbox(bank: &Bank, size: (u16, u16)) {
    let of_two = "(select min(customer_id) from baton.customer where org_id = (select id from baton.org_unit where code = 'B0301')
                   and aum < 5000000 and closed_on is null)";
    owner(
        bank,
        &format!(
            "insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at) values
             ('core', 'm-1', 2, {of_two}, 'sold', '2026-10-31 10:00+08'), ('core', 'm-2', 1, 999999999, 'sold', '2026-10-31 10:00+08')"
        ),
    );
    run(bank, SUN, &["worker", "--once"]);
    let mut loader = console(bank, SUN, size);
    loader
        .keys("g i")
        .sees("未接收的结果")
        .sees("2 条结果")
        .sees("没有此下发")
        .sees("客户不在该下发的名单中");
    loader.sees("m-1").sees("m-2");
    loader.keys("a").sees("2 条消息将由后台重新接收").sees("均已接收");
    run(bank, SUN, &["worker", "--once"]);
    loader.keys("r").sees("2 条结果").sees("m-2");
    // Nobody but a loader.
    let mut li = console(bank, LI, size);
    li.keys("g i").sees("需要职责：数据");
    owner(bank, "delete from baton.outcome_inbox where message_id = 'm-1'");
    loader.keys("r").sees("1 条结果").loses("m-1");
}

fn shelf(bank: &Bank, size: (u16, u16)) {
    let mut zhao = console(bank, ZHAO, size);
    zhao.keys("g x").sees("已收起的策略").sees("ST-9").keys("u").sees("需要职责");
    assert_eq!(ask(bank, "select count(*) from baton.strategy_shelf"), "1");
    let mut li = console(bank, LI, size);
    li.keys("g x").sees("ST-9").keys("u").sees("ST-9 已取回。").sees("没有收起的策略。");
    assert_eq!(ask(bank, "select count(*) from baton.strategy_shelf"), "0");
    // It was taken out by another meanwhile.
    run(bank, LI, &["strategy", "archive", "ST-9"]);
    li.keys("r").sees("ST-9");
    run(bank, LI, &["strategy", "unarchive", "ST-9"]);
    li.keys("u").waits("what became of it", |screen| {
        screen.contains("ST-9 已取回。") || screen.contains("ST-9 v1")
    });
    li.keys("r").sees("没有收起的策略。");
}

fn delegations(bank: &Bank, size: (u16, u16)) {
    let day = |days: i32| ask(bank, &format!("select (baton.clock_day() + {days})::text"));
    let (from, until) = (day(0), day(5));
    run(bank, WANG, &["operator", "delegate", ZHAO, "--from", &from, "--until", &until]);
    let mut li = console(bank, LI, size);
    li.keys("g e")
        .sees("审批授权")
        .sees(WANG)
        .sees(ZHAO)
        .sees("有效")
        .keys("x")
        .sees("这是 wang.approver 的授权");
    let mut wang = console(bank, WANG, size);
    wang.keys("g e").sees(ZHAO).keys("x").sees("结束由 zhao.viewer 代您审批的授权").keys("Esc");
    wang.loses("结束由").keys("x").sees("结束由").keys("y").sees("授权已结束。").sees("已提前结束");
    wang.keys("x").sees("已提前结束");
    assert_eq!(ask(bank, "select count(*) from baton.delegation where ended_at is null"), "0");
}

fn paused(bank: &Bank, size: (u16, u16)) {
    let mut li = console(bank, LI, size);
    li.keys("2").sees("ST-1").keys("R").sees("没有您可以恢复的暂停策略");
    run(bank, LI, &["strategy", "pause", "ST-1", "--reason", "先停"]);
    run(bank, WANG, &["strategy", "pause", "ST-2", "--reason", "也停"]);
    li.keys("r").sees("已暂停").keys("R").sees("为何全部恢复").keys("Enter").sees("请说明原因");
    li.types("已查清\r").sees("已恢复 1 个策略。");
    let runs = "select string_agg(code, ' ') from baton.strategy_pause where resumed_at is null";
    assert_eq!(ask(bank, runs), "ST-2", "the other is an approver's");
    let mut wang = console(bank, WANG, size);
    wang.keys("2")
        .sees("已暂停")
        .keys("R")
        .sees("为何全部恢复")
        .types("好\r")
        .sees("已恢复 1 个策略。");
}

fn left_off(bank: &Bank, size: (u16, u16)) {
    let mut li = console(bank, LI, size);
    li.keys("3").sees("#1").keys("c").sees("按 Enter 看客户").keys("Enter").sees("**");
    li.keys("+").sees("未被人工剔除");
    li.keys("-").sees("为何剔除该客户").keys("Enter").sees("请说明为何剔除该客户");
    li.types("家中有丧事\r").sees("此后 ST-1 的名单不再列入客户");
    let kept = "select strategy || ' ' || note from baton.strategy_exclusion";
    assert_eq!(ask(bank, kept), "ST-1 家中有丧事");
    li.keys("+").sees("ST-1 的名单可以重新列入客户");
    assert_eq!(ask(bank, "select count(*) from baton.strategy_exclusion"), "0");
    // A viewer may look, and leaves nobody off.
    let mut zhao = console(bank, ZHAO, size);
    zhao.keys("3")
        .sees("#1")
        .keys("c")
        .sees("按 Enter 看客户")
        .keys("Enter")
        .sees("**")
        .keys("-")
        .sees("需要职责");
}

fn all(size: (u16, u16)) {
    let bank = out();
    inbox(&bank, size);
    shelf(&bank, size);
    delegations(&bank, size);
    paused(&bank, size);
    left_off(&bank, size);
}

#[test]
fn what_was_laid_aside_is_taken_up_again_at_80x24() {
    all((80, 24));
}

#[test]
fn what_was_laid_aside_is_taken_up_again_at_120x36() {
    all((120, 36));
}
