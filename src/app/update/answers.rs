//! Answers of the database, taken into the state. Only answers that are still waited for come here.

use chrono::{DateTime, Utc};

use super::{
    alerts, branch, coaching, deliveries, desks, forms, home, jobs, late, leaving, life, looking,
    metrics, moments, overlays, reading, reviews, rules, spoil, strategies, study, test_pushes,
};
use crate::app::action::{Answer, Refusal};
use crate::app::branch::BranchAnswer;
use crate::app::draft::Draft;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::listing::{Freshness, Row as _};
use crate::app::span::Span;
use crate::app::state::session::Link;
use crate::app::state::{Overlay, Page, Pane, PlanStep, State, StrategyPage, Tone};
use crate::domain::coaching::Coaching;
use crate::domain::message::{Key, Message};
use crate::domain::metric::previous_day;
use crate::domain::outcome::OutcomeReport;
use crate::domain::push::PushDone;
use crate::domain::segment::SegmentRow;
use crate::domain::segment::list::UploadReport;
use crate::domain::strategy::StrategyRow;
use crate::msg;

/// Takes an answer, or the refusal of one.
pub(super) fn take(
    state: &mut State,
    slot: Slot,
    result: Result<Answer, Refusal>,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let job = if slot == Slot::Change { state.job.take() } else { None };
    match result {
        Ok(answer) => {
            let (saving, asked) = job.map_or((None, None), |job| (job.saving, job.asked));
            match (answer, asked) {
                (Answer::RuleLate(late), Some(asked)) => late::taken(state, &late, *asked),
                (answer @ Answer::AlertChanged(_), Some(asked)) if alerts::is_new(&asked) => {
                    metrics::changed(state, answer, true)
                }
                (answer, _) => taken(state, slot, answer, saving, now),
            }
        }
        Err(refusal) => {
            if job.as_ref().is_some_and(|job| job.cancelling) && !refusal.offline {
                jobs::unpush(state, Some(&refusal.message));
                state.say(Tone::Info, refusal.message);
                return reading::reload_all(state);
            }
            // A line that is lost is asked for again at once; it says itself when it stands.
            let lost = refusal.offline && state.session.online();
            let reread = reviews::moved(state, &refusal);
            let said = refusal.message.clone();
            refused(state, slot, refusal, now);
            if let Some(saved) = job.as_ref().and_then(|job| job.saving.as_ref()) {
                branch::refused_form(state, saved, &said);
            }
            if let Some(asked) = job.and_then(|job| job.asked)
                && state.overlay.is_none()
            {
                state.overlay = Some(Overlay::Prompt(overlays::again(*asked, said)));
            }
            if lost { vec![Effect::Reconnect] } else { reread }
        }
    }
}

fn fresh(state: &State, now: DateTime<Utc>) -> Freshness {
    match &state.session.bank {
        Some(bank) => Freshness::Fresh(bank.as_of, now),
        None => Freshness::Unknown,
    }
}

fn taken(
    state: &mut State,
    slot: Slot,
    answer: Answer,
    saved: Option<Draft>,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let freshness = fresh(state, now);
    match answer {
        Answer::Session(bank, who) => {
            if !state.kpi.chosen {
                state.kpi.span = Some(Span { from: previous_day(bank.as_of), to: bank.as_of });
            }
            state.session.bank = Some(bank);
            state.session.who = Some(who);
            state.session.refusal = None;
            let mut effects = reading::lists(state);
            effects.extend(reading::pages(state));
            if state.greets {
                effects.push(home::ask(state));
            }
            effects
        }
        Answer::Segments(rows) => {
            state.segments.replace(rows, freshness);
            late::warn(state);
            vec![]
        }
        Answer::Strategies(rows) => {
            state.strategies.replace(rows, freshness);
            vec![]
        }
        Answer::Pushes(rows) => {
            state.pushes.replace(rows, freshness);
            vec![]
        }
        Answer::Dictionary(rows) => {
            state.dictionary.replace(rows, freshness);
            vec![]
        }
        Answer::Moments(rows) => moments::take(state, rows, freshness),
        Answer::Work(rows) => home::take(state, rows, freshness),
        Answer::Push(row) => {
            if let Some(Page::Push(page)) = state.pages.last_mut() {
                page.detail = Some(row);
            }
            vec![]
        }
        Answer::Kpi(rows) => {
            state.kpi.list.replace(rows, freshness);
            vec![]
        }
        Answer::Count(count) => {
            if slot == Slot::Count {
                return rules::counted(state, count);
            }
            if let Some(Page::Segment(page)) = state.pages.last_mut() {
                page.refusal = None;
                page.count = Some(count);
            }
            vec![]
        }
        other => match on_page(state, other, freshness) {
            Ok(effects) => effects,
            Err(change) => changed(state, *change, saved),
        },
    }
}

/// What a page asked for; an answer that is no such thing comes back.
fn on_page(
    state: &mut State,
    answer: Answer,
    freshness: Freshness,
) -> Result<Vec<Effect>, Box<Answer>> {
    match answer {
        Answer::Leaves(counts) => {
            if let Some(page) = rules::page(state) {
                page.leaves = Some((page.editor.text(), counts));
            }
        }
        Answer::SplitBy(grid) => {
            if let Some(page) = rules::page(state)
                && let Some(by) = &page.by
            {
                page.split = Some((page.editor.text(), by.name.clone(), grid));
            }
        }
        Answer::Paused => return Ok(rules::paused(state)),
        Answer::Words(words) => return Ok(rules::words(state, words)),
        Answer::Explained(answer) => {
            if let Some(Page::Explain(page)) = state.pages.last_mut() {
                page.take(answer);
                page.freshness = freshness;
            }
        }
        Answer::Headline(headline) => {
            if let Some(Page::Explain(page)) = state.pages.last_mut() {
                page.headline = Some(*headline);
            }
        }
        Answer::Found(finding) => {
            looking::found(state, *finding, freshness);
        }
        Answer::Plan(plan) => {
            if let Some(Page::Plan(page)) = state.pages.last_mut() {
                page.take(plan, &state.names);
            }
        }
        Answer::Tested(test) => return Ok(test_pushes::changed(state, &test)),
        Answer::Versions(from, to) => strategies::compared(state, &from, &to),
        Answer::Sample(sample) => strategies::sampled(state, sample),
        Answer::Branch(answer @ (BranchAnswer::Tasks(..) | BranchAnswer::Task(_))) => {
            branch::take(state, answer, freshness);
        }
        other => return Err(Box::new(other)),
    }
    Ok(vec![])
}

fn changed(state: &mut State, answer: Answer, saved: Option<Draft>) -> Vec<Effect> {
    match answer {
        Answer::Branch(BranchAnswer::Done(said)) => {
            let mut effects = close_form(state, saved);
            effects.extend(branch::done(state, said));
            effects.extend(reading::pages(state));
            effects
        }
        Answer::Branch(n @ BranchAnswer::WouldReassign { .. }) => branch::counted(state, n),
        Answer::SegmentSaved(row) => {
            let mut effects = close_form(state, saved);
            effects.extend(segment(state, row));
            effects
        }
        Answer::RuleLate(late) => late::shown(state, &late),
        Answer::Frozen(code, snapshot) => study::frozen(state, code, &snapshot),
        Answer::Exported(file, count) => {
            state.say(Tone::Done, exported(file, count));
            vec![]
        }
        Answer::TableSaved(file, rows) => {
            let said = Message::new(msg!("cli.into.done")).with("rows", rows).with("path", file);
            state.say(Tone::Done, said);
            vec![]
        }
        Answer::ListChecked(asked, report, written) => {
            study::checked(state, asked, report, written)
        }
        Answer::Uploaded(code, report, rejects) => uploaded(state, &code, report, rejects),
        Answer::MomentSaved(row) => {
            let mut effects = close_form(state, saved);
            effects.extend(moments::saved(state, row));
            effects
        }
        Answer::Coached(entry) => coached(state, &entry, saved),
        Answer::StrategySaved(row) => {
            let mut effects = close_form(state, saved);
            effects.extend(strategies::with_segment(state, &row.text.segment));
            effects.extend(strategy(state, row, msg!("console.done.strategy")));
            effects
        }
        Answer::StrategyLate(before, theirs) => {
            strategies::late(state, before.as_ref(), &theirs);
            vec![state.ask(Slot::Strategies, Request::Strategies)]
        }
        Answer::Shelved(row) => strategies::shelved(state, &row),
        Answer::TakenUp(said) => desks::taken_up(state, said),
        Answer::Replayed(messages) => deliveries::replayed(state, messages),
        Answer::Submitted(row) => strategy(state, row, msg!("console.done.submitted")),
        living @ (Answer::Approved(_)
        | Answer::SentBack(_)
        | Answer::Braked(_)
        | Answer::BrakedAll(_)
        | Answer::Delegated(_)) => lives(state, living),
        Answer::Pushed(done) => pushed(state, &done),
        Answer::Signed(org) => {
            state.say(Tone::Done, Message::new(msg!("console.done.signed")).with("org", org));
            pushes(state)
        }
        Answer::ReviewClosed(review, currency) => reviews::closed(state, *review, currency),
        Answer::Reported(path) => reviews::reported(state, path),
        Answer::Outcomes(report, reject_file) => {
            state.say(Tone::Done, outcomes(&report, reject_file));
            pushes(state)
        }
        other @ (Answer::Noted(_) | Answer::AlertChanged(_)) => {
            metrics::changed(state, other, false)
        }
        other => moments::changed(state, other),
    }
}

/// What was noted of a unit stands in its list, and its form is done.
fn coached(state: &mut State, entry: &Coaching, saved: Option<Draft>) -> Vec<Effect> {
    let mut effects = close_form(state, saved);
    effects.extend(coaching::changed(state, entry));
    effects
}

/// What was said of a strategy, of all, or in whose name.
fn lives(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Approved(row) if row.life.wants_more() => {
            strategy(state, row, msg!("console.done.first-level"))
        }
        Answer::Approved(row) => strategy(state, row, msg!("console.done.approved")),
        Answer::SentBack(row) => strategy(state, row, msg!("console.done.sent-back")),
        Answer::Braked(row) if row.life.paused.is_some() => {
            strategy(state, row, msg!("console.done.paused"))
        }
        Answer::Braked(row) => strategy(state, row, msg!("console.done.resumed")),
        Answer::BrakedAll(n) => {
            let said = Message::new(msg!("console.done.paused-all")).with("count", n);
            state.say(Tone::Done, said);
            vec![state.ask(Slot::Strategies, Request::Strategies)]
        }
        Answer::Delegated(made) => {
            state.say(Tone::Done, life::delegated(&made));
            vec![]
        }
        _ => vec![],
    }
}

/// What became of the lines of a file of outcomes.
fn outcomes(report: &OutcomeReport, reject_file: Option<String>) -> Message {
    let said = Message::new(msg!("console.done.outcomes"))
        .with("read", report.read)
        .with("accepted", report.accepted)
        .with("duplicate", report.duplicate)
        .with("unknown", report.unknown)
        .with("late", report.late)
        .with("contamination", report.contamination)
        .with("contradictory", report.contradictory)
        .with("rejected", report.rejected);
    match reject_file {
        Some(file) => Message::new(msg!("console.done.outcomes-rejects"))
            .with("taken", said)
            .with("file", file),
        None => said,
    }
}

fn exported(file: String, count: i64) -> Message {
    Message::new(msg!("console.done.exported")).with("count", count).with("file", file)
}

/// A list was taken: what became of its lines adds up, and its segment has another version.
fn uploaded(
    state: &mut State,
    code: &str,
    report: UploadReport,
    rejects: Option<String>,
) -> Vec<Effect> {
    let said = Message::new(msg!("console.done.uploaded"))
        .with("code", code)
        .with("version", report.version)
        .with("read", report.read)
        .with("matched", report.matched)
        .with("unmatched", report.unmatched)
        .with("doubled", report.doubled);
    let said = match rejects {
        Some(file) => Message::new(msg!("console.done.outcomes-rejects"))
            .with("taken", said)
            .with("file", file),
        None => said,
    };
    state.say(Tone::Done, said);
    vec![state.ask(Slot::Segments, Request::Segments)]
}

/// The pushes have changed, and with them the one that is open.
fn pushes(state: &mut State) -> Vec<Effect> {
    let mut effects = vec![state.ask(Slot::Pushes, Request::Pushes)];
    effects.extend(reading::pages(state));
    effects
}

/// The form was saved: it leaves, and its draft goes. What was typed into it since is not saved and stays.
fn close_form(state: &mut State, saved: Option<Draft>) -> Vec<Effect> {
    let Some(saved) = saved else { return vec![] };
    let now = forms::on_screen(state).filter(|form| form.key == saved.key);
    let laid_aside = state.drafts.iter().find(|draft| draft.key == saved.key);
    if now.as_ref().or(laid_aside).is_some_and(|form| *form != saved) {
        return vec![];
    }
    if now.is_some() {
        state.pages.pop();
    }
    state.drafts.retain(|draft| draft.key != saved.key);
    vec![Effect::DropDraft(saved.key)]
}

/// Shows a segment as it now stands.
fn segment(state: &mut State, row: SegmentRow) -> Vec<Effect> {
    let said = Message::new(msg!("console.done.segment"))
        .with("code", row.code.as_str())
        .with("version", row.version);
    let mut rows: Vec<_> = state.segments.all().to_vec();
    rows.retain(|s| s.code != row.code);
    let code = row.code.clone();
    rows.push(row);
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    let freshness = state.segments.freshness;
    state.segments.replace(rows, freshness);
    let mut effects = vec![];
    if forms::on_screen(state).is_none() {
        effects.extend(leaving::close_pages(state));
        state.focus = Pane::Segments;
        state.segments.select(&code);
    }
    state.say(Tone::Done, said);
    effects.push(state.ask(Slot::Segments, Request::Segments));
    effects.extend(study::saved(state, &code));
    effects
}

/// Shows a strategy as it now stands.
fn strategy(state: &mut State, row: StrategyRow, said: Key) -> Vec<Effect> {
    let (code, version, key) = (row.text.code.clone(), row.version, row.key());
    let said = Message::new(said).with("code", code.as_str()).with("version", version);
    let mut rows: Vec<_> = state.strategies.all().to_vec();
    rows.retain(|s| s.key() != key);
    rows.push(row);
    rows.sort_by(|a, b| a.text.code.cmp(&b.text.code).then(b.version.cmp(&a.version)));
    let freshness = state.strategies.freshness;
    state.strategies.replace(rows, freshness);
    state.strategies.select(&key);
    let page = StrategyPage { code, version, top: 0 };
    let shown = matches!(state.page(), Some(Page::Strategy(on_screen)) if on_screen.code == page.code
        && on_screen.version == version);
    let mut effects = vec![];
    if !shown && forms::on_screen(state).is_none() {
        effects.extend(leaving::close_pages(state));
        state.focus = Pane::Strategies;
        state.pages.push(Page::Strategy(page));
    }
    state.say(Tone::Done, said);
    effects.push(state.ask(Slot::Strategies, Request::Strategies));
    effects
}

fn pushed(state: &mut State, done: &PushDone) -> Vec<Effect> {
    for page in &mut state.pages {
        if let Page::Plan(page) = page
            && let PlanStep::Pushing(plan) = &page.step
        {
            page.step = PlanStep::Done(plan.clone(), done.clone());
        }
    }
    let said = Message::new(msg!("console.done.pushed"))
        .with("orders", done.orders)
        .with("tasks", done.tasks)
        .with("control", done.control);
    state.say(Tone::Done, said);
    vec![state.ask(Slot::Pushes, Request::Pushes), state.ask(Slot::Strategies, Request::Strategies)]
}

fn refused(state: &mut State, slot: Slot, mut refusal: Refusal, now: DateTime<Utc>) {
    if refusal.offline {
        match &state.session.link {
            // That there is no line says less than why it broke, and how it comes back.
            Link::Offline(_, reason)
                if refusal.message.key == msg!("console.reason.not-connected") =>
            {
                refusal.message = reason.clone();
            }
            // What is on screen is old from here on: the line's own word for it may be the same, and is no news then.
            _ => {
                state.session.link = Link::Offline(now, refusal.message.clone());
                spoil(state);
            }
        }
    }
    match (slot, state.pages.last_mut()) {
        (Slot::Count | Slot::Leaves | Slot::By | Slot::Words, Some(Page::Rule(page))) => {
            rules::refused(page, slot, refusal);
        }
        (Slot::Split, Some(Page::Segment(page))) => page.refusal = Some(refusal),
        (Slot::Study, _) => looking::refused(state, refusal),
        (Slot::Tasks | Slot::Task, _) => branch::refused(state, slot, refusal),
        (Slot::Plan, Some(Page::Plan(page))) => page.step = PlanStep::Refused(refusal),
        (Slot::Explain, Some(Page::Explain(page))) => {
            page.freshness.spoil();
            page.refusal = Some(refusal);
        }
        // The page stands without the sentence; what is wrong is said where the change itself is asked for.
        (Slot::Headline, _) => {}
        (Slot::Change, page) => {
            if let Some(Page::Rule(page)) = page
                && refusal.place.is_some()
            {
                page.refusal = Some(refusal.clone());
            }
            strategies::refused_part(state, &refusal.message);
            jobs::unpush(state, Some(&refusal.message));
            state.say_refused(refusal);
        }
        (slot, _) => {
            match slot {
                Slot::Session => state.session.refusal = Some(refusal.message.clone()),
                Slot::Segments => state.segments.freshness.spoil(),
                Slot::Strategies => state.strategies.freshness.spoil(),
                Slot::Pushes => state.pushes.freshness.spoil(),
                Slot::Kpi => state.kpi.list.freshness.spoil(),
                Slot::Dictionary => state.dictionary.freshness.spoil(),
                Slot::Moments => state.moments.freshness.spoil(),
                Slot::Work => state.work.freshness.spoil(),
                _ => {}
            }
            state.say_refused(refusal);
        }
    }
}
