//! How far the attempts of this process are at this moment: rows learn of it only with heartbeats.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::id::JobId;
use crate::domain::job::{Job, State};
use crate::domain::progress::Progress;

/// The latest progress of each running attempt. Clones share it.
///
/// A second gateway would read rows, which are a heartbeat behind.
#[derive(Debug, Clone, Default)]
pub struct LiveProgress(Attempts);

/// Which attempt is at a job, and how far it is.
type Attempts = Arc<Mutex<HashMap<JobId, (u32, Progress)>>>;

/// An attempt that tells of itself; nothing is known of it any more once this is dropped.
#[derive(Debug)]
pub struct LiveAttempt {
    job: JobId,
    attempt: u32,
    attempts: Attempts,
}

impl LiveProgress {
    /// An attempt at a job begins.
    pub fn begin(&self, job: JobId, attempt: u32, progress: Progress) -> LiveAttempt {
        locked(&self.0).insert(job, (attempt, progress));
        LiveAttempt { job, attempt, attempts: Arc::clone(&self.0) }
    }

    /// How far an attempt at a job is; none if it is not one of this process.
    pub fn of(&self, job: JobId, attempt: u32) -> Option<Progress> {
        let attempts = locked(&self.0);
        let (_, progress) = attempts.get(&job).filter(|(current, _)| *current == attempt)?;
        Some(progress.clone())
    }

    /// A job as it was read, with the progress of this moment if it is running here.
    #[must_use]
    pub fn on(&self, job: Job) -> Job {
        let live = (job.state == State::Running).then(|| self.of(job.id, job.attempt)).flatten();
        match live {
            Some(progress) => Job { progress, ..job },
            None => job,
        }
    }
}

impl LiveAttempt {
    /// Takes the place of what was told before.
    pub fn tell(&self, progress: &Progress) {
        if let Some((attempt, latest)) = locked(&self.attempts).get_mut(&self.job)
            && *attempt == self.attempt
        {
            latest.clone_from(progress);
        }
    }
}

impl Drop for LiveAttempt {
    fn drop(&mut self) {
        let mut attempts = locked(&self.attempts);
        // The next attempt may have begun before this one is put away.
        if attempts.get(&self.job).is_some_and(|(attempt, _)| *attempt == self.attempt) {
            attempts.remove(&self.job);
        }
    }
}

fn locked(attempts: &Attempts) -> MutexGuard<'_, HashMap<JobId, (u32, Progress)>> {
    attempts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use engine_api::Phase;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn it_is_the_running_attempts_alone_and_only_while_it_runs() {
        let (live, job) = (LiveProgress::default(), JobId::from(Uuid::from_u128(7)));
        let progress = |done| Progress::new(Phase::Rendering, "render", done, 9);
        let attempt = live.begin(job, 2, progress(0));
        attempt.tell(&progress(5));
        assert_eq!(live.of(job, 2), Some(progress(5)));
        assert_eq!((live.of(job, 1), live.of(JobId::from(Uuid::from_u128(8)), 2)), (None, None));
        let next = live.begin(job, 3, progress(0));
        attempt.tell(&progress(6));
        drop(attempt);
        assert_eq!((live.of(job, 2), live.of(job, 3)), (None, Some(progress(0))));
        drop(next);
        assert!(locked(&live.0).is_empty());
    }
}
