//! The words that the functions of rules name: kinds of events, products, segments, lists and the like.

use sqlx::PgConnection;

use super::StoreError;
use crate::domain::clean::clean;
use crate::domain::rule::{
    EventWord, ListWord, Number, ProductWord, SegmentWord, SnapshotWord, StrategyWord, TargetWord,
    Words,
};

/// What changes when one of the words that operators make is added: versions, uploads, snapshots, strategies. Imports
/// change the others.
pub(super) type WordsStamp = (i64, i64, i64, i64);

/// Up to where the words that operators make have grown. All of them are only ever added.
pub(super) async fn stamp(db: &mut PgConnection) -> Result<WordsStamp, StoreError> {
    let row = sqlx::query!(
        r#"select (select count(*) from baton.segment_version) as "versions!",
               (select coalesce(max(list_id), 0) from baton.list_upload) as "uploads!",
               (select coalesce(max(id), 0) from baton.snapshot) as "snapshots!",
               (select count(*) from baton.strategy_version) as "strategies!""#
    )
    .fetch_one(db)
    .await?;
    Ok((row.versions, row.uploads, row.snapshots, row.strategies))
}

/// All words.
pub(super) async fn words(db: &mut PgConnection) -> Result<Words, StoreError> {
    let words = Words { targets: targets(&mut *db).await?, ..by_import(&mut *db).await? };
    by_operators(db, words).await
}

/// Those that imports bring. Codes are compared with the records, so they stay as they stand there.
async fn by_import(db: &mut PgConnection) -> Result<Words, StoreError> {
    let events = sqlx::query!("select id, code from baton.event_kind").fetch_all(&mut *db).await?;
    let products = sqlx::query!("select id, code, zh, en, class from baton.product")
        .fetch_all(&mut *db)
        .await?;
    let channels = sqlx::query_scalar!("select channel from baton.consent_channel order by 1")
        .fetch_all(&mut *db)
        .await?;
    let relations = sqlx::query_scalar!("select kind from baton.relation_kind order by 1")
        .fetch_all(&mut *db)
        .await?;
    Ok(Words {
        events: events.into_iter().map(|e| EventWord { code: e.code, id: e.id }).collect(),
        products: products
            .into_iter()
            .map(|p| ProductWord {
                code: p.code,
                id: p.id,
                zh: clean(&p.zh).into_owned(),
                en: clean(&p.en).into_owned(),
                class: p.class,
            })
            .collect(),
        channels,
        relations,
        ..Words::default()
    })
}

async fn targets(db: &mut PgConnection) -> Result<Vec<TargetWord>, StoreError> {
    let rows =
        sqlx::query!(r#"select tier, class, share::text as "share!" from baton.tier_target"#)
            .fetch_all(db)
            .await?;
    let targets = rows.into_iter().filter_map(|row| {
        let share = Number::parse(&row.share)?;
        Some(TargetWord { tier: row.tier, class: row.class, share })
    });
    Ok(targets.collect())
}

/// Those that operators make.
async fn by_operators(db: &mut PgConnection, words: Words) -> Result<Words, StoreError> {
    // A frozen segment is its last snapshot.
    let segments = sqlx::query!(
        r#"select v.code, v.version, v.name,
                  coalesce((select 'snapshot(' || max(s.id) || ')' from baton.snapshot s
                            where v.kind = 'frozen' and s.segment = v.code and s.version = v.version),
                           v.rule) as "rule!"
           from baton.segment_version v"#
    )
    .fetch_all(&mut *db)
    .await?;
    let lists =
        sqlx::query!("select code, upload from baton.list_upload").fetch_all(&mut *db).await?;
    let strategies = sqlx::query!(
        "select distinct on (code) code, name from baton.strategy_version order by code, version desc"
    )
    .fetch_all(&mut *db)
    .await?;
    let snapshots =
        sqlx::query!("select id, segment from baton.snapshot order by id").fetch_all(db).await?;
    Ok(Words {
        segments: segments
            .into_iter()
            .map(|s| SegmentWord {
                code: s.code,
                version: s.version,
                name: clean(&s.name).into_owned(),
                rule: s.rule,
            })
            .collect(),
        lists: lists.into_iter().map(|l| ListWord { code: l.code, upload: l.upload }).collect(),
        strategies: strategies
            .into_iter()
            .map(|s| StrategyWord { code: s.code, name: clean(&s.name).into_owned() })
            .collect(),
        snapshots: snapshots
            .into_iter()
            .map(|s| SnapshotWord { id: s.id, segment: s.segment })
            .collect(),
        ..words
    })
}
