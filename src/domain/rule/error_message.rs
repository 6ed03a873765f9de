//! What is wrong with a rule's text, in a sentence for an operator.

use super::error::{Reason, RuleError, Suggestion};
use super::expected::{Expected, Word};
use crate::domain::clean::clean;
use crate::domain::message::{Arg, Key, Message};
use crate::msg;

impl Expected {
    fn key(self) -> Key {
        match self {
            Self::Number => msg!("rule.expected.number"),
            Self::Money => msg!("rule.expected.money"),
            Self::Date => msg!("rule.expected.date"),
            Self::Category => msg!("rule.expected.category"),
            Self::Flag => msg!("rule.expected.flag"),
            Self::Tier => msg!("rule.expected.tier"),
            Self::Org => msg!("rule.expected.org"),
            Self::Staff => msg!("rule.expected.staff"),
            Self::Interval => msg!("rule.expected.interval"),
            Self::Months => msg!("rule.expected.months"),
            Self::Whole => msg!("rule.expected.whole"),
            Self::Percent => msg!("rule.expected.percent"),
            Self::Kilometres => msg!("rule.expected.kilometres"),
            Self::Word(word) => word.expected_key(),
            Self::Filter => msg!("rule.expected.filter"),
            Self::Text => msg!("rule.expected.text"),
            Self::EventSet => msg!("rule.expected.event-set"),
        }
    }

    /// The bare word for it.
    fn kind_key(self) -> Key {
        match self {
            Self::Money => msg!("rule.kind.money"),
            Self::Date => msg!("rule.kind.date"),
            Self::Category => msg!("rule.kind.category"),
            Self::Flag => msg!("rule.kind.flag"),
            Self::Tier => msg!("rule.kind.tier"),
            Self::Org => msg!("rule.kind.org"),
            Self::Staff => msg!("rule.kind.staff"),
            _ => msg!("rule.kind.number"),
        }
    }
}

impl Word {
    fn key(self) -> Key {
        match self {
            Self::Event => msg!("rule.word.event"),
            Self::Product => msg!("rule.word.product"),
            Self::Class => msg!("rule.word.class"),
            Self::Channel => msg!("rule.word.channel"),
            Self::Relation => msg!("rule.word.relation"),
            Self::Segment => msg!("rule.word.segment"),
            Self::List => msg!("rule.word.list"),
            Self::Strategy => msg!("rule.word.strategy"),
            Self::Snapshot => msg!("rule.word.snapshot"),
        }
    }

    fn expected_key(self) -> Key {
        match self {
            Self::Event => msg!("rule.expected.event"),
            Self::Product => msg!("rule.expected.product"),
            Self::Class => msg!("rule.expected.class"),
            Self::Channel => msg!("rule.expected.channel"),
            Self::Relation => msg!("rule.expected.relation"),
            Self::Segment => msg!("rule.expected.segment"),
            Self::List => msg!("rule.expected.list"),
            Self::Strategy => msg!("rule.expected.strategy"),
            Self::Snapshot => msg!("rule.expected.snapshot"),
        }
    }
}

impl RuleError {
    /// The sentence for an operator, with the place.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(msg!("rule.at"))
            .with("what", self.reason.message())
            .with("line", self.place.line)
            .with("column", self.place.column)
    }
}

impl Reason {
    /// The sentence for an operator, without the place.
    #[must_use]
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each reason, and the compiler counts them"
    )]
    pub fn message(&self) -> Message {
        let new = Message::new;
        match self {
            Self::Empty => new(msg!("rule.empty")),
            Self::TooLong { chars } => {
                new(msg!("rule.too-long")).with("chars", *chars).with("max", super::MAX_CHARS)
            }
            Self::TooDeep => new(msg!("rule.too-deep")).with("max", super::MAX_DEPTH),
            Self::SegmentsTooDeep => {
                new(msg!("rule.segments-too-deep")).with("max", super::MAX_DEPTH)
            }
            Self::OpenQuote => new(msg!("rule.open-quote")),
            Self::OpenComment => new(msg!("rule.open-comment")),
            Self::Parenthesis => new(msg!("rule.parenthesis")),
            Self::Syntax { found: Some(found) } => {
                new(msg!("rule.syntax")).with("found", shown(found))
            }
            Self::Syntax { found: None } => new(msg!("rule.syntax-end")),
            Self::Typographic { found, plain } => new(msg!("rule.typographic"))
                .with("found", shown(&found.to_string()))
                .with("plain", plain.as_str()),
            Self::Sign { found } => new(msg!("rule.sign")).with("found", shown(found)),
            Self::Unsupported { found } => {
                new(msg!("rule.unsupported")).with("found", shown(found))
            }
            Self::UnknownName { name, meant } => meant_or(
                meant.as_deref(),
                msg!("rule.unknown-name-meant"),
                msg!("rule.unknown-name"),
            )
            .with("name", shown(name)),
            Self::SingleCustomers => new(msg!("rule.single-customers")),
            Self::Private { name } => new(msg!("rule.private")).with("name", shown(name)),
            Self::UnknownValue { name, value, meant } => meant_or(
                meant.as_deref(),
                msg!("rule.unknown-value-meant"),
                msg!("rule.unknown-value"),
            )
            .with("name", shown(name))
            .with("value", shown(value)),
            Self::WrongType { name, expected, found } => new(msg!("rule.wrong-type"))
                .with("name", shown(name))
                .with("expected", expected.key())
                .with("found", shown(found)),
            Self::WrongOperator { name, operator, kind } => new(msg!("rule.wrong-operator"))
                .with("name", shown(name))
                .with("operator", shown(operator))
                .with("expected", kind.key()),
            Self::NotAFlag { name, kind } => {
                new(msg!("rule.not-a-flag")).with("name", shown(name)).with("expected", kind.key())
            }
            Self::NotACondition { found } => {
                new(msg!("rule.not-a-condition")).with("found", shown(found))
            }
            Self::NotOneName => new(msg!("rule.not-one-name")),
            Self::EventArithmetic => new(msg!("rule.event-arithmetic")),
            Self::NotAskedOf { function } => {
                new(msg!("rule.not-asked-of")).with("name", function.name())
            }
            Self::UseIsNull { name } => new(msg!("rule.use-is-null")).with("name", shown(name)),
            Self::OutOfRange { found } if found.contains(['e', 'E']) => {
                new(msg!("rule.exponent")).with("found", shown(found))
            }
            Self::OutOfRange { found } => {
                new(msg!("rule.out-of-range")).with("found", shown(found))
            }
            Self::TooManyDecimals { found, digits } => new(msg!("rule.too-many-decimals"))
                .with("found", shown(found))
                .with("digits", u16::from(*digits)),
            Self::BadDate { found } => new(msg!("rule.bad-date")).with("found", shown(found)),
            Self::TooManyOperations { max } => {
                new(msg!("rule.too-many-operations")).with("max", *max)
            }
            Self::UnknownFunction { name, meant } => meant_or(
                meant.as_deref(),
                msg!("rule.unknown-function-meant"),
                msg!("rule.unknown-function"),
            )
            .with("name", shown(name)),
            Self::WrongArguments { function } => {
                let usage = function.usage();
                let key = if usage.contains('[') {
                    msg!("rule.wrong-arguments-optional")
                } else {
                    msg!("rule.wrong-arguments")
                };
                new(key).with("usage", usage)
            }
            Self::WrongArgument { function, expected, found } => new(msg!("rule.wrong-argument"))
                .with("expected", expected.key())
                .with("found", shown(found))
                .with("usage", function.usage()),
            Self::NotCompared { function, kind } => new(msg!("rule.not-compared"))
                .with("name", function.name())
                .with("expected", kind.key()),
            Self::NotAValue { function } => {
                new(msg!("rule.not-a-value")).with("name", function.name())
            }
            Self::UnknownWord { what, value, meant } => meant_or(
                meant.as_deref(),
                msg!("rule.unknown-word-meant"),
                msg!("rule.unknown-word"),
            )
            .with("what", what.key())
            .with("value", shown(value)),
            Self::NoVersion { code, number, latest } => new(msg!("rule.no-version"))
                .with("code", shown(code))
                .with("number", *number)
                .with("latest", *latest),
            Self::NoUpload { code, number, latest } => new(msg!("rule.no-upload"))
                .with("code", shown(code))
                .with("number", *number)
                .with("latest", *latest),
            Self::BadInterval { found } => {
                new(msg!("rule.bad-interval")).with("found", shown(found))
            }
            Self::BareInterval { found, written } => new(msg!("rule.bare-interval"))
                .with("found", shown(found))
                .with("written", shown(written)),
            Self::MisplacedInterval => new(msg!("rule.misplaced-interval")),
            Self::Mismatch { operator, left, right } => new(msg!("rule.mismatch"))
                .with("operator", *operator)
                .with("left", left.kind_key())
                .with("right", right.kind_key()),
            Self::NotComputed { name, kind } => new(msg!("rule.not-computed"))
                .with("name", shown(name))
                .with("expected", kind.key()),
            Self::UnknownField { name } => {
                new(msg!("rule.unknown-field")).with("name", shown(name))
            }
            Self::EmptyRange { low, high } => {
                new(msg!("rule.empty-range")).with("low", shown(low)).with("high", shown(high))
            }
            Self::NeverTogether { first, second } => new(msg!("rule.never-together"))
                .with("first", shown(first))
                .with("second", shown(second)),
            Self::NeverAllTogether { conditions } => {
                new(msg!("rule.never-all-together")).with("conditions", shown_long(conditions))
            }
            Self::AfterToday { name } => new(msg!("rule.after-today")).with("name", shown(name)),
            Self::ApartUnits { first, second } => new(msg!("rule.apart-units"))
                .with("first", shown(first))
                .with("second", shown(second)),
            Self::NeverTrue { condition } => {
                new(msg!("rule.never-true")).with("condition", shown(condition))
            }
            Self::ByZero { condition } => {
                new(msg!("rule.by-zero")).with("condition", shown(condition))
            }
            Self::HighestTier { tier } => new(msg!("rule.highest-tier")).with("tier", shown(tier)),
            Self::LowestTier { tier } => new(msg!("rule.lowest-tier")).with("tier", shown(tier)),
            Self::NoSuchCount { name } => new(msg!("rule.no-such-count")).with("name", shown(name)),
            Self::NeverMissing { name, most: Some(most) } => {
                new(msg!("rule.never-missing")).with("name", shown(name)).with("most", shown(most))
            }
            Self::NeverMissing { name, most: None } => {
                new(msg!("rule.never-missing-low")).with("name", shown(name))
            }
            Self::NoDistance => new(msg!("rule.no-distance")),
            Self::EmptySample => new(msg!("rule.empty-sample")),
            Self::NoThreshold { tier } => new(msg!("rule.no-threshold")).with("tier", shown(tier)),
            Self::NestedRelation => new(msg!("rule.nested-relation")),
            Self::Cycle { path } => {
                new(msg!("rule.cycle")).with("path", shown_long(&path.join(" -> ")))
            }
            Self::BrokenSegment { code, reason } => new(msg!("rule.broken-segment"))
                .with("code", shown(code))
                .with("what", reason.message()),
            Self::SegmentsTooLong { max } => new(msg!("rule.segments-too-long")).with("max", *max),
        }
    }
}

/// Text of an operator or of the bank as a sentence may hold it: clean, and not so long that it hides the rest.
fn shown(text: &str) -> Arg {
    cut(text, 60)
}

fn shown_long(text: &str) -> Arg {
    cut(text, 200)
}

fn cut(text: &str, longest: usize) -> Arg {
    let text = clean(text);
    if text.chars().count() <= longest {
        return Arg::Text(text.into_owned());
    }
    Arg::Text(text.chars().take(longest).chain("..".chars()).collect())
}

fn meant_or(meant: Option<&Suggestion>, with: Key, without: Key) -> Message {
    match meant {
        Some(meant) => Message::new(with).with("meant", meant.arg()),
        None => Message::new(without),
    }
}

impl Suggestion {
    /// `a, b or c`, each with its name; `a, b, c or one of 20 more` where there are too many to tell.
    fn arg(&self) -> Arg {
        let mut all = std::iter::once(self).chain(&self.others).map(Self::named).rev();
        let Some(mut told) = all.next() else { return self.named() };
        if self.more > 0 {
            let more = Message::new(msg!("rule.suggestion-or-more")).with("one", told);
            told = Arg::Message(more.with("more", self.more));
        }
        for (at, one) in all.enumerate() {
            let last = at == 0 && self.more == 0;
            let key = if last { msg!("rule.suggestion-or") } else { msg!("rule.suggestions") };
            told = Arg::Message(Message::new(key).with("one", one).with("other", told));
        }
        told
    }

    /// `age`（年龄）, or the text alone where it has no name besides.
    fn named(&self) -> Arg {
        match &self.label {
            None => shown(&self.text),
            Some(label) => Arg::Message(
                Message::new(msg!("rule.suggestion"))
                    .with("text", shown(&self.text))
                    .with("label", label.clone()),
            ),
        }
    }
}
