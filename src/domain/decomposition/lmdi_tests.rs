use super::super::chain::{Chained, chained};
use super::*;
use proptest::prelude::*;

/// Equal to half a unit of the ninth printed digit.
fn near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        let unit = 10_f64.powf(want.abs().max(1e-300).log10().floor() - 9.0);
        assert!((got - want).abs() <= 5.1 * unit, "{got} is not {want}");
    }
}

fn years(step: &str) -> Vec<Row> {
    // Ang 2005's example as package LMDIR 0.1.14 prints it.
    let (y71, y72, y73) = (
        [[1.0, 10.0, 2.0], [4.0, 5.0, 3.0]],
        [[4.0, 5.0, 3.0], [5.0, 6.0, 4.0]],
        [[8.0, 2.0, 4.0], [5.0, 7.0, 5.0]],
    );
    let (from, to) = if step == "71-72" { (y71, y72) } else { (y72, y73) };
    from.iter().zip(&to).map(|(from, to)| Row::new(from, to)).collect()
}

#[test]
fn the_published_additive_effects_are_reproduced() {
    // LMDIR 0.1.14, Z_A
    near(&additive(&years("71-72")).unwrap(), &[69.790_065_98, -9.455_125_793, 39.665_059_81]);
    near(&additive(&years("72-73")).unwrap(), &[42.960_214_67, -34.319_026_56, 50.358_811_9]);
}

#[test]
fn the_published_row_terms_are_reproduced() {
    // LMDIR 0.1.14, terms of 1971-1972
    let rows = years("71-72");
    near(&row_effects(&rows[0]).unwrap(), &[50.474_380_29, -25.237_190_14, 14.762_809_86]);
    near(&row_effects(&rows[1]).unwrap(), &[19.315_685_69, 15.782_064_35, 24.902_249_96]);
}

#[test]
fn the_published_multiplicative_effects_are_reproduced() {
    // LMDIR 0.1.14, D
    let got = multiplicative(&years("71-72")).unwrap().unwrap();
    near(&got, &[1.761_117_821, 0.926_191_306, 1.379_410_116]);
    near(&[got.iter().product()], &[2.25]);
    let got = multiplicative(&years("72-73")).unwrap().unwrap();
    near(&got, &[1.229_284_572, 0.847_970_248, 1.273_773_912]);
    near(&[got.iter().product()], &[1.327_777_778]);
}

#[test]
fn zeros_take_their_analytical_limits() {
    // Ang, Zhang and Choi 1998, table 2: the five cases, with a second factor that is there on both sides.
    let term = |from: [f64; 2], to: [f64; 2]| row_effects(&Row::new(&from, &to)).unwrap();
    assert_eq!(term([0.0, 6.0], [7.0, 6.0]), [42.0, 0.0], "appears: +v1");
    assert_eq!(term([7.0, 6.0], [0.0, 6.0]), [-42.0, 0.0], "vanishes: -v0");
    assert_eq!(
        term([0.0, 3.0], [7.0, 6.0]),
        [42.0, 0.0],
        "there on both sides of an appearing row: 0"
    );
    assert_eq!(term([7.0, 6.0], [0.0, 3.0]), [-42.0, 0.0], "and of a vanishing one");
    assert_eq!(term([0.0, 6.0], [0.0, 9.0]), [0.0, 0.0], "never there");
    assert_eq!(term([0.0, 6.0], [7.0, 0.0]), [0.0, 0.0], "zero on both sides by different factors");
}

#[test]
fn factors_that_come_or_go_together_share_evenly() {
    let row = Row::new(&[0.0, 0.0, 5.0], &[2.0, 3.0, 4.0]);
    assert_eq!(row_effects(&row).unwrap(), [12.0, 12.0, 0.0]);
    let row = Row::new(&[2.0, 3.0, 4.0], &[0.0, 0.0, 0.0]);
    assert_eq!(row_effects(&row).unwrap(), [-8.0, -8.0, -8.0]);
}

#[test]
fn a_branch_that_opened_gives_its_whole_balance_to_customers() {
    // Balance per customer is 0/0 before: undefined, and so unchanged.
    let row = Row::of(vec![Some(0.0), None], vec![Some(40.0), Some(25.0)]);
    assert_eq!(row_effects(&row).unwrap(), [1000.0, 0.0]);
    let row = Row::of(vec![Some(40.0), Some(25.0)], vec![Some(0.0), None]);
    assert_eq!(row_effects(&row).unwrap(), [-1000.0, 0.0]);
}

#[test]
fn the_limits_are_what_a_vanishing_number_tends_to() {
    // A small number in place of a zero comes near the limit, slowly: its rows still add up, but not its factors.
    let near_zero = row_effects(&Row::new(&[1e-300, 6.0], &[7.0, 6.0])).unwrap();
    near(&near_zero, &[42.0, 0.0]);
}

#[test]
fn ratios_exist_where_the_value_did_not_move_but_not_where_it_was_nothing() {
    let moved = [Row::new(&[2.0, 6.0], &[3.0, 4.0])];
    let ratios = multiplicative(&moved).unwrap().unwrap();
    near(&ratios, &[1.5, 2.0 / 3.0]);
    let opened = [Row::new(&[0.0, 6.0], &[3.0, 4.0])];
    assert_eq!(multiplicative(&opened).unwrap(), None);
    let never = [Row::new(&[0.0, 6.0], &[0.0, 4.0])];
    assert_eq!(multiplicative(&never).unwrap(), None);
    assert_eq!(multiplicative(&[]).unwrap(), None);
}

#[test]
fn a_negative_value_is_refused_by_row_and_factor() {
    let rows = [Row::new(&[1.0, 2.0], &[1.0, 2.0]), Row::new(&[1.0, 2.0], &[1.0, -0.5])];
    assert_eq!(additive(&rows), Err(LmdiError::Negative { row: 1, factor: 1 }));
    assert_eq!(multiplicative(&rows), Err(LmdiError::Negative { row: 1, factor: 1 }));
    let rows = [Row::new(&[1.0], &[f64::NAN])];
    assert_eq!(additive(&rows), Err(LmdiError::Negative { row: 0, factor: 0 }));
    let rows = [Row::new(&[1.0], &[1.0]), Row::new(&[1.0, 2.0], &[1.0, 2.0])];
    assert_eq!(additive(&rows), Err(LmdiError::Factors { row: 1 }));
}

#[test]
fn what_is_too_small_for_a_float_is_refused_and_not_split_into_nothing() {
    let rows = [Row::new(&[1.0, 2.0], &[1.0, 2.0]), Row::new(&[1e-200, 1e-200], &[3e-200, 1e-100])];
    assert_eq!(additive(&rows), Err(LmdiError::TooSmall { row: 1, later: false }));
    let row = Row::new(&[0.0, 6.0], &[2e-308, 0.5]);
    assert_eq!(row_effects(&row), Err(LmdiError::TooSmall { row: 0, later: true }));
    // A factor of nothing is nothing, and no rounding.
    assert_eq!(row_effects(&Row::new(&[0.0, 1e-300], &[0.0, 1e-300])).unwrap(), [0.0, 0.0]);
    let least = row_effects(&Row::new(&[3e-308, 1.0], &[6e-308, 2.0])).unwrap();
    near(&[least.iter().sum::<f64>() / 9e-308], &[1.0]);
}

#[test]
fn the_logarithmic_mean_keeps_its_digits() {
    assert_eq!(log_mean(42.0, 42.0).to_bits(), 42.0_f64.to_bits());
    assert_eq!(log_mean(0.0, 42.0).to_bits(), 0.0_f64.to_bits());
    // L(a, a(1+d)) = a(1 + d/2 - d^2/12 + ...)
    near(&[log_mean(1e9, 1e9 + 1.0)], &[1e9 + 0.5]);
    near(&[log_mean(1e-300, 1e300)], &[1e300 / (600.0 * std::f64::consts::LN_10)]);
}

/// Values as banks have them, with zeros often enough to meet each limit.
fn factor() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 6 => 1e-3..1e6_f64]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    (1..5_usize).prop_flat_map(|n| {
        let side = move || prop::collection::vec(factor(), n);
        prop::collection::vec((side(), side()).prop_map(|(a, b)| Row::new(&a, &b)), 1..6)
    })
}

fn totals(rows: &[Row]) -> (f64, f64) {
    rows.iter().map(Row::values).fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y))
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.max(f64::MIN_POSITIVE)
}

proptest! {
    #[test]
    fn effects_sum_to_the_change(rows in rows()) {
        let (before, after) = totals(&rows);
        let sum: f64 = additive(&rows).unwrap().iter().sum();
        prop_assert!(close(sum, after - before, before + after));
    }

    #[test]
    fn ratios_multiply_to_the_ratio(rows in rows()) {
        let (before, after) = totals(&rows);
        if let Some(ratios) = multiplicative(&rows).unwrap() {
            let logs: f64 = ratios.iter().map(|d| d.ln()).sum();
            // A ratio beyond the range of a float has no digits to compare.
            if logs.is_finite() {
                prop_assert!(close(logs, (after / before).ln(), 1.0 + ratios.iter().map(|d| d.ln().abs()).sum::<f64>()));
            }
        } else {
            prop_assert!(before == 0.0 || after == 0.0);
        }
    }

    #[test]
    fn swapping_the_periods_negates_and_inverts(rows in rows()) {
        let back: Vec<Row> = rows.iter().map(|r| Row::of(r.to.clone(), r.from.clone())).collect();
        let (before, after) = totals(&rows);
        for (a, b) in additive(&rows).unwrap().iter().zip(additive(&back).unwrap()) {
            prop_assert!(close(*a, -b, before + after));
        }
        if let Some(there) = multiplicative(&rows).unwrap() {
            for (a, b) in there.iter().zip(multiplicative(&back).unwrap().unwrap()) {
                prop_assert!(close(a.ln(), -b.ln(), 1.0 + a.ln().abs()) || !a.ln().is_finite() || !b.ln().is_finite());
            }
        }
    }

    #[test]
    fn the_order_of_factors_and_rows_changes_nothing(rows in rows()) {
        let (before, after) = totals(&rows);
        let turned: Vec<Row> = rows.iter().rev().map(|r| Row::of(
            r.from.iter().rev().copied().collect(),
            r.to.iter().rev().copied().collect(),
        )).collect();
        let again = additive(&turned).unwrap();
        for (a, b) in additive(&rows).unwrap().iter().zip(again.iter().rev()) {
            prop_assert!(close(*a, *b, before + after));
        }
    }

    #[test]
    fn merging_two_rows_that_are_alike_changes_nothing(rows in rows()) {
        // Two rows with equal rates: the first factor is the size, which adds; the others are the same in both.
        let (before, after) = totals(&rows);
        let mut twice = rows.clone();
        twice.extend(rows.iter().cloned());
        let merged: Vec<Row> = rows.iter().map(|r| {
            let mut m = r.clone();
            m.from[0] = m.from[0].map(|x| 2.0 * x);
            m.to[0] = m.to[0].map(|x| 2.0 * x);
            m
        }).collect();
        for (a, b) in additive(&twice).unwrap().iter().zip(additive(&merged).unwrap()) {
            prop_assert!(close(*a, b, before + after));
        }
    }

    #[test]
    fn sums_over_sub_branches_equal_the_branch(rows in rows(), cut in 0..6_usize) {
        let (before, after) = totals(&rows);
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let whole = additive(&rows).unwrap();
        let part = |rows: &[Row]| {
            let effects = additive(rows).unwrap();
            if effects.is_empty() { vec![0.0; whole.len()] } else { effects }
        };
        for ((a, b), c) in part(left).iter().zip(part(right)).zip(&whole) {
            prop_assert!(close(a + b, *c, before + after));
        }
    }
}

#[test]
fn the_ends_of_numbers_do_not_depend_on_the_order_of_factors() {
    let told = |order: [usize; 3]| {
        let (from, to) = ([1e200, 2e200, 1e-200], [1e200, 3e200, 2e-200]);
        let of = |factors: [f64; 3]| order.map(|at| factors[at]);
        let effects = row_effects(&Row::new(&of(from), &of(to))).unwrap();
        let mut back = [0.0; 3];
        order.iter().zip(effects).for_each(|(at, effect)| back[*at] = effect);
        back
    };
    let first = told([0, 1, 2]);
    assert!(first.iter().all(|effect| effect.is_finite()), "{first:?}");
    let sum: f64 = first.iter().sum();
    assert!((sum / 4e200 - 1.0).abs() < 1e-12, "{first:?}");
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(told(order).map(f64::to_bits), first.map(f64::to_bits), "{order:?}");
    }
    for order in [[1e-200, 1e-200, 1e200], [1e-200, 1e200, 1e-200], [1e200, 1e-200, 1e-200]] {
        assert!(row_effects(&Row::new(&order, &order)).is_ok(), "{order:?}");
    }
    let small = [1e-200, 1e-200, 1e-5];
    let wrong = Err(LmdiError::TooSmall { row: 0, later: false });
    assert_eq!(row_effects(&Row::new(&small, &small)), wrong);
}

/// A number of thousandths as a file has it.
fn thousandths(n: i64) -> Twice {
    let text = format!("{}.{:03}", n / 1000, n % 1000);
    Twice::read(&text, text.parse().unwrap())
}

#[test]
fn small_changes_of_large_totals_add_up() {
    let read = |text: &str| Some(Twice::read(text, text.parse().unwrap()));
    let row = |from: [&str; 2], to: [&str; 2]| {
        Row::exact(from.into_iter().map(read).collect(), to.into_iter().map(read).collect())
    };
    let told = |rows: Vec<Row>| chained(&[rows]).unwrap();
    let holds = |got: &Chained, want: f64| {
        let sum: f64 = got.effects.iter().sum();
        assert!((got.change - want).abs() <= 1e-14 * want.abs(), "{} is not {want}", got.change);
        assert!((sum - want).abs() <= 1e-9 * want.abs(), "{sum} is not {want}");
    };
    // One row, a hundred-millionth more of the one and a third of that less of the other.
    let one = row(["123456.789", "7"], ["123456.79023456789", "6.999999976666666667"]);
    holds(&told(vec![one]), 0.005_761_316_791_234_568);
    // Two rows that take nearly all of each other back.
    let two =
        [row(["1000000", "3"], ["1000000.001", "5"]), row(["1000000", "5"], ["1000000", "3"])];
    holds(&told(two.to_vec()), 0.005);
}

proptest! {
    #[test]
    fn the_change_is_that_of_whole_numbers_and_the_effects_add_up_to_it(
        rows in prop::collection::vec(prop::collection::vec((10_i64..1_000_000_000, -5_i64..=5), 3), 1..5)
    ) {
        let product = |row: &[(i64, i64)], after: i64| {
            row.iter().map(|&(n, by)| i128::from(n + after * by)).product::<i128>()
        };
        let exact: i128 = rows.iter().map(|row| product(row, 1) - product(row, 0)).sum();
        #[expect(clippy::cast_precision_loss, reason = "what is compared with is a float")]
        let want = exact as f64 / 1e9;
        let side = |row: &[(i64, i64)], after: i64| row.iter().map(|&(n, by)| Some(thousandths(n + after * by))).collect();
        let rows: Vec<Row> = rows.iter().map(|row| Row::exact(side(row, 0), side(row, 1))).collect();
        let got = chained(&[rows]).unwrap();
        prop_assert!((got.change - want).abs() <= 1e-13 * want.abs(), "{} is not {}", got.change, want);
        let (sum, largest) = got.effects.iter().fold((0.0, 0.0_f64), |(sum, most), e| (sum + e, most.max(e.abs())));
        // Effects that take each other back are told as floats, and no sum of these is closer.
        prop_assert!((sum - want).abs() <= 1e-9 * want.abs() + 4.0 * f64::EPSILON * largest, "{} is not {}", sum, want);
    }
}
