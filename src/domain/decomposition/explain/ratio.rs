//! A quotient over units: mix and rate, since its parts do not add up.

use super::{Question, Split};
use crate::domain::decomposition::mix_rate::{self, MixRateError, Row, Side};
use crate::domain::decomposition::{Effect, Method, Share, Why, chain, rounding};
use crate::domain::metric::Value;
use crate::domain::metric::error::KpiError;

impl Question<'_> {
    /// Each unit's part by its share of the denominator, and by its own quotient.
    pub(super) fn mix_rate(&self, asked: Option<Method>) -> Result<Split, KpiError> {
        let mut parts = Vec::new();
        let mut rows: Vec<Row> = Vec::new();
        for part in self.parts() {
            let row = (part.side(self.at.0)?, part.side(self.at.1)?);
            if row.0 != Side::ABSENT || row.1 != Side::ABSENT {
                parts.push(part);
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return Err(KpiError::NotAdditive(self.code(self.metric)));
        }
        let split = mix_rate::split(&rows).map_err(|error| {
            let day = if error == MixRateError::NothingBefore { self.at.0 } else { self.at.1 };
            self.no_value(self.metric, self.unit, day)
        })?;
        let scale = self.ledger.scale_of(self.metric);
        let shares: Vec<[f64; 2]> =
            split.rows.iter().map(|row| [row.mix * scale, row.rate * scale]).collect();
        let shares = self.settled(&shares);
        let effects: Vec<Effect> = parts
            .iter()
            .zip(shares)
            .map(|(part, [mix, rate])| {
                let value = |day| self.ledger.value(self.metric, day, &part.units);
                let ends = (value(self.at.0), value(self.at.1));
                let both = vec![Share::of("mix", mix), Share::of("rate", rate)];
                Effect { parts: both, ..part.effect(self.unit, mix.plus(rate), ends) }
            })
            .collect();
        let totals = chain::shares(&effects);
        let why = if asked.is_some() { Why::Asked } else { Why::Ratio };
        Ok(Split { method: Method::MixRate, why, effects, totals, reversal: split.reversal })
    }

    /// How large this unit is in the quotient, and what its own quotient is.
    fn side(&self, day: usize) -> Result<Side, KpiError> {
        let Some((above, below)) = self.ledger.fraction(self.metric, day, &self.units) else {
            return Ok(Side::ABSENT);
        };
        if below < 0.0 {
            return Err(self.negative(self.metric, self.unit, day));
        }
        Ok(Side { size: below, rate: (below != 0.0).then(|| above / below) })
    }

    /// Money adds up to the minor unit, as everywhere: rounded over the units, then within each.
    fn settled(&self, shares: &[[f64; 2]]) -> Vec<[Value; 2]> {
        let value = |day| self.ledger.value(self.metric, day, &self.units);
        let (Some(Value::Whole(from)), Some(Value::Whole(to))) =
            (value(self.at.0), value(self.at.1))
        else {
            return shares.iter().map(|share| share.map(Value::Number)).collect();
        };
        let sums: Vec<f64> = shares.iter().map(|share| share.iter().sum()).collect();
        let sums = rounding::to_total(&sums, to.saturating_sub(from));
        let within = |(share, sum): (&[f64; 2], i64)| {
            let rounded = rounding::to_total(share, sum);
            [Value::Whole(rounded[0]), Value::Whole(rounded[1])]
        };
        shares.iter().zip(sums).map(within).collect()
    }
}
