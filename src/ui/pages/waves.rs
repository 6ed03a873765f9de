//! The waves of a strategy on an axis of days, with whom each is for and through which channel.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::state::State;
use crate::domain::message::{Key, Message};
use crate::domain::rule::Vocabulary;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::body::When;
use crate::domain::strategy::timeline::{Round, Span, rounds};
use crate::domain::strategy::word::Audience;
use crate::msg;
use crate::text::{label, number};
use crate::ui::figures;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{put, row as line_at};

fn audience_name(audience: Audience) -> Key {
    match audience {
        Audience::All => msg!("strategy.audience.all"),
        Audience::NotReached => msg!("strategy.audience.not-reached"),
        Audience::Reached => msg!("strategy.audience.reached"),
        Audience::Considering => msg!("strategy.audience.considering"),
        Audience::Everybody => msg!("strategy.audience.everybody"),
        Audience::Bought => msg!("strategy.audience.bought"),
        Audience::NoOutcome => msg!("strategy.audience.no-outcome"),
    }
}

pub(super) fn draw(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    row: &StrategyRow,
    top: usize,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let Some(start) = state.session.bank.as_ref().map(|bank| bank.as_of) else { return };
    let span = Span::of(&row.text, start);
    let told =
        Message::new(msg!("strategy.waves.told")).with("start", start).with("last", span.last);
    let area = below(pen.text(buf, area, &pen.say(told), 2, theme.stale), 1);
    let names = area.width / 3;
    let cells = area.width.saturating_sub(names + 2).max(1);
    let axis = Axis { x: area.x + names + 1, cells, span, words: state.vocabulary.as_deref(), pen };
    axis.head(buf, line_at(area, 0));
    let all = rounds(&row.text.body, start);
    let mut lines = below(area, 1);
    let at = top.min(all.len().saturating_sub(1));
    // The one under the cursor is on screen, and so are those before it where there is room.
    let first = (at + 1).saturating_sub(usize::from(lines.height / 2));
    for (number, round) in all.iter().enumerate().skip(first) {
        if lines.height < 2 {
            break;
        }
        axis.round(buf, lines, names, (round, number == at));
        lines = below(lines, 2);
    }
    let marks = [
        (msg!("strategy.waves.rollout"), span.rollout),
        (msg!("strategy.waves.deadline"), Some(span.deadline)),
        (msg!("strategy.waves.review"), span.review),
    ];
    for (key, day) in marks {
        let Some(day) = day else { continue };
        if lines.is_empty() {
            break;
        }
        put(buf, pen.look, (lines.x, lines.y), names, &pen.say(key), theme.column);
        axis.mark(buf, lines.y, day, pen.look.glyphs.axis, theme.column);
        lines = below(lines, 1);
    }
}

/// The axis on screen.
struct Axis<'p> {
    x: u16,
    cells: u16,
    span: Span,
    words: Option<&'p Vocabulary>,
    pen: Pen<'p>,
}

/// What an anchor is called: a date of the dictionary, or a kind of event.
fn anchored(words: Option<&Vocabulary>, anchor: &str, pen: Pen<'_>) -> String {
    let dates = words.map(Vocabulary::attributes).unwrap_or_default();
    match dates.iter().find(|attribute| attribute.code == anchor) {
        Some(date) => label(&date.zh, &date.en, pen.lang).to_owned(),
        None => figures::event(pen, anchor),
    }
}

impl Axis<'_> {
    /// The days at regular marks.
    fn head(&self, buf: &mut Buffer, line: Rect) {
        if line.is_empty() {
            return;
        }
        let step = self.span.step(self.cells / 6);
        let mut day = 0;
        while day <= self.span.last {
            let x = self.x + self.span.cell(day, self.cells);
            let room = (self.x + self.cells).saturating_sub(x);
            let said = day.to_string();
            if self.pen.look.cells(&said) <= room {
                put(buf, self.pen.look, (x, line.y), room, &said, self.pen.look.theme.column);
            }
            day += step;
        }
    }

    fn mark(&self, buf: &mut Buffer, y: u16, day: i64, sign: &str, style: Style) {
        if y >= buf.area.bottom() {
            return;
        }
        let x = self.x + self.span.cell(day, self.cells);
        let taken = put(buf, self.pen.look, (x, y), 1, sign, style);
        let room = (self.x + self.cells).saturating_sub(x + taken);
        let said = format!(" {day} ");
        let cells = self.pen.look.cells(&said);
        // At the axis' end the day stands before its mark.
        let at = if cells <= room { x + taken } else { x.saturating_sub(cells) };
        put(buf, self.pen.look, (at, y), cells, &said, style);
    }

    /// Its name and its place on the first line; who and through what on the second.
    fn round(&self, buf: &mut Buffer, lines: Rect, names: u16, (round, under): (&Round<'_>, bool)) {
        let (pen, theme) = (self.pen, self.pen.look.theme);
        let one = pen.say(msg!("strategy.waves.one"));
        let name = round.name.unwrap_or(&one);
        let (sign, style) =
            if under { (pen.look.glyphs.marker, theme.selected) } else { (" ", theme.title) };
        put(buf, pen.look, (lines.x, lines.y), 1, sign, style);
        let room = names.saturating_sub(2);
        put(buf, pen.look, (lines.x + 2, lines.y), room, name, style);
        match (round.day, round.when) {
            (Some(day), _) => {
                let full = self.span.cell(day, self.cells);
                for x in 0..full {
                    put(
                        buf,
                        pen.look,
                        (self.x + x, lines.y),
                        1,
                        pen.look.glyphs.bar_empty,
                        theme.column,
                    );
                }
                self.mark(buf, lines.y, day, pen.look.glyphs.done, theme.accent);
            }
            (None, When::After { anchor, days }) => {
                let told = Message::new(msg!("strategy.waves.after"))
                    .with("anchor", anchored(self.words, anchor, pen))
                    .with("days", i64::from(*days));
                put(buf, pen.look, (self.x, lines.y), self.cells, &pen.say(told), theme.accent);
            }
            _ => {}
        }
        let mut who = vec![pen.say(audience_name(round.audience))];
        who.extend(round.channel.map(|channel| pen.say(channel.label())));
        if let When::Date(date) = round.when {
            who.push(number::date(*date));
        }
        let who = who.join(pen.look.glyphs.separator);
        put(
            buf,
            pen.look,
            (lines.x + 4, lines.y + 1),
            lines.width.saturating_sub(4),
            &who,
            theme.text,
        );
    }
}
