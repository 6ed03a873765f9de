//! Answers of the engine process to one question each.
#![expect(clippy::disallowed_methods, reason = "it says how long an answer took")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, NaiveDate};

use super::sets::{Said, Sets};
use crate::domain::attribute::MartDay;
use crate::domain::id::{CustomerId, OrgId};
use crate::domain::rule::{Expr, Rule, Vocabulary};
use crate::engine::{self, Columns, LeafSet, Node, Unable};
use crate::store::columns::{DataVersion, UnitName};
use crate::store::engine::{Counted, Gap, Members, Overlapped, Question, Reply, Status, Unit};

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

    /// Each unit's part with its name, the largest first.
    fn units(&self, answer: &engine::Answer) -> Result<Vec<Unit>, Gap> {
        let mut units = Vec::with_capacity(answer.by_org.len());
        for part in &answer.by_org {
            let unit = self.units.get(&part.org);
            units.push(Unit {
                org: unit.map(|unit| unit.code.clone()).unwrap_or_default(),
                name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
                count: narrow(part.count.into())?,
                aum: narrow(part.aum)?,
            });
        }
        units.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.org.cmp(&b.org)));
        Ok(units)
    }
}

impl From<Unable> for Gap {
    fn from(unable: Unable) -> Self {
        Self::Unable(unable.leaves)
    }
}

/// Everything that an answer depends on beside the columns.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) question: Question,
    /// Who asks.
    pub(super) operator: String,
    pub(super) words: Arc<Vocabulary>,
    /// The units whose customers the operator sees, sorted; none is all.
    pub(super) scope: Option<Vec<OrgId>>,
    /// What SQL has said, in the order in which it was asked.
    pub(super) told: Vec<(String, Said)>,
}

/// An answer; members follow in frames of their own.
pub(super) type Answer = (Reply, Vec<CustomerId>);

pub(super) fn answer(stand: &Stand, asking: &Asking) -> Answer {
    let answered = match &asking.question {
        Question::Count { rule, by_org, leaves, .. } => {
            asking.count(stand, rule, *by_org, *leaves).map(|reply| (reply, Vec::new()))
        }
        Question::Overlap { rules, .. } => {
            asking.overlap(stand, rules).map(|reply| (reply, Vec::new()))
        }
        Question::Members { rule, .. } => asking.members(stand, rule),
        Question::Status | Question::Ticket(_) => Err(Gap::Refused),
    };
    answered.unwrap_or_else(|gap| (Reply::Not(gap), Vec::new()))
}

fn narrow(value: i128) -> Result<i64, Gap> {
    i64::try_from(value).map_err(|_| Gap::Unable(Vec::new()))
}

impl Asking {
    fn said(&self, text: &str) -> Option<LeafSet> {
        self.told.iter().find(|(known, _)| known == text).map(|(_, said)| said.set.clone())
    }

    /// The bank's own marts that SQL has read for this answer, each with the day that it had then.
    fn marts(&self) -> Vec<MartDay> {
        MartDay::merged(self.told.iter().flat_map(|(_, said)| said.marts.iter().cloned()))
    }

    /// A rule that the console could read and the engine cannot comes of words that have just changed.
    fn read(&self, rule: &str) -> Result<Rule, Gap> {
        Rule::parse_kept(rule, &self.words, None).map_err(|_| Gap::Behind)
    }

    /// Only those whom the operator sees.
    fn seen(&self, columns: &Columns, node: Node) -> Node {
        match &self.scope {
            Some(units) => Node::all(vec![columns.of_units(units), node]),
            None => node,
        }
    }

    fn plan(&self, columns: &Columns, rule: &Rule) -> Result<Node, Gap> {
        Ok(self.seen(columns, columns.plan(rule, &|text| self.said(text))?))
    }

    fn part(&self, columns: &Columns, rule: &Rule, part: &Expr) -> Result<Node, Gap> {
        Ok(self.seen(columns, columns.plan_leaf(rule, part, &|text| self.said(text))?))
    }

    fn count(&self, stand: &Stand, rule: &str, by_org: bool, leaves: bool) -> Result<Reply, Gap> {
        let began = Instant::now();
        let rule = self.read(rule)?;
        let columns = &stand.columns;
        let plan = self.plan(columns, &rule)?;
        let (mut found, mut parts) = (Vec::new(), Vec::new());
        if leaves {
            for leaf in rule.leaves() {
                found.push(self.part(columns, &rule, leaf.expr)?);
            }
            // One part alone is no `and`; sixty are what SQL counts together.
            for part in rule.parts().iter().filter(|_| (2..=60).contains(&rule.parts().len())) {
                parts.push(self.part(columns, &rule, part)?);
            }
        }
        if !columns.can_sum() {
            return Err(Gap::Unable(Vec::new()));
        }
        let answer = columns.count(&plan, &found, &parts);
        let of = match &self.scope {
            None => columns.customers(),
            Some(units) => columns.count(&columns.of_units(units), &[], &[]).count,
        };
        let small = |counts: Vec<u64>| counts.into_iter().map(u64::cast_signed).collect();
        let units = if by_org { Some(stand.units(&answer)?) } else { None };
        Ok(Reply::Counted(Counted {
            count: narrow(answer.count.into())?,
            of: narrow(of.into())?,
            aum: narrow(answer.aum)?,
            load: stand.version().load,
            micros: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            by_org: units,
            leaves: leaves.then_some(small(answer.leaves)),
            removes: small(answer.removes),
            by_sql: self.told.iter().map(|(text, _)| text.clone()).collect(),
            read_at: self.told.iter().filter_map(|(_, said)| said.read_at).min(),
            marts: self.marts(),
        }))
    }

    fn overlap(&self, stand: &Stand, rules: &[String]) -> Result<Reply, Gap> {
        let (mut plans, mut unable) = (Vec::new(), Vec::new());
        for rule in rules {
            let rule = self.read(rule)?;
            // Each rule may name conditions of its own: SQL is asked for all of them together.
            match self.plan(&stand.columns, &rule) {
                Ok(plan) => plans.push(plan),
                Err(Gap::Unable(leaves)) => unable.extend(leaves),
                Err(gap) => return Err(gap),
            }
        }
        if !unable.is_empty() {
            unable.sort_unstable();
            unable.dedup();
            return Err(Gap::Unable(unable));
        }
        let matrix = stand.columns.overlap(&plans);
        Ok(Reply::Overlap(Overlapped { matrix, marts: self.marts() }))
    }

    fn members(&self, stand: &Stand, rule: &str) -> Result<Answer, Gap> {
        let rule = self.read(rule)?;
        let members = stand.columns.members(&self.plan(&stand.columns, &rule)?);
        let version = &stand.columns.version;
        let (load, loaded_at) = (version.load, version.loaded_at);
        Ok((Reply::Members(Members { count: members.len() as u64, load, loaded_at }), members))
    }
}
