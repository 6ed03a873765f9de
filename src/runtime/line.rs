//! The line to the database: opened behind the first picture, watched while nothing else uses it, opened again
//! when it broke.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, watch};

use crate::app::Action;
use crate::app::command::Reason;
use crate::store::connect::CONNECT_LIMIT;
use crate::store::{Db, Session, StoreError, bank};

/// How long a broken line rests before it is tried again.
const REST: Duration = Duration::from_secs(3);
/// How often an idle line is asked whether it still stands. Draws nothing while it does.
const PULSE: Duration = Duration::from_secs(10);

/// What the console has read: the number of the last import, nothing before the first, and of what people wrote.
type Read = (Option<i64>, i64);

/// Counts the questions that are under way, so that the watch does not compete with them for a connection.
pub(super) type Busy = Arc<AtomicUsize>;

/// The line.
pub(super) struct Line {
    db: watch::Receiver<Option<Db>>,
    busy: Busy,
    hurry: Arc<Notify>,
}

impl Line {
    /// Begins to open the line, and goes on watching it.
    pub(super) fn open<Open, Opening>(open: Open, actions: mpsc::UnboundedSender<Action>) -> Self
    where
        Open: Fn() -> Opening + Send + Sync + 'static,
        Opening: Future<Output = Result<Db, Reason>> + Send,
    {
        let (sender, db) = watch::channel(None);
        let (busy, hurry) = (Busy::default(), Arc::new(Notify::new()));
        let watched = (busy.clone(), hurry.clone());
        tokio::spawn(async move {
            let (busy, hurry) = watched;
            while !actions.is_closed() {
                let began = Instant::now();
                let action = match opened(open().await).await {
                    Ok((opened, read)) => {
                        sender.send_replace(Some(opened.clone()));
                        let millis = began.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
                        if actions.send(Action::Linked { millis }).is_err() {
                            return;
                        }
                        Action::Unlinked(watch_over(&opened, read, &busy, &hurry, &actions).await)
                    }
                    Err(reason) => Action::Unlinked(reason),
                };
                sender.send_replace(None);
                if actions.send(action).is_err() {
                    return;
                }
                let _ = tokio::time::timeout(REST, hurry.notified()).await;
            }
        });
        Self { db, busy, hurry }
    }

    /// The database, while the line stands.
    pub(super) fn db(&self) -> watch::Receiver<Option<Db>> {
        self.db.clone()
    }

    /// The count of questions under way.
    pub(super) fn idle(&self) -> Busy {
        self.busy.clone()
    }

    /// Do not rest: try now.
    pub(super) fn hurry(&self) {
        self.hurry.notify_one();
    }
}

/// The database, and what there is: what comes after that is news.
async fn opened(line: Result<Db, Reason>) -> Result<(Db, Read), Reason> {
    let db = line?;
    let mut session = db.session().await.map_err(|error| error.message())?;
    let read = db.within(CONNECT_LIMIT, stands(&mut session)).await;
    session.give_back().await;
    read.map(|read| (db, read)).map_err(|error| error.message())
}

async fn stands(session: &mut Session) -> Result<Read, StoreError> {
    Ok((bank::last_import(session).await?, bank::writings(session).await?))
}

/// Waits until the line is broken, and says why. Whoever hurries has lost it, and hears that it stands again.
async fn watch_over(
    db: &Db,
    mut read: Read,
    busy: &Busy,
    hurry: &Notify,
    actions: &mpsc::UnboundedSender<Action>,
) -> Reason {
    loop {
        let hurried = tokio::time::timeout(PULSE, hurry.notified()).await.is_ok();
        if busy.load(Ordering::Relaxed) > 0 && !hurried {
            continue;
        }
        let began = Instant::now();
        // `session` asks the server something, so that a dead line is found. A line that is busy finds it itself:
        // every question has a limit.
        match db.session().await {
            Err(error) => return error.message(),
            Ok(mut session) => {
                let stands = stands(&mut session).await;
                session.give_back().await;
                if hurried {
                    let millis = began.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
                    let _ = actions.send(Action::Linked { millis });
                }
                match stands {
                    Err(error) => return error.message(),
                    Ok(now) => {
                        if read.0 != now.0 {
                            let _ = actions.send(Action::Overtaken);
                        }
                        if read.1 != now.1 {
                            let _ = actions.send(Action::Rewritten);
                        }
                        read = now;
                    }
                }
            }
        }
    }
}
