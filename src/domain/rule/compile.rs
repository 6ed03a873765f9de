//! From the tree to SQL: bound parameters only, identifiers from the dictionary only.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::age::last_birthday;
use super::bind::{Bind, many, one};
use super::column::{Column, Kind};
use super::compare::CompareOp;
use super::compile_join::{Join, Joins};
use super::evaluate::MAX_DAYS;
use super::expr::{ArithOp, Expr, Leaf, Rule, Term};
use super::number::Number;
use super::value::{TierRange, Value};
use crate::domain::money::Minor;

/// A condition over `baton.customer c` and the joins. The caller adds `c.closed_on is null`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compiled {
    /// The condition, with parameters from `$1` (or from where the caller said) on.
    pub sql: String,
    /// What it reads beside the customer, each once.
    pub joins: Vec<Join>,
    /// The parameters' values.
    pub binds: Vec<Bind>,
}

impl Compiled {
    /// All joins as SQL, to stand after `from baton.customer c`; starts with a space if there are any.
    #[must_use]
    pub fn join_sql(&self) -> String {
        self.joins.iter().map(Join::sql).collect()
    }
}

/// Compiles a rule; the first parameter is `$1 + already_bound`.
#[must_use]
pub fn compile(rule: &Rule, already_bound: usize) -> Compiled {
    let mut compiler = Compiler::new(rule, already_bound);
    compiler.expr(&rule.expr);
    compiler.done()
}

/// Compiles what a condition compares, as an expression over `baton.customer c` and the joins: numbers and amounts (in
/// minor units) are numeric or whole, days are dates, a tier is its amount.
#[must_use]
pub fn compile_term(rule: &Rule, term: &Term, already_bound: usize) -> Compiled {
    let mut compiler = Compiler::new(rule, already_bound);
    compiler.term(term);
    compiler.done()
}

/// Compiles the figure that explains a condition that is a function: kilometres of `within(...)`, of `related(...)` how
/// many related customers meet its rule; none for any other.
#[must_use]
pub fn compile_figure(rule: &Rule, leaf: &Leaf, already_bound: usize) -> Option<Compiled> {
    let mut compiler = Compiler::new(rule, already_bound);
    compiler.figure(leaf).then(|| compiler.done())
}

/// Compiles several rules of one day over the same joins, so that what they have in common is read once. The conditions
/// are in the order of the rules; `sql` of the whole is empty.
#[must_use]
pub fn compile_all(rules: &[Rule], already_bound: usize) -> (Vec<String>, Compiled) {
    let Some(first) = rules.first() else { return (Vec::new(), Compiled::default()) };
    let mut compiler = Compiler::new(first, already_bound);
    let conditions = rules.iter().map(|rule| compiler.aside(|c| c.expr(&rule.expr))).collect();
    (conditions, compiler.done())
}

/// Writes the SQL.
pub(super) struct Compiler {
    pub(super) as_of: NaiveDate,
    pub(super) timezone: Tz,
    already_bound: usize,
    pub(super) joins: Joins,
    out: Compiled,
}

impl Compiler {
    fn new(rule: &Rule, already_bound: usize) -> Self {
        let (as_of, timezone) = (rule.as_of, rule.timezone);
        let (joins, out) = (Joins::default(), Compiled::default());
        Self { as_of, timezone, already_bound, joins, out }
    }

    fn done(mut self) -> Compiled {
        if let Some(from) = self.joins.earliest() {
            let rows = self.aside(|c| {
                c.push("baton.holding h where h.until > ");
                c.bind(Bind::Date(from));
            });
            self.joins.set_holdings(rows);
        }
        Compiled { joins: self.joins.all, ..self.out }
    }

    /// Joins and condition of a rule about another customer, who is `c` there.
    pub(super) fn another(&mut self, rule: &Expr) -> (String, String) {
        let out = Compiled { binds: std::mem::take(&mut self.out.binds), ..Compiled::default() };
        let mut other = Self { joins: Joins::default(), out, ..*self };
        other.expr(rule);
        let done = other.done();
        let joins = done.join_sql();
        self.out.binds = done.binds;
        (joins, done.sql)
    }

    /// What `write` writes, apart from the condition.
    pub(super) fn aside(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let before = std::mem::take(&mut self.out.sql);
        write(self);
        std::mem::replace(&mut self.out.sql, before)
    }

    pub(super) fn push(&mut self, sql: &str) {
        self.out.sql.push_str(sql);
    }

    /// Binds `value` and writes its parameter, cast to its type.
    pub(super) fn bind(&mut self, value: Bind) {
        let cast = match value {
            Bind::Int(_) => "bigint",
            Bind::IntArray(_) => "bigint[]",
            Bind::Numeric(_) => "text::numeric",
            Bind::NumericArray(_) => "text[]::numeric[]",
            Bind::Text(_) => "text",
            Bind::TextArray(_) => "text[]",
            Bind::Date(_) => "date",
            Bind::DateArray(_) => "date[]",
            Bind::Instant(_) => "timestamptz",
        };
        // The same value bound twice (the day, above all) is one parameter.
        let at = self.out.binds.iter().position(|bound| *bound == value).unwrap_or_else(|| {
            self.out.binds.push(value);
            self.out.binds.len() - 1
        });
        self.push(&format!("${}::{cast}", self.already_bound + at + 1));
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Const(value) => self.push(if *value { "true" } else { "false" }),
            Expr::Flag(column) => self.column(column),
            Expr::Compare { left: Term::Column(Column::Tier), op, right: Term::Literal(value) } => {
                self.tier(*op, value);
            }
            Expr::Compare {
                left: Term::Column(Column::Age),
                op,
                right: Term::Literal(Value::Number(years)),
            } => self.age(*op, years),
            Expr::Compare { left, op, right } => {
                self.term(left);
                self.push(&format!(" {} ", op.sql()));
                self.term(right);
            }
            Expr::Between { term, negated, low, high } => self.between(term, *negated, low, high),
            Expr::In { term: Term::Column(Column::Tier), negated, values } => {
                self.negated(*negated, |c| {
                    c.joined(values, " or ", |c, value| c.tier(CompareOp::Eq, value));
                });
            }
            Expr::In { term, negated, values } => {
                self.term(term);
                self.push(if *negated { " <> all(" } else { " = any(" });
                self.bind(many(values));
                self.push(")");
            }
            Expr::Like { column, negated, pattern } => {
                self.column(column);
                self.push(if *negated { " not like " } else { " like " });
                self.pattern(pattern);
            }
            Expr::IsNull { term, negated } => self.is_null(term, *negated),
            Expr::Under { negated, subtree, .. } => {
                self.push(if *negated { "c.org_id <> all(" } else { "c.org_id = any(" });
                self.bind(Bind::IntArray(subtree.iter().map(|id| i64::from(id.0)).collect()));
                self.push(")");
            }
            Expr::Leaf(leaf) => self.leaf(leaf),
            Expr::Not(inner) => self.negated(true, |c| {
                c.push("(");
                c.expr(inner);
                c.push(")");
            }),
            Expr::And(parts) => self.joined(parts, " and ", Self::expr),
            Expr::Or(parts) => self.joined(parts, " or ", Self::expr),
        }
    }

    fn between(&mut self, term: &Term, negated: bool, low: &Value, high: &Value) {
        match (term, low, high) {
            (Term::Column(Column::Tier), ..) => self.negated(negated, |c| {
                c.push("(");
                c.tier(CompareOp::Ge, low);
                c.push(" and ");
                c.tier(CompareOp::Le, high);
                c.push(")");
            }),
            (Term::Column(Column::Age), Value::Number(low), Value::Number(high)) => {
                self.negated(negated, |c| {
                    c.push("(");
                    c.age(CompareOp::Ge, low);
                    c.push(" and ");
                    c.age(CompareOp::Le, high);
                    c.push(")");
                });
            }
            _ => {
                self.term(term);
                self.push(if negated { " not between " } else { " between " });
                self.bind(one(low));
                self.push(" and ");
                self.bind(one(high));
            }
        }
    }

    /// A backslash is one, and not the sign that takes a pattern's meaning away.
    pub(super) fn pattern(&mut self, pattern: &str) {
        self.bind(Bind::Text(pattern.replace('\\', "\\\\")));
    }

    /// Age and tier are unknown exactly where what they come from is.
    fn is_null(&mut self, term: &Term, negated: bool) {
        match term {
            Term::Column(Column::Age) => self.column(&Column::BirthDate),
            term => self.term(term),
        }
        self.push(if negated { " is not null" } else { " is null" });
    }

    /// A term: a column or a literal of its own type, anything computed `numeric` (amounts in minor units) or `date`.
    pub(super) fn term(&mut self, term: &Term) {
        match term {
            Term::Column(column) => self.column(column),
            Term::Literal(value) => self.bind(one(value)),
            Term::Arith { op, left, right } => self.arith(*op, left, right),
            other => self.told(other),
        }
    }

    fn arith(&mut self, op: ArithOp, left: &Term, right: &Term) {
        self.push("(");
        match (op, left.kind(), right.kind()) {
            (ArithOp::Sub, Kind::DATE, Kind::DATE) => {
                self.counted_day(left);
                self.push(" - ");
                self.counted_day(right);
                self.push(")::numeric");
                return;
            }
            (_, Kind::DATE, _) => {
                self.counted_day(left);
                self.push(&format!(" {} ", op.sql()));
                self.days(right);
            }
            (ArithOp::Div, ..) => {
                let right = self.aside(|c| {
                    c.push("nullif(");
                    c.number(right);
                    c.push(", ");
                    c.bind(Bind::Numeric("0".into()));
                    c.push(")");
                });
                let left = self.aside(|c| c.number(left));
                self.cut(&left, &right);
            }
            _ => {
                self.number(left);
                self.push(&format!(" {} ", op.sql()));
                self.number(right);
            }
        }
        self.push(")");
    }

    /// A day that is counted from. What a mart has before our era, its `infinity`, and what is so far off that a sum would
    /// leave any calendar is as unknown there as a day that is not known; compared it stays what it is.
    fn counted_day(&mut self, term: &Term) {
        let between = NaiveDate::from_ymd_opt(1, 1, 1).zip(NaiveDate::from_ymd_opt(200_000, 1, 1));
        let (Term::Column(Column::Attribute(_)), Some((first, last))) = (term, between) else {
            return self.term(term);
        };
        self.push("case when ");
        self.term(term);
        self.push(" between ");
        self.bind(Bind::Date(first));
        self.push(" and ");
        self.bind(Bind::Date(last));
        self.push(" then ");
        self.term(term);
        self.push(" end");
    }

    /// A quotient cut after six decimals: `div()` of whole numbers cuts, and a product is exact at any size, as a
    /// quotient of numerics is not.
    pub(super) fn cut(&mut self, left: &str, right: &str) {
        self.push(&format!("div({left} * "));
        self.bind(Bind::Numeric("1000000".into()));
        self.push(&format!(", {right}) * "));
        self.bind(Bind::Numeric("0.000001".into()));
    }

    /// A number or an amount as `numeric`, which no sum or product overflows.
    fn number(&mut self, term: &Term) {
        self.term(term);
        if !matches!(term, Term::Literal(Value::Number(_)) | Term::Arith { .. }) {
            self.push("::numeric");
        }
    }

    /// A number as whole days, unknown where they lead out of any calendar.
    fn days(&mut self, term: &Term) {
        // `greatest` takes null for the smaller, which is then as unknown as what lies beyond.
        let (low, high) = ((-MAX_DAYS - 1).to_string(), (MAX_DAYS + 1).to_string());
        self.push("nullif(nullif(least(greatest(trunc(");
        self.number(term);
        self.push("), ");
        self.bind(Bind::Numeric(low.clone()));
        self.push("), ");
        self.bind(Bind::Numeric(high.clone()));
        self.push("), ");
        self.bind(Bind::Numeric(high));
        self.push("), ");
        self.bind(Bind::Numeric(low));
        self.push(")::int");
    }

    fn negated(&mut self, negated: bool, inner: impl FnOnce(&mut Self)) {
        if negated {
            self.push("not ");
        }
        inner(self);
    }

    pub(super) fn joined<T>(&mut self, parts: &[T], word: &str, write: impl Fn(&mut Self, &T)) {
        self.push("(");
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.push(word);
            }
            write(self, part);
        }
        self.push(")");
    }

    fn column(&mut self, column: &Column) {
        match column {
            Column::CustomerId => self.push("c.customer_id"),
            Column::Org => self.push("c.org_id"),
            Column::Rm => self.push("c.rm_id"),
            Column::OpenedOn => self.push("c.opened_on"),
            Column::BirthDate => self.push("c.birth_date"),
            Column::Gender => self.push("c.gender"),
            // A tier is compared as amounts, never as text.
            Column::Aum | Column::Tier => self.push("c.aum"),
            Column::NoContact => self.push("c.no_contact"),
            Column::Age => {
                // Without the casts Postgres takes dates as instants in the session's zone, and a birthday whose
                // midnight a change of clocks skipped comes a day late.
                self.push("extract(year from age(");
                self.bind(Bind::Date(self.as_of));
                self.push("::timestamp, c.birth_date::timestamp))");
            }
            Column::Attribute(attribute) => {
                let alias = self.joins.relation(attribute.relation.quoted());
                self.push(&attribute.of_row(&alias));
            }
        }
    }

    /// Age is asked of the birth date: one comparison, and exact where a zone's clocks or a leap day are not.
    fn age(&mut self, op: CompareOp, years: &Number) {
        // `>= 30.5` is `>= 31`, `<= 30.5` is `< 31`.
        let last = |years: Option<i64>| last_birthday(years?, self.as_of);
        let Some((floor, exact)) = years.floor() else { return self.plain_age(op, years) };
        let at_least = last(if exact { Some(floor) } else { floor.checked_add(1) });
        let above = last(floor.checked_add(1));
        let (Some(at_least), Some(above)) = (at_least, above) else {
            return self.plain_age(op, years);
        };
        match op {
            CompareOp::Ge => self.born("<=", at_least),
            CompareOp::Gt => self.born("<=", above),
            CompareOp::Lt => self.born(">", at_least),
            CompareOp::Le => self.born(">", above),
            CompareOp::Eq | CompareOp::Ne => {
                // With a fraction the two days are one, and nobody is between them.
                self.push(if op == CompareOp::Ne { "not (" } else { "(" });
                self.born("<=", at_least);
                self.push(" and ");
                self.born(">", above);
                self.push(")");
            }
        }
    }

    fn born(&mut self, op: &str, day: NaiveDate) {
        self.push(&format!("c.birth_date {op} "));
        self.bind(Bind::Date(day));
    }

    fn plain_age(&mut self, op: CompareOp, years: &Number) {
        self.column(&Column::Age);
        self.push(&format!(" {} ", op.sql()));
        self.bind(Bind::Numeric(years.as_str().to_owned()));
    }

    /// Tiers are ordered by their amounts, and a customer without AUM has none: each comparison is a range of AUM.
    fn tier(&mut self, op: CompareOp, value: &Value) {
        let Value::Tier(TierRange { from, below, .. }) = value else {
            // The tree holds tiers only where a tier is compared; anything else is in no tier.
            return self.push("false");
        };
        match op {
            CompareOp::Eq => self.aum_range(*from, *below),
            CompareOp::Ne => {
                self.push("not ");
                self.aum_range(*from, *below);
            }
            CompareOp::Ge => self.aum_range(*from, None),
            CompareOp::Le => self.aum_range(None, *below),
            // Not at or above, not at or below: both keep an unknown AUM unknown.
            CompareOp::Lt => {
                self.push("not ");
                self.aum_range(*from, None);
            }
            CompareOp::Gt => {
                self.push("not ");
                self.aum_range(None, *below);
            }
        }
    }

    fn aum_range(&mut self, from: Option<Minor>, below: Option<Minor>) {
        self.amount_range("c.aum", from, below);
    }

    /// Whether an amount is in the range, unknown without an amount.
    pub(super) fn amount_range(&mut self, amount: &str, from: Option<Minor>, below: Option<Minor>) {
        self.push("(");
        if let Some(from) = from {
            self.push(&format!("{amount} >= "));
            self.bind(Bind::Int(from.0));
        }
        if from.is_some() && below.is_some() {
            self.push(" and ");
        }
        if let Some(below) = below {
            self.push(&format!("{amount} < "));
            self.bind(Bind::Int(below.0));
        }
        if from.is_none() && below.is_none() {
            // Every amount, and unknown without one.
            self.push(&format!("{amount} = {amount}"));
        }
        self.push(")");
    }
}
