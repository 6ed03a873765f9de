//! Screens of strategies in depth: templates, the form's editors, leaflets.

use crate::app::action::Answer;
use crate::app::effect::Slot;
use crate::app::fixtures::strategies::{deep, strategies_with as with};
use crate::app::fixtures::{self, Console, studies, vocabulary};
use crate::app::study::Finding;
use crate::domain::money::Currency;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::sample::Sample;

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
        ("strategy_deep", rich().keys("2 j j j Enter")),
        ("confirm_archive", console().keys("2 x")),
    ]
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
    let Finding::Card(card) = studies::card() else { panic!("no card") };
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
