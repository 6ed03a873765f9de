//! A formula over factors, as it is written: `sum(a*b*c) / (sum(a*b*c) + sum(a*(1-b)*d))`.
//!
//! Numbers, names, `+ - * /`, parentheses, and `sum(...)` over the items. Within `sum` a name is its value for each
//! item; outside it must be one number. A name that is no plain word stands in double quotes. The text becomes a
//! list of steps on a stack, so that no formula, however deep, runs out of stack when it is worked out.

mod read;

use std::collections::BTreeSet;

use crate::domain::message::Message;
use crate::domain::statistics::sum;
use crate::msg;

/// Why a text is no formula. Places are characters, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormulaError {
    /// A sign that has no business there.
    #[error("`{found}` at {at}")]
    Unexpected {
        /// Where.
        at: usize,
        /// What stands there.
        found: String,
    },
    /// The text ends where a value or a parenthesis is missing.
    #[error("ends early")]
    Ends,
    /// A number that cannot be read.
    #[error("`{text}` at {at} is no number")]
    Number {
        /// Where.
        at: usize,
        /// What stands there.
        text: String,
    },
    /// Parentheses within parentheses beyond any reader.
    #[error("too deep at {at}")]
    Deep {
        /// Where.
        at: usize,
    },
    /// A formula without a single factor.
    #[error("names no factor")]
    NoFactor,
}

impl FormulaError {
    /// The sentence for an operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unexpected { at, found } => Message::new(msg!("calc.formula.unexpected"))
                .with("at", *at)
                .with("found", found.as_str()),
            Self::Ends => Message::new(msg!("calc.formula.ends")),
            Self::Number { at, text } => Message::new(msg!("calc.formula.number"))
                .with("at", *at)
                .with("text", text.as_str()),
            Self::Deep { at } => Message::new(msg!("calc.formula.deep")).with("at", *at),
            Self::NoFactor => Message::new(msg!("calc.formula.no-factor")),
        }
    }
}

/// One step on the stack.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Number(f64),
    /// The factor's value for each item.
    Each(usize),
    /// The factor's one value.
    One(usize),
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Adds the items up.
    Sum,
}

/// A formula that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    steps: Vec<Step>,
    names: Vec<String>,
}

/// Why a formula has no value on given numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A division by zero, in the item with this number if it is one item's.
    #[error("divides by zero (item {item:?})")]
    DividesByZero {
        /// Which item, from 0.
        item: Option<usize>,
    },
    /// A value beyond the range of a number.
    #[error("beyond the range of a number")]
    Overflow,
}

/// A number, or one for each item.
enum Amount {
    One(f64),
    Each(Vec<f64>),
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`FormulaError`] with the place.
    pub fn read(text: &str) -> Result<Self, FormulaError> {
        let formula = read::formula(text)?;
        if formula.names.is_empty() { Err(FormulaError::NoFactor) } else { Ok(formula) }
    }

    /// The factors in the order in which they first stand.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The factors that stand outside every `sum` and must be one number, as places in [`names`](Self::names).
    #[must_use]
    pub fn singles(&self) -> BTreeSet<usize> {
        let single = |step: &Step| if let Step::One(factor) = step { Some(*factor) } else { None };
        self.steps.iter().filter_map(single).collect()
    }

    /// The value, where `factors` has each factor's values by item, all of one length.
    ///
    /// # Errors
    /// [`ValueError`] if it divides by zero or leaves the range of a number.
    pub fn value(&self, factors: &[&[f64]]) -> Result<f64, ValueError> {
        let items = factors.first().map_or(1, |values| values.len());
        let mut stack: Vec<Amount> = Vec::new();
        for step in &self.steps {
            let next = match *step {
                Step::Number(number) => Amount::One(number),
                Step::Each(factor) => Amount::Each(factors[factor].to_vec()),
                Step::One(factor) => Amount::One(factors[factor].first().copied().unwrap_or(0.0)),
                Step::Negate => negated(pop(&mut stack)),
                Step::Sum => Amount::One(match pop(&mut stack) {
                    Amount::One(number) => number * sum::count(items),
                    Amount::Each(values) => sum::sum(values),
                }),
                Step::Add | Step::Subtract | Step::Multiply | Step::Divide => {
                    let right = pop(&mut stack);
                    combined(*step, pop(&mut stack), right)?
                }
            };
            stack.push(next);
        }
        match pop(&mut stack) {
            Amount::One(value) if value.is_finite() => Ok(value),
            _ => Err(ValueError::Overflow),
        }
    }
}

/// The reader leaves no step without its operands.
fn pop(stack: &mut Vec<Amount>) -> Amount {
    stack.pop().unwrap_or(Amount::One(f64::NAN))
}

fn negated(amount: Amount) -> Amount {
    match amount {
        Amount::One(number) => Amount::One(-number),
        Amount::Each(values) => Amount::Each(values.into_iter().map(|x| -x).collect()),
    }
}

fn combined(step: Step, left: Amount, right: Amount) -> Result<Amount, ValueError> {
    if step == Step::Divide {
        let zero = match &right {
            Amount::One(number) => (*number == 0.0).then_some(None),
            Amount::Each(values) => values.iter().position(|x| *x == 0.0).map(Some),
        };
        if let Some(item) = zero {
            return Err(ValueError::DividesByZero { item });
        }
    }
    let apply = |a: f64, b: f64| match step {
        Step::Add => a + b,
        Step::Subtract => a - b,
        Step::Multiply => a * b,
        _ => a / b,
    };
    Ok(match (left, right) {
        (Amount::One(a), Amount::One(b)) => Amount::One(apply(a, b)),
        (Amount::Each(a), Amount::One(b)) => {
            Amount::Each(a.into_iter().map(|a| apply(a, b)).collect())
        }
        (Amount::One(a), Amount::Each(b)) => {
            Amount::Each(b.into_iter().map(|b| apply(a, b)).collect())
        }
        (Amount::Each(a), Amount::Each(b)) => {
            Amount::Each(a.into_iter().zip(b).map(|(a, b)| apply(a, b)).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str, factors: &[&[f64]]) -> Result<f64, ValueError> {
        Formula::read(text).unwrap().value(factors)
    }

    fn is(text: &str, factors: &[&[f64]], want: f64) {
        let got = value(text, factors).unwrap();
        assert!((got - want).abs() < 1e-12, "{text}: {got} is not {want}");
    }

    #[test]
    fn signs_bind_as_in_arithmetic() {
        is("a*b*c", &[&[2.0], &[3.0], &[4.0]], 24.0);
        is("a - b - c", &[&[2.0], &[3.0], &[4.0]], -5.0);
        is("a / b / c", &[&[24.0], &[3.0], &[4.0]], 2.0);
        is("a + b * c", &[&[2.0], &[3.0], &[4.0]], 14.0);
        is("(a + b) * c", &[&[2.0], &[3.0], &[4.0]], 20.0);
        is("-a * -(b - +1.5e0) - - 2", &[&[2.0], &[3.5]], 6.0);
        is("2*a+.5", &[&[2.0]], 4.5);
        is("\"户均 资产\" * 客户数", &[&[2.0], &[3.0]], 6.0);
    }

    #[test]
    fn a_sum_runs_over_the_items() {
        let (a, b) = ([2.0, 3.0], [5.0, 7.0]);
        is("sum(a*b)", &[&a, &b], 31.0);
        is("sum(a*b)/sum(a)", &[&a, &b], 6.2);
        is("sum((1-a)*b)", &[&a, &b], -19.0);
        is("sum(a/sum(a)*b)", &[&a, &b], 6.2);
        is("SUM( 1 ) + sum(a)", &[&a], 7.0);
        is("a*sum(b)", &[&a, &b], 24.0);
        is("sum*2", &[&a], 4.0);
    }

    #[test]
    fn a_factor_outside_every_sum_is_known() {
        let formula = Formula::read("n * sum(w * n * r) / (m)").unwrap();
        assert_eq!(formula.names(), ["n", "w", "r", "m"]);
        assert_eq!(formula.singles().into_iter().collect::<Vec<_>>(), [0, 3]);
    }

    #[test]
    fn what_is_no_formula_is_refused_with_its_place() {
        let unexpected =
            |at, found: &str| Err(FormulaError::Unexpected { at, found: found.to_owned() });
        assert_eq!(Formula::read("a * * b"), unexpected(5, "*"));
        assert_eq!(Formula::read("a b"), unexpected(3, "b"));
        assert_eq!(Formula::read("(a"), Err(FormulaError::Ends));
        assert_eq!(Formula::read("a)"), unexpected(2, ")"));
        assert_eq!(Formula::read("a ^ 2"), unexpected(3, "^"));
        assert_eq!(Formula::read("户均 % 2"), unexpected(4, "%"));
        assert_eq!(Formula::read("a *"), Err(FormulaError::Ends));
        assert_eq!(Formula::read("\"a"), Err(FormulaError::Ends));
        assert_eq!(Formula::read("\"\" * a"), unexpected(1, "\"\""));
        assert_eq!(Formula::read("avg(a)"), unexpected(4, "("));
        assert_eq!(Formula::read(" "), Err(FormulaError::Ends));
        assert_eq!(Formula::read("1 + 2"), Err(FormulaError::NoFactor));
        let number = FormulaError::Number { at: 5, text: "1.2.3".to_owned() };
        assert_eq!(Formula::read("a * 1.2.3"), Err(number));
        let far = FormulaError::Number { at: 1, text: "1e999".to_owned() };
        assert_eq!(Formula::read("1e999*a"), Err(far));
        let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
        assert!(matches!(Formula::read(&deep), Err(FormulaError::Deep { .. })));
    }

    #[test]
    fn every_reason_has_a_sentence_of_its_own() {
        let all = [
            FormulaError::Unexpected { at: 1, found: "*".to_owned() },
            FormulaError::Ends,
            FormulaError::Number { at: 1, text: "1.2.3".to_owned() },
            FormulaError::Deep { at: 1 },
            FormulaError::NoFactor,
        ];
        let keys: BTreeSet<_> = all.iter().map(|error| error.message().key).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn a_long_formula_needs_no_deep_stack() {
        let long = format!("a{}", " + a".repeat(100_000));
        is(&long, &[&[1.0]], 100_001.0);
    }

    #[test]
    fn a_division_by_zero_is_refused_with_its_item() {
        let at = |item| Err(ValueError::DividesByZero { item });
        assert_eq!(value("sum(a)/sum(b)", &[&[1.0, 2.0], &[0.0, 0.0]]), at(None));
        assert_eq!(value("sum(a/b)", &[&[1.0, 2.0], &[1.0, 0.0]]), at(Some(1)));
        assert_eq!(value("a*b", &[&[1e200], &[1e200]]), Err(ValueError::Overflow));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[a-c0-9.+*/()e \"=sum客-]{0,40}") {
            if let Ok(formula) = Formula::read(&text) {
                let factors: Vec<&[f64]> = formula.names().iter().map(|_| &[1.5, 2.5][..]).collect();
                let _ = formula.value(&factors);
            }
        }
    }
}
