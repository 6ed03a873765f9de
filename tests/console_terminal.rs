//! What the console does to the terminal that it borrows: it gives it back however it ends, keeps what is
//! half-written, and spends few bytes.
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at the clock and listen like a dead server"
)]

mod support;

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use support::bank::Bank;
use support::console::{Console, Launch, last};
use support::files::Files;
use support::server::Server;

/// A console at this bank whose state is kept in `state`, and nobody else's.
fn launch(bank: &Bank, state: &Path) -> Launch {
    let launch = Launch::of(["--database-url".to_owned(), bank.url()]).lang("en");
    launch.env("XDG_STATE_HOME", &state.display().to_string())
}

/// A console with everything read.
fn open(bank: &Bank, state: &Path) -> Console {
    let mut console = launch(bank, state).open();
    console.sees("online").sees("Deposits");
    console.settle();
    console
}

/// Waits until no console is connected to the bank any more; its end is what is waited for, not a time.
#[track_caller]
fn assert_nothing_runs(bank: &Bank) {
    let count = "select count(*)::text from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid()
                   and application_name like 'baton %' and state <> 'idle'";
    let end = Instant::now() + Duration::from_secs(2);
    while bank.sql(&Server::shared().own, count)[0][0] != "0" {
        assert!(Instant::now() < end, "a query goes on running on the server");
    }
}

#[test]
fn however_it_ends_the_terminal_is_given_back_and_the_draft_kept() {
    let Some(bank) = Bank::berka() else { return };
    for way in ["key", "HUP", "TERM"] {
        let state = tempfile::tempdir().unwrap();
        let mut console = open(&bank, state.path());
        // At once after the last key: nothing of it is on disk yet.
        console
            .keys("1 n Tab Tab")
            .sees("Rule of a new segment")
            .types("age > 31")
            .sees("age > 31");
        let ended = match way {
            "key" => console.keys("Esc").sees("Kept as a draft").keys("q y").ends(),
            signal => console.signal(signal).ends(),
        };
        assert!(ended < Duration::from_secs(1), "{way}: gone after {ended:?}");
        console.assert_given_back();
        assert_nothing_runs(&bank);
        let mut again = open(&bank, state.path());
        again.sees("Unfinished forms that were kept: 1").keys("D").sees("age > 31");
        let ended = again.signal("TERM").ends();
        assert!(ended < Duration::from_secs(1), "{way}, again: gone after {ended:?}");
    }
}

#[test]
fn a_draft_outlives_a_kill_and_belongs_to_one_operator() {
    let Some(bank) = Bank::berka() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut console = open(&bank, state.path());
    console.keys("1 n Tab Tab").sees("Rule of a new segment").types("age > 32").sees("age > 32");
    let drafts = state.path().join("baton/drafts");
    let written = || {
        let dirs = std::fs::read_dir(&drafts).unwrap().flatten();
        let files = dirs.flat_map(|dir| std::fs::read_dir(dir.path()).unwrap().flatten());
        // What is still being written beside it does not count.
        let mut files = files.filter(|f| f.path().extension().is_some_and(|name| name == "json"));
        files.any(|f| std::fs::read_to_string(f.path()).unwrap().contains("age > 32"))
    };
    let end = Instant::now() + Duration::from_secs(2);
    while !written() {
        assert!(Instant::now() < end, "not on disk two seconds after the last key");
    }
    console.signal("KILL").ends();
    let other = Launch::of(["--database-url".to_owned(), bank.url_as("li.strategist")]).lang("en");
    let mut other = other.env("XDG_STATE_HOME", &state.path().display().to_string()).open();
    other.sees("online").sees("Deposits").settle();
    assert!(!other.screen().contains("Unfinished"), "another operator's draft");
    let mut again = open(&bank, state.path());
    again.sees("Unfinished forms that were kept: 1").keys("D").sees("age > 32");
}

#[test]
fn a_query_that_runs_ends_with_the_console() {
    let Some(bank) = Bank::berka() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut console = open(&bank, state.path());
    support::server::block_on(async {
        let mut holds = bank.connect("baton_admin").await;
        for sql in ["set role baton_owner", "begin", "lock table baton.segment_version"] {
            sqlx::raw_sql(sql).execute(&mut holds).await.unwrap();
        }
        console.keys("r");
        let waits = "select exists (select from pg_locks l join pg_database d on d.oid = l.database
                     where d.datname = current_database() and not l.granted)";
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut holds).await.unwrap() {}
        let ended = console.signal("HUP").ends();
        assert!(ended < Duration::from_secs(1), "gone after {ended:?}");
        let end = Instant::now() + Duration::from_secs(2);
        while sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut holds).await.unwrap() {
            assert!(Instant::now() < end, "it goes on waiting on the server");
        }
    });
    console.assert_given_back();
}

#[test]
fn a_change_can_be_cancelled_and_says_so() {
    let Some(bank) = Bank::berka() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut console = open(&bank, state.path());
    console
        .keys("1 n Tab Tab")
        .sees("Rule of a new segment")
        .types("age > 33")
        .keys("Tab")
        .types("SG-33");
    console.keys("Tab").types("thirty").sees("customers,");
    support::server::block_on(async {
        let mut holds = bank.connect("baton_admin").await;
        for sql in ["set role baton_owner", "begin", "lock table baton.segment_version"] {
            sqlx::raw_sql(sql).execute(&mut holds).await.unwrap();
        }
        console.keys("C-o").sees("Saving SG-33").keys("Esc").sees("Cancelled");
        let connections = "select count(*) from pg_stat_activity
                           where datname = current_database() and usename <> session_user";
        let all: i64 = sqlx::query_scalar(connections).fetch_one(&mut holds).await.unwrap();
        assert!((1..=3).contains(&all), "{all} connections while cancelling");
        sqlx::raw_sql("rollback").execute(&mut holds).await.unwrap();
    });
    let saved = bank.sql(&Server::shared().own, "select code from baton.segment_version");
    assert!(saved.is_empty(), "{saved:?}");
}

#[test]
fn the_first_picture_does_not_wait_for_a_server_that_never_answers() {
    let dir = tempfile::tempdir().unwrap();
    let _deaf = UnixListener::bind(dir.path().join(".s.PGSQL.5432")).unwrap();
    let url = format!("postgres:///bank?host={}&user=li", dir.path().display());
    let start = Instant::now();
    let launch = Launch::of(["--database-url".to_owned(), url]).lang("en");
    let mut console = launch.env("XDG_STATE_HOME", &dir.path().display().to_string()).open();
    console.sees("Segments").sees("connecting");
    assert!(start.elapsed() < Duration::from_secs(5), "painted after {:?}", start.elapsed());
    console.keys("? Esc 3").sees("Branch tasks");
    let ended = console.signal("TERM").ends();
    assert!(ended < Duration::from_secs(1), "gone after {ended:?}");
    console.assert_given_back();
}

#[test]
fn bytes_are_spent_on_what_changes() {
    let Some(bank) = Bank::berka() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut console = open(&bank, state.path());
    let rests = (0..10).any(|_| console.idle(Duration::from_secs(3)) == 0);
    assert!(rests, "nothing happens, nothing is written");
    console.answers("4");
    console.bytes();
    // What is read in the background may be painted beside one key on a busy machine, and not beside each of five.
    let mut costs = |key: &str| {
        console.answers(key);
        console.bytes()
    };
    let row = ["j", "k", "j", "k", "j"].map(&mut costs).into_iter().min().unwrap();
    assert!((1..=120).contains(&row), "a row's move costs {row} bytes");
    let pane = ["\t"; 5].map(&mut costs).into_iter().min().unwrap();
    assert!((1..1_500).contains(&pane), "a pane's change costs {pane} bytes");
    console.keys("4 y").sees("Copied.");
    let copied = last(console.raw(), "\x1b]52;c;").expect("OSC 52");
    let text = &console.raw()[copied + 7..];
    let end = text.iter().position(|byte| *byte == 7).expect("its end");
    assert!(end > 8 && text[..end].iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)));
}

#[test]
fn no_color_comes_from_the_environment() {
    let Some(bank) = Bank::berka() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut console = launch(&bank, state.path()).env("NO_COLOR", "1").open();
    console
        .sees("online")
        .sees("Deposits")
        .keys("4 j Enter")
        .sees("went from")
        .keys("Esc 1 n ? Esc");
    console.settle();
    let raw = String::from_utf8_lossy(console.raw()).into_owned();
    for sequence in raw.split("\x1b[").skip(1) {
        let Some((codes, _)) = sequence.split_once('m') else { continue };
        if !codes.bytes().all(|b| b.is_ascii_digit() || b == b';') {
            continue;
        }
        let colour = |code: &str| matches!(code.parse(), Ok(30..=49 | 90..=107));
        assert!(!codes.split(';').any(colour), "a colour: {codes}m");
    }
}

#[test]
fn a_form_outlives_another_size_of_the_terminal() {
    let Some(bank) = Bank::berka() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut console = open(&bank, state.path());
    console.keys("1 n Tab Tab").sees("Rule of a new segment").types("age > 34").sees("age > 34");
    for (columns, rows) in [(80, 24), (40, 12), (20, 5), (200, 60), (120, 36)] {
        console.resize(columns, rows);
        console.sees(if columns < 40 { "Baton" } else { "age > 34" });
    }
    console.types(" and no").sees("age > 34 and no");
}

#[test]
fn a_database_without_a_bank_says_so_in_its_panes() {
    let bank = Bank::empty();
    let state = tempfile::tempdir().unwrap();
    let mut console = launch(&bank, state.path()).open();
    console.sees("online").waits("the panes to say it", |screen| {
        screen.matches("no bank has been imported yet").count() >= 4 && !screen.contains("Reading")
    });
}

/// The console keeps the words of rules from key to key; what another process imports is known with the next key.
#[test]
fn a_value_that_came_while_the_console_was_open_can_be_asked_for() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    let state = tempfile::tempdir().unwrap();
    let mut console = launch(&bank, state.path()).open();
    console.sees("online").sees("No metrics yet");
    console.keys("1 n Tab Tab").sees("Rule of a new segment").types("job = 'teacher'");
    console.sees("2 customers").keys("BSpace BSpace BSpace BSpace BSpace BSpace BSpace BSpace");
    console.types("nurse'").sees("has no value 'nurse'");
    let later = files.change("customers.csv", ",student", ",nurse");
    later.import(&bank, &[]).json();
    console
        .types(" ")
        .loses("has no value")
        .waits("the count of one", |screen| screen.contains("1 customer"));
}

/// A terminal that nobody reads any more holds the console in the middle of a frame: a signal ends it all the same.
#[test]
fn a_console_that_cannot_write_is_ended_by_a_signal() {
    let bank = Bank::demo();
    for signal in ["TERM", "HUP"] {
        let state = tempfile::tempdir().unwrap();
        let mut console = launch(&bank, state.path()).open();
        console.sees("online").settle();
        let ended = console.stops_reading("z").signal(signal).ends();
        assert!(ended < Duration::from_secs(3), "{signal}: gone after {ended:?}");
        assert!(!console.is_raw(), "{signal}: the terminal is still raw");
    }
}

/// A megabyte from the wrong window into a filter: the next key is answered, and so is a signal.
#[test]
fn a_large_paste_into_a_line_holds_nobody_up() {
    let bank = Bank::demo();
    let state = tempfile::tempdir().unwrap();
    let mut console = launch(&bank, state.path()).open();
    console.sees("online").settle();
    console.keys("1 /").settle();
    let log = "2026-11-20 09:41 the wrong window ".repeat(3_000);
    console.types(&format!("\x1b[200~{log}\x1b[201~"));
    console.sees("The line is full");
    let ended = console.signal("TERM").ends();
    assert!(ended < Duration::from_secs(1), "gone after {ended:?}");
    console.assert_given_back();
}

#[test]
fn a_terminal_without_a_cursor_is_refused_in_one_line() {
    for term in ["dumb", ""] {
        let said = support::Baton::bare().env("TERM", term).fails(2);
        assert!(said.contains("TERM") && said.trim_end().lines().count() == 1, "{said}");
    }
}
