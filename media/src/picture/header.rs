//! What a picture's file says of itself before anything is decoded, and what decoding it will take.

use std::io::{BufRead, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use super::demand::Demand;
use super::error::PictureError;
use super::format::PictureFormat;
use super::{bitmap, heif, jpeg, png, tiff, webp};
use crate::sniff;

/// What a picture may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureLimits {
    /// Most bytes of the file.
    pub max_bytes: u64,
    /// Most pixels, width times height, as the file's header states them.
    pub max_pixels: u64,
    /// Most bytes of memory that decoding may take, by what the file's header states.
    pub max_memory: u64,
}

/// What a picture's file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the file is.
    pub format: PictureFormat,
    /// Pixels across, as stored.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// The most bytes of memory that it takes to decode it, to look for faces in it and to write it anew: the file and
    /// the finished picture among them.
    pub memory: u64,
}

/// What is needed beside what a decoder needs, in bytes: by the process that it runs in.
const BESIDE: u64 = 6 << 20;
/// What is needed beside a finished picture, to look for faces in it and to write it.
const AFTERWARDS: u64 = 16 << 20;

impl Header {
    /// Reads it. Takes little memory, whatever the file says.
    ///
    /// # Errors
    /// It is no picture, a damaged one, or one that passes a limit.
    pub fn read(file: &mut (impl BufRead + Seek), limits: &PictureLimits) -> Result<Self, PictureError> {
        let (format, bytes) = format_of(file, limits)?;
        let Demand { width, height, kind, memory } = match format {
            PictureFormat::Jpeg => jpeg::demand(file, bytes),
            PictureFormat::Png => png::demand(file, bytes),
            PictureFormat::WebP => webp::demand(file, bytes),
            PictureFormat::Heic | PictureFormat::Avif => heif::demand(file, bytes, format),
            PictureFormat::Tiff => tiff::demand(file, bytes),
            PictureFormat::Gif | PictureFormat::Bmp => bitmap::demand(file, bytes, format),
        }?;
        if width == 0 || height == 0 {
            return Err(PictureError::undecodable("its header gives it no size"));
        }
        if u64::from(width) * u64::from(height) > limits.max_pixels {
            return Err(PictureError::TooManyPixels { width, height, limit: limits.max_pixels });
        }
        let memory = memory.saturating_add(BESIDE).max(3 * u64::from(width) * u64::from(height) + AFTERWARDS);
        if memory > limits.max_memory {
            return Err(PictureError::TooMuchMemory { width, height, kind, needed: memory, limit: limits.max_memory });
        }
        Ok(Self { format, width, height, memory })
    }
}

/// What a file is by its first bytes, once its size is known to be right.
fn format_of(file: &mut (impl BufRead + Seek), limits: &PictureLimits) -> Result<(PictureFormat, u64), PictureError> {
    let bytes = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    if bytes == 0 {
        return Err(PictureError::Empty);
    }
    if bytes > limits.max_bytes {
        return Err(PictureError::TooManyBytes { bytes, limit: limits.max_bytes });
    }
    let mut beginning = Vec::new();
    (&mut *file).take(sniff::BEGINNING).read_to_end(&mut beginning)?;
    file.rewind()?;
    match PictureFormat::of(&beginning) {
        Some(format) => Ok((format, bytes)),
        None => Err(PictureError::Unsupported { what: sniff::describe(&beginning).to_owned() }),
    }
}
