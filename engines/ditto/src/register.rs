//! Registration: everything that is known of a source before it speaks.
//!
//! The face is looked for in the first frame alone; every further frame starts from the landmarks of the one before.

use engine_onnx::{Input, Network, OnnxError};
use engine_vision::opencv_resize;
use engine_vision::raster::Raster;
use thiserror::Error;

use crate::crop::{CropError, Framing, Placement};
use crate::eyes::{Eyes, eyes};
use crate::finder::Finder;
pub use crate::finder::{FaceSearch, Found};
use crate::landmark203;
use crate::mesher::Mesher;
use crate::motion::{Motion, SourceMotion};
use crate::networks::{APPEARANCE, LANDMARK203, Loader, MESH, MOTION};

/// Why a source is not registered.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// A network could not be run.
    #[error(transparent)]
    Network(#[from] OnnxError),
    /// The first frame shows no face.
    #[error(
        "no face was found in the source: take a picture, or a clip whose first frame, shows one face from the front, \
         well lit and large enough"
    )]
    NoFace,
    /// The landmarks make no square in the picture.
    #[error(
        "the face in the source cannot be used ({0}): take one in which it is larger and seen whole, or leave \
         `crop_scale` and `crop_vy_ratio` as they are"
    )]
    Crop(#[from] CropError),
    /// A later frame of a clip shows no face where the frame before had one.
    #[error("the face was lost in frame {frame} of the source ({reason}): cut the clip before it")]
    Lost {
        /// The frame, counted from 0.
        frame: usize,
        /// What is wrong with its landmarks.
        reason: CropError,
    },
    /// A network gave too much or too little.
    #[error("the network {0} gave another number of values than expected")]
    Size(&'static str),
}

/// How the 512-pixel square lies unless somebody says otherwise.
pub const FRAMING: Framing = Framing { side: 512, scale: 2.3, down: -0.125, right: 0.0, upright: true };

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
    pub landmarks: Vec<[f32; 2]>,
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
    finder: Finder,
    mesher: Mesher,
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
            finder: Finder::load(loader, search)?,
            mesher: Mesher::load(loader)?,
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
        self.finder.find(&mut self.mesher, image)
    }

    /// Registers a frame, RGB, from the landmarks of [`Registrar::find`] or the 203 of the frame before.
    /// [`crate::track::Track`] does so for frame after frame.
    ///
    /// # Errors
    /// Where a network fails or the landmarks make no square in the picture.
    pub fn frame(&mut self, image: &Raster<u8>, start: &[[f32; 2]], look: &Look) -> Result<Registered, RegisterError> {
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

    fn eyes(&mut self, crop: &Raster<u8>) -> Result<Option<Eyes>, RegisterError> {
        let faces = self.mesher.faces(crop)?;
        let Some(region) = faces.first().map(|face| face.region(crop.width())) else { return Ok(None) };
        let Some(points) = self.mesher.points(crop, &region)? else { return Ok(None) };
        eyes(&points).map(Some).ok_or(RegisterError::Size(MESH.name))
    }
}

/// Runs a network with one input.
pub(crate) fn run(network: &mut Network, shape: &[usize], values: &[f32]) -> Result<Vec<Vec<f32>>, OnnxError> {
    Ok(network.run(&[Input::F32(shape, values)])?.to_vecs())
}

/// The first output of the network of this name.
pub(crate) fn first<'a>(raw: &'a [Vec<f32>], network: &'static str) -> Result<&'a [f32], RegisterError> {
    raw.first().map(Vec::as_slice).ok_or(RegisterError::Size(network))
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
