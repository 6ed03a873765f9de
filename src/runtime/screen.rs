//! Frames on the wire: only what changed, between the marks of a synchronized update, and nothing at all if
//! nothing changed. Over SSH every byte is paid for.
//!
//! The cells are written by [`Wire`] rather than by the backend that ratatui brings: that one moves the cursor
//! after every wide character, and leaves the second half of a wide character behind where a narrow one takes its
//! place, which some terminals show.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::{Frame, Terminal};

use super::wire::Wire;

/// The terminal's picture.
pub(super) struct Screen(Terminal<Thrifty>);

impl Screen {
    /// The whole terminal.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Terminal::new(Thrifty::default())?))
    }

    /// Draws a frame; writes what differs from the one before.
    pub(super) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if super::terminal::has_panicked() {
            return Err(failed());
        }
        self.0.draw(render)?;
        Ok(())
    }
}

/// A panic has given the terminal back.
fn failed() -> io::Error {
    io::Error::other("the program has failed")
}

/// Collects a frame's bytes, and leaves out cursor commands that say what is so already.
#[derive(Default)]
struct Thrifty {
    wire: Wire,
    caret: Option<Position>,
    shown: Option<bool>,
}

impl Thrifty {
    fn show(&mut self, shown: bool) {
        if self.shown != Some(shown) {
            self.shown = Some(shown);
            self.wire.put(if shown { "\x1b[?25h" } else { "\x1b[?25l" });
        }
    }
}

impl Backend for Thrifty {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let content: Vec<_> = content.collect();
        if !content.is_empty() {
            self.caret = None;
            self.wire.cells(&content);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true);
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.caret.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.caret != Some(position) {
            self.caret = Some(position);
            self.wire.go(position.x, position.y);
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.caret = None;
        self.wire.clear();
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = self.wire.take();
        if bytes.is_empty() {
            return Ok(());
        }
        // Who gives the terminal back waits for this lock: after it nothing is drawn.
        let mut out = io::stdout().lock();
        if super::terminal::has_panicked() {
            return Err(failed());
        }
        out.write_all(b"\x1b[?2026h")?;
        out.write_all(&bytes)?;
        out.write_all(b"\x1b[?2026l")?;
        out.flush()
    }
}
