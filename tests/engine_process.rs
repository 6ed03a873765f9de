//! The engine process as consoles meet it: it answers what SQL answers, to operators with a ticket and to nobody else,
//! says when it is behind, takes a load's changes in, and refuses a file that is not whole.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "it starts the program and looks at the clock")]

mod support;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use baton::domain::rule::Rule;
use baton::store::engine::{Gap, KeptLine, Question, Reply, Socket};
use baton::store::{attribute, segment};
use serde_json::Value;
use sqlx::Connection as _;
use support::Bank;
use support::server::block_on;

const OWNER: &str = "baton_admin";
const VIEWER: &str = "zhao.viewer";
const RULE: &str = "vip and aum >= 100 and job <> 'clerk' or org under 'S2' and age < 40";

const MANIFEST: &str = r#"
[bank]
name = "Small"
as_of = 2026-06-30
currency = "CNY"

[[attribute]]
code = "vip"
type = "flag"
zh = "贵宾"
en = "VIP"

[[attribute]]
code = "job"
type = "category"
zh = "职业"
en = "Job"

[[file]]
name = "customer"
path = "customer.csv"

[[load]]
into = "org_unit"
sql = "select * from (values ('HQ', null, 'hq', 'HQ'), ('S1', 'HQ', 'subbranch', 'S1'), ('S2', 'HQ', 'subbranch', 'S2')) u (code, parent, kind, name)"

[[load]]
into = "customer"
sql = "select id as customer_id, org, aum, birth as birth_date, vip, job from raw.customer"
"#;

/// A running engine; it ends with the test.
struct Engine {
    child: Child,
    data: PathBuf,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Engine {
    fn start(bank: &Bank, data: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_baton"))
            .args(["--database-url", &bank.url_as(OWNER), "--lang", "en", "--data-dir"])
            .arg(data)
            .arg("engine")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let engine = Self { child, data: data.to_owned() };
        engine.until(bank, |status| status["current"] == true);
        engine
    }

    /// The same, with what it says until it is ready.
    fn heard(bank: &Bank, data: &Path) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_baton"))
            .args(["--database-url", &bank.url_as(OWNER), "--lang", "en", "--data-dir"])
            .arg(data)
            .arg("engine")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while !said.contains("answers at") {
            assert!(lines.read_line(&mut said).unwrap() > 0, "{said}");
        }
        (Self { child, data: data.to_owned() }, said)
    }

    /// Waits for a condition on what it says of itself.
    fn until(&self, bank: &Bank, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let status = self.say(bank, &["engine", "status"]);
            if holds(&status) {
                return status;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "{status}");
        }
    }

    fn program(&self, bank: &Bank) -> support::Baton {
        let program = bank.program(VIEWER).args(["--lang", "en"]);
        program.args([Path::new("--data-dir"), &self.data])
    }

    fn say(&self, bank: &Bank, args: &[&str]) -> Value {
        self.program(bank).args(args).json()
    }

    fn count(&self, bank: &Bank, rule: &str, engine: &str) -> Value {
        let mut count = self
            .say(bank, &["segment", "count", "--rule", rule, "--by", "org", "--engine", engine]);
        count.as_object_mut().unwrap().remove("ms");
        count
    }

    /// A file of the engine's own directory.
    fn file(&self, extension: &str) -> PathBuf {
        let mut all =
            std::fs::read_dir(self.data.join("engine")).unwrap().map(|entry| entry.unwrap().path());
        all.find(|path| path.extension().is_some_and(|ext| ext == extension)).unwrap()
    }
}

fn import(bank: &Bank, customers: &str) {
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("baton-import.toml"), MANIFEST).unwrap();
    std::fs::write(files.path().join("customer.csv"), customers).unwrap();
    bank.program(&support::server::Server::shared().own)
        .args(["import", files.path().to_str().unwrap()])
        .json();
}

fn customers(aum: u32) -> String {
    let mut text = "id,org,aum,birth,vip,job\n".to_owned();
    for id in 1..=400_u32 {
        let aum = if id % 50 == 0 { aum } else { id };
        let (org, job) =
            (["S1", "S2", "HQ"][id as usize % 3], ["clerk", "doctor", ""][id as usize % 3]);
        let (year, vip) = (1950 + id % 60, id % 2 == 0);
        writeln!(text, "{id},{org},{aum},{year}-01-01,{vip},{job}").unwrap();
    }
    text
}

#[test]
fn the_engine_answers_what_sql_answers_and_says_when_it_cannot() {
    let bank = Bank::empty();
    let data = tempfile::tempdir().unwrap();
    import(&bank, &customers(7));
    let engine = Engine::start(&bank, data.path());
    let same = |engine: &Engine, rule: &str| {
        let (mut mine, mut told) =
            (engine.count(&bank, rule, "columns"), engine.count(&bank, rule, "sql"));
        mine.as_object_mut().unwrap().remove("by_sql");
        assert_eq!(
            (mine["engine"].take(), told["engine"].take()),
            ("columns".into(), "sql".into())
        );
        assert_eq!(mine, told);
        told
    };
    let before = same(&engine, RULE);
    assert!(
        before["count"].as_i64().unwrap() > 50 && before["leaves"].as_array().unwrap().len() == 5
    );
    same(&engine, "aum * 2 > 300.5 and job <> 'clerk' or not (aum * 2 > 300.5)");

    // A load changes a few: the engine is behind, then it has merged them.
    import(&bank, &customers(90_000));
    let lists = "select listed, customers from baton.import_change order by import_run";
    assert_eq!(bank.sql(OWNER, lists), [["f", "0"], ["t", "8"]]);
    assert_ne!(engine.count(&bank, RULE, "sql")["aum"], before["aum"]);
    engine.until(&bank, |status| status["load"] == 2 && status["current"] == true);
    let after = same(&engine, RULE);
    same(&engine, "aum * 2 > 300.5");

    // Its end: SQL answers, and who insists is told.
    let (said, file) = (engine.program(&bank), engine.file("columns"));
    let auto = engine.program(&bank).args(["segment", "count", "--rule", RULE]);
    let status = engine.program(&bank).args(["engine", "status"]);
    drop(engine);
    assert_eq!(auto.json()["engine"], "sql");
    let said = said.args(["segment", "count", "--rule", RULE, "--engine", "columns"]).refused();
    assert!(said.contains("not running"), "{said}");
    assert_eq!(status.json()["running"], false);

    // A torn file is no columns; all is read anew.
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let (engine, said) = Engine::heard(&bank, data.path());
    assert!(said.contains("was no good") && said.contains("read anew"), "{said}");
    assert_eq!(same(&engine, RULE), after);
    assert_eq!(std::fs::read(&file).unwrap().len(), bytes.len(), "made whole again");

    // Neither is one that others may write to: what it says is whole, and may be anybody's.
    drop(engine);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o620)).unwrap();
    let (engine, said) = Engine::heard(&bank, data.path());
    assert!(said.contains("others may write to it") && said.contains("read anew"), "{said}");
    assert_eq!(same(&engine, RULE), after);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    // Another bank's loads have the same numbers and days: a file of columns is of the load that was made at its moment.
    drop(engine);
    let owner = |sql: &str| bank.sql(OWNER, &format!("set role baton_owner; {sql}"));
    owner("update baton.import_run set run_at = run_at + interval '1 second'");
    owner("update baton.customer set aum = 3 where customer_id % 50 = 0");
    let engine = Engine::start(&bank, data.path());
    engine.until(&bank, |status| status["current"] == true);
    assert_ne!(same(&engine, RULE), after);
}

/// A push of the owner's own making; what it must stand on otherwise is not at stake here.
const PUSH: &str = "insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis)
    values (1, 'ST', 1, '', 0, '2026-06-20', '2026-07-20', 3, 2, 1, 0);
insert into baton.plan_member (home, plan_id, customer_id, org_id, arm)
    select 0, 1, i, 1, case when i = 3 then 'control' else 'treated' end from generate_series(1, 3) i";

#[test]
fn sql_tells_the_columns_what_they_do_not_hold_for_as_long_as_it_stands() {
    let bank = Bank::empty();
    let data = tempfile::tempdir().unwrap();
    import(&bank, &customers(7));
    let owner = |sql: &str| bank.sql(OWNER, &format!("set role baton_owner; {sql}"));
    owner(
        "alter table baton.push disable trigger user, drop constraint push_once_per_plan, drop constraint push_plan_id_fkey, \
           drop constraint push_of_approved_text; \
           insert into baton.list_upload (code, upload, key, file, as_of, read, matched, unmatched, doubled) \
           values ('L', 1, 'k', 'f', '2026-06-30', 2, 2, 0, 0); \
           insert into baton.list_member (list_id, customer_id, org_id) \
           select list_id, i, 1 from baton.list_upload cross join (values (5), (999)) m (i); \
           create schema mart; grant usage on schema mart to baton_operator; \
           create table mart.score (customer_id bigint primary key, points int, loaded date default '2026-06-30'); \
           grant select on mart.score to baton_operator; \
           insert into mart.score values (7, 10), (8, 20)",
    );
    let engine = Engine::start(&bank, data.path());
    let count = |rule: &str, of: i64| {
        let (mine, told) = (engine.count(&bank, rule, "columns"), engine.count(&bank, rule, "sql"));
        assert_eq!((&mine["count"], &mine["leaves"]), (&told["count"], &told["leaves"]), "{rule}");
        assert_eq!((&mine["engine"], &mine["count"]), (&"columns".into(), &of.into()), "{rule}");
        mine["by_sql"].as_array().cloned().unwrap_or_default()
    };
    // Who is no customer is in no list.
    assert_eq!(count("list('L') or aum = 6", 2), ["list('L', 1)"]);
    assert_eq!(count("not list('L', 1)", 399).len(), 1);
    let contacted = "contacted(interval '30 days') and aum < 100";
    assert_eq!(count(contacted, 0).len(), 1);
    owner(PUSH);
    count(contacted, 2);
    owner("update baton.push set as_of = '2026-01-01'");
    count(contacted, 0);
    assert_eq!(count("vip and aum > 100", 144).len(), 0);
    bank.program(&support::server::Server::shared().own)
        .args(["attribute", "map", "points", "--relation", "mart.score", "--type", "number"])
        .args(["--zh", "甲", "--en", "A", "--refreshed", "loaded"])
        .json();
    assert_eq!(count("points + 1 > 20", 1), ["points + 1 > 20"]);
    let mart = engine.count(&bank, "points > 5 and vip", "auto");
    assert!(mart["engine"] == "columns" && mart["marts_read_at"].is_string(), "{mart}");
    assert_eq!(mart["refreshed"][0]["at"], "2026-06-30");
    // The day is that of what was read, by whoever answers: the columns have asked a moment ago, SQL asks now.
    owner("update mart.score set loaded = '2026-06-29'");
    let told = engine.count(&bank, "points > 5 and vip", "columns");
    let again = told["marts_read_at"] != mart["marts_read_at"];
    let day = if again { "2026-06-29" } else { "2026-06-30" };
    assert_eq!(told["refreshed"][0]["at"], day, "{told}");
    let told = engine.count(&bank, "points > 5 and vip", "sql");
    assert_eq!(
        (&told["engine"], &told["refreshed"][0]["at"]),
        (&"sql".into(), &"2026-06-29".into())
    );
    // What was counted a moment ago is good for a count, and not for a list that stays.
    let li = |args: &[&str]| {
        bank.program("li.strategist").args([Path::new("--data-dir"), data.path()]).args(args).json()
    };
    let frozen = || li(&["segment", "freeze", "P"])["count"].clone();
    li(&["segment", "save", "P", "--name", "P", "--rule", "points > 5"]);
    assert_eq!(frozen(), 2);
    owner("update mart.score set points = 0 where customer_id = 7");
    assert_eq!(frozen(), 1);
    owner("revoke select on mart.score from baton_operator");
    engine.program(&bank).args(["segment", "count", "--rule", "points > 5"]).refused();
}

#[test]
fn lists_are_frozen_from_columns_and_overlaps_counted_there() {
    const LI: &str = "li.strategist";
    let bank = Bank::empty();
    let (data, nowhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    import(&bank, &customers(7));
    let engine = Engine::start(&bank, data.path());
    let say = |data: &Path, args: &[&str]| {
        bank.program(LI).args([Path::new("--data-dir"), data]).args(args).json()
    };
    for (code, rule) in [("A", "vip and aum > 100"), ("B", "job = 'clerk'")] {
        say(nowhere.path(), &["segment", "save", code, "--name", code, "--rule", rule]);
    }
    let mut mine = say(data.path(), &["segment", "overlap", "A", "B"]);
    let mut told = say(nowhere.path(), &["segment", "overlap", "A", "B"]);
    assert_eq!((mine["engine"].take(), told["engine"].take()), ("columns".into(), "sql".into()));
    assert_eq!(mine["matrix"], told["matrix"]);
    let mine = say(data.path(), &["segment", "freeze", "A"]);
    let told = say(nowhere.path(), &["segment", "freeze", "A"]);
    assert_eq!((&mine["count"], &mine["hash"]), (&144.into(), &told["hash"]));
    // The members as they come, into an intake as the operator himself may fill it.
    let socket = Socket(engine.file("sock"));
    block_on(async {
        let mut db = bank.connect(LI).await;
        let words = attribute::vocabulary(&mut db).await.unwrap();
        let rule = Rule::parse("vip and aum > 100", &words).unwrap();
        let mut line = socket.admit(&mut db).await.unwrap();
        let members = line.members(&rule).await.unwrap();
        let some = line.some().await.unwrap();
        assert_eq!((members.count, some.len()), (144, 144));
        let mut tx = db.begin().await.unwrap();
        let intake = "00000000-0000-0000-0000-000000000001";
        segment::put(&mut tx, intake, 0, &some).await.unwrap();
        let seen = sqlx::query("select from baton.member_part").execute(&mut *tx).await;
        assert!(seen.is_err(), "he cannot read there");
    });
}

#[test]
fn a_line_speaks_for_whoever_shows_a_ticket_once_and_in_time() {
    let bank = Bank::empty();
    let data = tempfile::tempdir().unwrap();
    import(&bank, &customers(7));
    let engine = Engine::start(&bank, data.path());
    let count = Question::Count {
        rule: "true".into(),
        as_of: "2026-06-30".parse().unwrap(),
        by_org: false,
        leaves: false,
    };
    let socket = Socket(engine.file("sock"));
    let reply = |question: &Question| {
        block_on(async { socket.open().await.unwrap().ask(question).await.unwrap() })
    };
    assert_eq!(reply(&count), Reply::Not(Gap::Refused), "no ticket");
    let ticket = || bank.sql(VIEWER, "select baton.engine_ticket()")[0][0].clone();
    let change = |set: &str| {
        let open = "where admitted_at is null";
        bank.sql(
            OWNER,
            &format!("set role baton_owner; update baton.engine_ticket set {set} {open}"),
        );
    };
    let good = ticket();
    assert_eq!(reply(&Question::Ticket(good.clone())), Reply::Welcome);
    assert_eq!(reply(&Question::Ticket(good)), Reply::Not(Gap::Refused), "a second time");
    assert_eq!(reply(&Question::Ticket("made up".into())), Reply::Not(Gap::Refused));
    let late = ticket();
    change("expires_at = clock_timestamp() - interval '1 second'");
    assert_eq!(reply(&Question::Ticket(late)), Reply::Not(Gap::Refused), "too late");
}

#[test]
fn a_branch_hears_from_the_engine_what_sql_would_tell_it() {
    const BRANCH: &str = "nancheng.branch";
    let bank = Bank::empty();
    let data = tempfile::tempdir().unwrap();
    import(&bank, &customers(7));
    bank.operator(BRANCH, "branch", Some("S1"));
    let engine = Engine::start(&bank, data.path());
    let args = |rule, which| {
        let data = [Path::new("--data-dir"), &engine.data];
        let count = ["segment", "count", "--rule", rule, "--by", "org", "--engine", which];
        bank.program(BRANCH).args(["--lang", "en"]).args(data).args(count)
    };
    for rule in [
        RULE,
        "true",
        "false",
        "not vip",
        "org under 'S2'",
        "org = 'HQ' or age < 40",
        "job is null",
        "aum * 2 > 300.5",
    ] {
        let told = |which| {
            let mut told = args(rule, which).json();
            told.as_object_mut().unwrap().retain(|name, _| {
                !["ms", "engine", "by_sql", "marts_read_at"].contains(&name.as_str())
            });
            told
        };
        let mine = told("columns");
        assert_eq!(mine, told("sql"), "{rule}");
        assert_eq!((&mine["scope"], &mine["of"]), (&"S1".into(), &133.into()), "{rule}");
    }
    let scope =
        "select scope is null, operator from baton.engine_ticket order by issued_at desc limit 1";
    let scope = bank.sql(OWNER, &format!("set role baton_owner; {scope}"));
    assert_eq!(scope, [["f", BRANCH]], "the ticket has recorded it");
    // Another unit tomorrow is another answer tomorrow, on a line that stands as on a new one.
    bank.operator(BRANCH, "branch", Some("S2"));
    assert_eq!(args("true", "columns").json()["scope"], "S2");
}

#[test]
fn a_login_that_is_no_operator_gets_no_ticket_and_no_operator_takes_one() {
    let bank = Bank::empty();
    assert_eq!(bank.refuses(VIEWER, "select * from baton.engine_admit('x')"), "42501");
    assert_eq!(bank.refuses(VIEWER, "select * from baton.engine_ticket"), "42501");
    bank.sql(
        OWNER,
        &format!("set role baton_owner; delete from baton.operator where name = '{VIEWER}'"),
    );
    assert_eq!(bank.refuses(VIEWER, "select baton.engine_ticket()"), "BT001");
}

#[test]
fn an_engine_that_consoles_would_not_trust_does_not_start() {
    let bank = Bank::empty();
    let data = tempfile::tempdir().unwrap();
    import(&bank, &customers(7));
    let directory = data.path().join("engine");
    std::fs::create_dir(&directory).unwrap();
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).unwrap();
    for command in [&["engine"][..], &["engine", "build"]] {
        let program = bank.program(OWNER).args(["--lang", "en"]);
        let said = program.args([Path::new("--data-dir"), data.path()]).args(command).refused();
        assert!(said.contains("others may write"), "{said}");
    }
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program =
        bank.program(OWNER).args(["--lang", "en", "engine", "build", "--format", "table"]);
    let built = program.args([Path::new("--data-dir"), data.path()]).run();
    let said = String::from_utf8_lossy(&built.stdout).into_owned();
    assert!(said.contains(".columns") && !said.contains("current"), "no process answers: {said}");
}

#[test]
fn a_silent_engine_is_waited_for_once() {
    let bank = Bank::empty();
    let data = tempfile::tempdir().unwrap();
    import(&bank, &customers(7));
    let engine = Engine::start(&bank, data.path());
    let signal = |name: &str| {
        let pid = engine.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    let line = KeptLine::new(Socket(engine.file("sock")));
    block_on(async {
        let mut db = bank.connect(VIEWER).await;
        let words = attribute::vocabulary(&mut db).await.unwrap();
        let rule = Rule::parse("vip", &words).unwrap();
        line.count(&mut db, &rule, false).await.unwrap();
        assert!(!line.is_silent());
        signal("-STOP");
        let began = Instant::now();
        assert_eq!(line.count(&mut db, &rule, false).await, Err(Gap::Late));
        let first = began.elapsed();
        assert!(line.is_silent());
        let began = Instant::now();
        for _ in 0..20 {
            assert_eq!(line.count(&mut db, &rule, false).await, Err(Gap::Late));
            assert!(line.overlap(&mut db, std::slice::from_ref(&rule)).await.is_err());
            assert!(line.own(&mut db).await.is_none());
        }
        assert!(began.elapsed() < first, "SQL answers at once: {:?}", began.elapsed());
        signal("-CONT");
    });
}

#[test]
fn idle_lines_of_one_account_keep_nobody_out() {
    let bank = Bank::empty();
    let data = tempfile::tempdir().unwrap();
    import(&bank, &customers(7));
    let engine = Engine::start(&bank, data.path());
    let socket = engine.file("sock");
    let mut idle: Vec<UnixStream> =
        (0..300).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    // Who is one too many is told at once; the others have five seconds to show a ticket.
    let began = Instant::now();
    for line in &mut idle {
        line.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert_eq!(line.read(&mut [0]).unwrap(), 0, "the engine has closed it");
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(engine.count(&bank, "vip", "columns")["engine"], "columns");
}
