//! The fixed words of a strategy's body: channels, audiences and the like, as the file, the JSON and the database
//! write them.

use serde::{Deserialize, Serialize};

use crate::domain::message::Key;
use crate::msg;

/// Words of one kind: each with its code.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Their words, in the same order.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// Its word.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The one of this word.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.code() == code)
            }
        }
    };
}

words! {
    /// A channel to a customer.
    Channel {
        /// 客户经理上门或面谈
        RmVisit = "rm_visit",
        /// 客户经理电话
        RmPhone = "rm_phone",
        /// 远程银行
        RemoteBank = "remote_bank",
        /// 企业微信
        Wecom = "wecom",
        /// 短信
        Sms = "sms",
        /// 手机银行
        App = "app",
    }
}

impl Channel {
    /// What people call it.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::RmVisit => msg!("strategy.channel.rm-visit"),
            Self::RmPhone => msg!("strategy.channel.rm-phone"),
            Self::RemoteBank => msg!("strategy.channel.remote-bank"),
            Self::Wecom => msg!("strategy.channel.wecom"),
            Self::Sms => msg!("strategy.channel.sms"),
            Self::App => msg!("strategy.channel.app"),
        }
    }

    /// True where a relationship manager does it, so that it is a task.
    #[must_use]
    pub fn is_task(self) -> bool {
        matches!(self, Self::RmVisit | Self::RmPhone | Self::Wecom)
    }
}

words! {
    /// Whom of the earlier waves a wave is for.
    #[derive(Default)]
    Audience {
        /// Everybody on the list who has not bought.
        #[default]
        All = "all",
        /// Whom no earlier wave has reached.
        NotReached = "not_reached",
        /// Whom an earlier wave has reached, and who has neither bought nor, by his last word, refused.
        Reached = "reached",
        /// Whose last word is that he thinks about it.
        Considering = "considering",
        /// Of whom nothing has come back at all.
        NoOutcome = "no_outcome",
        /// Who has bought.
        Bought = "bought",
        /// Everybody on the list, who has bought included.
        Everybody = "everybody",
    }
}

impl Audience {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
    pub(super) fn is_all(&self) -> bool {
        *self == Self::All
    }
}

words! {
    /// What shows that a step was done.
    #[derive(Default)]
    Evidence {
        /// Nothing.
        #[default]
        None = "none",
        /// A note.
        Note = "note",
        /// A photograph.
        Photo = "photo",
    }
}

impl Evidence {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }
}

words! {
    /// What may stand in a field of the outcome's form.
    FieldType {
        /// Any text.
        Text = "text",
        /// A number.
        Number = "number",
        /// A day.
        Date = "date",
        /// One of its choices.
        Choice = "choice",
        /// Yes or no.
        Flag = "flag",
    }
}

words! {
    /// Who gets a task first; each falls back on those after it.
    #[derive(Default)]
    Allocate {
        /// The customer's own relationship manager.
        #[default]
        OwnRm = "own_rm",
        /// Whoever of the sub-branch has the least to do.
        Balanced = "balanced",
        /// The branch's manager.
        Manager = "manager",
    }
}

words! {
    /// What is drawn for the control group.
    #[derive(Default)]
    ControlBy {
        /// Some customers of each branch.
        #[default]
        Customer = "customer",
        /// Whole branches.
        Branch = "branch",
    }
}

/// Outcomes as their words.
pub(super) mod outcomes {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::domain::outcome::Outcome;

    pub(crate) fn serialize<S: Serializer>(all: &[Outcome], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(all.iter().map(|outcome| outcome.code()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Outcome>, D::Error> {
        let words = Vec::<String>::deserialize(from)?;
        let known = |word: &String| Outcome::ALL.into_iter().find(|o| o.code() == word);
        words.iter().map(|word| known(word).ok_or_else(|| D::Error::custom(word))).collect()
    }
}
