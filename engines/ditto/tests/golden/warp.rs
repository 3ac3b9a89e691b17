//! Stages `warp_affine` and `warp_perspective`.

use engine_ditto::face::mesh_region::{SIDE, to_square};
use engine_golden::json::{shape, text};
use engine_golden::{Tensor, Values};
use engine_vision::{warp_affine, warp_perspective};

use crate::pixels::{self, matrix, raster};
use crate::reference::{SET, check};

#[test]
fn affine_warps_are_exact() {
    for case in SET.cases("warp_affine") {
        let what = format!("warp_affine {} out", text(&case["name"]));
        let (size, forward) = (shape(&case["size_wh"]), matrix::<2, 3>(&case["M"]));
        let image = SET.input(&case["image"]);
        let got = match image.values {
            Values::U8(samples) => {
                pixels::tensor(&warp_affine::affine(&raster(&image.shape, samples), &forward, size[0], size[1]))
            }
            Values::F32(samples) => {
                let out = warp_affine::affine(&raster(&image.shape, samples), &forward, size[0], size[1]);
                let shape = [&[size[1], size[0]], &image.shape[2..]].concat();
                Tensor::f32(&shape, out.data().to_vec())
            }
            _ => panic!("{what}: images are u8 or f32"),
        };
        check(&what, &case["out"], &got);
    }
}

#[test]
fn perspective_warps_are_exact() {
    for case in SET.cases("warp_perspective") {
        let what = format!("warp_perspective {}", text(&case["name"]));
        let corners = matrix::<4, 2>(&case["src"]).map(|corner| corner.map(|value| f64::from(value as f32)));
        let forward = to_square(&corners).expect("the corners span a square");
        check(&format!("{what} matrix"), &case["matrix"], &Tensor::f64(&[3, 3], forward.concat()));
        let out = warp_perspective::warp(&pixels::image(&case["image"]), &forward, SIDE, SIDE);
        check(&format!("{what} out"), &case["out"], &pixels::tensor(&out));
    }
}
