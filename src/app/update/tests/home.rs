//! What waits for the operator: shown first, and each line leads on.

use super::*;
use crate::app::fixtures::{day, watch, work};
use crate::app::study::{Finding, Study};
use crate::domain::people::People;
use crate::domain::worklist::{Work, WorkRow};

fn session() -> Answer {
    Answer::Session(bank(), who("li.strategist", &Duty::ALL))
}

/// A console that has just been told who sits there, and asks what waits.
fn beginning() -> Console {
    let mut console = Console::linked();
    console.state.greets = true;
    console.answered(Slot::Session, session())
}

fn on_home(console: &Console) -> bool {
    matches!(console.state.page(), Some(Page::Home))
}

#[test]
fn what_waits_is_shown_first_and_only_if_something_does() {
    let console = beginning().answered(Slot::Work, Answer::Work(work()));
    assert!(on_home(&console));
    let console = console.keys("Esc r").answered(Slot::Session, session());
    assert!(!on_home(&console), "only once");
    assert!(!on_home(&beginning().answered(Slot::Work, Answer::Work(vec![]))));
}

#[test]
fn whoever_has_begun_something_is_not_interrupted() {
    let console = beginning().keys("4").answered(Slot::Work, Answer::Work(work()));
    assert!(!on_home(&console));
    let mut console = Console::linked().answered(Slot::Session, session());
    assert!(!console.state.waits(Slot::Work), "whoever wants the panes is asked nothing");
    console = console.keys("0");
    assert!(on_home(&console) && console.state.waits(Slot::Work));
}

/// The worklist with the cursor on the first line of this kind.
fn at(kind: &str) -> Console {
    let mut console = Console::strategist().keys("0").answered(Slot::Work, Answer::Work(work()));
    while console.state.work.selected().unwrap().work.code() != kind {
        console = console.keys("j");
    }
    console
}

#[test]
fn an_alert_and_a_finding_lead_to_their_own_rows() {
    let mut alerts = watch::alerts();
    alerts
        .iter_mut()
        .zip(["AL-0", "AL-AUM", "AL-2"])
        .for_each(|(row, code)| row.text.code = code.into());
    let console = at("alert");
    let Work::Alert { code, .. } = &console.state.work.selected().unwrap().work else { panic!() };
    assert_eq!(code, "AL-AUM");
    let console = console.keys("Enter");
    let console = console.answered(Slot::Study, Answer::Found(Box::new(Finding::Alerts(alerts))));
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    assert_eq!(page.row, 1);
    let mut console = Console::strategist().keys("0").answered(Slot::Work, Answer::Work(work()));
    while !matches!(console.state.work.selected().unwrap().work, Work::Finding { finding: 6, .. }) {
        console = console.keys("j");
    }
    let noted = Answer::Found(Box::new(Finding::Noted(watch::noted())));
    let console = console.keys("Enter").answered(Slot::Study, noted);
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    assert_eq!(page.row, 1, "number 6 stands below number 7");
    // A key that was pressed meanwhile counts more than where one came from.
    assert!(page.sought.is_none());
}

#[test]
fn each_line_opens_what_it_is_about() {
    for kind in ["sign", "unsigned"] {
        assert!(matches!(at(kind).keys("Enter").state.page(), Some(Page::Push(_))), "{kind}");
    }
    for (kind, code) in [("approve", "ST-017"), ("push", "ST-014"), ("submit", "ST-016")] {
        let console = at(kind).keys("Enter");
        let Some(Page::Strategy(page)) = console.state.page() else { panic!("{kind}") };
        assert_eq!(page.code, code, "{kind}");
    }
    assert!(matches!(at("moment").keys("Enter").state.page(), Some(Page::Moments)));
    let console = at("finding").keys("Enter");
    let hits = People::Hits { moment: "MOT-OUT".to_owned(), day: Some(day(20)) };
    let asked = Study::Members { code: None, of: hits, skip: 0 };
    assert_eq!(requests(&console).last(), Some(&&Request::Study(asked)));
    assert_eq!(at("rejected").keys("Enter").said(), "console.reason.nothing-here");
}

#[test]
fn a_wave_that_is_due_opens_its_plan() {
    let due = |code: &str| WorkRow {
        work: Work::Wave { code: code.to_owned(), version: 3, wave: 2 },
        name: "再联系".to_owned(),
        since: None,
        due: Some(day(20)),
    };
    let waits = |code| {
        let console = Console::strategist().keys("0");
        console.answered(Slot::Work, Answer::Work(vec![due(code)])).keys("Enter")
    };
    let console = waits("ST-014");
    assert!(matches!(console.state.page(), Some(Page::Plan(page)) if page.code == "ST-014"));
    assert!(requests(&console).contains(&&Request::Plan { code: "ST-014".to_owned() }));
    assert_eq!(waits("ST-099").said(), "console.reason.nothing-here");
    // Who may not plan is shown the strategy, and why.
    let viewer = Console::of("zhao.viewer", &[Duty::Viewer]).keys("0");
    let viewer = viewer.answered(Slot::Work, Answer::Work(vec![due("ST-014")])).keys("Enter");
    assert!(matches!(viewer.state.page(), Some(Page::Strategy(_))));
    assert_eq!(viewer.said(), "console.reason.duty");
}

#[test]
fn a_line_about_something_that_is_not_listed_says_so() {
    let mut console = at("approve");
    console.state.strategies.replace(vec![], Freshness::Unknown);
    assert_eq!(console.keys("Enter").said(), "console.reason.nothing-here");
}

#[test]
fn stale_worklist_does_not_replace_the_lines() {
    let console = overtaken(at("sign").keys("r"), Slot::Session, "r", session());
    let console = console.answered(Slot::Session, session());
    let first = console.asked(Slot::Work);
    let mut console = console.keys("r").answered(Slot::Session, session());
    let stale = Box::new(Ok(Answer::Work(vec![])));
    console.act(Action::Answered { slot: Slot::Work, generation: first, result: stale });
    assert!(console.state.work.all().iter().any(|row| matches!(row.work, Work::Sign { .. })));
}

#[test]
fn a_form_that_was_kept_is_opened_from_what_waits_too() {
    let mut console = beginning().answered(Slot::Work, Answer::Work(work()));
    let key = DraftKey { of: DraftOf::Segment, form: String::new() };
    let fields = ["", "", "age > 30", "", "0"].map(str::to_owned).to_vec();
    console.act(Action::DraftFound(Draft { key, fields }));
    assert!(on_home(&console));
    let console = console.keys("D");
    assert!(matches!(console.state.page(), Some(Page::Rule(p)) if p.editor.text() == "age > 30"));
}
