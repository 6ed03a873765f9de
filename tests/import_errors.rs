//! Errors of an import that need a bank in a special state: slow queries, busy readers, a full hand, a clash with what
//! stands. What is wrong with manifests is in `manifests.rs`, with files and SQL in `import_walls.rs`.
#![expect(clippy::disallowed_methods, reason = "tests read the log and write files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::Path;

use baton::domain::bank::Bank as Facts;
use baton::domain::money::Currency;
use baton::store::Db;
use baton::store::cluster::INTERNAL;
use baton::store::import::{Destination, ImportError, Loader, Setup};
use baton::text::{Lang, render};
use support::Bank;
use support::files::{Files, content, leftovers, only};
use support::server::{Server, block_on};

/// What is logged by a program whose state is kept in `state`.
fn log(state: &Path) -> String {
    let logs = std::fs::read_dir(state.join("baton")).unwrap().flatten();
    logs.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect()
}

#[test]
fn a_query_of_a_manifest_that_outlasts_its_limit_is_stopped() {
    let bank = Bank::empty();
    let files = only("select code, parent, kind, name from raw.unit, pg_sleep(600) where true");
    let said = files.import(&bank, &["--sql-limit", "1"]).refused();
    assert!(said.contains("load org_unit: its SQL took too long and was stopped"), "{said}");
    assert!(leftovers(&bank).is_empty());
    assert_eq!(content(&bank), content(&Bank::empty()));
    for limit in ["0", "21601", "x"] {
        files.import(&bank, &["--sql-limit", limit]).fails(2);
    }
}

#[test]
fn records_that_are_read_for_too_long_stay_as_they_are() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    let before = content(&bank);
    // The owner's function as it is, but with the patience of two tries instead of a minute.
    bank.sql(
        INTERNAL,
        "do $$ begin execute replace(pg_get_functiondef('baton.lock_for_exchange(text[])'::regprocedure),
             '1 .. 40', '1 .. 2'); end $$",
    );
    let files = block_on(async {
        use sqlx::Executor as _;
        let mut reader = bank.connect("zhao.viewer").await;
        reader.execute("begin").await.unwrap();
        reader.execute("select count(*) from baton.customer").await.unwrap();
        let files = files.put("customers.csv", "id,org,name,aum,vip,job\n9,S1,x,9,1,x\n");
        let files = files.put("events.csv", "customer,ref,kind,at,amount\n");
        let said = files.import(&bank, &[]).refused();
        assert!(said.contains("the records were in use for so long"), "{said}");
        assert!(said.contains("In use by: zhao.viewer ("), "who it is: {said}");
        files
    });
    assert_eq!(content(&bank), before);
    assert!(leftovers(&bank).is_empty());
    assert_eq!(files.import(&bank, &[]).json()["loaded"]["customer"], 1);
}

#[test]
fn a_metric_with_facts_keeps_its_unit() {
    let bank = Bank::empty();
    let with = |unit: &str| {
        Files::with(&format!(
            "{}{}[[load]]\ninto = \"metric\"\nsql = \"select 'aum' as code, {unit} as unit\"\n\
             [[load]]\ninto = \"metric_fact\"\nsql = \"select 'aum' as metric, 'S1' as org, date '2026-06-30' as day, 1 as value\"\n",
            support::files::HEAD,
            "[[load]]\ninto = \"org_unit\"\nsql = \"select 'S1' as code, null as parent, 'hq' as kind, 'x' as name\"\n",
        ))
    };
    with("'money'").import(&bank, &[]).json();
    let before = content(&bank);
    let said = with("null").import(&bank, &[]).refused();
    assert!(said.contains("metric aum"), "{said}");
    assert_eq!(content(&bank), before);
}

#[test]
fn without_a_place_for_the_reject_file_nothing_is_loaded() {
    let (bank, files) = (Bank::empty(), Files::small());
    let files = files.put("customers.csv", "id,org,name,aum,vip,job\n1,S1,x,zwei,1,x\n");
    // Where its directory would be stands a file, which stops the superuser too.
    std::fs::create_dir(files.dir().join("data")).unwrap();
    std::fs::write(files.dir().join("data/rejects"), "").unwrap();
    let said = files.import(&bank, &["--max-rejects", "1"]).refused();
    assert!(said.contains("the reject file cannot be written"), "{said}");
    assert!(said.contains("rejects"), "with its place: {said}");
    assert_eq!(content(&bank), content(&Bank::empty()));
    assert!(leftovers(&bank).is_empty());
}

#[test]
fn a_header_has_names_that_a_table_can_have() {
    let bank = Bank::empty();
    let wide = (0..=1600).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    let long = format!("code,{},kind\n", "列".repeat(22));
    for (header, expected) in [
        (wide, "units.csv:1: more than 1,600 columns"),
        (long, "units.csv:1: the column's name 列"),
    ] {
        let files = only("select * from raw.unit").put("units.csv", header);
        let said = files.import(&bank, &[]).refused();
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn an_import_that_could_not_be_counted_for_the_planner_is_an_import() {
    let (bank, files) = (Bank::empty(), Files::small());
    bank.sql(
        INTERNAL,
        "create or replace function baton.import_analyze() returns void language plpgsql security definer as
         $$ begin raise exception using errcode = '53100', message = 'a value of 李四'; end $$",
    );
    let state = tempfile::tempdir().unwrap();
    let import = files.import(&bank, &[]).env("XDG_STATE_HOME", state.path().to_str().unwrap());
    assert_eq!(import.json()["loaded"]["customer"], 4);
    let log = log(state.path());
    assert!(log.contains("not been counted for the planner") && log.contains("53100"), "{log}");
    assert!(!log.contains("李四"), "{log}");
    assert!(leftovers(&bank).is_empty());
}

/// What only a program that loads without checking gets: rows that refer to nothing, and a step before the first.
#[test]
fn a_program_that_skips_the_checks_is_refused_by_the_database() {
    let bank = Bank::empty();
    let own = &Server::shared().own;
    let db = || Db::new(bank.target(own), None);
    let setup = || Setup {
        bank: Facts {
            name: "x".into(),
            as_of: chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap(),
            currency: Currency::CNY,
            timezone: chrono_tz::Asia::Shanghai,
        },
        tiers: None,
        attributes: Vec::new(),
        means: Vec::new(),
        source: "test".into(),
    };
    let refused = |into: Destination, columns: &'static [&'static str], row: &'static str| {
        block_on(async {
            let mut loader = Loader::begin(&db(), setup()).await.unwrap();
            let units = ["code", "parent", "kind", "name"];
            let mut sink = loader.sink(Destination::OrgUnit, &units).await.unwrap();
            sink.lines("HQ\t\\N\thq\tx").await.unwrap();
            sink.finish().await.unwrap();
            let mut sink = loader.sink(into, columns).await.unwrap();
            sink.lines(row).await.unwrap();
            sink.finish().await.unwrap();
            loader.apply(false).await.unwrap_err()
        })
    };
    for (into, columns, row, column, value) in [
        (Destination::Customer, &["customer_id", "org"][..], "1\tS9", "org", "S9"),
        (Destination::Customer, &["customer_id", "org", "rm"], "1\tHQ\tR9", "rm", "R9"),
        (
            Destination::Event,
            &["customer_id", "ref", "kind", "at"],
            "77\ta\tk\t2026-06-30 00:00:00+00",
            "customer",
            "1",
        ),
        (Destination::Staff, &["code", "org", "name"], "R1\tS9\tx", "org", "S9"),
    ] {
        let error = refused(into, columns, row);
        assert!(
            matches!(&error, ImportError::Unknown { what, detail } if what == column && detail.contains(value)),
            "{error:?}"
        );
        assert!(render(&error.message(), Lang::En).contains(value), "{error}");
        assert!(!error.for_log().contains(value), "the log quotes no record");
    }
    let error = bank.try_sql(own, "select baton.import_apply('{}')").unwrap_err();
    let error = ImportError::from(error);
    assert!(matches!(error, ImportError::NotBegun), "{error:?}");
    assert_eq!(render(&error.message(), Lang::En), "no import has begun in this session");
    assert_eq!(content(&bank), content(&Bank::empty()));
}
