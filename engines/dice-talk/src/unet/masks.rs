//! How much of speech and emotion each pixel takes up, by the place of the face.

use engine_torch::Place;
use tch::{Kind, Tensor};

/// Levels with attention and the bottom.
const LEVELS: usize = 4;
/// Pixels of a picture in a row of a latent's.
const SHRINK: i64 = 8;

/// The mask of the face for each level of the network: the same for all frames and steps of a video.
#[derive(Debug)]
pub struct Masks {
    levels: Vec<Tensor>,
}

impl Masks {
    /// Of a mask (rows, columns) of the picture, from 0 to 1, in 32 bits; both sides are multiples of 64.
    #[must_use]
    pub fn new(mask: &Tensor, place: Place) -> Self {
        let size = mask.size();
        let level = |level: usize| {
            let pixels = (size[0] / (SHRINK << level)) * (size[1] / (SHRINK << level));
            place.put(&resampled(mask, pixels).unsqueeze(1))
        };
        Self { levels: (0..LEVELS).map(level).collect() }
    }

    /// Of a level (pixels, 1).
    pub(super) fn of(&self, level: usize) -> &Tensor {
        &self.levels[level]
    }
}

/// A mask (rows, columns), in 32 bits, at so many pixels, row by row. It may go a little beyond what it was between.
pub fn resampled(mask: &Tensor, pixels: i64) -> Tensor {
    let size = mask.size();
    let small = mask.to_kind(Kind::Float).unsqueeze(0).unsqueeze(0);
    let small = small.upsample_bicubic2d(grid(size[0], size[1], pixels), false, None, None).flatten(0, -1);
    let missing = pixels - small.size()[0];
    small.constant_pad_nd([0, missing.max(0)]).narrow(0, 0, pixels)
}

/// The rows and columns of a mask (`rows`, `columns`) at so many pixels, as the original finds them: the square root of the
/// ratio decides, and where it does not divide the pixels, one row more. For all sizes but few these are the picture's.
#[must_use]
pub fn grid(rows: i64, columns: i64, pixels: i64) -> [i64; 2] {
    let ratio = columns as f64 / rows as f64;
    let rows = (pixels as f64 / ratio).sqrt() as i64;
    let rows = if pixels % rows == 0 { rows } else { rows + 1 };
    [rows, pixels / rows]
}
