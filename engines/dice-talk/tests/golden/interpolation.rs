//! Stages `rife.mid` and `rife.padded`, and the keys of the network's checkpoint.

use engine_dice_talk::rife::Rife;
use engine_dice_talk::rife::motion::Motion;
use engine_golden_torch::same_keys;
use engine_torch::testing::keys;
use serde_json::Value;
use tch::{Kind, Tensor, no_grad};

use crate::reference::{SET, check, input, listed, network};

/// The network with the set's weights.
pub(crate) fn rife() -> Rife {
    network("rife", Rife::new)
}

#[test]
fn each_pass_refines_the_motion_as_in_the_reference() {
    let rife = rife();
    for stage in SET.stages("rife.mid") {
        let [first, second] = pictures(stage);
        no_grad(|| {
            let mut motion = Motion::none(&first, &second);
            for (pass, (block, shrink)) in rife.passes.iter().enumerate() {
                motion.refine(block, *shrink);
                check(stage, &format!("flow_{pass}"), &motion.flows());
            }
            check(stage, "mask", &motion.share());
            check(stage, "mid", &rife.middle(&first, &second));
        });
    }
}

#[test]
fn sides_that_the_network_cannot_take_are_padded() {
    let rife = rife();
    for stage in SET.stages("rife.padded") {
        let [first, second] = pictures(stage);
        check(stage, "mid", &no_grad(|| rife.middle(&first, &second)));
    }
}

#[test]
fn the_network_asks_for_its_checkpoint() {
    let mut published = listed("rife_flownet_pkl_noprefix");
    published.retain(|key, _| !key.starts_with("block_tea."));
    same_keys(&keys(Rife::new), &published);
}

fn pictures(stage: &Value) -> [Tensor; 2] {
    ["image0", "image1"].map(|name| input(stage, name).permute([2, 0, 1]).unsqueeze(0).to_kind(Kind::Float) / 255.0)
}
