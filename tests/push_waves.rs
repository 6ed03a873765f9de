//! Later waves, pilots, who gets the tasks, what is shown before a push, and what a segment may do after its approval.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use baton::domain::hash::ContentHash;
use chain::{approved, between, number, owner, pushed, run, small, strategy_file, text, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const SELF: &str = "li.strategist";
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

fn plan(bank: &Bank, code: &str, wave: &str) -> Value {
    run(bank, SELF, &["push", "plan", code, "--wave", wave])
}

fn refused(bank: &Bank, args: &[&str]) -> String {
    baton(bank).as_(SELF).args(args).refused()
}

fn apply(bank: &Bank, code: &str, plan: &Value) -> Value {
    run(bank, SELF, &["push", "apply", code, "--plan", &plan["plan"].to_string()])
}

/// Who of a plan has this arm, or is left off for this reason.
fn who(bank: &Bank, plan: &Value, part: &str) -> BTreeSet<i64> {
    let sql = format!(
        "select customer_id from baton.plan_member where plan_id = {} and coalesce(arm, blocked) = '{part}'",
        plan["plan"]
    );
    bank.sql(ONE, &sql).into_iter().map(|row| row[0].parse().unwrap()).collect()
}

fn outcomes(bank: &Bank, push: i64, word: &str, customers: &[i64]) {
    for customer in customers {
        owner(
            bank,
            &format!(
                "insert into baton.outcome (push_id, customer_id, at, outcome, org_id, late, contamination)
                 select {push}, customer_id, '2026-11-20 10:00+08', '{word}', org_id, false, false
                 from baton.customer where customer_id = {customer}"
            ),
        );
    }
}

/// So many days go by: everything that was pushed is that much older.
fn later(bank: &Bank, days: i32) {
    owner(
        bank,
        &format!("update baton.push set as_of = as_of - {days}, deadline = deadline - {days}"),
    );
}

const WAVES: &str = "[[wave]]\nname = \"首呼\"\nday = 0\n[[wave]]\nname = \"再呼\"\nday = 7\nfor = \"not_reached\"\n\
    [[wave]]\nname = \"催\"\nday = 7\nfor = \"reached\"\n[[wave]]\nname = \"问\"\nday = 7\nfor = \"no_outcome\"\n\
    [[wave]]\nname = \"末\"\nday = 7\n[[wave]]\nname = \"想\"\nday = 7\nfor = \"considering\"\n\
    [[wave]]\nname = \"谢\"\nday = 7\nfor = \"bought\"\n[[wave]]\nname = \"年\"\nday = 7\nfor = \"everybody\"\n\
    [[exit]]\nrule = \"aum >= 900000\"\n";

/// What is heard of the first sixteen: three buy, three are not answered, of two the number is wrong, three think about it, two will
/// come and three refuse. Whoever was not reached once more still thinks about it, or has refused; one who refused later is a buyer.
fn hear<'a>(bank: &Bank, treated: &'a [i64]) -> [&'a [i64]; 6] {
    let cuts = [0, 3, 6, 8, 11, 13, 16];
    let parts = std::array::from_fn(|i| &treated[cuts[i]..cuts[i + 1]]);
    let [bought, called, wrong, thinks, coming, refuse] = parts;
    outcomes(bank, 1, "sold", bought);
    outcomes(bank, 1, "appointment", coming);
    outcomes(bank, 1, "refused", refuse);
    outcomes(bank, 1, "considering", thinks);
    let first = format!("({}, {}, {})", thinks[0], refuse[0], bought[2]);
    owner(
        bank,
        &format!(
            "update baton.outcome set at = at - interval '1 day' where customer_id in {first}"
        ),
    );
    outcomes(bank, 1, "no_answer", &thinks[..1]);
    outcomes(bank, 1, "no_answer", &refuse[..1]);
    outcomes(bank, 1, "refused", &bought[2..]);
    outcomes(bank, 1, "no_answer", called);
    outcomes(bank, 1, "bad_number", wrong);
    parts
}

#[test]
fn later_waves_go_to_whom_their_text_names_and_the_control_group_stays() {
    let bank = small();
    deeper(&bank, "ST-1", &up_to(60), "0.2", WAVES);
    assert!(
        refused(&bank, &["push", "plan", "ST-1", "--wave", "2"]).contains("push ST-1 v1 / 1 first")
    );
    let first = plan(&bank, "ST-1", "1");
    apply(&bank, "ST-1", &first);
    let control = who(&bank, &first, "control");
    let treated: Vec<i64> = who(&bank, &first, "treated").into_iter().collect();
    let [bought, called, wrong, thinks, coming, refuse] = hear(&bank, &treated);
    // One reached and one not reached have left: who fulfils an exit leaves, the control group, too.
    let gone = [treated[0], treated[3], *control.first().unwrap()];
    owner(&bank, "update baton.customer set aum = 0 where customer_id <= 60");
    for id in gone {
        owner(&bank, &format!("update baton.customer set aum = 90000000 where customer_id = {id}"));
    }
    let said = refused(&bank, &["push", "plan", "ST-1", "--wave", "2"]);
    assert!(said.contains("2026-11-27"), "{said}");
    let ahead = run(&bank, SELF, &["push", "preview", "ST-1", "--wave", "2"]);
    assert_eq!(bank.sql(ONE, "select count(*) from baton.push_plan"), [["1"]], "nothing is kept");
    assert!(refused(&bank, &["push", "plan", "ST-1", "--wave", "9"]).contains("no wave"));

    later(&bank, 7);
    let work = run(&bank, SELF, &["worklist"]);
    let due: Vec<&Value> =
        work.as_array().unwrap().iter().filter(|row| row["work"] == "wave").collect();
    assert_eq!(due.len(), 7, "{work}");
    let set =
        |ids: &[i64]| ids.iter().copied().filter(|id| !gone.contains(id)).collect::<BTreeSet<_>>();
    let rest = |of: &BTreeSet<i64>, ids: &[i64]| {
        of.iter().copied().filter(|id| !ids.contains(id)).collect::<BTreeSet<_>>()
    };
    let all = set(&treated);
    let reached = [bought, thinks, coming, refuse].concat();
    for (wave, tasks) in [
        ("2", rest(&all, &reached)),
        ("3", set(&[thinks, coming].concat())),
        ("4", rest(&all, &[&reached[..], called, wrong].concat())),
        ("5", rest(&all, bought)),
        ("6", set(thinks)),
        ("7", set(bought)),
        ("8", all.clone()),
    ] {
        let made = plan(&bank, "ST-1", wave);
        assert_eq!(who(&bank, &made, "treated"), tasks, "wave {wave}");
        assert_eq!(who(&bank, &made, "control"), rest(&control, &gone), "wave {wave}");
        assert!(who(&bank, &made, "exit").contains(control.first().unwrap()), "wave {wave}");
        // The third of them has refused since, and is of no wave for the reached.
        let left: &[i64] = match wave {
            "3" => &bought[..2],
            "5" => bought,
            _ => &[],
        };
        assert_eq!(who(&bank, &made, "bought"), left.iter().copied().collect(), "wave {wave}");
        if wave == "2" {
            assert_eq!((&ahead["treated"], &ahead["hash"]), (&made["treated"], &made["hash"]));
        }
    }
    let second = plan(&bank, "ST-1", "2");
    assert_eq!(second["wave"], 2);
    apply(&bank, "ST-1", &second);
    assert_eq!(bank.sql(ONE, "select wave from baton.push order by id"), [["1"], ["2"]]);
    assert!(
        refused(&bank, &["push", "plan", "ST-1", "--wave", "2"])
            .contains("nobody is on the list: ST-1 v1 / 2 went out by push 2")
    );
    let work = run(&bank, SELF, &["worklist"]);
    assert!(!work.to_string().contains("ST-1 v1 / 2"), "{work}");
}

#[test]
fn a_wave_after_an_anchor_lists_those_whose_day_has_come_once() {
    let bank = small();
    owner(
        &bank,
        "update baton.customer set opened_on = date '2026-11-20' - (customer_id % 40)::int",
    );
    deeper(
        &bank,
        "ST-1",
        &up_to(300),
        "0.1",
        "[[wave]]\nname = \"a\"\nafter = \"opened_on\"\ndays = 30\n[[wave]]\nname = \"b\"\nafter = \"opened_on\"\ndays = 35\n",
    );
    let opened = |plan: &Value| {
        let sql = format!(
            "select min(c.opened_on), max(c.opened_on), count(*) from baton.plan_member m join baton.customer c using (customer_id)
             where m.plan_id = {} and m.arm is not null", plan["plan"]
        );
        bank.sql(ONE, &sql).remove(0)
    };
    let first = plan(&bank, "ST-1", "1");
    assert_eq!(opened(&first)[..2], ["2026-10-12", "2026-10-21"]);
    apply(&bank, "ST-1", &first);
    assert!(refused(&bank, &["push", "plan", "ST-1"]).contains("nobody"));
    let next = run(&bank, SELF, &["--as-of", "2026-11-21", "push", "plan", "ST-1"]);
    assert_eq!(opened(&next)[..2], ["2026-10-22", "2026-10-22"], "a day later the next ones");
    let second = plan(&bank, "ST-1", "2");
    assert_eq!(opened(&second)[..2], ["2026-10-12", "2026-10-16"]);
}

#[test]
fn a_pilot_comes_first_and_the_rest_when_its_days_are_over() {
    let bank = small();
    deeper(&bank, "ST-1", &up_to(200), "0.1", "[pilot]\nunits = [\"B1\"]\ndays = 7\n");
    let first = plan(&bank, "ST-1", "1");
    let under = |plan: &Value| -> BTreeSet<String> {
        let sql = format!(
            "select distinct b.code from baton.plan_member m join baton.org_unit u on u.id = m.org_id
             join baton.org_unit b on b.id = u.parent_id where m.plan_id = {} and m.arm is not null", plan["plan"]
        );
        bank.sql(ONE, &sql).into_iter().map(|mut row| row.remove(0)).collect()
    };
    assert_eq!(under(&first), BTreeSet::from(["B1".to_owned()]));
    let waiting = who(&bank, &first, "pilot");
    assert!(waiting.len() > 100);
    apply(&bank, "ST-1", &first);
    assert!(refused(&bank, &["push", "plan", "ST-1"]).contains("2026-11-27"));
    later(&bank, 7);
    assert!(run(&bank, SELF, &["worklist"]).to_string().contains("ST-1 v1 / 1"));
    let rest = plan(&bank, "ST-1", "1");
    let listed: BTreeSet<i64> =
        who(&bank, &rest, "treated").union(&who(&bank, &rest, "control")).copied().collect();
    assert_eq!(listed, waiting);
    assert_eq!(under(&rest), BTreeSet::from(["B2".to_owned(), "B3".to_owned()]));
}

/// Tasks of each RM of a plan's list.
fn shares(bank: &Bank, plan: &Value) -> BTreeMap<String, i64> {
    let sql = format!(
        "select coalesce(s.code, '-'), count(*) from baton.plan_member m left join baton.staff s on s.id = m.rm_id
         where m.plan_id = {} and m.arm = 'treated' group by 1", plan["plan"]
    );
    bank.sql(ONE, &sql).into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect()
}

#[test]
fn tasks_go_to_the_own_rm_else_to_who_has_least_for_what_he_can_else_to_the_manager() {
    let bank = small();
    owner(&bank, "update baton.staff set capacity = 40 * (1 + id % 3); update baton.staff set role = 'rm' where id % 2 = 0;
        update baton.staff set role = 'teller' where id in (9, 18, 27); update baton.staff set closed_on = '2026-11-01' where id = 5;
        insert into baton.staff (code, org_id, name, role) values ('M1', 2, 'm', 'manager'), ('M0', 1, 'm', 'manager');
        update baton.customer set org_id = 4 where customer_id between 500 and 520");
    approved(&bank, "ST-1", "aum >= 0", "0.1", 7);
    let made = plan(&bank, "ST-1", "1");
    // Who has an RM of his own that is still there keeps him; nobody is without, and tellers get none but their own.
    let own = "select count(*) from baton.plan_member m join baton.customer c using (customer_id) join baton.staff s on s.id = c.rm_id
        where m.arm = 'treated' and s.closed_on is null and m.rm_id <> c.rm_id";
    assert_eq!(bank.sql(ONE, own), [["0"]]);
    let told = shares(&bank, &made);
    assert!(!told.contains_key("-") && !told.contains_key("R5"), "{told:?}");
    assert!(told["M0"] > 5, "a unit without RMs: its tasks go up: {told:?}");
    let strangers = "select count(*) from baton.plan_member m join baton.customer c using (customer_id) join baton.staff s on s.id = m.rm_id
        where m.arm = 'treated' and m.rm_id is distinct from c.rm_id and s.role <> 'manager' and (s.org_id <> m.org_id or s.role = 'teller')";
    assert_eq!(bank.sql(ONE, strangers), [["0"]]);
    // Twice planned, the same list; the hash is of what the docs describe.
    let again = plan(&bank, "ST-1", "1");
    assert_eq!((&again["hash"], shares(&bank, &again)), (&made["hash"], told));
    let lines = format!(
        "select string_agg(concat(customer_id, '|', org_id, '|', rm_id, '|', coalesce(arm, blocked)), e'\\n' order by customer_id)
         from baton.plan_member where plan_id = {}", again["plan"]
    );
    let lines = &bank.sql(ONE, &lines)[0][0];
    assert_eq!(again["hash"], ContentHash::of(lines.as_bytes()).to_string());

    // Balanced, everybody is filled to the same part of what he can do, but for one task.
    deeper(&bank, "ST-2", "aum >= 0", "0.1", "[allocation]\nto = \"balanced\"\n");
    let even = plan(&bank, "ST-2", "1");
    let spread = format!(
        "select s.org_id, max(n - s.capacity * t.all_n::numeric / t.can), min(n - s.capacity * t.all_n::numeric / t.can)
         from (select rm_id, count(*) as n from baton.plan_member where plan_id = {0} and arm = 'treated' group by 1) m
         join baton.staff s on s.id = m.rm_id and s.role is distinct from 'manager'
         join (select s.org_id, sum(s.capacity) as can, (select count(*) from baton.plan_member k where k.plan_id = {0} and k.arm = 'treated' and k.org_id = s.org_id) as all_n
               from baton.staff s where s.closed_on is null and coalesce(s.role, 'rm') = 'rm' group by 1) t on t.org_id = s.org_id
         group by 1", even["plan"]
    );
    let spread = bank.sql(ONE, &spread);
    assert_eq!(spread.len(), 8, "one has tellers only");
    for row in spread {
        let bound = |at: usize| row[at].parse::<f64>().unwrap();
        assert!(bound(1) <= 1.0 && bound(2) >= -1.0, "{row:?}");
    }
    deeper(&bank, "ST-3", "aum >= 0", "0.1", "[allocation]\nto = \"manager\"\n");
    let rms: Vec<String> = shares(&bank, &plan(&bank, "ST-3", "1")).into_keys().collect();
    assert_eq!(rms, ["M0", "M1"]);
}

#[test]
fn a_plan_says_what_it_can_show_whose_day_is_full_and_who_else_wants_the_same() {
    let bank = small();
    owner(&bank, "update baton.staff set capacity = 21 where id <= 15");
    approved(&bank, "ST-0", &up_to(100), "0.1", 7);
    pushed(&bank, "ST-0");
    owner(&bank, "update baton.push set strategy = 'ST-0', deadline = '2026-12-31'");
    deeper(&bank, "ST-1", "aum >= 0", "0.1", "[budget]\nbase_rate = 0.07\nexpected_rate = 0.10\n");
    let made = plan(&bank, "ST-1", "1");
    let blocked = number(&made["blocked"]["live_strategy"]);
    assert_eq!(made["overlap"], json!([{"strategy": "ST-0", "customers": blocked}]));
    assert_eq!(
        (&made["mde_base"], &made["mde_assumed"], &made["mde_warning"]),
        (&json!(0.07), &json!(false), &json!("above_expected"))
    );
    let smallest = made["mde"].as_f64().unwrap();
    assert!((0.05..0.15).contains(&smallest), "{smallest}");
    // Ten working days from the Friday to the Friday two weeks later, at one a day.
    assert_eq!((&made["deadline"], &made["working_days"]), (&json!("2026-12-04"), &json!(10)));
    let rms = made["rms"].as_array().unwrap();
    let of = |rm: &str| rms.iter().find(|row| row["rm"] == rm).unwrap();
    assert_eq!((&of("R1")["capacity"], &of("R20")["capacity"]), (&json!(10), &Value::Null));
    assert_eq!(rms.iter().map(|row| number(&row["tasks"])).sum::<i64>(), number(&made["treated"]));
    owner(&bank, "select baton.policy_set('rm_tasks_per_day', 3)");
    let made = plan(&bank, "ST-1", "1");
    let rms = made["rms"].as_array().unwrap();
    assert_eq!(rms.iter().find(|row| row["rm"] == "R20").unwrap()["capacity"], 30);
    for order in made["orders"].as_array().unwrap() {
        let (tasks, most, rms) =
            (number(&order["tasks"]), number(&order["most"]), number(&order["rms"]));
        let imbalance = order["imbalance"].as_f64().unwrap();
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let own = (most * rms) as f64 / tasks as f64;
        assert!((imbalance - own).abs() < 0.006, "{order}");
    }
    deeper(&bank, "ST-2", &between(601, 612), "0.1", "");
    assert_eq!(plan(&bank, "ST-2", "1")["mde_warning"], "no_control");
}

#[test]
fn a_push_is_of_the_list_that_was_shown_or_of_none() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(100), "0.1", 7);
    let made = plan(&bank, "ST-1", "1");
    let number = made["plan"].to_string();
    let with = |hash: &str| {
        ["push", "apply", "ST-1", "--plan", &number, "--hash", hash].map(str::to_owned)
    };
    let other = "0".repeat(64);
    let said = baton(&bank).as_(SELF).args(with(&other)).refused();
    assert!(said.contains("another list"), "{said}");
    // An RM who left, and a customer who was given to another RM.
    owner(
        &bank,
        "update baton.staff set closed_on = '2026-11-20' where id = (select min(rm_id) from baton.plan_member where arm = 'treated')",
    );
    let said = baton(&bank).as_(SELF).args(with(made["hash"].as_str().unwrap())).refused();
    assert!(said.contains("another RM by now"), "{said}");
    owner(&bank, "update baton.staff set closed_on = null");
    let done = baton(&bank).as_(SELF).args(with(made["hash"].as_str().unwrap())).json();
    assert_eq!(baton(&bank).as_(SELF).args(with(made["hash"].as_str().unwrap())).json(), done);
    assert!(baton(&bank).as_(SELF).args(with(&other)).refused().contains("another list"));
}

#[test]
fn a_segment_that_has_moved_too_far_needs_a_new_approval() {
    let bank = small();
    approved(&bank, "ST-0", "aum >= 50000000", "0.1", 7);
    // As if it had been approved before a submission froze its segment.
    owner(&bank, "delete from baton.segment_member; delete from baton.snapshot");
    owner(&bank, "select baton.policy_set('drift_ppm', 50000)");
    assert!(refused(&bank, &["push", "plan", "ST-0"]).contains("approve it anew"));
    owner(&bank, "update baton.customer set aum = 100 where customer_id <= 100");
    approved(&bank, "ST-1", "aum <= 100", "0.1", 7);
    assert_eq!(number(&plan(&bank, "ST-1", "1")["customers"]), 98);
    owner(
        &bank,
        "update baton.customer set aum = 200000 where customer_id <= 3; update baton.customer set aum = 50 where customer_id = 201",
    );
    plan(&bank, "ST-1", "1");
    owner(&bank, "update baton.customer set aum = 50 where customer_id in (203, 204)");
    let said = refused(&bank, &["push", "plan", "ST-1"]);
    assert!(said.contains("of 100 customers then, 3 left and 3 came"), "{said}");
    // What the segment is now is approved, and pushed.
    approved(&bank, "ST-1", "aum <= 100", "0.1", 7);
    plan(&bank, "ST-1", "1");
}
