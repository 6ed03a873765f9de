//! Strategies (策略): what to do for a segment, version by version.

pub mod body;
pub mod diff;
pub mod evidence;
pub mod facts;
pub mod file;
pub mod life;
pub mod money;
pub mod sample;
pub mod script;
pub mod template;
pub mod test_push;
pub mod text;
pub mod timeline;
pub mod word;

use serde::Serialize;

use self::body::Body;
use self::life::Life;
use super::hash::ContentHash;
use super::message::Message;

/// Where a version stands. A live version has been pushed; an ended one's last deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyState {
    /// Being written.
    Draft,
    /// Waiting for another person's approval; its text is fixed.
    Submitted,
    /// The approver wants it otherwise, and has said how.
    SentBack,
    /// Approved, and may be pushed.
    Approved,
    /// Pushed, with an order whose deadline has not passed.
    Live,
    /// Stopped for a while.
    Paused,
    /// All orders' deadlines have passed.
    Ended,
    /// The review has spoken.
    Reviewed,
    /// A later version came before it was pushed.
    Voided,
    /// The whole strategy was put away.
    Archived,
}

impl StrategyState {
    /// Every state, in the order of a strategy's life.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Submitted,
        Self::SentBack,
        Self::Approved,
        Self::Live,
        Self::Paused,
        Self::Ended,
        Self::Reviewed,
        Self::Voided,
        Self::Archived,
    ];

    /// Its word in the database and in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::SentBack => "sent_back",
            Self::Approved => "approved",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Reviewed => "reviewed",
            Self::Voided => "voided",
            Self::Archived => "archived",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// The text of a strategy: what the form edits and a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StrategyText {
    /// The bank-wide code, such as `ST-014`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Code of the segment; its version is pinned by submit.
    pub segment: String,
    /// Days from the push to the deadline of its orders, 1 to 366.
    pub deadline_days: i32,
    /// Share of each order's customers left alone, in parts per million (100,000 is 0.10), at most 900,000.
    pub control_ppm: i32,
    /// Seed of the draw.
    pub seed: i64,
    /// 产品
    pub product: String,
    /// 权益
    pub benefit: String,
    /// 话术, several lines.
    pub script: String,
    /// The deeper parts; empty for a plain strategy.
    pub body: Body,
}

impl StrategyText {
    /// What a wave of it offers, from 1: its own product, benefit and script where it has them.
    #[must_use]
    pub fn of_wave(&self, wave: i32) -> Self {
        let mut text = self.clone();
        let at = usize::try_from(wave - 1).ok();
        let Some(wave) = at.and_then(|at| self.body.waves.get(at)) else { return text };
        for (own, of) in [
            (&wave.product, &mut text.product),
            (&wave.benefit, &mut text.benefit),
            (&wave.script, &mut text.script),
        ] {
            if let Some(own) = own {
                own.clone_into(of);
            }
        }
        text
    }
}

/// One version, as lists and details show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyRow {
    /// The text.
    pub text: StrategyText,
    /// Counts from 1.
    pub version: i32,
    /// Where it stands.
    pub state: StrategyState,
    /// Of exactly what is approved; none while it is a draft.
    pub hash: Option<ContentHash>,
    /// The segment's version, pinned by submit.
    pub segment_version: Option<i32>,
    /// The pinned segment's rule, or the current one's while it is a draft.
    pub rule: String,
    /// Who wrote it.
    pub author: String,
    /// Who approved it.
    pub approver: Option<String>,
    /// The body as the database has it, if this Baton cannot read it: a newer one wrote it, or somebody's hand. The
    /// text's own body is then empty, and not what was hashed.
    pub strange_body: Option<String>,
    /// What has happened to it besides.
    pub life: Life,
    /// Which of the strategy's scripts, from 1: it counts on where the script, or a wave's own, is another than in the version before.
    pub script_version: i32,
    /// What the last review of any of its pushes measured on the list, in parts per million.
    pub uplift_ppm: Option<i32>,
    /// Why one of its rules cannot be asked any more, or a script not filled, as long as that matters.
    pub broken: Option<Message>,
}
