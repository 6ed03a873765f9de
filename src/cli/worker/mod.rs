//! `baton worker`: what the worker may be told, and how it tells what it has done. `main` runs it. Where deliveries stand, and
//! putting dead letters back, are commands beside it.

mod status;

use std::time::Duration;

use serde_json::{Value, json};

use super::{Context, Failure, Table};
use crate::domain::delivery::{ChannelsGone, Delivered, Undelivered};
use crate::domain::event_rule::{Ran, Told};
use crate::domain::message::Message;
use crate::domain::outcome::InboxTaken;
use crate::msg;

/// How to work, or what to do instead.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Look once, do what is due, and end
    #[arg(long)]
    pub once: bool,
    /// Seconds from one look to the next; a push wakes the worker besides
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400), conflicts_with = "once")]
    pub every: u64,
    /// Instead of working
    #[command(subcommand)]
    pub instead: Option<Instead>,
}

/// What is about deliveries and is no work.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Instead {
    /// How many messages wait, are in hand, are dead, have left
    Status {
        /// Of this push only
        #[arg(long, value_name = "PUSH")]
        push: Option<i64>,
    },
    /// Puts dead messages back, or sends a whole push again under the same names
    Replay(status::ReplayArgs),
}

impl Args {
    /// How long from one look to the next; none for a single one.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        (!self.once).then(|| Duration::from_secs(self.every))
    }
}

/// Runs what stands beside working.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.instead {
        // Told of here, run by `main`, which knows the worker.
        None => Ok(()),
        Some(Instead::Status { push }) => status::show(push, context).await,
        Some(Instead::Replay(what)) => status::replay(&what, context).await,
    }
}

/// Says what a worker does as it does it, and gives the result of a single round at its end.
#[derive(Debug)]
pub struct Teller<'a> {
    context: &'a Context,
    ran: Vec<Ran>,
    failed: Vec<String>,
    delivered: Vec<Delivered>,
    undelivered: Vec<Undelivered>,
    inbox: InboxTaken,
    channels: Vec<ChannelsGone>,
    once: bool,
}

impl<'a> Teller<'a> {
    /// One that has heard nothing yet. One that stays says that it does.
    #[must_use]
    pub fn new(args: &Args, context: &'a Context) -> Self {
        if let Some(every) = args.every() {
            context
                .output
                .say(Message::new(msg!("moment.worker.waits")).with("seconds", every.as_secs()));
        }
        Self {
            context,
            ran: Vec::new(),
            failed: Vec::new(),
            delivered: Vec::new(),
            undelivered: Vec::new(),
            inbox: InboxTaken::default(),
            channels: Vec::new(),
            once: args.once,
        }
    }

    /// Hears what was done.
    pub fn hear(&mut self, told: Told) {
        match told {
            Told::Ran(ran) if self.once => self.ran.push(ran),
            Told::Ran(ran) => {
                tracing::info!(moment = ran.moment, day = %ran.day, new = ran.new, "a moment was run");
                self.context.output.say(
                    Message::new(msg!("moment.worker.ran"))
                        .with("moment", ran.moment)
                        .with("day", ran.day)
                        .with("new", ran.new),
                );
            }
            Told::Failed { moment, why } => {
                tracing::warn!(moment, "a moment was not run");
                let failed = Message::new(msg!("moment.worker.failed"));
                self.context.output.say(failed.with("moment", moment.as_str()).with("why", why));
                if self.once && !self.failed.contains(&moment) {
                    self.failed.push(moment);
                }
            }
            Told::Delivered(sent) => self.hear_delivered(sent),
            Told::Undelivered(kept) => self.hear_undelivered(kept),
            Told::Inbox(taken) => self.hear_inbox(taken),
            Told::Channels(gone) => self.hear_channels(gone),
            Told::Lost(why) => {
                tracing::warn!("the worker could not ask the database");
                self.context.output.say(Message::new(msg!("moment.worker.lost")).with("why", why));
            }
            Told::Back => {
                tracing::info!("the database answers again");
                self.context.output.say(msg!("moment.worker.back"));
            }
        }
    }

    fn hear_delivered(&mut self, sent: Delivered) {
        if !self.once {
            tracing::info!(door = sent.door, messages = sent.messages, "messages have left");
            self.context.output.say(
                Message::new(msg!("delivery.worker.sent"))
                    .with("door", sent.door)
                    .with("messages", sent.messages)
                    .with("tasks", sent.tasks),
            );
            return;
        }
        match self.delivered.iter_mut().find(|all| all.door == sent.door) {
            Some(all) => {
                all.messages += sent.messages;
                all.tasks += sent.tasks;
            }
            None => self.delivered.push(sent),
        }
    }

    fn hear_undelivered(&mut self, kept: Undelivered) {
        tracing::warn!(door = kept.door, reason = kept.reason.code(), "messages have not left");
        self.context.output.say(
            Message::new(msg!("delivery.worker.unsent"))
                .with("door", kept.door.as_str())
                .with("messages", kept.messages)
                .with("why", kept.reason.message()),
        );
        if self.once {
            self.undelivered.push(kept);
        }
    }

    fn hear_inbox(&mut self, taken: InboxTaken) {
        tracing::info!(taken.accepted, taken.duplicate, taken.left_out, "outcomes were taken in");
        self.context.output.say(
            Message::new(msg!("board.inbox.taken"))
                .with("accepted", taken.accepted)
                .with("duplicate", taken.duplicate)
                .with("left", taken.left_out),
        );
        self.inbox = taken;
    }

    fn hear_channels(&mut self, gone: ChannelsGone) {
        tracing::info!(push = gone.push.0, gone.went, "tasks went on to another channel");
        self.context.output.say(
            Message::new(msg!("delivery.worker.channels"))
                .with("push", gone.push.to_string())
                .with("tasks", gone.went),
        );
        if self.once {
            self.channels.push(gone);
        }
    }

    /// What a single round has done; one that stayed has said it.
    ///
    /// # Errors
    /// [`Failure`] if a moment could not be run, or a message could not leave.
    pub fn end(self) -> Result<(), Failure> {
        if !self.once {
            return Ok(());
        }
        self.context.output.result(&self.value(), || self.table())?;
        if !self.failed.is_empty() {
            let failed = Message::new(msg!("moment.worker.some-failed"));
            return Err(Failure::refused(failed.with("codes", self.failed.join(", "))));
        }
        match self.undelivered.iter().map(|kept| kept.messages).sum::<i64>() {
            0 => Ok(()),
            kept => Err(Failure::refused(
                Message::new(msg!("delivery.worker.some-unsent")).with("messages", kept),
            )),
        }
    }

    fn value(&self) -> Value {
        let delivered: Vec<Value> = self
            .delivered
            .iter()
            .map(
                |sent| json!({ "door": sent.door, "messages": sent.messages, "tasks": sent.tasks }),
            )
            .collect();
        let undelivered: Vec<Value> = self
            .undelivered
            .iter()
            .map(|kept| json!({ "door": kept.door, "messages": kept.messages, "reason": kept.reason.code() }))
            .collect();
        let outcomes = json!({
            "accepted": self.inbox.accepted,
            "duplicate": self.inbox.duplicate,
            "left_out": self.inbox.left_out,
        });
        let channels: Vec<Value> = self
            .channels
            .iter()
            .map(|gone| json!({ "push": gone.push, "tasks": gone.went }))
            .collect();
        json!({
            "runs": self.ran, "failed": self.failed, "delivered": delivered, "undelivered": undelivered, "outcomes": outcomes,
            "channels": channels,
        })
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            ("moment", msg!("segment.fact.code")),
            ("day", msg!("moment.fact.day")),
            ("new", msg!("moment.fact.new")),
            ("door", msg!("delivery.fact.door")),
            ("messages", msg!("delivery.fact.messages")),
            ("tasks", msg!("push.fact.tasks")),
        ]);
        for ran in &self.ran {
            let nothing = || "".into();
            table.row([
                ran.moment.as_str().into(),
                ran.day.into(),
                ran.new.into(),
                nothing(),
                nothing(),
                nothing(),
            ]);
        }
        for sent in &self.delivered {
            let nothing = || "".into();
            table.row([
                nothing(),
                nothing(),
                nothing(),
                sent.door.as_str().into(),
                sent.messages.into(),
                sent.tasks.into(),
            ]);
        }
        table
    }
}
