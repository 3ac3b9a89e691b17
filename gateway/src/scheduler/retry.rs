//! What a failed attempt means for the job: again on a fresh host, again later, or final.

use std::io;
use std::time::Duration;

use engine_api::{EngineError, ErrorKind};

use crate::blobs::error::BlobError;
use crate::domain::code::{Code, kinds};
use crate::domain::job::{Job, JobError, MOST_DOUBLINGS};
use crate::domain::shortage::Shortage;
use crate::host::exit::HostExit;
use crate::host::handshake::NotStarted;
use crate::store::error::StoreError;

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
    /// The gateway lacks something, here or in the engine's process: nothing that the job could do about.
    Short { shortage: Shortage, cause: String },
}

/// What becomes of the job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RetryDecision {
    /// Another attempt on a fresh host, after this long.
    Again(Duration),
    /// No other attempt can help, or there have been enough.
    Final,
    /// It is given back as if it had not been tried, and waits until there is again what the gateway lacks.
    GivenBack(Shortage),
}

impl Failure {
    /// Something on the files of the job that the gateway could not do.
    pub(super) fn of_io(doing: &str, error: &io::Error) -> Self {
        Self::of(Shortage::of_io(error), format!("{doing}: {error}"))
    }

    /// A kept file that could not be read or written.
    pub(super) fn of_blobs(doing: &str, error: &BlobError) -> Self {
        Self::of(error.shortage(), format!("{doing}: {error}"))
    }

    /// The store has failed.
    pub(super) fn of_store(error: &StoreError) -> Self {
        Self::of(Some(error.shortage), error.to_string())
    }

    /// A host that is no use. That the binary was replaced is no job's fault.
    pub(super) fn of_start(reason: NotStarted) -> Self {
        match reason {
            NotStarted::OtherBinary(_) => Self::Short { shortage: Shortage::Binary, cause: reason.to_string() },
            reason => Self::NotStarted(reason),
        }
    }

    fn of(shortage: Option<Shortage>, cause: String) -> Self {
        match shortage {
            Some(shortage) => Self::Short { shortage, cause },
            None => Self::Gateway(cause),
        }
    }

    /// Why the engine's process is no more, as a word, where it ended unasked or had to be killed because it hung.
    pub(super) fn death(&self) -> Option<&'static str> {
        match self {
            Self::Died(exit) | Self::NotStarted(NotStarted::Died(exit)) => Some(exit.reason()),
            Self::NotStarted(NotStarted::Silent(_)) => Some("silent"),
            Self::Stalled { .. } => Some("stalled"),
            Self::NotStarted(NotStarted::OtherBinary(_))
            | Self::Engine(_)
            | Self::Incompatible(_)
            | Self::Gateway(_)
            | Self::Short { .. } => None,
        }
    }

    /// Whether it may come of something that the machine lacks, although nobody says so: an engine tells of its own files and
    /// threads in words alone, and a process that dies of it tells nothing.
    pub(super) fn may_hide_a_shortage(&self) -> bool {
        match self {
            Self::Engine(error) => matches!(error.kind, ErrorKind::Output | ErrorKind::Internal | ErrorKind::Panic),
            Self::NotStarted(_) | Self::Died(_) | Self::Gateway(_) => true,
            Self::Stalled { .. } | Self::Incompatible(_) | Self::Short { .. } => false,
        }
    }

    /// The same failure, where that is found to be short.
    pub(super) fn explained_by(self, shortage: Option<Shortage>) -> Self {
        match shortage {
            Some(shortage) => Self::Short { shortage, cause: self.error(1).message },
            None => self,
        }
    }

    /// Whether the host can be trusted with another job.
    pub(super) fn spares_host(&self) -> bool {
        match self {
            // One that could not write may lack what a new one has: limits go with a process as long as it lives.
            Self::Engine(error) => matches!(error.kind, ErrorKind::Input | ErrorKind::Canceled),
            Self::Short { shortage, .. } => *shortage == Shortage::Storage,
            Self::NotStarted(_) | Self::Died(_) | Self::Stalled { .. } | Self::Incompatible(_) | Self::Gateway(_) => {
                false
            }
        }
    }

    /// What becomes of `job` after this failure. `backoff` is the wait before a backend is asked, or a process is started,
    /// again for the first time; it doubles with every further failure.
    pub(super) fn verdict(&self, job: &Job, backoff: Duration) -> RetryDecision {
        let growing = backoff.saturating_mul(1 << job.failures.min(MOST_DOUBLINGS));
        let wait = match self {
            Self::Engine(error) => match error.kind {
                ErrorKind::Device | ErrorKind::OutOfMemory | ErrorKind::Panic => Duration::ZERO,
                ErrorKind::Backend => growing,
                ErrorKind::Input
                | ErrorKind::Weights
                | ErrorKind::Canceled
                | ErrorKind::Output
                | ErrorKind::Internal => return RetryDecision::Final,
            },
            // The machine may be short of something that passes; the job has not been begun.
            Self::NotStarted(_) | Self::Gateway(_) => growing,
            // Whether it is so, another look at the plugin tells before the next attempt.
            Self::Incompatible(_) => growing,
            Self::Died(_) | Self::Stalled { .. } => Duration::ZERO,
            Self::Short { shortage, .. } => return RetryDecision::GivenBack(*shortage),
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
            Self::Short { shortage, cause } => (kinds::of_shortage(*shortage), cause.clone()),
        };
        let tries = if attempts > 1 { format!(" ({attempts} attempts failed)") } else { String::new() };
        JobError::new(code, format!("{sentence}{tries}"))
    }
}
