//! Lists that lead to customers: of a push, of two snapshots, of an event rule; and what waits for whom.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod chain;
mod support;

use chain::{approved, number, owner, pushed, run, small};
use serde_json::Value;
use support::{Bank, baton};

const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";

fn count(bank: &Bank, sql: &str) -> i64 {
    bank.sql("sun.auditor", &format!("select count(*) from {sql}"))[0][0].parse().unwrap()
}

fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(["--lang", "en"]).args(args).refused()
}

#[test]
fn a_push_lists_its_customers_by_where_they_stand() {
    let bank = small();
    owner(&bank, "update baton.customer set name = '王小明'");
    approved(&bank, "ST-1", "aum >= 100", "0.1", 7);
    let (_, push) = pushed(&bank, "ST-1");
    let push = push["push"].to_string();
    let all = run(&bank, ZHAO, &["members", "push", &push]);
    let parts = all["parts"].as_array().unwrap();
    let sum: i64 = parts.iter().map(|part| number(&part["customers"])).sum();
    assert_eq!(sum, number(&all["count"]));
    assert_eq!(sum, count(&bank, "baton.push_member"));
    assert_eq!(all["members"].as_array().unwrap().len(), 100);
    // A file has the whole list, not the page of it that a screen shows.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.csv");
    let into = ["members", "push", &push, "--into", file.to_str().unwrap()];
    baton(&bank).as_(ZHAO).args(into).run();
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(sum > 100);
    assert_eq!(written.lines().count(), usize::try_from(sum).unwrap() + 1, "and a header");
    for part in parts {
        let word = part["part"].as_str().unwrap();
        let of = run(&bank, ZHAO, &["members", "push", &push, "--part", word]);
        assert_eq!(of["count"], part["customers"], "{word}");
        let rows = of["members"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["stands"] == word && row["name"] == "王**"), "{word}");
    }
    assert!(parts.iter().any(|part| part["part"] == "no_contact" && part["blocked"] == true));
    let of = run(&bank, ZHAO, &["members", "push", &push, "--org", "S2"]);
    let in_unit =
        "baton.push_member m join baton.org_unit u on u.id = m.org_id where u.code = 'S2'";
    assert_eq!(number(&of["count"]), count(&bank, in_unit));
    // To people the same in their words, and the assets as money.
    let aum = "update baton.customer set aum = 123456789 where customer_id = 50";
    owner(&bank, aum);
    let none = ["--lang", "zh-CN", "members", "push", &push, "--part", "no_contact"];
    let said = String::from_utf8(baton(&bank).as_(ZHAO).args(none).run().stdout).unwrap();
    assert!(said.contains("免打扰") && said.contains("1,234,567.89"), "{said}");
    // A branch sees its own.
    let own = run(&bank, "nancheng.branch", &["members", "push", &push]);
    assert!(own["members"].as_array().unwrap().iter().all(|row| row["org"] == "S1"));
    assert_eq!(number(&own["count"]), count(&bank, &in_unit.replace("S2", "S1")));
    let noted = "baton.audit where action = 'push.members' and subject = 'ST-1 v1'";
    assert!(count(&bank, noted) >= 5);
    assert!(refused(&bank, ZHAO, &["members", "push", "99"]).contains("no push 99"));
    let nowhere = refused(&bank, ZHAO, &["members", "push", &push, "--org", "X"]);
    assert!(nowhere.contains("no org unit X"), "{nowhere}");
    bank.operator(ZHAO, "loader", None);
    for call in ["push_parts(1)", "push_members(1, null, null, 0)", "moment_members('M', null, 0)"]
    {
        assert_eq!(bank.refuses(ZHAO, &format!("select baton.{call}")), "BT001", "{call}");
    }
}

#[test]
fn what_came_of_a_task_stands_beside_its_customer() {
    let bank = small();
    approved(&bank, "ST-1", "aum >= 100", "0", 7);
    let (_, push) = pushed(&bank, "ST-1");
    owner(
        &bank,
        "insert into baton.outcome (push_id, customer_id, at, outcome, org_id, late, contamination)
         select m.push_id, m.customer_id, timestamptz '2026-11-20' + k.n * interval '1 hour', k.outcome, m.org_id, false, false
         from (select * from baton.push_member where arm = 'treated' order by customer_id limit 1) m,
             (values (1, 'no_answer'), (2, 'sold')) k (n, outcome)",
    );
    let push = push["push"].to_string();
    let all = run(&bank, ZHAO, &["members", "push", &push, "--part", "treated"]);
    assert_eq!(all["members"][0]["stands"], "sold");
    assert_eq!(all["members"][1]["stands"], "treated");
}

fn save(bank: &Bank, code: &str, rule: &str) -> String {
    run(bank, LI, &["segment", "save", code, "--name", code, "--rule", rule]);
    run(bank, LI, &["segment", "freeze", code])["snapshot"].to_string()
}

#[test]
fn who_moved_between_two_snapshots_adds_up_in_all_and_by_unit() {
    let bank = small();
    let before = save(&bank, "A", "aum >= 20000");
    let after = save(&bank, "A", "aum between 5000 and 40000");
    let compared = run(&bank, LI, &["segment", "compare", &before, &after]);
    for side in ["in", "out", "stayed"] {
        let listed = run(&bank, ZHAO, &["members", "moves", &before, &after, "--side", side]);
        assert_eq!(listed["count"], compared[side], "{side}");
        let units = listed["units"].as_array().unwrap();
        let sum: i64 = units.iter().map(|unit| number(&unit[side])).sum();
        assert_eq!(sum, number(&compared[side]), "{side}");
        let org = units[0]["org"].as_str().unwrap();
        let args = ["members", "moves", &before, &after, "--side", side, "--org", org];
        assert_eq!(run(&bank, ZHAO, &args)["count"], units[0][side], "{side} of {org}");
    }
    let moved = |unit: &Value| number(&unit["in"]) + number(&unit["out"]);
    let listed = run(&bank, ZHAO, &["members", "moves", &before, &after]);
    let units = listed["units"].as_array().unwrap();
    assert!(units.windows(2).all(|two| moved(&two[0]) >= moved(&two[1])), "most changed first");
    // A page goes on where the one before ended, and a long list ends.
    let from = |skip: &str| run(&bank, ZHAO, &["members", "snapshot", &before, "--skip", skip]);
    let (first, second) = (from("0"), from("100"));
    assert!(number(&first["members"][99]["customer"]) < number(&second["members"][0]["customer"]));
    assert_eq!(from("1000")["members"].as_array().unwrap().len(), 0);
    // A file has all of it, in one step that the audit has once.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snapshot.csv");
    let args = ["members", "snapshot", &before, "--into", file.to_str().unwrap()];
    let done = baton(&bank).as_(LI).args(args).run();
    assert!(done.status.success(), "{done:?}");
    let written = std::fs::read_to_string(&file).unwrap().lines().count();
    assert_eq!(written, usize::try_from(number(&first["count"])).unwrap() + 1, "and a header");
    let noted = "baton.audit where action = 'segment.members' and (detail ->> 'file')::bool";
    assert_eq!(count(&bank, noted), 1);
    assert!(refused(&bank, ZHAO, &["members", "moves", &before, "99"]).contains("99"));
}

#[test]
fn whom_an_event_rule_has_hit_is_listed_by_day() {
    let bank = small();
    owner(
        &bank,
        "insert into baton.event_kind (code) values ('login');
         insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-11-20', 'test', '{}', '{}')",
    );
    let rule = "events('login', interval '1 day') >= 1";
    let args = ["moment", "new", "M", "--name", "m", "--rule", rule, "--note", "ask li"];
    assert_eq!(run(&bank, LI, &args)["note"], "ask li");
    owner(
        &bank,
        "insert into baton.moment_hit (code, day, customer_id, org_id, version, in_live)
         select 'M', date '2026-11-20' - (customer_id % 3)::int, customer_id, org_id, 1, false
         from baton.customer where customer_id <= 30",
    );
    let all = run(&bank, ZHAO, &["members", "moment", "M"]);
    assert_eq!(number(&all["count"]), 30);
    assert_eq!(all["members"][0]["stands"], "2026-11-20", "the latest first");
    let day = run(&bank, ZHAO, &["members", "moment", "M", "--day", "2026-11-19"]);
    assert_eq!(number(&day["count"]), 10);
    assert!(refused(&bank, ZHAO, &["members", "moment", "X"]).contains('X'));
}

/// The kinds of work that wait for somebody.
fn waits(bank: &Bank, who: &str) -> Vec<(String, String)> {
    let rows = run(bank, who, &["worklist"]);
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (word(&row["work"]), word(&row["subject"]))).collect()
}

#[test]
fn what_waits_goes_along_the_chain_from_one_to_the_next() {
    let bank = small();
    let of = |work: &str, subject: &str| vec![(work.to_owned(), subject.to_owned())];
    assert!(waits(&bank, LI).is_empty() && waits(&bank, "nancheng.branch").is_empty());
    run(&bank, LI, &["segment", "save", "SG-ST-1", "--name", "s", "--rule", "aum >= 100"]);
    let file = chain::strategy_file(&chain::text("ST-1", "SG-ST-1", "0.1", 7));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    assert_eq!(waits(&bank, LI), of("submit", "ST-1 v1"));
    let hash = run(&bank, LI, &["strategy", "submit", "ST-1"])["hash"].as_str().unwrap().to_owned();
    assert!(waits(&bank, LI).is_empty());
    assert_eq!(waits(&bank, "wang.approver"), of("approve", "ST-1 v1"));
    run(&bank, "wang.approver", &["strategy", "approve", "ST-1", "--hash", &hash]);
    assert!(waits(&bank, "wang.approver").is_empty());
    assert_eq!(waits(&bank, LI), of("push", "ST-1 v1"));
    let (_, push) = pushed(&bank, "ST-1");
    let subject = format!("#{}", push["push"]);
    assert_eq!(waits(&bank, LI), of("unsigned", &subject));
    let both = [of("sign", &subject), of("todo", &subject)].concat();
    assert_eq!(waits(&bank, "nancheng.branch"), both);
    run(&bank, "nancheng.branch", &["push", "sign", &push["push"].to_string(), "--org", "S1"]);
    assert_eq!(waits(&bank, "nancheng.branch"), of("todo", &subject));
    owner(
        &bank,
        "insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-11-20', 'test', '{}', '{\"customer\": 3}');
         insert into baton.finding (source, org_id, day, size, unit, text, owner)
             values ('operator', 1, '2026-11-20', 5, 'customers', 'x', 'zhao.viewer')",
    );
    assert_eq!(waits(&bank, ZHAO), of("finding", "#1"));
    bank.operator(ZHAO, "loader", None);
    let works: Vec<String> = waits(&bank, ZHAO).into_iter().map(|(work, _)| work).collect();
    assert_eq!(works, ["finding", "rejected"]);
}

#[test]
fn a_file_says_how_it_is_written_and_a_check_takes_nothing() {
    let bank = small();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("l.csv");
    let (gb, ..) = encoding_rs::GB18030.encode("姓名;customer_id\n王;1\n李;1\n张;abc\n赵;999999\n");
    std::fs::write(&path, gb).unwrap();
    let file = path.to_str().unwrap();
    let upload = |more: &[&str]| {
        let args = ["segment", "upload", "L", file, "--key", "customer_id"];
        baton(&bank).as_(LI).args(["--lang", "en"]).args(args).args(more).json()
    };
    let checked = upload(&["--check"]);
    assert_eq!((&checked["taken"], &checked["encoding"]), (&false.into(), &"gb18030".into()));
    let counts =
        |done: &Value| ["read", "matched", "unmatched", "doubled"].map(|k| number(&done[k]));
    assert_eq!(counts(&checked), [4, 1, 2, 1]);
    assert_eq!(count(&bank, "baton.list_upload"), 0);
    assert_eq!(count(&bank, "baton.segment_version"), 0);
    assert_eq!(count(&bank, "baton.audit where action = 'list.check'"), 1);
    assert!(!path.with_file_name("l.csv.rejects.csv").exists());
    let taken = upload(&[]);
    assert_eq!(counts(&taken), counts(&checked));
    let rejects = std::fs::read_to_string(taken["reject_file"].as_str().unwrap()).unwrap();
    assert!(rejects.contains("abc,") && rejects.contains("999999,"), "{rejects}");
    let reason = |key: &str| {
        let line = rejects.lines().find(|line| line.contains(key)).unwrap();
        line.rsplit(',').next().unwrap().to_owned()
    };
    assert_ne!(reason("abc"), reason("999999"), "no number is another reason than nobody's");
}

#[test]
fn columns_that_every_customer_has_stand_in_the_dictionary() {
    let bank = small();
    run(
        &bank,
        LI,
        &["segment", "save", "RICH", "--name", "r", "--rule", "aum > 50000 and age > 30"],
    );
    bank.operator(ZHAO, "loader", None);
    run(&bank, ZHAO, &["attribute", "refresh"]);
    let aum = run(&bank, LI, &["attribute", "show", "aum"]);
    assert_eq!((&aum["type"], &aum["used_by"][0]), (&"money".into(), &"RICH".into()));
    let open = "baton.customer where closed_on is null";
    assert_eq!(number(&aum["customers"]), count(&bank, &format!("{open} and aum is not null")));
    let highest = bank.sql(LI, &format!("select max(aum) from {open}"));
    assert_eq!(aum["max"].to_string(), highest[0][0]);
    let tier = run(&bank, LI, &["attribute", "show", "tier"]);
    assert_eq!(tier["top"][0]["label"]["zh"], "基础");
    for code in ["age", "gender", "org", "rm", "opened_on", "birth_date", "no_contact"] {
        assert_eq!(run(&bank, LI, &["attribute", "show", code])["code"], code);
    }
    let listed = run(&bank, LI, &["attribute", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 9);
}
