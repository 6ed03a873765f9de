//! The composition root: parses the arguments, builds, hands over. Nothing else.

use std::process::ExitCode;

use baton::cli::surroundings::Surroundings;
use baton::cli::{self, Cli, Context, Exit, Failure, Output, Settings};
use baton::msg;
use clap::Parser as _;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            error.print()?;
            let code = u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code());
            return Ok(ExitCode::from(code));
        }
    };
    let surroundings = Surroundings::read();
    let _log = log_to_file(&surroundings);
    let lang = cli::context::language(&cli.global, &surroundings);
    let output = Output { format: cli::Format::Table, lang };
    let tokio =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = Settings::gather(cli.global, surroundings).and_then(|settings| {
        let context = Context::new(settings);
        match cli.command {
            Some(command) => {
                let opens_console = command.opens_console();
                let done = tokio.block_on(cli::run(command, &context));
                if opens_console { done.and_then(|()| console(&context)) } else { done }
            }
            None => console(&context),
        }
    });
    tokio.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { message, exit }) => {
            output.say(message);
            ExitCode::from(exit.code())
        }
    })
}

/// Opens the console.
fn console(_context: &Context) -> Result<(), Failure> {
    Err(Failure::usage(msg!("cli.no-console-yet")))
}

/// Logs go to a file, never to the terminal that the console owns. Without a place for them there are none.
fn log_to_file(surroundings: &Surroundings) -> Option<WorkerGuard> {
    std::fs::create_dir_all(surroundings.log_dir()).ok()?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("baton")
        .filename_suffix("log")
        .max_log_files(7)
        .build(surroundings.log_dir())
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = surroundings.log.as_deref().unwrap_or("info,sqlx=warn");
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_ansi(false)
        .with_writer(writer)
        .init();
    Some(guard)
}
