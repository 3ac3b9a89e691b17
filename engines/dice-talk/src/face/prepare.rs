//! From a portrait to the picture that speaks, and the mask of what moves in it.

use std::path::Path;

use avatar_media::portrait;
use engine_vision::area::Area;
use engine_vision::pillow_resize::{self, Filter};
use engine_vision::raster::Raster;

use super::detector::Detector;
use super::error::FaceError;
use super::geometry::{FaceBox, LONGEST_SIDE, LONGEST_TO_SEARCH, crop, moving, working_size};
use super::select::{largest, original};

/// How a portrait is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Framing {
    /// Shows the square around the face alone: its box is grown by this share of its size at each side. With none all of
    /// the portrait is shown.
    pub crop: Option<f64>,
    /// Pixels of the picture's shorter side, about; 64 at least.
    pub min_resolution: usize,
    /// What moves: width and height of this times the face's.
    pub area: f64,
    /// Of several faces picks the one that DICE-Talk does ([`original`]) instead of the largest.
    pub original_face_pick: bool,
}

impl Default for Framing {
    fn default() -> Self {
        Self { crop: None, min_resolution: 512, area: 1.1, original_face_pick: false }
    }
}

/// A portrait in the size in which it is worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The picture that speaks: red, green, blue.
    pub picture: Raster<u8>,
    /// What moves in it, one channel: 255 moves, 0 does not.
    pub mask: Raster<u8>,
    /// The part of the portrait that is shown.
    pub shown: Area,
    /// The face in that part, in its pixels before they were resized.
    pub face: FaceBox,
    /// What moves in that part, likewise.
    pub moves: Area,
    /// How many faces the portrait shows.
    pub faces: usize,
}

/// Reads a portrait: red, green, blue.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<Raster<u8>, FaceError> {
    let pixels = portrait::read(path)?;
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Ok(Raster::new(width, height, 3, pixels.into_raw()).expect("three samples of each pixel"))
}

/// Finds the face in a portrait (red, green, blue) of at least one pixel and shows it.
///
/// # Errors
/// There is no face, the portrait is too narrow, or the detector cannot be run.
pub fn prepare(detector: &Detector, portrait: &Raster<u8>, framing: &Framing) -> Result<Prepared, FaceError> {
    let whole = whole(portrait);
    let (face, faces) = speaking(detector, portrait, framing)?.ok_or(FaceError::NoFace)?;
    let Some(share) = framing.crop else {
        return framed(portrait, face, framing).map(|framed| Prepared { faces, ..framed });
    };
    let edges = crop(face, share, [whole.right, whole.bottom]);
    let shown = Area::within(edges, whole.right, whole.bottom).ok_or(FaceError::Outside)?;
    let square = shown.cut(portrait);
    let (face, _) = speaking(detector, &square, framing)?.ok_or(FaceError::NoFaceInCrop)?;
    framed(&square, face, framing).map(|framed| Prepared { shown, faces, ..framed })
}

/// The face in a picture that speaks, and how many there are.
fn speaking(
    detector: &Detector,
    picture: &Raster<u8>,
    framing: &Framing,
) -> Result<Option<(FaceBox, usize)>, FaceError> {
    let (width, height) = (picture.width(), picture.height());
    if width.max(height) > LONGEST_TO_SEARCH * width.min(height) {
        return Err(FaceError::TooNarrow { width, height });
    }
    let faces = detector.detect(picture)?;
    let picked = if framing.original_face_pick { original(&faces) } else { largest(&faces) };
    Ok(picked.map(|place| (faces[place].place, faces.len())))
}

/// Shows all of a picture with a face, one of as many.
///
/// # Errors
/// Nothing of the face's box lies in the picture, or the picture would become too long.
pub fn framed(picture: &Raster<u8>, face: FaceBox, framing: &Framing) -> Result<Prepared, FaceError> {
    let whole = whole(picture);
    let size = [whole.right, whole.bottom];
    let [width, height] = working_size(size, framing.min_resolution);
    if width.max(height) > LONGEST_SIDE {
        let min_resolution = LONGEST_SIDE * whole.right.min(whole.bottom) / whole.right.max(whole.bottom);
        return Err(FaceError::TooLong { width, height, min_resolution });
    }
    let edges = moving(face, framing.area, size);
    let moves = Area::within(edges, whole.right, whole.bottom).ok_or(FaceError::Outside)?;
    let resized = |picture: &Raster<u8>| pillow_resize::resize(picture, width, height, Filter::Lanczos);
    Ok(Prepared {
        picture: resized(picture),
        mask: resized(&whole.mask(Some(moves))),
        shown: whole,
        face,
        moves,
        faces: 1,
    })
}

/// All of a picture.
fn whole(picture: &Raster<u8>) -> Area {
    Area { left: 0, top: 0, right: picture.width(), bottom: picture.height() }
}

#[cfg(test)]
mod tests;
