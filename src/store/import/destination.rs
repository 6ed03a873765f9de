//! Where imported rows can go, and the columns of each place.

use crate::domain::attribute::{AttributeType, Class};

/// A target of an import: `into` of a manifest's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// Org units, the whole tree.
    OrgUnit,
    /// Staff.
    Staff,
    /// Customers with their attributes.
    Customer,
    /// Events of customers.
    Event,
    /// Products that customers may hold.
    Product,
    /// Balances of products, one for each day on which one changed.
    Holding,
    /// The mix of asset classes that a tier should hold.
    TierTarget,
    /// What channels a customer may be contacted by.
    Consent,
    /// Who of the customers knows whom.
    Relation,
    /// Where customers live.
    Location,
    /// Metrics.
    Metric,
    /// Values of metrics.
    MetricFact,
    /// Plans for metrics.
    Target,
    /// Results of tasks.
    Outcome,
}

/// What a fixed column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Any text.
    Text,
    /// A value of a category: what can be seen of the text; nothing is null.
    Category,
    /// A whole number of 64 bits.
    Integer,
    /// A whole number of 32 bits.
    SmallInteger,
    /// Money in major units, kept in minor units.
    Money,
    /// A decimal number.
    Number,
    /// A day.
    Date,
    /// A day of a customer's life: from 1850 to the day after that of the records.
    LifeDate,
    /// A moment; without offset in the bank's time zone.
    Moment,
    /// A moment of a day that has come, by the day of the records, the bank's or the server's, whichever is latest.
    PastMoment,
    /// True or false.
    Flag,
    /// `F` or `M`.
    Gender,
    /// hq, branch, subbranch or center.
    UnitKind,
    /// flow, stock or ratio.
    MetricKind,
    /// Code of an open org unit.
    Org,
    /// Code of a member of staff.
    Staff,
    /// Number of a known customer.
    Customer,
    /// Code of one of the bank's tiers.
    Tier,
    /// A part of one, with at most six decimals.
    Share,
    /// How much risk a product has, or a customer bears: 1 to 5.
    Risk,
    /// Degrees north of the equator.
    Latitude,
    /// Degrees east of Greenwich.
    Longitude,
    /// Code of a metric.
    Metric,
    /// Money if the row's metric is counted in money, else a whole number.
    MetricValue,
    /// The same, but of a quotient that is not counted in money a decimal number with at most six decimals.
    Plan,
    /// An outcome's word.
    Outcome,
}

/// One fixed column of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the manifest's result.
    pub name: &'static str,
    /// What it holds.
    pub kind: Type,
    /// Whether it must be there, with a value in each row.
    pub required: bool,
}

const fn must(name: &'static str, kind: Type) -> Column {
    Column { name, kind, required: true }
}

const fn may(name: &'static str, kind: Type) -> Column {
    Column { name, kind, required: false }
}

impl Destination {
    /// Every destination, in the order in which they are loaded: what is referred to comes first.
    pub const ALL: [Self; 14] = [
        Self::OrgUnit,
        Self::Staff,
        Self::Customer,
        Self::Event,
        Self::Product,
        Self::Holding,
        Self::TierTarget,
        Self::Consent,
        Self::Relation,
        Self::Location,
        Self::Metric,
        Self::MetricFact,
        Self::Target,
        Self::Outcome,
    ];

    /// The word used in manifests, answers and schema `load`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OrgUnit => "org_unit",
            Self::Staff => "staff",
            Self::Customer => "customer",
            Self::Event => "event",
            Self::Product => "product",
            Self::Holding => "holding",
            Self::TierTarget => "tier_target",
            Self::Consent => "consent",
            Self::Relation => "relation",
            Self::Location => "location",
            Self::Metric => "metric",
            Self::MetricFact => "metric_fact",
            Self::Target => "target",
            Self::Outcome => "outcome",
        }
    }

    /// The destination of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.code() == code)
    }

    /// Its fixed columns. A customer's other columns are attributes of the dictionary. A parent that is missing
    /// from `org_unit` is a mistake though a null one is not, see [`Self::must_be_there`].
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::OrgUnit => ORG_UNIT,
            Self::Staff => STAFF,
            Self::Customer => CUSTOMER,
            Self::Event => EVENT,
            Self::Product => PRODUCT,
            Self::Holding => HOLDING,
            Self::TierTarget => TIER_TARGET,
            Self::Consent => CONSENT,
            Self::Relation => RELATION,
            Self::Location => LOCATION,
            Self::Metric => METRIC,
            Self::MetricFact => METRIC_FACT,
            Self::Target => TARGET,
            Self::Outcome => OUTCOME,
        }
    }

    /// Its key's columns, for the reject file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::OrgUnit | Self::Staff | Self::Product | Self::Metric => "code",
            Self::Customer | Self::Location => "customer_id",
            Self::Event => "customer_id, at, kind, ref",
            Self::Holding => "customer_id, product, day",
            Self::TierTarget => "tier, class",
            Self::Consent => "customer_id, channel",
            Self::Relation => "customer_id, kind, other",
            Self::MetricFact => "metric, day, org",
            Self::Target => "metric, org, period",
            Self::Outcome => "push, customer_id, at, outcome",
        }
    }

    /// Whether its rows refer to customers who are there already.
    #[must_use]
    pub fn names_customers(self) -> bool {
        self.columns().iter().any(|column| column.kind == Type::Customer)
    }

    /// Whether the result of a load must have the column, even if its values may be null.
    #[must_use]
    pub fn must_be_there(self, column: &Column) -> bool {
        column.required || (self == Self::OrgUnit && column.name == "parent")
    }
}

const ORG_UNIT: &[Column] = &[
    must("code", Type::Text),
    may("parent", Type::Text),
    must("kind", Type::UnitKind),
    must("name", Type::Text),
    may("class", Type::Text),
    may("lat", Type::Latitude),
    may("lon", Type::Longitude),
];

const STAFF: &[Column] = &[
    must("code", Type::Text),
    must("org", Type::Org),
    must("name", Type::Text),
    may("role", Type::Text),
    may("capacity", Type::SmallInteger),
];

const EVENT: &[Column] = &[
    must("customer_id", Type::Customer),
    must("ref", Type::Text),
    must("kind", Type::Text),
    must("at", Type::Moment),
    may("amount", Type::Money),
    may("detail", Type::Text),
];

const PRODUCT: &[Column] = &[
    must("code", Type::Text),
    may("zh", Type::Text),
    may("en", Type::Text),
    may("class", Type::Text),
    may("risk", Type::Risk),
];

const HOLDING: &[Column] = &[
    must("customer_id", Type::Customer),
    must("product", Type::Text),
    must("day", Type::Date),
    must("amount", Type::Money),
    may("class", Type::Text),
];

const TIER_TARGET: &[Column] =
    &[must("tier", Type::Tier), must("class", Type::Text), must("share", Type::Share)];

const CONSENT: &[Column] = &[
    must("customer_id", Type::Customer),
    must("channel", Type::Text),
    must("given", Type::Flag),
    may("since", Type::Date),
];

const RELATION: &[Column] =
    &[must("customer_id", Type::Customer), must("kind", Type::Text), must("other", Type::Customer)];

const LOCATION: &[Column] = &[
    must("customer_id", Type::Customer),
    must("lat", Type::Latitude),
    must("lon", Type::Longitude),
];

const METRIC: &[Column] = &[
    must("code", Type::Text),
    may("zh", Type::Text),
    may("en", Type::Text),
    may("kind", Type::MetricKind),
    may("unit", Type::Text),
    may("formula", Type::Text),
];

const METRIC_FACT: &[Column] = &[
    must("metric", Type::Metric),
    must("org", Type::Org),
    must("day", Type::Date),
    may("value", Type::MetricValue),
    may("numerator", Type::MetricValue),
    may("denominator", Type::Integer),
];

const TARGET: &[Column] = &[
    must("metric", Type::Metric),
    must("org", Type::Org),
    must("period", Type::Text),
    must("value", Type::Plan),
];

const OUTCOME: &[Column] = &[
    must("push", Type::Integer),
    must("customer_id", Type::Integer),
    must("outcome", Type::Outcome),
    must("at", Type::PastMoment),
    may("amount", Type::Money),
    may("note", Type::Text),
];

const CUSTOMER: &[Column] = &[
    must("customer_id", Type::Integer),
    must("org", Type::Org),
    may("rm", Type::Staff),
    may("name", Type::Text),
    may("phone", Type::Text),
    may("opened_on", Type::LifeDate),
    may("birth_date", Type::LifeDate),
    may("gender", Type::Gender),
    may("aum", Type::Money),
    may("no_contact", Type::Flag),
    may("closed_on", Type::LifeDate),
];

/// A row of a manifest's attribute list: what the dictionary is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttribute {
    /// Its code, which is also the column's name in a load of customers.
    pub code: String,
    /// What its values are.
    pub kind: AttributeType,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// In what a number is counted.
    pub unit: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How it is computed.
    pub definition: Option<String>,
    /// How sensitive it is.
    pub class: Option<Class>,
    /// What a category's values mean.
    pub labels: Vec<Label>,
}

/// What a word of the bank's records means to Baton.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// Kinds of events that open a complaint.
    Complaint,
    /// Kinds of events that close one.
    ComplaintClosed,
    /// The attribute that says how much risk a customer bears: a category whose values end in 1 to 5, or a number.
    RiskLevel,
}

impl Meaning {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Complaint, Self::ComplaintClosed, Self::RiskLevel];

    /// The key of `[means]`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::ComplaintClosed => "complaint_closed",
            Self::RiskLevel => "risk_level",
        }
    }
}

/// What a value of a category means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As it stands in the records.
    pub value: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// How a value of an attribute is read.
#[must_use]
pub fn type_of_attribute(kind: AttributeType) -> Type {
    match kind {
        AttributeType::Flag => Type::Flag,
        AttributeType::Category => Type::Category,
        AttributeType::Number => Type::Number,
        AttributeType::Money => Type::Money,
        AttributeType::Date => Type::Date,
    }
}
