//! Why one customer is a member of a segment, or is not.

use sqlx::{PgConnection, Row as _};

use super::{SegmentError, rule_of};
use crate::domain::attribute::AttributeType;
use crate::domain::clean::clean;
use crate::domain::customer::{Held, SnapshotHit};
use crate::domain::id::{CustomerId, SnapshotId};
use crate::domain::message::{Key, Message};
use crate::domain::rule::{
    Called, Column, Expr, Interval, Kind, Leaf, Rule, RuleLeaf, Term, Vocabulary,
};
use crate::domain::segment::explain::{Explanation, LeafTruth};
use crate::domain::segment::{SegmentKind, SegmentRow};
use crate::msg;
use crate::store::built::Built;
use crate::store::{StoreError, dynamic, mart};

/// How many conditions are asked at once before named segments stay closed.
const MOST_OPENED: usize = 500;

/// Asks a segment's latest rule of one customer, condition by condition. The audit has it, and it counts as a card does.
///
/// # Errors
/// [`SegmentError::Unknown`], [`SegmentError::Rule`], [`SegmentError::NoCustomer`], [`SegmentError::LookLimit`],
/// or any [`StoreError`].
pub async fn explain(
    db: &mut PgConnection,
    code: &str,
    customer: CustomerId,
) -> Result<Explanation, SegmentError> {
    super::of_its_data(db).await?;
    let (row, rule, vocabulary) = rule_of(db, code).await?;
    mart::check(db, &rule.reads()).await?;
    let refreshed = mart::days(db, rule.marts()).await?;
    let closed = sqlx::query_scalar!(
        r#"select baton.customer_explain($1, $2, $3) as "closed""#,
        customer.0,
        row.code,
        row.version
    )
    .fetch_one(&mut *db)
    .await?
    .ok_or(SegmentError::NoCustomer { customer })?;
    let (member, mut told) = match leaves(db, &rule, &vocabulary, customer).await {
        Ok(told) => told,
        Err(error) => return Err(mart::blamed(db, &[&rule], error).await.into()),
    };
    if let Some(own) = own_of_frozen(&row, &vocabulary) {
        mart::check(db, &own.reads()).await?;
        match leaves(db, &own, &vocabulary, customer).await {
            Ok((_, own)) => told.extend(own.into_iter().map(LeafTruth::further_in)),
            Err(error) => return Err(mart::blamed(db, &[&own], error).await.into()),
        }
    }
    Ok(Explanation {
        version: row.version,
        customer,
        member: member && !closed,
        closed,
        as_of: rule.as_of,
        refreshed,
        leaves: told,
        snapshots: snapshots(db, customer, Some(&row.code)).await?,
        code: row.code,
    })
}

/// What a segment asks whose members are those of its list: where its conditions stand today tells why somebody is on it, or
/// is not any more. None where it is not frozen, or its rule cannot be read.
fn own_of_frozen(row: &SegmentRow, vocabulary: &Vocabulary) -> Option<Rule> {
    if row.kind != SegmentKind::Frozen || row.snapshot.is_none() {
        return None;
    }
    Rule::parse_kept(&row.rule, vocabulary, Some(&row.code)).ok()
}

/// Whether the rule holds for one customer, and each of its conditions, those of named segments too, with what is known of him there.
///
/// # Errors
/// Any [`StoreError`].
pub async fn leaves(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    customer: CustomerId,
) -> Result<(bool, Vec<LeafTruth>), StoreError> {
    let (depths, found): (Vec<usize>, Vec<RuleLeaf<'_>>) =
        rule.opened(MOST_OPENED).into_iter().unzip();
    let mut built = Built::new("");
    built.words("select -1 as leaf, ").truth(rule, None, customer);
    let terms: Vec<Option<Term>> = found.iter().map(told).collect();
    for (at, (leaf, term)) in found.iter().zip(&terms).enumerate() {
        built.words(" union all select ").number(at).words(", ");
        built.truth(&rule.of(leaf.expr), term.as_ref(), customer);
    }
    let rows = dynamic::fetch_all(db, &built).await?;
    let mut member = false;
    let mut truths: Vec<LeafTruth> = found
        .iter()
        .zip(depths)
        .map(|(leaf, depth)| LeafTruth {
            text: leaf.text.clone(),
            depth,
            value: None,
            called: Called::Nothing,
            holds: None,
        })
        .collect();
    for row in &rows {
        let holds: Option<bool> = row.try_get("holds")?;
        let told: Option<String> = row.try_get("told")?;
        let Ok(at) = usize::try_from(row.try_get::<i32, _>("leaf")?) else {
            member = holds == Some(true);
            continue;
        };
        truths[at].holds = holds;
        if let (Some(Term::Column(column)), Some(text)) = (&terms[at], &told) {
            truths[at].called = vocabulary.value_called(column, text);
        }
        if let (Expr::Leaf(leaf), Some(text)) = (found[at].expr, &told)
            && let Some(key) = figure(leaf)
        {
            truths[at].called = Called::Said(Message::new(key).with("size", text.as_str()));
            truths[at].value = Some(Held::Number(text.clone()));
            continue;
        }
        let kind = terms[at].as_ref().map(Term::kind);
        truths[at].value = told.zip(kind).map(|(text, kind)| match kind {
            Kind::Plain(kind) => Held::read(kind, &text),
            // Told by their codes.
            Kind::Tier | Kind::Org | Kind::Staff => Held::read(AttributeType::Category, &text),
        });
    }
    Ok((member, truths))
}

/// In which words the figure of a function is told, if it has one.
fn figure(leaf: &Leaf) -> Option<Key> {
    match leaf {
        Leaf::Within { .. } => Some(msg!("rule.size.kilometres")),
        Leaf::Related { .. } => Some(msg!("rule.size.customers")),
        _ => None,
    }
}

/// What a condition is told by: what he holds, by how much it fell, his tier now, the last event that could begin a sequence.
fn told(leaf: &RuleLeaf<'_>) -> Option<Term> {
    match leaf.expr {
        Expr::Flag(column) | Expr::Like { column, .. } => Some(Term::Column(column.clone())),
        Expr::Under { .. } => Some(Term::Column(Column::Org)),
        Expr::Leaf(Leaf::Holds { of }) => Some(Term::Balance { of: of.clone() }),
        Expr::Leaf(Leaf::Falling { of, months }) => Some(Term::Change {
            of: of.clone(),
            back: Interval { months: i32::try_from(*months).unwrap_or(i32::MAX), days: 0 },
        }),
        Expr::Leaf(Leaf::TierMoved { .. }) => Some(Term::Column(Column::Tier)),
        Expr::Leaf(Leaf::FollowedBy { first, .. }) => {
            Some(Term::LastEvent { events: first.clone() })
        }
        _ => leaf.term.cloned(),
    }
}

/// The snapshots that hold a customer, latest first, of one segment or of all.
///
/// # Errors
/// Any [`StoreError`].
pub async fn snapshots(
    db: &mut PgConnection,
    customer: CustomerId,
    segment: Option<&str>,
) -> Result<Vec<SnapshotHit>, StoreError> {
    let rows = sqlx::query!(
        "select s.id, s.segment, s.version, s.as_of from baton.snapshot s
         where ($2::text is null or s.segment = $2)
             and exists (select from baton.segment_member m
                         where m.snapshot_id = s.id and m.customer_id = $1)
         order by s.id desc limit 100",
        customer.0,
        segment
    )
    .fetch_all(db)
    .await?;
    let hits = rows.into_iter().map(|row| SnapshotHit {
        snapshot: SnapshotId(row.id),
        segment: clean(&row.segment).into_owned(),
        version: row.version,
        as_of: row.as_of,
    });
    Ok(hits.collect())
}
