//! Stages `spatiotemporal_resnet` and `temporal_resnet`: residual blocks of the UNet and of the autoencoder's decoder, at
//! amplitudes at which the epsilons of normalisations count.

use engine_dice_talk::spatio_temporal_resnet::{SpatioTemporalResBlock, SpatioTemporalShape, TemporalResBlock};
use engine_dice_talk::time_mixer::Half;
use engine_diffusion::resnet::ResnetShape;
use engine_golden::json::{list, size, text};
use engine_torch::VarPath;
use serde_json::Value;
use tch::{Tensor, no_grad};

use crate::reference::{SET, check, config, input, network};

#[test]
fn frames_are_seen_by_themselves_and_along_time() {
    for stage in SET.stages("spatiotemporal_resnet") {
        let (x, temb, frames) = (input(stage, "x"), temb(stage), size(&stage["args"]["frames"]) as i64);
        let block = at(stage, |vs| SpatioTemporalResBlock::new(vs, shape(stage, x.size()[1], temb.as_ref())));
        check(stage, "spatial", &no_grad(|| block.spatial.forward(&x, temb.as_ref())));
        check(stage, "y", &no_grad(|| block.forward(&x, frames, temb.as_ref())));
    }
}

#[test]
fn frames_are_seen_along_time_alone() {
    for stage in SET.stages("temporal_resnet") {
        let (x, temb) = (input(stage, "x"), temb(stage));
        let shape = shape(stage, x.size()[1], temb.as_ref());
        let block = at(stage, |vs| TemporalResBlock::new(vs, ResnetShape { eps: shape.temporal_eps, ..shape.spatial }));
        let y = no_grad(|| block.forward(&x.flatten(3, 4), temb.as_ref()));
        check(stage, "y", &y.view_as(&x));
    }
}

/// The step's vector, one row for each frame, where the network has steps.
fn temb(stage: &Value) -> Option<Tensor> {
    stage["inputs"].get("emb").map(|_| input(stage, "emb").flatten(0, -2))
}

/// The block at the stage's path.
fn at<N>(stage: &Value, build: impl FnOnce(&VarPath<'_>) -> N) -> N {
    network(model(stage), |vs| build(&(vs / text(&stage["args"]["path"]))))
}

fn model(stage: &Value) -> &str {
    text(&list(&stage["networks"])[0])
}

/// The shape of the block that takes `inputs` channels to as many as the stage's result has.
fn shape(stage: &Value, inputs: i64, temb: Option<&Tensor>) -> SpatioTemporalShape {
    let outputs = size(&stage["outputs"]["y"]["shape"][1]) as i64;
    let (eps, temporal_eps, mixed_by) = match model(stage) {
        "vae" => (1e-6, 1e-5, Half::Temporal),
        _ => {
            let levels = list(&config("unet")["block_out_channels"]).len();
            let path = text(&stage["args"]["path"]);
            let is_coarse = path.starts_with("mid_block.") || path.starts_with(&format!("down_blocks.{}.", levels - 1));
            let eps = if is_coarse { 1e-5 } else { 1e-6 };
            (eps, eps, Half::Spatial)
        }
    };
    let time_embedding = temb.map(|temb| temb.size()[1]);
    SpatioTemporalShape {
        spatial: ResnetShape { inputs, outputs, time_embedding, groups: 32, eps },
        temporal_eps,
        mixed_by,
    }
}
