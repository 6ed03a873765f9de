//! The windows of a rule, for whoever asks what came of something: how far they reach, and the same rule with windows
//! that begin with a day.

use chrono::NaiveDate;

use super::column::Column;
use super::expr::{EventSet, Expr, Leaf, Rule, Term};
use super::value::Interval;

/// A part of a rule that has to do with days.
enum Dated<'a> {
    /// The window of events; none reaches back to the first.
    Events(&'a mut Option<Interval>),
    /// How long ago the other balance was.
    Balance(&'a mut Interval),
    /// Something of which only the present is known.
    Present,
}

impl Rule {
    /// The last day of the rule's longest window, if it begins with the day after `day`; none if the rule names no window.
    #[must_use]
    pub fn window_end(&self, day: NaiveDate) -> Option<NaiveDate> {
        let mut latest = None;
        self.clone().dated(&mut |part| {
            let back = match part {
                Dated::Events(back) => *back,
                Dated::Balance(back) => Some(*back),
                Dated::Present => None,
            };
            latest = latest.max(back.and_then(|back| back.added_to(day)));
        });
        latest
    }

    /// The first day of which its windows count events; none if it names no window of events.
    #[must_use]
    pub fn events_reach(&self) -> Option<NaiveDate> {
        let (as_of, mut first) = (self.as_of, None::<NaiveDate>);
        self.clone().dated(&mut |part| {
            if let Dated::Events(Some(back)) = part {
                let day = back.before(as_of).and_then(|day| day.succ_opt());
                let day = day.unwrap_or(NaiveDate::MIN);
                first = Some(first.map_or(day, |first| first.min(day)));
            }
        });
        first
    }

    /// The same rule in which events count only if they came after `day`, and a balance is compared with none before that
    /// day's: windows that reach further back are cut there. `day` must not be after as-of.
    #[must_use]
    pub fn since(mut self, day: NaiveDate) -> Self {
        let as_of = self.as_of;
        let cut = |back: Option<Interval>| {
            let from = back.and_then(|back| back.before(as_of)).map_or(day, |from| from.max(day));
            let days = i32::try_from((as_of - from).num_days()).unwrap_or_default();
            Interval { months: 0, days: days.max(0) }
        };
        self.dated(&mut |part| match part {
            Dated::Events(back) => *back = Some(cut(*back)),
            Dated::Balance(back) => *back = cut(Some(*back)),
            Dated::Present => {}
        });
        self
    }

    /// True if the rule asks for something of which only the present is known, such as an attribute: of a day that has
    /// passed it says what is so today.
    #[must_use]
    pub fn reads_present(&self) -> bool {
        let mut present = false;
        self.clone().dated(&mut |part| present |= matches!(part, Dated::Present));
        present
    }

    fn dated(&mut self, each: &mut dyn FnMut(Dated<'_>)) {
        expr(&mut self.expr, each);
    }
}

fn expr(of: &mut Expr, each: &mut dyn FnMut(Dated<'_>)) {
    match of {
        Expr::Const(_) | Expr::Under { .. } => {}
        Expr::Flag(what) | Expr::Like { column: what, .. } => column(what, each),
        Expr::Compare { left, right, .. } => {
            term(left, each);
            term(right, each);
        }
        Expr::Between { term: of, .. }
        | Expr::In { term: of, .. }
        | Expr::IsNull { term: of, .. } => {
            term(of, each);
        }
        Expr::Leaf(of) => leaf(of, each),
        Expr::Not(inner) => expr(inner, each),
        Expr::And(parts) | Expr::Or(parts) => parts.iter_mut().for_each(|part| expr(part, each)),
    }
}

fn leaf(of: &mut Leaf, each: &mut dyn FnMut(Dated<'_>)) {
    match of {
        Leaf::FollowedBy { first, then, .. } => {
            events(first, each);
            events(then, each);
        }
        Leaf::TierMoved { back, .. } => each(Dated::Balance(back)),
        Leaf::Segment { rule, .. } | Leaf::Related { rule, .. } => expr(rule, each),
        Leaf::Consents { .. } | Leaf::Within { .. } => each(Dated::Present),
        Leaf::Falling { .. }
        | Leaf::Holds { .. }
        | Leaf::Snapshot { .. }
        | Leaf::List { .. }
        | Leaf::Contacted { .. }
        | Leaf::InStrategy { .. }
        | Leaf::Sample { .. } => {}
    }
}

fn term(of: &mut Term, each: &mut dyn FnMut(Dated<'_>)) {
    match of {
        Term::Column(what) => column(what, each),
        Term::Arith { left, right, .. } => {
            term(left, each);
            term(right, each);
        }
        Term::Events { events: set }
        | Term::SumEvents { events: set }
        | Term::FirstEvent { events: set }
        | Term::LastEvent { events: set } => events(set, each),
        Term::Change { back, .. } => each(Dated::Balance(back)),
        Term::NearTier { .. } | Term::Drift { .. } => each(Dated::Present),
        Term::Literal(_) | Term::Balance { .. } | Term::ProductCount => {}
    }
}

fn events(of: &mut EventSet, each: &mut dyn FnMut(Dated<'_>)) {
    each(Dated::Events(&mut of.back));
}

fn column(of: &Column, each: &mut dyn FnMut(Dated<'_>)) {
    match of {
        Column::Rm | Column::Aum | Column::NoContact | Column::Tier | Column::Attribute(_) => {
            each(Dated::Present);
        }
        Column::CustomerId
        | Column::Org
        | Column::OpenedOn
        | Column::BirthDate
        | Column::Gender
        | Column::Age => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::rule::tests::{bank, day};
    use crate::domain::rule::{Rule, Vocabulary};

    fn on(words: &Vocabulary, text: &str, year: i32, month: u32, of: u32) -> Rule {
        Rule::parse(text, &words.on(day(year, month, of))).unwrap()
    }

    #[test]
    fn the_longest_window_ends_the_measure() {
        let words = bank();
        let end = |text: &str| on(&words, text, 2026, 3, 1).window_end(day(2026, 1, 31));
        assert_eq!(end("events('login', interval '30 days') >= 1"), Some(day(2026, 3, 2)));
        assert_eq!(
            end(
                "not (events('login', interval '7 days') = 0 and sum_events('login', interval '1 month') > 5)"
            ),
            Some(day(2026, 2, 28))
        );
        assert_eq!(end("events('login') > 0 and age > 30"), None);
    }

    #[test]
    fn the_first_day_is_that_of_the_longest_window_of_events() {
        let words = bank();
        let reach = |text: &str| on(&words, text, 2026, 3, 31).events_reach();
        assert_eq!(reach("events('login', interval '30 days') >= 1"), Some(day(2026, 3, 2)));
        let both = "events('login', interval '7 days') = 0 or not (sum_events('login', interval '1 year') > 5)";
        assert_eq!(reach(both), Some(day(2025, 4, 1)));
        assert_eq!(reach("events('login') > 0 and change('aum', interval '9 years') < 0"), None);
    }

    #[test]
    fn what_came_before_the_day_does_not_count() {
        let words = bank();
        let cut =
            |text: &str, of: u32| on(&words, text, 2026, 3, of).since(day(2026, 3, 1)).canonical();
        // As of the push day and thirty days, the window is the whole of it.
        let text = "events('login', interval '30 days') >= 1";
        assert_eq!(cut(text, 31), text);
        assert_eq!(cut(text, 11), "events('login', interval '10 days') >= 1");
        assert_eq!(
            cut("last_event('login') is not null or events('login', interval '2 days') > 0", 11),
            "last_event('login', interval '10 days') is not null or events('login', interval '2 days') > 0"
        );
    }

    #[test]
    fn what_is_known_of_today_only_is_said() {
        let words = bank();
        let present = |text: &str| on(&words, text, 2026, 3, 1).reads_present();
        assert!(present("aum > 5 and events('login') > 0") && present("not (tier = 'gold')"));
        assert!(!present("events('login') > 0 and age > 30"));
    }
}
