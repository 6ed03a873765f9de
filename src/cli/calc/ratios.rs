//! `calc mix-rate` and `calc price-volume`: who there is, and what each does.

use std::path::Path;

use serde_json::{Value, json};

use super::panel::{Panel, Periods};
use super::refusal::Refusal;
use super::sheet::Sheet;
use super::show::{Cell, figure, for_people, table};
use crate::cli::{Context, Failure, Table};
use crate::domain::decomposition::mix_rate::{self, Split};
use crate::domain::decomposition::price_volume::{self, PriceVolume};
use crate::domain::message::Message;
use crate::msg;

/// Mix and rate, centred.
pub(super) fn mix_rate(file: &Path, context: &Context) -> Result<(), Failure> {
    let panel = read(file, ["size", "rate"])?;
    let side = |period: usize, item: usize| match panel.entry(period, item) {
        None => Ok(mix_rate::Side::ABSENT),
        Some(entry) => {
            let size = panel.must(entry, 0)?;
            if size < 0.0 {
                return Err(Refusal::Negative { place: panel.place(entry, 0), value: size });
            }
            // The rate of nothing may be left out; any other must be there.
            let rate = if size == 0.0 { entry.values[1] } else { Some(panel.must(entry, 1)?) };
            Ok(mix_rate::Side { size, rate })
        }
    };
    let rows = (0..panel.items.len())
        .map(|item| Ok((side(0, item)?, side(1, item)?)))
        .collect::<Result<Vec<_>, Refusal>>()?;
    let result = mix_rate::split(&rows).map_err(|error| Failure::refused(error.message()))?;
    say(&result, &panel, context);
    let value = mix_rate_json(&result, &panel);
    context.output.result(&value, || mix_rate_table(&result, &panel, context))
}

/// Price, volume and mix.
pub(super) fn price_volume(file: &Path, context: &Context) -> Result<(), Failure> {
    let panel = read(file, ["price", "quantity"])?;
    let side = |period: usize, item: usize| match panel.entry(period, item) {
        None => Ok(price_volume::Side::ABSENT),
        Some(entry) => {
            let quantity = panel.must(entry, 1)?;
            let price = if quantity == 0.0 { entry.values[0] } else { Some(panel.must(entry, 0)?) };
            for (column, value) in [(0, price), (1, Some(quantity))] {
                if let Some(value) = value.filter(|value| *value < 0.0) {
                    return Err(Refusal::Negative { place: panel.place(entry, column), value });
                }
            }
            Ok(price_volume::Side { price, quantity })
        }
    };
    let rows = (0..panel.items.len())
        .map(|item| Ok((side(0, item)?, side(1, item)?)))
        .collect::<Result<Vec<_>, Refusal>>()?;
    let result = price_volume::split(&rows).map_err(|error| Failure::refused(error.message()))?;
    context.output.result(&result, || price_volume_table(&result, context))
}

fn read(file: &Path, columns: [&str; 2]) -> Result<Panel, Refusal> {
    let columns = columns.map(str::to_owned);
    Panel::of(&Sheet::read(file)?, Some(&columns), Periods::Two)
}

fn say(result: &Split, panel: &Panel, context: &Context) {
    if !for_people(context) {
        return;
    }
    let (first, last) = panel.ends();
    context.output.say(
        Message::new(msg!("calc.said"))
            .with("method", msg!("calc.method.mix-rate"))
            .with("first", first)
            .with("last", last)
            .with("from", figure(result.from))
            .with("to", figure(result.to))
            .with("change", figure(result.to - result.from)),
    );
    if result.reversal {
        context.output.say(
            Message::new(msg!("calc.reversal"))
                .with("change", figure(result.to - result.from))
                .with("rate", figure(result.rate))
                .with("mix", figure(result.mix)),
        );
    }
}

fn mix_rate_json(result: &Split, panel: &Panel) -> Value {
    let rows: Vec<Value> = panel
        .items
        .iter()
        .zip(&result.rows)
        .map(|(item, part)| json!({"item": item, "mix": part.mix, "rate": part.rate}))
        .collect();
    json!({
        "from": result.from,
        "to": result.to,
        "change": result.to - result.from,
        "mix": result.mix,
        "rate": result.rate,
        "reversal": result.reversal,
        "rows": rows,
    })
}

fn mix_rate_table(result: &Split, panel: &Panel, context: &Context) -> Table {
    let row = |item: Cell, mix: f64, rate: f64, change: f64| {
        vec![item, mix.into(), rate.into(), change.into()]
    };
    let mut rows: Vec<Vec<Cell>> = panel
        .items
        .iter()
        .zip(&result.rows)
        .map(|(item, part)| {
            row(Cell::text(item.as_str()), part.mix, part.rate, part.mix + part.rate)
        })
        .collect();
    let total = if for_people(context) { Cell::text(msg!("calc.total")) } else { Cell::text("") };
    rows.push(row(total, result.mix, result.rate, result.to - result.from));
    let columns = [
        ("item", msg!("calc.column.item")),
        ("mix", msg!("calc.column.mix")),
        ("rate", msg!("calc.column.rate")),
        ("change", msg!("calc.column.change")),
    ];
    table(&columns, rows, context)
}

fn price_volume_table(result: &PriceVolume, context: &Context) -> Table {
    let columns = [
        ("change", msg!("calc.column.change")),
        ("price", msg!("calc.column.price")),
        ("volume", msg!("calc.column.volume")),
        ("mix", msg!("calc.column.mix")),
    ];
    let row = [result.change, result.price, result.volume, result.mix];
    table(&columns, vec![row.into_iter().map(Cell::from).collect()], context)
}
