//! The parts of a face, in face coordinates.

use super::frame::Frame;
use super::head::Head;
use super::lids::Lids;
use super::mouth::Mouth;

/// The parts of one face.
#[derive(Debug, Clone)]
pub(crate) struct Geometry {
    /// Face coordinates.
    pub frame: Frame,
    /// The eyes, left in the picture first.
    pub eyes: [Lids; 2],
    pub mouth: Mouth,
    /// `v` of the chin's lowest point.
    pub chin: f32,
    pub head: Head,
}

impl Geometry {
    /// The same face in a part of the picture that begins at (`x`, `y`).
    pub(crate) fn moved(mut self, x: f32, y: f32) -> Self {
        self.frame = self.frame.moved(x, y);
        self
    }

    /// The same face in a picture that is `factor` times as large.
    pub(crate) fn scaled(mut self, factor: f32) -> Self {
        self.frame = self.frame.scaled(factor);
        self
    }
}
