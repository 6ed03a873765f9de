//! The process board of a push: the funnel, how much of it was in time, and units, RMs or days against the steps, with
//! the step marked at which each falls behind its peers.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::app::state::study::{BoardPart, StudyPage};
use crate::app::study::Finding;
use crate::domain::board::{Board, Part, Step};
use crate::domain::message::Message;
use crate::domain::task::FeedbackReason;
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, below, beside};
use crate::ui::widgets::{Cell, Column, Row, Table, bar, put, put_right, row as line_at, tabs};

/// From here on the funnel stands beside the table.
const WIDE: u16 = 100;

/// How wide the funnel is at least beside the table.
const NARROW: u16 = 34;

/// The steps that have a share of those before them.
const SHARED: [Step; 5] =
    [Step::Signed, Step::Contacted, Step::Reached, Step::Interested, Step::Sold];

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    board: &Board,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    // What is told of the push is told of all of it, whatever its table is narrowed to.
    let shown = board;
    let board = match page.whole() {
        Some(Finding::Board(all)) => all,
        _ => board,
    };
    let (said, style) = match board.loss_message() {
        Some(said) => (format!("{} {}", pen.look.glyphs.warn, pen.say(said)), theme.warn),
        None => (pen.say(msg!("board.page.whole")), theme.accent),
    };
    let area = pen.text(buf, area, &said, 2, style);
    let area = below(area, u16::from(area.height > 14));
    if area.width >= WIDE {
        // The table has its steps whole before the funnel has longer bars.
        let spare = area.width.saturating_sub(needed(board, pen) + 2);
        let left = (area.width * 2 / 5).min(60).min(spare.max(NARROW));
        let told = told(state, board, left, pen);
        funnel(buf, Rect { width: left, ..area }, board, told, pen);
        split(buf, beside(area, left + 2), page, shown, pen);
    } else {
        // Where there is little room the table has it, for it has the keys; but what is told of the push is told.
        let told = told(state, board, area.width, pen);
        let needed = u16::try_from(Step::ALL.len() + told.len()).unwrap_or(u16::MAX);
        let roomy = u16::from(area.height >= needed + 8);
        let most = (needed + roomy).min(area.height.saturating_sub(7));
        let upper = Rect { height: most, ..area };
        let rest = funnel(buf, upper, board, told, pen);
        let used = most - rest.height;
        split(buf, below(area, used), page, shown, pen);
    }
}

/// How wide the table of units is with all of its steps: the marker, the names, and the columns with a blank before each.
fn needed(board: &Board, pen: Pen<'_>) -> u16 {
    let names = board.by_org.iter().map(|part| name(part, pen));
    let steps = SHARED.map(|step| step_width(&pen.say(step.title()), pen) + 1);
    2 + widest(names, pen) + ISSUED + 1 + steps.iter().sum::<u16>()
}

/// How wide the names of a table are: whom a line is of is read before any figure, and where not all fit, it is a figure that
/// is left out.
fn widest(names: impl Iterator<Item = String>, pen: Pen<'_>) -> u16 {
    names.map(|name| pen.look.cells(&name)).max().unwrap_or(0).clamp(14, 34)
}

/// Cells for how many were issued.
const ISSUED: u16 = 8;

/// How wide the column of a step is.
fn step_width(title: &str, pen: Pen<'_>) -> u16 {
    pen.look.cells(title).max(7)
}

/// A bar for each step, and below them what was in time; gives what is left below.
fn funnel(
    buf: &mut Buffer,
    area: Rect,
    board: &Board,
    told: Vec<(String, Style)>,
    pen: Pen<'_>,
) -> Rect {
    let theme = pen.look.theme;
    let steps = &board.whole.steps;
    let names = Step::ALL.map(|step| pen.say(step.title()));
    let widest = names.iter().map(|name| pen.look.cells(name)).max().unwrap_or(0);
    let figure = 9;
    let mut area = area;
    for (step, name) in Step::ALL.into_iter().zip(&names) {
        if area.height == 0 {
            return area;
        }
        let line = line_at(area, 0);
        let broken = board.loss.is_some_and(|loss| loss.step == step);
        let style = if broken { theme.bad } else { theme.text };
        put(buf, pen.look, (line.x, line.y), widest.min(line.width), name, style);
        let share = steps.share(step).map(|(part, whole)| share_of(part, whole));
        let share = format!(
            "{}{}",
            if broken { pen.look.glyphs.down } else { "" },
            share.unwrap_or_default()
        );
        let cells = (figure + 8).min(line.width);
        let at = line.right() - cells;
        put_right(
            buf,
            pen.look,
            (at, line.y),
            cells.min(figure),
            &number::count(steps.at(step)),
            style,
        );
        put_right(
            buf,
            pen.look,
            (at + figure.min(cells), line.y),
            cells.saturating_sub(figure),
            &share,
            style,
        );
        let room = line.width.saturating_sub(widest + cells + 2);
        let place = Rect { x: line.x + widest + 1, width: room, ..line };
        bar(buf, pen.look, place, (steps.at(step), steps.at(Step::Issued)), Style::new());
        area = below(area, 1);
    }
    if usize::from(area.height) > told.len() && area.width >= 30 {
        area = below(area, 1);
    }
    for (said, style) in told {
        area = pen.text(buf, area, &said, 2, style);
    }
    area
}

/// What was in time, what branches say, and what does not belong; two of a kind on one line where `width` has room.
fn told(state: &State, board: &Board, width: u16, pen: Pen<'_>) -> Vec<(String, Style)> {
    let theme = pen.look.theme;
    let part = &board.whole;
    let (sign, contact) = board.judged(part);
    let (young_sign, young_contact) = board.young(part);
    let mut lines = Vec::new();
    let timely = [
        (
            msg!("board.page.signed"),
            (part.signed_in_time, sign, young_sign),
            figures::moment(state, board.terms.sign_by),
        ),
        (
            msg!("board.page.contacted"),
            (part.contacted_in_time, contact, young_contact),
            number::date(board.terms.contact_by),
        ),
    ];
    for (key, (in_time, of, young), by) in timely {
        let share = number::percent_whole(in_time, of).unwrap_or_else(|| "-".to_owned());
        let said = Message::new(key).with("share", share).with("by", by);
        lines.push((pen.say(said), if of > in_time { theme.warn } else { theme.good }));
        if young > 0 {
            let young = Message::new(msg!("board.page.young")).with("count", young);
            join(&mut lines, (pen.say(young), theme.text), width, pen);
        }
    }
    lines.extend(heard(board, pen));
    let odd = [
        (msg!("board.page.contradictory"), part.contradictory),
        (msg!("board.page.contamination"), part.contaminated),
    ];
    let odd = odd.into_iter().filter(|(_, count)| *count > 0);
    for (at, (key, count)) in odd.enumerate() {
        let said = (pen.say(Message::new(key).with("count", count)), theme.warn);
        if at == 0 {
            lines.push(said);
        } else {
            join(&mut lines, said, width, pen);
        }
    }
    lines
}

/// Puts a remark behind the last line if `width` has room for it, else below.
fn join(
    lines: &mut Vec<(String, Style)>,
    (said, style): (String, Style),
    width: u16,
    pen: Pen<'_>,
) {
    let joined = lines.last().map(|(line, _)| format!("{line}{}{said}", pen.look.glyphs.separator));
    match joined.filter(|joined| pen.look.cells(joined) <= width).zip(lines.last_mut()) {
        Some((joined, (line, _))) => *line = joined,
        None => lines.push((format!("  {said}"), style)),
    }
}

/// Why branches say that it does not go: their reasons, the most frequent first.
fn heard(board: &Board, pen: Pen<'_>) -> Option<(String, Style)> {
    let said = |(reason, count): &(FeedbackReason, i64)| {
        format!("{} {}", pen.say(reason.label()), number::count(*count))
    };
    let reasons: Vec<String> = board.feedback.iter().map(said).collect();
    if reasons.is_empty() {
        return None;
    }
    let line = Message::new(msg!("board.page.feedback"));
    let line = line.with("reasons", reasons.join(pen.look.glyphs.separator));
    Some((pen.say(line), pen.look.theme.warn))
}

/// A share in whole percent; nothing of nobody.
fn share_of(part: i64, whole: i64) -> String {
    number::percent_whole(part, whole).unwrap_or_default()
}

/// Units, RMs or days against the steps.
fn split(buf: &mut Buffer, area: Rect, page: &StudyPage, board: &Board, pen: Pen<'_>) {
    let titles = [
        pen.say(msg!("board.page.units")),
        pen.say(msg!("board.page.rms")),
        pen.say(msg!("board.page.days")),
    ];
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    tabs(buf, pen.look, line_at(area, 0), &titles, page.part);
    let area = below(area, 1);
    match page.board_part() {
        BoardPart::Units => heat(buf, area, page, (board, &board.by_org), pen),
        BoardPart::Rms => heat(buf, area, page, (board, &board.by_rm), pen),
        BoardPart::Days => days(buf, area, page, board, pen),
    }
}

/// One cell of the heat table: the share of the step, marked where it is the break.
fn warmth<'a>(part: &Part, board: &Board, step: Step, pen: Pen<'_>) -> Cell<'a> {
    let theme = pen.look.theme;
    let Some((came, base)) = part.steps.share(step) else { return "".into() };
    let share = share_of(came, base);
    if part.gap.is_some_and(|gap| gap.step == step) {
        return Cell::styled(format!("{} {share}", pen.look.glyphs.down), theme.bad);
    }
    // Against the whole push, in whole numbers: came / base >= all came / all base.
    let (all, of) = board.whole.steps.share(step).unwrap_or_default();
    let ahead = i128::from(came) * i128::from(of) >= i128::from(all) * i128::from(base);
    let style = if base == 0 || of == 0 {
        Style::new()
    } else if ahead {
        theme.good
    } else {
        theme.warn
    };
    Cell::styled(share, style)
}

fn heat(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    (board, parts): (&Board, &[Part]),
    pen: Pen<'_>,
) {
    let low = match area.height {
        0..6 => 0,
        6..10 => 1,
        _ => 2,
    };
    let upper = Rect { height: area.height - low, ..area };
    let first = match page.board_part() {
        BoardPart::Rms => pen.say(msg!("board.fact.rm")),
        _ => pen.say(msg!("console.column.unit")),
    };
    let issued = pen.say(Step::Issued.title());
    let titles = SHARED.map(|step| pen.say(step.title()));
    let names: Vec<String> = parts.iter().map(|part| name(part, pen)).collect();
    let widest = widest(names.iter().cloned(), pen);
    let mut columns = vec![
        Column::flex(&first, widest, 40).holding(names.iter().map(String::as_str)),
        Column::fixed(&issued, ISSUED).right().priority(3),
    ];
    for (title, priority) in titles.iter().zip([2, 0, 0, 0, 1]) {
        columns.push(Column::fixed(title, step_width(title, pen)).right().priority(priority));
    }
    let row = |at: usize| {
        let part = &parts[at];
        let mut cells: Vec<Cell<'_>> =
            vec![names[at].as_str().into(), number::count(part.steps.at(Step::Issued)).into()];
        cells.extend(SHARED.map(|step| warmth(part, board, step, pen)));
        Row::new(cells)
    };
    let empty = pen.say(msg!("console.study.members.empty"));
    table(buf, upper, (&columns, parts.len(), &row), page.row, &empty, pen);
    let below_it = below(area, upper.height);
    if let Some(gap) = parts.get(page.row).and_then(|part| part.gap) {
        let said = format!("{} {}", pen.look.glyphs.down, pen.say(gap.message()));
        pen.text(buf, below_it, &said, 2, pen.look.theme.bad);
    }
}

/// Who a row is of; tasks that are nobody's stand under their unit.
fn name(part: &Part, pen: Pen<'_>) -> String {
    if !part.code.is_empty() && part.org.is_empty() {
        format!("{} {}", part.code, part.name)
    } else if part.code.is_empty() {
        format!("{} {}", part.org, pen.say(msg!("board.page.nobody")))
    } else {
        format!("{} {} {}", part.org, part.code, part.name)
    }
}

fn days(buf: &mut Buffer, area: Rect, page: &StudyPage, board: &Board, pen: Pen<'_>) {
    let first = pen.say(msg!("console.column.day"));
    let titles = Step::ALL.map(|step| pen.say(step.title()));
    let mut columns = vec![Column::flex(&first, 10, 14)];
    for (title, priority) in titles.iter().zip([3, 4, 0, 1, 2, 0]) {
        let cells = pen.look.cells(title).max(8);
        columns.push(Column::fixed(title, cells).right().priority(priority));
    }
    let row = |at: usize| {
        let day = &board.by_day[at];
        let mut cells: Vec<Cell<'_>> = vec![number::date(day.day).into()];
        cells.extend(Step::ALL.map(|step| match day.steps.at(step) {
            0 => Cell::from("-"),
            n => number::count(n).into(),
        }));
        Row::new(cells)
    };
    let empty = pen.say(msg!("console.study.members.empty"));
    table(buf, area, (&columns, board.by_day.len(), &row), page.row, &empty, pen);
}

fn table<'a>(
    buf: &mut Buffer,
    area: Rect,
    (columns, len, row): (&'a [Column<'a>], usize, &'a dyn Fn(usize) -> Row<'a>),
    selected: usize,
    empty: &'a str,
    pen: Pen<'_>,
) {
    let selected = Some(selected);
    Table { columns, len, row, selected, focused: true, heading: true, empty }
        .draw(buf, pen.look, area);
}
