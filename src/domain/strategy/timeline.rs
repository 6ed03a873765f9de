//! The waves of a strategy on one axis of days, counted from the push.

use chrono::NaiveDate;

use super::StrategyText;
use super::body::{Body, When};
use super::word::{Audience, Channel};

/// A round on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round<'s> {
    /// Its name; none for the one round of a plain strategy.
    pub name: Option<&'s str>,
    /// When, as it is written.
    pub when: &'s When,
    /// The day on the axis; none for a wave that follows something of each customer's own.
    pub day: Option<i64>,
    /// For whom.
    pub audience: Audience,
    /// Its own channel, else the first of the channel plan.
    pub channel: Option<Channel>,
}

/// The round that a strategy without waves has.
static AT_ONCE: When = When::Day(0);

/// The rounds in their order, if the push goes out on `start`.
#[must_use]
pub fn rounds(body: &Body, start: NaiveDate) -> Vec<Round<'_>> {
    let planned = body.channels.first().map(|step| step.code);
    if body.waves.is_empty() {
        let audience = Audience::All;
        return vec![Round {
            name: None,
            when: &AT_ONCE,
            day: Some(0),
            audience,
            channel: planned,
        }];
    }
    let day = |when: &When| match when {
        When::Day(day) => Some(i64::from(*day)),
        When::Date(date) => Some((*date - start).num_days()),
        When::After { .. } => None,
    };
    let waves = body.waves.iter().map(|wave| Round {
        name: Some(&wave.name),
        when: &wave.when,
        day: day(&wave.when),
        audience: wave.audience,
        channel: wave.channel.or(planned),
    });
    waves.collect()
}

/// The days that stand on the axis beside the waves, and the axis' last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Deadline of the first wave's orders.
    pub deadline: i64,
    /// The rest of the units follow.
    pub rollout: Option<i64>,
    /// The planned review.
    pub review: Option<i64>,
    /// The last day that is drawn.
    pub last: i64,
}

impl Span {
    /// Of a strategy whose push goes out on `start`.
    #[must_use]
    pub fn of(text: &StrategyText, start: NaiveDate) -> Self {
        let deadline = i64::from(text.deadline_days);
        let rollout = text.body.pilot.as_ref().map(|pilot| i64::from(pilot.days));
        let review = text.body.success.as_ref().map(|success| i64::from(success.review_days));
        let own = rounds(&text.body, start).iter().filter_map(|round| round.day).max();
        let after = text.body.waves.iter().filter_map(|wave| match wave.when {
            When::After { days, .. } => Some(i64::from(days)),
            _ => None,
        });
        let last = [Some(deadline), rollout, review, own, after.max()];
        let last = last.into_iter().flatten().max().unwrap_or(1).max(1);
        Self { deadline, rollout, review, last }
    }

    /// The cell of `day` on an axis of so many cells; days before the push stand at its beginning.
    #[must_use]
    pub fn cell(&self, day: i64, cells: u16) -> u16 {
        let (day, last) = (day.clamp(0, self.last), self.last);
        let widest = i64::from(cells.saturating_sub(1));
        u16::try_from((day * widest + last / 2) / last).unwrap_or(0)
    }

    /// Days between two marks of the axis: the least of the usual ones that leaves at most `marks` of them.
    #[must_use]
    pub fn step(&self, marks: u16) -> i64 {
        let usual = [1, 2, 5, 7, 10, 14, 30, 60, 90, 180];
        let most = i64::from(marks.max(1));
        usual.into_iter().find(|step| self.last / step <= most).unwrap_or(365)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::strategy::file;
    use proptest::prelude::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
    }

    fn body(text: &str) -> Body {
        file::read_body(text, Currency::CNY).unwrap().strategy.body
    }

    #[test]
    fn days_dates_and_anchors_stand_where_they_belong() {
        let body = body(
            "[[wave]]\nname = \"a\"\nday = 3\n[[wave]]\nname = \"b\"\ndate = 2026-12-11\nchannel = \"sms\"\n\
             [[wave]]\nname = \"c\"\nafter = \"opened_on\"\ndays = 40\n\
             [[channel]]\ncode = \"rm_phone\"\n[success]\nmetric = \"aum\"\nreview_days = 30\n",
        );
        let rounds = rounds(&body, day(1));
        let days: Vec<_> = rounds.iter().map(|round| round.day).collect();
        assert_eq!(days, [Some(3), Some(10), None]);
        assert_eq!(rounds[0].channel, Some(Channel::RmPhone), "the first of the plan");
        assert_eq!(rounds[1].channel, Some(Channel::Sms));
        let text = StrategyText { deadline_days: 14, body, ..StrategyText::default() };
        let span = Span::of(&text, day(1));
        assert_eq!((span.review, span.last), (Some(30), 40));
    }

    #[test]
    fn a_plain_strategy_has_one_round_on_the_day_of_the_push() {
        let plain = Body::default();
        assert_eq!(rounds(&plain, day(1))[0].day, Some(0));
    }

    proptest! {
        #[test]
        fn every_day_has_a_cell_and_later_ones_stand_further(a in -9..900_i64, b in -9..900_i64, last in 1..900_i64, cells in 1..200_u16) {
            let span = Span { deadline: 1, rollout: None, review: None, last };
            let (one, other) = (span.cell(a.min(b), cells), span.cell(a.max(b), cells));
            prop_assert!(one <= other && other < cells);
            prop_assert!(span.last / span.step(cells) <= i64::from(cells).max(2));
        }
    }
}
