//! Portraits of every kind, with detectors that see a face in every window or in none.

use std::fs;

use engine_torch::VarPath;
use engine_torch::testing::made;
use proptest::prelude::*;

use super::*;
use crate::face::mtcnn::Config;
use crate::face::mtcnn::networks::{OutputNet, ProposalNet, RefineNet};

/// A detector that is as sure of a face in every window: the logarithm of how much likelier one is than none.
/// Its faces are its windows.
fn detector(min_face_size: f64, surely: f32) -> Mtcnn {
    fn network<N>(surely: f32, network: impl FnOnce(&VarPath<'_>) -> N) -> N {
        let values = |key: &str, shape: &[usize]| match key {
            "conv4_1.bias" | "dense5_1.bias" | "dense6_1.bias" => vec![0.0, surely],
            _ => vec![0.0; shape.iter().product()],
        };
        made(values, network)
    }
    let (proposal, refine) = (network(surely, ProposalNet::new), network(surely, RefineNet::new));
    let config = Config { min_face_size, ..Config::default() };
    Mtcnn::new(config, proposal, refine, network(surely, OutputNet::new))
}

fn portrait(width: usize, height: usize) -> Raster<u8> {
    let samples = (0..width * height * 3).map(|place| (place % 251) as u8).collect();
    Raster::new(width, height, 3, samples).unwrap()
}

fn small() -> Params {
    Params { width: 64, height: 72, ..Params::default() }
}

#[test]
fn without_a_face_a_portrait_is_refused_or_shown_as_a_whole() {
    let (detector, portrait) = (detector(20.0, -5.0), portrait(40, 30));
    let refused = prepare(&detector, &portrait, &small()).unwrap_err().to_string();
    assert!(refused.contains("no face was found") && refused.contains("no_face"), "{refused}");
    let whole = prepare(&detector, &portrait, &Params { no_face: NoFace::WholePicture, ..small() }).unwrap();
    assert_eq!((whole.picture.width(), whole.picture.height(), whole.picture.channels()), (64, 72, 3));
    assert_eq!(whole.picture, pillow_resize::resize(&portrait, 64, 72, Filter::Lanczos));
    assert!(whole.mask.data().iter().all(|sample| *sample == 255) && whole.mask.data().len() == 64 * 72);
    assert_eq!((whole.shown, whole.faces), (Area { left: 0, top: 0, right: 40, bottom: 30 }, 0));
}

#[test]
fn of_several_faces_the_largest_speaks() {
    let (detector, portrait) = (detector(20.0, 5.0), portrait(100, 40));
    let faces = search(&detector, &portrait).unwrap();
    assert!(faces.len() > 1 && faces[0].area() > faces[faces.len() - 1].area());
    let prepared = prepare(&detector, &portrait, &small()).unwrap();
    assert_eq!(prepared.faces, faces.len());
    assert_eq!(prepared, Prepared { faces: faces.len(), ..framed(&portrait, faces[0].bounds, &small()).unwrap() });
}

#[test]
fn what_is_hardly_a_face_does_not_speak() {
    // The detector takes windows from a probability of 0.7 on, and 0.75 is that of this one.
    let (detector, portrait) = (detector(20.0, 3.0_f32.ln()), portrait(40, 40));
    assert!(!search(&detector, &portrait).unwrap().is_empty());
    assert!(matches!(prepare(&detector, &portrait, &small()), Err(FaceError::NoFace)));
}

#[test]
fn too_small_a_portrait_is_refused() {
    let told = prepare(&detector(20.0, 5.0), &portrait(300, 19), &small()).unwrap_err().to_string();
    assert!(told.contains("300x19") && told.contains("fewer than 20") && told.contains("send a larger one"), "{told}");
    assert!(prepare(&detector(20.0, 5.0), &portrait(300, 20), &small()).is_ok());
}

#[test]
fn huge_portraits_are_searched_at_half_their_size() {
    let detector = detector(1000.0, 5.0);
    let (width, height) = (2 * 4096 + 1, 2100);
    let huge = Raster::zeros(width, height, 3);
    let faces = search(&detector, &huge).unwrap();
    let halved = guarded(|| detector.detect(&Pixels::new(&opencv_resize::half(&huge), BLUE_FIRST))).unwrap();
    assert_eq!(faces.len(), halved.len());
    let doubled = |face: &Face| face.bounds.map(|edge| 2.0 * edge);
    assert!(faces.iter().map(|face| face.bounds).eq(halved.iter().map(doubled)));
    assert!(faces.iter().any(|face| face.bounds[2] > 5000.0));
    assert_eq!(prepare(&detector, &huge, &small()).unwrap().picture.height(), 72);
}

#[test]
fn what_is_no_picture_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portrait.png");
    assert!(read(&path).unwrap_err().to_string().starts_with("the portrait cannot be read: "));
    fs::write(&path, "no picture").unwrap();
    let told = read(&path).unwrap_err();
    assert!(told.to_string().ends_with("; send it again as a JPEG or PNG picture"), "{told}");
    assert_eq!(engine_api::EngineError::from(told).kind, engine_api::ErrorKind::Input);
    image::RgbImage::from_pixel(3, 2, image::Rgb([1, 2, 3])).save(&path).unwrap();
    assert_eq!(read(&path).unwrap(), Raster::new(3, 2, 3, [1, 2, 3].repeat(6)).unwrap());
}

#[test]
fn a_mask_that_begins_beyond_the_portrait_begins_at_its_edge_unless_the_original_is_wanted() {
    let portrait = portrait(128, 128);
    let face = [4.0, 40.0, 104.0, 100.0];
    let marked = |original_mask_wrap: bool| {
        let params = Params { facecrop_dilation_ratio: 1.0, original_mask_wrap, ..Params::default() };
        framed(&portrait, face, &params).unwrap().mask.data().iter().filter(|sample| **sample == 255).count()
    };
    assert!(marked(false) > 512 * 512 / 3);
    assert_eq!(marked(true), 0);
}

#[test]
fn a_box_beyond_the_portrait_is_refused() {
    let portrait = portrait(100, 80);
    for face in [[120.0, 10.0, 130.0, 20.0], [50.0, 50.0, 20.0, 20.0], [10.0, 10.0, 10.2, 30.0], [f32::NAN; 4]] {
        let told = framed(&portrait, face, &Params { facecrop_dilation_ratio: 0.0, ..small() });
        assert!(matches!(told, Err(FaceError::Outside)), "{face:?}");
    }
}

/// An edge of a box: mostly near a picture, sometimes anywhere.
fn edge() -> impl Strategy<Value = f32> {
    prop_oneof![8 => -100.0_f32..300.0, 1 => -1e6_f32..1e6, 1 => any::<f32>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_the_box_the_portrait_is_shown_or_refused(
        face in [edge(), edge(), edge(), edge()],
        (width, height) in (1_usize..200, 1_usize..200),
        (facemask_dilation_ratio, facecrop_dilation_ratio) in (0.0..=10.0_f64, 0.0..=10.0_f64),
        (columns, rows) in (1_u32..6, 1_u32..6),
        original_mask_wrap: bool,
    ) {
        let params = Params {
            width: 8 * columns,
            height: 8 * rows,
            facemask_dilation_ratio,
            facecrop_dilation_ratio,
            original_mask_wrap,
            ..Params::default()
        };
        let [left, top, right, bottom] = face;
        let middle = [(left + right) / 2.0, (top + bottom) / 2.0];
        let is_inside = middle[0] >= 0.0 && middle[0] < width as f32 && middle[1] >= 0.0 && middle[1] < height as f32;
        match framed(&portrait(width, height), face, &params) {
            Ok(Prepared { picture, mask, shown, .. }) => {
                let size = |raster: &Raster<u8>| (raster.width(), raster.height(), raster.channels());
                let video = (params.width as usize, params.height as usize);
                prop_assert_eq!(size(&picture), (video.0, video.1, 3));
                prop_assert_eq!(size(&mask), (video.0, video.1, 1));
                prop_assert!(shown.width() == shown.height() && shown.width() > 0);
                prop_assert!(shown.right <= width && shown.bottom <= height);
            }
            Err(FaceError::Outside) => prop_assert!(!(is_inside && right - left >= 2.0 && bottom - top >= 2.0)),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
