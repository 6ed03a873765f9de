//! The only place that spawns, reads the clock, owns the terminal, catches signals and runs effects.
//!
//! The loop waits for a key, a signal or an answer, gives it to the reducer, runs the effects, and draws. It
//! knows no screen: `draw` is handed in. Nothing is drawn unless something happened, and what happened writes
//! nothing unless a cell changed (`screen`).
#![expect(
    clippy::disallowed_methods,
    reason = "the runtime is where the clock is read, tasks are spawned and files are written"
)]

mod branch;
mod clipboard;
mod desks;
mod drafts;
mod ends;
mod keys;
mod line;
mod numbers;
mod rules;
mod runner;
mod screen;
mod signals;
mod studies;
mod terminal;
mod wire;
mod work;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use ratatui::Frame;
use tokio::sync::mpsc;

use crate::app::command::Reason;
use crate::app::{Action, Effect, State, reduce};
use crate::domain::money::Currency;
use crate::domain::review::Review;
use crate::store::Db;

/// How long a leaving program waits for the server to hear that nobody waits any more.
const FAREWELL: Duration = Duration::from_millis(600);

/// What is put into the operator's words for a file of his.
#[derive(Clone, Copy, Debug)]
pub enum Saying<'a> {
    /// A message.
    Message(&'a Reason),
    /// A review as a report, its amounts in this currency.
    Report(&'a Review, Currency),
}

/// Puts it into words.
pub type Say = Arc<dyn Fn(Saying<'_>) -> String + Send + Sync>;

/// Writes the table of a command, in the words of the command line, into a file, over these connections; gives its rows.
pub type Export = Arc<
    dyn Fn(Db, Vec<String>, PathBuf) -> BoxFuture<'static, Result<usize, Reason>> + Send + Sync,
>;

/// What the runtime is handed, since it names neither words nor commands.
#[derive(Clone)]
pub struct Hands {
    /// Puts a message into words.
    pub say: Say,
    /// Writes a table into a file.
    pub export: Export,
}

pub use work::Limits;

/// Runs the console until the operator leaves or the terminal goes away.
///
/// `open` connects, as often as it is needed; the first picture does not wait for it. `state_dir` is where half-written
/// forms of this operator in this bank are kept.
///
/// # Errors
/// If there is no terminal, or it is gone.
pub async fn run<Open, Opening>(
    open: Open,
    draw: impl Fn(&mut Frame<'_>, &State),
    hands: Hands,
    mut state: State,
    state_dir: &Path,
    limits: Limits,
) -> io::Result<()>
where
    Open: Fn() -> Opening + Send + Sync + 'static,
    Opening: Future<Output = Result<Db, Reason>> + Send,
{
    let guard = terminal::Guard::take()?;
    let mut screen = screen::Screen::new()?;
    let (width, height) = crossterm::terminal::size()?;
    let (sender, mut actions) = mpsc::unbounded_channel();
    let mut signals = signals::Signals::new()?;
    let heard = signals::Warden::post(signals::Signals::new()?);
    let mut drafts = drafts::Drafts::new(state_dir);
    step(&mut state, Action::Resized(width, height));
    for draft in drafts.left_behind() {
        step(&mut state, Action::DraftFound(draft));
    }
    screen.draw(|frame| draw(frame, &state))?;

    let line = line::Line::open(open, sender.clone());
    let mut runner = runner::Runner::new(line.db(), line.idle(), sender, hands, limits);
    let mut input = EventStream::new();
    let outcome = loop {
        let action = tokio::select! {
            biased;
            () = signals.asked_to_leave() => {
                heard.hears();
                Action::Hangup
            }
            () = terminal::failed() => Action::Hangup,
            event = input.next() => match event {
                Some(Ok(event)) => match keys::action(event) {
                    Some(action) => action,
                    None => continue,
                },
                // The terminal is closed.
                Some(Err(_)) | None => Action::Hangup,
            },
            Some(action) = actions.recv() => action,
            () = drafts.due() => {
                drafts.write();
                continue;
            }
        };
        let mut leave =
            run_effects(step(&mut state, action), &mut runner, &mut drafts, &line, &guard);
        // What came meanwhile goes into the same picture.
        while let Ok(action) = actions.try_recv() {
            leave |= run_effects(step(&mut state, action), &mut runner, &mut drafts, &line, &guard);
        }
        if leave {
            break Ok(());
        }
        if let Err(error) = screen.draw(|frame| draw(frame, &state)) {
            // A closed terminal: what is half-written is kept all the same.
            run_effects(step(&mut state, Action::Hangup), &mut runner, &mut drafts, &line, &guard);
            break Err(error);
        }
    };
    drafts.write();
    drop(guard);
    let _ = tokio::time::timeout(FAREWELL, runner.farewell()).await;
    outcome
}

/// Waits for one of the signals that ask a program to leave, from now on.
///
/// # Errors
/// That this system has no such signals.
pub fn asked_to_leave() -> io::Result<impl Future<Output = ()>> {
    let mut signals = signals::Signals::new()?;
    Ok(async move { signals.asked_to_leave().await })
}

fn step(state: &mut State, action: Action) -> Vec<Effect> {
    reduce(state, action, chrono::Utc::now())
}

/// Runs effects. True if one of them says to leave.
fn run_effects(
    effects: Vec<Effect>,
    runner: &mut runner::Runner,
    drafts: &mut drafts::Drafts,
    line: &line::Line,
    guard: &terminal::Guard,
) -> bool {
    let mut leave = false;
    for effect in effects {
        match effect {
            Effect::Ask { slot, generation, request } => runner.ask(slot, generation, request),
            Effect::Cancel(slot) => runner.cancel(slot),
            Effect::Reconnect => line.hurry(),
            Effect::Copy(text) => clipboard::copy(&text, guard),
            Effect::KeepDraft(draft) => drafts.keep(draft),
            Effect::DropDraft(key) => drafts.forget(&key),
            Effect::Quit => leave = true,
        }
    }
    leave
}

/// True for events that change nothing at all.
fn is_noise(event: &Event) -> bool {
    matches!(event, Event::FocusGained | Event::FocusLost | Event::Mouse(_))
}
