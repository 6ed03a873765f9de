//! Rules against a small bank: what is read, what is refused, what is printed and compiled.

mod bound;
mod choosing;
mod compiling;
mod completing;
mod drafting;
mod editing;
mod functions;
mod guesses;
mod hostile;
mod judging;
mod nobody;
mod nonsense;
mod properties;
mod reading;
mod refusing;
mod segments;
mod together;
mod trees;

use chrono::NaiveDate;

use super::{
    EventWord, ListWord, Number, ProductWord, Rule, SegmentWord, SnapshotWord, StrategyWord,
    TargetWord, Vocabulary, Words,
};
use crate::domain::attribute::{Attribute, AttributeType, RelationName};
use crate::domain::bank::{Bank, OrgUnit, Tier};
use crate::domain::id::{OrgId, StaffId};
use crate::domain::money::{Currency, Minor};

pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn tier(code: &str, zh: &str, en: &str, from: Option<i64>) -> Tier {
    Tier { code: code.into(), zh: zh.into(), en: en.into(), from: from.map(|f| Minor(f * 100)) }
}

fn unit(id: i32, code: &str, name: &str, parent: Option<i32>, depth: usize) -> OrgUnit {
    let (code, name, kind) = (code.into(), name.into(), "branch".into());
    OrgUnit { id: OrgId(id), code, name, kind, class: None, parent: parent.map(OrgId), depth }
}

/// One attribute of each type, names that need quotes, a Chinese name, two relations.
pub(super) fn bank() -> Vocabulary {
    use AttributeType::{Category, Date, Flag, Money, Number};
    let attributes = [
        ("housing", Flag, "房贷", "Housing loan", "attr_1"),
        ("payroll", Flag, "代发工资", "Payroll", "attr_1"),
        ("job", Category, "职业", "Job", "attr_1"),
        ("风险等级", Category, "风险等级", "Risk grade", "attr_2"),
        ("score", Number, "评分", "Score", "attr_2"),
        ("loan_balance", Money, "贷款余额", "Loan balance", "attr_2"),
        ("last_visit", Date, "最近到店", "Last visit", "attr_2"),
        ("VIP", Flag, "贵宾", "VIP", "attr_1"),
        ("year 2025", Flag, "二五年", "Year 2025", "attr_1"),
        ("in", Flag, "在行", "In house", "attr_1"),
        ("say \"hi\"", Flag, "招呼", "Greeting", "attr_1"),
    ];
    let attributes = attributes.map(|(code, kind, zh, en, relation)| Attribute {
        code: code.into(),
        kind,
        zh: zh.into(),
        en: en.into(),
        relation: RelationName::own(relation),
        column: format!("col_{}", code.replace(' ', "_")),
        mart_day: None,
    });
    let values = [
        ("job", "student"),
        ("job", "teacher"),
        ("job", "it's complicated"),
        ("风险等级", "保守型"),
        ("风险等级", "进取型"),
    ];
    let tiers = vec![
        tier("gold", "财富", "Wealth", Some(500_000)),
        tier("basic", "基础", "Basic", None),
        tier("mass", "大众", "Mass", Some(50_000)),
        tier("private", "私行", "Private", Some(6_000_000)),
    ];
    let units = vec![
        unit(1, "HQ", "总行", None, 0),
        unit(2, "B03", "南城分行", Some(1), 1),
        unit(5, "S031", "南城一支行", Some(2), 2),
        unit(4, "S032", "新港支行", Some(2), 2),
        unit(3, "B04", "北城分行", Some(1), 1),
    ];
    Vocabulary::new(
        Bank {
            name: "江海银行".into(),
            as_of: day(2026, 11, 20),
            currency: Currency::from_code("CNY").unwrap(),
            timezone: chrono_tz::Asia::Shanghai,
        },
        tiers,
        units,
        attributes.to_vec(),
        values.map(|(a, v)| (a.to_owned(), v.to_owned())),
    )
    .with_staff([("M001".to_owned(), StaffId(7)), ("M002".to_owned(), StaffId(9))])
    .with_words(words())
}

/// Two of each kind, with names in Chinese and in English.
fn words() -> Words {
    let product = |code: &str, id, zh: &str, en: &str, class: &str| ProductWord {
        code: code.into(),
        id,
        zh: zh.into(),
        en: en.into(),
        class: Some(class.into()),
    };
    let target = |tier: &str, class: &str, share| TargetWord {
        tier: tier.into(),
        class: class.into(),
        share: Number::parse(share).unwrap(),
    };
    Words {
        events: vec![
            EventWord { code: "transfer_out".into(), id: 2 },
            EventWord { code: "login".into(), id: 1 },
            EventWord { code: "工资入账".into(), id: 3 },
        ],
        products: vec![
            product("fund", 4, "基金", "Funds", "equity"),
            product("deposit", 5, "存款", "Deposits", "cash"),
            product("stock", 6, "股票", "Stocks", "equity"),
        ],
        targets: vec![target("gold", "equity", "0.3"), target("private", "equity", "0.45")],
        channels: vec!["sms".into(), "phone".into()],
        relations: vec!["family".into(), "employer".into()],
        segments: vec![
            segment("YOUNG", 1, "年轻", "age < 30"),
            segment("YOUNG", 2, "年轻客户", "age < 35"),
            segment("RICH", 1, "富裕", "aum >= 1000000 and not segment('YOUNG', 1)"),
        ],
        lists: vec![
            ListWord { code: "VIP24".into(), upload: 3 },
            ListWord { code: "VIP24".into(), upload: 1 },
        ],
        strategies: vec![StrategyWord { code: "KEEP".into(), name: "流失挽回".into() }],
        snapshots: vec![SnapshotWord { id: 17, segment: "YOUNG".into() }],
    }
}

pub(super) fn segment(code: &str, version: i32, name: &str, rule: &str) -> SegmentWord {
    SegmentWord { code: code.into(), version, name: name.into(), rule: rule.into() }
}

pub(super) fn read(text: &str) -> Rule {
    Rule::parse(text, &bank()).unwrap_or_else(|e| panic!("{text}: {e}"))
}
