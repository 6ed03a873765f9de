//! `calc lmdi` and `calc shapley`: a change over the factors of a product or a formula.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::panel::{Panel, Periods};
use super::refusal::Refusal;
use super::sheet::Sheet;
use super::show::{Cell, figure, for_people, table};
use crate::cli::{Context, Failure, Table};
use crate::domain::clean::clean;
use crate::domain::decomposition::chain::{ChainError, Chained, chained};
use crate::domain::decomposition::formula::{Formula, ValueError};
use crate::domain::decomposition::lmdi::{LmdiError, Row};
use crate::domain::decomposition::shapley::{MOST_FACTORS, Shapley, ShapleyError, split};
use crate::domain::message::Message;
use crate::domain::statistics::twice::Twice;
use crate::msg;

/// LMDI-I, additive and multiplicative, direct or chained.
pub(super) fn lmdi(file: &Path, chain: bool, context: &Context) -> Result<(), Failure> {
    let allowed = if chain { Periods::Chain } else { Periods::Unchained };
    let panel = Panel::of(&Sheet::read(file)?, None, allowed)?;
    let steps = steps(&panel)?;
    let result = chained(&steps).map_err(|error| lmdi_failure(error, &panel))?;
    let method = if panel.periods.len() > 2 {
        Message::new(msg!("calc.method.chained")).with("steps", steps.len())
    } else {
        Message::new(msg!("calc.method.direct"))
    };
    say(method, (result.from, result.to, result.change), &panel, context);
    context.output.result(&lmdi_json(&result, &panel), || lmdi_table(&result, &panel, context))
}

/// Each step's rows, in the order of the items.
fn steps(panel: &Panel) -> Result<Vec<Vec<Row>>, Refusal> {
    let side = |period: usize, item: usize| factors(panel, period, item);
    (1..panel.periods.len())
        .map(|to| {
            (0..panel.items.len())
                .map(|item| Ok(Row::exact(side(to - 1, item)?, side(to, item)?)))
                .collect()
        })
        .collect()
}

/// An item's factors in a period: all zero where it has no line. An empty cell is undefined, which it can only be
/// where another factor is zero (the balance per customer of no customers).
fn factors(panel: &Panel, period: usize, item: usize) -> Result<Vec<Option<Twice>>, Refusal> {
    let Some(entry) = panel.entry(period, item) else {
        return Ok(vec![Some(Twice::default()); panel.columns.len()]);
    };
    if let Some(column) = entry.values.iter().position(|value| value.is_some_and(|x| x < 0.0)) {
        let (place, value) = (panel.place(entry, column), entry.values[column].unwrap_or(0.0));
        return Err(Refusal::NegativeFactor { place, value });
    }
    let empty = entry.values.iter().position(Option::is_none);
    match empty {
        Some(column) if !entry.values.contains(&Some(0.0)) => {
            Err(Refusal::Empty { place: panel.place(entry, column) })
        }
        _ => Ok(entry.digits.clone()),
    }
}

fn lmdi_failure(error: ChainError, panel: &Panel) -> Failure {
    match error {
        ChainError::Step { step, error: LmdiError::Negative { row, factor } } => {
            // The file's own check comes first; this says what the method itself would not take.
            let (item, column) = (panel.items[row].as_str(), panel.columns[factor].as_str());
            Failure::refused(
                Message::new(msg!("calc.lmdi.no-logarithm"))
                    .with("item", item)
                    .with("column", column)
                    .with("period", panel.periods[step + 1].as_str()),
            )
        }
        ChainError::Step { step, error: LmdiError::TooSmall { row, later } } => Failure::refused(
            Message::new(msg!("calc.lmdi.too-small"))
                .with("item", panel.items[row].as_str())
                .with("period", panel.periods[step + usize::from(later)].as_str()),
        ),
        ChainError::Step { error: LmdiError::Factors { .. }, .. } => Refusal::NoFactor.into(),
        ChainError::Overflow => Failure::refused(msg!("calc.overflow")),
    }
}

fn lmdi_json(result: &Chained, panel: &Panel) -> Value {
    let rows: Vec<Value> = panel
        .items
        .iter()
        .zip(&result.rows)
        .map(|(item, effects)| json!({"item": item, "effects": by_name(&panel.columns, effects)}))
        .collect();
    // A ratio that does not exist, or is beyond a number, is null.
    let none = vec![f64::NAN; panel.columns.len()];
    let ratios = result.ratios.as_ref().unwrap_or(&none);
    json!({
        "from": result.from,
        "to": result.to,
        "change": result.change,
        "effects": by_name(&panel.columns, &result.effects),
        "ratios": by_name(&panel.columns, ratios),
        "rows": rows,
    })
}

fn by_name(names: &[String], values: &[f64]) -> Map<String, Value> {
    names.iter().zip(values).map(|(name, value)| (name.clone(), json!(value))).collect()
}

fn lmdi_table(result: &Chained, panel: &Panel, context: &Context) -> Table {
    let change = result.change;
    let share = |effect: f64| Cell::Number((change != 0.0).then(|| effect / change));
    let mut rows = Vec::new();
    for (at, (factor, effect)) in panel.columns.iter().zip(&result.effects).enumerate() {
        let ratio = Cell::Number(result.ratios.as_ref().map(|ratios| ratios[at]));
        rows.push(vec![
            Cell::text(""),
            Cell::text(factor.as_str()),
            (*effect).into(),
            share(*effect),
            ratio,
        ]);
    }
    let ratio = Cell::Number(result.ratios.as_ref().map(|_| result.to / result.from));
    rows.push(vec![Cell::text(""), total(context), change.into(), share(change), ratio]);
    for (item, effects) in panel.items.iter().zip(&result.rows) {
        for (factor, effect) in panel.columns.iter().zip(effects) {
            rows.push(vec![
                Cell::text(item.as_str()),
                Cell::text(factor.as_str()),
                (*effect).into(),
                share(*effect),
                Cell::Number(None),
            ]);
        }
    }
    let columns = [
        ("item", msg!("calc.column.item")),
        ("factor", msg!("calc.column.factor")),
        ("effect", msg!("calc.column.effect")),
        ("share", msg!("calc.column.share")),
        ("ratio", msg!("calc.column.ratio")),
    ];
    table(&columns, rows, context)
}

/// What stands for all of them: a word for people, nothing for programs.
fn total(context: &Context) -> Cell {
    if for_people(context) { Cell::text(msg!("calc.total")) } else { Cell::text("") }
}

/// Says how it was worked out and what moved, to people.
fn say(method: Message, values: (f64, f64, f64), panel: &Panel, context: &Context) {
    if for_people(context) {
        let (from, to) = panel.ends();
        context.output.say(
            Message::new(msg!("calc.said"))
                .with("method", method)
                .with("first", from)
                .with("last", to)
                .with("from", figure(values.0))
                .with("to", figure(values.1))
                .with("change", figure(values.2)),
        );
    }
}

/// Shapley over any formula.
pub(super) fn shapley(file: &Path, text: &str, context: &Context) -> Result<(), Failure> {
    let formula = Formula::read(&clean(text)).map_err(|error| Failure::refused(error.message()))?;
    let panel = Panel::of(&Sheet::read(file)?, Some(formula.names()), Periods::Two)?;
    panel.is_full()?;
    let (from, to) = (vectors(&panel, &formula, 0)?, vectors(&panel, &formula, 1)?);
    let result = split(&formula, &from, &to).map_err(|e| shapley_failure(&e, &formula, &panel))?;
    let method = Message::new(msg!("calc.method.shapley"));
    say(method, (result.from, result.to, result.to - result.from), &panel, context);
    let value = json!({
        "from": result.from,
        "to": result.to,
        "change": result.to - result.from,
        "effects": by_name(formula.names(), &result.effects),
    });
    context.output.result(&value, || shapley_table(&result, &formula, context))
}

/// Each factor's values by item; every item has a line.
fn vectors(panel: &Panel, formula: &Formula, period: usize) -> Result<Vec<Vec<f64>>, Refusal> {
    let singles = formula.singles();
    (0..panel.columns.len())
        .map(|column| {
            let mut values = vec![0.0; panel.items.len()];
            let mut there = Vec::new();
            for (item, value) in values.iter_mut().enumerate() {
                if let Some(entry) = panel.entry(period, item) {
                    *value = panel.must(entry, column)?;
                    there.push(*value);
                }
            }
            if singles.contains(&column) {
                // Outside a sum a factor is one number, which every line repeats.
                let [first, rest @ ..] = &there[..] else { return Ok(values) };
                if rest.iter().any(|value| value.to_bits() != first.to_bits()) {
                    return Err(Refusal::Single { factor: panel.columns[column].clone() });
                }
                values.fill(*first);
            }
            Ok(values)
        })
        .collect()
}

fn shapley_failure(error: &ShapleyError, formula: &Formula, panel: &Panel) -> Failure {
    let (later, reason) = match error {
        ShapleyError::TooMany { factors } => {
            return Failure::refused(
                Message::new(msg!("calc.shapley.too-many"))
                    .with("factors", *factors)
                    .with("most", MOST_FACTORS),
            );
        }
        ShapleyError::Value { later, reason } => (later, reason),
    };
    let (from, to) = panel.ends();
    let whole = |period: &str| Message::new(msg!("calc.shapley.in-period")).with("period", period);
    let names = formula.names();
    let place = if later.is_empty() {
        whole(from)
    } else if later.len() == names.len() {
        whole(to)
    } else {
        let later: Vec<&str> = later.iter().map(|&factor| names[factor].as_str()).collect();
        Message::new(msg!("calc.shapley.mixed"))
            .with("later", later.join(", "))
            .with("from", from)
            .with("to", to)
    };
    Failure::refused(match reason {
        ValueError::DividesByZero { item: Some(item) } => {
            Message::new(msg!("calc.shapley.zero-of"))
                .with("place", place)
                .with("item", panel.items[*item].as_str())
        }
        ValueError::DividesByZero { item: None } => {
            Message::new(msg!("calc.shapley.zero")).with("place", place)
        }
        ValueError::Overflow => Message::new(msg!("calc.shapley.overflow")).with("place", place),
    })
}

fn shapley_table(result: &Shapley, formula: &Formula, context: &Context) -> Table {
    let change = result.to - result.from;
    let share = |effect: f64| Cell::Number((change != 0.0).then(|| effect / change));
    let mut rows: Vec<Vec<Cell>> = formula
        .names()
        .iter()
        .zip(&result.effects)
        .map(|(name, effect)| vec![Cell::text(name.as_str()), (*effect).into(), share(*effect)])
        .collect();
    rows.push(vec![total(context), change.into(), share(change)]);
    let columns = [
        ("factor", msg!("calc.column.factor")),
        ("effect", msg!("calc.column.effect")),
        ("share", msg!("calc.column.share")),
    ];
    table(&columns, rows, context)
}
