//! What people call what rules name: by a word of the catalogue, by the bank's own words, or by nothing but the code.

use super::column::Column;
use super::print;
use crate::domain::message::{Arg, Key, Message};
use crate::msg;

/// What people call something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// By a word of the catalogue.
    Key(Key),
    /// By the bank's own words, Chinese and English, clean.
    Names(String, String),
    /// By a sentence with a figure in it: `30 days`.
    Said(Message),
    /// By nothing but its code.
    Nothing,
}

impl Called {
    /// The same where a sentence has a place for it; none if there is no word but the code.
    #[must_use]
    pub fn arg(&self) -> Option<Arg> {
        match self {
            Self::Key(key) => Some(Arg::from(*key)),
            Self::Names(zh, en) if zh == en => Some(Arg::Text(zh.clone())),
            Self::Names(zh, en) => Some(Arg::Label { zh: zh.clone(), en: en.clone() }),
            Self::Said(said) => Some(Arg::Message(said.clone())),
            Self::Nothing => None,
        }
    }

    /// The same behind the code, as lists and tables show a value: `C1 保守型`.
    #[must_use]
    pub fn behind(&self, code: &str) -> Arg {
        let both =
            |name: &str| if name == code { name.to_owned() } else { format!("{code} {name}") };
        match self {
            Self::Key(key) => {
                Message::new(msg!("rule.valued")).with("code", code).with("label", *key).into()
            }
            Self::Names(zh, en) => Arg::Label { zh: both(zh), en: both(en) },
            Self::Said(said) => Message::new(msg!("rule.valued"))
                .with("code", code)
                .with("label", said.clone())
                .into(),
            Self::Nothing => code.into(),
        }
    }
}

impl Column {
    /// The customer's own columns that rules may name.
    pub const FIXED: [Self; 9] = [
        Self::Aum,
        Self::Age,
        Self::Tier,
        Self::Org,
        Self::Gender,
        Self::OpenedOn,
        Self::BirthDate,
        Self::Rm,
        Self::NoContact,
    ];

    /// What people call the column or attribute of this code, which the dictionary calls by `names` (Chinese, English): those
    /// that every customer has are called in the words of the catalogue.
    #[must_use]
    pub fn called_by(code: &str, (zh, en): (&str, &str)) -> Called {
        match Self::FIXED.iter().find(|column| column.code() == code) {
            Some(column) => column.called(),
            None => Called::Names(zh.to_owned(), en.to_owned()),
        }
    }

    /// The name as rules write it.
    #[must_use]
    pub fn written(&self) -> String {
        print::name(self.code())
    }

    /// What people call it.
    #[must_use]
    pub fn called(&self) -> Called {
        Called::Key(match self {
            Self::CustomerId => msg!("rule.name.customer_id"),
            Self::Org => msg!("rule.name.org"),
            Self::Rm => msg!("rule.name.rm"),
            Self::OpenedOn => msg!("rule.name.opened_on"),
            Self::BirthDate => msg!("rule.name.birth_date"),
            Self::Gender => msg!("rule.name.gender"),
            Self::Aum => msg!("rule.name.aum"),
            Self::NoContact => msg!("rule.name.no_contact"),
            Self::Age => msg!("rule.name.age"),
            Self::Tier => msg!("rule.name.tier"),
            Self::Attribute(a) => return Called::Names(a.zh.clone(), a.en.clone()),
        })
    }
}

/// The fixed names with what people call them: words to be found by, not to be shown.
pub(super) const FIXED: [(&str, Key, &[&str]); 9] = [
    ("org", msg!("rule.name.org"), &["机构", "网点", "支行", "unit", "branch"]),
    ("rm", msg!("rule.name.rm"), &["客户经理", "经理", "manager"]),
    ("opened_on", msg!("rule.name.opened_on"), &["开户日期", "开户日", "opened", "opening date"]),
    ("birth_date", msg!("rule.name.birth_date"), &["出生日期", "生日", "birthday", "birth"]),
    ("gender", msg!("rule.name.gender"), &["性别", "sex"]),
    ("aum", msg!("rule.name.aum"), &["资产", "资产规模", "管理资产", "assets", "balance"]),
    ("no_contact", msg!("rule.name.no_contact"), &["拒绝联系", "免打扰", "do not contact"]),
    ("age", msg!("rule.name.age"), &["年龄", "岁数", "周岁", "years"]),
    ("tier", msg!("rule.name.tier"), &["层级", "等级", "级别", "level"]),
];
