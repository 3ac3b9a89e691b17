//! Stage `crop`: points to matrices and the cut.

use engine_ditto::face::crop::Placement;
use engine_ditto::face::framing::Framing;
use engine_ditto::face::landmarks::{Landmarks, Layout};
use engine_golden::Tensor;
use engine_golden::json::{number, size, text};

use crate::pixels;
use crate::reference::{SET, check};

#[test]
fn crops_lie_where_the_reference_puts_them() {
    for case in SET.cases("crop") {
        let what = format!("crop {}", text(&case["name"]));
        let landmarks = landmarks(SET.input(&case["points"]).to_f32().as_chunks::<2>().0.to_vec());
        let framing = Framing {
            side: size(&case["dsize"]),
            scale: number(&case["scale"]) as f32,
            down: number(&case["vy_ratio"]) as f32,
            right: 0.0,
            upright: case["do_rot"] == true,
        };
        let placement = Placement::new(&landmarks, &framing).unwrap_or_else(|error| panic!("{what}: {error}"));
        let matrix = |rows: [[f32; 3]; 3]| Tensor::f32(&[3, 3], rows.concat());
        check(&format!("{what} M_o2c"), &case["M_o2c"], &matrix(placement.to_crop));
        check(&format!("{what} M_c2o"), &case["M_c2o"], &matrix(placement.to_picture));
        let cut = placement.cut(&pixels::image(&case["image"]), framing.side);
        check(&format!("{what} img_crop"), &case["img_crop"], &pixels::tensor(&cut));
    }
}

/// The records tell the layout by the number of points alone.
fn landmarks(points: Vec<[f32; 2]>) -> Landmarks {
    let layout = [Layout::InsightFace106, Layout::LivePortrait203].into_iter().find(|it| it.points() == points.len());
    Landmarks { layout: layout.expect("106 or 203 points"), points }
}
