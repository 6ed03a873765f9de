//! What a rule's SQL reads beside the customer: everything is grouped or distinct by customer and joined once.
//!
//! Nobody can foretell how many customers a condition on something grouped leaves: the server takes one in 200 or one
//! in three, and with the few that it expects looks each of them up. So columns are read as `greatest(a1.x1)`, which
//! changes nothing but keeps the join an outer one whose size is known: all customers, hashed, at a cost that does not
//! depend on the answer.

use chrono::NaiveDate;

/// Something with at most one row for each customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// A relation, a set in parentheses, or, where there are columns, what stands behind `from` and is grouped.
    from: String,
    /// What is reckoned of each group: `x1`, `x2`, ...
    columns: Vec<String>,
    /// The alias that the condition uses.
    alias: String,
}

impl Join {
    pub(super) fn sql(&self) -> String {
        let Self { from, columns, alias } = self;
        let on = format!("{alias} on {alias}.customer_id = c.customer_id");
        if columns.is_empty() {
            return format!(" left join {from} {on}");
        }
        let columns = columns
            .iter()
            .zip(1..)
            .fold(String::new(), |sql, (column, n)| sql + ", " + column + &format!(" as x{n}"));
        format!(" left join (select customer_id{columns} from {from} group by customer_id) {on}")
    }
}

/// The joins of one condition.
#[derive(Clone, Debug, Default)]
pub(super) struct Joins {
    pub(super) all: Vec<Join>,
    /// Where the holdings stand among them, and the first day that is asked for.
    holdings: Option<(usize, NaiveDate)>,
}

impl Joins {
    /// A column of a set in parentheses.
    pub(super) fn set(&mut self, from: String, column: &str) -> String {
        read(&self.relation(from), column)
    }

    /// The alias of a relation, or of a set in parentheses.
    pub(super) fn relation(&mut self, from: String) -> String {
        let at = self
            .all
            .iter()
            .position(|join| join.columns.is_empty() && join.from == from)
            .unwrap_or_else(|| self.push(from));
        self.all[at].alias.clone()
    }

    /// A column reckoned of the rows of `from` for each customer, with its alias.
    pub(super) fn grouped(&mut self, from: String, column: String) -> String {
        let known = self.all.iter().position(|join| !join.columns.is_empty() && join.from == from);
        let at = known.unwrap_or_else(|| self.push(from));
        self.column(at, column)
    }

    /// A column reckoned of what is held, which needs what was held on `days`.
    pub(super) fn held(
        &mut self,
        column: String,
        days: impl IntoIterator<Item = NaiveDate>,
    ) -> String {
        let (at, earliest) = match self.holdings {
            Some(known) => known,
            None => (self.push(String::new()), NaiveDate::MAX),
        };
        let earliest = days.into_iter().fold(earliest, NaiveDate::min);
        self.holdings = Some((at, earliest));
        self.column(at, column)
    }

    /// The first day of which the holdings are asked.
    pub(super) fn earliest(&self) -> Option<NaiveDate> {
        self.holdings.map(|(_, day)| day)
    }

    /// Says which rows the holdings are.
    pub(super) fn set_holdings(&mut self, rows: String) {
        if let Some((at, _)) = self.holdings {
            self.all[at].from = rows;
        }
    }

    fn push(&mut self, from: String) -> usize {
        let alias = format!("a{}", self.all.len() + 1);
        self.all.push(Join { from, columns: Vec::new(), alias });
        self.all.len() - 1
    }

    fn column(&mut self, at: usize, column: String) -> String {
        let Join { columns, alias, .. } = &mut self.all[at];
        let known = columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            columns.push(column);
            columns.len() - 1
        });
        read(alias, &format!("x{}", known + 1))
    }
}

fn read(alias: &str, column: &str) -> String {
    format!("greatest({alias}.{column})")
}
