//! The one canonical form of a rule: what is stored, hashed, approved and shown.

use super::dialect::needs_quotes;
use super::expr::{Column, Expr, Rule, Value};
use crate::domain::money::{Currency, Minor};

/// What binds tighter has the greater strength.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Or,
    And,
    Not,
    Leaf,
}

struct Printer {
    currency: Currency,
    out: String,
    depth: usize,
    deepest: usize,
}

/// The canonical text, and how deep parentheses and `not` stand in it.
pub(super) fn print(rule: &Rule) -> (String, usize) {
    let mut printer = Printer { currency: rule.currency, out: String::new(), depth: 0, deepest: 0 };
    printer.expr(&rule.expr, Strength::Or);
    (printer.out, printer.deepest)
}

/// A name as a rule writes it: quoted only if it must be.
pub(super) fn name(code: &str) -> String {
    if needs_quotes(code) { format!("\"{}\"", code.replace('"', "\"\"")) } else { code.to_owned() }
}

/// An amount in major units without needless zeros.
fn money(amount: Minor, currency: Currency) -> String {
    let plain = currency.plain(amount);
    if plain.contains('.') {
        plain.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        plain
    }
}

fn strength(expr: &Expr) -> Strength {
    match expr {
        Expr::Or(_) => Strength::Or,
        Expr::And(_) => Strength::And,
        Expr::Not(_) => Strength::Not,
        _ => Strength::Leaf,
    }
}

impl Printer {
    fn deeper(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        inner(self);
        self.depth -= 1;
    }

    fn parenthesized(&mut self, inner: impl FnOnce(&mut Self)) {
        self.out.push('(');
        self.deeper(inner);
        self.out.push(')');
    }

    fn expr(&mut self, expr: &Expr, at_least: Strength) {
        if strength(expr) < at_least {
            self.parenthesized(|p| p.bare(expr));
        } else {
            self.bare(expr);
        }
    }

    fn bare(&mut self, expr: &Expr) {
        match expr {
            Expr::Const(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Expr::Flag(column) => self.column(column),
            Expr::Compare { column, op, value } => {
                self.column(column);
                self.word(op.sql());
                self.value(value);
            }
            Expr::Between { column, negated, low, high } => {
                self.column(column);
                self.word(if *negated { "not between" } else { "between" });
                self.value(low);
                self.word("and");
                self.value(high);
            }
            Expr::In { column, negated, values } => {
                self.column(column);
                self.word(if *negated { "not in" } else { "in" });
                self.parenthesized(|p| {
                    for (i, value) in values.iter().enumerate() {
                        p.out.push_str(if i > 0 { ", " } else { "" });
                        p.value(value);
                    }
                });
            }
            Expr::IsNull { column, negated } => {
                self.column(column);
                self.out.push_str(if *negated { " is not null" } else { " is null" });
            }
            Expr::Under { negated, unit, .. } => {
                self.column(&Column::Org);
                self.word(if *negated { "not under" } else { "under" });
                self.text(&unit.code);
            }
            Expr::Not(inner) => {
                self.out.push_str("not ");
                self.deeper(|p| p.expr(inner, Strength::Not));
            }
            Expr::And(parts) => self.chain(parts, "and", Strength::Not),
            Expr::Or(parts) => self.chain(parts, "or", Strength::And),
        }
    }

    fn chain(&mut self, parts: &[Expr], word: &str, at_least: Strength) {
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.word(word);
            }
            self.expr(part, at_least);
        }
    }

    fn word(&mut self, word: &str) {
        self.out.push(' ');
        self.out.push_str(word);
        self.out.push(' ');
    }

    fn column(&mut self, column: &Column) {
        self.out.push_str(&name(column.code()));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(number) => self.out.push_str(number.as_str()),
            Value::Money(amount) => self.out.push_str(&money(*amount, self.currency)),
            Value::Date(day) => self.text(&day.format("%Y-%m-%d").to_string()),
            Value::Category(text) | Value::Staff(text, _) => self.text(text),
            Value::Tier(tier) => self.text(&tier.code),
            Value::Unit(unit) => self.text(&unit.code),
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('\'');
        self.out.push_str(&text.replace('\'', "''"));
        self.out.push('\'');
    }
}
