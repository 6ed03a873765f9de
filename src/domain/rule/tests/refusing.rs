//! Each way a text can be no rule, its place, and what an operator reads.

use super::bank;
use crate::domain::rule::{Expected, Reason, Rule, RuleError};
use crate::text::{Lang, render};

pub(super) fn refused(text: &str) -> RuleError {
    match Rule::parse(text, &bank()) {
        Ok(rule) => panic!("{text} is a rule: {}", rule.canonical()),
        Err(error) => error,
    }
}

/// `text` is refused for a reason like `reason`, and exactly `marked` is under the mark.
macro_rules! refuses {
    ($text:expr, $marked:expr, $reason:pat) => {{
        let error = refused($text);
        assert!(matches!(error.reason, $reason), "{}: {:?}", $text, error.reason);
        assert_eq!(&$text[error.place.bytes($text)], $marked, "{}: {:?}", $text, error);
        for lang in [Lang::En, Lang::ZhCn] {
            let said = render(&error.message(), lang);
            assert!(!said.contains("rule.") && !said.contains('{'), "{said}");
        }
    }};
}
pub(super) use refuses;

#[test]
fn nothing_is_no_rule() {
    refuses!("", "", Reason::Empty);
    refuses!(" \n\t", " \n\t", Reason::Empty);
    refuses!("-- all", "-- all", Reason::Empty);
}

#[test]
fn a_slip_in_the_grammar_is_marked_where_it_stands() {
    refuses!("age >= ", "", Reason::Syntax { found: None });
    refuses!("age >= 30 and", "", Reason::Syntax { found: None });
    refuses!("age >= 30 housing", "housing", Reason::Syntax { .. });
    refuses!("housing and and payroll", "and", Reason::Syntax { .. });
    refuses!("housing, payroll", ",", Reason::Syntax { .. });
    refuses!("age between 30 or 45", "or", Reason::Syntax { .. });
    refuses!("age in 30", "30", Reason::Syntax { .. });
    refuses!("age in ()", ")", Reason::Syntax { .. });
    refuses!("1 < age < 3", "<", Reason::Syntax { .. });
    refuses!("age is 3", "3", Reason::Syntax { .. });
    refuses!("30岁 < age", "岁", Reason::Syntax { .. });
    refuses!("not", "", Reason::Syntax { found: None });
}

#[test]
fn the_place_is_counted_in_lines_and_characters() {
    let place = refused("风险等级 = '进取型'\n  and 年令 = 3").place;
    assert_eq!((place.line, place.column, place.start, place.end), (2, 7, 19, 21));
    let end = refused("housing\nand").place;
    assert_eq!((end.line, end.column, end.start, end.end), (2, 4, 11, 11));
}

#[test]
fn quotes_and_parentheses_have_partners() {
    refuses!("job = 'student", "'", Reason::OpenQuote);
    refuses!("\"age = 3", "\"", Reason::OpenQuote);
    refuses!("age = 3 /* 三十岁", "/*", Reason::OpenComment);
    refuses!("(housing and (payroll)", "(", Reason::Parenthesis);
    refuses!("housing)", ")", Reason::Parenthesis);
}

#[test]
fn signs_of_an_input_method_are_named() {
    refuses!("age ＝ 30", "＝", Reason::Typographic { .. });
    refuses!("（housing）", "（", Reason::Typographic { .. });
    refuses!("job = ‘student’", "‘", Reason::Typographic { .. });
    refuses!("age ≥ 30", "≥", Reason::Typographic { .. });
    refuses!("age = ３", "３", Reason::Typographic { .. });
    let said = render(&refused("age＝30").message(), Lang::ZhCn);
    assert_eq!(said, "＝ 是全角或排版符号，请写 =  第 1 行第 4 列");
}

#[test]
fn sql_beyond_rules_is_refused_by_name() {
    refuses!("lower(job) = 'a'", "lower", Reason::UnknownFunction { .. });
    refuses!("exists (select 1)", "exists", Reason::UnknownFunction { .. });
    refuses!("\"events\"('login') > 1", "\"events\"", Reason::Unsupported { .. });
    refuses!("age in (select 1)", "select", Reason::Unsupported { .. });
    refuses!("job ilike 's%'", "ilike", Reason::Unsupported { .. });
    refuses!("job similar to 's'", "similar", Reason::Unsupported { .. });
    refuses!("age % 2 = 1", "%", Reason::Unsupported { .. });
    refuses!("-age < 1", "-", Reason::Sign { .. });
    refuses!("age > - - - 5", "-", Reason::Sign { .. });
    refuses!("age::text = 'a'", "::", Reason::Unsupported { .. });
    refuses!("c.age = 3", ".", Reason::Unsupported { .. });
    refuses!("age = 3; drop table x", ";", Reason::Unsupported { .. });
    refuses!("age = $1", "$1", Reason::Unsupported { .. });
    refuses!("job = $$a$$", "$$a$$", Reason::Unsupported { .. });
    refuses!("housing is true", "housing", Reason::Unsupported { .. });
    refuses!("age = any (3)", "any", Reason::UnknownFunction { .. });
    refuses!("age == 3", "==", Reason::Unsupported { .. });
    refuses!("- - 3 < age", "-", Reason::Sign { .. });
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    refuses!("ag > 3", "ag", Reason::UnknownName { .. });
    let say = |text: &str, lang| render(&refused(text).message(), lang);
    assert_eq!(
        say("ag > 3", Lang::ZhCn),
        "没有名为 ag 的标签；您是否想用 age（年龄，周岁）？  第 1 行第 1 列"
    );
    assert_eq!(
        say("true and houisng", Lang::En),
        "no attribute is called houisng; did you mean housing (Housing loan)?  line 1, column 10"
    );
    for (text, meant) in [
        ("职叶 = 'x'", "job (Job)"),
        ("年令 > 3", "age (age in full years)"),
        ("\"Housing loan\"", "housing (Housing loan)"),
        ("hous", "housing (Housing loan)"),
        ("year2025", "\"year 2025\" (Year 2025)"),
        ("风险等极 is null", "风险等级 (Risk grade)"),
    ] {
        let said = say(text, Lang::En);
        assert!(said.contains(&format!("did you mean {meant}?")), "{text}: {said}");
    }
    assert!(!say("zzzzzz", Lang::En).contains("mean"));
}

#[test]
fn a_quoted_name_is_taken_to_the_letter() {
    refuses!("\"AGE\" = 3", "\"AGE\"", Reason::UnknownName { .. });
    refuses!("\"vip\"", "\"vip\"", Reason::UnknownName { .. });
}

#[test]
fn names_and_phones_are_no_part_of_rules() {
    refuses!("name = '张三'", "name", Reason::Private { .. });
    refuses!("PHONE is null", "PHONE", Reason::Private { .. });
    refuses!("customer_id = 7", "customer_id", Reason::SingleCustomers);
    refuses!("aum > 5 or Customer_ID in (1, 2)", "Customer_ID", Reason::SingleCustomers);
    refuses!("\"customer_id\" > 7", "\"customer_id\"", Reason::SingleCustomers);
}

#[test]
fn an_unknown_value_is_answered_with_the_nearest() {
    refuses!("job = 'studnet'", "'studnet'", Reason::UnknownValue { .. });
    refuses!("tier in ('gold', 'silver')", "'silver'", Reason::UnknownValue { meant: None, .. });
    refuses!("gender = 'f'", "'f'", Reason::UnknownValue { meant: Some(_), .. });
    refuses!("rm = 'M003'", "'M003'", Reason::UnknownValue { .. });
    let say = |text: &str, lang| render(&refused(text).message(), lang);
    assert_eq!(
        say("job = 'studnet'", Lang::En),
        "job has no value 'studnet'; did you mean 'student'?  line 1, column 7"
    );
    assert_eq!(
        say("tier = '私行'", Lang::ZhCn),
        "tier 没有取值 '私行'；您是否想用 'private'（私行）？  第 1 行第 8 列"
    );
    assert!(say("org under '南城支行'", Lang::En).contains("mean 'B03' (南城分行)"));
}

#[test]
fn a_word_of_a_function_is_answered_with_the_code_that_was_meant() {
    for (text, meant) in [
        ("events('转出') > 1", "'transfer_out' (Transfer out)"),
        ("events('transfr') > 1", "'transfer_out' (Transfer out)"),
        ("last_event('Transfer out') is null", "'transfer_out' (Transfer out)"),
        ("events('zhuanchu') > 1", "'transfer_out' (Transfer out)"),
        ("followed_by('登陆', 'login', interval '1 day')", "'login' (Log-in)"),
        ("consent('短信')", "'sms' (SMS)"),
        ("consent('dx')", "'sms' (SMS)"),
        ("consent('telephone')", "'phone' (phone)"),
        ("related('家庭', housing)", "'family' (family)"),
        ("related('jiaren', housing)", "'family' (family)"),
        ("drift('权益') > 0.1", "'equity' (Equity)"),
        ("holds('jijin')", "'fund' (Funds)"),
        ("balance('资产') > 5", "'aum' (all assets)"),
        ("gender = '女'", "'F' (female)"),
        ("gender in ('male')", "'M' (male)"),
        ("tier = 'caifu'", "'gold' (Wealth)"),
        ("near_tier('sihang') < 5", "'private' (Private)"),
        ("tier_moved('gold', '私行', interval '30 days')", "'private' (Private)"),
        ("org under 'nancheng'", "'B03' (南城分行)"),
        ("within('新港', 3)", "'S032' (新港支行)"),
        ("in_strategy('流失')", "'KEEP' (流失挽回)"),
        ("segment('fuyu')", "'RICH' (富裕)"),
    ] {
        let said = render(&refused(text).message(), Lang::En);
        assert!(said.contains(&format!("did you mean {meant}?")), "{text}: {said}");
    }
    for text in ["events('')  > 1", "events('qqqq') > 1", "consent('x')", "gender = 'q'"] {
        let said = render(&refused(text).message(), Lang::En);
        assert!(!said.contains("did you mean"), "{text}: {said}");
    }
}

#[test]
fn a_wrong_type_says_what_was_expected() {
    use Expected::{Category, Date, Flag, Money, Number, Org, Staff, Tier};
    for (text, wanted) in [
        ("age = '30'", Number),
        ("score > true", Number),
        ("aum > '30'", Money),
        ("birth_date < 1950", Date),
        ("job = 5", Category),
        ("housing = 1", Flag),
        ("housing <> 'yes'", Flag),
        ("tier = 3", Tier),
        ("org = 3", Org),
        ("org under 3", Org),
        ("rm = 1", Staff),
    ] {
        let Reason::WrongType { expected, .. } = refused(text).reason else { panic!("{text}") };
        assert_eq!(expected, wanted, "{text}");
    }
    refuses!("age between 30 and '45'", "'45'", Reason::WrongType { .. });
}

#[test]
fn an_operator_must_suit_its_name() {
    refuses!("job < 'student'", "job", Reason::WrongOperator { .. });
    refuses!("org >= 'B03'", "org", Reason::WrongOperator { .. });
    refuses!("age under 'B03'", "age", Reason::WrongOperator { .. });
    refuses!("housing in (true)", "housing", Reason::WrongOperator { .. });
    refuses!("job between 'a' and 'b'", "job", Reason::WrongOperator { .. });
    refuses!("housing > false", "housing", Reason::WrongOperator { .. });
}

#[test]
fn only_a_condition_is_a_condition() {
    refuses!("age and housing", "age", Reason::NotAFlag { .. });
    refuses!("not job", "job", Reason::NotAFlag { .. });
    refuses!("5", "5", Reason::NotACondition { .. });
    refuses!("housing or 'x'", "'x'", Reason::NotACondition { .. });
    refuses!("null", "null", Reason::NotACondition { .. });
    refuses!("-5", "5", Reason::NotACondition { .. });
    refuses!("today", "today", Reason::NotACondition { .. });
    refuses!("aum - 5", "aum - 5", Reason::NotAFlag { .. });
}

#[test]
fn a_comparison_has_one_name_and_one_value() {
    refuses!("1 + 1 = 2 * 1", "1 + 1 = 2 * 1", Reason::NotOneName);
    refuses!("today > '2026-01-01'", "today > '2026-01-01'", Reason::NotOneName);
    refuses!("today > month_start", "today > month_start", Reason::NotOneName);
    refuses!("today - month_start > 3", "today - month_start", Reason::NotOneName);
    refuses!("today is null", "today", Reason::NotOneName);
    refuses!("job like gender", "gender", Reason::NotOneName);
    refuses!("1 = 1", "1 = 1", Reason::NotOneName);
    refuses!("5 between 1 and age", "5", Reason::NotOneName);
    refuses!("age between score and 4", "score", Reason::NotOneName);
    refuses!("(age = 3) is null", "age = 3", Reason::NotOneName);
    refuses!("consent('sms') is null", "consent", Reason::NotAskedOf { .. });
    refuses!("age > 3 and holds('fund') is not null", "holds", Reason::NotAskedOf { .. });
}

#[test]
fn null_is_asked_for_and_not_compared_with() {
    refuses!("aum = null", "null", Reason::UseIsNull { .. });
    refuses!("job in ('student', NULL)", "NULL", Reason::UseIsNull { .. });
}

#[test]
fn numbers_and_amounts_have_limits() {
    refuses!("aum = 0.001", "0.001", Reason::TooManyDecimals { digits: 2, .. });
    refuses!("aum > 99999999999999999999", "99999999999999999999", Reason::OutOfRange { .. });
    refuses!("score > 1e3", "1e3", Reason::OutOfRange { .. });
    let long = format!("score > {}", "9".repeat(41));
    assert!(matches!(refused(&long).reason, Reason::OutOfRange { .. }));
}

#[test]
fn a_date_is_a_day_of_the_calendar() {
    for bad in
        ["1950-02-30", "1950-1-1", "01.01.1950", "", "1950-01-01 ", "0000-01-01", "+1950-01-1"]
    {
        let text = format!("birth_date < '{bad}'");
        refuses!(text.as_str(), format!("'{bad}'"), Reason::BadDate { .. });
    }
}

#[test]
fn two_conditions_are_told_as_they_stand_around_and() {
    let said = render(&refused("(age < 20 or age > 70) and age = 30").message(), Lang::En);
    assert!(said.starts_with("(age < 20 or age > 70) and age = 30 are never true"), "{said}");
}

#[test]
fn length_and_depth_have_limits() {
    let long = format!("housing and '{}'", "x".repeat(10_000));
    assert!(matches!(refused(&long).reason, Reason::TooLong { chars: 10_014 }));
    // Short as typed, long in canonical form, which is what is kept.
    let dense = format!("age in ({}1)", "1,".repeat(4_900));
    assert!(matches!(refused(&dense).reason, Reason::TooLong { .. }));
    let nested = |n: usize| format!("{}housing{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(Rule::parse(&nested(50), &bank()).unwrap().canonical(), "housing");
    refuses!(nested(51).as_str(), "(", Reason::TooDeep);
    let nots = |n: usize| format!("{}housing", "not ".repeat(n));
    assert_eq!(Rule::parse(&nots(50), &bank()).unwrap().canonical(), nots(50));
    refuses!(nots(51).as_str(), "not", Reason::TooDeep);
    let said = render(&refused(&nots(51)).message(), Lang::En);
    assert!(said.contains("more than 50 deep"), "{said}");
}
