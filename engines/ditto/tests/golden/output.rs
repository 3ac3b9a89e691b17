//! Stages `mask` and `putback`.

use engine_ditto::render::paste_back::Paster;
use engine_ditto::render::square::{SIDE, Square, mask};
use engine_golden::Tensor;
use engine_golden::json::{shape, text};

use crate::pixels::{self, matrix};
use crate::reference::{SET, check};

#[test]
fn the_mask_is_the_reference_mask() {
    let mask = mask();
    for case in SET.cases("mask") {
        check("mask out", &case["out"], &Tensor::f32(&[SIDE, SIDE], mask.data().to_vec()));
        check("mask row_100", &case["row_100"], &Tensor::f32(&[SIDE], mask.row(100).to_vec()));
        let side = shape(&case["corner"]["shape"]);
        let corner = (0..side[0]).flat_map(|y| mask.row(y)[..side[1]].to_vec()).collect();
        check("mask corner", &case["corner"], &Tensor::f32(&side, corner));
    }
}

#[test]
fn renders_go_back_into_frames() {
    for case in SET.cases("putback") {
        let render = SET.input(&case["render"]);
        assert_eq!(render.shape, [SIDE, SIDE, 3]);
        let mut square = Square::default();
        square.paint(render.to_f32().as_chunks().0.iter().copied());
        let [first, second, _] = matrix::<3, 3>(&case["M_c2o"]);
        let mut out = pixels::image(&case["frame"]);
        Paster::new(&[first, second], out.width(), out.height()).paste(&square, &mut out);
        check(&format!("putback {} out", text(&case["name"])), &case["out"], &pixels::tensor(&out));
    }
}
