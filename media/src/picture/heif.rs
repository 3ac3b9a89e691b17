//! HEIC and AVIF, as phones make them. libheif and the decoders that it loads are written in C and C++, so that they see
//! files in children alone; of the rest of the gateway, only the description is read.

use std::io::{BufRead, Seek};
use std::sync::OnceLock;

use image::RgbImage;
use image::metadata::Orientation;
use libheif_rs::{
    ColorProfileNCLX, ColorSpace, HeifContext, HeifError, HeifErrorCode, HeifErrorSubCode, Image, ImageHandle, LibHeif,
    RgbChroma,
};

use super::colour::sample::{Sample, Samples};
use super::colour::source::{self, Source};
use super::colour::{Conversion, on_white};
use super::demand::Demand;
use super::error::PictureError;
use super::format::PictureFormat;

mod meta;

/// What the library and its decoders have beside pictures: their tables, and the stacks of their threads, in bytes.
const BESIDE: u64 = 12 << 20;
/// What a decoder has for each thread, of which it starts one a processor, in bytes.
const OF_A_THREAD: u64 = 2 << 20;

/// Loads the decoders, which are libraries of their own on some systems, so that no file need be opened for them later.
pub(super) fn load() -> &'static LibHeif {
    static LIBRARY: OnceLock<LibHeif> = OnceLock::new();
    LIBRARY.get_or_init(LibHeif::new)
}

/// What decoding takes.
pub(super) fn demand(
    file: &mut (impl BufRead + Seek),
    bytes: u64,
    format: PictureFormat,
) -> Result<Demand, PictureError> {
    let meta = meta::read(file)?;
    file.rewind()?;
    let (width, height) = meta.size;
    let pixels = u64::from(width).saturating_mul(height.into());
    let transparency = if !meta.transparent {
        0
    } else if meta.deep {
        8
    } else {
        4
    };
    let coded = halves_of_coded(format, meta.deep, meta.full_colour) + transparency;
    let most = if meta.piece < pixels {
        // Tiles become colours one by one, in a picture that is turned and copied as a whole.
        let laid_out = if meta.deep { 25 } else { 13 };
        meta.piece.saturating_mul(coded).saturating_add(pixels.saturating_mul(laid_out + transparency))
    } else {
        meta.piece.saturating_mul(coded)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let beside = BESIDE + OF_A_THREAD * threads + 2 * bytes + source::demand(meta.profile);
    let kind = match (format, meta.deep) {
        (PictureFormat::Avif, false) => "an AVIF picture",
        (PictureFormat::Avif, true) => "an AVIF picture of more than 8 bits",
        (_, false) => "a HEIC picture",
        (_, true) => "a HEIC picture of more than 8 bits",
    };
    Ok(Demand { width, height, kind, memory: (most / 2).saturating_add(beside) })
}

/// Bytes for each pixel that is decoded at once, doubled: what libheif 1.15 with libde265 1.0.11 and dav1d 1.0.0 was seen to
/// need until the picture lay there in colours, rounded up. What goes beyond ends at the kernel's limit.
fn halves_of_coded(format: PictureFormat, deep: bool, full_colour: bool) -> u64 {
    match (format, deep, full_colour) {
        (PictureFormat::Avif, false, false) => 24,
        (PictureFormat::Avif, false, true) => 36,
        (PictureFormat::Avif, true, false) => 32,
        (PictureFormat::Avif, true, true) => 56,
        (_, false, _) => 18,
        (_, true, false) => 25,
        (_, true, true) => 36,
    }
}

/// The picture, upright: the library turns it as its properties say, beside which EXIF does not count.
pub(super) fn decode(bytes: &[u8]) -> Result<(RgbImage, Orientation), PictureError> {
    let library = load();
    let mut context = HeifContext::read_from_bytes(bytes).map_err(told)?;
    // One piece after the other, so that what it takes can be told.
    context.set_max_decoding_threads(0);
    let handle = context.primary_image_handle().map_err(told)?;
    let transparent = handle.has_alpha_channel();
    let chroma = if transparent { RgbChroma::Rgba } else { RgbChroma::Rgb };
    // Without options: this version of the bindings frees them too early.
    let image = library.decode(&handle, ColorSpace::Rgb(chroma), None).map_err(told)?;
    let source = said_of_colours(&handle, &image);
    let conversion = source.and_then(|source| Conversion::new(&source, Samples::Rgb));
    let pixels = pixels_of(&image, transparent, handle.is_premultiplied_alpha(), conversion)?;
    Ok((pixels, Orientation::NoTransforms))
}

/// A profile counts more than numbers, and what the file says more than what its coded data say.
fn said_of_colours(handle: &ImageHandle, image: &Image) -> Option<Source> {
    if let Some(profile) = handle.color_profile_raw().filter(|profile| !profile.data.is_empty()) {
        return Some(Source::Profile(profile.data));
    }
    let numbers: ColorProfileNCLX = handle.color_profile_nclx().or_else(|| image.color_profile_nclx())?;
    let primaries = numbers.color_primaries() as i64;
    let transfer = numbers.transfer_characteristics() as i64;
    // Numbers that the library does not know have none.
    Some(Source::CodePoints { primaries: primaries.try_into().ok()?, transfer: transfer.try_into().ok()? })
}

fn pixels_of(
    image: &Image,
    transparent: bool,
    premultiplied: bool,
    mut conversion: Option<Conversion<u8>>,
) -> Result<RgbImage, PictureError> {
    let plane = image.planes().interleaved.ok_or_else(|| PictureError::undecodable("it has no colours"))?;
    let (width, channels) = (plane.width as usize, if transparent { 4 } else { 3 });
    if width == 0 || plane.stride < channels * width || plane.data.len() < plane.stride * plane.height as usize {
        return Err(PictureError::undecodable("its size is damaged"));
    }
    let mut pixels = RgbImage::new(plane.width, plane.height);
    let mut straight = Vec::new();
    for (row, out) in plane.data.chunks_exact(plane.stride).zip(pixels.chunks_exact_mut(3 * width)) {
        let mut row = &row[..channels * width];
        if premultiplied && transparent {
            straight.clear();
            straight.extend(row.as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, alpha]| {
                [red.whole(alpha), green.whole(alpha), blue.whole(alpha), alpha]
            }));
            row = &straight;
        }
        match &mut conversion {
            Some(conversion) => conversion.convert(row, out),
            None if transparent => {
                for (&[red, green, blue, alpha], out) in row.as_chunks::<4>().0.iter().zip(out.as_chunks_mut::<3>().0) {
                    *out = on_white([red, green, blue], alpha);
                }
            }
            None => out.copy_from_slice(row),
        }
    }
    Ok(pixels)
}

/// The library's error in a sentence for the sender.
fn told(error: HeifError) -> PictureError {
    use HeifErrorCode as Code;
    use HeifErrorSubCode as Detail;
    match (error.code, error.sub_code) {
        (Code::MemoryAllocationError, _) | (_, Detail::SecurityLimitExceeded) => {
            PictureError::undecodable("it wants more memory than it may have")
        }
        // Every conversion that is asked for is known: what is missing is room for the result, or a colour.
        (_, Detail::UnsupportedColorConversion) => {
            PictureError::undecodable("it wants more memory than it may have, or its colours are of a rare kind")
        }
        (Code::DecoderPluginError, _) => {
            PictureError::undecodable("its coded data are damaged, or want more memory than they may have")
        }
        (_, Detail::EndOfData) => PictureError::undecodable("the file is cut short"),
        (Code::UnsupportedFeature | Code::UnsupportedFileType | Code::PluginLoadingError, _) => {
            PictureError::Unsupported {
                what: format!("a HEIC or AVIF picture that cannot be read here ({})", error.message),
            }
        }
        _ => PictureError::undecodable(error.message),
    }
}
