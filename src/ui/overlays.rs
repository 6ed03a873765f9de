//! What lies over everything: filter, palette, help, prompts, questions, and the keys behind a first key.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::pen::{Pen, below};
use super::widgets::{Hint, InputLine, Popup, key_hints, put, row};
use crate::app::command::{self, Command, CommandId, Context, search};
use crate::app::field::Field;
use crate::app::state::{Confirm, Overlay, Page, Pane, Prompt, State};
use crate::msg;

/// Cells for the keys of a command.
const KEYS: u16 = 13;
/// Lines below the help for the whole sentence of one command.
const WHOLE: u16 = 3;

/// Draws what lies over the screen. Gives where the caret stands: there if something does, else where it was.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    below_it: Option<Position>,
    pen: Pen<'_>,
) -> Option<Position> {
    if let Some(prefix) = state.prefix {
        which_key(buf, area, state, prefix, pen);
        return None;
    }
    match &state.overlay {
        // What is looked for is typed below the frame, so that the frame goes on saying how many rows match, and as of when.
        None | Some(Overlay::Filter) => below_it,
        Some(Overlay::Axes(axes)) => super::axes::draw(buf, area, state, axes, pen),
        Some(Overlay::Palette { field, cursor, from }) => {
            let found = search::here(&state.words, field.text(), *from);
            palette(buf, area, state, field, *cursor, &found, pen)
        }
        Some(Overlay::Help { field, cursor, from }) => {
            help(buf, area, state, (field, *from), *cursor, pen)
        }
        Some(Overlay::Prompt(asked)) => prompt(buf, area, asked, pen),
        Some(Overlay::Confirm(asked)) => {
            confirm(buf, area, asked, pen);
            None
        }
        Some(Overlay::Pick(picker)) => super::picker::draw(buf, area, state, picker, pen),
    }
}

/// The line in which the rows on screen are looked through. Gives where its caret stands.
pub(super) fn filter(
    buf: &mut Buffer,
    line: Rect,
    state: &State,
    pen: Pen<'_>,
) -> Option<Position> {
    let field = match (state.page(), state.focus) {
        (Some(Page::Explain(page)), _) => page.sieve.field(),
        (Some(Page::Study(page)), _) => &page.filter,
        (Some(Page::BranchTasks(page)), _) => page.sieve.field(),
        (Some(Page::Plan(page)), _) => page.sieve.field(),
        (Some(Page::Push(page)), _) => &page.filter,
        (Some(Page::Home), _) => &state.work.filter,
        (Some(Page::Dictionary), _) => &state.dictionary.filter,
        (Some(Page::Moments), _) => &state.moments.filter,
        (_, Pane::Segments) => &state.segments.filter,
        (_, Pane::Strategies) => &state.strategies.filter,
        (_, Pane::Tasks) => &state.pushes.filter,
        (_, Pane::Kpi) => &state.kpi.list.filter,
    };
    let hint = pen.say(msg!("console.filter.hint"));
    InputLine {
        label: " /",
        value: field.text(),
        cursor: field.chars_before(),
        hint: &hint,
        focused: true,
    }
    .draw(buf, pen.look, line)
}

fn which_key(buf: &mut Buffer, area: Rect, state: &State, prefix: char, pen: Pen<'_>) {
    let rows: Vec<(&Command, &str)> = command::behind(state.context(), prefix).collect();
    let count = u16::try_from(rows.len()).unwrap_or(8);
    // Two columns where one would cover what the keys are about.
    let columns = if count + 2 > area.height / 2 { 2 } else { 1 };
    let (lines, width) = (count.div_ceil(columns), (60 * columns).min(area.width));
    let title = format!("{prefix} ..");
    let height = lines + 2;
    let place = Rect { width, ..at_foot(area, height) };
    let inner = Popup { title: &title, width, height }.draw(buf, pen.look, place);
    let room = inner.width / columns;
    for (at, (row, key)) in (0..).zip(rows) {
        let (column, line) = (at / lines, at % lines);
        let place = below(Rect { x: inner.x + column * room, width: room, ..inner }, line);
        command_line(buf, place, state, row, key, None, pen);
    }
}

/// A command in one line: key, title, and why it cannot be used, or what it does.
fn command_line(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    row: &Command,
    key: &str,
    help: Option<&str>,
    pen: Pen<'_>,
) {
    if area.is_empty() {
        return;
    }
    let theme = pen.look.theme;
    let can = (row.available)(state);
    let style = if can.is_ok() { theme.text } else { theme.disabled };
    let key_style = if can.is_ok() { theme.key } else { theme.disabled };
    put(buf, pen.look, (area.x, area.y), KEYS.min(area.width), key, key_style);
    let title = pen.say(row.title);
    let x = area.x + KEYS + 1;
    let room = area.right().saturating_sub(x);
    let taken = put(buf, pen.look, (x, area.y), room, &title, style);
    let more = match (can, help) {
        (Err(reason), Some(help)) => format!("{help} ({})", pen.say(reason)),
        (Err(reason), None) => format!("({})", pen.say(reason)),
        (Ok(()), Some(help)) => help.to_owned(),
        (Ok(()), None) => return,
    };
    let x = (x + taken + 2).max(area.x + KEYS + 19);
    put(buf, pen.look, (x, area.y), area.right().saturating_sub(x), &more, theme.disabled);
}

fn palette(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    field: &Field,
    cursor: usize,
    found: &[CommandId],
    pen: Pen<'_>,
) -> Option<Position> {
    let title = pen.say(msg!("console.palette.title"));
    let (width, height) =
        (area.width.saturating_sub(4).min(90), area.height.saturating_sub(2).min(20));
    let inner = Popup { title: &title, width, height }.draw(buf, pen.look, area);
    let hint = pen.say(msg!("console.palette.hint"));
    let caret = InputLine {
        label: ":",
        value: field.text(),
        cursor: field.chars_before(),
        hint: &hint,
        focused: true,
    }
    .draw(buf, pen.look, row(inner, 0));
    let list = below(inner, 1);
    let page = usize::from(list.height).max(1);
    for (at, id) in found.iter().enumerate().skip(cursor / page * page).take(page) {
        let line = row(list, u16::try_from(at % page).unwrap_or(0));
        if at == cursor {
            let style = pen.look.theme.selected;
            put(buf, pen.look, (line.x, line.y), 1, pen.look.glyphs.marker, style);
        }
        let command = command::row(*id);
        command_line(buf, super::pen::beside(line, 2), state, command, command.keys[0], None, pen);
    }
    if found.is_empty() {
        pen.line(buf, list, &pen.say(msg!("console.empty.filter")), pen.look.theme.stale);
    }
    caret
}

fn help(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    (field, from): (&Field, Context),
    cursor: usize,
    pen: Pen<'_>,
) -> Option<Position> {
    let title = pen.say(msg!("console.help.title"));
    let inner =
        Popup { title: &title, width: area.width, height: area.height }.draw(buf, pen.look, area);
    let hint = pen.say(msg!("console.help.hint"));
    let caret = InputLine {
        label: "/",
        value: field.text(),
        cursor: field.chars_before(),
        hint: &hint,
        focused: true,
    }
    .draw(buf, pen.look, row(inner, 0));
    let found = search::everywhere(&state.words, field.text(), from);
    // What a command does is read whole below the list, for the one under the cursor: its line may have no room for it.
    let foot = WHOLE.min(inner.height / 4);
    let list = below(Rect { height: inner.height - foot, ..inner }, 1);
    let page = usize::from(list.height).max(1);
    for (at, id) in found.iter().enumerate().skip(cursor / page * page).take(page) {
        let command = command::row(*id);
        let keys = command.keys.join(" ");
        let line = row(list, u16::try_from(at % page).unwrap_or(0));
        if at == cursor {
            let style = pen.look.theme.selected;
            put(buf, pen.look, (line.x, line.y), 1, pen.look.glyphs.marker, style);
        }
        let line = super::pen::beside(line, 2);
        command_line(buf, line, state, command, &keys, Some(&pen.say(command.help)), pen);
    }
    if let Some(id) = found.get(cursor) {
        let command = command::row(*id);
        let mut said = pen.say(command.help);
        if let Err(reason) = (command.available)(state) {
            said = format!("{said} ({})", pen.say(reason));
        }
        let place = Rect { y: inner.bottom() - foot, height: foot, ..inner };
        pen.text(buf, place, &said, foot, pen.look.theme.accent);
    }
    caret
}

fn prompt(buf: &mut Buffer, area: Rect, asked: &Prompt, pen: Pen<'_>) -> Option<Position> {
    let title = pen.say(asked.title);
    let width = area.width.saturating_sub(4).min(90);
    let error = asked.error.clone().map(|error| pen.say(error));
    // What is wrong is read whole: it says what to do.
    let lines = error.as_ref().map_or(1, |error| wrapped(error, width, pen).max(1));
    let inner = Popup { title: &title, width, height: lines + 4 }.draw(buf, pen.look, area);
    let caret = InputLine {
        value: asked.field.text(),
        cursor: asked.field.chars_before(),
        focused: true,
        ..InputLine::default()
    }
    .draw(buf, pen.look, row(inner, 0));
    if let Some(error) = &error {
        pen.text(buf, below(inner, 2), error, lines, pen.look.theme.bad);
    }
    caret
}

/// How many lines a text takes in a window of that width.
fn wrapped(text: &str, width: u16, pen: Pen<'_>) -> u16 {
    let room = usize::from(width.saturating_sub(4)).max(1);
    let lines = crate::text::width::wrap(&pen.look.glyphs.show(text), room).len();
    u16::try_from(lines).unwrap_or(4)
}

/// The lowest place of that height within the frame of what is below, so that the frame stays whole.
fn at_foot(area: Rect, height: u16) -> Rect {
    let height = height.min(area.height);
    let y = area.bottom().saturating_sub(height + 1).max(area.y);
    Rect { y, height, ..area }
}

fn confirm(buf: &mut Buffer, area: Rect, asked: &Confirm, pen: Pen<'_>) {
    let title = pen.say(command::row(asked.command).title);
    let width = area.width.saturating_sub(4).min(76);
    let question = pen.say(asked.question.clone());
    let height = wrapped(&question, width, pen) + 4;
    // At the foot, so that what is asked about stays in sight.
    let foot = at_foot(area, height);
    let inner = Popup { title: &title, width, height }.draw(buf, pen.look, foot);
    let rest = pen.text(buf, inner, &question, inner.height, pen.look.theme.text);
    let yes = pen.say(command::row(CommandId::Yes).title);
    let no = pen.say(command::row(CommandId::Back).title);
    let hints = [
        Hint { key: "y", label: &yes, enabled: true, stays: true },
        Hint { key: "Esc", label: &no, enabled: true, stays: true },
    ];
    key_hints(buf, pen.look, row(below(rest, 1), 0), &hints, "");
}
