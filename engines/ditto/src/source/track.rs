//! Follows the face of a source from frame to frame, so that a video names the frame in which it was lost.

use engine_vision::raster::Raster;

use crate::face::detector::Found;
use crate::face::error::RegisterError;
use crate::face::landmarks::Landmarks;
use crate::source::registration::{Look, Registered, Registrar};

/// The landmarks that the next frame starts from.
#[derive(Debug, Clone)]
pub struct Track {
    look: Look,
    landmarks: Landmarks,
    frames: usize,
}

impl Track {
    /// Starts from what was found in the first frame.
    #[must_use]
    pub fn new(found: &Found, look: Look) -> Self {
        Self { look, landmarks: found.landmarks.clone(), frames: 0 }
    }

    /// Registers the next frame, RGB; the first call takes the frame in which the face was found.
    ///
    /// # Errors
    /// As [`Registrar::frame`]; from the second frame on, landmarks that make no square are [`RegisterError::Lost`].
    pub fn next(&mut self, registrar: &mut Registrar, image: &Raster<u8>) -> Result<Registered, RegisterError> {
        let frame = self.frames;
        let registered = registrar.frame(image, &self.landmarks, &self.look).map_err(|error| match error {
            RegisterError::Crop(reason) if frame > 0 => RegisterError::Lost { frame, reason },
            other => other,
        })?;
        self.landmarks.clone_from(&registered.landmarks);
        self.frames += 1;
        Ok(registered)
    }
}
