//! Pictures in other colours than those of sRGB, in each format that can say so.

use moxcms::{ColorProfile, Layout, TransformOptions};

use super::*;
use crate::picture::colour::fixtures::press;

/// Soft colours from all over sRGB.
fn colourful(width: u32, height: u32) -> RgbImage {
    let level = |n: u32, of: u32| (20 + 215 * n / of) as u8;
    RgbImage::from_fn(width, height, |x, y| Rgb([level(x, width), level(y, height), level(x + y, width + height)]))
}

/// The same colours by the numbers of another space.
fn told_in(picture: &RgbImage, profile: &ColorProfile) -> RgbImage {
    let srgb = ColorProfile::new_srgb();
    let transform = srgb.create_transform_8bit(Layout::Rgb, profile, Layout::Rgb, TransformOptions::default()).unwrap();
    let mut told = picture.clone();
    transform.transform(picture, &mut told).unwrap();
    told
}

/// The mean difference of two pictures, in levels.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    let sum: u64 = one.iter().zip(other.iter()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    sum as f64 / one.len() as f64
}

fn png_with(profile: &[u8], pixels: &[u8], size: (u32, u32), color: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder.set_icc_profile(profile.to_vec()).unwrap();
    encoder.write_image(pixels, size.0, size.1, color).unwrap();
    file
}

#[test]
fn a_picture_in_the_colours_of_a_phone_is_that_in_srgb() {
    let picture = colourful(96, 64);
    let p3 = ColorProfile::new_display_p3();
    let (told, profile) = (told_in(&picture, &p3), p3.encode().unwrap());
    assert!(difference(&picture, &told) > 4.0, "the numbers are others");

    let mut with_profile = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut with_profile, 100);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.write_image(&told, 96, 64, ExtendedColorType::Rgb8).unwrap();
    let mut webp = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.write_image(&told, 96, 64, ExtendedColorType::Rgb8).unwrap();
    let opaque: Vec<u8> = told.pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    let mut transparent = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut transparent);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.write_image(&opaque, 96, 64, ExtendedColorType::Rgba8).unwrap();
    let wide: Vec<u8> = told.iter().flat_map(|&level| (u16::from(level) * 257).to_ne_bytes()).collect();
    for (name, file, most) in [
        ("JPEG", with_profile, 1.0),
        ("WebP", webp, 0.6),
        ("WebP with transparency", transparent, 0.6),
        ("PNG", png_with(&profile, &told, (96, 64), ExtendedColorType::Rgb8), 0.6),
        ("PNG with transparency", png_with(&profile, &opaque, (96, 64), ExtendedColorType::Rgba8), 0.6),
        ("PNG of 16 bits", png_with(&profile, &wide, (96, 64), ExtendedColorType::Rgb16), 0.6),
    ] {
        let mean = difference(&decode(&file, &LIMITS).unwrap().pixels, &picture);
        assert!(mean < most, "{name}: {mean}");
    }
}

#[test]
fn a_png_says_its_colours_in_four_ways_of_which_one_counts() {
    let of = |kind: u8, chunks: &[(&[u8; 4], &[u8])], row: &[u8]| pixel(&png_file((1, 1), [8, kind, 0], chunks, row));
    let row = [0, 200, 100, 50];
    let (p3, plain) = ([215, 93, 31], [200, 100, 50]);
    near(of(2, &[], &row), plain, 0);
    near(of(2, &[(b"cICP", &[12, 13, 0, 1])], &row), p3, 2);
    near(of(2, &[(b"cICP", &[12, 13, 0, 1]), (b"sRGB", &[0])], &row), p3, 2);
    let linear = 100_000u32.to_be_bytes();
    near(of(2, &[(b"gAMA", &linear)], &row), [229, 168, 122], 2);
    near(of(2, &[(b"sRGB", &[0]), (b"gAMA", &linear)], &row), plain, 0);
    near(of(2, &[(b"gAMA", &45_455u32.to_be_bytes())], &row), plain, 0);
    near(of(0, &[(b"gAMA", &linear)], &[0, 55]), [128; 3], 2);
    near(of(4, &[(b"gAMA", &linear)], &[0, 55, 128]), [191; 3], 2);
    let chromaticities = [31_270u32, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000].map(u32::to_be_bytes);
    near(of(2, &[(b"cHRM", &chromaticities.concat())], &row), p3, 2);
}

#[test]
fn grey_pictures_follow_their_profile() {
    let linear = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    near(pixel(&png_with(&linear, &[55], (1, 1), ExtendedColorType::L8)), [128; 3], 2);
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 100);
    encoder.set_icc_profile(linear).unwrap();
    encoder.write_image(&[55; 256], 16, 16, ExtendedColorType::L8).unwrap();
    near(pixel(&file), [128; 3], 3);
}

#[test]
fn inks_follow_their_profile() {
    // Adobe stores inks inverted: 255 is no ink.
    let with_profile = |inks| {
        let mut file = cmyk_jpeg(inks);
        let mut segment = b"ICC_PROFILE\0\x01\x01".to_vec();
        segment.extend(press());
        let mut head = b"\xff\xe2".to_vec();
        head.extend((segment.len() as u16 + 2).to_be_bytes());
        head.extend(segment);
        file.splice(2..2, head);
        pixel(&file)
    };
    near(with_profile([255, 255, 255, 255]), [255; 3], 3);
    near(with_profile([255, 255, 255, 0]), [23; 3], 3);
    let [red, green, blue] = with_profile([0, 255, 255, 255]).0;
    assert!(green > red + 60 && green > blue, "the cyan of this press is green: {red} {green} {blue}");
}

#[test]
fn a_profile_that_is_broken_is_no_reason_to_refuse_a_picture() {
    let picture = marked(48, 32);
    let whole = ColorProfile::new_display_p3().encode().unwrap();
    for broken in [&whole[..whole.len() / 3], &[0x55; 70_000], b"x", &[0xff; 128]] {
        let file = png_with(broken, &picture, (48, 32), ExtendedColorType::Rgb8);
        assert_eq!(decode(&file, &LIMITS).unwrap().pixels, picture);
        let mut file = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
        encoder.set_icc_profile(broken.to_vec()).unwrap();
        encoder.write_image(&picture, 48, 32, ExtendedColorType::Rgb8).unwrap();
        near(*decode(&file, &LIMITS).unwrap().pixels.get_pixel(2, 2), RED, 6);
    }
    // Pieces that are announced and missing.
    let mut file = jpeg(&picture, None);
    file.splice(2..2, *b"\xff\xe2\0\x12ICC_PROFILE\0\x01\xffxx");
    near(*decode(&file, &LIMITS).unwrap().pixels.get_pixel(2, 2), RED, 6);
}

#[test]
fn what_a_profile_takes_is_told_beforehand() {
    let demand = |file: &[u8]| Header::read(&mut Cursor::new(file), &LIMITS).unwrap().memory;
    let picture = marked(1600, 1600);
    // A size of its own that is a lie.
    let mut greedy = ColorProfile::new_display_p3().encode().unwrap();
    greedy[..4].copy_from_slice(&(3u32 << 20).to_be_bytes());
    let size = (1600, 1600);
    let plain = demand(&png(&picture, 1600, 1600, ExtendedColorType::Rgb8));
    assert!(demand(&png_with(&greedy, &picture, size, ExtendedColorType::Rgb8)) > plain + (8 << 20));
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
    encoder.set_icc_profile(vec![1; 3 << 20]).unwrap();
    encoder.write_image(&picture, 1600, 1600, ExtendedColorType::Rgb8).unwrap();
    assert!(demand(&file) > demand(&jpeg(&picture, None)) + (20 << 20));
}
