//! Tells watchers of a job that its row has changed; they read the row themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::domain::id::JobId;

/// One channel per watched job. An idle watcher costs a map entry; an unwatched job costs nothing.
#[derive(Debug, Clone, Default)]
pub struct JobChanges(Arc<Mutex<HashMap<JobId, watch::Sender<()>>>>);

impl JobChanges {
    /// Watches a job. The receiver wakes at every later [`JobChanges::publish`] for it.
    pub fn watch(&self, job: JobId) -> watch::Receiver<()> {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, channel| channel.receiver_count() > 0);
        channels.entry(job).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    /// Wakes the watchers of a job.
    pub fn publish(&self, job: JobId) {
        let channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&job) {
            channel.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_watcher_wakes_for_its_own_job_alone() {
        let feed = JobChanges::default();
        let (watched, other) = (JobId::from(Uuid::from_u128(1)), JobId::from(Uuid::from_u128(2)));
        let mut receiver = feed.watch(watched);
        feed.publish(other);
        assert!(!receiver.has_changed().unwrap());
        feed.publish(watched);
        receiver.changed().await.unwrap();
    }

    #[test]
    fn channels_without_watchers_are_forgotten() {
        let feed = JobChanges::default();
        for n in 0..100 {
            drop(feed.watch(JobId::from(Uuid::from_u128(n))));
        }
        assert_eq!(feed.0.lock().unwrap().len(), 1);
    }
}
