//! Shares of 1 as percents for people, signed or not: one place, so that no screen, table or sentence says `-0 %`.

/// What rounds to nothing has no sign: `+0.00` and `-0.0 %` are `0.00` and `0.0 %`.
#[must_use]
pub fn unsigned(shown: String) -> String {
    let nothing = !shown.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if nothing { shown.trim_start_matches(['+', '-']).to_owned() } else { shown }
}

/// A number with its sign and so many decimals; without a sign where those show nothing.
#[must_use]
pub fn signed(value: f64, digits: usize) -> String {
    unsigned(format!("{value:+.digits$}"))
}

/// `-1.8 %`, of a share of 1, with its sign; nothing has none. What a tenth of a percent does not show has as many digits as
/// show one, four at most: a small fall is no standstill. Below that is `<0.0001 %`, either way.
#[must_use]
pub fn signed_percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent.is_nan() {
        return "0.0 %".to_owned();
    }
    let shows = |digits: &usize| percent.abs() >= 0.5 * [0.1, 0.01, 0.001, 0.0001][*digits - 1];
    match (1..=4).find(shows) {
        Some(digits) => format!("{} %", signed(percent, digits)),
        None => "<0.0001 %".to_owned(),
    }
}

/// A share in whole percents; what rounds to nothing has no sign.
#[must_use]
pub fn whole_percent(share: f64) -> String {
    unsigned(format!("{:.0} %", share * 100.0))
}

/// A share with one decimal; what rounds to nothing has no sign.
#[must_use]
pub fn percent(share: f64) -> String {
    unsigned(format!("{:.1} %", share * 100.0))
}

/// A part of a whole in whole percents; what is not all of it is never `100 %`.
#[must_use]
pub fn part_percent(share: f64) -> String {
    let percent = share * 100.0;
    let nearly = (percent - 100.0).abs();
    if !(1e-9..0.5).contains(&nearly) {
        whole_percent(share)
    } else if nearly >= 0.05 {
        format!("{percent:.1} %")
    } else if percent < 100.0 {
        ">99.9 %".to_owned()
    } else {
        "100.1 %".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_change_is_no_standstill() {
        for (share, shown) in [
            (0.0, "0.0 %"),
            (-0.0, "0.0 %"),
            (-0.018, "-1.8 %"),
            (0.000_5, "+0.1 %"),
            (-0.000_2, "-0.02 %"),
            (0.000_000_6, "+0.0001 %"),
            (1e-9, "<0.0001 %"),
            (-1e-9, "<0.0001 %"),
        ] {
            assert_eq!(signed_percent(share), shown, "{share}");
        }
        assert_eq!(whole_percent(-0.001), "0 %");
        assert_eq!(signed(-0.000_01, 2), "0.00");
        assert_eq!(signed(0.125, 1), "+0.1");
    }

    proptest! {
        #[test]
        fn nothing_has_a_sign(size in -14i32..4, share in -10.0f64..10.0, digits in 0usize..6) {
            let share = share * 10f64.powi(size);
            let all = [
                signed_percent(share), whole_percent(share), percent(share), part_percent(share),
                signed(share, digits),
            ];
            for shown in all {
                let digits = shown.trim_start_matches(['+', '-']);
                let bare = digits.len() == shown.len();
                let nothing = digits.starts_with('<') || !digits.bytes().any(|b| (b'1'..=b'9').contains(&b));
                prop_assert!(bare || !nothing, "{share}: {shown}");
            }
        }
    }
}
