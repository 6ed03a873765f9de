//! Counting by the engine where it runs and can, else by SQL.

use clap::ValueEnum;

use super::{Place, gap_message};
use crate::cli::{Context, Failure};
use crate::domain::rule::Rule;
use crate::domain::segment::{LeafCounts, SegmentCount};
use crate::store::engine::Gap;
use crate::store::segment::{self, leaves::leaves};
use crate::store::{Session, bank, mart};

/// What answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// The database
    Sql,
    /// The column engine, or a refusal that says why not
    Columns,
    /// The engine where it runs, is current and holds what the rule asks for; else the database
    #[default]
    Auto,
}

/// A count, and what has counted.
pub(crate) struct Told {
    pub(crate) count: SegmentCount,
    pub(crate) leaves: LeafCounts,
    /// `sql` or `columns`.
    pub(crate) engine: &'static str,
    /// The conditions that SQL has answered for the columns.
    pub(crate) by_sql: Vec<String>,
}

/// Counts a rule's members and what each condition finds.
pub(crate) async fn counted(
    rule: &Rule,
    by_org: bool,
    which: Which,
    session: &mut Session,
    context: &Context,
) -> Result<Told, Failure> {
    segment::of_its_data(session).await?;
    if which != Which::Sql {
        match by_columns(rule, by_org, session, context).await? {
            Ok(told) => return Ok(told),
            Err(gap) if which == Which::Columns => {
                // A mart that is gone or locked is why, and neither engine can help that.
                mart::check(session, &rule.reads()).await?;
                mart::check_locks(session, rule).await?;
                return Err(Failure::refused(gap_message(&gap)));
            }
            Err(gap) => {
                tracing::debug!(%gap, "SQL counts");
                // The engine has asked SQL for what it does not hold, and waited for who has locked it.
                mart::check_locks(session, rule).await?;
            }
        }
    }
    let count = segment::count(session, rule, by_org).await?;
    let leaves = leaves(session, rule).await?;
    Ok(Told { count, leaves, engine: "sql", by_sql: Vec::new() })
}

async fn by_columns(
    rule: &Rule,
    by_org: bool,
    session: &mut Session,
    context: &Context,
) -> Result<Result<Told, Gap>, Failure> {
    let socket = Place::of(context)?.socket();
    let asked = async {
        let counted = socket.admit(session).await?.count(rule, by_org, true).await?;
        let leaves = counted.leaves_of(rule).ok_or(Gap::Absent)?;
        let by_sql = counted.by_sql.clone();
        let scope = bank::scope(session).await.map_err(|_| Gap::Absent)?;
        let events_since = bank::events_cut(session, rule).await.map_err(|_| Gap::Absent)?;
        let count = SegmentCount { events_since, ..counted.into_domain(rule, scope) };
        Ok(Told { count, leaves, engine: "columns", by_sql })
    };
    Ok(asked.await)
}
