//! The bank as rows, in the text form of COPY: what goes to the database, and what the fixed hash is taken of.
//!
//! A table is a stream of chunks of some hundred kilobytes, so that the half million events never stand in memory.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::Bank;
use super::attributes::{DICTIONARY, Facts, Value};
use super::contacts::{self, Place};
use super::customers::Customer;
use super::events;
use super::holdings;
use super::metrics::{FACTS, History, METRICS, Reading, days, histories, targets};
use super::units::{self, UnitRow};
use crate::store::import::Destination;

/// The rows of one target of the import.
pub struct Table<'a> {
    /// Where they go.
    pub target: Destination,
    /// Its columns, in the order of the rows.
    pub columns: Vec<&'static str>,
    /// The rows, several to a chunk, each chunk ending with a whole row.
    pub chunks: Box<dyn Iterator<Item = String> + Send + 'a>,
}

/// Rows being written: tabs between cells, `\N` for null.
#[derive(Default)]
struct Sheet {
    text: String,
    started: bool,
}

impl Sheet {
    fn next(&mut self) -> &mut String {
        if self.started {
            self.text.push('\t');
        }
        self.started = true;
        &mut self.text
    }

    /// A text of the generator's own: no tab, no line end and no backslash is in any.
    fn text(&mut self, text: &str) -> &mut Self {
        self.next().push_str(text);
        self
    }

    fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        self.text(text.unwrap_or("\\N"))
    }

    fn flag(&mut self, flag: bool) -> &mut Self {
        self.text(if flag { "t" } else { "f" })
    }

    fn number(&mut self, number: i64) -> &mut Self {
        // Writing to a String cannot fail.
        write!(self.next(), "{number}").ok();
        self
    }

    fn maybe_number(&mut self, number: Option<i64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.maybe(None),
        }
    }

    /// A decimal number of six digits after the point.
    fn millionths(&mut self, number: i64) -> &mut Self {
        let (whole, part) = (number.div_euclid(1_000_000), number.rem_euclid(1_000_000));
        write!(self.next(), "{whole}.{part:06}").ok();
        self
    }

    /// Latitude and longitude, both north and east.
    fn place(&mut self, (lat, lon): Place) -> &mut Self {
        self.millionths(lat).millionths(lon)
    }

    fn date(&mut self, date: NaiveDate) -> &mut Self {
        write!(self.next(), "{date}").ok();
        self
    }

    fn value(&mut self, value: Option<Value>) -> &mut Self {
        match value {
            None => self.maybe(None),
            Some(Value::Flag(flag)) => self.flag(flag),
            Some(Value::Text(text)) => self.text(text),
            Some(Value::Number(number) | Value::Money(number)) => self.number(number),
            Some(Value::Date(date)) => self.date(date),
        }
    }

    fn end_row(&mut self) {
        self.text.push('\n');
        self.started = false;
    }
}

/// Every table of the bank, what is referred to before what refers to it.
#[must_use]
pub fn tables(bank: &Bank) -> Vec<Table<'_>> {
    let histories = histories(bank);
    let target_rows = target_sheet(bank, &histories);
    vec![
        once(
            Destination::OrgUnit,
            &["code", "parent", "kind", "name", "class", "lat", "lon"],
            unit_sheet(bank),
        ),
        once(Destination::Staff, &["code", "org", "name", "role", "capacity"], staff_sheet(bank)),
        customer_table(bank),
        by_customer(
            bank,
            Destination::Event,
            &["customer_id", "ref", "kind", "at", "amount", "detail"],
            event_sheet,
        ),
        once(Destination::Product, &["code", "zh", "en", "class", "risk"], product_sheet()),
        by_customer(
            bank,
            Destination::Holding,
            &["customer_id", "product", "day", "amount"],
            holding_sheet,
        ),
        once(Destination::TierTarget, &["tier", "class", "share"], tier_target_sheet()),
        by_customer(
            bank,
            Destination::Consent,
            &["customer_id", "channel", "given", "since"],
            consent_sheet,
        ),
        once(Destination::Relation, &["customer_id", "kind", "other"], relation_sheet(bank)),
        by_customer(bank, Destination::Location, &["customer_id", "lat", "lon"], location_sheet),
        once(Destination::Metric, &["code", "zh", "en", "kind", "unit", "formula"], metric_sheet()),
        Table {
            target: Destination::MetricFact,
            columns: vec!["metric", "org", "day", "value", "numerator", "denominator"],
            chunks: Box::new((0..FACTS).map(move |metric| fact_sheet(bank, &histories, metric))),
        },
        once(Destination::Target, &["metric", "org", "period", "value"], target_rows),
    ]
}

fn once(target: Destination, columns: &[&'static str], rows: String) -> Table<'static> {
    Table { target, columns: columns.to_vec(), chunks: Box::new(std::iter::once(rows)) }
}

fn by_customer<'a>(
    bank: &'a Bank,
    target: Destination,
    columns: &[&'static str],
    sheet: fn(&Bank, &[Customer]) -> String,
) -> Table<'a> {
    let chunks = Box::new(bank.customers.chunks(500).map(move |part| sheet(bank, part)));
    Table { target, columns: columns.to_vec(), chunks }
}

fn unit_sheet(bank: &Bank) -> String {
    let mut sheet = Sheet::default();
    for UnitRow { code, parent, kind, name, class } in units::unit_rows() {
        let class = class.map(String::from);
        sheet.text(&code).maybe(parent).text(kind).text(&name).maybe(class.as_deref());
        sheet.place(contacts::of_unit(bank.seed, &code)).end_row();
    }
    sheet.text
}

fn product_sheet() -> String {
    let mut sheet = Sheet::default();
    for product in &holdings::PRODUCTS {
        sheet.text(product.code).text(product.zh).text(product.en).text(product.class);
        sheet.number(product.risk).end_row();
    }
    sheet.text
}

fn holding_sheet(bank: &Bank, part: &[Customer]) -> String {
    let mut sheet = Sheet::default();
    for customer in part {
        for row in holdings::of(bank.seed, customer) {
            sheet.number(customer.id).text(holdings::PRODUCTS[row.product].code);
            sheet.date(row.day).number(row.amount).end_row();
        }
    }
    sheet.text
}

fn tier_target_sheet() -> String {
    let mut sheet = Sheet::default();
    for (tier, class, ppm) in holdings::TIER_TARGETS {
        sheet.text(tier).text(class).millionths(ppm).end_row();
    }
    sheet.text
}

fn consent_sheet(bank: &Bank, part: &[Customer]) -> String {
    let mut sheet = Sheet::default();
    for customer in part {
        for row in contacts::consents(bank.seed, customer) {
            sheet.number(customer.id).text(row.channel).flag(row.given).date(row.since).end_row();
        }
    }
    sheet.text
}

fn relation_sheet(bank: &Bank) -> String {
    let mut sheet = Sheet::default();
    for row in contacts::relations(bank.seed, &bank.customers, bank.units.len()) {
        sheet.number(row.customer).text(row.kind).number(row.other).end_row();
    }
    sheet.text
}

fn location_sheet(bank: &Bank, part: &[Customer]) -> String {
    let mut sheet = Sheet::default();
    for customer in part {
        if let Some(place) = contacts::of_customer(bank.seed, customer, &bank.units) {
            sheet.number(customer.id).place(place).end_row();
        }
    }
    sheet.text
}

fn staff_sheet(bank: &Bank) -> String {
    let mut sheet = Sheet::default();
    for rm in &bank.rms {
        sheet
            .text(&rm.code)
            .text(&bank.units[rm.unit].code)
            .text(&rm.name)
            .text("rm")
            .number(rm.capacity)
            .end_row();
    }
    sheet.text
}

fn customer_table(bank: &Bank) -> Table<'_> {
    let fixed = [
        "customer_id",
        "org",
        "rm",
        "name",
        "phone",
        "opened_on",
        "birth_date",
        "gender",
        "aum",
        "no_contact",
        "closed_on",
    ];
    let (open, closed) = (bank.customers.chunks(500), bank.closed.chunks(500));
    Table {
        target: Destination::Customer,
        columns: fixed
            .into_iter()
            .chain(DICTIONARY.iter().map(|attribute| attribute.code))
            .collect(),
        chunks: Box::new(
            open.map(|part| customer_sheet(bank, part.iter().map(|customer| (customer, None))))
                .chain(closed.map(|part| {
                    customer_sheet(bank, part.iter().map(|(customer, on)| (customer, Some(*on))))
                })),
        ),
    }
}

/// Rows of customers, each with the day on which he left, if he did.
fn customer_sheet<'a>(
    bank: &Bank,
    part: impl Iterator<Item = (&'a Customer, Option<NaiveDate>)>,
) -> String {
    let mut sheet = Sheet::default();
    for (customer, left) in part {
        let unit = &bank.units[customer.unit];
        sheet
            .number(customer.id)
            .text(&unit.code)
            .maybe(customer.rm.map(|rm| bank.rms[rm].code.as_str()));
        sheet
            .text(&customer.name)
            .text(&customer.phone)
            .date(customer.opened_on)
            .date(customer.birth_date);
        sheet
            .text(if customer.female { "F" } else { "M" })
            .number(customer.aum())
            .flag(customer.no_contact);
        match left {
            Some(on) => sheet.date(on),
            None => sheet.maybe(None),
        };
        // Nothing is heard of one who left.
        let events = if left.is_none() { events::of(bank.seed, customer) } else { Vec::new() };
        for value in Facts::new(bank.seed, customer, unit, &events).values(bank.seed) {
            sheet.value(value);
        }
        sheet.end_row();
    }
    sheet.text
}

fn event_sheet(bank: &Bank, part: &[Customer]) -> String {
    let mut sheet = Sheet::default();
    for customer in part {
        for event in events::of(bank.seed, customer) {
            sheet.number(customer.id).text(&event.reference).text(event.kind);
            // China has one time zone and no summer time.
            write!(sheet.next(), "{}+08", event.at.format("%Y-%m-%d %H:%M:%S")).ok();
            sheet.maybe_number(event.amount).maybe(event.detail).end_row();
        }
    }
    sheet.text
}

fn metric_sheet() -> String {
    let mut sheet = Sheet::default();
    for metric in &METRICS {
        sheet.text(metric.code).text(metric.zh).text(metric.en).text(metric.kind);
        sheet.maybe(metric.money.then_some("money")).maybe(metric.formula).end_row();
    }
    sheet.text
}

/// All facts of one metric, in the order of the key: the database adds them at the end of its index.
fn fact_sheet(bank: &Bank, histories: &[History], metric: usize) -> String {
    let mut sheet = Sheet::default();
    for (at, day) in days().enumerate() {
        for (unit, history) in bank.units.iter().zip(histories) {
            let (metric, reading) = history.facts(at)[metric];
            sheet.text(metric).text(&unit.code).date(day);
            match reading {
                Reading::Value(value) => sheet.number(value).maybe(None).maybe(None),
                Reading::Ratio(numerator, denominator) => {
                    sheet.maybe(None).number(numerator).number(denominator)
                }
            };
            sheet.end_row();
        }
    }
    sheet.text
}

fn target_sheet(bank: &Bank, histories: &[History]) -> String {
    let mut sheet = Sheet::default();
    for target in targets(bank, histories) {
        sheet
            .text(target.metric)
            .text(&target.org)
            .text(&target.period)
            .number(target.value)
            .end_row();
    }
    sheet.text
}
