//! The strip that says which pane of several is shown.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Look, put, row};

/// The titles in one line, the shown one marked. Where they do not all fit, the line shows those around it, and
/// signs at its ends say that there are more.
pub fn tabs(buf: &mut Buffer, look: Look<'_>, area: Rect, titles: &[&str], shown: usize) {
    let area = row(area.intersection(*buf.area()), 0);
    if area.is_empty() || titles.is_empty() {
        return;
    }
    let shown = shown.min(titles.len() - 1);
    let width = |title: &str| look.cells(title).saturating_add(2);
    let fits = |from: usize, to: usize| {
        let signs = u32::from(from > 0) + u32::from(to < titles.len());
        let sum: u32 = titles[from..to].iter().map(|t| u32::from(width(t))).sum();
        sum + signs <= u32::from(area.width)
    };
    // Grow the part that is shown to the right, then to the left.
    let (mut from, mut to) = (shown, shown + 1);
    while to < titles.len() && fits(from, to + 1) {
        to += 1;
    }
    while from > 0 && fits(from - 1, to) {
        from -= 1;
    }
    let (theme, glyphs) = (look.theme, look.glyphs);
    let mut x = area.x;
    if from > 0 {
        x += put(buf, look, (x, area.y), 1, glyphs.more_before, theme.title);
    }
    let end = area.right() - u16::from(to < titles.len());
    for (at, title) in titles.iter().enumerate().take(to).skip(from) {
        let (mark, style) =
            if at == shown { (glyphs.marker, theme.title_focused) } else { (" ", theme.title) };
        x += put(buf, look, (x, area.y), end.saturating_sub(x), mark, style);
        x += put(buf, look, (x, area.y), end.saturating_sub(x).saturating_sub(1), title, style);
        x += put(buf, look, (x, area.y), end.saturating_sub(x), " ", style);
    }
    if to < titles.len() {
        put(buf, look, (end, area.y), 1, glyphs.more_after, theme.title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::ASCII;
    use crate::ui::widgets::tests::{drawn, look};

    #[test]
    fn the_shown_tab_is_always_there() {
        let titles = ["1 客群", "2 策略", "3 任务", "4 指标"];
        let text = |w, shown| {
            drawn(w, 1, |buf, area| tabs(buf, look(&ASCII), area, &titles, shown))[0].clone()
        };
        assert_eq!(text(34, 1), " 1 客群 >2 策略  3 任务  4 指标   ");
        assert_eq!(text(18, 2), "<>3 任务  4 指标  ");
        assert_eq!(text(10, 0), ">1 客群  >");
        assert_eq!(text(3, 3), "<> ");
    }
}
