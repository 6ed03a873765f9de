//! Where a task stands in its strategy's channel plan. The database takes it on (`baton.channel_go`); here it is told.

use chrono::NaiveDate;

use crate::domain::message::{Arg, Message};
use crate::domain::strategy::word::Channel;
use crate::msg;

/// The channel by which a customer is to be asked now, and what comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskChannel {
    /// Its place in the plan, from 1.
    pub place: i32,
    /// How many channels the plan has.
    pub channels: i32,
    /// Which.
    pub channel: Channel,
    /// The bank's day on which it began.
    pub since: NaiveDate,
    /// The day on which the next one takes its place if nothing is heard; none if only an answer moves it.
    pub until: Option<NaiveDate>,
    /// Which comes next; none after the last that he may be asked by.
    pub next: Option<Channel>,
    /// An outcome has stopped the plan.
    pub stopped: bool,
    /// He may still be asked by it: he has not said no to it since, and his number is not known to be wrong.
    pub open: bool,
}

impl TaskChannel {
    /// The sentence for who has the task.
    #[must_use]
    pub fn said(&self) -> Message {
        let next = |key| match self.next {
            Some(next) => Message::new(key).with("next", next.label()),
            None => msg!("task.channel.last").into(),
        };
        let then: Message = match self.until {
            _ if self.stopped => msg!("task.channel.stopped").into(),
            _ if !self.open && self.next.is_none() => msg!("task.channel.closed").into(),
            Some(until) => next(msg!("task.channel.next-on")).with("until", until),
            None => next(msg!("task.channel.next")),
        };
        Message::new(msg!("task.channel.stands"))
            .with("channel", self.channel.label())
            .with("place", self.place)
            .with("channels", self.channels)
            .with("since", self.since)
            .with("then", Arg::from(then))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_is_told_only_while_something_does() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let stands = TaskChannel {
            place: 1,
            channels: 2,
            channel: Channel::RmPhone,
            since: day(20),
            until: Some(day(23)),
            next: Some(Channel::Wecom),
            stopped: false,
            open: true,
        };
        let then = |channel: TaskChannel| match channel
            .said()
            .args
            .into_iter()
            .find(|(name, _)| *name == "then")
        {
            Some((_, Arg::Message(then))) => then.key,
            other => panic!("{other:?}"),
        };
        assert_eq!(then(stands), msg!("task.channel.next-on"));
        assert_eq!(then(TaskChannel { until: None, ..stands }), msg!("task.channel.next"));
        assert_eq!(then(TaskChannel { stopped: true, ..stands }), msg!("task.channel.stopped"));
        let last = TaskChannel { next: None, until: None, ..stands };
        assert_eq!(then(last), msg!("task.channel.last"));
        assert_eq!(then(TaskChannel { open: false, ..last }), msg!("task.channel.closed"));
    }
}
