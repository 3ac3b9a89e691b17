//! The portrait: read from its file, then brought to the size of the video.

use std::path::Path;

use avatar_media::picture::{self, PictureLimits};
use engine_api::EngineError;
use image::RgbImage;
use image::imageops::{self, FilterType};

/// A canonical portrait is a PNG that the gateway made from an accepted upload; these bounds only stop a mistake.
const LIMITS: PictureLimits = PictureLimits { max_bytes: 1 << 30, max_pixels: 200_000_000 };
/// Pictures whose longer side has fewer pixels are enlarged: players and encoders want more.
const LEAST_SIDE: u32 = 256;

/// Reads a portrait.
pub(crate) fn read(path: &Path) -> Result<RgbImage, EngineError> {
    let unreadable = |error: &dyn std::fmt::Display| {
        EngineError::input(format!("the portrait cannot be read: {error}; send it again as a JPEG or PNG picture"))
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    Ok(picture::decode(&bytes, &LIMITS).map_err(|error| unreadable(&error))?.pixels)
}

/// Brings a picture to the size of the video: its longer side at most `max_size`, both sides even, its aspect kept.
/// Returns the factor by which it was scaled.
pub(crate) fn fit(picture: RgbImage, max_size: u32) -> (RgbImage, f32) {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    let target = longer.clamp(LEAST_SIDE.min(max_size), max_size);
    if target == longer {
        // One row or column less is invisible; scaling by it would blur all of the picture.
        let (even_width, even_height) = (even_below(width), even_below(height));
        let picture = if (even_width, even_height) == (width, height) {
            picture
        } else {
            imageops::crop_imm(&picture, 0, 0, even_width, even_height).to_image()
        };
        return (picture, 1.0);
    }
    let factor = f64::from(even_below(target)) / f64::from(longer);
    let side = |side: u32| even_near(f64::from(side) * factor);
    (imageops::resize(&picture, side(width), side(height), FilterType::Lanczos3), factor as f32)
}

fn even_below(side: u32) -> u32 {
    (side & !1).max(2)
}

fn even_near(side: f64) -> u32 {
    ((side / 2.0).round() as u32).max(1) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(width: u32, height: u32, max_size: u32) -> (u32, u32, f32) {
        let (picture, factor) = fit(RgbImage::new(width, height), max_size);
        (picture.width(), picture.height(), factor)
    }

    #[test]
    fn sides_are_even_and_the_aspect_is_kept() {
        assert_eq!(fitted(1000, 500, 512), (512, 256, 0.512));
        assert_eq!(fitted(333, 501, 1024), (332, 500, 1.0));
        let (width, height, _) = fitted(1999, 1501, 1023);
        assert_eq!((width, height), (1022, 768));
    }

    #[test]
    fn small_pictures_are_enlarged_only_to_the_least_size() {
        assert_eq!(fitted(600, 400, 2048), (600, 400, 1.0));
        assert_eq!(fitted(100, 50, 2048), (256, 128, 2.56));
        assert_eq!(fitted(100, 50, 128), (128, 64, 1.28));
    }

    #[test]
    fn a_scaled_picture_keeps_its_colours() {
        let picture = RgbImage::from_pixel(301, 301, image::Rgb([200, 100, 50]));
        let (picture, _) = fit(picture, 128);
        assert_eq!(picture.get_pixel(64, 64).0, [200, 100, 50]);
    }
}
