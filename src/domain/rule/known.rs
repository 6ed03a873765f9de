//! What people call the codes that most banks have and the catalogues know: kinds of events, asset classes, channels,
//! relations. The import brings these as codes alone; any other code stands for itself.

use super::called::Called;
use super::expected::Word;
use crate::domain::message::Key;
use crate::msg;

/// A code, what the catalogue calls it, and the words that it is found by: those of both catalogues, and others that people
/// use for it.
type Known = (&'static str, Key, &'static [&'static str]);

const EVENTS: [Known; 8] = [
    ("salary_in", msg!("console.event.salary-in"), &["工资入账", "代发", "发薪", "salary in"]),
    ("transfer_out", msg!("console.event.transfer-out"), &["转出", "汇出", "transfer out"]),
    ("transfer_in", msg!("console.event.transfer-in"), &["转入", "汇入", "transfer in"]),
    ("purchase", msg!("console.event.purchase"), &["申购", "购买", "买入", "purchase", "buy"]),
    ("redeem", msg!("console.event.redeem"), &["赎回", "卖出", "redemption", "sell"]),
    ("login", msg!("console.event.login"), &["登录", "登陆", "log-in"]),
    ("card_spend", msg!("console.event.card-spend"), &["刷卡消费", "消费", "card spend"]),
    ("complaint", msg!("console.event.complaint"), &["投诉", "complaint"]),
];

const CLASSES: [Known; 4] = [
    ("cash", msg!("console.class.cash"), &["现金类", "现金", "cash"]),
    (
        "fixed",
        msg!("console.class.fixed"),
        &["固收类", "固定收益", "债券", "fixed income", "bonds"],
    ),
    ("equity", msg!("console.class.equity"), &["权益类", "股票", "equity", "stocks"]),
    ("insurance", msg!("console.class.insurance"), &["保险类", "保障类", "insurance"]),
];

const CHANNELS: [Known; 6] = [
    ("sms", msg!("strategy.channel.sms"), &["短信", "sms", "text message"]),
    ("app", msg!("strategy.channel.app"), &["手机银行", "应用", "app"]),
    ("wecom", msg!("strategy.channel.wecom"), &["企业微信", "微信", "企微", "wecom", "wechat"]),
    ("phone", msg!("rule.channel.phone"), &["电话", "phone", "call"]),
    ("email", msg!("rule.channel.email"), &["电子邮件", "邮件", "邮箱", "e-mail"]),
    ("visit", msg!("strategy.channel.rm-visit"), &["面访", "上门", "拜访", "visit"]),
];

const RELATIONS: [Known; 3] = [
    ("family", msg!("rule.relation.family"), &["家庭成员", "家庭", "家人", "亲属", "family"]),
    ("employer", msg!("rule.relation.employer"), &["雇主", "单位", "公司", "employer", "company"]),
    ("referrer", msg!("rule.relation.referrer"), &["推荐人", "介绍人", "referrer"]),
];

const GENDERS: [Known; 2] = [
    ("F", msg!("rule.value.female"), &["女", "女性", "女士", "female", "woman"]),
    ("M", msg!("rule.value.male"), &["男", "男性", "先生", "male", "man"]),
];

fn table(what: Word) -> &'static [Known] {
    match what {
        Word::Event => &EVENTS,
        Word::Class | Word::Product => &CLASSES,
        Word::Channel => &CHANNELS,
        Word::Relation => &RELATIONS,
        Word::Segment | Word::List | Word::Strategy | Word::Snapshot => &[],
    }
}

fn found(all: &'static [Known], code: &str) -> Option<&'static Known> {
    all.iter().find(|(known, ..)| *known == code)
}

/// What people call a code of that sort, by nothing but the code if no catalogue knows it.
#[must_use]
pub fn known_called(what: Word, code: &str) -> Called {
    found(table(what), code).map_or(Called::Nothing, |(_, key, _)| Called::Key(*key))
}

/// The words that a code of that sort is found by, besides its own.
pub(super) fn known_words(what: Word, code: &str) -> &'static [&'static str] {
    found(table(what), code).map_or(&[], |(.., words)| words)
}

/// What people call a gender, and the words that it is found by.
pub(super) fn gender(code: &str) -> (Called, &'static [&'static str]) {
    found(&GENDERS, code)
        .map_or((Called::Nothing, &[]), |(_, key, words)| (Called::Key(*key), words))
}

/// What people call a family of products by a word that may stand in none of their names, and how codes of such products begin.
const FAMILIES: [(&[&str], &[&str]); 3] = [
    (&["理财", "wealth", "wmp"], &["wmp", "wealth", "licai"]),
    (&["基金", "fund"], &["fund", "mutual"]),
    (&["保险", "insurance"], &["insurance", "annuity", "policy"]),
];

/// Whether `wanted` names a family of products, and this code is of it.
pub(super) fn is_of_family(wanted: &str, code: &str) -> bool {
    let named = |words: &[&str]| words.iter().any(|word| wanted.contains(word));
    let code = code.to_lowercase();
    let of = |stems: &[&str]| {
        code.split(['_', '-', '.']).any(|part| stems.iter().any(|stem| part.starts_with(stem)))
    };
    FAMILIES.iter().any(|(words, stems)| named(words) && of(stems))
}

/// Every word of the catalogues for such codes, by which lists find them.
pub fn known_keys() -> impl Iterator<Item = Key> {
    let all = [Word::Event, Word::Class, Word::Channel, Word::Relation];
    all.into_iter().flat_map(table).chain(&GENDERS).map(|(_, key, _)| *key)
}

#[cfg(test)]
mod tests;
