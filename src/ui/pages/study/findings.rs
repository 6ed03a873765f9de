//! What is found and only looked at: two versions, and why a customer is in a segment.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::marts::marts;
use super::told;
use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::domain::message::{Arg, Key, Message};
use crate::domain::segment::SegmentKind;
use crate::domain::segment::explain::{Explanation, LeafTruth};
use crate::domain::segment::version::{PartFate, VersionDiff};
use crate::msg;
use crate::ui::pen::{Pen, below};
use crate::ui::widgets::{Cell, Column, Row, Table};

/// Two versions: what changed beside the rule, and the rule part by part.
pub(super) fn diff(
    buf: &mut Buffer,
    area: Rect,
    page: &StudyPage,
    found: &VersionDiff,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let mut area = area;
    let mut say = |key: Key, from: Arg, to: Arg| {
        let said = Message::new(key).with("from", from).with("to", to);
        area = pen.text(buf, area, &pen.say(said), 2, theme.accent);
    };
    if let Some(name) = &found.name {
        let (from, to) = (name.from.as_str(), name.to.as_str());
        say(msg!("console.study.diff.name"), from.into(), to.into());
    }
    if let Some(note) = &found.note {
        let text = |note: &Option<String>| Arg::from(note.as_deref().unwrap_or("-"));
        say(msg!("console.study.diff.note"), text(&note.from), text(&note.to));
    }
    if let Some(kind) = &found.kind {
        say(
            msg!("console.study.diff.kind"),
            kind_name(kind.from).into(),
            kind_name(kind.to).into(),
        );
    }
    if !found.rule_changed() {
        area = pen.line(buf, area, &pen.say(msg!("console.study.diff.same")), theme.text);
    }
    let columns = [Column::fixed("", 1), Column::flex("", 20, 400)];
    let row = |at: usize| {
        let part = &found.parts[at];
        let style = match part.change {
            PartFate::Kept => Style::new(),
            PartFate::Added => theme.good,
            PartFate::Removed => theme.bad,
        };
        let sign = Cell::styled(part.change.sign(), style);
        Row::new(vec![sign, Cell::styled(part.text.as_str(), style)])
    };
    Table {
        columns: &columns,
        len: found.parts.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: false,
        empty: "",
    }
    .draw(buf, pen.look, area);
}

/// The word for how a segment's members move.
pub(in crate::ui::pages) fn kind_name(kind: SegmentKind) -> Key {
    match kind {
        SegmentKind::Dynamic => msg!("segment.kind.dynamic"),
        SegmentKind::Frozen => msg!("segment.kind.frozen"),
    }
}

/// Why a customer is in a segment, or is not: every condition with its value and whether it holds.
pub(super) fn why(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &StudyPage,
    found: &Explanation,
    pen: Pen<'_>,
) {
    let theme = pen.look.theme;
    let (said, style) = match (found.closed, found.member) {
        (true, _) => (msg!("console.study.why.closed"), theme.bad),
        (false, true) => (msg!("console.study.why.member"), theme.good),
        (false, false) => (msg!("console.study.why.not"), theme.bad),
    };
    let air = u16::from(area.height > 8);
    let area = pen.line(buf, area, &pen.say(said), style);
    let area = below(marts(buf, area, &found.refreshed, pen), air);
    let titles = [
        pen.say(msg!("segment.explain.condition")),
        pen.say(msg!("console.column.value")),
        pen.say(msg!("segment.explain.holds")),
    ];
    let texts: Vec<String> = found.leaves.iter().map(LeafTruth::indented).collect();
    let columns = [
        Column::flex(&titles[0], 16, 80).holding(texts.iter().map(String::as_str)),
        Column::flex(&titles[1], 10, 24).right(),
        Column::fixed(&titles[2], 8),
    ];
    let row = |at: usize| {
        if let Some(leaf) = found.leaves.get(at) {
            let (word, style) = match leaf.holds {
                Some(true) => (msg!("segment.explain.yes"), theme.good),
                Some(false) => (msg!("segment.explain.no"), theme.bad),
                None => (msg!("segment.explain.unknown"), theme.warn),
            };
            Row::new(vec![
                texts[at].as_str().into(),
                told(leaf.value.as_ref(), &leaf.called, state, pen).into(),
                Cell::styled(pen.say(word), style),
            ])
        } else {
            let hit = &found.snapshots[at - found.leaves.len()];
            let said = Message::new(msg!("segment.explain.snapshot"))
                .with("snapshot", hit.snapshot.to_string())
                .with("version", hit.version)
                .with("day", hit.as_of);
            let yes = Cell::styled(pen.say(msg!("segment.explain.yes")), theme.good);
            Row::new(vec![pen.say(said).into(), "".into(), yes])
        }
    };
    Table {
        columns: &columns,
        len: found.leaves.len() + found.snapshots.len(),
        row: &row,
        selected: Some(page.row),
        focused: true,
        heading: true,
        empty: "",
    }
    .draw(buf, pen.look, area);
}
