//! What all lowering shares: who lowers and in what it stands, and the places and operators of the parser's tree.

use std::cell::Cell;

use sqlparser::ast::{BinaryOperator, Expr as Ast, Spanned, UnaryOperator};
use sqlparser::tokenizer::Span;

use super::compare::CompareOp;
use super::error::RuleError;
use super::source::Source;
use super::vocabulary::Vocabulary;

/// Lowers one condition. Depth is bounded by the parser; long chains of `and` and `or` are walked, not recursed.
pub(super) struct Lower<'a> {
    pub(super) source: &'a Source,
    pub(super) vocabulary: &'a Vocabulary,
    /// The segments that this text stands in.
    pub(super) scope: &'a Scope<'a>,
    /// How deep in parentheses and `not` it stands here, those of the scope included.
    pub(super) depth: Cell<usize>,
    /// Whether it stands in `related(...)`.
    pub(super) related: Cell<bool>,
    /// Whether the whole rule holds for nobody for whom what stands here does not hold.
    pub(super) all: Cell<bool>,
}

pub(super) type Lowered<T> = Result<T, RuleError>;

/// What one text stands in.
pub(super) struct Scope<'a> {
    pub(super) outer: Option<&'a Scope<'a>>,
    /// The segment whose rule the text is, if it is known.
    pub(super) code: Option<&'a str>,
    /// The text is a whole rule, which is refused where it is true of nobody.
    pub(super) whole: bool,
    /// Characters that may still be read.
    pub(super) left: &'a Cell<usize>,
}

impl Scope<'_> {
    /// The codes from the outermost to this one.
    pub(super) fn path(&self) -> Vec<String> {
        let mut path = self.outer.map(Scope::path).unwrap_or_default();
        path.extend(self.code.map(str::to_owned));
        path
    }
}

/// What stands in parentheses that say nothing.
pub(super) fn unnested(mut ast: &Ast) -> &Ast {
    while let Ast::Nested(inner) = ast {
        ast = inner;
    }
    ast
}

/// The place of `ast`; of a function from its name on.
pub(super) fn span(ast: &Ast) -> Span {
    match ast {
        Ast::Nested(inner) => span(inner),
        Ast::Prefixed { prefix, value } => prefix.span.union(&span(value)),
        Ast::Tuple(items) => Span::union_iter(items.iter().map(span)),
        Ast::BinaryOp { left, op, right }
            if !matches!(op, BinaryOperator::And | BinaryOperator::Or) =>
        {
            span(left).union(&span(right))
        }
        // What is asked of a function: the parser's own place begins behind its name.
        Ast::Between { expr, .. }
        | Ast::InList { expr, .. }
        | Ast::IsNull(expr)
        | Ast::IsNotNull(expr) => span(expr).union(&ast.span()),
        Ast::UnaryOp { op: UnaryOperator::Not, expr } => span(expr),
        other => other.span(),
    }
}

/// The comparison that an operator is.
pub(super) fn compare_op(op: &BinaryOperator) -> Option<CompareOp> {
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
