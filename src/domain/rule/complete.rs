//! What may stand where one types: names, functions, words of the grammar, and the values of what stands before.
//!
//! Like the colours, this answers any text at any place; it looks at the pieces before the caret only.

use std::borrow::Cow;
use std::ops::Range;

use super::called::FIXED;
use super::column::{Column, Kind};
use super::expected::{Expected, Word};
use super::functions::Function;
use super::highlight::{Piece, Token, pieces};
use super::known::known_words;
use super::offered::{Candidate, CompletionItem, CompletionKind};
use super::print;
use super::suggest;
use super::value::Anchor;
use super::vocabulary::Vocabulary;
use crate::domain::attribute::AttributeType;
use crate::domain::find::{Hay, Needle};
use crate::domain::message::Arg;

/// How many are offered at most.
pub(super) const MAX_ITEMS: usize = 100;

/// What may stand at the caret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completions {
    /// The characters that an item takes the place of.
    pub replace: Range<usize>,
    /// Best first.
    pub items: Vec<CompletionItem>,
}

/// What is looked for where the caret is.
enum Place {
    /// A name, a function or a literal.
    Operand,
    /// A value of this column, or another operand.
    ValueOf(Column),
    /// Something that a function names.
    Argument(Expected),
    /// What an event has.
    Field,
    /// An operator or the end.
    Operator,
    /// `null`, after `is`.
    Null,
    /// Nothing that is known.
    Nothing,
}

/// What may stand at the caret, which stands before the character of that number.
#[must_use]
pub fn complete(text: &str, caret: usize, vocabulary: &Vocabulary) -> Completions {
    let length = text.chars().count();
    let caret = caret.min(length);
    let all = pieces(text, vocabulary);
    let before = all.iter().take_while(|piece| piece.at.end < caret).count();
    let touched = all.get(before).filter(|piece| piece.at.start < caret);
    let nothing = Completions { replace: caret..caret, items: Vec::new() };
    match touched {
        Some(piece) if piece.token == Token::Comment => nothing,
        Some(piece) if piece.text.starts_with('\'') && (piece.at.end > caret || !piece.closed) => {
            in_text(&all[..before], piece, caret, vocabulary)
        }
        Some(piece) if is_word(piece) => {
            let typed: String = piece.text.chars().take(caret - piece.at.start).collect();
            let quoted = typed.starts_with('"');
            let end = if quoted && !piece.closed { caret } else { piece.at.end };
            let needle = if quoted { typed[1..].to_owned() } else { typed };
            let place = place(&all[..before], vocabulary);
            let items = best(&needle, &candidates(&place, vocabulary));
            Completions { replace: piece.at.start..end, items }
        }
        // Behind a sign, a number or a closed text: the next piece begins.
        _ => {
            let before = before + usize::from(touched.is_some_and(|piece| piece.at.end <= caret));
            if touched.is_some_and(|piece| piece.at.end > caret || piece.token == Token::Number) {
                return nothing;
            }
            let place = place(&all[..before], vocabulary);
            let items = best("", &candidates(&place, vocabulary));
            Completions { replace: caret..caret, items }
        }
    }
}

fn is_word(piece: &Piece) -> bool {
    matches!(piece.token, Token::Name | Token::UnknownName | Token::Keyword | Token::Function)
        || piece.token == Token::Error
            && piece.text.starts_with(|ch| ch == '"' || super::dialect::starts_name(ch))
}

/// Inside the quotes of a text: what it may say.
fn in_text(before: &[Piece], piece: &Piece, caret: usize, vocabulary: &Vocabulary) -> Completions {
    let typed: String = piece.text.chars().skip(1).take(caret - piece.at.start - 1).collect();
    let end = if piece.closed { piece.at.end } else { caret };
    let place = match before.last() {
        Some(last) if last.is("interval") => Place::Argument(Expected::Interval),
        _ => place(before, vocabulary),
    };
    let mut found = candidates(&place, vocabulary).into_owned();
    found.retain(|candidate| candidate.item.insert.starts_with('\''));
    if let Place::Argument(Expected::Interval) = place {
        found = intervals(false);
    }
    Completions { replace: piece.at.start..end, items: best(&typed, &found) }
}

/// What is looked for behind `before`.
fn place(before: &[Piece], vocabulary: &Vocabulary) -> Place {
    let Some(last) = before.last() else { return Place::Operand };
    if let Some((function, argument)) = open_function(before) {
        let first = matches!(last.text.as_str(), "(" | ",");
        if first && let Some(expected) = function.argument(argument) {
            return Place::Argument(expected);
        }
        if function.has_filter() && argument > 0 {
            return if ends_value(last) { Place::Operator } else { Place::Field };
        }
        if first && function != Function::Related {
            return Place::Nothing;
        }
    }
    if last.is("is") || (last.is("not") && before.len() > 1 && before[before.len() - 2].is("is")) {
        return Place::Null;
    }
    if ends_value(last) {
        return Place::Operator;
    }
    match compared(before, vocabulary) {
        Some(column) => Place::ValueOf(column),
        None => Place::Operand,
    }
}

/// The innermost function whose parentheses are open, and the number of the argument at the end.
fn open_function(before: &[Piece]) -> Option<(Function, usize)> {
    let (mut depth, mut commas) = (0_usize, 0);
    for (i, piece) in before.iter().enumerate().rev() {
        match piece.text.as_str() {
            ")" => depth += 1,
            "(" if depth > 0 => depth -= 1,
            "(" => {
                let called = i.checked_sub(1).map(|i| &before[i]);
                match called.and_then(|piece| Function::from_name(&piece.text)) {
                    Some(function) => return Some((function, commas)),
                    // A parenthesis of a condition; its commas are those of a list.
                    None => commas = 0,
                }
            }
            "," if depth == 0 => commas += 1,
            _ => {}
        }
    }
    None
}

/// Whether a value may end with the piece, so that an operator follows.
fn ends_value(piece: &Piece) -> bool {
    match piece.token {
        Token::Name | Token::UnknownName | Token::Text | Token::Number => true,
        Token::Operator => piece.text == ")",
        Token::Keyword => ["null", "true", "false", "today", "month_start", "year_start"]
            .iter()
            .any(|word| piece.is(word)),
        _ => false,
    }
}

/// The column that is compared with what stands at the end.
fn compared(before: &[Piece], vocabulary: &Vocabulary) -> Option<Column> {
    const FAR: usize = 400;
    let mut between = false;
    for (i, piece) in before.iter().enumerate().rev().take(FAR) {
        match piece.token {
            // An `and` without its `between` began another condition.
            Token::Name if between => return None,
            Token::Name => {
                return vocabulary.column(&piece.unquoted(), piece.text.starts_with('"'));
            }
            Token::Text | Token::Number => {}
            Token::Operator => match piece.text.as_str() {
                "+" | "-" | "*" | "/" | ")" => return None,
                "(" if i.checked_sub(1).is_none_or(|i| !before[i].is("in")) => return None,
                _ => {}
            },
            Token::Keyword if piece.is("or") || (piece.is("and") && between) => return None,
            Token::Keyword if piece.is("and") => between = true,
            Token::Keyword if piece.is("between") => between = false,
            Token::Keyword if ["in", "not", "like", "under"].iter().any(|word| piece.is(word)) => {
                // Behind `not` alone a condition begins.
                let operand = i.checked_sub(1).is_none_or(|i| !ends_value(&before[i]));
                if piece.is("not") && operand {
                    return None;
                }
            }
            _ => return None,
        }
    }
    None
}

fn candidates<'v>(place: &Place, vocabulary: &'v Vocabulary) -> Cow<'v, [Candidate]> {
    match place {
        Place::Operand => vocabulary.operands(operands).into(),
        Place::ValueOf(column) if plain(column) => vocabulary.operands(operands).into(),
        place => values_at(place, vocabulary).into(),
    }
}

/// Whether any other number or amount may stand beside the column's values.
fn plain(column: &Column) -> bool {
    matches!(column.kind(), Kind::Plain(AttributeType::Number | AttributeType::Money))
}

/// What may stand where no operand does, or more than operands.
fn values_at(place: &Place, vocabulary: &Vocabulary) -> Vec<Candidate> {
    match place {
        Place::ValueOf(column) => values(column, vocabulary),
        Place::Argument(Expected::Interval) => intervals(true),
        Place::Argument(Expected::Tier) => values(&Column::Tier, vocabulary),
        Place::Argument(Expected::Org) => values(&Column::Org, vocabulary),
        Place::Argument(Expected::Word(Word::Snapshot)) => {
            let all = vocabulary.words().snapshots.iter().rev();
            all.map(|snapshot| {
                let label = Some(Arg::Text(snapshot.segment.clone()));
                candidate(snapshot.id.to_string(), label, CompletionKind::Value, &[])
            })
            .collect()
        }
        Place::Argument(Expected::Word(word)) => {
            let aum = matches!(word, Word::Product).then_some(("aum", None));
            let all = suggest::named(vocabulary, *word);
            let called = |code: &str| match code {
                "aum" => suggest::ALL_PRODUCTS.as_slice(),
                code => known_words(*word, code),
            };
            aum.into_iter()
                .chain(all)
                .map(|(code, label)| quoted(code, label, called(code)))
                .collect()
        }
        Place::Operand | Place::Nothing | Place::Argument(_) => Vec::new(),
        Place::Field => ["amount", "detail", "not"].map(keyword).into(),
        Place::Operator => {
            ["and", "or", "not in", "in", "between", "like", "is null", "is not null", "under"]
                .map(keyword)
                .into()
        }
        Place::Null => ["null", "not null"].map(keyword).into(),
    }
}

fn candidate(
    insert: String,
    label: Option<Arg>,
    kind: CompletionKind,
    called: &[&str],
) -> Candidate {
    let mut words = vec![insert.as_str()];
    match &label {
        Some(Arg::Label { zh, en }) => words.extend([zh.as_str(), en.as_str()]),
        Some(Arg::Text(name)) => words.push(name),
        _ => {}
    }
    words.extend(called);
    let called = Hay::of(&words.join(" "));
    Candidate { item: CompletionItem { insert, label, kind }, called }
}

fn keyword(word: &str) -> Candidate {
    candidate(word.to_owned(), None, CompletionKind::Keyword, &[])
}

fn quoted(code: &str, label: Option<Arg>, called: &[&str]) -> Candidate {
    let insert = format!("'{}'", code.replace('\'', "''"));
    candidate(insert, label, CompletionKind::Value, called)
}

/// Whatever an operand may begin with: columns, functions and words. [`Vocabulary`] keeps them: a thousand names are made ready
/// once, not with each letter.
fn operands(vocabulary: &Vocabulary) -> Vec<Candidate> {
    let fixed = FIXED.iter().map(|(code, key, called)| {
        candidate((*code).to_owned(), Some(Arg::from(*key)), CompletionKind::Name, called)
    });
    let attributes = vocabulary.attributes().iter().map(|attribute| {
        let (zh, en) = (attribute.zh.clone(), attribute.en.clone());
        let label = (zh != attribute.code || en != attribute.code).then_some(Arg::Label { zh, en });
        candidate(print::name(&attribute.code), label, CompletionKind::Name, &[])
    });
    let functions = Function::ALL.into_iter().map(|function| {
        let close = if function == Function::ProductCount { ")" } else { "" };
        let insert = format!("{}({close}", function.name());
        let label = Some(Arg::from(function.key()));
        candidate(insert, label, CompletionKind::Function, function.called())
    });
    let words = ["not", "true", "false"].into_iter().map(keyword);
    fixed
        .chain(attributes)
        .chain(functions)
        .chain(words)
        .chain(Anchor::ALL.into_iter().map(|anchor| keyword(anchor.code())))
        .collect()
}

fn values(column: &Column, vocabulary: &Vocabulary) -> Vec<Candidate> {
    let one = |code: &str| {
        let words = suggest::value_words(column, code);
        quoted(code, vocabulary.value_called(column, code).arg(), words)
    };
    match column.kind() {
        Kind::Tier => vocabulary.tiers().iter().map(|tier| one(&tier.code)).collect(),
        Kind::Org => vocabulary.units().iter().map(|unit| one(&unit.code)).collect(),
        Kind::Staff => {
            let staff = |code| quoted(code, vocabulary.staff_called(code).arg(), &[]);
            vocabulary.staff_codes().map(staff).collect()
        }
        Kind::Plain(AttributeType::Category) => {
            let mut values: Vec<&str> = vocabulary.values(column).collect();
            values.sort_unstable();
            values.into_iter().map(one).collect()
        }
        Kind::Plain(AttributeType::Flag) => ["true", "false"].map(keyword).into(),
        Kind::Plain(AttributeType::Date) => {
            let mut days =
                ["today", "today - 30", "today - interval '3 months'"].map(keyword).to_vec();
            days.extend(["month_start", "year_start"].map(keyword));
            days.extend_from_slice(vocabulary.operands(operands));
            days
        }
        Kind::Plain(AttributeType::Number | AttributeType::Money) => {
            vocabulary.operands(operands).to_vec()
        }
    }
}

fn intervals(whole: bool) -> Vec<Candidate> {
    ["7 days", "30 days", "90 days", "3 months", "6 months", "1 year"]
        .map(|interval| {
            let insert =
                if whole { format!("interval '{interval}'") } else { format!("'{interval}'") };
            candidate(insert, None, CompletionKind::Value, &[])
        })
        .into()
}

/// Those that fit what was typed, best first; what begins as it was typed goes before all else.
fn best(typed: &str, candidates: &[Candidate]) -> Vec<CompletionItem> {
    let typed = typed.trim();
    if typed.is_empty() {
        return candidates.iter().take(MAX_ITEMS).map(|candidate| candidate.item.clone()).collect();
    }
    let mut needle = Needle::plain(typed);
    let folded = typed.to_lowercase();
    let mut found: Vec<((bool, u32), usize, &Candidate)> = candidates
        .iter()
        .enumerate()
        .filter_map(|(i, candidate)| {
            let score = needle.score(&candidate.called)?;
            let bare = candidate.item.insert.trim_start_matches(['\'', '"']).to_lowercase();
            Some(((bare.starts_with(&folded), score), i, candidate))
        })
        .collect();
    found.sort_by(|(a, i, _), (b, j, _)| b.cmp(a).then(i.cmp(j)));
    found.into_iter().take(MAX_ITEMS).map(|(.., candidate)| candidate.item.clone()).collect()
}
