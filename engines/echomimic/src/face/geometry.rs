//! From a face's box to the part of the picture that moves and the square that is shown.
//!
//! As EchoMimic does it, but for one thing that may be chosen: where the part that moves would begin above or left of the
//! picture, EchoMimic's indices count from its other end, and mostly nothing moves.

use engine_vision::boxes::Bounds;
use engine_vision::raster::Raster;

/// Left, top, right, bottom in whole pixels, ends excluded. They may lie beyond the picture, or ends before starts.
pub type Edges = [i64; 4];

/// No edge is further off, so that sums of them hold.
const FARTHEST: f64 = 1e9;

/// A part of a picture in pixels, ends excluded. It has at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// The column after the last.
    pub right: usize,
    /// The row after the last.
    pub bottom: usize,
}

impl Area {
    /// What lies in a picture of this size; none where nothing does.
    #[must_use]
    pub fn within([left, top, right, bottom]: Edges, width: usize, height: usize) -> Option<Self> {
        let inside = |edge: i64, length: usize| edge.clamp(0, length as i64) as usize;
        Self {
            left: inside(left, width),
            top: inside(top, height),
            right: inside(right, width),
            bottom: inside(bottom, height),
        }
        .with_pixels()
    }

    /// What a slice of numpy takes of a picture of this size: an edge before the picture counts from its other end.
    #[must_use]
    pub fn sliced([left, top, right, bottom]: Edges, width: usize, height: usize) -> Option<Self> {
        let counted = |edge: i64, length: usize| if edge < 0 { edge + length as i64 } else { edge };
        let edges = [counted(left, width), counted(top, height), counted(right, width), counted(bottom, height)];
        Self::within(edges, width, height)
    }

    /// Columns.
    #[must_use]
    pub fn width(self) -> usize {
        self.right - self.left
    }

    /// Rows.
    #[must_use]
    pub fn height(self) -> usize {
        self.bottom - self.top
    }

    /// The square of the shorter side in its middle.
    #[must_use]
    pub fn square(self) -> Self {
        let side = self.width().min(self.height());
        let start = |from: usize, to: usize| usize::midpoint(from, to) - side / 2;
        let (left, top) = (start(self.left, self.right), start(self.top, self.bottom));
        Self { left, top, right: left + side, bottom: top + side }
    }

    /// What is common to both; none where nothing is.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
        .with_pixels()
    }

    fn with_pixels(self) -> Option<Self> {
        (self.left < self.right && self.top < self.bottom).then_some(self)
    }

    /// This part of a picture that contains it.
    #[must_use]
    pub fn cut(self, picture: &Raster<u8>) -> Raster<u8> {
        let channels = picture.channels();
        let mut part = Raster::zeros(self.width(), self.height(), channels);
        for y in 0..self.height() {
            part.row_mut(y).copy_from_slice(&picture.row(self.top + y)[self.left * channels..self.right * channels]);
        }
        part
    }

    /// A picture of one channel as large as this part: 255 where `marked` lies, else 0.
    #[must_use]
    pub fn mask(self, marked: Option<Self>) -> Raster<u8> {
        let mut mask = Raster::zeros(self.width(), self.height(), 1);
        if let Some(marked) = marked.and_then(|marked| self.common(marked)) {
            for y in marked.top..marked.bottom {
                mask.row_mut(y - self.top)[marked.left - self.left..marked.right - self.left].fill(u8::MAX);
            }
        }
        mask
    }
}

/// A box in whole pixels; halves go to the even one.
#[must_use]
pub fn rounded(bounds: Bounds) -> Edges {
    bounds.map(|edge| within_reach(f64::from(edge).round_ties_even()))
}

/// Grows a box at each side by a share of its size, cut to whole pixels.
#[must_use]
pub fn grown([left, top, right, bottom]: Edges, share: f64) -> Edges {
    let margin = |length: i64| within_reach(length as f64 * share);
    let (across, down) = (margin(right - left), margin(bottom - top));
    [left - across, top - down, right + across, bottom + down]
}

fn within_reach(pixels: f64) -> i64 {
    pixels.clamp(-FARTHEST, FARTHEST) as i64
}
