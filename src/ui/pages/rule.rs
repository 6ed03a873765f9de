//! The rule editor: the rule as text or as a tree, what is wrong with it, and the figures that follow it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{rule_figures, rule_tree, rule_words, written};
use crate::app::command::rule_available;
use crate::app::field::Field;
use crate::app::state::State;
use crate::app::state::rule::{RuleFocus, RulePage, RuleView};
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
    let wide = area.width >= rule_available::ROOM;
    let title = pen.say(match (page.view, page.moment.is_some(), page.known) {
        (RuleView::Tree, ..) => msg!("console.rule.title-tree"),
        (RuleView::Text, true, true) => msg!("moment.form.next"),
        (RuleView::Text, true, false) => msg!("moment.form.new"),
        (RuleView::Text, false, true) => msg!("console.rule.title-next"),
        (RuleView::Text, false, false) => msg!("console.rule.title-new"),
    });
    let (left, right) = if wide {
        let half = area.width / 2;
        (Rect { width: half, ..area }, Rect { x: area.x + half, width: area.width - half, ..area })
    } else {
        let upper = (area.height * 11 / 20).max(7).min(area.height);
        (Rect { height: upper, ..area }, below(area, upper))
    };
    let form = Pane { title: &title, focused: true, ..Pane::default() }.draw(buf, pen.look, left);
    let caret = draw_form(buf, aired(form), state, page, pen);
    let title = pen.say(msg!("console.rule.count"));
    let found = Pane { title: &title, ..Pane::default() }.draw(buf, pen.look, right);
    rule_figures::draw(buf, aired(found), state, page, wide, pen);
    if let (Some(completing), Some(caret)) = (&page.completing, caret) {
        // Within the frame at its sides, and as far down as the page goes.
        let place = Rect { x: left.x + 1, width: left.width.saturating_sub(2), ..area };
        rule_words::draw(buf, place, completing, caret, pen);
    }
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

fn draw_form(
    buf: &mut Buffer,
    mut area: Rect,
    state: &State,
    page: &RulePage,
    pen: Pen<'_>,
) -> Option<Position> {
    let labels = [pen.say(msg!("console.rule.code")), pen.say(msg!("console.rule.name"))];
    let code = field(buf, area, &labels[0], &page.code, page.focus == RuleFocus::Code, pen);
    area = below(area, 1);
    let name = field(buf, area, &labels[1], &page.name, page.focus == RuleFocus::Name, pen);
    let mut line = None;
    if let Some(form) = &page.moment {
        area = below(area, 1);
        let fields = [
            (msg!("moment.form.strategy"), &form.strategy, RuleFocus::Strategy),
            (msg!("moment.form.test-days"), &form.days, RuleFocus::Days),
            (msg!("moment.form.note"), &form.note, RuleFocus::Note),
        ];
        for (at, (label, of, focus)) in (0..).zip(fields) {
            let at = field(buf, below(area, at), &pen.say(label), of, page.focus == focus, pen);
            line = line.or(at);
        }
        area = below(area, 2);
    }
    // The text must not be squeezed out.
    area = below(area, if area.height > 5 { 2 } else { 1 });
    let wrong = page.refusal.as_ref();
    let said = wrong.map(|refusal| pen.say(refusal.message.clone()));
    let lines = said.as_ref().map_or(0, |said| {
        let shown = pen.look.glyphs.show(said);
        let lines = crate::text::width::wrap(&shown, usize::from(area.width).max(1)).len();
        u16::try_from(lines).unwrap_or(3).min(area.height / 2)
    });
    let upper = Rect { height: area.height - lines, ..area };
    let in_rule = page.focus == RuleFocus::Rule;
    let rule = match page.view {
        RuleView::Text => text(buf, upper, state, page, pen),
        RuleView::Tree => {
            rule_tree::draw(buf, upper, page, in_rule, pen);
            None
        }
    };
    if let Some(said) = said {
        pen.text(buf, below(area, upper.height), &said, lines, pen.look.theme.bad);
    }
    code.or(name).or(line).or(rule)
}

fn text(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    pen: Pen<'_>,
) -> Option<Position> {
    let wrong = page.refusal.as_ref().and_then(|refusal| refusal.place.as_ref());
    let words = state.vocabulary.as_ref();
    let styles =
        words.map_or_else(Vec::new, |words| rule_words::styles(&page.editor.text(), words, pen));
    let marks = written::Marks { wrong, styles: &styles };
    let focused = page.focus == RuleFocus::Rule;
    let caret = written::draw(buf, area, &page.editor, marks, focused, pen);
    if page.blank() {
        let hint = pen.say(msg!("console.rule.hint"));
        pen.text(buf, area, &hint, area.height, pen.look.theme.disabled);
    }
    caret
}
