//! `/` on the pages around metrics: rows are found by letters and by pinyin, keys act on what is on screen, Esc shows all again.

use super::*;
use crate::app::command::chosen;
use crate::app::fixtures::{deliveries, scores, segments, studies, tasks, test_pushes, watch};
use crate::app::state::explain::ExplainPage;
use crate::app::state::study::StudyPage;
use crate::app::study::{Finding, Study};
use crate::domain::people::People;
use crate::domain::segment::SegmentKind;
use crate::text::Lang;

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
    assert_eq!(
        page(&console).sieve.field().text(),
        "",
        "what is looked for goes with what it was in"
    );
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

#[test]
fn the_tasks_of_an_order_are_found_and_keys_act_on_those_on_screen() {
    let console = tasks::at_tasks().keys("/ 1000512 Enter");
    let Some(Page::BranchTasks(page)) = console.state.page() else { panic!("no tasks") };
    assert!(page.rows().len() < 3);
    assert_eq!(page.row().unwrap().customer.0, 1_000_512);
    let console = console.keys("Enter");
    let Some(Page::Task(task)) = console.state.page() else { panic!("no task") };
    assert_eq!(task.customer.0, 1_000_512);
    // A name is found by its pinyin; Esc shows all again before it leaves.
    let console = tasks::at_tasks().keys("/ ncyzh Enter");
    let Some(Page::BranchTasks(page)) = console.state.page() else { panic!("no tasks") };
    assert_eq!(page.rows().len(), 3, "all are of the sub-branch");
    let console = tasks::at_tasks().keys("/ 1000512 Enter Esc");
    let Some(Page::BranchTasks(page)) = console.state.page() else { panic!("no tasks") };
    assert_eq!(page.rows().len(), 3);
    // What is read anew stands under the filter, and more pages follow as they did.
    let again = tasks::at_tasks().keys("/ 1000345 Enter").keys("r");
    let again = again
        .answered(Slot::Session, Answer::Session(bank(), who("nancheng.branch", &[Duty::Branch])));
    let again = again.answered(Slot::Tasks, tasks::listed());
    let Some(Page::BranchTasks(page)) = again.state.page() else { panic!("no tasks") };
    assert_eq!(page.rows().len(), 1);
}

#[test]
fn the_orders_of_a_push_are_found_and_the_one_on_screen_is_opened() {
    let console = Console::strategist().keys("3 Enter / dzzh Enter");
    assert_eq!(chosen::order(&console.state).unwrap().org, "B0303");
    assert_eq!(chosen::order(&console.keys("Esc").state).unwrap().org, "B0301");
    let none = Console::strategist().keys("3 Enter / zzzz Enter");
    assert!(chosen::order(&none.state).is_none());
    assert_eq!(none.state.pushes.len(), 1, "the pane below is not looked through");
}

#[test]
fn a_board_is_looked_through_part_by_part_and_its_push_is_told_whole() {
    let at = |keys: &str| found(Console::strategist().keys("3 b"), studies::board()).keys(keys);
    let console = at("/ dzzh Enter");
    assert_eq!(study(&console).shown_of(), Some((1, 4)));
    let Some(Finding::Board(whole)) = study(&console).whole() else { panic!("no board") };
    assert_eq!(whole.by_org.len(), 4);
    // The same letters in the next part: no RM is called so.
    let console = console.keys("Right");
    assert_eq!(study(&console).shown_of(), Some((0, 4)));
    assert_eq!(study(&console.keys("Esc")).shown_of(), Some((4, 4)));
}

#[test]
fn a_narrowed_history_compares_with_the_version_before_not_with_the_row_below() {
    let console = found(Console::strategist().keys("j v"), studies::history());
    let console = console.keys("/ 2026-11 Enter");
    let Some(Finding::History(shown)) = &study(&console).finding else { panic!("no history") };
    let first = shown.snapshots[0].snapshot;
    let Some(Finding::History(all)) = study(&console).whole() else { panic!("no history") };
    let at = all.snapshots.iter().position(|one| one.snapshot == first).unwrap();
    let before = all.snapshots[at + 1].snapshot;
    let Request::Study(Study::Compare { pair, .. }) = last(&console.keys("x")) else {
        panic!("nothing is compared")
    };
    assert_eq!(pair, Some((before, first)));
}

#[test]
fn a_narrowed_page_of_customers_is_turned_over_as_before() {
    let console = found(Console::strategist().keys("j c"), studies::members(0, 100));
    let Some(Finding::Members(page)) = &study(&console).finding else { panic!("no customers") };
    let one = page.rows[41].customer.to_string();
    let console = console.keys(&format!("/ {one} Enter"));
    let Some(Finding::Members(page)) = &study(&console).finding else { panic!("no customers") };
    assert!(page.rows.len() < 100);
    assert_eq!(page.rows[0].customer.to_string(), one);
    let Request::Study(Study::Members { skip, .. }) = last(&console.keys("n")) else {
        panic!("no next page")
    };
    assert_eq!(skip, 100);
}

/// A console that knows the words of the catalogue, as the program's own does.
fn worded(console: Console) -> Console {
    let mut console = console;
    console.state.names = crate::ui::names(Lang::ZhCn).into();
    console
}

#[test]
fn the_rows_of_a_plan_are_found_view_by_view_and_keys_act_on_those_on_screen() {
    let planned =
        || worded(Console::strategist()).keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    let shown = |console: &Console| match console.state.page() {
        Some(Page::Plan(page)) => page.sieve.shown_of(),
        _ => panic!("no plan"),
    };
    let console = planned().keys("/ xgzh Enter");
    assert_eq!(shown(&console), (1, 2));
    let Request::Study(Study::Members { of: People::Plan { org, .. }, .. }) =
        last(&console.keys("Enter"))
    else {
        panic!("nobody is asked for")
    };
    assert_eq!(org.as_deref(), Some("B0302"));
    let console = planned().keys("/ xgzh Enter y");
    assert!(
        console.effects.iter().any(
            |effect| matches!(effect, Effect::Copy(text) if text.starts_with("B0302\t新港支行"))
        )
    );
    // The letters go along to the next view, and the reasons are found by what they are called.
    let console = planned().keys("/ xgzh Enter Right");
    assert_eq!(shown(&console), (0, 3));
    assert_eq!(shown(&console.keys("Esc")), (3, 3));
    let console = planned().keys("Right Right / bklx Enter");
    let reasons = planned().keys("Right Right / no_contact Enter");
    assert_eq!((shown(&console).1, shown(&reasons)), (2, (1, 2)));
    // What is pushed is all of it, whatever is looked for.
    let console = planned().keys("/ xgzh Enter Y");
    let Some(Page::Plan(page)) = console.state.page() else { panic!("no plan") };
    let PlanStep::Pushing(all) = &page.step else { panic!("nothing is pushed") };
    assert_eq!(all.orders.len(), 2);
}

#[test]
fn policies_are_found_by_what_they_decide() {
    let read = || found(worded(Console::strategist()).keys("g l"), test_pushes::policies());
    let keys = |console: &Console| match &study(console).finding {
        Some(Finding::Policies(rows, _)) => rows.iter().map(|row| row.key.clone()).collect(),
        _ => vec![],
    };
    assert!(keys(&read().keys("/ 静默 Enter")).contains(&"quiet_from".to_owned()));
    assert_eq!(keys(&read().keys("/ holdout_s Enter")), ["holdout_seed"]);
    let console = read().keys("/ holdout_s Enter y");
    assert!(
        console
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Copy(text) if text.starts_with("holdout_seed")))
    );
}

#[test]
fn portraits_cards_test_pushes_and_deliveries_are_narrowed_and_told_whole() {
    let few = |console: Console, letters: &str| {
        let all = study(&console).rows();
        let console = console.keys(&format!("/ {letters} Enter"));
        let (shown, of) = study(&console).shown_of().unwrap();
        assert!(shown > 0 && shown < of && of == all, "{letters}: {shown} of {of}");
        console
    };
    let portrait = found(Console::strategist().keys("j p"), studies::portrait());
    let Some(Finding::Portrait(all)) = &study(&portrait).finding else { panic!("no portrait") };
    let (second, attribute) = (all.traits[1].clone(), all.traits[1].attribute.clone());
    let console = few(portrait, &attribute);
    assert_eq!(crate::app::command::study_available::of_portrait(&console.state), Some(&second));
    let cards = || found(Console::strategist().keys("g p"), Finding::Scores(scores::scores()));
    let card = found(cards().keys("Enter"), Finding::Score(Box::new(scores::scored())));
    let name = scores::scored().score.lines[1].item.code.clone();
    let console = few(card, &name);
    let Some(Finding::Score(whole)) = study(&console).whole() else { panic!("no card") };
    assert_eq!(whole.score.lines.len(), scores::scored().score.lines.len());
    let tests = Console::strategist().keys("2 j j T");
    few(found(tests, test_pushes::found()), "#5".trim_start_matches('#'));
    let sent = || {
        let loader = Console::of("night.loader", &[Duty::Loader]);
        found(loader.keys("3 Enter g o"), deliveries::found())
    };
    let console = few(sent(), "bjzh");
    let Some(Finding::Deliveries(whole)) = study(&console).whole() else { panic!("no messages") };
    assert_eq!(whole.counts().dead, 2, "two are dead, whoever is on screen");
    // All that is dead is put back, not what is on screen only.
    let console = few(sent().keys("Tab"), "u58");
    let dead = crate::app::command::delivery_available::dead(&console.state).unwrap();
    assert_eq!(dead.id, 58);
    assert_eq!(
        crate::app::command::delivery_available::deliveries(&console.state).unwrap().dead.len(),
        2
    );
}

#[test]
fn where_nothing_can_be_narrowed_it_is_said() {
    for keys in ["2 Enter", "g l", "1 Enter"] {
        let console = Console::strategist().keys(keys).keys("/");
        assert!(console.state.overlay.is_none(), "{keys}");
        assert_eq!(console.said(), "console.reason.nothing-narrows", "{keys}");
    }
}

#[test]
fn the_page_of_a_frozen_segment_counts_its_list() {
    let mut console = Console::strategist();
    let mut rows = segments();
    assert!(rows[1].snapshot.is_some());
    let asked = |console: &Console| match requests(console).last() {
        Some(Request::Count { rule, .. }) => rule.clone(),
        other => panic!("no count: {other:?}"),
    };
    let code = rows[1].code.clone();
    rows[1].kind = SegmentKind::Frozen;
    let freshness = console.state.segments.freshness;
    console.state.segments.replace(rows, freshness);
    assert!(console.state.segments.select(&code));
    assert_eq!(asked(&console.keys("1 Enter")), format!("segment('{code}')"));
}

#[test]
fn the_way_to_a_sub_branch_of_the_grid_has_the_branch_between() {
    let mut below = watch::heat();
    let way: Vec<_> = [("B01", "城中分行"), ("B0102", "人民广场支行")]
        .map(|(code, name)| (code.to_owned(), name.to_owned()))
        .into();
    below.rows.iter_mut().for_each(|row| row.way.clone_from(&way));
    let console = found(Console::strategist().keys("g h"), Finding::Heat(below)).keys("Enter");
    let Request::Explain { org, .. } = last(&console) else { panic!("no question") };
    assert_eq!(org.as_deref(), Some("B0102"));
    assert_eq!(page(&console).path, way);
}
