//! What a strategy may give and by which channel it asks, by keys in the real program: a plan that needs more benefits than there are
//! and its refusal, two versions of three held side by side, and what a branch reads of both on a task's page.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use chain::{pushed, run, strategy_file, text};
use support::{Bank, Console, Launch};

const LI: &str = "li.strategist";

struct Words {
    lang: &'static str,
    short: &'static str,
    refused: &'static str,
    channel: &'static str,
    left: &'static str,
    given: &'static str,
}

const EN: Words = Words {
    lang: "en",
    short: "this push would be refused",
    refused: "with this push and the earlier",
    channel: "WeCom",
    left: "given by your unit 0 of 2, in all 0 of 9,000",
    given: "Benefits given: 0 of 9,000.",
};

const ZH: Words = Words {
    lang: "zh-CN",
    short: "这次下发会被拒绝",
    refused: "连同此前各次下发",
    channel: "企业微信",
    left: "本机构已发 0 / 2 份",
    given: "权益已发放 0 / 9,000 份。",
};

const CHANNELS: &str =
    "[[channel]]\ncode = \"rm_visit\"\nwait_days = 3\n\n[[channel]]\ncode = \"wecom\"\n";

/// The next version of `ST-1`, a draft.
fn draft(bank: &Bank, stock: u32, script: &str, days: u16) {
    let plain = text("ST-1", "SG-A", "0.0", 7)
        .replace("您好，", script)
        .replace("= 14", &format!("= {days}"));
    let parts = format!("[benefit]\nstock = {stock}\nquota = 2\n\n{CHANNELS}");
    let file = strategy_file(&format!("{plain}\n{parts}"));
    run(bank, LI, &["strategy", "new", file.to_str().unwrap()]);
}

fn approved(bank: &Bank) {
    let submitted = run(bank, LI, &["strategy", "submit", "ST-1"]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(bank, "wang.approver", &["strategy", "approve", "ST-1", "--hash", &hash]);
}

fn console(bank: &Bank, who: &str, words: &Words, (columns, rows): (u16, u16)) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    let mut console =
        Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), who.into()])
            .lang(words.lang)
            .size(columns, rows)
            .env("XDG_STATE_HOME", &state)
            .env("XDG_CONFIG_HOME", &state)
            .open();
    console.sees("2026-10-31");
    console
}

fn walk(words: &Words, size: (u16, u16)) {
    let bank = Bank::demo();
    let rule = "(org = 'B0301' or org = 'B0302') and aum >= 100000";
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "代发流失", "--rule", rule]);
    draft(&bank, 2, "您好，", 14);
    approved(&bank);
    let mut li = console(&bank, LI, words, size);
    li.keys("2").sees("ST-1").keys("p").sees(words.short).keys("Y").sees(words.refused);
    li.keys("Esc").loses(words.refused);
    draft(&bank, 9_000, "早上好，", 14);
    approved(&bank);
    pushed(&bank, "ST-1");
    draft(&bank, 9_000, "早上好，", 217);
    // Two of three: either side is chosen.
    li.keys("r").sees("v3").keys("d").sees("deadline_days").loses("script_version");
    li.keys("h").sees("script_version").sees("217").keys("[").loses("217").sees("早上好");
    li.keys("]").sees("217").keys("Esc").loses("script_version");
    li.keys("3").sees("#1").keys("Enter").sees(words.given);
    let mut chen = console(&bank, "nancheng.branch", words, size);
    chen.keys("3").sees("#1").keys("Enter").sees("B0301").keys("Enter").sees("**").keys("Enter");
    chen.sees(words.left).sees(words.channel);
}

#[test]
fn what_there_is_and_by_which_channel_is_read_by_keys() {
    walk(&EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&ZH, (80, 24));
}
