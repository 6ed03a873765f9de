//! What is held against what: two days, two periods, or a day against an earlier one that is named by a word.

use chrono::NaiveDate;

use crate::domain::message::Message;
use crate::domain::metric::compare::Compare;
use crate::domain::metric::period::Period;
use crate::msg;

/// What is held against what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From one day to another.
    Days(NaiveDate, NaiveDate),
    /// From one period to another: flows are summed over each, stocks are those of its last day or the mean of its days.
    Periods(Period, Period),
    /// A day (none: the bank's today) against the period before, the year before, its beginning, or the plan.
    Compare(Compare, Option<NaiveDate>),
}

/// Why two texts are no ends of a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// Neither a day nor a period.
    #[error("`{0}` is neither a day nor a period")]
    Unread(String),
    /// A day and a period.
    #[error("a day and a period")]
    Mixed,
    /// The earlier end is the later one.
    #[error("from {from} to {to} goes back")]
    Back {
        /// What was given as the earlier end.
        from: String,
        /// What was given as the later one.
        to: String,
    },
}

impl WhenError {
    /// Why a text alone is no day: it is a period, or nothing of both.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match Period::read(text) {
            Some(_) => Self::Mixed,
            None => Self::Unread(text.trim().to_owned()),
        }
    }

    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unread(text) => Message::new(msg!("kpi.when.unread")).with("text", text.as_str()),
            Self::Mixed => msg!("kpi.when.mixed").into(),
            Self::Back { from, to } => Message::new(msg!("kpi.when.back"))
                .with("from", from.as_str())
                .with("to", to.as_str()),
        }
    }
}

impl When {
    /// Reads the earlier and the later end: both are days (`2026-10-31`), or both periods (`2026-10`, `2026Q3`, `2026H1`, `2026`,
    /// `2026-10-01..2026-10-15`).
    ///
    /// # Errors
    /// [`WhenError`] names the text that is neither, or says that the earlier end lies behind the later one.
    pub fn read(from: &str, to: &str) -> Result<Self, WhenError> {
        let day = |text: &str| text.trim().parse::<NaiveDate>().ok();
        let known = |text: &str| {
            let unread = || WhenError::Unread(text.trim().to_owned());
            (day(text).is_some() || Period::read(text).is_some()).then_some(()).ok_or_else(unread)
        };
        known(from)?;
        known(to)?;
        let read = match (day(from).zip(day(to)), Period::read(from).zip(Period::read(to))) {
            (Some((from, to)), _) => Self::Days(from, to),
            (None, Some((from, to))) => Self::Periods(from, to),
            (None, None) => return Err(WhenError::Mixed),
        };
        let back = match read {
            Self::Days(from, to) => from > to,
            Self::Periods(from, to) => from.end > to.end,
            Self::Compare(..) => false,
        };
        let told = |text: &str| text.trim().to_owned();
        if back { Err(WhenError::Back { from: told(from), to: told(to) }) } else { Ok(read) }
    }

    /// Reads both ends from one line, the earlier first.
    #[must_use]
    pub fn read_line(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (from, to) = (words.next()?, words.next()?);
        let when = Self::read(from, to).ok().filter(|_| words.next().is_none())?;
        let ordered = match when {
            Self::Days(from, to) => from < to,
            Self::Periods(from, to) => from.end < to.end,
            Self::Compare(..) => false,
        };
        ordered.then_some(when)
    }

    /// Both ends as [`read`](Self::read) reads them; none of a comparison that is named by a word.
    #[must_use]
    pub fn written(self) -> Option<(String, String)> {
        match self {
            Self::Days(from, to) => Some((from.to_string(), to.to_string())),
            Self::Periods(from, to) => Some((from.label(), to.label())),
            Self::Compare(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_days_or_two_periods_are_read_and_written_alike() {
        for (from, to) in [
            ("2026-09-30", "2026-10-31"),
            ("2026-08", "2026-09"),
            ("2025Q3", "2026Q3"),
            ("2026-08-01..2026-08-15", "2026-09-01..2026-09-15"),
        ] {
            let written = When::read(from, to).unwrap().written().unwrap();
            assert_eq!((written.0.as_str(), written.1.as_str()), (from, to));
        }
        assert_eq!(When::read("2026-08-31", "2026-09"), Err(WhenError::Mixed));
        let (from, to) = ("2026-09".to_owned(), "2026-08".to_owned());
        assert_eq!(When::read("2026-09", "2026-08"), Err(WhenError::Back { from, to }));
        assert!(matches!(When::read("2026-09-02", "2026-09-01"), Err(WhenError::Back { .. })));
        assert_eq!(When::read("2026-08", "soon"), Err(WhenError::Unread("soon".to_owned())));
    }

    #[test]
    fn a_line_has_the_earlier_end_first() {
        assert!(matches!(When::read_line("2026-10-20 2026-11-20"), Some(When::Days(..))));
        assert!(matches!(When::read_line(" 2025Q3  2026Q3 "), Some(When::Periods(..))));
        for text in [
            "",
            "2026-10-20",
            "2026-11-20 2026-10-20",
            "2026-11-20 2026-11-20",
            "2026-09 2026-08",
            "2026-08 2026-08",
            "a b",
            "2026-08 2026-09 x",
        ] {
            assert!(When::read_line(text).is_none(), "{text}");
        }
    }
}
