//! Cells as bytes: the fewest that put them on the screen.

use std::collections::BTreeSet;
use std::io::Write as _;

use ratatui::buffer::{Cell, CellWidth as _};
use ratatui::style::{Color, Modifier};

/// How a cell looks: foreground, background, modifiers.
type Looks = (Color, Color, Modifier);

const PLAIN: Looks = (Color::Reset, Color::Reset, Modifier::empty());

/// Bytes to be written, and what the terminal stands at after them.
pub(super) struct Wire {
    bytes: Vec<u8>,
    at: Option<(u16, u16)>,
    looks: Looks,
    // Where wide characters stand on the screen: row and column of their first half.
    wide: BTreeSet<(u16, u16)>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { bytes: Vec::new(), at: None, looks: PLAIN, wide: BTreeSet::new() }
    }
}

impl Wire {
    /// The bytes so far.
    pub(super) fn take(&mut self) -> Vec<u8> {
        // A frame ends plain, so that whatever else writes to the terminal is not coloured by it.
        if !self.bytes.is_empty() && self.looks != PLAIN {
            self.looks = PLAIN;
            self.put("\x1b[m");
        }
        std::mem::take(&mut self.bytes)
    }

    /// A command as it stands.
    pub(super) fn put(&mut self, command: &str) {
        self.bytes.extend_from_slice(command.as_bytes());
    }

    /// Empties the screen.
    pub(super) fn clear(&mut self) {
        self.looks = PLAIN;
        self.at = None;
        self.wide.clear();
        self.put("\x1b[m\x1b[2J");
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, x: u16, y: u16) {
        match self.at {
            Some(at) if at == (x, y) => {}
            Some((from, row)) if row == y && from < x => {
                // Forward in the row: one column needs no number.
                match x - from {
                    1 => self.put("\x1b[C"),
                    n => drop(write!(self.bytes, "\x1b[{n}C")),
                }
            }
            _ if x == 0 => drop(write!(self.bytes, "\x1b[{}H", y + 1)),
            _ => drop(write!(self.bytes, "\x1b[{};{}H", y + 1, x + 1)),
        }
        self.at = Some((x, y));
    }

    /// Cells that changed, from the upper left to the lower right.
    pub(super) fn cells(&mut self, cells: &[(u16, u16, &Cell)]) {
        for (i, (x, y, cell)) in cells.iter().enumerate() {
            let (x, y) = (*x, *y);
            let width = cell.cell_width().max(1);
            // The last cell that a wide character before this reaches into: where the first half of a wide
            // character goes, its second half must go as well.
            let mut reach = x + width;
            for column in x..x + width {
                if self.wide.remove(&(y, column)) {
                    reach = reach.max(column + 2);
                }
            }
            self.cell(x, y, cell, width);
            let next = cells.get(i + 1).filter(|next| next.1 == y).map_or(u16::MAX, |next| next.0);
            for column in x + width..reach.min(next) {
                self.blank(column, y);
            }
        }
    }

    fn cell(&mut self, x: u16, y: u16, cell: &Cell, width: u16) {
        self.go(x, y);
        self.look((cell.fg, cell.bg, cell.modifier));
        self.put(cell.symbol());
        if width > 1 {
            self.wide.insert((y, x));
        }
        // Behind the last column terminals disagree where the cursor stands; the next move says it outright.
        self.at = Some((x + width, y));
    }

    fn blank(&mut self, x: u16, y: u16) {
        self.go(x, y);
        self.look(PLAIN);
        self.put(" ");
        self.at = Some((x + 1, y));
    }

    fn look(&mut self, looks: Looks) {
        if self.looks == looks {
            return;
        }
        self.looks = looks;
        let mut codes = vec![];
        let (fg, bg, modifier) = looks;
        for (one, code) in [
            (Modifier::BOLD, "1"),
            (Modifier::DIM, "2"),
            (Modifier::ITALIC, "3"),
            (Modifier::UNDERLINED, "4"),
            (Modifier::REVERSED, "7"),
            (Modifier::CROSSED_OUT, "9"),
        ] {
            if modifier.contains(one) {
                codes.push(code.to_owned());
            }
        }
        codes.extend(colour(fg, 0));
        codes.extend(colour(bg, 10));
        if codes.is_empty() {
            self.put("\x1b[m");
        } else {
            drop(write!(self.bytes, "\x1b[0;{}m", codes.join(";")));
        }
    }
}

/// The code of a colour; `shift` is 10 for the background.
fn colour(colour: Color, shift: u8) -> Option<String> {
    let plain = |n: u8| Some((n + shift).to_string());
    match colour {
        Color::Reset => None,
        Color::Black => plain(30),
        Color::Red => plain(31),
        Color::Green => plain(32),
        Color::Yellow => plain(33),
        Color::Blue => plain(34),
        Color::Magenta => plain(35),
        Color::Cyan => plain(36),
        Color::Gray => plain(37),
        Color::DarkGray => plain(90),
        Color::LightRed => plain(91),
        Color::LightGreen => plain(92),
        Color::LightYellow => plain(93),
        Color::LightBlue => plain(94),
        Color::LightMagenta => plain(95),
        Color::LightCyan => plain(96),
        Color::White => plain(97),
        Color::Indexed(n) => Some(format!("{};5;{n}", 38 + shift)),
        Color::Rgb(r, g, b) => Some(format!("{};2;{r};{g};{b}", 38 + shift)),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    /// Draws one screen after the other on a terminal, and gives what it shows then and the last frame's bytes.
    fn shown(screens: &[&[&str]]) -> (Vec<String>, usize) {
        const ROWS: NonZero<u16> = NonZero::new(3).expect("not zero");
        const COLUMNS: NonZero<u16> = NonZero::new(12).expect("not zero");
        let area = Rect::new(0, 0, COLUMNS.get(), ROWS.get());
        let mut terminal = vt100::Parser::new(ROWS, COLUMNS, 0);
        let (mut wire, mut before, mut cost) = (Wire::default(), Buffer::empty(area), 0);
        for screen in screens {
            let mut next = Buffer::empty(area);
            for (y, line) in (0..).zip(*screen) {
                next.set_string(0, y, line, Style::new());
            }
            wire.cells(&before.diff(&next));
            let bytes = wire.take();
            cost = bytes.len();
            terminal.process(&bytes);
            before = next;
        }
        let rows = terminal.screen().rows(0, area.width);
        (rows.map(|row| row.trim_end().to_owned()).collect(), cost)
    }

    #[test]
    fn no_half_of_a_wide_character_stays_behind() {
        let wide: &[&str] = &["客群客群客群", "ab客群cd", "客群"];
        for next in [
            &["", "", ""][..],
            &["a", "客群", "x客群"],
            &["a客群客群", "a客bcd", "xyz"],
            &["客a群", "abcdefgh", " 客"],
        ] {
            assert_eq!(shown(&[wide, next]).0, shown(&[next]).0);
            assert_eq!(shown(&[wide, next, wide]).0, shown(&[wide]).0);
        }
    }

    #[test]
    fn a_row_of_wide_characters_costs_one_move() {
        let (_, cost) = shown(&[&["", "", ""], &["", "客群客群客群", ""]]);
        assert!(cost <= 18 + 5, "{cost} bytes for six characters");
        assert_eq!(shown(&[&["客"], &["客"]]).1, 0, "nothing changed, nothing is written");
    }
}
