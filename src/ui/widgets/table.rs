//! Rows and columns, measured in cells.
//!
//! Columns that do not fit are left out whole, the least wanted first: half a figure is a wrong figure. The
//! selected row shows at its marker and its first column only, and rows are turned over a page at a time, so
//! that moving by one row changes about a hundred bytes of the screen. What a wide screen has to spare goes to the
//! columns whose texts or headings would be cut, then to bars, then between the columns.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::columns::{Column, MARKER, Place, Want, places};
use super::{Look, bar, curve, put, put_right};
use crate::text::width::Align;

/// What stands in one place of a table.
#[derive(Clone, Debug)]
pub enum Cell<'a> {
    /// Words or a figure.
    Text(Cow<'a, str>, Style),
    /// A bar over a part of a whole.
    Bar(i64, i64, Style),
    /// A course over time.
    Curve(Cow<'a, [Option<i64>]>),
}

impl<'a> Cell<'a> {
    /// Words in a style.
    #[must_use]
    pub fn styled(text: impl Into<Cow<'a, str>>, style: Style) -> Self {
        Self::Text(text.into(), style)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into(), Style::new())
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into(), Style::new())
    }
}

/// One row; a cell for each column, in the columns' order.
#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    /// Its cells.
    pub cells: Vec<Cell<'a>>,
    /// Drawn dimmed: not current, or not for now.
    pub dim: bool,
}

impl<'a> Row<'a> {
    /// A row of cells.
    #[must_use]
    pub fn new(cells: Vec<Cell<'a>>) -> Self {
        Self { cells, dim: false }
    }
}

/// A table of `len` rows, of which only those in sight are asked for.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// The columns.
    pub columns: &'a [Column<'a>],
    /// How many rows there are.
    pub len: usize,
    /// Makes a row.
    pub row: &'a dyn Fn(usize) -> Row<'a>,
    /// Which row is selected.
    pub selected: Option<usize>,
    /// Whether keys go here.
    pub focused: bool,
    /// Whether the columns have headings.
    pub heading: bool,
    /// What to say where there are no rows.
    pub empty: &'a str,
}

/// The first row of the page that holds row `selected`, at `height` rows a page.
#[must_use]
pub fn page_of(selected: Option<usize>, height: usize) -> usize {
    match (selected, height) {
        (None, _) | (_, 0) => 0,
        (Some(at), height) => at / height * height,
    }
}

impl Table<'_> {
    /// Draws what fits; gives how many rows a page has, for `PgUp` and `PgDn`.
    pub fn draw(&self, buf: &mut Buffer, look: Look<'_>, area: Rect) -> usize {
        let mut area = area.intersection(*buf.area());
        if area.is_empty() {
            return 0;
        }
        let heading = self.heading && area.height > 1;
        let rows = usize::from(area.height - u16::from(heading));
        let wants = self.wants(look, rows, heading);
        let places = places(self.columns, &wants, area.width.saturating_sub(MARKER));
        if self.heading && area.height > 1 {
            self.draw_heading(buf, look, area, &places);
            area = Rect { y: area.y + 1, height: area.height - 1, ..area };
        }
        if self.len == 0 {
            // Under the headings, where the rows would stand.
            let indent = MARKER.min(area.width);
            let place = Rect { x: area.x + indent, width: area.width - indent, ..area };
            super::paragraph(buf, look, place, self.empty, 0, look.theme.stale);
            return usize::from(area.height);
        }
        let height = usize::from(area.height);
        let first = page_of(self.selected, height);
        for (y, at) in (area.top()..area.bottom()).zip(first..self.len) {
            let line = Rect { y, height: 1, ..area };
            self.draw_row(buf, look, line, &places, at);
        }
        height
    }

    /// What each column could use, for the rows in sight.
    fn wants(&self, look: Look<'_>, height: usize, heading: bool) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![Want::default(); self.columns.len()];
        if heading {
            for (want, column) in wants.iter_mut().zip(self.columns) {
                let sign = column.sorted.map_or("", |_| look.glyphs.up);
                let marks = column.marks.max(look.cells(sign));
                want.cells =
                    if column.title.is_empty() { 0 } else { look.cells(column.title) + marks };
            }
        }
        let first = page_of(self.selected, height);
        for at in first..self.len.min(first + height) {
            for (want, cell) in wants.iter_mut().zip(&(self.row)(at).cells) {
                match cell {
                    Cell::Text(text, _) => want.cells = want.cells.max(look.cells(text)),
                    Cell::Bar(..) | Cell::Curve(_) => want.drawn = true,
                }
            }
        }
        wants
    }

    fn draw_heading(&self, buf: &mut Buffer, look: Look<'_>, area: Rect, places: &[Place]) {
        for place in places {
            let column = &self.columns[place.column];
            let sign = match column.sorted {
                Some(true) => look.glyphs.up,
                Some(false) => look.glyphs.down,
                None => "",
            };
            let title = format!("{}{sign}", column.title);
            let at = (area.x + MARKER + place.x, area.y);
            let (wanted, mark) = (look.cells(&title), look.cells(sign));
            let figures = place.width.saturating_sub(column.marks);
            if column.marks > 0 && look.cells(column.title) <= figures {
                // The sign of the order stands where the marks do.
                put_aligned(buf, look, at, figures, column.title, column.align, look.theme.column);
                let rest = mark.min(place.width - figures);
                put(buf, look, (at.0 + figures, at.1), rest, sign, look.theme.column);
                continue;
            }
            if mark > 0 && wanted > place.width && mark + 2 < place.width {
                // A title that is cut keeps the sign of what the table is sorted by.
                let rest = place.width - mark;
                put_aligned(buf, look, at, rest, column.title, column.align, look.theme.column);
                put(buf, look, (at.0 + rest, at.1), mark, sign, look.theme.column);
                continue;
            }
            put_aligned(buf, look, at, place.width, &title, column.align, look.theme.column);
        }
    }

    fn draw_row(&self, buf: &mut Buffer, look: Look<'_>, line: Rect, places: &[Place], at: usize) {
        let row = (self.row)(at);
        let theme = look.theme;
        let selected = match (self.selected == Some(at), self.focused) {
            (true, true) => Some(theme.selected),
            (true, false) => Some(theme.selected_unfocused),
            (false, _) => None,
        };
        if let Some(style) = selected {
            put(buf, look, (line.x, line.y), 1, look.glyphs.marker, style);
        }
        for place in places {
            let Some(cell) = row.cells.get(place.column) else { continue };
            let x = line.x + MARKER + place.x;
            let base = if row.dim { theme.stale } else { Style::new() };
            let area = Rect { x, width: place.width, ..line };
            match cell {
                Cell::Text(text, style) => {
                    let mut style = base.patch(*style);
                    if let Some(selected) = selected.filter(|_| place.column == 0) {
                        style = style.remove_modifier(Modifier::all()).patch(selected);
                    }
                    let align = self.columns[place.column].align;
                    put_aligned(buf, look, (x, line.y), place.width, text, align, style);
                }
                Cell::Bar(part, whole, style) => bar(buf, look, area, (*part, *whole), *style),
                Cell::Curve(values) => curve(buf, look, area, values),
            }
        }
    }
}

fn put_aligned(
    buf: &mut Buffer,
    look: Look<'_>,
    at: (u16, u16),
    width: u16,
    text: &str,
    align: Align,
    style: Style,
) {
    match align {
        Align::Left => put(buf, look, at, width, text, style),
        Align::Right => put_right(buf, look, at, width, text, style),
    };
}

#[cfg(test)]
mod tests {
    use std::cell::Cell as StdCell;
    use std::rc::Rc;

    use ratatui::backend::CrosstermBackend;
    use ratatui::{Terminal, TerminalOptions, Viewport};

    use super::*;
    use crate::ui::glyphs::{ASCII, BOX, SAFE};
    use crate::ui::widgets::tests::{drawn, look, mono};

    const ROWS: [(&str, &str, &str); 3] = [
        ("SG-1", "代发30-45流失", "12,408"),
        ("SG-2", "临界财富 50 万", "3,120"),
        ("SG-3", "각👍🏽", "7"),
    ];

    fn table<'a>(columns: &'a [Column<'a>], row: &'a dyn Fn(usize) -> Row<'a>) -> Table<'a> {
        Table { columns, len: 3, row, selected: Some(1), focused: true, heading: true, empty: "" }
    }

    fn text(width: u16, height: u16) -> Vec<String> {
        let columns = [
            Column::fixed("code", 6).sorted(Some(true)),
            Column::flex("name", 8, 40).priority(1),
            Column::fixed("count", 8).right(),
        ];
        let row =
            |at: usize| Row::new(vec![ROWS[at].0.into(), ROWS[at].1.into(), ROWS[at].2.into()]);
        drawn(width, height, |buf, area| {
            table(&columns, &row).draw(buf, look(&ASCII), area);
        })
    }

    #[test]
    fn columns_stand_under_their_headings() {
        assert_eq!(
            text(36, 4),
            [
                "  code^  name                  count",
                "  SG-1   代发30-45流失        12,408",
                "> SG-2   临界财富 50 万        3,120",
                "  SG-3   각👍                      7",
            ]
        );
    }

    #[test]
    fn a_heading_that_is_cut_keeps_the_sign_of_its_order() {
        let row = |_: usize| Row::new(vec!["1".into(), "2".into()]);
        let columns = [
            Column::fixed("balance per customer", 9).sorted(Some(false)),
            Column::fixed("balance", 5).right().sorted(Some(true)),
        ];
        let drawn = drawn(20, 2, |buf, area| {
            table(&columns, &row).draw(buf, look(&ASCII), area);
        });
        assert_eq!(drawn[0], "  balance ..v bal..^");
    }

    #[test]
    fn a_heading_ends_where_the_figures_do_before_their_marks() {
        let row = |_: usize| Row::new(vec!["1.5 %!--".into(), "-2 % ++".into()]);
        let columns = [
            Column::flex("a", 10, 10).right().marked(3),
            Column::fixed("much longer", 11).right().marked(3).sorted(Some(true)),
        ];
        let two = drawn(24, 2, |buf, area| {
            table(&columns, &row).draw(buf, look(&ASCII), area);
        });
        assert_eq!(two[0], "        a    much lon..^");
        let columns = [Column::fixed("b", 9).right().marked(3).sorted(Some(true))];
        let one = drawn(12, 3, |buf, area| {
            table(&columns, &row).draw(buf, look(&ASCII), area);
        });
        assert_eq!(one[0], "       b^   ");
        assert_eq!(one[1], "   1.5 %!-- ");
    }

    #[test]
    fn a_column_that_does_not_fit_is_left_out_whole() {
        assert_eq!(text(18, 3)[2], "> SG-2       3,120");
        assert_eq!(text(8, 2), ["  code^ ", "> SG-2  "]);
        assert_eq!(text(4, 2), ["  ..", "> .."]);
    }

    #[test]
    fn the_page_with_the_selected_row_is_shown() {
        assert_eq!(page_of(Some(7), 3), 6);
        assert_eq!(page_of(Some(7), 0), 0);
        assert_eq!(page_of(None, 3), 0);
        assert!(text(36, 2)[1].starts_with("> SG-2"));
    }

    #[test]
    fn a_selected_row_differs_at_marker_and_code_only() {
        let columns = [Column::fixed("code", 6), Column::flex("name", 4, 20)];
        let row = |at: usize| Row::new(vec![ROWS[at].0.into(), ROWS[at].1.into()]);
        let theme = mono();
        let look = Look { theme: &theme, glyphs: &SAFE };
        let area = Rect::new(0, 0, 40, 4);
        let draw = |selected, focused| {
            let mut buf = Buffer::empty(area);
            Table { selected: Some(selected), focused, ..table(&columns, &row) }
                .draw(&mut buf, look, area);
            buf
        };
        let changed = draw(0, true).diff(&draw(1, true)).len();
        assert!(changed <= 2 * 5, "{changed} cells");
        assert!(!draw(0, true).diff(&draw(0, false)).is_empty(), "focus shows without colour");
    }

    /// Counts what is written.
    #[derive(Clone, Default)]
    struct Wire(Rc<StdCell<usize>>);

    impl std::io::Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.set(self.0.get() + bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn moving_a_row_costs_about_a_hundred_bytes() {
        let columns = [Column::fixed("code", 12), Column::flex("name", 20, 60)];
        let row = |at: usize| Row::new(vec![format!("SG-PAY-{at}").into(), ROWS[at].1.into()]);
        let area = Rect::new(0, 0, 120, 36);
        for glyphs in [&ASCII, &SAFE, &BOX] {
            let wire = Wire::default();
            let options = TerminalOptions { viewport: Viewport::Fixed(area) };
            let backend = CrosstermBackend::new(wire.clone());
            let mut terminal = Terminal::with_options(backend, options).unwrap();
            let mut cost = |selected| {
                let before = wire.0.get();
                let table = Table { selected: Some(selected), ..table(&columns, &row) };
                terminal
                    .draw(|f| {
                        table.draw(f.buffer_mut(), look(glyphs), area);
                    })
                    .unwrap();
                wire.0.get() - before
            };
            cost(0);
            let moved = cost(1);
            assert!(moved <= 120, "{moved} bytes in {:?}", glyphs.set);
        }
    }

    #[test]
    fn an_empty_table_says_so() {
        let row = |_: usize| Row::default();
        let columns = [Column::fixed("code", 6)];
        let text = drawn(12, 2, |buf, area| {
            Table { len: 0, empty: "还没有客群", ..table(&columns, &row) }.draw(
                buf,
                look(&ASCII),
                area,
            );
        });
        assert_eq!(text[1], "  还没有客群");
    }
}
