//! Stages `resize_linear` and `resize_area`.

use engine_golden::json::shape;
use engine_vision::opencv_resize;

use crate::pixels;
use crate::reference::{SET, check};

#[test]
fn bilinear_resizing_is_exact() {
    for case in SET.cases("resize_linear") {
        let size = shape(&case["size_wh"]);
        let out = opencv_resize::linear(&pixels::image(&case["image"]), size[0], size[1]);
        check(&format!("resize_linear {} to {size:?}", case["image"]), &case["out"], &pixels::tensor(&out));
    }
}

#[test]
fn halving_is_exact() {
    for case in SET.cases("resize_area") {
        let image = pixels::image(&case["image"]);
        assert_eq!(shape(&case["size_wh"]), [image.width() / 2, image.height() / 2], "resize_area {}", case["image"]);
        check(&format!("resize_area {}", case["image"]), &case["out"], &pixels::tensor(&opencv_resize::half(&image)));
    }
}
