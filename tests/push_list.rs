//! Who is left off a list and why: one customer for each reason, their order, what all strategies share, and what a push
//! refuses when it has changed since the plan.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use baton::domain::draw::held_out;
use baton::domain::exclusion::Reason;
use baton::domain::id::CustomerId;
use chain::{approved, between, number, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const SELF: &str = "li.strategist";
const ONE: &str = "zhao.viewer";

/// As [`approved`], with deeper parts.
fn deeper(bank: &Bank, code: &str, rule: &str, parts: &str) {
    let segment = format!("SG-{code}");
    run(bank, SELF, &["segment", "save", &segment, "--name", "试", "--rule", rule]);
    // A priority stands among the plain keys, before the first table.
    let (plain, parts): (Vec<&str>, Vec<&str>) =
        parts.lines().partition(|line| line.starts_with("priority"));
    let own =
        text(code, &segment, "0.1", 7).replacen("seed", &[&plain.join("\n"), "\nseed"].concat(), 1);
    let file = strategy_file(&format!("{own}\n{}\n", parts.join("\n")));
    run(bank, SELF, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, SELF, &["strategy", "submit", code]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(bank, "wang.approver", &["strategy", "approve", code, "--hash", &hash]);
}

fn policy(bank: &Bank, key: &str, value: &str) {
    owner(bank, &format!("select baton.policy_set('{key}', {value})"));
}

/// Who is left off the list of a plan, by customer.
fn left_off(bank: &Bank, plan: &Value) -> BTreeMap<i64, String> {
    let sql = format!(
        "select customer_id, blocked from baton.plan_member where plan_id = {} and blocked is not null",
        plan["plan"]
    );
    let rows = bank.sql(ONE, &sql);
    rows.into_iter().map(|row| (row[0].parse().unwrap(), row[1].clone())).collect()
}

fn plan(bank: &Bank, code: &str) -> Value {
    run(bank, SELF, &["push", "plan", code])
}

/// Kinds of events, a product of risk 3, levels and consents; everybody has a phone.
const RECORDS: &str = "
    update baton.customer set phone = '12000000000';
    insert into baton.event_kind (code) values ('login'), ('complaint'), ('settled');
    insert into baton.meaning values ('complaint', 'complaint'), ('complaint_closed', 'settled'), ('risk_level', 'level');
    insert into baton.product (code, zh, en, class, risk) values ('wmp', '稳利 90 天', 'Wenli', 'fixed', 3);
    create table baton.attr_1 (customer_id bigint primary key, org_id int not null, level text);
    insert into baton.attribute (code, type, zh, en, relation, column_name) values ('level', 'category', '等级', 'Level', 'attr_1', 'level');
    insert into baton.attr_1 select customer_id, org_id, 'C3' from baton.customer;
    insert into baton.consent (customer_id, channel, org_id, given) select customer_id, 'phone', org_id, true from baton.customer;";

const PHONE: &str = "[[channel]]\ncode = \"rm_phone\"\n";

fn event(bank: &Bank, customer: i64, kind: &str, at: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.event (customer_id, at, kind, ref, org_id)
             select customer_id, timestamptz '{at}', k.id, '{kind} {at}', org_id from baton.customer, baton.event_kind k
             where customer_id = {customer} and k.code = '{kind}'"
        ),
    );
}

fn outcome(bank: &Bank, push: i64, customer: i64, at: &str, word: &str) {
    let sql = format!(
        "insert into baton.outcome (push_id, customer_id, at, outcome, org_id, late, contamination)
         select {push}, customer_id, '{at}', '{word}', org_id, false, false from baton.customer where customer_id = {customer}"
    );
    owner(bank, &sql);
}

/// A customer from 1 to 15 for each reason but the first two, and the strategy `ST-1` for the first hundred.
fn every_reason() -> Bank {
    let bank = small();
    owner(&bank, RECORDS);
    // Somebody was contacted, and somebody is on another's list, which has no control group but him.
    approved(&bank, "ST-CAP", &between(1, 3), "0", 7);
    pushed(&bank, "ST-CAP");
    owner(&bank, "update baton.push set deadline = '2026-11-19'");
    approved(&bank, "ST-LIVE", &between(4, 6), "0.9", 7);
    pushed(&bank, "ST-LIVE");
    deeper(&bank, "ST-HIGH", &between(7, 9), "priority = 90");
    plan(&bank, "ST-HIGH");
    policy(&bank, "cap_contacts", "1");
    policy(&bank, "cap_days", "30");
    policy(&bank, "holdout_ppm", "20000");
    policy(&bank, "holdout_seed", "5");
    event(&bank, 10, "complaint", "2026-11-01 10:00+08");
    owner(&bank, "update baton.attr_1 set level = 'C2' where customer_id = 11");
    owner(&bank, "update baton.consent set given = false where customer_id = 12");
    owner(&bank, "update baton.customer set phone = null where customer_id = 13");
    outcome(&bank, 1, 14, "2026-11-02 10:00+08", "bad_number");

    deeper(&bank, "ST-1", &up_to(100), PHONE);
    let note = ["push", "exclude", "ST-1", "--customer", "15", "--note", "搬去外地"];
    assert_eq!(run(&bank, SELF, &note)["excluded"], true);
    bank
}

/// Every reason but those of later waves and pilots (`tests/push_waves.rs`).
fn here() -> impl Iterator<Item = Reason> {
    Reason::ALL
        .iter()
        .copied()
        .filter(|why| !matches!(why, Reason::Had | Reason::Bought | Reason::Exit | Reason::Pilot))
}

fn held() -> BTreeSet<i64> {
    (1..=100).filter(|id| held_out(20_000, 5, CustomerId(*id))).collect()
}

#[test]
fn each_reason_takes_its_customer_off() {
    let bank = every_reason();
    let made = plan(&bank, "ST-1");
    let found = left_off(&bank, &made);
    let held = held();
    assert!(!held.is_empty() && held.iter().all(|id| *id > 15), "{held:?}");
    let reason = |reason: Reason| reason.code().to_owned();
    let mut expected: BTreeMap<i64, String> =
        held.iter().map(|id| (*id, reason(Reason::Holdout))).collect();
    expected.extend([50, 100].map(|id| (id, reason(Reason::NoContact))));
    expected.extend((1..=3).map(|id| (id, reason(Reason::Capped))));
    // A control customer was not contacted, and is on the list all the same; of a cap only the treated count.
    for id in 4..=6 {
        let treated = bank.sql(
            ONE,
            &format!("select arm from baton.push_member where push_id = 2 and customer_id = {id}"),
        );
        let why = if treated == [["treated"]] { Reason::Capped } else { Reason::LiveStrategy };
        expected.insert(id, reason(why));
    }
    expected.extend((7..=9).map(|id| (id, reason(Reason::Priority))));
    let last = [Reason::Complaint, Reason::Unsuitable, Reason::NoConsent, Reason::Unreachable];
    expected.extend((10..).zip(last).map(|(id, why)| (id, reason(why))));
    expected.extend([(14, reason(Reason::Unreachable)), (15, reason(Reason::Manual))]);
    assert_eq!(found, expected);
    let words: BTreeSet<&str> = found.values().map(String::as_str).collect();
    assert_eq!(words.len(), here().count(), "every reason is here: {words:?}");

    // The figures are those of the list, in the order of the reasons, and lead to the customers.
    let count = |why: &str| found.values().filter(|word| *word == why).count();
    let figures: Vec<Value> =
        here().map(|why| json!({"reason": why.code(), "customers": count(why.code())})).collect();
    assert_eq!(made["excluded"], json!(figures));
    let number = made["plan"].to_string();
    let listed = |part: &str| run(&bank, ONE, &["members", "plan", &number, "--part", part]);
    assert_eq!(listed("complaint")["members"][0]["customer"], 10);
    assert_eq!(listed("unreachable")["count"], 2);
    let parts = listed("manual")["parts"].clone();
    let blocked = parts.as_array().unwrap().iter().filter(|part| part["blocked"] == true);
    assert_eq!(blocked.count(), here().count());
}

#[test]
fn of_several_reasons_the_first_one_stands() {
    let bank = every_reason();
    // Everything at once for one customer: the reasons peel off in their order.
    let one = *held().iter().find(|id| **id % 50 != 0).unwrap();
    event(&bank, one, "complaint", "2026-11-01 10:00+08");
    for sql in [
        "update baton.customer set no_contact = true, phone = null where customer_id = $",
        "update baton.attr_1 set level = 'C1' where customer_id = $",
        "update baton.consent set given = false where customer_id = $",
    ] {
        owner(&bank, &sql.replace('$', &one.to_string()));
    }
    run(&bank, SELF, &["push", "exclude", "ST-1", "--customer", &one.to_string(), "--note", "x"]);
    let why = || left_off(&bank, &plan(&bank, "ST-1")).remove(&one);
    let mut order = vec![why()];
    for sql in [
        "update baton.customer set no_contact = false where customer_id = $",
        "select baton.policy_set('holdout_ppm', 0)",
        "delete from baton.event where customer_id = $",
        "update baton.attr_1 set level = 'C5' where customer_id = $",
        "update baton.consent set given = true where customer_id = $",
        "update baton.customer set phone = '1' where customer_id = $",
    ] {
        owner(&bank, &sql.replace('$', &one.to_string()));
        order.push(why());
    }
    run(&bank, SELF, &["push", "exclude", "ST-1", "--customer", &one.to_string(), "--lift"]);
    order.push(why());
    let order: Vec<_> = order.iter().map(|why| why.as_deref().unwrap_or("-")).collect();
    assert_eq!(
        order,
        [
            "no_contact",
            "holdout",
            "complaint",
            "unsuitable",
            "no_consent",
            "unreachable",
            "manual",
            "-"
        ]
    );
}

#[test]
fn a_cap_counts_the_contacts_of_all_strategies_by_their_day() {
    let bank = small();
    policy(&bank, "cap_contacts", "2");
    policy(&bank, "cap_days", "30");
    for (code, day) in [("ST-1", "2026-10-23"), ("ST-2", "2026-10-22")] {
        approved(&bank, code, &up_to(40), "0.2", 7);
        pushed(&bank, code);
        owner(
            &bank,
            &format!(
                "update baton.push set as_of = '{day}', deadline = '{day}' where strategy = '{code}'"
            ),
        );
    }
    approved(&bank, "ST-3", &up_to(49), "0.2", 7);
    let capped = |day: &str| {
        run(&bank, SELF, &["--as-of", day, "push", "plan", "ST-3"])["blocked"]["capped"].clone()
    };
    let twice = "select count(*) from (select customer_id from baton.task group by 1 having count(*) = 2) x";
    let twice = number(&bank.sql(ONE, twice)[0][0].parse().unwrap());
    assert!(twice > 10);
    assert_eq!(capped("2026-11-20"), twice, "the 30th day is in");
    assert_eq!(capped("2026-11-21"), Value::Null, "and the 31st is not");
    policy(&bank, "cap_contacts", "1");
    let once = "select count(distinct customer_id) from baton.task where push_id = 1";
    assert_eq!(capped("2026-11-21").to_string(), bank.sql(ONE, once)[0][0]);
    // Without one of the two there is no cap.
    policy(&bank, "cap_days", "null");
    assert_eq!(capped("2026-11-21"), Value::Null);
}

/// A task that was taken back before anybody tried is no contact; one that somebody tried is, and one that is given again.
#[test]
fn a_cap_counts_no_task_that_was_taken_back_before_anybody_tried() {
    let bank = small();
    policy(&bank, "cap_contacts", "1");
    policy(&bank, "cap_days", "30");
    approved(&bank, "ST-1", &up_to(60), "0.2", 7);
    pushed(&bank, "ST-1");
    let tried = bank.sql(ONE, "select min(customer_id) from baton.task")[0][0].clone();
    let no_answer =
        format!("push,customer_id,outcome,at,amount,note\n1,{tried},no_answer,2026-11-20,,\n");
    let file = strategy_file(&no_answer);
    bank.operator("sun.auditor", "loader", None);
    run(&bank, "sun.auditor", &["outcome", "import", file.to_str().unwrap()]);
    run(&bank, SELF, &["push", "recall", "1"]);
    // Its days are over, so that the strategy is not live; only the cap can leave somebody off.
    owner(&bank, "update baton.push set deadline = '2026-11-19'");
    approved(&bank, "ST-2", &up_to(60), "0.2", 7);
    let capped = || run(&bank, SELF, &["push", "plan", "ST-2"])["blocked"]["capped"].clone();
    assert_eq!(capped(), 1, "the one who did not answer was called");
    let all = "select count(*) from baton.plan_member m join baton.push p using (plan_id) where p.id = 1 and arm = 'treated'";
    let all: i64 = bank.sql(ONE, all)[0][0].parse().unwrap();
    assert!(all > 20);
    owner(&bank, "update baton.push set deadline = '2026-11-30'");
    run(&bank, SELF, &["push", "recall", "1", "--undo"]);
    owner(&bank, "update baton.push set deadline = '2026-11-19'");
    assert_eq!(capped(), all, "who has his task again is to be contacted again");
}

/// What was planned and shown stays until something stands in its place.
#[test]
fn a_plan_that_is_refused_leaves_the_earlier_ones_alone() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(60), "0.2", 7);
    let first = plan(&bank, "ST-1");
    owner(&bank, "update baton.customer set no_contact = true");
    baton(&bank).as_(SELF).args(["push", "plan", "ST-1"]).refused();
    owner(&bank, "update baton.customer set no_contact = false");
    let first = first["plan"].to_string();
    let kept =
        format!("select count(*) from baton.push_plan where id = {first} and home is not null");
    assert_eq!(bank.sql(ONE, &kept), [["1"]]);
    let push = run(&bank, SELF, &["push", "apply", "ST-1", "--plan", &first]);
    assert_eq!(push["push"], 1, "what was shown can still be pushed");
}

#[test]
fn a_complaint_is_open_until_it_is_closed_or_its_days_are_over() {
    let bank = small();
    owner(&bank, RECORDS);
    event(&bank, 1, "complaint", "2026-11-01 10:00+08");
    event(&bank, 2, "complaint", "2026-11-01 10:00+08");
    event(&bank, 2, "settled", "2026-11-05 10:00+08");
    event(&bank, 3, "settled", "2026-11-05 10:00+08");
    event(&bank, 3, "complaint", "2026-11-06 10:00+08");
    event(&bank, 4, "login", "2026-11-06 10:00+08");
    event(&bank, 5, "complaint", "2026-10-21 23:30+08");
    event(&bank, 6, "complaint", "2026-10-22 00:30+08");
    event(&bank, 7, "complaint", "2026-11-21 00:30+08");
    approved(&bank, "ST-1", &up_to(9), "0", 7);
    let open = || -> Vec<i64> { left_off(&bank, &plan(&bank, "ST-1")).into_keys().collect() };
    policy(&bank, "complaint_days", "30");
    assert_eq!(open(), [1, 3, 6], "days are the bank's own, and tomorrow is none of them");
    policy(&bank, "complaint_days", "null");
    assert_eq!(open(), [1, 3, 5, 6], "until somebody closes it");
}

#[test]
fn silence_is_a_no_where_the_bank_says_so() {
    let bank = small();
    owner(&bank, RECORDS);
    owner(
        &bank,
        "delete from baton.consent where customer_id <= 2; delete from baton.attr_1 where customer_id = 3",
    );
    deeper(&bank, "ST-1", &up_to(9), PHONE);
    let found = || left_off(&bank, &plan(&bank, "ST-1"));
    assert_eq!(found(), BTreeMap::new());
    policy(&bank, "consent_needed", "1");
    policy(&bank, "risk_needed", "1");
    let no = |reason: &str| reason.to_owned();
    assert_eq!(
        found(),
        BTreeMap::from([(1, no("no_consent")), (2, no("no_consent")), (3, no("unsuitable"))])
    );
    // A plan of several channels needs one that is open; one without a number can still be visited.
    owner(
        &bank,
        "insert into baton.consent (customer_id, channel, org_id, given) select customer_id, 'visit', org_id, true from baton.customer where customer_id <> 2",
    );
    owner(
        &bank,
        "update baton.customer set phone = '' where customer_id in (4, 5); delete from baton.consent where customer_id = 5 and channel = 'visit'",
    );
    deeper(
        &bank,
        "ST-2",
        &up_to(9),
        "[[channel]]\ncode = \"rm_phone\"\n[[channel]]\ncode = \"rm_visit\"\n",
    );
    let found = left_off(&bank, &plan(&bank, "ST-2"));
    assert_eq!(
        found,
        BTreeMap::from([(2, no("no_consent")), (3, no("unsuitable")), (5, no("unreachable"))])
    );
    // Of a product without a risk, and of one that the bank does not know, nobody is asked.
    owner(&bank, "update baton.product set risk = null");
    assert!(!left_off(&bank, &plan(&bank, "ST-2")).contains_key(&3));
}

#[test]
fn priority_keeps_customers_while_plans_stand_and_a_push_keeps_them_for_good() {
    let bank = small();
    deeper(&bank, "ST-LOW", &up_to(40), "priority = 20");
    deeper(&bank, "ST-HIGH", &between(31, 60), "priority = 80");
    let low = plan(&bank, "ST-LOW");
    assert_eq!(low["blocked"], json!({}), "nothing else is planned");
    let high = plan(&bank, "ST-HIGH");
    assert_eq!(high["blocked"], json!({"no_contact": 1}), "the lower one keeps nobody from it");
    assert_eq!(plan(&bank, "ST-LOW")["blocked"], json!({"priority": 10}));
    // A plan of before the other was made is refused with what has changed, and how often.
    let low = plan(&bank, "ST-LOW");
    owner(&bank, "update baton.push_plan set as_of = '2026-11-19' where strategy = 'ST-HIGH'");
    assert_eq!(plan(&bank, "ST-LOW")["blocked"], json!({}), "yesterday's plans keep nobody");
    owner(&bank, "update baton.push_plan set as_of = '2026-11-20' where strategy = 'ST-HIGH'");
    let number = (low["plan"].as_i64().unwrap() + 1).to_string();
    let said =
        baton(&bank).as_(SELF).args(["push", "apply", "ST-LOW", "--plan", &number]).refused();
    assert!(said.starts_with("10 customers") && said.contains("higher priority 10"), "{said}");
    // Whoever was pushed keeps his customers, whatever the priority.
    owner(&bank, "update baton.push_plan set as_of = '2026-11-19' where strategy = 'ST-HIGH'");
    run(&bank, SELF, &["push", "apply", "ST-LOW", "--plan", &number]);
    assert_eq!(plan(&bank, "ST-HIGH")["blocked"], json!({"live_strategy": 10, "no_contact": 1}));
}

#[test]
fn a_push_says_what_has_changed_since_its_plan_and_how_often() {
    let bank = small();
    owner(&bank, RECORDS);
    deeper(&bank, "ST-1", &up_to(40), PHONE);
    let number = plan(&bank, "ST-1")["plan"].to_string();
    event(&bank, 1, "complaint", "2026-11-20 10:00+08");
    for sql in [
        "update baton.customer set no_contact = true where customer_id in (2, 3)",
        "update baton.customer set closed_on = '2026-11-20' where customer_id = 4",
        "update baton.customer set org_id = 1 where customer_id = 5",
        "update baton.consent set given = false where customer_id = 6",
    ] {
        owner(&bank, sql);
    }
    run(&bank, SELF, &["push", "exclude", "ST-1", "--customer", "7", "--note", "x"]);
    let apply = ["push", "apply", "ST-1", "--plan", &number];
    let said = baton(&bank).as_(SELF).args(apply).refused();
    assert_eq!(
        said.trim(),
        "7 customers of this plan may not be pushed any more: not to be contacted 2, closed 1, complaint open 1, \
         left off by hand 1, gone to another unit 1, no consent for the channel 1; make a new plan"
    );
    assert_eq!(bank.sql(ONE, "select count(*) from baton.push"), [["0"]]);
    // What each of them was is kept with the next plan, and the push leaves the ledger as it is.
    let next = plan(&bank, "ST-1");
    let before = left_off(&bank, &next);
    assert_eq!(before.len(), 5, "those who closed or moved are no reason: {before:?}");
    run(&bank, SELF, &["push", "apply", "ST-1", "--plan", &next["plan"].to_string()]);
    assert_eq!(left_off(&bank, &next), before);
    let kept = run(&bank, ONE, &["members", "push", "1", "--part", "manual"]);
    assert_eq!(kept["members"][0]["customer"], 7);
}

#[test]
fn leaving_somebody_off_wants_a_note_and_a_strategist_who_sees_him() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(40), "0", 7);
    let exclude = |who: &str, rest: &[&str]| {
        let args = ["push", "exclude"].iter().chain(rest).copied().collect::<Vec<_>>();
        baton(&bank).as_(who).args(args).refused()
    };
    let said = exclude(ONE, &["ST-1", "--customer", "1", "--note", "x"]);
    assert!(said.contains("strategist"), "{said}");
    assert!(exclude(SELF, &["ST-9", "--customer", "1", "--note", "x"]).contains("ST-9"));
    assert!(exclude(SELF, &["ST-1", "--customer", "99999", "--note", "x"]).contains("99999"));
    assert!(exclude(SELF, &["ST-1", "--customer", "1", "--lift"]).contains("not left off"));
    bank.operator("sun.auditor", "strategist", Some("S1"));
    let own = bank.sql(SELF, "select min(customer_id) from baton.customer where org_id = 5")[0][0]
        .clone();
    let other = bank.sql(SELF, "select min(customer_id) from baton.customer where org_id = 6")[0]
        [0]
    .clone();
    assert!(
        exclude("sun.auditor", &["ST-1", "--customer", &other, "--note", "x"]).contains(&other)
    );
    run(&bank, "sun.auditor", &["push", "exclude", "ST-1", "--customer", &own, "--note", "他要的"]);
    let noted = "select detail ->> 'note' from baton.audit where action = 'push.exclude'";
    assert_eq!(bank.sql(SELF, noted), [["他要的"]]);
}
