//! Frames on the wire: only what changed, between the marks of a synchronized update, and nothing at all if
//! nothing changed. Over SSH every byte is paid for.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::{Frame, Terminal};

/// The terminal's picture.
pub(super) struct Screen(Terminal<Thrifty>);

impl Screen {
    /// The whole terminal.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Terminal::new(Thrifty::new())?))
    }

    /// Draws a frame; writes what differs from the one before.
    pub(super) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if super::terminal::has_panicked() {
            return Err(io::Error::other("the program has failed"));
        }
        self.0.draw(render)?;
        Ok(())
    }
}

/// The bytes of the frame that is being drawn.
#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects a frame's bytes, and leaves out cursor commands that say what is so already.
struct Thrifty {
    bytes: Bytes,
    frame: CrosstermBackend<Bytes>,
    cursor: Option<Position>,
    shown: Option<bool>,
}

impl Thrifty {
    fn new() -> Self {
        let bytes = Bytes::default();
        let frame = CrosstermBackend::new(bytes.clone());
        Self { bytes, frame, cursor: None, shown: None }
    }

    fn show(&mut self, shown: bool) -> io::Result<()> {
        if self.shown == Some(shown) {
            return Ok(());
        }
        self.shown = Some(shown);
        if shown { self.frame.show_cursor() } else { self.frame.hide_cursor() }
    }
}

impl Backend for Thrifty {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        // The cursor moves with what is drawn.
        self.cursor = None;
        self.frame.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor == Some(position) {
            return Ok(());
        }
        self.cursor = Some(position);
        self.frame.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.cursor = None;
        self.frame.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.frame.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = self.bytes.0.take();
        if bytes.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(b"\x1b[?2026h")?;
        out.write_all(&bytes)?;
        out.write_all(b"\x1b[?2026l")?;
        out.flush()
    }
}
