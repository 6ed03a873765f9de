//! The signals that ask a program to leave, and the warden who sees to it that it does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP (the terminal was closed), SIGTERM and SIGINT from outside.
pub(super) struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits until one of them comes.
    pub(super) async fn asked_to_leave(&mut self) {
        tokio::select! {
            _ = self.hangup.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// How long the console's own loop may take to hear a signal; then the program ends without it.
const GRACE: Duration = Duration::from_secs(1);
/// How long the terminal may take to be given back where nobody reads it any more.
const LAST: Duration = Duration::from_millis(200);

/// Ends the program where its loop does not hear that it is to leave: it may be at work on a key, or write to a terminal that
/// nobody reads. Drafts that are on disk stay there.
#[derive(Clone, Debug)]
pub(super) struct Warden(Arc<AtomicBool>);

impl Warden {
    /// Begins to watch, in a task of its own, which waits for nothing that the loop does.
    pub(super) fn post(mut signals: Signals) -> Self {
        let heard = Self(Arc::default());
        let told = heard.clone();
        tokio::spawn(async move {
            signals.asked_to_leave().await;
            tokio::time::sleep(GRACE).await;
            if told.0.load(Ordering::SeqCst) {
                // The loop is on its way out, and what it still does has limits of its own.
                tokio::time::sleep(super::FAREWELL + GRACE).await;
            }
            end();
        });
        heard
    }

    /// The loop has heard it.
    pub(super) fn hears(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Gives the terminal back, or at least its lines, and ends the program.
fn end() {
    let (done, given_back) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        super::terminal::restore();
        let _ = done.send(());
    });
    if given_back.recv_timeout(LAST).is_err() {
        let _ = crossterm::terminal::disable_raw_mode();
    }
    tracing::warn!("asked to leave, and not heard: the program was ended");
    std::process::exit(1);
}
