//! The commands of deliveries.

use super::contexts::LISTS;
use super::{Command, CommandId as Id, Context as C, Risk, delivery_available as can};
use crate::msg;

/// They stand behind those of the places in the bottom line.
pub(super) const DELIVERIES: [Command; 3] = [
    Command {
        id: Id::ReplayDead,
        contexts: &[C::Deliveries],
        keys: &["p"],
        title: msg!("delivery.cmd.replay.title"),
        help: msg!("delivery.cmd.replay.help"),
        risk: Risk::Binds,
        footer: true,
        available: can::replay,
    },
    Command {
        id: Id::ReplayAll,
        contexts: &[C::Deliveries],
        keys: &["a"],
        title: msg!("delivery.cmd.replay-all.title"),
        help: msg!("delivery.cmd.replay-all.help"),
        risk: Risk::Binds,
        footer: true,
        available: can::replay_all,
    },
    Command {
        id: Id::GoDeliveries,
        contexts: LISTS,
        keys: &["g o"],
        title: msg!("delivery.cmd.go.title"),
        help: msg!("delivery.cmd.go.help"),
        risk: Risk::None,
        footer: false,
        available: can::go,
    },
];
