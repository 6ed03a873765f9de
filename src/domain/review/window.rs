//! Which days count: a rule of a strategy, as it is asked after a push.
//!
//! `events('purchase', interval '30 days')` is read as of the push day plus thirty days, so that its window is the days
//! after the push up to that one. A rule without a window counts up to the planned day of the review, and no rule counts
//! beyond it. Until that day has come the rule is asked as of today, and nothing of the push day or before it counts: the
//! figures are then preliminary.

use chrono::{Days, NaiveDate};

use crate::domain::rule::{Rule, RuleError, Vocabulary};

/// A rule as it is asked of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// As of `to`, with windows cut at the push.
    pub rule: Rule,
    /// The last day that counts today.
    pub to: NaiveDate,
    /// The last day that will count.
    pub until: NaiveDate,
    /// A window of it reaches beyond the planned day.
    pub cut: bool,
    /// It asks for something of which only today is known, as of a day that has passed.
    pub present: bool,
    /// The day up to which it should count by now, where records that it asks for end before: then `to` is the last day of them, or
    /// the push.
    pub wanted: Option<NaiveDate>,
    /// Those records.
    pub short: Vec<Known>,
}

/// Records of the bank that a rule asks for, and the last day of which they tell; none where there are none, or nobody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which.
    pub of: Records,
    /// The last day.
    pub on: Option<NaiveDate>,
}

/// Records of the bank that come by days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// What customers did.
    Events,
    /// What they hold.
    Holdings,
    /// What else imports bring of them, which is today's alone.
    Customers,
    /// A mart of the bank's own, by its name.
    Mart(String),
}

/// When a push was, when its review is planned, and the bank's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The bank's day of the push.
    pub pushed: NaiveDate,
    /// The planned day of the review.
    pub due: NaiveDate,
    /// The bank's day.
    pub today: NaiveDate,
}

impl Span {
    /// The planned day, or today if that is earlier; never before the push.
    #[must_use]
    pub fn so_far(&self) -> NaiveDate {
        self.due.min(self.today).max(self.pushed)
    }
}

/// A rule of the strategy's text as it is asked after the push. `known` are the records that it asks for: of a day after their last nobody
/// knows what customers did or held, and a rule that asks for it is asked as of that day.
///
/// # Errors
/// [`RuleError`] if the bank's words have changed under it.
pub fn after(
    text: &str,
    words: &Vocabulary,
    span: Span,
    known: &[Known],
) -> Result<Asked, RuleError> {
    let written = Rule::parse_kept(text, &words.on(span.due), None)?;
    let end = written.window_end(span.pushed);
    let until = end.map_or(span.due, |end| end.min(span.due));
    let due = until.min(span.today).max(span.pushed);
    let ends = |known: &&Known| known.on.is_none_or(|on| on < due);
    let short: Vec<Known> = known.iter().filter(ends).cloned().collect();
    let first = short.iter().map(|known| known.on.unwrap_or(span.pushed)).min();
    let to = first.map_or(due, |first| first.max(span.pushed));
    let rule = Rule::parse_kept(text, &words.on(to), None)?.since(span.pushed);
    let present = rule.reads_present() && to < span.today;
    let cut = end.is_some_and(|end| end > span.due);
    let wanted = first.map(|_| due);
    Ok(Asked { rule, to, until, cut, present, wanted, short })
}

/// The same rule over as many days up to the push, the push day included; none beyond the calendar.
///
/// # Errors
/// As [`after`].
pub fn before(
    text: &str,
    words: &Vocabulary,
    pushed: NaiveDate,
    days: u64,
) -> Result<Option<Rule>, RuleError> {
    let Some(from) = pushed.checked_sub_days(Days::new(days)) else { return Ok(None) };
    Ok(Some(Rule::parse_kept(text, &words.on(pushed), None)?.since(from)))
}
