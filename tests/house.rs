//! The house's arrows and absences, held against the sources (ARCHITECTURE.md, `src/lib.rs`).
#![expect(clippy::disallowed_methods, reason = "a test reads the sources")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which modules a module may name, besides itself. A module's own tests may name any.
const ARROWS: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("app", &["domain"]),
    ("text", &["domain"]),
    ("store", &["domain"]),
    ("ui", &["app", "text", "domain"]),
    ("runtime", &["app", "store", "engine", "domain"]),
    ("cli", &["app", "store", "engine", "text", "domain"]),
    ("worker", &["store", "domain"]),
];

/// What a module must not name, and the one file that may.
const ABSENCES: [(&str, &str, Option<&str>); 17] = [
    ("domain", "ratatui", None),
    ("domain", "crossterm", None),
    ("domain", "sqlx", None),
    ("domain", "tokio", None),
    ("app", "ratatui", None),
    ("app", "crossterm", None),
    ("app", "sqlx", None),
    ("app", "tokio", None),
    ("app", "tui_textarea", Some("app/editor.rs")),
    ("ui", "sqlx", None),
    ("store", "ratatui", None),
    // Every connection counts as one of the process's; whether a server answers is asked before there are any.
    ("", "connect_with", Some("store/line.rs")),
    ("", "connect::connect", None),
    ("", "line::connect", Some("store/cluster/mod.rs")),
    ("", "AssertSqlSafe", Some("store/dynamic.rs")),
    ("", "copy_in_raw", Some("store/dynamic.rs")),
    ("", "copy_out_raw", Some("store/dynamic.rs")),
];

/// The longest file, in lines.
const LONGEST: usize = 500;

struct Source {
    /// Below `src`.
    path: String,
    /// Without comments and strings' worth of prose: lines of code with their numbers.
    code: Vec<(usize, String)>,
    lines: usize,
}

impl Source {
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The code with each `use` in one piece, however many lines it takes, where its first line stands.
    fn statements(&self) -> Vec<(usize, String)> {
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut goes_on = false;
        for (number, line) in &self.code {
            match found.last_mut().filter(|_| goes_on) {
                Some((_, statement)) => statement.push_str(line),
                None => found.push((*number, line.clone())),
            }
            let begins = line.trim_start().starts_with("use ") || line.contains(" use ");
            goes_on = (goes_on || begins) && !line.contains(';');
        }
        found
    }

    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            let code = text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
                .map(|(i, line)| (i + 1, line.to_owned()))
                .collect();
            let path = file.strip_prefix(&root).unwrap().display().to_string();
            Source { path, code, lines: text.lines().count() }
        })
        .collect()
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// True if `line` names `word` as a whole path segment.
fn names(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part)
    })
}

/// The modules of this crate that `line` names by `crate::`, in a group such as `crate::{a, b}` too.
fn crate_modules(line: &str) -> Vec<String> {
    modules_behind(line, "crate::")
}

/// The modules that `line` names right behind `start`, one or a group of them.
fn modules_behind(line: &str, start: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, start) in line.match_indices(start) {
        let tail = &line[at + start.len()..];
        let heads = tail.strip_prefix('{').map_or_else(|| vec![tail], heads);
        for head in heads {
            let end = head.trim_start();
            let word: String =
                end.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push(word);
        }
    }
    found
}

/// The paths of a group, without looking into the groups within it.
fn heads(group: &str) -> Vec<&str> {
    let (mut heads, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(&group[from..at]);
                return heads;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(&group[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    heads.push(&group[from..]);
    heads
}

fn held(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn arrows_point_one_way() {
    let arrows: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let modules: Vec<&str> = arrows.keys().copied().collect();
    let mut faults = Vec::new();
    for source in sources() {
        let Some(may) = arrows.get(source.module()) else { continue };
        if source.is_test() {
            continue;
        }
        for (number, statement) in source.statements() {
            for named in crate_modules(&statement) {
                let known = modules.contains(&named.as_str());
                if known && named != source.module() && !may.contains(&named.as_str()) {
                    faults.push(format!("src/{}:{number} names {named}", source.path));
                }
            }
        }
    }
    held(&faults);
}

#[test]
fn what_must_be_absent_is_absent() {
    let mut faults = Vec::new();
    for source in sources() {
        for (module, word, except) in ABSENCES {
            let concerned = module.is_empty() || source.module() == module;
            if !concerned || except == Some(source.path.as_str()) {
                continue;
            }
            for (number, line) in source.code.iter().filter(|(_, line)| names(line, word)) {
                faults.push(format!("src/{}:{number} names {word}: {}", source.path, line.trim()));
            }
        }
    }
    held(&faults);
}

/// Folders whose files stand in layers: none takes from one that takes from it, over however many others.
const LAYERED: [&str; 3] = ["app/update", "store", "store/cluster"];

/// The files and folders right below `folder`, each with those beside it that it takes from.
fn beside(folder: &str, sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let unit = |source: &Source| {
        let rest = source.path.strip_prefix(folder)?.strip_prefix('/')?;
        let unit = rest.split(['/', '.']).next().unwrap_or_default();
        (unit != "mod" && !source.is_test()).then(|| (unit.to_owned(), rest.to_owned()))
    };
    let units: Vec<String> =
        sources.iter().filter_map(|source| unit(source).map(|(unit, _)| unit)).collect();
    let whole = format!("crate::{}::", folder.replace('/', "::"));
    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        let Some((own, rest)) = unit(source) else { continue };
        let here = !rest.contains('/') || rest == format!("{own}/mod.rs");
        let starts = if here { vec![whole.as_str(), "super::"] } else { vec![whole.as_str()] };
        for (_, line) in source.statements() {
            let names = starts.iter().flat_map(|start| modules_behind(&line, start));
            let others = names.filter(|name| *name != own && units.contains(name));
            taken.entry(own.clone()).or_default().extend(others);
        }
    }
    taken
}

#[test]
fn layered_files_do_not_go_round_in_a_circle() {
    let sources = sources();
    for folder in LAYERED {
        let mut left = beside(folder, &sources);
        assert!(left.values().any(|taken| !taken.is_empty()), "{folder}: nothing was read");
        // Whoever takes from nobody who is left is a floor; what is left at the end goes round.
        loop {
            let standing: Vec<String> = left.keys().cloned().collect();
            let before = left.len();
            left.retain(|_, taken| taken.iter().any(|name| standing.contains(name)));
            if left.len() == before {
                break;
            }
        }
        assert!(left.is_empty(), "{folder} goes round: {left:?}");
    }
}

#[test]
fn only_main_knows_everybody() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.path == "main.rs") {
        if source.lines > 200 {
            faults.push(format!("main.rs has {} lines: it builds and hands over", source.lines));
        }
    }
    held(&faults);
}

/// Where two files need one another, neither is read alone: what both need stands in a third.
#[test]
fn the_files_of_the_rule_language_need_one_another_in_one_direction() {
    let mut needs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources() {
        let Some(file) = source.path.strip_prefix("domain/rule/") else { continue };
        let Some(name) = file.strip_suffix(".rs").filter(|n| *n != "mod" && !n.contains('/'))
        else {
            continue;
        };
        let own = source.statements().into_iter();
        let own = own.take_while(|(_, line)| !line.contains("#[cfg(test)]"));
        let found = own.flat_map(|(_, line)| modules_behind(&line, "super::"));
        needs.insert(name.to_owned(), found.filter(|other| other != name).collect());
    }
    assert!(needs["suggest"].contains(&"vocabulary".to_owned()), "it reads what is needed");
    // Whoever needs nobody that is left is taken away; who stays is in a circle, or needs one that is.
    loop {
        let free = needs.iter().find(|(_, all)| !all.iter().any(|one| needs.contains_key(one)));
        let Some(free) = free.map(|(name, _)| name.clone()) else { break };
        needs.remove(&free);
    }
    held(&needs.keys().map(|name| format!("domain/rule/{name}.rs")).collect::<Vec<_>>());
}

#[test]
fn files_are_short() {
    let long = sources().into_iter().filter(|source| source.lines > LONGEST);
    let faults: Vec<_> =
        long.map(|source| format!("src/{}: {} lines", source.path, source.lines)).collect();
    held(&faults);
}

#[test]
fn the_reader_of_sources_sees_what_it_looks_for() {
    assert!(names("use sqlx::PgConnection;", "sqlx"));
    assert!(!names("let sqlxish = 1;", "sqlx"));
    assert_eq!(crate_modules("use crate::{store, text::Lang};"), ["store", "text"]);
    assert_eq!(crate_modules("use crate::{text::{self, Lang}, store::Db};"), ["text", "store"]);
    let lines = [
        "use crate::{",
        "    text::{",
        "        self, Lang,",
        "    },",
        "    ui,",
        "};",
        "fn x() {}",
    ];
    let code = lines.iter().enumerate().map(|(at, line)| (at + 1, (*line).to_owned())).collect();
    let source = Source { path: "store/x.rs".to_owned(), code, lines: lines.len() };
    let statements = source.statements();
    assert_eq!(statements.len(), 2, "{statements:?}");
    let named = crate_modules(&statements[0].1);
    assert!(statements[0].0 == 1 && named[..2] == ["text", "ui"], "{named:?}");
    assert_eq!(crate_modules("let x = crate::ui::draw(crate::app::State::new());"), ["ui", "app"]);
    assert!(sources().iter().any(|source| source.path == "domain/mod.rs"));
}

/// Two versions of these would draw, read keys or measure text in two ways that do not know of each other.
#[test]
fn there_is_one_ratatui_one_crossterm_one_unicode_width() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    for name in ["ratatui", "crossterm", "unicode-width"] {
        let versions: Vec<_> =
            packages.iter().filter(|p| p["name"] == name).map(|p| &p["version"]).collect();
        assert_eq!(versions.len(), 1, "{name}: {versions:?}");
    }
}

/// The migration from which on each says which text its functions are from.
const FROM: u32 = 363;

/// What a migration redefines without naming the newest file before it that defines it: such a text may undo what another
/// branch brought under a lower number.
fn redefined_unnamed(files: &[(u32, String)]) -> Vec<String> {
    let mut newest: BTreeMap<String, u32> = BTreeMap::new();
    let mut found = Vec::new();
    for (number, text) in files {
        let comments: String =
            text.lines().filter(|line| line.trim_start().starts_with("--")).collect();
        let pieces: Vec<&str> = text.split("function baton.").collect();
        for (before, after) in pieces.iter().zip(&pieces[1..]) {
            let before = before.trim_end();
            if !before.ends_with("create") && !before.ends_with("replace") {
                continue;
            }
            let name = after.split('(').next().unwrap_or_default().to_owned();
            let earlier = newest.insert(name.clone(), *number).filter(|at| at != number);
            if let Some(from) =
                earlier.filter(|from| *number >= FROM && !comments.contains(&format!("{from:04}")))
            {
                found.push(format!(
                    "{number:04} redefines baton.{name} of {from:04} and does not name it"
                ));
            }
        }
    }
    found
}

#[test]
fn who_redefines_a_function_names_the_text_it_is_from() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<(u32, String)> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let number = name.split('_').next().unwrap().parse().expect("a migration's number");
            (number, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    assert_eq!(redefined_unnamed(&files), Vec::<String>::new());
    let (old, new) = ("create function baton.f(", "create or replace function baton.f(");
    let of = |text: &str| [(360, old.to_owned()), (371, new.to_owned()), (381, text.to_owned())];
    let told = redefined_unnamed(&of(&format!("-- from 0371\n{new}")));
    assert_eq!(told, ["0371 redefines baton.f of 0360 and does not name it"]);
    let undone = redefined_unnamed(&of(&format!("-- from 0360\n{new}")));
    assert_eq!(undone[1..], ["0381 redefines baton.f of 0371 and does not name it"]);
}
