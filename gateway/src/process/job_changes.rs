//! Tells watchers of a job that its row has changed; they read the row themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::id::JobId;

/// One channel per watched job. An idle watcher costs a map entry; an unwatched job costs nothing.
///
/// A second gateway would hear of changes that others have made by a notification of the database.
#[derive(Debug, Clone, Default)]
pub struct JobChanges(Channels);

/// What is sent counts how often the job may have ended.
type Channels = Arc<Mutex<HashMap<JobId, watch::Sender<u64>>>>;

impl JobChanges {
    /// Watches a job, for every later change.
    pub fn watch(&self, job: JobId) -> JobWatch {
        let changes = locked(&self.0).entry(job).or_insert_with(|| watch::channel(0).0).subscribe();
        let ends = *changes.borrow();
        JobWatch { job, ends, changes: Some(changes), channels: Arc::clone(&self.0) }
    }

    /// Wakes those who follow a job: it goes on.
    pub fn publish(&self, job: JobId) {
        self.send(job, 0);
    }

    /// Wakes those who wait for a job's end as well: it may have come.
    pub fn publish_end(&self, job: JobId) {
        self.send(job, 1);
    }

    /// The jobs that somebody watches.
    #[cfg(test)]
    pub(crate) fn watched(&self) -> Vec<JobId> {
        locked(&self.0).keys().copied().collect()
    }

    fn send(&self, job: JobId, ends: u64) {
        if let Some(channel) = locked(&self.0).get(&job) {
            channel.send_modify(|count| *count += ends);
        }
    }
}

fn locked(channels: &Channels) -> MutexGuard<'_, HashMap<JobId, watch::Sender<u64>>> {
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who watches a job. Dropped, nothing of it stays.
#[derive(Debug)]
pub struct JobWatch {
    job: JobId,
    /// There until it is dropped.
    changes: Option<watch::Receiver<u64>>,
    /// How often the job may have ended, as far as this one has been told.
    ends: u64,
    channels: Channels,
}

impl JobWatch {
    /// Waits for a change since the last wait, or since the watch began.
    pub async fn changed(&mut self) {
        if let Some(changes) = &mut self.changes {
            // The channel is there as long as somebody listens to it.
            let _ = changes.changed().await;
            self.ends = *changes.borrow();
        }
    }

    /// Waits until the job may have ended since the last wait, or since the watch began. Other changes wake nobody here who
    /// would then read the row for nothing.
    pub async fn may_have_ended(&mut self) {
        let Some(changes) = &mut self.changes else { return };
        while *changes.borrow_and_update() == self.ends {
            if changes.changed().await.is_err() {
                return;
            }
        }
        self.ends = *changes.borrow();
    }
}

impl Drop for JobWatch {
    fn drop(&mut self) {
        let mut channels = locked(&self.channels);
        self.changes = None;
        if channels.get(&self.job).is_some_and(|channel| channel.receiver_count() == 0) {
            channels.remove(&self.job);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use uuid::Uuid;

    use super::*;

    fn job(n: u128) -> JobId {
        JobId::from(Uuid::from_u128(n))
    }

    #[tokio::test]
    async fn a_watcher_wakes_for_its_own_job_alone() {
        let feed = JobChanges::default();
        let mut watch = feed.watch(job(1));
        feed.publish(job(2));
        assert!(watch.changed().now_or_never().is_none());
        feed.publish(job(1));
        watch.changed().await;
        assert!(watch.changed().now_or_never().is_none(), "each change is told once");
    }

    #[tokio::test]
    async fn who_waits_for_the_end_sleeps_through_what_comes_before() {
        let feed = JobChanges::default();
        feed.publish_end(job(1));
        let mut watch = feed.watch(job(1));
        feed.publish(job(1));
        assert!(watch.may_have_ended().now_or_never().is_none(), "nor is it told what was before it came");
        feed.publish_end(job(1));
        feed.publish(job(1));
        watch.may_have_ended().await;
        assert!(watch.may_have_ended().now_or_never().is_none());
    }

    #[test]
    fn what_nobody_watches_is_forgotten() {
        let feed = JobChanges::default();
        let (one, other) = (feed.watch(job(1)), feed.watch(job(1)));
        let further: Vec<_> = (2..100).map(|n| feed.watch(job(n))).collect();
        drop((one, further));
        assert_eq!(locked(&feed.0).len(), 1, "somebody still watches the first");
        drop(other);
        assert!(locked(&feed.0).is_empty());
    }
}
