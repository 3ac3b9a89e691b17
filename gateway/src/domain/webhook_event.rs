//! The announcement of a job's end to the webhook that its client named, and every attempt to deliver it.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::id::JobId;

/// The longest wait between two attempts.
pub const LONGEST_WAIT: Duration = Duration::from_secs(12 * 3600);

/// What is to be told, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The job that has ended.
    pub job: JobId,
    /// Where it is told.
    pub url: String,
    /// Whom that reaches: the address without its path.
    pub receiver: String,
    /// The host that it names, without a port.
    pub host: String,
    /// `job.succeeded`, `job.failed` or `job.canceled`.
    pub event: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it has been tried.
    pub attempts: u32,
    /// When it is to be tried next; `None` once it is not.
    pub next_attempt_at: Option<Timestamp>,
    /// When the job ended.
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
}

impl DeliveryState {
    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Pending, Self::Delivered, Self::GivenUp].into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

/// One attempt at delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryAttempt {
    /// Counted from 1.
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
