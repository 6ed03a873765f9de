//! Formulas of metrics: a product, a quotient, or a sum with signs, of other metrics' codes.
//!
//! Mixed forms are refused: which method splits their change exactly would have to be chosen, and none would be
//! chosen silently. They can be written in two steps with a metric between.

use crate::domain::message::Message;
use crate::msg;

/// What a metric is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// All factors multiplied: `customers * aum_per_customer`.
    Product(Vec<String>),
    /// Terms added or taken away: `new - lost`.
    Sum(Vec<Term>),
    /// The first over the second: `aum / customers`.
    Quotient(String, String),
}

/// A term of a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether it is taken away.
    pub minus: bool,
    /// The metric.
    pub metric: String,
}

/// Why a text is no formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormulaError {
    /// Nothing stands where a metric should.
    #[error("a metric is missing at character {at}")]
    Missing {
        /// Which character, from 1.
        at: usize,
    },
    /// A character that is neither a code nor an operator.
    #[error("{found:?} at character {at} is neither a code nor an operator")]
    Unexpected {
        /// What stands there.
        found: char,
        /// Which character, from 1.
        at: usize,
    },
    /// Two codes without an operator between.
    #[error("an operator is missing at character {at}")]
    NoOperator {
        /// Which character, from 1.
        at: usize,
    },
    /// Products and sums in one formula, or a quotient with more than two parts.
    #[error("a formula mixes operators")]
    Mixed,
    /// A metric comes twice.
    #[error("{0} comes twice")]
    Twice(String),
    /// The formula is written for another metric: `x = a * b` on `y`.
    #[error("the formula is written for {0}")]
    ForAnother(String),
    /// A single metric is no formula.
    #[error("one metric alone is no formula")]
    Single,
}

impl FormulaError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Missing { at } => Message::new(msg!("kpi.formula-missing")).with("at", *at),
            Self::Unexpected { found, at } => Message::new(msg!("kpi.formula-unexpected"))
                .with("found", crate::domain::clean::clean(&found.to_string()).into_owned())
                .with("at", *at),
            Self::NoOperator { at } => {
                Message::new(msg!("kpi.formula-no-operator")).with("at", *at)
            }
            Self::Mixed => Message::new(msg!("kpi.formula-mixed")),
            Self::Twice(metric) => {
                Message::new(msg!("kpi.formula-twice")).with("metric", metric.as_str())
            }
            Self::ForAnother(metric) => {
                Message::new(msg!("kpi.formula-for-another")).with("metric", metric.as_str())
            }
            Self::Single => Message::new(msg!("kpi.formula-single")),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Operator(char),
    Equals,
}

impl Formula {
    /// Reads the formula of the metric `of`. `of = ...` may stand before it.
    ///
    /// A code is written as it is if it has letters, digits, `_`, `.` only, else in double quotes.
    /// `×`, `÷` and `−` are read as `*`, `/` and `-`.
    ///
    /// # Errors
    /// [`FormulaError`] with the place.
    pub fn parse(of: &str, text: &str) -> Result<Self, FormulaError> {
        let mut tokens = tokens(text)?;
        if let [(Token::Name(name), _), (Token::Equals, _), ..] = tokens.as_slice() {
            if name != of {
                return Err(FormulaError::ForAnother(name.clone()));
            }
            tokens.drain(..2);
        }
        let (first, rest) = terms(&tokens, text.chars().count() + 1)?;
        Self::of_terms(first, rest)
    }

    fn of_terms(first: String, rest: Vec<(char, String)>) -> Result<Self, FormulaError> {
        let mut seen = vec![first.as_str()];
        for (_, name) in &rest {
            if seen.contains(&name.as_str()) {
                return Err(FormulaError::Twice(name.clone()));
            }
            seen.push(name);
        }
        let all = |wanted: &[char]| rest.iter().all(|(operator, _)| wanted.contains(operator));
        if rest.is_empty() {
            Err(FormulaError::Single)
        } else if all(&['*']) {
            Ok(Self::Product(std::iter::once(first).chain(rest.into_iter().map(|r| r.1)).collect()))
        } else if all(&['+', '-']) {
            let rest = rest.into_iter().map(|(op, metric)| Term { minus: op == '-', metric });
            Ok(Self::Sum(
                std::iter::once(Term { minus: false, metric: first }).chain(rest).collect(),
            ))
        } else if let (true, Ok([(_, below)])) = (all(&['/']), <[_; 1]>::try_from(rest)) {
            Ok(Self::Quotient(first, below))
        } else {
            Err(FormulaError::Mixed)
        }
    }

    /// The metrics it names, in the order written.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Product(factors) => factors.iter().map(String::as_str).collect(),
            Self::Sum(terms) => terms.iter().map(|term| term.metric.as_str()).collect(),
            Self::Quotient(above, below) => vec![above, below],
        }
    }
}

impl std::fmt::Display for Formula {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operator = |at: usize| match self {
            _ if at == 0 => "",
            Self::Product(_) => " * ",
            Self::Quotient(..) => " / ",
            Self::Sum(terms) if terms[at].minus => " - ",
            Self::Sum(_) => " + ",
        };
        self.names().into_iter().enumerate().try_for_each(|(at, name)| {
            let quote = if name.chars().all(is_plain) { "" } else { "\"" };
            write!(f, "{}{quote}{name}{quote}", operator(at))
        })
    }
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>, FormulaError> {
    let mut found = Vec::new();
    let mut chars = text.chars().enumerate().map(|(at, c)| (at + 1, c)).peekable();
    while let Some((at, c)) = chars.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '*' | '×' => Token::Operator('*'),
            '/' | '÷' => Token::Operator('/'),
            '+' => Token::Operator('+'),
            '-' | '−' => Token::Operator('-'),
            '=' => Token::Equals,
            '"' => {
                let name: String =
                    chars.by_ref().map(|(_, c)| c).take_while(|&c| c != '"').collect();
                Token::Name(name)
            }
            c if is_plain(c) => {
                let mut name = String::from(c);
                while let Some((_, c)) = chars.next_if(|&(_, c)| is_plain(c)) {
                    name.push(c);
                }
                Token::Name(name)
            }
            found => return Err(FormulaError::Unexpected { found, at }),
        };
        found.push((token, at));
    }
    Ok(found)
}

/// The first name, and each further one with the operator before it.
fn terms(
    tokens: &[(Token, usize)],
    end: usize,
) -> Result<(String, Vec<(char, String)>), FormulaError> {
    let name = |at: usize| match tokens.get(at) {
        Some((Token::Name(name), _)) if !name.is_empty() => Ok(name.clone()),
        Some((_, at)) => Err(FormulaError::Missing { at: *at }),
        None => Err(FormulaError::Missing { at: end }),
    };
    let first = name(0)?;
    let mut rest = Vec::new();
    let mut at = 1;
    while let Some((token, place)) = tokens.get(at) {
        match token {
            Token::Operator(operator) => rest.push((*operator, name(at + 1)?)),
            Token::Equals => return Err(FormulaError::Unexpected { found: '=', at: *place }),
            Token::Name(_) => return Err(FormulaError::NoOperator { at: *place }),
        }
        at += 2;
    }
    Ok((first, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Formula, FormulaError> {
        Formula::parse("aum", text)
    }

    #[test]
    fn the_simple_forms_are_read_and_printed() {
        for (text, printed) in [
            ("customers * aum_per_customer", "customers * aum_per_customer"),
            ("aum = customers×aum_per_customer", "customers * aum_per_customer"),
            ("a*b*c", "a * b * c"),
            ("新增 - 流失 + 转入", "新增 - 流失 + 转入"),
            ("balance / customers", "balance / customers"),
            ("\"new-in\" * b", "\"new-in\" * b"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), printed);
        }
        assert_eq!(
            parse("\"new-in\" * b").unwrap(),
            Formula::Product(vec!["new-in".into(), "b".into()])
        );
    }

    #[test]
    fn what_is_no_formula_is_refused_with_its_place() {
        use FormulaError::{ForAnother, Missing, Mixed, NoOperator, Single, Twice, Unexpected};
        for (text, error) in [
            ("", Missing { at: 1 }),
            ("a *", Missing { at: 4 }),
            ("* a", Missing { at: 1 }),
            ("a * * b", Missing { at: 5 }),
            ("\"\" * b", Missing { at: 1 }),
            ("a b", NoOperator { at: 3 }),
            ("a * (b + c)", Unexpected { found: '(', at: 5 }),
            ("a * b = c", Unexpected { found: '=', at: 7 }),
            ("a * b + c", Mixed),
            ("a / b / c", Mixed),
            ("a * b / c", Mixed),
            ("a * a", Twice("a".into())),
            ("x = a * b", ForAnother("x".into())),
            ("a", Single),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }
}
