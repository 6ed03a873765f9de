//! Narrowing the rows of a page by a few letters, as the panes' lists are: fuzzy, and by the pinyin of Chinese names.
//!
//! What was found is kept whole aside and the page shows those of its rows that match, so that everything that acts on a row acts
//! on one that is on screen. The best match stands first, as in the lists, but in a grid that was sorted.

use std::fmt::Write as _;

use super::names::{Names, word};
use super::study::{StudyPage, Whole};
use crate::app::field::Field;
use crate::app::study::Finding;
use crate::domain::agenda::{Agenda, Planned};
use crate::domain::board::Part;
use crate::domain::find::{self, Hay};
use crate::domain::policy;
use crate::domain::rule::{Called, Column};
use crate::domain::score::Item;
use crate::domain::segment::grid::{Cell, Grid};
use crate::domain::segment::portrait::Trait;

impl StudyPage {
    /// Whether its rows can be narrowed.
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.whole().is_some_and(|finding| words(finding, self.part, &self.names).is_some())
    }

    /// What was found, narrowed or not.
    #[must_use]
    pub fn whole(&self) -> Option<&Finding> {
        self.narrowed.as_ref().map(|whole| &whole.finding).or(self.finding.as_ref())
    }

    /// The month, narrowed or not: whom its pushes share is asked of all of them.
    #[must_use]
    pub fn whole_month(&self) -> Option<&Agenda> {
        match self.whole()? {
            Finding::Calendar(agenda) => Some(agenda),
            _ => None,
        }
    }

    /// How many of its rows are on screen, and of how many; none of what has no such rows.
    #[must_use]
    pub fn shown_of(&self) -> Option<(usize, usize)> {
        let rows =
            |finding: &Finding| words(finding, self.part, &self.names).map(|words| words.len());
        Some((self.finding.as_ref().and_then(rows)?, self.whole().and_then(rows)?))
    }

    /// The place in all that was found of a row that is on screen: a rank is one among all, not among those that match.
    #[must_use]
    pub fn place(&self, row: usize) -> usize {
        let narrowed = self.narrowed.as_ref().and_then(|whole| whole.places.get(row));
        narrowed.copied().unwrap_or(row)
    }

    /// Takes what was found, whole.
    pub fn take(&mut self, finding: Finding) {
        (self.finding, self.narrowed) = (Some(finding), None);
    }

    /// Shows what was found whole, whatever the filter says, until it is [narrowed](Self::narrow) again.
    pub fn widen(&mut self) {
        if let Some(whole) = self.narrowed.take() {
            self.finding = self.finding.is_some().then_some(whole.finding);
        }
    }

    /// Shows the rows that match the filter.
    pub fn narrow(&mut self) {
        if self.filter.text().trim().is_empty() || self.finding.is_none() {
            self.widen();
            return;
        }
        if self.narrowed.is_none() {
            let Some(finding) = self.finding.clone() else { return };
            let Some(words) = words(&finding, self.part, &self.names) else { return };
            let hays = words.iter().map(|words| Hay::of(words)).collect();
            self.narrowed = Some(Whole { finding, hays, places: Vec::new() });
        }
        if let Some(whole) = &mut self.narrowed {
            let mut places = find::among(self.filter.text(), &whole.hays);
            // A grid keeps its order, and a calendar that of its days.
            if self.sorted.is_some() || matches!(whole.finding, Finding::Calendar(_)) {
                places.sort_unstable();
            }
            self.finding = Some(only(&whole.finding, self.part, &places));
            whole.places = places;
        }
    }

    /// Gives the filter a change; the cursor goes to the first row that matches. False if nothing changed.
    pub fn filter_by(&mut self, change: impl FnOnce(&mut Field) -> bool) -> bool {
        let changed = change(&mut self.filter);
        if changed {
            self.narrow();
            // A mark is of a row that may be gone now, or stand elsewhere.
            (self.row, self.marked) = (0, None);
        }
        changed
    }
}

/// What each row of a part can be found by; none of what is no list of rows.
fn words(finding: &Finding, part: usize, names: &Names) -> Option<Vec<String>> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Some(match finding {
        Finding::Heat(heat) => {
            let row = heat.rows.iter();
            row.map(|row| format!("{} {} {}", row.org, row.name, text(&row.class))).collect()
        }
        Finding::Noted(rows) => {
            let row = rows.iter();
            row.map(|row| {
                let of = format!("{} {} {}", row.finding, row.org, row.org_name);
                format!("{of} {} {} {}", text(&row.metric), row.text, row.owner)
            })
            .collect()
        }
        Finding::Alerts(rows) => {
            let row = rows.iter().map(|row| (&row.text, &row.owner));
            row.map(|(of, owner)| format!("{} {} {} {owner}", of.code, of.name, of.metric))
                .collect()
        }
        Finding::Scores(found) => {
            let row = found.rows.iter().map(|(of, _)| of);
            row.map(|of| format!("{} {} {} {}", of.code, of.name, of.org, of.org_name)).collect()
        }
        Finding::Coaching(rows) => rows
            .iter()
            .map(|row| {
                let of = format!("{} {} {}", row.coaching, row.org, row.org_name);
                let rm = format!("{} {}", text(&row.rm), text(&row.rm_name));
                format!("{of} {rm} {} {} {}", row.seen, row.agreed, row.by)
            })
            .collect(),
        Finding::AlertHits(found) => {
            found.hits.iter().map(|hit| format!("{} {}", hit.org, hit.name)).collect()
        }
        Finding::Touching(rows) => {
            let row = rows.iter();
            row.map(|of| format!("{} {} #{}", of.strategy, of.name, of.push)).collect()
        }
        Finding::Members(page) => page
            .rows
            .iter()
            .map(|of| format!("{} {} {}", of.customer, of.org, of.org_name))
            .collect(),
        Finding::Grid(grid) => grid.cells.iter().map(|cell| cell_words(grid, cell)).collect(),
        Finding::History(history) if part == 0 => {
            let row = history.snapshots.iter();
            row.map(|of| format!("{} v{} {}", of.snapshot, of.version, of.as_of)).collect()
        }
        Finding::History(history) => {
            let row = history.versions.iter();
            row.map(|of| format!("v{} {} {} {}", of.version, of.name, of.author, of.rule)).collect()
        }
        Finding::Board(board) => match part {
            0 => board.by_org.iter().map(part_words).collect(),
            1 => board.by_rm.iter().map(part_words).collect(),
            _ => board.by_day.iter().map(|day| day.day.to_string()).collect(),
        },
        other => return words_in_part(other, part, names),
    })
}

/// The same of what is a list by itself, or is told part by part.
fn words_in_part(finding: &Finding, part: usize, names: &Names) -> Option<Vec<String>> {
    Some(match finding {
        Finding::Portrait(portrait) => {
            portrait.traits.iter().map(|one| trait_words(one, names)).collect()
        }
        Finding::Score(found) => {
            let line = found.score.lines.iter().map(|line| &line.item);
            let measure = |item: &Item| word(names, item.measure.label());
            line.map(|item| format!("{} {} {}", item.code, item.name, measure(item))).collect()
        }
        Finding::Deliveries(found) if part == 0 => {
            let unit = found.units.iter();
            unit.map(|unit| format!("{} {} {}", unit.org, unit.name, unit.door)).collect()
        }
        Finding::Deliveries(found) => {
            let dead = found.dead.iter();
            dead.map(|dead| {
                format!("{} {} {} {}", dead.key, dead.org, dead.door, dead.reason.code())
            })
            .collect()
        }
        Finding::Tests(rows) => {
            let row = rows.iter();
            row.map(|test| {
                let of = format!("{} v{} {} {}", test.test, test.version, test.org, test.org_name);
                format!("{of} {} {}", test.by, word(names, test.state.title()))
            })
            .collect()
        }
        // The pushes of the month, then what is planned in it.
        Finding::Calendar(agenda) => {
            let running = agenda.running.iter();
            let running = running
                .map(|of| format!("#{} {} v{} {}", of.push, of.strategy, of.version, of.name));
            let ahead = agenda.ahead.iter().map(|of| {
                let push = match of.what {
                    Planned::Review { push, .. } => format!("#{push}"),
                    Planned::Wave { .. } => String::new(),
                };
                format!("{push} {} v{} {}", of.strategy, of.version, of.name)
            });
            running.chain(ahead).collect()
        }
        Finding::Policies(rows, _) => {
            let title = |key: &str| policy::find(key).map_or("", |known| word(names, known.title));
            rows.iter()
                .map(|row| format!("{} {} {}", row.key, title(&row.key), row.set_by))
                .collect()
        }
        _ => return None,
    })
}

/// A trait is found by its attribute, its rule and what people call its value.
fn trait_words(one: &Trait, names: &Names) -> String {
    let fixed = Column::FIXED.into_iter().find(|column| column.code() == one.attribute);
    let called = fixed.map_or(Called::Nothing, |column| column.called());
    let word_of = |called: &Called| match called {
        Called::Names(zh, en) => format!("{zh} {en}"),
        Called::Key(key) => word(names, *key).to_owned(),
        Called::Nothing | Called::Said(_) => String::new(),
    };
    let of = format!("{} {} {} {}", one.attribute, one.zh, one.en, word_of(&called));
    format!("{of} {} {}", one.rule, word_of(&one.called))
}

/// A cell of a grid is found by its name, its rule and what its bins are called.
fn cell_words(grid: &Grid, cell: &Cell) -> String {
    let mut words = format!("{} {}", cell.cell, cell.rule);
    for (axis, at) in cell.at.iter().enumerate() {
        if let Some((_, Called::Names(zh, en))) = grid.called(axis, *at) {
            let _ = write!(words, " {zh} {en}");
        }
    }
    words
}

fn part_words(part: &Part) -> String {
    format!("{} {} {}", part.org, part.code, part.name)
}

fn only(finding: &Finding, part: usize, places: &[usize]) -> Finding {
    fn rows<T: Clone>(all: &[T], places: &[usize]) -> Vec<T> {
        places.iter().filter_map(|&at| all.get(at).cloned()).collect()
    }
    let mut shown = finding.clone();
    match &mut shown {
        Finding::Heat(heat) => heat.rows = rows(&heat.rows, places),
        Finding::Noted(all) => *all = rows(all, places),
        Finding::Alerts(all) => *all = rows(all, places),
        Finding::Scores(found) => found.rows = rows(&found.rows, places),
        Finding::Coaching(all) => *all = rows(all, places),
        Finding::AlertHits(found) => found.hits = rows(&found.hits, places),
        Finding::Touching(all) => *all = rows(all, places),
        Finding::Members(page) => page.rows = rows(&page.rows, places),
        Finding::Grid(grid) => grid.cells = rows(&grid.cells, places),
        Finding::History(history) if part == 0 => {
            history.snapshots = rows(&history.snapshots, places);
        }
        Finding::History(history) => history.versions = rows(&history.versions, places),
        Finding::Board(board) => match part {
            0 => board.by_org = rows(&board.by_org, places),
            1 => board.by_rm = rows(&board.by_rm, places),
            _ => board.by_day = rows(&board.by_day, places),
        },
        Finding::Portrait(portrait) => portrait.traits = rows(&portrait.traits, places),
        Finding::Score(found) => found.score.lines = rows(&found.score.lines, places),
        Finding::Deliveries(found) if part == 0 => found.units = rows(&found.units, places),
        Finding::Deliveries(found) => found.dead = rows(&found.dead, places),
        Finding::Tests(all) => *all = rows(all, places),
        Finding::Policies(all, _) => *all = rows(all, places),
        Finding::Calendar(agenda) => {
            let first = agenda.running.len();
            let planned: Vec<usize> =
                places.iter().filter_map(|at| at.checked_sub(first)).collect();
            agenda.running = rows(&agenda.running, places);
            agenda.ahead = rows(&agenda.ahead, &planned);
        }
        _ => {}
    }
    shown
}
