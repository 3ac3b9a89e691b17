//! SeetaFace Detection, in pure Rust with its model embedded.

use std::sync::LazyLock;

use image::{RgbImage, imageops};
use rustface::{FaceInfo, ImageData, Model};

use super::detector::{Face, FaceDetector};
use crate::picture::Part;

/// The licence of SeetaFace, which a program that embeds its model must show on request.
pub const SEETAFACE_LICENSE: &str = include_str!(concat!(env!("OUT_DIR"), "/seetaface-license.txt"));

/// SeetaFace Detection (frontal faces, up to about 45 degrees of turn), with its model embedded.
///
/// The smallest face it finds measures a twelfth of the picture's longer side.
#[derive(Debug, Clone, Copy)]
pub struct SeetaFace(());

impl SeetaFace {
    /// Longer side in pixels at which faces are looked for: 60 ms there, four times that at twice the size.
    const WORKING_SIDE: u32 = 480;
    /// The window that slides over the picture; nothing smaller can be searched.
    const WINDOW: u32 = 40;

    /// Parses the model at the first call; every detector shares it.
    pub fn new() -> Self {
        LazyLock::force(&MODEL);
        Self(())
    }
}

impl Default for SeetaFace {
    fn default() -> Self {
        Self::new()
    }
}

impl FaceDetector for SeetaFace {
    fn detect(&self, picture: &RgbImage) -> Vec<Face> {
        let (width, height) = picture.dimensions();
        let scale = (width.max(height) as f32 / Self::WORKING_SIDE as f32).max(1.0);
        let (small_width, small_height) = (shrink(width, scale), shrink(height, scale));
        if small_width.min(small_height) < Self::WINDOW {
            return Vec::new();
        }
        let grey = if (small_width, small_height) == (width, height) {
            imageops::grayscale(picture)
        } else {
            imageops::grayscale(&Part::from(picture).resized(small_width, small_height))
        };
        let mut detector = rustface::create_detector_with_model(MODEL.clone());
        detector.set_min_face_size(Self::WINDOW);
        detector.set_score_thresh(4.0);
        detector.set_pyramid_scale_factor(0.8);
        detector.set_slide_window_step(4, 4);
        let found = detector.detect(&ImageData::new(grey.as_raw(), small_width, small_height));

        let scale = (width as f32 / small_width as f32, height as f32 / small_height as f32);
        let mut faces: Vec<Face> =
            found.iter().filter_map(|face| face_in_picture(face, scale, (width, height))).collect();
        faces.sort_by(|a, b| b.score.total_cmp(&a.score));
        faces
    }

    fn frame(&self) -> u32 {
        Self::WORKING_SIDE
    }
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let bytes: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/seetaface.bin"));
    rustface::read_model(bytes).expect("the embedded model is the one this version of rustface ships")
});

fn shrink(side: u32, scale: f32) -> u32 {
    (side as f32 / scale).round() as u32
}

/// The found box on the scale of the whole picture and clamped to it; none if nothing is left of it.
fn face_in_picture(found: &FaceInfo, scale: (f32, f32), picture: (u32, u32)) -> Option<Face> {
    let at = found.bbox();
    let left = (at.x() as f32 * scale.0).max(0.0);
    let top = (at.y() as f32 * scale.1).max(0.0);
    let right = ((at.x() as f32 + at.width() as f32) * scale.0).min(picture.0 as f32);
    let bottom = ((at.y() as f32 + at.height() as f32) * scale.1).min(picture.1 as f32);
    (right > left && bottom > top).then_some(Face {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
        score: found.score() as f32,
    })
}

#[cfg(test)]
mod tests;
