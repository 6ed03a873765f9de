//! Pushes by command: the draw, the list that is pushed exactly once, and what keeps a customer off it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use baton::domain::draw::{control_of, draw_key};
use baton::domain::id::CustomerId;
use baton::store::cluster::ADMIN;
use chain::{approved, between, number, owner, pushed, run, small, up_to};
use serde_json::{Value, json};
use sqlx::Executor as _;
use support::server::{block_on, until};
use support::{Bank, baton};

const SELF: &str = "li.strategist";

/// The arms of a plan: customer to (unit, arm).
fn arms(bank: &Bank, plan: &Value) -> BTreeMap<i64, (String, String)> {
    let sql = format!(
        "select m.customer_id, u.code, m.arm from baton.plan_member m join baton.org_unit u on u.id = m.org_id
         where m.plan_id = {plan} and m.arm is not null"
    );
    let rows = bank.sql("zhao.viewer", &sql);
    rows.into_iter()
        .map(|row| (row[0].parse().unwrap(), (row[1].clone(), row[2].clone())))
        .collect()
}

fn control(arms: &BTreeMap<i64, (String, String)>) -> BTreeSet<i64> {
    arms.iter().filter(|(_, (_, arm))| arm == "control").map(|(id, _)| *id).collect()
}

#[test]
fn the_control_group_of_each_order_is_the_one_that_the_docs_describe() {
    let bank = small();
    for (code, share, ppm, seed) in
        [("ST-1", "0.10", 100_000, 7), ("代发-2", "0.333333", 333_333, -3)]
    {
        approved(&bank, code, "aum >= 1000", share, seed);
        let plan = run(&bank, SELF, &["push", "plan", code]);
        let drawn = arms(&bank, &plan["plan"]);
        let mut units: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (id, (unit, _)) in &drawn {
            units.entry(unit).or_default().push(*id);
        }
        let mut expected = BTreeSet::new();
        for ids in units.values() {
            let mut order: Vec<([u8; 8], i64)> =
                ids.iter().map(|id| (draw_key(code, seed, CustomerId(*id)), *id)).collect();
            order.sort_unstable();
            let k = control_of(ppm, i64::try_from(ids.len()).unwrap());
            expected.extend(order.iter().take(usize::try_from(k).unwrap()).map(|(_, id)| *id));
        }
        assert_eq!(control(&drawn), expected, "{code}");

        assert_eq!(number(&plan["customers"]), number(&plan["treated"]) + number(&plan["control"]));
        assert_eq!(usize::try_from(number(&plan["customers"])).unwrap(), drawn.len());
        assert_eq!(usize::try_from(number(&plan["control"])).unwrap(), expected.len());
        let orders = plan["orders"].as_array().unwrap();
        assert_eq!(orders.len(), 9);
        assert_eq!(
            orders.iter().map(|o| number(&o["tasks"])).sum::<i64>(),
            number(&plan["treated"])
        );
        assert_eq!(plan["blocked"], json!({"no_contact": 20}));
    }
}

#[test]
fn half_a_control_customer_is_rounded_up_in_each_order() {
    let bank = small();
    owner(
        &bank,
        "update baton.customer set org_id = 5 where customer_id <= 5; update baton.customer set org_id = 6 where customer_id between 6 and 9",
    );
    approved(&bank, "ST-1", &up_to(9), "0.10", 1);
    let plan = run(&bank, SELF, &["push", "plan", "ST-1"]);
    assert_eq!((number(&plan["control"]), number(&plan["treated"])), (1, 8));
    let drawn = arms(&bank, &plan["plan"]);
    let of = |unit: &str| drawn.values().filter(|(u, arm)| u == unit && arm == "control").count();
    assert_eq!((of("S1"), of("S2")), (1, 0), "0.5 gives one, 0.4 gives none");
}

#[test]
fn a_push_is_exactly_its_plan_and_happens_once() {
    let bank = small();
    let hash = approved(&bank, "ST-1", "aum >= 1000", "0.1", 7);
    let plan = run(&bank, SELF, &["push", "plan", "ST-1"]);
    owner(&bank, "update baton.customer set aum = 0, rm_id = null where customer_id % 2 = 0");
    let apply =
        || run(&bank, SELF, &["push", "apply", "ST-1", "--plan", &plan["plan"].to_string()]);
    let (first, second) = std::thread::scope(|s| {
        let other = s.spawn(apply);
        (apply(), other.join().unwrap())
    });
    assert_eq!(first, second, "sent twice at once, it is one push");
    assert_eq!(apply(), first, "and the same answer later");
    assert_eq!(
        (&first["tasks"], &first["control"], &first["orders"]),
        (&plan["treated"], &plan["control"], &json!(9))
    );
    assert!(first["seconds"].as_f64().unwrap() > 0.0);

    let one = |sql: &str| bank.sql("zhao.viewer", sql)[0][0].clone();
    assert_eq!(one("select count(*) from baton.push"), "1");
    assert_eq!(one("select count(*) from baton.audit where action = 'push.apply'"), "1");
    assert_eq!(one("select encode(hash, 'hex') from baton.push"), hash);
    assert_eq!(
        one("select count(*) from (
                (select customer_id, org_id, rm_id from baton.plan_member where arm = 'treated')
                except (select customer_id, org_id, rm_id from baton.task)) x"),
        "0"
    );
    assert_eq!(one("select count(*) from baton.task"), first["tasks"].to_string());
    assert_eq!(
        one("select count(*) from baton.push_member where arm is not null"),
        plan["customers"].to_string()
    );
    let orders = "select u.code, o.tasks, o.rms from baton.branch_order o join baton.org_unit u on u.id = o.org_id
                  order by o.tasks desc, u.code";
    let planned: Vec<Vec<String>> = plan["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| {
            vec![
                o["org"].as_str().unwrap().to_owned(),
                o["tasks"].to_string(),
                o["rms"].to_string(),
            ]
        })
        .collect();
    assert_eq!(bank.sql("zhao.viewer", orders), planned);
    let rms = "select count(distinct rm_id) from baton.task where org_id = 5";
    assert_eq!(one(rms), one("select rms from baton.branch_order where org_id = 5"));

    let other =
        baton(&bank).as_(SELF).args(["push", "apply", "ST-2", "--plan", &plan["plan"].to_string()]);
    assert!(other.refused().contains("ST-2"));
    assert_eq!(run(&bank, SELF, &["strategy", "show", "ST-1"])["state"], "live");
}

#[test]
fn an_arm_once_given_stays() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(300), "0.2", 7);
    let (first, _) = pushed(&bank, "ST-1");
    let before = arms(&bank, &first["plan"]);
    // Another rule, share and seed: the old arms hold and only the rest of the share is drawn.
    approved(&bank, "ST-1", &between(200, 600), "0.3", 99);
    let (second, _) = pushed(&bank, "ST-1");
    let after = arms(&bank, &second["plan"]);
    let both: Vec<i64> = after.keys().filter(|id| before.contains_key(id)).copied().collect();
    assert!(both.len() > 80);
    for id in both {
        assert_eq!(after[&id].1, before[&id].1, "customer {id}");
    }
    let mut units: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (unit, arm) in after.values() {
        let counts = units.entry(unit).or_default();
        counts.0 += 1;
        counts.1 += i64::from(arm == "control");
    }
    for (unit, (all, control)) in units {
        assert_eq!(control, control_of(300_000, all), "{unit}");
    }
}

#[test]
fn who_is_in_another_live_strategy_is_blocked_until_its_deadline_has_passed() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(100), "0.5", 7);
    pushed(&bank, "ST-1");
    approved(&bank, "ST-2", &between(51, 200), "0.1", 7);
    let blocked =
        |day: &str| run(&bank, SELF, &["--as-of", day, "push", "plan", "ST-2"])["blocked"].clone();
    // 51 to 100: one wants no contact (100), none is closed; control customers count as in it.
    assert_eq!(blocked("2026-12-04"), json!({"live_strategy": 49, "no_contact": 3}));
    assert_eq!(
        blocked("2026-12-05"),
        json!({"no_contact": 3}),
        "the deadline's own day is its last"
    );
    assert_eq!(
        run(&bank, SELF, &["--as-of", "2026-12-04", "strategy", "show", "ST-1"])["state"],
        "live"
    );
    assert_eq!(
        run(&bank, SELF, &["--as-of", "2026-12-05", "strategy", "show", "ST-1"])["state"],
        "ended"
    );
    assert_eq!(
        run(&bank, SELF, &["--as-of", "2026-12-05", "push", "status", "1"])["state"],
        "ended"
    );
    // A later day is for looking ahead: who is on another's list on the bank's own day is not pushed.
    let ahead = ["--as-of", "2026-12-05", "push", "apply", "ST-2", "--plan", "3"];
    let said = baton(&bank).as_(SELF).args(ahead).refused();
    assert!(said.starts_with("49 customers"), "{said}");

    approved(&bank, "ST-3", &up_to(100), "0.1", 7);
    let said = baton(&bank).as_(SELF).args(["push", "plan", "ST-3"]).refused();
    assert!(said.contains("nobody is on the list"), "{said}");
    assert_eq!(
        bank.sql("zhao.viewer", "select count(*) from baton.push_plan where strategy = 'ST-3'"),
        [["0"]]
    );
}

#[test]
fn a_plan_that_events_have_overtaken_is_refused_whole() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(100), "0.1", 7);
    approved(&bank, "ST-2", &between(91, 200), "0.1", 7);
    let plan = run(&bank, SELF, &["push", "plan", "ST-2"])["plan"].to_string();
    pushed(&bank, "ST-1");
    let said = baton(&bank).as_(SELF).args(["push", "apply", "ST-2", "--plan", &plan]).refused();
    assert!(said.starts_with("9 customers"), "{said}");
    assert_eq!(
        bank.sql("zhao.viewer", "select count(*) from baton.push_member where push_id > 1"),
        [["0"]]
    );
    let (again, _) = pushed(&bank, "ST-2");
    assert_eq!(again["blocked"], json!({"live_strategy": 9, "no_contact": 3}));

    approved(&bank, "ST-3", &between(201, 300), "0.1", 7);
    let plan = run(&bank, SELF, &["push", "plan", "ST-3"])["plan"].to_string();
    owner(
        &bank,
        "update baton.customer set no_contact = true where customer_id = 201; update baton.customer set closed_on = '2026-11-20' where customer_id = 203",
    );
    let said = baton(&bank).as_(SELF).args(["push", "apply", "ST-3", "--plan", &plan]).refused();
    assert!(said.starts_with("2 customers"), "{said}");
}

/// Both lists were drawn while neither was pushed; both applies are under way at the same time.
#[test]
fn of_two_strategies_that_take_the_same_customers_at_once_one_is_refused() {
    let bank = small();
    for (code, plan) in [("ST-1", 1), ("ST-2", 2)] {
        approved(&bank, code, &up_to(300), "0.1", 7);
        assert_eq!(run(&bank, SELF, &["push", "plan", code])["plan"], plan);
    }
    block_on(async {
        let (mut first, mut second) = (bank.connect(SELF).await, bank.connect(SELF).await);
        first.execute("begin; select baton.push_apply(1)").await.unwrap();
        let overtaken = second.execute("select baton.push_apply(2)");
        let (overtaken, ()) = tokio::join!(overtaken, async {
            let waits = "select exists (select from pg_locks where relation = 'baton.push'::regclass and not granted
                and database = (select oid from pg_database where datname = current_database()))";
            until(&mut first, waits).await;
            first.execute("commit").await.unwrap();
        });
        let error = overtaken.unwrap_err();
        assert_eq!(
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(),
            Some("BT006")
        );
        // A transaction whose eyes were open before the lock would see nothing of the other's push.
        let begun = "begin isolation level repeatable read; select baton.push_apply(2)";
        let error = second.execute(begun).await.unwrap_err();
        assert_eq!(
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(),
            Some("BT008")
        );
    });
    let twice = "select count(*) from (select from baton.push_member where arm is not null group by customer_id having count(*) > 1) x";
    assert_eq!(bank.sql("zhao.viewer", "select count(*) from baton.push"), [["1"]]);
    assert_eq!(bank.sql("zhao.viewer", twice), [["0"]]);
    for change in ["open = -1, done = tasks + 1", "open = open - 1", "tasks = tasks + 1"] {
        let change = format!("set role baton_owner; update baton.branch_order set {change}");
        assert_eq!(bank.refuses(ADMIN, &change), "branch_order_counts");
    }
}

#[test]
fn a_branch_signs_its_own_order_and_its_first_word_stays() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    pushed(&bank, "ST-1");
    let sign =
        |who: &str, org: &str| baton(&bank).as_(who).args(["push", "sign", "1", "--org", org]);
    let first = sign("nancheng.branch", "S1").json();
    assert_eq!(sign("nancheng.branch", "S1").json(), first);
    assert!(sign("nancheng.branch", "S2").refused().contains("S2 is not yours"));
    assert!(sign("nancheng.branch", "B1").refused().contains("B1 is not yours"));
    assert!(sign(SELF, "S2").refused().contains("branch"));
    let own = bank.sql(SELF, "select name from baton.operator where cardinality(duties) = 6")[0][0]
        .clone();
    sign(&own, "S2").json();
    assert!(sign(&own, "HQ").refused().contains("no order for HQ"));
    assert!(sign(&own, "XX").refused().contains("XX"));
    let status = run(&bank, "zhao.viewer", &["push", "status", "1"]);
    let orders = status["orders"].as_array().unwrap();
    let signed: Vec<&str> =
        orders.iter().filter(|o| o["signed"] == true).map(|o| o["org"].as_str().unwrap()).collect();
    assert_eq!(signed, ["S1", "S2"]);
    assert_eq!(orders[0]["signed_at"], first["signed_at"]);
    // People read it by the bank's clocks, to the minute.
    let local = bank.sql(
        SELF,
        "select to_char(signed_at at time zone timezone, 'YYYY-MM-DD HH24:MI')
         from baton.branch_order, baton.bank where signed_at is not null order by signed_at",
    );
    let table = baton(&bank).args(["push", "status", "1"]).run().stdout;
    let table = String::from_utf8(table).unwrap();
    assert!(table.contains(&local[0][0]) && !table.contains("+00:00"), "{table}");
    assert_eq!(
        bank.sql(SELF, "select count(*) from baton.audit where action = 'push.sign'"),
        [["2"]]
    );
    assert!(baton(&bank).args(["push", "status", "9"]).refused().contains('9'));
}

#[test]
fn an_order_goes_to_the_customers_own_unit_whatever_its_kind() {
    let bank = small();
    owner(
        &bank,
        "update baton.customer set org_id = 1, rm_id = null where customer_id <= 10; update baton.customer set org_id = 2 where customer_id between 11 and 20",
    );
    approved(&bank, "ST-1", &up_to(20), "0", 7);
    let plan = run(&bank, SELF, &["push", "plan", "ST-1"]);
    let orders = plan["orders"].as_array().unwrap().iter();
    let orders: Vec<_> =
        orders.map(|o| (&o["org"], &o["tasks"], &o["rms"], &o["without_rm"])).collect();
    let row = |org, tasks, rms, nobody| (json!(org), json!(tasks), json!(rms), json!(nobody));
    let expected = [row("B1", 10, 8, 2), row("HQ", 10, 0, 10)];
    let expected: Vec<_> = expected.iter().map(|(a, b, c, d)| (a, b, c, d)).collect();
    assert_eq!(orders, expected);
}
