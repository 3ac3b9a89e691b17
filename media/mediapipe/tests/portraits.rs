//! The detector with its real networks, in the folder that `REAL_WEIGHTS` names, on painted people and on the samples that
//! `REAL_SAMPLES` names. Where they are missing, tests say so and pass.

use avatar_media::faces::{Face, FaceDetector, Search};
use avatar_media::picture::{self, Part, PictureLimits, RgbImage, Rotation};
use avatar_mediapipe::{FILES, MediaPipe};
use avatar_prerequisites::{real_sample, real_weights};
use avatar_samples::portrait::{self, PortraitSpec};
use image::Rgb;
use image::imageops::{self, FilterType};

const LIMITS: PictureLimits = PictureLimits { max_bytes: 1 << 26, max_pixels: 50_000_000, max_memory: 1 << 30 };

fn detector() -> Option<MediaPipe> {
    let [blaze, _mesh] = FILES.map(real_weights);
    Some(MediaPipe::load(blaze?.parent()?).expect("they are the networks that they should be"))
}

/// The face of a picture of one.
#[track_caller]
fn only(detector: &MediaPipe, picture: Part<'_>, what: &str) -> Face {
    let sight = Search { detector, sure_score: 0.75 }.look(picture);
    let [face] = sight.faces.as_slice() else { panic!("{what}: {sight:?}") };
    *face
}

#[test]
fn samples_score_above_nine_tenths() {
    let Some(detector) = detector() else { return };
    for name in ["a.png", "b.png", "c.png", "d.png", "e.png", "ditto.jpg", "astronaut.png"] {
        let Some(file) = real_sample(name) else { return };
        let picture = picture::decode(std::fs::read(file).unwrap(), &LIMITS).unwrap();
        let face = only(&detector, picture.whole(), name);
        assert!(face.score > 0.9, "{name}: {face:?}");
        let search = Search { detector: &detector, sure_score: 0.75 };
        let yaw = search.yaw(picture.whole(), &face).unwrap();
        assert!(yaw.abs() < 20.0, "{name} looks into the camera: {yaw}");
    }
}

#[test]
fn painted_people_are_found_where_they_are() {
    let Some(detector) = detector() else { return };
    for (seed, scale) in [(0, 1.0), (3, 1.0), (6, 1.3), (23, 0.6)] {
        let spec = PortraitSpec { seed, scale, ..PortraitSpec::default() };
        let face = only(&detector, Part::from(&portrait::render(&spec)), "a painted face");
        let truth = spec.landmarks();
        let (x, y) = (face.x + face.width / 2.0, face.y + face.height / 2.0);
        let nose = ((truth.eyes[0].x + truth.eyes[1].x) / 2.0, (truth.eyes[0].y + truth.mouth.y) / 2.0);
        assert!((x - nose.0).abs() < 0.2 * face.width && (y - nose.1).abs() < 0.25 * face.height, "{face:?} {nose:?}");
        assert!(face.score > 0.8, "{face:?}");
    }
}

#[test]
fn small_and_lying_faces_are_found_and_none_where_none_is() {
    let Some(detector) = detector() else { return };
    let spec = PortraitSpec { seed: 3, ..PortraitSpec::default() };
    let person = portrait::render(&spec);
    let room = || RgbImage::from_fn(2000, 2600, |x, y| Rgb([(x / 20) as u8 + 60, (y / 24) as u8 + 70, 130]));
    let search = Search { detector: &detector, sure_score: 0.75 };
    assert!(search.look(Part::from(&room())).faces.is_empty());

    let mut wide = room();
    let small = imageops::resize(&person, 120, 120, FilterType::Triangle);
    imageops::replace(&mut wide, &small, 1300, 900);
    let face = only(&detector, Part::from(&wide), "a face of a 40th");
    assert!((1300.0..1420.0).contains(&face.x) && (900.0..1020.0).contains(&face.y), "{face:?}");

    let lying = imageops::rotate270(&person);
    assert_eq!(search.look(Part::from(&lying)).rotation, Some(Rotation::By90));
    assert!(detector.detect(&lying).is_empty(), "it is not upright");
}
