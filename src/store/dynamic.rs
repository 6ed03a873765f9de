//! SQL that is built while Baton runs, and COPY: the one place where sqlx cannot check a statement.
//!
//! Two things keep it safe. Values are always bound, never written into the text. What is written into the text comes
//! from the house itself: a compiled rule, whose identifiers are the dictionary's, quoted by `domain::rule`; and names
//! quoted here.
#![expect(clippy::disallowed_methods, reason = "the one place for SQL that is built")]

use bytes::Bytes;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgArguments, PgCopyIn, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::StoreError;
use super::bank;
use super::built::Built;
use crate::domain::attribute::RelationName;
use crate::domain::clean::clean;
use crate::domain::id::OrgId;
use crate::domain::money::Minor;
use crate::domain::rule::{Bind, Compiled, Rule, compile};
use crate::domain::segment::{OrgCount, SegmentCount};

/// Counts a rule's members in one query, by their own unit if `by_org`; the database says how long it took.
///
/// # Errors
/// Whatever the database says.
pub async fn count_members(
    db: &mut PgConnection,
    rule: &Rule,
    by_org: bool,
) -> Result<SegmentCount, StoreError> {
    let compiled = compile(rule, 0);
    let (group, key) = if by_org { ("group by c.org_id", "c.org_id") } else { ("", "null::int") };
    let sql = format!(
        "select every.n as every, m.n as members, m.aum, u.code, u.name, \
                baton.today() as today, \
                (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::bigint as ms \
         from (select count(*) as n from baton.customer where closed_on is null) every \
         left join (select {key} as org_id, count(*) as n, coalesce(sum(c.aum), 0)::bigint as aum \
                    from baton.customer c{joins} \
                    where c.closed_on is null and ({condition}) {group}) m on true \
         left join baton.org_unit u on u.id = m.org_id \
         order by m.n desc nulls last, u.code",
        joins = compiled.join_sql(),
        condition = compiled.sql,
    );
    let rows = bind(sqlx::query(AssertSqlSafe(sql)), &compiled).fetch_all(&mut *db).await?;
    let (mut of, mut as_of, mut ms) = (0, rule.as_of, 0);
    let mut parts = Vec::new();
    for row in &rows {
        of = row.try_get("every")?;
        as_of = row.try_get("today")?;
        ms = row.try_get::<i64, _>("ms")?.unsigned_abs();
        parts.extend(part_of(row)?);
    }
    let aum = Minor::total(parts.iter().map(|part| part.aum)).ok_or(StoreError::TooLarge)?;
    let count = parts.iter().map(|part| part.count).sum();
    let by_org = by_org.then_some(parts);
    Ok(SegmentCount {
        count,
        of,
        scope: bank::scope(db).await?,
        aum,
        as_of,
        refreshed: rule.marts(),
        marts_read_at: None,
        ms,
        silent: false,
        events_since: None,
        by_org,
    })
}

/// One row of a count; none where nobody is a member.
fn part_of(row: &PgRow) -> Result<Option<OrgCount>, sqlx::Error> {
    let Some(count) = row.try_get::<Option<i64>, _>("members")? else { return Ok(None) };
    let word = |column: &str| -> Result<String, sqlx::Error> {
        let text: Option<&str> = row.try_get(column)?;
        Ok(clean(text.unwrap_or_default()).into_owned())
    };
    let aum = Minor(row.try_get("aum")?);
    Ok(Some(OrgCount { org: word("code")?, name: word("name")?, count, aum }))
}

/// Counts the open customers for whom it is unknown whether a rule holds. With its members and those of its opposite
/// they are everyone.
///
/// # Errors
/// Whatever the database says.
pub async fn count_unknown(db: &mut PgConnection, rule: &Rule) -> Result<i64, sqlx::Error> {
    let compiled = compile(rule, 0);
    let sql = format!(
        "select count(*) as unknown from baton.customer c{joins} \
         where c.closed_on is null and ({condition}) is null",
        joins = compiled.join_sql(),
        condition = compiled.sql,
    );
    bind(sqlx::query(AssertSqlSafe(sql)), &compiled).fetch_one(db).await?.try_get("unknown")
}

/// The first customer that a rule finds, as an example.
///
/// # Errors
/// Whatever the database says.
pub async fn first_member(db: &mut PgConnection, rule: &Rule) -> Result<Option<i64>, sqlx::Error> {
    let compiled = compile(rule, 0);
    let sql = format!(
        "select c.customer_id from baton.customer c{joins} \
         where c.closed_on is null and ({condition}) \
         order by c.rm_id is null, c.customer_id limit 1",
        joins = compiled.join_sql(),
        condition = compiled.sql,
    );
    let row = bind(sqlx::query(AssertSqlSafe(sql)), &compiled).fetch_optional(db).await?;
    row.map(|row| row.try_get("customer_id")).transpose()
}

/// A few members of a rule in a unit or below it, as the caller may see them: those with an RM first.
///
/// # Errors
/// Whatever the database says.
pub async fn members_of_unit(
    db: &mut PgConnection,
    rule: &Rule,
    unit: OrgId,
    most: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    let compiled = compile(rule, 2);
    let sql = format!(
        "select c.customer_id from baton.customer c{joins} \
         where c.closed_on is null and ({condition}) \
         and c.org_id in (select u.id from baton.org_unit u where $1 = any (u.path)) \
         order by c.rm_id is null, c.customer_id limit $2",
        joins = compiled.join_sql(),
        condition = compiled.sql,
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(unit.0).bind(most);
    let rows = bind(query, &compiled).fetch_all(db).await?;
    rows.iter().map(|row| row.try_get("customer_id")).collect()
}

/// Puts a rule's members, as the caller may see them, into `intake` (a uuid) for `baton.snapshot_seal`.
///
/// # Errors
/// Whatever the database says.
pub async fn take_members(
    db: &mut PgConnection,
    intake: &str,
    rule: &Rule,
) -> Result<(), sqlx::Error> {
    let compiled = compile(rule, 1);
    let sql = format!(
        "insert into baton.member_part (intake, part, members) \
         select $1::text::uuid, m.part, array_agg(m.customer_id) \
         from (select c.customer_id, (row_number() over () >> 16)::int as part from baton.customer c{joins} \
               where c.closed_on is null and ({condition})) m \
         group by m.part",
        joins = compiled.join_sql(),
        condition = compiled.sql,
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(intake.to_owned());
    bind(query, &compiled).execute(db).await?;
    Ok(())
}

/// The rows of a statement that was put together.
///
/// # Errors
/// Whatever the database says.
pub async fn fetch_all(db: &mut PgConnection, built: &Built) -> Result<Vec<PgRow>, sqlx::Error> {
    let (sql, binds) = built.parts();
    bind_all(sqlx::query(AssertSqlSafe(sql.to_owned())), binds).fetch_all(db).await
}

/// The same rows one by one, for statements that may give millions.
pub fn fetch<'a>(
    db: &'a mut PgConnection,
    built: &Built,
) -> BoxStream<'a, Result<PgRow, sqlx::Error>> {
    let (sql, binds) = built.parts();
    bind_all(sqlx::query(AssertSqlSafe(sql.to_owned())), binds).fetch(db)
}

/// Binds a compiled rule's values in their order.
fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    compiled: &Compiled,
) -> Query<'q, Postgres, PgArguments> {
    bind_all(query, &compiled.binds)
}

fn bind_all<'q>(
    query: Query<'q, Postgres, PgArguments>,
    binds: &[Bind],
) -> Query<'q, Postgres, PgArguments> {
    binds.iter().fold(query, |query, value| match value {
        Bind::Int(v) => query.bind(*v),
        Bind::IntArray(v) => query.bind(v.clone()),
        Bind::Numeric(v) | Bind::Text(v) => query.bind(v.clone()),
        Bind::NumericArray(v) | Bind::TextArray(v) => query.bind(v.clone()),
        Bind::Date(v) => query.bind(*v),
        Bind::DateArray(v) => query.bind(v.clone()),
        Bind::Instant(v) => query.bind(*v),
    })
}

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

/// Starts to copy rows in the binary format into these columns; its head is sent, the end is the caller's.
///
/// # Errors
/// Whatever the database says.
pub async fn copy_in_binary<'a>(
    db: &'a mut PgConnection,
    schema: &str,
    table: &str,
    columns: &[&str],
) -> Result<PgCopyIn<&'a mut PgConnection>, sqlx::Error> {
    let columns: Vec<String> = columns.iter().map(|c| identifier(c)).collect();
    let (schema, table) = (identifier(schema), identifier(table));
    let into = format!("copy {schema}.{table} ({}) from stdin (format binary)", columns.join(", "));
    let mut copy = db.copy_in_raw(&into).await?;
    copy.send(BINARY_HEAD).await?;
    Ok(copy)
}

/// What binary rows begin with: the signature, no flags, no extension.
const BINARY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A name as SQL writes it, whatever it holds.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What one field of a row that is read holds.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// A column.
    Column(&'a str),
    /// Up to 31 flags as bits of one number, the first one lowest: which are true.
    True(&'a [String]),
    /// The same: of which nothing is known. Null if that is none of them.
    Unknown(&'a [String]),
}

impl Piece<'_> {
    fn sql(&self) -> String {
        let name = |column: &String| format!("c.{}", identifier(column));
        match self {
            Self::Column(column) => format!("c.{}", identifier(column)),
            // The server is four times as fast with a sum as with a field for each flag, and faster with fewer to add up.
            Self::True(flags) => {
                let pairs = flags.chunks(2).zip((0..).step_by(2)).map(|(pair, bit)| {
                    let (one, two) = (1_u32 << bit, 2_u32 << bit);
                    match pair {
                        [first, second] => format!(
                            "case when {} then case when {second} then {} else {one} end \
                             else case when {second} then {two} else 0 end end",
                            name(first),
                            one + two,
                            second = name(second),
                        ),
                        _ => format!("case when {} then {one} else 0 end", name(&pair[0])),
                    }
                });
                format!("({})", pairs.collect::<Vec<_>>().join(" + "))
            }
            Self::Unknown(flags) => {
                let bits = flags.iter().enumerate().map(|(bit, flag)| {
                    format!("case when {} is null then {} else 0 end", name(flag), 1_u32 << bit)
                });
                format!(
                    "(case when num_nulls({}) > 0 then {} end)",
                    flags.iter().map(name).collect::<Vec<_>>().join(", "),
                    bits.collect::<Vec<_>>().join(" + "),
                )
            }
        }
    }
}

/// Which customers' rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// All of them.
    Everybody,
    /// Those of whom loads after this one have changed something in a part: a bit of `customer_change.parts`.
    Since {
        /// The load.
        load: i64,
        /// The bit.
        part: i64,
    },
}

/// Starts to read these fields of a relation of customers as binary rows, the open customers only if `open`.
///
/// # Errors
/// Whatever the database says.
pub async fn copy_customers_out<'a>(
    db: &'a mut PgConnection,
    relation: &RelationName,
    pieces: &[Piece<'_>],
    open: bool,
    changed: Changed,
) -> Result<BoxStream<'a, Result<Bytes, sqlx::Error>>, sqlx::Error> {
    let pieces: Vec<String> = pieces.iter().map(Piece::sql).collect();
    let open = if open { "c.closed_on is null" } else { "true" };
    let sql = format!(
        "copy (select {} from {} where {open}) to stdout (format binary)",
        pieces.join(", "),
        among(&format!("{} c", relation.quoted()), "c", changed),
    );
    db.copy_out_raw(&sql).await
}

/// Starts to read events as binary rows: customer, kind, day in the session's zone, amount.
///
/// # Errors
/// Whatever the database says.
pub async fn copy_events_out(
    db: &mut PgConnection,
    changed: Changed,
) -> Result<BoxStream<'_, Result<Bytes, sqlx::Error>>, sqlx::Error> {
    let sql = format!(
        "copy (select e.customer_id, e.kind, e.at::date, e.amount from {}) to stdout (format binary)",
        among("baton.event e", "e", changed),
    );
    db.copy_out_raw(&sql).await
}

/// Only the rows of customers that loads have changed. They are few: each is found by its key, in the order in which it
/// stands on the disk.
fn among(relation: &str, alias: &str, changed: Changed) -> String {
    match changed {
        Changed::Everybody => relation.to_owned(),
        Changed::Since { load, part } => format!(
            "(select distinct h.customer_id from baton.customer_change h \
              where h.import_run > {load} and h.parts & {part} <> 0 order by 1) h \
             join {relation} on {alias}.customer_id = h.customer_id"
        ),
    }
}

/// Lets a transaction that has just begun see what another sees that has exported its snapshot.
///
/// # Errors
/// Whatever the database says.
pub async fn share_snapshot(
    transaction: &mut PgConnection,
    snapshot: &str,
) -> Result<(), sqlx::Error> {
    let name: String = snapshot.chars().filter(|c| c.is_ascii_hexdigit() || *c == '-').collect();
    let sql = format!("set transaction snapshot '{name}'");
    sqlx::query(AssertSqlSafe(sql)).execute(transaction).await?;
    Ok(())
}

/// Keeps these relations from being exchanged while the transaction reads them. It must be its first statement: what
/// it sees is then no older than the locks.
///
/// # Errors
/// Whatever the database says.
pub async fn hold_relations(
    transaction: &mut PgConnection,
    relations: &[RelationName],
) -> Result<(), sqlx::Error> {
    let names: Vec<String> = relations.iter().map(RelationName::quoted).collect();
    let sql = format!("lock table {} in access share mode", names.join(", "));
    sqlx::query(AssertSqlSafe(sql)).execute(transaction).await?;
    Ok(())
}
