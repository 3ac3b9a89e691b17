//! The portrait: cut and brought to the size of the video.

use avatar_media::picture::resized_sharply;
use engine_api::EngineError;
use image::RgbImage;
use image::imageops;

use crate::geometry::{Frame, Geometry};
use crate::params::{Crop, Params};

/// Pictures whose longer side has fewer pixels are enlarged: players and encoders want more.
const LEAST_SIDE: u32 = 512;

/// The longest side of a video.
const MOST_SIDE: u32 = 2048;
/// Head and shoulders: a square this many times as high as the pupils are apart, its middle this far below them.
const HEAD_AND_SHOULDERS: f32 = 5.4;
const HEAD_MIDDLE: f32 = 0.75;

/// Cuts the portrait and brings it to the size of the video, and the face with it.
pub(crate) fn framed(
    picture: RgbImage,
    geometry: Geometry,
    params: &Params,
) -> Result<(RgbImage, Geometry), EngineError> {
    let mut area = Area::whole(&picture);
    if params.crop == Crop::HeadAndShoulders {
        let side = HEAD_AND_SHOULDERS * geometry.frame.unit();
        area = area.cut(side, side, middle(&geometry.frame));
    }
    let even = |side: u32| even_below(side.min(MOST_SIDE));
    let size = match (params.width.map(even), params.height.map(even)) {
        (None, None) => None,
        (Some(width), Some(height)) => {
            let aspect = width as f32 / height as f32;
            let (wide, high) = (area.width as f32, area.height as f32);
            area = area.cut(wide.min(high * aspect), high.min(wide / aspect), middle(&geometry.frame));
            Some((width, height))
        }
        (Some(width), None) => Some((width, even_near(f64::from(width) * area.height_per_width()))),
        (None, Some(height)) => Some((even_near(f64::from(height) / area.height_per_width()), height)),
    };
    if let Some((width, height)) = size.filter(|&(width, height)| width.max(height) > MOST_SIDE) {
        return Err(EngineError::input(format!(
            "the video would be {width}x{height} pixels, and {MOST_SIDE} is the most; send a smaller width or height, or both"
        )));
    }

    let geometry = geometry.moved(area.x as f32, area.y as f32);
    let picture = area.of(picture);
    let (picture, factor) = match size {
        None => fit(picture, params.max_size),
        Some(size) if size == picture.dimensions() => (picture, 1.0),
        Some((width, height)) => {
            let factor = width as f32 / picture.width() as f32;
            (resized_sharply(&picture, width, height), factor)
        }
    };
    Ok((picture, geometry.scaled(factor)))
}

/// What a cut is centred on.
fn middle(frame: &Frame) -> [f32; 2] {
    frame.to_picture(0.0, HEAD_MIDDLE)
}

/// A part of a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Area {
    fn whole(picture: &RgbImage) -> Self {
        Self { x: 0, y: 0, width: picture.width(), height: picture.height() }
    }

    /// The part of this size around a point, moved and cut where it would leave this area.
    fn cut(self, width: f32, height: f32, [x, y]: [f32; 2]) -> Self {
        let span = |low: u32, most: u32, length: f32, middle: f32| {
            let length = (length.round().max(1.0) as u32).min(most);
            let start = (middle - length as f32 / 2.0).round().clamp(low as f32, (low + most - length) as f32);
            (start as u32, length)
        };
        let (x, width) = span(self.x, self.width, width, x);
        let (y, height) = span(self.y, self.height, height, y);
        Self { x, y, width, height }
    }

    fn height_per_width(self) -> f64 {
        f64::from(self.height) / f64::from(self.width)
    }

    fn of(self, picture: RgbImage) -> RgbImage {
        if self == Self::whole(&picture) {
            return picture;
        }
        imageops::crop_imm(&picture, self.x, self.y, self.width, self.height).to_image()
    }
}

/// Brings a picture to the size of the video: its longer side at most `max_size`, both sides even, its aspect kept.
/// Returns the factor by which it was scaled.
fn fit(picture: RgbImage, max_size: u32) -> (RgbImage, f32) {
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
    (resized_sharply(&picture, side(width), side(height)), factor as f32)
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
    use crate::geometry::usual;

    fn fitted(width: u32, height: u32, max_size: u32) -> (u32, u32, f32) {
        let (picture, factor) = fit(RgbImage::new(width, height), max_size);
        (picture.width(), picture.height(), factor)
    }

    #[test]
    fn sides_are_even_and_the_aspect_is_kept() {
        assert_eq!(fitted(1000, 500, 512), (512, 256, 0.512));
        assert_eq!(fitted(333, 601, 1024), (332, 600, 1.0));
        let (width, height, _) = fitted(1999, 1501, 1023);
        assert_eq!((width, height), (1022, 768));
    }

    #[test]
    fn small_pictures_are_enlarged_only_to_the_least_size() {
        assert_eq!(fitted(600, 400, 2048), (600, 400, 1.0));
        assert_eq!(fitted(262, 262, 1024), (512, 512, 512.0 / 262.0));
        assert_eq!(fitted(100, 50, 2048), (512, 256, 5.12));
        assert_eq!(fitted(100, 50, 128), (128, 64, 1.28));
    }

    /// The size of a 600x900 portrait's video, and where its eyes (100 pixels apart at 300, 250) come to be.
    fn shown(params: Params) -> ((u32, u32), [i32; 3]) {
        let mut geometry = usual();
        geometry.frame = Frame::through([250.0, 250.0], [350.0, 250.0]);
        let (picture, geometry) = framed(RgbImage::new(600, 900), geometry, &params).unwrap();
        let [x, y] = geometry.frame.to_picture(0.0, 0.0);
        (picture.dimensions(), [x, y, geometry.frame.unit()].map(|value| value.round() as i32))
    }

    #[test]
    fn one_side_keeps_the_aspect_and_two_cut_around_the_head() {
        let sized = |width, height| shown(Params { width, height, ..Params::default() });
        assert_eq!(sized(None, None), ((600, 900), [300, 250, 100]));
        assert_eq!(sized(Some(300), None), ((300, 450), [150, 125, 50]));
        assert_eq!(sized(None, Some(1800)), ((1200, 1800), [601, 501, 200]));
        assert_eq!(sized(Some(300), Some(300)), ((300, 300), [150, 112, 50]));
        assert_eq!(sized(Some(512), Some(1024)), ((512, 1024), [256, 285, 114]));
    }

    #[test]
    fn head_and_shoulders_are_cut_out_within_the_picture() {
        let crop = Crop::HeadAndShoulders;
        assert_eq!(shown(Params { crop, ..Params::default() }), ((540, 540), [270, 195, 100]));
        let small = Params { crop, width: Some(270), ..Params::default() };
        assert_eq!(shown(small), ((270, 270), [135, 97, 50]));
    }

    #[test]
    fn a_video_that_would_be_too_large_is_refused() {
        let params = Params { width: Some(2048), ..Params::default() };
        let error = framed(RgbImage::new(600, 900), usual(), &params).unwrap_err();
        assert!(error.message.contains("2048x3072"), "{error}");
    }

    #[test]
    fn a_scaled_picture_keeps_its_colours() {
        let picture = RgbImage::from_pixel(301, 301, image::Rgb([200, 100, 50]));
        let (picture, _) = fit(picture, 128);
        assert_eq!(picture.get_pixel(64, 64).0, [200, 100, 50]);
    }
}
