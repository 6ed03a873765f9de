//! The card of one customer. Name and phone come masked from an owner's function, which writes into the audit that the
//! card was opened; everything else is read with the operator's own rights.

use std::collections::BTreeMap;

use chrono::Datelike as _;
use sqlx::{Connection as _, PgConnection, Row as _};

use super::built::{Built, Shown};
use super::refusal::Refusal;
use super::segment::explain::snapshots;
use super::{StoreError, attribute, bank, dynamic, mart};
use crate::domain::attribute::{Attribute, MapFault, RelationName, Unread};
use crate::domain::clean::clean;
use crate::domain::customer::{
    AttributeRow, ContactRow, CustomerCard, Held, HoldingRow, ListHit, MixRow, RelationRow,
    TierStand, TimelineRow,
};
use crate::domain::id::{CustomerId, PushId};
use crate::domain::message::Message;
use crate::domain::money::Minor;
use crate::domain::rule::{Called, Column};
use crate::msg;

/// How many events a card shows, latest first.
pub const TIMELINE: i64 = 100;

/// Why a card was not opened.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// There is no such customer among those whom the operator sees: that he is another unit's is not told.
    #[error("there is no customer {customer}")]
    Unknown {
        /// The number.
        customer: CustomerId,
    },
    /// The operator has opened as many cards as a day has.
    #[error("{limit} cards were opened within a day")]
    Limit {
        /// How many may be.
        limit: i64,
    },
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CustomerError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { customer } => {
                Message::new(msg!("customer.unknown")).with("customer", customer.to_string())
            }
            Self::Limit { limit } => Message::new(msg!("customer.limit")).with("limit", *limit),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for CustomerError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { name, .. } => {
                Self::Unknown { customer: CustomerId(name.parse().unwrap_or_default()) }
            }
            Refusal::Limit { detail, .. } => {
                Self::Limit { limit: detail.parse().unwrap_or_default() }
            }
            other => Self::Store(other.unexpected()),
        }
    }
}

/// One customer's card, noted in the audit.
///
/// # Errors
/// [`CustomerError`].
pub async fn card(
    db: &mut PgConnection,
    customer: CustomerId,
) -> Result<CustomerCard, CustomerError> {
    let masked =
        sqlx::query_as!(Masked, "select name, phone from baton.customer_card($1)", customer.0)
            .fetch_optional(&mut *db)
            .await?
            .ok_or(CustomerError::Unknown { customer })?;
    card_of(db, customer, masked).await
}

/// The same with the dynamic segments that he is in now.
///
/// # Errors
/// [`CustomerError`].
pub async fn card_with_segments(
    db: &mut PgConnection,
    customer: CustomerId,
) -> Result<CustomerCard, CustomerError> {
    // Boxed, because what waits for them is held in one piece up to the program's own loop.
    let mut card = Box::pin(card(db, customer)).await?;
    let waited = card.unread.iter().any(|one| one.fault == MapFault::Locked);
    card.segments = Some(Box::pin(super::segment::now::now(db, customer, waited)).await?);
    Ok(card)
}

/// What an owner's function tells of a customer's name and phone.
pub(super) struct Masked {
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
}

/// The card of a customer whose masked name and phone have been asked for, and noted.
pub(super) async fn card_of(
    db: &mut PgConnection,
    customer: CustomerId,
    masked: Masked,
) -> Result<CustomerCard, CustomerError> {
    let row = sqlx::query!(
        r#"select u.code as "org?", u.name as "org_name?", s.code as "rm?", s.name as "rm_name?",
                  c.birth_date, c.gender, c.opened_on, c.closed_on, c.no_contact, c.aum,
                  baton.today() as "today!"
           from baton.customer c
           left join baton.org_unit u on u.id = c.org_id
           left join baton.staff s on s.id = c.rm_id
           where c.customer_id = $1"#,
        customer.0
    )
    .fetch_optional(&mut *db)
    .await?
    .ok_or(CustomerError::Unknown { customer })?;
    let word = |text: String| clean(&text).into_owned();
    let tiers = bank::tiers(db).await?;
    let tier = row.aum.and_then(|aum| TierStand::of(Minor(aum), &tiers));
    let age = row.birth_date.and_then(|born| {
        let birthday = (row.today.month(), row.today.day()) >= (born.month(), born.day());
        (born <= row.today).then(|| row.today.year() - born.year() - i32::from(!birthday))
    });
    let (attributes, unread) = attributes(db, customer).await?;
    Ok(CustomerCard {
        customer,
        name: masked.name.map(word),
        phone: masked.phone.map(word),
        org: row.org.map(word).unwrap_or_default(),
        org_name: row.org_name.map(word).unwrap_or_default(),
        rm: row.rm.map(word),
        rm_name: row.rm_name.map(word),
        age,
        gender: row.gender,
        opened_on: row.opened_on,
        closed_on: row.closed_on,
        no_contact: row.no_contact,
        aum: row.aum.map(Minor),
        as_of: row.today,
        mix: mix(db, customer, tier.as_ref()).await?,
        tier,
        holdings: holdings(db, customer).await?,
        attributes,
        unread,
        timeline: timeline(db, customer).await?,
        contacts: contacts(db, customer).await?,
        segments: None,
        snapshots: snapshots(db, customer, None).await?,
        lists: lists(db, customer).await?,
        relations: relations(db, customer).await?,
    })
}

/// The attributes of the dictionary with his values, and those that cannot be read. What imports fill is one row of one
/// query; each of the bank's own marts is asked by itself, so that one that fails takes away its own attributes only.
async fn attributes(
    db: &mut PgConnection,
    customer: CustomerId,
) -> Result<(Vec<AttributeRow>, Vec<Unread>), CustomerError> {
    let mut dictionary = attribute::list(db).await?;
    let mut unread = mart::leave_out(db, &mut dictionary).await?;
    let fresh = sqlx::query!("select code, refreshed_on, unit from baton.attribute")
        .fetch_all(&mut *db)
        .await?;
    let (own, marts): (Vec<_>, Vec<_>) =
        dictionary.into_iter().partition(|one| one.relation.is_own());
    let mut told = told(db, customer, own).await?;
    let mut by_mart: BTreeMap<RelationName, Vec<Attribute>> = BTreeMap::new();
    for attribute in marts {
        by_mart.entry(attribute.relation.clone()).or_default().push(attribute);
    }
    // A mart that somebody has locked takes away its own attributes, too, and not the card's whole time: the first one is
    // waited for, and what else is locked then is only looked at.
    let mut waited = false;
    for some in by_mart.into_values() {
        let mut step = db.begin().await.map_err(StoreError::from)?;
        let wait = if waited { mart::GLIMPSE } else { "300ms" };
        sqlx::query_scalar!(r#"select set_config('lock_timeout', $1, true) as "set!""#, wait)
            .fetch_one(&mut *step)
            .await?;
        match self::told(&mut step, customer, some.clone()).await {
            Ok(more) => {
                step.commit().await.map_err(StoreError::from)?;
                told.extend(more);
            }
            Err(error) => {
                step.rollback().await.map_err(StoreError::from)?;
                waited |= matches!(error, StoreError::Locked { .. });
                for attribute in &some {
                    match mart::failed(attribute, &error) {
                        Some(failed) => unread.push(failed),
                        None => return Err(error.into()),
                    }
                }
            }
        }
    }
    told.sort_by(|(a, _), (b, _)| a.code.cmp(&b.code));
    unread.sort_by(|a, b| a.attribute.code.cmp(&b.attribute.code));
    let known: Vec<String> = told.iter().filter_map(|(_, value)| value.clone()).collect();
    let labels = sqlx::query!(
        r#"select attribute, value, zh as "zh!", en as "en!" from baton.category_value
           where zh is not null and en is not null and value = any($1)"#,
        &known
    )
    .fetch_all(&mut *db)
    .await?;
    let called = |code: &str, value: Option<&String>| {
        let label = labels.iter().find(|l| l.attribute == code && Some(&l.value) == value);
        label.map_or(Called::Nothing, |label| {
            Called::Names(clean(&label.zh).into_owned(), clean(&label.en).into_owned())
        })
    };
    let of = |code: &str| fresh.iter().find(|one| one.code == code);
    let rows = told.into_iter().map(|(attribute, value)| AttributeRow {
        unit: of(&attribute.code)
            .and_then(|one| one.unit.as_deref())
            .map(|unit| clean(unit).into_owned()),
        called: called(&attribute.code, value.as_ref()),
        refreshed_on: of(&attribute.code).and_then(|one| one.refreshed_on),
        value: value.map(|text| Held::read(attribute.kind, &text)),
        code: attribute.code,
        zh: attribute.zh,
        en: attribute.en,
        kind: attribute.kind,
    });
    Ok((rows.collect(), unread))
}

/// His values of these attributes, in one query.
async fn told(
    db: &mut PgConnection,
    customer: CustomerId,
    attributes: Vec<Attribute>,
) -> Result<Vec<(Attribute, Option<String>)>, StoreError> {
    let today =
        sqlx::query_scalar!(r#"select baton.today() as "today!""#).fetch_one(&mut *db).await?;
    let mut shown = Shown::default();
    let mut built = Built::new("select array[]::text[]");
    for attribute in &attributes {
        let column = Column::Attribute(attribute.clone().into());
        built.words(" || (").column(&mut shown, &column, today).words(")::text");
    }
    built.words(" as told from baton.customer c").joins(&shown).words(" where c.customer_id = ");
    built.bind(crate::domain::rule::Bind::Int(customer.0), "bigint");
    let rows = dynamic::fetch_all(db, &built).await?;
    let told: Vec<Option<String>> = match rows.first() {
        Some(row) => row.try_get("told")?,
        None => Vec::new(),
    };
    Ok(attributes.into_iter().zip(told).collect())
}

/// His events up to the bank's day, latest first.
async fn timeline(
    db: &mut PgConnection,
    customer: CustomerId,
) -> Result<Vec<TimelineRow>, CustomerError> {
    let rows = sqlx::query!(
        "select e.at, k.code, e.amount, e.detail
         from baton.event e join baton.event_kind k on k.id = e.kind
         where e.customer_id = $1
             and e.at < ((baton.today() + 1)::timestamp at time zone (select timezone from baton.bank))
         order by e.at desc, e.ref limit $2",
        customer.0,
        TIMELINE
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| TimelineRow {
        at: row.at,
        kind: clean(&row.code).into_owned(),
        amount: row.amount.map(Minor),
        detail: row.detail.map(|text| clean(&text).into_owned()),
    });
    Ok(rows.collect())
}

/// The pushes that had him on their list, with the latest outcome of each.
async fn contacts(
    db: &mut PgConnection,
    customer: CustomerId,
) -> Result<Vec<ContactRow>, CustomerError> {
    let rows = sqlx::query!(
        r#"select p.id, p.strategy, p.version, p.as_of, p.deadline, m.arm, m.blocked,
                  m.arm is not null and p.deadline >= baton.today() as "live!",
                  o.outcome as "outcome?", o.at as "at?", o.amount as "amount?"
           from baton.plan_member m join baton.push p on p.home = m.home and p.plan_id = m.plan_id
           left join lateral (select * from baton.outcome o
                              where o.push_id = p.id and o.customer_id = m.customer_id
                              order by o.at desc limit 1) o on true
           where m.customer_id = $1 order by p.id desc limit 100"#,
        customer.0
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| ContactRow {
        push: PushId(row.id),
        strategy: clean(&row.strategy).into_owned(),
        version: row.version,
        as_of: row.as_of,
        deadline: row.deadline,
        live: row.live,
        arm: row.arm,
        blocked: row.blocked,
        outcome: row.outcome,
        outcome_at: row.at,
        outcome_amount: row.amount.map(Minor),
    });
    Ok(rows.collect())
}

/// The uploaded lists that hold him.
async fn lists(db: &mut PgConnection, customer: CustomerId) -> Result<Vec<ListHit>, CustomerError> {
    let rows = sqlx::query!(
        "select u.code, u.upload, u.as_of from baton.list_upload u
         where exists (select from baton.list_member m
                       where m.list_id = u.list_id and m.customer_id = $1)
         order by u.list_id desc limit 100",
        customer.0
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| ListHit {
        code: clean(&row.code).into_owned(),
        upload: row.upload,
        as_of: row.as_of,
    });
    Ok(rows.collect())
}

/// What he holds by class against the target of his tier, the widest gap first.
async fn mix(
    db: &mut PgConnection,
    customer: CustomerId,
    tier: Option<&TierStand>,
) -> Result<Vec<MixRow>, CustomerError> {
    let rows = sqlx::query!(
        r#"with held as (
               select p.class, sum(h.amount) as amount
               from baton.holding h join baton.product p on p.id = h.product
               where h.customer_id = $1 and h.day <= baton.today() and baton.today() < h.until
               group by p.class
           ), every as (select sum(amount) as amount from held),
           target as (select t.class, t.share from baton.tier_target t where t.tier = $2)
           select coalesce(held.class, target.class) as class,
                  coalesce(held.amount, 0)::bigint as "amount!",
                  case when every.amount > 0
                       then round(coalesce(held.amount, 0) * 1000000 / every.amount)::bigint end as share,
                  (target.share * 1000000)::bigint as target
           from held full join target on target.class = held.class cross join every
           where held.amount <> 0 or target.share is not null"#,
        customer.0,
        tier.map(|tier| tier.code.as_str())
    )
    .fetch_all(db)
    .await?;
    let mut rows: Vec<MixRow> = rows
        .into_iter()
        .map(|row| MixRow {
            class: clean(&row.class.unwrap_or_default()).into_owned(),
            amount: Minor(row.amount),
            share_ppm: row.share,
            target_ppm: row.target,
        })
        .collect();
    rows.sort_by_key(|row| {
        (std::cmp::Reverse(row.drift_ppm().map_or(0, i64::abs)), row.class.clone())
    });
    Ok(rows)
}

/// What he holds on the bank's day, the largest first.
async fn holdings(
    db: &mut PgConnection,
    customer: CustomerId,
) -> Result<Vec<HoldingRow>, CustomerError> {
    let rows = sqlx::query!(
        "select p.code, p.zh, p.en, p.class, h.amount, h.day
         from baton.holding h join baton.product p on p.id = h.product
         where h.customer_id = $1 and h.day <= baton.today() and baton.today() < h.until and h.amount <> 0
         order by h.amount desc, p.code",
        customer.0
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    let rows = rows.into_iter().map(|row| HoldingRow {
        product: word(&row.code),
        zh: word(&row.zh),
        en: word(&row.en),
        class: row.class.as_deref().map(word),
        amount: Minor(row.amount),
        day: row.day,
    });
    Ok(rows.collect())
}

/// Whom he is related to, in the direction that came.
async fn relations(
    db: &mut PgConnection,
    customer: CustomerId,
) -> Result<Vec<RelationRow>, CustomerError> {
    let rows = sqlx::query!(
        r#"select r.kind, r.other_id, u.code as "org?", c.closed_on is not null as "closed!"
           from baton.relation r
           left join baton.customer c on c.customer_id = r.other_id
           left join baton.org_unit u on u.id = c.org_id
           where r.customer_id = $1 order by r.kind, r.other_id limit 100"#,
        customer.0
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| RelationRow {
        kind: clean(&row.kind).into_owned(),
        other: CustomerId(row.other_id),
        org: row.org.map(|code| clean(&code).into_owned()),
        closed: row.closed,
    });
    Ok(rows.collect())
}
