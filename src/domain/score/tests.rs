//! The arithmetic as properties, and every refusal of a file with its place.

use proptest::prelude::*;

use super::file::{CardError, Fault, read};
use super::points::shared;
use super::*;
use crate::domain::strategy::file::Place;

const DEMO: &str = include_str!("../../../fixtures/demo/score-card.toml");

fn item(weight: i64, (floor, target): (i64, i64), cap: i64, minimum: i64) -> Item {
    Item {
        code: format!("i{weight}"),
        name: String::new(),
        measure: Measure::Contacted,
        metric: None,
        weight: Points(weight),
        target: Ratio(target),
        floor: Ratio(floor),
        cap: Ratio(cap),
        minimum,
    }
}

fn card(rm: Vec<Item>) -> Card {
    let class = |code: &str, from| Class { code: code.into(), name: code.into(), from };
    Card {
        name: "t".into(),
        term: Term::Year,
        least_weight: Points(5_000),
        activity_from: Points(7_000),
        result_from: Points(7_000),
        unit: vec![],
        rm,
        classes: vec![class("A", Points(9_000)), class("B", Points(0))],
    }
}

/// A figure of an item.
#[expect(clippy::unnecessary_wraps, reason = "a card takes what is there and what is not alike")]
fn figure(numerator: i64, denominator: i64) -> Option<Figure> {
    Some(Figure { numerator, denominator })
}

#[test]
fn a_card_by_hand() {
    let mut items = vec![
        item(4_000, (500_000, 900_000), 1_200_000, 10),
        item(3_500, (0, 500_000), 1_000_000, 10),
        item(2_500, (0, 100_000), 1_500_000, 10),
    ];
    items[2].measure = Measure::Sold;
    let card = card(items);
    // 0.8 is three quarters of the way from 0.5 to 0.9; 0.6 is more than 0.5 and capped; 0.2 is twice the target, capped at 1.5.
    let whole = score(&card, Of::Rm, &[figure(80, 100), figure(60, 100), figure(20, 100)]);
    let points: Vec<String> = whole.lines.iter().map(|line| line.points.to_string()).collect();
    assert_eq!(points, ["30.00", "35.00", "37.50"]);
    let standings: Vec<Standing> = whole.lines.iter().map(|line| line.standing).collect();
    assert_eq!(standings, [Standing::Scored, Standing::Capped, Standing::Capped]);
    assert_eq!(whole.total, Some(Points(10_250)));
    assert_eq!(whole.class.as_ref().map(|class| class.code.as_str()), Some("A"));
    // 65 of 75 is 86.67 of 100, 37.5 of 25 is 150.
    assert_eq!((whole.activity, whole.result), (Some(Points(8_667)), Some(Points(15_000))));
    assert_eq!(whole.quadrant, Some(Quadrant::Both));
    // Nine cases are too few: their weight of 25 goes to 40 and 35, which become 53.33 and 46.67.
    let part = score(&card, Of::Rm, &[figure(80, 100), figure(60, 100), figure(9, 9)]);
    let effective: Vec<String> = part.lines.iter().map(|line| line.effective.to_string()).collect();
    assert_eq!(effective, ["53.33", "46.67", "0.00"]);
    assert_eq!(part.lines[0].points, Points(4_000), "three quarters of 53.33, half up");
    assert_eq!((part.scored, part.total), (Points(7_500), Some(Points(8_667))));
    assert_eq!((part.result, part.quadrant), (None, None));
    // With only 40 of 100 scored there is no total: the line still says what it is.
    let little = score(&card, Of::Rm, &[figure(80, 100), None, None]);
    assert_eq!((little.scored, little.total, little.class), (Points(4_000), None, None));
    assert_eq!(little.lines[0].points, Points(7_500));
    let nothing = score(&card, Of::Rm, &[]);
    assert_eq!((nothing.scored, nothing.total), (Points(0), None));
}

#[test]
fn less_is_better_where_the_measure_says_so() {
    let mut items = vec![item(10_000, (50_000, 0), 1_000_000, 1)];
    items[0].measure = Measure::Contradictory;
    let card = card(items);
    let points = |n| score(&card, Of::Rm, &[figure(n, 100)]).lines[0].points;
    assert_eq!(
        (points(0), points(1), points(5), points(6)),
        (Points(10_000), Points(8_000), Points(0), Points(0))
    );
}

#[test]
fn a_plan_of_nothing_is_no_plan() {
    let mut items = vec![item(10_000, (900_000, 1_000_000), 1_000_000, 1)];
    items[0].measure = Measure::Plan;
    let card = card(items);
    let of = |figure| score(&card, Of::Rm, &[figure]).lines[0].standing;
    assert_eq!(of(figure(5, 0)), Standing::NoPlan);
    assert_eq!(of(figure(5, -5)), Standing::NoPlan);
    assert_eq!(of(None), Standing::NoPlan);
    assert_eq!(of(figure(-5, 5)), Standing::Floored);
    // The largest amounts there are do not overflow.
    assert_eq!(of(figure(i64::MAX, i64::MAX)), Standing::Scored);
    assert_eq!(of(figure(i64::MIN, 1)), Standing::Floored);
}

prop_compose! {
    fn any_item()(
        weight in 1..5_000_i64, floor in 0..900_000_i64, way in 1..1_000_000_i64, cap in 1_000_000..=2_000_000_i64,
        minimum in 1..20_i64,
    ) -> Item {
        item(weight, (floor, floor + way), cap, minimum)
    }
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_what_is_shown_and_the_weights_are_a_hundred(
        items in prop::collection::vec(any_item(), 1..8),
        cases in prop::collection::vec((0..60_i64, 0..60_i64), 8),
    ) {
        let card = card(items);
        let figures: Vec<_> = cases.iter().map(|&(n, d)| figure(n.min(d), d)).collect();
        let score = score(&card, Of::Rm, &figures);
        let sum: i64 = score.lines.iter().map(|line| line.points.0).sum();
        prop_assert!(score.total.is_none_or(|total| total.0 == sum));
        let effective: i64 = score.lines.iter().map(|line| line.effective.0).sum();
        let any = score.lines.iter().any(|line| line.standing.counts());
        prop_assert_eq!(effective, if any { Points::HUNDRED.0 } else { 0 });
        for line in &score.lines {
            let most = i128::from(line.effective.0) * i128::from(line.item.cap.0);
            prop_assert!(i128::from(line.points.0) * 1_000_000 <= most + 500_000, "{line:?}");
            prop_assert!(line.points.0 >= 0);
            if !line.standing.counts() {
                prop_assert_eq!((line.points, line.effective), (Points(0), Points(0)));
                prop_assert!(line.figure.denominator < line.item.minimum);
            }
        }
    }

    #[test]
    fn one_success_more_never_takes_points_away(item in any_item(), n in 0..500_i64, more in 0..500_i64) {
        let d = 1_000;
        let card = card(vec![item]);
        let points = |n| score(&card, Of::Rm, &[figure(n, d)]).lines[0].points;
        prop_assert!(points(n) <= points(n + more));
    }

    #[test]
    fn the_target_gives_the_weight_and_the_floor_nothing(mut item in any_item()) {
        item.minimum = 1;
        let (floor, target) = (item.floor.0, item.target.0);
        let card = card(vec![item]);
        let points = |n| score(&card, Of::Rm, &[figure(n, 1_000_000)]).lines[0].points;
        prop_assert_eq!(points(target), Points::HUNDRED);
        prop_assert_eq!(points(floor), Points(0));
    }

    #[test]
    fn shares_are_the_whole_and_no_larger_weight_gets_less(weights in prop::collection::vec(0..9_999_i64, 1..20)) {
        let weights: Vec<Points> = weights.into_iter().map(Points).collect();
        let shares = shared(Points::HUNDRED, &weights);
        let sum: i64 = shares.iter().map(|share| share.0).sum();
        let any = weights.iter().any(|weight| weight.0 > 0);
        prop_assert_eq!(sum, if any { Points::HUNDRED.0 } else { 0 });
        for (a, b) in weights.iter().zip(&shares) {
            for (c, d) in weights.iter().zip(&shares) {
                prop_assert!(a.0 <= c.0 || b.0 >= d.0);
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back(hundredths in 0..20_000_i64, ppm in 0..10_000_000_i64) {
        prop_assert_eq!(Points::parse(&Points(hundredths).to_string()), Some(Points(hundredths)));
        prop_assert_eq!(Ratio::parse(&Ratio(ppm).to_string()), Some(Ratio(ppm)));
    }
}

#[test]
fn the_demo_card_is_read() {
    let known = [("aum".to_owned(), false)];
    let card = read(DEMO, Some(&known)).unwrap();
    assert_eq!((card.unit.len(), card.rm.len(), card.classes.len()), (6, 6, 4));
    assert_eq!(card.unit[1].cap, Ratio(1_200_000));
    assert_eq!((card.term, card.least_weight), (Term::Year, Points(5_000)));
    // As a Windows editor writes it.
    let windows = format!("\u{feff}{}", DEMO.replace('\n', "\r\n"));
    assert_eq!(read(&windows, None).unwrap(), card);
}

/// The demo's card with one text in the place of another, and why it is refused where.
fn refused(from: &str, to: &str) -> (String, Fault, Place) {
    assert!(DEMO.contains(from), "{from}");
    let known = [("aum".to_owned(), false), ("rate".to_owned(), true)];
    let text = DEMO.replacen(from, to, 1);
    match read(&text, Some(&known)).expect_err(to) {
        CardError::Key { key, fault, place } => (key, fault, place),
        other => panic!("{other}"),
    }
}

/// Line and column of a text in a file.
fn at(text: &str, what: &str) -> Place {
    let offset = text.find(what).unwrap();
    Place::of(text, offset)
}

#[test]
fn every_refusal_names_the_key_and_what_was_expected() {
    let between = |least: &str, most: &str, decimals| Fault::NotBetween {
        least: least.into(),
        most: most.into(),
        decimals,
    };
    let of = |from, to| {
        let (key, fault, _) = refused(from, to);
        (key, fault)
    };
    let is = |key: &str, fault| (key.to_owned(), fault);
    assert_eq!(of("name = \"2026 年履职评价\"", ""), is("name", Fault::Missing));
    assert_eq!(of("\"2026 年履职评价\"", "7"), is("name", Fault::NotText));
    assert_eq!(of("\"2026 年履职评价\"", "\" \""), is("name", Fault::Empty));
    assert_eq!(of("\"2026 年履职评价\"", "\"a\\u202eb\""), is("name", Fault::Hidden));
    let long = format!("\"{}\"", "长".repeat(61));
    assert_eq!(of("\"2026 年履职评价\"", &long), is("name", Fault::TooLong));
    assert_eq!(of("\"year\"", "\"week\""), is("period", Fault::NotOneOf { words: Term::WORDS }));
    assert_eq!(
        of("least_weight = 50", "least_weight = 101"),
        is("least_weight", between("0.00", "100.00", 2))
    );
    assert_eq!(of("code = \"sign\"", "code = \"a b\""), is("unit[1].code", Fault::NotACode));
    assert_eq!(of("code = \"first\"", "code = \"sign\""), is("unit[2].code", Fault::Twice));
    let measures = Fault::NotOneOf { words: Measure::WORDS };
    assert_eq!(of("\"signed_in_time\"", "\"signd\""), is("unit[1].measure", measures));
    let rm = Fault::NotOneOf { words: Measure::RM_WORDS };
    assert_eq!(of("\"contacted\"", "\"plan\""), is("rm[2].measure", rm));
    assert_eq!(of("weight = 15", "weight = 0"), is("unit[1].weight", between("0.01", "100.00", 2)));
    assert_eq!(of("target = 0.95", "target = 0.5"), is("unit[1].target", Fault::NotAbove));
    assert_eq!(of("target = 0\n", "target = 0.05\n"), is("rm[6].target", Fault::NotBelow));
    assert_eq!(of("floor = 0.05\n", ""), is("rm[6].floor", Fault::Missing));
    assert_eq!(
        of("target = 0.95", "target = \"0.95\""),
        is("unit[1].target", between("0", "10", 6))
    );
    assert_eq!(of("cap = 1.2", "cap = 0.9"), is("unit[2].cap", between("1", "2", 6)));
    assert_eq!(
        of("minimum = 2\n", "minimum = 0\n"),
        is("unit[1].minimum", between("1", "1000000", 0))
    );
    assert_eq!(of("metric = \"aum\"", "metric = \"amu\""), is("unit[5].metric", Fault::NoMetric));
    assert_eq!(of("metric = \"aum\"", "metric = \"rate\""), is("unit[5].metric", Fault::Quotient));
    assert_eq!(of("metric = \"aum\"\n", ""), is("unit[5].metric", Fault::Missing));
    assert_eq!(of("from = 75", "from = 90"), is("class[2].from", Fault::BandOrder));
    assert_eq!(of("from = 0", "from = 10"), is("class[4].from", Fault::LastBand));
    assert_eq!(of("code = \"B\"", "code = \"A\""), is("class[2].code", Fault::Twice));
    let (key, fault, place) = refused("minimum = 2\n", "minimun = 2\n");
    assert_eq!(key, "unit[1].minimun");
    assert!(matches!(fault, Fault::Unknown { known } if known.contains(&"minimum")));
    assert_eq!(place, at(DEMO, "minimum = 2\n"));
    let (key, fault, _) = refused("metric = \"aum\"", "metric = \"aum\"\nminimum = 3");
    assert_eq!(key, "unit[5].minimum", "a plan's cases are no cases");
    assert!(matches!(fault, Fault::Unknown { .. }));
}

#[test]
fn a_file_that_is_no_card_is_refused() {
    let text = DEMO.replacen("weight = 15", "weight = 14", 1);
    match read(&text, None).unwrap_err() {
        CardError::Weights { list, sum, place } => {
            assert_eq!((list.as_str(), sum), ("[[unit]]", Points(9_900)));
            assert_eq!(place, at(&text, "5\ntarget = 1\nfloor = 0.5"), "the last one's");
        }
        other => panic!("{other}"),
    }
    assert!(matches!(read("name = ", None), Err(CardError::Syntax { .. })));
    let long = format!("name = \"a\"\n#{}", "x".repeat(file::LONGEST));
    assert_eq!(read(&long, None), Err(CardError::TooLong { most: file::LONGEST }));
    let key = |text: &str| match read(text, None).unwrap_err() {
        CardError::Key { key, fault, .. } => (key, fault),
        other => panic!("{other}"),
    };
    let classes = "[[class]]\ncode = \"A\"\nname = \"a\"\nfrom = 0\n";
    assert_eq!(key(&format!("name = \"a\"\n{classes}")), (String::new(), Fault::NoItems));
    assert_eq!(key("name = \"a\"\n"), ("class".into(), Fault::Missing));
    assert_eq!(key("name = \"a\"\nunit = 3\n"), ("unit".into(), Fault::NotTables));
    assert_eq!(key("name = \"a\"\nunit = [3]\n"), ("unit[1]".into(), Fault::NotTables));
    let many = format!("name = \"a\"\nunit = [{}]\n", "{}, ".repeat(21));
    assert_eq!(key(&many), ("unit".into(), Fault::TooMany { most: 20 }));
}

#[test]
fn a_term_is_the_period_around_a_day() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let around = [Term::Month, Term::Quarter, Term::Year].map(|term| term.around(day));
    assert_eq!(around, ["2026-11", "2026-Q4", "2026"]);
    for word in Term::WORDS {
        assert!(Term::parse(word).is_some());
    }
}

#[test]
fn who_has_no_points_stands_last_and_who_is_alike_keeps_his_place() {
    let card = card(vec![item(10_000, (0, 1_000_000), 1_000_000, 1)]);
    let subject = |code: &str| Subject {
        of: Of::Rm,
        code: code.into(),
        name: String::new(),
        org: String::new(),
        org_name: String::new(),
    };
    let row = |code: &str, figure| (subject(code), score(&card, Of::Rm, &[figure]));
    let rows = vec![
        row("a", None),
        row("b", figure(1, 2)),
        row("c", figure(2, 2)),
        row("d", figure(5, 10)),
    ];
    let head =
        CardHead { version: 1, name: String::new(), hash: String::new(), author: String::new() };
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let days = Days { period: "2026".into(), from: day, to: day };
    let mut scores = Scores { card: head, days, of: Of::Rm, rows };
    for item in [None, Some("i10000")] {
        scores.sort_by(item);
        let order: Vec<&str> = scores.rows.iter().map(|(row, _)| row.code.as_str()).collect();
        assert_eq!(order, ["c", "b", "d", "a"]);
    }
}
