//! The real program, started as a person would: arguments in, one answer out.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

use super::bank::Bank;

/// The program against `bank`, as the OS user's own operator unless [`Baton::as_`] says otherwise.
pub fn baton(bank: &Bank) -> Baton {
    let mut program = Baton::bare();
    program.command.args(["--database-url", &bank.url()]);
    program
}

/// A command line that is being put together.
pub struct Baton {
    command: Command,
}

impl Baton {
    /// Without a database, and without anything of the developer's own setup.
    pub fn bare() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        let home = env!("CARGO_TARGET_TMPDIR");
        for variable in ["BATON_DATABASE_URL", "LC_ALL", "NO_COLOR"] {
            command.env_remove(variable);
        }
        command.env("LANG", "C.UTF-8");
        // What is written without a place of its own must not end in the machine's.
        command.env("BATON_DATA_DIR", format!("{home}/data"));
        command.env("XDG_CONFIG_HOME", format!("{home}/config"));
        command.env("XDG_STATE_HOME", format!("{home}/state"));
        command.timeout(std::time::Duration::from_mins(10));
        Self { command }
    }

    /// With a private cluster in `data_dir`.
    pub fn private(data_dir: &Path) -> Self {
        let mut program = Self::bare();
        program.command.arg("--data-dir").arg(data_dir);
        program
    }

    /// As this operator.
    pub fn as_(mut self, operator: &str) -> Self {
        self.command.args(["--as", operator]);
        self
    }

    /// With these arguments besides.
    pub fn args<S: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// With a variable of the environment set.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end, however that is.
    pub fn run(mut self) -> Output {
        self.command.output().unwrap()
    }

    /// Runs it, and gives its one JSON value; anything but success fails the test with what it said.
    pub fn json(self) -> Value {
        let output = self.args(["--format", "json"]).run();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{out}{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Runs it, expects it to be refused (exit 1) with nothing on stdout, and gives the sentence.
    pub fn refused(self) -> String {
        self.fails(1)
    }

    /// Runs it, expects this exit code and nothing on stdout, and gives what it said.
    pub fn fails(self, code: i32) -> String {
        let output = self.run();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{out}{err}");
        assert_eq!(out, "", "a refusal writes no result");
        err
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
