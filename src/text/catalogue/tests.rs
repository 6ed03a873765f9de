//! What must hold between the code and the two catalogues. Each failure is a list, one line a fault.

use std::collections::{BTreeMap, BTreeSet};

use super::{AREAS, Part, file, parts, sources};
use crate::text::Lang;
use crate::text::width::is_ambiguous;

type Catalogue = BTreeMap<String, String>;

fn read(lang: Lang) -> (Catalogue, Vec<String>) {
    let (mut all, mut faults) = (Catalogue::new(), Vec::new());
    for area in AREAS {
        let place = format!("{lang}/{}.toml", area.0);
        let entries: Catalogue = match toml::from_str(file(area, lang)) {
            Ok(entries) => entries,
            Err(error) => {
                faults.push(format!("{place}: {error}"));
                continue;
            }
        };
        for (key, words) in entries {
            if !key.starts_with(&format!("{}.", area.0)) {
                faults.push(format!("{place}: `{key}` belongs into the file of its first word"));
            }
            if all.insert(key.clone(), words).is_some() {
                faults.push(format!("{place}: `{key}` stands twice"));
            }
        }
    }
    (all, faults)
}

fn placeholders(words: &str) -> BTreeSet<String> {
    parts(words)
        .into_iter()
        .filter_map(|part| match part {
            Part::Placeholder(name) | Part::Number { name, .. } => Some(name.to_owned()),
            Part::Words(_) => None,
        })
        .collect()
}

fn fail_with(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n  {}\n", faults.len(), faults.join("\n  "));
}

#[test]
fn every_file_reads_and_no_key_stands_twice() {
    fail_with(&Lang::ALL.into_iter().flat_map(|lang| read(lang).1).collect::<Vec<_>>());
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    let (en, zh) = (read(Lang::En).0, read(Lang::ZhCn).0);
    let mut faults = Vec::new();
    for (key, words) in &en {
        match zh.get(key) {
            None => faults.push(format!("zh-CN lacks `{key}`")),
            Some(other) if placeholders(other) != placeholders(words) => faults.push(format!(
                "`{key}`: en has {:?}, zh-CN has {:?}",
                placeholders(words),
                placeholders(other)
            )),
            Some(other) if other.trim().is_empty() || words.trim().is_empty() => {
                faults.push(format!("`{key}` says nothing"));
            }
            Some(_) => {}
        }
    }
    faults.extend(zh.keys().filter(|k| !en.contains_key(*k)).map(|k| format!("en lacks `{k}`")));
    fail_with(&faults);
}

#[test]
fn every_key_of_the_code_is_in_the_catalogue_with_its_arguments() {
    let en = read(Lang::En).0;
    let mut faults = Vec::new();
    for used in sources::uses() {
        let Some(words) = en.get(&used.key) else {
            faults.push(format!("{}: no catalogue has `{}`", used.place, used.key));
            continue;
        };
        let wanted = placeholders(words);
        for name in used.args.difference(&wanted) {
            faults.push(format!("{}: `{}` has no place for {{{name}}}", used.place, used.key));
        }
        if used.whole {
            for name in wanted.difference(&used.args).filter(|name| !used.in_file.contains(*name)) {
                faults.push(format!("{}: `{}` is not given {{{name}}}", used.place, used.key));
            }
        }
    }
    fail_with(&faults);
}

#[test]
fn no_key_is_there_for_nothing() {
    let used: BTreeSet<String> = sources::uses().into_iter().map(|u| u.key).collect();
    let unused = |key: &&String| !used.contains(*key);
    let en = read(Lang::En).0;
    fail_with(&en.keys().filter(unused).map(|k| format!("nothing says `{k}`")).collect::<Vec<_>>());
}

#[test]
fn no_sentence_has_a_sign_that_a_chinese_terminal_draws_wide() {
    let faults = |lang: Lang| {
        read(lang).0.into_iter().filter_map(move |(key, words)| {
            let signs: String = words.chars().filter(|c| is_ambiguous(*c)).collect();
            (!signs.is_empty()).then(|| format!("{lang} `{key}`: {signs}"))
        })
    };
    fail_with(&Lang::ALL.into_iter().flat_map(faults).collect::<Vec<_>>());
}

#[test]
fn a_template_is_split_at_its_placeholders_only() {
    use Part::{Placeholder, Words};
    assert_eq!(
        parts("{n} of {total} {Not} { {"),
        [Placeholder("n"), Words(" of "), Placeholder("total"), Words(" {Not} { {")]
    );
    assert_eq!(
        parts("{n} {n|task|tasks} {N|a|b} {n|a}"),
        [
            Placeholder("n"),
            Words(" "),
            Part::Number { name: "n", one: "task", many: "tasks" },
            Words(" {N|a|b} {n|a}")
        ]
    );
    assert_eq!(parts("{a}{b}"), [Placeholder("a"), Placeholder("b")]);
    assert_eq!(parts("客户 {n} 户"), [Words("客户 "), Placeholder("n"), Words(" 户")]);
    assert_eq!(parts(""), []);
}
