//! From a row of the heat grid by keys: the unit's score card with each point explained, its coaching log, an entry written with
//! its draft kept across a closed terminal, and a look at an agreement.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use baton::store::cluster::ADMIN;
use support::{Bank, Console, Launch};

struct Words {
    lang: &'static str,
    card: &'static str,
    effective: &'static str,
    log: &'static str,
    found: &'static str,
    offered: &'static str,
    written: &'static str,
    pick: &'static str,
    looked: &'static str,
    waits: &'static str,
}

const ZH: Words = Words {
    lang: "zh-CN",
    card: "评分卡",
    effective: "折算",
    log: "网点辅导 南城分行",
    found: "约定，2026-10-28 到期",
    offered: "未完成的表单",
    written: "已写入 南城分行 的辅导",
    pick: "复查结果如何",
    looked: "的复查 #3",
    waits: "辅导约定到期",
};

const EN: Words = Words {
    lang: "en",
    card: "Score card of",
    effective: "effective",
    log: "Coaching log 南城分行",
    found: "Agreed until 2026-10-28",
    offered: "Unfinished forms",
    written: "of 南城分行 is written",
    pick: "What has the look found",
    looked: "The look at #3",
    waits: "agreed in coaching, due",
};

fn open(bank: &Bank, state: &str, words: &Words, (columns, rows): (u16, u16)) -> Console {
    Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), "li.strategist".into()])
        .lang(words.lang)
        .size(columns, rows)
        .env("XDG_STATE_HOME", state)
        .env("XDG_CONFIG_HOME", state)
        .open()
}

fn walk(words: &Words, size: (u16, u16)) {
    let bank = Bank::demo_with_past();
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    let mut li = open(&bank, &state, words, size);
    // What is due waits, and leads to the unit's log.
    li.sees("2026-10-31").keys("0").sees(words.waits).keys("Esc");
    // The worst of the grid stands first by AUM: 南城分行. Its card, each point explained.
    li.keys("g h").sees("南城分行").keys("o").sees("南城分行");
    li.keys("p").sees(words.card).sees(words.effective).sees("AUM 计划");
    li.keys("Esc v").sees(words.log).sees(words.found);
    li.keys("n").types("早会不讲名单").keys("Tab").types("每日过名单前十户");
    // The line is cut in the middle: the form is kept, and offered at the next start.
    li.sees("每日过名单前十户").signal("HUP").ends();
    let mut li = open(&bank, &state, words, size);
    li.sees(words.offered).sees("2026-10-31");
    li.keys("g h").sees("南城分行").keys("o v").sees(words.log);
    li.keys("D").sees("每日过名单前十户").keys("C-o").sees(words.written);
    let noted = "select c.seen, c.agreed, u.code, c.due from baton.coaching c join baton.org_unit u on u.id = c.org_id where c.seen = '早会不讲名单'";
    assert_eq!(bank.sql(ADMIN, noted), [["早会不讲名单", "每日过名单前十户", "B03", "2026-11-07"]]);
    // The one that is due first is looked at: not yet, and again in a week.
    li.keys("Home x")
        .sees(words.pick)
        .keys("Down Enter")
        .types("七成")
        .keys("Enter")
        .sees("2026-11-07");
    li.keys("Enter").sees(words.looked);
    let looks = "select result, said, next_due from baton.coaching_check where said = '七成'";
    assert_eq!(bank.sql(ADMIN, looks), [["again", "七成", "2026-11-07"]]);
}

#[test]
fn from_the_heat_grid_to_an_agreement_written_and_looked_at() {
    walk(&EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&ZH, (80, 24));
}
