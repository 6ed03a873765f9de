//! Tasks that change hands by keys, the outcome's form and its draft, and what late answers do.

use crate::app::action::{Action, Answer, Refusal};
use crate::app::branch::{BranchAnswer, BranchAsk};
use crate::app::draft::{Draft, DraftOf};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::tasks::{at_task, at_tasks, listed, manager, opened, returned};
use crate::app::fixtures::{Console, pushes, strategies, tasks};
use crate::app::state::branch::FIXED;
use crate::app::state::{Overlay, Page, Prompt, PromptFor};
use crate::domain::id::PushId;
use crate::domain::message::Message;
use crate::domain::operator::Duty;
use crate::domain::strategy::StrategyState;
use crate::msg;

/// What was asked to be changed, in order.
fn steps(console: &Console) -> Vec<&BranchAsk> {
    fn step(effect: &Effect) -> Option<&BranchAsk> {
        match effect {
            Effect::Ask { slot: Slot::Change, request: Request::Branch(asked), .. } => Some(asked),
            _ => None,
        }
    }
    console.effects.iter().filter_map(step).collect()
}

fn kept(console: &Console) -> Option<Draft> {
    console.effects.iter().rev().find_map(|effect| match effect {
        Effect::KeepDraft(draft) => Some(draft.clone()),
        _ => None,
    })
}

fn typed(console: &Console) -> Vec<String> {
    match console.state.page() {
        Some(Page::Outcome(page)) => page.fields.iter().map(|f| f.text().to_owned()).collect(),
        other => panic!("no form: {other:?}"),
    }
}

#[test]
fn stale_tasks_do_not_show_on_another_page_of_them() {
    let console = manager().keys("3 Enter Enter");
    let first = console.asked(Slot::Tasks);
    let mut console = console.keys("Esc Enter");
    assert_ne!(console.asked(Slot::Tasks), first);
    console.act(Action::Answered {
        slot: Slot::Tasks,
        generation: first,
        result: Box::new(Ok(listed())),
    });
    let Some(Page::BranchTasks(page)) = console.state.page() else { panic!("no list") };
    assert!(page.list.is_none() && console.state.waits(Slot::Tasks));
}

#[test]
fn stale_task_does_not_show_under_another_customer() {
    let console = at_tasks().keys("j Enter");
    let first = console.asked(Slot::Task);
    let mut console = console.keys("Esc j Enter");
    assert_ne!(console.asked(Slot::Task), first);
    let late = Box::new(Ok(opened(tasks::detail())));
    console.act(Action::Answered { slot: Slot::Task, generation: first, result: late });
    let Some(Page::Task(page)) = console.state.page() else { panic!("no task") };
    assert!(page.detail.is_none() && console.state.waits(Slot::Task));
}

#[test]
fn all_open_tasks_of_an_rm_go_to_another_by_a_key() {
    let console = at_tasks().keys("j A Enter");
    assert!(
        matches!(steps(&console)[..], [BranchAsk::CountReassign { from: Some(from), to, .. }] if from == "E10012" && to == "E10013"),
        "not to himself: {:?}",
        steps(&console)
    );
    // Whose they are, how many, and who gets them is asked before anything changes hands.
    let counted = |from: Option<&str>, tasks| {
        let (from, to) = (from.map(str::to_owned), "E10013".to_owned());
        Answer::Branch(BranchAnswer::WouldReassign { push: PushId(12), from, to, tasks })
    };
    let asked = console.answered(Slot::Change, counted(Some("E10012"), 9));
    let Some(Overlay::Confirm(confirm)) = &asked.state.overlay else { panic!("not asked") };
    let (from, to) = ("陈明 E10012".into(), "周洁 E10013".into());
    assert_eq!(confirm.question.args, vec![("tasks", 9_i64.into()), ("from", from), ("to", to)]);
    let done = asked.keys("y");
    assert!(
        matches!(steps(&done)[..], [_, BranchAsk::Reassign { from: Some(from), to, .. }] if from == "E10012" && to == "E10013")
    );
    let none = at_tasks().keys("j A Enter").answered(Slot::Change, counted(Some("E10012"), 0));
    assert_eq!(none.said(), "task.reason.none-to-give");
    assert!(none.state.overlay.is_none());
}

#[test]
fn all_open_tasks_that_no_rm_has_go_to_one_by_the_same_key() {
    let mut nobodys = tasks::list();
    for row in &mut nobodys.rows {
        (row.rm, row.rm_name) = (None, None);
    }
    let Answer::Branch(BranchAnswer::Tasks(_, rms)) = listed() else { panic!("no list") };
    let listed = Answer::Branch(BranchAnswer::Tasks(nobodys, rms));
    let console = manager().keys("3 Enter Enter").answered(Slot::Tasks, listed).keys("j A Enter");
    assert!(
        matches!(steps(&console)[..], [BranchAsk::CountReassign { from: None, .. }]),
        "{:?}",
        steps(&console)
    );
}

#[test]
fn a_push_that_is_over_is_left_as_it_is_and_says_why() {
    let ended = |reviewed: bool| {
        let mut console = Console::of("li.strategist", &[Duty::Strategist]);
        let mut rows = strategies();
        rows[0].state = if reviewed { StrategyState::Reviewed } else { StrategyState::Ended };
        let freshness = console.state.strategies.freshness;
        console.state.strategies.replace(rows, freshness);
        console.keys("3 Enter")
    };
    for key in ["e", "m", "R", "U"] {
        assert_eq!(ended(true).keys(key).said(), "task.refused.push-reviewed", "{key}");
        assert_eq!(ended(false).keys(key).said(), "task.refused.push-ended", "{key}");
    }
    // Of several waves one may be over: only its last day stays.
    let mut console = Console::of("li.strategist", &[Duty::Strategist]);
    let mut rows = pushes();
    rows[0].live = false;
    let freshness = console.state.pushes.freshness;
    console.state.pushes.replace(rows, freshness);
    let console = console.keys("3 Enter");
    assert_eq!(console.keys("e").said(), "task.refused.push-ended");
}

#[test]
fn a_task_that_was_given_back_is_given_out_again_by_its_manager_or_a_strategist() {
    let back = || opened(returned());
    let own = at_tasks().keys("j Enter").answered(Slot::Task, back()).keys("a Enter");
    assert!(matches!(steps(&own)[..], [BranchAsk::GiveAgain { rm: Some(_), .. }]));
    let of_unit = at_tasks().keys("j Enter").answered(Slot::Task, back()).keys("a Down Down Enter");
    assert!(matches!(steps(&of_unit)[..], [BranchAsk::GiveAgain { rm: None, .. }]));
    let li = Console::of("li.strategist", &[Duty::Strategist]).keys("3 Enter t");
    let li = li.answered(Slot::Tasks, listed()).keys("j Enter").answered(Slot::Task, back());
    assert!(matches!(steps(&li.keys("a Enter"))[..], [BranchAsk::GiveAgain { .. }]));
    // What was given back is nobody's to work on.
    let worked = at_tasks().keys("j Enter").answered(Slot::Task, back()).keys("o");
    assert_eq!(worked.said(), "task.reason.not-your-task");
}

#[test]
fn an_offer_asks_for_the_share_and_half_stands_there() {
    let half = at_task().keys("f B0302 Enter Enter Enter hi Enter");
    let [BranchAsk::Refer { to, due, credit, note, .. }] = steps(&half)[..] else {
        panic!("no offer: {:?}", steps(&half))
    };
    assert_eq!((to.as_str(), *credit, note.as_deref()), ("B0302", 50, Some("hi")));
    assert_eq!(due.to_string(), "2026-11-22", "not after the order's last day");
    let third = at_task().keys("f B0302 Enter Enter C-u 30 Enter Enter");
    assert!(matches!(steps(&third)[..], [BranchAsk::Refer { credit: 30, note: None, .. }]));
    for wrong in ["101", "-1", "x", "5.5"] {
        let console = at_task().keys(&format!("f B0302 Enter Enter C-u {wrong} Enter"));
        let error = prompted(&console).error.clone().map(|error| error.key.0);
        assert_eq!(error, Some("task.refused.credit"), "{wrong}");
    }
}

/// The prompt on screen.
fn prompted(console: &Console) -> &Prompt {
    match &console.state.overlay {
        Some(Overlay::Prompt(prompt)) => prompt,
        other => panic!("no prompt: {other:?}"),
    }
}

#[test]
fn an_offer_that_is_refused_keeps_what_was_typed_and_asks_again() {
    let unknown = Refusal::because(Message::new(msg!("task.unknown.staff")).with("name", "NOPE"));
    let sent = || at_task().keys("f NOPE Enter C-u 2026-11-21 Enter C-u 30 Enter hi Enter");
    let again = sent().refused(Slot::Change, unknown);
    let prompt = prompted(&again);
    assert_eq!((prompt.of, prompt.field.text()), (PromptFor::ReferTo, "NOPE"));
    assert_eq!(prompt.error.as_ref().map(|e| e.key.0), Some("task.unknown.staff"));
    let again = again.keys("C-u B0302 Enter Enter Enter Enter");
    let last = steps(&again).last().copied();
    let Some(BranchAsk::Refer { to, due, credit, note, .. }) = last else {
        panic!("no offer: {last:?}")
    };
    assert_eq!(
        (to.as_str(), due.to_string().as_str(), *credit, note.as_deref()),
        ("B0302", "2026-11-21", 30, Some("hi"))
    );
    // What was wrong is what is asked for.
    let late = Message::new(msg!("task.refused.due")).with("detail", "2026-11-20");
    let again = sent().refused(Slot::Change, Refusal::because(late));
    assert_eq!(prompted(&again).of, PromptFor::ReferDue);
}

#[test]
fn a_day_that_the_database_refuses_has_the_cursor() {
    let sent = || at_task().keys("o 2 Enter Enter 1200 Enter 好 C-o");
    let ahead = || {
        let why = Message::new(msg!("task.refused.at-ahead")).with("detail", "2026-11-20");
        Refusal::because(why)
    };
    let console = sent().refused(Slot::Change, ahead());
    let Some(Page::Outcome(page)) = console.state.page() else { panic!("no form") };
    assert_eq!(page.focus, 1);
    assert_eq!(
        page.error.as_ref().map(|(at, e)| (*at, e.key.0)),
        Some((1, "task.refused.at-ahead"))
    );
    // Whoever types on since is not moved under his hands.
    let console = sent().keys("x").refused(Slot::Change, ahead());
    let Some(Page::Outcome(page)) = console.state.page() else { panic!("no form") };
    assert_eq!(page.focus, 3);
    // A field of the strategy's own is found by its code.
    let why = Message::new(msg!("task.refused.required")).with("detail", "why");
    let console = sent().refused(Slot::Change, Refusal::because(why));
    let Some(Page::Outcome(page)) = console.state.page() else { panic!("no form") };
    assert_eq!(page.form[page.focus - FIXED].code, "why");
}

#[test]
fn a_half_written_outcome_survives_the_console_and_comes_back_to_its_task() {
    let console = at_task().keys("o 2 Enter Enter 1200 Enter 好");
    let draft = kept(&console).expect("typing keeps a draft");
    assert_eq!((draft.key.of, draft.name()), (DraftOf::Outcome, draft.key.form.as_str()));
    let fields = typed(&console);
    // At the next start it is offered; what stood there stands there again.
    let mut later = manager();
    later.act(Action::DraftFound(draft.clone()));
    let later = later.keys("D");
    assert_eq!(typed(&later), fields);
    // Left and opened once more on the same task it goes on, and is not begun anew.
    let again = console.keys("Esc");
    assert_eq!(again.said(), "console.draft.kept");
    let again = again.keys("o");
    assert_eq!(typed(&again), fields);
    assert!(again.state.drafts.is_empty());
    // Once it is kept, its draft goes.
    let saved = again.keys("C-o");
    assert_eq!(steps(&saved).len(), 1, "{}", saved.said());
    let done = Answer::Branch(BranchAnswer::Done(msg!("task.done.outcome").into()));
    let saved = saved.answered(Slot::Change, done);
    assert!(saved.effects.contains(&Effect::DropDraft(draft.key)));
    assert!(matches!(saved.state.page(), Some(Page::Task(_))));
}

#[test]
fn what_is_typed_while_an_outcome_is_kept_is_not_lost() {
    let console = at_task().keys("o 2 C-o Tab Tab 7");
    let done = Answer::Branch(BranchAnswer::Done(msg!("task.done.outcome").into()));
    let console = console.answered(Slot::Change, done);
    assert_eq!(typed(&console)[2], "7", "the form stays, for it says more than was kept");
}

#[test]
fn a_form_that_was_only_looked_at_leaves_no_draft() {
    let console = at_task().keys("o Tab Tab Down Esc");
    assert!(kept(&console).is_none() && console.state.drafts.is_empty());
}

#[test]
fn a_draft_of_another_baton_is_thrown_away() {
    let key =
        crate::app::state::branch::OutcomePage::key(PushId(12), crate::domain::id::CustomerId(1));
    let mut console = manager();
    console.act(Action::DraftFound(Draft { key: key.clone(), fields: vec!["#12 1".into()] }));
    let console = console.keys("D");
    assert!(console.effects.contains(&Effect::DropDraft(key)));
    assert!(!matches!(console.state.page(), Some(Page::Outcome(_))));
}
