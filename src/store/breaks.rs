//! Which pushes break, and where: for lists of pushes, which need no more of the board.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::StoreError;
use crate::domain::board::{Step, Steps, breaks};
use crate::domain::id::PushId;

/// Of these pushes those that break, and the step at which each loses most.
///
/// # Errors
/// Any [`StoreError`].
pub async fn broken(
    db: &mut PgConnection,
    pushes: &[PushId],
) -> Result<HashMap<PushId, Step>, StoreError> {
    let ids: Vec<i64> = pushes.iter().map(|push| push.0).collect();
    let rows = sqlx::query!(
        r#"select c.push_id as "push!", o.signed_at is not null as "signed!", clock_timestamp() > t.sign_by as "sign_due!",
                  baton.today() > t.contact_by as "contact_due!", sum(c.issued) as "issued!", sum(c.contacted) as "contacted!",
                  sum(c.reached) as "reached!", sum(c.interested) as "interested!", sum(c.sold) as "sold!"
           from baton.board_count c
           join baton.board t on t.push_id = c.push_id
           left join baton.branch_order o on o.push_id = c.push_id and o.org_id = c.org_id
           where c.push_id = any ($1)
           group by c.push_id, c.org_id, o.signed_at, t.push_id order by c.push_id"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let mut broken = HashMap::new();
    for units in rows.chunk_by(|a, b| a.push == b.push) {
        let steps: Vec<Steps> = units
            .iter()
            .map(|u| {
                let signed = if u.signed { u.issued } else { 0 };
                Steps([u.issued, signed, u.contacted, u.reached, u.interested, u.sold])
            })
            .collect();
        let (sign_due, contact_due) = (units[0].sign_due, units[0].contact_due);
        let (_, loss) = breaks(&steps, |step| match step {
            Step::Signed => sign_due,
            Step::Contacted => contact_due,
            _ => true,
        });
        if let Some(loss) = loss {
            broken.insert(PushId(units[0].push), loss.step);
        }
    }
    Ok(broken)
}
