//! A mart of the bank's own that somebody has locked: it is named, takes away what is its own, and is waited for once.

mod chain;
mod mart_bank;
mod support;

use std::time::{Duration, Instant};

use chain::{owner, run};
use mart_bank::{LI, codes, mart, refused, three_more, with_logins};
use serde_json::{Value, json};
use sqlx::Connection as _;
use support::baton;
use support::server::block_on;

/// Four marts that somebody has locked cost a portrait the time of one.
#[test]
#[expect(clippy::disallowed_methods, reason = "it looks how long an answer takes")]
fn many_locked_marts_are_waited_for_once() {
    let bank = mart();
    run(&bank, LI, &["segment", "save", "SG-ALL", "--name", "a", "--rule", "aum > 0"]);
    three_more(&bank);
    block_on(async {
        let mut holder = bank.connect("baton_admin").await;
        let mut locked = holder.begin().await.unwrap_or_else(|error| panic!("{error}"));
        let lock = "set role baton_owner;
            lock table mart.tags, mart.more1, mart.more2, mart.more3 in access exclusive mode";
        let held = sqlx::raw_sql(lock).execute(&mut *locked).await;
        assert!(held.is_ok(), "{held:?}");
        let began = Instant::now();
        let portrait = run(&bank, LI, &["segment", "portrait", "SG-ALL"]);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}");
        let unread = portrait["unread"].as_array().map_or(0, Vec::len);
        assert_eq!(unread, 5, "{portrait}");
        let left = locked.rollback().await;
        assert!(left.is_ok(), "{left:?}");
    });
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it looks how long a refusal takes")]
fn a_mart_that_is_locked_is_named_and_not_waited_for() {
    let bank = mart();
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "a", "--rule", "vip"]);
    run(&bank, LI, &["segment", "save", "SG-ALL", "--name", "a", "--rule", "aum > 0"]);
    owner(&bank, "insert into baton.relation_kind values ('family') on conflict do nothing");
    block_on(async {
        let mut holder = bank.connect("baton_admin").await;
        let mut locked = holder.begin().await.unwrap_or_else(|error| panic!("{error}"));
        let lock = "set role baton_owner; lock table mart.tags in access exclusive mode";
        let held = sqlx::raw_sql(lock).execute(&mut *locked).await;
        assert!(held.is_ok(), "{held:?}");
        for args in [
            &["segment", "count", "--rule", "vip"][..],
            &["segment", "count", "--rule", "vip", "--engine", "columns"],
            &["segment", "count", "--rule", "related('family', vip) or aum > 0"],
            &["segment", "explain", "SG-A", "--customer", "6"],
            &["segment", "freeze", "SG-A"],
            &["segment", "overlap", "SG-A", "SG-ALL"],
            &["segment", "grid", "SG-ALL", "--by", "score"],
        ] {
            let began = Instant::now();
            let said = refused(&bank, args);
            assert!(said.contains("mart.tags is locked"), "{args:?}: {said}");
            assert!(began.elapsed() < Duration::from_secs(15), "{args:?}");
        }
        // What does not read it is answered, and a portrait leaves it out.
        run(&bank, LI, &["segment", "count", "--rule", "keen and aum > 0"]);
        let portrait = run(&bank, LI, &["segment", "portrait", "SG-ALL"]);
        let unread = portrait["unread"].to_string();
        assert!(unread.contains("vip") && unread.contains("locked"), "{portrait}");
        let traits = portrait["traits"].to_string();
        assert!(traits.contains("\"keen\"") && !traits.contains("\"vip\""), "{traits}");
        let said = refused(&bank, &["segment", "portrait", "SG-A"]);
        assert!(said.contains("mart.tags is locked"), "{said}");
        let left = locked.rollback().await;
        assert!(left.is_ok(), "{left:?}");
        run(&bank, LI, &["segment", "count", "--rule", "vip"]);
    });
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it looks how long an answer takes")]
fn a_mart_that_is_locked_holds_up_neither_a_card_nor_the_event_rules() {
    let bank = mart();
    let load = "insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-11-20', 'test', '{}', '{}')";
    with_logins(&bank);
    for (code, rule) in [("A", "vip"), ("B", "aum > 0")] {
        let rule = format!("events('login', interval '7 days') >= 1 and {rule}");
        run(&bank, LI, &["moment", "new", code, "--name", "a", "--rule", &rule]);
        run(&bank, LI, &["moment", "test", code, "--days", "2"]);
        run(&bank, LI, &["moment", "enable", code]);
    }
    owner(&bank, load);
    block_on(async {
        let mut holder = bank.connect("baton_admin").await;
        let mut locked = holder.begin().await.unwrap_or_else(|error| panic!("{error}"));
        let lock = "set role baton_owner; lock table mart.tags in access exclusive mode";
        let held = sqlx::raw_sql(lock).execute(&mut *locked).await;
        assert!(held.is_ok(), "{held:?}");
        let began = Instant::now();
        let card = run(&bank, LI, &["customer", "show", "6"]);
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        let unread = card["unread"].to_string();
        assert!(unread.contains("vip") && unread.contains("locked"), "{card}");
        assert!(codes(&card).contains(&"keen"), "what is not locked stands: {card}");
        let said = refused(&bank, &["moment", "test", "A", "--days", "2"]);
        assert!(said.contains("mart.tags is locked"), "{said}");
        let out = baton(&bank).args(["--lang", "en", "worker", "--once"]).run();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(said.contains("mart.tags is locked"), "{said}");
        assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
        let due = |code: &str| run(&bank, LI, &["moment", "show", code])["due"].clone();
        assert_eq!((due("A"), due("B")), (json!("2026-11-20"), Value::Null), "the other one ran");
        let left = locked.rollback().await;
        assert!(left.is_ok(), "{left:?}");
    });
}

/// A card asks what it tells of the marts, and which segments he is in: four locked marts cost both the time of one.
#[test]
#[expect(clippy::disallowed_methods, reason = "it looks how long an answer takes")]
fn many_locked_marts_cost_a_card_the_time_of_one() {
    let bank = mart();
    three_more(&bank);
    let save = |segment: &str, rule: &str| {
        run(&bank, LI, &["segment", "save", segment, "--name", "a", "--rule", rule]);
    };
    save("SG-ALL", "aum > 0");
    for (code, rule) in [("SG-V", "vip"), ("SG-1", "keen1"), ("SG-2", "keen2"), ("SG-3", "keen3")] {
        save(code, rule);
    }
    let show = || {
        let began = Instant::now();
        let card = run(&bank, LI, &["customer", "show", "6"]);
        (card, began.elapsed())
    };
    let (whole, free) = show();
    assert_eq!(codes(&whole), ["keen", "keen1", "keen2", "keen3", "score", "vip"]);
    block_on(async {
        let mut holder = bank.connect("baton_admin").await;
        let mut locked = holder.begin().await.unwrap_or_else(|error| panic!("{error}"));
        let lock = "set role baton_owner;
            lock table mart.tags, mart.more1, mart.more2, mart.more3 in access exclusive mode";
        let held = sqlx::raw_sql(lock).execute(&mut *locked).await;
        assert!(held.is_ok(), "{held:?}");
        let (card, took) = show();
        assert_eq!(codes(&card), ["keen"], "{card}");
        assert_eq!(card["unread"].as_array().map_or(0, Vec::len), 5, "{card}");
        let segments = &card["segments"];
        assert_eq!(segments["broken"], json!(["SG-1", "SG-2", "SG-3", "SG-V"]), "{segments}");
        assert!(segments["found"].to_string().contains("SG-ALL"), "{segments}");
        // Four waits of 300 ms, one of two seconds and four of 200 ms took more than four seconds.
        let waited = took.saturating_sub(free);
        assert!(waited < Duration::from_millis(1_500), "{waited:?} of {took:?}");
        let left = locked.rollback().await;
        assert!(left.is_ok(), "{left:?}");
    });
}
