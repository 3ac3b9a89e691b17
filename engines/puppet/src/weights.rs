//! The two networks of the face mesh: Puppet works without them, and better with them.

use avatar_mediapipe::{FILES, MediaPipe};
use engine_api::{EngineError, ErrorKind, Setup};

/// The face mesh, if both of its files lie in the engine's folder of weights.
pub(crate) fn mesh(setup: &Setup) -> Result<Option<MediaPipe>, EngineError> {
    let folder = setup.weights.as_deref();
    let Some(folder) = folder.filter(|folder| FILES.iter().all(|file| folder.join(file).is_file())) else {
        return Ok(None);
    };
    MediaPipe::load(folder).map(Some).map_err(|error| EngineError::new(ErrorKind::Weights, error.to_string()))
}
