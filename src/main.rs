//! The composition root: parses the arguments, builds, hands over. Nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use baton::app::State;
use baton::cli::surroundings::{self, Surroundings};
use baton::cli::{self, Cli, Context, Failure, Output, Settings};
use baton::domain::clean::clean;
use baton::domain::hash::ContentHash;
use baton::domain::message::Message;
use baton::msg;
use baton::runtime::{self, Export, Hands, Limits, Saying};
use baton::text::render;
use baton::text::review::markdown;
use baton::ui::glyphs::GlyphSet;
use baton::ui::theme::{self, Theme};
use baton::ui::{self, Skin};
use baton::worker::{self, Pace};
use clap::Parser as _;
use ratatui::Frame;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};

fn main() -> color_eyre::Result<ExitCode> {
    surroundings::without_foreign_options()?;
    color_eyre::install()?;
    let surroundings = Surroundings::read();
    let line = surroundings::words();
    let cli = match Cli::try_parse_from(&line) {
        Ok(cli) => cli,
        Err(error) => {
            let lang = cli::zh::language_of(&line, &surroundings);
            return Ok(ExitCode::from(cli::zh::say(error, &line, lang)));
        }
    };
    let _log = log_to_file(&surroundings);
    let lang = cli::context::language(&cli.global, &surroundings);
    let context = match Settings::gather(cli.global, surroundings) {
        Ok(settings) => Context::new(settings),
        Err(failure) => {
            return Ok(leave(
                &Output { format: cli::Format::Table, lang, kept: None, quiet: false },
                failure,
            ));
        }
    };
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(baton::domain::rule::STACK)
        .enable_all()
        .build()?;
    let done = match cli.command {
        Some(command) => {
            let (opens_console, works) = (command.opens_console(), command.worker());
            let done = tokio.block_on(cli::run(command, &context));
            let console = |()| tokio.block_on(console(&context));
            match works {
                Some(args) => tokio.block_on(work(args, &context)),
                None if opens_console => done.and_then(console),
                None => done,
            }
        }
        None => tokio.block_on(console(&context)),
    };
    tokio.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => leave(&context.output, failure),
    })
}

/// Says why, and gives the exit code.
fn leave(output: &Output, failure: Failure) -> ExitCode {
    output.say(failure.message);
    ExitCode::from(failure.exit.code())
}

/// Works until it is asked to leave, or once.
async fn work(args: cli::worker::Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let leave = runtime::asked_to_leave().map_err(|error| {
        Failure::refused(Message::new(msg!("cli.unreadable")).with("detail", error.to_string()))
    })?;
    let pace = args.every().map_or(Pace::Once, Pace::Every);
    let mut teller = cli::worker::Teller::new(&args, context);
    let seed = u64::from(std::process::id()).rotate_left(32);
    let drawn = (seed, context.settings.webhooks.clone());
    let done = worker::work(&db, pace, drawn, leave, &mut |told| teller.hear(told)).await;
    db.close().await;
    done?;
    teller.end()
}

/// Opens the console.
async fn console(context: &Context) -> Result<(), Failure> {
    let settings = &context.settings;
    let around = &settings.surroundings;
    let lang = context.lang();
    let term = around.term.as_deref().unwrap_or_default();
    if !theme::can_be_addressed(term) {
        let said =
            Message::new(msg!("console.terminal-dumb")).with("term", clean(term).into_owned());
        return Err(Failure::usage(said));
    }
    let glyphs = match settings.glyphs.as_deref() {
        Some(name) => GlyphSet::from_code(name).ok_or_else(|| {
            Failure::usage(
                Message::new(msg!("console.unknown-glyphs")).with("name", clean(name).into_owned()),
            )
        })?,
        None => GlyphSet::of_language(lang),
    };
    let theme = Theme::built_in(settings.theme.as_deref().unwrap_or("default"))
        .map_err(|error| Failure::usage(error.message()))?;
    let truecolor = theme::has_truecolor(around.colorterm.as_deref());
    let color = theme::wants_color(settings.no_color, around.term.as_deref());
    let theme = theme.for_terminal(truecolor, color);
    let skin = Skin { lang, theme, glyphs: glyphs.glyphs() };
    let mut state = State::with_words(ui::words(lang), ui::names(lang));
    state.greets = !settings.start_at_panes;
    let opened = context.clone();
    let open = move || {
        let context = opened.clone();
        async move { context.connect().await.map_err(|failure| failure.message) }
    };
    // A half-written form is the operator's own in this bank, not everybody's who sits at this login.
    let own = ContentHash::of(context.identity().as_bytes()).to_string();
    let state_dir = context.drafts_dir().join(&own[..16]);
    if let Some(bank) = context.own_data_dir()
        && let Err(error) = cli::drafts::mark(&state_dir, bank)
    {
        tracing::warn!(%error, "the drafts do not say of which bank they are");
    }
    let say = Arc::new(move |saying: Saying<'_>| match saying {
        Saying::Message(message) => render(message, lang),
        Saying::Report(review, currency) => markdown(review, currency, lang),
    });
    let exporting = context.clone();
    let export: Export = Arc::new(move |db, words, file| {
        let context = exporting.clone();
        Box::pin(async move {
            let saved = cli::into::twin(&words, &context, db, &file).await;
            saved.map_err(|failure| failure.message)
        })
    });
    let draw = |f: &mut Frame<'_>, state: &State| ui::draw(f, state, &skin);
    let drawn =
        runtime::run(open, draw, Hands { say, export }, state, &state_dir, Limits::default());
    drawn.await.map_err(|error| {
        Failure::refused(
            Message::new(msg!("console.no-terminal")).with("detail", error.to_string()),
        )
    })
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
