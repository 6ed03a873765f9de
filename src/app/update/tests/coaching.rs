//! Score cards and the coaching log by keys: from the heat grid to a card, to the log, to an entry and a look at one.

use super::*;
use crate::app::draft::DraftOf;
use crate::app::fixtures::{scores, watch};
use crate::app::study::{Finding, Study};
use crate::domain::coaching::Found;
use crate::domain::score::Of;

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

fn heat() -> Console {
    found(Console::strategist().keys("g h"), Finding::Heat(watch::heat()))
}

fn log() -> Console {
    found(heat().keys("v"), Finding::Coaching(scores::log()))
}

fn last(console: &Console) -> Request {
    (*requests(console).last().unwrap()).clone()
}

#[test]
fn a_row_of_the_grid_leads_to_its_card_its_rms_and_its_log() {
    let console = heat().keys("p");
    assert!(
        matches!(last(&console), Request::Study(Study::Score { of: Of::Unit, code, .. }) if code == "B03")
    );
    let card = found(console, Finding::Score(Box::new(scores::scored())));
    let Request::Study(Study::Scores { of: Of::Rm, org: Some((org, _)), .. }) =
        last(&card.keys("m"))
    else {
        panic!("no list")
    };
    assert_eq!(org, "B03");
    let console = heat().keys("j v");
    assert!(
        matches!(last(&console), Request::Study(Study::Coaching { org: Some(org), all: false, .. }) if org == "B01")
    );
    assert!(matches!(last(&log().keys("f")), Request::Study(Study::Coaching { all: true, .. })));
}

#[test]
fn a_list_turns_its_kinds_and_opens_a_card() {
    let list = || found(Console::strategist().keys("g p"), Finding::Scores(scores::scores()));
    let kinds = |console: &Console| match last(console) {
        Request::Study(Study::Scores { of, kind, .. }) => (of, kind),
        other => panic!("{other:?}"),
    };
    let console = list();
    assert_eq!(kinds(&console), (Of::Unit, Some("branch".to_owned())));
    let console = found(console.keys("b"), Finding::Scores(scores::scores()));
    assert_eq!(kinds(&console), (Of::Unit, Some("subbranch".to_owned())));
    let console = found(console.keys("b"), Finding::Scores(scores::rms()));
    assert_eq!(kinds(&console), (Of::Rm, None));
    assert!(
        matches!(last(&console.keys("Enter")), Request::Study(Study::Score { of: Of::Rm, code, .. }) if code == "R101")
    );
    // The log of an RM's row is that of his unit.
    let console = found(list().keys("b b"), Finding::Scores(scores::rms())).keys("v");
    assert!(
        matches!(last(&console), Request::Study(Study::Coaching { org: Some(org), .. }) if org == "B0301")
    );
}

#[test]
fn stale_card_does_not_replace_the_log_on_screen() {
    let console = heat().keys("p").keys("Esc v");
    let stale = Answer::Found(Box::new(Finding::Score(Box::new(scores::scored()))));
    let console = overtaken(console, Slot::Study, "f", stale);
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    assert!(!matches!(page.finding, Some(Finding::Score(_))));
}

#[test]
fn an_entry_is_written_and_its_draft_goes_with_it() {
    let console = log().keys("n 早会 Tab 过名单");
    let draft = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::KeepDraft(draft) => Some(draft.clone()),
        _ => None,
    });
    let draft = draft.expect("what is typed is kept");
    assert_eq!((draft.key.of, draft.name()), (DraftOf::Coaching, "B03"));
    let console = console.keys("C-o");
    let Request::Coach(new) = last(&console) else { panic!("{:?}", last(&console)) };
    assert_eq!(
        (new.org.as_str(), new.seen.as_str(), new.agreed.as_str()),
        ("B03", "早会", "过名单")
    );
    let entry = scores::log().remove(0);
    let console = console.answered(Slot::Change, Answer::Coached(Box::new(entry)));
    assert_eq!(console.said(), "coaching.done.new");
    assert!(
        console
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::DropDraft(key) if *key == draft.key))
    );
    assert!(matches!(console.state.page(), Some(Page::Study(_))));
    assert!(requests(&console).iter().any(|request| matches!(request, Request::Work)));
}

#[test]
fn a_form_that_is_left_is_laid_aside_and_comes_back() {
    let console = log().keys("n 早会 Esc");
    assert_eq!(console.state.drafts.len(), 1);
    let console = console.keys("D");
    let Some(Page::Coaching(page)) = console.state.page() else { panic!("no form") };
    assert_eq!((page.fields[0].text(), page.org.0.as_str()), ("早会", "B03"));
    // What is missing is said, and the keys go there.
    let console = console.keys("C-o");
    let Some(Page::Coaching(page)) = console.state.page() else { panic!("no form") };
    assert_eq!((page.focus, console.said()), (1, "console.form.wrong"));
}

#[test]
fn a_look_ends_an_agreement_or_gives_it_another_day() {
    let asked = |console: &Console| match last(console) {
        Request::Recheck { coaching, result, text, next_due } => {
            (coaching, result, text, next_due.map(|day| day.to_string()))
        }
        other => panic!("{other:?}"),
    };
    let console = log().keys("x Enter 已讲 Enter");
    assert_eq!(asked(&console), (5, Found::Kept, "已讲".to_owned(), None));
    let console = log().keys("x Down Enter 七成 Enter Enter");
    assert_eq!(
        asked(&console),
        (5, Found::Again, "七成".to_owned(), Some("2026-11-27".to_owned()))
    );
    for wrong in ["x Enter Enter", "x Down Enter 七成 Enter C-u soon Enter"] {
        let console = log().keys(wrong);
        let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
        assert!(prompt.error.is_some(), "{wrong}");
    }
    // One that has ended is not looked at again.
    assert_eq!(log().keys("G x").said(), "coaching.wrong.ended");
    let mut entry = scores::log().remove(1);
    entry.coaching = 5;
    let console = log().keys("x Enter 已讲 Enter");
    let console = console.answered(Slot::Change, Answer::Coached(Box::new(entry)));
    assert_eq!(console.said(), "coaching.done.recheck");
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    let Some(Finding::Coaching(rows)) = &page.finding else { panic!("no log") };
    assert_eq!(rows[0].rechecks.len(), 1, "what was found stands there at once");
}

#[test]
fn who_may_not_write_is_told_so_and_who_has_no_unit_before_him_too() {
    let viewer = Console::of("zhao.viewer", &[Duty::Viewer]);
    let log = found(
        found(viewer.keys("g h"), Finding::Heat(watch::heat())).keys("v"),
        Finding::Coaching(scores::log()),
    );
    let pages = log.state.pages.len();
    assert_eq!(log.keys("n").state.pages.len(), pages);
    let all = found(Console::strategist().keys("g v"), Finding::Coaching(vec![]));
    assert_eq!(all.keys("n").said(), "coaching.reason.no-unit");
}

#[test]
fn what_is_due_leads_from_home_to_the_log_of_its_unit() {
    let mut console = Console::strategist().keys("0");
    let work = crate::domain::worklist::Work::Recheck {
        coaching: 5,
        org: "B03".into(),
        org_name: "南城分行".into(),
        looks: true,
    };
    assert_eq!(work.title(), msg!("worklist.recheck"));
    let row =
        crate::domain::worklist::WorkRow { work, name: String::new(), since: None, due: None };
    console = console.answered(Slot::Work, Answer::Work(vec![row]));
    let console = console.keys("Enter");
    assert!(
        matches!(last(&console), Request::Study(Study::Coaching { org: Some(org), .. }) if org == "B03")
    );
}
