//! The pages that look into segments and their customers.

use crate::app::command::{CommandId, chosen, going, study_available as can};
use chrono::{DateTime, Utc};

use super::looking::{ask, axes, look, page};
use super::prompts::prompt;
use super::{calendar, coaching, jobs, metrics, open};
use crate::app::effect::{Effect, ListAsked, Request, Slot};
use crate::app::field::Field;
use crate::app::listing::Freshness;
use crate::app::state::rule::RulePage;
use crate::app::state::study::{Axes, StudyPage};
use crate::app::state::{Confirm, Overlay, Page, PlanView, Prompt, PromptFor, State, Tone};
use crate::app::study::Study;
use crate::domain::attribute::MartDay;
use crate::domain::message::Message;
use crate::domain::people::{A_PAGE, People, Side};
use crate::domain::rule::written_text;
use crate::domain::segment::SnapshotRow;
use crate::domain::segment::list::UploadReport;
use crate::msg;

/// Marks the segment under the cursor, or takes its mark away, and goes on to the next.
pub(super) fn mark_segment(state: &mut State) -> Vec<Effect> {
    let Some(code) = chosen::segment(state).map(|s| s.code.clone()) else { return vec![] };
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
    let Some(code) = chosen::segment(state).map(|s| s.code.clone()) else { return vec![] };
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

/// The customers of the chosen snapshot, or where those of the chosen push stand.
pub(super) fn members(state: &mut State) -> Vec<Effect> {
    if let Some(push) = chosen::push(state).map(|row| row.push) {
        let code = going::segment_behind(state);
        return look(state, Study::Push { code, push });
    }
    let Some(snapshot) = can::snapshot(state) else { return vec![] };
    about(state, |code| Study::Members {
        code: Some(code),
        of: People::Snapshot(snapshot),
        skip: 0,
    })
}

/// How far the customers of the chosen push have come.
pub(super) fn board(state: &mut State) -> Vec<Effect> {
    let Some(push) = chosen::push(state).map(|row| row.push) else { return vec![] };
    let code = going::segment_behind(state);
    look(state, Study::Board { code, push })
}

/// The customers of the order under the cursor.
pub(super) fn order(state: &mut State) -> Vec<Effect> {
    let (Some(push), Some(order)) = (chosen::push(state), chosen::order(state)) else {
        return vec![];
    };
    let of = People::Push { push: push.push, part: None, org: Some(order.org.clone()) };
    let code = going::segment_behind(state);
    look(state, Study::Members { code, of, skip: 0 })
}

/// The customers of the row under the cursor of a plan.
pub(super) fn of_plan(state: &mut State) -> Vec<Effect> {
    let Some(Page::Plan(page)) = state.page() else { return vec![] };
    let Some(of) = page.people() else { return vec![] };
    let code = going::segment_behind(state);
    look(state, Study::Members { code, of, skip: 0 })
}

/// The days on which the event rule under the cursor has hit somebody.
pub(super) fn hits(state: &mut State) -> Vec<Effect> {
    let Some(moment) = chosen::moment(state).map(|row| row.code.clone()) else {
        return vec![];
    };
    look(state, Study::Hits { moment })
}

/// Turns to the part beside; of those who moved between two snapshots, to the others.
pub(super) fn beside(state: &mut State, by: isize) -> Vec<Effect> {
    if let Some(Page::Plan(page)) = state.pages.last_mut() {
        page.turn(by);
        return vec![];
    }
    let Some(page) = page(state) else { return vec![] };
    let Study::Members { of: People::Moves { side, .. }, skip, .. } = &mut page.study else {
        page.turn(by);
        return vec![];
    };
    let at = Side::ALL.iter().position(|one| one == side).unwrap_or(0);
    let next = Side::ALL[at.saturating_add_signed(by).min(Side::ALL.len() - 1)];
    if next == *side {
        return vec![];
    }
    (*side, *skip) = (next, 0);
    afresh(page);
    ask(state).into_iter().collect()
}

/// The page shows the last of its parts.
pub(super) fn at_last_part(state: &mut State) -> bool {
    if let Some(Page::Plan(page)) = state.page() {
        return PlanView::ALL.last() == Some(&page.view);
    }
    page(state).is_some_and(|page| match &page.study {
        Study::Members { of: People::Moves { side, .. }, .. } => Side::ALL.last() == Some(side),
        _ => page.part + 1 >= page.parts(),
    })
}

/// What the page showed is of another question.
fn afresh(page: &mut StudyPage) {
    (page.finding, page.narrowed) = (None, None);
    page.freshness = Freshness::Unknown;
    page.row = 0;
}

/// Turns to other customers of the snapshot.
pub(super) fn turn(state: &mut State, onward: bool) -> Vec<Effect> {
    if let Some(page) = page(state)
        && let Study::Members { skip, .. } = &mut page.study
    {
        *skip = if onward { *skip + A_PAGE } else { skip.saturating_sub(A_PAGE) };
        afresh(page);
    }
    ask(state).into_iter().collect()
}

/// Opens what is under the cursor.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    match chosen::study(state).map(|page| (&page.study, page.on_snapshots())) {
        Some((Study::Overlap { .. }, _)) => intersection(state),
        Some((Study::History { .. }, true)) => members(state),
        Some((Study::History { .. }, false)) => compare(state),
        Some((Study::Members { .. }, _)) => {
            let Some(customer) = can::customer(state) else { return vec![] };
            let code = behind(state);
            look(state, Study::Card { code, customer })
        }
        Some((
            Study::Compare { .. } | Study::Push { .. } | Study::Board { .. } | Study::Hits { .. },
            _,
        )) => {
            let Some(of) = chosen::study(state).and_then(can::listed) else { return vec![] };
            let code = behind(state);
            look(state, Study::Members { code, of, skip: 0 })
        }
        Some((Study::Calendar { .. }, _)) => calendar::open(state),
        Some((
            Study::Heat { .. }
            | Study::Noted { .. }
            | Study::Alerts
            | Study::AlertHits { .. }
            | Study::Touching { .. },
            _,
        )) => metrics::open(state),
        Some((Study::Scores { .. }, _)) => coaching::open(state),
        _ => vec![],
    }
}

/// The segment behind the page.
fn behind(state: &State) -> Option<String> {
    chosen::study(state)?.study.code().map(str::to_owned)
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
    let code = chosen::study(state)?.study.code()?.to_owned();
    let rule = match (can::cell(state), can::of_portrait(state)) {
        (Some(cell), _) => cell.rule.clone(),
        (_, Some(one)) => format!("segment({}) and {}", written_text(&code), one.rule),
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

/// Asks where the chosen snapshot's list is to be written.
pub(super) fn ask_export(state: &mut State) -> Vec<Effect> {
    let (Some(row), Some(snapshot)) = (chosen::segment(state), can::snapshot(state)) else {
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
    let on_screen = chosen::segment(state).filter(|row| list(&row.rule));
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
            // A code that was typed before the check refused the key stands behind the path.
            let typed = prompted.carried.get(1).cloned();
            let code = typed.unwrap_or_else(|| list_code(state));
            let title = msg!("console.prompt.list-code");
            prompt(state, (PromptFor::ListCode, title), &code, vec![carried(0), text.to_owned()])
        }
        PromptFor::ListCode => {
            let (path, named) = (carried(0), carried(1));
            let mut words = named.splitn(2, char::is_whitespace);
            let key = words.next().unwrap_or_default().to_owned();
            let column = words.next().map(|column| column.trim().to_owned());
            let title = Message::new(msg!("console.job.check-list")).with("path", path.as_str());
            let again = Prompt {
                of: PromptFor::ListKey,
                title: msg!("console.prompt.list-key"),
                field: Field::new(&named),
                carried: vec![path.clone(), text.to_owned()],
                error: None,
            };
            let asked = ListAsked { code: text.to_owned(), path, key, column };
            let effects = jobs::begin(state, title, Request::CheckList(asked), now);
            if let Some(job) = &mut state.job {
                job.asked = Some(Box::new(again));
            }
            effects
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
            let (rule, of) = (carried(0), code.clone());
            let request = Request::SaveSegment { code: of, name, rule, base: 0 };
            let effects = jobs::begin(state, title, request, now);
            state.strategy_for = Some(code);
            if let Some(job) = &mut state.job {
                let field = Field::new(text);
                job.asked = Some(Box::new(Prompt { field, error: None, ..prompted.clone() }));
            }
            effects
        }
        _ => vec![],
    }
}

/// A list is kept: how many there are, and of which days the marts were that it was taken from.
pub(super) fn frozen(state: &mut State, code: String, snapshot: &SnapshotRow) -> Vec<Effect> {
    let said = Message::new(msg!("console.done.frozen"))
        .with("code", code)
        .with("count", snapshot.customers.unwrap_or_default());
    let marts = MartDay::said(&snapshot.refreshed).into_iter();
    let said = marts.fold(said, |before, next| {
        let both = Message::new(msg!("attribute.mart-parts")).with("before", before);
        both.with("next", next)
    });
    state.say(Tone::Done, said);
    vec![state.ask(Slot::Segments, Request::Segments)]
}

/// What a file would give is known: whether it is to become the list is asked, with the counts.
pub(super) fn checked(
    state: &mut State,
    asked: ListAsked,
    report: UploadReport,
    (encoding, delimiter): (&'static str, char),
) -> Vec<Effect> {
    let between = if delimiter == '\t' { "TAB".to_owned() } else { delimiter.to_string() };
    let question = Message::new(msg!("console.ask.upload"))
        .with("code", asked.code.as_str())
        .with("read", report.read)
        .with("matched", report.matched)
        .with("unmatched", report.unmatched)
        .with("doubled", report.doubled)
        .with("encoding", encoding)
        .with("between", between);
    let title = Message::new(msg!("console.job.upload")).with("path", asked.path.as_str());
    let then = Some(Box::new((Request::Upload(asked), title)));
    state.overlay = Some(Overlay::Confirm(Confirm { command: CommandId::Upload, question, then }));
    vec![]
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
    let Some(code) = chosen::segment(state).map(|s| s.code.clone()) else { return vec![] };
    state.overlay = Some(Overlay::Axes(Axes::of(&code)));
    if state.dictionary.freshness.known() {
        return vec![];
    }
    vec![state.ask(Slot::Dictionary, Request::Dictionary)]
}

/// The attribute under the cursor; one that is typed with its thresholds as it is typed.
fn pointed(state: &State, over: &Axes) -> Option<String> {
    let text = over.field.text().trim();
    if text.contains(':') {
        return Some(text.to_owned());
    }
    axes(state, text).get(over.cursor).cloned()
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
    let mut effects = look(state, Study::Grid { code: axes.code.clone(), by, metric: None });
    // For the figures that a cell can have.
    if state.vocabulary.is_none() {
        effects.push(state.ask(Slot::Words, Request::Words));
    }
    effects
}
