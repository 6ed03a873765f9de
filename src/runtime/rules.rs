//! Rules that are saved: of segments and of event rules. If somebody was faster, nothing is written and both texts come
//! back.

use crate::app::action::{Answer, Refusal, RuleLate, RuleText};
use crate::domain::event_rule::MomentText;
use crate::store::Session;
use crate::store::moment::{self, MomentError};
use crate::store::segment::{self, SegmentError, Words, version};

/// Saves a segment's rule, made from version `base`, 0 for none.
pub(super) async fn save_segment(
    db: &mut Session,
    code: &str,
    name: &str,
    typed: &str,
    base: i32,
) -> Result<Answer, Refusal> {
    let rule = segment::read(db, typed, code).await?;
    let rule = rule.map_err(|error| Refusal::of_rule(&error))?;
    let words = Words { source: Some(typed), base: Some(base), ..Words::named(name) };
    match segment::save_as(db, code, words, &rule).await {
        Err(SegmentError::Stale { base, latest }) if latest > 0 => {
            let versions = version::list(db, code).await?;
            let row = |wanted: i32| versions.iter().find(|row| row.version == wanted);
            let text = |wanted: i32| {
                row(wanted).map(|row| RuleText {
                    version: row.version,
                    name: row.name.clone(),
                    rule: row.rule.clone(),
                    strategy: None,
                    note: None,
                })
            };
            let refused = || Refusal::because(SegmentError::Stale { base, latest }.message());
            let author = row(latest).map(|row| row.author.clone()).ok_or_else(refused)?;
            let (before, theirs) = (text(base), text(latest).ok_or_else(refused)?);
            let late = RuleLate { code: code.to_owned(), author, before, theirs };
            Ok(Answer::RuleLate(Box::new(late)))
        }
        saved => Ok(Answer::SegmentSaved(saved?)),
    }
}

/// Saves an event rule, made from version `base`, 0 for none, and back-tests it over `days` days.
pub(super) async fn save_moment(
    db: &mut Session,
    text: &MomentText,
    days: u32,
    base: i32,
) -> Result<Answer, Refusal> {
    match moment::save(db, text, Some(base)).await {
        Err(MomentError::Stale { base, latest }) if latest > 0 => {
            let theirs = moment::show(db, &text.code).await?;
            let before = moment::said(db, &text.code, base).await?;
            let before = before.map(|text| RuleText {
                version: base,
                name: text.name,
                rule: text.rule,
                strategy: text.strategy,
                note: text.note,
            });
            let late = RuleLate {
                code: theirs.code,
                author: theirs.author,
                before,
                theirs: RuleText {
                    version: theirs.version,
                    name: theirs.name,
                    rule: theirs.rule,
                    strategy: theirs.strategy,
                    note: theirs.note,
                },
            };
            Ok(Answer::RuleLate(Box::new(late)))
        }
        saved => {
            let row = saved?;
            moment::test(db, &row.code, days, &mut |_| {}).await?;
            Ok(Answer::MomentSaved(moment::show(db, &row.code).await?))
        }
    }
}
