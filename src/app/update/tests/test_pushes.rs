//! Test pushes, previews of waves and the bank's rules, by keys.

use super::*;
use crate::app::effect::TestAsk;
use crate::app::fixtures::strategies::{deep, strategies_with};
use crate::app::fixtures::test_pushes::{found, policies, test_pushes};
use crate::app::study::{Finding, Study};
use crate::domain::strategy::StrategyState;
use crate::domain::strategy::test_push::TestState;

fn writer() -> Console {
    Console::of("li.strategist", &[Duty::Strategist])
}

fn of_unit(mut console: Console, code: &str) -> Console {
    let unit = (code.to_owned(), "南城一支行".to_owned());
    console.state.session.who.as_mut().unwrap().org = Some(unit);
    console
}

fn read(console: Console) -> Console {
    console.keys("2 j j T").answered(Slot::Study, Answer::Found(Box::new(found())))
}

fn asked(console: &Console) -> Option<&TestAsk> {
    requests(console).into_iter().rev().find_map(|request| match request {
        Request::Test(asked) => Some(asked),
        _ => None,
    })
}

#[test]
fn an_author_with_a_branch_says_yes_and_one_of_the_whole_bank_names_it() {
    let console = read(of_unit(writer(), "B0301")).keys("n");
    assert!(asked(&console).is_none(), "a yes is asked for");
    let console = console.keys("y");
    assert_eq!(asked(&console), Some(&TestAsk::Push { code: "ST-016".into(), org: None }));
    let console = read(writer()).keys("n Enter");
    assert!(
        matches!(&console.state.overlay, Some(Overlay::Prompt(prompt)) if prompt.error.is_some())
    );
    let console = console.keys("B0301 Enter");
    let org = Some("B0301".to_owned());
    assert_eq!(asked(&console), Some(&TestAsk::Push { code: "ST-016".into(), org }));
    let console = console.answered(Slot::Change, Answer::Tested(test_pushes().remove(0)));
    assert_eq!(console.said(), "console.done.answer-test");
    assert!(console.state.waits(Slot::Study), "the page is read anew");
}

#[test]
fn who_may_not_is_told_why() {
    assert_eq!(
        read(Console::of("zhou", &[Duty::Strategist])).keys("n").said(),
        "strategy.test.not-author"
    );
    assert_eq!(read(Console::of("x", &[Duty::Viewer])).keys("n").said(), "console.reason.duty");
    assert_eq!(read(writer()).keys("j x").said(), "console.reason.no-test", "it was taken back");
    let console = read(writer()).keys("x");
    assert_eq!(asked(&console), Some(&TestAsk::End { test: 7 }));
    let branch = || Console::of("nancheng.branch", &[Duty::Branch]);
    assert_eq!(read(of_unit(branch(), "B0302")).keys("a").said(), "push.foreign-unit");
    let console = read(of_unit(branch(), "B0301")).keys("a ok Enter");
    assert_eq!(asked(&console), Some(&TestAsk::Answer { test: 7, words: "ok".into() }));
    let mut ended = test_pushes().remove(0);
    ended.state = TestState::TakenBack;
    let console = console.answered(Slot::Change, Answer::Tested(ended));
    assert_eq!(console.said(), "console.done.end-test");
}

#[test]
fn stale_test_pushes_does_not_show_under_another_strategy() {
    let console = Console::strategist().keys("2 T");
    let console = overtaken(console, Slot::Study, "Esc j T", Answer::Found(Box::new(found())));
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    assert_eq!(page.study, Study::Tests { code: "ST-015".into() });
    assert!(page.finding.is_none());
}

#[test]
fn stale_policies_does_not_replace_what_is_asked_after() {
    let console = Console::strategist().keys("g l");
    let console = overtaken(console, Slot::Study, "Esc g l", Answer::Found(Box::new(policies())));
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    assert!(page.finding.is_none());
    let console = console.answered(Slot::Study, Answer::Found(Box::new(policies())));
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    assert!(matches!(page.finding, Some(Finding::Policies(..))));
}

/// A strategy with waves, and where it stands.
fn with_waves(state: StrategyState) -> Console {
    let mut console = writer();
    let freshness = console.state.strategies.freshness;
    let mut rows = strategies_with(deep());
    rows[3].state = state;
    console.state.strategies.replace(rows, freshness);
    console.keys("2 j j j w")
}

#[test]
fn the_wave_under_the_cursor_is_previewed_and_cannot_be_pushed() {
    let console = with_waves(StrategyState::Live).keys("j p");
    let wanted = Request::Preview { code: "ST-017".into(), wave: 2 };
    assert_eq!(requests(&console).last().copied(), Some(&wanted));
    let mut found = plan();
    found.wave = 2;
    let console = console.answered(Slot::Plan, Answer::Plan(found));
    let console = console.keys("Y");
    assert_eq!(console.said(), "console.reason.only-preview");
    assert!(!console.state.waits(Slot::Change));
    assert_eq!(
        console.keys("Enter").said(),
        "console.reason.only-preview",
        "nobody of it was kept"
    );
    let draft = with_waves(StrategyState::Draft).keys("p");
    assert_eq!(draft.said(), "console.reason.not-approved");
    let compared = Console::strategist().keys("2 v p");
    assert_eq!(compared.said(), "console.reason.not-waves");
}

#[test]
fn stale_preview_does_not_show_as_another_waves() {
    let console = with_waves(StrategyState::Live).keys("p");
    let console = overtaken(console, Slot::Plan, "Esc j p", Answer::Plan(plan()));
    let Some(Page::Plan(page)) = console.state.page() else { panic!("no plan") };
    assert_eq!((&page.step, page.preview), (&PlanStep::Planning, Some(2)));
}

#[test]
fn both_sides_of_a_comparison_are_chosen_by_keys() {
    let row = |version| {
        let mut row = strategies().remove(0);
        row.version = version;
        row
    };
    let mut console = Console::strategist();
    let freshness = console.state.strategies.freshness;
    console.state.strategies.replace(vec![row(4)], freshness);
    let mut console = console.keys("2 d");
    for (keys, from, to) in [
        ("", 3, 4),
        ("h", 2, 4),
        ("[", 2, 3),
        ("h", 1, 3),
        ("[", 1, 2),
        ("]", 1, 3),
        ("]", 1, 4),
        ("l", 2, 4),
    ] {
        console = console.keys(keys);
        let wanted = Request::Versions { code: "ST-014".into(), from, to };
        assert_eq!(requests(&console).last().copied(), Some(&wanted), "{keys}");
        console.answer(Slot::Leaflet, Answer::Versions(row(from), row(to)));
    }
    let asked = requests(&console).len();
    for (keys, said) in [
        ("]", "console.leaflet.newest"),
        ("l", ""),
        ("l", "console.leaflet.no-further"),
        ("[", "console.leaflet.no-further"),
    ] {
        console = console.keys(keys);
        if said.is_empty() {
            console.answer(Slot::Leaflet, Answer::Versions(row(3), row(4)));
        } else {
            assert_eq!(console.said(), said, "{keys}");
        }
    }
    assert_eq!(requests(&console).len(), asked + 1);
}

#[test]
fn stale_versions_does_not_open_a_comparison() {
    let console = Console::strategist().keys("2 d");
    let rows = strategies();
    let stale = Answer::Versions(rows[1].clone(), rows[1].clone());
    let console = overtaken(console, Slot::Leaflet, "d", stale);
    assert!(console.state.page().is_none(), "no comparison is on screen");
}

#[test]
fn stale_sample_does_not_fill_another_script() {
    let console = Console::strategist().keys("2 v");
    let console = overtaken(console, Slot::Leaflet, "Esc j v", Answer::Sample(None));
    assert_ne!(console.said(), "console.leaflet.nobody");
}
