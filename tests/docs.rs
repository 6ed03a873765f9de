//! What the handbooks say about commands and keys must be what the program takes.
#![expect(clippy::disallowed_methods, reason = "a test reads the handbooks")]

use std::fmt::Write as _;

use baton::app::command::{Context, TABLE};
use baton::cli::Cli;
use baton::text::{Lang, render};
use clap::Parser as _;

const PAGES: [&str; 5] = [
    "docs/handbook.en.md",
    "docs/handbook.zh-CN.md",
    "docs/admin.md",
    "docs/methods.md",
    "README.md",
];

fn page(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")))
        .expect("the page is there")
}

/// The lines of the page's shell blocks, with where they stand.
fn commands(path: &str) -> Vec<(usize, String)> {
    let mut within = false;
    let mut found = Vec::new();
    for (at, line) in page(path).lines().enumerate() {
        if line.starts_with("```") {
            within = line == "```sh";
        } else if within {
            found.push((at + 1, line.to_owned()));
        }
    }
    found
}

/// Splits as a shell does where there is nothing but double quotes and a comment.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && words.last().is_some_and(String::is_empty) => break,
            ' ' if !quoted => {
                if words.last().is_some_and(|w| !w.is_empty()) {
                    words.push(String::new());
                }
            }
            other => words.last_mut().expect("there is a word from the start").push(other),
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

#[test]
fn every_command_of_the_handbooks_is_one_that_the_program_takes() {
    let mut faults = Vec::new();
    for path in PAGES {
        let commands = commands(path);
        assert!(!commands.is_empty(), "{path} shows no command");
        for (line, command) in commands {
            if let Err(error) = Cli::try_parse_from(words(&command)) {
                faults.push(format!(
                    "{path}:{line}: {command}\n    {}",
                    error.to_string().lines().next().unwrap()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn both_handbooks_show_the_same_commands() {
    let shape = |path| -> Vec<Vec<String>> {
        let plain = |word: &String| word.is_ascii();
        commands(path).iter().map(|(_, c)| words(c).into_iter().filter(plain).collect()).collect()
    };
    let (en, zh) = (shape(PAGES[0]), shape(PAGES[1]));
    assert_eq!(en.len(), zh.len());
    for (en, zh) in en.iter().zip(&zh) {
        assert_eq!(en[..en.len().min(3)], zh[..zh.len().min(3)]);
    }
}

/// The words for a place in the table of keys.
fn place(context: Context, lang: Lang) -> &'static str {
    let (en, zh) = match context {
        Context::Home => ("what waits", "待办"),
        Context::Segments => ("segments", "客群面板"),
        Context::Strategies => ("strategies", "策略面板"),
        Context::Tasks => ("branch tasks", "任务面板"),
        Context::Kpi => ("KPI", "指标面板"),
        Context::Segment => ("a segment", "客群详情"),
        Context::Rule => ("rule editor", "规则编辑"),
        Context::Complete => ("words offered", "提示词"),
        Context::Tree => ("rule as a tree", "规则条件树"),
        Context::Pick => ("a list to choose from", "选择列表"),
        Context::Strategy => ("a strategy", "策略详情"),
        Context::Form => ("strategy form", "策略表单"),
        Context::Plan => ("a plan", "下发计划"),
        Context::Push => ("a push", "下发详情"),
        Context::TaskList => ("tasks", "任务列表"),
        Context::Task => ("a task", "任务详情"),
        Context::Outcome => ("outcome form", "登记结果"),
        Context::CoachingForm => ("coaching form", "写辅导"),
        Context::Explain => ("why it moved", "变动拆解"),
        Context::Dictionary => ("attribute dictionary", "标签字典"),
        Context::Attribute => ("an attribute", "标签详情"),
        Context::Overlap => ("overlap", "客群重叠"),
        Context::Portrait => ("portrait", "客群画像"),
        Context::Grid => ("cells", "客群细分"),
        Context::History => ("versions and snapshots", "版本与快照"),
        Context::Findings => ("a comparison", "比较与说明"),
        Context::Deliveries => ("deliveries", "送达"),
        Context::Inbox => ("outcomes not taken in", "未接收的结果"),
        Context::Shelf => ("strategies put away", "已收起的策略"),
        Context::Delegations => ("delegations", "审批授权"),
        Context::Calendar => ("calendar", "日历"),
        Context::Tests => ("test pushes", "试下发"),
        Context::Lists => ("lists of customers", "名单选择"),
        Context::Heat => ("heat grid", "网点云图"),
        Context::Noted => ("findings", "发现"),
        Context::Alerts => ("alerts", "预警"),
        Context::Scores => ("score cards", "评分卡列表"),
        Context::ScoreCard => ("a score card", "评分卡"),
        Context::CoachingLog => ("coaching log", "辅导记录"),
        Context::Members => ("customers", "客户名单"),
        Context::Card => ("a customer", "客户卡片"),
        Context::Review => ("a review", "回检"),
        Context::Axes => ("choosing attributes", "选用标签"),
        Context::Moments => ("event rules", "关键时刻"),
        Context::Leaflet => ("strategy's leaflet", "策略附页"),
        Context::Input => ("palette, help, prompt", "命令、帮助、输入"),
        Context::Filter => ("filter", "过滤"),
        Context::Confirm => ("a question", "确认"),
    };
    match lang {
        Lang::En => en,
        Lang::ZhCn => zh,
    }
}

/// The keys as the handbook lists them.
fn key_table(lang: Lang) -> String {
    let (heading, everywhere, between) = match lang {
        Lang::En => ("| keys | where | what it does |", "everywhere", ", "),
        Lang::ZhCn => ("| 按键 | 位置 | 作用 |", "各处", "、"),
    };
    let mut table = format!("{heading}\n|---|---|---|\n");
    for row in TABLE.iter() {
        let places: Vec<_> = row.contexts.iter().map(|c| place(*c, lang)).collect();
        let places = if places.len() > 6 { everywhere.to_owned() } else { places.join(between) };
        let keys: Vec<_> =
            row.keys.iter().map(|k| format!("`{}`", k.replace('|', "\\|"))).collect();
        let help = render(&row.help.into(), lang);
        let _ = writeln!(table, "| {} | {places} | {help} |", keys.join(" "));
    }
    table
}

/// Set `BATON_WRITE_DOCS=1` to write the tables into the handbooks.
#[test]
fn the_handbooks_list_the_keys_of_the_table_of_commands() {
    for (path, lang) in [(PAGES[0], Lang::En), (PAGES[1], Lang::ZhCn)] {
        let text = page(path);
        let start = text.find("<!-- keys:").unwrap();
        let start = start + text[start..].find('\n').unwrap() + 1;
        let end = text.find("<!-- /keys -->").unwrap();
        let table = key_table(lang);
        if std::env::var_os("BATON_WRITE_DOCS").is_some() {
            let written = format!("{}{table}{}", &text[..start], &text[end..]);
            std::fs::write(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")), written).unwrap();
        } else {
            assert!(text[start..end] == table, "{path}: run the test with BATON_WRITE_DOCS=1");
        }
    }
}
