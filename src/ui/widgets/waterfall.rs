//! How the parts of a change add up: a bar for each part, beginning where the one before it ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Look, put, put_right};

/// One part of the change, or the whole of it.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The unit or factor.
    pub label: &'a str,
    /// Its part, in minor units or whatever the others are in.
    pub effect: i64,
    /// Its part as it is written.
    pub figure: String,
    /// Whether this is a sum: its bar begins at zero, and the next part goes on from its end.
    pub sum: bool,
}

/// Cells that labels may take before the bars have any.
const NAMES: u16 = 24;

/// The parts, one a row.
#[derive(Clone, Copy, Debug)]
pub struct Waterfall<'a> {
    /// From the first to the last.
    pub steps: &'a [Step<'a>],
    /// The first of them that is drawn.
    pub first: usize,
    /// Which row is selected.
    pub selected: Option<usize>,
    /// Whether keys go here.
    pub focused: bool,
}

impl Waterfall<'_> {
    /// Draws as many rows as there is room for. Where it is narrow the bars give way, then the labels.
    pub fn draw(&self, buf: &mut Buffer, look: Look<'_>, area: Rect) {
        let area = area.intersection(*buf.area());
        if area.is_empty() {
            return;
        }
        let theme = look.theme;
        let figure_width = self.widest(look, |s| &s.figure).min(area.width);
        let rest = (area.width - figure_width).saturating_sub(3);
        let label_width = self.widest(look, |s| s.label).min(rest.div_ceil(2).max(rest.min(NAMES)));
        let bar_width = rest.saturating_sub(label_width + 1);
        let bars = self.bars();
        for (y, at) in (area.top()..area.bottom()).zip(self.first..self.steps.len()) {
            let step = &self.steps[at];
            let mut style = Style::new();
            if self.selected == Some(at) {
                style = if self.focused { theme.selected } else { theme.selected_unfocused };
                put(buf, look, (area.x, y), 1, look.glyphs.marker, style);
            }
            let label_room = label_width.min(area.width.saturating_sub(2));
            put(buf, look, (area.x + 2, y), label_room, step.label, style);
            let place = Rect { x: area.x + 3 + label_width, y, width: bar_width, height: 1 };
            if bar_width >= 4 {
                draw_bar(buf, look, place, bars[at], self.range());
            }
            let x = area.right() - figure_width;
            put_right(buf, look, (x, y), figure_width, &step.figure, Style::new());
        }
    }

    fn widest<'s>(&'s self, look: Look<'_>, text: impl Fn(&'s Step<'s>) -> &'s str) -> u16 {
        self.steps.iter().map(|s| look.cells(text(s))).max().unwrap_or(0)
    }

    /// Where each bar begins and ends.
    fn bars(&self) -> Vec<(i128, i128)> {
        let mut end = 0_i128;
        let mut bars = Vec::with_capacity(self.steps.len());
        for step in self.steps {
            let start = if step.sum { 0 } else { end };
            end = start + i128::from(step.effect);
            bars.push((start, end));
        }
        bars
    }

    /// The lowest and highest place that any bar reaches, zero included.
    fn range(&self) -> (i128, i128) {
        self.bars()
            .iter()
            .fold((0, 0), |(low, high), (a, b)| (low.min(*a).min(*b), high.max(*a).max(*b)))
    }
}

fn draw_bar(
    buf: &mut Buffer,
    look: Look<'_>,
    place: Rect,
    (start, end): (i128, i128),
    (low, high): (i128, i128),
) {
    let span = (high - low).max(1);
    let cell = |value: i128| -> u16 {
        let at = ((value - low) * i128::from(place.width) + span / 2) / span;
        u16::try_from(at).unwrap_or(place.width).min(place.width)
    };
    let axis = cell(0).min(place.width - 1);
    put(buf, look, (place.x + axis, place.y), 1, look.glyphs.axis, look.theme.border);
    if start == end {
        return;
    }
    let (from, to) = (cell(start.min(end)), cell(start.max(end)));
    // Something that is there shows, even where it is less than a cell.
    let from = from.min(place.width - 1);
    let (sign, style) = if end >= start {
        (look.glyphs.bar_full, look.theme.bar)
    } else {
        (look.glyphs.bar_fallen, look.theme.bar_negative)
    };
    for x in from..to.max(from + 1) {
        put(buf, look, (place.x + x, place.y), 1, sign, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::ASCII;
    use crate::ui::widgets::tests::{drawn, look};

    fn step(label: &'static str, effect: i64, sum: bool) -> Step<'static> {
        Step { label, effect, figure: format!("{effect:+}"), sum }
    }

    #[test]
    fn each_part_begins_where_the_last_ended() {
        let steps = [step("客户", 20, false), step("户均", -80, false), step("合计", -60, true)];
        let fall = Waterfall { steps: &steps, first: 0, selected: Some(1), focused: true };
        let text = drawn(28, 3, |buf, area| fall.draw(buf, look(&ASCII), area));
        assert_eq!(
            text,
            [
                "  客户              ==== +20",
                "> 户均 ----------------- -80",
                "  合计 -------------|    -60",
            ]
        );
    }

    #[test]
    fn where_it_is_narrow_the_figures_stay() {
        let steps = [step("客户数量", 20, false)];
        let fall = Waterfall { steps: &steps, first: 0, selected: None, focused: false };
        let text = drawn(8, 1, |buf, area| fall.draw(buf, look(&ASCII), area));
        assert_eq!(text, ["  .. +20"]);
    }
}
