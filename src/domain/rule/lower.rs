//! From the parser's tree to ours: every name and value is resolved, and what rules do not have is refused.

use chrono::NaiveDate;
use sqlparser::ast::{
    BinaryOperator, Expr as Ast, Ident, Spanned, UnaryOperator, Value as Literal,
};
use sqlparser::tokenizer::Span;

use super::column::{Column, Kind};
use super::error::{Expected, Reason, RuleError};
use super::expr::{CompareOp, Expr, Term};
use super::number::Number;
use super::source::Source;
use super::suggest;
use super::value::{Day, Value};
use super::vocabulary::{PRIVATE_NAMES, Vocabulary};
use crate::domain::attribute::AttributeType;
use crate::domain::money::MoneyError;

/// Lowers one condition. Depth is bounded by the parser; long chains of `and` and `or` are walked, not recursed.
pub(super) struct Lower<'a> {
    pub(super) source: &'a Source,
    pub(super) vocabulary: &'a Vocabulary,
}

/// One side of a comparison.
enum Operand<'a> {
    Name(&'a Ident),
    Literal(Given<'a>),
    /// A condition, or SQL that rules do not have.
    Other(&'a Ast),
}

/// A literal as written, with its sign.
struct Given<'a> {
    literal: &'a Literal,
    negative: bool,
    span: Span,
}

impl Given<'_> {
    fn shown(&self) -> String {
        format!("{}{}", if self.negative { "-" } else { "" }, self.literal)
    }
}

type Lowered<T> = Result<T, RuleError>;

impl<'a> Lower<'a> {
    pub(super) fn condition(&self, ast: &'a Ast) -> Lowered<Expr> {
        match ast {
            Ast::Nested(inner) => self.condition(inner),
            Ast::Identifier(name) => self.flag(name),
            Ast::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok(Expr::Not(Box::new(self.condition(expr)?)))
            }
            Ast::Value(value) => match &value.value {
                Literal::Boolean(value) => Ok(Expr::Const(*value)),
                other => {
                    self.refuse(Reason::NotACondition { found: other.to_string() }, value.span)
                }
            },
            Ast::UnaryOp { .. } => {
                self.refuse(Reason::NotACondition { found: ast.to_string() }, ast.span())
            }
            Ast::BinaryOp { op: BinaryOperator::And, .. } => {
                let mut parts = Vec::new();
                self.chain(ast, &BinaryOperator::And, &mut parts)?;
                Ok(Expr::And(parts))
            }
            Ast::BinaryOp { op: BinaryOperator::Or, .. } => {
                let mut parts = Vec::new();
                self.chain(ast, &BinaryOperator::Or, &mut parts)?;
                Ok(Expr::Or(parts))
            }
            Ast::BinaryOp { left, op: BinaryOperator::Custom(word), right } => {
                self.under(left, word, right)
            }
            Ast::BinaryOp { left, op, right } => match compare_op(op) {
                Some(op) => self.compare(left, op, right),
                None => self.unsupported(&op.to_string(), ast),
            },
            Ast::IsNull(inner) => self.is_null(inner, false),
            Ast::IsNotNull(inner) => self.is_null(inner, true),
            Ast::Between { expr, negated, low, high } => self.between(expr, *negated, low, high),
            Ast::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            // All other forms end here: the language grows only where it is grown on purpose.
            Ast::IsTrue(_) => self.unsupported("is true", ast),
            Ast::IsNotTrue(_) => self.unsupported("is not true", ast),
            Ast::IsFalse(_) => self.unsupported("is false", ast),
            Ast::IsNotFalse(_) => self.unsupported("is not false", ast),
            Ast::IsUnknown(_) | Ast::IsNotUnknown(_) => self.unsupported("is unknown", ast),
            Ast::IsDistinctFrom(..) | Ast::IsNotDistinctFrom(..) => {
                self.unsupported("is distinct from", ast)
            }
            other => self.unsupported("this", other),
        }
    }

    /// Parts of a chain of one operator, in order. The parser nests chains to the left, as deep as they are long.
    fn chain(&self, ast: &'a Ast, word: &BinaryOperator, parts: &mut Vec<Expr>) -> Lowered<()> {
        let mut rights = Vec::new();
        let mut left = ast;
        while let Ast::BinaryOp { left: deeper, op, right } = left
            && op == word
        {
            rights.push(&**right);
            left = deeper;
        }
        for part in std::iter::once(left).chain(rights.into_iter().rev()) {
            match self.condition(part)? {
                // `a and (b and c)` is `a and b and c`.
                Expr::And(inner) if *word == BinaryOperator::And => parts.extend(inner),
                Expr::Or(inner) if *word == BinaryOperator::Or => parts.extend(inner),
                other => parts.push(other),
            }
        }
        Ok(())
    }

    fn flag(&self, name: &Ident) -> Lowered<Expr> {
        let column = self.column(name)?;
        match column.kind() {
            Kind::Plain(AttributeType::Flag) => Ok(Expr::Flag(column)),
            kind => {
                let reason = Reason::NotAFlag { name: column.code().to_owned(), kind: kind.into() };
                self.refuse(reason, name.span)
            }
        }
    }

    fn compare(&self, left: &'a Ast, op: CompareOp, right: &'a Ast) -> Lowered<Expr> {
        let (name, op, given) = match (operand(left), operand(right)) {
            (Operand::Name(name), Operand::Literal(given)) => (name, op, given),
            (Operand::Literal(given), Operand::Name(name)) => (name, op.flipped(), given),
            (Operand::Other(ast), _) | (_, Operand::Other(ast)) => return self.not_an_operand(ast),
            _ => return self.refuse(Reason::NotOneName, left.span().union(&right.span())),
        };
        let column = self.column(name)?;
        self.check_null(&column, &given)?;
        let kind = column.kind();
        let unordered = matches!(
            kind,
            Kind::Org | Kind::Staff | Kind::Plain(AttributeType::Flag | AttributeType::Category)
        );
        if op.is_order() && unordered {
            return self.wrong_operator(&column, op.sql(), name.span);
        }
        if kind == Kind::Plain(AttributeType::Flag) {
            let Literal::Boolean(wanted) = given.literal else {
                return self.wrong_type(&column, &given);
            };
            let flag = Expr::Flag(column);
            let holds = *wanted == (op == CompareOp::Eq);
            return Ok(if holds { flag } else { Expr::Not(Box::new(flag)) });
        }
        let value = self.value(&column, &given)?;
        Ok(Expr::Compare { left: Term::Column(column), op, right: Term::Literal(value) })
    }

    fn between(&self, expr: &'a Ast, negated: bool, low: &'a Ast, high: &'a Ast) -> Lowered<Expr> {
        let (column, span) = self.left(expr)?;
        if matches!(
            column.kind(),
            Kind::Org | Kind::Staff | Kind::Plain(AttributeType::Flag | AttributeType::Category)
        ) {
            return self.wrong_operator(&column, "between", span);
        }
        let low = self.right(&column, low)?;
        let high = self.right(&column, high)?;
        Ok(Expr::Between { term: Term::Column(column), negated, low, high })
    }

    fn in_list(&self, expr: &'a Ast, list: &'a [Ast], negated: bool) -> Lowered<Expr> {
        let (column, span) = self.left(expr)?;
        if column.kind() == Kind::Plain(AttributeType::Flag) {
            return self.wrong_operator(&column, "in", span);
        }
        let values = list.iter().map(|one| self.right(&column, one)).collect::<Lowered<_>>()?;
        Ok(Expr::In { term: Term::Column(column), negated, values })
    }

    fn is_null(&self, inner: &'a Ast, negated: bool) -> Lowered<Expr> {
        let (column, _) = self.left(inner)?;
        Ok(Expr::IsNull { term: Term::Column(column), negated })
    }

    fn under(&self, left: &'a Ast, word: &str, right: &'a Ast) -> Lowered<Expr> {
        let (column, span) = self.left(left)?;
        if column != Column::Org {
            return self.wrong_operator(&column, word, span);
        }
        match self.right(&column, right)? {
            Value::Unit(unit) => {
                let subtree = self.vocabulary.subtree(unit.id);
                Ok(Expr::Under { negated: word != super::dialect::UNDER, unit, subtree })
            }
            _ => self.unsupported(word, right),
        }
    }

    /// The name that must stand on the left.
    fn left(&self, ast: &'a Ast) -> Lowered<(Column, Span)> {
        match operand(ast) {
            Operand::Name(name) => Ok((self.column(name)?, name.span)),
            Operand::Literal(given) => self.refuse(Reason::NotOneName, given.span),
            Operand::Other(ast) => self.not_an_operand(ast),
        }
    }

    /// The literal that must stand on the right.
    fn right(&self, column: &Column, ast: &'a Ast) -> Lowered<Value> {
        match operand(ast) {
            Operand::Literal(given) => {
                self.check_null(column, &given)?;
                self.value(column, &given)
            }
            Operand::Name(name) => self.refuse(Reason::NotOneName, name.span),
            Operand::Other(ast) => self.not_an_operand(ast),
        }
    }

    fn column(&self, name: &Ident) -> Lowered<Column> {
        let quoted = name.quote_style.is_some();
        if let Some(column) = self.vocabulary.column(&name.value, quoted) {
            return Ok(column);
        }
        let spelled = name.value.clone();
        let reason = if PRIVATE_NAMES.contains(&spelled.to_lowercase().as_str()) {
            Reason::Private { name: spelled }
        } else {
            let meant = suggest::name(self.vocabulary, &spelled);
            Reason::UnknownName { name: spelled, meant }
        };
        self.refuse(reason, name.span)
    }

    fn value(&self, column: &Column, given: &Given<'_>) -> Lowered<Value> {
        match (column.kind(), given.literal) {
            (Kind::Plain(AttributeType::Number), Literal::Number(..)) => {
                match Number::parse(&given.shown()) {
                    Some(number) => Ok(Value::Number(number)),
                    None => self.refuse(Reason::OutOfRange { found: given.shown() }, given.span),
                }
            }
            (Kind::Plain(AttributeType::Money), Literal::Number(..)) => self.money(given),
            (Kind::Plain(AttributeType::Date), Literal::SingleQuotedString(text)) => {
                match day(text) {
                    Some(day) => Ok(Value::Date(Day::fixed(day))),
                    None => self.refuse(Reason::BadDate { found: text.clone() }, given.span),
                }
            }
            (kind, Literal::SingleQuotedString(text)) => {
                let known = match kind {
                    Kind::Plain(AttributeType::Category) => self
                        .vocabulary
                        .has_value(column, text)
                        .then(|| Value::Category(text.clone())),
                    Kind::Tier => self.vocabulary.tier(text).map(Value::Tier),
                    Kind::Org => self.vocabulary.unit(text).map(Value::Unit),
                    Kind::Staff => {
                        self.vocabulary.staff(text).map(|id| Value::Staff(text.clone(), id))
                    }
                    Kind::Plain(_) => return self.wrong_type(column, given),
                };
                known.map_or_else(|| self.unknown_value(column, text, given.span), Ok)
            }
            _ => self.wrong_type(column, given),
        }
    }

    fn money(&self, given: &Given<'_>) -> Lowered<Value> {
        let found = given.shown();
        let reason = match self.vocabulary.bank().currency.parse(&found) {
            Ok(amount) => return Ok(Value::Money(amount)),
            Err(MoneyError::TooManyDecimals(digits)) => Reason::TooManyDecimals { found, digits },
            Err(MoneyError::TooLarge | MoneyError::NotANumber) => Reason::OutOfRange { found },
        };
        self.refuse(reason, given.span)
    }

    fn check_null(&self, column: &Column, given: &Given<'_>) -> Lowered<()> {
        match given.literal {
            Literal::Null => {
                self.refuse(Reason::UseIsNull { name: column.code().to_owned() }, given.span)
            }
            _ => Ok(()),
        }
    }

    fn unknown_value<T>(&self, column: &Column, value: &str, span: Span) -> Lowered<T> {
        let meant = suggest::value(self.vocabulary, column, value);
        let (name, value) = (column.code().to_owned(), value.to_owned());
        self.refuse(Reason::UnknownValue { name, value, meant }, span)
    }

    fn wrong_type<T>(&self, column: &Column, given: &Given<'_>) -> Lowered<T> {
        let expected: Expected = column.kind().into();
        let name = column.code().to_owned();
        self.refuse(Reason::WrongType { name, expected, found: given.shown() }, given.span)
    }

    fn wrong_operator<T>(&self, column: &Column, operator: &str, span: Span) -> Lowered<T> {
        let kind: Expected = column.kind().into();
        let (name, operator) = (column.code().to_owned(), operator.to_owned());
        self.refuse(Reason::WrongOperator { name, operator, kind }, span)
    }

    /// A condition stands where a name or a value must.
    fn not_an_operand<T>(&self, ast: &Ast) -> Lowered<T> {
        self.refuse(Reason::NotOneName, ast.span())
    }

    fn unsupported<T>(&self, found: &str, ast: &Ast) -> Lowered<T> {
        self.refuse(Reason::Unsupported { found: found.to_owned() }, ast.span())
    }

    fn refuse<T>(&self, reason: Reason, span: Span) -> Lowered<T> {
        Err(RuleError { reason, place: self.source.place(span) })
    }
}

fn operand(mut ast: &Ast) -> Operand<'_> {
    while let Ast::Nested(inner) = ast {
        ast = inner;
    }
    match ast {
        Ast::Identifier(name) => Operand::Name(name),
        Ast::Value(value) => {
            Operand::Literal(Given { literal: &value.value, negative: false, span: value.span })
        }
        Ast::UnaryOp { op: op @ (UnaryOperator::Minus | UnaryOperator::Plus), expr } => {
            match &**expr {
                Ast::Value(value) => Operand::Literal(Given {
                    literal: &value.value,
                    negative: *op == UnaryOperator::Minus,
                    span: value.span,
                }),
                _ => Operand::Other(ast),
            }
        }
        _ => Operand::Other(ast),
    }
}

fn compare_op(op: &BinaryOperator) -> Option<CompareOp> {
    Some(match op {
        BinaryOperator::Eq => CompareOp::Eq,
        BinaryOperator::NotEq => CompareOp::Ne,
        BinaryOperator::Lt => CompareOp::Lt,
        BinaryOperator::LtEq => CompareOp::Le,
        BinaryOperator::Gt => CompareOp::Gt,
        BinaryOperator::GtEq => CompareOp::Ge,
        _ => return None,
    })
}

/// A day written as ten characters; `1950-1-1` has more than one spelling and is refused.
fn day(text: &str) -> Option<NaiveDate> {
    let shape = text
        .bytes()
        .enumerate()
        .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let day =
        (text.len() == 10 && shape).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?;
    // Postgres has no year 0.
    day.filter(|day| chrono::Datelike::year(day) > 0)
}
