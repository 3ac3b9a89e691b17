//! Finds the face in the first frame, with the networks of InsightFace or of MediaPipe.

use engine_onnx::{Network, OnnxError};
use engine_vision::raster::Raster;

use crate::face::error::RegisterError;
use crate::face::landmarks::{Landmarks, Layout};
use crate::face::letterbox::{self, Letterbox};
use crate::face::mediapipe::MediaPipe;
use crate::face::run::{first, run};
use crate::face::scrfd::{self, Face};
use crate::face::{landmark106, tiled_search};
use crate::networks::{DETECTOR, LANDMARK106, Loader};

/// Which networks find the face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaceSearch {
    /// SCRFD and 106 landmarks, as in the reference (`core/atomic_components/source2info.py`, e9191cf). InsightFace
    /// allows these two models for non-commercial research only.
    InsightFace,
    /// Short-range BlazeFace and the 478-point mesh, both under Apache-2.0. The 203 landmarks refine what either
    /// search finds; the reference has no such search, so nothing says how far its squares would lie from these.
    MediaPipe,
}

/// What the search found in the first frame.
#[derive(Debug, Clone)]
pub struct Found {
    /// All faces, by falling score.
    pub faces: Vec<Face>,
    /// Landmarks of the largest face, in the layout of the search.
    pub landmarks: Landmarks,
}

/// A search with the networks that only it needs. Those of MediaPipe also serve the eyes, so all registrars have them.
pub(crate) enum Detector {
    InsightFace(Box<InsightFace>),
    MediaPipe,
}

impl Detector {
    /// Loads the networks.
    pub(crate) fn load(loader: &Loader<'_>, search: FaceSearch) -> Result<Self, OnnxError> {
        Ok(match search {
            FaceSearch::InsightFace => Self::InsightFace(Box::new(InsightFace {
                detector: loader.load(&DETECTOR)?,
                landmark106: loader.load(&LANDMARK106)?,
            })),
            FaceSearch::MediaPipe => Self::MediaPipe,
        })
    }

    /// Looks for the largest face in a picture, RGB.
    pub(crate) fn find(&mut self, mediapipe: &mut MediaPipe, image: &Raster<u8>) -> Result<Found, RegisterError> {
        if image.width() == 0 || image.height() == 0 {
            return Err(RegisterError::NoFace);
        }
        match self {
            Self::InsightFace(networks) => networks.find(image),
            Self::MediaPipe => media_pipe(mediapipe, image),
        }
    }
}

pub(crate) struct InsightFace {
    detector: Network,
    landmark106: Network,
}

impl InsightFace {
    fn find(&mut self, image: &Raster<u8>) -> Result<Found, RegisterError> {
        let boxed = Letterbox::new(image);
        if boxed.scale <= 0.0 {
            // The picture is thinner than a pixel of the square.
            return Err(RegisterError::NoFace);
        }
        let side = letterbox::SIDE;
        let raw = run(&mut self.detector, &[1, 3, side, side], &boxed.blob())?;
        let [s0, s1, s2, b0, b1, b2, ..] = raw.as_slice() else { return Err(RegisterError::Size(DETECTOR.name)) };
        let mut faces =
            scrfd::decode([s0, s1, s2], [b0, b1, b2], side, boxed.scale).ok_or(RegisterError::Size(DETECTOR.name))?;
        faces.retain(has_area);
        let face = scrfd::largest(&faces).map(|place| faces[place]).ok_or(RegisterError::NoFace)?;
        let matrix = landmark106::matrix(face.bounds);
        let square = landmark106::square(image, &matrix);
        let shape = [1, 3, landmark106::SIDE, landmark106::SIDE];
        let raw = run(&mut self.landmark106, &shape, &landmark106::blob(&square))?;
        let landmarks = landmark106::points(first(&raw, LANDMARK106.name)?, &matrix);
        Ok(Found { faces, landmarks })
    }
}

fn media_pipe(mediapipe: &mut MediaPipe, image: &Raster<u8>) -> Result<Found, RegisterError> {
    let mut detections = tiled_search::search(image, |square| mediapipe.faces(square))?;
    detections.retain(|detection| has_area(&detection.face));
    let faces: Vec<Face> = detections.iter().map(|detection| detection.face).collect();
    let place = scrfd::largest(&faces).ok_or(RegisterError::NoFace)?;
    let points = mediapipe.points(image, &detections[place].region())?.ok_or(RegisterError::NoFace)?;
    let (width, height) = (image.width() as f32, image.height() as f32);
    let points = points.iter().map(|&[x, y, _]| [x * width, y * height]).collect();
    Ok(Found { faces, landmarks: Landmarks { layout: Layout::MediaPipe478, points } })
}

/// Whether the box is one: networks that go astray give boxes turned inside out, or no numbers.
fn has_area(face: &Face) -> bool {
    let [left, top, right, bottom] = face.bounds;
    face.bounds.iter().all(|edge| edge.is_finite()) && left < right && top < bottom
}
