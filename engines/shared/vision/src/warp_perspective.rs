//! Perspective warps as OpenCV 4.10 does them.

use crate::raster::Raster;
use crate::warp_affine::{remap, rounded};

/// A 3 by 3 matrix that takes homogeneous source coordinates to target coordinates.
pub type Homography = [[f64; 3]; 3];

/// The homography that takes each point of `from` to the point of `to` at the same place; last entry 1. `None` where
/// three points lie on a line.
#[must_use]
pub fn between(from: &[[f64; 2]; 4], to: &[[f64; 2]; 4]) -> Option<Homography> {
    let mut rows = [[0.0; 9]; 8];
    for (i, (&[x, y], &[u, v])) in from.iter().zip(to).enumerate() {
        rows[i] = [x, y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u, u];
        rows[i + 4] = [0.0, 0.0, 0.0, x, y, 1.0, -x * v, -y * v, v];
    }
    let h = solved(rows)?;
    Some([[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]])
}

/// Gaussian elimination with the largest pivot of each column; the last column is the right side.
fn solved(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        if rows[pivot][column].abs() < f64::EPSILON {
            return None;
        }
        rows.swap(column, pivot);
        let upper = rows[column];
        for row in rows.iter_mut().skip(column + 1) {
            let factor = row[column] / upper[column];
            for (value, above) in row.iter_mut().zip(upper) {
                *value -= factor * above;
            }
        }
    }
    let mut solution = [0.0; 8];
    for row in (0..8).rev() {
        let known: f64 = (row + 1..8).map(|column| rows[row][column] * solution[column]).sum();
        solution[row] = (rows[row][8] - known) / rows[row][row];
    }
    Some(solution)
}

/// The inverse; zeros where there is none.
#[must_use]
pub fn inverse(m: &Homography) -> Homography {
    let minor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let determinant: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    let d = if determinant == 0.0 { 0.0 } else { 1.0 / determinant };
    std::array::from_fn(|r| std::array::from_fn(|c| minor(c, r) * d))
}

/// The image seen through a forward homography, `width` by `height` pixels, zero outside.
#[must_use]
pub fn warp(image: &Raster<u8>, forward: &Homography, width: usize, height: usize) -> Raster<u8> {
    let back = inverse(forward);
    remap(image, width, height, |x, y| {
        let (x, y) = (x as f64, y as f64);
        let [u, v, w] = back.map(|row| row[0] * x + row[1] * y + row[2]);
        let w = if w == 0.0 { 0.0 } else { 32.0 / w };
        (rounded(u * w), rounded(v * w))
    })
}
