//! Looking into segments by keys, on the demo bank: overlap, portrait, cells, comparison, customers, lists.
#![expect(clippy::disallowed_methods, reason = "tests write files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use baton::store::cluster::INTERNAL;
use baton::text::number::count;
use support::{Bank, Console, Launch, baton};

/// What an operator reads, in one language.
struct Words {
    lang: &'static str,
    overlap: &'static str,
    portrait: &'static str,
    cells: &'static str,
    metric: &'static str,
    mean: &'static str,
    form: &'static str,
    history: &'static str,
    stayed: &'static str,
    listed: &'static str,
    card: &'static str,
    member: &'static str,
    written: &'static str,
    question: &'static str,
    nobody: &'static str,
    read: &'static str,
}

const EN: Words = Words {
    lang: "en",
    overlap: "Overlap of 2 segments",
    portrait: "What sets AA-1 apart",
    cells: "each customer is in exactly one",
    metric: "Which figure per cell",
    mean: "figures of age",
    form: "ST-001",
    history: "versions and snapshots",
    stayed: "stayed",
    listed: "1 to 100 of",
    card: "Mix against the target",
    member: "is a member",
    written: "customers in",
    question: "Take it as the list?",
    nobody: "none of the 2 keys is a customer's",
    read: "read 4, matched 2, unmatched 1, doubled 1.",
};

const ZH: Words = Words {
    lang: "zh-CN",
    overlap: "2 个客群的重叠",
    portrait: "AA-1 的画像",
    cells: "每户恰在一格",
    metric: "选择单元格的指标",
    mean: "指标：年龄",
    form: "ST-001",
    history: "版本与快照",
    stayed: "留存",
    listed: "第 1 至 100 户",
    card: "持仓配置与所在层级的目标",
    member: "在客群里",
    written: "已把 ",
    nobody: "文件的 2 个键没有一个是客户",
    question: "单导入吗",
    read: "读入 4，匹配 2，",
};

fn number(bank: &Bank, condition: &str) -> i64 {
    let sql =
        format!("select count(*) from baton.customer where closed_on is null and {condition}");
    bank.sql(INTERNAL, &sql)[0][0].parse().unwrap()
}

fn run(bank: &Bank, args: &[&str]) {
    baton(bank).as_("li.strategist").args(["segment"]).args(args).json();
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

fn walk(bank: &Bank, words: &Words, size: (u16, u16)) {
    let save = |code: &str, rule: &str| run(bank, &["save", code, "--name", code, "--rule", rule]);
    save("AA-1", "aum >= 1000");
    run(bank, &["freeze", "AA-1"]);
    save("AA-1", "aum >= 2000");
    run(bank, &["freeze", "AA-1"]);
    save("AA-2", "gender = 'F'");
    let mut li = console(bank, words, size);
    li.sees("2026-10-31").sees("AA-2").keys("1 Home");
    into_cells(bank, words, &mut li);

    // What came, what left: by the last two snapshots.
    let stayed = number(bank, "aum >= 200000");
    li.keys("1 Home v").sees(words.history).sees(&count(stayed)).keys("x").sees(words.stayed);
    li.keys("Esc").sees(words.history).keys("Enter").sees(words.listed).sees("**");
    li.keys("Enter").sees(words.card).keys("x").sees(words.member).sees("aum >= 2000");
    let opened = "select count(*) from baton.audit where action = 'customer.card'";
    assert_eq!(bank.sql(INTERNAL, opened)[0][0], "1");
    lists(stayed, words, &mut li);
    let list = bank.sql(INTERNAL, "select rule from baton.segment_version where code = 'AA-LIST'");
    assert!(list[0][0].starts_with("list("), "{list:?}");
}

/// Overlap, portrait, cells; a strategy from a cell.
fn into_cells(bank: &Bank, words: &Words, li: &mut Console) {
    li.keys("Space Space x").sees(words.overlap);
    li.sees(&count(number(bank, "aum >= 200000 and gender = 'F'")));
    li.keys("l Enter").sees("segment('AA-1') and segment('AA-2')").sees("SG-X");
    li.keys("Esc").sees(words.overlap).keys("Esc").loses(words.overlap);
    li.keys("Home p").sees(words.portrait).sees("2.").keys("Esc").loses(words.portrait);
    li.keys("m").types("gender").keys("Tab").types("tier").keys("Tab Enter").sees(words.cells);
    // A figure per cell, and away with it.
    li.keys("m").sees(words.metric).types("age").keys("Enter").sees(words.mean);
    li.keys("m").types("age").keys("Enter").loses(words.mean);
    li.keys("t").sees("SG-AA-1").keys("Enter").sees(words.form);
    let rule = bank.sql(INTERNAL, "select rule from baton.segment_version where code = 'SG-AA-1'");
    assert!(rule[0][0].contains("gender = ") && rule[0][0].contains("tier = "), "{rule:?}");
    li.keys("Esc");
}

/// A snapshot's customers into a file, and a file's customers into a list.
fn lists(stayed: i64, words: &Words, li: &mut Console) {
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name).display().to_string();
    li.keys("1 Home w C-u").types(&path("out.csv")).keys("Enter").sees(words.written);
    let out = std::fs::read_to_string(path("out.csv")).unwrap();
    assert_eq!(i64::try_from(out.lines().count()).unwrap(), stayed + 1);
    assert!(out.contains("**") && out.contains("****"), "names and phones are masked");
    let ids: Vec<&str> =
        out.lines().skip(1).take(2).filter_map(|line| line.split(',').next()).collect();
    // Of nobody no list can be made, and none is offered.
    std::fs::write(path("none.csv"), "customer_id\n999999998\n999999999\n").unwrap();
    li.keys("i").types(&path("none.csv")).keys("Enter").sees("customer_id").keys("Enter C-u");
    li.types("AA-NONE").keys("Enter").sees(words.nobody).keys("Esc");
    let list = format!("customer_id\n{0}\n{1}\n{0}\n999999999\n", ids[0], ids[1]);
    std::fs::write(path("in.csv"), list).unwrap();
    li.keys("i").types(&path("in.csv")).keys("Enter").sees("customer_id").keys("Enter C-u");
    // What it would give is shown first, and nothing is taken without a yes.
    li.types("AA-LIST").keys("Enter").sees(words.question).keys("y").sees(words.read);
}

#[test]
fn segments_are_looked_into_from_the_overlap_to_the_list() {
    walk(&Bank::demo(), &EN, (120, 36));
}

#[test]
fn the_same_in_chinese_on_a_narrow_terminal() {
    walk(&Bank::demo(), &ZH, (80, 24));
}
