//! Pages that look into segments and their customers.

mod board;
mod calendar;
mod card;
mod coaching;
mod deliveries;
mod desks;
mod findings;
mod grid;
mod heat;
mod history;
mod lists;
mod members;
mod metric;
mod overlap;
mod policies;
mod portrait;
mod review;
mod score;
mod test_pushes;
mod watched;

pub(super) use findings::kind_name;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::state::State;
use crate::app::state::study::StudyPage;
use crate::app::study::{Finding, Study};
use crate::domain::customer::Held;
use crate::domain::message::{Key, Message};
use crate::domain::rule::{Called, Column as RuleColumn};
use crate::domain::score::Of;
use crate::domain::segment::Scope;
use crate::domain::segment::bin::Bin;
use crate::msg;
use crate::text::number;
use crate::ui::figures;
use crate::ui::panes::narrowed;
use crate::ui::pen::{Pen, aired};
use crate::ui::widgets::Pane;

/// Draws such a page: what was found, or why nothing was.
pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, page: &StudyPage, pen: Pen<'_>) {
    let theme = pen.look.theme;
    let (as_of, old) = figures::as_of(pen, state, page.freshness);
    let title = pen.say(title(page));
    // The catalogue's place for a unit is empty where there is none.
    let title = title.trim_end().to_owned();
    let note = page.shown_of().map_or_else(String::new, |rows| narrowed(state, &page.filter, rows));
    let frame = Pane { title: &title, focused: true, as_of: &as_of, stale: old, note: &note };
    let mut area = aired(frame.draw(buf, pen.look, area));
    if let Some(refusal) = &page.refusal {
        area = pen.text(buf, area, &pen.say(refusal.message.clone()), 3, theme.bad);
    }
    let Some(finding) = &page.finding else {
        if page.refusal.is_none() {
            pen.line(buf, area, &pen.say(msg!("console.study.reading")), theme.text);
        }
        return;
    };
    if page.shown_of().is_some_and(|(shown, all)| shown == 0 && all > 0) {
        pen.line(buf, area, &pen.say(msg!("console.empty.filter")), theme.text);
        return;
    }
    if let Some(scope) = held_to(state, finding) {
        area = pen.line(buf, area, &pen.say(scope.message()), theme.stale);
    }
    match finding {
        Finding::Overlap(found) => overlap::draw(buf, area, page, found, pen),
        Finding::Portrait(found) => portrait::draw(buf, area, state, page, found, pen),
        Finding::Grid(found) => grid::draw(buf, area, state, page, found, pen),
        Finding::History(found) => history::draw(buf, area, state, page, found, pen),
        Finding::Compare(found) => lists::compared(buf, area, page, found, pen),
        Finding::Push(found) => lists::push(buf, area, page, found, pen),
        Finding::Board(found) => board::draw(buf, area, state, page, found, pen),
        Finding::Hits(found) => lists::hits(buf, area, page, found, pen),
        Finding::Deliveries(found) => deliveries::draw(buf, area, state, page, found, pen),
        Finding::Calendar(found) => calendar::draw(buf, area, state, page, found, pen),
        Finding::Tests(found) => test_pushes::draw(buf, area, page, found, pen),
        Finding::Desk(laid) => desks::draw(buf, area, (state, page), laid, pen),
        Finding::Policies(found, currency) => {
            policies::draw(buf, area, page, (found, *currency), pen);
        }
        Finding::Diff(found) => findings::diff(buf, area, page, found, pen),
        Finding::Members(found) => members::draw(buf, area, state, page, found, pen),
        Finding::Card(found) => card::draw(buf, area, state, page, found, pen),
        Finding::Review(found, currency) => {
            review::draw(buf, area, page, (found, *currency), pen);
        }
        Finding::Why(found) => findings::why(buf, area, state, page, found, pen),
        Finding::Heat(found) => heat::draw(buf, area, state, page, found, pen),
        Finding::Metric(found) => metric::draw(buf, area, state, page, found, pen),
        Finding::Noted(found) => watched::findings(buf, area, state, page, found, pen),
        Finding::Alerts(found) => watched::alerts(buf, area, state, page, found, pen),
        Finding::AlertHits(found) => watched::hits(buf, area, state, page, found, pen),
        Finding::Touching(found) => watched::touching(buf, area, page, found, pen),
        Finding::Scores(found) => score::list(buf, area, page, found, pen),
        Finding::Score(found) => score::card(buf, area, state, page, found, pen),
        Finding::Coaching(found) => coaching::draw(buf, area, state, page, found, pen),
    }
}

/// To whose customers the figures are held, where they are counted of those that the operator sees.
fn held_to<'s>(state: &'s State, finding: &Finding) -> Option<&'s Scope> {
    let counted = matches!(
        finding,
        Finding::Overlap(_)
            | Finding::Portrait(_)
            | Finding::Grid(_)
            | Finding::Compare(_)
            | Finding::Hits(_)
    );
    state.session.who.as_ref().filter(|_| counted)?.scope.as_ref()
}

fn title(page: &StudyPage) -> Message {
    let of = |key: Key, code: &str| Message::new(key).with("code", code);
    match (&page.study, &page.finding) {
        (Study::Overlap { codes }, _) => {
            Message::new(msg!("console.study.overlap.title")).with("count", codes.len())
        }
        (Study::Portrait { code }, _) => of(msg!("console.study.portrait.title"), code),
        (Study::Grid { code, .. }, _) => of(msg!("console.study.grid.title"), code),
        (Study::Compare { code, .. }, Some(Finding::Compare(found))) => {
            of(msg!("console.study.compare.title"), code)
                .with("a", found.counts.a.to_string())
                .with("b", found.counts.b.to_string())
        }
        (Study::History { code } | Study::Compare { code, .. }, _) => {
            of(msg!("console.study.history.title"), code)
        }
        (Study::Diff { code, from, to }, _) => {
            of(msg!("console.study.diff.title"), code).with("from", *from).with("to", *to)
        }
        (Study::Push { push, .. }, _) => lists::push_title(*push),
        (Study::Board { push, .. }, found) => {
            let name = match found {
                Some(Finding::Board(board)) => format!("{} v{}", board.strategy, board.version),
                _ => String::new(),
            };
            let title = Message::new(msg!("board.page.title"));
            title.with("push", push.to_string()).with("strategy", name)
        }
        (Study::Tests { .. } | Study::Policies, _) => test_pushes::title(&page.study),
        (Study::Desk(desk), _) => desks::title(*desk).into(),
        (Study::Deliveries { push }, _) => deliveries::title(*push),
        (Study::Calendar { day }, _) => {
            Message::new(msg!("calendar.page.title")).with("month", day.format("%Y-%m").to_string())
        }
        (Study::Hits { moment }, _) => of(msg!("console.study.hits.title"), moment),
        (Study::Members { code, of, .. }, _) => members::title(code.as_deref(), of),
        (Study::Card { customer, .. }, found) => {
            let name = match found {
                Some(Finding::Card(card)) => card.name.as_deref().unwrap_or_default(),
                _ => "",
            };
            let title = Message::new(msg!("console.study.card.title"));
            title.with("customer", customer.to_string()).with("name", name)
        }
        (Study::Metric { metric, .. }, found) => metric::title(metric, found.as_ref()),
        (Study::Heat { .. }, _) => msg!("console.heat.title").into(),
        (Study::Noted { .. }, _) => msg!("console.findings.title").into(),
        (Study::Alerts, _) => msg!("console.alerts.title").into(),
        (Study::AlertHits { code, .. }, _) => of(msg!("console.alerts.hits-title"), code),
        (study @ (Study::Scores { .. } | Study::Score { .. } | Study::Coaching { .. }), _) => {
            scored_title(study)
        }
        (Study::Touching { name, rule, .. }, _) => {
            let key = match rule {
                Some(_) => msg!("console.touching.title-group"),
                None => msg!("console.touching.title"),
            };
            let title = Message::new(key).with("org", name.as_str());
            title.with("group", rule.as_deref().unwrap_or_default())
        }
        (Study::Review { strategy, of }, found) => review::title(strategy, *of, found.as_ref()),
        (Study::Why { code, customer }, found) => {
            let version = match found {
                Some(Finding::Why(explained)) => explained.version.to_string(),
                _ => String::new(),
            };
            of(msg!("console.study.why.title"), code)
                .with("customer", customer.to_string())
                .with("version", version)
        }
    }
}

/// Of score cards and the coaching log.
fn scored_title(study: &Study) -> Message {
    match study {
        Study::Score { code, name, .. } => Message::new(msg!("score.page.card"))
            .with("code", code.as_str())
            .with("name", name.as_str()),
        Study::Coaching { name, .. } => {
            Message::new(msg!("coaching.page.title")).with("org", name.as_str())
        }
        Study::Scores { of: Of::Rm, org, .. } => {
            let name = org.as_ref().map_or("", |(_, name)| name.as_str());
            Message::new(msg!("score.page.rms")).with("org", name)
        }
        Study::Scores { org, .. } => {
            let name = org.as_ref().map_or("", |(_, name)| name.as_str());
            Message::new(msg!("score.page.units")).with("org", name)
        }
        // The caller names only those above.
        _ => Message::new(msg!("coaching.page.title")).with("org", ""),
    }
}

/// What a column or an attribute is called; the fixed columns have their names in the catalogue.
pub(in crate::ui) fn called(code: &str, names: (&str, &str), pen: Pen<'_>) -> String {
    figures::called(pen, &RuleColumn::called_by(code, names), code)
}

/// A bin in words, with what people call its value.
fn bin(bin: &Bin, called: &Called, pen: Pen<'_>) -> String {
    figures::bin(pen, bin, called)
}

/// The same with what people call it.
pub(in crate::ui) fn told(
    value: Option<&Held>,
    called: &Called,
    state: &State,
    pen: Pen<'_>,
) -> String {
    match value {
        Some(Held::Text(code)) => figures::valued(pen, code, called),
        Some(Held::Number(text)) => figures::called(pen, called, &number::decimal(text)),
        other => held(other, state, pen),
    }
}

/// A fact in words; a dash where nothing is known.
fn held(value: Option<&Held>, state: &State, pen: Pen<'_>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Held::Flag(value)) => bin(&Bin::Flag(*value), &Called::Nothing, pen),
        Some(Held::Number(text)) => number::decimal(text),
        Some(Held::Text(text)) => text.clone(),
        Some(Held::Money(amount)) => figures::money(pen, state, *amount),
        Some(Held::Date(day)) => number::date(*day),
    }
}
