//! The attribute dictionary, and with it everything that a rule is read against.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::words::{self, WordsStamp};
use super::{StoreError, bank};
use crate::domain::attribute::{Attribute, AttributeType, RelationName};
use crate::domain::clean::clean;
use crate::domain::id::StaffId;
use crate::domain::rule::Vocabulary;

/// The dictionary, by code.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<Attribute>, StoreError> {
    let rows = sqlx::query!(
        "select code, type as kind, zh, en, schema_name, relation, column_name,
                case when schema_name <> 'baton' then refreshed_on end as mart_day
         from baton.attribute order by code"
    )
    .fetch_all(db)
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        Some(Attribute {
            kind: AttributeType::from_code(&row.kind)?,
            code: row.code,
            zh: clean(&row.zh).into_owned(),
            en: clean(&row.en).into_owned(),
            relation: RelationName { schema: row.schema_name, name: row.relation },
            column: row.column_name,
            mart_day: row.mart_day,
        })
    });
    Ok(known.collect())
}

/// What rules are read against, as of the session's day.
///
/// # Errors
/// [`StoreError::NoBank`] or any other [`StoreError`].
pub async fn vocabulary(db: &mut PgConnection) -> Result<Vocabulary, StoreError> {
    let bank = bank::bank(db).await?;
    let tiers = bank::tiers(db).await?;
    let units = bank::units(db, false).await?;
    let attributes = list(db).await?;
    let values = sqlx::query!("select attribute, value, zh, en from baton.category_value")
        .fetch_all(&mut *db)
        .await?;
    let staff = sqlx::query!("select code, id, name from baton.staff where closed_on is null")
        .fetch_all(&mut *db)
        .await?;
    // A category's value is compared with the records, so it stays as it stands there; the rest is found by row.
    let labels: Vec<_> = values
        .iter()
        .filter_map(|row| {
            let (zh, en) = (row.zh.clone()?, row.en.clone()?);
            Some((row.attribute.clone(), row.value.clone(), zh, en))
        })
        .collect();
    let values = values.into_iter().map(|row| (row.attribute, row.value));
    let word = |text: &str| clean(text).into_owned();
    let names: Vec<_> = staff.iter().map(|row| (word(&row.code), word(&row.name))).collect();
    let staff = staff.iter().map(|row| (word(&row.code), StaffId(row.id)));
    let words = words::words(db).await?;
    Ok(Vocabulary::new(bank, tiers, units, attributes, values)
        .with_labels(labels)
        .with_staff(staff)
        .with_staff_names(names)
        .with_words(words))
}

/// The vocabulary as a console keeps it: read again only after another load or mapping, or on another day; of what
/// operators make, only that is read again. A rule is counted
/// with every key, and a bank has a hundred thousand values.
#[derive(Debug, Default)]
pub struct KeptVocabulary(tokio::sync::Mutex<Option<Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    stamp: Stamp,
    words: WordsStamp,
    vocabulary: Arc<Vocabulary>,
}

/// After which import, with which dictionary, and for which day.
type Stamp = (Option<i64>, DateTime<Utc>, NaiveDate);

impl KeptVocabulary {
    /// The vocabulary as it stands now.
    ///
    /// # Errors
    /// As [`vocabulary`].
    pub async fn now(&self, db: &mut PgConnection) -> Result<Arc<Vocabulary>, StoreError> {
        let (dictionary, today) = sqlx::query!(
            r#"select d.changed_at, baton.today() as "as_of!" from baton.bank b, baton.dictionary d"#
        )
        .fetch_optional(&mut *db)
        .await?
        .map(|row| (row.changed_at, row.as_of))
        .ok_or(StoreError::NoBank)?;
        let stamp = (bank::last_import(db).await?, dictionary, today);
        let grown = words::stamp(db).await?;
        let kept = self.0.lock().await.clone();
        let vocabulary = match kept {
            Some(kept) if kept.stamp == stamp && kept.words == grown => {
                return Ok(kept.vocabulary);
            }
            // A segment was saved, a list frozen: the bank's own values are what is costly.
            Some(kept) if kept.stamp == stamp => {
                Vocabulary::clone(&kept.vocabulary).with_words(words::words(db).await?)
            }
            // Under the older stamp: a load in between makes it read once more, never once too few.
            _ => vocabulary(db).await?,
        };
        let vocabulary = Arc::new(vocabulary);
        let kept = Kept { stamp, words: grown, vocabulary: vocabulary.clone() };
        *self.0.lock().await = Some(kept);
        Ok(vocabulary)
    }
}
