//! Input of the SCRFD face detector: the picture, scaled, in the upper left of a square.

use engine_vision::opencv_resize;
use engine_vision::raster::Raster;

/// Side of the square in pixels.
pub const SIDE: usize = 512;

/// A picture in the square.
#[derive(Debug, Clone)]
pub struct Letterbox {
    /// The square, RGB, zero where the picture does not reach.
    pub canvas: Raster<u8>,
    /// Height and width of the picture in the square.
    pub size: (usize, usize),
    /// Pixels of the square per pixel of the picture.
    pub scale: f64,
}

/// Height and width in the square of a picture of this height and width, and the scale.
#[must_use]
pub fn fit(height: usize, width: usize) -> (usize, usize, f64) {
    let ratio = height as f64 / width as f64;
    let side = SIDE as f64;
    let (h, w) = if ratio > 1.0 { (SIDE, (side / ratio) as usize) } else { ((side * ratio) as usize, SIDE) };
    (h, w, h as f64 / height as f64)
}

impl Letterbox {
    /// Fits an RGB picture in.
    #[must_use]
    pub fn new(image: &Raster<u8>) -> Self {
        let (height, width, scale) = fit(image.height(), image.width());
        let mut canvas = Raster::zeros(SIDE, SIDE, 3);
        if height > 0 && width > 0 {
            let small = opencv_resize::linear(image, width, height);
            for y in 0..height {
                canvas.row_mut(y)[..width * 3].copy_from_slice(small.row(y));
            }
        }
        Self { canvas, size: (height, width), scale }
    }

    /// The network's input (1, 3, 512, 512): (sample - 127.5) / 128, planes blue, green, red. The detector was trained
    /// on red first; the reference feeds it like this (`core/aux_models/insightface_det.py`, e9191cf), and so do we.
    #[must_use]
    pub fn blob(&self) -> Vec<f32> {
        self.canvas.planes(&[2, 1, 0], |sample| (f32::from(sample) - 127.5) / 128.0)
    }
}
