//! What must not be cut, and what must be seen to be old.

use super::screens::offline;
use super::*;
use crate::app::action::Answer;
use crate::app::effect::Slot;

fn shown(console: &Console, lang: Lang, (width, height): (u16, u16)) -> String {
    text(&drawn(&console.state, &skin(lang, GlyphSet::of_language(lang), true), width, height))
}

#[test]
fn how_late_a_push_is_stands_whole_at_every_size() {
    let mut console = Console::strategist();
    let mut rows = crate::app::fixtures::pushes();
    let late = rows[0].deadline - chrono::Duration::days(133);
    rows[0].deadline = late;
    rows[0].orders.iter_mut().for_each(|order| order.deadline = late);
    console.state.pushes.replace(rows, console.state.pushes.freshness);
    for (lang, late) in [(Lang::ZhCn, "逾期 131 天"), (Lang::En, "131 d late")] {
        for size in SIZES {
            let panes = Console { state: console.state.clone(), effects: vec![] }.keys("3");
            assert!(shown(&panes, lang, size).contains(late), "{size:?}");
            let page = panes.keys("Enter");
            assert!(shown(&page, lang, size).contains(late) || size.0 < 100, "{size:?}");
        }
    }
}

#[test]
fn where_a_strategy_stands_and_who_has_signed_are_not_cut() {
    for lang in Lang::ALL {
        let word = crate::text::render(&crate::msg!("console.state.submitted").into(), lang);
        let mut console = Console::strategist().keys("2");
        let mut rows = crate::app::fixtures::strategies();
        rows[0].uplift_ppm = Some(31_000);
        console.state.strategies.replace(rows, console.state.strategies.freshness);
        assert!(shown(&console, lang, (120, 36)).contains(&word));
        let push = Console::strategist().keys("3 Enter");
        let unsigned = crate::text::render(&crate::msg!("console.unsigned").into(), lang);
        for size in SIZES {
            assert!(shown(&push, lang, size).contains(&unsigned), "{size:?}");
        }
    }
}

#[test]
fn the_board_has_every_step_of_the_chain_at_both_sizes() {
    for lang in Lang::ALL {
        let skin = skin(lang, GlyphSet::of_language(lang), true);
        let (_, state) = screens(lang).into_iter().find(|(name, _)| *name == "board").unwrap();
        for (width, height) in SIZES {
            let shown = text(&drawn(&state, &skin, width, height));
            let say = |key: crate::domain::message::Key| crate::text::render(&key.into(), lang);
            let (unit, sold) = (
                say(crate::msg!("console.column.unit")),
                say(crate::domain::board::Step::Sold.title()),
            );
            // The heading of the table of units; beside it may stand a line of the funnel.
            let heading = shown
                .lines()
                .find(|line| line.rsplit_once(&unit).is_some_and(|(_, rest)| rest.contains(&sold)));
            let heading = heading.and_then(|line| line.rsplit_once(&unit));
            let (_, heading) = heading.unwrap_or_else(|| panic!("{width}x{height}:\n{shown}"));
            for step in crate::domain::board::Step::ALL {
                let step = say(step.title());
                assert!(heading.contains(&step), "{step} at {width}x{height}:\n{shown}");
            }
        }
    }
}

/// A sentence of the help that has no room in its line is read whole below.
#[test]
fn the_help_says_the_sentence_under_the_cursor_whole() {
    for lang in Lang::ALL {
        let (_, state) = screens(lang).into_iter().find(|(name, _)| *name == "help").unwrap();
        for id in
            [crate::app::command::CommandId::GoReview, crate::app::command::CommandId::Verdict]
        {
            let mut state = state.clone();
            let Some(Overlay::Help { field, cursor, from }) = &mut state.overlay else {
                panic!("no help")
            };
            let all = search::everywhere(&state.words, field.text(), *from);
            *cursor = all.iter().position(|one| *one == id).unwrap();
            let help = crate::text::render(&crate::app::command::row(id).help.into(), lang);
            let last: String =
                help.chars().rev().take(12).collect::<Vec<_>>().iter().rev().collect();
            let skin = skin(lang, GlyphSet::Ascii, true);
            let shown = text(&drawn(&state, &skin, 80, 24));
            let flat = shown.replace([' ', '|', '\n'], "");
            assert!(flat.contains(&last.replace(' ', "")), "{last}:\n{shown}");
        }
    }
}

#[test]
fn a_weekend_that_is_worked_is_marked_at_80_columns() {
    for lang in Lang::ALL {
        let (_, state) = screens(lang).into_iter().find(|(name, _)| *name == "calendar").unwrap();
        let word = crate::text::render(&crate::msg!("calendar.cell.working").into(), lang);
        let skin = skin(lang, GlyphSet::Ascii, true);
        let shown = text(&drawn(&state, &skin, 80, 24));
        assert!(shown.contains(&format!("14 {word}")), "{shown}");
        let signs = crate::text::render(&crate::msg!("calendar.page.signs").into(), lang);
        assert!(shown.contains(&signs), "{shown}");
    }
}

/// Old data are dimmed, their frame and the keys below are not.
#[test]
fn what_is_old_is_dimmed() {
    let skin = skin(Lang::En, GlyphSet::Ascii, true);
    let dim = |console: &Console, (width, height): (u16, u16), (x, y): (u16, u16)| {
        drawn(&console.state, &skin, width, height)[(x, y)].modifier.contains(Modifier::DIM)
    };
    for size in SIZES {
        // At 80 columns a strip of tabs stands above the pane.
        let row = if size.0 < 100 { 4 } else { 3 };
        assert!(!dim(&Console::strategist(), size, (5, row)));
        let old = offline(Console::strategist());
        assert!(dim(&old, size, (5, row)), "a row of a pane");
        assert!(!dim(&old, size, (3, row - 2)), "its frame");
        assert!(!dim(&old, size, (1, 0)), "the header");
        let page = offline(Console::strategist().keys("3 Enter"));
        assert!(dim(&page, size, (5, 3)), "a page");
    }
}

/// On a small terminal the parts of a change are read a few at a time, and the page says which of them stand there.
#[test]
fn a_change_says_which_of_its_lines_are_on_a_small_screen() {
    let page = Console::strategist()
        .keys("4 Enter")
        .answered(Slot::Explain, Answer::Explained(crate::app::fixtures::explanation()));
    let rest = Console { state: page.state.clone(), effects: vec![] }.keys("j j");
    for (lang, first, last, size) in [
        (Lang::En, "lines 1 to", "to 4 of 4", (40, 12)),
        (Lang::ZhCn, "第 1-", "-4 行，共 4 行", (40, 12)),
        (Lang::En, "lines 1 to", "to 4 of 4", (60, 12)),
    ] {
        let seen = shown(&page, lang, size);
        assert!(seen.contains(first), "{seen}");
        // At the last part the whole change is read.
        let moved = shown(&rest, lang, size);
        assert!(!moved.contains(first) && moved.contains(last), "{moved}");
        assert!(!seen.contains(last), "{seen}");
    }
    let all = shown(&page, Lang::En, (120, 36));
    assert!(!all.contains("lines 1 to"), "{all}");
}

/// Bars give way to figures: what each part comes to, moved and makes of it is read at the usual size, and at the smallest by which
/// method it was split, and the sentence whole or with the mark of what is cut.
#[test]
fn a_change_is_read_in_figures_on_a_small_screen() {
    use crate::app::fixtures::{by_factor, explanation, watch};
    let split = |answer| {
        let page = Console::strategist()
            .keys("4 Enter")
            .answered(Slot::Explain, Answer::Explained(answer));
        page.answered(Slot::Headline, Answer::Headline(Box::new(watch::headline())))
    };
    for (lang, columns, method) in [
        (Lang::En, ["value", "change", "effect", "share"], "additive"),
        (Lang::ZhCn, ["当前", "变动率", "贡献", "占比"], "直接相加"),
    ] {
        let page = split(explanation());
        let seen = shown(&page, lang, (80, 24));
        assert!(columns.iter().all(|name| seen.contains(name)), "{seen}");
        for size in [(40, 12), (60, 15), (80, 24)] {
            let seen = shown(&page, lang, size);
            assert!(seen.contains(method), "{size:?}\n{seen}");
            let cut = if lang == Lang::En { "…" } else { ".." };
            assert!(seen.contains("71 %") || seen.contains(cut), "{size:?}\n{seen}");
            assert!(shown(&split(by_factor()), lang, size).contains("LMDI-I"), "{size:?}");
        }
    }
}

/// Facts of an earlier day stand with theirs, and the day that was asked for is said beside them.
#[test]
fn a_change_of_older_facts_says_for_which_days_it_was_asked() {
    let mut answer = crate::app::fixtures::explanation();
    answer.to_date = crate::app::fixtures::day(22);
    let page =
        Console::strategist().keys("4 Enter").answered(Slot::Explain, Answer::Explained(answer));
    let seen = shown(&page, Lang::En, (120, 36));
    assert!(seen.contains("the value of 2026-11-22 is made of facts of 2026-11-20"), "{seen}");
    assert!(!seen.contains("the value of 2026-11-01"), "{seen}");
}

/// What a split can be asked by stands whole above its line.
#[test]
fn the_ways_of_a_split_are_not_cut() {
    let asked = Console::strategist()
        .keys("4 Enter")
        .answered(Slot::Explain, Answer::Explained(crate::app::fixtures::explanation()))
        .keys("a");
    for lang in Lang::ALL {
        let title = crate::text::render(&crate::msg!("console.prompt.explain-by").into(), lang);
        for size in SIZES {
            let seen = shown(&asked, lang, size);
            assert!(seen.contains(&title), "{seen}");
        }
    }
}
