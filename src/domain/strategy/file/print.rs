//! A strategy written as a file, which reads back as the same text; and its keys one by one, for whoever shows or
//! compares them.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::domain::money::{Currency, Minor};
use crate::domain::outcome::Outcome;
use crate::domain::strategy::StrategyText;
use crate::domain::strategy::body::{Body, When};
use crate::domain::strategy::text::share;

/// A value as the file writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// In quotes.
    Text(String),
    /// A number, true or false, or a day: as it stands.
    Bare(String),
    /// Texts in brackets.
    List(Vec<String>),
}

impl Written {
    /// As people read it, without quotes.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Text(text) | Self::Bare(text) => text.clone(),
            Self::List(items) => items.join(", "),
        }
    }

    fn toml(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Bare(text) => text.clone(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

/// One key of a strategy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The table that it stands in: `offer`, `wave`; none for the file's head.
    pub table: Option<&'static str>,
    /// Which of several tables of that name, from 1; none if there is only one.
    pub number: Option<usize>,
    /// The key.
    pub key: Cow<'static, str>,
    /// Its value.
    pub value: Written,
}

impl Line {
    /// `wave[2].day`, as refusals call it too.
    #[must_use]
    pub fn path(&self) -> String {
        match (self.table, self.number) {
            (Some(table), Some(number)) => format!("{table}[{number}].{}", self.key),
            (Some(table), None) => format!("{table}.{}", self.key),
            _ => self.key.clone().into_owned(),
        }
    }
}

/// Gathers the lines, each under the table that was opened last.
struct Lines {
    all: Vec<Line>,
    table: Option<&'static str>,
    number: Option<usize>,
    currency: Currency,
}

impl Lines {
    fn outcomes(&mut self, key: &'static str, all: &[Outcome]) {
        if !all.is_empty() {
            let words = all.iter().map(|outcome| outcome.code().to_owned());
            self.put(key, Written::List(words.collect()));
        }
    }

    fn open(&mut self, table: &'static str, number: Option<usize>) {
        (self.table, self.number) = (Some(table), number);
    }

    fn put(&mut self, key: impl Into<Cow<'static, str>>, value: Written) {
        let key = key.into();
        self.all.push(Line { table: self.table, number: self.number, key, value });
    }

    fn text(&mut self, key: &'static str, text: &str) {
        self.put(key, Written::Text(text.to_owned()));
    }

    fn maybe(&mut self, key: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn bare(&mut self, key: &'static str, value: &dyn ToString) {
        self.put(key, Written::Bare(value.to_string()));
    }

    fn money(&mut self, key: &'static str, amount: Option<Minor>) {
        if let Some(amount) = amount {
            let plain = self.currency.plain(amount);
            self.text(key, &plain);
        }
    }

    fn share(&mut self, key: &'static str, ppm: Option<u32>) {
        if let Some(ppm) = ppm {
            self.bare(key, &rate(ppm));
        }
    }
}

/// A share from 0 to 1 as the file writes it.
fn rate(ppm: u32) -> String {
    match i32::try_from(ppm) {
        Ok(ppm) if ppm < 1_000_000 => share(ppm),
        _ => "1.00".to_owned(),
    }
}

/// Every key of a text in the order of the file.
#[must_use]
pub fn lines(text: &StrategyText, currency: Currency) -> Vec<Line> {
    let mut to = Lines { all: vec![], table: None, number: None, currency };
    to.text("code", &text.code);
    to.text("name", &text.name);
    to.text("segment", &text.segment);
    to.bare("deadline_days", &text.deadline_days);
    to.bare("control_share", &share(text.control_ppm));
    to.bare("seed", &text.seed);
    heads(&text.body, &mut to);
    to.open("offer", None);
    to.text("product", &text.product);
    to.text("benefit", &text.benefit);
    to.text("script", &text.script);
    parts(&text.body, &mut to);
    to.all
}

/// The text as a file.
#[must_use]
pub fn print(text: &StrategyText, currency: Currency) -> String {
    written(&lines(text, currency))
}

/// The deeper parts alone, as [`read_body`](super::read_body) reads them.
#[must_use]
pub fn print_body(body: &Body, currency: Currency) -> String {
    let mut to = Lines { all: vec![], table: None, number: None, currency };
    heads(body, &mut to);
    parts(body, &mut to);
    written(&to.all)
}

fn written(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut open = (None, None);
    for line in lines {
        if open != (line.table, line.number) {
            open = (line.table, line.number);
            let gap = if out.is_empty() { "" } else { "\n" };
            // Writing to a String cannot fail.
            let _ = match (line.table, line.number) {
                (Some(table), Some(_)) => writeln!(out, "{gap}[[{table}]]"),
                (Some(table), None) => writeln!(out, "{gap}[{table}]"),
                _ => Ok(()),
            };
        }
        let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let key =
            if line.key.chars().all(bare) { line.key.clone() } else { quoted(&line.key).into() };
        let _ = writeln!(out, "{key} = {}", line.value.toml());
    }
    out
}

/// The parts that are no table: they stand before the first one.
fn heads(body: &Body, to: &mut Lines) {
    if let Some(priority) = body.priority {
        to.bare("priority", &priority);
    }
    if let Some(reason) = &body.during_blackout {
        to.text("during_blackout", reason);
    }
}

fn parts(body: &Body, to: &mut Lines) {
    if let Some(benefit) = &body.benefit {
        to.open("benefit", None);
        for (key, number) in [("stock", benefit.stock), ("quota", benefit.quota)] {
            if let Some(number) = number {
                to.bare(key, &number);
            }
        }
        to.outcomes("given", &benefit.given);
        if !benefit.quotas.is_empty() {
            to.open("benefit.quotas", None);
        }
        for (unit, most) in &benefit.quotas {
            to.put(unit.clone(), Written::Bare(most.to_string()));
        }
    }
    if let Some(budget) = &body.budget {
        to.open("budget", None);
        to.money("cap", budget.cap);
        to.money("benefit_cost", budget.benefit_cost);
        to.share("expected_rate", budget.expected_ppm);
        to.share("base_rate", budget.base_ppm);
        to.money("return_per_conversion", budget.return_per_conversion);
    }
    if let Some(success) = &body.success {
        to.open("success", None);
        to.maybe("rule", success.rule.as_deref());
        to.maybe("metric", success.metric.as_deref());
        to.bare("review_days", &success.review_days);
        if let Some(least) = success.min_customers {
            to.bare("min_customers", &least);
        }
    }
    for (i, guard) in body.guards.iter().enumerate() {
        to.open("guard", Some(i + 1));
        to.text("name", &guard.name);
        to.text("rule", &guard.rule);
        to.share("at_most", Some(guard.at_most_ppm));
    }
    waves(body, to);
    work(body, to);
    if let Some(pilot) = &body.pilot {
        to.open("pilot", None);
        to.put("units", Written::List(pilot.units.clone()));
        to.bare("days", &pilot.days);
    }
    if let Some(allocation) = &body.allocation {
        to.open("allocation", None);
        to.text("to", allocation.to.code());
    }
    if let Some(control) = &body.control {
        to.open("control", None);
        to.text("by", control.by.code());
    }
}

fn waves(body: &Body, to: &mut Lines) {
    for (i, wave) in body.waves.iter().enumerate() {
        to.open("wave", Some(i + 1));
        to.text("name", &wave.name);
        match &wave.when {
            When::Day(day) => to.bare("day", &day),
            When::Date(date) => to.bare("date", &day(*date)),
            When::After { anchor, days } => {
                to.text("after", anchor);
                to.bare("days", &days);
            }
        }
        if !wave.audience.is_all() {
            to.text("for", wave.audience.code());
        }
        to.maybe("channel", wave.channel.map(super::super::word::Channel::code));
        to.maybe("product", wave.product.as_deref());
        to.maybe("benefit", wave.benefit.as_deref());
        to.maybe("script", wave.script.as_deref());
    }
}

/// Channels, steps, exits and the outcome's form.
fn work(body: &Body, to: &mut Lines) {
    for (i, channel) in body.channels.iter().enumerate() {
        to.open("channel", Some(i + 1));
        to.text("code", channel.code.code());
        if channel.wait_days > 0 {
            to.bare("wait_days", &channel.wait_days);
        }
        to.outcomes("stop", &channel.stop);
    }
    for (i, step) in body.steps.iter().enumerate() {
        to.open("step", Some(i + 1));
        to.text("text", &step.text);
        to.bare("must", &step.must);
        if !step.evidence.is_none() {
            to.text("evidence", step.evidence.code());
        }
    }
    for (i, exit) in body.exits.iter().enumerate() {
        to.open("exit", Some(i + 1));
        to.text("rule", &exit.rule);
    }
    for (i, field) in body.fields.iter().enumerate() {
        to.open("field", Some(i + 1));
        to.text("code", &field.code);
        to.maybe("label", field.label.as_deref());
        to.text("type", field.kind.code());
        if field.required {
            to.bare("required", &true);
        }
        if !field.choices.is_empty() {
            to.put("choices", Written::List(field.choices.clone()));
        }
    }
}

fn day(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

/// A text in the quotes that TOML has for it: three on each side where it has lines.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t");
    if text.contains('\n') { format!("\"\"\"\n{escaped}\"\"\"") } else { format!("\"{escaped}\"") }
}
