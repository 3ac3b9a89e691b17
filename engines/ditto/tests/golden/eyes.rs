//! Stages `blaze_decode`, `roi`, `landmark478` and `eye_maths`.

use engine_ditto::face::blazeface::{self, ANCHORS, Face, VALUES};
use engine_ditto::face::eyes::{Eyes, eyes};
use engine_ditto::face::mesh_region::{self, POINTS, Region};
use engine_ditto::networks::{BLAZE, MESH};
use engine_golden::Tensor;
use engine_golden::json::{list, number, text};
use serde_json::Value;

use crate::pixels::{self, matrix};
use crate::reference::{SET, check};
use crate::runtime::{network, run};

fn row(face: &Face) -> Vec<f32> {
    [face.bounds.as_slice(), face.points.as_flattened(), &[face.score]].concat()
}

fn values_of(region: &Region) -> [f64; 5] {
    [region.centre[0], region.centre[1], region.size[0], region.size[1], region.angle]
}

fn check_eyes(what: &str, case: &Value, eyes: &Eyes) {
    check(&format!("{what} eye_open"), &case["eye_open"], &Tensor::f32(&[1, 2], eyes.open.to_vec()));
    check(&format!("{what} eye_ball"), &case["eye_ball"], &Tensor::f32(&[1, 6], eyes.ball.to_vec()));
}

#[test]
fn candidates_become_faces() {
    for case in SET.cases("blaze_decode") {
        let what = format!("blaze_decode {}", text(&case["name"]));
        if let Some(record) = case.get("anchors") {
            check(&what, record, &Tensor::f64(&[ANCHORS, 2], blazeface::anchors().concat()));
            continue;
        }
        let background = &case["background"];
        let mut scores = vec![number(&background["score"]) as f32; ANCHORS];
        let mut values = vec![number(&background["coords"]) as f32; ANCHORS * VALUES];
        for candidate in SET.input(&case["candidates"]).to_f32().as_chunks::<18>().0 {
            let anchor = candidate[0] as usize;
            scores[anchor] = candidate[1];
            values[anchor * VALUES..][..VALUES].copy_from_slice(&candidate[2..]);
        }
        let faces = blazeface::decode(&values, &scores).expect("the numbers of anchors fit");
        let got = Tensor::f32(&[faces.len(), VALUES + 1], faces.iter().flat_map(row).collect());
        check(&format!("{what} detections"), &case["detections"], &got);
    }
}

#[test]
fn regions_lie_around_faces() {
    for (index, case) in SET.cases("roi").iter().enumerate() {
        let edges = list(&case["box"]);
        let region = Region::around(std::array::from_fn(|edge| number(&edges[edge])), matrix(&case["keypoints"]));
        check(&format!("roi {index}"), &case["roi"], &Tensor::f64(&[5], values_of(&region).to_vec()));
    }
}

#[test]
fn meshes_tell_of_the_eyes() {
    for (index, case) in SET.cases("eye_maths").iter().enumerate() {
        let points = SET.input(&case["mesh"]).to_f32().as_chunks::<3>().0.to_vec();
        check_eyes(&format!("eye_maths {index}"), case, &eyes(&points).expect("a whole mesh"));
    }
}

#[test]
fn crops_lead_to_eyes() {
    let mut networks = network(&BLAZE).zip(network(&MESH));
    for case in SET.cases("landmark478") {
        let what = |part: &str| format!("landmark478 {} {part}", text(&case["name"]));
        let image = pixels::image(&case["image"]);
        let (shape, blob) = ([1, blazeface::SIDE, blazeface::SIDE, 3], blazeface::blob(&image));
        check(&what("blaze_input"), &case["blaze_input"], &Tensor::f32(&shape, blob.clone()));
        let Some((detector, mesher)) = &mut networks else { continue };
        let raw = run(detector, &shape, &blob);
        check(&what("regressors"), &case["regressors"], &raw[0]);
        check(&what("classificators"), &case["classificators"], &raw[1]);
        let face = blazeface::decode(&raw[0].to_f32(), &raw[1].to_f32()).expect("the numbers of anchors fit")[0];
        let region = face.region(image.width());
        let got = values_of(&region).map(|value| value as f32);
        check(&what("roi"), &case["roi"], &Tensor::f32(&[5], got.to_vec()));
        let square = region.cut(&image).expect("the region has an area");
        let (shape, blob) = ([1, mesh_region::SIDE, mesh_region::SIDE, 3], mesh_region::blob(&square));
        check(&what("mesh_input"), &case["mesh_input"], &Tensor::f32(&shape, blob.clone()));
        let raw = run(mesher, &shape, &blob).remove(0);
        check(&what("mesh_raw"), &case["mesh_raw"], &raw);
        let points = region.points(&raw.to_f32(), image.width(), image.height());
        check(&what("lmk478"), &case["lmk478"], &Tensor::f32(&[1, POINTS, 3], points.concat()));
        check_eyes(&what("eyes"), case, &eyes(&points).expect("a whole mesh"));
    }
}
