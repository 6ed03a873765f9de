//! Nothing of a rule stands in its SQL: every word there is the house's own or the dictionary's.

use std::collections::HashSet;

use proptest::prelude::*;

use super::trees::{rule, tree};
use super::{bank, read};
use crate::domain::rule::{
    Bind, Compiled, EventFilter, EventSet, Expr, Leaf, Term, Value, compile, compile_all,
    compile_term,
};

/// Every word and number that the compiler knows.
const WORDS: &str = "0 1 2 6371008 8 a age all amount and any arm as as_of asin at aum baton between bigint birth_date by \
    c case channel closed_on coalesce code consent cos count cross customer customer_id date day days deadline \
    decode detail distinct div e end event extract f false filter from gender given greatest group h \
    holding home hours id int int8send is join k kind l lat lateral least left like list_id list_member list_upload \
    location lon m make_interval max min months n far no_contact not null nullif numeric offset on opened_on or \
    org_id org_unit other_id p plan_id plan_member power product push r radians relation rm_id \
    segment_member select sha256 sin snapshot_id sqrt strategy sum t text then time timestamp \
    timestamptz true trunc u until upload when where x year zone";

/// The whole of what a rule becomes.
fn whole(compiled: &Compiled) -> String {
    format!("select 1 from baton.customer c{} where ({})", compiled.join_sql(), compiled.sql)
}

/// Why something in a statement is not the house's own.
fn foreign(compiled: &Compiled) -> Option<String> {
    let sql = whole(compiled).replace("\"\"", "");
    let words: HashSet<&str> = WORDS.split_whitespace().collect();
    let names: HashSet<String> = bank()
        .attributes()
        .iter()
        .flat_map(|a| [&a.column, &a.relation.name, &a.relation.schema].map(|n| n.replace('"', "")))
        .collect();
    let numbered = |word: &str, sign: char| {
        word.strip_prefix(sign).is_some_and(|n| n.parse::<usize>().is_ok_and(|n| n > 0))
    };
    for (i, part) in sql.split('"').enumerate() {
        if i % 2 == 1 {
            if !names.contains(part) {
                return Some(format!("name {part}"));
            }
            continue;
        }
        if let Some(sign) =
            part.chars().find(|c| !c.is_ascii_alphanumeric() && !" _$().,:=<>+-*/[]".contains(*c))
        {
            return Some(format!("sign {sign:?}"));
        }
        let of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        for word in part.split(|c| !of_word(c)).filter(|word| !word.is_empty()) {
            let known =
                words.contains(word) || ['$', 'a', 'x'].iter().any(|sign| numbered(word, *sign));
            if !known {
                return Some(format!("word {word}"));
            }
        }
    }
    // Every parameter is there, and no more.
    let mut parameters: Vec<usize> = sql
        .split('$')
        .skip(1)
        .filter_map(|tail| tail.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .collect();
    parameters.sort_unstable();
    parameters.dedup();
    let all: Vec<usize> = (1..=compiled.binds.len()).collect();
    (parameters != all).then(|| format!("parameters {parameters:?} of {}", all.len()))
}

/// A condition with the same text at every place where a text can stand.
fn naming(text: &str) -> Expr {
    let named = |rule: &str| read(rule).expr;
    let text = || text.to_owned();
    let events = |filter| {
        let Expr::Compare { left: Term::Events { events }, op, right } =
            named("events('login') > 0")
        else {
            panic!()
        };
        let events = EventSet { filter: Some(filter), ..events };
        Expr::Compare { left: Term::Events { events }, op, right }
    };
    let Expr::In { term, .. } = named("job in ('student', 'teacher')") else { panic!() };
    let Term::Column(column) = term.clone() else { panic!() };
    let rule = Box::new(Expr::Like { column: column.clone(), negated: false, pattern: text() });
    Expr::And(vec![
        Expr::In { term, negated: false, values: vec![Value::Category(text())] },
        Expr::Like { column, negated: true, pattern: text() },
        events(EventFilter::Detail { negated: false, values: vec![text()] }),
        events(EventFilter::DetailLike { negated: false, pattern: text() }),
        Expr::Leaf(Leaf::Consents { channel: text() }),
        Expr::Leaf(Leaf::List { code: text(), upload: 1 }),
        Expr::Leaf(Leaf::InStrategy { code: text() }),
        Expr::Leaf(Leaf::Segment { code: text(), version: None, rule: rule.clone() }),
        Expr::Leaf(Leaf::Related { kind: text(), rule }),
    ])
}

proptest! {
    #[test]
    fn every_word_of_the_sql_is_the_houses_own(expr in tree()) {
        let compiled = compile(&rule(expr), 0);
        prop_assert_eq!(foreign(&compiled), None, "{}", whole(&compiled));
    }

    #[test]
    fn a_text_changes_no_sql(text in any::<String>()) {
        let hostile = compile(&rule(naming(&text)), 0);
        prop_assert_eq!(foreign(&hostile), None);
        prop_assert!(hostile.binds.contains(&Bind::Text(text.clone())));
        // With a backslash the pattern is another text than the others.
        prop_assume!(!text.contains('\\') && !["Asia/Shanghai", "x"].contains(&text.as_str()));
        let tame = compile(&rule(naming("x")), 0);
        prop_assert_eq!(whole(&hostile), whole(&tame));
    }

    #[test]
    fn rules_together_share_what_they_read(exprs in prop::collection::vec(tree(), 1..4)) {
        let rules: Vec<_> = exprs.into_iter().map(rule).collect();
        let (conditions, compiled) = compile_all(&rules, 2);
        prop_assert_eq!(conditions.len(), rules.len());
        let joins: usize = rules.iter().map(|rule| compile(rule, 0).joins.len()).sum();
        prop_assert!(compiled.joins.len() <= joins);
    }
}

#[test]
fn what_a_leaf_compares_is_compiled_by_itself() {
    let rule = read("drift('equity') / 2 > 0.1");
    let leaves = rule.leaves();
    let compiled = compile_term(&rule, leaves[0].term.unwrap(), 0);
    assert_eq!(foreign(&compiled), None);
    assert!(compiled.sql.starts_with("(div("), "{}", compiled.sql);
    assert_eq!(compiled.joins.len(), 1);
    assert_eq!(compile_all(&[], 0), (Vec::new(), Compiled::default()));
}
