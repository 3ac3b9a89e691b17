//! Lays the rendered square back into the source's picture, under a mask that is soft at its edges.

use std::ops::Range;
use std::sync::LazyLock;

use engine_vision::raster::Raster;
use engine_vision::warp_affine::{self, Affine, Sample as _};

#[cfg(test)]
mod tests;

/// Side of the rendered square in pixels.
pub const SIDE: usize = 512;
/// Width of the soft edge in pixels: a twentieth of the side on either side of the inner nine tenths.
const EDGE: usize = 26;

static MASK: LazyLock<Raster<f32>> = LazyLock::new(|| {
    let last = (EDGE - 1) as f64;
    // How far a row or column lies outside the inner square, 0 to 1.
    let outside = |place: usize| {
        let depth = place.min(SIDE - 1 - place);
        if depth < EDGE { 1.0 - depth as f64 / last } else { 0.0 }
    };
    let mut mask = Raster::zeros(SIDE, SIDE, 1);
    for y in 0..SIDE {
        for (x, share) in mask.row_mut(y).iter_mut().enumerate() {
            *share = (1.0 - outside(x).hypot(outside(y)).min(1.0)) as f32;
        }
    }
    mask
});

/// The mask (512 by 512, one channel): 1 within, falling to 0 at the outermost pixel, with round corners.
#[must_use]
pub fn mask() -> &'static Raster<f32> {
    &MASK
}

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

    /// Lays a render (512 by 512 RGB, 0 to 255) over a frame; at the soft edge what was in the frame shows through.
    /// Values are cut off, not rounded, as in the reference (`core/utils/blend/blend.pyx`, e9191cf). Allocates nothing.
    ///
    /// # Panics
    /// Where the render or the frame has another size.
    pub fn paste(&self, render: &Raster<f32>, frame: &mut Raster<u8>) {
        self.check(render, frame);
        for row in &self.rows {
            self.blend(row, render.data(), frame.row_mut(row.y));
        }
    }

    /// Like `paste`, but the picture shows through, whatever was in the frame. So one frame does for all frames of a
    /// photo: it has to hold the picture at first, and after that only what the square covers changes. No more than the
    /// soft edge is read from the picture.
    ///
    /// # Panics
    /// Where the render, the picture or the frame has another size.
    pub fn paste_over(&self, picture: &Raster<u8>, render: &Raster<f32>, frame: &mut Raster<u8>) {
        self.check(render, picture);
        self.check(render, frame);
        for row in &self.rows {
            let (under, pixels) = (picture.row(row.y), frame.row_mut(row.y));
            for soft in row.soft() {
                let samples = soft.start * 3..soft.end * 3;
                pixels[samples.clone()].copy_from_slice(&under[samples]);
            }
            self.blend(row, render.data(), pixels);
        }
    }

    fn check(&self, render: &Raster<f32>, frame: &Raster<u8>) {
        assert_eq!((render.width(), render.height(), render.channels()), (SIDE, SIDE, 3), "the render's size");
        assert_eq!((frame.width(), frame.height(), frame.channels()), (self.width, self.height, 3), "the frame's size");
    }

    fn blend(&self, row: &Row, render: &[f32], pixels: &mut [u8]) {
        for soft in row.soft() {
            self.each(row, soft, pixels, |pixel, at, weights| {
                let share = f32::blend(neighbours(MASK.data(), at, 1, 0), *weights).clamp(0.0, 1.0);
                for (channel, under) in pixel.iter_mut().enumerate() {
                    let over = f32::blend(neighbours(render, at * 3, 3, channel), *weights);
                    *under = (share * over + (1.0 - share) * f32::from(*under)) as u8;
                }
            });
        }
        self.each(row, row.opaque.clone(), pixels, |pixel, at, weights| {
            // Four samples where three count fill a register. The fourth is there: the soft edge follows. A loop, as
            // `from_fn` makes the whole paste take more than twice as long.
            let (upper, lower) = (&render[at * 3..][..7], &render[(at + SIDE) * 3..][..7]);
            let mut over = [0.0; 4];
            for (c, over) in over.iter_mut().enumerate() {
                *over = f32::blend([upper[c], upper[c + 3], lower[c], lower[c + 3]], *weights);
            }
            for (sample, over) in pixel.iter_mut().zip(over) {
                *sample = over as u8;
            }
        });
    }

    /// Goes through pixels of a row: with the index of the square's pixel to the upper left and the neighbours' weights.
    #[inline]
    fn each(&self, row: &Row, part: Range<usize>, pixels: &mut [u8], draw: impl Fn(&mut [u8; 3], usize, &[f32; 4])) {
        let pixels = pixels[part.start * 3..part.end * 3].as_chunks_mut().0;
        let steps = self.steps[0][part.clone()].iter().zip(&self.steps[1][part]);
        for (pixel, (&across, &down)) in pixels.iter_mut().zip(steps) {
            // Exact even where the parts do not fit: the sum does.
            let x = row.start[0].wrapping_add(across) as usize;
            let y = row.start[1].wrapping_add(down) as usize;
            draw(pixel, (y >> 10) * SIDE + (x >> 10), &self.weights[(y & 0x3e0) | (x >> 5 & 31)]);
        }
    }
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

/// The sample at `at` and those right of, below and right below it.
#[inline]
fn neighbours(samples: &[f32], at: usize, channels: usize, channel: usize) -> [f32; 4] {
    let below = at + SIDE * channels;
    [at, at + channels, below, below + channels].map(|place| samples[place + channel])
}
