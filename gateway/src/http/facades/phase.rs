//! How far a job is, for services that tell it in their own numbers and sentences.

use engine_api::Phase as JobPhase;

use crate::domain::job::{Job, State};

/// How far a job is.
pub(super) enum Phase {
    /// It is queued.
    Waiting,
    /// Its engine is started.
    Loading,
    /// The engine does something before the first picture.
    Preparing,
    /// So many pictures are there, of so many, which is that part of them; 0 while it is unknown.
    Rendering { done: u64, total: u64, fraction: f64 },
    /// The video is being completed.
    Finishing,
    /// The video is there.
    Done,
}

impl Phase {
    /// Of a job that has failed: how far it had come.
    pub(super) fn of(job: &Job) -> Self {
        if job.state == State::Succeeded {
            return Self::Done;
        }
        if job.state == State::Queued || job.attempt == 0 {
            return Self::Waiting;
        }
        let progress = &job.progress;
        match progress.phase {
            None | Some(JobPhase::Starting | JobPhase::Loading) => Self::Loading,
            Some(JobPhase::Preparing) => Self::Preparing,
            Some(JobPhase::Rendering) => {
                Self::Rendering { done: progress.done, total: progress.total, fraction: progress.rendered() }
            }
            Some(JobPhase::Finishing) => Self::Finishing,
        }
    }
}
