//! What no key of the real console brings about: a panic, and an answer that never comes. This program starts itself
//! again in a pseudo-terminal, as a console whose drawing fails on a terminal of a certain width, or that has little
//! patience.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "it starts itself, is told by the environment what to be, and a test that cannot go on fails"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use baton::app::State;
use baton::runtime::{self, Export, Hands, Limits, Saying};
use baton::store::{Db, Target};
use baton::text::review::markdown;
use baton::text::{Lang, render};
use baton::ui::glyphs::GlyphSet;
use baton::ui::theme::Theme;
use baton::ui::{self, Skin};
use support::Bank;
use support::console::{Console, Launch, last};
use support::files::Files;
use support::server::{block_on, until};

/// The variable by which this program knows that it is to be the console.
const URL: &str = "BATON_TEST_CONSOLE";
/// At these widths drawing panics, or what it has started does.
const IN_DRAWING: u16 = 101;
const IN_A_TASK: u16 = 102;
const IN_A_THREAD: u16 = 103;
/// How long the console waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// No test of its own, but the console of the tests below.
#[test]
fn console() {
    let Ok(url) = std::env::var(URL) else { return };
    let lang = Lang::En;
    let theme = Theme::built_in("default").unwrap();
    let skin = Skin { lang, theme, glyphs: GlyphSet::of_language(lang).glyphs() };
    let draw = |frame: &mut ratatui::Frame<'_>, state: &State| {
        ui::draw(frame, state, &skin);
        match frame.area().width {
            IN_DRAWING => panic!("the pen slips"),
            IN_A_TASK => drop(tokio::spawn(async { panic!("the pen slips") })),
            IN_A_THREAD => drop(std::thread::spawn(|| panic!("the pen slips"))),
            _ => {}
        }
    };
    let open = move || {
        let target = Target::server(&url, None);
        async move { Ok(Db::new(target.map_err(|error| error.message())?, None)) }
    };
    let dir = tempfile::tempdir().unwrap();
    let say = Arc::new(move |saying: Saying<'_>| match saying {
        Saying::Message(message) => render(message, lang),
        Saying::Report(review, currency) => markdown(review, currency, lang),
    });
    let export: Export = Arc::new(|_, _, _| Box::pin(async { Ok(0) }));
    let hands = Hands { say, export };
    let state = State::with_words(ui::words(lang), ui::names(lang));
    let limits = Limits { answer: PATIENCE, list: PATIENCE };
    block_on(runtime::run(open, draw, hands, state, dir.path(), limits)).unwrap();
}

fn open(bank: &Bank) -> Console {
    let itself = std::env::current_exe().unwrap();
    Launch::program(itself.to_str().unwrap())
        .args(["console", "--exact", "--nocapture"])
        .env(URL, &bank.url())
        .env("RUST_BACKTRACE", "0")
        .open()
}

fn small() -> Bank {
    let bank = Bank::empty();
    Files::small().import(&bank, &[]).json();
    bank
}

#[test]
fn a_panic_anywhere_gives_the_terminal_back_before_it_is_told() {
    let bank = small();
    for width in [IN_DRAWING, IN_A_TASK, IN_A_THREAD] {
        let mut console = open(&bank);
        console.sees("online");
        assert!(console.is_raw() && console.terminal().alternate_screen());
        console.resize(width, 36).ends();
        console.assert_given_back();
        let raw = console.raw();
        let told = last(raw, "the pen slips").expect("the panic is told");
        assert!(last(raw, "\x1b[?1049l") < Some(told), "{width}: where it can be read");
        assert!(last(raw, "\x1b[?2026h") < Some(told), "{width}: nothing is drawn over it");
    }
}

#[test]
fn an_answer_that_never_comes_is_given_up_here_and_on_the_server() {
    let bank = small();
    let mut console = open(&bank);
    console.sees("online").settle();
    block_on(async {
        let mut holds = bank.connect("baton_admin").await;
        for sql in ["set role baton_owner", "begin", "lock table baton.segment_version"] {
            sqlx::raw_sql(sql).execute(&mut holds).await.unwrap();
        }
        let waits = |some| {
            format!(
                "select exists (select from pg_locks l join pg_database d on d.oid = l.database
                 where d.datname = current_database() and not l.granted) = {some}"
            )
        };
        console.keys("r");
        until(&mut holds, &waits(true)).await;
        console.sees("no answer came in time");
        // The lock is still held: what waited for it has been ended, not served.
        until(&mut holds, &waits(false)).await;
        sqlx::raw_sql("rollback").execute(&mut holds).await.unwrap();
    });
    console.sees("online").keys("r").loses("no answer came in time");
    console.signal("TERM").ends();
    console.assert_given_back();
}
