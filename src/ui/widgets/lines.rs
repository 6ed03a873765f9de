//! Lines of words: the footer's keys, the message line, paragraphs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Look, put, put_right, row};
use crate::text::width::wrap;

/// One key of the footer.
#[derive(Clone, Copy, Debug)]
pub struct Hint<'a> {
    /// The key, such as `p`.
    pub key: &'a str,
    /// What it does, in a word.
    pub label: &'a str,
    /// Whether it is available now; if not it stays, dimmed, in brackets.
    pub enabled: bool,
    /// Whether others give way to it where not all fit: the way back.
    pub stays: bool,
}

/// The keys of the moment in one line, as many as fit, and `right` at its end. Hints come most wanted first.
pub fn key_hints(buf: &mut Buffer, look: Look<'_>, area: Rect, hints: &[Hint<'_>], right: &str) {
    let area = row(area.intersection(*buf.area()), 0);
    if area.is_empty() {
        return;
    }
    let theme = look.theme;
    let right_cells = look.cells(right).min(area.width);
    put_right(buf, look, (area.right() - right_cells, area.y), right_cells, right, theme.text);
    let mut room = area.width - right_cells;
    let mut x = area.x;
    let wanted = |hint: &Hint<'_>| look.cells(hint.key) + look.cells(hint.label) + 3;
    let mut kept: u16 = hints.iter().filter(|hint| hint.stays).map(wanted).sum();
    let mut full = false;
    for hint in hints {
        let (open, close) = if hint.enabled { (" ", " ") } else { ("(", ")") };
        let cells = wanted(hint);
        if hint.stays {
            kept -= cells;
        }
        full |= !hint.stays && cells + kept > room;
        if cells > room || (full && !hint.stays) {
            continue;
        }
        let (key, label) =
            if hint.enabled { (theme.key, theme.text) } else { (theme.disabled, theme.disabled) };
        let start = x;
        for (text, style) in
            [(open, label), (hint.key, key), (" ", label), (hint.label, label), (close, label)]
        {
            x += put(buf, look, (x, area.y), area.right() - x, text, style);
        }
        room -= (x - start).min(room);
    }
}

/// How serious a message is; it shows by its sign, not by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Tone {
    /// Simply said.
    #[default]
    Plain,
    /// Something was done.
    Good,
    /// Something wants attention.
    Warn,
    /// Something failed.
    Bad,
}

/// Cells before the text of a message: its sign, and one that stays free.
const SIGNED: u16 = 2;

/// How many rows a message needs in this width; one at least.
#[must_use]
pub fn message_rows(look: Look<'_>, width: u16, text: &str) -> u16 {
    let room = usize::from(width.saturating_sub(SIGNED)).max(1);
    u16::try_from(wrap(&look.glyphs.show(text), room).len()).unwrap_or(u16::MAX).max(1)
}

/// Says what happened, in as many lines as the place has; what goes on beyond the last is cut.
pub fn message_line(buf: &mut Buffer, look: Look<'_>, area: Rect, tone: Tone, text: &str) {
    let area = area.intersection(*buf.area());
    if area.is_empty() {
        return;
    }
    let (theme, glyphs) = (look.theme, look.glyphs);
    let (sign, style) = match tone {
        Tone::Plain => (" ", theme.text),
        Tone::Good => (glyphs.done, theme.good),
        Tone::Warn => (glyphs.warn, theme.warn),
        Tone::Bad => (glyphs.bad, theme.bad),
    };
    let taken = put(buf, look, (area.x, area.y), area.width.min(1), sign, style) + 1;
    if taken >= area.width {
        return;
    }
    let place = Rect { x: area.x + taken, width: area.width - taken, ..area };
    if area.height == 1 {
        put(buf, look, (place.x, place.y), place.width, text, style);
    } else {
        paragraph(buf, look, place, text, 0, style);
    }
}

/// `text` in lines as wide as the area, from line `skip` on; gives how many lines there are in all.
pub fn paragraph(
    buf: &mut Buffer,
    look: Look<'_>,
    area: Rect,
    text: &str,
    skip: usize,
    style: Style,
) -> usize {
    let area = area.intersection(*buf.area());
    let lines = wrap(&look.glyphs.show(text), usize::from(area.width));
    for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(skip)) {
        put(buf, look, (area.x, y), area.width, line, style);
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::{ASCII, BOX};
    use crate::ui::widgets::tests::{drawn, look};

    #[test]
    fn hints_that_do_not_fit_are_left_out() {
        let hints = [
            Hint { key: "p", label: "push", enabled: true, stays: false },
            Hint { key: "e", label: "编辑", enabled: false, stays: false },
            Hint { key: "?", label: "help", enabled: true, stays: false },
        ];
        let text = |w| {
            drawn(w, 1, |buf, area| key_hints(buf, look(&ASCII), area, &hints, "3 due"))[0].clone()
        };
        assert_eq!(text(40), " p push (e 编辑) ? help            3 due".to_owned());
        assert_eq!(text(20), " p push        3 due");
        assert_eq!(text(3), "3..");
    }

    #[test]
    fn the_way_back_stands_where_others_find_no_room() {
        let hint = |key, stays| Hint { key, label: "word", enabled: true, stays };
        let hints = [hint("p", false), hint("n", false), hint("Esc", true), hint("x", false)];
        let text =
            |w| drawn(w, 1, |buf, area| key_hints(buf, look(&ASCII), area, &hints, ""))[0].clone();
        assert_eq!(text(34), " p word  n word  Esc word  x word ");
        assert_eq!(text(30), " p word  n word  Esc word     ");
        assert_eq!(text(20), " p word  Esc word   ");
        assert_eq!(text(12), " Esc word   ");
        assert_eq!(text(4), "    ");
    }

    #[test]
    fn a_message_shows_its_tone_by_a_sign() {
        let text =
            |tone| drawn(10, 1, |b, a| message_line(b, look(&BOX), a, tone, "saved"))[0].clone();
        assert_eq!(text(Tone::Good), "✓ saved   ");
        assert_eq!(text(Tone::Bad), "✗ saved   ");
        assert_eq!(text(Tone::Plain), "  saved   ");
    }

    #[test]
    fn a_paragraph_is_wrapped_and_skipped() {
        let text = drawn(6, 2, |buf, area| {
            let lines = paragraph(buf, look(&ASCII), area, "审批需要另一人", 1, Style::new());
            assert_eq!(lines, 3);
        });
        assert_eq!(text, ["要另一", "人    "]);
    }
}
