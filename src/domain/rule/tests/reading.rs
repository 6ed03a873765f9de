//! What rules say, and the one form they are printed in.

use super::read;
use crate::domain::rule::{CompareOp, Expr, Term, Value};

/// Every text on the left is printed as the one on the right, and that reads back as the same rule.
#[track_caller]
fn prints(cases: &[(&str, &str)]) {
    for (text, canonical) in cases {
        let rule = read(text);
        assert_eq!(rule.canonical(), *canonical, "{text}");
        assert_eq!(read(canonical), rule, "{text}");
    }
}

#[test]
fn a_chinese_name_stands_for_its_column_and_is_printed_by_its_code() {
    for (text, canonical) in [
        ("年龄 > 30", "age > 30"),
        ("代发工资 and 职业 = 'student'", "payroll and job = 'student'"),
        ("\"贷款余额\" > 5 or 层级 = 'gold'", "loan_balance > 5 or tier = 'gold'"),
        ("风险等级 = '保守型'", "风险等级 = '保守型'"),
    ] {
        assert_eq!(read(text).canonical(), canonical);
    }
}

#[test]
fn the_rule_of_the_issue_is_its_own_canonical_form() {
    let text = "tier in ('gold', 'private') and age between 30 and 45 and aum >= 300000 \
                and not housing and job <> 'student' and org under 'B03'";
    prints(&[(text, text)]);
}

#[test]
fn spelling_does_not_matter() {
    prints(&[
        ("  AGE>=30\n\tAND  Housing ", "age >= 30 and housing"),
        ("job != 'student'", "job <> 'student'"),
        ("aum>=300000.00", "aum >= 300000"),
        ("aum > 12.50", "aum > 12.5"),
        ("aum >=-0.05", "aum >= -0.05"),
        ("score = +007.10", "score = 7.1"),
        ("score in (-1,(2),.5)", "score in (-1, 2, 0.5)"),
        ("((age))=((3))", "age = 3"),
        ("\"age\" = 3", "age = 3"),
        ("age = 3 -- three\n and /* not */ housing", "age = 3 and housing"),
        ("vip or not \"VIP\"", "\"VIP\" or not \"VIP\""),
        ("\"year 2025\" or \"in\"", "\"year 2025\" or \"in\""),
        ("\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""),
        ("job = 'it''s complicated'", "job = 'it''s complicated'"),
        (
            "风险等级 = '进取型' and not (风险等级 is null)",
            "风险等级 = '进取型' and not 风险等级 is null",
        ),
        ("TRUE or False", "true or false"),
    ]);
}

#[test]
fn parentheses_are_kept_only_where_they_say_something() {
    prints(&[
        ("(housing and (payroll and VIP))", "housing and payroll and \"VIP\""),
        ("housing and (payroll or VIP)", "housing and (payroll or \"VIP\")"),
        ("(housing and payroll) or VIP", "housing and payroll or \"VIP\""),
        ("housing or payroll and VIP", "housing or payroll and \"VIP\""),
        ("not (housing and payroll)", "not (housing and payroll)"),
        ("not (not (housing))", "not not housing"),
        ("not (age = 3)", "not age = 3"),
        ("not housing = true", "not housing"),
    ]);
}

#[test]
fn a_value_may_stand_on_either_side() {
    prints(&[
        ("300000 <= aum", "aum >= 300000"),
        ("'student' <> job", "job <> 'student'"),
        ("45 > age", "age < 45"),
        ("true = housing", "housing"),
    ]);
}

#[test]
fn a_flag_compared_is_the_flag_itself() {
    prints(&[
        ("housing = true", "housing"),
        ("housing <> false", "housing"),
        ("housing = false", "not housing"),
        ("housing <> true", "not housing"),
        ("no_contact", "no_contact"),
        ("housing is null", "housing is null"),
        ("housing is not null", "housing is not null"),
    ]);
}

#[test]
fn every_form_has_its_negative() {
    prints(&[
        ("age not between 30 and 45", "age not between 30 and 45"),
        ("job not in ('student')", "job not in ('student')"),
        ("aum is not null", "aum is not null"),
        ("org not under 'B03'", "org not under 'B03'"),
        ("not org UNDER 'B03' and housing", "not org under 'B03' and housing"),
    ]);
}

#[test]
fn a_unit_stands_for_all_units_below_it() {
    let Expr::Under { unit, subtree, .. } = read("org under 'B03'").expr else { panic!() };
    assert_eq!(unit.code, "B03");
    assert_eq!(subtree.iter().map(|id| id.0).collect::<Vec<_>>(), [2, 4, 5]);
}

#[test]
fn dates_and_other_fixed_columns_are_read() {
    prints(&[
        ("birth_date < '1950-01-01'", "birth_date < '1950-01-01'"),
        (
            "last_visit between '2024-02-29' and '2026-11-20'",
            "last_visit between '2024-02-29' and '2026-11-20'",
        ),
        (
            "gender = 'F' and rm = 'M001' and rm in ('M002', 'M001')",
            "gender = 'F' and rm = 'M001' and rm in ('M002', 'M001')",
        ),
        (
            "tier >= 'gold' and tier between 'mass' and 'gold'",
            "tier >= 'gold' and tier between 'mass' and 'gold'",
        ),
    ]);
}

#[test]
fn arithmetic_keeps_only_the_parentheses_that_it_needs() {
    prints(&[
        ("aum-loan_balance>=0", "aum - loan_balance >= 0"),
        ("aum > loan_balance", "aum > loan_balance"),
        ("(aum - loan_balance) - 5.50 > 1", "aum - loan_balance - 5.5 > 1"),
        ("aum - (loan_balance - 5) > 1", "aum - (loan_balance - 5) > 1"),
        ("(aum * 2) / 3 > 1", "aum * 2 / 3 > 1"),
        ("aum * (2 * score) > 1", "aum * (2 * score) > 1"),
        ("(aum + loan_balance) * 2 > 1", "(aum + loan_balance) * 2 > 1"),
        ("2 * aum > 1", "2 * aum > 1"),
        ("aum / loan_balance > 0.5", "aum / loan_balance > 0.5"),
        ("score * -2 < -1", "score * -2 < -1"),
        ("score - -2 < 1", "score - -2 < 1"),
        ("1 < score + age", "score + age > 1"),
        ("aum - loan_balance is not null", "aum - loan_balance is not null"),
        ("aum - loan_balance between 1 and 2", "aum - loan_balance between 1 and 2"),
        ("age + 1 in (30, 31)", "age + 1 in (30, 31)"),
    ]);
}

#[test]
fn arithmetic_of_literals_is_done() {
    prints(&[
        ("aum > 10000 * 30", "aum > 300000"),
        ("aum > (1 + 2) * 10.5 - 0.25", "aum > 31.25"),
        ("score > 1 / 3", "score > 0.333333"),
        ("score > -2 / 3", "score > -0.666666"),
        ("aum * (1 + 1) > 3", "aum * 2 > 3"),
        ("age between 20 + 10 and 50 - 5", "age between 30 and 45"),
    ]);
}

#[test]
fn days_that_come_with_as_of_are_kept_as_they_are_written() {
    prints(&[
        ("opened_on >= today - 90", "opened_on >= today - 90"),
        ("TODAY - 90 <= opened_on", "opened_on >= today - 90"),
        ("opened_on >= today - interval '12 months'", "opened_on >= today - interval '1 year'"),
        (
            "opened_on < month_start - interval '1 month'",
            "opened_on < month_start - interval '1 month'",
        ),
        ("opened_on between year_start and today", "opened_on between year_start and today"),
        ("opened_on in (today, today - 1 - 1)", "opened_on in (today, today - 2)"),
        (
            "opened_on > today - 3 - interval '2 months'",
            "opened_on > today - interval '2 months' - 3",
        ),
        ("opened_on > today - interval '1 week'", "opened_on > today - 7"),
        (
            "opened_on > today + interval '1 year 2 weeks'",
            "opened_on > today + interval '1 year' + 14",
        ),
        ("today - opened_on > 90", "today - opened_on > 90"),
        ("opened_on - (today - 5) > 1", "opened_on - (today - 5) > 1"),
        ("opened_on + 30 > last_visit", "opened_on + 30 > last_visit"),
        ("opened_on - '2020-01-01' > 30", "opened_on - '2020-01-01' > 30"),
        ("(today - birth_date) / 365 > 30", "(today - birth_date) / 365 > 30"),
    ]);
    let resolved = |text: &str| match read(text).expr {
        Expr::Compare { right: Term::Literal(Value::Date(day)), .. } => day.day.to_string(),
        other => panic!("{other:?}"),
    };
    for (text, day) in [
        ("opened_on = today", "2026-11-20"),
        ("opened_on = today - 20", "2026-10-31"),
        ("opened_on = month_start - 1", "2026-10-31"),
        ("opened_on = year_start + interval '1 month'", "2026-02-01"),
        ("opened_on = today + interval '3 months' + 9", "2027-03-01"),
        ("opened_on = month_start - interval '9 months' - 1", "2026-01-31"),
    ] {
        assert_eq!(resolved(text), day, "{text}");
    }
}

#[test]
fn patterns_are_asked_of_categories() {
    prints(&[
        ("job LIKE '%teach_r%'", "job like '%teach_r%'"),
        ("风险等级 not like '进取%'", "风险等级 not like '进取%'"),
        ("not job like 'a''b' and housing", "not job like 'a''b' and housing"),
    ]);
}

#[test]
fn money_is_written_in_major_units() {
    let Expr::Compare { op, right, .. } = read("aum >= 300000.5").expr else { panic!() };
    let amount = Value::Money(crate::domain::money::Minor(30_000_050));
    assert_eq!((op, right), (CompareOp::Ge, Term::Literal(amount)));
}
