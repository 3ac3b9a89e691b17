//! What is announced of a job to the webhook that its client named, and every attempt to deliver it.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::id::JobId;

/// The longest wait between two attempts.
pub const LONGEST_WAIT: Duration = Duration::from_secs(12 * 3600);

/// The shortest time between two messages of a job's progress.
pub const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// What may be announced of a job, in the order in which it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// Its first attempt has begun.
    #[serde(rename = "job.started")]
    Started,
    /// It has got further.
    #[serde(rename = "job.progress")]
    Progress,
    /// The video is there.
    #[serde(rename = "job.succeeded")]
    Succeeded,
    /// It cannot be rendered.
    #[serde(rename = "job.failed")]
    Failed,
    /// It was ended on request.
    #[serde(rename = "job.canceled")]
    Canceled,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Started, Self::Progress, Self::Succeeded, Self::Failed, Self::Canceled];

    /// The word for it in requests, messages and the database. Two are those of codes as well, which is chance.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "job.started",
            Self::Progress => "job.progress",
            Self::Succeeded => "job.succeeded",
            Self::Failed => concat!("job.", "failed"),
            Self::Canceled => concat!("job.", "canceled"),
        }
    }
}

impl FromStr for EventKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(())
    }
}

/// What a client wants to be told of a job: its ends, unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEvents(BTreeSet<EventKind>);

impl WebhookEvents {
    /// Whether this is to be told.
    pub fn has(&self, kind: EventKind) -> bool {
        self.0.contains(&kind)
    }

    /// All that is to be told, in order.
    pub fn kinds(&self) -> Vec<EventKind> {
        self.0.iter().copied().collect()
    }
}

impl Default for WebhookEvents {
    fn default() -> Self {
        [EventKind::Succeeded, EventKind::Failed, EventKind::Canceled].into_iter().collect()
    }
}

impl FromIterator<EventKind> for WebhookEvents {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().collect())
    }
}

/// What is to be told, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The job that it is told of.
    pub job: JobId,
    /// Where it is told.
    pub url: String,
    /// Whom that reaches: the address without its path.
    pub receiver: String,
    /// The host that it names, without a port.
    pub host: String,
    /// What is told.
    pub kind: EventKind,
    /// Counts what was to be told of this kind. Only progress is told more than once: each time takes the place of the
    /// one before.
    pub serial: u32,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it has been tried; for progress, the earlier ones with it.
    pub attempts: u32,
    /// When it is to be tried next; `None` once it is not.
    pub next_attempt_at: Option<Timestamp>,
    /// When it happened.
    pub created_at: Timestamp,
}

/// How far an announcement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is to be tried (again).
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was tried in vain, and is not any more.
    GivenUp,
    /// The job ended before the receiver took it, and it is not told any more.
    Outdated,
}

impl DeliveryState {
    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
            Self::Outdated => "outdated",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let all = [Self::Pending, Self::Delivered, Self::GivenUp, Self::Outdated];
        all.into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

/// One attempt at delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryAttempt {
    /// Counted from 1; for progress, over all that was told of it.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// What the receiver answered; null if it did not.
    pub status: Option<u16>,
    /// What was in the way, if it did not.
    pub error: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
}

/// What is done after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the receiver took it.
    Delivered,
    /// Another attempt at this moment.
    Again(Timestamp),
    /// Nothing: there have been enough, or the receiver wants none.
    GiveUp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_as_it_is_read() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(
            serde_json::to_string(&WebhookEvents::default()).unwrap(),
            r#"["job.succeeded","job.failed","job.canceled"]"#
        );
    }
}
