//! The functions that rules have.

use super::column::Kind;
use super::expected::{Expected, Word};
use crate::domain::message::Key;
use crate::msg;

/// A function of rules. Its name is one only before a parenthesis, so an attribute may be called the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// How many events.
    Events,
    /// Their amounts together.
    SumEvents,
    /// The day of the first.
    FirstEvent,
    /// The day of the last.
    LastEvent,
    /// One after another.
    FollowedBy,
    /// What is held.
    Balance,
    /// By how much that changed.
    Change,
    /// Less month by month.
    Falling,
    /// What is missing to a tier.
    NearTier,
    /// From one tier to another.
    TierMoved,
    /// Whether something is held.
    Holds,
    /// How many products are held.
    ProductCount,
    /// How far a class is off its target.
    Drift,
    /// May be spoken to over a channel.
    Consent,
    /// Another segment.
    Segment,
    /// A frozen list.
    Snapshot,
    /// An uploaded list.
    List,
    /// Was contacted.
    Contacted,
    /// Is in a live strategy.
    InStrategy,
    /// A share of all.
    Sample,
    /// Related to someone.
    Related,
    /// Near a unit.
    Within,
}

impl Function {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 22] = [
        Self::Events,
        Self::SumEvents,
        Self::FirstEvent,
        Self::LastEvent,
        Self::FollowedBy,
        Self::Balance,
        Self::Change,
        Self::Falling,
        Self::NearTier,
        Self::TierMoved,
        Self::Holds,
        Self::ProductCount,
        Self::Drift,
        Self::Consent,
        Self::Segment,
        Self::Snapshot,
        Self::List,
        Self::Contacted,
        Self::InStrategy,
        Self::Sample,
        Self::Related,
        Self::Within,
    ];

    /// The name that rules use.
    #[must_use]
    pub fn name(self) -> &'static str {
        let usage = self.usage();
        usage.split_once('(').map_or(usage, |(name, _)| name)
    }

    /// How it is written; what may be left out stands in brackets.
    #[must_use]
    pub fn usage(self) -> &'static str {
        match self {
            Self::Events => "events('login'[, interval '30 days'][, amount > 1000])",
            Self::SumEvents => "sum_events('transfer_out'[, interval '30 days'][, amount > 1000])",
            Self::FirstEvent => "first_event('login'[, interval '30 days'][, amount > 1000])",
            Self::LastEvent => "last_event('login'[, interval '30 days'][, amount > 1000])",
            Self::FollowedBy => "followed_by('salary_in', 'transfer_out', interval '7 days')",
            Self::Balance => "balance('fund')",
            Self::Change => "change('aum', interval '30 days')",
            Self::Falling => "falling('aum', interval '3 months')",
            Self::NearTier => "near_tier('private')",
            Self::TierMoved => "tier_moved('gold', 'private', interval '90 days')",
            Self::Holds => "holds('fund')",
            Self::ProductCount => "product_count()",
            Self::Drift => "drift('equity')",
            Self::Consent => "consent('sms')",
            Self::Segment => "segment('CODE'[, 2])",
            Self::Snapshot => "snapshot(17)",
            Self::List => "list('CODE'[, 3])",
            Self::Contacted => "contacted(interval '30 days')",
            Self::InStrategy => "in_strategy('CODE')",
            Self::Sample => "sample(10)",
            Self::Related => "related('family', aum > 1000000)",
            Self::Within => "within('S012', 3)",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn key(self) -> Key {
        match self {
            Self::Events => msg!("rule.function.events"),
            Self::SumEvents => msg!("rule.function.sum_events"),
            Self::FirstEvent => msg!("rule.function.first_event"),
            Self::LastEvent => msg!("rule.function.last_event"),
            Self::FollowedBy => msg!("rule.function.followed_by"),
            Self::Balance => msg!("rule.function.balance"),
            Self::Change => msg!("rule.function.change"),
            Self::Falling => msg!("rule.function.falling"),
            Self::NearTier => msg!("rule.function.near_tier"),
            Self::TierMoved => msg!("rule.function.tier_moved"),
            Self::Holds => msg!("rule.function.holds"),
            Self::ProductCount => msg!("rule.function.product_count"),
            Self::Drift => msg!("rule.function.drift"),
            Self::Consent => msg!("rule.function.consent"),
            Self::Segment => msg!("rule.function.segment"),
            Self::Snapshot => msg!("rule.function.snapshot"),
            Self::List => msg!("rule.function.list"),
            Self::Contacted => msg!("rule.function.contacted"),
            Self::InStrategy => msg!("rule.function.in_strategy"),
            Self::Sample => msg!("rule.function.sample"),
            Self::Related => msg!("rule.function.related"),
            Self::Within => msg!("rule.function.within"),
        }
    }

    /// The function of that name, whatever its case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name().eq_ignore_ascii_case(name))
    }

    /// Whether a condition on events may stand in it.
    #[must_use]
    pub fn has_filter(self) -> bool {
        matches!(self, Self::Events | Self::SumEvents | Self::FirstEvent | Self::LastEvent)
    }

    /// What the value that it is may be compared with; none if it is a condition itself.
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        Some(match self {
            Self::Events | Self::Change | Self::ProductCount | Self::Drift => Kind::NUMBER,
            Self::SumEvents | Self::Balance | Self::NearTier => Kind::MONEY,
            Self::FirstEvent | Self::LastEvent => Kind::DATE,
            _ => return None,
        })
    }

    /// What the argument of that number names, if it names something.
    #[must_use]
    pub fn argument(self, number: usize) -> Option<Expected> {
        use Expected::{Org, Tier, Word as Of};
        Some(match (self, number) {
            (Self::Events | Self::SumEvents | Self::FirstEvent | Self::LastEvent, 0)
            | (Self::FollowedBy, 0 | 1) => Of(Word::Event),
            (Self::Balance | Self::Change | Self::Falling | Self::Holds, 0) => Of(Word::Product),
            (Self::NearTier, 0) | (Self::TierMoved, 0 | 1) => Tier,
            (Self::Drift, 0) => Of(Word::Class),
            (Self::Consent, 0) => Of(Word::Channel),
            (Self::Segment, 0) => Of(Word::Segment),
            (Self::List, 0) => Of(Word::List),
            (Self::InStrategy, 0) => Of(Word::Strategy),
            (Self::Related, 0) => Of(Word::Relation),
            (Self::Within, 0) => Org,
            (Self::Snapshot, 0) => Of(Word::Snapshot),
            (
                Self::Events
                | Self::SumEvents
                | Self::FirstEvent
                | Self::LastEvent
                | Self::Change
                | Self::Falling,
                1,
            )
            | (Self::FollowedBy | Self::TierMoved, 2)
            | (Self::Contacted, 0) => Expected::Interval,
            _ => return None,
        })
    }

    /// Words to be found by, besides the name.
    #[must_use]
    pub(super) fn called(self) -> &'static [&'static str] {
        match self {
            Self::Events => &["事件次数", "次数"],
            Self::SumEvents => &["事件金额", "金额合计"],
            Self::FirstEvent => &["首次发生", "首次"],
            Self::LastEvent => &["最近发生", "最近"],
            Self::FollowedBy => &["先后发生", "序列"],
            Self::Balance => &["余额"],
            Self::Change => &["变动", "变化"],
            Self::Falling => &["逐月下降", "下降"],
            Self::NearTier => &["临界"],
            Self::TierMoved => &["层级变动", "升级", "降级"],
            Self::Holds => &["持有"],
            Self::ProductCount => &["产品数"],
            Self::Drift => &["配置偏离", "偏离"],
            Self::Consent => &["同意", "授权"],
            Self::Segment => &["客群"],
            Self::Snapshot => &["快照"],
            Self::List => &["名单"],
            Self::Contacted => &["触达"],
            Self::InStrategy => &["策略"],
            Self::Sample => &["抽样"],
            Self::Related => &["关系人", "关系"],
            Self::Within => &["附近", "距离"],
        }
    }
}
