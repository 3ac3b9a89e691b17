//! Stage `rife.mid`: the picture in the middle of two.

use engine_dice_talk::rife::motion::Motion;
use engine_dice_talk::rife::{self, Rife};
use engine_golden::Set;
use engine_golden::json::text;
use engine_golden_torch::from_torch;
use engine_golden_torch::real::{set, weights};
use engine_torch::pixels::to_u8;
use engine_torch::{Checkpoint, Place};
use serde_json::Value;
use tch::{Kind, Tensor, no_grad};

#[test]
fn the_middle_is_that_of_the_original() {
    let Some(set) = set() else { return };
    for stage in set.stages("rife.mid") {
        let Some(files) = weights(set, stage) else { return };
        let checkpoint = Checkpoint::open(&files[..1], rife::key).expect("the file that its publishers made");
        let rife = checkpoint.load(Place::CPU, &mut |_| (), Rife::new).expect("the network that its publishers made");
        let [first, second] = ["image0", "image1"].map(|name| picture(set, &stage["inputs"][name]));
        let check = |name: &str, got: &Tensor| {
            set.check(&format!("{} {name}", text(&stage["id"])), &stage["outputs"][name], &from_torch(got));
        };
        no_grad(|| {
            let mut motion = Motion::none(&first, &second);
            for (pass, (block, shrink)) in rife.passes.iter().enumerate() {
                motion.refine(block, *shrink);
                check(&format!("flow_{pass}"), &motion.flows());
            }
            check("mask", &motion.share());
            let middle = rife.middle(&first, &second);
            check("mid", &middle);
            check("mid_centre", &middle);
            check("thumb", &thumbnail(&middle));
        });
    }
}

/// A picture of the set: (1, 3, rows, columns), 0 to 1.
fn picture(set: &Set, record: &Value) -> Tensor {
    let picture = image::open(set.path(text(&record["file"]))).expect("a picture").into_rgb8();
    let [columns, rows] = [picture.width(), picture.height()].map(i64::from);
    Tensor::from_slice(picture.as_raw()).view([1, rows, columns, 3]).permute([0, 3, 1, 2]).to_kind(Kind::Float) / 255.0
}

/// The means of blocks of 8 by 8 bytes, halves rounded up: (rows / 8, columns / 8, 3).
fn thumbnail(picture: &Tensor) -> Tensor {
    let means = to_u8(picture).to_kind(Kind::Float).avg_pool2d([8, 8], [8, 8], [0, 0], false, true, None);
    (means + 0.5).floor().to_kind(Kind::Uint8).squeeze_dim(0).permute([1, 2, 0])
}
