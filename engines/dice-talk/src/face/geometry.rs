//! From a face's box to the square around it and the part of the picture that moves, and the sizes of pictures.
//!
//! All in 64 bits, in the order in which DICE-Talk computes: results are cut and rounded to whole pixels, and boxes lie on
//! such edges more often than chance would have it.

use engine_vision::area::Edges;

/// The multiple that both sides of a working picture are of: the autoencoder makes 8 pixels one, and the denoiser 8 of
/// those one again.
pub const MULTIPLE: usize = 64;
/// The most pixels at a side of a working picture. The denoiser attends between all pixels, and DICE-Talk lets a narrow
/// portrait become a picture of any length.
pub const LONGEST_SIDE: usize = 4096;
/// How many times as long as the shorter side the longer one of a portrait may be, for the detector.
pub const LONGEST_TO_SEARCH: usize = 8;
/// The shorter side of a picture as the detector sees it, about.
const SEARCHED_SIDE: f64 = 416.0;
/// The multiple that both sides of a picture are of as the detector sees it: what its coarsest grid makes one.
const SEARCHED_MULTIPLE: usize = 32;

/// Where a face is: pixels of a picture, and parts of them. It may lie beyond the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceBox {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

impl FaceBox {
    /// In square pixels.
    #[must_use]
    pub fn area(&self) -> f64 {
        self.width * self.height
    }
}

/// The square that is shown of a picture of `width` by `height` pixels with this face.
///
/// The box is grown at each side by a `share` of its size and cut to the picture. Of that it is the square of the shorter
/// side, moved along the longer one towards the middle of the face; halves of pixels go to the even one. Nothing is left
/// of a box that lies beyond the picture.
#[must_use]
pub fn crop(face: FaceBox, share: f64, [width, height]: [usize; 2]) -> Edges {
    let across = Span::new(face.left, face.width);
    let down = Span::new(face.top, face.height);
    let (shown_across, shown_down) = (across.grown(share, width), down.grown(share, height));
    let side = shown_across.length().min(shown_down.length());
    let [left, right] = shown_across.shortened(side, across.middle());
    let [top, bottom] = shown_down.shortened(side, down.middle());
    [left, top, right, bottom]
}

/// The part of a picture of `width` by `height` pixels that moves with this face: a box of `area` times its width and its
/// height, cut to whole pixels and to the picture. It may be empty.
#[must_use]
pub fn moving(face: FaceBox, area: f64, [width, height]: [usize; 2]) -> Edges {
    let part = |start: f64, length: f64, limit: usize| {
        let end = start + length;
        let (middle, reach) = (((end + start) / 2.0).floor(), ((end - start) * area / 2.0).floor());
        [(middle - reach).max(0.0) as i64, (middle + reach).min(limit as f64) as i64]
    };
    let ([left, right], [top, bottom]) = (part(face.left, face.width, width), part(face.top, face.height, height));
    [left, top, right, bottom]
}

/// The size, columns and rows, at which a picture of `width` by `height` pixels is worked on: the shorter side is about
/// `min_resolution`, and both are multiples of [`MULTIPLE`], so that shapes are kept about.
#[must_use]
pub fn working_size([width, height]: [usize; 2], min_resolution: usize) -> [usize; 2] {
    let scale = min_resolution as f64 / width.min(height) as f64;
    let multiple = |side: usize| (side as f64 * scale / MULTIPLE as f64).round_ties_even() as usize * MULTIPLE;
    [multiple(width), multiple(height)]
}

/// The size, columns and rows, to which a picture of `width` by `height` pixels is stretched for the detector.
#[must_use]
pub fn searched_size([width, height]: [usize; 2]) -> [usize; 2] {
    let scale = SEARCHED_SIDE / width.min(height) as f64;
    let most = (SEARCHED_MULTIPLE - 1) as f64;
    let multiple = |side: usize| (side as f64 * scale + most) as usize / SEARCHED_MULTIPLE * SEARCHED_MULTIPLE;
    [multiple(width), multiple(height)]
}

/// A part of an axis.
#[derive(Clone, Copy)]
struct Span {
    start: f64,
    end: f64,
}

impl Span {
    fn new(start: f64, length: f64) -> Self {
        Self { start, end: start + length }
    }

    fn length(self) -> f64 {
        self.end - self.start
    }

    fn middle(self) -> f64 {
        f64::midpoint(self.start, self.end)
    }

    /// Longer at each end by a share of its length, but not beyond the picture.
    fn grown(self, share: f64, limit: usize) -> Self {
        let margin = share * self.length();
        Self { start: (self.start - margin).max(0.0), end: (self.end + margin).min(limit as f64) }
    }

    /// A part of it of this length, as near to `wanted` as it goes, in whole pixels.
    fn shortened(self, length: f64, wanted: f64) -> [i64; 2] {
        let (middle, spare) = (self.middle(), ((self.length() - length) / 2.0).max(0.0));
        let middle = middle + (wanted - middle).clamp(-spare, spare);
        [middle - length / 2.0, middle + length / 2.0].map(|edge| edge.round_ties_even() as i64)
    }
}
