//! The page of a review: come to from a push or a strategy, the verdict and its words, the report.

use crate::app::command::{CommandId, chosen, review_available as can};
use chrono::{DateTime, Utc};

use super::looking::{ask, look, page};
use super::{jobs, open, reading};
use crate::app::action::Refusal;
use crate::app::effect::{Effect, Request};
use crate::app::field::Field;
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::state::{Confirm, Overlay, Prompt, PromptFor, State, Tone};
use crate::app::study::{Finding, Reviewed, Study};
use crate::domain::finding::{NewFinding, SizeUnit};
use crate::domain::id::PushId;
use crate::domain::message::{Key, Message};
use crate::domain::metric::Value;
use crate::domain::money::Currency;
use crate::domain::percent::signed;
use crate::domain::review::{Knowing, LEAST_ARM, Review, Verdict};
use crate::domain::rule::{Called, written_text};
use crate::msg;

/// The review that this place leads to.
pub(super) fn show(state: &mut State) -> Vec<Effect> {
    let Some((strategy, of)) = can::to_review(state) else { return vec![] };
    look(state, Study::Review { strategy, of })
}

/// What a finding of the review on screen would say: its effect on those in the strategy's segment.
pub(super) fn finding(state: &State) -> Option<(NewFinding, String)> {
    let review = chosen::review(state)?;
    let segment = chosen::strategy_reviewed(state).map(|row| row.text.segment.clone());
    let push = review.push.map_or_else(String::new, |push| format!(" #{push}"));
    let points = review.itt.map_or_else(String::new, |itt| {
        let points = signed(itt.estimate * 100.0, 1);
        format!(" {} pp", if points == "-0.0" { "+0.0" } else { points.as_str() })
    });
    let (unit, size) = size(review);
    let text = format!("{}{push}{points}", review.strategy);
    let new = NewFinding {
        metric: None,
        org: None,
        rule: segment.map(|code| format!("segment({})", written_text(&code))),
        from_day: Some(review.days.pushed_on),
        day: review.days.as_of,
        size,
        unit,
        text: text.clone(),
        owner: None,
        seen: None,
    };
    Some((new, text))
}

/// How large that is: what was declared and measured, which may be nothing.
fn size(review: &Review) -> (SizeUnit, i64) {
    if let Some(itt) = review.itt {
        return (SizeUnit::Points, Value::Number(itt.estimate * 1e6).rounded());
    }
    let balance = review.balance.as_ref().filter(|one| one.money && one.wanted.is_none());
    match balance.and_then(|balance| balance.cuped.or(balance.raw)) {
        Some(effect) => (SizeUnit::Money, Value::Number(effect.estimate).rounded()),
        None => (SizeUnit::Unmeasured, 0),
    }
}

/// The form for the next version of the strategy that was reviewed, from its newest text.
pub(super) fn next_version(state: &mut State) -> Vec<Effect> {
    let Some(review) = chosen::review(state) else { return vec![] };
    let newest = state.strategies.all().iter().filter(|row| row.text.code == review.strategy);
    let Some(row) = newest.max_by_key(|row| row.version).cloned() else { return vec![] };
    open::version_after(state, &row)
}

/// Asks how much of the strategy is to be reviewed: all of it, a wave, or a push.
pub(super) fn ask_which(state: &mut State) -> Vec<Effect> {
    let Some(code) = can::reviewed_code(state).map(str::to_owned) else { return vec![] };
    let pushes: Vec<_> =
        state.pushes.all().iter().filter(|row| row.strategy == code).cloned().collect();
    let mut waves: Vec<i32> = pushes.iter().map(|row| row.wave).collect();
    waves.sort_unstable();
    waves.dedup();
    let row = |of, code: String, day, pushes, words: String| {
        let picked = Picked::Review { of, day, pushes };
        (PickRow { picked, code, called: Called::Nothing, marked: false }, words)
    };
    let mut rows =
        vec![row(Reviewed::Strategy, code.clone(), None, pushes.len(), format!("{code} all 全部"))];
    rows.extend(waves.into_iter().map(|wave| {
        let count = pushes.iter().filter(|row| row.wave == wave).count();
        row(Reviewed::Wave(wave), wave.to_string(), None, count, format!("wave 波 {wave}"))
    }));
    rows.extend(pushes.iter().map(|push| {
        let (code, words) = (format!("#{}", push.push), format!("push 下发 {}", push.as_of));
        let words = format!("{code} {words}");
        row(Reviewed::Push(push.push), code, Some(push.as_of), 1, words)
    }));
    let picker = Picker::new(PickFor::Reviewed, PickStep::Reviewed, rows);
    state.overlay = Some(Overlay::Pick(Box::new(picker)));
    vec![]
}

/// Reviews what was chosen.
pub(super) fn picked(state: &mut State, picker: &Picker) -> Vec<Effect> {
    let Some(Picked::Review { of: chosen, .. }) = picker.chosen().map(|row| row.picked.clone())
    else {
        return vec![];
    };
    let Some(page) = page(state) else { return vec![] };
    let Study::Review { of, .. } = &mut page.study else { return vec![] };
    *of = chosen;
    page.finding = None;
    page.row = 0;
    ask(state).into_iter().collect()
}

fn prompt(
    state: &mut State,
    of: PromptFor,
    title: Key,
    text: &str,
    carried: Vec<String>,
    error: Option<Message>,
) -> Vec<Effect> {
    let field = Field::new(text);
    state.overlay = Some(Overlay::Prompt(Prompt { of, title, field, carried, error }));
    vec![]
}

/// Asks for the verdict; its words come after.
pub(super) fn ask_verdict(state: &mut State) -> Vec<Effect> {
    prompt(state, PromptFor::Verdict, msg!("review.prompt.verdict"), "", vec![], None)
}

/// Asks for the report's file.
pub(super) fn ask_report(state: &mut State) -> Vec<Effect> {
    let Some(push) = chosen::review(state).and_then(|review| review.push) else { return vec![] };
    let file = format!("review-{push}.md");
    prompt(state, PromptFor::Report, msg!("review.prompt.report"), &file, vec![], None)
}

/// A verdict as people write it.
fn verdict_of(word: &str) -> Option<Verdict> {
    Some(match word.to_lowercase().as_str() {
        "expand" | "e" | "扩大" => Verdict::Expand,
        "adjust" | "a" | "调整" => Verdict::Adjust,
        "stop" | "s" | "停止" => Verdict::Stop,
        _ => return None,
    })
}

fn verdict_name(verdict: Verdict) -> Key {
    match verdict {
        Verdict::Expand => msg!("review.verdict.expand"),
        Verdict::Adjust => msg!("review.verdict.adjust"),
        Verdict::Stop => msg!("review.verdict.stop"),
    }
}

/// Whether it is meant, with what the verdict is given in spite of: the yes covers what the question names and nothing else.
fn question(push: PushId, verdict: Verdict, knowing: &Knowing, review: &Review) -> Message {
    // Of what is not measured at all nobody asks how many there are.
    let key = match (knowing.guards.is_empty(), knowing.unmeasured, knowing.small) {
        (true, false, false) => msg!("review.ask.verdict"),
        (false, false, false) => msg!("review.ask.verdict-despite"),
        (true, true, _) => msg!("review.ask.verdict-unmeasured"),
        (false, true, _) => msg!("review.ask.verdict-both"),
        (true, false, true) => msg!("review.ask.verdict-small"),
        (false, false, true) => msg!("review.ask.verdict-small-despite"),
    };
    let reason = review.blind(verdict).unwrap_or(review.standing).clause();
    Message::new(key)
        .with("push", push.to_string())
        .with("verdict", verdict_name(verdict))
        .with("names", Message::list(&knowing.guards))
        .with("reason", reason)
        .with("customers", review.small_arm().unwrap_or_default().to_string())
        .with("least", LEAST_ARM.to_string())
}

/// Takes the line that a prompt of a review asked for.
pub(super) fn answer(
    state: &mut State,
    prompted: &Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let Some(review) = chosen::review(state) else { return vec![] };
    let (Some(push), review) = (review.push, review.clone()) else { return vec![] };
    if text.is_empty() && prompted.of == PromptFor::VerdictText {
        // Nobody closes a review without a word; the verdict that was chosen is kept.
        let (title, carried) = (prompted.title, prompted.carried.clone());
        let error = Some(msg!("review.remark").into());
        return prompt(state, PromptFor::VerdictText, title, "", carried, error);
    }
    if text.is_empty() {
        return vec![];
    }
    match prompted.of {
        PromptFor::Verdict => {
            let Some(verdict) = verdict_of(text) else {
                let (title, error) = (prompted.title, msg!("review.prompt.no-verdict").into());
                return prompt(state, PromptFor::Verdict, title, text, vec![], Some(error));
            };
            let carried = vec![verdict.code().to_owned()];
            let title = msg!("review.prompt.text");
            prompt(state, PromptFor::VerdictText, title, "", carried, None)
        }
        PromptFor::VerdictText => {
            let word = prompted.carried.first().map(String::as_str).unwrap_or_default();
            let Some(verdict) = Verdict::from_code(word) else { return vec![] };
            let knowing = review.in_spite(verdict);
            let question = question(push, verdict, &knowing, &review);
            let title = Message::new(msg!("review.job.verdict")).with("push", push.to_string());
            let request = Request::CloseReview { push, verdict, text: text.to_owned(), knowing };
            let then = Some(Box::new((request, title)));
            let command = CommandId::Verdict;
            state.overlay = Some(Overlay::Confirm(Confirm { command, question, then }));
            vec![]
        }
        _ => {
            let title = Message::new(msg!("review.job.report")).with("path", text);
            jobs::begin(state, title, Request::Report { push, path: text.to_owned() }, now)
        }
    }
}

/// A verdict was given: the page shows the review as it is kept, and the lists say so.
pub(super) fn closed(state: &mut State, review: Review, currency: Currency) -> Vec<Effect> {
    let verdict = review.verdict.map_or(msg!("review.verdict.adjust"), verdict_name);
    let said = Message::new(msg!("review.closed"))
        .with("push", review.push.map(|push| push.to_string()).unwrap_or_default())
        .with("verdict", verdict);
    if let Some(page) = page(state)
        && let Study::Review { of: Reviewed::Push(push), .. } = &page.study
        && review.push == Some(*push)
    {
        page.finding = Some(Finding::Review(Box::new(review), currency));
    }
    state.say(Tone::Done, said);
    reading::lists(state)
}

/// The report lies in its file.
pub(super) fn reported(state: &mut State, path: String) -> Vec<Effect> {
    state.say(Tone::Done, Message::new(msg!("review.done.report")).with("file", path));
    vec![]
}

/// The figures that a verdict was to be given on have moved: the page reads them anew, so that the next question is of those.
pub(super) fn moved(state: &mut State, refusal: &Refusal) -> Vec<Effect> {
    let moved = [msg!("review.guards-moved"), msg!("review.guards-mended")];
    let here = page(state).is_some_and(|page| matches!(page.study, Study::Review { .. }));
    if here && moved.contains(&refusal.message.key) {
        return ask(state).into_iter().collect();
    }
    vec![]
}
