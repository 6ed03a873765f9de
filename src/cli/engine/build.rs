//! From the database's rows to the engine's columns.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike as _};
use sqlx::{Connection as _, PgConnection};

use crate::cli::Failure;
use crate::domain::attribute::{AttributeType, RelationName};
use crate::domain::id::{CustomerId, OrgId};
use crate::domain::message::Message;
use crate::engine::{
    Bits, Cell, Column, Columns, Delta, DeltaPart, Draft, EventDraft, Layout, MOST, NOBODY,
    NeedsBuild, Parts, Places, Spec, Version, WORD_FLAGS,
};
use crate::msg;
use crate::store::StoreError;
use crate::store::columns::{self, Changed, Contents, Decimal, Field, Piece, Row};

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

/// Reads everything, over two connections if there are: the one that began, and another beside it.
pub(super) async fn build(
    db: &mut PgConnection,
    beside: Option<PgConnection>,
    contents: &Contents,
) -> Result<Columns, Failure> {
    let mut relations = relations(contents);
    let customer = relations.remove(0);
    columns::every_row(db).await?;
    // Events are read without knowing where their customers stand, beside the customers.
    let other = match beside {
        Some(mut other) => {
            columns::beside(db, &mut other).await?;
            columns::every_row(&mut other).await?;
            Some(tokio::spawn(async move {
                let events = read_events(&mut other, Changed::Everybody).await;
                events.map(|events| (other, events))
            }))
        }
        None => None,
    };
    let (customers, draft) = read_customers(db, &customer, Changed::Everybody).await?;
    if customers.len() >= MOST {
        return Err(Failure::refused(Message::new(msg!("engine.too-many")).with("most", MOST)));
    }
    let (layout, places_of) = Layout::of(&customers, &order(contents));
    let rows = customers.len();
    let at = customers.iter().zip(&places_of).map(|((id, _), place)| (*id, *place));
    let places = Arc::new(Places::at(at));
    let ids = Parts::ids(&customers, &places_of);
    drop(customers);

    // The widest first: the other connection takes what is left.
    relations.sort_by_key(|(_, wanted)| wanted.iter().map(|(_, spec)| weight(spec)).sum::<usize>());
    let queue = Arc::new(Mutex::new(relations));
    let cut = move |events: Vec<(i16, EventDraft)>, places: &Places| {
        let place = |id| places.find(CustomerId(id));
        let runs = events.into_iter().map(|(kind, draft)| (kind, draft.finish(rows, place)));
        runs.collect::<Vec<_>>()
    };
    // Cut here while the other connection goes on.
    let mut done = Vec::new();
    let events = if let Some(other) = other {
        let (left, known) = (queue.clone(), places.clone());
        let other = tokio::spawn(async move {
            let (mut db, events) = other.await.map_err(|_| StoreError::Deadline)??;
            let events = cut(events, &known);
            let columns = read_queue(&mut db, &left, rows, &known).await?;
            db.close().await.ok();
            Ok::<_, Failure>((events, columns))
        });
        done.extend(draft.finish_in(rows, &places_of));
        drop(places_of);
        done.extend(read_queue(db, &queue, rows, &places).await?);
        let (events, columns) = other.await.map_err(|_| StoreError::Deadline)??;
        done.extend(columns);
        events
    } else {
        done.extend(draft.finish_in(rows, &places_of));
        let events = cut(read_events(db, Changed::Everybody).await?, &places);
        done.extend(read_queue(db, &queue, rows, &places).await?);
        events
    };
    Ok(Parts { version: version(contents), layout, ids, columns: done, events }.finish())
}

/// Reads what has changed since the columns were made, and makes new ones with it; none if all must be built anew. Over two
/// connections if there are, as [`build`].
pub(super) async fn refresh(
    db: &mut PgConnection,
    beside: Option<PgConnection>,
    contents: &Contents,
    stands: &Columns,
) -> Result<Result<Columns, NeedsBuild>, Failure> {
    let since = stands.version.load;
    if stands.version.dictionary != contents.dictionary.0 {
        return Ok(Err(NeedsBuild));
    }
    let loaded_at = DateTime::from_timestamp_micros(stands.version.loaded_at).unwrap_or_default();
    let Some(_) = columns::changes_since(db, since, loaded_at).await? else {
        return Ok(Err(NeedsBuild));
    };
    let mut relations = relations(contents);
    let customer = relations.remove(0);
    // Of everybody who has changed anywhere: whether he is there, and where.
    let every = Changed::Since { load: since, part: -1 };
    let other = match beside {
        Some(mut other) => {
            columns::beside(db, &mut other).await?;
            let customer = customer.clone();
            Some(tokio::spawn(async move {
                let came = read_customers(&mut other, &customer, every).await;
                other.close().await.ok();
                came
            }))
        }
        None => None,
    };
    let changed = columns::changed(db, since).await?;
    let places = Places::of(changed.iter().map(|(id, _)| CustomerId(*id)));
    let place = |id: i64| places.find(CustomerId(id));
    let rows_of = |part: i64| {
        let mut rows = Bits::none(changed.len());
        let changed = changed.iter().enumerate().filter(|(_, (_, parts))| parts & part != 0);
        changed.for_each(|(row, _)| rows.set(row, true));
        rows
    };
    let mut parts = Vec::new();
    for relation in relations {
        let part = columns::part_of(&relation.0);
        let rows = rows_of(part);
        let since = Changed::Since { load: since, part };
        let columns = read_relation(db, &relation, changed.len(), since, &place).await?;
        parts.push(DeltaPart { rows, columns });
    }
    let active = rows_of(columns::PART_EVENTS);
    let events = Changed::Since { load: since, part: columns::PART_EVENTS };
    let events = read_events(db, events).await?.into_iter();
    let events = events.map(|(kind, draft)| (kind, draft.list(place))).collect();
    let (came, draft) = match other {
        Some(other) => other.await.map_err(|_| StoreError::Deadline)??,
        None => read_customers(db, &customer, every).await?,
    };
    let mut customers: Vec<(CustomerId, Option<OrgId>)> =
        changed.iter().map(|(id, _)| (CustomerId(*id), None)).collect();
    let mut places_of = vec![NOBODY; came.len()];
    for ((id, org), at) in came.iter().zip(&mut places_of) {
        if let Some(place) = place(id.0) {
            customers[place].1 = Some(*org);
            *at = u32::try_from(place).unwrap_or(NOBODY);
        }
    }
    let rows = Bits::first(changed.len());
    let columns = draft.finish_in(changed.len(), &places_of);
    parts.insert(0, DeltaPart { rows, columns });
    let delta = Delta { version: version(contents), customers, parts, active, events };
    let (stands, order) = (stands.clone(), order(contents));
    let merged = tokio::task::spawn_blocking(move || stands.merge(&delta, &order)).await;
    Ok(merged.map_err(|_| StoreError::Deadline)?)
}

fn who(row: &mut Row<'_>) -> (CustomerId, OrgId) {
    let mut number = || row.field().whole().unwrap_or_default();
    (CustomerId(number()), OrgId(i32::try_from(number()).unwrap_or_default()))
}

/// The units in the order of their tree.
fn order(contents: &Contents) -> Vec<OrgId> {
    contents.units.iter().map(|unit| unit.id).collect()
}

/// How long a column takes to read and to hold, more or less.
fn weight(spec: &Spec) -> usize {
    if spec.kind == AttributeType::Flag { 1 } else { 8 }
}

/// Reads relations, the last first, until none is left: one at a time, so that no more than one stands uncut.
async fn read_queue(
    db: &mut PgConnection,
    queue: &Mutex<Vec<Relation>>,
    rows: usize,
    places: &Places,
) -> Result<Vec<Column>, Failure> {
    let mut all = Vec::new();
    let place = |id: i64| places.find(CustomerId(id));
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(relation) = next else { return Ok(all) };
        all.extend(read_relation(db, &relation, rows, Changed::Everybody, &place).await?);
    }
}

/// One relation's columns, by place. The rows are kept as they come, since a bank's stand in the order of numbers: to put
/// each to its place at once would go all over the memory for every field.
async fn read_relation(
    db: &mut PgConnection,
    relation: &Relation,
    rows: usize,
    changed: Changed,
    place: &(impl Fn(i64) -> Option<usize> + Sync),
) -> Result<Vec<Column>, Failure> {
    let fields = Fields::of(&relation.1);
    let mut draft = Draft::new(0, fields.specs.clone());
    let mut places_of: Vec<u32> = Vec::with_capacity(rows);
    columns::customers(db, &relation.0, &fields.pieces(&["customer_id"]), changed, |mut row| {
        let id = row.field();
        if let Some(place) = id.whole().and_then(place) {
            fields.put(&mut draft, places_of.len(), row);
            places_of.push(u32::try_from(place).unwrap_or(NOBODY));
        }
    })
    .await?;
    Ok(draft.finish_in(rows, &places_of))
}

/// The customers as they come, with their columns.
async fn read_customers(
    db: &mut PgConnection,
    (relation, wanted): &Relation,
    changed: Changed,
) -> Result<(Vec<(CustomerId, OrgId)>, Draft), Failure> {
    let fields = Fields::of(wanted);
    let mut customers: Vec<(CustomerId, OrgId)> = Vec::new();
    let mut draft = Draft::new(0, fields.specs.clone());
    let pieces = fields.pieces(&["customer_id", "org_id"]);
    columns::customers(db, relation, &pieces, changed, |mut row| {
        let who = who(&mut row);
        fields.put(&mut draft, customers.len(), row);
        customers.push(who);
    })
    .await?;
    Ok((customers, draft))
}

/// The fields of a relation's rows: flags first, many in one number, then each other column.
struct Fields {
    specs: Vec<Spec>,
    flags: Vec<String>,
    others: Vec<String>,
}

impl Fields {
    fn of(wanted: &[(String, Spec)]) -> Self {
        let is_flag = |of: &&(String, Spec)| of.1.kind == AttributeType::Flag;
        let flags = wanted.iter().filter(is_flag);
        let others = wanted.iter().filter(|of| !is_flag(of));
        Self {
            specs: flags.clone().chain(others.clone()).map(|(_, spec)| spec.clone()).collect(),
            flags: flags.map(|(name, _)| name.clone()).collect(),
            others: others.map(|(name, _)| name.clone()).collect(),
        }
    }

    fn pieces<'a>(&'a self, first: &[&'a str]) -> Vec<Piece<'a>> {
        let mut pieces: Vec<Piece<'_>> = first.iter().map(|name| Piece::Column(name)).collect();
        for flags in self.flags.chunks(WORD_FLAGS) {
            pieces.extend([Piece::True(flags), Piece::Unknown(flags)]);
        }
        pieces.extend(self.others.iter().map(|name| Piece::Column(name)));
        pieces
    }

    fn put(&self, draft: &mut Draft, at: usize, mut row: Row<'_>) {
        draft.begin(at);
        for word in 0..self.flags.len().div_ceil(WORD_FLAGS) {
            let mut bits = || row.field().whole().and_then(|bits| u32::try_from(bits).ok());
            let (yes, unknown) = (bits().unwrap_or_default(), bits().unwrap_or_default());
            draft.put_flags(at, word, yes, unknown);
        }
        for column in self.flags.len()..self.specs.len() {
            draft.put(at, column, cell(row.field(), self.specs[column].kind));
        }
    }
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

/// The events of each kind.
async fn read_events(
    db: &mut PgConnection,
    changed: Changed,
) -> Result<Vec<(i16, EventDraft)>, Failure> {
    let mut kinds: BTreeMap<i16, EventDraft> = BTreeMap::new();
    columns::events(db, changed, |mut row| {
        let (id, kind, day) = (row.field(), row.field(), row.field());
        let Some(id) = id.whole() else { return };
        let Some(kind) = kind.whole().and_then(|kind| i16::try_from(kind).ok()) else { return };
        let day = day.whole().and_then(|day| i32::try_from(day + DAY_2000).ok());
        kinds.entry(kind).or_default().put(id, day, row.field().whole());
    })
    .await?;
    Ok(kinds.into_iter().collect())
}
