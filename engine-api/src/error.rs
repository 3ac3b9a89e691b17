//! The one error that crosses the boundary, in both directions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an engine, or the host below it, could not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// Decides what happens to the job: see the variants.
    pub kind: ErrorKind,
    /// A sentence for the client who sent the job.
    pub message: String,
}

/// What kind of failure it is, and so whether another attempt can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The inputs or parameters cannot be rendered. Final.
    Input,
    /// Weights are missing, damaged or of another shape. Final.
    Weights,
    /// A device is missing or failed. Once more, on a fresh host.
    Device,
    /// Memory of processor or device ran out. Once more, on a fresh host.
    OutOfMemory,
    /// A service behind the engine failed or is busy. Again after a while.
    Backend,
    /// The job was canceled; not a failure.
    Canceled,
    /// The video could not be written (disk full, impossible format). Final.
    Output,
    /// The engine panicked. Once more, on a fresh host.
    Panic,
    /// The engine broke its contract. Final.
    Internal,
}

impl EngineError {
    /// An error of `kind` that tells the client `message`.
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }

    /// The inputs or parameters cannot be rendered.
    pub fn input(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    /// A service behind the engine failed or is busy: another attempt may help.
    pub fn backend(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Backend, message)
    }

    /// The engine broke its contract, or could not go on for a reason of its own.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// The engine listens, and the job's speech is no [`Speech::Stream`](crate::Speech::Stream).
    pub fn no_stream() -> Self {
        Self::internal("the speech of this job is no stream")
    }

    /// The job was canceled.
    pub fn canceled() -> Self {
        Self::new(ErrorKind::Canceled, "the job was canceled")
    }
}
