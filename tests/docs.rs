//! What the handbooks say about commands must be what the program takes.
#![expect(clippy::disallowed_methods, reason = "a test reads the handbooks")]

use baton::cli::Cli;
use clap::Parser as _;

const PAGES: [&str; 3] = ["docs/handbook.en.md", "docs/handbook.zh-CN.md", "docs/admin.md"];

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
