//! Strategies sent back, paused, stopped all at once, and approvals delegated, by keys.

use super::*;
use crate::app::editor::Editor;
use crate::app::state::form::{BODY, SCRIPT};
use crate::domain::message::Message;
use crate::domain::strategy::file::Place;
use crate::domain::strategy::life::{Bar, Given, Said};
use crate::domain::strategy::{StrategyRow, StrategyState};

fn approver() -> Console {
    Console::of("wang.approver", &[Duty::Approver])
}

/// One who is a strategist and nothing else.
fn writer() -> Console {
    Console::of("li.strategist", &[Duty::Strategist])
}

/// The error under the prompt on screen.
fn wrong(console: &Console) -> Option<&str> {
    match &console.state.overlay {
        Some(Overlay::Prompt(prompt)) => prompt.error.as_ref().map(|error| error.key.0),
        _ => None,
    }
}

#[test]
fn a_text_is_sent_back_by_the_hash_on_screen_and_with_a_comment() {
    let console = approver().keys("2 j b");
    assert!(console.state.page().is_some(), "the text is on screen when it is sent back");
    let console = console.keys("Enter");
    assert_eq!(wrong(&console), Some("life.no-reason"));
    let console = console.keys("thin Enter");
    let Some(Request::SendBack { code, hash, comment }) = requests(&console).last() else {
        panic!("nothing was sent back")
    };
    assert_eq!((code.as_str(), hash.0, comment.as_str()), ("ST-015", [9; 32], "thin"));
    let mut row = strategies().remove(1);
    row.state = StrategyState::SentBack;
    let console = console.answered(Slot::Change, Answer::SentBack(row));
    assert_eq!(console.said(), "console.done.sent-back");
    assert_eq!(writer().keys("2 j b").said(), "console.reason.no-approver");
    assert_eq!(approver().keys("2 b").said(), "console.reason.not-submitted");
}

#[test]
fn one_key_pauses_and_resumes_with_a_reason() {
    let console = Console::strategist().keys("2 s why Enter");
    assert_eq!(
        requests(&console).last().copied(),
        Some(&Request::Brake { code: "ST-014".into(), stop: true, reason: "why".into() })
    );
    assert_eq!(Console::strategist().keys("2 j s").said(), "console.reason.nothing-runs");
    // Another's brake is not a strategist's to take off.
    let paused = |mut console: Console| {
        let freshness = console.state.strategies.freshness;
        let mut rows = strategies();
        rows[0].state = StrategyState::Paused;
        let at = "2026-11-20T09:30:00".parse().unwrap();
        rows[0].life.paused =
            Some(Said { by: "sun.approver".into(), stands_for: None, why: "x".into(), at });
        console.state.strategies.replace(rows, freshness);
        console
    };
    assert_eq!(paused(writer()).keys("2 s").said(), "console.reason.brake-of");
    let console = paused(approver()).keys("2 s fine Enter");
    assert_eq!(
        requests(&console).last().copied(),
        Some(&Request::Brake { code: "ST-014".into(), stop: false, reason: "fine".into() })
    );
    assert_eq!(Console::of("x", &[Duty::Viewer]).keys("2 s").said(), "console.reason.duty");
}

#[test]
fn everything_is_stopped_only_by_the_word_for_it() {
    let console = approver().keys("2 S fire Enter");
    assert!(requests(&console).iter().all(|r| !matches!(r, Request::BrakeAll { .. })));
    let console = console.keys("stop Enter");
    assert_eq!(wrong(&console), Some("console.prompt.not-stop"));
    let console = Console::strategist().keys("2 S fire Enter STOP Enter");
    assert_eq!(
        requests(&console).last().copied(),
        Some(&Request::BrakeAll { reason: "fire".into() })
    );
    let console = console.answered(Slot::Change, Answer::BrakedAll(2));
    assert_eq!(console.said(), "console.done.paused-all");
}

#[test]
fn an_approver_delegates_and_his_delegate_approves() {
    let console = approver().keys("2 A wu.deputy Enter");
    assert_eq!(wrong(&console), Some("console.prompt.bad-delegation"));
    let console = console.keys("_2026-12-01_2026-12-07 Enter");
    let days = ["2026-12-01".parse().unwrap(), "2026-12-07".parse().unwrap()];
    assert_eq!(
        requests(&console).last().copied(),
        Some(&Request::Delegate { to: "wu.deputy".into(), days })
    );
    assert_eq!(writer().keys("2 A").said(), "console.reason.duty");
    let mut deputy = Console::of("wu.deputy", &[Duty::Viewer]);
    deputy.state.session.who.as_mut().unwrap().stands_for = vec!["wang.approver".into()];
    let deputy = deputy.keys("2 j a y");
    assert!(matches!(requests(&deputy).last(), Some(Request::Approve { .. })));
}

#[test]
fn who_has_approved_waits_for_the_second() {
    let mut console = approver();
    let freshness = console.state.strategies.freshness;
    let mut rows = strategies();
    rows[1].life.levels = 2;
    console.state.strategies.replace(rows.clone(), freshness);
    let console = console.keys("2 j a y");
    rows[1].life.given = vec![Given { approver: "wang.approver".into(), stands_for: None }];
    let console = console.answered(Slot::Change, Answer::Approved(rows[1].clone()));
    assert_eq!(console.said(), "console.done.first-level");
    assert_eq!(console.keys("a").said(), "console.reason.second-word");
}

/// An approver before the version that waits, with what stands in his way there.
fn barred(bar: Bar) -> Console {
    let mut console = approver();
    let freshness = console.state.strategies.freshness;
    let mut rows = strategies();
    rows[1].life.levels = 2;
    rows[1].life.given = vec![Given { approver: "wu.deputy".into(), stands_for: None }];
    rows[1].life.bar = Some(bar);
    rows[1].life.may = Some(vec!["sun.approver".to_owned()]);
    console.state.strategies.replace(rows, freshness);
    console
}

#[test]
fn what_the_database_would_refuse_is_not_asked() {
    for (bar, approve, back) in [
        (Bar::Writer, "console.reason.writer", Some("life.own-text")),
        (Bar::NameWriter, "console.reason.name-writer", Some("life.own-text")),
        (Bar::Spoke, "console.reason.second-word", None),
        (Bar::NameSpoke, "console.reason.name-spoke", None),
    ] {
        let console = barred(bar).keys("2 j a");
        assert_eq!(console.said(), approve, "{bar:?}");
        assert!(console.state.overlay.is_none(), "{bar:?}: nothing is asked");
        let said = &console.state.notice.as_ref().unwrap().message;
        assert_eq!(said.args, vec![("names", "sun.approver".into())]);
        let console = barred(bar).keys("2 j b");
        assert_eq!(console.state.overlay.is_none(), back.is_some(), "{bar:?}");
        if let Some(back) = back {
            assert_eq!(console.said(), back, "{bar:?}");
        }
    }
}

#[test]
fn one_that_was_approved_takes_the_second_that_is_asked_for_since() {
    for (levels, asks) in [(1, false), (2, true)] {
        let mut console = approver();
        let freshness = console.state.strategies.freshness;
        let mut rows = strategies();
        rows[1].state = StrategyState::Live;
        rows[1].life.given = vec![Given { approver: "wu.deputy".into(), stands_for: None }];
        rows[1].life.levels = levels;
        console.state.strategies.replace(rows, freshness);
        let console = console.keys("2 j a");
        assert_eq!(console.state.overlay.is_some(), asks, "{levels}: {}", console.said());
    }
}

#[test]
fn what_is_paused_is_not_called_unapproved() {
    let mut console = Console::strategist();
    let freshness = console.state.strategies.freshness;
    let mut rows = strategies();
    rows[0].state = StrategyState::Paused;
    console.state.strategies.replace(rows, freshness);
    assert_eq!(console.keys("2 p").said(), "console.reason.paused");
}

#[test]
fn going_on_from_theirs_takes_nothing_back_that_was_not_touched_here() {
    let before = strategies().remove(2);
    let mut theirs = before.clone();
    theirs.version = before.version + 1;
    theirs.text.deadline_days = 21;
    theirs.text.script = "their script".to_owned();
    theirs.text.name = "their name".to_owned();
    let form = Console::strategist().keys("2 j j e BTab x");
    let Some(Page::Form(page)) = form.state.page() else { panic!("no form") };
    let typed = page.fields[page.focus].text().to_owned();
    let (focus, base) = (page.focus, theirs.version);
    let form = form.keys("C-o").answered(Slot::Change, Answer::StrategyLate(Some(before), theirs));
    let form = form.keys("b");
    let Some(Page::Form(page)) = form.state.page() else { panic!("no form") };
    assert_eq!(page.fields[focus].text(), typed, "what was typed here stays");
    assert_eq!(page.fields[3].text(), "21");
    assert_eq!(page.script.text(), "their script");
    assert_eq!(page.made_from.as_ref().map(|(_, version)| *version), Some(base));
}

#[test]
fn who_can_approve_is_who_may_in_his_own_name() {
    let mut rows = strategies();
    rows[1].author = "li.strategist".to_owned();
    rows[1].life.may = Some(vec!["zhou.approver".to_owned()]);
    let mut console = Console::strategist().keys("2");
    console.act(Action::Rewritten);
    let console = console.answered(Slot::Strategies, Answer::Strategies(rows)).keys("j a");
    assert_eq!(console.said(), "console.reason.own-work");
    let said = &console.state.notice.as_ref().unwrap().message;
    assert_eq!(said.args, vec![("names", "zhou.approver".into())]);
}

/// The strategies with the first changed.
fn with_first(mut console: Console, change: impl FnOnce(&mut StrategyRow)) -> Console {
    let freshness = console.state.strategies.freshness;
    let mut rows = strategies();
    change(&mut rows[0]);
    console.state.strategies.replace(rows, freshness);
    console
}

#[test]
fn why_nothing_is_planned_is_said_as_it_stands() {
    for (state, said) in [
        (StrategyState::Paused, "console.reason.paused"),
        (StrategyState::Reviewed, "console.reason.reviewed"),
        (StrategyState::Submitted, "console.reason.not-approved"),
    ] {
        let console = with_first(Console::strategist(), |row| row.state = state);
        assert_eq!(console.keys("2 p").said(), said);
    }
}

#[test]
fn a_plan_whose_push_would_be_refused_says_so_and_is_not_pushed() {
    let wall = || Message::new(msg!("push.pilot-runs")).with("detail", "2026-12-01");
    let mut walled = plan();
    walled.notes.walls.push(wall());
    let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(walled));
    let console = console.keys("Y");
    assert_eq!(console.said(), "push.pilot-runs");
    assert!(requests(&console).iter().all(|asked| !matches!(asked, Request::Apply { .. })));
    // So does one that was refused for something that stays.
    for (said, again) in [(wall(), false), (msg!("cluster.deadline").into(), true)] {
        let console = Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
        let console = console.keys("Y").refused(Slot::Change, Refusal::because(said)).keys("Y");
        let tried = requests(&console);
        let tried = tried.iter().filter(|asked| matches!(asked, Request::Apply { .. })).count();
        assert_eq!(tried, if again { 2 } else { 1 });
    }
}

#[test]
fn another_code_typed_over_a_strategy_is_asked_about_before_it_is_saved() {
    let form = Console::strategist().keys("2 j j e");
    let Some(Page::Form(page)) = form.state.page() else { panic!("no form") };
    // From wherever the focus stands to the code, which is the first field.
    let steps = vec!["BTab"; page.focus].join(" ");
    let form = form.keys(&format!("{steps} End X C-o"));
    let Some(Overlay::Confirm(confirm)) = &form.state.overlay else { panic!("not asked") };
    assert_eq!(confirm.question.key, msg!("console.ask.another-code"));
    assert_eq!(confirm.question.args, vec![("of", "ST-016".into()), ("code", "ST-016X".into())]);
    let saves = |console: &Console| {
        let asked = requests(console).into_iter();
        asked.filter(|asked| matches!(asked, Request::SaveStrategy { .. })).count()
    };
    assert_eq!(saves(&form), 0);
    assert_eq!(saves(&form.keys("y")), 1);
    // The same code, and one that begins from nothing, are saved at once.
    assert_eq!(saves(&Console::strategist().keys("2 j j e C-o")), 1);
    assert_eq!(saves(&Console::strategist().keys("2 j c C-o")), 1);
}

#[test]
fn the_form_that_was_just_looked_at_is_the_one_that_is_thrown_away() {
    let kept = |form: &str, name: &str| Draft {
        key: DraftKey { of: DraftOf::Strategy, form: form.to_owned() },
        fields: ["ST-019", name, "SG-A", "14", "0.10", "7", "p", "b", "s", "", "", "0"]
            .map(str::to_owned)
            .to_vec(),
    };
    let mut console = Console::strategist();
    console.act(Action::DraftFound(kept("ST-019", "AAA")));
    console.act(Action::DraftFound(kept("ST-019 2", "BBB")));
    let named = |console: &Console| match &console.state.overlay {
        Some(Overlay::Confirm(confirm)) => confirm.question.args.clone(),
        other => panic!("{other:?}"),
    };
    let first = console.keys("X");
    assert_eq!(named(&first), vec![("code", "ST-019 AAA".into())], "the one that D would open");
    let seen = first.keys("Esc D Esc X");
    assert_eq!(named(&seen), vec![("code", "ST-019 AAA".into())], "the one that D has shown");
    let other = seen.keys("Esc D Esc X");
    assert_eq!(named(&other), vec![("code", "ST-019 BBB".into())]);
    let dropped = other.keys("y");
    assert_eq!(dropped.state.drafts, vec![kept("ST-019", "AAA")]);
}

/// The bank refuses a day by its place in the text, wherever the cursor stood.
#[test]
fn a_wave_of_a_past_day_puts_the_cursor_where_the_day_stands() {
    let mut form = Console::strategist().keys("2 j j e");
    if let Some(Page::Form(page)) = form.state.pages.last_mut() {
        page.body = Editor::new("[[wave]]\nname = \"a\"\ndate = 2026-07-01\n");
        page.focus = SCRIPT;
    }
    let why = Message::new(msg!("strategy.part.past-day"));
    let said = Message::new(msg!("strategy.part-of")).with("key", "wave[1].date");
    let said = said.with("error", why);
    let form = form.keys("C-o").refused(Slot::Change, Refusal::because(said));
    let Some(Page::Form(page)) = form.state.page() else { panic!("no form") };
    let fault = page.error.as_ref().map(|fault| (fault.field, fault.place));
    assert_eq!(fault, Some((BODY, Some(Place { line: 3, column: 8 }))));
    assert_eq!(page.focus, BODY);
}
