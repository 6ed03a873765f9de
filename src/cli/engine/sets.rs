//! What SQL says of conditions that columns do not hold: asked once, and kept for as long as it stands, so that only
//! the condition that is being typed waits for the database.
//!
//! Most of it stands until the next load, and so for as long as the columns do. What pushes change is kept with the word
//! that the database has for them. A mart of the bank's own changes without a word: what it said is good for seconds,
//! and the answer says when it was read.
#![expect(clippy::disallowed_methods, reason = "it says when a mart was read")]

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::domain::attribute::{MartDay, RelationName};
use crate::domain::rule::{Column, Expr, Leaf, Rule, Term, Vocabulary};
use crate::engine::{Columns, LeafDrafts, LeafSet};
use crate::store::StoreError;
use crate::store::columns::{self, DataVersion};
use crate::store::condition;
use crate::store::engine::Gap;
use crate::store::mart;

/// How many conditions are kept; each is two bits a customer.
const KEPT: usize = 64;
/// How long a mart's answer is taken for true.
const MART: Duration = Duration::from_secs(10);

/// What SQL has said of one condition.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) set: LeafSet,
    /// When, if it is of a mart of the bank's own.
    pub(super) read_at: Option<DateTime<Utc>>,
    /// Those marts, each with the day that it had then.
    pub(super) marts: Vec<MartDay>,
}

#[derive(Debug)]
struct Kept {
    said: Said,
    /// The word for the pushes that it is of.
    pushes: Option<String>,
    /// A mart's answer is not good after this.
    until: Option<Instant>,
    used: Instant,
}

/// A condition that SQL is to be asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) text: String,
    rule: Rule,
    follows: Follows,
}

impl Asked {
    /// The conditions by their canonical texts. `narrow`: for an operator who does not see all customers.
    pub(super) fn read(
        leaves: &[String],
        words: &Vocabulary,
        narrow: bool,
    ) -> Result<Vec<Self>, Gap> {
        let read = leaves.iter().map(|text| {
            let rule = Rule::parse_part(text, words).map_err(|_| Gap::Behind)?;
            let follows = Follows::of(&rule.expr);
            if narrow && follows.unseen {
                return Err(Gap::Unable(vec![text.clone()]));
            }
            Ok(Self { text: text.clone(), rule, follows })
        });
        read.collect()
    }

    /// The columns of the bank's own marts that it reads: each operator may be given them or not.
    pub(super) fn marts(&self) -> &[(RelationName, String)] {
        &self.follows.marts
    }

    /// Whether the word for the pushes must be known.
    pub(super) fn follows_pushes(&self) -> bool {
        self.follows.pushes
    }
}

/// The conditions of one load, by day and canonical text.
#[derive(Debug, Default)]
pub(super) struct Sets(Mutex<HashMap<(NaiveDate, String), Kept>>);

impl Sets {
    /// What is known already. `pushes` is the word for the pushes as they stand.
    pub(super) fn get(&self, asked: &Asked, pushes: Option<&str>) -> Option<Said> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get_mut(&(asked.rule.as_of, asked.text.clone()))?;
        let now = Instant::now();
        if kept.until.is_some_and(|until| until < now)
            || kept.pushes.is_some() && kept.pushes.as_deref() != pushes
        {
            return None;
        }
        kept.used = now;
        Some(kept.said.clone())
    }

    /// Asks SQL; none if the database has other data than the columns by now.
    pub(super) async fn learn(
        &self,
        db: &mut PgConnection,
        (version, drafts): (DataVersion, &LeafDrafts<'_>),
        asked: &Asked,
        pushes: Option<&str>,
    ) -> Result<Option<Said>, StoreError> {
        let (now, read_at) = (Instant::now(), Utc::now());
        let marts = mart::days(db, asked.rule.marts()).await?;
        let set = told(db, drafts, &asked.rule).await?;
        if columns::version(db).await? != Some(version) {
            return Ok(None);
        }
        let read_at = (!asked.follows.marts.is_empty()).then_some(read_at);
        let said = Said { set, read_at, marts };
        let kept = Kept {
            said: said.clone(),
            pushes: pushes.filter(|_| asked.follows.pushes).map(str::to_owned),
            until: (!asked.follows.marts.is_empty()).then(|| now + MART),
            used: now,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT {
            let oldest = all.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            oldest.and_then(|key| all.remove(&key));
        }
        all.insert((asked.rule.as_of, asked.text.clone()), kept);
        Ok(Some(said))
    }
}

/// What SQL says of a condition, as the columns take it.
///
/// # Errors
/// Any [`StoreError`].
pub async fn leaf_set(
    db: &mut PgConnection,
    columns: &Columns,
    rule: &Rule,
) -> Result<LeafSet, StoreError> {
    told(db, &LeafDrafts::new(columns), rule).await
}

async fn told(
    db: &mut PgConnection,
    drafts: &LeafDrafts<'_>,
    rule: &Rule,
) -> Result<LeafSet, StoreError> {
    let mut draft = drafts.begin();
    condition::truth(db, rule, |customer, holds| draft.put(customer, holds)).await?;
    Ok(draft.finish())
}

/// What beside loads can change the answer to a condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Follows {
    /// Pushes.
    pushes: bool,
    /// Columns of marts of the bank's own.
    marts: Vec<(RelationName, String)>,
    /// Not that, but rows have a say that an operator of a branch may not see although he sees the customer: those of
    /// somebody related, and lists and pushes of another unit where the customer was then.
    unseen: bool,
}

impl Follows {
    /// Lists and snapshots have no say: an upload or a snapshot never changes, it gets a successor.
    fn of(expr: &Expr) -> Self {
        match expr {
            Expr::Flag(column) | Expr::Like { column, .. } => Self::column(column),
            Expr::Compare { left, right, .. } => Self::term(left).and(Self::term(right)),
            Expr::Between { term, .. } | Expr::In { term, .. } | Expr::IsNull { term, .. } => {
                Self::term(term)
            }
            Expr::Leaf(Leaf::Contacted { .. } | Leaf::InStrategy { .. }) => {
                Self { pushes: true, unseen: true, ..Self::default() }
            }
            Expr::Leaf(Leaf::List { .. } | Leaf::Snapshot { .. }) => {
                Self { unseen: true, ..Self::default() }
            }
            Expr::Leaf(Leaf::Related { rule, .. }) => Self { unseen: true, ..Self::of(rule) },
            Expr::Leaf(Leaf::Segment { rule, .. }) | Expr::Not(rule) => Self::of(rule),
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().fold(Self::default(), |all, part| all.and(Self::of(part)))
            }
            Expr::Const(_) | Expr::Under { .. } | Expr::Leaf(_) => Self::default(),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.marts.extend(other.marts);
        self.pushes |= other.pushes;
        self.unseen |= other.unseen;
        self
    }

    fn term(term: &Term) -> Self {
        match term {
            Term::Column(column) => Self::column(column),
            Term::Arith { left, right, .. } => Self::term(left).and(Self::term(right)),
            _ => Self::default(),
        }
    }

    fn column(column: &Column) -> Self {
        let mut marts = Vec::new();
        if let Column::Attribute(attribute) = column
            && !attribute.relation.is_own()
        {
            marts.push((attribute.relation.clone(), attribute.column.clone()));
        }
        Self { marts, ..Self::default() }
    }
}
