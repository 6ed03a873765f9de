//! A strategy, exactly as it would be approved.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::written;
use crate::app::command::{self, available, strategy_available};
use crate::app::state::{State, StrategyPage};
use crate::domain::message::{Key, Message};
use crate::domain::money::Currency;
use crate::domain::strategy::{StrategyRow, StrategyState, facts, file};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::panes::strategies::{state_name, state_style};
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::Pane;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &StrategyPage, pen: Pen<'_>) {
    let mut rows = state.strategies.all().iter();
    let shown = |row: &&StrategyRow| row.text.code == page.code && row.version == page.version;
    let Some(row) = rows.find(shown) else {
        let title = format!("2 {} v{}", page.code, page.version);
        let frame = Pane { title: &title, focused: true, ..Pane::default() };
        let area = aired(frame.draw(buf, pen.look, area));
        pen.text(buf, area, &pen.say(msg!("console.strategy.gone")), 2, pen.look.theme.stale);
        return;
    };
    let (as_of, old) = figures::as_of(pen, state, state.strategies.freshness);
    let title = format!("2 {} v{} {}", row.text.code, row.version, row.text.name);
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: "" };
    let area = aired(frame.draw(buf, pen.look, area));
    let currency = figures::currency(state).unwrap_or(Currency::CNY);
    let mut area = pen.text(buf, area, &next_step(state, row, pen), 3, state_style(row.state, pen));
    if let Some(why) = &row.broken {
        area = pen.text(buf, area, &pen.say(why.clone()), 4, pen.look.theme.bad);
    }
    written::pairs(buf, below(area, 1), &lines(row, currency, pen), page.top, pen);
}

/// What the strategy waits for, and who can do it.
fn next_step(state: &State, row: &StrategyRow, pen: Pen<'_>) -> String {
    let key = |id| command::row(id).keys[0];
    let message =
        match row.state {
            StrategyState::Draft => Message::new(msg!("console.next.draft"))
                .with("key", key(command::CommandId::Submit)),
            StrategyState::Submitted => return waits(state, row, pen),
            StrategyState::Approved | StrategyState::Live if row.life.wants_second() => {
                let lead = pen.say(msg!("console.next.push-waits"));
                return format!("{lead}{}", who_approves(state, pen));
            }
            StrategyState::Approved => Message::new(msg!("console.next.approved"))
                .with("key", key(command::CommandId::PlanPush)),
            StrategyState::SentBack => Message::new(msg!("console.next.sent-back"))
                .with("key", key(command::CommandId::NextVersion)),
            StrategyState::Live => msg!("console.next.live").into(),
            StrategyState::Paused => Message::new(msg!("console.next.paused"))
                .with("key", key(command::CommandId::Brake)),
            StrategyState::Ended => msg!("console.next.ended").into(),
            StrategyState::Reviewed => Message::new(msg!("console.next.reviewed"))
                .with("key", key(command::CommandId::GoReview))
                .with("next", key(command::CommandId::NextVersion)),
            StrategyState::Voided => msg!("console.next.voided").into(),
            StrategyState::Archived => msg!("console.next.archived").into(),
        };
    pen.say(message)
}

/// Who has approved it so far, and who can go on: the reader, or who else; and whether he can send it back.
fn waits(state: &State, row: &StrategyRow, pen: Pen<'_>) -> String {
    let first = row.life.given.first().filter(|_| row.life.wants_more());
    let own = state.session.is(&row.author);
    let lead = match (first, own) {
        (Some(given), _) => Message::new(msg!("console.next.second"))
            .with("given", facts::given_by(given))
            .with("author", row.author.as_str()),
        (None, true) => msg!("console.next.own-submitted").into(),
        (None, false) => {
            Message::new(msg!("console.next.submitted")).with("author", row.author.as_str())
        }
    };
    let mut said = vec![pen.say(lead), who_approves(state, pen)];
    if can(strategy_available::send_back(state)) {
        let key = command::row(command::CommandId::SendBack).keys[0];
        let more = Message::new(msg!("console.next.sends-back")).with("back", key);
        said.push(pen.say(more));
    }
    said.concat()
}

/// That something else is under way is told at the key; it is no reason why he could not.
fn can(allowed: Result<(), Message>) -> bool {
    match allowed {
        Err(why) => why.key == msg!("console.reason.busy"),
        Ok(()) => true,
    }
}

/// That the reader can approve the chosen strategy, or who else can.
fn who_approves(state: &State, pen: Pen<'_>) -> String {
    let approves = command::row(command::CommandId::Approve);
    if can(available::approve(state)) {
        return pen.say(Message::new(msg!("console.next.approves")).with("key", approves.keys[0]));
    }
    pen.say(available::approvers(state, msg!("console.next.others")))
}

fn lines(row: &StrategyRow, currency: Currency, pen: Pen<'_>) -> Vec<(String, String, Style)> {
    let theme = pen.look.theme;
    let text = &row.text;
    let mut lines = vec![];
    let mut line = |label: Key, value: String, style: Style| {
        lines.push((pen.say(label), value, style));
    };
    let segment = match row.segment_version {
        Some(version) => format!("{} v{version}", text.segment),
        None => text.segment.clone(),
    };
    let share = number::percent(i64::from(text.control_ppm), 1_000_000).unwrap_or_default();
    line(
        msg!("console.strategy.state"),
        pen.say(state_name(row.state)),
        state_style(row.state, pen),
    );
    if let Some(hash) = row.hash {
        line(msg!("console.strategy.hash"), hash.to_string(), theme.text);
    }
    line(msg!("console.strategy.author"), row.author.clone(), theme.text);
    if let Some(approver) = &row.approver {
        line(msg!("console.strategy.approver"), approver.clone(), theme.text);
    }
    for (key, value) in facts::facts(row, currency) {
        let key = pen.say(key);
        let words = pen.say(Message::new(msg!("console.strategy.fact")).with("value", value));
        for (i, words) in words.lines().enumerate() {
            let label = if i == 0 { key.clone() } else { String::new() };
            lines.push((label, words.to_owned(), theme.text));
        }
    }
    let mut line = |label: Key, value: String, style: Style| {
        lines.push((pen.say(label), value, style));
    };
    line(msg!("console.strategy.segment"), segment, theme.text);
    line(msg!("console.strategy.rule"), row.rule.clone(), theme.accent);
    line(msg!("console.strategy.deadline-days"), text.deadline_days.to_string(), theme.text);
    line(msg!("console.strategy.control-share"), share, theme.text);
    line(msg!("console.strategy.seed"), text.seed.to_string(), theme.text);
    line(msg!("console.strategy.product"), text.product.clone(), theme.text);
    line(msg!("console.strategy.benefit"), text.benefit.clone(), theme.text);
    for (i, script) in text.script.lines().enumerate() {
        let label = if i == 0 { pen.say(msg!("console.strategy.script")) } else { String::new() };
        lines.push((label, script.to_owned(), theme.text));
    }
    lines.extend(deeper(row, currency, pen));
    lines
}

/// The deeper parts key by key, as the file calls them.
fn deeper(row: &StrategyRow, currency: Currency, pen: Pen<'_>) -> Vec<(String, String, Style)> {
    let theme = pen.look.theme;
    if let Some(strange) = &row.strange_body {
        return vec![(pen.say(msg!("console.strategy.strange")), strange.clone(), theme.warn)];
    }
    let plain = [None, Some("offer")];
    let heads = ["priority", "during_blackout"];
    let all = file::lines(&row.text, currency).into_iter();
    all.filter(|line| !plain.contains(&line.table) || heads.contains(&&*line.key))
        .map(|line| (line.path(), line.value.plain(), theme.text))
        .collect()
}
