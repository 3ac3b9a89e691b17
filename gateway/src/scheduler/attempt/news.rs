//! How an attempt's progress gets to the webhook that is to be told of it: by the heartbeat, into the outbox, and no further.

use tokio::time::Instant;

use crate::domain::progress::Progress;
use crate::domain::webhook_event::{EventKind, PROGRESS_EVERY};
use crate::scheduler::attempt::Attempt;

/// What has been announced of an attempt's progress.
pub(super) struct ProgressNews {
    latest: Progress,
    /// When the next one may be announced.
    next: Instant,
}

impl ProgressNews {
    /// Where an attempt begins is no news.
    pub(super) fn after(beginning: Progress) -> Self {
        Self { latest: beginning, next: Instant::now() }
    }
}

impl Attempt {
    /// Announces progress, where the client wants to be told and there is something to tell, now and then.
    pub(super) async fn announce_progress(&mut self) {
        let is_wanted = self.job.webhook_events.has(EventKind::Progress) && self.job.webhook_url.is_some();
        if !is_wanted || self.news.latest == self.progress || Instant::now() < self.news.next {
            return;
        }
        self.news = ProgressNews { latest: self.progress.clone(), next: Instant::now() + PROGRESS_EVERY };
        if let Err(error) = self.app.webhooks.announce_progress(self.job.id, self.app.clock.now()).await {
            tracing::warn!(job.id = %self.job.id, %error, "a job's progress could not be announced");
        }
    }
}
