//! Pictures as players show them: of high dynamic range, interlaced, and of pixels that are not square.

use std::path::Path;

use image::RgbImage;

use super::{QUARTERS, RED, assert_quarters, first, made};
use crate::fixtures::ffmpeg;

/// Patches of 16 pixels, as BT.709 has them.
const PATCHES: [[u8; 3]; 8] = [
    [0, 0, 0],
    [60, 60, 60],
    [128, 128, 128],
    [220, 220, 220],
    [200, 150, 120],
    [180, 40, 50],
    [40, 160, 60],
    [50, 60, 190],
];

/// A film of the patches, converted and encoded.
fn film(folder: &Path, name: &str, filter: &str, encoder: &[&str]) -> RgbImage {
    let png = folder.join("patches.png");
    RgbImage::from_fn(128, 32, |x, _| PATCHES[x as usize / 16].into()).save(&png).unwrap();
    let film = folder.join(name);
    let source = ["-loop", "1", "-i", png.to_str().unwrap(), "-frames:v", "2", "-vf", filter];
    ffmpeg(&[&source[..], encoder, &[film.to_str().unwrap()]].concat());
    first(&film)
}

fn assert_patches(seen: &RgbImage, patches: usize, wanted: impl Fn(u8) -> f64, most: f64, what: &str) {
    for (at, patch) in PATCHES.iter().enumerate().take(patches) {
        let got = seen.get_pixel(at as u32 * 16 + 8, 16).0;
        let worst =
            got.iter().zip(patch).map(|(got, part)| (f64::from(*got) - wanted(*part)).abs()).fold(0.0, f64::max);
        assert!(worst <= most, "{what}: {patch:?} is shown as {got:?}");
    }
}

#[test]
fn high_dynamic_range_is_shown_in_standard_range_with_its_own_colours() {
    let folder = tempfile::tempdir().unwrap();
    // zimg makes white a light of 100 candelas, and 203 are white here; below 95 nothing is rolled off.
    let darker = |part: u8| f64::from(part) * (100.0_f64 / 203.0).powf(1.0 / 2.4);
    let rgb = "zscale=pin=bt709:tin=bt709:min=gbr";
    // Of HLG it takes the system gamma by channel and not by luminance, which makes colours paler the stronger they are.
    for (transfer, name, patches, most) in [("arib-std-b67", "hlg", 5, 6.0), ("smpte2084", "pq", 8, 4.0)] {
        let filter = format!("{rgb}:t={transfer}:p=bt2020:m=bt2020nc:r=tv:npl=100,format=yuv420p10le");
        let tags = ["-color_trc", transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc"];
        let lossless = [&tags[..], &["-c:v", "ffv1"]].concat();
        assert_patches(&film(folder.path(), &format!("{name}.mkv"), &filter, &lossless), patches, darker, most, name);
        let phone = [&tags[..], &["-c:v", "libx265", "-x265-params", "log-level=none", "-crf", "5"]].concat();
        assert_patches(&film(folder.path(), &format!("{name}.mp4"), &filter, &phone), patches, darker, most, name);
    }
}

#[test]
fn matrix_range_and_gamut_are_those_that_the_picture_names() {
    let folder = tempfile::tempdir().unwrap();
    let same = |part: u8| f64::from(part);
    let rgb = "zscale=pin=bt709:tin=bt709:min=gbr";
    let old = "scale=out_color_matrix=smpte240m:flags=accurate_rnd,format=yuv444p";
    for (what, filter, tags) in [
        (
            "limited",
            ":p=bt709:t=bt709:m=bt709:r=tv,format=yuv444p",
            &["-colorspace", "bt709", "-color_range", "tv"][..],
        ),
        ("full", ":p=bt709:t=bt709:m=bt709:r=pc,format=yuv444p", &["-colorspace", "bt709", "-color_range", "pc"]),
        (
            "wide",
            ":p=bt2020:t=bt709:m=bt2020nc:r=tv,format=yuv444p10le",
            &["-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "bt2020-10"],
        ),
        (
            "p3",
            ":p=smpte432:t=bt709:m=bt709:r=tv,format=yuv444p",
            &["-colorspace", "bt709", "-color_primaries", "smpte432", "-color_trc", "bt709"],
        ),
    ] {
        let seen =
            film(folder.path(), &format!("{what}.mkv"), &format!("{rgb}{filter}"), &[tags, &["-c:v", "ffv1"]].concat());
        assert_patches(&seen, 8, same, 4.0, what);
    }
    let seen = film(folder.path(), "old.mkv", old, &["-colorspace", "smpte240m", "-c:v", "ffv1"]);
    assert_patches(&seen, 8, same, 4.0, "old");
}

#[test]
fn pictures_without_a_matrix_are_taken_as_players_take_them() {
    let folder = tempfile::tempdir().unwrap();
    for (size, matrix) in [("640x480", "bt601"), ("1280x720", "bt709"), ("720x1280", "bt709")] {
        let source = format!("color=red:size={size}:rate=25:duration=0.1,format=rgb24");
        let filter = format!("scale=out_color_matrix={matrix}:flags=accurate_rnd,format=yuv444p");
        let film = made(folder.path(), &format!("{size}.mkv"), &source, &["-vf", &filter, "-c:v", "ffv1"]);
        let seen = first(&film).get_pixel(100, 100).0;
        let worst = seen.iter().zip(RED).map(|(got, wanted)| got.abs_diff(wanted)).max().unwrap();
        assert!(worst <= 3, "{size}: {seen:?}");
    }
}

#[test]
fn pixels_are_made_square() {
    let folder = tempfile::tempdir().unwrap();
    let colours =
        super::quarters(&first(&made(folder.path(), "plain.mkv", QUARTERS, &["-frames:v", "2", "-c:v", "ffv1"])));
    for (aspect, width) in [("4/3", 86), ("1/2", 32), ("64/45", 92), ("1/1", 64), ("100/1", 64), ("0/1", 64)] {
        let source = format!("{QUARTERS},setsar={aspect}");
        for (name, encoder) in [
            ("wide.mkv", &["-c:v", "ffv1", "-pix_fmt", "yuv444p10le"][..]),
            ("wide.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-qp", "5"]),
            ("wide.nut", &["-c:v", "libx264rgb", "-qp", "0", "-pix_fmt", "rgb24"]),
            ("wide.webm", &["-c:v", "libvpx-vp9", "-crf", "5", "-pix_fmt", "yuv444p"]),
        ] {
            let encoder = [&["-frames:v", "2"], encoder].concat();
            let seen = first(&made(folder.path(), name, &source, &encoder));
            assert_eq!(seen.dimensions(), (width, 48), "{aspect} {name}");
            assert_quarters(&seen, colours, &format!("{aspect} {name}"));
        }
    }
}

#[test]
fn what_the_file_declares_of_pixels_goes_before_what_the_pictures_say() {
    let folder = tempfile::tempdir().unwrap();
    let square = ["-frames:v", "2", "-c:v", "libx264", "-pix_fmt", "yuv420p"];
    let square = made(folder.path(), "square.mp4", QUARTERS, &square);
    for (name, aspect, width) in [("wide.mp4", "16:9", 86), ("wide.mov", "1:1", 48), ("wide.mkv", "16:9", 86)] {
        let film = folder.path().join(name);
        let copied = ["-i", square.to_str().unwrap(), "-c", "copy", "-aspect", aspect, film.to_str().unwrap()];
        ffmpeg(&copied);
        assert_eq!(first(&film).dimensions(), (width, 48), "{name}");
        // A file that breaks off in the middle of what it declares.
        let bytes = std::fs::read(&film).unwrap();
        for length in (0..bytes.len()).step_by(bytes.len() / 40) {
            std::fs::write(folder.path().join("cut"), &bytes[..length]).unwrap();
            let _ = crate::video::pixel_aspect::declared::of_file(&folder.path().join("cut"), 1);
        }
    }
    // An MP4 without a word on pixels is shown in the size of its track.
    let mut bytes = std::fs::read(&square).unwrap();
    let track = bytes.windows(4).position(|four| four == b"tkhd").unwrap() + 4;
    bytes[track + 76..track + 80].copy_from_slice(&(128_u32 << 16).to_be_bytes());
    let pixels = bytes.windows(4).position(|four| four == b"pasp").unwrap();
    bytes[pixels..pixels + 4].copy_from_slice(b"free");
    std::fs::write(folder.path().join("track.mp4"), &bytes).unwrap();
    assert_eq!(first(&folder.path().join("track.mp4")).dimensions(), (128, 48));
}

#[test]
fn an_interlaced_picture_shows_its_first_moment_alone() {
    let folder = tempfile::tempdir().unwrap();
    // A white bar that moves by eight pixels from field to field, so that lines of two moments differ much.
    let bar = "color=black:size=256x64:rate=50:duration=0.4,format=gray,geq=lum='235*between(X-8*N\\,16\\,64)'";
    let moments = made(folder.path(), "moments.mkv", &format!("{bar},format=yuv420p"), &["-c:v", "ffv1"]);
    let moments: Vec<RgbImage> =
        super::VideoReader::open(&moments).unwrap().map(|item| item.unwrap().1.to_rgb().unwrap()).collect();
    for (order, top) in [("tff", "1"), ("bff", "0")] {
        for (name, pixels, encoder) in [
            ("fields.mp4", "yuv420p", &["-c:v", "libx264", "-qp", "4"][..]),
            ("deep.mp4", "yuv422p10le", &["-c:v", "libx264", "-qp", "4"]),
            ("fields.ts", "yuv420p", &["-c:v", "mpeg2video", "-q:v", "1"]),
            ("fields.mkv", "yuv444p", &["-c:v", "ffv1"]),
        ] {
            let source = format!("{bar},format={pixels},interlace=scan={order}:lowpass=off");
            let fields = ["-flags", "+ildct+ilme", "-top", top];
            let film = made(folder.path(), name, &source, &[&fields[..], encoder].concat());
            let seen: Vec<RgbImage> =
                super::VideoReader::open(&film).unwrap().map(|item| item.unwrap().1.to_rgb().unwrap()).collect();
            assert_eq!(seen.len(), 10, "{order} {name}");
            for (at, seen) in seen.iter().enumerate() {
                let wanted = &moments[2 * at];
                let sum: u64 = seen.iter().zip(wanted.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
                let mean = sum as f64 / seen.len() as f64;
                assert!(mean < 2.0, "{order} {name}, picture {at}: {mean}");
            }
        }
    }
}
