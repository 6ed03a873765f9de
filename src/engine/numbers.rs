//! Values on their way in, as narrow as they came: what is held while building is the most that a process ever holds.

/// A value for each row.
#[derive(Debug)]
pub(super) enum Numbers {
    /// Counts and shares.
    Tiny(Vec<u8>),
    /// A little more.
    Short(Vec<i16>),
    /// Days, and small amounts.
    Plain(Vec<i32>),
    /// The lower and the upper part of 48 bits: any bank's amounts, in three quarters of the room.
    Middle(Vec<u32>, Vec<i16>),
    /// Whatever else.
    Long(Vec<i64>),
}

impl Numbers {
    /// Zeros.
    pub(super) fn none(rows: usize) -> Self {
        Self::Tiny(vec![0; rows])
    }

    /// Room for so many.
    pub(super) fn grow(&mut self, rows: usize) {
        match self {
            Self::Tiny(values) => values.resize(rows, 0),
            Self::Short(values) => values.resize(rows, 0),
            Self::Plain(values) => values.resize(rows, 0),
            Self::Middle(low, high) => {
                low.resize(rows, 0);
                high.resize(rows, 0);
            }
            Self::Long(values) => values.resize(rows, 0),
        }
    }

    /// Gives each row's value, in order.
    pub(super) fn each(&self, mut take: impl FnMut(usize, i64)) {
        match self {
            Self::Tiny(values) => each(values, take),
            Self::Short(values) => each(values, take),
            Self::Plain(values) => each(values, take),
            Self::Middle(low, high) => {
                for (row, (low, high)) in low.iter().zip(high).enumerate() {
                    take(row, i64::from(*high) << 32 | i64::from(*low));
                }
            }
            Self::Long(values) => each(values, take),
        }
    }

    /// Puts a value in; all get more room if it needs more.
    pub(super) fn set(&mut self, row: usize, value: i64) {
        loop {
            let fits = match self {
                Self::Tiny(values) => u8::try_from(value).map(|value| values[row] = value).is_ok(),
                Self::Short(values) => {
                    i16::try_from(value).map(|value| values[row] = value).is_ok()
                }
                Self::Plain(values) => {
                    i32::try_from(value).map(|value| values[row] = value).is_ok()
                }
                Self::Middle(low, high) => i16::try_from(value >> 32)
                    .map(|upper| (low[row], high[row]) = (value as u32, upper))
                    .is_ok(),
                Self::Long(values) => {
                    values[row] = value;
                    true
                }
            };
            if fits {
                return;
            }
            self.widen();
        }
    }

    fn widen(&mut self) {
        *self = match self {
            Self::Tiny(values) => Self::Short(values.iter().map(|value| (*value).into()).collect()),
            Self::Short(values) => {
                Self::Plain(values.iter().map(|value| (*value).into()).collect())
            }
            Self::Plain(values) => Self::Middle(
                values.iter().map(|value| value.cast_unsigned()).collect(),
                values.iter().map(|value| (value >> 31) as i16).collect(),
            ),
            Self::Middle(..) | Self::Long(_) => Self::Long(self.list()),
        };
    }

    fn list(&self) -> Vec<i64> {
        let mut all = Vec::new();
        self.each(|_, value| all.push(value));
        all
    }

    /// Times ten to this power; false if that does not fit.
    pub(super) fn raise(&mut self, power: u8) -> bool {
        let Some(factor) = 10_i64.checked_pow(power.into()) else { return false };
        let raised: Option<Vec<i64>> =
            self.list().into_iter().map(|value| value.checked_mul(factor)).collect();
        raised.map(|values| *self = Self::Long(values)).is_some()
    }
}

fn each<T: Copy + Into<i64>>(values: &[T], mut take: impl FnMut(usize, i64)) {
    for (row, value) in values.iter().enumerate() {
        take(row, (*value).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_held_however_wide_and_whatever_came_before() {
        let wanted =
            [0, 255, 256, -1, 40_000, -40_000, i64::from(i32::MIN), 1 << 40, -(1 << 46), i64::MIN];
        for from in 0..wanted.len() {
            let mut numbers = Numbers::none(1);
            numbers.grow(wanted.len());
            let order = wanted.iter().enumerate().cycle().skip(from).take(wanted.len());
            order.for_each(|(row, value)| numbers.set(row, *value));
            assert_eq!(numbers.list(), wanted);
        }
        let mut numbers = Numbers::none(2);
        numbers.set(1, -7);
        assert!(numbers.raise(3) && numbers.list() == [0, -7000]);
        assert!(!numbers.raise(17) && !numbers.raise(30));
    }
}
