//! Metrics by keys: a finding of a row, the heat grid, alerts, and where each leads.

use super::*;
use crate::app::fixtures::{by_factor, watch};
use crate::app::state::explain::ExplainPage;
use crate::app::study::{Finding, Reviewed, Study};
use crate::domain::decomposition::{By, Explanation, Method, When};
use crate::domain::finding::FindingRow;
use crate::domain::metric::Value;
use crate::domain::metric::compare::{Compare, Taken};
use crate::domain::metric::grid::Heat;

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

fn explained() -> Console {
    Console::strategist().keys("4 Enter").answered(Slot::Explain, Answer::Explained(explanation()))
}

fn last(console: &Console) -> Request {
    (*requests(console).last().unwrap()).clone()
}

#[test]
fn a_finding_of_a_row_says_what_the_row_says() {
    let console = explained().keys("n");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.field.text(), "南城分行 AUM -2.3 %");
    let console = console.keys("! Enter");
    let Request::Note(new) = last(&console) else { panic!("{:?}", last(&console)) };
    assert_eq!((new.org.as_deref(), new.metric.as_deref()), (Some("B03"), Some("aum")));
    assert_eq!((new.from_day, new.size), (Some(crate::app::fixtures::day(1)), -190_000_000_000));
    assert!(new.text.ends_with('!'), "{}", new.text);
    let rows = watch::noted();
    let console = console.answered(Slot::Change, Answer::Noted(rows[0].clone()));
    assert_eq!(console.said(), "console.done.noted");
}

#[test]
fn a_finding_has_the_row_s_own_change_and_names_the_factor() {
    let text = |console: Console| {
        let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
        prompt.field.text().to_owned()
    };
    // The branch fell by a tenth, which is 2.3 % of the bank.
    let mut told = explanation();
    told.effects[0].from = Some(Value::Whole(1_900_000_000_000));
    told.effects[0].to = Some(Value::Whole(1_710_000_000_000));
    let asked = Console::strategist().keys("4 Enter");
    let console = asked.answered(Slot::Explain, Answer::Explained(told));
    assert_eq!(text(console.keys("n")), "南城分行 AUM -10.0 %");
    let console = explained().keys("b").answered(Slot::Explain, Answer::Explained(by_factor()));
    assert_eq!(text(console.keys("n")), "江海银行 AUM (customers) +0.2 %");
    // In the operator's language, and no code where there is a name.
    let mut console = explained().keys("b").answered(Slot::Explain, Answer::Explained(by_factor()));
    console.state.names = crate::ui::names(crate::text::Lang::ZhCn).into();
    assert_eq!(text(console.keys("n")), "江海银行 管理资产 (客户数) +0.2 %");
}

/// The finding that was noted as the list has it.
fn listed(console: &Console, way: &[(&str, &str)]) -> Finding {
    let Request::Note(new) = last(console) else { panic!("{:?}", last(console)) };
    let way = way.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect();
    let (metric, from, day, seen) = (new.metric, new.from_day, new.day, new.seen);
    let row = FindingRow { metric, from, day, seen, way, ..watch::noted().remove(0) };
    Finding::Noted(vec![row])
}

/// What opening a finding asks for, and the page that it opens.
fn reopened(finding: Finding, told: Explanation) -> (Request, ExplainPage) {
    let console = found(Console::strategist().keys("g f"), finding).keys("Enter");
    let asked = last(&console);
    let console = console.answered(Slot::Explain, Answer::Explained(told));
    let Some(Page::Explain(page)) = console.state.page() else { panic!("no page") };
    (asked, page.as_ref().clone())
}

#[test]
fn a_finding_of_a_comparison_opens_that_comparison_of_that_unit_with_the_cursor_on_its_row() {
    let day = crate::app::fixtures::day;
    let mut told = explanation();
    (told.from_start, told.from_date) = (Some(day(1)), day(10));
    (told.to_start, told.to_date) = (Some(day(11)), day(20));
    told.org = "B03".to_owned();
    let asked = explained().keys("Enter c c a C-u org_shapley Enter");
    let console =
        asked.answered(Slot::Explain, Answer::Explained(told.clone())).keys("j j n Enter");
    let Request::Note(new) = last(&console) else { panic!("{:?}", last(&console)) };
    let seen = new.seen.unwrap();
    assert_eq!(seen.compare, Some((Compare::Yoy, day(20))));
    assert_eq!(
        (seen.from, seen.to),
        (Taken { start: Some(day(1)), end: day(10) }, Taken { start: Some(day(11)), end: day(20) },)
    );
    assert_eq!((new.from_day, new.day, new.org.as_deref()), (Some(day(10)), day(20), Some("B02")));
    let (asked, page) = reopened(listed(&console, &[("B03", "南城分行")]), told);
    let Request::Explain { metric, org, by, method, when } = asked else { panic!("{asked:?}") };
    assert_eq!((metric.as_str(), org.as_deref()), ("aum", Some("B03")));
    assert_eq!((by, method), (By::Org, Some(Method::Shapley)));
    assert_eq!(when, When::Compare(Compare::Yoy, Some(day(20))));
    assert_eq!((page.cursor, page.path.len()), (2, 1));
}

#[test]
fn a_finding_of_periods_opens_them_as_far_as_they_had_come() {
    let day = crate::app::fixtures::day;
    let console = explained().keys("d C-u 2026-10_2026-11 Enter");
    let console = console.answered(Slot::Explain, Answer::Explained(watch::between_periods()));
    let console = console.keys("n Enter");
    let (asked, page) = reopened(listed(&console, &[]), watch::between_periods());
    let Request::Explain { when: When::Periods(from, to), org: None, .. } = asked else {
        panic!("{asked:?}")
    };
    assert_eq!((from.label(), to.end), ("2026-10".to_owned(), day(20)), "not November's end");
    assert_eq!(page.periods, Some((from, to)));
    // Two days stay two days, and a group of customers stays one.
    let console = explained().keys("a C-u attribute:payroll Enter");
    let groups = Explanation { by: By::Attribute("payroll".into()), ..explanation() };
    let console = console.answered(Slot::Explain, Answer::Explained(groups)).keys("j n Enter");
    let (asked, page) = reopened(listed(&console, &[]), explanation());
    let Request::Explain { when, by, .. } = asked else { panic!("{asked:?}") };
    assert_eq!((when, page.cursor), (When::Days(day(1), day(20)), 1));
    assert_eq!(by, By::Attribute("payroll".into()));
}

#[test]
fn a_finding_of_a_cell_opens_what_the_cell_was_held_against() {
    let console = found(
        Console::strategist().keys("g h c"),
        Finding::Heat(Heat { compare: Compare::Yoy, ..watch::heat() }),
    );
    let console = console.keys("n Enter");
    let (asked, page) = reopened(listed(&console, &[("B03", "南城分行")]), explanation());
    let Request::Explain { org, when, .. } = asked else { panic!("{asked:?}") };
    let on = crate::app::fixtures::day(20);
    assert_eq!((org.as_deref(), when), (Some("B03"), When::Compare(Compare::Yoy, Some(on))));
    assert_eq!(page.compare, Some(Compare::Yoy));
    // What was noted before findings kept their change opens its unit between its days.
    let (asked, _) = reopened(Finding::Noted(watch::noted()), explanation());
    let Request::Explain { org, when, .. } = asked else { panic!("{asked:?}") };
    let day = crate::app::fixtures::day;
    assert_eq!((org.as_deref(), when), (Some("B03"), When::Days(day(1), day(20))));
}

#[test]
fn stale_answer_does_not_place_the_cursor_of_a_finding() {
    let console = explained().keys("j n Enter");
    let finding = listed(&console, &[]);
    let console = found(Console::strategist().keys("g f"), finding).keys("Enter");
    let console = overtaken(console, Slot::Explain, "b", Answer::Explained(explanation()));
    let Some(Page::Explain(page)) = console.state.page() else { panic!("no page") };
    assert_eq!((page.cursor, page.answer.is_some()), (0, false));
}

#[test]
fn the_grid_turns_its_order_and_keeps_it_while_the_comparison_turns() {
    let rows = |console: &Console| {
        let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
        let Some(Finding::Heat(heat)) = &page.finding else { panic!("no grid") };
        heat.rows.iter().map(|row| row.org.clone()).collect::<Vec<_>>()
    };
    let grid = || Finding::Heat(watch::heat());
    let console = found(Console::strategist().keys("g h"), grid()).keys("o");
    assert_eq!(rows(&console), ["B03", "B02", "B01", "B09"]);
    let console = console.keys("o");
    assert_eq!(rows(&console)[0], "B09", "the highest first");
    let twin = |console: &Console| crate::app::twin::twin(&console.state).unwrap().join(" ");
    assert!(twin(&console).ends_with("--sort aum --descending"), "{}", twin(&console));
    let console = found(console.keys("c"), grid());
    assert_eq!(rows(&console)[0], "B09", "another comparison, the same order");
    let console = found(console.keys("b"), grid());
    assert_eq!(rows(&console)[0], "B09", "other units, the same order");
    assert_eq!(rows(&console.keys("o"))[0], "B03");
}

#[test]
fn a_split_is_turned_typed_and_held_against_something_else() {
    let by = |console: &Console| match last(console) {
        Request::Explain { by, method, when, .. } => (by, method, when),
        other => panic!("{other:?}"),
    };
    let day = crate::app::fixtures::day;
    let days = When::Days(day(1), day(20));
    let console = explained().keys("b b");
    assert_eq!(by(&console), (By::Both, None, days));
    let console = console.keys("a C-u attribute:payroll Enter");
    assert_eq!(by(&console), (By::Attribute("payroll".into()), None, days));
    let console = console.keys("a C-u org_adtributor Enter c");
    let month = When::Compare(Compare::Prev, Some(day(20)));
    assert_eq!(by(&console), (By::Org, Some(Method::Adtributor), month));
    let console = console.keys("a C-u adtributor Enter");
    assert_eq!(by(&console), (By::Org, Some(Method::Adtributor), month));
    let console = console.keys("a C-u segment Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.field.text(), "segment:");
    let told = format!("{:?}", prompt.error);
    let first = &console.state.segments.all()[0].code;
    assert!(told.contains("console.prompt.segments") && told.contains(first), "{told}");
    let console = console.keys("Esc");
    let console = console.keys("a C-u nonsense Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert!(prompt.error.is_some());
}

#[test]
fn a_factor_that_is_a_metric_opens_its_own_change() {
    let known = explained().state.kpi.list.all()[1].metric.clone();
    let factors = || {
        let mut factors = Explanation { by: By::Factor, ..explanation() };
        factors.effects.truncate(2);
        factors.effects[0].name.clone_from(&known);
        factors.effects[1].name = "no_metric".to_owned();
        explained().keys("b").answered(Slot::Explain, Answer::Explained(factors))
    };
    let pages = factors().state.pages.len();
    let opened = factors().keys("Enter");
    let Request::Explain { metric, when, .. } = last(&opened) else { panic!("no question") };
    let day = crate::app::fixtures::day;
    assert_eq!((metric, when), (known.clone(), When::Days(day(1), day(20))));
    assert_eq!(opened.state.pages.len(), pages + 1);
    let refused = factors().keys("j Enter");
    assert_eq!(refused.state.pages.len(), pages);
    assert_eq!(refused.said(), "console.reason.factor-is-last");
}

#[test]
fn two_periods_are_typed_and_stay_while_the_split_turns() {
    let when = |console: &Console| match last(console) {
        Request::Explain { when, .. } => when,
        other => panic!("{other:?}"),
    };
    let console = explained().keys("d C-u 2026-09_2026-10 Enter");
    let months = When::read("2026-09", "2026-10").unwrap();
    assert_eq!(when(&console), months);
    assert!(console.state.waits(Slot::Headline), "the sentence is another one, too");
    assert_eq!(when(&console.keys("b")), months);
    let console = explained().keys("d C-u 2026-09_2026-10 Enter c");
    assert!(matches!(when(&console), When::Compare(Compare::Prev, _)));
    let console = console.keys("c c c c");
    assert_eq!(when(&console), months, "back to the periods that were asked for");
    let console = console.keys("d C-u 2026-09_2026-10-31 Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.error.as_ref().unwrap().key.0, "console.prompt.bad-periods");
    let console = console.keys("C-u 2026-10-20_2026-11-20 Enter");
    assert!(matches!(when(&console), When::Days(..)));
    // The tree of metrics is of days.
    let console = Console::strategist().keys("4 d C-u 2026-09_2026-10 Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.error.as_ref().unwrap().key.0, "console.prompt.bad-dates");
}

#[test]
fn stale_answer_of_two_days_does_not_replace_that_of_two_periods() {
    let other = Explanation { metric: "other".into(), ..explanation() };
    let console = Console::strategist().keys("4 Enter");
    let console =
        overtaken(console, Slot::Explain, "d C-u 2026-09_2026-10 Enter", Answer::Explained(other));
    let Some(Page::Explain(page)) = console.state.page() else { panic!("no page") };
    assert!(page.answer.as_ref().is_none_or(|answer| answer.metric != "other"));
}

#[test]
fn a_cell_of_the_grid_leads_to_its_decomposition() {
    let console = found(Console::strategist().keys("g h"), Finding::Heat(watch::heat()));
    let console = console.keys("l h j Enter");
    let Request::Explain { metric, org, .. } = last(&console) else { panic!("no question") };
    assert_eq!((metric.as_str(), org.as_deref()), ("aum", Some("B01")));
    let console = found(Console::strategist().keys("g h"), Finding::Heat(watch::heat())).keys("o");
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    let Some(Finding::Heat(heat)) = &page.finding else { panic!("no grid") };
    assert_eq!(heat.rows[0].org, "B03", "the lowest first");
    let written = |console: Console| match console.keys("s").state.page() {
        Some(Page::Rule(page)) => page.editor.text(),
        _ => panic!("no rule"),
    };
    let grid = || found(Console::strategist().keys("g h"), Finding::Heat(watch::heat()));
    let moved = "org under 'B03' and change('aum', interval '31 days') < 0";
    assert_eq!(written(grid()), moved);
    assert_eq!(
        written(grid().keys("l")),
        "org under 'B03'",
        "rules know the past of balances only"
    );
    let whole = "change('aum', interval '19 days') < 0";
    assert_eq!(written(Console::strategist().keys("4")), whole);
    let console = console.keys("b");
    assert!(
        matches!(last(&console), Request::Study(Study::Heat { kind: Some(kind), .. }) if kind == "subbranch")
    );
    assert!(matches!(
        last(&console.keys("c")),
        Request::Study(Study::Heat { compare: Compare::Yoy, .. })
    ));
}

#[test]
fn stale_grid_does_not_replace_the_one_of_another_kind() {
    let console = found(Console::strategist().keys("g h"), Finding::Heat(watch::heat()));
    let stale = Answer::Found(Box::new(Finding::Heat(Heat { rows: vec![], ..watch::heat() })));
    let console = overtaken(console.keys("b"), Slot::Study, "c", stale);
    let Some(Page::Study(page)) = console.state.page() else { panic!("no page") };
    assert!(matches!(&page.finding, Some(Finding::Heat(heat)) if !heat.rows.is_empty()));
}

#[test]
fn findings_and_alerts_are_closed_muted_and_switched() {
    let console = found(Console::strategist().keys("g f"), Finding::Noted(watch::noted()));
    let console = console.keys("x done Enter");
    assert!(matches!(last(&console), Request::CloseFinding { finding: 7, text } if text == "done"));
    let alerts = || found(Console::strategist().keys("g w"), Finding::Alerts(watch::alerts()));
    assert!(matches!(last(&alerts().keys("s")), Request::SwitchAlert { on: false, .. }));
    let console = alerts().keys("m 2026-12-01 Enter");
    assert!(matches!(last(&console), Request::MuteAlert { until: Some(_), .. }));
    let console = alerts().keys("m soon Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert!(prompt.error.is_some());
    let console = found(alerts().keys("Enter"), Finding::AlertHits(watch::raised())).keys("Enter");
    assert!(matches!(last(&console), Request::Explain { org: Some(org), .. } if org == "B03"));
}

#[test]
fn the_strategies_of_a_unit_lead_to_one() {
    let console = explained().keys("t");
    assert!(
        matches!(last(&console), Request::Study(Study::Touching { org: Some(org), .. }) if org == "B03")
    );
    let console = found(console, Finding::Touching(watch::touching())).keys("Enter");
    assert!(matches!(console.state.page(), Some(Page::Strategy(_))));
}

#[test]
fn a_metric_is_looked_at_from_the_tree_a_change_and_a_cell() {
    let asked = |console: Console| match last(&console.keys("i")) {
        Request::Study(Study::Metric { metric, org, on }) => (metric, org, on),
        other => panic!("{other:?}"),
    };
    let day = crate::app::fixtures::day(20);
    assert_eq!(asked(Console::strategist().keys("4")), ("aum".to_owned(), None, day));
    let down = explained().keys("Enter").answered(Slot::Explain, Answer::Explained(explanation()));
    assert_eq!(asked(down), ("aum".to_owned(), Some("B03".to_owned()), day));
    let grid = found(Console::strategist().keys("g h"), Finding::Heat(watch::heat())).keys("l j");
    assert_eq!(asked(grid), ("customers".to_owned(), Some("B01".to_owned()), day));
}

#[test]
fn the_metric_tree_is_held_against_each_comparison_by_a_key_and_against_all_where_there_is_room() {
    let asked = |console: &Console| {
        let all = requests(console);
        all.iter().filter(|one| matches!(one, Request::Kpi { beside: true, .. })).count()
    };
    let console = Console::strategist().keys("4");
    assert_eq!((console.state.kpi.compare, asked(&console)), (Compare::Prev, 0));
    let console = console.keys("c");
    assert_eq!((console.state.kpi.compare, asked(&console)), (Compare::Yoy, 1));
    let console = console.keys("c c");
    assert_eq!((console.state.kpi.compare, asked(&console)), (Compare::Plan, 1), "it is there");
    assert_eq!(console.keys("c").state.kpi.compare, Compare::Prev);
    // A wide screen shows all of them without a key, and so does a pane that fills it.
    let wide = Console::strategist().acted(Action::Resized(200, 60));
    assert_eq!(asked(&wide), 1);
    assert_eq!(asked(&Console::strategist().keys("4 z")), 1);
    assert_eq!(asked(&Console::strategist().acted(Action::Resized(80, 24))), 0);
}

#[test]
fn stale_tree_without_what_stands_beside_does_not_replace_the_one_with_it() {
    let console = Console::strategist().keys("4");
    let console = overtaken(console.keys("r"), Slot::Kpi, "c", Answer::Kpi(vec![]));
    assert!(!console.state.kpi.list.all().is_empty());
}

#[test]
fn a_finding_of_the_whole_bank_opens_at_its_root() {
    let path = |way: &[(&str, &str)], org: &str| {
        let mut rows = watch::noted();
        rows[0].org = org.to_owned();
        rows[0].way = way.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let console = found(Console::strategist().keys("g f"), Finding::Noted(rows)).keys("Enter");
        let Some(Page::Explain(page)) = console.state.page() else { panic!("no page") };
        let Request::Explain { org, .. } = last(&console) else { panic!("no question") };
        (page.path.len(), org)
    };
    assert_eq!(path(&[], "HQ"), (0, None));
    assert_eq!(path(&[("B03", "南城分行")], "B03"), (1, Some("B03".to_owned())));
    let below = [("B03", "南城分行"), ("B0301", "南城一支行")];
    assert_eq!(path(&below, "B0301"), (2, Some("B0301".to_owned())), "and up goes to the branch");
}

#[test]
fn an_alert_leads_to_the_change_that_it_holds_against() {
    let opened = |row: usize| {
        let alerts = found(Console::strategist().keys("g w"), Finding::Alerts(watch::alerts()));
        let console = alerts.keys(&"j ".repeat(row)).keys("Enter");
        let console = found(console, Finding::AlertHits(watch::raised())).keys("Enter");
        match last(&console) {
            Request::Explain { when, by, org, .. } => (when, by, org),
            other => panic!("{other:?}"),
        }
    };
    let (on, unit) = (Some(crate::app::fixtures::day(20)), Some("B03".to_owned()));
    assert_eq!(opened(0), (When::Compare(Compare::Prev, on), By::Org, unit.clone()));
    assert_eq!(opened(1), (When::Compare(Compare::Plan, on), By::Org, unit.clone()), "its pace");
    assert!(matches!(opened(2), (When::Days(..), _, org) if org == unit));
}

#[test]
fn a_segment_of_a_part_names_the_movement_under_each_comparison_between_days() {
    let written = |keys: &str, from: Taken| {
        let answer = Explanation {
            from_date: from.end,
            from_start: from.start,
            to_date: crate::app::fixtures::day(20),
            ..explanation()
        };
        let asked = Console::strategist().keys("4 Enter").keys(keys);
        let console = asked.answered(Slot::Explain, Answer::Explained(answer)).keys("s");
        match console.state.page() {
            Some(Page::Rule(page)) => page.editor.text(),
            _ => panic!("no rule"),
        }
    };
    let day = |y, m, d| chrono::NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let (yoy, ytd) = (Taken::on(day(2025, 11, 20)), Taken::on(day(2025, 12, 31)));
    let moved = |days| format!("org under 'B03' and change('aum', interval '{days} days') < 0");
    assert_eq!(written("c c", yoy), moved(365));
    assert_eq!(written("c c c", ytd), moved(324));
    // Of a mean of days no record says how it moved.
    let mean = Taken { start: Some(day(2025, 11, 1)), end: day(2025, 11, 20) };
    assert_eq!(written("c c", mean), "org under 'B03'");
    assert_eq!(written("c c c c", ytd), "org under 'B03'", "nor of a plan");
}

#[test]
fn an_alert_is_written_in_two_lines_changed_and_given_away() {
    let console = found(Console::strategist().keys("g w"), Finding::Alerts(watch::alerts()));
    let console = console.keys("n AUM_down Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.field.text(), "aum change prev below -1.5 % branch");
    let console = console.keys("C-u aum_变动_低于_much Enter");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.error.as_ref().unwrap().key.0, "alert.typed.bound");
    let console = console.keys("C-u aum_变动_低于_-2%_支行 Enter");
    let Request::SaveAlert(asked) = last(&console) else { panic!("{:?}", last(&console)) };
    assert_eq!((asked.code.as_str(), asked.name.as_str()), ("AL-1", "AUM down"));
    let rows = watch::alerts();
    let console = console.answered(Slot::Change, Answer::AlertChanged(rows[0].clone()));
    assert_eq!(console.said(), "console.done.alert-new");
    let console = found(console, Finding::Alerts(watch::alerts())).keys("e");
    let Some(Overlay::Prompt(prompt)) = &console.state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.field.text(), "aum change prev below -1.5 % branch");
    let console = console.keys("Esc o C-u zhao.viewer Enter");
    let Request::OwnAlert { code, owner } = last(&console) else { panic!("{:?}", last(&console)) };
    assert_eq!((code.as_str(), owner.as_str()), ("AL-AUM", "zhao.viewer"));
}

#[test]
fn a_review_leads_to_a_finding_a_version_its_segment_and_its_strategy() {
    use crate::app::fixtures::reviews;
    let shown = || {
        let console = Console::strategist().keys("3 g r");
        found(console, reviews::finding(reviews::worked()))
    };
    let console = shown().keys("n Enter");
    let Request::Note(new) = last(&console) else { panic!("{:?}", last(&console)) };
    assert_eq!((new.org.as_deref(), new.metric.as_deref()), (None, None));
    assert!(new.rule.as_deref().is_some_and(|rule| rule.starts_with("segment('")), "{new:?}");
    assert!(new.text.starts_with("ST-014 #12 +"), "{}", new.text);
    let console = shown().keys("e");
    assert!(matches!(console.state.page(), Some(Page::Form(_))), "the next version's form");
    let console = shown().keys("g s");
    assert!(matches!(console.state.page(), Some(Page::Segment(_))), "the segment's page");
    let console = shown().keys("g t");
    assert!(matches!(console.state.page(), Some(Page::Strategy(_))), "the strategy's page");
    let console = shown().keys("g b");
    assert!(matches!(console.state.page(), Some(Page::Push(_))), "the push that was reviewed");
    // All of it, its wave, or the push itself, also while the one before is still read.
    let of = |console: &Console| match last(console) {
        Request::Study(Study::Review { strategy, of }) => (strategy, of),
        other => panic!("{other:?}"),
    };
    let console = shown().keys("a Enter");
    assert_eq!(of(&console), ("ST-014".to_owned(), Reviewed::Strategy));
    let console = console.keys("a Down Enter");
    assert_eq!(of(&console), ("ST-014".to_owned(), Reviewed::Wave(1)));
    let console = console.keys("a #12 Enter");
    assert_eq!(of(&console), ("ST-014".to_owned(), Reviewed::Push(crate::domain::id::PushId(12))));
}
