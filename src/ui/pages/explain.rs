//! Where a change comes from: a sentence, the way down, and the parts as a waterfall.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::command::{self, CommandId};
use crate::app::state::State;
use crate::app::state::explain::ExplainPage;
use crate::domain::decomposition::Explanation;
use crate::domain::message::Message;
use crate::msg;
use crate::text::label;
use crate::ui::figures;
use crate::ui::pen::{Pen, aired, below};
use crate::ui::widgets::{Pane, Step, Waterfall};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &ExplainPage, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let (as_of, old) = figures::as_of(pen, state, page.freshness);
    let name = label(&page.names.0, &page.names.1, pen.lang);
    let title = format!("4 {name}");
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: "" };
    let mut area = aired(frame.draw(buf, pen.look, area));
    area = pen.line(buf, area, &crumbs(state, page, pen), theme.text);
    if let Some(refusal) = &page.refusal {
        area = pen.text(buf, area, &pen.say(refusal.message.clone()), 3, theme.bad);
    }
    let Some(answer) = &page.answer else {
        if page.refusal.is_none() {
            pen.line(buf, below(area, 1), &pen.say(msg!("console.explain.reading")), theme.text);
        }
        return;
    };
    area = pen.text(buf, area, &sentence(state, page, answer, name, pen), 3, theme.accent);
    area = below(pen.text(buf, area, &largest(state, page, answer, pen), 3, theme.text), 1);
    draw_parts(buf, area, state, page, answer, pen);
}

/// The way down, and which way the change is split.
fn crumbs(state: &State, page: &ExplainPage, pen: Pen<'_>) -> String {
    let bank = state.session.bank.as_ref().map_or("", |bank| bank.name.as_str());
    let mut way = vec![bank];
    way.extend(page.path.iter().map(|(_, name)| name.as_str()));
    let by = if page.by_factor {
        msg!("console.explain.by-factor")
    } else {
        msg!("console.explain.by-unit")
    };
    let key = command::row(CommandId::ByFactor).keys[0];
    let said = Message::new(by).with("key", key);
    format!("{}{}{}", way.join(" > "), pen.look.glyphs.separator, pen.say(said))
}

fn sentence(
    state: &State,
    page: &ExplainPage,
    answer: &Explanation,
    name: &str,
    pen: Pen<'_>,
) -> String {
    let base = answer.from.as_f64();
    let share = if base > 0.0 { figures::share(answer.change.as_f64() / base) } else { "-".into() };
    let moved = Message::new(msg!("console.explain.moved"))
        .with("name", name)
        .with("from", figures::value(pen, state, answer.from, page.money))
        .with("to", figures::value(pen, state, answer.to, page.money))
        .with("from_day", answer.from_day.unwrap_or(answer.from_date))
        .with("to_day", answer.to_day.unwrap_or(answer.to_date))
        .with("change", figures::change(pen, state, answer.change, page.money))
        .with("share", share);
    pen.say(moved)
}

/// Which part weighs most, and how much of the change it is.
fn largest(state: &State, page: &ExplainPage, answer: &Explanation, pen: Pen<'_>) -> String {
    let weight = |effect: f64| effect.abs();
    let most = answer
        .effects
        .iter()
        .max_by(|a, b| weight(a.effect.as_f64()).total_cmp(&weight(b.effect.as_f64())));
    let Some(most) = most.filter(|part| part.effect.as_f64() != 0.0) else {
        return pen.say(msg!("console.explain.nothing"));
    };
    let change = answer.change.as_f64();
    let part = Message::new(msg!("console.explain.largest"))
        .with("name", label(&most.zh, &most.en, pen.lang))
        .with("effect", figures::change(pen, state, most.effect, page.money));
    let said = pen.say(part);
    if change == 0.0 {
        return said;
    }
    let share = most.effect.as_f64() / change * 100.0;
    let share = Message::new(msg!("console.explain.share")).with("share", format!("{share:.0} %"));
    format!("{said}{}", pen.say(share))
}

fn draw_parts(
    buf: &mut Buffer,
    area: Rect,
    state: &State,
    page: &ExplainPage,
    answer: &Explanation,
    pen: Pen<'_>,
) {
    let figure = |value| figures::change(pen, state, value, page.money);
    let residual = pen.say(msg!("console.explain.residual"));
    let total = pen.say(msg!("console.explain.total"));
    let labels: Vec<String> = answer
        .effects
        .iter()
        .map(|part| {
            let name = label(&part.zh, &part.en, pen.lang);
            let opens =
                if part.opens && !page.by_factor { pen.look.glyphs.more_after } else { " " };
            format!("{name} {opens}")
        })
        .collect();
    let mut steps: Vec<Step<'_>> = answer
        .effects
        .iter()
        .zip(&labels)
        .map(|(part, label)| Step {
            label,
            effect: part.effect.rounded(),
            figure: figure(part.effect),
            sum: false,
        })
        .collect();
    if answer.residual.as_f64() != 0.0 {
        steps.push(Step {
            label: &residual,
            effect: answer.residual.rounded(),
            figure: figure(answer.residual),
            sum: false,
        });
    }
    steps.push(Step {
        label: &total,
        effect: answer.change.rounded(),
        figure: figure(answer.change),
        sum: true,
    });
    Waterfall { steps: &steps, selected: Some(page.cursor), focused: true }
        .draw(buf, pen.look, area);
}
