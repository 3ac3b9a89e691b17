//! Stage `mtcnn.detect`.

use engine_echomimic::face::mtcnn::candidate::{Candidate, distinct, squared};
use engine_echomimic::face::mtcnn::pixels::Pixels;
use engine_echomimic::face::mtcnn::{Face, Mtcnn, distinct_faces, merged};
use engine_echomimic::face::prepare::BLUE_FIRST;
use engine_golden::json::{number, size, text};
use engine_golden::{Set, Tensor, Values};
use engine_golden_torch::from_torch;
use engine_golden_torch::real::{set, weights};
use engine_vision::boxes::{Bounds, Overlap};
use serde_json::Value;
use tch::no_grad;

use crate::pictures::{Input, picture};

/// A stage, and what it is compared with.
struct Stage<'a> {
    set: &'a Set,
    record: &'a Value,
}

impl Stage<'_> {
    /// Compares where the stage says what is expected; it does not of what comes after the last window is gone.
    fn check(&self, name: &str, got: &Tensor) {
        let what = format!("{} {name}", text(&self.record["id"]));
        match self.record["outputs"].get(name) {
            Some(record) => self.set.check(&what, record, got),
            None => assert!(got.is_empty(), "there is {what}"),
        }
    }

    fn numbers(&self, name: &str, columns: &[usize], values: Vec<f32>) {
        let rows = values.len() / columns.iter().product::<usize>();
        self.check(name, &Tensor::f32(&[&[rows], columns].concat(), values));
    }

    fn counts(&self, name: &str, counts: impl Iterator<Item = usize>) {
        let counts: Vec<i64> = counts.map(|count| count as i64).collect();
        self.check(name, &Tensor::new(&[counts.len()], Values::I64(counts)));
    }

    fn boxes(&self, name: &str, boxes: impl Iterator<Item = (Bounds, f32)>) {
        self.numbers(name, &[5], boxes.flat_map(|([a, b, c, d], score)| [a, b, c, d, score]).collect());
    }

    fn scores(&self, name: &str, scores: impl Iterator<Item = f32>) {
        let mut scores: Vec<f32> = scores.collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        self.numbers(name, &[], scores);
    }

    fn output(&self, name: &str) -> &Value {
        &self.record["outputs"][name]
    }
}

/// The detector of a stage. `None` as for [`set`].
pub(crate) fn detector(set: &Set, stage: &Value) -> Option<Mtcnn> {
    let files: [_; 3] = weights(set, stage)?.try_into().expect("three files");
    Some(Mtcnn::load(files, &mut |_| ()).expect("the detector that its publishers made"))
}

#[test]
fn faces_are_found_as_the_original_finds_them() {
    let Some(set) = set() else { return };
    for record in set.stages("mtcnn.detect") {
        let Some(detector) = detector(set, record) else { return };
        let Some(Input { picture, as_recorded }) = picture(set, record) else { continue };
        let stage = Stage { set, record };
        let pixels = Pixels::new(&picture, BLUE_FIRST);
        let faces = no_grad(|| {
            levels(&stage, &detector, &pixels);
            if as_recorded {
                networks(&stage, &detector, &pixels);
            }
            detector.detect(&pixels)
        });
        if as_recorded { same_faces(&stage, &faces) } else { similar_faces(&stage, &faces) }
    }
}

fn levels(stage: &Stage<'_>, detector: &Mtcnn, pixels: &Pixels) {
    let levels = detector.levels(pixels.width(), pixels.height());
    let scales: Vec<f64> = levels.iter().map(|level| level.scale).collect();
    stage.check("scales", &Tensor::f64(&[scales.len()], scales));
    let sizes: Vec<i64> = levels.iter().flat_map(|level| [level.height, level.width]).collect();
    stage.check("sizes", &Tensor::new(&[levels.len(), 2], Values::I64(sizes)));
}

/// What is found after each network.
fn networks(stage: &Stage<'_>, detector: &Mtcnn, pixels: &Pixels) {
    let levels = detector.levels(pixels.width(), pixels.height());
    let level = &levels[size(&stage.output("p_input")["scale_index"])];
    stage.check("p_input", &from_torch(&pixels.level(level).squeeze_dim(0)));
    let level = &levels[size(&stage.output("p_map")["scale_index"])];
    let maps = detector.maps(pixels, level);
    let faces = maps.probabilities.narrow(1, 1, 1);
    stage.check("p_map", &from_torch(&tch::Tensor::cat(&[faces, maps.offsets], 1).squeeze_dim(0)));

    let windows: Vec<Vec<Candidate>> = levels.iter().map(|level| detector.proposals(pixels, level)).collect();
    stage.counts("candidates", windows.iter().map(Vec::len));
    stage.counts("kept", windows.iter().map(|windows| distinct(windows.clone(), 0.5).len()));
    let proposed = merged(windows.into_iter());
    let row = |window: &Candidate| [&window.bounds[..], &[window.score], &window.offsets].concat();
    stage.numbers("p_raw", &[9], proposed.iter().flat_map(row).collect());
    let squares: Vec<Bounds> = proposed.iter().map(|window| squared(window.moved(0.0))).collect();
    stage.boxes("p_boxes", squares.iter().copied().zip(proposed.iter().map(|window| window.score)));

    let answers = detector.refine(pixels, &squares);
    stage.scores("r_scores", answers.iter().map(|answer| answer.score));
    let refined = detector.refined(answers);
    let squares: Vec<Bounds> = refined.iter().map(|window| squared(window.moved(1.0))).collect();
    stage.boxes("r_boxes", squares.iter().copied().zip(refined.iter().map(|window| window.score)));

    stage.scores("o_scores", detector.look_closely(pixels, &squares).iter().map(|face| face.probability));
    let faces = detector.faces(pixels, &squares);
    stage.boxes("o_boxes", faces.iter().map(|face| (face.bounds, face.probability)));
    let mut kept = distinct_faces(faces.clone());
    kept.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    stage.counts("o_kept", kept.iter().map(|kept| faces.iter().position(|face| face == kept).expect("one of them")));
}

fn same_faces(stage: &Stage<'_>, faces: &[Face]) {
    stage.numbers("boxes", &[4], faces.iter().flat_map(|face| face.bounds).collect());
    stage.numbers("probs", &[], faces.iter().map(|face| face.probability).collect());
    stage.numbers("landmarks", &[5, 2], faces.iter().flat_map(|face| face.landmarks).flatten().collect());
}

/// Decoders of JPEG differ by a few levels, at which the detector's boxes jump.
fn similar_faces(stage: &Stage<'_>, faces: &[Face]) {
    let id = text(&stage.record["id"]);
    let stored = |name: &str| stage.set.tensor(text(&stage.output(name)["tensor"])).to_f32();
    let boxes = stored("boxes");
    assert_eq!(faces.len(), boxes.len() / 4, "faces of {id}");
    let least = number(&stage.output("boxes")["iou_if_decoded_differently"]);
    for (face, wanted) in faces.iter().zip(boxes.as_chunks::<4>().0) {
        let overlap = f64::from(Overlap::Union.of(face.bounds, *wanted));
        eprintln!("{id} boxes, of another decoder: {:?}, expected {wanted:?} (overlap {overlap:.4})", face.bounds);
        assert!(overlap >= least, "boxes of {id}: {:?}, expected {wanted:?}", face.bounds);
    }
    let near = |name: &str, got: Vec<f32>| {
        let most = number(&stage.output(name)["abs_if_decoded_differently"]);
        for (got, wanted) in got.into_iter().zip(stored(name)) {
            assert!(f64::from((got - wanted).abs()) <= most, "{name} of {id}: {got}, expected {wanted}");
        }
    };
    near("probs", faces.iter().map(|face| face.probability).collect());
    near("landmarks", faces.iter().flat_map(|face| face.landmarks).flatten().collect());
}
