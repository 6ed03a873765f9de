//! From every list to the customer's card by keys, on the demo bank: what waits, a push, two snapshots, an event rule.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::INTERNAL;
use chain::{approved, pushed, run};
use support::{Bank, Console, Launch};

/// What an operator reads, in one language.
struct Words {
    lang: &'static str,
    nothing: &'static str,
    unsigned: &'static str,
    control: &'static str,
    range: &'static str,
    card: &'static str,
    units: &'static str,
    left: &'static str,
    tested: &'static str,
    hits: &'static str,
    all: &'static str,
    users: &'static str,
}

const EN: Words = Words {
    lang: "en",
    nothing: "Nothing waits for you.",
    unsigned: "branches have not signed",
    control: "control group",
    range: "1 to 100 of",
    card: "Mix against the target",
    units: "By unit",
    left: "left",
    tested: "MOT-W: ",
    hits: "whom it has hit",
    all: "all  ",
    users: "AA-1",
};

const ZH: Words = Words {
    lang: "zh-CN",
    nothing: "没有待办事项。",
    unsigned: "网点未签收",
    control: "对照组",
    range: "第 1 至 100 户",
    card: "持仓配置与所在层级的目标",
    units: "按机构",
    left: "退出",
    tested: "MOT-W：",
    hits: "命中客户",
    all: "全部  ",
    users: "AA-1",
};

fn console(bank: &Bank, words: &Words, (columns, rows): (u16, u16), start: &str) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), "li.strategist".into()])
        .lang(words.lang)
        .size(columns, rows)
        .env("XDG_STATE_HOME", &state)
        .env("XDG_CONFIG_HOME", &state)
        .env("BATON_START", start)
        .open()
}

fn walk(bank: &Bank, words: &Words, size: (u16, u16)) {
    let segment = |args: &[&str]| run(bank, "li.strategist", &[&["segment"], args].concat());
    segment(&["save", "AA-1", "--name", "AA-1", "--rule", "aum >= 1000"]);
    segment(&["freeze", "AA-1"]);
    segment(&["save", "AA-1", "--name", "AA-1", "--rule", "aum between 500 and 2000000"]);
    segment(&["freeze", "AA-1"]);
    // Nothing waits yet, so the panes come first.
    let mut li = console(bank, words, size, "home");
    li.sees("2026-10-31").sees("AA-1").keys("0").sees(words.nothing).keys("Esc");
    moved(words, &mut li);
    event_rule(bank, words, &mut li);
    li.keys("g d").sees("aum").keys("/").types("aum").keys("Enter").sees(words.users);
    li.keys("Enter Enter").sees("aum between 500").keys("Esc Esc Esc");
    drop(li);

    approved(bank, "ST-1", "aum >= 100000", "0.1", 7);
    pushed(bank, "ST-1");
    // Now something does, and it is shown first; it leads to the push.
    let mut li = console(bank, words, size, "home");
    // Its row stands in pane 3 when the pushes are read.
    li.sees(words.unsigned).keys("3").sees("ST-1").sees("#1").keys("0").sees(words.unsigned);
    li.keys("Enter").sees("ST-1 v1").keys("c").sees(words.control);
    li.keys("j j Enter").sees(words.control).sees("**").keys("Enter").sees(words.card);
    li.keys("Esc Esc Esc").sees("ST-1 v1").keys("Enter").sees("**").keys("Enter").sees(words.card);
    let noted = "select count(*) from baton.audit where action = 'push.members'";
    assert_eq!(bank.sql(INTERNAL, noted)[0][0], "2");
}

/// Two snapshots: in all, by unit, and those who left.
fn moved(words: &Words, li: &mut Console) {
    li.keys("1 Home Enter x").sees(words.units).keys("j Enter").sees(words.left).sees("**");
    li.keys("Enter").sees(words.card).keys("Esc Esc").sees(words.units);
    li.keys("Tab Enter").sees("**").keys("Esc Esc Esc");
}

/// An event rule written, back-tested at once, and whom it has hit.
fn event_rule(bank: &Bank, words: &Words, li: &mut Console) {
    li.keys("g m n").types("MOT-W").keys("Tab").types("walk").keys("Tab Tab");
    li.keys("BSpace BSpace").types("3").keys("Tab Tab");
    li.types("events('transfer_out', interval '1 day') >= 1").keys("C-o");
    li.sees(words.tested);
    let tested = "select count(*) from baton.moment_test where days = 3";
    assert_eq!(bank.sql(INTERNAL, tested)[0][0], "1");
    chain::owner(
        bank,
        "insert into baton.moment_hit (code, day, customer_id, org_id, version, in_live)
         select 'MOT-W', '2026-10-31', customer_id, org_id, 1, false from baton.customer
         where closed_on is null order by customer_id limit 120",
    );
    li.keys("Enter")
        .sees(words.hits)
        .sees(words.all)
        .keys("j Enter")
        .sees(words.range)
        .sees("2026-10-31");
    li.keys("Enter").sees(words.card).keys("Esc Esc Esc Esc");
}

#[test]
fn every_list_leads_to_the_card() {
    walk(&Bank::demo(), &EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&Bank::demo(), &ZH, (80, 24));
}
