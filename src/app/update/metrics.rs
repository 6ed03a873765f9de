//! Metrics in the console: the heat grid, findings, alerts, and the strategies that touch a unit's customers.

use crate::app::command::{chosen, metric_available as can, review_behind};
use chrono::{DateTime, Utc};

use super::looking::{ask, look, page};
use super::prompts::prompt;
use super::{alerts, explain, jobs, open, reviews};
use crate::app::action::Answer;
use crate::app::effect::{Effect, Request};
use crate::app::state::names::name;
use crate::app::state::rule::RulePage;
use crate::app::state::{Overlay, Prompt, PromptFor, State, Tone};
use crate::app::study::{Finding, Study};
use crate::domain::alert::AlertKind;
use crate::domain::decomposition::{By, Effect as Part, Explanation};
use crate::domain::finding::seen::{Seen, Split};
use crate::domain::finding::{NewFinding, SizeUnit};
use crate::domain::message::{Arg, Message};
use crate::domain::metric::compare::{Compare, Taken};
use crate::domain::percent::signed_percent;
use crate::msg;

/// The kinds of units that are peers, in the order in which they are turned over.
const KINDS: [&str; 3] = ["branch", "subbranch", "center"];

/// The heat grid of the whole bank.
pub(super) fn heat(state: &mut State) -> Vec<Effect> {
    look(state, Study::Heat { org: None, kind: None, compare: Compare::Prev })
}

/// What a metric is: its value beside others, its plans and its definition.
pub(super) fn about(state: &mut State) -> Vec<Effect> {
    let Some((metric, org, on)) = can::metric(state) else { return vec![] };
    look(state, Study::Metric { metric, org, on })
}

/// The findings that are open.
pub(super) fn findings(state: &mut State) -> Vec<Effect> {
    look(state, Study::Noted { all: false })
}

/// The alerts.
pub(super) fn alerts(state: &mut State) -> Vec<Effect> {
    look(state, Study::Alerts)
}

/// Those that are closed, too, or not.
pub(super) fn all_findings(state: &mut State) -> Vec<Effect> {
    if let Some(page) = page(state)
        && let Study::Noted { all } = &mut page.study
    {
        *all = !*all;
        page.row = 0;
    }
    ask(state).into_iter().collect()
}

/// The next kind of units.
pub(super) fn kind(state: &mut State) -> Vec<Effect> {
    let shown = can::heat(state).map(|heat| heat.kind.clone());
    if let Some(page) = page(state)
        && let Study::Heat { kind, .. } = &mut page.study
    {
        let at = KINDS.iter().position(|one| Some(*one) == shown.as_deref());
        let next = at.map_or(0, |at| (at + 1) % KINDS.len());
        *kind = Some(KINDS[next].to_owned());
        page.row = 0;
    }
    ask(state).into_iter().collect()
}

/// What the values of the tree or the grid are held against, one after the other.
pub(super) fn compare(state: &mut State) -> Vec<Effect> {
    if state.pages.is_empty() {
        // What it needs is asked for when it is not there.
        state.kpi.compare = state.kpi.compare.next();
        return vec![];
    }
    let Some(page) = page(state) else { return explain::compare(state) };
    if let Study::Heat { compare, .. } = &mut page.study {
        *compare = match compare {
            Compare::Prev => Compare::Yoy,
            Compare::Yoy => Compare::Ytd,
            Compare::Ytd | Compare::Plan => Compare::Prev,
        };
    }
    ask(state).into_iter().collect()
}

/// Asks for what is to stand beside the values of the tree and was not asked for yet: the screen has become wider, or another
/// comparison was chosen.
pub(super) fn widen(state: &mut State) -> Option<Effect> {
    let span = state.kpi.span.filter(|_| state.kpi_beside() && !state.kpi.beside)?;
    state.session.online().then(|| state.ask_kpi(span))
}

/// Sorts the grid by the column under the cursor: the lowest first, and again the highest first.
pub(super) fn sort(state: &mut State) -> Vec<Effect> {
    if let Some(page) = page(state)
        && let Some(Finding::Heat(heat)) = &page.finding
        && let Some(metric) = heat.metrics.get(page.part).map(|metric| metric.metric.clone())
    {
        let turned = page.sorted.as_ref().is_some_and(|(by, high)| *by == metric && !*high);
        page.sorted = Some((metric, turned));
        page.row = 0;
        page.put_in_order();
    }
    vec![]
}

/// The column beside.
pub(super) fn beside(state: &mut State, by: isize) -> Vec<Effect> {
    if let Some(page) = page(state) {
        page.part = page.part.saturating_add_signed(by).min(page.parts().saturating_sub(1));
    }
    vec![]
}

/// Opens what is under the cursor of one of these pages.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if let Some((row, metric, _)) = can::heat_cell(state) {
        let (way, metric) = (row.way.clone(), metric.metric.clone());
        return explain::of(state, &metric, way, None);
    }
    if let Some((strategy, of)) = review_behind::of_cursor(state) {
        return look(state, Study::Review { strategy, of });
    }
    if let Some(row) = can::noted(state) {
        let unit = (row.org.clone(), row.org_name.clone());
        let days = row.from.map(|from| (from, row.day));
        return match (row.metric.clone(), row.rule.clone(), row.seen.clone()) {
            (Some(metric), _, Some(seen)) => {
                let way = row.way.clone();
                explain::again(state, &metric, way, seen)
            }
            // The whole bank is where every way begins, and no step of it.
            (Some(metric), ..) => explain::of(state, &metric, row.way.clone(), days),
            (None, Some(rule), _) => edit(state, &unit.0, &rule),
            (None, None, _) => vec![],
        };
    }
    if let Some(row) = can::alert_row(state) {
        let (code, metric) = (row.text.code.clone(), row.text.metric.clone());
        let compare = match row.text.kind {
            AlertKind::Change(compare) => Some(compare),
            AlertKind::Pace => Some(Compare::Plan),
            AlertKind::Threshold | AlertKind::Outlier { .. } => None,
        };
        let whole = row.text.units == "hq";
        return look(state, Study::AlertHits { code, metric, compare, whole });
    }
    let Some(page) = page(state) else { return vec![] };
    match (&page.study, &page.finding) {
        (Study::AlertHits { metric, compare, whole, .. }, Some(Finding::AlertHits(found))) => {
            let Some(hit) = found.hits.get(page.row) else { return vec![] };
            let (metric, compare) = (metric.clone(), *compare);
            let way = if *whole { vec![] } else { hit.way.clone() };
            explain::held(state, &metric, way, compare)
        }
        (_, Some(Finding::Touching(found))) => {
            let Some(row) = found.get(page.row) else { return vec![] };
            let key = format!("{} v{}", row.strategy, row.version);
            if !state.strategies.select(&key) {
                state.say(Tone::Refused, msg!("console.reason.nothing-here"));
                return vec![];
            }
            state.focus = crate::app::state::Pane::Strategies;
            open::strategy(state);
            vec![]
        }
        _ => vec![],
    }
}

/// The rule editor with a rule.
fn edit(state: &mut State, stem: &str, rule: &str) -> Vec<Effect> {
    let code = open::free_segment_code(state, stem);
    let mut page = RulePage::new(&code, "", rule, false);
    page.touched = true;
    open::rule(state, page)
}

/// The strategies whose pushes have orders for the unit under the cursor, or for one below it; on a group's row those whose lists
/// hold customers of the group there.
pub(super) fn touching(state: &mut State) -> Vec<Effect> {
    let (org, name) = unit(state);
    let group = chosen::explain(state).and_then(|_| chosen::part(state)?.rule.clone());
    look(state, Study::Touching { org, name, rule: group })
}

/// The unit under the cursor: that of a part, of a cell, the one that was drilled into; none for the whole bank.
fn unit(state: &State) -> (Option<String>, String) {
    let bank = || state.session.bank.as_ref().map_or(String::new(), |bank| bank.name.clone());
    if let Some((row, ..)) = can::heat_cell(state) {
        return (Some(row.org.clone()), row.name.clone());
    }
    let Some(page) = chosen::explain(state) else { return (None, bank()) };
    let part = chosen::part(state).filter(|_| page.parts_are_units());
    let found = part.map(|part| (part.name.clone(), part.zh.clone()));
    match found.or_else(|| page.path.last().cloned()) {
        Some((org, name)) => (Some(org), name),
        None => (None, bank()),
    }
}

/// What a row had before, and by how much that moved: its own, where the row is a unit or a group of customers; what a factor moved is
/// a part of the whole.
fn ends(answer: &Explanation, part: &Part) -> (f64, f64) {
    let own = part.from.zip(part.to).filter(|_| answer.by != By::Factor);
    let whole = (answer.from.as_f64(), part.effect.as_f64());
    own.map_or(whole, |(from, to)| (from.as_f64(), to.since(from).as_f64()))
}

/// The factor under the cursor, where a change is split over factors, by its name.
fn factor(state: &State) -> Option<&str> {
    let page = chosen::explain(state)?;
    let of_factors = page.answer.as_ref().is_some_and(|answer| answer.by == By::Factor);
    let part = chosen::part(state).filter(|_| of_factors)?;
    Some(name(&state.names, &part.name, (&part.zh, &part.en)))
}

/// The metric of the row under the cursor by its name.
fn metric_name<'a>(state: &'a State, code: &'a str) -> &'a str {
    let (zh, en) = if let Some(page) = chosen::explain(state) {
        (page.names.0.as_str(), page.names.1.as_str())
    } else if let Some((_, metric, _)) = can::heat_cell(state) {
        (metric.zh.as_str(), metric.en.as_str())
    } else {
        can::kpi(state).map_or(("", ""), |row| (row.zh.as_str(), row.en.as_str()))
    };
    name(&state.names, code, (zh, en))
}

/// The group of customers under the cursor in words, where its attribute's values have any; else its rule.
fn group_name<'a>(state: &'a State, rule: &'a str) -> &'a str {
    let Some(part) = chosen::part(state) else { return rule };
    let called = chosen::explain(state).and_then(|page| page.answer.as_ref()?.called.as_ref());
    // Who has a flag is called by it; who has not has no name.
    let has = part.name == rule && !rule.starts_with("not ") && !rule.ends_with(" is null");
    match called {
        Some(Arg::Label { zh, en }) if has => name(&state.names, rule, (zh, en)),
        _ => name(&state.names, rule, (&part.zh, &part.en)),
    }
}

/// What a finding of the row under the cursor would say; its text is still to be written.
fn finding(state: &State) -> Option<(NewFinding, String)> {
    if let Some(of_review) = reviews::finding(state) {
        return Some(of_review);
    }
    let (org, whose) = unit(state);
    // The whole bank is its root, whose code the answer has.
    let root = || chosen::explain(state)?.answer.as_ref().map(|answer| answer.org.clone());
    let (metric, change, share, money, seen, rule) = if let Some(page) = chosen::explain(state) {
        let (answer, part) = (page.answer.as_ref()?, chosen::part(state)?);
        let (base, moved) = ends(answer, part);
        let share = (base > 0.0).then(|| moved / base);
        let money = answer.unit.as_deref() == Some("money");
        let (by, method) = (answer.by.clone(), page.method);
        let split = Split { by, method, part: Some(part.name.clone()) };
        let seen = Seen::of(answer, page.when(), Some(split));
        (answer.metric.clone(), part.effect, share, money, seen, part.rule.clone())
    } else if let Some((_, metric, cell)) = can::heat_cell(state) {
        let change = cell.value?.since(cell.before?);
        let base = cell.before?.as_f64();
        let share = (base > 0.0).then(|| change.as_f64() / base);
        let money = metric.unit.as_deref() == Some("money");
        let heat = can::heat(state)?;
        let seen = Seen {
            compare: Some((heat.compare, heat.on)),
            from: metric.from,
            to: metric.to,
            at: org.clone(),
            split: None,
        };
        (metric.metric.clone(), change, share, money, seen, None)
    } else {
        let (row, span) = (can::kpi(state)?, state.kpi.span?);
        let (from, to) = (Taken::on(span.from), Taken::on(span.to));
        let seen = Seen { compare: None, from, to, at: None, split: None };
        (row.metric.clone(), row.change()?, row.change_share(), row.is_money(), seen, None)
    };
    let (unit, size) = SizeUnit::of(change, money);
    let share = share.map_or_else(String::new, |share| format!(" {}", signed_percent(share)));
    let group = rule.as_ref().map_or_else(String::new, |r| format!(" {}", group_name(state, r)));
    let factor = factor(state).map_or_else(String::new, |factor| format!(" ({factor})"));
    let text = format!("{whose} {}{factor}{share}{group}", metric_name(state, &metric));
    let new = NewFinding {
        metric: Some(metric),
        org: org.or_else(root),
        rule,
        from_day: Some(seen.from.end),
        day: seen.to.end,
        size,
        unit,
        text: text.clone(),
        owner: None,
        seen: Some(seen),
    };
    Some((new, text))
}

/// Asks what was seen, with a proposal of what the row says.
pub(super) fn note(state: &mut State) -> Vec<Effect> {
    let Some((_, text)) = finding(state) else { return vec![] };
    prompt(state, (PromptFor::Finding, msg!("console.prompt.finding")), &text, vec![])
}

/// Asks what came of a finding.
pub(super) fn close(state: &mut State) -> Vec<Effect> {
    prompt(state, (PromptFor::Closing, msg!("console.prompt.closing")), "", vec![])
}

/// Asks until when an alert is to be silent.
pub(super) fn mute(state: &mut State) -> Vec<Effect> {
    let until = can::alert_row(state).and_then(|row| row.muted_until);
    let text = until.map_or_else(String::new, |day| day.to_string());
    prompt(state, (PromptFor::Mute, msg!("console.prompt.mute")), &text, vec![])
}

/// Switches the alert under the cursor.
pub(super) fn switch(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(row) = can::alert_row(state) else { return vec![] };
    let request = Request::SwitchAlert { code: row.text.code.clone(), on: !row.on };
    let title = Message::new(msg!("console.job.alert")).with("code", row.text.code.as_str());
    jobs::begin(state, title, request, now)
}

/// Takes the line that a prompt of these pages asked for.
pub(super) fn answer(
    state: &mut State,
    mut prompt: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    match prompt.of {
        PromptFor::Finding => {
            let Some((mut new, _)) = finding(state) else { return vec![] };
            text.clone_into(&mut new.text);
            let title = msg!("console.job.note").into();
            jobs::begin(state, title, Request::Note(Box::new(new)), now)
        }
        PromptFor::Closing => {
            let Some(finding) = can::noted(state).map(|row| row.finding) else { return vec![] };
            let request = Request::CloseFinding { finding, text: text.to_owned() };
            jobs::begin(state, msg!("console.job.close-finding").into(), request, now)
        }
        PromptFor::Mute => {
            let Some(code) = can::alert_row(state).map(|row| row.text.code.clone()) else {
                return vec![];
            };
            let until = (!text.is_empty()).then(|| text.parse());
            let Ok(until) = until.transpose() else {
                prompt.error = Some(msg!("console.prompt.bad-day").into());
                state.overlay = Some(Overlay::Prompt(prompt));
                return vec![];
            };
            let title = Message::new(msg!("console.job.alert")).with("code", code.as_str());
            jobs::begin(state, title, Request::MuteAlert { code, until }, now)
        }
        PromptFor::ExplainBy => explain::split(state, prompt, text),
        PromptFor::AlertName | PromptFor::AlertText | PromptFor::AlertOwner => {
            alerts::answer(state, prompt, text, now)
        }
        _ => vec![],
    }
}

/// Something of these was changed, or is `fresh`: it is said, and what shows it is read anew.
pub(super) fn changed(state: &mut State, answer: Answer, fresh: bool) -> Vec<Effect> {
    match answer {
        Answer::Noted(row) => {
            let key =
                if row.open { msg!("console.done.noted") } else { msg!("console.done.closed") };
            state.say(Tone::Done, Message::new(key).with("finding", row.finding));
        }
        Answer::AlertChanged(row) => {
            let done = Message::new(if fresh {
                msg!("console.done.alert-new")
            } else {
                msg!("console.done.alert")
            });
            state.say(Tone::Done, done.with("code", row.text.code.as_str()));
        }
        _ => return vec![],
    }
    let shows =
        page(state).is_some_and(|page| matches!(page.study, Study::Noted { .. } | Study::Alerts));
    let mut effects = vec![super::home::ask(state)];
    if shows {
        effects.extend(ask(state));
    }
    effects
}
