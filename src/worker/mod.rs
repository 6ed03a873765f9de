//! The worker: does what nobody waits for at a screen. It runs the moments that are on, after each load, and keeps the
//! storage of lists small.
//!
//! It looks at a steady pace, and what it finds done already costs one query per moment. A day of a moment is one
//! transaction under a lock that another worker passes by, so any number of workers may run, and one that is killed has
//! done a day or has not. It holds no state of its own.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::domain::event_rule::Told;
use crate::store::moment::{MomentError, run};
use crate::store::{Db, Session, StoreError, upkeep};

/// When a worker ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// After one round, however it went.
    Once,
    /// Never: it looks again after so long.
    Every(Duration),
}

/// Works until `stop` comes, or through one round; `tell` hears what was done and what failed. Asked to stop in the
/// middle of a day, it gives the day up, and the server is told.
///
/// # Errors
/// [`StoreError::NotAllowed`] if this login may not run moments; of a single round also that the database could not be
/// reached, which a worker that stays is told and tries again.
pub async fn work(
    db: &Db,
    pace: Pace,
    stop: impl Future<Output = ()>,
    tell: &mut (dyn FnMut(Told) + Send),
) -> Result<(), StoreError> {
    tokio::pin!(stop);
    let mut ticks = tokio::time::interval(match pace {
        Pace::Once => Duration::from_secs(1),
        Pace::Every(every) => every.max(Duration::from_secs(1)),
    });
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            _ = ticks.tick() => {}
        }
        let mut session = match db.session().await {
            Ok(session) => session,
            Err(error) if pace == Pace::Once => return Err(error),
            Err(error) => {
                tell(Told::Lost(error.message()));
                continue;
            }
        };
        let backend = session.backend();
        let done = tokio::select! {
            biased;
            () = &mut stop => None,
            done = round(&mut session, tell) => Some(done),
        };
        match done {
            None => {
                // The session is dropped with its transaction; what it asked for is not waited for.
                if let Err(error) = db.cancel(backend).await {
                    tracing::warn!(reason = error.for_log(), "the query in hand was not cancelled");
                }
                return Ok(());
            }
            Some(Err(error))
                if pace == Pace::Once || matches!(error, StoreError::NotAllowed { .. }) =>
            {
                return Err(error);
            }
            Some(Err(error)) => tell(Told::Lost(error.message())),
            Some(Ok(())) => session.give_back().await,
        }
        if pace == Pace::Once {
            return Ok(());
        }
    }
}

/// One round over all moments that are on. One that fails does not keep the others from being run.
async fn round(
    session: &mut Session,
    tell: &mut (dyn FnMut(Told) + Send),
) -> Result<(), StoreError> {
    run::allowed(session).await?;
    for moment in run::enabled(session).await? {
        loop {
            match run::next(session, &moment).await {
                Ok(Some(ran)) => tell(Told::Ran(ran)),
                Ok(None) => break,
                Err(MomentError::Store(error @ StoreError::Unreachable { .. })) => {
                    return Err(error);
                }
                Err(error) => {
                    tell(Told::Failed { moment: moment.clone(), why: error.message() });
                    break;
                }
            }
        }
    }
    match upkeep::keep_lists(session).await {
        Err(error @ StoreError::Unreachable { .. }) => Err(error),
        // Nobody waits for it, and the next round tries again.
        Err(error) => {
            tracing::warn!(reason = error.for_log(), "the lists were not kept");
            Ok(())
        }
        Ok(kept) => {
            tracing::debug!(kept, "plans forgotten and homes of lists merged or dropped");
            Ok(())
        }
    }
}
