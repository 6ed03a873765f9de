//! A condition in people's words beside its text: what its column and its values are called.

use super::called::Called;
use super::column::Column;
use super::expected::Word;
use super::expr::{EventFilter, EventSet, Expr, Leaf, Rule, Term};
use super::field::EventField;
use super::inside::Part;
use super::value::Value;
use super::vocabulary::Vocabulary;

/// What a condition speaks of, as people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gloss {
    /// The column; nothing for a function.
    pub name: Called,
    /// The values that have a name of their own.
    pub values: Vec<Called>,
}

impl Rule {
    /// What the part at `path` speaks of; none if that is a group, or nothing in it has another name.
    #[must_use]
    pub fn gloss(&self, path: &[usize], vocabulary: &Vocabulary) -> Option<Gloss> {
        let expr = match self.at(path)? {
            Part::Customer(expr) => expr,
            Part::Event(filter, set) => return of_event(filter, set, vocabulary),
            Part::Events(set, _) => return of_events(set, vocabulary),
        };
        let found = if let Some(column) = column(expr) {
            let codes = values(expr).into_iter().filter_map(code);
            let called = codes.map(|code| vocabulary.value_called(column, &code));
            let values = called.filter(|called| *called != Called::Nothing).collect();
            Gloss { name: column.called(), values }
        } else {
            let mut values = named(expr, vocabulary)?;
            values.retain(|called| *called != Called::Nothing);
            Gloss { name: Called::Nothing, values }
        };
        (found.name != Called::Nothing || !found.values.is_empty()).then_some(found)
    }
}

/// What the events of a sequence are called.
fn of_events(set: &EventSet, vocabulary: &Vocabulary) -> Option<Gloss> {
    let called = vocabulary.called(Word::Event, &set.kind.code);
    (called != Called::Nothing).then(|| Gloss { name: Called::Nothing, values: vec![called] })
}

/// Which events a condition on one is about, and what of them.
fn of_event(filter: &EventFilter, set: &EventSet, vocabulary: &Vocabulary) -> Option<Gloss> {
    let field = match filter {
        EventFilter::Amount { .. }
        | EventFilter::AmountBetween { .. }
        | EventFilter::AmountIsNull { .. } => EventField::Amount,
        EventFilter::Detail { .. }
        | EventFilter::DetailLike { .. }
        | EventFilter::DetailIsNull { .. } => EventField::Detail,
        EventFilter::Not(_) | EventFilter::And(_) | EventFilter::Or(_) => return None,
    };
    let name = match vocabulary.called(Word::Event, &set.kind.code) {
        Called::Nothing => Called::Names(set.kind.code.clone(), set.kind.code.clone()),
        called => called,
    };
    Some(Gloss { name, values: vec![field.called()] })
}

fn column(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Under { .. } => Some(&Column::Org),
        Expr::Flag(column)
        | Expr::Like { column, .. }
        | Expr::Compare { left: Term::Column(column), .. }
        | Expr::Between { term: Term::Column(column), .. }
        | Expr::In { term: Term::Column(column), .. }
        | Expr::IsNull { term: Term::Column(column), .. } => Some(column),
        _ => None,
    }
}

fn values(expr: &Expr) -> Vec<Value> {
    match expr {
        Expr::Compare { right: Term::Literal(value), .. } => vec![value.clone()],
        Expr::In { values, .. } => values.clone(),
        Expr::Under { unit, .. } => vec![Value::Unit(unit.clone())],
        _ => Vec::new(),
    }
}

/// The code of a value that may have a name.
fn code(value: Value) -> Option<String> {
    match value {
        Value::Category(text) => Some(text),
        Value::Tier(tier) => Some(tier.code),
        Value::Unit(unit) => Some(unit.code),
        _ => None,
    }
}

/// The names of what a function names by its code.
fn named(expr: &Expr, vocabulary: &Vocabulary) -> Option<Vec<Called>> {
    let words = vocabulary.words();
    let names = |name: &str| vec![Called::Names(name.to_owned(), name.to_owned())];
    match expr {
        Expr::Leaf(Leaf::Segment { code, .. }) => {
            words.segments.iter().find(|s| s.code == *code).map(|s| names(&s.name))
        }
        Expr::Leaf(Leaf::InStrategy { code }) => {
            words.strategies.iter().find(|s| s.code == *code).map(|s| names(&s.name))
        }
        Expr::Leaf(Leaf::FollowedBy { first, then, .. }) => Some(vec![
            vocabulary.called(Word::Event, &first.kind.code),
            vocabulary.called(Word::Event, &then.kind.code),
        ]),
        Expr::Leaf(Leaf::Related { kind, .. }) => {
            Some(vec![vocabulary.called(Word::Relation, kind)])
        }
        Expr::Leaf(Leaf::Consents { channel }) => {
            Some(vec![vocabulary.called(Word::Channel, channel)])
        }
        Expr::Leaf(Leaf::Within { unit, .. }) => {
            Some(vec![vocabulary.value_called(&Column::Org, &unit.code)])
        }
        Expr::Leaf(Leaf::Holds { of } | Leaf::Falling { of, .. }) => {
            Some(vec![vocabulary.called(Word::Product, of.code())])
        }
        Expr::Leaf(Leaf::TierMoved { from, to, .. }) => {
            let tier = |code: &str| vocabulary.value_called(&Column::Tier, code);
            Some(vec![tier(&from.code), tier(&to.code)])
        }
        Expr::Compare { left: term, .. }
        | Expr::Between { term, .. }
        | Expr::In { term, .. }
        | Expr::IsNull { term, .. } => of_term(term, vocabulary).map(|called| vec![called]),
        _ => None,
    }
}

/// The name of what a function that is a value names.
fn of_term(term: &Term, vocabulary: &Vocabulary) -> Option<Called> {
    let called = |word, code: &str| Some(vocabulary.called(word, code));
    match term {
        Term::Events { events }
        | Term::SumEvents { events }
        | Term::FirstEvent { events }
        | Term::LastEvent { events } => called(Word::Event, &events.kind.code),
        Term::Balance { of } | Term::Change { of, .. } => called(Word::Product, of.code()),
        Term::NearTier { tier, .. } => Some(vocabulary.value_called(&Column::Tier, &tier.code)),
        Term::Drift { class, .. } => called(Word::Class, class),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bank, read};
    use super::*;
    use crate::msg;

    #[test]
    fn a_condition_is_told_in_the_names_of_what_it_speaks_of() {
        let vocabulary = bank().with_labels([(
            "job".to_owned(),
            "student".to_owned(),
            "学生".to_owned(),
            "Student".to_owned(),
        )]);
        let both = |zh: &str, en: &str| Called::Names(zh.to_owned(), en.to_owned());
        let told = |text: &str| read(text).gloss(&[], &vocabulary);
        let values = |text: &str| told(text).map(|gloss| gloss.values);
        assert_eq!(values("job in ('student', 'teacher')"), Some(vec![both("学生", "Student")]));
        assert_eq!(values("tier >= 'gold'"), Some(vec![both("财富", "Wealth")]));
        assert_eq!(values("org under 'B03'"), Some(vec![both("南城分行", "南城分行")]));
        assert_eq!(values("segment('RICH')"), Some(vec![both("富裕", "富裕")]));
        assert_eq!(values("holds('fund')"), Some(vec![both("基金", "Funds")]));
        assert_eq!(told("age > 3").unwrap().name, Column::Age.called());
        let key = |key| Some(vec![Called::Key(key)]);
        assert_eq!(values("events('login') > 2"), key(msg!("console.event.login")));
        assert_eq!(values("related('family', age > 3)"), key(msg!("rule.relation.family")));
        assert_eq!(told("events('工资入账') > 2"), None, "a code that no catalogue knows");
        assert_eq!(told("sample(3)"), None);
        assert_eq!(told("age > 3 and housing"), None);
    }
}
