//! What an answer means.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::delivery::Reason;

/// The longest that a system may ask to be left alone.
const LONGEST: Duration = Duration::from_hours(1);

/// A message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// How long the system has asked to be left alone, an hour at most.
    pub after: Option<Duration>,
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self { reason, after: None }
    }
}

/// What a status says: 2xx has taken the message, 410 never will (the standard's word for an endpoint that is gone), a
/// redirection is followed nowhere, and everything else is tried again; after 429 and 503 not before the time that the header
/// `retry-after` says. `now` is when the answer came.
///
/// # Errors
/// [`Refused`], unless it was taken.
pub fn judged(status: u16, retry_after: Option<&str>, now: DateTime<Utc>) -> Result<(), Refused> {
    match status {
        200..=299 => Ok(()),
        300..=399 => Err(Reason::Redirected(status).into()),
        410 => Err(Reason::Gone.into()),
        429 | 503 => {
            let after = retry_after.and_then(|text| waits(text, now));
            Err(Refused { reason: Reason::Answered(status), after })
        }
        _ => Err(Reason::Answered(status).into()),
    }
}

/// Seconds, or a date (RFC 9110, 10.2.3); what is neither says nothing.
fn waits(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let at = DateTime::parse_from_rfc2822(text).ok()?;
        at.signed_duration_since(now).to_std().unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "1994-11-06T08:49:00Z".parse().unwrap()
    }

    #[test]
    fn what_is_taken_is_taken_and_what_is_gone_is_gone() {
        for status in [200, 202, 204] {
            assert_eq!(judged(status, None, now()), Ok(()));
        }
        let gone = judged(410, Some("7"), now()).unwrap_err();
        assert!(gone.reason.is_final() && gone.after.is_none());
        for status in [301, 302, 303, 307, 308, 400, 401, 404, 409, 413, 500, 502] {
            let refused = judged(status, Some("7"), now()).unwrap_err();
            assert!(!refused.reason.is_final() && refused.after.is_none(), "{status}");
        }
        assert_eq!(judged(307, None, now()).unwrap_err().reason, Reason::Redirected(307));
    }

    #[test]
    fn a_system_says_when_it_wants_to_be_asked_again_within_an_hour() {
        let after =
            |text| judged(429, Some(text), now()).unwrap_err().after.map(|wait| wait.as_secs());
        assert_eq!(after("120"), Some(120));
        assert_eq!(after(" 0 "), Some(0));
        assert_eq!(after("86400"), Some(3600));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(after("Mon, 07 Nov 1994 08:49:37 GMT"), Some(3600));
        for text in ["-1", "soon", "", "1e9", "99999999999999999999999"] {
            assert_eq!(after(text), None, "{text}");
        }
        assert_eq!(judged(503, None, now()).unwrap_err(), Reason::Answered(503).into());
    }
}
