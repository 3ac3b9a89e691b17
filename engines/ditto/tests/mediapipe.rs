//! Registration with the face search of MediaPipe, from a folder without the models of InsightFace.
//!
//! The networks are the stand-ins of the golden set, so this holds the wiring and the geometry, not how well faces are
//! found.

#![allow(dead_code, reason = "the golden tests' harness has more than is needed here")]

#[path = "golden/pixels.rs"]
mod pixels;
#[path = "golden/reference.rs"]
mod reference;
#[path = "golden/runtime.rs"]
mod runtime;

use std::fs;

use engine_ditto::face::crop::CropError;
use engine_ditto::face::detector::{FaceSearch, Found};
use engine_ditto::face::error::RegisterError;
use engine_ditto::face::framing::FRAMING;
use engine_ditto::face::landmarks::Landmarks;
use engine_ditto::face::{landmark203, mesh_region, scrfd};
use engine_ditto::networks::{APPEARANCE, BLAZE, LANDMARK203, Loader, MESH, MOTION};
use engine_ditto::source::registration::{Look, Registrar};
use engine_ditto::source::track::Track;
use engine_vision::raster::Raster;
use tempfile::TempDir;

/// The registrar with only the networks that it needs; `None` where there is no runtime.
fn registrar() -> Option<Registrar> {
    let golden = runtime::loader()?;
    let folder = TempDir::new().expect("a folder");
    for spec in [BLAZE, MESH, LANDMARK203, APPEARANCE, MOTION] {
        fs::copy(spec.path(golden.folder), spec.path(folder.path())).expect("the set has the network");
    }
    let loader = Loader { folder: folder.path(), ..golden };
    assert!(Registrar::load(&loader, FaceSearch::InsightFace).is_err(), "its networks are not there");
    Some(Registrar::load(&loader, FaceSearch::MediaPipe).unwrap_or_else(|error| panic!("{error}")))
}

fn portrait() -> Raster<u8> {
    pixels::file_image("inputs/portrait.png", Some(1920))
}

#[test]
fn faces_are_found_and_registered_without_insightface() {
    let Some(mut registrar) = registrar() else { return };
    let image = portrait();
    let found = registrar.find(&image).unwrap();
    assert_eq!(found.landmarks.points.len(), mesh_region::POINTS);
    let largest = found.faces[scrfd::largest(&found.faces).unwrap()];
    let [left, top, right, bottom] = largest.bounds;
    let (reach, [x, y]) = ((right - left).max(bottom - top), [(left + right) / 2.0, (top + bottom) / 2.0]);
    for point in &found.landmarks.points {
        // The mesh network sees one and a half times the box, turned.
        assert!((point[0] - x).hypot(point[1] - y) < 1.1 * reach, "{point:?} of {largest:?}");
    }
    let frame = registrar.frame(&image, &found.landmarks, &Look::default()).unwrap();
    assert_eq!(frame.landmarks.points.len(), landmark203::POINTS);
    assert!(frame.landmarks.points.as_flattened().iter().all(|value| value.is_finite()));
    assert!(frame.placement.within(FRAMING.side, &image).is_ok());
    assert!(frame.crop.data().iter().any(|&sample| sample > 0), "the square shows some of the picture");
    assert_eq!((frame.crop.width(), frame.crop.height()), (FRAMING.side, FRAMING.side));
    assert!(frame.volume.iter().chain(&frame.motion.kp).all(|value| value.is_finite()));
    assert!(frame.eyes.is_some());
}

#[test]
fn eyes_are_left_out_where_nobody_wants_them() {
    let Some(mut registrar) = registrar() else { return };
    let image = portrait();
    let found = registrar.find(&image).unwrap();
    let wanted = registrar.frame(&image, &found.landmarks, &Look::default()).unwrap();
    let unwanted = registrar.frame(&image, &found.landmarks, &Look { eyes: false, ..Look::default() }).unwrap();
    assert!(wanted.eyes.is_some() && unwanted.eyes.is_none());
    assert_eq!(wanted.motion, unwanted.motion);
}

#[test]
fn pictures_without_a_pixel_show_no_face() {
    let Some(mut registrar) = registrar() else { return };
    assert!(matches!(registrar.find(&Raster::zeros(0, 0, 3)), Err(RegisterError::NoFace)));
}

#[test]
fn landmarks_that_make_no_square_are_told_with_their_frame() {
    let Some(mut registrar) = registrar() else { return };
    let image = portrait();
    let found = registrar.find(&image).unwrap();
    for (spoil, expected) in
        [(f32::NAN, CropError::NotFinite), (f32::INFINITY, CropError::NotFinite), (0.0, CropError::NoExtent)]
    {
        let points = found.landmarks.points.iter().map(|point| point.map(|value| value * spoil)).collect();
        let landmarks = Landmarks { points, ..found.landmarks };
        let mut track = Track::new(&Found { landmarks, ..found.clone() }, Look::default());
        let error = track.next(&mut registrar, &image).unwrap_err();
        assert!(matches!(&error, RegisterError::Crop(reason) if *reason == expected), "{error}");
    }
    let mut track = Track::new(&found, Look::default());
    track.next(&mut registrar, &image).unwrap();
    // The face of the first frame lies beyond a second frame of few pixels.
    let error = track.next(&mut registrar, &Raster::zeros(8, 8, 3)).unwrap_err();
    assert!(matches!(error, RegisterError::Lost { frame: 1, reason: CropError::Outside { .. } }), "{error}");
}
