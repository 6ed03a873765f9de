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
use crate::domain::message::Key;
use crate::domain::rule::{Called, Column, Function, Operator};
use crate::text::{Lang, render};

/// The titles of all commands in a language, by which the palette and the help find them.
#[must_use]
pub fn words(lang: Lang) -> Vec<(CommandId, String)> {
    TABLE.iter().map(|row| (row.id, render(&row.title.into(), lang))).collect()
}

/// What the customer's own columns, the operators and the functions are called in a language, by which lists find them.
#[must_use]
pub fn names(lang: Lang) -> Vec<(Key, String)> {
    let columns = Column::FIXED.into_iter().filter_map(|column| match column.called() {
        Called::Key(key) => Some(key),
        _ => None,
    });
    let operators = Operator::ALL.into_iter().map(Operator::key);
    let functions = Function::ALL.into_iter().map(Function::key);
    columns.chain(operators).chain(functions).map(|key| (key, render(&key.into(), lang))).collect()
}
