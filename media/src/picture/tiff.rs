//! TIFF: its first picture, strip by strip or tile by tile.

use std::io::{BufRead, Seek};

use ::tiff::decoder::{Decoder, DecodingResult, Limits};
use ::tiff::tags::Tag;
use ::tiff::{ColorType, TiffError};
use image::RgbImage;
use image::metadata::Orientation;

use super::colour::sample::{Sample, Samples};
use super::colour::source::{self, LARGEST_PROFILE, Source};
use super::colour::{Conversion, on_white};
use super::demand::Demand;
use super::error::PictureError;

/// What the directory takes, such as the places of all strips, in bytes.
const DIRECTORY: u64 = 4 << 20;

/// How the pixels of a picture are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Layout {
    samples: Samples,
    /// How many samples a pixel has, opacity among them.
    channels: usize,
    bits: u8,
}

impl Layout {
    fn of<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Result<Self, PictureError> {
        // Raw files of cameras are laid out so, and begin with a small preview.
        let kind: Option<u32> = decoder.find_tag_unsigned(Tag::NewSubfileType).map_err(told)?;
        if kind.is_some_and(|kind| kind & 1 == 1) {
            return Err(PictureError::Unsupported {
                what: "a camera's raw picture, or a TIFF picture with a preview first".to_owned(),
            });
        }
        let color = decoder.colortype().map_err(told)?;
        let planes: Option<u16> = decoder.find_tag_unsigned(Tag::PlanarConfiguration).map_err(told)?;
        let (samples, channels, bits) = match color {
            ColorType::Gray(bits @ (1 | 2 | 4 | 8 | 16)) => (Samples::Grey, 1, bits),
            ColorType::Multiband { bit_depth: bits @ (8 | 16), num_samples: 2 } => (Samples::Grey, 2, bits),
            ColorType::RGB(bits @ (8 | 16)) => (Samples::Rgb, 3, bits),
            ColorType::RGBA(bits @ (8 | 16)) => (Samples::Rgb, 4, bits),
            ColorType::CMYK(bits @ (8 | 16)) => (Samples::Cmyk, 4, bits),
            other => return Err(unsupported(&format!("{other:?}"))),
        };
        if planes == Some(2) && channels > 1 {
            return Err(unsupported("each colour by itself"));
        }
        Ok(Self { samples, channels, bits })
    }

    /// Bytes of one pixel once it is read.
    fn pixel_bytes(self) -> u64 {
        self.channels as u64 * if self.bits == 16 { 2 } else { 1 }
    }
}

/// What decoding takes.
pub(super) fn demand(file: &mut (impl BufRead + Seek), bytes: u64) -> Result<Demand, PictureError> {
    let mut decoder = Decoder::new(&mut *file).map_err(told)?;
    let (width, height) = decoder.dimensions().map_err(told)?;
    let layout = Layout::of(&mut decoder)?;
    let mut number = |tag| decoder.find_tag_unsigned::<u32>(tag).map_err(told);
    let (across, down) = match (number(Tag::TileWidth)?, number(Tag::TileLength)?) {
        (Some(across), Some(down)) => (across, down),
        _ => (width, number(Tag::RowsPerStrip)?.unwrap_or(u32::MAX).min(height)),
    };
    // What is packed is unpacked beside it.
    let chunk = u64::from(across).saturating_mul(down.into()).saturating_mul(2 * layout.pixel_bytes());
    let pixels = u64::from(width).saturating_mul(height.into());
    let profile = decoder.image_ifd().find_entry(Tag::IccProfile).map_or(0, |entry| entry.count());
    let memory = pixels.saturating_mul(3).saturating_add(chunk).saturating_add(2 * bytes + DIRECTORY);
    file.rewind()?;
    Ok(Demand { width, height, kind: "a TIFF picture", memory: memory.saturating_add(source::demand(profile)) })
}

/// The picture as stored, and how it is meant to be turned.
pub(super) fn decode(file: impl BufRead + Seek) -> Result<(RgbImage, Orientation), PictureError> {
    let mut limits = Limits::unlimited();
    limits.ifd_value_size = LARGEST_PROFILE;
    let mut decoder = Decoder::new(file).map_err(told)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(told)?;
    let layout = Layout::of(&mut decoder)?;
    let orientation: Option<u8> = decoder.find_tag_unsigned(Tag::Orientation).map_err(told)?;
    let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
    let extra: Option<Vec<u16>> = decoder.find_tag_unsigned_vec(Tag::ExtraSamples).map_err(told)?;
    let premultiplied = extra.is_some_and(|kinds| kinds.first() == Some(&1));
    let source = profile(&mut decoder).map(Source::Profile);

    let mut pixels = RgbImage::new(width, height);
    let (across, down) = decoder.chunk_dimensions();
    if across == 0 || down == 0 {
        return Err(PictureError::undecodable("its strips have no size"));
    }
    let mut eight = Rows::<u8>::new(layout, premultiplied, source.as_ref());
    let mut sixteen = Rows::<u16>::new(layout, premultiplied, source.as_ref());
    let columns = width.div_ceil(across);
    for chunk in 0..columns * height.div_ceil(down) {
        let (left, top) = (chunk % columns * across, chunk / columns * down);
        let (wide, high) = decoder.chunk_data_dimensions(chunk);
        if left + wide > width || top + high > height {
            return Err(PictureError::undecodable("its strips contradict its size"));
        }
        let read = decoder.read_chunk(chunk).map_err(told)?;
        let place = Place { stride: 3 * width as usize, left: left as usize, top: top as usize, wide: wide as usize };
        match &read {
            DecodingResult::U8(samples) if layout.bits < 8 => {
                let levels = unpacked(samples, place.wide, layout.bits);
                eight.convert(&levels, &place, &mut pixels);
            }
            DecodingResult::U8(samples) => eight.convert(samples, &place, &mut pixels),
            DecodingResult::U16(samples) => sixteen.convert(samples, &place, &mut pixels),
            _ => return Err(unsupported("fractions or signed numbers")),
        }
    }
    Ok((pixels, orientation))
}

/// The colour profile, if it is not too large.
fn profile<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Option<Vec<u8>> {
    decoder.get_tag_u8_vec(Tag::IccProfile).ok().filter(|profile| profile.len() <= LARGEST_PROFILE)
}

/// Where a strip or tile lies in the picture's bytes.
struct Place {
    stride: usize,
    left: usize,
    top: usize,
    wide: usize,
}

/// How rows of samples become RGB.
struct Rows<T> {
    layout: Layout,
    premultiplied: bool,
    conversion: Option<Conversion<T>>,
    straight: Vec<T>,
}

impl<T: Sample> Rows<T> {
    fn new(layout: Layout, premultiplied: bool, source: Option<&Source>) -> Self {
        let wide = T::VALUES > 256;
        let conversion =
            source.filter(|_| wide == (layout.bits == 16)).and_then(|said| Conversion::new(said, layout.samples));
        Self { layout, premultiplied, conversion, straight: Vec::new() }
    }

    fn convert(&mut self, samples: &[T], place: &Place, pixels: &mut RgbImage) {
        let channels = self.layout.channels;
        for (y, row) in samples.chunks_exact(channels * place.wide).enumerate() {
            let begin = (place.top + y) * place.stride + 3 * place.left;
            let Some(out) = pixels.get_mut(begin..begin + 3 * place.wide) else { return };
            let opaque = self.layout.samples.count() == channels;
            let row = if self.premultiplied && !opaque {
                self.straight.clear();
                for pixel in row.chunks_exact(channels) {
                    let opacity = pixel[channels - 1];
                    self.straight.extend(pixel[..channels - 1].iter().map(|sample| sample.whole(opacity)));
                    self.straight.push(opacity);
                }
                &self.straight
            } else {
                row
            };
            match &mut self.conversion {
                Some(conversion) => conversion.convert(row, out),
                None => {
                    for (pixel, out) in row.chunks_exact(channels).zip(out.as_chunks_mut::<3>().0) {
                        *out = plain(self.layout.samples, pixel);
                    }
                }
            }
        }
    }
}

/// The colour of a pixel that says nothing of its colours.
fn plain<T: Sample>(samples: Samples, pixel: &[T]) -> [u8; 3] {
    let level = |n: usize| pixel[n].level();
    let color = match samples {
        Samples::Grey => [level(0); 3],
        Samples::Rgb => [level(0), level(1), level(2)],
        Samples::Cmyk => [0, 1, 2].map(|ink| {
            let (left, light) = (255 - u32::from(level(ink)), 255 - u32::from(level(3)));
            ((left * light + 127) / 255) as u8
        }),
    };
    match pixel.get(samples.count()) {
        Some(opacity) => on_white(color, opacity.level()),
        None => color,
    }
}

/// Levels of samples of less than a byte; each row begins with a byte of its own.
fn unpacked(packed: &[u8], wide: usize, bits: u8) -> Vec<u8> {
    let (of_a_byte, most) = (8 / usize::from(bits), (1u16 << bits) - 1);
    let sample = |row: &[u8], x: usize| {
        let shift = 8 - usize::from(bits) * (x % of_a_byte + 1);
        u16::from(row[x / of_a_byte]) >> shift & most
    };
    let rows = packed.chunks_exact(wide.div_ceil(of_a_byte));
    rows.flat_map(|row| (0..wide).map(move |x| (sample(row, x) * 255 / most) as u8)).collect()
}

fn unsupported(what: &str) -> PictureError {
    PictureError::Unsupported { what: format!("a TIFF picture of a kind that few programs read ({what})") }
}

fn told(error: TiffError) -> PictureError {
    match error {
        TiffError::IoError(error) => PictureError::of_reading(error),
        TiffError::UnsupportedError(error) => unsupported(&error.to_string()),
        TiffError::LimitsExceeded => PictureError::undecodable("it wants more memory than it may have"),
        other => PictureError::undecodable(other),
    }
}
