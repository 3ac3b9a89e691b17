//! The square that is cut out around a face, upright if wanted, placed by its landmarks.

use engine_vision::raster::Raster;
use engine_vision::warp_affine::{self, Affine};
use thiserror::Error;

use super::framing::Framing;
use super::landmarks::{Anchors, Landmarks};

/// Lengths below this are none, in pixels.
const NO_LENGTH: f32 = 1e-3;
/// The least side of a square in the picture, in pixels: the face in a smaller one is a few dots.
const SMALLEST: f32 = 16.0;
/// The greatest side of a square, as a multiple of the picture's longer side.
const LARGEST: f32 = 20.0;

/// Why there is no square.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CropError {
    /// There are more or fewer than their layout has.
    #[error("there are {got} landmarks, and the layout has {expected}")]
    Count {
        /// As many as there are.
        got: usize,
        /// As many as the layout has.
        expected: usize,
    },
    /// A coordinate is infinite or not a number.
    #[error("the landmarks are not numbers")]
    NotFinite,
    /// They have no extent, or one beyond what numbers hold.
    #[error("the landmarks make no square")]
    NoExtent,
    /// The square misses the picture, or is too small or too large to show a face in it.
    #[error("the landmarks have left the picture: a square of {side:.0} pixels around ({x:.0}, {y:.0})")]
    Outside {
        /// Side in pixels of the picture.
        side: f32,
        /// Centre, from the left.
        x: f32,
        /// Centre, from the top.
        y: f32,
    },
}

/// The matrices between picture and square, homogeneous.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Picture to square.
    pub to_crop: [[f32; 3]; 3],
    /// Square to picture.
    pub to_picture: [[f32; 3]; 3],
}

impl Placement {
    /// Where the square lies. Arithmetic in f32, as in the reference (`core/utils/crop.py`, e9191cf).
    ///
    /// # Errors
    /// Where the points are more or fewer than their layout has, are not finite or have no extent.
    pub fn new(landmarks: &Landmarks, framing: &Framing) -> Result<Self, CropError> {
        let Landmarks { layout, points } = landmarks;
        if points.len() != layout.points() {
            return Err(CropError::Count { got: points.len(), expected: layout.points() });
        }
        if !points.as_flattened().iter().all(|value| value.is_finite()) {
            return Err(CropError::NotFinite);
        }
        let anchors = layout.anchors();
        let (across, down) = axes(points, anchors);
        let points: Vec<[f32; 2]> = match anchors.cloud {
            Some(cloud) => cloud.iter().map(|&place| points[place]).collect(),
            None => points.clone(),
        };
        let mean = mean(points.iter());
        // Rounded once after the sum: the reference projects with a matrix product, which does so (`core/utils/crop.py`,
        // e9191cf).
        let along =
            |point: &[f32; 2], axis: [f32; 2]| (point[1] - mean[1]).mul_add(axis[1], (point[0] - mean[0]) * axis[0]);
        let range = |axis: [f32; 2]| {
            let values = points.iter().map(|point| along(point, axis));
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
        };
        let (left, right) = range(across);
        let (top, bottom) = range(down);
        let size = (right - left).max(bottom - top) * framing.scale;
        // Written so that a size that is not a number is refused too.
        if !(size > 0.0 && size.is_finite()) {
            return Err(CropError::NoExtent);
        }
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let (shift, aside) = (framing.down * size, framing.right * size);
        let centre: [f32; 2] =
            std::array::from_fn(|i| mean[i] + across[i] * x + down[i] * y + down[i] * shift + across[i] * aside);
        let angle = angle(across);
        let to_crop = matrix(centre, framing.side as f32 / size, framing.side as f32 / 2.0, angle, framing.upright);
        let placement = Self { to_crop, to_picture: inverse(&to_crop) };
        let values = [placement.to_crop, placement.to_picture];
        let is_finite = values.as_flattened().as_flattened().iter().all(|value| value.is_finite());
        is_finite.then_some(placement).ok_or(CropError::NoExtent)
    }

    /// Itself, if its square of `side` pixels shows some of the picture at a sensible size.
    ///
    /// # Errors
    /// [`CropError::Outside`] where it does not.
    pub fn within(self, side: usize, image: &Raster<u8>) -> Result<Self, CropError> {
        let side = side as f32;
        let corners =
            [[0.0, 0.0], [side, 0.0], [side, side], [0.0, side]].map(|corner| apply(&self.to_picture, corner));
        let [width, height] = [image.width(), image.height()].map(|length| length as f32);
        let reaches = |axis: usize, length: f32| {
            corners.iter().any(|corner| corner[axis] < length) && corners.iter().any(|corner| corner[axis] > 0.0)
        };
        let size = side * self.to_picture[0][0].hypot(self.to_picture[1][0]);
        let fits = (SMALLEST..=LARGEST * width.max(height)).contains(&size);
        if reaches(0, width) && reaches(1, height) && fits {
            return Ok(self);
        }
        let [x, y] = apply(&self.to_picture, [side / 2.0; 2]);
        Err(CropError::Outside { side: size, x, y })
    }

    /// The square, cut out of the picture; black where the picture does not reach.
    #[must_use]
    pub fn cut(&self, image: &Raster<u8>, side: usize) -> Raster<u8> {
        warp_affine::affine(image, &affine(&self.to_crop), side, side)
    }
}

/// The upper two rows in double precision.
#[must_use]
pub fn affine(matrix: &[[f32; 3]; 3]) -> Affine {
    [matrix[0].map(f64::from), matrix[1].map(f64::from)]
}

/// A point through a homogeneous affine matrix, rounded like the matrix product of the reference
/// (`core/utils/crop.py`, e9191cf).
#[must_use]
pub fn apply(matrix: &[[f32; 3]; 3], [x, y]: [f32; 2]) -> [f32; 2] {
    [0, 1].map(|row| y.mul_add(matrix[row][1], x * matrix[row][0]) + matrix[row][2])
}

/// Unit vectors across and down the face: down leads from the middle of the eyes to the lips.
fn axes(points: &[[f32; 2]], anchors: &Anchors) -> ([f32; 2], [f32; 2]) {
    let middle = |places: &[usize]| mean(places.iter().map(|&place| &points[place]));
    let (left, right, lips) = (middle(&anchors.left), middle(&anchors.right), middle(&anchors.lips));
    let between = [(left[0] + right[0]) / 2.0, (left[1] + right[1]) / 2.0];
    let (x, y) = (lips[0] - between[0], lips[1] - between[1]);
    let length = (x * x + y * y).sqrt();
    let down = if length <= NO_LENGTH { [0.0, 1.0] } else { [x / length, y / length] };
    ([down[1], -down[0]], down)
}

/// How far the face is turned, in radians. Rounding can take the cosine beyond 1.
fn angle(across: [f32; 2]) -> f64 {
    let angle = f64::from(across[0]).clamp(-1.0, 1.0).acos();
    if across[1] < 0.0 { -angle } else { angle }
}

fn matrix(centre: [f32; 2], scale: f32, middle: f32, angle: f64, upright: bool) -> [[f32; 3]; 3] {
    let (sin, cos) = if upright {
        let (sin, cos) = angle.sin_cos();
        (sin as f32, cos as f32)
    } else {
        (0.0, 1.0)
    };
    let [x, y] = centre;
    [
        [scale * cos, scale * sin, middle - scale * (cos * x + sin * y)],
        [-scale * sin, scale * cos, middle - scale * (-sin * x + cos * y)],
        [0.0, 0.0, 1.0],
    ]
}

/// Computed in double precision and rounded once.
fn inverse(matrix: &[[f32; 3]; 3]) -> [[f32; 3]; 3] {
    let [first, second] = warp_affine::inverse(&affine(matrix));
    [first.map(|value| value as f32), second.map(|value| value as f32), [0.0, 0.0, 1.0]]
}

/// Summed in f32, point by point, as numpy does it in the reference (`core/utils/crop.py`, e9191cf). The angle of a face
/// that is nearly upright amplifies each last bit, so a better sum would lead further away.
fn mean<'a>(points: impl Iterator<Item = &'a [f32; 2]>) -> [f32; 2] {
    let (mut sum, mut count) = ([0.0f32; 2], 0.0);
    for point in points {
        sum = [sum[0] + point[0], sum[1] + point[1]];
        count += 1.0;
    }
    sum.map(|value| value / count)
}

#[cfg(test)]
mod tests;
