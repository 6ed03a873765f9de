//! A wave goes to each customer once, an own day draws each by himself, and a plan says what it would be refused for and whose place
//! it has taken.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::collections::BTreeMap;

use baton::domain::draw::{apart, draw_key};
use baton::domain::id::CustomerId;
use baton::store::cluster::ADMIN;
use chain::{approved, number, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const SELF: &str = "li.strategist";
const OTHER: &str = "sun.auditor";
const ONE: &str = "zhao.viewer";

/// As [`approved`], with deeper parts.
fn deeper(bank: &Bank, code: &str, rule: &str, share: &str, parts: &str) {
    let segment = format!("SG-{code}");
    run(bank, SELF, &["segment", "save", &segment, "--name", "试", "--rule", rule]);
    let file = strategy_file(&format!("{}\n{parts}", text(code, &segment, share, 7)));
    run(bank, SELF, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, SELF, &["strategy", "submit", code]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(bank, "wang.approver", &["strategy", "approve", code, "--hash", &hash]);
}

fn one(bank: &Bank, sql: &str) -> String {
    bank.sql(ONE, sql).remove(0).remove(0)
}

fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(args).refused()
}

/// What a command says for people.
fn told(bank: &Bank, args: &[&str]) -> String {
    let output = baton(bank).as_(SELF).args(args).run();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// Customers with more than one task of one version and wave.
const TWICE: &str = "select count(*) from (select m.customer_id from baton.push p
    join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated'
    join lateral (select from baton.task t where t.push_id = p.id and t.customer_id = m.customer_id) held on true
    group by p.strategy, p.version, p.wave, m.customer_id having count(*) > 1) d";

#[test]
fn two_strategists_cannot_give_the_same_customers_the_same_wave() {
    let bank = small();
    bank.operator(OTHER, "strategist", None);
    approved(&bank, "ST-1", &up_to(240), "0.1", 7);
    let mine = run(&bank, SELF, &["push", "plan", "ST-1"]);
    let his = run(&bank, OTHER, &["push", "plan", "ST-1"]);
    assert_eq!((&mine["went_out"], &mine["replaces"]), (&json!([]), &json!([])));
    assert_eq!(his["replaces"], json!([]), "another's plan stands");
    let apply = |who, plan: &Value| {
        let plan = plan["plan"].to_string();
        baton(&bank).as_(who).args(["push", "apply", "ST-1", "--plan", &plan])
    };
    apply(SELF, &mine).json();
    let listed = number(&his["customers"]);
    let said = apply(OTHER, &his).refused();
    assert!(said.contains(&format!("has got this wave {listed}")), "{said}");
    assert!(said.contains(&format!("{listed} customers")), "{said}");
    assert_eq!(one(&bank, "select count(*) from baton.push"), "1");
    assert_eq!(one(&bank, TWICE), "0");
    // Planned again, there is nobody, and it says why.
    let said = refused(&bank, OTHER, &["push", "plan", "ST-1"]);
    assert!(said.contains("ST-1 v1 / 1 went out by push 1"), "{said}");
    let said = refused(&bank, OTHER, &["--lang", "zh-CN", "push", "plan", "ST-1"]);
    assert!(said.contains("已由第 1 号下发发出"), "{said}");
    // Who has come to the segment since is listed (of twenty one is closed and one wants no contact), the others stand in the ledger.
    owner(
        &bank,
        "update baton.customer set birth_date = '1960-06-01' where customer_id between 400 and 419",
    );
    let more = run(&bank, SELF, &["push", "plan", "ST-1"]);
    assert_eq!(
        (&more["blocked"]["had"], number(&more["customers"])),
        (&json!(listed), 18),
        "{more}"
    );
    assert_eq!(more["went_out"], json!([1]));
    let table = told(&bank, &["push", "plan", "ST-1"]);
    assert!(table.contains("wave 1 of this version went out by push 1"), "{table}");
    apply(SELF, &run(&bank, SELF, &["push", "plan", "ST-1"])).json();
    assert_eq!(one(&bank, TWICE), "0");
    assert_eq!(one(&bank, "select count(*) from baton.push"), "2");
}

#[test]
fn what_was_recalled_before_anybody_tried_may_be_given_again() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(240), "0.2", 7);
    let (first, _) = pushed(&bank, "ST-1");
    let tried: Vec<i64> = bank
        .sql(
            ONE,
            "select customer_id from baton.plan_member where arm = 'treated' order by 1 limit 2",
        )
        .into_iter()
        .map(|row| row[0].parse().unwrap())
        .collect();
    for (word, customer) in ["no_answer", "considering"].into_iter().zip(&tried) {
        owner(
            &bank,
            &format!(
                "insert into baton.outcome (push_id, customer_id, at, outcome, org_id, late, contamination)
                 select 1, customer_id, '2026-11-20 10:00+08', '{word}', org_id, false, false
                 from baton.customer where customer_id = {customer}"
            ),
        );
    }
    run(&bank, SELF, &["push", "recall", "1"]);
    let again = run(&bank, SELF, &["push", "plan", "ST-1"]);
    assert_eq!(number(&again["blocked"]["had"]), 2, "{again}");
    assert_eq!(number(&again["treated"]), number(&first["treated"]) - 2);
    assert_eq!(again["control"], first["control"], "the control group of what was taken back, too");
    let plan = again["plan"].to_string();
    run(&bank, SELF, &["push", "apply", "ST-1", "--plan", &plan]);
    assert_eq!(one(&bank, TWICE), "0");
    let said = refused(&bank, SELF, &["push", "plan", "ST-1"]);
    assert!(said.contains("went out by push 1, 2"), "{said}");
}

#[test]
fn one_unit_taken_back_gives_its_own_customers_and_no_others_again() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(300), "0.2", 7);
    pushed(&bank, "ST-1");
    run(&bank, SELF, &["push", "recall", "1", "--org", "S3"]);
    let again = run(&bank, SELF, &["push", "plan", "ST-1"]);
    let units = format!(
        "select string_agg(distinct u.code, ',') from baton.plan_member m join baton.org_unit u on u.id = m.org_id
         where m.plan_id = {} and m.arm is not null", again["plan"]
    );
    assert_eq!(one(&bank, &units), "S3");
    let both = "select count(*) from baton.plan_member m join baton.org_unit u on u.id = m.org_id
        where u.code = 'S3' and m.plan_id = 1 and m.arm is not null";
    assert_eq!(one(&bank, both), again["customers"].to_string());
    assert!(number(&again["control"]) > 0);
}

const DAILY: &str = "[[wave]]\nname = \"a\"\nafter = \"opened_on\"\ndays = 30\n[success]\nrule = \"aum >= 1000\"\nmetric = \"aum\"\nreview_days = 10\n";

#[test]
fn a_little_every_day_leaves_its_share_alone() {
    let bank = small();
    // Ten customers a day in nine units: a share of an order of one or two is nobody.
    owner(
        &bank,
        "update baton.customer set no_contact = false, closed_on = null,
        opened_on = date '2026-11-20' - 30 + (customer_id % 100)::int",
    );
    deeper(&bank, "ST-1", "aum >= 0", "0.2", DAILY);
    let mut arms: BTreeMap<i64, String> = BTreeMap::new();
    for day in 0..14 {
        owner(&bank, &format!("update baton.bank set as_of = date '2026-11-20' + {day}"));
        let (plan, _) = pushed(&bank, "ST-1");
        assert_eq!(plan["blocked"], json!({}), "who came before is not of this day");
        let sql = format!(
            "select customer_id, arm from baton.plan_member where plan_id = {}",
            plan["plan"]
        );
        for row in bank.sql(ONE, &sql) {
            let before = arms.insert(row[0].parse().unwrap(), row[1].clone());
            assert_eq!(before, None, "once");
        }
    }
    assert_eq!(arms.len(), 140);
    for (customer, arm) in &arms {
        let alone = apart(200_000, draw_key("ST-1", 7, CustomerId(*customer)));
        assert_eq!(arm == "control", alone, "{customer}");
    }
    let control = arms.values().filter(|arm| *arm == "control").count();
    assert!((18..=40).contains(&control), "{control} of 140 at a share of a fifth");
    // What was planned is the share itself, for the database and for the review.
    let review = run(&bank, ONE, &["review", "show", "--strategy", "ST-1"]);
    let planned = 28.0;
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let off = control as f64 - planned;
    let chi2 = off * off / planned + off * off / (140.0 - planned);
    assert!((review["srm"]["chi2"].as_f64().unwrap() - chi2).abs() < 1e-9, "{review}");
    let first = bank.sql(ADMIN, "set role baton_owner; select baton.review_chi2(1)");
    let shown = run(&bank, ONE, &["review", "show", "1"]);
    let of_first = first[0][0].parse::<f64>().unwrap();
    assert!((shown["srm"]["chi2"].as_f64().unwrap() - of_first).abs() < 1e-9, "{of_first} {shown}");
}

#[test]
fn the_database_draws_each_by_himself_as_the_domain_does() {
    let bank = Bank::empty();
    for ppm in [0, 1, 2, 999, 50_000, 200_000, 333_333, 499_999, 500_000, 500_001, 654_321, 900_000]
    {
        let sql = format!(
            "select encode(baton.draw_below({ppm}), 'hex'),
                 (select string_agg((baton.draw_key(baton.draw_start('ST-7', {ppm}), c) < baton.draw_below({ppm}))::int::text, '' order by c)
                  from generate_series(-50, 2000) c)"
        );
        let row = bank.sql(SELF, &sql).remove(0);
        let mine: String = (-50..=2000)
            .map(
                |c| if apart(ppm, draw_key("ST-7", ppm.into(), CustomerId(c))) { '1' } else { '0' },
            )
            .collect();
        assert_eq!(row[1], mine, "{ppm}");
        let bound = u64::from_str_radix(&row[0], 16).unwrap();
        assert!(!apart(ppm, bound.to_be_bytes()), "{ppm}: the bound itself has a task");
        assert!(
            bound == 0 || apart(ppm, (bound - 1).to_be_bytes()),
            "{ppm}: the one below has none"
        );
    }
}

#[test]
fn a_plan_says_whose_place_it_took_and_the_replaced_one_says_by_which() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(100), "0.1", 7);
    run(&bank, SELF, &["push", "plan", "ST-1"]);
    let second = run(&bank, SELF, &["push", "plan", "ST-1"]);
    assert_eq!(second["replaces"], json!([1]));
    let told = told(&bank, &["push", "plan", "ST-1"]);
    assert!(told.contains("takes the place of your plan 2"), "{told}");
    for plan in ["1", "2"] {
        let said = refused(&bank, SELF, &["push", "apply", "ST-1", "--plan", plan]);
        assert!(said.contains(&format!("plan {plan} was replaced by plan 3")), "{said}");
    }
    assert!(refused(&bank, SELF, &["push", "apply", "ST-1", "--plan", "9"]).contains("no plan 9"));
    run(&bank, SELF, &["push", "apply", "ST-1", "--plan", "3"]);
}

#[test]
fn a_plan_beyond_the_budget_says_so_before_it_is_pushed() {
    let bank = small();
    deeper(
        &bank,
        "ST-1",
        &up_to(60),
        "0.1",
        "[budget]\ncap = \"100.00\"\nbenefit_cost = \"10.00\"\n",
    );
    let plan = run(&bank, SELF, &["push", "plan", "ST-1"]);
    let cost = number(&plan["treated"]) * 1_000;
    assert_eq!(plan["budget"], json!({ "cost": cost, "cap": 10_000, "over": true }));
    let told = told(&bank, &["push", "plan", "ST-1"]);
    assert!(told.contains("and the budget allows"), "{told}");
    assert!(
        refused(&bank, SELF, &["push", "apply", "ST-1", "--plan", "2"])
            .contains("the budget allows")
    );
    deeper(
        &bank,
        "ST-2",
        &up_to(8),
        "0.1",
        "[budget]\ncap = \"100.00\"\nbenefit_cost = \"10.00\"\n",
    );
    let plan = run(&bank, SELF, &["push", "plan", "ST-2"]);
    assert_eq!(plan["budget"]["over"], false);
}

#[test]
fn a_wave_that_nobody_would_be_on_is_due_for_nobody() {
    let bank = small();
    let waves =
        "[[wave]]\nname = \"a\"\nday = 0\n[[wave]]\nname = \"b\"\nday = 0\nfor = \"considering\"\n";
    deeper(&bank, "ST-1", &up_to(60), "0.1", waves);
    pushed(&bank, "ST-1");
    let due = || run(&bank, SELF, &["worklist"]).to_string().contains("ST-1 v1 / 2");
    assert!(!due(), "nobody considers");
    let say = |word: &str, at: &str| {
        owner(
            &bank,
            &format!(
                "insert into baton.outcome (push_id, customer_id, at, outcome, org_id, late, contamination)
                 select 1, m.customer_id, '{at}', '{word}', m.org_id, false, false from baton.plan_member m
                 where m.arm = 'treated' order by m.customer_id limit 1"
            ),
        );
    };
    say("considering", "2026-11-20 10:00+08");
    assert!(due(), "one does");
    say("refused", "2026-11-20 11:00+08");
    assert!(!due(), "and does no more");
}

#[test]
fn a_draft_that_a_later_one_stands_for_waits_for_nobody() {
    let bank = small();
    run(&bank, SELF, &["segment", "save", "SG-ST-9", "--name", "试", "--rule", "aum >= 0"]);
    for share in ["0.1", "0.2", "0.3"] {
        let file = strategy_file(&text("ST-9", "SG-ST-9", share, 7));
        run(&bank, SELF, &["strategy", "new", file.to_str().unwrap()]);
    }
    let work = run(&bank, SELF, &["worklist"]).to_string();
    assert!(
        work.contains("ST-9 v3") && !work.contains("ST-9 v1") && !work.contains("ST-9 v2"),
        "{work}"
    );
}
