//! From what the detector says of every cell of its grids to faces.

use engine_vision::boxes::{self, Bounds, Overlap, Ties};

use crate::face::geometry::FaceBox;

/// Numbers that the detector gives of each cell: the middle and the size of a box in pixels of what it was shown, how
/// surely there is something, x and y of five points, how surely it is a face.
pub const NUMBERS: usize = 16;

/// A face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Its box in the picture.
    pub place: FaceBox,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// Left eye, right eye, nose, left and right corner of the mouth as the picture shows them: x and y in its pixels.
    pub landmarks: [[f64; 2]; 5],
}

/// What counts as a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The detector has to be surer than this.
    pub score: f32,
    /// Faces that have a larger share of their joint area in common are one.
    pub overlap: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { score: 0.5, overlap: 0.45 }
    }
}

/// The faces in a picture of `size` columns and rows that the detector was shown at `searched` columns and rows, the
/// surest first, without doubles. `rows` is what it said.
#[must_use]
pub fn faces(rows: &[f32], searched: [usize; 2], size: [usize; 2], limits: Limits) -> Vec<Face> {
    let rows = rows.as_chunks::<NUMBERS>().0;
    let mut found: Vec<Found> = rows.iter().filter_map(|row| found(row, limits.score)).collect();
    boxes::sort_by_score(&mut found, |found| found.score, Ties::First);
    let distinct = boxes::suppressed(found, |found| found.bounds, Overlap::Union, limits.overlap);
    let scaled = |at: f32, axis: usize| f64::from(at) * size[axis] as f64 / searched[axis] as f64;
    let face = |found: Found| {
        let [left, top, right, bottom] = found.bounds;
        let (left, top) = (scaled(left, 0), scaled(top, 1));
        Face {
            place: FaceBox { left, top, width: scaled(right, 0) - left, height: scaled(bottom, 1) - top },
            score: found.score,
            landmarks: found.landmarks.map(|[x, y]| [scaled(x, 0), scaled(y, 1)]),
        }
    };
    distinct.into_iter().map(face).collect()
}

/// What is found in a cell, in pixels of what the detector was shown.
struct Found {
    bounds: Bounds,
    score: f32,
    landmarks: [[f32; 2]; 5],
}

fn found(&[x, y, width, height, something, ref points @ .., face]: &[f32; NUMBERS], least: f32) -> Option<Found> {
    let score = something * face;
    (something > least && score > least).then(|| Found {
        bounds: [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0],
        score,
        landmarks: std::array::from_fn(|point| [points[2 * point], points[2 * point + 1]]),
    })
}
