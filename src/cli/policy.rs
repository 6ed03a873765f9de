//! `baton policy`: what the bank has decided for all strategies.

use chrono_tz::Tz;
use clap::Subcommand;
use serde_json::json;

use super::{Context, Failure, Table};
use crate::domain::moment;
use crate::domain::money::Currency;
use crate::domain::policy::{self as words, PolicyRow};
use crate::msg;
use crate::store::policy::{self, PolicyError};
use crate::store::{StoreError, bank};

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Lists every policy with its value
    List,
    /// Sets one; for administrators
    Set {
        /// Its word, as the list has it
        key: String,
        /// Its value (1000, 0.10, 500000.00 or 09:00, as the list shows it), or none for no limit
        value: String,
    },
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `policy` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = match args {
        Args::List => context.connect().await?,
        Args::Set { .. } => context.owner().await?,
    };
    let mut session = db.session().await?;
    // Before the first import no money is known; nothing but counts and hours are set then.
    let (currency, zone) = match context.answer(bank::bank(&mut session)).await {
        Ok(bank) => (bank.currency, bank.timezone),
        Err(failure) if failure.message == StoreError::NoBank.message() => {
            (Currency::CNY, chrono_tz::UTC)
        }
        Err(failure) => return Err(failure),
    };
    let mut wanted = None;
    if let Args::Set { key, value } = &args {
        let number = match value.as_str() {
            "none" => None,
            text => Some(
                words::parse(words::kind(key), text, currency)
                    .ok_or_else(|| words::unreadable(key, text))?,
            ),
        };
        context.answer(policy::set(&mut session, key, number)).await?;
        wanted = Some(key.as_str());
    }
    let mut rows = context.answer(policy::list(&mut session)).await?;
    rows.retain(|row| wanted.is_none_or(|key| row.key == key));
    let values: Vec<_> = rows.iter().map(|row| value(row, zone)).collect();
    match wanted {
        Some(_) => context.output.result(&values.first(), || table(&rows, currency)),
        None => context.output.result(&values, || table(&rows, currency)),
    }
}

/// A policy as JSON has it: shares in parts per million, money in minor units, times of day in minutes.
fn value(row: &PolicyRow, zone: Tz) -> serde_json::Value {
    json!({
        "key": row.key, "value": row.value, "low": row.low, "high": row.high,
        "set_by": row.set_by, "set_at": moment::of_local(row.set_at, zone),
    })
}

fn table(rows: &[PolicyRow], currency: Currency) -> Table {
    let mut table = Table::new([
        ("key", msg!("policy.column.key")),
        ("value", msg!("policy.column.value")),
        ("title", msg!("policy.column.title")),
        ("set_by", msg!("policy.column.set-by")),
        ("set_at", msg!("policy.column.set-at")),
    ]);
    for row in rows {
        table.row([
            row.key.as_str().into(),
            words::shown(words::kind(&row.key), row.value, currency),
            words::title(&row.key),
            row.set_by.as_str().into(),
            row.set_at.format("%Y-%m-%d %H:%M").to_string().into(),
        ]);
    }
    table
}
