//! Versions of a segment.

use sqlx::PgConnection;

use super::{SegmentError, kind};
use crate::domain::clean::clean;
use crate::domain::rule::Rule;
use crate::domain::segment::version::{VersionDiff, VersionRow};
use crate::store::attribute;

/// All versions of a segment, latest first.
///
/// # Errors
/// [`SegmentError::Unknown`] or any [`StoreError`](crate::store::StoreError).
pub async fn list(db: &mut PgConnection, code: &str) -> Result<Vec<VersionRow>, SegmentError> {
    let rows = sqlx::query!(
        r#"select v.version, v.name, v.rule, v.note, v.kind, v.author, v.created_at,
                  (select count(*) from baton.snapshot s
                   where s.segment = v.code and s.version = v.version) as "snapshots!"
           from baton.segment_version v where v.code = $1 order by v.version desc"#,
        code
    )
    .fetch_all(&mut *db)
    .await?;
    if rows.is_empty() {
        return Err(super::unknown(db, code).await);
    }
    let versions = rows.into_iter().map(|row| VersionRow {
        version: row.version,
        name: clean(&row.name).into_owned(),
        rule: clean(&row.rule).into_owned(),
        note: row.note.map(|note| clean(&note).into_owned()),
        kind: kind(&row.kind),
        author: clean(&row.author).into_owned(),
        created_at: row.created_at,
        snapshots: row.snapshots,
    });
    Ok(versions.collect())
}

/// What changed from version `from` to version `to`.
///
/// # Errors
/// [`SegmentError::Unknown`], [`SegmentError::NoVersion`], or any [`StoreError`](crate::store::StoreError).
pub async fn diff(
    db: &mut PgConnection,
    code: &str,
    from: i32,
    to: i32,
) -> Result<VersionDiff, SegmentError> {
    let versions = list(db, code).await?;
    let vocabulary = attribute::vocabulary(db).await?;
    let of = |version: i32| {
        let row = versions.iter().find(|row| row.version == version);
        row.ok_or_else(|| SegmentError::NoVersion { code: clean(code).into_owned(), version })
    };
    let (left, right) = (of(from)?, of(to)?);
    let read = |row: &VersionRow| Rule::parse_kept(&row.rule, &vocabulary, None).ok();
    let (old, new) = (read(left), read(right));
    Ok(VersionDiff::of(&clean(code), (left, old.as_ref()), (right, new.as_ref())))
}
