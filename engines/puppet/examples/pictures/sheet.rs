//! Pictures side by side.

use image::RgbImage;
use image::imageops::{self, FilterType};

/// Pictures brought to squares of `side` pixels, so many in a row.
pub(crate) fn sheet(pictures: &[RgbImage], across: usize, side: u32) -> RgbImage {
    let mut sheet = RgbImage::new(side * across as u32, side * pictures.len().div_ceil(across) as u32);
    for (index, picture) in pictures.iter().enumerate() {
        let small = imageops::resize(picture, side, side, FilterType::Triangle);
        let (column, row) = ((index % across) as i64, (index / across) as i64);
        imageops::replace(&mut sheet, &small, i64::from(side) * column, i64::from(side) * row);
    }
    sheet
}
