//! A statement that is put together while Baton runs: only from the house's own words, names that it quotes, compiled
//! rules, and values that are bound. There is no way to add a text that came from outside; `dynamic` runs it.

use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::domain::attribute::{Attribute, RelationName, quoted};
use crate::domain::id::CustomerId;
use crate::domain::rule::{
    Bind, Column, Compiled, Expr, Rule, Term, compile, compile_all, compile_figure, compile_term,
};

/// A statement under way.
#[derive(Clone, Debug, Default)]
pub struct Built {
    sql: String,
    binds: Vec<Bind>,
}

impl Built {
    /// A statement that begins with these words.
    #[must_use]
    pub fn new(words: &'static str) -> Self {
        Self { sql: words.to_owned(), binds: Vec::new() }
    }

    /// Adds words of the house's own.
    pub fn words(&mut self, words: &'static str) -> &mut Self {
        self.sql.push_str(words);
        self
    }

    /// Adds a number, to name things apart.
    pub fn number(&mut self, number: usize) -> &mut Self {
        // Writing to memory cannot fail.
        let _ = write!(self.sql, "{number}");
        self
    }

    /// Adds a name, quoted, whatever it holds.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.sql.push_str(&quoted(name));
        self
    }

    /// Adds a relation of the dictionary, quoted with its schema.
    pub fn relation(&mut self, relation: &RelationName) -> &mut Self {
        self.sql.push_str(&relation.quoted());
        self
    }

    /// Adds a parameter with its value, cast to its type.
    pub fn bind(&mut self, value: Bind, cast: &'static str) -> &mut Self {
        self.binds.push(value);
        let _ = write!(self.sql, "${}::{cast}", self.binds.len());
        self
    }

    /// Adds `baton.customer c ... where ...`: the members of a rule, the closed left out.
    pub fn members(&mut self, rule: &Rule) -> &mut Self {
        let compiled = compile(rule, self.binds.len());
        let _ = write!(
            self.sql,
            "baton.customer c{} where c.closed_on is null and ({})",
            compiled.join_sql(),
            compiled.sql
        );
        self.binds.extend(compiled.binds);
        self
    }

    /// Adds `c.customer_id, ... as holds from baton.customer c ... where ...`: of the open customers those for whom a rule
    /// is true, and those of whom it is not known.
    pub fn known(&mut self, rule: &Rule) -> &mut Self {
        let compiled = compile(rule, self.binds.len());
        let (condition, joins) = (&compiled.sql, compiled.join_sql());
        let _ = write!(
            self.sql,
            "c.customer_id, ({condition}) as holds from baton.customer c{joins} \
             where c.closed_on is null and ({condition}) is not false"
        );
        self.binds.extend(compiled.binds);
        self
    }

    /// Adds `m.customer_id from baton.plan_member m ... where ...`: the customers of a plan's list, blocked ones left out, for
    /// whom a rule holds; who was closed since is among them.
    pub fn listed(&mut self, rule: &Rule, home: i64, plan: i64) -> &mut Self {
        let compiled = compile(rule, self.binds.len());
        let _ = write!(
            self.sql,
            "m.customer_id from baton.plan_member m join baton.customer c on c.customer_id = m.customer_id{}",
            compiled.join_sql()
        );
        self.binds.extend(compiled.binds);
        self.of_list(home, plan);
        let _ = write!(self.sql, " and ({})", compiled.sql);
        self
    }

    /// Adds ` where ...`: of `baton.plan_member m` the list of one plan, blocked ones left out.
    pub fn of_list(&mut self, home: i64, plan: i64) -> &mut Self {
        self.words(" where m.home = ").bind(Bind::Int(home), "bigint");
        self.words(" and m.plan_id = ")
            .bind(Bind::Int(plan), "bigint")
            .words(" and m.arm is not null")
    }

    /// Adds `... as mask from baton.customer c ... where ...`: for each open customer bit `i` if rule `i` holds, from one
    /// pass over all that the rules read.
    pub fn masks(&mut self, rules: &[Rule]) -> &mut Self {
        let (conditions, compiled) = compile_all(rules, self.binds.len());
        self.binds.extend(compiled.binds.iter().cloned());
        for (at, condition) in conditions.iter().enumerate() {
            let _ =
                write!(self.sql, "{}case when {condition} then ", if at == 0 { "" } else { " | " });
            self.bind(Bind::Int(1 << at), "bigint").words(" else 0 end");
        }
        let joins = compiled.join_sql();
        let _ = write!(self.sql, " as mask from baton.customer c{joins} where c.closed_on is null");
        self
    }

    /// Adds `array[...] as holds from baton.customer c ... where ...`: for one open customer which of the rules are true, from
    /// one pass over what they read of him.
    pub fn holds(&mut self, rules: &[Rule], customer: CustomerId) -> &mut Self {
        let (conditions, compiled) = compile_all(rules, self.binds.len());
        let all: Vec<String> =
            conditions.iter().map(|condition| format!("({condition}) is true")).collect();
        let _ = write!(
            self.sql,
            "array[{}]::bool[] as holds from baton.customer c{} where c.closed_on is null and c.customer_id = ",
            all.join(", "),
            compiled.join_sql()
        );
        self.binds.extend(compiled.binds);
        self.bind(Bind::Int(customer.0), "bigint")
    }

    /// Adds, for one customer, whether a rule holds, and the value of `term` as text, or the figure that explains a rule of one
    /// function: `... as holds, ... as told`.
    pub fn truth(&mut self, rule: &Rule, term: Option<&Term>, customer: CustomerId) -> &mut Self {
        let holds = compile(rule, self.binds.len());
        self.asked(holds, "", customer).words(" as holds, ");
        let figure = match &rule.expr {
            Expr::Leaf(leaf) => compile_figure(rule, leaf, self.binds.len()),
            _ => None,
        };
        match term {
            None => match figure {
                Some(figure) => self.asked(figure, "::text", customer),
                None => self.words("null::text"),
            },
            Some(Term::Column(Column::Org)) => self
                .words("(select u.code from baton.customer c join baton.org_unit u on u.id = c.org_id where c.customer_id = ")
                .bind(Bind::Int(customer.0), "bigint")
                .words(")"),
            Some(Term::Column(Column::Rm)) => self
                .words("(select u.code from baton.customer c join baton.staff u on u.id = c.rm_id where c.customer_id = ")
                .bind(Bind::Int(customer.0), "bigint")
                .words(")"),
            Some(Term::Column(Column::Tier)) => self
                .words("(select t.code from baton.customer c join baton.tier t on t.from_minor is null or t.from_minor <= c.aum where c.customer_id = ")
                .bind(Bind::Int(customer.0), "bigint")
                .words(" and c.aum is not null order by t.from_minor desc nulls last limit 1)"),
            Some(term) => {
                let told = compile_term(rule, term, self.binds.len());
                self.asked(told, "::text", customer)
            }
        }
        .words(" as told")
    }

    fn asked(&mut self, compiled: Compiled, cast: &'static str, customer: CustomerId) -> &mut Self {
        let (sql, joins) = (&compiled.sql, compiled.join_sql());
        let _ = write!(
            self.sql,
            "(select ({sql}){cast} from baton.customer c{joins} where c.customer_id = "
        );
        self.binds.extend(compiled.binds);
        self.bind(Bind::Int(customer.0), "bigint").words(")")
    }

    /// Adds a column of customer `c`, from `shown`'s joins where it is an attribute.
    pub fn column(&mut self, shown: &mut Shown, column: &Column, as_of: NaiveDate) -> &mut Self {
        match column {
            Column::CustomerId => self.words("c.customer_id"),
            Column::Org => self.words("c.org_id"),
            Column::Rm => self.words("c.rm_id"),
            Column::OpenedOn => self.words("c.opened_on"),
            Column::BirthDate => self.words("c.birth_date"),
            Column::Gender => self.words("c.gender"),
            Column::Aum | Column::Tier => self.words("c.aum"),
            Column::NoContact => self.words("c.no_contact"),
            // As a rule counts years: the casts keep a zone's clocks out of it.
            Column::Age => self
                .words("extract(year from age(")
                .bind(Bind::Date(as_of), "date")
                .words("::timestamp, c.birth_date::timestamp))"),
            Column::Attribute(attribute) => {
                let alias = shown.alias(&attribute.relation);
                self.value(&format!("x{alias}"), attribute)
            }
        }
    }

    /// Adds the value of an attribute of a row that the statement calls `row`, one of the house's own words.
    fn value(&mut self, row: &str, attribute: &Attribute) -> &mut Self {
        self.sql.push_str(&attribute.of_row(row));
        self
    }

    /// Adds the value of an attribute of row `x`.
    pub fn value_of_x(&mut self, attribute: &Attribute) -> &mut Self {
        self.value("x", attribute)
    }

    /// Adds the joins to customer `c` that the columns of `shown` stand on.
    pub fn joins(&mut self, shown: &Shown) -> &mut Self {
        for (at, relation) in shown.relations.iter().enumerate() {
            self.words(" left join ").relation(relation).words(" x").number(at);
            self.words(" on x").number(at).words(".customer_id = c.customer_id");
        }
        self
    }

    /// The text and the values, for `dynamic`.
    pub(super) fn parts(&self) -> (&str, &[Bind]) {
        (&self.sql, &self.binds)
    }
}

/// The attribute relations that a statement's columns stand on, each once.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    relations: Vec<RelationName>,
}

impl Shown {
    fn alias(&mut self, relation: &RelationName) -> usize {
        self.relations.iter().position(|known| known == relation).unwrap_or_else(|| {
            self.relations.push(relation.clone());
            self.relations.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_quotes() {
        let mut built = Built::new("select ");
        built.name("a\"; drop table x; --").words(", ").bind(Bind::Int(5), "bigint");
        assert_eq!(built.parts().0, "select \"a\"\"; drop table x; --\", $1::bigint");
    }
}
