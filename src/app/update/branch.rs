//! The branch side: tasks of a push, one task, what came of it; and what the mid-office does with orders that are out.

use crate::app::command::{CommandId as Id, branch_available as can, chosen};
use chrono::{DateTime, Utc};

use super::prompts::prompt;
use super::{jobs, referral};
use crate::app::action::Refusal;
use crate::app::branch::{BranchAnswer, BranchAsk};
use crate::app::draft::Draft;
use crate::app::effect::{Effect, Request, Slot};
use crate::app::listing::Freshness;
use crate::app::state::branch::{LABELS, OutcomePage, TaskPage, TasksPage};
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::state::{Confirm, Overlay, Page, Prompt, PromptFor, State, Tone};
use crate::domain::id::PushId;
use crate::domain::message::{Key, Message};
use crate::domain::rule::Called;
use crate::domain::task::{FeedbackReason, TaskState};
use crate::msg;

/// How many tasks a page has.
const A_PAGE: usize = 100;

/// Opens the tasks of the order on screen: a branch's own, else those of the order under the cursor.
pub(super) fn tasks(state: &mut State) -> Vec<Effect> {
    let Some(push) = chosen::push(state).map(|push| push.push) else { return vec![] };
    let who = state.session.who.as_ref().filter(|_| chosen::is_branch(state));
    let own = |org: &String| who.is_some_and(|who| who.signs_for(org));
    let org = chosen::order(state).map(|order| order.org.clone()).filter(|org| !own(org));
    open_tasks(state, push, org)
}

/// Opens the tasks of a push.
pub(super) fn open_tasks(state: &mut State, push: PushId, org: Option<String>) -> Vec<Effect> {
    state.pages.push(Page::BranchTasks(TasksPage::new(push, org)));
    ask(state).into_iter().collect()
}

/// Asks for what the topmost page shows, if it is one of the branch side.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let (slot, asked) = match state.page()? {
        Page::BranchTasks(page) => {
            let (push, org, skip) = (page.push, page.org.clone(), page.skip);
            (Slot::Tasks, BranchAsk::Tasks { push, org, skip })
        }
        Page::Task(page) => {
            (Slot::Task, BranchAsk::Task { push: page.push, customer: page.customer })
        }
        _ => return None,
    };
    Some(state.ask(slot, Request::Branch(asked)))
}

/// Opens the task under the cursor.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(task) = can::task(state) else { return vec![] };
    let (push, customer) = (task.push, task.customer);
    state.pages.push(Page::Task(TaskPage { push, customer, detail: None, refusal: None, top: 0 }));
    ask(state).into_iter().collect()
}

/// Turns the list over.
fn turn(state: &mut State, on: bool) -> Vec<Effect> {
    if let Some(Page::BranchTasks(page)) = state.pages.last_mut() {
        page.skip = if on { page.skip + A_PAGE } else { page.skip.saturating_sub(A_PAGE) };
        page.cursor = 0;
    }
    ask(state).into_iter().collect()
}

/// What each of these commands does.
pub(super) fn act(state: &mut State, id: Id, now: DateTime<Utc>) -> Vec<Effect> {
    match id {
        Id::OpenTasks => tasks(state),
        Id::WriteOutcome => outcome(state),
        Id::AssignTask => ask_rm(state),
        Id::Reassign => ask_other_rm(state),
        Id::ReferTask => referral::ask(state),
        Id::GiveBack => {
            prompt(state, (PromptFor::GiveBack, msg!("task.prompt.give-back")), "", vec![])
        }
        Id::AcceptTask | Id::DeclineTask => answer_offer(state, id == Id::AcceptTask, now),
        Id::TasksAfter => turn(state, true),
        Id::TasksBefore => turn(state, false),
        Id::Feedback => ask_reason(state),
        Id::ReadNotices => with_push(state, now, msg!("task.job.read"), BranchAsk::Read),
        Id::Recall | Id::UndoRecall => recall(state, id == Id::UndoRecall, now),
        Id::Remind => with_push(state, now, msg!("task.job.remind"), BranchAsk::Remind),
        Id::Extend => extend(state),
        Id::ChoiceAfter => choose(state, 1),
        Id::ChoiceBefore => choose(state, -1),
        _ => vec![],
    }
}

fn choose(state: &mut State, by: isize) -> Vec<Effect> {
    match state.pages.last_mut() {
        Some(Page::Outcome(page)) => {
            page.turn(by);
            // A field that is no choice has not changed.
            if page.touched { vec![Effect::KeepDraft(page.draft())] } else { vec![] }
        }
        _ => vec![],
    }
}

/// The form of the task on the page; from a list the task is opened first.
fn outcome(state: &mut State) -> Vec<Effect> {
    match state.page() {
        Some(Page::Task(page)) => {
            let Some(page) = page.detail.as_ref().map(|detail| OutcomePage::new(detail)) else {
                return vec![];
            };
            // What was begun for this task goes on.
            let begun = state.drafts.iter().position(|draft| draft.key == page.key);
            let begun = begun.map(|at| state.drafts.remove(at));
            let again = begun.as_ref().and_then(OutcomePage::from_draft);
            state.reopened = begun.or(state.reopened.take());
            form(state, again.unwrap_or(page))
        }
        _ => open(state),
    }
}

/// Shows the form.
pub(super) fn form(state: &mut State, mut page: OutcomePage) -> Vec<Effect> {
    page.key = state.free_draft_key(page.key.of, &page.key.form);
    state.pages.push(Page::Outcome(Box::new(page)));
    vec![]
}

fn begin(state: &mut State, title: Key, asked: BranchAsk, now: DateTime<Utc>) -> Vec<Effect> {
    jobs::begin(state, title.into(), Request::Branch(asked), now)
}

fn with_push(
    state: &mut State,
    now: DateTime<Utc>,
    title: Key,
    asked: impl FnOnce(PushId) -> BranchAsk,
) -> Vec<Effect> {
    let Some(push) = can::push_on_screen(state) else { return vec![] };
    begin(state, title, asked(push), now)
}

/// What is asked before a step that binds people.
pub(super) fn question(state: &State, id: Id) -> Option<Message> {
    Some(match id {
        Id::AcceptTask | Id::DeclineTask => {
            let key = if id == Id::AcceptTask {
                msg!("task.ask.accept-task")
            } else {
                msg!("task.ask.decline-task")
            };
            Message::new(key).with("customer", can::task(state)?.customer.to_string())
        }
        Id::Recall | Id::UndoRecall => {
            let order = chosen::order(state)?;
            let key = if id == Id::Recall {
                msg!("task.ask.recall")
            } else {
                msg!("task.ask.undo-recall")
            };
            Message::new(key).with("org", order.name.as_str()).with("tasks", order.open)
        }
        Id::Remind => {
            let push = chosen::push(state)?;
            let open = push.orders.iter().filter(|o| o.open > 0 && o.recalled_at.is_none());
            Message::new(msg!("task.ask.remind")).with("orders", open.count())
        }
        _ => return None,
    })
}

fn answer_offer(state: &mut State, accept: bool, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(task) = can::task(state) else { return vec![] };
    let (push, customer) = (task.push, task.customer);
    let title = if accept { msg!("task.job.accept") } else { msg!("task.job.decline") };
    begin(state, title, BranchAsk::Answer { push, customer, accept }, now)
}

fn recall(state: &mut State, undo: bool, now: DateTime<Utc>) -> Vec<Effect> {
    let (Some(push), Some(order)) = (chosen::push(state), chosen::order(state)) else {
        return vec![];
    };
    let (push, org) = (push.push, Some(order.org.clone()));
    begin(state, msg!("task.job.recall"), BranchAsk::Recall { push, org, undo }, now)
}

fn extend(state: &mut State) -> Vec<Effect> {
    let today = state.session.bank.as_ref().map(|bank| bank.as_of);
    let last = chosen::push(state).map(|push| push.deadline.max(today.unwrap_or(push.deadline)));
    let day = last.map(|day| day + chrono::TimeDelta::days(7));
    let day = day.map_or_else(String::new, |day| day.to_string());
    prompt(state, (PromptFor::Extend, msg!("task.prompt.extend")), &day, vec![])
}

fn pick(state: &mut State, of: PickFor, step: PickStep, rows: Vec<PickRow>) -> Vec<Effect> {
    let found = |row: PickRow| {
        let hay = state.hay(&row.code, &row.called);
        (row, hay)
    };
    let rows = rows.into_iter().map(found).collect();
    state.overlay = Some(Overlay::Pick(Box::new(Picker::new(of, step, rows))));
    vec![]
}

/// Asks to whom a task is given: an RM of the unit, or nobody, so that it is the unit's.
fn ask_rm(state: &mut State) -> Vec<Effect> {
    let row = |code: String, called| {
        let picked = Picked::Text(code.clone());
        PickRow { picked, code, called, marked: false }
    };
    let mut rows: Vec<PickRow> = rms(state)
        .into_iter()
        .map(|(code, name)| row(code, Called::Names(name.clone(), name)))
        .collect();
    rows.push(row(String::new(), Called::Key(msg!("task.pick.no-rm"))));
    pick(state, PickFor::Rm, PickStep::Rm, rows)
}

/// Asks to which other RM of the unit all open tasks of the one under the cursor go, or all that nobody has.
fn ask_other_rm(state: &mut State) -> Vec<Effect> {
    let Some(from) = can::giver(state).map(|giver| giver.code().map(str::to_owned)) else {
        return vec![];
    };
    let row = |(code, name): (String, String)| PickRow {
        picked: Picked::Text(code.clone()),
        code,
        called: Called::Names(name.clone(), name),
        marked: false,
    };
    let others = rms(state).into_iter().filter(|(code, _)| Some(code) != from.as_ref());
    let rows = others.map(row).collect();
    pick(state, PickFor::AllOf(from), PickStep::OtherRm, rows)
}

/// The RMs of the unit whose tasks are listed.
fn rms(state: &State) -> Vec<(String, String)> {
    let listed = state.pages.iter().rev().find_map(|page| match page {
        Page::BranchTasks(page) => Some(page.rms.clone()),
        _ => None,
    });
    listed.unwrap_or_default()
}

/// Asks what the feedback is about.
fn ask_reason(state: &mut State) -> Vec<Effect> {
    let row = |reason: FeedbackReason| PickRow {
        picked: Picked::Text(reason.code().to_owned()),
        code: reason.code().to_owned(),
        called: Called::Key(reason.label()),
        marked: false,
    };
    let rows = FeedbackReason::ALL.map(row).to_vec();
    pick(state, PickFor::Feedback, PickStep::Feedback, rows)
}

/// Takes what was chosen from one of these lists.
pub(super) fn picked(state: &mut State, picker: &Picker, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(Picked::Text(code)) = picker.chosen().map(|row| row.picked.clone()) else {
        return vec![];
    };
    if picker.of == PickFor::Feedback {
        let title = msg!("task.prompt.feedback");
        return prompt(state, (PromptFor::Feedback, title), "", vec![code]);
    }
    let Some(task) = can::task(state) else { return vec![] };
    let (push, customer) = (task.push, task.customer);
    let asked = if let PickFor::AllOf(from) = &picker.of {
        let asked = BranchAsk::CountReassign { push, from: from.clone(), to: code };
        return begin(state, msg!("task.job.count"), asked, now);
    } else {
        let rm = (!code.is_empty()).then_some(code);
        match task.state {
            TaskState::Returned => BranchAsk::GiveAgain { push, customer, rm },
            _ => BranchAsk::Assign { push, customer, rm },
        }
    };
    begin(state, msg!("task.job.assign"), asked, now)
}

/// How many tasks would change hands is known: with whose they are and who gets them it is asked whether they do.
pub(super) fn counted(state: &mut State, answer: BranchAnswer) -> Vec<Effect> {
    let BranchAnswer::WouldReassign { push, from, to, tasks } = answer else { return vec![] };
    let rms = rms(state);
    let named = |code: &str| match rms.iter().find(|(of, _)| of == code) {
        Some((_, name)) => format!("{name} {code}"),
        None => code.to_owned(),
    };
    let whose = match (&from, can::giver(state)) {
        // He may have left the unit, and its list.
        (Some(from), Some(can::Giver::Rm(code, name))) if code == *from => format!("{name} {code}"),
        (Some(from), _) => named(from),
        (None, _) => String::new(),
    };
    if tasks == 0 {
        state.say(Tone::Refused, msg!("task.reason.none-to-give"));
        return vec![];
    }
    let key =
        if from.is_some() { msg!("task.ask.reassign") } else { msg!("task.ask.reassign-nobodys") };
    let question =
        Message::new(key).with("tasks", tasks).with("from", whose).with("to", named(&to));
    let request = Request::Branch(BranchAsk::Reassign { push, from, to });
    let then = Some(Box::new((request, msg!("task.job.assign").into())));
    state.overlay = Some(Overlay::Confirm(Confirm { command: Id::Reassign, question, then }));
    vec![]
}

/// Takes the line that one of these prompts asked for.
pub(super) fn answer(
    state: &mut State,
    mut asked: Prompt,
    text: &str,
    now: DateTime<Utc>,
) -> Vec<Effect> {
    let push = can::push_on_screen(state);
    let task = can::task(state).map(|task| (task.push, task.customer));
    let carried = asked.carried.clone();
    match (asked.of, push, task) {
        (PromptFor::Feedback, Some(push), _) => {
            let Some(reason) = carried.first().and_then(|code| FeedbackReason::from_code(code))
            else {
                return vec![];
            };
            if reason == FeedbackReason::Other && text.is_empty() {
                asked.error = Some(msg!("task.refused.reason").into());
                state.overlay = Some(Overlay::Prompt(asked));
                return vec![];
            }
            let text = (!text.is_empty()).then(|| text.to_owned());
            begin(state, msg!("task.job.feedback"), BranchAsk::Say { push, reason, text }, now)
        }
        (PromptFor::Extend, Some(push), _) => match text.parse() {
            Ok(until) => {
                begin(state, msg!("task.job.extend"), BranchAsk::Extend { push, until }, now)
            }
            Err(_) => wrong_day(state, asked),
        },
        (PromptFor::GiveBack, _, Some((push, customer))) if !text.is_empty() => {
            let asked = BranchAsk::GiveBack { push, customer, reason: text.to_owned() };
            begin(state, msg!("task.job.give-back"), asked, now)
        }
        _ => vec![],
    }
}

fn wrong_day(state: &mut State, mut asked: Prompt) -> Vec<Effect> {
    asked.error = Some(msg!("task.form.no-day").into());
    state.overlay = Some(Overlay::Prompt(asked));
    vec![]
}

/// Keeps the form on screen, or says what is wrong with it.
pub(super) fn save(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    let currency = state.session.bank.as_ref().map(|bank| bank.currency);
    let (Some(Page::Outcome(page)), Some(currency)) = (state.pages.last_mut(), currency) else {
        return vec![];
    };
    match page.typed().read(&page.form, currency) {
        Ok(filled) => {
            let (push, customer) = (page.push, page.customer);
            let asked = BranchAsk::Outcome { push, customer, filled: Box::new(filled) };
            begin(state, msg!("task.job.outcome"), asked, now)
        }
        Err(fault) => {
            let at = OutcomePage::place(fault.part);
            page.focus = at;
            page.error = Some((at, fault.message.clone()));
            let said = match LABELS.get(at) {
                // Without the star that says that it must be filled in.
                Some(_) if at == 0 => Message::new(msg!("console.form.wrong"))
                    .with("field", msg!("task.column.outcome"))
                    .with("reason", fault.message),
                Some(label) => Message::new(msg!("console.form.wrong"))
                    .with("field", *label)
                    .with("reason", fault.message),
                None => fault.message,
            };
            state.say(Tone::Refused, said);
            vec![]
        }
    }
}

/// What the database refused in a form that was saved: the cursor goes there, unless more was typed since.
pub(super) fn refused_form(state: &mut State, saved: &Draft, why: &Message) {
    let Some(Page::Outcome(page)) = state.pages.last_mut() else { return };
    if page.key != saved.key {
        return;
    }
    let Some(at) = page.place_of(why) else { return };
    if page.draft() == *saved {
        page.focus = at;
    }
    page.error = Some((at, why.clone()));
}

/// Takes what was asked for: the tasks of a push, or one of them.
pub(super) fn take(state: &mut State, answer: BranchAnswer, freshness: Freshness) {
    match answer {
        BranchAnswer::Tasks(list, rms) => {
            let page = state.pages.iter_mut().rev().find_map(|page| match page {
                Page::BranchTasks(page) => Some(page),
                _ => None,
            });
            if let Some(page) = page {
                page.take(list);
                page.rms = rms;
                (page.freshness, page.refusal) = (freshness, None);
            }
        }
        BranchAnswer::Task(detail) => {
            let page = state.pages.iter_mut().rev().find_map(|page| match page {
                Page::Task(page) => Some(page),
                _ => None,
            });
            if let Some(page) = page {
                (page.detail, page.refusal) = (Some(detail), None);
            }
        }
        BranchAnswer::Done(_) | BranchAnswer::WouldReassign { .. } => {}
    }
}

/// A step was taken: what stands behind it is to be read anew. Its form has left already, unless more was typed into it since.
pub(super) fn done(state: &mut State, said: Message) -> Vec<Effect> {
    state.say(Tone::Done, said);
    // The list below is read when it is come back to.
    if matches!(state.page(), Some(Page::Task(_))) {
        for page in &mut state.pages {
            if let Page::BranchTasks(page) = page {
                page.freshness.spoil();
            }
        }
    }
    vec![state.ask(Slot::Pushes, Request::Pushes), state.ask(Slot::Work, Request::Work)]
}

/// A page of the branch side has come back to the top: what is not fresh is asked for again.
pub(super) fn come_back(state: &mut State) -> Option<Effect> {
    let old = match state.page()? {
        Page::BranchTasks(page) => !matches!(page.freshness, Freshness::Fresh(..)),
        Page::Task(page) => page.detail.is_none() && page.refusal.is_none(),
        _ => false,
    };
    if old && state.session.online() { ask(state) } else { None }
}

/// Takes why something was not read.
pub(super) fn refused(state: &mut State, slot: Slot, refusal: Refusal) {
    for page in state.pages.iter_mut().rev() {
        match page {
            Page::BranchTasks(page) if slot == Slot::Tasks => {
                page.freshness.spoil();
                page.refusal = Some(refusal);
                return;
            }
            Page::Task(page) if slot == Slot::Task => {
                page.refusal = Some(refusal);
                return;
            }
            _ => {}
        }
    }
}

/// What the copy of the row says; the name stays masked.
pub(super) fn copied(page: &TasksPage) -> Option<String> {
    let row = page.row()?;
    let name = row.who.as_deref().unwrap_or_default();
    Some(format!("{}\t{name}\t{}\t{}", row.customer, row.product, row.state.code()))
}
