//! Whole branches as the control group: drawn by a seeded hash that can be repeated, the same in plan, push and ledger, kept
//! over pushes, and compared in the review as branches, never as customers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::collections::BTreeMap;

use baton::domain::draw::draw_key;
use baton::domain::id::CustomerId;
use chain::{number, owner, run, small, strategy_file, text};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";
const ONE: &str = "zhao.viewer";
const BY_BRANCH: &str = "[control]\nby = \"branch\"\n";
const SUCCESS: &str = "[success]\nrule = \"events('purchase', interval '30 days') >= 1\"\nmetric = \"aum\"\nreview_days = 30\n";

/// Everybody of the small bank, in nine sub-branches, for an approved strategy with this control share and these parts.
fn approved(bank: &Bank, share: &str, parts: &str) {
    run(bank, LI, &["segment", "save", "SG-B", "--name", "试", "--rule", "aum >= 0"]);
    let file = strategy_file(&format!("{}\n{parts}", text("ST-B", "SG-B", share, 7)));
    run(bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, LI, &["strategy", "submit", "ST-B"]);
    let hash = submitted["hash"].as_str().unwrap();
    run(bank, "wang.approver", &["strategy", "approve", "ST-B", "--hash", hash]);
}

fn plan(bank: &Bank) -> Value {
    run(bank, LI, &["push", "plan", "ST-B"])
}

fn apply(bank: &Bank, plan: &Value) -> Value {
    run(bank, LI, &["push", "apply", "ST-B", "--plan", &plan["plan"].to_string()])
}

/// Which arms each unit has on the list of a plan.
fn arms(bank: &Bank, plan: &Value) -> BTreeMap<i32, String> {
    let sql = format!(
        "select org_id, string_agg(distinct arm, '+' order by arm) from baton.plan_member
         where plan_id = {} and arm is not null group by 1",
        plan["plan"]
    );
    let rows = bank.sql(ONE, &sql);
    rows.into_iter().map(|row| (row[0].parse().unwrap(), row[1].clone())).collect()
}

#[test]
fn whole_branches_are_drawn_and_say_so_everywhere() {
    let bank = small();
    approved(&bank, "0.25", BY_BRANCH);
    let plan_ = plan(&bank);
    let by_unit = arms(&bank, &plan_);
    assert_eq!(by_unit.len(), 9);
    assert!(by_unit.values().all(|arm| !arm.contains('+')), "{by_unit:?}");
    // As the document says: 2.25 of nine are two, those with the smallest keys of the draw over the units.
    let mut keys: Vec<_> = by_unit
        .keys()
        .map(|unit| (draw_key("ST-B", 7, CustomerId((*unit).into())), *unit))
        .collect();
    keys.sort_unstable();
    let mut drawn: Vec<i32> = keys.iter().take(2).map(|(_, unit)| *unit).collect();
    drawn.sort_unstable();
    let control: Vec<i32> =
        by_unit.iter().filter(|(_, arm)| *arm == "control").map(|(unit, _)| *unit).collect();
    assert_eq!(control, drawn);

    assert_eq!(plan_["control_by"], "branch");
    assert_eq!((&plan_["mde"], &plan_["mde_warning"]), (&Value::Null, &Value::Null));
    let alone = plan_["control_orgs"].as_array().unwrap();
    assert_eq!(alone.len(), 2);
    let left: i64 = alone.iter().map(|org| number(&org["customers"])).sum();
    assert_eq!(left, number(&plan_["control"]));
    assert_eq!(plan_["orders"].as_array().unwrap().len(), 7, "a branch left alone gets no order");
    let said = baton(&bank)
        .as_(LI)
        .args(["--lang", "en", "--format", "table", "push", "plan", "ST-B"])
        .run();
    let said = String::from_utf8(said.stdout).unwrap() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("2 of 9 branches") && said.contains("left alone as a whole"), "{said}");

    let again = plan(&bank);
    assert_eq!(again["hash"], plan_["hash"], "the draw can be repeated");
    let push = apply(&bank, &again);
    assert_eq!((&push["control"], &push["orders"]), (&again["control"], &json!(7)));
    let ledger = "select count(*) from baton.push_member where push_id = 1 and arm = 'control'";
    assert_eq!(bank.sql(ONE, ledger), [[push["control"].to_string()]]);

    // Who is new at a branch that is left alone is left alone; who moved there keeps what he had.
    let (alone_unit, other) =
        (control[0], *by_unit.keys().find(|u| !control.contains(*u)).unwrap());
    let mover = format!(
        "select min(customer_id) from baton.plan_member where plan_id = {} and org_id = {other} and arm = 'treated'",
        again["plan"]
    );
    let mover = bank.sql(ONE, &mover)[0][0].clone();
    owner(
        &bank,
        &format!(
            "insert into baton.customer (customer_id, org_id, aum, no_contact) values (2001, {alone_unit}, 5, false), (2002, {other}, 5, false);
             update baton.customer set org_id = {alone_unit}, rm_id = null where customer_id = {mover}"
        ),
    );
    // The next version, for one gives its wave to nobody twice.
    approved(&bank, "0.25", BY_BRANCH);
    let next = plan(&bank);
    let arm = |customer: &str| {
        let sql = format!(
            "select arm from baton.plan_member where plan_id = {} and customer_id = {customer}",
            next["plan"]
        );
        bank.sql(ONE, &sql)[0][0].clone()
    };
    assert_eq!(
        (arm("2001"), arm("2002"), arm(&mover)),
        ("control".into(), "treated".into(), "treated".into())
    );
    apply(&bank, &next);
}

#[test]
fn too_few_branches_are_said_before_anything_goes_out() {
    let bank = small();
    approved(&bank, "0.1", BY_BRANCH);
    let shown = run(&bank, LI, &["strategy", "show", "ST-B"]);
    assert_eq!(shown["mde"], Value::Null);
    let plan_ = plan(&bank);
    assert_eq!(plan_["control_orgs"].as_array().unwrap().len(), 1);
    assert_eq!(plan_["mde_warning"], "too_few_branches");
}

/// Customers keep their arms for good, so what was drawn one way is never drawn the other.
#[test]
fn a_strategy_is_controlled_in_one_way_for_good() {
    let bank = small();
    approved(&bank, "0.25", BY_BRANCH);
    let first = plan(&bank);
    apply(&bank, &first);
    approved(&bank, "0.25", "");
    let refused = baton(&bank).as_(LI).args(["push", "plan", "ST-B"]).refused();
    assert!(refused.contains("ST-B v1") && refused.contains("clone"), "{refused}");
    // By psql the text is held, too.
    let odd = "select baton.strategy_new('ST-C', 'n', 'SG-B', 1, 0, 0, 'p', '', 's', '{\"control\":{\"by\":\"moon\"}}')";
    assert_eq!(bank.refuses(LI, odd), "strategy_control_by");
}

#[test]
fn the_review_compares_branches_and_refuses_a_verdict_on_customers() {
    let bank = small();
    owner(&bank, "insert into baton.event_kind (code) values ('purchase')");
    approved(&bank, "0.35", &format!("{SUCCESS}{BY_BRANCH}"));
    let plan_ = plan(&bank);
    apply(&bank, &plan_);
    let by_unit = arms(&bank, &plan_);
    // In the branches in turn every tenth, ninth and so on buys: shares that differ between branches.
    for (at, unit) in by_unit.keys().enumerate() {
        let every = 2 + at;
        owner(
            &bank,
            &format!(
                "insert into baton.event (customer_id, at, kind, ref, org_id, amount)
                 select m.customer_id, timestamptz '2026-12-01 12:00+08', k.id, 'p', m.org_id, 100
                 from (select customer_id, org_id, row_number() over (order by customer_id) as n from baton.plan_member
                       where arm is not null and org_id = {unit}) m, baton.event_kind k where m.n % {every} = 0"
            ),
        );
    }
    owner(
        &bank,
        "update baton.bank set as_of = '2026-12-25';
         insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-12-25', 't', '{\"event\": 300}', '{}')",
    );
    let review = run(&bank, ONE, &["review", "show", "1"]);
    assert_eq!(review["itt"]["method"], "welch-branch");
    for gone in ["lift", "reached", "mde", "srm", "cost"] {
        assert_eq!(review[gone], Value::Null, "{gone}");
    }
    assert!(review["balance"]["cuped"].is_null());
    let branches = review["branches"].as_array().unwrap();
    assert!(branches.iter().all(|row| row["itt"].is_null() && row["p"].is_null()));
    let notes = review["notes"].as_array().unwrap();
    assert!(notes.contains(&json!({"note": "by_branch", "treated": 6, "control": 3})), "{notes:?}");
    // The mean of the branches' shares, each branch one figure whatever its size.
    let shares = "select avg(s.share) filter (where s.arm = 'treated') - avg(s.share) filter (where s.arm = 'control')
        from (select m.org_id, min(m.arm) as arm, avg((e.customer_id is not null)::int::float8) as share
              from baton.plan_member m left join baton.event e on e.customer_id = m.customer_id
              where m.arm is not null group by m.org_id) s";
    let wanted: f64 = bank.sql(ONE, shares)[0][0].parse().unwrap();
    let found = review["itt"]["estimate"].as_f64().unwrap();
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
    let said = baton(&bank)
        .as_(ONE)
        .args(["--lang", "en", "--format", "table", "review", "show", "1"])
        .run();
    let said = String::from_utf8(said.stdout).unwrap() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("Inference is by branch"), "{said}");

    // Somebody with psql brings figures that compare customers.
    let mut forged = review.clone();
    forged["itt"]["method"] = json!("newcombe-10");
    let close = |figures: &Value| {
        format!(
            "select baton.review_close(1, 'expand', 'x', '{}')",
            figures.to_string().replace('\'', "''")
        )
    };
    assert_eq!(bank.refuses("wang.approver", &close(&forged)), "BT502");
    run(
        &bank,
        "wang.approver",
        &["review", "close", "1", "--verdict", "adjust", "--text", "按网点看不出效果"],
    );
}
