//! What must hold for any text and any tree.

use proptest::prelude::*;

use super::{bank, day};
use crate::domain::id::StaffId;
use crate::domain::money::Minor;
use crate::domain::rule::{
    Column, CompareOp, Day, Expr, Number, Rule, Term, Value, Vocabulary, compile,
};

const OPS: [CompareOp; 6] =
    [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

fn named(vocabulary: &Vocabulary, code: &str) -> Column {
    vocabulary.column(code, true).unwrap()
}

fn ordered() -> impl Strategy<Value = (Column, [Value; 2])> {
    let numbers = prop::sample::select(vec!["0", "-1", "30", "0.25", "123456789.987654321"]);
    let days = (1900..2100_i32, 1..13_u32, 1..29_u32)
        .prop_map(|(y, m, d)| Value::Date(Day::fixed(day(y, m, d))));
    let money = any::<i64>().prop_map(|m| Value::Money(Minor(m)));
    let number = numbers.prop_map(|n| Value::Number(Number::parse(n).unwrap()));
    let tier = prop::sample::select(vec!["basic", "mass", "gold", "private"])
        .prop_map(|t| Value::Tier(bank().tier(t).unwrap()));
    let of = |codes: &'static [&'static str], value: BoxedStrategy<Value>| {
        (prop::sample::select(codes), value.clone(), value)
            .prop_map(|(code, a, b)| (named(&bank(), code), [a, b]))
    };
    prop_oneof![
        of(&["age", "score", "customer_id"], number.boxed()),
        of(&["aum", "loan_balance"], money.boxed()),
        of(&["birth_date", "opened_on", "last_visit"], days.boxed()),
        of(&["tier"], tier.boxed()),
    ]
}

fn unordered() -> impl Strategy<Value = (Column, [Value; 2])> {
    let unit = |code: &str| Value::Unit(bank().unit(code).unwrap());
    let category = |code: &str, a: &str, b: &str| {
        (named(&bank(), code), [Value::Category(a.into()), Value::Category(b.into())])
    };
    prop::sample::select(vec![
        category("job", "it's complicated", "student"),
        category("风险等级", "保守型", "进取型"),
        category("gender", "F", "M"),
        (Column::Org, [unit("HQ"), unit("S032")]),
        (
            Column::Rm,
            [Value::Staff("M001".into(), StaffId(7)), Value::Staff("M002".into(), StaffId(9))],
        ),
    ])
}

fn leaf() -> impl Strategy<Value = Expr> {
    let flags =
        prop::sample::select(vec!["housing", "VIP", "year 2025", "in", "say \"hi\"", "no_contact"]);
    let compare = |op: usize| {
        move |(column, [value, _]): (Column, [Value; 2])| Expr::Compare {
            left: Term::Column(column),
            op: OPS[op],
            right: Term::Literal(value),
        }
    };
    prop_oneof![
        any::<bool>().prop_map(Expr::Const),
        flags.prop_map(|code| Expr::Flag(named(&bank(), code))),
        (ordered(), 0..6_usize).prop_map(move |(operands, op)| compare(op)(operands)),
        (unordered(), 0..2_usize).prop_map(move |(operands, op)| compare(op)(operands)),
        (ordered(), any::<bool>()).prop_map(|((column, [low, high]), negated)| {
            Expr::Between { term: Term::Column(column), negated, low, high }
        }),
        (prop_oneof![ordered(), unordered()], any::<bool>()).prop_map(
            |((column, values), negated)| {
                Expr::In { term: Term::Column(column), negated, values: values.to_vec() }
            }
        ),
        (prop_oneof![ordered(), unordered()], any::<bool>()).prop_map(|((column, _), negated)| {
            Expr::IsNull { term: Term::Column(column), negated }
        }),
        (prop::sample::select(vec!["HQ", "B03", "S031"]), any::<bool>()).prop_map(
            |(code, negated)| {
                let unit = bank().unit(code).unwrap();
                Expr::Under { negated, subtree: bank().subtree(unit.id), unit }
            }
        ),
    ]
}

/// Trees in normal form: no `and` directly in an `and`, no `or` directly in an `or`.
pub(super) fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(6, 60, 5, |inner| {
        let parts = prop::collection::vec(inner.clone(), 2..5);
        prop_oneof![
            inner.prop_map(|e| Expr::Not(Box::new(e))),
            parts.clone().prop_map(|parts| Expr::And(flat(parts, true))),
            parts.prop_map(|parts| Expr::Or(flat(parts, false))),
        ]
    })
}

fn flat(parts: Vec<Expr>, and: bool) -> Vec<Expr> {
    parts
        .into_iter()
        .flat_map(|part| match part {
            Expr::And(inner) if and => inner,
            Expr::Or(inner) if !and => inner,
            other => vec![other],
        })
        .collect()
}

fn rule(expr: Expr) -> Rule {
    let vocabulary = bank();
    let bank = vocabulary.bank();
    Rule { expr, as_of: bank.as_of, currency: bank.currency, timezone: bank.timezone }
}

/// Words, names, signs and noise in any order: nearer to rules than any text, and as wrong.
fn almost_a_rule() -> impl Strategy<Value = String> {
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
        prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", text);
        prop_assert_eq!(again.unwrap().canonical(), text);
    }

    #[test]
    fn the_sql_holds_no_value(expr in tree()) {
        let compiled = compile(&rule(expr), 0);
        prop_assert!(!compiled.sql.contains('\''), "{}", compiled.sql);
        let words = compiled.sql.replace("\"\"", "").split('"').step_by(2).collect::<String>();
        for given in ["student", "gold", "B03", "M001", "型"] {
            prop_assert!(!words.contains(given), "{}", words);
        }
        // The only digits outside identifiers number parameters and aliases.
        let bare = words.split(|c: char| !c.is_alphanumeric() && c != '$').filter(|w| {
            w.starts_with(|c: char| c.is_ascii_digit())
        });
        prop_assert_eq!(bare.count(), 0, "{}", words);
        let highest = format!("${}", compiled.binds.len());
        prop_assert!(compiled.sql.contains(&highest) || compiled.binds.is_empty());
    }
}
