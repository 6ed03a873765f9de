//! What the generator promises: the same rows everywhere, sums that agree, and the story as it was planted.

use std::collections::HashSet;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use super::metrics::{History, Reading};
use super::*;
use crate::domain::hash::ContentHash;

/// SHA-256 over every table's target, columns and rows. It changes only when the bank is meant to change.
const ROWS: &str = "138fad728755dfc0bfa2a6b63917ec27709e2518103310b07cc1240b686b00ba";

static BANK: LazyLock<Bank> = LazyLock::new(|| Bank::new(story::SEED));
static HISTORIES: LazyLock<Vec<History>> = LazyLock::new(|| metrics::histories(&BANK));

/// `metric` summed over the units that `of` picks, `back` days before today.
fn sum(metric: &str, back: usize, of: impl Fn(&SubBranch) -> bool) -> i64 {
    let at = metrics::days().count() - 1 - back;
    let read =
        |history: &History| match history.facts(at).into_iter().find(|(code, _)| *code == metric) {
            Some((_, Reading::Value(value) | Reading::Ratio(value, _))) => value,
            None => panic!("there is no {metric}"),
        };
    let picked = BANK.units.iter().zip(HISTORIES.iter()).filter(|(unit, _)| of(unit));
    picked.map(|(_, history)| read(history)).sum()
}

/// What changed from the end of the month before, in ppm of it.
fn last_month_ppm(metric: &str, of: impl Fn(&SubBranch) -> bool + Copy) -> i64 {
    let before = sum(metric, 31, of);
    (sum(metric, 0, of) - before) * 1_000_000 / before
}

fn change(of: impl Fn(&SubBranch) -> bool + Copy) -> i64 {
    sum("aum", 0, of) - sum("aum", 31, of)
}

#[test]
fn the_bank_is_the_same_on_every_machine() {
    let mut hash = Sha256::new();
    for table in rows::tables(&BANK) {
        hash.update(format!("{} {}\n", table.target.code(), table.columns.join(" ")));
        table.chunks.for_each(|chunk| hash.update(chunk));
    }
    assert_eq!(ContentHash(hash.finalize().into()).to_string(), ROWS);
}

#[test]
fn another_seed_is_another_bank_with_the_same_story() {
    let other = Bank::new(7);
    assert_ne!(
        other.customers[0].name.clone() + &other.customers[1].name,
        BANK.customers[0].name.clone() + &BANK.customers[1].name
    );
    let of_branch = |bank: &Bank, amount: fn(&Customer) -> i64| -> i64 {
        bank.customers.iter().filter(|c| bank.units[c.unit].lost()).map(amount).sum()
    };
    let (moved, left) = (of_branch(&other, |c| c.moved), of_branch(&other, Customer::aum));
    let ppm = -moved * 1_000_000 / (left + moved);
    assert!((ppm - story::BRANCH_CHANGE_PPM).abs() < 50, "{ppm}");
}

#[test]
fn today_every_metric_is_the_sum_over_the_customers() {
    for (at, unit) in BANK.units.iter().enumerate() {
        let of_unit = || BANK.customers.iter().filter(|c| c.unit == at);
        let here = |u: &SubBranch| u.code == unit.code;
        let heads =
            |is: fn(&Customer) -> bool| i64::try_from(of_unit().filter(|c| is(c)).count()).unwrap();
        assert_eq!(sum("aum", 0, here), of_unit().map(Customer::aum).sum::<i64>(), "{}", unit.code);
        assert_eq!(sum("deposits", 0, here), of_unit().map(Customer::deposits).sum::<i64>());
        assert_eq!(sum("wealth", 0, here), of_unit().map(|c| c.fund + c.wealth).sum::<i64>());
        assert_eq!(sum("customers", 0, here), heads(|_| true));
        assert_eq!(sum("wealth_customers", 0, here), heads(|c| c.fund + c.wealth > 0));
        assert_eq!(sum("active_customers", 0, here), heads(|c| c.active));
        assert_eq!(sum("app_rate", 0, here), heads(|c| c.app));
        assert_eq!(sum("payroll_rate", 0, here), heads(|c| c.payroll));
    }
}

#[test]
fn every_reading_is_possible() {
    for history in HISTORIES.iter() {
        for at in 0..metrics::days().count() {
            for (metric, reading) in history.facts(at) {
                match reading {
                    Reading::Value(value) => assert!(value >= 0, "{metric} {value}"),
                    Reading::Ratio(part, whole) => {
                        assert!((0..=whole).contains(&part), "{metric} {part}/{whole}");
                    }
                }
            }
        }
    }
}

#[test]
fn only_the_planted_branch_moved() {
    for branch in &units::BRANCHES {
        let ppm = last_month_ppm("aum", |u| u.branch == branch.code);
        if branch.code == story::BRANCH {
            assert!((ppm - story::BRANCH_CHANGE_PPM).abs() < 50, "{ppm}");
        } else {
            assert!(ppm.abs() < story::OTHER_BRANCHES_WITHIN_PPM, "{} {ppm}", branch.code);
        }
    }
    let customers = last_month_ppm("customers", SubBranch::lost);
    assert!((customers - story::BRANCH_CUSTOMERS_PPM).abs() < 100, "{customers}");
}

#[test]
fn three_sub_branches_explain_their_share_and_each_more_than_any_other() {
    let share = change(SubBranch::lost_most) * 1_000_000 / change(SubBranch::lost);
    assert!((share - story::THREE_SHARE_PPM).abs() < 1_000, "{share}");
    let of = |unit: &SubBranch| change(|u| u.code == unit.code);
    let least = BANK.units.iter().filter(|u| u.lost_most()).map(of).max();
    let next = BANK.units.iter().filter(|u| !u.lost_most()).map(of).min();
    assert!(least < next, "{least:?} {next:?}");
}

#[test]
fn the_transfers_are_what_the_sub_branches_lost() {
    let group = || BANK.customers.iter().filter(|c| BANK.units[c.unit].lost_most() && c.in_group());
    let transfers = |c: &Customer| -> i64 {
        let moves =
            events::of(BANK.seed, c).into_iter().filter(|e| e.detail == Some(events::MOVED));
        let moves = moves.inspect(|e| {
            assert!(e.at.date() >= story::first_move() && e.at.date() <= story::as_of());
        });
        moves.filter_map(|e| e.amount).sum()
    };
    let gone: i64 = group().map(transfers).sum();
    assert_eq!(-change(SubBranch::lost_most), gone);
    let (movers, all) = (group().filter(|c| c.moved > 0).count(), group().count());
    assert!(movers * 100 > all * 60, "{movers} of {all} moved");
    assert!(BANK.customers.iter().filter(|c| c.moved > 0).all(|c| BANK.units[c.unit].lost()));
}

#[test]
fn events_have_references_of_their_own_and_lie_within_the_year() {
    for customer in BANK.customers.iter().step_by(17) {
        let mut seen = HashSet::new();
        for event in events::of(BANK.seed, customer) {
            let on = event.at.date();
            assert!(
                on >= customer.opened_on.max(story::first_event()) && on <= story::as_of(),
                "{event:?}"
            );
            assert!(event.amount.is_none_or(|amount| amount > 0), "{event:?}");
            assert!(events::KINDS.contains(&event.kind));
            assert!(seen.insert(event.reference));
        }
    }
}

#[test]
fn every_customer_is_with_a_manager_of_the_own_sub_branch_or_with_none() {
    let with = BANK.customers.iter().filter_map(|c| c.rm.map(|rm| (c.unit, rm)));
    assert!(with.clone().all(|(unit, rm)| BANK.rms[rm].unit == unit));
    let managed = with.count() * 100 / BANK.customers.len();
    assert!((65..85).contains(&managed), "{managed} %");
}

#[test]
fn tiers_are_filled_as_in_a_city_bank() {
    let tier = |from: i64, to: i64| {
        BANK.customers.iter().filter(|c| (from..to).contains(&c.aum())).count()
    };
    let (basic, mass) = (tier(0, 5_000_000), tier(5_000_000, 50_000_000));
    let (gold, private) = (tier(50_000_000, 600_000_000), tier(600_000_000, i64::MAX));
    assert_eq!(basic + mass + gold + private, story::CUSTOMERS);
    assert!(
        basic > mass && mass > gold && gold > private && private > 50,
        "{basic} {mass} {gold} {private}"
    );
}

/// What `customer` held on `day`, over all products.
fn held(customer: &Customer, day: chrono::NaiveDate) -> i64 {
    let mut now = [0; holdings::PRODUCTS.len()];
    for row in holdings::of(BANK.seed, customer).iter().filter(|row| row.day <= day) {
        now[row.product] = row.amount;
    }
    now.iter().sum()
}

#[test]
fn holdings_add_up_to_the_assets_and_follow_each_other() {
    let mut rows = 0;
    for customer in &BANK.customers {
        let all = holdings::of(BANK.seed, customer);
        assert_eq!(held(customer, story::as_of()), customer.aum(), "{}", customer.id);
        let places: Vec<_> = all.iter().map(|row| (row.product, row.day)).collect();
        assert!(places.windows(2).all(|two| two[0] < two[1]), "{all:?}");
        for row in &all {
            assert!(row.day >= customer.opened_on.max(story::first_fact()), "{row:?}");
            assert!(row.day <= story::as_of() && row.amount >= 0, "{row:?}");
        }
        rows += all.len();
    }
    assert!((300_000..600_000).contains(&rows), "{rows}");
}

#[test]
fn the_holdings_tell_the_planted_story() {
    for branch in &units::BRANCHES {
        let of = || BANK.customers.iter().filter(|c| BANK.units[c.unit].branch == branch.code);
        let before: i64 = of().map(|c| held(c, story::before())).sum();
        let ppm = (of().map(Customer::aum).sum::<i64>() - before) * 1_000_000 / before;
        if branch.code == story::BRANCH {
            assert!((ppm - story::BRANCH_CHANGE_PPM).abs() < 5_000, "{ppm}");
        } else {
            // Who came in that month is here, who left is not: so the others grow a little more than their metrics.
            assert!((0..15_000).contains(&ppm), "{} {ppm}", branch.code);
        }
    }
    let moved = BANK.customers.iter().filter(|c| c.moved > 0);
    assert!(moved.clone().all(|c| held(c, story::before()) == c.aum() + c.moved));
}

#[test]
fn family_goes_both_ways_and_nobody_is_his_own() {
    let all = contacts::relations(BANK.seed, &BANK.customers, BANK.units.len());
    let known: HashSet<_> = all.iter().map(|r| (r.customer, r.kind, r.other)).collect();
    assert_eq!(known.len(), all.len());
    assert!(all.iter().all(|r| r.customer != r.other));
    let mut family = all.iter().filter(|r| r.kind == "family");
    assert!(family.clone().count() > 5_000, "{}", family.count());
    assert!(family.all(|r| known.contains(&(r.other, "family", r.customer))));
    for kind in ["employer", "referrer"] {
        assert!(all.iter().filter(|r| r.kind == kind).count() > 500, "{kind}");
    }
}

#[test]
fn who_asked_not_to_be_called_lets_nobody_call() {
    for customer in &BANK.customers {
        let consents = contacts::consents(BANK.seed, customer);
        assert!(consents.iter().all(|c| c.since >= customer.opened_on), "{consents:?}");
        let calls = consents.iter().any(|c| c.given && matches!(c.channel, "phone" | "visit"));
        assert!(!(customer.no_contact && calls), "{consents:?}");
    }
}

#[test]
fn most_live_near_their_sub_branch_and_units_have_places_of_their_own() {
    let places: HashSet<_> =
        BANK.units.iter().map(|u| contacts::of_unit(BANK.seed, &u.code)).collect();
    assert_eq!(places.len(), BANK.units.len());
    let near = |c: &Customer| {
        let (north, east) = contacts::of_unit(BANK.seed, &BANK.units[c.unit].code);
        let place = contacts::of_customer(BANK.seed, c, &BANK.units);
        place.map(|(lat, lon)| (lat - north).abs() < 36_000 && (lon - east).abs() < 42_000)
    };
    let places: Vec<bool> = BANK.customers.iter().filter_map(near).collect();
    assert!(places.len() * 100 > BANK.customers.len() * 90);
    assert!(places.iter().filter(|near| **near).count() * 100 > places.len() * 85);
}
