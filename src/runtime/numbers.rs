//! What is asked about metrics, and what is noted and watched of them.

use crate::app::action::{Answer, Refusal};
use crate::app::effect::{AlertAsked, Request};
use crate::domain::alert::{AlertRow, typed};
use crate::domain::decomposition::By;
use crate::store::kpi::explain::Asked;
use crate::store::kpi::{self, SheetAsked, watch};
use crate::store::{Session, coaching, finding};

/// Metrics, and what is noted and watched of them.
pub(super) async fn run(db: &mut Session, request: Request) -> Result<Answer, Refusal> {
    match request {
        Request::Kpi { org, span, beside } => {
            let (on, since) = (Some(span.to), Some(span.from));
            let asked = SheetAsked { org, on, since, beside, root: None };
            Ok(Answer::Kpi(kpi::sheet(db, &asked).await?.rows))
        }
        Request::Explain { metric, org, by, method, when } => {
            let asked = Asked { metric, org, when, by, method, chain: false };
            Ok(Answer::Explained(kpi::explain::explain(db, &asked).await?.0))
        }
        Request::Headline { metric, org, when } => {
            let asked = Asked { metric, org, when, by: By::Org, method: None, chain: false };
            Ok(Answer::Headline(Box::new(kpi::headline::headline(db, &asked).await?)))
        }
        Request::Note(new) => Ok(Answer::Noted(finding::new(db, &new).await?)),
        Request::CloseFinding { finding, text } => {
            Ok(Answer::Noted(finding::close(db, finding, &text).await?))
        }
        Request::Coach(new) => Ok(Answer::Coached(Box::new(coaching::new(db, &new).await?))),
        Request::Recheck { coaching: id, result, text, next_due } => {
            let entry = coaching::recheck(db, id, result, &text, next_due).await?;
            Ok(Answer::Coached(Box::new(entry)))
        }
        Request::SwitchAlert { code, on } => {
            Ok(Answer::AlertChanged(watch::switch(db, &code, on).await?))
        }
        Request::SaveAlert(asked) => Ok(Answer::AlertChanged(save_alert(db, &asked).await?)),
        Request::OwnAlert { code, owner } => {
            Ok(Answer::AlertChanged(watch::own(db, &code, &owner).await?))
        }
        Request::MuteAlert { code, until } => {
            Ok(Answer::AlertChanged(watch::mute(db, &code, until).await?))
        }
        // The caller names only those above.
        _ => Err(super::ends::cancelled()),
    }
}

/// Saves an alert whose condition was typed in one line.
async fn save_alert(db: &mut Session, asked: &AlertAsked) -> Result<AlertRow, Refusal> {
    let typed = typed::read(&asked.condition).map_err(Refusal::because)?;
    let scale = watch::scale_of(db, &typed.metric).await?;
    let text = typed.named(&asked.code, &asked.name, scale);
    Ok(watch::save(db, &text, Some(asked.new)).await?)
}
