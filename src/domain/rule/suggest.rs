//! What an unknown name or value was probably meant to be. Only run for an error that is shown.

use super::called::{Called, FIXED};
use super::column::{Column, Kind};
use super::error::Suggestion;
use super::expected::Word;
use super::functions::Function;
use super::known::{self, known_called, known_words};
use super::print;
use super::vocabulary::Vocabulary;
use crate::domain::find;
use crate::domain::message::Arg;

/// The nearest so far.
struct Nearest<'a> {
    wanted: Vec<char>,
    typed: String,
    /// How many more are listened to, which costs more than reading.
    heard: usize,
    best: Option<(usize, &'a str)>,
    /// Others that are as near.
    also: Vec<&'a str>,
}

impl<'a> Nearest<'a> {
    fn new(wanted: &str) -> Self {
        let typed = wanted.trim().to_lowercase();
        Self {
            wanted: typed.chars().collect(),
            typed,
            heard: MOST_HEARD,
            best: None,
            also: Vec::new(),
        }
    }

    /// Takes `code` if one of `called` is nearer than all before, and near enough: a slip in three characters.
    fn offer(&mut self, code: &'a str, called: &str) {
        let sounds = self.sounds(called);
        let called: Vec<char> = called.to_lowercase().chars().collect();
        // Two of one name.
        if let Some((0, known)) = self.best {
            if called == self.wanted {
                self.tie(known, code);
            }
            return;
        }
        let longest = self.wanted.len().max(called.len());
        let slips = self.wanted.len() / 3;
        let mut allowed = longest / 3;
        if longest == 2 {
            allowed = 1;
        }
        if let Some((best, _)) = self.best {
            let Some(nearer) = best.checked_sub(1) else { return };
            allowed = allowed.min(nearer);
        }
        let slip = distance(&self.wanted, &called, allowed);
        if let Some(found) = slip.filter(|_| !other_word(&self.wanted, &called)) {
            self.take(found, code);
            return;
        }
        // The sound of a Chinese name; the beginning of a name, as one has while typing, with a slip in it, too; or another
        // word for it. Any slip that is nearer replaces it.
        let begun = || {
            let typed = self.wanted.len();
            if typed < 4 || called.len() <= typed {
                return None;
            }
            let ends = typed - 1..=typed + 1;
            let found = ends.filter_map(|end| distance(&self.wanted, &called[..end], slips)).min();
            found.map(|found| BEGUN + 100 * found + called.len() - typed)
        };
        let sounds = sounds.then(|| SOUNDS + called.len());
        let akin = akin(&self.wanted, &called).map(|far| AKIN + far);
        let far = sounds.into_iter().chain(akin).chain(begun()).min();
        match (far, self.best) {
            (Some(far), Some((best, known))) if far == best => self.tie(known, code),
            (Some(far), best) if best.is_none_or(|(best, _)| far < best) => self.take(far, code),
            _ => {}
        }
    }

    fn take(&mut self, far: usize, code: &'a str) {
        self.best = Some((far, code));
        self.also.clear();
    }

    fn tie(&mut self, best: &str, code: &'a str) {
        if best != code && self.also.len() < MOST_ALSO && !self.also.contains(&code) {
            self.also.push(code);
        }
    }

    /// The nearest and those that are as near, with what people call each; none if nothing is near.
    fn suggestion(self, shown: impl Fn(&str) -> (String, Option<Arg>)) -> Option<Box<Suggestion>> {
        let of = |code: &str, others| {
            let (text, label) = shown(code);
            Suggestion { text, label, others }
        };
        let (_, code) = self.best?;
        let others = self.also.iter().map(|code| of(code, Vec::new())).collect();
        Some(Box::new(of(code, others)))
    }

    /// Whether the name sounds as it was typed, by its pinyin or the initials of it.
    fn sounds(&mut self, called: &str) -> bool {
        if self.typed.len() < 2 || called.is_ascii() || self.heard == 0 {
            return false;
        }
        self.heard -= 1;
        find::sounds(&self.typed, called)
    }
}

/// Names that are listened to: one category may have a hundred thousand values.
const MOST_HEARD: usize = 5_000;

/// Others that are as near which are told.
const MOST_ALSO: usize = 2;

/// Farther than any slips.
const SOUNDS: usize = 500_000;

/// Farther than any sound.
const AKIN: usize = 1_000_000;

/// Farther than what has much in common.
const BEGUN: usize = 2_000_000;

/// The code that `wanted` was probably meant to be, of codes and what people call each.
#[must_use]
pub fn nearest_code<'a>(
    wanted: &str,
    all: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<&'a str> {
    let mut nearest = Nearest::new(wanted);
    for (code, called) in all {
        nearest.offer(code, code);
        nearest.offer(code, called);
    }
    nearest.best.map(|(_, code)| code)
}

/// Whether two names of two Chinese characters differ in one that does not even sound alike: half the word is another, and
/// so is the word (`基金`, `现金`).
fn other_word(wanted: &[char], called: &[char]) -> bool {
    let (&[a, b], &[c, d]) = (wanted, called) else { return false };
    let chinese = [a, b, c, d].iter().all(|one| !one.is_ascii());
    chinese && ((a == c && !find::alike(b, d)) || (b == d && !find::alike(a, c)))
}

/// How far two names are apart that are no slips of one another, but one begins with or holds the other, or they are
/// made of mostly the same Chinese characters (`工资代发`, `代发工资`); none if they have too little in common.
fn akin(wanted: &[char], called: &[char]) -> Option<usize> {
    let (short, long) =
        if wanted.len() <= called.len() { (wanted, called) } else { (called, wanted) };
    let apart = long.len() - short.len();
    let chinese = short.iter().all(|c| !c.is_ascii()) && !short.is_empty();
    let begins = wanted.len() >= 3 && called.starts_with(wanted);
    // A character of Chinese says as much as a syllable; one alone says too little.
    let enough = if chinese { 2 } else { 4 };
    let holds = short.len() >= enough
        && long.len() <= 4 * short.len()
        && long.windows(short.len()).any(|part| part == short);
    if begins || holds {
        return Some(apart);
    }
    let mut rest = long.to_vec();
    let same = short.iter().filter(|c| {
        let at = rest.iter().position(|other| other == *c);
        at.map(|at| rest.swap_remove(at)).is_some()
    });
    let same = same.count();
    let mostly = chinese && short.len() >= 3 && 3 * same >= 2 * long.len();
    mostly.then_some(100 + long.len() - same)
}

impl Vocabulary {
    /// The code of the attribute that `wanted` was probably meant to be.
    #[must_use]
    pub fn nearest_attribute(&self, wanted: &str) -> Option<&str> {
        self.nearest_attribute_or(wanted, &[])
    }

    /// The code of the attribute, or the one of `others`, that `wanted` was probably meant to be.
    #[must_use]
    pub fn nearest_attribute_or<'a>(&'a self, wanted: &str, others: &[&'a str]) -> Option<&'a str> {
        let mut nearest = Nearest::new(wanted);
        for code in others {
            nearest.offer(code, code);
        }
        for attribute in self.attributes() {
            for called in [&attribute.code, &attribute.zh, &attribute.en] {
                nearest.offer(&attribute.code, called);
            }
        }
        nearest.best.map(|(_, code)| code)
    }
}

/// The name that `wanted` was probably meant to be.
pub(super) fn name(vocabulary: &Vocabulary, wanted: &str) -> Option<Box<Suggestion>> {
    let mut nearest = Nearest::new(wanted);
    for (code, _, called) in &FIXED {
        nearest.offer(code, code);
        for word in *called {
            nearest.offer(code, word);
        }
    }
    for attribute in vocabulary.attributes() {
        for called in [&attribute.code, &attribute.zh, &attribute.en] {
            nearest.offer(&attribute.code, called);
        }
    }
    nearest.suggestion(|code| {
        let fixed = FIXED.iter().find(|(fixed, ..)| *fixed == code);
        let label = fixed.map(|(_, key, _)| Arg::from(*key)).or_else(|| {
            let attribute = vocabulary.attributes().iter().find(|a| a.code == code)?;
            let (zh, en) = (attribute.zh.clone(), attribute.en.clone());
            (zh != code || en != code).then_some(Arg::Label { zh, en })
        });
        (print::name(code), label)
    })
}

/// The value of `column` that `wanted` was probably meant to be.
pub(super) fn value(
    vocabulary: &Vocabulary,
    column: &Column,
    wanted: &str,
) -> Option<Box<Suggestion>> {
    let mut nearest = Nearest::new(wanted);
    match column.kind() {
        Kind::Tier => {
            for tier in vocabulary.tiers() {
                for called in [&tier.code, &tier.zh, &tier.en] {
                    nearest.offer(&tier.code, called);
                }
            }
        }
        Kind::Org => {
            for unit in vocabulary.units() {
                nearest.offer(&unit.code, &unit.code);
                nearest.offer(&unit.code, &unit.name);
            }
        }
        Kind::Staff => {
            for code in vocabulary.staff_codes() {
                nearest.offer(code, code);
                if let Called::Names(name, _) = vocabulary.staff_called(code) {
                    nearest.offer(code, &name);
                }
            }
        }
        Kind::Plain(_) => {
            // Sorted where it matters: among equally near values the answer must not hang on the hasher.
            let mut values: Vec<&str> = vocabulary.values(column).collect();
            values.sort_unstable();
            for value in values {
                nearest.offer(value, value);
                if let Called::Names(zh, en) = vocabulary.value_called(column, value) {
                    nearest.offer(value, &zh);
                    nearest.offer(value, &en);
                }
                for called in value_words(column, value) {
                    nearest.offer(value, called);
                }
            }
        }
    }
    nearest.suggestion(|code| {
        let called = match column.kind() {
            Kind::Staff => vocabulary.staff_called(code),
            _ => vocabulary.value_called(column, code),
        };
        (print::quoted(code), called.arg())
    })
}

/// The function that `wanted` was probably meant to be.
pub(super) fn function(wanted: &str) -> Option<Box<Suggestion>> {
    let mut nearest = Nearest::new(wanted);
    for function in Function::ALL {
        nearest.offer(function.name(), function.name());
        for called in function.called() {
            nearest.offer(function.name(), called);
        }
    }
    nearest.suggestion(|name| {
        let label = Function::from_name(name).map(|function| Arg::from(function.key()));
        (name.to_owned(), label)
    })
}

/// The word of the bank that `wanted` was probably meant to be; all products together are one only if `together` says so.
pub(super) fn word(
    vocabulary: &Vocabulary,
    what: Word,
    wanted: &str,
    together: bool,
) -> Option<Box<Suggestion>> {
    let all = named(vocabulary, what);
    let mut nearest = Nearest::new(wanted);
    let narrower = |called: &str| what == Word::Product && NARROWER.contains(&called);
    for (code, label) in &all {
        nearest.offer(code, code);
        match label {
            Some(Arg::Label { zh, en }) => [zh, en].map(|called| nearest.offer(code, called)),
            Some(Arg::Text(name)) => [name, name].map(|called| nearest.offer(code, called)),
            _ => [(), ()],
        };
        for called in known_words(what, code).iter().filter(|called| !narrower(called)) {
            nearest.offer(code, called);
        }
    }
    if together {
        for called in ["aum"].iter().chain(&ALL_PRODUCTS) {
            nearest.offer("aum", called);
        }
    }
    if nearest.best.is_none() {
        for (code, _) in &all {
            for called in known_words(what, code).iter().filter(|called| narrower(called)) {
                nearest.offer(code, called);
            }
        }
    }
    nearest.suggestion(|code| (print::quoted(code), vocabulary.called(what, code).arg()))
}

/// Words for less than the asset class that they stand for: it is meant only where no product is called so.
const NARROWER: [&str; 4] = ["债券", "股票", "bonds", "stocks"];

/// What people call all products together, besides `aum`.
pub(super) const ALL_PRODUCTS: [&str; 4] = ["全部资产", "总资产", "资产", "all assets"];

/// The words that a value of a column is found by, besides its labels.
pub(super) fn value_words(column: &Column, value: &str) -> &'static [&'static str] {
    if *column == Column::Gender { known::gender(value).1 } else { &[] }
}

/// All words of a kind with what people call them, in a fixed order; each segment once.
pub(super) fn named(vocabulary: &Vocabulary, what: Word) -> Vec<(&str, Option<Arg>)> {
    let bare = |code| (code, known_called(what, code).arg());
    let called = |code: &str, name: &String| (name != code).then(|| Arg::Text(name.clone()));
    let words = vocabulary.words();
    let products = words.products.iter().map(|product| {
        let (zh, en) = (product.zh.clone(), product.en.clone());
        let same = zh == product.code && en == product.code;
        (product.code.as_str(), (!same).then_some(Arg::Label { zh, en }))
    });
    let mut all: Vec<(&str, Option<Arg>)> = match what {
        Word::Event => words.events.iter().map(|event| bare(event.code.as_str())).collect(),
        Word::Product => {
            products.chain(vocabulary.known().classes().into_iter().map(bare)).collect()
        }
        Word::Class => vocabulary.known().classes().into_iter().map(bare).collect(),
        Word::Channel => words.channels.iter().map(|code| bare(code.as_str())).collect(),
        Word::Relation => words.relations.iter().map(|code| bare(code.as_str())).collect(),
        Word::Segment => words
            .segments
            .iter()
            .map(|segment| (segment.code.as_str(), called(&segment.code, &segment.name)))
            .collect(),
        Word::List => words.lists.iter().map(|list| bare(list.code.as_str())).collect(),
        Word::Strategy => words
            .strategies
            .iter()
            .map(|strategy| (strategy.code.as_str(), called(&strategy.code, &strategy.name)))
            .collect(),
        Word::Snapshot => Vec::new(),
    };
    all.dedup_by(|later, first| later.0 == first.0);
    all
}

/// How many slips (a character too many, too few, another one, or two exchanged) lie between `a` and `b`, `None` if
/// more than `most`.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_none_or(|nearest| *nearest > most) {
            return None;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    Some(last[b.len()]).filter(|found| *found <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_as_people_make_them() {
        let count = |a: &str, b: &str| {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            distance(&a, &b, 3)
        };
        assert_eq!(count("houisng", "housing"), Some(1), "two exchanged are one slip");
        assert_eq!(count("ag", "age"), Some(1));
        assert_eq!(count("年令", "年龄"), Some(1));
        assert_eq!(count("", ""), Some(0));
        assert_eq!(count("housing", "payroll"), None);
    }

    #[test]
    fn another_word_for_the_same_is_found_by_what_it_has_in_common() {
        let nearest = |wanted: &str, all: &[&'static str]| {
            let mut nearest = Nearest::new(wanted);
            for called in all {
                nearest.offer(called, called);
            }
            nearest.best.map(|(_, code)| code)
        };
        let bank = ["房贷", "代发", "风险等级", "最近到店", "贷款余额", "有信用卡"];
        assert_eq!(nearest("代发工资", &bank), Some("代发"));
        assert_eq!(nearest("是否有信用卡", &bank), Some("有信用卡"));
        assert_eq!(nearest("等级风险", &bank), Some("风险等级"));
        assert_eq!(nearest("风险", &bank), Some("风险等级"));
        assert_eq!(nearest("余额贷款数", &bank), Some("贷款余额"));
        assert_eq!(nearest("手机银行", &bank), None);
        assert_eq!(nearest("房", &bank), Some("房贷"), "one slip of two characters");
        assert_eq!(nearest("payroll_flag", &["payroll", "age"]), Some("payroll"));
        assert_eq!(nearest("page", &["age", "org"]), Some("age"));
        assert_eq!(nearest("storage_fee", &["age", "org"]), None, "three letters say too little");
    }
}
