//! The portrait of a job, as engines read it.

use std::fmt::Display;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::RgbImage;

use crate::picture::{self, Header, PictureLimits};

/// A job's portrait is a PNG that the gateway made from an accepted upload; these bounds only stop a mistake.
const LIMITS: PictureLimits = PictureLimits { max_bytes: 1 << 30, max_pixels: 200_000_000, max_memory: 2 << 30 };

/// A portrait that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the portrait cannot be read: {reason}; send it again as a JPEG or PNG picture")]
pub struct PortraitError {
    reason: String,
}

/// Reads a portrait: upright, red, green, blue.
///
/// # Errors
/// The file cannot be read, or is no picture.
pub fn read(path: &Path) -> Result<RgbImage, PortraitError> {
    let unreadable = |error: &dyn Display| PortraitError { reason: error.to_string() };
    let bytes = fs::read(path).map_err(|error| unreadable(&error))?;
    // What engines are built with does not go beyond this, so that they need no libraries for pictures.
    let header = Header::read(&mut Cursor::new(&bytes), &LIMITS).map_err(|error| unreadable(&error))?;
    Ok(picture::decode_safely(bytes, &header).map_err(|error| unreadable(&error))?.into_upright())
}
