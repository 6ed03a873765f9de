//! `baton calc` on a file that the test wrote.
#![expect(clippy::disallowed_methods, reason = "tests write the files that the command reads")]

use serde_json::Value;

use super::Baton;

/// `calc` with a file of this text in the place of FILE.
pub fn calc(words: &str, file: &str) -> (tempfile::TempDir, Baton) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("given.csv");
    std::fs::write(&path, file).expect("a file");
    // A server that is not there: whoever asks it fails.
    let url = ["--database-url", "postgres://nobody@127.0.0.1:1/nothing"];
    let path = path.to_str().expect("a name").to_owned();
    let args = words.split(' ').map(|word| if word == "FILE" { path.clone() } else { word.into() });
    (dir, Baton::bare().args(url).args(["calc"]).args(args.collect::<Vec<_>>()))
}

/// What it answers.
pub fn json_of(words: &str, file: &str) -> Value {
    let (_dir, run) = calc(words, file);
    run.json()
}

/// Why it refuses.
pub fn refused(words: &str, file: &str) -> String {
    let (_dir, run) = calc(words, file);
    run.refused()
}

/// The keys of an object.
pub fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Equal to half a unit of the digit that the source printed last.
pub fn printed(got: &Value, want: f64, digits: i32) {
    let got = got.as_f64().unwrap_or_else(|| panic!("{got} is no number"));
    assert!((got - want).abs() <= 0.5001 * 10_f64.powi(-digits), "{got} is not {want}");
}
