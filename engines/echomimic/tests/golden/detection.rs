//! Stage `mtcnn_detect`: the whole detector, and what it has found after each network.

use engine_echomimic::face::mtcnn::candidate::{Candidate, distinct, squared};
use engine_echomimic::face::mtcnn::networks::{OutputNet, ProposalNet, RefineNet};
use engine_echomimic::face::mtcnn::pixels::Pixels;
use engine_echomimic::face::mtcnn::{Config, Face, Mtcnn, distinct_faces, merged};
use engine_echomimic::face::select::speaking;
use engine_golden::Tensor;
use engine_golden::json::{list, number, text};
use engine_vision::boxes::Bounds;
use serde_json::{Value, json};

use crate::pixels::picture;
use crate::reference::{SET, network};

fn detector(args: &Value) -> Mtcnn {
    let thresholds = list(&args["thresholds"]);
    let config = Config {
        min_face_size: number(&args["min_face_size"]),
        factor: number(&args["factor"]),
        thresholds: std::array::from_fn(|net| number(&thresholds[net]) as f32),
    };
    Mtcnn::new(
        config,
        network("mtcnn_pnet", ProposalNet::new),
        network("mtcnn_rnet", RefineNet::new),
        network("mtcnn_onet", OutputNet::new),
    )
}

fn table(rows: &[Bounds], scores: impl Iterator<Item = f32>) -> Tensor {
    let row = |(bounds, score): (&Bounds, f32)| [bounds, &[score][..]].concat();
    Tensor::f32(&[rows.len(), 5], rows.iter().zip(scores).flat_map(row).collect())
}

/// Compares where the stage says what is expected; it does not of what comes after the last window is gone.
fn check(stage: &Value, name: &str, got: &Tensor) {
    match stage["outputs"].get(name) {
        Some(record) => SET.check(&format!("{} {name}", text(&stage["id"])), record, got),
        None => assert!(got.is_empty(), "{} has {name}", text(&stage["id"])),
    }
}

#[test]
fn faces_are_found_as_in_the_reference() {
    for stage in SET.stages("mtcnn_detect") {
        let args = &stage["args"];
        let count = |name: &str, got: &dyn Fn() -> Value| assert_eq!(got(), args[name], "{} {name}", stage["id"]);
        let (detector, pixels) = (detector(args), Pixels::new(&picture(stage, "image"), [0, 1, 2]));

        let levels = detector.levels(pixels.width(), pixels.height());
        let levels: Vec<Vec<Candidate>> = levels.iter().map(|level| detector.proposals(&pixels, level)).collect();
        count("candidates_per_scale", &|| levels.iter().map(Vec::len).collect());
        count("after_scale_nms", &|| levels.iter().map(|level| distinct(level.clone(), 0.5).len()).collect());
        let proposed = merged(levels.clone().into_iter());
        count("after_pnet", &|| json!(proposed.len()));
        let squares: Vec<Bounds> = proposed.iter().map(|window| squared(window.moved(0.0))).collect();
        check(stage, "pnet_boxes", &table(&squares, proposed.iter().map(|window| window.score)));

        let answers = detector.refine(&pixels, &squares);
        check(stage, "rnet_scores", &scores(answers.iter().map(|answer| answer.score)));
        let refined = detector.refined(answers);
        count("after_rnet", &|| json!(refined.len()));
        let squares: Vec<Bounds> = refined.iter().map(|window| squared(window.moved(1.0))).collect();
        check(stage, "rnet_boxes", &table(&squares, refined.iter().map(|window| window.score)));

        let seen = detector.look_closely(&pixels, &squares);
        check(stage, "onet_scores", &scores(seen.iter().map(|face| face.probability)));
        let faces = distinct_faces(detector.faces(&pixels, &squares));
        count("after_onet", &|| json!(faces.len()));

        assert_eq!(detector.detect(&pixels), faces);
        count("found", &|| json!(!faces.is_empty()));
        count("selected", &|| json!(speaking(&faces)));
        let bounds = faces.iter().flat_map(|face| face.bounds).collect();
        check(stage, "boxes", &Tensor::f32(&[faces.len(), 4], bounds));
        check(stage, "probs", &scores(faces.iter().map(|face: &Face| face.probability)));
    }
}

fn scores(scores: impl Iterator<Item = f32>) -> Tensor {
    let scores: Vec<f32> = scores.collect();
    Tensor::f32(&[scores.len()], scores)
}
