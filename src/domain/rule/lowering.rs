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
    pub(super) of: Option<Named<'a>>,
    /// The text is a whole rule, which is refused where it is true of nobody.
    pub(super) whole: bool,
    /// Characters that may still be read.
    pub(super) left: &'a Cell<usize>,
}

/// A segment on the way to where a text stands.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) code: &'a str,
    /// The version that is read; of the text that is being written none, for it will be the latest.
    pub(super) version: Option<i32>,
    /// Whether the text that names it says the version.
    pub(super) pinned: bool,
}

impl Named<'_> {
    /// Whether another that is named here would be this one again. A version that is said is its own text for good, so an
    /// older one is no circle; the latest is what is being written.
    fn is_again(&self, other: &Named<'_>) -> bool {
        self.code == other.code
            && match self.version {
                None => !other.pinned,
                Some(version) => other.version == Some(version),
            }
    }

    fn shown(&self) -> String {
        match self.version.filter(|_| self.pinned) {
            Some(version) => format!("{} v{version}", self.code),
            None => self.code.to_owned(),
        }
    }
}

impl Scope<'_> {
    /// The way from `named` round to itself, if it stands in itself here.
    pub(super) fn circle(&self, named: &Named<'_>) -> Option<Vec<String>> {
        let mut path = vec![named.shown()];
        let mut scope = Some(self);
        while let Some(of) = scope {
            if let Some(one) = &of.of {
                path.push(one.shown());
                if one.is_again(named) {
                    path.reverse();
                    return Some(path);
                }
            }
            scope = of.outer;
        }
        None
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
