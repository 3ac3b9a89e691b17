//! The rendered square goes back into the picture, under a mask that is soft at its edges.

use crate::raster::Raster;
use crate::warp::{self, Affine};

/// Side of the rendered square in pixels.
pub const SIDE: usize = 512;
/// Width of the soft edge in pixels: a twentieth of the side on either side of the inner nine tenths.
const EDGE: usize = 26;

/// The mask (512 by 512, one channel): 1 within, falling to 0 at the outermost pixel, with round corners.
#[must_use]
pub fn mask() -> Raster<f32> {
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
}

/// Lays a render (512 by 512 RGB, 0 to 255) over a frame. `to_picture` takes its pixels to those of the frame.
/// Values are cut off, not rounded, as in the reference.
#[must_use]
pub fn putback(frame: &Raster<u8>, render: &Raster<f32>, mask: &Raster<f32>, to_picture: &Affine) -> Raster<u8> {
    let (width, height) = (frame.width(), frame.height());
    let mask = warp::affine(mask, to_picture, width, height);
    let render = warp::affine(render, to_picture, width, height);
    let mut out = frame.clone();
    let pixels = out.data_mut().chunks_exact_mut(3).zip(render.data().chunks_exact(3));
    for ((pixel, over), share) in pixels.zip(mask.data()) {
        let share = share.clamp(0.0, 1.0);
        for (under, over) in pixel.iter_mut().zip(over) {
            *under = (share * over + (1.0 - share) * f32::from(*under)).clamp(0.0, 255.0) as u8;
        }
    }
    out
}
