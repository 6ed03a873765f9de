//! A table as a workbook of one sheet.
//!
//! Counts and amounts are numbers, days are days; everything else is text, which no spreadsheet runs as a formula. A
//! workbook's numbers have 15 digits: what has more is written as text, so that no digit is lost quietly.

use chrono::{Datelike as _, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::domain::clean::{clean, clean_lines};
use crate::domain::message::{Arg, Message};
use crate::text::{self, Lang};

use super::table::{Table, money_of};
use crate::msg;

/// The largest whole number that a workbook keeps exactly.
const EXACT: u64 = 999_999_999_999_999;
/// The most letters in one place of a workbook.
const LETTERS: usize = 32_767;

/// The bytes of a workbook with `table` on its one sheet: headings that stay in sight, a filter over them, and a column
/// as wide as its words.
///
/// # Errors
/// [`XlsxError`] if there are more rows or columns than a sheet has.
pub(super) fn workbook(table: &Table, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for ((at, (_, heading)), currency) in (0u16..).zip(&table.columns).zip(table.currencies()) {
        let words = text::render(&Message::new(*heading), lang);
        let words = match currency {
            Some(currency) if !table.facts => format!("{words} ({})", currency.code()),
            _ => words,
        };
        sheet.write_string_with_format(0, at, words, &bold)?;
    }
    let mixed = table.mixed();
    let all = u16::try_from(table.columns.len() + mixed.len()).unwrap_or(u16::MAX);
    let first_unit = u16::try_from(table.columns.len()).unwrap_or(u16::MAX);
    head_units(sheet, (first_unit, &mixed), (table, lang), &bold)?;
    let mut row_at = 0;
    for row in &table.rows {
        row_at += 1;
        let of = row.iter().find_map(|cell| match cell {
            Arg::Money(_, currency) if table.facts => Some(currency.code()),
            _ => None,
        });
        for (at, of) in (first_unit..).zip(&mixed) {
            if let Some(currency) = money_of(row.get(*of)) {
                sheet.write_string(row_at, at, currency.code())?;
            }
        }
        for (at, arg) in (0u16..).zip(row) {
            match arg {
                Arg::Message(_) if at == 0 && of.is_some() => {
                    let name = format!("{} ({})", words(arg, lang), of.unwrap_or_default());
                    sheet.write_string(row_at, at, name)?;
                }
                Arg::Count(count) if count.unsigned_abs() <= EXACT => {
                    sheet.write_number_with_format(row_at, at, exact(*count), &decimals(0))?;
                }
                Arg::Money(amount, currency) if amount.0.unsigned_abs() <= EXACT => {
                    let plain = currency.plain(*amount).parse::<f64>().unwrap_or_default();
                    sheet.write_number_with_format(
                        row_at,
                        at,
                        plain,
                        &decimals(currency.digits()),
                    )?;
                }
                Arg::Date(date) => match a_day(*date) {
                    Some(known) => {
                        sheet.write_datetime_with_format(row_at, at, &known, &day)?;
                    }
                    None => {
                        sheet.write_string(row_at, at, date.to_string())?;
                    }
                },
                Arg::Text(text) | Arg::Decimal(text) if ratio(text).is_some() => {
                    sheet.write_number(row_at, at, ratio(text).unwrap_or_default())?;
                }
                other => {
                    sheet.write_string(row_at, at, words(other, lang))?;
                }
            }
        }
    }
    if let Some(last) = all.checked_sub(1) {
        sheet.autofilter(0, 0, row_at, last)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofit();
    book.save_to_buffer()
}

/// The headings of the columns that say in what each cell of a mixed column is counted.
fn head_units(
    sheet: &mut Worksheet,
    (first, mixed): (u16, &[usize]),
    (table, lang): (&Table, Lang),
    bold: &Format,
) -> Result<(), XlsxError> {
    let unit = text::render(&Message::new(msg!("cli.column.unit")), lang);
    for (at, of) in (first..).zip(mixed) {
        let of = text::render(&Message::new(table.columns[*of].1), lang);
        sheet.write_string_with_format(0, at, format!("{of} ({unit})"), bold)?;
    }
    Ok(())
}

/// A day that spreadsheets count from: one before 1900 has no number there, and 1900 has too many days.
fn a_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok().filter(|year| *year > 1900)?;
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    ExcelDateTime::from_ymd(year, month, of_month).ok()
}

/// At most 15 digits, so that nothing is lost.
#[expect(clippy::cast_precision_loss, reason = "the caller has looked: at most 15 digits")]
fn exact(count: i64) -> f64 {
    count as f64
}

/// Figures in groups, with so many digits behind the point.
fn decimals(digits: u8) -> Format {
    let behind = "0".repeat(usize::from(digits));
    let point = if digits == 0 { "" } else { "." };
    Format::new().set_num_format(format!("#,##0{point}{behind}"))
}

/// A share or a change as commands write it: digits on both sides of a point, and no zero that a number would lose, so that
/// a code such as `1.10` stays text.
fn ratio(text: &str) -> Option<f64> {
    let (whole, decimals) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let canonical = whole == "0" || !whole.starts_with('0');
    (digits(whole) && digits(decimals) && canonical && !decimals.ends_with('0'))
        .then(|| text.parse().ok())?
}

fn words(arg: &Arg, lang: Lang) -> String {
    let whole = match arg {
        Arg::Count(count) => count.to_string(),
        Arg::Money(amount, currency) => currency.plain(*amount),
        Arg::Moved(amount, Some(currency)) => currency.plain(crate::domain::money::Minor(*amount)),
        Arg::Moved(amount, None) => amount.to_string(),
        Arg::Date(day) => day.to_string(),
        Arg::Text(text) | Arg::Decimal(text) => clean(text).into_owned(),
        Arg::Label { zh, en } => clean(text::label(zh, en, lang)).into_owned(),
        Arg::Message(message) => clean_lines(&text::render(message, lang)).into_owned(),
    };
    whole.chars().take(LETTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_spreadsheets_count_is_a_day() {
        let day = |year| NaiveDate::from_ymd_opt(year, 10, 31).unwrap();
        assert_eq!(a_day(day(2026)).map(|day| day.to_excel()), Some(46_326.0));
        for year in [1899, 1900, 10_000] {
            assert!(a_day(day(year)).is_none(), "{year}");
        }
    }

    #[test]
    fn a_ratio_is_a_number_and_a_code_is_not() {
        assert_eq!(ratio("-0.25"), Some(-0.25));
        assert_eq!(ratio("12.5"), Some(12.5));
        for text in ["1.10", "01.5", "1.", ".5", "7", "1.5e3", "1.2.3", "1,5", "", "-", "0x1.8"] {
            assert_eq!(ratio(text), None, "{text}");
        }
    }
}
