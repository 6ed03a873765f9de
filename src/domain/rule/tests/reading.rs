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
        ("vip and not \"VIP\"", "\"VIP\" and not \"VIP\""),
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
            "gender = 'F' and rm = 'M001' and rm in ('M002')",
            "gender = 'F' and rm = 'M001' and rm in ('M002')",
        ),
        ("customer_id in (1, 2)", "customer_id in (1, 2)"),
        (
            "tier >= 'gold' and tier between 'mass' and 'gold'",
            "tier >= 'gold' and tier between 'mass' and 'gold'",
        ),
    ]);
}

#[test]
fn money_is_written_in_major_units() {
    let Expr::Compare { op, right, .. } = read("aum >= 300000.5").expr else { panic!() };
    let amount = Value::Money(crate::domain::money::Minor(30_000_050));
    assert_eq!((op, right), (CompareOp::Ge, Term::Literal(amount)));
}
