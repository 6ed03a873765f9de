//! What a load has changed, put into the columns where they stand.
//!
//! Who stays in his unit keeps his place. Who comes, or moves, gets a place behind all others, and whoever left leaves
//! a hole; when too many stand there, or a column cannot take a value, everything is built anew.

use std::collections::HashMap;

use super::bits::Bits;
use super::columns::{Column, Columns, Content, Version};
use super::events::{Happened, Runs};
use super::layout::Places;
use crate::domain::id::{CustomerId, OrgId};

/// The customers that a load has changed, as they are now.
#[derive(Clone, Debug)]
pub struct Delta {
    /// Which data this makes.
    pub version: Version,
    /// The customers, each once, with their unit; without one they are closed.
    pub customers: Vec<(CustomerId, Option<OrgId>)>,
    /// The columns of just these customers, in their order.
    pub columns: Vec<Column>,
    /// All events of just these customers; a place is one in `customers`.
    pub events: Vec<(i16, Option<Vec<Happened>>)>,
}

/// The columns must be built anew: a column came or went, or has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the columns must be built anew")]
pub struct NeedsBuild;

/// Where the delta's customers stand from now on.
struct Moves {
    /// The new place of each, if he is open.
    to: Vec<Option<usize>>,
    /// The old places, whose events go.
    left: Bits,
    /// Places that have become holes.
    holes: Vec<usize>,
    /// Units of those who stand behind all others.
    came: Vec<OrgId>,
}

impl Columns {
    /// Puts a delta in. `order` is the units in the order of their tree.
    ///
    /// # Errors
    /// [`NeedsBuild`]; the columns are as they were.
    pub fn merge(&mut self, delta: Delta, order: &[OrgId]) -> Result<(), NeedsBuild> {
        let rows = self.rows();
        let moves = self.moves(&delta, order);
        let room = rows / 8 + 100_000;
        if moves.came.len() > room {
            return Err(NeedsBuild);
        }
        // What the build has left out stays out until the next.
        let given = |stands: &Column| delta.columns.iter().find(|comes| comes.code == stands.code);
        let comes: Option<Vec<&Column>> = self.all[1..].iter().map(given).collect();
        let Some(comes) = comes else { return Err(NeedsBuild) };
        let fits = self.all[1..].iter().zip(&comes).all(|(stands, comes)| takes(stands, comes));
        let rows = rows + moves.came.len();
        let events = self.merged_events(&delta, &moves, rows);
        let Some(events) = events.filter(|_| fits) else { return Err(NeedsBuild) };
        self.layout.append(moves.came.iter().copied());
        self.events = events;
        self.alive.grow(rows);
        for hole in &moves.holes {
            self.alive.set(*hole, false);
        }
        let mut order: Vec<(usize, usize)> = Vec::new();
        for (row, place) in moves.to.iter().enumerate() {
            if let Some(place) = place {
                self.alive.set(*place, true);
                order.push((*place, row));
            }
        }
        order.sort_unstable();
        let ids: Vec<(usize, i64)> =
            order.iter().map(|(place, row)| (*place, delta.customers[*row].0.0)).collect();
        if let Content::Whole { values, .. } = &mut self.all[0].content {
            values.change(rows, &ids);
        }
        for (stands, comes) in self.all[1..].iter_mut().zip(comes) {
            change(stands, comes, rows, &order);
        }
        self.draws = std::sync::OnceLock::new();
        self.version = delta.version;
        Ok(())
    }

    fn moves(&self, delta: &Delta, order: &[OrgId]) -> Moves {
        let places = self.places();
        let rows = self.rows();
        let mut moves = Moves {
            to: vec![None; delta.customers.len()],
            left: Bits::none(rows),
            holes: Vec::new(),
            came: Vec::new(),
        };
        let mut behind: Vec<(usize, OrgId, CustomerId, usize)> = Vec::new();
        let rank: HashMap<OrgId, usize> =
            order.iter().enumerate().map(|(at, org)| (*org, at)).collect();
        for (row, (id, org)) in delta.customers.iter().enumerate() {
            let stood = places.find(*id);
            if let Some(place) = stood {
                moves.left.set(place, true);
            }
            let stays = stood.filter(|place| Some(self.org_of(*place)) == *org);
            if let (Some(place), None) = (stood, stays) {
                moves.holes.push(place);
            }
            moves.to[row] = stays;
            if let (None, Some(org)) = (stays, org) {
                behind.push((rank.get(org).copied().unwrap_or(usize::MAX), *org, *id, row));
            }
        }
        behind.sort_unstable();
        for (at, (_, org, _, row)) in behind.into_iter().enumerate() {
            moves.to[row] = Some(rows + at);
            moves.came.push(org);
        }
        moves
    }

    fn org_of(&self, place: usize) -> OrgId {
        let spans = &self.layout.spans;
        spans[spans.partition_point(|span| span.end <= place)].org
    }

    /// A set of customers by their numbers; who is not there is left out.
    #[must_use]
    pub fn set_of(&self, members: &[CustomerId]) -> Bits {
        let places = self.places();
        let mut set = Bits::none(self.rows());
        for place in members.iter().filter_map(|id| places.find(*id)) {
            set.set(place, true);
        }
        set
    }

    /// The place of each customer who is there.
    fn places(&self) -> Places {
        let mut ids = Vec::with_capacity(self.rows());
        let mut word = [0; 64];
        for place in 0..self.rows() {
            if place % 64 == 0 {
                self.ids().word(place / 64, &mut word);
            }
            if self.alive.has(place) {
                ids.push((CustomerId(word[place % 64]), place as u32));
            }
        }
        Places::at(ids)
    }

    fn merged_events(
        &self,
        delta: &Delta,
        moves: &Moves,
        rows: usize,
    ) -> Option<Vec<(i16, Option<Runs>)>> {
        let mut merged = Vec::new();
        let mut kinds: Vec<i16> = self.events.iter().map(|(kind, _)| *kind).collect();
        kinds.extend(delta.events.iter().map(|(kind, _)| *kind));
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let stands = self.events.iter().find(|(known, _)| *known == kind);
            let comes = delta.events.iter().find(|(known, _)| *known == kind);
            let new = match comes {
                // Something that columns cannot hold came: only a new build can tell whether it stays.
                Some((_, None)) => return None,
                Some((_, Some(events))) => events
                    .iter()
                    .filter_map(|event| {
                        let place = moves.to[event.place as usize]?;
                        Some(Happened { place: place as u32, ..*event })
                    })
                    .collect(),
                None => Vec::new(),
            };
            let runs = match stands {
                Some((_, None)) => None,
                Some((_, Some(runs))) => {
                    Some(runs.merged(|place| moves.left.has(place as usize), new, rows)?)
                }
                None => Some(Runs::of(new, rows)?),
            };
            merged.push((kind, runs));
        }
        Some(merged)
    }
}

/// Whether a column can take the values of another.
fn takes(stands: &Column, comes: &Column) -> bool {
    match (&stands.content, &comes.content) {
        (Content::Flag(_), Content::Flag(_)) | (Content::Words { .. }, Content::Words { .. }) => {
            true
        }
        (Content::Whole { scale, .. }, Content::Whole { scale: new, values }) => {
            let factor = scale.checked_sub(*new).and_then(|by| 10_i64.checked_pow(by.into()));
            factor.is_some_and(|factor| {
                values.blocks.iter().all(|b| {
                    b.base.checked_mul(factor).is_some() && b.top.checked_mul(factor).is_some()
                })
            })
        }
        _ => false,
    }
}

/// Puts the values of `comes` (by row of the delta) to their places, given as (place, row) in order.
fn change(stands: &mut Column, comes: &Column, rows: usize, order: &[(usize, usize)]) {
    let is_known = |row: usize| comes.known.as_ref().is_none_or(|known| known.has(row));
    let whole = |values: &super::sliced::Sliced, map: &dyn Fn(i64) -> i64| -> Vec<(usize, i64)> {
        let known = order.iter().filter(|(_, row)| is_known(*row));
        known.map(|(place, row)| (*place, map(values.get(*row)))).collect()
    };
    match (&mut stands.content, &comes.content) {
        (Content::Flag(bits), Content::Flag(new)) => {
            bits.grow(rows);
            for (place, row) in order {
                bits.set(*place, new.has(*row));
            }
        }
        (Content::Whole { values, scale }, Content::Whole { values: new, scale: given }) => {
            let factor = 10_i64.pow(u32::from(*scale - *given));
            values.change(rows, &whole(new, &|value| value * factor));
        }
        (Content::Words { values, list }, Content::Words { values: new, list: given }) => {
            let at: HashMap<&str, i64> =
                list.iter().enumerate().map(|(at, word)| (word.as_str(), at as i64)).collect();
            let mut added = Vec::new();
            let map: Vec<i64> = given
                .iter()
                .map(|word| {
                    at.get(word.as_str()).copied().unwrap_or_else(|| {
                        added.push(word.clone());
                        (list.len() + added.len() - 1) as i64
                    })
                })
                .collect();
            let changed = whole(new, &|at| map[at as usize]);
            list.extend(added);
            values.change(rows, &changed);
        }
        _ => {}
    }
    let all_known = order.iter().all(|(_, row)| is_known(*row));
    if all_known && stands.known.is_none() {
        return;
    }
    let known = stands.known.get_or_insert_with(|| Bits::first(rows));
    known.grow(rows);
    for (place, row) in order {
        known.set(*place, is_known(*row));
    }
}
