//! Pictures read from videos as phones and cameras make them: turned, and of every pixel format.

use std::path::{Path, PathBuf};

use super::*;
use crate::fixtures::{ffmpeg, kind};

mod shown;

/// Red above blue on the left, and green above white on the right: each quarter tells where it has gone.
const QUARTERS: &str = "color=red:size=32x24[a];color=0x00ff00:size=32x24[b];[a][b]hstack[t];\
                        color=blue:size=32x24[c];color=white:size=32x24[d];[c][d]hstack[u];[t][u]vstack";
const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];

fn made(folder: &Path, name: &str, source: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let source = ["-f", "lavfi", "-i", source];
    ffmpeg(&[&source[..], arguments, &[path.to_str().unwrap()]].concat());
    path
}

/// The colours of the quarters, row by row.
fn quarters(pixels: &RgbImage) -> [[u8; 3]; 4] {
    let (width, height) = pixels.dimensions();
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| pixels.get_pixel(width * x / 4, height * y / 4).0)
}

fn assert_quarters(pixels: &RgbImage, expected: [[u8; 3]; 4], what: &str) {
    for (got, wanted) in quarters(pixels).iter().zip(expected) {
        let worst = got.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(worst <= 10, "{what}: {:?} instead of {expected:?}", quarters(pixels));
    }
}

fn first(path: &Path) -> RgbImage {
    VideoReader::open(path).unwrap().next().unwrap().unwrap().1.to_rgb().unwrap()
}

#[test]
fn pictures_are_turned_upright() {
    let folder = tempfile::tempdir().unwrap();
    let flat = made(folder.path(), "flat.mp4", QUARTERS, &["-frames:v", "3", "-pix_fmt", "yuv420p"]);
    assert_quarters(&first(&flat), [RED, GREEN, BLUE, WHITE], "0");
    for (matrix, size, expected) in [
        ([0, 1, -1, 0], (48, 64), [BLUE, RED, WHITE, GREEN]),
        ([-1, 0, 0, -1], (64, 48), [WHITE, BLUE, GREEN, RED]),
        ([0, -1, 1, 0], (48, 64), [GREEN, WHITE, RED, BLUE]),
    ] {
        let turned = folder.path().join("turned.mp4");
        std::fs::write(&turned, with_matrix(std::fs::read(&flat).unwrap(), matrix)).unwrap();
        let pixels = first(&turned);
        assert_eq!(pixels.dimensions(), size, "{matrix:?}");
        assert_quarters(&pixels, expected, &format!("{matrix:?}"));
        // The program that everybody has turns it the same way.
        assert_quarters(&made_png(&turned, folder.path()), expected, "ffmpeg itself");
    }
}

/// The file as a phone that was held otherwise would have made it: with another matrix in the header of its track.
fn with_matrix(mut file: Vec<u8>, [a, b, c, d]: [i32; 4]) -> Vec<u8> {
    let start = file.windows(4).position(|four| four == b"tkhd").unwrap() + 4 + 40;
    for (at, entry) in [a << 16, b << 16, 0, c << 16, d << 16].into_iter().enumerate() {
        file[start + at * 4..start + at * 4 + 4].copy_from_slice(&entry.to_be_bytes());
    }
    file
}

fn made_png(video: &Path, folder: &Path) -> RgbImage {
    let png = folder.join("seen.png");
    ffmpeg(&["-i", video.to_str().unwrap(), "-frames:v", "1", png.to_str().unwrap()]);
    image::open(png).unwrap().into_rgb8()
}

#[test]
fn a_matrix_tells_its_nearest_quarter_turn() {
    let told = |matrix: [i32; 4]| {
        let [a, b, c, d] = matrix.map(|entry| entry << 16);
        let bytes: Vec<u8> = [a, b, 0, c, d, 0, 0, 0, 1 << 30].iter().flat_map(|entry| entry.to_ne_bytes()).collect();
        orientation::of_matrix(&bytes).unwrap()
    };
    assert_eq!(told([1, 0, 0, 1]), Orientation::NoTransforms);
    assert_eq!(told([0, 1, -1, 0]), Orientation::Rotate90);
    assert_eq!(told([-1, 0, 0, -1]), Orientation::Rotate180);
    assert_eq!(told([0, -1, 1, 0]), Orientation::Rotate270);
    assert_eq!(told([-1, 0, 0, 1]), Orientation::FlipHorizontal);
    assert_eq!(told([1, 0, 0, -1]), Orientation::FlipVertical);
    assert_eq!(told([0, 1, 1, 0]), Orientation::Rotate90FlipH);
    assert_eq!(told([0, -1, -1, 0]), Orientation::Rotate270FlipH);
    assert_eq!(told([9, 1, -1, 9]), Orientation::NoTransforms);
    assert_eq!(orientation::of_matrix(&[0; 35]), None);
}

#[test]
fn every_pixel_format_keeps_its_colours() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, arguments: &[&str]| {
        made(folder.path(), name, QUARTERS, &[&["-frames:v", "2"], arguments].concat())
    };
    let bt709 = ["-vf", "scale=out_color_matrix=bt709:flags=accurate_rnd", "-colorspace", "bt709"];
    for (name, arguments) in [
        ("ten.mkv", &["-c:v", "ffv1", "-pix_fmt", "yuv422p10le"][..]),
        ("full.mkv", &["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"]),
        ("wide.mkv", &["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj444p"]),
        ("raw.mkv", &["-c:v", "rawvideo", "-pix_fmt", "nv12"]),
        ("packed.nut", &["-c:v", "rawvideo", "-pix_fmt", "uyvy422"]),
        ("rgb.mkv", &["-c:v", "libx264rgb", "-qp", "0", "-pix_fmt", "rgb24"]),
        ("palette.gif", &[]),
        ("vp9.webm", &["-c:v", "libvpx-vp9", "-pix_fmt", "yuv444p"]),
        ("hd.mkv", &[&bt709[..], &["-c:v", "ffv1", "-pix_fmt", "yuv420p10le"]].concat()),
    ] {
        assert_quarters(&first(&make(name, arguments)), [RED, GREEN, BLUE, WHITE], name);
    }
}

#[test]
fn pictures_are_looked_at_in_order_until_one_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    // Brighter by the second: picture n of 25 in a second is n grey levels up.
    let source = "color=black:size=64x48:rate=25:duration=4,format=gray,geq=lum=N*2";
    let film = made(folder.path(), "film.mkv", source, &["-c:v", "ffv1", "-pix_fmt", "gray"]);
    let level = |picture: &VideoPicture| picture.to_rgb().unwrap().get_pixel(32, 24).0[0];
    let levels = |every: f64, most: usize, taken: u8| {
        let mut seen = Vec::new();
        let mut at = None;
        for item in VideoReader::open(&film).unwrap().every(every).take(most) {
            let (seconds, picture) = item.unwrap();
            seen.push(level(&picture));
            if seen.last() >= Some(&taken) {
                at = Some(seconds);
                break;
            }
        }
        (seen, at)
    };
    let (seen, at) = levels(0.2, 150, 40);
    assert_eq!(seen, [0, 10, 20, 30, 40]);
    assert!((at.unwrap() - 0.8).abs() < 0.01, "{at:?}");
    assert_eq!(levels(1.0, 150, 255), (vec![0, 50, 100, 150], None));
    assert_eq!(levels(0.04, 3, 255), (vec![0, 2, 4], None));
}

#[test]
fn what_is_no_video_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("empty"), "").unwrap();
    std::fs::write(file("text"), "not a video at all").unwrap();
    ffmpeg(&["-f", "lavfi", "-i", "sine=duration=1", file("tone.wav").to_str().unwrap()]);
    let told = |name: &str| kind(&VideoReader::open(&file(name)).err().unwrap());
    assert_eq!(told("empty"), "Empty");
    assert_eq!(told("text"), "Undecodable");
    assert_eq!(told("tone.wav"), "NoPicture");
}
