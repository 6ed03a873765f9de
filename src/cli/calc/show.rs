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
    let mut table = Table::new(columns.iter().copied());
    if !for_people(context) {
        for row in rows {
            table.row(row.into_iter().map(|cell| match cell {
                Cell::Text(text) => text,
                Cell::Number(number) => whole(number).into(),
            }));
        }
        return table;
    }
    let shapes: Vec<Shape> = (0..columns.len()).map(|column| Shape::of(&rows, column)).collect();
    for row in rows {
        table.row(row.into_iter().zip(&shapes).map(|(cell, shape)| match cell {
            Cell::Text(text) => text,
            Cell::Number(number) => {
                let text = number.map_or_else(String::new, |x| written(x, shape.decimals));
                let width = shape.width;
                format!("{text:>width$}").into()
            }
        }));
    }
    table
}

/// Every digit, nothing where there is no number.
fn whole(number: Option<f64>) -> String {
    // Minus zero is zero.
    number.filter(|x| x.is_finite()).map_or_else(String::new, |x| format!("{:?}", x + 0.0))
}

/// How a column's numbers are written.
struct Shape {
    decimals: usize,
    width: usize,
}

impl Shape {
    fn of(rows: &[Vec<Cell>], column: usize) -> Self {
        let numbers: Vec<f64> = rows
            .iter()
            .filter_map(|row| if let Cell::Number(number) = row[column] { number } else { None })
            .collect();
        let decimals = decimals(&numbers);
        let width = numbers.iter().map(|x| written(*x, decimals).len()).max().unwrap_or(0);
        Self { decimals, width }
    }
}

/// As many decimals as the largest number wants, less those that are zero in all.
fn decimals(numbers: &[f64]) -> usize {
    let largest = numbers.iter().map(|x| x.abs()).filter(|x| *x < HUGE).fold(0.0, f64::max);
    let most = match largest {
        _ if largest < 10.0 => 6,
        _ if largest < 1e3 => 4,
        _ => 2,
    };
    let wanted = |number: &f64| {
        let text = written(*number, most);
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        if text.contains('e') { 0 } else { fraction.trim_end_matches('0').len() }
    };
    numbers.iter().map(wanted).max().unwrap_or(0)
}

/// From here on a power of ten is easier to read.
const HUGE: f64 = 1e15;

/// One number to read: seven digits or so, thousands apart.
pub(super) fn figure(number: f64) -> String {
    written(number, decimals(&[number]))
}

/// A number with so many decimals; what would look like nothing, or is very large, by its power of ten.
fn written(number: f64, decimals: usize) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return String::new();
    }
    let text = format!("{size:.decimals$}");
    let nothing = !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if size >= HUGE || (nothing && size != 0.0) {
        return format!("{number:.4e}");
    }
    let (units, fraction) = text.find('.').map_or((&text[..], ""), |at| text.split_at(at));
    let mut out = String::from(if number < 0.0 && !nothing { "-" } else { "" });
    for (at, digit) in units.chars().enumerate() {
        if at > 0 && (units.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
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
            (-0.000_03, "-0.00003"),
            (69.790_065_98, "69.7901"),
            (1.761_117_821, "1.761118"),
            (2.4e-149, "2.4000e-149"),
            (-3e-9, "-3.0000e-9"),
            (1e18, "1.0000e18"),
            (f64::INFINITY, ""),
        ] {
            assert_eq!(figure(number), text);
        }
    }

    #[test]
    fn a_columns_numbers_have_the_same_decimals() {
        assert_eq!(decimals(&[69.790_065_98, 100.0, 0.1]), 4);
        assert_eq!(decimals(&[7200.0, 5000.0]), 0);
        assert_eq!(decimals(&[0.5, 2.4e-149]), 1);
        assert_eq!(written(0.0, 4), "0.0000");
        assert_eq!(written(100.0, 4), "100.0000");
    }

    #[test]
    fn programs_get_every_digit() {
        assert_eq!(whole(Some(2.4e-149)), "2.4e-149");
        assert_eq!(whole(Some(-0.0)), "0.0");
        assert_eq!(whole(Some(69.790_065_978_958_34)), "69.79006597895834");
        assert_eq!(whole(Some(f64::INFINITY)), "");
        assert_eq!(whole(None), "");
    }
}
