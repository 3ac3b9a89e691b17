//! The attempts at a job, and when it is likely to end, told from the latest jobs of its engine.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::domain::job::{Job, JobError, State};

/// One attempt at a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttemptRecord {
    /// Counted from 1.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; null while it runs.
    pub finished_at: Option<Timestamp>,
    /// How it ended; null while it runs.
    pub outcome: Option<AttemptOutcome>,
    /// Why it failed, if it did.
    pub error: Option<JobError>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// With the video.
    Succeeded,
    /// With an error.
    Failed,
    /// On request.
    Canceled,
    /// The gateway stopped, or lost it.
    Interrupted,
}

impl FromStr for AttemptOutcome {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Ok(match word {
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            "interrupted" => Self::Interrupted,
            _ => return Err(()),
        })
    }
}

/// Where a queued job stands.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct QueuePosition {
    /// How many queued jobs of its engine will be claimed before it.
    pub ahead: u64,
    /// Seconds of speech in those.
    pub speech_seconds_ahead: f64,
}

/// What the latest successful jobs of an engine took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// How many there are; at least 1.
    pub jobs: u32,
    /// Seconds that they ran, together.
    pub run_seconds: f64,
    /// Seconds of video that they made, together; more than 0.
    pub video_seconds: f64,
    /// Bytes of those videos, together.
    pub video_bytes: f64,
}

/// Bytes of a second of video where there is no history: 2.4 Mbit/s are more than most take.
const BYTES_PER_SECOND: f64 = 3e5;
/// Seconds of a video where nothing tells its length.
const USUAL_SECONDS: f64 = 60.0;
/// How many times its video's size a job is expected to write: its video, and beside it what the engine keeps for a while.
const BESIDE: f64 = 2.0;

/// How many bytes a job is expected to write on its way to its video.
pub fn bytes_of(job: &Job, history: Option<History>) -> u64 {
    let seconds = job.speech_seconds.or_else(|| history.map(|history| history.video_seconds / f64::from(history.jobs)));
    let pace = history.map_or(BYTES_PER_SECOND, |history| history.video_bytes / history.video_seconds);
    (BESIDE * pace * seconds.unwrap_or(USUAL_SECONDS)) as u64
}

/// When a job is likely to end, and what that is told from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Eta {
    /// The moment.
    pub at: Timestamp,
    /// Seconds until then.
    pub seconds: f64,
    /// What it is told from.
    pub basis: EtaBasis,
}

/// The history that an estimate is made from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EtaBasis {
    /// So many of this engine's latest successful jobs …
    pub jobs: u32,
    /// … took so many seconds for each second of video.
    pub seconds_per_video_second: f64,
}

/// Estimates the end of a job that has not ended; `None` where the history does not tell.
///
/// `place` is that of a queued job, `running` are the jobs of its engine that run now, on `instances` at once.
pub fn estimate(
    job: &Job,
    place: Option<QueuePosition>,
    running: &[Job],
    instances: u32,
    history: History,
    now: Timestamp,
) -> Option<Eta> {
    let pace = history.run_seconds / history.video_seconds;
    let own = pace * job.speech_seconds?;
    let seconds = match job.state {
        State::Queued => {
            let busy: f64 = running.iter().filter_map(|job| remaining(job, pace, now)).sum();
            let before = busy + pace * place?.speech_seconds_ahead;
            let backoff = job.not_before.duration_since(now).as_secs_f64().max(0.0);
            (before / f64::from(instances.max(1))).max(backoff) + own
        }
        State::Running => remaining(job, pace, now)?,
        State::Succeeded | State::Failed | State::Canceled => return None,
    };
    let until = SignedDuration::try_from_secs_f64(seconds).ok()?;
    let basis = EtaBasis { jobs: history.jobs, seconds_per_video_second: pace };
    Some(Eta { at: now.checked_add(until).ok()?, seconds, basis })
}

/// Seconds that a running job has left. One that takes longer than others did is judged by its own progress.
fn remaining(job: &Job, pace: f64, now: Timestamp) -> Option<f64> {
    let elapsed = now.duration_since(job.started_at?).as_secs_f64().max(0.0);
    let left = pace * job.speech_seconds? - elapsed;
    if left > 0.0 {
        return Some(left);
    }
    let fraction = job.progress.fraction;
    (fraction > 0.0).then(|| elapsed * (1.0 - fraction) / fraction)
}

#[cfg(test)]
mod tests;
