//! The commands of strategies beyond their life: begun from another, compared, looked at from other sides.

use super::{Command, CommandId as Id, Context as C, Risk, strategy_available as can};
use crate::msg;

const STRATEGY: &[C] = &[C::Strategies, C::Strategy];
const LEAFLET: &[C] = &[C::Leaflet];
const FORM: &[C] = &[C::Form];

/// They stand behind those of the places in the bottom line.
pub(super) const STRATEGIES: [Command; 9] = [
    Command {
        id: Id::CloneStrategy,
        contexts: STRATEGY,
        keys: &["c"],
        title: msg!("console.cmd.clone-strategy.title"),
        help: msg!("console.cmd.clone-strategy.help"),
        risk: Risk::Writes,
        footer: true,
        available: can::edit_strategy,
    },
    Command {
        id: Id::Archive,
        contexts: STRATEGY,
        keys: &["x"],
        title: msg!("console.cmd.archive.title"),
        help: msg!("console.cmd.archive.help"),
        risk: Risk::Binds,
        footer: false,
        available: can::archive,
    },
    Command {
        id: Id::Waves,
        contexts: STRATEGY,
        keys: &["w"],
        title: msg!("console.cmd.waves.title"),
        help: msg!("console.cmd.waves.help"),
        risk: Risk::None,
        footer: true,
        available: can::read_strategy,
    },
    Command {
        id: Id::Versions,
        contexts: STRATEGY,
        keys: &["d"],
        title: msg!("console.cmd.versions.title"),
        help: msg!("console.cmd.versions.help"),
        risk: Risk::None,
        footer: true,
        available: can::versions,
    },
    Command {
        id: Id::Scripts,
        contexts: STRATEGY,
        keys: &["v"],
        title: msg!("console.cmd.scripts.title"),
        help: msg!("console.cmd.scripts.help"),
        risk: Risk::None,
        footer: true,
        available: can::strategist_reads,
    },
    Command {
        id: Id::Sample,
        contexts: FORM,
        keys: &["C-t"],
        title: msg!("console.cmd.sample.title"),
        help: msg!("console.cmd.sample.help"),
        risk: Risk::None,
        footer: true,
        available: can::sample,
    },
    Command {
        id: Id::VersionBefore,
        contexts: LEAFLET,
        keys: &["Left", "h"],
        title: msg!("console.cmd.version-before.title"),
        help: msg!("console.cmd.version-before.help"),
        risk: Risk::None,
        footer: true,
        available: can::compared,
    },
    Command {
        id: Id::VersionAfter,
        contexts: LEAFLET,
        keys: &["Right", "l"],
        title: msg!("console.cmd.version-after.title"),
        help: msg!("console.cmd.version-after.help"),
        risk: Risk::None,
        footer: true,
        available: can::compared,
    },
    Command {
        id: Id::TakeBase,
        contexts: LEAFLET,
        keys: &["b"],
        title: msg!("console.cmd.take-base.title"),
        help: msg!("console.cmd.take-base.help"),
        risk: Risk::Writes,
        footer: true,
        available: can::take_base,
    },
];
