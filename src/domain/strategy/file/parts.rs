//! The deeper parts of the file, one function each.

use toml::Spanned;
use toml::de::DeValue;

use super::error::{PartFault, Place, StrategyFileError};
use super::table::{Table, whole};
use super::{Part, Reader};
use crate::domain::code::hides_characters;
use crate::domain::outcome::Outcome;
use crate::domain::strategy::body::{
    Allocation, Benefit, Budget, ChannelStep, Control, Exit, FormField, Guard, Pilot, Step,
    Success, Wave, When,
};
use crate::domain::strategy::word::{Allocate, Audience, Channel, ControlBy, Evidence, FieldType};

/// The most days that anything may lie ahead.
const MOST_DAYS: i64 = 730;

/// The most benefits that anything may have.
const MOST_BENEFITS: i64 = 100_000_000;

/// The keys of the deeper parts, in the order that a file is written.
pub(super) const KEYS: [&str; 14] = [
    "priority",
    "during_blackout",
    "benefit",
    "budget",
    "success",
    "guard",
    "wave",
    "channel",
    "step",
    "exit",
    "field",
    "pilot",
    "allocation",
    "control",
];

/// The outcomes' words.
const OUTCOMES: &[&str] =
    &["bad_number", "no_answer", "refused", "considering", "appointment", "sold"];

type Value<'t> = Spanned<DeValue<'t>>;
type Read<T> = Result<T, StrategyFileError>;

/// A list of outcomes' words; empty if it is not there.
fn outcomes(table: &Table<'_>, key: &str) -> Read<Vec<Outcome>> {
    let mut all = vec![];
    for (word, _) in table.list(key, OUTCOMES.len())?.unwrap_or_default() {
        let known = Outcome::ALL.into_iter().find(|outcome| outcome.code() == word);
        let refuse = || table.refuse(key, PartFault::NotOneOf { words: OUTCOMES });
        all.push(known.ok_or_else(refuse)?);
    }
    Ok(all)
}

impl<'t> Reader<'t> {
    /// Reads one of [`KEYS`].
    pub(super) fn part(&mut self, key: &str, value: &'t Value<'t>) -> Read<()> {
        match key {
            "priority" => self.priority(value),
            "during_blackout" => self.during_blackout(value),
            "benefit" => self.benefit(value),
            "budget" => self.budget(value),
            "success" => self.success(value),
            "guard" => self.each(key, value, 20, Self::guard),
            "wave" => self.each(key, value, 20, Self::wave),
            "channel" => self.each(key, value, Channel::ALL.len(), Self::channel),
            "step" => self.each(key, value, 50, Self::step),
            "exit" => self.each(key, value, 20, Self::exit),
            "field" => self.each(key, value, 40, Self::form_field),
            "pilot" => self.pilot(value),
            "allocation" => self.allocation(value),
            _ => self.control(value),
        }
    }

    fn open(&self, name: &str, value: &'t Value<'t>, known: &[&str]) -> Read<Table<'t>> {
        Table::open((self.text, self.currency), name.to_owned(), value, known)
    }

    fn each(
        &mut self,
        key: &str,
        value: &'t Value<'t>,
        most: usize,
        read: fn(&mut Self, &str, &'t Value<'t>) -> Read<()>,
    ) -> Read<()> {
        let refuse = |fault, at: &Value<'_>| StrategyFileError::Part {
            key: key.to_owned(),
            fault,
            place: Place::of(self.text, at.span().start),
        };
        let Some(items) = value.get_ref().as_array() else {
            return Err(refuse(PartFault::NotTables, value));
        };
        if let Some(beyond) = items.get(most) {
            return Err(refuse(PartFault::TooMany { most }, beyond));
        }
        for (i, item) in items.iter().enumerate() {
            read(self, &format!("{key}[{}]", i + 1), item)?;
        }
        Ok(())
    }

    fn priority(&mut self, value: &'t Value<'t>) -> Read<()> {
        let place = Place::of(self.text, value.span().start);
        let refuse = |fault| StrategyFileError::Part { key: "priority".to_owned(), fault, place };
        self.body().priority = Some(whole(value.get_ref(), 0, 100).map_err(refuse)?);
        Ok(())
    }

    fn during_blackout(&mut self, value: &'t Value<'t>) -> Read<()> {
        let fault = match value.get_ref().as_str() {
            None => PartFault::NotText,
            Some(words) if words.trim().is_empty() => PartFault::Empty,
            Some(words) if hides_characters(words) => PartFault::Hidden,
            Some(words) if words.contains(['\n', '\t']) => PartFault::Lines,
            Some(words) => {
                self.body().during_blackout = Some(words.to_owned());
                return Ok(());
            }
        };
        let place = Place::of(self.text, value.span().start);
        Err(StrategyFileError::Part { key: "during_blackout".to_owned(), fault, place })
    }

    fn benefit(&mut self, value: &'t Value<'t>) -> Read<()> {
        let table = self.open("benefit", value, &["stock", "quota", "quotas", "given"])?;
        let named = table.numbers("quotas", 1_000, (1, MOST_BENEFITS))?.unwrap_or_default();
        let benefit = Benefit {
            stock: table.whole("stock", 1, MOST_BENEFITS)?,
            quota: table.whole("quota", 1, MOST_BENEFITS)?,
            quotas: named.iter().map(|((unit, _), most)| (unit.clone(), *most)).collect(),
            given: outcomes(&table, "given")?,
        };
        let Benefit { stock, quota, quotas, .. } = &benefit;
        if stock.is_none() && quota.is_none() && quotas.is_empty() {
            return Err(table.refuse("", PartFault::NoLimit));
        }
        if stock.zip(*quota).is_some_and(|(stock, quota)| quota > stock) {
            return Err(table.refuse("quota", PartFault::AboveStock));
        }
        let all: u64 = quotas.values().map(|&most| u64::from(most)).sum();
        if stock.is_some_and(|stock| all > u64::from(stock)) {
            return Err(table.refuse("quotas", PartFault::QuotasAboveStock));
        }
        for (unit, _) in named {
            let at = quotas.keys().position(|code| *code == unit.0).unwrap_or_default();
            self.note(Part::Quota(at), unit);
        }
        self.body().benefit = Some(benefit);
        Ok(())
    }

    fn budget(&mut self, value: &'t Value<'t>) -> Read<()> {
        let known = ["cap", "benefit_cost", "expected_rate", "base_rate", "return_per_conversion"];
        let table = self.open("budget", value, &known)?;
        let budget = Budget {
            cap: table.money("cap")?,
            benefit_cost: table.money("benefit_cost")?,
            expected_ppm: table.share("expected_rate")?,
            base_ppm: table.share("base_rate")?,
            return_per_conversion: table.money("return_per_conversion")?,
        };
        if budget == Budget::default() {
            return Err(table.refuse("", PartFault::Empty));
        }
        self.body().budget = Some(budget);
        Ok(())
    }

    fn success(&mut self, value: &'t Value<'t>) -> Read<()> {
        let table =
            self.open("success", value, &["rule", "metric", "review_days", "min_customers"])?;
        if !table.has("rule") && !table.has("metric") {
            return Err(table.refuse("", PartFault::NoSuccess));
        }
        let rule = table.lines("rule")?.map(|at| self.note(Part::Success, at).trim().to_owned());
        let metric = table.code("metric")?.map(|at| self.note(Part::Metric, at));
        self.body().success = Some(Success {
            rule,
            metric,
            review_days: table.need_whole("review_days", 1, MOST_DAYS)?,
            min_customers: table.whole("min_customers", 1, 100_000_000)?,
        });
        Ok(())
    }

    fn guard(&mut self, name: &str, value: &'t Value<'t>) -> Read<()> {
        let table = self.open(name, value, &["name", "rule", "at_most"])?;
        let at = self.body().guards.len();
        let guard = Guard {
            name: table.need_words("name")?,
            rule: self.note(Part::Guard(at), table.need_lines("rule")?).trim().to_owned(),
            at_most_ppm: table.need_share("at_most")?,
        };
        if self.body().guards.iter().any(|other| other.name == guard.name) {
            return Err(table.refuse("name", PartFault::Twice));
        }
        self.body().guards.push(guard);
        Ok(())
    }

    fn wave(&mut self, name: &str, value: &'t Value<'t>) -> Read<()> {
        let known = [
            "name", "day", "date", "after", "days", "for", "channel", "product", "benefit",
            "script",
        ];
        let table = self.open(name, value, &known)?;
        let at = self.body().waves.len();
        let when = self.when(&table, at)?;
        let wave = Wave {
            name: table.need_words("name")?,
            when,
            audience: table
                .one_of("for", Audience::CODES, Audience::from_code)?
                .unwrap_or_default(),
            channel: table.one_of("channel", Channel::CODES, Channel::from_code)?,
            product: table.lines("product")?.map(|(words, _)| words),
            benefit: table.lines("benefit")?.map(|(words, _)| words),
            script: table.lines("script")?.map(|at_| self.note(Part::WaveScript(at), at_)),
        };
        if at == 0 && wave.audience != Audience::All {
            return Err(table.refuse("for", PartFault::FirstWave));
        }
        if self.body().waves.iter().any(|other| other.name == wave.name) {
            return Err(table.refuse("name", PartFault::Twice));
        }
        self.body().waves.push(wave);
        Ok(())
    }

    fn when(&mut self, table: &Table<'t>, at: usize) -> Read<When> {
        let day = table.whole("day", 0, MOST_DAYS)?;
        let date = table.day("date")?;
        let after = table.code("after")?.map(|words| self.note(Part::Anchor(at), words));
        let days = table.whole("days", 0, MOST_DAYS)?;
        match (day, date, after, days) {
            (Some(day), None, None, None) => Ok(When::Day(day)),
            (None, Some(date), None, None) => {
                if let Some(span) = table.span("date") {
                    self.spots.push((Part::Day(at), span));
                }
                Ok(When::Date(date))
            }
            (None, None, Some(anchor), Some(days)) => Ok(When::After { anchor, days }),
            _ => Err(table.refuse("", PartFault::When)),
        }
    }

    fn channel(&mut self, name: &str, value: &'t Value<'t>) -> Read<()> {
        let table = self.open(name, value, &["code", "wait_days", "stop"])?;
        let channel = ChannelStep {
            code: table.need_one_of("code", Channel::CODES, Channel::from_code)?,
            wait_days: table.whole("wait_days", 0, MOST_DAYS)?.unwrap_or(0),
            stop: outcomes(&table, "stop")?,
        };
        if self.body().channels.iter().any(|other| other.code == channel.code) {
            return Err(table.refuse("code", PartFault::Twice));
        }
        self.body().channels.push(channel);
        Ok(())
    }

    fn step(&mut self, name: &str, value: &'t Value<'t>) -> Read<()> {
        let table = self.open(name, value, &["text", "must", "evidence"])?;
        let step = Step {
            text: table.need_words("text")?,
            must: table.flag("must")?.unwrap_or(false),
            evidence: table
                .one_of("evidence", Evidence::CODES, Evidence::from_code)?
                .unwrap_or_default(),
        };
        self.body().steps.push(step);
        Ok(())
    }

    fn exit(&mut self, name: &str, value: &'t Value<'t>) -> Read<()> {
        let table = self.open(name, value, &["rule"])?;
        let at = self.body().exits.len();
        let rule = self.note(Part::Exit(at), table.need_lines("rule")?).trim().to_owned();
        self.body().exits.push(Exit { rule });
        Ok(())
    }

    fn form_field(&mut self, name: &str, value: &'t Value<'t>) -> Read<()> {
        let table = self.open(name, value, &["code", "label", "type", "required", "choices"])?;
        let field = FormField {
            code: table.code("code")?.ok_or_else(|| table.refuse("code", PartFault::Missing))?.0,
            label: table.words("label")?.map(|(words, _)| words),
            kind: table.need_one_of("type", FieldType::CODES, FieldType::from_code)?,
            required: table.flag("required")?.unwrap_or(false),
            choices: table
                .list("choices", 50)?
                .unwrap_or_default()
                .into_iter()
                .map(|(words, _)| words)
                .collect(),
        };
        if (field.kind == FieldType::Choice) == field.choices.is_empty() {
            return Err(table.refuse("choices", PartFault::Choices));
        }
        if self.body().fields.iter().any(|other| other.code == field.code) {
            return Err(table.refuse("code", PartFault::Twice));
        }
        self.body().fields.push(field);
        Ok(())
    }

    fn pilot(&mut self, value: &'t Value<'t>) -> Read<()> {
        let table = self.open("pilot", value, &["units", "days"])?;
        let units = table.list("units", 1_000)?;
        let units = units.ok_or_else(|| table.refuse("units", PartFault::Missing))?;
        let units = units.into_iter().enumerate();
        let units = units.map(|(i, words)| self.note(Part::Unit(i), words)).collect();
        self.body().pilot = Some(Pilot { units, days: table.need_whole("days", 1, 366)? });
        Ok(())
    }

    fn allocation(&mut self, value: &'t Value<'t>) -> Read<()> {
        let table = self.open("allocation", value, &["to"])?;
        let to = table.need_one_of("to", Allocate::CODES, Allocate::from_code)?;
        self.body().allocation = Some(Allocation { to });
        Ok(())
    }

    fn control(&mut self, value: &'t Value<'t>) -> Read<()> {
        let table = self.open("control", value, &["by"])?;
        let by = table.need_one_of("by", ControlBy::CODES, ControlBy::from_code)?;
        self.body().control = Some(Control { by });
        Ok(())
    }
}
