//! `baton customer`: one customer's card, masked.

use clap::Subcommand;

use super::segment::valued;
use super::typed::CustomerNumber;
use super::{Context, Failure, Table};
use crate::domain::attribute::MartDay;
use crate::domain::bank::Bank;
use crate::domain::customer::CustomerCard;
use crate::domain::message::{Arg, Message};
use crate::domain::money::Currency;
use crate::domain::rule::{Word, known_called};
use crate::domain::segment::now::SegmentsNow;
use crate::msg;
use crate::store::bank;
use crate::store::customer::{self, CustomerError};
use crate::text::customer::mix;
use crate::text::number;

/// What to do with a customer.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Opens one customer's card, which the audit notes; name and phone are masked
    Show {
        /// The customer's number
        #[arg(allow_negative_numbers = true)]
        id: CustomerNumber,
    },
}

impl From<CustomerError> for Failure {
    fn from(error: CustomerError) -> Self {
        match error {
            CustomerError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `customer` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let Args::Show { id } = args;
    let id = id.id()?;
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let (card, bank) = context
        .answer(async {
            let card = customer::card_with_segments(&mut session, id).await?;
            Ok::<_, Failure>((card, bank::bank(&mut session).await?))
        })
        .await?;
    context.output.result(&card, || table(&card, &bank))?;
    for one in &card.unread {
        context.output.say(one.message());
    }
    for gap in card.segments.iter().flat_map(SegmentsNow::gaps) {
        context.output.say(gap);
    }
    let marts = card.segments.iter().flat_map(|now| now.refreshed.iter().cloned());
    for mart in MartDay::said(&MartDay::merged(marts)) {
        context.output.say(mart);
    }
    Ok(())
}

/// One line per fact: what it is about, its name, its value.
fn table(card: &CustomerCard, bank: &Bank) -> Table {
    let currency = bank.currency;
    let mut table = Table::new([
        ("about", msg!("customer.column.about")),
        ("name", msg!("cli.column.name")),
        ("value", msg!("cli.column.value")),
    ]);
    person(card, currency, &mut table);
    money(card, currency, &mut table);
    for one in card.attributes.iter().filter(|one| one.value.is_some()) {
        let (zh, en) = one.labels();
        table.row([
            msg!("customer.about.attribute").into(),
            Arg::Label { zh, en },
            valued(one.value.as_ref(), &one.called, currency),
        ]);
    }
    history(card, bank, &mut table);
    table
}

fn person(card: &CustomerCard, currency: Currency, table: &mut Table) {
    let text = |text: &Option<String>| Arg::from(text.as_deref().unwrap_or_default());
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "".into(), Arg::from);
    let rows: [(_, Arg); 10] = [
        (msg!("customer.fact.id"), card.customer.to_string().into()),
        (msg!("customer.fact.name"), text(&card.name)),
        (msg!("customer.fact.phone"), text(&card.phone)),
        (msg!("customer.fact.org"), format!("{} {}", card.org, card.org_name).into()),
        (msg!("customer.fact.rm"), text(&card.rm_name)),
        (msg!("customer.fact.age"), card.age.map_or_else(|| "".into(), Arg::from)),
        (msg!("customer.fact.gender"), card.gender.as_deref().map_or_else(|| "".into(), gender)),
        (msg!("customer.fact.opened"), day(card.opened_on)),
        (msg!("customer.fact.closed"), day(card.closed_on)),
        (
            msg!("customer.fact.aum"),
            card.aum.map_or_else(|| "".into(), |a| Arg::Money(a, currency)),
        ),
    ];
    for (key, value) in rows {
        table.row([msg!("customer.about.person").into(), key.into(), value]);
    }
    if card.no_contact == Some(true) {
        let told = msg!("customer.fact.no-contact");
        table.row([msg!("customer.about.person").into(), told.into(), "".into()]);
    }
    if let Some(tier) = &card.tier {
        let label = Arg::Label { zh: tier.zh.clone(), en: tier.en.clone() };
        table.row([msg!("customer.about.person").into(), msg!("customer.fact.tier").into(), label]);
        if let Some(next) = &tier.next {
            let label = Arg::Label { zh: next.zh.clone(), en: next.en.clone() };
            let told = Message::new(msg!("customer.fact.missing")).with("tier", label);
            let missing = Arg::Money(next.missing, currency);
            table.row([msg!("customer.about.person").into(), told.into(), missing]);
        }
    }
}

/// The gender in words; a code that is neither stays.
fn gender(code: &str) -> Arg {
    match code {
        "F" => msg!("rule.value.female").into(),
        "M" => msg!("rule.value.male").into(),
        other => other.into(),
    }
}

fn money(card: &CustomerCard, currency: Currency, table: &mut Table) {
    for one in &card.holdings {
        let name = Arg::Label { zh: one.zh.clone(), en: one.en.clone() };
        table.row([msg!("customer.about.holding").into(), name, Arg::Money(one.amount, currency)]);
    }
    for one in &card.mix {
        table.row([msg!("customer.about.mix").into(), one.class.as_str().into(), mix(one).into()]);
    }
}

fn history(card: &CustomerCard, bank: &Bank, table: &mut Table) {
    for one in &card.timeline {
        let amount = one.amount.map_or_else(
            || one.detail.as_deref().unwrap_or_default().into(),
            |amount| Arg::Money(amount, bank.currency),
        );
        let kind = known_called(Word::Event, &one.kind).behind(&one.kind);
        let name = Message::new(msg!("rule.valued"))
            .with("code", number::moment(&one.at.with_timezone(&bank.timezone)))
            .with("label", kind);
        table.row([msg!("customer.about.event").into(), name.into(), amount]);
    }
    for one in &card.contacts {
        let state = one.outcome.as_ref().or(one.blocked.as_ref()).or(one.arm.as_ref());
        let name = format!("{} #{} {}", one.as_of, one.push, one.strategy);
        let state = state.map(String::as_str).unwrap_or_default();
        table.row([msg!("customer.about.contact").into(), name.into(), state.into()]);
    }
    for one in card.segments.iter().flat_map(|now| &now.found) {
        let name = format!("{} v{} {}", one.code, one.version, one.name);
        table.row([msg!("customer.about.segment").into(), name.into(), card.as_of.into()]);
    }
    for one in &card.snapshots {
        let name = format!("{} v{} #{}", one.segment, one.version, one.snapshot);
        table.row([msg!("customer.about.snapshot").into(), name.into(), one.as_of.into()]);
    }
    for one in &card.lists {
        let name = format!("{} #{}", one.code, one.upload);
        table.row([msg!("customer.about.list").into(), name.into(), one.as_of.into()]);
    }
    for one in &card.relations {
        let other = one.other.to_string();
        let kind = known_called(Word::Relation, &one.kind).behind(&one.kind);
        table.row([msg!("customer.about.relation").into(), kind, other.into()]);
    }
}
