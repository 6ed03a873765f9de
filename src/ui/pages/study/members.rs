//! The customers of a snapshot, masked, a hundred at a time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::message::Message;
use crate::domain::segment::list::MemberPage;
use crate::msg;
use crate::ui::figures;
use crate::ui::pen::Pen;
use crate::ui::widgets::{Column, Row, Table};

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    members: &MemberPage,
    pen: Pen<'_>,
) {
    let mut area = area;
    if !members.rows.is_empty() {
        let said = Message::new(msg!("console.study.members.range"))
            .with("from", members.skip + 1)
            .with("to", members.skip + members.rows.len())
            .with("count", members.count);
        area = pen.line(buf, area, &pen.say(said), pen.look.theme.accent);
    }
    let titles = [
        pen.say(msg!("customer.fact.id")),
        pen.say(msg!("console.column.who")),
        pen.say(msg!("console.column.unit")),
        pen.say(msg!("customer.fact.tier")),
        pen.say(msg!("console.column.aum")),
    ];
    let columns = [
        Column::flex(&titles[0], 10, 14),
        Column::fixed(&titles[1], 8),
        Column::flex(&titles[2], 16, 36).priority(2),
        Column::flex(&titles[3], 8, 12).priority(1),
        Column::flex(&titles[4], 13, 16).right(),
    ];
    let row = |at: usize| {
        let one = &members.rows[at];
        let aum = one.aum.map_or_else(|| "-".to_owned(), |aum| figures::money(pen, state, aum));
        Row::new(vec![
            one.customer.to_string().into(),
            one.name.as_deref().unwrap_or("-").into(),
            format!("{} {}", one.org, one.org_name).into(),
            one.tier.as_deref().unwrap_or("-").into(),
            aum.into(),
        ])
    };
    let empty = pen.say(msg!("console.study.members.empty"));
    Table {
        columns: &columns,
        len: members.rows.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: &empty,
    }
    .draw(buf, pen.look, area);
}
