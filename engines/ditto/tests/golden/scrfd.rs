//! Stage `scrfd_decode`, and faces as the records hold them.

use engine_ditto::face::letterbox::{SIDE, fit};
use engine_ditto::face::scrfd::{Face, STRIDES, anchors, decode, largest};
use engine_golden::Tensor;
use engine_golden::json::{number, shape, text};
use serde_json::json;

use crate::reference::{SET, check};

/// Rows of left, top, right, bottom, score.
pub(crate) fn rows(faces: &[Face]) -> Tensor {
    let row = |face: &Face| [face.bounds.as_slice(), &[face.score]].concat();
    Tensor::f32(&[faces.len(), 5], faces.iter().flat_map(row).collect())
}

#[test]
fn candidates_become_faces() {
    for case in SET.cases("scrfd_decode") {
        let what = format!("scrfd_decode {}", text(&case["name"]));
        let background = &case["background"];
        let counts = STRIDES.map(|stride| anchors(SIDE, stride));
        let mut scores = counts.map(|count| vec![number(&background["score"]) as f32; count]);
        let mut distances = counts.map(|count| vec![number(&background["box"]) as f32; 4 * count]);
        for candidate in SET.input(&case["candidates"]).to_f32().as_chunks::<7>().0 {
            let level = STRIDES.iter().position(|&stride| stride as f32 == candidate[0]).expect("a known stride");
            let row = candidate[1] as usize;
            scores[level][row] = candidate[2];
            distances[level][4 * row..][..4].copy_from_slice(&candidate[3..]);
        }
        let hw = shape(&case["hw"]);
        let (_, _, scale) = fit(hw[0], hw[1]);
        let faces = decode(scores.each_ref().map(Vec::as_slice), distances.each_ref().map(Vec::as_slice), SIDE, scale)
            .expect("the numbers of rows fit");
        check(&format!("{what} det"), &case["det"], &rows(&faces));
        assert_eq!(json!(largest(&faces)), case["largest"], "{what} largest");
    }
}
