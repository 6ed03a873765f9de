//! A push: who has signed, how far each branch is, and what came of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::rows::{progress, signed};
use crate::app::state::{PushPage, State};
use crate::domain::benefit::PushBenefit;
use crate::domain::message::Message;
use crate::domain::outcome::Outcome;
use crate::domain::push::{OrderRow, PushRow};
use crate::msg;
use crate::text::number;
use crate::text::width::wrap;
use crate::ui::figures;
use crate::ui::panes::narrowed;
use crate::ui::panes::tasks::{deadline, deadline_width};
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::{Cell, Column, Pane, Row, Table, bar, put, put_right, row};

/// Lines that the orders keep above the outcomes of the one under the cursor: the heading and these.
const ORDERS: u16 = 4;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &PushPage, pen: Pen<'_>) {
    let listed = || state.pushes.all().iter().find(|p| p.push == page.push);
    let Some(push) = page.detail.as_ref().or_else(listed) else { return };
    let (as_of, old) = figures::as_of(pen, state, state.pushes.freshness);
    let title = format!("3 #{} {} v{} {}", push.push, push.strategy, push.version, push.name);
    let orders = page.orders(push);
    let note = narrowed(state, &page.filter, (orders.len(), push.orders.len()));
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: &note };
    let area = aired(frame.draw(buf, pen.look, area));
    let (tasks, done) = progress(push);
    let said = Message::new(msg!("console.push.totals"))
        .with("signed", signed(push))
        .with("orders", push.orders.len())
        .with("done", done)
        .with("tasks", tasks)
        .with("share", number::percent_whole(done, tasks).unwrap_or_else(|| "-".to_owned()))
        .with("deadline", push.deadline);
    let mut area = pen.text(buf, area, &pen.say(said), 2, pen.look.theme.accent);
    if let Some(said) = push.benefit.as_ref().and_then(PushBenefit::said) {
        area = pen.line(buf, area, &pen.say(said), pen.look.theme.text);
    }
    let area = below(area, 1);
    let order = orders.get(page.cursor).copied();
    if area.width >= 100 {
        let left = area.width * 2 / 3;
        draw_orders(buf, Rect { width: left, ..area }, state, &orders, page.cursor, pen);
        let right = Rect { x: area.x + left + 2, width: area.width - left - 2, ..area };
        draw_outcomes(buf, right, state, (push, order), pen);
    } else {
        // All that came of an order is there to be read; the orders go by under the cursor.
        let facts = order.map_or(0, |order| {
            let facts = facts(state, (push, order), pen);
            let rows = |text: &str| wrap(text, usize::from(area.width)).len().min(2);
            facts.iter().map(|(text, _)| rows(text)).sum::<usize>() + Outcome::ALL.len()
        });
        let orders_high = u16::try_from(orders.len() + 1).unwrap_or(ORDERS).min(ORDERS);
        let room = area.height.saturating_sub(orders_high);
        let low = u16::try_from(facts).unwrap_or(room).min(room);
        let upper = Rect { height: area.height - low, ..area };
        draw_orders(buf, upper, state, &orders, page.cursor, pen);
        draw_outcomes(buf, below(area, upper.height), state, (push, order), pen);
    }
}

fn draw_orders(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    orders: &[&OrderRow],
    cursor: usize,
    pen: Pen<'_>,
) {
    let titles = [
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("console.column.sign-state")),
        pen.say(msg!("console.column.tasks")),
        pen.say(msg!("console.column.open")),
        pen.say(msg!("console.column.done")),
        String::new(),
        pen.say(msg!("console.column.deadline")),
        pen.say(msg!("push.fact.delivery")),
    ];
    let signs = orders.iter().map(|order| pen.look.cells(&sign_state(order, pen).0)).max();
    let signs = signs.unwrap_or(0);
    let dues = orders.iter().map(|order| (order.deadline, order.open > 0));
    let columns = [
        Column::flex(&titles[0], 26, 40),
        Column::fixed(&titles[1], signs.max(10)).priority(1),
        Column::fixed(&titles[2], 7).right().priority(3),
        Column::fixed(&titles[3], 7).right().priority(2),
        Column::fixed(&titles[4], 6).right(),
        Column::flex(&titles[5], 5, 20).priority(5),
        Column::fixed(&titles[6], deadline_width(state, dues, pen)).priority(4),
        Column::fixed(&titles[7], 9).priority(6),
    ];
    let row = |at: usize| {
        let order = orders[at];
        let stands = order.delivery.and_then(|counts| counts.stands());
        let stands = stands.map(|(key, _)| pen.say(key)).unwrap_or_default();
        let (sign, style) = sign_state(order, pen);
        Row::new(vec![
            format!("{} {}", order.org, order.name).into(),
            Cell::styled(sign, style),
            number::count(order.tasks).into(),
            number::count(order.open).into(),
            number::percent_whole(order.done, order.tasks).unwrap_or_default().into(),
            Cell::Bar(order.done, order.tasks, Style::new()),
            deadline(state, (order.deadline, order.open > 0), pen),
            Cell::styled(stands, delivered(order, pen)),
        ])
    };
    let empty = pen.say(msg!("console.empty.filter"));
    Table {
        columns: &columns,
        len: orders.len(),
        row: &row,
        selected: Some(cursor),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}

/// Whether an order is signed, in words.
fn sign_state(order: &OrderRow, pen: Pen<'_>) -> (String, Style) {
    let theme = pen.look.theme;
    if order.recalled_at.is_some() {
        (pen.say(msg!("task.state.recalled")), theme.stale)
    } else if order.overdue {
        (format!("! {}", pen.say(msg!("task.overdue"))), theme.bad)
    } else if order.signed_at.is_some() {
        let text = format!("{} {}", pen.look.glyphs.done, pen.say(msg!("console.signed")));
        (text, theme.good)
    } else {
        let text = format!("{} {}", pen.look.glyphs.open, pen.say(msg!("console.unsigned")));
        (text, theme.warn)
    }
}

/// How it looks where an order's messages stand: given up is bad, and what has not left yet is not good.
fn delivered(order: &OrderRow, pen: Pen<'_>) -> Style {
    let theme = pen.look.theme;
    match order.delivery {
        Some(counts) if counts.dead > 0 => theme.bad,
        Some(counts) if counts.ready + counts.leased > 0 => theme.warn,
        _ => theme.text,
    }
}

/// What is told of the order under the cursor above its outcomes: what these count, who signed it, and where its messages and benefits stand.
fn facts(
    state: &State,
    (push, order): (&PushRow, &OrderRow),
    pen: Pen<'_>,
) -> Vec<(String, Style)> {
    let theme = pen.look.theme;
    let said = Message::new(msg!("console.push.outcomes")).with("org", order.name.as_str());
    let mut lines = vec![(pen.say(said), theme.column)];
    if let (Some(at), Some(by)) = (&order.signed_at, &order.signed_by) {
        let said = Message::new(msg!("console.push.signed-by"))
            .with("by", by.as_str())
            .with("at", figures::moment(state, *at));
        lines.push((pen.say(said), theme.text));
    }
    if let Some((key, count)) = order.delivery.and_then(|counts| counts.stands()) {
        let said =
            Message::new(msg!("console.push.delivery")).with("state", key).with("count", count);
        lines.push((pen.say(said), delivered(order, pen)));
    }
    if let Some(benefit) = &push.benefit {
        let (used_up, said) = benefit.said_of(&order.org);
        lines.push((pen.say(said), if used_up { theme.bad } else { theme.text }));
    }
    lines
}

/// What came of the tasks of the order under the cursor.
fn draw_outcomes(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    (push, order): (&PushRow, Option<&OrderRow>),
    pen: Pen<'_>,
) {
    let Some(order) = order else { return };
    let theme = pen.look.theme;
    let mut area = area;
    for (said, style) in facts(state, (push, order), pen) {
        area = pen.text(buf, area, &said, 2, style);
    }
    let names: Vec<String> = Outcome::ALL.iter().map(|o| pen.say(o.label())).collect();
    let widest = names.iter().map(|n| pen.look.cells(n)).max().unwrap_or(0);
    for (at, (outcome, name)) in Outcome::ALL.iter().zip(&names).rev().enumerate() {
        let line = row(area, u16::try_from(at).unwrap_or(0));
        if line.is_empty() {
            break;
        }
        let count = order.outcomes.iter().find(|(o, _)| o == outcome).map_or(0, |(_, n)| *n);
        put(buf, pen.look, (line.x, line.y), widest.min(line.width), name, theme.text);
        let figure = number::count(count);
        let cells = 8.min(line.width);
        put_right(buf, pen.look, (line.right() - cells, line.y), cells, &figure, theme.text);
        let room = line.width.saturating_sub(widest + cells + 2);
        let place = Rect { x: line.x + widest + 1, width: room, ..line };
        bar(buf, pen.look, place, (count, order.tasks), Style::new());
    }
}
