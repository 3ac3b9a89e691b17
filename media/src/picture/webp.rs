//! WebP, lossy and lossless.

use std::io::{BufRead, Seek};

use image::RgbImage;
use image::metadata::Orientation;
use image_webp::{DecodingError, WebPDecoder};

use super::demand::Demand;
use super::error::PictureError;
use super::png::on_white;

/// Bytes of EXIF that are read.
const EXIF: usize = 4 << 20;
/// What the codes of a lossless picture take. A file may ask for a hundred times as much, with a few megabytes and
/// whatever its header says; no photo does.
const CODES: u64 = 32 << 20;

/// What decoding takes.
pub(super) fn demand(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<Demand, PictureError> {
    let mut decoder = WebPDecoder::new(&mut *file).map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    // Half bytes a pixel: the planes and blocks of a lossy picture take 4, RGB 6, RGBA 8, an alpha channel 2 beside its
    // own RGBA.
    let (kind, halves) = match (decoder.is_animated(), decoder.is_lossy(), decoder.has_alpha()) {
        (true, ..) => ("an animated WebP", 8 + 8 + 8 + 4 + 10),
        (_, true, false) => ("a lossy WebP", 4 + 6),
        (_, true, true) => ("a lossy WebP with transparency", 4 + 8 + 10),
        // The transforms take an eighth of the picture itself.
        (_, false, true) => ("a lossless WebP with transparency", 8 + 2),
        (_, false, false) => ("a lossless WebP", 8 + 6 + 2),
    };
    // Planes and blocks are padded to whole ones of 16.
    let padded = u64::from(width.next_multiple_of(16)) * u64::from(height.next_multiple_of(16));
    let codes = if kind == "a lossy WebP" { 1 << 20 } else { CODES };
    Ok(Demand { width, height, kind, memory: padded * halves / 2 + 3 * bytes + codes })
}

/// The picture as stored, and how it is meant to be turned.
pub(super) fn decode(file: impl BufRead + Seek) -> Result<(RgbImage, Orientation), PictureError> {
    let mut decoder = WebPDecoder::new(file).map_err(undecodable)?;
    decoder.set_memory_limit(EXIF);
    let exif = decoder.exif_metadata().map_err(undecodable)?;
    let orientation = exif.and_then(|exif| Orientation::from_exif_chunk(&exif)).unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    let bytes = decoder.output_buffer_size().ok_or_else(|| PictureError::undecodable("it is too large"))?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(undecodable)?;
    if decoder.has_alpha() {
        flatten(&mut pixels);
    }
    let pixels = RgbImage::from_raw(width, height, pixels).expect("three bytes for each pixel");
    Ok((pixels, orientation))
}

/// Makes RGB of RGBA in its place.
fn flatten(pixels: &mut Vec<u8>) {
    let count = pixels.len() / 4;
    for n in 0..count {
        let color = on_white([pixels[4 * n], pixels[4 * n + 1], pixels[4 * n + 2]], pixels[4 * n + 3]);
        pixels[3 * n..3 * n + 3].copy_from_slice(&color);
    }
    pixels.truncate(3 * count);
}

fn undecodable(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(error) => PictureError::of_reading(error),
        other => PictureError::undecodable(other),
    }
}
