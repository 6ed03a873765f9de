//! `/` on the pages around metrics: rows are found by letters and by pinyin, keys act on what is on screen, Esc shows all again.

use super::*;
use crate::app::fixtures::{scores, watch};
use crate::app::state::explain::ExplainPage;
use crate::app::state::study::StudyPage;
use crate::app::study::Finding;

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

fn last(console: &Console) -> Request {
    (*requests(console).last().unwrap()).clone()
}

fn explained() -> Console {
    Console::strategist().keys("4 Enter").answered(Slot::Explain, Answer::Explained(explanation()))
}

fn grid() -> Console {
    found(Console::strategist().keys("g h"), Finding::Heat(watch::heat()))
}

fn page(console: &Console) -> &ExplainPage {
    match console.state.page() {
        Some(Page::Explain(page)) => page,
        _ => panic!("no page"),
    }
}

fn study(console: &Console) -> &StudyPage {
    match console.state.page() {
        Some(Page::Study(page)) => page,
        _ => panic!("no page"),
    }
}

#[test]
fn the_parts_of_a_change_are_found_by_pinyin_and_opened() {
    let console = explained().keys("/ czfh Enter");
    let shown: Vec<&str> = page(&console).parts().map(|part| part.name.as_str()).collect();
    assert_eq!(shown, ["B01"]);
    assert_eq!(page(&console).part().unwrap().name, "B01");
    let console = console.keys("Enter");
    assert_eq!(page(&console).path, [("B01".to_owned(), "城中分行".to_owned())]);
    assert_eq!(page(&console).filter.text(), "", "what is looked for goes with what it was in");
    // Esc takes the filter first and the page after.
    let console = explained().keys("/ czfh Enter Esc");
    assert_eq!(page(&console).parts().count(), 3);
    assert!(console.keys("Esc").state.page().is_none());
    let console = explained().keys("/ zzzz Enter");
    assert!(page(&console).part().is_none());
    assert_eq!(console.keys("Enter").said(), "console.reason.leaf");
}

#[test]
fn an_answer_that_comes_anew_stands_under_the_filter() {
    let console = explained().keys("/ czfh Enter r");
    let console =
        console.answered(Slot::Session, Answer::Session(bank(), who("li.strategist", &Duty::ALL)));
    let console = console.answered(Slot::Explain, Answer::Explained(explanation()));
    let shown: Vec<&str> = page(&console).parts().map(|part| part.name.as_str()).collect();
    assert_eq!(shown, ["B01"]);
}

#[test]
fn the_grid_keeps_its_order_and_its_filter() {
    let console = grid().keys("/ fh Enter");
    assert_eq!(study(&console).rows(), study(&grid()).rows(), "all are branches");
    let console = console.keys("/ C-u ncfh Enter");
    assert_eq!(study(&console).shown_of(), Some((1, study(&grid()).rows())));
    let Request::Explain { org, .. } = last(&console.keys("Enter")) else { panic!("no question") };
    assert_eq!(org.as_deref(), Some("B03"));
    let sorted = grid().keys("/ ncfh Enter o");
    assert_eq!(study(&sorted).rows(), 1);
    let sorted = sorted.keys("Esc");
    let Some(Finding::Heat(heat)) = &study(&sorted).finding else { panic!("no grid") };
    assert_eq!(heat.rows[0].org, "B03", "all of it is sorted, the lowest first");
    // The same grid against another year stands under the filter, too.
    let console = found(grid().keys("/ ncfh Enter c"), Finding::Heat(watch::heat()));
    assert_eq!(study(&console).rows(), 1);
}

#[test]
fn score_cards_the_log_findings_and_alerts_are_narrowed() {
    let narrowed = |console: Console, letters: &str| {
        let all = study(&console).rows();
        let console = console.keys(&format!("/ {letters} Enter"));
        let few = study(&console).rows();
        assert!(few > 0 && few < all, "{letters}: {few} of {all}");
        assert_eq!(study(&console.keys("Esc")).rows(), all);
    };
    let cards = || found(Console::strategist().keys("g p"), Finding::Scores(scores::scores()));
    let log = || found(grid().keys("v"), Finding::Coaching(scores::log()));
    narrowed(cards(), &scores::scores().rows[0].0.code);
    // The place of a card is that among all.
    let last = scores::scores().rows.len() - 1;
    let one = cards().keys(&format!("/ {} Enter", scores::scores().rows[last].0.code));
    assert_eq!((study(&one).rows(), study(&one).place(0)), (1, last));
    assert_eq!(study(&one.keys("Esc")).place(0), 0);
    narrowed(log(), &scores::log()[0].coaching.to_string());
    narrowed(found(Console::strategist().keys("g f"), Finding::Noted(watch::noted())), "payroll");
    let alerts = || found(Console::strategist().keys("g w"), Finding::Alerts(watch::alerts()));
    narrowed(alerts(), "jdlh");
    // A new alert's code is free among all of them, not among those on screen.
    let mut taken = watch::alerts();
    taken[0].text.code = "AL-1".to_owned();
    let console = found(Console::strategist().keys("g w"), Finding::Alerts(taken));
    let console = console.keys("/ jdlh Enter n");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.field.text(), "AL-2 ");
}
