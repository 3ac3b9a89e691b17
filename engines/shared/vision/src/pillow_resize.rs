//! Resizing as Pillow 10 does it with 8-bit samples: one axis after the other, in fixed point.
//!
//! Pillow always goes along the rows first, up to version 10; later ones begin with the cheaper axis, which gives other
//! samples.

use std::f64::consts::PI;

use crate::raster::Raster;

/// Bits behind the point of a weight.
const PRECISION: u32 = 22;

/// What an output sample is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The one nearest sample.
    Nearest,
    /// The mean of what the output sample covers.
    Box,
    /// A triangle over two samples.
    Bilinear,
    /// A Hamming window over two samples: as sharp as bicubic where it shrinks, and as fast as bilinear.
    Hamming,
    /// A cubic over four samples.
    Bicubic,
    /// A windowed sinc over six samples.
    Lanczos,
}

impl Filter {
    /// How far the filter reaches, in samples of the smaller picture.
    fn support(self) -> f64 {
        match self {
            Self::Nearest | Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// The weight of a sample at distance `x`.
    fn weight(self, x: f64) -> f64 {
        let far = x.abs();
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) };
        match self {
            Self::Nearest | Self::Box => f64::from(x > -0.5 && x <= 0.5),
            Self::Bilinear => (1.0 - far).max(0.0),
            Self::Hamming if far == 0.0 => 1.0,
            Self::Hamming if far >= 1.0 => 0.0,
            // Pillow's two constants are 32-bit.
            Self::Hamming => sinc(far) * (f64::from(0.54_f32) + f64::from(0.46_f32) * (far * PI).cos()),
            Self::Bicubic if far < 1.0 => (1.5 * far - 2.5) * far * far + 1.0,
            Self::Bicubic if far < 2.0 => (((far - 5.0) * far + 8.0) * far - 4.0) * -0.5,
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Bicubic | Self::Lanczos => 0.0,
        }
    }
}

/// The image at `width` by `height` pixels. Where a side is 0, there is nothing but zeros.
#[must_use]
pub fn resize(image: &Raster<u8>, width: usize, height: usize, filter: Filter) -> Raster<u8> {
    if (image.width(), image.height()) == (width, height) {
        return image.clone();
    }
    if [image.width(), image.height(), width, height].contains(&0) {
        return Raster::zeros(width, height, image.channels());
    }
    if filter == Filter::Nearest {
        return nearest(image, width, height);
    }
    let stretched = if width == image.width() { None } else { Some(along_rows(image, width, filter)) };
    let stretched = stretched.as_ref().unwrap_or(image);
    if height == image.height() { stretched.clone() } else { along_columns(stretched, height, filter) }
}

/// The samples of an axis that an output sample is made of, and their weights in 2⁻²².
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

fn taps(from: usize, to: usize, filter: Filter) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let spread = scale.max(1.0);
    let (reach, narrow) = (filter.support() * spread, 1.0 / spread);
    let tap = |place: usize| {
        let centre = (place as f64 + 0.5) * scale;
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5) as usize).min(from);
        let weight = |sample: usize| filter.weight((sample as f64 - centre + 0.5) * narrow);
        let weights: Vec<f64> = (first..end).map(weight).collect();
        let total: f64 = weights.iter().sum();
        let share = |weight: &f64| if total == 0.0 { *weight } else { weight / total };
        Taps { first, weights: weights.iter().map(|weight| fixed(share(weight))).collect() }
    };
    (0..to).map(tap).collect()
}

/// A weight in fixed point, rounded half away from zero.
fn fixed(weight: f64) -> i32 {
    let scaled = weight * f64::from(1 << PRECISION);
    (scaled + 0.5_f64.copysign(scaled)) as i32
}

/// What sums of weighted samples begin with, so that they are rounded half up.
const HALF: i32 = 1 << (PRECISION - 1);

fn sample(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

fn along_rows(image: &Raster<u8>, width: usize, filter: Filter) -> Raster<u8> {
    let (taps, channels) = (taps(image.width(), width, filter), image.channels());
    let mut out = Raster::zeros(width, image.height(), channels);
    for y in 0..image.height() {
        let row = image.row(y);
        for (pixel, tap) in out.row_mut(y).chunks_exact_mut(channels).zip(&taps) {
            let seen = &row[tap.first * channels..];
            for (channel, value) in pixel.iter_mut().enumerate() {
                let samples = seen[channel..].iter().step_by(channels);
                let weighted = samples.zip(&tap.weights).map(|(sample, weight)| i32::from(*sample) * weight);
                *value = sample(HALF + weighted.sum::<i32>());
            }
        }
    }
    out
}

fn along_columns(image: &Raster<u8>, height: usize, filter: Filter) -> Raster<u8> {
    let mut out = Raster::zeros(image.width(), height, image.channels());
    let mut sums = vec![0; image.width() * image.channels()];
    for (y, tap) in taps(image.height(), height, filter).into_iter().enumerate() {
        sums.fill(HALF);
        for (row, weight) in (tap.first..).zip(tap.weights) {
            for (sum, sample) in sums.iter_mut().zip(image.row(row)) {
                *sum += i32::from(*sample) * weight;
            }
        }
        for (value, sum) in out.row_mut(y).iter_mut().zip(&sums) {
            *value = sample(*sum);
        }
    }
    out
}

/// Pillow adds up the distance between output samples, with the rounding that comes of it.
fn nearest(image: &Raster<u8>, width: usize, height: usize) -> Raster<u8> {
    let places = |from: usize, to: usize| {
        let step = from as f64 / to as f64;
        let places = std::iter::successors(Some(step * 0.5), move |place| Some(place + step));
        places.take(to).map(move |place| (place as usize).min(from - 1))
    };
    let columns: Vec<usize> = places(image.width(), width).collect();
    let channels = image.channels();
    let mut out = Raster::zeros(width, height, channels);
    for (y, from) in places(image.height(), height).enumerate() {
        let row = image.row(from);
        for (pixel, column) in out.row_mut(y).chunks_exact_mut(channels).zip(&columns) {
            pixel.copy_from_slice(&row[column * channels..][..channels]);
        }
    }
    out
}
