//! The review on a bank small enough to be reckoned by hand: numbers of the literature, guard rails and balances, and that the
//! arms are those of the draw whatever the outcomes say.

mod chain;
mod reviewed;
mod support;

use std::fmt::Write as _;

use chain::{number, owner, pushed, run, strategy_file};
use reviewed::{SUCCESS, events, fifty_six_of_seventy, near, reviewed_on, show, version};
use serde_json::{Value, json};
use support::{Bank, baton};

#[test]
fn the_published_difference_comes_out_of_events_of_the_window() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let review = show(&bank);
    assert_eq!(
        review["arms"],
        json!({"treated": {"n": 70, "reached": 0, "converted": 56},
               "control": {"n": 80, "converted": 48, "contacted": 0}})
    );
    // Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10
    near(&review["itt"]["estimate"], 0.2, 1e-12);
    near(&review["itt"]["lower"], 0.0524, 0.5e-4);
    near(&review["itt"]["upper"], 0.3339, 0.5e-4);
    assert_eq!(review["itt"]["method"], "newcombe-10");
    assert_eq!((&review["srm"]["chi2"], &review["srm"]["p"]), (&json!(0.0), &json!(1.0)));
    assert_eq!((&review["standing"], &review["verdict"]), (&json!("ready"), &Value::Null));
    assert_eq!(review["measured_to"], "2026-12-20");
    assert_eq!(review["reached"], Value::Null, "nobody was reached");
    // 14 more than without, for 56 benefits of 5.00 each.
    near(&review["cost"]["extra"]["estimate"], 14.0, 1e-9);
    assert_eq!(
        (&review["cost"]["benefits"], &review["cost"]["per_extra"]),
        (&json!(28_000), &json!(2_000))
    );
    assert_eq!(review["cost"]["brought"], 42_000);
    let branches = review["branches"].as_array().unwrap();
    assert_eq!(branches.len(), 1);
    assert_eq!(
        (&branches[0]["org"], &branches[0]["treated"]),
        (&json!("B2"), &json!({"n": 70, "hit": 56}))
    );
    near(&branches[0]["p"], branches[0]["p_holm"].as_f64().unwrap(), 1e-12);
}

#[test]
fn the_arms_are_those_of_the_draw_whatever_the_outcomes_say() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let before = show(&bank);
    let said = ["push", "feedback", "1", "--reason", "benefit"];
    baton(&bank).as_("nancheng.branch").args(said).json();
    assert_eq!(
        show(&bank)["feedback"],
        json!([{"reason": "benefit", "n": 1}]),
        "what branches say stands beside it"
    );
    let ids = |arm: &str, n: usize| -> Vec<String> {
        let sql = format!(
            "select customer_id from baton.plan_member where arm = '{arm}' order by customer_id limit {n}"
        );
        bank.sql("zhao.viewer", &sql).into_iter().map(|mut row| row.remove(0)).collect()
    };
    let mut lines = "push,customer_id,outcome,at,amount,note\n".to_owned();
    // 35 treated are reached, 28 of whom did it; ten of the control group are told to have bought.
    for id in ids("treated", 28).iter().chain(&ids("treated", 63)[56..]) {
        writeln!(lines, "1,{id},considering,2026-11-25,,").unwrap();
    }
    for id in &ids("treated", 70)[63..] {
        writeln!(lines, "1,{id},no_answer,2026-11-25,,").unwrap();
    }
    for id in &ids("control", 10) {
        writeln!(lines, "1,{id},sold,2026-11-25,,").unwrap();
    }
    let file = strategy_file(&lines);
    baton(&bank).args(["outcome", "import", file.to_str().unwrap()]).json();
    let review = show(&bank);
    assert_eq!(review["itt"], before["itt"], "outcomes move nobody and make no success");
    assert_eq!(review["arms"]["control"], json!({"n": 80, "converted": 48, "contacted": 10}));
    assert_eq!(review["arms"]["treated"]["reached"], 35);
    near(&review["reached"]["estimate"], 0.4, 1e-12);
    assert_eq!(review["reached"]["method"], "delta");
    assert!(
        review["notes"]
            .as_array()
            .unwrap()
            .contains(&json!({"note": "contaminated", "customers": 10}))
    );
    let funnel: Vec<(String, i64)> = review["funnel"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["step"].as_str().unwrap().to_owned(), number(&step["customers"])))
        .collect();
    let want = [
        ("listed", 150),
        ("treated", 70),
        ("signed", 0),
        ("reached", 35),
        ("interested", 35),
        ("sold", 0),
    ];
    assert_eq!(funnel, want.map(|(step, n)| (step.to_owned(), n)));
    assert_eq!(
        review["execution"],
        json!({"orders": 1, "signed_orders": 0, "tasks": 70, "reached": 35, "on_time": 35})
    );
}

/// Nobody who was left alone did it: the delta method would take that for known.
#[test]
fn a_control_group_of_nobody_has_limits_of_its_own() {
    let bank = reviewed_on(154, "0.2", SUCCESS, "2026-12-25");
    let arms = bank.sql("zhao.viewer", "select treated, control from baton.push")[0].clone();
    assert_eq!(arms, ["120", "30"]);
    events(&bank, "treated", 12, "purchase", "2026-12-01");
    let sql = "select customer_id from baton.plan_member where arm = 'treated' order by customer_id limit 60";
    let mut lines = "push,customer_id,outcome,at,amount,note\n".to_owned();
    for id in bank.sql("zhao.viewer", sql) {
        writeln!(lines, "1,{},considering,2026-11-25,,", id[0]).unwrap();
    }
    let file = strategy_file(&lines);
    baton(&bank).args(["outcome", "import", file.to_str().unwrap()]).json();
    let reached = show(&bank)["reached"].clone();
    assert_eq!(reached["method"], "mover");
    near(&reached["estimate"], 0.2, 1e-12);
    // By the delta method: 0.2 -+ 0.1011. Wilson's upper limit of 0 in 30 is 0.1135, which is more than the lower limit of 12 in 120.
    let (lower, upper) = (reached["lower"].as_f64().unwrap(), reached["upper"].as_f64().unwrap());
    assert!(lower < 0.0 && lower > -0.2, "{reached}");
    assert!(upper > 0.3 && upper < 0.4, "{reached}");
    let shown = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "review", "show", "1"]).run();
    assert!(String::from_utf8_lossy(&shown.stderr).contains("(MOVER)"), "{shown:?}");
}

#[test]
fn guard_rails_are_asked_alike_of_both_arms() {
    let bank = fifty_six_of_seventy("2026-12-25");
    events(&bank, "treated", 2, "complaint", "2026-11-30");
    events(&bank, "control", 4, "complaint", "2026-11-30");
    let guard = |bank: &Bank| show(bank)["guards"][0].clone();
    let row = guard(&bank);
    assert_eq!(
        (&row["treated"], &row["control"]),
        (&json!({"n": 70, "hit": 2}), &json!({"n": 80, "hit": 4}))
    );
    assert_eq!(
        (&row["at_most_ppm"], &row["broken"]),
        (&json!(20_000), &json!(true)),
        "2 of 70 are more than 2 %"
    );
    owner(
        &bank,
        "delete from baton.event e using baton.event_kind k where k.id = e.kind and k.code = 'complaint'",
    );
    events(&bank, "treated", 1, "complaint", "2026-11-30");
    assert_eq!(guard(&bank)["broken"], false);
}

#[test]
fn balances_are_compared_as_they_stand_and_freed_of_what_was_before() {
    let bank = fifty_six_of_seventy("2026-12-25");
    // Before, everybody holds his number times 100; after, the treated 500 more.
    owner(
        &bank,
        "insert into baton.product (code, zh, en) values ('demand', '活期', 'Demand');
         insert into baton.holding (customer_id, amount, day, until, org_id, product)
             select m.customer_id, m.customer_id * 100, '2026-01-01', '2026-12-01', m.org_id, 1 from baton.plan_member m where arm is not null;
         insert into baton.holding (customer_id, amount, day, until, org_id, product)
             select m.customer_id, m.customer_id * 100 + case m.arm when 'treated' then 500 else 0 end, '2026-12-01', 'infinity', m.org_id, 1
             from baton.plan_member m where arm is not null",
    );
    let review = show(&bank);
    let balance = &review["balance"];
    let mean = |arm: &str| -> f64 {
        bank.sql(
            "zhao.viewer",
            &format!(
                "select avg(customer_id * 100)::float8 from baton.plan_member where arm = '{arm}'"
            ),
        )[0][0]
            .parse()
            .unwrap()
    };
    near(&balance["treated"]["before"], mean("treated"), 1e-6);
    near(&balance["raw"]["estimate"], mean("treated") + 500.0 - mean("control"), 1e-6);
    // theta is a little off 1, for the gift is in the treated arm's balance: the adjusted difference is the gift but for that.
    near(&balance["cuped"]["estimate"], 500.0, 60.0);
    let width =
        |of: &str| balance[of]["upper"].as_f64().unwrap() - balance[of]["lower"].as_f64().unwrap();
    assert!(width("cuped") * 10.0 < width("raw"), "{balance}");
    assert_eq!(balance["control"]["left"], json!({"n": 48, "hit": 0}));
}

/// Twice the same customers, and more: each counts once, with the push that came first to him.
#[test]
fn a_strategy_is_reviewed_over_all_its_pushes_each_customer_once() {
    let bank = reviewed_on(104, "0.5", SUCCESS, "2026-11-21");
    let first = bank.sql("zhao.viewer", "select treated, control from baton.push")[0].clone();
    // The next version is pushed to the same list, which counts once.
    version(&bank, "0.5", SUCCESS);
    pushed(&bank, "ST-R");
    owner(&bank, "update baton.bank set as_of = '2027-01-05'");
    let review = run(&bank, "zhao.viewer", &["review", "show", "--strategy", "ST-R"]);
    assert_eq!((&review["push"], &review["pushes"]), (&Value::Null, &json!([1, 2])));
    assert_eq!(review["arms"]["treated"]["n"].to_string(), first[0]);
    assert_eq!(review["arms"]["control"]["n"].to_string(), first[1]);
    let of = ["review", "show", "--strategy", "ST-R", "--wave"];
    let first = run(&bank, "zhao.viewer", &[&of[..], &["1"]].concat());
    assert_eq!(first["pushes"], json!([1, 2]), "both are of the first wave");
    let none = baton(&bank).as_("zhao.viewer").args(of).args(["2"]).refused();
    assert!(none.contains("ST-R"), "{none}");
    let said = baton(&bank)
        .as_("zhao.viewer")
        .args(["--lang", "en", "review", "show", "--strategy", "ST-X"])
        .refused();
    assert!(said.contains("ST-X"), "{said}");
}

/// The rows of an arm's balances, as the review's arithmetic would take them one by one.
fn rows(bank: &Bank, push: i64) -> String {
    let sql = format!(
        "select m.arm || ',' || coalesce(sum(h.amount * (least(h.until, p.as_of) - greatest(h.day, p.as_of - 30)))
                     filter (where h.day < p.as_of and h.until > p.as_of - 30), 0)::float8 / 30
             || ',' || coalesce(sum(h.amount) filter (where h.day <= d.on and d.on < h.until), 0)
         from baton.push p join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm is not null
         join baton.strategy_version v on v.code = p.strategy and v.version = p.version
         cross join lateral (select least(p.as_of + v.review_days, baton.today()) as on) d
         join baton.holding h on h.customer_id = m.customer_id and h.until > p.as_of - 30
         where p.id = {push} group by m.customer_id, m.arm, p.as_of"
    );
    let lines: Vec<String> =
        bank.sql("baton_internal", &sql).into_iter().map(|mut row| row.remove(0)).collect();
    format!("arm,pre,post\n{}\n", lines.join("\n"))
}

#[test]
fn what_the_database_counts_is_what_the_rows_give() {
    let bank = Bank::demo_with_past();
    let pushes = bank.sql("baton_internal", "select id from baton.push order by id");
    assert!(pushes.len() >= 3, "the past was planted");
    let mut compared = 0;
    for push in pushes {
        let number: i64 = push[0].parse().unwrap();
        let review = run(&bank, "zhao.viewer", &["review", "show", &push[0]]);
        if review["balance"].is_null() || review["balance"]["raw"].is_null() {
            continue;
        }
        let file = strategy_file(&rows(&bank, number));
        let calc = |what: &str| baton(&bank).args(["calc", what, file.to_str().unwrap()]).json();
        let (welch, cuped) = (calc("welch"), calc("cuped"));
        let (raw, freed) = (&review["balance"]["raw"], &review["balance"]["cuped"]);
        for (got, want) in [
            (&raw["estimate"], &welch["difference"]),
            (&raw["lower"], &welch["lower"]),
            (&raw["upper"], &welch["upper"]),
            (&freed["estimate"], &cuped["adjusted"]),
            (&freed["lower"], &cuped["lower"]),
            (&freed["upper"], &cuped["upper"]),
        ] {
            let want = want.as_f64().unwrap();
            near(got, want, 1e-7 * want.abs().max(1.0));
        }
        compared += 1;
    }
    assert!(compared > 0, "no push has balances");
}
