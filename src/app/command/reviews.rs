//! The commands of reviews.

use super::contexts::LISTS;
use super::{Command, CommandId as Id, Context as C, Risk, review_available as can};
use crate::msg;

const REVIEW: &[C] = &[C::Review];

/// They stand behind those of strategies in the bottom line.
pub(super) const REVIEWS: [Command; 6] = [
    Command {
        id: Id::Verdict,
        contexts: REVIEW,
        keys: &["v"],
        title: msg!("review.cmd.verdict.title"),
        help: msg!("review.cmd.verdict.help"),
        risk: Risk::Binds,
        footer: true,
        available: can::verdict,
    },
    Command {
        id: Id::ReportFile,
        contexts: REVIEW,
        keys: &["w"],
        title: msg!("review.cmd.report.title"),
        help: msg!("review.cmd.report.help"),
        risk: Risk::Writes,
        footer: true,
        available: can::report,
    },
    Command {
        id: Id::WholeStrategy,
        contexts: REVIEW,
        keys: &["a"],
        title: msg!("review.cmd.whole-strategy.title"),
        help: msg!("review.cmd.whole-strategy.help"),
        risk: Risk::None,
        footer: true,
        available: can::other,
    },
    Command {
        id: Id::FindingOfReview,
        contexts: REVIEW,
        keys: &["n"],
        title: msg!("review.cmd.finding.title"),
        help: msg!("review.cmd.finding.help"),
        risk: Risk::Writes,
        footer: true,
        available: can::finding,
    },
    Command {
        id: Id::NextOfReview,
        contexts: REVIEW,
        keys: &["e"],
        title: msg!("review.cmd.next-version.title"),
        help: msg!("review.cmd.next-version.help"),
        risk: Risk::Writes,
        footer: true,
        available: can::next_version,
    },
    Command {
        id: Id::GoReview,
        contexts: LISTS,
        keys: &["g r"],
        title: msg!("review.cmd.go-review.title"),
        help: msg!("review.cmd.go-review.help"),
        risk: Risk::None,
        footer: false,
        available: can::go_review,
    },
];
