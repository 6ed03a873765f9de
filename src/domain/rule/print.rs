//! The one canonical form of a rule: what is stored, hashed, approved and shown.

use super::column::Column;
use super::dialect::needs_quotes;
use super::expr::{ArithOp, EventFilter, EventSet, Expr, Rule, Term};
use super::number::Number;
use super::value::{Day, Interval, Value, Written};
use crate::domain::money::{Currency, Minor};

/// What binds tighter has the greater strength.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    Or,
    And,
    Not,
    Leaf,
}

/// The same of arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    One,
}

fn binding(term: &Term) -> Binding {
    match term {
        Term::Arith { op: ArithOp::Add | ArithOp::Sub, .. } => Binding::Sum,
        Term::Arith { .. } => Binding::Product,
        Term::Literal(Value::Date(Day { written: Written::Relative { interval, .. }, .. }))
            if *interval != Interval::default() =>
        {
            Binding::Sum
        }
        _ => Binding::One,
    }
}

pub(super) struct Printer {
    currency: Currency,
    pub(super) out: String,
    depth: usize,
    deepest: usize,
    /// What stands within functions is left out.
    pub(super) folded: bool,
}

/// The canonical text, and how deep parentheses and `not` stand in it.
pub(super) fn print(rule: &Rule) -> (String, usize) {
    let mut printer = Printer::new(rule.currency);
    printer.expr(&rule.expr, Strength::Or);
    (printer.out, printer.deepest)
}

/// One condition of a rule as the canonical form has it.
pub(super) fn condition(expr: &Expr, currency: Currency) -> String {
    let mut printer = Printer::new(currency);
    printer.expr(expr, Strength::Or);
    printer.out
}

/// The same with `..` for what a tree shows below it: the rule of a relation, a condition on events.
pub(super) fn folded(expr: &Expr, currency: Currency) -> String {
    let mut printer = Printer { folded: true, ..Printer::new(currency) };
    printer.expr(expr, Strength::Or);
    printer.out
}

/// A condition on one event as the canonical form has it.
pub(super) fn filter(filter: &EventFilter, currency: Currency) -> String {
    let mut printer = Printer::new(currency);
    printer.filter(filter, Strength::Or);
    printer.out
}

/// The events of a sequence as the canonical form has them.
pub(super) fn set(set: &EventSet, currency: Currency) -> String {
    let mut printer = Printer::new(currency);
    printer.set(set);
    printer.out
}

/// The same with `..` for their condition, which a tree shows below them.
pub(super) fn folded_set(set: &EventSet, currency: Currency) -> String {
    let mut printer = Printer { folded: true, ..Printer::new(currency) };
    printer.set(set);
    printer.out
}

/// How deep parentheses and `not` stand in one condition.
pub(super) fn depth(expr: &Expr, currency: Currency) -> usize {
    let mut printer = Printer::new(currency);
    printer.expr(expr, Strength::Or);
    printer.deepest
}

/// A term as the canonical form has it.
pub(super) fn term(term: &Term, currency: Currency) -> String {
    let mut printer = Printer::new(currency);
    printer.term(term);
    printer.out
}

/// A literal as the canonical form has it.
pub(super) fn value(value: &Value, currency: Currency) -> String {
    let mut printer = Printer::new(currency);
    printer.value(value);
    printer.out
}

/// A text as a rule writes it.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An interval as a rule writes it: `interval '1 year'`, `interval '3 months 10 days'`.
pub(super) fn interval(interval: Interval) -> String {
    fn unit(number: i32, one: &str) -> String {
        format!("{number} {one}{}", if number == 1 { "" } else { "s" })
    }
    let Interval { months, days } = interval;
    let mut parts = Vec::new();
    if months != 0 && months % 12 == 0 {
        parts.push(unit(months / 12, "year"));
    } else if months != 0 {
        parts.push(unit(months, "month"));
    }
    if days != 0 || months == 0 {
        parts.push(unit(days, "day"));
    }
    format!("interval '{}'", parts.join(" "))
}

/// A name as a rule writes it: quoted only if it must be.
#[must_use]
pub fn name(code: &str) -> String {
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

pub(super) fn strength(expr: &Expr) -> Strength {
    match expr {
        Expr::Or(_) => Strength::Or,
        Expr::And(_) => Strength::And,
        Expr::Not(_) => Strength::Not,
        _ => Strength::Leaf,
    }
}

impl Printer {
    fn new(currency: Currency) -> Self {
        Self { currency, out: String::new(), depth: 0, deepest: 0, folded: false }
    }

    pub(super) fn deeper(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        inner(self);
        self.depth -= 1;
    }

    pub(super) fn parenthesized(&mut self, inner: impl FnOnce(&mut Self)) {
        self.out.push('(');
        self.deeper(inner);
        self.out.push(')');
    }

    pub(super) fn expr(&mut self, expr: &Expr, at_least: Strength) {
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
            Expr::Compare { left, op, right } => {
                self.term(left);
                self.word(op.sql());
                self.term(right);
            }
            Expr::Between { term, negated, low, high } => {
                self.term(term);
                self.word(if *negated { "not between" } else { "between" });
                self.value(low);
                self.word("and");
                self.value(high);
            }
            Expr::In { term, negated, values } => {
                self.term(term);
                self.word(if *negated { "not in" } else { "in" });
                self.parenthesized(|p| p.list(values, Self::value));
            }
            Expr::Like { column, negated, pattern } => {
                self.column(column);
                self.word(if *negated { "not like" } else { "like" });
                self.text(pattern);
            }
            Expr::IsNull { term, negated } => {
                self.term(term);
                self.out.push_str(if *negated { " is not null" } else { " is null" });
            }
            Expr::Leaf(leaf) => self.leaf(leaf),
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

    /// `items` between commas.
    pub(super) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            self.out.push_str(if i > 0 { ", " } else { "" });
            write(self, item);
        }
    }

    /// How deep a condition stands that is not printed here itself.
    pub(super) fn beside(&mut self, expr: &Expr) {
        let mut beside =
            Self { depth: self.depth, deepest: self.deepest, ..Self::new(self.currency) };
        beside.parenthesized(|p| p.expr(expr, Strength::Or));
        self.deepest = beside.deepest;
    }

    pub(super) fn word(&mut self, word: &str) {
        self.out.push(' ');
        self.out.push_str(word);
        self.out.push(' ');
    }

    fn column(&mut self, column: &Column) {
        self.out.push_str(&name(column.code()));
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Column(column) => self.column(column),
            Term::Literal(value) => self.value(value),
            Term::Arith { op, left, right } => {
                let (outer, inner) = match op {
                    ArithOp::Add | ArithOp::Sub => (Binding::Sum, Binding::Product),
                    ArithOp::Mul | ArithOp::Div => (Binding::Product, Binding::One),
                };
                self.bound(left, outer);
                self.word(op.sql());
                self.bound(right, inner);
            }
            other => self.called(other),
        }
    }

    fn bound(&mut self, term: &Term, at_least: Binding) {
        if binding(term) < at_least {
            self.parenthesized(|p| p.term(term));
        } else {
            self.term(term);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(number) => self.out.push_str(number.as_str()),
            Value::Money(amount) => self.money(*amount),
            Value::Date(day) => self.day(day),
            Value::Category(text) | Value::Staff(text, _) => self.text(text),
            Value::Tier(tier) => self.text(&tier.code),
            Value::Unit(unit) => self.text(&unit.code),
        }
    }

    pub(super) fn money(&mut self, amount: Minor) {
        let plain = money(amount, self.currency);
        self.out.push_str(&plain);
    }

    fn day(&mut self, day: &Day) {
        let Written::Relative { anchor, interval: moved } = day.written else {
            return self.text(&day.day.format("%Y-%m-%d").to_string());
        };
        self.out.push_str(anchor.code());
        if moved.months != 0 {
            self.word(if moved.months < 0 { "-" } else { "+" });
            self.out.push_str(&interval(Interval { months: moved.months.abs(), days: 0 }));
        }
        if moved.days != 0 {
            self.word(if moved.days < 0 { "-" } else { "+" });
            self.out.push_str(&moved.days.unsigned_abs().to_string());
        }
    }

    /// A whole number of `parts` of one, without needless zeros.
    pub(super) fn parts(&mut self, number: u32, decimals: usize) {
        let digits = format!("{number:0>width$}", width = decimals + 1);
        let (whole, rest) = digits.split_at(digits.len() - decimals);
        if let Some(plain) = Number::parse(&format!("{whole}.{rest}")) {
            self.out.push_str(plain.as_str());
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.out.push_str(&quoted(text));
    }
}
