//! A branch's day by keys, on the demo bank: the manager signs, opens a task, reads the script, writes what came of it, refers
//! another and says what he thinks of the strategy; the RM sees his own; and the strategist sees the counts move.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{pushed, run, strategy_file, text};
use support::{Bank, Console, Launch};

const LI: &str = "li.strategist";

/// What a branch reads, in one language.
struct Words {
    lang: &'static str,
    signed: &'static str,
    script: &'static str,
    must: &'static str,
    kept: &'static str,
    open: &'static str,
    unknown: &'static str,
    referred: &'static str,
    said: &'static str,
    came: &'static str,
    manager: &'static str,
    told: &'static str,
}

const ZH: Words = Words {
    lang: "zh-CN",
    signed: "B0301 已签收。",
    script: "您好，",
    must: "必做",
    kept: "已保存。",
    open: "待办",
    unknown: "没有编号为 NOPE",
    referred: "已转介",
    said: "已记录，并告知下发人。",
    came: "结果",
    manager: "由机构负责人办理",
    told: "网点对策略有反馈",
};

const EN: Words = Words {
    lang: "en",
    signed: "B0301 has signed.",
    script: "您好，",
    must: "must",
    kept: "Kept.",
    open: "open",
    unknown: "no RM has the code NOPE",
    referred: "Offered",
    said: "Kept; whoever pushed is told.",
    came: "outcome",
    manager: "the manager of the unit does this",
    told: "feedback on the strategy",
};

/// A push to everybody of two sub-branches, none left alone.
fn out() -> Bank {
    let bank = Bank::demo();
    let rule = "(org = 'B0301' or org = 'B0302') and aum >= 100000";
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "代发流失", "--rule", rule]);
    let form = "[[field]]\ncode = \"why\"\nlabel = \"原因\"\ntype = \"choice\"\nchoices = [\"利率\", \"服务\"]\nrequired = true\n\n\
        [[step]]\ntext = \"先看卡片\"\nmust = true\n";
    let text = text("ST-1", "SG-A", "0.0", 7).replace("您好，", "您好，{name}，");
    let file = strategy_file(&format!("{text}\n{form}"));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(&bank, LI, &["strategy", "submit", "ST-1"]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(&bank, "wang.approver", &["strategy", "approve", "ST-1", "--hash", &hash]);
    pushed(&bank, "ST-1");
    bank
}

fn console(bank: &Bank, who: &str, words: &Words, (columns, rows): (u16, u16)) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), who.into()])
        .lang(words.lang)
        .size(columns, rows)
        .env("XDG_STATE_HOME", &state)
        .env("XDG_CONFIG_HOME", &state)
        .open()
}

fn order(bank: &Bank) -> (i64, i64) {
    let sql = "select o.open, o.done from baton.branch_order o join baton.org_unit u on u.id = o.org_id where u.code = 'B0301'";
    let row = bank.sql(ADMIN, sql).remove(0);
    (row[0].parse().unwrap(), row[1].parse().unwrap())
}

fn walk(words: &Words, size: (u16, u16)) {
    let bank = out();
    let (open, done) = order(&bank);
    let first = "select min(customer_id) from baton.task t join baton.org_unit u on u.id = t.org_id where u.code = 'B0301'";
    let first = bank.sql(ADMIN, first)[0][0].clone();
    let mut chen = console(&bank, "nancheng.branch", words, size);
    // His order and no other; he signs by key.
    chen.sees("2026-10-31").keys("3").sees("#1").keys("Enter").sees("B0301");
    assert!(!chen.screen().contains("B0302"), "{}", chen.screen());
    chen.keys("s y").sees(words.signed);
    // The first task: the script for this customer beside his card, the steps, and the form.
    chen.keys("Enter").sees("**").keys("Enter").sees(words.script).sees(words.must).sees("aum >=");
    chen.keys("o").sees("*").types("6\r\r1200\r").keys("Tab Tab Down").sees("利率");
    chen.keys("C-o").sees(words.kept).sees(words.came);
    assert_eq!(order(&bank), (open - 1, done + 1));
    chen.keys("Esc").sees(words.open).loses(&first);
    // Another is referred, and one word on the strategy.
    // A code that nobody has leaves what was typed where it was, the share included.
    chen.keys("Home f").types("NOPE\r").types("\r").keys("C-u").types("30\r").types("企业主\r");
    chen.sees(words.unknown).keys("C-u").types("B0302\r").types("\r").types("\r").types("\r");
    chen.sees(words.referred);
    let share = "select credit, note from baton.referral";
    assert_eq!(bank.sql(ADMIN, share), [["30", "企业主"]]);
    chen.keys("w Enter").types("一半是空号\r").sees(words.said);
    let mut rm = console(&bank, "nancheng.rm", words, size);
    rm.sees("2026-10-31").keys("3").sees("#1").keys("Enter").sees("B0301").keys("s");
    rm.sees(words.manager).keys("Enter").sees("**");
    // The other side of the chain: the counts have moved, and it is told.
    let mut li = console(&bank, LI, words, size);
    li.sees("2026-10-31")
        .keys("0")
        .sees(words.told)
        .keys("Esc 3")
        .sees("#1")
        .keys("Enter")
        .sees("B0302");
    let status = run(&bank, LI, &["push", "status", "1"]);
    assert_eq!((status["orders"][0]["done"].clone(), done + 1), ((done + 1).into(), done + 1));
    let said = run(&bank, LI, &["push", "feedback", "--strategy", "ST-1"]);
    assert_eq!(said["texts"][0]["text"], "一半是空号");
    let offers = "select count(*) from baton.referral where state = 'offered'";
    assert_eq!(bank.sql(ADMIN, offers), [["1"]]);
}

#[test]
fn a_branch_works_its_day() {
    walk(&EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&ZH, (80, 24));
}
