use super::*;
use proptest::prelude::*;

fn dimension(name: &str, elements: &[(&str, f64, f64)]) -> (String, Vec<Element>) {
    let of = |&(element, forecast, actual): &(&str, f64, f64)| Element {
        element: element.to_owned(),
        forecast,
        actual,
    };
    (name.to_owned(), elements.iter().map(of).collect())
}

/// 100 foreseen, 50 came; by data centre, advertiser and browser.
fn revenue() -> Vec<(String, Vec<Element>)> {
    vec![
        dimension("centre", &[("x", 94.0, 47.0), ("y", 6.0, 3.0)]),
        dimension(
            "advertiser",
            &[("a1", 50.0, 24.0), ("a2", 20.0, 21.0), ("a3", 20.0, 4.0), ("a4", 10.0, 1.0)],
        ),
    ]
}

fn names(dimension: &Dimension) -> Vec<&str> {
    dimension.elements.iter().map(|e| e.element.as_str()).collect()
}

#[test]
fn the_formulas_of_the_paper_are_followed() {
    // Bhagwan et al. 2014, sections 4.1 to 4.3, worked out by hand on a halved revenue
    let got = rank(&revenue(), Thresholds::default()).unwrap();
    assert_eq!(got.len(), 2);
    // Every centre kept its share: it explains, but surprises nobody.
    assert_eq!(got[1].dimension, "centre");
    assert_eq!(got[1].surprise.to_bits(), 0.0_f64.to_bits());
    assert_eq!(names(&got[1]), ["x"]);
    assert!((got[1].elements[0].ep - 0.94).abs() < 1e-12);
    // a2 surprises most, but explains nothing: it moved the other way.
    assert_eq!(got[0].dimension, "advertiser");
    assert_eq!(names(&got[0]), ["a4", "a3", "a1"]);
    let a3 = &got[0].elements[1];
    let by_hand = 0.5 * (0.2 * (0.4_f64 / 0.28).log2() + 0.08 * (0.16_f64 / 0.28).log2());
    assert!((a3.ep - 0.32).abs() < 1e-12 && (a3.surprise - by_hand).abs() < 1e-12, "{a3:?}");
    let all: f64 = got[0].elements.iter().map(|e| e.surprise).sum();
    assert!((got[0].surprise - all).abs() < 1e-12);
}

#[test]
fn gathering_ends_where_enough_is_explained() {
    let wide = Thresholds { element: 0.1, dimension: 0.5 };
    let got = rank(&revenue(), wide).unwrap();
    assert_eq!(names(&got[0]), ["a4", "a3"], "0.18 and 0.32 are half");
    let strict = Thresholds { element: 0.2, dimension: 0.67 };
    let got = rank(&revenue(), strict).unwrap();
    assert_eq!(names(&got[0]), ["a3", "a1"]);
}

#[test]
fn a_dimension_that_never_explains_enough_is_left_out() {
    let many: Vec<(String, f64, f64)> =
        (0..20).map(|i| (format!("e{i}"), 5.0, if i == 0 { 0.0 } else { 2.5 })).collect();
    let many: Vec<(&str, f64, f64)> = many.iter().map(|(n, f, a)| (n.as_str(), *f, *a)).collect();
    assert_eq!(rank(&[dimension("many", &many)], Thresholds::default()).unwrap(), []);
    // Exactly a tenth is not more than a tenth.
    let tenths: Vec<(&str, f64, f64)> = many.iter().take(10).map(|e| (e.0, 1.0, 0.7)).collect();
    assert_eq!(rank(&[dimension("tenths", &tenths)], Thresholds::default()).unwrap(), []);
}

#[test]
fn an_element_that_came_or_went_has_its_limit() {
    let got = rank(
        &[dimension("d", &[("gone", 50.0, 0.0), ("stays", 50.0, 50.0)])],
        Thresholds::default(),
    )
    .unwrap();
    // p = 1/2, q = 0: S = 1/2 * 1/2 * log2(2) = 1/4
    assert!((got[0].surprise - 0.25).abs() < 1e-12, "{got:?}");
    assert_eq!(names(&got[0]), ["gone"]);
}

#[test]
fn what_did_not_move_or_is_nothing_is_refused() {
    let dimension_of =
        |f: f64, a: f64| rank(&[dimension("d", &[("e", f, a)])], Thresholds::default());
    let name = || "d".to_owned();
    assert_eq!(dimension_of(5.0, 5.0), Err(AdtributorError::NoChange { dimension: name() }));
    assert_eq!(dimension_of(0.0, 0.0), Err(AdtributorError::NoChange { dimension: name() }));
    assert_eq!(dimension_of(5.0, 0.0), Err(AdtributorError::NoTotal { dimension: name() }));
    assert_eq!(dimension_of(0.0, 5.0), Err(AdtributorError::NoTotal { dimension: name() }));
    assert_eq!(
        dimension_of(f64::MAX, f64::MAX),
        Err(AdtributorError::Overflow { dimension: name() })
    );
    let dust = dimension("d", &[("a", 0.1, 0.3), ("b", 0.2, 0.0)]);
    assert_eq!(
        rank(&[dust], Thresholds::default()),
        Err(AdtributorError::NoChange { dimension: name() })
    );
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing(
        values in prop::collection::vec(prop::collection::vec((0_u32..50, 0_u32..50), 1..7), 1..4)
    ) {
        let dimensions: Vec<(String, Vec<Element>)> = values.iter().enumerate().map(|(d, elements)| {
            let of = |(e, (f, a)): (usize, &(u32, u32))| Element {
                element: format!("e{e}"), forecast: f64::from(*f), actual: f64::from(*a) + 51.0,
            };
            (format!("d{d}"), elements.iter().enumerate().map(of).collect())
        }).collect();
        let turned: Vec<(String, Vec<Element>)> = dimensions.iter().rev()
            .map(|(d, elements)| (d.clone(), elements.iter().rev().cloned().collect())).collect();
        let there = rank(&dimensions, Thresholds::default());
        let back = rank(&turned, Thresholds::default());
        if let (Ok(there), Ok(back)) = (there, back) {
            prop_assert_eq!(&there, &back);
            for dimension in &there {
                prop_assert!(dimension.elements.iter().all(|e| e.ep > 0.1 && (0.0..=0.5).contains(&e.surprise)));
                let explained: f64 = dimension.elements.iter().map(|e| e.ep).sum();
                prop_assert!(explained >= 0.67 - 1e-9);
            }
        }
    }
}
