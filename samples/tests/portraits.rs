//! Portraits as a detector of real faces sees them: each is one clear face, where the spec says it is.

use avatar_media::faces::{Face, FaceDetector, Search, SeetaFace};
use avatar_media::picture::Part;
use avatar_samples::portrait::{self, Area, Landmarks, MouthLook, PortraitSpec};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

#[test]
fn every_person_has_one_clear_face() {
    for seed in 0..8 {
        check(&PortraitSpec { seed, ..PortraitSpec::default() });
    }
}

#[test]
fn tilted_heads_are_found() {
    for (seed, tilt) in [(1, -10.0), (3, -5.0), (6, 5.0), (7, 10.0)] {
        check(&PortraitSpec { seed, tilt, ..PortraitSpec::default() });
    }
}

#[test]
fn small_large_and_oblong_pictures_work() {
    for (seed, size) in [(2, (256, 256)), (5, (1024, 1024)), (4, (400, 640)), (9, (640, 400))] {
        check(&PortraitSpec { seed, size, ..PortraitSpec::default() });
    }
}

#[test]
fn faces_with_every_look_are_found() {
    for (seed, mouth, turn) in [(1, MouthLook::Smile, 0.0), (3, MouthLook::Open, 15.0), (6, MouthLook::Closed, -25.0)] {
        check(&PortraitSpec { seed, mouth, turn, brows: 1.8, glasses: turn > 0.0, ..PortraitSpec::default() });
    }
}

#[test]
fn faces_stand_where_they_are_put() {
    let spec = PortraitSpec {
        size: (640, 480),
        seed: 3,
        tilt: -4.0,
        scale: 0.6,
        center: (0.7, 0.4),
        ..PortraitSpec::default()
    };
    check(&spec);
    let middle = spec.landmarks().face.center();
    assert!((middle.x - 0.7 * 640.0).abs() < 4.0, "{middle:?}");
    assert!((middle.y - 0.4 * 480.0).abs() < 8.0, "{middle:?}");
}

#[test]
fn a_head_of_a_thirtieth_of_the_picture_is_found() {
    // Above the face there is hair: a head is about 1.3 times as high.
    let (width, height, head) = (2000, 2600, 0.03 * 2600.0 / 1.3);
    for (seed, x, y) in [(1, 0.1, 0.2), (3, 0.5, 0.5), (6, 0.83, 0.4)] {
        let spec = PortraitSpec { seed, ..PortraitSpec::default() };
        let truth = spec.landmarks().face;
        let scale = head / truth.height;
        let side = (512.0 * scale) as u32;
        let person = imageops::resize(&portrait::render(&spec), side, side, FilterType::Triangle);
        let mut room = RgbImage::from_fn(width, height, |x, y| Rgb([(x / 20) as u8 + 60, (y / 24) as u8 + 70, 130]));
        let (left, top) = (x * width as f32, y * height as f32);
        imageops::replace(&mut room, &person, left as i64, top as i64);
        let detector = SeetaFace::new();
        let sight = Search { detector: &detector, sure_score: 8.0 }.look(Part::from(&room));
        let [face] = sight.faces.as_slice() else { panic!("seed {seed}: {sight:?}") };
        let truth = Area {
            x: left + scale * truth.x,
            y: top + scale * truth.y,
            width: scale * truth.width,
            height: scale * truth.height,
        };
        let shared = overlap(face, &truth);
        assert!(shared > 0.4, "seed {seed}: {face:?} shares {shared} with {truth:?}");
    }
}

#[test]
fn the_same_spec_gives_the_same_picture_and_another_seed_another_person() {
    let spec = PortraitSpec { size: (128, 128), seed: 5, ..PortraitSpec::default() };
    let picture = portrait::render(&spec);
    assert!(picture == portrait::render(&spec));
    let other = PortraitSpec { seed: 6, ..spec };
    assert!(picture != portrait::render(&other));
}

#[test]
fn landmarks_lie_on_what_they_name() {
    for seed in [3, 7, 12] {
        let spec = PortraitSpec { seed, tilt: 6.0, ..PortraitSpec::default() };
        let picture = portrait::render(&spec);
        let Landmarks { eyes, mouth, mouth_corners, chin, face, .. } = spec.landmarks();
        let cheek = brightness(&picture, eyes[0].x, (eyes[0].y + mouth.y) / 2.0);
        for eye in eyes {
            assert!(brightness(&picture, eye.x, eye.y) < 0.5 * cheek, "seed {seed}: a pupil is dark");
        }
        assert!(brightness(&picture, mouth.x, mouth.y) < 0.6 * cheek, "seed {seed}: the mouth is dark");
        let [left, right] = mouth_corners;
        assert!(left.x < mouth.x && mouth.x < right.x);
        assert!(mouth.y < chin.y);
        for point in [eyes[0], eyes[1], mouth, left, right, chin] {
            assert!(contains(&face, point.x, point.y), "seed {seed}: {point:?} outside {face:?}");
        }
    }
}

/// Exactly one face, certain, and close to the truth.
fn check(spec: &PortraitSpec) {
    let faces = SeetaFace::new().detect(&portrait::render(spec));
    assert_eq!(faces.len(), 1, "{spec:?}: {faces:?}");
    assert!(faces[0].score > 10.0, "{spec:?}: {faces:?}");
    let truth = spec.landmarks().face;
    let shared = overlap(&faces[0], &truth);
    assert!(shared > 0.6, "{spec:?}: {faces:?} shares {shared} with {truth:?}");
}

/// The shared part of two boxes against what they cover together.
fn overlap(face: &Face, truth: &Area) -> f32 {
    let span = |low: f32, length: f32, other: f32, other_length: f32| {
        ((low + length).min(other + other_length) - low.max(other)).max(0.0)
    };
    let shared = span(face.x, face.width, truth.x, truth.width) * span(face.y, face.height, truth.y, truth.height);
    shared / (face.width * face.height + truth.width * truth.height - shared)
}

fn contains(area: &Area, x: f32, y: f32) -> bool {
    (area.x - 1.0..=area.x + area.width + 1.0).contains(&x) && (area.y - 1.0..=area.y + area.height + 1.0).contains(&y)
}

/// The darkest of the nine pixels around a point, 0 to 255.
fn brightness(picture: &RgbImage, x: f32, y: f32) -> f32 {
    let mut darkest = f32::MAX;
    for dy in 0..3 {
        for dx in 0..3 {
            let [red, green, blue] = picture.get_pixel(x as u32 + dx - 1, y as u32 + dy - 1).0;
            darkest = darkest.min((f32::from(red) + f32::from(green) + f32::from(blue)) / 3.0);
        }
    }
    darkest
}
