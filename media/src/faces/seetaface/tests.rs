//! Pictures without a face, and where a found box lands in the picture it was found in.

use image::{Rgb, RgbImage};
use rustface::{FaceInfo, Rectangle};

use super::*;

fn found(x: i32, y: i32, side: u32) -> FaceInfo {
    let mut face = FaceInfo::new();
    *face.bbox_mut() = Rectangle::new(x, y, side, side);
    face.set_score(12.5);
    face
}

#[test]
fn nothing_is_found_where_no_face_is() {
    let detector = SeetaFace::new();
    let gradient = RgbImage::from_fn(640, 400, |x, y| Rgb([(x / 3) as u8, (y / 2) as u8, 128]));
    let checks = RgbImage::from_fn(500, 500, |x, y| Rgb([if (x / 25 + y / 25) % 2 == 0 { 0 } else { 255 }; 3]));
    for picture in [gradient, checks, RgbImage::from_pixel(1000, 700, Rgb([127; 3]))] {
        assert_eq!(detector.detect(&picture), []);
    }
}

#[test]
fn pictures_of_any_shape_are_searched() {
    let detector = SeetaFace::new();
    for (width, height) in [(1, 1), (39, 39), (40, 40), (41, 480), (4000, 30), (30, 4000), (3000, 260), (0, 0)] {
        assert_eq!(detector.detect(&RgbImage::new(width, height)), [], "{width}x{height}");
    }
}

#[test]
fn boxes_are_scaled_back_to_the_picture() {
    let face = face_in_picture(&found(100, 50, 80), (2.5, 2.0), (1200, 800)).unwrap();
    assert_eq!(face, Face { x: 250.0, y: 100.0, width: 200.0, height: 160.0, score: 12.5 });
}

#[test]
fn boxes_are_clamped_to_the_picture() {
    let face = face_in_picture(&found(-20, 440, 100), (1.0, 1.0), (480, 480)).unwrap();
    assert_eq!((face.x, face.y, face.width, face.height), (0.0, 440.0, 80.0, 40.0));
    assert_eq!(face_in_picture(&found(-90, 10, 60), (1.0, 1.0), (480, 480)), None);
}

#[test]
fn the_model_brings_its_licence() {
    assert!(SEETAFACE_LICENSE.contains("Chinese Academy of Sciences"));
}
