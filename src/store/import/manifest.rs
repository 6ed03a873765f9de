//! A manifest: what files there are, and where their values go. Every mistake in it is told with its line and column.

use std::ops::Range;
use std::path::PathBuf;

use chrono::NaiveDate;
use encoding_rs::Encoding;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::destination::{Destination, Label, Meaning, NewAttribute};
use super::manifest_fault::{Expected, Fault, ManifestError, Place, ValueFault};
use crate::domain::attribute::{AttributeType, Class, is_code, is_reserved};
use crate::domain::bank::{Bank, Tier};
use crate::domain::money::{Currency, Minor};

/// The file in a bank's directory that is read unless another is named.
pub const FILE_NAME: &str = "baton-import.toml";

/// The longest name of a column or table, in bytes.
pub(super) const NAME_LIMIT: usize = 63;

/// What a manifest says.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The bank, with the day of these records.
    pub bank: Bank,
    /// Its tiers, if any are named.
    pub tiers: Option<Vec<Tier>>,
    /// The files to stage.
    pub files: Vec<SourceFile>,
    /// What the attribute dictionary is to know.
    pub attributes: Vec<NewAttribute>,
    /// What words of the records mean; what is not said stays.
    pub means: Vec<(Meaning, Vec<String>)>,
    /// What to load, as it stands in the manifest.
    pub loads: Vec<Load>,
}

/// A file to stage.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The table in schema `raw`.
    pub name: String,
    /// Where it is, from the data directory.
    pub path: PathBuf,
    /// Between fields.
    pub delimiter: u8,
    /// How its letters are written.
    pub encoding: &'static Encoding,
    /// What stands for nothing, besides an empty field without quotes.
    pub null: Option<String>,
    /// Whether the first line names the columns; else they are c1, c2, ...
    pub header: bool,
}

/// A query over the staged files, and where its rows go.
#[derive(Clone, Debug)]
pub struct Load {
    /// Where to.
    pub into: Destination,
    /// One query.
    pub sql: String,
    /// How it is called: the destination, with a number from the second on.
    pub name: String,
}

/// Reads the text of a manifest. `file` is its name in messages.
///
/// # Errors
/// [`ManifestError`] with the place.
pub fn read(file: &str, text: &str) -> Result<Manifest, ManifestError> {
    let source = Source { file, text };
    let root = DeTable::parse(text).map_err(|error| {
        let detail = error.message().to_owned();
        source.error(error.span().unwrap_or(0..0), Fault::Syntax { detail })
    })?;
    let root = Section { source, name: "", table: root.get_ref(), span: root.span() };
    root.only(&["bank", "tier", "file", "attribute", "means", "load"])?;
    let bank_section = root.table("bank")?;
    let bank = bank(&bank_section)?;
    let tiers = tiers(&root, bank.currency)?;
    let files = files(&root)?;
    let attributes = attributes(&root)?;
    let means = means(&root)?;
    let loads = loads(&root)?;
    Ok(Manifest { bank, tiers, files, attributes, means, loads })
}

fn bank(section: &Section<'_>) -> Result<Bank, ManifestError> {
    section.only(&["name", "as_of", "currency", "timezone"])?;
    let name = section.text("name")?;
    let as_of = section.date("as_of")?;
    let code = section.text("currency")?;
    let currency = Currency::from_code(&code)
        .ok_or_else(|| section.bad("currency", &code, ValueFault::Currency))?;
    let zone = section.maybe_text("timezone")?.unwrap_or_else(|| "Asia/Shanghai".to_owned());
    let timezone =
        zone.parse().map_err(|_| section.bad("timezone", &zone, ValueFault::Timezone))?;
    Ok(Bank { name, as_of, currency, timezone })
}

fn tiers(root: &Section<'_>, currency: Currency) -> Result<Option<Vec<Tier>>, ManifestError> {
    let mut tiers: Vec<Tier> = Vec::new();
    for section in root.list("tier")? {
        section.only(&["code", "zh", "en", "from"])?;
        let code = section.text("code")?;
        let from = section.amount("from", currency)?;
        if tiers.iter().any(|t| t.code == code) {
            return Err(section.bad("code", &code, ValueFault::Again));
        }
        if let Some(same) = tiers.iter().find(|t| t.from == from) {
            return Err(section.bad("from", &same.code, ValueFault::SameBound));
        }
        tiers.push(Tier { code, zh: section.text("zh")?, en: section.text("en")?, from });
    }
    Ok(Some(tiers).filter(|t| !t.is_empty()))
}

fn files(root: &Section<'_>) -> Result<Vec<SourceFile>, ManifestError> {
    let mut files: Vec<SourceFile> = Vec::new();
    for section in root.list("file")? {
        section.only(&["name", "path", "delimiter", "encoding", "null", "header"])?;
        let name = section.text("name")?;
        let mut letters = name.chars();
        let plain = letters
            .next()
            .is_some_and(|c| c.is_lowercase() || c == '_' || (!c.is_ascii() && c.is_alphabetic()))
            && letters.all(|c| c == '_' || (c.is_alphanumeric() && !c.is_ascii_uppercase()));
        if !plain || name.len() > NAME_LIMIT {
            return Err(section.bad("name", &name, ValueFault::Name));
        }
        if files.iter().any(|f| f.name == name) {
            return Err(section.bad("name", &name, ValueFault::Again));
        }
        let delimiter = section.maybe_text("delimiter")?.unwrap_or_else(|| ",".to_owned());
        let delimiter = match delimiter.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => *byte,
            _ => return Err(section.bad("delimiter", &delimiter, ValueFault::Delimiter)),
        };
        let label = section.maybe_text("encoding")?.unwrap_or_else(|| "utf-8".to_owned());
        let encoding = Encoding::for_label_no_replacement(label.as_bytes())
            .ok_or_else(|| section.bad("encoding", &label, ValueFault::Encoding))?;
        files.push(SourceFile {
            name,
            path: section.text("path")?.into(),
            delimiter,
            encoding,
            null: section.maybe_text("null")?,
            header: section.maybe_flag("header")?.unwrap_or(true),
        });
    }
    Ok(files)
}

fn attributes(root: &Section<'_>) -> Result<Vec<NewAttribute>, ManifestError> {
    let mut attributes: Vec<NewAttribute> = Vec::new();
    for section in root.list("attribute")? {
        section.only(&[
            "code",
            "type",
            "zh",
            "en",
            "source",
            "unit",
            "owner",
            "definition",
            "class",
            "labels",
        ])?;
        let code = section.text("code")?;
        let word = section.text("type")?;
        let kind = AttributeType::from_code(&word)
            .ok_or_else(|| section.bad("type", &word, ValueFault::AttributeType))?;
        if is_reserved(&code) {
            return Err(section.bad("code", &code, ValueFault::Reserved));
        }
        if !is_code(&code) {
            return Err(section.bad("code", &code, ValueFault::Code));
        }
        if attributes.iter().any(|a| a.code == code) {
            return Err(section.bad("code", &code, ValueFault::Again));
        }
        let (zh, en) = (section.text("zh")?, section.text("en")?);
        let class = section.maybe_text("class")?;
        let class = class.map(|word| {
            Class::from_code(&word).ok_or_else(|| section.bad("class", &word, ValueFault::Class))
        });
        attributes.push(NewAttribute {
            kind,
            zh,
            en,
            source: section.maybe_text("source")?,
            unit: section.maybe_text("unit")?,
            owner: section.maybe_text("owner")?,
            definition: section.maybe_text("definition")?,
            class: class.transpose()?,
            labels: labels(&section, &code, kind)?,
            code,
        });
    }
    Ok(attributes)
}

/// What the values of a category mean.
fn labels(
    attribute: &Section<'_>,
    code: &str,
    kind: AttributeType,
) -> Result<Vec<Label>, ManifestError> {
    let mut labels: Vec<Label> = Vec::new();
    for section in attribute.list("labels")? {
        if kind != AttributeType::Category {
            return Err(attribute.bad("labels", code, ValueFault::LabelsOfCategory));
        }
        section.only(&["value", "zh", "en"])?;
        let value = section.text("value")?;
        if labels.iter().any(|label| label.value == value) {
            return Err(section.bad("value", &value, ValueFault::Again));
        }
        labels.push(Label { value, zh: section.text("zh")?, en: section.text("en")? });
    }
    Ok(labels)
}

/// What words of the records mean. Whether there is such an attribute the run knows.
fn means(root: &Section<'_>) -> Result<Vec<(Meaning, Vec<String>)>, ManifestError> {
    if root.get("means").is_none() {
        return Ok(Vec::new());
    }
    let section = root.table("means")?;
    section.only(&Meaning::ALL.map(Meaning::code))?;
    let mut means = Vec::new();
    for meaning in Meaning::ALL {
        let key = meaning.code();
        let words = match meaning {
            Meaning::RiskLevel => section.maybe_text(key)?.map(|code| vec![code]),
            Meaning::Complaint | Meaning::ComplaintClosed => section.maybe_texts(key)?,
        };
        let Some(words) = words else { continue };
        if let Some(empty) = words.iter().find(|word| word.trim().is_empty()) {
            return Err(section.bad(key, empty, ValueFault::Empty));
        }
        means.push((meaning, words));
    }
    Ok(means)
}

fn loads(root: &Section<'_>) -> Result<Vec<Load>, ManifestError> {
    let mut loads: Vec<Load> = Vec::new();
    for section in root.list("load")? {
        section.only(&["into", "sql"])?;
        let word = section.text("into")?;
        let into = Destination::from_code(&word)
            .ok_or_else(|| section.bad("into", &word, ValueFault::Destination))?;
        let name = match loads.iter().filter(|l| l.into == into).count() {
            0 => into.code().to_owned(),
            before => format!("{} {}", into.code(), before + 1),
        };
        loads.push(Load { into, sql: section.text("sql")?, name });
    }
    if loads.is_empty() {
        return Err(root.missing("load"));
    }
    Ok(loads)
}

/// The manifest's text, for places.
#[derive(Clone, Copy)]
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, span: Range<usize>, fault: Fault) -> ManifestError {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ManifestError { place: Place { file: self.file.to_owned(), line, column }, fault }
    }
}

/// One table of the manifest.
struct Section<'a> {
    source: Source<'a>,
    name: &'static str,
    table: &'a DeTable<'a>,
    span: Range<usize>,
}

impl<'a> Section<'a> {
    /// Refuses keys that are not among `known`.
    fn only(&self, known: &[&str]) -> Result<(), ManifestError> {
        // The first in the text is told, whatever the order of the map.
        let unknown = self.table.keys().filter(|k| !known.contains(&k.get_ref().as_ref()));
        match unknown.min_by_key(|k| k.span().start) {
            None => Ok(()),
            Some(key) => Err(self.source.error(
                key.span(),
                Fault::UnknownKey { key: key.get_ref().to_string(), known: known.join(", ") },
            )),
        }
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, value)| value)
    }

    fn missing(&self, key: &'static str) -> ManifestError {
        let fault = Fault::MissingKey { table: self.name, key };
        self.source.error(self.span.clone(), fault)
    }

    fn wrong(
        &self,
        key: &'static str,
        value: &Spanned<DeValue<'_>>,
        expected: Expected,
    ) -> ManifestError {
        self.source.error(value.span(), Fault::WrongType { key, expected })
    }

    fn bad(&self, key: &'static str, value: &str, fault: ValueFault) -> ManifestError {
        let span = self.get(key).map_or_else(|| self.span.clone(), Spanned::span);
        self.source.error(span, Fault::Value { key, value: value.to_owned(), fault })
    }

    fn maybe_text(&self, key: &'static str) -> Result<Option<String>, ManifestError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value.get_ref().as_str() {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(self.wrong(key, value, Expected::Text)),
        }
    }

    fn maybe_texts(&self, key: &'static str) -> Result<Option<Vec<String>>, ManifestError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.wrong(key, value, Expected::Texts));
        };
        let text = |item: &Spanned<DeValue<'_>>| match item.get_ref().as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.wrong(key, item, Expected::Texts)),
        };
        items.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// A text that must be there and say something.
    fn text(&self, key: &'static str) -> Result<String, ManifestError> {
        let text = self.maybe_text(key)?.ok_or_else(|| self.missing(key))?;
        if text.trim().is_empty() {
            return Err(self.bad(key, "", ValueFault::Empty));
        }
        Ok(text)
    }

    fn maybe_flag(&self, key: &'static str) -> Result<Option<bool>, ManifestError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value.get_ref().as_bool().map(Some).ok_or_else(|| self.wrong(key, value, Expected::Flag))
    }

    fn date(&self, key: &'static str) -> Result<NaiveDate, ManifestError> {
        let value = self.get(key).ok_or_else(|| self.missing(key))?;
        let text = match value.get_ref() {
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return Err(self.wrong(key, value, Expected::Date)),
        };
        text.parse().map_err(|_| self.wrong(key, value, Expected::Date))
    }

    fn amount(
        &self,
        key: &'static str,
        currency: Currency,
    ) -> Result<Option<Minor>, ManifestError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return Err(self.wrong(key, value, Expected::Amount)),
        };
        currency.parse(text).map(Some).map_err(|_| self.wrong(key, value, Expected::Amount))
    }

    fn table(&self, name: &'static str) -> Result<Section<'a>, ManifestError> {
        let value = self.get(name).ok_or_else(|| self.missing(name))?;
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.wrong(name, value, Expected::Table));
        };
        Ok(Section { source: self.source, name, table, span: value.span() })
    }

    fn list(&self, name: &'static str) -> Result<Vec<Section<'a>>, ManifestError> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.wrong(name, value, Expected::Tables));
        };
        items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::Table(table) => {
                    Ok(Section { source: self.source, name, table, span: item.span() })
                }
                _ => Err(self.wrong(name, item, Expected::Tables)),
            })
            .collect()
    }
}
