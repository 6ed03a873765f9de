//! Colours and completions of texts that are not rules yet.

use proptest::prelude::*;

use super::bank;
use super::properties::almost_a_rule;
use crate::domain::message::Arg;
use crate::domain::rule::{CompletionKind, Completions, Rule, Token, complete, highlight};

/// The caret is where `|` stands.
fn at(text: &str) -> Completions {
    let caret = text.chars().position(|ch| ch == '|').unwrap();
    complete(&text.replacen('|', "", 1), caret, &bank())
}

fn inserts(text: &str) -> Vec<String> {
    at(text).items.into_iter().map(|item| item.insert).collect()
}

#[track_caller]
fn first(text: &str, insert: &str) {
    let found = inserts(text);
    assert_eq!(found.first().map(String::as_str), Some(insert), "{text}: {found:?}");
}

/// The text with the first item put in.
#[track_caller]
fn put(text: &str, after: &str) {
    let found = at(text);
    let chars: Vec<char> = text.chars().filter(|ch| *ch != '|').collect();
    let mut now: String = chars[..found.replace.start].iter().collect();
    now += &found.items.first().unwrap_or_else(|| panic!("{text}")).insert;
    now.extend(&chars[found.replace.end..]);
    assert_eq!(now, after, "{text}");
}

#[test]
fn names_are_found_by_letters_labels_and_initials() {
    first("ag|", "age");
    first("hous|", "housing");
    first("fd|", "housing");
    first("房贷|", "housing");
    first("fxdj|", "风险等级");
    first("风|", "风险等级");
    first("zc|", "aum");
    first("not lb|", "loan_balance");
    first("year_|", "year_start");
    put("housing and pay|", "housing and payroll");
    put("housing and pa|yrol > 3", "housing and payroll > 3");
    put("\"yea|", "\"year 2025\"");
    put("evn|", "events(");
    put("sjje|", "sum_events(");
    put("product_c|", "product_count()");
}

#[test]
fn values_follow_their_column() {
    assert_eq!(inserts("job = |"), ["'it''s complicated'", "'student'", "'teacher'"]);
    put("job = stu|", "job = 'student'");
    put("job = '|", "job = 'it''s complicated'");
    put("job = 'te|", "job = 'teacher'");
    put("job = 'te|x' and housing", "job = 'teacher' and housing");
    put("job not in ('student', 'te|", "job not in ('student', 'teacher'");
    put("风险等级 <> 'jq|", "风险等级 <> '进取型'");
    put("tier = 'sx|", "tier = 'private'");
    put("tier between 'mass' and 'cf|", "tier between 'mass' and 'gold'");
    put("org under '南城|", "org under 'B03'");
    put("org = '新|'", "org = 'S032'");
    put("rm = '2|", "rm = 'M002'");
    put("housing = t|", "housing = true");
    first("opened_on >= |", "today");
    put("opened_on > mon|", "opened_on > month_start");
    first("gender in (|", "'F'");
    first("age > 3 and |", "org");
    first("not |", "org");
    first("(|", "org");
}

#[test]
fn functions_know_what_they_name() {
    assert_eq!(inserts("events(|"), ["'login'", "'transfer_out'", "'工资入账'"]);
    put("events('gz|", "events('工资入账'");
    put("events('lo|', interval '30 days')", "events('login', interval '30 days')");
    put("events('login', |", "events('login', interval '7 days'");
    put("events('login', int|", "events('login', interval '7 days'");
    put("events('login', interval '3|", "events('login', interval '30 days'");
    put("events('login', interval '30 days', am|", "events('login', interval '30 days', amount");
    put("followed_by('login', 'tr|", "followed_by('login', 'transfer_out'");
    put("change('a|", "change('aum'");
    put("holds(jj|", "holds('fund'");
    put("near_tier('sx|", "near_tier('private'");
    put("tier_moved('mass', cf|", "tier_moved('mass', 'gold'");
    put("drift('eq|", "drift('equity'");
    put("consent('s|", "consent('sms'");
    // By what the catalogues and people call them, and by the sound of it.
    put("events('转|", "events('transfer_out'");
    put("last_event('zhuanchu|", "last_event('transfer_out'");
    put("followed_by(events('dl|", "followed_by(events('login'");
    put("events('Transfer o|", "events('transfer_out'");
    put("consent('短|", "consent('sms'");
    put("consent('dianhua|", "consent('phone'");
    put("related('jt|", "related('family'");
    put("drift('权|", "drift('equity'");
    put("gender = '女|", "gender = 'F'");
    put("gender in ('nan|", "gender in ('M'");
    put("change('全部|", "change('aum'");
    put("segment('nq|", "segment('YOUNG'");
    put("list('|", "list('VIP24'");
    put("in_strategy('lswh|", "in_strategy('KEEP'");
    put("related('fa|", "related('family'");
    put("related('family', hous|", "related('family', housing");
    put("within('xg|", "within('S032'");
    put("snapshot(|", "snapshot(17");
    assert!(inserts("sample(|").is_empty());
    assert!(inserts("product_count(|").is_empty());
}

#[test]
fn words_of_the_grammar_stand_behind_a_value() {
    first("housing |", "and");
    put("age b|", "age between");
    put("job = 'student' o|", "job = 'student' or");
    put("age is n|", "age is null");
    put("age is not |", "age is not null");
    put("org u|", "org under");
    put("holds('fund') a|", "holds('fund') and");
    assert!(inserts("-- hous|").is_empty());
    assert!(inserts("age > 3|").is_empty());
}

#[test]
fn items_say_what_they_are() {
    let item = |text: &str| at(text).items.remove(0);
    assert_eq!(item("housin|").kind, CompletionKind::Name);
    let label = Arg::Label { zh: "房贷".into(), en: "Housing loan".into() };
    assert_eq!(item("housin|").label, Some(label));
    assert_eq!(item("sum_e|").kind, CompletionKind::Function);
    assert!(item("sum_e|").label.is_some() && item("ag|").label.is_some());
    assert_eq!(item("tru|").kind, CompletionKind::Keyword);
    let value = item("org = 'B03|");
    assert_eq!(
        (value.kind, value.label),
        (CompletionKind::Value, Some(Arg::Text("南城分行".into())))
    );
}

#[test]
fn each_piece_has_its_colour() {
    use Token::{Comment, Error, Function, Keyword, Name, Number, Operator, Text, UnknownName};
    let colours = |text: &str| -> Vec<(String, Token)> {
        let chars: Vec<char> = text.chars().collect();
        let all = highlight(text, &bank()).into_iter();
        all.map(|(at, token)| (chars[at].iter().collect(), token)).collect()
    };
    let of = |text: &str| colours(text).into_iter().map(|(_, token)| token).collect::<Vec<_>>();
    assert_eq!(
        colours("风险等级<>'a''b' AND nobody>=-.5 -- so"),
        [
            ("风险等级", Name),
            ("<>", Operator),
            ("'a''b'", Text),
            ("AND", Keyword),
            ("nobody", UnknownName),
            (">=", Operator),
            ("-", Operator),
            (".5", Number),
            ("-- so", Comment),
        ]
        .map(|(text, token)| (text.to_owned(), token))
    );
    assert_eq!(
        of("events('login', interval '1 day', amount > 1) = evnts(2)"),
        [
            Function, Operator, Text, Operator, Keyword, Text, Operator, Name, Operator, Number,
            Operator, Operator, Error, Operator, Number, Operator
        ]
    );
    assert_eq!(of("vip or \"vip\" or \"VIP\""), [Name, Keyword, UnknownName, Keyword, Name]);
    assert_eq!(of("amount > today /* a /* b */ */"), [UnknownName, Operator, Keyword, Comment]);
    assert_eq!(of("job = 'student"), [Name, Operator, Error]);
    assert_eq!(of("age ＝ 3"), [Name, Error, Number]);
    assert_eq!(of("/* a"), [Error]);
}

proptest! {
    #[test]
    fn colours_cover_any_text(text in prop_oneof![any::<String>(), almost_a_rule()]) {
        let chars: Vec<char> = text.chars().collect();
        let mut end = 0;
        for (at, _) in highlight(&text, &bank()) {
            prop_assert!(end <= at.start && at.start < at.end && at.end <= chars.len());
            prop_assert!(chars[end..at.start].iter().all(|ch| ch.is_whitespace()));
            end = at.end;
        }
        prop_assert!(chars[end..].iter().all(|ch| ch.is_whitespace()));
    }

    #[test]
    fn completions_answer_any_text(
        text in prop_oneof![any::<String>(), almost_a_rule()],
        caret in 0..300_usize,
    ) {
        let found = complete(&text, caret, &bank());
        let length = text.chars().count();
        prop_assert!(found.replace.start <= found.replace.end && found.replace.end <= length);
        prop_assert!(found.replace.start <= caret.min(length));
        prop_assert!(found.items.iter().all(|item| !item.insert.is_empty()));
    }

    #[test]
    fn a_rule_has_no_wrong_colour(expr in super::trees::tree()) {
        let text = super::trees::rule(expr).canonical();
        if Rule::parse(&text, &bank()).is_ok() {
            for (at, token) in highlight(&text, &bank()) {
                prop_assert!(!matches!(token, Token::Error | Token::UnknownName), "{} {:?}", text, at);
            }
        }
    }
}
