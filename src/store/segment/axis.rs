//! An attribute as the axis of a grid or a portrait: what stands in SQL for its bins, and how its answers read.

use chrono::{Datelike as _, NaiveDate};
use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use crate::domain::attribute::AttributeType;
use crate::domain::clean::clean;
use crate::domain::money::{Currency, Minor};
use crate::domain::rule::{Bind, Called, Column, Kind, Number, Rule, Vocabulary};
use crate::domain::segment::bin::Bin;
use crate::domain::segment::grid::AxisAsked;
use crate::store::built::{Built, Shown};
use crate::store::dynamic;

/// An axis, its borders known.
#[derive(Clone, Debug)]
pub(super) struct AxisPlan {
    pub(super) column: Column,
    /// Where its ranges begin, as the database writes values, in ascending order; none for what has no order.
    pub(super) borders: Option<Vec<String>>,
    /// The middle value of those whose shares gave the borders; none if nobody has one.
    pub(super) middle: Option<String>,
    /// It has few values, so that each of them is counted and the borders are found among these.
    pub(super) few: bool,
}

impl AxisPlan {
    /// The axis of a column; it has no borders yet.
    pub(super) fn of(column: Column) -> Self {
        Self { column, borders: None, middle: None, few: false }
    }

    /// The axis of a name as the dictionary has it, or as a rule would write it.
    pub(super) fn named(name: &str, vocabulary: &Vocabulary) -> Result<Self, SegmentError> {
        if let Some(known) = vocabulary.attributes().iter().find(|known| known.code == name) {
            return Ok(Self::of(Column::Attribute(known.clone())));
        }
        if name.trim().is_empty() {
            return Err(SegmentError::Axes { count: 0 });
        }
        let refused = |error| SegmentError::Axis(Box::new(error));
        let rule = Rule::parse(&format!("{name} is null"), vocabulary).map_err(refused)?;
        match rule.columns().as_slice() {
            [column] if rule.canonical() == format!("{} is null", column.written()) => {
                Ok(Self::of((*column).clone()))
            }
            _ => Err(SegmentError::NoThresholds { name: name.to_owned() }),
        }
    }

    /// What the dictionary calls it.
    pub(super) fn name(&self) -> String {
        self.column.code().to_owned()
    }

    /// The axis as it was asked for, with its thresholds if it has any.
    pub(super) fn asked(asked: &AxisAsked, vocabulary: &Vocabulary) -> Result<Self, SegmentError> {
        let mut axis = Self::named(&asked.name, vocabulary)?;
        if asked.thresholds.is_empty() {
            return Ok(axis);
        }
        let name = || clean(&asked.name).into_owned();
        if !axis.is_ranged() {
            return Err(SegmentError::NoThresholds { name: name() });
        }
        let mut borders: Vec<String> = Vec::with_capacity(asked.thresholds.len());
        for threshold in &asked.thresholds {
            let border = axis.border(threshold, vocabulary.bank().currency).ok_or_else(|| {
                SegmentError::Threshold { name: name(), threshold: threshold.clone() }
            })?;
            if borders.last().is_some_and(|last| !axis.rises(last, &border)) {
                return Err(SegmentError::ThresholdOrder { name: name() });
            }
            borders.push(border);
        }
        axis.borders = Some(borders);
        Ok(axis)
    }

    /// Whether its values are put into ranges.
    pub(super) fn is_ranged(&self) -> bool {
        self.column.kind().is_computed()
    }

    /// Chinese and English names of the column.
    pub(super) fn labels(&self) -> (String, String) {
        match &self.column {
            Column::Attribute(attribute) => (attribute.zh.clone(), attribute.en.clone()),
            fixed => (fixed.code().to_owned(), fixed.code().to_owned()),
        }
    }

    /// A threshold as the database writes the value.
    fn border(&self, text: &str, currency: Currency) -> Option<String> {
        match self.column.kind() {
            Kind::MONEY => currency.parse(text).ok().map(|amount| amount.0.to_string()),
            Kind::DATE => text.parse::<NaiveDate>().ok().map(|day| day.to_string()),
            _ => {
                let digits = text.strip_prefix('-').unwrap_or(text);
                let plain = !digits.is_empty()
                    && digits.len() <= 40
                    && digits.split('.').count() <= 2
                    && digits
                        .split('.')
                        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
                plain.then(|| text.to_owned())
            }
        }
    }

    /// Takes these borders, in ascending order. The ends of a mart's calendar, and numbers beyond what a rule can say, begin no
    /// range: it could not be asked for.
    pub(super) fn cut(&mut self, mut borders: Vec<String>) {
        borders.dedup();
        borders.retain(|border| self.is_writable(border));
        self.borders = Some(borders);
    }

    /// Whether a rule can say this value of the database.
    fn is_writable(&self, border: &str) -> bool {
        match self.column.kind() {
            Kind::MONEY => true,
            Kind::DATE => {
                border.parse::<NaiveDate>().is_ok_and(|day| (1..=9999).contains(&day.year()))
            }
            _ => Number::recorded(border).is_some_and(|number| number.is_writable()),
        }
    }

    fn rises(&self, before: &str, after: &str) -> bool {
        match self.column.kind() {
            Kind::DATE => before < after,
            Kind::MONEY => before.parse::<i64>().ok() < after.parse::<i64>().ok(),
            // Borders are of a few digits; a tie is not a rise.
            _ => before.parse::<f64>().ok() < after.parse::<f64>().ok(),
        }
    }

    /// Adds the column, cast to what its borders are.
    pub(super) fn ordered(&self, built: &mut Built, shown: &mut Shown, as_of: NaiveDate) {
        built.words("(").column(shown, &self.column, as_of).words(match self.column.kind() {
            Kind::MONEY => ")::bigint",
            Kind::DATE => ")::date",
            _ => ")::numeric",
        });
    }

    /// Adds the column as what is summed; a flag counts as one.
    pub(super) fn summed(&self, built: &mut Built, shown: &mut Shown, as_of: NaiveDate) {
        if self.column.kind() == Kind::Plain(AttributeType::Flag) {
            built.words("(").column(shown, &self.column, as_of).words(")::int::numeric");
        } else {
            self.ordered(built, shown, as_of);
        }
    }

    /// Adds the expression that tells the bins apart: null for the unknown, the number of a range, a value. It is read as
    /// text, but grouped by as it stands, which is several times faster.
    pub(super) fn key(&self, built: &mut Built, shown: &mut Shown, vocabulary: &Vocabulary) {
        let as_of = vocabulary.bank().as_of;
        if self.column == Column::Tier {
            let froms = vocabulary.tiers().iter().skip(1).filter_map(|tier| tier.from);
            built.words("width_bucket(c.aum, ");
            built.bind(Bind::IntArray(froms.map(|from| from.0).collect()), "bigint[]");
            built.words(")");
        } else if let Some(borders) = &self.borders {
            built.words("width_bucket(");
            self.ordered(built, shown, as_of);
            built.words(", ");
            // In a query of its own it is read once: how a day is written is a setting, and would be asked for every row.
            built.words("(select ").bind(Bind::TextArray(borders.clone()), "text[]");
            built.words(match self.column.kind() {
                Kind::MONEY => "::bigint[]))",
                Kind::DATE => "::date[]))",
                _ => "::numeric[]))",
            });
        } else {
            built.words("(").column(shown, &self.column, as_of).words(")");
        }
    }

    /// The bin of an answer of [`key`](Self::key).
    pub(super) fn bin(&self, key: Option<&str>, words: &Words<'_>) -> Bin {
        let Some(key) = key else { return Bin::Unknown };
        let number = || key.parse::<usize>().unwrap_or_default();
        match self.column.kind() {
            Kind::Plain(AttributeType::Flag) => Bin::Flag(key == "true"),
            Kind::Tier => {
                let tier = words.vocabulary.tiers().get(number());
                Bin::Value(tier.map(|tier| tier.code.clone()).unwrap_or_default())
            }
            Kind::Org => Bin::Value(words.unit(key)),
            Kind::Staff => Bin::Value(words.staff(key)),
            Kind::Plain(_) => match self.ranges(words) {
                Some(mut ranges) => ranges.swap_remove(number().min(ranges.len() - 1)),
                None => Bin::Value(key.to_owned()),
            },
        }
    }

    /// What people call the value of a bin.
    pub(super) fn called(&self, bin: &Bin, vocabulary: &Vocabulary) -> Called {
        match bin {
            Bin::Value(value) => vocabulary.value_called(&self.column, value),
            _ => Called::Nothing,
        }
    }

    /// All ranges of an axis with borders, from the lowest.
    pub(super) fn ranges(&self, words: &Words<'_>) -> Option<Vec<Bin>> {
        let borders = self.borders.as_ref()?;
        let shown: Vec<String> = borders.iter().map(|border| self.shown(border, words)).collect();
        Some(Bin::ranges(&shown))
    }

    /// A value of the database as rules write it.
    fn shown(&self, value: &str, words: &Words<'_>) -> String {
        let decimals = |text: String| {
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        };
        match self.column.kind() {
            Kind::MONEY => {
                let amount = Minor(value.parse().unwrap_or_default());
                decimals(words.vocabulary.bank().currency.plain(amount))
            }
            Kind::DATE => value.to_owned(),
            _ => decimals(value.to_owned()),
        }
    }
}

/// What turns rows of units and staff into their codes.
pub(super) struct Words<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    units: Vec<(String, String)>,
    staff: Vec<(String, String)>,
}

impl<'a> Words<'a> {
    /// Reads the codes, those of closed units and staff too, if an axis asks for them.
    pub(super) async fn read(
        db: &mut PgConnection,
        vocabulary: &'a Vocabulary,
        axes: &[AxisPlan],
    ) -> Result<Self, SegmentError> {
        let mut words = Self { vocabulary, units: Vec::new(), staff: Vec::new() };
        let asks = |kind| axes.iter().any(|axis| axis.column.kind() == kind);
        if asks(Kind::Org) {
            let rows =
                sqlx::query!("select id, code from baton.org_unit").fetch_all(&mut *db).await?;
            words.units =
                rows.into_iter().map(|r| (r.id.to_string(), clean(&r.code).into_owned())).collect();
        }
        if asks(Kind::Staff) {
            let rows = sqlx::query!("select id, code from baton.staff").fetch_all(&mut *db).await?;
            words.staff =
                rows.into_iter().map(|r| (r.id.to_string(), clean(&r.code).into_owned())).collect();
        }
        words.units.sort_unstable();
        words.staff.sort_unstable();
        Ok(words)
    }

    fn unit(&self, id: &str) -> String {
        code_of(&self.units, id)
    }

    fn staff(&self, id: &str) -> String {
        code_of(&self.staff, id)
    }
}

fn code_of(codes: &[(String, String)], id: &str) -> String {
    let found = codes.binary_search_by(|(known, _)| known.as_str().cmp(id));
    found.map_or_else(|_| id.to_owned(), |at| codes[at].1.clone())
}

/// Gives every ranged axis without borders those of `shares` of the values of `members`, or of everybody; the shares are an odd
/// number that lies evenly (such as quartiles), so that the one in the middle is the median.
pub(super) async fn find_borders(
    db: &mut PgConnection,
    axes: &mut [AxisPlan],
    members: Option<&Rule>,
    shares: &'static str,
    as_of: NaiveDate,
) -> Result<(), SegmentError> {
    let open = |axis: &AxisPlan| axis.is_ranged() && axis.borders.is_none();
    if !axes.iter().any(open) {
        return Ok(());
    }
    let (mut built, mut shown) = (Built::new(""), Shown::default());
    if let Some(rule) = members {
        built.words("with m as materialized (select c.customer_id from ").members(rule).words(") ");
    }
    built.words("select array[]::text[] as none");
    for (at, axis) in axes.iter().enumerate().filter(|(_, axis)| open(axis)) {
        built.words(", percentile_disc(array[").words(shares).words("]) within group (order by ");
        axis.ordered(&mut built, &mut shown, as_of);
        built.words(")::text[] as b").number(at);
    }
    built.words(" from baton.customer c");
    if members.is_some() {
        built.words(" join m on m.customer_id = c.customer_id");
    }
    built.joins(&shown).words(" where c.closed_on is null");
    let rows = dynamic::fetch_all(db, &built).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    for (at, axis) in axes.iter_mut().enumerate().filter(|(_, axis)| open(axis)) {
        let found: Option<Vec<Option<String>>> = row.try_get(format!("b{at}").as_str())?;
        let borders: Vec<String> = found.unwrap_or_default().into_iter().flatten().collect();
        axis.middle = borders.get(borders.len() / 2).cloned();
        axis.cut(borders);
    }
    Ok(())
}
