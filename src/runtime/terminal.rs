//! The terminal's modes: taken at the start, given back however the program ends.
//!
//! Exit, `?`, a panic in any thread and a signal all come through [`restore`], which works once and tries every
//! step even if one fails. The mouse is never captured.

use std::io::{self, Write as _};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use tokio::sync::Notify;

static TAKEN: AtomicBool = AtomicBool::new(false);
static PANICKED: AtomicBool = AtomicBool::new(false);
static FAILED: Notify = Notify::const_new();
static HOOK: Once = Once::new();

/// While it lives, the terminal is ours.
pub(super) struct Guard(());

impl Guard {
    /// Takes the terminal: raw, on the alternate screen, with pastes told apart from keys.
    pub(super) fn take() -> io::Result<Self> {
        HOOK.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                PANICKED.store(true, Ordering::SeqCst);
                restore();
                FAILED.notify_one();
                report(panic);
            }));
        });
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let guard = Self(());
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// A panic has given the terminal back: nothing may be drawn any more.
pub(super) fn has_panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Waits until some thread has panicked.
pub(super) async fn failed() {
    FAILED.notified().await;
}

/// Gives the terminal back. Errors are not told: there may be no terminal left to tell them on.
pub(super) fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // A frame that another thread is writing is written to its end first.
    let mut out = io::stdout().lock();
    // The end of a synchronized update, in case the panic came in the middle of a frame.
    let _ = out.write_all(b"\x1b[?2026l");
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen);
    let _ = execute!(out, cursor::Show);
    let _ = disable_raw_mode();
    let _ = out.flush();
}
