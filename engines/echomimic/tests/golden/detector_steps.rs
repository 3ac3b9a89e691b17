//! Stages `mtcnn_scales`, `mtcnn_generate_boxes`, `mtcnn_nms`, `mtcnn_box_ops` and `mtcnn_area_resize`.

use engine_echomimic::face::mtcnn::Config;
use engine_echomimic::face::mtcnn::candidate::{Candidate, covered, squared, windows};
use engine_echomimic::face::mtcnn::pixels::averaged;
use engine_echomimic::face::mtcnn::pyramid::levels;
use engine_golden::json::{number, shape, size, text};
use engine_golden::{Tensor, Values};
use engine_vision::boxes::{Bounds, Overlap, Ties, sort_by_score, suppressed};
use serde_json::{Value, json};

use crate::reference::{SET, cases, check, input};

fn boxes(stage: &Value, name: &str) -> Vec<Bounds> {
    SET.input(&stage["inputs"][name]).to_f32().as_chunks::<4>().0.to_vec()
}

#[test]
fn pictures_have_the_levels_of_the_reference() {
    let Config { min_face_size, factor, .. } = Config::default();
    for (_, case) in cases("mtcnn_scales") {
        let levels = levels(size(&case["width"]), size(&case["height"]), min_face_size, factor);
        let scales: Vec<f64> = levels.iter().map(|level| level.scale).collect();
        let sizes: Vec<[i64; 2]> = levels.iter().map(|level| [level.height, level.width]).collect();
        assert_eq!((&json!(scales), &json!(sizes)), (&case["scales"], &case["sizes"]), "{case}");
    }
}

#[test]
fn maps_give_the_windows_of_the_reference() {
    for (stage, case) in cases("mtcnn_generate_boxes") {
        let (scores, offsets) = (SET.input(&stage["inputs"]["prob"]), SET.input(&stage["inputs"]["reg"]));
        let threshold = number(&case["threshold"]) as f32;
        let found = windows(&scores.to_f32(), &offsets.to_f32(), scores.shape[1], number(&case["scale"]), threshold);
        assert_eq!(json!(found.len()), case["count"], "{case}");
        let row = |window: &Candidate| [&window.bounds[..], &[window.score], &window.offsets].concat();
        let rows = Tensor::f32(&[found.len(), 9], found.iter().flat_map(row).collect());
        let output = text(&case["output"]);
        SET.check(&format!("mtcnn_generate_boxes {output}"), &stage["outputs"][output], &rows);
    }
}

#[test]
fn suppression_keeps_what_the_reference_keeps() {
    for (stage, case) in cases("mtcnn_nms") {
        let scores = SET.input(&stage["inputs"]["scores"]).to_f32();
        let mut items: Vec<(usize, Bounds)> = boxes(stage, "boxes").into_iter().enumerate().collect();
        let threshold = number(&case["threshold"]);
        let (overlap, ties, limit) = match text(&case["mode"]) {
            "iou" => (Overlap::Union, Ties::First, threshold),
            "min" => (Overlap::SmallerOfPixels, Ties::Last, f64::from(threshold as f32)),
            other => panic!("there is no mode {other:?}"),
        };
        sort_by_score(&mut items, |item| scores[item.0], ties);
        let kept: Vec<usize> = suppressed(items, |item| item.1, overlap, limit).iter().map(|item| item.0).collect();
        assert_eq!(json!(kept), case["keep"], "{case}");
    }
}

#[test]
fn boxes_are_moved_squared_and_cut_as_in_the_reference() {
    for stage in SET.stages("mtcnn_box_ops") {
        let found = boxes(stage, "boxes");
        let table = |rows: Vec<Bounds>| Tensor::f32(&[rows.len(), 4], rows.concat());
        let checked =
            |name: &str, got: &Tensor| SET.check(&format!("mtcnn_box_ops {name}"), &stage["outputs"][name], got);
        checked("square", &table(found.iter().map(|&bounds| squared(bounds)).collect()));
        let moved = found.iter().zip(boxes(stage, "reg"));
        let moved = moved.map(|(&bounds, offsets)| Candidate { bounds, score: 1.0, offsets }.moved(1.0));
        checked("bbreg", &table(moved.collect()));
        let (width, height) = (size(&stage["args"]["width"]), size(&stage["args"]["height"]));
        let rows: Vec<[i64; 4]> =
            boxes(stage, "pad_boxes").into_iter().map(|bounds| covered(bounds, width, height)).collect();
        checked("pad", &Tensor::new(&[rows.len(), 4], Values::I64(rows.concat())));
    }
}

#[test]
fn areas_are_averaged_as_in_the_reference() {
    for (stage, case) in cases("mtcnn_area_resize") {
        let part = shape(&case["rows_cols"]).into_iter().map(|end| end as i64).collect::<Vec<_>>();
        let part = input(stage, "x").slice(2, part[0], part[1], 1).slice(3, part[2], part[3], 1);
        let to = shape(&case["size"]);
        check(stage, text(&case["output"]), &averaged(&part, [to[0] as i64, to[1] as i64]));
    }
}
