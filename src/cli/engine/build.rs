//! From the database's rows to the engine's columns.

use std::collections::BTreeMap;

use chrono::Datelike as _;
use sqlx::PgConnection;

use crate::cli::Failure;
use crate::domain::attribute::{AttributeType, RelationName};
use crate::domain::id::{CustomerId, OrgId};
use crate::domain::message::Message;
use crate::engine::{
    Cell, Column, Columns, Delta, Draft, Happened, Layout, MOST, NeedsBuild, Parts, Places, Spec,
    Version,
};
use crate::msg;
use crate::store::columns::{self, Contents, Decimal, Field};

/// From 2000 on, as the database counts days, to the common era.
const DAY_2000: i64 = 730_120;

/// The columns of `customer` that rules read, as they are called there and in rules. A row of staff is a whole number,
/// as an amount is.
const FIXED: [(&str, &str, AttributeType); 6] = [
    ("rm_id", "rm", AttributeType::Money),
    ("opened_on", "opened_on", AttributeType::Date),
    ("birth_date", "birth_date", AttributeType::Date),
    ("gender", "gender", AttributeType::Category),
    ("aum", "aum", AttributeType::Money),
    ("no_contact", "no_contact", AttributeType::Flag),
];

/// One relation's columns: as they are called there, and what they become.
type Relation = (RelationName, Vec<(String, Spec)>);

/// The version of the data that was read.
pub(super) fn version(contents: &Contents) -> Version {
    let version = contents.version;
    Version {
        load: version.load,
        loaded_at: version.loaded_at.timestamp_micros(),
        as_of: version.as_of.num_days_from_ce(),
        dictionary: contents.dictionary.0,
    }
}

/// Reads everything.
pub(super) async fn build(db: &mut PgConnection, contents: &Contents) -> Result<Columns, Failure> {
    let mut customers: Vec<(CustomerId, OrgId)> = Vec::new();
    let customer = RelationName::own("customer");
    columns::customers(db, &customer, &["customer_id", "org_id"], None, |row| {
        customers.push(who(row));
    })
    .await?;
    if customers.len() >= MOST {
        return Err(Failure::refused(Message::new(msg!("engine.too-many")).with("most", MOST)));
    }
    let layout = Layout::of(&mut customers, &order(contents));
    let places = Places::of(customers.iter().map(|(id, _)| *id));
    let place = |id: i64| places.find(CustomerId(id));
    let cut = read_columns(db, contents, customers.len(), None, &place).await?;
    let events = read_events(db, None, &place).await?;
    Ok(Parts { version: version(contents), layout, customers, columns: cut, events }.finish())
}

/// Reads what has changed since the columns were made, and puts it in; builds anew where that does not do.
pub(super) async fn refresh(
    db: &mut PgConnection,
    contents: &Contents,
    mut stands: Columns,
) -> Result<Result<Columns, NeedsBuild>, Failure> {
    let since = stands.version.load;
    if stands.version.dictionary != contents.dictionary.0 {
        return Ok(Err(NeedsBuild));
    }
    let Some(_) = columns::changes_since(db, since).await? else { return Ok(Err(NeedsBuild)) };
    let ids = columns::changed(db, since).await?;
    let places = Places::of(ids.iter().map(|id| CustomerId(*id)));
    let place = |id: i64| places.find(CustomerId(id));
    let mut customers: Vec<(CustomerId, Option<OrgId>)> =
        ids.iter().map(|id| (CustomerId(*id), None)).collect();
    let customer = RelationName::own("customer");
    columns::customers(db, &customer, &["customer_id", "org_id"], Some(since), |row| {
        let (id, org) = who(row);
        if let Some(place) = place(id.0) {
            customers[place].1 = Some(org);
        }
    })
    .await?;
    let cut = read_columns(db, contents, ids.len(), Some(since), &place).await?;
    let events = read_events(db, Some(since), &place).await?;
    let delta = Delta { version: version(contents), customers, columns: cut, events };
    Ok(stands.merge(delta, &order(contents)).map(|()| stands))
}

fn who(row: &[Field<'_>]) -> (CustomerId, OrgId) {
    let number = |at: usize| row.get(at).and_then(|field| field.whole()).unwrap_or_default();
    (CustomerId(number(0)), OrgId(i32::try_from(number(1)).unwrap_or_default()))
}

/// The units in the order of their tree.
fn order(contents: &Contents) -> Vec<OrgId> {
    contents.units.iter().map(|unit| unit.id).collect()
}

/// The columns of every relation, one relation at a time, so that no more than one stands uncut.
async fn read_columns(
    db: &mut PgConnection,
    contents: &Contents,
    rows: usize,
    since: Option<i64>,
    place: &impl Fn(i64) -> Option<usize>,
) -> Result<Vec<Column>, Failure> {
    let mut all = Vec::new();
    for (relation, wanted) in relations(contents) {
        let names: Vec<&str> = std::iter::once("customer_id")
            .chain(wanted.iter().map(|(name, _)| name.as_str()))
            .collect();
        let specs: Vec<Spec> = wanted.iter().map(|(_, spec)| spec.clone()).collect();
        let kinds: Vec<AttributeType> = specs.iter().map(|spec| spec.kind).collect();
        let mut draft = Draft::new(rows, specs);
        columns::customers(db, &relation, &names, since, |row| {
            let Some((id, fields)) = row.split_first() else { return };
            let Some(place) = id.whole().and_then(place) else { return };
            for (column, (field, kind)) in fields.iter().zip(&kinds).enumerate() {
                draft.put(place, column, cell(*field, *kind));
            }
        })
        .await?;
        all.extend(draft.finish());
    }
    Ok(all)
}

fn relations(contents: &Contents) -> Vec<Relation> {
    let spec = |code: &str, kind| Spec { code: code.to_owned(), kind };
    let fixed = FIXED.map(|(column, code, kind)| (column.to_owned(), spec(code, kind)));
    let mut relations: Vec<Relation> = vec![(RelationName::own("customer"), fixed.to_vec())];
    let mut own: BTreeMap<&RelationName, Vec<(String, Spec)>> = BTreeMap::new();
    for attribute in &contents.attributes {
        let column = (attribute.column.clone(), spec(&attribute.code, attribute.kind));
        own.entry(&attribute.relation).or_default().push(column);
    }
    relations.extend(own.into_iter().map(|(relation, columns)| (relation.clone(), columns)));
    relations
}

fn cell(field: Field<'_>, kind: AttributeType) -> Cell<'_> {
    if field.0.is_none() {
        return Cell::Null;
    }
    match kind {
        AttributeType::Flag => field.flag().map_or(Cell::Beyond, Cell::Flag),
        AttributeType::Category => field.text().map_or(Cell::Beyond, Cell::Word),
        AttributeType::Money => field.whole().map_or(Cell::Beyond, Cell::Whole),
        AttributeType::Number => match field.decimal() {
            Some(Decimal::Held(digits, behind)) => Cell::Decimal(digits, behind),
            _ => Cell::Beyond,
        },
        // The ends of the calendar, and infinity, are for SQL.
        AttributeType::Date => match field.whole() {
            Some(day) if (1 - DAY_2000..=3_652_059 - DAY_2000).contains(&day) => {
                Cell::Whole(day + DAY_2000)
            }
            _ => Cell::Beyond,
        },
    }
}

/// The events of each kind; none where one cannot be held.
async fn read_events(
    db: &mut PgConnection,
    since: Option<i64>,
    place: &impl Fn(i64) -> Option<usize>,
) -> Result<Vec<(i16, Option<Vec<Happened>>)>, Failure> {
    let mut kinds: BTreeMap<i16, Option<Vec<Happened>>> = BTreeMap::new();
    columns::events(db, since, |row| {
        let [id, kind, day, amount] = row else { return };
        let Some(place) = id.whole().and_then(place) else { return };
        let Some(kind) = kind.whole().and_then(|kind| i16::try_from(kind).ok()) else { return };
        let day = day.whole().and_then(|day| i32::try_from(day + DAY_2000).ok());
        let events = kinds.entry(kind).or_insert_with(|| Some(Vec::new()));
        match (day, u32::try_from(place)) {
            (Some(day), Ok(place)) => {
                if let Some(events) = events {
                    events.push(Happened { place, day, amount: amount.whole() });
                }
            }
            _ => *events = None,
        }
    })
    .await?;
    Ok(kinds.into_iter().collect())
}
