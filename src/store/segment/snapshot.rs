//! Snapshots: the history of a segment's size, two of them held against each other, and what leaves the house.

use futures_util::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection};

use super::{LIST_LIMIT, SegmentError, content_hash, show};
use crate::domain::clean::clean;
use crate::domain::id::{CustomerId, SnapshotId};
use crate::domain::money::Minor;
use crate::domain::segment::list::{Comparison, ExportRow, HistoryRow, Moves};
use crate::store::line;

/// The snapshots of all versions of a segment, oldest first.
///
/// # Errors
/// [`SegmentError::Unknown`] or any [`StoreError`](crate::store::StoreError).
pub async fn history(db: &mut PgConnection, code: &str) -> Result<Vec<HistoryRow>, SegmentError> {
    show(db, code).await?;
    let rows = sqlx::query!(
        "select id, version, as_of, data_as_of, case when (select baton.scope()) is null then customers end as customers,
                case when (select baton.scope()) is null then aum end as aum, ms, hash
         from baton.snapshot where segment = $1 order by id",
        code
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| HistoryRow {
        snapshot: SnapshotId(row.id),
        version: row.version,
        as_of: row.as_of,
        data_as_of: row.data_as_of,
        count: row.customers,
        aum: row.aum.map(Minor),
        ms: row.ms,
        hash: content_hash(&row.hash),
    });
    Ok(rows.collect())
}

/// What came and went from snapshot `a` to snapshot `b`; `with_members` says who, too: the first 500 of each kind, and
/// the audit has them.
///
/// # Errors
/// [`SegmentError::NoSnapshot`], or any [`StoreError`](crate::store::StoreError).
pub async fn compare(
    db: &mut PgConnection,
    a: SnapshotId,
    b: SnapshotId,
    with_members: bool,
) -> Result<Comparison, SegmentError> {
    for id in [a, b] {
        let found = sqlx::query_scalar!("select id from baton.snapshot where id = $1", id.0);
        if found.fetch_optional(&mut *db).await?.is_none() {
            return Err(SegmentError::NoSnapshot { snapshot: id.to_string() });
        }
    }
    let mut compared = Comparison { a, b, came: 0, left: 0, stayed: 0, members: None };
    let row = sqlx::query!(
        r#"select count(*) filter (where a.customer_id is null) as "came!",
                  count(*) filter (where b.customer_id is null) as "gone!",
                  count(*) filter (where a.customer_id = b.customer_id) as "stayed!"
           from (select customer_id from baton.segment_member where snapshot_id = $1) a
           full join (select customer_id from baton.segment_member where snapshot_id = $2) b
               on a.customer_id = b.customer_id"#,
        a.0,
        b.0
    )
    .fetch_one(&mut *db)
    .await?;
    (compared.came, compared.left, compared.stayed) = (row.came, row.gone, row.stayed);
    if with_members {
        compared.members = Some(moved(db, a, b).await?);
    }
    Ok(compared)
}

/// The first customers of each kind; the audit has them.
async fn moved(db: &mut PgConnection, a: SnapshotId, b: SnapshotId) -> Result<Moves, SegmentError> {
    let rows = sqlx::query!(
        r#"select customer_id as "customer!", was_in as "was_in!", is_in as "is_in!"
           from baton.snapshot_moves($1, $2)"#,
        a.0,
        b.0
    )
    .fetch_all(db)
    .await?;
    let mut moves = Moves::default();
    for row in rows {
        let side = match (row.was_in, row.is_in) {
            (true, true) => &mut moves.stayed,
            (true, false) => &mut moves.left,
            _ => &mut moves.came,
        };
        side.push(CustomerId(row.customer));
    }
    Ok(moves)
}

/// The members of a snapshot as they may leave the house, masked, one by one to `take`; gives how many. The audit has it.
///
/// # Errors
/// [`SegmentError::NoSnapshot`], [`SegmentError::ExportLimit`], any [`StoreError`](crate::store::StoreError), or what
/// `take` fails with.
pub async fn export<E: From<SegmentError>>(
    db: &mut PgConnection,
    id: SnapshotId,
    take: &mut (dyn FnMut(&ExportRow) -> Result<(), E> + Send),
) -> Result<i64, E> {
    let mut tx = db.begin().await.map_err(SegmentError::from)?;
    line::allow(&mut tx, LIST_LIMIT).await.map_err(SegmentError::from)?;
    let mut count = 0;
    {
        let mut rows = sqlx::query!(
            r#"select customer_id as "customer!", org, org_name, tier, name, phone
               from baton.snapshot_export($1)"#,
            id.0
        )
        .fetch(&mut *tx);
        while let Some(row) = rows.try_next().await.map_err(SegmentError::from)? {
            let word = |text: Option<String>| clean(&text.unwrap_or_default()).into_owned();
            take(&ExportRow {
                customer: CustomerId(row.customer),
                org: word(row.org),
                org_name: word(row.org_name),
                tier: word(row.tier),
                name: word(row.name),
                phone: word(row.phone),
            })?;
            count += 1;
        }
    }
    tx.commit().await.map_err(SegmentError::from)?;
    Ok(count)
}

/// Puts the members of a frozen version's last snapshot into `intake` again; false if it is not frozen, or was never
/// taken.
pub(super) async fn take_again(
    tx: &mut PgConnection,
    intake: &str,
    code: &str,
    version: i32,
) -> Result<bool, SegmentError> {
    let last = sqlx::query_scalar!(
        "select s.id from baton.snapshot s
         join baton.segment_version v on v.code = s.segment and v.version = s.version
         where s.segment = $1 and s.version = $2 and v.kind = 'frozen' order by s.id desc limit 1",
        code,
        version
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(last) = last else { return Ok(false) };
    sqlx::query!(
        "insert into baton.member_part (intake, part, members)
         select $1::text::uuid, m.part, array_agg(m.customer_id)
         from (select k.customer_id, (row_number() over () >> 16)::int as part
               from baton.segment_member k where k.snapshot_id = $2) m
         group by m.part",
        intake,
        last
    )
    .execute(tx)
    .await?;
    Ok(true)
}
