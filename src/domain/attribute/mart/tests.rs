use super::*;
use crate::domain::attribute::{AttributeType, RelationName};

fn attribute(code: &str, relation: &str, day: Option<&str>) -> Attribute {
    Attribute {
        code: code.to_owned(),
        kind: AttributeType::Flag,
        zh: String::new(),
        en: String::new(),
        relation: match relation.split_once('.') {
            Some((schema, name)) => {
                RelationName { schema: schema.to_owned(), name: name.to_owned() }
            }
            None => RelationName::own(relation),
        },
        column: code.to_owned(),
        mart_day: day.map(|day| day.parse().unwrap()),
    }
}

#[test]
fn each_mart_is_told_once_for_each_day_and_what_imports_fill_never() {
    let all = [
        attribute("vip", "mart.tags", Some("2026-11-18")),
        attribute("score", "attr_1", None),
        attribute("grade", "mart.tags", Some("2026-11-18")),
        attribute("vip", "mart.tags", Some("2026-11-18")),
        attribute("seen", "mart.logins", None),
    ];
    let told = serde_json::to_string(&MartDay::of(&all)).unwrap();
    assert_eq!(
        told,
        r#"[{"relation":"mart.logins","attributes":["seen"],"at":null},{"relation":"mart.tags","attributes":["vip","grade"],"at":"2026-11-18"}]"#
    );
}

#[test]
fn a_mart_of_several_days_is_told_in_one_sentence() {
    use crate::text::{Lang, render};
    let all = [
        attribute("vip", "mart.tags", Some("2026-11-18")),
        attribute("seen", "mart.logins", Some("2026-11-20")),
        attribute("grade", "mart.tags", None),
        attribute("level", "mart.tags", Some("2026-11-17")),
    ];
    let said = MartDay::said(&MartDay::of(&all));
    let said = |lang| said.iter().map(|one| render(one, lang)).collect::<Vec<_>>();
    assert_eq!(
        said(Lang::En),
        [
            "mart.logins (seen) is of 2026-11-20, by its own word",
            "mart.tags, by its own word: grade of no day that it says; level of 2026-11-17; vip of 2026-11-18",
        ]
    );
    assert_eq!(
        said(Lang::ZhCn)[1],
        "mart.tags（集市自报）：grade 未说明数据日期；level 数据日期为 2026-11-17；vip 数据日期为 2026-11-18"
    );
}

#[test]
fn who_cannot_be_read_is_named_with_place_and_reason() {
    let unread = Unread {
        attribute: attribute("vip", "mart.tags", None),
        fault: MapFault::NoColumn("vip".to_owned()),
    };
    assert_eq!(
        serde_json::to_string(&unread).unwrap(),
        r#"{"attribute":"vip","relation":"mart.tags","reason":"column"}"#
    );
}
