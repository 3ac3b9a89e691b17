//! What does not fit, told with what would.

use std::fmt;

use engine_api::{EngineError, ErrorKind};
use engine_torch::memory::gib;

use super::demand::{Demand, Remedy};

/// What does not fit into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryError {
    /// The networks.
    Weights {
        /// Bytes that they need.
        needed: u64,
        /// Bytes that there are.
        free: u64,
        /// Where.
        place: String,
    },
    /// A job, beside the networks.
    Job {
        /// Its sizes.
        demand: Demand,
        /// Bytes that it needs.
        needed: u64,
        /// Bytes that there are.
        free: u64,
        /// Where.
        place: String,
        /// Whether there never is more: that is all that the device has, or all that the operator allows.
        is_limit: bool,
        /// What would fit, each by itself.
        remedies: Vec<Remedy>,
    },
}

impl std::error::Error for MemoryError {}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights { needed, free, place } => write!(
                f,
                "the networks need {}, and {} can be had on {place}; free some, choose another device, or allow more with \
                 memory_gb if that is set",
                gib(*needed),
                gib(*free)
            ),
            Self::Job { demand, needed, free, place, remedies, .. } => {
                let Demand { width, height, frames, context_frames, is_guided, .. } = demand;
                let guided = if *is_guided { " with guidance" } else { "" };
                write!(
                    f,
                    "{frames} frames of {width} by {height} pixels, {context_frames} of them (context_frames) at once{guided}, \
                     need {} beside the networks, and {} can be had on {place}; ",
                    gib(*needed),
                    gib(*free)
                )?;
                if remedies.is_empty() {
                    return f.write_str("no job would fit: free memory, or choose another device");
                }
                let words: Vec<String> = remedies.iter().map(ToString::to_string).collect();
                write!(f, "it would fit with {}", words.join(", or with "))
            }
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unguided => f.write_str("cfg 1"),
            Self::ContextFrames(frames) => write!(f, "context_frames {frames}"),
            Self::Size(width, height) => write!(f, "width {width} and height {height}"),
            Self::Length(frames) => write!(f, "length {frames}"),
        }
    }
}

impl From<MemoryError> for EngineError {
    fn from(error: MemoryError) -> Self {
        let kind = match &error {
            // What else runs on the machine may have taken the memory, and may give it back.
            MemoryError::Weights { .. } => ErrorKind::OutOfMemory,
            MemoryError::Job { is_limit: false, .. } => ErrorKind::OutOfMemory,
            MemoryError::Job { remedies, .. } if remedies.is_empty() => ErrorKind::OutOfMemory,
            // Another attempt would be refused like this one.
            MemoryError::Job { .. } => ErrorKind::Input,
        };
        Self::new(kind, error)
    }
}
