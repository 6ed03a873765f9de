//! What a rule reads, so that the dictionary can say who uses an attribute.

use super::expr::{Column, Expr, Rule};

impl Rule {
    /// The columns that the rule reads, each once, in the order of the text.
    #[must_use]
    pub fn columns(&self) -> Vec<&Column> {
        let mut found = Vec::new();
        gather(&self.expr, &mut found);
        found
    }
}

fn gather<'a>(expr: &'a Expr, found: &mut Vec<&'a Column>) {
    match expr {
        Expr::Const(_) => {}
        Expr::Flag(column)
        | Expr::Compare { column, .. }
        | Expr::Between { column, .. }
        | Expr::In { column, .. }
        | Expr::IsNull { column, .. } => {
            if !found.contains(&column) {
                found.push(column);
            }
        }
        Expr::Under { .. } => {
            if !found.contains(&&Column::Org) {
                found.push(&Column::Org);
            }
        }
        Expr::Not(inner) => gather(inner, found),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| gather(part, found)),
    }
}
