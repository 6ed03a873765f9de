//! What a load has changed, put into the columns beside those that stand: all that is not changed is shared by both, so
//! that answers go on from the old ones until the new are whole.
//!
//! Who stays in his unit keeps his place. Who comes, or moves, gets a place behind all others, and whoever left leaves
//! a hole; when too many stand there, or a column cannot take a value, everything is built anew.

use std::collections::HashMap;
use std::sync::Arc;

use super::bits::{Bits, TILE_WORDS};
use super::columns::{Column, Columns, Content, Version};
use super::events::{Happened, Runs};
use super::layout::Places;
use super::sliced::Sliced;
use crate::domain::id::{CustomerId, OrgId};

/// The customers that a load has changed, as they are now.
#[derive(Clone, Debug)]
pub struct Delta {
    /// Which data this makes.
    pub version: Version,
    /// The customers, each once, with their unit; without one they are closed.
    pub customers: Vec<(CustomerId, Option<OrgId>)>,
    /// The columns of each relation.
    pub parts: Vec<DeltaPart>,
    /// The customers, by row, of whom `events` has everything; of the others nothing has changed there.
    pub active: Bits,
    /// Their events; a place is a row of `customers`.
    pub events: Vec<(i16, Option<Vec<Happened>>)>,
}

/// One relation's part of a delta.
#[derive(Clone, Debug)]
pub struct DeltaPart {
    /// The customers, by row, whose values have changed here.
    pub rows: Bits,
    /// The columns, by row; of other rows they say nothing.
    pub columns: Vec<Column>,
}

/// The columns must be built anew: a column came or went, or has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the columns must be built anew")]
pub struct NeedsBuild;

/// Where the delta's customers stand from now on.
struct Moves {
    /// The new place of each, if he is open.
    to: Vec<Option<usize>>,
    /// The old place of each, if he was there.
    from: Vec<Option<usize>>,
    /// Places that have become holes.
    holes: Vec<usize>,
    /// Units of those who stand behind all others.
    came: Vec<OrgId>,
}

impl Moves {
    /// Whether this row says all of its customer: who comes, moves or goes.
    fn is_whole(&self, row: usize) -> bool {
        self.to[row].is_none() || self.to[row] != self.from[row]
    }

    /// The rows of a set with their places, in the order of places. None if the set leaves out one that came or moved.
    fn order(&self, rows: &Bits) -> Option<Vec<(usize, usize)>> {
        let mut order = Vec::new();
        for (row, place) in self.to.iter().enumerate() {
            match place {
                Some(place) if rows.has(row) => order.push((*place, row)),
                Some(_) if self.is_whole(row) => return None,
                _ => {}
            }
        }
        order.sort_unstable();
        Some(order)
    }
}

impl Columns {
    /// These columns with a delta in them. `order` is the units in the order of their tree.
    ///
    /// # Errors
    /// [`NeedsBuild`]
    pub fn merge(&self, delta: &Delta, order: &[OrgId]) -> Result<Self, NeedsBuild> {
        self.merged(delta, order).ok_or(NeedsBuild)
    }

    fn merged(&self, delta: &Delta, order: &[OrgId]) -> Option<Self> {
        let moves = self.moves(delta, order);
        let room = self.rows() / 8 + 100_000;
        if moves.came.len() > room {
            return None;
        }
        let rows = self.rows() + moves.came.len();
        let mut new = self.clone();
        new.events = self.merged_events(delta, &moves, rows)?;
        new.layout.append(moves.came.iter().copied());
        new.alive.grow(rows);
        for hole in &moves.holes {
            new.alive.set(*hole, false);
        }
        let everybody = Bits::first(delta.customers.len());
        let places = moves.order(&everybody)?;
        for (place, _) in &places {
            new.alive.set(*place, true);
        }
        let ids: Vec<(usize, i64)> =
            places.iter().map(|(place, row)| (*place, delta.customers[*row].0.0)).collect();
        if let Content::Whole { values, .. } = &mut Arc::make_mut(&mut new.all[0]).content {
            values.change(rows, &ids);
        }
        let mut changed = 1;
        for part in &delta.parts {
            let places = moves.order(&part.rows)?;
            for comes in &part.columns {
                // What the build has left out stays out until the next.
                let Some(at) = self.find(&comes.code) else { continue };
                let stands = &mut new.all[at];
                if !takes(stands, comes) {
                    return None;
                }
                change(stands, comes, rows, &places);
                changed += 1;
            }
        }
        new.draws = std::sync::OnceLock::new();
        new.version = delta.version.clone();
        (changed == new.all.len()).then_some(new)
    }

    fn moves(&self, delta: &Delta, order: &[OrgId]) -> Moves {
        let stood = self.find_all(&delta.customers);
        let rows = self.rows();
        let mut moves = Moves {
            to: vec![None; delta.customers.len()],
            from: stood,
            holes: Vec::new(),
            came: Vec::new(),
        };
        let mut behind: Vec<(usize, OrgId, CustomerId, usize)> = Vec::new();
        let rank: HashMap<OrgId, usize> =
            order.iter().enumerate().map(|(at, org)| (*org, at)).collect();
        for (row, (id, org)) in delta.customers.iter().enumerate() {
            let stood = moves.from[row];
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

    /// Where each of these customers stands, if he is there. They are few: all numbers are gone through once, and only
    /// those that a sieve of the wanted ones lets pass are looked up.
    fn find_all(&self, wanted: &[(CustomerId, Option<OrgId>)]) -> Vec<Option<usize>> {
        let rows = Places::of(wanted.iter().map(|(id, _)| *id));
        let width = (wanted.len() * 64).next_power_of_two().trailing_zeros().clamp(6, 40);
        let sieved = |id: i64| (id as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - width);
        let mut sieve = vec![0_u64; 1 << (width - 6)];
        for (id, _) in wanted {
            let at = sieved(id.0);
            sieve[(at / 64) as usize] |= 1 << (at % 64);
        }
        let found = self.in_parts(|tiles| {
            let (mut found, mut ids) = (Vec::new(), [0; 64]);
            for word in tiles.start * TILE_WORDS..tiles.end * TILE_WORDS {
                let alive = self.alive.0[word];
                if alive == 0 {
                    continue;
                }
                self.ids().word(word, &mut ids);
                for (bit, id) in ids.iter().enumerate() {
                    let at = sieved(*id);
                    if sieve[(at / 64) as usize] >> (at % 64) & alive >> bit & 1 == 1
                        && let Some(row) = rows.find(CustomerId(*id))
                    {
                        found.push((row, word * 64 + bit));
                    }
                }
            }
            found
        });
        let mut places = vec![None; wanted.len()];
        for (row, place) in found.into_iter().flatten() {
            places[row] = Some(place);
        }
        places
    }

    /// The place of each customer who is there.
    pub(super) fn places(&self) -> Places {
        let words = (0..self.rows().div_ceil(64)).flat_map(|word| {
            let mut ids = [0; 64];
            self.ids().word(word, &mut ids);
            let alive = self.alive.0[word];
            (0..64)
                .filter(move |bit| alive >> bit & 1 == 1)
                .map(move |bit| (CustomerId(ids[bit]), (word * 64 + bit) as u32))
        });
        Places::at(words)
    }

    fn merged_events(
        &self,
        delta: &Delta,
        moves: &Moves,
        rows: usize,
    ) -> Option<Vec<(i16, Option<Arc<Runs>>)>> {
        let mut gone: Vec<u32> = Vec::new();
        for (row, from) in moves.from.iter().enumerate() {
            if delta.active.has(row) {
                gone.extend(from.map(|place| place as u32));
            } else if moves.is_whole(row) {
                return None;
            }
        }
        gone.sort_unstable();
        let mut merged = Vec::new();
        let mut kinds: Vec<i16> = self.events.iter().map(|(kind, _)| *kind).collect();
        kinds.extend(delta.events.iter().map(|(kind, _)| *kind));
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let stands = self.events.iter().find(|(known, _)| *known == kind);
            let comes = delta.events.iter().find(|(known, _)| *known == kind);
            let mut new: Vec<Happened> = match comes {
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
            new.sort_unstable();
            let runs = match stands {
                Some((_, None)) => None,
                Some((_, Some(runs))) if runs.is_same(&gone, &new, rows) => Some(runs.clone()),
                Some((_, Some(runs))) => Some(Arc::new(runs.merged(&gone, &new, rows)?)),
                None => Some(Arc::new(Runs::of(new, rows)?)),
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

/// Puts the values of `comes` (by row of the delta) to their places, given as (place, row) in order. What stays as it is
/// goes on being shared.
fn change(stands: &mut Arc<Column>, comes: &Column, rows: usize, order: &[(usize, usize)]) {
    let is_known = |row: usize| comes.known.as_ref().is_none_or(|known| known.has(row));
    let whole = |values: &Sliced, map: &dyn Fn(i64) -> i64| -> Vec<(usize, i64)> {
        let known = order.iter().filter(|(_, row)| is_known(*row));
        known.map(|(place, row)| (*place, map(values.get(*row)))).collect()
    };
    match (&stands.content, &comes.content) {
        (Content::Flag(bits), Content::Flag(new))
            if !bits.has_room(rows)
                || order.iter().any(|(place, row)| bits.has(*place) != new.has(*row)) =>
        {
            let Content::Flag(bits) = &mut Arc::make_mut(stands).content else { return };
            bits.grow(rows);
            for (place, row) in order {
                bits.set(*place, new.has(*row));
            }
        }
        (Content::Whole { scale, .. }, Content::Whole { values: new, scale: given }) => {
            let factor = 10_i64.pow(u32::from(*scale - *given));
            let changed = whole(new, &|value| value * factor);
            // A copy of a column of blocks is a list of them.
            let Content::Whole { values, .. } = &mut Arc::make_mut(stands).content else { return };
            values.change(rows, &changed);
        }
        (Content::Words { list, .. }, Content::Words { values: new, list: given }) => {
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
            let Content::Words { values, list } = &mut Arc::make_mut(stands).content else {
                return;
            };
            list.extend(added);
            values.change(rows, &changed);
        }
        _ => {}
    }
    let same = match &stands.known {
        None => order.iter().all(|(_, row)| is_known(*row)),
        Some(known) => {
            known.has_room(rows)
                && order.iter().all(|(place, row)| known.has(*place) == is_known(*row))
        }
    };
    if same {
        return;
    }
    let known = Arc::make_mut(stands).known.get_or_insert_with(|| Bits::first(rows));
    known.grow(rows);
    for (place, row) in order {
        known.set(*place, is_known(*row));
    }
}
