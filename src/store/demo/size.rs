//! How large a demo bank is, and by which name its database is known.

use super::units;

/// How large a demo bank is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 50,000 customers, drawn by [`super::Bank`].
    Small,
    /// Half a million customers, 300 sub-branches, a million events.
    Medium,
    /// Ten million customers, 1,000 sub-branches, twenty million events.
    Large,
}

impl Size {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The word in commands.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    /// The bank's name, by which its database is known.
    #[must_use]
    pub fn bank(self) -> &'static str {
        match self {
            Self::Small => units::BANK,
            Self::Medium => "江海银行（五十万户）",
            Self::Large => "江海银行（一千万户）",
        }
    }

    /// The size of the bank of this name.
    #[must_use]
    pub fn of_bank(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.bank() == name)
    }

    /// What it is made of.
    #[must_use]
    pub fn shape(self) -> Shape {
        let (customers, branches, subs, chunk) = match self {
            Self::Small => (50_000, 8, 7, 50_000),
            Self::Medium => (500_000, 20, 15, 100_000),
            Self::Large => (10_000_000, 40, 25, 500_000),
        };
        Shape { customers, branches, subs, chunk }
    }
}

/// What a sized bank is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many customers; a multiple of `chunk`.
    pub customers: i64,
    /// How many branches: three at least, since the story is the third's, and at most 40.
    pub branches: i32,
    /// How many sub-branches each of them has: four at least, at most 25.
    pub subs: i32,
    /// How many customers are made at a time.
    pub chunk: i64,
}
