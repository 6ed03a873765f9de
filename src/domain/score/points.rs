//! Points in hundredths and ratios in parts per million: whole numbers, so that sums of parts are the whole.

use serde::{Serialize, Serializer};

use crate::domain::decimal::{Decimal, Exact};

/// Points, in hundredths: 8525 is 85.25.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(pub i64);

impl Points {
    /// What all weights are together.
    pub const HUNDRED: Self = Self(10_000);

    /// Reads `20` or `7.5`; none for anything else, for a negative and for more than two decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        scaled(text, 2).map(Self)
    }
}

impl std::fmt::Display for Points {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Exact(&self.to_string()).serialize(serializer)
    }
}

/// A ratio in parts per million: 950000 is 0.95.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(pub i64);

impl Ratio {
    /// One.
    pub const ONE: Self = Self(1_000_000);

    /// As a percentage with as many decimals as it has: `95 %`, `12.5 %`.
    #[must_use]
    pub fn percent(self) -> String {
        format!("{} %", Self(self.0.saturating_mul(100)))
    }

    /// Reads `0.95` or `1.2`; none for anything else, for a negative and for more than six decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        scaled(text, 6).map(Self)
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimals = format!("{:06}", self.0 % 1_000_000);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        write!(f, "{}{point}{decimals}", self.0 / 1_000_000)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Exact(&self.to_string()).serialize(serializer)
    }
}

fn scaled(text: &str, places: usize) -> Option<i64> {
    let Decimal { negative, whole, decimals } = Decimal::parse(text)?;
    let decimals = decimals.trim_end_matches('0');
    if negative || decimals.len() > places || whole.len() > 9 {
        return None;
    }
    format!("0{whole}{decimals:0<places$}").parse().ok()
}

/// Shares `whole` in the proportion of `weights`, so that the shares are the whole exactly: each is rounded down, and what
/// is left over goes a hundredth each to the largest remainders, of equal ones to the earlier. Weights of nothing get nothing.
pub(super) fn shared(whole: Points, weights: &[Points]) -> Vec<Points> {
    let sum: i64 = weights.iter().map(|weight| weight.0).sum();
    if sum <= 0 {
        return vec![Points(0); weights.len()];
    }
    let mut shares: Vec<Points> =
        weights.iter().map(|weight| Points(whole.0 * weight.0 / sum)).collect();
    let rest = whole.0 - shares.iter().map(|share| share.0).sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(whole.0 * weights[at].0 % sum));
    let rest = usize::try_from(rest).unwrap_or_default();
    for &at in order.iter().take(rest) {
        shares[at].0 += 1;
    }
    shares
}
