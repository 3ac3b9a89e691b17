//! What a store of webhooks' events must do.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, Next, WebhookEvent};
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

/// The announcements of jobs' ends. They come into being with those ends.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// At most `limit` announcements that are to be tried now and are not passed over, those that have waited longest
    /// first.
    async fn due(&self, now: Timestamp, limit: u32, passed_over: &PassedOver) -> StoreResult<Vec<WebhookEvent>>;

    /// How many announcements are to be tried, perhaps again.
    async fn pending(&self) -> StoreResult<u64>;

    /// The announcement of a job's end; `None` before its end, and where nobody wants to be told.
    async fn announcement(&self, job: JobId) -> StoreResult<Option<WebhookEvent>>;

    /// The attempts to deliver it, the first one first.
    async fn deliveries(&self, job: JobId) -> StoreResult<Vec<DeliveryAttempt>>;

    /// Notes an attempt and what comes of it. Nothing happens if the job has been removed.
    async fn record_delivery(&self, job: JobId, attempt: &DeliveryAttempt, next: Next) -> StoreResult<()>;
}
