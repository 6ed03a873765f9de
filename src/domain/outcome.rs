//! What came of a task.

/// An outcome (结果).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// 未接通
    NoAnswer,
    /// 拒绝
    Refused,
    /// 考虑
    Considering,
    /// 预约
    Appointment,
    /// 成交
    Sold,
    /// 空号
    BadNumber,
}

impl Outcome {
    /// Every outcome, from the least to the most.
    pub const ALL: [Self; 6] = [
        Self::BadNumber,
        Self::NoAnswer,
        Self::Refused,
        Self::Considering,
        Self::Appointment,
        Self::Sold,
    ];

    /// The word used in files, commands and the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Refused => "refused",
            Self::Considering => "considering",
            Self::Appointment => "appointment",
            Self::Sold => "sold",
            Self::BadNumber => "bad_number",
        }
    }

    /// The bank's own word, accepted in files too.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::NoAnswer => "未接通",
            Self::Refused => "拒绝",
            Self::Considering => "考虑",
            Self::Appointment => "预约",
            Self::Sold => "成交",
            Self::BadNumber => "空号",
        }
    }

    /// The outcome of a word in either form.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == word || o.zh() == word)
    }
}
