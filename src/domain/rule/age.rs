//! Full years, as PostgreSQL's `age()` counts them.
//!
//! Who is born on 29 February is a year older on 1 March of a common year. Years to a birthday that lies ahead count
//! as negative, and the year until it as 0: records have such birthdays, and both ways to ask must say the same.

use chrono::{Datelike, Months, NaiveDate};

/// Full years from `birth` to `as_of`.
#[must_use]
pub fn full_years(birth: NaiveDate, as_of: NaiveDate) -> i32 {
    if birth > as_of {
        return -full_years(as_of, birth);
    }
    let before_birthday = (as_of.month(), as_of.day()) < (birth.month(), birth.day());
    as_of.year() - birth.year() - i32::from(before_birthday)
}

/// The last birthday of those who are at least `years` old on `as_of`, `None` beyond a thousand years.
///
/// So a rule on age becomes one on the birth date, which costs Postgres a tenth of `age()` and can use an index.
pub(super) fn last_birthday(years: i64, as_of: NaiveDate) -> Option<NaiveDate> {
    let months = |years: i64| {
        let years = u32::try_from(years).ok().filter(|years| *years <= 1_000)?;
        Some(Months::new(years * 12))
    };
    if years > 0 {
        // 29 February less a year is 28 February: who was born on 1 March is younger.
        return as_of.checked_sub_months(months(years)?).filter(|day| day.year() > 0);
    }
    let ahead = as_of.checked_add_months(months(1 - years)?)?;
    // The first birthday that is too far ahead; it is 1 March where 29 February is missing.
    if ahead.day() == as_of.day() { ahead.pred_opt() } else { Some(ahead) }
}

/// The fewest days that so many years can have; a year in four has one more, but for years of a century.
pub(super) fn fewest_days(years: i128) -> i128 {
    365 * years + (years / 4 - years / 100 - 2).max(0)
}

/// The most days that so many years can have.
pub(super) fn most_days(years: i128) -> i128 {
    365 * years + years / 4 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rule::tests::day;
    use proptest::prelude::*;

    #[test]
    fn who_is_born_on_a_leap_day_has_a_birthday_on_the_first_of_march() {
        let birth = day(2000, 2, 29);
        assert_eq!(full_years(birth, day(2001, 2, 28)), 0);
        assert_eq!(full_years(birth, day(2001, 3, 1)), 1);
        assert_eq!(full_years(birth, day(2004, 2, 28)), 3);
        assert_eq!(full_years(birth, day(2004, 2, 29)), 4);
        assert_eq!(full_years(day(2001, 6, 1), day(2001, 1, 1)), 0);
        assert_eq!(full_years(day(2003, 6, 1), day(2001, 1, 1)), -2);
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        let leaps =
            (1880..2100_i32).prop_filter_map("no leap day", |y| NaiveDate::from_ymd_opt(y, 2, 29));
        let firsts = (1880..2100_i32).prop_map(|y| day(y, 3, 1));
        let days = (0..80_000_i32)
            .prop_map(|d| NaiveDate::from_num_days_from_ce_opt(686_000 + d).unwrap());
        prop_oneof![days, leaps, firsts]
    }

    proptest! {
        #[test]
        fn an_age_is_so_many_days(birth in any_day(), as_of in any_day()) {
            let age = i128::from(full_years(birth, as_of));
            let days = i128::from((as_of - birth).num_days());
            if birth <= as_of {
                prop_assert!(fewest_days(age) <= days && days < most_days(age + 1), "{} {}", age, days);
            }
        }

        #[test]
        fn a_birthday_divides_the_ages(birth in any_day(), as_of in any_day(), years in -150..150_i64) {
            let last = last_birthday(years, as_of).unwrap();
            prop_assert_eq!(birth <= last, i64::from(full_years(birth, as_of)) >= years);
            prop_assert!(i64::from(full_years(last, as_of)) >= years);
            prop_assert!(i64::from(full_years(last.succ_opt().unwrap(), as_of)) < years);
        }
    }
}
