//! Input and output of the 203-landmark network: the square around a face, and points in the picture.

use engine_vision::raster::Raster;

use crate::face::crop::{Placement, apply};
use crate::face::framing::Framing;
use crate::face::landmarks::{Landmarks, Layout};

/// Number of points.
pub const POINTS: usize = Layout::LivePortrait203.points();

/// The square that the network sees.
pub const FRAMING: Framing = Framing { side: 224, scale: 1.5, down: -0.1, right: 0.0, upright: true };

/// The network's input (1, 3, 224, 224): RGB planes, 0 to 1.
#[must_use]
pub fn blob(square: &Raster<u8>) -> Vec<f32> {
    square.planes(&[0, 1, 2], |sample| f32::from(sample) / 255.0)
}

/// Landmarks in the picture out of the network's 406 values, which are 0 to 1 over the square.
#[must_use]
pub fn points(values: &[f32], placement: &Placement) -> Landmarks {
    let side = FRAMING.side as f32;
    let point = |point: &[f32; 2]| apply(&placement.to_picture, point.map(|value| value * side));
    let points = values.as_chunks::<2>().0.iter().map(point).collect();
    Landmarks { layout: Layout::LivePortrait203, points }
}
