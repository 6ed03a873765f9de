//! Draws the state and changes nothing.
//!
//! Screens are put together from `widgets`, in the signs of `glyphs` and the styles of `theme`. All words come
//! from the catalogue, already rendered.

pub mod glyphs;
pub mod theme;
pub mod widgets;
