//! A picture or a part of it, turned upright row by row.

use image::RgbImage;
use image::metadata::Orientation;

use super::resize;

/// A part of a picture. It borrows the pixels and copies the rows that are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    stored: &'a RgbImage,
    orientation: Orientation,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl<'a> Part<'a> {
    /// All of a picture.
    pub(super) fn new(stored: &'a RgbImage, orientation: Orientation) -> Self {
        let (width, height) = stored.dimensions();
        let (width, height) = if lies(orientation) { (height, width) } else { (width, height) };
        Self { stored, orientation, left: 0, top: 0, width, height }
    }

    /// Pixels across and down.
    pub fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// A part of this one, which must lie in it.
    pub fn cut(self, left: u32, top: u32, width: u32, height: u32) -> Self {
        debug_assert!(left + width <= self.width && top + height <= self.height, "a part lies in its picture");
        Self { left: self.left + left, top: self.top + top, width, height, ..self }
    }

    /// A copy.
    pub fn to_image(&self) -> RgbImage {
        let mut image = RgbImage::new(self.width, self.height);
        self.copy_rows(0, &mut image);
        image
    }

    /// A copy of this size, without one of the part itself.
    pub fn resized(&self, width: u32, height: u32) -> RgbImage {
        if (width, height) == self.dimensions() {
            return self.to_image();
        }
        let lies = lies(self.orientation);
        let (small_across, small_down) = if lies { (height, width) } else { (width, height) };
        let small = resize::resized(self.stored, self.stored_area(), small_across, small_down);
        match self.orientation {
            Orientation::NoTransforms => small,
            orientation => Part::new(&small, orientation).to_image(),
        }
    }

    /// Where its pixels are stored: left and upper edge, pixels across and down.
    fn stored_area(&self) -> resize::Area {
        let turn = Turn::of(self.orientation);
        let upright = (self.left, self.top, self.width, self.height);
        let (left, top, across, down) =
            if turn.transposes { (upright.1, upright.0, upright.3, upright.2) } else { upright };
        let left = if turn.flips_x { self.stored.width() - left - across } else { left };
        let top = if turn.flips_y { self.stored.height() - top - down } else { top };
        (left, top, across, down)
    }

    /// Copies as many rows as `out` takes, from this one on: three bytes a pixel.
    pub(super) fn copy_rows(&self, first: u32, out: &mut [u8]) {
        let turn = Turn::of(self.orientation);
        let (across, down) = self.stored.dimensions();
        let (stored, width) = (self.stored.as_raw().as_slice(), self.width as usize);
        if !turn.flips_x && !turn.flips_y && !turn.transposes {
            for (row, y) in out.chunks_exact_mut(3 * width).zip(self.top + first..) {
                let start = 3 * (y as usize * across as usize + self.left as usize);
                row.copy_from_slice(&stored[start..start + row.len()]);
            }
            return;
        }
        let rows = out.len() / (3 * width);
        // Columns outside: where the picture lies on its side, neighbours in `out`'s columns are neighbours in a row.
        for x in 0..width {
            for y in 0..rows {
                let (u, v) = (self.left + x as u32, self.top + first + y as u32);
                let (u, v) = if turn.transposes { (v, u) } else { (u, v) };
                let u = if turn.flips_x { across - 1 - u } else { u };
                let v = if turn.flips_y { down - 1 - v } else { v };
                let from = 3 * (v as usize * across as usize + u as usize);
                let to = 3 * (y * width + x);
                out[to..to + 3].copy_from_slice(&stored[from..from + 3]);
            }
        }
    }
}

impl<'a> From<&'a RgbImage> for Part<'a> {
    fn from(picture: &'a RgbImage) -> Self {
        Self::new(picture, Orientation::NoTransforms)
    }
}

/// Whether the file has the picture lying on its side.
pub(super) fn lies(orientation: Orientation) -> bool {
    Turn::of(orientation).transposes
}

/// How the place of an upright pixel becomes that of the stored one: first transposed, then flipped.
struct Turn {
    transposes: bool,
    flips_x: bool,
    flips_y: bool,
}

impl Turn {
    fn of(orientation: Orientation) -> Self {
        let (transposes, flips_x, flips_y) = match orientation {
            Orientation::NoTransforms => (false, false, false),
            Orientation::FlipHorizontal => (false, true, false),
            Orientation::Rotate180 => (false, true, true),
            Orientation::FlipVertical => (false, false, true),
            Orientation::Rotate90FlipH => (true, false, false),
            Orientation::Rotate90 => (true, false, true),
            Orientation::Rotate270FlipH => (true, true, true),
            Orientation::Rotate270 => (true, true, false),
        };
        Self { transposes, flips_x, flips_y }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, Rgb};

    use super::*;

    #[test]
    fn rows_are_those_of_the_turned_picture() {
        let stored = RgbImage::from_fn(70, 41, |x, y| Rgb([x as u8, y as u8, 7]));
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut turned = DynamicImage::ImageRgb8(stored.clone());
            turned.apply_orientation(orientation);
            let turned = turned.into_rgb8();
            let whole = Part::new(&stored, orientation);
            assert_eq!(whole.dimensions(), turned.dimensions(), "orientation {exif}");
            assert_eq!(whole.to_image(), turned, "orientation {exif}");
            let cut = whole.cut(5, 9, 20, 30).cut(1, 2, 10, 20);
            assert_eq!(cut.to_image(), image::imageops::crop_imm(&turned, 6, 11, 10, 20).to_image(), "{exif}");
            let cut = whole.cut(8, 12, 12, 20);
            let (small, expected) = (cut.resized(6, 10), Part::from(&cut.to_image()).resized(6, 10));
            assert_eq!(small, expected, "orientation {exif}");
        }
    }
}
