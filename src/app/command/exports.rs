//! The one command that takes a table out of the bank, wherever there is one.

use super::contexts::LISTS;
use super::{Command, CommandId as Id, Risk};
use crate::app::twin;
use crate::msg;

/// It stands among those that hold everywhere.
pub(super) const EXPORTS: [Command; 1] = [Command {
    id: Id::ExportTable,
    contexts: LISTS,
    keys: &["W"],
    title: msg!("console.cmd.export-table.title"),
    help: msg!("console.cmd.export-table.help"),
    risk: Risk::Writes,
    footer: false,
    available: twin::can_export,
}];
