//! BMP, and the first frame of a GIF: small formats that are decoded at once, into one buffer.

use std::io::{BufRead, Seek, SeekFrom};

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, RgbImage};

use super::colour::on_white;
use super::demand::Demand;
use super::error::PictureError;
use super::format::PictureFormat;

/// Palettes, codes and rows, in bytes.
const BUFFERS: u64 = 1 << 20;

/// What decoding takes.
pub(super) fn demand(
    file: &mut (impl BufRead + Seek),
    bytes: u64,
    format: PictureFormat,
) -> Result<Demand, PictureError> {
    let (kind, (width, height), pixel_bytes) = match format {
        // With transparency, and as much for a frame that does not fill the picture.
        PictureFormat::Gif => ("a GIF picture", gif_size(file)?, 8),
        _ => {
            let decoder = BmpDecoder::new(&mut *file).map_err(told)?;
            ("a BMP picture", decoder.dimensions(), u64::from(decoder.color_type().bytes_per_pixel()))
        }
    };
    file.rewind()?;
    let pixels = u64::from(width).saturating_mul(height.into());
    Ok(Demand { width, height, kind, memory: pixels.saturating_mul(pixel_bytes).saturating_add(bytes + BUFFERS) })
}

fn gif_size(file: &mut (impl BufRead + Seek)) -> Result<(u32, u32), PictureError> {
    let mut size = [0; 4];
    file.seek(SeekFrom::Start(6))?;
    file.read_exact(&mut size).map_err(PictureError::of_reading)?;
    let [a, b, c, d] = size;
    Ok((u16::from_le_bytes([a, b]).into(), u16::from_le_bytes([c, d]).into()))
}

/// The picture, which is never turned.
pub(super) fn decode(
    file: impl BufRead + Seek,
    format: PictureFormat,
) -> Result<(RgbImage, Orientation), PictureError> {
    let pixels = match format {
        PictureFormat::Gif => pixels_of(GifDecoder::new(file).map_err(told)?),
        _ => pixels_of(BmpDecoder::new(file).map_err(told)?),
    }?;
    Ok((pixels, Orientation::NoTransforms))
}

fn pixels_of(decoder: impl ImageDecoder) -> Result<RgbImage, PictureError> {
    let ((width, height), color) = (decoder.dimensions(), decoder.color_type());
    let bytes = usize::try_from(decoder.total_bytes()).map_err(PictureError::undecodable)?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(told)?;
    let count = width as usize * height as usize;
    match color {
        ColorType::Rgb8 => {}
        ColorType::Rgba8 => {
            for n in 0..count {
                let [red, green, blue, alpha] = std::array::from_fn(|channel| pixels[4 * n + channel]);
                pixels[3 * n..3 * n + 3].copy_from_slice(&on_white([red, green, blue], alpha));
            }
            pixels.truncate(3 * count);
        }
        other => return Err(PictureError::undecodable(format!("its colours are of a rare kind ({other:?})"))),
    }
    Ok(RgbImage::from_raw(width, height, pixels).expect("three bytes for each pixel"))
}

fn told(error: ImageError) -> PictureError {
    match error {
        ImageError::IoError(error) => PictureError::of_reading(error),
        ImageError::Limits(_) => PictureError::undecodable("it wants more memory than it may have"),
        ImageError::Decoding(error) => PictureError::undecodable(error),
        other => PictureError::undecodable(other),
    }
}
