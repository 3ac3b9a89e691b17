//! Registers a frame of a source: landmarks, square, eyes, feature volume, pose and expression.
//!
//! The face is looked for in the first frame alone; every further frame starts from the landmarks of the one before.

use engine_onnx::{Network, OnnxError};
use engine_vision::opencv_resize;
use engine_vision::raster::Raster;

use crate::face::crop::Placement;
use crate::face::detector::{Detector, FaceSearch, Found};
use crate::face::error::RegisterError;
use crate::face::eyes::{Eyes, eyes};
use crate::face::framing::{FRAMING, Framing};
use crate::face::landmark203;
use crate::face::landmarks::Landmarks;
use crate::face::mediapipe::MediaPipe;
use crate::face::run::{first, run};
use crate::motion::{Motion, SourceMotion};
use crate::networks::{APPEARANCE, LANDMARK203, Loader, MESH, MOTION};

/// What is wanted of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// How the square lies.
    pub framing: Framing,
    /// Whether the eyes are looked at. A run with a reference character has no use for them.
    pub eyes: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { framing: FRAMING, eyes: true }
    }
}

/// One registered frame.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The 203 landmarks in pixels of the frame; the next frame starts from them.
    pub landmarks: Landmarks,
    /// Where the square lies.
    pub placement: Placement,
    /// The square, RGB.
    pub crop: Raster<u8>,
    /// The eyes; `None` where they were not wanted, and where the mesh's own detector sees no face in the square.
    pub eyes: Option<Eyes>,
    /// The feature volume (32, 16, 64, 64).
    pub volume: Vec<f32>,
    /// Pose and expression.
    pub motion: SourceMotion,
}

/// The networks of registration.
pub struct Registrar {
    detector: Detector,
    mediapipe: MediaPipe,
    landmark203: Network,
    appearance: Network,
    motion: Network,
}

impl Registrar {
    /// Loads the networks that this search needs, and no others of the search.
    ///
    /// # Errors
    /// Where a file is missing or is another network.
    pub fn load(loader: &Loader<'_>, search: FaceSearch) -> Result<Self, OnnxError> {
        Ok(Self {
            detector: Detector::load(loader, search)?,
            mediapipe: MediaPipe::load(loader)?,
            landmark203: loader.load(&LANDMARK203)?,
            appearance: loader.load(&APPEARANCE)?,
            motion: loader.load(&MOTION)?,
        })
    }

    /// Looks for the largest face in the first frame, RGB.
    ///
    /// # Errors
    /// [`RegisterError::NoFace`] where there is none.
    pub fn find(&mut self, image: &Raster<u8>) -> Result<Found, RegisterError> {
        self.detector.find(&mut self.mediapipe, image)
    }

    /// Registers a frame, RGB, from the landmarks of [`Registrar::find`] or the 203 of the frame before.
    /// [`crate::source::track::Track`] does so for frame after frame.
    ///
    /// # Errors
    /// Where a network fails or the landmarks make no square in the picture.
    pub fn frame(&mut self, image: &Raster<u8>, start: &Landmarks, look: &Look) -> Result<Registered, RegisterError> {
        let side = landmark203::FRAMING.side;
        let rough = Placement::new(start, &landmark203::FRAMING)?.within(side, image)?;
        let blob = landmark203::blob(&rough.cut(image, side));
        let raw = run(&mut self.landmark203, &[1, 3, side, side], &blob)?;
        let landmarks = landmark203::points(first(&raw, LANDMARK203.name)?, &rough);
        let side = look.framing.side;
        let placement = Placement::new(&landmarks, &look.framing)?.within(side, image)?;
        let crop = placement.cut(image, side);
        let eyes = if look.eyes { self.eyes(&crop)? } else { None };
        let small = opencv_resize::half(&crop);
        let (shape, blob) = ([1, 3, small.height(), small.width()], small.planes(&[0, 1, 2], |s| f32::from(s) / 255.0));
        let motion = source_motion(&run(&mut self.motion, &shape, &blob)?)?;
        let volume = run(&mut self.appearance, &shape, &blob)?.into_iter().next();
        let volume = volume.ok_or(RegisterError::Size(APPEARANCE.name))?;
        Ok(Registered { landmarks, placement, crop, eyes, volume, motion })
    }

    /// Whether a face is seen in the square of a frame.
    ///
    /// # Errors
    /// Where the network fails.
    pub fn sees_a_face(&mut self, crop: &Raster<u8>) -> Result<bool, RegisterError> {
        Ok(!self.mediapipe.faces(crop)?.is_empty())
    }

    fn eyes(&mut self, crop: &Raster<u8>) -> Result<Option<Eyes>, RegisterError> {
        let faces = self.mediapipe.faces(crop)?;
        let Some(region) = faces.first().map(|face| face.region(crop.width())) else { return Ok(None) };
        let Some(points) = self.mediapipe.points(crop, &region)? else { return Ok(None) };
        eyes(&points).map(Some).ok_or(RegisterError::Size(MESH.name))
    }
}

fn source_motion(raw: &[Vec<f32>]) -> Result<SourceMotion, RegisterError> {
    let [pitch, yaw, roll, t, exp, scale, kp] = raw else { return Err(RegisterError::Size(MOTION.name)) };
    let [scale] = array(scale)?;
    let (pitch, yaw, roll) = (array(pitch)?, array(yaw)?, array(roll)?);
    let motion = Motion { scale, pitch, yaw, roll, t: array(t)?, exp: array(exp)? };
    Ok(SourceMotion { motion, kp: array(kp)? })
}

fn array<const N: usize>(values: &[f32]) -> Result<[f32; N], RegisterError> {
    values.try_into().map_err(|_| RegisterError::Size(MOTION.name))
}
