//! New texts: from a file, from a template, from another strategy.
use std::path::Path;

use super::tables::{self, ShownTemplate};
use crate::cli::{Context, Failure, file as given};
use crate::domain::clean::clean;
use crate::domain::message::{Arg, Message};
use crate::domain::rule::Vocabulary;
use crate::domain::strategy::diff::{self, Change};
use crate::domain::strategy::template::Template;
use crate::domain::strategy::{StrategyRow, StrategyText, file};
use crate::msg;
use crate::store::segment;
use crate::store::strategy::{self, StrategyError};
use crate::store::{Session, attribute, mart};

/// What `strategy new` was asked for, its file read.
pub(super) enum New {
    /// A file's text, and the version that it was made from.
    File(String, Option<i32>),
    /// A template, for a segment, under a code.
    Template(Box<Template>, Option<String>, Option<String>),
}

impl New {
    /// Reads what stands on the command line.
    pub(super) fn read(
        file: Option<&Path>,
        base: Option<i32>,
        from: Option<&str>,
        segment: Option<&str>,
        code: Option<&str>,
    ) -> Result<Self, Failure> {
        match (file, from) {
            (_, Some(name)) => {
                let template = template(name)?;
                Ok(Self::Template(
                    Box::new(template),
                    segment.map(str::to_owned),
                    code.map(str::to_owned),
                ))
            }
            (Some(path), None) => Ok(Self::File(read(path)?, base)),
            (None, None) => Ok(Self::File(String::new(), base)),
        }
    }
}

fn template(name: &str) -> Result<Template, Failure> {
    Template::named(name).ok_or_else(|| {
        let all: Vec<String> = Template::all().into_iter().map(|template| template.code).collect();
        Failure::refused(
            Message::new(msg!("strategy.template.unknown"))
                .with("name", clean(name).into_owned())
                .with("all", all.join(", ")),
        )
    })
}

/// Reads a strategy file.
fn read(path: &Path) -> Result<String, Failure> {
    given::text(path).map_err(Failure::refused)
}

/// The templates, or one as the file that it is.
pub(super) fn templates(name: Option<&str>, context: &Context) -> Result<(), Failure> {
    if let Some(name) = name {
        return context.output.raw(template(name)?.file().as_bytes());
    }
    let all = Template::all();
    let shown: Vec<_> = all.iter().map(ShownTemplate::of).collect();
    context.output.result(&shown, || tables::templates(&all))
}

/// Writes a new draft.
pub(super) async fn write(session: &mut Session, new: New) -> Result<StrategyRow, Failure> {
    let words = attribute::vocabulary(session).await?;
    match new {
        New::File(text, base) => {
            let file = file::read(&text, words.bank().currency).map_err(StrategyError::File)?;
            let (today, pushed) = strategy::days(session, &file.strategy.code).await?;
            let gone = mart::gone(session, &words).await?;
            let days = file.check_days(today, &pushed);
            let text = file.check_with(&words, &gone).and_then(|text| days.map(|()| text));
            let text = text.map_err(StrategyError::File)?;
            saved(session, &words, &text, base).await
        }
        New::Template(template, segment, code) => {
            let code = match code {
                Some(code) => code,
                None => strategy::free_code(session).await?,
            };
            let segment = match segment {
                Some(segment) => segment,
                None => segment::suggested(session, &words, &template).await?,
            };
            let text = template.text(&code, &segment, words.bank().currency);
            let text = text.map_err(StrategyError::File)?;
            saved(session, &words, &text, Some(0)).await
        }
    }
}

/// Writes another strategy's latest text under a new code.
pub(super) async fn clone(
    session: &mut Session,
    code: &str,
    to: String,
    name: Option<String>,
    segment: Option<String>,
) -> Result<StrategyRow, Failure> {
    let words = attribute::vocabulary(session).await?;
    let mut text = StrategyText { code: to, ..strategy::show(session, code, None).await?.text };
    text.name = name.unwrap_or(text.name);
    text.segment = segment.unwrap_or(text.segment);
    saved(session, &words, &text, Some(0)).await
}

/// Saves, and says field by field what stands against it if somebody was faster. The file stays as it is.
async fn saved(
    session: &mut Session,
    words: &Vocabulary,
    text: &StrategyText,
    base: Option<i32>,
) -> Result<StrategyRow, Failure> {
    match strategy::new_draft(session, words, text, base).await {
        Err(StrategyError::Stale { base, latest }) if latest > 0 => {
            let refused = StrategyError::Stale { base, latest }.message();
            let theirs = strategy::show(session, &text.code, Some(latest)).await?;
            let before = strategy::show(session, &text.code, Some(base)).await.ok();
            let before = before.as_ref().map_or(&theirs.text, |row| &row.text);
            let changes = diff::among([before, &theirs.text, text], words.bank().currency);
            Err(Failure::refused(changes.iter().fold(refused, beside)))
        }
        saved => Ok(saved?),
    }
}

/// One field more under what was said.
fn beside(said: Message, change: &Change<3>) -> Message {
    let value = |i: usize| Arg::from(change.values[i].as_deref().unwrap_or("-"));
    let line = Message::new(msg!("strategy.stale-field"))
        .with("field", change.key.as_str())
        .with("base", value(0))
        .with("theirs", value(1))
        .with("mine", value(2));
    Message::new(msg!("strategy.stale-fields")).with("said", said).with("line", line)
}
