//! What was laid aside, as the store has it, and how it is taken up again.

use crate::app::action::{Answer, Refusal};
use crate::app::desk::{Desk, DeskAsk, Laid};
use crate::domain::message::Message;
use crate::msg;
use crate::store::outcome::inbox;
use crate::store::strategy::{self, Wanted};
use crate::store::{Session, life, plan};

/// What lies there.
pub(super) async fn laid(db: &mut Session, desk: Desk) -> Result<Laid, Refusal> {
    Ok(match desk {
        Desk::Inbox => {
            let rows = inbox::left(db, 0).await?;
            let counts = inbox::counts(db).await?;
            let left = counts.iter().filter(|count| count.reason.is_some());
            Laid::Inbox(rows, left.map(|count| count.messages).sum())
        }
        Desk::Shelf => {
            let mut rows =
                strategy::library(db, Wanted { archived: true, ..Wanted::default() }).await?;
            rows.dedup_by(|next, before| next.text.code == before.text.code);
            Laid::Shelf(rows)
        }
        Desk::Delegations => Laid::Delegations(life::delegations(db).await?),
    })
}

/// Takes something up again; gives what is said of it.
pub(super) async fn take_up(db: &mut Session, asked: DeskAsk) -> Result<Answer, Refusal> {
    Ok(Answer::TakenUp(match asked {
        DeskAsk::Retry => {
            Message::new(msg!("board.inbox.retried")).with("messages", inbox::retry(db).await?)
        }
        DeskAsk::TakeOut { code } => {
            strategy::shelve(db, &code, false).await?;
            Message::new(msg!("console.done.take-out")).with("code", code)
        }
        DeskAsk::EndDelegation { id } => {
            life::end_delegation(db, id).await?;
            msg!("console.done.end-delegation").into()
        }
        DeskAsk::Exclude { strategy, customer, note } => {
            plan::exclude(db, &strategy, customer, note.as_deref()).await?;
            let said = if note.is_some() { msg!("push.excluded") } else { msg!("push.included") };
            Message::new(said).with("customer", customer.to_string()).with("code", strategy)
        }
        DeskAsk::ResumeAll { reason } => {
            let count = life::resume_all(db, &reason).await?;
            Message::new(msg!("console.done.resumed-all")).with("count", count)
        }
    }))
}
