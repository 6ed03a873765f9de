//! Text in an editor, as wide as its place: wrapped by characters, with the caret and what is wrong marked.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::app::editor::Editor;
use crate::text::width::truncate_to_cells;
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

/// What is marked in a text, by its characters.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks<'m> {
    /// What is wrong.
    pub(super) wrong: Option<&'m Range<usize>>,
    /// What is said of it, under its line; under the last one if it has no place.
    pub(super) note: Option<&'m str>,
    /// How pieces look, in order and apart from one another; all else is plain.
    pub(super) styles: &'m [(Range<usize>, Style)],
}

/// Draws the editor's text; gives where the caret stands if it has the keys.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    editor: &Editor,
    marks: Marks<'_>,
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
    let notes = notes(&shown, marks, area, pen);
    // Lines on screen before each line of the text: the notes stand between.
    let under = notes.as_ref().map_or(usize::MAX, |(under, _)| *under);
    let said = notes.as_ref().map_or(0, |(_, lines)| lines.len());
    let place = |line: usize| if line > under { line + said } else { line };
    let height = usize::from(area.height);
    // A page at a time, but never half empty where a full one can be shown.
    let all = shown.len() + said;
    let first = (place(at) / height * height).min(all.saturating_sub(height));
    if let Some((under, lines)) = &notes
        && !(first <= under + 1 && under + lines.len() < first + height)
        && height > 3
    {
        return pinned(buf, area, editor, (marks, lines), focused, pen);
    }
    let rows = (first..first + height).zip(area.top()..area.bottom());
    for (row, y) in rows {
        let (line, note) = match row.checked_sub(under.saturating_add(1)) {
            None => (row, None),
            Some(n) if n < said => (under, notes.as_ref().map(|(_, lines)| lines[n].as_str())),
            Some(_) => (row - said, None),
        };
        if let Some(note) = note {
            put(buf, pen.look, (area.x, y), area.width, note, pen.look.theme.bad);
        } else if let Some(line) = shown.get(line) {
            draw_line(buf, (area.x, y), area.width, line, marks, pen);
        }
    }
    pen.edges(buf, area, first > 0, first + height < all);
    let before: String = shown[at].text.chars().take(column - shown[at].from).collect();
    let x = area.x + pen.look.cells(&before).min(area.width - 1);
    let y = area.y + u16::try_from(place(at) - first).unwrap_or(0);
    focused.then_some(Position { x, y })
}

/// What is said of what is wrong would not be in sight as a whole under its line: it keeps the last lines of the place.
fn pinned(
    buf: &mut Buffer,
    area: Rect,
    editor: &Editor,
    (marks, lines): (Marks<'_>, &[String]),
    focused: bool,
    pen: Pen<'_>,
) -> Option<Position> {
    let kept = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height - 1);
    let text = Rect { height: area.height - kept, ..area };
    for (line, y) in lines.iter().zip(text.bottom()..area.bottom()) {
        put(buf, pen.look, (area.x, y), area.width, line, pen.look.theme.bad);
    }
    draw(buf, text, editor, Marks { note: None, ..marks }, focused, pen)
}

/// What is said of what is wrong, in lines, and under which line of the text.
fn notes(
    shown: &[Shown<'_>],
    marks: Marks<'_>,
    area: Rect,
    pen: Pen<'_>,
) -> Option<(usize, Vec<String>)> {
    let note = pen.look.glyphs.show(marks.note?);
    // One cell stays free, for the sign that the text goes on.
    let width = usize::from(area.width.saturating_sub(1)).max(1);
    let mut lines = crate::text::width::wrap(&note, width);
    // The line that it is said of stays in sight; what has no room after all is seen to go on.
    let most = usize::from(area.height.saturating_sub(1)).max(1);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let mark = pen.look.glyphs.cut;
            *last = truncate_to_cells(&format!("{last}{mark}"), width, mark).into_owned();
        }
    }
    let wrong = marks.wrong.map(|wrong| wrong.start);
    let under = wrong.and_then(|at| shown.iter().rposition(|line| line.start <= at));
    Some((under.unwrap_or(shown.len().saturating_sub(1)), lines))
}

fn draw_line(
    buf: &mut Buffer,
    (mut x, y): (u16, u16),
    width: u16,
    row: &Shown<'_>,
    Marks { wrong, styles, .. }: Marks<'_>,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let end = x + width;
    let mut at = row.start;
    for grapheme in row.text.graphemes(true) {
        let chars = grapheme.chars().count();
        let bad = wrong.is_some_and(|wrong| at < wrong.end && wrong.start < at + chars);
        let own = styles.partition_point(|(range, _)| range.end <= at);
        let own = styles.get(own).filter(|(range, _)| range.start <= at);
        let plain = own.map_or(theme.text, |(_, style)| *style);
        let style = if bad { theme.bad.add_modifier(Modifier::UNDERLINED) } else { plain };
        x += put(buf, pen.look, (x, y), end.saturating_sub(x), grapheme, style);
        at += chars;
    }
    // What is missing at the end of a line is marked behind it.
    if wrong.is_some_and(|wrong| wrong.start == at && wrong.end <= at + 1) && x < end {
        put(buf, pen.look, (x, y), 1, " ", theme.bad.add_modifier(Modifier::UNDERLINED));
    }
}

/// Breaks behind a blank where there is one, else behind whatever fits.
fn wrap<'t>(lines: &'t [String], width: u16, pen: Pen<'_>) -> Vec<Shown<'t>> {
    let mut shown = vec![];
    let mut start = 0;
    for (line, text) in lines.iter().enumerate() {
        // Where the line on screen begins, and where it could end: bytes, characters, cells.
        let (mut begin, mut here) = ((0, 0, 0), (0, 0, 0));
        let mut blank: Option<(usize, usize, u16)> = None;
        for (at, grapheme) in text.grapheme_indices(true) {
            let wide = pen.look.cells(grapheme);
            here.0 = at;
            if here.2 + wide - begin.2 > width {
                let end = blank.take().filter(|b| b.0 > begin.0).unwrap_or(here);
                let (from, text) = (begin.1, &text[begin.0..end.0]);
                shown.push(Shown { line, from, start: start + from, text });
                begin = end;
            }
            here = (at + grapheme.len(), here.1 + grapheme.chars().count(), here.2 + wide);
            if grapheme == " " {
                blank = Some(here);
            }
        }
        shown.push(Shown { line, from: begin.1, start: start + begin.1, text: &text[begin.0..] });
        start += here.1 + 1;
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
        put(buf, pen.look, (area.x, y), indent, label, pen.look.theme.title);
        put(buf, pen.look, (area.x + indent, y), area.width - indent, line, *style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;
    use crate::ui::glyphs::ASCII;
    use crate::ui::theme::Theme;
    use crate::ui::widgets::Look;

    #[test]
    fn a_line_breaks_behind_a_blank_and_keeps_every_character() {
        let theme = Theme::default();
        let pen = Pen { look: Look { theme: &theme, glyphs: &ASCII }, lang: Lang::En };
        let lines = vec!["aum >= 300000 and".to_owned(), String::new(), "客群客群x".to_owned()];
        let shown = wrap(&lines, 8, pen);
        let texts: Vec<&str> = shown.iter().map(|s| s.text).collect();
        assert_eq!(texts, ["aum >= ", "300000 ", "and", "", "客群客群", "x"]);
        let starts: Vec<usize> = shown.iter().map(|s| s.start).collect();
        assert_eq!(starts, [0, 7, 14, 18, 19, 23]);
    }
}
