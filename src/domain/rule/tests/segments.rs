//! Segments in rules: they are read where they are named, and never round in a circle.

use super::{bank, read, segment};
use crate::domain::rule::{Expr, Leaf, Reason, Rule, SegmentWord, Vocabulary, Words};
use crate::text::{Lang, render};

fn with(segments: Vec<SegmentWord>) -> Vocabulary {
    bank().with_words(Words { segments, ..bank().words().clone() })
}

fn reason(text: &str, vocabulary: &Vocabulary) -> Reason {
    Rule::parse(text, vocabulary).unwrap_err().reason
}

#[test]
fn a_segment_is_its_rule() {
    let rule = |text: &str| match Rule::parse(text, &bank()).unwrap().expr {
        Expr::Leaf(Leaf::Segment { rule, version, .. }) => (version, *rule),
        other => panic!("{other:?}"),
    };
    let read = |text: &str| Rule::parse(text, &bank()).unwrap().expr;
    assert_eq!(rule("segment('YOUNG')"), (None, read("age < 35")));
    assert_eq!(rule("segment('YOUNG', 1)"), (Some(1), read("age < 30")));
    let (_, rich) = rule("segment('RICH')");
    assert_eq!(rich, read("aum >= 1000000 and not segment('YOUNG', 1)"));
}

#[test]
fn a_circle_is_told_with_its_way() {
    let vocabulary = with(vec![
        segment("A", 1, "A", "housing and segment('B')"),
        segment("B", 1, "B", "payroll or segment('C')"),
        segment("C", 1, "C", "segment('B')"),
    ]);
    let error = Rule::parse("vip and segment('A')", &vocabulary).unwrap_err();
    assert_eq!(error.reason, Reason::Cycle { path: ["B", "C", "B"].map(str::to_owned).into() });
    assert_eq!((error.place.start, error.place.end), (16, 19));
    assert_eq!(render(&error.message(), Lang::ZhCn), "客群循环引用：B -> C -> B  第 1 行第 17 列");
    let own = Rule::parse_of_segment("not segment('B')", &vocabulary, "C").unwrap_err();
    assert_eq!(own.reason, Reason::Cycle { path: ["C", "B", "C"].map(str::to_owned).into() });
    let itself = Rule::parse_of_segment("segment('C')", &vocabulary, "C").unwrap_err();
    assert_eq!(itself.reason, Reason::Cycle { path: ["C", "C"].map(str::to_owned).into() });
    assert!(Rule::parse_of_segment("segment('YOUNG')", &bank(), "RICH").is_ok());
}

#[test]
fn an_older_version_or_a_snapshot_of_itself_is_no_circle() {
    let vocabulary = with(vec![
        segment("A", 1, "A", "housing and segment('B', 1)"),
        segment("A", 2, "A", "segment('A', 1) and segment('B')"),
        segment("B", 1, "B", "payroll"),
        segment("B", 2, "B", "segment('B', 1) or segment('A', 1)"),
    ]);
    for (text, of) in [
        ("age > 3 and not segment('A', 2)", Some("A")),
        ("segment('A', 1) and segment('A', 2)", Some("A")),
        ("snapshot(17) or segment('B')", Some("A")),
        ("segment('A', 1) or segment('B', 2)", Some("B")),
        ("segment('A') and segment('B')", None),
    ] {
        let read = match of {
            Some(code) => Rule::parse_of_segment(text, &vocabulary, code),
            None => Rule::parse(text, &vocabulary),
        };
        let rule = read.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(rule.canonical(), text);
        assert!(Rule::parse_kept(text, &vocabulary, of).is_ok(), "{text}");
    }
}

#[test]
fn a_version_that_comes_back_to_the_latest_is_a_circle() {
    let vocabulary = with(vec![
        segment("A", 1, "A", "housing and segment('B')"),
        segment("A", 2, "A", "housing"),
        segment("B", 1, "B", "payroll or segment('A')"),
        // By hand only: a version that names itself, and two that name one another.
        segment("S", 1, "S", "segment('S', 1)"),
        segment("P", 1, "P", "segment('Q', 1)"),
        segment("Q", 1, "Q", "segment('P', 1)"),
    ]);
    // The latest of A says something else by now, so that what the first names comes to an end.
    assert!(Rule::parse("segment('A', 1)", &vocabulary).is_ok());
    for (text, of, path) in [
        ("segment('A', 1)", Some("A"), &["A", "A v1", "B", "A"] as &[&str]),
        ("segment('B')", Some("A"), &["A", "B", "A"]),
        ("segment('A')", Some("A"), &["A", "A"]),
        ("segment('NEW')", Some("NEW"), &["NEW", "NEW"]),
        ("segment('S')", None, &["S", "S v1"]),
        ("segment('P')", None, &["P", "Q v1", "P v1"]),
    ] {
        let read = match of {
            Some(code) => Rule::parse_of_segment(text, &vocabulary, code),
            None => Rule::parse(text, &vocabulary),
        };
        let path = path.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(read.unwrap_err().reason, Reason::Cycle { path }, "{text}");
    }
}

#[test]
fn a_segment_that_cannot_be_read_any_more_is_named() {
    let vocabulary =
        with(vec![segment("A", 1, "A", "segment('B')"), segment("B", 1, "B", "gone > 3")]);
    let error = Rule::parse("segment('A')", &vocabulary).unwrap_err();
    let Reason::BrokenSegment { code, .. } = &error.reason else { panic!("{error}") };
    assert_eq!(code, "B");
    assert_eq!(
        render(&error.message(), Lang::En),
        "the rule of segment B cannot be read any more: no attribute is called gone  line 1, column 9"
    );
}

#[test]
fn what_has_no_such_number_is_not_called_unknown() {
    let said = |text: &str| render(&Rule::parse(text, &bank()).unwrap_err().message(), Lang::En);
    let told = said("segment('YOUNG', 9)");
    assert!(told.starts_with("segment 'YOUNG' has no version 9; the latest is "), "{told}");
    let told = said("list('VIP24', 9)");
    assert!(told.starts_with("list 'VIP24' has no upload 9; the latest is 3"), "{told}");
    // What is offered can be pasted as it stands.
    let told = said("segment('YOUN')");
    assert!(told.contains("did you mean 'YOUNG'"), "{told}");
}

#[test]
fn brackets_are_told_of_where_there_are_some() {
    let said = |text: &str| render(&Rule::parse(text, &bank()).unwrap_err().message(), Lang::En);
    let told = said("related('family')");
    assert!(told.contains("related('family', aum > 1000000)  line"), "{told}");
    assert!(said("segment()").contains("[, 2]); what stands in [ ] may be left out"));
}

#[test]
fn the_conditions_of_named_segments_stand_behind_them() {
    let rule = Rule::parse("segment('RICH') and payroll", &bank()).unwrap();
    let opened = |most| -> Vec<(usize, String)> {
        rule.opened(most).into_iter().map(|(depth, leaf)| (depth, leaf.text)).collect()
    };
    let told = |depth: usize, text: &str| (depth, text.to_owned());
    assert_eq!(
        opened(99),
        [
            told(0, "segment('RICH')"),
            told(1, "aum >= 1000000"),
            told(1, "segment('YOUNG', 1)"),
            told(2, "age < 30"),
            told(0, "payroll"),
        ]
    );
    assert_eq!(opened(0), [told(0, "segment('RICH')"), told(0, "payroll")]);
}

#[test]
fn segments_cannot_grow_a_rule_without_end() {
    // Each names the one before twice: two to the power of sixty rules.
    let doubling: Vec<SegmentWord> = (0..60)
        .map(|i| {
            let rule = match i {
                0 => "housing".to_owned(),
                i => format!("segment('S{}') or payroll and segment('S{0}')", i - 1),
            };
            segment(&format!("S{i}"), 1, "S", &rule)
        })
        .collect();
    let vocabulary = with(doubling);
    assert!(matches!(reason("segment('S59')", &vocabulary), Reason::SegmentsTooDeep));
    assert!(matches!(reason("segment('S30')", &vocabulary), Reason::SegmentsTooLong { .. }));
    assert!(Rule::parse("segment('S5')", &vocabulary).is_ok());
    let deep = format!("{}housing{}", "(payroll or ".repeat(45), ")".repeat(45));
    let vocabulary = with(vec![segment("D", 1, "D", &deep)]);
    assert!(Rule::parse("not (payroll and segment('D'))", &vocabulary).is_ok());
    let nested = format!("{}segment('D'){}", "not (payroll and ".repeat(5), ")".repeat(5));
    assert!(matches!(reason(&nested, &vocabulary), Reason::SegmentsTooDeep));
}

#[test]
fn a_relation_does_not_come_back_through_a_segment() {
    let vocabulary = with(vec![segment("F", 1, "F", "related('family', housing)")]);
    assert!(Rule::parse("segment('F')", &vocabulary).is_ok());
    assert_eq!(reason("related('family', segment('F'))", &vocabulary), Reason::NestedRelation);
}

#[test]
fn rules_on_events_and_on_versions_that_may_move_are_told_apart() {
    for (text, events) in [
        ("events('login', interval '3 days') >= 2 or age > 30", true),
        ("not (last_event('login') < today - 60)", true),
        ("sum_events('transfer_out') / aum > 0.5", true),
        ("followed_by('login', 'transfer_out', interval '7 days')", true),
        ("change('aum', interval '30 days') < 0 and age > 30", false),
        ("related('family', events('login') > 0)", false),
    ] {
        assert_eq!(read(text).reads_events(), events, "{text}");
    }
    for (text, loose) in [
        ("segment('RICH', 1) and segment('YOUNG', 2)", None),
        ("not (age > 3 and segment('YOUNG'))", Some("YOUNG")),
        ("related('family', segment('RICH'))", Some("RICH")),
    ] {
        assert_eq!(read(text).loose_segment(), loose, "{text}");
    }
}

#[test]
fn a_kept_segment_that_is_empty_by_now_is_named_like_any_other() {
    // The threshold of the tier has moved since it was kept.
    let rule = "tier = 'gold' and aum < 100";
    let words = with(vec![segment("SG-TH", 1, "th", rule)]);
    for text in [
        "segment('SG-TH')",
        "segment('SG-TH', 1)",
        "segment('SG-TH') or payroll",
        "payroll and segment('SG-TH')",
    ] {
        assert!(Rule::parse(text, &words).is_ok(), "{text}");
    }
    assert!(Rule::parse_kept(rule, &words, Some("SG-TH")).is_ok());
    // What is typed is still judged.
    for text in [rule, "segment('SG-TH') and not segment('SG-TH')"] {
        assert!(Rule::parse(text, &words).is_err_and(|error| error.reason.is_nobody()), "{text}");
    }
}
