//! Looking into segments and their customers.

use super::*;
use crate::app::effect::ListAsked;
use crate::app::fixtures::{cards, dictionary, studies};
use crate::app::state::PromptFor;
use crate::app::study::{Finding, Study};
use crate::domain::id::{PlanId, PushId, SnapshotId};
use crate::domain::people::{People, PushPart, Side};
use crate::domain::segment::list::UploadReport;

pub(super) fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

fn asked(console: &Console) -> &Study {
    let last = requests(console).into_iter().rev().find_map(|request| match request {
        Request::Study(study) => Some(study),
        _ => None,
    });
    last.expect("nothing was looked into")
}

fn on_screen(console: &Console) -> &crate::app::state::study::StudyPage {
    match console.state.page() {
        Some(Page::Study(page)) => page,
        other => panic!("another page: {other:?}"),
    }
}

fn typed(console: &Console) -> String {
    match console.state.page() {
        Some(Page::Rule(page)) => page.editor.text(),
        other => panic!("no rule editor: {other:?}"),
    }
}

/// Each kind of finding: how its page is opened, and what is found.
fn kinds() -> Vec<(&'static str, Console, Finding)> {
    let history = || found(Console::strategist().keys("j v"), studies::history());
    let members = || found(Console::strategist().keys("j c"), studies::members(0, 3));
    vec![
        ("overlap", Console::strategist().keys("Space Space x"), studies::overlap(2)),
        ("portrait", Console::strategist().keys("j p"), studies::portrait()),
        ("grid", Console::strategist().keys("j m Enter"), studies::grid()),
        ("history", Console::strategist().keys("j v"), studies::history()),
        ("compare", history().keys("x"), studies::comparison()),
        ("diff", history().keys("Tab x"), studies::diff()),
        ("push", Console::strategist().keys("3 c"), studies::push_parts()),
        ("board", Console::strategist().keys("3 b"), studies::board()),
        ("order", Console::strategist().keys("3 Enter Enter"), studies::push_members()),
        ("hits", hits(), studies::hit_days()),
        ("members", Console::strategist().keys("j c"), studies::members(0, 3)),
        ("card", members().keys("Enter"), cards::card()),
        ("why", members().keys("x"), cards::why(true)),
    ]
}

fn hits() -> Console {
    let rows = Answer::Moments(crate::app::fixtures::moments());
    Console::strategist().keys("g m").answered(Slot::Moments, rows).keys("Enter")
}

#[test]
fn a_unit_of_the_board_leads_to_its_tasks_and_a_day_to_nothing() {
    let board = || found(Console::strategist().keys("3 b"), studies::board());
    let of = |org: &str| People::Push {
        push: PushId(12),
        part: Some(PushPart::Treated),
        org: Some(org.to_owned()),
    };
    assert_eq!(*whose(&board().keys("j Enter")), of("B0302"));
    let console = board().keys("Tab j j j Enter");
    assert_eq!(*whose(&console), of("B0303"), "the unit of the RM");
    let back = console.keys("Esc");
    assert!(matches!(on_screen(&back).study, Study::Board { .. }), "and back again");
    assert!(matches!(asked(&board().keys("Tab Tab Enter")), Study::Board { .. }));
}

/// Whose customers were asked for last.
fn whose(console: &Console) -> &People {
    match asked(console) {
        Study::Members { of, .. } => of,
        other => panic!("no list of customers: {other:?}"),
    }
}

#[test]
fn a_plan_leads_to_the_customers_of_a_unit_and_to_those_left_off_for_a_reason() {
    let planned = || Console::strategist().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    let asked = |console: &Console| match requests(console).pop() {
        Some(Request::Study(Study::Members { of, .. })) => Some(of.clone()),
        _ => None,
    };
    let of = |part, org| Some(People::Plan { plan: PlanId(31), part, org });
    let unit = planned().keys("j Enter");
    assert_eq!(asked(&unit), of(None, Some("B0302".to_owned())));
    let reason = planned().keys("Right Tab j Enter");
    let blocked = PushPart::Blocked("live_strategy".to_owned());
    assert_eq!(asked(&reason), of(Some(blocked), None));
    let back = reason.keys("Esc");
    assert!(matches!(back.state.page(), Some(Page::Plan(page)) if page.cursor == 1));
    let nobody = planned().keys("Right Enter");
    assert_eq!(asked(&nobody), None, "an RM's tasks are no list of their own yet");
}

#[test]
fn a_push_opens_its_customers_by_arm_by_reason_and_by_unit() {
    let parts = || found(Console::strategist().keys("3 c"), studies::push_parts());
    let of = |part, org| People::Push { push: PushId(12), part, org };
    assert_eq!(*whose(&parts().keys("Enter")), of(None, None));
    assert_eq!(*whose(&parts().keys("j j Enter")), of(Some(PushPart::Control), None));
    let blocked = PushPart::Blocked("live_strategy".to_owned());
    let console = parts().keys("G Enter");
    assert_eq!(*whose(&console), of(Some(blocked), None));
    // From the list to the card, and why the customer is in the segment that was pushed.
    let console = found(console, studies::push_members()).keys("Enter");
    assert!(
        matches!(asked(&console), Study::Card { code: Some(code), .. } if code == "SG-PAYROLL")
    );
    let console = Console::strategist().keys("3 Enter j Enter");
    assert_eq!(*whose(&console), of(None, Some("B0302".to_owned())));
}

#[test]
fn who_moved_between_two_snapshots_is_listed_by_side_and_by_unit() {
    let compare = || {
        let history = found(Console::strategist().keys("j v"), studies::history());
        found(history.keys("x"), studies::comparison())
    };
    let of = |side, org: Option<&str>| People::Moves {
        before: SnapshotId(5),
        after: SnapshotId(7),
        side,
        org: org.map(str::to_owned),
    };
    let console = compare().keys("j Enter");
    assert_eq!(*whose(&console), of(Side::Left, None));
    let console = found(console, studies::members(0, 3)).keys("Tab");
    assert_eq!(*whose(&console), of(Side::Stayed, None));
    let before = console.asked(Slot::Study);
    let console = console.keys("Right");
    assert_eq!(console.asked(Slot::Study), before, "there is no part after the last");
    assert_eq!(*whose(&console.keys("Tab")), of(Side::Came, None), "Tab goes round");
    assert_eq!(*whose(&compare().keys("Tab Enter")), of(Side::Left, Some("B0302")));
    assert_eq!(*whose(&compare().keys("l j j Enter")), of(Side::Came, Some("B0301")));
    // A snapshot's list has no other side.
    let console = found(Console::strategist().keys("j c"), studies::members(0, 3)).keys("Tab");
    assert_eq!(console.said(), "console.reason.nothing-here");
}

#[test]
fn whom_an_event_rule_has_hit_is_listed_by_day() {
    let days = || found(hits(), studies::hit_days());
    let of = |day| People::Hits { moment: "MOT-OUT".to_owned(), day };
    assert_eq!(*whose(&days().keys("Enter")), of(None));
    let console = days().keys("j Enter");
    assert_eq!(*whose(&console), of(Some(crate::app::fixtures::day(20))));
    // There is no segment behind it, so nothing says why.
    let console = found(console, studies::members(0, 3)).keys("x");
    assert_eq!(console.said(), "console.reason.no-segment");
    let none = crate::domain::people::HitDays { days: vec![] };
    let console = found(hits(), Finding::Hits(none)).keys("Enter");
    assert_eq!(console.said(), "console.reason.nothing-here");
}

#[test]
fn stale_study_does_not_show_on_another_page() {
    for (name, console, finding) in kinds() {
        let first = console.asked(Slot::Study);
        // Back, and into something else: what was asked first comes late.
        let mut console = console.keys("1 j v");
        assert_ne!(console.asked(Slot::Study), first, "{name}");
        let result = Box::new(Ok(Answer::Found(Box::new(finding))));
        console.act(Action::Answered { slot: Slot::Study, generation: first, result });
        assert!(on_screen(&console).finding.is_none(), "{name}");
        assert!(console.state.waits(Slot::Study), "{name}");
    }
}

#[test]
fn every_kind_is_found_refused_and_left() {
    for (name, console, finding) in kinds() {
        let console = console.refused(Slot::Study, Refusal::because(msg!("rule.empty")));
        assert!(on_screen(&console).refusal.is_some(), "{name}");
        let console = found(
            console
                .keys("r")
                .answered(Slot::Session, Answer::Session(bank(), who("li.strategist", &Duty::ALL))),
            finding,
        );
        let page = on_screen(&console);
        assert!(page.refusal.is_none() && page.finding.is_some(), "{name}");
        let console = console.keys("G j y Home k");
        assert_eq!(on_screen(&console).row, 0, "{name}");
        let pages = console.state.pages.len();
        let console = console.keys("Esc");
        assert_eq!(console.state.pages.len(), pages - 1, "{name}");
    }
}

#[test]
fn leaving_a_page_cancels_what_was_asked_for_it() {
    let console = Console::strategist().keys("j p Esc");
    assert_eq!(console.effects.last(), Some(&Effect::Cancel(Slot::Study)));
    assert!(!console.state.waits(Slot::Study));
}

#[test]
fn a_page_that_comes_back_unanswered_is_asked_for_again() {
    let console = found(Console::strategist().keys("j v"), studies::history()).keys("x");
    let compare = asked(&console).clone();
    // Another page over it before it is answered.
    let mut console = console;
    console.state.pages.push(Page::Study(Box::new(crate::app::state::study::StudyPage::new(
        Study::Portrait { code: "SG-NEAR".to_owned() },
    ))));
    let console = console.keys("Esc");
    assert_eq!(*asked(&console), compare);
}

#[test]
fn marked_segments_are_laid_over_one_another_and_a_cell_becomes_a_rule() {
    let console = Console::strategist().keys("x");
    assert_eq!(console.said(), "console.reason.mark-two");
    let console = console.keys("Space Space");
    assert_eq!(console.state.marked, ["SG-NEAR", "SG-PAYROLL"]);
    let console = console.keys("x");
    let codes = ["SG-NEAR", "SG-PAYROLL"].map(str::to_owned).to_vec();
    assert_eq!(*asked(&console), Study::Overlap { codes });
    let console = found(console, studies::overlap(2)).keys("b l l h l");
    assert!(on_screen(&console).shares);
    assert_eq!(on_screen(&console).part, 1);
    let console = console.keys("Enter");
    assert_eq!(typed(&console), "segment('SG-NEAR') and segment('SG-PAYROLL')");
    let Some(Page::Rule(page)) = console.state.page() else { unreachable!() };
    assert_eq!(page.code.text(), "SG-X");
    // Marks are taken away as they were made.
    let console = Console::strategist().keys("Space k Space");
    assert!(console.state.marked.is_empty());
}

#[test]
fn more_segments_than_a_matrix_has_are_refused() {
    let mut console = Console::strategist();
    console.state.marked = (0..21).map(|n| format!("S{n}")).collect();
    let console = console.keys("x");
    assert_eq!(console.said(), "segment.overlap.too-many");
}

#[test]
fn a_viewer_looks_and_makes_nothing() {
    let viewer = || Console::of("zhao.viewer", &[Duty::Viewer]);
    let console = found(viewer().keys("j p"), studies::portrait()).keys("s");
    assert_eq!(console.said(), "console.reason.duty");
    for keys in ["j w", "j i"] {
        assert_eq!(viewer().keys(keys).said(), "console.reason.duty", "{keys}");
    }
    let console = found(viewer().keys("j c"), studies::members(0, 3)).keys("Enter");
    assert!(matches!(asked(&console), Study::Card { .. }));
}

#[test]
fn offline_nothing_is_looked_into() {
    for keys in ["j p", "j v", "j c", "Space Space x"] {
        let down = Action::Unlinked(msg!("console.reason.deadline").into());
        let console = Console::strategist().acted(down).keys(keys);
        assert_eq!(console.said(), "console.reason.deadline", "{keys}");
    }
}

#[test]
fn attributes_are_chosen_by_letters_and_split_a_segment() {
    let console = Console::strategist().keys("j m");
    assert_eq!(requests(&console).last(), Some(&&Request::Dictionary));
    let console = console.answered(Slot::Dictionary, Answer::Dictionary(dictionary()));
    let console = console.keys("fxdj Tab age Tab aum:50000,500000 Tab vip Tab");
    let Some(Overlay::Axes(axes)) = &console.state.overlay else { panic!("no overlay") };
    assert_eq!(axes.chosen, ["risk_level", "age", "aum:50000,500000"]);
    assert_eq!(axes.error, Some(msg!("console.axes.full").into()));
    let console = console.keys("Enter");
    let by = ["risk_level", "age", "aum:50000,500000"].map(str::to_owned).to_vec();
    assert_eq!(*asked(&console), Study::Grid { code: "SG-PAYROLL".to_owned(), by, metric: None });
    // One that is chosen can be taken back; without any, the one under the cursor counts.
    let console = Console::strategist().keys("j m tier Tab tier Tab Down Enter");
    assert_eq!(
        *asked(&console),
        Study::Grid { code: "SG-PAYROLL".to_owned(), by: vec!["age".to_owned()], metric: None }
    );
    let console = Console::strategist().keys("j m zzzz Enter");
    assert_eq!(console.said(), "console.empty.filter");
}

#[test]
fn a_cell_becomes_a_segment_or_a_strategy() {
    let grid = || found(Console::strategist().keys("j m Enter"), studies::grid());
    let rule = "payroll and tier = 'gold' and age >= 40";
    let console = grid().keys("j s");
    assert_eq!(typed(&console), rule);
    let console = grid().keys("j t");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!((prompt.of, prompt.field.text()), (PromptFor::Cell, "SG-PAYROLL-2"));
    let console = console.keys("_gold_and_forty Enter");
    let (code, name) = ("SG-PAYROLL-2".to_owned(), "gold and forty".to_owned());
    let saves = Request::SaveSegment { code, name, rule: rule.to_owned(), base: 0 };
    assert_eq!(requests(&console).last(), Some(&&saves));
    let mut row = segments()[0].clone();
    row.code = "SG-PAYROLL-2".to_owned();
    let kept = || Answer::SegmentSaved(row.clone());
    let console = console.answered(Slot::Change, kept());
    let Some(Page::Form(form)) = console.state.page() else { panic!("no strategy form") };
    assert!(form.fields.iter().any(|field| field.text() == "SG-PAYROLL-2"));
    // What is saved for itself begins no strategy, and neither does what was refused before.
    let console = grid().keys("j t Enter");
    let console = console.refused(Slot::Change, Refusal::because(msg!("rule.empty")));
    let console = console.keys("s C-o Tab Tab x C-o").answered(Slot::Change, kept());
    assert!(!matches!(console.state.page(), Some(Page::Form(_))));
}

#[test]
fn a_trait_narrows_its_segment() {
    let console = found(Console::strategist().keys("j p"), studies::portrait());
    let console = console.keys("j j s");
    assert_eq!(typed(&console), "segment('SG-PAYROLL') and risk_level = 'C2'");
}

#[test]
fn snapshots_and_versions_are_compared_with_the_one_before_or_the_marked_one() {
    let history = || found(Console::strategist().keys("j v"), studies::history());
    let pair = |console: &Console| match asked(console) {
        Study::Compare { pair: Some((a, b)), .. } => (a.0, b.0),
        other => panic!("{other:?}"),
    };
    assert_eq!(pair(&history().keys("x")), (5, 7));
    assert_eq!(pair(&history().keys("Space j j j x")), (2, 7));
    assert_eq!(pair(&history().keys("G Space Home x")), (2, 7));
    assert_eq!(history().keys("G x").said(), "console.reason.nothing-before");
    let console = history().keys("l Space j j x");
    assert_eq!(*asked(&console), Study::Diff { code: "SG-PAYROLL".to_owned(), from: 1, to: 3 });
    // From the segment itself, the last two.
    let console = Console::strategist().keys("j Enter x");
    assert_eq!(*asked(&console), Study::Compare { code: "SG-PAYROLL".to_owned(), pair: None });
}

#[test]
fn customers_are_turned_over_a_hundred_at_a_time_and_not_without_end() {
    let console = Console::strategist().keys("c");
    assert_eq!(console.said(), "console.reason.no-snapshot");
    let listed =
        |skip, rows| found(Console::strategist().keys("j c"), studies::members(skip, rows));
    let skip = |console: &Console| match asked(console) {
        Study::Members { of: People::Snapshot(SnapshotId(7)), skip, .. } => *skip,
        other => panic!("{other:?}"),
    };
    let console = listed(0, 100).keys("p");
    assert_eq!(console.said(), "console.reason.first-page");
    let console = console.keys("j n");
    assert_eq!((skip(&console), on_screen(&console).row), (100, 0));
    let console = found(console, studies::members(100, 100)).keys("p");
    assert_eq!(skip(&console), 0);
    assert_eq!(listed(900, 100).keys("n").said(), "console.reason.last-page");
    assert_eq!(listed(0, 3).keys("n").said(), "console.reason.last-page");
}

#[test]
fn a_card_is_opened_once_and_tells_why() {
    let members = found(Console::strategist().keys("j c"), studies::members(0, 3));
    let console = found(members.keys("Enter"), cards::card());
    let session = || Answer::Session(bank(), who("li.strategist", &Duty::ALL));
    let before = console.asked(Slot::Study);
    let console = console.keys("r").answered(Slot::Session, session());
    assert_eq!(console.asked(Slot::Study), before, "an opened card is not opened again");
    let console = console.keys("Tab Tab h").keys("x");
    assert!(matches!(asked(&console), Study::Why { code, .. } if code == "SG-PAYROLL"));
}

#[test]
fn a_list_is_written_and_another_is_read() {
    let console = Console::strategist().keys("j w");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.field.text(), "SG-PAYROLL-7.csv");
    let console = console.keys("Enter");
    let path = "SG-PAYROLL-7.csv".to_owned();
    let export = Request::Export { snapshot: SnapshotId(7), path: path.clone() };
    assert_eq!(requests(&console).last(), Some(&&export));
    let console = console.answered(Slot::Change, Answer::Exported(path, 12_408));
    assert_eq!(console.said(), "console.done.exported");

    let console = console.keys("i vips.csv Enter C-u phone_电话 Enter C-u VIPS Enter");
    let asked = ListAsked {
        code: "VIPS".to_owned(),
        path: "vips.csv".to_owned(),
        key: "phone".to_owned(),
        column: Some("电话".to_owned()),
    };
    // What it would give comes first, and nothing is taken without a yes.
    assert_eq!(requests(&console).last(), Some(&&Request::CheckList(asked.clone())));
    // Refused, the question stands again as it was answered, with the reason.
    let again = Console { state: console.state.clone(), effects: console.effects.clone() }
        .refused(Slot::Change, Refusal::because(msg!("segment.upload.missing-column")));
    let Some(Overlay::Prompt(asked_again)) = &again.state.overlay else { panic!("no prompt") };
    assert_eq!((asked_again.of, asked_again.field.text()), (PromptFor::ListKey, "phone 电话"));
    assert!(asked_again.error.is_some());
    let again = again.keys("Enter Enter");
    assert_eq!(requests(&again).last(), Some(&&Request::CheckList(asked.clone())));
    let report =
        UploadReport { upload: 1, version: 1, read: 9, matched: 6, unmatched: 2, doubled: 1 };
    let checked = Answer::ListChecked(asked.clone(), report, ("GB18030", '\t'));
    let console = console.answered(Slot::Change, checked);
    let left = Console { state: console.state.clone(), effects: vec![] }.keys("Esc");
    assert!(requests(&left).is_empty() && left.state.overlay.is_none());
    let console = console.keys("y");
    assert_eq!(requests(&console).last(), Some(&&Request::Upload(asked.clone())));
    let uploaded = |file| Answer::Uploaded("VIPS".to_owned(), report, file);
    let console = console.answered(Slot::Change, uploaded(None));
    assert_eq!(console.said(), "console.done.uploaded");
    let console = console.keys("i x.csv Enter Enter Enter");
    let checked = Answer::ListChecked(asked, report, ("UTF-8", ','));
    let console = console.answered(Slot::Change, checked).keys("y");
    let console = console.answered(Slot::Change, uploaded(Some("x.rejects.csv".to_owned())));
    assert_eq!(console.said(), "console.done.outcomes-rejects");
}
