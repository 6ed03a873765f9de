//! A rule's text in colours, whatever it is: while one types it is hardly ever a rule.
//!
//! This reads signs on its own and never refuses. It marks what it can tell by looking at words alone; what is wrong
//! with the rule is the parser's to say.

use std::ops::Range;

use super::dialect::{INTERVAL, continues_name, starts_name};
use super::functions::Function;
use super::lower_term::anchor_of;
use super::vocabulary::Vocabulary;

/// What a piece of a rule's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// A word of the grammar, and `today` and its like.
    Keyword,
    /// A name that the bank has.
    Name,
    /// A name that it does not have, or not yet.
    UnknownName,
    /// The name of a function.
    Function,
    /// A text in quotes.
    Text,
    /// A number.
    Number,
    /// An operator, a comma or a parenthesis.
    Operator,
    /// A comment.
    Comment,
    /// A sign that no rule has, a function that there is not, a quote that is not closed.
    Error,
}

/// Words that are no names.
const KEYWORDS: [&str; 12] =
    ["and", "or", "not", "in", "between", "is", "null", "true", "false", "under", "like", "select"];

/// A piece of the text.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) token: Token,
    /// In characters.
    pub(super) at: Range<usize>,
    /// As it stands there.
    pub(super) text: String,
    /// Whether a quote or comment is closed; all else is.
    pub(super) closed: bool,
}

impl Piece {
    /// What stands between the quotes of a text or a quoted name.
    pub(super) fn unquoted(&self) -> String {
        let quote = if self.text.starts_with('"') { '"' } else { '\'' };
        let Some(inner) = self.text.strip_prefix(quote) else { return self.text.clone() };
        let inner = if self.closed { inner.strip_suffix(quote).unwrap_or(inner) } else { inner };
        inner.replace(&format!("{quote}{quote}"), &quote.to_string())
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

/// The pieces of a rule's text from left to right, white space left out. Places are in characters.
#[must_use]
pub fn highlight(text: &str, vocabulary: &Vocabulary) -> Vec<(Range<usize>, Token)> {
    pieces(text, vocabulary).into_iter().map(|piece| (piece.at, piece.token)).collect()
}

/// Whether somebody wrote beside the rule what is no part of it.
#[must_use]
pub fn has_comments(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let (token, end, _) = next(&chars, at);
        if token == Some(Token::Comment) {
            return true;
        }
        at = end;
    }
    false
}

pub(super) fn pieces(text: &str, vocabulary: &Vocabulary) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (token, end, closed) = next(&chars, at);
        if let Some(token) = token {
            let text: String = chars[at..end].iter().collect();
            found.push(Piece { token, at: at..end, text, closed });
        }
        at = end;
    }
    name(&mut found, vocabulary);
    found
}

/// The piece that starts at `at`, none for white space; where it ends, and whether it is closed.
fn next(chars: &[char], at: usize) -> (Option<Token>, usize, bool) {
    let rest = &chars[at..];
    let run = |holds: fn(char) -> bool| at + rest.iter().take_while(|ch| holds(**ch)).count();
    let two = (rest[0], rest.get(1).copied());
    match two {
        (ch, _) if ch.is_whitespace() => (None, run(char::is_whitespace), true),
        ('-', Some('-')) => (Some(Token::Comment), run(|ch| ch != '\n'), true),
        ('/', Some('*')) => {
            let (end, closed) = comment(chars, at);
            (Some(if closed { Token::Comment } else { Token::Error }), end, closed)
        }
        ('\'', _) => {
            let (end, closed) = quoted(chars, at);
            (Some(if closed { Token::Text } else { Token::Error }), end, closed)
        }
        ('"', _) => {
            let (end, closed) = quoted(chars, at);
            (Some(if closed { Token::Name } else { Token::Error }), end, closed)
        }
        (ch, _) if starts_name(ch) => (Some(Token::Name), run(continues_name), true),
        (ch, _) if ch.is_ascii_digit() => {
            (Some(Token::Number), run(|ch| ch.is_ascii_digit() || ch == '.'), true)
        }
        ('.', Some(ch)) if ch.is_ascii_digit() => {
            (Some(Token::Number), run(|ch| ch.is_ascii_digit() || ch == '.'), true)
        }
        ('<', Some('=' | '>')) | ('>' | '!', Some('=')) => (Some(Token::Operator), at + 2, true),
        ('<' | '>' | '=' | '+' | '-' | '*' | '/' | ',' | '(' | ')', _) => {
            (Some(Token::Operator), at + 1, true)
        }
        _ => (Some(Token::Error), at + 1, true),
    }
}

/// Where the quote that opens at `at` is closed, two of them being one that is not.
fn quoted(chars: &[char], at: usize) -> (usize, bool) {
    let quote = chars[at];
    let mut end = at + 1;
    while let Some(ch) = chars.get(end) {
        if *ch == quote {
            if chars.get(end + 1) != Some(&quote) {
                return (end + 1, true);
            }
            end += 1;
        }
        end += 1;
    }
    (chars.len(), false)
}

/// Where the comment that opens at `at` is closed; comments nest.
fn comment(chars: &[char], at: usize) -> (usize, bool) {
    let (mut end, mut depth) = (at + 2, 1);
    while depth > 0 {
        match (chars.get(end), chars.get(end + 1)) {
            (None, _) => return (chars.len(), false),
            (Some('/'), Some('*')) => (depth, end) = (depth + 1, end + 2),
            (Some('*'), Some('/')) => (depth, end) = (depth - 1, end + 2),
            _ => end += 1,
        }
    }
    (end, true)
}

/// Says of every word what it is.
fn name(pieces: &mut [Piece], vocabulary: &Vocabulary) {
    // The functions whose parentheses are open.
    let mut open: Vec<Option<Function>> = Vec::new();
    for i in 0..pieces.len() {
        match pieces[i].text.as_str() {
            "(" => {
                let before = i.checked_sub(1).map(|before| &pieces[before]);
                let called = before.filter(|piece| piece.token == Token::Function);
                open.push(called.and_then(|piece| Function::from_name(&piece.text)));
                continue;
            }
            ")" => {
                open.pop();
                continue;
            }
            _ if pieces[i].token != Token::Name => continue,
            _ => {}
        }
        let next = pieces.get(i + 1);
        let called = next.is_some_and(|piece| piece.text == "(");
        let before_text = next.is_some_and(|piece| piece.text.starts_with('\''));
        let in_events = open.iter().flatten().any(|function| function.has_filter());
        pieces[i].token = word(&pieces[i], called, before_text, in_events, vocabulary);
    }
}

fn word(
    piece: &Piece,
    called: bool,
    before_text: bool,
    in_events: bool,
    vocabulary: &Vocabulary,
) -> Token {
    let quoted = piece.text.starts_with('"');
    if !quoted {
        let folded = piece.text.to_ascii_lowercase();
        if KEYWORDS.contains(&folded.as_str()) {
            return Token::Keyword;
        }
        if called {
            return Function::from_name(&folded).map_or(Token::Error, |_| Token::Function);
        }
        if anchor_of(&folded).is_some() || (before_text && folded == INTERVAL) {
            return Token::Keyword;
        }
        if in_events && matches!(folded.as_str(), "amount" | "detail") {
            return Token::Name;
        }
    }
    match vocabulary.column(&piece.unquoted(), quoted) {
        Some(_) => Token::Name,
        None => Token::UnknownName,
    }
}
