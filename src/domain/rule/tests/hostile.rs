//! Texts made to hurt: they are refused or read, and take neither the stack nor the time.

use super::{bank, segment};
use crate::domain::rule::{MAX_DEPTH, Reason, Rule, STACK, Words};

/// Less than the 2 MiB that a thread has by default, in a build that is not optimised.
fn on_a_small_stack(text: String) -> Result<usize, Reason> {
    std::thread::Builder::new()
        .stack_size(1536 * 1024)
        .spawn(move || match Rule::parse(&text, &bank()) {
            Ok(rule) => Ok(crate::domain::rule::compile(&rule, 0).sql.len()),
            Err(error) => Err(error.reason),
        })
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn ten_thousand_of_anything_is_no_crash() {
    for text in [
        "(".repeat(10_000),
        "not ".repeat(2_500),
        "(housing or ".repeat(800),
        "age in (".repeat(1_200),
        "age = (".repeat(1_400),
        "- ".repeat(5_000),
        "-".repeat(10_000),
        "age=".repeat(2_500),
        "1=".repeat(5_000),
        "a is null ".repeat(1_000),
        "age between ".repeat(800),
        "case ".repeat(2_000),
        "array<".repeat(1_600),
        "interval ".repeat(1_100),
        "cast(".repeat(2_000),
        "{".repeat(10_000),
        "[".repeat(10_000),
        "a.".repeat(5_000),
        "'".repeat(9_999),
        "/*".repeat(5_000),
        "$$".repeat(5_000),
        "org under ".repeat(1_000),
        "age not in ".repeat(900),
    ] {
        let start: String = text.chars().take(12).collect();
        assert!(on_a_small_stack(text).is_err(), "{start}");
    }
}

/// What a chain of so many segments, each naming the one before, comes to on half of the stack of a thread that reads rules.
fn chain(of: usize) -> Result<usize, Reason> {
    let named = (0..of).map(|i| match i {
        0 => segment("S0", 1, "S", "payroll"),
        i => segment(&format!("S{i}"), 1, "S", &format!("segment('S{}') and age > {i}", i - 1)),
    });
    let words = Words { segments: named.collect(), ..bank().words().clone() };
    let vocabulary = bank().with_words(words);
    std::thread::Builder::new()
        .stack_size(STACK / 2)
        .spawn(move || {
            let rule = Rule::parse(&format!("segment('S{}')", of - 1), &vocabulary);
            rule.map(|rule| crate::domain::rule::compile(&rule, 0).sql.len()).map_err(|e| e.reason)
        })
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn a_chain_of_segments_is_read_to_its_limit_and_refused_beyond() {
    // The outermost name is one level itself.
    assert!(chain(MAX_DEPTH - 1).is_ok());
    assert_eq!(chain(MAX_DEPTH + 1), Err(Reason::SegmentsTooDeep));
}

#[test]
fn long_chains_are_read() {
    for word in [" or ", " and "] {
        let chain = vec!["vip"; 9_999 / (5 + word.len())].join(word);
        assert!(on_a_small_stack(chain).is_ok());
    }
    let mixed = vec!["age=1 or vip and"; 400].join(" ") + " true";
    assert!(on_a_small_stack(mixed).is_ok());
}

#[test]
fn the_deepest_rule_that_is_allowed_fits_a_small_stack() {
    // Each level holds all that a level can: or, and, a comparison's place, a parenthesis.
    let deep = format!("{}housing{}", "payroll or vip and (".repeat(50), ")".repeat(50));
    assert!(on_a_small_stack(deep).is_ok());
    let wrong = format!("{}housing{}", "payroll or vip and age = (".repeat(50), ")".repeat(50));
    assert!(matches!(on_a_small_stack(wrong), Err(Reason::NotOneName)));
}
