//! Stages `detector.input`, `detector.post` and `detector.torchscript`.

use std::fs;
use std::path::Path;

use engine_dice_talk::face::detector::output::{Face, Limits, faces};
use engine_dice_talk::face::detector::{Detector, shown};
use engine_dice_talk::face::geometry::FaceBox;
use engine_dice_talk::face::select::{largest, original};
use engine_golden::json::{number, size};
use engine_golden::{Tensor, Values};
use engine_golden_torch::from_torch;
use engine_golden_torch::pictures::picture;
use engine_torch::pixels::planes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tch::Kind;

use crate::reference::{SET, check, check_plain, file};

/// The detector in a file that the set brings along, and that is trusted as the set is.
pub(crate) fn detector(file: &Path) -> Detector {
    let hash = format!("{:x}", Sha256::digest(fs::read(file).expect("the set has it")));
    Detector::load(file, Some(&hash)).expect("it is a detector")
}

/// A box as the records hold it.
pub(crate) fn tensor(place: &FaceBox) -> Tensor {
    Tensor::f32(&[4], numbers(place).to_vec())
}

fn numbers(place: &FaceBox) -> [f32; 4] {
    [place.left, place.top, place.width, place.height].map(|number| number as f32)
}

fn boxes(faces: &[Face]) -> Tensor {
    Tensor::f32(&[faces.len(), 4], faces.iter().flat_map(|face| numbers(&face.place)).collect())
}

fn place(picked: Option<usize>) -> Tensor {
    let picked: Vec<i64> = picked.into_iter().map(|place| place as i64).collect();
    Tensor::new(&[picked.len()], Values::I64(picked))
}

fn limits(stage: &Value) -> Limits {
    let args = &stage["args"];
    Limits { score: number(&args["conf_threshold"]) as f32, overlap: number(&args["iou_threshold"]) }
}

#[test]
fn the_detector_is_shown_what_the_reference_shows_it() {
    for stage in SET.stages("detector.input") {
        let shown = planes(&shown(&picture(&SET, stage, "image")));
        check(stage, "image", &(shown * 255.0).round().to_kind(Kind::Uint8).squeeze_dim(0));
    }
}

#[test]
fn faces_are_taken_from_its_output_as_in_the_reference() {
    for stage in SET.stages("detector.post") {
        let side = |name: &str| size(&stage["args"][name]);
        let (searched, whole) = ([side("det_w"), side("det_h")], [side("image_w"), side("image_h")]);
        let rows = SET.input(&stage["inputs"]["pred"]).to_f32();
        let faces = faces(&rows, searched, whole, limits(stage));
        check_plain(stage, "boxes_xywh", &boxes(&faces));
        check_plain(stage, "scores", &Tensor::f32(&[faces.len()], faces.iter().map(|face| face.score).collect()));
        let landmarks = faces.iter().flat_map(|face| face.landmarks.into_iter().flatten());
        let landmarks = landmarks.map(|place| place as f32).collect();
        check_plain(stage, "landmarks", &Tensor::f32(&[faces.len(), 5, 2], landmarks));
        check_plain(stage, "picked", &place(original(&faces)));
        check_plain(stage, "largest", &place(largest(&faces)));
    }
}

#[test]
fn torchscript_is_run_as_in_the_reference() {
    for stage in SET.stages("detector.torchscript") {
        let (detector, picture) = (detector(&file(stage, "torchscript")), picture(&SET, stage, "image"));
        let shown = shown(&picture);
        assert_eq!(shown.height(), size(&stage["args"]["det_h"]));
        assert_eq!(shown.width(), size(&stage["args"]["det_w"]));
        let rows = detector.look(&planes(&shown)).expect("it is run");
        check_plain(stage, "rows", &Tensor::new(&[1], Values::I64(vec![rows.size()[0]])));
        let limits = limits(stage);
        let on = rows.select(1, 4).gt(f64::from(limits.score)).nonzero().view(-1);
        check(stage, "on_rows", &on);
        for name in ["first_rows", "last_rows"] {
            check(stage, name, &rows);
        }
        let searched = [shown.width(), shown.height()];
        let found = faces(&from_torch(&rows).to_f32(), searched, [picture.width(), picture.height()], limits);
        check_plain(stage, "boxes_xywh", &boxes(&found));
        check_plain(stage, "picked_xywh", &tensor(&found[original(&found).expect("a face")].place));
        assert_eq!(detector.detect(&picture).expect("it is run"), found);
    }
}
