//! A rule's text before it is parsed: its tokens, their places, and what can be refused by looking at them alone.
//!
//! Depth and length are bounded here, so that no text can take the parser's stack or time.

use std::cell::RefCell;

use sqlparser::ast::Expr;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Word};

use super::dialect::{RuleDialect, is_grammar, is_under};
use super::error::{Place, Reason, RuleError};
use super::functions::Function;
use super::{MAX_CHARS, MAX_DEPTH, suggest};

/// The parser counts a level for each parenthesis, `not`, `or`, `and`, comparison, sum and product that it is inside
/// of.
const PARSER_DEPTH: usize = 7 * MAX_DEPTH + 10;

/// Operations that one comparison may have, since the parser nests them as deep as they are many.
const MAX_OPERATIONS: usize = 50;

/// A text and where its lines start.
pub(super) struct Source {
    /// Characters from the text's start to each line's start.
    lines: Vec<usize>,
    chars: usize,
    /// Parentheses by their character, true where they open; known once the text is parsed.
    parentheses: RefCell<Vec<(usize, bool)>>,
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        let mut lines = vec![0];
        let mut chars = 0;
        for ch in text.chars() {
            chars += 1;
            if ch == '\n' {
                lines.push(chars);
            }
        }
        Self { lines, chars, parentheses: RefCell::default() }
    }

    /// Where a span of the parser lies; the text's end if it has no place.
    pub(super) fn place(&self, span: Span) -> Place {
        let Some(start) = self.offset(span.start) else { return self.end() };
        let end = self.offset(span.end).unwrap_or(start).clamp(start, self.chars);
        self.at(start, end)
    }

    /// The same with the parentheses closed that are opened in it, which the parser's places leave out.
    pub(super) fn whole_place(&self, span: Span) -> Place {
        let place = self.place(span);
        let parentheses = self.parentheses.borrow();
        let mut open = 0;
        for &(at, opens) in parentheses.iter().skip_while(|(at, _)| *at < place.start) {
            if at >= place.end && open == 0 {
                break;
            }
            if opens {
                open += 1;
            } else {
                open -= 1;
            }
            if at >= place.end && open == 0 {
                return self.at(place.start, at + 1);
            }
        }
        place
    }

    pub(super) fn end(&self) -> Place {
        self.at(self.chars, self.chars)
    }

    pub(super) fn whole(&self) -> Place {
        self.at(0, self.chars)
    }

    fn at(&self, start: usize, end: usize) -> Place {
        let line = self.lines.partition_point(|&first| first <= start);
        Place { line, column: start - self.lines[line - 1] + 1, start, end }
    }

    fn offset(&self, at: Location) -> Option<usize> {
        let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(at.column).ok()?.checked_sub(1)?;
        Some((self.lines.get(line)? + column).min(self.chars))
    }

    /// Parses `text`, of which this is the source, to the parser's own tree; it stands `depth` levels deep in others.
    pub(super) fn parse(&self, text: &str, depth: usize) -> Result<Expr, RuleError> {
        if self.chars > MAX_CHARS {
            let reason = Reason::TooLong { chars: self.chars };
            return Err(RuleError { reason, place: self.whole() });
        }
        let tokens = self.tokens(text)?;
        self.check(&tokens, depth)?;
        *self.parentheses.borrow_mut() = tokens
            .iter()
            .filter_map(|t| match t.token {
                Token::LParen => Some((self.offset(t.span.start)?, true)),
                Token::RParen => Some((self.offset(t.span.start)?, false)),
                _ => None,
            })
            .collect();
        let mut parser = Parser::new(&RuleDialect)
            .with_recursion_limit(PARSER_DEPTH)
            .with_tokens_with_locations(tokens.clone());
        let parsed = parser.parse_expr().map_err(|e| self.syntax(&e, &tokens))?;
        let rest = parser.next_token();
        if rest.token == Token::EOF {
            return Ok(parsed);
        }
        let upto = tokens.iter().position(|t| t.span == rest.span).map_or(0, |at| at + 1);
        Err(self.bare_interval(&tokens[..upto]).unwrap_or_else(|| self.misplaced(&rest)))
    }

    /// The tokens without white space and comments.
    fn tokens(&self, text: &str) -> Result<Vec<TokenWithSpan>, RuleError> {
        let mut tokens = Vec::new();
        let read = Tokenizer::new(&RuleDialect, text).tokenize_with_location_into_buf(&mut tokens);
        if let Err(error) = read {
            // All that the tokenizer refuses are quotes and comments without an end.
            if error.message.contains("comment") {
                let bytes = text.rfind("/*").unwrap_or_default();
                let start = text[..bytes].chars().count();
                return Err(RuleError {
                    reason: Reason::OpenComment,
                    place: self.at(start, start + 2),
                });
            }
            let span = Span::new(
                error.location,
                Location::new(error.location.line, error.location.column + 1),
            );
            return Err(RuleError { reason: Reason::OpenQuote, place: self.place(span) });
        }
        tokens.retain(|t| !matches!(t.token, Token::Whitespace(_)));
        if tokens.iter().all(|t| t.token == Token::EOF) {
            return Err(RuleError { reason: Reason::Empty, place: self.whole() });
        }
        Ok(tokens)
    }

    fn check(&self, tokens: &[TokenWithSpan], mut depth: usize) -> Result<(), RuleError> {
        let refuse =
            |reason, at: &TokenWithSpan| Err(RuleError { reason, place: self.place(at.span) });
        let mut open: Vec<(&TokenWithSpan, usize)> = Vec::new();
        let (mut nots, mut operations) = (0, 0);
        for (i, at) in tokens.iter().enumerate() {
            let next = tokens.get(i + 1).map_or(&Token::EOF, |t| &t.token);
            let before = i.checked_sub(1).map(|i| &tokens[i].token);
            match &at.token {
                Token::LParen => {
                    if let Some(reason) = called(before) {
                        return refuse(reason, &tokens[i - 1]);
                    }
                    open.push((at, nots + 1));
                    depth += 1;
                    nots = 0;
                }
                Token::RParen => {
                    let Some((_, levels)) = open.pop() else {
                        return refuse(Reason::Parenthesis, at);
                    };
                    depth -= levels;
                    nots = 0;
                }
                Token::Word(word) if is_prefix_not(word, next) => {
                    nots += 1;
                    depth += 1;
                }
                Token::Word(word)
                    if word.keyword == Keyword::SELECT && word.quote_style.is_none() =>
                {
                    return refuse(Reason::Unsupported { found: word.value.clone() }, at);
                }
                Token::Minus | Token::Plus | Token::Mul | Token::Div if is_value_end(before) => {
                    operations += 1;
                    if operations > MAX_OPERATIONS {
                        return refuse(Reason::TooManyOperations { max: MAX_OPERATIONS }, at);
                    }
                }
                Token::Minus | Token::Plus if !matches!(next, Token::Number(..)) => {
                    return refuse(Reason::Sign { found: at.token.to_string() }, at);
                }
                token if is_known(token) => {
                    if ends_a_term(token) {
                        operations = 0;
                    }
                    // What stands here ends a run of `not`, unless a parenthesis holds it open.
                    depth -= nots;
                    nots = 0;
                }
                Token::Char(found) if plain(*found).is_some() => {
                    let plain = plain(*found).unwrap_or_default().to_owned();
                    return refuse(Reason::Typographic { found: *found, plain }, at);
                }
                other => return refuse(Reason::Unsupported { found: other.to_string() }, at),
            }
            if depth > MAX_DEPTH {
                return refuse(Reason::TooDeep, at);
            }
        }
        match open.first() {
            Some((at, _)) => refuse(Reason::Parenthesis, at),
            None => Ok(()),
        }
    }

    fn syntax(&self, error: &ParserError, tokens: &[TokenWithSpan]) -> RuleError {
        let message = match error {
            ParserError::RecursionLimitExceeded => {
                return RuleError { reason: Reason::TooDeep, place: self.whole() };
            }
            ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
        };
        // The parser says the place in its sentence only.
        let place = message.rsplit_once(" at Line: ").and_then(|(_, at)| {
            let (line, column) = at.split_once(", Column: ")?;
            Some(Location::new(line.parse().ok()?, column.parse().ok()?))
        });
        let at = |t: &TokenWithSpan| Some(t.span.start) == place && t.token != Token::EOF;
        match tokens.iter().position(at) {
            Some(at) => {
                self.bare_interval(&tokens[..=at]).unwrap_or_else(|| self.misplaced(&tokens[at]))
            }
            None => RuleError { reason: Reason::Syntax { found: None }, place: self.end() },
        }
    }

    /// `30d` or `30 days` where an interval can stand, as other tools write it; none if these tokens end with nothing of the kind.
    fn bare_interval(&self, tokens: &[TokenWithSpan]) -> Option<RuleError> {
        let mut before = tokens.iter().rev();
        let (unit, number, behind) = (before.next()?, before.next()?, before.next()?);
        let (Token::Word(word), Token::Number(digits, _)) = (&unit.token, &number.token) else {
            return None;
        };
        let opens =
            matches!(behind.token, Token::Comma | Token::LParen | Token::Minus | Token::Plus);
        let unit_name = unit_of(&word.value).filter(|_| opens && word.quote_style.is_none())?;
        let count: u32 = digits.parse().ok().filter(|count| *count > 0)?;
        let unit_name = if count == 1 { unit_name.trim_end_matches('s') } else { unit_name };
        let written = format!("interval '{count} {unit_name}'");
        let apart = if number.span.end == unit.span.start { "" } else { " " };
        let found = format!("{digits}{apart}{word}");
        let place = self.place(number.span.union(&unit.span));
        Some(RuleError { reason: Reason::BareInterval { found, written }, place })
    }

    /// A token where the grammar has no place for it: SQL that rules do not have, or a slip.
    fn misplaced(&self, at: &TokenWithSpan) -> RuleError {
        let found = at.token.to_string();
        let reason = match &at.token {
            Token::Word(word) if is_other_sql(word) => Reason::Unsupported { found },
            _ => Reason::Syntax { found: Some(found) },
        };
        RuleError { reason, place: self.place(at.span) }
    }
}

/// Why what stands before a parenthesis cannot be called, if it is called and cannot.
fn called(before: Option<&Token>) -> Option<Reason> {
    match before? {
        Token::Word(word) if is_grammar(word) => None,
        Token::Word(word) if word.quote_style.is_some() => {
            Some(Reason::Unsupported { found: format!("{word}()") })
        }
        Token::Word(word) if Function::from_name(&word.value).is_none() => {
            let (name, meant) = (word.value.clone(), suggest::function(&word.value));
            Some(Reason::UnknownFunction { name, meant })
        }
        _ => None,
    }
}

/// The unit of an interval that people mean by a word behind a number. `m` may be a month, a minute or a million.
fn unit_of(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "d" | "day" | "days" | "天" | "日" => "days",
        "w" | "week" | "weeks" | "周" | "星期" => "weeks",
        "mon" | "month" | "months" | "月" | "个月" => "months",
        "y" | "yr" | "year" | "years" | "年" => "years",
        _ => return None,
    })
}

fn is_prefix_not(word: &Word, next: &Token) -> bool {
    let infix = matches!(next, Token::Word(w) if matches!(w.keyword, Keyword::IN | Keyword::BETWEEN | Keyword::LIKE))
        || is_under(next);
    word.keyword == Keyword::NOT && !infix
}

/// Whether a value may end with `before`, so that a sign behind it is an operator.
fn is_value_end(before: Option<&Token>) -> bool {
    match before {
        Some(Token::Number(..) | Token::SingleQuotedString(_) | Token::RParen) => true,
        Some(Token::Word(word)) => !is_grammar(word),
        _ => false,
    }
}

/// Whether a comparison, or a side of one, ends with `token`.
fn ends_a_term(token: &Token) -> bool {
    match token {
        Token::Word(word) => is_grammar(word),
        Token::Number(..) | Token::SingleQuotedString(_) | Token::Minus | Token::Plus => false,
        _ => true,
    }
}

fn is_known(token: &Token) -> bool {
    matches!(
        token,
        Token::Word(_)
            | Token::Number(_, false)
            | Token::SingleQuotedString(_)
            | Token::Comma
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::LtEq
            | Token::Gt
            | Token::GtEq
            | Token::Minus
            | Token::Plus
            | Token::Mul
            | Token::Div
            | Token::EOF
    )
}

/// Words of SQL that stand after a value, for a better answer than that they cannot stand there.
fn is_other_sql(word: &Word) -> bool {
    word.quote_style.is_none()
        && matches!(
            word.keyword,
            Keyword::ILIKE
                | Keyword::SIMILAR
                | Keyword::RLIKE
                | Keyword::REGEXP
                | Keyword::COLLATE
                | Keyword::XOR
                | Keyword::WHEN
                | Keyword::OVERLAPS
                | Keyword::ORDER
                | Keyword::GROUP
                | Keyword::LIMIT
                | Keyword::WHERE
                | Keyword::FROM
                | Keyword::UNION
                | Keyword::DISTINCT
                | Keyword::SELECT
                | Keyword::ANY
                | Keyword::ALL
                | Keyword::SOME
                | Keyword::AT
                | Keyword::DIV
        )
}

/// What was meant by a sign that an input method or a word processor put in.
fn plain(found: char) -> Option<&'static str> {
    const FULL_WIDTH: &str = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    Some(match found {
        '\u{3000}' | '\u{a0}' => "' '",
        '‘' | '’' => "'",
        '“' | '”' => "\"",
        '、' => ",",
        '。' => ".",
        '《' | '〈' => "<",
        '》' | '〉' => ">",
        '–' | '—' | '−' => "-",
        '≥' => ">=",
        '≤' => "<=",
        '≠' => "<>",
        _ => {
            let at = u32::from(found).checked_sub(0xff01)?;
            let at = usize::try_from(at).ok()?;
            FULL_WIDTH.get(at..=at)?
        }
    })
}
