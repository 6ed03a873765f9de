//! The way into the bank's tables that manifests and the demo bank share.
//!
//! [`Loader::begin`] takes the run (one at a time in a database), sinks copy rows into schema `load`, and
//! [`Loader::apply`] takes them in, all or nothing. Nothing of it is seen before that, and what a loader that
//! died has left is dropped by the next.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sqlx::postgres::PgCopyIn;
use sqlx::{Connection as _, PgConnection};

use super::check::Reason;
use super::destination::{Destination, Meaning, NewAttribute};
use super::error::ImportError;
use super::line::{CHUNK, Line};
use crate::domain::attribute::Class;
use crate::domain::bank::{Bank, Tier};
use crate::store::connect::Alone;
use crate::store::{Db, StoreError, dictionary, dynamic, kpi};

/// What a run says of the bank besides rows.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The bank; another bank's name is refused.
    pub bank: Bank,
    /// Its tiers; none leaves those that stand, or gives a new bank the usual four.
    pub tiers: Option<Vec<Tier>>,
    /// What the dictionary is to know, besides what it knows.
    pub attributes: Vec<NewAttribute>,
    /// What words of its records mean; what is not said stays.
    pub means: Vec<(Meaning, Vec<String>)>,
    /// Where it comes from, for the record.
    pub source: String,
}

/// A run that has begun.
#[derive(Debug)]
pub struct Loader {
    db: Alone,
    setup: Setup,
    columns: BTreeMap<Destination, BTreeSet<String>>,
    rejected: Vec<(Destination, u64)>,
    kept: Vec<i64>,
    loads: i16,
}

/// A row that was taken out again when its load stood whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenOut {
    /// Which sink of the run, from 1.
    pub load: i16,
    /// Which row of that sink, from 1.
    pub ordinal: i64,
    /// Why.
    pub why: Reason,
    /// What is at fault: its key, or its unit.
    pub value: String,
}

impl Loader {
    /// Begins a run over a connection of its own.
    ///
    /// # Errors
    /// [`ImportError::Running`] if another import is under way, or the database's.
    pub async fn begin(db: &Db, setup: Setup) -> Result<Self, ImportError> {
        let mut db = db.alone().await?;
        // A loader has no console waiting for it; and the server must not go on for one that died.
        sqlx::query!(
            "select set_config('statement_timeout', '0', false) as a,
                    set_config('idle_in_transaction_session_timeout', '0', false) as b,
                    set_config('client_connection_check_interval', '2s', false) as c"
        )
        .fetch_one(&mut *db)
        .await?;
        let attributes: Vec<Value> = setup
            .attributes
            .iter()
            .map(|a| json!({"code": a.code, "type": a.kind.code()}))
            .collect();
        sqlx::query!("select baton.import_begin($1)", Value::from(attributes))
            .execute(&mut *db)
            .await?;
        let (columns, rejected, kept) = (BTreeMap::new(), Vec::new(), Vec::new());
        Ok(Self { db, setup, columns, rejected, kept, loads: 0 })
    }

    /// The connection that holds the run.
    pub(super) fn db(&mut self) -> &mut PgConnection {
        &mut self.db
    }

    /// What the run says of the bank.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// A sink for rows of these columns: fixed ones of the destination, and for customers codes of attributes. Several
    /// sinks for one destination add up.
    ///
    /// # Errors
    /// The database's, also if it has no such column.
    pub async fn sink(
        &mut self,
        into: Destination,
        columns: &[&str],
    ) -> Result<Sink<'_>, ImportError> {
        self.loads += 1;
        let known = self.columns.entry(into).or_default();
        known.extend(columns.iter().map(|column| (*column).to_owned()));
        let mut all = vec!["load", "ordinal"];
        all.extend(columns);
        let copy = dynamic::copy_in(&mut self.db, "load", into.code(), &all).await?;
        Ok(Sink { copy, line: Line::new(), number: self.loads, rows: 0 })
    }

    /// Called when all sinks of a destination are finished: takes out rows whose key came before, outcomes of
    /// customers that are on no list, facts of units that have units below them, and holdings that give a product
    /// another class than it came with; says if the units are no tree.
    ///
    /// # Errors
    /// [`ImportError::Tree`], or the database's.
    pub async fn settle(&mut self, into: Destination) -> Result<Vec<TakenOut>, ImportError> {
        let rows = sqlx::query!(
            r#"select load as "load!", ordinal as "ordinal!", why as "why!", value as "value!"
               from baton.load_done($1) order by load, ordinal"#,
            into.code()
        )
        .fetch_all(&mut *self.db)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| TakenOut {
                load: row.load,
                ordinal: row.ordinal,
                why: match row.why.as_str() {
                    "duplicate" => Reason::Duplicate,
                    "not_leaf" => Reason::NotLeaf,
                    "other_class" => Reason::OtherClass,
                    "before_push" => Reason::BeforePush,
                    "negative" => Reason::Negative,
                    "too_large" => Reason::TooLarge,
                    "negative_target" => Reason::NegativeTarget,
                    _ => Reason::NotOnList,
                },
                value: row.value,
            })
            .collect())
    }

    /// Whether any sink of a destination had this column.
    pub(super) fn has(&self, into: Destination, column: &str) -> bool {
        self.columns.get(&into).is_some_and(|columns| columns.contains(column))
    }

    /// Notes how many rows of a destination were rejected, for the record.
    pub fn note_rejected(&mut self, into: Destination, rows: u64) {
        self.rejected.push((into, rows));
    }

    /// Customers whose rows were rejected: they have not left, and stay as they were.
    pub(super) fn keep(&mut self, customers: Vec<i64>) {
        self.kept = customers;
    }

    /// Takes in everything that was sunk, in one transaction, and ends the run. Gives the rows by destination. With
    /// `dry` all is tried and rolled back.
    ///
    /// # Errors
    /// Whatever is wrong with the whole; nothing has changed then.
    pub async fn apply(mut self, dry: bool) -> Result<Vec<(Destination, u64)>, ImportError> {
        let run = self.run_as_json(dry);
        let metrics = self.columns.contains_key(&Destination::Metric);
        let taken = take_in(&mut self.db, run, metrics, dry).await;
        // What was staged holds customers' records: it goes now, whatever came of it. If it cannot, the connection's
        // end frees the run, and the next one sweeps up.
        let ended = self.end().await;
        let counts = taken?;
        ended?;
        Ok(Destination::ALL
            .into_iter()
            .filter_map(|d| Some((d, counts.get(d.code())?.as_u64()?)))
            .collect())
    }

    /// Ends a run without taking anything in.
    ///
    /// # Errors
    /// The database's; the next run sweeps up then.
    pub async fn end(mut self) -> Result<(), ImportError> {
        sqlx::query!("select baton.import_end()").execute(&mut *self.db).await?;
        self.db.close().await?;
        Ok(())
    }

    fn run_as_json(&self, dry: bool) -> Value {
        let columns =
            self.columns.iter().map(|(d, names)| (d.code().to_owned(), json!(names))).collect();
        let rejected = self.rejected.iter().map(|(d, n)| (d.code().to_owned(), json!(n))).collect();
        let mut run = self.setup.as_run(&columns, &rejected, dry);
        run["kept"] = json!(self.kept);
        run
    }
}

impl Setup {
    /// The run as `baton.import_apply` takes it; `columns` and `rejected` are by target.
    pub(in crate::store) fn as_run(
        &self,
        columns: &Map<String, Value>,
        rejected: &Map<String, Value>,
        dry: bool,
    ) -> Value {
        let bank = &self.bank;
        json!({
            "bank": {
                "name": bank.name,
                "as_of": bank.as_of,
                "currency": bank.currency.code(),
                "digits": bank.currency.digits(),
                "timezone": bank.timezone.name(),
            },
            "tiers": self.tiers.as_ref().map(|tiers| tiers.iter().map(|t| json!({
                "code": t.code, "zh": t.zh, "en": t.en, "from": t.from.map(|m| m.0),
            })).collect::<Vec<_>>()),
            "attributes": self.attributes.iter().map(|a| json!({
                "code": a.code, "type": a.kind.code(), "zh": a.zh, "en": a.en, "source": a.source,
                "unit": a.unit, "owner": a.owner, "definition": a.definition,
                "class": a.class.map(Class::code),
                "labels": a.labels.iter().map(|l| json!({"value": l.value, "zh": l.zh, "en": l.en}))
                    .collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "means": self.means.iter().map(|(meaning, words)| (meaning.code(), words)).collect::<BTreeMap<_, _>>(),
            "columns": columns,
            "rejected": rejected,
            "source": self.source,
            "dry": dry,
        })
    }
}

/// The transaction that takes everything in. Formulas of metrics are held against the whole tree, old and new.
async fn take_in(
    db: &mut PgConnection,
    run: Value,
    metrics: bool,
    dry: bool,
) -> Result<Value, ImportError> {
    let mut transaction = db.begin().await?;
    let counts = sqlx::query_scalar!(r#"select baton.import_apply($1) as "loaded!""#, run)
        .fetch_one(&mut *transaction)
        .await?;
    if metrics {
        let tree = kpi::tree(&mut transaction).await?;
        tree.check_units().map_err(|error| ImportError::Metrics(error.into()))?;
    }
    if dry {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
        // The records are in: that the planner has no counts of them yet must not be told as a failure.
        if let Err(error) = sqlx::query!("select baton.import_analyze()").execute(&mut *db).await {
            let reason = StoreError::from(error).for_log();
            tracing::warn!(reason, "what was imported has not been counted for the planner");
        }
        if let Err(error) = dictionary::refresh(db).await {
            let reason = error.for_log();
            tracing::warn!(reason, "the attributes' values have not been measured");
        }
    }
    Ok(counts)
}

/// Takes rows of one destination. Write a row's values in the order of the columns with the methods of
/// [`Sink::row`], then call [`Sink::end_row`].
pub struct Sink<'a> {
    copy: PgCopyIn<&'a mut PgConnection>,
    line: Line,
    number: i16,
    rows: i64,
}

impl Sink<'_> {
    /// Starts the next row.
    pub fn row(&mut self) -> &mut Line {
        self.rows += 1;
        let ordinal = self.rows;
        self.row_numbered(ordinal)
    }

    /// Starts a row that is the `ordinal`th of its source.
    pub(super) fn row_numbered(&mut self, ordinal: i64) -> &mut Line {
        let number = self.number;
        self.line.int(number.into()).int(ordinal)
    }

    /// Which sink of the run this is.
    pub(super) fn number(&self) -> i16 {
        self.number
    }

    /// Where the next row will begin.
    pub(super) fn mark(&self) -> usize {
        self.line.bytes.len()
    }

    /// Forgets what was written since `mark`.
    pub(super) fn back_to(&mut self, mark: usize) {
        self.line.bytes.truncate(mark);
    }

    /// Ends the row, and sends what has gathered when it is worth it.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_row(&mut self) -> Result<(), ImportError> {
        self.line.end();
        if self.line.bytes.len() >= CHUNK {
            self.copy.send(self.line.bytes.as_slice()).await?;
            self.line.bytes.clear();
        }
        Ok(())
    }

    /// Takes rows that stand in the text form of COPY already, one to a line.
    ///
    /// # Errors
    /// The database's.
    pub async fn lines(&mut self, rows: &str) -> Result<(), ImportError> {
        for row in rows.lines() {
            self.row().bytes.extend_from_slice(row.as_bytes());
            self.end_row().await?;
        }
        Ok(())
    }

    /// Takes the sink's rows back, so that the connection can go on.
    pub(super) async fn abandon(self) {
        if let Err(error) = self.copy.abort("the run is at fault").await {
            tracing::debug!(%error, "a copy was given up");
        }
    }

    /// Sends the rest. Without it the rows are not there.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish(mut self) -> Result<u64, ImportError> {
        self.copy.send(self.line.bytes.as_slice()).await?;
        Ok(self.copy.finish().await?)
    }
}
