//! What must hold for any text and any tree.

use proptest::prelude::*;

use super::bank;
use super::trees::{rule, tree};
use crate::domain::rule::Rule;

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
            let nobody = error.reason.is_nobody();
            prop_assert!(nobody, "{}: {}", text, error);
            return Ok(());
        }
        prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", text);
        prop_assert_eq!(again.unwrap().canonical(), text);
        for width in [1, 24, 56, 200] {
            let laid_out = rule.pretty(width);
            let again = Rule::parse(&laid_out, &bank());
            prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", laid_out);
        }
    }
}
