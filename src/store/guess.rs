//! Which strategy, moment or segment a mistyped code was probably meant to be, by codes and names.

use sqlx::PgConnection;

use super::moment::{self, MomentError};
use super::near::Coded;
use super::segment;
use super::strategy::{self, StrategyError};
use crate::domain::rule::nearest_code;

impl Coded for StrategyError {
    async fn with_meant(self, db: &mut PgConnection) -> Self {
        match self {
            Self::Unknown { code, .. } => {
                let meant = strategy_meant(db, &code).await;
                Self::Unknown { code, meant }
            }
            Self::UnknownSegment { code, .. } => {
                let meant = segment::meant(db, &code).await;
                Self::UnknownSegment { code, meant }
            }
            other => other,
        }
    }
}

impl Coded for MomentError {
    async fn with_meant(self, db: &mut PgConnection) -> Self {
        match self {
            Self::Unknown { code, .. } => {
                let all = moment::names(db).await.unwrap_or_default();
                let names = all.iter().map(|(code, name)| (code.as_str(), name.as_str()));
                let meant = nearest_code(&code, names).map(str::to_owned);
                Self::Unknown { code, meant }
            }
            Self::UnknownStrategy { code, .. } => {
                let meant = strategy_meant(db, &code).await;
                Self::UnknownStrategy { code, meant }
            }
            other => other,
        }
    }
}

async fn strategy_meant(db: &mut PgConnection, code: &str) -> Option<String> {
    let all = strategy::names(db).await.unwrap_or_default();
    let names = all.iter().map(|(code, name)| (code.as_str(), name.as_str()));
    nearest_code(code, names).map(str::to_owned)
}
