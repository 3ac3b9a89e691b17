//! Stages `image.lanczos` and `preproc`.

use engine_dice_talk::clip;
use engine_dice_talk::face::prepare::{Framing, prepare, read};
use engine_golden::json::{number, size};
use engine_golden::{Tensor, Values};
use engine_golden_torch::pictures::{picture, tensor};
use engine_torch::pixels::to_vae_input;
use engine_vision::area::Area;
use engine_vision::pillow_resize::{self, Filter};
use serde_json::Value;

use crate::detection::{self, detector};
use crate::reference::{SET, check, check_plain, file};

/// How the records of a whole run have portraits shown.
pub(crate) fn framing(args: &Value) -> Framing {
    Framing {
        crop: (args["crop"] == true).then(|| number(&args["expand_ratio"])),
        min_resolution: size(&args["min_resolution"]),
        area: number(&args["area"]),
        original_face_pick: true,
    }
}

fn edges(edges: [usize; 4]) -> Tensor {
    Tensor::new(&[4], Values::I64(edges.map(|edge| edge as i64).to_vec()))
}

#[test]
fn lanczos_resizing_is_that_of_the_reference() {
    for stage in SET.stages("image.lanczos") {
        let (width, height) = (size(&stage["args"]["new_w"]), size(&stage["args"]["new_h"]));
        let resized = pillow_resize::resize(&picture(&SET, stage, "image"), width, height, Filter::Lanczos);
        check_plain(stage, "image", &tensor(&resized));
    }
}

#[test]
fn portraits_are_prepared_as_in_the_reference() {
    for stage in SET.stages("preproc") {
        let portrait = read(&file(stage, "png")).expect("a picture");
        assert_eq!(portrait, picture(&SET, stage, "image"));
        let framing = framing(&stage["args"]);
        let prepared = prepare(&detector(&file(stage, "torchscript")), &portrait, &framing).expect("a face");
        check_plain(stage, "image", &tensor(&prepared.picture));
        check_plain(stage, "mask", &tensor(&prepared.mask));
        check(stage, "ref_img", &to_vae_input(&prepared.picture).squeeze_dim(0));
        check(stage, "clip_pixels", &clip::pixels(&prepared.picture).squeeze_dim(0));
        check_plain(stage, "box_xywh", &detection::tensor(&prepared.face));
        let Area { left, top, right, bottom } = prepared.moves;
        check_plain(stage, "mask_rect", &edges([top, bottom, left, right]));
        if framing.crop.is_some() {
            let Area { left, top, right, bottom } = prepared.shown;
            check_plain(stage, "crop_box", &edges([left, top, right, bottom]));
        }
    }
}
