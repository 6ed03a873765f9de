//! The Chinese command line held against the commands that there are, and against what clap can find wrong.
#![expect(clippy::disallowed_methods, reason = "a test writes a config file")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::ffi::OsString;

use clap::builder::{PossibleValue, StyledStr};
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory as _};

use super::wrong::why;
use super::*;
use crate::text::width::{cells, is_ambiguous};

fn words(line: &str) -> Vec<OsString> {
    std::iter::once("baton").chain(line.split_whitespace()).map(OsString::from).collect()
}

/// What a line is answered with, without colours.
fn answer(line: &str) -> String {
    let words = words(line);
    let error = Cli::command().try_get_matches_from(&words).expect_err("nothing is wrong with it");
    chinese(error, &words).to_string()
}

/// Every command with its path, those below `help` excepted.
fn each(command: &Command, path: &str, visit: &mut dyn FnMut(&Command, &str)) {
    visit(command, path);
    for below in command.get_subcommands().filter(|_| command.get_name() != "help") {
        let path = match below.get_name() {
            "help" => "baton help".to_owned(),
            name => format!("{path} {name}"),
        };
        each(below, &path, visit);
    }
}

fn fail_with(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n  {}\n", faults.len(), faults.join("\n  "));
}

/// What the Chinese files are held against: each place that says something, with the English of all who take it.
#[derive(Default)]
struct Held {
    english: BTreeMap<(String, String), BTreeSet<String>>,
    faults: Vec<String>,
}

impl Held {
    fn take(&mut self, section: Option<&str>, place: (&str, &str), english: Option<&StyledStr>) {
        let (path, key) = place;
        match (section, english) {
            (_, None) => self.faults.push(format!("`{path}`: `{key}` has no English")),
            (None, Some(english)) => {
                self.faults.push(format!("`{path}`: `{key}` has no Chinese: {english}"));
            }
            (Some(section), Some(english)) => {
                let at = (section.to_owned(), key.to_owned());
                self.english.entry(at).or_default().insert(english.to_string());
            }
        }
    }

    fn command(&mut self, command: &Command, path: &str) {
        let own = commands::text(path, "about").map(|_| path);
        self.take(own, (path, "about"), command.get_about());
        let more = [
            command.get_long_about(),
            command.get_before_help(),
            command.get_before_long_help(),
            command.get_after_help(),
            command.get_after_long_help(),
        ];
        if more.iter().any(Option::is_some) {
            self.faults
                .push(format!("`{path}` says more than its `about`, and that in English only"));
        }
        for arg in command.get_arguments() {
            let key = arg.get_id().as_str();
            self.take(commands::section(path, key), (path, key), arg.get_help());
            if key != "help" && arg.get_long_help().is_some() || arg.get_help_heading().is_some() {
                self.faults.push(format!("`{path}`: `{key}` says more, and that in English only"));
            }
            for value in arg.get_possible_values().iter().filter(|v| v.get_help().is_some()) {
                let key = format!("{key} {}", value.get_name());
                self.take(commands::section(path, &key), (path, &key), value.get_help());
            }
        }
    }
}

#[test]
fn every_command_argument_and_value_has_its_chinese_and_nothing_else_has() {
    let mut held = Held::default();
    let mut program = Cli::command();
    program.build();
    each(&program, "baton", &mut |command, path| held.command(command, path));
    let Held { english, mut faults } = held;
    for ((section, key), english) in &english {
        if english.len() > 1 {
            faults.push(format!("[{section}] `{key}` is one text for several: {english:?}"));
        }
    }
    for (section, key, _) in all() {
        let gone = !english.contains_key(&(section.clone(), key.clone()));
        if gone && !["heading", "error", "value"].contains(&section.as_str()) {
            faults.push(format!("[{section}] `{key}`: there is no such thing"));
        }
    }
    fail_with(&faults);
}

/// Every text of the files: section, key, text.
fn all() -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for (name, text) in commands::FILES {
        let file: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (section, texts) in file {
            all.extend(texts.into_iter().map(|(key, text)| (section.clone(), key, text)));
        }
    }
    all
}

#[test]
fn the_files_are_short_and_no_text_is_empty_twice_or_drawn_wide() {
    let mut faults = Vec::new();
    let mut sections = BTreeSet::new();
    for (name, text) in commands::FILES {
        if text.lines().count() > 500 {
            faults.push(format!("{name} is long"));
        }
        for line in text.lines().filter(|line| line.starts_with('[')) {
            if !sections.insert(line) {
                faults.push(format!("{name}: {line} stands twice"));
            }
        }
    }
    for (section, key, text) in all() {
        let signs: String = text.chars().filter(|c| is_ambiguous(*c)).collect();
        if text.trim().is_empty() || !signs.is_empty() {
            faults.push(format!("[{section}] `{key}`: {text:?} {signs}"));
        }
    }
    fail_with(&faults);
}

#[test]
fn every_sentence_that_the_code_says_is_there_and_no_other() {
    let code = [include_str!("mod.rs"), include_str!("page.rs"), include_str!("wrong.rs")].concat();
    let general = ["date", "whole", "number", "between"];
    let unused = all().into_iter().filter(|(section, key, _)| match section.as_str() {
        "heading" | "error" => !code.contains(&format!("\"{key}\"")),
        "value" => general.contains(&key.as_str()) && !code.contains(&format!("\"{key}\"")),
        _ => false,
    });
    let unused = unused.map(|(section, key, _)| format!("nothing says [{section}] `{key}`"));
    let said = |start: &str, section: &'static str| -> Vec<String> {
        let keys = code.split(start).skip(1).filter_map(|rest| rest.split('"').next());
        let missing = keys.filter(|key| commands::text(section, key).is_none());
        missing.map(|key| format!("[{section}] has no `{key}`")).collect()
    };
    let code_says = [
        said(" say(\"", "error"),
        said("filled(\"", "error"),
        said("said(\"heading\", \"", "heading"),
        said("said(\"value\", \"", "value"),
    ];
    fail_with(&unused.chain(code_says.concat()).collect::<Vec<_>>());
}

#[test]
fn what_a_value_is_refused_for_is_said_in_chinese_for_every_argument() {
    let program = Cli::command();
    let mut built = program.clone();
    built.build();
    let (mut faults, mut met) = (Vec::new(), BTreeSet::new());
    each(&built, "baton", &mut |command, path| {
        let (mut before, global) = (0, path != "baton");
        let of_its_own = |arg: &&Arg| !(global && arg.is_global_set());
        let taking = |arg: &&Arg| arg.get_action().takes_values();
        for arg in command.get_arguments().filter(of_its_own).filter(taking) {
            let mut line = words(path.strip_prefix("baton").expect("it is its beginning"));
            if let Some(long) = arg.get_long() {
                line.push(format!("--{long}=?!").into());
            } else {
                before += 1;
                line.extend(std::iter::repeat_n(OsString::from("?!"), before));
            }
            let Err(error) = program.clone().try_get_matches_from(&line) else { continue };
            if error.kind() != ErrorKind::ValueValidation {
                continue;
            }
            let source = error.source().expect("there is a reason");
            let said = why(source);
            if said == source.to_string() {
                faults.push(format!("{path} {arg}: {said}"));
            }
            met.insert(said);
        }
    });
    for (section, key, text) in all() {
        if section == "value" && key != "between" && !met.contains(&text) {
            faults.push(format!("[value] `{key}`: no argument says it"));
        }
    }
    fail_with(&faults);
}

#[test]
fn each_kind_of_error_is_a_chinese_sentence() {
    for (line, said) in [
        ("foo", "错误：没有命令 foo\n\n  提示：您是否想用 door？\n\n用法：baton [选项] [命令]\n"),
        ("sgment", "  提示：您是否想用 moment 或 segment？"),
        ("segment count --rull x", "错误：没有选项 --rull\n\n  提示：您是否想用 --rule？"),
        ("segment list extra", "错误：多出了参数 extra\n\n用法：baton segment list [选项]\n"),
        ("push sign --x", "  提示：若 --x 是值，请写 -- --x"),
        ("segment -- count", "  提示：有命令 count；请去掉它前面的 --"),
        ("push sign", "错误：缺少必需的参数：\n  --org <ORG>\n  <PUSH>\n\n用法：baton push sign"),
        ("--format xm", "错误：--format <FORMAT> 的值 xm 不对\n  [可选值：table, json, csv, xlsx]"),
        ("demo --size smal", "  提示：您是否想用 small？"),
        ("push sign --org", "错误：--org <ORG> 缺少值\n"),
        ("--as-of x", "错误：--as-of <DATE> 的值 x 不对：须为日期，如 2026-12-01\n"),
        ("push plan S --wave x", "错误：--wave <N> 的值 x 不对：须为整数\n"),
        ("calc power --p1 x", "错误：--p1 <P> 的值 x 不对：须为数字\n"),
        ("worker --every 0", "的值 0 不对：须在 1 至 86400 之间\n"),
        ("worker --every 5 --once", "错误：--every <SECONDS> 不能与 --once 同用\n"),
        (
            "kpi explain aum --compare prev --from 1 --to 2",
            "错误：--compare <COMPARE> 不能与以下参数同用：\n  --from <WHEN>\n  --to <WHEN>\n",
        ),
        ("task list --push 1 --push 2", "错误：--push <PUSH> 只能写一次\n"),
        ("segment grid X --save 1", "错误：--save <CELL> <CODE> 要 2 个值，写了 1 个\n"),
        ("a\u{1b}[31mb", "错误：没有命令 a<U+001B>[31mb\n"),
    ] {
        let answer = answer(line);
        assert!(answer.contains(said), "{line}: {answer}");
        assert!(answer.ends_with("\n\n详细说明请用 --help。\n"), "{answer}");
    }
}

#[test]
fn kinds_that_no_command_gives_yet_have_their_sentences() {
    let program = Command::new("x")
        .arg(Arg::new("eq").long("eq").require_equals(true))
        .arg(Arg::new("few").long("few").num_args(2..=3))
        .arg(Arg::new("many").long("many").num_args(1).value_terminator(";"))
        .subcommand(Command::new("below").subcommand_required(true).subcommand(Command::new("b")));
    for (line, said) in [
        ("--eq 1", "--eq=<eq> 须用等号写值"),
        ("--few 1", "至少要 2 个值，只写了 1 个"),
        ("below", "below 之后还须写一个命令\n  [可选命令：b"),
        ("--below", "没有选项 --below"),
    ] {
        let error = program.clone().try_get_matches_from(words(line)).expect_err("it is wrong");
        let answer = error.apply::<wrong::Chinese>().to_string();
        assert!(answer.contains(said), "{line}: {answer}");
    }
    for (kind, said) in [
        (ErrorKind::InvalidUtf8, "命令行中有不是 UTF-8 的文字"),
        (ErrorKind::TooManyValues, "多出了值"),
        (ErrorKind::Io, "命令行无法理解"),
    ] {
        let answer = clap::Error::new(kind).apply::<wrong::Chinese>().to_string();
        assert!(answer.contains(said), "{answer}");
    }
}

#[test]
fn help_is_chinese_whoever_asks_and_leaves_as_clap_leaves() {
    for line in ["segment count --help", "help segment count", "--lang zh-CN segment count --help"]
    {
        let answer = answer(line);
        assert!(answer.starts_with("统计规则命中的客户数"), "{answer}");
        for said in [
            "\n\n用法：baton segment count [选项] --rule <RULE>\n\n选项：\n      --rule <RULE>\n          规则，如",
            "\n          可选值：\n          - sql:     数据库\n",
            "\n          [默认：auto]\n",
            "\n\n通用选项：\n      --database-url <URL>\n",
            "\n          [环境变量：BATON_DATA_DIR]\n",
            "\n\n  -V, --version\n          显示版本\n",
        ] {
            assert!(answer.contains(said), "{said:?} in {answer}");
        }
    }
    let short = answer("segment count -h");
    assert!(short.contains("\n      --by <BY>          另按此拆分 [可选值：org]\n"), "{short}");
    assert!(short.len() < answer("segment count --help").len());
    assert!(answer("help help").starts_with("显示本帮助"));
    assert!(
        answer("segment -h").contains("\n\n用法：baton segment [选项] <命令>\n\n命令：\n  count ")
    );
    assert!(answer("worker -h").contains("用法：baton worker [选项]\n      baton worker <命令>\n"));
    let asked = Cli::command().try_get_matches_from(words("segment")).unwrap_err();
    let (code, kind) = (asked.exit_code(), asked.kind());
    let said = chinese(asked, &words("segment"));
    assert_eq!((said.exit_code(), said.kind()), (code, kind));
    assert_eq!((code, answer("--version").as_str()), (2, Cli::command().render_version().as_str()));
}

#[test]
fn no_line_of_help_is_wider_than_it_may_be() {
    let mut faults = Vec::new();
    for width in [60, 80, 100] {
        let program = page::paged(command(Lang::ZhCn), width);
        each(&program, "baton", &mut |command, path| {
            let pages = [command.get_about(), command.get_long_about()];
            for line in pages
                .iter()
                .flatten()
                .flat_map(|page| page.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
            {
                let usage = line.starts_with("用法：") || line.trim_start().starts_with("baton ");
                if cells(&line) > width && !usage {
                    faults.push(format!("{path} at {width}: {line}"));
                }
            }
        });
    }
    fail_with(&faults);
}

#[test]
fn the_arguments_are_consistent_in_both_languages() {
    for lang in Lang::ALL {
        command(lang).debug_assert();
        let taken = |line: &str| command(lang).try_get_matches_from(words(line)).map(|_| ());
        taken("segment count --rule true --engine auto --format json --as-of 2026-12-01").unwrap();
        taken("--lang zh segment grid --rule true --by age --save 1.1 SG-1").unwrap();
        assert!(taken("segment count --rule true --engine fast").is_err());
    }
}

#[test]
fn completions_explain_in_the_language_of_the_run() {
    let script = |shell: clap_complete::Shell, lang| {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command(lang), "baton", &mut script);
        String::from_utf8(script).unwrap()
    };
    for shell in <clap_complete::Shell as clap::ValueEnum>::value_variants() {
        let [en, zh] = Lang::ALL.map(|lang| script(*shell, lang));
        assert!(en.contains("segment") && zh.contains("segment"), "{shell}");
        // Bash shows no explanations.
        if *shell == clap_complete::Shell::Bash {
            assert_eq!(en, zh);
            continue;
        }
        assert!(en.contains("Freezes the list of a segment") && !en.contains("客群"), "{shell}");
        assert!(zh.contains("客群：试算规则") && zh.contains("显示版本"), "{shell}");
        assert!(!zh.contains("Freezes the list") && !zh.contains("Print help"), "{shell}");
    }
    let values = |lang| -> Vec<PossibleValue> {
        let command = command(lang);
        let format = command.get_arguments().find(|arg| arg.get_id() == "format").unwrap();
        format.get_possible_values()
    };
    assert_eq!(values(Lang::En).len(), values(Lang::ZhCn).len());
    assert_eq!(values(Lang::ZhCn)[1].get_help().unwrap().to_string(), "一个 JSON 值");
}

#[test]
fn the_language_of_a_wrong_line_is_the_lines_then_the_files_then_the_locales() {
    let home = tempfile::tempdir().unwrap();
    let mut around = Surroundings::read();
    home.path().clone_into(&mut around.config_home);
    (around.lc_all, around.lang) = (None, Some("zh_CN.UTF-8".to_owned()));
    let of = |line: &str, around: &Surroundings| language_of(&words(line), around);
    assert_eq!(of("foo", &around), Lang::ZhCn);
    assert_eq!(of("foo --lang en", &around), Lang::En);
    std::fs::create_dir(home.path().join("baton")).unwrap();
    std::fs::write(around.config_file(), "lang = 'en'\n").unwrap();
    assert_eq!(of("foo", &around), Lang::En);
    assert_eq!(of("foo --lang=zh-CN", &around), Lang::ZhCn);
    assert_eq!(of("--lang zh foo", &around), Lang::ZhCn);
    // A word that is no language, or stands behind what ends the options, asks for none.
    assert_eq!(of("foo --lang fr", &around), Lang::En);
    assert_eq!(of("foo -- --lang zh", &around), Lang::En);
    std::fs::write(around.config_file(), "lang = \n").unwrap();
    assert_eq!(of("foo", &around), Lang::ZhCn);
}
