//! The names and values that a rule may use, resolved by hash: a bank has a thousand attributes, and one attribute
//! may have a hundred thousand values.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;

use super::called::Called;
use super::called::FIXED;
use super::column::{Column, Kind};
use super::known;
use super::offered::Candidate;
use super::value::{TierRange, UnitRef};
use super::words::{KnownWords, Words};
use crate::domain::attribute::Attribute;
use crate::domain::bank::{Bank, OrgUnit, Tier};
use crate::domain::clean::clean;
use crate::domain::id::{OrgId, StaffId};

/// Those of [`FIXED_NAMES`](crate::domain::attribute::FIXED_NAMES) that rules must not read. A customer's number is no name of a rule either: whoever means single
/// customers uploads a list of them.
pub(super) const PRIVATE_NAMES: [&str; 2] = ["name", "phone"];

/// The name that would name single customers.
pub(super) const NUMBER_NAME: &str = "customer_id";

/// What a rule is read against: plain data, made once per load and shared.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    bank: Bank,
    /// Lowest first.
    tiers: Vec<Tier>,
    units: Vec<OrgUnit>,
    unit_by_code: HashMap<String, usize>,
    children: HashMap<OrgId, Vec<OrgId>>,
    staff: HashMap<String, StaffId>,
    /// What staff are called, clean, by code.
    staff_names: HashMap<String, String>,
    attributes: Vec<Arc<Attribute>>,
    attribute_by_code: HashMap<String, usize>,
    attribute_by_folded_code: HashMap<String, usize>,
    /// Chinese names that belong to one column alone, and what they stand for; none for those of several.
    column_by_label: HashMap<String, Option<Labelled>>,
    values: HashMap<String, HashSet<String>>,
    /// What values of categories are called, Chinese and English, clean: by attribute, by value.
    labels: HashMap<String, HashMap<String, (String, String)>>,
    words: KnownWords,
    /// What is offered where an operand may stand, once somebody has asked.
    operands: OnceLock<Vec<Candidate>>,
}

/// What a Chinese name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Labelled {
    /// A column of every customer, by its name in rules.
    Fixed(&'static str),
    /// An attribute, by its place.
    Attribute(usize),
}

/// The Chinese names of columns; one that several have names none of them.
fn labels(attributes: &[Attribute]) -> HashMap<String, Option<Labelled>> {
    let mut found: HashMap<String, Option<Labelled>> = HashMap::new();
    let mut names = |label: &str, column: Labelled| {
        if label.is_ascii() {
            return;
        }
        let named = found.entry(label.to_owned()).or_insert(Some(column));
        if *named != Some(column) {
            *named = None;
        }
    };
    for (i, attribute) in attributes.iter().enumerate() {
        names(&attribute.zh, Labelled::Attribute(i));
    }
    for (name, _, called) in FIXED {
        for word in called {
            names(word, Labelled::Fixed(name));
        }
    }
    found
}

impl Vocabulary {
    /// The vocabulary of a bank. `values` are the pairs (attribute code, value) that categories have been seen with;
    /// `bank.as_of` is the day that `age` counts to. Tiers may come in any order.
    #[must_use]
    pub fn new(
        bank: Bank,
        mut tiers: Vec<Tier>,
        units: Vec<OrgUnit>,
        attributes: Vec<Attribute>,
        values: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        tiers.sort_by_key(|tier| tier.from);
        let unit_by_code = units.iter().enumerate().map(|(i, u)| (u.code.clone(), i)).collect();
        let mut children: HashMap<OrgId, Vec<OrgId>> = HashMap::new();
        for unit in &units {
            if let Some(parent) = unit.parent {
                children.entry(parent).or_default().push(unit.id);
            }
        }
        let mut by_code = HashMap::with_capacity(attributes.len());
        let mut by_folded = HashMap::with_capacity(attributes.len());
        for (i, attribute) in attributes.iter().enumerate() {
            by_code.insert(attribute.code.clone(), i);
            by_folded.entry(attribute.code.to_lowercase()).or_insert(i);
        }
        let mut seen: HashMap<String, HashSet<String>> = HashMap::new();
        for (attribute, value) in values {
            seen.entry(attribute).or_default().insert(value);
        }
        let column_by_label = labels(&attributes);
        Self {
            bank,
            tiers,
            units,
            unit_by_code,
            children,
            staff: HashMap::new(),
            staff_names: HashMap::new(),
            attributes: attributes.into_iter().map(Arc::new).collect(),
            attribute_by_code: by_code,
            attribute_by_folded_code: by_folded,
            column_by_label,
            values: seen,
            labels: HashMap::new(),
            words: KnownWords::default(),
            operands: OnceLock::new(),
        }
    }

    /// The same with staff, (code, row), so that rules may ask for `rm`.
    #[must_use]
    pub fn with_staff(mut self, staff: impl IntoIterator<Item = (String, StaffId)>) -> Self {
        self.staff = staff.into_iter().collect();
        self
    }

    /// The same with what staff are called, (code, name), clean: who types a name is told the code.
    #[must_use]
    pub fn with_staff_names(mut self, names: impl IntoIterator<Item = (String, String)>) -> Self {
        self.staff_names = names.into_iter().collect();
        self
    }

    /// The same with what people call the values of categories, (attribute code, value, Chinese, English).
    #[must_use]
    pub fn with_labels(
        mut self,
        labels: impl IntoIterator<Item = (String, String, String, String)>,
    ) -> Self {
        for (attribute, value, zh, en) in labels {
            let words = (clean(&zh).into_owned(), clean(&en).into_owned());
            self.labels.entry(attribute).or_default().insert(value, words);
        }
        self
    }

    /// The same with the words that functions name.
    #[must_use]
    pub fn with_words(mut self, words: Words) -> Self {
        self.words = KnownWords::new(words);
        self
    }

    /// The words that functions name, those with codes sorted by them; of a segment the latest version first.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words.all
    }

    pub(super) fn known(&self) -> &KnownWords {
        &self.words
    }

    /// The bank whose words these are.
    #[must_use]
    pub fn bank(&self) -> &Bank {
        &self.bank
    }

    /// The same on another day.
    #[must_use]
    pub fn on(&self, as_of: NaiveDate) -> Self {
        let bank = Bank { as_of, ..self.bank.clone() };
        Self { bank, ..self.clone() }
    }

    /// What may be offered where an operand stands, made once.
    pub(super) fn operands(&self, make: fn(&Self) -> Vec<Candidate>) -> &[Candidate] {
        self.operands.get_or_init(|| make(self))
    }

    /// The dictionary, in the order it was given.
    #[must_use]
    pub fn attributes(&self) -> &[Arc<Attribute>] {
        &self.attributes
    }

    /// The tiers, lowest first.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The org units, in the order they were given.
    #[must_use]
    pub fn units(&self) -> &[OrgUnit] {
        &self.units
    }

    /// What a name stands for. A quoted name is taken to the letter; another one is folded to lower case as in SQL,
    /// and then finds an attribute whatever its case. Codes come first; a Chinese name stands for its column if no other
    /// has it.
    pub(super) fn column(&self, name: &str, quoted: bool) -> Option<Column> {
        let folded = name.to_lowercase();
        let spelled = if quoted { name } else { &folded };
        if let Some(column) = fixed(spelled) {
            return Some(column);
        }
        let mut found = self.attribute_by_code.get(name);
        if !quoted {
            found = found.or_else(|| self.attribute_by_folded_code.get(&folded));
        }
        match found {
            Some(&i) => Some(Column::Attribute(self.attributes[i].clone())),
            None => match (*self.column_by_label.get(name)?)? {
                Labelled::Fixed(name) => fixed(name),
                Labelled::Attribute(i) => Some(Column::Attribute(self.attributes[i].clone())),
            },
        }
    }

    /// The unit of a code.
    pub(super) fn unit(&self, code: &str) -> Option<UnitRef> {
        let unit = &self.units[*self.unit_by_code.get(code)?];
        Some(UnitRef { code: unit.code.clone(), id: unit.id })
    }

    /// The rows of `id` and of every unit below it, sorted.
    pub(super) fn subtree(&self, id: OrgId) -> Vec<OrgId> {
        let mut seen = HashSet::from([id]);
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            for &child in self.children.get(&next).into_iter().flatten() {
                if seen.insert(child) {
                    open.push(child);
                }
            }
        }
        let mut all: Vec<OrgId> = seen.into_iter().collect();
        all.sort_unstable();
        all
    }

    /// The amounts that make the tier of a code. The lowest has no lower bound, whatever its row says.
    pub(super) fn tier(&self, code: &str) -> Option<TierRange> {
        let rank = self.tiers.iter().position(|tier| tier.code == code)?;
        Some(TierRange {
            code: code.to_owned(),
            from: if rank == 0 { None } else { self.tiers[rank].from },
            below: self.tiers.get(rank + 1).and_then(|next| next.from),
        })
    }

    pub(super) fn staff(&self, code: &str) -> Option<StaffId> {
        self.staff.get(code).copied()
    }

    /// What a member of the staff is called, where one chooses or has mistyped a code.
    pub(super) fn staff_called(&self, code: &str) -> Called {
        match self.staff_names.get(code) {
            Some(name) if name != code => Called::Names(name.clone(), name.clone()),
            _ => Called::Nothing,
        }
    }

    /// All staff codes, sorted.
    pub(super) fn staff_codes(&self) -> impl Iterator<Item = &str> {
        let mut codes: Vec<&str> = self.staff.keys().map(String::as_str).collect();
        codes.sort_unstable();
        codes.into_iter()
    }

    /// All values that the category `column` has been seen with, in no order.
    pub(super) fn values(&self, column: &Column) -> impl Iterator<Item = &str> {
        let fixed: &[&str] = if *column == Column::Gender { &["F", "M"] } else { &[] };
        let seen = match column {
            Column::Attribute(attribute) => self.values.get(&attribute.code),
            _ => None,
        };
        fixed.iter().copied().chain(seen.into_iter().flatten().map(String::as_str))
    }

    /// What people call a value of `column`: by the dictionary's labels, the tier's or the unit's name.
    #[must_use]
    pub fn value_called(&self, column: &Column, value: &str) -> Called {
        let names = |zh: &str, en: &str| {
            if zh == value && en == value {
                return Called::Nothing;
            }
            Called::Names(clean(zh).into_owned(), clean(en).into_owned())
        };
        let found = match (column.kind(), column) {
            (Kind::Tier, _) => {
                let tier = self.tiers.iter().find(|tier| tier.code == value);
                tier.map(|tier| names(&tier.zh, &tier.en))
            }
            (Kind::Org, _) => {
                let unit = self.unit_by_code.get(value).map(|at| &self.units[*at]);
                unit.map(|unit| names(&unit.name, &unit.name))
            }
            (_, Column::Gender) => Some(known::gender(value).0),
            (_, Column::Attribute(attribute)) => {
                let label = self.labels.get(&attribute.code).and_then(|all| all.get(value));
                label.map(|(zh, en)| names(zh, en))
            }
            _ => None,
        };
        found.unwrap_or(Called::Nothing)
    }

    /// Whether the dictionary has seen `value` in the category `column`.
    pub(super) fn has_value(&self, column: &Column, value: &str) -> bool {
        match column {
            Column::Gender => matches!(value, "F" | "M"),
            Column::Attribute(a) => self.values.get(&a.code).is_some_and(|all| all.contains(value)),
            _ => false,
        }
    }
}

/// The customer's own columns that rules may use.
fn fixed(name: &str) -> Option<Column> {
    Some(match name {
        "org" => Column::Org,
        "rm" => Column::Rm,
        "opened_on" => Column::OpenedOn,
        "birth_date" => Column::BirthDate,
        "gender" => Column::Gender,
        "aum" => Column::Aum,
        "no_contact" => Column::NoContact,
        "age" => Column::Age,
        "tier" => Column::Tier,
        _ => return None,
    })
}
