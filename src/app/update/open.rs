//! Opening pages, and jumping along the chain.

use super::movement::Movement;
use super::{branch, coaching, explain, leaving, looking, rules};
use crate::app::command::{self, CommandId, chosen, going, metric_available};
use crate::app::draft::{Draft, DraftOf};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::listing::Row;
use crate::app::state::branch::OutcomePage;
use crate::app::state::coaching::CoachingPage;
use crate::app::state::explain::ExplainPage;
use crate::app::state::form::FormPage;
use crate::app::state::rule::RulePage;
use crate::app::state::{
    Page, Pane, PlanPage, PlanView, PushPage, SegmentPage, State, StrategyPage, Tone,
};
use crate::domain::attribute::Attribute;
use crate::domain::decomposition::headline::Who;
use crate::domain::message::Message;
use crate::domain::metric::Value;
use crate::domain::push::{OrderRow, PlanRow};
use crate::domain::rule::written_text;
use crate::domain::strategy::{StrategyRow, StrategyState, template};
use crate::msg;

/// Opens what is under the cursor.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if matches!(state.page(), Some(Page::Explain(_))) {
        return explain::down(state);
    }
    match state.focus {
        Pane::Segments => segment(state),
        Pane::Strategies => {
            strategy(state);
            vec![]
        }
        Pane::Tasks => push(state),
        Pane::Kpi => explain::open(state),
    }
}

fn segment(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.segments.selected() else { return vec![] };
    let (code, rule) = (row.code.clone(), row.members_rule());
    state.pages.push(Page::Segment(SegmentPage { code, count: None, refusal: None, cursor: 0 }));
    vec![state.ask(Slot::Split, Request::Count { rule, pause: 0 })]
}

/// Shows the chosen strategy's text, if it is not on screen already.
pub(super) fn strategy_page(state: &mut State) {
    if state.page().is_none() {
        strategy(state);
    }
}

/// Shows the text of the strategy under the cursor of its pane.
pub(super) fn strategy(state: &mut State) {
    let page = state.strategies.selected().map(|s| {
        Page::Strategy(StrategyPage { code: s.text.code.clone(), version: s.version, top: 0 })
    });
    state.pages.extend(page);
}

/// Opens the push under the cursor of its pane.
pub(super) fn push(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.pushes.selected() else { return vec![] };
    // A branch begins at its own order.
    let who = state.session.who.as_ref().filter(|who| who.org.is_some());
    let own = |o: &OrderRow| who.is_some_and(|who| who.signs_for(&o.org));
    let unsigned = row.orders.iter().position(|o| own(o) && o.signed_at.is_none());
    let cursor = unsigned.or_else(|| row.orders.iter().position(own)).unwrap_or(0);
    let push = row.push;
    state.pages.push(Page::Push(PushPage::new(push, cursor)));
    vec![state.ask(Slot::Push, Request::Push(push))]
}

/// Goes to a pane with nothing open over it.
fn go(state: &mut State, pane: Pane) -> Vec<Effect> {
    let effects = leaving::close_pages(state);
    state.focus = pane;
    effects
}

/// Goes to the segment behind what is chosen; from a unit's row, to a new segment of that unit.
pub(super) fn go_segment(state: &mut State) -> Vec<Effect> {
    let Some(code) = going::segment_behind(state) else { return segment_of_unit(state) };
    let mut effects = go(state, Pane::Segments);
    if state.segments.select(&code) {
        effects.extend(segment(state));
    }
    effects
}

/// Goes to the strategy that belongs to what is chosen.
pub(super) fn go_strategy(state: &mut State) -> Vec<Effect> {
    let Some(key) = going::strategy_behind(state).map(Row::key) else { return vec![] };
    let effects = go(state, Pane::Strategies);
    if state.strategies.select(&key) {
        strategy(state);
    }
    effects
}

/// Goes to the latest push that belongs to what is chosen.
pub(super) fn go_tasks(state: &mut State) -> Vec<Effect> {
    let Some(push) = going::push_behind(state).map(|p| p.push) else { return vec![] };
    let mut effects = go(state, Pane::Tasks);
    if state.pushes.select(&push.to_string()) {
        effects.extend(self::push(state));
    }
    effects
}

/// Goes to the metrics.
pub(super) fn go_kpi(state: &mut State) -> Vec<Effect> {
    go(state, Pane::Kpi)
}

/// Opens the attribute dictionary, read anew; what was read before is there meanwhile.
pub(super) fn dictionary(state: &mut State) -> Vec<Effect> {
    if !matches!(state.page(), Some(Page::Dictionary)) {
        state.pages.push(Page::Dictionary);
    }
    vec![state.ask(Slot::Dictionary, Request::Dictionary)]
}

/// Opens the attribute under the cursor.
pub(super) fn attribute(state: &mut State) -> Vec<Effect> {
    state.pages.push(Page::Attribute { cursor: 0 });
    vec![]
}

/// The rule editor with a condition on the attribute under the cursor, to be changed.
pub(super) fn segment_of_attribute(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.dictionary.selected() else { return vec![] };
    let Some(currency) = state.session.bank.as_ref().map(|bank| bank.currency) else {
        return vec![];
    };
    let text = row.condition(currency);
    let name = row.attribute.zh.clone();
    let mut page =
        RulePage::new(&free_segment_code(state, &row.attribute.code), &name, &text, false);
    page.touched = true;
    rule(state, page)
}

/// Copies the row under the cursor.
pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let text = match state.page() {
        Some(Page::Explain(_)) => chosen::part(state)
            .map(|part| format!("{}\t{}\t{}", part.name, part.zh, part.effect.rounded())),
        Some(Page::Push(_)) => chosen::order(state)
            .map(|o| format!("{}\t{}\t{}\t{}\t{}", o.org, o.name, o.tasks, o.open, o.done)),
        Some(Page::Plan(page)) => {
            let at = page.sieve.place(page.cursor);
            page.step.plan().zip(at).and_then(|(plan, at)| plan_text(plan, page.view, at))
        }
        Some(Page::Study(page)) => looking::row_text(state, page),
        Some(Page::BranchTasks(page)) => branch::copied(page),
        Some(Page::Home) => chosen::work(state)
            .map(|row| format!("{}\t{}\t{}", row.work.code(), row.work.subject(), row.name)),
        Some(Page::Moments) => {
            chosen::moment(state).map(|row| format!("{}\t{}\t{}", row.code, row.name, row.rule))
        }
        Some(Page::Dictionary | Page::Attribute { .. }) => state.dictionary.selected().map(|row| {
            let Attribute { code, zh, relation, column, .. } = &row.attribute;
            format!("{code}\t{zh}\t{relation}.{column}")
        }),
        _ => row_text(state),
    };
    match text {
        Some(text) => {
            state.say(Tone::Done, msg!("console.copied"));
            vec![Effect::Copy(text)]
        }
        None => vec![],
    }
}

/// What the copy of a plan's row says.
fn plan_text(plan: &PlanRow, view: PlanView, at: usize) -> Option<String> {
    Some(match view {
        PlanView::Orders => {
            let order = plan.orders.get(at)?;
            format!("{}\t{}\t{}\t{}", order.org, order.name, order.tasks, order.rms)
        }
        PlanView::Rms => {
            let rm = plan.rms.get(at)?;
            format!("{}\t{}\t{}", rm.rm, rm.name, rm.tasks)
        }
        PlanView::LeftOff => plan.blocked.get(at).map(|(reason, n)| format!("{reason}\t{n}"))?,
        PlanView::Overlap => plan.overlap.get(at).map(|(code, n)| format!("{code}\t{n}"))?,
    })
}

fn row_text(state: &State) -> Option<String> {
    match state.focus {
        Pane::Segments => {
            let row = chosen::segment(state)?;
            Some(format!("{}\t{}\t{}", row.code, row.name, row.rule))
        }
        Pane::Strategies => {
            let row = chosen::strategy(state)?;
            let hash = row.hash.map_or_else(String::new, |hash| hash.to_string());
            Some(format!("{}\t{}\tv{}\t{hash}", row.text.code, row.text.name, row.version))
        }
        Pane::Tasks => {
            let row = chosen::push(state)?;
            Some(format!("{}\t{}\t{}", row.push, row.strategy, row.name))
        }
        Pane::Kpi => {
            let row = state.kpi.list.selected()?;
            let value = row.value.map_or_else(String::new, |value| value.rounded().to_string());
            Some(format!("{}\t{}\t{value}", row.metric, row.zh))
        }
    }
}

/// Opens the rule editor.
pub(super) fn rule(state: &mut State, mut page: RulePage) -> Vec<Effect> {
    let code = page.key.form.clone();
    let waits = |draft: &Draft| draft.key.of == page.key.of && draft.name() == code;
    if !code.is_empty() && state.drafts.iter().any(waits) {
        // Whoever has begun one already is told, before he begins the same anew.
        let key = command::row(CommandId::OpenDraft).keys[0];
        let said = Message::new(msg!("console.draft.waits")).with("code", code).with("key", key);
        state.say(Tone::Info, said);
    }
    page.key = state.free_draft_key(page.key.of, &page.key.form);
    state.pages.push(Page::Rule(Box::new(page)));
    rules::opened(state)
}

/// The rule editor for a segment of its own.
pub(super) fn new_segment(state: &mut State) -> Vec<Effect> {
    rule(state, RulePage::new("", "", "", false))
}

/// The rule editor for the chosen segment's next version.
pub(super) fn edit_segment(state: &mut State) -> Vec<Effect> {
    let Some(row) = chosen::segment(state) else { return vec![] };
    let page = RulePage::of_segment(row);
    let mut effects = rule(state, page);
    // Another's version that was saved meanwhile is said now, and not when the work is done.
    if state.session.online() {
        effects.push(state.ask(Slot::Segments, Request::Segments));
    }
    effects
}

/// The rule editor for the customers of the unit under the cursor, or of the unit drilled into; on a line of the metric tree for those
/// who moved as it did.
pub(super) fn segment_of_unit(state: &mut State) -> Vec<Effect> {
    if let Some(page) = chosen::explain(state) {
        let page = page.clone();
        return segment_of_part(state, &page);
    }
    let cell = metric_available::heat_cell(state);
    let (org, name, conditions, movement) = if let Some((row, metric, cell)) = cell {
        let change = cell.value.zip(cell.before).map(|(now, before)| now.since(before).as_f64());
        let days = metric_available::heat(state).map(|h| (h.compare.day_before(h.on), h.on));
        let movement = days.zip(change).and_then(|(d, by)| Movement::of(&metric.metric, d, by));
        let under = vec![format!("org under {}", written_text(&row.org))];
        (row.org.clone(), row.name.clone(), under, movement)
    } else if let Some((row, span)) = metric_available::kpi(state).zip(state.kpi.span) {
        let change = row.change().map(Value::as_f64);
        let movement = change.and_then(|by| Movement::of(&row.metric, (span.from, span.to), by));
        (row.metric.clone(), row.zh.clone(), vec![], movement)
    } else {
        return vec![];
    };
    written(state, (&org, &name), conditions, movement)
}

/// The rule editor with these conditions and the movement, if there are any; where a rule cannot say that movement, it is left out,
/// and told.
fn written(
    state: &mut State,
    (org, name): (&str, &str),
    mut conditions: Vec<String>,
    movement: Option<Movement>,
) -> Vec<Effect> {
    let said = movement.and_then(|movement| movement.condition(state));
    let left_out = movement.filter(|_| said.is_none());
    conditions.extend(said);
    if conditions.is_empty() {
        return vec![];
    }
    let text = conditions.join(" and ");
    let mut page = RulePage::new(&free_segment_code(state, org), name, &text, false);
    page.touched = true;
    let effects = rule(state, page);
    if let Some(movement) = left_out {
        movement.say_left_out(state);
    }
    effects
}

fn segment_of_part(state: &mut State, page: &ExplainPage) -> Vec<Effect> {
    let part = chosen::part(state);
    let under_cursor =
        part.filter(|_| page.parts_are_units()).map(|part| (part.name.clone(), part.zh.clone()));
    let unit = under_cursor.or_else(|| page.path.last().cloned());
    let mut conditions: Vec<String> = part.and_then(|part| part.rule.clone()).into_iter().collect();
    if let Some((org, _)) = &unit {
        conditions.push(format!("org under {}", written_text(org)));
    }
    let moved = page.answer.as_ref().zip(part).filter(|_| !conditions.is_empty());
    let movement =
        moved.and_then(|(answer, part)| Movement::seen(page, answer, part.effect.as_f64()));
    let (org, name) = unit.unwrap_or_else(|| (page.metric.clone(), page.names.0.clone()));
    written(state, (&org, &name), conditions, movement)
}

/// The rule editor for those customers whom the sentence above a change names.
pub(super) fn segment_of_sentence(state: &mut State) -> Vec<Effect> {
    let Some(page) = chosen::explain(state) else { return vec![] };
    let Some(told) = &page.headline else { return vec![] };
    let split = page.answer.as_ref().unwrap_or(&told.answer);
    let Some(rule_text) = told.who_over(split).and_then(Who::rule) else { return vec![] };
    let movement = Movement::seen(page, &told.answer, told.answer.change.as_f64());
    let (org, name) = (told.answer.org.clone(), told.org.clone());
    written(state, (&org, &name), vec![rule_text], movement)
}

/// A code that no segment has: `SG-B03`, else `SG-B03-2` and so on.
pub(super) fn free_segment_code(state: &State, org: &str) -> String {
    let org: String = org.chars().filter(|c| !c.is_whitespace()).collect();
    let taken = |code: &str| state.segments.all().iter().any(|s| s.code == code);
    let first = format!("SG-{org}");
    let later = (2..).map(|n| format!("SG-{org}-{n}"));
    std::iter::once(first).chain(later).find(|code| !taken(code)).unwrap_or_default()
}

/// The number after the highest of `ST-014` and the like.
pub(super) fn free_strategy_code(state: &State) -> String {
    template::free_code(state.strategies.all().iter().map(|row| row.text.code.as_str()))
}

/// Opens a strategy form, and asks for the words that its rules and placeholders are read against.
pub(super) fn form(state: &mut State, mut page: FormPage) -> Vec<Effect> {
    page.key = state.free_draft_key(page.key.of, &page.key.form);
    state.pages.push(Page::Form(Box::new(page)));
    state.sample = None;
    if state.session.online() { vec![state.ask(Slot::Words, Request::Words)] } else { vec![] }
}

/// The strategy form with the chosen segment filled in.
pub(super) fn start_strategy(state: &mut State) -> Vec<Effect> {
    let Some(segment) = chosen::segment(state).map(|s| s.code.clone()) else { return vec![] };
    strategy_for(state, &segment)
}

/// The strategy form with this segment filled in.
pub(super) fn strategy_for(state: &mut State, segment: &str) -> Vec<Effect> {
    let page = FormPage::blank(&free_strategy_code(state), segment);
    form(state, page)
}

/// The strategy form for the draft, or for the next version.
pub(super) fn next_version(state: &mut State) -> Vec<Effect> {
    let Some(row) = chosen::strategy(state).cloned() else { return vec![] };
    version_after(state, &row)
}

/// The same for this row.
pub(super) fn version_after(state: &mut State, row: &StrategyRow) -> Vec<Effect> {
    let Some(currency) = state.session.bank.as_ref().map(|bank| bank.currency) else {
        return vec![];
    };
    let page = FormPage::from_text(&row.text, row.version, currency);
    if row.state != StrategyState::Draft {
        state.say(Tone::Info, msg!("console.form.next-version"));
    }
    form(state, page)
}

/// The unfinished form.
pub(super) fn draft(state: &mut State) -> Vec<Effect> {
    if state.drafts.is_empty() {
        return vec![];
    }
    let draft = state.drafts.remove(0);
    let effects = match draft.key.of {
        DraftOf::Segment => {
            let known = state.segments.all().iter().any(|s| s.code == draft.name());
            rule(state, RulePage { known, ..RulePage::from_draft(&draft) })
        }
        DraftOf::Moment => {
            let known = state.moments.all().iter().any(|m| m.code == draft.name());
            rule(state, RulePage { known, ..RulePage::from_draft(&draft) })
        }
        DraftOf::Strategy => form(state, FormPage::from_draft(&draft)),
        DraftOf::Outcome => match OutcomePage::from_draft(&draft) {
            Some(page) => branch::form(state, page),
            // Written by another Baton: nothing of it can be shown.
            None => return vec![Effect::DropDraft(draft.key)],
        },
        DraftOf::Coaching => coaching::form(state, CoachingPage::from_draft(&draft)),
    };
    state.reopened = Some(draft);
    effects
}

/// The plan of the chosen strategy's push.
pub(super) fn plan(state: &mut State) -> Vec<Effect> {
    let Some(code) = chosen::strategy(state).map(|s| s.text.code.clone()) else {
        return vec![];
    };
    planning(state, code, None)
}

/// Shows a plan, or the preview of a wave, as soon as it is made.
pub(super) fn planning(state: &mut State, code: String, preview: Option<i32>) -> Vec<Effect> {
    let request = match preview {
        None => Request::Plan { code: code.clone() },
        Some(wave) => Request::Preview { code: code.clone(), wave },
    };
    let effect = state.ask(Slot::Plan, request);
    state.pages.push(Page::Plan(Box::new(PlanPage::new(code, preview))));
    vec![effect]
}
