//! A push plan: who gets a task, who is left alone, who is blocked and why; and the yes that pushes it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::command::{self, CommandId};
use crate::app::state::{PlanPage, PlanStep, PlanView, State};
use crate::domain::exclusion;
use crate::domain::message::Message;
use crate::domain::order::PlanOrder;
use crate::domain::push::{PlanRm, PlanRow};
use crate::msg;
use crate::text::number;
use crate::ui::panes::narrowed;
use crate::ui::pen::{Pen, aired, below, beside};
use crate::ui::widgets::{Cell, Column, Pane, Row, Table, row, tabs};

/// From here on who is left off stands beside the units.
const WIDE: u16 = 110;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &PlanPage, pen: Pen<'_>) {
    let title = pen.say(Message::new(msg!("console.plan.title")).with("code", page.code.as_str()));
    let day = state.session.bank.as_ref().map_or_else(String::new, |b| number::date(b.as_of));
    let note = match page.step.plan() {
        Some(_) => narrowed(state, page.sieve.field(), page.sieve.shown_of()),
        None => String::new(),
    };
    let frame = Pane { title: &title, focused: true, as_of: &day, stale: false, note: &note };
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
        PlanStep::Planned(_) if page.preview.is_some() => {
            (theme.accent, Message::new(msg!("console.plan.preview")).with("wave", plan.wave))
        }
        PlanStep::Planned(_) if plan.refused().is_some() => {
            (theme.bad, Message::new(msg!("console.plan.refused")))
        }
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
    draw_views(buf, list, page, plan, pen);
}

/// The views of a plan under their tabs; where there is room, who is left off and the overlap stand beside.
fn draw_views(buf: &mut Buffer, area: Rect, page: &PlanPage, plan: &PlanRow, pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("console.plan.orders")),
        pen.say(msg!("console.plan.rms")),
        pen.say(msg!("console.plan.left-off")),
        pen.say(msg!("console.plan.overlap")),
    ];
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    tabs(buf, pen.look, row(area, 0), &titles, page.view.place());
    let area = below(area, 1);
    let beside_it = matches!(page.view, PlanView::Orders | PlanView::Rms) && area.width >= WIDE;
    let (list, side) = if beside_it {
        let width = area.width * 3 / 5;
        (Rect { width, ..area }, Some(beside(area, width + 2)))
    } else {
        (area, None)
    };
    match page.view {
        PlanView::Orders => draw_orders(buf, list, page, plan, pen),
        PlanView::Rms => draw_rms(buf, list, page, plan, pen),
        PlanView::LeftOff => draw_left_off(buf, list, plan, Some(page), pen),
        PlanView::Overlap => draw_overlap(buf, list, plan, Some(page), pen),
    }
    if let Some(side) = side {
        let rows = u16::try_from(plan.blocked.len() + 2).unwrap_or(u16::MAX);
        let upper = Rect { height: rows.min(side.height / 2), ..side };
        draw_left_off(buf, upper, plan, None, pen);
        draw_overlap(buf, below(side, upper.height + 1), plan, None, pen);
    }
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
    if plan.waves > 1 {
        let said = Message::new(msg!("console.plan.wave"))
            .with("wave", plan.wave)
            .with("waves", plan.waves)
            .with("deadline", plan.deadline);
        area = pen.line(buf, area, &pen.say(said), theme.text);
    }
    for (wrong, said) in plan.warnings() {
        let style = if wrong { theme.bad } else { theme.warn };
        area = pen.text(buf, area, &pen.say(said), 2, style);
    }
    let (weak, said) = (plan.detectable.weakness(plan.control), plan.shows());
    let style = if weak.is_some() { theme.warn } else { theme.text };
    area = pen.text(buf, area, &pen.say(said), 2, style);
    if let Some(alone) = plan.alone() {
        area = pen.text(buf, area, &pen.say(alone), 2, theme.text);
    }
    let over = plan.rms.iter().filter(|rm| rm.is_overloaded()).count();
    if over > 0 {
        let said = Message::new(msg!("push.overloaded"))
            .with("rms", over)
            .with("deadline", plan.deadline)
            .with("days", plan.days);
        area = pen.text(buf, area, &pen.say(said), 2, theme.warn);
    }
    for (wrong, said) in plan.benefit.iter().flat_map(|benefit| benefit.said(&plan.orders)) {
        let style = if wrong { theme.bad } else { theme.text };
        area = pen.text(buf, area, &pen.say(said), 2, style);
    }
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
        Message::new(msg!("console.plan.blocked")).with("reasons", Message::list(&blocked))
    };
    pen.text(buf, area, &pen.say(said), 2, theme.text)
}

fn draw_orders(buf: &mut Buffer, area: Rect, page: &PlanPage, plan: &PlanRow, pen: Pen<'_>) {
    let orders: Vec<&PlanOrder> = page.sieve.of(&plan.orders).collect();
    let titles = [
        pen.say(msg!("console.column.unit")),
        String::new(),
        pen.say(msg!("console.column.tasks")),
        pen.say(msg!("console.column.control")),
        pen.say(msg!("console.column.rms")),
        pen.say(msg!("console.column.per-rm")),
        pen.say(msg!("console.column.load")),
    ];
    let names: Vec<String> =
        orders.iter().map(|order| format!("{} {}", order.org, order.name)).collect();
    let columns = [
        Column::flex(&titles[0], 14, 30).holding(names.iter().map(String::as_str)),
        Column::flex(&titles[1], 8, 50).priority(3),
        Column::fixed(&titles[2], 8).right(),
        Column::fixed(&titles[3], 8).right().priority(1),
        Column::fixed(&titles[4], 8).right().priority(1),
        Column::fixed(&titles[5], 9).right().priority(2),
        Column::fixed(&titles[6], 7).right().priority(2),
    ];
    let most = plan.orders.iter().map(|o| o.tasks).max().unwrap_or(0);
    let row = |at: usize| {
        let order = orders[at];
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
            load(order.tasks - order.nobody, order.capacity, pen),
        ])
    };
    let empty = emptiness(page, "", pen);
    table(buf, area, (&columns, orders.len(), &row), Some(page.cursor), &empty, pen);
}

/// How much of what can be done is asked for; more than that is marked.
fn load<'a>(tasks: i64, capacity: Option<i64>, pen: Pen<'_>) -> Cell<'a> {
    let Some(capacity) = capacity.filter(|capacity| *capacity > 0) else { return "-".into() };
    let style = if tasks > capacity { pen.look.theme.bad } else { Style::new() };
    Cell::styled(number::percent(tasks, capacity).unwrap_or_default(), style)
}

fn draw_rms(buf: &mut Buffer, area: Rect, page: &PlanPage, plan: &PlanRow, pen: Pen<'_>) {
    let rms: Vec<&PlanRm> = page.sieve.of(&plan.rms).collect();
    let titles = [
        pen.say(msg!("console.column.rm")),
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("console.column.tasks")),
        pen.say(msg!("push.fact.capacity")),
        pen.say(msg!("console.column.load")),
    ];
    let columns = [
        Column::flex(&titles[0], 14, 30),
        Column::fixed(&titles[1], 8).priority(1),
        Column::flex("", 8, 50).priority(3),
        Column::fixed(&titles[2], 8).right(),
        Column::fixed(&titles[3], 12).right().priority(1),
        Column::fixed(&titles[4], 7).right(),
    ];
    let most = plan.rms.iter().map(|rm| rm.tasks.max(rm.capacity.unwrap_or(0))).max().unwrap_or(0);
    let row = |at: usize| {
        let rm = rms[at];
        let theme = pen.look.theme;
        let style = if rm.is_overloaded() { theme.bad } else { theme.bar };
        Row::new(vec![
            format!("{} {}", rm.rm, rm.name).into(),
            rm.org.as_str().into(),
            Cell::Bar(rm.tasks, most, style),
            number::count(rm.tasks).into(),
            rm.capacity.map_or_else(|| "-".to_owned(), number::count).into(),
            load(rm.tasks, rm.capacity, pen),
        ])
    };
    let empty = emptiness(page, &pen.say(msg!("console.plan.no-rms")), pen);
    table(buf, area, (&columns, rms.len(), &row), Some(page.cursor), &empty, pen);
}

/// Who is left off and why; with the cursor and the filter where it is the page's own view, whole where it stands beside another.
fn draw_left_off(
    buf: &mut Buffer,
    area: Rect,
    plan: &PlanRow,
    page: Option<&PlanPage>,
    pen: Pen<'_>,
) {
    let name =
        |code: &str| exclusion::title(code).map_or_else(|| code.to_owned(), |key| pen.say(key));
    let rows: Vec<_> = plan.blocked.iter().map(|(code, n)| (name(code), *n)).collect();
    let title = pen.say(msg!("console.plan.left-off"));
    let empty = pen.say(msg!("console.plan.none-blocked"));
    draw_counts(buf, area, (&title, &rows, &empty), page, pen);
}

fn draw_overlap(
    buf: &mut Buffer,
    area: Rect,
    plan: &PlanRow,
    page: Option<&PlanPage>,
    pen: Pen<'_>,
) {
    let title = pen.say(msg!("console.plan.overlap"));
    let empty = pen.say(msg!("console.plan.no-overlap"));
    draw_counts(buf, area, (&title, &plan.overlap, &empty), page, pen);
}

/// Names with how many customers each has.
fn draw_counts(
    buf: &mut Buffer,
    area: Rect,
    (title, rows, empty): (&str, &[(String, i64)], &str),
    page: Option<&PlanPage>,
    pen: Pen<'_>,
) {
    let shown: Vec<&(String, i64)> = match page {
        Some(page) => page.sieve.of(rows).collect(),
        None => rows.iter().collect(),
    };
    let customers = pen.say(msg!("console.column.customers"));
    let columns = [
        Column::flex(title, 16, 44),
        Column::fixed(&customers, 10).right(),
        Column::flex("", 6, 40).priority(2),
    ];
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let row = |at: usize| {
        let (name, n) = shown[at];
        Row::new(vec![
            name.as_str().into(),
            number::count(*n).into(),
            Cell::Bar(*n, most, pen.look.theme.warn),
        ])
    };
    let empty = page.map_or_else(|| empty.to_owned(), |page| emptiness(page, empty, pen));
    table(buf, area, (&columns, shown.len(), &row), page.map(|page| page.cursor), &empty, pen);
}

/// What an empty view says: that nothing matches, or that there is nothing.
fn emptiness(page: &PlanPage, nothing: &str, pen: Pen<'_>) -> String {
    if page.sieve.narrows() { pen.say(msg!("console.empty.filter")) } else { nothing.to_owned() }
}

fn table<'a>(
    buf: &mut Buffer,
    area: Rect,
    (columns, len, row): (&'a [Column<'a>], usize, &'a dyn Fn(usize) -> Row<'a>),
    selected: Option<usize>,
    empty: &'a str,
    pen: Pen<'_>,
) {
    Table { columns, len, row, selected, focused: selected.is_some(), heading: true, empty }
        .draw(buf, pen.look, area);
}
