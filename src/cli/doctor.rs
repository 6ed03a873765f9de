//! `baton doctor`: what Baton needs and whether it is there.

use serde_json::json;

use crate::msg;

use super::{Context, Failure, Table};

/// Checks everything.
///
/// # Errors
/// [`Failure`] if something that is needed is missing.
pub async fn run(context: &Context) -> Result<(), Failure> {
    let target = context.db().await?.target().clone();
    context.output.result(&json!({ "place": target.place() }), || {
        Table::facts([(msg!("cluster.fact.place"), target.place().into())])
    })
}
