//! Puts the demo bank into a database, through the same door as a bank's own records.

use sqlx::{Connection as _, PgConnection};

use super::attributes::{Attribute, DICTIONARY};
use super::metrics::MEANINGS;
use super::size::Size;
use super::{Bank, rows, story, units};
use crate::domain::bank::{self, Tier};
use crate::domain::money::{Currency, Minor};
use crate::store::import::{Destination, ImportError, Loader, Meaning, NewAttribute, Setup};
use crate::store::kpi::definition::{self, Written};
use crate::store::{Db, StoreError};

/// How a database stands to the demo bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds no bank.
    Empty,
    /// It holds the demo bank of this size.
    Demo(Size),
    /// It holds the bank of this name.
    Other(String),
}

/// Which bank the database holds.
///
/// # Errors
/// Any [`StoreError`].
pub async fn standing(db: &mut PgConnection) -> Result<Standing, StoreError> {
    let name = sqlx::query_scalar!("select name from baton.bank").fetch_optional(db).await?;
    Ok(match name {
        None => Standing::Empty,
        Some(name) => match Size::of_bank(&name) {
            Some(size) => Standing::Demo(size),
            None => Standing::Other(crate::domain::clean::clean(&name).into_owned()),
        },
    })
}

/// Makes the caller, a member of `baton_owner`, a loader if he is no operator; true if he was none. On a bank's own
/// server nobody else need be there yet.
///
/// # Errors
/// Any [`StoreError`].
pub async fn lend_duty(owner: &mut PgConnection) -> Result<bool, StoreError> {
    let mut transaction = owner.begin().await?;
    sqlx::query("set local role baton_owner").execute(&mut *transaction).await?;
    let known = sqlx::query_scalar!(
        r#"select exists (select from baton.operator where name = session_user) as "known!""#
    )
    .fetch_one(&mut *transaction)
    .await?;
    if !known {
        sqlx::query!("select baton.operator_put(session_user, array['loader'], null)")
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(!known)
}

/// Undoes [`lend_duty`].
///
/// # Errors
/// Any [`StoreError`].
pub async fn take_duty_back(owner: &mut PgConnection) -> Result<(), StoreError> {
    let mut transaction = owner.begin().await?;
    sqlx::query("set local role baton_owner").execute(&mut *transaction).await?;
    sqlx::query!("delete from baton.operator where name = session_user")
        .execute(&mut *transaction)
        .await?;
    sqlx::query!("select baton.note('operator.remove', session_user, '{}')")
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Draws the bank of `seed` and takes it in, all or nothing; gives the rows by destination. `db` is a loader's;
/// `progress` is told each table that is about to be written, and at last that all is being taken in.
///
/// # Errors
/// Another import is under way, another bank stands there, or the database's.
pub async fn load(
    db: &Db,
    seed: u64,
    mut progress: impl FnMut(Step),
) -> Result<Vec<(Destination, u64)>, ImportError> {
    let bank = Bank::new(seed);
    let mut loader = Loader::begin(db, setup(seed)).await?;
    for table in rows::tables(&bank) {
        progress(Step::Table(table.target));
        let mut sink = loader.sink(table.target, &table.columns).await?;
        for chunk in table.chunks {
            sink.lines(&chunk).await?;
        }
        sink.finish().await?;
        loader.settle(table.target).await?;
    }
    progress(Step::TakeIn);
    let rows = loader.apply(false).await?;
    let mut session = db.session().await?;
    define_metrics(&mut session).await?;
    session.give_back().await;
    Ok(rows)
}

/// Writes down what the metrics mean; what is there already stays.
pub(super) async fn define_metrics(db: &mut PgConnection) -> Result<(), ImportError> {
    for (metric, text, owner, measure) in MEANINGS {
        let written = Written {
            text: text.to_owned(),
            owner: owner.to_owned(),
            measure: measure.map(str::to_owned),
            ..Written::default()
        };
        definition::define(db, metric, &written).await?;
    }
    Ok(())
}

/// How far [`load`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The rows of this destination are being written.
    Table(Destination),
    /// Everything is being taken in.
    TakeIn,
}

fn setup(seed: u64) -> Setup {
    Setup {
        bank: bank(units::BANK),
        tiers: Some(tiers()),
        attributes: DICTIONARY.iter().map(as_new).collect(),
        means: means(),
        source: format!("demo {seed}"),
    }
}

/// What the words of the bank's records mean.
pub(super) fn means() -> Vec<(Meaning, Vec<String>)> {
    vec![
        (Meaning::Complaint, vec!["complaint".to_owned()]),
        (Meaning::RiskLevel, vec!["risk_level".to_owned()]),
    ]
}

/// An attribute as the dictionary is to know it.
pub(super) fn as_new(attribute: &Attribute) -> NewAttribute {
    NewAttribute {
        code: attribute.code.to_owned(),
        kind: attribute.kind,
        zh: attribute.zh.to_owned(),
        en: attribute.en.to_owned(),
        source: Some(attribute.source.to_owned()),
        unit: attribute.unit().map(str::to_owned),
        owner: Some(attribute.owner().to_owned()),
        definition: attribute.definition().map(str::to_owned),
        class: Some(attribute.class()),
        labels: attribute.labels(),
    }
}

/// The bank of this name on its day.
pub(super) fn bank(name: &str) -> bank::Bank {
    bank::Bank {
        name: name.to_owned(),
        as_of: story::as_of(),
        currency: Currency::CNY,
        timezone: chrono_tz::Asia::Shanghai,
    }
}

pub(super) fn tiers() -> Vec<Tier> {
    let tier = |code: &str, zh: &str, en: &str, from: Option<i64>| Tier {
        code: code.to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
        from: from.map(Minor),
    };
    vec![
        tier("basic", "基础", "Basic", None),
        tier("mass", "大众", "Mass", Some(5_000_000)),
        tier("gold", "财富", "Wealth", Some(50_000_000)),
        tier("private", "私行", "Private", Some(600_000_000)),
    ]
}
