//! The commands that take something out of the bank: a table wherever there is one, and from the page of what waits the week.

use super::contexts::LISTS;
use super::{Command, CommandId as Id, Context as C, Risk};
use crate::app::twin;
use crate::msg;

/// They stand among those that hold everywhere.
pub(super) const EXPORTS: [Command; 2] = [
    Command {
        id: Id::ExportTable,
        contexts: LISTS,
        keys: &["W"],
        title: msg!("console.cmd.export-table.title"),
        help: msg!("console.cmd.export-table.help"),
        risk: Risk::Writes,
        footer: false,
        available: twin::can_export,
    },
    Command {
        id: Id::WeekReport,
        contexts: &[C::Home],
        keys: &["w"],
        title: msg!("console.cmd.week-report.title"),
        help: msg!("console.cmd.week-report.help"),
        risk: Risk::Writes,
        footer: true,
        available: twin::can_tell_week,
    },
];
