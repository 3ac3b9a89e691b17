//! Older formats: TIFF, GIF and BMP.

use image::codecs::bmp::BmpEncoder;
use image::codecs::gif::GifEncoder;
use image::{Frame, RgbaImage};
use moxcms::ColorProfile;

use super::*;
use crate::fixtures::ffmpeg;
use crate::picture::colour::fixtures::press;

/// A TIFF of one strip. Each tag has a kind (1 for bytes, 3 and 4 for numbers of 2 and 4) and its values.
fn tiff(tags: &[(u16, u16, Vec<u8>)], strip: &[u8]) -> Vec<u8> {
    let mut tags = tags.to_vec();
    if tags.iter().all(|(tag, ..)| *tag != 273) {
        tags.push((273, 4, 8u32.to_be_bytes().to_vec()));
        tags.push((279, 4, (strip.len() as u32).to_be_bytes().to_vec()));
    }
    tags.sort();
    let mut file = [b"MM\0*".as_slice(), &(8 + strip.len() as u32).to_be_bytes(), strip].concat();
    let mut beside = file.len() + 2 + 12 * tags.len() + 4;
    let mut values = Vec::new();
    file.extend((tags.len() as u16).to_be_bytes());
    for (tag, kind, value) in tags {
        let of_one = [0, 1, 1, 2, 4][usize::from(kind)];
        file.extend([tag.to_be_bytes(), kind.to_be_bytes()].concat());
        file.extend((value.len() as u32 / of_one).to_be_bytes());
        if value.len() <= 4 {
            file.extend(value.iter().chain(&[0; 4]).take(4));
        } else {
            file.extend((beside as u32).to_be_bytes());
            beside += value.len();
            values.extend(value);
        }
    }
    file.extend([0; 4]);
    file.extend(values);
    file
}

/// Size, bits and photometric interpretation as tags.
fn said(width: u32, height: u32, bits: &[u16], photometric: u16) -> Vec<(u16, u16, Vec<u8>)> {
    let short = |value: u16| value.to_be_bytes().to_vec();
    vec![
        (256, 4, width.to_be_bytes().to_vec()),
        (257, 4, height.to_be_bytes().to_vec()),
        (258, 3, bits.iter().flat_map(|bits| bits.to_be_bytes()).collect()),
        (259, 3, short(1)),
        (262, 3, short(photometric)),
        (277, 3, short(bits.len() as u16)),
        (278, 4, height.to_be_bytes().to_vec()),
    ]
}

#[test]
fn tiffs_of_every_common_kind_become_rgb() {
    let one = |bits: &[u16], photometric, strip: &[u8]| pixel(&tiff(&said(1, 1, bits, photometric), strip));
    near(one(&[8, 8, 8], 2, &[200, 100, 50]), [200, 100, 50], 0);
    near(one(&[16, 16, 16], 2, &[200, 200, 100, 100, 50, 50]), [200, 100, 50], 0);
    near(one(&[8], 1, &[77]), [77; 3], 0);
    near(one(&[8], 0, &[55]), [200; 3], 0);
    near(one(&[1], 1, &[0x80]), [255; 3], 0);
    near(one(&[4], 1, &[0x50]), [85; 3], 0);
    near(one(&[16], 1, &[128, 128]), [128; 3], 0);
    near(one(&[8; 4], 5, &[55, 155, 205, 0]), [200, 100, 50], 1);
    let mut transparent = said(1, 1, &[8; 4], 2);
    transparent.push((338, 3, vec![0, 2]));
    near(pixel(&tiff(&transparent, &[0, 0, 100, 128])), [127, 127, 177], 1);
    transparent.last_mut().unwrap().2 = vec![0, 1];
    near(pixel(&tiff(&transparent, &[0, 0, 50, 128])), [127, 127, 177], 1);
}

#[test]
fn tiffs_heed_their_profile_and_orientation() {
    let mut tags = said(1, 1, &[8; 3], 2);
    tags.push((34_675, 1, ColorProfile::new_display_p3().encode().unwrap()));
    near(pixel(&tiff(&tags, &[200, 100, 50])), [215, 93, 31], 2);
    let mut tags = said(1, 1, &[8; 4], 5);
    tags.push((34_675, 1, press()));
    let [red, green, blue] = pixel(&tiff(&tags, &[255, 0, 0, 0])).0;
    assert!(green > red + 60 && green > blue, "the cyan of this press is green: {red} {green} {blue}");
    let mut tags = said(48, 32, &[8; 3], 2);
    tags.push((274, 3, vec![0, 6]));
    assert_eq!(decode(&tiff(&tags, &marked(48, 32)), &LIMITS).unwrap().pixels.dimensions(), (32, 48));
}

#[test]
fn tiffs_of_an_ordinary_program_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    marked(150, 101).save(path("picture.png")).unwrap();
    for packing in ["raw", "packbits", "lzw", "deflate"] {
        ffmpeg(&["-i", &path("picture.png"), "-compression_algo", packing, &path("picture.tiff")]);
        let decoded = decode(&std::fs::read(path("picture.tiff")).unwrap(), &LIMITS).unwrap();
        assert_eq!((decoded.format, decoded.pixels), (PictureFormat::Tiff, marked(150, 101)), "{packing}");
    }
}

#[test]
fn tiffs_that_lie_or_are_cut_are_refused() {
    let picture = marked(48, 32);
    let whole = tiff(&said(48, 32, &[8; 3], 2), &picture);
    for length in [9, 40, whole.len() - 30] {
        let error = decode(&whole[..length], &LIMITS).unwrap_err();
        assert_eq!(kind(&error), "Undecodable", "{length}: {error}");
    }
    let error = decode(&tiff(&said(48, 32, &[8; 3], 2), &[0; 100]), &LIMITS).unwrap_err();
    assert_eq!(kind(&error), "Undecodable", "{error}");
    let huge = tiff(&said(60_000, 60_000, &[8; 3], 2), &[0; 100]);
    assert_eq!(kind(&decode(&huge, &LIMITS).unwrap_err()), "TooManyPixels");
    // One strip is unpacked as a whole.
    let strip = tiff(&said(7000, 7000, &[16; 3], 2), &[0; 100]);
    assert_eq!(kind(&decode(&strip, &LIMITS).unwrap_err()), "TooMuchMemory");
    let mut raw = said(48, 32, &[8; 3], 2);
    raw.push((254, 4, vec![0, 0, 0, 1]));
    let error = decode(&tiff(&raw, &picture), &LIMITS).unwrap_err();
    assert!(error.to_string().contains("raw picture"), "{error}");
    let mut planes = said(2, 2, &[8; 3], 2);
    planes.push((284, 3, vec![0, 2]));
    planes.push((273, 3, vec![0, 8, 0, 12, 0, 16]));
    planes.push((279, 3, vec![0, 4, 0, 4, 0, 4]));
    assert_eq!(kind(&decode(&tiff(&planes, &[0; 12]), &LIMITS).unwrap_err()), "Unsupported");
    for at in 0..whole.len().min(4000) {
        let mut broken = whole.clone();
        let from_end = broken.len() - 1 - at % 150;
        broken[from_end] = (at * 7) as u8;
        let _ = Header::read(&mut Cursor::new(&broken), &LIMITS);
    }
}

#[test]
fn of_a_gif_the_first_frame_is_taken_and_laid_over_white() {
    let frame = |color: [u8; 4]| {
        Frame::new(RgbaImage::from_fn(48, 32, |x, _| image::Rgba(if x < 16 { [0; 4] } else { color })))
    };
    let mut file = Vec::new();
    GifEncoder::new(&mut file).encode_frames([frame([230, 20, 30, 255]), frame([10, 30, 220, 255])]).unwrap();
    let decoded = decode(&file, &LIMITS).unwrap();
    assert_eq!((decoded.format, decoded.pixels.dimensions()), (PictureFormat::Gif, (48, 32)));
    near(*decoded.pixels.get_pixel(2, 2), [255; 3], 0);
    near(*decoded.pixels.get_pixel(40, 2), RED, 4);
    for length in [8, 20, file.len() / 3] {
        assert_eq!(kind(&decode(&file[..length], &LIMITS).unwrap_err()), "Undecodable", "{length}");
    }
    let huge = [b"GIF89a".as_slice(), &[0xff; 4], &[0; 20]].concat();
    assert_eq!(kind(&decode(&huge, &LIMITS).unwrap_err()), "TooManyPixels");
}

#[test]
fn bmps_are_taken() {
    for (color, picture) in [
        (ExtendedColorType::Rgb8, marked(49, 32).into_raw()),
        (ExtendedColorType::Rgba8, marked(49, 32).pixels().flat_map(|p| [p[0], p[1], p[2], 255]).collect()),
    ] {
        let mut file = Vec::new();
        BmpEncoder::new(&mut file).encode(&picture, 49, 32, color).unwrap();
        let decoded = decode(&file, &LIMITS).unwrap();
        assert_eq!((decoded.format, decoded.pixels), (PictureFormat::Bmp, marked(49, 32)));
        for length in [20, 60, file.len() / 2] {
            assert_eq!(kind(&decode(&file[..length], &LIMITS).unwrap_err()), "Undecodable", "{length}");
        }
    }
    assert_eq!(kind(&decode(b"BM is how this text begins, and no picture", &LIMITS).unwrap_err()), "Unsupported");
}
