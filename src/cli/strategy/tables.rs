//! What `baton strategy` writes: as JSON, and as tables.

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Value, json};

use super::life::{ShownGiven, ShownMoney, ShownSaid};
use crate::cli::Table;
use crate::cli::output::Output;
use crate::cli::planned::share as share_of;
use crate::domain::hash::ContentHash;
use crate::domain::message::{Arg, Message};
use crate::domain::money::Currency;
use crate::domain::push::Weakness;
use crate::domain::strategy::diff::Change;
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::template::Template;
use crate::domain::strategy::text::share;
use crate::domain::strategy::{StrategyRow, StrategyState, facts, file, script};
use crate::msg;
use crate::store::strategy::state_name;
use crate::text::{Lang, number, render};

/// A strategy as JSON has it.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    code: &'a str,
    version: i32,
    state: StrategyState,
    hash: Option<ContentHash>,
    author: &'a str,
    approver: Option<&'a str>,
    levels: usize,
    approvals: Vec<ShownGiven<'a>>,
    sent_back: Option<ShownSaid<'a>>,
    paused: Option<ShownSaid<'a>>,
    script_version: i32,
    money: Option<ShownMoney>,
    /// How many benefits exist and are needed; null where there is no limit.
    benefit: Value,
    /// The smallest effect that the control group shows, as a share; null if none would, or if nobody knows the size.
    mde: Value,
    mde_base: Value,
    mde_assumed: Option<bool>,
    mde_warning: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uplift_ppm: Option<i32>,
    /// Why one of its own rules cannot be asked any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(row: &'a StrategyRow, zone: Tz, output: &Output) -> Self {
        let said = |said| ShownSaid::of(said, zone);
        let found = facts::detectable(row);
        let weak = found.and_then(|(found, control)| found.weakness(control));
        let found = found.map(|(found, _)| found);
        let mde = found.and_then(|found| found.effect_ppm);
        Self {
            code: &row.text.code,
            version: row.version,
            state: row.state,
            hash: row.hash,
            author: &row.author,
            approver: row.approver.as_deref(),
            levels: row.life.levels,
            approvals: row.life.given.iter().map(ShownGiven::of).collect(),
            sent_back: row.life.sent_back.as_ref().map(said),
            paused: row.life.paused.as_ref().map(said),
            script_version: row.script_version,
            money: ShownMoney::of(row),
            benefit: facts::supply(row).map_or(Value::Null, |supply| {
                json!({
                    "stock": supply.stock, "quota": supply.quotas.each,
                    "quotas": supply.quotas.named.iter().map(|(org, most)| json!({ "org": org, "quota": most })).collect::<Vec<_>>(),
                    "needed": supply.needed, "short": supply.is_short(),
                })
            }),
            mde: mde.map_or(Value::Null, share_of),
            mde_base: found.map_or(Value::Null, |found| share_of(found.base_ppm)),
            mde_assumed: found.map(|found| found.assumed),
            mde_warning: weak.map(Weakness::code),
            uplift_ppm: row.uplift_ppm,
            broken: row.broken.as_ref().map(|why| output.cell(&why.clone().into())),
        }
    }
}

/// Everything that the hash covers, so that an approver at a command line reads what he approves.
pub(super) fn facts(row: &StrategyRow, currency: Currency) -> Table {
    let text = &row.text;
    let segment = match row.segment_version {
        Some(version) => format!("{} v{version}", text.segment),
        None => text.segment.clone(),
    };
    let body = match &row.strange_body {
        Some(strange) => strange.clone(),
        None => file::print_body(&text.body, currency).trim_end().to_owned(),
    };
    let text_facts = [
        (msg!("strategy.fact.code"), text.code.as_str().into()),
        (msg!("strategy.fact.name"), text.name.as_str().into()),
        (msg!("strategy.fact.version"), row.version.into()),
        (msg!("strategy.fact.state"), state_name(row.state).into()),
        (msg!("strategy.fact.author"), row.author.as_str().into()),
        (msg!("strategy.fact.approver"), row.approver.as_deref().unwrap_or_default().into()),
        (msg!("strategy.fact.segment"), segment.into()),
        (msg!("strategy.fact.rule"), row.rule.as_str().into()),
        (msg!("strategy.fact.deadline-days"), text.deadline_days.into()),
        (msg!("strategy.fact.control-share"), share(text.control_ppm).into()),
        (msg!("strategy.fact.seed"), text.seed.to_string().into()),
        (msg!("strategy.fact.product"), text.product.as_str().into()),
        (msg!("strategy.fact.benefit"), text.benefit.as_str().into()),
        (msg!("strategy.fact.script"), text.script.as_str().into()),
        (msg!("strategy.fact.body"), body.into()),
        (msg!("strategy.fact.hash"), hash_word(row)),
    ];
    Table::facts(text_facts.into_iter().chain(facts::facts(row, currency)))
}

fn hash_word(row: &StrategyRow) -> Arg {
    row.hash.map(|hash| hash.to_string()).unwrap_or_default().into()
}

pub(super) fn list(rows: &[StrategyRow]) -> Table {
    let mut table = Table::new([
        ("code", msg!("strategy.fact.code")),
        ("name", msg!("strategy.fact.name")),
        ("version", msg!("strategy.fact.version")),
        ("state", msg!("strategy.fact.state")),
        ("segment", msg!("strategy.fact.segment")),
        ("author", msg!("strategy.fact.author")),
        ("approver", msg!("strategy.fact.approver")),
        ("uplift", msg!("review.column.uplift")),
    ]);
    for row in rows {
        table.row([
            row.text.code.as_str().into(),
            row.text.name.as_str().into(),
            row.version.into(),
            state_name(row.state).into(),
            row.text.segment.as_str().into(),
            row.author.as_str().into(),
            row.approver.as_deref().unwrap_or_default().into(),
            row.uplift_ppm.map(|ppm| number::points(ppm.into())).unwrap_or_default().into(),
        ]);
    }
    table
}

/// Two versions as JSON has them.
#[derive(Serialize)]
pub(super) struct ShownChanges<'a> {
    code: &'a str,
    from: i32,
    to: i32,
    changes: Vec<ShownChange<'a>>,
}

#[derive(Serialize)]
struct ShownChange<'a> {
    field: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

impl<'a> ShownChanges<'a> {
    pub(super) fn of(from: &'a StrategyRow, to: &StrategyRow, changes: &'a [Change<2>]) -> Self {
        let change = |change: &'a Change<2>| ShownChange {
            field: &change.key,
            from: change.values[0].as_deref(),
            to: change.values[1].as_deref(),
        };
        let changes = changes.iter().map(change).collect();
        Self { code: &from.text.code, from: from.version, to: to.version, changes }
    }
}

pub(super) fn changes(from: &StrategyRow, to: &StrategyRow, changes: &[Change<2>]) -> Table {
    let version = |row: &StrategyRow| {
        Message::new(msg!("strategy.diff.version")).with("version", row.version)
    };
    let mut table = Table::new([
        ("field", msg!("strategy.diff.field")),
        ("from", msg!("strategy.diff.from")),
        ("to", msg!("strategy.diff.to")),
    ]);
    table.row([msg!("strategy.fact.version").into(), version(from).into(), version(to).into()]);
    for change in changes {
        let value = |i: usize| change.values[i].as_deref().unwrap_or_default().into();
        table.row([change.key.as_str().into(), value(0), value(1)]);
    }
    table
}

/// A template as JSON has it.
#[derive(Serialize)]
pub(super) struct ShownTemplate {
    code: String,
    zh: String,
    en: String,
    segment_rule: String,
    steps: usize,
    must: usize,
    waves: usize,
    exits: usize,
    metric: Option<String>,
    success: Option<String>,
}

impl ShownTemplate {
    pub(super) fn of(template: &Template) -> Self {
        // Its amounts are whole yuan; they read in every currency that has a minor unit.
        let text = template.text("", "", Currency::CNY).unwrap_or_default();
        let success = text.body.success.clone().unwrap_or_default();
        Self {
            code: template.code.clone(),
            zh: template.zh.clone(),
            en: template.en.clone(),
            segment_rule: template.segment_rule.clone(),
            steps: text.body.steps.len(),
            must: text.body.steps.iter().filter(|step| step.must).count(),
            waves: text.body.waves.len(),
            exits: text.body.exits.len(),
            metric: success.metric,
            success: success.rule,
        }
    }
}

pub(super) fn templates(all: &[Template]) -> Table {
    let mut table = Table::new([
        ("code", msg!("strategy.fact.code")),
        ("name", msg!("strategy.fact.name")),
        ("waves", msg!("strategy.template.waves")),
        ("steps", msg!("strategy.template.steps")),
        ("about", msg!("strategy.template.about")),
    ]);
    for template in all {
        let shown = ShownTemplate::of(template);
        table.row([
            template.code.as_str().into(),
            Arg::Label { zh: template.zh.clone(), en: template.en.clone() },
            shown.waves.into(),
            shown.steps.into(),
            Arg::Label { zh: template.about_zh.clone(), en: template.about_en.clone() },
        ]);
    }
    table
}

/// Scripts filled for an example, as JSON has them.
#[derive(Serialize)]
pub(super) struct ShownScripts {
    customer: Option<i64>,
    script_version: i32,
    scripts: Vec<ShownScript>,
}

#[derive(Serialize)]
struct ShownScript {
    wave: Option<String>,
    script: String,
}

impl ShownScripts {
    pub(super) fn of(row: &StrategyRow, sample: Option<&Sample>, lang: Lang) -> Self {
        let filled = |words: &str| {
            script::render(words, |name| {
                let value = sample?.value(name)?.clone();
                Some(render(
                    &Message::new(msg!("strategy.script.value")).with("value", value),
                    lang,
                ))
            })
        };
        let own = ShownScript { wave: None, script: filled(&row.text.script) };
        let waves = row.text.body.waves.iter().filter_map(|wave| {
            let script = filled(wave.script.as_deref()?);
            Some(ShownScript { wave: Some(wave.name.clone()), script })
        });
        let scripts = std::iter::once(own).chain(waves).collect();
        let customer = sample.map(|sample| sample.customer.0);
        Self { customer, script_version: row.script_version, scripts }
    }
}

pub(super) fn scripts(shown: &ShownScripts) -> Table {
    let mut table = Table::new([
        ("wave", msg!("strategy.template.wave")),
        ("script", msg!("strategy.fact.script")),
    ]);
    for one in &shown.scripts {
        table.row([one.wave.as_deref().unwrap_or_default().into(), one.script.as_str().into()]);
    }
    table
}
