//! Pictures are written row by row, from where they lie.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ::png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, RgbImage};

use super::error::PictureError;
use super::part::Part;
use crate::partial_file::PartialFile;

/// How many rows are turned upright at a time.
const BAND: u32 = 32;
/// Bytes of a PNG's chunks.
const CHUNK: usize = 64 << 10;

/// Writes an 8-bit RGB PNG, compressed for speed. The file appears at `path` only once it is whole.
///
/// # Errors
/// Whatever the file system answers.
pub fn save_png<'a>(picture: impl Into<Part<'a>>, path: &Path) -> Result<(), PictureError> {
    let picture = picture.into();
    save(path, |file| {
        let (width, height) = picture.dimensions();
        let mut encoder = Encoder::new(file, width, height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Fast);
        // Within 2 % as small as with the filter that suits each row best, and sooner.
        encoder.set_filter(Filter::Paeth);
        let mut png = encoder.write_header()?;
        let mut rows = png.stream_writer_with_size(CHUNK)?;
        let mut band = vec![0; 3 * width as usize * BAND.min(height) as usize];
        for first in (0..height).step_by(BAND as usize) {
            let band = &mut band[..3 * width as usize * BAND.min(height - first) as usize];
            picture.copy_rows(first, band);
            rows.write_all(band)?;
        }
        rows.finish()?;
        Ok(png.finish()?)
    })
}

/// Writes a JPEG whose longer side has `side` pixels at most. The file appears at `path` only once it is whole.
///
/// # Errors
/// Whatever the file system answers.
pub fn save_thumbnail(pixels: &RgbImage, side: u32, path: &Path) -> Result<(), PictureError> {
    let longer = u64::from(pixels.width().max(pixels.height()));
    let shrunk = |pixels: u32| (u64::from(pixels) * u64::from(side) / longer).max(1) as u32;
    let small =
        (longer > u64::from(side)).then(|| Part::from(pixels).resized(shrunk(pixels.width()), shrunk(pixels.height())));
    save(path, |file| {
        let encoder = JpegEncoder::new_with_quality(file, 85);
        Ok(small.as_ref().unwrap_or(pixels).write_with_encoder(encoder)?)
    })
}

/// Why a picture could not be encoded: the file cannot be written, or an encoder refuses.
struct Unwritten(io::Error);

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Self(error)
    }
}

impl From<EncodingError> for Unwritten {
    fn from(error: EncodingError) -> Self {
        Self(error.into())
    }
}

impl From<ImageError> for Unwritten {
    fn from(error: ImageError) -> Self {
        Self(match error {
            ImageError::IoError(error) => error,
            other => io::Error::other(other),
        })
    }
}

fn save(path: &Path, encode: impl FnOnce(&mut BufWriter<File>) -> Result<(), Unwritten>) -> Result<(), PictureError> {
    let (part, file) = PartialFile::create(path)?;
    let mut file = BufWriter::new(file);
    encode(&mut file).map_err(|Unwritten(error)| error)?;
    file.flush()?;
    drop(file);
    Ok(part.publish()?)
}
