//! Benefits of which there are so many only: what a plan needs is held against them, and of two who give the last one, one has it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::thread;

use chain::{between, number, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";
/// Managers of S1 and of S2.
const ONE: &str = "nancheng.branch";
const TWO: &str = "sun.auditor";

/// `ST-1` for these customers with these deeper parts, approved; nobody is left alone.
fn approved(bank: &Bank, rule: &str, parts: &str) {
    run(bank, LI, &["segment", "save", "SG-ST-1", "--name", "试", "--rule", rule]);
    next(bank, parts);
}

/// Its next version.
fn next(bank: &Bank, parts: &str) {
    let file = strategy_file(&format!("{}\n{parts}\n", text("ST-1", "SG-ST-1", "0.0", 7)));
    run(bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(bank, LI, &["strategy", "submit", "ST-1"]);
    let hash = submitted["hash"].as_str().unwrap().to_owned();
    run(bank, "wang.approver", &["strategy", "approve", "ST-1", "--hash", &hash]);
}

fn sold(bank: &Bank, who: &str, customer: i64) {
    bank.sql(who, &format!("select baton.task_outcome(1, {customer}, 'sold')"));
}

/// Whom the benefit was counted for, and why there was none.
fn counted(bank: &Bank) -> Vec<Vec<String>> {
    bank.sql(
        LI,
        "select customer_id, coalesce(short, '') from baton.benefit_given order by customer_id",
    )
}

fn benefit(bank: &Bank, who: &str) -> Value {
    run(bank, who, &["push", "status", "1"])["benefit"].take()
}

#[test]
fn a_push_that_needs_more_than_there_are_is_refused() {
    let bank = small();
    let expects = "[budget]\nexpected_rate = 0.12\n";
    approved(&bank, &up_to(300), &format!("[benefit]\nstock = 20\nquota = 3\n{expects}"));
    let shown = run(&bank, LI, &["strategy", "show", "ST-1"]);
    assert_eq!(shown["benefit"]["stock"], 20, "{shown}");
    let plan = run(&bank, LI, &["push", "plan", "ST-1"]);
    let treated = number(&plan["treated"]);
    let needed = (treated * 12 + 99) / 100;
    assert!(needed > 20, "{plan}");
    let told = &plan["benefit"];
    assert_eq!(
        (&told["needed"], &told["given"], &told["short"]),
        (&json!(needed), &json!(0), &json!(true))
    );
    let over: Vec<&str> = plan["orders"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|order| (number(&order["tasks"]) * 12 + 99) / 100 > 3)
        .map(|order| order["org"].as_str().unwrap())
        .collect();
    assert!(!over.is_empty());
    assert_eq!(told["orgs_over_quota"], json!(over));
    let apply = |plan: &Value| {
        let plan = plan["plan"].to_string();
        baton(&bank).as_(LI).args(["--lang", "en", "push", "apply", "ST-1", "--plan", &plan])
    };
    let said = apply(&plan).refused();
    assert!(said.contains(&format!("{needed} benefits are expected")), "{said}");
    assert!(said.contains("only 20 exist"), "{said}");
    assert_eq!(bank.sql(LI, "select count(*) from baton.push"), [["0"]], "all or nothing");
    // Enough of them, and it goes; a quota stops nobody from asking customers.
    let waves = "[[wave]]\nname = \"a\"\nday = 0\n[[wave]]\nname = \"b\"\nday = 0\n";
    next(&bank, &format!("[benefit]\nstock = {needed}\nquota = 3\n{expects}{waves}"));
    let plan = run(&bank, LI, &["push", "plan", "ST-1"]);
    assert_eq!(plan["benefit"]["short"], false);
    apply(&plan).json();
    // The next wave needs no more: they are the same customers. Others do.
    let again = run(&bank, LI, &["push", "plan", "ST-1", "--wave", "2"]);
    assert_eq!(again["benefit"]["needed"], needed, "{again}");
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "试", "--rule", &between(301, 600)]);
    next(&bank, &format!("[benefit]\nstock = {needed}\n{expects}"));
    let more = run(&bank, LI, &["push", "plan", "ST-1"]);
    assert!(number(&more["benefit"]["needed"]) > needed, "{more}");
    assert!(apply(&more).refused().contains(&format!("only {needed} exist")));
}

/// Nobody's sale is refused; who comes when none is left gets none, and that is counted.
#[test]
fn of_two_branches_that_give_the_last_one_one_has_it() {
    for round in 0..3 {
        let bank = small();
        bank.operator(TWO, "branch", Some("S2"));
        approved(&bank, &up_to(5), "[benefit]\nstock = 1\n[budget]\nexpected_rate = 0.2\n");
        pushed(&bank, "ST-1");
        thread::scope(|threads| {
            threads.spawn(|| sold(&bank, ONE, 1));
            threads.spawn(|| sold(&bank, TWO, 3));
        });
        let mut short: Vec<String> =
            counted(&bank).into_iter().map(|mut row| row.remove(1)).collect();
        short.sort();
        assert_eq!(short, ["", "stock"], "round {round}");
        assert_eq!(
            bank.sql(LI, "select count(*) from baton.outcome where outcome = 'sold'"),
            [["2"]],
            "what happened is kept"
        );
        let told = benefit(&bank, LI);
        assert_eq!((&told["given"], &told["short"]), (&json!(1), &json!(1)));
    }
}

#[test]
fn a_branch_gives_its_quota_and_sees_when_it_is_used_up() {
    let bank = small();
    bank.operator(TWO, "branch", Some("S2"));
    // 1 and 2 are S1's, 3 to 5 S2's, 6 to 8 S3's.
    approved(&bank, &up_to(8), "[benefit]\nstock = 4\nquota = 2\n[budget]\nexpected_rate = 0.4\n");
    pushed(&bank, "ST-1");
    let task = |who: &str, customer: &str| {
        run(&bank, who, &["task", "show", "1", customer])["benefits"].take()
    };
    let two = |customer: i64| sold(&bank, TWO, customer);
    assert_eq!(task(TWO, "4")["used_up"], Value::Null);
    two(3);
    two(3);
    assert_eq!(task(TWO, "4")["given_here"], 1, "a customer counts once");
    two(4);
    let left = task(TWO, "5");
    assert_eq!(
        (&left["used_up"], &left["given_here"], &left["quota"]),
        (&json!("quota"), &json!(2), &json!(2))
    );
    two(5);
    assert_eq!(task(TWO, "5")["short"], "quota");
    assert_eq!(task(TWO, "3")["short"], Value::Null);
    // What a system sends in one lot counts by the time of each: the unit's quota first, then the stock.
    owner(
        &bank,
        "insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at)
         values ('crm', 'a', 1, 8, 'sold', '2026-11-20 09:00+08'), ('crm', 'b', 1, 6, 'sold', '2026-11-20 10:00+08'),
             ('crm', 'c', 1, 7, 'sold', '2026-11-20 08:00+08'), ('crm', 'd', 1, 1, 'refused', '2026-11-20 08:00+08')",
    );
    baton(&bank).args(["worker", "--once"]).json();
    sold(&bank, ONE, 2);
    assert_eq!(
        counted(&bank),
        [
            ["2", "stock"],
            ["3", ""],
            ["4", ""],
            ["5", "quota"],
            ["6", "quota"],
            ["7", ""],
            ["8", ""]
        ]
    );
    assert_eq!(task(ONE, "1")["used_up"], "stock");
    let told = benefit(&bank, LI);
    assert_eq!((&told["given"], &told["short"], &told["stock"]), (&json!(4), &json!(3), &json!(4)));
    // A branch is told of its own, and of no others.
    let own = run(&bank, TWO, &["push", "status", "1"]);
    assert_eq!(own["benefit"]["given"], Value::Null);
    assert_eq!(
        own["orders"][0]["benefits"],
        json!({"given": 2, "short": 1, "quota": 2, "quota_of": null, "quota_given": null})
    );
    assert_eq!(bank.sql(TWO, "select count(*) from baton.benefit_given"), [["3"]]);
}

/// B2 shares its three with S1 and S4; S5 has one of its own, though no branch of it is named; S2 and S3 have what each has.
#[test]
fn a_branch_shares_its_quota_with_its_sub_branches_and_who_is_named_has_his_own() {
    let bank = small();
    let quotas = "[benefit]\nstock = 10\nquota = 2\n[benefit.quotas]\nB2 = 3\nS5 = 1\n";
    approved(&bank, &up_to(14), &format!("{quotas}[budget]\nexpected_rate = 0.7\n"));
    let plan = run(&bank, LI, &["push", "plan", "ST-1"]);
    let told = &plan["benefit"];
    let named =
        json!([{"org": "B2", "quota": 3, "expected": 4}, {"org": "S5", "quota": 1, "expected": 3}]);
    assert_eq!((&told["quotas"], &told["quota"]), (&named, &json!(2)));
    let mut over: Vec<&str> =
        told["orgs_over_quota"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    over.sort_unstable();
    assert_eq!(over, ["B2", "S2", "S3", "S5"]);
    let said = baton(&bank).as_(LI).args(["--lang", "zh-CN", "push", "plan", "ST-1"]).run();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("2 (B2 3, S5 1)") && said.contains("B2 4 > 3"), "{said}");
    pushed(&bank, "ST-1");
    let sold_at = |customer: i64, hour: u32| {
        format!("('crm', '{customer}', 1, {customer}, 'sold', '2026-11-20 {hour}:00+08')")
    };
    let lot = [(1, 10), (9, 11), (10, 12), (2, 13), (12, 10), (13, 11)].map(|(c, h)| sold_at(c, h));
    let into = "insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at) values";
    owner(&bank, &format!("{into} {}", lot.join(", ")));
    baton(&bank).args(["worker", "--once"]).json();
    // One more of B2's, in a lot of its own: what was given before counts.
    owner(&bank, &format!("{into} {}", sold_at(11, 14)));
    baton(&bank).args(["worker", "--once"]).json();
    let given = [
        ("1", ""),
        ("10", ""),
        ("11", "quota"),
        ("12", ""),
        ("13", "quota"),
        ("2", "quota"),
        ("9", ""),
    ];
    let mut counted = counted(&bank);
    counted.sort();
    assert_eq!(counted, given.map(|(customer, short)| vec![customer.to_owned(), short.to_owned()]));
    let task = run(&bank, ONE, &["task", "show", "1", "2"])["benefits"].take();
    let drawn = (&task["quota"], &task["given_here"], &task["quota_of"], &task["short"]);
    assert_eq!(drawn, (&json!(3), &json!(3), &json!("B2"), &json!("quota")));
    let unit = |who: &str, org: &str| {
        let status = run(&bank, who, &["push", "status", "1"]);
        let orders = status["orders"].as_array().unwrap().clone();
        orders.into_iter().find(|order| order["org"] == org).unwrap()["benefits"].take()
    };
    let s1 = |all: Value| json!({"given": 1, "short": 1, "quota": 3, "quota_of": "B2", "quota_given": all});
    assert_eq!(unit(LI, "S1"), s1(json!(3)));
    assert_eq!(unit(ONE, "S1"), s1(Value::Null), "the others' are not told to who sees one unit");
    let s5 = json!({"given": 1, "short": 1, "quota": 1, "quota_of": null, "quota_given": null});
    assert_eq!(unit(LI, "S5"), s5);
}

#[test]
fn a_quota_for_a_unit_that_is_none_and_more_than_there_are_are_refused() {
    let bank = small();
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "试", "--rule", &up_to(14)]);
    let refused = |parts: &str| {
        let file = strategy_file(&format!("{}\n{parts}\n", text("ST-1", "SG-ST-1", "0.0", 7)));
        baton(&bank).as_(LI).args(["strategy", "new", file.to_str().unwrap()]).refused()
    };
    let said = refused("[benefit.quotas]\nS1 = 3\nX9 = 2\n");
    assert!(said.contains("benefit.quotas") && said.contains("no such unit"), "{said}");
    let said = refused("[benefit]\nstock = 4\n[benefit.quotas]\nS1 = 3\nS2 = 2\n");
    assert!(said.contains("more together than there are"), "{said}");
    // The same by psql.
    let new = |body: &str| {
        format!(
            "select baton.strategy_new('ST-1', 'a', 'SG-ST-1', 7, 0, 0, 'p', 'b', 's', '{body}')"
        )
    };
    let above = new(r#"{"benefit":{"quotas":{"S1":3,"S2":2},"stock":4}}"#);
    assert_eq!(bank.refuses(LI, &above), "strategy_quotas_within_stock");
    let none = new(r#"{"benefit":{"quotas":{"S1":0}}}"#);
    assert_eq!(bank.refuses(LI, &none), "strategy_quotas_within_stock");
    let unknown = new(r#"{"benefit":{"quotas":{"X9":3}}}"#);
    let submit = format!("begin; {unknown}; select baton.strategy_submit('ST-1')");
    assert_eq!(bank.refuses(LI, &submit), "BT003");
}
