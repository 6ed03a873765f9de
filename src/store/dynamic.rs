//! SQL that is built while Baton runs, and COPY: the one place where sqlx cannot check a statement.
#![expect(clippy::disallowed_methods, reason = "the one place for SQL that is built")]

use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

/// Starts to copy rows in the text format into these columns.
///
/// # Errors
/// Whatever the database says.
pub async fn copy_in<'a>(
    db: &'a mut PgConnection,
    schema: &str,
    table: &str,
    columns: &[&str],
) -> Result<PgCopyIn<&'a mut PgConnection>, sqlx::Error> {
    let columns: Vec<String> = columns.iter().map(|c| identifier(c)).collect();
    let (schema, table) = (identifier(schema), identifier(table));
    db.copy_in_raw(&format!("copy {schema}.{table} ({}) from stdin", columns.join(", "))).await
}

/// A name as SQL writes it, whatever it holds.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
