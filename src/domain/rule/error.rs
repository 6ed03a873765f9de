//! Why a text is no rule, where in the text, and what may have been meant.

use super::expected::{Expected, Word};
use super::functions::Function;
use crate::domain::message::Arg;

/// A part of the text, in characters (not bytes, not cells), so that an editor can mark it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Counts from 1.
    pub line: usize,
    /// Characters from the line's start, from 1.
    pub column: usize,
    /// The first character, counted from the text's start, from 0.
    pub start: usize,
    /// The character after the last one; equal to `start` at the text's end.
    pub end: usize,
}

impl Place {
    /// The same part as byte offsets into `text`.
    #[must_use]
    pub fn bytes(&self, text: &str) -> std::ops::Range<usize> {
        let at = |chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(byte, _)| byte);
        at(self.start)..at(self.end)
    }
}

/// What a name or value that is not known was probably meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// As it is written in a rule.
    pub text: String,
    /// What people call it, if that is more than the text.
    pub label: Option<Arg>,
    /// Others that it may as well have been meant to be.
    pub others: Vec<Suggestion>,
    /// How many more there are that are not told.
    pub more: usize,
}

/// A text that is no rule, and the first place where that shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason:?}", place.line, place.column)]
pub struct RuleError {
    /// What is wrong.
    pub reason: Reason,
    /// Where.
    pub place: Place,
}

impl Reason {
    /// The text is a condition, and true of nobody by construction.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        matches!(
            self,
            Self::EmptyRange { .. }
                | Self::NeverTogether { .. }
                | Self::NeverAllTogether { .. }
                | Self::AfterToday { .. }
                | Self::ApartUnits { .. }
                | Self::NeverTrue { .. }
                | Self::ByZero { .. }
                | Self::HighestTier { .. }
                | Self::LowestTier { .. }
                | Self::NoSuchCount { .. }
                | Self::NeverMissing { .. }
                | Self::NoDistance
                | Self::EmptySample
        )
    }
}

/// What is wrong with a rule's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is nothing but white space.
    Empty,
    /// More characters than a rule may have, as written or in canonical form.
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// Parentheses and `not` stand deeper in one another than a rule may have.
    TooDeep,
    /// Segments that name one another, with what stands in one another within them, go deeper than a rule may.
    SegmentsTooDeep,
    /// A quote that is not closed.
    OpenQuote,
    /// A comment that is not closed.
    OpenComment,
    /// A parenthesis that is not closed, or closes nothing.
    Parenthesis,
    /// Something stands where the grammar has no place for it; none at the end of the text.
    Syntax {
        /// The word or sign.
        found: Option<String>,
    },
    /// A full-width or typographic sign where the plain one is meant.
    Typographic {
        /// The sign.
        found: char,
        /// The plain one.
        plain: String,
    },
    /// More operations in one comparison than a rule may have.
    TooManyOperations {
        /// How many it may.
        max: usize,
    },
    /// A sign before what is no number.
    Sign {
        /// The sign.
        found: String,
    },
    /// SQL that rules do not have: subselects, casts, other operators.
    Unsupported {
        /// The word or sign.
        found: String,
    },
    /// No such name.
    UnknownName {
        /// As written.
        name: String,
        /// What was probably meant.
        meant: Option<Box<Suggestion>>,
    },
    /// A rule names no single customers; lists do.
    SingleCustomers,
    /// A column of customers that rules must not read.
    Private {
        /// As written.
        name: String,
    },
    /// A category, tier, unit or staff code that the bank does not have.
    UnknownValue {
        /// Whose value.
        name: String,
        /// As written.
        value: String,
        /// What was probably meant.
        meant: Option<Box<Suggestion>>,
    },
    /// A literal that cannot be compared with this name.
    WrongType {
        /// The name.
        name: String,
        /// What can.
        expected: Expected,
        /// The literal.
        found: String,
    },
    /// An operator that this name does not have, such as `<` for a category.
    WrongOperator {
        /// The name.
        name: String,
        /// The operator.
        operator: String,
        /// What the name is compared with.
        kind: Expected,
    },
    /// A name that is no flag stands as a condition by itself.
    NotAFlag {
        /// The name.
        name: String,
        /// What it is compared with.
        kind: Expected,
    },
    /// A literal stands where a condition is needed.
    NotACondition {
        /// The literal.
        found: String,
    },
    /// Neither side of a comparison is a name, or both are.
    NotOneName,
    /// A condition on an event calculates with what it asks of.
    EventArithmetic,
    /// `is null` behind a function that is a condition.
    NotAskedOf {
        /// The function.
        function: Function,
    },
    /// Something compared with null, which is never true.
    UseIsNull {
        /// The name.
        name: String,
    },
    /// More digits than a number or an amount may have.
    OutOfRange {
        /// The literal.
        found: String,
    },
    /// An amount with more decimals than the currency.
    TooManyDecimals {
        /// The literal.
        found: String,
        /// How many the currency has.
        digits: u8,
    },
    /// An interval as other tools write it, `30d`.
    BareInterval {
        /// As written.
        found: String,
        /// As it is written here.
        written: String,
    },
    /// No day of the calendar.
    BadDate {
        /// The literal.
        found: String,
    },
    /// No such function.
    UnknownFunction {
        /// As written.
        name: String,
        /// What was probably meant.
        meant: Option<Box<Suggestion>>,
    },
    /// Too few or too many arguments.
    WrongArguments {
        /// The function.
        function: Function,
    },
    /// An argument that is not what stands at its place.
    WrongArgument {
        /// The function.
        function: Function,
        /// What stands there.
        expected: Expected,
        /// As written.
        found: String,
    },
    /// A function that is a value stands as a condition by itself.
    NotCompared {
        /// The function.
        function: Function,
        /// What it is compared with.
        kind: Expected,
    },
    /// A function that is a condition stands where a value must.
    NotAValue {
        /// The function.
        function: Function,
    },
    /// An event kind, product, class, channel, relation, segment, list, strategy or snapshot that the bank does not
    /// have.
    UnknownWord {
        /// What it should be.
        what: Word,
        /// As written.
        value: String,
        /// What was probably meant.
        meant: Option<Box<Suggestion>>,
    },
    /// A segment without that version.
    NoVersion {
        /// The segment.
        code: String,
        /// Which was asked for.
        number: i32,
        /// Which is its latest.
        latest: i32,
    },
    /// A list without that upload.
    NoUpload {
        /// The list.
        code: String,
        /// Which was asked for.
        number: i32,
        /// Which is its latest.
        latest: i32,
    },
    /// No interval of rules.
    BadInterval {
        /// As written.
        found: String,
    },
    /// An interval where only days that come with as-of take one.
    MisplacedInterval,
    /// Two things that this operation does not go with.
    Mismatch {
        /// The operation.
        operator: &'static str,
        /// What stands left.
        left: Expected,
        /// What stands right.
        right: Expected,
    },
    /// A name of a kind that is compared with its values only.
    NotComputed {
        /// The name.
        name: String,
        /// What it is compared with.
        kind: Expected,
    },
    /// A name that an event does not have.
    UnknownField {
        /// As written.
        name: String,
    },
    /// `between` whose lower end is above its upper end.
    EmptyRange {
        /// The lower end.
        low: String,
        /// The upper end.
        high: String,
    },
    /// Two conditions that never hold together.
    NeverTogether {
        /// The first.
        first: String,
        /// The second, which is marked.
        second: String,
    },
    /// More than two conditions that never hold together, though some of them may; the last is marked.
    NeverAllTogether {
        /// All of them, as an `and`.
        conditions: String,
    },
    /// Events are counted up to as-of.
    AfterToday {
        /// The day of an event.
        name: String,
    },
    /// Two conditions on the unit that never hold together; mostly `or` was meant.
    ApartUnits {
        /// The first.
        first: String,
        /// The second, which is marked.
        second: String,
    },
    /// A condition that is true of nobody.
    NeverTrue {
        /// The condition.
        condition: String,
    },
    /// What is divided by 0 is never known, and so a condition on it is never true.
    ByZero {
        /// The condition.
        condition: String,
    },
    /// There is no tier above it.
    HighestTier {
        /// The tier.
        tier: String,
    },
    /// There is no tier below it.
    LowestTier {
        /// The tier.
        tier: String,
    },
    /// What is counted is a whole number from 0 on.
    NoSuchCount {
        /// What counts.
        name: String,
    },
    /// What is missing to a tier is above 0, and no more than what lies between the two thresholds.
    NeverMissing {
        /// What is missing.
        name: String,
        /// The most that can be; none if the tier below begins nowhere.
        most: Option<String>,
    },
    /// No distance at all.
    NoDistance,
    /// A share of nobody.
    EmptySample,
    /// The lowest tier has no threshold to be near to.
    NoThreshold {
        /// The tier.
        tier: String,
    },
    /// A relation of a relation.
    NestedRelation,
    /// Segments that name one another.
    Cycle {
        /// The way round, with the same segment at both ends.
        path: Vec<String>,
    },
    /// A segment whose own rule cannot be read any more.
    BrokenSegment {
        /// The segment.
        code: String,
        /// What is wrong there.
        reason: Box<Reason>,
    },
    /// The rules of all segments that this one names are together too long.
    SegmentsTooLong {
        /// Characters that they may have.
        max: usize,
    },
}
