//! The rule editor: the rule, what is wrong with it, and the count that follows it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{segment, written};
use crate::app::effect::Slot;
use crate::app::field::Field;
use crate::app::state::State;
use crate::app::state::rule::{RuleFocus, RulePage};
use crate::msg;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::{InputLine, Pane, row};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    pen: Pen<'_>,
) -> Option<Position> {
    let wide = area.width >= 100;
    let title = pen.say(if page.known {
        msg!("console.rule.title-next")
    } else {
        msg!("console.rule.title-new")
    });
    let (left, right) = if wide {
        let half = area.width / 2;
        (Rect { width: half, ..area }, Rect { x: area.x + half, width: area.width - half, ..area })
    } else {
        let upper = (area.height * 11 / 20).max(7).min(area.height);
        (Rect { height: upper, ..area }, below(area, upper))
    };
    let form = Pane { title: &title, focused: true, ..Pane::default() }.draw(buf, pen.look, left);
    let form = aired(form);
    let caret = draw_form(buf, form, page, pen);
    let title = pen.say(msg!("console.rule.count"));
    let found = Pane { title: &title, ..Pane::default() }.draw(buf, pen.look, right);
    draw_count(buf, aired(found), state, page, pen);
    caret
}

fn field(
    buf: &mut Buffer,
    area: Rect,
    label: &str,
    field: &Field,
    focused: bool,
    pen: Pen<'_>,
) -> Option<Position> {
    InputLine { label, value: field.text(), cursor: field.chars_before(), hint: "", focused }.draw(
        buf,
        pen.look,
        row(area, 0),
    )
}

fn draw_form(buf: &mut Buffer, mut area: Rect, page: &RulePage, pen: Pen<'_>) -> Option<Position> {
    let labels = [pen.say(msg!("console.rule.code")), pen.say(msg!("console.rule.name"))];
    let code = field(buf, area, &labels[0], &page.code, page.focus == RuleFocus::Code, pen);
    area = below(area, 1);
    let name = field(buf, area, &labels[1], &page.name, page.focus == RuleFocus::Name, pen);
    area = below(area, 2);
    let wrong = page.refusal.as_ref();
    let said = wrong.map(|refusal| pen.say(refusal.message.clone()));
    let lines = said.as_ref().map_or(0, |said| {
        let shown = pen.look.glyphs.show(said);
        let lines = crate::text::width::wrap(&shown, usize::from(area.width).max(1)).len();
        u16::try_from(lines).unwrap_or(3).min(area.height / 2)
    });
    let text = Rect { height: area.height - lines, ..area };
    let place = wrong.and_then(|refusal| refusal.place.as_ref());
    let focused = page.focus == RuleFocus::Rule;
    let rule = written::draw(buf, text, &page.editor, place, focused, pen);
    if page.editor.lines().iter().all(|line| line.trim().is_empty()) {
        let hint = pen.say(msg!("console.rule.hint"));
        pen.text(buf, text, &hint, text.height, pen.look.theme.disabled);
    }
    if let Some(said) = said {
        pen.text(buf, below(area, text.height), &said, lines, pen.look.theme.bad);
    }
    code.or(name).or(rule)
}

fn draw_count(buf: &mut Buffer, area: Rect, state: &State, page: &RulePage, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let counting = state.waits(Slot::Count);
    match &page.count {
        Some((_, count)) => {
            let current = page.counted();
            let left = segment::counted(buf, area, state, count, current, pen);
            segment::split(buf, below(left, 1), state, count, None, pen);
        }
        None if counting => {
            pen.line(buf, area, &pen.say(msg!("console.count.counting")), theme.text);
        }
        None => {
            pen.text(buf, area, &pen.say(msg!("console.count.none")), 3, theme.stale);
        }
    }
}
