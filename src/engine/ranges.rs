//! Sets of whole numbers as ranges: what a comparison asks for, and what `in`, `between` and `not` make of it.

/// Ranges with both ends included, in order, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(i128, i128)>);

/// The ends of everything.
const LEAST: i128 = i128::MIN / 4;
const MOST: i128 = i128::MAX / 4;

/// Where a literal stands between whole numbers: at `floor`, or above it and below the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) floor: i128,
    pub(super) exact: bool,
}

impl Point {
    pub(super) fn at(value: impl Into<i128>) -> Self {
        Self { floor: value.into(), exact: true }
    }

    /// A decimal as rules print it, times ten to the power of `scale`. What is far beyond every column stands at the
    /// end.
    pub(super) fn scaled(decimal: &str, scale: u8) -> Self {
        let (negative, digits) =
            decimal.strip_prefix('-').map_or((false, decimal), |rest| (true, rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let near = decimals.len().min(scale.into());
        let zeros = "0".repeat(usize::from(scale) - near);
        let exact = decimals.len() == near;
        let Ok(size) = format!("{whole}{}{zeros}", &decimals[..near]).parse::<i128>() else {
            return Self::at(if negative { LEAST } else { MOST });
        };
        let size = size.min(MOST);
        let floor = if negative { -size - i128::from(!exact) } else { size };
        Self { floor, exact }
    }
}

impl Ranges {
    /// Every number.
    pub(super) fn all() -> Self {
        Self(vec![(LEAST, MOST)])
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(low: i128, high: i128) -> Self {
        Self(if low <= high { vec![(low, high)] } else { Vec::new() })
    }

    pub(super) fn at_most(point: Point) -> Self {
        Self::between(LEAST, point.floor)
    }

    pub(super) fn below(point: Point) -> Self {
        Self::between(LEAST, point.floor - i128::from(point.exact))
    }

    pub(super) fn equal(point: Point) -> Self {
        if point.exact { Self::between(point.floor, point.floor) } else { Self::default() }
    }

    /// Those of either.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self.0.sort_unstable();
        let mut joined: Vec<(i128, i128)> = Vec::new();
        for (low, high) in self.0 {
            match joined.last_mut() {
                Some(last) if low <= last.1 + 1 => last.1 = last.1.max(high),
                _ => joined.push((low, high)),
            }
        }
        Self(joined)
    }

    /// All others.
    pub(super) fn not(&self) -> Self {
        let mut others = Vec::new();
        let mut next = LEAST;
        for (low, high) in &self.0 {
            if next < *low {
                others.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= MOST {
            others.push((next, MOST));
        }
        Self(others)
    }

    /// Those of both.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.not().or(other.not()).not()
    }

    /// `base` less each.
    pub(super) fn taken_from(&self, base: i128) -> Self {
        let end = |value: i128| match value {
            LEAST => MOST,
            MOST => LEAST,
            value => (base - value).clamp(LEAST, MOST),
        };
        Self(self.0.iter().rev().map(|(low, high)| (end(*high), end(*low))).collect())
    }

    pub(super) fn has(&self, value: i128) -> bool {
        let at = self.0.partition_point(|(_, high)| *high < value);
        self.0.get(at).is_some_and(|(low, _)| *low <= value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i128, i128)> {
        self.0.iter().copied()
    }

    /// For a column of 64 bits.
    pub(super) fn narrow(&self) -> Vec<(i64, i64)> {
        let end = |value: i128| value.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        let here =
            self.0.iter().filter(|(low, high)| *low <= i64::MAX.into() && *high >= i64::MIN.into());
        here.map(|(low, high)| (end(*low), end(*high))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_stands_between_whole_numbers() {
        let point = |text: &str, scale| {
            let point = Point::scaled(text, scale);
            (point.floor, point.exact)
        };
        assert_eq!(point("1.5", 0), (1, false));
        assert_eq!(point("-1.5", 0), (-2, false));
        assert_eq!(point("-1.5", 1), (-15, true));
        assert_eq!(point("0.125", 2), (12, false));
        assert_eq!(point("-0.125", 2), (-13, false));
        assert_eq!(point("7", 3), (7000, true));
        assert_eq!(point(&"9".repeat(40), 3), (MOST, true));
        assert_eq!(point(&format!("-{}", "9".repeat(40)), 3), (LEAST, true));
    }

    #[test]
    fn ranges_are_sets() {
        let few = Ranges::between(1, 3).or(Ranges::between(7, 9)).or(Ranges::between(4, 5));
        assert_eq!(few.iter().collect::<Vec<_>>(), [(1, 5), (7, 9)]);
        let inside = |set: &Ranges| (0..11).filter(|n| set.has(*n)).collect::<Vec<_>>();
        assert_eq!(inside(&few.not()), [0, 6, 10]);
        assert_eq!(inside(&few.and(&Ranges::between(5, 8))), [5, 7, 8]);
        assert_eq!(inside(&few.taken_from(10)), [1, 2, 3, 5, 6, 7, 8, 9]);
        assert_eq!(few.not().not(), few);
        assert_eq!(Ranges::all().not(), Ranges::default());
        assert_eq!(Ranges::between(3, 2), Ranges::default());
        assert_eq!(Ranges::all().taken_from(5), Ranges::all());
    }
}
