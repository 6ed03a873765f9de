//! Draws the state and changes nothing.
//!
//! Screens are put together from `widgets`, in the signs of `glyphs` and the styles of `theme`. All words come
//! from the catalogue, already rendered.

mod axes;
mod figures;
pub mod glyphs;
mod overlays;
mod pages;
mod panes;
mod pen;
mod picker;
mod shell;
pub mod theme;
pub mod widgets;

#[cfg(test)]
mod tests;

pub use pen::Skin;
pub use shell::draw;

use crate::app::command::{CommandId, TABLE};
use crate::domain::exclusion;
use crate::domain::message::Key;
use crate::domain::policy;
use crate::domain::rule::{Called, Column, EventField, Function, Operator, known_keys};
use crate::domain::score::Measure;
use crate::domain::strategy::test_push::TestState;
use crate::msg;
use crate::text::{Lang, render};

/// The titles of all commands in a language, by which the palette and the help find them.
#[must_use]
pub fn words(lang: Lang) -> Vec<(CommandId, String)> {
    TABLE.iter().map(|row| (row.id, render(&row.title.into(), lang))).collect()
}

/// What the customer's own columns, the operators, the functions and the codes that the catalogues know are called, by
/// which lists find them: in the operator's language, and in Chinese, for whoever works in English may think of the Chinese
/// word, and type its pinyin.
#[must_use]
pub fn names(lang: Lang) -> Vec<(Key, String)> {
    let columns = Column::FIXED.into_iter().map(|column| column.called());
    let fields = EventField::ALL.into_iter().map(EventField::called);
    let columns = columns.chain(fields).filter_map(|called| match called {
        Called::Key(key) => Some(key),
        _ => None,
    });
    let operators = Operator::ALL.into_iter().map(Operator::key);
    let functions = Function::ALL.into_iter().map(Function::key);
    // What the rows of plans, rules of the bank, score cards and test pushes are called.
    let policies = policy::KNOWN.iter().map(|known| known.title);
    let reasons = exclusion::Reason::ALL.iter().map(|reason| reason.title());
    let changes = exclusion::Change::ALL.iter().map(|change| change.title());
    let measures = Measure::ALL.into_iter().map(Measure::label);
    let tests = [TestState::Shown, TestState::TakenBack, TestState::Over].map(TestState::title);
    let rows = policies.chain(reasons).chain(changes).chain(measures).chain(tests);
    let all = columns.chain(operators).chain(functions).chain(known_keys()).chain(rows);
    let words = |key: Key| match (render(&key.into(), lang), render(&key.into(), Lang::ZhCn)) {
        (word, zh) if word == zh => word,
        (word, zh) => format!("{word} {zh}"),
    };
    let tongue = msg!("console.tongue");
    let tongue = (tongue, render(&tongue.into(), lang));
    all.map(|key| (key, words(key))).chain([tongue]).collect()
}
