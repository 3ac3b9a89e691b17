//! Windows that may show a face: where MTCNN's networks see them, and what becomes of their boxes.

use engine_vision::boxes::{self, Bounds, Overlap, Ties};

use super::pyramid::WINDOW;

/// Pixels of a level from one window of the proposal network to the next.
const STRIDE: f32 = 2.0;

/// A window, and what a network says of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Its box in pixels of the picture. It may reach beyond the picture.
    pub bounds: Bounds,
    /// The probability that it shows a face, 0 to 1.
    pub score: f32,
    /// How far each side of the face's box is off, in widths and heights of the window: left, top, right, bottom.
    pub offsets: [f32; 4],
}

impl Candidate {
    /// The face's box. `edge` is 1 where the right and lower edges of the window are pixels of it, else 0.
    #[must_use]
    pub fn moved(&self, edge: f32) -> Bounds {
        let [left, top, right, bottom] = self.bounds;
        let (width, height) = (right - left + edge, bottom - top + edge);
        let [a, b, c, d] = self.offsets;
        [left + a * width, top + b * height, right + c * width, bottom + d * height]
    }
}

/// The windows of a level of this `scale` that the proposal network gives at least the probability `threshold`, row by row.
///
/// `scores` has a value for each window, `columns` of them in a row, and `offsets` has four planes of as many.
#[must_use]
pub fn windows(scores: &[f32], offsets: &[f32], columns: usize, scale: f64, threshold: f32) -> Vec<Candidate> {
    let scale = scale as f32;
    // Which pixel an edge falls on is decided in 32 bits: a quotient near a whole number has another floor in 64.
    let edge = |place: usize, reach: f32| ((STRIDE * place as f32 + reach) / scale).floor();
    let seen = |(at, &score): (usize, &f32)| Candidate {
        bounds: [
            edge(at % columns, 1.0),
            edge(at / columns, 1.0),
            edge(at % columns, WINDOW as f32),
            edge(at / columns, WINDOW as f32),
        ],
        score,
        offsets: std::array::from_fn(|plane| offsets[plane * scores.len() + at]),
    };
    scores.iter().enumerate().filter(|(_, score)| **score >= threshold).map(seen).collect()
}

/// By falling score, without those that overlap a better one by more than `limit` of their joint area.
#[must_use]
pub fn distinct(mut candidates: Vec<Candidate>, limit: f64) -> Vec<Candidate> {
    boxes::sort_by_score(&mut candidates, |candidate| candidate.score, Ties::First);
    boxes::suppressed(candidates, |candidate| candidate.bounds, Overlap::Union, limit)
}

/// The square of a box's longer side around its centre.
#[must_use]
pub fn squared([left, top, right, bottom]: Bounds) -> Bounds {
    let (width, height) = (right - left, bottom - top);
    let side = width.max(height);
    let (left, top) = (left + width * 0.5 - side * 0.5, top + height * 0.5 - side * 0.5);
    [left, top, left + side, top + side]
}

/// The rows and columns of a picture that a box covers, counted from 1 and with both ends: top, bottom, left, right. A box
/// beyond the picture covers none, and has an end before its start.
#[must_use]
pub fn covered(bounds: Bounds, width: usize, height: usize) -> [i64; 4] {
    let [left, top, right, bottom] = bounds.map(|edge| i64::from(edge as i32));
    [top.max(1), bottom.min(height as i64), left.max(1), right.min(width as i64)]
}
