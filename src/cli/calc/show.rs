//! Results as tables: rounded and aligned for people, whole for programs.

use crate::cli::{Context, Format, Table};
use crate::domain::message::{Arg, Key};

/// A cell of a table.
pub(super) enum Cell {
    /// A name or a label.
    Text(Arg),
    /// A number, or nothing where there is none.
    Number(Option<f64>),
}

impl Cell {
    pub(super) fn text(text: impl Into<Arg>) -> Self {
        Self::Text(text.into())
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(Some(number))
    }
}

/// True where a person reads the result.
pub(super) fn for_people(context: &Context) -> bool {
    context.output.format == Format::Table
}

/// A table; for people the numbers of a column end below one another.
pub(super) fn table(
    columns: &[(&'static str, Key)],
    rows: Vec<Vec<Cell>>,
    context: &Context,
) -> Table {
    let people = for_people(context);
    let written: Vec<Vec<Result<String, Arg>>> = rows
        .into_iter()
        .map(|row| {
            let write = |cell| match cell {
                Cell::Text(text) => Err(text),
                Cell::Number(Some(number)) if people => Ok(figure(number)),
                Cell::Number(Some(number)) if number.is_finite() => Ok((number + 0.0).to_string()),
                Cell::Number(_) => Ok(String::new()),
            };
            row.into_iter().map(write).collect()
        })
        .collect();
    let width = |column: usize| {
        let lengths = written.iter().filter_map(|row| row[column].as_ref().ok().map(String::len));
        if people { lengths.max().unwrap_or(0) } else { 0 }
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut table = Table::new(columns.iter().copied());
    for row in written {
        table.row(row.into_iter().zip(&widths).map(|(cell, width)| match cell {
            Ok(number) => Arg::from(format!("{number:>width$}")),
            Err(text) => text,
        }));
    }
    table
}

/// A number to read: seven digits or so, thousands apart; what is very small or large by its power of ten.
pub(super) fn figure(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return String::new();
    }
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{number:.4e}");
    }
    let decimals = match size {
        _ if size < 10.0 => 6,
        _ if size < 1e3 => 4,
        _ => 2,
    };
    let written = format!("{size:.decimals$}");
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let fraction = fraction.trim_end_matches('0');
    let mut text = String::new();
    let nothing = fraction.is_empty() && whole == "0";
    if number < 0.0 && !nothing {
        text.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_but_never_nothing() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (7200.0, "7,200"),
            (-13_703.725_1, "-13,703.73"),
            (0.033_333_333, "0.033333"),
            (69.790_065_98, "69.7901"),
            (1.761_117_821, "1.761118"),
            (2.4e-149, "2.4000e-149"),
            (-3e-5, "-3.0000e-5"),
            (1e18, "1.0000e18"),
            (f64::INFINITY, ""),
        ] {
            assert_eq!(figure(number), text);
        }
    }
}
