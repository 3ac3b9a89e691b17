//! JPEG: its marker structure, which tells what decoding takes and whether the file is whole, and its pixels.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

use image::RgbImage;
use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::demand::Demand;
use super::error::PictureError;

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const EXIF: u8 = 0xe1;
const ADOBE: u8 = 0xee;
const COMMENT: u8 = 0xfe;

/// How often a progressive picture may be gone through. Encoders make 6 to 20 scans; a file of 10 MB has room for
/// hundreds of thousands, and each costs as much as a small picture.
const SCANS: usize = 100;
/// The decoder's tables and small buffers, in bytes.
const TABLES: u64 = 1 << 20;

/// What the start of a frame says.
struct Frame {
    width: u32,
    height: u32,
    progressive: bool,
    /// Sampling factors, across and down, of each component.
    factors: Vec<(u64, u64)>,
}

/// What decoding takes.
pub(super) fn demand(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<Demand, PictureError> {
    let (frame, in_first_scan) = read_headers(file).map_err(PictureError::of_reading)??;
    file.rewind()?;
    // A picture whose components come one after the other has to be kept as coefficients, like a progressive one.
    let (kind, kept) = match (frame.progressive, in_first_scan < frame.factors.len()) {
        (true, _) => ("a progressive JPEG", true),
        (false, true) => ("a JPEG of several scans", true),
        (false, false) => ("a JPEG", false),
    };
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    let working = frame.rows() + if kept { frame.coefficients() } else { 0 };
    Ok(Demand { width: frame.width, height: frame.height, kind, memory: 3 * pixels + working + bytes + TABLES })
}

impl Frame {
    /// Reads the segment behind a marker that starts a frame.
    fn parse(marker: u8, segment: &[u8]) -> Result<Self, PictureError> {
        let progressive = match marker {
            0xc0 | 0xc1 => false,
            0xc2 => true,
            other => {
                return Err(PictureError::undecodable(format!("it is a JPEG of a rare kind (SOF{})", other - 0xc0)));
            }
        };
        let [_, high, low, wide, narrow, count, components @ ..] = segment else {
            return Err(PictureError::undecodable("its header is cut short"));
        };
        let factors: Vec<(u64, u64)> = components
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[_, both, _]| (u64::from(both >> 4), u64::from(both & 15)))
            .collect();
        let known = 1..=4;
        if !known.contains(&usize::from(*count))
            || factors.len() != usize::from(*count)
            || !factors
                .iter()
                .all(|&(across, down)| known.contains(&(across as usize)) && known.contains(&(down as usize)))
        {
            return Err(PictureError::undecodable("its header is damaged"));
        }
        let size = |high: &u8, low: &u8| u32::from(u16::from_be_bytes([*high, *low]));
        let (width, height) = (size(wide, narrow), size(high, low));
        if width == 0 || height == 0 {
            return Err(PictureError::undecodable("its header gives it no size"));
        }
        Ok(Self { width, height, progressive, factors })
    }

    /// The most of the sampling factors, across and down.
    fn most(&self) -> (u64, u64) {
        self.factors.iter().fold((1, 1), |most, factors| (most.0.max(factors.0), most.1.max(factors.1)))
    }

    /// Blocks of the largest sampling, across and down.
    fn units(&self) -> (u64, u64) {
        let most = self.most();
        (u64::from(self.width).div_ceil(8 * most.0), u64::from(self.height).div_ceil(8 * most.1))
    }

    /// Bytes of all coefficients, of two bytes each.
    fn coefficients(&self) -> u64 {
        let (across, down) = self.units();
        self.factors.iter().map(|factors| 2 * 64 * across * down * factors.0 * factors.1).sum()
    }

    /// Bytes of the rows that are decoded, upsampled and converted at a time.
    fn rows(&self) -> u64 {
        let (most, (across, _)) = (self.most(), self.units());
        let rows = self.factors.iter().map(|&(h, v)| {
            let ratio = most.0.div_ceil(h) * most.1.div_ceil(v);
            2 * 8 * across * h * (10 * v + ratio * (16 + v))
        });
        rows.sum::<u64>() + 2 * 8 * 8 * across * most.0
    }
}

/// The frame, and how many of its components the first scan has. The outer error is about reading.
fn read_headers(file: &mut (impl BufRead + Seek)) -> io::Result<Result<(Frame, usize), PictureError>> {
    file.seek(SeekFrom::Start(2))?;
    let mut frame = None;
    loop {
        let marker = next_marker_of(file)?;
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        let mut length = [0; 2];
        file.read_exact(&mut length)?;
        let length = i64::from(u16::from_be_bytes(length).max(2)) - 2;
        match marker {
            END_OF_IMAGE => return Ok(Err(PictureError::undecodable("it has no picture data"))),
            START_OF_SCAN => {
                let mut count = [0];
                file.read_exact(&mut count)?;
                let headers = frame.map(|frame| (frame, usize::from(count[0])));
                return Ok(headers.ok_or_else(|| PictureError::undecodable("it has no header")));
            }
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let mut segment = Vec::new();
                Read::take(&mut *file, length as u64).read_to_end(&mut segment)?;
                match Frame::parse(marker, &segment) {
                    Ok(read) => frame = Some(read),
                    Err(error) => return Ok(Err(error)),
                }
            }
            _ => file.seek_relative(length)?,
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
    // The decoder paints what is missing grey, so the end is looked for first.
    if !is_complete(&bytes) {
        return Err(PictureError::undecodable("the file is cut short"));
    }
    remove_metadata(&mut bytes);
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_max_scans(SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes), options);
    decoder.decode_headers().map_err(PictureError::undecodable)?;
    if decoder.dimensions() != Some((size.0 as usize, size.1 as usize)) {
        return Err(PictureError::undecodable("its headers contradict each other"));
    }
    let exif = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let mut pixels = RgbImage::new(size.0, size.1);
    decoder.decode_into(&mut pixels).map_err(PictureError::undecodable)?;
    Ok((pixels, exif.unwrap_or(Orientation::NoTransforms)))
}

/// Whether the picture's own end marker is there. Segments are stepped over by their length, so that the end of an
/// EXIF thumbnail is not taken for the end of the picture; what follows the end (motion photos) is not looked at.
fn is_complete(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some((marker, after)) = next_marker(rest) {
        rest = match marker {
            END_OF_IMAGE => return true,
            // Stuffed zeros and restart markers stand inside a scan's data and have no length.
            0x00 | 0x01 | 0xd0..=0xd8 => after,
            _ => match segment(after) {
                Some(length) => after.get(length..).unwrap_or_default(),
                None => return false,
            },
        };
    }
    false
}

/// Takes out what no pixel depends on: profiles, descriptions, thumbnails, all but the first EXIF block. The decoder keeps
/// them, and sorts the pieces of some anew for each that is added.
fn remove_metadata(bytes: &mut Vec<u8>) {
    let (mut read, mut written, mut exif) = (2, 2, false);
    while let Some((marker, after)) = next_marker(&bytes[read..]) {
        let start = bytes.len() - after.len();
        let length = match marker {
            START_OF_SCAN => break,
            0x00 | 0x01 | 0xd0..=0xd9 => 0,
            _ => segment(after).unwrap_or(0).min(after.len()),
        };
        let beside = match marker {
            EXIF => {
                !after[..length].get(2..).is_some_and(|text| text.starts_with(b"Exif\0"))
                    || std::mem::replace(&mut exif, true)
            }
            ADOBE => false,
            0xe0..=0xef | COMMENT => true,
            _ => false,
        };
        if !beside {
            bytes.copy_within(read..start + length, written);
            written += start + length - read;
        }
        read = start + length;
    }
    bytes.drain(written..read);
}

/// The length of the segment that begins here, itself included; none at the end of the file.
fn segment(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [high, low, ..] => Some(usize::from(u16::from_be_bytes([*high, *low])).max(2)),
        _ => None,
    }
}

/// The next byte that follows an `ff` and is not one, with what comes after it.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let at = bytes.windows(2).position(|pair| pair[0] == 0xff && pair[1] != 0xff)?;
    Some((bytes[at + 1], &bytes[at + 2..]))
}
