//! Runs the questions: one at a time per slot, each under a generation, and each cancelled on the server when
//! nobody waits for it any more.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::line::Busy;
use super::{Say, work};
use crate::app::Action;
use crate::app::action::{Answer, Refusal};
use crate::app::effect::{Request, Slot};
use crate::store::Db;

/// While the operator types, a question waits this long for the next key.
const TYPING: Duration = Duration::from_millis(120);

/// The questions under way.
pub(super) struct Runner {
    db: watch::Receiver<Option<Db>>,
    busy: Busy,
    actions: mpsc::UnboundedSender<Action>,
    say: Say,
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
        say: Say,
    ) -> Self {
        Self { db, busy, actions, say, running: HashMap::new(), ending: Vec::new() }
    }

    /// Asks; an older question in the slot is cancelled.
    pub(super) fn ask(&mut self, slot: Slot, generation: u64, request: Request) {
        self.cancel(slot);
        let (forget, forgotten) = oneshot::channel();
        let (db, actions) = (self.db.borrow().clone(), self.actions.clone());
        let say = self.say.clone();
        let counted = Counted::new(&self.busy);
        let task = tokio::spawn(async move {
            let result = match db {
                Some(db) => answer(&db, request, &say, forgotten).await,
                None => Some(Err(work::no_line())),
            };
            drop(counted);
            if let Some(result) = result {
                let _ =
                    actions.send(Action::Answered { slot, generation, result: Box::new(result) });
            }
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

/// The answer, or nothing if it was forgotten before it came.
///
/// A forgotten question is cancelled on the server and then waited for, so that its connection goes back to the
/// pool only when it is quiet: otherwise the cancellation could hit whoever borrows the connection next.
async fn answer(
    db: &Db,
    request: Request,
    say: &Say,
    mut forgotten: oneshot::Receiver<()>,
) -> Option<Result<Answer, Refusal>> {
    if matches!(request, Request::Count { typing: true, .. }) {
        tokio::select! {
            _ = &mut forgotten => return None,
            () = tokio::time::sleep(TYPING) => {}
        }
    }
    let mut session = tokio::select! {
        _ = &mut forgotten => return None,
        session = db.session() => match session {
            Ok(session) => session,
            Err(error) => return Some(Err(error.into())),
        },
    };
    let backend = session.backend();
    let mut work = Box::pin(work::run(&mut session, request, db.operator(), say));
    tokio::select! {
        result = &mut work => return Some(result),
        _ = &mut forgotten => {}
    }
    let (cancelled, _) = tokio::join!(db.cancel(backend), &mut work);
    if let Err(error) = cancelled {
        tracing::warn!("a query was not cancelled: {error}");
    }
    None
}
