//! Conditions on one event: its amount and its detail, nothing else.

use sqlparser::ast::{BinaryOperator, Expr as Ast, UnaryOperator, Value as Literal};

use super::compare::CompareOp;
use super::empty;
use super::error::Reason;
use super::expr::EventFilter;
use super::field::EventField as Field;
use super::lower_term::Given;
use super::lowering::{Lower, Lowered, compare_op, span, unnested};
use super::print;
use super::value::Value;
use crate::domain::money::Minor;

impl<'a> Lower<'a> {
    pub(super) fn filter(&self, ast: &'a Ast) -> Lowered<EventFilter> {
        match ast {
            Ast::Nested(inner) => self.filter(inner),
            Ast::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok(EventFilter::Not(Box::new(self.filter(expr)?)))
            }
            Ast::BinaryOp { op: word @ (BinaryOperator::And | BinaryOperator::Or), .. } => {
                let mut parts = Vec::new();
                self.filters(ast, word, &mut parts)?;
                Ok(match word {
                    BinaryOperator::And => EventFilter::And(parts),
                    _ => EventFilter::Or(parts),
                })
            }
            Ast::BinaryOp { left, op, right } if compare_op(op).is_some() => {
                let op = compare_op(op).unwrap_or(CompareOp::Eq);
                if let Some(given) = self.literal(left)? {
                    self.compare_field(right, op.flipped(), &given)
                } else if let Some(given) = self.literal(right)? {
                    self.compare_field(left, op, &given)
                } else {
                    self.no_arithmetic(left)?;
                    self.no_arithmetic(right)?;
                    self.refuse(Reason::NotOneName, span(ast))
                }
            }
            Ast::IsNull(inner) => self.field_null(inner, false),
            Ast::IsNotNull(inner) => self.field_null(inner, true),
            Ast::Between { expr, negated, low, high } => {
                self.amount_between(expr, *negated, low, high)
            }
            Ast::InList { expr, list, negated } => {
                if self.field(expr)? == Field::Amount {
                    return self.wrong_field(Field::Amount, "in", expr);
                }
                let texts = list.iter().map(|one| self.field_text(one)).collect::<Lowered<_>>()?;
                Ok(EventFilter::Detail { negated: *negated, values: texts })
            }
            Ast::Like { negated, expr, pattern, .. } => {
                if self.field(expr)? == Field::Amount {
                    return self.wrong_field(Field::Amount, "like", expr);
                }
                let pattern = self.field_text(pattern)?;
                Ok(EventFilter::DetailLike { negated: *negated, pattern })
            }
            other => {
                let field = self.field(other)?;
                let (name, kind) = (field.name().to_owned(), field.expected());
                self.refuse(Reason::NotAFlag { name, kind }, span(other))
            }
        }
    }

    fn filters(
        &self,
        ast: &'a Ast,
        word: &BinaryOperator,
        parts: &mut Vec<EventFilter>,
    ) -> Lowered<()> {
        let mut rights = Vec::new();
        let mut left = ast;
        while let Ast::BinaryOp { left: deeper, op, right } = left
            && op == word
        {
            rights.push(&**right);
            left = deeper;
        }
        for part in std::iter::once(left).chain(rights.into_iter().rev()) {
            match self.filter(part)? {
                EventFilter::And(inner) if *word == BinaryOperator::And => parts.extend(inner),
                EventFilter::Or(inner) if *word == BinaryOperator::Or => parts.extend(inner),
                other => parts.push(other),
            }
        }
        Ok(())
    }

    /// An event's own facts are compared as they stand.
    fn no_arithmetic(&self, ast: &'a Ast) -> Lowered<()> {
        match unnested(ast) {
            Ast::BinaryOp {
                op:
                    BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide,
                ..
            }
            | Ast::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, .. } => {
                self.refuse(Reason::EventArithmetic, span(ast))
            }
            _ => Ok(()),
        }
    }

    fn field(&self, ast: &'a Ast) -> Lowered<Field> {
        self.no_arithmetic(ast)?;
        let Ast::Identifier(name) = unnested(ast) else {
            return self.refuse(Reason::NotOneName, span(ast));
        };
        Field::ALL
            .into_iter()
            .find(|field| field.name().eq_ignore_ascii_case(&name.value))
            .map_or_else(
                || self.refuse(Reason::UnknownField { name: name.value.clone() }, name.span),
                Ok,
            )
    }

    fn compare_field(&self, field: &'a Ast, op: CompareOp, given: &Given) -> Lowered<EventFilter> {
        match self.field(field)? {
            Field::Amount => Ok(EventFilter::Amount { op, value: self.field_money(given)? }),
            Field::Detail if op.is_order() => self.wrong_field(Field::Detail, op.sql(), field),
            Field::Detail => Ok(EventFilter::Detail {
                negated: op == CompareOp::Ne,
                values: vec![self.text_of(given)?],
            }),
        }
    }

    fn field_null(&self, field: &'a Ast, negated: bool) -> Lowered<EventFilter> {
        Ok(match self.field(field)? {
            Field::Amount => EventFilter::AmountIsNull { negated },
            Field::Detail => EventFilter::DetailIsNull { negated },
        })
    }

    fn amount_between(
        &self,
        field: &'a Ast,
        negated: bool,
        low: &'a Ast,
        high: &'a Ast,
    ) -> Lowered<EventFilter> {
        if self.field(field)? == Field::Detail {
            return self.wrong_field(Field::Detail, "between", field);
        }
        let (from, to) = (self.field_amount(low)?, self.field_amount(high)?);
        if empty::is_empty_range(&Value::Money(from), &Value::Money(to)) {
            let shown =
                |amount| print::value(&Value::Money(amount), self.vocabulary.bank().currency);
            let reason = Reason::EmptyRange { low: shown(from), high: shown(to) };
            return self.refuse(reason, span(low).union(&span(high)));
        }
        Ok(EventFilter::AmountBetween { negated, low: from, high: to })
    }

    fn field_amount(&self, ast: &'a Ast) -> Lowered<Minor> {
        match self.literal(ast)? {
            Some(given) => self.field_money(&given),
            None => self.refuse(Reason::NotOneName, span(ast)),
        }
    }

    fn field_money(&self, given: &Given) -> Lowered<Minor> {
        match given.literal {
            Literal::Number(..) => self.money(given),
            _ => self.wrong_field_type(Field::Amount, given),
        }
    }

    fn field_text(&self, ast: &'a Ast) -> Lowered<String> {
        match self.literal(ast)? {
            Some(given) => self.text_of(&given),
            None => self.refuse(Reason::NotOneName, span(ast)),
        }
    }

    fn text_of(&self, given: &Given) -> Lowered<String> {
        match &given.literal {
            Literal::SingleQuotedString(text) => Ok(text.clone()),
            _ => self.wrong_field_type(Field::Detail, given),
        }
    }

    fn wrong_field_type<T>(&self, field: Field, given: &Given) -> Lowered<T> {
        let name = field.name().to_owned();
        let reason = match given.literal {
            Literal::Null => Reason::UseIsNull { name },
            _ => Reason::WrongType { name, expected: field.expected(), found: given.shown() },
        };
        self.refuse(reason, given.span)
    }

    fn wrong_field<T>(&self, field: Field, operator: &str, ast: &'a Ast) -> Lowered<T> {
        let (name, kind) = (field.name().to_owned(), field.expected());
        let operator = operator.to_owned();
        self.refuse(Reason::WrongOperator { name, operator, kind }, span(ast))
    }
}
