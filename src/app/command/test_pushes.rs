//! The commands of test pushes.

use super::{Command, CommandId as Id, Context as C, Risk, test_push_available as can};
use crate::msg;

const TESTS: &[C] = &[C::Tests];

pub(super) const TEST_PUSHES: [Command; 3] = [
    Command {
        id: Id::NewTest,
        contexts: TESTS,
        keys: &["n"],
        title: msg!("console.cmd.new-test.title"),
        help: msg!("console.cmd.new-test.help"),
        risk: Risk::Binds,
        footer: true,
        available: can::make,
    },
    Command {
        id: Id::EndTest,
        contexts: TESTS,
        keys: &["x"],
        title: msg!("console.cmd.end-test.title"),
        help: msg!("console.cmd.end-test.help"),
        risk: Risk::Writes,
        footer: true,
        available: can::end,
    },
    Command {
        id: Id::AnswerTest,
        contexts: TESTS,
        keys: &["a"],
        title: msg!("console.cmd.answer-test.title"),
        help: msg!("console.cmd.answer-test.help"),
        risk: Risk::Writes,
        footer: true,
        available: can::answer,
    },
];
