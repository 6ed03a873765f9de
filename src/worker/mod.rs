//! The worker: does what nobody waits for at a screen. It runs the moments that are on and looks at the alerts, after each
//! load, takes in the outcomes that branch systems have sent, takes tasks on to the next channel of their plan, keeps the storage of lists small, and takes the messages of
//! pushes to the branches.
//!
//! It looks at a steady pace, and what it finds done already costs one query per moment. A day of a moment is one
//! transaction under a lock that another worker passes by, so any number of workers may run, and one that is killed has
//! done a day or has not. A push that has messages wakes it at once; a lost call costs no more than one pace. What it knows
//! of messages is under a lease of the database: it holds no state of its own.

mod alerts;
mod deliver;
mod file_door;
mod web_door;

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

use crate::domain::event_rule::Told;
use crate::domain::outcome::InboxTaken;
use crate::domain::webhook::Webhooks;
use crate::store::connect::Bell;
use crate::store::delivery::{self, CHANNEL};
use crate::store::moment::{MomentError, run};
use crate::store::outcome::inbox;
use crate::store::{Db, Session, StoreError, channel, upkeep};
use deliver::Hand;

/// The shortest time between two looks for messages that are due.
const SHORTEST: Duration = Duration::from_millis(500);

/// When a worker ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// After one round, however it went.
    Once,
    /// Never: it looks again after so long.
    Every(Duration),
}

/// Who hears what was done.
type Tell<'a> = &'a mut (dyn FnMut(Told) + Send);

/// What has woken the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    /// It is to leave.
    Stop,
    /// Its pace: everything is looked at.
    Tick,
    /// A push has messages, or some are due: only they are.
    Messages,
}

/// Works until `stop` comes, or through one round; `tell` hears what was done and what failed. Asked to stop in the
/// middle of a day, it gives the day up, and the server is told; messages in hand are given back. `seed` draws how long
/// failed messages wait; `webhooks` says where messages may go over HTTP.
///
/// # Errors
/// [`StoreError::NotAllowed`] if this login may not run moments; of a single round also that the database could not be
/// reached, which a worker that stays is told and tries again.
pub async fn work(
    db: &Db,
    pace: Pace,
    (seed, webhooks): (u64, Webhooks),
    stop: impl Future<Output = ()>,
    tell: Tell<'_>,
) -> Result<(), StoreError> {
    tokio::pin!(stop);
    let mut ticks = tokio::time::interval(match pace {
        Pace::Once => Duration::from_secs(1),
        Pace::Every(every) => every.max(Duration::from_secs(1)),
    });
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut bell, mut due, mut hand) = (None, None, Hand::new(seed, webhooks));
    let mut losses = 0;
    loop {
        let wake = wait(stop.as_mut(), &mut ticks, &mut bell, due).await;
        if wake == Wake::Stop {
            return Ok(());
        }
        let mut session = match db.session().await {
            Ok(session) => session,
            Err(error) if pace == Pace::Once => return Err(error),
            Err(error) => {
                (bell, due) = (None, Some(after_loss(&mut losses)));
                tell(Told::Lost(error.message()));
                continue;
            }
        };
        let backend = session.backend();
        let done = tokio::select! {
            biased;
            () = &mut stop => None,
            done = round(&mut session, wake, &mut hand, tell) => Some(done),
        };
        match done {
            None => {
                // The session is dropped with its transaction; what it asked for is not waited for.
                if let Err(error) = db.cancel(backend).await {
                    tracing::warn!(reason = error.for_log(), "the query in hand was not cancelled");
                }
                drop(session);
                hand.give_back(db).await;
                return Ok(());
            }
            Some(Err(error)) if pace == Pace::Once || is_final(&error) => return Err(error),
            Some(Err(error)) => {
                (bell, due) = (None, Some(after_loss(&mut losses)));
                tell(Told::Lost(error.message()));
                continue;
            }
            Some(Ok(next)) => {
                if losses > 0 {
                    tell(Told::Back);
                }
                (due, losses) = (next, 0);
                session.give_back().await;
            }
        }
        if pace == Pace::Once {
            return Ok(());
        }
        if bell.is_none() {
            // Without one the pace is enough.
            bell = db.bell(CHANNEL).await.ok();
            due = Some(SHORTEST);
        }
    }
}

/// This login will never be allowed to.
fn is_final(error: &StoreError) -> bool {
    matches!(error, StoreError::NotAllowed { .. } | StoreError::OwnUnit { .. })
}

/// Waits for whatever comes first. A bell that is lost is thrown away.
async fn wait(
    stop: Pin<&mut impl Future<Output = ()>>,
    ticks: &mut Interval,
    bell: &mut Option<Bell>,
    due: Option<Duration>,
) -> Wake {
    let rung = async {
        match bell.as_mut() {
            Some(bell) => bell.rings().await,
            None => std::future::pending().await,
        }
    };
    let (wake, heard) = tokio::select! {
        biased;
        () = stop => (Wake::Stop, true),
        _ = ticks.tick() => (Wake::Tick, true),
        heard = rung => (Wake::Messages, heard),
        () = later(due) => (Wake::Messages, true),
    };
    if !heard {
        *bell = None;
    }
    wake
}

/// How long to wait after the database could not be asked: a second, doubled each time, a minute at most; a look that is due is not
/// put off by it.
fn after_loss(losses: &mut u32) -> Duration {
    *losses = losses.saturating_add(1).min(7);
    Duration::from_secs(1 << (*losses - 1)).min(Duration::from_mins(1))
}

/// Ends after so long, or never.
async fn later(due: Option<Duration>) {
    let Some(due) = due else { return std::future::pending().await };
    tokio::time::timeout(due.max(SHORTEST), std::future::pending::<()>()).await.ok();
}

/// One round: at its pace over all moments that are on, of which one that fails does not keep the others from being run;
/// always over the messages. Gives how long until one is due.
async fn round(
    session: &mut Session,
    wake: Wake,
    hand: &mut Hand,
    tell: Tell<'_>,
) -> Result<Option<Duration>, StoreError> {
    run::allowed(session).await?;
    if wake == Wake::Tick {
        moments(session, tell).await?;
        alerts::round(session).await?;
        take_inbox(session, tell).await?;
        channels(session, tell).await?;
        keep(session).await?;
    }
    deliver::all(session, hand, tell).await?;
    delivery::due(session).await
}

async fn moments(session: &mut Session, tell: Tell<'_>) -> Result<(), StoreError> {
    for moment in run::enabled(session).await? {
        loop {
            match run::next(session, &moment).await {
                Ok(Some(ran)) => tell(Told::Ran(ran)),
                Ok(None) => break,
                Err(MomentError::Store(error)) if error.is_offline() => return Err(error),
                Err(error) => {
                    tell(Told::Failed { moment: moment.clone(), why: error.message() });
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Takes in what branch systems have sent.
async fn take_inbox(session: &mut Session, tell: Tell<'_>) -> Result<(), StoreError> {
    let taken = inbox::take(session).await?;
    if taken != InboxTaken::default() {
        tell(Told::Inbox(taken));
    }
    Ok(())
}

/// Takes tasks on to the next channel of their plans, after the outcomes that have come; what it does to one push is one
/// transaction, so a worker that is killed has done it or has not.
async fn channels(session: &mut Session, tell: Tell<'_>) -> Result<(), StoreError> {
    while let Some(gone) = channel::round(session).await? {
        if gone.went > 0 {
            tell(Told::Channels(gone));
        }
    }
    Ok(())
}

/// Keeps the lists and the queue small. Nobody waits for it, and the next round tries again.
async fn keep(session: &mut Session) -> Result<(), StoreError> {
    for kept in [
        upkeep::keep_lists(session).await,
        delivery::sweep(session).await,
        inbox::sweep(session).await,
    ] {
        match kept {
            Err(error) if error.is_offline() || is_final(&error) => {
                return Err(error);
            }
            Err(error) => tracing::warn!(reason = error.for_log(), "the lists were not kept"),
            Ok(kept) => tracing::debug!(kept, "plans, homes of lists, texts and names forgotten"),
        }
    }
    Ok(())
}
