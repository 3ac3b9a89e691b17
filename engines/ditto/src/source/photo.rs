//! Reads a photo as OpenCV does, and brings pictures to an allowed size.

use std::io::Cursor;

use engine_vision::opencv_resize;
use engine_vision::raster::Raster;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader};
use thiserror::Error;

/// Why a source is not taken.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The bytes are no image of a known kind.
    #[error("the photo cannot be read: {0}")]
    Unreadable(#[from] image::ImageError),
    /// Nothing is left of it.
    #[error("a source of {width} by {height} pixels is too small")]
    TooSmall {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A clip has pictures of several sizes.
    #[error("the size of the clip's pictures changes after {seconds:.2} seconds: cut it there")]
    SizeChanges {
        /// Where, from its start.
        seconds: f64,
    },
}

/// RGB pixels of an encoded photo. Its kind is told from the bytes; EXIF orientation is applied, alpha is dropped
/// without blending, grey becomes three equal channels, and 16-bit samples keep their upper byte.
///
/// # Errors
/// Where the bytes are no image.
pub fn decode(bytes: &[u8]) -> Result<Raster<u8>, SourceError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(image::ImageError::from)?;
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width() as usize, image.height() as usize);
    let upper = |samples: &[u16]| samples.iter().map(|sample| (sample >> 8) as u8).collect();
    let data: Vec<u8> = match &image {
        DynamicImage::ImageLuma16(_) | DynamicImage::ImageLumaA16(_) => upper(image.to_rgb16().as_raw()),
        DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgba16(_) => upper(image.to_rgb16().as_raw()),
        _ => image.into_rgb8().into_raw(),
    };
    Raster::new(width, height, 3, data).ok_or(SourceError::TooSmall { width, height })
}

/// The size that a source of this height and width gets: at most `max_size` on the longer side (where
/// there is a limit), and even. Returns height, width and whether anything changes.
#[must_use]
pub fn allowed_size(height: usize, width: usize, max_size: Option<usize>) -> (usize, usize, bool) {
    let (mut h, mut w) = (height, width);
    if let Some(limit) = max_size.filter(|limit| h.max(w) > *limit) {
        let other = |short: usize, long: usize| ((short * limit) as f64 / long as f64).round_ties_even() as usize;
        (h, w) = if h > w { (limit, other(w, h)) } else { (other(h, w), limit) };
    }
    (h, w) = (h - h % 2, w - w % 2);
    (h, w, (h, w) != (height, width))
}

/// A decoded picture at its allowed size.
///
/// # Errors
/// Where a side would have no pixels.
pub fn fitted(image: Raster<u8>, max_size: Option<usize>) -> Result<Raster<u8>, SourceError> {
    let (height, width, changes) = allowed_size(image.height(), image.width(), max_size);
    if height == 0 || width == 0 {
        return Err(SourceError::TooSmall { width: image.width(), height: image.height() });
    }
    Ok(if changes { opencv_resize::linear(&image, width, height) } else { image })
}
