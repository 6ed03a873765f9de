//! What the column engine is made of, read in one snapshot: customers, attribute relations and events, row by row in
//! COPY's binary form.
//!
//! The rows are given as they come, in any order; nothing of them is kept here.

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::PgConnection;

pub use super::dynamic::{Changed, Piece};
use super::{StoreError, attribute, bank, dynamic};
use crate::domain::attribute::{Attribute, RelationName};
use crate::domain::bank::OrgUnit;
use crate::domain::clean::clean;
use crate::domain::hash::ContentHash;
use crate::domain::id::OrgId;

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

/// How many customers there are, as the planner has it.
///
/// # Errors
/// Any [`StoreError`].
pub async fn customers_about(db: &mut PgConnection) -> Result<i64, StoreError> {
    let about = sqlx::query_scalar!(
        r#"select reltuples::bigint as "about!" from pg_class where oid = 'baton.customer'::regclass"#
    );
    Ok(about.fetch_one(db).await?.max(0))
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

/// Whether the load of number `load`, made at `loaded_at`, is this database's and every later one has listed the customers
/// that it changed, and how many rows those lists have. Another bank's loads have the same numbers.
///
/// # Errors
/// Any [`StoreError`].
pub async fn changes_since(
    db: &mut PgConnection,
    load: i64,
    loaded_at: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query!(
        r#"select exists (select from baton.import_run where id = $1 and run_at = $2) as "ours!",
                  (select count(*) from baton.import_run where id > $1) as "loads!",
                  count(*) filter (where listed) as "listed!", coalesce(sum(customers), 0)::bigint as "customers!"
           from baton.import_change where import_run > $1"#,
        load,
        loaded_at
    )
    .fetch_one(db)
    .await?;
    // What is older than the lists reach back is not among them any more.
    Ok((row.ours && row.listed == row.loads && row.loads < 30).then_some(row.customers))
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
    settings(db, bank.timezone.name()).await?;
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

/// Lets another connection read the same moment: after [`begin`] in `db`, and until [`end`] there.
///
/// # Errors
/// Any [`StoreError`].
pub async fn beside(db: &mut PgConnection, other: &mut PgConnection) -> Result<(), StoreError> {
    let (snapshot, zone) = sqlx::query!(
        r#"select pg_export_snapshot() as "snapshot!", current_setting('timezone') as "zone!""#
    )
    .fetch_one(db)
    .await
    .map(|row| (row.snapshot, row.zone))?;
    sqlx::query("begin isolation level repeatable read read only").execute(&mut *other).await?;
    dynamic::share_snapshot(other, &snapshot).await?;
    settings(other, &zone).await
}

/// For a transaction that reads everything: where rows are many and wide, the server compiles what it does with each. It
/// is twice as fast then, and a server that cannot goes on as before.
///
/// # Errors
/// Any [`StoreError`].
pub async fn every_row(db: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(
        "select set_config('jit', 'on', true), set_config('jit_above_cost', '200000', true),
                set_config('jit_optimize_above_cost', '200000', true), set_config('jit_inline_above_cost', '-1', true)",
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The settings of a transaction that reads: the bank's days, time enough, and the few customers that have changed are
/// found by their keys.
async fn settings(db: &mut PgConnection, zone: &str) -> Result<(), StoreError> {
    sqlx::query(
        "select set_config('timezone', $1, true), set_config('statement_timeout', '600s', true),
                set_config('enable_mergejoin', 'off', true),
                set_config('enable_hashjoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true),
                set_config('jit', 'off', true), set_config('work_mem', '64MB', true)",
    )
    .bind(zone)
    .execute(db)
    .await?;
    Ok(())
}

/// Reads fields of a relation of customers, the number first; see [`dynamic::copy_customers_out`].
///
/// # Errors
/// Any [`StoreError`].
pub async fn customers(
    db: &mut PgConnection,
    relation: &RelationName,
    pieces: &[Piece<'_>],
    changed: Changed,
    each: impl FnMut(Row<'_>),
) -> Result<(), StoreError> {
    let open = *relation == RelationName::own("customer");
    let rows = dynamic::copy_customers_out(db, relation, pieces, open, changed).await?;
    read(rows, each).await
}

/// Reads events: customer, kind, day, amount.
///
/// # Errors
/// Any [`StoreError`].
pub async fn events(
    db: &mut PgConnection,
    changed: Changed,
    each: impl FnMut(Row<'_>),
) -> Result<(), StoreError> {
    let rows = dynamic::copy_events_out(db, changed).await?;
    read(rows, each).await
}

/// The customers that loads after `since` have changed, whether they are open or not, with the parts in which they have.
///
/// # Errors
/// Any [`StoreError`].
pub async fn changed(db: &mut PgConnection, since: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select customer_id, bit_or(parts) as "parts!" from baton.customer_change
           where import_run > $1 group by 1 order by 1"#,
        since
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.customer_id, row.parts)).collect())
}

/// The bit of events in `customer_change.parts`.
pub const PART_EVENTS: i64 = 1 << 61;

/// The bit of a relation there, as `baton.change_part` gives it; several share the last.
#[must_use]
pub fn part_of(relation: &RelationName) -> i64 {
    let number = relation.name.strip_prefix("attr_");
    let number = number.and_then(|number| number.parse::<u32>().ok());
    1 << number.unwrap_or(0).min(60)
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

/// A row: its fields one after the other. There is no list of them, since a bank's rows are many.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a>(&'a [u8]);

impl<'a> Row<'a> {
    /// The next field; null behind the last.
    pub fn field(&mut self) -> Field<'a> {
        let Some((length, rest)) = self.0.split_first_chunk() else { return Field(None) };
        self.0 = rest;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else { return Field(None) };
        let Some((value, rest)) = self.0.split_at_checked(length) else { return Field(None) };
        self.0 = rest;
        Field(Some(value))
    }
}

/// Cuts the stream into rows. Rows come whole in one message each, but nothing promises it.
async fn read(
    mut rows: BoxStream<'_, Result<impl AsRef<[u8]>, sqlx::Error>>,
    mut each: impl FnMut(Row<'_>),
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
        while let ControlFlow::Continue(Some(length)) = row(bytes) {
            each(Row(&bytes[2..length]));
            bytes = &bytes[length..];
        }
        rest = bytes.to_vec();
    }
    Ok(())
}

/// How long the row at the front of `bytes` is. `Continue(None)` if it is not whole; `Break` at the end.
fn row(bytes: &[u8]) -> ControlFlow<(), Option<usize>> {
    let Some(count) = bytes.first_chunk() else { return ControlFlow::Continue(None) };
    let count = i16::from_be_bytes(*count);
    if count < 0 {
        return ControlFlow::Break(());
    }
    let mut at = 2;
    for _ in 0..count {
        let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else {
            return ControlFlow::Continue(None);
        };
        at += 4 + usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
    }
    ControlFlow::Continue((at <= bytes.len()).then_some(at))
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
            read(futures_util::stream::iter(chunks).boxed(), |mut row| {
                ids.push(row.field().whole().unwrap());
                assert_eq!((row.field().flag(), row.field().whole()), (Some(true), None));
                assert_eq!(row.field().0, None, "behind the last");
            })
            .await
            .unwrap();
            assert_eq!(ids, [1, 2, 3]);
        }
    }
}
