//! Rules of segments read again: whether one that is kept can still be asked, and whether one that is to be saved may be.

use sqlx::PgConnection;

use super::members_of;
use crate::domain::attribute::Unread;
use crate::domain::rule::{Rule, RuleError, Vocabulary};
use crate::domain::segment::SegmentRow;
use crate::store::{StoreError, attribute, mart};

/// Says of each row whose rule cannot be asked any more why: an attribute that the dictionary has no more, a mart that is gone or
/// has changed. Of a frozen one the list is asked, which stands.
///
/// # Errors
/// Any [`StoreError`].
pub async fn look(
    db: &mut PgConnection,
    rows: &mut [SegmentRow],
    vocabulary: &Vocabulary,
) -> Result<(), StoreError> {
    let unread = mart::gone(db, vocabulary).await?;
    for row in rows {
        row.broken = match members_of(row, vocabulary) {
            Err(error) => Some(error.message()),
            Ok(rule) => {
                let reads = rule.reads();
                let gone = unread
                    .iter()
                    .find(|one| reads.iter().any(|column| column.code() == one.attribute.code));
                gone.map(Unread::message)
            }
        };
    }
    Ok(())
}

/// Reads the rule of segment `code` against the bank's dictionary: the rule, or what is wrong with it and where. The rule that
/// stands there was judged when it was written: that it finds nobody by now refuses none that says the same.
///
/// # Errors
/// Any [`StoreError`].
pub async fn read(
    db: &mut PgConnection,
    text: &str,
    code: &str,
) -> Result<Result<Rule, RuleError>, StoreError> {
    let vocabulary = attribute::vocabulary(db).await?;
    let error = match Rule::parse_of_segment(text, &vocabulary, code) {
        Err(error) if error.reason.is_nobody() => error,
        read => return Ok(read),
    };
    let Ok(kept) = Rule::parse_kept(text, &vocabulary, Some(code)) else { return Ok(Err(error)) };
    let stands = sqlx::query_scalar!(
        "select rule from baton.segment_version where code = $1 order by version desc limit 1",
        code
    )
    .fetch_optional(db)
    .await?;
    let same = stands.is_some_and(|stands| stands == kept.canonical());
    Ok(if same { Ok(kept) } else { Err(error) })
}
