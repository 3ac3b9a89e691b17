//! Pictures of another size: averages of areas where they become smaller, straight lines between pixels where larger; or
//! as sharp as can be.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// How many rows are made at a time: what they need beside the picture stays small, however many pixels that has.
const BAND: u32 = 64;

/// An area of a picture: left and upper edge, pixels across and down.
pub(super) type Area = (u32, u32, u32, u32);

/// A copy of an area in `width` and `height` pixels, one of each at least.
pub(super) fn resized(picture: &RgbImage, (left, top, across, down): Area, width: u32, height: u32) -> RgbImage {
    let mut copy = RgbImage::new(width, height);
    if width.min(height).min(across).min(down) == 0 {
        return copy;
    }
    let source = source(picture);
    let filter = if width <= across && height <= down { FilterType::Box } else { FilterType::Bilinear };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    let step = f64::from(down) / f64::from(height);
    let mut resizer = Resizer::new();
    for (band, first) in copy.chunks_mut((3 * width * BAND) as usize).zip((0..height).step_by(BAND as usize)) {
        let rows = BAND.min(height - first);
        let mut band = target(width, rows, band);
        // Rounded, the last band could end a hair below the picture.
        let start = f64::from(first) * step;
        let length = (f64::from(rows) * step).min(f64::from(down) - start);
        let part = options.crop(f64::from(left), f64::from(top) + start, f64::from(across), length);
        resizer.resize_typed(&source, &mut band, &part).expect("the area lies in the picture");
    }
    copy
}

/// A sharp copy (Lanczos) in `width` and `height` pixels, for what people will look at: takes several times as long, and all
/// of its memory at once.
pub fn resized_sharply(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let mut copy = RgbImage::new(width, height);
    if picture.is_empty() || copy.is_empty() {
        return copy;
    }
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false);
    let mut target = target(width, height, &mut copy);
    Resizer::new().resize_typed(&source(picture), &mut target, &options).expect("all of the picture lies in it");
    copy
}

// Of one type of pixel: with types that are told at run time, the library's code for all of them would be built.
fn source(picture: &RgbImage) -> TypedImageRef<'_, U8x3> {
    let (width, height) = picture.dimensions();
    TypedImageRef::from_buffer(width, height, picture.as_raw()).expect("three bytes for each pixel")
}

fn target(width: u32, height: u32, pixels: &mut [u8]) -> TypedImage<'_, U8x3> {
    TypedImage::from_buffer(width, height, pixels).expect("three bytes for each pixel")
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn noise(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let value = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)).wrapping_mul(3_266_489_917);
            Rgb([(value >> 24) as u8, (value >> 16) as u8, (x + y) as u8])
        })
    }

    #[test]
    fn smaller_ones_are_averages_of_areas() {
        let picture = noise(600, 900);
        let copy = resized(&picture, (100, 300, 400, 600), 100, 150);
        for (x, y, pixel) in copy.enumerate_pixels() {
            for channel in 0..3 {
                let area = (0..16).map(|n| picture[(100 + 4 * x + n % 4, 300 + 4 * y + n / 4)].0[channel]);
                let mean = area.map(f32::from).sum::<f32>() / 16.0;
                assert!((f32::from(pixel.0[channel]) - mean).abs() <= 1.5, "{x}, {y}: {pixel:?} for {mean}");
            }
        }
    }

    #[test]
    fn sharp_copies_keep_even_colours_and_overshoot_at_edges() {
        let even = resized_sharply(&RgbImage::from_pixel(301, 301, Rgb([200, 100, 50])), 128, 96);
        assert!(even.dimensions() == (128, 96) && even.pixels().all(|pixel| pixel.0 == [200, 100, 50]));
        let edge = RgbImage::from_fn(80, 80, |x, _| Rgb([if x < 40 { 50 } else { 200 }; 3]));
        for (width, height) in [(53, 40), (187, 160)] {
            let greys = resized_sharply(&edge, width, height).pixels().map(|pixel| pixel.0[0]).collect::<Vec<_>>();
            assert!(greys.contains(&50) && greys.contains(&200) && greys.iter().any(|&grey| grey > 203), "{width}");
        }
        assert_eq!(resized_sharply(&RgbImage::new(0, 5), 2, 2), RgbImage::new(2, 2));
    }

    #[test]
    fn bands_leave_no_seams() {
        let across = RgbImage::from_fn(7, 5000, |_, y| Rgb([(y / 20) as u8; 3]));
        for height in [1, 63, 64, 65, 777, 4999, 5000, 9000] {
            let copy = resized(&across, (0, 0, 7, 5000), 7, height);
            for (_, y, pixel) in copy.enumerate_pixels() {
                let expected = ((f64::from(y) + 0.5) * 5000.0 / f64::from(height) - 0.5) / 20.0 - 0.5;
                let tolerance = 1.1 + if height == 1 { 128.0 } else { 0.0 };
                assert!((f64::from(pixel.0[0]) - expected).abs() < tolerance, "{height}, {y}: {pixel:?}, {expected}");
            }
        }
    }

    #[test]
    fn any_area_can_be_taken_and_none_is_black() {
        let picture = noise(50, 40);
        assert_eq!(resized(&picture, (49, 39, 1, 1), 1, 1)[(0, 0)], picture[(49, 39)]);
        assert_eq!(resized(&picture, (0, 0, 50, 40), 50, 40), picture);
        assert_eq!(resized(&picture, (7, 7, 0, 9), 2, 2), RgbImage::new(2, 2));
        for height in 1..140 {
            assert_eq!(resized(&picture, (0, 3, 50, 37), 1, height).dimensions(), (1, height));
        }
    }
}
