//! The engine process: one for all consoles of a machine, as the account of the service.
//!
//! A line belongs to the operator whose ticket it began with. Questions are answered from one copy of the columns; a
//! newer load is merged or built beside and then exchanged. Until then those that stand answer questions of their own day,
//! and SQL those of another; a large bank's give way to those that are built anew, since both would not fit. Nobody can hold the process up: lines are limited in number, frames in size, silence in time.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Notify, RwLock};
use tokio::time::Instant;

use super::answer::{Answer, Asking, Stand, answer};
use super::files::Place;
use super::sets::{Asked, Said};
use super::{Renewal, built, io, renewal};
use crate::cli::Failure;
use crate::domain::id::OrgId;
use crate::domain::rule::Vocabulary;
use crate::engine::LeafDrafts;
use crate::store::attribute::KeptVocabulary;
use crate::store::columns::{self, DataVersion};
use crate::store::condition;
use crate::store::engine::{
    ANSWER_LIMIT, Bearer, Gap, MEMBERS_AT_ONCE, QUESTION_LIMIT, Question, Reply, Status, receive,
    send, send_members, take_ticket,
};
use crate::store::{Db, StoreError};

/// Lines at once; fifty operators have one each.
const LINES: usize = 256;
/// Lines of one account of the machine at once; that of a terminal server may be the account of all fifty.
const LINES_OF_ONE: usize = 96;
/// How long a line may say nothing before it has shown a ticket: a console shows it at once.
const STRANGER: Duration = Duration::from_secs(5);
/// How long a line may say nothing.
const SILENCE: Duration = Duration::from_mins(15);
/// How often the database is asked whether there is something newer.
const LOOK: Duration = Duration::from_secs(10);
/// How often SQL is asked for more of one question's conditions: once for the rule, once for its leaves, and a mart's
/// answer may grow old in between.
const ROUNDS: usize = 8;
/// How often whoever waits hears that the answer is still to come.
const BEAT: Duration = Duration::from_millis(500);
/// How long whoever takes members may take for a frame of them.
const SLOW: Duration = Duration::from_secs(30);
/// How long the database may take for a ticket or the words of rules.
const DATABASE: Duration = Duration::from_secs(5);

/// Columns of more bytes than these do not stand beside those that are built anew after them: SQL answers meanwhile.
const TWICE: usize = 256 << 20;

/// What all lines share.
struct Shared {
    db: Db,
    place: Place,
    stand: RwLock<Option<Arc<Stand>>>,
    words: KeptVocabulary,
    /// Only one reads the database for columns.
    reading: Mutex<()>,
    /// A question has found newer data.
    behind: Notify,
    /// Only one asks it for conditions.
    asking: Mutex<()>,
}

/// Serves until it is told to end.
pub(super) async fn serve(
    db: Db,
    place: Place,
    ready: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    place.make()?;
    let shared = Arc::new(Shared {
        db,
        place,
        stand: RwLock::default(),
        words: KeptVocabulary::default(),
        reading: Mutex::default(),
        behind: Notify::new(),
        asking: Mutex::default(),
    });
    let listener = listen(&shared.place).await?;
    shared.renew().await?;
    ready()?;
    let mut lines = FuturesUnordered::new();
    let mut open: HashMap<u32, usize> = HashMap::new();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // A task of its own: whoever reads ten million rows would leave the lines waiting.
    let mut renewing: tokio::task::JoinSet<Result<(), Failure>> = tokio::task::JoinSet::new();
    let mut end = Box::pin(end());
    loop {
        tokio::select! {
            () = &mut end => break,
            accepted = listener.accept(), if lines.len() < LINES => {
                if let Ok((stream, _)) = accepted
                    && let Ok(peer) = stream.peer_cred()
                {
                    let uid = peer.uid();
                    let open: &mut usize = open.entry(uid).or_default();
                    // One who opens more than he needs waits for his own, and keeps nobody else out.
                    if *open < LINES_OF_ONE {
                        *open += 1;
                        let shared = &shared;
                        lines.push(async move {
                            shared.line(stream).await;
                            uid
                        });
                    }
                }
            }
            Some(uid) = lines.next(), if !lines.is_empty() => {
                if let Some(open) = open.get_mut(&uid) {
                    *open -= 1;
                }
            }
            Some(renewed) = renewing.join_next(), if !renewing.is_empty() => match renewed {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => {
                    tracing::warn!(message = ?failure.message, "the columns could not be renewed");
                }
                Err(error) => tracing::warn!(%error, "the columns could not be renewed"),
            },
            () = next(&mut look, &shared.behind), if renewing.is_empty() => {
                let shared = shared.clone();
                renewing.spawn(async move { shared.renew().await });
            }
        }
    }
    std::fs::remove_file(shared.place.socket().0).ok();
    Ok(())
}

/// When to look for newer data: now and then, and at once where a question has found that there are some.
async fn next(look: &mut tokio::time::Interval, behind: &Notify) {
    tokio::select! {
        _ = look.tick() => {}
        () = behind.notified() => {}
    }
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
    place.check_owner()?;
    Ok(listener)
}

/// SQL could not say it.
fn failed(error: &StoreError, leaves: &[String]) -> Gap {
    tracing::warn!(%error, "SQL could not say what the columns do not hold");
    Gap::Unable(leaves.to_vec())
}

/// Waits for an answer, and says now and then that it is still to come. None where nobody waits for it any more: the
/// work is told, and ends.
async fn waited(
    stream: &mut UnixStream,
    gone: &Notify,
    work: impl Future<Output = Answer>,
) -> Option<Answer> {
    let mut work = std::pin::pin!(work);
    let mut beat = tokio::time::interval_at(Instant::now() + BEAT, BEAT);
    let mut is_there = true;
    let answer = loop {
        tokio::select! {
            answer = &mut work => break answer,
            heard = stream.readable(), if is_there => {
                // Nothing is to be heard before the answer but the end.
                let heard = heard.and_then(|()| stream.try_read(&mut [0]));
                let nothing = |error: &std::io::Error| error.kind() == ErrorKind::WouldBlock;
                is_there = heard.is_err_and(|error| nothing(&error));
                if !is_there {
                    gone.notify_one();
                }
            }
            _ = beat.tick(), if is_there => {
                let sent = tokio::time::timeout(DATABASE, send(stream, &Reply::Wait, ANSWER_LIMIT));
                is_there = matches!(sent.await, Ok(Ok(())));
                if !is_there {
                    gone.notify_one();
                }
            }
        }
    };
    is_there.then_some(answer)
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
        let (stand, is_new) = match renewal(&self.db, &self.place, old).await? {
            Renewal::Done(stand, is_new) => (*stand, is_new),
            Renewal::Build(begun) => {
                let bytes = old.map_or(0, |old| old.bytes().0 + old.bytes().1);
                if bytes > TWICE {
                    *self.stand.write().await = None;
                }
                drop(stands);
                (built(&self.db, *begun).await?, true)
            }
        };
        let stand = Arc::new(stand);
        *self.stand.write().await = Some(stand.clone());
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
        let mut bearer = None;
        loop {
            let patience = if bearer.is_some() { SILENCE } else { STRANGER };
            let heard =
                tokio::time::timeout(patience, receive::<Question>(&mut stream, QUESTION_LIMIT))
                    .await;
            let Ok(Ok(Some(question))) = heard else { return };
            let gone = Notify::new();
            let said = self.said(question, &mut bearer, &gone);
            let Some((reply, members)) = waited(&mut stream, &gone, said).await else { return };
            let sent =
                tokio::time::timeout(DATABASE, send(&mut stream, &reply, ANSWER_LIMIT)).await;
            if reply == Reply::Not(Gap::Refused) || !matches!(sent, Ok(Ok(()))) {
                return;
            }
            for some in members.chunks(MEMBERS_AT_ONCE) {
                // Whoever takes them writes them to the database as they come.
                let sent = tokio::time::timeout(SLOW, send_members(&mut stream, some)).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }

    async fn said(&self, question: Question, bearer: &mut Option<Bearer>, gone: &Notify) -> Answer {
        let reply = match question {
            Question::Status => Reply::Status(self.status().await),
            Question::Ticket(ticket) => {
                *bearer = self.admitted(&ticket).await;
                if bearer.is_some() { Reply::Welcome } else { Reply::Not(Gap::Refused) }
            }
            question => match bearer {
                Some(bearer) => return self.answer(question, bearer, gone).await,
                None => Reply::Not(Gap::Refused),
            },
        };
        (reply, Vec::new())
    }

    /// Whose the ticket is, if it is good.
    async fn admitted(&self, ticket: &str) -> Option<Bearer> {
        let taken = async {
            let mut db = self.db.session().await?;
            let bearer = take_ticket(&mut db, ticket).await?;
            db.give_back().await;
            Ok::<_, StoreError>(bearer)
        };
        match self.db.within(DATABASE, taken).await {
            Ok(bearer) => bearer,
            Err(error) => {
                tracing::warn!(%error, "a ticket could not be checked");
                None
            }
        }
    }

    async fn answer(&self, question: Question, bearer: &Bearer, gone: &Notify) -> Answer {
        let gap = |gap| (Reply::Not(gap), Vec::new());
        let Some(stand) = self.stand.read().await.clone() else { return gap(Gap::Behind) };
        let Some(as_of) = question.as_of() else { return gap(Gap::Refused) };
        match self.db.within(DATABASE, self.words(as_of, bearer)).await {
            Ok((version, words, scope)) if self.may_answer(&stand, version, as_of) => {
                let operator = bearer.operator.clone();
                let asking = Asking { question, operator, words, scope, told: Vec::new() };
                self.told(&stand, asking, gone).await
            }
            Ok(_) => gap(Gap::Behind),
            Err(error) => {
                tracing::warn!(%error, "the words of rules could not be read");
                gap(Gap::Absent)
            }
        }
    }

    /// Whether these columns are of the newest load, or of the question's day while a newer load is being taken in.
    fn may_answer(&self, stand: &Stand, newest: Option<DataVersion>, as_of: NaiveDate) -> bool {
        let stands = stand.version();
        if newest == Some(stands) {
            return true;
        }
        let is_renewing = self.reading.try_lock().is_err();
        if !is_renewing {
            self.behind.notify_one();
        }
        is_renewing
            && newest.is_some_and(|newest| newest.as_of == stands.as_of && stands.as_of == as_of)
    }

    /// Answers, and asks SQL for what the columns do not hold.
    async fn told(&self, stand: &Arc<Stand>, asking: Asking, gone: &Notify) -> Answer {
        let mut asking = Arc::new(asking);
        for _ in 0..ROUNDS {
            let (stands, asks) = (stand.clone(), asking.clone());
            let answered = tokio::task::spawn_blocking(move || answer(&stands, &asks)).await;
            let Ok(answered) = answered else { return (Reply::Not(Gap::Absent), Vec::new()) };
            let (Reply::Not(Gap::Unable(leaves)), _) = &answered else { return answered };
            let is_told = |leaf: &String| asking.told.iter().any(|(text, _)| text == leaf);
            if leaves.is_empty() || leaves.iter().any(is_told) {
                return answered;
            }
            match self.learn(stand, &asking, leaves, gone).await {
                Ok(more) => {
                    let mut next = Asking::clone(&asking);
                    next.told.extend(more);
                    asking = Arc::new(next);
                }
                Err(gap) => return (Reply::Not(gap), Vec::new()),
            }
        }
        (Reply::Not(Gap::Unable(Vec::new())), Vec::new())
    }

    /// What SQL says of conditions. It is asked for one question at a time, so that tickets and words have a session.
    async fn learn(
        &self,
        stand: &Stand,
        asking: &Asking,
        leaves: &[String],
        gone: &Notify,
    ) -> Result<Vec<(String, Said)>, Gap> {
        let wanted = Asked::read(leaves, &asking.words, asking.scope.is_some())?;
        let before = self.db.within(DATABASE, self.before(&wanted, &asking.operator)).await;
        let Some(pushes) = before.map_err(|error| failed(&error, leaves))? else {
            return Err(Gap::Unable(leaves.to_vec()));
        };
        // A list is kept for good, so it asks a mart anew; a count on screen may be seconds old.
        let lasting = matches!(asking.question, Question::Members { .. });
        let known = |asked: &Asked| {
            let stale = lasting && !asked.marts().is_empty();
            let said = stand.sets.get(asked, pushes.as_deref()).filter(|_| !stale)?;
            Some((asked.text.clone(), said))
        };
        if let Some(all) = wanted.iter().map(known).collect() {
            return Ok(all);
        }
        let turn = async {
            tokio::select! {
                turn = self.asking.lock() => Some(turn),
                () = gone.notified() => None,
            }
        };
        let Some(_turn) = turn.await else { return Err(Gap::Absent) };
        let mut db = self.db.session().await.map_err(|error| failed(&error, leaves))?;
        let backend = db.backend();
        let asked = async {
            let drafts = LeafDrafts::new(&stand.columns);
            let of = (stand.version(), &drafts);
            let mut all = Vec::new();
            for asked in &wanted {
                if let Some(known) = known(asked) {
                    all.push(known);
                    continue;
                }
                // What a load has changed in the meantime is not what the columns hold.
                match stand.sets.learn(&mut db, of, asked, pushes.as_deref()).await? {
                    Some(said) => all.push((asked.text.clone(), said)),
                    None => return Ok(None),
                }
            }
            Ok::<_, StoreError>(Some(all))
        };
        let told = tokio::select! {
            told = asked => Some(told),
            () = gone.notified() => None,
        };
        let Some(told) = told else {
            drop(db);
            self.db.cancel(backend).await.ok();
            return Err(Gap::Absent);
        };
        match told {
            Ok(all) => {
                db.give_back().await;
                all.ok_or(Gap::Behind)
            }
            Err(error) => Err(failed(&error, leaves)),
        }
    }

    /// The word for the pushes, if a condition is of them; none if the operator may not read one of the marts.
    async fn before(
        &self,
        wanted: &[Asked],
        operator: &str,
    ) -> Result<Option<Option<String>>, StoreError> {
        if wanted.iter().all(|asked| !asked.follows_pushes() && asked.marts().is_empty()) {
            return Ok(Some(None));
        }
        let mut db = self.db.session().await?;
        for (relation, column) in wanted.iter().flat_map(Asked::marts) {
            if !condition::may_read(&mut db, operator, relation, column).await? {
                db.give_back().await;
                return Ok(None);
            }
        }
        let pushes = if wanted.iter().any(Asked::follows_pushes) {
            Some(condition::pushes(&mut db).await?)
        } else {
            None
        };
        db.give_back().await;
        Ok(Some(pushes))
    }

    /// The data that the database has now, the words of rules on a day, and the units whose customers the operator sees.
    async fn words(
        &self,
        as_of: NaiveDate,
        bearer: &Bearer,
    ) -> Result<(Option<DataVersion>, Arc<Vocabulary>, Option<Vec<OrgId>>), StoreError> {
        let mut db = self.db.session().await?;
        let version = columns::version_on(&mut db, as_of).await?;
        let words = self.words.now(&mut db).await?;
        let scope = condition::units_seen(&mut db, &bearer.operator).await?;
        db.give_back().await;
        Ok((version, words, scope))
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
