//! The pages that look into segments and their customers.

use chrono::{DateTime, Utc};

use super::{jobs, open};
use crate::app::action::Refusal;
use crate::app::command::{available, study_available as can};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::field::Field;
use crate::app::filter;
use crate::app::listing::Freshness;
use crate::app::state::rule::RulePage;
use crate::app::state::study::{Axes, StudyPage};
use crate::app::state::{Overlay, Page, Prompt, PromptFor, State, Tone};
use crate::app::study::{Finding, Study};
use crate::domain::message::{Key, Message};
use crate::domain::rule::Column;
use crate::domain::segment::list::MEMBERS_A_PAGE;
use crate::msg;

/// Columns that every customer has and a segment can be split by.
pub const FIXED: [Column; 7] = [
    Column::Tier,
    Column::Age,
    Column::Gender,
    Column::Aum,
    Column::OpenedOn,
    Column::Org,
    Column::NoContact,
];

fn page(state: &mut State) -> Option<&mut StudyPage> {
    match state.pages.last_mut() {
        Some(Page::Study(page)) => Some(page),
        _ => None,
    }
}

/// Looks into something on a page of its own.
fn look(state: &mut State, study: Study) -> Vec<Effect> {
    state.pages.push(Page::Study(Box::new(StudyPage::new(study))));
    ask(state).into_iter().collect()
}

/// Asks for what the topmost page stands for; what is on screen stays meanwhile.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    page.refusal = None;
    let study = page.study.clone();
    Some(state.ask(Slot::Study, Request::Study(study)))
}

/// Asks anew, unless that is a card that stands: each opening of a card is counted.
pub(super) fn ask_again(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    let stands = matches!(page.freshness, Freshness::Fresh(..));
    if stands && matches!(page.study, Study::Card { .. }) {
        return None;
    }
    ask(state)
}

/// A page has come back to the top before it was answered: it is asked for again.
pub(super) fn come_back(state: &mut State) -> Option<Effect> {
    let unanswered = page(state)?.finding.is_none();
    if unanswered && state.session.online() { ask(state) } else { None }
}

/// The page that the latest question was asked for.
fn asked(state: &mut State) -> Option<&mut StudyPage> {
    state.pages.iter_mut().rev().find_map(|page| match page {
        Page::Study(page) => Some(page.as_mut()),
        _ => None,
    })
}

/// Takes what was found.
pub(super) fn found(state: &mut State, finding: Finding, freshness: Freshness) {
    if let Some(page) = asked(state) {
        page.finding = Some(finding);
        page.freshness = freshness;
        page.refusal = None;
        page.part = page.part.min(page.parts().saturating_sub(1));
        page.row = page.row.min(page.rows().saturating_sub(1));
    }
}

/// Takes why nothing was found.
pub(super) fn refused(state: &mut State, refusal: Refusal) {
    if let Some(page) = asked(state) {
        page.freshness.spoil();
        page.refusal = Some(refusal);
    }
}

/// Marks the segment under the cursor, or takes its mark away, and goes on to the next.
pub(super) fn mark_segment(state: &mut State) -> Vec<Effect> {
    let Some(code) = available::segment(state).map(|s| s.code.clone()) else { return vec![] };
    match state.marked.iter().position(|marked| *marked == code) {
        Some(at) => drop(state.marked.remove(at)),
        None => state.marked.push(code),
    }
    state.segments.step(1);
    vec![]
}

/// Lays the marked segments over one another.
pub(super) fn overlap(state: &mut State) -> Vec<Effect> {
    // One that was marked may have gone.
    let known = |code: &String| state.segments.all().iter().any(|s| s.code == *code);
    let codes = state.marked.iter().filter(|code| known(code)).cloned().collect();
    look(state, Study::Overlap { codes })
}

fn about(state: &mut State, study: impl FnOnce(String) -> Study) -> Vec<Effect> {
    let Some(code) = available::segment(state).map(|s| s.code.clone()) else { return vec![] };
    look(state, study(code))
}

/// What sets the chosen segment apart.
pub(super) fn portrait(state: &mut State) -> Vec<Effect> {
    about(state, |code| Study::Portrait { code })
}

/// The chosen segment's versions and snapshots.
pub(super) fn history(state: &mut State) -> Vec<Effect> {
    about(state, |code| Study::History { code })
}

/// Two snapshots, or two versions.
pub(super) fn compare(state: &mut State) -> Vec<Effect> {
    match can::compared(state) {
        Some(study) => look(state, study),
        None => vec![],
    }
}

/// The customers of the chosen snapshot.
pub(super) fn members(state: &mut State) -> Vec<Effect> {
    let Some(snapshot) = can::snapshot(state) else { return vec![] };
    about(state, |code| Study::Members { code, snapshot, skip: 0 })
}

/// Turns to other customers of the snapshot.
pub(super) fn turn(state: &mut State, onward: bool) -> Vec<Effect> {
    if let Some(page) = page(state)
        && let Study::Members { skip, .. } = &mut page.study
    {
        *skip = if onward { *skip + MEMBERS_A_PAGE } else { skip.saturating_sub(MEMBERS_A_PAGE) };
        page.finding = None;
        page.freshness = Freshness::Unknown;
        page.row = 0;
    }
    ask(state).into_iter().collect()
}

/// Opens what is under the cursor.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    match can::study(state).map(|page| (&page.study, page.on_snapshots())) {
        Some((Study::Overlap { .. }, _)) => intersection(state),
        Some((Study::History { .. }, true)) => members(state),
        Some((Study::History { .. }, false)) => compare(state),
        Some((Study::Members { .. }, _)) => {
            let Some(customer) = can::customer(state) else { return vec![] };
            about(state, |code| Study::Card { code, customer })
        }
        _ => vec![],
    }
}

/// Why the customer is in the segment that one came from, or is not.
pub(super) fn why(state: &mut State) -> Vec<Effect> {
    let Some(customer) = can::customer(state) else { return vec![] };
    about(state, |code| Study::Why { code, customer })
}

/// The rule editor with the rule of the cell of an overlap.
fn intersection(state: &mut State) -> Vec<Effect> {
    let Some(rule) = can::overlap_rule(state) else { return vec![] };
    edit(state, "X", &rule)
}

fn edit(state: &mut State, stem: &str, rule: &str) -> Vec<Effect> {
    let code = open::free_segment_code(state, stem);
    let mut page = RulePage::new(&code, "", rule, false);
    page.touched = true;
    open::rule(state, page)
}

/// The rule of the cell or the trait under the cursor, and the segment that it is of.
fn part(state: &State) -> Option<(String, String)> {
    let code = can::study(state)?.study.code()?.to_owned();
    let rule = match (can::cell(state), can::of_portrait(state)) {
        (Some(cell), _) => cell.rule.clone(),
        (_, Some(one)) => format!("segment('{}') and {}", code.replace('\'', "''"), one.rule),
        _ => return None,
    };
    Some((code, rule))
}

/// The rule editor with the rule of what is under the cursor.
pub(super) fn segment_of_cell(state: &mut State) -> Vec<Effect> {
    let Some((code, rule)) = part(state) else { return vec![] };
    let stem = code.strip_prefix("SG-").unwrap_or(&code).to_owned();
    edit(state, &stem, &rule)
}

/// Asks what the segment of the cell is called, before a strategy for it is begun.
pub(super) fn strategy_of_cell(state: &mut State) -> Vec<Effect> {
    let Some((code, rule)) = part(state) else { return vec![] };
    let stem = code.strip_prefix("SG-").unwrap_or(&code);
    let free = open::free_segment_code(state, stem);
    let title = msg!("console.prompt.cell");
    prompt(state, (PromptFor::Cell, title), &free, vec![rule])
}

fn prompt(
    state: &mut State,
    (of, title): (PromptFor, Key),
    text: &str,
    carried: Vec<String>,
) -> Vec<Effect> {
    let field = Field::new(text);
    state.overlay = Some(Overlay::Prompt(Prompt { of, title, field, carried, error: None }));
    vec![]
}

/// Asks where the chosen snapshot's list is to be written.
pub(super) fn ask_export(state: &mut State) -> Vec<Effect> {
    let (Some(row), Some(snapshot)) = (available::segment(state), can::snapshot(state)) else {
        return vec![];
    };
    let name: String =
        row.code.chars().map(|c| if c == '/' || c == '\\' { '-' } else { c }).collect();
    let file = format!("{name}-{snapshot}.csv");
    let carried = vec![snapshot.to_string()];
    prompt(state, (PromptFor::Export, msg!("console.prompt.export")), &file, carried)
}

/// Asks for the file of a list; its key and its code come after.
pub(super) fn ask_upload(state: &mut State) -> Vec<Effect> {
    prompt(state, (PromptFor::ListFile, msg!("console.prompt.list-file")), "", vec![])
}

/// The code that a list is offered under: that of the segment on screen, if it is a list, else a free one.
fn list_code(state: &State) -> String {
    let list = |rule: &str| rule.trim_start().to_lowercase().starts_with("list(");
    let on_screen = available::segment(state).filter(|row| list(&row.rule));
    on_screen.map_or_else(|| open::free_segment_code(state, "LIST"), |row| row.code.clone())
}

/// Takes the line that a prompt of these pages asked for.
pub(super) fn answer(
    state: &mut State,
    prompted: &Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    if text.is_empty() {
        return vec![];
    }
    let carried = |at: usize| prompted.carried.get(at).cloned().unwrap_or_default();
    let mut onward = prompted.carried.clone();
    onward.push(text.to_owned());
    match prompted.of {
        PromptFor::ListFile => {
            let title = msg!("console.prompt.list-key");
            prompt(state, (PromptFor::ListKey, title), "customer_id", onward)
        }
        PromptFor::ListKey => {
            let code = list_code(state);
            let title = msg!("console.prompt.list-code");
            prompt(state, (PromptFor::ListCode, title), &code, onward)
        }
        PromptFor::ListCode => {
            let (path, key) = (carried(0), carried(1));
            let title = Message::new(msg!("console.job.upload")).with("path", path.as_str());
            let code = text.to_owned();
            jobs::begin(state, title, Request::Upload { code, path, key }, now)
        }
        PromptFor::Export => {
            let Ok(snapshot) = carried(0).parse() else { return vec![] };
            let snapshot = crate::domain::id::SnapshotId(snapshot);
            let title = Message::new(msg!("console.job.export")).with("path", text);
            jobs::begin(state, title, Request::Export { snapshot, path: text.to_owned() }, now)
        }
        PromptFor::Cell => {
            let (code, name) = text.split_once(char::is_whitespace).unwrap_or((text, text));
            let (code, name) = (code.to_owned(), name.trim().to_owned());
            let title = Message::new(msg!("console.job.save")).with("code", code.as_str());
            let request = Request::SaveSegment { code: code.clone(), name, rule: carried(0) };
            let effects = jobs::begin(state, title, request, now);
            state.strategy_for = Some(code);
            effects
        }
        PromptFor::Outcomes | PromptFor::Dates => vec![],
    }
}

/// A segment was saved; if it was saved for a strategy, that is begun.
pub(super) fn saved(state: &mut State, code: &str) -> Vec<Effect> {
    match state.strategy_for.take() {
        Some(awaited) if awaited == code => open::strategy_for(state, code),
        _ => vec![],
    }
}

/// Asks which attributes split the chosen segment.
pub(super) fn ask_axes(state: &mut State) -> Vec<Effect> {
    let Some(code) = available::segment(state).map(|s| s.code.clone()) else { return vec![] };
    state.overlay = Some(Overlay::Axes(Axes::of(&code)));
    if state.dictionary.freshness.known() {
        return vec![];
    }
    vec![state.ask(Slot::Dictionary, Request::Dictionary)]
}

/// The columns and attributes that match what was typed, best first.
#[must_use]
pub fn axes(state: &State, needle: &str) -> Vec<String> {
    let hays = FIXED.map(|column| state.hay(column.code(), &column.called()));
    let fixed = filter::matching(needle, hays.iter().map(String::as_str));
    let fixed = fixed.into_iter().map(|at| FIXED[at].code().to_owned());
    let known = state.dictionary.matching(needle);
    fixed.chain(known.into_iter().map(|row| row.attribute.code.clone())).collect()
}

/// The attribute under the cursor; one that is typed with its thresholds as it is typed.
fn pointed(state: &State, axes: &Axes) -> Option<String> {
    let text = axes.field.text().trim();
    if text.contains(':') {
        return Some(text.to_owned());
    }
    self::axes(state, text).get(axes.cursor).cloned()
}

/// Chooses the attribute under the cursor, or takes it back.
pub(super) fn mark_axis(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Axes(mut axes)) = state.overlay.take() else { return vec![] };
    if let Some(name) = pointed(state, &axes) {
        if let Some(at) = axes.chosen.iter().position(|chosen| *chosen == name) {
            axes.chosen.remove(at);
            (axes.field, axes.cursor) = (Field::default(), 0);
        } else if axes.has_room() {
            axes.chosen.push(name);
            (axes.field, axes.cursor) = (Field::default(), 0);
        } else {
            axes.error = Some(msg!("console.axes.full").into());
        }
    }
    state.overlay = Some(Overlay::Axes(axes));
    vec![]
}

/// Splits the segment by what is chosen; by what is under the cursor if nothing is.
pub(super) fn split(state: &mut State, axes: &Axes) -> Vec<Effect> {
    let mut by = axes.chosen.clone();
    if by.is_empty() {
        by.extend(pointed(state, axes));
    }
    if by.is_empty() {
        state.say(Tone::Refused, msg!("console.empty.filter"));
        return vec![];
    }
    look(state, Study::Grid { code: axes.code.clone(), by })
}

/// What the copy of the row under the cursor says; names of customers stay masked.
pub(super) fn row_text(state: &State, page: &StudyPage) -> Option<String> {
    Some(match page.finding.as_ref()? {
        Finding::Overlap(overlap) => {
            let count = overlap.matrix.get(page.row)?.get(page.part)?;
            format!("{}\t{count}", can::overlap_rule(state)?)
        }
        Finding::Portrait(_) => {
            let one = can::of_portrait(state)?;
            format!("{}\t{}\t{:.2}", one.rule, one.count, one.lift)
        }
        Finding::Grid(_) => {
            let cell = can::cell(state)?;
            format!("{}\t{}\t{}", cell.cell, cell.count, cell.rule)
        }
        Finding::History(history) if page.on_snapshots() => {
            let row = history.snapshots.get(page.row)?;
            format!("{}\t{}\t{}\t{}", row.snapshot, row.as_of, row.count, row.hash)
        }
        Finding::History(history) => {
            let row = history.versions.get(page.row)?;
            format!("v{}\t{}\t{}", row.version, row.name, row.rule)
        }
        Finding::Compare(compared) => {
            format!("+{}\t-{}\t{}", compared.came, compared.left, compared.stayed)
        }
        Finding::Diff(diff) => {
            let part = diff.parts.get(page.row)?;
            format!("{}{}", part.change.sign(), part.text)
        }
        Finding::Members(members) => {
            let row = members.rows.get(page.row)?;
            let name = row.name.as_deref().unwrap_or_default();
            format!("{}\t{name}\t{}\t{}", row.customer, row.org, row.org_name)
        }
        Finding::Card(card) => {
            let name = card.name.as_deref().unwrap_or_default();
            format!("{}\t{name}\t{}\t{}", card.customer, card.org, card.org_name)
        }
        Finding::Why(explained) => explained.leaves.get(page.row)?.text.clone(),
    })
}
