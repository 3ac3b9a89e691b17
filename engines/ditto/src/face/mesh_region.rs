//! Input and output of the face mesh network: a turned square around the face, and 478 points in the picture.

use std::f64::consts::{PI, TAU};

use engine_vision::raster::Raster;
use engine_vision::warp_perspective::{self, Homography};

use super::landmarks::Layout;

/// Side of the network's square in pixels.
pub const SIDE: usize = 256;
/// Number of points.
pub const POINTS: usize = Layout::MediaPipe478.points();
/// The square's side as a multiple of the box's longer side.
const MARGIN: f64 = 1.5;

/// A turned rectangle in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Centre in pixels.
    pub centre: [f64; 2],
    /// Width and height in pixels.
    pub size: [f64; 2],
    /// How far it is turned, in radians, -π to π.
    pub angle: f64,
}

impl Region {
    /// The square around a face: its box (left, top, right, bottom in pixels) and its eyes (x, y in any one unit).
    #[must_use]
    pub fn around(bounds: [f64; 4], eyes: [[f64; 2]; 2]) -> Self {
        let [left, top, right, bottom] = bounds;
        let side = (right - left).max(bottom - top) * MARGIN;
        let [[x0, y0], [x1, y1]] = eyes;
        let turned = -(y0 - y1).atan2(x1 - x0);
        let angle = turned - TAU * ((turned + PI) / TAU).floor();
        Self { centre: [(left + right) / 2.0, (top + bottom) / 2.0], size: [side, side], angle }
    }

    /// Its corners in the picture: top left, top right, bottom right, bottom left as the face sees them.
    #[must_use]
    pub fn corners(&self) -> [[f64; 2]; 4] {
        let (sin, cos) = self.angle.sin_cos();
        let [w, h] = self.size.map(|side| side / 2.0);
        [[-w, -h], [w, -h], [w, h], [-w, h]]
            .map(|[x, y]| [x * cos - y * sin + self.centre[0], x * sin + y * cos + self.centre[1]])
            // OpenCV takes the points as f32.
            .map(|corner| corner.map(|value| f64::from(value as f32)))
    }

    /// The square that the network sees, RGB; `None` where the region has no area or is not finite.
    #[must_use]
    pub fn cut(&self, image: &Raster<u8>) -> Option<Raster<u8>> {
        let values = [self.centre, self.size, [self.angle; 2]];
        if !values.as_flattened().iter().all(|value| value.is_finite()) {
            return None;
        }
        Some(warp_perspective::warp(image, &to_square(&self.corners())?, SIDE, SIDE))
    }

    /// Points in the picture out of the network's values, which are pixels of its square: x and y over width and
    /// height of the picture, z over its width.
    #[must_use]
    pub fn points(&self, values: &[f32], width: usize, height: usize) -> Vec<[f32; 3]> {
        let (sin, cos) = self.angle.sin_cos();
        let [w, h] = self.size;
        let point = |&[x, y, z]: &[f32; 3]| {
            let [x, y, z] = [x, y, z].map(|value| f64::from(value) / SIDE as f64);
            let (x, y) = (x - 0.5, y - 0.5);
            let across = (x * cos - y * sin) * w + self.centre[0];
            let down = (x * sin + y * cos) * h + self.centre[1];
            let (width, height) = (width as f64, height as f64);
            [(across / width) as f32, (down / height) as f32, (z * w / width) as f32]
        };
        values.as_chunks::<3>().0.iter().map(point).collect()
    }
}

/// The homography from four corners to the network's square.
#[must_use]
pub fn to_square(corners: &[[f64; 2]; 4]) -> Option<Homography> {
    let side = SIDE as f64;
    warp_perspective::between(corners, &[[0.0, 0.0], [side, 0.0], [side, side], [0.0, side]])
}

/// The network's input (1, 256, 256, 3): RGB, 0 to 1, divided in double precision, as the reference
/// does it (`core/aux_models/face_mesh.py`, e9191cf).
#[must_use]
pub fn blob(square: &Raster<u8>) -> Vec<f32> {
    square.data().iter().map(|&sample| (f64::from(sample) / 255.0) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_without_an_area_show_nothing() {
        let image = Raster::zeros(20, 10, 3);
        let eyes = [[4.0, 3.0], [6.0, 3.0]];
        assert!(Region::around([2.0, 2.0, 8.0, 8.0], eyes).cut(&image).is_some());
        assert_eq!(Region::around([2.0, 2.0, 2.0, 2.0], eyes).cut(&image), None);
        for value in [f64::NAN, f64::INFINITY] {
            assert_eq!(Region::around([2.0, 2.0, value, 8.0], eyes).cut(&image), None);
            assert_eq!(Region::around([2.0, 2.0, 8.0, 8.0], [eyes[0], [6.0, value - value]]).cut(&image), None);
        }
    }
}
