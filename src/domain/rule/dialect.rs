//! The grammar of rules, told to the parser: PostgreSQL's conditions, less what rules do not have, and `under`.
//!
//! Prefixes are parsed here and not by the parser's own code, which would try types, casts, lambdas and whole queries
//! at every name and parenthesis. So a word is a name wherever the grammar does not use it, and the stack that one
//! level of nesting needs is small and known.

use std::any::TypeId;

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value, ValueWithSpan};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Word};

/// The operator that PostgreSQL does not have.
pub(super) const UNDER: &str = "under";

/// Words that the grammar uses; as a name such a word is quoted.
const GRAMMAR: [&str; 12] =
    ["and", "or", "not", "in", "between", "is", "null", "true", "false", "under", "like", "select"];

/// Words that the parser looks for behind an operator or a name; as a name such a word is quoted, too.
const WATCHED: [&str; 6] = ["any", "all", "some", "collate", "isnull", "notnull"];

#[derive(Debug)]
pub(super) struct RuleDialect;

/// Whether an unquoted name may start with `ch`.
pub(super) fn starts_name(ch: char) -> bool {
    ch == '_' || ch.is_alphabetic() && !is_full_width(ch)
}

/// Whether an unquoted name may go on with `ch`. A full-width sign is none of a name: typed by an input method in the
/// wrong mode, it would make `age＝30` one long name.
pub(super) fn continues_name(ch: char) -> bool {
    ch == '_' || ch.is_alphanumeric() && !is_full_width(ch)
}

fn is_full_width(ch: char) -> bool {
    ('\u{ff01}'..='\u{ff5e}').contains(&ch)
}

/// Whether `name` can stand in a rule only between double quotes.
pub(super) fn needs_quotes(name: &str) -> bool {
    let mut chars = name.chars();
    !chars.next().is_some_and(starts_name)
        || !chars.all(continues_name)
        || name.to_lowercase() != name
        || GRAMMAR.contains(&name)
        || WATCHED.contains(&name)
}

/// What begins an interval, where a text follows it.
pub(super) const INTERVAL: &str = "interval";

/// Whether `word` is one of the grammar's, and so no name.
pub(super) fn is_grammar(word: &Word) -> bool {
    word.quote_style.is_none() && GRAMMAR.iter().any(|g| word.value.eq_ignore_ascii_case(g))
}

/// Whether a token is the word that PostgreSQL does not have.
pub(super) fn is_under(token: &Token) -> bool {
    matches!(token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(UNDER))
}

fn is_keyword(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(w) if w.keyword == keyword)
}

impl Dialect for RuleDialect {
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        starts_name(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        continues_name(ch)
    }

    fn supports_nested_comments(&self) -> bool {
        true
    }

    fn prec_value(&self, prec: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(prec)
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let next = &parser.peek_token_ref().token;
        let precedence = match next {
            _ if is_keyword(next, Keyword::OR) => Precedence::Or,
            _ if is_keyword(next, Keyword::AND) => Precedence::And,
            _ if is_keyword(next, Keyword::IS) => Precedence::Is,
            _ if is_keyword(next, Keyword::IN)
                || is_keyword(next, Keyword::BETWEEN)
                || is_keyword(next, Keyword::LIKE)
                || is_under(next) =>
            {
                Precedence::Between
            }
            _ if is_keyword(next, Keyword::NOT) => {
                let after = &parser.peek_nth_token_ref(1).token;
                if is_keyword(after, Keyword::IN)
                    || is_keyword(after, Keyword::BETWEEN)
                    || is_keyword(after, Keyword::LIKE)
                    || is_under(after)
                {
                    Precedence::Between
                } else {
                    return Some(Ok(self.prec_unknown()));
                }
            }
            Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => {
                Precedence::Eq
            }
            Token::Plus | Token::Minus => Precedence::PlusMinus,
            Token::Mul | Token::Div => Precedence::MulDivModOp,
            // Whatever else follows ends the condition, and is then told as what cannot stand there.
            _ => return Some(Ok(self.prec_unknown())),
        };
        Some(Ok(self.prec_value(precedence)))
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        Some(self.prefix(parser))
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        let next = parser.peek_token();
        if is_keyword(&next.token, Keyword::AND) || is_keyword(&next.token, Keyword::OR) {
            return None;
        }
        // Comparisons do not chain, as in PostgreSQL. Chains would also make trees as deep as the text is long.
        if !is_operand(left) {
            return Some(parser.expected("and, or", next));
        }
        let negated = is_keyword(&next.token, Keyword::NOT);
        let word = if negated { &parser.peek_nth_token_ref(1).token } else { &next.token };
        if is_keyword(word, Keyword::IN) {
            Some(in_list(parser, left, negated))
        } else if is_under(word) {
            Some(under(parser, left, negated, precedence))
        } else if is_keyword(word, Keyword::LIKE) {
            Some(like(parser, left, negated, precedence))
        } else {
            arithmetic(&next.token).map(|op| {
                parser.next_token();
                let right = Box::new(parser.parse_subexpr(precedence)?);
                Ok(Expr::BinaryOp { left: Box::new(left.clone()), op, right })
            })
        }
    }
}

fn is_operand(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(_) | Expr::Value(_) | Expr::Nested(_) | Expr::Prefixed { .. } => true,
        Expr::UnaryOp { op, .. } => *op != UnaryOperator::Not,
        Expr::BinaryOp { op, .. } => matches!(
            op,
            BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
        ),
        _ => false,
    }
}

impl RuleDialect {
    fn prefix(&self, parser: &mut Parser) -> Result<Expr, ParserError> {
        let next = parser.next_token();
        let value = |value| Ok(Expr::Value(ValueWithSpan { value, span: next.span }));
        match &next.token {
            Token::LParen => {
                let inner = parser.parse_expr()?;
                parser.expect_token(&Token::RParen)?;
                Ok(Expr::Nested(Box::new(inner)))
            }
            Token::Number(digits, _) => value(Value::Number(digits.clone(), false)),
            Token::SingleQuotedString(text) => value(Value::SingleQuotedString(text.clone())),
            Token::Minus | Token::Plus
                if matches!(parser.peek_token_ref().token, Token::Number(..)) =>
            {
                let op = match next.token {
                    Token::Minus => UnaryOperator::Minus,
                    _ => UnaryOperator::Plus,
                };
                Ok(Expr::UnaryOp { op, expr: Box::new(self.prefix(parser)?) })
            }
            Token::Word(word) if !is_grammar(word) => {
                let prefix = word.to_ident(next.span);
                let bare = word.quote_style.is_none();
                match &parser.peek_token_ref().token {
                    Token::LParen if bare => {
                        let value = Box::new(Expr::Tuple(arguments(parser)?));
                        Ok(Expr::Prefixed { prefix, value })
                    }
                    Token::SingleQuotedString(_)
                        if bare && word.value.eq_ignore_ascii_case(INTERVAL) =>
                    {
                        let value = Box::new(self.prefix(parser)?);
                        Ok(Expr::Prefixed { prefix, value })
                    }
                    _ => Ok(Expr::Identifier(prefix)),
                }
            }
            Token::Word(word) => match word.keyword {
                Keyword::TRUE => value(Value::Boolean(true)),
                Keyword::FALSE => value(Value::Boolean(false)),
                Keyword::NULL => value(Value::Null),
                Keyword::NOT => {
                    let inner = parser.parse_subexpr(self.prec_value(Precedence::UnaryNot))?;
                    Ok(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(inner) })
                }
                _ => parser.expected("a condition", next),
            },
            _ => parser.expected("a condition", next),
        }
    }
}

/// What stands in the parentheses of a function, which may be nothing.
fn arguments(parser: &mut Parser) -> Result<Vec<Expr>, ParserError> {
    parser.expect_token(&Token::LParen)?;
    let mut list = Vec::new();
    if !parser.consume_token(&Token::RParen) {
        list.push(parser.parse_expr()?);
        while parser.consume_token(&Token::Comma) {
            list.push(parser.parse_expr()?);
        }
        parser.expect_token(&Token::RParen)?;
    }
    Ok(list)
}

fn arithmetic(token: &Token) -> Option<BinaryOperator> {
    Some(match token {
        Token::Plus => BinaryOperator::Plus,
        Token::Minus => BinaryOperator::Minus,
        Token::Mul => BinaryOperator::Multiply,
        Token::Div => BinaryOperator::Divide,
        _ => return None,
    })
}

fn like(
    parser: &mut Parser,
    left: &Expr,
    negated: bool,
    precedence: u8,
) -> Result<Expr, ParserError> {
    if negated {
        parser.next_token();
    }
    parser.next_token();
    let pattern = Box::new(parser.parse_subexpr(precedence)?);
    let expr = Box::new(left.clone());
    Ok(Expr::Like { negated, any: false, expr, pattern, escape_char: None })
}

fn under(
    parser: &mut Parser,
    left: &Expr,
    negated: bool,
    precedence: u8,
) -> Result<Expr, ParserError> {
    if negated {
        parser.next_token();
    }
    parser.next_token();
    let op = BinaryOperator::Custom(if negated { "not under" } else { UNDER }.to_owned());
    let right = Box::new(parser.parse_subexpr(precedence)?);
    Ok(Expr::BinaryOp { left: Box::new(left.clone()), op, right })
}

/// `[not] in (...)`, without the parser's try at a query first.
fn in_list(parser: &mut Parser, left: &Expr, negated: bool) -> Result<Expr, ParserError> {
    if negated {
        parser.next_token();
    }
    parser.next_token();
    let list = arguments(parser)?;
    if list.is_empty() {
        return parser.expected("a value", parser.get_current_token().clone());
    }
    Ok(Expr::InList { expr: Box::new(left.clone()), list, negated })
}
