//! Resizing as OpenCV 4.10 does it with 8-bit samples: fixed-point bilinear, and the mean of 2 by 2 pixels.

use crate::raster::Raster;

/// One output position along an axis: the two input positions and their weights, which sum to 2048.
struct Tap {
    near: usize,
    far: usize,
    weights: [i32; 2],
}

/// Bilinear (INTER_LINEAR) to `width` by `height` pixels. Halving both sides takes the mean, as OpenCV does.
#[must_use]
pub fn linear(image: &Raster<u8>, width: usize, height: usize) -> Raster<u8> {
    if (image.width(), image.height()) == (width, height) {
        return image.clone();
    }
    if (image.width(), image.height()) == (2 * width, 2 * height) {
        return half(image);
    }
    let channels = image.channels();
    let (columns, rows) = (taps(image.width(), width, true), taps(image.height(), height, false));
    let stretch = |y: usize| -> Vec<i32> {
        let row = image.row(y);
        let sample = |tap: &Tap, c: usize| {
            let at = |x: usize| i32::from(row[x * channels + c]);
            at(tap.near) * tap.weights[0] + at(tap.far) * tap.weights[1]
        };
        columns.iter().flat_map(|tap| (0..channels).map(move |c| sample(tap, c))).collect()
    };
    let mut out = Raster::zeros(width, height, channels);
    // Neighbouring output rows mostly share their input rows.
    let mut stretched: [(usize, Vec<i32>); 2] = [(usize::MAX, Vec::new()), (usize::MAX, Vec::new())];
    for (y, tap) in rows.iter().enumerate() {
        if stretched[0].0 != tap.near && stretched[1].0 == tap.near {
            stretched.swap(0, 1);
        }
        for (line, wanted) in stretched.iter_mut().zip([tap.near, tap.far]) {
            if line.0 != wanted {
                *line = (wanted, stretch(wanted));
            }
        }
        let [near, far] = tap.weights;
        for ((out, a), b) in out.row_mut(y).iter_mut().zip(&stretched[0].1).zip(&stretched[1].1) {
            let sum = ((near * (a >> 4)) >> 16) + ((far * (b >> 4)) >> 16);
            *out = ((sum + 2) >> 2).clamp(0, 255) as u8;
        }
    }
    out
}

/// At the edges columns lose their fraction, whereas rows only have their index clamped.
fn taps(from: usize, to: usize, columns: bool) -> Vec<Tap> {
    let scale = 1.0 / (to as f64 / from as f64);
    let last = from as i64 - 1;
    let tap = |place: usize| {
        let centre = ((place as f64 + 0.5) * scale - 0.5) as f32;
        let floor = centre.floor();
        let (index, mut fraction) = (floor as i64, centre - floor);
        if columns && (index < 0 || index >= last) {
            fraction = 0.0;
        }
        let weight = |part: f32| (part * 2048.0).round_ties_even() as i32;
        let clamped = |index: i64| index.clamp(0, last) as usize;
        Tap { near: clamped(index), far: clamped(index + 1), weights: [weight(1.0 - fraction), weight(fraction)] }
    };
    (0..to).map(tap).collect()
}

/// Half the size (INTER_AREA): the mean of 2 by 2 pixels, rounded half up. An odd last row or column is left out.
#[must_use]
pub fn half(image: &Raster<u8>) -> Raster<u8> {
    let channels = image.channels();
    let mut out = Raster::zeros(image.width() / 2, image.height() / 2, channels);
    for y in 0..out.height() {
        let (upper, lower) = (image.row(2 * y), image.row(2 * y + 1));
        for (i, sample) in out.row_mut(y).iter_mut().enumerate() {
            let left = i / channels * 2 * channels + i % channels;
            let right = left + channels;
            let sum: u32 = [upper[left], upper[right], lower[left], lower[right]].map(u32::from).iter().sum();
            *sample = ((sum + 2) >> 2) as u8;
        }
    }
    out
}
