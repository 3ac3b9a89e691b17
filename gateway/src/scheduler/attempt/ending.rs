//! How an attempt ends: the video in its place, and the outcome in the job's row.

use std::time::Duration;

use avatar_media::video::VideoSummary;
use jiff::SignedDuration;

use crate::blobs::scratch::WorkFolder;
use crate::domain::record::Timings;
use crate::ended;
use crate::process::pauses::Pause;
use crate::scheduler::attempt::{Attempt, AttemptEnd, Ending};
use crate::scheduler::results::Finished;
use crate::scheduler::retry::{Failure, RetryDecision};
use crate::scheduler::room;
use crate::store::jobs::{HeartbeatReply, Outcome};

/// The waits between tries to write down what has been rendered: each is twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl Attempt {
    /// Puts the finished video in its place, as often as it takes while the gateway lacks something for that: what has been
    /// rendered is not thrown away.
    pub(super) async fn keep_video(&mut self, work: &WorkFolder, video: VideoSummary) -> Result<Outcome, AttemptEnd> {
        let mut finished = Finished::new(video, self.steps);
        let mut wait = FIRST_WAIT;
        loop {
            match finished.keep(&self.app, &self.job, &self.lease, work).await {
                Err(Failure::Short { shortage, cause }) => {
                    room::was_met(&self.app, &self.job.engine, shortage, &cause);
                    self.sit_out(&mut wait).await?;
                }
                kept => return Ok(kept?),
            }
        }
    }

    /// Waits before another try, unless the attempt is to end.
    async fn sit_out(&mut self, wait: &mut Duration) -> Result<(), AttemptEnd> {
        tokio::select! {
            () = tokio::time::sleep(*wait) => {}
            () = self.app.stop.cancelled() => return Err(AttemptEnd::Released),
        }
        *wait = (*wait * 2).min(LONGEST_WAIT);
        match self.renew_lease().await {
            Ok(HeartbeatReply::Cancel) => Err(AttemptEnd::Canceled),
            Ok(HeartbeatReply::Lost) => Err(AttemptEnd::Lost),
            // The lease is this process's as long as the attempt lasts, whether the store answers or not.
            Ok(HeartbeatReply::Continue) | Err(_) => Ok(()),
        }
    }

    /// Decides what a failure means.
    pub(super) fn judge(&self, failure: &Failure) -> Outcome {
        let mut error = failure.error(self.job.failures + 1);
        tracing::warn!(job.id = %self.job.id, attempt = self.lease.attempt, error.code = %error.code, "{}", error.message);
        error.message = self.paths.hide(&error.message);
        match failure.verdict(&self.job, self.app.config().scheduler.backoff) {
            RetryDecision::Final => Outcome::Failed(error),
            RetryDecision::Again(wait) => Outcome::Retry { error, not_before: self.app.clock.now() + signed(wait) },
            RetryDecision::GivenBack(shortage) => {
                room::was_met(&self.app, &self.job.engine, shortage, &error.message);
                Outcome::Released
            }
        }
    }

    /// Writes the outcome down, as often as it takes while the store fails.
    pub(super) async fn finish(&self, outcome: Outcome) -> Ending {
        // The last news is younger than the last heartbeat. Whether it can be written does not change the outcome.
        let _ = self.renew_lease().await;
        let (mut wait, mut failed_before) = (FIRST_WAIT, false);
        loop {
            let error = match self.app.jobs.finish(&self.lease, outcome.clone(), self.app.clock.now()).await {
                Ok(written) if written || (failed_before && self.was_written().await) => {
                    self.tell(&outcome).await;
                    return Ending::Written;
                }
                Ok(_) => {
                    tracing::warn!(job.id = %self.job.id, attempt = self.lease.attempt, "the lease was lost before the end");
                    self.app.metrics.lease_lost();
                    return Ending::Lost;
                }
                Err(error) => error,
            };
            failed_before = true;
            room::is_missing(&self.app, Pause::of_all(error.shortage), &error.to_string());
            if self.app.stop.is_cancelled() {
                tracing::error!(job.id = %self.job.id, %error, "the outcome could not be written; the job will run again");
                return Ending::Unknown;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.app.stop.cancelled() => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Whether the row is as a try has left it that seemed to fail: a commit may be on the disk although nobody was told so.
    async fn was_written(&self) -> bool {
        let job = self.app.jobs.job(self.lease.job).await.ok().flatten();
        job.is_some_and(|job| job.artifact.is_some_and(|artifact| artifact.attempt == self.lease.attempt))
    }

    async fn tell(&self, outcome: &Outcome) {
        let (name, timings): (_, Option<&Timings>) = match outcome {
            Outcome::Succeeded { timings, .. } => ("succeeded", Some(timings)),
            Outcome::Failed(_) => ("failed", None),
            Outcome::Canceled => ("canceled", None),
            Outcome::Retry { .. } => ("retry", None),
            Outcome::Released => ("released", None),
        };
        tracing::debug!(job.id = %self.job.id, attempt = self.lease.attempt, outcome = name, "attempt ended");
        self.app.metrics.attempt_ended(&self.job.engine, name);
        if let Some(timings) = timings {
            self.app.metrics.job_succeeded(&self.job.engine, timings);
        }
        ended::tell(&self.app, self.job.id).await;
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
