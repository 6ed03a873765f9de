//! A review by keys: arms that nobody has drawn block the verdict with the reason on the page, a finding of the review leads back to
//! it, and the week is written from the page of what waits.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and reads the file that was written"
)]

mod chain;
mod reviewed;
mod support;

use chain::owner;
use reviewed::fifty_six_of_seventy;
use support::{Bank, Console, Launch};

struct Words {
    lang: &'static str,
    ready: &'static str,
    mismatch: &'static str,
    blocked: &'static str,
    seen: &'static str,
    noted: &'static str,
    review: &'static str,
    week: &'static str,
    report: &'static str,
    into: &'static str,
    taken: &'static str,
}

const EN: Words = Words {
    lang: "en",
    ready: "a verdict can be given",
    mismatch: "The arms are not those of the draw (p = ",
    blocked: "no verdict can be given: the arms are not those of the draw",
    seen: "What was seen",
    noted: "is noted",
    review: "Review of #1 ST-R v1",
    week: "File for the report of this week",
    report: "week of 2026-12-21 to 2026-12-27",
    into: "Report into file",
    taken: "is there already",
};

const ZH: Words = Words {
    lang: "zh-CN",
    ready: "可以下结论",
    mismatch: "两组人数与抽签不符（p = ",
    blocked: "还不能下结论：两组人数与抽签不符",
    seen: "所见",
    noted: "已记发现",
    review: "回检：#1 ST-R v1",
    week: "本周周报写入哪个文件",
    report: "周报：2026-12-21 至 2026-12-27",
    into: "报告写入文件",
    taken: "已存在",
};

fn console(bank: &Bank, who: &str, words: &Words, (columns, rows): (u16, u16)) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), who.into()])
        .lang(words.lang)
        .size(columns, rows)
        .env("XDG_STATE_HOME", &state)
        .env("XDG_CONFIG_HOME", &state)
        .open()
}

fn walk(words: &Words, size: (u16, u16)) {
    let bank = fifty_six_of_seventy("2026-12-25");
    let mut li = console(&bank, "li.strategist", words, size);
    li.sees("2026-12-25").keys("3").sees("#1 ").keys("g r").sees(words.review);
    li.sees(words.ready).keys("n").sees(words.seen).keys("Enter").sees(words.noted);
    // The finding leads back, and from the review on to the segment.
    li.keys("g f").sees("ST-R #1 +20.0 pp").keys("Enter").sees(words.review).sees("56/70");
    li.keys("g s").sees("SG-R");
    // The week, from the page of what waits.
    let file = tempfile::tempdir().unwrap().keep().join("week.md");
    li.keys("0").sees("2026-12-25").keys("w").sees(words.week).keys("C-u");
    li.types(&file.display().to_string()).keys("Enter");
    li.waits("the report is there", |_| file.exists());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(words.report) && text.contains("ST-R 代发客户挽回 #1"), "{text}");

    // A file that is there is left alone, and that is said in words of the bank's language.
    li.keys("Esc").keys("3").sees("#1 ").keys("g r").sees(words.review).keys("w").sees(words.into);
    li.keys("C-u").types(&file.display().to_string()).keys("Enter").sees(words.taken);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    // Somebody has chosen who is left alone: the page says so, and why there is no verdict.
    owner(
        &bank,
        "update baton.plan_member set arm = 'treated' where customer_id in
             (select customer_id from baton.plan_member where arm = 'control' order by customer_id limit 30);
         update baton.push set treated = 100, control = 50",
    );
    let mut wang = console(&bank, "wang.approver", words, size);
    wang.sees("2026-12-25").keys("3").sees("#1 ").keys("g r").sees(words.review);
    wang.sees(words.mismatch).sees("chi2 24.11").keys("v").sees(words.blocked);
    let verdicts = "select count(*) from baton.review";
    assert_eq!(bank.sql("wang.approver", verdicts), [["0"]]);
}

#[test]
fn a_review_that_is_blocked_and_its_finding_in_english() {
    walk(&EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&ZH, (80, 24));
}
