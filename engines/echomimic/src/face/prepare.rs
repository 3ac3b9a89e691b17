//! From a portrait to the picture that speaks, and the mask of what moves in it.

use std::path::Path;

use avatar_media::portrait;
use engine_torch::guarded;
use engine_vision::area::Area;
use engine_vision::boxes::Bounds;
use engine_vision::opencv_resize;
use engine_vision::pillow_resize::{self, Filter};
use engine_vision::raster::Raster;

use super::error::FaceError;
use super::geometry::{grown, rounded};
use super::mtcnn::pixels::Pixels;
use super::mtcnn::pyramid::LEAST_SIDE;
use super::mtcnn::{Face, Mtcnn};
use super::select::{is_sure, speaking};
use crate::params::{NoFace, Params};

/// Pictures of more pixels are halved for the search until they have no more, so that it takes half a gigabyte and some
/// seconds at most. In smaller ones, as phones take them, boxes are exactly those that EchoMimic finds.
const MOST_SEARCHED: usize = 4096 * 4096;
/// EchoMimic hands MTCNN its pictures with blue first. MTCNN was trained with red first, and finds other boxes so.
pub const BLUE_FIRST: [i64; 3] = [2, 1, 0];

/// A portrait in the size of the video.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The picture that speaks: red, green, blue.
    pub picture: Raster<u8>,
    /// What moves in it, one channel: 255 moves, 0 does not.
    pub mask: Raster<u8>,
    /// The part of the portrait that is shown.
    pub shown: Area,
    /// How many faces the portrait shows; the largest speaks.
    pub faces: usize,
}

/// Reads a portrait: red, green, blue.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<Raster<u8>, FaceError> {
    let pixels = portrait::read(path)?;
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Raster::new(width, height, 3, pixels.into_raw()).ok_or(FaceError::TooSmall { width, height })
}

/// Finds the face in a portrait (red, green, blue) and shows it as the parameters say.
///
/// # Errors
/// There is no face and the parameters want one, the portrait is too small, or the detector cannot be run.
pub fn prepare(detector: &Mtcnn, portrait: &Raster<u8>, params: &Params) -> Result<Prepared, FaceError> {
    let (width, height) = (portrait.width(), portrait.height());
    if width.min(height) < LEAST_SIDE {
        return Err(FaceError::TooSmall { width, height });
    }
    let faces = search(detector, portrait)?;
    match (speaking(&faces), params.no_face) {
        (Some(speaking), _) => {
            let sure = faces.iter().filter(|face| is_sure(face)).count();
            Ok(Prepared { faces: sure, ..framed(portrait, faces[speaking].bounds, params)? })
        }
        (None, NoFace::Refuse) => Err(FaceError::NoFace),
        (None, NoFace::WholePicture) => Ok(whole(portrait, params)),
    }
}

/// All faces in a portrait (red, green, blue), the largest first, in its pixels.
///
/// # Errors
/// The detector cannot be run.
pub fn search(detector: &Mtcnn, portrait: &Raster<u8>) -> Result<Vec<Face>, FaceError> {
    let (mut smaller, mut scale): (Option<Raster<u8>>, f32) = (None, 1.0);
    let searched = loop {
        let picture = smaller.as_ref().unwrap_or(portrait);
        if picture.width() * picture.height() <= MOST_SEARCHED {
            break picture;
        }
        (smaller, scale) = (Some(opencv_resize::half(picture)), 2.0 * scale);
    };
    let mut faces = guarded(|| detector.detect(&Pixels::new(searched, BLUE_FIRST)))?;
    for face in &mut faces {
        face.bounds = face.bounds.map(|edge| edge * scale);
        face.landmarks = face.landmarks.map(|point| point.map(|place| place * scale));
    }
    Ok(faces)
}

/// Shows a portrait around a face's box.
///
/// # Errors
/// Nothing of the box lies in the portrait.
pub fn framed(portrait: &Raster<u8>, face: Bounds, params: &Params) -> Result<Prepared, FaceError> {
    let (face, width, height) = (rounded(face), portrait.width(), portrait.height());
    let shown = grown(face, params.facecrop_dilation_ratio);
    let shown = Area::within(shown, width, height).ok_or(FaceError::Outside)?.square();
    let moves = grown(face, params.facemask_dilation_ratio);
    let part = if params.original_mask_wrap { Area::sliced } else { Area::within };
    let [columns, rows] = size(params);
    Ok(Prepared {
        picture: opencv_resize::linear(&shown.cut(portrait), columns, rows),
        mask: opencv_resize::linear(&shown.mask(part(moves, width, height)), columns, rows),
        shown,
        faces: 1,
    })
}

/// Shows the whole of a portrait, all of which moves. EchoMimic resizes it otherwise than a face.
fn whole(portrait: &Raster<u8>, params: &Params) -> Prepared {
    let [columns, rows] = size(params);
    let mut mask = Raster::zeros(columns, rows, 1);
    mask.data_mut().fill(u8::MAX);
    Prepared {
        picture: pillow_resize::resize(portrait, columns, rows, Filter::Lanczos),
        mask,
        shown: Area { left: 0, top: 0, right: portrait.width(), bottom: portrait.height() },
        faces: 0,
    }
}

/// Columns and rows of the video.
fn size(params: &Params) -> [usize; 2] {
    [params.width, params.height].map(|side| side as usize)
}

#[cfg(test)]
mod tests;
