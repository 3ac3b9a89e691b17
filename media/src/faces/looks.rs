//! How a face looks: its light, its sharpness, and whether it is turned away. From its pixels alone.

use image::imageops;

use super::detector::Face;
use crate::picture::Part;

/// Pixels across at which a face is looked at, if it has as many.
const SIDE: u32 = 128;
/// A level from which a pixel is white.
const WHITE: f32 = 250.0;
/// What is compared of the two halves of a face is larger than this share of it: eyes, nose and mouth.
const COARSE: usize = 6;

/// Detail is what is smaller than this share of a face.
const DETAIL: usize = 8;
/// The middle of a face may lie beside that of its box by half of this share of it.
const BESIDE: usize = 16;
/// Levels are whole: so little detail is none.
const ROUNDED: f32 = 0.5;

/// How a face looks. Levels are luma from 0 to 255; the middle of its box counts, an ellipse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Looks {
    /// The level that a tenth of the face is lighter than.
    pub light: f32,
    /// The share of the face that is white, 0 to 1.
    pub white: f32,
    /// How much of its detail, of all that is finer than an eighth of it, is between neighbouring pixels at 128 pixels across,
    /// along or down, whichever is less: 0.12 to 0.31 for sharp faces, 0.04 to 0.09 where a point becomes a spot of a fiftieth
    /// of the face across, 0.02 to 0.05 where one becomes larger. Whatever the contrast is.
    pub sharpness: f32,
    /// How much the halves differ: 0 for mirror images, 1 for halves that have nothing in common; faces that are seen
    /// from the front have 0.05 to 0.45, and tilted ones more.
    pub asymmetry: f32,
}

impl Looks {
    /// Of a face in a picture; none of a box without pixels in it.
    pub fn of(picture: Part<'_>, face: &Face) -> Option<Self> {
        let (across, down) = picture.dimensions();
        let (left, top) = (face.x.max(0.0) as u32, face.y.max(0.0) as u32);
        let width = (face.width.round() as u32).min(across.saturating_sub(left));
        let height = (face.height.round() as u32).min(down.saturating_sub(top));
        let side = SIDE.min(width).min(height);
        if side < COARSE as u32 * 2 {
            return None;
        }
        let small = picture.cut(left, top, width, height).resized(side, side);
        let grey = imageops::grayscale(&small);
        let levels = Levels { side: side as usize, values: grey.iter().map(|&level| f32::from(level)).collect() };
        Some(levels.looks())
    }
}

/// The levels of a square, row by row.
struct Levels {
    side: usize,
    values: Vec<f32>,
}

impl Levels {
    fn looks(&self) -> Looks {
        let mut sorted = self.in_face(&self.values);
        sorted.sort_by(f32::total_cmp);
        let count = sorted.len();
        let white = sorted.iter().filter(|&&level| level >= WHITE).count() as f32 / count as f32;
        // What is finer than this reach, across or down.
        let detail = |across: usize, down: usize| {
            let rest: Vec<f32> = self.values.iter().zip(self.blurred(across, down)).map(|(a, b)| a - b).collect();
            let rest = self.in_face(&rest);
            (rest.iter().map(|level| level.powi(2)).sum::<f32>() / count as f32).sqrt()
        };
        let reach = self.side / DETAIL;
        let across = detail(1, 0) / (detail(reach, 0) + ROUNDED);
        let down = detail(0, 1) / (detail(0, reach) + ROUNDED);
        Looks { light: sorted[count * 9 / 10], white, sharpness: across.min(down), asymmetry: self.asymmetry() }
    }

    /// One less how well the halves, mirrored onto each other, go together: about the best axis near the middle, as boxes of
    /// small faces lie a little beside them.
    fn asymmetry(&self) -> f32 {
        let coarse = self.side / COARSE;
        let shape: Vec<f32> =
            self.values.iter().zip(self.blurred(coarse, coarse)).map(|(level, ground)| level - ground).collect();
        let places = self.places();
        let power = places.iter().map(|&n| shape[n] * shape[n]).sum::<f32>();
        let beside = (self.side / BESIDE).cast_signed();
        let common = |shift: isize| {
            let mirrored = |n: usize| {
                let (x, row) = (n % self.side, n - n % self.side);
                let x = (self.side - 1 - x).checked_add_signed(shift).filter(|x| *x < self.side);
                x.map_or(0.0, |x| shape[row + x])
            };
            places.iter().map(|&n| shape[n] * mirrored(n)).sum::<f32>()
        };
        let most = (-beside..=beside).map(common).fold(f32::MIN, f32::max);
        1.0 - most / power.max(1.0)
    }

    /// Those of an ellipse in the middle.
    fn in_face(&self, values: &[f32]) -> Vec<f32> {
        self.places().into_iter().map(|n| values[n]).collect()
    }

    /// Where the ellipse's pixels are.
    fn places(&self) -> Vec<usize> {
        let side = self.side as f32;
        let inside = |n: &usize| {
            let (x, y) = ((n % self.side) as f32 + 0.5, (n / self.side) as f32 + 0.5);
            ((x / side - 0.5) / 0.42).powi(2) + ((y / side - 0.5) / 0.48).powi(2) < 1.0
        };
        (0..self.side * self.side).filter(inside).collect()
    }

    /// Means over so many pixels to both sides; the border's go on beyond it.
    fn blurred(&self, across: usize, down: usize) -> Vec<f32> {
        let rows = self.means(&self.values, across, |x, y, along| (along, y, x));
        self.means(&rows, down, |x, y, along| (x, along, y))
    }

    /// Means over so many values to both sides. `place` tells of a pixel where the value at another place along its line
    /// is, and its own place along it.
    fn means(
        &self,
        values: &[f32],
        reach: usize,
        place: impl Fn(usize, usize, usize) -> (usize, usize, usize),
    ) -> Vec<f32> {
        let mean = |n: usize| {
            let (x, y) = (n % self.side, n / self.side);
            let own = place(x, y, 0).2;
            let line = (own..=own + 2 * reach).map(|along| along.saturating_sub(reach).min(self.side - 1));
            let sum: f32 = line.map(|along| place(x, y, along)).map(|(x, y, _)| values[y * self.side + x]).sum();
            sum / (2 * reach + 1) as f32
        };
        (0..values.len()).map(mean).collect()
    }
}

#[cfg(test)]
mod tests;
