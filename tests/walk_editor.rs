//! The rule editor by keys, on the demo bank: a mistake that is marked, mended by an offered word, figures that follow,
//! the tree, a condition that is chosen, and the segment saved.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use baton::store::cluster::INTERNAL;
use baton::text::number::count;
use support::{Bank, Console, Launch};

/// What an operator reads, in one language.
struct Words {
    lang: &'static str,
    meant: &'static str,
    offered: &'static str,
    members: fn(i64) -> String,
    tree: &'static str,
    which: &'static str,
    about: &'static str,
    split_by: &'static str,
    split: &'static str,
    code_needed: &'static str,
    saved: &'static str,
}

const EN: Words = Words {
    lang: "en",
    meant: "did you mean gender",
    offered: "gender (gender, F or M)",
    members: |n| format!("{} customers, ", count(n)),
    tree: "all of these",
    which: "Which attribute",
    about: "What about",
    split_by: "Split by which attribute",
    split: "split: ",
    code_needed: "The segment needs a code.",
    saved: "SG-WALK v1 is saved.",
};

const ZH: Words = Words {
    lang: "zh-CN",
    meant: "您是否想用 gender",
    offered: "gender（",
    members: |n| format!("{} 户，占", count(n)),
    tree: "以下全部满足",
    which: "选择标签",
    about: "的条件",
    split_by: "选择拆分的标签",
    split: "拆分：",
    code_needed: "客群需要编号。",
    saved: "SG-WALK v1 已保存。",
};

fn number(bank: &Bank, condition: &str) -> i64 {
    let sql =
        format!("select count(*) from baton.customer where closed_on is null and {condition}");
    bank.sql(INTERNAL, &sql)[0][0].parse().unwrap()
}

fn console(bank: &Bank, words: &Words, (columns, rows): (u16, u16)) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), "li.strategist".into()])
        .lang(words.lang)
        .size(columns, rows)
        .env("XDG_STATE_HOME", &state)
        .env("XDG_CONFIG_HOME", &state)
        .open()
}

/// Written, mended, split, changed in the tree, and saved.
fn walk(bank: &Bank, words: &Words, size: (u16, u16)) {
    let mut li = console(bank, words, size);
    li.sees("2026-10-31")
        .keys("1 n Tab Tab")
        .types("aum >= 1000 and gendr = 'F'")
        .sees(words.meant);
    li.keys("Left Left Left Left Left Left BSpace").sees(words.offered).keys("Tab");
    let written = number(bank, "aum >= 100000 and gender = 'F'");
    li.sees("gender = 'F'").sees(&(words.members)(written));
    // What each condition finds alone; a narrow terminal turns to it.
    if size.0 < 100 {
        li.keys("C-n C-n");
    }
    li.sees(&count(number(bank, "gender = 'F'"))).sees(&count(number(bank, "aum >= 100000")));
    li.keys("C-g").sees(words.split_by).types("tier").keys("Enter").sees(words.split).sees("basic");
    // A narrow terminal has not room for all of them, says so, and turns to the others.
    if size.0 < 100 {
        li.sees("PgDn").keys("PgDn");
    }
    li.sees("private").keys("C-t").sees(words.tree);
    li.keys("a").sees(words.which).types("age").keys("Enter").sees(words.about);
    li.keys("Enter").types("40").keys("Enter").sees("age >= 40");
    let grown = "aum >= 100000 and gender = 'F' \
                 and birth_date <= (baton.today() - interval '40 years')::date";
    let grown = number(bank, grown);
    assert!(grown > 0 && grown < written);
    li.sees(&(words.members)(grown));
    li.keys("u").sees(&(words.members)(written)).keys("C-r").sees(&(words.members)(grown));
    li.keys("C-o").sees(words.code_needed).types("SG-WALK").keys("Tab").types("Walk").keys("C-o");
    li.sees(words.saved);
    let rule = bank.sql(INTERNAL, "select rule from baton.segment_version where code = 'SG-WALK'");
    assert_eq!(rule[0][0], "aum >= 1000 and gender = 'F' and age >= 40");
}

#[test]
fn a_rule_is_mended_split_grown_in_the_tree_and_saved() {
    walk(&Bank::demo(), &EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&Bank::demo(), &ZH, (80, 24));
}
