//! `baton import`: a bank's records come in by a manifest.
//!
//! Rejected rows go to a file in `DATA_DIR/rejects`, which only its owner can read: it holds values as they came, names
//! and phones too. A fresh file for each run, made at the first reject.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the manifest and names the reject file by the clock"
)]

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::table::Table;
use super::{Context, Failure, file};
use crate::domain::decimal::share_ppm;
use crate::domain::message::Message;
use crate::msg;
use crate::store::import::{
    self, Destination, ImportError, Reject, Report, Request, Watch, manifest,
};
use crate::store::regular::{self, Unread};
use crate::store::reject_file::RejectFile;
use crate::text::{self, Lang};

/// How long a whole run may take: generous, and an end all the same where the link has died.
const RUN_LIMIT: Duration = Duration::from_hours(6);

/// What to import.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory of the bank's files, with baton-import.toml
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Another manifest than the one in DIR
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Try everything, change nothing
    #[arg(long)]
    dry_run: bool,
    /// The share of a load's rows that may be rejected before the run fails: 0.001 or 0.1%
    #[arg(long, value_name = "SHARE", default_value = "0.1%", value_parser = share)]
    max_rejects: u32,
    /// How many seconds one query of the manifest may take
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = clap::value_parser!(u32).range(1..=21_600))]
    sql_limit: u32,
}

/// A share in parts per million.
fn share(text: &str) -> Result<u32, String> {
    share_ppm(text).ok_or_else(|| "a share from 0 to 1, such as 0.001 or 0.1%".to_owned())
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let path = args.manifest.clone().unwrap_or_else(|| args.dir.join(manifest::FILE_NAME));
    let shown = path.display().to_string();
    let text = regular::text(&path).map_err(|error| match error {
        Unread::System(error) => Message::new(msg!("import.no-manifest"))
            .with("path", shown.as_str())
            .with("detail", error.to_string()),
        other => file::sentence(&path, &other),
    })?;
    let manifest = manifest::read(&shown, &text).map_err(ImportError::from)?;
    let bytes =
        manifest.files.iter().filter_map(|f| std::fs::metadata(args.dir.join(&f.path)).ok());
    let bytes = bytes.map(|m| m.len()).sum();
    let request = Request {
        manifest: &manifest,
        dir: &args.dir,
        max_rejects_ppm: args.max_rejects,
        dry: args.dry_run,
        sql_limit: Duration::from_secs(args.sql_limit.into()),
    };
    let db = context.connect().await?;
    let mut progress = Progress::new(context, manifest.bank.as_of, bytes, manifest.loads.len());
    let work = Box::pin(import::import(&db, &request, &mut progress));
    let done = db.within(RUN_LIMIT, work).await;
    let reject_file = progress.close();
    if let Ok(Some(file)) = &reject_file {
        context.output.say(Message::new(msg!("import.rejects-in")).with("path", file.as_str()));
    }
    let (report, reject_file) = (done?, reject_file?);
    if args.dry_run {
        context.output.say(msg!("import.dry-run"));
    }
    context.output.result(&as_json(&report, reject_file.as_deref()), || as_table(&report))
}

fn as_json(report: &Report, reject_file: Option<&str>) -> Value {
    let counts = |list: &[(Destination, u64)]| -> Map<String, Value> {
        list.iter().map(|(into, n)| (into.code().to_owned(), json!(n))).collect()
    };
    json!({
        "as_of": report.as_of,
        "loaded": counts(&report.loaded),
        "rejected": counts(&report.rejected),
        "reject_file": reject_file,
    })
}

fn as_table(report: &Report) -> Table {
    let mut table = Table::new([
        ("target", msg!("import.heading.target")),
        ("loaded", msg!("import.heading.loaded")),
        ("rejected", msg!("import.heading.rejected")),
    ]);
    for (into, loaded) in &report.loaded {
        let rejected = report.rejected.iter().find(|(d, _)| d == into).map_or(0, |(_, n)| *n);
        table.row([into.code().into(), (*loaded).into(), rejected.into()]);
    }
    table
}

/// The bar on stderr, and the reject file.
struct Progress {
    bar: indicatif::ProgressBar,
    bytes: u64,
    loads: u64,
    lang: Lang,
    rejects: RejectFile,
}

impl Progress {
    fn new(context: &Context, as_of: NaiveDate, bytes: u64, loads: usize) -> Self {
        let name = format!(
            "import-{as_of}-{}-{}.csv",
            chrono::Utc::now().format("%Y%m%dT%H%M%S"),
            std::process::id()
        );
        Self {
            bar: context.output.progress(bytes.max(1) * 2),
            bytes,
            loads: loads.max(1) as u64,
            lang: context.lang(),
            rejects: RejectFile::at(
                context.settings.data_dir.join("rejects").join(name),
                &["load", "ordinal", "column", "value", "reason"],
            ),
        }
    }

    /// Ends the bar, and gives the reject file's path if there is one.
    fn close(mut self) -> Result<Option<String>, ImportError> {
        self.bar.finish_and_clear();
        let detail = |error: io::Error| ImportError::RejectFile { detail: error.to_string() };
        self.rejects.finish().map_err(detail)
    }

    fn tell(&self, message: &Message) {
        self.bar.set_message(text::render(message, self.lang));
    }
}

impl Watch for Progress {
    fn staged(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn loading(&mut self, load: &str, rows: u64) {
        self.tell(&Message::new(msg!("import.loading")).with("load", load).with("rows", rows));
    }

    fn applying(&mut self) {
        self.bar.set_position(self.bytes * 2 - self.bytes / (self.loads + 1));
        self.tell(&msg!("import.applying").into());
    }

    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        let reason = text::render(&reject.reason.message(), self.lang);
        let ordinal = reject.ordinal.to_string();
        self.rejects.write(&[reject.load, &ordinal, reject.column, reject.value, &reason])
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        // Load, SQLSTATE and place: the server's words may quote a customer's record.
        tracing::warn!(reason = error.for_log(), "an import failed");
        Self::refused(error.message())
    }
}
