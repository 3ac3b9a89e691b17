//! The sizes at which MTCNN's proposal network looks at a picture.

/// Pixels along a side of the proposal network's windows.
pub const WINDOW: f64 = 12.0;

/// A picture with a side of fewer pixels has no level, as long as faces of this size are looked for.
pub const LEAST_SIDE: usize = 20;

/// The picture at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Its pixels for one of the picture's, along either side.
    pub scale: f64,
    /// Rows.
    pub height: i64,
    /// Columns.
    pub width: i64,
}

/// From the size at which the smallest faces looked for, `min_face` pixels along a side, fill a window, to the one at which
/// the whole picture does; each `factor` times the one before, with 0 < `factor` < 1. There is none of a picture with a side
/// of fewer pixels than such a face.
#[must_use]
pub fn levels(width: usize, height: usize, min_face: f64, factor: f64) -> Vec<Level> {
    let largest = WINDOW / min_face;
    let shorter = width.min(height) as f64 * largest;
    // Both are multiplied again and again: a power would round otherwise.
    let steps =
        std::iter::successors(Some((largest, shorter)), |&(scale, shorter)| Some((scale * factor, shorter * factor)));
    let size = |pixels: usize, scale: f64| (pixels as f64 * scale + 1.0) as i64;
    let level = |scale: f64| Level { scale, height: size(height, scale), width: size(width, scale) };
    steps.take_while(|(_, shorter)| *shorter >= WINDOW).map(|(scale, _)| level(scale)).collect()
}
