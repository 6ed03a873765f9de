//! The frame of every screen: header, panes or page, what was said, keys.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pen::{Pen, Skin, below};
use super::widgets::{
    Hint, Tone, key_hints, message_line, message_rows, put, put_right, row, tabs,
};
use super::{overlays, pages, panes};
use crate::app::command::{self, CommandId, TABLE};
use crate::app::state::session::Link;
use crate::app::state::{self, Overlay, Pane, State};
use crate::domain::message::Message;
use crate::msg;
use crate::text::number;

/// The smallest terminal that a screen is drawn for.
const SMALLEST: (u16, u16) = (40, 12);

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, state: &State, skin: &Skin) {
    let area = frame.area();
    let caret = draw_into(frame.buffer_mut(), area, state, skin.pen());
    if let Some(caret) = caret {
        frame.set_cursor_position(caret);
    }
}

/// Draws the whole screen; gives where the caret stands, if something is typed into.
pub(super) fn draw_into(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    pen: Pen<'_>,
) -> Option<Position> {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let said = Message::new(msg!("console.too-small"))
            .with("width", SMALLEST.0)
            .with("height", SMALLEST.1);
        pen.line(buf, area, &pen.say(said), pen.look.theme.text);
        return None;
    }
    header(buf, row(area, 0), state, pen);
    let said = said(state, pen);
    let usual = if area.height >= 20 { 2 } else { 1 };
    // A long sentence is read whole: what is above gives it room.
    let lines = said.as_ref().map_or(0, |(_, text)| message_rows(pen.look, area.width, text));
    let typing = u16::from(matches!(state.overlay, Some(Overlay::Filter)));
    let foot = usual + (lines + typing).saturating_sub(1).min(area.height / 4);
    let body = Rect { y: area.y + 1, height: area.height - 1 - foot, ..area };
    let mut caret = None;
    if let Some(page) = state.page() {
        caret = pages::draw(buf, body, state, page, pen);
    } else {
        draw_panes(buf, body, state, pen);
    }
    let mut place = Rect { y: body.bottom(), height: foot, ..area };
    if typing > 0 {
        caret = overlays::filter(buf, row(place, 0), state, pen);
        place = below(place, 1);
    }
    footer(buf, place, state, said.as_ref(), pen);
    overlays::draw(buf, body, state, caret, pen)
}

fn draw_panes(buf: &mut Buffer, body: Rect, state: &State, pen: Pen<'_>) {
    if state.zoomed || body.width < 100 || body.height < 25 {
        let titles = Pane::ALL.map(|pane| panes::pane_title(pane, pen));
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let shown = Pane::ALL.iter().position(|p| *p == state.focus).unwrap_or(0);
        tabs(buf, pen.look, row(body, 0), &titles, shown);
        panes::draw(buf, below(body, 1), state, state.focus, pen);
        return;
    }
    let (left, upper) = (body.width / 2, body.height / 2);
    let places = [
        Rect { width: left, height: upper, ..body },
        Rect { x: body.x + left, width: body.width - left, height: upper, ..body },
        Rect { y: body.y + upper, width: left, height: body.height - upper, ..body },
        Rect {
            x: body.x + left,
            y: body.y + upper,
            width: body.width - left,
            height: body.height - upper,
        },
    ];
    for (pane, place) in Pane::ALL.into_iter().zip(places) {
        panes::draw(buf, place, state, pane, pen);
    }
}

/// Bank and unit at the left; operator, day and line at the right. What does not fit goes, the least needed first.
fn header(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let session = &state.session;
    let theme = pen.look.theme;
    buf.set_style(area, theme.header);
    let mut right = vec![];
    if let Some(who) = &session.who {
        let duties: Vec<String> = who.duties.iter().map(|d| pen.say(d.label())).collect();
        right.push((who.name.clone(), theme.header));
        // All duties are one word: whoever has a private cluster has them all.
        let all = duties.len() == crate::domain::operator::Duty::ALL.len();
        let duties = if all { pen.say(msg!("console.duty.all")) } else { duties.join(" ") };
        right.push((duties, theme.header));
    }
    if let Some(bank) = &session.bank {
        let day = number::date(bank.as_of);
        right.push((
            pen.say(Message::new(msg!("console.header.data")).with("day", day)),
            theme.header,
        ));
    }
    right.push(match &session.link {
        Link::Connecting => (pen.say(msg!("console.link.connecting")), theme.warn),
        Link::Online(millis) => {
            let said = Message::new(msg!("console.link.online")).with("millis", *millis);
            (pen.say(said), theme.header)
        }
        Link::Offline(..) => (pen.say(msg!("console.link.offline")), theme.bad),
    });
    let mut left = vec!["Baton".to_owned()];
    if let Some(bank) = &session.bank {
        let unit = session.who.as_ref().and_then(|who| who.org.as_ref());
        left.push(match unit {
            Some((_, name)) => format!("{} / {name}", bank.name),
            None => bank.name.clone(),
        });
    }
    let mut shown = left.join("  ");
    let width = |parts: &[(String, ratatui::style::Style)]| -> u16 {
        parts.iter().map(|(text, _)| pen.look.cells(text).saturating_add(2)).sum()
    };
    // The duties go first, then the operator's name.
    if right.len() == 4 && width(&right) + pen.look.cells(&shown) + 2 > area.width {
        right.remove(1);
    }
    if right.len() == 3 && width(&right) + 8 > area.width {
        right.remove(0);
    }
    let mut end = area.right() - 1;
    for (text, style) in right.iter().rev() {
        let cells = pen.look.cells(text).min(end.saturating_sub(area.x));
        put_right(buf, pen.look, (end - cells, area.y), cells, text, *style);
        end = end.saturating_sub(cells + 2).max(area.x);
    }
    let room = end.saturating_sub(area.x + 1);
    // Which bank it is matters more than which program.
    if pen.look.cells(&shown) > room {
        shown = left.pop().unwrap_or_default();
    }
    put(buf, pen.look, (area.x + 1, area.y), room, &shown, theme.header);
}

fn footer(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    said: Option<&(Tone, String)>,
    pen: Pen<'_>,
) {
    // Where there is one row only, the keys give way to what is said, and to what is typed.
    let keys = area.height > u16::from(said.is_some());
    if let Some((tone, text)) = said {
        let place = Rect { height: area.height - u16::from(keys), ..area };
        message_line(buf, pen.look, place, *tone, text);
    }
    if keys {
        hints(buf, row(area, area.height - 1), state, pen);
    }
}

/// The change under way before anything else, then what the last key led to.
fn said(state: &State, pen: Pen<'_>) -> Option<(Tone, String)> {
    if let Some(notice) = &state.notice {
        let tone = match notice.tone {
            state::Tone::Done => Tone::Good,
            state::Tone::Info => Tone::Plain,
            state::Tone::Refused => Tone::Bad,
        };
        return Some((tone, pen.say(notice.message.clone())));
    }
    let job = state.job.as_ref()?;
    let said = Message::new(msg!("console.job.running")).with("job", job.title.clone());
    Some((Tone::Warn, pen.say(said)))
}

fn hints(buf: &mut Buffer, area: Rect, state: &State, pen: Pen<'_>) {
    let context = state.context();
    // The way back keeps its place where there is one.
    let back = state.page().is_some() || state.overlay.is_some();
    let rows: Vec<_> = TABLE
        .iter()
        .filter(|row| row.footer && row.holds(context))
        .map(|row| {
            let first = row.keys.iter().find(|key| !context.types() || key.chars().count() > 1);
            let key = first.unwrap_or(&row.keys[0]);
            (
                key,
                pen.say(row.title),
                (row.available)(state).is_ok(),
                back && row.id == CommandId::Back,
            )
        })
        .collect();
    let hints: Vec<Hint<'_>> = rows
        .iter()
        .map(|(key, label, enabled, stays)| {
            let (enabled, stays) = (*enabled, *stays);
            Hint { key, label, enabled, stays }
        })
        .collect();
    let due = panes::tasks::due_today(state);
    let mut right = vec![];
    if due > 0 {
        right.push(pen.say(Message::new(msg!("console.due-today")).with("count", due)));
    }
    let help = command::row(CommandId::Help);
    if help.holds(context) {
        right.push(format!("{} {} ", help.keys[0], pen.say(help.title)));
    }
    let right = right.join("  ");
    key_hints(buf, pen.look, area, &hints, &right);
}
