//! The SQL of a rule.

use super::{day, read};
use crate::domain::attribute::RelationName;
use crate::domain::rule::{Bind, Column, compile};

#[track_caller]
fn compiles(text: &str, sql: &str, binds: &[Bind]) {
    let compiled = compile(&read(text), 0);
    assert_eq!(compiled.sql, sql, "{text}");
    assert_eq!(compiled.binds, binds, "{text}");
}

fn int(value: i64) -> Bind {
    Bind::Int(value)
}

fn numeric(value: &str) -> Bind {
    Bind::Numeric(value.into())
}

#[test]
fn values_are_bound_and_never_written() {
    compiles("aum >= 300000", "c.aum >= $1::bigint", &[int(30_000_000)]);
    compiles("score < -0.5", "a1.\"col_score\" < $1::text::numeric", &[numeric("-0.5")]);
    compiles(
        "job in ('student', 'teacher')",
        "a1.\"col_job\" = any($1::text[])",
        &[Bind::TextArray(vec!["student".into(), "teacher".into()])],
    );
    compiles(
        "score not in (1, 2)",
        "a1.\"col_score\" <> all($1::text[]::numeric[])",
        &[Bind::NumericArray(vec!["1".into(), "2".into()])],
    );
    compiles(
        "opened_on in ('1990-01-01')",
        "c.opened_on = any($1::date[])",
        &[Bind::DateArray(vec![day(1990, 1, 1)])],
    );
    compiles(
        "org = 'S031' and rm <> 'M001'",
        "(c.org_id = $1::bigint and c.rm_id <> $2::bigint)",
        &[int(5), int(7)],
    );
    compiles("org under 'B03'", "c.org_id = any($1::bigint[])", &[Bind::IntArray(vec![2, 4, 5])]);
}

#[test]
fn a_tier_is_a_range_of_aum() {
    let (mass, gold, private) = (int(5_000_000), int(50_000_000), int(600_000_000));
    compiles("tier = 'basic'", "(c.aum < $1::bigint)", std::slice::from_ref(&mass));
    compiles("tier = 'private'", "(c.aum >= $1::bigint)", std::slice::from_ref(&private));
    let both = [gold.clone(), private.clone()];
    compiles("tier = 'gold'", "(c.aum >= $1::bigint and c.aum < $2::bigint)", &both);
    compiles("tier <> 'gold'", "not (c.aum >= $1::bigint and c.aum < $2::bigint)", &both);
    compiles("tier < 'gold'", "not (c.aum >= $1::bigint)", std::slice::from_ref(&gold));
    compiles("tier > 'mass'", "not (c.aum < $1::bigint)", std::slice::from_ref(&gold));
    compiles("tier > 'private' or true", "(not (c.aum = c.aum) or true)", &[]);
    compiles("tier is null", "c.aum is null", &[]);
    compiles("tier not in ('basic')", "not ((c.aum < $1::bigint))", &[mass]);
}

#[test]
fn each_relation_is_joined_once() {
    let compiled = compile(&read("housing and score > 1 and payroll"), 2);
    assert_eq!(
        compiled.sql,
        "(a1.\"col_housing\" and a2.\"col_score\" > $3::text::numeric and a1.\"col_payroll\")"
    );
    assert_eq!(
        compiled.join_sql(),
        " left join \"baton\".\"attr_1\" a1 on a1.customer_id = c.customer_id \
         left join \"baton\".\"attr_2\" a2 on a2.customer_id = c.customer_id"
    );
    assert_eq!(compile(&read("aum > 1"), 0).join_sql(), "");
}

#[test]
fn a_rule_names_each_column_that_it_reads_once() {
    let rule = read("housing and (score > 1 or not housing) and org under 'B03' and age is null");
    let codes: Vec<&str> = rule.columns().into_iter().map(Column::code).collect();
    assert_eq!(codes, ["housing", "score", "org", "age"]);
    assert!(read("true").columns().is_empty());
}

#[test]
fn a_relation_of_another_schema_is_named_to_the_letter() {
    let name = RelationName { schema: "Mart \"x".into(), name: "tags;--".into() };
    assert_eq!(name.quoted(), "\"Mart \"\"x\".\"tags;--\"");
    assert!(!name.is_own() && RelationName::own("attr_1").is_own());
}

#[test]
fn an_identifier_of_the_dictionary_cannot_break_out() {
    let compiled = compile(&read("\"say \"\"hi\"\"\""), 0);
    assert_eq!(compiled.sql, "a1.\"col_say_\"\"hi\"\"\"");
}

#[test]
fn age_is_asked_of_the_birth_date() {
    let born = |y| Bind::Date(day(y, 11, 20));
    compiles("age >= 30", "c.birth_date <= $1::date", &[born(1996)]);
    compiles("age > 30", "c.birth_date <= $1::date", &[born(1995)]);
    compiles("age < 30.5", "c.birth_date > $1::date", &[born(1995)]);
    compiles(
        "age = 30",
        "(c.birth_date <= $1::date and c.birth_date > $2::date)",
        &[born(1996), born(1995)],
    );
    compiles(
        "age <> 30.5",
        "not (c.birth_date <= $1::date and c.birth_date > $1::date)",
        &[born(1995)],
    );
    compiles("age is null", "c.birth_date is null", &[]);
    compiles(
        "age not between 30 and 45",
        "not (c.birth_date <= $1::date and c.birth_date > $2::date)",
        &[born(1996), born(1980)],
    );
    let age = "extract(year from age($1::date::timestamp, c.birth_date::timestamp))";
    compiles("age < 5000", &format!("{age} < $2::text::numeric"), &[born(2026), numeric("5000")]);
    compiles(
        "age in (30, 40)",
        &format!("{age} = any($2::text[]::numeric[])"),
        &[born(2026), Bind::NumericArray(vec!["30".into(), "40".into()])],
    );
}
