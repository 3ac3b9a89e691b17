//! Decodes the output of the short-range BlazeFace detector into faces.

use engine_vision::boxes::{self, Overlap, Ties};
use engine_vision::opencv_resize;
use engine_vision::raster::Raster;

use crate::face::mesh_region::Region;

/// Side of the network's square in pixels.
pub const SIDE: usize = 128;
/// Number of anchors.
pub const ANCHORS: usize = 896;
/// Values per anchor: box centre, box size, six key points.
pub const VALUES: usize = 16;
/// Least score of a face.
const THRESHOLD: f32 = 0.5;
/// Boxes that overlap more are averaged.
const OVERLAP: f32 = 0.3;
/// Cells per side and anchors per cell, layer by layer.
const LAYERS: [(usize, usize); 2] = [(16, 2), (8, 6)];

/// A face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Left, top, right, bottom in pixels of the network's square.
    pub bounds: [f32; 4],
    /// Right eye, left eye, nose, mouth, right ear, left ear of the person; x and y over the square, 0 to 1.
    pub points: [[f32; 2]; 6],
    /// 0 to 1.
    pub score: f32,
}

impl Face {
    /// The square that the mesh network looks at, in pixels of a square picture of `side` pixels.
    #[must_use]
    pub fn region(&self, side: usize) -> Region {
        let scale = side as f64 / SIDE as f64;
        let eyes = [self.points[0], self.points[1]].map(|point| point.map(f64::from));
        Region::around(self.bounds.map(|edge| f64::from(edge) * scale), eyes)
    }
}

/// The network's input (1, 128, 128, 3): RGB, -1 to 1.
#[must_use]
pub fn blob(image: &Raster<u8>) -> Vec<f32> {
    opencv_resize::linear(image, SIDE, SIDE).data().iter().map(|&sample| f32::from(sample) / 127.5 - 1.0).collect()
}

/// Centres of the anchors (x, y), 0 to 1.
#[must_use]
pub fn anchors() -> Vec<[f64; 2]> {
    let layer = |(grid, copies): (usize, usize)| {
        let centre = move |place: usize| (place as f64 + 0.5) / grid as f64;
        (0..grid * grid).flat_map(move |cell| (0..copies).map(move |_| [centre(cell % grid), centre(cell / grid)]))
    };
    LAYERS.into_iter().flat_map(layer).collect()
}

/// Faces by falling score of their best anchor. `values` has 16 numbers per anchor and `scores` one, before the
/// logistic function. `None` where there are not 896 anchors.
#[must_use]
pub fn decode(values: &[f32], scores: &[f32]) -> Option<Vec<Face>> {
    if scores.len() != ANCHORS || values.len() != ANCHORS * VALUES {
        return None;
    }
    let mut found: Vec<Face> = Vec::new();
    for ((raw, &score), anchor) in values.as_chunks::<VALUES>().0.iter().zip(scores).zip(anchors()) {
        let score = 1.0 / (1.0 + (-score.clamp(-50.0, 100.0)).exp());
        if score >= THRESHOLD {
            found.push(face(raw, score, anchor.map(|place| place as f32)));
        }
    }
    boxes::sort_by_score(&mut found, |face| face.score, Ties::Last);
    let mut faces = Vec::new();
    while let Some(&best) = found.first() {
        let (same, others) = found.into_iter().partition(|face| Overlap::Union.of(best.bounds, face.bounds) > OVERLAP);
        found = others;
        // A box without area overlaps nothing, not even itself.
        let group: Vec<Face> = same;
        if group.is_empty() {
            faces.push(best);
            found.remove(0);
        } else {
            faces.push(averaged(&group));
        }
    }
    Some(faces)
}

fn face(raw: &[f32; VALUES], score: f32, anchor: [f32; 2]) -> Face {
    let side = SIDE as f32;
    let place = |i: usize| [raw[i] / side + anchor[0], raw[i + 1] / side + anchor[1]];
    let [x, y] = place(0);
    let (width, height) = (raw[2] / side, raw[3] / side);
    let bounds = [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0].map(|edge| edge * side);
    Face { bounds, points: std::array::from_fn(|i| place(4 + 2 * i)), score }
}

/// Places averaged with the scores as weights; the score is the plain mean.
fn averaged(group: &[Face]) -> Face {
    let total: f32 = group.iter().map(|face| face.score).sum();
    let mean = |value: &dyn Fn(&Face) -> f32| group.iter().map(|face| value(face) * face.score).sum::<f32>() / total;
    Face {
        bounds: std::array::from_fn(|i| mean(&|face| face.bounds[i])),
        points: std::array::from_fn(|i| std::array::from_fn(|j| mean(&|face| face.points[i][j]))),
        score: total / group.len() as f32,
    }
}
