//! Answers of the engine process to one question each.
#![expect(clippy::disallowed_methods, reason = "it says how long an answer took")]

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, NaiveDate};

use super::sets::Sets;
use crate::domain::id::OrgId;
use crate::domain::rule::{Rule, Vocabulary};
use crate::engine::{Columns, Unable};
use crate::store::columns::{DataVersion, UnitName};
use crate::store::engine::{Counted, Gap, Question, Reply, Status, Unit};

/// The columns that answers come from.
#[derive(Debug)]
pub(super) struct Stand {
    pub(super) columns: Columns,
    units: HashMap<OrgId, UnitName>,
    pub(super) sets: Sets,
}

impl Stand {
    pub(super) fn new(columns: Columns, units: Vec<UnitName>) -> Self {
        let units = units.into_iter().map(|unit| (unit.id, unit)).collect();
        Self { columns, units, sets: Sets::default() }
    }

    /// The data that it holds.
    pub(super) fn version(&self) -> DataVersion {
        let version = &self.columns.version;
        DataVersion {
            load: version.load,
            loaded_at: DateTime::from_timestamp_micros(version.loaded_at).unwrap_or_default(),
            as_of: NaiveDate::from_num_days_from_ce_opt(version.as_of).unwrap_or_default(),
        }
    }

    pub(super) fn status(&self) -> Status {
        let (bytes, events) = self.columns.bytes();
        let version = self.version();
        Status {
            load: Some(version.load),
            as_of: Some(version.as_of),
            current: true,
            customers: self.columns.customers(),
            columns: self.columns.width() as u64,
            bytes: bytes as u64,
            event_bytes: events as u64,
        }
    }
}

impl From<Unable> for Gap {
    fn from(unable: Unable) -> Self {
        Self::Unable(unable.leaves)
    }
}

pub(super) fn answer(stand: &Stand, words: &Vocabulary, question: &Question) -> Reply {
    let answered = match question {
        Question::Count { rule, by_org, leaves, .. } => count(stand, words, rule, *by_org, *leaves),
        Question::Overlap { rules, .. } => overlap(stand, words, rules),
        Question::Status | Question::Ticket(_) => Err(Gap::Refused),
    };
    answered.unwrap_or_else(Reply::Not)
}

/// A rule that the console could read and the engine cannot comes of words that have just changed.
fn read(rule: &str, words: &Vocabulary) -> Result<Rule, Gap> {
    Rule::parse(rule, words).map_err(|_| Gap::Behind)
}

fn count(
    stand: &Stand,
    words: &Vocabulary,
    rule: &str,
    by_org: bool,
    leaves: bool,
) -> Result<Reply, Gap> {
    let began = Instant::now();
    let rule = read(rule, words)?;
    let columns = &stand.columns;
    let sets = |text: &str| stand.sets.get(rule.as_of, text);
    let plan = columns.plan(&rule, &sets)?;
    let (mut found, mut parts) = (Vec::new(), Vec::new());
    if leaves {
        for leaf in rule.leaves() {
            found.push(columns.plan_leaf(&rule, leaf.expr, &sets)?);
        }
        // One part alone is no `and`; sixty are what SQL counts together.
        for part in rule.parts().iter().filter(|_| (2..=60).contains(&rule.parts().len())) {
            parts.push(columns.plan_leaf(&rule, part, &sets)?);
        }
    }
    if !columns.can_sum() {
        return Err(Gap::Unable(Vec::new()));
    }
    let answer = columns.count(&plan, &found, &parts);
    let narrow = |value: i128| i64::try_from(value).map_err(|_| Gap::Unable(Vec::new()));
    let small = |counts: Vec<u64>| counts.into_iter().map(u64::cast_signed).collect();
    let mut units = Vec::new();
    for part in answer.by_org.iter().filter(|_| by_org) {
        let unit = stand.units.get(&part.org);
        units.push(Unit {
            org: unit.map(|unit| unit.code.clone()).unwrap_or_default(),
            name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
            count: narrow(part.count.into())?,
            aum: narrow(part.aum)?,
        });
    }
    units.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.org.cmp(&b.org)));
    Ok(Reply::Counted(Counted {
        count: narrow(answer.count.into())?,
        of: narrow(columns.customers().into())?,
        aum: narrow(answer.aum)?,
        load: stand.version().load,
        micros: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        by_org: by_org.then_some(units),
        leaves: leaves.then_some(small(answer.leaves)),
        removes: small(answer.removes),
    }))
}

fn overlap(stand: &Stand, words: &Vocabulary, rules: &[String]) -> Result<Reply, Gap> {
    let mut plans = Vec::new();
    for rule in rules {
        let rule = read(rule, words)?;
        plans.push(stand.columns.plan(&rule, &|text| stand.sets.get(rule.as_of, text))?);
    }
    Ok(Reply::Overlap(stand.columns.overlap(&plans)))
}
