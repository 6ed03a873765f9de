//! The page that says where a change comes from: which way it is split, and how deep.

use crate::app::effect::{Effect, Request, Slot};
use crate::app::listing::Freshness;
use crate::app::state::explain::{ExplainPage, Ways};
use crate::app::state::{Page, State};
use crate::domain::decomposition::By;

fn page(state: &mut State) -> Option<&mut ExplainPage> {
    match state.pages.last_mut() {
        Some(Page::Explain(page)) => Some(page),
        _ => None,
    }
}

/// Opens the page for the metric under the cursor.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let (Some(row), Some(span)) = (state.kpi.list.selected(), state.kpi.span) else {
        return vec![];
    };
    let page = ExplainPage {
        metric: row.metric.clone(),
        names: (row.zh.clone(), row.en.clone()),
        money: row.is_money(),
        ways: match (row.additive, row.formula.is_some()) {
            (true, true) => Ways::Both,
            (true, false) => Ways::Unit,
            (false, _) => Ways::Factor,
        },
        by_factor: !row.additive,
        span,
        path: vec![],
        answer: None,
        freshness: Freshness::Unknown,
        refusal: None,
        cursor: 0,
    };
    state.pages.push(Page::Explain(Box::new(page)));
    ask(state).into_iter().collect()
}

/// Asks for what the page now stands for.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let page = page(state)?;
    page.freshness.spoil();
    page.refusal = None;
    let request = Request::Explain {
        metric: page.metric.clone(),
        org: page.path.last().map(|(code, _)| code.clone()),
        by: if page.by_factor { By::Factor } else { By::Org },
        span: page.span,
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

/// Splits the other way.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    turn(state, |page| {
        page.by_factor = !page.by_factor;
        page.cursor = 0;
    })
}

/// Goes down into the unit under the cursor.
pub(super) fn down(state: &mut State) -> Vec<Effect> {
    turn(state, |page| {
        let part = page.answer.as_ref().and_then(|answer| answer.effects.get(page.cursor));
        if let Some(part) = part {
            page.path.push((part.name.clone(), part.zh.clone()));
            page.cursor = 0;
        }
    })
}

/// Goes up to the unit above.
pub(super) fn up(state: &mut State) -> Vec<Effect> {
    turn(state, |page| {
        page.path.pop();
        page.cursor = 0;
    })
}
