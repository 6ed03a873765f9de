//! Taking messages to their doors: claim some, send them door by door, say how it went.

use std::time::Duration;

use futures_util::future::join_all;

use super::web_door::Web;
use super::{Tell, file_door};
use crate::domain::delivery::{BATCH, Delivered, DoorKind, Envelope, LEASE, Undelivered};
use crate::domain::event_rule::Told;
use crate::domain::webhook::{Refused, Webhooks};
use crate::store::delivery::{self, DeliveryError};
use crate::store::{Db, Session, StoreError};

/// How many files are written before it is said that they are.
const FILES: usize = 20;
/// How many messages are on their way over HTTP at once. All together take no longer than one may.
const POSTS: usize = 8;
/// After so many failures in a row over HTTP nothing more of the lot is tried: a system that does not answer would keep all
/// other doors waiting.
const IN_A_ROW: usize = 5;
/// When the rest of the lot is looked at again then.
const REST: Duration = Duration::from_secs(30);

/// What the worker has in hand, the seed by which failed messages are spread, and the way over HTTP.
#[derive(Debug)]
pub(super) struct Hand {
    lease: Option<i64>,
    seed: u64,
    web: Web,
}

impl Hand {
    pub(super) fn new(seed: u64, webhooks: Webhooks) -> Self {
        Self { lease: None, seed, web: Web::new(webhooks) }
    }

    /// Gives back what was claimed, so that nobody waits for the lease to run out.
    pub(super) async fn give_back(&mut self, db: &Db) {
        let Some(lease) = self.lease.take() else { return };
        let given = async {
            let mut session = db.session().await?;
            delivery::release(&mut session, lease).await
        };
        match given.await {
            Ok(messages) => tracing::info!(messages, "messages in hand were given back"),
            Err(error) => tracing::warn!(reason = error.for_log(), "messages were not given back"),
        }
    }
}

/// Sends whatever is due until nothing is.
pub(super) async fn all(
    session: &mut Session,
    hand: &mut Hand,
    tell: Tell<'_>,
) -> Result<(), StoreError> {
    loop {
        hand.lease = None;
        let Some(claimed) = delivery::claim(session, BATCH, LEASE).await? else { return Ok(()) };
        hand.lease = Some(claimed.lease);
        for messages in by_door(claimed.messages) {
            let sent = match messages[0].kind {
                DoorKind::Inbox => inbox(session, hand, claimed.lease, &messages, tell).await,
                DoorKind::File => files(session, hand, claimed.lease, &messages, tell).await,
                DoorKind::Webhook => web(session, hand, claimed.lease, &messages, tell).await,
            };
            match sent {
                Ok(()) => {}
                Err(DeliveryError::LeaseLost { messages }) => {
                    tracing::warn!(
                        messages,
                        "a lease ran out; whoever has the messages sends them"
                    );
                    break;
                }
                Err(DeliveryError::Store(error)) => return Err(error),
            }
        }
    }
}

/// The messages of each door together, in the order of their making.
fn by_door(messages: Vec<Envelope>) -> Vec<Vec<Envelope>> {
    let mut doors: Vec<Vec<Envelope>> = Vec::new();
    for message in messages {
        match doors.iter_mut().find(|door| door[0].door == message.door) {
            Some(door) => door.push(message),
            None => doors.push(vec![message]),
        }
    }
    doors
}

/// Into the inbox and out of the queue in one transaction. What the database will not take is put off.
async fn inbox(
    session: &mut Session,
    hand: &Hand,
    lease: i64,
    messages: &[Envelope],
    tell: Tell<'_>,
) -> Result<(), DeliveryError> {
    match delivery::into_inbox(session, lease, messages).await {
        Ok(()) => {
            told(messages, tell);
            Ok(())
        }
        Err(error) => match error.reason() {
            Some(reason) => put_off(session, hand, lease, (messages, &reason.into()), tell).await,
            None => Err(error),
        },
    }
}

/// Into files, a few at a time: what is said to have left has left, and a worker that is slow says that it is alive.
async fn files(
    session: &mut Session,
    hand: &Hand,
    lease: i64,
    messages: &[Envelope],
    tell: Tell<'_>,
) -> Result<(), DeliveryError> {
    for few in messages.chunks(FILES) {
        delivery::renew(session, lease, LEASE).await?;
        let texts = delivery::texts(session, lease, few).await?;
        let write = |(message, text): (&Envelope, _)| {
            file_door::write(&message.target, &message.key, lease, text).map_err(Refused::from)
        };
        let sent = few.iter().zip(&texts).map(write).collect();
        settle(session, hand, lease, (few, sent), tell).await?;
    }
    Ok(())
}

/// Over HTTP, some at once. One that has left and could not be said to have is sent again, under the same name.
async fn web(
    session: &mut Session,
    hand: &Hand,
    lease: i64,
    messages: &[Envelope],
    tell: Tell<'_>,
) -> Result<(), DeliveryError> {
    let mut in_a_row = 0;
    for (n, few) in messages.chunks(POSTS).enumerate() {
        if in_a_row >= IN_A_ROW {
            delivery::untried(session, lease, &messages[n * POSTS..], REST).await?;
            return Ok(());
        }
        delivery::renew(session, lease, LEASE).await?;
        let texts = delivery::texts(session, lease, few).await?;
        let sent: Vec<Result<(), Refused>> =
            join_all(few.iter().zip(&texts).map(|(message, text)| hand.web.send(message, text)))
                .await;
        for one in &sent {
            in_a_row = if one.is_ok() { 0 } else { in_a_row + 1 };
        }
        settle(session, hand, lease, (few, sent), tell).await?;
    }
    Ok(())
}

/// Says what became of messages, those of one failure together.
async fn settle(
    session: &mut Session,
    hand: &Hand,
    lease: i64,
    (messages, sent): (&[Envelope], Vec<Result<(), Refused>>),
    tell: Tell<'_>,
) -> Result<(), DeliveryError> {
    let mut done = Vec::new();
    let mut failed: Vec<(Envelope, Refused)> = Vec::new();
    for (message, sent) in messages.iter().zip(sent) {
        match sent {
            Ok(()) => done.push(message.clone()),
            Err(refused) => failed.push((message.clone(), refused)),
        }
    }
    if !done.is_empty() {
        delivery::done(session, lease, &done).await?;
        told(&done, tell);
    }
    while let Some((_, refused)) = failed.first() {
        let refused = refused.clone();
        let (same, others): (Vec<_>, Vec<_>) =
            failed.into_iter().partition(|(_, other)| *other == refused);
        let same: Vec<Envelope> = same.into_iter().map(|(message, _)| message).collect();
        put_off(session, hand, lease, (&same, &refused), tell).await?;
        failed = others;
    }
    Ok(())
}

async fn put_off(
    session: &mut Session,
    hand: &Hand,
    lease: i64,
    (messages, why): (&[Envelope], &Refused),
    tell: Tell<'_>,
) -> Result<(), DeliveryError> {
    delivery::failed(session, lease, messages, why, hand.seed).await?;
    let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
    let door = messages[0].door.clone();
    tell(Told::Undelivered(Undelivered { door, messages: count, reason: why.reason.clone() }));
    Ok(())
}

fn told(messages: &[Envelope], tell: Tell<'_>) {
    let tasks = messages.iter().map(|message| message.tasks).sum();
    let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
    tell(Told::Delivered(Delivered { door: messages[0].door.clone(), messages: count, tasks }));
}
