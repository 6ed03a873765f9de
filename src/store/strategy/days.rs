//! The days of a strategy's waves, held against the bank's day.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::StrategyError;
use crate::domain::strategy::StrategyText;
use crate::store::StoreError;

/// The day as of which this session looks at the bank, and the days for which waves of a strategy were pushed.
///
/// # Errors
/// Any [`StoreError`].
pub async fn days(
    db: &mut PgConnection,
    code: &str,
) -> Result<(NaiveDate, Vec<NaiveDate>), StoreError> {
    let row = sqlx::query!(
        r#"select baton.today() as "today!", array(select distinct w.on_date from baton.push p
               join baton.strategy_version v on v.code = p.strategy and v.version = p.version
               cross join lateral baton.wave_of(v.body::jsonb, p.wave) w
               where p.strategy = $1 and w.on_date is not null) as "pushed!""#,
        code
    )
    .fetch_one(db)
    .await?;
    Ok((row.today, row.pushed))
}

/// Refuses a text of which a wave's day is past. A text that is copied only is not asked: who saves or submits it is.
///
/// # Errors
/// [`StrategyError::File`] with the wave whose day is past, or any [`StoreError`].
pub async fn days_ahead(db: &mut PgConnection, text: &StrategyText) -> Result<(), StrategyError> {
    let (today, pushed) = days(db, &text.code).await?;
    Ok(text.check_days(today, &pushed)?)
}
