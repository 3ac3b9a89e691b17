//! Portraits of every kind, with the stand-in detector of the golden set.

use std::fs;

use engine_api::{EngineError, ErrorKind};
use proptest::prelude::*;

use super::*;
use crate::face::detector::tests::{changed, stand_in, trusted};

#[path = "../../../tests/engine/portrait.rs"]
mod painted;

/// Sides of a portrait that the detector sees as it is.
const SIDE: usize = painted::SIDE as usize;

/// A portrait with a face at each of these cells of 32 pixels, in column and row.
fn portrait(faces: &[[u32; 2]]) -> Raster<u8> {
    Raster::new(SIDE, SIDE, 3, painted::portrait(faces).into_raw()).unwrap()
}

fn small(crop: Option<f64>) -> Framing {
    Framing { crop, min_resolution: 64, ..Framing::default() }
}

fn size(picture: &Raster<u8>) -> [usize; 3] {
    [picture.width(), picture.height(), picture.channels()]
}

#[test]
fn a_portrait_is_shown_whole_with_the_part_that_moves() {
    let portrait = portrait(&[[6, 6]]);
    let prepared = prepare(&stand_in(), &portrait, &Framing { min_resolution: SIDE, ..small(None) }).unwrap();
    assert_eq!((prepared.faces, prepared.shown), (1, whole(&portrait)));
    assert_eq!(size(&prepared.picture), [384, 384, 3]);
    assert_eq!(size(&prepared.mask), [384, 384, 1]);
    let FaceBox { left, top, width, height } = prepared.face;
    assert!((left + width / 2.0 - 208.0).abs() < 1e-3 && (top + height / 2.0 - 208.0).abs() < 1e-3);
    let Area { left, top, right, bottom } = prepared.moves;
    assert_eq!([right - left, bottom - top], [width, height].map(|side| 2 * (side * 1.1 / 2.0) as usize));
}

#[test]
fn without_a_face_a_portrait_is_refused() {
    let error = EngineError::from(prepare(&stand_in(), &portrait(&[]), &small(None)).unwrap_err());
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.message.contains("no face was found") && error.message.contains("send one that"), "{error}");
}

#[test]
fn several_faces_are_counted_and_the_largest_speaks() {
    let portrait = portrait(&[[3, 3], [9, 9]]);
    for original_face_pick in [false, true] {
        let framing = Framing { original_face_pick, ..small(None) };
        let prepared = prepare(&stand_in(), &portrait, &framing).unwrap();
        assert_eq!(prepared.faces, 2);
        // The stand-in makes the first one the largest, and the surest.
        assert!(prepared.face.left < 112.0 && prepared.face.left + prepared.face.width > 112.0, "{:?}", prepared.face);
    }
}

#[test]
fn cropped_a_portrait_is_the_square_around_its_face() {
    let portrait = portrait(&[[6, 6]]);
    let prepared = prepare(&stand_in(), &portrait, &small(Some(0.5))).unwrap();
    let Area { left, top, right, bottom } = prepared.shown;
    assert_eq!((right - left).abs_diff(bottom - top), 0);
    assert!(left > 0 && right < SIDE && (380..390).contains(&(right - left)), "{:?}", prepared.shown);
    assert_eq!(size(&prepared.picture), [64, 64, 3]);
    assert!(prepared.moves.right <= right - left);
}

#[test]
fn a_face_that_is_lost_with_the_rest_of_the_portrait_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // It sees a face where there is much more red than elsewhere, and not where there is little else.
    let choosy = trusted(&changed(
        &folder,
        "torch.gt(red, 0.5)",
        "torch.gt(red, torch.mul(torch.mean(torch.select(img, 1, 0)), 133.))",
    ));
    let (choosy, portrait) = (choosy.unwrap(), portrait(&[[6, 6]]));
    assert!(prepare(&choosy, &portrait, &small(Some(0.5))).is_ok());
    let told = prepare(&choosy, &portrait, &small(Some(0.0))).unwrap_err();
    assert!(matches!(told, FaceError::NoFaceInCrop), "{told}");
}

#[test]
fn a_detector_that_fails_is_told_by_what_is_at_fault() {
    let folder = tempfile::tempdir().unwrap();
    let answer = "return torch.unsqueeze(torch.cat(outs), 0)";
    // Right with the picture that it is tried with, which is black, and with no other.
    let infinite = "return torch.div(torch.unsqueeze(torch.cat(outs), 0), torch.eq(torch.max(img), 0.))";
    let detector = trusted(&changed(&folder, answer, infinite)).unwrap();
    let error = EngineError::from(prepare(&detector, &portrait(&[[6, 6]]), &small(None)).unwrap_err());
    assert_eq!(error.kind, ErrorKind::Weights);
    assert_eq!(error.message, "the detector of faces failed: it gives numbers that are not finite");
}

#[test]
fn narrow_portraits_are_refused() {
    let told = prepare(&stand_in(), &Raster::zeros(10, 81, 3), &small(None)).unwrap_err().to_string();
    assert!(told.contains("10x81") && told.contains("at most 8 times"), "{told}");
    let told = prepare(&stand_in(), &Raster::zeros(80, 10, 3), &small(None)).unwrap_err();
    assert!(matches!(told, FaceError::NoFace), "{told}");
    assert!(matches!(prepare(&stand_in(), &Raster::zeros(1, 1, 3), &small(None)), Err(FaceError::NoFace)));
}

#[test]
fn pictures_that_would_be_worked_on_at_a_huge_size_are_refused() {
    let face = FaceBox { left: 10.0, top: 10.0, width: 20.0, height: 20.0 };
    let narrow = Raster::zeros(100, 700, 3);
    let framed = |min_resolution: usize| framed(&narrow, face, &Framing { min_resolution, ..Framing::default() });
    let FaceError::TooLong { width, height, min_resolution } = framed(1024).unwrap_err() else {
        panic!("another error")
    };
    assert_eq!([width, height, min_resolution], [1024, 7168, 585]);
    assert!(framed(1024).unwrap_err().to_string().contains("set min_resolution to 585 or less"));
    assert_eq!(size(&framed(585).unwrap().picture), [576, 4096, 3]);
}

#[test]
fn a_face_beyond_the_portrait_is_refused() {
    let picture = Raster::zeros(100, 80, 3);
    for (left, width) in [(120.0, 10.0), (-30.0, 10.0), (50.0, -20.0), (50.0, 0.5)] {
        let told = framed(&picture, FaceBox { left, top: 10.0, width, height: 30.0 }, &small(None));
        assert!(matches!(told, Err(FaceError::Outside)), "{left} {width}");
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("portrait.png");
    fs::write(&path, "no picture").unwrap();
    let error = EngineError::from(read(&path).unwrap_err());
    assert_eq!(error.kind, ErrorKind::Input);
    image::RgbImage::from_pixel(3, 2, image::Rgb([1, 2, 3])).save(&path).unwrap();
    assert_eq!(read(&path).unwrap(), Raster::new(3, 2, 3, [1, 2, 3].repeat(6)).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn squares_around_faces_lie_in_the_portrait(
        (left, top) in (-300.0..500.0_f64, -300.0..500.0_f64),
        (width, height) in (1.0..600.0_f64, 1.0..600.0_f64),
        share in 0.1..2.0_f64,
        (columns, rows) in (1_usize..400, 1_usize..400),
    ) {
        let face = FaceBox { left, top, width, height };
        let edges = crop(face, share, [columns, rows]);
        let seen = left < columns as f64 && top < rows as f64 && left + width > 0.0 && top + height > 0.0;
        if seen {
            let [left, top, right, bottom] = edges;
            prop_assert!(0 <= left && left <= right && right <= columns as i64, "{:?}", edges);
            prop_assert!(0 <= top && top <= bottom && bottom <= rows as i64, "{:?}", edges);
            prop_assert!(((right - left) - (bottom - top)).abs() <= 2, "{:?}", edges);
        }
    }

    #[test]
    fn whatever_the_box_a_portrait_is_shown_or_refused(
        face in [any::<f32>(), any::<f32>(), any::<f32>(), any::<f32>()],
        near in [-100.0_f64..300.0, -100.0_f64..300.0, 0.0_f64..300.0, 0.0_f64..300.0],
        is_near: bool,
        (columns, rows) in (1_usize..200, 1_usize..200),
    ) {
        let [left, top, width, height] = if is_near { near } else { face.map(f64::from) };
        let face = FaceBox { left, top, width, height };
        prop_assume!(rows.max(columns) <= 8 * rows.min(columns));
        match framed(&Raster::zeros(columns, rows, 3), face, &small(None)) {
            Ok(prepared) => {
                prop_assert!(prepared.moves.right <= columns && prepared.moves.bottom <= rows);
                prop_assert!(prepared.picture.width() % 64 == 0 && prepared.picture.width() > 0);
                prop_assert!(prepared.mask.data().iter().any(|sample| *sample > 0));
            }
            Err(FaceError::Outside) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
