//! Decodes the output of the SCRFD face detector into faces.

use engine_vision::boxes::{self, Overlap, Ties};

/// Cell sizes in pixels of the square, in the order of the outputs.
pub const STRIDES: [usize; 3] = [8, 16, 32];
/// Anchors per cell.
pub const ANCHORS: usize = 2;
/// Least score of a face.
const THRESHOLD: f32 = 0.5;
/// Faces that overlap more are one face.
const OVERLAP: f32 = 0.4;

/// A face: its box in pixels of the picture, and how sure the detector is, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Left, top, right, bottom.
    pub bounds: [f32; 4],
    /// 0 to 1.
    pub score: f32,
}

impl Face {
    fn area(&self) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        (right - left) * (bottom - top)
    }
}

/// Number of anchors of a stride in a square of `side` pixels.
#[must_use]
pub const fn anchors(side: usize, stride: usize) -> usize {
    (side / stride) * (side / stride) * ANCHORS
}

/// Faces by falling score, without doubles. `scores` has one value per anchor and stride, `distances` four (left, top,
/// right, bottom, in cells), for a square of `side` pixels with `scale` pixels per pixel of the picture. `None` where
/// the numbers of values do not fit the square.
#[must_use]
pub fn decode(scores: [&[f32]; 3], distances: [&[f32]; 3], side: usize, scale: f64) -> Option<Vec<Face>> {
    let mut found = Vec::new();
    for ((stride, scores), distances) in STRIDES.into_iter().zip(scores).zip(distances) {
        let count = anchors(side, stride);
        if scores.len() != count || distances.len() != 4 * count {
            return None;
        }
        for (index, (&score, d)) in scores.iter().zip(distances.as_chunks::<4>().0).enumerate() {
            if score < THRESHOLD {
                continue;
            }
            let cell = index / ANCHORS;
            let per_row = side / stride;
            let (x, y, s) = ((cell % per_row * stride) as f32, (cell / per_row * stride) as f32, stride as f32);
            let bounds = [x - d[0] * s, y - d[1] * s, x + d[2] * s, y + d[3] * s].map(|edge| edge / scale as f32);
            found.push(Face { bounds, score });
        }
    }
    boxes::sort_by_score(&mut found, |face| face.score, Ties::Last);
    Some(boxes::suppressed(found, |face| face.bounds, Overlap::UnionOfPixels, f64::from(OVERLAP)))
}

/// The place of the face with the largest box.
#[must_use]
pub fn largest(faces: &[Face]) -> Option<usize> {
    (0..faces.len()).rev().max_by(|&a, &b| faces[a].area().total_cmp(&faces[b].area()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is decoded of boxes in pixels, each at its own cell of the finest stride, in a square of 32 pixels.
    fn decoded(boxes: &[([f32; 4], f32)]) -> Vec<Face> {
        const SIDE: usize = 32;
        let counts = STRIDES.map(|stride| anchors(SIDE, stride));
        let mut scores = counts.map(|count| vec![0.0; count]);
        let mut distances = counts.map(|count| vec![0.0; 4 * count]);
        for (cell, ([left, top, right, bottom], score)) in boxes.iter().enumerate() {
            let stride = STRIDES[0] as f32;
            let (x, y) = (cell as f32 * stride, 0.0);
            scores[0][cell * ANCHORS] = *score;
            let from_cell = [x - left, y - top, right - x, bottom - y].map(|pixels| pixels / stride);
            distances[0][4 * cell * ANCHORS..][..4].copy_from_slice(&from_cell);
        }
        let scores = scores.each_ref().map(|values| &values[..]);
        let distances = distances.each_ref().map(|values| &values[..]);
        decode(scores, distances, SIDE, 1.0).expect("the sizes fit")
    }

    #[test]
    fn boxes_overlap_as_areas_of_whole_pixels_do() {
        let (first, second) = ([0.0, 0.0, 4.0, 4.0], [2.0, 0.0, 6.0, 4.0]);
        // 15 of 35 pixels, more than two fifths; the plain areas would have 8 of 24.
        let faces = decoded(&[(first, 0.8), (second, 0.9)]);
        assert_eq!(faces, [Face { bounds: second, score: 0.9 }]);
        let apart = [3.0, 0.0, 7.0, 4.0];
        assert_eq!(decoded(&[(first, 0.8), (apart, 0.9)]).len(), 2, "10 of 40");
    }

    #[test]
    fn of_the_faces_that_are_surely_one_the_largest_counts() {
        let (small, large, doubtful) = ([0.0, 0.0, 4.0, 4.0], [10.0, 10.0, 20.0, 20.0], [0.0, 0.0, 30.0, 30.0]);
        let faces = decoded(&[(small, 0.9), (large, 0.6), (doubtful, 0.49)]);
        assert_eq!(faces.iter().map(|face| face.score).collect::<Vec<_>>(), [0.9, 0.6]);
        assert_eq!(largest(&faces), Some(1));
        assert_eq!(largest(&[]), None);
    }
}
