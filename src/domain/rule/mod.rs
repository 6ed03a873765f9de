//! The rule language (规则): a SQL condition over a checked vocabulary, and what becomes of it.
//!
//! Text is read by [`Rule::parse`] against a [`Vocabulary`], which refuses every name and value that the bank does
//! not have, with the place and a guess at what was meant. What comes out is a tree of our own in which every name
//! is resolved; [`Rule::canonical`] prints it in one form, and [`compile`] makes SQL of it in which every value is a
//! bound parameter and every identifier comes from the dictionary. Nothing of the text reaches the database.

mod age;
mod bind;
mod called;
mod choice;
mod choices;
mod column;
mod compare;
mod compile;
mod compile_event;
mod compile_holding;
mod compile_join;
mod compile_leaf;
mod complete;
mod dialect;
mod draft;
mod draft_of;
mod edit;
mod edit_node;
mod empty;
mod error;
mod error_message;
mod evaluate;
mod evaluate_event;
mod evaluate_leaf;
mod expected;
mod expr;
mod facts;
mod field;
mod functions;
mod gloss;
mod highlight;
mod inside;
mod known;
mod leaves;
mod likeness;
mod lower;
mod lower_filter;
mod lower_leaf;
mod lower_term;
mod lowering;
mod never;
mod number;
mod offered;
mod offers;
mod pretty;
mod print;
mod print_leaf;
mod segments;
mod source;
mod suggest;
#[cfg(test)]
mod tests;
mod value;
mod vocabulary;
mod window;
mod words;

pub use age::full_years;
pub use bind::Bind;
pub use called::Called;
pub use choice::{Operator, Values};
pub use choices::Choice;
pub use column::{Column, Kind};
pub use compare::CompareOp;
pub use compile::{Compiled, compile, compile_all, compile_figure, compile_term};
pub use compile_join::Join;
pub use complete::{Completions, complete};
pub use draft::{About, Answer, Ask, Draft, Slot, Step, What};
pub use edit::{TreeKind, TreeRow};
pub use edit_node::Piece;
pub use error::{Place, Reason, RuleError, Suggestion};
pub use evaluate::{Known, like};
pub use expected::{Expected, Word};
pub use expr::{ArithOp, BalanceOf, EventFilter, EventSet, Expr, Leaf, Rule, Term};
pub use facts::{Columns, EventFact, Fact, Facts, HoldingFact, PlaceFact};
pub use field::EventField;
pub use functions::Function;
pub use gloss::Gloss;
pub use highlight::{Token, has_comments, highlight};
pub use inside::{Joint, Of, Part, Path, Turn};
pub use known::{known_called, known_keys};
pub use leaves::RuleLeaf;
pub use number::Number;
pub use offered::{CompletionItem, CompletionKind};
pub use offers::Offer;
pub use print::{name as written_name, quoted as written_text};
pub use suggest::nearest_code;
pub use value::{Anchor, Day, EventKindRef, Interval, TierRange, UnitRef, Value, Written};
pub use vocabulary::Vocabulary;
pub use words::{
    EventWord, ListWord, ProductWord, SegmentWord, SnapshotWord, StrategyWord, TargetWord, Words,
};

/// Characters that a rule may have, as it is written and in canonical form.
pub const MAX_CHARS: usize = 10_000;

/// How deep parentheses and `not` may stand in one another.
pub const MAX_DEPTH: usize = 50;

/// What a thread that reads rules has for its stack, in bytes: twice what a chain of segments of the largest depth takes in
/// a build that is not optimised. Only what is used of it is memory.
pub const STACK: usize = 8 * 1024 * 1024;

impl Rule {
    /// Reads a rule against the bank's words.
    ///
    /// # Errors
    /// [`RuleError`] with the first thing that is wrong, and its place.
    pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Self, RuleError> {
        Self::read(text, vocabulary, (None, true))
    }

    /// A condition out of a rule that was read, by its canonical text. By itself it may be true of nobody, as what stands behind
    /// a `not` may be.
    ///
    /// # Errors
    /// As [`Rule::parse`], but for what is true of nobody.
    pub fn parse_part(text: &str, vocabulary: &Vocabulary) -> Result<Self, RuleError> {
        Self::read(text, vocabulary, (None, false))
    }

    /// A rule that is kept, of segment `code` if it is one's: it was judged when it was written. That a threshold or another
    /// segment has made it nobody's since is a count of 0, and no reason not to read it.
    ///
    /// # Errors
    /// As [`Rule::parse_of_segment`], but for what is true of nobody.
    pub fn parse_kept(
        text: &str,
        vocabulary: &Vocabulary,
        code: Option<&str>,
    ) -> Result<Self, RuleError> {
        Self::read(text, vocabulary, (code, false))
    }

    /// The same for the rule of segment `code`, which must not come round to itself; an older version of it that is named with
    /// its number is another text.
    ///
    /// # Errors
    /// As [`Rule::parse`].
    pub fn parse_of_segment(
        text: &str,
        vocabulary: &Vocabulary,
        code: &str,
    ) -> Result<Self, RuleError> {
        Self::read(text, vocabulary, (Some(code), true))
    }

    fn read(
        text: &str,
        vocabulary: &Vocabulary,
        of: (Option<&str>, bool),
    ) -> Result<Self, RuleError> {
        let source = source::Source::new(text);
        let expr = segments::read(text, vocabulary, &source, of)?;
        let bank = vocabulary.bank();
        let rule =
            Self { expr, as_of: bank.as_of, currency: bank.currency, timezone: bank.timezone };
        // The canonical form is what is stored, so it must be readable again under the same limits.
        let (canonical, depth) = print::print(&rule);
        let chars = canonical.chars().count();
        if chars > MAX_CHARS {
            return Err(RuleError { reason: Reason::TooLong { chars }, place: source.whole() });
        }
        if depth > MAX_DEPTH {
            return Err(RuleError { reason: Reason::TooDeep, place: source.whole() });
        }
        Ok(rule)
    }

    /// A condition on one event, as it stands in a function: `amount > 1000 and detail is not null`.
    ///
    /// # Errors
    /// [`RuleError`] with the first thing that is wrong, and its place in `text`.
    pub fn parse_event(text: &str, vocabulary: &Vocabulary) -> Result<EventFilter, RuleError> {
        segments::read_event(text, vocabulary, &source::Source::new(text))
    }

    /// One of the two of a sequence, as it stands there: `'login'`, `events('login', interval '30 days')`.
    ///
    /// # Errors
    /// [`RuleError`] with the first thing that is wrong, and its place in `text`.
    pub fn parse_events(text: &str, vocabulary: &Vocabulary) -> Result<EventSet, RuleError> {
        segments::read_events(text, vocabulary, &source::Source::new(text))
    }

    /// The rule in its one canonical form, which reads back as the same rule.
    #[must_use]
    pub fn canonical(&self) -> String {
        print::print(self).0
    }
}
