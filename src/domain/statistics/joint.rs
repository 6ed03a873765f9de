//! What a comparison of arms needs of their customers: how many they are, their means, and the squares and products around
//! the means. These few numbers stand for any number of rows, and those of two parts give those of the whole.
//!
//! Source: Chan, Golub and `LeVeque` 1983, The American Statistician 37:242-247 (putting two parts together).

use super::arms::{Arm, ArmsError, Moments};
use super::sum::whole;

/// One number of each customer of an arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Single {
    /// Customers.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// The sum of the squares of what each is away from it.
    pub squares: f64,
}

/// Two numbers of each customer of an arm: before the push, and after it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Joint {
    /// Customers.
    pub n: u64,
    /// The mean before.
    pub pre: f64,
    /// The mean after.
    pub post: f64,
    /// The sum of squares around the mean before.
    pub pre_squares: f64,
    /// The sum of squares around the mean after.
    pub post_squares: f64,
    /// The sum of products around both.
    pub products: f64,
}

/// What is only the last digits of a mean is no square.
const DUST: f64 = 1e-12;

/// Squares that are nothing but rounding are nothing.
pub(super) fn settled(squares: f64, n: u64, mean: f64) -> f64 {
    if squares <= whole(n) * (mean * DUST).powi(2) { 0.0 } else { squares }
}

impl Single {
    /// This part and another as one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let n = self.n + other.n;
        if n == 0 {
            return self;
        }
        let (share, apart) = (whole(other.n) / whole(n), other.mean - self.mean);
        Self {
            n,
            mean: self.mean + share * apart,
            squares: self.squares + other.squares + apart.powi(2) * share * whole(self.n),
        }
    }

    /// As the mean and the variance of an arm.
    pub(super) fn moments(self, arm: Arm) -> Result<Moments, ArmsError> {
        if self.n < 2 {
            return Err(ArmsError::TooFew { arm });
        }
        let n = whole(self.n);
        let variance = settled(self.squares, self.n, self.mean) / (n - 1.0);
        if self.mean.is_finite() && variance.is_finite() {
            Ok(Moments { n, mean: self.mean, variance })
        } else {
            Err(ArmsError::Overflow)
        }
    }
}

impl Joint {
    /// This part and another as one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let n = self.n + other.n;
        if n == 0 {
            return self;
        }
        let (mine, share) = (whole(self.n), whole(other.n) / whole(n));
        let (pre, post) = (other.pre - self.pre, other.post - self.post);
        Self {
            n,
            pre: self.pre + share * pre,
            post: self.post + share * post,
            pre_squares: self.pre_squares + other.pre_squares + pre.powi(2) * share * mine,
            post_squares: self.post_squares + other.post_squares + post.powi(2) * share * mine,
            products: self.products + other.products + pre * post * share * mine,
        }
    }

    /// What stands after, alone.
    #[must_use]
    pub fn after(self) -> Single {
        Single { n: self.n, mean: self.post, squares: self.post_squares }
    }

    /// What stands after less `theta` times what stood before.
    pub(super) fn freed(self, theta: f64) -> Single {
        let squares =
            self.post_squares - 2.0 * theta * self.products + theta.powi(2) * self.pre_squares;
        Single { n: self.n, mean: self.post - theta * self.pre, squares: squares.max(0.0) }
    }
}
