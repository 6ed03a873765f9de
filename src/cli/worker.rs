//! `baton worker`: what the worker may be told, and how it tells what it has done. `main` runs it.

use std::time::Duration;

use serde_json::json;

use super::{Context, Failure, Table};
use crate::domain::event_rule::{Ran, Told};
use crate::domain::message::Message;
use crate::msg;

/// How to work.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Args {
    /// Look once, run what is due, and end
    #[arg(long)]
    pub once: bool,
    /// Seconds from one look to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400), conflicts_with = "once")]
    pub every: u64,
}

impl Args {
    /// How long from one look to the next; none for a single one.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        (!self.once).then(|| Duration::from_secs(self.every))
    }
}

/// Says what a worker does as it does it, and gives the result of a single round at its end.
#[derive(Debug)]
pub struct Teller<'a> {
    context: &'a Context,
    ran: Vec<Ran>,
    failed: Vec<String>,
    once: bool,
}

impl<'a> Teller<'a> {
    /// One that has heard nothing yet. One that stays says that it does.
    #[must_use]
    pub fn new(args: Args, context: &'a Context) -> Self {
        if let Some(every) = args.every() {
            context
                .output
                .say(Message::new(msg!("moment.worker.waits")).with("seconds", every.as_secs()));
        }
        Self { context, ran: Vec::new(), failed: Vec::new(), once: args.once }
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
            Told::Lost(why) => {
                tracing::warn!("the worker could not ask the database");
                self.context.output.say(Message::new(msg!("moment.worker.lost")).with("why", why));
            }
        }
    }

    /// What a single round has done; one that stayed has said it.
    ///
    /// # Errors
    /// [`Failure`] if a moment could not be run.
    pub fn end(self) -> Result<(), Failure> {
        if !self.once {
            return Ok(());
        }
        let value = json!({ "runs": self.ran, "failed": self.failed });
        self.context.output.result(&value, || {
            let mut table = Table::new([
                ("moment", msg!("segment.fact.code")),
                ("day", msg!("moment.fact.day")),
                ("new", msg!("moment.fact.new")),
            ]);
            for ran in &self.ran {
                table.row([ran.moment.as_str().into(), ran.day.into(), ran.new.into()]);
            }
            table
        })?;
        if self.failed.is_empty() {
            return Ok(());
        }
        let failed = Message::new(msg!("moment.worker.some-failed"));
        Err(Failure::refused(failed.with("codes", self.failed.join(", "))))
    }
}
