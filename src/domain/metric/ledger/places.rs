//! The units in the order of a walk down the tree: what lies under one of them is a range.

use std::collections::{HashMap, HashSet};

use crate::domain::bank::OrgUnit;
use crate::domain::id::OrgId;

/// A unit in walking order, with the end of what lies below it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) unit: OrgUnit,
    pub(super) end: usize,
}

/// Parents before children, siblings by code, so that what lies under a unit follows it.
pub(super) fn walking_order(units: Vec<OrgUnit>) -> Vec<Place> {
    let known: HashSet<OrgId> = units.iter().map(|unit| unit.id).collect();
    let mut below: HashMap<Option<OrgId>, Vec<OrgUnit>> = HashMap::new();
    for unit in units {
        below.entry(unit.parent.filter(|parent| known.contains(parent))).or_default().push(unit);
    }
    let mut places = Vec::new();
    descend(None, &mut below, &mut places);
    places
}

fn descend(
    parent: Option<OrgId>,
    below: &mut HashMap<Option<OrgId>, Vec<OrgUnit>>,
    places: &mut Vec<Place>,
) {
    let mut units = below.remove(&parent).unwrap_or_default();
    units.sort_by(|a, b| a.code.cmp(&b.code));
    for unit in units {
        let (at, id) = (places.len(), unit.id);
        places.push(Place { unit, end: 0 });
        descend(Some(id), below, places);
        places[at].end = places.len();
    }
}
