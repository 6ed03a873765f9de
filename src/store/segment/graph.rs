//! Which segment uses which, and refreshing them in that order.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{SegmentError, freeze, list};
use crate::domain::clean::clean;
use crate::domain::rule::Rule;
use crate::domain::segment::graph::{GraphNode, Pinned, SegmentGraph};
use crate::domain::segment::{SegmentKind, SnapshotRow};
use crate::store::engine::KeptLine;
use crate::store::{StoreError, attribute};

/// All segments' latest versions, each after those that it uses.
///
/// # Errors
/// Any [`StoreError`].
pub async fn graph(db: &mut PgConnection) -> Result<SegmentGraph, StoreError> {
    let vocabulary = attribute::vocabulary(db).await?;
    let mut strategies: HashMap<String, Vec<String>> = HashMap::new();
    let rows = sqlx::query!(
        r#"select s.code as "code!", s.segment as "segment!"
           from (select distinct on (code) code, segment from baton.strategy_version
                 order by code, version desc) s order by s.code"#
    )
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        let code = clean(&row.code).into_owned();
        strategies.entry(clean(&row.segment).into_owned()).or_default().push(code);
    }
    let nodes = list(db).await?.into_iter().map(|row| {
        let rule = Rule::parse_kept(&row.rule, &vocabulary, Some(&row.code)).ok();
        let named = rule.as_ref().map(Rule::segments).unwrap_or_default();
        let (mut uses, mut follows, mut pinned) = (Vec::new(), Vec::new(), Vec::new());
        for (code, version) in named {
            let code = clean(code).into_owned();
            uses.push(code.clone());
            match version {
                Some(version) => pinned.push(Pinned { code, version }),
                None => follows.push(code),
            }
        }
        GraphNode {
            uses,
            follows,
            pinned,
            used_by: Vec::new(),
            strategies: strategies.remove(&row.code).unwrap_or_default(),
            readable: rule.is_some(),
            code: row.code,
            name: row.name,
            version: row.version,
            kind: row.kind,
        }
    });
    Ok(SegmentGraph::of(nodes.collect()))
}

/// The segment of `code` with all that it stands on and all that stand on it.
///
/// # Errors
/// [`SegmentError::Unknown`] or any [`StoreError`].
pub async fn around(db: &mut PgConnection, code: &str) -> Result<SegmentGraph, SegmentError> {
    let graph = graph(db).await?;
    match graph.node(code) {
        Some(_) => Ok(graph.around(code)),
        None => Err(super::unknown(db, code).await),
    }
}

/// What became of one segment in a refresh.
#[derive(Debug)]
pub struct Refreshed {
    /// Its code.
    pub code: String,
    /// The version that was to be frozen.
    pub version: i32,
    /// What became of it.
    pub fate: Fate,
}

/// How a segment came out of a refresh.
#[derive(Debug)]
pub enum Fate {
    /// It was frozen.
    Frozen(SnapshotRow),
    /// A frozen segment that has its snapshot already.
    Kept,
    /// It could not be frozen.
    Failed(SegmentError),
    /// It was not tried, since a segment that it stands on could not be frozen: which.
    Skipped(String),
}

/// Freezes the dynamic segments among `codes` (all, if none is named) and those that they stand on, used ones first.
/// One that fails keeps none of the others from being frozen but those that stand on it. A frozen segment is taken once,
/// and then left alone.
///
/// # Errors
/// [`SegmentError::Unknown`] before anything is frozen, or a [`StoreError`] that no segment can help: no connection, no
/// right to freeze any.
pub async fn refresh(
    db: &mut PgConnection,
    codes: &[String],
    engine: Option<&KeptLine>,
    on_done: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Vec<Refreshed>, SegmentError> {
    let graph = graph(db).await?;
    if let Some(code) = codes.iter().find(|code| graph.node(code).is_none()) {
        return Err(super::unknown(db, code).await);
    }
    let order = graph.to_refresh(codes);
    let mut done: Vec<Refreshed> = Vec::with_capacity(order.len());
    for (at, node) in order.iter().enumerate() {
        let fate = if node.kind == SegmentKind::Frozen && has_snapshot(db, node).await? {
            Fate::Kept
        } else if let Some(below) =
            done.iter().find(|one| one.is_missing() && node.follows.contains(&one.code))
        {
            Fate::Skipped(below.code.clone())
        } else {
            match freeze(db, &node.code, engine).await {
                Ok(row) => Fate::Frozen(row),
                Err(SegmentError::Store(error)) if !error.is_of_one_query() => {
                    return Err(error.into());
                }
                Err(error) => Fate::Failed(error),
            }
        };
        done.push(Refreshed { code: node.code.clone(), version: node.version, fate });
        on_done(at + 1, order.len());
    }
    Ok(done)
}

impl Refreshed {
    /// Whether it should have been frozen, and was not.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.fate, Fate::Failed(_) | Fate::Skipped(_))
    }
}

async fn has_snapshot(db: &mut PgConnection, node: &GraphNode) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        "select id from baton.snapshot where segment = $1 and version = $2 limit 1",
        node.code,
        node.version
    );
    Ok(found.fetch_optional(db).await?.is_some())
}
