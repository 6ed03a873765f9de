//! Screens of strategies in depth: templates, the form's editors, leaflets.

use crate::app::action::Answer;
use crate::app::effect::Slot;
use crate::app::fixtures::strategies::{deep, strategies_with as with};
use crate::app::fixtures::{self, Console, cards, test_pushes, vocabulary};
use crate::app::fixtures::{plan_short, plan_warned};
use crate::app::study::Finding;
use crate::domain::money::Currency;
use crate::domain::operator::Duty;
use crate::domain::strategy::life::{Bar, Given, Listed, Said};
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::{StrategyRow, StrategyState};

fn console() -> Console {
    Console::strategist()
}

/// Every one of them, by name.
pub(super) fn deeper() -> Vec<(&'static str, Console)> {
    vec![
        ("form_saving", console().keys("2 j j e C-o")),
        ("form_template", from_template()),
        ("form_wrong", from_template().keys("Tab x")),
        ("form_example", from_template().keys("C-t").answered(Slot::Leaflet, sample())),
        ("pick_template", console().keys("2 n")),
        ("leaflet_waves", rich().keys("2 j j j w")),
        ("leaflet_waves_plain", console().keys("2 w")),
        ("leaflet_scripts", rich().keys("2 j j j v").answered(Slot::Leaflet, sample())),
        ("leaflet_scripts_reading", rich().keys("2 j j j v")),
        ("leaflet_compared", rich().keys("2 d").answered(Slot::Leaflet, versions())),
        ("leaflet_late", late()),
        ("leaflet_late_end", long_scripts().keys("G")),
        ("strategy_deep", rich().keys("2 j j j Enter")),
        ("confirm_archive", console().keys("2 x")),
        ("strategy_sent_back", lived().keys("2 Enter")),
        ("strategy_paused", lived().keys("2 j Enter")),
        ("confirm_approve_second", second_level().keys("2 j j j a")),
        ("strategy_second", second_level().keys("2 j j j Enter")),
        ("strategy_second_own", second_spoken().keys("2 j j j Enter")),
        ("strategy_levels_grown", levels_grown().keys("2 Enter")),
        ("prompt_comment", approver().keys("2 j b")),
        ("prompt_pause", console().keys("2 s")),
        ("prompt_stop_why", console().keys("2 S fire")),
        ("prompt_delegate", approver().keys("2 A wu.deputy Enter")),
        ("test_pushes", tested(console())),
        ("test_pushes_none", console().keys("2 j j T").answered(Slot::Study, none())),
        ("test_pushes_branch", tested(branch())),
        ("confirm_new_test", tested(with_unit()).keys("n")),
        ("prompt_test_unit", tested(console()).keys("n")),
        ("prompt_test_answer", tested(branch()).keys("a")),
        ("policies", console().keys("g l").answered(Slot::Study, policies())),
        ("policies_end", console().keys("g l").answered(Slot::Study, policies()).keys("End")),
        (
            "policies_filter",
            console().keys("g l").answered(Slot::Study, policies()).keys("/ holdout"),
        ),
        ("plan_preview", previewed()),
        ("plan_by_branch", console().keys("2 p").answered(Slot::Plan, by_branch())),
        ("plan_short", console().keys("2 p").answered(Slot::Plan, Answer::Plan(plan_short()))),
        ("plan_warned", console().keys("2 p").answered(Slot::Plan, Answer::Plan(plan_warned()))),
        ("prompt_stop", console().keys("2 S fire Enter stop Enter")),
    ]
}

/// The tests of the draft.
fn tested(console: Console) -> Console {
    let found = Answer::Found(Box::new(test_pushes::found()));
    console.keys("2 j j T").answered(Slot::Study, found)
}

fn none() -> Answer {
    Answer::Found(Box::new(Finding::Tests(vec![])))
}

fn policies() -> Answer {
    Answer::Found(Box::new(test_pushes::policies()))
}

fn by_branch() -> Answer {
    Answer::Plan(test_pushes::plan_by_branch())
}

fn in_unit(name: &str, duty: Duty) -> Console {
    let mut console = Console::of(name, &[duty]);
    let unit = ("B0301".to_owned(), "南城一支行".to_owned());
    console.state.session.who.as_mut().unwrap().org = Some(unit);
    console
}

/// The author, of a branch.
fn with_unit() -> Console {
    in_unit("li.strategist", Duty::Strategist)
}

fn branch() -> Console {
    in_unit("nancheng.branch", Duty::Branch)
}

/// The second wave's list before its day.
fn previewed() -> Console {
    let mut console = rich();
    let freshness = console.state.strategies.freshness;
    let mut rows = with(deep());
    rows[3].state = StrategyState::Live;
    console.state.strategies.replace(rows, freshness);
    let plan = fixtures::plan();
    let second = crate::domain::push::PlanRow { wave: 2, ..plan };
    console.keys("2 j j j w j p").answered(Slot::Plan, Answer::Plan(second))
}

fn approver() -> Console {
    Console::of("wang.approver", &[Duty::Approver])
}

/// A text with money whose segment was frozen.
fn listed(mut row: StrategyRow) -> StrategyRow {
    let on = "2026-11-20".parse().unwrap();
    row.life.listed = Some(Listed { customers: 3_120, on });
    row.text.body = deep().body;
    row
}

fn said(why: &str) -> Said {
    let at = "2026-11-20T09:30:00".parse().unwrap();
    Said { by: "wang.approver".to_owned(), stands_for: None, why: why.to_owned(), at }
}

/// The list with one that was sent back, and one that is paused.
fn lived() -> Console {
    let mut console = console();
    let freshness = console.state.strategies.freshness;
    let mut rows = fixtures::strategies();
    rows[0] = listed(rows[0].clone());
    rows[0].state = StrategyState::SentBack;
    rows[0].life.sent_back = Some(said("权益太薄，请加到 0.5 %。\n名单也请缩小。"));
    rows[1].state = StrategyState::Paused;
    rows[1].life.paused = Some(said("投诉增多"));
    rows[1].life.given = vec![Given {
        approver: "wu.deputy".to_owned(),
        stands_for: Some("wang.approver".to_owned()),
    }];
    console.state.strategies.replace(rows, freshness);
    console
}

/// The list with one that waits for its second approval.
fn second_level() -> Console {
    let mut console = approver();
    let freshness = console.state.strategies.freshness;
    let mut rows = fixtures::strategies();
    rows[3] = listed(rows[3].clone());
    rows[3].life.levels = 2;
    rows[3].life.given = vec![Given { approver: "sun.approver".to_owned(), stands_for: None }];
    console.state.strategies.replace(rows, freshness);
    console
}

/// The same, before one in whose name the first was given by his deputy; others can give the second.
fn second_spoken() -> Console {
    let mut console = second_level();
    let freshness = console.state.strategies.freshness;
    let mut rows = console.state.strategies.all().to_vec();
    let given =
        Given { approver: "wu.deputy".to_owned(), stands_for: Some("wang.approver".to_owned()) };
    rows[3].life.given = vec![given];
    rows[3].life.bar = Some(Bar::Spoke);
    rows[3].life.may = Some(vec!["sun.approver".to_owned()]);
    console.state.strategies.replace(rows, freshness);
    console
}

/// One that was approved when one approval was enough, before the bank asked for two; and it is told so.
fn levels_grown() -> Console {
    let mut console = console();
    let freshness = console.state.strategies.freshness;
    let mut rows = fixtures::strategies();
    rows[0].life.levels = 2;
    rows[0].life.given = vec![Given { approver: "wang.approver".to_owned(), stands_for: None }];
    rows[0].approver = Some("wang.approver".to_owned());
    console.state.strategies.replace(rows, freshness);
    console
}

/// A new strategy from the template of the play 流失挽回.
fn from_template() -> Console {
    let mut state = console().keys("2 n Down Down Down Down Enter");
    state.state.vocabulary = Some(vocabulary());
    state
}

/// The list with a strategy that has all the deeper parts.
fn rich() -> Console {
    let mut console = console();
    let freshness = console.state.strategies.freshness;
    console.state.strategies.replace(with(deep()), freshness);
    console
}

fn sample() -> Answer {
    let Finding::Card(card) = cards::card() else { panic!("no card") };
    Answer::Sample(Some(Sample::of(&card, Currency::CNY)))
}

fn versions() -> Answer {
    let mut rows = with(deep());
    let after = rows.remove(3);
    let mut before = after.clone();
    before.text.deadline_days = 7;
    before.text.body.waves.remove(1);
    before.segment_version = Some(2);
    Answer::Versions(before, StrategyRow { version: 2, ..after })
}

/// A save that came too late, over the form.
fn late() -> Console {
    let form = console().keys("2 j j e x C-o");
    let mut theirs = fixtures::strategies().remove(2);
    theirs.text.deadline_days = 21;
    let before = fixtures::strategies().remove(2);
    theirs.version = 2;
    form.answered(Slot::Change, Answer::StrategyLate(Some(before), theirs))
}

/// The same with scripts of more lines than a screen has.
fn long_scripts() -> Console {
    let form = console().keys("2 j j e x C-o");
    let mut theirs = fixtures::strategies().remove(2);
    theirs.version = 2;
    let lines = |who: &str| (1..=30).map(|n| format!("{who}{n}")).collect::<Vec<_>>().join("\n");
    theirs.text.script = lines("您好");
    let mut before = fixtures::strategies().remove(2);
    before.text.script = lines("再见");
    form.answered(Slot::Change, Answer::StrategyLate(Some(before), theirs))
}
