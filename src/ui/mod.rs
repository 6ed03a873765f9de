//! Draws the state and changes nothing.
//!
//! Screens are put together from `widgets`, in the signs of `glyphs` and the styles of `theme`. All words come
//! from the catalogue, already rendered.

mod figures;
pub mod glyphs;
mod overlays;
mod pages;
mod panes;
mod pen;
mod shell;
pub mod theme;
pub mod widgets;

#[cfg(test)]
mod tests;

pub use pen::Skin;
pub use shell::draw;

use crate::app::command::{CommandId, TABLE};
use crate::text::{Lang, render};

/// The titles of all commands in a language, by which the palette and the help find them.
#[must_use]
pub fn words(lang: Lang) -> Vec<(CommandId, String)> {
    TABLE.iter().map(|row| (row.id, render(&row.title.into(), lang))).collect()
}
