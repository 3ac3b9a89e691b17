//! Keypoints from a pose: turned, moved by the expression, sized and placed.

use super::state::State;
use crate::motion::{KEYPOINTS, Points};

/// Keypoints at rest turned, moved by the expression, sized and placed.
#[must_use]
pub fn transform(state: &State, kp: &Points) -> Points {
    let turn = rotation(state.pitch.degrees(), state.yaw.degrees(), state.roll.degrees());
    let mut points = [0.0; 3 * KEYPOINTS];
    for point in 0..KEYPOINTS {
        let at = 3 * point;
        for axis in 0..3 {
            let turned: f32 = (0..3).map(|i| kp[at + i] * turn[i][axis]).sum();
            let place = if axis < 2 { state.t[axis] } else { 0.0 };
            points[at + axis] = (turned + state.exp[at + axis]) * state.scale + place;
        }
    }
    points
}

type Matrix = [[f32; 3]; 3];

/// (Rz · Ry · Rx) transposed, for row vectors; degrees.
fn rotation(pitch: f32, yaw: f32, roll: f32) -> Matrix {
    let sin_cos = |degrees: f32| (degrees / 180.0 * std::f32::consts::PI).sin_cos();
    let ((sx, cx), (sy, cy), (sz, cz)) = (sin_cos(pitch), sin_cos(yaw), sin_cos(roll));
    let x = [[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]];
    let y = [[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]];
    let z = [[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]];
    let product = times(&times(&z, &y), &x);
    std::array::from_fn(|row| std::array::from_fn(|column| product[column][row]))
}

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    std::array::from_fn(|row| std::array::from_fn(|column| (0..3).map(|i| a[row][i] * b[i][column]).sum()))
}
