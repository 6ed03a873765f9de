//! Text in an editor, as wide as its place: wrapped by characters, with the caret and what is wrong marked.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::app::editor::Editor;
use crate::ui::pen::Pen;
use crate::ui::widgets::put;

/// One line on screen: where its text begins among all characters, and the text.
struct Shown<'t> {
    line: usize,
    /// Characters of the line before it.
    from: usize,
    /// Characters of the whole text before it.
    start: usize,
    text: &'t str,
}

/// Draws the editor's text; gives where the caret stands if it has the keys.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    editor: &Editor,
    wrong: Option<&Range<usize>>,
    focused: bool,
    pen: Pen<'_>,
) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    // One cell stays free, for a caret behind the last character.
    let shown = wrap(editor.lines(), area.width.saturating_sub(1).max(1), pen);
    let (line, column) = editor.caret();
    let at = shown.iter().rposition(|s| s.line == line && s.from <= column).unwrap_or(0);
    let height = usize::from(area.height);
    let first = at / height * height;
    for (y, row) in (area.top()..area.bottom()).zip(&shown[first..]) {
        draw_line(buf, (area.x, y), area.width, row, wrong, pen);
    }
    let before: String = shown[at].text.chars().take(column - shown[at].from).collect();
    let x = area.x + pen.look.cells(&before).min(area.width - 1);
    let y = area.y + u16::try_from(at - first).unwrap_or(0);
    focused.then_some(Position { x, y })
}

fn draw_line(
    buf: &mut Buffer,
    (mut x, y): (u16, u16),
    width: u16,
    row: &Shown<'_>,
    wrong: Option<&Range<usize>>,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let end = x + width;
    let mut at = row.start;
    for grapheme in row.text.graphemes(true) {
        let chars = grapheme.chars().count();
        let bad = wrong.is_some_and(|wrong| at < wrong.end && wrong.start < at + chars);
        let style = if bad { theme.bad.add_modifier(Modifier::UNDERLINED) } else { theme.text };
        x += put(buf, pen.look, (x, y), end.saturating_sub(x), grapheme, style);
        at += chars;
    }
    // What is missing at the end of a line is marked behind it.
    if wrong.is_some_and(|wrong| wrong.start == at && wrong.end <= at + 1) && x < end {
        put(buf, pen.look, (x, y), 1, " ", theme.bad.add_modifier(Modifier::UNDERLINED));
    }
}

fn wrap<'t>(lines: &'t [String], width: u16, pen: Pen<'_>) -> Vec<Shown<'t>> {
    let mut shown = vec![];
    let mut start = 0;
    for (line, text) in lines.iter().enumerate() {
        let (mut from, mut begin, mut cells, mut chars) = (0, 0, 0, 0);
        for (at, grapheme) in text.grapheme_indices(true) {
            let wide = pen.look.cells(grapheme);
            if cells + wide > width {
                shown.push(Shown { line, from, start: start + from, text: &text[begin..at] });
                (from, begin, cells) = (chars, at, 0);
            }
            cells += wide;
            chars += grapheme.chars().count();
        }
        shown.push(Shown { line, from, start: start + from, text: &text[begin..] });
        start += chars + 1;
    }
    shown
}

/// Draws plain lines of label and value; what a value has more than one line of goes on under it.
pub(super) fn pairs(
    buf: &mut Buffer,
    area: Rect,
    pairs: &[(String, String, Style)],
    top: usize,
    pen: Pen<'_>,
) {
    let widest = pairs.iter().map(|(label, ..)| pen.look.cells(label)).max().unwrap_or(0);
    let indent = (widest + 2).min(area.width / 2);
    let room = usize::from(area.width - indent).max(1);
    let mut lines = vec![];
    for (label, value, style) in pairs {
        let shown = pen.look.glyphs.show(value).into_owned();
        let wrapped = crate::text::width::wrap(&shown, room);
        for (i, line) in wrapped.into_iter().enumerate() {
            lines.push((if i == 0 { label.as_str() } else { "" }, line, *style));
        }
    }
    let top = top.min(lines.len().saturating_sub(usize::from(area.height)));
    for (y, (label, line, style)) in (area.top()..area.bottom()).zip(&lines[top..]) {
        put(buf, pen.look, (area.x, y), indent, label, pen.look.theme.column);
        put(buf, pen.look, (area.x + indent, y), area.width - indent, line, *style);
    }
}
