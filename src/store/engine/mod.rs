//! What is asked of the engine process over its socket, and what it answers.
//!
//! A frame is its length in four bytes, highest first, and that much JSON (of members: eight bytes each, highest first).
//! Every frame has a limit and every wait an end. A line begins with a ticket of the database, good once; without one
//! the engine says only how it is.

mod asking;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

pub use self::asking::{Bearer, KeptLine, Line, Socket, take_ticket};
use crate::domain::attribute::MartDay;
use crate::domain::id::CustomerId;
use crate::domain::money::Minor;
use crate::domain::rule::Rule;
use crate::domain::segment::{LeafCount, LeafCounts, OrgCount, PartRemoved, Scope, SegmentCount};

/// The largest question.
pub const QUESTION_LIMIT: usize = 1 << 20;
/// The largest answer: a split by some ten thousand units.
pub const ANSWER_LIMIT: usize = 16 << 20;
/// Members of one frame.
pub const MEMBERS_AT_ONCE: usize = 1 << 16;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Shows a ticket; the first question of a line that asks for more than how the engine is.
    Ticket(String),
    /// How it is.
    Status,
    /// Who is in a rule, in figures.
    Count {
        /// The rule in canonical form.
        rule: String,
        /// The bank's day.
        as_of: NaiveDate,
        /// By unit, too.
        by_org: bool,
        /// For each leaf, too.
        leaves: bool,
    },
    /// How many are in each two of these rules.
    Overlap {
        /// The rules in canonical form.
        rules: Vec<String>,
        /// The bank's day.
        as_of: NaiveDate,
    },
    /// Who is in a rule.
    Members {
        /// The rule in canonical form.
        rule: String,
        /// The bank's day.
        as_of: NaiveDate,
    },
}

impl Question {
    /// The bank's day that it is asked of; none where that is all the same.
    #[must_use]
    pub fn as_of(&self) -> Option<NaiveDate> {
        match self {
            Self::Count { as_of, .. }
            | Self::Overlap { as_of, .. }
            | Self::Members { as_of, .. } => Some(*as_of),
            Self::Ticket(_) | Self::Status => None,
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The ticket is good.
    Welcome,
    /// How it is.
    Status(Status),
    /// Figures.
    Counted(Counted),
    /// A row for each rule.
    Overlap(Overlapped),
    /// So many members, who follow in frames of their own.
    Members(Members),
    /// The answer is still to come: SQL is being asked for what the columns do not hold.
    Wait,
    /// Not from here: the caller asks SQL.
    Not(Gap),
}

/// How the engine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Which load it holds; none while it builds for the first time, or anew for a large bank.
    pub load: Option<i64>,
    /// The bank's day of that load.
    pub as_of: Option<NaiveDate>,
    /// Whether the database has no newer one.
    pub current: bool,
    /// Customers.
    pub customers: u64,
    /// Columns.
    pub columns: u64,
    /// Bytes of columns.
    pub bytes: u64,
    /// Bytes of events.
    pub event_bytes: u64,
}

/// Figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Members.
    pub count: i64,
    /// All customers.
    pub of: i64,
    /// Members' AUM in minor units.
    pub aum: i64,
    /// The load that it is of.
    pub load: i64,
    /// Microseconds that it took.
    pub micros: u64,
    /// By unit, if asked.
    pub by_org: Option<Vec<Unit>>,
    /// For each leaf in reading order, if asked.
    pub leaves: Option<Vec<i64>>,
    /// For each part of the topmost `and`, how many more there would be without it, if leaves were asked.
    pub removes: Vec<i64>,
    /// The conditions that SQL has answered, since the columns do not hold them.
    pub by_sql: Vec<String>,
    /// When the bank's own marts among them were read, the earliest; none where there is none among them.
    pub read_at: Option<DateTime<Utc>>,
    /// Those marts, each with the day that it had then.
    pub marts: Vec<MartDay>,
}

/// How many are in each two of some rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlapped {
    /// A row for each rule.
    pub matrix: Vec<Vec<u64>>,
    /// The bank's own marts that were read, each with the day that it had then.
    pub marts: Vec<MartDay>,
}

/// How many members follow, and of which data they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// How many.
    pub count: u64,
    /// The load.
    pub load: i64,
    /// When that was made, in microseconds.
    pub loaded_at: i64,
}

/// One unit's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The bank's code.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Members.
    pub count: i64,
    /// Their AUM in minor units.
    pub aum: i64,
}

/// Why the engine does not answer, so that SQL does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Nobody listens, or not in our words.
    #[error("the engine does not run")]
    Absent,
    /// Somebody listens, but has said nothing for longer than one waits.
    #[error("the engine did not answer in time")]
    Late,
    /// The database has newer data than the engine.
    #[error("the engine is behind the database")]
    Behind,
    /// SQL could not say some conditions for the columns, or the figures are too large for them.
    #[error("{} conditions are for SQL alone", .0.len())]
    Unable(Vec<String>),
    /// The ticket is not good, or none was shown.
    #[error("the ticket is not good")]
    Refused,
    /// Whoever listens is not the owner of the directory.
    #[error("the socket is another's")]
    Foreign,
}

impl Counted {
    /// What each condition of `rule` finds, as the database answers; none if that was not asked.
    #[must_use]
    pub fn leaves_of(&self, rule: &Rule) -> Option<LeafCounts> {
        let leaves = rule.leaves().into_iter().zip(self.leaves.as_ref()?);
        let leaves = leaves.map(|(leaf, count)| LeafCount { text: leaf.text, count: *count });
        let parts = rule.parts().iter().zip(&self.removes);
        let parts = parts.map(|(part, removes)| PartRemoved {
            text: rule.of(part).canonical(),
            removes: *removes,
        });
        Some(LeafCounts::new(leaves.collect(), parts.collect()))
    }

    /// As the database answers `rule`, to an operator who is held to `scope`.
    #[must_use]
    pub fn into_domain(self, rule: &Rule, scope: Option<Scope>) -> SegmentCount {
        let part = |unit: Unit| OrgCount {
            org: unit.org,
            name: unit.name,
            count: unit.count,
            aum: Minor(unit.aum),
        };
        SegmentCount {
            count: self.count,
            of: self.of,
            scope,
            aum: Minor(self.aum),
            as_of: rule.as_of,
            refreshed: self.marts,
            marts_read_at: self.read_at,
            ms: self.micros / 1000,
            silent: false,
            events_since: None,
            by_org: self.by_org.map(|units| units.into_iter().map(part).collect()),
        }
    }
}

/// Sends a frame.
///
/// # Errors
/// What the system says, and `InvalidInput` if it is longer than `limit`.
pub async fn send(
    stream: &mut UnixStream,
    content: &impl Serialize,
    limit: usize,
) -> std::io::Result<()> {
    let content = serde_json::to_vec(content)?;
    let length = u32::try_from(content.len()).ok().filter(|_| content.len() <= limit);
    let length = length.ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend(content);
    stream.write_all(&frame).await
}

/// Sends a frame of members.
///
/// # Errors
/// What the system says.
pub async fn send_members(stream: &mut UnixStream, members: &[CustomerId]) -> std::io::Result<()> {
    let length = u32::try_from(members.len() * 8).map_err(|_| std::io::ErrorKind::InvalidInput)?;
    let mut frame = Vec::with_capacity(members.len() * 8 + 4);
    frame.extend(length.to_be_bytes());
    frame.extend(members.iter().flat_map(|id| id.0.to_be_bytes()));
    stream.write_all(&frame).await
}

/// Receives a frame of members.
///
/// # Errors
/// What the system says, and `InvalidData` if it is none.
pub async fn receive_members(stream: &mut UnixStream) -> std::io::Result<Vec<CustomerId>> {
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    if length > MEMBERS_AT_ONCE * 8 || length == 0 || length % 8 != 0 {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await?;
    let (ids, _) = content.as_chunks::<8>();
    Ok(ids.iter().map(|id| CustomerId(i64::from_be_bytes(*id))).collect())
}

/// Receives a frame; none where the other end has closed between two.
///
/// # Errors
/// What the system says, and `InvalidData` if it is longer than `limit` or says something else.
pub async fn receive<T: DeserializeOwned>(
    stream: &mut UnixStream,
    limit: usize,
) -> std::io::Result<Option<T>> {
    let mut length = [0; 4];
    if stream.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut length[1..]).await?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await?;
    Ok(Some(serde_json::from_slice(&content)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn heard(bytes: &[u8]) -> std::io::Result<Option<Question>> {
        let (mut one, mut other) = UnixStream::pair()?;
        one.write_all(bytes).await?;
        drop(one);
        receive(&mut other, 100).await
    }

    #[tokio::test]
    async fn a_frame_comes_as_it_was_sent_and_no_other_is_taken() {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let question =
            Question::Overlap { rules: vec!["true".into()], as_of: "2026-01-31".parse().unwrap() };
        send(&mut one, &question, 1000).await.unwrap();
        assert_eq!(receive(&mut other, 1000).await.unwrap(), Some(question.clone()));
        assert!(send(&mut one, &question, 10).await.is_err());
        assert_eq!(heard(b"").await.unwrap(), None);
        assert!(heard(&[0, 0]).await.is_err());
        assert!(heard(&[255, 255, 255, 255]).await.is_err(), "longer than the limit");
        assert!(heard(&[0, 0, 0, 2, b'{', b'}']).await.is_err(), "no question");
        assert!(heard(&[0, 0, 0, 9, b'"']).await.is_err(), "cut short");
    }
}
