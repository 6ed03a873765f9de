//! An alert's condition in one line, as it is typed in the console: `aum change prev below -1.5 % branch`.
//!
//! Its words are those of commands, or Chinese: `aum 变动 环比 低于 -1.5 % 分行`. What is left out has the usual: the period
//! before, 60 days, branches.

use super::{AlertKind, AlertText, Side};
use crate::domain::message::{Key, Message};
use crate::domain::metric::compare::Compare;
use crate::msg;

/// Days of history, where none are named.
const USUAL_DAYS: u32 = 60;
/// Kinds of units, as commands and people name them.
const UNITS: [(&str, &str); 4] =
    [("hq", "总行"), ("branch", "分行"), ("subbranch", "支行"), ("center", "中心")];

/// A condition as it was typed: amounts still in major units.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// The metric's code.
    pub metric: String,
    /// What a value is held against.
    pub kind: AlertKind,
    /// On which side of the bound.
    pub side: Side,
    /// The bound: of a threshold in major units or counts, else a share of 1, or a robust z.
    pub bound: f64,
    /// The kind of units.
    pub units: String,
}

/// Reads a condition.
///
/// # Errors
/// The sentence that says which word is missing or wrong.
pub fn read(text: &str) -> Result<Typed, Message> {
    let spaced = text.replace('%', " % ");
    let mut words = spaced.split_whitespace().peekable();
    let metric = words.next().ok_or_else(|| wrong(msg!("alert.typed.metric"), ""))?.to_owned();
    let word = words.next().unwrap_or_default();
    let mut kind = kind_of(word).ok_or_else(|| wrong(msg!("alert.typed.kind"), word))?;
    match &mut kind {
        AlertKind::Change(compare) => {
            if let Some(found) = words.peek().and_then(|word| compare_of(word)) {
                *compare = found;
                words.next();
            }
        }
        AlertKind::Outlier { days } => {
            if let Some(found) = words.peek().and_then(|word| word.parse().ok()) {
                *days = found;
                words.next();
            }
        }
        AlertKind::Threshold | AlertKind::Pace => {}
    }
    let word = words.next().unwrap_or_default();
    let side = side_of(word).ok_or_else(|| wrong(msg!("alert.typed.side"), word))?;
    let word = words.next().unwrap_or_default();
    let mut bound = number(word).ok_or_else(|| wrong(msg!("alert.typed.bound"), word))?;
    if words.next_if_eq(&"%").is_some() {
        bound /= 100.0;
    } else if let Some(times) = words.peek().and_then(|word| myriads(word)) {
        let all = within(bound * times);
        bound = all.ok_or_else(|| wrong(msg!("alert.typed.bound"), word))?;
        words.next();
    }
    let word = words.next().unwrap_or("branch");
    let units = UNITS.iter().find(|(code, zh)| [*code, *zh].contains(&word));
    let (units, _) = units.ok_or_else(|| wrong(msg!("alert.typed.units"), word))?;
    if let Some(more) = words.next() {
        return Err(wrong(msg!("alert.typed.more"), more));
    }
    Ok(Typed { metric, kind, side, bound, units: (*units).to_owned() })
}

/// The largest amount that a value can be, in major units: nothing comes to a bound beyond it.
const MOST: f64 = 92_233_720_368_547_758.0;

/// A bound as it is shown, and so as it may be typed: `-1.5 %`, `1,200.5`, `12 亿`, `300万`. None for any other text.
#[must_use]
pub fn bound(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(percent) = text.strip_suffix('%') {
        return number(percent.trim()).map(|percent| percent / 100.0);
    }
    let spaced = text.split_once(char::is_whitespace);
    spaced.map_or_else(
        || number(text),
        |(word, times)| within(number(word)? * myriads(times.trim())?),
    )
}

fn within(bound: f64) -> Option<f64> {
    (bound.abs() <= MOST).then_some(bound)
}

/// A number, with separators of thousands, or with 万 or 亿 right behind it.
fn number(word: &str) -> Option<f64> {
    let digits = word.trim_end_matches(['万', '亿']);
    let behind = &word[digits.len()..];
    let times = if behind.is_empty() { 1.0 } else { myriads(behind)? };
    let (sign, figure) = digits.strip_prefix('-').map_or((1.0, digits), |figure| (-1.0, figure));
    let plain = if figure.contains(',') { thousands(figure)? } else { figure.to_owned() };
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    let starts = plain.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number = plain.parse::<f64>().ok().filter(|number| starts && number.is_finite())?;
    within(sign * number * times)
}

/// `1,200.5` without its separators; none where they do not part thousands.
fn thousands(figure: &str) -> Option<String> {
    let (whole, rest) = figure.find('.').map_or((figure, ""), |at| figure.split_at(at));
    let mut groups = whole.split(',');
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let mut plain = first.to_owned();
    for group in groups {
        plain.push_str(Some(group).filter(|group| group.len() == 3)?);
    }
    plain.push_str(rest);
    Some(plain)
}

fn myriads(word: &str) -> Option<f64> {
    Some(match word {
        "万" => 1e4,
        "亿" => 1e8,
        "万亿" => 1e12,
        _ => return None,
    })
}

fn wrong(key: Key, word: &str) -> Message {
    Message::new(key).with("word", word)
}

fn kind_of(word: &str) -> Option<AlertKind> {
    Some(match word {
        "threshold" | "阈值" => AlertKind::Threshold,
        "change" | "变动" => AlertKind::Change(Compare::Prev),
        "pace" | "进度" | "计划进度" => AlertKind::Pace,
        "outlier" | "异常" | "历史异常" => AlertKind::Outlier { days: USUAL_DAYS },
        _ => return None,
    })
}

fn compare_of(word: &str) -> Option<Compare> {
    Some(match word {
        "环比" => Compare::Prev,
        "同比" => Compare::Yoy,
        "较年初" => Compare::Ytd,
        other => Compare::parse(other).filter(|compare| *compare != Compare::Plan)?,
    })
}

fn side_of(word: &str) -> Option<Side> {
    Some(match word {
        "高于" => Side::Above,
        "低于" => Side::Below,
        "偏离" => Side::Either,
        other => Side::parse(other)?,
    })
}

impl Typed {
    /// The alert of this code and name; `scale` is what one unit of a threshold is in the metric's own.
    #[must_use]
    pub fn named(self, code: &str, name: &str, scale: f64) -> AlertText {
        let bound = if self.kind == AlertKind::Threshold { self.bound * scale } else { self.bound };
        let (metric, kind, side, units) = (self.metric, self.kind, self.side, self.units);
        AlertText { code: code.to_owned(), name: name.to_owned(), metric, kind, side, bound, units }
    }
}

/// A share as a bound is shown and typed: all of its digits, for half a bound is another one.
#[must_use]
pub fn percent(share: f64) -> String {
    // To the ten thousandth of a percent: what is behind that is how the machine keeps a share.
    let percent = (share * 1e6).round() / 1e4;
    format!("{percent} %")
}

/// The line that [`read`] reads this alert from.
#[must_use]
pub fn written(alert: &AlertText, scale: f64) -> String {
    let percent = || percent(alert.bound);
    let (detail, bound) = match alert.kind {
        AlertKind::Threshold => (String::new(), (alert.bound / scale).to_string()),
        AlertKind::Change(compare) => (format!(" {}", compare.word()), percent()),
        AlertKind::Pace => (String::new(), percent()),
        AlertKind::Outlier { days } => (format!(" {days}"), alert.bound.to_string()),
    };
    let (metric, kind, side) = (&alert.metric, alert.kind.word(), alert.side.word());
    format!("{metric} {kind}{detail} {side} {bound} {}", alert.units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_in_both_languages() {
        let typed = read("aum change prev below -1.5 % branch").unwrap();
        assert_eq!(typed, read("aum 变动 环比 低于 -1.5% 分行").unwrap());
        assert_eq!(
            (typed.kind, typed.side, typed.units.as_str()),
            (AlertKind::Change(Compare::Prev), Side::Below, "branch")
        );
        assert!((typed.bound + 0.015).abs() < 1e-12);
        let short = read("new_customers outlier either 3.5").unwrap();
        assert_eq!((short.kind, short.units.as_str()), (AlertKind::Outlier { days: 60 }, "branch"));
        assert_eq!(
            read("a outlier 90 either 3.5 支行").unwrap().kind,
            AlertKind::Outlier { days: 90 }
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        for line in [
            "aum threshold above 1200.5 branch",
            "aum change yoy below -1.25 % subbranch",
            "customers pace below -5 % hq",
            "customers outlier 30 either 3.5 center",
        ] {
            let alert = read(line).unwrap().named("AL", "n", 100.0);
            assert_eq!(written(&alert, 100.0), line);
        }
        let alert = read("aum threshold above 1200.5 branch").unwrap().named("AL", "n", 100.0);
        assert!((alert.bound - 120_050.0).abs() < 1e-9, "minor units");
    }

    #[test]
    fn a_bound_is_typed_as_it_is_shown() {
        for (text, expected) in [
            ("12 亿", 1.2e9),
            ("12亿", 1.2e9),
            ("0.3万亿", 3e11),
            ("-300 万", -3e6),
            ("1,200.5", 1200.5),
            ("-81,240,000,000", -81.24e9),
            ("3.5", 3.5),
            ("+3", 3.0),
            ("-1.5 %", -0.015),
            ("85%", 0.85),
        ] {
            let read = bound(text).unwrap_or(f64::NAN);
            assert!((read - expected).abs() <= 1e-9 * expected.abs(), "{text}: {read}");
        }
        for text in [
            "",
            "much",
            "1,20",
            "12 亿 元",
            "亿",
            "inf",
            "NaN",
            "--3",
            "1,2345",
            "-",
            "1,,000",
            "12 百",
            "1e30",
            "-92,233,720,368,547,800",
            "922,337,203,685,478 万",
        ] {
            assert_eq!(bound(text), None, "{text}");
        }
        let typed = |text: &str| read(text).map(|typed| (typed.bound, typed.units));
        let expected = Ok((1.2e9, "subbranch".to_owned()));
        assert_eq!(typed("aum threshold above 12 亿 支行"), expected);
        assert_eq!(typed("aum 阈值 高于 12亿 subbranch"), expected);
        assert_eq!(typed("aum threshold above 1,200,000,000 subbranch"), expected);
    }

    #[test]
    fn a_share_is_shown_with_all_its_digits() {
        for text in ["-1.5 %", "-0.75 %", "5 %", "-1.25 %", "0.0125 %"] {
            assert_eq!(percent(bound(text).unwrap()), text);
        }
    }

    #[test]
    fn each_word_that_is_wrong_is_named() {
        let key = |text: &str| read(text).unwrap_err().key.0;
        assert_eq!(key(""), "alert.typed.metric");
        assert_eq!(key("aum sometimes"), "alert.typed.kind");
        assert_eq!(key("aum change plan below 1"), "alert.typed.side");
        assert_eq!(key("aum change below much"), "alert.typed.bound");
        assert_eq!(key("aum change below NaN"), "alert.typed.bound");
        assert_eq!(key("aum change below 1 % village"), "alert.typed.units");
        assert_eq!(key("aum change below 1 % branch now"), "alert.typed.more");
    }
}
