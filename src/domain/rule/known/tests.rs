use super::*;
use crate::text::{Lang, render};

#[test]
fn a_code_is_found_by_what_either_catalogue_calls_it() {
    let all = [Word::Event, Word::Class, Word::Channel, Word::Relation];
    for (code, key, words) in all.into_iter().flat_map(table).chain(&GENDERS) {
        for lang in [Lang::En, Lang::ZhCn] {
            let said = render(&(*key).into(), lang).to_lowercase();
            assert!(words.contains(&said.as_str()) || said == *code, "{code}: {said}");
        }
    }
}
