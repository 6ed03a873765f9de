//! The page that says where a change comes from.

use crate::app::action::Refusal;
use crate::app::field::Field;
use crate::app::listing::Freshness;
use crate::app::sieve::Sieve;
use crate::app::span::Span;
use crate::domain::decomposition::headline::Headline;
use crate::domain::decomposition::{By, Effect, Explanation, Method, When};
use crate::domain::metric::KpiRow;
use crate::domain::metric::compare::Compare;
use crate::domain::metric::period::Period;

/// A unit on the way down: its code and name. The whole bank is not in the list.
pub type Unit = (String, String);

/// Where a metric's change comes from, unit by unit or factor by factor.
#[derive(Clone, Debug)]
pub struct ExplainPage {
    /// The metric's code.
    pub metric: String,
    /// Its Chinese and English names.
    pub names: (String, String),
    /// The parts of its values are minor units.
    pub money: bool,
    /// The ways in which it can be split without being asked for an attribute or a segment.
    pub ways: Vec<By>,
    /// Split over what now.
    pub by: By,
    /// By which method; none for the one that fits.
    pub method: Option<Method>,
    /// Held against what, instead of between two days or periods.
    pub compare: Option<Compare>,
    /// Between which days.
    pub span: Span,
    /// Between which periods, the earlier first; none for the two days.
    pub periods: Option<(Period, Period)>,
    /// The units drilled into.
    pub path: Vec<Unit>,
    /// The answer on screen.
    pub answer: Option<Explanation>,
    /// The sentence above it, once it is known.
    pub headline: Option<Headline>,
    /// How far the answer can be trusted.
    pub freshness: Freshness,
    /// Why there is no answer.
    pub refusal: Option<Refusal>,
    /// Which of the parts are on screen.
    pub sieve: Sieve,
    /// Which of the parts on screen the cursor is on.
    pub cursor: usize,
    /// The part that the cursor is to stand on when the answer comes: of a change that was noted.
    pub sought: Option<String>,
}

impl ExplainPage {
    /// A page of which nothing is known yet but its metric and between which days.
    #[must_use]
    pub fn new(metric: &KpiRow, ways: Vec<By>, path: Vec<Unit>, span: Span) -> Self {
        Self {
            metric: metric.metric.clone(),
            names: (metric.zh.clone(), metric.en.clone()),
            money: metric.is_money(),
            by: ways.first().cloned().unwrap_or_default(),
            ways,
            method: None,
            compare: None,
            span,
            periods: None,
            path,
            answer: None,
            headline: None,
            freshness: Freshness::Unknown,
            refusal: None,
            sieve: Sieve::default(),
            cursor: 0,
            sought: None,
        }
    }

    /// Takes the answer; the cursor stands on the part that was sought.
    pub fn take(&mut self, answer: Explanation) {
        let words = |part: &Effect| format!("{} {} {}", part.name, part.zh, part.en);
        self.sieve.take(answer.effects.iter().map(words));
        self.answer = Some(answer);
        if let Some(name) = self.sought.take() {
            let place = self.parts().position(|part| part.name == name);
            self.cursor = place.unwrap_or(self.cursor);
        }
        self.cursor = self.cursor.min(self.sieve.len().saturating_sub(1));
    }

    /// What was on screen belongs to another question, and so does what was looked for in it.
    pub fn forget(&mut self) {
        self.answer = None;
        self.freshness = Freshness::Unknown;
        self.sieve.forget();
    }

    /// Gives the filter a change; the cursor goes to the first part that matches. False if nothing changed.
    pub fn filter_by(&mut self, change: impl FnOnce(&mut Field) -> bool) -> bool {
        let changed = self.sieve.change(change);
        if changed {
            self.cursor = 0;
        }
        changed
    }

    /// The parts that match the filter, the best first; all in their order without one.
    pub fn parts(&self) -> impl Iterator<Item = &Effect> {
        let all = self.answer.as_ref().map_or(&[][..], |answer| answer.effects.as_slice());
        self.sieve.of(all)
    }

    /// The part under the cursor.
    #[must_use]
    pub fn part(&self) -> Option<&Effect> {
        self.parts().nth(self.cursor)
    }

    /// Between which days or periods, or against what.
    #[must_use]
    pub fn when(&self) -> When {
        match (self.compare, self.periods) {
            (Some(compare), _) => When::Compare(compare, Some(self.span.to)),
            (None, Some((from, to))) => When::Periods(from, to),
            (None, None) => When::Days(self.span.from, self.span.to),
        }
    }

    /// The next way in which it can be split; none where there is only one.
    #[must_use]
    pub fn next_way(&self) -> Option<&By> {
        let at = self.ways.iter().position(|way| *way == self.by);
        let next = at.map_or(0, |at| (at + 1) % self.ways.len());
        self.ways.get(next).filter(|way| **way != self.by)
    }

    /// The parts are units, which can be gone down into.
    #[must_use]
    pub fn parts_are_units(&self) -> bool {
        matches!(self.by, By::Org | By::Both)
    }
}
