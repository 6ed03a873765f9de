//! A push plan: who gets a task, who is left alone, who is blocked and why; and the yes that pushes it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::command::{self, CommandId};
use crate::app::state::{PlanPage, PlanStep, State};
use crate::domain::exclusion;
use crate::domain::message::Message;
use crate::domain::push::PlanRow;
use crate::msg;
use crate::text::number;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::{Cell, Column, Pane, Row, Table, row};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &PlanPage, pen: Pen<'_>) {
    let title = pen.say(Message::new(msg!("console.plan.title")).with("code", page.code.as_str()));
    let day = state.session.bank.as_ref().map_or_else(String::new, |b| number::date(b.as_of));
    let frame = Pane { title: &title, focused: true, as_of: &day, ..Pane::default() };
    let mut area = aired(frame.draw(buf, pen.look, area));
    let theme = pen.look.theme;
    if let PlanStep::Refused(refusal) = &page.step {
        pen.text(buf, area, &pen.say(refusal.message.clone()), 4, theme.bad);
        return;
    }
    let Some(plan) = page.step.plan() else {
        pen.line(buf, area, &pen.say(msg!("console.plan.planning")), theme.text);
        return;
    };
    area = draw_totals(buf, area, plan, pen);
    let foot = row(area, area.height.saturating_sub(1));
    let (style, said) = match &page.step {
        PlanStep::Planned(_) => (theme.warn, ask(plan)),
        PlanStep::Pushing(_) => (theme.warn, Message::new(msg!("console.plan.pushing"))),
        PlanStep::Done(_, done) => (
            theme.good,
            Message::new(msg!("console.plan.done"))
                .with("push", done.push.to_string())
                .with("orders", done.orders)
                .with("tasks", done.tasks)
                .with("millis", done.millis),
        ),
        PlanStep::Planning | PlanStep::Refused(_) => return,
    };
    pen.line(buf, foot, &pen.say(said), style);
    let list = below(Rect { height: area.height.saturating_sub(2), ..area }, 1);
    draw_orders(buf, list, plan, page.cursor, pen);
}

/// The question names what a yes will do.
fn ask(plan: &PlanRow) -> Message {
    if plan.customers == 0 {
        return Message::new(msg!("console.plan.empty"));
    }
    Message::new(msg!("console.plan.ask"))
        .with("customers", plan.treated)
        .with("orders", plan.orders.len())
        .with("key", command::row(CommandId::ApplyPush).keys[0])
}

fn draw_totals(buf: &mut Buffer, mut area: Rect, plan: &PlanRow, pen: Pen<'_>) -> Rect {
    let theme = pen.look.theme;
    let share = number::percent(plan.control, plan.customers).unwrap_or_else(|| "-".to_owned());
    let totals = Message::new(msg!("console.plan.totals"))
        .with("customers", plan.customers)
        .with("treated", plan.treated)
        .with("control", plan.control)
        .with("share", share)
        .with("orders", plan.orders.len());
    area = pen.text(buf, area, &pen.say(totals), 3, theme.accent);
    let blocked: Vec<String> = plan
        .blocked
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| {
            let name = exclusion::title(reason).map_or_else(|| reason.clone(), |key| pen.say(key));
            format!("{name} {}", number::count(*count))
        })
        .collect();
    let said = if blocked.is_empty() {
        msg!("console.plan.none-blocked").into()
    } else {
        Message::new(msg!("console.plan.blocked")).with("reasons", blocked.join(", "))
    };
    pen.text(buf, area, &pen.say(said), 2, theme.text)
}

fn draw_orders(buf: &mut Buffer, area: Rect, plan: &PlanRow, cursor: usize, pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("console.column.unit")),
        String::new(),
        pen.say(msg!("console.column.tasks")),
        pen.say(msg!("console.column.control")),
        pen.say(msg!("console.column.rms")),
        pen.say(msg!("console.column.per-rm")),
    ];
    let names: Vec<String> =
        plan.orders.iter().map(|order| format!("{} {}", order.org, order.name)).collect();
    let columns = [
        Column::flex(&titles[0], 14, 30).holding(names.iter().map(String::as_str)),
        Column::flex(&titles[1], 8, 50).priority(3),
        Column::fixed(&titles[2], 8).right(),
        Column::fixed(&titles[3], 8).right().priority(1),
        Column::fixed(&titles[4], 8).right().priority(1),
        Column::fixed(&titles[5], 9).right().priority(2),
    ];
    let most = plan.orders.iter().map(|o| o.tasks).max().unwrap_or(0);
    let row = |at: usize| {
        let order = &plan.orders[at];
        let per_rm = if order.rms > 0 {
            let tenths = order.tasks * 10 / order.rms;
            format!("{}.{}", tenths / 10, tenths % 10)
        } else {
            "-".to_owned()
        };
        Row::new(vec![
            names[at].as_str().into(),
            Cell::Bar(order.tasks, most, pen.look.theme.bar),
            number::count(order.tasks).into(),
            number::count(order.control).into(),
            number::count(order.rms).into(),
            per_rm.into(),
        ])
    };
    Table {
        columns: &columns,
        len: plan.orders.len(),
        row: &row,
        selected: Some(cursor),
        focused: true,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, area);
}
