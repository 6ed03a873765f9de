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
    event: &'static str,
    back: &'static str,
    field: &'static str,
    relation: &'static str,
    inner: &'static str,
    kept: fn(&str) -> String,
    empty: &'static str,
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
    event: "Which kind of event",
    back: "Within how long up to today (may be left out)",
    field: "Only events with which amount or detail (may be left out)",
    relation: "Which relation",
    inner: "What must hold for the related customer",
    kept: |value| format!("now {value}; Enter keeps it"),
    empty: "No condition yet:",
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
    event: "选择事件类型",
    back: "截至今天的多长时间以内（可不选）",
    field: "只计哪些金额或明细的事件（可不选）",
    relation: "选择关系类型",
    inner: "关系人须满足的标签或函数",
    kept: |value| format!("现为 {value}；回车保留"),
    empty: "尚无条件：按",
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

/// So many transfers out in so many days up to the bank's day.
fn transfers(days: i32) -> String {
    format!(
        "(select count(*) from baton.event e join baton.event_kind k on k.id = e.kind cross join baton.bank b
          where e.customer_id = customer.customer_id and k.code = 'transfer_out'
              and (e.at at time zone b.timezone)::date > baton.today() - {days}
              and (e.at at time zone b.timezone)::date <= baton.today()) >= 2"
    )
}

/// Has an open relative whose AUM is so, in minor units.
fn relative(aum: &str) -> String {
    format!(
        "exists (select from baton.relation r join baton.customer o on o.customer_id = r.other_id
                 where r.customer_id = customer.customer_id and r.kind = 'family' and o.closed_on is null and o.aum {aum})"
    )
}

/// Functions are chosen without a word of the rule language, and edited by the same steps.
fn choose(bank: &Bank, words: &Words, size: (u16, u16)) {
    let mut li = console(bank, words, size);
    // The tree waits for the words of the bank; until then its key is dimmed in parentheses.
    li.sees("2026-10-31")
        .keys("1 n Tab Tab")
        .sees("  C-t ")
        .keys("C-t")
        .sees(words.empty)
        .keys("a")
        .sees(words.which);
    li.types("events").keys("Enter").sees(words.event);
    li.types("transfer_out").keys("Enter").sees(words.back).types("30").sees("interval '30 days'");
    li.keys("Enter")
        .sees(words.field)
        .keys("Enter")
        .sees(">=")
        .keys("Enter")
        .types("2")
        .keys("Enter");
    li.sees("events('transfer_out', interval '30 days')");
    li.sees(&(words.members)(number(bank, &transfers(30))));
    li.keys("a").sees(words.which).types("related").keys("Enter").sees(words.relation);
    li.types("family").keys("Enter").sees(words.inner).types("aum").keys("Enter").sees(">=");
    li.keys("Enter").types("100000").keys("Enter").sees("related('family', ..)");
    li.sees("aum >= 100000");
    let both = format!("{} and {}", transfers(30), relative(">= 10000000"));
    let both = number(bank, &both);
    assert!(both > 0, "the demo bank has families whose members move money");
    li.sees(&(words.members)(both));
    // The same steps again: one is changed, the others are passed by, and one was a step too far.
    li.keys("Enter").sees(words.relation).keys("Enter").sees(words.inner).keys("Enter").sees(">=");
    li.keys("BSpace").sees(words.inner).keys("Enter").sees(">=").keys("Down Enter");
    li.sees(&(words.kept)("100000"))
        .keys("Enter")
        .sees("related('family', ..)")
        .sees("aum > 100000");
    li.keys("Up Enter").sees(words.event).keys("Enter").sees(words.back).types("60").keys("Enter");
    li.sees(words.field)
        .keys("Enter")
        .sees(">=")
        .keys("Enter")
        .sees(&(words.kept)("2"))
        .keys("Enter");
    li.sees("events('transfer_out', interval '60 days')");
    let both = format!("{} and {}", transfers(60), relative("> 10000000"));
    li.sees(&(words.members)(number(bank, &both)));
    // Out of it, nothing is lost.
    li.keys("Enter")
        .sees(words.event)
        .keys("Esc")
        .sees("related('family', ..)")
        .sees("aum > 100000");
    li.keys("C-o").sees(words.code_needed).types("SG-WALK").keys("Tab").types("Walk").keys("C-o");
    li.sees(words.saved);
    let rule = bank.sql(INTERNAL, "select rule from baton.segment_version where code = 'SG-WALK'");
    let written =
        "events('transfer_out', interval '60 days') >= 2 and related('family', aum > 100000)";
    assert_eq!(rule[0][0], written);
}

#[test]
fn functions_are_chosen_and_edited_step_by_step() {
    choose(&Bank::demo(), &EN, (120, 36));
}

#[test]
fn functions_are_chosen_in_chinese_on_a_narrow_terminal() {
    choose(&Bank::demo(), &ZH, (80, 24));
}

#[test]
fn a_rule_is_mended_split_grown_in_the_tree_and_saved() {
    walk(&Bank::demo(), &EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&Bank::demo(), &ZH, (80, 24));
}
