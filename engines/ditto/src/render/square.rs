//! The face's square as it is rendered, with the mask under which it is laid back into the source's picture.

use std::sync::LazyLock;

use engine_vision::raster::Raster;
use wide::f32x4;

/// Side of the rendered square in pixels.
pub const SIDE: usize = 512;
/// Width of the soft edge in pixels: a twentieth of the side on either side of the inner nine tenths.
pub(super) const EDGE: usize = 26;
const PIXELS: usize = SIDE * SIDE;

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

/// 512 by 512 pixels: red, green and blue, 0 to 255, not rounded, and how far the pixel hides what is under it, 0 to 1.
///
/// Four numbers fill a register: what is worked out of the colours of neighbours is worked out of their shares with them.
pub struct Square {
    pixels: Box<[f32x4; PIXELS]>,
}

impl Default for Square {
    /// A black one.
    fn default() -> Self {
        let pixels: Box<[_]> = MASK.data().iter().map(|share| f32x4::new([0.0, 0.0, 0.0, *share])).collect();
        Self { pixels: pixels.try_into().expect("the mask has as many pixels") }
    }
}

impl Square {
    /// Paints it: its pixels from the upper left, row by row.
    pub fn paint(&mut self, colours: impl Iterator<Item = [f32; 3]>) {
        for (pixel, [red, green, blue]) in self.pixels.iter_mut().zip(colours) {
            *pixel = f32x4::new([red, green, blue, pixel.to_array()[3]]);
        }
    }

    /// The pixels' colours, in the same order.
    pub fn colours(&self) -> impl Iterator<Item = [f32; 3]> {
        self.pixels.iter().map(|pixel| {
            let [red, green, blue, _] = pixel.to_array();
            [red, green, blue]
        })
    }

    /// The pixel of an index and those right of, below and right below it. Past the end it goes on at the beginning.
    #[inline(always)]
    pub(super) fn neighbours(&self, at: usize) -> [f32x4; 4] {
        // With the mask of bits, nothing is left to be checked.
        [at, at + 1, at + SIDE, at + SIDE + 1].map(|place| self.pixels[place & (PIXELS - 1)])
    }
}
