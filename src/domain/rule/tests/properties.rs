//! What must hold for any text and any tree.

use proptest::prelude::*;

use super::bank;
use super::trees::{rule, tree};
use crate::domain::rule::{Reason, Rule, compile};

/// Words, names, signs and noise in any order: nearer to rules than any text, and as wrong.
pub(super) fn almost_a_rule() -> impl Strategy<Value = String> {
    let pieces = vec![
        "age",
        "aum",
        "housing",
        "job",
        "tier",
        "org",
        "风险等级",
        "\"VIP\"",
        "and",
        "or",
        "not",
        "in",
        "between",
        "under",
        "is",
        "null",
        "true",
        "(",
        ")",
        "(",
        ")",
        ",",
        "=",
        "<>",
        "<",
        ">=",
        "-",
        "+",
        "30",
        "0.5",
        "'gold'",
        "'student'",
        "'B03'",
        "'1950-01-01'",
        "'",
        "\"",
        "select",
        "case",
        "like",
        "array",
        "interval",
        "date",
        "any",
        "x",
        "*",
        "::",
        ".",
        ";",
        "--",
        "/*",
        "$1",
        "（",
        "\n",
        "\0",
        "collate",
        "isnull",
        "*",
        "/",
        "'sms'",
        "'login'",
        "'YOUNG'",
        "today",
        "month_start",
        "interval '30 days'",
        "'3 months'",
        "events('login'",
        "events(",
        "sum_events(",
        "last_event(",
        "followed_by(",
        "balance('fund')",
        "change(",
        "near_tier('private')",
        "product_count()",
        "drift('equity')",
        "segment('RICH')",
        "sample(",
        "related('family',",
        "within('B03', 3)",
        "amount",
        "detail",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        if let Err(error) = Rule::parse(&text, &bank()) {
            prop_assert!(error.place.start <= error.place.end);
            prop_assert!(text.get(error.place.bytes(&text)).is_some());
            let _ = error.message();
        }
    }

    #[test]
    fn almost_any_rule_is_answered(text in almost_a_rule()) {
        match Rule::parse(&text, &bank()) {
            Ok(rule) => prop_assert_eq!(Rule::parse(&rule.canonical(), &bank()).unwrap(), rule),
            Err(error) => prop_assert!(text.get(error.place.bytes(&text)).is_some()),
        }
    }

    #[test]
    fn what_is_printed_reads_back(expr in tree()) {
        let rule = rule(expr);
        let text = rule.canonical();
        let again = Rule::parse(&text, &bank());
        if let Err(error) = &again {
            // A tree of any parts may hold for nobody, or hold what a segment cannot.
            let nobody = matches!(error.reason, Reason::NeverTogether { .. });
            prop_assert!(nobody, "{}: {}", text, error);
            return Ok(());
        }
        prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", text);
        prop_assert_eq!(again.unwrap().canonical(), text);
    }

    #[test]
    fn the_sql_holds_no_value(expr in tree()) {
        let compiled = compile(&rule(expr), 0);
        let sql = compiled.join_sql() + " " + &compiled.sql;
        prop_assert!(!sql.contains('\''), "{}", sql);
        let words = sql.replace("\"\"", "").split('"').step_by(2).collect::<String>();
        for given in ["student", "gold", "B03", "M001", "型"] {
            prop_assert!(!words.contains(given), "{}", words);
        }
        // The only digits outside identifiers number parameters and aliases, or are the nothing and the one of a sum
        // and of a frame.
        let bare = words.split(|c: char| !c.is_alphanumeric() && c != '$').filter(|w| {
            w.starts_with(|c: char| c.is_ascii_digit()) && !matches!(*w, "0" | "1")
        });
        prop_assert_eq!(bare.count(), 0, "{}", words);
        let highest = format!("${}", compiled.binds.len());
        prop_assert!(sql.contains(&highest) || compiled.binds.is_empty());
    }
}
