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

    #[inline]
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

    #[inline]
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

/// What column 0 to `width` - 1 adds to the place of column 0, in 1/1024 of a pixel: of one row of the inverse.
pub fn steps(row: &[f64; 3], width: usize) -> impl Iterator<Item = i64> {
    let step = row[0];
    (0..width).map(move |x| rounded(step * x as f64 * 1024.0))
}

/// Where column 0 of row `y` lies, in 1/1024 of a pixel, and half of 1/32 further, as 1/32 are what is kept.
pub fn start(row: &[f64; 3], y: usize) -> i64 {
    rounded((row[1] * y as f64 + row[2]) * 1024.0) + 16
}

/// The image seen through a forward matrix, `width` by `height` pixels.
#[must_use]
pub fn affine<T: Sample>(image: &Raster<T>, forward: &Affine, width: usize, height: usize) -> Raster<T> {
    let back = inverse(forward);
    let [across, down] = back.map(|row| steps(&row, width).collect::<Vec<_>>());
    let sampler = Sampler::new(image);
    let mut out = Raster::zeros(width, height, image.channels());
    for y in 0..height {
        let [left, top] = back.map(|row| start(&row, y));
        sampler.row(out.row_mut(y), |x| ((left + across[x]) >> 5, (top + down[x]) >> 5));
    }
    out
}

/// Rounded to the nearest 32-bit integer, half to even.
pub(crate) fn rounded(value: f64) -> i64 {
    i64::from(value.round_ties_even() as i32)
}

/// The weights of every place between four pixels: entry 32 y + x.
pub fn table<T: Sample>() -> [T::Weights; 1024] {
    std::array::from_fn(|entry| T::weights(entry as u32 % 32, entry as u32 / 32))
}

/// Samples the image where `place` says, in 1/32 of a pixel.
pub(crate) fn remap<T: Sample>(
    image: &Raster<T>,
    width: usize,
    height: usize,
    place: impl Fn(usize, usize) -> (i64, i64),
) -> Raster<T> {
    let sampler = Sampler::new(image);
    let mut out = Raster::zeros(width, height, image.channels());
    for y in 0..height {
        sampler.row(out.row_mut(y), |x| place(x, y));
    }
    out
}

/// An image to be sampled between its pixels.
struct Sampler<'a, T: Sample> {
    image: &'a Raster<T>,
    table: [T::Weights; 1024],
}

impl<'a, T: Sample> Sampler<'a, T> {
    fn new(image: &'a Raster<T>) -> Self {
        Self { image, table: table::<T>() }
    }

    /// Fills a row that is zero. `place` gives a column's place in the image, in 1/32 of a pixel.
    #[inline]
    fn row(&self, out: &mut [T], place: impl Fn(usize) -> (i64, i64)) {
        // The same twice: the compiler makes faster code for a number that it knows.
        match self.image.channels() {
            3 => self.pixels(out, 3, place),
            channels => self.pixels(out, channels, place),
        }
    }

    #[inline(always)]
    fn pixels(&self, out: &mut [T], channels: usize, place: impl Fn(usize) -> (i64, i64)) {
        let samples = self.image.data();
        let (right, bottom) = (self.image.width() as i64 - 1, self.image.height() as i64 - 1);
        let index = |x: i64, y: i64| (y as usize * self.image.width() + x as usize) * channels;
        for (x, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let (at_x, at_y) = place(x);
            let weights = self.table[((at_y & 31) * 32 + (at_x & 31)) as usize];
            let (left, top) = (at_x >> 5, at_y >> 5);
            if (0..right).contains(&left) && (0..bottom).contains(&top) {
                let upper = &samples[index(left, top)..][..2 * channels];
                let lower = &samples[index(left, top + 1)..][..2 * channels];
                for (c, sample) in pixel.iter_mut().enumerate() {
                    *sample = T::blend([upper[c], upper[c + channels], lower[c], lower[c + channels]], weights);
                }
            } else if (-1..=right).contains(&left) && (-1..=bottom).contains(&top) {
                let sample = |x: i64, y: i64, c: usize| {
                    let inside = (0..=right).contains(&x) && (0..=bottom).contains(&y);
                    if inside { samples[index(x, y) + c] } else { T::default() }
                };
                for (c, value) in pixel.iter_mut().enumerate() {
                    let upper = [sample(left, top, c), sample(left + 1, top, c)];
                    let lower = [sample(left, top + 1, c), sample(left + 1, top + 1, c)];
                    *value = T::blend([upper[0], upper[1], lower[0], lower[1]], weights);
                }
            }
        }
    }
}
