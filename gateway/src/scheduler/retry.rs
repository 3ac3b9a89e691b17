//! What a failed attempt means for the job: again on a fresh host, again later, or final.

use std::time::Duration;

use engine_api::{EngineError, ErrorKind};

use crate::domain::code::{Code, kinds};
use crate::domain::job::{Job, JobError};
use crate::host::exit::HostExit;
use crate::host::handshake::NotStarted;

/// How an attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The engine said so.
    Engine(EngineError),
    /// Its process did not come up.
    NotStarted(NotStarted),
    /// Its process died.
    Died(HostExit),
    /// It did not advance for this long, in this stage.
    Stalled { stage: String, seconds: u64 },
    /// The plugin cannot be used.
    Incompatible(String),
    /// The gateway could not do its own part.
    Gateway(String),
}

/// What becomes of the job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RetryDecision {
    /// Another attempt on a fresh host, after this long.
    Again(Duration),
    /// No other attempt can help, or there have been enough.
    Final,
}

impl Failure {
    /// Whether the host can be trusted with another job.
    pub(super) fn spares_host(&self) -> bool {
        matches!(self, Self::Engine(error) if matches!(error.kind, ErrorKind::Input | ErrorKind::Canceled | ErrorKind::Output))
    }

    /// What becomes of `job` after this failure. `backoff` is the wait before a backend is asked, or a process is started,
    /// again for the first time; it doubles with every further failure.
    pub(super) fn verdict(&self, job: &Job, backoff: Duration) -> RetryDecision {
        let wait = match self {
            Self::Engine(error) => match error.kind {
                ErrorKind::Device | ErrorKind::OutOfMemory | ErrorKind::Panic => Duration::ZERO,
                ErrorKind::Backend => growing(backoff, job),
                ErrorKind::Input
                | ErrorKind::Weights
                | ErrorKind::Canceled
                | ErrorKind::Output
                | ErrorKind::Internal => return RetryDecision::Final,
            },
            // The machine may be short of something that passes; the job has not been begun.
            Self::NotStarted(_) => growing(backoff, job),
            Self::Died(_) | Self::Stalled { .. } => Duration::ZERO,
            Self::Incompatible(_) | Self::Gateway(_) => return RetryDecision::Final,
        };
        if job.failures + 1 < job.max_failures { RetryDecision::Again(wait) } else { RetryDecision::Final }
    }

    /// The error as the client sees it; `attempts` is how many have failed, this one included.
    pub(super) fn error(&self, attempts: u32) -> JobError {
        let (code, sentence) = match self {
            Self::Engine(error) => (kinds::of_engine(error.kind), error.message.clone()),
            Self::NotStarted(reason) => (Code::EngineDied, reason.to_string()),
            Self::Died(death) => (Code::EngineDied, death.to_string()),
            Self::Stalled { stage, seconds } => (
                Code::EngineStalled,
                format!("the engine did not advance for {seconds} s in the stage \"{stage}\" and was killed"),
            ),
            Self::Incompatible(reason) => (Code::EngineIncompatible, format!("the engine cannot be loaded: {reason}")),
            Self::Gateway(reason) => (Code::GatewayInternal, reason.clone()),
        };
        let tries = if attempts > 1 { format!(" ({attempts} attempts failed)") } else { String::new() };
        JobError::new(code, format!("{sentence}{tries}"))
    }
}

fn growing(backoff: Duration, job: &Job) -> Duration {
    backoff.saturating_mul(1 << job.failures.min(10))
}
