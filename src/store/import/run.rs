//! One import from a manifest: stage the files, run each load's query, judge its rows, take the good ones in.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use chrono::NaiveDate;
use futures_util::TryStreamExt as _;
use serde_json::value::RawValue;
use sqlx::PgConnection;

use super::check::{Counted, Known, Reader, Reason};
use super::columns::{Columns, Slot};
use super::destination::{Destination, Meaning};
use super::error::ImportError;
use super::loader::{Loader, Setup, Sink};
use super::manifest::{Load, Manifest};
use super::rows::{self, Header, Row};
use super::stage::stage;
use super::watch::{Reject, Watch};
use crate::domain::attribute::AttributeType;
use crate::domain::bank::Tier;
use crate::store::Db;
use crate::store::connect::Alone;

/// What to import, and how.
#[derive(Debug)]
pub struct Request<'a> {
    /// What the manifest says.
    pub manifest: &'a Manifest,
    /// Where its files are.
    pub dir: &'a Path,
    /// How many of a load's rows may be rejected, in a million.
    pub max_rejects_ppm: u32,
    /// Try everything, change nothing.
    pub dry: bool,
    /// How long one query of the manifest may take.
    pub sql_limit: Duration,
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The day of the records.
    pub as_of: NaiveDate,
    /// Rows by destination that stand now and that this run confirmed or wrote.
    pub loaded: Vec<(Destination, u64)>,
    /// Rows by destination that were rejected.
    pub rejected: Vec<(Destination, u64)>,
}

/// Rows of one load so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    read: u64,
    rejected: u64,
}

/// Imports. One transaction at the end takes everything in; whatever goes wrong before leaves the bank as it was.
///
/// # Errors
/// [`ImportError`], each with its place.
pub async fn import(
    db: &Db,
    request: &Request<'_>,
    watch: &mut dyn Watch,
) -> Result<Report, ImportError> {
    let manifest = request.manifest;
    let setup = Setup {
        bank: manifest.bank.clone(),
        tiers: manifest.tiers.clone(),
        attributes: manifest.attributes.clone(),
        means: manifest.means.clone(),
        source: request.dir.display().to_string(),
    };
    let mut run = Loader::begin(db, setup).await?;
    let rejected = match fill(db, &mut run, request, watch).await {
        Ok(rejected) => rejected,
        Err(error) => {
            // What was staged holds customers' records: it does not wait for the next run to go. If it cannot go
            // now, the connection's end frees the run and the next one sweeps up.
            if let Err(left) = run.end().await {
                tracing::warn!(reason = left.for_log(), "what was staged is still there");
            }
            return Err(error);
        }
    };
    watch.applying();
    let loaded = run.apply(request.dry).await?;
    Ok(Report { as_of: manifest.bank.as_of, loaded, rejected })
}

/// Refuses a risk level that is no category and no number of the dictionary.
fn risk_level(
    manifest: &Manifest,
    dictionary: &[(String, AttributeType)],
) -> Result<(), ImportError> {
    let new = manifest.attributes.iter().map(|a| (&a.code, a.kind));
    let mut known = dictionary.iter().map(|(code, kind)| (code, *kind)).chain(new);
    let of = |(meaning, words): &(Meaning, Vec<String>)| {
        (*meaning == Meaning::RiskLevel).then(|| words.first().cloned()).flatten()
    };
    let Some(named) = manifest.means.iter().find_map(of) else { return Ok(()) };
    match known.find(|(code, _)| **code == named) {
        Some((_, AttributeType::Category | AttributeType::Number)) => Ok(()),
        _ => Err(ImportError::RiskLevel(named)),
    }
}

/// Fills schema `load`, and gives the rejected rows by destination.
async fn fill(
    db: &Db,
    loader: &mut Loader,
    request: &Request<'_>,
    watch: &mut dyn Watch,
) -> Result<Vec<(Destination, u64)>, ImportError> {
    let manifest = request.manifest;
    let dictionary = dictionary(loader.db()).await?;
    for attribute in &manifest.attributes {
        if dictionary.iter().any(|(code, kind)| *code == attribute.code && *kind != attribute.kind)
        {
            return Err(ImportError::AttributeType(attribute.code.clone()));
        }
    }
    risk_level(manifest, &dictionary)?;
    for code in sqlx::query_scalar!("select code from baton.attribute where schema_name <> 'baton'")
        .fetch_all(loader.db())
        .await?
    {
        if manifest.attributes.iter().any(|attribute| attribute.code == code) {
            return Err(ImportError::AttributeMapped(code));
        }
    }
    for file in &manifest.files {
        stage(loader.db(), request.dir, file, watch).await?;
    }
    let comes = |into| manifest.loads.iter().any(|l| l.into == into);
    let come =
        sqlx::query_scalar!(r#"select greatest(baton.bank_day(), baton.clock_day()) as "day!""#)
            .fetch_one(&mut *loader.db())
            .await?;
    let mut run = Run {
        reader: Reader {
            currency: manifest.bank.currency,
            timezone: manifest.bank.timezone,
            as_of: manifest.bank.as_of,
            last: manifest.bank.as_of.max(come),
        },
        known: known(loader.db(), manifest.tiers.as_deref(), comes).await?,
        metrics: HashMap::new(),
        columns: Columns::new(dictionary, &manifest.attributes),
        request,
        watch,
        kept: Vec::new(),
    };
    let mut rejected = Vec::new();
    for into in Destination::ALL.into_iter().filter(|into| comes(*into)) {
        let n = run.destination(db, loader, into).await?;
        loader.note_rejected(into, n);
        rejected.push((into, n));
    }
    loader.keep(run.kept);
    Ok(rejected)
}

/// What the checks need while loads are run.
struct Run<'a> {
    reader: Reader,
    known: Known,
    /// The metrics of this run's loads, and how they say that they are counted.
    metrics: HashMap<String, Counted>,
    columns: Columns,
    request: &'a Request<'a>,
    watch: &'a mut dyn Watch,
    /// The customers whose rows were rejected: they have come.
    kept: Vec<i64>,
}

impl Run<'_> {
    /// Runs all loads of a destination, and gives how many rows were rejected.
    async fn destination(
        &mut self,
        db: &Db,
        loader: &mut Loader,
        into: Destination,
    ) -> Result<u64, ImportError> {
        let mut tallies: Vec<(&Load, i16, Tally)> = Vec::new();
        for load in self.request.manifest.loads.iter().filter(|l| l.into == into) {
            let (number, tally) = self.load(db, loader, load).await?;
            tallies.push((load, number, tally));
        }
        for out in loader.settle(into).await? {
            let Some((load, _, tally)) = tallies.iter_mut().find(|(_, n, _)| *n == out.load) else {
                continue;
            };
            tally.rejected += 1;
            let planned = out.why == Reason::NegativeTarget;
            let currency = self.reader.currency;
            let value = if planned { self.known.planned(&out.value, currency) } else { out.value };
            let reject = Reject {
                load: &load.name,
                ordinal: out.ordinal,
                column: match out.why {
                    Reason::NotLeaf => "org",
                    Reason::OtherClass => "class",
                    Reason::BeforePush => "at",
                    Reason::Negative | Reason::TooLarge => "amount",
                    Reason::NegativeTarget => "value",
                    _ => into.key(),
                },
                value: &value,
                reason: out.why,
            };
            self.watch.reject(&reject).map_err(ImportError::reject_file)?;
        }
        if into == Destination::Metric {
            let (with_unit, with_kind) = (loader.has(into, "unit"), loader.has(into, "kind"));
            for (code, told) in std::mem::take(&mut self.metrics) {
                let stands = self.known.metrics.entry(code).or_default();
                stands.told(told, with_unit, with_kind);
            }
        }
        for (load, _, tally) in &tallies {
            let allowed = u128::from(self.request.max_rejects_ppm) * u128::from(tally.read);
            if u128::from(tally.rejected) * 1_000_000 > allowed {
                return Err(ImportError::TooManyRejects {
                    load: load.name.clone(),
                    rejected: tally.rejected,
                    read: tally.read,
                });
            }
        }
        Ok(tallies.iter().map(|(_, _, tally)| tally.rejected).sum())
    }

    /// Runs one load. Its query has a connection of its own, since what it sets there would outlive it.
    async fn load(
        &mut self,
        db: &Db,
        loader: &mut Loader,
        load: &Load,
    ) -> Result<(i16, Tally), ImportError> {
        let mut sandbox = db.alone().await?;
        open_sandbox(&mut sandbox, self.request).await?;
        let of_sql = |error| ImportError::of_sql(error, &load.name, &load.sql);
        let mut results =
            sqlx::query_scalar!(r#"select baton.manifest_rows($1) as "row!""#, load.sql)
                .fetch(&mut *sandbox);
        let head = results.try_next().await.map_err(of_sql)?.unwrap_or_else(|| "{}".to_owned());
        let Header(names) = serde_json::from_str(&head).map_err(unreadable)?;
        let slots = self.columns.slots(load, &names)?;
        let columns: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
        let mut sink = loader.sink(load.into, &columns).await?;
        let number = sink.number();
        let mut tally = Tally::default();
        let judged = async {
            while let Some(line) = results.try_next().await.map_err(of_sql)? {
                tally.read += 1;
                let Row(values) = serde_json::from_str(&line).map_err(unreadable)?;
                if !self.row(load, &slots, &values, &mut sink, tally.read).await? {
                    tally.rejected += 1;
                }
                if tally.read.is_multiple_of(10_000) {
                    self.watch.loading(&load.name, tally.read);
                }
            }
            Ok(())
        };
        if let Err(error) = judged.await {
            sink.abandon().await;
            return Err(error);
        }
        sink.finish().await?;
        self.watch.loading(&load.name, tally.read);
        drop(results);
        close_sandbox(sandbox).await;
        Ok((number, tally))
    }

    /// Judges one row; a good one goes to the sink.
    async fn row(
        &mut self,
        load: &Load,
        slots: &[Slot],
        values: &[&RawValue],
        sink: &mut Sink<'_>,
        ordinal: u64,
    ) -> Result<bool, ImportError> {
        let ordinal = i64::try_from(ordinal).unwrap_or(i64::MAX);
        let mark = sink.mark();
        match self.write(load.into, slots, values, sink, ordinal) {
            Ok(()) => {
                sink.end_row().await?;
                Ok(true)
            }
            Err((place, reason)) => {
                sink.back_to(mark);
                self.kept.extend(rows::customer(load.into, slots, values));
                let value = values.get(place).and_then(|v| rows::text(v).ok()).flatten();
                let reject = Reject {
                    load: &load.name,
                    ordinal,
                    column: &slots[place].name,
                    value: value.as_deref().unwrap_or_default(),
                    reason,
                };
                self.watch.reject(&reject).map_err(ImportError::reject_file)?;
                Ok(false)
            }
        }
    }

    fn write(
        &mut self,
        into: Destination,
        slots: &[Slot],
        values: &[&RawValue],
        sink: &mut Sink<'_>,
        ordinal: i64,
    ) -> Result<(), (usize, Reason)> {
        let mut texts = Vec::with_capacity(slots.len());
        for (place, value) in values.iter().enumerate() {
            texts.push(rows::text(value).map_err(|reason| (place, reason))?);
        }
        let given = |name: &str| {
            slots
                .iter()
                .zip(&texts)
                .find(|(slot, _)| slot.name == name)
                .and_then(|(_, t)| t.as_deref())
        };
        let counted = self.known.counted(given("metric"));
        let line = sink.row_numbered(ordinal);
        for (place, (slot, text)) in slots.iter().zip(&texts).enumerate() {
            match text {
                None if slot.required => return Err((place, Reason::Missing)),
                Some(text) if slot.required && text.is_empty() => {
                    return Err((place, Reason::Missing));
                }
                None => {
                    line.null();
                }
                Some(text) => self
                    .reader
                    .write(line, slot.kind, text, &self.known, counted)
                    .map_err(|reason| (place, reason))?,
            }
        }
        if let Some((column, reason)) = whole_row(into, given) {
            let named = slots.iter().position(|slot| slot.name == column);
            let place = named.or_else(|| slots.iter().position(|slot| !slot.required));
            return Err((place.unwrap_or_default(), reason));
        }
        let code = |name| given(name).map(str::to_owned);
        match into {
            Destination::OrgUnit => self.known.orgs.extend(code("code")),
            Destination::Staff => self.known.staff.extend(code("code")),
            Destination::Metric => {
                let money = given("unit") == Some("money");
                let counted = Counted { money, ratio: given("kind") == Some("ratio") };
                if let Some(code) = code("code") {
                    // A code that comes again is taken out later: the first counts.
                    self.metrics.entry(code).or_insert(counted);
                }
            }
            Destination::Customer => {
                let id: Option<i64> =
                    given("customer_id").and_then(|id| id.split('.').next()?.parse().ok());
                self.known.customers.extend(id);
            }
            _ => {}
        }
        Ok(())
    }
}

/// What is wrong with a row whose values are good one by one, and the column that says so.
fn whole_row<'a>(
    into: Destination,
    given: impl Fn(&str) -> Option<&'a str>,
) -> Option<(&'static str, Reason)> {
    let there = |name| given(name).is_some();
    match into {
        Destination::MetricFact => {
            let (value, over, under) = (there("value"), there("numerator"), there("denominator"));
            (value == over || over != under).then_some(("value", Reason::ValueOrRatio))
        }
        Destination::OrgUnit => match (there("lat"), there("lon")) {
            (true, false) => Some(("lat", Reason::HalfPlace)),
            (false, true) => Some(("lon", Reason::HalfPlace)),
            _ => None,
        },
        // The database holds it, too; here the row still has the words of its file.
        Destination::Outcome => {
            let below = given("amount").is_some_and(|amount| {
                amount.trim_start().starts_with('-') && amount.contains(|c| matches!(c, '1'..='9'))
            });
            below.then_some(("amount", Reason::Negative))
        }
        Destination::Relation => {
            let number = |name| Some(given(name)?.split('.').next()?.parse::<i64>().ok());
            (number("customer_id") == number("other")).then_some(("other", Reason::ToSelf))
        }
        _ => None,
    }
}

/// A read-only transaction that is never committed, with a deadline. `baton.as_of` is the day of the records.
async fn open_sandbox(db: &mut PgConnection, request: &Request<'_>) -> Result<(), ImportError> {
    sqlx::query("begin transaction read only").execute(&mut *db).await?;
    sqlx::query!(
        "select set_config('statement_timeout', $1, true) as a, set_config('baton.as_of', $2, true) as b,
                set_config('client_connection_check_interval', '2s', true) as c",
        request.sql_limit.as_millis().to_string(),
        request.manifest.bank.as_of.to_string()
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// Ends the transaction, so that whatever the query did is undone, and the connection with what it has set.
async fn close_sandbox(mut db: Alone) {
    let ended = match sqlx::query("rollback").execute(&mut *db).await {
        Ok(_) => db.close().await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "the connection of a manifest's query did not end well");
    }
}

/// The server writes the rows as JSON; what it never writes otherwise is a failure of its own.
fn unreadable(error: serde_json::Error) -> ImportError {
    sqlx::Error::Decode(error.into()).into()
}

/// The tiers that `baton.apply_bank` gives a new bank whose manifest names none.
const USUAL_TIERS: [&str; 4] = ["basic", "mass", "gold", "private"];

/// What rows may refer to before anything is loaded: what stands, without what this run brings anew.
async fn known(
    db: &mut PgConnection,
    tiers: Option<&[Tier]>,
    comes: impl Fn(Destination) -> bool,
) -> Result<Known, ImportError> {
    let mut found = Known::default();
    if !comes(Destination::OrgUnit) {
        let units = sqlx::query_scalar!("select code from baton.org_unit where closed_on is null");
        found.orgs.extend(units.fetch_all(&mut *db).await?);
    }
    if !comes(Destination::Staff) {
        let staff = sqlx::query_scalar!("select code from baton.staff where closed_on is null");
        found.staff.extend(staff.fetch_all(&mut *db).await?);
    }
    found.tiers = if let Some(tiers) = tiers {
        tiers.iter().map(|tier| tier.code.clone()).collect()
    } else {
        let rows = sqlx::query_scalar!("select code from baton.tier").fetch_all(&mut *db).await?;
        rows.into_iter().collect()
    };
    if found.tiers.is_empty() {
        found.tiers.extend(USUAL_TIERS.map(str::to_owned));
    }
    if Destination::ALL.into_iter().any(|into| comes(into) && into.names_customers()) {
        let ids = sqlx::query_scalar!("select customer_id from baton.customer");
        let mut ids = ids.fetch(&mut *db);
        while let Some(id) = ids.try_next().await? {
            found.customers.insert(id);
        }
    }
    let metrics = sqlx::query!(
        r#"select code, coalesce(unit = 'money', false) as "money!", kind = 'ratio' as "ratio!" from baton.metric"#
    );
    let counted = metrics.fetch_all(db).await?.into_iter();
    let counted = counted.map(|m| (m.code, Counted { money: m.money, ratio: m.ratio }));
    found.metrics.extend(counted);
    Ok(found)
}

/// The attributes that the dictionary has.
async fn dictionary(db: &mut PgConnection) -> Result<Vec<(String, AttributeType)>, ImportError> {
    let rows = sqlx::query!(
        "select code, type as kind from baton.attribute where relation ~ '^attr_[0-9]+$'"
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.code, AttributeType::from_code(&row.kind)?)))
        .collect())
}
