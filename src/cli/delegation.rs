//! `baton operator delegate` and its neighbours: who approves in whose name, and which logins are one person.

use chrono::NaiveDate;
use serde_json::json;

use super::{Context, Failure, Table};
use crate::domain::message::Key;
use crate::domain::strategy::life::Delegation;
use crate::msg;
use crate::store::{StoreError, life};

/// Who approves, and from when to when.
#[derive(Debug, clap::Args)]
pub struct Delegate {
    /// Who approves; he needs no duty of an approver
    to: String,
    /// The first day, by the server's clock in the bank's time zone
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    /// The last day
    #[arg(long, value_name = "DATE")]
    until: NaiveDate,
    /// In the name of this approver, who is away already; for administrators
    #[arg(long = "for", value_name = "OPERATOR")]
    stands_for: Option<String>,
}

/// Makes a delegation and shows it.
pub(super) async fn delegate(args: Delegate, context: &Context) -> Result<(), Failure> {
    let Delegate { to, from, until, stands_for } = args;
    let db = match stands_for {
        Some(_) => context.owner().await?,
        None => context.connect().await?,
    };
    let mut session = db.session().await?;
    let made = context
        .answer(async {
            match &stands_for {
                Some(name) => life::delegate_for(&mut session, name, &to, from, until).await,
                None => life::delegate(&mut session, &to, from, until).await,
            }
        })
        .await?;
    context.output.result(&value(&made), || table(std::slice::from_ref(&made)))
}

/// Lists them.
pub(super) async fn list(context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let all = context.answer(life::delegations(&mut session)).await?;
    let shown: Vec<_> = all.iter().map(value).collect();
    context.output.result(&shown, || table(&all))
}

/// Ends one of the operator's own.
pub(super) async fn end(id: i64, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    context.answer(life::end_delegation(&mut session, id)).await?;
    let mut all = context.answer::<_, StoreError>(life::delegations(&mut session)).await?;
    all.retain(|one| one.id == id);
    let shown = all.first().map(value);
    context.output.result(&shown, || table(&all))
}

/// Says which person a login is.
pub(super) async fn person(name: &str, person: &str, context: &Context) -> Result<(), Failure> {
    let person = (person != "none").then_some(person);
    let mut session = context.owner().await?.alone().await?;
    context.answer(life::set_person(&mut session, name, person)).await?;
    context.output.result(&json!({ "name": name, "person": person }), || {
        Table::facts([
            (msg!("cluster.column.operator"), name.into()),
            (msg!("life.column.person"), person.unwrap_or_default().into()),
        ])
    })
}

fn value(one: &Delegation) -> serde_json::Value {
    json!({
        "id": one.id, "delegator": one.delegator, "delegate": one.delegate, "from": one.from,
        "until": one.to, "now": one.now, "ended": one.ended,
    })
}

fn state(one: &Delegation) -> Key {
    match (one.ended, one.now) {
        (true, _) => msg!("life.delegation.ended"),
        (false, true) => msg!("life.delegation.now"),
        (false, false) => msg!("life.delegation.other"),
    }
}

fn table(all: &[Delegation]) -> Table {
    let mut table = Table::new([
        ("id", msg!("life.column.id")),
        ("delegator", msg!("life.column.delegator")),
        ("delegate", msg!("life.column.delegate")),
        ("from", msg!("life.column.from")),
        ("until", msg!("life.column.to")),
        ("state", msg!("life.column.state")),
    ]);
    for one in all {
        table.row([
            one.id.to_string().into(),
            one.delegator.as_str().into(),
            one.delegate.as_str().into(),
            one.from.into(),
            one.to.into(),
            state(one).into(),
        ]);
    }
    table
}
