//! The worker's step over alerts: each is looked at once after each load.

use crate::store::kpi::watch::{self, AlertError};
use crate::store::{Session, StoreError};

/// Looks at the alerts that are due. One that cannot be looked at is told in the log, and tried again in the next round.
pub(super) async fn round(session: &mut Session) -> Result<(), StoreError> {
    match watch::run(session).await {
        Ok((looked, failed)) => {
            for one in looked {
                tracing::info!(alert = one.alert, day = %one.day, hits = one.hits.len(), "an alert was looked at");
            }
            for (alert, why) in failed {
                tracing::warn!(alert, reason = why.key.0, "an alert could not be looked at");
            }
            Ok(())
        }
        Err(AlertError::Store(error)) if error.is_offline() => Err(error),
        Err(error) => {
            tracing::warn!(reason = error.message().key.0, "the alerts were not looked at");
            Ok(())
        }
    }
}
