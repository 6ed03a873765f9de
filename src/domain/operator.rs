//! Operators and their duties.

use crate::domain::message::Key;
use crate::msg;

/// What an operator may do. An operator has one or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// 策略员: segments, strategies, pushes.
    Strategist,
    /// 审批人: approves what another wrote.
    Approver,
    /// 审计: reads, the audit trail above all.
    Auditor,
    /// 只读: reads.
    Viewer,
    /// 数据: imports the bank's records and outcomes.
    Loader,
    /// 网点: signs for its own org unit.
    Branch,
}

impl Duty {
    /// Every duty, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Strategist, Self::Approver, Self::Auditor, Self::Viewer, Self::Loader, Self::Branch];

    /// The word used in commands and in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Strategist => "strategist",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::Viewer => "viewer",
            Self::Loader => "loader",
            Self::Branch => "branch",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Strategist => msg!("common.duty.strategist"),
            Self::Approver => msg!("common.duty.approver"),
            Self::Auditor => msg!("common.duty.auditor"),
            Self::Viewer => msg!("common.duty.viewer"),
            Self::Loader => msg!("common.duty.loader"),
            Self::Branch => msg!("common.duty.branch"),
        }
    }

    /// The duty of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.code() == code)
    }
}

/// Someone who may use this bank's database, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The login's name, clean.
    pub name: String,
    /// What he may do.
    pub duties: Vec<Duty>,
    /// The code of the unit he signs for, clean.
    pub org: Option<String>,
    /// The staff code of the RM that he is, clean: he sees his own customers and tasks only.
    pub staff: Option<String>,
}
