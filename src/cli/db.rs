//! `baton db`: the private cluster's life, and the schema of any database.

use clap::Subcommand;
use serde_json::json;

use crate::msg;
use crate::store::{connect, schema};

use super::{Context, Failure, Table};

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Brings the schema to this program's version
    Migrate,
}

/// Runs a `db` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Migrate => migrate(context).await,
    }
}

async fn migrate(context: &Context) -> Result<(), Failure> {
    let target = context.owner_target().await?;
    let mut owner = connect::connect(&target, None).await?;
    let version = schema::migrate(&mut owner).await?;
    context.output.result(&json!({ "version": version }), || {
        Table::facts([(msg!("cluster.fact.schema"), version.into())])
    })
}
