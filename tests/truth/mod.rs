//! What a rule says of every customer, asked twice: of Postgres, and of the evaluator over rows that are read here.

pub(crate) mod draw;
pub(crate) mod fill;
pub(crate) mod world;

use std::collections::BTreeMap;

use baton::domain::id::CustomerId;
use baton::domain::rule::{Bind, Compiled, Rule, compile};
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use world::World;

/// What SQL says of each customer, the closed too.
pub(crate) async fn said(db: &mut PgConnection, rule: &Rule) -> BTreeMap<i64, Option<bool>> {
    let compiled = compile(rule, 0);
    let (condition, joins) = (&compiled.sql, compiled.join_sql());
    let sql = format!("select c.customer_id, ({condition}) from baton.customer c{joins}");
    let rows = bound(sqlx::query(AssertSqlSafe(sql)), &compiled).fetch_all(db).await;
    let rows = rows.unwrap_or_else(|e| panic!("{}: {condition}{joins}: {e}", rule.canonical()));
    let said: BTreeMap<_, _> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(said.len(), rows.len(), "no customer comes twice: {}", rule.canonical());
    said
}

fn bound<'q>(
    query: Query<'q, Postgres, PgArguments>,
    compiled: &Compiled,
) -> Query<'q, Postgres, PgArguments> {
    let query = compiled.binds.iter().fold(query, |q, value| match value {
        Bind::Int(v) => q.bind(*v),
        Bind::IntArray(v) => q.bind(v.clone()),
        Bind::Numeric(v) | Bind::Text(v) => q.bind(v.clone()),
        Bind::NumericArray(v) | Bind::TextArray(v) => q.bind(v.clone()),
        Bind::Date(v) => q.bind(*v),
        Bind::DateArray(v) => q.bind(v.clone()),
        Bind::Instant(v) => q.bind(*v),
    });
    query.persistent(false)
}

/// Holds both answers against each other for every customer, and gives for how many the rule fails, holds, is unknown.
pub(crate) async fn agree(db: &mut PgConnection, rule: &Rule, world: &World) -> [usize; 3] {
    let said = said(db, rule).await;
    assert_eq!(said.len(), world.customers().len());
    let mut seen = [0; 3];
    for (id, said) in said {
        let told = rule.holds(&world.customer(CustomerId(id)));
        assert_eq!(told, said, "customer {id} on {}: {}", rule.as_of, rule.canonical());
        seen[said.map_or(2, usize::from)] += 1;
    }
    seen
}
