//! A condition that is being chosen step by step.
//!
//! A draft knows what was answered and in which order; from that it tells what is asked next, or the whole condition as
//! a rule writes it. It forgets nothing on the way back: an answer that was given stands where it is asked for again, and
//! so a condition that is there already ([`Draft::of`]) is edited by the same steps that would have made it.

use super::called::Called;
use super::choice::{Operator, Values};
use super::column::{Column, Kind};
use super::expected::Expected;
use super::field::EventField;
use super::functions::Function;
use super::inside::Of;
use super::number::Number;
use super::print;
use super::value::Interval;

/// Where in a condition an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// In the condition that a related customer must meet.
    pub inner: bool,
    /// Where in it.
    pub step: Step,
}

/// A place in one condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// What the condition is about.
    Subject,
    /// What stands in the parentheses of a function, by number.
    Argument(usize),
    /// The window of one of the two sets of a sequence, by number.
    Window(usize),
    /// What must hold for each event; of a sequence by the number of the set, else 0.
    Field(usize),
    /// What is asked of that.
    FieldOperator(usize),
    /// With which values.
    FieldValues(usize),
    /// What is asked of the subject.
    Operator,
    /// With which values.
    Values,
}

/// What is asked next.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Where the answer goes.
    pub slot: Slot,
    /// What it is.
    pub what: What,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A column or a function.
    Subject,
    /// One of the bank's words, for the argument of that number.
    Word(Function, usize),
    /// How long back.
    Back(Function),
    /// Which version of a segment, which upload of a list.
    Number(Function, String),
    /// How many kilometres, how many of a hundred.
    Size(Function),
    /// What an event is asked for.
    Field {
        /// It may be left out: each event counts.
        optional: bool,
    },
    /// What is asked of it.
    Operator(About),
    /// With which values.
    Values(About, Operator),
}

impl What {
    /// It may be left out.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        match self {
            Self::Field { optional } => *optional,
            Self::Back(function) => function.has_filter(),
            Self::Number(function, _) => *function == Function::Segment,
            _ => false,
        }
    }
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// A column.
    Column(Column),
    /// A function that is a value.
    Function(Function),
    /// What an event has.
    Field(EventField),
}

impl About {
    /// What may be compared with it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Column(column) => column.kind(),
            Self::Function(function) => function.kind().unwrap_or(Kind::NUMBER),
            Self::Field(field) => field.kind(),
        }
    }

    /// What can be asked of it, the likeliest first. A count and a sum are always known.
    #[must_use]
    pub fn operators(&self) -> Vec<Operator> {
        let counted = matches!(self, Self::Function(Function::Events | Function::SumEvents));
        let all = Operator::of(self.kind()).iter().copied();
        all.filter(|one| !counted || !matches!(one, Operator::Unknown | Operator::Known)).collect()
    }

    /// What people call it.
    #[must_use]
    pub fn called(&self) -> Called {
        match self {
            Self::Column(column) => column.called(),
            Self::Function(function) => Called::Key(function.key()),
            Self::Field(field) => field.called(),
        }
    }

    /// As rules write it; of a function its name alone.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Column(column) => column.code(),
            Self::Function(function) => function.name(),
            Self::Field(field) => field.name(),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A column.
    Column(Column),
    /// A function.
    Function(Function),
    /// One of the bank's words, by its code.
    Word(String),
    /// How long.
    Back(Interval),
    /// A version, an upload.
    Number(i64),
    /// Kilometres, parts of a hundred.
    Size(Number),
    /// What an event has.
    Field(EventField),
    /// It is left out.
    Skip,
    /// What stands within the function stays as it is: more than can be chosen in one step, as rules write it.
    Kept(String),
    /// What is asked.
    Operator(Operator),
    /// Values as they stand in the records.
    Values(Vec<String>),
}

/// What was chosen so far of a condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    of: Of,
    known: Vec<(Slot, Answer)>,
    taken: Vec<Slot>,
}

impl Draft {
    /// A condition that nothing is known of but of what it is one.
    #[must_use]
    pub fn new(of: Of) -> Self {
        Self { of, ..Self::default() }
    }

    /// The whole condition as a rule writes it.
    ///
    /// # Errors
    /// What is asked next.
    pub fn condition(&self) -> Result<String, Ask> {
        Walk { draft: self, seen: Vec::new() }.whole()
    }

    /// What was answered, in order, and to what.
    #[must_use]
    pub fn answered(&self) -> Vec<(What, &Answer)> {
        let mut walk = Walk { draft: self, seen: Vec::new() };
        // What is asked next is no matter here.
        let _ = walk.whole();
        walk.seen
    }

    /// What was answered there before, or stands there in the condition that is edited.
    #[must_use]
    pub fn known(&self, slot: Slot) -> Option<&Answer> {
        self.known.iter().find(|(at, _)| *at == slot).map(|(_, answer)| answer)
    }

    /// Answers what is asked next. What hung on another answer there is forgotten.
    pub fn answer(&mut self, slot: Slot, answer: Answer) {
        self.learn(slot, answer);
        self.taken.push(slot);
    }

    pub(super) fn learn(&mut self, slot: Slot, answer: Answer) {
        if self.known(slot) != Some(&answer) {
            self.known.retain(|(at, _)| match slot.step {
                // All of an inner condition hangs on what the outer one is about.
                Step::Subject => slot.inner && !at.inner,
                Step::Field(set) => {
                    at.inner != slot.inner
                        || at.step != Step::FieldOperator(set) && at.step != Step::FieldValues(set)
                }
                _ => *at != slot,
            });
            self.known.retain(|(at, _)| *at != slot);
        }
        if self.known(slot).is_none() {
            self.known.push((slot, answer));
        }
    }

    /// One step back; false at the first.
    pub fn back(&mut self) -> bool {
        self.taken.pop().is_some()
    }

    /// True before the first answer.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.taken.is_empty()
    }

    /// The same with so many answers taken as are known without a gap, and what that comes to.
    pub(super) fn replayed(mut self) -> Option<(Self, String)> {
        self.taken.clear();
        loop {
            match self.condition() {
                Ok(text) => return Some((self, text)),
                Err(ask) => {
                    let fits = match (&ask.what, self.known(ask.slot)?) {
                        (What::Operator(about), Answer::Operator(operator)) => {
                            about.operators().contains(operator)
                        }
                        _ => true,
                    };
                    if !fits || self.taken.contains(&ask.slot) {
                        return None;
                    }
                    self.taken.push(ask.slot);
                }
            }
        }
    }

    /// The same, with no answer taken.
    pub(super) fn at_first(mut self) -> Self {
        self.taken.clear();
        self
    }

    /// The same, with only the first answer taken.
    pub(super) fn at_second(mut self) -> Self {
        self.taken.truncate(1);
        self
    }
}

/// Reads the answers in their order, as a parser reads words.
struct Walk<'a> {
    draft: &'a Draft,
    seen: Vec<(What, &'a Answer)>,
}

impl<'a> Walk<'a> {
    fn take<T>(
        &mut self,
        (inner, step): (bool, Step),
        what: What,
        read: impl FnOnce(&'a Answer) -> Option<T>,
    ) -> Result<T, Ask> {
        let slot = Slot { inner, step };
        let taken = self.draft.taken.get(self.seen.len()) == Some(&slot);
        let answer = self.draft.known(slot).filter(|_| taken);
        match answer.and_then(|answer| Some((answer, read(answer)?))) {
            Some((answer, read)) => {
                self.seen.push((what, answer));
                Ok(read)
            }
            None => Err(Ask { slot, what }),
        }
    }

    fn whole(&mut self) -> Result<String, Ask> {
        match self.draft.of {
            Of::Customer => self.condition(false),
            Of::Related => self.condition(true),
            Of::Event => Ok(self.filter((false, 0), false)?.unwrap_or_default()),
            Of::Sequence(turn) => self.set(false, turn.number()),
        }
    }

    /// What a related customer is asked, or that it stays as it is.
    fn related(&mut self) -> Result<String, Ask> {
        let slot = Slot { inner: true, step: Step::Subject };
        match self.draft.known(slot) {
            Some(Answer::Kept(_)) => {
                self.take((true, Step::Subject), What::Subject, |answer| match answer {
                    Answer::Kept(text) => Some(text.clone()),
                    _ => None,
                })
            }
            _ => self.condition(true),
        }
    }

    fn condition(&mut self, inner: bool) -> Result<String, Ask> {
        let about = self.take((inner, Step::Subject), What::Subject, |answer| match answer {
            Answer::Column(column) => Some(About::Column(column.clone())),
            Answer::Function(function) => Some(About::Function(*function)),
            _ => None,
        })?;
        match &about {
            About::Function(function) => {
                let written = self.function(inner, *function)?;
                match function.kind() {
                    Some(_) => self.compared((inner, 0), about, &written),
                    None => Ok(written),
                }
            }
            About::Column(column) => {
                let written = column.written();
                self.compared((inner, 0), about, &written)
            }
            About::Field(_) => Ok(String::new()),
        }
    }

    fn compared(
        &mut self,
        (inner, set): (bool, usize),
        about: About,
        written: &str,
    ) -> Result<String, Ask> {
        let (first, second) = match about {
            About::Field(_) => (Step::FieldOperator(set), Step::FieldValues(set)),
            _ => (Step::Operator, Step::Values),
        };
        let kind = about.kind();
        let asked = What::Operator(about.clone());
        let operator = self.take((inner, first), asked, |answer| match answer {
            Answer::Operator(operator) => Some(*operator),
            _ => None,
        })?;
        if operator.values() == Values::None {
            return Ok(operator.on(written, kind, &[]));
        }
        let is_detail = about == About::Field(EventField::Detail);
        let asked = What::Values(about, operator);
        let values = self.take((inner, second), asked, |answer| match answer {
            Answer::Values(values) => Some(values),
            _ => None,
        })?;
        // The one form of a detail that is one of one.
        let operator = match operator {
            Operator::OneOf if is_detail && values.len() == 1 => Operator::Is,
            Operator::NoneOf if is_detail && values.len() == 1 => Operator::IsNot,
            other => other,
        };
        Ok(operator.on(written, kind, values))
    }

    fn function(&mut self, inner: bool, function: Function) -> Result<String, Ask> {
        let mut parts = Vec::new();
        if function == Function::FollowedBy {
            for set in 0..2 {
                parts.push(self.set(inner, set)?);
            }
            let within = (inner, Step::Argument(2));
            parts.extend(self.back(within, function)?);
            return Ok(format!("{}({})", function.name(), parts.join(", ")));
        }
        for number in 0.. {
            match function.argument(number) {
                None => break,
                Some(Expected::Interval) => {
                    parts.extend(self.back((inner, Step::Argument(number)), function)?);
                }
                Some(_) => parts.push(self.word(inner, function, number)?),
            }
        }
        let last = (inner, Step::Argument(parts.len().max(1)));
        match function {
            Function::Segment | Function::List => {
                let code = self.seen.last().map(|(_, answer)| *answer);
                let Some(Answer::Word(code)) = code else { return Ok(String::new()) };
                let asked = What::Number(function, code.clone());
                let can_skip = asked.is_optional();
                parts.extend(self.take(last, asked, |answer| match answer {
                    Answer::Number(number) => Some(Some(number.to_string())),
                    Answer::Skip if can_skip => Some(None),
                    _ => None,
                })?);
            }
            Function::Sample | Function::Within => {
                parts.push(self.take(last, What::Size(function), |answer| match answer {
                    Answer::Size(size) => Some(size.to_string()),
                    _ => None,
                })?);
            }
            Function::Related => parts.push(self.related()?),
            function if function.has_filter() => parts.extend(self.filter((inner, 0), true)?),
            _ => {}
        }
        Ok(format!("{}({})", function.name(), parts.join(", ")))
    }

    fn word(&mut self, inner: bool, function: Function, number: usize) -> Result<String, Ask> {
        let asked = What::Word(function, number);
        self.take((inner, Step::Argument(number)), asked, |answer| match answer {
            Answer::Word(code) if function == Function::Snapshot => Some(code.clone()),
            Answer::Word(code) => Some(print::quoted(code)),
            _ => None,
        })
    }

    /// One of the two of a sequence: by its kind alone, or with a window and a condition.
    fn set(&mut self, inner: bool, set: usize) -> Result<String, Ask> {
        let kind = self.word(inner, Function::FollowedBy, set)?;
        let back = self.back((inner, Step::Window(set)), Function::Events)?;
        let filter = self.filter((inner, set), true)?;
        if back.is_none() && filter.is_none() {
            return Ok(kind);
        }
        let parts: Vec<String> = std::iter::once(kind).chain(back).chain(filter).collect();
        Ok(format!("{}({})", Function::Events.name(), parts.join(", ")))
    }

    fn back(&mut self, at: (bool, Step), function: Function) -> Result<Option<String>, Ask> {
        let asked = What::Back(function);
        let can_skip = asked.is_optional();
        self.take(at, asked, |answer| match answer {
            Answer::Back(back) => Some(Some(print::interval(*back))),
            Answer::Skip if can_skip => Some(None),
            _ => None,
        })
    }

    fn filter(
        &mut self,
        (inner, set): (bool, usize),
        optional: bool,
    ) -> Result<Option<String>, Ask> {
        enum Asked {
            Nothing,
            Kept(String),
            Field(EventField),
        }
        let asked = self.take((inner, Step::Field(set)), What::Field { optional }, |answer| {
            Some(match answer {
                Answer::Field(field) => Asked::Field(*field),
                Answer::Skip if optional => Asked::Nothing,
                Answer::Kept(text) => Asked::Kept(text.clone()),
                _ => return None,
            })
        })?;
        match asked {
            Asked::Nothing => Ok(None),
            Asked::Kept(text) => Ok(Some(text)),
            Asked::Field(field) => {
                self.compared((inner, set), About::Field(field), field.name()).map(Some)
            }
        }
    }
}
