//! What a page says of the bank's own marts: of which day they are, and which could not be read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::command::{self, CommandId};
use crate::domain::attribute::{MartDay, Unread};
use crate::domain::message::Message;
use crate::msg;
use crate::ui::pen::Pen;

/// Rows below which figures would have no room beside a sentence for each mart.
const LOW: u16 = 8;

/// Of which day the bank's own marts behind an answer are, a line for each of the first two and the key to the others; where
/// there is little room, one line for all of several. Gives what is left below.
pub(super) fn marts(buf: &mut Buffer, mut area: Rect, marts: &[MartDay], pen: Pen<'_>) -> Rect {
    let said = MartDay::said(marts);
    let key = command::row(CommandId::MartDays).keys[0];
    if said.len() > 1 && area.height < LOW {
        let all = Message::new(msg!("attribute.marts-all")).with("count", said.len());
        return pen.line(buf, area, &pen.say(all.with("key", key)), pen.look.theme.stale);
    }
    for mart in said.iter().take(2) {
        area = pen.text(buf, area, &pen.say(mart.clone()), 3, pen.look.theme.stale);
    }
    if said.len() > 2 {
        let more = Message::new(msg!("attribute.marts-more")).with("count", said.len() - 2);
        area = pen.line(buf, area, &pen.say(more.with("key", key)), pen.look.theme.stale);
    }
    area
}

/// The attributes that a page goes without, the first two by name; gives what is left below.
pub(super) fn unread(buf: &mut Buffer, mut area: Rect, unread: &[Unread], pen: Pen<'_>) -> Rect {
    for one in unread.iter().take(2) {
        area = pen.text(buf, area, &pen.say(one.message()), 2, pen.look.theme.warn);
    }
    if unread.len() > 2 {
        let more = Message::new(msg!("attribute.doctor-more")).with("count", unread.len() - 2);
        area = pen.line(buf, area, &pen.say(more), pen.look.theme.warn);
    }
    area
}
