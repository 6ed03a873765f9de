//! The bank's calendar: taken in from a file, read by days.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::StoreError;
use crate::domain::calendar::{DayKind, Entry};
use crate::domain::clean::clean;

/// Takes a calendar in and gives how many days and blackouts it has brought. It replaces what stood for its years.
///
/// # Errors
/// Any [`StoreError`].
pub async fn put(db: &mut PgConnection, entries: &[Entry]) -> Result<i32, StoreError> {
    let from: Vec<NaiveDate> = entries.iter().map(|entry| entry.from).collect();
    let to: Vec<NaiveDate> = entries.iter().map(|entry| entry.to).collect();
    let kinds: Vec<String> = entries.iter().map(|entry| entry.kind.code().to_owned()).collect();
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    let brought = sqlx::query_scalar!(
        r#"select baton.calendar_put($1, $2, $3, $4) as "n!""#,
        &from,
        &to,
        &kinds,
        &names
    )
    .fetch_one(db)
    .await?;
    Ok(brought)
}

/// What the calendar says of the days from `first` up to and without `end`.
///
/// # Errors
/// Any [`StoreError`].
pub async fn entries(
    db: &mut PgConnection,
    first: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query!(
        r#"select c.day as "from_day!", c.day as "to_day!", c.kind as "kind!", c.name as "name!" from baton.calendar c
           where c.day >= $1 and c.day < $2
           union all
           select b.from_day, b.to_day, 'blackout', b.reason from baton.blackout b where b.to_day >= $1 and b.from_day < $2
           order by 1, 2"#,
        first,
        end
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        Some(Entry {
            from: row.from_day,
            to: row.to_day,
            kind: DayKind::from_code(&row.kind)?,
            name: clean(&row.name).into_owned(),
        })
    });
    Ok(rows.collect())
}
