//! Stage `letterbox`: what the detector sees and says.

use engine_ditto::face::letterbox::{Letterbox, SIDE};
use engine_ditto::face::scrfd::{decode, largest};
use engine_ditto::networks::DETECTOR;
use engine_golden::Tensor;
use engine_golden::json::{list, number, text};
use serde_json::json;

use crate::reference::{SET, check};
use crate::runtime::{network, run};
use crate::{pixels, scrfd};

#[test]
fn the_detector_sees_and_says_what_the_reference_does() {
    let mut detector = network(&DETECTOR);
    for case in SET.cases("letterbox") {
        let what = |part: &str| format!("letterbox {} {part}", text(&case["name"]));
        let boxed = Letterbox::new(&pixels::image(&case["image"]));
        assert_eq!(json!([boxed.size.0, boxed.size.1]), case["new_hw"], "{}", what("new_hw"));
        assert!((boxed.scale - number(&case["det_scale"])).abs() < 1e-15, "{} {}", what("det_scale"), boxed.scale);
        check(&what("canvas"), &case["canvas"], &pixels::tensor(&boxed.canvas));
        let shape = [1, 3, SIDE, SIDE];
        let blob = boxed.blob();
        check(&what("blob"), &case["blob"], &Tensor::f32(&shape, blob.clone()));
        let Some(detector) = &mut detector else { continue };
        let raw = run(detector, &shape, &blob);
        for (index, (record, got)) in list(&case["raw"]).iter().zip(&raw).enumerate() {
            check(&what(&format!("raw {index}")), record, got);
        }
        let values: Vec<Vec<f32>> = raw.iter().map(Tensor::to_f32).collect();
        let (scores, distances) = ([0, 1, 2].map(|i| values[i].as_slice()), [3, 4, 5].map(|i| values[i].as_slice()));
        let faces = decode(scores, distances, SIDE, boxed.scale).expect("the numbers of rows fit");
        check(&what("det"), &case["det"], &scrfd::rows(&faces));
        assert_eq!(json!(largest(&faces)), case["largest"], "{}", what("largest"));
    }
}
