//! The attribute dictionary: opened, searched, and gone on from.

use super::*;
use crate::app::fixtures::dictionary;
use crate::domain::attribute::AttributeRow;

fn opened() -> Console {
    let console = Console::strategist().keys("g d");
    assert_eq!(requests(&console).last(), Some(&&Request::Dictionary));
    console.answered(Slot::Dictionary, Answer::Dictionary(dictionary()))
}

fn under_cursor(console: &Console) -> &str {
    &console.state.dictionary.selected().unwrap().attribute.code
}

#[test]
fn an_attribute_is_found_by_code_name_sound_and_initials() {
    for needle in ["risk", "风险", "fxdj", "fengxian", "dengji", "Risk_lev"] {
        let console = opened().keys(&format!("/ {needle} Enter"));
        assert_eq!(under_cursor(&console), "risk_level", "{needle}");
    }
    let console = opened().keys("/ daifa Enter");
    assert_eq!(under_cursor(&console), "payroll");
    // Esc takes the filter away first, then the page; the pane's own filter is another.
    let console = console.keys("Esc");
    assert_eq!(console.state.dictionary.len(), 5);
    assert!(matches!(console.state.page(), Some(Page::Dictionary)));
    assert!(console.keys("Esc").state.page().is_none());
}

#[test]
fn stale_dictionary_does_not_replace_the_one_on_screen() {
    let console = opened().keys("Esc g d");
    let console = overtaken(console, Slot::Dictionary, "Esc g d", Answer::Dictionary(vec![]));
    assert_eq!(console.state.dictionary.len(), 5);
}

#[test]
fn an_attribute_begins_a_segment_and_leads_to_the_one_that_reads_it() {
    let console = opened().keys("j j j s");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert_eq!(page.editor.text(), "risk_level = 'C2'");
    let console = opened().keys("s");
    let Some(Page::Rule(page)) = console.state.page() else { panic!("no rule editor") };
    assert_eq!(page.editor.text(), "aum_change >= 125.00");
    let console = opened().keys("g s");
    assert!(matches!(console.state.page(), Some(Page::Segment(p)) if p.code == "SG-PAYROLL"));
    let mut console = Console::of("zhao.viewer", &[Duty::Viewer]).keys("g d");
    console = console.answered(Slot::Dictionary, Answer::Dictionary(dictionary())).keys("s");
    assert_eq!(console.said(), "console.reason.duty");
}

#[test]
fn an_attribute_has_a_page_and_leads_to_each_segment_that_uses_it() {
    let console = opened().keys("Enter");
    assert!(matches!(console.state.page(), Some(Page::Attribute { .. })));
    let users = console.state.dictionary.selected().unwrap().used_by.clone();
    let console = console.keys("G Enter");
    let Some(Page::Segment(page)) = console.state.page() else { panic!("no segment") };
    assert_eq!(Some(&page.code), users.last());
    let console = opened().keys("j j j Enter Enter");
    assert_eq!(console.said(), "console.reason.nothing-here");
}

/// A thousand attributes: a key looks through them and makes nothing anew.
#[test]
fn a_thousand_attributes_are_searched_and_scrolled() {
    let first = dictionary().remove(3);
    let row = |n: usize| {
        let mut row: AttributeRow = first.clone();
        row.attribute.code = format!("tag_{n:04}");
        row.attribute.zh = format!("风险标签{n}");
        row
    };
    let rows: Vec<AttributeRow> = (0..1_000).map(row).collect();
    let console = Console::strategist().keys("g d");
    let console = console.answered(Slot::Dictionary, Answer::Dictionary(rows)).keys("End");
    assert_eq!(under_cursor(&console), "tag_0999");
    let console = console.keys("/ fxbq512 Enter");
    assert_eq!(under_cursor(&console), "tag_0512");
    let before = console.effects.len();
    let console = console.keys("j k PgDn o Home");
    assert_eq!(console.effects.len(), before, "nothing is asked of the bank while browsing");
}
