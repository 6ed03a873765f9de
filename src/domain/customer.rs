//! One customer as a card shows him: masked, one at a time.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};

use super::attribute::{AttributeType, Unread};
use super::bank::Tier;
use super::decimal::Exact;
use super::id::{CustomerId, PushId, SnapshotId};
use super::money::Minor;
use super::rule::Called;
use super::segment::now::SegmentsNow;

/// A fact as it stands in the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A flag.
    Flag(bool),
    /// A number that is not money, as the database writes it.
    Number(String),
    /// An amount.
    Money(Minor),
    /// A day.
    Date(NaiveDate),
    /// A category's value or a code, clean.
    Text(String),
}

impl Held {
    /// Reads what the database writes for a value of this type; what does not read so stays text.
    #[must_use]
    pub fn read(kind: AttributeType, text: &str) -> Self {
        let read = match kind {
            AttributeType::Flag => match text {
                "true" | "t" => Some(Self::Flag(true)),
                "false" | "f" => Some(Self::Flag(false)),
                _ => None,
            },
            AttributeType::Number => Some(Self::Number(text.to_owned())),
            AttributeType::Money => text.parse().ok().map(|amount| Self::Money(Minor(amount))),
            AttributeType::Date => text.parse().ok().map(Self::Date),
            AttributeType::Category => None,
        };
        read.unwrap_or_else(|| Self::Text(super::clean::clean(text).into_owned()))
    }
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(value) => serializer.serialize_bool(*value),
            Self::Number(text) => Exact(text).serialize(serializer),
            Self::Money(amount) => serializer.serialize_i64(amount.0),
            Self::Date(day) => day.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// Everything that Baton shows of one customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomerCard {
    /// The bank's number of him.
    pub customer: CustomerId,
    /// `王**`
    pub name: Option<String>,
    /// `138****5678`
    pub phone: Option<String>,
    /// His unit's code.
    pub org: String,
    /// His unit's name.
    pub org_name: String,
    /// His relationship manager's code.
    pub rm: Option<String>,
    /// His relationship manager's name.
    pub rm_name: Option<String>,
    /// Full years on the bank's day.
    pub age: Option<i32>,
    /// F or M.
    pub gender: Option<String>,
    /// When he came.
    pub opened_on: Option<NaiveDate>,
    /// When he was closed, if he is.
    pub closed_on: Option<NaiveDate>,
    /// Wants no contact.
    pub no_contact: Option<bool>,
    /// Assets under management.
    pub aum: Option<Minor>,
    /// The bank's day.
    pub as_of: NaiveDate,
    /// His tier and the next; none without AUM.
    pub tier: Option<TierStand>,
    /// His holdings by class against the target of his tier, the widest gap first.
    pub mix: Vec<MixRow>,
    /// His holdings by product on the bank's day, the largest first.
    pub holdings: Vec<HoldingRow>,
    /// His attributes, by code; those of which nothing is known, too.
    pub attributes: Vec<AttributeRow>,
    /// Attributes of the bank's own marts that cannot be read now, and so are not among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// What happened, latest first.
    pub timeline: Vec<TimelineRow>,
    /// Pushes he was on the list of, latest first.
    pub contacts: Vec<ContactRow>,
    /// Dynamic segments that he is in on the bank's day; none where they were not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<SegmentsNow>,
    /// Snapshots that hold him, latest first.
    pub snapshots: Vec<SnapshotHit>,
    /// Uploaded lists that hold him, latest first.
    pub lists: Vec<ListHit>,
    /// Customers he is related to.
    pub relations: Vec<RelationRow>,
}

/// Where somebody stands among the tiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TierStand {
    /// The tier.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// The tier above, and what is missing to it; none in the highest.
    pub next: Option<NextTier>,
}

/// What is missing to the next tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextTier {
    /// The tier above.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Where it begins.
    pub from: Minor,
    /// How much less one has.
    pub missing: Minor,
}

impl TierStand {
    /// Where `aum` stands among `tiers`, lowest first; the lowest has no lower bound.
    #[must_use]
    pub fn of(aum: Minor, tiers: &[Tier]) -> Option<Self> {
        let reached = |tier: &Tier| tier.from.is_none_or(|from| from <= aum);
        let at = tiers.iter().rposition(reached).unwrap_or(0);
        let tier = tiers.get(at)?;
        let next = tiers.get(at + 1).and_then(|next| {
            let from = next.from?;
            let missing = Minor(from.0.saturating_sub(aum.0));
            let (code, zh, en) = (next.code.clone(), next.zh.clone(), next.en.clone());
            Some(NextTier { code, zh, en, from, missing })
        });
        Some(Self { code: tier.code.clone(), zh: tier.zh.clone(), en: tier.en.clone(), next })
    }
}

/// One class of assets: what is held and what the tier should hold. Shares are millionths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MixRow {
    /// The class.
    pub class: String,
    /// What is held of it.
    pub amount: Minor,
    /// Its share of all holdings; none where their sum is not positive.
    pub share_ppm: Option<i64>,
    /// The share that the tier's target gives it; none without a target.
    pub target_ppm: Option<i64>,
}

impl MixRow {
    /// What is held above the target (below it, if negative), in millionths.
    #[must_use]
    pub fn drift_ppm(&self) -> Option<i64> {
        Some(self.share_ppm? - self.target_ppm?)
    }
}

/// What is held of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HoldingRow {
    /// The product's code.
    pub product: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Its class.
    pub class: Option<String>,
    /// How much.
    pub amount: Minor,
    /// The day of the record.
    pub day: NaiveDate,
}

/// One attribute and how fresh it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttributeRow {
    /// Its code.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What kind of fact it is.
    pub kind: AttributeType,
    /// What a number counts, as the dictionary says it.
    pub unit: Option<String>,
    /// The value; none where nothing is known.
    pub value: Option<Held>,
    /// What people call it.
    #[serde(skip)]
    pub called: Called,
    /// The as-of date of the load that last brought it.
    pub refreshed_on: Option<NaiveDate>,
}

impl AttributeRow {
    /// Its names with the unit of its numbers, Chinese and English.
    #[must_use]
    pub fn labels(&self) -> (String, String) {
        in_units(&self.zh, &self.en, self.kind, self.unit.as_deref())
    }
}

/// The names of an attribute, Chinese and English, with the unit of its numbers behind; amounts are in the bank's money.
#[must_use]
pub fn in_units(zh: &str, en: &str, kind: AttributeType, unit: Option<&str>) -> (String, String) {
    match unit {
        Some(unit) if kind == AttributeType::Number => {
            (format!("{zh}（{unit}）"), format!("{en} ({unit})"))
        }
        _ => (zh.to_owned(), en.to_owned()),
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineRow {
    /// When.
    pub at: DateTime<Utc>,
    /// The kind of event, as the bank calls it.
    pub kind: String,
    /// How much.
    pub amount: Option<Minor>,
    /// What else the source says.
    pub detail: Option<String>,
}

/// A push that had him on its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactRow {
    /// The push.
    pub push: PushId,
    /// Its strategy.
    pub strategy: String,
    /// The strategy's version.
    pub version: i32,
    /// The bank's day of the push.
    pub as_of: NaiveDate,
    /// The last day of its orders.
    pub deadline: NaiveDate,
    /// Whether the strategy is live for him: he is in an arm, and the deadline has not passed.
    pub live: bool,
    /// `treated` or `control`; none where he was blocked.
    pub arm: Option<String>,
    /// Why he was blocked, if he was.
    pub blocked: Option<String>,
    /// The latest outcome of his task.
    pub outcome: Option<String>,
    /// When that was.
    pub outcome_at: Option<DateTime<Utc>>,
    /// Its amount.
    pub outcome_amount: Option<Minor>,
}

/// A snapshot that holds him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SnapshotHit {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// Its segment.
    pub segment: String,
    /// The segment's version.
    pub version: i32,
    /// The day it was taken for.
    pub as_of: NaiveDate,
}

/// An uploaded list that holds him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListHit {
    /// The list.
    pub code: String,
    /// Which of its uploads.
    pub upload: i32,
    /// The bank's day of the upload.
    pub as_of: NaiveDate,
}

/// Somebody he is related to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelationRow {
    /// How.
    pub kind: String,
    /// To whom.
    pub other: CustomerId,
    /// The other's unit.
    pub org: Option<String>,
    /// Whether the other is closed.
    pub closed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(code: &str, from: Option<i64>) -> Tier {
        Tier { code: code.into(), zh: code.into(), en: code.into(), from: from.map(Minor) }
    }

    #[test]
    fn what_is_missing_is_counted_to_the_next_tier() {
        let tiers = [tier("basic", None), tier("gold", Some(500)), tier("private", Some(6000))];
        let stand = |aum: i64| {
            let stand = TierStand::of(Minor(aum), &tiers).unwrap();
            (stand.code, stand.next.map(|next| (next.code, next.missing.0)))
        };
        assert_eq!(stand(-5), ("basic".into(), Some(("gold".into(), 505))));
        assert_eq!(stand(499), ("basic".into(), Some(("gold".into(), 1))));
        assert_eq!(stand(500), ("gold".into(), Some(("private".into(), 5500))));
        assert_eq!(stand(6000), ("private".into(), None));
        assert_eq!(TierStand::of(Minor(1), &[]), None);
    }

    #[test]
    fn a_value_is_read_by_its_type_and_kept_if_it_does_not_read() {
        assert_eq!(Held::read(AttributeType::Flag, "true"), Held::Flag(true));
        assert_eq!(Held::read(AttributeType::Money, "1250"), Held::Money(Minor(1250)));
        assert_eq!(Held::read(AttributeType::Date, "x\u{202e}"), Held::Text("x<U+202E>".into()));
        let json = |held: Held| serde_json::to_string(&held).unwrap();
        assert_eq!(json(Held::read(AttributeType::Number, "7")), "7");
        assert_eq!(json(Held::read(AttributeType::Number, "7.5")), "7.5");
        assert_eq!(json(Held::read(AttributeType::Date, "2026-11-20")), "\"2026-11-20\"");
    }

    #[test]
    fn drift_is_what_is_held_above_the_target() {
        let row = |share_ppm, target_ppm| MixRow {
            class: "equity".into(),
            amount: Minor(1),
            share_ppm,
            target_ppm,
        };
        assert_eq!(row(Some(300_000), Some(200_000)).drift_ppm(), Some(100_000));
        assert_eq!(row(None, Some(1)).drift_ppm(), None);
    }
}
