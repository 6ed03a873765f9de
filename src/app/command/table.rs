//! All rows in one table. The bottom line shows them in this order.

use std::sync::LazyLock;

use super::Command;
use super::branch::BRANCH;
use super::calendar::CALENDAR;
use super::deliveries::DELIVERIES;
use super::desks::DESKS;
use super::everywhere::EVERYWHERE;
use super::exports::EXPORTS;
use super::metrics::METRICS;
use super::places::PLACES;
use super::reviews::REVIEWS;
use super::rules::RULES;
use super::scores::SCORES;
use super::strategies::STRATEGIES;
use super::studies::STUDIES;
use super::test_pushes::TEST_PUSHES;

/// Every command.
pub static TABLE: LazyLock<Vec<Command>> = LazyLock::new(|| {
    let places = PLACES.into_iter().chain(BRANCH).chain(STRATEGIES);
    let everywhere = EVERYWHERE.into_iter().chain(EXPORTS);
    places
        .chain(DELIVERIES)
        .chain(DESKS)
        .chain(CALENDAR)
        .chain(TEST_PUSHES)
        .chain(REVIEWS)
        .chain(METRICS)
        .chain(SCORES)
        .chain(STUDIES)
        .chain(RULES)
        .chain(everywhere)
        .collect()
});
