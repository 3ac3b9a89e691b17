//! The upright square around a face, from its landmarks.

use thiserror::Error;

use crate::raster::Raster;
use crate::warp::{self, Affine};

/// Which landmarks lie around an eye and at the corners of the lips.
struct Layout {
    left: &'static [usize],
    right: &'static [usize],
    lips: [usize; 2],
}

const OF_106: Layout = Layout { left: &[33, 35, 40, 39], right: &[87, 89, 94, 93], lips: [52, 61] };
const OF_203: Layout = Layout { left: &[0, 6, 12, 18], right: &[24, 30, 36, 42], lips: [48, 66] };

/// Lengths below this are none, in pixels.
const NO_LENGTH: f32 = 1e-3;

/// Why there is no square.
#[derive(Debug, Error)]
pub enum CropError {
    /// Their number is neither 106 nor 203.
    #[error("{0} landmarks are not a known layout")]
    UnknownLayout(usize),
    /// They have no extent.
    #[error("the landmarks lie in one place")]
    NoExtent,
}

/// How the square lies.
#[derive(Debug, Clone, Copy)]
pub struct Framing {
    /// Its side in pixels.
    pub side: usize,
    /// Its side as a multiple of the landmarks' extent.
    pub scale: f32,
    /// How far its centre lies below that of the landmarks, as a share of its side; negative is above.
    pub down: f32,
    /// Whether it turns with the head.
    pub upright: bool,
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
    /// Where the square lies. `points` are (x, y) in pixels of the picture. Arithmetic in f32 as in the reference.
    ///
    /// # Errors
    /// Where the layout is not known or the points have no extent.
    pub fn new(points: &[[f32; 2]], framing: &Framing) -> Result<Self, CropError> {
        let (across, down) = axes(points)?;
        let mean = mean(points.iter());
        // Rounded once after the sum: the reference projects with a matrix product, which does so.
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
        let shift = framing.down * size;
        let centre: [f32; 2] = std::array::from_fn(|i| mean[i] + across[i] * x + down[i] * y + down[i] * shift);
        let angle = angle(across);
        let to_crop = matrix(centre, framing.side as f32 / size, framing.side as f32 / 2.0, angle, framing.upright);
        Ok(Self { to_crop, to_picture: inverse(&to_crop) })
    }

    /// The square, cut out of the picture; black where the picture does not reach.
    #[must_use]
    pub fn cut(&self, image: &Raster<u8>, side: usize) -> Raster<u8> {
        warp::affine(image, &affine(&self.to_crop), side, side)
    }
}

/// The upper two rows in double precision.
#[must_use]
pub fn affine(matrix: &[[f32; 3]; 3]) -> Affine {
    [matrix[0].map(f64::from), matrix[1].map(f64::from)]
}

/// A point through a homogeneous affine matrix, rounded like the reference's matrix product.
#[must_use]
pub fn apply(matrix: &[[f32; 3]; 3], [x, y]: [f32; 2]) -> [f32; 2] {
    [0, 1].map(|row| y.mul_add(matrix[row][1], x * matrix[row][0]) + matrix[row][2])
}

/// Unit vectors across and down the face: down leads from the middle of the eyes to the lips.
fn axes(points: &[[f32; 2]]) -> Result<([f32; 2], [f32; 2]), CropError> {
    let layout = match points.len() {
        106 => OF_106,
        203 => OF_203,
        other => return Err(CropError::UnknownLayout(other)),
    };
    let middle = |places: &[usize]| mean(places.iter().map(|&place| &points[place]));
    let (left, right, lips) = (middle(layout.left), middle(layout.right), middle(&layout.lips));
    let between = [(left[0] + right[0]) / 2.0, (left[1] + right[1]) / 2.0];
    let (x, y) = (lips[0] - between[0], lips[1] - between[1]);
    let length = (x * x + y * y).sqrt();
    let down = if length <= NO_LENGTH { [0.0, 1.0] } else { [x / length, y / length] };
    Ok(([down[1], -down[0]], down))
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
    let [first, second] = warp::inverse(&affine(matrix));
    [first.map(|value| value as f32), second.map(|value| value as f32), [0.0, 0.0, 1.0]]
}

/// Summed in f32, point by point, as in the reference. The angle of a face that is nearly upright amplifies each last
/// bit, so a better sum would lead further away.
fn mean<'a>(points: impl Iterator<Item = &'a [f32; 2]>) -> [f32; 2] {
    let (mut sum, mut count) = ([0.0f32; 2], 0.0);
    for point in points {
        sum = [sum[0] + point[0], sum[1] + point[1]];
        count += 1.0;
    }
    sum.map(|value| value / count)
}
