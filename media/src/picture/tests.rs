//! Every kind of picture that people send, made here, and every kind that must be refused.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, Luma};
use serde::Deserialize;

use super::*;
use crate::fixtures::kind;

mod colours;
mod heif_file;
mod hostile;
mod jpeg;
mod phones;
mod scans;

const LIMITS: PictureLimits = PictureLimits { max_bytes: 10 << 20, max_pixels: 50_000_000, max_memory: 168 << 20 };
const RED: [u8; 3] = [230, 20, 30];
const BLUE: [u8; 3] = [10, 30, 220];

/// A decoded picture, upright.
#[derive(Debug)]
struct Upright {
    format: PictureFormat,
    pixels: RgbImage,
}

fn decode(bytes: &[u8], limits: &PictureLimits) -> Result<Upright, PictureError> {
    let picture = super::decode(bytes.to_vec(), limits)?;
    Ok(Upright { format: picture.format, pixels: picture.into_upright() })
}

/// Wide, with a red block in the top left corner on blue: every turn and flip of it looks different.
fn marked(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb(if x < width / 3 && y < height / 2 { RED } else { BLUE }))
}

fn png(pixels: &[u8], width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(pixels, width, height, color).unwrap();
    file
}

fn jpeg(picture: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    encoder.write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
    file
}

/// A TIFF block whose one entry is the orientation (tag 0x0112, SHORT).
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0]);
    block
}

/// A baseline JPEG of one 8x8 block per ink, each flat: quantiser 8 makes the only coefficient `value - 128`.
fn cmyk_jpeg(inks: [u8; 4]) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0".to_vec();
    file.extend(b"\xff\xdb\0\x43\0");
    file.extend([8; 64]);
    file.extend(b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04\x01\x11\0\x02\x11\0\x03\x11\0\x04\x11\0");
    // DC categories 0 to 8, all as 4-bit codes; the only AC symbol, end of block, as the 1-bit code 0.
    file.extend(b"\xff\xc4\0\x1c\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08");
    file.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    file.extend(b"\xff\xda\0\x0e\x04\x01\0\x02\0\x03\0\x04\0\0\x3f\0");
    let mut bits = String::new();
    for ink in inks {
        let coefficient = i32::from(ink) - 128;
        let category = 32 - coefficient.unsigned_abs().leading_zeros();
        bits += &format!("{category:04b}");
        if category > 0 {
            let value = if coefficient < 0 { coefficient + (1 << category) - 1 } else { coefficient };
            bits += &format!("{value:0width$b}", width = category as usize);
        }
        bits += "0";
    }
    while !bits.len().is_multiple_of(8) {
        bits += "1";
    }
    for byte in bits.as_bytes().chunks(8) {
        let byte = u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap();
        file.push(byte);
        if byte == 0xff {
            file.push(0);
        }
    }
    file.extend(b"\xff\xd9");
    file
}

/// A PNG of nothing but its header: what a decoder sees before it decides to allocate.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let crc = crc32(&chunk);
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(chunk);
    file.extend(crc.to_be_bytes());
    file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    file
}

/// A PNG of this size, depth, colour type and interlacing; `rows` have their filters and are not compressed.
fn png_file((width, height): (u32, u32), kind: [u8; 3], chunks: &[(&[u8; 4], &[u8])], rows: &[u8]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([kind[0], kind[1], 0, 0, kind[2]]);
    let mut data = vec![0x78, 0x01];
    let mut blocks = rows.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        data.push(u8::from(blocks.peek().is_none()));
        data.extend([(block.len() as u16).to_le_bytes(), (!(block.len() as u16)).to_le_bytes()].concat());
        data.extend(block);
    }
    let (low, high) = rows.iter().fold((1u32, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    data.extend((high << 16 | low).to_be_bytes());

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let middle = chunks.iter().map(|(name, data)| (*name, *data));
    for (name, data) in
        [(b"IHDR", header.as_slice())].into_iter().chain(middle).chain([(b"IDAT", data.as_slice()), (b"IEND", &[])])
    {
        let chunk = [name.as_slice(), data].concat();
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(&chunk);
        file.extend(crc32(&chunk).to_be_bytes());
    }
    file
}

/// The checksum of a PNG chunk, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[track_caller]
fn near(actual: Rgb<u8>, expected: [u8; 3], tolerance: u8) {
    let close = actual.0.iter().zip(expected).all(|(a, e)| a.abs_diff(e) <= tolerance);
    assert!(close, "{actual:?} is not {expected:?}");
}

fn pixel(bytes: &[u8]) -> Rgb<u8> {
    *decode(bytes, &LIMITS).unwrap().pixels.get_pixel(0, 0)
}

#[test]
fn formats_are_told_by_content() {
    let picture = marked(48, 32);
    let mut webp = Vec::new();
    let raw = picture.as_raw();
    WebPEncoder::new_lossless(&mut webp).write_image(raw, 48, 32, ExtendedColorType::Rgb8).unwrap();
    for (bytes, format) in [
        (jpeg(&picture, None), PictureFormat::Jpeg),
        (png(raw, 48, 32, ExtendedColorType::Rgb8), PictureFormat::Png),
        (webp, PictureFormat::WebP),
    ] {
        let decoded = decode(&bytes, &LIMITS).unwrap();
        assert_eq!((decoded.format, decoded.pixels.dimensions()), (format, (48, 32)));
        near(*decoded.pixels.get_pixel(2, 2), RED, 6);
        near(*decoded.pixels.get_pixel(45, 29), BLUE, 6);
    }
}

#[test]
fn grey_sixteen_bit_and_transparent_pictures_become_rgb() {
    near(pixel(&png(&[77], 1, 1, ExtendedColorType::L8)), [77; 3], 0);
    let sixteen_bit: Vec<u8> = [0xff80u16, 0x8000, 0x0012].into_iter().flat_map(u16::to_ne_bytes).collect();
    near(pixel(&png(&sixteen_bit, 1, 1, ExtendedColorType::Rgb16)), [255, 128, 0], 1);
    near(pixel(&png(&[200, 0, 0, 0], 1, 1, ExtendedColorType::Rgba8)), [255; 3], 0);
    near(pixel(&png(&[0, 0, 100, 128], 1, 1, ExtendedColorType::Rgba8)), [127, 127, 177], 1);
    near(pixel(&png(&[0, 255], 1, 1, ExtendedColorType::La8)), [0; 3], 0);
    near(pixel(&png_file((1, 1), [16, 6, 0], &[], b"\0\xff\xff\0\0\0\x80\x80\0")), [255, 127, 127], 0);
    near(pixel(&png_file((1, 1), [16, 4, 0], &[], b"\0\0\0\0\0")), [255; 3], 0);
    near(pixel(&png_file((1, 1), [1, 0, 0], &[], b"\0\x80")), [255; 3], 0);

    let mut grey = Vec::new();
    JpegEncoder::new_with_quality(&mut grey, 95).encode_image(&GrayImage::from_pixel(16, 16, Luma([90]))).unwrap();
    near(pixel(&grey), [90; 3], 2);
}

#[test]
fn palette_pictures_become_rgb() {
    // 1x1, two-entry palette, pixel index 1.
    let file = png_file((1, 1), [8, 3, 0], &[(b"PLTE", b"\x01\x02\x03\xc8\x64\x32")], &[0, 1]);
    near(pixel(&file), [200, 100, 50], 0);
}

#[test]
fn interlaced_pictures_are_put_together() {
    let (width, height) = (9u32, 5u32);
    let grey = |x: u32, y: u32| (x * 20 + y) as u8;
    let mut rows = Vec::new();
    // Adam7: the first column and row of each pass, and its steps.
    for [x, y, across, down] in
        [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]
    {
        for y in (y..height).step_by(down as usize) {
            rows.push(0);
            rows.extend((x..width).step_by(across as usize).map(|x| grey(x, y)));
        }
    }
    let pixels = decode(&png_file((width, height), [8, 0, 1], &[], &rows), &LIMITS).unwrap().pixels;
    assert_eq!(pixels, RgbImage::from_fn(width, height, |x, y| Rgb([grey(x, y); 3])));
}

#[test]
fn cmyk_pictures_become_rgb() {
    // Adobe stores inks inverted: 255 is no ink.
    near(pixel(&cmyk_jpeg([255, 255, 255, 255])), [255; 3], 1);
    near(pixel(&cmyk_jpeg([255, 0, 0, 255])), [255, 0, 0], 2);
    near(pixel(&cmyk_jpeg([200, 100, 50, 128])), [100, 50, 25], 2);
}

#[test]
fn every_orientation_comes_out_upright() {
    let wanted = marked(48, 32);
    // What a camera stores for each value is the upright picture under the inverse of what the value asks for.
    let stored = |orientation: u8| {
        let mut picture = DynamicImage::ImageRgb8(wanted.clone());
        let asked = image::metadata::Orientation::from_exif(match orientation {
            6 => 8,
            8 => 6,
            other => other,
        });
        picture.apply_orientation(asked.unwrap());
        picture.into_rgb8()
    };
    for orientation in 1..=8 {
        let file = jpeg(&stored(orientation), Some(exif(orientation)));
        let pixels = decode(&file, &LIMITS).unwrap().pixels;
        assert_eq!(pixels.dimensions(), (48, 32), "orientation {orientation}");
        near(*pixels.get_pixel(3, 3), RED, 8);
        for (x, y) in [(44, 3), (3, 28), (44, 28)] {
            near(*pixels.get_pixel(x, y), BLUE, 8);
        }
    }
}

#[test]
fn orientation_of_a_png_counts_too() {
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder.set_exif_metadata(exif(6)).unwrap();
    let stored = marked(48, 32);
    encoder.write_image(stored.as_raw(), 48, 32, ExtendedColorType::Rgb8).unwrap();
    assert_eq!(decode(&file, &LIMITS).unwrap().pixels.dimensions(), (32, 48));
}

#[test]
fn pictures_cut_short_are_refused() {
    let noisy = RgbImage::from_fn(64, 64, |x, y| Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (y * 5) as u8]));
    let whole_jpeg = jpeg(&noisy, Some(exif(1)));
    let whole_png = png(noisy.as_raw(), 64, 64, ExtendedColorType::Rgb8);
    let mut whole_webp = Vec::new();
    WebPEncoder::new_lossless(&mut whole_webp).write_image(noisy.as_raw(), 64, 64, ExtendedColorType::Rgb8).unwrap();
    for whole in [whole_jpeg, whole_png, whole_webp] {
        decode(&whole, &LIMITS).unwrap();
        for keep in [12, 40, whole.len() / 2, whole.len() - 40] {
            let error = decode(&whole[..keep], &LIMITS).unwrap_err();
            assert_eq!(kind(&error), "Undecodable", "{keep} of {} bytes: {error}", whole.len());
        }
    }
}

#[test]
fn bytes_after_a_jpeg_and_thumbnails_inside_it_do_not_matter() {
    let thumbnail = jpeg(&marked(16, 16), None);
    let mut block = exif(1);
    block.extend(&thumbnail);
    let mut file = jpeg(&marked(48, 32), Some(block));
    let cut = file.len() - 60;
    assert_eq!(kind(&decode(&file[..cut], &LIMITS).unwrap_err()), "Undecodable");
    file.extend(b"\0\0\0\x18ftypmp42 and the video of a motion photo");
    assert_eq!(decode(&file, &LIMITS).unwrap().pixels.dimensions(), (48, 32));
}

#[test]
fn other_files_are_named() {
    for (bytes, what) in [
        (b"just some words".as_slice(), "a text file"),
        (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2mp41", "an MP4 video"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV sound"),
        (b"\0\0\0\x0cJXL \r\n", "a JPEG XL picture"),
        (b"8BPS\0\x01", "a Photoshop picture"),
    ] {
        let error = decode(bytes, &LIMITS).unwrap_err();
        assert_eq!(kind(&error), "Unsupported");
        assert!(error.to_string().contains(what), "{error}");
    }
    assert_eq!(kind(&decode(b"", &LIMITS).unwrap_err()), "Empty");
}

#[test]
fn limits_are_checked_before_anything_is_decoded() {
    let error = decode(&png_header(30_000, 30_000), &LIMITS).unwrap_err();
    assert!(matches!(error, PictureError::TooManyPixels { width: 30_000, height: 30_000, .. }), "{error}");

    let error = decode(&[0xff; 100], &PictureLimits { max_bytes: 99, ..LIMITS }).unwrap_err();
    assert!(matches!(error, PictureError::TooManyBytes { bytes: 100, limit: 99 }), "{error}");

    let small = PictureLimits { max_pixels: 48 * 32 - 1, ..LIMITS };
    let error = decode(&jpeg(&marked(48, 32), None), &small).unwrap_err();
    assert_eq!(kind(&error), "TooManyPixels");
}

#[test]
fn a_saved_png_reads_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portrait.png");
    let picture = marked(48, 32);
    save_png(&picture, &path).unwrap();
    assert_eq!(decode(&std::fs::read(&path).unwrap(), &LIMITS).unwrap().pixels, picture);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no .part is left");
}

#[test]
fn a_png_that_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("portrait.png");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("file"), "").unwrap();
    assert_eq!(kind(&save_png(&marked(4, 4), &taken).unwrap_err()), "Io");
    assert!(!folder.path().join("portrait.png.part").exists());
}

#[test]
fn formats_have_names_for_people_and_machines() {
    assert_eq!(PictureFormat::WebP.to_string(), "WebP");
    assert_eq!(PictureFormat::Jpeg.media_type(), "image/jpeg");
    let decoder = serde::de::value::StrDeserializer::<serde::de::value::Error>::new("webp");
    assert_eq!(PictureFormat::deserialize(decoder).unwrap(), PictureFormat::WebP);
}

#[test]
fn a_thumbnail_keeps_shape_and_colour() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.jpg");
    for (size, expected) in [((600, 300), (100, 50)), ((40, 90), (40, 90)), ((1, 5000), (1, 100))] {
        save_thumbnail(&RgbImage::from_pixel(size.0, size.1, image::Rgb([200, 40, 90])), 100, &file).unwrap();
        let picture = image::open(&file).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), expected);
        assert!(picture.get_pixel(0, 0).0.iter().zip([200, 40, 90]).all(|(got, wanted)| got.abs_diff(wanted) < 6));
    }
}
