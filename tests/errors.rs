//! Errors that any command can meet, each with its sentence: the login, the database, the schema, the private server.
#![expect(clippy::disallowed_methods, reason = "tests lay files in the way")]

mod support;

use baton::domain::strategy::text::{Fault, Field, FieldError};
use baton::store::StoreError;
use baton::store::cluster::{ADMIN, INTERNAL};
use baton::store::segment::SegmentError;
use baton::store::strategy::StrategyError;
use baton::text::{Lang, render};
use support::server::Server;
use support::{Bank, Baton, baton};

fn say(error: &StoreError) -> String {
    render(&error.message(), Lang::En)
}

fn at(url: &str) -> Baton {
    Baton::bare().args(["--lang", "en", "segment", "list", "--database-url", url])
}

#[test]
fn a_login_that_the_server_does_not_believe_is_said() {
    let said = at(&Bank::empty().url_as("nobody.of.this.name")).refused();
    assert!(said.contains("refused the login") && said.contains("--as"), "{said}");
}

#[test]
fn help_and_a_wrong_line_are_said_in_the_operators_language() {
    let chinese = || Baton::bare().env("LANG", "zh_CN.UTF-8");
    let said = chinese().args(["segmnt", "list"]).fails(2);
    assert!(said.starts_with("错误：没有命令 segmnt\n\n  提示：您是否想用"), "{said}");
    let said = chinese().args(["segmnt", "list", "--lang", "en"]).fails(2);
    assert!(said.starts_with("error: unrecognized subcommand 'segmnt'\n\n  tip: "), "{said}");
    let said = Baton::bare().args(["--lang", "zh-CN", "push", "sign", "1"]).fails(2);
    assert!(said.contains("缺少必需的参数：\n  --org <ORG>\n"), "{said}");
    let said = chinese().args(["segment"]).fails(2);
    assert!(said.contains("segment 之后还须写一个命令\n  [可选命令：count, save,"), "{said}");
    for (first, shown, asked) in [
        (
            "统计规则命中的客户数",
            "用法：baton segment",
            &["--lang", "zh-CN", "segment", "count", "-h"][..],
        ),
        ("Counts a rule's members", "Usage: baton segment", &["segment", "count", "-h"]),
        ("#compdef baton", "客群：试算规则", &["--lang", "zh-CN", "completions", "zsh"]),
    ] {
        let output = Baton::bare().args(asked).run();
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{asked:?}");
        assert!(out.starts_with(first) && out.contains(shown), "{out}");
    }
}

#[test]
fn a_database_that_is_not_there_is_said() {
    let server = Server::shared();
    let said = at(&server.url("no_such_bank", &server.own)).refused();
    assert!(said.contains("there is no such database on the server"), "{said}");
    // Without a name the server's own habit would choose one.
    let said = at("postgres://li@localhost?sslmode=verify-full").refused();
    assert!(said.contains("the database URL names no database"), "{said}");
}

#[test]
fn a_database_without_a_schema_or_a_bank_says_which_step_comes_next() {
    let bank = Bank::empty();
    let said = baton(&bank).args(["--lang", "en", "segment", "count", "--rule", "true"]).refused();
    assert!(said.contains("no bank has been imported"), "{said}");
    bank.sql(INTERNAL, "drop schema baton cascade");
    let said = baton(&bank).args(["--lang", "en", "segment", "list"]).refused();
    assert!(said.contains("has no schema of Baton") && said.contains("baton db migrate"), "{said}");
}

#[test]
fn a_step_in_a_transaction_that_reads_too_old_is_said_with_its_level() {
    let bank = Bank::empty();
    let sql = "begin isolation level serializable; select baton.segment_save('A', 'n', 'true')";
    let error = StoreError::from(bank.try_sql(&Server::shared().own, sql).unwrap_err());
    assert!(matches!(error, StoreError::Isolation { .. }), "{error:?}");
    assert!(say(&error).ends_with("this transaction is serializable"), "{}", say(&error));
}

#[test]
fn what_no_duty_may_and_what_nobody_foresaw_are_said_without_a_record() {
    let bank = Bank::empty();
    let own = &Server::shared().own;
    let error = StoreError::from(bank.try_sql(own, "delete from baton.audit").unwrap_err());
    assert!(matches!(error, StoreError::NotPermitted(_)), "{error:?}");
    assert!(!say(&error).contains("audit"), "{}", say(&error));
    let error = StoreError::from(bank.try_sql(own, "select '张三'::int").unwrap_err());
    assert!(matches!(error, StoreError::Database(_)), "{error:?}");
    assert!(say(&error).contains("22P02") && !say(&error).contains("张三"), "{}", say(&error));
    assert_eq!(error.for_log(), "SQLSTATE 22P02");
}

#[test]
fn an_operator_of_a_unit_that_is_not_there_is_refused() {
    let bank = Bank::empty();
    let add = ["--lang", "en", "operator", "add", "nancheng.branch", "--duty", "branch"];
    let said = bank.program(ADMIN).args(add).args(["--org", "B404"]).refused();
    assert!(said.contains("no org unit has the code B404"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_one_is_named() {
    let dir = tempfile::Builder::new().prefix("bt").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let said = Baton::private(&file).args(["db", "up"]).refused();
    assert!(said.contains(file.to_str().unwrap()), "{said}");
    // Data of a version whose programs are gone.
    let data = dir.path().join("d");
    Baton::private(&data).args(["db", "up"]).json();
    Baton::private(&data).args(["db", "down"]).json();
    std::fs::write(data.join("pg/PG_VERSION"), "99\n").unwrap();
    let said = Baton::private(&data).args(["--lang", "en", "db", "up"]).refused();
    assert!(said.contains("made by PostgreSQL 99, whose programs are gone"), "{said}");
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("baton/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    let started = || {
        let program = Baton::bare().env("XDG_CONFIG_HOME", home.path().to_str().unwrap());
        program.args(["db", "status"]).fails(2)
    };
    std::fs::write(&config, "lang = 'en'\nformat = 'xml'\n").unwrap();
    let said = started();
    assert!(said.contains("config.toml, line 2:"), "{said}");
    // A directory in its place is a file that cannot be read, for the superuser too.
    std::fs::remove_file(&config).unwrap();
    std::fs::create_dir(&config).unwrap();
    let said = started();
    assert!(said.contains(config.to_str().unwrap()), "{said}");
}

/// The constraint that refuses a call by SQL, and the server's error.
fn held(bank: &Bank, call: &str) -> (String, sqlx::Error) {
    let sql = format!("select baton.{call}");
    let Err(error) = bank.try_sql(&Server::shared().own, &sql) else {
        panic!("{call} is not refused");
    };
    let constraint = error.as_database_error().and_then(|db| db.constraint()).map(str::to_owned);
    (constraint.unwrap_or_else(|| panic!("{call}: {error}")), error)
}

#[test]
fn what_a_segment_may_not_be_is_refused_by_the_database_too() {
    let bank = Bank::empty();
    let long = "x".repeat(41);
    for (code, name, rule, constraint) in [
        ("", "n", "true", "segment_version_code"),
        ("two words", "n", "true", "segment_version_code"),
        (long.as_str(), "n", "true", "segment_version_code"),
        ("A", " ", "true", "segment_version_name"),
        ("A", "n", "", "segment_version_rule"),
    ] {
        let (named, error) = held(&bank, &format!("segment_save('{code}', '{name}', '{rule}')"));
        assert_eq!(named, constraint);
        let error = SegmentError::from(error);
        match constraint {
            "segment_version_code" => assert!(matches!(error, SegmentError::NotACode { .. })),
            "segment_version_name" => assert!(matches!(error, SegmentError::Name)),
            _ => assert!(matches!(error, SegmentError::Store(_))),
        }
    }
}

#[test]
fn what_a_strategy_may_not_be_is_refused_by_the_database_too() {
    let bank = Bank::empty();
    let own = &Server::shared().own;
    bank.sql(own, "select baton.segment_save('A', 'n', 'true')");
    for (values, constraint, field, fault) in [
        (
            "'', 'n', 'A', 1, 0, 0, 'p', '', 's'",
            "strategy_version_code",
            Field::Code,
            Fault::NotACode,
        ),
        (
            "'S', ' ', 'A', 1, 0, 0, 'p', '', 's'",
            "strategy_version_name",
            Field::Name,
            Fault::Empty,
        ),
        (
            "'S', 'n', 'A', 1, 0, 0, '', '', 's'",
            "strategy_version_product",
            Field::Product,
            Fault::Empty,
        ),
        (
            "'S', 'n', 'A', 1, 0, 0, 'p', '', E'\\n'",
            "strategy_version_script",
            Field::Script,
            Fault::Empty,
        ),
        (
            "'S', 'n', 'A', 0, 0, 0, 'p', '', 's'",
            "deadline_days_range",
            Field::DeadlineDays,
            Fault::DaysRange,
        ),
        (
            "'S', 'n', 'A', 1, -1, 0, 'p', '', 's'",
            "control_share_range",
            Field::ControlShare,
            Fault::ShareRange,
        ),
    ] {
        let (named, error) = held(&bank, &format!("strategy_new({values})"));
        assert_eq!(named, constraint);
        match StrategyError::from(error) {
            StrategyError::Field(found) => assert_eq!(found, FieldError { field, fault }),
            other => panic!("{constraint}: {other:?}"),
        }
    }
    bank.sql(own, "select baton.strategy_new('S', 'n', 'A', 1, 0, 0, 'p', '', 's')");
}
