//! What the generator promises: the same rows everywhere, sums that agree, and the story as it was planted.

use std::collections::HashSet;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use super::metrics::{History, Reading};
use super::*;
use crate::domain::hash::ContentHash;

/// SHA-256 over every table's target, columns and rows. It changes only when the bank is meant to change.
const ROWS: &str = "1cef8aef6296f6e1e4285a514b17f6891a3f9ff417de19c29b60244d71945216";

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
