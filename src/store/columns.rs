//! What the column engine is made of, read in one snapshot: customers, attribute relations and events, row by row in
//! COPY's binary form.
//!
//! The rows are given as they come, in any order; nothing of them is kept here.

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::{PgConnection, Row as _};

use super::built::Built;
use super::{StoreError, attribute, bank, dynamic};
use crate::domain::attribute::{Attribute, RelationName};
use crate::domain::bank::OrgUnit;
use crate::domain::clean::clean;
use crate::domain::hash::ContentHash;
use crate::domain::id::{CustomerId, OrgId};
use crate::domain::rule::Rule;

/// Which data a database holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataVersion {
    /// The number of the last load.
    pub load: i64,
    /// When it was made: after a reset the numbers begin anew.
    pub loaded_at: DateTime<Utc>,
    /// Its day.
    pub as_of: NaiveDate,
}

/// What the columns are to hold.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Which data.
    pub version: DataVersion,
    /// A hash of the attributes with their places.
    pub dictionary: ContentHash,
    /// The attributes that imports fill; a mart of the bank's own is read where it stands.
    pub attributes: Vec<Attribute>,
    /// The units in the order of their tree.
    pub units: Vec<OrgUnit>,
}

/// What each unit is called, closed ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitName {
    /// Its row.
    pub id: OrgId,
    /// The bank's code, clean.
    pub code: String,
    /// Its name, clean.
    pub name: String,
}

/// What all units that ever were are called.
///
/// # Errors
/// Any [`StoreError`].
pub async fn unit_names(db: &mut PgConnection) -> Result<Vec<UnitName>, StoreError> {
    let rows = sqlx::query!("select id, code, name from baton.org_unit").fetch_all(db).await?;
    let names = rows.into_iter().map(|row| UnitName {
        id: OrgId(row.id),
        code: clean(&row.code).into_owned(),
        name: clean(&row.name).into_owned(),
    });
    Ok(names.collect())
}

/// The version of the data that stand now, `None` if nothing was ever loaded.
///
/// # Errors
/// Any [`StoreError`].
pub async fn version(db: &mut PgConnection) -> Result<Option<DataVersion>, StoreError> {
    let row =
        sqlx::query!("select id, as_of, run_at from baton.import_run order by id desc limit 1")
            .fetch_optional(db)
            .await?;
    Ok(row.map(|row| DataVersion { load: row.id, loaded_at: row.run_at, as_of: row.as_of }))
}

/// The same in a session whose today is `as_of` from now on.
///
/// # Errors
/// Any [`StoreError`].
pub async fn version_on(
    db: &mut PgConnection,
    as_of: NaiveDate,
) -> Result<Option<DataVersion>, StoreError> {
    sqlx::query("select set_config('baton.as_of', $1, false)")
        .bind(as_of.to_string())
        .execute(&mut *db)
        .await?;
    version(db).await
}

/// Whether every load after `load` has listed the customers that it changed, and how many rows those lists have.
///
/// # Errors
/// Any [`StoreError`].
pub async fn changes_since(db: &mut PgConnection, load: i64) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query!(
        r#"select (select count(*) from baton.import_run where id > $1) as "loads!",
                  count(*) filter (where listed) as "listed!", coalesce(sum(customers), 0)::bigint as "customers!"
           from baton.import_change where import_run > $1"#,
        load
    )
    .fetch_one(db)
    .await?;
    // What is older than the lists reach back is not among them any more.
    Ok((row.listed == row.loads && row.loads < 30).then_some(row.customers))
}

/// Begins to read: from here on all rows are those of one moment, and no import exchanges them.
///
/// # Errors
/// [`StoreError::NoBank`] or any other [`StoreError`].
pub async fn begin(db: &mut PgConnection) -> Result<Contents, StoreError> {
    // Which relations there are must be known before the first statement of the snapshot, and is asked again in it.
    let held = relations(&own(attribute::list(db).await?));
    sqlx::query("begin isolation level repeatable read read only").execute(&mut *db).await?;
    dynamic::hold_relations(db, &held).await?;
    let attributes = own(attribute::list(db).await?);
    if relations(&attributes) != held {
        sqlx::query("rollback").execute(&mut *db).await?;
        return Err(StoreError::Deadline);
    }
    let bank = bank::bank(db).await?;
    sqlx::query(
        "select set_config('timezone', $1, true), set_config('statement_timeout', '600s', true)",
    )
    .bind(bank.timezone.name())
    .execute(&mut *db)
    .await?;
    let version = version(db).await?.ok_or(StoreError::NoBank)?;
    let units = bank::units(db, false).await?;
    let mut named = String::new();
    for attribute in &attributes {
        let place = attribute.relation.quoted();
        for word in [&attribute.code, attribute.kind.code(), &place, &attribute.column] {
            named.push_str(word);
            named.push('\n');
        }
    }
    Ok(Contents { version, dictionary: ContentHash::of(named.as_bytes()), attributes, units })
}

/// Ends the reading.
///
/// # Errors
/// Any [`StoreError`].
pub async fn end(db: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("commit").execute(db).await?;
    Ok(())
}

fn own(attributes: Vec<Attribute>) -> Vec<Attribute> {
    attributes.into_iter().filter(|attribute| attribute.relation.is_own()).collect()
}

/// Every relation that is read.
fn relations(attributes: &[Attribute]) -> Vec<RelationName> {
    let mut all = vec![RelationName::own("customer"), RelationName::own("event")];
    all.extend(attributes.iter().map(|attribute| attribute.relation.clone()));
    all.sort();
    all.dedup();
    all
}

/// Reads columns of a relation of customers, the number first; see [`dynamic::copy_customers_out`].
///
/// # Errors
/// Any [`StoreError`].
pub async fn customers(
    db: &mut PgConnection,
    relation: &RelationName,
    columns: &[&str],
    since: Option<i64>,
    each: impl FnMut(&[Field<'_>]),
) -> Result<(), StoreError> {
    let open = *relation == RelationName::own("customer");
    let rows = dynamic::copy_customers_out(db, relation, columns, open, since).await?;
    read(rows, each).await
}

/// Reads events: customer, kind, day, amount.
///
/// # Errors
/// Any [`StoreError`].
pub async fn events(
    db: &mut PgConnection,
    since: Option<i64>,
    each: impl FnMut(&[Field<'_>]),
) -> Result<(), StoreError> {
    let rows = dynamic::copy_events_out(db, since).await?;
    read(rows, each).await
}

/// The customers that loads after `since` have changed, whether they are open or not.
///
/// # Errors
/// Any [`StoreError`].
pub async fn changed(db: &mut PgConnection, since: i64) -> Result<Vec<i64>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select distinct customer_id from baton.customer_change where import_run > $1 order by 1",
        since
    );
    Ok(ids.fetch_all(db).await?)
}

/// The members of a rule, in any order.
///
/// # Errors
/// Any [`StoreError`].
pub async fn members(db: &mut PgConnection, rule: &Rule) -> Result<Vec<CustomerId>, StoreError> {
    let mut built = Built::new("select c.customer_id from ");
    built.members(rule);
    let mut ids = Vec::new();
    let mut rows = dynamic::fetch(db, &built);
    while let Some(row) = rows.next().await {
        ids.push(CustomerId(row?.try_get(0)?));
    }
    Ok(ids)
}

/// One field of a row, as its bytes; null if there are none.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a>(pub Option<&'a [u8]>);

/// A number of any size, or a word that says that it cannot be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimal {
    /// Digits, and how many of them stand behind the point.
    Held(i64, u8),
    /// Too many digits, or no number.
    Beyond,
}

impl<'a> Field<'a> {
    /// A flag.
    #[must_use]
    pub fn flag(self) -> Option<bool> {
        self.0.and_then(|bytes| bytes.first()).map(|byte| *byte != 0)
    }

    /// A whole number of two, four or eight bytes; a day as the number of days since 2000.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        let bytes = self.0?;
        Some(match bytes.len() {
            2 => i16::from_be_bytes(bytes.try_into().ok()?).into(),
            4 => i32::from_be_bytes(bytes.try_into().ok()?).into(),
            _ => i64::from_be_bytes(bytes.try_into().ok()?),
        })
    }

    /// A text.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        self.0.and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// A `numeric`: groups of four digits, their weight, sign and scale.
    #[must_use]
    pub fn decimal(self) -> Option<Decimal> {
        let bytes = self.0?;
        Some(decimal(bytes).unwrap_or(Decimal::Beyond))
    }
}

/// Decodes a `numeric`; none if it is not one that fits.
fn decimal(bytes: &[u8]) -> Option<Decimal> {
    let (words, _) = bytes.as_chunks::<2>();
    let (head, digits) = words.split_at_checked(4)?;
    let [count, weight, sign, _] = head.try_into().ok()?;
    let count = u16::from_be_bytes(count);
    let weight = i16::from_be_bytes(weight);
    let negative = match u16::from_be_bytes(sign) {
        0x0000 => false,
        0x4000 => true,
        _ => return None,
    };
    let digits = digits.get(..count.into())?;
    let mut value: i64 = 0;
    for digit in digits {
        value = value.checked_mul(10_000)?.checked_add(u16::from_be_bytes(*digit).into())?;
    }
    // The power of 10,000 of the last group.
    let mut scale = (i32::from(count) - 1 - i32::from(weight)) * 4;
    if value == 0 {
        return Some(Decimal::Held(0, 0));
    }
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    while scale < 0 {
        value = value.checked_mul(10)?;
        scale += 1;
    }
    let scale = u8::try_from(scale).ok().filter(|scale| *scale <= 18)?;
    Some(Decimal::Held(if negative { -value } else { value }, scale))
}

/// What every binary COPY begins with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Cuts the stream into rows. Rows come whole in one message each, but nothing promises it.
async fn read(
    mut rows: BoxStream<'_, Result<impl AsRef<[u8]>, sqlx::Error>>,
    mut each: impl FnMut(&[Field<'_>]),
) -> Result<(), StoreError> {
    let mut rest: Vec<u8> = Vec::new();
    let mut begun = false;
    while let Some(chunk) = rows.next().await {
        let chunk = chunk?;
        let mut bytes = chunk.as_ref();
        if !rest.is_empty() {
            rest.extend_from_slice(bytes);
            bytes = &rest;
        }
        if !begun {
            if bytes.len() < SIGNATURE.len() + 8 {
                rest = bytes.to_vec();
                continue;
            }
            bytes = &bytes[SIGNATURE.len() + 8..];
            begun = true;
        }
        let mut fields = Vec::new();
        while let ControlFlow::Continue(Some(after)) = row(bytes, &mut fields) {
            each(&fields);
            bytes = after;
        }
        rest = bytes.to_vec();
    }
    Ok(())
}

/// One row from the front of `bytes`, and what is behind it. `Continue(None)` if it is not whole; `Break` at the end.
fn row<'a>(bytes: &'a [u8], fields: &mut Vec<Field<'a>>) -> ControlFlow<(), Option<&'a [u8]>> {
    fields.clear();
    let Some((count, mut rest)) = bytes.split_first_chunk() else {
        return ControlFlow::Continue(None);
    };
    let Ok(count) = usize::try_from(i16::from_be_bytes(*count)) else {
        return ControlFlow::Break(());
    };
    for _ in 0..count {
        let Some((length, after)) = rest.split_first_chunk() else {
            return ControlFlow::Continue(None);
        };
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            fields.push(Field(None));
            rest = after;
            continue;
        };
        let Some((value, after)) = after.split_at_checked(length) else {
            return ControlFlow::Continue(None);
        };
        fields.push(Field(Some(value)));
        rest = after;
    }
    ControlFlow::Continue(Some(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(weight: i16, sign: u16, digits: &[u16]) -> Vec<u8> {
        let count = u16::try_from(digits.len()).unwrap();
        let mut bytes =
            [count.to_be_bytes(), weight.to_be_bytes(), sign.to_be_bytes(), [0, 9]].concat();
        bytes.extend(digits.iter().flat_map(|digit| digit.to_be_bytes()));
        bytes
    }

    #[test]
    fn a_numeric_is_read_exactly_or_not_at_all() {
        let read =
            |weight, sign, digits: &[u16]| Field(Some(&numeric(weight, sign, digits))).decimal();
        assert_eq!(read(0, 0, &[]), Some(Decimal::Held(0, 0)));
        assert_eq!(read(0, 0, &[12, 3400]), Some(Decimal::Held(1234, 2)));
        assert_eq!(read(0, 0x4000, &[12, 3400]), Some(Decimal::Held(-1234, 2)));
        assert_eq!(read(1, 0, &[5]), Some(Decimal::Held(50_000, 0)));
        assert_eq!(read(-1, 0, &[25]), Some(Decimal::Held(25, 4)));
        assert_eq!(read(-6, 0, &[1]), Some(Decimal::Beyond), "24 decimals");
        assert_eq!(read(9, 0, &[1]), Some(Decimal::Beyond), "37 digits");
        assert_eq!(read(0, 0xC000, &[]), Some(Decimal::Beyond), "not a number");
        assert_eq!(Field(None).decimal(), None);
    }

    #[tokio::test]
    async fn rows_are_found_however_they_are_cut() {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0; 8]);
        for id in 1..4_i64 {
            bytes.extend([0, 3, 0, 0, 0, 8]);
            bytes.extend(id.to_be_bytes());
            bytes.extend([0, 0, 0, 1, 1, 255, 255, 255, 255]);
        }
        bytes.extend([255, 255]);
        for cut in [1, 5, 19, 1000] {
            let chunks: Vec<Result<Vec<u8>, sqlx::Error>> =
                bytes.chunks(cut).map(|chunk| Ok(chunk.to_vec())).collect();
            let mut ids = Vec::new();
            read(futures_util::stream::iter(chunks).boxed(), |row| {
                assert_eq!((row[1].flag(), row[2].whole()), (Some(true), None));
                ids.push(row[0].whole().unwrap());
            })
            .await
            .unwrap();
            assert_eq!(ids, [1, 2, 3]);
        }
    }
}
