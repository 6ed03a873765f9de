//! The engine process: one for all consoles of a machine, as the account of the service.
//!
//! A line belongs to the operator whose ticket it began with. Questions are answered from one copy of the columns; a
//! newer load is merged or built beside and then exchanged. Until then those that stand answer questions of their own day,
//! and SQL those of another. Nobody can hold the process up: lines are limited in number, frames in size, silence in time.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, RwLock};

use super::answer::{Stand, answer};
use super::files::Place;
use super::{fresh, io};
use crate::cli::Failure;
use crate::domain::rule::Vocabulary;
use crate::store::attribute::KeptVocabulary;
use crate::store::columns::{self, DataVersion};
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::engine::{
    ANSWER_LIMIT, Gap, QUESTION_LIMIT, Question, Reply, Status, receive, send, take_ticket,
};
use crate::store::{Db, StoreError};

/// Lines at once; fifty operators have one each.
const LINES: usize = 256;
/// How long a line may say nothing.
const SILENCE: Duration = Duration::from_mins(15);
/// How often the database is asked whether there is something newer.
const LOOK: Duration = Duration::from_secs(10);
/// How often SQL is asked for more of one question's conditions.
const ROUNDS: usize = 21;
/// How long the database may take for a ticket or the words of rules.
const DATABASE: Duration = Duration::from_secs(5);

/// What all lines share.
struct Shared {
    db: Db,
    place: Place,
    stand: RwLock<Option<Arc<Stand>>>,
    words: KeptVocabulary,
    /// Only one reads the database for columns.
    reading: Mutex<()>,
}

/// Serves until it is told to end.
pub(super) async fn serve(
    db: Db,
    place: Place,
    ready: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    place.make().map_err(|error| io(&error))?;
    let shared = Arc::new(Shared {
        db,
        place,
        stand: RwLock::default(),
        words: KeptVocabulary::default(),
        reading: Mutex::default(),
    });
    let listener = listen(&shared.place).await?;
    shared.renew().await?;
    ready()?;
    let mut lines = FuturesUnordered::new();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // A task of its own: whoever reads ten million rows would leave the lines waiting.
    let mut renewing: tokio::task::JoinSet<Result<(), Failure>> = tokio::task::JoinSet::new();
    let mut end = Box::pin(end());
    loop {
        tokio::select! {
            () = &mut end => break,
            accepted = listener.accept(), if lines.len() < LINES => {
                if let Ok((stream, _)) = accepted {
                    lines.push(shared.line(stream));
                }
            }
            Some(()) = lines.next(), if !lines.is_empty() => {}
            Some(renewed) = renewing.join_next(), if !renewing.is_empty() => match renewed {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => {
                    tracing::warn!(message = ?failure.message, "the columns could not be renewed");
                }
                Err(error) => tracing::warn!(%error, "the columns could not be renewed"),
            },
            _ = look.tick(), if renewing.is_empty() => {
                let shared = shared.clone();
                renewing.spawn(async move { shared.renew().await });
            }
        }
    }
    std::fs::remove_file(shared.place.socket().0).ok();
    Ok(())
}

/// The end: asked for at the terminal, or by the system.
async fn end() {
    let Ok(mut told) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = told.recv() => {}
    }
}

/// Listens, unless another engine does; a socket that a dead one has left is taken away.
async fn listen(place: &Place) -> Result<UnixListener, Failure> {
    let socket = place.socket();
    if UnixStream::connect(&socket.0).await.is_ok() {
        return Err(Failure::refused(crate::msg!("engine.runs-already")));
    }
    std::fs::remove_file(&socket.0).ok();
    let listener = UnixListener::bind(&socket.0).map_err(|error| io(&error))?;
    // Whoever may connect must show a ticket.
    let everybody = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(&socket.0, everybody).map_err(|error| io(&error))?;
    Ok(listener)
}

impl Shared {
    /// Looks whether the database has newer data, and takes them.
    async fn renew(&self) -> Result<(), Failure> {
        let _only = self.reading.lock().await;
        let stands = self.stand.read().await.clone();
        let mut db = self.db.session().await?;
        let now = self.db.within(DATABASE, columns::version(&mut db)).await?;
        db.give_back().await;
        if now.is_none() || stands.as_ref().is_some_and(|stand| Some(stand.version()) == now) {
            return Ok(());
        }
        let old = stands.as_ref().map(|stand| &stand.columns);
        let (stand, is_new) = fresh(&self.db, &self.place, old).await?;
        let stand = Arc::new(stand);
        *self.stand.write().await = Some(stand.clone());
        drop(stands);
        if !is_new {
            return Ok(());
        }
        let place = self.place.clone();
        let written = tokio::task::spawn_blocking(move || place.write(&stand.columns)).await;
        if let Ok(Err(error)) = written {
            // It answers all the same; the next start builds anew.
            tracing::warn!(%error, "the file of columns could not be written");
        }
        Ok(())
    }

    /// One line, to its end.
    async fn line(&self, mut stream: UnixStream) {
        let mut admitted = false;
        loop {
            let heard =
                tokio::time::timeout(SILENCE, receive::<Question>(&mut stream, QUESTION_LIMIT))
                    .await;
            let Ok(Ok(Some(question))) = heard else { return };
            let reply = match question {
                Question::Status => Reply::Status(self.status().await),
                Question::Ticket(ticket) => {
                    admitted = self.admits(&ticket).await;
                    if admitted { Reply::Welcome } else { Reply::Not(Gap::Refused) }
                }
                _ if !admitted => Reply::Not(Gap::Refused),
                question => self.answer(question).await,
            };
            let refused = reply == Reply::Not(Gap::Refused);
            let sent =
                tokio::time::timeout(DATABASE, send(&mut stream, &reply, ANSWER_LIMIT)).await;
            if refused || !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
    }

    /// Whether the ticket is good, and its operator may see all customers: a narrower scope is for SQL.
    async fn admits(&self, ticket: &str) -> bool {
        let taken = async {
            let mut db = self.db.session().await?;
            let bearer = take_ticket(&mut db, ticket).await?;
            db.give_back().await;
            Ok::<_, StoreError>(bearer)
        };
        match self.db.within(DATABASE, taken).await {
            Ok(Some(bearer)) => bearer.scope.is_none(),
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(%error, "a ticket could not be checked");
                false
            }
        }
    }

    async fn answer(&self, question: Question) -> Reply {
        let Some(stand) = self.stand.read().await.clone() else { return Reply::Not(Gap::Behind) };
        let (Question::Count { as_of, .. } | Question::Overlap { as_of, .. }) = &question else {
            return Reply::Not(Gap::Refused);
        };
        match self.db.within(DATABASE, self.words(*as_of)).await {
            Ok((version, words)) if self.may_answer(&stand, version, *as_of) => {
                self.told(&stand, &words, question).await
            }
            Ok(_) => Reply::Not(Gap::Behind),
            Err(error) => {
                tracing::warn!(%error, "the words of rules could not be read");
                Reply::Not(Gap::Absent)
            }
        }
    }

    /// Whether these columns are of the newest load, or of the question's day while a newer load is being taken in.
    fn may_answer(&self, stand: &Stand, newest: Option<DataVersion>, as_of: NaiveDate) -> bool {
        let stands = stand.version();
        let is_renewing = self.reading.try_lock().is_err();
        newest == Some(stands)
            || is_renewing
                && newest
                    .is_some_and(|newest| newest.as_of == stands.as_of && stands.as_of == as_of)
    }

    /// Answers, and asks SQL for what the columns do not hold if that can be kept.
    async fn told(&self, stand: &Arc<Stand>, words: &Arc<Vocabulary>, question: Question) -> Reply {
        let question = Arc::new(question);
        // Each rule of an overlap may name conditions of its own.
        for _ in 0..ROUNDS {
            let (stands, knows, asked) = (stand.clone(), words.clone(), question.clone());
            let answered =
                tokio::task::spawn_blocking(move || answer(&stands, &knows, &asked)).await;
            let Ok(Reply::Not(Gap::Unable(leaves))) = answered else {
                return answered.unwrap_or(Reply::Not(Gap::Absent));
            };
            let learned = async {
                let mut db = self.db.session().await?;
                let learned = stand.sets.learn(&mut db, &stand.columns, words, &leaves).await?;
                db.give_back().await;
                Ok::<_, StoreError>(learned)
            };
            match self.db.within(STATEMENT_LIMIT, learned).await {
                Ok(true) if !leaves.is_empty() => {}
                Ok(_) => return Reply::Not(Gap::Unable(leaves)),
                Err(error) => {
                    tracing::warn!(%error, "SQL could not say what the columns do not hold");
                    return Reply::Not(Gap::Unable(leaves));
                }
            }
        }
        Reply::Not(Gap::Unable(Vec::new()))
    }

    /// The words of rules on a day, and the data that the database has now.
    async fn words(
        &self,
        as_of: NaiveDate,
    ) -> Result<(Option<DataVersion>, Arc<Vocabulary>), StoreError> {
        let mut db = self.db.session().await?;
        let version = columns::version_on(&mut db, as_of).await?;
        let words = self.words.now(&mut db).await?;
        db.give_back().await;
        Ok((version, words))
    }

    async fn status(&self) -> Status {
        let stand = self.stand.read().await.clone();
        let now = async {
            let mut db = self.db.session().await?;
            let version = columns::version(&mut db).await?;
            db.give_back().await;
            Ok::<_, StoreError>(version)
        };
        let now = self.db.within(DATABASE, now).await.ok().flatten();
        let Some(stand) = stand else {
            return Status {
                load: None,
                as_of: None,
                current: false,
                customers: 0,
                columns: 0,
                bytes: 0,
                event_bytes: 0,
            };
        };
        Status { current: now == Some(stand.version()), ..stand.status() }
    }
}
