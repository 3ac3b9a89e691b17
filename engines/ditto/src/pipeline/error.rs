//! Why a run failed, and what that means for its job.

use std::io;

use engine_api::{EngineError, ErrorKind};
use engine_onnx::OnnxError;
use thiserror::Error;

use crate::audio::features::SoundError;
use crate::face::error::RegisterError;
use crate::network_error::NetworkError;
use crate::source::avatar::AvatarError;

/// Why a run failed.
#[derive(Debug, Error)]
pub enum RunError {
    /// The source cannot be used.
    #[error(transparent)]
    Avatar(#[from] AvatarError),
    /// The speech cannot be used.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// A network failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A network failed.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// The speech gives no frame.
    #[error("the speech is too short for a single frame; send a longer one, or leave `exact_length` on")]
    TooShort,
    /// The frames of a clip cannot be read any more.
    #[error("cannot read the frames of the source video back: {0}")]
    FrameStore(io::Error),
    /// What the host said.
    #[error(transparent)]
    Host(EngineError),
}

impl From<EngineError> for RunError {
    fn from(error: EngineError) -> Self {
        Self::Host(error)
    }
}

impl From<RunError> for EngineError {
    fn from(error: RunError) -> Self {
        let kind = match &error {
            RunError::Host(error) | RunError::Avatar(AvatarError::Host(error)) => return error.clone(),
            RunError::Avatar(AvatarError::Register(RegisterError::Network(error))) | RunError::Onnx(error) => {
                kind(&error.to_string())
            }
            RunError::Avatar(AvatarError::Register(RegisterError::Size(_))) => ErrorKind::Weights,
            RunError::Avatar(AvatarError::FrameStore(_)) | RunError::FrameStore(_) => ErrorKind::Output,
            RunError::Avatar(_) | RunError::TooShort => ErrorKind::Input,
            RunError::Sound(SoundError::Network(error)) | RunError::Network(error) => match error.is_not_finite() {
                true => ErrorKind::Input,
                false => kind(&error.to_string()),
            },
            RunError::Sound(_) => ErrorKind::Input,
        };
        Self::new(kind, error)
    }
}

/// What the runtime's words are about: it has no codes for this.
fn kind(words: &str) -> ErrorKind {
    let words = words.to_lowercase();
    let about = |these: &[&str]| these.iter().any(|word| words.contains(word));
    if about(&["out of memory", "failed to allocate", "bad_alloc", "bad allocation"]) {
        ErrorKind::OutOfMemory
    } else if about(&["cuda", "cudnn", "cublas", "tensorrt"]) {
        ErrorKind::Device
    } else {
        ErrorKind::Internal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(error: impl Into<RunError>) -> ErrorKind {
        EngineError::from(error.into()).kind
    }

    #[test]
    fn each_failure_is_of_the_kind_that_says_what_may_help() {
        let network = |reason: &str| NetworkError::new("lmdm", reason);
        assert_eq!(kind_of(network("CUDA failure 2: out of memory")), ErrorKind::OutOfMemory);
        assert_eq!(kind_of(network("CUDNN_STATUS_EXECUTION_FAILED")), ErrorKind::Device);
        assert_eq!(kind_of(network("it is odd")), ErrorKind::Internal);
        assert_eq!(kind_of(NetworkError::not_finite("lmdm")), ErrorKind::Input);
        assert_eq!(kind_of(SoundError::WarmUp { overlap: 55, rows: 56 }), ErrorKind::Input);
        assert_eq!(kind_of(AvatarError::from(RegisterError::NoFace)), ErrorKind::Input);
        assert_eq!(kind_of(AvatarError::NoEyes { frame: 3 }), ErrorKind::Input);
        assert_eq!(kind_of(AvatarError::FrameStore(io::Error::other("no space left"))), ErrorKind::Output);
        assert_eq!(kind_of(EngineError::canceled()), ErrorKind::Canceled);
        assert_eq!(kind_of(AvatarError::from(EngineError::canceled())), ErrorKind::Canceled);
    }
}
