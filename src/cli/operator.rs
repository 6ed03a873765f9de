//! `baton operator`: who may use this bank's database, and for what.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use crate::domain::message::Message;
use crate::domain::operator::{Duty, Operator};
use crate::msg;
use crate::store::operator;
use crate::text;

use super::{Context, Failure, Table, delegation};

/// What to do with operators.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Makes an operator, or gives a known one other duties
    Add {
        /// The login's name
        name: String,
        /// What he may do
        #[arg(long, required = true, value_delimiter = ',', value_parser = duties())]
        duty: Vec<String>,
        /// The code of the org unit that he signs for
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
        /// The staff code of the RM that he is; he sees his own customers and tasks only
        #[arg(long, value_name = "CODE")]
        staff: Option<String>,
    },
    /// Lists the operators of this bank
    List,
    /// Lets another approve in your name while you are away
    Delegate(delegation::Delegate),
    /// Lists who approves in whose name, and when
    Delegations,
    /// Ends a delegation of yours before its last day
    EndDelegation {
        /// Its number, as the list has it
        id: i64,
    },
    /// Says which person a login is, so that two logins of one count as one; for administrators
    Person {
        /// The login's name
        name: String,
        /// The bank's own code for the person, such as a staff number, or none
        person: String,
    },
}

fn duties() -> PossibleValuesParser {
    PossibleValuesParser::new(Duty::ALL.map(Duty::code))
}

/// Runs an `operator` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args {
        Args::Add { name, duty, org, staff } => {
            let mut duties: Vec<Duty> = duty.iter().filter_map(|d| Duty::from_code(d)).collect();
            duties.sort_unstable();
            duties.dedup();
            add(context, &Operator { name, duties, org, staff }).await
        }
        Args::List => list(context).await,
        Args::Delegate(args) => delegation::delegate(args, context).await,
        Args::Delegations => delegation::list(context).await,
        Args::EndDelegation { id } => delegation::end(id, context).await,
        Args::Person { name, person } => delegation::person(&name, &person, context).await,
    }
}

async fn add(context: &Context, new: &Operator) -> Result<(), Failure> {
    put(context, new).await?;
    if !context.is_private() {
        let name = new.name.as_str();
        context.output.say(Message::new(msg!("cluster.operator.needs-login")).with("name", name));
    }
    context.output.result(&value(new), || table(std::slice::from_ref(new), context))
}

/// Makes an operator of this bank. In the private cluster its OS users may then become it; on a server the login
/// is made and the server's own people say how it logs in.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn put(context: &Context, new: &Operator) -> Result<(), Failure> {
    if context.is_private() {
        let cluster = context.cluster().await?;
        context.only_owner(&cluster)?;
        cluster.up().await?;
        return Ok(Box::pin(cluster.add_operator(new)).await?);
    }
    let mut owner = context.owner().await?.alone().await?;
    context.answer(operator::put(&mut owner, new)).await
}

async fn list(context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let all = context.answer(operator::list(&mut session)).await?;
    let values: Vec<_> = all.iter().map(value).collect();
    context.output.result(&values, || table(&all, context))
}

fn value(operator: &Operator) -> serde_json::Value {
    let duties: Vec<_> = operator.duties.iter().map(|duty| duty.code()).collect();
    json!({ "name": operator.name, "duties": duties, "org": operator.org, "staff": operator.staff })
}

fn table(operators: &[Operator], context: &Context) -> Table {
    let mut table = Table::new([
        ("name", msg!("cluster.column.operator")),
        ("duties", msg!("cluster.column.duties")),
        ("org", msg!("cluster.column.org")),
        ("staff", msg!("cluster.column.staff")),
    ]);
    for operator in operators {
        let duties: Vec<_> = operator
            .duties
            .iter()
            .map(|duty| text::render(&duty.label().into(), context.lang()))
            .collect();
        table.row([
            operator.name.as_str().into(),
            duties.join(", ").into(),
            operator.org.clone().unwrap_or_default().into(),
            operator.staff.clone().unwrap_or_default().into(),
        ]);
    }
    table
}
