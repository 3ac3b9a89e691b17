//! WebP, lossy and lossless.

use std::io::{self, BufRead, Seek, SeekFrom};

use image::RgbImage;
use image::metadata::Orientation;
use image_webp::{DecodingError, WebPDecoder};

use super::colour::sample::Samples;
use super::colour::source::{self, LARGEST_PROFILE, Source};
use super::colour::{Conversion, on_white};
use super::demand::Demand;
use super::error::PictureError;

/// Bytes of EXIF, or of a profile, that are read.
const BESIDE: usize = LARGEST_PROFILE;
/// What the codes of a lossless picture take. A file may ask for a hundred times as much, with a few megabytes and
/// whatever its header says; no photo does.
const CODES: u64 = 32 << 20;

/// What decoding takes.
pub(super) fn demand(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<Demand, PictureError> {
    let profile = profile_size(file).unwrap_or(0);
    file.rewind()?;
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
    Ok(Demand { width, height, kind, memory: padded * halves / 2 + 3 * bytes + codes + source::demand(profile) })
}

/// Bytes of the colour profile. It has to stand behind the first chunk, which says that there is more than a picture.
fn profile_size(file: &mut (impl BufRead + Seek)) -> io::Result<u64> {
    file.seek(SeekFrom::Start(30))?;
    let mut chunk = [0; 8];
    file.read_exact(&mut chunk)?;
    let [b'I', b'C', b'C', b'P', size @ ..] = chunk else { return Ok(0) };
    Ok(u32::from_le_bytes(size).into())
}

/// The picture as stored, and how it is meant to be turned.
pub(super) fn decode(file: impl BufRead + Seek) -> Result<(RgbImage, Orientation), PictureError> {
    let mut decoder = WebPDecoder::new(file).map_err(undecodable)?;
    decoder.set_memory_limit(BESIDE);
    let profile = decoder.icc_profile().ok().flatten().map(Source::Profile);
    let mut conversion = profile.and_then(|profile| Conversion::new(&profile, Samples::Rgb));
    let exif = decoder.exif_metadata().map_err(undecodable)?;
    let orientation = exif.and_then(|exif| Orientation::from_exif_chunk(&exif)).unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    let bytes = decoder.output_buffer_size().ok_or_else(|| PictureError::undecodable("it is too large"))?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(undecodable)?;
    if decoder.has_alpha() || conversion.is_some() {
        flatten(&mut pixels, bytes / (width as usize * height as usize), width as usize, conversion.as_mut());
    }
    let pixels = RgbImage::from_raw(width, height, pixels).expect("three bytes for each pixel");
    Ok((pixels, orientation))
}

/// Makes sRGB of pixels of three or four channels in their place.
fn flatten(pixels: &mut Vec<u8>, channels: usize, width: usize, mut conversion: Option<&mut Conversion<u8>>) {
    let rows = pixels.len() / (channels * width);
    let (mut row, mut rgb) = (Vec::with_capacity(channels * width), vec![0; 3 * width]);
    for y in 0..rows {
        row.clear();
        row.extend_from_slice(&pixels[channels * width * y..][..channels * width]);
        match &mut conversion {
            Some(conversion) => conversion.convert(&row, &mut rgb),
            None => {
                for (&[red, green, blue, alpha], out) in row.as_chunks::<4>().0.iter().zip(rgb.as_chunks_mut::<3>().0) {
                    *out = on_white([red, green, blue], alpha);
                }
            }
        }
        pixels[3 * width * y..][..3 * width].copy_from_slice(&rgb);
    }
    pixels.truncate(3 * width * rows);
}

fn undecodable(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(error) => PictureError::of_reading(error),
        other => PictureError::undecodable(other),
    }
}
