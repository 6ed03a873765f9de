//! The commands of the calendar.

use super::contexts::LISTS;
use super::{Command, CommandId as Id, Context as C, Risk, calendar_available as can};
use crate::msg;

const CALENDAR_PAGE: &[C] = &[C::Calendar];

/// They stand behind those of the places in the bottom line.
pub(super) const CALENDAR: [Command; 7] = [
    Command {
        id: Id::MonthBefore,
        contexts: CALENDAR_PAGE,
        keys: &["p", "PgUp"],
        title: msg!("calendar.cmd.month-before.title"),
        help: msg!("calendar.cmd.month-before.help"),
        risk: Risk::None,
        footer: true,
        available: can::turn,
    },
    Command {
        id: Id::MonthAfter,
        contexts: CALENDAR_PAGE,
        keys: &["n", "PgDn"],
        title: msg!("calendar.cmd.month-after.title"),
        help: msg!("calendar.cmd.month-after.help"),
        risk: Risk::None,
        footer: true,
        available: can::turn,
    },
    Command {
        id: Id::DayBefore,
        contexts: CALENDAR_PAGE,
        keys: &["Left", "h"],
        title: msg!("calendar.cmd.day-before.title"),
        help: msg!("calendar.cmd.day-before.help"),
        risk: Risk::None,
        footer: false,
        available: can::turn,
    },
    Command {
        id: Id::DayAfter,
        contexts: CALENDAR_PAGE,
        keys: &["Right", "l", "Tab"],
        title: msg!("calendar.cmd.day-after.title"),
        help: msg!("calendar.cmd.day-after.help"),
        risk: Risk::None,
        footer: false,
        available: can::turn,
    },
    Command {
        id: Id::WeekBefore,
        contexts: CALENDAR_PAGE,
        keys: &["-"],
        title: msg!("calendar.cmd.week-before.title"),
        help: msg!("calendar.cmd.week-before.help"),
        risk: Risk::None,
        footer: false,
        available: can::turn,
    },
    Command {
        id: Id::WeekAfter,
        contexts: CALENDAR_PAGE,
        keys: &["+"],
        title: msg!("calendar.cmd.week-after.title"),
        help: msg!("calendar.cmd.week-after.help"),
        risk: Risk::None,
        footer: true,
        available: can::turn,
    },
    Command {
        id: Id::GoCalendar,
        contexts: LISTS,
        keys: &["g c"],
        title: msg!("calendar.cmd.go.title"),
        help: msg!("calendar.cmd.go.help"),
        risk: Risk::None,
        footer: false,
        available: can::go,
    },
];
