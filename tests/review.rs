//! The review on a bank small enough to be reckoned by hand: numbers of the literature, what blocks a verdict, who gives it,
//! and that the arms are those of the draw whatever the outcomes say.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::fmt::Write as _;

use baton::store::cluster::ADMIN;
use chain::{number, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const SUCCESS: &str = "[success]\nrule = \"events('purchase', interval '30 days') >= 1\"\nmetric = \"aum\"\nreview_days = 30\n";
const GUARDS: &str = "[[guard]]\nname = \"complaints\"\nrule = \"events('complaint', interval '30 days') >= 1\"\nat_most = 0.02\n";
const MONEY: &str = "[budget]\nbenefit_cost = \"5.00\"\nreturn_per_conversion = \"30.00\"\n";

/// The small bank with the first `list` customers in one unit, a strategy with `more` in its file pushed to them on
/// 2026-11-20, and the bank's day moved to `today`.
fn reviewed_on(list: i64, share: &str, more: &str, today: &str) -> Bank {
    let bank = small();
    owner(
        &bank,
        "insert into baton.event_kind (code) values ('purchase'), ('complaint');
         update baton.customer set org_id = 5 where customer_id <= 200",
    );
    let segment = ["segment", "save", "SG-R", "--name", "试", "--rule", &up_to(list)];
    run(&bank, "li.strategist", &segment);
    let file = strategy_file(&format!("{}\n{more}", text("ST-R", "SG-R", share, 7)));
    run(&bank, "li.strategist", &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(&bank, "li.strategist", &["strategy", "submit", "ST-R"]);
    let hash = submitted["hash"].as_str().unwrap();
    run(&bank, "wang.approver", &["strategy", "approve", "ST-R", "--hash", hash]);
    pushed(&bank, "ST-R");
    owner(&bank, &format!("update baton.bank set as_of = '{today}'"));
    bank
}

/// Gives the first `n` of an arm an event of a kind on a day.
fn events(bank: &Bank, arm: &str, n: i64, kind: &str, day: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.event (customer_id, at, kind, ref, org_id, amount)
             select m.customer_id, timestamptz '{day} 12:00+08', k.id, '{kind}-{day}', m.org_id, 100
             from (select customer_id, org_id from baton.plan_member where arm = '{arm}' order by customer_id limit {n}) m,
                 baton.event_kind k where k.code = '{kind}'"
        ),
    );
}

fn show(bank: &Bank) -> Value {
    run(bank, "zhao.viewer", &["review", "show", "1"])
}

fn near(got: &Value, want: f64, within: f64) {
    let found = got.as_f64().unwrap_or_else(|| panic!("{got} is no number"));
    assert!((found - want).abs() <= within, "{got} is not {want}");
}

/// 150 customers of whom 80 are left alone: 56 of 70 and 48 of 80 do it.
fn fifty_six_of_seventy(today: &str) -> Bank {
    let more = format!("{MONEY}{SUCCESS}{GUARDS}");
    let bank = reviewed_on(154, "0.533333", &more, today);
    let arms = bank.sql("zhao.viewer", "select treated, control from baton.push");
    assert_eq!(arms, [["70", "80"]]);
    events(&bank, "treated", 56, "purchase", "2026-12-01");
    events(&bank, "control", 48, "purchase", "2026-12-20");
    // None of these count: of the push day and before, and after the window.
    for day in ["2026-10-30", "2026-11-20", "2026-12-21"] {
        events(&bank, "control", 80, "purchase", day);
    }
    bank
}

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

#[test]
fn before_the_planned_day_there_are_figures_and_no_verdict() {
    let bank = fifty_six_of_seventy("2026-12-10");
    let review = show(&bank);
    assert_eq!((&review["standing"], &review["due"]), (&json!("early"), &json!("2026-12-20")));
    assert_eq!(
        (&review["measured_to"], &review["measures_to"]),
        (&json!("2026-12-10"), &json!("2026-12-20"))
    );
    assert_eq!(review["notes"], json!([{"note": "no_history"}, {"note": "preliminary"}]));
    // Only what came between the push and today: the control group's events of the 20th are still to come.
    assert_eq!(
        (&review["arms"]["treated"]["converted"], &review["arms"]["control"]["converted"]),
        (&json!(56), &json!(0))
    );
    let close = ["review", "close", "1", "--verdict", "expand", "--text", "x"];
    let said = baton(&bank).as_("wang.approver").args(["--lang", "en"]).args(close).refused();
    assert!(said.contains("the planned day of the review has not come"), "{said}");
    // Nor does a later day of one's own help, in psql either.
    let ahead = "set baton.as_of = '2027-01-31'; select baton.review_standing(1)";
    assert_eq!(bank.sql("wang.approver", ahead).last().unwrap()[0], "early");
    let by_hand = "select baton.review_close(1, 'expand', 'x', '{\"push\": 1}')";
    assert_eq!(bank.refuses("wang.approver", by_hand), "BT501");
}

#[test]
fn arms_that_nobody_has_drawn_block_the_verdict() {
    let bank = fifty_six_of_seventy("2026-12-25");
    owner(
        &bank,
        "update baton.plan_member set arm = 'treated' where customer_id in
             (select customer_id from baton.plan_member where arm = 'control' order by customer_id limit 30);
         update baton.push set treated = 100, control = 50",
    );
    let review = show(&bank);
    assert_eq!(review["standing"], "mismatch");
    // 100 and 50 against 70 and 80: 30^2/70 + 30^2/80
    near(&review["srm"]["chi2"], 900.0 / 70.0 + 900.0 / 80.0, 1e-9);
    let chi2 = bank.sql(ADMIN, "set role baton_owner; select baton.review_chi2(1)");
    near(&review["srm"]["chi2"], chi2.last().unwrap()[0].parse().unwrap(), 1e-9);
    let close = ["--lang", "zh-CN", "review", "close", "1", "--verdict", "stop", "--text", "x"];
    assert!(baton(&bank).as_("wang.approver").args(close).refused().contains("读不出效果"));
    let report = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "report", "1"]).run();
    assert!(String::from_utf8_lossy(&report.stdout).contains("no effect can be read from them"));
}

#[test]
fn without_a_control_group_before_and_after_prove_nothing() {
    let bank = reviewed_on(154, "0", SUCCESS, "2026-12-25");
    events(&bank, "treated", 30, "purchase", "2026-11-20");
    events(&bank, "treated", 45, "purchase", "2026-12-20");
    events(&bank, "treated", 150, "purchase", "2026-10-21");
    let review = show(&bank);
    assert_eq!(
        (&review["standing"], &review["itt"], &review["srm"]),
        (&json!("no_control"), &Value::Null, &Value::Null)
    );
    // Thirty days before and up to the push day, thirty days after it.
    assert_eq!(review["before_after"], json!({"n": 150, "before": 30, "after": 45}));
    let shown = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "review", "show", "1"]).run();
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(
        said.contains("20.0 %") && said.contains("30.0 %") && said.contains("proves nothing"),
        "{said}"
    );
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

#[test]
fn a_list_shorter_than_was_wanted_and_one_without_a_declaration_say_so() {
    let few = SUCCESS.replace("review_days", "min_customers = 151\nreview_days");
    let bank = reviewed_on(154, "0.5", &few, "2026-12-25");
    assert_eq!(show(&bank)["standing"], "small");
    let bank = reviewed_on(154, "0.5", "", "2026-12-04");
    assert_eq!(show(&bank)["standing"], "early", "its orders run until the deadline");
    owner(&bank, "update baton.bank set as_of = '2026-12-05'");
    let review = show(&bank);
    assert_eq!((&review["standing"], &review["itt"]), (&json!("no_success"), &Value::Null));
    assert_eq!(review["arms"]["treated"]["converted"], Value::Null);
    assert_eq!(number(&review["execution"]["tasks"]), 75);
}

#[test]
fn another_than_the_author_closes_it_once_and_the_figures_stay() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let close = |who: &str| {
        let args = [
            "--lang",
            "en",
            "review",
            "close",
            "1",
            "--verdict",
            "expand",
            "--text",
            "比对照组高，扩大到全行",
        ];
        baton(&bank).as_(who).args(args)
    };
    assert!(close("zhao.viewer").refused().contains("approver"));
    bank.operator("li.strategist", "strategist,approver", None);
    assert!(close("li.strategist").refused().contains("another person"));
    let shown = show(&bank);
    let kept = close("wang.approver").json();
    assert_eq!(
        (&kept["verdict"], &kept["closed"]["by"]),
        (&json!("expand"), &json!("wang.approver"))
    );
    assert_eq!((&kept["itt"], &kept["arms"]), (&shown["itt"], &shown["arms"]));
    assert!(close("wang.approver").refused().contains("closed"));

    owner(&bank, "delete from baton.event");
    assert_eq!(show(&bank), kept, "it is read as it was");
    let strategy = run(&bank, "zhao.viewer", &["strategy", "show", "ST-R"]);
    assert_eq!(strategy["state"], "reviewed");
    let rows = run(&bank, "zhao.viewer", &["review", "list"]);
    assert_eq!((&rows[0]["uplift_ppm"], &rows[0]["verdict"]), (&json!(200_000), &json!("expand")));
    let noted = bank.sql(
        "sun.auditor",
        "select detail ->> 'verdict' from baton.audit where action = 'review.close'",
    );
    assert_eq!(noted, [["expand"]]);
    for sql in ["update baton.review set verdict = 'stop'", "delete from baton.review"] {
        assert_eq!(bank.refuses("wang.approver", sql), "42501");
        assert_eq!(bank.refuses(ADMIN, &format!("set role baton_owner; {sql}")), "BT002");
    }
    let report = |lang: &str| {
        let done = baton(&bank).as_("zhao.viewer").args(["--lang", lang, "report", "1"]).run();
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let (en, zh) = (report("en"), report("zh-CN"));
    assert!(
        en.starts_with("# Review of #1 ST-R v1")
            && en.contains("+20.0 pp")
            && en.contains("expand: 比对照组高"),
        "{en}"
    );
    assert!(zh.contains("扩大：") || zh.contains("扩大: 比对照组高"), "{zh}");
}

#[test]
fn figures_of_another_list_and_a_part_of_the_bank_are_not_kept() {
    let bank = fifty_six_of_seventy("2026-12-25");
    let close = |figures: &str| format!("select baton.review_close(1, 'expand', 'x', '{figures}')");
    assert_eq!(bank.refuses("wang.approver", &close("{\"push\": 1}")), "BT502");
    let right = "{\"push\": 1, \"arms\": {\"treated\": {\"n\": 70}, \"control\": {\"n\": 80}}}";
    assert_eq!(bank.refuses("wang.approver", &close(&right.replace("70", "71"))), "BT502");
    bank.operator("zhao.viewer", "approver", Some("B1"));
    assert_eq!(bank.refuses("zhao.viewer", &close(right)), "BT114");
    bank.sql("wang.approver", &close(right));
    assert_eq!(
        bank.refuses("wang.approver", "select baton.review_close(9, 'expand', 'x', '{}')"),
        "BT003"
    );
    let said =
        baton(&bank).as_("zhao.viewer").args(["--lang", "en", "review", "show", "9"]).refused();
    assert!(said.contains("no push 9"), "{said}");
}

/// Twice the same customers, and more: each counts once, with the push that came first to him.
#[test]
fn a_strategy_is_reviewed_over_all_its_pushes_each_customer_once() {
    let bank = reviewed_on(104, "0.5", SUCCESS, "2026-11-21");
    let first = bank.sql("zhao.viewer", "select treated, control from baton.push")[0].clone();
    run(
        &bank,
        "li.strategist",
        &["segment", "save", "SG-R", "--name", "试", "--rule", &up_to(154)],
    );
    // The version's segment is pinned: its second push is of the same list, which counts once.
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

/// Weekly facts of the small bank's sub-branches: S1 is treated. All move alike but for `gift` after the push, a share.
fn weekly_facts(bank: &Bank, kind_of_treated: &str, gift: f64) {
    owner(
        bank,
        &format!(
            "insert into baton.metric (code, zh, en, kind, unit, ordinal) values ('aum', 'AUM', 'AUM', 'stock', 'money', 1);
             update baton.org_unit set kind = '{kind_of_treated}' where code = 'S1';
             do $$ declare m date; begin
                 for m in select generate_series(date '2026-09-01', date '2026-12-01', '1 month')::date loop
                     if to_regclass('baton.metric_fact_' || to_char(m, 'YYYYMM')) is null then
                         execute format('create table baton.%I (like baton.metric_fact including constraints)', 'metric_fact_' || to_char(m, 'YYYYMM'));
                         execute format('alter table baton.metric_fact attach partition baton.%I for values from (%L) to (%L)',
                             'metric_fact_' || to_char(m, 'YYYYMM'), m, (m + interval '1 month')::date);
                     end if;
                 end loop; end $$;
             insert into baton.metric_fact (metric, day, org_id, value)
                 select 'aum', d::date, u.id, round(1e9 * exp(0.01 * (d::date - date '2026-10-01') / 7.0 + 0.001 * (u.id % 3)
                     + 0.002 * ((u.id * 7 + extract(week from d)::int) % 5))
                     * case when exists (select from baton.branch_order o where o.org_id = u.id) and d > date '2026-11-20'
                         then 1 + {gift} else 1 end)::bigint
                 from baton.org_unit u, generate_series(date '2026-09-01', date '2026-12-24', '1 day') d where u.code like 'S%';
             select baton.sheets_make(array_agg('aum'::text), array_agg(d::date)) from generate_series(date '2026-09-01', date '2026-12-24', '1 day') d;"
        ),
    );
}

#[test]
fn without_a_control_group_branches_are_held_against_others_like_them() {
    let bank = small();
    owner(&bank, "insert into baton.event_kind (code) values ('purchase')");
    // Customers of four of the nine sub-branches are on the list, nobody is left alone.
    let segment = ["segment", "save", "SG-R", "--name", "试", "--rule"];
    let rule = "org in ('S1', 'S2', 'S3', 'S4')";
    run(&bank, "li.strategist", &[&segment[..], &[rule]].concat());
    let file = strategy_file(&format!("{}\n{SUCCESS}", text("ST-R", "SG-R", "0", 7)));
    run(&bank, "li.strategist", &["strategy", "new", file.to_str().unwrap()]);
    let hash = run(&bank, "li.strategist", &["strategy", "submit", "ST-R"])["hash"].clone();
    let approve = ["strategy", "approve", "ST-R", "--hash", hash.as_str().unwrap()];
    run(&bank, "wang.approver", &approve);
    pushed(&bank, "ST-R");
    owner(&bank, "update baton.bank set as_of = '2026-12-25'");
    assert!(show(&bank)["matched"].is_null(), "the bank has no such metric yet");
    weekly_facts(&bank, "subbranch", 0.05);
    let review = show(&bank);
    let matched = &review["matched"];
    assert_eq!(matched["design"], "quasi-experimental");
    assert!(matched["pairs"].as_array().unwrap().len() >= 3, "{matched}");
    near(&matched["effect"]["estimate"], 0.05, 0.01);
    assert_eq!(matched["effect"]["method"], "matched-did");
    assert!(matched["effect"]["lower"].as_f64().unwrap() > 0.0, "{matched}");
    near(&matched["pre_trend"]["estimate"], 0.0, 0.01);
    assert_eq!(review["standing"], "no_control", "it is no proof");
    let noted = |review: &Value, note: &str| {
        review["notes"].as_array().unwrap().iter().any(|found| found["note"] == note)
    };
    assert!(noted(&review, "quasi_experimental"));
    let shown = baton(&bank).as_("zhao.viewer").args(["--lang", "en", "review", "show", "1"]).run();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("Quasi-experimental") && shown.contains("no proof"), "{shown}");
}

#[test]
fn branches_without_anybody_like_them_are_not_compared() {
    let bank = reviewed_on(154, "0", SUCCESS, "2026-12-25");
    weekly_facts(&bank, "subbranch", 0.05);
    let review = show(&bank);
    assert!(review["matched"].is_null(), "one branch alone is no pair of three");
    let why: Vec<&Value> = review["notes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|note| note["note"] == "no_match")
        .map(|note| &note["why"])
        .collect();
    assert_eq!(why, [&json!("nobody_alike")]);
}
