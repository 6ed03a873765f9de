//! Event rules by command: what is refused, what a back-test says against plain SQL, and when one may be switched on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod moments;
mod support;

use chain::{approved, number, owner, pushed, run, up_to};
use moments::{LI, TWICE, ZHAO, enabled, hits_on, new, with_events};
use serde_json::{Value, json};
use support::{Bank, Launch, baton};

fn refused(bank: &Bank, args: &[&str]) -> String {
    baton(bank).as_(LI).args(["--lang", "en"]).args(args).refused()
}

fn file(text: &str) -> String {
    chain::strategy_file(text).to_str().unwrap().to_owned()
}

#[test]
fn what_is_no_moment_is_refused_with_what_to_do() {
    let bank = with_events();
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "a", "--rule", "aum > 1000"]);
    let with = |rule: &str| refused(&bank, &["moment", "new", "M", "--name", "甲", "--rule", rule]);
    assert!(with("aum > 1000").contains("asks for none"));
    assert!(with("events('transfer_uot', interval '1 day') > 0").contains("transfer_out"));
    let loose = with("segment('SG-A') and events('login') > 0");
    assert!(loose.contains("segment('SG-A', 1)"), "{loose}");
    let new = ["moment", "new", "M", "--name", "甲", "--rule", TWICE];
    let more = |more: &[&str]| refused(&bank, &[&new[..], more].concat());
    assert!(more(&["--action", "candidate"]).contains("name it"));
    assert!(more(&["--action", "finding", "--strategy", "ST-9"]).contains("takes none"));
    assert!(more(&["--strategy", "ST-9"]).contains("ST-9"));
    assert!(
        refused(&bank, &["moment", "new", "two words", "--name", "甲", "--rule", TWICE])
            .contains("two words")
    );
    assert!(
        refused(&bank, &["moment", "new", "M", "--name", " ", "--rule", TWICE]).contains("name")
    );
    let files = [
        ("code = ", "not TOML"),
        ("code = \"M\"\nwindow = 1", "no key window  line 2, column 1"),
        ("code = \"M\"\nname = 5", "name must be text in quotes  line 2, column 8"),
        ("code = \"M\"\nname = \"甲\"\nrule = \"true\"", "the key action is missing"),
        (
            "code = \"M\"\nname = \"甲\"\nrule = \"events('login') > 0\"\naction = \"sms\"",
            "sms is no action",
        ),
    ];
    for (text, said) in files {
        let told = refused(&bank, &["moment", "new", &file(text)]);
        assert!(told.contains(said), "{text}: {told}");
    }
    assert!(refused(&bank, &["moment", "new", "/nowhere/x.toml"]).contains("/nowhere/x.toml"));
    for step in ["show", "test", "enable", "disable", "hits"] {
        assert!(refused(&bank, &["moment", step, "NONE"]).contains("no moment NONE"), "{step}");
    }
    assert_eq!(bank.sql(ZHAO, "select count(*) from baton.moment_version"), [["0"]]);
    run(&bank, LI, &new);
    // Whoever has mistyped a code is told which was probably meant, by its code or its name.
    run(&bank, LI, &["moment", "new", "MOT-OUT", "--name", "连续转出", "--rule", TWICE]);
    for step in ["show", "test", "enable", "disable", "hits"] {
        for wrong in ["MOT-OTU", "mot-out", "连续转"] {
            let told = refused(&bank, &["moment", step, wrong]);
            let meant = format!("no moment {wrong}; did you mean MOT-OUT?");
            assert!(told.contains(&meant), "{step}: {told}");
        }
    }
    for days in ["0", "367"] {
        assert!(refused(&bank, &["moment", "test", "M", "--days", days]).contains("1 to 366"));
    }
    for args in [&["moment", "test", "M"][..], &["moment", "enable", "M"], &new] {
        let told = baton(&bank).as_(ZHAO).args(["--lang", "en"]).args(args).refused();
        assert!(told.contains("strategist"), "{told}");
    }
}

#[test]
fn a_file_is_a_moment_and_the_same_text_is_the_same_version() {
    let bank = with_events();
    let text = format!(
        "code = \"MOT-A\"\nname = \"连续转出\"\nrule = \"{TWICE}\"\naction = \"finding\"\n"
    );
    let saved = run(&bank, LI, &["moment", "new", &file(&text)]);
    assert_eq!(
        (&saved["version"], &saved["state"], &saved["tested"]),
        (&json!(1), &json!("off"), &Value::Null)
    );
    assert_eq!(run(&bank, LI, &["moment", "new", &file(&text)])["version"], 1);
    let other = text.replace(">= 2", ">= 3");
    assert_eq!(run(&bank, LI, &["moment", "new", &file(&other)])["version"], 2);
    let listed = run(&bank, ZHAO, &["moment", "list"]);
    assert_eq!((listed[0]["moment"].as_str(), &listed[0]["version"]), (Some("MOT-A"), &json!(2)));
    let audit =
        "select subject, operator from baton.audit where action = 'moment.save' order by id";
    assert_eq!(bank.sql("sun.auditor", audit), [["MOT-A v1", LI], ["MOT-A v2", LI]]);
    assert_eq!(
        bank.sql("sun.auditor", "select count(*) from baton.moment_version where hash = sha256(convert_to(rule, 'UTF8'))"),
        [["2"]]
    );
}

/// Counted by another road: one window of days per customer, in SQL that was written by hand.
#[test]
fn a_back_test_says_what_plain_sql_says() {
    let bank = with_events();
    approved(&bank, "ST-1", &up_to(200), "0.1", 7);
    pushed(&bank, "ST-1");
    owner(&bank, "update baton.push set as_of = '2026-11-08', deadline = '2026-11-15'");
    new(&bank, "M", TWICE, &[]);
    let told = run(&bank, LI, &["moment", "test", "M", "--days", "20"]);
    let days = told["days"].as_array().unwrap();
    assert_eq!(days.len(), 20);
    let (mut hits, mut overlaps) = (0, 0);
    for day in days {
        let on = day["day"].as_str().unwrap();
        let expected = hits_on(&bank, on);
        assert_eq!(number(&day["hits"]), i64::try_from(expected.len()).unwrap(), "{on}");
        let live = ("2026-11-08".."2026-11-16").contains(&on);
        let list =
            bank.sql(ZHAO, "select customer_id from baton.push_member where arm is not null");
        let overlap =
            expected.iter().filter(|id| live && list.iter().any(|row| row[0] == **id)).count();
        assert_eq!(number(&day["in_live_strategy"]), i64::try_from(overlap).unwrap(), "{on}");
        hits += expected.len();
        overlaps += overlap;
    }
    assert!(hits > 50 && overlaps > 5, "the bank has something to find: {hits} {overlaps}");
    assert_eq!(number(&told["hits"]), i64::try_from(hits).unwrap());
    let everyone: std::collections::BTreeSet<String> =
        days.iter().flat_map(|day| hits_on(&bank, day["day"].as_str().unwrap())).collect();
    assert_eq!(number(&told["customers"]), i64::try_from(everyone.len()).unwrap());
    let mean = told["per_day"].as_f64().unwrap();
    assert!((mean * 20.0 - f64::from(u32::try_from(hits).unwrap())).abs() <= 1.0, "{mean}");
    let shown = run(&bank, ZHAO, &["moment", "show", "M"]);
    assert_eq!((&shown["tested"]["hits"], &shown["tested"]["days"]), (&told["hits"], &json!(20)));
    let table = baton(&bank).as_(LI).args(["--lang", "en", "moment", "test", "M"]).run();
    assert!(String::from_utf8(table.stderr).unwrap().contains("attributes are today's"));
}

#[test]
fn only_a_back_test_of_exactly_this_text_switches_on() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    assert!(refused(&bank, &["moment", "enable", "M"]).contains("moment test M"));
    let by_hand = |set: &str| {
        let sql = format!("set role baton_owner; update baton.moment set {set} where code = 'M'");
        bank.refuses(baton::store::cluster::ADMIN, &sql)
    };
    assert_eq!(by_hand("state = 'on', on_since = '2026-11-20'"), "moment_on_is_tested");
    let on = enabled(&bank, "M");
    assert_eq!((&on["state"], &on["on_since"]), (&json!("on"), &json!("2026-11-20")));
    // Another text is off, and the test of the one before is not its own.
    let next = new(&bank, "M", &TWICE.replace('2', "3"), &[]);
    assert_eq!(
        (&next["version"], &next["state"], &next["tested"]),
        (&json!(2), &json!("off"), &Value::Null)
    );
    assert!(refused(&bank, &["moment", "enable", "M"]).contains("moment test M"));
    assert_eq!(
        by_hand("state = 'on', on_since = '2026-11-20', test_id = 1"),
        "moment_test_is_of_this_text"
    );
    assert_eq!(by_hand("version = 1, hash = sha256('')"), "moment_is_a_version");
    let changed = "update baton.moment_version set rule = 'true'";
    let admin = baton::store::cluster::ADMIN;
    assert_eq!(bank.refuses(admin, &format!("set role baton_owner; {changed}")), "BT002");
    let old = "select baton.moment_tested('M', (select hash from baton.moment_version where version = 1), '[{\"day\": \"2026-11-20\", \"hits\": 1, \"in_live_strategy\": 0}]', 1, 1)";
    assert_eq!(bank.refuses(LI, old), "BT121");
    let gap = "select baton.moment_tested('M', (select hash from baton.moment_version where version = 2), '[{\"day\": \"2026-11-18\", \"hits\": 1, \"in_live_strategy\": 0}]', 1, 1)";
    assert_eq!(bank.refuses(LI, gap), "BT122");
    enabled(&bank, "M");
    assert_eq!(run(&bank, LI, &["moment", "disable", "M"])["state"], "off");
    assert_eq!(run(&bank, LI, &["moment", "disable", "M"])["state"], "off", "again is no fault");
    assert_eq!(run(&bank, LI, &["moment", "enable", "M"])["state"], "on", "the test still stands");
}

#[test]
fn beyond_the_data_nothing_is_tested_nor_switched_on() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    for args in [&["moment", "test", "M"][..], &["moment", "enable", "M"]] {
        let args: Vec<&str> = ["--as-of", "2026-12-31"].iter().chain(args).copied().collect();
        let said = refused(&bank, &args);
        assert!(said.contains("up to 2026-11-20"), "{args:?}: {said}");
    }
    assert!(refused(&bank, &["moment", "enable", "M"]).contains("moment test M"));
    // Nor does the database keep one from whoever has psql, and one that it kept before lets it on no more.
    assert_eq!(bank.refuses(LI, &by_hand("2026-12-31")), "BT122");
    kept_before(&bank, "2026-12-31");
    assert!(refused(&bank, &["moment", "enable", "M"]).contains("moment test M"));
    assert_eq!(enabled(&bank, "M")["state"], "on");
}

/// A back-test of one day that finds nobody, by a strategist with psql.
fn by_hand(day: &str) -> String {
    format!(
        "set baton.as_of = '{day}'; select baton.moment_tested('M', (select hash from baton.moment where code = 'M'), \
             '[{{\"day\": \"{day}\", \"hits\": 0, \"in_live_strategy\": 0}}]', 0, 1)"
    )
}

/// The same, as the database kept it before it asked for the bank's data.
fn kept_before(bank: &Bank, day: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.moment_test (code, version, hash, as_of, days, hits, in_live, customers, per_day, ms)
                 select code, version, hash, '{day}', 1, 0, 0, 0,
                     '[{{\"day\": \"{day}\", \"hits\": 0, \"in_live_strategy\": 0}}]', 1 from baton.moment where code = 'M'"
        ),
    );
}

/// The bank's first event is of 2026-10-12.
#[test]
fn before_the_data_nothing_is_tested_nor_switched_on() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    let data = "the bank's data cover 2026-10-12 to 2026-11-20";
    // Far before, on the first day, which nothing can be compared with, and by one day of forty.
    for args in [
        &["--as-of", "2020-01-01", "moment", "test", "M"][..],
        &["--as-of", "2026-10-12", "moment", "test", "M", "--days", "1"],
        &["moment", "test", "M", "--days", "40"],
        &["--as-of", "2020-01-01", "moment", "enable", "M"],
    ] {
        let said = refused(&bank, args);
        assert!(said.contains(data), "{args:?}: {said}");
    }
    let zh = baton(&bank).as_(LI).args(["--lang", "zh-CN", "moment", "test", "M", "--days", "40"]);
    let zh = zh.refused();
    assert!(
        zh.contains("行内数据自 2026-10-12 至 2026-11-20") && zh.contains("2026-10-11"),
        "{zh}"
    );
    assert_eq!(bank.sql(ZHAO, "select count(*) from baton.moment_test"), [["0"]]);
    // Nor is it kept from whoever has psql, and one that was kept before neither lets it on nor is shown.
    assert_eq!(bank.refuses(LI, &by_hand("2020-01-01")), "BT122");
    assert_eq!(bank.refuses(LI, &by_hand("2026-10-12")), "BT122");
    kept_before(&bank, "2020-01-01");
    assert!(refused(&bank, &["moment", "enable", "M"]).contains("moment test M"));
    assert_eq!(run(&bank, ZHAO, &["moment", "show", "M"])["tested"], Value::Null);
    run(&bank, LI, &["--as-of", "2026-10-13", "moment", "test", "M", "--days", "1"]);
    run(&bank, LI, &["moment", "test", "M", "--days", "39"]);
    assert_eq!(run(&bank, LI, &["moment", "enable", "M"])["state"], "on");
}

#[test]
fn a_bank_without_events_has_nothing_to_test_on() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    owner(&bank, "delete from baton.event");
    assert!(refused(&bank, &["moment", "test", "M"]).contains("no events yet"));
    assert_eq!(bank.refuses(LI, &by_hand("2026-11-20")), "BT122");
}

#[test]
fn an_older_back_test_does_not_take_the_place_of_a_later_one() {
    let bank = with_events();
    new(&bank, "M", TWICE, &[]);
    let shown = || run(&bank, ZHAO, &["moment", "show", "M"])["tested"].clone();
    let earlier = ["--as-of", "2026-10-20", "moment", "test", "M", "--days", "2"];
    run(&bank, LI, &earlier);
    assert_eq!(shown()["as_of"], "2026-10-20", "while there is no other");
    run(&bank, LI, &["moment", "test", "M", "--days", "20"]);
    let latest = shown();
    assert_eq!((&latest["as_of"], &latest["days"]), (&json!("2026-11-20"), &json!(20)));
    let said = baton(&bank).as_(LI).args(["--lang", "en"]).args(earlier).run();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("as of 2026-11-20 reaches further"), "{said}");
    assert_eq!(shown(), latest);
    run(&bank, LI, &["moment", "enable", "M"]);
    let named =
        "select t.as_of, t.days from baton.moment m join baton.moment_test t on t.id = m.test_id";
    assert_eq!(bank.sql(ZHAO, named), [["2026-11-20", "20"]]);
    // Of the same day the last one counts.
    run(&bank, LI, &["moment", "test", "M", "--days", "5"]);
    assert_eq!(shown()["days"], 5);
}

/// The threshold of the tier has moved since the rule was written: whoever adds a note does not write it anew.
#[test]
fn an_unchanged_rule_of_a_moment_is_not_judged_anew() {
    let bank = with_events();
    owner(&bank, "update baton.tier set from_minor = 50 where code = 'gold'");
    let rule = "events('transfer_out', interval '7 days') >= 2 and tier = 'gold' and aum < 100";
    new(&bank, "M", rule, &[]);
    owner(&bank, "update baton.tier set from_minor = 5000000 where code = 'gold'");
    assert_eq!(new(&bank, "M", rule, &["--note", "why"])["note"], "why");
    let other = ["moment", "new", "N", "--name", "甲", "--rule", rule];
    assert!(refused(&bank, &other).contains("never"), "{}", refused(&bank, &other));
}

#[test]
fn by_keys_a_moment_is_tested_switched_on_and_off() {
    let bank = with_events();
    new(&bank, "MOT-A", TWICE, &[]);
    let state = tempfile::tempdir().unwrap();
    let launch = Launch::of(["--database-url".to_owned(), bank.url_as(LI)]).lang("en");
    let mut console = launch.env("XDG_STATE_HOME", &state.path().display().to_string()).open();
    console.sees("online").keys("g m").sees("MOT-A").sees("not back-tested as it stands");
    console.keys("s").sees("no back-test of what it says now");
    console.keys("t").sees("hits per day").sees("2026-11-20").keys("s").sees("Switch MOT-A on?");
    console.keys("y").sees("MOT-A is on.").sees("on since 2026-11-20");
    assert_eq!(bank.sql(ZHAO, "select state from baton.moment"), [["on"]]);
    console.keys("x").sees("MOT-A is off.");
    assert_eq!(bank.sql(ZHAO, "select state from baton.moment"), [["off"]]);
}

#[test]
fn a_window_that_reaches_before_the_first_event_is_told() {
    let bank = with_events();
    let since = bank.sql(ZHAO, "select baton.events_since()::text")[0][0].clone();
    let said = |args: &[&str]| {
        let out = baton(&bank).as_(LI).args(["--lang", "en"]).args(args).run();
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    let known = format!("events are known since {since}");
    let long = "events('transfer_out', interval '10 years') >= 2";
    let counted = run(&bank, LI, &["segment", "count", "--rule", long]);
    assert_eq!(counted["events_since"], Value::from(since.as_str()));
    assert!(said(&["segment", "count", "--rule", long]).contains(&known));
    assert!(!said(&["segment", "count", "--rule", TWICE]).contains("events are known"));
    assert!(run(&bank, LI, &["segment", "count", "--rule", TWICE]).get("events_since").is_none());
    // Of a related customer, and of another segment, too.
    run(&bank, LI, &["segment", "save", "SG-L", "--name", "a", "--rule", long]);
    assert!(said(&["segment", "count", "--rule", "aum > 1 and segment('SG-L')"]).contains(&known));
    // Today's window of 39 days is known whole; the day before the first of three needs two more.
    let edge = "events('transfer_out', interval '39 days') >= 3";
    assert!(!said(&["segment", "count", "--rule", edge]).contains("events are known"));
    new(&bank, "MOT-EDGE", edge, &[]);
    new(&bank, "MOT-OUT", TWICE, &[]);
    let tested = run(&bank, LI, &["moment", "test", "MOT-EDGE", "--days", "3"]);
    assert_eq!(tested["events_since"], Value::from(since.as_str()));
    assert!(said(&["moment", "test", "MOT-EDGE", "--days", "3"]).contains(&known));
    assert!(said(&["moment", "show", "MOT-EDGE"]).contains(&known));
    assert_eq!(
        run(&bank, LI, &["moment", "test", "MOT-OUT", "--days", "3"])["events_since"],
        Value::Null
    );
    assert!(!said(&["moment", "show", "MOT-OUT"]).contains("events are known"));
}
