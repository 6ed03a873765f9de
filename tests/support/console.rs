//! The real console in a real pseudo-terminal, driven by keys and read as a person would.
//!
//! ```text
//! let mut console = Launch::of(args).lang("zh-CN").size(80, 24).open();
//! console.keys("2 Enter p").sees("12,408 户").keys("Y").sees("已下发");
//! ```
//!
//! Every wait is for a condition on the screen and ends by a deadline, with the screen in the failure.
#![expect(
    clippy::disallowed_methods,
    reason = "it starts the program, reads along and looks at the clock"
)]

use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a condition may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// What to start, before it is started.
pub struct Launch {
    program: String,
    args: Vec<String>,
    size: (u16, u16),
    env: Vec<(String, String)>,
}

/// A running console.
pub struct Console {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    deaf: Arc<AtomicBool>,
    input: Box<dyn std::io::Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    bytes: usize,
    raw: Vec<u8>,
}

impl Launch {
    /// The console with these global arguments (`--database-url`, `--as`, ...).
    pub fn of<S: Into<String>>(args: impl IntoIterator<Item = S>) -> Self {
        let args = args.into_iter().map(Into::into).collect();
        Self { args, ..Self::program(env!("CARGO_BIN_EXE_baton")) }
    }

    /// Another program, to compare with.
    pub fn program(program: &str) -> Self {
        Self { program: program.to_owned(), args: Vec::new(), size: (120, 36), env: Vec::new() }
    }

    /// With these arguments besides.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// In this language.
    pub fn lang(mut self, lang: &str) -> Self {
        self.args.extend(["--lang".to_owned(), lang.to_owned()]);
        self
    }

    /// On a terminal of this many columns and rows.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// With a variable of the environment set.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it; the first paint is not waited for.
    pub fn open(self) -> Console {
        let (columns, rows) = self.size;
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(&self.program);
        command.args(&self.args);
        command.env("TERM", "xterm-256color");
        // A test says which page it begins with.
        command.env("BATON_START", "panes");
        command.env_remove("NO_COLOR");
        for (name, value) in &self.env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("baton starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("the terminal's output");
        let (send, output) = channel();
        let deaf = Arc::new(AtomicBool::new(false));
        let stopped = deaf.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(n) = reader.read(&mut buffer) {
                while stopped.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                if n == 0 || send.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let input = pair.master.take_writer().expect("the terminal's input");
        Console {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            output,
            deaf,
            input,
            master: pair.master,
            child,
            bytes: 0,
            raw: Vec::new(),
        }
    }
}

impl Console {
    /// Presses keys, one a word: `Enter Esc Tab BTab Up Down Left Right PgUp PgDn Home End BSpace Del Space C-x`;
    /// any other word is typed as it stands.
    pub fn keys(&mut self, words: &str) -> &mut Self {
        for word in words.split_whitespace() {
            let named = match word {
                "Enter" => "\r",
                "Esc" => "\x1b",
                "Tab" => "\t",
                "BTab" => "\x1b[Z",
                "Up" => "\x1b[A",
                "Down" => "\x1b[B",
                "Right" => "\x1b[C",
                "Left" => "\x1b[D",
                "PgUp" => "\x1b[5~",
                "PgDn" => "\x1b[6~",
                "Home" => "\x1b[H",
                "End" => "\x1b[F",
                "BSpace" => "\x7f",
                "Del" => "\x1b[3~",
                "Space" => " ",
                other => other,
            };
            let control =
                word.strip_prefix("C-").filter(|k| k.len() == 1).map(|k| k.as_bytes()[0] & 0x1f);
            match control {
                Some(byte) => self.send(&[byte]),
                None => self.send(named.as_bytes()),
            }
            // A lone escape and the next key must not be read as one Alt chord.
            if word == "Esc" {
                self.settle();
            }
        }
        self
    }

    /// Types text as it stands, blanks and line feeds included.
    pub fn types(&mut self, text: &str) -> &mut Self {
        self.send(text.replace('\n', "\r").as_bytes());
        self
    }

    /// Waits until the screen shows `text`.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        self.waits(&format!("to see {text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows `text`.
    #[track_caller]
    pub fn loses(&mut self, text: &str) -> &mut Self {
        self.waits(&format!("to lose {text:?}"), |screen| !screen.contains(text))
    }

    /// Waits until `condition` holds for the screen's text.
    #[track_caller]
    pub fn waits(&mut self, what: &str, condition: impl Fn(&str) -> bool) -> &mut Self {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if condition(&screen) {
                return self;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(chunk) => self.take(&chunk),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("waited {PATIENCE:?} {what}; the screen:\n{screen}")
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the console ended; waited {what}; the screen:\n{screen}")
                }
            }
        }
    }

    /// What a person would read now, a line a row.
    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// The terminal as it stands: modes, cursor, cells.
    pub fn terminal(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Bytes written by the console since the last call.
    pub fn bytes(&mut self) -> usize {
        self.settle();
        std::mem::take(&mut self.bytes)
    }

    /// Presses one key and waits for the first answer on the line.
    pub fn answers(&mut self, key: &str) {
        self.send(key.as_bytes());
        let chunk = self.output.recv_timeout(PATIENCE).expect("an answer");
        self.take(&chunk);
    }

    /// How many bytes come in a time without keys.
    pub fn idle(&mut self, time: Duration) -> usize {
        self.bytes();
        let end = Instant::now() + time;
        while let Ok(chunk) =
            self.output.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            self.take(&chunk);
        }
        std::mem::take(&mut self.bytes)
    }

    /// Every byte that the console wrote since it was opened.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What was written left the alternate screen, ended pastes and showed the cursor, in this order of each pair, and
    /// the terminal reads lines again.
    #[track_caller]
    pub fn assert_given_back(&self) {
        for (taken, given) in [
            ("\x1b[?1049h", "\x1b[?1049l"),
            ("\x1b[?2004h", "\x1b[?2004l"),
            ("\x1b[?25l", "\x1b[?25h"),
        ] {
            assert!(last(&self.raw, taken) < last(&self.raw, given), "{given:?} comes not last");
        }
        let screen = self.terminal();
        assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
        assert!(!self.is_raw(), "the terminal is still raw");
    }

    /// True while the terminal gives keys as they come instead of lines.
    pub fn is_raw(&self) -> bool {
        let name = self.master.tty_name().expect("a name");
        let file = std::fs::File::open(&name).expect("the terminal");
        let stty = std::process::Command::new("stty").arg("-a").stdin(file).output();
        let modes = String::from_utf8(stty.expect("stty").stdout).expect("text");
        assert!(modes.contains("icanon"), "{modes}");
        modes.contains("-icanon")
    }

    /// Another size, as when a person resizes the window.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.master
            .resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .expect("resize");
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        self
    }

    /// Sends a signal by name: `HUP`, `TERM`, `KILL`.
    pub fn signal(&mut self, name: &str) -> &mut Self {
        let pid = self.child.process_id().expect("running").to_string();
        let sent =
            std::process::Command::new("kill").args(["-s", name, &pid]).status().expect("kill");
        assert!(sent.success());
        self
    }

    /// From now on nobody reads what the console writes, as of a window that hangs; comes back when the console has stopped
    /// over that: it uses no more time of the processor.
    pub fn stops_reading(&mut self, keys: &str) -> &mut Self {
        self.deaf.store(true, Ordering::SeqCst);
        for _ in 0..400 {
            // The terminal's own buffer for keys may be full by then.
            let _ = self.input.write_all(keys.as_bytes()).and_then(|()| self.input.flush());
        }
        let path = format!("/proc/{}/stat", self.child.process_id().expect("running"));
        let used = || {
            let stat = std::fs::read_to_string(&path).expect("a process");
            stat.split_whitespace().skip(13).take(2).map(str::to_owned).collect::<Vec<_>>()
        };
        let mut before = used();
        let end = Instant::now() + PATIENCE;
        loop {
            std::thread::sleep(Duration::from_millis(700));
            let now = used();
            if now == before {
                return self;
            }
            assert!(Instant::now() < end, "it goes on without a reader");
            before = now;
        }
    }

    /// Waits until the process is gone and gives how long that took.
    pub fn ends(&mut self) -> Duration {
        let start = Instant::now();
        loop {
            if self.child.try_wait().expect("wait").is_some() {
                while let Ok(chunk) = self.output.recv_timeout(Duration::from_millis(50)) {
                    self.take(&chunk);
                }
                return start.elapsed();
            }
            assert!(start.elapsed() < PATIENCE, "still running; the screen:\n{}", self.screen());
            if let Ok(chunk) = self.output.recv_timeout(Duration::from_millis(10)) {
                self.take(&chunk);
            }
        }
    }

    /// Takes what the console writes until it has been quiet for a tenth of a second.
    pub fn settle(&mut self) {
        while let Ok(chunk) = self.output.recv_timeout(Duration::from_millis(100)) {
            self.take(&chunk);
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.input
            .write_all(bytes)
            .and_then(|()| self.input.flush())
            .expect("the terminal takes keys");
    }

    fn take(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len();
        self.raw.extend_from_slice(chunk);
        self.parser.process(chunk);
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // A failed test must not leave a console behind; one that has ended makes this an error to ignore.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a terminal has cells")
}

/// The last of these bytes in what was written, or none.
pub fn last(raw: &[u8], what: &str) -> Option<usize> {
    raw.windows(what.len()).rposition(|bytes| bytes == what.as_bytes())
}
