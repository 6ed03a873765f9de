//! What an unknown name or value was probably meant to be. Only run for an error that is shown.

use super::called::{Called, FIXED};
use super::column::{Column, Kind};
use super::error::Suggestion;
use super::expected::Word;
use super::functions::Function;
use super::known::{self, known_called, known_words};
use super::likeness::{akin, distance, other_word, run_in_common};
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
    /// How many characters at the beginning are those of the nearest.
    begins: usize,
    /// Others that are as near.
    also: Vec<&'a str>,
    /// How many more are as near, and the last of them.
    more: usize,
    last: Option<&'a str>,
}

impl<'a> Nearest<'a> {
    fn new(wanted: &str) -> Self {
        let typed = wanted.trim().to_lowercase();
        Self {
            wanted: typed.chars().collect(),
            typed,
            heard: MOST_HEARD,
            best: None,
            begins: 0,
            also: Vec::new(),
            more: 0,
            last: None,
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
        // Of two with as many slips the one that begins as it was typed: what is meant by `ST-F11` is `ST-F1`, not `ST-011`.
        let begins = self.wanted.iter().zip(&called).take_while(|(a, b)| a == b).count();
        if let Some((best, _)) = self.best {
            let nearer = if begins > self.begins { Some(best) } else { best.checked_sub(1) };
            let Some(nearer) = nearer else { return };
            allowed = allowed.min(nearer);
        }
        let slip = distance(&self.wanted, &called, allowed);
        if let Some(found) = slip.filter(|_| !other_word(&self.wanted, &called)) {
            self.take(found, code);
            self.begins = begins;
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
        (self.begins, self.more) = (0, 0);
        self.also.clear();
    }

    /// One that is as near as `best`. What one code is called comes in a row.
    fn tie(&mut self, best: &str, code: &'a str) {
        if best == code || self.also.contains(&code) {
            return;
        }
        if self.also.len() < MOST_ALSO {
            self.also.push(code);
        } else if self.last != Some(code) {
            self.more += 1;
            self.last = Some(code);
        }
    }

    /// All of these, if there is any, as near as one another.
    fn all(&mut self, codes: impl IntoIterator<Item = &'a str>) {
        for code in codes {
            match self.best {
                None => self.take(0, code),
                Some((_, best)) => self.tie(best, code),
            }
        }
    }

    /// The nearest and those that are as near, with what people call each; none if nothing is near.
    fn suggestion(self, shown: impl Fn(&str) -> (String, Option<Arg>)) -> Option<Box<Suggestion>> {
        let of = |code: &str, others, more| {
            let (text, label) = shown(code);
            Suggestion { text, label, others, more }
        };
        let (_, code) = self.best?;
        let others = self.also.iter().map(|code| of(code, Vec::new(), 0)).collect();
        Some(Box::new(of(code, others, self.more)))
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
            // A family name is no slip of somebody's name, but everybody's who is called so.
            if !matches!(nearest.best, Some((0, _))) && !wanted.trim().is_empty() {
                let mut family = Nearest::new(wanted);
                family.all(begun_by(vocabulary, wanted.trim()));
                if family.best.is_some() {
                    nearest = family;
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

/// The codes of the staff whose names begin with these characters of Chinese, and go on.
fn begun_by<'a>(vocabulary: &'a Vocabulary, wanted: &str) -> Vec<&'a str> {
    if wanted.is_ascii() {
        return Vec::new();
    }
    let begins = |code: &&str| match vocabulary.staff_called(code) {
        Called::Names(name, _) => name.starts_with(wanted) && name != wanted,
        _ => false,
    };
    vocabulary.staff_codes().filter(begins).collect()
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
    if nearest.best.is_none() {
        nearest.all(in_common(what, &all, wanted));
    }
    nearest.suggestion(|code| (print::quoted(code), vocabulary.called(what, code).arg()))
}

/// The codes whose names have the most characters in a row in common with `wanted`, which is called nothing like them:
/// `基金产品` has two with every fund. Else the products of a family that people name by a word which none of them is called.
fn in_common<'a>(what: Word, all: &[(&'a str, Option<Arg>)], wanted: &str) -> Vec<&'a str> {
    let lower = wanted.trim().to_lowercase();
    // Words for any product say nothing of which.
    let mut wanted = lower.as_str();
    while let Some(rest) = GENERAL.iter().find_map(|word| wanted.strip_suffix(word)) {
        wanted = rest.trim_end();
    }
    let (mut longest, mut found) = (0, Vec::new());
    for (code, label) in all {
        let mut called = vec![(*code).to_owned()];
        match label {
            Some(Arg::Label { zh, en }) => called.extend([zh.to_lowercase(), en.to_lowercase()]),
            Some(Arg::Text(name)) => called.push(name.to_lowercase()),
            _ => {}
        }
        called.extend(known_words(what, code).iter().map(|word| (*word).to_owned()));
        let same = called.iter().map(|called| run_in_common(wanted, called)).max().unwrap_or(0);
        if same > longest {
            (longest, found) = (same, Vec::new());
        }
        if same > 0 && same == longest {
            found.push(*code);
        }
    }
    if found.is_empty() && what == Word::Product {
        let codes = all.iter().map(|(code, _)| *code);
        return codes.filter(|code| known::is_of_family(wanted, code)).collect();
    }
    found
}

/// Words that stand behind the name of a kind of products.
const GENERAL: [&str; 5] = ["产品", "类", "业务", "products", "product"];

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

#[cfg(test)]
mod tests {
    use super::*;

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
