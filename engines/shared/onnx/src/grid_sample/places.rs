//! Finds the places of points in a volume with a border of zeros, many at a time.

use super::sizes::Sizes;

/// Points whose places are found together. The arithmetic goes along arrays of this length, which processors do several
/// numbers at a time.
pub(super) const BLOCK: usize = 64;

/// The places of a block of points.
pub(super) struct Places {
    /// The voxel of the corner with the lowest coordinates, counted with the border.
    pub(super) voxels: [i32; BLOCK],
    /// The weights of the eight corners: x changes first, then y, then z.
    pub(super) weights: [[f32; BLOCK]; 8],
}

impl Places {
    pub(super) fn new() -> Self {
        Self { voxels: [0; BLOCK], weights: [[0.0; BLOCK]; 8] }
    }

    /// Finds those of at most [`BLOCK`] points: x, y and z of each, or x and y, from −1 to 1 between the outer edges.
    pub(super) fn find(&mut self, sizes: &Sizes, grid: &[f32]) {
        // The middle of the only slice, for pictures.
        let mut points = [[0.0; BLOCK]; 3];
        let [x, y, z] = &mut points;
        if sizes.axes == 3 {
            for (((x, y), z), point) in x.iter_mut().zip(y).zip(z).zip(grid.as_chunks::<3>().0) {
                [*x, *y, *z] = *point;
            }
        } else {
            for ((x, y), point) in x.iter_mut().zip(y).zip(grid.as_chunks::<2>().0) {
                [*x, *y] = *point;
            }
        }
        let [depth, height, width] = sizes.volume;
        let ((x_at, x), (y_at, y), (z_at, z)) =
            (along(&points[0], width), along(&points[1], height), along(&points[2], depth));
        let (wide, high) = (width as i32 + 2, height as i32 + 2);
        for i in 0..BLOCK {
            self.voxels[i] = (z_at[i] * high + y_at[i]) * wide + x_at[i];
        }
        for i in 0..BLOCK {
            let ([x, y, z], [x0, y0, z0]) = ([x[i], y[i], z[i]], [1.0 - x[i], 1.0 - y[i], 1.0 - z[i]]);
            let near = [x0 * y0, x * y0, x0 * y, x * y];
            for (corner, weight) in near.map(|weight| weight * z0).into_iter().chain(near.map(|w| w * z)).enumerate() {
                self.weights[corner][i] = weight;
            }
        }
    }
}

/// The lower neighbour of each point on an axis of this length, counted with the border, and the weight of the upper.
fn along(points: &[f32; BLOCK], length: usize) -> ([i32; BLOCK], [f32; BLOCK]) {
    /// Added to a number, it leaves the nearest whole one in the lowest bits. `floor` would be a call for each number on
    /// processors of the oldest kind, for which we build.
    const WHOLE: f32 = 12_582_912.0; // 1.5 * 2^23
    let (mut lower, mut upper_weight) = ([0; BLOCK], [0.0; BLOCK]);
    let (end, last) = (length as f32, length as i32 - 1);
    for i in 0..BLOCK {
        let place = ((points[i] + 1.0) * end - 1.0) / 2.0;
        // Farther out all is 0 too. What is no number fails the first comparison, and so lies outside.
        let place = if place > -1.0 { place } else { -1.0 };
        let place = if place < end { place } else { end };
        let shifted = place + WHOLE;
        let is_above = shifted - WHOLE > place;
        let floor = (shifted.to_bits() as i32).wrapping_sub(WHOLE.to_bits() as i32).wrapping_sub(i32::from(is_above));
        // At the very end the upper neighbour, which is border, counts whole.
        let floor = if floor < last { floor } else { last };
        lower[i] = floor + 1;
        upper_weight[i] = place - floor as f32;
    }
    (lower, upper_weight)
}
