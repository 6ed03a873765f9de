//! Segments as tables, and as JSON has them.

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::{Output, Table};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::money::Currency;
use crate::domain::segment::graph::SegmentGraph;
use crate::domain::segment::list::{Comparison, HistoryRow};
use crate::domain::segment::version::{PartFate, VersionDiff, VersionRow};
use crate::domain::segment::{LeafCounts, SegmentCount, SegmentKind, SegmentRow, SnapshotRow};
use crate::msg;
use crate::store::segment::graph::{Fate, Refreshed};
use crate::text::number;

/// A segment as JSON has it; what was saved, or the whole of it.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    code: &'a str,
    name: &'a str,
    version: i32,
    rule: &'a str,
    #[serde(flatten)]
    more: Option<More<'a>>,
}

#[derive(Serialize)]
struct More<'a> {
    kind: SegmentKind,
    author: &'a str,
    owner: &'a str,
    note: Option<&'a str>,
    snapshot: Option<i64>,
    customers: Option<i64>,
    /// Why its rule cannot be asked any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(row: &'a SegmentRow) -> Self {
        let (code, name, rule) = (&row.code, &row.name, &row.rule);
        Self { code, name, version: row.version, rule, more: None }
    }

    pub(super) fn whole(row: &'a SegmentRow, output: &Output) -> Self {
        let more = More {
            kind: row.kind,
            author: &row.author,
            owner: &row.owner,
            note: row.note.as_deref(),
            snapshot: row.snapshot.as_ref().map(|snapshot| snapshot.id.0),
            customers: row.snapshot.as_ref().and_then(|snapshot| snapshot.customers),
            broken: row.broken.as_ref().map(|why| output.cell(&why.clone().into())),
        };
        Self { more: Some(more), ..Self::of(row) }
    }
}

pub(super) fn facts(row: &SegmentRow) -> Table {
    Table::facts([
        (msg!("segment.fact.code"), row.code.as_str().into()),
        (msg!("segment.fact.name"), row.name.as_str().into()),
        (msg!("segment.fact.version"), row.version.into()),
        (msg!("segment.fact.rule"), row.rule.as_str().into()),
        (msg!("segment.fact.kind"), kind(row.kind).into()),
        (msg!("segment.fact.author"), row.author.as_str().into()),
        (msg!("segment.fact.owner"), row.owner.as_str().into()),
        (msg!("segment.fact.note"), row.note.as_deref().unwrap_or_default().into()),
    ])
}

pub(super) fn list(rows: &[SegmentRow]) -> Table {
    let mut table = Table::new([
        ("code", msg!("segment.fact.code")),
        ("name", msg!("segment.fact.name")),
        ("version", msg!("segment.fact.version")),
        ("rule", msg!("segment.fact.rule")),
        ("customers", msg!("segment.fact.frozen")),
    ]);
    for row in rows {
        let frozen = row.snapshot.as_ref().and_then(|s| s.customers);
        let frozen = frozen.map_or_else(|| "".into(), Arg::from);
        table.row([
            row.code.as_str().into(),
            row.name.as_str().into(),
            row.version.into(),
            row.rule.as_str().into(),
            frozen,
        ]);
    }
    table
}

pub(super) fn snapshot(row: &SnapshotRow) -> Table {
    Table::facts([
        (msg!("segment.fact.snapshot"), row.id.0.to_string().into()),
        (msg!("segment.fact.customers"), row.customers.map_or_else(|| "".into(), Arg::from)),
        (msg!("segment.fact.as-of"), row.as_of.into()),
        (msg!("segment.fact.hash"), row.hash.to_string().into()),
    ])
}

pub(super) fn count(count: &SegmentCount, leaves: &LeafCounts, currency: Currency) -> Table {
    let Some(parts) = &count.by_org else {
        let mut facts = Table::facts([
            (msg!("segment.fact.customers"), count.count.into()),
            (msg!("segment.fact.of"), count.of.into()),
            (msg!("segment.fact.aum"), Arg::Money(count.aum, currency)),
            (msg!("segment.fact.as-of"), count.as_of.into()),
        ]);
        // The condition belongs to the name, so that the value is a number for programs too.
        let mut figure = |of: Key, text: &str, count: i64| {
            let named = Message::new(msg!("segment.leaf")).with("what", of).with("text", text);
            facts.row([named.into(), count.into()]);
        };
        for leaf in leaves.leaves.iter().filter(|_| leaves.leaves.len() > 1) {
            figure(msg!("segment.fact.leaf"), &leaf.text, leaf.count);
        }
        if let Some(part) = &leaves.removes_most {
            figure(msg!("segment.fact.removes-most"), &part.text, part.removes);
        }
        return facts;
    };
    let mut table = Table::new([
        ("org", msg!("segment.fact.org")),
        ("name", msg!("segment.fact.name")),
        ("count", msg!("segment.fact.customers")),
        ("aum", msg!("segment.fact.aum")),
    ])
    .in_money(currency, &["aum"]);
    for part in parts {
        table.row([
            part.org.as_str().into(),
            part.name.as_str().into(),
            part.count.into(),
            Arg::Money(part.aum, currency),
        ]);
    }
    table
}

fn kind(kind: SegmentKind) -> Message {
    match kind {
        SegmentKind::Dynamic => msg!("segment.kind.dynamic"),
        SegmentKind::Frozen => msg!("segment.kind.frozen"),
    }
    .into()
}

pub(super) fn versions(rows: &[VersionRow], zone: Tz) -> Table {
    let mut table = Table::new([
        ("version", msg!("segment.fact.version")),
        ("name", msg!("segment.fact.name")),
        ("kind", msg!("segment.fact.kind")),
        ("author", msg!("segment.fact.author")),
        ("created_at", msg!("segment.fact.created")),
        ("snapshots", msg!("segment.fact.snapshots")),
        ("note", msg!("segment.fact.note")),
        ("rule", msg!("segment.fact.rule")),
    ]);
    for row in rows {
        table.row([
            row.version.into(),
            row.name.as_str().into(),
            kind(row.kind).into(),
            row.author.as_str().into(),
            number::moment(&row.created_at.with_timezone(&zone)).into(),
            row.snapshots.into(),
            row.note.as_deref().unwrap_or_default().into(),
            row.rule.as_str().into(),
        ]);
    }
    table
}

pub(super) fn diff(diff: &VersionDiff) -> Table {
    let mut table =
        Table::new([("change", msg!("segment.fact.change")), ("text", msg!("segment.fact.text"))]);
    let mut changed = |key: Key, from: Arg, to: Arg| {
        let told =
            |value| Message::new(msg!("segment.diff.fact")).with("fact", key).with("value", value);
        table.row(["-".into(), told(from).into()]);
        table.row(["+".into(), told(to).into()]);
    };
    if let Some(name) = &diff.name {
        changed(msg!("segment.fact.name"), name.from.as_str().into(), name.to.as_str().into());
    }
    if let Some(note) = &diff.note {
        let told = |note: &Option<String>| note.as_deref().unwrap_or_default().into();
        changed(msg!("segment.fact.note"), told(&note.from), told(&note.to));
    }
    if let Some(change) = &diff.kind {
        changed(msg!("segment.fact.kind"), kind(change.from).into(), kind(change.to).into());
    }
    for part in &diff.parts {
        let sign = if part.change == PartFate::Kept { "" } else { part.change.sign() };
        table.row([sign.into(), part.text.as_str().into()]);
    }
    table
}

pub(super) fn graph(graph: &SegmentGraph) -> Table {
    let mut table = Table::new([
        ("code", msg!("segment.fact.code")),
        ("version", msg!("segment.fact.version")),
        ("kind", msg!("segment.fact.kind")),
        ("uses", msg!("segment.fact.uses")),
        ("used_by", msg!("segment.fact.used-by")),
        ("strategies", msg!("segment.fact.strategies")),
    ]);
    for node in &graph.segments {
        table.row([
            node.code.as_str().into(),
            node.version.into(),
            kind(node.kind).into(),
            node.names().join(", ").into(),
            node.used_by.join(" ").into(),
            node.strategies.join(" ").into(),
        ]);
    }
    table
}

/// A refresh as JSON has it.
pub(super) fn refreshed(done: &[Refreshed]) -> Value {
    let (mut frozen, mut kept, mut failed, mut skipped) = (vec![], vec![], vec![], vec![]);
    for one in done {
        match &one.fate {
            Fate::Frozen(row) => frozen.push(json!({
                "code": one.code, "version": one.version, "snapshot": row.id,
                "count": row.customers, "hash": row.hash, "ms": row.ms,
            })),
            Fate::Kept => kept.push(one.code.as_str()),
            Fate::Failed(_) => failed.push(one.code.as_str()),
            Fate::Skipped(below) => skipped.push(json!({ "code": one.code, "stands_on": below })),
        }
    }
    json!({ "refreshed": frozen, "kept": kept, "failed": failed, "skipped": skipped })
}

pub(super) fn refresh(done: &[Refreshed]) -> Table {
    let mut table = Table::new([
        ("code", msg!("segment.fact.code")),
        ("version", msg!("segment.fact.version")),
        ("snapshot", msg!("segment.fact.snapshot")),
        ("customers", msg!("segment.fact.customers")),
    ]);
    for one in done {
        let (snapshot, customers): (Arg, Arg) = match &one.fate {
            Fate::Frozen(row) => {
                let customers = row.customers.map_or_else(|| "".into(), Arg::from);
                (row.id.to_string().into(), customers)
            }
            Fate::Kept => (msg!("segment.refresh.kept").into(), "".into()),
            Fate::Failed(_) => (msg!("segment.refresh.not").into(), "".into()),
            Fate::Skipped(below) => {
                let said = Message::new(msg!("segment.refresh.skipped"));
                (said.with("code", below.as_str()).into(), "".into())
            }
        };
        table.row([one.code.as_str().into(), one.version.into(), snapshot, customers]);
    }
    table
}

pub(super) fn history(rows: &[HistoryRow], currency: Currency) -> Table {
    let mut table = Table::new([
        ("snapshot", msg!("segment.fact.snapshot")),
        ("version", msg!("segment.fact.version")),
        ("as_of", msg!("segment.fact.as-of")),
        ("data_as_of", msg!("segment.fact.data-as-of")),
        ("count", msg!("segment.fact.customers")),
        ("aum", msg!("segment.fact.aum")),
        ("ms", msg!("segment.fact.ms")),
        ("hash", msg!("segment.fact.hash")),
    ])
    .in_money(currency, &["aum"]);
    for row in rows {
        table.row([
            row.snapshot.to_string().into(),
            row.version.into(),
            row.as_of.into(),
            // Only where it is another day.
            row.data_as_of.filter(|day| *day != row.as_of).map_or_else(|| "".into(), Arg::from),
            row.count.map_or_else(|| "".into(), Arg::from),
            row.aum.map_or_else(|| "".into(), |aum| Arg::Money(aum, currency)),
            row.ms.map_or_else(|| "".into(), Arg::from),
            row.hash.to_string().into(),
        ]);
    }
    table
}

pub(super) fn compare(compared: &Comparison) -> Table {
    let mut facts: Vec<(Key, Arg)> = vec![
        (msg!("segment.compare.in"), compared.came.into()),
        (msg!("segment.compare.out"), compared.left.into()),
        (msg!("segment.compare.stayed"), compared.stayed.into()),
    ];
    if let Some(members) = &compared.members {
        let sides = [
            (msg!("segment.compare.in"), &members.came),
            (msg!("segment.compare.out"), &members.left),
            (msg!("segment.compare.stayed"), &members.stayed),
        ];
        for (key, side) in sides {
            facts.extend(side.iter().map(|customer| (key, customer.to_string().into())));
        }
    }
    Table::facts(facts)
}
