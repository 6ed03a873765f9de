//! The page of a review: come to from a push or a strategy, the verdict and its words, the report.

use crate::app::command::{CommandId, chosen, review_available as can};
use chrono::{DateTime, Utc};

use super::looking::{ask, look, page};
use super::{jobs, open, reading};
use crate::app::effect::{Effect, Request};
use crate::app::field::Field;
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::state::{Confirm, Overlay, Prompt, PromptFor, State, Tone};
use crate::app::study::{Finding, Reviewed, Study};
use crate::domain::finding::{NewFinding, SizeUnit};
use crate::domain::message::{Key, Message};
use crate::domain::metric::Value;
use crate::domain::money::Currency;
use crate::domain::review::{Review, Verdict};
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
    let effect = review.itt.map(|itt| itt.estimate);
    let points = effect.map_or_else(String::new, |e| format!(" {:+.1} pp", e * 100.0));
    let text = format!("{}{push}{points}", review.strategy);
    let new = NewFinding {
        metric: None,
        org: None,
        rule: segment.map(|code| format!("segment({})", written_text(&code))),
        from_day: Some(review.days.pushed_on),
        day: review.days.as_of,
        size: Value::Number(effect.unwrap_or_default() * 1e6).rounded(),
        unit: SizeUnit::Points,
        text: text.clone(),
        owner: None,
        seen: None,
    };
    Some((new, text))
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

/// Takes the line that a prompt of a review asked for.
pub(super) fn answer(
    state: &mut State,
    prompted: &Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let Some(review) = chosen::review(state) else { return vec![] };
    let (Some(push), broken) = (review.push, review.broken()) else { return vec![] };
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
            let despite = verdict == Verdict::Expand && !broken.is_empty();
            let key = if despite {
                msg!("review.ask.verdict-despite")
            } else {
                msg!("review.ask.verdict")
            };
            let question = Message::new(key)
                .with("push", push.to_string())
                .with("verdict", verdict_name(verdict))
                .with("names", broken.join(", "));
            let title = Message::new(msg!("review.job.verdict")).with("push", push.to_string());
            let request = Request::CloseReview { push, verdict, text: text.to_owned(), despite };
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
