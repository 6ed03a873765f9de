//! Versions of segments, their snapshots, and what leaves the house, by command.
#![expect(clippy::disallowed_methods, reason = "a test reads what was written")]

mod chain;
mod support;

use std::os::unix::fs::PermissionsExt as _;

use chain::{between, number, owner, run, small, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";

fn save(bank: &Bank, code: &str, rule: &str, more: &[&str]) -> Value {
    let args = [&["segment", "save", code, "--name", "甲", "--rule", rule], more].concat();
    run(bank, LI, &args)
}

#[test]
fn a_version_keeps_who_when_and_why() {
    let bank = small();
    bank.operator("wang.approver", "approver,strategist", None);
    save(&bank, "SG-A", "age >= 30 and aum > 1000", &["--note", "first try"]);
    // Without a note the same is the same; with another one it is the next version.
    assert_eq!(save(&bank, "SG-A", "aum > 1000 and age >= 30", &[])["version"], 2);
    assert_eq!(save(&bank, "SG-A", "aum > 1000 and age >= 30", &[])["version"], 2);
    assert_eq!(save(&bank, "SG-A", "aum > 1000 and age >= 30", &["--note", "why"])["version"], 3);
    let next = ["segment", "save", "SG-A", "--name", "乙", "--rule", "no_contact and aum > 1000"];
    run(&bank, "wang.approver", &next);
    let versions = run(&bank, "zhao.viewer", &["segment", "versions", "SG-A"]);
    let told: Vec<(i64, &str, &Value)> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (number(&v["version"]), v["author"].as_str().unwrap(), &v["note"]))
        .collect();
    assert_eq!(
        told,
        [
            (4, "wang.approver", &Value::Null),
            (3, LI, &json!("why")),
            (2, LI, &Value::Null),
            (1, LI, &json!("first try"))
        ]
    );
    let diff = run(&bank, "zhao.viewer", &["segment", "diff", "SG-A", "1", "4"]);
    assert_eq!(diff["name"], json!({"from": "甲", "to": "乙"}));
    assert_eq!(diff["note"], json!({"from": "first try", "to": null}));
    assert_eq!(diff["kind"], Value::Null);
    assert_eq!(
        diff["parts"],
        json!([
            {"change": "removed", "text": "age >= 30"},
            {"change": "added", "text": "no_contact"},
            {"change": "kept", "text": "aum > 1000"}
        ])
    );
    let table = baton(&bank).as_("zhao.viewer").args(["segment", "diff", "SG-A", "1", "4"]).run();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains('-') && table.contains("age >= 30"), "{table}");
}

#[test]
fn what_is_not_there_is_named() {
    let bank = small();
    save(&bank, "SG-A", "true", &[]);
    let refused = |args: &[&str]| baton(&bank).as_(LI).args(["--lang", "en"]).args(args).refused();
    let cases: [(&[&str], &str); 10] = [
        (&["segment", "versions", "SG-B"], "there is no segment SG-B"),
        (&["segment", "diff", "SG-A", "1", "7"], "SG-A has no version 7"),
        (&["segment", "history", "SG-B"], "there is no segment SG-B"),
        (&["segment", "compare", "1", "2"], "there is no snapshot 1"),
        (&["segment", "give", "SG-A", "--to", "zhao.viewer"], "zhao.viewer is no strategist"),
        (&["segment", "give", "SG-B", "--to", LI], "there is no segment SG-B"),
        (&["segment", "graph", "SG-B"], "there is no segment SG-B"),
        (&["segment", "refresh", "SG-A", "SG-B"], "there is no segment SG-B"),
        (&["segment", "explain", "SG-A", "--customer", "-5"], "there is no customer -5"),
        (
            &["segment", "save", "SG-A", "--name", "a", "--rule", "true", "--note", "x\u{202e}"],
            "the note must be one line",
        ),
    ];
    for (args, said) in cases {
        let told = refused(args);
        assert!(told.contains(said), "{args:?}: {told}");
    }
    assert_eq!(bank.sql(LI, "select count(*) from baton.snapshot"), [["0"]], "nothing was frozen");
}

#[test]
fn a_segment_is_given_to_another_strategist() {
    let bank = small();
    bank.operator("wang.approver", "approver,strategist", None);
    save(&bank, "SG-A", "true", &[]);
    assert_eq!(run(&bank, LI, &["segment", "show", "SG-A"])["owner"], LI);
    let given = run(&bank, LI, &["segment", "give", "SG-A", "--to", "wang.approver"]);
    assert_eq!((&given["owner"], &given["author"]), (&json!("wang.approver"), &json!(LI)));
    let audit = "select subject, detail ->> 'owner' from baton.audit where action = 'segment.give'";
    assert_eq!(bank.sql("sun.auditor", audit), [["SG-A", "wang.approver"]]);
}

#[test]
fn a_frozen_segment_keeps_its_customers_and_a_dynamic_one_moves() {
    let bank = small();
    save(&bank, "SG-D", &up_to(50), &[]);
    save(&bank, "SG-F", &format!("aum >= 1500 and {}", up_to(50)), &["--frozen"]);
    let first = run(&bank, LI, &["segment", "refresh"]);
    assert_eq!(first["refreshed"].as_array().unwrap().len(), 2);
    assert_eq!(first["kept"], json!([]));
    // One goes, one is closed, one comes: the rule would move, the list does not.
    let listed = "select customer_id from baton.segment_member m join baton.snapshot s on s.id = m.snapshot_id
                  where s.segment = 'SG-F' order by m.snapshot_id desc, 1";
    let members: Vec<String> =
        bank.sql(LI, listed).into_iter().map(|mut row| row.remove(0)).collect();
    assert!(members.len() > 3, "{members:?}");
    owner(&bank, &format!("update baton.customer set aum = 0 where customer_id = {}", members[0]));
    owner(
        &bank,
        &format!(
            "update baton.customer set closed_on = '2026-11-20' where customer_id = {}",
            members[1]
        ),
    );
    owner(&bank, "update baton.customer set aum = 99999999 where customer_id <= 3");
    let again = run(&bank, LI, &["segment", "refresh"]);
    assert_eq!(again["kept"], json!(["SG-F"]));
    assert_eq!(again["refreshed"].as_array().unwrap().len(), 1);
    let frozen = run(&bank, LI, &["segment", "freeze", "SG-F"]);
    assert_eq!(number(&frozen["count"]), i64::try_from(members.len()).unwrap() - 1);
    let now: Vec<Vec<String>> = bank.sql(
        LI,
        &format!(
            "select customer_id from baton.segment_member where snapshot_id = {} order by 1",
            frozen["snapshot"]
        ),
    );
    let kept: Vec<&String> = members.iter().filter(|m| **m != members[1]).collect();
    assert_eq!(now.iter().map(|row| &row[0]).collect::<Vec<_>>(), kept);
    // A new version is a new list.
    save(&bank, "SG-F", &format!("aum >= 1500 and {}", up_to(60)), &["--frozen"]);
    let other = run(&bank, LI, &["segment", "freeze", "SG-F"]);
    assert_ne!(other["hash"], frozen["hash"]);
}

#[test]
fn history_tells_size_worth_and_time_and_two_snapshots_compare() {
    let bank = small();
    save(&bank, "SG-A", &up_to(20), &[]);
    let a = run(&bank, LI, &["segment", "freeze", "SG-A"]);
    save(&bank, "SG-A", &between(11, 40), &[]);
    let b = run(&bank, LI, &["segment", "freeze", "SG-A"]);
    let history = run(&bank, "zhao.viewer", &["segment", "history", "SG-A"]);
    let rows = history.as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for (row, frozen) in rows.iter().zip([&a, &b]) {
        assert_eq!(row["snapshot"], frozen["snapshot"]);
        assert_eq!((&row["count"], &row["hash"]), (&frozen["count"], &frozen["hash"]));
        let worth = format!(
            "select sum(c.aum) from baton.segment_member m join baton.customer c using (customer_id) where m.snapshot_id = {}",
            row["snapshot"]
        );
        assert_eq!(bank.sql(LI, &worth)[0][0], row["aum"].to_string());
        assert!(number(&row["ms"]) >= 0);
        assert_eq!(row["as_of"], "2026-11-20");
    }
    let (a, b) = (a["snapshot"].to_string(), b["snapshot"].to_string());
    let compared = run(&bank, "zhao.viewer", &["segment", "compare", &a, &b]);
    assert_eq!(
        compared,
        json!({"a": number(&rows[0]["snapshot"]), "b": number(&rows[1]["snapshot"]), "in": 20, "out": 10, "stayed": 10})
    );
    let whole = run(&bank, "zhao.viewer", &["segment", "compare", &a, &b, "--members"]);
    assert_eq!(whole["members"]["out"], json!((1..=10).collect::<Vec<_>>()));
    assert_eq!(whole["members"]["stayed"], json!((11..=20).collect::<Vec<_>>()));
    assert_eq!(whole["members"]["in"].as_array().unwrap().len(), 20);
    assert_eq!(
        (&whole["in"], &whole["out"], &whole["stayed"]),
        (&json!(20), &json!(10), &json!(10))
    );
}

#[test]
fn an_export_is_masked_noted_and_harmless() {
    let bank = small();
    owner(
        &bank,
        "update baton.customer set name = '欧阳修', phone = '13812345678' where customer_id = 1;
         update baton.customer set name = '=1+1', phone = '+86 139 1234 5678' where customer_id = 2;
         update baton.org_unit set name = '@支行' where code = 'S1'",
    );
    save(&bank, "SG-A", &up_to(40), &[]);
    let snapshot = run(&bank, LI, &["segment", "freeze", "SG-A"])["snapshot"].to_string();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.csv");
    let out = path.to_str().unwrap();
    let done = run(&bank, LI, &["segment", "export", &snapshot, "--out", out]);
    assert_eq!(done["count"], 40);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("customer_id,org,org_name,tier,name,phone\n"), "{text}");
    assert_eq!(text.lines().count(), 41);
    assert!(text.contains("欧阳**,138****5678"), "{text}");
    assert!(text.contains("'=**,139****5678"), "{text}");
    assert!(text.contains("'@支行"), "{text}");
    assert!(!text.contains("13812345678") && !text.contains("欧阳修"), "{text}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let audit = "select operator, subject, detail ->> 'customers' from baton.audit where action = 'segment.export'";
    assert_eq!(bank.sql("sun.auditor", audit), [[LI, "SG-A v1", "40"]]);

    let refused = |who: &str, snapshot: &str, out: &str| {
        baton(&bank)
            .as_(who)
            .args(["--lang", "en", "segment", "export", snapshot, "--out", out])
            .refused()
    };
    assert!(refused(LI, &snapshot, out).contains("choose another name"), "what stands stays");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let other = dir.path().join("other.csv");
    let other = other.to_str().unwrap();
    assert!(refused("zhao.viewer", &snapshot, other).contains("strategist"));
    assert!(refused(LI, "99", other).contains("there is no snapshot 99"));
    owner(&bank, "update baton.snapshot set customers = 100001");
    assert!(refused(LI, &snapshot, other).contains("at most 100,000 may be exported"));
    assert!(!std::path::Path::new(other).exists(), "no half of a list stays");
}

#[test]
fn nobody_writes_over_a_version_that_he_has_not_read() {
    let bank = small();
    bank.operator("wang.approver", "approver,strategist", None);
    save(&bank, "SG-A", "aum > 1000", &["--base", "0"]);
    save(&bank, "SG-A", "aum > 2000", &["--base", "1"]);
    let late = ["segment", "save", "SG-A", "--name", "乙", "--rule", "aum > 3000", "--base", "1"];
    let refused = baton(&bank).as_("wang.approver").args(late).run();
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    for part in ["v1", "v2", "aum > 1000", "aum > 2000", "aum > 3000"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let versions = run(&bank, LI, &["segment", "versions", "SG-A"]);
    assert_eq!(versions.as_array().unwrap().len(), 2, "nothing was written");
    // A new code has no version, and what says the same is the same whoever comes second.
    let taken = ["segment", "save", "SG-A", "--name", "x", "--rule", "true", "--base", "0"];
    assert!(!baton(&bank).as_(LI).args(taken).run().status.success());
    assert_eq!(save(&bank, "SG-A", "aum > 2000", &["--base", "1"])["version"], 2);
    // Whoever names no base writes after whatever is there, as with strategies.
    assert_eq!(save(&bank, "SG-A", "aum > 4000", &[])["version"], 3);
    // The database itself refuses.
    let own = "wang.approver";
    let said =
        bank.refuses(own, "select baton.segment_save('SG-A', 'x', 'true', null, 'dynamic', 2)");
    assert!(said.contains("BT201") || said.contains("stale"), "{said}");
}

#[test]
fn an_event_rule_is_not_written_over_either() {
    let bank = small();
    owner(&bank, "insert into baton.event_kind (code) values ('login')");
    let new = |rule: &str, base: &str| {
        let args = ["moment", "new", "MOT-A", "--name", "甲", "--rule", rule, "--base", base];
        baton(&bank).as_(LI).args(args).run()
    };
    assert!(new("events('login', interval '1 day') >= 1", "0").status.success());
    assert!(new("events('login', interval '1 day') >= 2", "1").status.success());
    let refused = new("events('login', interval '1 day') >= 3", "1");
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(">= 1") && said.contains(">= 2") && said.contains(">= 3"), "{said}");
}

#[test]
fn comments_of_a_rule_are_kept_beside_it() {
    let bank = small();
    let typed = "aum > 1000 -- asked by the branch\nand true";
    assert_eq!(save(&bank, "SG-A", typed, &[])["rule"], "aum > 1000 and true");
    let kept = bank.sql(LI, "select source from baton.segment_version where code = 'SG-A'");
    assert_eq!(kept[0][0], typed);
    // The same with another comment is another version; without any, nothing is kept beside the rule.
    let other = "aum > 1000 /* for all */ and true";
    assert_eq!(save(&bank, "SG-A", other, &[])["version"], 2);
    assert_eq!(save(&bank, "SG-A", "aum > 1000 and true", &[])["version"], 3);
    let none = bank.sql(LI, "select count(*) from baton.segment_version where source is null");
    assert_eq!(none[0][0], "1");
}

/// The threshold of the tier has moved since the rule was written: it finds nobody by now, and whoever gives it another name or
/// note does not write it anew.
#[test]
fn an_unchanged_rule_is_not_judged_anew() {
    let bank = small();
    owner(&bank, "update baton.tier set from_minor = 50 where code = 'gold'");
    let rule = "tier = 'gold' and aum < 100";
    save(&bank, "SG-TH", rule, &[]);
    let on = format!("segment('SG-TH') and {rule}");
    save(&bank, "SG-ON", &on, &[]);
    owner(&bank, "update baton.tier set from_minor = 5000000 where code = 'gold'");
    let refused = |code: &str, rule: &str| {
        let args = ["--lang", "en", "segment", "save", code, "--name", "乙", "--rule", rule];
        baton(&bank).as_(LI).args(args).refused()
    };
    let named = |code: &str, rule: &str| {
        run(&bank, LI, &["segment", "save", code, "--name", "乙", "--rule", rule])
    };
    assert_eq!(named("SG-TH", rule)["version"], 2);
    assert_eq!(save(&bank, "SG-TH", "tier='gold'  AND aum<100", &["--note", "why"])["version"], 3);
    assert_eq!(named("SG-ON", &on)["name"], "乙");
    // Under another code, or with other words, it is a rule that somebody writes now.
    assert!(refused("SG-NEW", rule).contains("never"), "{}", refused("SG-NEW", rule));
    assert!(!refused("SG-TH", "tier = 'gold' and aum < 99").is_empty());
}
