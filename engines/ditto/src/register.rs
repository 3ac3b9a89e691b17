//! Registration: everything that is known of a source before it speaks.
//!
//! The face is looked for in the first frame alone; every further frame starts from the landmarks of the one before.

use engine_onnx::{Input, Network, OnnxError};
use thiserror::Error;

use crate::crop::{CropError, Framing, Placement};
use crate::eyes::{Eyes, eyes};
use crate::letterbox::{self, Letterbox};
use crate::networks::{APPEARANCE, BLAZE, DETECTOR, LANDMARK106, LANDMARK203, Loader, MESH, MOTION};
use crate::raster::Raster;
use crate::scrfd::{self, Face};
use crate::{blaze, landmark106, landmark203, mesh, resize};

/// Why a source is not registered.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// A network could not be run.
    #[error(transparent)]
    Network(#[from] OnnxError),
    /// The first frame shows no face.
    #[error("no face was found in the source")]
    NoFace,
    /// The landmarks make no square.
    #[error(transparent)]
    Crop(#[from] CropError),
    /// A network gave too much or too little.
    #[error("the network {0} gave another number of values than expected")]
    Size(&'static str),
}

/// How the 512-pixel square lies unless somebody says otherwise.
pub const FRAMING: Framing = Framing { side: 512, scale: 2.3, down: -0.125, upright: true };

/// What the face search found in the first frame.
#[derive(Debug, Clone)]
pub struct Found {
    /// All faces, by falling score.
    pub faces: Vec<Face>,
    /// The 106 landmarks of the largest face, in pixels.
    pub landmarks: Vec<[f32; 2]>,
}

/// Pose, expression and key points of a source frame.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceMotion {
    /// Nod, as logits over 66 bins.
    pub pitch: [f32; 66],
    /// Turn, as logits over 66 bins.
    pub yaw: [f32; 66],
    /// Tilt, as logits over 66 bins.
    pub roll: [f32; 66],
    /// Place.
    pub t: [f32; 3],
    /// Offsets of the 21 key points.
    pub exp: [f32; 63],
    /// Size, about 1.
    pub scale: f32,
    /// The 21 key points at rest.
    pub kp: [f32; 63],
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
    /// The eyes; `None` where the mesh's own detector sees no face in the square.
    pub eyes: Option<Eyes>,
    /// The feature volume (32, 16, 64, 64).
    pub volume: Vec<f32>,
    /// Pose and expression.
    pub motion: SourceMotion,
}

/// The networks of registration.
pub struct Registrar {
    detector: Network,
    landmark106: Network,
    landmark203: Network,
    blaze: Network,
    mesh: Network,
    appearance: Network,
    motion: Network,
}

impl Registrar {
    /// Loads the networks.
    ///
    /// # Errors
    /// Where a file is missing or is another network.
    pub fn load(loader: &Loader<'_>) -> Result<Self, OnnxError> {
        Ok(Self {
            detector: loader.load(&DETECTOR)?,
            landmark106: loader.load(&LANDMARK106)?,
            landmark203: loader.load(&LANDMARK203)?,
            blaze: loader.load(&BLAZE)?,
            mesh: loader.load(&MESH)?,
            appearance: loader.load(&APPEARANCE)?,
            motion: loader.load(&MOTION)?,
        })
    }

    /// Looks for the face in the first frame, RGB.
    ///
    /// # Errors
    /// [`RegisterError::NoFace`] where there is none.
    pub fn find(&mut self, image: &Raster<u8>) -> Result<Found, RegisterError> {
        let boxed = Letterbox::new(image);
        let side = letterbox::SIDE;
        let raw = run(&mut self.detector, &[1, 3, side, side], &boxed.blob())?;
        let ([s0, s1, s2, b0, b1, b2, ..], true) = (raw.as_slice(), boxed.scale > 0.0) else {
            return Err(RegisterError::Size(DETECTOR.name));
        };
        let faces =
            scrfd::decode([s0, s1, s2], [b0, b1, b2], side, boxed.scale).ok_or(RegisterError::Size(DETECTOR.name))?;
        let face = scrfd::largest(&faces).map(|place| faces[place]).ok_or(RegisterError::NoFace)?;
        let matrix = landmark106::matrix(face.bounds);
        let square = landmark106::square(image, &matrix);
        let shape = [1, 3, landmark106::SIDE, landmark106::SIDE];
        let raw = run(&mut self.landmark106, &shape, &landmark106::blob(&square))?;
        let landmarks = landmark106::points(first(&raw, LANDMARK106.name)?, &matrix);
        Ok(Found { faces, landmarks })
    }

    /// Registers a frame from the 106 landmarks of [`Registrar::find`] or the 203 of the frame before.
    ///
    /// # Errors
    /// Where a network fails or the landmarks make no square.
    pub fn frame(
        &mut self,
        image: &Raster<u8>,
        start: &[[f32; 2]],
        framing: &Framing,
    ) -> Result<Registered, RegisterError> {
        let rough = Placement::new(start, &landmark203::FRAMING)?;
        let side = landmark203::FRAMING.side;
        let blob = landmark203::blob(&rough.cut(image, side));
        let raw = run(&mut self.landmark203, &[1, 3, side, side], &blob)?;
        let landmarks = landmark203::points(first(&raw, LANDMARK203.name)?, &rough);
        let placement = Placement::new(&landmarks, framing)?;
        let crop = placement.cut(image, framing.side);
        let eyes = self.eyes(&crop)?;
        let small = resize::half(&crop);
        let (shape, blob) = ([1, 3, small.height(), small.width()], small.planes(&[0, 1, 2], |s| f32::from(s) / 255.0));
        let motion = source_motion(&run(&mut self.motion, &shape, &blob)?)?;
        let volume = run(&mut self.appearance, &shape, &blob)?.into_iter().next();
        let volume = volume.ok_or(RegisterError::Size(APPEARANCE.name))?;
        Ok(Registered { landmarks, placement, crop, eyes, volume, motion })
    }

    fn eyes(&mut self, crop: &Raster<u8>) -> Result<Option<Eyes>, RegisterError> {
        let raw = run(&mut self.blaze, &[1, blaze::SIDE, blaze::SIDE, 3], &blaze::blob(crop))?;
        let [values, scores] = raw.as_slice() else { return Err(RegisterError::Size(BLAZE.name)) };
        let faces = blaze::decode(values, scores).ok_or(RegisterError::Size(BLAZE.name))?;
        let Some(region) = faces.first().map(|face| face.region(crop.width())) else { return Ok(None) };
        let Some(square) = region.cut(crop) else { return Ok(None) };
        let raw = run(&mut self.mesh, &[1, mesh::SIDE, mesh::SIDE, 3], &mesh::blob(&square))?;
        let points = region.points(first(&raw, MESH.name)?, crop.width(), crop.height());
        eyes(&points).map(Some).ok_or(RegisterError::Size(MESH.name))
    }
}

fn run(network: &mut Network, shape: &[usize], values: &[f32]) -> Result<Vec<Vec<f32>>, OnnxError> {
    Ok(network.run(&[Input::F32(shape, values)])?.to_vecs())
}

fn first<'a>(raw: &'a [Vec<f32>], network: &'static str) -> Result<&'a [f32], RegisterError> {
    raw.first().map(Vec::as_slice).ok_or(RegisterError::Size(network))
}

fn source_motion(raw: &[Vec<f32>]) -> Result<SourceMotion, RegisterError> {
    let [pitch, yaw, roll, t, exp, scale, kp] = raw else { return Err(RegisterError::Size(MOTION.name)) };
    let [scale] = array(scale)?;
    Ok(SourceMotion {
        pitch: array(pitch)?,
        yaw: array(yaw)?,
        roll: array(roll)?,
        t: array(t)?,
        exp: array(exp)?,
        scale,
        kp: array(kp)?,
    })
}

fn array<const N: usize>(values: &[f32]) -> Result<[f32; N], RegisterError> {
    values.try_into().map_err(|_| RegisterError::Size(MOTION.name))
}
