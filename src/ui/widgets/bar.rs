//! Pictures of one line: a share, a course over time, the progress of work.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Look, put, put_right};
use crate::text::number;
use crate::ui::glyphs::Curve;

/// A bar over `part` of `whole` in the first row of `area`, in the theme's bar style patched by `style`.
/// Only all of it fills the bar, and something of it shows something.
pub fn bar(buf: &mut Buffer, look: Look<'_>, area: Rect, (part, whole): (i64, i64), style: Style) {
    let area = area.intersection(*buf.area());
    if area.is_empty() {
        return;
    }
    let style = look.theme.bar.patch(style);
    let glyphs = look.glyphs;
    // In steps of a cell's parts: a set with seven partial signs has eight steps a cell.
    let steps = glyphs.bar_parts.len() + 1;
    let all = usize::from(area.width) * steps;
    let filled = scale(part, whole, all);
    for (at, x) in (area.left()..area.right()).enumerate() {
        let here = filled.saturating_sub(at * steps).min(steps);
        let sign = match here {
            0 => glyphs.bar_empty,
            n if n == steps => glyphs.bar_full,
            n => glyphs.bar_parts[n - 1],
        };
        put(buf, look, (x, area.y), 1, sign, style);
    }
}

/// `part / whole` of `all` steps, never all steps for less than all, never none for more than none.
fn scale(part: i64, whole: i64, all: usize) -> usize {
    if whole <= 0 || part <= 0 || all == 0 {
        return 0;
    }
    if part >= whole {
        return all;
    }
    let exact = i128::from(part) * all as i128 / i128::from(whole);
    usize::try_from(exact).unwrap_or(all).clamp(1, (all - 1).max(1))
}

/// The course of `values` in the first row of `area`, the latest at the right end; what has no value is left
/// blank. The lowest value shown stands at the bottom, the highest at the top; a course that does not move is low.
pub fn curve(buf: &mut Buffer, look: Look<'_>, area: Rect, values: &[Option<i64>]) {
    let area = area.intersection(*buf.area());
    if area.is_empty() {
        return;
    }
    let (per_cell, heights) = match look.glyphs.curve {
        Curve::Levels(levels) => (1, levels.len()),
        Curve::Braille => (2, 4),
    };
    let places = usize::from(area.width) * per_cell;
    let shown = &values[values.len().saturating_sub(places)..];
    let known = || shown.iter().flatten().copied();
    let (Some(low), Some(high)) = (known().min(), known().max()) else { return };
    let height = |value: Option<i64>| {
        let range = (i128::from(high) - i128::from(low)).max(1);
        value.map(|v| {
            let level = (i128::from(v) - i128::from(low)) * (heights as i128 - 1) / range;
            usize::try_from(level).unwrap_or(0)
        })
    };
    let mut heights: Vec<Option<usize>> = shown.iter().map(|v| height(*v)).collect();
    if !heights.len().is_multiple_of(per_cell) {
        heights.insert(0, None);
    }
    let used = u16::try_from(heights.len() / per_cell).unwrap_or(area.width);
    for (x, pair) in (area.right() - used..).zip(heights.chunks(per_cell)) {
        let sign = match look.glyphs.curve {
            Curve::Levels(levels) => pair[0].map_or(" ".to_owned(), |h| levels[h].to_owned()),
            Curve::Braille => braille(pair[0], pair.get(1).copied().flatten()).to_string(),
        };
        put(buf, look, (x, area.y), 1, &sign, look.theme.bar);
    }
}

/// Two columns of dots, filled from below to their heights 0 to 3 (one dot to four).
fn braille(left: Option<usize>, right: Option<usize>) -> char {
    const LEFT: [u32; 4] = [0x40, 0x44, 0x46, 0x47];
    const RIGHT: [u32; 4] = [0x80, 0xa0, 0xb0, 0xb8];
    let dots = left.map_or(0, |h| LEFT[h.min(3)]) | right.map_or(0, |h| RIGHT[h.min(3)]);
    if dots == 0 { ' ' } else { char::from_u32(0x2800 + dots).unwrap_or(' ') }
}

/// Work that is being done, in one line: `label [====    ] 42 %`; without a known whole, the count alone.
pub fn progress(
    buf: &mut Buffer,
    look: Look<'_>,
    area: Rect,
    label: &str,
    done: i64,
    whole: Option<i64>,
) {
    let area = area.intersection(*buf.area());
    if area.is_empty() {
        return;
    }
    let share = whole.and_then(|whole| Some((whole, number::percent_whole(done, whole)?)));
    let figure = share.as_ref().map_or_else(|| number::count(done), |(_, text)| text.clone());
    // The figure is what must be seen; the label gives way, and then the bar.
    let figure_width = look.cells(&figure).max(5).min(area.width);
    put_right(
        buf,
        look,
        (area.right() - figure_width, area.y),
        figure_width,
        &figure,
        Style::new(),
    );
    let rest = (area.width - figure_width).saturating_sub(1);
    let label_width = look.cells(label).min(rest);
    put(buf, look, (area.x, area.y), label_width, label, Style::new());
    let bar_width = rest.saturating_sub(label_width + 1);
    if let Some((whole, _)) = share
        && bar_width >= 4
    {
        let x = area.x + label_width + 1;
        put(buf, look, (x, area.y), 1, "[", Style::new());
        put(buf, look, (x + bar_width - 1, area.y), 1, "]", Style::new());
        let inner = Rect { x: x + 1, width: bar_width - 2, height: 1, ..area };
        bar(buf, look, inner, (done, whole), Style::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::{ASCII, BOX, SAFE};
    use crate::ui::widgets::tests::{drawn, look};

    #[test]
    fn a_bar_is_full_only_at_all() {
        let text = |glyphs, part| {
            drawn(4, 1, |buf, area| bar(buf, look(glyphs), area, (part, 1_000), Style::new()))
        };
        assert_eq!(text(&ASCII, 1_000), ["===="]);
        assert_eq!(text(&ASCII, 999), ["===-"]);
        assert_eq!(text(&ASCII, 1), ["-   "]);
        assert_eq!(text(&ASCII, 0), ["    "]);
        assert_eq!(text(&SAFE, 500), ["==  "]);
        assert_eq!(text(&BOX, 560), ["██▏ "]);
    }

    #[test]
    fn a_course_ends_at_the_right() {
        let values: Vec<_> = [1, 2, 3, 4, 8].map(Some).to_vec();
        let text = |glyphs, values: &[Option<i64>]| {
            drawn(4, 1, |buf, area| curve(buf, look(glyphs), area, values))
        };
        assert_eq!(text(&BOX, &values), ["▁▂▃█"]);
        assert_eq!(text(&SAFE, &values), [" ⢀⣀⣼"]);
        assert_eq!(text(&ASCII, &[Some(3), None, Some(3)]), [" _ _"]);
        assert_eq!(text(&ASCII, &[None]), ["    "]);
        assert_eq!(text(&ASCII, &[Some(i64::MIN), Some(i64::MAX)]), ["  _#"]);
    }

    #[test]
    fn progress_shows_its_figure_in_any_width() {
        let text = |w, whole| {
            drawn(w, 1, |buf, area| progress(buf, look(&ASCII), area, "Import", 42, whole))
        };
        assert_eq!(text(24, Some(100)), ["Import [===-     ]  42 %"]);
        assert_eq!(text(8, Some(100)), ["..  42 %"]);
        assert_eq!(text(14, None), ["Import      42"]);
    }
}
