//! A month: its days in weeks, each with what runs and what is planned, and the lines of the day under the cursor.

use chrono::{Datelike as _, NaiveDate};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::agenda::{Agenda, Entry, Planned, clock};
use crate::domain::calendar::{CalendarDay, DayKind, monday, weekday};
use crate::domain::message::Message;
use crate::msg;
use crate::text::number;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, put, row as line_at};

/// From here on the lines of the day stand beside the weeks: below it they would have no room for the strategies' names.
const WIDE: u16 = 150;
/// How wide a day is at least where its lines stand beside it, and at most.
const CELL: (u16, u16) = (11, 16);
/// The lines that the day under the cursor has at least below the weeks, where they are drawn with two lines each.
const DAY_LINES: u16 = 5;
/// How many lines there must be below the weeks before the signs are told there, too.
const ROOMY: u16 = 14;

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    agenda: &Agenda,
    pen: Pen<'_>,
) {
    let Some(chosen) = page.day() else { return };
    let theme = pen.look.theme;
    let hours = hours(agenda, pen);
    let head = line_at(area, 0);
    let area = pen.text(buf, area, &hours, 1, theme.text);
    let whole = page.whole_month().unwrap_or(agenda);
    let sheet = Sheet { agenda, whole, chosen, today: today(state), pen };
    if area.width >= WIDE {
        let cell = (area.width * 2 / 21).clamp(CELL.0, CELL.1);
        let left = Rect { width: cell * 7, ..area };
        let rest = sheet.weeks(buf, left, cell, area.height.saturating_sub(3));
        pen.text(buf, below(rest, 1), &pen.say(msg!("calendar.page.legend")), 4, theme.stale);
        sheet.day(buf, beside(area, cell * 7 + 2), page.row);
    } else {
        let cell = (area.width / 7).clamp(1, CELL.1);
        let mut rest = sheet.weeks(buf, area, cell, area.height.saturating_sub(DAY_LINES));
        if rest.height >= ROOMY {
            let legend = pen.say(msg!("calendar.page.legend"));
            rest = below(pen.text(buf, rest, &legend, 2, theme.stale), 1);
        } else {
            // Where there is no room for sentences, the signs alone stand behind the hours.
            let signs = pen.say(msg!("calendar.page.signs"));
            let cells = pen.look.cells(&signs);
            if pen.look.cells(&hours) + 2 + cells <= head.width {
                put(buf, pen.look, (head.right() - cells, head.y), cells, &signs, theme.stale);
            }
        }
        sheet.day(buf, rest, page.row);
    }
}

fn today(state: &State) -> Option<NaiveDate> {
    state.session.bank.as_ref().map(|bank| bank.as_of)
}

/// When people work and when nobody is reminded.
fn hours(agenda: &Agenda, pen: Pen<'_>) -> String {
    let said = |key, (from, to): (i64, i64)| {
        pen.say(Message::new(key).with("from", clock(from)).with("to", clock(to)))
    };
    let office = agenda.office.map(|hours| said(msg!("calendar.page.office"), hours));
    let quiet = agenda.quiet.map(|hours| said(msg!("calendar.page.quiet"), hours));
    let all: Vec<String> = office.into_iter().chain(quiet).collect();
    all.join(pen.look.glyphs.separator)
}

/// The month as it is drawn.
#[derive(Clone, Copy)]
struct Sheet<'a> {
    /// What the filter leaves of it.
    agenda: &'a Agenda,
    /// All of it.
    whole: &'a Agenda,
    chosen: NaiveDate,
    today: Option<NaiveDate>,
    pen: Pen<'a>,
}

impl Sheet<'_> {
    /// The weeks in at most `most` lines, two for each where they fit; gives what is left below.
    fn weeks(self, buf: &mut Buffer, area: Rect, cell: u16, most: u16) -> Rect {
        let pen = self.pen;
        let Some(first) = self.agenda.days.first().map(|day| day.day) else { return area };
        let start = monday(first);
        let week_of = |day: NaiveDate| u16::try_from((day - start).num_days() / 7).unwrap_or(0);
        let weeks = self.agenda.days.last().map_or(0, |day| week_of(day.day) + 1);
        let lines = if weeks * 2 < most { 2 } else { 1 };
        for (at, day) in start.iter_days().take(7).enumerate() {
            let x = area.x + cell * u16::try_from(at).unwrap_or(0) + 1;
            let name = pen.say(weekday(day));
            put(buf, pen.look, (x, area.y), cell.saturating_sub(1), &name, pen.look.theme.column);
        }
        let grid = below(area, 1);
        for day in &self.agenda.days {
            let column = u16::try_from(day.day.weekday().num_days_from_monday()).unwrap_or(0);
            let line = line_at(grid, week_of(day.day) * lines);
            if line.is_empty() {
                break;
            }
            let place = Rect { x: line.x + cell * column, width: cell, ..line };
            self.cell(buf, place, day);
            if lines == 2 && line.y + 1 < grid.bottom() {
                self.counts(buf, Rect { y: place.y + 1, ..place }, day.day);
            }
        }
        below(grid, weeks * lines)
    }

    /// The number of a day, and what the calendar calls it.
    fn cell(self, buf: &mut Buffer, place: Rect, day: &CalendarDay) {
        let (pen, theme) = (self.pen, self.pen.look.theme);
        let here = day.day == self.chosen;
        let mut style = if day.working { theme.text } else { theme.stale };
        if Some(day.day) == self.today {
            style = style.add_modifier(Modifier::UNDERLINED);
        }
        let number = format!("{:2}", day.day.day());
        if here {
            put(buf, pen.look, (place.x, place.y), 1, pen.look.glyphs.marker, theme.selected);
            style = theme.selected;
        }
        put(buf, pen.look, (place.x + 1, place.y), 2.min(place.width), &number, style);
        let mut at = 4;
        if day.blackout.is_some() {
            let room = place.width.saturating_sub(3).min(1);
            put(buf, pen.look, (place.x + 3, place.y), room, pen.look.glyphs.bad, theme.bad);
            at = 5;
        }
        let named = day.named.as_ref().map(|(_, name)| name.as_str()).filter(|n| !n.is_empty());
        // A weekend that is worked is not taken for the holiday after which it is called.
        if matches!(day.named, Some((DayKind::Working, _))) {
            let sign = pen.say(msg!("calendar.cell.working"));
            let room = place.width.saturating_sub(at);
            at += put(buf, pen.look, (place.x + at, place.y), room, &sign, theme.accent) + 1;
        }
        let Some(name) = named.or(day.blackout.as_deref()) else { return };
        // The next day's first cell is blank but for the cursor, so the name may come up to it.
        let room = place.width.saturating_sub(at);
        if room >= 4 {
            let style = if day.blackout.is_some() { theme.bad } else { theme.stale };
            put(buf, pen.look, (place.x + at, place.y), room, name, style);
        }
    }

    /// What runs on a day and what is planned for it, in a few cells.
    fn counts(self, buf: &mut Buffer, place: Rect, day: NaiveDate) {
        let (pen, theme) = (self.pen, self.pen.look.theme);
        let pushes = i64::try_from(self.agenda.on(day).count()).unwrap_or(i64::MAX);
        let shared = self.whole.shared_on(day);
        let planned = |wave: bool| {
            self.agenda.planned(day).any(|p| matches!(p.what, Planned::Wave { .. }) == wave)
        };
        let mut parts: Vec<(String, Style)> = Vec::new();
        if pushes > 0 {
            let said = Message::new(msg!("calendar.cell.pushes")).with("count", pushes);
            parts.push((pen.say(said), Style::new()));
        }
        if planned(true) {
            parts.push((pen.say(msg!("calendar.cell.wave")), theme.accent));
        }
        if planned(false) {
            parts.push((pen.say(msg!("calendar.cell.review")), theme.accent));
        }
        let room = place.width.saturating_sub(1);
        let width = |parts: &[(String, Style)]| -> u16 {
            parts.iter().map(|(text, _)| pen.look.cells(text)).sum()
        };
        if shared > 0 {
            // A figure is not cut, for half of it is a wrong one: where it has no room, the day's own lines have it.
            let figure = number::count_short(shared, pen.lang);
            let said = format!("{}{figure}", pen.look.glyphs.warn);
            let fits = width(&parts) + pen.look.cells(&said) <= room;
            let said = if fits { said } else { pen.look.glyphs.warn.to_owned() };
            parts.push((said, theme.warn));
        }
        let gaps = u16::try_from(parts.len().saturating_sub(1)).unwrap_or(0);
        let gap = u16::from(width(&parts) + gaps < room);
        let mut x = place.x + 1;
        for (text, style) in parts {
            let left = place.right().saturating_sub(x);
            if pen.look.cells(&text) > left {
                break;
            }
            x += put(buf, pen.look, (x, place.y), left, &text, style) + gap;
        }
    }

    /// The day under the cursor in words, and its lines.
    fn day(self, buf: &mut Buffer, area: Rect, row: usize) {
        let (pen, theme) = (self.pen, self.pen.look.theme);
        let Some(day) = self.agenda.day(self.chosen) else { return };
        let works =
            if day.working { msg!("calendar.page.works") } else { msg!("calendar.page.rests") };
        let name = day.named.as_ref().map(|(_, name)| format!(" {name}")).unwrap_or_default();
        let said = format!(
            "{} {}{}{}{name}",
            number::date(day.day),
            pen.say(weekday(day.day)),
            pen.look.glyphs.separator,
            pen.say(works)
        );
        let mut area = pen.line(buf, area, &said, theme.accent);
        if let Some(reason) = &day.blackout {
            let said = Message::new(msg!("calendar.page.dark")).with("reason", reason.as_str());
            area = pen.text(buf, area, &pen.say(said), 1, theme.bad);
        }
        let shared = self.whole.shared_on(self.chosen);
        if shared > 0 {
            let said = Message::new(msg!("calendar.page.shared")).with("count", shared);
            let said = format!("{} {}", pen.look.glyphs.warn, pen.say(said));
            area = pen.text(buf, area, &said, 2, theme.warn);
        }
        self.lines(buf, area, row);
    }

    fn lines(self, buf: &mut Buffer, area: Rect, selected: usize) {
        let pen = self.pen;
        let entries = self.agenda.entries(self.chosen);
        let titles = [
            pen.say(msg!("calendar.column.what")),
            pen.say(msg!("calendar.column.strategy")),
            pen.say(msg!("calendar.column.until")),
            pen.say(msg!("console.column.tasks")),
            pen.say(msg!("calendar.column.shared")),
        ];
        let columns = [
            Column::flex(&titles[0], 10, 12),
            Column::flex(&titles[1], 11, 40).priority(1),
            Column::fixed(&titles[2], 10).priority(2),
            Column::fixed(&titles[3], 8).right().priority(3),
            Column::fixed(&titles[4], pen.look.cells(&titles[4]).max(7)).right(),
        ];
        let row = |at: usize| self.line(entries[at]);
        let empty = pen.say(msg!("calendar.page.nothing"));
        let (columns, len) = (&columns[..], entries.len());
        let (selected, focused, heading) = (Some(selected), true, true);
        Table { columns, len, row: &row, selected, focused, heading, empty: &empty }
            .draw(buf, pen.look, area);
    }

    fn line<'r>(self, entry: Entry<'_>) -> Row<'r> {
        let (pen, theme) = (self.pen, self.pen.look.theme);
        match entry {
            Entry::Push(push) => {
                let shared = self.whole.shared_of(push);
                let what =
                    Message::new(msg!("calendar.what.push")).with("push", push.push.to_string());
                let style = if shared > 0 { theme.warn } else { Style::new() };
                Row::new(vec![
                    pen.say(what).into(),
                    named(&push.strategy, push.version, Some(push.wave), &push.name).into(),
                    number::date(push.to).into(),
                    number::count(push.tasks).into(),
                    Cell::styled(number::count(shared), style),
                ])
            }
            Entry::Plan(plan) => {
                let (what, until) = match plan.what {
                    Planned::Wave { wave } => {
                        let what = Message::new(msg!("calendar.what.wave")).with("wave", wave);
                        (what, String::new())
                    }
                    Planned::Review { push, closed } => {
                        let what = Message::new(msg!("calendar.what.review"));
                        let done = closed.then(|| pen.say(msg!("calendar.what.closed")));
                        (what.with("push", push.to_string()), done.unwrap_or_default())
                    }
                };
                Row::new(vec![
                    Cell::styled(pen.say(what), theme.accent),
                    named(&plan.strategy, plan.version, None, &plan.name).into(),
                    until.into(),
                    "".into(),
                    "".into(),
                ])
            }
        }
    }
}

/// A strategy's code, version and name, and the wave where it is not the first.
fn named(code: &str, version: i32, wave: Option<i32>, name: &str) -> String {
    let wave = wave.filter(|wave| *wave > 1).map(|wave| format!(" / {wave}")).unwrap_or_default();
    format!("{code} v{version}{wave} {name}")
}
