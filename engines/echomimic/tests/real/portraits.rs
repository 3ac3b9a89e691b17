//! Stage `face.prepare`.

use engine_echomimic::face::error::FaceError;
use engine_echomimic::face::geometry::{grown, rounded};
use engine_echomimic::face::mtcnn::Mtcnn;
use engine_echomimic::face::prepare::{Prepared, framed, prepare, search};
use engine_echomimic::face::select::{is_sure, speaking};
use engine_echomimic::params::{NoFace, Params};
use engine_golden::json::{list, number, shape, size, text};
use engine_golden::{Set, Tensor};
use engine_golden_torch::real::set;
use engine_vision::area::Area;
use engine_vision::boxes::{Bounds, Overlap};
use engine_vision::raster::Raster;
use serde_json::{Value, json};

use crate::detection::detector;
use crate::pictures::{self, Input, picture};

fn params(args: &Value) -> Params {
    Params { width: size(&args["width"]) as u32, height: size(&args["height"]) as u32, ..Params::default() }
}

fn pixels(area: Option<Area>) -> usize {
    area.map_or(0, |area| area.width() * area.height())
}

/// The box of the face that speaks in the original.
fn speaker(set: &Set, stage: &Value) -> Bounds {
    let stored = set.tensor(text(&stage["outputs"]["selected"]["tensor"])).to_f32();
    stored.try_into().expect("four edges")
}

/// The means of squares of pixels, so that few numbers say much about a picture.
fn thumb(picture: &Raster<u8>, record: &Value) -> Tensor {
    let shape = shape(&record["shape"]);
    let (rows, columns, channels) = (shape[0], shape[1], picture.channels());
    let (down, across) = (picture.height() / rows, picture.width() / columns);
    let mean = |at: usize| {
        let (y, x, channel) = (at / channels / columns * down, at / channels % columns * across, at % channels);
        let square = (0..down * across).map(|place| (y + place / across, x + place % across));
        let sum: usize = square.map(|(y, x)| usize::from(picture.row(y)[x * channels + channel])).sum();
        ((2 * sum + down * across) / (2 * down * across)) as u8
    };
    Tensor::u8(&shape, (0..rows * columns * channels).map(mean).collect())
}

#[test]
fn boxes_become_masks_and_squares_as_in_the_original() {
    let Some(set) = set() else { return };
    for stage in set.stages("face.prepare").into_iter().filter(|stage| stage["args"]["no_face"] != true) {
        let record = &stage["inputs"]["picture"];
        let (width, height) = (size(&record["width"]), size(&record["height"]));
        let face = rounded(speaker(set, stage));
        for case in list(&stage["args"]["cases"]) {
            assert_eq!(json!(face), case["box"], "{case}");
            let moves @ [left, top, right, bottom] = grown(face, number(&case["facemask_dilation_ratio"]));
            assert_eq!(json!([top, bottom, left, right]), case["mask_rows_cols"], "{case}");
            let part = Area::within(moves, width, height);
            let rows_and_columns = part.map(|part| [part.top, part.bottom, part.left, part.right]);
            assert_eq!(json!(rows_and_columns), case["mask_rows_cols_clamped"], "{case}");
            assert_eq!(json!(pixels(part)), case["mask_pixels_clamped"], "{case}");
            assert_eq!(json!(pixels(Area::sliced(moves, width, height))), case["mask_pixels_original"], "{case}");
            let crop = Area::within(grown(face, number(&case["facecrop_dilation_ratio"])), width, height);
            let edges = |area: Area| [area.left, area.top, area.right, area.bottom];
            assert_eq!(json!(crop.map(edges)), case["crop_rect"], "{case}");
            assert_eq!(json!(crop.map(|crop| edges(crop.square()))), case["square"], "{case}");
        }
    }
}

#[test]
fn portraits_are_shown_as_in_the_original() {
    let Some(set) = set() else { return };
    for stage in set.stages("face.prepare").into_iter().filter(|stage| stage["args"]["no_face"] != true) {
        let Some(Input { picture, as_recorded }) = picture(set, stage) else { continue };
        let shown = framed(&picture, speaker(set, stage), &params(&stage["args"])).unwrap();
        let (id, outputs) = (text(&stage["id"]), &stage["outputs"]);
        pictures::check(set, &format!("{id} mask512"), &outputs["mask512"], &shown.mask);
        set.check(&format!("{id} mask_thumb"), &outputs["mask_thumb"], &thumb(&shown.mask, &outputs["mask_thumb"]));
        if as_recorded {
            pictures::check(set, &format!("{id} crop512"), &outputs["crop512"], &shown.picture);
            set.check(&format!("{id} thumb"), &outputs["thumb"], &thumb(&shown.picture, &outputs["thumb"]));
        }
    }
}

#[test]
fn the_face_that_speaks_in_the_original_is_found() {
    let Some(set) = set() else { return };
    let Some(detector) = detector(set, set.stages("mtcnn.detect")[0]) else { return };
    for stage in set.stages("face.prepare") {
        let Some(Input { picture, as_recorded }) = picture(set, stage) else { continue };
        let params = params(&stage["args"]);
        if stage["args"]["no_face"] == true {
            no_face(&detector, &picture, &params);
            continue;
        }
        let faces = search(&detector, &picture).unwrap();
        let bounds = faces[speaking(&faces).expect("a face")].bounds;
        let record = &stage["outputs"]["selected"];
        if as_recorded {
            set.check(text(&stage["id"]), record, &Tensor::f32(&[4], bounds.to_vec()));
        } else {
            let overlap = Overlap::Union.of(bounds, speaker(set, stage));
            assert!(f64::from(overlap) >= number(&record["iou_if_decoded_differently"]), "{} {bounds:?}", stage["id"]);
        }
        let sure = faces.iter().filter(|face| is_sure(face)).count();
        let shown = Prepared { faces: sure, ..framed(&picture, bounds, &params).unwrap() };
        assert_eq!(prepare(&detector, &picture, &params).unwrap(), shown);
    }
}

fn no_face(detector: &Mtcnn, picture: &Raster<u8>, params: &Params) {
    assert!(matches!(prepare(detector, picture, params), Err(FaceError::NoFace)));
    let params = Params { no_face: NoFace::WholePicture, ..params.clone() };
    let whole = prepare(detector, picture, &params).expect("a portrait without a face");
    let (width, height) = (params.width as usize, params.height as usize);
    assert_eq!((whole.picture.width(), whole.picture.height()), (width, height));
    assert_eq!((whole.mask.data(), whole.faces), (vec![255; width * height].as_slice(), 0));
}
