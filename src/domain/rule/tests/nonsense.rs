//! What functions, arithmetic and ranges refuse, its place, and what an operator reads.

use super::bank;
use super::refusing::{refused, refuses};
use crate::domain::rule::{Expected, Reason, Word};
use crate::text::{Lang, render};

fn said(text: &str, lang: Lang) -> String {
    render(&refused(text).message(), lang)
}

#[test]
fn an_unknown_function_is_answered_with_the_nearest() {
    refuses!("evnts('login') > 1", "evnts", Reason::UnknownFunction { meant: Some(_), .. });
    refuses!("housing and abc(1)", "abc", Reason::UnknownFunction { meant: None, .. });
    assert_eq!(
        said("evnts('login') > 1", Lang::En),
        "rules have no function evnts(); did you mean events (how many events of a kind)?  line 1, column 1"
    );
    assert_eq!(said("housing and abc(1)", Lang::ZhCn), "规则没有函数 abc()  第 1 行第 13 列");
}

#[test]
fn functions_have_their_arguments() {
    for text in [
        "events() > 1",
        "events('login', interval '1 day', amount > 1, 3) > 1",
        "product_count(1) = 1",
        "change('aum') > 1",
        "holds('fund', 'stock')",
        "segment()",
        "related('family')",
        "sample()",
        "followed_by('login', 'login')",
    ] {
        let name = &text[..text.find('(').unwrap()];
        refuses!(text, name, Reason::WrongArguments { .. });
    }
    assert_eq!(
        said("change('aum') > 1", Lang::ZhCn),
        "此函数写作 change('aum', interval '30 days')  第 1 行第 1 列"
    );
}

#[test]
fn an_argument_is_of_its_kind() {
    let word = Expected::Word;
    for (text, marked, wanted) in [
        ("events(login) > 1", "login", word(Word::Event)),
        ("events('login', 30) > 1", "30", Expected::Filter),
        ("events('login', 30, amount > 1) > 1", "30", Expected::Interval),
        ("change('aum', '30 days') > 1", "'30 days'", Expected::Interval),
        ("falling('aum', interval '90 days')", "interval '90 days'", Expected::Months),
        ("falling('aum', interval '61 months')", "interval '61 months'", Expected::Months),
        ("falling('aum', interval '100 years')", "interval '100 years'", Expected::Months),
        ("tier_moved(1, 'gold', interval '1 day')", "1", Expected::Tier),
        ("holds(3)", "3", word(Word::Product)),
        ("drift(3) > 1", "3", word(Word::Class)),
        ("consent(sms)", "sms", word(Word::Channel)),
        ("segment(3)", "3", word(Word::Segment)),
        ("segment('YOUNG', 'x')", "'x'", Expected::Whole),
        ("segment('YOUNG', 1.5)", "1.5", Expected::Whole),
        ("snapshot('x')", "'x'", Expected::Whole),
        ("snapshot(-17)", "17", Expected::Whole),
        ("list('VIP24', 99999999999)", "99999999999", Expected::Whole),
        ("in_strategy(3)", "3", word(Word::Strategy)),
        ("sample(100.5)", "100.5", Expected::Percent),
        ("sample(0.00001)", "0.00001", Expected::Percent),
        ("sample('x')", "'x'", Expected::Percent),
        ("related(3, housing)", "3", word(Word::Relation)),
        ("within(3, 3)", "3", Expected::Org),
        ("within('HQ', -1)", "1", Expected::Kilometres),
        (
            "followed_by(last_event('login'), 'login', interval '1 day')",
            "last_event('login')",
            Expected::EventSet,
        ),
    ] {
        refuses!(text, marked, Reason::WrongArgument { .. });
        let Reason::WrongArgument { expected, .. } = refused(text).reason else { panic!() };
        assert_eq!(expected, wanted, "{text}");
    }
    assert_eq!(
        said("sample(100.5)", Lang::En),
        "here stands a percentage above 0 and up to 100, with at most four decimals, not 100.5: sample(10)  \
         line 1, column 8"
    );
}

#[test]
fn a_word_that_the_bank_does_not_have_is_answered_with_the_nearest() {
    for (text, marked, wanted) in [
        ("events('logn') > 1", "'logn'", Word::Event),
        ("balance('fnud') > 1", "'fnud'", Word::Product),
        ("holds('aum')", "'aum'", Word::Product),
        ("change('基 金', interval '1 day') > 1", "'基 金'", Word::Product),
        ("drift('equty') > 1", "'equty'", Word::Class),
        ("consent('smss')", "'smss'", Word::Channel),
        ("segment('YUONG')", "'YUONG'", Word::Segment),
        ("list('VIP25')", "'VIP25'", Word::List),
        ("in_strategy('KEPE')", "'KEPE'", Word::Strategy),
        ("related('familie', housing)", "'familie'", Word::Relation),
        ("snapshot(18)", "18", Word::Snapshot),
    ] {
        refuses!(text, marked, Reason::UnknownWord { .. });
        let Reason::UnknownWord { what, meant, .. } = refused(text).reason else { panic!() };
        assert_eq!(what, wanted, "{text}");
        assert_eq!(meant.is_none(), matches!(text, "holds('aum')" | "snapshot(18)"), "{text}");
    }
    refuses!("near_tier('privat') < 1", "'privat'", Reason::UnknownValue { meant: Some(_), .. });
    refuses!("within('S999', 3)", "'S999'", Reason::UnknownValue { .. });
    assert_eq!(
        said("holds('基今')", Lang::ZhCn),
        "没有名为 '基今' 的产品或资产类别；您是否想用 'fund'（基金）？  第 1 行第 7 列"
    );
    assert_eq!(
        said("segment('流失')", Lang::En),
        "the bank has no segment '流失'  line 1, column 9"
    );
    assert_eq!(
        said("in_strategy('流失挽')", Lang::En),
        "the bank has no strategy '流失挽'; did you mean 'KEEP' (流失挽回)?  line 1, column 13"
    );
}

#[test]
fn intervals_are_spans_of_the_calendar() {
    for bad in [
        "",
        "30",
        "30 hours",
        "-3 days",
        "1.5 months",
        "0 days",
        "200 years",
        "3 months 2",
        "1 mon",
        "99999 days",
    ] {
        let text = format!("contacted(interval '{bad}')");
        let marked = format!("interval '{bad}'");
        refuses!(text.as_str(), marked, Reason::BadInterval { .. });
    }
    refuses!(
        "opened_on > birth_date + interval '1 year'",
        "interval '1 year'",
        Reason::MisplacedInterval
    );
    refuses!("opened_on > interval '1 year'", "interval '1 year'", Reason::MisplacedInterval);
    refuses!(
        "opened_on > today * interval '1 year'",
        "interval '1 year'",
        Reason::MisplacedInterval
    );
    refuses!("interval '1 year'", "interval '1 year'", Reason::MisplacedInterval);
    refuses!("opened_on > today - 1.5", "1.5", Reason::WrongType { .. });
    refuses!("opened_on > today - 9999999", "today - 9999999", Reason::BadDate { .. });
}

#[test]
fn arithmetic_is_of_things_that_go_together() {
    for text in [
        "aum * loan_balance > 1",
        "score / aum > 1",
        "opened_on + birth_date > 1",
        "opened_on * 2 > 1",
        "score - opened_on > 1",
        "aum + score > 1",
        "'a' + 1 > score",
    ] {
        refuses!(text, &text[..text.rfind(" >").unwrap()], Reason::Mismatch { .. });
    }
    refuses!("aum > score", "aum > score", Reason::Mismatch { .. });
    refuses!("opened_on > age", "opened_on > age", Reason::Mismatch { .. });
    refuses!("tier + 1 > 3", "tier", Reason::NotComputed { .. });
    refuses!("aum - job > 3", "job", Reason::NotComputed { .. });
    refuses!("housing * 2 > 3", "housing", Reason::NotComputed { .. });
    refuses!("job = gender", "job", Reason::NotComputed { .. });
    refuses!("job = studnt", "studnt", Reason::UnknownValue { .. });
    refuses!("housing = studnt", "housing", Reason::NotComputed { .. });
    refuses!("org = rm", "org", Reason::NotComputed { .. });
    refuses!("aum - 'x' > 3", "'x'", Reason::WrongType { .. });
    refuses!("aum - 0.001 > 3", "0.001", Reason::TooManyDecimals { .. });
    refuses!("aum > 1 / 3", "1 / 3", Reason::TooManyDecimals { .. });
    refuses!("score > 1 / 0", "1 / 0", Reason::OutOfRange { .. });
    refuses!("job like 5", "5", Reason::WrongType { .. });
    refuses!("aum like '5'", "aum", Reason::WrongOperator { .. });
    let long = format!("score{} > 1", " + score".repeat(51));
    refuses!(long.as_str(), "+", Reason::TooManyOperations { max: 50 });
    assert_eq!(
        said("aum * loan_balance > 1", Lang::ZhCn),
        "金额 * 金额 没有意义；可写如 aum - loan、aum * 2、today - opened_on  第 1 行第 1 列"
    );
}

#[test]
fn functions_stand_where_their_kind_may() {
    refuses!("events('login')", "events('login')", Reason::NotCompared { .. });
    refuses!("housing and product_count()", "product_count", Reason::NotCompared { .. });
    refuses!("holds('fund') = true", "holds", Reason::NotAValue { .. });
    refuses!("aum > sample(3)", "sample", Reason::NotAValue { .. });
}

#[test]
fn an_event_has_two_fields() {
    refuses!("events('login', aum > 5) > 1", "aum", Reason::UnknownField { .. });
    refuses!("events('login', amount) > 1", "amount", Reason::NotAFlag { .. });
    refuses!("events('login', amount > 'x') > 1", "'x'", Reason::WrongType { .. });
    refuses!("events('login', detail = 5) > 1", "5", Reason::WrongType { .. });
    refuses!("events('login', detail > 'x') > 1", "detail", Reason::WrongOperator { .. });
    refuses!("events('login', amount in (1, 2)) > 1", "amount", Reason::WrongOperator { .. });
    refuses!("events('login', amount like '1') > 1", "amount", Reason::WrongOperator { .. });
    refuses!("events('login', detail between 1 and 2) > 1", "detail", Reason::WrongOperator { .. });
    refuses!("events('login', amount = null) > 1", "null", Reason::UseIsNull { .. });
    refuses!("events('login', amount = detail) > 1", "amount = detail", Reason::NotOneName);
    for text in ["amount * 2", "amount + amount", "(amount / 3)"] {
        let inner = text.trim_matches(['(', ')']);
        refuses!(&format!("events('login', {text} > 5000) > 1"), inner, Reason::EventArithmetic);
        refuses!(&format!("events('login', {text} is null) > 1"), inner, Reason::EventArithmetic);
    }
    refuses!("events('login', amount between 2 and 1) > 1", "2 and 1", Reason::EmptyRange { .. });
    refuses!("events('login', amount > today) > 1", "amount > today", Reason::NotOneName);
}

#[test]
fn a_range_goes_from_the_smaller_to_the_greater() {
    refuses!("age between 50 and 30", "50 and 30", Reason::EmptyRange { .. });
    refuses!("aum not between 2 and 1", "2 and 1", Reason::EmptyRange { .. });
    refuses!("tier between 'gold' and 'mass'", "'gold' and 'mass'", Reason::EmptyRange { .. });
    refuses!(
        "opened_on between '2026-02-01' and '2026-01-01'",
        "'2026-02-01' and '2026-01-01'",
        Reason::EmptyRange { .. }
    );
    refuses!(
        "opened_on between today and today - 90",
        "today and today - 90",
        Reason::EmptyRange { .. }
    );
    // Empty today, but not on every day.
    super::read("opened_on between today and '2026-01-01'");
    super::read("opened_on between today - 28 and today - interval '1 month'");
    assert_eq!(
        said("age between 50 and 30", Lang::ZhCn),
        "50 与 30 之间没有取值；较小的写在前面  第 1 行第 13 列"
    );
}

#[test]
fn parts_that_never_hold_together_are_marked() {
    for (first, second) in [
        ("score > 5", "score < 3"),
        ("score > 5", "score <= 5"),
        ("score >= 5", "score < 5"),
        ("score = 5", "score = 6"),
        ("score = 5", "score <> 5"),
        ("score in (1, 2)", "score in (3, 4)"),
        ("score in (1, 2)", "score > 2"),
        ("score between 1 and 2", "score between 3 and 4"),
        ("tier = 'gold'", "tier = 'private'"),
        ("tier > 'gold'", "tier < 'mass'"),
        ("job = 'student'", "job in ('teacher')"),
        ("aum is null", "aum > 5"),
        ("aum is null", "aum > loan_balance"),
        ("housing", "not housing"),
        ("opened_on > today - 30", "opened_on < today - 60"),
        ("opened_on > '2026-01-01'", "opened_on < '2025-01-01'"),
        ("events('login') > 5", "events('login') = 0"),
        ("org = 'HQ'", "org = 'B03'"),
    ] {
        let text = format!("{first} and payroll and {second}");
        let error = refused(&text);
        assert!(matches!(error.reason, Reason::NeverTogether { .. }), "{text}: {error}");
        assert!(text[..error.place.end].ends_with(second) || second.ends_with("null"), "{text}");
        let text = format!("payroll or not ({second} and {first})");
        let error = refused(&text);
        assert!(matches!(error.reason, Reason::NeverTogether { .. }), "{text}: {error}");
        assert_eq!(error.place.start, text.len() - first.len() - 1, "{text}");
        super::read(&format!("{first} or {second}"));
    }
    for text in [
        "score > 5 and score < 7 and score <> 6",
        "score >= 5 and score <= 5",
        "score > 5 and age < 3",
        "opened_on > today and opened_on < '2020-01-01'",
        "opened_on = today and opened_on = '2020-01-01'",
        "events('login', interval '1 day') = 0 and events('login') > 3",
        "aum is null and not housing and (housing or payroll)",
    ] {
        super::read(text);
    }
    refuses!("housing and sample(0)", "0", Reason::EmptySample);
    assert_eq!(
        said("age > 50 and age < 30", Lang::En),
        "age > 50 and age < 30 are never true of the same customer  line 1, column 14"
    );
}

#[test]
fn other_nonsense_has_its_own_words() {
    refuses!("near_tier('basic') < 1", "'basic'", Reason::NoThreshold { .. });
    refuses!("related('family', related('family', housing))", "related", Reason::NestedRelation);
    let place = refused("related('family', related('family', housing))").place;
    assert_eq!(place.start, 18);
    assert!(bank().known().event("login").is_some());
}
