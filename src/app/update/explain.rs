//! The page that says where a change comes from: which way it is split, and how deep.

use chrono::NaiveDate;

use crate::app::command::chosen;
use crate::app::command::going::factor_behind;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::field::Field;
use crate::app::span::Span;
use crate::app::state::explain::{ExplainPage, Unit};
use crate::app::state::{Overlay, Page, Prompt, PromptFor, State, Tone};
use crate::domain::decomposition::{By, Method, When};
use crate::domain::finding::seen::Seen;
use crate::domain::message::Message;
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
    of(state, &metric, vec![], None)
}

/// Opens the page for a metric, at the end of a way down and between two days, or those of the metric tree.
pub(super) fn of(
    state: &mut State,
    metric: &str,
    way: Vec<Unit>,
    days: Option<(NaiveDate, NaiveDate)>,
) -> Vec<Effect> {
    let span = days.map(|(from, to)| Span { from, to }).or(state.kpi.span);
    let page = span.and_then(|span| blank(state, metric, way, span));
    show(state, page)
}

/// Opens the page for a metric at the end of a way down, held against what an alert holds it against.
pub(super) fn held(
    state: &mut State,
    metric: &str,
    way: Vec<Unit>,
    compare: Option<Compare>,
) -> Vec<Effect> {
    let page = state.kpi.span.and_then(|span| {
        let mut page = blank(state, metric, way, span)?;
        page.compare = compare;
        // A plan is written for units and for nothing else.
        if compare == Some(Compare::Plan) {
            page.by = By::Org;
        }
        Some(page)
    });
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
    let page = blank(state, metric, way, span).map(|mut page| {
        page.compare = seen.compare.map(|(compare, _)| compare);
        page.periods = match seen.when() {
            When::Periods(from, to) => Some((from, to)),
            _ => None,
        };
        if let Some(split) = seen.split {
            (page.by, page.method, page.sought) = (split.by, split.method, split.part);
        }
        page
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
    Some(ExplainPage::new(row, ways, path, span))
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
        page.forget();
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
            Some(Compare::Plan) => None,
            Some(other) => Some(other.next()),
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
    let mut words = text.split_whitespace().peekable();
    // A method alone splits over what it is split over now; which dimension it is, Adtributor finds by itself.
    let alone = words.peek().copied().and_then(Method::asked).and_then(|method| {
        let by = if method == Method::Adtributor { By::Org } else { page(state)?.by.clone() };
        Some((by, method))
    });
    let (by, method) = if let Some((by, method)) = alone {
        (Some(by), Some(Some(method)))
    } else {
        let by = words.next().and_then(By::parse);
        let method = match words.next() {
            None => Some(None),
            Some(word) => Method::asked(word).map(Some),
        };
        (by, method)
    };
    let (Some(by), Some(method)) = (by, method) else {
        prompt.error = Some(msg!("console.prompt.bad-by").into());
        state.overlay = Some(Overlay::Prompt(prompt));
        return vec![];
    };
    if by == By::Segment(String::new()) {
        // Several segments may share customers and would not add up, so one is to be named.
        let codes: Vec<&str> = state.segments.all().iter().map(|row| row.code.as_str()).collect();
        prompt.error = Some(if codes.is_empty() {
            msg!("console.prompt.no-segments").into()
        } else {
            Message::new(msg!("console.prompt.segments")).with("codes", Message::list(codes))
        });
        prompt.field = Field::new("segment:");
        state.overlay = Some(Overlay::Prompt(prompt));
        return vec![];
    }
    turn(state, |page| (page.by, page.method, page.cursor) = (by, method, 0))
}

/// Goes down into the unit under the cursor; of a factor that is a metric itself opens its own change, at the same unit and between
/// the same ends.
pub(super) fn down(state: &mut State) -> Vec<Effect> {
    if let Some(metric) = factor_behind(state) {
        let opened = chosen::explain(state).and_then(|page| {
            let mut factor = blank(state, &metric, page.path.clone(), page.span)?;
            (factor.compare, factor.periods) = (page.compare, page.periods);
            Some(factor)
        });
        return show(state, opened);
    }
    go(state, |page| {
        if let Some(unit) = page.part().map(|part| (part.name.clone(), part.zh.clone())) {
            page.path.push(unit);
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
