//! The attempts that this process is at, and how far each is at this moment: rows learn of that only with heartbeats.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::id::JobId;
use crate::domain::job::{Job, State};
use crate::domain::progress::Progress;

/// The running attempts. Nobody else may have their jobs, because the data folder is this gateway's alone: no sweep takes
/// one of them back, however long the machine slept or the database was away. Clones share them.
///
/// With a second gateway, a lease that has run out is anybody's, and there is nothing in this one's place; progress would be
/// read from rows, which are a heartbeat behind.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Running);

/// Which attempt is at a job, and how far it is.
type Running = Arc<Mutex<HashMap<JobId, (u32, Progress)>>>;

/// An attempt that is under way until this is dropped.
#[derive(Debug)]
pub struct UnderWay {
    job: JobId,
    attempt: u32,
    running: Running,
}

impl Attempts {
    /// An attempt at a job begins.
    pub fn begin(&self, job: JobId, attempt: u32, progress: Progress) -> UnderWay {
        locked(&self.0).insert(job, (attempt, progress));
        UnderWay { job, attempt, running: Arc::clone(&self.0) }
    }

    /// The jobs that attempts are at.
    pub fn jobs(&self) -> Vec<JobId> {
        locked(&self.0).keys().copied().collect()
    }

    /// How far an attempt at a job is; none if it is not one of this process.
    pub fn progress_of(&self, job: JobId, attempt: u32) -> Option<Progress> {
        let running = locked(&self.0);
        let (_, progress) = running.get(&job).filter(|(current, _)| *current == attempt)?;
        Some(progress.clone())
    }

    /// A job as it was read, with the progress of this moment if it is running here.
    #[must_use]
    pub fn brought_up_to_date(&self, job: Job) -> Job {
        let latest = (job.state == State::Running).then(|| self.progress_of(job.id, job.attempt)).flatten();
        match latest {
            Some(progress) => Job { progress, ..job },
            None => job,
        }
    }
}

impl UnderWay {
    /// Takes the place of what was told of its progress before.
    pub fn tell(&self, progress: &Progress) {
        if let Some((attempt, latest)) = locked(&self.running).get_mut(&self.job)
            && *attempt == self.attempt
        {
            latest.clone_from(progress);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut running = locked(&self.running);
        // The next attempt may have begun before this one is put away.
        if running.get(&self.job).is_some_and(|(attempt, _)| *attempt == self.attempt) {
            running.remove(&self.job);
        }
    }
}

fn locked(running: &Running) -> MutexGuard<'_, HashMap<JobId, (u32, Progress)>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use engine_api::Phase;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_running_attempt_counts_and_only_while_it_runs() {
        let (attempts, job) = (Attempts::default(), JobId::from(Uuid::from_u128(7)));
        let progress = |done| Progress::new(Phase::Rendering, "render", done, 9);
        let attempt = attempts.begin(job, 2, progress(0));
        attempt.tell(&progress(5));
        assert_eq!(attempts.progress_of(job, 2), Some(progress(5)));
        assert_eq!(attempts.progress_of(job, 1), None);
        assert_eq!(attempts.progress_of(JobId::from(Uuid::from_u128(8)), 2), None);
        let next = attempts.begin(job, 3, progress(0));
        attempt.tell(&progress(6));
        drop(attempt);
        assert_eq!((attempts.progress_of(job, 2), attempts.progress_of(job, 3)), (None, Some(progress(0))));
        assert_eq!(attempts.jobs(), [job]);
        drop(next);
        assert_eq!(attempts.jobs(), []);
    }
}
