//! A customer of a segment as an example: what the placeholders of a script are filled with, masked as on his card.

use super::script;
use crate::domain::customer::{CustomerCard, Held};
use crate::domain::id::CustomerId;
use crate::domain::message::Arg;
use crate::domain::money::Currency;
use crate::msg;

/// What one customer fills placeholders with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Who.
    pub customer: CustomerId,
    values: Vec<(String, Arg)>,
}

impl Sample {
    /// Of a card: what is not known of him is not there.
    #[must_use]
    pub fn of(card: &CustomerCard, currency: Currency) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(Arg::from);
        let tier = card.tier.as_ref();
        let own = script::OWN.into_iter().filter_map(|name| {
            let value = match name {
                "name" => text(&card.name),
                "rm" => text(&card.rm_name),
                "org" => Some(card.org_name.as_str().into()),
                "tier" => tier.map(|t| Arg::Label { zh: t.zh.clone(), en: t.en.clone() }),
                "aum" => card.aum.map(|aum| Arg::Money(aum, currency)),
                "age" => card.age.map(Arg::from),
                "gender" => text(&card.gender),
                _ => card.opened_on.map(Arg::from),
            };
            Some((name.to_owned(), value?))
        });
        let attributes = card.attributes.iter().filter_map(|attribute| {
            let value = match attribute.value.as_ref()? {
                Held::Flag(true) => msg!("strategy.script.yes").into(),
                Held::Flag(false) => msg!("strategy.script.no").into(),
                Held::Number(text) | Held::Text(text) => text.as_str().into(),
                Held::Money(amount) => Arg::Money(*amount, currency),
                Held::Date(day) => (*day).into(),
            };
            Some((attribute.code.clone(), value))
        });
        Self { customer: card.customer, values: own.chain(attributes).collect() }
    }

    /// The same, and who speaks with him is the one of this name; nobody if there is none.
    #[must_use]
    pub fn of_rm(mut self, name: Option<&str>) -> Self {
        self.values.retain(|(code, _)| code != "rm");
        self.values.extend(name.map(|name| ("rm".to_owned(), name.into())));
        self
    }

    /// What fills this placeholder.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Arg> {
        self.values.iter().find(|(code, _)| code == name).map(|(_, value)| value)
    }
}
