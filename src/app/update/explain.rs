//! The page that says where a change comes from: which way it is split, and how deep.

use chrono::NaiveDate;

use crate::app::effect::{Effect, Request, Slot};
use crate::app::field::Field;
use crate::app::listing::Freshness;
use crate::app::span::Span;
use crate::app::state::explain::{ExplainPage, Unit};
use crate::app::state::{Overlay, Page, Prompt, PromptFor, State, Tone};
use crate::domain::decomposition::{By, Method, When};
use crate::domain::finding::seen::Seen;
use crate::domain::metric::compare::Compare;
use crate::domain::metric::period::Period;
use crate::domain::metric::previous_day;
use crate::msg;

fn page(state: &mut State) -> Option<&mut ExplainPage> {
    match state.pages.last_mut() {
        Some(Page::Explain(page)) => Some(page),
        _ => None,
    }
}

/// Opens the page for the metric under the cursor.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(metric) = state.kpi.list.selected().map(|row| row.metric.clone()) else {
        return vec![];
    };
    of(state, &metric, None, None)
}

/// Opens the page for a metric, at a unit and between two days, or those of the metric tree.
pub(super) fn of(
    state: &mut State,
    metric: &str,
    unit: Option<Unit>,
    days: Option<(NaiveDate, NaiveDate)>,
) -> Vec<Effect> {
    let span = days.map(|(from, to)| Span { from, to }).or(state.kpi.span);
    let page = span.and_then(|span| blank(state, metric, unit.into_iter().collect(), span));
    show(state, page)
}

/// Opens the page for a change that was noted: as it was seen, with the cursor on the part that was noted.
pub(super) fn again(state: &mut State, metric: &str, way: Vec<Unit>, seen: Seen) -> Vec<Effect> {
    // What is left where one turns away from what was noted.
    let known = state.kpi.span.unwrap_or(Span { from: seen.from.end, to: seen.to.end });
    let span = match seen.when() {
        When::Days(from, to) => Span { from, to },
        When::Compare(_, Some(to)) => Span { from: known.from.min(previous_day(to)), to },
        When::Compare(_, None) | When::Periods(..) => known,
    };
    let page = blank(state, metric, way, span).map(|page| ExplainPage {
        compare: seen.compare.map(|(compare, _)| compare),
        periods: match seen.when() {
            When::Periods(from, to) => Some((from, to)),
            _ => None,
        },
        by: seen.split.as_ref().map_or(page.by, |split| split.by.clone()),
        method: seen.split.as_ref().and_then(|split| split.method),
        sought: seen.split.and_then(|split| split.part),
        ..page
    });
    show(state, page)
}

fn show(state: &mut State, page: Option<ExplainPage>) -> Vec<Effect> {
    let Some(page) = page else {
        state.say(Tone::Refused, msg!("console.reason.no-kpi"));
        return vec![];
    };
    state.pages.push(Page::Explain(Box::new(page)));
    both(state)
}

/// The page for a metric between two days, before anything is asked; none of a metric that is not in the tree.
fn blank(state: &State, metric: &str, path: Vec<Unit>, span: Span) -> Option<ExplainPage> {
    let row = state.kpi.list.all().iter().find(|row| row.metric == metric)?;
    // A quotient with factors is told best by them; without, mix and rate over units is all there is.
    let ways = match (row.additive, row.formula.is_some() || row.parent.is_some()) {
        (true, _) if row.formula.is_some() => vec![By::Org, By::Factor, By::Both],
        (false, true) => vec![By::Factor, By::Org],
        _ => vec![By::Org],
    };
    Some(ExplainPage {
        metric: row.metric.clone(),
        names: (row.zh.clone(), row.en.clone()),
        money: row.is_money(),
        by: ways[0].clone(),
        ways,
        method: None,
        compare: None,
        span,
        periods: None,
        path,
        answer: None,
        headline: None,
        freshness: Freshness::Unknown,
        refusal: None,
        cursor: 0,
        sought: None,
    })
}

/// Asks for what the page now stands for, and for the sentence above it.
pub(super) fn both(state: &mut State) -> Vec<Effect> {
    tell(state).into_iter().chain(ask(state)).collect()
}

/// Asks for the sentence, which is the same however the change is split.
fn tell(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    page.headline = None;
    let request = Request::Headline {
        metric: page.metric.clone(),
        org: page.path.last().map(|(code, _)| code.clone()),
        when: page.when(),
    };
    Some(state.ask(Slot::Headline, request))
}

/// Asks for what the page now stands for.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    page.freshness.spoil();
    page.refusal = None;
    let request = Request::Explain {
        metric: page.metric.clone(),
        org: page.path.last().map(|(code, _)| code.clone()),
        by: page.by.clone(),
        method: page.method,
        when: page.when(),
    };
    Some(state.ask(Slot::Explain, request))
}

/// What is on screen belongs to another place: it goes before the next answer comes.
fn turn(state: &mut State, change: impl FnOnce(&mut ExplainPage)) -> Vec<Effect> {
    if let Some(page) = page(state) {
        change(page);
        page.answer = None;
        page.freshness = Freshness::Unknown;
    }
    ask(state).into_iter().collect()
}

/// The same, where the sentence is another one, too.
fn go(state: &mut State, change: impl FnOnce(&mut ExplainPage)) -> Vec<Effect> {
    let asked = turn(state, change);
    tell(state).into_iter().chain(asked).collect()
}

/// Splits the next way.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    turn(state, |page| {
        if let Some(next) = page.next_way().cloned() {
            page.by = next;
        }
        page.method = None;
        page.cursor = 0;
    })
}

/// Holds it against the next: two days or the periods that were asked for, the period before, the year before, its beginning, the plan.
pub(super) fn compare(state: &mut State) -> Vec<Effect> {
    go(state, |page| {
        page.compare = match page.compare {
            None => Some(Compare::Prev),
            Some(Compare::Prev) => Some(Compare::Yoy),
            Some(Compare::Yoy) => Some(Compare::Ytd),
            Some(Compare::Ytd) => Some(Compare::Plan),
            Some(Compare::Plan) => None,
        };
        page.cursor = 0;
    })
}

/// Takes it apart between two periods from now on.
pub(super) fn periods(state: &mut State, periods: (Period, Period)) -> Vec<Effect> {
    go(state, |page| {
        (page.periods, page.compare, page.cursor) = (Some(periods), None, 0);
    })
}

/// Asks what else it is to be split over.
pub(super) fn ask_by(state: &mut State) -> Vec<Effect> {
    let Some(by) = page(state).map(|page| page.by.word()) else { return vec![] };
    state.overlay = Some(Overlay::Prompt(Prompt {
        of: PromptFor::ExplainBy,
        title: msg!("console.prompt.explain-by"),
        field: Field::new(by),
        carried: vec![],
        error: None,
    }));
    vec![]
}

/// Takes what it is to be split over, and by which method if one was typed behind.
pub(super) fn split(state: &mut State, mut prompt: Prompt, text: &str) -> Vec<Effect> {
    let mut words = text.split_whitespace();
    let by = words.next().and_then(By::parse);
    let method = match words.next() {
        None => Some(None),
        Some(word) => Method::asked(word).map(Some),
    };
    let (Some(by), Some(method)) = (by, method) else {
        prompt.error = Some(msg!("console.prompt.bad-by").into());
        state.overlay = Some(Overlay::Prompt(prompt));
        return vec![];
    };
    turn(state, |page| (page.by, page.method, page.cursor) = (by, method, 0))
}

/// Goes down into the unit under the cursor.
pub(super) fn down(state: &mut State) -> Vec<Effect> {
    go(state, |page| {
        let part = page.answer.as_ref().and_then(|answer| answer.effects.get(page.cursor));
        if let Some(part) = part {
            page.path.push((part.name.clone(), part.zh.clone()));
            page.cursor = 0;
        }
    })
}

/// Goes up to the unit above.
pub(super) fn up(state: &mut State) -> Vec<Effect> {
    go(state, |page| {
        page.path.pop();
        page.cursor = 0;
    })
}
