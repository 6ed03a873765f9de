//! What `docs/methods.md` shows is what the program answers.
#![expect(clippy::disallowed_methods, reason = "a test reads the page")]

mod support;

use std::fmt::Write as _;

use support::Baton;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/methods.md");

/// Splits as a shell does where there is nothing but double quotes.
fn words(line: &str) -> Vec<String> {
    let halves = line.split('"').enumerate();
    halves
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// What the command says and writes, as a terminal shows it.
fn answer(command: &str) -> String {
    let words = words(command);
    assert_eq!(words.first().map(String::as_str), Some("baton"), "{command}");
    let output = Baton::bare().args(&words[1..]).run();
    assert!(output.status.success(), "{command}");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    format!("{}{}", text(output.stderr), text(output.stdout))
}

/// Set `BATON_WRITE_DOCS=1` to write the answers into the page.
#[test]
fn every_example_of_the_methods_is_what_the_program_answers() {
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let mut blocks = page.split("```sh\n");
    let mut written = blocks.next().unwrap_or_default().to_owned();
    let mut examples = 0;
    for block in blocks {
        let (command, rest) = block.split_once("\n```\n```text\n").expect("an answer follows");
        let after = &rest[rest.find("```").expect("the answer ends")..];
        let _ = write!(written, "```sh\n{command}\n```\n```text\n{}{after}", answer(command));
        examples += 1;
    }
    assert_eq!(examples, 13);
    if std::env::var_os("BATON_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, written).expect("the page is written");
    } else {
        assert!(written == page, "docs/methods.md: run the test with BATON_WRITE_DOCS=1");
    }
}
