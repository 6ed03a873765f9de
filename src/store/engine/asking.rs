//! The asking end of the line to the engine process.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks at the socket's directory, and at the clock for its answers"
)]

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use tokio::net::UnixStream;
use tokio::sync::Mutex;

use super::{
    ANSWER_LIMIT, Counted, Gap, Members, Overlapped, QUESTION_LIMIT, Question, Reply, Status,
    receive, receive_members, send,
};
use crate::domain::id::CustomerId;
use crate::domain::rule::Rule;
use crate::domain::segment::{LeafCounts, SegmentCount};
use crate::store::line::within;
use crate::store::{StoreError, bank};

/// How long the engine may say nothing, not even that it is still at it: it says so twice a second.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an engine that was silent is not asked again: SQL answers at once meanwhile.
const REST: Duration = Duration::from_secs(30);

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
        let stream = connected.map_err(|_| Gap::Late)?.map_err(|_| Gap::Absent)?;
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
    /// Asks, and waits for the answer for as long as the engine says that it is at it.
    ///
    /// # Errors
    /// [`Gap::Absent`] if none comes that can be read, [`Gap::Late`] if none comes in time; the line is of no use then.
    pub async fn ask(&mut self, question: &Question) -> Result<Reply, Gap> {
        let asked = tokio::time::timeout(PATIENCE, send(&mut self.0, question, QUESTION_LIMIT));
        asked.await.map_err(|_| Gap::Late)?.map_err(|_| Gap::Absent)?;
        loop {
            let heard = tokio::time::timeout(PATIENCE, receive(&mut self.0, ANSWER_LIMIT)).await;
            match heard.map_err(|_| Gap::Late)? {
                Ok(Some(Reply::Wait)) => {}
                Ok(Some(reply)) => return Ok(reply),
                _ => return Err(Gap::Absent),
            }
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
    pub async fn overlap(&mut self, rules: &[Rule]) -> Result<Overlapped, Gap> {
        let as_of = rules.first().map(|rule| rule.as_of).unwrap_or_default();
        let rules = rules.iter().map(Rule::canonical).collect();
        match self.ask(&Question::Overlap { rules, as_of }).await? {
            Reply::Overlap(told) => Ok(told),
            Reply::Not(gap) => Err(gap),
            _ => Err(Gap::Absent),
        }
    }
}

impl Line {
    /// How many members a rule has; they are then read by [`some`](Self::some) until that many have come.
    ///
    /// # Errors
    /// [`Gap`]
    pub async fn members(&mut self, rule: &Rule) -> Result<Members, Gap> {
        let question = Question::Members { rule: rule.canonical(), as_of: rule.as_of };
        match self.ask(&question).await? {
            Reply::Members(members) => Ok(members),
            Reply::Not(gap) => Err(gap),
            _ => Err(Gap::Absent),
        }
    }

    /// The next members of those that follow.
    ///
    /// # Errors
    /// [`Gap::Absent`] or [`Gap::Late`].
    pub async fn some(&mut self) -> Result<Vec<CustomerId>, Gap> {
        let heard = tokio::time::timeout(PATIENCE, receive_members(&mut self.0)).await;
        heard.map_err(|_| Gap::Late)?.map_err(|_| Gap::Absent)
    }
}

/// The line that a console keeps open. It is opened when it is first needed, and again after the engine has ended.
#[derive(Debug)]
pub struct KeptLine {
    socket: Socket,
    line: Mutex<Option<Line>>,
    /// When it was silent last.
    silent: std::sync::Mutex<Option<Instant>>,
}

impl KeptLine {
    /// A line to this socket; nothing is opened yet.
    #[must_use]
    pub fn new(socket: Socket) -> Self {
        Self { socket, line: Mutex::default(), silent: std::sync::Mutex::default() }
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
        let counted = self.counted(db, rule, by_org, false).await?;
        let scope = bank::scope(db).await.map_err(|_| Gap::Absent)?;
        let events_since = bank::events_cut(db, rule).await.map_err(|_| Gap::Absent)?;
        Ok(SegmentCount { events_since, ..counted.into_domain(rule, scope) })
    }

    /// Counts a rule's conditions for the operator behind `db`.
    ///
    /// # Errors
    /// [`Gap`]; the caller asks SQL.
    pub async fn leaves(&self, db: &mut PgConnection, rule: &Rule) -> Result<LeafCounts, Gap> {
        let counted = self.counted(db, rule, false, true).await?;
        counted.leaves_of(rule).ok_or(Gap::Absent)
    }

    /// How many are in each two of these rules, for the operator behind `db`.
    ///
    /// # Errors
    /// [`Gap`]; the caller asks SQL.
    pub async fn overlap(&self, db: &mut PgConnection, rules: &[Rule]) -> Result<Overlapped, Gap> {
        self.asked()?;
        let told = async { self.socket.admit(db).await?.overlap(rules).await }.await;
        self.heard(told)
    }

    /// Whether the engine was silent a moment ago, so that SQL answers without asking it.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.asked().is_err()
    }

    /// Refuses for a while after a silence: whoever waits for a key's answer waits once, not with every key.
    fn asked(&self) -> Result<(), Gap> {
        let silent = self.silent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match *silent {
            Some(since) if since.elapsed() < REST => Err(Gap::Late),
            _ => Ok(()),
        }
    }

    /// Remembers a silence, and that it is over.
    fn heard<T>(&self, told: Result<T, Gap>) -> Result<T, Gap> {
        let mut silent = self.silent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match &told {
            Err(Gap::Late) => {
                tracing::warn!("the engine is silent; SQL answers for a while");
                *silent = Some(Instant::now());
            }
            _ => *silent = None,
        }
        told
    }

    /// A line of one's own for the operator behind `db`, to read members from while `db` is in a transaction; none where
    /// no engine answers.
    pub async fn own(&self, db: &mut PgConnection) -> Option<Line> {
        self.asked().ok()?;
        let admitted = self.socket.admit(db).await;
        self.heard(admitted).ok()
    }

    async fn counted(
        &self,
        db: &mut PgConnection,
        rule: &Rule,
        by_org: bool,
        leaves: bool,
    ) -> Result<Counted, Gap> {
        self.asked()?;
        let told = self.counted_by_line(db, rule, by_org, leaves).await;
        self.heard(told)
    }

    async fn counted_by_line(
        &self,
        db: &mut PgConnection,
        rule: &Rule,
        by_org: bool,
        leaves: bool,
    ) -> Result<Counted, Gap> {
        let mut kept = self.line.lock().await;
        // Whoever waited for the line while another found it silent does not find so himself.
        self.asked()?;
        // Taken out while it is used: a question that nobody waits for any more leaves no half-read line.
        let mut told = Err(Gap::Absent);
        let mut line = kept.take();
        if let Some(line) = &mut line {
            told = line.count(rule, by_org, leaves).await;
        }
        if matches!(told, Err(Gap::Absent | Gap::Refused)) {
            // One that was silent for long is closed at the other end.
            line = None;
            match self.socket.admit(db).await {
                Ok(mut opened) => {
                    told = opened.count(rule, by_org, leaves).await;
                    line = Some(opened);
                }
                Err(gap) => told = Err(gap),
            }
        }
        if !matches!(told, Err(Gap::Absent | Gap::Late | Gap::Refused)) {
            *kept = line;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_process_there_is_no_engine() {
        let dir = tempfile::tempdir().unwrap();
        let socket = Socket(dir.path().join("engine.sock"));
        assert_eq!(socket.status().await, Err(Gap::Absent));
        std::fs::write(&socket.0, "").unwrap();
        assert_eq!(socket.status().await, Err(Gap::Absent));
    }
}
