//! Pictures as phones make them: HEIC and AVIF.

use super::heif_file::{Item, alpha, boxed, coded, colours, file, size};
use super::*;
use crate::fixtures::ffmpeg;

/// Wide, with a red corner, in sizes that all coders take.
fn picture() -> RgbImage {
    marked(96, 64)
}

/// The picture, and what is added to what is told of it.
fn heic(pixels: &RgbImage, layout: &str, properties: &[Vec<u8>]) -> Vec<u8> {
    let mut item = coded(pixels, "libx265", layout);
    item.properties.extend_from_slice(properties);
    file(b"heic", &[item], &[])
}

#[track_caller]
fn is_marked(pixels: &RgbImage, tolerance: u8) {
    assert_eq!(pixels.dimensions(), (96, 64));
    near(*pixels.get_pixel(8, 8), RED, tolerance);
    for (x, y) in [(88, 8), (8, 56), (88, 56)] {
        near(*pixels.get_pixel(x, y), BLUE, tolerance);
    }
}

#[test]
fn they_are_decoded_in_all_the_layouts_that_they_come_in() {
    for (codec, brand, format) in
        [("libx265", b"heic", PictureFormat::Heic), ("libaom-av1", b"avif", PictureFormat::Avif)]
    {
        for layout in ["yuv420p", "yuv444p", "yuv420p10le"] {
            let mut item = coded(&picture(), codec, layout);
            item.properties.push(colours(1, 13));
            let decoded = decode(&file(brand, &[item], &[]), &LIMITS).unwrap();
            assert_eq!(decoded.format, format, "{layout}");
            is_marked(&decoded.pixels, 12);
        }
    }
}

#[test]
fn they_are_turned_once_whatever_exif_says_beside() {
    let lying = image::imageops::rotate90(&picture());
    // A quarter against the clock, and EXIF that means the same.
    let turn = boxed(b"irot", &[1]);
    is_marked(&decode(&heic(&lying, "yuv420p", std::slice::from_ref(&turn)), &LIMITS).unwrap().pixels, 12);
    let mut item = coded(&lying, "libx265", "yuv420p");
    item.properties.push(turn);
    let beside = Item { kind: b"Exif", data: [&[0; 4], &exif(8)[..]].concat(), properties: vec![] };
    let both = file(b"heic", &[item, beside], &[(b"cdsc", 2, vec![1])]);
    is_marked(&decode(&both, &LIMITS).unwrap().pixels, 12);
    let mirrored = image::imageops::flip_horizontal(&picture());
    is_marked(&decode(&heic(&mirrored, "yuv420p", &[boxed(b"imir", &[1])]), &LIMITS).unwrap().pixels, 12);
}

#[test]
fn tiles_are_laid_side_by_side() {
    let whole = marked(192, 128);
    let tile = |x, y| image::imageops::crop_imm(&whole, x, y, 96, 64).to_image();
    let grid = Item { kind: b"grid", data: vec![0, 0, 1, 1, 0, 192, 0, 128], properties: vec![size(192, 128)] };
    let tiles = [(0, 0), (96, 0), (0, 64), (96, 64)].map(|(x, y)| coded(&tile(x, y), "libx265", "yuv420p"));
    let items: Vec<Item> = std::iter::once(grid).chain(tiles).collect();
    let pixels = decode(&file(b"heic", &items, &[(b"dimg", 1, vec![2, 3, 4, 5])]), &LIMITS).unwrap().pixels;
    assert_eq!(pixels.dimensions(), (192, 128));
    near(*pixels.get_pixel(30, 30), RED, 12);
    near(*pixels.get_pixel(150, 30), BLUE, 12);
    near(*pixels.get_pixel(30, 100), BLUE, 12);
}

#[test]
fn their_colours_are_those_that_were_meant() {
    let grey = RgbImage::from_pixel(64, 64, Rgb([200, 100, 50]));
    let of = |property: Vec<u8>| decode(&heic(&grey, "yuv444p", &[property]), &LIMITS).unwrap().pixels;
    near(*of(colours(12, 13)).get_pixel(30, 30), [215, 93, 31], 6);
    near(*of(colours(1, 13)).get_pixel(30, 30), [200, 100, 50], 4);
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    near(*of(boxed(b"colr", &[b"prof", &profile[..]].concat())).get_pixel(30, 30), [215, 93, 31], 8);
}

#[test]
fn transparency_is_laid_over_white() {
    let mut opacity =
        coded(&RgbImage::from_fn(96, 64, |x, _| Rgb([if x < 48 { 0 } else { 255 }; 3])), "libx265", "gray");
    opacity.properties.push(alpha());
    let mut item = coded(&picture(), "libx265", "yuv420p");
    item.properties.push(colours(1, 13));
    let pixels = decode(&file(b"heic", &[item, opacity], &[(b"auxl", 2, vec![1])]), &LIMITS).unwrap().pixels;
    near(*pixels.get_pixel(8, 8), [255; 3], 24);
    near(*pixels.get_pixel(88, 8), BLUE, 24);
}

#[test]
fn what_they_take_is_told_beforehand() {
    let demand = |width, height, layout: &str| {
        let mut item = coded(&picture(), "libx265", layout);
        item.properties[1] = size(width, height);
        Header::read(&mut Cursor::new(file(b"heic", &[item], &[])), &PictureLimits { max_memory: u64::MAX, ..LIMITS })
    };
    let header = demand(5712, 4284, "yuv420p").unwrap();
    assert_eq!((header.width, header.height, header.format), (5712, 4284, PictureFormat::Heic));
    assert!(header.memory > 6 * 5712 * 4284, "{}", header.memory);
    assert!(demand(5712, 4284, "yuv420p10le").unwrap().memory > header.memory);
    let error = demand(60_000, 60_000, "yuv420p").unwrap_err();
    assert_eq!(kind(&error), "TooManyPixels");
}

#[test]
fn broken_ones_are_refused_and_break_nothing() {
    let whole = heic(&picture(), "yuv420p", &[]);
    decode(&whole, &LIMITS).unwrap();
    for length in (20..whole.len() - 1).step_by(whole.len() / 60) {
        let error = decode(&whole[..length], &LIMITS).unwrap_err();
        assert!(["Undecodable", "Unsupported"].contains(&&*kind(&error)), "{length}: {error}");
    }
    let moving = [&whole[..24], &boxed(b"moov", &[0; 50])].concat();
    assert_eq!(kind(&decode(&moving, &LIMITS).unwrap_err()), "Unsupported");
    // Every byte of the description in turn; what its reader makes of it is a size or an error.
    for at in 24..whole.len().min(700) {
        for value in [0, 0x7f, 0xff] {
            let mut broken = whole.clone();
            broken[at] = value;
            let _ = Header::read(&mut Cursor::new(&broken), &LIMITS);
        }
    }
}

#[test]
fn an_ordinary_programs_avif_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    picture().save(path("picture.png")).unwrap();
    let coder = ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8", "-crf", "10"];
    ffmpeg(&[&["-i", &path("picture.png")], &coder[..], &["-pix_fmt", "yuv420p", &path("picture.avif")]].concat());
    let decoded = decode(&std::fs::read(path("picture.avif")).unwrap(), &LIMITS).unwrap();
    assert_eq!(decoded.format, PictureFormat::Avif);
    is_marked(&decoded.pixels, 16);
}
