//! From the parser's tree to ours: every name and value is resolved, and what rules do not have is refused.

use sqlparser::ast::{
    BinaryOperator, Expr as Ast, Ident, Spanned, UnaryOperator, Value as Literal,
};
use sqlparser::tokenizer::Span;

use super::column::{Column, Kind};
use super::compare::CompareOp;
use super::dialect::{INTERVAL, UNDER};
use super::empty::{self, Ground};
use super::error::{Reason, RuleError};
use super::expr::{Expr, Term};
use super::lower_term::{Read, anchor};
use super::lowering::{Lower, Lowered, compare_op, span};
use super::suggest;
use super::value::Value;
use crate::domain::attribute::AttributeType;

impl<'a> Lower<'a> {
    pub(super) fn condition(&self, ast: &'a Ast) -> Lowered<Expr> {
        match ast {
            Ast::Nested(inner) => self.deeper(|| self.condition(inner)),
            Ast::Identifier(name) => self.flag(name),
            Ast::Prefixed { prefix, .. } if prefix.value.eq_ignore_ascii_case(INTERVAL) => {
                self.refuse(Reason::MisplacedInterval, span(ast))
            }
            Ast::Prefixed { prefix, value } => self.function_condition(prefix, value),
            Ast::UnaryOp { op: UnaryOperator::Not, expr } => {
                let all = self.all.replace(false);
                let inner = self.deeper(|| self.condition(expr))?;
                self.all.set(all);
                Ok(Expr::Not(Box::new(inner)))
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
            Ast::BinaryOp { left, op, right } => {
                if let Some(op) = compare_op(op) {
                    return self.compare(left, op, right);
                }
                let read = self.term(ast)?;
                let kind = read.term.kind().into();
                self.refuse(Reason::NotAFlag { name: read.name, kind }, read.span)
            }
            Ast::IsNull(inner) => self.is_null(inner, false),
            Ast::IsNotNull(inner) => self.is_null(inner, true),
            Ast::Between { expr, negated, low, high } => self.between(expr, *negated, low, high),
            Ast::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            Ast::Like { expr, pattern, negated, .. } => self.like(expr, *negated, pattern),
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
        let is_and = *word == BinaryOperator::And;
        let all = self.all.replace(self.all.get() && is_and);
        let mut read = Vec::new();
        for part in std::iter::once(left).chain(rights.into_iter().rev()) {
            let lowered = self.condition(part)?;
            if self.all.get()
                && let Some(reason) = empty::alone(&lowered, &self.ground())
            {
                return self.refuse(reason, span(part));
            }
            read.push((lowered, span(part)));
        }
        self.all.set(all);
        // What is kept was judged when it was written: the bank's words may have overtaken it.
        if is_and && self.scope.whole {
            let parts: Vec<&Expr> = read.iter().map(|(part, _)| part).collect();
            if let Some((at, reason)) = empty::together(&parts, &self.ground()) {
                return self.refuse(reason, read[at].1);
            }
        }
        for (part, _) in read {
            match part {
                // `a and (b and c)` is `a and b and c`.
                Expr::And(inner) if is_and => parts.extend(inner),
                Expr::Or(inner) if !is_and => parts.extend(inner),
                other => parts.push(other),
            }
        }
        Ok(())
    }

    fn ground(&self) -> Ground {
        Ground::of(self.vocabulary)
    }

    pub(super) fn deeper<T>(&self, inner: impl FnOnce() -> T) -> T {
        self.depth.set(self.depth.get() + 1);
        let found = inner();
        self.depth.set(self.depth.get() - 1);
        found
    }

    fn flag(&self, name: &Ident) -> Lowered<Expr> {
        if anchor(name).is_some() {
            return self.refuse(Reason::NotACondition { found: name.value.clone() }, name.span);
        }
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
        let (first, second) = (self.literal(left)?, self.literal(right)?);
        let (read, op, given) = match (first, second) {
            (Some(_), Some(_)) => {
                return self.refuse(Reason::NotOneName, span(left).union(&span(right)));
            }
            (None, Some(given)) => (self.term(left)?, op, given),
            (Some(given), None) => (self.term(right)?, op.flipped(), given),
            (None, None) => return self.compare_terms(left, op, right),
        };
        let kind = read.term.kind();
        if op.is_order() && !kind.is_ordered() && given.literal != Literal::Null {
            return self.wrong_operator(&read, op.sql());
        }
        if let (Kind::Plain(AttributeType::Flag), Term::Column(column)) = (kind, &read.term)
            && let Literal::Boolean(wanted) = given.literal
        {
            let flag = Expr::Flag(column.clone());
            let holds = wanted == (op == CompareOp::Eq);
            return Ok(if holds { flag } else { Expr::Not(Box::new(flag)) });
        }
        let value = self.value_beside(&read, &given)?;
        if matches!(read.term, Term::Literal(_)) {
            return self.refuse(Reason::NotOneName, span(left).union(&span(right)));
        }
        Ok(Expr::Compare { left: read.term, op, right: Term::Literal(value) })
    }

    /// Two sides that are both no plain literal; days that come with as-of are literals all the same.
    fn compare_terms(&self, left: &'a Ast, op: CompareOp, right: &'a Ast) -> Lowered<Expr> {
        let a = self.term(left)?;
        if !a.term.kind().is_computed() {
            return Err(self.beside_value(&a, right));
        }
        let b = self.computed(right)?;
        let both = span(left).union(&span(right));
        if a.term.kind() != b.term.kind() {
            let (left, right) = (a.term.kind().into(), b.term.kind().into());
            return self.refuse(Reason::Mismatch { operator: op.sql(), left, right }, both);
        }
        match (a.term, b.term) {
            (Term::Literal(_), Term::Literal(_)) => self.refuse(Reason::NotOneName, both),
            (literal @ Term::Literal(_), term) => {
                Ok(Expr::Compare { left: term, op: op.flipped(), right: literal })
            }
            (left, right) => Ok(Expr::Compare { left, op, right }),
        }
    }

    /// Why what has values of its own is not compared with `other`: a word that is no name was meant as one of them.
    fn beside_value(&self, read: &Read, other: &'a Ast) -> RuleError {
        if let (Term::Column(column), Err(error)) = (&read.term, self.term(other))
            && let Reason::UnknownName { name: value, .. } = error.reason
            && column.kind() != Kind::Plain(AttributeType::Flag)
        {
            let meant = suggest::value(self.vocabulary, column, &value);
            let reason = Reason::UnknownValue { name: read.name.clone(), value, meant };
            return RuleError { reason, place: error.place };
        }
        let kind = read.term.kind().into();
        let reason = Reason::NotComputed { name: read.name.clone(), kind };
        RuleError { reason, place: self.source.whole_place(read.span) }
    }

    fn between(&self, expr: &'a Ast, negated: bool, low: &'a Ast, high: &'a Ast) -> Lowered<Expr> {
        let read = self.left(expr)?;
        if !read.term.kind().is_ordered() {
            return self.wrong_operator(&read, "between");
        }
        let (from, to) = (self.value(&read, low)?, self.value(&read, high)?);
        if empty::is_empty_range(&from, &to) {
            let shown = |value: &Value| super::print::value(value, self.vocabulary.bank().currency);
            let reason = Reason::EmptyRange { low: shown(&from), high: shown(&to) };
            return self.refuse(reason, span(low).union(&span(high)));
        }
        Ok(Expr::Between { term: read.term, negated, low: from, high: to })
    }

    fn in_list(&self, expr: &'a Ast, list: &'a [Ast], negated: bool) -> Lowered<Expr> {
        let read = self.left(expr)?;
        if read.term.kind() == Kind::Plain(AttributeType::Flag) {
            return self.wrong_operator(&read, "in");
        }
        let values = list.iter().map(|one| self.value(&read, one)).collect::<Lowered<_>>()?;
        Ok(Expr::In { term: read.term, negated, values })
    }

    fn like(&self, expr: &'a Ast, negated: bool, pattern: &'a Ast) -> Lowered<Expr> {
        let read = self.left(expr)?;
        let Term::Column(column) = &read.term else { return self.wrong_operator(&read, "like") };
        if column.kind() != Kind::Plain(AttributeType::Category) {
            return self.wrong_operator(&read, "like");
        }
        let pattern = self.pattern(pattern, &read)?;
        Ok(Expr::Like { column: column.clone(), negated, pattern })
    }

    /// The text behind `like`.
    pub(super) fn pattern(&self, ast: &'a Ast, of: &Read) -> Lowered<String> {
        match self.literal(ast)? {
            Some(given) => match &given.literal {
                Literal::SingleQuotedString(text) => Ok(text.clone()),
                Literal::Null => {
                    self.refuse(Reason::UseIsNull { name: of.name.clone() }, given.span)
                }
                _ => self.wrong_type(of, &given.shown(), given.span),
            },
            None => self.refuse(Reason::NotOneName, span(ast)),
        }
    }

    fn is_null(&self, inner: &'a Ast, negated: bool) -> Lowered<Expr> {
        match self.left(inner) {
            Ok(read) => Ok(Expr::IsNull { term: read.term, negated }),
            Err(RuleError { reason: Reason::NotAValue { function }, place }) => {
                Err(RuleError { reason: Reason::NotAskedOf { function }, place })
            }
            Err(error) => Err(error),
        }
    }

    fn under(&self, left: &'a Ast, word: &str, right: &'a Ast) -> Lowered<Expr> {
        let read = self.left(left)?;
        if read.term != Term::Column(Column::Org) {
            return self.wrong_operator(&read, word);
        }
        match self.value(&read, right)? {
            Value::Unit(unit) => {
                let subtree = self.vocabulary.subtree(unit.id);
                Ok(Expr::Under { negated: word != UNDER, unit, subtree })
            }
            _ => self.unsupported(word, right),
        }
    }

    /// What must stand on the left: no literal of any kind.
    fn left(&self, ast: &'a Ast) -> Lowered<Read> {
        if self.literal(ast)?.is_some() {
            return self.refuse(Reason::NotOneName, span(ast));
        }
        let read = self.term(ast)?;
        match read.term {
            Term::Literal(_) => self.refuse(Reason::NotOneName, read.span),
            _ => Ok(read),
        }
    }

    fn wrong_operator<T>(&self, read: &Read, operator: &str) -> Lowered<T> {
        let (name, kind) = (read.name.clone(), read.term.kind().into());
        let operator = operator.to_owned();
        self.refuse(Reason::WrongOperator { name, operator, kind }, read.span)
    }

    fn unsupported<T>(&self, found: &str, ast: &Ast) -> Lowered<T> {
        self.refuse(Reason::Unsupported { found: found.to_owned() }, ast.span())
    }

    pub(super) fn refuse<T>(&self, reason: Reason, span: Span) -> Lowered<T> {
        Err(RuleError { reason, place: self.source.whole_place(span) })
    }
}
