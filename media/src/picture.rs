//! Pictures that people upload, decoded in the gateway's own process: memory-safe decoders, no FFmpeg here.
//!
//! The content decides what a file is, never its name; its header decides whether it is decoded at all.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Write};
use std::path::Path;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageResult, Limits};
use serde::{Deserialize, Serialize};

use crate::partial_file::PartialFile;
use crate::sniff;

pub use image::{Rgb, RgbImage};

mod jpeg;

/// What a picture may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimits {
    /// Most bytes of the file.
    pub max_bytes: u64,
    /// Most pixels, width times height, as the file's header states them.
    pub max_pixels: u64,
}

/// The formats that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// JPEG: baseline or progressive; grey, YCbCr, RGB, CMYK or YCCK.
    Jpeg,
    /// PNG of every colour type and depth.
    Png,
    /// WebP, lossy or lossless; of an animation, the first frame.
    WebP,
}

impl PictureFormat {
    /// The media type, as in a `Content-Type` header.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }
}

impl std::fmt::Display for PictureFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        })
    }
}

/// A decoded picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What the file was.
    pub format: PictureFormat,
    /// Upright (the EXIF orientation is applied), 8 bits per channel, transparency flattened onto white.
    pub pixels: RgbImage,
}

/// Why a file is not taken as a picture. Each message is meant for the person who sent the file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No bytes at all.
    #[error("the picture is empty (0 bytes)")]
    Empty,
    /// More bytes than [`PictureLimits::max_bytes`].
    #[error("the picture has {bytes} bytes; at most {limit} are accepted")]
    TooManyBytes {
        /// Size of the file.
        bytes: u64,
        /// The limit that it passes.
        limit: u64,
    },
    /// The content is something else.
    #[error("a JPEG, PNG or WebP picture is needed, but this is {what}")]
    Unsupported {
        /// The kind with its article: "an MP4 video".
        what: String,
    },
    /// More pixels than [`PictureLimits::max_pixels`], told from the header before anything is decoded.
    #[error("the picture measures {width}x{height}; at most {limit} pixels in all are accepted")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit that their product passes.
        limit: u64,
    },
    /// The right kind of file, but damaged, cut short, or of a variant that no decoder here knows.
    #[error("the picture cannot be decoded: {reason}")]
    Undecodable {
        /// What the decoder found wrong.
        reason: String,
    },
    /// The picture could not be written.
    #[error("the picture could not be written: {0}")]
    Io(#[from] io::Error),
}

/// Decodes a whole picture or nothing: a file that was cut short is an error, never half a picture.
pub fn decode(bytes: &[u8], limits: &PictureLimits) -> Result<Picture, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() as u64 > limits.max_bytes {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.max_bytes });
    }
    let Some(format) = PictureFormat::of(bytes) else {
        return Err(PictureError::Unsupported { what: sniff::describe(bytes).to_owned() });
    };
    let file = Cursor::new(bytes);
    let pixels = match format {
        PictureFormat::Jpeg => {
            let decoder = JpegDecoder::new(file).map_err(undecodable)?;
            check_pixels(&decoder, limits)?;
            // The decoder paints what is missing grey, so the end is looked for first.
            if !jpeg::is_complete(bytes) {
                return Err(PictureError::Undecodable { reason: "the file is cut short".to_owned() });
            }
            upright(decoder, limits)?
        }
        PictureFormat::Png => upright(PngDecoder::with_limits(file, allocation(limits)).map_err(undecodable)?, limits)?,
        PictureFormat::WebP => upright(WebPDecoder::new(file).map_err(undecodable)?, limits)?,
    };
    Ok(Picture { format, pixels })
}

/// Writes an 8-bit RGB PNG, compressed for speed. The file appears at `path` only once it is whole.
pub fn save_png(pixels: &RgbImage, path: &Path) -> Result<(), PictureError> {
    save(path, |file| {
        let encoder = PngEncoder::new_with_quality(file, CompressionType::Fast, FilterType::Adaptive);
        pixels.write_with_encoder(encoder)
    })
}

/// Writes a JPEG whose longer side has `side` pixels at most. The file appears at `path` only once it is whole.
pub fn save_thumbnail(pixels: &RgbImage, side: u32, path: &Path) -> Result<(), PictureError> {
    let longer = u64::from(pixels.width().max(pixels.height()));
    let shrunk = |pixels: u32| (u64::from(pixels) * u64::from(side) / longer).max(1) as u32;
    let small = (longer > u64::from(side))
        .then(|| image::imageops::thumbnail(pixels, shrunk(pixels.width()), shrunk(pixels.height())));
    save(path, |file| small.as_ref().unwrap_or(pixels).write_with_encoder(JpegEncoder::new_with_quality(file, 85)))
}

fn save(path: &Path, encode: impl FnOnce(&mut BufWriter<File>) -> ImageResult<()>) -> Result<(), PictureError> {
    let (part, file) = PartialFile::create(path)?;
    let mut file = BufWriter::new(file);
    encode(&mut file).map_err(|error| match error {
        ImageError::IoError(error) => error,
        other => io::Error::other(other),
    })?;
    file.flush()?;
    drop(file);
    Ok(part.publish()?)
}

fn upright(mut decoder: impl ImageDecoder, limits: &PictureLimits) -> Result<RgbImage, PictureError> {
    check_pixels(&decoder, limits)?;
    decoder.set_limits(allocation(limits)).map_err(undecodable)?;
    let orientation = decoder.orientation().map_err(undecodable)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
    let mut picture = DynamicImage::ImageRgb8(flatten(picture));
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

fn check_pixels(decoder: &impl ImageDecoder, limits: &PictureLimits) -> Result<(), PictureError> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    Ok(())
}

/// Room for the largest pixel (four channels of 16 bits) twice over, since decoders keep working copies.
fn allocation(limits: &PictureLimits) -> Limits {
    const SMALL_PICTURES: u64 = 1 << 20;
    let mut allocation = Limits::no_limits();
    allocation.max_alloc = Some(limits.max_pixels.saturating_mul(16).saturating_add(SMALL_PICTURES));
    allocation
}

/// Blends transparency onto white, which is what people see behind a cut-out portrait.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, alpha] = rgba.get_pixel(x, y).0.map(u32::from);
        Rgb([r, g, b].map(|channel| ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8))
    })
}

fn undecodable(error: ImageError) -> PictureError {
    let reason = match &error {
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the file is cut short".to_owned()
        }
        other => other.to_string(),
    };
    PictureError::Undecodable { reason }
}

#[cfg(test)]
mod tests;
