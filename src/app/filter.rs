//! Finding rows by a few letters: fuzzy over the text, and over the initials of its pinyin,
//! because 中文 names are typed as `zhgl` long before an input method is switched on.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use pinyin::ToPinyin as _;

/// What a row can be found by: its text and the initials of its pinyin.
#[must_use]
pub fn haystack(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let initials: String = text
        .chars()
        .map(|c| match c.to_pinyin() {
            Some(sound) => sound.first_letter().to_owned(),
            None => c.to_string(),
        })
        .collect();
    format!("{text} {initials}")
}

/// Indexes of the rows that match `needle`, best first; all in their order if it is blank.
pub fn matching<'a>(needle: &str, rows: impl Iterator<Item = &'a str>) -> Vec<usize> {
    if needle.trim().is_empty() {
        return rows.enumerate().map(|(i, _)| i).collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(needle, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut found: Vec<(usize, u32)> = rows
        .enumerate()
        .filter_map(|(i, row)| {
            let hay = haystack(row);
            Some((i, pattern.score(Utf32Str::new(&hay, &mut buffer), &mut matcher)?))
        })
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    found.into_iter().map(|(i, _)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_names_are_found_by_their_initials() {
        let rows = ["SG-1 代发30-45流失", "SG-2 临界财富", "SG-3 综合管理"];
        assert_eq!(matching("zhgl", rows.into_iter()), [2]);
        assert_eq!(matching("ljcf", rows.into_iter()), [1]);
        assert_eq!(matching("流失", rows.into_iter()), [0]);
        assert_eq!(matching(" ", rows.into_iter()), [0, 1, 2]);
        assert!(matching("qqq", rows.into_iter()).is_empty());
    }
}
