//! Where lists lie: the arms that waves share, plans that nobody pushed, lists of ended pushes; small and large alike.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::cell::Cell;
use std::collections::BTreeMap;

use baton::domain::draw::{control_of, draw_key};
use baton::domain::id::CustomerId;
use baton::store::cluster::INTERNAL;
use chain::{approved, between, owner, pushed, run, small, up_to};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::{Bank, baton};

const SELF: &str = "li.strategist";
const ONE: &str = "zhao.viewer";

/// Puts another number in the place of one that the schema fixes, so that a small bank shows what a large one does.
fn fixed(bank: &Bank, name: &str, kind: &str, value: &str) {
    owner(
        bank,
        &format!(
            "create or replace function baton.{name}() returns {kind} language sql immutable as $$ select {value} $$"
        ),
    );
}

/// The partitions that lists lie in, but for the one that small plans share.
fn homes(bank: &Bank) -> usize {
    let sql = "select count(*) from pg_inherits where inhparent = 'baton.plan_member'::regclass";
    bank.sql(ONE, sql)[0][0].parse::<usize>().unwrap() - 1
}

/// One round of a strategy: the version's share and seed, and who is on the list.
#[derive(Clone, Debug)]
struct Wave {
    ppm: i32,
    seed: i64,
    from: i64,
    customers: i64,
    step: i64,
}

fn wave() -> impl Strategy<Value = Wave> {
    (0..=900_000_i32, any::<i64>(), 1..600_i64, 1..400_i64, 1..4_i64)
        .prop_map(|(ppm, seed, from, customers, step)| Wave { ppm, seed, from, customers, step })
}

impl Wave {
    fn ids(&self) -> impl Iterator<Item = i64> {
        let all = (0..self.customers).map(|n| self.from + n * self.step);
        // Closed ones are in no snapshot.
        all.filter(|id| *id <= 1000 && id % 101 != 0)
    }

    /// Plans and pushes it as version `version` of `code`; gives the arms, or nothing for an empty list.
    fn push(&self, bank: &Bank, code: &str, version: usize) -> Option<BTreeMap<i64, String>> {
        let ids: Vec<String> = self.ids().map(|id| id.to_string()).collect();
        let made = format!(
            "set session_replication_role = replica;
             insert into baton.strategy_version (code, version, state, name, segment, segment_version, deadline_days, control_ppm,
                 seed, product, benefit, script, hash, author) values ('{code}', {version}, 'approved', 'a', 'SG', 1, 14, {},
                 {}, 'p', '', 's', sha256('{version}'), 'x');
             insert into baton.approval (strategy, version, hash, author, approver) values ('{code}', {version}, sha256('{version}'), 'x', 'y');
             insert into baton.snapshot (segment, version, as_of, customers, hash) values ('SG', 1, '2026-11-20', {}, '');
             insert into baton.segment_member select (select max(id) from baton.snapshot), c.customer_id, c.org_id
                 from baton.customer c where c.customer_id in ({})",
            self.ppm,
            self.seed,
            ids.len(),
            ids.join(", ")
        );
        bank.sql(INTERNAL, &made);
        let plan = format!(
            "select baton.push_plan('{code}', {version}, (select max(id) from baton.snapshot))"
        );
        let plan = match bank.try_sql(SELF, &plan) {
            Ok(rows) => rows[0][0].clone(),
            Err(error) => {
                let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
                assert_eq!(code.as_deref(), Some("BT005"), "{error}");
                return None;
            }
        };
        let push = &bank.sql(SELF, &format!("select baton.push_apply({plan})"))[0][0];
        let rows = bank.sql(
            ONE,
            &format!("select customer_id, arm from baton.push_member where push_id = {push} and arm is not null"),
        );
        Some(rows.into_iter().map(|row| (row[0].parse().unwrap(), row[1].clone())).collect())
    }
}

/// What Rust makes of the same list: an arm of before stays, and of each unit's share only the rest is drawn.
fn drawn(
    wave: &Wave,
    code: &str,
    units: &BTreeMap<i64, i32>,
    before: &BTreeMap<i64, String>,
) -> BTreeMap<i64, String> {
    let mut orders: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for id in wave.ids().filter(|id| id % 50 != 0) {
        orders.entry(units[&id]).or_default().push(id);
    }
    let mut arms = BTreeMap::new();
    for ids in orders.values() {
        let share = control_of(wave.ppm, i64::try_from(ids.len()).unwrap());
        let (given, mut fresh): (Vec<i64>, Vec<i64>) =
            ids.iter().partition(|id| before.contains_key(id));
        let had = given.iter().filter(|id| before[id] == "control").count();
        let free = usize::try_from(share).unwrap().saturating_sub(had);
        fresh.sort_by_key(|id| (draw_key(code, wave.seed, CustomerId(*id)), *id));
        arms.extend(given.iter().map(|id| (*id, before[id].clone())));
        for (place, id) in fresh.into_iter().enumerate() {
            let arm = if place < free { "control" } else { "treated" };
            arms.insert(id, arm.to_owned());
        }
    }
    arms
}

#[test]
fn the_control_group_stays_the_same_over_waves() {
    let bank = small();
    run(&bank, SELF, &["segment", "save", "SG", "--name", "a", "--rule", "true"]);
    fixed(&bank, "own_home_from", "bigint", "150::bigint");
    let units: BTreeMap<i64, i32> = bank
        .sql(ONE, "select customer_id, org_id from baton.customer")
        .iter()
        .map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap()))
        .collect();
    let (number, both) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 12, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    runner
        .run(&proptest::collection::vec(wave(), 2..5), |waves| {
            number.set(number.get() + 1);
            let code = format!("波-{}", number.get());
            // Another case's strategies are over, so that they block nobody.
            owner(&bank, "update baton.push set deadline = '2026-01-01'");
            let mut before = BTreeMap::new();
            for (version, wave) in waves.iter().enumerate() {
                let expected = drawn(wave, &code, &units, &before);
                let got = wave.push(&bank, &code, version + 1).unwrap_or_default();
                prop_assert_eq!(&got, &expected, "{:?}", wave);
                let again = expected.keys().filter(|id| before.contains_key(id)).count();
                both.set(both.get() + again);
                before.extend(got);
            }
            Ok(())
        })
        .unwrap();
    assert!(both.get() > 500, "waves that share nobody show nothing: {}", both.get());
    assert!(homes(&bank) > 5, "some lists have a home of their own");
}

#[test]
fn a_plan_that_was_not_pushed_makes_room_for_the_next() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(400), "0.1", 7);
    approved(&bank, "ST-2", &between(401, 2000), "0.1", 7);
    let rows = |plan: i64| {
        bank.sql(ONE, &format!("select count(*) from baton.plan_member where plan_id = {plan}"))
    };
    let plan = |code: &str| run(&bank, SELF, &["push", "plan", code])["plan"].as_i64().unwrap();
    for own in ["100000", "100"] {
        fixed(&bank, "own_home_from", "bigint", own);
        let (other, first) = (plan("ST-2"), plan("ST-1"));
        assert_ne!(rows(first), [["0"]]);
        let second = plan("ST-1");
        assert_eq!(rows(first), [["0"]], "its list is gone");
        assert_ne!((rows(second), rows(other)), (rows(first), rows(first)), "and no other");
        assert_eq!(homes(&bank), if own == "100" { 2 } else { 0 });
        let gone = ["push", "apply", "ST-1", "--plan", &first.to_string()];
        assert!(baton(&bank).as_(SELF).args(gone).refused().contains(&first.to_string()));
        // Another operator's plans are his.
        bank.operator("sun.auditor", "strategist", None);
        bank.sql("sun.auditor", "select baton.push_plan_replace('ST-1', 9999)");
        assert_ne!(rows(second), [["0"]]);
    }
    // What was pushed is never forgotten, however old; a plan of last week is.
    let (_, push) = pushed(&bank, "ST-1");
    owner(&bank, "update baton.push_plan set planned_at = planned_at - interval '8 days'");
    let tasks = bank.sql(ONE, "select count(*) from baton.task");
    assert_eq!(tasks, [[push["tasks"].to_string()]]);
    baton(&bank).args(["worker", "--once"]).json();
    assert_eq!(bank.sql(ONE, "select count(*) from baton.task"), tasks);
    assert_eq!(
        bank.sql(ONE, "select count(*) from baton.push_plan where home is not null"),
        [["1"]]
    );
    assert_eq!(homes(&bank), 1, "one list is left, and one home");
    assert_eq!(
        bank.sql(ONE, "select count(*) from baton.audit where action = 'push.forget'"),
        bank.sql(ONE, "select count(*) from baton.push_plan where home is null")
    );
}

/// While somebody reads lists a home cannot go; it goes later, and the plan waits for nobody.
#[test]
fn a_home_that_is_being_read_goes_later() {
    let bank = small();
    fixed(&bank, "own_home_from", "bigint", "100");
    approved(&bank, "ST-1", &up_to(400), "0.1", 7);
    run(&bank, SELF, &["push", "plan", "ST-1"]);
    support::server::block_on(async {
        use sqlx::Executor as _;
        let mut reader = bank.connect(ONE).await;
        reader.execute("begin; select count(*) from baton.plan_member").await.unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                run(&bank, SELF, &["push", "plan", "ST-1"]);
                assert_eq!(homes(&bank), 2);
            });
        });
        reader.execute("rollback").await.unwrap();
    });
    fixed(&bank, "home_kept", "interval", "interval '0'");
    baton(&bank).args(["worker", "--once"]).json();
    assert_eq!(homes(&bank), 1);
    assert_eq!(bank.sql(ONE, "select count(*) from baton.plan_home where home > 0"), [["1"]]);
}

/// What the lists say, by every way that they are read.
fn told(bank: &Bank, push: &str, customer: &str) -> Vec<String> {
    let rule = |rule: &str| {
        run(bank, SELF, &["--as-of", "2027-01-31", "segment", "count", "--rule", rule])["count"]
            .to_string()
    };
    let card = run(bank, SELF, &["customer", "show", customer]);
    let all = "select md5(string_agg(t::text, ';' order by t::text)) from baton.push_member t";
    vec![
        bank.sql(ONE, all)[0][0].clone(),
        run(bank, ONE, &["push", "status", push]).to_string(),
        rule("contacted(interval '80 days')"),
        rule("in_strategy('ST-1')"),
        card["contacts"].to_string(),
    ]
}

#[test]
fn the_lists_of_ended_pushes_are_merged_and_say_the_same() {
    let bank = small();
    for (name, kind, value) in [
        ("own_home_from", "bigint", "50"),
        ("archive_from", "int", "4"),
        ("home_kept", "interval", "interval '0'"),
    ] {
        fixed(&bank, name, kind, value);
    }
    for _ in 0..9 {
        approved(&bank, "ST-1", &up_to(900), "0.1", 7);
        pushed(&bank, "ST-1");
    }
    owner(&bank, "update baton.push set deadline = '2027-02-01' where id > 7");
    let worker = || {
        assert_eq!(baton(&bank).args(["worker", "--once"]).json()["failed"], serde_json::json!([]));
    };
    worker();
    assert_eq!(homes(&bank), 9, "none has ended");

    owner(&bank, "update baton.bank set as_of = '2027-01-31'");
    let before = told(&bank, "3", "7");
    let contacted = "select count(distinct t.customer_id) from baton.task t join baton.customer c using (customer_id) where c.closed_on is null";
    assert_eq!(before[2], bank.sql(ONE, contacted)[0][0]);
    worker();
    // Seven have ended: four become one, and then the other three with it another.
    assert_eq!(homes(&bank), 9 + 2, "the old ones are there for those who still read them");
    assert_eq!(told(&bank, "3", "7"), before);
    assert_eq!(bank.sql(ONE, "select count(distinct home) from baton.push where id <= 7"), [["1"]]);
    worker();
    assert_eq!(homes(&bank), 2 + 1);
    assert_eq!(told(&bank, "3", "7"), before);

    // A late outcome finds its list, and the next wave the arms of before.
    bank.operator("sun.auditor", "loader", None);
    let treated =
        "select customer_id from baton.push_member where push_id = 3 and arm = 'treated' limit 1";
    let customer = &bank.sql(ONE, treated)[0][0];
    let take = format!(
        "insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at)
             values ('00000000-0000-0000-0000-000000000001', 1, 3, {customer}, 'sold', '2027-01-30');
         select accepted, late from baton.outcome_take('00000000-0000-0000-0000-000000000001')"
    );
    assert_eq!(bank.sql("sun.auditor", &take), [["1", "1"]]);
    approved(&bank, "ST-1", &up_to(900), "0.1", 7);
    pushed(&bank, "ST-1");
    let moved = "select count(*) from (select from baton.push_member where arm is not null group by customer_id having count(distinct arm) > 1) x";
    assert_eq!(bank.sql(ONE, moved), [["0"]]);
}

/// Lists of five thousand beside each other, of which the planner has no statistics yet: it takes each for one row. A push that
/// went through all live lists for each of its customers took 5 s for the second and two minutes for the seventh.
#[test]
fn a_push_costs_the_same_however_little_the_planner_knows_of_the_lists_beside_it() {
    let bank = small();
    let (pushes, customers) = (7, 5_000);
    owner(
        &bank,
        &format!(
            "alter table baton.plan_member_0 set (autovacuum_enabled = off);
             insert into baton.customer (customer_id, org_id, rm_id)
                 select g, 5 + g % 9, 1 + g % 30 from generate_series(100001, 100000 + {pushes} * {customers}) g;
             analyze baton.customer"
        ),
    );
    let made = format!(
        "set session_replication_role = replica;
         insert into baton.segment_version (code, version, name, rule) values ('SG', 1, 'a', 'true');
         insert into baton.strategy_version (code, version, state, name, segment, segment_version, deadline_days, control_ppm,
             seed, product, benefit, script, hash, author)
             select 'ST-' || g, 1, 'approved', 'a', 'SG', 1, 30, 100000, g, 'p', 'b', 's', sha256(int8send(g)), 'x'
             from generate_series(1, {pushes} + 1) g;
         insert into baton.approval (strategy, version, hash, author, approver)
             select code, version, hash, author, 'y' from baton.strategy_version;
         insert into baton.snapshot (segment, version, as_of, customers, hash)
             select 'SG', 1, '2026-11-20', {customers}, '' from generate_series(1, {pushes});
         insert into baton.segment_member
             select 1 + (customer_id - 100001) / {customers}, customer_id, org_id from baton.customer where customer_id > 100000;
         analyze baton.segment_member"
    );
    bank.sql(INTERNAL, &made);
    for n in 1..=pushes {
        let push = format!(
            "set statement_timeout = '20s'; select baton.push_apply(baton.push_plan('ST-{n}', 1, {n}))"
        );
        bank.sql(SELF, &push);
    }
    let treated = bank.sql(ONE, "select min(treated), max(treated), count(*) from baton.push");
    assert_eq!(treated, [["4496", "4496", "7"]]);
    // And each of them is asked about: whoever is on a live list is on no other.
    bank.sql(INTERNAL, "insert into baton.segment_member select 7, customer_id, org_id from baton.customer where customer_id in (1, 100001, 105001)");
    bank.sql(SELF, "select baton.push_plan('ST-8', 1, 7)");
    let left_off = "select customer_id, blocked from baton.plan_member where plan_id = 8 and customer_id in (100001, 105001) order by 1";
    assert_eq!(bank.sql(ONE, left_off), [["100001", "live_strategy"], ["105001", "live_strategy"]]);
}
