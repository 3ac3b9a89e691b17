//! Stage `landmark106`: a box to points.

use engine_ditto::face::landmark106::{POINTS, SIDE, blob, matrix, points, square};
use engine_ditto::networks::LANDMARK106;
use engine_golden::Tensor;
use engine_golden::json::{list, number, text};

use crate::pixels;
use crate::reference::{SET, check};
use crate::runtime::{network, run};

#[test]
fn boxes_lead_to_points() {
    let mut landmarks = network(&LANDMARK106);
    for case in SET.cases("landmark106") {
        let what = |part: &str| format!("landmark106 {} {part}", text(&case["name"]));
        let edges = list(&case["box"]);
        let forward = matrix(std::array::from_fn(|edge| number(&edges[edge]) as f32));
        check(&what("matrix"), &case["matrix"], &Tensor::f64(&[2, 3], forward.concat()));
        let crop = square(&pixels::image(&case["image"]), &forward);
        check(&what("crop"), &case["crop"], &pixels::tensor(&crop));
        let (shape, blob) = ([1, 3, SIDE, SIDE], blob(&crop));
        check(&what("blob"), &case["blob"], &Tensor::f32(&shape, blob.clone()));
        let Some(landmarks) = &mut landmarks else { continue };
        let raw = run(landmarks, &shape, &blob).remove(0);
        check(&what("fc1"), &case["fc1"], &raw);
        let found = points(&raw.to_f32(), &forward);
        check(&what("points"), &case["points"], &Tensor::f32(&[POINTS, 2], found.points.concat()));
    }
}
