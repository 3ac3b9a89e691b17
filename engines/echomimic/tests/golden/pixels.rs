//! Stages `resize_bilinear`, `resize_lanczos`, `to_vae_input` and `to_u8`.

use engine_golden::json::{size, text};
use engine_golden_torch::{from_torch, pictures};
use engine_torch::pixels::{to_u8, to_vae_input, write_rgb24};
use engine_vision::opencv_resize;
use engine_vision::pillow_resize::{self, Filter};
use engine_vision::raster::Raster;
use serde_json::Value;

use crate::reference::{SET, cases, check, input};

/// The picture `name` of a stage, channels in the order in which it is stored.
pub(crate) fn picture(stage: &Value, name: &str) -> Raster<u8> {
    pictures::picture(&SET, stage, name)
}

fn check_resizing(kind: &str, resize: impl Fn(&Raster<u8>, usize, usize) -> Raster<u8>) {
    for (stage, case) in cases(kind) {
        let resized = resize(&picture(stage, text(&case["image"])), size(&case["width"]), size(&case["height"]));
        let output = text(&case["output"]);
        SET.check(&format!("{kind} {output}"), &stage["outputs"][output], &pictures::tensor(&resized));
    }
}

#[test]
fn bilinear_resizing_is_that_of_the_reference() {
    check_resizing("resize_bilinear", opencv_resize::linear);
}

#[test]
fn lanczos_resizing_is_that_of_the_reference() {
    check_resizing("resize_lanczos", |image, width, height| {
        pillow_resize::resize(image, width, height, Filter::Lanczos)
    });
}

#[test]
fn the_vae_takes_pictures_as_in_the_reference() {
    for stage in SET.stages("to_vae_input") {
        check(stage, "x", &to_vae_input(&picture(stage, "image")));
    }
}

#[test]
fn samples_are_cut_to_bytes() {
    for stage in SET.stages("to_u8") {
        let samples = input(stage, "x");
        let bytes = to_u8(&samples);
        check(stage, "y", &bytes);
        // As one frame of three times as many pixels, they are the same bytes, each thrice.
        let frame = samples.view([1, 1, 1, -1]).expand([1, 3, 1, -1], false);
        let thrice = bytes.unsqueeze(1).expand([-1, 3], false);
        let mut rgb = Vec::new();
        write_rgb24(&frame, &mut rgb);
        assert_eq!(rgb, from_torch(&thrice).to_u8());
    }
}
