//! A mart of the bank's own is another's to change: what changes there takes away its own attributes and nothing else,
//! and every answer says of which day a mart is.

mod chain;
mod mart_bank;
mod support;

use chain::{approved, owner, run};
use mart_bank::{LI, ZHAO, codes, mart, refused, with_logins};
use serde_json::{Value, json};
use sqlx::Connection as _;
use support::server::block_on;
use support::{Bank, baton};

#[test]
fn a_mart_that_broke_takes_away_its_own_attributes_only() {
    // What is done to the mart, what cannot be read after it, and the word for it.
    let done = [
        ("alter table mart.tags rename column vip to very", "vip", "column"),
        ("alter table mart.tags alter column vip type text", "vip", "type"),
        ("drop view mart.keen", "keen", "relation"),
        ("revoke select on mart.keen from baton_operator", "keen", "right"),
        // The catalogue knows nothing of these.
        (
            "create or replace view mart.keen as select customer_id, 1 / (customer_id - customer_id) = 1 as keen from mart.base",
            "keen",
            "22012",
        ),
    ];
    for (change, code, reason) in done {
        let bank = mart();
        let save = |segment: &str, rule: &str| {
            run(&bank, LI, &["segment", "save", segment, "--name", "a", "--rule", rule]);
        };
        save("SG-ON", code);
        save("SG-ALL", "aum > 0");
        let whole = run(&bank, LI, &["customer", "show", "6"]);
        assert_eq!(codes(&whole), ["keen", "score", "vip"]);
        assert!(whole.get("unread").is_none());

        owner(&bank, change);
        let gone = json!([{ "attribute": code, "relation": if code == "vip" { "mart.tags" } else { "mart.keen" }, "reason": reason }]);
        let card = run(&bank, LI, &["customer", "show", "6"]);
        assert_eq!((&card["unread"], codes(&card).len()), (&gone, 2), "{change}");
        let portrait = run(&bank, LI, &["segment", "portrait", "SG-ALL"]);
        assert_eq!(portrait["unread"], gone, "{change}");
        assert!(!portrait["traits"].as_array().unwrap_or(&vec![]).is_empty(), "{change}");
        // A rule that names it is told so by name, whatever asks.
        for args in [
            &["segment", "count", "--rule", code][..],
            &["segment", "freeze", "SG-ON"],
            &["segment", "overlap", "SG-ON", "SG-ALL"],
            &["segment", "grid", "SG-ALL", "--by", code],
            &["segment", "explain", "SG-ON", "--customer", "6"],
        ] {
            let said = refused(&bank, args);
            assert!(
                said.contains(&format!("attribute {code} of mart.")),
                "{change} {args:?}: {said}"
            );
            assert!(said.contains("cannot be read"), "{said}");
        }
        run(&bank, LI, &["segment", "count", "--rule", "aum > 0"]);
        // Measuring anew changes nothing of it.
        bank.program("baton_admin").args(["attribute", "refresh"]).json();
        assert_eq!(run(&bank, LI, &["customer", "show", "6"])["unread"], gone, "{change}");
    }
}

#[test]
fn what_stands_on_a_broken_mart_is_told_so_by_name_wherever_it_runs() {
    let bank = mart();
    with_logins(&bank);
    owner(
        &bank,
        "insert into baton.relation_kind values ('family') on conflict do nothing;
         insert into baton.relation (customer_id, kind, other_id, org_id) values (7, 'family', 9, 5)",
    );
    let moment = [
        "moment",
        "new",
        "M",
        "--name",
        "甲",
        "--rule",
        "events('login', interval '7 days') >= 1 and keen",
    ];
    run(&bank, LI, &moment);
    run(&bank, LI, &["moment", "test", "M", "--days", "3"]);
    run(&bank, LI, &["moment", "enable", "M"]);
    approved(&bank, "ST-K", "keen", "0.1", 7);
    approved(&bank, "ST-R", "related('family', keen)", "0.1", 7);
    owner(
        &bank,
        "insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-11-20', 'test', '{}', '{}')",
    );
    owner(&bank, "drop view mart.keen");
    let named = "attribute keen of mart.keen cannot be read";
    for args in [
        &["moment", "test", "M", "--days", "3"][..],
        &["push", "plan", "ST-K"],
        &["push", "plan", "ST-R"],
        &["push", "preview", "ST-K", "--wave", "1"],
        &["segment", "explain", "SG-ST-R", "--customer", "7"],
    ] {
        let said = refused(&bank, args);
        assert!(said.contains(named) && !said.contains("42P01"), "{args:?}: {said}");
    }
    let out = baton(&bank).args(["--lang", "en", "worker", "--once"]).run();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains(named), "the worker that runs it: {said}");
    // The rule itself says that it could not be run, and for which day; the other engine says why it cannot either.
    let stands = baton(&bank).as_(LI).args(["--lang", "en", "moment", "show", "M"]).json();
    assert!(stands["broken"].as_str().is_some_and(|why| why.contains(named)), "{stands}");
    assert_eq!(stands["due"], "2026-11-20");
    assert_eq!(stands["refreshed"][0]["relation"], "mart.keen");
    let columns = ["segment", "count", "--rule", "keen", "--engine", "columns"];
    assert!(refused(&bank, &columns).contains(named));
    owner(
        &bank,
        "create view mart.keen as select customer_id, keen from mart.base; grant select on mart.keen to baton_operator",
    );
    baton(&bank).args(["worker", "--once"]).json();
    let stands = run(&bank, LI, &["moment", "show", "M"]);
    assert_eq!((&stands["broken"], &stands["due"]), (&Value::Null, &Value::Null), "{stands}");
}

#[test]
fn what_names_a_column_that_is_gone_is_not_saved() {
    let bank = mart();
    owner(
        &bank,
        "insert into baton.event_kind (code) values ('login'); alter table mart.tags drop column vip",
    );
    let said = refused(&bank, &["segment", "save", "SG-V", "--name", "v", "--rule", "vip"]);
    assert!(said.contains("vip"), "{said}");
    let rule = "events('login', interval '7 days') >= 1 and vip";
    let said = refused(&bank, &["moment", "new", "V", "--name", "v", "--rule", rule]);
    assert!(said.contains("vip"), "{said}");
    assert!(refused(&bank, &["segment", "show", "SG-V"]).contains("SG-V"));
    run(&bank, LI, &["segment", "save", "SG-S", "--name", "s", "--rule", "score > 1"]);
}

#[test]
fn a_kept_segment_that_names_a_column_that_is_gone_is_marked() {
    let bank = mart();
    let save = |segment: &str, more: &[&str], rule: &str| {
        let args = [&["segment", "save", segment, "--name", "a", "--rule", rule], more].concat();
        run(&bank, LI, &args);
    };
    save("SG-F", &["--frozen"], "vip");
    run(&bank, LI, &["segment", "freeze", "SG-F"]);
    save("SG-V", &[], "vip and aum > 0");
    save("SG-ON", &[], "segment('SG-V') or aum > 1");
    save("SG-A", &[], "aum > 0");
    let marked = |bank: &Bank| -> Vec<String> {
        let all = run(bank, LI, &["segment", "list"]);
        let all = all.as_array().into_iter().flatten();
        let broken = all.filter(|row| row.get("broken").is_some());
        broken.filter_map(|row| row["code"].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(marked(&bank), Vec::<String>::new());
    owner(&bank, "alter table mart.tags drop column vip");
    // The list of the frozen one stands; what names a broken one is broken with it.
    assert_eq!(marked(&bank), ["SG-ON", "SG-V"]);
    let told = baton(&bank).as_(ZHAO).args(["--lang", "en", "segment", "show", "SG-V"]).json();
    assert!(told["broken"].as_str().is_some_and(|why| why.contains("vip of mart.tags")), "{told}");
    let out = baton(&bank).as_(ZHAO).args(["--lang", "en", "segment", "list"]).run();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("SG-V cannot be counted now: attribute vip"), "{said}");
    assert!(!said.contains("SG-A ") && !said.contains("SG-F "), "{said}");
}

/// The number is written for people in the table and on the page, and whole for programs.
#[test]
fn a_number_of_a_mart_stands_in_its_unit() {
    let bank = mart();
    owner(
        &bank,
        "update mart.tags set score = 1234.50700 where customer_id = 6;
         update baton.attribute set unit = '分' where code = 'score'",
    );
    let card = |format: &str| {
        let args = ["--lang", "zh-CN", "--format", format, "customer", "show", "6"];
        String::from_utf8(baton(&bank).as_(LI).args(args).run().stdout).unwrap_or_default()
    };
    let table = card("table");
    assert!(table.contains("甲（分）") && table.contains("1,234.51"), "{table}");
    assert!(card("json").contains("1234.507"));
    assert!(card("csv").contains("1234.50700"));
}

#[test]
fn the_doctor_names_what_cannot_be_read() {
    let bank = mart();
    let marts = |bank: &Bank| -> Vec<String> {
        let checks = baton(bank).as_(LI).args(["--lang", "en", "doctor"]).json();
        let all = checks["checks"].as_array().into_iter().flatten();
        let marts = all.filter(|check| check["name"] == "mart");
        marts.map(|check| format!("{} {}", check["state"], check["detail"])).collect()
    };
    assert_eq!(marts(&bank), Vec::<String>::new());
    owner(&bank, "drop view mart.keen");
    let said = marts(&bank);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("note") && said[0].contains("keen of mart.keen"), "{said:?}");
}

#[test]
fn a_segment_that_fails_keeps_no_other_from_being_frozen() {
    let bank = mart();
    let save = |segment: &str, rule: &str| {
        run(&bank, LI, &["segment", "save", segment, "--name", "a", "--rule", rule]);
    };
    for (code, rule) in [
        ("SG-1", "aum > 1"),
        ("SG-2", "keen"),
        ("SG-3", "segment('SG-2') and aum > 3"),
        ("SG-4", "segment('SG-3') or vip"),
        ("SG-5", "segment('SG-1') and vip"),
    ] {
        save(code, rule);
    }
    owner(&bank, "drop view mart.keen");
    let out =
        baton(&bank).as_(LI).args(["--lang", "en", "--format", "json", "segment", "refresh"]).run();
    assert_eq!(out.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
    let frozen: Vec<&str> = told["refreshed"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["code"].as_str())
        .collect();
    assert_eq!(frozen, ["SG-1", "SG-5"], "{told}");
    assert_eq!(told["failed"], json!(["SG-2"]));
    assert_eq!(
        told["skipped"],
        json!([{ "code": "SG-3", "stands_on": "SG-2" }, { "code": "SG-4", "stands_on": "SG-3" }])
    );
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("SG-2: attribute keen of mart.keen cannot be read"), "{said}");
    assert!(said.contains("not frozen: SG-2, SG-3, SG-4"), "{said}");
    // What no segment can help ends it.
    let said = baton(&bank).as_(ZHAO).args(["--lang", "en", "segment", "refresh"]).refused();
    assert!(said.contains("you need the duty"), "{said}");
}

#[test]
fn an_answer_says_of_which_day_a_mart_is() {
    let bank = mart();
    let tags = |attributes: &[&str]| json!([{ "relation": "mart.tags", "attributes": attributes, "at": "2026-06-30" }]);
    let count = |rule: &str, more: &[&str]| {
        run(&bank, ZHAO, &[&["segment", "count", "--rule", rule], more].concat())
    };
    let told = count("vip and aum > 0", &[]);
    assert_eq!((&told["as_of"], &told["refreshed"]), (&json!("2026-11-20"), &tags(&["vip"])));
    assert_eq!(count("vip and aum > 0", &["--by", "org"])["refreshed"], tags(&["vip"]));
    assert!(count("aum > 0", &[]).get("refreshed").is_none());
    let silent = json!([{ "relation": "mart.keen", "attributes": ["keen"], "at": null }]);
    assert_eq!(count("keen", &[])["refreshed"], silent);
    let out =
        baton(&bank).as_(ZHAO).args(["--lang", "en", "segment", "count", "--rule", "vip"]).run();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("mart.tags (vip) is of 2026-06-30"), "{said}");

    let save = |segment: &str, rule: &str| {
        run(&bank, LI, &["segment", "save", segment, "--name", "a", "--rule", rule]);
    };
    save("SG-A", "vip");
    save("SG-B", "segment('SG-A') and aum > 0");
    let of = |args: &[&str]| run(&bank, LI, args)["refreshed"].clone();
    assert_eq!(of(&["segment", "explain", "SG-B", "--customer", "6"]), tags(&["vip"]));
    assert_eq!(of(&["segment", "grid", "SG-B", "--by", "score"]), tags(&["vip", "score"]));
    let portrait = run(&bank, LI, &["segment", "portrait", "SG-B"]);
    assert_eq!(
        portrait["refreshed"].as_array().map(Vec::len),
        Some(2),
        "{}",
        portrait["refreshed"]
    );
    let overlap = run(&bank, LI, &["segment", "overlap", "SG-A", "SG-B"]);
    assert_eq!(overlap["refreshed"], tags(&["vip"]));
    assert_eq!((&overlap["as_of"], &overlap["scope"]), (&json!("2026-11-20"), &Value::Null));
    // Also what is read of related customers only, and what a list was frozen from.
    owner(&bank, "insert into baton.relation_kind values ('family') on conflict do nothing");
    assert_eq!(count("related('family', vip)", &[])["refreshed"], tags(&["vip"]));
    assert_eq!(of(&["segment", "freeze", "SG-B"]), tags(&["vip"]));
    save("SG-C", "aum > 0");
    assert!(run(&bank, LI, &["segment", "freeze", "SG-C"]).get("refreshed").is_none());
    let out = baton(&bank).as_(LI).args(["--lang", "en", "segment", "freeze", "SG-A"]).run();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("mart.tags (vip) is of 2026-06-30"), "{said}");
    // It moves with the mart, whatever the dictionary has measured.
    owner(&bank, "update mart.tags set loaded_at = '2026-11-19'");
    assert_eq!(count("vip", &[])["refreshed"][0]["at"], "2026-11-19");
    for args in [
        &["segment", "explain", "SG-B", "--customer", "6"][..],
        &["segment", "grid", "SG-B", "--by", "score"],
        &["segment", "portrait", "SG-B"],
        &["segment", "overlap", "SG-A", "SG-B"],
        &["segment", "freeze", "SG-A"],
    ] {
        let told = run(&bank, LI, args);
        let days = told["refreshed"].as_array().into_iter().flatten();
        let mut tags = days.filter(|mart| mart["relation"] == "mart.tags");
        assert!(tags.all(|mart| mart["at"] == "2026-11-19"), "{args:?} {told}");
    }
    let card = run(&bank, LI, &["customer", "show", "6"]);
    assert!(card.to_string().contains("2026-11-19"), "the segments that he is in now: {card}");
    owner(&bank, "update mart.tags set loaded_at = null");
    assert_eq!(count("vip", &[])["refreshed"][0]["at"], Value::Null);
}

#[test]
fn the_dictionary_tells_of_a_broken_mart_when_it_is_looked_at() {
    for (change, code, mended) in [
        (
            "alter table mart.tags rename column vip to very",
            "vip",
            "alter table mart.tags rename column very to vip",
        ),
        (
            "drop view mart.keen",
            "keen",
            "create view mart.keen as select customer_id, keen from mart.base;
             grant select on mart.keen to baton_operator",
        ),
        (
            "revoke select on mart.keen from baton_operator",
            "keen",
            "grant select on mart.keen to baton_operator",
        ),
        // The catalogue knows nothing of this one.
        (
            "create or replace view mart.keen as select customer_id, 1 / (customer_id - customer_id) = 1 as keen from mart.base",
            "keen",
            "create or replace view mart.keen as select customer_id, keen from mart.base",
        ),
    ] {
        let bank = mart();
        let readable =
            |code: &str| run(&bank, LI, &["attribute", "show", code])["readable"].clone();
        assert_eq!(readable(code), true);
        owner(&bank, change);
        assert_eq!(readable(code), false, "{change}");
        let all = run(&bank, LI, &["attribute", "list"]);
        let broken: Vec<&str> = all
            .as_array()
            .into_iter()
            .flatten()
            .filter(|row| row["readable"] == false)
            .filter_map(|row| row["code"].as_str())
            .collect();
        assert_eq!(broken, [code], "{change}");
        // What has been measured since is no longer said once the mart stands again.
        bank.program("baton_admin").args(["attribute", "refresh"]).json();
        assert_eq!(readable(code), false, "{change}");
        owner(&bank, mended);
        let after = readable(code);
        let heard = change.contains("1 / ");
        assert_eq!(
            after == true,
            !heard,
            "what only reading hears stays until it is measured: {change}"
        );
    }
    let bank = mart();
    block_on(async {
        let mut holder = bank.connect("baton_admin").await;
        let mut locked = holder.begin().await.unwrap_or_else(|error| panic!("{error}"));
        let lock = "set role baton_owner; lock table mart.tags in access exclusive mode";
        let held = sqlx::raw_sql(lock).execute(&mut *locked).await;
        assert!(held.is_ok(), "{held:?}");
        assert_eq!(run(&bank, LI, &["attribute", "show", "vip"])["readable"], false);
        assert_eq!(run(&bank, LI, &["attribute", "show", "keen"])["readable"], true);
        let left = locked.rollback().await;
        assert!(left.is_ok(), "{left:?}");
        assert_eq!(run(&bank, LI, &["attribute", "show", "vip"])["readable"], true);
    });
}

#[test]
fn nothing_is_answered_as_of_a_day_before_the_data() {
    let bank = mart();
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "a", "--rule", "aum > 0"]);
    for args in [
        &["segment", "count", "--rule", "aum > 0"][..],
        &["segment", "count", "--rule", "aum > 0", "--engine", "sql"],
        &["segment", "grid", "SG-A", "--by", "aum"],
        &["segment", "explain", "SG-A", "--customer", "6"],
        &["segment", "portrait", "SG-A"],
        &["segment", "overlap", "SG-A"],
    ] {
        let said = refused(&bank, &[&["--as-of", "2026-09-30"], args].concat());
        assert!(said.contains("2026-11-20") && said.contains("2026-09-30"), "{args:?}: {said}");
        run(&bank, LI, &[&["--as-of", "2026-12-31"], args].concat());
    }
}
