//! Runs the questions: one at a time per slot, each under a generation, and each cancelled on the server when
//! nobody waits for it any more.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::line::Busy;
use super::work::Limits;
use super::{Hands, Say, ends, work};
use crate::app::Action;
use crate::app::action::{Answer, Refusal};
use crate::app::effect::{Request, Slot};
use crate::domain::message::Message;
use crate::store::attribute::KeptVocabulary;
use crate::store::connect::Backend;
use crate::store::{Db, Session};

/// An operator who has not typed for so long has stopped.
const PAUSE: Duration = Duration::from_millis(600);
/// How long a cancelled question may take to say what became of it.
const GRACE: Duration = Duration::from_millis(500);
/// So often it is cancelled in that time.
const TRIES: u32 = 5;

/// The questions under way.
pub(super) struct Runner {
    db: watch::Receiver<Option<Db>>,
    busy: Busy,
    actions: mpsc::UnboundedSender<Action>,
    hands: Hands,
    limits: Limits,
    words: Arc<KeptVocabulary>,
    running: HashMap<Slot, Running>,
    ending: Vec<JoinHandle<()>>,
}

struct Running {
    // Dropped or sent: nobody waits any more.
    forget: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Counts one question as under way for as long as it lives.
struct Counted(Busy);

impl Counted {
    fn new(busy: &Busy) -> Self {
        busy.fetch_add(1, Ordering::Relaxed);
        Self(busy.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Runner {
    pub(super) fn new(
        db: watch::Receiver<Option<Db>>,
        busy: Busy,
        actions: mpsc::UnboundedSender<Action>,
        hands: Hands,
        limits: Limits,
    ) -> Self {
        let (words, running) = (Arc::default(), HashMap::new());
        Self { db, busy, actions, hands, limits, words, running, ending: Vec::new() }
    }

    /// Asks; an older question in the slot is cancelled.
    pub(super) fn ask(&mut self, slot: Slot, generation: u64, request: Request) {
        self.cancel(slot);
        let (forget, forgotten) = oneshot::channel();
        let (db, actions) = (self.db.borrow().clone(), self.actions.clone());
        let (hands, words) = (self.hands.clone(), self.words.clone());
        let limit = self.limits.of(&request);
        let counted = Counted::new(&self.busy);
        let task = tokio::spawn(async move {
            let (result, session) = match (db, request) {
                (_, Request::Pause) => (pause(PAUSE, forgotten).await, None),
                (Some(db), Request::SaveTable { twin, path }) => {
                    let saving = (hands.export)(db.lend(), twin, PathBuf::from(&path));
                    (saved(path, saving, limit, forgotten).await, None)
                }
                (Some(db), request) => {
                    answer(&db, request, limit, (&hands.say, &words), forgotten).await
                }
                (None, _) => (Err(work::no_line()), None),
            };
            let _ = actions.send(Action::Answered { slot, generation, result: Box::new(result) });
            if let Some(session) = session {
                session.give_back().await;
            }
            drop(counted);
        });
        self.running.insert(slot, Running { forget, task });
    }

    /// Nobody waits for the slot any more.
    pub(super) fn cancel(&mut self, slot: Slot) {
        self.ending.retain(|task| !task.is_finished());
        if let Some(Running { forget, task }) = self.running.remove(&slot)
            && !task.is_finished()
        {
            let _ = forget.send(());
            self.ending.push(task);
        }
    }

    /// Cancels everything, and waits until the server has heard it.
    pub(super) async fn farewell(mut self) {
        for slot in Slot::ALL {
            self.cancel(slot);
        }
        for task in self.ending {
            let _ = task.await;
        }
    }
}

/// The answer, and the session if it can be used again.
///
/// A forgotten question is cancelled on the server. What it says of that is its answer: a change may have been
/// committed already. One that says nothing is dropped and its session is ended, so that nothing goes on there.
async fn answer(
    db: &Db,
    request: Request,
    limit: Duration,
    (say, words): (&Say, &KeptVocabulary),
    mut forgotten: oneshot::Receiver<()>,
) -> (Result<Answer, Refusal>, Option<Session>) {
    if let Request::Count { pause: waits @ 1.., .. } = request
        && let Err(refusal) = pause(Duration::from_millis(waits), &mut forgotten).await
    {
        return (Err(refusal), None);
    }
    let mut session = tokio::select! {
        _ = &mut forgotten => return (Err(ends::cancelled()), None),
        session = db.session() => match session {
            Ok(session) => session,
            Err(error) => return (Err(error.into()), None),
        },
    };
    let backend = session.backend();
    let ended = {
        let mut work = Box::pin(work::run(&mut session, request, db, say, words));
        tokio::select! {
            result = &mut work => Ended::Said(Box::new(result)),
            () = tokio::time::sleep(limit) => Ended::Late,
            _ = &mut forgotten => cancel(db, backend, work).await,
        }
    };
    match ended {
        Ended::Said(result) => (*result, Some(session)),
        // The server's own deadline is shorter, so that the line is most likely dead; if it is not, nothing goes on.
        Ended::Late => {
            end(db, backend).await;
            (Err(work::deadline()), None)
        }
        Ended::Silent => {
            end(db, backend).await;
            (Err(ends::given_up()), None)
        }
    }
}

/// A table that is written by its command over sessions of its own: given up, they are dropped, and the server ends what
/// it did for a line that is gone.
async fn saved(
    path: String,
    saving: impl Future<Output = Result<usize, Message>>,
    limit: Duration,
    forgotten: oneshot::Receiver<()>,
) -> Result<Answer, Refusal> {
    tokio::select! {
        biased;
        _ = forgotten => Err(ends::given_up()),
        done = tokio::time::timeout(limit, saving) => match done {
            Ok(Ok(rows)) => Ok(Answer::TableSaved(path, i64::try_from(rows).unwrap_or(i64::MAX))),
            Ok(Err(reason)) => Err(Refusal::because(reason)),
            Err(_) => Err(work::deadline()),
        },
    }
}

/// Waits, unless nobody waits any more.
async fn pause(
    time: Duration,
    forgotten: impl Future<Output = Result<(), oneshot::error::RecvError>>,
) -> Result<Answer, Refusal> {
    tokio::select! {
        _ = forgotten => Err(ends::cancelled()),
        () = tokio::time::sleep(time) => Ok(Answer::Paused),
    }
}

/// Ends a session on the server that nobody waits for any more.
async fn end(db: &Db, backend: Backend) {
    if let Err(error) = db.terminate(backend).await {
        tracing::warn!("a session was not ended: {error}");
    }
}

/// How a question ended.
enum Ended {
    Said(Box<Result<Answer, Refusal>>),
    Late,
    Silent,
}

/// Cancels work that is under way, and waits a little for what it says to that. When it returns no cancelling is on its way any more.
async fn cancel(
    db: &Db,
    backend: Backend,
    mut work: impl Future<Output = Result<Answer, Refusal>> + Unpin,
) -> Ended {
    let said = async {
        if let Some(result) = (&mut work).now_or_never() {
            return Some(result);
        }
        // One that comes between two of its statements ends neither.
        for _ in 0..TRIES {
            let cancelling = db.cancel(backend);
            tokio::pin!(cancelling);
            tokio::select! {
                biased;
                result = &mut work => {
                    // It is on its way: it must have come before the session's next query begins, or it would end that.
                    let _ = cancelling.await;
                    return Some(result);
                }
                cancelled = &mut cancelling => {
                    if let Err(error) = cancelled {
                        tracing::warn!("a query was not cancelled: {error}");
                    }
                }
            }
            if let Ok(result) = tokio::time::timeout(GRACE / TRIES, &mut work).await {
                return Some(result);
            }
        }
        None
    };
    match said.await {
        Some(Ok(answer)) => Ended::Said(Box::new(Ok(answer))),
        Some(Err(refusal)) if refusal.offline => Ended::Said(Box::new(Err(ends::given_up()))),
        // Refused, by the cancelling or by itself: nothing was changed.
        Some(Err(_)) => Ended::Said(Box::new(Err(ends::cancelled()))),
        None => Ended::Silent,
    }
}
