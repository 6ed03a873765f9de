//! Segments that a rule names: each is read where it is named, and the way there is kept, so that one that comes
//! round to itself is refused.

use std::cell::Cell;

use sqlparser::tokenizer::Span;

use super::MAX_DEPTH;
use super::empty::{self, Ground};
use super::error::{Reason, RuleError};
use super::expected::Word;
use super::expr::{EventFilter, EventSet, Expr, Leaf};
use super::lowering::{Lower, Lowered, Named, Scope, span};
use super::source::Source;
use super::suggest;
use super::vocabulary::Vocabulary;

/// Characters that the rules of all segments that a rule names, and those that these name, may have together.
const MAX_SEGMENT_CHARS: usize = 100_000;

/// Reads the rule of the segment `code`, if it is one's.
pub(super) fn read(
    text: &str,
    vocabulary: &Vocabulary,
    source: &Source,
    (code, whole): (Option<&str>, bool),
) -> Result<Expr, RuleError> {
    let left = Cell::new(MAX_SEGMENT_CHARS);
    let of = code.map(|code| Named { code, version: None, pinned: false });
    let scope = Scope { outer: None, of, whole, left: &left };
    lowered(text, vocabulary, source, &scope, 0, false)
}

/// Reads a condition on one event.
pub(super) fn read_event(
    text: &str,
    vocabulary: &Vocabulary,
    source: &Source,
) -> Result<EventFilter, RuleError> {
    let ast = source.parse(text, 0)?;
    alone(vocabulary, source, |lower| lower.filter(&ast))
}

/// Reads one of the two of a sequence.
pub(super) fn read_events(
    text: &str,
    vocabulary: &Vocabulary,
    source: &Source,
) -> Result<EventSet, RuleError> {
    let ast = source.parse(text, 0)?;
    alone(vocabulary, source, |lower| lower.events_of_sequence(&ast))
}

/// Reads what is no whole rule.
fn alone<T>(
    vocabulary: &Vocabulary,
    source: &Source,
    read: impl for<'a> FnOnce(&Lower<'a>) -> Lowered<T>,
) -> Lowered<T> {
    let left = Cell::new(MAX_SEGMENT_CHARS);
    let scope = Scope { outer: None, of: None, whole: false, left: &left };
    let (depth, related) = (Cell::new(0), Cell::new(false));
    let all = Cell::new(false);
    read(&Lower { source, vocabulary, scope: &scope, depth, related, all })
}

fn lowered(
    text: &str,
    vocabulary: &Vocabulary,
    source: &Source,
    scope: &Scope<'_>,
    depth: usize,
    related: bool,
) -> Result<Expr, RuleError> {
    let ast = source.parse(text, depth)?;
    let (depth, related) = (Cell::new(depth), Cell::new(related));
    let all = Cell::new(scope.whole);
    let lower = Lower { source, vocabulary, scope, depth, related, all };
    let expr = lower.condition(&ast)?;
    let nobody = if scope.whole { empty::whole(&expr, &Ground::of(vocabulary)) } else { None };
    match nobody {
        Some(reason) => lower.refuse(reason, span(&ast)),
        None => Ok(expr),
    }
}

impl Lower<'_> {
    /// `segment('CODE')` with its rule read and put in.
    pub(super) fn segment(&self, code: &str, version: Option<i32>, at: Span) -> Lowered<Leaf> {
        let found = self.vocabulary.known().segment(code, version);
        // The text being written may come round to itself before there is any version of it.
        let number = version.or(found.map(|word| word.version));
        let named = Named { code, version: number, pinned: version.is_some() };
        if let Some(path) = self.scope.circle(&named) {
            return self.refuse(Reason::Cycle { path }, at);
        }
        let Some(word) = found else {
            if let (Some(number), Some(latest)) =
                (version, self.vocabulary.known().segment(code, None))
            {
                let (code, latest) = (code.to_owned(), latest.version);
                return self.refuse(Reason::NoVersion { code, number, latest }, at);
            }
            let meant = suggest::word(self.vocabulary, Word::Segment, code, false);
            let value = code.to_owned();
            return self.refuse(Reason::UnknownWord { what: Word::Segment, value, meant }, at);
        };
        let Some(left) = self.scope.left.get().checked_sub(word.rule.chars().count()) else {
            return self.refuse(Reason::SegmentsTooLong { max: MAX_SEGMENT_CHARS }, at);
        };
        self.scope.left.set(left);
        let depth = self.depth.get() + 1;
        if depth > MAX_DEPTH {
            return self.refuse(Reason::SegmentsTooDeep, at);
        }
        let scope = Scope {
            outer: Some(self.scope),
            of: Some(Named { code: &word.code, ..named }),
            // What a segment asks is its own matter: one that finds nobody may be named.
            whole: false,
            left: self.scope.left,
        };
        let source = Source::new(&word.rule);
        let read = lowered(&word.rule, self.vocabulary, &source, &scope, depth, self.related.get());
        match read {
            Ok(rule) => {
                Ok(Leaf::Segment { code: word.code.clone(), version, rule: Box::new(rule) })
            }
            Err(inner) => self.refuse(within(code, inner.reason), at),
        }
    }
}

/// Why a rule is refused that names the segment `code`, whose own rule is refused for `reason`.
fn within(code: &str, reason: Reason) -> Reason {
    match reason {
        // The rule by itself was not too deep when it was saved.
        Reason::TooDeep => Reason::SegmentsTooDeep,
        // These are the fault of all of them together.
        reason @ (Reason::Cycle { .. }
        | Reason::SegmentsTooDeep
        | Reason::SegmentsTooLong { .. }
        | Reason::NestedRelation
        | Reason::BrokenSegment { .. }) => reason,
        reason => Reason::BrokenSegment { code: code.to_owned(), reason: Box::new(reason) },
    }
}
