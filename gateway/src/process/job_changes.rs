//! Tells watchers of a job that its row has changed, or that it goes on; they look themselves what has become of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::id::JobId;

/// One channel per watched job. An idle watcher costs a map entry; an unwatched job costs nothing.
///
/// A second gateway would hear of changes that others have made by a notification of the database.
#[derive(Debug, Clone, Default)]
pub struct JobChanges(Channels);

type Channels = Arc<Mutex<HashMap<JobId, watch::Sender<Counts>>>>;

/// How often there was something to tell of a job since somebody watches it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    /// Changes of its row.
    rows: u64,
    /// Those with which it may have ended.
    ends: u64,
}

/// What there is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The row, and all that is told beside it.
    Row,
    /// The progress of the running attempt alone.
    Progress,
}

impl JobChanges {
    /// Watches a job, for every later change.
    pub fn watch(&self, job: JobId) -> JobWatch {
        let changes = locked(&self.0).entry(job).or_insert_with(|| watch::channel(Counts::default()).0).subscribe();
        let seen = *changes.borrow();
        JobWatch { job, seen, changes: Some(changes), channels: Arc::clone(&self.0) }
    }

    /// Wakes those who follow a job: its row has changed.
    pub fn publish(&self, job: JobId) {
        self.send(job, |counts| counts.rows += 1);
    }

    /// Wakes those who follow a job: its running attempt is further, whatever its row says.
    pub fn publish_progress(&self, job: JobId) {
        self.send(job, |_| ());
    }

    /// Wakes those who wait for a job's end as well: it may have come.
    pub fn publish_end(&self, job: JobId) {
        self.send(job, |counts| *counts = Counts { rows: counts.rows + 1, ends: counts.ends + 1 });
    }

    /// The jobs that somebody watches.
    #[cfg(test)]
    pub(crate) fn watched(&self) -> Vec<JobId> {
        locked(&self.0).keys().copied().collect()
    }

    fn send(&self, job: JobId, count: impl FnOnce(&mut Counts)) {
        if let Some(channel) = locked(&self.0).get(&job) {
            channel.send_modify(count);
        }
    }
}

fn locked(channels: &Channels) -> MutexGuard<'_, HashMap<JobId, watch::Sender<Counts>>> {
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who watches a job. Dropped, nothing of it stays.
#[derive(Debug)]
pub struct JobWatch {
    job: JobId,
    /// There until it is dropped.
    changes: Option<watch::Receiver<Counts>>,
    /// What this one has been told.
    seen: Counts,
    channels: Channels,
}

impl JobWatch {
    /// Waits for a change since the last wait, or since the watch began. Several at once are one.
    pub async fn changed(&mut self) -> Change {
        let Some(changes) = &mut self.changes else { return Change::Row };
        // The channel is there as long as somebody listens to it.
        let _ = changes.changed().await;
        let before = std::mem::replace(&mut self.seen, *changes.borrow());
        if self.seen.rows == before.rows { Change::Progress } else { Change::Row }
    }

    /// Waits until the job may have ended since the last wait, or since the watch began. Other changes wake nobody here who
    /// would then read the row for nothing.
    pub async fn may_have_ended(&mut self) {
        let Some(changes) = &mut self.changes else { return };
        while changes.borrow_and_update().ends == self.seen.ends {
            if changes.changed().await.is_err() {
                return;
            }
        }
        self.seen = *changes.borrow();
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
        assert_eq!(watch.changed().await, Change::Row);
        assert!(watch.changed().now_or_never().is_none(), "each change is told once");
        feed.publish_progress(job(1));
        assert_eq!(watch.changed().await, Change::Progress);
        feed.publish(job(1));
        feed.publish_progress(job(1));
        assert_eq!(watch.changed().await, Change::Row, "whatever came behind it");
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
