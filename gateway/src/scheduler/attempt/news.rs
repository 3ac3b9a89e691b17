//! How an attempt's progress gets to the webhook that is to be told of it: by the heartbeat, into the outbox, and no further.

use tokio::time::Instant;

use crate::app::App;
use crate::domain::job::Job;
use crate::domain::progress::Progress;
use crate::domain::webhook_event::{EventKind, PROGRESS_EVERY};

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

    /// Announces progress, where the client wants to be told and there is something to tell, now and then.
    pub(super) async fn tell(&mut self, app: &App, job: &Job, progress: &Progress) {
        let is_wanted = job.webhook_events.has(EventKind::Progress) && job.webhook_url.is_some();
        if !is_wanted || self.latest == *progress || Instant::now() < self.next {
            return;
        }
        *self = Self { latest: progress.clone(), next: Instant::now() + PROGRESS_EVERY };
        if let Err(error) = app.webhooks.announce_progress(job.id, app.clock.now()).await {
            tracing::warn!(job.id = %job.id, %error, "a job's progress could not be announced");
        }
    }
}
