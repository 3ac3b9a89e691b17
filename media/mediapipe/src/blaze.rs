//! What goes into BlazeFace and what comes out: squares of the picture, and boxes with six points each.

use avatar_media::picture::{Part, RgbImage};

/// Side of the network's square in pixels.
pub(crate) const SIDE: usize = 128;
/// How many boxes it gives.
pub(crate) const ANCHORS: usize = 896;
/// How many values, over all boxes: 16 each.
pub(crate) const VALUES: usize = ANCHORS * OF_A_BOX;
/// Middle, size, and the person's right eye, left eye, nose, mouth, right ear and left ear.
const OF_A_BOX: usize = 16;
/// Cells a side and boxes in each, layer by layer.
const LAYERS: [(usize, usize); 2] = [(16, 2), (8, 6)];
/// Least score of a candidate.
const LEAST: f32 = 0.5;
/// A box that covers more of another, as a share of the smaller one, shows the same face.
const COVERED: f32 = 0.4;

/// What may be a face, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// Left, top, right, bottom.
    pub(crate) bounds: [f32; 4],
    /// The person's right eye and left eye: across and down.
    pub(crate) eyes: [[f32; 2]; 2],
    /// 0 to 1.
    pub(crate) score: f32,
}

impl Candidate {
    /// How far the head leans clockwise, in degrees.
    pub(crate) fn roll(&self) -> f32 {
        let [right, left] = self.eyes;
        (left[1] - right[1]).atan2(left[0] - right[0]).to_degrees()
    }

    /// How far its middle is from a point, in pixels.
    pub(crate) fn distance(&self, [x, y]: [f32; 2]) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        ((left + right) / 2.0 - x).hypot((top + bottom) / 2.0 - y)
    }

    fn area(&self) -> f32 {
        let [left, top, right, bottom] = self.bounds;
        (right - left).max(0.0) * (bottom - top).max(0.0)
    }

    fn covers(&self, other: &Self) -> f32 {
        let shared = std::array::from_fn(|edge| {
            let (one, other) = (self.bounds[edge], other.bounds[edge]);
            if edge < 2 { one.max(other) } else { one.min(other) }
        });
        Self { bounds: shared, ..*self }.area() / self.area().min(other.area()).max(1.0)
    }
}

/// The best of those that show the same face, best first.
pub(crate) fn distinct(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut distinct: Vec<Candidate> = Vec::new();
    for candidate in found {
        if distinct.iter().all(|better| better.covers(&candidate) <= COVERED) {
            distinct.push(candidate);
        }
    }
    distinct
}

/// A square of the picture, which may reach beyond its right and lower border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Square {
    left: u32,
    top: u32,
    side: u32,
}

impl Square {
    /// One around a picture of this size, and smaller ones that overlap by half, because the network sees no faces of less
    /// than a sixth of its square.
    pub(crate) fn over((width, height): (u32, u32)) -> Vec<Self> {
        let side = width.max(height);
        let half = side.div_ceil(2);
        let starts = |length: u32| {
            (0..3).map(move |n| n * half / 2).filter(move |start| *start == 0 || start + half / 2 < length)
        };
        let small = starts(height).flat_map(|top| starts(width).map(move |left| Self { left, top, side: half }));
        let mut squares = vec![Self { left: 0, top: 0, side }];
        squares.extend(small.filter(|square| square.side as usize >= SIDE));
        squares
    }

    /// The network's input: -1 to 1, black beyond the picture.
    pub(crate) fn input(&self, picture: &RgbImage) -> Vec<f32> {
        let (width, height) = (self.side.min(picture.width() - self.left), self.side.min(picture.height() - self.top));
        let small = |pixels: u32| ((u64::from(pixels) * SIDE as u64 / u64::from(self.side)) as u32).max(1);
        let copy = Part::from(picture).cut(self.left, self.top, width, height).resized(small(width), small(height));
        let mut input = vec![-1.0; 3 * SIDE * SIDE];
        for (row, pixels) in input.chunks_mut(3 * SIDE).zip(copy.rows()) {
            for (to, pixel) in row.chunks_mut(3).zip(pixels) {
                to.iter_mut().zip(pixel.0).for_each(|(to, level)| *to = f32::from(level) / 127.5 - 1.0);
            }
        }
        input
    }

    /// What the network's output says, in pixels of the picture. `scores` are those before the logistic function.
    pub(crate) fn candidates(&self, values: &[f32], scores: &[f32]) -> Vec<Candidate> {
        let side = self.side as f32;
        let boxes = values.as_chunks::<OF_A_BOX>().0.iter().zip(scores).zip(anchors());
        let sure = boxes.map(|((values, &score), anchor)| (values, 1.0 / (1.0 + (-score).exp()), anchor));
        let sure = sure.filter(|(_, score, _)| *score >= LEAST);
        let found = sure.map(|(values, score, anchor)| {
            let place = |n: usize| {
                let start = [self.left as f32, self.top as f32];
                [0, 1].map(|axis| start[axis] + (values[n + axis] / SIDE as f32 + anchor[axis]) * side)
            };
            let (middle, half) = (place(0), [2, 3].map(|n| values[n] / SIDE as f32 * side / 2.0));
            let bounds = [middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]];
            Candidate { bounds, eyes: [place(4), place(6)], score }
        });
        found.collect()
    }
}

/// Middles of the boxes, over the square: 0 to 1, across and down.
fn anchors() -> impl Iterator<Item = [f32; 2]> {
    LAYERS.into_iter().flat_map(|(cells, copies)| {
        let middle = move |n: usize| (n as f32 + 0.5) / cells as f32;
        (0..cells * cells * copies).map(move |n| [middle(n / copies % cells), middle(n / copies / cells)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_points_stand_where_their_anchor_does() {
        assert_eq!(anchors().count(), ANCHORS);
        let (mut values, mut scores) = (vec![0.0; VALUES], vec![-9.0; ANCHORS]);
        // The first box of the cell in column 3 and row 2 of the second layer: 7/16 across, 5/16 down.
        let n = 16 * 16 * 2 + (2 * 8 + 3) * 6;
        scores[n] = 2.0;
        values[OF_A_BOX * n..OF_A_BOX * n + 8].copy_from_slice(&[0.0, 0.0, 32.0, 64.0, -8.0, -4.0, 8.0, 12.0]);
        let square = Square { left: 100, top: 200, side: 256 };
        let [face] = square.candidates(&values, &scores)[..] else { panic!("one is sure") };
        let (x, y) = (100.0 + 112.0, 200.0 + 80.0);
        assert_eq!(face.bounds, [x - 32.0, y - 64.0, x + 32.0, y + 64.0]);
        assert_eq!(face.eyes, [[x - 16.0, y - 8.0], [x + 16.0, y + 24.0]]);
        assert!((face.score - 0.88).abs() < 0.01 && (face.roll() - 45.0).abs() < 0.01, "{face:?}");
    }

    #[test]
    fn the_best_of_those_that_show_one_face_stays() {
        let face = |left: f32, score: f32| Candidate {
            bounds: [left, 0.0, left + 100.0, 100.0],
            eyes: [[left + 30.0, 40.0], [left + 70.0, 40.0]],
            score,
        };
        let found = vec![face(0.0, 0.7), face(20.0, 0.9), face(300.0, 0.6), face(80.0, 0.8)];
        assert_eq!(distinct(found), [face(20.0, 0.9), face(80.0, 0.8), face(300.0, 0.6)]);
    }

    #[test]
    fn squares_cover_the_picture_and_lie_in_it() {
        for (width, height) in [(512, 512), (512, 384), (300, 512), (512, 20), (100, 100), (1, 1)] {
            for square in Square::over((width, height)) {
                assert!(square.left < width && square.top < height, "{square:?}");
                let input = square.input(&RgbImage::from_pixel(width, height, avatar_media::picture::Rgb([255; 3])));
                assert_eq!(input[..3], [1.0; 3]);
                assert_eq!(input.len(), 3 * SIDE * SIDE);
            }
        }
        assert_eq!(Square::over((512, 512)).len(), 10);
        assert_eq!(Square::over((200, 200)).len(), 1, "what would have to be enlarged is not looked at");
    }
}
