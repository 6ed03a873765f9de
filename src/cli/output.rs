//! Where a command's result goes: one value on stdout, everything said besides on stderr.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement};
use serde::Serialize;

use crate::domain::clean::{clean, clean_lines};
use crate::domain::message::{Arg, Message};
use crate::domain::money::{Currency, Minor};
use crate::domain::segment::list::harmless;
use crate::msg;
use crate::text::{self, Lang};

use super::table::money_of;
use super::{Failure, Table, sheet};

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON value
    Json,
    /// A header line and one line per row
    Csv,
    /// A workbook; into a file, with `--into`
    Xlsx,
}

impl Format {
    /// What a file of this name is to hold; none where its ending does not say.
    #[must_use]
    pub fn of_file(file: &std::path::Path) -> Option<Self> {
        let ending = file.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "xlsx" => Some(Self::Xlsx),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "md" | "txt" => Some(Self::Table),
            _ => None,
        }
    }
}

/// Where a result is kept that goes into a file, until the audit knows of it.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<Option<Written>>>);

/// A command's result as it will stand in a file.
#[derive(Debug)]
pub struct Written {
    /// What the file will hold.
    pub bytes: Vec<u8>,
    /// How many rows of the table that are.
    pub rows: usize,
    /// The names of its columns.
    pub columns: Vec<String>,
}

impl Kept {
    /// What was kept, if anything was.
    #[must_use]
    pub fn take(&self) -> Option<Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, written: Written) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(written);
    }
}

/// stdout and stderr as this run is to use them.
#[derive(Clone, Debug)]
pub struct Output {
    /// How results are written.
    pub format: Format,
    /// In which language.
    pub lang: Lang,
    /// Where the result is kept that goes into a file; stdout if there is none.
    pub kept: Option<Kept>,
    /// Nothing is said beside the result: the terminal belongs to a screen.
    pub quiet: bool,
}

impl Output {
    /// Writes a command's result: `value` as JSON, or `table`.
    ///
    /// # Errors
    /// [`Failure`] if stdout cannot be written; a reader that closed its end early is no failure.
    pub fn result<T: Serialize>(
        &self,
        value: &T,
        table: impl FnOnce() -> Table,
    ) -> Result<(), Failure> {
        let table = table();
        let bytes = match self.format {
            Format::Json => {
                let mut text = serde_json::to_string(value).map_err(|e| unwritable(&e))?;
                text.push('\n');
                text.into_bytes()
            }
            Format::Table => self.for_people(&table).into_bytes(),
            Format::Csv => for_programs(&table, self.lang)?.into_bytes(),
            Format::Xlsx if self.kept.is_none() && std::io::stdout().is_terminal() => {
                return Err(Failure::usage(msg!("cli.into.needs-file")));
            }
            Format::Xlsx => sheet::workbook(&table, self.lang).map_err(|e| unwritable(&e))?,
        };
        if let Some(kept) = &self.kept {
            let mut columns: Vec<String> =
                table.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
            if matches!(self.format, Format::Csv | Format::Xlsx) {
                let units = table.mixed().into_iter().map(|at| format!("{}_unit", columns[at]));
                columns.extend(units.collect::<Vec<_>>());
            }
            kept.keep(Written { bytes, rows: table.rows.len(), columns });
            return Ok(());
        }
        self.raw(&bytes)
    }

    /// Writes a command's result that is a text and no table: `value` as JSON, or `text`. In a file it counts as its lines.
    ///
    /// # Errors
    /// As [`result`](Self::result), and that a text is no table of columns.
    pub fn document<T: Serialize>(&self, value: &T, text: &str) -> Result<(), Failure> {
        let bytes = match self.format {
            Format::Json => {
                let mut line = serde_json::to_string(value).map_err(|e| unwritable(&e))?;
                line.push('\n');
                line.into_bytes()
            }
            Format::Table => text.as_bytes().to_vec(),
            Format::Csv | Format::Xlsx => return Err(Failure::usage(msg!("cli.into.text"))),
        };
        if let Some(kept) = &self.kept {
            let columns = vec!["markdown".to_owned()];
            kept.keep(Written { bytes, rows: text.lines().count(), columns });
            return Ok(());
        }
        self.raw(&bytes)
    }

    /// Writes bytes to stdout as they are (completions, a URL).
    ///
    /// # Errors
    /// As [`result`](Self::result).
    pub fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(unwritable(&error)),
            _ => Ok(()),
        }
    }

    /// Says something on stderr. Nobody listening is no failure.
    pub fn say(&self, message: impl Into<Message>) {
        if self.quiet {
            return;
        }
        let line = text::render(&message.into(), self.lang);
        writeln!(std::io::stderr().lock(), "{line}").ok();
    }

    /// A progress bar on stderr for `total` steps; hidden where stderr is no terminal.
    #[must_use]
    pub fn progress(&self, total: u64) -> indicatif::ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return indicatif::ProgressBar::hidden();
        }
        let bar = indicatif::ProgressBar::new(total);
        if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:30} {percent:>3} % {msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar
    }

    fn for_people(&self, table: &Table) -> String {
        let mut drawn = comfy_table::Table::new();
        drawn.load_style(comfy_table::presets::NOTHING);
        drawn.set_content_arrangement(ContentArrangement::Disabled);
        drawn.set_header(
            table
                .columns
                .iter()
                .map(|(_, heading)| text::render(&Message::new(*heading), self.lang)),
        );
        for row in &table.rows {
            drawn.add_row(row.iter().enumerate().map(|(at, arg)| {
                let alignment = match arg {
                    Arg::Count(_) | Arg::Money(..) | Arg::Moved(..) | Arg::Decimal(_)
                        if !table.facts =>
                    {
                        CellAlignment::Right
                    }
                    _ => CellAlignment::Left,
                };
                let shown = match arg {
                    // Of one thing there is room for its lines; what follows the first stands below no name.
                    Arg::Text(text) if table.facts => clean_lines(text.trim_end()).into_owned(),
                    arg => self.cell(arg),
                };
                let shown = match table.lines_of(at) {
                    Some(cells) => text::width::wrap(&shown, cells).join("\n"),
                    None => shown,
                };
                comfy_table::Cell::new(shown).set_alignment(alignment)
            }));
        }
        let mut text = String::new();
        for line in drawn.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    pub(super) fn cell(&self, arg: &Arg) -> String {
        match arg {
            Arg::Count(count) => text::number::count(*count),
            Arg::Money(amount, currency) => text::number::money_exact(*amount, *currency),
            Arg::Moved(amount, money) => text::number::moved(*amount, *money, self.lang),
            Arg::Decimal(text) => text::number::decimal(text),
            Arg::Date(day) => text::number::date(*day),
            // The last gate before the terminal, whatever the way here.
            Arg::Text(text) => clean(text).into_owned(),
            Arg::Label { zh, en } => clean(text::label(zh, en, self.lang)).into_owned(),
            Arg::Message(message) => clean_lines(&text::render(message, self.lang)).into_owned(),
        }
    }
}

/// Numbers as JSON has them: plain, money in minor units, which the heading says; of one thing, the name before the amount.
fn for_programs(table: &Table, lang: Lang) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heads = table.columns.iter().zip(table.currencies());
    let heads = heads.map(|((name, _), currency)| match currency {
        Some(currency) if !table.facts => format!("{name} ({})", least(currency)),
        _ => (*name).to_owned(),
    });
    let mixed = table.mixed();
    let units = mixed.iter().map(|&at| format!("{}_unit", table.columns[at].0));
    writer.write_record(heads.chain(units)).map_err(|e| unwritable(&e))?;
    for row in &table.rows {
        let unit = row.iter().find_map(|cell| match cell {
            Arg::Money(_, currency) if table.facts => Some(format!(" ({})", least(*currency))),
            _ => None,
        });
        let cells = row.iter().enumerate().map(|(at, arg)| match arg {
            Arg::Message(message) if at == 0 && unit.is_some() => {
                let name = harmless(&clean_lines(&text::render(message, lang)));
                name + unit.as_deref().unwrap_or_default()
            }
            Arg::Count(count) => count.to_string(),
            Arg::Money(amount, _) => amount.0.to_string(),
            Arg::Moved(amount, _) => amount.to_string(),
            Arg::Date(day) => day.to_string(),
            // A spreadsheet runs what looks like a formula, and a terminal what looks like its codes.
            Arg::Text(text) | Arg::Decimal(text) => harmless(&clean(text)),
            Arg::Label { zh, en } => harmless(&clean(text::label(zh, en, lang))),
            Arg::Message(message) => harmless(&clean_lines(&text::render(message, lang))),
        });
        let counted = |at: &usize| money_of(row.get(*at)).map(least).unwrap_or_default();
        let units = mixed.iter().map(counted);
        writer.write_record(cells.chain(units)).map_err(|e| unwritable(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| unwritable(e.error()))?;
    String::from_utf8(bytes).map_err(|e| unwritable(&e))
}

/// What amounts are counted in where they are whole numbers: `0.01 CNY`.
pub(super) fn least(currency: Currency) -> String {
    format!("{} {}", currency.plain(Minor(1)), currency.code())
}

fn unwritable(error: &dyn std::error::Error) -> Failure {
    Failure::refused(Message::new(msg!("cli.unwritable")).with("detail", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table =
            Table::new([("name", msg!("cli.column.name")), ("value", msg!("cli.column.value"))]);
        table.row(["南城, 支行".into(), 12_408.into()]);
        table.row(["x".into(), 7.into()]);
        table
    }

    #[test]
    fn csv_has_fixed_names_and_plain_numbers() {
        assert_eq!(
            for_programs(&table(), Lang::ZhCn).unwrap(),
            "name,value\n\"南城, 支行\",12408\nx,7\n"
        );
    }

    #[test]
    fn a_column_of_amounts_says_in_what_they_are() {
        let money = |minor| Arg::Money(Minor(minor), Currency::CNY);
        let columns = || [("name", msg!("cli.column.name")), ("aum", msg!("cli.column.value"))];
        let mut table = Table::new(columns());
        table.row(["a".into(), money(1_250)]).row(["b".into(), "".into()]);
        assert_eq!(for_programs(&table, Lang::En).unwrap(), "name,aum (0.01 CNY)\na,1250\nb,\n");
        // Also where nobody has any, so that a heading does not hang on who is in the list.
        let empty = Table::new(columns()).in_money(Currency::CNY, &["aum"]);
        assert_eq!(for_programs(&empty, Lang::En).unwrap(), "name,aum (0.01 CNY)\n");
        // What is not all money does not claim to be.
        table.row(["c".into(), 7.into()]);
        let mixed = for_programs(&table, Lang::En).unwrap();
        assert_eq!(mixed, "name,aum,aum_unit\na,1250,0.01 CNY\nb,,\nc,7,\n");
        let facts = Table::facts([
            (msg!("cli.column.value"), money(5)),
            (msg!("cli.column.name"), 3.into()),
        ]);
        let csv = for_programs(&facts, Lang::En).unwrap();
        assert!(csv.starts_with("name,value\n") && csv.contains(" (0.01 CNY),5\n"), "{csv}");
    }

    #[test]
    fn what_a_bank_calls_a_thing_acts_in_no_terminal_and_in_no_spreadsheet() {
        let mut table = Table::new([("name", msg!("cli.column.name"))]);
        table.row(["a\u{1b}[31mred\u{7}".into()]);
        table.row(["=cmd()|x".into()]);
        table.row(["-1.50".into()]);
        table.row([Arg::Label { zh: "＠甲".to_owned(), en: "@SUM(1)\u{7}".to_owned() }]);
        let said = Message::new(msg!("attribute.top"))
            .with("value", "=1+1")
            .with("customers", 2)
            .with("share", "1 %");
        table.row([said.into()]);
        let csv = for_programs(&table, Lang::En).unwrap();
        let (plain, worded) = csv.split_at(csv.find("'@").unwrap());
        assert_eq!(plain, "name\na<U+001B>[31mred<U+0007>\n'=cmd()|x\n-1.50\n");
        assert!(worded.starts_with("'@SUM(1)<U+0007>\n"), "{worded}");
        assert!(worded.lines().all(|line| line.trim_matches('"').starts_with('\'')), "{worded}");
        let shown = Output { format: Format::Table, lang: Lang::En, kept: None, quiet: false }
            .for_people(&table);
        assert!(shown.contains("a<U+001B>[31mred<U+0007>"), "{shown}");
    }

    #[test]
    fn a_long_sentence_does_not_widen_the_table() {
        let mut table =
            Table::new([("name", msg!("cli.column.name")), ("value", msg!("cli.column.value"))])
                .wrapped("name", 12);
        table.row(["one two three four".into(), 7.into()]);
        let output = Output { format: Format::Table, lang: Lang::En, kept: None, quiet: false };
        let text = output.for_people(&table);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.lines().all(|line| line.len() < 30), "{text}");
        assert!(for_programs(&table, Lang::En).unwrap().contains("one two three four,7"));
    }

    #[test]
    fn a_text_of_several_lines_stands_in_its_own_column() {
        let script = "Good day {name},\nthis is\u{7} {rm}.\n";
        let facts = [(msg!("strategy.fact.script"), script.into())];
        let output = Output { format: Format::Table, lang: Lang::En, kept: None, quiet: false };
        let text = output.for_people(&Table::facts(facts));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, [" script  Good day {name},", "         this is<U+0007> {rm}."]);
    }

    #[test]
    fn a_table_for_people_aligns_numbers_by_cells() {
        let output = Output { format: Format::Table, lang: Lang::En, kept: None, quiet: false };
        let text = output.for_people(&table());
        let ends: Vec<usize> = text.lines().skip(1).map(text::width::cells).collect();
        assert_eq!(ends[0], ends[1], "{text}");
        assert!(text.contains("12,408"), "{text}");
    }
}
