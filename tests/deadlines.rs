//! Every call has an end: against a server that falls silent, each family of commands gives up with its sentence.
#![expect(clippy::disallowed_methods, reason = "a silent server is threads and sockets")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use support::{Bank, Baton};

/// The longest limit of the commands below, and what a busy machine may take besides.
const LIMIT: Duration = Duration::from_mins(2);

/// A way to the bank's server that falls silent as soon as the client says `mark`. Gives the URL.
fn silent_from(bank: &Bank, user: &str, mark: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = bank.target(user);
    let socket = format!("{}/.s.PGSQL.5432", target.place());
    let url = format!(
        "postgres://{user}@{}/{}?sslmode=disable",
        listener.local_addr().unwrap(),
        target.database()
    );
    std::thread::spawn(move || {
        for client in listener.incoming() {
            relay(client.unwrap(), UnixStream::connect(&socket).unwrap(), mark);
        }
    });
    url
}

fn relay(mut client: TcpStream, mut server: UnixStream, mark: &'static str) {
    let silent = Arc::new(AtomicBool::new(false));
    let (mut answers, mut back, deaf) =
        (server.try_clone().unwrap(), client.try_clone().unwrap(), silent.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(n @ 1..) = answers.read(&mut buffer) {
            if !deaf.load(Ordering::SeqCst) && back.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
    });
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        let mut said = Vec::new();
        while let Ok(n @ 1..) = client.read(&mut buffer) {
            said.extend_from_slice(&buffer[..n]);
            if said.windows(mark.len()).any(|part| part == mark.as_bytes()) {
                silent.store(true, Ordering::SeqCst);
            }
            if !silent.load(Ordering::SeqCst) && server.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        server.shutdown(Shutdown::Both).ok();
    });
}

/// Runs each command against a server that falls silent at its mark, all at the same time.
fn all_give_up(commands: &[(&'static str, &[&str])]) {
    let bank = Bank::empty();
    let manifest = format!("{}/fixtures/berka/baton-import.toml", env!("CARGO_MANIFEST_DIR"));
    let outcomes = format!("{}/fixtures/demo/outcomes.csv", env!("CARGO_MANIFEST_DIR"));
    std::thread::scope(|scope| {
        for (mark, args) in commands {
            let (bank, manifest, outcomes) = (&bank, &manifest, &outcomes);
            scope.spawn(move || {
                let url = silent_from(bank, "baton_admin", mark);
                let begun = Instant::now();
                let args = args.iter().map(|arg| match *arg {
                    "MANIFEST" => manifest.as_str(),
                    "OUTCOMES" => outcomes.as_str(),
                    other => other,
                });
                let args: Vec<_> = args.collect();
                let program = Baton::bare().args(["--database-url", &url]).args(&args);
                let output = program.run();
                let said = String::from_utf8_lossy(&output.stderr).into_owned()
                    + &String::from_utf8_lossy(&output.stdout);
                assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
                assert!(said.contains("took too long"), "{args:?}: {said}");
                assert!(begun.elapsed() < LIMIT, "{args:?} took {:?}", begun.elapsed());
            });
        }
    });
}

#[test]
fn a_server_that_takes_the_login_and_then_says_nothing_is_given_up() {
    let hello = "pg_backend_pid";
    all_give_up(&[
        (hello, &["segment", "list"]),
        (hello, &["strategy", "show", "ST-1"]),
        (hello, &["push", "list"]),
        (hello, &["kpi", "tree"]),
        (hello, &["operator", "list"]),
        (hello, &["db", "status"]),
        (hello, &["import", ".", "--manifest", "MANIFEST"]),
        (hello, &["outcome", "import", "OUTCOMES"]),
        ("server_version", &["doctor"]),
    ]);
}

#[test]
fn a_server_that_falls_silent_at_the_comparing_of_the_schema_is_given_up() {
    let schema = "schema_version";
    all_give_up(&[
        (schema, &["segment", "list"]),
        (schema, &["kpi", "tree"]),
        (schema, &["operator", "list"]),
        (schema, &["db", "status"]),
        (schema, &["import", ".", "--manifest", "MANIFEST"]),
        (schema, &["doctor"]),
    ]);
}

#[test]
fn a_server_that_falls_silent_at_the_work_itself_is_given_up() {
    all_give_up(&[
        ("from baton.segment", &["segment", "list"]),
        ("baton.today()", &["kpi", "tree"]),
        ("from baton.operator", &["operator", "list"]),
        ("from baton.operator", &["doctor"]),
        ("operator_put", &["operator", "add", "x", "--duty", "viewer"]),
        ("baton.bootstrap", &["db", "migrate"]),
        ("baton.bootstrap", &["demo", "--no-console"]),
    ]);
}
