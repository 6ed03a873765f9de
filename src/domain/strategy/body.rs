//! The deeper parts of a strategy's text: benefits, money, success, guards, waves, channels, steps, exits, the outcome form,
//! pilot, allocation and what the control group is drawn of.
//!
//! They are stored as one canonical JSON text, which the hash covers: keys sorted by their bytes, no spaces, whole
//! numbers only (money in minor units, shares in parts per million), and nothing for a part that is not there, so that
//! a plain strategy's body is `{}`. What the database must know of it stands in columns generated from that text.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::word::{Allocate, Audience, Channel, ControlBy, Evidence, FieldType};
use crate::domain::money::Minor;
use crate::domain::outcome::Outcome;

/// Whose list keeps a customer whom two strategies want, if the text does not say: the middle.
pub const DEFAULT_PRIORITY: u8 = 50;

/// The parts of a text beyond its nine plain fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Body {
    /// 0 to 100; the higher one keeps a customer whom two strategies want. See [`Body::priority`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// Why it is pushed also on days on which nothing is: its approval is the exemption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub during_blackout: Option<String>,
    /// How many benefits there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benefit: Option<Benefit>,
    /// What it may cost and what is expected of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// How both arms are measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<Success>,
    /// What must not get worse.
    #[serde(rename = "guard", skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// The rounds, in their order; none means one round on the day of the push.
    #[serde(rename = "wave", skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<Wave>,
    /// The ordered channel plan.
    #[serde(rename = "channel", skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelStep>,
    /// What the relationship manager does.
    #[serde(rename = "step", skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Who fulfils one of these leaves the later waves.
    #[serde(rename = "exit", skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<Exit>,
    /// The outcome's form.
    #[serde(rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FormField>,
    /// First these units, the rest after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pilot: Option<Pilot>,
    /// Who gets a customer's task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation: Option<Allocation>,
    /// What the control group is drawn of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
}

/// `[benefit]`: of which there are so many only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Benefit {
    /// How many exist for the strategy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
    /// How many each unit may give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// How many each of these units may give together with those below it that are not named themselves; every other unit
    /// may give `quota`. By code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub quotas: BTreeMap<String, u32>,
    /// The outcomes by which a customer gets it; none means a sale.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "super::word::outcomes")]
    pub given: Vec<Outcome>,
}

/// `[budget]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// The most that all benefits may cost; holds at push time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<Minor>,
    /// Of one benefit given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benefit_cost: Option<Minor>,
    /// Expected share of the treated who do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_ppm: Option<u32>,
    /// Expected share of those who do it anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ppm: Option<u32>,
    /// What one who does it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_per_conversion: Option<Minor>,
}

/// `[success]`: a rule over events and balances within a window after the push, a balance, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Success {
    /// Who fulfils it after the push is a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A balance whose mean the arms are compared by: `aum`, or an attribute of type money or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Days from the push to the review.
    pub review_days: u16,
    /// Fewer on the list than this, and the review has nothing to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_customers: Option<u32>,
}

/// `[[guard]]`: a guard rail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Its name, unique in the strategy.
    pub name: String,
    /// Whom it has struck.
    pub rule: String,
    /// At most this share of the treated.
    pub at_most_ppm: u32,
}

/// When a wave goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// So many days after the push; 0 is with it.
    Day(u16),
    /// On this day for everybody.
    Date(NaiveDate),
    /// Days after something of the customer's own.
    After {
        /// `opened_on`, an attribute of type date, or a kind of event.
        anchor: String,
        /// How many days later.
        days: u16,
    },
}

/// `[[wave]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// Its name, unique in the strategy.
    pub name: String,
    /// When.
    pub when: When,
    /// For whom of the earlier waves.
    #[serde(rename = "for", default, skip_serializing_if = "Audience::is_all")]
    pub audience: Audience,
    /// Through which channel; none means the channel plan, or the relationship manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Its own product, if not the strategy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Its own benefit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit: Option<String>,
    /// Its own script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
}

/// `[[channel]]`: one of the ordered channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelStep {
    /// Which.
    pub code: Channel,
    /// Days to wait for an answer before the next channel is tried.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wait_days: u16,
    /// Outcomes after which no further channel is tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::word::outcomes")]
    pub stop: Vec<Outcome>,
}

/// `[[step]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done.
    pub text: String,
    /// It must be done, or else it may.
    pub must: bool,
    /// What shows that it was.
    #[serde(default, skip_serializing_if = "Evidence::is_none")]
    pub evidence: Evidence,
}

/// `[[exit]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Who fulfils it leaves.
    pub rule: String,
}

/// `[[field]]`: one of the outcome's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Its word in files and the database, unique in the strategy.
    pub code: String,
    /// What the relationship manager reads; none means the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What may stand there.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// It must not be left empty.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// The fields as one text, from which [`read_fields`] makes them again.
#[must_use]
pub fn write_fields(fields: &[FormField]) -> String {
    serde_json::to_string(fields).unwrap_or_default()
}

/// The fields of such a text; none if it is not one.
#[must_use]
pub fn read_fields(text: &str) -> Option<Vec<FormField>> {
    serde_json::from_str(text).ok()
}

/// `[pilot]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pilot {
    /// Codes of units; a unit stands for all below it.
    pub units: Vec<String>,
    /// Days until the rest follows.
    pub days: u16,
}

/// `[allocation]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// Who is asked first.
    pub to: Allocate,
}

/// `[control]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Customers, or whole branches.
    pub by: ControlBy,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
fn is_zero(number: &u16) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Body {
    /// Whole branches are left alone, and compared.
    #[must_use]
    pub fn is_by_branch(&self) -> bool {
        self.control.as_ref().is_some_and(|control| control.by == ControlBy::Branch)
    }

    /// Each customer of a wave, counted from 1, is drawn by himself and not within his order: where the wave or the first one, which
    /// gave the arms, comes after a day of each customer's own. `baton.drawn_apart` says the same.
    #[must_use]
    pub fn is_drawn_apart(&self, wave: i32) -> bool {
        let own_day = |at: usize| {
            self.waves.get(at).is_some_and(|wave| matches!(wave.when, When::After { .. }))
        };
        let at = usize::try_from(wave - 1).unwrap_or_default();
        !self.is_by_branch() && (own_day(0) || own_day(at))
    }

    /// There is a channel plan, and no wave goes by it: each has a channel of its own.
    #[must_use]
    pub fn has_idle_channels(&self) -> bool {
        let by_plan = self.waves.is_empty() || self.waves.iter().any(|wave| wave.channel.is_none());
        !self.channels.is_empty() && !by_plan
    }

    /// The strategy's priority, the default if its text does not say.
    #[must_use]
    pub fn priority(&self) -> u8 {
        self.priority.unwrap_or(DEFAULT_PRIORITY)
    }

    /// True if the text has none of these parts.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// The bytes that the database stores and the hash covers.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        // Every type here is made of maps with text keys, so this cannot fail.
        write_canonical(&serde_json::to_value(self).unwrap_or_default(), &mut out);
        out
    }

    /// Reads what [`Body::canonical`] wrote; `None` if a newer Baton or somebody's hand wrote something else.
    #[must_use]
    pub fn read(canonical: &str) -> Option<Self> {
        let body: Self = serde_json::from_str(canonical).ok()?;
        (body.canonical() == canonical).then_some(body)
    }

    /// Every rule in it: of success, guards, exits.
    pub fn rules_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let success = self.success.iter_mut().filter_map(|success| success.rule.as_mut());
        let guards = self.guards.iter_mut().map(|guard| &mut guard.rule);
        success.chain(guards).chain(self.exits.iter_mut().map(|exit| &mut exit.rule))
    }
}

/// Keys by their bytes, no spaces; the database's `baton.canonical_json` writes the same.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_bytes());
            out.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
