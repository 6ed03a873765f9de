//! The customers of a list, masked, a hundred at a time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::{Finding, Study};
use crate::domain::message::Message;
use crate::domain::people::{AT_MOST, MemberPage, MemberRow, People, Side, note_name};
use crate::msg;
use crate::text::label;
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Column, Row, Table, row as line_at, tabs};

/// What the list is called.
pub(super) fn title(code: Option<&str>, of: &People) -> Message {
    let code = code.unwrap_or("-");
    match of {
        People::Snapshot(snapshot) => Message::new(msg!("console.study.members.title"))
            .with("code", code)
            .with("snapshot", snapshot.to_string()),
        People::Push { push, org: None, .. } => {
            Message::new(msg!("console.study.members.push")).with("push", push.to_string())
        }
        People::Push { push, org: Some(org), .. } => {
            Message::new(msg!("console.study.members.order"))
                .with("push", push.to_string())
                .with("org", org.as_str())
        }
        People::Plan { plan, org: None, .. } => {
            Message::new(msg!("console.study.members.plan")).with("plan", plan.to_string())
        }
        People::Plan { plan, org: Some(org), .. } => {
            Message::new(msg!("console.study.members.plan-of"))
                .with("plan", plan.to_string())
                .with("org", org.as_str())
        }
        People::Moves { before, after, org, .. } => {
            let said = match org {
                None => Message::new(msg!("console.study.members.moves")),
                Some(org) => {
                    Message::new(msg!("console.study.members.moves-of")).with("org", org.as_str())
                }
            };
            said.with("before", before.to_string()).with("after", after.to_string())
        }
        People::Hits { moment, day } => match day {
            None => Message::new(msg!("console.study.members.hits")),
            Some(day) => Message::new(msg!("console.study.members.hits-of")).with("day", *day),
        }
        .with("moment", moment.as_str()),
    }
}

/// What the last column says, if the list has one.
fn note_title(of: &People, pen: Pen<'_>) -> Option<String> {
    match of {
        People::Push { .. } | People::Plan { .. } => Some(pen.say(msg!("console.column.stands"))),
        People::Hits { .. } => Some(pen.say(msg!("console.column.day"))),
        People::Snapshot(_) | People::Moves { .. } => None,
    }
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    members: &MemberPage,
    pen: Pen<'_>,
) {
    let Study::Members { of, .. } = &page.study else { return };
    let mut area = area;
    if let People::Moves { side, .. } = of {
        let names = Side::ALL.map(|side| pen.say(super::lists::side_name(side)));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let at = Side::ALL.iter().position(|one| one == side).unwrap_or(0);
        tabs(buf, pen.look, line_at(area, 0), &names, at);
        area = below(area, 1);
    }
    if let People::Push { part: Some(part), .. } | People::Plan { part: Some(part), .. } = of {
        area = pen.line(buf, area, &super::lists::part_name(part, pen), pen.look.theme.column);
    }
    if !members.rows.is_empty() {
        // From which to which were read, whichever of them are on screen.
        let read = match page.whole() {
            Some(Finding::Members(all)) => all.rows.len(),
            _ => members.rows.len(),
        };
        let said = Message::new(msg!("console.study.members.range"))
            .with("from", members.skip + 1)
            .with("to", members.skip + read)
            .with("count", members.count);
        area = pen.line(buf, area, &pen.say(said), pen.look.theme.accent);
        if members.is_cut() {
            let said = Message::new(msg!("console.study.members.cut")).with("most", AT_MOST);
            area = pen.text(buf, area, &pen.say(said), 2, pen.look.theme.stale);
        }
    }
    let titles = [
        pen.say(msg!("customer.fact.id")),
        pen.say(msg!("console.column.who")),
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("customer.fact.tier")),
        pen.say(msg!("console.column.aum")),
    ];
    let noted = note_title(of, pen);
    let mut columns = vec![
        Column::flex(&titles[0], 10, 14),
        Column::fixed(&titles[1], 8),
        Column::flex(&titles[2], 16, 36).priority(2),
        Column::flex(&titles[3], 8, 12).priority(1),
        Column::flex(&titles[4], 13, 16).right(),
    ];
    if let Some(title) = &noted {
        columns.push(Column::flex(title, 12, 30));
    }
    let row = |at: usize| cells(state, &members.rows[at], noted.is_some(), pen);
    let empty = pen.say(msg!("console.study.members.empty"));
    Table {
        columns: &columns,
        len: members.rows.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

/// A tier's name, once the bank's words are known; else its code.
fn tier(state: &State, code: Option<&str>, pen: Pen<'_>) -> String {
    let Some(code) = code else { return "-".to_owned() };
    let tiers = state.vocabulary.as_ref().map_or(&[][..], |words| words.tiers());
    let known = tiers.iter().find(|tier| tier.code == code);
    known.map_or_else(|| code.to_owned(), |tier| label(&tier.zh, &tier.en, pen.lang).to_owned())
}

/// The cells of a customer, with what is noted of him in this list where the list has notes.
fn cells<'a>(state: &State, one: &'a MemberRow, noted: bool, pen: Pen<'_>) -> Row<'a> {
    let aum = one.aum.map_or_else(|| "-".to_owned(), |aum| figures::money(pen, state, aum));
    let mut cells = vec![
        one.customer.to_string().into(),
        one.name.as_deref().unwrap_or("-").into(),
        format!("{} {}", one.org, one.org_name).into(),
        tier(state, one.tier.as_deref(), pen).into(),
        aum.into(),
    ];
    if noted {
        let note = one.note.as_deref().unwrap_or("-");
        let word = note_name(note);
        cells.push(word.map_or_else(|| note.to_owned(), |key| pen.say(key)).into());
    }
    Row::new(cells)
}
