//! Stages `motion_module`, `position_encoding` and `face_locator`.

use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_echomimic::motion_module::{MotionModule, positions};
use engine_echomimic::unet_config::UNetConfig;
use engine_golden::json::{size, text};
use tch::{Kind, no_grad};

use crate::configs::{channels, config, extent};
use crate::reference::{SET, check, input, network};

#[test]
fn frames_move_as_those_of_the_reference() {
    for stage in SET.stages("motion_module") {
        let model = text(&stage["model"]);
        let (heads, frames) = (extent(config(model), "heads"), extent(config(model), "max_len"));
        let shape = UNetConfig { motion_heads: heads, motion_frames: frames, ..UNetConfig::default() };
        let module = network(model, |vs| MotionModule::new(vs, &shape, extent(config(model), "channels")));
        let y = no_grad(|| module.forward(&input(stage, "x"), size(&stage["args"]["frames"]) as i64));
        check(stage, "y", &y);
    }
}

#[test]
fn frames_have_the_positions_of_the_reference() {
    for stage in SET.stages("position_encoding") {
        let args = &stage["args"];
        check(stage, "pe", &positions(extent(args, "max_len"), extent(args, "channels")));
    }
}

#[test]
fn a_mask_becomes_the_feature_of_the_reference() {
    for stage in SET.stages("face_locator") {
        let model = text(&stage["model"]);
        let shape = config(model);
        let (inputs, outputs) = (extent(shape, "conditioning_channels"), extent(shape, "out_channels"));
        let locator = network(model, |vs| ConditioningEmbedding::new(vs, inputs, &channels(shape), outputs));
        let mask = input(stage, "mask").to_kind(Kind::Float) / 255.0;
        check(stage, "feature", &no_grad(|| locator.forward(&mask.unsqueeze(0).unsqueeze(0))));
    }
}
