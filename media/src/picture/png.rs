//! PNG: rows of whatever kind become RGB while they are read.

use std::io::{BufRead, Seek};

use ::png::{BitDepth, ColorType, Decoder, DecodingError, Info, InterlaceInfo, Limits, Transformations};
use image::RgbImage;
use image::metadata::Orientation;

use super::demand::Demand;
use super::error::PictureError;

/// How large the chunks beside the picture may be that are kept (EXIF), in bytes. Text and colour profiles are passed over.
const BESIDE: usize = 4 << 20;
/// Rows that the decoder has in memory: those before they are unfiltered, by its own arithmetic, and one of the result.
const ROWS: u64 = 8;
/// The decoder's other buffers, in bytes.
const BUFFERS: u64 = 1 << 20;

/// What decoding takes.
pub(super) fn demand(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<Demand, PictureError> {
    let mut decoder = Decoder::new(&mut *file);
    let info = decoder.read_header_info().map_err(undecodable)?;
    let (width, height) = info.size();
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let memory = pixels.saturating_mul(3).saturating_add(row_bytes(info).saturating_mul(ROWS));
    let memory = memory.saturating_add(bytes + bytes.min(2 * BESIDE as u64) + BUFFERS);
    file.rewind()?;
    Ok(Demand { width, height, kind: "a PNG", memory })
}

/// The most bytes of a row: as it is stored, or as the decoder expands it (palettes to 4, 16 bits to 8 bytes a pixel).
fn row_bytes(info: &Info<'_>) -> u64 {
    let expanded = if info.bit_depth == BitDepth::Sixteen { 8 } else { 4 };
    u64::from(info.width).saturating_mul(expanded).saturating_add(1)
}

/// The picture as stored, and how it is meant to be turned.
pub(super) fn decode(file: impl BufRead + Seek) -> Result<(RgbImage, Orientation), PictureError> {
    let mut decoder = Decoder::new(file);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let info = decoder.read_header_info().map_err(undecodable)?;
    let row_bytes = usize::try_from(row_bytes(info)).unwrap_or(usize::MAX);
    decoder.set_limits(Limits { bytes: row_bytes.saturating_add(BESIDE) });
    let mut reader = decoder.read_info().map_err(undecodable)?;
    let info = reader.info();
    let (width, height) = info.size();
    if info.frame_control.is_some_and(|frame| (frame.width, frame.height) != (width, height)) {
        return Err(PictureError::undecodable("its first picture is smaller than the header says"));
    }
    let exif = info.exif_metadata.as_ref();
    let orientation = exif.and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms);
    let to_rgb = conversion(reader.output_color_type());

    let stride = 3 * width as usize;
    let mut pixels = RgbImage::new(width, height).into_raw();
    let mut row_rgb = vec![0; stride];
    let mut next = 0;
    while let Some(row) = reader.next_interlaced_row().map_err(undecodable)? {
        match row.interlace() {
            InterlaceInfo::Null(_) => {
                to_rgb(row.data(), &mut pixels[next * stride..][..stride]);
                next += 1;
            }
            InterlaceInfo::Adam7(place) => {
                to_rgb(row.data(), &mut row_rgb);
                ::png::expand_interlaced_row(&mut pixels, stride, &row_rgb, place, 24);
            }
        }
    }
    Ok((RgbImage::from_raw(width, height, pixels).expect("three bytes for each pixel"), orientation))
}

/// Turns a row of this kind into RGB; as many pixels as both have.
fn conversion((color, depth): (ColorType, BitDepth)) -> fn(&[u8], &mut [u8]) {
    match (color, depth) {
        (ColorType::Grayscale, BitDepth::Sixteen) => |row, rgb| each(row, rgb, |&[g, h]| [eight(g, h); 3]),
        (ColorType::Grayscale, _) => |row, rgb| each(row, rgb, |&[grey]| [grey; 3]),
        (ColorType::GrayscaleAlpha, BitDepth::Sixteen) => {
            |row, rgb| each(row, rgb, |&[g, h, a, b]| on_white([eight(g, h); 3], eight(a, b)))
        }
        (ColorType::GrayscaleAlpha, _) => |row, rgb| each(row, rgb, |&[grey, alpha]| on_white([grey; 3], alpha)),
        (ColorType::Rgba, BitDepth::Sixteen) => |row, rgb| {
            each(row, rgb, |&[r, s, g, h, b, c, a, z]| on_white([eight(r, s), eight(g, h), eight(b, c)], eight(a, z)))
        },
        (ColorType::Rgba, _) => |row, rgb| each(row, rgb, |&[r, g, b, alpha]| on_white([r, g, b], alpha)),
        (_, BitDepth::Sixteen) => {
            |row, rgb| each(row, rgb, |&[r, s, g, h, b, c]| [eight(r, s), eight(g, h), eight(b, c)])
        }
        _ => |row, rgb| each(row, rgb, |&pixel: &[u8; 3]| pixel),
    }
}

fn each<const N: usize>(row: &[u8], rgb: &mut [u8], convert: impl Fn(&[u8; N]) -> [u8; 3]) {
    for (pixel, out) in row.as_chunks::<N>().0.iter().zip(rgb.as_chunks_mut::<3>().0) {
        *out = convert(pixel);
    }
}

/// The nearest 8 bits of 16.
fn eight(high: u8, low: u8) -> u8 {
    ((u32::from(u16::from_be_bytes([high, low])) + 128) / 257) as u8
}

/// Blends transparency onto white, which is what people see behind a cut-out portrait.
pub(super) fn on_white(color: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u32::from(alpha);
    color.map(|channel| ((u32::from(channel) * alpha + 255 * (255 - alpha) + 127) / 255) as u8)
}

fn undecodable(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(error) => PictureError::of_reading(error),
        other => PictureError::undecodable(other),
    }
}
