//! What people call the codes that most banks have and the catalogues know: kinds of events, asset classes, channels,
//! relations. The import brings these as codes alone; any other code stands for itself.

use super::called::Called;
use super::expected::Word;
use crate::domain::message::Key;
use crate::msg;

const EVENTS: [(&str, Key); 8] = [
    ("salary_in", msg!("console.event.salary-in")),
    ("transfer_out", msg!("console.event.transfer-out")),
    ("transfer_in", msg!("console.event.transfer-in")),
    ("purchase", msg!("console.event.purchase")),
    ("redeem", msg!("console.event.redeem")),
    ("login", msg!("console.event.login")),
    ("card_spend", msg!("console.event.card-spend")),
    ("complaint", msg!("console.event.complaint")),
];

const CLASSES: [(&str, Key); 4] = [
    ("cash", msg!("console.class.cash")),
    ("fixed", msg!("console.class.fixed")),
    ("equity", msg!("console.class.equity")),
    ("insurance", msg!("console.class.insurance")),
];

const CHANNELS: [(&str, Key); 5] = [
    ("sms", msg!("strategy.channel.sms")),
    ("app", msg!("strategy.channel.app")),
    ("wecom", msg!("strategy.channel.wecom")),
    ("phone", msg!("rule.channel.phone")),
    ("email", msg!("rule.channel.email")),
];

const RELATIONS: [(&str, Key); 3] = [
    ("family", msg!("rule.relation.family")),
    ("employer", msg!("rule.relation.employer")),
    ("referrer", msg!("rule.relation.referrer")),
];

fn table(what: Word) -> &'static [(&'static str, Key)] {
    match what {
        Word::Event => &EVENTS,
        Word::Class | Word::Product => &CLASSES,
        Word::Channel => &CHANNELS,
        Word::Relation => &RELATIONS,
        Word::Segment | Word::List | Word::Strategy | Word::Snapshot => &[],
    }
}

/// What people call a code of that sort, by nothing but the code if no catalogue knows it.
#[must_use]
pub fn known_called(what: Word, code: &str) -> Called {
    let found = table(what).iter().find(|(known, _)| *known == code);
    found.map_or(Called::Nothing, |(_, key)| Called::Key(*key))
}

/// Every word of the catalogues for such codes, by which lists find them.
pub fn known_keys() -> impl Iterator<Item = Key> {
    let all = [Word::Event, Word::Class, Word::Channel, Word::Relation];
    all.into_iter().flat_map(table).map(|(_, key)| *key)
}
