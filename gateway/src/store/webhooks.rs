//! What a store of webhooks' events must do.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, EventKind, Next, WebhookEvent};
use crate::store::error::StoreResult;

/// Announcements that are passed over when due ones are looked for, so that the others are found however many these are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Those of these jobs.
    pub jobs: Vec<JobId>,
    /// Those for these receivers.
    pub receivers: Vec<String>,
    /// Those for receivers on these hosts.
    pub hosts: Vec<String>,
    /// Those for any receiver but these, unless it is `None`.
    pub all_but: Option<Vec<String>>,
}

/// What is announced of jobs. That one begins or ends is announced with that very change, where its client wants to be told.
/// Once a job has ended nothing but its end is announced, and that it was begun if that was never tried before.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// At most `limit` announcements that are to be tried now and are not passed over, those that have waited longest
    /// first.
    async fn due(&self, now: Timestamp, limit: u32, passed_over: &PassedOver) -> StoreResult<Vec<WebhookEvent>>;

    /// How many announcements are to be tried, perhaps again.
    async fn pending(&self) -> StoreResult<u64>;

    /// Announces how far a running job is, in place of what was announced of that before: at once, but
    /// [`PROGRESS_EVERY`](crate::domain::webhook_event::PROGRESS_EVERY) after that was last tried. Nothing happens if the
    /// job is not running, or its receiver has said that it wants no more of these.
    async fn announce_progress(&self, job: JobId, now: Timestamp) -> StoreResult<()>;

    /// What has been announced of a job, in the order of the kinds.
    async fn announcements(&self, job: JobId) -> StoreResult<Vec<WebhookEvent>>;

    /// The attempts to deliver an announcement, the first one first; of progress, the latest.
    async fn deliveries(&self, job: JobId, kind: EventKind) -> StoreResult<Vec<DeliveryAttempt>>;

    /// Notes an attempt and what comes of it, which is nothing for an announcement that another has taken the place of
    /// meanwhile. Nothing happens if the job has been removed.
    async fn record_delivery(&self, event: &WebhookEvent, attempt: &DeliveryAttempt, next: Next) -> StoreResult<()>;
}
