//! Resizing beside what Pillow itself gave, in `data/pillow.json`.

use std::fs;
use std::path::Path;

use engine_golden::crc32;
use engine_golden::json::{list, shape, text};
use engine_vision::pillow_resize::{Filter, resize};
use engine_vision::raster::Raster;
use serde_json::Value;

/// The picture that `data/make.py` makes.
fn picture(width: usize, height: usize, channels: usize) -> Raster<u8> {
    let sample = |x: usize, y: usize, c: usize| match (x + y) % 3 {
        0 => 255 * (x * y % 2),
        _ => (x * 89 + y * 151 + c * 67 + x * y * 13) % 256,
    };
    let places = (0..width * height * channels).map(|at| (at / channels % width, at / channels / width, at % channels));
    let samples = places.map(|(x, y, c)| sample(x, y, c) as u8).collect();
    Raster::new(width, height, channels, samples).expect("as many samples as the size holds")
}

fn filter(name: &str) -> Filter {
    match name {
        "nearest" => Filter::Nearest,
        "box" => Filter::Box,
        "bilinear" => Filter::Bilinear,
        "hamming" => Filter::Hamming,
        "bicubic" => Filter::Bicubic,
        "lanczos" => Filter::Lanczos,
        other => panic!("there is no filter {other:?}"),
    }
}

#[test]
fn samples_are_those_of_pillow() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pillow.json");
    let cases: Value = serde_json::from_slice(&fs::read(path).expect("the file is there")).expect("JSON");
    for case in list(&cases) {
        let (from, to) = (shape(&case["from"]), shape(&case["to"]));
        let out = resize(&picture(from[0], from[1], from[2]), to[0], to[1], filter(text(&case["filter"])));
        assert_eq!((out.width(), out.height(), out.channels()), (to[0], to[1], from[2]));
        let what = format!("{} {from:?} to {to:?}", case["filter"]);
        match case.get("samples") {
            Some(samples) => {
                let got: String = out.data().iter().map(|sample| format!("{sample:02x}")).collect();
                assert_eq!(got, text(samples), "{what}");
            }
            None => assert_eq!(Some(u64::from(crc32(out.data()))), case["crc32"].as_u64(), "{what}"),
        }
    }
}

#[test]
fn sides_of_nothing_give_nothing() {
    for filter in [Filter::Nearest, Filter::Lanczos] {
        assert_eq!(resize(&Raster::zeros(0, 0, 3), 2, 1, filter), Raster::zeros(2, 1, 3));
        assert_eq!(resize(&picture(5, 5, 1), 0, 5, filter), Raster::zeros(0, 5, 1));
    }
}
