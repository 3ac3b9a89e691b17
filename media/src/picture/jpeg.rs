//! JPEG: what decoding one takes, and its pixels.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, Read, Seek, SeekFrom};

use image::RgbImage;
use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::colour::Conversion;
use super::colour::sample::Samples;
use super::colour::source::{self, Source};
use super::demand::Demand;
use super::error::PictureError;
use frame::Frame;
use segments::{END_OF_IMAGE, PROFILE, PROFILE_NAME, START_OF_SCAN};

mod frame;
mod segments;

/// How often a progressive picture may be gone through. Encoders make 6 to 20 scans; a file of 10 MB has room for
/// hundreds of thousands, and each costs as much as a small picture.
const SCANS: usize = 100;
/// The decoder's tables and small buffers, in bytes.
const TABLES: u64 = 1 << 20;

/// What is read of a file before it is decoded.
struct Headers {
    frame: Frame,
    /// Components of the first scan.
    in_first_scan: usize,
    /// Bytes of the colour profile.
    profile: u64,
}

/// What decoding takes.
pub(super) fn demand(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<Demand, PictureError> {
    let Headers { frame, in_first_scan, profile } = read_headers(file).map_err(PictureError::of_reading)??;
    file.rewind()?;
    // A picture whose components come one after the other has to be kept as coefficients, like a progressive one.
    let (kind, kept) = match (frame.progressive, in_first_scan < frame.components()) {
        (true, _) => ("a progressive JPEG", true),
        (false, true) => ("a JPEG of several scans", true),
        (false, false) => ("a JPEG", false),
    };
    // Inks are kept until their profile has made colours of them.
    let channels = if frame.components() == 4 && profile > 0 { 4 } else { 3 };
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    let working = frame.rows() + if kept { frame.coefficients() } else { 0 };
    let memory = channels * pixels + working + bytes + TABLES + source::demand(profile);
    Ok(Demand { width: frame.width, height: frame.height, kind, memory })
}

/// What stands before the first scan. The outer error is about reading.
fn read_headers(file: &mut (impl BufRead + Seek)) -> io::Result<Result<Headers, PictureError>> {
    file.seek(SeekFrom::Start(2))?;
    let (mut frame, mut profile) = (None, 0);
    loop {
        let marker = next_marker_of(file)?;
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        let mut length = [0; 2];
        file.read_exact(&mut length)?;
        let length = u16::from_be_bytes(length).max(2) - 2;
        match marker {
            END_OF_IMAGE => return Ok(Err(PictureError::undecodable("it has no picture data"))),
            START_OF_SCAN => {
                let mut count = [0];
                file.read_exact(&mut count)?;
                let headers = frame.map(|frame| Headers { frame, in_first_scan: count[0].into(), profile });
                return Ok(headers.ok_or_else(|| PictureError::undecodable("it has no header")));
            }
            0xc0..=0xcf | 0xf7 if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let mut segment = Vec::new();
                Read::take(&mut *file, length.into()).read_to_end(&mut segment)?;
                match Frame::parse(marker, &segment) {
                    Ok(read) => frame = Some(read),
                    Err(error) => return Ok(Err(error)),
                }
            }
            PROFILE if usize::from(length) > PROFILE_NAME.len() => {
                let mut name = [0; PROFILE_NAME.len()];
                file.read_exact(&mut name)?;
                if name == *PROFILE_NAME {
                    profile += u64::from(length);
                }
                file.seek_relative(i64::from(length) - PROFILE_NAME.len() as i64)?;
            }
            _ => file.seek_relative(length.into())?,
        }
    }
}

/// The next byte that follows an `ff` and is neither one nor zero.
fn next_marker_of(file: &mut impl BufRead) -> io::Result<u8> {
    let mut last = 0;
    loop {
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        match (last, byte[0]) {
            (0xff, marker) if !matches!(marker, 0x00 | 0xff) => return Ok(marker),
            _ => last = byte[0],
        }
    }
}

/// The picture as stored, and how it is meant to be turned. `size` is what its header was read as.
pub(super) fn decode(mut bytes: Vec<u8>, size: (u32, u32)) -> Result<(RgbImage, Orientation), PictureError> {
    let profile = segments::profile(&bytes).map(Source::Profile);
    let ends = segments::has_end(&bytes);
    if !ends && !segments::has_all_scans(&bytes) {
        return Err(cut_short());
    }
    segments::remove_metadata(&mut bytes);
    if !ends {
        put_end(&mut bytes, size)?;
    }
    let mut decoder = decoder(&bytes, size, ColorSpace::RGB)?;
    let exif = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let stored = decoder.input_colorspace();
    let samples = match stored {
        Some(ColorSpace::Luma) => Samples::Grey,
        Some(ColorSpace::CMYK | ColorSpace::YCCK) => Samples::Cmyk,
        _ => Samples::Rgb,
    };
    let conversion = profile.and_then(|profile| Conversion::new(&profile, samples));
    let pixels = match (conversion, stored) {
        (Some(mut conversion), Some(inks)) if samples == Samples::Cmyk => {
            drop(decoder);
            of_inks(&bytes, size, inks, &mut conversion)?
        }
        (conversion, _) => {
            let mut pixels = pixels_of(&mut decoder, size)?;
            if let Some(mut conversion) = conversion {
                convert(&mut pixels, samples, &mut conversion);
            }
            pixels
        }
    };
    Ok((pixels, exif.unwrap_or(Orientation::NoTransforms)))
}

fn cut_short() -> PictureError {
    PictureError::undecodable("the file is cut short")
}

/// A decoder that has read the headers.
fn decoder(bytes: &[u8], size: (u32, u32), colours: ColorSpace) -> Result<JpegDecoder<ZCursor<&[u8]>>, PictureError> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_max_scans(SCANS)
        .jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(PictureError::undecodable)?;
    if decoder.dimensions() != Some((size.0 as usize, size.1 as usize)) {
        return Err(PictureError::undecodable("its headers contradict each other"));
    }
    Ok(decoder)
}

fn pixels_of(decoder: &mut JpegDecoder<ZCursor<&[u8]>>, size: (u32, u32)) -> Result<RgbImage, PictureError> {
    let mut pixels = RgbImage::new(size.0, size.1);
    decoder.decode_into(&mut pixels).map_err(PictureError::undecodable)?;
    Ok(pixels)
}

/// Puts the end marker behind a file that lacks it, if it lacks nothing else. The decoder paints what is missing as it
/// likes and does not tell; but where it has asked for more than there is, it paints something else if something else
/// stands there.
fn put_end(bytes: &mut Vec<u8>, size: (u32, u32)) -> Result<(), PictureError> {
    const CONTINUATIONS: [[u8; 32]; 3] = [[0x2d; 32], [0xb3; 32], [0; 32]];
    while bytes.last() == Some(&0xff) {
        bytes.pop();
    }
    let length = bytes.len();
    let mut seen = None;
    for continuation in CONTINUATIONS {
        bytes.truncate(length);
        bytes.extend(continuation);
        bytes.extend([0xff, END_OF_IMAGE]);
        let mut hasher = DefaultHasher::new();
        pixels_of(&mut decoder(bytes, size, ColorSpace::RGB)?, size)?.as_raw().hash(&mut hasher);
        if *seen.get_or_insert(hasher.finish()) != hasher.finish() {
            return Err(cut_short());
        }
    }
    bytes.truncate(length);
    bytes.extend([0xff, END_OF_IMAGE]);
    Ok(())
}

/// Converts pixels where they lie, row by row. Grey ones have the same number three times.
fn convert(pixels: &mut RgbImage, samples: Samples, conversion: &mut Conversion<u8>) {
    let stride = 3 * pixels.width() as usize;
    let mut row = Vec::with_capacity(stride);
    for out in pixels.chunks_exact_mut(stride) {
        row.clear();
        match samples {
            Samples::Grey => row.extend(out.iter().step_by(3)),
            _ => row.extend_from_slice(out),
        }
        conversion.convert(&row, out);
    }
}

/// Decodes inks and makes colours of them in their place.
fn of_inks(
    bytes: &[u8],
    size: (u32, u32),
    stored: ColorSpace,
    conversion: &mut Conversion<u8>,
) -> Result<RgbImage, PictureError> {
    let width = size.0 as usize;
    let mut pixels = vec![0; 4 * width * size.1 as usize];
    decoder(bytes, size, stored)?.decode_into(&mut pixels).map_err(PictureError::undecodable)?;
    let mut row = Vec::with_capacity(4 * width);
    let mut rgb = vec![0; 3 * width];
    for y in 0..size.1 as usize {
        row.clear();
        let inks = pixels[4 * width * y..][..4 * width].as_chunks::<4>().0;
        // As Adobe stores them, and everybody after it: 255 is no ink, and what YCCK has as RGB is what inks take away.
        row.extend(
            inks.iter()
                .flat_map(|&inks| if stored == ColorSpace::YCCK { of_ycck(inks) } else { inks.map(|ink| 255 - ink) }),
        );
        conversion.convert(&row, &mut rgb);
        pixels[3 * width * y..][..3 * width].copy_from_slice(&rgb);
    }
    pixels.truncate(3 * width * size.1 as usize);
    Ok(RgbImage::from_raw(size.0, size.1, pixels).expect("three bytes for each pixel"))
}

/// The amounts of ink of a pixel as Adobe stores it in YCCK.
fn of_ycck([y, cb, cr, k]: [u8; 4]) -> [u8; 4] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let inks = [y + 1.402 * cr, y - 0.344_14 * cb - 0.714_14 * cr, y + 1.772 * cb];
    let [c, m, y] = inks.map(|ink| ink.round().clamp(0.0, 255.0) as u8);
    [c, m, y, 255 - k]
}
