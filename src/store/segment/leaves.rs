//! What each condition of a rule finds by itself, and which part of it removes most.

use sqlx::PgConnection;

use super::overlap::masks;
use crate::domain::rule::Rule;
use crate::domain::segment::{LeafCount, LeafCounts, PartRemoved};
use crate::store::{StoreError, mart};

/// How many rules are counted in one query: a bit each.
const TOGETHER: usize = 60;

/// Counts every condition of a rule by itself, and for each part of its topmost `and` how many members it costs.
///
/// # Errors
/// Any [`StoreError`].
pub async fn leaves(db: &mut PgConnection, rule: &Rule) -> Result<LeafCounts, StoreError> {
    super::of_its_data(db).await?;
    match counted(db, rule).await {
        Ok(counts) => Ok(counts),
        Err(error) => Err(mart::blamed(db, &[rule], error).await),
    }
}

async fn counted(db: &mut PgConnection, rule: &Rule) -> Result<LeafCounts, StoreError> {
    let found = rule.leaves();
    let mut leaves = Vec::with_capacity(found.len());
    for some in found.chunks(TOGETHER) {
        let rules: Vec<Rule> = some.iter().map(|leaf| rule.of(leaf.expr)).collect();
        let (masks, _) = masks(db, &rules).await?;
        for (at, leaf) in some.iter().enumerate() {
            let holds = masks.iter().filter(|(mask, _)| mask >> at & 1 == 1);
            leaves.push(LeafCount {
                text: leaf.text.clone(),
                count: holds.map(|(_, count)| count).sum(),
            });
        }
    }
    let parts = parts(db, rule).await?;
    Ok(LeafCounts::new(leaves, parts))
}

/// What each part of the topmost `and` costs: those for whom all the others hold, and it does not.
async fn parts(db: &mut PgConnection, rule: &Rule) -> Result<Vec<PartRemoved>, StoreError> {
    let parts = rule.parts();
    if parts.len() < 2 || parts.len() > TOGETHER {
        return Ok(Vec::new());
    }
    let rules: Vec<Rule> = parts.iter().map(|part| rule.of(part)).collect();
    let (masks, _) = masks(db, &rules).await?;
    let all = (1_u64 << parts.len()) - 1;
    let removed = rules.iter().enumerate().map(|(at, part)| PartRemoved {
        text: part.canonical(),
        removes: masks
            .iter()
            .filter(|(mask, _)| *mask == all & !(1 << at))
            .map(|(_, count)| count)
            .sum(),
    });
    Ok(removed.collect())
}
