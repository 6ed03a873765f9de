//! Judging one value, and writing it for COPY if it is good.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;

use super::destination::Type;
use super::line::Line;
use crate::domain::clean::seen;
use crate::domain::decimal::Decimal;
use crate::domain::message::Message;
use crate::domain::moment::{self, MomentFault};
use crate::domain::money::{Currency, Minor, MoneyError};
use crate::domain::outcome::Outcome;
use crate::msg;

/// Nobody who has dealings with a bank was born before.
const EARLIEST_YEAR: i32 = 1850;

/// What rows may refer to.
#[derive(Debug, Default)]
pub struct Known {
    /// Codes of units that are open after this run.
    pub orgs: HashSet<String>,
    /// Codes of staff who are open after this run.
    pub staff: HashSet<String>,
    /// Codes of the bank's tiers.
    pub tiers: HashSet<String>,
    /// Numbers of customers.
    pub customers: HashSet<i64>,
    /// Metrics, and how they are counted.
    pub metrics: HashMap<String, Counted>,
}

/// How a metric is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// In money.
    pub money: bool,
    /// It is a quotient, of which a plan has decimals.
    pub ratio: bool,
}

impl Counted {
    /// Takes what a load says of it, which may have no column for either.
    pub(super) fn told(&mut self, told: Self, with_unit: bool, with_kind: bool) {
        self.money = if with_unit { told.money } else { self.money };
        self.ratio = if with_kind { told.ratio } else { self.ratio };
    }
}

impl Known {
    /// How a metric is counted; of one that is not known, whole.
    pub(super) fn counted(&self, metric: Option<&str>) -> Counted {
        metric.and_then(|code| self.metrics.get(code)).copied().unwrap_or_default()
    }

    /// A plan as its file has it, of the metric's code and the value as it is kept.
    pub(super) fn planned(&self, told: &str, currency: Currency) -> String {
        let Some((metric, value)) = told.rsplit_once(' ') else { return told.to_owned() };
        let counted = self.counted(Some(metric));
        match value.parse::<i64>() {
            Ok(value) if counted.money => currency.plain(Minor(value)),
            _ => value.to_owned(),
        }
    }
}

/// Why a value is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing where something must be.
    Missing,
    /// A list or an object.
    NotPlain,
    /// No whole number, or too large.
    NotInteger,
    /// No amount.
    NotMoney,
    /// More decimals than the currency has.
    TooManyDecimals(u8),
    /// Too large an amount.
    TooLarge,
    /// No decimal number.
    NotNumber,
    /// No day.
    NotDate,
    /// A day before 1850, or after that of the records.
    NotLifeDate,
    /// No moment.
    NotMoment,
    /// A moment that the clocks of the bank's time zone passed over.
    NoSuchMoment,
    /// A day that has not come yet.
    Future,
    /// Neither true nor false.
    NotFlag,
    /// Neither F nor M.
    NotGender,
    /// No kind of unit.
    NotUnitKind,
    /// No kind of metric.
    NotMetricKind,
    /// No open unit.
    UnknownOrg,
    /// No open member of staff.
    UnknownStaff,
    /// No customer.
    UnknownCustomer,
    /// No metric.
    UnknownMetric,
    /// No tier.
    UnknownTier,
    /// No outcome.
    UnknownOutcome,
    /// Not between 0 and 1, or with more than six decimals.
    NotShare,
    /// No plan of a ratio: no decimal number, or with more than six decimals.
    NotQuotient,
    /// Not 1 to 5.
    NotRisk,
    /// No latitude.
    NotLatitude,
    /// No longitude.
    NotLongitude,
    /// A latitude without a longitude, or the other way round.
    HalfPlace,
    /// A relation of a customer to himself.
    ToSelf,
    /// The product came with another class before.
    OtherClass,
    /// Neither a value nor numerator and denominator, or both.
    ValueOrRatio,
    /// A zero byte, which no text of a database can hold.
    ZeroByte,
    /// The key came before.
    Duplicate,
    /// A fact of a unit that has units below it.
    NotLeaf,
    /// The customer is on no list of that push.
    NotOnList,
    /// An outcome of a day before its push.
    BeforePush,
    /// An amount below nothing.
    Negative,
    /// A plan below zero of a metric that is never below zero.
    NegativeTarget,
}

impl From<MomentFault> for Reason {
    fn from(fault: MomentFault) -> Self {
        match fault {
            MomentFault::NotAMoment => Self::NotMoment,
            MomentFault::PassedOver => Self::NoSuchMoment,
        }
    }
}

/// Reads values as the bank writes them.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The bank's currency.
    pub currency: Currency,
    /// The bank's time zone.
    pub timezone: Tz,
    /// The day of the records.
    pub as_of: NaiveDate,
    /// The last day that has come: of the records, the bank's or the server's, whichever is latest.
    pub last: NaiveDate,
}

impl Reader {
    /// Writes `value` to `line` as a `kind`. `counted` says how the row's metric is counted.
    ///
    /// # Errors
    /// [`Reason`]; `line` then holds half a row.
    pub fn write(
        self,
        line: &mut Line,
        kind: Type,
        value: &str,
        known: &Known,
        counted: Counted,
    ) -> Result<(), Reason> {
        match kind {
            Type::Text
            | Type::Gender
            | Type::UnitKind
            | Type::MetricKind
            | Type::Org
            | Type::Staff
            | Type::Tier
            | Type::Metric => {
                word(kind, value, known)?;
                line.text(value)
            }
            Type::Category => {
                word(kind, value, known)?;
                let seen = seen(value);
                if seen.is_empty() { line.null() } else { line.text(&seen) }
            }
            Type::MetricValue | Type::Plan if counted.money => line.money(self.money(value)?),
            Type::Plan if counted.ratio => line.number(quotient(value)?),
            Type::Integer | Type::MetricValue | Type::Plan => line.int(integer(value)?),
            Type::SmallInteger => {
                let number = i32::try_from(integer(value)?).map_err(|_| Reason::NotInteger)?;
                line.int(number.into())
            }
            Type::Customer => {
                let number = integer(value)?;
                known.customers.get(&number).ok_or(Reason::UnknownCustomer)?;
                line.int(number)
            }
            Type::Money => {
                let amount = self.money(value)?;
                if amount.0.unsigned_abs() > Minor::MOST_OF_ONE.unsigned_abs() {
                    return Err(Reason::TooLarge);
                }
                line.money(amount)
            }
            Type::Number => {
                number(value)?;
                line.number(value)
            }
            Type::Share => line.number(share(value)?),
            Type::Risk => line.int(risk(value)?),
            Type::Latitude => line.number(degrees(value, 90.0).ok_or(Reason::NotLatitude)?),
            Type::Longitude => line.number(degrees(value, 180.0).ok_or(Reason::NotLongitude)?),
            Type::Date => line.date(date(value)?),
            Type::LifeDate => line.date(self.life_date(value)?),
            Type::Moment => line.moment(moment::parse(value, self.timezone)?),
            Type::PastMoment => {
                let at = moment::parse(value, self.timezone)?;
                if at.with_timezone(&self.timezone).date_naive() > self.last {
                    return Err(Reason::Future);
                }
                line.moment(at)
            }
            Type::Flag => line.flag(flag(value)?),
            Type::Outcome => {
                line.text(Outcome::from_word(value).ok_or(Reason::UnknownOutcome)?.code())
            }
        };
        Ok(())
    }

    /// A day that a customer can have been born on, or have come. Records of the night may be a day ahead.
    fn life_date(self, value: &str) -> Result<NaiveDate, Reason> {
        let day = date(value)?;
        let last = self.as_of.succ_opt().unwrap_or(self.as_of);
        if day.year() < EARLIEST_YEAR || day > last { Err(Reason::NotLifeDate) } else { Ok(day) }
    }

    fn money(self, value: &str) -> Result<Minor, Reason> {
        self.currency.parse(value).map_err(|error| match error {
            MoneyError::NotANumber => Reason::NotMoney,
            MoneyError::TooManyDecimals(digits) => Reason::TooManyDecimals(digits),
            MoneyError::TooLarge => Reason::TooLarge,
        })
    }
}

/// Judges what is kept as text.
fn word(kind: Type, value: &str, known: &Known) -> Result<(), Reason> {
    let (good, reason) = match kind {
        Type::Gender => (matches!(value, "F" | "M"), Reason::NotGender),
        Type::UnitKind => {
            (matches!(value, "hq" | "branch" | "subbranch" | "center"), Reason::NotUnitKind)
        }
        Type::MetricKind => (matches!(value, "flow" | "stock" | "ratio"), Reason::NotMetricKind),
        Type::Org => (known.orgs.contains(value), Reason::UnknownOrg),
        Type::Staff => (known.staff.contains(value), Reason::UnknownStaff),
        Type::Tier => (known.tiers.contains(value), Reason::UnknownTier),
        Type::Metric => (known.metrics.contains_key(value), Reason::UnknownMetric),
        _ => (!value.contains('\0'), Reason::ZeroByte),
    };
    if good { Ok(()) } else { Err(reason) }
}

fn integer(value: &str) -> Result<i64, Reason> {
    // An amount of SQL's numeric may carry decimals that are nothing: 3.00 is a whole number.
    let whole = match value.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() && decimals.bytes().all(|b| b == b'0') => {
            whole
        }
        Some(_) => return Err(Reason::NotInteger),
        None => value,
    };
    whole.parse().map_err(|_| Reason::NotInteger)
}

fn number(value: &str) -> Result<(), Reason> {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_good = all_digits(whole)
        && all_digits(decimals)
        && !(whole.is_empty() && decimals.is_empty())
        && mantissa.len() <= 1000;
    let exponent_good = exponent.is_none_or(|e| e.parse::<i32>().is_ok_and(|e| e.abs() <= 1000));
    if mantissa_good && exponent_good { Ok(()) } else { Err(Reason::NotNumber) }
}

/// A plain decimal number from 0 to 1, of which the database would keep every digit.
fn share(value: &str) -> Result<&str, Reason> {
    number(value).map_err(|_| Reason::NotShare)?;
    let decimals = value.split_once('.').map_or("", |(_, decimals)| decimals);
    let plain = !value.contains(['e', 'E']) && decimals.trim_end_matches('0').len() <= 6;
    match value.parse::<f64>() {
        Ok(part) if plain && (0.0..=1.0).contains(&part) => Ok(value),
        _ => Err(Reason::NotShare),
    }
}

/// A plain decimal number of which a plan keeps every digit.
fn quotient(value: &str) -> Result<&str, Reason> {
    let plan = Decimal::parse(value).filter(|plan| plan.whole.trim_start_matches('0').len() <= 12);
    plan.filter(|plan| plan.decimals.trim_end_matches('0').len() <= 6)
        .map(|_| value)
        .ok_or(Reason::NotQuotient)
}

/// A risk level; the bank's R before it is taken off.
fn risk(value: &str) -> Result<i64, Reason> {
    let level = integer(value.strip_prefix(['R', 'r']).unwrap_or(value));
    level.ok().filter(|level| (1..=5).contains(level)).ok_or(Reason::NotRisk)
}

/// A number of degrees within `most` on either side.
fn degrees(value: &str, most: f64) -> Option<&str> {
    number(value).ok()?;
    value.parse().ok().filter(|degrees: &f64| degrees.abs() <= most).map(|_| value)
}

fn date(value: &str) -> Result<NaiveDate, Reason> {
    // A timestamp at midnight is the day: that is what `date_trunc` and many exports give.
    let day = value.strip_suffix("T00:00:00").or(value.strip_suffix(" 00:00:00")).unwrap_or(value);
    if day.len() != 10 || !day.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Err(Reason::NotDate);
    }
    let day = day.parse::<NaiveDate>().map_err(|_| Reason::NotDate)?;
    if day < NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN) {
        return Err(Reason::NotDate);
    }
    Ok(day)
}

fn flag(value: &str) -> Result<bool, Reason> {
    match value {
        "true" | "t" | "1" => Ok(true),
        "false" | "f" | "0" => Ok(false),
        _ => Err(Reason::NotFlag),
    }
}

impl Reason {
    /// The words for the reject file.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Missing => msg!("import.reason.missing"),
            Self::NotPlain => msg!("import.reason.not-plain"),
            Self::NotInteger => msg!("import.reason.not-integer"),
            Self::NotMoney => msg!("import.reason.not-money"),
            Self::TooManyDecimals(digits) => {
                return Message::new(msg!("import.reason.too-many-decimals"))
                    .with("digits", u32::from(digits));
            }
            Self::TooLarge => msg!("import.reason.too-large"),
            Self::NotNumber => msg!("import.reason.not-number"),
            Self::NotDate => msg!("import.reason.not-date"),
            Self::NotLifeDate => msg!("import.reason.not-life-date"),
            Self::NotMoment => msg!("import.reason.not-moment"),
            Self::NoSuchMoment => msg!("import.reason.no-such-moment"),
            Self::Future => msg!("import.reason.future"),
            Self::NotFlag => msg!("import.reason.not-flag"),
            Self::NotGender => msg!("import.reason.not-gender"),
            Self::NotUnitKind => msg!("import.reason.not-unit-kind"),
            Self::NotMetricKind => msg!("import.reason.not-metric-kind"),
            Self::UnknownOrg => msg!("import.reason.unknown-org"),
            Self::UnknownStaff => msg!("import.reason.unknown-staff"),
            Self::UnknownCustomer => msg!("import.reason.unknown-customer"),
            Self::UnknownMetric => msg!("import.reason.unknown-metric"),
            Self::UnknownTier => msg!("import.reason.unknown-tier"),
            Self::UnknownOutcome => msg!("import.reason.unknown-outcome"),
            Self::NotShare => msg!("import.reason.not-share"),
            Self::NotQuotient => msg!("import.reason.not-quotient"),
            Self::NotRisk => msg!("import.reason.not-risk"),
            Self::NotLatitude => msg!("import.reason.not-latitude"),
            Self::NotLongitude => msg!("import.reason.not-longitude"),
            Self::HalfPlace => msg!("import.reason.half-place"),
            Self::ToSelf => msg!("import.reason.to-self"),
            Self::OtherClass => msg!("import.reason.other-class"),
            Self::ValueOrRatio => msg!("import.reason.value-or-ratio"),
            Self::ZeroByte => msg!("import.reason.zero-byte"),
            Self::Duplicate => msg!("import.reason.duplicate"),
            Self::NotLeaf => msg!("import.reason.not-leaf"),
            Self::NotOnList => msg!("import.reason.not-on-list"),
            Self::BeforePush => msg!("push.outcome.before-push"),
            Self::Negative => msg!("push.outcome.negative"),
            Self::NegativeTarget => msg!("import.reason.negative-target"),
        }
        .into()
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
