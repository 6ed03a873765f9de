//! The line to the engine process: what is asked and answered over its socket, and the asking end.
//!
//! A frame is its length in four bytes, highest first, and that much JSON. Every frame has a limit and every wait an
//! end. A line begins with a ticket of the database, good once; without one the engine says only how it is.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks at the socket's directory, and at the clock for its answers"
)]

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::Mutex;

use super::StoreError;
use super::line::within;
use crate::domain::money::Minor;
use crate::domain::rule::Rule;
use crate::domain::segment::{LeafCount, LeafCounts, OrgCount, PartRemoved, SegmentCount};

/// The largest question.
pub const QUESTION_LIMIT: usize = 1 << 20;
/// The largest answer: a split by some ten thousand units.
pub const ANSWER_LIMIT: usize = 16 << 20;
/// How long the engine may take to answer before SQL is asked instead.
const PATIENCE: Duration = Duration::from_secs(5);

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
    Overlap(Vec<Vec<u64>>),
    /// Not from here: the caller asks SQL.
    Not(Gap),
}

/// How the engine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Which load it holds; none while it builds for the first time.
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
    /// Nobody listens, or not in time, or not in our words.
    #[error("the engine does not run")]
    Absent,
    /// The database has newer data than the engine.
    #[error("the engine is behind the database")]
    Behind,
    /// Some conditions are for SQL.
    #[error("{} conditions are for SQL", .0.len())]
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

    /// As the database answers.
    #[must_use]
    pub fn into_domain(self, as_of: NaiveDate) -> SegmentCount {
        let part = |unit: Unit| OrgCount {
            org: unit.org,
            name: unit.name,
            count: unit.count,
            aum: Minor(unit.aum),
        };
        SegmentCount {
            count: self.count,
            of: self.of,
            aum: Minor(self.aum),
            as_of,
            ms: self.micros / 1000,
            by_org: self.by_org.map(|units| units.into_iter().map(part).collect()),
        }
    }
}

/// Where the engine of a database listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket(pub PathBuf);

/// An open line to the engine.
#[derive(Debug)]
pub struct Line(UnixStream);

impl Socket {
    /// Opens a line, if the engine listens and is who it should be: its directory's owner, and nobody else can put a
    /// socket there.
    ///
    /// # Errors
    /// [`Gap::Absent`] or [`Gap::Foreign`].
    pub async fn open(&self) -> Result<Line, Gap> {
        let directory = self.0.parent().unwrap_or(Path::new("/"));
        let owner = std::fs::metadata(directory).map_err(|_| Gap::Absent)?;
        let connected = tokio::time::timeout(PATIENCE, UnixStream::connect(&self.0)).await;
        let stream = connected.map_err(|_| Gap::Absent)?.map_err(|_| Gap::Absent)?;
        let peer = stream.peer_cred().map_err(|_| Gap::Foreign)?;
        if peer.uid() != owner.uid() || owner.mode() & 0o022 != 0 {
            return Err(Gap::Foreign);
        }
        Ok(Line(stream))
    }

    /// How the engine is.
    ///
    /// # Errors
    /// [`Gap`] if it does not say.
    pub async fn status(&self) -> Result<Status, Gap> {
        match self.open().await?.ask(&Question::Status).await? {
            Reply::Status(status) => Ok(status),
            Reply::Not(gap) => Err(gap),
            _ => Err(Gap::Absent),
        }
    }

    /// Opens a line for the operator behind `db`.
    ///
    /// # Errors
    /// [`Gap`], also where the database gives no ticket.
    pub async fn admit(&self, db: &mut PgConnection) -> Result<Line, Gap> {
        let mut line = self.open().await?;
        let ticket = within(PATIENCE, ticket(db)).await.map_err(|_| Gap::Refused)?;
        match line.ask(&Question::Ticket(ticket)).await? {
            Reply::Welcome => Ok(line),
            Reply::Not(gap) => Err(gap),
            _ => Err(Gap::Absent),
        }
    }
}

/// A ticket for the operator behind `db`.
async fn ticket(db: &mut PgConnection) -> Result<String, StoreError> {
    Ok(sqlx::query_scalar!(r#"select baton.engine_ticket() as "ticket!""#).fetch_one(db).await?)
}

/// Whose a ticket is, once; none if it is not good.
///
/// # Errors
/// Any [`StoreError`].
pub async fn take_ticket(
    db: &mut PgConnection,
    ticket: &str,
) -> Result<Option<Bearer>, StoreError> {
    let row = sqlx::query!(
        r#"select operator as "operator!", scope from baton.engine_admit($1)"#,
        ticket
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Bearer { operator: row.operator, scope: row.scope }))
}

/// Whose a ticket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The operator.
    pub operator: String,
    /// The path of the unit whose customers he may see; none is all.
    pub scope: Option<Vec<i32>>,
}

impl Line {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`Gap::Absent`] if none comes, or none that can be read; the line is of no use then.
    pub async fn ask(&mut self, question: &Question) -> Result<Reply, Gap> {
        let asked = async {
            send(&mut self.0, question, QUESTION_LIMIT).await?;
            receive(&mut self.0, ANSWER_LIMIT).await
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(Some(reply))) => Ok(reply),
            _ => Err(Gap::Absent),
        }
    }

    /// Counts a rule's members, and each leaf's if `leaves`.
    ///
    /// # Errors
    /// [`Gap`]
    pub async fn count(&mut self, rule: &Rule, by_org: bool, leaves: bool) -> Result<Counted, Gap> {
        let began = Instant::now();
        let question =
            Question::Count { rule: rule.canonical(), as_of: rule.as_of, by_org, leaves };
        match self.ask(&question).await? {
            Reply::Counted(counted) => {
                tracing::debug!(micros = counted.micros, all = ?began.elapsed(), "the engine has counted");
                Ok(counted)
            }
            Reply::Not(gap) => Err(gap),
            _ => Err(Gap::Absent),
        }
    }

    /// How many are in each two of these rules.
    ///
    /// # Errors
    /// [`Gap`]
    pub async fn overlap(&mut self, rules: &[Rule]) -> Result<Vec<Vec<u64>>, Gap> {
        let as_of = rules.first().map(|rule| rule.as_of).unwrap_or_default();
        let rules = rules.iter().map(Rule::canonical).collect();
        match self.ask(&Question::Overlap { rules, as_of }).await? {
            Reply::Overlap(matrix) => Ok(matrix),
            Reply::Not(gap) => Err(gap),
            _ => Err(Gap::Absent),
        }
    }
}

/// The line that a console keeps open. It is opened when it is first needed, and again after the engine has ended.
#[derive(Debug)]
pub struct KeptLine {
    socket: Socket,
    line: Mutex<Option<Line>>,
}

impl KeptLine {
    /// A line to this socket; nothing is opened yet.
    #[must_use]
    pub fn new(socket: Socket) -> Self {
        Self { socket, line: Mutex::default() }
    }

    /// Counts a rule's members for the operator behind `db`.
    ///
    /// # Errors
    /// [`Gap`]; the caller asks SQL.
    pub async fn count(
        &self,
        db: &mut PgConnection,
        rule: &Rule,
        by_org: bool,
    ) -> Result<SegmentCount, Gap> {
        Ok(self.counted(db, rule, by_org, false).await?.into_domain(rule.as_of))
    }

    /// Counts a rule's conditions for the operator behind `db`.
    ///
    /// # Errors
    /// [`Gap`]; the caller asks SQL.
    pub async fn leaves(&self, db: &mut PgConnection, rule: &Rule) -> Result<LeafCounts, Gap> {
        let counted = self.counted(db, rule, false, true).await?;
        counted.leaves_of(rule).ok_or(Gap::Absent)
    }

    async fn counted(
        &self,
        db: &mut PgConnection,
        rule: &Rule,
        by_org: bool,
        leaves: bool,
    ) -> Result<Counted, Gap> {
        let mut kept = self.line.lock().await;
        // Taken out while it is used: a question that nobody waits for any more leaves no half-read line.
        let mut told = Err(Gap::Absent);
        let mut line = kept.take();
        if let Some(line) = &mut line {
            told = line.count(rule, by_org, leaves).await;
        }
        if matches!(told, Err(Gap::Absent | Gap::Refused)) {
            // One that was silent for long is closed at the other end.
            line = None;
            if let Ok(mut opened) = self.socket.admit(db).await {
                told = opened.count(rule, by_org, leaves).await;
                line = Some(opened);
            }
        }
        if !matches!(told, Err(Gap::Absent | Gap::Refused)) {
            *kept = line;
        }
        told
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

    #[tokio::test]
    async fn without_a_process_there_is_no_engine() {
        let dir = tempfile::tempdir().unwrap();
        let socket = Socket(dir.path().join("engine.sock"));
        assert_eq!(socket.status().await, Err(Gap::Absent));
        std::fs::write(&socket.0, "").unwrap();
        assert_eq!(socket.status().await, Err(Gap::Absent));
    }
}
