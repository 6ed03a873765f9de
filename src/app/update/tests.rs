//! What the reducer makes of keys and answers.

mod branch;
mod calendar;
mod coaching;
mod deliveries;
mod desks;
mod dictionary;
mod home;
mod life;
mod line;
mod metrics;
mod moments;
mod movement;
mod narrow;
mod picking;
mod reviews;
mod rules;
mod sentence;

mod study;
mod taken;
mod test_pushes;
mod typing;

use crate::app::action::{Action, Answer, Refusal, Who};
use crate::app::draft::{Draft, DraftKey, DraftOf};
use crate::app::effect::{Effect, Request, Slot};
use crate::app::fixtures::{
    Console, bank, count, done, explanation, kpi, plan, pushes, segments, strategies, who,
};
use crate::app::listing::Freshness;
use crate::app::state::session::Link;
use crate::app::state::{Overlay, Page, Pane, PlanStep};
use crate::domain::bank::OrgUnit;
use crate::domain::decomposition::By;
use crate::domain::id::OrgId;
use crate::domain::operator::{Duty, Operator};
use crate::msg;

fn requests(console: &Console) -> Vec<&Request> {
    let ask = |effect: &'_ Effect| matches!(effect, Effect::Ask { .. });
    let asked = console.effects.iter().filter(|e| ask(e));
    asked
        .filter_map(|effect| match effect {
            Effect::Ask { request, .. } => Some(request),
            _ => None,
        })
        .collect()
}

/// Asks in `slot` by `first`, again by `second`, and answers the first asking only.
fn overtaken(mut console: Console, slot: Slot, second: &str, stale: Answer) -> Console {
    let first = console.asked(slot);
    console = console.keys(second);
    assert_ne!(console.asked(slot), first, "the second key asked nothing");
    console.act(Action::Answered { slot, generation: first, result: Box::new(Ok(stale)) });
    assert!(console.state.waits(slot), "the newer question is still waited for");
    console
}

#[test]
fn stale_count_does_not_replace_the_count_on_screen() {
    let console =
        Console::strategist().keys("n Tab Tab age").answered(Slot::Count, Answer::Count(count(5)));
    let console = console.keys("_>");
    let console = overtaken(console, Slot::Count, "3", Answer::Count(count(777)));
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert_eq!(page.count.as_ref().unwrap().1.count, 5);
    assert!(!page.counted(), "the count is shown as that of the rule before");
}

#[test]
fn stale_split_does_not_show_under_another_segment() {
    let console = Console::strategist().keys("Enter");
    let console = overtaken(console, Slot::Split, "Esc j Enter", Answer::Count(count(777)));
    let Some(Page::Segment(page)) = console.state.page() else { panic!("no segment") };
    assert!(page.count.is_none());
}

#[test]
fn stale_headline_does_not_stand_above_another_unit() {
    let console = Console::strategist().keys("4 Enter");
    let console = console.answered(Slot::Explain, Answer::Explained(explanation()));
    let told = Answer::Headline(Box::new(crate::app::fixtures::watch::headline()));
    let console = overtaken(console, Slot::Headline, "Enter", told);
    let Some(Page::Explain(page)) = console.state.page() else { panic!("no explanation") };
    assert!(page.headline.is_none());
}

#[test]
fn stale_explanation_does_not_show_under_another_split() {
    let console = Console::strategist().keys("4 Enter");
    let console = overtaken(console, Slot::Explain, "b", Answer::Explained(explanation()));
    let Some(Page::Explain(page)) = console.state.page() else { panic!("no explanation") };
    assert!(page.by == By::Factor && page.answer.is_none());
}

#[test]
fn stale_plan_does_not_become_what_a_yes_pushes() {
    let console = Console::strategist().keys("2 p");
    let console = overtaken(console, Slot::Plan, "Esc p", Answer::Plan(plan()));
    let Some(Page::Plan(page)) = console.state.page() else { panic!("no plan") };
    assert_eq!(page.step, PlanStep::Planning);
}

#[test]
fn stale_push_does_not_show_its_outcomes() {
    let console = Console::strategist().keys("3 Enter");
    let console = overtaken(console, Slot::Push, "Esc Enter", Answer::Push(pushes().remove(0)));
    let Some(Page::Push(page)) = console.state.page() else { panic!("no push") };
    assert!(page.detail.is_none());
}

#[test]
fn stale_session_does_not_change_the_bank() {
    let mut other = bank();
    other.name = "别的银行".to_owned();
    let stale = Answer::Session(other, who("x", &[]));
    let console = overtaken(Console::strategist().keys("r"), Slot::Session, "r", stale);
    assert_eq!(console.state.session.bank, Some(bank()));
}

/// Lists are asked for by a new session, so the second asking comes by an answer.
fn overtaken_list(slot: Slot, stale: Answer) -> Console {
    let mut console = Console::strategist().keys("r");
    let session = || Answer::Session(bank(), who("li.strategist", &Duty::ALL));
    console = console.answered(Slot::Session, session());
    let first = console.asked(slot);
    console = console.keys("r").answered(Slot::Session, session());
    console.act(Action::Answered { slot, generation: first, result: Box::new(Ok(stale)) });
    console
}

#[test]
fn stale_segments_does_not_replace_the_list() {
    let console = overtaken_list(Slot::Segments, Answer::Segments(vec![]));
    assert_eq!(console.state.segments.all(), segments());
}

#[test]
fn stale_strategies_does_not_replace_the_list() {
    let console = overtaken_list(Slot::Strategies, Answer::Strategies(vec![]));
    assert_eq!(console.state.strategies.all(), strategies());
}

#[test]
fn stale_pushes_does_not_replace_the_list() {
    let console = overtaken_list(Slot::Pushes, Answer::Pushes(vec![]));
    assert_eq!(console.state.pushes.all(), pushes());
}

#[test]
fn stale_kpi_does_not_replace_the_tree() {
    let console = overtaken_list(Slot::Kpi, Answer::Kpi(vec![]));
    assert_eq!(console.state.kpi.list.all(), kpi());
}

/// A push that is under way and has been cancelled by Esc.
fn cancelled_push() -> Console {
    let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    let console = console.keys("Y Esc");
    assert!(console.effects.contains(&Effect::Cancel(Slot::Change)), "the server is told");
    assert_eq!(console.said(), "console.cancelling");
    console
}

#[test]
fn a_cancelled_change_says_so_when_the_server_has_said_it() {
    let console =
        cancelled_push().refused(Slot::Change, Refusal::because(msg!("console.cancelled")));
    assert_eq!(console.said(), "console.cancelled");
    let Some(Page::Plan(page)) = console.state.page() else { panic!("no plan") };
    assert_eq!(page.step, PlanStep::Planned(plan()), "the plan waits for a yes again");
    assert!(console.state.waits(Slot::Session), "the data are read again");
}

#[test]
fn a_change_that_was_committed_before_it_was_cancelled_is_done() {
    let console = cancelled_push().answered(Slot::Change, Answer::Pushed(done()));
    assert_eq!(console.said(), "console.done.pushed");
    let Some(Page::Plan(page)) = console.state.page() else { panic!("no plan") };
    assert!(matches!(page.step, PlanStep::Done(..)));
}

#[test]
fn stale_change_does_not_say_that_it_is_done() {
    let mut console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    console = console.keys("Y");
    let first = console.asked(Slot::Change);
    console.act(Action::Unlinked(msg!("console.reason.not-connected").into()));
    console.act(Action::Answered {
        slot: Slot::Change,
        generation: first,
        result: Box::new(Ok(Answer::Pushed(done()))),
    });
    assert_eq!(console.said(), "console.reason.not-connected");
    let Some(Page::Plan(page)) = console.state.page() else { panic!("no plan") };
    assert_eq!(page.step, PlanStep::Planned(plan()), "the plan waits for a yes again");
}

#[test]
fn a_push_needs_the_capital_yes_and_goes_out_once() {
    let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    let console = console.keys("y");
    assert!(!console.state.waits(Slot::Change), "a small y pushes nothing");
    let console = console.keys("Y Y");
    let applied = requests(&console)
        .into_iter()
        .filter(|r| matches!(r, Request::Apply { plan, .. } if plan.0 == 31))
        .count();
    assert_eq!(applied, 1);
    let mut console = console.answered(Slot::Change, Answer::Pushed(done()));
    assert_eq!(console.said(), "console.done.pushed");
    console = console.keys("Y");
    assert_eq!(console.said(), "console.reason.pushed-already");
}

#[test]
fn progress_stays_visible_while_the_operator_looks_elsewhere() {
    let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    let console = console.keys("Y 1");
    assert_eq!(console.state.focus, Pane::Segments);
    assert!(console.state.pages.is_empty() && console.state.job.is_some());
    let console = console.answered(Slot::Change, Answer::Pushed(done()));
    assert!(console.state.job.is_none());
    assert_eq!(console.said(), "console.done.pushed");
}

#[test]
fn nobody_approves_his_own_work_and_is_told_who_can() {
    let console = Console::strategist().keys("2 j a");
    assert_eq!(console.said(), "console.reason.own-work");
    let said = console.state.notice.as_ref().unwrap();
    assert_eq!(said.message.args[0].1, "wang.approver".into());
    let other = Console::of("wang.approver", &[Duty::Approver]).keys("2 j a");
    assert!(matches!(other.state.overlay, Some(Overlay::Confirm(_))));
    assert!(other.state.page().is_some(), "the text is on screen when it is approved");
    let other = other.keys("n Esc a y");
    assert!(
        matches!(requests(&other).last(), Some(Request::Approve { code, .. }) if code == "ST-015")
    );
}

#[test]
fn the_chain_can_be_walked_by_keys() {
    let console = Console::strategist().keys("4 Enter");
    let console = console.answered(Slot::Explain, Answer::Explained(explanation())).keys("s");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert_eq!(page.editor.text(), "org under 'B03' and change('aum', interval '19 days') < 0");
    assert_eq!(page.code.text(), "SG-B03");
    let console = console.keys("_and_payroll C-o");
    let Some(Request::SaveSegment { rule, .. }) = requests(&console).last() else {
        panic!("nothing was saved")
    };
    assert_eq!(rule, "org under 'B03' and change('aum', interval '19 days') < 0 and payroll");
    let mut saved = segments().remove(0);
    saved.code = "SG-B03".to_owned();
    let console = console.answered(Slot::Change, Answer::SegmentSaved(saved));
    assert_eq!(console.state.segments.selected().unwrap().code, "SG-B03");
    assert!(
        console.effects.iter().any(|e| matches!(e, Effect::DropDraft(k) if k.form == "SG-B03"))
    );
    let console = console.keys("t");
    let Some(Page::Form(page)) = console.state.page() else { panic!("no form") };
    assert_eq!(page.fields[0].text(), "ST-018");
    assert_eq!(page.fields[2].text(), "SG-B03");
    let console = console.keys("Esc 2 g s");
    assert!(matches!(console.state.page(), Some(Page::Segment(p)) if p.code == "SG-PAYROLL"));
    let console = console.keys("g t");
    assert!(matches!(console.state.page(), Some(Page::Strategy(p)) if p.code == "ST-014"));
    let console = console.keys("g b");
    assert!(matches!(console.state.page(), Some(Page::Push(p)) if p.push.0 == 12));
    let console = console.keys("g k");
    assert_eq!(console.state.focus, Pane::Kpi);
}

#[test]
fn a_half_written_form_is_kept_and_offered_again() {
    let console = Console::strategist().keys("n Tab Tab age_>_30");
    let kept = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::KeepDraft(draft) => Some(draft.clone()),
        _ => None,
    });
    let key = DraftKey { of: DraftOf::Segment, form: String::new() };
    // Code, name, rule; and the version that it was made from, with its code.
    let fields = ["", "", "age > 30", "", "0"].map(str::to_owned).to_vec();
    let draft = Draft { key: key.clone(), fields };
    assert_eq!(kept, Some(draft.clone()));
    let mut later = Console::strategist();
    later.act(Action::DraftFound(draft));
    assert_eq!(later.said(), "console.draft.found");
    let later = later.keys("D");
    assert!(matches!(later.state.page(), Some(Page::Rule(p)) if p.editor.text() == "age > 30"));
    let later = later.keys("Esc X y");
    assert!(later.state.drafts.is_empty() && later.effects.contains(&Effect::DropDraft(key)));
}

#[test]
fn saving_a_form_leaves_the_drafts_of_others() {
    let console =
        Console::strategist().keys("n Tab Tab age_>_30 Esc e _and_payroll Esc n Tab Tab tier");
    assert_eq!(console.state.drafts.len(), 2);
    let console = console.keys("Esc D");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert_eq!((page.editor.text(), page.key.form.as_str()), ("tier".into(), " 2"), "the last");
    let console = console.keys("Esc D Esc");
    let names: Vec<_> = console.state.drafts.iter().map(|d| d.fields[2].as_str()).collect();
    assert_eq!(names.len(), 3, "one that was only looked at makes room for the next: {names:?}");
    let console = console.keys("e C-o");
    let saved = segments().remove(0);
    let console = console.answered(Slot::Change, Answer::SegmentSaved(saved));
    assert_eq!(console.state.drafts.len(), 3);
    assert!(console.state.page().is_none());
}

#[test]
fn a_form_that_is_being_typed_outlives_the_answer_to_another() {
    let console = Console::strategist().keys("e _and_payroll C-o Esc");
    assert!(console.state.job.as_ref().is_some_and(|job| job.cancelling));
    let console = console.keys("Esc n Tab Tab age");
    let saved = segments().remove(0);
    let console = console.answered(Slot::Change, Answer::SegmentSaved(saved));
    assert!(matches!(console.state.page(), Some(Page::Rule(p)) if p.editor.text() == "age"));
    assert!(console.state.drafts.is_empty(), "the saved one is done");
    let typed = Console::strategist().keys("e C-o x");
    let typed = typed.answered(Slot::Change, Answer::SegmentSaved(segments().remove(0)));
    assert!(matches!(typed.state.page(), Some(Page::Rule(p)) if p.editor.text().ends_with('x')));
}

#[test]
fn offline_keeps_the_data_and_says_that_they_are_old() {
    let mut console = Console::strategist().keys("r");
    console.act(Action::Unlinked(msg!("console.reason.not-connected").into()));
    assert!(matches!(console.state.session.link, Link::Offline(..)));
    assert_eq!(console.state.segments.all(), segments());
    assert!(matches!(console.state.segments.freshness, Freshness::Stale(..)));
    assert!(!console.state.waits(Slot::Session), "nothing is waited for");
    let before = console.state.clone();
    console.act(Action::Unlinked(msg!("console.reason.not-connected").into()));
    assert_eq!(console.state.session, before.session, "the same news changes nothing");
    console = console.keys("r");
    assert_eq!(console.effects.last(), Some(&Effect::Reconnect));
}

#[test]
fn a_load_by_somebody_else_makes_what_is_on_the_screen_old_and_r_reads_the_new() {
    let mut console = Console::strategist();
    console.act(Action::Overtaken);
    assert_eq!(console.state.segments.all(), segments(), "nothing moves under the operator's eyes");
    assert!(matches!(console.state.segments.freshness, Freshness::Stale(..)));
    assert!(matches!(console.state.kpi.list.freshness, Freshness::Stale(..)));
    assert!(console.state.session.online());
    let console = console.keys("r");
    assert!(console.state.waits(Slot::Session), "the day first, then what is of it");
}

#[test]
fn a_lost_line_is_asked_for_again_once() {
    let lost =
        || Refusal { offline: true, ..Refusal::because(msg!("console.reason.not-connected")) };
    let console = Console::strategist().keys("j Enter").refused(Slot::Split, lost());
    assert_eq!(console.effects.last(), Some(&Effect::Reconnect));
    assert!(!console.state.session.online());
    let mut console = console.keys("Esc Enter").refused(Slot::Split, lost());
    assert_ne!(console.effects.last(), Some(&Effect::Reconnect));
    console.act(Action::Linked { millis: 3 });
    assert!(console.state.session.online() && console.state.waits(Slot::Session));
}

#[test]
fn a_wrong_rule_shows_its_place_and_keeps_the_count_before() {
    let console =
        Console::strategist().keys("n Tab Tab age").answered(Slot::Count, Answer::Count(count(5)));
    let console = console.keys("x").refused(Slot::Count, crate::app::fixtures::wrong_rule());
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert!(page.refusal.as_ref().unwrap().place.is_some());
    assert!(page.count.is_some() && !page.counted());
    let console = console.keys("BSpace");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert!(page.refusal.is_none(), "a typed text is not judged by the answer to another");
}

#[test]
fn a_disabled_command_says_why() {
    for (keys, duties, reason) in [
        ("n", &[Duty::Viewer][..], "console.reason.duty"),
        ("2 j j j u", &Duty::ALL, "console.reason.not-a-draft"),
        ("2 j j p", &Duty::ALL, "console.reason.not-approved"),
        ("3 i", &[Duty::Viewer], "console.reason.duty"),
        ("g t", &Duty::ALL, "console.reason.no-strategy-behind"),
    ] {
        let console = Console::of("li.strategist", duties).keys(keys);
        assert_eq!(console.said(), reason, "{keys}");
    }
}

#[test]
fn leaving_cancels_what_runs_and_keeps_what_is_written() {
    let mut console = Console::strategist().keys("n Tab Tab age");
    console.effects.clear();
    console.act(Action::Hangup);
    assert!(console.effects.contains(&Effect::Cancel(Slot::Count)));
    assert!(console.effects.iter().any(|e| matches!(e, Effect::KeepDraft(_))));
    assert_eq!(console.effects.last(), Some(&Effect::Quit));
}

#[test]
fn escape_goes_back_one_step_at_a_time_and_q_asks_before_it_leaves() {
    let console = Console::strategist().keys("/ near Enter Enter");
    assert!(console.state.page().is_some());
    let console = console.keys("Esc");
    assert!(console.state.page().is_none());
    assert_eq!(console.state.segments.len(), 1, "the filter stands");
    let console = console.keys("Esc");
    assert_eq!(console.state.segments.len(), 2);
    let console = console.keys("Esc Esc");
    assert!(console.state.overlay.is_none() && !console.state.leaving);
    let console = console.keys("q y");
    assert!(console.state.leaving);
}

/// The operator of a unit, as the bank's lists give him.
fn branch(own: &str, listed: &[(i32, &str, Option<i32>)]) -> Who {
    let unit = |(id, code, parent): &(i32, &str, Option<i32>)| OrgUnit {
        id: OrgId(*id),
        code: (*code).to_owned(),
        name: format!("{code}支行"),
        kind: "subbranch".to_owned(),
        class: None,
        parent: parent.map(OrgId),
        depth: 0,
    };
    let name = "nancheng.branch";
    let operator = Operator {
        name: name.to_owned(),
        duties: vec![Duty::Branch],
        org: Some(own.to_owned()),
        staff: None,
    };
    Who::of(name, &[operator], &listed.iter().map(unit).collect::<Vec<_>>())
}

#[test]
fn a_branch_signs_for_its_own_unit_and_not_for_those_below() {
    let units = [(1, "B03", None), (2, "B0302", Some(1))];
    let who = branch("B03", &units);
    assert!(who.signs_for("B03") && !who.signs_for("B0302") && !who.signs_for("B0301"));
    let closed = branch("B99", &units);
    assert!(!closed.signs_for("B03") && closed.signs_for("B99"), "no unit is not every unit");
    assert_eq!(closed.org, Some(("B99".to_owned(), "B99".to_owned())));
    assert!(Who::of("nobody", &[], &[]).duties.is_empty());

    let mut console = Console::of("nancheng.branch", &[Duty::Branch]);
    console.state.session.who = Some(branch("B0302", &units));
    let console = console.keys("3 Enter");
    assert!(matches!(console.state.page(), Some(Page::Push(p)) if p.cursor == 1), "its own first");
    let console = console.keys("k s");
    assert_eq!(console.said(), "console.reason.other-unit");
    let console = console.keys("j s y");
    assert!(matches!(requests(&console).last(), Some(Request::Sign { org, .. }) if org == "B0302"));
}

#[test]
fn dates_are_asked_for_and_kept_by_a_reload() {
    let console = Console::strategist().keys("4 d C-u 2026-11-20_2026-11-01 Enter");
    assert!(matches!(&console.state.overlay, Some(Overlay::Prompt(p)) if p.error.is_some()));
    let console = console.keys("C-u 2026-11-02_2026-11-19 Enter r");
    let console =
        console.answered(Slot::Session, Answer::Session(bank(), who("li.strategist", &Duty::ALL)));
    let span = console.state.kpi.span.unwrap();
    assert_eq!(span.from.to_string(), "2026-11-02");
}

#[test]
fn a_refused_change_says_why_and_leaves_the_form_open() {
    let console = Console::strategist().keys("e C-o");
    let refusal = Refusal::because(msg!("console.reason.busy"));
    let console = console.refused(Slot::Change, refusal);
    assert_eq!(console.said(), "console.reason.busy");
    assert!(matches!(console.state.page(), Some(Page::Rule(_))));
    assert!(console.state.job.is_none());
}
