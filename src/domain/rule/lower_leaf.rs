//! Functions: their arguments, each with what must stand at its place.

use sqlparser::ast::{Expr as Ast, Ident, Value as Literal};
use sqlparser::tokenizer::Span;

use super::column::Column;
use super::dialect::INTERVAL;
use super::error::Reason;
use super::expected::{Expected, Word};
use super::expr::{BalanceOf, EventSet, Expr, Leaf, Term};
use super::functions::Function;
use super::lower_term::interval_text;
use super::lowering::{Lower, Lowered, span, unnested};
use super::number::Number;
use super::suggest;
use super::value::{Interval, TierRange, UnitRef};

/// What stands in the parentheses of a function.
pub(super) struct Call<'a> {
    function: Function,
    arguments: &'a [Ast],
    name: Span,
}

/// How many months `falling` looks back: each is a sum of its own for every customer.
pub(super) const MOST_FALLING: i32 = 60;

impl<'a> Lower<'a> {
    fn call(&self, name: &'a Ident, value: &'a Ast) -> Lowered<Call<'a>> {
        let (Some(function), Ast::Tuple(arguments)) = (Function::from_name(&name.value), value)
        else {
            let (name, at) = (name.value.clone(), name.span);
            let meant = suggest::function(&name);
            return self.refuse(Reason::UnknownFunction { name, meant }, at);
        };
        Ok(Call { function, arguments, name: name.span })
    }

    /// A function where a condition stands.
    pub(super) fn function_condition(&self, name: &'a Ident, value: &'a Ast) -> Lowered<Expr> {
        let call = self.call(name, value)?;
        if let Some(leaf) = self.leaf_of(&call)? {
            return Ok(Expr::Leaf(leaf));
        }
        let kind = self.term_of(&call)?.kind().into();
        let at = call.name.union(&span(value));
        self.refuse(Reason::NotCompared { function: call.function, kind }, at)
    }

    /// A function where a value stands.
    pub(super) fn function_term(&self, name: &'a Ident, value: &'a Ast) -> Lowered<Term> {
        let call = self.call(name, value)?;
        self.term_of(&call)
    }

    fn term_of(&self, call: &Call<'a>) -> Lowered<Term> {
        Ok(match call.function {
            Function::Events => Term::Events { events: self.events(call)? },
            Function::SumEvents => Term::SumEvents { events: self.events(call)? },
            Function::FirstEvent => Term::FirstEvent { events: self.events(call)? },
            Function::LastEvent => Term::LastEvent { events: self.events(call)? },
            Function::Balance => {
                let [of] = self.arguments(call)?;
                Term::Balance { of: self.balance(call, of)? }
            }
            Function::Change => {
                let [of, back] = self.arguments(call)?;
                Term::Change { of: self.balance(call, of)?, back: self.window(call, back)? }
            }
            Function::NearTier => self.near_tier(call)?,
            Function::ProductCount => {
                let [] = self.arguments(call)?;
                Term::ProductCount
            }
            Function::Drift => self.drift(call)?,
            function => return self.refuse(Reason::NotAValue { function }, call.name),
        })
    }

    /// The condition that a function is, `None` if it is a value.
    fn leaf_of(&self, call: &Call<'a>) -> Lowered<Option<Leaf>> {
        Ok(Some(match call.function {
            Function::FollowedBy => {
                let [first, then, within] = self.arguments(call)?;
                let (first, then) = (self.event_set(call, first)?, self.event_set(call, then)?);
                Leaf::FollowedBy { first, then, within: self.window(call, within)? }
            }
            Function::Falling => self.falling(call)?,
            Function::TierMoved => {
                let [from, to, back] = self.arguments(call)?;
                let (from, to) = (self.tier(call, from)?, self.tier(call, to)?);
                Leaf::TierMoved { from, to, back: self.window(call, back)? }
            }
            Function::Holds => {
                let [product] = self.arguments(call)?;
                let code = self.text(call, product, Expected::Word(Word::Product))?;
                match self.vocabulary.known().balance(code) {
                    Some(of) => Leaf::Holds { of },
                    None => return self.unknown_word(Word::Product, code, product),
                }
            }
            Function::Consent => Leaf::Consents { channel: self.word(call, Word::Channel)? },
            Function::Segment => {
                let (code, version) = self.numbered(call, Word::Segment)?;
                self.segment(code, version, span(&call.arguments[0]))?
            }
            Function::Snapshot => self.snapshot(call)?,
            Function::List => {
                let (code, upload) = self.numbered(call, Word::List)?;
                let known = self.vocabulary.known();
                if let (Some(number), Some(latest)) = (upload, known.list(code, None))
                    && known.list(code, upload).is_none()
                {
                    let reason = Reason::NoUpload { code: code.to_owned(), number, latest };
                    return self.refuse(reason, span(&call.arguments[0]));
                }
                let Some(upload) = known.list(code, upload) else {
                    return self.unknown_word(Word::List, code, &call.arguments[0]);
                };
                Leaf::List { code: code.to_owned(), upload }
            }
            Function::Contacted => {
                let [back] = self.arguments(call)?;
                Leaf::Contacted { back: self.window(call, back)? }
            }
            Function::InStrategy => Leaf::InStrategy { code: self.word(call, Word::Strategy)? },
            Function::Sample => self.sample(call)?,
            Function::Related => self.related_to(call)?,
            Function::Within => {
                let [unit, far] = self.arguments(call)?;
                let unit = self.unit(call, unit)?;
                let metres = self.parts(call, far, 3, Expected::Kilometres)?;
                if metres == 0 {
                    return self.refuse(Reason::NoDistance, span(far));
                }
                Leaf::Within { unit, metres }
            }
            _ => return Ok(None),
        }))
    }

    /// Exactly `N` arguments.
    fn arguments<const N: usize>(&self, call: &Call<'a>) -> Lowered<&'a [Ast; N]> {
        match call.arguments.try_into() {
            Ok(arguments) => Ok(arguments),
            Err(_) => self.wrong_arguments(call),
        }
    }

    fn wrong_arguments<T>(&self, call: &Call<'a>) -> Lowered<T> {
        self.refuse(Reason::WrongArguments { function: call.function }, call.name)
    }

    fn wrong_argument<T>(&self, call: &Call<'a>, ast: &'a Ast, expected: Expected) -> Lowered<T> {
        let found = match self.literal(ast)? {
            Some(given) => given.shown(),
            None => unnested(ast).to_string(),
        };
        let function = call.function;
        self.refuse(Reason::WrongArgument { function, expected, found }, span(ast))
    }

    fn unknown_word<T>(&self, what: Word, value: &str, ast: &'a Ast) -> Lowered<T> {
        let meant = suggest::word(self.vocabulary, what, value, false);
        self.refuse(Reason::UnknownWord { what, value: value.to_owned(), meant }, span(ast))
    }

    /// An argument that is a text in quotes.
    fn text(&self, call: &Call<'a>, ast: &'a Ast, expected: Expected) -> Lowered<&'a str> {
        if let Ast::Value(value) = unnested(ast)
            && let Literal::SingleQuotedString(text) = &value.value
        {
            return Ok(text);
        }
        self.wrong_argument(call, ast, expected)
    }

    /// The only argument, which is one of the bank's words.
    fn word(&self, call: &Call<'a>, what: Word) -> Lowered<String> {
        let [ast] = self.arguments(call)?;
        let code = self.text(call, ast, Expected::Word(what))?;
        let words = self.vocabulary.words();
        let known = match what {
            Word::Channel => words.channels.iter().any(|known| known == code),
            Word::Strategy => words.strategies.iter().any(|known| known.code == code),
            _ => false,
        };
        if known { Ok(code.to_owned()) } else { self.unknown_word(what, code, ast) }
    }

    /// A code and, if one is named, its number.
    fn numbered(&self, call: &Call<'a>, what: Word) -> Lowered<(&'a str, Option<i32>)> {
        let (code, number) = match call.arguments {
            [code] => (code, None),
            [code, number] => (code, Some(number)),
            _ => return self.wrong_arguments(call),
        };
        let code = self.text(call, code, Expected::Word(what))?;
        let number = match number {
            None => None,
            Some(ast) => match i32::try_from(self.whole(call, ast)?) {
                Ok(number) => Some(number),
                Err(_) => return self.wrong_argument(call, ast, Expected::Whole),
            },
        };
        Ok((code, number))
    }

    fn number(&self, ast: &'a Ast) -> Lowered<Option<Number>> {
        Ok(match self.literal(ast)? {
            Some(given) => match &given.literal {
                Literal::Number(digits, _) => Number::parse(digits),
                _ => None,
            },
            None => None,
        })
    }

    fn whole(&self, call: &Call<'a>, ast: &'a Ast) -> Lowered<i64> {
        let number = self.number(ast)?.filter(Number::is_whole).and_then(|n| n.trunc());
        match number {
            Some(number) if number > 0 => Ok(number),
            _ => self.wrong_argument(call, ast, Expected::Whole),
        }
    }

    /// A number with at most so many decimals as a whole number of its smallest parts.
    fn parts(
        &self,
        call: &Call<'a>,
        ast: &'a Ast,
        decimals: u32,
        expected: Expected,
    ) -> Lowered<u32> {
        let parts = self.number(ast)?.map(|n| n.times(&Number::from(10_i64.pow(decimals))));
        let parts = parts.filter(Number::is_whole).and_then(|n| u32::try_from(n.trunc()?).ok());
        match parts {
            Some(parts) => Ok(parts),
            None => self.wrong_argument(call, ast, expected),
        }
    }

    fn window(&self, call: &Call<'a>, ast: &'a Ast) -> Lowered<Interval> {
        match interval_text(ast) {
            Some(text) => self.interval(text, span(ast)),
            None => self.wrong_argument(call, ast, Expected::Interval),
        }
    }

    fn tier(&self, call: &Call<'a>, ast: &'a Ast) -> Lowered<TierRange> {
        let code = self.text(call, ast, Expected::Tier)?;
        match self.vocabulary.tier(code) {
            Some(tier) => Ok(tier),
            None => self.unknown_value(&Column::Tier, code, span(ast)),
        }
    }

    fn unit(&self, call: &Call<'a>, ast: &'a Ast) -> Lowered<UnitRef> {
        let code = self.text(call, ast, Expected::Org)?;
        match self.vocabulary.unit(code) {
            Some(unit) => Ok(unit),
            None => self.unknown_value(&Column::Org, code, span(ast)),
        }
    }

    fn balance(&self, call: &Call<'a>, ast: &'a Ast) -> Lowered<BalanceOf> {
        let code = self.text(call, ast, Expected::Word(Word::Product))?;
        if code == BalanceOf::Aum.code() {
            return Ok(BalanceOf::Aum);
        }
        if let Some(of) = self.vocabulary.known().balance(code) {
            return Ok(of);
        }
        let (what, value) = (Word::Product, code.to_owned());
        let meant = suggest::word(self.vocabulary, what, code, true);
        self.refuse(Reason::UnknownWord { what, value, meant }, span(ast))
    }

    fn near_tier(&self, call: &Call<'a>) -> Lowered<Term> {
        let [ast] = self.arguments(call)?;
        let tier = self.tier(call, ast)?;
        if tier.from.is_none() {
            return self.refuse(Reason::NoThreshold { tier: tier.code }, span(ast));
        }
        let below = self.vocabulary.tiers().iter().rev().find(|other| other.from < tier.from);
        let floor = below.and_then(|below| self.vocabulary.tier(&below.code)?.from);
        Ok(Term::NearTier { tier, floor })
    }

    fn drift(&self, call: &Call<'a>) -> Lowered<Term> {
        let [ast] = self.arguments(call)?;
        let class = self.text(call, ast, Expected::Word(Word::Class))?;
        let Some(products) = self.vocabulary.known().class(class) else {
            return self.unknown_word(Word::Class, class, ast);
        };
        let share = |tier: &str| {
            let targets = &self.vocabulary.words().targets;
            let target = targets.iter().find(|t| t.tier == tier && t.class == class);
            target.map(|target| target.share.clone())
        };
        let targets = self
            .vocabulary
            .tiers()
            .iter()
            .filter_map(|tier| Some((self.vocabulary.tier(&tier.code)?, share(&tier.code)?)));
        Ok(Term::Drift {
            class: class.to_owned(),
            products: products.to_vec(),
            targets: targets.collect(),
        })
    }

    fn falling(&self, call: &Call<'a>) -> Lowered<Leaf> {
        let [of, back] = self.arguments(call)?;
        let of = self.balance(call, of)?;
        match self.window(call, back)? {
            Interval { months, days: 0 } if months <= MOST_FALLING => {
                Ok(Leaf::Falling { of, months: months.unsigned_abs() })
            }
            _ => self.wrong_argument(call, back, Expected::Months),
        }
    }

    fn snapshot(&self, call: &Call<'a>) -> Lowered<Leaf> {
        let [ast] = self.arguments(call)?;
        let id = self.whole(call, ast)?;
        if self.vocabulary.words().snapshots.iter().any(|known| known.id == id) {
            return Ok(Leaf::Snapshot { id });
        }
        self.unknown_word(Word::Snapshot, &id.to_string(), ast)
    }

    fn sample(&self, call: &Call<'a>) -> Lowered<Leaf> {
        let [ast] = self.arguments(call)?;
        match self.parts(call, ast, 4, Expected::Percent)? {
            0 => self.refuse(Reason::EmptySample, span(ast)),
            ppm @ 1..=1_000_000 => Ok(Leaf::Sample { ppm }),
            _ => self.wrong_argument(call, ast, Expected::Percent),
        }
    }

    fn related_to(&self, call: &Call<'a>) -> Lowered<Leaf> {
        let [kind, rule] = self.arguments(call)?;
        if self.related.get() {
            return self.refuse(Reason::NestedRelation, call.name);
        }
        let code = self.text(call, kind, Expected::Word(Word::Relation))?;
        if !self.vocabulary.words().relations.iter().any(|known| known == code) {
            return self.unknown_word(Word::Relation, code, kind);
        }
        self.related.set(true);
        let rule = self.deeper(|| self.condition(rule));
        self.related.set(false);
        Ok(Leaf::Related { kind: code.to_owned(), rule: Box::new(rule?) })
    }

    /// What stands for one of the two of a sequence, by itself.
    pub(super) fn events_of_sequence(&self, ast: &'a Ast) -> Lowered<EventSet> {
        self.event_set(
            &Call { function: Function::FollowedBy, arguments: &[], name: span(ast) },
            ast,
        )
    }

    /// `'login'` or `events('login', ...)`.
    fn event_set(&self, call: &Call<'a>, ast: &'a Ast) -> Lowered<EventSet> {
        if let Ast::Prefixed { prefix, value } = unnested(ast)
            && !prefix.value.eq_ignore_ascii_case(INTERVAL)
        {
            let inner = self.call(prefix, value)?;
            if inner.function == Function::Events {
                return self.events(&inner);
            }
        }
        let code = self.text(call, ast, Expected::EventSet)?;
        self.plain_events(code, ast)
    }

    fn plain_events(&self, code: &str, ast: &'a Ast) -> Lowered<EventSet> {
        match self.vocabulary.known().event(code) {
            Some(kind) => Ok(EventSet { kind, back: None, filter: None }),
            None => self.unknown_word(Word::Event, code, ast),
        }
    }

    /// `('login'[, interval '30 days'][, amount > 1000])`.
    fn events(&self, call: &Call<'a>) -> Lowered<EventSet> {
        let [kind, rest @ ..] = call.arguments else { return self.wrong_arguments(call) };
        let code = self.text(call, kind, Expected::Word(Word::Event))?;
        let mut events = self.plain_events(code, kind)?;
        let filter = match rest {
            [] => None,
            [window] if interval_text(window).is_some() => {
                events.back = Some(self.window(call, window)?);
                None
            }
            [filter] => Some(filter),
            [window, filter] => {
                events.back = Some(self.window(call, window)?);
                Some(filter)
            }
            _ => return self.wrong_arguments(call),
        };
        if let Some(filter) = filter {
            if self.literal(filter)?.is_some() {
                return self.wrong_argument(call, filter, Expected::Filter);
            }
            events.filter = Some(self.filter(filter)?);
        }
        Ok(events)
    }
}
