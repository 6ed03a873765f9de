//! Numbers as bankers write them.
//!
//! Lists and panes use the short forms (万 and 亿 in Chinese, thousands separators in English); details and
//! sentences use the exact ones. Everything is integer arithmetic: a ratio is computed last, and rounded once,
//! half away from zero.

use chrono::NaiveDate;

use super::Lang;
use crate::domain::money::{Currency, Minor};

/// A whole number with separators: `12,408`.
#[must_use]
pub fn count(value: i64) -> String {
    format!("{}{}", sign(value < 0), grouped(u128::from(value.unsigned_abs())))
}

/// A whole number for a list: `12,408`; in Chinese `41.2 万` from 100,000 on and `1.3 亿` from 100 million on.
#[must_use]
pub fn count_short(value: i64, lang: Lang) -> String {
    match lang {
        Lang::En => count(value),
        Lang::ZhCn if value.unsigned_abs() < 100_000 => count(value),
        Lang::ZhCn => myriads(value < 0, u128::from(value.unsigned_abs()), 1),
    }
}

/// Money for a list, in major units: `410,000,000` in English, `4.1 亿` in Chinese.
#[must_use]
pub fn money_short(amount: Minor, currency: Currency, lang: Lang) -> String {
    let (negative, minor) = (amount.0 < 0, u128::from(amount.0.unsigned_abs()));
    let scale = u128::from(currency.scale().unsigned_abs());
    match lang {
        Lang::ZhCn if minor >= 10_000 * scale => myriads(negative, minor, scale),
        _ => {
            let major = divide(minor, scale);
            format!("{}{}", sign(negative && major > 0), grouped(major))
        }
    }
}

/// Money to the last minor unit: `-1,234.56`.
#[must_use]
pub fn money_exact(amount: Minor, currency: Currency) -> String {
    let plain = currency.plain(amount);
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    let (whole, decimals) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
    format!("{sign}{}{decimals}", separate(whole))
}

/// A change of a count: `+12,408`, `-3`, `0`.
#[must_use]
pub fn count_change(value: i64, lang: Lang) -> String {
    signed(value, count_short(value, lang))
}

/// A change of money, or of a count where there is no currency.
#[must_use]
pub fn moved(value: i64, money: Option<Currency>, lang: Lang) -> String {
    match money {
        Some(currency) => money_change(Minor(value), currency, lang),
        None => count_change(value, lang),
    }
}

/// A change of money for a list: `+4.1 亿`.
#[must_use]
pub fn money_change(amount: Minor, currency: Currency, lang: Lang) -> String {
    signed(amount.0, money_short(amount, currency, lang))
}

/// A number as the database writes it, for people: `1,234.51`. Two decimals at most, four where it is less than 1, rounded
/// half away from zero; what is no plain number stays as it is.
#[must_use]
pub fn decimal(text: &str) -> String {
    let plain = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 30 || !digits(whole) || !digits(rest) {
        return text.to_owned();
    }
    let places = if whole.bytes().all(|b| b == b'0') { 4 } else { 2 };
    let kept: String = rest.chars().chain(std::iter::repeat('0')).take(places).collect();
    let rounds_up = rest.as_bytes().get(places).is_some_and(|next| *next >= b'5');
    let Ok(scaled) = format!("{whole}{kept}").parse::<u128>() else { return text.to_owned() };
    let scaled = scaled + u128::from(rounds_up);
    let scale = if places == 4 { 10_000 } else { 100 };
    let decimals = format!("{:0places$}", scaled % scale);
    let decimals = decimals.trim_end_matches('0');
    let sign = sign(text.starts_with('-') && scaled > 0);
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{decimals}", grouped(scaled / scale))
}

/// A share with one decimal, `62.5 %`; `None` where there is no whole to be a share of.
#[must_use]
pub fn percent(part: i64, whole: i64) -> Option<String> {
    Some(tenths(per_mille(part, whole)?, " %"))
}

/// A share without decimals, `62 %`, for bars and boards; `None` where there is no whole. Only all of it is
/// `100 %`, and only none of it is `0 %`: a branch with one open task left must not look done.
#[must_use]
pub fn percent_whole(part: i64, whole: i64) -> Option<String> {
    let rounded = ratio(part, whole, 100)?;
    let shown = match rounded {
        100 if part < whole => 99,
        0 if part > 0 && whole > 0 => 1,
        other => other,
    };
    Some(format!("{shown} %"))
}

/// A difference of two shares in percentage points, `+3.1 pp`; given in parts per million.
#[must_use]
pub fn points(ppm: i64) -> String {
    let value = round(i128::from(ppm), 1_000);
    signed(i64::try_from(value).unwrap_or(0), tenths(value, " pp"))
}

/// A day in ISO form, in both languages.
#[must_use]
pub fn date(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// A moment in the bank's time zone, to the minute: `2026-11-20 08:40`.
#[must_use]
pub fn moment<Tz: chrono::TimeZone>(at: &chrono::DateTime<Tz>) -> String {
    at.naive_local().format("%Y-%m-%d %H:%M").to_string()
}

fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "" }
}

/// Puts a plus before what is more than zero; what rounds to nothing has no sign.
fn signed(value: i64, written: String) -> String {
    let nothing = !written.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if nothing {
        written.trim_start_matches('-').to_owned()
    } else if value > 0 {
        format!("+{written}")
    } else {
        written
    }
}

/// `value / scale` in 万 or 亿 with one decimal. What rounds to 10,000.0 万 is 1.0 亿.
fn myriads(negative: bool, value: u128, scale: u128) -> String {
    let ten_thousands = divide(value * 10, 10_000 * scale);
    let (tenths, unit) = if ten_thousands < 100_000 {
        (ten_thousands, "万")
    } else {
        (divide(value * 10, 100_000_000 * scale), "亿")
    };
    format!("{}{}.{} {unit}", sign(negative), grouped(tenths / 10), tenths % 10)
}

fn per_mille(part: i64, whole: i64) -> Option<i128> {
    ratio(part, whole, 1_000)
}

fn ratio(part: i64, whole: i64, times: i128) -> Option<i128> {
    (whole != 0).then(|| round(i128::from(part) * times, i128::from(whole)))
}

/// Rounds half away from zero.
fn round(value: i128, by: i128) -> i128 {
    let negative = (value < 0) != (by < 0);
    let rounded = divide(value.unsigned_abs(), by.unsigned_abs()).cast_signed();
    if negative { -rounded } else { rounded }
}

fn divide(value: u128, by: u128) -> u128 {
    (value + by / 2) / by
}

fn tenths(value: i128, unit: &str) -> String {
    let abs = value.unsigned_abs();
    format!("{}{}.{}{unit}", sign(value < 0), grouped(abs / 10), abs % 10)
}

fn grouped(value: u128) -> String {
    separate(&value.to_string())
}

/// A comma before each three digits.
fn separate(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cny() -> Currency {
        Currency::from_code("CNY").unwrap()
    }

    #[test]
    fn a_number_of_the_database_is_written_for_people() {
        for (text, shown) in [
            ("41", "41"),
            ("1234567.000000", "1,234,567"),
            ("1234.50700", "1,234.51"),
            ("-12.5", "-12.5"),
            ("999.999", "1,000"),
            ("0.012345", "0.0123"),
            ("0.99996", "1"),
            ("-0.00001", "0"),
            ("NaN", "NaN"),
            ("", ""),
        ] {
            assert_eq!(decimal(text), shown, "{text}");
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (value, text) in
            [(0, "0"), (999, "999"), (12_408, "12,408"), (-1_000, "-1,000"), (100_000, "100,000")]
        {
            assert_eq!(count(value), text);
        }
        assert_eq!(count(i64::MIN), "-9,223,372,036,854,775,808");
    }

    #[test]
    fn chinese_lists_count_in_ten_thousands() {
        assert_eq!(count_short(12_408, Lang::ZhCn), "12,408");
        assert_eq!(count_short(412_345, Lang::ZhCn), "41.2 万");
        assert_eq!(count_short(-412_345, Lang::ZhCn), "-41.2 万");
        assert_eq!(count_short(100_000_000, Lang::ZhCn), "1.0 亿");
        assert_eq!(count_short(412_345, Lang::En), "412,345");
    }

    #[test]
    fn money_is_short_in_lists_and_exact_in_details() {
        let short = |minor, lang| money_short(Minor(minor), cny(), lang);
        assert_eq!(short(8_124_000_000_000, Lang::ZhCn), "812.4 亿");
        assert_eq!(short(41_000_000_000, Lang::ZhCn), "4.1 亿");
        assert_eq!(short(41_000_000_000, Lang::En), "410,000,000");
        assert_eq!(short(1_234_567, Lang::ZhCn), "1.2 万");
        assert_eq!(short(999_950, Lang::ZhCn), "10,000", "below 万 it is rounded to major units");
        assert_eq!(short(-40, Lang::ZhCn), "0");
        assert_eq!(money_exact(Minor(41_000_000_005), cny()), "410,000,000.05");
        assert_eq!(money_exact(Minor(-5), cny()), "-0.05");
        assert_eq!(money_exact(Minor(1234), Currency::from_code("JPY").unwrap()), "1,234");
    }

    #[test]
    fn what_rounds_to_ten_thousand_wan_is_one_yi() {
        assert_eq!(money_short(Minor(9_999_990_000), cny(), Lang::ZhCn), "1.0 亿");
        assert_eq!(money_short(Minor(9_999_490_000), cny(), Lang::ZhCn), "9,999.5 万");
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!(count_change(3, Lang::En), "+3");
        assert_eq!(count_change(0, Lang::En), "0");
        assert_eq!(money_change(Minor(41_000_000_000), cny(), Lang::ZhCn), "+4.1 亿");
        assert_eq!(points(31_400), "+3.1 pp");
        assert_eq!(points(-500), "-0.1 pp");
        assert_eq!(points(-499), "0.0 pp");
    }

    #[test]
    fn only_all_is_a_hundred_percent() {
        assert_eq!(percent_whole(1_999, 2_000).unwrap(), "99 %");
        assert_eq!(percent_whole(2_000, 2_000).unwrap(), "100 %");
        assert_eq!(percent_whole(1, 2_000).unwrap(), "1 %");
        assert_eq!(percent_whole(0, 2_000).unwrap(), "0 %");
        assert_eq!(percent(5, 8).unwrap(), "62.5 %");
        assert_eq!(percent(5, 0), None);
    }

    proptest! {
        #[test]
        fn grouping_loses_no_digit(value: i64) {
            prop_assert_eq!(count(value).replace(',', "").parse::<i64>().unwrap(), value);
            prop_assert_eq!(money_exact(Minor(value), cny()).replace(',', ""), cny().plain(Minor(value)));
        }

        #[test]
        fn no_number_is_too_large(a: i64, b: i64) {
            for lang in Lang::ALL {
                let _ = (money_change(Minor(a), cny(), lang), count_change(a, lang));
            }
            let _ = (percent(a, b), percent_whole(a, b), points(a));
        }
    }
}
