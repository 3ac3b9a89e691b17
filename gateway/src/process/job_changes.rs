//! Tells watchers of a job that its row has changed, or that it goes on; they look themselves what has become of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::id::JobId;

/// Two channels per watched job. An idle watcher costs a map entry; an unwatched job costs nothing.
///
/// A second gateway would hear of changes that others have made by a notification of the database.
#[derive(Debug, Clone, Default)]
pub struct JobChanges(Channels);

type Channels = Arc<Mutex<HashMap<JobId, Senders>>>;

/// Those who wait for the end alone have a channel of their own, so that a thousand of them sleep while a job advances.
#[derive(Debug, Default)]
struct Senders {
    /// How often the job's row has changed since somebody watches it; progress wakes without counting.
    changes: watch::Sender<u64>,
    /// The job may have ended.
    ends: watch::Sender<()>,
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
        let mut channels = locked(&self.0);
        let Senders { changes, ends } = channels.entry(job).or_default();
        let (changes, ends) = (changes.subscribe(), ends.subscribe());
        let rows = *changes.borrow();
        JobWatch { job, rows, receivers: Some((changes, ends)), channels: Arc::clone(&self.0) }
    }

    /// Wakes those who follow a job: its row has changed.
    pub fn publish(&self, job: JobId) {
        if let Some(Senders { changes, .. }) = locked(&self.0).get(&job) {
            changes.send_modify(|rows| *rows += 1);
        }
    }

    /// Wakes those who follow a job: its running attempt is further, whatever its row says.
    pub fn publish_progress(&self, job: JobId) {
        if let Some(Senders { changes, .. }) = locked(&self.0).get(&job) {
            changes.send_modify(|_| ());
        }
    }

    /// Wakes those who wait for a job's end as well: it may have come.
    pub fn publish_end(&self, job: JobId) {
        if let Some(Senders { changes, ends }) = locked(&self.0).get(&job) {
            changes.send_modify(|rows| *rows += 1);
            ends.send_replace(());
        }
    }

    /// The jobs that somebody watches.
    #[cfg(test)]
    pub(crate) fn watched(&self) -> Vec<JobId> {
        locked(&self.0).keys().copied().collect()
    }
}

fn locked(channels: &Channels) -> MutexGuard<'_, HashMap<JobId, Senders>> {
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody who watches a job. Dropped, nothing of it stays.
#[derive(Debug)]
pub struct JobWatch {
    job: JobId,
    /// What this one has been told of its row.
    rows: u64,
    /// Of changes and of ends; there until it is dropped. The channels are there as long as somebody listens to them.
    receivers: Option<(watch::Receiver<u64>, watch::Receiver<()>)>,
    channels: Channels,
}

impl JobWatch {
    /// Waits for a change since the last wait, or since the watch began. Several at once are one.
    pub async fn changed(&mut self) -> Change {
        let Some((changes, _)) = &mut self.receivers else { return Change::Row };
        let _ = changes.changed().await;
        let before = std::mem::replace(&mut self.rows, *changes.borrow());
        if self.rows == before { Change::Progress } else { Change::Row }
    }

    /// Waits until the job may have ended since the last wait, or since the watch began. Other changes wake nobody here.
    pub async fn may_have_ended(&mut self) {
        if let Some((_, ends)) = &mut self.receivers {
            let _ = ends.changed().await;
        }
    }
}

impl Drop for JobWatch {
    fn drop(&mut self) {
        let mut channels = locked(&self.channels);
        self.receivers = None;
        if channels.get(&self.job).is_some_and(|senders| senders.changes.receiver_count() == 0) {
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
