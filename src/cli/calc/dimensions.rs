//! `calc adtributor`: which dimension explains a movement.

use std::path::Path;

use super::refusal::Refusal;
use super::sheet::{Once, Sheet};
use super::show::{Cell, figure, for_people, table};
use crate::cli::{Context, Failure, Table};
use crate::domain::decomposition::adtributor::{
    AdtributorError, Dimension, Element, Thresholds, rank, totals,
};
use crate::domain::message::Message;
use crate::msg;

/// Dimensions with their elements, in the order in which they first stand.
type Dimensions = Vec<(String, Vec<Element>)>;

/// Ranks the dimensions of the file.
pub(super) fn adtributor(
    file: &Path,
    element: f64,
    dimension: f64,
    context: &Context,
) -> Result<(), Failure> {
    for (option, part) in [("--teep", element), ("--tep", dimension)] {
        if !(0.0..=1.0).contains(&part) {
            return Err(Refusal::NotPart { option }.into());
        }
    }
    let dimensions = read(&Sheet::read(file)?)?;
    let ranked = rank(&dimensions, Thresholds { element, dimension })
        .map_err(|error| Failure::refused(message(&error)))?;
    say_about(&dimensions, context);
    if ranked.is_empty() && for_people(context) {
        context.output.say(msg!("calc.adtributor.none"));
    }
    context.output.result(&ranked, || ranking(&ranked, context))
}

fn read(sheet: &Sheet) -> Result<Dimensions, Refusal> {
    let (dimension, element) = (sheet.column("dimension")?, sheet.column("element")?);
    let (forecast, actual) = (sheet.column("forecast")?, sheet.column("actual")?);
    let (mut dimensions, mut once) = (Dimensions::new(), Once::default());
    for line in &sheet.lines {
        let (name, element) = (sheet.word(line, dimension)?, sheet.word(line, element)?);
        once.check(name, element, line.number)?;
        let element = Element {
            element: element.to_owned(),
            forecast: sheet.not_negative(line, forecast)?,
            actual: sheet.not_negative(line, actual)?,
        };
        match dimensions.iter_mut().find(|(known, _)| known == name) {
            Some((_, elements)) => elements.push(element),
            None => dimensions.push((name.to_owned(), vec![element])),
        }
    }
    Ok(dimensions)
}

/// Every dimension splits the same total. One that does not lacks elements, and its parts are of its own total.
fn say_about(dimensions: &Dimensions, context: &Context) {
    let Some((first, elements)) = dimensions.first() else { return };
    let (forecast, actual) = totals(elements);
    for (name, elements) in &dimensions[1..] {
        let (f, a) = totals(elements);
        let off = (f - forecast).abs() + (a - actual).abs();
        if off > 1e-6 * (forecast + actual) {
            context.output.say(
                Message::new(msg!("calc.adtributor.totals"))
                    .with("dimension", name.as_str())
                    .with("other", first.as_str())
                    .with("forecast", figure(f))
                    .with("actual", figure(a))
                    .with("other-forecast", figure(forecast))
                    .with("other-actual", figure(actual)),
            );
        }
    }
}

fn message(error: &AdtributorError) -> Message {
    let (key, dimension) = match error {
        AdtributorError::NoChange { dimension } => (msg!("calc.adtributor.no-change"), dimension),
        AdtributorError::NoTotal { dimension } => (msg!("calc.adtributor.no-total"), dimension),
        AdtributorError::Overflow { dimension } => (msg!("calc.adtributor.overflow"), dimension),
    };
    Message::new(key).with("dimension", dimension.as_str())
}

fn ranking(ranked: &[Dimension], context: &Context) -> Table {
    let mut rows = Vec::new();
    for dimension in ranked {
        for element in &dimension.elements {
            rows.push(vec![
                Cell::text(dimension.dimension.as_str()),
                dimension.surprise.into(),
                Cell::text(element.element.as_str()),
                element.ep.into(),
                element.surprise.into(),
            ]);
        }
    }
    let columns = [
        ("dimension", msg!("calc.column.dimension")),
        ("dimension_surprise", msg!("calc.column.dimension-surprise")),
        ("element", msg!("calc.column.element")),
        ("ep", msg!("calc.column.ep")),
        ("surprise", msg!("calc.column.surprise")),
    ];
    table(&columns, rows, context)
}
