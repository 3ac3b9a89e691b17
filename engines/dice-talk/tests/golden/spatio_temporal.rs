//! Stages `spatiotemporal_resnet` and `temporal_resnet`: residual blocks of the UNet and of the autoencoder's decoder, as
//! these make them, at amplitudes at which the epsilons of normalisations count.

use engine_dice_talk::spatio_temporal_resnet::SpatioTemporalResBlock;
use engine_dice_talk::vae::TemporalDecoder;
use engine_diffusion::unet::{Part, Plan, Site};
use engine_golden::json::{list, size, text};
use serde_json::Value;
use tch::{Tensor, no_grad};

use crate::autoencoder::vae_config;
use crate::reference::{SET, check, input, network};
use crate::unet::unet_config;

#[test]
fn frames_are_seen_by_themselves_and_along_time() {
    for stage in SET.stages("spatiotemporal_resnet") {
        let (x, temb, frames) = (input(stage, "x"), temb(stage), size(&stage["args"]["frames"]) as i64);
        let block = block(stage, text(&stage["args"]["path"]));
        check(stage, "spatial", &no_grad(|| block.spatial.forward(&x, temb.as_ref())));
        check(stage, "y", &no_grad(|| block.forward(&x, frames, temb.as_ref())));
    }
}

#[test]
fn frames_are_seen_along_time_alone() {
    for stage in SET.stages("temporal_resnet") {
        let (x, temb) = (input(stage, "x"), temb(stage));
        let path = text(&stage["args"]["path"]).strip_suffix(".temporal_res_block").expect("the half of a block");
        let y = no_grad(|| block(stage, path).temporal.forward(&x.flatten(3, 4), temb.as_ref()));
        check(stage, "y", &y.view_as(&x));
    }
}

/// The step's vector, one row for each frame, where the network has steps.
fn temb(stage: &Value) -> Option<Tensor> {
    stage["inputs"].get("emb").map(|_| input(stage, "emb").flatten(0, -2))
}

/// The block at a path of the stage's network.
fn block(stage: &Value, path: &str) -> SpatioTemporalResBlock {
    let model = text(&list(&stage["networks"])[0]);
    let kernel = &SET.part("networks")[model]["tensors"][format!("{path}.spatial_res_block.conv1.weight")];
    let [outputs, inputs] = [0, 1].map(|axis| size(&kernel[axis]) as i64);
    network(model, |vs| match model {
        "vae" => TemporalDecoder::resnet(&(vs / path), [inputs, outputs], vae_config().norm_num_groups),
        _ => unet_config().resnet(&(vs / path), inputs, site(path, outputs)),
    })
}

/// Where the UNet has the block at a path, which gives so many channels.
fn site(path: &str, channels: i64) -> Site {
    let last = unet_config().block_out_channels.len() - 1;
    let numbers: Vec<usize> = path.split('.').filter_map(|name| name.parse().ok()).collect();
    let (part, level) = match path.split('.').next() {
        Some("down_blocks") => (Part::Down, numbers[0]),
        Some("up_blocks") => (Part::Up, last - numbers[0]),
        _ => (Part::Mid, last),
    };
    Site { part, level, place: numbers[numbers.len() - 1], channels, has_attention: part == Part::Mid || level < last }
}
