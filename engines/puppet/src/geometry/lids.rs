//! The opening of an eye, and the skin above it that a blink draws down.

use super::row::Row;

/// The lids of one eye, in face coordinates. Rows run from corner to corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lids {
    /// `u` midway between the corners.
    pub centre: f32,
    /// Half the distance between the corners.
    pub half_width: f32,
    /// The upper lid's lash line, and the edge of the lower lid.
    pub upper: Row,
    pub lower: Row,
    /// The lower edge of the brow.
    pub brow: Row,
    /// How surely all this is known, 0 not at all to 1.
    pub sure: f32,
}

impl Lids {
    /// Position between the corners, -1 to 1.
    #[inline(always)]
    pub(crate) fn across(&self, u: f32) -> f32 {
        (u - self.centre) / self.half_width
    }
}
