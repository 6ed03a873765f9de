//! Why a customer is left off a list (剔除), and why a plan may not be pushed any more.

use super::message::{Arg, Key, Message};
use crate::msg;

/// Reasons, each with its word.
macro_rules! reasons {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every one, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of commands and of the database.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The one of this word.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.code() == code)
            }
        }
    };
}

reasons! {
    /// Why a customer is left off a list. Where several hold, the first of this order is kept with the list:
    /// what the customer or the law has said, how far he is in the strategy, what the bank has decided, what passes with time, what was noted by hand.
    Reason {
        /// The customer wants no contact; no strategy overrides it.
        NoContact = "no_contact",
        /// Has had this wave of this version, by whatever push, and it was not taken back before anybody tried.
        Had = "had",
        /// Has bought: he has left the strategy's later waves.
        Bought = "bought",
        /// Has fulfilled one of the strategy's exits: he has left its later waves.
        Exit = "exit",
        /// One of those whom no strategy may touch, so that the effect of all of them can be seen.
        Holdout = "holdout",
        /// A complaint of his is open.
        Complaint = "complaint",
        /// The product's risk is above the customer's level (适当性).
        Unsuitable = "unsuitable",
        /// No consent for any channel of the wave.
        NoConsent = "no_consent",
        /// The channel needs a number, and there is none or it was wrong when somebody last tried.
        Unreachable = "unreachable",
        /// As many contacts as the bank allows.
        Capped = "capped",
        /// On the list of another live strategy.
        LiveStrategy = "live_strategy",
        /// On the list of another strategy's plan of today that has a higher priority.
        Priority = "priority",
        /// Left off by hand, with a note.
        Manual = "manual",
        /// Not of the pilot's units: he comes when its days are over.
        Pilot = "pilot",
    }
}

reasons! {
    /// What else may have become of a customer between the plan and its push.
    Change {
        /// Is no customer any more.
        Closed = "closed",
        /// Has another arm in this strategy by now.
        Arm = "arm",
        /// Went to another unit.
        Moved = "moved",
        /// His RM has left, or he has another by now.
        Rm = "rm",
    }
}

impl Reason {
    /// Its name.
    #[must_use]
    pub fn title(self) -> Key {
        match self {
            Self::NoContact => msg!("exclusion.no-contact"),
            Self::Had => msg!("exclusion.had"),
            Self::Bought => msg!("exclusion.bought"),
            Self::Exit => msg!("exclusion.exit"),
            Self::Holdout => msg!("exclusion.holdout"),
            Self::Complaint => msg!("exclusion.complaint"),
            Self::Unsuitable => msg!("exclusion.unsuitable"),
            Self::NoConsent => msg!("exclusion.no-consent"),
            Self::Unreachable => msg!("exclusion.unreachable"),
            Self::Capped => msg!("exclusion.capped"),
            Self::LiveStrategy => msg!("exclusion.live-strategy"),
            Self::Priority => msg!("exclusion.priority"),
            Self::Manual => msg!("exclusion.manual"),
            Self::Pilot => msg!("exclusion.pilot"),
        }
    }
}

impl Change {
    /// Its name.
    #[must_use]
    pub fn title(self) -> Key {
        match self {
            Self::Closed => msg!("exclusion.closed"),
            Self::Arm => msg!("exclusion.arm"),
            Self::Moved => msg!("exclusion.moved"),
            Self::Rm => msg!("exclusion.rm"),
        }
    }
}

/// The name of a reason's or a change's word; none for a word of a newer Baton.
#[must_use]
pub fn title(code: &str) -> Option<Key> {
    let change = || Change::from_code(code).map(Change::title);
    Reason::from_code(code).map(Reason::title).or_else(change)
}

/// Reasons with how many customers each has: `in another live strategy 9, not to be contacted 3`.
#[must_use]
pub fn said(reasons: &[(String, i64)]) -> Message {
    let one = |(code, n): &(String, i64)| {
        let name = title(code).map_or_else(|| Arg::from(code.as_str()), Arg::from);
        Message::new(msg!("exclusion.count")).with("name", name).with("customers", *n)
    };
    let all = reasons.iter().map(one);
    all.reduce(|first, next| {
        Message::new(msg!("exclusion.list")).with("first", first).with("next", next)
    })
    .unwrap_or_else(|| msg!("exclusion.nobody").into())
}

/// In the order of [`Reason`], words that are not known last.
pub fn in_order(reasons: &mut [(String, i64)]) {
    let place = |code: &str| Reason::ALL.iter().position(|reason| reason.code() == code);
    reasons.sort_by_key(|(code, _)| (place(code).unwrap_or(usize::MAX), code.clone()));
}

/// Reads `live_strategy 9, no_contact 3`, as the database says what has changed since a plan.
#[must_use]
pub fn read_counts(text: &str) -> Vec<(String, i64)> {
    let parts = text.split(", ").filter_map(|part| part.rsplit_once(' '));
    parts.filter_map(|(code, n)| Some((code.to_owned(), n.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_word_and_a_name_of_its_own() {
        let reasons = Reason::ALL.iter().map(|r| (r.code(), r.title()));
        let all: Vec<_> =
            reasons.chain(Change::ALL.iter().map(|c| (c.code(), c.title()))).collect();
        let codes: std::collections::BTreeSet<_> = all.iter().map(|(code, _)| *code).collect();
        let names: std::collections::BTreeSet<_> = all.iter().map(|(_, name)| *name).collect();
        assert_eq!((codes.len(), names.len()), (all.len(), all.len()));
        assert!(all.iter().all(|(code, name)| title(code) == Some(*name)));
        assert_eq!(title("tomorrow"), None);
    }

    #[test]
    fn reasons_stand_in_their_order_and_unknown_ones_last() {
        let mut reasons: Vec<(String, i64)> =
            ["manual", "newer", "no_contact", "capped"].map(|code| (code.to_owned(), 1)).into();
        in_order(&mut reasons);
        let codes: Vec<_> = reasons.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["no_contact", "capped", "manual", "newer"]);
    }

    #[test]
    fn counts_are_read_as_the_database_writes_them() {
        let counts = read_counts("live_strategy 9, no_contact 3");
        assert_eq!(counts, [("live_strategy".to_owned(), 9), ("no_contact".to_owned(), 3)]);
        assert!(read_counts("").is_empty() && read_counts("x y").is_empty());
    }
}
