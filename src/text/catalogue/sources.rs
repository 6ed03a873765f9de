//! Reads the crate's own sources for the keys they name, so that the catalogues can be held against them.
#![expect(clippy::disallowed_methods, reason = "a test reads the sources")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One `msg!` of the code.
pub(super) struct Use {
    pub(super) key: String,
    /// `src/...rs:line`
    pub(super) place: String,
    /// The names given by `.with(...)`, where the message is made in one expression.
    pub(super) args: BTreeSet<String>,
    /// Whether the message is made right there and ends there, so that `args` are all, or nearly.
    pub(super) whole: bool,
    /// The names that any message of the file is given: one made in a branch may get an argument after it.
    pub(super) in_file: BTreeSet<String>,
}

/// Every key named in `src`, tests of the modules excepted where the key begins with `test.`.
pub(super) fn uses() -> Vec<Use> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files.sort();
    files.iter().flat_map(|path| uses_in(path, &std::fs::read_to_string(path).unwrap())).collect()
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn uses_in(path: &Path, source: &str) -> Vec<Use> {
    let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display().to_string();
    let in_file: BTreeSet<String> = source
        .split(".with(")
        .skip(1)
        .filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next())
        .map(str::to_owned)
        .collect();
    let mut found = Vec::new();
    for (at, _) in source.match_indices("msg!(") {
        let line_start = source[..at].rfind('\n').map_or(0, |i| i + 1);
        if source[line_start..at].trim_start().starts_with("//") {
            continue;
        }
        let rest = source[at + "msg!(".len()..].trim_start();
        let Some(key) = rest.strip_prefix('"').and_then(|r| r.split('"').next()) else { continue };
        let shaped = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if key.starts_with("test.") || !key.bytes().all(shaped) {
            continue;
        }
        let line = source[..at].matches('\n').count() + 1;
        let made_here =
            source[..at].trim_end().trim_end_matches("crate::").ends_with("Message::new(");
        let after = &rest[key.len() + 2..];
        let (args, ends) = chain(after.trim_start().trim_start_matches(','));
        let whole = made_here && ends;
        let args = if made_here { args } else { BTreeSet::new() };
        let place = format!("{name}:{line}");
        found.push(Use { key: key.to_owned(), place, args, whole, in_file: in_file.clone() });
    }
    found
}

/// The names of `.with("name", ...)` that follow `msg!("..."`, and whether nothing else follows them.
fn chain(after: &str) -> (BTreeSet<String>, bool) {
    let mut names = BTreeSet::new();
    let mut rest = after;
    for _ in 0..2 {
        let Some(closed) = rest.trim_start().trim_start_matches(',').trim_start().strip_prefix(')')
        else {
            return (names, false);
        };
        rest = closed;
    }
    while let Some(call) = rest.trim_start().strip_prefix(".with(") {
        let Some(name) = call.trim_start().strip_prefix('"').and_then(|r| r.split('"').next())
        else {
            return (names, false);
        };
        names.insert(name.to_owned());
        let Some(end) = closing(call) else { return (names, false) };
        rest = &call[end + 1..];
    }
    let rest = rest.trim_start();
    (names, !rest.starts_with(['.', ';']))
}

/// Where the bracket that is open at the start of `text` closes.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (1_i32, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn uses_are_found_with_their_arguments() {
    // Built from pieces, so that this page's own text is not taken for a use.
    let call = |key: &str| format!("{}{key}\")", "msg!(\"");
    let source = format!(
        "// {}\nMessage::new({}).with(\"n\", f(\")\")).with(\"to\", 2)\n; let k = {};",
        call("no.comment"),
        call("a.b"),
        call("c.d")
    );
    let found = uses_in(Path::new("x.rs"), &source);
    assert_eq!(found.iter().map(|u| u.key.as_str()).collect::<Vec<_>>(), ["a.b", "c.d"]);
    assert_eq!(found[0].args.iter().map(String::as_str).collect::<Vec<_>>(), ["n", "to"]);
    assert_eq!(found[0].place, "x.rs:2");
}
