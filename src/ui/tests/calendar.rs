//! Screens of the calendar.

use super::*;
use crate::app::action::Answer;
use crate::app::effect::Slot;
use crate::app::fixtures::calendar;
use crate::app::state::Page;
use crate::app::study::{Finding, Study};
use crate::domain::agenda::{Running, Shared};
use crate::domain::id::PushId;

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

/// Every one of them, by name.
pub(super) fn calendars() -> Vec<(&'static str, Console)> {
    let page = || found(Console::strategist().keys("g c"), calendar::found());
    vec![
        ("calendar", page()),
        ("calendar_dark", page().keys("+ j")),
        ("calendar_quiet", found(page().keys("n n n n n n"), calendar::empty())),
    ]
}

/// A day on which much runs, under a blackout, in a month of six weeks.
fn full() -> Console {
    let Finding::Calendar(mut agenda) = calendar::empty() else { return Console::strategist() };
    let Some(day) = agenda.days.first().map(|day| day.day) else { return Console::strategist() };
    if let Some(first) = agenda.days.first_mut() {
        first.blackout = Some("年终决算演练".to_owned());
    }
    let like = calendar::agenda().running.swap_remove(0);
    agenda.running = (1..=14)
        .map(|id| Running { push: PushId(id), from: day, to: day, ..like.clone() })
        .collect();
    let pushes = agenda.running.iter().map(|push| push.push).collect();
    agenda.shared = vec![Shared { pushes, customers: 1_290 }];
    let mut console = found(Console::strategist().keys("g c"), calendar::found());
    if let Some(Page::Study(page)) = console.state.pages.last_mut() {
        page.study = Study::Calendar { day };
        page.take(Finding::Calendar(agenda));
    }
    console
}

#[test]
fn every_line_of_a_day_can_be_gone_to_at_every_size() {
    for lang in Lang::ALL {
        let skin = skin(lang, GlyphSet::Ascii, true);
        for (width, height) in [(80, 24), (120, 36), (200, 60)] {
            let mut console = full();
            for id in 1..=14 {
                let shown = text(&drawn(&console.state, &skin, width, height));
                let here = shown
                    .lines()
                    .any(|line| line.contains('>') && line.contains(&format!("#{id} ")));
                assert!(here, "{width}x{height} #{id}:\n{shown}");
                console = console.keys("j");
            }
        }
    }
}
