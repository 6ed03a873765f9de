//! Delivery (送达): the messages of a push to its branches, the doors by which they leave, and when a failed one is tried again.

mod replay;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::clean::clean;
use super::hash::ContentHash;
use super::id::PushId;
use super::message::{Key, Message};
use crate::msg;

pub use replay::{Replay, Replayed};

/// How many messages a worker claims at once.
pub const BATCH: i32 = 100;
/// How long a worker may hold what it has claimed before it says so again; then another may take it.
pub const LEASE: Duration = Duration::from_mins(2);

/// How long to wait after the first failure.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait.
const LAST_WAIT: Duration = Duration::from_hours(1);

/// How messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DoorKind {
    /// A row of the inbox in the bank's own database.
    Inbox,
    /// A file in a directory.
    File,
    /// A POST over HTTP.
    Webhook,
}

impl DoorKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inbox, Self::File, Self::Webhook];

    /// The word of the database and of commands.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::File => "file",
            Self::Webhook => "webhook",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A message that a worker holds under a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Its row.
    pub id: i64,
    /// Its name for whoever gets it, the same however often it is sent.
    pub key: String,
    /// The door's code.
    pub door: String,
    /// How it leaves.
    pub kind: DoorKind,
    /// Where to: a login of the database, a directory, or an address.
    pub target: String,
    /// How many tasks it has.
    pub tasks: i64,
    /// How often it was tried, this time included.
    pub tries: u32,
}

/// Why a message did not leave. The word in the database is [`code`](Self::code).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its worker did not come back in time.
    Lease,
    /// A file of its name stands there with other content.
    OtherContent,
    /// The system refused; its words.
    System(String),
    /// The database refused; its SQLSTATE.
    Database(String),
    /// The system answered with this HTTP status.
    Answered(u16),
    /// It answered that the message should go elsewhere, with this status; that is not followed.
    Redirected(u16),
    /// It wants no more messages there (410).
    Gone,
    /// It did not answer in time.
    Slow,
    /// The worker's configuration does not name this host.
    Host(String),
    /// The host's address is not public, and the configuration does not name it.
    Address(String),
    /// There is no file with the door's secrets, or the worker may not read it.
    NoSecrets,
    /// Everybody may read the file with the door's secrets.
    OpenSecrets,
    /// What stands in the file with the door's secrets is none.
    WrongSecrets,
}

impl Reason {
    /// What the database keeps.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Lease => "lease".to_owned(),
            Self::OtherContent => "other-content".to_owned(),
            Self::System(said) => format!("system: {said}"),
            Self::Database(code) => format!("database: {code}"),
            Self::Answered(status) => format!("http: {status}"),
            Self::Redirected(status) => format!("redirect: {status}"),
            Self::Gone => "gone".to_owned(),
            Self::Slow => "slow".to_owned(),
            Self::Host(host) => format!("host: {host}"),
            Self::Address(address) => format!("address: {address}"),
            Self::NoSecrets => "no-secrets".to_owned(),
            Self::OpenSecrets => "open-secrets".to_owned(),
            Self::WrongSecrets => "wrong-secrets".to_owned(),
        }
    }

    /// What was kept, read again.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        let text = |said: &str| clean(said).into_owned();
        let known = match code.split_once(": ") {
            None => [
                Self::Lease,
                Self::OtherContent,
                Self::Gone,
                Self::Slow,
                Self::NoSecrets,
                Self::OpenSecrets,
                Self::WrongSecrets,
            ]
            .into_iter()
            .find(|reason| reason.code() == code),
            Some(("database", state)) => Some(Self::Database(text(state))),
            Some(("system", said)) => Some(Self::System(text(said))),
            Some(("http", status)) => status.parse().ok().map(Self::Answered),
            Some(("redirect", status)) => status.parse().ok().map(Self::Redirected),
            Some(("host", host)) => Some(Self::Host(text(host))),
            Some(("address", address)) => Some(Self::Address(text(address))),
            _ => None,
        };
        known.unwrap_or_else(|| Self::System(text(code)))
    }

    /// Trying again cannot help: somebody must look.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::OtherContent | Self::Gone)
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Lease => msg!("delivery.reason.lease").into(),
            Self::OtherContent => msg!("delivery.reason.other-content").into(),
            Self::System(said) => {
                Message::new(msg!("delivery.reason.system")).with("said", said.as_str())
            }
            Self::Database(code) => {
                Message::new(msg!("delivery.reason.database")).with("code", code.as_str())
            }
            Self::Answered(status) => {
                Message::new(msg!("delivery.reason.answered")).with("status", status.to_string())
            }
            Self::Redirected(status) => {
                Message::new(msg!("delivery.reason.redirected")).with("status", status.to_string())
            }
            Self::Gone => msg!("delivery.reason.gone").into(),
            Self::Slow => msg!("delivery.reason.slow").into(),
            Self::Host(host) => {
                Message::new(msg!("delivery.reason.host")).with("host", host.as_str())
            }
            Self::Address(address) => {
                Message::new(msg!("delivery.reason.address")).with("address", address.as_str())
            }
            Self::NoSecrets => msg!("delivery.reason.no-secrets").into(),
            Self::OpenSecrets => msg!("delivery.reason.open-secrets").into(),
            Self::WrongSecrets => msg!("delivery.reason.wrong-secrets").into(),
        }
    }
}

/// How long a message waits after its try number `tries` has failed: 5 seconds, doubled each time, an hour at most; of that
/// a half is sure and a half is drawn, so that those that failed together do not come back together.
///
/// `seed` should differ by worker and message.
#[must_use]
pub fn backoff(tries: u32, seed: u64) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << tries.saturating_sub(1).min(16));
    let half = u64::try_from(doubled.min(LAST_WAIT).as_millis() / 2).unwrap_or(u64::MAX);
    let drawn = mixed(seed ^ u64::from(tries).rotate_left(32)) % (half + 1);
    Duration::from_millis(half + drawn)
}

/// A number whose bits all depend on all bits of `z` (the finisher of `SplitMix64`).
fn mixed(z: u64) -> u64 {
    let z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The content of a file: what the message says in one line, its tasks in one line each, and a last line with their number
/// and the SHA-256 of every byte before it. The same message makes the same bytes.
#[must_use]
pub fn file_text(body: &Value) -> String {
    let none = Vec::new();
    let tasks = body.get("tasks").and_then(Value::as_array).unwrap_or(&none);
    let head: Map<String, Value> = body
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.as_str() != "tasks")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut text = format!("{}\n", Value::Object(head));
    for task in tasks {
        text.push_str(&task.to_string());
        text.push('\n');
    }
    let hash = ContentHash::of(text.as_bytes());
    let trailer = json!({ "rows": tasks.len(), "sha256": hash });
    text.push_str(&trailer.to_string());
    text.push('\n');
    text
}

/// What a worker has sent by one door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The door's code.
    pub door: String,
    /// How many messages.
    pub messages: i64,
    /// How many tasks they had.
    pub tasks: i64,
}

/// Tasks of one push were held against its channel plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelsGone {
    /// Which push.
    pub push: PushId,
    /// How many were looked at.
    pub looked: i64,
    /// How many went on to another channel.
    pub went: i64,
}

/// What did not leave by one door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// The door's code.
    pub door: String,
    /// How many messages.
    pub messages: i64,
    /// Why.
    pub reason: Reason,
}

/// How many messages stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Waiting, those behind a breaker included.
    pub ready: i64,
    /// In a worker's hands.
    pub leased: i64,
    /// Given up until somebody replays them.
    pub dead: i64,
    /// Left.
    pub delivered: i64,
}

impl Counts {
    /// What is said of all of them in a word, the worst first: dead, in a worker's hands, waiting, delivered. None where there
    /// are no messages, as where no door is set.
    #[must_use]
    pub fn stands(&self) -> Option<(Key, i64)> {
        let all = [
            (msg!("delivery.fact.dead"), self.dead),
            (msg!("delivery.fact.leased"), self.leased),
            (msg!("delivery.fact.ready"), self.ready),
            (msg!("delivery.fact.delivered"), self.delivered),
        ];
        all.into_iter().find(|(_, count)| *count > 0)
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.ready += other.ready;
        self.leased += other.leased;
        self.dead += other.dead;
        self.delivered += other.delivered;
    }
}

/// A unit's messages by one door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRow {
    /// The door's code.
    pub door: String,
    /// Code of the unit.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Messages.
    pub counts: Counts,
    /// Tasks that have left.
    pub tasks: i64,
    /// Until when its messages wait because the last ones failed.
    pub open_until: Option<DateTime<Utc>>,
    /// Why they failed.
    pub reason: Option<Reason>,
}

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadRow {
    /// Its number, by which it is replayed.
    pub id: i64,
    /// Its name.
    pub key: String,
    /// Its push, if it has one.
    pub push: Option<PushId>,
    /// Code of the unit.
    pub org: String,
    /// The door's code.
    pub door: String,
    /// How many tasks it has.
    pub tasks: i64,
    /// How often it was tried.
    pub tries: i32,
    /// Why it did not leave.
    pub reason: Reason,
}

/// A door as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorRow {
    /// Its code.
    pub code: String,
    /// How messages leave.
    pub kind: DoorKind,
    /// Where to.
    pub target: String,
    /// It is not shut.
    pub on: bool,
    /// Codes of the units that it serves with all below them.
    pub units: Vec<String>,
}

/// Where deliveries stand, of one push or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Units with their doors, those with dead letters first.
    pub units: Vec<UnitRow>,
    /// What was given up, the oldest first.
    pub dead: Vec<DeadRow>,
    /// The doors.
    pub doors: Vec<DoorRow>,
    /// When the oldest message that waits was made.
    pub oldest: Option<DateTime<Utc>>,
    /// When a worker last looked.
    pub worker_at: Option<DateTime<Utc>>,
}

impl Deliveries {
    /// All units together.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut all = Counts::default();
        for unit in &self.units {
            all += unit.counts;
        }
        all
    }
}

/// The word for a door's state.
#[must_use]
pub fn door_state(on: bool) -> Key {
    if on { msg!("delivery.door.on") } else { msg!("delivery.door.off") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let sure = |tries| backoff(tries, 7).as_millis();
        for (tries, whole) in [(1, 5_000), (2, 10_000), (5, 80_000), (10, 2_560_000)] {
            assert!((whole / 2..=whole).contains(&sure(tries)), "{tries}: {}", sure(tries));
        }
        for tries in [11, 12, 100, u32::MAX] {
            assert!((1_800_000..=3_600_000).contains(&sure(tries)), "{tries}");
        }
    }

    #[test]
    fn those_that_failed_together_come_back_apart() {
        let mut waits: Vec<Duration> = (0..100).map(|seed| backoff(4, seed)).collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 95, "{} of 100 differ", waits.len());
        let early = (0..1000).filter(|seed| backoff(4, *seed) < Duration::from_secs(30)).count();
        assert!((400..600).contains(&early), "half of them in the first half: {early}");
    }

    proptest! {
        #[test]
        fn a_wait_is_the_same_for_the_same_seed_and_within_its_bounds(tries in 1_u32..40, seed: u64) {
            let wait = backoff(tries, seed);
            prop_assert_eq!(wait, backoff(tries, seed));
            prop_assert!(wait >= FIRST_WAIT / 2 && wait <= LAST_WAIT);
        }
    }

    #[test]
    fn a_file_ends_with_its_rows_and_the_hash_of_what_stands_before() {
        let body = json!({ "message": "p1-u2-1", "tasks": [{ "customer": 7 }, { "customer": 8 }], "org": "S1" });
        let text = file_text(&body);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#"{"message":"p1-u2-1","org":"S1"}"#);
        assert_eq!(lines[1..3], [r#"{"customer":7}"#, r#"{"customer":8}"#]);
        let trailer: Value = serde_json::from_str(lines[3]).unwrap();
        let before = &text[..text.len() - lines[3].len() - 1];
        assert_eq!(trailer["rows"], 2);
        assert_eq!(trailer["sha256"], ContentHash::of(before.as_bytes()).to_string());
        assert_eq!(lines.len(), 4);
        assert_eq!(file_text(&json!({ "kind": "recall" })).lines().count(), 2);
    }

    #[test]
    fn a_reason_reads_back_what_was_kept() {
        for reason in [
            Reason::Lease,
            Reason::OtherContent,
            Reason::System("Permission denied: x".to_owned()),
            Reason::Database("23505".to_owned()),
            Reason::Answered(503),
            Reason::Redirected(302),
            Reason::Gone,
            Reason::Slow,
            Reason::Host("https://branch.example:443".to_owned()),
            Reason::Address("10.0.0.1".to_owned()),
            Reason::NoSecrets,
            Reason::OpenSecrets,
            Reason::WrongSecrets,
        ] {
            assert_eq!(Reason::from_code(&reason.code()), reason);
        }
        for odd in ["odd", "http: x"] {
            assert_eq!(Reason::from_code(odd), Reason::System(odd.to_owned()));
        }
    }
}
