//! One task: the script as this customer would hear it beside his card, why he is on the list, what to do, what came of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{leaflet, study, written};
use crate::app::state::State;
use crate::app::state::branch::TaskPage;
use crate::domain::message::{Arg, Message};
use crate::domain::strategy::evidence::said_of;
use crate::domain::task::{Mine, TaskDetail};
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::Pane;

type Lines = Vec<(String, String, Style)>;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &TaskPage, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let name = page.detail.as_ref().and_then(|task| task.card.name.as_deref()).unwrap_or("");
    let said = Message::new(msg!("task.page.title"))
        .with("push", page.push.to_string())
        .with("customer", page.customer.to_string())
        .with("name", name);
    let title = pen.say(said);
    let (as_of, old) = figures::as_of(pen, state, state.pushes.freshness);
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: "" };
    let area = aired(frame.draw(buf, pen.look, area));
    if let Some(refusal) = &page.refusal {
        pen.text(buf, area, &pen.say(refusal.message.clone()), 3, theme.bad);
        return;
    }
    let Some(task) = &page.detail else {
        pen.line(buf, area, &pen.say(msg!("console.empty.reading")), theme.stale);
        return;
    };
    let area = below(pen.text(buf, area, &stands(task, pen), 2, theme.accent), 1);
    if area.width >= 100 {
        let left = area.width * 11 / 20;
        written::pairs(buf, Rect { width: left, ..area }, &work(state, task, pen), page.top, pen);
        let right = Rect { x: area.x + left + 2, width: area.width - left - 2, ..area };
        written::pairs(buf, right, &card(state, task, pen), page.top, pen);
    } else {
        let mut lines = work(state, task, pen);
        lines.push((String::new(), String::new(), theme.text));
        lines.extend(card(state, task, pen));
        written::pairs(buf, area, &lines, page.top, pen);
    }
}

/// Where it stands, whose it is, until when, and what is offered.
fn stands(task: &TaskDetail, pen: Pen<'_>) -> String {
    let referred = task.referred().map(|said| pen.say(said));
    if task.mine == Some(Mine::Offered)
        && let Some(referred) = referred
    {
        return referred;
    }
    let whose = task.rm.as_ref().or(task.org.as_ref()).map_or("-", |(_, name)| name.as_str());
    let mut said = pen.say(
        Message::new(msg!("task.page.stands"))
            .with("state", task.state.label())
            .with("whose", whose)
            .with("deadline", task.deadline),
    );
    if let Some(referred) = referred {
        said.push_str(&referred);
    }
    said
}

/// What to say and do, and what came of it.
fn work(state: &State, task: &TaskDetail, pen: Pen<'_>) -> Lines {
    let theme = pen.look.theme;
    let text = &task.strategy.text;
    let say = |key| pen.say(Message::new(key));
    let mut lines: Lines = vec![
        (say(msg!("task.column.product")), text.product.clone(), theme.text),
        (say(msg!("task.fact.benefit")), text.benefit.clone(), theme.text),
    ];
    if let Some(benefit) = &task.benefit {
        let (none, said) = benefit.said();
        let style = if none { theme.bad } else { theme.text };
        lines.push((say(msg!("task.fact.benefits")), pen.say(said), style));
    }
    if let Some(channel) = task.channel {
        lines.push((say(msg!("task.fact.channel")), pen.say(channel.said()), theme.warn));
    }
    let currency = state.session.bank.as_ref().map(|bank| bank.currency);
    let sample = currency.map(|currency| task.sample(currency));
    for (at, line) in leaflet::filled(&text.script, sample.as_ref(), pen).lines().enumerate() {
        let label = if at == 0 { say(msg!("task.fact.script")) } else { String::new() };
        lines.push((label, line.to_owned(), theme.accent));
    }
    for (at, step) in text.body.steps.iter().enumerate() {
        let key = if step.must { msg!("task.step.must") } else { msg!("task.step.may") };
        lines.push((say(key), step.text.clone(), theme.text));
        if let Some(code) = text.body.evidence_code(at) {
            let shown = task.shown(at);
            let style = if shown.is_some() { theme.good } else { theme.stale };
            let said = said_of(step.evidence, shown, code);
            lines.push((String::new(), pen.say(said), style));
        }
    }
    for past in &task.outcomes {
        let amount = past.amount.map(|amount| figures::money(pen, state, amount));
        let fields = past.told_fields(&text.body).into_iter().map(|field| pen.say(field));
        let next = past.next_on.map(|day| format!("> {}", number::date(day)));
        let parts = amount.into_iter().chain(past.note.clone()).chain(fields).chain(next);
        let note: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        let told = Message::new(msg!("task.fact.past"))
            .with("outcome", past.outcome.label())
            .with("at", figures::moment(state, past.at))
            .with("note", note.join(" "));
        lines.push((say(msg!("task.column.outcome")), pen.say(told), theme.good));
    }
    for past in &task.returns {
        let told = Message::new(msg!("task.fact.given-back"))
            .with("at", figures::moment(state, past.at))
            .with("whose", past.whose.as_str())
            .with("reason", past.reason.as_str());
        lines.push((say(msg!("task.state.returned")), pen.say(told), theme.warn));
        if let Some(again) = &past.again {
            let told = Message::new(msg!("task.fact.given-again"))
                .with("at", figures::moment(state, again.at))
                .with("by", again.by.as_str())
                .with("whose", again.whose.as_str());
            lines.push((String::new(), pen.say(told), theme.text));
        }
    }
    lines
}

/// Who he is, and why he is on the list.
fn card(state: &State, task: &TaskDetail, pen: Pen<'_>) -> Lines {
    let theme = pen.look.theme;
    let card = &task.card;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let told = |arg: Arg| pen.say(Message::new(msg!("strategy.script.value")).with("value", arg));
    let tier = card.tier.as_ref();
    let tier = tier.map(|t| told(Arg::Label { zh: t.zh.clone(), en: t.en.clone() }));
    let mut lines: Lines = [
        (msg!("customer.fact.name"), text(&card.name)),
        (msg!("customer.fact.phone"), text(&card.phone)),
        (msg!("customer.fact.tier"), text(&tier)),
        (
            msg!("console.column.aum"),
            card.aum.map_or_else(|| "-".to_owned(), |aum| figures::money(pen, state, aum)),
        ),
        (msg!("console.column.unit"), format!("{} {}", card.org, card.org_name)),
        (msg!("task.fact.why"), format!("{} {}", task.strategy.text.segment, task.segment)),
    ]
    .into_iter()
    .map(|(key, value)| (pen.say(key), value, theme.text))
    .collect();
    for leaf in &task.why {
        let value = leaf.value.as_ref();
        let value = value.map(|value| study::told(Some(value), &leaf.called, state, pen));
        let value = value.map_or_else(String::new, |value| format!(": {value}"));
        lines.push((String::new(), format!("{}{value}", leaf.indented()), theme.column));
    }
    for event in card.timeline.iter().take(5) {
        let amount = event.amount.map(|amount| figures::money(pen, state, amount));
        let told = format!("{} {}", figures::event(pen, &event.kind), amount.unwrap_or_default());
        lines.push((figures::moment(state, event.at), told, theme.stale));
    }
    lines
}
