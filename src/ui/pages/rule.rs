//! The rule editor: the rule as text or as a tree, what is wrong with it, and the figures that follow it.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{rule_figures, rule_tree, rule_words, written};
use crate::app::command::rule_available;
use crate::app::field::Field;
use crate::app::state::State;
use crate::app::state::rule::{RuleFocus, RulePage, RuleView};
use crate::domain::message::Message;
use crate::domain::rule::{Token, highlight};
use crate::msg;
use crate::text::width::wrap;
use crate::ui::pen::{Pen, aired, below, beside};
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
    let (mut left, right) = if wide {
        // Lines of a rule are short: where there is more room, the figures have it.
        let half = if area.width >= 160 { area.width * 2 / 5 } else { area.width / 2 };
        (Rect { width: half, ..area }, Rect { x: area.x + half, width: area.width - half, ..area })
    } else {
        let upper = upper_rows(area, state, page, pen);
        (Rect { height: upper, ..area }, below(area, upper))
    };
    // Under a rule that stands high, what each of its conditions does.
    let lower = if wide && left.height >= 24 { (left.height * 2 / 5).min(22) } else { 0 };
    if lower > 0 {
        left.height -= lower;
        let place = Rect { y: left.bottom(), height: lower, ..left };
        let title = pen.say(msg!("console.rule.conditions"));
        let inner = Pane { title: &title, ..Pane::default() }.draw(buf, pen.look, place);
        rule_figures::conditions(buf, aired(inner), state, page, pen);
    }
    let form = Pane { title: &title, focused: true, ..Pane::default() }.draw(buf, pen.look, left);
    let caret = draw_form(buf, aired(form), state, page, pen);
    let title = pen.say(msg!("console.rule.count"));
    let found = Pane { title: &title, ..Pane::default() }.draw(buf, pen.look, right);
    let room = rule_figures::Room { wide, conditions: lower == 0 };
    rule_figures::draw(buf, aired(found), state, page, room, pen);
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
    let theme = pen.look.theme;
    let labels = [
        pen.say(msg!("console.rule.code")),
        pen.say(msg!("console.rule.name")),
        pen.say(msg!("console.rule.rule")),
    ];
    let (in_code, in_name) = (page.focus == RuleFocus::Code, page.focus == RuleFocus::Name);
    // Where every line counts, code and name share one.
    let (first, second, taken) = if area.height < 14 && area.width >= 40 {
        let part = area.width * 2 / 5;
        (Rect { width: part - 2, ..area }, beside(area, part), 1)
    } else {
        (area, below(area, 1), 2)
    };
    let code = field(buf, first, &labels[0], &page.code, in_code, pen);
    let name = field(buf, second, &labels[1], &page.name, in_name, pen);
    area = below(area, taken);
    let mut line = None;
    if let Some(form) = &page.moment {
        let fields = [
            (msg!("moment.form.strategy"), &form.strategy, RuleFocus::Strategy),
            (msg!("moment.form.test-days"), &form.days, RuleFocus::Days),
            (msg!("moment.form.note"), &form.note, RuleFocus::Note),
        ];
        for (at, (label, of, focus)) in (0..).zip(fields) {
            let at = field(buf, below(area, at), &pen.say(label), of, page.focus == focus, pen);
            line = line.or(at);
        }
        area = below(area, 3);
    }
    let in_rule = page.focus == RuleFocus::Rule;
    if area.height > 3 {
        let style = if in_rule { theme.accent } else { theme.text };
        area = pen.line(buf, area, &labels[2], style);
    }
    let rule = match page.view {
        RuleView::Text => text(buf, area, state, page, pen),
        RuleView::Tree => {
            rule_tree::draw(buf, area, state, page, in_rule, pen);
            None
        }
    };
    code.or(name).or(line).or(rule)
}

/// What is said of a text that is no rule; words that are offered stand where the sentence would, and it comes when they go.
fn said(page: &RulePage, pieces: &[(Range<usize>, Token)], pen: Pen<'_>) -> Option<String> {
    let refusal = page.refusal.as_ref().filter(|_| page.completing.is_none())?;
    let wrong = refusal.place.as_ref();
    // Names that the bank does not have can be told without reading the rule to its end.
    let caret = page.editor.chars_before();
    let touched = |at: &Range<usize>| at.start <= caret && caret <= at.end;
    let count = pieces
        .iter()
        .filter(|(_, token)| matches!(token, Token::UnknownName | Token::Error))
        .filter(|(at, _)| {
            !touched(at) && !wrong.is_some_and(|w| w.start < at.end && at.start < w.end)
        })
        .count();
    let what = refusal.message.clone();
    if count == 0 {
        return Some(pen.say(what));
    }
    let more = Message::new(msg!("console.rule.more-wrong"));
    Some(pen.say(more.with("what", what).with("count", count)))
}

/// How many rows of a narrow page the form has: a little more than half, and as many as a long sentence of what is wrong needs to
/// be read whole, for nothing is counted then.
fn upper_rows(area: Rect, state: &State, page: &RulePage, pen: Pen<'_>) -> u16 {
    let usual = (area.height * 11 / 20).max(7).min(area.height);
    if page.refusal.is_none() || page.view == RuleView::Tree {
        return usual;
    }
    let words = state.vocabulary.as_ref();
    let pieces = words.map_or_else(Vec::new, |words| highlight(&page.editor.text(), words));
    let Some(said) = said(page, &pieces, pen) else { return usual };
    // Frame and air at both sides, and a cell for the sign that the text goes on.
    let room = usize::from(area.width.saturating_sub(5)).max(1);
    let lines = wrap(&pen.look.glyphs.show(&said), room).len();
    let text = page.editor.lines().len().min(3);
    // The frame, code and name, what an event rule has besides, the title of the text.
    let fixed = 2 + 2 + if page.moment.is_some() { 3 } else { 0 } + 1;
    let needed = u16::try_from(fixed + text + lines).unwrap_or(u16::MAX);
    needed.min(area.height.saturating_sub(LEAST_FIGURES)).max(usual)
}

/// Rows that the figures keep whatever is said.
const LEAST_FIGURES: u16 = 4;

fn text(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &RulePage,
    pen: Pen<'_>,
) -> Option<Position> {
    let wrong = page.refusal.as_ref().and_then(|refusal| refusal.place.as_ref());
    let words = state.vocabulary.as_ref();
    let text = page.editor.text();
    let pieces = words.map_or_else(Vec::new, |words| highlight(&text, words));
    let styles = rule_words::styles(&pieces, pen);
    let said = said(page, &pieces, pen);
    let note = said.as_deref();
    let marks = written::Marks { wrong, note, styles: &styles };
    let focused = page.focus == RuleFocus::Rule;
    let caret = written::draw(buf, area, &page.editor, marks, focused, pen);
    // What is said of an empty rule says what to write as well.
    if page.blank() && note.is_none() {
        // An event rule begins with an event.
        let hint = pen.say(match page.moment {
            Some(_) => msg!("console.rule.hint-event"),
            None => msg!("console.rule.hint"),
        });
        pen.text(buf, area, &hint, area.height, pen.look.theme.disabled);
    }
    caret
}
