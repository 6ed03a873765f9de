//! Finding rows by a few letters: fuzzy over the text and the initials of its pinyin, and by sound, syllable for
//! syllable, because 中文 names are typed as `zhgl` or `zonghe` long before an input method is switched on.
//!
//! Every filter, the palette, the help and the words that are offered in a rule look through here. What a row can be found by is worked out once, when the
//! row comes ([`Hay`]); a key then costs one pass over the rows and nothing else.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32String};
use pinyin::{ToPinyin as _, ToPinyinMulti as _};

/// What a letter that sounds right is worth, beside the sixteen to twenty-four of one that stands in the text.
const SOUND: u32 = 20;

/// A figure among the characters is typed as it stands.
const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// What a row can be found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hay {
    /// The text, and the initials of its pinyin if it has any.
    text: Utf32String,
    /// How each character can be read; nothing for one that is neither Chinese nor a figure. A character may have several
    /// readings, and a bank is full of them: 行, 重, 长, 调, 乐.
    sounds: Vec<Vec<&'static str>>,
}

impl Hay {
    /// What a row with these words can be found by.
    #[must_use]
    pub fn of(words: &str) -> Self {
        if words.is_ascii() {
            return Self { text: words.into(), sounds: Vec::new() };
        }
        // What stands before the first character is in the text already.
        let from = words.find(|c: char| c.to_pinyin().is_some()).unwrap_or(words.len());
        let initials: String = words[from..]
            .chars()
            .map(|c| match c.to_pinyin() {
                Some(sound) => sound.first_letter().to_owned(),
                None => c.to_string(),
            })
            .collect();
        let readings = |c: char| {
            if let Some(digit) = c.to_digit(10) {
                return vec![DIGITS[digit as usize]];
            }
            let mut all: Vec<&str> =
                c.to_pinyin_multi().into_iter().flatten().map(pinyin::Pinyin::plain).collect();
            all.dedup();
            all
        };
        let text = format!("{words} {initials}").into();
        Self { text, sounds: words.chars().map(readings).collect() }
    }

    /// Whether letters in lower case sound like some of the characters that stand together: each letter after another
    /// goes on with a syllable or begins the next.
    fn sounds_like(&self, letters: &str) -> bool {
        (0..self.sounds.len()).any(|at| sounds_from(&self.sounds[at..], letters))
    }
}

/// Whether the letters are used up by beginnings of these syllables, one after the other.
fn sounds_from(syllables: &[Vec<&'static str>], letters: &str) -> bool {
    if letters.is_empty() {
        return true;
    }
    let Some((readings, rest)) = syllables.split_first() else { return false };
    readings.iter().any(|reading| {
        let same = reading.bytes().zip(letters.bytes()).take_while(|(a, b)| a == b).count();
        // The longest first: it leaves least to look for.
        (1..=same).rev().any(|taken| sounds_from(rest, &letters[taken..]))
    })
}

/// Letters, figures among them too.
fn is_spoken(letters: &str) -> bool {
    letters.bytes().any(|b| b.is_ascii_lowercase())
        && letters.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Whether two characters can be read alike, as those are that an input method offers side by side.
#[must_use]
pub fn alike(one: char, other: char) -> bool {
    let readings = |c: char| c.to_pinyin_multi().into_iter().flatten().map(pinyin::Pinyin::plain);
    readings(one).any(|sound| readings(other).any(|other| other == sound))
}

/// Whether what was typed sounds like some of these words' characters, by their pinyin, whole or begun.
#[must_use]
pub fn sounds(typed: &str, words: &str) -> bool {
    let letters = typed.trim().to_lowercase();
    is_spoken(&letters) && !words.is_ascii() && Hay::of(words).sounds_like(&letters)
}

/// Indexes of the rows that match `needle`, best first; all in their order if it is blank.
pub fn matching<'a>(needle: &str, rows: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let hays: Vec<Hay> = rows.map(Hay::of).collect();
    among(needle, &hays)
}

/// The same among rows that were made ready before.
#[must_use]
pub fn among(needle: &str, hays: &[Hay]) -> Vec<usize> {
    if needle.trim().is_empty() {
        return (0..hays.len()).collect();
    }
    let pattern = Pattern::parse(needle, CaseMatching::Ignore, Normalization::Smart);
    let mut needle = Needle::of(needle, pattern);
    let mut found: Vec<(usize, u32)> =
        hays.iter().enumerate().filter_map(|(i, hay)| Some((i, needle.score(hay)?))).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    found.into_iter().map(|(i, _)| i).collect()
}

/// What was typed, made ready to be held against many rows.
pub(super) struct Needle {
    matcher: Matcher,
    pattern: Pattern,
    /// In lower case; none if they can be no sound.
    letters: Option<String>,
}

impl Needle {
    /// What was typed as it stands: no character has a meaning of its own.
    pub(super) fn plain(typed: &str) -> Self {
        let (case, forms) = (CaseMatching::Ignore, Normalization::Smart);
        Self::of(typed, Pattern::new(typed, case, forms, AtomKind::Fuzzy))
    }

    fn of(typed: &str, pattern: Pattern) -> Self {
        let letters = Some(typed.trim().to_lowercase()).filter(|letters| is_spoken(letters));
        Self { matcher: Matcher::new(Config::DEFAULT), pattern, letters }
    }

    /// How well the row fits; none if it does not.
    pub(super) fn score(&mut self, hay: &Hay) -> Option<u32> {
        let read = self.pattern.score(hay.text.slice(..), &mut self.matcher);
        let heard = self.letters.as_ref().filter(|letters| hay.sounds_like(letters));
        let heard = heard.map(|letters| SOUND * u32::try_from(letters.len()).unwrap_or(0));
        read.max(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&str; 4] =
        ["SG-1 代发30-45流失", "SG-2 临界财富", "SG-3 综合管理", "SG-4 银行卡重客"];

    fn found(needle: &str) -> Vec<usize> {
        matching(needle, ROWS.into_iter())
    }

    #[test]
    fn chinese_names_are_found_by_their_initials() {
        assert_eq!(found("zhgl"), [2]);
        assert_eq!(found("ljcf"), [1]);
        assert_eq!(found("流失"), [0]);
        assert_eq!(found(" "), [0, 1, 2, 3]);
        assert!(found("qqq").is_empty());
    }

    #[test]
    fn chinese_names_are_found_by_their_sound() {
        assert_eq!(found("zonghe"), [2]);
        assert_eq!(found("zongheguanli"), [2]);
        assert_eq!(found("caifu"), [1]);
        assert_eq!(found("lins"), Vec::<usize>::new(), "a syllable that goes on is not begun anew");
        assert_eq!(found("LiuShi"), [0]);
    }

    #[test]
    fn figures_among_the_characters_are_typed_as_they_stand() {
        let rows = ["宽表77", "近30天卡消费", "宽表78"];
        let found = |needle: &str| matching(needle, rows.into_iter());
        assert_eq!(found("kuanbiao77"), [0]);
        assert_eq!(found("jin30tiankaxiaofei"), [1]);
        assert_eq!(found("j30tkxf"), [1]);
        assert_eq!(found("kuanbiao79"), Vec::<usize>::new());
    }

    #[test]
    fn a_character_of_several_readings_is_found_by_each() {
        for needle in ["yinhang", "yinxing", "yhk", "yinhangka", "zhongke", "chongke", "zhk"] {
            assert_eq!(found(needle), [3], "{needle}");
        }
    }

    #[test]
    fn sounds_end_where_the_characters_do() {
        let hay = Hay::of("代发a资金");
        assert!(hay.sounds_like("daifa") && hay.sounds_like("zij") && hay.sounds_like("dfa"));
        assert!(!hay.sounds_like("daifazijin"));
        assert_eq!(Hay::of("payroll"), Hay { text: "payroll".into(), sounds: vec![] });
    }
}
