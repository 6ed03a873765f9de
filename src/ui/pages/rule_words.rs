//! A rule's text in colours, and the words that are offered under the caret.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::state::rule::Completing;
use crate::domain::message::Message;
use crate::domain::rule::{CompletionItem, Token};
use crate::msg;
use crate::ui::pen::{Pen, beside};
use crate::ui::widgets::{clear, put, row};

/// So many words are seen at once.
const SEEN: usize = 8;

/// How the pieces of a rule look.
pub(super) fn styles(pieces: &[(Range<usize>, Token)], pen: Pen<'_>) -> Vec<(Range<usize>, Style)> {
    let theme = pen.look.theme;
    let style = |token| match token {
        Token::Keyword => theme.keyword,
        Token::Function => theme.function,
        Token::Text | Token::Number => theme.literal,
        Token::Name => theme.accent,
        Token::Comment => theme.disabled,
        Token::UnknownName => theme.warn,
        Token::Operator | Token::Error => theme.text,
    };
    pieces.iter().map(|(at, token)| (at.clone(), style(*token))).collect()
}

/// Draws what is offered below the caret, or above it where there is more room.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    completing: &Completing,
    caret: Position,
    pen: Pen<'_>,
) {
    let items = &completing.offered.items;
    let (over, under) = (caret.y - area.y, area.bottom().saturating_sub(caret.y + 1));
    // Where there is less room for them, fewer are turned over at a time: the one under the cursor is among them.
    let page = SEEN.min(usize::from(over.max(under))).max(1);
    let first = completing.cursor / page * page;
    let seen = &items[first..items.len().min(first + page)];
    let texts: Vec<String> = seen.iter().map(|item| shown(item, pen)).collect();
    let widest = texts.iter().map(|text| pen.look.cells(text)).max().unwrap_or(0);
    let width = (widest + 4).min(area.width);
    let wanted = u16::try_from(texts.len()).unwrap_or(1);
    let upwards = under < wanted && over > under;
    let height = wanted.min(if upwards { over } else { under });
    let y = if upwards { caret.y - height } else { caret.y + 1 };
    // The words stand under the word that is typed, as far as there is room.
    let typed = u16::try_from(completing.offered.replace.len()).unwrap_or(0);
    let x = caret.x.saturating_sub(typed + 2).max(area.x).min(area.right() - width);
    let place = Rect { x, y, width, height };
    clear(buf, place);
    for (at, text) in texts.iter().enumerate() {
        let line = row(place, u16::try_from(at).unwrap_or(u16::MAX));
        if line.is_empty() {
            break;
        }
        let chosen = first + at == completing.cursor;
        let style = if chosen { pen.look.theme.selected } else { pen.look.theme.column };
        if chosen {
            put(buf, pen.look, (line.x, line.y), 1, pen.look.glyphs.marker, style);
        }
        let text_at = beside(line, 2);
        let style = if chosen { pen.look.theme.accent } else { pen.look.theme.text };
        put(buf, pen.look, (text_at.x, text_at.y), text_at.width, text, style);
    }
    pen.edges(buf, place, first > 0, first + seen.len() < items.len());
}

/// The word, and what people call it.
fn shown(item: &CompletionItem, pen: Pen<'_>) -> String {
    match &item.label {
        None => item.insert.clone(),
        Some(label) => {
            let said = Message::new(msg!("rule.suggestion")).with("text", item.insert.as_str());
            pen.say(said.with("label", label.clone()))
        }
    }
}
