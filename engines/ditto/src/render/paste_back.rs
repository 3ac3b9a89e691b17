//! Lays the rendered square back into the source's picture, under a mask that is soft at its edges.

use std::ops::Range;

use engine_vision::raster::Raster;
use engine_vision::warp_affine::{self, Affine};
use wide::{f32x4, i16x8, u8x16};

use super::square::{EDGE, SIDE, Square};

#[cfg(test)]
mod tests;

/// Where a place, in 1/1024 of a pixel, has all four neighbours in the square. Beyond, the mask is 0 at each of them:
/// it is so at the outermost pixels.
const COVERED: Range<i64> = 0..((SIDE as i64 - 1) << 10);
/// Where the mask is 1 at all four neighbours, so that nothing shows through.
const OPAQUE: Range<i64> = ((EDGE as i64 - 1) << 10)..((SIDE as i64 - EDGE as i64) << 10);

/// Lays renders over frames of one size in one place: what is the same for all of them. Made in a fraction of the time
/// that it takes to lay one, so that each frame of a clip can have its own.
///
/// Where a pixel lies in the square is computed anew for each frame: kept, it made a paste faster by a fifth, for 12
/// bytes a pixel, and a paster dearer by far.
pub struct Paster {
    width: usize,
    height: usize,
    /// What each column adds to the place of column 0, across and down the square, in 1/1024 of a pixel.
    steps: [Vec<i32>; 2],
    rows: Vec<Row>,
    weights: Box<[[f32; 4]; 1024]>,
}

/// A row of the frame where the square covers it.
struct Row {
    y: usize,
    /// Where column 0 lies in the square, in 1/1024 of a pixel, as far as 32 bits hold it.
    start: [i32; 2],
    covered: Range<usize>,
    /// The part of it that nothing shows through.
    opaque: Range<usize>,
}

impl Paster {
    /// `to_picture` takes the square's pixels to those of frames of `width` by `height` pixels.
    #[must_use]
    pub fn new(to_picture: &Affine, width: usize, height: usize) -> Self {
        let back = warp_affine::inverse(to_picture);
        let steps = back.map(|row| warp_affine::steps(&row, width).map(|step| step as i32).collect::<Vec<_>>());
        let row = |y| {
            let starts = back.map(|row| warp_affine::start(&row, y));
            let within = |places: &Range<i64>| {
                let [across, down] = [0, 1].map(|axis| columns(&steps[axis], starts[axis], places));
                across.start.max(down.start)..across.end.min(down.end)
            };
            let covered = within(&COVERED);
            let opaque = Some(within(&OPAQUE)).filter(|opaque| !opaque.is_empty());
            let opaque = opaque.unwrap_or(covered.end..covered.end);
            (!covered.is_empty()).then(|| Row { y, start: starts.map(|start| start as i32), covered, opaque })
        };
        let rows = (0..height).filter_map(row).collect();
        Self { width, height, steps, rows, weights: Box::new(warp_affine::table::<f32>()) }
    }

    /// Lays a square over a frame; at the soft edge what was in the frame shows through. Values are cut off, not rounded, as in
    /// the reference (`core/utils/blend/blend.pyx`, e9191cf). Allocates nothing.
    ///
    /// # Panics
    /// Where the frame has another size.
    pub fn paste(&self, square: &Square, frame: &mut Raster<u8>) {
        self.check(frame);
        for row in &self.rows {
            self.lay_row(row, square, frame.row_mut(row.y));
        }
    }

    /// Like `paste`, but the picture shows through, whatever was in the frame. So one frame does for all frames of a
    /// photo: it has to hold the picture at first, and after that only what the square covers changes. No more than the
    /// soft edge is read from the picture.
    ///
    /// # Panics
    /// Where the picture or the frame has another size.
    pub fn paste_over(&self, picture: &Raster<u8>, square: &Square, frame: &mut Raster<u8>) {
        self.check(picture);
        self.check(frame);
        for row in &self.rows {
            let (under, pixels) = (picture.row(row.y), frame.row_mut(row.y));
            for soft in row.soft() {
                let samples = soft.start * 3..soft.end * 3;
                pixels[samples.clone()].copy_from_slice(&under[samples]);
            }
            self.lay_row(row, square, pixels);
        }
    }

    fn check(&self, frame: &Raster<u8>) {
        assert_eq!((frame.width(), frame.height(), frame.channels()), (self.width, self.height, 3), "the frame's size");
    }

    fn lay_row(&self, row: &Row, square: &Square, pixels: &mut [u8]) {
        for soft in row.soft() {
            self.lay::<true>(row, soft, square, pixels);
        }
        self.lay::<false>(row, row.opaque.clone(), square, pixels);
    }

    /// Lays a part of a row over its pixels: one of the soft edge, or one that nothing shows through.
    fn lay<const SOFT: bool>(&self, row: &Row, part: Range<usize>, square: &Square, pixels: &mut [u8]) {
        let (pixels, last_pixels) = pixels[part.start * 3..part.end * 3].as_chunks_mut().0.as_chunks_mut::<FEW>();
        let (across, last_across) = self.steps[0][part.clone()].as_chunks::<FEW>();
        let (down, last_down) = self.steps[1][part].as_chunks::<FEW>();
        for ((pixels, across), down) in pixels.iter_mut().zip(across).zip(down) {
            self.lay_few::<SOFT>(row, square, pixels, across, down);
        }
        self.lay_few::<SOFT>(row, square, last_pixels, last_across, last_down);
    }

    #[inline(always)]
    fn lay_few<const SOFT: bool>(
        &self,
        row: &Row,
        square: &Square,
        pixels: &mut [[u8; 3]],
        across: &[i32],
        down: &[i32],
    ) {
        let mut shown = [f32x4::ZERO; FEW];
        for (((shown, under), &across), &down) in shown.iter_mut().zip(&*pixels).zip(across).zip(down) {
            // Exact even where the parts do not fit: the sum does.
            let x = row.start[0].wrapping_add(across) as usize;
            let y = row.start[1].wrapping_add(down) as usize;
            let neighbours = square.neighbours((y >> 10) * SIDE + (x >> 10));
            *shown = weighted(neighbours, &self.weights[(y & 0x3e0) | (x >> 5 & 31)]);
            if SOFT {
                *shown = blended(*shown, *under);
            }
        }
        for (pixel, [red, green, blue, _]) in pixels.iter_mut().zip(cut_off(shown)) {
            *pixel = [red, green, blue];
        }
    }
}

/// Pixels that fill a register as bytes.
const FEW: usize = 4;

/// Whole parts, 0 to 255.
#[inline(always)]
fn cut_off(pixels: [f32x4; FEW]) -> [[u8; 4]; FEW] {
    let [a, b, c, d] = pixels.map(f32x4::fast_trunc_int);
    let [first, last] = [[a, b], [c, d]].map(|two| i16x8::from_i32x8_saturate(bytemuck::cast(two)));
    bytemuck::cast(u8x16::narrow_i16x8(first, last))
}

/// The sum of four pixels by their weights.
#[inline]
fn weighted([a, b, c, d]: [f32x4; 4], weights: &[f32; 4]) -> f32x4 {
    let [w0, w1, w2, w3] = weights.map(f32x4::splat);
    a * w0 + b * w1 + c * w2 + d * w3
}

/// A pixel of the square over what is under it.
#[inline]
fn blended(over: f32x4, [red, green, blue]: [u8; 3]) -> f32x4 {
    let share = f32x4::splat(over.to_array()[3].clamp(0.0, 1.0));
    let under = f32x4::new([red, green, blue, 0].map(f32::from));
    share * over + (f32x4::ONE - share) * under
}

impl Row {
    fn soft(&self) -> [Range<usize>; 2] {
        [self.covered.start..self.opaque.start, self.opaque.end..self.covered.end]
    }
}

/// The columns that lie at these places of one axis. Steps rise or fall from column to column, never both.
fn columns(steps: &[i32], start: i64, places: &Range<i64>) -> Range<usize> {
    let place = |step: &i32| start + i64::from(*step);
    if steps.first() <= steps.last() {
        steps.partition_point(|step| place(step) < places.start)..steps.partition_point(|step| place(step) < places.end)
    } else {
        steps.partition_point(|step| place(step) >= places.end)
            ..steps.partition_point(|step| place(step) >= places.start)
    }
}
