//! What an answer says of the bank's own marts that it reads: how fresh each is, and which cannot be read.

use chrono::NaiveDate;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::{Attribute, MapFault};
use crate::domain::message::Message;
use crate::msg;

/// A mart that an answer reads, and the day that it gives itself: the bank's day is that of the last load, a mart's is
/// its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MartDay {
    /// The table or view.
    pub relation: String,
    /// The attributes that the answer reads there, by code.
    pub attributes: Vec<String>,
    /// The day of its values when it was read, or as it was measured last; none where nobody says.
    pub at: Option<NaiveDate>,
}

impl MartDay {
    /// The marts among these attributes, in the order of their names.
    #[must_use]
    pub fn of<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> Vec<Self> {
        let marts = attributes.into_iter().filter(|one| !one.relation.is_own());
        Self::merged(marts.map(|one| Self {
            relation: one.relation.to_string(),
            attributes: vec![one.code.clone()],
            at: one.mart_day,
        }))
    }

    /// The same with these days in the place of what the dictionary has; an attribute that is not among them keeps that.
    #[must_use]
    pub fn told(marts: Vec<Self>, days: &[(String, Option<NaiveDate>)]) -> Vec<Self> {
        let apart = marts.into_iter().flat_map(|mart| {
            let Self { relation, attributes, at } = mart;
            attributes.into_iter().map(move |code| {
                let told = days.iter().find(|(known, _)| *known == code);
                let at = told.map_or(at, |(_, day)| *day);
                Self { relation: relation.clone(), attributes: vec![code], at }
            })
        });
        Self::merged(apart)
    }

    /// Several answers' marts as one's: each once for each of its days.
    #[must_use]
    pub fn merged(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut marts: Vec<Self> = Vec::new();
        for one in all {
            match marts.iter_mut().find(|mart| mart.relation == one.relation && mart.at == one.at) {
                Some(mart) => {
                    for code in one.attributes {
                        if !mart.attributes.contains(&code) {
                            mart.attributes.push(code);
                        }
                    }
                }
                None => marts.push(one),
            }
        }
        marts.sort_by(|a, b| (&a.relation, a.at).cmp(&(&b.relation, b.at)));
        marts
    }

    /// The sentences beside an answer: one for each mart, whose attributes may be of several days.
    #[must_use]
    pub fn said(all: &[Self]) -> Vec<Message> {
        // Those of one mart stand together, as `merged` leaves them.
        all.chunk_by(|a, b| a.relation == b.relation)
            .filter_map(|days| match days {
                [one] => Some(one.message()),
                days => {
                    let parts = days.iter().map(|one| one.part(one.named()));
                    let parts = parts.reduce(|before, next| {
                        Message::new(msg!("attribute.mart-parts"))
                            .with("before", before)
                            .with("next", next)
                    })?;
                    let relation = days.first()?.relation.as_str();
                    Some(
                        Message::new(msg!("attribute.mart-days"))
                            .with("relation", relation)
                            .with("days", parts),
                    )
                }
            })
            .collect()
    }

    /// All of its attributes, and of which day they are.
    #[must_use]
    pub fn whole(&self) -> Message {
        self.part(self.attributes.join(", "))
    }

    /// The attributes of one day, and which that is.
    fn part(&self, named: String) -> Message {
        let part = match self.at {
            Some(day) => Message::new(msg!("attribute.mart-part")).with("day", day),
            None => msg!("attribute.mart-part-no-day").into(),
        };
        part.with("attributes", named)
    }

    /// The first of its attributes, and how many more there are.
    fn named(&self) -> String {
        match self.attributes.as_slice() {
            few if few.len() <= 3 => few.join(", "),
            [first, second, rest @ ..] => format!("{first}, {second} +{}", rest.len()),
            _ => String::new(),
        }
    }

    /// The sentence beside an answer.
    fn message(&self) -> Message {
        let told = match self.at {
            Some(day) => Message::new(msg!("attribute.mart-day")).with("day", day),
            None => msg!("attribute.mart-no-day").into(),
        };
        told.with("relation", self.relation.as_str()).with("attributes", self.named())
    }
}

/// An attribute that stands in the dictionary and cannot be read where it is said to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The attribute.
    pub attribute: Attribute,
    /// Why.
    pub fault: MapFault,
}

impl Unread {
    /// The sentence for the operator: which attribute, where it stands, and why.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new(msg!("attribute.not-read"))
            .with("code", self.attribute.code.as_str())
            .with("relation", self.attribute.relation.to_string())
            .with("why", self.fault.message(&self.attribute))
    }
}

impl Serialize for Unread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Unread", 3)?;
        fields.serialize_field("attribute", &self.attribute.code)?;
        fields.serialize_field("relation", &self.attribute.relation.to_string())?;
        fields.serialize_field("reason", self.fault.word())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests;
