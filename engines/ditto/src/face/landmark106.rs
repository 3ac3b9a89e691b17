//! Input and output of the 106-landmark network: a square around the face's box, and points in the picture.

use engine_vision::raster::Raster;
use engine_vision::warp_affine::{self, Affine};

use super::landmarks::{Landmarks, Layout};

/// Side of the network's square in pixels.
pub const SIDE: usize = 192;
/// Number of points.
pub const POINTS: usize = Layout::InsightFace106.points();

/// The matrix from the picture to the square around a box (left, top, right, bottom in pixels): the box's longer side
/// takes two thirds of it. Computed in f32, as in the reference (`core/aux_models/insightface_landmark106.py`, e9191cf).
#[must_use]
pub fn matrix(bounds: [f32; 4]) -> Affine {
    let [left, top, right, bottom] = bounds;
    let scale = SIDE as f32 / (1.5 * (right - left).max(bottom - top));
    let middle = SIDE as f32 / 2.0;
    let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    [[scale, 0.0, middle - scale * x], [0.0, scale, middle - scale * y]].map(|row| row.map(f64::from))
}

/// The square, RGB.
#[must_use]
pub fn square(image: &Raster<u8>, matrix: &Affine) -> Raster<u8> {
    warp_affine::affine(image, matrix, SIDE, SIDE)
}

/// The network's input (1, 3, 192, 192): samples 0 to 255, planes blue, green, red, as the reference feeds them
/// (`core/aux_models/insightface_landmark106.py`, e9191cf).
#[must_use]
pub fn blob(square: &Raster<u8>) -> Vec<f32> {
    square.planes(&[2, 1, 0], f32::from)
}

/// Landmarks in the picture out of the network's 212 values, which are -1 to 1 over the square.
#[must_use]
pub fn points(values: &[f32], matrix: &Affine) -> Landmarks {
    let back = warp_affine::inverse(matrix);
    let half = (SIDE / 2) as f32;
    let point = |&[x, y]: &[f32; 2]| {
        let (x, y) = (f64::from((x + 1.0) * half), f64::from((y + 1.0) * half));
        back.map(|row| (row[0] * x + row[1] * y + row[2]) as f32)
    };
    let points = values.as_chunks::<2>().0.iter().map(point).collect();
    Landmarks { layout: Layout::InsightFace106, points }
}
