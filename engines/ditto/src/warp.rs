//! Affine warps as OpenCV 4.10 does them: bilinear at 1/32 of a pixel, zero outside.

use crate::raster::Raster;

/// A 2 by 3 matrix that takes source coordinates (x, y, 1) to target coordinates.
pub type Affine = [[f64; 3]; 2];

/// A sample that can be interpolated.
pub trait Sample: Copy + Default {
    /// The weights of four neighbours.
    type Weights: Copy;

    /// Weights of the pixels top left, top right, bottom left and bottom right, for a place `x`/32 right of and `y`/32
    /// below the first.
    fn weights(x: u32, y: u32) -> Self::Weights;

    /// The four pixels, weighted.
    fn blend(pixels: [Self; 4], weights: Self::Weights) -> Self;
}

fn shares(x: u32, y: u32) -> [f32; 4] {
    let (right, lower) = (x as f32 / 32.0, y as f32 / 32.0);
    let (left, upper) = (1.0 - right, 1.0 - lower);
    [upper * left, upper * right, lower * left, lower * right]
}

impl Sample for u8 {
    type Weights = [i32; 4];

    fn weights(x: u32, y: u32) -> [i32; 4] {
        shares(x, y).map(|share| (share * 32768.0).round_ties_even() as i32)
    }

    fn blend(pixels: [u8; 4], weights: [i32; 4]) -> u8 {
        let sum: i32 = pixels.iter().zip(weights).map(|(&pixel, weight)| i32::from(pixel) * weight).sum();
        ((sum + (1 << 14)) >> 15) as u8
    }
}

impl Sample for f32 {
    type Weights = [f32; 4];

    fn weights(x: u32, y: u32) -> [f32; 4] {
        shares(x, y)
    }

    fn blend(p: [f32; 4], w: [f32; 4]) -> f32 {
        p[0] * w[0] + p[1] * w[1] + p[2] * w[2] + p[3] * w[3]
    }
}

/// The inverse, as OpenCV computes it; zeros where there is none.
#[must_use]
pub fn inverse(m: &Affine) -> Affine {
    let determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    let d = if determinant == 0.0 { 0.0 } else { 1.0 / determinant };
    let (a, b, c, e) = (m[1][1] * d, -m[0][1] * d, -m[1][0] * d, m[0][0] * d);
    [[a, b, -a * m[0][2] - b * m[1][2]], [c, e, -c * m[0][2] - e * m[1][2]]]
}

/// The image seen through a forward matrix, `width` by `height` pixels.
#[must_use]
pub fn affine<T: Sample>(image: &Raster<T>, forward: &Affine, width: usize, height: usize) -> Raster<T> {
    let back = inverse(forward);
    let step = |row: usize| -> Vec<i64> { (0..width).map(|x| rounded(back[row][0] * x as f64 * 1024.0)).collect() };
    let (along_x, along_y) = (step(0), step(1));
    remap(image, width, height, |x, y| {
        let start = |row: usize| rounded((back[row][1] * y as f64 + back[row][2]) * 1024.0) + 16;
        ((start(0) + along_x[x]) >> 5, (start(1) + along_y[x]) >> 5)
    })
}

/// Rounded to the nearest 32-bit integer, half to even.
pub(crate) fn rounded(value: f64) -> i64 {
    i64::from(value.round_ties_even() as i32)
}

/// Samples the image where `place` says, in 1/32 of a pixel.
pub(crate) fn remap<T: Sample>(
    image: &Raster<T>,
    width: usize,
    height: usize,
    place: impl Fn(usize, usize) -> (i64, i64),
) -> Raster<T> {
    let channels = image.channels();
    let table: Vec<T::Weights> = (0..1024).map(|entry| T::weights(entry % 32, entry / 32)).collect();
    let (right, bottom) = (image.width() as i64 - 1, image.height() as i64 - 1);
    let mut out = Raster::zeros(width, height, channels);
    for y in 0..height {
        for (x, pixel) in out.row_mut(y).chunks_exact_mut(channels).enumerate() {
            let (at_x, at_y) = place(x, y);
            let weights = table[((at_y & 31) * 32 + (at_x & 31)) as usize];
            let (left, top) = (at_x >> 5, at_y >> 5);
            if left < -1 || top < -1 || left > right || top > bottom {
                continue;
            }
            let offset = |x: i64, y: i64| {
                let inside = (0..=right).contains(&x) && (0..=bottom).contains(&y);
                inside.then(|| (y as usize * image.width() + x as usize) * channels)
            };
            let places = [offset(left, top), offset(left + 1, top), offset(left, top + 1), offset(left + 1, top + 1)];
            for (c, sample) in pixel.iter_mut().enumerate() {
                *sample =
                    T::blend(places.map(|place| place.map_or_else(T::default, |at| image.data()[at + c])), weights);
            }
        }
    }
    out
}
