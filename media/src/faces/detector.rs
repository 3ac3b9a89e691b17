//! What a face is, and what finds faces.

use image::RgbImage;
use serde::{Deserialize, Serialize};

/// A face: a box in pixels of the picture that was given, clamped to it, and how sure the detector is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Pixels across.
    pub width: f32,
    /// Pixels down.
    pub height: f32,
    /// The detector's own scale; for SeetaFace, about 5 is a doubtful face and 10 to 40 a clear one.
    pub score: f32,
}

impl Face {
    /// The same in a picture that is so many times as wide and as high.
    #[must_use]
    pub fn scaled(self, across: f32, down: f32) -> Self {
        Self { x: self.x * across, y: self.y * down, width: self.width * across, height: self.height * down, ..self }
    }
}

/// Anything that finds faces.
pub trait FaceDetector: Send + Sync {
    /// All upright faces, best first.
    fn detect(&self, picture: &RgbImage) -> Vec<Face>;

    /// Pixels of the longer side at which it looks: larger pictures are shrunk to it.
    fn frame(&self) -> u32;

    /// How far the clearest face in a picture of one head is turned to the side, in degrees; none where it cannot tell.
    fn yaw(&self, _head: &RgbImage) -> Option<f32> {
        None
    }
}
