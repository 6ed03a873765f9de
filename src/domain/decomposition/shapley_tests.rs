use super::*;
use proptest::prelude::*;

fn one(formula: &str, from: &[f64], to: &[f64]) -> Shapley {
    let each = |xs: &[f64]| xs.iter().map(|x| vec![*x]).collect::<Vec<_>>();
    split(&Formula::read(formula).unwrap(), &each(from), &each(to)).unwrap()
}

/// Equal to half a unit of the last printed digit, which is the `digits`th after the point.
fn printed(got: &[f64], want: &[f64], digits: i32) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 0.5001 * 10_f64.powi(-digits), "{got} is not {want}");
    }
}

#[test]
fn das_guptas_examples_with_single_factors_are_reproduced() {
    // Das Gupta 1993, US Census P23-186: the introduction's toy, and examples 2.1, 2.2 and 3.1
    let toy = one("a*b", &[0.6, 0.5], &[0.3, 0.45]);
    printed(&[toy.from, toy.to], &[0.300, 0.135], 3);
    printed(&toy.effects, &[-0.1425, -0.0225], 4);

    let two = one("a*b", &[10_930.0, 0.717_892], &[16_591.0, 0.825_974]);
    printed(&[two.from], &[7846.560], 3);
    printed(&[two.to], &[13_703.73], 2);
    printed(&two.effects, &[4369.913, 1487.262], 3);

    let three = one("a*b*c", &[51.78746, 0.45919, 0.52638], &[84.90502, 0.75756, 0.51065]);
    printed(&[three.from, three.to], &[12.51747, 32.84534], 5);
    printed(&three.effects, &[10.434_033_3, 10.560_847_6, -0.667_008_4], 7);

    let difference = one("a-b", &[19.4, 10.8], &[23.7, 9.5]);
    printed(&[difference.from, difference.to], &[8.6, 14.2], 1);
    printed(&difference.effects, &[4.3, 1.3], 1);
}

#[test]
fn das_guptas_example_with_vectors_is_reproduced() {
    // Das Gupta 1993, US Census P23-186, example 4.3
    let from = [
        vec![393.0, 407.0, 369.0, 274.0, 184.0, 90.0, 16.0],
        vec![0.122, 0.622, 0.903, 0.930, 0.916, 0.873, 0.800],
        vec![0.043, 0.041, 0.036, 0.032, 0.026, 0.020, 0.018],
    ];
    let to = [
        vec![488.0, 452.0, 338.0, 156.0, 63.0, 22.0, 3.0],
        vec![0.082, 0.527, 0.866, 0.941, 0.942, 0.923, 0.876],
        vec![0.058, 0.038, 0.032, 0.030, 0.026, 0.023, 0.019],
    ];
    let got = split(&Formula::read("sum(bm*mw*wp)").unwrap(), &from, &to).unwrap();
    printed(&[got.from, got.to], &[38.77463, 27.20318], 5);
    printed(&got.effects, &[-7.285_632, -2.720_633, -1.565_181], 6);
}

#[test]
fn a_combination_without_a_value_is_refused_with_its_factors() {
    // Neither period divides by zero, but b of the one beside c of the other does.
    let formula = Formula::read("a/(b-c)").unwrap();
    let (from, to) = ([vec![1.0], vec![2.0], vec![1.0]], [vec![1.0], vec![3.0], vec![2.0]]);
    let reason = ValueError::DividesByZero { item: None };
    assert_eq!(split(&formula, &from, &to), Err(ShapleyError::Value { later: vec![2], reason }));
    let zero = [vec![1.0], vec![1.0], vec![1.0]];
    let whole = ShapleyError::Value { later: vec![], reason };
    assert_eq!(split(&formula, &zero, &to), Err(whole));
}

#[test]
fn more_factors_than_can_be_enumerated_are_refused() {
    let names: Vec<String> = (0..=MOST_FACTORS).map(|i| format!("f{i}")).collect();
    let formula = Formula::read(&names.join("*")).unwrap();
    let ones = vec![vec![1.0]; names.len()];
    let error = ShapleyError::TooMany { factors: MOST_FACTORS + 1 };
    assert_eq!(split(&formula, &ones, &ones), Err(error));
}

#[test]
fn as_many_factors_as_are_allowed_share_alike() {
    let names: Vec<String> = (0..MOST_FACTORS).map(|i| format!("f{i}")).collect();
    let formula = Formula::read(&names.join("*")).unwrap();
    let (ones, twos) = (vec![vec![1.0]; MOST_FACTORS], vec![vec![2.0]; MOST_FACTORS]);
    let got = split(&formula, &ones, &twos).unwrap();
    let part = (f64::from(1 << MOST_FACTORS) - 1.0) / sum::count(MOST_FACTORS);
    assert!(got.effects.iter().all(|effect| (effect / part - 1.0).abs() < 1e-12));
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + scale)
}

fn sides(factors: usize) -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<Vec<f64>>)> {
    let number = prop_oneof![1 => Just(0.0), 6 => -1e3..1e3_f64];
    (1..5_usize).prop_flat_map(move |items| {
        let side = prop::collection::vec(prop::collection::vec(number.clone(), items), factors);
        (side.clone(), side)
    })
}

proptest! {
    #[test]
    fn effects_sum_to_the_change((from, to) in sides(4)) {
        let formula = Formula::read("sum(a*b*c - d*(a-2)) + sum(d)").unwrap();
        let got = split(&formula, &from, &to).unwrap();
        let scale: f64 = got.effects.iter().map(|x| x.abs()).sum();
        prop_assert!(close(got.effects.iter().sum(), got.to - got.from, scale));
    }

    #[test]
    fn swapping_the_periods_turns_the_signs((from, to) in sides(3)) {
        let formula = Formula::read("sum(a*(b-c))").unwrap();
        let (there, back) = (split(&formula, &from, &to).unwrap(), split(&formula, &to, &from).unwrap());
        let scale: f64 = there.effects.iter().map(|x| x.abs()).sum();
        for (a, b) in there.effects.iter().zip(&back.effects) {
            prop_assert!(close(*a, -b, scale));
        }
    }

    #[test]
    fn the_order_of_factors_and_rows_changes_nothing((from, to) in sides(3)) {
        let got = split(&Formula::read("sum(a*b*c)").unwrap(), &from, &to).unwrap();
        let turned = |side: &[Vec<f64>]| -> Vec<Vec<f64>> {
            side.iter().rev().map(|values| values.iter().rev().copied().collect()).collect()
        };
        let again = split(&Formula::read("sum(c*b*a)").unwrap(), &turned(&from), &turned(&to)).unwrap();
        let scale: f64 = got.effects.iter().map(|x| x.abs()).sum();
        for (a, b) in got.effects.iter().zip(again.effects.iter().rev()) {
            prop_assert!(close(*a, *b, scale));
        }
    }

    #[test]
    fn two_factors_meet_in_the_middle((from, to) in sides(2)) {
        let got = split(&Formula::read("sum(a*b)").unwrap(), &from, &to).unwrap();
        let middle = |x: usize, y: usize| -> f64 {
            (0..from[0].len()).map(|i| (to[x][i] - from[x][i]) * f64::midpoint(from[y][i], to[y][i])).sum()
        };
        let scale: f64 = got.effects.iter().map(|x| x.abs()).sum();
        prop_assert!(close(got.effects[0], middle(0, 1), scale.max(1e3)));
        prop_assert!(close(got.effects[1], middle(1, 0), scale.max(1e3)));
    }
}
