//! PNG: rows of whatever kind become RGB while they are read.

use std::io::{BufRead, Seek};

use ::png::{BitDepth, ColorType, Decoder, DecodingError, Info, InterlaceInfo, Limits, Transformations};
use image::RgbImage;
use image::metadata::Orientation;

use super::colour::sample::Samples;
use super::colour::source::{self, Source};
use super::colour::{Conversion, on_white};
use super::demand::Demand;
use super::error::PictureError;

mod profile;

/// How large the chunks beside the picture may be that are kept (EXIF), in bytes. Text is passed over.
const BESIDE: usize = 4 << 20;
/// Rows that the decoder has in memory: those before they are unfiltered, by its own arithmetic, and one of the result.
const ROWS: u64 = 8;
/// The decoder's other buffers, in bytes.
const BUFFERS: u64 = 1 << 20;

/// What decoding takes.
pub(super) fn demand(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<Demand, PictureError> {
    let profile = profile::size(file);
    file.rewind()?;
    let mut decoder = Decoder::new(&mut *file);
    let info = decoder.read_header_info().map_err(undecodable)?;
    let (width, height) = info.size();
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let memory = pixels.saturating_mul(3).saturating_add(row_bytes(info).saturating_mul(ROWS));
    let memory = memory.saturating_add(bytes + bytes.min(2 * BESIDE as u64) + BUFFERS + source::demand(profile));
    file.rewind()?;
    Ok(Demand { width, height, kind: "a PNG", memory })
}

/// The most bytes of a row: as it is stored, or as the decoder expands it (palettes to 4, 16 bits to 8 bytes a pixel).
fn row_bytes(info: &Info<'_>) -> u64 {
    let expanded = if info.bit_depth == BitDepth::Sixteen { 8 } else { 4 };
    u64::from(info.width).saturating_mul(expanded).saturating_add(1)
}

/// The picture as stored, and how it is meant to be turned.
pub(super) fn decode(mut file: impl BufRead + Seek) -> Result<(RgbImage, Orientation), PictureError> {
    let profile = profile::read(&mut file);
    file.rewind()?;
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
    let mut rows = Rows::of(reader.output_color_type(), said_of_colours(info, profile));

    let stride = 3 * width as usize;
    let mut pixels = RgbImage::new(width, height).into_raw();
    let mut row_rgb = vec![0; stride];
    let mut next = 0;
    while let Some(row) = reader.next_interlaced_row().map_err(undecodable)? {
        match row.interlace() {
            InterlaceInfo::Null(_) => {
                rows.convert(row.data(), &mut pixels[next * stride..][..stride]);
                next += 1;
            }
            InterlaceInfo::Adam7(place) => {
                rows.convert(row.data(), &mut row_rgb);
                ::png::expand_interlaced_row(&mut pixels, stride, &row_rgb, place, 24);
            }
        }
    }
    Ok((RgbImage::from_raw(width, height, pixels).expect("three bytes for each pixel"), orientation))
}

/// What counts most of what a file says of its colours, in the order that the standard has.
fn said_of_colours(info: &Info<'_>, profile: Option<Vec<u8>>) -> Option<Source> {
    if let Some(points) = info.coding_independent_code_points {
        return Some(Source::CodePoints { primaries: points.color_primaries, transfer: points.transfer_function });
    }
    if let Some(profile) = profile {
        return Some(Source::Profile(profile));
    }
    if info.srgb.is_some() {
        return None;
    }
    let gamma = info.gama_chunk.map(|gamma| 1.0 / gamma.into_value());
    let chromaticities = info.chrm_chunk.map(|points| {
        [points.white, points.red, points.green, points.blue].map(|(x, y)| (x.into_value(), y.into_value()))
    });
    (gamma.is_some() || chromaticities.is_some()).then_some(Source::Measured { gamma, chromaticities })
}

/// How rows become RGB.
enum Rows {
    /// Their colours are those of sRGB.
    Kept(fn(&[u8], &mut [u8])),
    Eight(Conversion<u8>, usize),
    Sixteen(Conversion<u16>, usize, Vec<u16>),
}

impl Rows {
    fn of((color, depth): (ColorType, BitDepth), source: Option<Source>) -> Self {
        let grey = matches!(color, ColorType::Grayscale | ColorType::GrayscaleAlpha);
        let (samples, channels) = (if grey { Samples::Grey } else { Samples::Rgb }, color.samples());
        let converted = source.and_then(|source| match depth {
            BitDepth::Sixteen => Some(Self::Sixteen(Conversion::new(&source, samples)?, channels, Vec::new())),
            _ => Some(Self::Eight(Conversion::new(&source, samples)?, channels)),
        });
        converted.unwrap_or(Self::Kept(kept((color, depth))))
    }

    /// As many pixels as the row has.
    fn convert(&mut self, row: &[u8], rgb: &mut [u8]) {
        match self {
            Self::Kept(convert) => convert(row, rgb),
            Self::Eight(conversion, channels) => conversion.convert(row, &mut rgb[..3 * (row.len() / *channels)]),
            Self::Sixteen(conversion, channels, wide) => {
                wide.clear();
                wide.extend(row.as_chunks::<2>().0.iter().map(|&bytes| u16::from_be_bytes(bytes)));
                conversion.convert(wide, &mut rgb[..3 * (wide.len() / *channels)]);
            }
        }
    }
}

/// Turns a row of this kind into RGB; as many pixels as both have.
fn kept((color, depth): (ColorType, BitDepth)) -> fn(&[u8], &mut [u8]) {
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

fn undecodable(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(error) => PictureError::of_reading(error),
        other => PictureError::undecodable(other),
    }
}
