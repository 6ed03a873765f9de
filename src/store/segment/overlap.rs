//! How far segments are the same customers: one query over all of them, or the column engine.
#![expect(clippy::disallowed_methods, reason = "it says how long the engine took")]

use std::time::Instant;

use sqlx::{PgConnection, Row as _};

use super::{SegmentError, members_of, show};
use crate::domain::attribute::MartDay;
use crate::domain::rule::{Column, Rule};
use crate::domain::segment::overlap::{MOST, Overlap};
use crate::store::built::Built;
use crate::store::engine::{KeptLine, Overlapped};
use crate::store::{StoreError, attribute, bank, dynamic, mart};

/// Counts the customers of every pair of these segments' latest versions.
///
/// # Errors
/// [`SegmentError::TooManyToOverlap`], [`SegmentError::Unknown`], [`SegmentError::Rule`], or any
/// [`StoreError`].
pub async fn overlap(
    db: &mut PgConnection,
    codes: &[String],
    engine: Option<&KeptLine>,
) -> Result<Overlap, SegmentError> {
    if codes.len() > MOST {
        return Err(SegmentError::TooManyToOverlap { count: codes.len() });
    }
    super::of_its_data(db).await?;
    let vocabulary = attribute::vocabulary(db).await?;
    let (mut segments, mut rules): (Vec<String>, _) = (Vec::with_capacity(codes.len()), Vec::new());
    for code in codes {
        let row = show(db, code).await?;
        // One that is named twice is laid over itself on the diagonal already.
        if segments.contains(&row.code) {
            continue;
        }
        rules.push(members_of(&row, &vocabulary)?);
        segments.push(row.code);
    }
    let (as_of, scope) = (vocabulary.bank().as_of, bank::scope(db).await?);
    let read = rules.iter().flat_map(Rule::reads).filter_map(Column::attribute);
    let refreshed = MartDay::of(read);
    if let Some(engine) = engine {
        let began = Instant::now();
        if let Ok(Overlapped { matrix: counts, marts: refreshed }) =
            engine.overlap(db, &rules).await
        {
            let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let overlap = Overlap::counted(segments, counts, as_of, ms);
            return Ok(Overlap { scope, refreshed, ..overlap });
        }
    }
    let refreshed = mart::days(db, refreshed).await?;
    let counted = masks(db, &rules).await;
    let (masks, ms) = match counted {
        Ok(counted) => counted,
        Err(error) => {
            let rules: Vec<&Rule> = rules.iter().collect();
            return Err(mart::blamed(db, &rules, error).await.into());
        }
    };
    Ok(Overlap { scope, refreshed, ..Overlap::of(segments, &masks, as_of, ms) })
}

/// How many customers are members of exactly which of up to 60 rules, bit `i` for rule `i`, in one query; and how many
/// milliseconds the database took.
pub(super) async fn masks(
    db: &mut PgConnection,
    rules: &[Rule],
) -> Result<(Vec<(u64, i64)>, u64), StoreError> {
    if rules.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let mut built = Built::new(
        "select mask, count(*) as customers, \
             (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::bigint as ms \
         from (select ",
    );
    built.masks(rules).words(") everyone where mask <> 0 group by mask");
    let rows = dynamic::fetch_all(db, &built).await?;
    let (mut masks, mut ms) = (Vec::with_capacity(rows.len()), 0);
    for row in &rows {
        masks.push((row.try_get::<i64, _>("mask")?.unsigned_abs(), row.try_get("customers")?));
        ms = ms.max(row.try_get::<i64, _>("ms")?.unsigned_abs());
    }
    Ok((masks, ms))
}
