//! The engine process as consoles meet it: it answers what SQL answers, to operators with a ticket and to nobody else,
//! says when it is behind, takes a load's changes in, and refuses a file that is not whole.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "it starts the program and looks at the clock")]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use baton::store::engine::{Gap, Question, Reply, Socket};
use serde_json::Value;
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
    // What columns do not hold: SQL says it once, and it is kept; what changes without a load is SQL's altogether.
    same(&engine, "aum * 2 > 300.5 and job <> 'clerk' or not (aum * 2 > 300.5)");
    let pushed = "vip and contacted(interval '30 days')";
    let said = engine
        .program(&bank)
        .args(["segment", "count", "--engine", "columns", "--rule", pushed])
        .refused();
    assert!(said.contains("SQL answers it: contacted(interval '30 days')"), "{said}");
    assert_eq!(engine.count(&bank, pushed, "auto")["engine"], "sql");

    // A load changes a few: the engine is behind, then it has merged them.
    import(&bank, &customers(90_000));
    let lists = "select listed, customers from baton.import_change order by import_run";
    assert_eq!(bank.sql(OWNER, lists), [["f", "0"], ["t", "8"]]);
    assert_ne!(engine.count(&bank, RULE, "auto")["aum"], before["aum"]);
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
    let engine = Engine::start(&bank, data.path());
    assert_eq!(same(&engine, RULE), after);
    assert_eq!(std::fs::read(&file).unwrap().len(), bytes.len(), "made whole again");
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
    let narrow = ticket();
    change("scope = '{1}'");
    assert_eq!(
        reply(&Question::Ticket(narrow)),
        Reply::Not(Gap::Refused),
        "a narrower scope is for SQL"
    );
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
