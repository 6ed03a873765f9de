//! The columns of a table, and how they share its width.
//!
//! Columns that do not fit are left out whole, the least wanted first. What is to spare goes to the columns whose texts or headings
//! would be cut, then to those that are made to be wider, then to bars, then between the columns.

use crate::text::width::{Align, cells};

/// Marker and the blank behind it.
pub(super) const MARKER: u16 = 2;

/// How a column takes its place.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    pub(super) title: &'a str,
    pub(super) align: Align,
    min: u16,
    max: u16,
    holds: u16,
    priority: u8,
    pub(super) sorted: Option<bool>,
    pub(super) marks: u16,
}

impl<'a> Column<'a> {
    /// A column of exactly `width` cells.
    #[must_use]
    pub fn fixed(title: &'a str, width: u16) -> Self {
        let align = Align::Left;
        let (min, max, holds) = (width, width, width);
        Self { title, align, min, max, holds, priority: 0, sorted: None, marks: 0 }
    }

    /// A column of at least `min` cells that takes its share of what is left, up to `max`.
    #[must_use]
    pub fn flex(title: &'a str, min: u16, max: u16) -> Self {
        Self { max: max.max(min), ..Self::fixed(title, min) }
    }

    /// Made for these texts: it grows until the widest of them fits before any column has room to spare.
    #[must_use]
    pub fn holding<'t>(self, texts: impl Iterator<Item = &'t str>) -> Self {
        let widest = texts.map(cells).max().and_then(|widest| u16::try_from(widest).ok());
        Self { holds: widest.unwrap_or(0).clamp(self.min, self.max), ..self }
    }

    /// Its text ends at the right, as figures do.
    #[must_use]
    pub fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    /// The last `cells` of it are for marks behind its figures: the heading ends where the figures do.
    #[must_use]
    pub fn marked(self, cells: u16) -> Self {
        Self { marks: cells, ..self }
    }

    /// How early it is left out where not all fit: the highest first, 0 last. The first column always stays.
    #[must_use]
    pub fn priority(self, priority: u8) -> Self {
        Self { priority, ..self }
    }

    /// The table is sorted by it, upwards (`true`) or downwards.
    #[must_use]
    pub fn sorted(self, sorted: Option<bool>) -> Self {
        Self { sorted, ..self }
    }
}

/// How many cells the first of these columns has in a table of `width` whose other columns need no more than they are made for.
#[must_use]
pub fn first_width(columns: &[Column<'_>], width: u16) -> u16 {
    let places = places(columns, &[], width.saturating_sub(MARKER));
    places.iter().find(|place| place.column == 0).map_or(0, |place| place.width)
}

/// Where a column stands, counted from behind the marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) column: usize,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// What a column could use beyond what it is made for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Want {
    /// The cells of its widest text.
    pub(super) cells: u16,
    /// It holds bars or courses, which any width suits.
    pub(super) drawn: bool,
}

/// The most blanks between two columns.
const APART: u16 = 8;

/// Chooses the columns that fit into `width` and gives each its place, one blank between two at least.
pub(super) fn places(columns: &[Column<'_>], wants: &[Want], width: u16) -> Vec<Place> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let needed = |kept: &[usize]| -> u32 {
        let gaps = u32::try_from(kept.len().saturating_sub(1)).unwrap_or(u32::MAX);
        kept.iter().map(|c| u32::from(columns[*c].min)).sum::<u32>() + gaps
    };
    while kept.len() > 1 && needed(&kept) > u32::from(width) {
        // The least wanted goes; of equals, the one furthest to the right.
        let out = (1..kept.len()).max_by_key(|at| (columns[kept[*at]].priority, *at)).unwrap_or(1);
        kept.remove(out);
    }
    let spare = u32::from(width).saturating_sub(needed(&kept));
    let mut spare = u16::try_from(spare).unwrap_or(u16::MAX);
    let mut widths: Vec<u16> = kept.iter().map(|c| columns[*c].min).collect();
    let want = |at: usize| wants.get(at).copied().unwrap_or_default();
    let goals: [&dyn Fn(usize) -> u16; 4] = [
        &|at| columns[at].holds,
        // A text that would be cut comes before any column is wider than it needs.
        &|at| want(at).cells,
        &|at| columns[at].max,
        &|at| if want(at).drawn { width } else { 0 },
    ];
    for goal in goals {
        loop {
            let wanting: Vec<usize> =
                (0..kept.len()).filter(|at| widths[*at] < goal(kept[*at])).collect();
            let Ok(shares) = u16::try_from(wanting.len()) else { break };
            if spare == 0 || shares == 0 {
                break;
            }
            let each = (spare / shares).max(1);
            for at in wanting {
                let more = each.min(goal(kept[at]) - widths[at]).min(spare);
                widths[at] += more;
                spare -= more;
            }
        }
    }
    let gaps = u16::try_from(kept.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let apart = spare.checked_div(gaps).unwrap_or(0).min(APART - 1) + 1;
    let mut x = 0;
    let mut places = Vec::with_capacity(kept.len());
    for (column, column_width) in kept.into_iter().zip(widths) {
        let column_width = column_width.min(width.saturating_sub(x));
        places.push(Place { column, x, width: column_width });
        x += column_width + apart;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_whole_before_a_bar_grows() {
        let columns = [
            Column::flex("unit", 4, 30).holding(["城中分行营业部", "东站"].into_iter()),
            Column::flex("", 4, 60),
        ];
        let widths: Vec<u16> = places(&columns, &[], 19).iter().map(|place| place.width).collect();
        assert_eq!(widths, [14, 4]);
        let widths: Vec<u16> = places(&columns, &[], 11).iter().map(|place| place.width).collect();
        assert_eq!(widths, [6, 4]);
    }

    #[test]
    fn what_is_to_spare_goes_to_what_is_cut_then_to_bars_then_between() {
        let columns = [Column::flex("unit", 4, 6), Column::fixed("n", 3), Column::flex("", 4, 6)];
        let widths = |wants: &[Want], width| -> Vec<(u16, u16)> {
            places(&columns, wants, width).iter().map(|place| (place.x, place.width)).collect()
        };
        let text = |cells| Want { cells, drawn: false };
        let bar = Want { cells: 0, drawn: true };
        assert_eq!(widths(&[text(9), text(2), bar], 20), [(0, 9), (10, 3), (14, 6)]);
        assert_eq!(widths(&[text(9), text(2), bar], 30), [(0, 9), (10, 3), (14, 16)]);
        // Without a bar the columns stand apart, but not so far that a row is lost.
        assert_eq!(widths(&[text(6), text(2), text(2)], 25), [(0, 6), (11, 3), (19, 6)]);
        assert_eq!(widths(&[text(6), text(2), text(2)], 99), [(0, 6), (14, 3), (25, 6)]);
        // What has room anyway does not move.
        assert_eq!(widths(&[text(2), text(2), text(2)], 13), widths(&[], 13));
    }
}
